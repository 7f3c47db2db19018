# SPDX-License-Identifier: Apache-2.0
# embed --quantize: int8 and packed signs against float32 rows by their formulas, what verbs make of them, in shards too; nn
# --rescore; and what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
awk 'BEGIN { srand(3); print "a,b,c,label"
    for (i = 0; i < 40; i++) { x = rand() * 4; y = rand(); print x + y "," x - 2 * y "," rand() ",c" i % 2 } }' >t.csv
"$akin" train --recipe none t.csv --label-column label --encoder linear --width 11 --out r --epochs 1 --batch-size 8 --quiet || fail "train"
embed() { "$akin" embed r "$@" --force --quiet || fail "embed $*"; }
embed -o f.csv
embed -o f.npy
embed -o i.npy --quantize int8
embed -o b.npy --quantize binary
grep -q '"quantize": *"int8"' i.set.json && grep -q '"quantize": *"binary"' b.set.json || fail "the set does not tell how rows are written"
grep -q quantize f.set.json && fail "float32 rows tell of --quantize"
[ "$(tail -c 440 i.npy | wc -c)" = 440 ] && [ "$(wc -c <i.npy)" = $((128 + 440)) ] || fail "int8 is not a byte a column: $(wc -c <i.npy)"
[ "$(wc -c <b.npy)" = $((128 + 80)) ] || fail "signs of 11 columns are not two bytes: $(wc -c <b.npy)"

bytes() { tail -c "$2" "$1" | od -An -v -t "$3" -w"$4"; }
bytes i.npy 440 d1 11 >i.txt
bytes b.npy 80 u1 2 >b.txt
# the tie of a rounded half is nobody's: 0.51
tail -n +2 f.csv | tr , ' ' | paste -d' ' - i.txt b.txt | awk '{
    most = 0
    for (c = 1; c <= 11; c++) { x = $c < 0 ? -$c : $c; if (x > most) most = x }
    byte[0] = byte[1] = 0
    for (c = 1; c <= 11; c++) {
        off = 127 * $c / most - $(11 + c)
        if (off > 0.51 || off < -0.51) { print "row " NR ", column " c ": " $c " as " $(11 + c); exit 1 }
        if ($c > 0) byte[int((c - 1) / 8)] += 2 ^ (7 - (c - 1) % 8)
    }
    if (byte[0] != $23 || byte[1] != $24) { print "row " NR ": signs " byte[0] " " byte[1] ", not " $23 " " $24; exit 1 }
} END { if (NR != 40) exit 1 }' >told || fail "not the formula: $(cat told)"

# the cosine of signs is 1 - 2 h / d; each row's h by awk
"$akin" nn b.npy --query 0 -k 39 --json --quiet >b.json || fail "nn of signs"
awk 'NR == 1 { a = $1 * 256 + $2 }
NR > 1 { x = a; y = $1 * 256 + $2; h = 0
    for (i = 0; i < 16; i++) { h += x % 2 != y % 2; x = int(x / 2); y = int(y / 2) }
    printf "%d %.6f\n", NR - 1, 1 - 2 * h / 11 }' b.txt | sort -k2,2rg -k1,1n >want
grep -o '"row":[0-9]*[^}]*}' b.json | sed 's/"row":\([0-9]*\).*"similarity":\([-0-9.e]*\)}/\1 \2/' | tail -n +2 |
    awk '{ printf "%d %.6f\n", $1, $2 }' >got
cmp -s want got || fail "nn is not by the bits that differ: $(paste want got | head -n 5)"
"$akin" nn b.npy --query f.npy -k 1 --json --quiet >near.json || fail "queries of float32 among signs"
"$akin" nn i.npy --query 0 -k 5 --json --quiet >i.json || fail "nn of int8"
"$akin" nn f.npy --query 0 -k 5 --json --quiet >f.json || fail "nn of float32"
near() { grep -o '"row":[0-9]*' "$1" | tr '\n' ' '; }
[ "$(near i.json)" = "$(near f.json)" ] || fail "the nearest of int8 are others: $(near i.json), $(near f.json)"
"$akin" eval --features b.npy --labels b.labels.npy --test-features f.npy --test-labels f.labels.npy --protocol knn --json >out ||
    fail "eval of signs and float32"

embed -o s.npy --quantize binary --shards 3
"$akin" nn 's-{00000..00002}.npy' --query 0 -k 39 --json --quiet >s.json || fail "nn of shards"
cmp -s b.json s.json || fail "shards of signs are read otherwise"

# scored again: all of them by the signs are what float queries find among signs, by float32 rows what is found among those; few of
# them, those that are nearest by bits
found() { grep -o '"row":[0-9]*,[^}]*"similarity":[-0-9.e]*}' "$1" | sed 's/"row":\([0-9]*\).*"similarity":\(.*\)}/\1 \2/' ; }
same() { # what as
    found "$1" >have && found "$2" >want && [ -s want ] &&
        paste -d' ' have want | awk 'NF != 4 || $1 != $3 || ($2 - $4) ^ 2 > 1e-11 { exit 1 }' || fail "$1 is not as $2: $(paste have want | head -n 5)"
}
nn() { out=$1 && shift && "$akin" nn "$@" --json --quiet >"$out" || fail "nn $*"; }
nn a.json b.npy --query f.npy -k 5
nn o.json b.npy --query f.npy -k 5 --rescore 40
same o.json a.json
grep -q '"rescored":40' o.json || fail "how many are scored again is not told: $(head -c 300 o.json)"
nn a.json f.npy --query f.npy -k 5
nn o.json b.npy --query f.npy -k 5 --rescore 40 --rescore-with f.npy
same o.json a.json
nn o.json i.npy --query f.npy -k 5 --rescore 40 --rescore-with f.npy
same o.json a.json
nn o.json 's-{00000..00002}.npy' --query f.npy -k 5 --rescore 40 --rescore-with f.npy
same o.json a.json
nn a.json i.npy --query f.npy -k 5
nn o.json b.npy --query f.npy -k 5 --rescore 40 --rescore-with i.npy
same o.json a.json
nn a.json f.npy --query 3 -k 5
nn o.json b.npy --query 3 -k 5 --rescore 40 --rescore-with f.npy
same o.json a.json
nn a.json b.npy --query b.npy -k 5
nn o.json b.npy --query f.npy -k 5 --rescore 5
sorted() { sed 's/.*"neighbours"//' "$1" | while read -r l; do echo "$l" | grep -o '"row":[0-9]*' | sort | tr '\n' ' '; echo; done; }
sorted a.json >want && sorted o.json >have && cmp -s have want || fail "five of five are others: $(paste have want | head -n 3)"
expect 2 "--rescore-with is of --rescore N" nn b.npy --query 0 --rescore-with f.npy
expect 2 "the query is of signs too" nn b.npy --query 0 --rescore 20
expect 2 "--rescore 9 is fewer than the 10 neighbours" nn b.npy --query f.npy --rescore 9
expect 2 "rows of float32 are compared as they are" nn f.npy --query 0 --rescore 20
expect 2 "rows of float32 are compared as they are" nn r --query 0 --rescore 20
expect 2 "rows of int8 are compared with float32 queries as they are" nn i.npy --query f.npy --rescore 20
expect 2 "give one" nn b.npy --query f.npy --rescore 20 --approximate 0.9
sed '1s/.*/other/' f.names.txt >g.names.txt && cp f.npy g.npy
expect 3 "row 0 of 'g.npy' is named 'other'" nn b.npy --query f.npy --rescore 20 --rescore-with g.npy
"$akin" embed r t.csv -o few.npy --width 3 --form plain --quiet || fail "embed --width"
expect 3 "'few.npy' is [40,3], 'b.npy' [40,11]" nn b.npy --query f.npy --rescore 20 --rescore-with few.npy

# a text without a word has no signs
printf 'a b c d\nb c d e\nc d e f\n!!!\n' >w.txt
"$akin" train --recipe none w.txt --out w --epochs 1 --batch-size 3 --dim 8 --min-count 1 --quiet || fail "train of texts"
"$akin" embed w w.txt -o w.npy --quantize binary --json >w.out 2>err || fail "embed of texts"
grep -qF "1 of the 4 rows are all zeros and have no signs" err || fail "rows without signs are not told: $(cat err)"
grep -q '"zero_rows":1' w.out && grep -q '"zero_rows": *1' w.set.json || fail "rows without signs are not in JSON: $(cat w.out)"
"$akin" embed r -o z.npy --quantize binary --json >w.out 2>err || fail "embed of rows"
grep -q '"zero_rows":0' w.out && ! grep -q "no signs" err || fail "rows with signs are told: $(cat err)"

# without what stands beside, bytes are numbers, and that is told; a width that is another's is refused
mkdir alone
cp b.npy alone
"$akin" nn alone/b.npy --query 0 -k 1 >out 2>err || fail "nn of bytes"
grep -qF "'alone/b.npy' is taken for numbers from 0 to 255: no FILE.set.json says that they are packed signs" err || fail "bytes as numbers are not told: $(cat err)"
"$akin" nn b.npy --query 0 -k 1 2>err >out && grep -q "taken for numbers" err && fail "packed signs are called numbers"
sed 's/"width": *11/"width": 17/' b.set.json >b.set && mv b.set b.set.json
expect 3 "'b.npy' has 2 bytes a row, and the file of its set tells of the signs of 17 columns" nn b.npy --query 0

expect 2 "--quantize binary keeps signs, which say little of plain rows" embed r -o x.npy --quantize binary --form plain
expect 2 "--quantize int8 writes .npy; give -o FILE.npy" embed r -o x.csv --quantize int8
expect 2 "--quantize is 'int4'" embed r -o x.npy --quantize int4
[ -e x.npy ] && fail "what is refused left a file"
exit 0
