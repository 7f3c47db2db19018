#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh CC CXX INCLUDE: every public header alone, and every AKIN_..._INIT as the initialiser of its type, compiles
# without a warning as C11, C17, C2x and C++11.
cc=$1 cxx=$2 include=$3
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
            type=$(echo "$macro" | tr A-Z a-z)
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
    "$cxx" -std=c++11 -Wall -Wextra -pedantic -Werror -I"$include" -fsyntax-only "$dir/use.cc" ||
        { echo "FAIL: $name as C++11"; failures=$((failures + 1)); }
done
[ $failures = 0 ] && echo "headers: C11, C17, C2x, C++11"
exit $((failures > 0))
