# SPDX-License-Identifier: Apache-2.0
# akin nn: what is nearest, by name, by row, by file and, with a run, to new items; what a query means where it could mean two
# things; an item is no neighbour of itself; one line for bad input.
akin=$1 helpers=$2
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
expect 3 "no item is named '-1', and no file" nn "$dir/e.npy" --query=-1
expect 3 "has no names" nn "$dir/plain.npy" --query dog
expect 3 "has 3 names for 6 rows" nn "$dir/e.npy" --names "$dir/three" --query a
expect 3 "none.npy" nn "$dir/e.npy" --query "$dir/none.npy"
expect 3 "none.npy" nn "$dir/none.npy" --query 0
expect 3 "has 3 columns" nn "$dir/e.npy" --query "$dir/wide.npy"
expect 3 "there is one row only" nn "$dir/single.npy" --query 0
expect 3 "" nn "$dir/e.npy" --names "$dir" --query cat
npy "$dir/empty.npy" 0 2
expect 3 "empty.npy' has no rows" nn "$dir/empty.npy" --query 0
expect 3 "empty.npy' has no rows" nn "$dir/e.npy" --query "$dir/empty.npy"
expect 3 "is no run folder: it has no run.json; 'akin train DATA --out RUN' makes one" nn "$dir" --query 0
expect 3 "three' is no array of embeddings, .npy or .npz; a run embeds it" nn "$dir/e.npy" --query "$dir/three"
expect 2 "--query-as file is for a run, which '$dir/e.npy' is not" nn "$dir/e.npy" --query "$dir/three" --query-as file
expect 2 "--query-as text is for a run" nn "$dir/e.npy" --query cat --query-as text
# a name that is a number, and not that of its row
printf '3\nb\nc\nd\ne\nf\n' >"$dir/numbers"
expect 2 "'3' is the name of an item and the number of another row; --query-as item or --query-as row says" nn "$dir/e.npy" --names "$dir/numbers" --query 3
for as in item:0 row:3; do
    "$akin" nn "$dir/e.npy" --names "$dir/numbers" --query 3 --query-as ${as%:*} -k 1 --json >"$dir/out" || fail "--query-as ${as%:*}"
    holds "\"query\":{\"row\":${as#*:},"
done
expect 3 "no item is named '5'" nn "$dir/e.npy" --query 5 --query-as item
expect 3 "there is no row 9; " nn "$dir/e.npy" --query 9 --query-as row
# part of a name: the file without its folders before another that holds it
printf 'my pets/big cat.jpg\npets/cat.jpg\nc\nd\ne\nf\n' >"$dir/paths"
expect 3 "no item is named 'cat.jpg', and no file; did you mean 'pets/cat.jpg'?" nn "$dir/e.npy" --names "$dir/paths" --query cat.jpg
expect 3 "did you mean 'my pets/big cat.jpg'?" nn "$dir/e.npy" --names "$dir/paths" --query big

# Nearly all of them, by cells; all of them where all cells are looked into
"$akin" nn "$dir/e.npy" --query "$dir/q.npy" -k 3 --json >"$dir/exact" || fail "exact"
"$akin" nn "$dir/e.npy" --query "$dir/q.npy" -k 3 --json --approximate 1 >"$dir/out" 2>"$dir/err" || fail "--approximate: $(cat "$dir/err")"
holds '"approximate":{"cells":'
[ "$(grep -o '"row":[0-9]*' "$dir/exact")" = "$(grep -o '"row":[0-9]*' "$dir/out")" ] || fail "--approximate 1 finds others"
grep -q 'of 3 cells are looked into; of up to 256 queries they hold 1.0000 of the true neighbours' "$dir/err" || fail "not told: $(cat "$dir/err")"
expect 2 "--approximate is 2; it must be between" nn "$dir/e.npy" --query 0 --approximate 2
"$akin" nn "$dir/e.npy" --query 0 -k 2 --approximate 0.9 --quiet >"$dir/out" || fail "--approximate of a row"
grep -qE '^  [01]\.[0-9]* +0  ' "$dir/out" && fail "an item is its own neighbour: $(cat "$dir/out")"

# Images. The names of items and their places are those of embed.
cd "$dir" || exit 1
"$helpers/make_data" set 24 12 8 || exit 1
nearest() { "$akin" nn "$@" -k 1 --json >out 2>err || fail "nn $*: $(cat err)"; }
small="--epochs 1 --batch-size 8 --threads 1 --quiet"
pgm() { # pgm NAME SEED
    { printf 'P5 8 8 255\n' && awk -v n="$2" 'BEGIN { srand(n); for (i = 0; i < 64; i++) printf "%c", 33 + int(rand() * 200) }'; } >"$1"
}
mkdir photos new
for i in 1 2 3 4 5 6 7 8 9; do pgm photos/$i.pgm $i; done
"$akin" train --recipe none photos --out r $small --encoder linear --augment none --crop-min 0.5 || fail "train of images"
pgm new/x.pgm 4
pgm new/y.pgm 7
nearest r --query new/x.pgm
[ "$(cut -c1-100 out)" = '{"query":{"from":"new/x.pgm","row":0,"item":"x.pgm"},"neighbours":[{"row":3,"item":"4.pgm","similari' ] || fail "a new picture: $(cat out)"
nearest r --query new
[ "$(grep -c . out)" = 2 ] && sed -n 2p out | grep -qF '"item":"y.pgm"},"neighbours":[{"row":6,"item":"7.pgm"' || fail "a folder of pictures: $(cat out)"
nearest r --query 4.pgm
grep -qF '{"query":{"row":3,"item":"4.pgm"},"neighbours":' out && grep -qF '"row":3,"item":"4.pgm","similarity"' out && fail "an item: $(cat out)"
(cd photos && "$akin" nn ../r --query 4.pgm -k 1 --json >../out2 2>../err) || fail "an item that is a file too"
cmp -s out out2 || fail "an item that is a file too: $(cat out2)"
grep -qF "'4.pgm' is taken for the name of an item, and is a file too: --query-as file takes it for that" err || fail "not told: $(cat err)"
"$akin" embed --form plain r -o z.npy --quiet || fail "embed"
nearest r --query z.npy
[ "$(grep -c . out)" = 9 ] && sed -n 3p out | grep -qF '"neighbours":[{"row":2,"item":"3.pgm",' || fail "a file of embeddings: $(head -3 out)"
echo "no picture" >x.jpg
echo "some words" >x.txt
expect 3 "x.jpg" nn r --query x.jpg
expect 3 "the run was trained on images, and 'x.txt' looks like text" nn r --query x.txt
expect 3 "no item is named 'z.jpg', and no file" nn r --query z.jpg
expect 2 "the run was trained on images, not on text" nn r --query words --query-as text

# Text
awk 'BEGIN { srand(1); for (i = 0; i < 60; i++) { s = ""; for (j = 0; j < 6; j++) s = s " word" int(rand() * 30); print substr(s, 2) } }' >lines.txt
"$akin" train --recipe none lines.txt --out t $small --text-view erase --min-count 1 --dim 16 || fail "train of text"
line=$(sed -n 5p lines.txt)
nearest t --query "$line"
grep -qF '"neighbours":[{"row":4,' out || fail "a line: $(cat out)"
nearest t --query lines.txt:5
grep -qF '{"query":{"row":4,' out && ! grep -qF '"neighbours":[{"row":4,' out || fail "an item by its name: $(cat out)"
sed -n 8,9p lines.txt >some.txt
nearest t --query some.txt
sed -n 2p out | grep -qF '"neighbours":[{"row":8,' || fail "a file of lines: $(cat out)"
grep -qF "'some.txt' is taken for a file, and is a line of text too: --query-as text takes it for that" err || fail "not told: $(cat err)"
nearest t --query some.txt --query-as text
[ "$(grep -c . out)" = 1 ] || fail "--query-as text"
nearest t --query ''
grep -qF "'' becomes a row of zeros; its similarity to everything is 0" err || fail "no words: $(cat err)"
mkdir word3 && nearest t --query word3
grep -qF '"from":"word3"' out || fail "a word that is a folder too: $(cat out)"
expect 2 "'3' is a line of text and the number of a row; --query-as text or --query-as row says which is meant" nn t --query 3
nearest t --query 3 --query-as row
expect 3 "'z.npy' is a table of 9 vectors" nn r --query z.npy --query-as file
expect 3 "the run was trained on text, and 'photos/1.pgm' looks like images" nn t --query photos/1.pgm --quiet
# documents: the name of the file will do, as it is the only text in it
mkdir -p corpus/a corpus/b
for i in 1 2 3 4 5 6 7 8 9; do sed -n ${i}p lines.txt >corpus/$([ $i -lt 5 ] && echo a || echo b)/$i; done
"$akin" train --recipe none corpus --out docs $small --text-view erase --min-count 1 --dim 16 2>err || fail "train of documents: $(cat err)"
nearest docs --query a/3
grep -qF '{"query":{"row":2,' out || fail "a document by its file: $(cat out err)"
nearest docs --query a/3:1
grep -qF '{"query":{"row":2,' out || fail "a document by its name: $(cat out err)"

# Vectors: an array is data or embeddings by its columns
awk 'BEGIN { srand(2); print "a,b,c"; for (i = 0; i < 40; i++) print rand() "," rand() "," rand() }' >t.csv
"$akin" train --recipe none t.csv --out v $small --encoder identity --vector-views noise --noise 0.1 || fail "train of vectors"
sed -n '1p;7,8p' t.csv >some.csv
nearest v --query some.csv
sed -n 2p out | grep -qF '"neighbours":[{"row":6,' || fail "rows of a table: $(cat out)"
"$akin" embed --form plain v -o w.npy --quiet || fail "embed of vectors"
expect 2 "as wide as the data that the run embeds and as wide as its embeddings; --query-as file or --query-as vectors" nn v --query w.npy
nearest v --query w.npy --query-as vectors
sed -n 7p out | grep -qF '"neighbours":[{"row":6,' || fail "--query-as vectors: $(sed -n 7p out)"

# The page: the query first, then what is nearest, in that order; pictures, texts or names
page() { "$akin" nn "$@" --page p.html --force >out 2>err || fail "nn $*: $(cat err)"; }
page r --query photos/1.pgm -k 3
[ "$(grep -o '<img' p.html | wc -l)" = 4 ] || fail "four pictures: $(grep -o '<img' p.html | wc -l)"
awk 'NR > 2 { print $NF }' out >named
grep -o '<small>[^<]*</small>cosine' p.html | sed 's/<small>//; s/<.*//' | cmp -s - named || fail "page: $(grep -o '<small>[^<]*' p.html) but $(cat named)"
page t --query "$line <&" -k 2
grep -qF '&lt;&amp;</q><small>the query</small>' p.html || fail "the line on the page"
page v --query some.csv -k 2
[ "$(grep -o '<h2>' p.html | wc -l)" = 2 ] && grep -q 'The 2 nearest among 40 items, to each of 2 queries' p.html || fail "two queries"
page w.npy --query 0 -k 2
grep -q '<img\|<script' p.html && fail "embeddings have no pictures"
expect 2 "'p.html' exists; --force replaces it" nn w.npy --query 0 --page p.html
exit $((failures > 0))
