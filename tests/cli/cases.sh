#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ordinary files that other tools, or this one, once read wrongly without a word: a test table with its columns in another
# order, pandas' headers, decimal commas, pictures on transparency, split folders in all spellings, names with line ends.
# For each the right value, as docs/understood.md lists them. All data are made here.
akin=$1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failures=0
fail() {
    echo "FAILED: $*"
    sed 's/^/    /' out err
    failures=$((failures + 1))
}

# says TEXT ARGS...: akin succeeds, and TEXT (a basic regular expression) stands in what it prints
says() {
    text=$1
    shift
    "$akin" "$@" >out 2>err || fail "akin $*: exit $?"
    cat out err | grep -q -- "$text" || fail "akin $*: no '$text'"
}

# refuses TEXT ARGS...: exit 3, one line on stderr that has TEXT
refuses() {
    text=$1
    shift
    "$akin" "$@" >out 2>err
    code=$?
    [ $code = 3 ] || fail "akin $*: exit $code, expected 3"
    grep -q -- "$text" err || fail "akin $*: no '$text'"
    [ "$(wc -l <err)" = 1 ] || fail "akin $*: not one line"
}

# ---- tables

# table FIRST ROWS: rows of five features in four classes, w x y z, which lie apart
table() {
    awk -v first="$1" -v rows="$2" 'BEGIN {
        srand(first)
        print "p,q,r,s,t,label"
        for (i = 0; i < rows; i++) {
            k = i % 4
            for (c = 0; c < 5; c++) printf "%.4f,", (c == k ? 4 : 0) * (c + 1) + rand() * (c == 4 ? 100 : 1)
            print substr("wxyz", k + 1, 1)
        }
    }'
}
table 1 200 >train.csv
table 2 60 >test.csv
awk -F, -v OFS=, '{ print $5, $6, $4, $3, $2, $1 }' test.csv >permuted.csv
grep -v ',w$' test.csv >subset.csv
sed 's/,t,/,u,/' test.csv >renamed.csv
sed 1d test.csv >headless.csv
sed '1s/^/note,/; 2,$s/^/fine,/' test.csv >extra.csv
small="--epochs 8 --batch-size 50 --encoder linear --quiet"
# shellcheck disable=SC2086 # $small is several arguments
"$akin" train --recipe none train.csv --out run $small >out 2>err || fail "train: exit $?"
for t in train test permuted subset extra; do "$akin" embed --form plain run $t.csv -o $t.npy >out 2>$t.err || fail "embed $t.csv: exit $?"; done
cmp -s test.npy permuted.npy || fail "columns in another order: other embeddings"
cmp -s test.npy extra.npy || fail "a column more: other embeddings"
grep -q "'note' is left out" extra.err || fail "a column more is not told"
refuses "lacks column 't' of the run" embed run renamed.csv -o x.npy
refuses 'no header, and the columns of the run are matched by name' embed run headless.csv -o x.npy
[ -e x.npy ] && fail "a refused table left embeddings"
printf 'w\nx\ny\nz\n' | cmp -s - subset.classes.txt || fail "the classes of the run are not beside a subset"
for t in test subset; do
    "$akin" eval --features train.npy --labels train.labels.npy --test-features $t.npy --test-labels $t.labels.npy \
        --protocol mean --json >out 2>err || fail "eval of $t: exit $?"
    grep -q '"top1":\(1\.\|0\.9\)' out || fail "eval of $t: not nearly all right"
done

# random features, and a column that counts the rows, which are sorted by class
awk 'BEGIN { srand(3); print "Id,a,b,c,species"
    for (i = 0; i < 240; i++) printf "%d,%.3f,%.3f,%.3f,%s\n", i, rand(), rand(), rand(), substr("pqr", int(i / 80) + 1, 1) }' >leak.csv
# shellcheck disable=SC2086
says "'Id' counts the rows: it is left out" train leak.csv --out leak --holdout 0.25 --epochs 4 --batch-size 30 --encoder linear
"$akin" eval leak --protocol knn --json >out 2>err || fail "eval leak: exit $?"
grep -o '"top1":[0-9.]*' out | awk -F: '$2 > 0.55 { exit 1 }' || fail "a counter of rows gives the classes away" # chance is 0.33

numbers=$(awk 'BEGIN { srand(4); for (i = 0; i < 12; i++) printf "%.3f,%.3f,%.3f\n", rand() - 0.5, rand() - 0.5, rand() - 0.5 }')
labelled=$(echo "$numbers" | awk '{ print $0 "," (NR % 2 ? "cat" : "dog") }')
{ echo '0,1,2'; echo "$numbers"; } >index_false.csv
{ echo '0,1,2,3'; echo "$labelled"; } >index_false_label.csv
{ echo ',0,1,2'; echo "$numbers" | awk '{ print NR - 1 "," $0 }'; } >default.csv
for t in index_false index_false_label default; do
    says 'rows         12 of 3 features' inspect $t.csv
    says 'The first row is taken as a header.*--header yes|no' inspect $t.csv
done
says 'rows         13 of 3 features' inspect index_false.csv --header no
says 'Column 1 counts the rows: it is left out' inspect default.csv
{ echo 'a;b;c;label'; echo "$labelled" | tr ',.' ';,'; } >decimal.csv
says 'rows         12 of 3 features' inspect decimal.csv
says "Decimal commas are read as points in columns 'a', 'b', 'c' (--decimal point" inspect decimal.csv
{ echo '# made on Monday'; echo 'a,b,c,label'; echo "$labelled"; } >comment.csv
says 'rows         12 of 3 features' inspect comment.csv
says "begins with # and is left out as a comment" inspect comment.csv
{ echo 'a,b,c,label'; echo "$labelled"; } | tr '\n' '\r' >cr.csv
says 'rows         12 of 3 features' inspect cr.csv
says 'end in CR' inspect cr.csv

# ---- texts

awk 'BEGIN { for (i = 0; i < 40; i++) print "the house of the state " i % 5 " plays music in the north " i % 3 }' >lines.txt
"$akin" train --recipe none lines.txt --out text --epochs 1 --batch-size 8 --text-view erase --buckets 100 --quiet >out 2>err || fail "train lines: exit $?"
printf 'the house of the state\n...\n\nmusic in the north\n' >wordless.txt
"$akin" embed --form plain text wordless.txt -o wordless.npy >out 2>err || fail "embed wordless: exit $?"
grep -q '4 x ' err || fail "four lines are not four rows"
grep -q 'their rows are zeros' err || fail "rows of zeros are not told"
"$akin" embed --form plain text - -o - <wordless.txt >pipe 2>err || fail "embed a pipe: exit $?"
[ "$(wc -l <pipe)" = 4 ] || fail "four lines of a pipe are not four rows"
tr '\n' '\r' <lines.txt >cr.txt
says 'texts        40' inspect cr.txt
says 'end in CR' inspect cr.txt

# ---- folders of images

# picture FILE NUMBER [P5]: 8 x 8 pixels
picture() {
    {
        printf '%s\n8 8\n255\n' "${3:-P6}"
        awk -v seed="$2" -v n="$([ "${3:-P6}" = P5 ] && echo 64 || echo 192)" 'BEGIN { srand(seed); for (i = 0; i < n; i++) printf "%c", 33 + int(rand() * 90) }'
    } >"$1"
}
number=0
for folder in valid/train valid/valid cap/Train cap/Test other/training other/testing zip/data/train zip/data/test plain; do
    for class in a b; do
        mkdir -p $folder/$class
        for i in 1 2 3 4; do
            number=$((number + 1))
            picture $folder/$class/$i.ppm $number
        done
    done
done
mkdir zip/__MACOSX && echo junk >zip/__MACOSX/._x && echo junk >zip/.DS_Store
for set in valid cap other zip; do says 'splits       train 8, test 8' inspect $set; done
says "Folder 'valid' is read as the split test" inspect valid
"$akin" train --recipe none plain --out colour --epochs 1 --batch-size 4 --encoder linear --quiet >out 2>err || fail "train plain: exit $?"
mkdir grey && for i in 1 2 3; do picture grey/$i.pgm $i P5; done
"$akin" embed --form plain colour grey -o grey.npy >out 2>err || fail "grey pictures for a run in colour: exit $?"
grep -q '3 x ' err || fail "three grey pictures are not three rows"

# names that break a line, a table or a terminal
mkdir names && number=100
esc=$(printf '\033')
for name in 'nl
x' 'tab	x' "$esc[31mred" 'q"uote' "'s" '#hash' 'back\slash' '%s%n' '-dash' 'a b' 'ü' '日本'; do
    number=$((number + 1))
    picture "names/$name.ppm" $number
done
"$akin" embed --form plain colour names -o names.npy >out 2>err || fail "odd names: exit $?"
[ "$(wc -l <names.names.txt)" = 12 ] || fail "12 items have other than 12 lines of names"
while IFS= read -r name; do
    "$akin" nn names.npy --query "$name" -k 1 >out 2>err || fail "nn does not find '$name', which embed wrote"
done <names.names.txt
"$akin" train --recipe none names --out odd --epochs 1 --batch-size 4 --encoder linear --quiet >out 2>err || fail "train names: exit $?"
"$akin" prune odd --keep 0.5 -o keep.txt >out 2>err || fail "prune names: exit $?"
"$akin" train --recipe none names --keep keep.txt --out half --epochs 1 --batch-size 2 --encoder linear >out 2>err || fail "train --keep: exit $?"
grep -q '"train": 6,' half/run.json || fail "a keep-list of 6 odd names keeps others"
for words in 'inspect names' 'diagnose odd' 'nn names.npy --query 0' 'embed colour names -o -'; do
    # shellcheck disable=SC2086
    "$akin" $words >out 2>err
    cat out err | LC_ALL=C tr -d '\n\t' | LC_ALL=C grep -q '[[:cntrl:]]' && fail "akin $words: a raw control byte"
done

[ $failures = 0 ] || exit 1
