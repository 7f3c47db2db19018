#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# python.sh abi|smoke|full BUILD CC SOURCE: abi: python/akin/_abi.py is what the headers declare, as CC compiles them. smoke: the
# tests of python/tests that need NumPy and nothing else, with the library of BUILD. full: all of them, doctests, mypy and the
# tutorials, with the Python of tools/python_env.sh (tools/check_full.sh calls it).
part=$1 build=$2 cc=$3 source=$4
cd "$source" || exit 2
if [ "$part" = abi ]; then
    command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
    exec python3 tools/python_abi.py --check "$cc"
fi
if [ "$part" = full ]; then
    set -e
    python=$(tools/python_env.sh)
    PYTHONPATH=$source/python AKIN_LIBRARY=$build/libakin.so AKIN_PROGRAM=$build/akin OMP_WAIT_POLICY=passive AKIN_TEST_FULL=1
    export PYTHONPATH AKIN_LIBRARY AKIN_PROGRAM OMP_WAIT_POLICY AKIN_TEST_FULL
    "$python" -m mypy
    "$python" -m pytest -q -p no:cacheprovider --doctest-modules python/akin python/tests
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    for tutorial in python/tutorials/*.py; do (cd "$dir" && "$python" "$source/$tutorial" >log 2>&1) || { cat "$dir/log"; exit 1; }; done
    exit 0
fi
for python in python3 /usr/bin/python3; do
    "$python" -c 'import numpy' 2>/dev/null || continue
    PYTHONPATH=$source/python PYTHONDONTWRITEBYTECODE=1 AKIN_LIBRARY=$build/libakin.so AKIN_PROGRAM=$build/akin
    export PYTHONPATH PYTHONDONTWRITEBYTECODE AKIN_LIBRARY AKIN_PROGRAM
    exec "$python" -m unittest discover -s python/tests/smoke
done
echo "skipped: no python3 with NumPy (Debian: python3-numpy)"
exit 77
