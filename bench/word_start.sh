#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# word_start.sh DOCUMENTS OUT SET...: does training of text gain by word vectors to begin with (--word-vectors)?
# Vectors are learned from DOCUMENTS (a folder of text, such as bench/linux_docs.sh makes), sentence beside sentence.
# Each SET is a folder with train/ and test/, a class a folder, a text a file, such as the items of bench/text_sets.py.
# Of each, EPOCHS (default "0 1 3") from drawn vectors, from those scaled to the length of drawn ones, and from those as given;
# seeds SEEDS (default "0 1 2"); kNN and the linear layer with 95 % intervals, and seconds of training. OUT/table.tsv; what
# is done is not done again. AKIN is the program.
set -eu
[ $# -ge 3 ] || { sed -n '3,8s/^# //p' "$0" >&2; exit 2; }
akin=${AKIN:-build/akin} documents=$1 out=$2
shift 2
mkdir -p "$out"
words="--maxn 0 --dim 100 --head-out 0 --loss infonce --temperature 0.1 --quiet"
if [ ! -e "$out/words.vec" ]; then
    # shellcheck disable=SC2086
    "$akin" train "$documents" --out "$out/source" --pairs group --epochs 10 --batch-size 512 --lr 0.02 --force $words
    # a line of one word is a row with its vector
    sed -n 's/^[0-9][0-9]* //p' "$out/source/vocabulary.txt" | grep -v ' ' >"$out/words.txt"
    "$akin" embed "$out/source" "$out/words.txt" --form plain -o "$out/words.vec" --quiet
fi
for seed in ${SEEDS:-0 1 2}; do for set in "$@"; do
    name=$(basename "$(dirname "$set")")
    for epochs in ${EPOCHS:-0 1 3}; do for start in drawn scaled given; do
        run=$out/$name-$start-$epochs-$seed from="--word-vectors $out/words.vec --words-length"
        [ -e "$run/eval.json" ] && continue
        case $start in drawn) from= ;; scaled) from="$from drawn" ;; given) from="$from given" ;; esac
        # shellcheck disable=SC2086
        "$akin" train "$set" --whole --out "$run" --force --epochs "$epochs" --seed "$seed" --batch-size 256 --lr 0.02 $words $from
        "$akin" eval "$run" --protocol knn,linear --baselines none --whiten off --json --quiet >/dev/null
    done; done
done; done
python3 - "$out" <<'P'
import glob, json, os, statistics, sys
rows = {}
for path in glob.glob(sys.argv[1] + "/*/eval.json"):
    name, start, epochs, seed = os.path.basename(os.path.dirname(path)).rsplit("-", 3)
    for r in json.load(open(path))["results"]:
        done = json.load(open(os.path.dirname(path) + "/DONE"))
        rows.setdefault((name, int(epochs), start, r["protocol"]), []).append((r["top1"], r["ci95"], done["seconds"]))
with open(sys.argv[1] + "/table.tsv", "w") as out:
    print("set\tepochs\tstart\tprotocol\tseeds\ttop1\tsd\tlow\thigh\tseconds", file=out)
    for key, runs in sorted(rows.items()):
        top = [r[0] for r in runs]
        print(*key, len(runs), "%.4f" % statistics.mean(top), "%.4f" % (statistics.stdev(top) if len(top) > 1 else 0),
              "%.4f" % statistics.mean(r[1][0] for r in runs), "%.4f" % statistics.mean(r[1][1] for r in runs),
              "%.1f" % statistics.mean(r[2] for r in runs), sep="\t", file=out)
P
cat "$out/table.tsv"
