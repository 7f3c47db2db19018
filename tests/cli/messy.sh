#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A folder of pictures as people have them: every verb works at the first try, and says what it took.
akin=$1
tests=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0

fail() {
    echo "FAIL: $*"
    sed 's/^/  err: /' "$dir/err"
    failures=$((failures + 1))
}

run() { "$akin" "$@" >"$dir/out" 2>"$dir/err" || fail "akin $*: exit $?"; }
says() { grep -qF -- "$1" "$dir/$2" || fail "no '$1' in $2"; }

"$tests/make_messy" "$dir/m" 123 || exit 1
all="123 images of 41 sizes from 16x16 to 96x136 (height x width), 2 unreadable (Train/dog/empty.png, Train/owl/cut.jpg), \
3 of other kinds (1 .csv, 1 .mp4, 1 .txt), 3 hidden or of a system; taking --size 56 --on-bad skip."
run inspect "$dir/m"
says "remark       $all" out
says "Read from the only folder in it, 'dataset'." out
says "Folder 'Train' is read as the split train." out
says "Folder 'Test' is read as the split test." out
says "Folder 'valid' is read as the split val." out
says "leads back to a folder that it is in." out
says "splits       train 99, test 12, val 12" out
says "Train/dog/empty.png: the file is empty" out
says "other files  6, not images by their names; ignored: 1 .csv, 1 .mp4, 1 .txt, 3 hidden or of a system" out
run train --recipe none "$dir/m" --out "$dir/r" --epochs 1 --batch-size 24 --encoder cnn4 --width 4 --head-out 8 --head-hidden 8
says "$all" err
grep -q '"size": 56' "$dir/r/run.json" || fail "the size is not kept"
grep -q '"on-bad": "skip"' "$dir/r/run.json" || fail "what is done with bad files is not kept"
grep -qF '"123 images of 41 sizes' "$dir/r/run.json" || fail "the sentence is not kept"
run embed --form plain "$dir/r" -o "$dir/own.npy"
says "${all%; taking*}; scaled to 56x56; taking --on-bad skip." err
run eval "$dir/r" --protocol knn
says "whitened pixels are left out: they have 9408 columns" err
run prune "$dir/r" -o "$dir/keep.txt" --random 0.5
run train --recipe none "$dir/m" --keep "$dir/keep.txt" --out "$dir/k" --epochs 1 --batch-size 24 --encoder cnn4 --width 4 --head-out 8
run data convert "$dir/m" -o "$dir/arrays"
[ "$(grep -cF -- "$all" "$dir/err")" = 1 ] || fail "data convert says it other than once"
run embed --form plain "$dir/r" "$dir/arrays" -o "$dir/arrays.npy"
cmp -s "$dir/own.npy" "$dir/arrays.npy" || fail "the folder and its arrays differ"

# Other data for the run: scaled to its size and in its channels.
mkdir "$dir/grey"
for i in 1 2 3; do printf 'P5 8 8 255\n%064d' $i >"$dir/grey/$i.pgm"; done
cp -r "$dir/grey" "$dir/cut"
printf 'P5 8 8 255\n%030d' 4 >"$dir/cut/4.pgm"
printf 'P6 8 8 255\n%0192d' 5 >"$dir/cut/5.ppm"
run inspect "$dir/cut" --max-bad 0.5
says "3 of 4 images are grey; they get three equal channels." out
run embed --form plain "$dir/r" "$dir/grey" -o "$dir/grey.npy"
says "3 images of 8x8; scaled to 56x56." err
says "3 of 3 images are grey; they get three equal channels." err
"$tests/make_data" "$dir/idx" 64 16 20 || exit 1
run embed --form plain "$dir/r" "$dir/idx" -o "$dir/idx.npy"
says "The images of 20x20 are scaled to 56x56." err
says "The images are grey; they get three equal channels, as the network's have." err
run embed --form plain "$dir/r" "$dir/arrays" -o "$dir/disk.npy" --cache 0
cmp -s "$dir/disk.npy" "$dir/arrays.npy" || fail "images on disk and in memory differ"
run train --recipe none "$dir/idx" --out "$dir/g" --epochs 1 --batch-size 16 --encoder mlp --head-out 8
run embed --form plain "$dir/g" "$dir/arrays" -o "$dir/a.npy"
says "The images are coloured; they become grey, as the network's are." err
run embed --form plain "$dir/g" "$dir/arrays" -o "$dir/b.npy" --cache 0
cmp -s "$dir/a.npy" "$dir/b.npy" || fail "grey from disk and from memory differ"

# A batch that fits, where none is asked for; what is asked for stands.
small="--epochs 1 --encoder mlp --head-out 8"
run train --recipe none "$dir/m" --out "$dir/b" $small
says "99 images: taking --batch-size 16, 6 steps an epoch" err
grep -q '"batch-size": 16,' "$dir/b/run.json" || fail "the batch size is not kept"
run train --resume "$dir/b"
grep -q "taking --batch-size" "$dir/err" && fail "a resume chooses a batch"
"$tests/make_data" "$dir/six" 603 16 20 || exit 1
run train --recipe none "$dir/six" --out "$dir/b" $small --force
says "603 images: taking --batch-size 64, 9 steps an epoch" err
run train --recipe none "$dir/six" --out "$dir/b" $small --force --micro-batch 128
says "603 images: taking --batch-size 128, 4 steps an epoch" err
run train --recipe none "$dir/six" --out "$dir/b" $small --force --batch-size 256
grep -q "taking" "$dir/err" && fail "a batch size that is given is changed"
printf '1,2\n3,4\n5,7\n' >"$dir/three.csv"
run train --recipe none "$dir/three.csv" --out "$dir/b" $small --force
says "3 vectors: taking --batch-size 2, 1 step an epoch" err
mkdir "$dir/one"
cp "$dir/grey/1.pgm" "$dir/one"
"$akin" train --recipe none "$dir/one" --out "$dir/s" >"$dir/out" 2>"$dir/err" && fail "one image is trained on"
says "one' has 1 image to train on, fewer than 2; give more data" err

# Strictness, and its limit
"$akin" train --recipe none "$dir/m" --out "$dir/s" --on-bad stop >"$dir/out" 2>"$dir/err" && fail "--on-bad stop goes on"
says "Train/dog/empty.png': the file is empty" err
for i in 1 2 3 4 5 6; do : >"$dir/m/dataset/Train/cat/none$i.png"; done
"$akin" train --recipe none "$dir/m" --out "$dir/s" >"$dir/out" 2>"$dir/err" && fail "8 of 131 bad ones are taken"
says "8 of 131 images cannot be read, more than --max-bad 0.05 allows; the first are 'Train/cat/none1.png': the file is empty;" err
[ $failures = 0 ] && echo ok
exit $failures
