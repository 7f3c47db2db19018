#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every example of the manual pages, run as it stands, in their order, where the names they use exist. Training and benches
# are made small by options that follow; of an option that is given twice the last one counts.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
mkdir "$dir/bin" "$dir/studies"
ln -s "$akin" "$dir/bin/akin"
PATH="$dir/bin:$PATH"
"$helpers/make_data" "$dir/digits" 96 48 16 || exit 1
cd "$dir" || exit 1
i=0
while [ $i -lt 60 ]; do
    i=$((i + 1))
    echo "line $i of some notes, the first line or the last, red or blue" >>notes.txt
    echo "$i,$((i % 7)),$((i % 3 + 1))" >>rows
done
{ echo "length,width,kind"; cat rows; } >table.csv
mkdir pictures
for i in 1 2 3 4 5 6 7 8; do
    awk -v n=$i 'BEGIN { srand(n); print "P3 8 8 255"; for (i = 0; i < 192; i++) print int(rand() * 255) }' >pictures/$i.ppm
done
cp pictures/1.ppm cat.jpg # what a file is its bytes say
"$akin" train --recipe none notes.txt --out r --epochs 1 --batch-size 8 --text-view erase --dim 8 --quiet || exit 1
printf 'q1\tfirst line\n' >q.tsv
printf 'd1\tthe first line\nd2\tthe last\nd3\tred or blue\nd4\tsome notes\n' >d.tsv
printf 'q1\td1\t1\n' >r.tsv
"$akin" train --recipe none pictures --out net --epochs 1 --batch-size 8 --width 8 --encoder resnet18 --quiet || exit 1
cp net/checkpoints/step-0000000001.safetensors net.safetensors

akin help --examples >commands || fail "help --examples"
[ "$(wc -l <commands)" -gt 30 ] || fail "few examples: $(cat commands)"
small="--epochs 1 --batch-size 16 --width 8"
while IFS= read -r line; do
    grep -qxF -- "$line" seen 2>/dev/null && continue # the first of a session is also that of its verb
    echo "$line" >>seen
    [ ${#line} -le 68 ] || fail "too long for a page: $line"
    case $line in
    *" loss --loss "*) cp test.npy a.npy && cp test.npy b.npy ;;
    *" --rescore-with "*)
        "$akin" embed r --form half -o rows.npy --force --quiet && cp rows.npy q.npy || fail "rows to rescore"
        "$akin" embed r --quantize binary -o bits.npy --force --quiet || fail "packed signs"
        ;;
    esac
    case $line in
    "akin train --resume"*) ;;
    "akin train notes.txt"*) line="$line --epochs 1 --batch-size 8" ;;
    "akin train"*) line="$line $small" ;;
    "akin bench train"*) line="$line --batch 8 --size 8 --width 8 --steps 1" ;;
    "akin bench engine"*) line="$line --repeat 1" ;;
    "akin selftest"*) line="$line --rows 20 --dim 16" ;;
    esac
    sh -c "$line" >out 2>err </dev/null || fail "$line: exit $?, $(tail -n 3 err)"
done <commands
for file in runs/a/DONE runs/a/eval.json runs/a/report.html test.npy keep.txt random.txt compare.html views.png tail synth \
    grad.npy akin.bash akin-train.1; do
    [ -e $file ] || fail "no $file came of the examples"
done
[ $failures = 0 ] && echo ok
exit $failures
