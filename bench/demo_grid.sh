#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo_grid.sh AKIN FOLDER [EPOCHS]: one setting of the demo changed at a time, each trained for EPOCHS (4) and evaluated
# without baselines. Prints a Markdown table; what is done already is not done again. docs/demo.md holds a table of it.
akin=${1:-build/akin} folder=${2:-runs/grid} epochs=${3:-4}
data=/usr/share/datasets/fashion-mnist
mkdir -p "$folder"
one() { # NAME OPTIONS...
    name=$1
    shift
    run=$folder/$(echo "$name" | tr -c 'a-z0-9\n' -)
    [ -e "$run/DONE" ] || "$akin" train "$data" --out "$run" --config examples/demo.json --epochs "$epochs" --quiet \
        --resume "$@" || exit 1
    [ -e "$run/eval.json" ] || "$akin" eval "$run" --baselines none --quiet || exit 1
    python3 - "$run" "$name" <<'PY'
import json, sys
run, name = sys.argv[1:]
done = json.load(open(run + "/DONE"))
rows = {(r["protocol"], r["layer"], r.get("labels_per_class")): r["top1"] for r in json.load(open(run + "/eval.json"))["results"]}
cell = lambda p, l: "%.1f" % (100 * rows[p, l, None]) if (p, l, None) in rows else "-"
last = [json.loads(l) for l in open(run + "/metrics.jsonl")][-1]
print("| %s | %s | %s | %s | %s | %.0f %% | %.0f |" % (name, cell("mean-v1", "backbone"), cell("mean-v1", "backbone-white"),
      cell("knn-v1", "backbone"), cell("linear-v2", "backbone"), 100 * last["learned"], done["seconds"]))
PY
}
echo "| changed | mean-v1 | mean-v1, whitened | knn-v1 | linear-v2 | learned | seconds |"
echo "|---|---|---|---|---|---|---|"
one "nothing"
one "another seed" --seed 1
one "bf16" --precision bf16
one "views of 28x28" --view-height 28 --view-width 28
one "views of 20x20" --view-height 20 --view-width 20
one "no intensity jitter" --jitter-prob 0 --gamma 0
one "no gamma" --gamma 0
one "jitter 0.4" --brightness 0.4 --contrast 0.4
one "crops from 0.3" --crop-min 0.3
one "crops from 0.6" --crop-min 0.6
one "no flip" --flip 0
one "blur in half" --blur-prob 0.5
one "erase in half" --erase-prob 0.5
one "temperature 0.05" --temperature 0.05
one "temperature 0.2" --temperature 0.2
one "temperature 0.5" --temperature 0.5
one "features averaged" --feature-grid 1
one "batch 128, lr 0.2" --batch-size 128 --lr 0.2
one "batch 1024, lr 0.6" --batch-size 1024 --lr 0.6
one "AdamW 0.002" --optimizer adamw --lr 0.002 --weight-decay 0.01
one "resnet8" --encoder resnet8
one "width 48" --width 48
one "loss dcl" --loss dcl
