#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shape of Arora et al.'s Tables 1 and 2 and Figure 2 on documents: trains, evaluates, prints Markdown.

    bench/text_tables.py [--akin build/akin] [--threads 2] [--seeds 0,1,2] [--only WORD] FOLDER NAME=DATA...

NAME is linux or brown, DATA a folder of documents. A run is FOLDER/NAME/ROW-SEED; what is done is not done again, and
runs that are missing are left out of the tables (--print only prints). FOLDER/results.tsv has a line for each number.
Of each document a fifth of the sentences is test and a tenth is val (drawn alike for all runs, whatever their seed); settings
were chosen on val. An interval is Student's over the seeds: mean +- t * s / sqrt(n), n - 1 degrees of freedom.
"""
import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict

SPLIT = "--format documents --drop-duplicates --min-words 1 --hold-val 0.1 --holdout 0.2 --hold-random --target group"
BAG = "--dim 100 --maxn 0 --min-count 2 --head-out 0 "  # words alone: every row of a table takes seconds
IN_BATCH = "--loss infonce --pairs group --temperature 0.1 --epochs 8 --batch-size 512 --lr 0.01"
BEST = ("--dim 300 --minn 3 --maxn 5 --buckets 100000 --head-out 0 --text-view erase --word-erase 0.4 --loss infonce "
        "--pairs group --temperature 0.1 --epochs 14 --batch-size 512 --lr 0.01")
CURL = BAG + "--loss curl-logistic --epochs 2 --batch-size 256 --lr 0.1"
SUPERVISED = BAG + "--loss cross-entropy --epochs 4 --batch-size 512 --lr 0.03"
ALL, MEAN = "mean,mean5,linear", "mean"
ROWS = {  # name: what it is, options, classifiers
    "supervised": ("supervised", SUPERVISED, ALL),
    "curl": ("CURL, k = 4, b = 5", CURL + " --negatives 4 --block 5", ALL),
    "inbatch": ("in-batch", BAG + IN_BATCH, ALL),
    "best": ("in-batch, large", BEST, ALL),
}
TABLE1 = "supervised", "curl", "inbatch", "best"
for b in 2, 10:
    ROWS[f"curl-b{b}"] = (f"b = {b}", CURL + f" --negatives 4 --block {b}", MEAN)
for k in 1, 4, 10, 50:
    ROWS[f"curl-k{k}"] = (f"k = {k}", CURL + f" --negatives {k} --block 1", MEAN)
T975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}


def run(args, data, folder, row, seed):
    """The rows of eval.json of one run, trained and evaluated if need be; None if it is missing and may not be made."""
    _, options, classifiers = ROWS[row]
    if seed not in args.linear:
        classifiers = classifiers.replace(",linear", "")
    out = os.path.join(folder, f"{row}-{seed}")
    stored = os.path.join(out, "eval.json")
    if not os.path.exists(stored):
        if args.print:
            return None
        common = ["--threads", str(args.threads), "--quiet"]
        if not os.path.exists(os.path.join(out, "DONE")):
            subprocess.run([args.akin, "train", data, "--out", out, "--resume", "--recipe", "none", "--seed", str(seed), *SPLIT.split(),
                            *options.split(), *common], check=True)
        subprocess.run([args.akin, "eval", out, "--target", "group", "--protocol", "kway", "--classifiers", classifiers,
                        "--top", "1,10", "--layer", "backbone", "--baselines", "none", "--whiten", "off", *common], check=True)
    with open(stored, encoding="utf-8") as f:
        results = json.load(f)["results"]
    with open(os.path.join(out, "DONE"), encoding="utf-8") as f:
        return [r for r in results if r["layer"] == "backbone"], json.load(f)["seconds"]


def classifier(r):
    return "TR" if r["classifier"] == "linear" else "mu-5" if r.get("labels_per_class") else "mu"


def collect(args, name, data):
    """{row: {(classifier, metric): [value a seed]}}, seconds {row: [..]}"""
    values, seconds = defaultdict(lambda: defaultdict(list)), defaultdict(list)
    for seed in args.seeds:
        for row in ROWS:
            if args.only and args.only not in row:
                continue
            done = run(args, data, os.path.join(args.folder, name), row, seed)
            if not done:
                continue
            seconds[row].append(done[1])
            for r in done[0]:
                for metric, of in ("AVG", r["avg"]), ("TOP", r["top"]):
                    for k, v in of.items():
                        values[row][classifier(r), f"{metric}-{k}"].append(100 * v)
    return values, seconds


def cell(v):
    n = len(v)
    if n == 0:
        return "-"
    mean = sum(v) / n
    if n == 1:
        return f"{mean:.1f} (one seed)"
    half = T975[n - 1] * (sum((x - mean) ** 2 for x in v) / (n - 1) / n) ** 0.5
    return f"{mean:.1f} ± {half:.2f}"


def print_tables(name, values, seconds):
    print(f"\n**{name}**, Table 1\n\n| encoder | classifier | AVG-2 | AVG-10 | TOP-10 | TOP-1 |\n|---|---|---|---|---|---|")
    for r in TABLE1:
        for c in "TR", "mu", "mu-5":
            print(f"| {ROWS[r][0]} | {c} | " +
                  " | ".join(cell(values[r][c, m]) for m in ("AVG-2", "AVG-10", "TOP-10", "TOP-1")) + " |")
    for title, rows in (("Table 2, block size, k = 4", ("curl-b2", "curl", "curl-b10")),
                        ("Figure 2, negatives, b = 1", ("curl-k1", "curl-k4", "curl-k10", "curl-k50"))):
        print(f"\n**{name}**, {title}\n\n| | AVG-2 mu | AVG-10 mu | TOP-1 mu | seconds |\n|---|---|---|---|---|")
        for r in rows:
            print(f"| {ROWS[r][0]} | " + " | ".join(cell(values[r]['mu', m]) for m in ("AVG-2", "AVG-10", "TOP-1")) +
                  f" | {sum(seconds[r]) / max(1, len(seconds[r])):.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--akin", default="build/akin")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--linear", default="0,1,2", help="seeds with the trained linear layer, the slowest part")
    parser.add_argument("--only")
    parser.add_argument("--print", action="store_true")
    parser.add_argument("folder")
    parser.add_argument("sets", nargs="+", metavar="NAME=DATA")
    args = parser.parse_args()
    args.linear = [int(s) for s in args.linear.split(",")]
    args.seeds = [int(s) for s in args.seeds.split(",")]
    with_lines = []
    for pair in args.sets:
        name, _, data = pair.partition("=")
        values, seconds = collect(args, name, data)
        print_tables(name, values, seconds)
        for row, of in values.items():
            for (c, m), v in of.items():
                with_lines.extend(f"{name}\t{row}\t{c}\t{m}\t{s}\t{x:.3f}\n" for s, x in zip(args.seeds, v))
    with open(os.path.join(args.folder, "results.tsv"), "w", encoding="utf-8") as f:
        f.write("set\trow\tclassifier\tmetric\tseed\tpercent\n")
        f.writelines(with_lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
