# SPDX-License-Identifier: Apache-2.0
# Columns of tables meet a run by their names: other orders give the same embeddings to the bit, further columns are told,
# missing ones refused. Counters, headers of numbers, decimal commas, as a user types them.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
says() { # says TEXT ARGUMENTS...: exit 0, and TEXT among the lines of stderr
    text=$1
    shift
    "$akin" "$@" >out 2>err || fail "akin $*: $(cat err)"
    grep -qF -- "$text" err || fail "akin $*: no '$text', but: $(cat err)"
}
quiet() { # quiet ARGUMENTS...: exit 0 and not a word
    "$akin" "$@" >out 2>err || fail "akin $*: $(cat err)"
    [ -s err ] && fail "akin $*: said $(cat err)"
}

# Four columns and a label; the other table has them the other way round.
awk 'BEGIN { srand(7); for (f = 0; f < 2; f++) { file = f ? "te.csv" : "tr.csv"; print "p,q,r,s,label" >file
    for (i = 0; i < (f ? 30 : 160); i++) { k = i % 3; printf "%.3f,%.3f,%.3f,%.2f,%s\n", rand() + 2 * (k == 0),
        rand() + 2 * (k == 1), rand(), 100 * rand(), substr("xyz", k + 1, 1) >file } } }'
swap='BEGIN { FS = OFS = "," } { print $5, $4, $3, $2, $1 }'
awk "$swap" te.csv >perm.csv
"$akin" train --recipe none tr.csv --out r --epochs 2 --batch-size 64 --width 16 --quiet 2>err || fail "train: $(cat err)"
grep -q '"columns": \["p", "q", "r", "s"\]' r/run.json || tr -d ' \n' <r/run.json | grep -q '"columns":\["p","q","r","s"\]' ||
    fail "run.json does not keep the columns"
quiet embed r te.csv -o te.npy --quiet
quiet embed r perm.csv -o perm.npy --quiet
cmp te.npy perm.npy || fail "columns in another order give other embeddings"
cmp te.labels.npy perm.labels.npy || fail "columns in another order give other labels"
awk -F, '{ print $0 (NR == 1 ? ",extra" : ",5") }' te.csv >extra.csv
says "column 'extra' is left out: the run has no such column" embed r extra.csv -o extra.npy
cmp te.npy extra.npy || fail "a further column changes embeddings"
sed '1s/,s,/,S,/' te.csv >named.csv
expect 3 "lacks column 's' of the run; is it 'S'?" embed --form plain r named.csv -o n.npy
sed 1d te.csv >bare.csv
expect 3 "--header no takes them by their places" embed --form plain r bare.csv -o n.npy
says "taken by their places" embed r bare.csv --header no -o bare.npy
cmp te.npy bare.npy || fail "--header no reads other numbers"
sed 's/,/;/g; s/\./,/g' te.csv >comma.csv
"$akin" inspect comma.csv >out 2>err
grep -q 'rows         30 of 4' out || fail "a table of decimal commas is found: $(cat out err)"
says "Decimal commas are read as points" embed r comma.csv -o comma.npy
cmp te.npy comma.npy || fail "decimal commas are other numbers"
expect 3 "--decimal comma reads it" embed --form plain r comma.csv --decimal point -o n.npy
# New rows need no labels: some without one are embedded like the others, and none is taken for labelled.
sed '5s/,[xyz]$/,/; 9s/,[xyz]$/,/' te.csv >some.csv
says "Not labelled: 2 of 30 rows of 'some.csv' have nothing in column 'label', the first in line 5" embed r some.csv -o some.npy
cmp te.npy some.npy || fail "rows without a label have other embeddings"
[ -e some.labels.npy ] && fail "labels are written although some lack theirs"
expect 3 "line 5, column 5 ('label'): the row has no label; fill it in, take the row out, or leave the whole column out" inspect some.csv

# Arrays have no names.
python3 - <<'P'
import struct
rows = [list(map(float, l.split(",")[:4])) for l in open("te.csv").read().split()[1:]]
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 4), }" % len(rows)
head += " " * (117 - len(head)) + "\n"
open("four.npy", "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() +
                             b"".join(struct.pack("<4f", *r) for r in rows))
P
"$akin" train --recipe none four.npy --out f --epochs 2 --batch-size 16 --width 16 --quiet 2>err || fail "train of an array: $(cat err)"
says "have no names: they are taken by their places" embed r four.npy -o n.npy
says "The run knows no names of columns" embed f te.csv -o n2.npy
cmp te.npy n.npy || fail "an array of the same rows gives other embeddings"

# A folder of train and test, and a resume.
mkdir both && cp tr.csv both/train.csv && cp perm.csv both/test.csv
"$akin" train --recipe none both --out b --epochs 2 --batch-size 64 --width 16 --quiet 2>err || fail "train both: $(cat err)"
quiet embed b both -o b.npy --split test --quiet
quiet embed b te.csv -o b2.npy --quiet
cmp b.npy b2.npy || fail "the test part is not matched by name"
cp tr.csv kept.csv && awk "$swap" kept.csv >tr.csv
"$akin" embed --form plain r -o own.npy --quiet 2>err || fail "own data with columns in another order: $(cat err)"
cp kept.csv tr.csv
"$akin" embed --form plain r -o own2.npy --quiet 2>err || fail "own data: $(cat err)"
cmp own.npy own2.npy || fail "own data with columns in another order"

# A resume finds the columns where they are now, and goes on to the same weights.
sum() { sed 's/.*weights_xxh64": "//; s/".*//' "$1/DONE"; }
options="--epochs 6 --batch-size 32 --width 16 --checkpoint-every 3"
# shellcheck disable=SC2086
"$akin" train --recipe none tr.csv --out whole $options --quiet 2>err || fail "train whole: $(cat err)"
# shellcheck disable=SC2086
"$akin" train --recipe none tr.csv --out part $options >/dev/null 2>&1 &
pid=$!
until ls part/checkpoints/*.safetensors >/dev/null 2>&1 || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
awk "$swap" kept.csv >tr.csv
"$akin" train --resume --out part --quiet 2>err || fail "resume with columns in another order: $(cat err)"
cp kept.csv tr.csv
[ "$(sum whole)" = "$(sum part)" ] || fail "resumed with columns in another order, the weights differ"

# The rows are counted, and sorted by class: nothing else tells the class.
awk 'BEGIN { srand(3); print "Id,a,b,d,species"; for (i = 0; i < 300; i++)
    printf "%d,%.3f,%.3f,%.3f,%s\n", i, rand(), rand(), rand(), substr("pqr", int(i / 100) + 1, 1) }' >id.csv
says "Column 'Id' counts the rows: it is left out (--counters keep" train id.csv --out i --epochs 2 --batch-size 64 \
    --holdout 0.25 --width 16
"$akin" eval i --protocol knn --json --quiet >eval 2>err || fail "eval: $(cat err)"
python3 - <<'P' || fail "the counter tells the class: $(cat eval)"
import json
assert all(r["top1"] <= 0.45 for r in json.load(open("eval"))["results"] if r["protocol"] == "knn-v1")
P
quiet embed i id.csv -o i.npy --quiet
"$akin" train --recipe none id.csv --out k --epochs 2 --batch-size 64 --width 16 --counters keep --quiet 2>err || fail "$(cat err)"
tr -d ' \n' <k/run.json | grep -q '"columns":\["Id","a","b","d"\]' || fail "--counters keep"
quiet embed k id.csv -o k.npy --quiet

# Without a header the counter is left out by its place.
sed 1d id.csv >plain.csv
"$akin" train --recipe none plain.csv --out p --epochs 2 --batch-size 64 --width 16 --quiet 2>err || fail "$(cat err)"
head -40 plain.csv | awk -F, 'BEGIN { OFS = "," } { $1 = NR * NR; print }' >few.csv
quiet embed p few.csv -o few.npy --quiet

# A header of numbers names columns, not classes.
awk 'BEGIN { srand(2); print "0,1,2,3"; for (i = 0; i < 12; i++)
    printf "%.3f,%.3f,%.3f,%s\n", rand(), rand(), rand(), i % 2 ? "cat" : "dog" }' >pd.csv
"$akin" inspect pd.csv >out 2>err
grep -q 'rows         12 of 3' out && grep -q 'labels       2 classes' out && grep -q 'cells are 0 to 3' out ||
    fail "a header of numbers: $(cat out err)"
# What is said of another file is of that file: the run's own table, from which eval learns, has its header.
says "taken by their places" eval r --data bare.csv --header no --protocol knn --baselines none --whiten off
says "learn from the run's own 'tr.csv'" eval r --data comma.csv --delimiter semicolon --decimal comma --protocol knn \
    --baselines none --whiten off
says "taken by their places" diagnose r --data bare.csv --header no --items 20
says "taken by their places" nn r bare.csv --header no --query 0 -k 1

# Words in columns that options or the run name are no doubt about what the table is.
awk -F, '{ print (NR == 1 ? "when,machine," : "2026-01-0" NR % 9 + 1 ",m" NR % 4 ",") $0 }' tr.csv >words.csv
"$akin" train --recipe none words.csv --group-column machine --time-column when --label-column label --out w --epochs 1 \
    --batch-size 64 --width 16 --quiet 2>err || fail "train words.csv: $(cat err)"
[ -s err ] && fail "said of words.csv: $(cat err)"
cp words.csv words2.csv
quiet embed w words2.csv -o w.npy --quiet

# A spreadsheet says what is between columns.
{ printf 'sep=;\r\n' && sed 's/$/\r/' comma.csv; } >told.csv
says "Line 1 of 'told.csv' tells what is between columns" embed r told.csv -o told.npy
cmp te.npy told.npy || fail "a line sep=; changes embeddings"

# A table of numbers stays one where a name is not in UTF-8, and is told what it is.
printf 'gr\366\337e;b\n1,5;2\n3,5;4\n' >latin.csv
expect 3 "'latin.csv' line 1: byte 0xf6, number 3 of the file, is not UTF-8; perhaps it is Latin-1" inspect latin.csv
# Several columns of words are told in one go, with what leaves them out.
printf 'name,a,b,city,kind\n"Smith, J",1,2,Oslo,x\n"Doe, K",3,4,Bergen,y\nLee,5,6,Oslo,x\n' >words3.csv
expect 3 "3 columns of words; --ignore-columns name,city,kind leaves them out, and --label-column takes one" inspect words3.csv
expect 3 "2 columns of words; --ignore-columns name,city leaves them out" inspect words3.csv --label-column kind
"$akin" inspect words3.csv --label-column kind --ignore-columns name,city >out 2>err || fail "as it was told: $(cat err)"
sed 1d words3.csv >words4.csv
expect 3 "3 columns of words; --ignore-columns 1,4,5 leaves them out" inspect words4.csv
sed '1s/^/day,/; 2,$s/^/31.01.2026,/' words3.csv >dates.csv
expect 3 "4 columns of words or dates; --ignore-columns day,name,city,kind leaves them out, and --label-column" inspect dates.csv
[ $failures = 0 ] && echo ok
exit $failures
