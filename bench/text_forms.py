#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which form of a run's rows tells classes of texts best: plain, halfway to whitened, or hybrid? (docs/choose.md)

    bench/text_forms.py OUT SET... [--seeds 0,1,2]     train by the defaults, embed, evaluate; again: only what is missing
    bench/text_forms.py OUT --table                    what there is so far, as a table

SET is as in bench/text_views.py: verses, whatis, or NAME=DATA with a folder of train.tsv and test.tsv, columns text and label. Labels
are not seen in training.

Of each set, seed and form, on the test part: knn-v1 and linear-v2 by all training labels, and of five labels a class (four draws, the
same for all forms) mean-v1 and the nearest. First the bag of words of `akin eval`, of as many words as training reads. A figure is the
mean over seeds; behind it what it is more than plain, with Student's 95 % interval over seeds where there are several. The last rows
have the mean of that over sets, and its interval over sets. Needs numpy (python3-numpy).
"""
import argparse
import json
import os
import statistics

import forms
import text_views

FORMS = "plain", "half", "hybrid"
HEADS = "knn-v1", "linear-v2", "mean of 5", "nearest of 5"


def linear(o, run, form):
    paths = []
    for split in ("train", "test"):
        path = os.path.join(run, f"{split}-{form}.npy")
        forms.call(o, "embed", run, "--split", split, "--form", form, "--force", "-o", path)
        paths += [path, path[:-4] + ".labels.npy"]
    found = forms.top1(o, *paths, "linear")["linear-v2"]
    for path in paths:
        os.remove(path)
    return found


def one(o, name, data, seed):
    run = os.path.join(o.out, name, str(seed))
    kept = run + ".json"
    if os.path.exists(kept):
        return
    os.makedirs(os.path.dirname(run), exist_ok=True)
    if not os.path.exists(os.path.join(run, "DONE")):
        forms.call(o, "train", data, "--out", run, "--force", "--seed", str(seed))
    forms.call(o, "eval", run, "--protocol", "knn,linear", "--layer", "backbone")
    with open(os.path.join(run, "eval.json")) as file:
        rows = json.load(file)["results"]
    found = {"words": {r["protocol"]: 100 * r["top1"] for r in rows if r["encoder"] == "none" and r["layer"] == "tf-idf"}}
    for form in FORMS:
        knn, mean, nearest = forms.judge(o, run, name, form)
        found[form] = dict(zip(HEADS, (knn, linear(o, run, form), mean, nearest)))
    with open(kept + ".part", "w") as file:
        json.dump(found, file)
    os.rename(kept + ".part", kept)
    print(f"{name}, seed {seed}:", json.dumps(found), flush=True)


def found_of(o, name):
    """What there is of each seed."""
    folder, found = os.path.join(o.out, name), []
    for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if file.endswith(".json"):
            with open(os.path.join(folder, file)) as text:
                found.append(json.load(text))
    return found


def table(o):
    print("| set | rows | " + " | ".join(HEADS) + " |\n" + "|---" * (len(HEADS) + 2) + "|")
    more = {form: {head: [] for head in HEADS} for form in FORMS}
    for name in sorted(set(os.listdir(o.out)) - {"data"}):
        seeds = found_of(o, name)
        if not seeds:
            continue
        words = [statistics.mean(s["words"][head] for s in seeds) if head in seeds[0]["words"] else None for head in HEADS]
        print(f"| {name} | bag of words | " + " | ".join("" if w is None else f"{w:.1f}" for w in words) + " |")
        for form in FORMS:
            cells = []
            for head in HEADS:
                apart = [s[form][head] - s["plain"][head] for s in seeds]
                more[form][head].append(statistics.mean(apart))
                cells.append(f"{statistics.mean(s[form][head] for s in seeds):.1f}"
                             + (f", {text_views.more_than(apart)}" if form != "plain" else ""))
            print(f"| {name} | {form} | " + " | ".join(cells) + " |")
    for form in FORMS[1:]:
        sets = more[form][HEADS[0]]
        if len(sets) > 1:
            print(f"| sets ({len(sets)}) | {form} | " + " | ".join(text_views.more_than(more[form][h]) for h in HEADS) + " |")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("sets", nargs="*", metavar="SET")
    p.add_argument("--table", action="store_true")
    p.add_argument("--seeds", default="0,1,2")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--akin", default="build/akin")
    o = p.parse_args()
    for seed in o.seeds.split(","):
        for given in o.sets:
            one(o, *text_views.data_of(o, given), int(seed))
    if o.table:
        table(o)


if __name__ == "__main__":
    main()
