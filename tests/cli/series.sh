# SPDX-License-Identifier: Apache-2.0
# akin train --series: windows of a table, positives by time, the encoders of series; resumed to the same bits; and
# what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1

# Two sessions of 200 steps; six columns are waves of one phase, whose half is the label; three are noise.
awk 'BEGIN { srand(7); print "t,who,a,b,c,d,e,f,x,y,z,half"
    for (s = 0; s < 2; s++) for (t = 0; t < 200; t++) { p = 0.21 * t + s; printf "%d,s%d", t, s
        for (k = 0; k < 6; k++) printf ",%.4f", sin(p + k) + rand() - 0.5
        for (k = 0; k < 3; k++) printf ",%.4f", 2 * rand()
        print "," (sin(p) > 0 ? "up" : "down") } }' >s.csv
columns="--time-column t --group-column who --holdout 0.25"
common="$columns --series 8 --epochs 2 --batch-size 32 --width 16 --head-hidden 16 --head-out 8 --quiet"
run() {
    "$akin" train --recipe none "$@" >out 2>err || fail "train $*: $(cat err)"
}
sum() { sed 's/.*weights_xxh64": "//; s/".*//' "$1/DONE"; }

# shellcheck disable=SC2086
run s.csv --out r $common
python3 - <<'P' || fail "run.json says something odd"
import json
c = json.load(open("r/run.json"))["config"]
assert c["encoder"] == "conv1d" and c["pairs"] == "near" and str(c["window"]) == "8" and str(c["series"]) == "8", c
P
"$akin" eval r --protocol knn --json --quiet >eval 2>err || fail "eval: $(cat err)"
python3 - <<'P' || fail "eval says something odd: $(cat eval)"
import json
top = {(r["encoder"], r["layer"]): r["top1"] for r in json.load(open("eval"))["results"]}
assert top["trained", "backbone"] > 0.8, top
P
"$akin" embed --form plain r s.csv -o all.npy --quiet 2>err || fail "embed: $(cat err)"
"$akin" embed --form plain r s.csv -o part.npy --quiet --split test 2>err || fail "embed --split: $(cat err)"
"$akin" diagnose r --items 60 --json --quiet >out 2>err || fail "diagnose: $(cat err)"
"$akin" report r -o r.html --quiet >/dev/null 2>err || fail "report: $(cat err)"
"$akin" export r --format safetensors -o w.safetensors --quiet >out 2>err || fail "export: $(cat err)"
expect 2 "no ONNX graph for windows of a series" export r --format onnx -o w.onnx
for options in "--encoder resnet1d" "--encoder mlp --vector-views noise" "--pairs views --vector-views mask"; do
    rm -rf whole part
    # shellcheck disable=SC2086
    run s.csv --out whole $common $options --checkpoint-every 3
    # shellcheck disable=SC2086
    "$akin" train --recipe none s.csv --out part $common $options --checkpoint-every 3 >/dev/null 2>&1 &
    pid=$!
    while [ ! -e part/checkpoints ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    "$akin" train --resume --out part --quiet 2>err || fail "resume of $options: $(cat err)"
    [ "$(sum whole)" = "$(sum part)" ] || fail "$options: resumed, the weights differ"
done

# A continuous label: positives by it, and told from the embedding.
awk -F, 'BEGIN { OFS = "," } { print $0, NR == 1 ? "wave" : sin(0.21 * $1 + substr($2, 2)) }' s.csv >v.csv
values="--time-column t --group-column who --holdout 0.25 --ignore-columns half --value-column wave --series 8"
small="--epochs 3 --batch-size 32 --width 16 --head-hidden 16 --head-out 8 --quiet"
# shellcheck disable=SC2086
run v.csv --out v $values $small --pairs value --value-noise 0.2
"$akin" eval v --json --quiet >eval 2>err || fail "eval of values: $(cat err)"
python3 - <<'P' || fail "eval of values says something odd: $(cat eval)"
import json
root = json.load(open("eval"))
r2 = {(r["encoder"], r["layer"], r["protocol"]): r["r2"] for r in root["values"]}
assert r2["trained", "backbone", "knn-regress-v1"] > 0.7 and r2["trained", "backbone", "ridge-v1"] > 0.7, r2
assert ("none", "columns", "ridge-v1") in r2 and ("random", "backbone", "ridge-v1") in r2, r2
row = root["values"][0]
assert row["value"] == "wave" and row["n"] == 100 and row["ci95"][0] < row["r2"] < row["ci95"][1], row
assert root["results"] == [] and json.load(open("v/eval.json"))["values"] == root["values"]
P
rm -rf part
# shellcheck disable=SC2086
"$akin" train v.csv --out part $values $small --pairs value --value-noise 0.2 --checkpoint-every 3 >/dev/null 2>&1 &
pid=$!
while [ ! -e part/checkpoints ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
"$akin" train --resume --out part --quiet 2>err || fail "resume by value: $(cat err)"
[ "$(sum v)" = "$(sum part)" ] || fail "by value: resumed, the weights differ"
expect 3 "has no values to take positives from" train s.csv --out x --series 8 --pairs value --time-column t --group-column who --quiet
expect 2 "no such column" train v.csv --out x --value-column wavy

# Several .npy are sessions; so are they without times.
python3 - <<'P' || exit 1
import struct, random
random.seed(3)
for k in range(2):
    x = [[random.random() for _ in range(5)] for _ in range(60)]
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (60, 5), }".ljust(117) + "\n"
    with open(f"day-{k}.npy", "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        f.write(struct.pack("<300f", *[v for r in x for v in r]))
P
"$akin" data inspect 'day-{0..1}.npy' --series 4 >out 2>err || fail "inspect: $(cat err)"
grep -q 'of which train has 2' out err || fail "two files are not two sessions: $(cat out err)"
run 'day-{0..1}.npy' --out n --series 4 --epochs 1 --batch-size 16 --quiet

# A window of one channel is a row of it.
run 'day-{0..1}.npy' --out one --encoder conv1d --vector-views noise --epochs 1 --batch-size 16 --quiet

expect 2 "5000" train s.csv --out x --series 5000
expect 3 "one time" train s.csv --out x --series 8 --time-column t --ignore-columns who
awk -F, 'NR == 1 || NR % 7 < 2' s.csv >few.csv
expect 3 "not evenly spaced" train few.csv --out x --series 8 --time-column t --group-column who
awk -F, 'BEGIN { OFS = "," } NR == 9 { $5 = "" } { print }' s.csv >hole.csv
expect 3 "hole.csv" train hole.csv --out x --series 8 --time-column t --group-column who
printf 'one text\nanother text\n' >t.txt
expect 2 "series" train t.txt --out x --series 8 --format lines
