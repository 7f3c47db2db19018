# SPDX-License-Identifier: Apache-2.0
# akin export: each form is whole by a reader that shares nothing with akin, and has the weights of the checkpoint to the
# bit; what cannot be done is said in a line, and leaves nothing. Where onnx, onnxruntime, PyTorch, torchvision and safetensors
# can be imported by $AKIN_PYTHON or python3, they must give what akin embed gives (tests/weights).
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
weights=$(cd "$(dirname "$0")/../weights" && pwd)
"$helpers/make_data" "$dir/img" 24 12 8
printf 'one two three\nfour five six\nred blue three\none red five\n' >"$dir/lines.txt"
cd "$dir" || exit 1
small="--batch-size 4 --head-hidden 8 --head-out 8 --epochs 1 --threads 1 --quiet"
# shellcheck disable=SC2086
{
    "$akin" train --recipe none img --out resnet --encoder resnet8 --width 8 $small || fail "train resnet8"
    "$akin" train --recipe none img --out vgg --encoder vgg16 --width 4 $small || fail "train vgg16"
    "$akin" train --recipe none lines.txt --out gru --encoder bigru --maxn 0 --dim 4 --width 3 --text-view erase --min-count 1 $small || fail "train bigru"
}
newest() { find "$1/checkpoints" -name 'step-*' | sort | tail -n 1; }

for run in resnet vgg gru; do
    for end in onnx safetensors pt; do
        "$akin" export $run -o $run.$end --quiet || fail "export $run.$end: exit $?"
        "$akin" export $run -o again.$end --quiet --force && cmp -s again.$end $run.$end || fail "$run.$end: other bytes the second time"
    done
done
"$akin" export resnet -o head.pth --layer projector --quiet || fail "the projector"
"$akin" export resnet -o white.onnx --whiten --channels first --opset 28 --quiet || fail "whitened"
"$akin" export resnet -o any.bin --format safetensors --json --quiet >told || fail "--format"

if command -v python3 >/dev/null; then
    read_it() { python3 "$weights/structure.py" "$@" >out 2>err || fail "$*: $(tail -n 1 err)"; }
    for run in resnet vgg gru; do
        case $run in gru) ends="safetensors pt" ;; *) ends="onnx safetensors pt" ;; esac # ONNX has the gates in another order
        for end in $ends; do read_it $run.$end "$(newest $run)"; done
    done
    read_it resnet.onnx
    cat >want <<'W'
ir 10 opset 22
in images 2 ['batch', 8, 8, 1] out embeddings 1 ['batch', 32]
Cast Transpose Div Sub Div Conv BatchNormalization Relu Conv BatchNormalization Relu Conv BatchNormalization Add Relu Conv BatchNormalization Conv BatchNormalization Relu Conv BatchNormalization Add Relu Conv BatchNormalization Conv BatchNormalization Relu Conv BatchNormalization Add Relu GlobalAveragePool Flatten Identity
resnet8 backbone 32 19816 images
W
    cmp -s want out || fail "the graph of resnet8: $(diff want out)"
    read_it gru.onnx
    grep -q '^in ids 7 \[.batch., .length.\] out embeddings 1 \[.batch., 6\]$' out || fail "the ids of a GRU: $(cat out)"
    read_it white.onnx
    grep -q '^ir 10 opset 28$' out && grep -q "^in images 2 \['batch', 1, 8, 8\]" out && grep -q 'Cast Sub Mul Cast Gemm Identity$' out ||
        fail "whitened, channels first: $(cat out)"
    read_it vgg.safetensors
    grep -q '^features.0.weight features.1.weight features.1.bias features.0.bias features.1.running_mean' out || fail "names of VGG: $(cat out)"
    read_it resnet.pt
    grep -q ' layer1.0.conv1.weight layer1.0.bn1.weight .* layer2.0.downsample.0.weight ' out || fail "names of ResNet: $(cat out)"
    read_it head.pth
    grep -q 'head.linear1.weight head.bn.weight .* head.linear2.weight head.linear2.bias$' out || fail "the head: $(cat out)"
    python3 -c 'import json; t = json.load(open("told")); assert t["file"] == "any.bin" and t["names"] == "torchvision" and t["bytes"] > 0, t
assert t["input"]["mean"] and t["layers"][0] == ["stem.conv", 3, 1], t' || fail "--json: $(cat told)"
else
    echo "skipped: no python3 to read the files"
fi

# What cannot be done.
expect 2 'where to? name the file with -o' export resnet
expect 2 "'x.zip' ends in no form that weights are written in" export resnet -o x.zip
expect 2 "'resnet.onnx' exists; --force replaces it" export resnet -o resnet.onnx
expect 2 '--opset is of --format onnx' export resnet -o x.pt --opset 23
expect 2 '--channels is of images, and the run was trained on text' export gru -o x.onnx --channels first
expect 2 '--opset is 29' export resnet -o x.onnx --opset 29
expect 3 "'nowhere' is no run folder" export nowhere -o x.onnx
expect 2 "keeps no average of its weights" export resnet -o x.onnx --weights ema
expect 3 'has no checkpoint' export resnet -o x.onnx --checkpoint 7
cp -r resnet damaged
for file in damaged/checkpoints/*; do printf '\377' | dd of="$file" bs=1 seek=3000 conv=notrunc 2>/dev/null; done
expect 3 'damaged' export damaged -o x.onnx
ls x.* 2>/dev/null && fail "a refused export left a file"
cp resnet.onnx kept.onnx # old or new: a limit on the size of files stands for a disk that is full
for end in onnx safetensors pt; do
    cp resnet.$end kept.$end
    (trap '' XFSZ; ulimit -f 8; "$akin" export resnet -o kept.$end --force --quiet 2>err)
    [ $? = 5 ] && [ "$(wc -l <err)" = 1 ] || fail "a full disk, $end: $(cat err)"
    cmp -s resnet.$end kept.$end || fail "a full disk took the file before, $end"
    ls kept.$end.tmp* 2>/dev/null && fail "half a file is left"
done

python=${AKIN_PYTHON:-python3}
if "$python" -c 'import onnx, onnxruntime, torch, torchvision, safetensors' 2>/dev/null; then
    only="resnet8 cnn4-grid vit mlp bag bigru transformer" items=100
    if [ -n "${AKIN_TEST_FULL:-}" ]; then only='' items=1000; fi
    for check in onnx torch; do
        mkdir $check
        # shellcheck disable=SC2086 # a list
        AKIN=$akin "$python" "$weights/${check}_check.py" "$dir/$check" $items $only >out 2>err ||
            fail "$check: $(cat out) $(tail -n 3 err)"
        cat out
    done
else
    echo "skipped: no onnx, onnxruntime, torch, torchvision and safetensors in $python"
fi
[ $failures = 0 ] && echo ok
exit $failures
