#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# abi.sh [--write]: is what the core headers declare compatible with tests/abi/core.abi? With --write: make that file anew.
# What is compared is a library of empty functions, one for each core function, compiled from the core headers alone: so
# it knows their types and nothing of the inside. That the true library exports the same functions is tests/api.sh's part.
# New functions are allowed; everything else is shown.
cd "$(dirname "$0")/.." || exit 2
command -v abidw >/dev/null || { echo "skipped: no abidiff (Debian: abigail-tools)"; exit 77; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
set -e
baseline=tests/abi/core.abi

echo "#include <akin/akin.h>" >"$dir/stub.c"
sed -n '/^## Frozen types/,/^## /s/^| `\(akin_[a-z0-9_]*\)`.*/\1/p' docs/api.md >"$dir/frozen"
awk -f tests/api.awk "$dir/frozen" include/akin/*.h | sed -n 's/^stub \(.*\)/\1 { __builtin_trap(); }/p' >>"$dir/stub.c"
"${CC:-cc}" -std=c11 -g -gdwarf-4 -w -fPIC -shared -Iinclude -Wl,-soname,libakin.so.0 -ffile-prefix-map="$dir"=. "$dir/stub.c" -o "$dir/libakin.so"
if [ "$1" = --write ]; then
    mkdir -p "$(dirname "$baseline")"
    # Sorted identities of types and no places in files: the same headers give the same file.
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs --type-id-style hash "$dir/libakin.so" >"$baseline"
    echo "abi: $(grep -c '<elf-symbol ' "$baseline") core functions in $baseline"
    exit 0
fi
[ -f "$baseline" ] || { echo "FAIL: no $baseline; tools/abi.sh --write makes it"; exit 1; }
abidiff --no-show-locs --no-added-syms "$baseline" "$dir/libakin.so" || {
    echo "FAIL: the core tier is not what $baseline says. A field more at the end of a struct with a size is fine:"
    echo "write the file anew (tools/abi.sh --write). Anything else breaks programs that are built (docs/api.md)."
    exit 1
}
echo "abi: compatible with $baseline"
