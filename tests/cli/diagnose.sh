# SPDX-License-Identifier: Apache-2.0
# akin diagnose on files and on a run: what it prints and stores, marks included, and one clear line for bad input.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
# holds TEXT: the last output holds it
holds() { grep -qF -- "$1" "$dir/out" || fail "no '$1' in: $(head -c 400 "$dir/out")"; }

# npy FILE ROWS COLUMNS BYTES...: a little .npy of uint8
npy() {
    file=$1 header="{'descr': '|u1', 'fortran_order': False, 'shape': ($2, $3), }"
    while [ $(((${#header} + 11) % 64)) != 0 ]; do header="$header "; done
    shift 3
    {
        printf '\223NUMPY\001\000'
        printf "\\$(printf '%03o' $((${#header} + 1)))\\000%s\\n" "$header"
        for b in "$@"; do printf "\\$(printf '%03o' "$b")"; done
    } >"$file"
}
npy "$dir/a.npy" 6 2 9 1 8 1 9 2 1 9 1 8 2 9
npy "$dir/b.npy" 6 2 9 2 7 1 9 1 2 9 1 7 1 9
npy "$dir/short.npy" 5 2 9 2 7 1 9 1 2 9 1 7
npy "$dir/wide.npy" 6 1 9 2 7 1 9 1
npy "$dir/zero.npy" 6 2 9 1 8 1 0 0 1 9 1 8 2 9
npy "$dir/zeros.npy" 6 2 0 0 0 0 0 0 0 0 1 8 2 9
printf '0\n0\n0\n1\n1\n1\n' >"$dir/y"
printf '0\n0\n0\n1\n1\n' >"$dir/y5"
printf '1\n1\n1\n1\n1\n1\n' >"$dir/y1"
printf '0\n0\n0\n1\n-1\n1\n' >"$dir/yneg"
printf '0\n0\nx\n1\n1\n1\n' >"$dir/ytext"

"$akin" diagnose --a "$dir/a.npy" --b "$dir/b.npy" --labels "$dir/y" --json >"$dir/out" || fail "diagnose on files"
[ "$(wc -l <"$dir/out")" = 1 ] || fail "--json is not one line"
holds '"name":"alignment"'
holds '"mark":"reconstruction"'
holds '"mark":"as stated"'
holds '"mark":"unverified"'
holds '"paper":"[Zhang2025 Thm 3.4]"'
holds '"verdict":"good"'
holds '"hardest_pairs":[{'
holds '"spectrum":['
"$akin" diagnose --a "$dir/a.npy" --with "$dir/b.npy" --k 2 >"$dir/out" || fail "--with on files"
holds 'mutual-neighbours'
holds '(unverified)'
"$akin" diagnose --a "$dir/a.npy" >"$dir/out" || fail "features alone"
grep -q 'hardest pairs' "$dir/out" && grep -q ' $' "$dir/out" && fail "blanks at the ends of lines: $(grep ' $' "$dir/out")"
holds 'uniformity'

# verdicts come first, and what a value with one means; with --explain what any does. 80 columns.
"$akin" diagnose --a "$dir/a.npy" --b "$dir/b.npy" --labels "$dir/y" >"$dir/out" || fail "diagnose as text"
head -n 1 "$dir/out" | grep -qE '^verdicts: [0-9]+ of [0-9]+ values have one$' || fail "no verdicts first: $(head -n 3 "$dir/out")"
judged=$(sed -n '1s/verdicts: \([0-9]*\) .*/\1/p' "$dir/out")
[ "$(sed -n '2,/^$/p' "$dir/out" | awk '/^  (poor|fair|good) / { n += $2 } END { print n + 0 }')" = "$judged" ] || fail "$judged verdicts: $(head -n 9 "$dir/out")"
[ "$(grep -cE '^      [^ ]' "$dir/out")" -ge "$judged" ] || fail "a verdict without its meaning"
"$akin" diagnose --a "$dir/a.npy" --b "$dir/b.npy" --labels "$dir/y" --explain >"$dir/all" || fail "--explain"
[ "$(wc -l <"$dir/all")" -gt "$(wc -l <"$dir/out")" ] || fail "--explain explains nothing"
awk 'length > 80 { print; exit 1 }' "$dir/out" "$dir/all" || fail "a line is longer than 80"

expect 2 "which run?" diagnose
expect 2 "either RUN or --a" diagnose "$dir" --a "$dir/a.npy"
expect 2 "--labels goes with --a" diagnose "$dir" --labels "$dir/y"
expect 3 "5 labels" diagnose --a "$dir/a.npy" --labels "$dir/y5"
expect 3 "two classes at least" diagnose --a "$dir/a.npy" --labels "$dir/y1"
expect 3 "label 4 (from 0) is -1" diagnose --a "$dir/a.npy" --labels "$dir/yneg"
expect 3 "line 3: 'x'" diagnose --a "$dir/a.npy" --labels "$dir/ytext"
expect 3 "5 rows" diagnose --a "$dir/a.npy" --b "$dir/short.npy"
expect 3 "1 columns" diagnose --a "$dir/a.npy" --b "$dir/wide.npy"
expect 3 "5 rows" diagnose --a "$dir/a.npy" --with "$dir/short.npy"
expect 3 "row 0 (from 0) first" diagnose --a "$dir/zeros.npy"
# An item with a row of zeros, here or in a view, is left out of every value, told, and counted.
npy "$dir/a5.npy" 5 2 9 1 8 1 1 9 1 8 2 9
npy "$dir/b5.npy" 5 2 9 2 7 1 2 9 1 7 1 9
"$akin" diagnose --a "$dir/zero.npy" --b "$dir/b.npy" --labels "$dir/y" --json >"$dir/left" 2>"$dir/err" || fail "zeros: exit $?"
grep -q "1 of 6 items is left out: .* row 2$" "$dir/err" || fail "zeros: $(cat "$dir/err")"
"$akin" diagnose --a "$dir/b.npy" --b "$dir/zero.npy" >/dev/null 2>"$dir/err" || fail "zeros in a view: exit $?"
grep -q "first is row 2$" "$dir/err" || fail "zeros in a view: $(cat "$dir/err")"
printf '0\n0\n1\n1\n1\n' >"$dir/y0"
"$akin" diagnose --a "$dir/a5.npy" --b "$dir/b5.npy" --labels "$dir/y0" --json >"$dir/without" || fail "without zeros: exit $?"
python3 - "$dir/left" "$dir/without" <<'PY' || fail "zeros: the values are not those of the other items"
import json, sys
left, without = (json.load(open(f)) for f in sys.argv[1:])
values = lambda r: {m["name"]: (m["value"], m["verdict"]) for m in r["measures"] if m["name"] != "zero-rows"}
assert values(left) == values(without) and left["spectrum"] == without["spectrum"]
assert (left["zero_rows"], without["zero_rows"], left["items"]) == (1, 0, 6)
rows = lambda r: sorted((p["a"]["row"], p["b"]["row"]) for p in r["hardest_pairs"])
assert rows(left) == sorted((a + (a > 1), b + (b > 1)) for a, b in rows(without))
PY
expect 3 "No such file" diagnose --a "$dir/none.npy"
expect 2 "--temperature is 0;" diagnose --a "$dir/a.npy" --temperature 0
expect 2 "--temperature is -1;" diagnose --a "$dir/a.npy" --temperature=-1
expect 2 "--k is 0;" diagnose --a "$dir/a.npy" --k 0
expect 2 "--difficult-share is 1;" diagnose --a "$dir/a.npy" --difficult-share 1
expect 2 "--views is 1;" diagnose "$dir" --views 1
expect 3 "" diagnose "$dir/none"

# a run: the smallest there is
"$helpers/make_data" "$dir/data" 64 16 16 || exit 1
"$akin" train --recipe none "$dir/data" --out "$dir/r" --epochs 1 --batch-size 32 --view-height 12 --view-width 12 --quiet >/dev/null || fail "train"
"$akin" diagnose "$dir/r" --with "$dir/r" --views 2 --json --quiet >"$dir/out" || fail "diagnose RUN"
holds '"name":"loss"'
holds '"name":"mutual-neighbours"'
[ -s "$dir/r/diagnose.json" ] || fail "no diagnose.json"
cp "$dir/out" "$dir/first"
"$akin" diagnose "$dir/r" --with "$dir/r" --views 2 --json --quiet --threads 1 >"$dir/out" || fail "again"
cmp -s "$dir/first" "$dir/out" || fail "two diagnoses of one run differ"
"$akin" report "$dir/r" --quiet || fail "report with diagnose.json"
grep -qF "What the embedding looks like" "$dir/r/report.html" || fail "the report does not show the diagnosis"
grep -qF "reconstruction" "$dir/r/report.html" || fail "the report lost the marks"
exit $((failures > 0))
