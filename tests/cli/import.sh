#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin import at the command line: a run that every verb takes, what is told, and what is refused. The file is a checkpoint
# of akin's own; import_torch.sh has files of torchvision.
akin=$1
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
for part in train test; do
    for k in a b; do
        mkdir -p pics/$part/$k
        for i in 1 2 3 4 5 6 7 8; do
            awk -v seed="$i$k$part" -v base="$([ $k = a ] && echo 40 || echo 160)" 'BEGIN {
                srand(length(seed) * 100 + seed); print "P3 9 8 255"
                for (i = 0; i < 216; i++) print base + int(rand() * 60) }' >pics/$part/$k/$i.ppm
        done
    done
done
"$akin" train --recipe none pics --out r --size 8 --epochs 1 --batch-size 8 --encoder resnet-s --width 8 --blocks 1 --head-hidden 8 --head-out 8 \
    --quiet || fail "train"
cp r/checkpoints/step-0000000002.safetensors net.safetensors

"$akin" import net.safetensors pics --encoder resnet-s --size 8 --mean 0.5 --std 0.25,0.25,0.25 --set temperature=0.2 -o i --json \
    >out 2>err || fail "import: $(cat err)"
grep -q '"shorter_side":8,"size":8,"mean":\[0.5,0.5,0.5\],"std":\[0.25,0.25,0.25\]' out || fail "--json: $(cat out)"
grep -q "tensors have akin's names" err || fail "no word of the names: $(cat err)"
grep -q "the shorter side becomes 8 pixels, the middle 8x8 is kept; from 0 to 1, less 0.5, 0.5, 0.5, over 0.25" err ||
    fail "no word of the pixels: $(cat err)"
for verb in "embed i -o e.npy" "embed i pics -o o.npy --split test" "eval i --protocol mean,knn" "diagnose i" "prune i -o k --keep 0.5" \
    "nn i --query train/a/1.ppm" "bounds i" "report i"; do
    # shellcheck disable=SC2086
    "$akin" $verb --quiet >out 2>err || fail "$verb: $(cat err)"
done
grep -q "imported from net.safetensors" i/report.html || fail "the page does not say where the weights are from"
expect 2 "goes on from its weights" train --resume i
expect 2 "--force replaces it" import net.safetensors --encoder resnet-s -o i
expect 2 "name it, such as --encoder resnet18" import net.safetensors -o j
expect 3 "is of another network" import net.safetensors --encoder cnn4 -o j
expect 2 "did you mean 'resnet-s'" import net.safetensors --encoder resnet_s -o j
printf "1,2\n3,4\n5,6\n" >t.csv
expect 3 "the network reads images" import net.safetensors t.csv --encoder resnet-s -o j
[ ! -e j ] || fail "a refused import left a folder"

# Without data of its own it embeds; what needs them says so.
"$akin" import net.safetensors --encoder resnet-s --size 8 -o n --quiet || fail "import without data"
"$akin" embed --form plain n pics -o n.npy --quiet || fail "embed of other data"
expect 3 "imported without data" eval n

# 16 pixels of 20: what is kept is the middle of what was scaled.
"$akin" import net.safetensors --encoder resnet-s --size 16 --resize 20 -o m --quiet || fail "--resize"
grep -q '"resize": 20' m/run.json || fail "run.json does not tell --resize"
"$akin" embed --form plain m pics -o m.npy --quiet || fail "embed with --resize"
expect 2 "resize is 12" embed --form plain m pics --resize 12 -o x.npy
[ $failures = 0 ] && echo ok
exit $failures
