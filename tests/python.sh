#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# python.sh abi|smoke BUILD CC SOURCE: abi: python/akin/_abi.py is what the headers declare, as CC compiles them. smoke: the
# tests of python/tests that need NumPy and nothing else, with the library of BUILD. All of them: tools/check_full.sh.
part=$1 build=$2 cc=$3 source=$4
cd "$source" || exit 2
if [ "$part" = abi ]; then
    command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
    exec python3 tools/python_abi.py --check "$cc"
fi
for python in python3 /usr/bin/python3; do
    "$python" -c 'import numpy' 2>/dev/null || continue
    PYTHONPATH=$source/python PYTHONDONTWRITEBYTECODE=1 AKIN_LIBRARY=$build/libakin.so AKIN_PROGRAM=$build/akin
    export PYTHONPATH PYTHONDONTWRITEBYTECODE AKIN_LIBRARY AKIN_PROGRAM
    exec "$python" -m unittest discover -s python/tests/smoke
done
echo "skipped: no python3 with NumPy (Debian: python3-numpy)"
exit 77
