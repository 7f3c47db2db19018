# SPDX-License-Identifier: Apache-2.0
# akin dups: of images, text, a table, embeddings and a run; tables, page and keep-list; the same on any number of threads;
# what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
holds() { grep -qF -- "$2" "$1" || fail "no '$2' in $1: $(head -c 600 "$1")"; }

# Forty pictures; of three a copy: one equal, one a little brighter, one with a corner changed.
mkdir pics
i=0
while [ $i -lt 40 ]; do
    i=$((i + 1))
    awk -v n=$i 'BEGIN { srand(n); print "P2 16 16 255"; for (i = 0; i < 256; i++) print int(rand() * 200) }' >pics/a$i.pgm
done
cp pics/a3.pgm pics/b3.pgm
awk 'NR > 1 && NR % 2 { print $1 + 9; next } { print }' pics/a5.pgm >pics/b5.pgm
awk 'NR == 2 { print 255; next } { print }' pics/a7.pgm >"pics/b7 <x>&.pgm"
awk 'BEGIN { print "P2 16 16 255"; for (i = 0; i < 256; i++) print 80 }' >pics/flat.pgm
"$akin" dups pics --page p.html --pairs p.tsv --groups g.tsv -o keep.txt --threads 1 >out 2>err || fail "pictures: $(cat err)"
holds out "compared       44 items by edges of small pictures"
holds out "by chance: a pair is nearer than"
holds out "pairs          3, 1 of them of equal items"
holds out "groups         3; 3 items would go as copies"
holds out "(the median of 4"
holds err "1 item has nothing to compare ("
[ "$(awk 'length > 80' out | wc -l)" = 0 ] || fail "lines beyond 80 columns: $(cat out)"
printf 'similarity\tdistance\tfirst\tsecond\tlimit\n1\t0\ta3.pgm\tb3.pgm\n' >want
head -2 p.tsv | sed '2s/\t[^\t]*$//' | cmp -s - want || fail "pairs: $(cat p.tsv)"
[ "$(wc -l <p.tsv)" = 4 ] || fail "not three pairs: $(cat p.tsv)"
[ "$(cut -f1,2,4 g.tsv | head -3 | tr '\t\n' '  ')" = 'group stays item 1 yes a7.pgm 1 no b7 <x>&.pgm ' ] || fail "groups: $(cat g.tsv)"
holds p.html "b7 &lt;x&gt;&amp;.pgm"
holds p.html "Just not taken"
grep -q '<script\|http:\|https:' p.html && fail "the page has a script or an address"
[ "$(grep -vc '^#' keep.txt)" = 41 ] || fail "the keep-list has not 41 names"
grep -q '^b3\|^b5\|^b7' keep.txt && fail "a copy stays"
holds keep.txt "# source: pics"
# Names too long for a line show their beginning and their end, by which files differ, and no part of a character.
mkdir -p "deep/Sommer in den Bergen über dem Tal/müde Kätzchen"
cp pics/a1.pgm "deep/Sommer in den Bergen über dem Tal/müde Kätzchen/ähnlich 1.pgm"
cp pics/a1.pgm "deep/Sommer in den Bergen über dem Tal/müde Kätzchen/ähnlich 2.pgm"
cp pics/a2.pgm pics/a4.pgm deep
"$akin" dups deep --threshold 0.99 >out 2>err || fail "long names: $(cat err)"
holds out "Sommer in de...Kätzchen/ähnlich 1.pgm  Sommer in de...Kätzchen/ähnlich 2.pgm"
"$akin" outliers deep --k 1 >out 2>err || fail "long names of outliers: $(cat err)"
holds out "Sommer in de...Kätzchen/ähnlich 1.pgm"
"$akin" inspect pics --keep keep.txt --quiet >out 2>err || fail "inspect --keep: $(cat err)"
for threads in 2 3; do
    "$akin" dups pics --page q.html --pairs q.tsv --groups h.tsv --threads $threads --force --json >out 2>err || fail "$threads threads"
    cmp -s p.tsv q.tsv && cmp -s g.tsv h.tsv && cmp -s p.html q.html || fail "$threads threads give something else"
done
holds out '"pairs":3,"groups":3,"copies":3,"equal":1,"without_direction":1'
holds out '"page":"q.html","pairs_file":"q.tsv","groups_file":"h.tsv"}'
"$akin" dups pics --keep keep.txt --quiet >out 2>err || fail "--keep: $(cat err)"
holds out "pairs          0"
"$akin" dups pics --threshold share >out || fail "--threshold share"
holds out "a tenth of what usually lies"
holds out "pairs          3, 1 of them of equal items"
"$akin" dups pics --threshold chance --json --quiet >out || fail "--threshold chance"
holds out '"chance":{"reach":0.'
"$akin" dups pics --threshold 1 --quiet >out || fail "--threshold 1"
holds out "pairs          1"
holds out "threshold      1 alike, distance 0: as asked for"

# Text: case and punctuation aside. A table: rows of one direction are no copies.
i=0
while [ $i -lt 30 ]; do
    i=$((i + 1))
    awk -v n=$i 'BEGIN { srand(n); for (i = 0; i < 12; i++) { w = ""; for (j = 0; j < 6; j++) w = w sprintf("%c", 97 + int(rand() * 26)); printf "%s ", w } print "" }' >>notes.txt
done
head -1 notes.txt | tr a-z A-Z | sed 's/ /, /g' >>notes.txt
"$akin" dups notes.txt --page t.html >out 2>err || fail "text: $(cat err)"
holds out "compared       31 items by runs of four characters"
holds out "pairs          1, 1 of them of equal items"
holds out "notes.txt:1  notes.txt:31"
holds t.html "<q>"
awk 'BEGIN { srand(5); print "a,b,c,kind"; for (i = 0; i < 40; i++) { x = rand(); y = rand(); z = rand(); print x "," y "," z ",k"; if (i == 7) print 3 * x "," 3 * y "," 3 * z ",k\n" x "," y "," z + 0.0005 ",other" } }' >t.csv
"$akin" dups t.csv --label-column kind --threshold 0.9999 --pairs t.tsv --quiet >out 2>err || fail "table: $(cat err)"
holds out "by columns"
[ "$(cut -f3-6 t.tsv | tr '\t\n' '  ')" = 'first class_of_first second class_of_second train/7 k train/9 other ' ] || fail "table: $(cat t.tsv)"

# A run, its embeddings in a file, whitened.
"$helpers/make_data" data 60 20 16 || exit 1
"$akin" train --recipe none data --out run --epochs 1 --batch-size 20 --width 8 --encoder cnn4 --head-hidden 8 --head-out 8 --quiet || exit 1
"$akin" embed --form plain run -o e.npy --quiet || exit 1
"$akin" dups run --threshold 0.99 --pairs r.tsv --quiet >out 2>err || fail "run: $(cat err)"
holds out "60 items by the embeddings of the backbone"
"$akin" dups e.npy --threshold 0.99 --pairs e.tsv -o e.txt --quiet >out 2>err || fail "file: $(cat err)"
holds out "60 items by their rows"
cmp -s r.tsv e.tsv || fail "a run and its embeddings have other pairs"
holds e.txt "train/0"
"$akin" dups run --threshold 0.99 --whiten --json --quiet >out || fail "--whiten"
holds out '"whitened":true'
"$akin" dups run --whiten --quiet >out || fail "--whiten, suggested"
holds out "a third of what usually lies"
"$akin" dups run data --split test --threshold 0.99 --quiet >out || fail "test part"
holds out "20 items"
cp e.npy bare.npy
expect 3 "a keep-list is of names" dups bare.npy --threshold 0.99 -o b.txt
"$akin" dups bare.npy --threshold 0.99 >out || fail "rows without names"
holds out "row 0"

# Refused, with nothing written.
head -5 t.csv >few.csv
expect 3 "akin dups: no threshold can be suggested from 4 rows" dups few.csv --label-column kind -o n.txt --quiet
expect 2 "--threshold is 2" dups pics --threshold 2
expect 2 "or auto" dups pics --threshold near
expect 2 "--format is for data that no run has embedded" dups run --format images
expect 2 "--whole means nothing here" dups pics --whole
expect 2 "--layer means nothing here" dups pics --layer projector
expect 2 "both name 'n.txt'" dups pics -o n.txt --pairs n.txt
expect 2 "exists" dups pics --page p.html
expect 3 "cannot open" dups none
expect 2 "is no run folder" dups pics data
[ -e n.txt ] && fail "a refused run left a file"
[ $failures = 0 ] && echo ok
exit $failures
