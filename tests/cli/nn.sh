# SPDX-License-Identifier: Apache-2.0
# akin nn: what is nearest, by name, by row and by file; an item is no neighbour of itself; one line for bad input.
akin=$1
. "$(dirname "$0")/expect.inc"
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
# cosines with row 0, (4,0): 0.8, 0, 1, 0.6 for rows 1 to 4, 0 for the row of zeros
npy "$dir/e.npy" 6 2 4 0 4 3 0 2 9 0 3 4 0 0
printf 'cat\na line of text, with 3 words\n2\r\ncat\ndog\nnothing' >"$dir/e.names.txt"
npy "$dir/e.labels.npy" 1 6 7 6 5 4 3 2 # the wrong shape, replaced below
npy "$dir/q.npy" 2 2 0 5 6 8

expect 3 "e.labels.npy" nn "$dir/e.npy" --query 0
rm "$dir/e.labels.npy"
"$akin" nn "$dir/e.npy" --query 0 -k 3 --json >"$dir/out" || fail "by row"
[ "$(cat "$dir/out")" = '{"query":{"row":0,"item":"cat"},"neighbours":[{"row":3,"item":"cat","similarity":1.0},{"row":1,"item":"a line of text, with 3 words","similarity":0.80000001192092896},{"row":4,"item":"dog","similarity":0.60000002384185791}]}' ] ||
    fail "by row: $(cat "$dir/out")"
"$akin" nn "$dir/e.npy" --query "a line of text, with 3 words" -k 1 --json >"$dir/out" || fail "by name"
holds '"neighbours":[{"row":4,"item":"dog","similarity":0.9' # 24/25, before 0.8
"$akin" nn "$dir/e.npy" --query 2 -k 99 --json >"$dir/out" || fail "a name that is a number"
holds '"query":{"row":2,"item":"2"}'
[ "$(grep -o '"similarity"' "$dir/out" | wc -l)" = 5 ] || fail "-k beyond the rows: $(cat "$dir/out")"
"$akin" nn "$dir/e.npy" --query "$dir/q.npy" -k 2 --json >"$dir/out" || fail "by file"
[ "$(wc -l <"$dir/out")" = 2 ] || fail "not one line a query"
sed -n 1p "$dir/out" | grep -qF '"row":0},"neighbours":[{"row":2,' || fail "first query of a file"
sed -n 2p "$dir/out" | grep -qF '"row":1},"neighbours":[{"row":4,"item":"dog","similarity":1.0}' || fail "second query"
"$akin" nn "$dir/e.npy" --query dog --k 1 >"$dir/out" || fail "as text"
holds 'nearest to row 4, dog'
holds '  0.9600         1  a line of text, with 3 words'
"$akin" nn "$dir/e.npy" --query cat --quiet --k 1 2>"$dir/err" >"$dir/out" || fail "two of one name"
[ -s "$dir/err" ] && fail "--quiet says something"
"$akin" nn "$dir/e.npy" --query cat --k 1 2>"$dir/err" >"$dir/out" || fail "two of one name"
grep -qF "2 items are named 'cat'" "$dir/err" || fail "two items of one name are not told"
"$akin" nn "$dir/e.npy" --query nothing 2>"$dir/err" >"$dir/out" || fail "a row of zeros"
grep -qF "row 5 is all zeros" "$dir/err" || fail "a row of zeros is not told"
"$akin" nn "$dir/e.npy" --query 0 -k 3 --json --threads 1 >"$dir/one" && "$akin" nn "$dir/e.npy" --query 0 -k 3 --json >"$dir/out"
cmp -s "$dir/one" "$dir/out" || fail "threads change the output"

printf 'a\nb\nc\n' >"$dir/three"
npy "$dir/wide.npy" 1 3 1 2 3
npy "$dir/single.npy" 1 2 1 2
cp "$dir/e.npy" "$dir/plain.npy"
expect 2 "nearest to what?" nn "$dir/e.npy"
expect 2 "missing argument" nn --query cat
expect 2 "-k needs a value" nn "$dir/e.npy" --query cat -k
expect 2 "--k is 0" nn "$dir/e.npy" --query cat -k 0
expect 3 "did you mean 'dog'" nn "$dir/e.npy" --query dgo
expect 2 "--layer is for a run, which '$dir/e.npy' is not" nn "$dir/e.npy" --query cat --layer projector
expect 2 "--header is for a run" nn "$dir/e.npy" --query cat --header no
expect 3 "there is no row 6; " nn "$dir/e.npy" --query 6
expect 3 "no item is named '-1'" nn "$dir/e.npy" --query=-1
expect 3 "has no names" nn "$dir/plain.npy" --query dog
expect 3 "has 3 names for 6 rows" nn "$dir/e.npy" --names "$dir/three" --query a
expect 3 "none.npy" nn "$dir/e.npy" --query "$dir/none.npy"
expect 3 "none.npy" nn "$dir/none.npy" --query 0
expect 3 "has 3 columns" nn "$dir/e.npy" --query "$dir/wide.npy"
expect 3 "there is one row only" nn "$dir/single.npy" --query 0
expect 3 "" nn "$dir/e.npy" --names "$dir" --query cat
exit $((failures > 0))
