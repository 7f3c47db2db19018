# SPDX-License-Identifier: Apache-2.0
# akin labels: of a file, of a run, of data; tables, keep-lists, labels of another file; the same bits; what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
"$helpers/make_data" "$dir/data" 60 20 16 || exit 1
cd "$dir" || exit 1
"$akin" train --recipe none data --out run --epochs 1 --batch-size 20 --width 8 --encoder cnn4 --head-hidden 8 --head-out 8 --quiet || exit 1
"$akin" embed --form plain run -o e.npy --quiet || exit 1
holds() { grep -qF -- "$2" "$1" || fail "no '$2' in $1: $(head -c 800 "$1")"; }

# Three groups of 40, far apart; item 7 is given the label of another, and one is alone in its class.
awk 'BEGIN { srand(2)
    for (i = 0; i < 121; i++) { k = i % 3
        printf "%.4f,%.4f,%.4f\n", (k == 0) * 9 + rand(), (k == 1) * 9 + rand(), (k == 2) * 9 + rand() >"rows.csv"
        print i == 120 ? "lonely" : i == 7 ? "red" : substr("red  greenblue ", 5 * k + 1, 5) >"words.txt" } }'
sed -i 's/ *$//' words.txt
{ echo a,b,c,label; paste -d, rows.csv words.txt; } >t.csv
"$akin" labels t.csv --table l.tsv -o keep.txt --show 3 >out 2>err || fail "labels of data: $(cat err)"
holds out "121 items of 4 classes in t.csv"
holds out "1 are called wrong, 0.8 %; about 1 are"
holds out "not judged  1, which are alone in their class"
[ "$(sed -n 1p l.tsv)" = "$(printf 'item\tgiven\tsuggested\tscore\twrong')" ] || fail "the head of the table: $(sed -n 1p l.tsv)"
[ "$(sed -n 2p l.tsv | cut -f1-3,5)" = "$(printf 'train/7\tred\tgreen\t1')" ] || fail "not item 7: $(sed -n 2p l.tsv)"
[ "$(tail -n 1 l.tsv | cut -f1-4)" = "$(printf 'train/120\tlonely\tlonely\tnan')" ] || fail "not the lonely one: $(tail -n 1 l.tsv)"
[ "$(wc -l <l.tsv)" = 122 ] || fail "not 121 items in the table"
[ "$(awk -F'\t' '{ n += $5 == 1 } END { print n }' l.tsv)" = 1 ] || fail "more than one is called wrong"
[ "$(grep -c '^train/' keep.txt)" = 120 ] && ! grep -qx train/7 keep.txt || fail "the keep-list: $(grep -v '^train' keep.txt)"
"$akin" train --recipe none t.csv --out kept --keep keep.txt --epochs 1 --batch-size 16 --width 8 --head-hidden 4 --head-out 4 --quiet || fail "train --keep"
"$akin" labels t.csv --json --show 2 >out 2>err || fail "json: $(cat err)"
holds out '"wrong":1,'
holds out '"pairs":[{"n":1,"given":"red","suggested":"green"}]'
holds out '"item":"train/7","given":"red","suggested":"green"'
[ "$(wc -l <out)" = 1 ] || fail "--json: not one line"

# Labels of another file, for embeddings that have none.
python3 - <<'P'
import struct
rows = [[float(x) for x in line.split(",")] for line in open("rows.csv")]
head = ("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 3), }" % len(rows)).encode()
with open("x.npy", "wb") as f:
    f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + head.ljust(117) + b"\n")
    for row in rows: f.write(struct.pack("<3f", *row))
P
for method in both logistic knn; do
    "$akin" labels x.npy --labels words.txt --method $method --score self --table x.tsv --force --show 1 >out 2>err || fail "$method: $(cat err)"
    [ "$(sed -n 2p x.tsv | cut -f1-3,5)" = "$(printf '7\tred\tgreen\t1')" ] || fail "$method: not item 7: $(sed -n 2p x.tsv)"
done
expect 3 "has no labels; name a file of them with --labels" labels x.npy
expect 3 "121 labels" labels e.npy --labels words.txt
expect 3 "the rows of 'x.npy' have none; --names" labels x.npy --labels words.txt -o k2.txt
seq -f 'train/%g' 0 120 >names.txt
"$akin" labels x.npy --labels words.txt --names names.txt -o k2.txt --quiet >/dev/null || fail "--names"
[ "$(grep -v '^#' k2.txt)" = "$(grep -v '^#' keep.txt)" ] || fail "another keep-list of the same rows"
expect 3 "no two of the 121 items" labels x.npy --labels names.txt

# The page: a section for each pair of classes.
"$akin" labels t.csv --page l.html --quiet >/dev/null || fail "--page"
holds l.html "1 of 121 labels are called wrong; about 1 are"
holds l.html "Given red, likely green: 1"
holds l.html "train/7"
"$akin" labels run --page r.html --json >out || fail "--page of a run"
holds out '"page":"r.html"'
grep -qE '(src|href)=.?http' r.html && fail "the page asks for something outside"

# Of a run and of its embeddings.
"$akin" labels e.npy --table a.tsv --quiet >out || fail "labels of a file"
"$akin" labels run --table b.tsv --quiet --threads 1 >/dev/null || fail "labels of a run"
cmp -s a.tsv b.tsv || fail "a run and its embeddings have two tables"
"$akin" labels run --table c.tsv --quiet --threads 3 -o c.txt >/dev/null || fail "three threads"
cmp -s a.tsv c.tsv || fail "threads change the table"
holds c.txt "# fingerprint: "
"$akin" labels e.npy --table s.tsv --quiet --seed 1 >/dev/null || fail "another seed"
cmp -s a.tsv s.tsv && fail "the seed changes nothing"
LC_ALL=C "$akin" labels run --split test --whiten --show 2 >out || fail "--split --whiten"
holds out "20 items of"
awk 'length > 80 { exit 1 }' out || fail "a line of more than 80 columns: $(cat out)"

# Refused, with nothing written.
expect 2 "'l.tsv' exists" labels t.csv --table l.tsv
expect 2 "'keep.txt' exists" labels t.csv -o keep.txt
expect 2 "both name 'n.tsv'" labels t.csv -o n.tsv --table n.tsv
expect 2 "--folds is for --method both and logistic" labels t.csv --method knn --folds 3
expect 2 "--k is for --method both and knn" labels t.csv --method logistic --k 3
expect 2 "is no run folder" labels e.npy data
expect 3 "'none.npy'" labels none.npy --table n.tsv
[ -e n.tsv ] && fail "a refused call left a file"
[ $failures = 0 ] && echo ok
exit $failures
