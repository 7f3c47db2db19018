#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin data inspect of feature vectors: what it tells, and one line with the right exit code for bad input. Data is made
# here.
akin=$1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failures=0

complain() {
    echo "FAILED: $1"
    sed 's/^/  out: /' out
    sed 's/^/  err: /' err
    failures=$((failures + 1))
}

# expect CODE TEXT ARGS...: this exit code; TEXT (a basic regular expression) on stdout for 0, else in the only line on stderr
expect() {
    code=$1 text=$2
    shift 2
    "$akin" "$@" >out 2>err
    got=$?
    [ $got = "$code" ] || complain "akin $*: exit $got, expected $code"
    if [ "$code" = 0 ]; then
        grep -q -- "$text" out || complain "akin $*: no '$text' on stdout"
        [ -s err ] && complain "akin $*: something on stderr"
    else
        grep -q -- "$text" err || complain "akin $*: no '$text' on stderr"
        [ "$(wc -l <err)" = 1 ] || complain "akin $*: not one line on stderr"
        [ -s out ] && complain "akin $*: something on stdout"
    fi
}

mkdir set
printf 'width,same,class\n1,5,cat\n2,5,dog\n4,5,cat\n1,5,cat\n' >set/train.csv
printf 'width,same,class\n2,5,cat\n' >set/test.csv
expect 0 'rows         5 of 2 features' data inspect set
grep -q 'splits       train 4, test 1' out || complain "splits"
grep -q 'cat *3 *1' out || complain "counts of a class"
grep -q 'never change: same' out || complain "constant columns"
grep -q 'width *2 *1.2247 *1 *4' out || complain "statistics" # squares 1 0 4 1 over 4
grep -q 'test *1 also in train' out || complain "a leak"
grep -q '1 of the pairs have different labels' out || complain "conflicting labels"
grep -q "Column 3 ('class'), by its name, is taken as the label" out || complain "the remark"
cp out first
expect 0 . inspect set --threads 1
cmp -s out first || complain "one thread and many differ"
expect 0 '"kind":"vectors"' inspect set --json
[ "$(wc -l <out)" = 1 ] || complain "--json is one line"
grep -q '"classes":\["cat","dog"\]' out || complain "class names in JSON"
grep -q '"constant_columns":1' out || complain "constant columns in JSON"
expect 0 'labels       none' inspect set --ignore-columns class --label-column none

printf 'a,b\n1,2\n3,\n' >gap.csv
expect 3 "gap.csv', line 3, column 2 ('b'): the value is missing" inspect gap.csv
expect 0 '1 missing value is filled' inspect gap.csv --missing mean
printf '1 1:2 3:4\n-1 2:inf\n' >bad.svm
expect 3 "line 2, item 2: '2:inf' is not finite" inspect bad.svm
expect 0 'train 3, test 1' inspect set/train.csv --holdout 0.25
expect 2 'a test file of its own' inspect set --holdout 0.25
expect 2 "did you mean 'class'" inspect set --label-column klass
expect 2 'is for images' inspect set --size 8
expect 2 '--on-bad is for images and text' inspect set --on-bad skip
expect 2 'must be one of' inspect set --missing drop
mkdir pics
printf 'P5 2 2 255\nabcd' >pics/a.pgm
expect 2 'is for vectors' inspect pics --missing mean
expect 3 'cannot open' inspect nothing --format csv

# Parts of a folder in their usual spellings; two of one meaning are an error.
mkdir parts
printf 'a,b\n1,2\n3,4\n' >parts/Train.csv
printf 'a,b\n5,6\n' >parts/validation.csv
expect 0 'train 2, test 1' inspect parts
grep -q "File 'Train.csv' is read as the part train" out || complain "a spelling is told"
grep -q "File 'validation.csv' is read as the part test" out || complain "another spelling is told"
cp parts/validation.csv parts/test.csv
expect 0 "Left out: 'validation.csv'" inspect parts
cp parts/Train.csv parts/train.csv
expect 3 "two files for the part train, 'Train.csv' and 'train.csv'" inspect parts
# A part "train" is found among however many other files.
mkdir among
for i in $(seq 100 200); do printf '\001\002' >among/a$i.bin; done
printf 'x,y\n1,2\n3,4\n5,6\n' >among/train.csv
expect 0 'rows *3 of 2 features' inspect among

[ $failures = 0 ]
