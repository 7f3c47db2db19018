#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# setup.sh build|check|demo: install what is missing on Debian 12, and say what; without root or sudo, print
# the line to run. Nothing is installed when nothing is missing.
build="gcc cmake ninja-build pkg-config libdnnl-dev libjansson-dev libxxhash-dev zlib1g-dev libjpeg62-turbo-dev libpng-dev libwebp-dev libzstd-dev liblzma-dev libicu-dev libsqlite3-dev"
check="$build libcmocka-dev clang-format-14 chromium webp netpbm python3 valgrind strace"
demo="$build dataset-fashion-mnist"
case "$1" in
build) want=$build ;;
check) want="$check dataset-fashion-mnist" ;;
demo) want=$demo ;;
*) echo "usage: tools/setup.sh build|check|demo" >&2; exit 2 ;;
esac
command -v dpkg-query >/dev/null 2>&1 || exit 0 # not Debian: CMake says what it does not find
missing=$(for package in $want; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
done | tr '\n' ' ')
[ -z "$missing" ] && exit 0
line="apt-get install -y --no-install-recommends $missing"
if [ "$(id -u)" = 0 ]; then root=; elif sudo -n true 2>/dev/null; then root=sudo; else
    echo "akin needs packages that are not installed. As root, run:" >&2
    echo "  apt-get update && $line" >&2
    exit 2
fi
echo "Installing: $missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { $root apt-get update && $root $line; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "setup: the packages could not be installed; by hand: apt-get update && $line" >&2
    exit 2
fi
rm -f "$log"
