#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh BUILD CC CXX SOURCE: what is installed works, in a folder outside of the tree: the program finds its library;
# the examples, and programs in C and C++, are built with what pkg-config and CMake tell, against the shared and the static
# library, and run; uninstalling leaves nothing behind. CXX may be empty.
build=$1 cc=$2 cxx=$3 source=$4
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config"; exit 77; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() {
    echo "FAIL: $*"
    exit 1
}
quiet() { "$@" >"$dir/log" 2>&1 || fail "$*: $(tail -n 5 "$dir/log")"; }

# One prefix at once, another staged in DESTDIR.
prefix=$dir/prefix
quiet cmake --install "$build" --prefix "$prefix"
DESTDIR=$dir/stage quiet cmake --install "$build" --prefix /opt/akin
cp "$build/install_manifest.txt" "$dir/manifest"
[ "$(cd "$prefix" && find . | sort)" = "$(cd "$dir/stage/opt/akin" && find . | sort)" ] || fail "DESTDIR changes what is installed"
grep -q '^prefix=/opt/akin$' "$(find "$dir/stage" -name akin.pc)" || fail "akin.pc does not know its prefix"
grep -rlF -e "$build" -e "$source" "$prefix/lib" --include='*.cmake' --include='*.pc' && fail "these name folders of the build"
for file in README.md LICENSE CHANGELOG.md docs/losses.md examples/00_first_loss.c; do
    [ -f "$prefix/share/doc/akin/$file" ] || fail "no $file in $(find "$prefix/share/doc")"
done
for file in man/man1/akin.1 man/man1/akin-train.1 bash-completion/completions/akin zsh/site-functions/_akin \
    fish/vendor_completions.d/akin.fish; do
    [ -s "$prefix/share/$file" ] || fail "no share/$file"
done
: >"$dir/stage/opt/akin/bin/other"
printf '%s\n' "$dir/stage" >"$dir/manifest.destdir"
DESTDIR='' "$source/tools/uninstall.sh" "$dir/manifest" 2>"$dir/log" && fail "uninstalling leaves DESTDIR"
grep -q "DESTDIR='$dir/stage'" "$dir/log" || fail "no word about DESTDIR: $(cat "$dir/log")"
DESTDIR=$dir/stage quiet "$source/tools/uninstall.sh" "$dir/manifest"
[ "$(find "$dir/stage" -type f)" = "$dir/stage/opt/akin/bin/other" ] || fail "uninstalling left $(find "$dir/stage" -type f)"
left=$(find "$dir/stage" -type d -path '*/akin/*' -name akin)
[ -z "$left" ] || fail "uninstalling left $left"

unset LD_LIBRARY_PATH
program=$prefix/bin/akin
"$program" --version >"$dir/version" || fail "the installed program does not start"
pc=$(dirname "$(find "$prefix" -name akin.pc)") lib=$(dirname "$(find "$prefix" -name libakin.so)")
PKG_CONFIG_PATH=$pc
export PKG_CONFIG_PATH
[ "akin $(pkg-config --modversion akin)" = "$(cut -d' ' -f1,2 "$dir/version")" ] || fail "versions differ: $(cat "$dir/version")"

cp "$source/examples/00_first_loss.c" "$dir/app.c"
cat >"$dir/app.cc" <<'EOF'
#include <akin/akin.h>
#include <cstdio>
int main() { return std::printf("%s\n", akin_version()) > 0 && akin_threads() > 0 ? 0 : 1; }
EOF

# app KIND COMPILER FILE [OPTION]: built with pkg-config's flags, run.
app() {
    # shellcheck disable=SC2046,SC2086 # flags are several words
    quiet "$2" "$3" $(pkg-config --cflags --libs $4 akin) -lm -o "$dir/app"
    LD_LIBRARY_PATH=$lib quiet "$dir/app"
    case $1 in shared) want=1 ;; static) want=0 ;; esac
    [ "$(LD_LIBRARY_PATH=$lib ldd "$dir/app" | grep -c libakin.so)" = "$want" ] || fail "$3, pkg-config $4: not $1"
}
app shared "$cc" "$dir/app.c"
for example in "$source"/examples/*.c; do app shared "$cc" "$example"; done
[ -z "$cxx" ] || app shared "$cxx" "$dir/app.cc"

# package LANGUAGE COMPILER FILE: a project of that language alone, from a prefix that was moved after the installation.
mv "$prefix" "$dir/moved"
package() {
    mkdir "$dir/$1"
    cp "$dir/$3" "$dir/$1"
    cat >"$dir/$1/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.16)
project(app LANGUAGES $1)
find_package(akin 0.1 REQUIRED COMPONENTS shared static)
foreach(kind akin akin_static)
    add_executable(with_\${kind} $3)
    target_link_libraries(with_\${kind} PRIVATE akin::\${kind})
endforeach()
EOF
    quiet cmake -S "$dir/$1" -B "$dir/$1/b" "-DCMAKE_$1_COMPILER=$2" "-DCMAKE_PREFIX_PATH=$dir/moved"
    quiet cmake --build "$dir/$1/b"
    quiet "$dir/$1/b/with_akin"
    quiet "$dir/$1/b/with_akin_static"
    ldd "$dir/$1/b/with_akin_static" | grep -q libakin.so && fail "akin::akin_static is not static"
    ldd "$dir/$1/b/with_akin" | grep -q libakin.so.0 || fail "akin::akin is not shared"
}
package C "$cc" app.c
[ -z "$cxx" ] || package CXX "$cxx" app.cc
# Where what the static library is made of is not found, the shared one is, and asking for the static one says why not.
mkdir "$dir/none"
# shellcheck disable=SC2016 # CMake's variable
printf 'cmake_minimum_required(VERSION 3.16)\nproject(none C)\nfind_package(akin REQUIRED COMPONENTS ${kinds})\n' >"$dir/none/CMakeLists.txt"
none() { PKG_CONFIG_LIBDIR=/nonexistent PKG_CONFIG_PATH='' cmake -S "$dir/none" -B "$dir/none/b" "-Dkinds=$1" "-DCMAKE_PREFIX_PATH=$dir/moved" >"$dir/log" 2>&1; }
none shared || fail "akin::akin wants more than itself: $(tail -n 5 "$dir/log")"
none static && fail "akin::akin_static is there without what it is linked with"
grep -q 'its static library is linked with' "$dir/log" || fail "no reason is given: $(cat "$dir/log")"
mv "$dir/moved" "$prefix"

rm "$lib"/libakin.so* # else -lakin means the shared one
app static "$cc" "$dir/app.c" --static
[ -z "$cxx" ] || app static "$cxx" "$dir/app.cc" --static
echo "installed: C${cxx:+ and C++}, pkg-config and CMake, shared and static"
