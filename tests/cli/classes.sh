# SPDX-License-Identifier: Apache-2.0
# Classes go by name from a run to other data, to the files that embed writes, and between files of labels.
akin=$1
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
said() { grep -qF -- "$1" err || fail "nobody said '$1' but: $(cat err)"; }
has() { grep -qF -- "$1" out || fail "no '$1' in: $(head -c 600 out)"; }

# table FILE ROWS CLASSES...: rows around the places of their classes, which only the name decides.
table() {
    file=$1 rows=$2
    shift 2
    echo "$@" | awk -v rows="$rows" -v seed="$#$rows" '{
        srand(seed)
        print "p,q,r,kind"
        for (i = 0; i < rows; i++) {
            c = $(i % NF + 1); sub(/@.*/, "", c)
            at = index("abcd", c) + index("ABCD", c)
            name = $(i % NF + 1); sub(/.*@/, "", name)
            printf "%.3f,%.3f,%.3f,%s\n", 9 * (at == 1) + rand(), 9 * (at == 2) + rand(), 9 * (at == 3) + rand(), name
        }
    }' >"$file"
}
table train.csv 80 a b c d
table sub.csv 30 d b c
table other.csv 40 a b C d@dog
"$akin" train --recipe none train.csv --out run --label-column kind --epochs 2 --batch-size 16 >/dev/null 2>&1 || fail "train"
"$akin" embed --form plain run -o train.npy 2>err || fail "embed"
[ "$(tr '\n' ' ' <train.classes.txt)" = "a b c d " ] || fail "train.classes.txt: $(cat train.classes.txt)"
"$akin" embed --form plain run sub.csv -o sub.npy 2>err || fail "embed sub.csv"
cmp train.classes.txt sub.classes.txt || fail "a subset has other numbers"
[ "$(wc -l <err)" = 1 ] || fail "something is told of a subset: $(cat err)"
"$akin" embed --form plain run other.csv -o other.npy 2>err || fail "embed other.csv"
[ "$(tr '\n' ' ' <other.classes.txt)" = "a b c d C dog " ] || fail "other.classes.txt: $(cat other.classes.txt)"
said "Class 'C' is not the class 'c' of the run"
said "2 classes are not among the classes of the run, and numbered after them: 'C', 'dog'."
rm sub.names.txt sub.labels.npy sub.npy
expect 2 "'sub.classes.txt' exists; --force replaces it" embed --form plain run sub.csv -o sub.npy
"$akin" embed --form plain run sub.csv -o sub.npy --force 2>err || fail "embed --force"
# what an earlier file said of labels does not stay beside rows that have none
cut -d, -f1-3 sub.csv >plain.csv
cp sub.npy plain.npy && cp sub.labels.npy plain.labels.npy && cp sub.classes.txt plain.classes.txt
"$akin" train --recipe none plain.csv --out bare --epochs 1 --batch-size 8 >/dev/null 2>&1 || fail "train without labels"
"$akin" embed --form plain bare -o plain.npy --force 2>err || fail "embed without labels"
[ -e plain.labels.npy ] || [ -e plain.classes.txt ] && fail "labels of another set stay beside"

"$akin" nn train.npy --query 2 -k 1 >out 2>err || fail "nn: $(cat err)"
grep -q '^  cosine       row  label  item$' out || fail "nn's heading: $(cat out)"
grep -q ' [0-9]*  c      train/[0-9]*$' out || fail "nn's label: $(cat out)"
"$akin" nn train.npy --query 2 -k 1 --json >out || fail "nn --json"
has '"label":2,"class":"c"'
"$akin" diagnose --a train.npy --labels train.labels.npy --json >out 2>err || fail "diagnose: $(cat err)"
has '"label":"c"'

# Arrays of numbers, and of numbers with names.
mkdir arrays && cp train.npy arrays/train.npy && cp train.labels.npy arrays/train-labels.npy
printf 'd\nc\nb\n' >arrays/class-names.txt
expect 3 "row 3 (from 0) is 3; '$dir/arrays/class-names.txt' has names for 0 to 2" inspect "$dir/arrays"
printf 'd\nc\nb\na\n' >arrays/class-names.txt
"$akin" inspect arrays --json >out 2>err || fail "inspect arrays: $(cat err)"
has '"classes":["a","b","c","d"]'

# Images: a folder, the arrays that it becomes, and one of these alone.
for class in ant bee cat; do
    mkdir -p "pics/$class"
    for i in 1 2 3 4 5 6; do printf 'P2 2 2 9\n%d %d %d %d\n' $i ${#class} 5 $((i % 3)) >"pics/$class/$i.pgm"; done
done
mkdir some && cp -r pics/bee pics/cat some
"$akin" data convert some -o some-arrays 2>err || fail "data convert: $(cat err)"
"$akin" train --recipe none pics --out seen --epochs 1 --batch-size 6 --encoder resnet-s >/dev/null 2>err || fail "train pics: $(cat err)"
for data in some some-arrays some-arrays/train.npy; do
    "$akin" embed --form plain seen $data -o pics.npy --force 2>err || fail "embed $data: $(cat err)"
    [ "$(tr '\n' ' ' <pics.classes.txt)" = "ant bee cat " ] || fail "$data: $(cat pics.classes.txt)"
    [ "$(tail -c 48 pics.labels.npy | od -An -v -t d4 | tr -s ' \n' ' ')" = " 1 1 1 1 1 1 2 2 2 2 2 2 " ] || fail "labels of $data"
done
cut -d, -f4 sub.csv | sed '1s/.*/text\tlabel/; 1!s/\(.*\)/some words of \1 here\t\1/' >sub.tsv
cut -d, -f4 train.csv | sed '1s/.*/text\tlabel/; 1!s/\(.*\)/some words of \1 here\t\1/' >train.tsv
"$akin" train --recipe none train.tsv --out words --epochs 1 --batch-size 16 >/dev/null 2>err || fail "train train.tsv: $(cat err)"
"$akin" embed --form plain words sub.tsv -o words.npy 2>err || fail "embed sub.tsv: $(cat err)"
cmp train.classes.txt words.classes.txt || fail "texts have other numbers"

# Between files of labels.
lined() { tail -n +2 "$1.csv" | cut -d, -f4 >"$1.txt"; }
lined train
lined sub
lined other
for labels in train.labels.npy train.txt; do
    for tested in sub.labels.npy sub.txt; do
        "$akin" eval --features train.npy --labels $labels --test-features sub.npy --test-labels $tested \
            --protocol knn --whiten off --per-class --json >out 2>err || fail "eval $labels $tested: $(cat err)"
        has '"top1":1.0'
        has '"class":"d","label":3'
        [ -s err ] && fail "told of $labels and $tested: $(cat err)"
    done
done
"$akin" eval --features train.npy --labels train.labels.npy --test-features other.npy --test-labels other.labels.npy \
    --protocol knn,kway --tasks 2 --top 1 --whiten off --json >out 2>err || fail "unknown classes: $(cat err)"
has '"top1":0.5,'
has '"n":40,'
has '"unseen":20'
has '"macro":1.0'
has '"avg":{"2":1.0}'
said "20 of 40 test items are of classes that no training item has: 'C', 'dog'. They count as errors"
tail -n +2 other.csv | cut -d, -f4 | grep -n dog | cut -d: -f1 >dogs
[ "$(wc -l <dogs)" = 10 ] || fail "the table of this test"
mkdir named && mv train.classes.txt named
"$akin" eval --features train.npy --labels train.labels.npy --test-features sub.npy --test-labels sub.labels.npy \
    --protocol knn --whiten off --json >out 2>err || fail "without names: $(cat err)"
said "Labels are compared as numbers: nothing says that those of 'sub.labels.npy' mean the same"
expect 3 "'sub.txt' has names, 'train.labels.npy' only numbers" eval --features train.npy --labels train.labels.npy \
    --test-features sub.npy --test-labels sub.txt --protocol knn --whiten off
mv named/train.classes.txt .
sed 's/[abcd]/q/' sub.txt >none.txt
expect 3 "all 30 test items are of classes that no training item has" eval --features train.npy --labels train.labels.npy \
    --test-features sub.npy --test-labels none.txt --protocol knn --whiten off --quiet
head -2 train.classes.txt >few && mv few train.classes.txt && rm train.set.json
expect 3 "'train.classes.txt' has 2 names; label 2 of 'train.labels.npy'" eval --features train.npy \
    --labels train.labels.npy --test-features sub.npy --test-labels sub.txt --protocol knn --whiten off

# Numbers in a table, or in lines, are names that somebody wrote: never places among the names of the run.
sed -e 's/,b$/,2/' -e 's/,[cd]$/,1/' sub.csv >coded.csv
sed -e 's/b$/2/' -e 's/[cd]$/1/' sub.txt >coded.txt
expect 3 "items are of classes that no training item has: '1', '2'" eval run --data coded.csv --protocol knn --quiet
expect 3 "items are of classes that no training item has: '1', '2'" eval --features train.npy --labels train.txt \
    --test-features sub.npy --test-labels coded.txt --protocol knn --whiten off --quiet

# A run and other data.
"$akin" eval run --data sub.csv --protocol knn --baselines none --layer backbone --whiten off --per-class --json >out 2>err ||
    fail "eval --data: $(cat err)"
has '"top1":1.0'
has '"class":"a","label":0,"train":20,"n":0'
has '"class":"d","label":3,"train":20,"n":10,"top1":1.0'
has '"learned_from":"train.csv"'
said "'sub.csv' has one part: all of it is tested; classifiers learn from the run's own 'train.csv'"
"$akin" eval run --data other.csv --protocol knn --baselines none --layer backbone --whiten off --json >out 2>err ||
    fail "eval --data other.csv: $(cat err)"
has '"top1":0.5,'
said "20 of 40 test items are of classes"
expect 3 "'train.csv' is what the run learned from, and has no test part" eval run --data train.csv
expect 3 "'train.csv' has no test part to report on" eval run

# More classes than run.json holds, with names that are escaped.
awk 'BEGIN { print "p,q,kind"; for (i = 0; i < 10001; i++) printf "%d,%d,c\\%d\n", i % 97, i % 31, i }' >many.csv
"$akin" train --recipe none many.csv --out many --epochs 1 --label-column kind >/dev/null 2>err || fail "train many: $(cat err)"
tr -d ' \n' <many/run.json | grep -q '"classes":\[\]' || fail "10,001 names in run.json"
[ "$(wc -l <many/classes.txt)" = 10001 ] || fail "many/classes.txt has $(wc -l <many/classes.txt) lines"
awk 'NR == 1 || NR % 1000 == 0' many.csv >few.csv
"$akin" embed --form plain many few.csv -o few.npy 2>err || fail "embed few.csv: $(cat err)"
[ "$(wc -l <err)" = 1 ] || fail "something is told of few.csv: $(cat err)"
cmp many/classes.txt few.classes.txt || fail "few.csv has other numbers: $(cat err)"
[ $failures = 0 ]
