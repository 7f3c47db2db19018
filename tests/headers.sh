#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh CC INCLUDE: every public header alone, and every AKIN_..._INIT as the initialiser of its type, compiles
# without a warning as C11, C17, C2x and, where there is a compiler for it, C++11.
cc=$1 include=$2
for cxx in g++ clang++ clang++-14; do
    command -v "$cxx" >/dev/null && break
    cxx=
done
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0
for header in "$include"/akin/*.h; do
    name=akin/$(basename "$header")
    {
        echo "#include <$name>"
        echo "int use(void);"
        echo "int use(void) {"
        sed -n 's/^#define \(AKIN_[A-Z_]*\)_INIT\>.*/\1/p' "$header" | while read -r macro; do
            type=$(echo "$macro" | tr '[:upper:]' '[:lower:]')
            echo "    { $type x = ${macro}_INIT; if (sizeof x == 0) return 1; (void)x; }"
        done
        echo "    return 0;"
        echo "}"
    } >"$dir/use.c"
    cp "$dir/use.c" "$dir/use.cc"
    for std in c11 c17 c2x; do
        "$cc" -std=$std -Wall -Wextra -pedantic -Werror -I"$include" -fsyntax-only "$dir/use.c" ||
            { echo "FAIL: $name as $std"; failures=$((failures + 1)); }
    done
    [ -z "$cxx" ] || "$cxx" -std=c++11 -Wall -Wextra -pedantic -Werror -I"$include" -fsyntax-only "$dir/use.cc" ||
        { echo "FAIL: $name as C++11"; failures=$((failures + 1)); }
done
[ $failures = 0 ] || exit 1
[ -n "$cxx" ] || { echo "skipped: no C++ compiler to try the headers with; C11, C17 and C2x are fine"; exit 77; }
echo "headers: C11, C17, C2x, C++11"
