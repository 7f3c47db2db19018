# SPDX-License-Identifier: Apache-2.0
# akin train, embed and eval on feature vectors: tables, groups, views; resumed to the same bits; and what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1

# Three classes in six columns, one of them noise a thousand times as wide as the rest.
awk 'BEGIN { srand(5); print "a,b,c,d,e,wide,who,label"
    for (i = 0; i < 600; i++) { k = i % 3
        for (j = 0; j < 5; j++) printf "%.4f,", (j == k ? 2 : 0) + rand()
        printf "%.1f,u%d,%s\n", 1000 * rand(), i % 40, substr("redblugrn", 3 * k + 1, 3) } }' >t.csv
common="--epochs 3 --batch-size 64 --width 32 --head-hidden 16 --head-out 16 --quiet --holdout 0.25 --ignore-columns who"
run() {
    "$akin" train --recipe none "$@" >out 2>err || fail "train $*: $(cat err)"
}
sum() { sed 's/.*weights_xxh64": "//; s/".*//' "$1/DONE"; }

# shellcheck disable=SC2086
run t.csv --out r $common
grep -q '"encoder": "mlp"' r/run.json || fail "vectors do not take mlp"
"$akin" eval r --protocol knn,mean --json --quiet >eval 2>err || fail "eval: $(cat err)"
python3 - <<'P' || fail "eval says something odd: $(cat eval)"
import json
rows = json.load(open("eval"))["results"]
top = {(r["encoder"], r["layer"]): r["top1"] for r in rows if r["protocol"] == "knn-v1"}
assert top["trained", "backbone"] > 0.6 and ("none", "columns") in top and ("random", "backbone") in top, top
P
"$akin" eval r --protocol knn --layer backbone --json --quiet >eval 2>err && ! grep -q projector eval || fail "--layer backbone: $(cat err)"
"$akin" embed --form plain r t.csv -o all.npy --quiet && [ -e all.labels.npy ] || fail "embed"
"$akin" nn all.npy --query 0 -k 2 >/dev/null || fail "nn"
"$akin" diagnose r --items 60 --json --quiet >out 2>err || fail "diagnose: $(cat err)"
"$akin" report r -o r.html --quiet >/dev/null 2>err || fail "report: $(cat err)"
grep -Eq 'points (over|below) raw columns' r.html && grep -q 'better of raw columns' r.html || fail "the report calls columns otherwise"
grep -q 'pixels' r.html && fail "a report on a table speaks of pixels"
# the columns stand beside the encoder, in each of the layers, so that the gain is over the better of both
grep -o '<td class="v0"><b>' r.html | wc -l >raw && grep -o '<td class="v2"><b>' r.html | wc -l | cmp -s - raw || fail "no raw columns in the table"
for options in "--vector-views mask --pairs views" "--pairs group --target label" "--encoder linear --vector-views mix" \
    "--encoder identity --width 0 --vector-views noise" "--loss curl-logistic --target label --negatives 4"; do
    rm -rf whole part
    # shellcheck disable=SC2086
    run t.csv --out whole $common $options --checkpoint-every 3
    # shellcheck disable=SC2086
    "$akin" train --recipe none t.csv --out part $common $options --checkpoint-every 3 >/dev/null 2>&1 &
    pid=$!
    while [ ! -e part/checkpoints ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    "$akin" train --resume --out part --quiet 2>err || fail "resume of $options: $(cat err)"
    [ "$(sum whole)" = "$(sum part)" ] || fail "$options: resumed, the weights differ"
done
# shellcheck disable=SC2086
run t.csv --out g --epochs 2 --batch-size 64 --quiet --group-column who --pairs group
# Other data are scaled as training scaled.
awk -F, 'NR == 1 || NR < 50' t.csv >few.csv
"$akin" embed --form plain r few.csv -o few.npy --split train --quiet 2>err || fail "embed of other data: $(cat err)"

expect 3 "neither a file nor a folder" train --recipe none /dev/null --out x
awk -F, 'BEGIN { OFS = "," } NR == 7 { $3 = "" } { print }' t.csv >hole.csv
expect 3 "hole.csv" train --recipe none hole.csv --out x --ignore-columns who --batch-size 64
awk -F, 'BEGIN { OFS = "," } NR == 7 { $3 = "" } NR < 20 { print }' t.csv >hole2.csv
expect 3 "the value is missing; fill it in, or take --missing mean or zero" embed --form plain r hole2.csv -o n.npy
"$akin" embed --form plain r hole2.csv -o filled.npy --missing mean --quiet 2>err || fail "embed --missing: $(cat err)"
expect 2 "--text-view is no option for vectors" train --recipe none t.csv --out x --text-view erase
expect 2 "does not read vectors" train --recipe none t.csv --out x --encoder bag
cut -d, -f1-4,7,8 t.csv >narrow.csv
expect 3 "lacks columns 'e', 'wide' of the run" embed --form plain r narrow.csv -o n.npy
mkdir pictures
printf 'P5 2 2 255\n1234' >pictures/a.pgm
expect 3 "the run was trained on vectors, and 'pictures' looks like images" embed --form plain r pictures -o n.npy
expect 3 "cannot open 'nowhere'" embed --form plain r nowhere -o n.npy
[ $failures = 0 ] && echo ok
exit $failures
