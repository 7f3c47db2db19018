#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every #include "folder/..." under src/ must be allowed by src/LAYERS. Public headers
# ("akin/...") are open to all; the program (src/cli, src/command) sees nothing else of the library.
cd "$(dirname "$0")/.." || exit 2
bad=$(for dir in src/*/; do
    layer=$(basename "$dir")
    grep -q "^${layer}[[:space:]]" src/LAYERS || echo "$dir -- not listed in src/LAYERS"
    allowed=" akin $layer $(awk -v l="$layer" '$1 == l { $1 = ""; print }' src/LAYERS) "
    grep -rnoE '#include "[a-z]+/' "$dir" | while IFS= read -r line; do
        to=$(printf '%s' "$line" | sed 's/.*"\([a-z]*\)\/.*/\1/')
        case "$allowed" in *" $to "*) ;; *) echo "$line  -- $layer may not use $to" ;; esac
    done
done
# A product on all threads would sum in an order that depends on their number: kernels/gemm.h makes all of them.
grep -rn 'dnnl_sgemm' src --include='*.[ch]' | grep -v '^src/kernels/gemm.c:'
# JSON is read and written in one room.
grep -rnE 'jansson\.h|[^a-z_]json_(t|int_t|error_t|object|array|pack|load|dump)[a-z_]*[^a-z_.]' src include tests examples bench \
    --include='*.[ch]' | grep -vE '^(src/base/json|tests/unit/test_json)\.c:')
[ -z "$bad" ] && exit 0
printf '%s\n' "$bad"
exit 1
