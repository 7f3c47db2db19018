# SPDX-License-Identifier: Apache-2.0
# Difficult pairs, the balanced loss along a schedule, and the corrected losses from the command line: what they record, what
# they refuse, and that an interrupted run ends, after --resume, with the same bits.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
same="--batch-size 32 --encoder resnet-s --width 16 --head-hidden 32 --head-out 16 --threads 2 --quiet --log-every 4"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
best() { sed 's/.*best_step": \([0-9]*\).*/\1/' "$1/DONE"; }
"$helpers/make_data" "$dir/data" 320 80 16 || fail "no data"

# two epochs of ten steps, cut back to the middle of the second and resumed: weights, metrics, best checkpoint
try() {
    rm -rf "$dir/a" "$dir/b"
    "$akin" train --recipe none "$dir/data" --out "$dir/a" --epochs 2 $same "$@" --checkpoint-every 14 || fail "$* exits $?"
    cp -r "$dir/a" "$dir/b"
    rm "$dir/b/DONE" "$dir/b/checkpoints/step-0000000020.safetensors"
    "$akin" train --resume "$dir/b" --threads 2 --quiet || fail "resume of $* exits $?"
    [ "$(sum "$dir/a")" = "$(sum "$dir/b")" ] || fail "$*: other weights after a resume"
    [ "$(best "$dir/a")" = "$(best "$dir/b")" ] || fail "$*: another best checkpoint"
    python3 - "$dir/a/metrics.jsonl" "$dir/b/metrics.jsonl" <<'PY' || fail "$*: other metrics"
import json, sys
timed = {"samples_per_s", "data_wait_frac", "elapsed_s", "time_left_s"}
a, b = ([{k: v for k, v in json.loads(l).items() if k not in timed} for l in open(p)] for p in sys.argv[1:])
assert a == b and len(a) == 5, (a, b)
PY
}
for mode in remove margin temperature combined; do
    try --difficult $mode --sigma 0.1 --rho 0.7 --pos-high 0.25 --pos-low 0.5 $([ $mode = remove ] && echo --loss infonce)
    python3 - "$dir/a" $mode <<'PY' || fail "--difficult $mode: the record is not as documented"
import json, sys
run = json.load(open(sys.argv[1] + "/run.json"))
config, mode = run["config"], sys.argv[2]
q = 32 if mode == "remove" else 63 # pairs of an anchor
want = {"difficult": mode, "sigma": 0.1, "rho": 0.7, "pos-high": 0.25, "pos-low": 0.5, "temperature": 0.5}
assert {k: config[k] for k in want} == want and "mode" not in config and run["loss"]["name"] == "difficult", config
for l in map(json.loads, open(sys.argv[1] + "/metrics.jsonl")):
    assert l["floor"] is None and "alpha" not in l, l
    assert abs(l["window_share"] - (q // 2 - q // 4) / q) < 0.02, l # but for ties
    assert 0 <= l["window_other_class"] <= 1, l
    assert 0.6 < l["window_other_class_chance"] < 0.85, l # four classes: 0.75, but for the positives
PY
done

# infonce and ntxent are other losses; the loss named difficult is the second of them
weights() { # options
    rm -rf "$dir/w"
    "$akin" train --recipe none "$dir/data" --out "$dir/w" --epochs 1 $same "$@" || fail "$* exits $?"
    sum "$dir/w"
}
named=$(weights --loss difficult --mode margin)
[ "$(weights --difficult margin)" = "$named" ] || fail "--loss difficult --mode margin is not --difficult margin"
[ "$(weights --loss infonce --difficult margin)" != "$named" ] || fail "infonce has no window of its own"
[ "$(weights --difficult combined --sigma 0 --rho 1)" != "$named" ] || fail "margin does nothing"
"$akin" train "$dir/data" --out "$dir/c" --config "$dir/w/run.json" --quiet || fail "run.json as --config exits $?"
[ "$(sum "$dir/c")" = "$(sum "$dir/w")" ] || fail "the run's own run.json gives another run"

# in chunks, and with keys of averaged weights, the features of the whole batch are there too
try --difficult combined --micro-batch 16
try --loss infonce --difficult margin --momentum-encoder 0.9
grep -q '"window_share":0.0' "$dir/a/metrics.jsonl" || fail "no window beside a momentum encoder"

# without classes two of the three numbers are absent, and the weights are the same: classes enter no step
mkdir "$dir/plain" && cp "$dir/data/train-images-idx3-ubyte" "$dir/plain/" || fail "no copy"
[ "$(weights --difficult margin)" = "$named" ] || fail "not repeatable"
rm -rf "$dir/u"
"$akin" train --recipe none "$dir/plain" --out "$dir/u" --epochs 1 $same --difficult margin || fail "without labels exits $?"
[ "$(sum "$dir/u")" = "$named" ] || fail "labels change the weights"
grep -q window_share "$dir/u/metrics.jsonl" || fail "no window_share without labels"
grep -q window_other "$dir/u/metrics.jsonl" && fail "classes counted without labels"

# balanced: alpha and lambda from first to last step
try --loss balanced --alpha 2 --alpha-end 10 --lambda 1 --lambda-end 0.5 --anneal cosine
python3 - "$dir/a" <<'PY' || fail "the schedules are not as documented"
import json, math, sys
config = json.load(open(sys.argv[1] + "/run.json"))["config"]
assert (config["alpha-end"], config["lambda-end"], config["anneal"]) == (10, 0.5, "cosine"), config
def chance(s):
    w = (1 - math.cos(math.pi * s / 19)) / 2
    alpha, lam = 2 + 8 * w, 1 - 0.5 * w
    return alpha, lam, lam - 1 + lam / alpha * math.log(62)
lines = [json.loads(l) for l in open(sys.argv[1] + "/metrics.jsonl")]
for l in lines:
    steps = [chance(s) for s in range(l["step"] - 4, l["step"])]
    assert abs(l["alpha"] - steps[-1][0]) < 1e-6 and abs(l["lambda"] - steps[-1][1]) < 1e-6, l
    assert abs(l["chance"] - sum(s[2] for s in steps) / 4) < 1e-6 and l["floor"] < l["chance"], l
assert lines[-1]["alpha"] == 10 and lines[-1]["lambda"] == 0.5
PY
try --loss balanced --alpha-end 10
python3 - "$dir/a/metrics.jsonl" <<'PY' || fail "linear is not linear"
import json, sys
for l in map(json.loads, open(sys.argv[1])):
    assert abs(l["alpha"] - (2 + 8 * (l["step"] - 1) / 19)) < 1e-6 and l["lambda"] == 1, l
PY
try --temperature 0.5 --temperature-end 0.1 --anneal wave --anneal-period 0.5
grep -q '"temperature":0.[1-4]' "$dir/a/metrics.jsonl" || fail "the temperature does not follow the wave"
fixed=$(weights --loss balanced)
[ "$(weights --loss balanced --alpha-end 2 --lambda-end 1)" = "$fixed" ] || fail "a schedule that stays is not the constant"
grep -q '"anneal"' "$dir/w/run.json" || fail "anneal is not recorded"

# corrected losses: their parameters are options, no floor is known, no label is needed
for loss in debiased "hard-negative --beta 0.5"; do
    rm -rf "$dir/u"
    "$akin" train --recipe none "$dir/plain" --out "$dir/u" --epochs 4 $same --lr 0.01 --loss $loss --tau-plus 0.05 || fail "$loss exits $?"
    python3 - "$dir/u" <<'PY' || fail "$loss: the record is not as documented, or nothing is learned"
import json, sys
run = json.load(open(sys.argv[1] + "/run.json"))
lines = [json.loads(l) for l in open(sys.argv[1] + "/metrics.jsonl")]
assert run["config"]["tau-plus"] == 0.05 and run["loss"]["floor"] is None, run
assert all(l["floor"] is None and l["learned"] is None for l in lines)
assert lines[-1]["loss"] < lines[0]["loss"] and lines[-1]["loss"] < 0.98 * lines[-1]["chance"], lines[-1]
PY
done

# what is refused, and why
err="train --recipe none $dir/data --out $dir/no --epochs 1 $same"
expect 2 "--difficult is an option of --loss ntxent and infonce; --loss is dcl" $err --loss dcl --difficult remove
expect 2 "--symmetric is no parameter of the loss 'infonce' with --difficult" $err --loss infonce --difficult remove --symmetric
expect 2 "--mode is no parameter of the loss 'ntxent' with --difficult" $err --difficult remove --mode margin
expect 2 "--sigma is no parameter of the loss 'ntxent'" $err --sigma 0.1
expect 2 "--pos-high is 0.5 and --pos-low 0.22; the window lies between" $err --difficult remove --pos-high 0.5
expect 2 "it must be one of none|remove" $err --difficult removes
expect 2 "--head-out must be at least 1" $err --difficult remove --head-out 0
expect 2 "--queue keeps no features" $err --loss infonce --momentum-encoder 0.9 --queue 64 --difficult remove
expect 2 "--alpha-end is an option of --loss balanced; --loss is ntxent" $err --alpha-end 5
expect 2 "--anneal is the way to --alpha-end or --lambda-end, or to --temperature-end" $err --loss balanced --anneal cosine
expect 2 "--temperature-end is of losses with a temperature, and balanced has none" $err --loss balanced --temperature-end 0.1
expect 2 "--temperature-end does not go with --learn-temperature" $err --temperature-end 0.1 --learn-temperature
expect 2 "--anneal-period is of --anneal wave" $err --temperature-end 0.1 --anneal-period 2
[ $failures = 0 ] || exit 1
echo ok
