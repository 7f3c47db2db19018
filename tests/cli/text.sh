#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin inspect of text: what it tells of each format, its options, and one line with exit code 3 for bad input.
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

printf 'One fish, two fish.\n\nRed fish.\nOne fish, two fish.\n' >fish.txt
expect 0 'fish.txt: text (lines)' inspect fish.txt
expect 0 'texts        4' data inspect fish.txt
expect 0 'words        10, 2.5 a text; 4 different,' inspect fish.txt
expect 0 '               1 seen 5 times or more (50.0 % of all)' inspect fish.txt
expect 0 '1 text repeats an earlier one' inspect fish.txt
expect 0 'no words     in 1 texts' inspect fish.txt
expect 0 'left out     1 that repeat' inspect fish.txt --drop-duplicates
expect 0 'left out     1 empty lines' inspect fish.txt --min-words 1
expect 0 '"kind":"text","format":"lines"' inspect fish.txt --json
printf 'One fish.\n\n  \n\nOne fish.\n' >gaps.txt
expect 0 '1 text repeats an earlier one; 3 of nothing but blanks aside' inspect gaps.txt
expect 0 '"duplicates":1' inspect gaps.txt --json
printf 'one two\ncaf\351 three\n' >latin.txt
expect 0 'bad items    1; bytes that are not UTF-8 are read as U+FFFD' inspect latin.txt --on-bad skip
expect 0 'left out     nothing' inspect latin.txt --on-bad skip
gzip -c fish.txt >fish.gz
expect 0 'fish.gz: text (lines)' inspect fish.gz
"$akin" inspect fish.txt --json | sed 's/.*"fingerprint":"\([^"]*\)".*/\1/' >a
"$akin" inspect fish.gz --json | sed 's/.*"fingerprint":"\([^"]*\)".*/\1/' >b
cmp -s a b || complain "a packed file has another fingerprint"
head -c 40 fish.gz >cut.gz
expect 3 "'cut.gz' is truncated: its gzip data breaks off at byte 40" inspect cut.gz --format lines

mkdir -p docs/a docs/b
printf 'first\nsecond\nthird\nfourth\n' >docs/a/one
printf 'fifth\nsixth\nseventh\neighth\n' >docs/b/two
expect 0 'groups       2 of 4 texts each' inspect docs
expect 0 'splits       train 4, val 2, test 2' inspect docs --hold-val 0.2 --holdout 0.2
expect 0 'texts        2' inspect docs --whole
expect 3 'has no usable text' inspect docs --min-items 5

printf '{"anchor":"q","positive":["a","b"],"negatives":["c"]}\n' >t.jsonl
expect 0 'tuples       2 of anchor and positive' inspect t.jsonl
printf 'a b\tc d\te f\ng\th\ti\n' >t.tsv
expect 3 "has 3 columns and no header" inspect t.tsv --format tsv
expect 0 'tuples       2' inspect t.tsv --format tsv --columns anchor=1,positive=2,negative=3
expect 2 "columns are 'anker=1'" inspect t.tsv --format tsv --columns anker=1
# A header of other names: the one of the text is proposed; by its number the header would be an item, which is told.
printf 'post_id,group_name,body\n1,a,the first of all posts here\n2,b,another one of them\n' >posts.csv
expect 3 "has 3 columns and no header that names one of them text, .*; --columns text=body takes the column of that name" inspect posts.csv
expect 0 'texts        2' inspect posts.csv --columns text=body
expect 0 "The first row is read as an item, although its column 1, 'post_id', is no number .* --columns text=body" inspect posts.csv --columns text=3,label=2
expect 3 "--columns text=1 takes the one with the longest cell" inspect t.tsv --format tsv

printf 'fine\nbad \351 byte\nalso fine\n' >latin.txt
expect 3 "'latin.txt' line 2: byte 0xe9, number 5 of the text, is not UTF-8" inspect latin.txt --format lines
expect 0 'latin.txt:2: byte 0xe9' inspect latin.txt --format lines --on-bad skip
expect 3 '1 of the 3 items .* are bad' inspect latin.txt --format lines --on-bad skip --max-bad 0.1
expect 3 'is not UTF-8; perhaps it is Latin-1 (iconv -f LATIN1 -t UTF-8); --on-bad skip reads each such byte as' inspect latin.txt


# odd files are named for what they are, whatever their kind is taken for
printf '' >empty.csv
expect 3 "'empty.csv' is empty" inspect empty.csv
expect 3 "empty.csv' is empty" train --recipe none empty.csv --out x
printf 'a,b,c,label\n' >header.csv
expect 3 'has one row of 4 columns and nothing below: a header only' inspect header.csv
printf 'text,label\n' >header.csv
expect 3 'has a header and no rows' inspect header.csv
printf 'a,label\n1,"x\n2,y\n3,z\n' >open.csv
expect 3 'line 2: a quote opens here and is never closed' inspect open.csv
printf 'a,b\n1,2\n3\000,4\n' >nul.csv
expect 3 'line 3: byte 0x00, number 10 of the file, is a zero byte (NUL)' inspect nul.csv
printf 'a list of\nthings\n\0\t1\t2\t3\t4\t5\n' >nul.list # tabs are text
expect 3 'line 3: byte 0x00, number 18 of the file, is a zero byte (NUL)' inspect nul.list
printf '\377\376a\000\n\000' >wide.txt
expect 3 'is text in UTF-16, and UTF-8 is read; convert it: iconv -f UTF-16 -t UTF-8' inspect wide.txt
printf 'a\000b\000\n\000c\000d\000' >wide.txt
expect 3 'iconv -f UTF-16LE -t UTF-8' inspect wide.txt
printf 'one\rtwo\rthree' >cr.txt
expect 0 "remark       The lines of 'cr.txt' end in CR" inspect cr.txt
printf '["red fish","blue fish"]' >list.json
expect 0 "'list.json' is a JSON array; each of its 2 elements is an item" inspect list.json
printf '# made by x\na,b,label\n1,2,x\n3,4,y\n' >note.csv
expect 0 "note.csv: vectors" inspect note.csv
expect 0 "begins with # and is left out as a comment" inspect note.csv
awk 'BEGIN { for (i = 0; i < 3000; i++) print i "," i * i }' | gzip -c | head -c 9000 >cut.csv.gz
expect 3 "'cut.csv.gz' is truncated: its gzip data breaks off at byte 9000, after [1-9][0-9]* unpacked bytes" inspect cut.csv.gz
# what was taken for what is told
printf 'id,text,label\n1,red fish,a\n2,blue fish,b\n' >roles.csv
expect 0 'By the header, these columns are taken: 2 as text, 3 as label; 1 other is not read' inspect roles.csv
printf 'one fish\ntwo fish\n' >bare.csv
expect 0 "The first row, 'one fish', is a text like the others; --columns names a header" inspect bare.csv
printf 'text,a,b,c\nred fish,1,2,3\nblue fish,4,5,6\n' >close.csv
expect 0 "'close.csv' is taken for text, although 6 of 8 cells looked at are numbers; --format vectors" inspect close.csv
# Names of classes may have several words, and come again; texts are one like no other.
awk 'BEGIN { print "a,b,c,kind"; for (i = 0; i < 40; i++) print i % 7 "," i % 5 / 4 "," 3 * i % 11 "," (i % 3 ? "very damp grey soil" : "soil with vegetation stubble") }' >soil.csv
expect 0 "soil.csv: vectors" inspect soil.csv
awk 'BEGIN { print "a,b,c,kind"; for (i = 0; i < 40; i++) print i % 7 "," i % 5 / 4 "," 3 * i % 11 ",soil of field " i " was damp" }' >fields.csv
expect 3 "columns and no header that names one of them text" inspect fields.csv
"$akin" inspect close.csv --format text | grep -q 'is taken for' && complain "a remark on what was asked for"
printf 'one,2,3\ntwo,x\nthree,4,5\nfour,6,7\n' >odd.csv
expect 3 "columns" inspect odd.csv
expect 2 "'odd.csv' is taken for vectors" inspect odd.csv --on-bad skip

expect 2 "size is for images, and 'fish.txt' is taken for text" inspect fish.txt --size 4
expect 2 "label-column is for vectors, and 'fish.txt' is taken for text" inspect fish.txt --label-column 1

# Data that cannot be read are named for what they are, whatever options stand beside them
: >empty.txt
printf '\377\376a\0b\0\n\0' >u16.txt
for options in '--min-words 2' '--label-column 1' ''; do
    expect 3 "'empty.txt' is empty" inspect empty.txt $options
    expect 3 "'u16.txt' is text in UTF-16" inspect u16.txt $options
    expect 3 "cannot open 'absent.csv'" inspect absent.csv $options
    expect 3 "absent.csv': No such file" train --recipe none absent.csv --out r $options
    expect 3 "u16.txt' is text in UTF-16" train --recipe none u16.txt --out r $options
done
printf '...\n!!\n' >mute.txt
echo 'one two' >files.txt
expect 3 'only 0 would be left: .* 2 have none$' train --recipe none mute.txt --out r
expect 3 'give a lower --min-count' train --recipe none files.txt --out r

# Files that are named like splits are splits, each read by its own ending; the test file is not trained on.
mkdir -p files/in
printf 'text\tlabel\none two\ta\nthree four\tb\n' >files/in/train.tsv
printf 'label,text\nb,five six\nc,\"seven, eight\"\na,nine\n' | tr -d '\\' >files/in/Validation.csv
printf '{"text":"ten","label":"b"}\n' >files/in/test.jsonl
expect 0 'splits       train 2, val 3, test 1' inspect files
grep -q "files: text (tsv)" out || complain "the format of train"
grep -q "File 'Validation.csv' is read as the split val" out || complain "a spelling is told"
grep -q '^  b  *1  *1  *1$' out || complain "classes are the same in all files"
expect 0 'texts        8' inspect files --format documents
expect 3 "a file of the name train; format csv needs a file" inspect docs --format csv
touch files/in/notes.md
expect 0 "left out: 1 other of the folder, 'notes.md' first" inspect files
cp files/in/test.jsonl files/in/test.txt
expect 3 "holds two files for the split test, 'test.jsonl' and 'test.txt'; rename one" inspect files
rm files/in/test.txt
printf 'text\n' >files/in/test.jsonl
expect 3 "files/in/test.jsonl.*" inspect files
printf '{"anchor":"q","positive":"r"}\n' >files/in/test.jsonl
printf '{"anchor":"q","positive":"a"}\n' >files/in/train.jsonl
rm files/in/train.tsv files/in/Validation.csv
expect 0 'tuples       1 of anchor and positive' inspect files # that of train
mkdir pages # of thirty pages two are named like splits; they are documents like the others
for page in training evaluation api cli data demo; do printf 'one two three %s\nfour five six\n' $page >pages/$page.md; done
expect 0 'groups       6 of 2' inspect pages
mkdir bus && cp fish.txt bus/train.txt && cp fish.txt bus/ship.txt
expect 0 'bus: text (documents)' inspect bus
cp files/in/train.jsonl bus/a.jsonl
expect 0 "'a.jsonl' is read as a document" inspect bus
printf 'text\tlabel\none two\ta\n' >DOS.TSV
expect 0 'DOS.TSV: text (tsv)' inspect DOS.TSV

# Splits in their usual spellings; two of one meaning are an error.
mkdir -p parts/Training parts/dev
echo 'one two three' >parts/Training/a.txt
echo 'four five six' >parts/dev/a.txt
expect 0 'splits       train 1, val 1' inspect parts
grep -q "Folder 'Training' is read as the split train" out || complain "a spelling is told"
mkdir parts/train
cp parts/dev/a.txt parts/train
expect 3 "two folders for the split train, 'Training' and 'train'" inspect parts

# Of a pipe each line counts: a look at what the lines name must not take any of them.
seq 60000 | sed 's/$/ many words of a line that is read from a pipe/' >many
for source in - /dev/stdin; do
    # shellcheck disable=SC2002
    cat many | "$akin" inspect $source --format lines >out 2>err || complain "a pipe is not read"
    grep -q 'texts *60,000' out || complain "lines of a pipe are lost"
done
"$akin" inspect - --format lines <many >out 2>err || complain "a file on standard input is not read"
grep -q 'texts *60,000' out || complain "lines of standard input are lost"

[ $failures = 0 ]
