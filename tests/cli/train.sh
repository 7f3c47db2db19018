# SPDX-License-Identifier: Apache-2.0
# akin train, from the first step to DONE: what the run folder holds, that a seed gives one result, and that a run
# stopped by a signal, or killed outright, ends after --resume with the weights of the uninterrupted one.
akin=$1 helpers=$2
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
same="--batch-size 32 --encoder resnet-s --width 16 --head-hidden 32 --head-out 16 --lr 0.01 --threads 2 --quiet"
small="--epochs 3 $same"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }

"$helpers/make_data" "$dir/data" 320 80 16 || fail "no data"

# one uninterrupted run
"$akin" train --recipe none "$dir/data" --out "$dir/a" $small --checkpoint-every 7 || fail "train exits $?"
for f in run.json metrics.jsonl log.txt DONE gallery/views.npy; do [ -s "$dir/a/$f" ] || fail "no $f"; done
ls "$dir"/a/events.out.tfevents.* >/dev/null || fail "no events"
[ "$(ls "$dir/a/checkpoints" | wc -l)" = 3 ] || fail "not two checkpoints and the best: $(ls "$dir/a/checkpoints")"
python3 - "$dir/a" <<'PY' || fail "the record is not as documented"
import json, sys
run = json.load(open(sys.argv[1] + "/run.json"))
assert run["data"]["train"] == 320 and run["data"]["test"] == 80 and run["data"]["labels"] is True
assert run["config"]["batch-size"] == 32 and run["config"]["loss"] == "ntxent" and run["loss"]["chance"] > 4.1
lines = [json.loads(l) for l in open(sys.argv[1] + "/metrics.jsonl")]
assert lines[-1]["step"] == lines[-1]["steps"] == 30 and len(lines) == 3
for l in lines:
    assert l["floor"] < l["loss"] and 0 <= l["learned"] <= 1 and l["verdict"] and l["samples_per_s"] > 0
    assert l["permuted"] > max(l["floor"], l["loss"] - 0.1)  # any other partner is no nearer than the own one
assert lines[-1]["loss"] < lines[-1]["chance"]
import glob, struct
def fields(b):  # of a message of protobuf: number, value
    def varint(at):
        v = shift = 0
        while True:
            v, shift, at = v | (b[at] & 127) << shift, shift + 7, at + 1
            if b[at - 1] < 128: return v, at
    at = 0
    while at < len(b):
        key, at = varint(at)
        n = {1: 8, 5: 4}.get(key & 7)
        if key & 7 == 0: value, at = varint(at)
        else:
            if n is None: n, at = varint(at)
            value, at = b[at:at + n], at + n
        yield key >> 3, value
data, events = open(glob.glob(sys.argv[1] + "/events.out.tfevents.*")[0], "rb").read(), {}
while data:
    n = struct.unpack("<Q", data[:8])[0]
    event, data = dict(fields(data[12:12 + n])), data[16 + n:]
    if 5 in event:
        values = [dict(fields(v)) for _, v in fields(event[5])]
        events[event[2]] = {v[1].decode(): struct.unpack("<f", v[2])[0] for v in values}
assert sorted(events) == [l["step"] for l in lines]
for l in lines:
    for tag, key in [("loss", "loss"), ("loss/chance", "chance"), ("loss/permuted", "permuted"), ("loss/learned", "learned"),
                     ("lr", "lr"), ("grad_norm", "grad_norm"), ("collapse/embedding_std", "embedding_std")]:
        assert abs(events[l["step"]][tag] - l[key]) <= 1e-6 * abs(l[key]), (tag, events[l["step"]], l)
PY
want=$(sum "$dir/a")
[ ${#want} = 16 ] || fail "no sum of the weights in DONE"

# the same seed gives the same weights, another seed others
"$akin" train --recipe none "$dir/data" --out "$dir/b" $small --workers 3 || fail "second run exits $?"
[ "$(sum "$dir/b")" = "$want" ] || fail "two runs of one seed differ"
"$akin" train --recipe none "$dir/data" --out "$dir/c" $small --seed 5 || fail "third run exits $?"
[ "$(sum "$dir/c")" != "$want" ] || fail "another seed gives the same weights"

# a run is not overwritten; one that is DONE has nothing to resume
"$akin" train --recipe none "$dir/data" --out "$dir/a" $small 2>"$dir/err"
[ $? = 2 ] || fail "an existing run must be refused"
grep -q -- "--resume goes on with it, --force replaces it" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" train --resume "$dir/a" --quiet || fail "resume of a complete run exits $?"
for f in eval.json bounds.jsonl diagnose.json; do echo '{}' >"$dir/c/$f"; done
"$akin" train --recipe none "$dir/data" --out "$dir/c" $small --force || fail "--force exits $?"
for f in eval.json bounds.jsonl diagnose.json; do [ ! -e "$dir/c/$f" ] || fail "--force left the old run's $f"; done
[ "$(sum "$dir/c")" = "$want" ] || fail "--force did not begin anew"
"$akin" train --recipe none "$dir/data" --out "$dir/s" $same --set epochs=1 --set temperature=0.25 || fail "--set exits $?"
python3 - "$dir/s/run.json" <<'PY' || fail "--set twice is not in run.json"
import json, sys
config = json.load(open(sys.argv[1]))["config"]
assert config["epochs"] == 1 and config["temperature"] == 0.25 and config["lr"] == 0.01, config
PY
"$akin" train --recipe none "$dir/data" --out "$dir/s" $same --epochs 1 --force --loss difficult --mode remove || fail "difficult exits $?"
"$akin" train "$dir/data" --out "$dir/c" --resume --lr 0.5 2>"$dir/err"
[ $? = 2 ] || fail "resuming with another option must be refused"
grep -q "the run was begun with 0.01" "$dir/err" || fail "$(cat "$dir/err")"

# stopped by a signal at whatever step it finds: a checkpoint, 128 + n, and the same bits after --resume
longer="--epochs 24 $same"
"$akin" train --recipe none "$dir/data" --out "$dir/d" $longer || fail "long run exits $?"
long=$(sum "$dir/d")
for signal in INT TERM HUP; do
    "$akin" train --recipe none "$dir/data" --out "$dir/$signal" $longer 2>"$dir/err" &
    pid=$!
    while [ ! -s "$dir/$signal/metrics.jsonl" ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
    kill -$signal $pid
    wait $pid
    code=$?
    case $signal in INT) expect=130 ;; TERM) expect=143 ;; HUP) expect=129 ;; esac
    [ $code = $expect ] || fail "SIG$signal exits $code: $(cat "$dir/err")"
    [ ! -e "$dir/$signal/DONE" ] || fail "stopped, but DONE is there"
    ls "$dir/$signal/checkpoints/" | grep -q safetensors || fail "no checkpoint after SIG$signal"
    "$akin" train --resume "$dir/$signal" --quiet || fail "resume after SIG$signal exits $?"
    [ "$(sum "$dir/$signal")" = "$long" ] || fail "SIG$signal and resume: other weights"
done
(trap '' HUP && exec "$akin" train --recipe none "$dir/data" --out "$dir/nohup" $longer 2>"$dir/err") &
pid=$!
while [ ! -s "$dir/nohup/metrics.jsonl" ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -HUP $pid
wait $pid || fail "a run under nohup ends at a hang-up: exit $?: $(cat "$dir/err")"
[ "$(sum "$dir/nohup")" = "$long" ] || fail "a run under nohup: other weights"

# two processes never write one run
"$akin" train --recipe none "$dir/data" --out "$dir/two" --epochs 100000 $same 2>/dev/null &
pid=$!
while [ ! -s "$dir/two/metrics.jsonl" ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
"$akin" train --resume "$dir/two" --quiet --threads 2 2>"$dir/err"
code=$?
kill -9 $pid
wait $pid 2>/dev/null
[ $code = 2 ] && grep -q "another process is training into" "$dir/err" || fail "a second process: exit $code, $(cat "$dir/err")"

# killed at six instants, resumed each time, until it is done; what a kill within a save leaves is swept away
mkdir -p "$dir/k/checkpoints" && : >"$dir/k/checkpoints/step-0000000001.safetensors.tmp-1"
tries=0
while [ ! -e "$dir/k/DONE" ]; do
    tries=$((tries + 1))
    [ $tries -le 60 ] || fail "never done"
    "$akin" train --recipe none "$dir/data" --out "$dir/k" $longer --checkpoint-every 9 --resume 2>"$dir/err" &
    pid=$!
    if [ $tries -le 6 ]; then
        sleep "0.$(((tries * 37 + 11) % 60 + 25))"
        kill -9 $pid 2>/dev/null
    fi
    wait $pid 2>/dev/null
done
[ "$(sum "$dir/k")" = "$long" ] || fail "killed and resumed: other weights"
[ "$(ls "$dir/k/checkpoints" | wc -l)" = 3 ] || fail "left behind: $(ls "$dir/k/checkpoints")"
python3 - "$dir/d/metrics.jsonl" "$dir/k/metrics.jsonl" <<'PY' || fail "killed and resumed: other metrics"
import json, sys
a, b = ([(l["step"], l["loss"], l["lr"]) for l in map(json.loads, open(p))] for p in sys.argv[1:])
assert a == b, (a[:3], b[:3])
PY

# a damaged newest checkpoint: the one before is taken, and told
rm -f "$dir/a/DONE"
newest=$(ls "$dir/a/checkpoints" | tail -n 1)
printf 'x' | dd of="$dir/a/checkpoints/$newest" bs=1 seek=20000 conv=notrunc 2>/dev/null
"$akin" train --resume "$dir/a" --threads 2 2>"$dir/err" || fail "resume past a damaged checkpoint: $(cat "$dir/err")"
grep -q "damaged.*is taken in place of step" "$dir/err" || fail "nothing said of the damage: $(cat "$dir/err")"
[ "$(sum "$dir/a")" = "$want" ] || fail "other weights after passing over"

# the best checkpoint: of a run whose loss ends above where it was, an older one than the two newest, and it stays. MoCo's
# loss begins low, with random keys in the queue, and rises while they are replaced; with next to no rate it stays there
"$akin" train --recipe none "$dir/data" --out "$dir/up" $same --epochs 6 --loss infonce --momentum-encoder 0.99 --queue 320 \
    --optimizer sgd --lr 1e-6 2>"$dir/err" || fail "a rising loss: exit $?: $(cat "$dir/err")"
python3 - "$dir/up" <<'PY' || fail "the best checkpoint is not as documented"
import json, os, struct, sys
def meta(name):
    with open(f"{sys.argv[1]}/checkpoints/{name}", "rb") as f:
        return json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))["__metadata__"]
names = sorted(os.listdir(sys.argv[1] + "/checkpoints"))
assert names[0] == "best.safetensors" and len(names) == 3, names
best, last = meta(names[0]), meta(names[-1])
assert last["step"] == "60" and best["step"] == "10" and best["step"] == last["best_step"] == best["best_step"], (best, last)
assert json.load(open(sys.argv[1] + "/DONE"))["best_step"] == int(best["step"])
assert float.fromhex(best["smoothed_loss"]) == float.fromhex(best["best_loss"]) <= float.fromhex(last["smoothed_loss"])
PY
"$akin" embed --form plain "$dir/a" --checkpoint best -o "$dir/best.npy" --quiet || fail "embed --checkpoint best exits $?"
"$akin" embed --form plain "$dir/a" --checkpoint 30 -o "$dir/30.npy" --quiet || fail "embed --checkpoint 30 exits $?"
"$akin" embed --form plain "$dir/a" -o "$dir/newest.npy" --quiet || fail "embed exits $?"
cmp -s "$dir/30.npy" "$dir/newest.npy" || fail "step 30 is the newest, and embeds otherwise"
"$akin" embed --form plain "$dir/a" --checkpoint 7 -o "$dir/7.npy" 2>"$dir/err"
[ $? = 3 ] && grep -q "has no checkpoint of step 7; there are the steps: 28, 30" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" embed --form plain "$dir/a" --checkpoint bset -o "$dir/7.npy" 2>"$dir/err"
[ $? = 2 ] && grep -q "it must be newest, best or the number of a step" "$dir/err" || fail "$(cat "$dir/err")"

# embeddings and evaluation
"$akin" embed --form plain "$dir/a" -o "$dir/e.npy" --split test --quiet || fail "embed exits $?"
[ "$(wc -l <"$dir/e.names.txt")" = 80 ] || fail "80 names expected"
"$akin" embed "$dir/a" -o "$dir/w.npy" --split test --whiten --quiet || fail "embed --whiten exits $?"
cmp -s "$dir/e.npy" "$dir/w.npy" && fail "--whiten changes nothing"
[ "$(wc -c <"$dir/w.npy")" = "$(wc -c <"$dir/e.npy")" ] || fail "whitened embeddings have another size"
"$akin" eval "$dir/a" --json --quiet --whiten off --protocol knn --baselines none >"$dir/eval.json" || fail "eval exits $?"
grep -q -- -white "$dir/eval.json" && fail "--whiten off, and whitened rows"
"$akin" eval "$dir/a" --json --quiet >"$dir/eval.json" || fail "eval exits $?"
python3 - "$dir/eval.json" "$dir/a/eval.json" <<'PY' || fail "eval.json is not as documented"
import json, sys
for p in sys.argv[1:]:
    rows = json.load(open(p))["results"]
    assert {r["encoder"] for r in rows} == {"none", "random", "trained"}
    assert {r["layer"] for r in rows} == {"pixels", "backbone", "projector", "pixels-white", "backbone-white"}
    assert {(r["encoder"], r["protocol"]) for r in rows if r["layer"].endswith("-white")} == {
        (e, p) for e in ("none", "random", "trained") for p in ("knn-v1", "mean-v1", "centroid-v1")}
    assert {r["protocol"] for r in rows} == {"knn-v1", "linear-v2", "mean-v1", "centroid-v1"}
    for r in rows:
        assert 0 <= r["ci95"][0] <= r["top1"] <= r["ci95"][1] <= 1 and r["n"] == 80
        assert r.get("shrinkage") == (0.01 if r["layer"].endswith("-white") else None)
    best = max(r["top1"] for r in rows if r["encoder"] == "trained" and r["layer"] == "backbone")
    assert best > 0.9, best
PY
# beside the baselines, item by item: what eval.json tells is what eval-items.npy counts
python3 - "$dir/a" <<'PY' || fail "the comparison on the same items is not as documented"
import ast, json, sys
e = json.load(open(sys.argv[1] + "/eval.json"))
b = open(f"{sys.argv[1]}/{e['items']}", "rb").read()
at = 10 + int.from_bytes(b[8:10], "little")
n = ast.literal_eval(b[10:at].decode())["shape"][1]
items = lambda r: b[at + r["items_row"] * n:][:n]
kept = [r for r in e["results"] if "items_row" in r]
assert len(kept) == sum(not r.get("labels_per_class") for r in e["results"]) > 10
for r in kept:
    assert sum(items(r)) == round(r["top1"] * n)
    against = r.get("against", [])
    assert [a["encoder"] for a in against] == {"none": [], "random": ["none"], "trained": ["none", "random"]}[r["encoder"]]
    for a in against:
        white = r["layer"].endswith("-white")
        other = [o for o in kept if o["protocol"] == r["protocol"] and o["encoder"] == a["encoder"] and (
            o["layer"].endswith("-white") == white if a["encoder"] == "none" else o["layer"] == r["layer"])]
        x, y = items(r), items(other[0])
        assert a["won"] == sum(p > q for p, q in zip(x, y)) and a["lost"] == sum(p < q for p, q in zip(x, y))
        assert abs(a["difference"] - (a["won"] - a["lost"]) / n) < 1e-9 and a["top1"] == other[0]["top1"]
        assert a["ci95"][0] <= a["difference"] <= a["ci95"][1] and 0 <= a["p"] <= 1
        assert a["verdict"] in ("above", "level", "below")
PY
"$akin" eval "$dir/a" --protocol knn --whiten off >"$dir/out" || fail "eval exits $?"
tail -2 "$dir/out" | head -1 | grep -Eq '^knn-v1, backbone: (no )?better than pixels ' ||
    fail "the last lines are '$(tail -2 "$dir/out")'"
tail -1 "$dir/out" | grep -Eq '^  (no )?better than a random encoder ' || fail "the last line is '$(tail -1 "$dir/out")'"
[ -z "$(awk 'length > 80' "$dir/out")" ] || fail "eval prints more than 80 columns: $(awk 'length > 80' "$dir/out" | head -1)"
grep -Eq '^  against pixels +[+-]' "$dir/out" || fail "no difference below a trained row"
"$akin" eval "$dir/b" --protocol knn --whiten off --quiet && "$akin" report "$dir/a" "$dir/b" -o "$dir/two.html" || fail "no report of two"
grep -q "on the same test items: 95 % interval" "$dir/two.html" || fail "two runs are not compared item by item"
grep -q ' in each of 2 runs\.' "$dir/two.html" || fail "the headline of two runs of one seed does not say that they are alike"
"$akin" eval "$dir/b" --protocol knn --whiten off --split test --labels 0.5 --quiet || fail "eval exits $?"
printf x | dd of="$dir/b/eval-items.npy" bs=1 seek=8 conv=notrunc 2>/dev/null # damaged: told, and not compared
"$akin" report "$dir/a" "$dir/b" -o "$dir/two.html" --force || fail "a damaged eval-items.npy breaks the report"
grep -q "cannot be compared item by item" "$dir/two.html" || fail "damaged items are compared"

# without labels: no accuracy, but neighbours for the report, none of which is the item itself
mkdir "$dir/unlabelled" && cp "$dir/data/train-images-idx3-ubyte" "$dir/unlabelled/"
"$akin" train --recipe none "$dir/unlabelled" --out "$dir/u" $small --epochs 1 || fail "train without labels exits $?"
"$akin" eval "$dir/u" >"$dir/out" 2>"$dir/err" || fail "eval without labels exits $?: $(cat "$dir/err")"
grep -q "has no labels, so there is no accuracy" "$dir/err" || fail "$(cat "$dir/err")"
python3 - "$dir/u/gallery/neighbours.json" <<'PY' || fail "neighbours without labels"
import json, sys
rows = json.load(open(sys.argv[1]))["rows"]
assert len(rows) == 8
for r in rows:
    names = [n["item"] for n in r["neighbours"]]
    assert len(names) == 8 and r["query"]["item"] not in names and r["query"]["label"] is None, r
PY
"$akin" report "$dir/u" --quiet >/dev/null || fail "report without labels exits $?"
echo ok
