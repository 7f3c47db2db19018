#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin data longtail, mix, split, convert and --keep: what they write is what they say, seeded, with provenance; what
# makes no sense is refused in one line, and nothing is overwritten unasked.
akin=$1 build=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
ok() { # ARGUMENTS...: exit 0
    "$akin" "$@" >out 2>err || fail "akin $*: $(cat err)"
}
same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }
differ() { cmp -s "$1" "$2" && fail "$1 and $2 are the same"; }
says() { grep -q -- "$1" out || fail "no '$1' in $(cat out)"; }
"$build/make_data" d 400 80 12

# Long tails: a list, and a folder that holds the same subset
ok data longtail d -o t10.txt --ratio 10 --seed 3
ok data longtail d -o t10b.txt --ratio 10 --seed 3 --threads 1
ok data longtail d -o t20.txt --ratio 20 --seed 3
ok data longtail d -o other.txt --ratio 10 --seed 4
for f in t10 t10b t20 other; do grep -v '^#' $f.txt >$f.names; done
same t10.names t10b.names
differ t10.names other.names
[ "$(grep -cxFf t10.names t20.names)" = "$(wc -l <t20.names)" ] || fail "ratio 20 is not within ratio 10"
for line in '# akin keep-list 1' '# command: akin data longtail d -o t10.txt --ratio 10 --seed 3' '# source: d' \
    '# split: train' '# items: 400' '# shape: 12x12x1' '# seed: 3' '# note: counts by class 100 46 21 10' '# kept: 177'; do
    grep -qxF -- "$line" t10.txt || fail "no line '$line' in the list"
done
ok data longtail d -o t10 --ratio 10 --seed 3 --json
says '"class_counts":\[100,46,21,10\]'
grep -v '^#' t10/keep.txt | cmp -s - t10.names || fail "list and folder hold different items"
ok inspect t10
says 'splits       train 177, test 80'
a=$(grep fingerprint out)
ok inspect d --keep t10.txt
[ "$a" = "$(grep fingerprint out)" ] || fail "folder and list have different fingerprints"
ok data longtail d -o step.txt --profile step --ratio 10 --classes-minor 0.25
grep -qF 'counts by class 100 100 100 10' step.txt || fail "a step"
ok data longtail d -o rand.txt --class-order random --seed 1 --ratio 1000 --largest 50
grep -q '^# note: counts by class' rand.txt || fail "random places"

# Mixed images, and the lists that say which
ok data mix d -o m --share 0.2 --seed 5
ok data mix d -o m1 --share 0.1 --seed 5
for f in m/mixed m1/mixed m/clean; do grep -v '^#' $f.txt >$f.names; done
[ "$(wc -l <m/mixed.names)" = 80 ] && [ "$(wc -l <m/clean.names)" = 320 ] || fail "counts of mixed images"
[ "$(grep -cxFf m/mixed.names m1/mixed.names)" = 40 ] || fail "a share of 0.1 is not within one of 0.2"
[ "$(awk -F'\t' 'NR > 1 && $3 == $5' m/mixed.tsv | wc -l)" = 0 ] || fail "partners of the same class"
awk -F'\t' 'NR > 1 { print $1 }' m/mixed.tsv | cmp -s - m/mixed.names || fail "table and list differ"
ok inspect m --keep m/clean.txt
says 'splits       train 320, test 80'
ok data mix d -o same --share 1 --with same
[ "$(awk -F'\t' 'NR > 1 && $3 != $5' same/mixed.tsv | wc -l)" = 0 ] || fail "partners of another class"
[ ! -e same/clean.txt ] || fail "a list of no clean images"

# Splits
ok data split d -o s --val 0.1
ok inspect s
says 'splits       train 360, test 80, val 40'
ok data split d -o lists --lists --test 0.25
[ "$(grep -vc '^#' lists/keep-test.txt)" = 100 ] && [ "$(ls lists | wc -l)" = 2 ] || fail "lists of a split"
yes 1 | head -200 >groups.txt
seq 2 201 >>groups.txt
ok data split d -o g --lists --test 0.5 --groups groups.txt
first=$(grep -v '^#' g/keep-train.txt | cut -d/ -f2 | awk '$1 < 200' | wc -l)
[ "$first" = 0 ] || [ "$first" = 200 ] || fail "a group of 200 was parted: $first"

# Training on a list; the run goes on with its own copy
ok train d --out run --keep t10.txt --encoder resnet8 --epochs 1 --batch-size 32 --quiet
grep -q '"keep": "t10.txt"' run/run.json || fail "run.json does not name the list"
grep -q '"train": 177' run/run.json || fail "run.json does not count the items kept"
mv t10.txt gone.txt
ok eval run --protocol mean --baselines none --whiten off --json
says '"reference":177'
says '"imbalance":10.0,"groups":\[{"name":"many","classes":0'
says '{"class":"3","label":3,"train":10,"n":20,'
ok eval run --protocol knn,mean --baselines none --whiten off --many 40 --few 12
says '^  over classes .*; imbalance 10$'
says '^    many .*(2 classes), medium .*(1 class), few .*(1 class)$'
ok report run -o page.html
grep -q 'By groups of classes' page.html || fail "no groups in the report"
ok eval run --protocol linear --baselines none --whiten off --per-class
says '^    3 .* 10 train .* 20 test'
expect 2 '--few is 200 and --many 100; no class may be both' eval run --few 200
ok eval run --data d --protocol mean --baselines none --whiten off
grep -q 'over classes' out && fail "groups of a balanced set, unasked"
ok eval run --data d --protocol mean --baselines none --whiten off --json
says '"macro":'
grep -q '"per_class"' out && fail "classes of a balanced set, unasked"
says '"reference":400'
ok embed run -o e.npy --quiet
cmp -s e.names.txt t10.names || fail "names of embeddings are not those of the list"

# Faults
echo train/400 >bad.txt
expect 2 'where to?' data longtail d
expect 2 "'t10/train.npy' exists; --force replaces it" data longtail d -o t10
expect 2 "'d' is the data itself" data mix d -o d --force
expect 3 'with these options the largest class can have 100' data longtail d -o x --largest 101
expect 2 '--ratio is 0.5' data longtail d -o x --ratio 0.5
expect 2 '--share is an option of data mix' data longtail d -o x --share 0.5
expect 3 "'d' has a test split already" data split d -o x --test 0.5
expect 2 'nothing to split off' data split d -o x
expect 3 "'groups.txt' has 400 groups for 320 training images" data split m -o x --keep m/clean.txt --lists --test 0.5 --groups groups.txt --quiet
expect 3 "'bad.txt', line 1: 'train/400' is no item of split 'train' of 'd'" inspect d --keep bad.txt
expect 3 "'bad.txt', line 1" train --recipe none d --out run2 --keep bad.txt
[ ! -e run2/run.json ] || fail "a run was begun with a bad list"
expect 3 "its images are others" inspect m --keep gone.txt
expect 3 "cannot open 'none.txt'" data convert d -o x --keep none.txt
printf 'one two three\nfour five six\n' >text.txt
expect 2 "'text.txt' is taken for text, of which a keep-list is made: name it FILE.txt with -o" data longtail text.txt -o x
expect 2 "'text.txt' is taken for text; this is for images so far" data mix text.txt -o x
expect 3 "'train/0' is no item of split 'train' of 'text.txt'" inspect text.txt --keep gone.txt
expect 3 "'train/0' is no item of split 'train' of 'text.txt'" train --recipe none text.txt --out run2 --keep gone.txt
[ ! -e x ] || fail "a refused command left something behind"
[ $failures = 0 ]
