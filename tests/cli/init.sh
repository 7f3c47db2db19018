#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin train --init and --freeze: what is begun with, what of it moves, what is told and kept, resume to the same bits, and
# weights that change under a run.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
"$helpers/make_data" img 48 24 16 || exit 1
net="--encoder resnet-s --width 8 --blocks 1 --head-hidden 8 --head-out 8 --batch-size 8 --quiet"
# The check sums of the tensors of a checkpoint.
tensors() { tr ',{' '\n\n' <"$1" | grep -a -o '"xxh64\.[^"]*": "[0-9a-f]*"' | sed 's/"xxh64\.//' | sort; }
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
# shellcheck disable=SC2086
"$akin" train --recipe none img --out a $net --epochs 1 || fail "train"

# Frozen parts keep their bits, the others do not; the head goes along.
"$akin" train --recipe none img --out b --init a --freeze stem,stage1 --batch-size 8 --epochs 2 --seed 5 >out 2>err || fail "init: $(cat err)"
for words in "beginning with the weights of" "frozen: stem,stage1; no gradient there" "are normalised as those of"; do
    grep -q "$words" err || fail "'$words' is not told: $(cat err)"
done
grep -q "head is new" err && fail "the head was not taken"
grep -q '"freeze": "stem,stage1"' b/run.json || fail "run.json does not tell --freeze"
grep -q '"encoder": "resnet-s"' b/run.json || fail "run.json does not tell the encoder"
grep -q '"step": 6' b/run.json || fail "run.json does not tell the step that was begun with"
tensors a/checkpoints/step-0000000006.safetensors >before
tensors b/checkpoints/step-0000000012.safetensors >after
grep -q '^stem.conv.weight"' after || fail "no sums of tensors"
for part in stem stage1; do
    [ "$(grep "^$part" before)" = "$(grep "^$part" after)" ] || fail "$part moved, and is frozen"
done
for part in stage2 stage3 head; do
    [ "$(grep "^$part.*weight" before)" != "$(grep "^$part.*weight" after)" ] || fail "$part did not move"
done
grep -q "^optimizer0.stem" after && fail "an optimiser for what is frozen"

# What is wholly frozen gives the features of the run that it comes from, also where the pixels of its own set differ.
"$helpers/make_data" img2 40 16 16 || exit 1
"$akin" train --recipe none img2 --out h --init a --freeze backbone --batch-size 8 --epochs 1 --quiet || fail "frozen"
"$akin" embed --form plain a img2 -o of-a.npy --quiet && "$akin" embed --form plain h img2 -o of-h.npy --quiet || fail "embed"
cmp -s of-a.npy of-h.npy || fail "a frozen backbone sees other pixels than the run it comes from"

# The same bits after an interruption, without the weights that were begun with, and with others in their place.
"$akin" train --recipe none img --out c --init a --freeze stem,stage1 --batch-size 8 --epochs 2 --seed 5 --checkpoint-every 3 --quiet || fail "c"
rm c/DONE c/checkpoints/step-0000000012.safetensors
mv a kept
"$akin" train --resume c >out 2>err || fail "resume without the weights: $(cat err)"
grep -q "needs no more" err || fail "nothing said of weights that are gone"
[ "$(sum b)" = "$(sum c)" ] || fail "other bits after a resume"
mv kept a
"$akin" train img --out c --resume --init a --quiet || fail "resume with --init as before"

# Killed before the first checkpoint: other weights are no way to begin again.
"$akin" train --recipe none img --out d --init a --batch-size 8 --epochs 1 --quiet || fail "d"
rm -r d/DONE d/checkpoints
mv a kept
# shellcheck disable=SC2086
"$akin" train --recipe none img --out a $net --epochs 1 --seed 9 || fail "another a"
expect 3 "has changed since the run began with its weights" train --resume d
rm -r a
mv kept a
"$akin" train --resume d --quiet || fail "begin again with the same weights"

# A file, another head, grey and coloured, and what does not fit.
cp a/checkpoints/step-0000000006.safetensors net.safetensors
"$akin" train --recipe none img --out e --init net.safetensors --encoder resnet-s --blocks 1 --head-out 4 --batch-size 8 --epochs 1 2>err ||
    fail "init from a file: $(cat err)"
grep -q "The projection head is new" err || fail "a new head is not told: $(cat err)"
expect 2 "does not say which network it is of" train --recipe none img --out f --init net.safetensors --quiet
expect 2 "is of resnet-s; leave --encoder out" train --recipe none img --out f --init a --encoder cnn4 --quiet
expect 2 "--freeze needs --init" train --recipe none img --out f --freeze stem --quiet
expect 2 "has no part 'stage7' to freeze; it has stem, stage1, stage2, stage3" train --recipe none img --out f --init a --freeze stage7 --quiet
expect 3 "has the shape" train --recipe none img --out f --init net.safetensors --encoder resnet-s --width 4 --quiet
expect 3 "is no run folder" train --recipe none img --out f --init img --quiet
printf 'one line\nand another\none more\n' >lines.txt
expect 2 "--init is no option for text" train --recipe none lines.txt --out f --init a --quiet
[ ! -e f/run.json ] || fail "a refused run left a record"
[ $failures = 0 ] && echo ok
exit $failures
