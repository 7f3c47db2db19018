#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cifar_hour.sh AKIN CIFAR OUT: one hour of two cores for akin train, and the same for SimCLR in PyTorch, on a folder
# CIFAR/{train,test}/CLASS/*.jpg; features of both measured by akin's protocols. Prints one line a measurement. What is done
# already is not done again, and both programs go on where they were stopped. PYTHON is one with PyTorch; without it only
# akin's part runs. EPOCHS (155) is what two cores of a Zen 5 do in 7,200 s of processor time.
set -eu
akin=$1 cifar=$2 out=$3
here=$(dirname "$0")
python=${PYTHON:-python3}
mkdir -p "$out"

cpu() { # seconds of processor time of this shell's children so far
    times | tail -n 1 | awk '{ split($1 " " $2, t, "[ms ]+"); print t[1] * 60 + t[2] + t[3] * 60 + t[4] }'
}
[ -e "$out/akin/DONE" ] || {
    "$akin" train "$cifar" --recipe none --out "$out/akin" --resume --epochs "${EPOCHS:-155}" --keep-every 5 --threads 2 \
        --encoder resnet-s --width 64 --feature-grid 2 --head-hidden 512 --head-out 128 --precision bf16 \
        --augment simclr-cifar --view-height 24 --view-width 24 --loss ntxent --temperature 0.2 --batch-size 256 \
        --optimizer sgd --lr 0.3 --momentum 0.9 --weight-decay 0.0001 --warmup 0.5 --seed 0
    echo "akin train: $(cpu) s of processor time"
}
for step in 975 1950 3900 7800 11700 15600 19500 23400 27300 newest; do
    [ $step = newest ] || [ -e "$out/akin/checkpoints/step-$(printf %010d $step).safetensors" ] || continue
    [ -e "$out/akin-$step.json" ] || {
        "$akin" eval "$out/akin" --checkpoint $step --protocol knn,linear --whiten off --json --quiet \
            --baselines "$([ $step = newest ] && echo all || echo none)" >"$out/part"
        mv "$out/part" "$out/akin-$step.json"
    }
done
if "$python" -c "import torch" 2>/dev/null; then
    unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE 2>/dev/null || true
    export ATEN_CPU_CAPABILITY=avx512 MALLOC_MMAP_THRESHOLD_=34359738368 MALLOC_TRIM_THRESHOLD_=34359738368
    [ -e "$out/torch/test-labels.npy" ] || "$python" "$here/simclr_torch.py" "$cifar" --out "$out/torch" --seconds 7200 --clock cpu
    [ -e "$out/torch.json" ] || {
        "$akin" eval --features "$out/torch/train.npy" --labels "$out/torch/train-labels.npy" --test-features \
            "$out/torch/test.npy" --test-labels "$out/torch/test-labels.npy" --protocol knn,linear --json --quiet >"$out/part"
        mv "$out/part" "$out/torch.json"
    }
else
    echo "no PyTorch for $python: only akin's hour" >&2
fi
python3 - "$out" <<'PY'
import glob, json, os, sys
for path in sorted(glob.glob(sys.argv[1] + "/*.json"), key=lambda p: (len(p), p)):
    for r in json.load(open(path))["results"]:
        name = os.path.basename(path)[:-5]
        print(f"{name:14} {r.get('encoder', '-'):8} {r.get('layer', '-'):14} {r['protocol']:10} "
              f"{100 * r['top1']:.2f} {100 * r['ci95'][0]:.2f} to {100 * r['ci95'][1]:.2f}")
PY
