#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# api.sh LIBRARY SOURCE: what the public headers declare keeps the rules of docs/api.md, and the shared library exports
# exactly that: core functions as version AKIN_0, tool functions as AKIN_TOOL_0, no data.
library=$1 source=$2
command -v readelf >/dev/null || { echo "skipped: no readelf"; exit 77; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$source" || exit 2
failures=0
fail() {
    echo "FAIL: $*"
    failures=$((failures + 1))
}

# The frozen types are the rows of the table in docs/api.md.
sed -n '/^## Frozen types/,/^## /s/^| `\(akin_[a-z0-9_]*\)`.*/\1/p' docs/api.md >"$dir/frozen"
[ "$(wc -l <"$dir/frozen")" -ge 6 ] || fail "docs/api.md lists no frozen types"
awk -f tests/api.awk "$dir/frozen" include/akin/*.h include/akin/tool/*.h >"$dir/found" || exit 1
[ "$(grep -c '^function' "$dir/found")" -ge 100 ] || fail "the headers were not read"

# Rules.
sed -n 's/^fault //p' "$dir/found" | sort -u >"$dir/faults"
while read -r name sentence; do fail "$name $sentence"; done <"$dir/faults"
grep -l '#include "akin/tool/' include/akin/*.h >"$dir/tool"
while read -r header; do fail "$header is of the core tier and includes the tool tier"; done <"$dir/tool"

sed -n 's/^stub akin_status \(akin_[a-z0-9_]*\)(.*/\1/p' "$dir/found" >"$dir/status"
while read -r name; do
    grep -qE "(REFUSES|CHECK_FAILS)\($name\(" tests/unit/test_core.c || fail "tests/unit/test_core.c does not call $name with NULL"
done <"$dir/status"

# What is declared and what is exported.
sed -n 's/^function \(.*\) core$/\1 AKIN_0/p; s/^function \(.*\) tool$/\1 AKIN_TOOL_0/p' "$dir/found" | sort >"$dir/declared"
readelf --dyn-syms -W "$library" | awk '$7 ~ /^[0-9]+$/ { print $4, $8 }' >"$dir/symbols"
awk '$1 == "FUNC" { sub(/@@?/, " ", $2); print $2 }' "$dir/symbols" | sort >"$dir/exported"
awk '$1 != "FUNC" { sub(/@.*/, "", $2); print $2 }' "$dir/symbols" | sort >"$dir/data"
while read -r name; do fail "$name is exported and is not a function"; done <"$dir/data"
comm -23 "$dir/declared" "$dir/exported" >"$dir/lacking"
comm -13 "$dir/declared" "$dir/exported" >"$dir/extra"
while read -r name version; do fail "$name is declared and is not exported as $version"; done <"$dir/lacking"
while read -r name version; do fail "$name is exported as '$version' and is not declared so"; done <"$dir/extra"
[ $failures = 0 ] || exit 1
echo "api: $(grep -c ' AKIN_0$' "$dir/declared") core and $(grep -c ' AKIN_TOOL_0$' "$dir/declared") tool functions"
