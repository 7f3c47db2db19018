#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh CC INCLUDE [LIBRARIES]: every public header compiles alone, and all of them, with every AKIN_..._INIT as the
# initialiser of its type, without a warning as C11, C17, C2x and, where there is a compiler for it, C++11. No sized struct
# of the core tier ends with padding. The example in the opening comment of a core header compiles as C11. One whose line
# says "Example, runs as it is" is linked with the library in the folder LIBRARIES and run. tool.h and akin.h include all
# headers of their tier.
cc=$1 include=$2 libraries=${3:+$(cd "$3" && pwd)}
for cxx in g++ clang++ clang++-14; do
    command -v "$cxx" >/dev/null && break
    cxx=
done
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0
fail() {
    echo "FAIL: $*" >&2
    failures=$((failures + 1))
}

# Each alone as C11; all together, with every initialiser, in the other languages.
: >"$dir/all.h"
{
    echo "int use(void);"
    echo "int use(void) {"
    for header in "$include"/akin/*.h "$include"/akin/tool/*.h; do
        name=akin/${header#"$include"/akin/}
        echo "#include <$name>" >>"$dir/all.h"
        # As a program sees it. As the file that is compiled, it would hear from clang of inline functions that are unused.
        echo "#include <$name>" >"$dir/alone.c"
        "$cc" -std=c11 -Wall -Wextra -pedantic -Werror -I"$include" -fsyntax-only "$dir/alone.c" || fail "$name alone"
        sed -n 's/^#define \(AKIN_[A-Z0-9_]*\)_INIT\>.*/\1/p' "$header" | while read -r macro; do
            type=$(echo "$macro" | tr '[:upper:]' '[:lower:]')
            echo "    { $type x = ${macro}_INIT; if (sizeof x == 0) return 1; (void)x; }"
        done
    done
    echo "    return 0;"
    echo "}"
} >"$dir/body"
cat "$dir/all.h" "$dir/body" >"$dir/use.c"
cp "$dir/use.c" "$dir/use.cc"
cp "$dir/all.h" "$dir/all.cc"
for std in c11 c17 c2x; do
    "$cc" -std=$std -Wall -Wextra -pedantic -Werror -I"$include" -fsyntax-only "$dir/use.c" || fail "the headers as $std"
done
if [ -n "$cxx" ]; then
    "$cxx" -std=c++11 -Wall -Wextra -pedantic -Werror -I"$include" -fsyntax-only "$dir/all.cc" || fail "the headers as C++11"
    # The initialisers name the fields. That is C++20; g++ and clang++ take it in C++11 too.
    "$cxx" -std=c++11 -Wall -Wextra -pedantic -Werror -Wno-missing-field-initializers -Wno-c++20-extensions \
        -Wno-unknown-warning-option -Wno-c++20-designator -I"$include" -fsyntax-only "$dir/use.cc" ||
        fail "the initialisers as C++"
fi

# A sized struct of the core tier has no padding at its end: a field that is added there would lie within the size that
# programs of today give, and be read from bytes that they never set.
echo '#include "akin/akin.h"' >"$dir/padded.c"
"$cc" -std=c11 -Wpadded -I"$include" -fsyntax-only "$dir/padded.c" 2>&1 |
    sed -n "s,^$include/\([^:]*\):\([0-9]*\):.*to alignment boundary.*,\1 \2,p" | sort -u >"$dir/padding"
while read -r header line; do
    name=$(sed -n "1,${line}s/^typedef struct \([a-z0-9_]*\) {.*/\1/p" "$include/$header" | tail -n 1)
    sed -n "/^typedef struct $name {/{n;p;}" "$include/$header" | grep -q 'uint32_t struct_size;' || continue
    fail "$name of $header ends with padding; add a field 'reserved'"
done <"$dir/padding"

# example HEADER: the code of its example, a whole program.
example() {
    printf '#include "%s"\n#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n' "$1"
    sed -n '/^ \* Example/,/^ \*\//p' "$include/$1" | sed '1d; /^ \*\//d; /^ \* [^ ]/,$d; s/^ \* \{0,5\}//' >"$dir/code"
    if grep -q '^int main(' "$dir/code"; then
        cat "$dir/code"
    else
        echo "int main(void) {"
        cat "$dir/code"
        echo "return 0; }"
    fi
}
examples=0
for header in "$include"/akin/*.h; do
    name=akin/$(basename "$header")
    [ "$name" = akin/akin.h ] && continue
    if ! grep -q '^ \* Example' "$header"; then
        fail "$name opens without an example"
        continue
    fi
    example "$name" >"$dir/example.c"
    [ "$(wc -l <"$dir/code")" -le 16 ] || fail "the example of $name is longer than ten lines or so"
    "$cc" -std=c11 -Wall -Wextra -Wno-unused -Werror -I"$include" -fsyntax-only "$dir/example.c" || fail "the example of $name"
    examples=$((examples + 1))
    [ -n "$libraries" ] && grep -q '^ \* Example, runs as it is' "$header" || continue
    "$cc" -std=c11 -I"$include" "$dir/example.c" -L"$libraries" -lakin -o "$dir/example" &&
        (cd "$dir" && LD_LIBRARY_PATH=$libraries ./example >out 2>&1) || fail "the example of $name does not run"
done

for tier in akin/akin.h:akin akin/tool/tool.h:akin/tool; do
    all=${tier%:*} folder=${tier#*:}
    for header in "$include/$folder"/*.h; do
        name=$folder/$(basename "$header")
        [ "$name" = "$all" ] || grep -q "^#include \"$name\"" "$include/$all" || fail "$all does not include $name"
    done
done
[ $failures = 0 ] || exit 1
[ -n "$cxx" ] || { echo "skipped: no C++ compiler to try the headers with; C11, C17 and C2x are fine"; exit 77; }
echo "headers: C11, C17, C2x, C++11; $examples examples"
