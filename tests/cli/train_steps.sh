# SPDX-License-Identifier: Apache-2.0
# Optimisers, schedules, clipping and the average of the weights from the command line: what they record, and that a
# run which was interrupted ends, after --resume, with the same bits in every array of its checkpoint.
akin=$1 helpers=$2
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
same="--batch-size 32 --encoder resnet-s --width 8 --head-hidden 32 --head-out 16 --threads 2 --quiet"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
last() { ls "$1"/checkpoints/*.safetensors | tail -n 1; }

cat >"$dir/arrays.py" <<'PY'
import json, struct, sys
def load(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + n])
    head.pop("__metadata__")
    return {k: data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]] for k, v in head.items()}
a, b = load(sys.argv[1]), load(sys.argv[2])
assert a.keys() == b.keys(), a.keys() ^ b.keys()
different = [k for k in a if a[k] != b[k]]
assert not different, different
prefixes = {k.split(".")[0] for k in a if k.startswith(("optimizer", "ema"))}
assert prefixes == set(sys.argv[3].split()), prefixes
for k in a: # every tensor has its average, of running averages too
    assert "ema" not in prefixes or k.startswith(("optimizer", "ema.", "data.")) or "ema." + k in a, k
PY

"$helpers/make_data" "$dir/data" 320 80 16 || fail "no data"
all="--optimizer lars --nesterov --trust 0.02 --lr 0.5 --clip-norm 0.5 --ema 0.9 --schedule step --milestones 1,2"

# every combination: cut back to the checkpoint in the middle, resumed, the same bits everywhere
try() { # arrays beside the tensors, options
    arrays=$1
    shift
    rm -rf "$dir/a" "$dir/b"
    "$akin" train --recipe none "$dir/data" --out "$dir/a" --epochs 3 $same "$@" --checkpoint-every 15 || fail "$* exits $?"
    cp -r "$dir/a" "$dir/b"
    rm "$dir/b/DONE" "$dir/b/checkpoints/step-0000000030.safetensors"
    "$akin" train --resume "$dir/b" --threads 2 --quiet "$@" || fail "resume of $* exits $?"
    [ "$(sum "$dir/a")" = "$(sum "$dir/b")" ] || fail "$*: other weights after a resume"
    python3 "$dir/arrays.py" "$(last "$dir/a")" "$(last "$dir/b")" "$arrays" || fail "$*: other arrays"
    python3 - "$dir/a/metrics.jsonl" "$dir/b/metrics.jsonl" <<'PY' || fail "$*: other metrics"
import json, sys
a, b = ([(l["step"], l["loss"], l["lr"], l["grad_norm"]) for l in map(json.loads, open(p))] for p in sys.argv[1:])
assert a == b and all(l[3] > 0 for l in a), (a, b)
PY
}
try "optimizer0 ema" $all
try "optimizer0" --optimizer sgd --nesterov --lr 0.1 --schedule constant
try "optimizer0 optimizer1 ema" --optimizer adamw --lr 0.01 --lr-min 0.005 --ema 0.99 --clip-norm 1
python3 - "$dir/a/metrics.jsonl" <<'PY' || fail "the cosine does not end near --lr-min"
import json, sys
lr = [json.loads(l)["lr"] for l in open(sys.argv[1])][-1]
assert 0.005 < lr < 0.0051, lr
PY

# killed outright at instants that fall where they may; the record says what was in force
"$akin" train --recipe none "$dir/data" --out "$dir/whole" --epochs 20 $same $all --log-every 1 || fail "long run exits $?"
tries=0
while [ ! -e "$dir/k/DONE" ]; do
    tries=$((tries + 1))
    [ $tries -le 40 ] || fail "never done"
    "$akin" train --recipe none "$dir/data" --out "$dir/k" --epochs 20 $same $all --checkpoint-every 9 --resume 2>"$dir/err" &
    pid=$!
    if [ $tries -le 4 ]; then
        sleep "0.$(((tries * 37 + 11) % 60 + 15))"
        kill -9 $pid 2>/dev/null
    fi
    wait $pid 2>/dev/null
done
[ "$(sum "$dir/k")" = "$(sum "$dir/whole")" ] || fail "killed and resumed: other weights"
python3 "$dir/arrays.py" "$(last "$dir/k")" "$(last "$dir/whole")" "optimizer0 ema" || fail "killed and resumed: other arrays"
python3 - "$dir/whole" <<'PY' || fail "the record is not as documented"
import json, sys
config = json.load(open(sys.argv[1] + "/run.json"))["config"]
want = {"optimizer": "lars", "nesterov": True, "trust": 0.02, "clip-norm": 0.5, "ema": 0.9, "schedule": "step",
        "milestones": "1,2", "lr-factor": 0.1}
assert {k: config[k] for k in want} == want, config
lr = {l["step"]: l["lr"] for l in map(json.loads, open(sys.argv[1] + "/metrics.jsonl"))}
for step, rate in {1: 0.1, 5: 0.5, 10: 0.5, 11: 0.05, 20: 0.05, 21: 0.005, 200: 0.005}.items(): # 10 steps an epoch
    assert abs(lr[step] - rate) < 1e-9, (step, lr[step])
PY
"$akin" train --resume "$dir/whole" --ema 0.5 --quiet 2>"$dir/err"
[ $? = 2 ] && grep -q -- "--ema is 0.5, but the run was begun with 0.9" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" train "$dir/data" --out "$dir/c" $same --config "$dir/whole/run.json" --epochs 20 || fail "--config run.json exits $?"
[ "$(sum "$dir/c")" = "$(sum "$dir/whole")" ] || fail "the run's own run.json gives another run"

# the rate that LARS has by itself is one at which it learns
rm -rf "$dir/a"
"$akin" train --recipe none "$dir/data" --out "$dir/a" --epochs 8 $same --optimizer lars || fail "lars by default exits $?"
python3 - "$dir/a" <<'PY' || fail "lars does not learn by default"
import json, sys
assert json.load(open(sys.argv[1] + "/run.json"))["config"]["lr"] == 1
last = [json.loads(l) for l in open(sys.argv[1] + "/metrics.jsonl")][-1]
assert last["loss"] < 0.95 * last["chance"], last
PY

# the average is what is used unless told otherwise
for w in auto ema raw; do
    "$akin" embed --form plain "$dir/whole" -o "$dir/$w.npy" --weights $w --quiet || fail "embed --weights $w exits $?"
done
cmp -s "$dir/auto.npy" "$dir/ema.npy" || fail "auto is not the average"
cmp -s "$dir/auto.npy" "$dir/raw.npy" && fail "raw and averaged weights embed the same"
"$akin" eval "$dir/whole" --protocol knn --baselines none --quiet >/dev/null || fail "eval exits $?"
grep -q '"weights": "ema"' "$dir/whole/eval.json" || fail "eval.json does not name the weights"
"$akin" embed --form plain "$dir/whole" -o "$dir/j.npy" --weights raw --json --quiet | grep -q '"weights": *"raw"' || fail "embed --json does not name the weights"
rm -rf "$dir/a"
"$akin" train --recipe none "$dir/data" --out "$dir/a" --epochs 1 $same --set nesterov=0 || fail "--set nesterov=0 exits $?"
"$akin" embed --form plain "$dir/a" -o "$dir/x.npy" --weights ema --quiet 2>"$dir/err"
[ $? = 2 ] && grep -q "keeps no average of its weights" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" embed --form plain "$dir/a" -o "$dir/x.npy" --quiet || fail "embed without an average exits $?"
echo ok
