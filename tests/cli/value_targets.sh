# SPDX-License-Identifier: Apache-2.0
# y-aware and rank-n-contrast learn from the numbers of --value-column; without them from classes; from nothing else.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1

# Six columns bend with the age; three larger ones are noise. No labels.
table() {
    awk -v age="$1" 'BEGIN { srand(11); print "a,b,c,d,e,f,x,y,z,age"
        for (i = 0; i < 240; i++) { p = rand()
            for (k = 1; k <= 6; k++) printf "%.4f,", sin(2 * p + k) + 0.3 * (rand() - 0.5)
            for (k = 0; k < 3; k++) printf "%.4f,", 4 * rand()
            printf "%.17g\n", age == "other" ? rand() : age * int(64 * p) } }'
}
table 1 >t.csv && table 2 >twice.csv && table other >other.csv
common="--value-column age --holdout 0.25 --vector-views noise --batch-size 32 --width 16 --head-hidden 16 --head-out 8 --epochs 6"
run() {
    # shellcheck disable=SC2086
    "$akin" train --recipe none "$@" $common >out 2>err || fail "train $*: $(cat err)"
}
sum() { sed 's/.*weights_xxh64": "//; s/".*//' "$1/DONE"; }

for loss in y-aware rank-n-contrast; do
    run t.csv --out "$loss" --loss "$loss"
    grep -q -- "--loss $loss learns from the 1 value of each item, in deviations" err || fail "$loss: what is learned from is not told: $(cat err)"
    run twice.csv --out "$loss-twice" --loss "$loss" --quiet
    run other.csv --out "$loss-other" --loss "$loss" --quiet
    [ "$(sum "$loss")" = "$(sum "$loss-twice")" ] || fail "$loss: the unit of the values matters"
    [ "$(sum "$loss")" != "$(sum "$loss-other")" ] || fail "$loss: the values do not matter"
done
"$akin" eval y-aware --json --quiet >with 2>err && "$akin" eval y-aware-other --json --quiet >/dev/null 2>>err || fail "eval: $(cat err)"
run t.csv --out plain --loss ntxent --quiet
"$akin" eval plain --json --quiet >without 2>err || fail "eval: $(cat err)"
python3 - <<'P' || fail "the age is not told better by who learned from it"
import json
r2 = [{(r["encoder"], r["layer"], r["protocol"]): r["r2"] for r in json.load(open(f))["values"]} for f in ("with", "without")]
key = "trained", "projector", "knn-regress-v1"
key = key if key in r2[0] else ("trained", "backbone", "knn-regress-v1")
assert r2[0][key] > r2[1][key] + 0.02, (r2[0][key], r2[1][key])
P

"$akin" report y-aware -o page.html --quiet 2>err || fail "report: $(cat err)"
grep -q "Values told from features" page.html && grep -q "knn-regress-v1" page.html || fail "the page has no values"
grep -q "has not been evaluated" page.html && fail "the page says that nobody evaluated"

# Resumed to the same bits.
# shellcheck disable=SC2086
"$akin" train --recipe none t.csv --out part --loss y-aware $common --quiet --checkpoint-every 3 >/dev/null 2>&1 &
pid=$!
while [ ! -e part/checkpoints ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
"$akin" train --resume --out part --quiet 2>err || fail "resume: $(cat err)"
[ "$(sum y-aware)" = "$(sum part)" ] || fail "resumed, the weights differ"

cut -d, -f1-9 t.csv >none.csv
expect 3 "needs numbers, which --value-column names, or a class for every item" train none.csv --out no --loss y-aware --quiet
[ $failures = 0 ] && echo ok
exit $failures
