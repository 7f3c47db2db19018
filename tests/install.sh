#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh BUILD CC CXX SOURCE: what is installed works, in a folder outside of the tree: the program finds its library;
# programs in C and C++ are built with what pkg-config and CMake tell, against the shared and the static library, and run;
# so is every example: by CC and CXX with pkg-config, and with CMake's find_package by the first other pair of compilers
# that is there (where there is none some of them, by CC and CXX), with AKIN_TEST_FULL=1 by every pair in both ways.
# Uninstalling leaves nothing behind. CXX may be empty.
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
[ -z "$cxx" ] || app shared "$cxx" "$dir/app.cc"

# Pairs of compilers, a C and a C++ one with a colon between.
family() { "$1" --version 2>/dev/null | grep -qi clang && echo clang || echo gcc; }
others=
for pair in gcc:g++ clang:clang++; do
    command -v "${pair%:*}" >/dev/null && command -v "${pair#*:}" >/dev/null || continue
    [ "$(family "${pair%:*}")" = "$(family "$cc")" ] || others="$others $pair"
done
by_pkg_config="$cc:$cxx" by_cmake=${others:-$cc:$cxx}
of_cmake="$source/examples/*.c"
# These compilers have built each example by then; CMake builds with them the first one and one that has threads.
[ "$others" ] || of_cmake="$source/examples/00_*.c $source/examples/09_*.c"
[ -z "${AKIN_TEST_FULL:-}" ] || { by_pkg_config="$by_pkg_config $others" by_cmake="$cc:$cxx $others" of_cmake="$source/examples/*.c"; }

# examples PAIR: with pkg-config's flags. They warn of nothing as C11 and as C++11, and leave files where they run.
mkdir "$dir/run"
examples() {
    for example in "$source"/examples/*.c "$source"/examples/*.cpp; do
        case $example in
            *.c) compiler=${1%:*} standard=c11 ;;
            *) compiler=${1#*:} standard=c++11 ;;
        esac
        [ -n "$compiler" ] || continue
        # shellcheck disable=SC2046 # flags are several words
        quiet "$compiler" -std=$standard -D_XOPEN_SOURCE=700 -Wall -Wextra -Werror -Wno-missing-field-initializers "$example" \
            $(pkg-config --cflags --libs akin) -lm -o "$dir/run/example"
        (cd "$dir/run" && LD_LIBRARY_PATH=$lib quiet ./example) || exit 1
    done
}
for pair in $by_pkg_config; do examples "$pair"; done

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
# all_examples PAIR: one project of them, the C ones of $of_cmake.
all_examples() {
    compiler=${1%:*} plus=${1#*:}
    rm -rf "$dir/all"
    mkdir "$dir/all"
    cat >"$dir/all/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.16)
project(examples LANGUAGES C${plus:+ CXX})
find_package(akin 0.1 REQUIRED COMPONENTS shared)
find_package(Threads REQUIRED)
file(GLOB sources $of_cmake${plus:+ $source/examples/*.cpp})
foreach(source \${sources})
    get_filename_component(name \${source} NAME_WE)
    add_executable(\${name} \${source})
    target_link_libraries(\${name} PRIVATE akin::akin Threads::Threads m)
    file(APPEND \${CMAKE_BINARY_DIR}/names "\${name}\n")
endforeach()
EOF
    quiet cmake -S "$dir/all" -B "$dir/all/b" "-DCMAKE_C_COMPILER=$compiler" ${plus:+"-DCMAKE_CXX_COMPILER=$plus"} \
        "-DCMAKE_PREFIX_PATH=$dir/moved"
    quiet cmake --build "$dir/all/b" -j 2
    (cd "$dir/run" && while read -r name; do quiet "$dir/all/b/$name"; done <"$dir/all/b/names") || exit 1
}
for pair in $by_cmake; do all_examples "$pair"; done
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
echo "installed: C${cxx:+ and C++}, pkg-config and CMake, shared and static; examples: $by_pkg_config (pkg-config), $by_cmake (CMake)"
