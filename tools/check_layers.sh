#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every #include "folder/..." under src/ must be allowed by src/LAYERS. Public headers
# ("akin/...") are open to all; the program (src/cli, src/command) sees nothing else of the library.
cd "$(dirname "$0")/.." || exit 2
bad=$(for dir in src/*/; do
    grep -q "^$(basename "$dir")[[:space:]]" src/LAYERS || echo "$dir -- not listed in src/LAYERS"
done
grep -rnoE '#include "[a-z]+/' src | awk '
    FNR == NR { for (i = 2; i <= NF; i++) allowed[$1, $i] = 1; next }
    {
        split($0, path, "/"); from = path[2]
        to = $0; sub(/.*"/, "", to); sub(/\/.*/, "", to)
        if (to != "akin" && to != from && !((from, to) in allowed)) print $0 "  -- " from " may not use " to
    }' src/LAYERS -
# A product on all threads would sum in an order that depends on their number: kernels/gemm.h makes all of them.
grep -rn 'dnnl_sgemm' src --include='*.[ch]' | grep -vE '^src/kernels/(gemm\.c|onednn\.h):'
# JSON is read and written in one room.
grep -rnE 'jansson\.h|[^a-z_]json_(t|int_t|error_t|object|array|pack|load|dump)[a-z_]*[^a-z_.]' src include tests examples bench \
    --include='*.[ch]' | grep -vE '^(src/base/json|tests/unit/test_json)\.c:')
[ -z "$bad" ] && exit 0
printf '%s\n' "$bad"
exit 1
