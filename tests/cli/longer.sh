#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin train --resume RUN --epochs MORE: the bits of a run of so many epochs at once where the rate allows it, a restart that is
# told where it does not, and the same bits again after an interruption.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
"$helpers/make_data" img 48 24 16 || exit 1
net="--encoder resnet-s --width 8 --blocks 1 --head-hidden 8 --head-out 8 --batch-size 8 --quiet"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }

for how in "--schedule constant --ema 0.9" "--schedule step --milestones 1 --lr-factor 0.5 --optimizer sgd"; do
    rm -rf once longer
    # shellcheck disable=SC2086
    "$akin" train --recipe none img --out once $net $how --epochs 3 || fail "at once: $how"
    # shellcheck disable=SC2086
    "$akin" train --recipe none img --out longer $net $how --epochs 2 || fail "the shorter run: $how"
    [ "$(sum once)" != "$(sum longer)" ] || fail "two lengths, one result: $how"
    "$akin" train --resume longer --epochs 3 >out 2>err || fail "longer: $(cat err)"
    grep -q "3 epochs in place of 2: the weights will be those of a run of 3 at once" err || fail "not told: $(cat err)"
    [ "$(sum once)" = "$(sum longer)" ] || fail "other bits than at once: $how"
    grep -q '"epochs": 3' longer/run.json && tr -d ' \n' <longer/run.json | grep -q '"longer":\[2\]' || fail "run.json does not tell both"
done
"$akin" train --resume longer >out 2>err || fail "resume of a longer run that is done"
grep -q "nothing to resume" err || fail "a longer run that is done: $(cat err)"
expect 2 "--epochs is 1, but the run was begun with 3" train --resume longer --epochs 1 --quiet

# A cosine begins anew; killed in the second part it goes on to the same bits, also from a checkpoint of the first.
# shellcheck disable=SC2086
"$akin" train --recipe none img --out cos $net --epochs 2 --lr 0.01 --log-every 1 --keep-every 1 || fail "cosine"
cp -r cos cut
"$akin" train --resume cos --epochs 4 >out 2>err || fail "cosine, longer: $(cat err)"
grep -q "the cosine begins anew at epoch 2" err || fail "a restart that is not told: $(cat err)"
lr() { grep "\"step\": *$2," "$1/metrics.jsonl" | sed 's/.*"lr": *\([^,]*\),.*/\1/'; }
[ "$(lr cos 13)" = 0.01 ] || fail "the first step of the second part has the rate $(lr cos 13)"
"$akin" train --resume cut --epochs 4 --quiet || fail "again"
rm cut/DONE cut/checkpoints/step-0000000024.safetensors
"$akin" train --resume cut --quiet || fail "resume in the second part"
[ "$(sum cos)" = "$(sum cut)" ] || fail "other bits after a resume in the second part"
rm cut/DONE cut/checkpoints/step-0000000024.safetensors cut/checkpoints/step-0000000018.safetensors \
    cut/checkpoints/step-0000000012.safetensors
"$akin" train --resume cut --quiet || fail "resume in the first part"
[ "$(sum cos)" = "$(sum cut)" ] || fail "other bits after a resume in the first part"
"$akin" train --resume cos --epochs 5 --quiet || fail "a third part"
tr -d ' \n' <cos/run.json | grep -q '"longer":\[2,4\]' || fail "run.json does not tell three lengths"

# What depends on the number of steps has another way out.
# shellcheck disable=SC2086
"$akin" train --recipe none img --out bal $net --loss balanced --alpha-end 2 --epochs 1 || fail "balanced"
expect 2 "begins another run with its weights" train --resume bal --epochs 2 --quiet
[ -e bal/DONE ] || fail "a refused length took DONE away"
[ $failures = 0 ] && echo ok
exit $failures
