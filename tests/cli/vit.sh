#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A vision transformer as the encoder of a run: what is told before, the same bits on any number of threads and after an
# interruption, in f32 and bf16, embed and eval, a frozen backbone, the ways out, and what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
weights=$(cd "$(dirname "$0")/../weights" && pwd)
cd "$dir" || exit 1
"$helpers/make_data" img 32 16 16 || exit 1
net="--encoder vit-tiny --width 32 --blocks 2 --heads 2 --head-hidden 8 --head-out 8 --batch-size 8"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
# shellcheck disable=SC2086
"$akin" train --recipe none img --out a $net --epochs 2 --threads 1 >out 2>err || fail "train: $(cat err)"
grep -q "vit-tiny" out err || fail "the encoder is not told"
grep -q '"heads": 2' a/run.json || fail "run.json does not tell --heads"
# shellcheck disable=SC2086
"$akin" train --recipe none img --out b $net --epochs 2 --threads 3 --checkpoint-every 3 --quiet || fail "three threads"
[ "$(sum a)" = "$(sum b)" ] || fail "other bits with three threads"
rm b/DONE b/checkpoints/step-0000000008.safetensors
"$akin" train --resume b --quiet || fail "resume"
[ "$(sum a)" = "$(sum b)" ] || fail "other bits after a resume"

# shellcheck disable=SC2086
"$akin" train img --out d $net --epochs 1 >out 2>err || fail "train: $(cat err)"
grep -q -- "--optimizer adamw --lr 0.0005" err || fail "the recipe takes another optimizer: $(cat err)"

# One image alone has the bits that it has among others.
"$akin" embed a img -o all.npy --quiet --threads 1 || fail "embed"
"$akin" embed b img -o again.npy --quiet --threads 2 || fail "embed"
cmp -s all.npy again.npy || fail "embed gives other bits"
"$akin" eval a >out 2>err || fail "eval: $(cat err)"
grep -q "knn-v1" out || fail "eval tells no knn-v1"
"$akin" train --recipe none img --out f $net --init a --freeze backbone --epochs 1 --seed 5 --quiet || fail "frozen"
"$akin" embed f img -o frozen.npy --quiet || fail "embed"
cmp -s all.npy frozen.npy || fail "a frozen backbone moved"

"$akin" export a -o a.safetensors --quiet || fail "export"
grep -q -a "blocks.1.mlp.fc2.weight" a.safetensors || fail "timm's names are not in the file"
"$akin" export a -o a.onnx --quiet || fail "export to ONNX"
if command -v python3 >/dev/null; then
    python3 "$weights/structure.py" a.onnx >out 2>err || fail "a.onnx: $(tail -n 1 err)"
    half="LayerNormalization Gemm Split Reshape Transpose Reshape Transpose Reshape Transpose MatMul Mul Softmax MatMul Transpose Reshape Gemm Add"
    half="$half LayerNormalization Gemm Gelu Gemm Add"
    grep -q " Conv Reshape Transpose Add Reshape $half $half LayerNormalization Reshape ReduceMean Identity$" out ||
        fail "the graph of a vision transformer: $(cat out)"
fi

# bf16: the same promises, where the processor has it; elsewhere it is refused, as of convolutions.
half="$net --precision bf16"
case $("$akin" --version) in
*avx512*)
    # shellcheck disable=SC2086
    "$akin" train --recipe none img --out ha $half --epochs 2 --threads 1 --quiet || fail "bf16"
    # shellcheck disable=SC2086
    "$akin" train --recipe none img --out hb $half --epochs 2 --threads 3 --checkpoint-every 3 --quiet || fail "bf16, three threads"
    [ "$(sum ha)" = "$(sum hb)" ] || fail "bf16: other bits with three threads"
    [ "$(sum ha)" != "$(sum a)" ] || fail "bf16 has the bits of f32"
    rm hb/DONE hb/checkpoints/step-0000000008.safetensors
    "$akin" train --resume hb --quiet || fail "bf16: resume"
    [ "$(sum ha)" = "$(sum hb)" ] || fail "bf16: other bits after a resume"
    ;;
esac
# shellcheck disable=SC2086
(export AKIN_ISA=avx2; expect 2 "bf16 needs a processor with AVX-512" train --recipe none img --out n $half; [ "$failures" = 0 ]) ||
    failures=$((failures + 1))
expect 3 "multiple of 5" train --recipe none img --out n --batch-size 8 --encoder vit-tiny --patch 5
expect 2 "takes images of one size" train --recipe none img --out n $net --view-height 8 --view-width 8
expect 2 "has no heads to choose" train --recipe none img --out n --batch-size 8 --encoder resnet-s --heads 2
[ "$failures" = 0 ]
