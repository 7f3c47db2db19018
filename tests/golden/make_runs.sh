#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make_runs.sh AKIN HELPERS ARCHIVE [NEWER]: what akin writes, as this version writes it, for test cli_golden_runs: every later
# version must read it. To be called once for a version, with the program of that version, and its archive to be committed.
# NEWER: a program built with the FORMAT of src/model/checkpoint.c one higher; it makes the checkpoint that is to be refused.
set -eu
akin=$(realpath "$1") helpers=$(realpath "$2") archive=$(realpath -m "$3") newer=${4:+$(realpath "$4")}
version=$("$akin" --version | cut -d' ' -f2)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/runs-$version"
cd "$dir/runs-$version"
"$helpers/make_data" data 48 16 8
awk 'BEGIN { srand(3); print "a,b,c,kind"
    for (i = 0; i < 48; i++) printf "%.3f,%.3f,%d.5,%s\n", 100 * rand(), rand(), i % 7, substr("xyz", i % 3 + 1, 1) }' >t.csv
awk 'BEGIN { srand(4); split("sun moon star tree river stone cloud wind", w)
    for (i = 0; i < 48; i++) { for (k = 0; k < 4 + i % 5; k++) printf "%s%s", k ? " " : "", w[1 + int(8 * rand())]; print "" } }' >t.txt
every="--batch-size 8 --head-hidden 8 --head-out 8 --epochs 2 --checkpoint-every 4 --log-every 3 --threads 1 --quiet"
images="data --encoder resnet-s --width 4 --ema 0.9 $every"
vectors="t.csv --label-column kind --encoder mlp --width 8 --optimizer lars $every"
text="t.txt --encoder gru --text-view crop --dim 4 --width 4 --maxn 0 --min-count 1 --optimizer sgd $every"
for kind in images vectors text; do
    eval "words=\$$kind"
    # shellcheck disable=SC2086
    "$akin" train --recipe none $words --out "$kind"
    "$akin" embed --form plain "$kind" -o "$kind.npy" --quiet --threads 1
    cp -r "$kind" "$kind-part" # stopped after step 8 of 12
    rm "$kind-part/DONE" "$kind-part/checkpoints/step-0000000012.safetensors" "$kind-part/checkpoints/best.safetensors"
    ln "$kind-part/checkpoints/step-0000000008.safetensors" "$kind-part/checkpoints/best.safetensors"
done
"$akin" prune images --drop-difficult 0.2 -o keep.txt --quiet --threads 1
"$akin" eval images --protocol mean,knn --baselines none --quiet --threads 1 >/dev/null
cat >tiny.json <<'J'
{"name": "tiny", "title": "two temperatures", "seeds": [1], "data": "t.csv",
 "options": {"label-column": "kind", "encoder": "mlp", "width": 8, "head-hidden": 8, "head-out": 8, "batch-size": 8, "epochs": 1},
 "axes": [{"name": "t", "option": "temperature", "values": [0.1, 0.5]}],
 "tools": {"diagnose": ["diagnose", "{run}"]},
 "measures": [{"name": "loss", "from": "train", "path": "last.loss"}]}
J
"$akin" study tiny.json --out study --threads 1 --quiet >/dev/null
rm -r study/runs/*/checkpoints # large, and the table does not need them
[ -z "$newer" ] || {
    "$newer" train t.csv --label-column kind --encoder mlp --width 4 --head-hidden 0 --head-out 4 --batch-size 8 --epochs 1 --threads 1 --quiet --out newer
    rm newer/DONE # so that it would go on
}
grep -rlF "$PWD" --include=run.json . | xargs sed -i "s|$PWD|@FOLDER@|"
cd ..
tar --sort=name --owner=0 --group=0 --mtime=2026-11-29 -cJf "$archive" "runs-$version"
