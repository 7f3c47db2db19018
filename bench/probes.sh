#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# probes.sh AKIN FOLDER: what contrast adds to labels that it has not seen. Trains on FOLDER/20news/sentences and
# FOLDER/debian/sentences (text_sets.py; pairs: two sentences of one message or description), FOLDER/letters.data and
# FOLDER/shuttle.csv (views), and puts the protocols beside TF-IDF (tfidf.py) or the raw columns. What is done is not
# done again; prints Markdown. SEEDS ("0 1 2"), SETS ("20news 20news-large debian debian-large letters shuttle") and PYTHON (with scikit-learn) come from the environment.
set -eu
akin=${1:-build/akin} folder=${2:-runs/probes}
here=$(dirname "$0")
seeds=${SEEDS:-0 1 2} python=${PYTHON:-python3}
text="--loss infonce --pairs group --head-out 0 --temperature 0.1 --batch-size 512 --lr 0.01 --min-words 3 --max-words 1000"
small="$text --dim 100 --maxn 0 --min-count 2 --epochs 6"
large="$text --dim 300 --minn 3 --maxn 5 --buckets 100000 --epochs 10 --text-view erase --word-erase 0.4"
rows="--loss ntxent --temperature 0.5 --epochs 20 --batch-size 512 --lr 0.003 --vector-views scarf --mask-prob 0.4 --holdout 0.25"

trained() { # RUN DATA OPTIONS...
    run=$1 data=$2
    shift 2
    [ -e "$run/DONE" ] || "$akin" train "$data" --recipe none --out "$run" --resume --threads 2 --quiet "$@"
}

evaluated() { # RUN NAME OPTIONS...: the protocols, into RUN/NAME.json
    run=$1 name=$2
    shift 2
    [ ! -e "$run/$name.json" ] || return 0
    # few labels may leave a class without any, which no protocol takes: a dash in the table
    "$akin" eval "$run" --whiten off --threads 2 --quiet --json "$@" >"$run/$name.part" 2>"$run/$name.err" ||
        { cat "$run/$name.err" >&2 && grep -q "which no training row has" "$run/$name.err" && echo '{"results": []}' >"$run/$name.part"; }
    mv "$run/$name.part" "$run/$name.json"
}

for set in ${SETS:-20news 20news-large debian debian-large letters shuttle}; do
    for seed in $seeds; do
        run=$folder/$set-$seed
        case $set in
        20news* | debian*)
            texts=$folder/${set%-large}
            [ "$set" = "${set%-large}" ] && options=$small || options=$large
            trained "$run" "$texts/sentences" --seed "$seed" $options
            for share in 1 0.1 0.01; do
                evaluated "$run" "eval-$share" --data "$texts/items" --target label --protocol mean,linear \
                    --baselines none --labels $share --seed "$seed"
            done
            [ $set != "${set%-large}" ] || [ -e "$run/tfidf-1.json" ] || {
                for part in train test; do
                    "$akin" embed "$run" "$texts/items" --form plain --split $part --target label -o "$run/$part.npy" --force \
                        --quiet
                done
                for share in 0.01 0.1 1; do
                    "$python" "$here/tfidf.py" "$run/train.npy" "$run/test.npy" --svm --labels $share --seed "$seed" \
                        >"$run/tfidf-$share.json"
                done
                rm "$run/train.npy" "$run/test.npy"
            }
            ;;
        *)
            file=$folder/letters.data
            [ $set = letters ] || file=$folder/shuttle.csv
            [ $set = letters ] && column=1 || column=Class
            trained "$run" "$file" --seed "$seed" --label-column $column $rows
            for share in 1 0.1 0.01; do
                evaluated "$run" "eval-$share" --protocol mean,knn,linear --labels $share --seed "$seed"
            done
            ;;
        esac
    done
    python3 - "$folder" "$set" "$seeds" <<'PY'
import json, os, sys
folder, name, seeds = sys.argv[1:]
T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}


def cell(v):
    if not v:
        return "-"
    m, n = sum(v) / len(v), len(v)
    if n == 1:
        return f"{m:.1f} (one seed)"
    return f"{m:.1f} ± {T[n - 1] * (sum((x - m) ** 2 for x in v) / (n - 1) / n) ** 0.5:.2f}"


table = {}
for share in "1", "0.1", "0.01":
    for seed in seeds.split():
        run = os.path.join(folder, f"{name}-{seed}")
        for r in json.load(open(f"{run}/eval-{share}.json"))["results"]:
            if r["layer"] != "projector" and not r.get("labels_per_class"):
                key = r["encoder"], r["layer"], r["protocol"]
                table.setdefault(key, {}).setdefault(share, []).append(100 * r["top1"])
        if os.path.exists(f"{run}/tfidf-{share}.json"):
            t = json.load(open(f"{run}/tfidf-{share}.json"))
            for key in "mean", "centroid", "svm":
                table.setdefault(("TF-IDF", "words", key), {}).setdefault(share, []).append(100 * t[key]["top1"])
print(f"\n**{name}**\n\n| features | classifier | all labels | 10 % | 1 % |\n|---|---|---|---|---|")
for (encoder, layer, protocol), v in table.items():
    print(f"| {encoder} {layer} | {protocol} | " + " | ".join(cell(v.get(s, [])) for s in ("1", "0.1", "0.01")) + " |")
PY
done
