# SPDX-License-Identifier: Apache-2.0
# Batches in chunks and a momentum encoder with its queue, from the command line: what they record, that a run which was
# interrupted ends, after --resume, with the same bits in every array of its checkpoint, and what is refused.
akin=$1 helpers=$2
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
same="--batch-size 32 --encoder resnet-s --width 16 --head-hidden 32 --head-out 16 --quiet"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }

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
keys = int(sys.argv[3])
assert len(a.get("queue", b"")) == 4 * 16 * keys, len(a.get("queue", b""))
assert any(k.startswith("momentum.") for k in a) == (keys > 0)
for k in a: # every weight has its average, running averages have none
    if keys and k.endswith(".weight") and not k.startswith(("optimizer", "momentum.", "ema.")):
        assert "momentum." + k in a, k
assert not any(k.startswith("momentum.") and "running" in k for k in a)
PY

"$helpers/make_data" "$dir/data" 320 80 16 || fail "no data"
try() { # keys of the queue, options
    keys=$1
    shift
    rm -rf "$dir/a" "$dir/b" "$dir/c"
    "$akin" train --recipe none "$dir/data" --out "$dir/a" --epochs 3 $same --threads 2 "$@" --checkpoint-every 15 || fail "$* exits $?"
    cp -r "$dir/a" "$dir/b"
    rm "$dir/b/DONE" "$dir/b/checkpoints/step-0000000030.safetensors"
    "$akin" train --resume "$dir/b" --threads 2 --quiet "$@" || fail "resume of $* exits $?"
    [ "$(sum "$dir/a")" = "$(sum "$dir/b")" ] || fail "$*: other weights after a resume"
    at=checkpoints/step-0000000030.safetensors
    python3 "$dir/arrays.py" "$dir/a/$at" "$dir/b/$at" "$keys" || fail "$*: other arrays"
    "$akin" train --recipe none "$dir/data" --out "$dir/c" --epochs 3 $same --threads 1 --workers 3 "$@" --checkpoint-every 15 || fail "$* exits $?"
    [ "$(sum "$dir/a")" = "$(sum "$dir/c")" ] || fail "$*: other weights with other threads"
}
try 0 --micro-batch 8
try 0 --loss sogclr --micro-batch 16
python3 - "$dir/a/checkpoints/step-0000000030.safetensors" <<'PY' || fail "the averages of sogclr are not kept"
import json, struct, sys
data = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", data[:8])[0]
at = json.loads(data[8:8 + n])["averages"]["data_offsets"]
values = struct.unpack("<320f", data[8 + n + at[0]:8 + n + at[1]])
assert all(-10 <= v <= 10 for v in values) and len(set(values)) > 300, values # logarithms of means of exp(s/0.1)
PY
try 0 --loss sigmoid --learn-temperature --learn-bias --micro-batch 16 --log-every 1
python3 - "$dir/a/metrics.jsonl" <<'PY' || fail "scale and bias are not learned"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert lines[0]["scale"] != 10 and lines[-1]["scale"] != lines[0]["scale"] and abs(lines[-1]["scale"] / 10 - 1) < 0.2, lines[-1]
assert lines[0]["bias"] != -10 and lines[-1]["bias"] != lines[0]["bias"] and abs(lines[-1]["bias"] + 10) < 0.2, lines[-1]
PY
"$akin" train --recipe none "$dir/data" --out "$dir/u" $same --learn-temperature --temperature 0.005 2>"$dir/err" && fail "0.005 was taken"
grep -q "keeps the temperature within 0.01 and 100; --temperature is 0.005" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" train --recipe none "$dir/data" --out "$dir/u" $same --loss dcl --learn-temperature 2>"$dir/err" && fail "dcl was taken"
grep -q "learn-temperature is an option of --loss ntxent, infonce and sigmoid; --loss is dcl" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" train --recipe none "$dir/data" --out "$dir/u" $same --loss vicreg --learn-temperature 2>"$dir/err" && fail "vicreg was taken"
grep -q "learn-temperature is an option of --loss ntxent, infonce and sigmoid; --loss is vicreg" "$dir/err" || fail "$(cat "$dir/err")"
try 0 --micro-batch 16 --matryoshka 4,8
"$akin" embed --form plain "$dir/a" --layer projector -o "$dir/all.npy" --quiet && "$akin" embed --form plain "$dir/a" --layer projector --width 4 -o "$dir/four.npy" --quiet ||
    fail "embed --width exits $?"
python3 - "$dir/all.npy" "$dir/four.npy" <<'PY' || fail "embed --width is not the first columns"
import struct, sys
def rows(path):
    data = open(path, "rb").read()
    at = 10 + struct.unpack("<H", data[8:10])[0]
    n, d = (int(v) for v in data[:at].split(b"'shape': (")[1].split(b")")[0].split(b","))
    return [data[at + 4 * d * i:at + 4 * d * (i + 1)] for i in range(n)]
a, b = rows(sys.argv[1]), rows(sys.argv[2])
assert len(b[0]) == 16 and [x[:16] for x in a] == b
PY
"$akin" embed --form plain "$dir/a" --layer projector --width 17 -o "$dir/more.npy" 2>"$dir/err" && fail "17 of 16 columns were taken"
grep -q -- "--width is 17, and the projector has 16 columns" "$dir/err" && [ ! -e "$dir/more.npy" ] || fail "$(cat "$dir/err")"
"$akin" eval "$dir/a" --width 4 --protocol knn --baselines none --json --quiet >"$dir/four.json" || fail "eval --width exits $?"
"$akin" eval "$dir/a" --protocol knn --baselines none --json --quiet >"$dir/all.json" || fail "eval exits $?"
cmp -s "$dir/four.json" "$dir/all.json" && fail "eval --width changes nothing"
"$akin" eval "$dir/a" --width 17 --layer projector --protocol knn 2>"$dir/err" >"$dir/out" && fail "17 of 16 columns were evaluated"
grep -q -- "--width is 17, and the projector has 16 columns; give a smaller one, or another --layer" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" train --recipe none "$dir/data" --out "$dir/u" $same --matryoshka 4,16 2>"$dir/err" && fail "16 of 16 was taken"
grep -q "matryoshka has 16, and the loss reads 16 columns" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" train --recipe none "$dir/data" --out "$dir/u" $same --head-out 0 --matryoshka 4,4096 2>"$dir/err" && fail "4096 features were taken"
grep -q "columns, the features, as there is no head; give smaller ones, or a wider encoder" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" train --recipe none "$dir/data" --out "$dir/v" ${same% --quiet} --loss barlow --epochs 0 2>"$dir/err" || fail "barlow: $(cat "$dir/err")"
grep -q -- "--loss barlow compares 16 columns by the [0-9]* items of a batch" "$dir/err" && fail "enough rows are told as few"
"$akin" train --recipe none "$dir/data" --out "$dir/w" ${same% --quiet} --loss barlow --epochs 0 --batch-size 8 2>"$dir/err" || fail "barlow: $(cat "$dir/err")"
grep -q -- "--loss barlow compares 16 columns by the 8 items of a batch, and no more than 7 can be uncorrelated" "$dir/err" || fail "$(cat "$dir/err")"
try 64 --loss infonce --momentum-encoder 0.9 --queue 64 --learn-temperature
try 96 --loss infonce --momentum-encoder 0.9 --queue 96 --micro-batch 16 --ema 0.9
python3 - "$dir/a" <<'PY' || fail "the record is not as documented"
import json, math, sys
run = json.load(open(sys.argv[1] + "/run.json"))
want = {"micro-batch": 16, "momentum-encoder": 0.9, "queue": 96}
assert {k: run["config"][k] for k in want} == want, run["config"]
assert abs(run["loss"]["chance"] - math.log(97)) < 1e-9, run["loss"]
PY
"$akin" embed --form plain "$dir/a" -o "$dir/x.npy" --quiet || fail "embed exits $?"
"$akin" train "$dir/data" --out "$dir/d" --epochs 3 $same --config "$dir/a/run.json" --threads 2 || fail "--config run.json exits $?"
[ "$(sum "$dir/d")" = "$(sum "$dir/a")" ] || fail "the run's own run.json gives another run"

# killed outright at instants that fall where they may
tries=0
while [ ! -e "$dir/k/DONE" ]; do
    tries=$((tries + 1))
    [ $tries -le 30 ] || fail "never done"
    "$akin" train "$dir/data" --out "$dir/k" --config "$dir/a/run.json" --checkpoint-every 4 --quiet --threads 2 --resume 2>"$dir/err" &
    pid=$!
    if [ $tries -le 4 ]; then
        sleep "0.$(((tries * 37 + 11) % 60 + 15))"
        kill -9 $pid 2>/dev/null
    fi
    wait $pid 2>/dev/null
done
[ "$(sum "$dir/k")" = "$(sum "$dir/a")" ] || fail "killed and resumed: other weights"

refused() { # text, options
    text=$1
    shift
    "$akin" train --recipe none "$dir/data" --out "$dir/no" $same "$@" 2>"$dir/err"
    [ $? = 2 ] && grep -q -- "$text" "$dir/err" || fail "$*: $(cat "$dir/err")"
    [ ! -e "$dir/no" ] || fail "$*: a folder was made"
}
refused "divide --batch-size, which is 32: 8 does" --micro-batch 12
refused "multiple of --batch-size" --loss infonce --momentum-encoder 0.9 --queue 100
refused "give --momentum-encoder too" --loss infonce --queue 64
refused "is an option of --loss infonce" --momentum-encoder 0.9
printf 'one two\nthree four\nfive six\nseven eight\n' >"$dir/lines.txt"
"$akin" train --recipe none "$dir/lines.txt" --out "$dir/no" --batch-size 4 --queue 4 --quiet 2>"$dir/err"
[ $? = 2 ] && grep -q -- "--queue is no option for text" "$dir/err" || fail "text: $(cat "$dir/err")"
"$akin" train --resume "$dir/b" --micro-batch 4 --quiet 2>"$dir/err"
[ $? = 2 ] && grep -q -- "--micro-batch is 4, but the run was begun with 16" "$dir/err" || fail "$(cat "$dir/err")"
echo ok
