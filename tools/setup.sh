#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# setup.sh build|check|demo|site|full: install what is missing on Debian 12 and 13 and Ubuntu 24.04, and say what; without
# root or sudo, print the line to run. Nothing is installed when nothing is missing.
umask 022 # apt's lists are for everyone, whoever calls
# shellcheck disable=SC1091 # the system's
os=$(. /etc/os-release 2>/dev/null && echo "${ID:-}${VERSION_ID:-}")
# Names that all of these releases have. The optional ones are parts akin can be built without; here it gets them.
optional="libwebp-dev libtiff-dev libgif-dev libheif-dev libicu-dev libsqlite3-dev libarchive-dev libhdf5-dev
    librsvg2-dev"
build="cmake ninja-build pkgconf libdnnl-dev libjansson-dev libxxhash-dev zlib1g-dev libjpeg-dev libpng-dev libzstd-dev liblzma-dev
    $optional"
command -v "${CC:-cc}" >/dev/null 2>&1 || build="gcc libc6-dev $build"
demo="$build dataset-fashion-mnist"
check="$demo libcmocka-dev g++ iproute2 locales webp netpbm python3 python3-numpy strace xz-utils zstd zsh fish mandoc groff
    openmpi-bin libopenmpi-dev mpich libmpich-dev"
absent=
case $os in # the one clang-format whose layout is ours
debian12 | ubuntu24.04) check="$check clang-format-14" ;;
*) absent="clang-format-14 (the test of the formatting is skipped)" ;;
esac
case $os in # for akin embed --onnx
debian12 | ubuntu24.04) absent="${absent:+$absent, }libonnxruntime-dev (the tests of akin embed --onnx are skipped)" ;;
*) check="$check libonnxruntime-dev" ;;
esac
case $os in # Ubuntu has Chromium as a snap only
ubuntu*) absent="${absent:+$absent, }chromium (the tests in a browser are skipped)" ;;
*) check="$check chromium" ;;
esac
site="python3-sphinx python3-myst-parser mandoc" # of tools/site.sh
case "${1:-}" in
build) want=$build absent= ;;
check) want=$check ;;
demo) want=$demo absent= ;;
site) want="$build $site" absent= ;;
full) want="$check $site valgrind clang libclang-rt-dev libomp-dev abigail-tools" ;;
*) echo "usage: tools/setup.sh build|check|demo|site|full" >&2; exit 2 ;;
esac
command -v dpkg-query >/dev/null 2>&1 || exit 0 # not Debian: CMake says what it does not find
missing=$(for package in $want; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
done | tr '\n' ' ' | sed 's/ $//')
[ -n "$missing" ] || exit 0
[ -z "$absent" ] || echo "setup: not in this release: $absent"
line="apt-get update && apt-get install -y --no-install-recommends $missing"
if [ "$(id -u)" = 0 ]; then sudo=; elif sudo -n true 2>/dev/null; then sudo=sudo; else
    needed=
    for package in $missing; do
        case " $optional " in *" $package "*) ;; *) needed=1 ;; esac
    done
    case $1 in check | site | full) needed=1 ;; esac # the tests want every part
    [ "$needed" ] && echo "akin needs packages that are not installed. As root, run:" >&2 ||
        echo "akin is built without some of its parts. For these, as root, run:" >&2
    echo "  $line" >&2
    [ "$needed" ] && exit 2
    exit 0
fi
echo "Installing: $missing"
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
# Another apt may be at work (a machine just started often updates itself): wait for it rather than fail.
if ! $sudo sh -c "umask 022; export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 update && apt-get -o DPkg::Lock::Timeout=300 ${line#*&& apt-get }" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "setup: the packages could not be installed; by hand, as root: $line" >&2
    exit 2
fi
echo "setup: installed"
