#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh BUILD CC EXAMPLE: what is installed works: the program finds its library beside it, and pkg-config tells
# how a program is built.
build=$1 cc=$2 example=$3
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config"; exit 77; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() {
    echo "FAIL: $*"
    exit 1
}
DESTDIR="$dir" cmake --install "$build" >"$dir/log" 2>&1 || fail "install: $(tail -n 3 "$dir/log")"
program=$(find "$dir" -type f -name akin -path '*/bin/*')
pc=$(find "$dir" -name akin.pc)
[ -n "$program" ] && [ -n "$pc" ] || fail "no program or no akin.pc: $(find "$dir" -type f)"
env -u LD_LIBRARY_PATH "$program" --version >"$dir/version" || fail "the installed program does not start"
for file in man/man1/akin.1 man/man1/akin-train.1 bash-completion/completions/akin zsh/site-functions/_akin \
    fish/vendor_completions.d/akin.fish; do
    find "$dir" -type f -size +0 -path "*/share/$file" | grep -q . || fail "no $file"
done
[ "akin $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --modversion akin)" = "$(cut -d' ' -f1,2 "$dir/version")" ] ||
    fail "versions differ: $(cat "$dir/version")"
flags=$(PKG_CONFIG_PATH=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$dir pkg-config --cflags --libs akin) || fail "pkg-config"
# shellcheck disable=SC2086 # flags are several words
"$cc" "$example" $flags -o "$dir/app" || fail "an application does not build with: $flags"
LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")") "$dir/app" >/dev/null || fail "the application does not run"
echo ok
