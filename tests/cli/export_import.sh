#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# akin export, then akin import without options: the run embeds to the same bits as the one that it was exported from.
# Options that are not what the file says are told; what was not trained on images is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
"$helpers/make_data" grey 24 12 8 || exit 1
mkdir colour
for i in 1 2 3 4 5 6 7 8; do
    awk -v seed=$i 'BEGIN { srand(seed); print "P3 16 12 255"; for (i = 0; i < 576; i++) print int(rand() * 256) }' >colour/$i.ppm
done
small="--batch-size 4 --epochs 1 --threads 1 --quiet"
same() { # NAME DATA OPTIONS OF TRAINING...
    name=$1 data=$2
    shift 2
    # shellcheck disable=SC2086
    "$akin" train --recipe none $data --out $name "$@" $small || fail "train $name"
    for layer in backbone projector; do
        "$akin" export $name -o $name.safetensors --layer $layer --force --quiet || fail "export $name"
        "$akin" import $name.safetensors -o again --force --quiet || fail "import $name"
        for run in $name again; do
            "$akin" embed --form plain $run $data -o $run.npy --layer $layer --force --quiet || fail "embed $name"
        done
        cmp -s $name.npy again.npy || fail "$name: other bits of the $layer than before export and import"
    done
}
same resnet colour --encoder resnet-s --width 8 --blocks 2 --stem-stride 2 --size 8 --resize 10 --head-hidden 8 --head-out 8
same large colour --encoder resnet18-large --width 4 --size 8 --head-out 8 --head-norm none --ema 0.5
same cnn colour --encoder cnn4 --width 8 --size 32 --feature-grid 2 --head-hidden 0 --head-out 8
same mlp grey --encoder mlp --width 16 --blocks 3 --head-out 8
same linear grey --encoder linear --width 16 --head-out 8
same vgg grey --encoder vgg16 --width 4 --head-out 8

"$akin" import resnet.safetensors --size 12 --mean 0.5 --std 0.25 -o other 2>err || fail "options beside the file's: $(cat err)"
grep -q '^--size is 12; the network was trained with 8.$' err || fail "nothing said of --size: $(cat err)"
grep -q '^--mean or --std is not' err || fail "nothing said of --mean: $(cat err)"
expect 2 "--encoder is cnn4, and 'large.safetensors' is of resnet18-large; leave --encoder out" import large.safetensors --encoder cnn4 -o j
"$akin" import large.safetensors --encoder resnet18 -o other --force --quiet || fail "the stem is that of the file"

# train --init: the encoder, and how images are normalised, are the file's.
# shellcheck disable=SC2086
"$akin" train --recipe none colour --init resnet.safetensors --out init --size 8 --batch-size 4 --epochs 1 >out 2>err || fail "--init: $(cat err)"
grep -q "images are normalised as those of" err || fail "--init: nothing said of the images: $(cat err)"
grep -q '"blocks": 2' init/run.json || fail "--init: other blocks"

# What cannot be imported.
# shellcheck disable=SC2086
"$akin" train --recipe none colour --out oblong --encoder resnet8 --width 4 --head-out 4 $small || fail "train oblong"
"$akin" export oblong -o oblong.safetensors --quiet || fail "export oblong"
expect 2 "choose a square with --size" import oblong.safetensors -o j
"$akin" import oblong.safetensors --size 12 -o other --force --quiet || fail "oblong with --size"
awk 'BEGIN { srand(1); for (i = 0; i < 12; i++) print rand() "," rand() "," rand() }' >v.csv
# shellcheck disable=SC2086
"$akin" train --recipe none v.csv --out vectors --head-out 4 $small || fail "train vectors"
"$akin" export vectors -o vectors.safetensors --quiet || fail "export vectors"
expect 2 "which was not trained on images" import vectors.safetensors -o j
"$akin" export oblong -o oblong.onnx --quiet || fail "export oblong.onnx"
expect 3 "is a graph of ONNX" import oblong.onnx -o j
expect 3 "is a folder" import colour -o j
expect 2 "is a run already" import oblong -o j
expect 2 "name one" export oblong -o - --format onnx
if command -v python3 >/dev/null; then
    # A file without a sum of its header, whose metadata are changed.
    while read -r old new; do
        python3 - resnet.safetensors changed.safetensors "$old" "$new" <<'P' || fail "no changed file"
import json, struct, sys
raw = open(sys.argv[1], "rb").read()
end = 8 + struct.unpack("<Q", raw[:8])[0]
header = json.loads(raw[8:end])
text = header["__metadata__"]["akin"]
assert sys.argv[3] in text
text = text.replace(sys.argv[3], sys.argv[4])
header["__metadata__"] = {"akin": text}
out = json.dumps(header).encode()
open(sys.argv[2], "wb").write(struct.pack("<Q", len(out)) + out + raw[end:])
P
        expect 3 "is damaged: what its metadata tell under 'akin'" import changed.safetensors -o j
    done <<'CHANGES'
"height":8 "height":0
"width":8,"channels" "width":1e9,"channels"
"channels":3 "channels":4
"std":[ "std":[0,
"mean":[ "mean":["a",
"kind":"images" "kind":7
"encoder":"resnet-s" "encoder":""
"blocks":2 "blocks":-1
"input":{ "input":{{
CHANGES
fi
[ ! -e j ] || fail "a refused import left a folder"
[ $failures = 0 ] && echo ok
exit $failures
