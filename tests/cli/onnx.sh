# SPDX-License-Identifier: Apache-2.0
# akin embed --onnx: what akin export wrote gives what akin embed gives of the run, and models of others give what NumPy
# says (tests/weights); the result is a set that the other verbs take; what cannot be done is said in a line. Needs
# onnxruntime, the system's or that of $AKIN_PYTHON, and NumPy; without the first, that is said and nothing else tried.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
weights=$(cd "$(dirname "$0")/../weights" && pwd)
python=
for p in "${AKIN_PYTHON:-python3}" /usr/bin/python3; do
    [ -n "$python" ] || { "$p" -c 'import numpy' 2>/dev/null && python=$p; }
done
cd "$dir" || exit 1
printf 'x' >x.onnx
printf '1,2\n3,4\n' >t.csv
if ! "$akin" --version | sed 's/  without .*//' | grep -q onnxruntime; then
    expect 2 'without onnxruntime, which is for akin embed --onnx; install' embed --onnx x.onnx t.csv -o e.npy
    [ $failures = 0 ] || exit 1
    echo "skipped: this build has no onnxruntime"
    exit 77
fi
"$akin" embed --onnx x.onnx t.csv -o e.npy 2>err
if grep -q 'onnxruntime is not there' err && [ -n "${AKIN_PYTHON:-}" ]; then
    AKIN_ONNXRUNTIME=$("$AKIN_PYTHON" -c 'import glob, onnxruntime as o
print(*glob.glob(o.__path__[0] + "/capi/libonnxruntime.so.1*"))' 2>/dev/null)
    export AKIN_ONNXRUNTIME
    "$akin" embed --onnx x.onnx t.csv -o e.npy 2>err
fi
if grep -q 'onnxruntime is not there' err; then
    echo "skipped: $(cat err)"
    exit 77
fi
(AKIN_ONNXRUNTIME=/nowhere/lib.so; export AKIN_ONNXRUNTIME
expect 2 'onnxruntime is not there (/nowhere/lib.so: ' embed --onnx x.onnx t.csv -o e.npy
exit $failures) || failures=1
(AKIN_ONNXRUNTIME=libm.so.6; export AKIN_ONNXRUNTIME
expect 2 'is no onnxruntime; onnxruntime 1.12 or newer is needed' embed --onnx x.onnx t.csv -o e.npy
exit $failures) || failures=1

# What needs no model.
expect 3 "'x.onnx' is no ONNX model that onnxruntime" embed --onnx x.onnx t.csv -o e.npy
expect 3 "cannot open 'none.onnx'" embed --onnx none.onnx t.csv -o e.npy
expect 3 "cannot read '.'" embed --onnx . t.csv -o e.npy
expect 2 '--onnx takes the place of RUN' embed --onnx x.onnx run t.csv -o e.npy
expect 2 'not the lines of a pipe' embed --onnx x.onnx - -o e.npy
expect 2 '--whiten is of a run, and --onnx names a model; akin export --whiten' embed --onnx x.onnx t.csv -o e.npy --whiten
expect 2 '--mean is of models, which --onnx names' embed run t.csv -o e.npy --mean 0.5
[ -n "$python" ] || { echo "skipped: no python3 with NumPy"; exit 77; }

# Models of others.
mkdir foreign
"$python" "$weights/foreign.py" foreign || { fail "foreign.py"; exit 1; }
cd foreign || exit 1
same() { # same LIMIT WANTED MODEL DATA OPTIONS...: the rows are those of WANTED.npy, which is looked at below
    limit=$1 wanted=$2 model=$3 data=$4 n=$((n + 1))
    shift 4
    "$akin" embed --onnx "$model.onnx" "$data.npy" -o e-$n.npy "$@" 2>err || { fail "$model $*: $(cat err)"; return; }
    echo "$limit $wanted e-$n.npy $model $*" >>pairs
}
n=0
for model in first two one last; do same 1e-6 $model $model pictures; done
same 1e-6 any any pictures --size 0
same 1e-6 bytes bytes pictures
same 1e-3 half half pictures
same 1e-6 several several pictures
grep -q "'y' is taken, the first of two dimensions (--output)" err || fail "nothing said of the outputs: $(cat err)"
same 1e-6 several-r several pictures --output r
same 1e-6 several-pooled several pictures --output pooled
same 1e-6 first first pictures --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
same 1e-6 first first pictures --threads 1 --channels first
for model in rows wide; do same 1e-6 $model $model table; done
"$python" - <<'P' || fail "other rows than NumPy has"
import numpy as np
for limit, wanted, got, *of in map(str.split, open("pairs")):
    a, b = np.load(got), np.load(wanted + ".npy")
    far = abs(a - b.reshape(len(b), -1)).max() / abs(b).max()
    assert a.dtype == np.float32 and a.shape == (len(b), b.size // len(b)) and far < float(limit), (of, a.shape, b.shape, far)
P
"$akin" embed --onnx any.onnx pictures.npy -o e.npy --force 2>err || fail "any: $(cat err)"
grep -q 'images of 6x6 are scaled to 224x224' err || fail "no size of its own: $(cat err)"
"$akin" embed --onnx grey.onnx pictures.npy -o e.npy --force --mean 0.5 --std 0.25 2>err || fail "grey: $(cat err)"
grep -q 'images from 0 to 1, less 0.5, over 0.25' err && grep -q "become grey, as the network's are" err || fail "grey: $(cat err)"
"$akin" embed --onnx rows.onnx table.npy -o - --quiet >rows.txt || fail "rows to standard output"
[ "$(wc -l <rows.txt)" = 11 ] || fail "rows to standard output: $(wc -l <rows.txt)"
refused() { code=$1 text=$2; shift 2; expect "$code" "$text" embed "$@" -o no.npy --quiet; }
refused 2 "'grey.onnx' is of images with 1 channel; --mean and --std must tell" --onnx grey.onnx pictures.npy
refused 3 "is float32 [n,3,6,6]; embeddings are [n,d] or [n,d,1,1]" --onnx map.onnx pictures.npy
refused 3 "is float32 [n,5,5]; embeddings are" --onnx cube.onnx pictures.npy
refused 3 "is float32 [n,8,6,6]; akin has images of 1 or 3 channels" --onnx deep.onnx pictures.npy
refused 3 "is 'x' int64 [n,5]; akin has images" --onnx ids.onnx table.npy
refused 3 "is 'x' float32 [n,5], 'z' float32 [n,5]; akin has images" --onnx pair.onnx table.npy
refused 3 "is int64 [n,5]; embeddings are" --onnx whole.onnx table.npy
refused 3 "NoSuchOperator" --onnx unknown.onnx table.npy
refused 3 "'damaged.onnx' is damaged: what its metadata tell under 'akin': 'input.kind' is a whole number" --onnx damaged.onnx table.npy
refused 3 "is float32 [55,1] for 11 items" --onnx reshape.onnx table.npy
refused 3 "the model refuses a batch: " --onnx refuses.onnx table.npy
refused 4 "row 0 ('train/0') of the output 'y' is not finite in column" --onnx nan.onnx table.npy
refused 2 "'first.onnx' has no output 'q'; it has 'y' float32 [n,4]" --onnx first.onnx pictures.npy --output q
refused 2 "'rows.onnx' takes no images" --onnx rows.onnx table.npy --mean 0.5
refused 2 "'bytes.onnx' takes bytes" --onnx bytes.onnx pictures.npy --std 0.5
refused 2 "there are 3 channels" --onnx first.onnx pictures.npy --mean 0.5,0.5
refused 2 "--channels is of images" --onnx rows.onnx table.npy --channels last
refused 3 "the images are 4x4 with 3 channels; the model takes 6x6 with 3" --onnx first.onnx pictures.npy --size 4
refused 3 "the model takes images, and 'table.npy' looks like vectors" --onnx first.onnx table.npy
refused 3 "the model takes vectors, and 'pictures.npy' looks like images" --onnx rows.onnx pictures.npy
for file in no.*; do [ ! -e "$file" ] || fail "a refused model left $file"; done

# What akin export wrote, and the set that comes of it.
cd "$dir" || exit 1
"$helpers/make_data" img 24 12 8
"$akin" train --recipe none img --out run --encoder resnet8 --width 8 --batch-size 4 --head-out 8 --epochs 1 --quiet || fail train
"$akin" export run -o run.onnx --quiet || fail export
expect 2 'says what is done to items; leave --mean' embed --onnx run.onnx img -o no.npy --mean 0.5
for part in train test; do
    "$akin" embed --onnx run.onnx img --split $part -o $part.npy --quiet || fail "embed $part"
done
expect 2 "'train.npy' exists; --force replaces it" embed --onnx run.onnx img -o train.npy
"$akin" embed --onnx run.onnx img --split test -o again.npy --json --quiet >told || fail "--json"
"$python" -c 'import json; t = json.load(open("told")); s = json.load(open("again.set.json"))
assert t["model"]["output"] == "embeddings" and (t["n"], t["width"]) == (12, 32) and len(t["model"]["xxh64"]) == 16, t
assert s["model"] == t["model"] and s["command"] == "embed" and s["n"] == 12, s' || fail "--json: $(cat told)"
"$akin" nn test.npy --query 0 -k 3 --json --quiet >out || fail "nn"
"$akin" eval --features train.npy --labels train.labels.npy --test-features test.npy --test-labels test.labels.npy --json --quiet >out ||
    fail "eval"
"$akin" diagnose --a test.npy --labels test.labels.npy --json --quiet >out || fail "diagnose"
"$akin" inspect test.npy --json --quiet >out || fail "inspect"
"$akin" loss --loss ntxent --a test.npy --b again.npy --json --quiet >out || fail "loss"
"$akin" bounds --a test.npy --labels test.labels.npy --json --quiet >out || fail "bounds"
"$akin" export run -o other.onnx --whiten --quiet || fail "export --whiten"
"$akin" embed --onnx other.onnx foreign/pictures.npy -o a.npy --quiet || fail "of other images"
"$akin" embed run foreign/pictures.npy -o b.npy --whiten --quiet || fail "of other images, run"
"$python" -c 'import numpy as np; a, b = np.load("a.npy"), np.load("b.npy")
assert a.shape == b.shape and abs(a - b).max() < 1e-4 * abs(b).max(), (a.shape, abs(a - b).max())' || fail "of other images: other rows"
only=bigru items=40
if [ -n "${AKIN_TEST_FULL:-}" ]; then only='' items=1000; fi
mkdir encoders
# shellcheck disable=SC2086 # a list
AKIN=$akin "$python" "$weights/onnx_embed.py" "$dir/encoders" $items $only >out 2>err || fail "$(cat out) $(tail -n 3 err)"
cat out
[ $failures = 0 ] && echo ok
exit $failures
