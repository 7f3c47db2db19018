#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin train --budget, --recipe and --steps: what a budget decides stands in run.json; the same options without it have the same bits, and
# so has a run that is resumed; of images, text and vectors. No time is asserted: tests/unit/test_budget.c makes clocks up.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
"$helpers/make_data" img 48 24 16 || exit 1
seq 1 60 | awk '{ print "word" $1 % 7 " word" $1 % 5 " word" $1 % 3 " and word" $1 % 11 }' >lines.txt
awk 'BEGIN { srand(5); for (i = 0; i < 60; i++) print rand() "," rand() "," rand() "," i % 3 }' >t.csv
head="--head-hidden 8 --head-out 8"
net="--encoder resnet-s --width 8 --blocks 1 $head --batch-size 8"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
steps() { sed -n 's/^ *"steps": "\([^"]*\)".*/\1/p' "$1/run.json"; }
without() { sed "/^ *\"budget\"/d" "$1/run.json" >"$2"; } # the options of a run, less its budget

# Images.
# shellcheck disable=SC2086
"$akin" train img --out timed $net --budget 1.5s >out 2>err || fail "--budget: $(cat err)"
grep -q -- "--budget 1.5s: a step takes .* so there are .* epochs" err || fail "the choice is not told: $(cat err)"
grep -q "start and checkpoints included" err || fail "the time is not told: $(cat err)"
grep -q '"budget": "1.5s"' timed/run.json || fail "run.json does not tell the budget"
last=$(steps timed | sed 's/.*[,:]//')
grep -q "\"steps\": $last," timed/DONE || fail "the plan is $(steps timed), the run ended otherwise: $(cat timed/DONE)"
without timed same.json
"$akin" train img --out same --config same.json --quiet || fail "the options of the run, without its budget"
# shellcheck disable=SC2086
"$akin" train --recipe none img --out both $net --budget 9s --steps 3 2>&1 | grep -q -- "--steps is given, so --budget decides nothing" || fail "both, in silence"
[ "$(sum timed)" = "$(sum same)" ] || fail "other bits without the budget, plan $(steps timed)"

# Images whose views are not small: what is taken for want of time is told and stands in run.json; what is given stays.
"$helpers/make_data" large 400 16 64 || exit 1
"$akin" train large --out less --batch-size 8 --head-hidden 8 --head-out 8 --budget 1s >out 2>err || fail "large images: $(cat err)"
side=$(sed -n 's/^--budget: taking --view-height \([0-9]*\) .* with views of 36x36 .*/\1/p' err)
grep -q "\"view-height\": ${side:-36}," less/run.json && grep -q "\"view-width\": ${side:-36}" less/run.json ||
    fail "views of '$side' are told: $(grep view- less/run.json)"
without less same.json
"$akin" train large --out same-less --config same.json --quiet || fail "large images: the options of the run"
[ "$(sum less)" = "$(sum same-less)" ] || fail "large images: other bits without the budget"
"$akin" train large --out kept --view-height 40 --batch-size 8 --head-hidden 8 --head-out 8 --budget 1s >out 2>err || fail "given: $(cat err)"
grep -q "taking --view-height" err && fail "the size of views that is given is changed"
grep -q '"view-height": 40' kept/run.json || fail "the size of views that is given is lost"

# A run that ended early goes on by the plan; the budget may be repeated, and decides nothing more.
rm timed/DONE
ls timed/checkpoints/step-*.safetensors | sort | tail -n 1 | xargs rm
"$akin" train --resume timed --budget 1.5s --quiet || fail "resume with the same budget"
[ "$(sum timed)" = "$(sum same)" ] || fail "other bits after a resume"
expect 2 "--budget is 9s, but the run was begun with 1.5s" train --resume timed --budget 9s --quiet
expect 2 "cannot be made longer: --steps or --budget" train --resume timed --epochs 100000 --quiet
expect 2 "--epochs 2 and --budget 9s are both given" train --recipe none img --out no --epochs 2 --budget 9s
expect 2 "expected a time such as" train --recipe none img --out no --budget soon
expect 2 "--steps is '4,9:3'" train --recipe none img --out no --steps 4,9:3
[ ! -e no ] || fail "refused options left a folder"

# Steps that are no whole epochs, with a plan that changes, resumed in between.
for plan in 7 9,3:14,10:11; do
    rm -rf a
    # shellcheck disable=SC2086
    "$akin" train --recipe none img --out a $net --steps $plan --checkpoint-every 2 --quiet || fail "--steps $plan"
    grep -q "\"steps\": ${plan##*:}," a/DONE || fail "--steps $plan: $(cat a/DONE)"
    want=$(sum a)
    rm a/DONE
    ls a/checkpoints/step-*.safetensors | sort | tail -n 1 | xargs rm
    "$akin" train --resume a --quiet || fail "--steps $plan, resumed"
    [ "$want" = "$(sum a)" ] || fail "--steps $plan: other bits after a resume"
done
# As many steps as an epoch has: the bits of the epoch.
# shellcheck disable=SC2086
"$akin" train --recipe none img --out e $net --epochs 1 --quiet && "$akin" train --recipe none img --out s $net --steps 6 --quiet || fail "an epoch"
[ "$(sum e)" = "$(sum s)" ] || fail "six steps are not an epoch of six"

# A recipe: what it sets stands in run.json, and the run goes on by that. A budget takes one by itself.
grep -q '"recipe": "grey"' timed/run.json || fail "a budget without a recipe"
# shellcheck disable=SC2086
"$akin" train img --out r --recipe auto --width 8 $head --batch-size 8 --epochs 2 >out 2>err || fail "--recipe auto: $(cat err)"
grep -q "recipe grey (by --recipe auto: grey images of 16x16; not mirrored): --augment grey-s --flip 0" err || fail "not told: $(cat err)"
grep -q '"flip": 0' r/run.json && grep -q '"optimizer": "sgd"' r/run.json || fail "run.json does not tell what the recipe set"
want=$(sum r)
rm r/DONE r/checkpoints/step-0000000012.safetensors
"$akin" train --resume r --quiet || fail "a recipe, resumed"
[ "$want" = "$(sum r)" ] || fail "a recipe: other bits after a resume"
"$akin" train img --out r2 --config r/run.json --quiet || fail "a recipe, from run.json"
[ "$want" = "$(sum r2)" ] || fail "a recipe: other bits from run.json"
expect 2 "--recipe text is for texts; the data are images" train img --out no --recipe text --quiet
expect 2 "--recipe is 'flowers'" train img --out no --recipe flowers --quiet

# Text and vectors.
for data in lines.txt t.csv; do
    # shellcheck disable=SC2086
    "$akin" train $data --out "of-$data" $head --min-count 1 --budget 1s >out 2>err || "$akin" train $data --out "of-$data" $head --budget 1s >out 2>err ||
        fail "$data: $(cat err)"
    without "of-$data" same.json
    "$akin" train $data --out "same-$data" --config same.json --quiet || fail "$data: the options of the run"
    [ "$(sum "of-$data")" = "$(sum "same-$data")" ] || fail "$data: other bits without the budget"
done
[ $failures = 0 ] && echo ok
exit $failures
