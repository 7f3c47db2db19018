#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin data inspect: what it tells, and one line with exit code 3 for each kind of bad input. Data is made here.
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

pgm() { printf 'P5 2 2 255\n%s' "$2" >"$1"; } # FILE 4-BYTES

# An image folder with classes, a duplicate in the test split with another label, a bad file and a stray one.
mkdir -p set/train/cat set/train/dog set/test/dog
pgm set/train/cat/1.pgm abcd
pgm set/train/cat/2.pgm bbbb
pgm set/train/dog/1.pgm cccc
pgm set/test/dog/9.pgm abcd
echo notes >set/train/README
expect 0 'splits       train 3, test 1' data inspect set
grep -q '2 x 2, grey' out || complain "size and colour"
grep -q 'cat *2 *0' out || complain "counts of a class"
grep -q 'largest in train: cat (2), smallest: dog (1)' out || complain "largest and smallest class"
grep -q 'test *1 also in train' out || complain "a leak"
grep -q '1 of the pairs have different labels' out || complain "conflicting labels"
grep -q 'test/dog/9.pgm = train/cat/1.pgm' out || complain "the names of a pair"
grep -q 'other files  1' out || complain "ignored files"
grep -q 'recipe       digits (--recipe auto): grey images of 2x2' out || complain "the recipe"
cp out first
expect 0 . inspect set
cmp -s out first || complain "inspect and data inspect differ"
expect 0 . inspect set --threads 1
cmp -s out first || complain "one thread and many differ"
expect 0 '"across":\[{"split":"test","also_in":"train","count":1}\]' inspect set --json
[ "$(wc -l <out)" = 1 ] || complain "--json is one line"
grep -q '"classes":\["cat","dog"\]' out || complain "class names in JSON"
grep -q '"recipe":{"name":"digits","why":"grey images of 2x2' out || complain "the recipe in JSON"
grep -q '"class_counts":\[2,1\]' out || complain "class counts in JSON"

printf '\377\330\377\340\000\020JFIF\000\001' >set/train/dog/2.jpg # a JPEG that breaks off
expect 3 "set/train/dog/2.jpg': JPEG: Premature end" inspect set --on-bad stop
expect 0 'bad files    1' inspect set
grep -q '4 images of 2x2, 1 unreadable (train/dog/2.jpg), 1 of another kind (1 without an ending); taking --on-bad skip' out ||
    complain "all of it in a sentence"
expect 0 'bad files    1' inspect set --on-bad skip
grep -q 'train/dog/2.jpg: JPEG: Premature end' out || complain "the bad file and its reason"
expect 3 '1 of 5 images cannot be read, more than --max-bad 0.1 allows' inspect set --max-bad 0.1
rm set/train/dog/2.jpg
printf 'P5 3 3 255\n123456789' >set/train/dog/3.pgm
expect 3 'images differ in size: .*give --size N' inspect set --size 0
expect 0 '5 images of 2 sizes from 2x2 to 3x3 (height x width), .*; taking --size 32' inspect set
grep -q '5 images have a side shorter than 32 and are enlarged; the smallest is 2x2' out || complain "enlarged images"
expect 0 '4 x 4, grey' inspect set --size 4

# One image is fine to look at.
mkdir one
pgm one/a.pgm abcd
expect 0 'images       1 of 2 x 2' inspect one

# Nothing to read
expect 3 "cannot open 'nowhere': No such file" inspect nowhere
mkdir empty text
expect 3 "'empty' is empty; expected" inspect empty
echo hello >text/a.txt
expect 3 "1 other file such as 'a.txt'" inspect text --format images
expect 0 'text: text (documents)' inspect text
expect 0 'a.txt: text (lines)' inspect text/a.txt
expect 0 'a.pgm: folder of image files' inspect one/a.pgm # a set of one
[ "$(grep -c '  images       1 of ' out)" = 1 ] || complain "one image: $(cat out)"
(cd one && "$akin" inspect a.pgm >../out2) && cmp -s out out2 || complain 'one image, named without its folder'

# Damaged arrays. IDX: two images of 2x2.
i=train-images-idx3-ubyte
mkdir idx
printf '\000\000\010\003\000\000\000\002\000\000\000\002\000\000\000\002abcdefgh' >idx/$i
expect 0 'IDX (MNIST family)' inspect idx
printf '\000\000\010\003\000\000\000\002\000\000\000\002\000\000\000\002abcdefg' >idx/$i
expect 3 "truncated.*announces 8 bytes after byte 16, the file has 7" inspect idx
printf '\000\000\010\003\377\377\377\377\377\377\377\377\377\377\377\377abcdefgh' >idx/$i
expect 3 'damaged: its header announces' inspect idx
printf '\000\000\002\003abcdefghijkl' >idx/$i
printf '\001' >tiny
expect 3 "'tiny' is no file of a known kind: it is 1 byte long" inspect tiny
expect 3 'is not an IDX file: it begins with 00 00 02 03' inspect idx
printf '\000\000\010\003\000\000\000\002\000\000\000\002\000\000\000\002abcdefgh' | gzip >idx/$i.gz
rm idx/$i
expect 0 'train 2' inspect idx
head -c 25 idx/$i.gz >cut
mv cut idx/$i.gz
expect 3 'truncated: its gzip data breaks off at byte 25' inspect idx

mkdir cifar
head -c 3073 /dev/zero >cifar/data_batch_1.bin
expect 0 'airplane' inspect cifar
head -c 3000 /dev/zero >cifar/data_batch_1.bin
expect 3 '3000 bytes; CIFAR-10 files are whole records of 3073' inspect cifar

# npy FILE SHAPE DESCR ITEMS: version 1, 117 bytes of header
npy() {
    head=$(printf "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" "$3" "$2")
    printf '\223NUMPY\001\000\166\000%-117s\n%b' "$head" "$4" >"$1"
}
npy a.npy '(1, 2, 2)' '|u1' 'abcd'
expect 0 'NumPy arrays' inspect a.npy
npy a.npy '(1, 2, 2)' '|u1' 'abc'
expect 3 'truncated: shape (1,2,2) of |u1 needs 4 bytes after the 128 of the header, the file has 3' inspect a.npy
npy a.npy '(4294967296, 4294967296, 2)' '|u1' 'abc'
expect 3 'larger than any file' inspect a.npy
printf '\223NUMPY\002\000\377\377\377\377' >a.npy
expect 3 'a header of 4294967295 bytes at byte 8; the limit is 65536' inspect a.npy
npy a.npy '(1, 1, 2)' '<f4' '\000\000\000\000\000\000\300\177'
expect 3 'item 0, row 0, column 1 (from 0) is nan' inspect a.npy
npy a.npy '(2, 1)' '<f4' '\000\000\000\000\000\000\000\000'
expect 0 'a.npy: vectors' inspect a.npy # of two dimensions: vectors, not images

# An option of one action must not be hidden by another's of the same name
for verb in data inspect train; do
    "$akin" $verb --help all | grep -o '^  --[a-z][a-z0-9-]*' | sort | uniq -d >out
    [ -s out ] && complain "options that akin $verb has twice"
done

# Usage
expect 2 "unknown action 'inspec'; did you mean 'inspect'?" data inspec set
expect 2 'missing argument; usage: akin data inspect DATA' data inspect
expect 2 '--classes is an option of data synth, not of data inspect' data inspect one --classes 3
expect 2 '--out is an option of data synth' data inspect one --out nowhere
expect 2 '--on-bad is an option of data inspect, not of data synth' data synth --out nowhere --on-bad skip
expect 2 '--size is 5000; it must be between 0 and 4096' inspect one --size 5000
expect 2 'did you mean --on-bad' inspect one --onbad skip
if [ "$(id -u)" != 0 ]; then
    chmod 0 one/a.pgm
    expect 3 'Permission denied' inspect one
    chmod 0 one
    expect 3 'Permission denied' inspect one
    chmod 700 one
fi
if [ -w /dev/full ]; then
    "$akin" inspect set --size 2 >/dev/full 2>err
    [ $? = 5 ] || complain "a full output is exit 5"
fi
[ $failures = 0 ] && echo "data inspect: all as expected"
exit $((failures > 0))
