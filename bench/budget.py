#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When are smaller views, or a narrower encoder, worth what they lose? (docs/training.md, "A time in place of epochs")

    bench/budget.py OUT DATA [--seeds 0,1]      train and evaluate; again: only what is missing
    bench/budget.py OUT --table                 what there is so far, as a table

DATA: a folder with train/CLASS/ and test/CLASS/ of pictures, of which the first 1,000 and 200 of each class are taken. A few
steps of each choice are timed; then each has as many steps as fit into the same processor seconds. One row a time: how often the
first choice, which is the largest, sees the data, its knn-v1 on the test part, and what the others have more, with Student's 95 %
interval of the paired differences over seeds. Labels are not seen in training.
"""
import argparse
import glob
import json
import os
import resource
import shutil
import subprocess
import sys

import numpy as np

from forms import interval

CHOICES = {"24 pixels, width 32": (24, 32), "16 pixels, width 32": (16, 32), "24 pixels, width 16": (24, 16),
           "16 pixels, width 16": (16, 16), "24 pixels, width 8": (24, 8)}
BATCH = 256


def subset(o):
    folder = os.path.join(o.out, "data")
    if os.path.isdir(folder):
        return folder
    for split, most in (("train", o.items), ("test", o.items // 5)):
        for kind in sorted(os.listdir(os.path.join(o.data, split))):
            to = os.path.join(folder + ".part", split, kind)
            os.makedirs(to)
            for path in sorted(glob.glob(os.path.join(o.data, split, kind, "*")))[:most]:
                shutil.copy(path, to)
    os.rename(folder + ".part", folder)
    return folder


def call(o, *words):
    """Its output, and its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run([o.akin, *words, "--quiet", "--threads", str(o.threads)], check=True, stdout=subprocess.PIPE).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return out, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def train(o, run, choice, steps, seed):
    side, width = CHOICES[choice]
    words = ["--view-height", str(side), "--view-width", str(side), "--width", str(width), "--batch-size", str(BATCH)]
    return call(o, "train", subset(o), "--out", run, "--force", "--recipe", "photos", "--precision", o.precision, "--steps", str(steps),
                "--seed", str(seed), *words)[1]


def step_seconds(o):
    """choice: processor seconds of a step, by the difference of two runs, so that start and data do not count."""
    path = os.path.join(o.out, "steps.json")
    if not os.path.exists(path):
        found = {}
        for choice in CHOICES:
            run = os.path.join(o.out, "timed")
            found[choice] = min((train(o, run, choice, 22, 0) - train(o, run, choice, 2, 0)) / 20 for _ in range(2))
        with open(path, "w") as file:
            json.dump(found, file)
    with open(path) as file:
        return json.load(file)


def one(o, choice, seconds, seed):
    run = os.path.join(o.out, choice.replace(", ", "-").replace(" ", "-"), f"{seconds:g}-{seed}")
    if os.path.exists(run + ".json"):
        return
    train(o, run, choice, max(1, round(seconds / step_seconds(o)[choice])), seed)
    words = []
    for split, flag in (("train", ""), ("test", "test-")):
        path = os.path.join(run, split + ".npy")
        call(o, "embed", run, "--split", split, "-o", path)
        words += [f"--{flag}features", path, f"--{flag}labels", path[:-4] + ".labels.npy"]
    rows = json.loads(call(o, "eval", *words, "--protocol", "knn", "--whiten", "off", "--json")[0])["results"]
    with open(run + ".json", "w") as file:
        json.dump(100 * rows[0]["top1"], file)
    shutil.rmtree(run)
    print(f"{choice}, {seconds:g} s, seed {seed}: {100 * rows[0]['top1']:.1f}", flush=True)


def found_of(o, choice, seconds):
    found = {}
    for path in glob.glob(os.path.join(o.out, choice.replace(", ", "-").replace(" ", "-"), f"{seconds:g}-*.json")):
        with open(path) as file:
            found[int(path[:-5].rsplit("-", 1)[1])] = json.load(file)
    return found


def table(o):
    first, *others = CHOICES
    cost = step_seconds(o)
    epoch = 10 * o.items // BATCH * cost[first]
    print(f"| processor time, s | epochs of {first} | {first} | " + " | ".join(f"{c} ({cost[first] / cost[c]:.1f} x)" for c in others)
          + " |\n|" + "---|" * (3 + len(others)))
    for seconds in o.seconds:
        base = found_of(o, first, seconds)
        if not base:
            continue
        cells = []
        for choice in others:
            found = found_of(o, choice, seconds)
            seeds = sorted(set(found) & set(base))
            cells.append(interval(np.array([found[s] - base[s] for s in seeds])) if seeds else "-")
        print(f"| {seconds:g} | {seconds / epoch:.1f} | {np.mean(list(base.values())):.1f} | " + " | ".join(cells) + " |")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("data", nargs="?")
    p.add_argument("--table", action="store_true", help="nothing but the table")
    p.add_argument("--seeds", default="0,1")
    p.add_argument("--seconds", type=lambda t: [float(s) for s in t.split(",")], default=[1.5, 4.5, 13, 40])
    p.add_argument("--items", type=int, default=1000, help="of a class to learn from")
    p.add_argument("--precision", default="bf16")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--akin", default="build/akin")
    o = p.parse_intermixed_args()
    for seed in () if o.table else o.seeds.split(","):
        for seconds in o.seconds:
            for choice in CHOICES:
                one(o, choice, seconds, int(seed))
    table(o)


if __name__ == "__main__":
    sys.exit(main())
