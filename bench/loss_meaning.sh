#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# loss_meaning.sh AKIN FOLDER [DATA [EPOCHS]]: what the verdict says of every loss on rows without any relation, of an
# encoder before its first step, and after EPOCHS (1) on DATA (Fashion-MNIST). Prints the Markdown table of
# docs/losses.md; runs that are done already are not done again.
akin=${1:-build/akin} folder=${2:-runs/meaning} data=${3:-/usr/share/datasets/fashion-mnist} epochs=${4:-1}
rows=256 width=64
mkdir -p "$folder" || exit 1

# Two views [256,64] and further rows, all independent normal numbers, as .npy.
python3 - "$folder" $rows $width <<'PY' || exit 1
import random, struct, sys
folder, n, d = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r = random.Random(1)
for name, rows in ("a", n), ("b", n), ("more", n):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (rows, d)
    head += " " * (-(len(head) + 11) % 64) + "\n"
    with open("%s/%s.npy" % (folder, name), "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        f.write(struct.pack("<%df" % (rows * d), *(r.gauss(0, 1) / d ** 0.5 for _ in range(rows * d))))
with open(folder + "/labels.txt", "w") as f:
    f.writelines("%d\n" % r.randrange(10) for _ in range(n))
PY
"$akin" loss --compare all --json --a "$folder/a.npy" --b "$folder/b.npy" --labels "$folder/labels.txt" \
    --positives "$folder/b.npy" --negatives "$folder/more.npy" >"$folder/random.json" || exit 1

train() { # LOSS OPTIONS...
    name=$1
    shift
    run=$folder/$name
    [ -e "$run/DONE" ] || "$akin" train "$data" --recipe none --out "$run" --encoder mlp --augment grey-s --epochs "$epochs" \
        --batch-size $rows --log-every 1 --head-out $width --seed 1 --quiet --force "$@" || exit 1
}
for loss in ntxent infonce dcl dclw flatnce balanced spectral supcon nscl debiased hard-negative dual-temperature sigmoid \
    align-uniform sogclr isogclr vicreg barlow dimcl matrix-ssl simsiam byol; do
    train $loss --loss $loss
done
train difficult --loss ntxent --difficult combined
train curl-hinge --loss curl-hinge --pairs latent --head-out 0
train curl-logistic --loss curl-logistic --pairs latent --head-out 0

python3 - "$folder" <<'PY'
import json, os, sys
folder = sys.argv[1]
cell = lambda x: "-" if x is None else "%.3g" % x if abs(x) < 100 else "%.0f" % x
print("| loss | rows | value | chance | permuted | floor | way | verdict |\n|---|---|---|---|---|---|---|---|")
for o in json.load(open(folder + "/random.json"))["compare"]:
    lines = [json.loads(l) for l in open("%s/%s/metrics.jsonl" % (folder, o["name"]))]
    for rows, l in ("random", o), ("first step", lines[0]), ("step %d" % lines[-1]["step"], lines[-1]):
        way = l.get("learned")
        print("| %s | %s | %s | %s | %s | %s | %s | %s |" % ("`%s`" % o["name"] if rows == "random" else "", rows,
              cell(l["loss"]), cell(l["chance"]), cell(l.get("permuted")), cell(l["floor"]),
              "-" if way is None else "%.0f %%" % (100 * way), l["verdict"]))
PY
