# SPDX-License-Identifier: Apache-2.0
# embed --form hybrid: features of length 1, the words of the text beside them, of length 1 too, and cosines that follow; from a set, a
# pipe, in nn by a line; what auto takes, and what is refused.
akin=$1
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
awk 'BEGIN { srand(5); n = split("red blue green black white grey brown pink", c, " "); m = split("cat dog fox owl hen cow ant bee", a, " ")
    for (i = 0; i < 60; i++) print c[1 + int(rand() * n)], a[1 + int(rand() * m)], "sees", c[1 + int(rand() * n)], a[1 + int(rand() * m)] }' >t.txt
{ printf 'cat red blue dog sees\nred cat sees blue dog\n...\nzzqx wwvk\n'; } >q.txt # the same words twice, none, unknown ones
"$akin" train t.txt --out r --epochs 1 --batch-size 16 --min-count 1 --maxn 0 --dim 12 --text-view erase --recipe none --quiet || fail "train"
embed() { "$akin" embed r "$@" --force --quiet 2>err || fail "embed $*: $(cat err)"; }
embed q.txt -o p.csv --form plain
embed q.txt -o h.csv --form hybrid
embed q.txt -o a.csv
cmp -s a.csv h.csv || fail "auto is not hybrid for texts"
grep -q '"form": *"hybrid"' a.csv.set.json || fail "the set does not tell the form: $(cat a.csv.set.json)"
"$akin" embed r - -o - --quiet <q.txt >pipe || fail "a pipe"
[ "$(awk 'NR == 1 { print NF }' pipe)" = "$(head -n 1 h.csv | tr , '\n' | grep -c .)" ] || fail "rows of a pipe are of another width"

# 12 features of length 1, then as many columns as the vocabulary has rows
tail -n +2 p.csv | tr , ' ' >p.txt
tail -n +2 h.csv | tr , ' ' >h.txt
paste -d' ' p.txt h.txt | awk '{
    plain = unit = words = 0
    for (c = 1; c <= 12; c++) { plain += $c * $c; unit += $(12 + c) * $(12 + c) }
    for (c = 25; c <= NF; c++) words += $c * $c
    for (c = 1; c <= 12 && plain > 0; c++) { off = $c / sqrt(plain) - $(12 + c); if (off > 1e-5 || off < -1e-5) { print "row " NR, "column " c, off; bad = 1 } }
    want = NR < 3 ? 1 : 0 # of nothing, and of unknown words
    if (words - want > 1e-5 || words - want < -1e-5) { print "row " NR ": words of length " words; bad = 1 }
    if (NR == 3 && unit + words != 0) { print "a text without a word is not nothing"; bad = 1 }
    for (c = 25; c <= NF; c++) row[NR, c] = $c
    cols = NF
} END { for (c = 25; c <= cols; c++) if (row[1, c] - row[2, c] > 1e-6 || row[2, c] - row[1, c] > 1e-6) { print "the order of words counts"; bad = 1 }
    exit bad }' >told || fail "not what hybrid rows are: $(cat told)"

"$akin" nn r --query "red cat sees blue dog" -k 3 --json --quiet >line.json || fail "nn of a line"
printf 'red cat sees blue dog\n' >one.txt
"$akin" nn r --query one.txt -k 3 --json --quiet >file.json || fail "nn of a file"
near() { grep -o '"similarity":[0-9.e-]*' "$1" | tail -n 3 | tr '\n' ' '; }
[ -n "$(near line.json)" ] && [ "$(near line.json)" = "$(near file.json)" ] || fail "a line and a file differ: $(near line.json), $(near file.json)"

expect 2 "hybrid sets words beside rows of the backbone" embed r q.txt -o x.npy --layer projector --form hybrid
expect 2 "say little of hybrid rows" embed r q.txt -o x.npy --quantize binary --form hybrid
embed q.txt -o b.npy --quantize binary
grep -q '"form": *"half"' b.set.json || fail "signs are not of half rows"
embed q.txt -o i.npy --quantize int8
awk 'BEGIN { srand(3); print "a,b,c"; for (i = 0; i < 20; i++) print rand() "," rand() "," rand() }' >n.csv
"$akin" train n.csv --recipe none --encoder linear --width 4 --out v --epochs 1 --batch-size 8 --quiet || fail "train a table"
expect 2 "for runs of texts" embed v -o x.npy --form hybrid
[ $failures = 0 ]
