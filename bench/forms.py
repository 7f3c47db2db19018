#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which form of a run's rows tells classes best: plain, halfway to whitened, or whitened? (docs/choose.md)

    bench/forms.py OUT [SET...] [NAME=DATA...] [--seeds 0,1,2]    make the data, train, evaluate; again: only what is missing
    bench/forms.py OUT --table                                    what there is so far, as a table

Sets: Fashion-MNIST's first 2,000 images and scikit-learn's digits (bench/defaults.py; 300 steps), and ten tables (scikit-learn's wine
and breast cancer, eight of R's mlbench; a quarter held out). NAME=DATA: a folder with train.tsv and test.tsv, columns text and label,
of which the labels are not seen in training (300 steps).

Of each run and form, by `akin eval` on the test part: knn-v1 by all training labels, and of five labels a class (four draws, the same
for all forms) mean-v1 and the nearest, which is knn-v1 of one neighbour. A figure is the mean over draws, then over seeds, then over
sets. Intervals are Student's, of the paired differences: over sets, or over seeds in the row of one set. Needs numpy, which the
distribution's python3 has by python3-numpy; a data set that is missing is told with its package.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import zlib

import numpy as np

import defaults

FORMS = "plain", "half", "whitened"
HEADS = "kNN, all labels", "mean of 5", "nearest of 5"
DRAWS, FEW = 4, 5
IMAGES = "fashion-2k", "digits"
SKLEARN = {"wine": "load_wine", "breast": "load_breast_cancer"}
MLBENCH = {  # name here: of mlbench, the column of its classes
    "vehicle": ("Vehicle", "Class"),
    "vowel": ("Vowel", "Class"),
    "dna": ("DNA", "Class"),
    "sonar": ("Sonar", "Class"),
    "breastcancer": ("BreastCancer", "Class"),
    "pima": ("PimaIndiansDiabetes", "diabetes"),
    "ionosphere": ("Ionosphere", "Class"),
    "glass": ("Glass", "Type"),
}
TABLES = *SKLEARN, *MLBENCH
HALF_T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 11: 2.201, 12: 2.179}

R = """library(mlbench); e <- new.env(); data(list = '{name}', envir = e); s <- na.omit(get('{name}', e)); s$Id <- NULL
names(s)[names(s) == '{label}'] <- 'label'
for (c in setdiff(names(s), 'label')) if (is.factor(s[[c]])) s[[c]] <- as.integer(s[[c]])
s$label <- paste0('k', as.integer(as.factor(s$label)))
write.csv(s[, sapply(s, function(v) length(unique(v)) > 1)], '{path}', row.names = FALSE, quote = FALSE)"""


def sklearn_table(name, path):
    try:
        import sklearn.datasets
    except ImportError:
        defaults.stop("scikit-learn", "python3-sklearn")
    found = getattr(sklearn.datasets, SKLEARN[name])()
    with open(path, "w") as file:
        file.write(",".join(f"c{i}" for i in range(found.data.shape[1])) + ",label\n")
        for row, label in zip(found.data, found.target):
            file.write(",".join(f"{v:g}" for v in row) + f",k{label}\n")


def mlbench_table(name, path):
    of, label = MLBENCH[name]
    if not shutil.which("Rscript") or subprocess.call(["Rscript", "-e", R.format(name=of, label=label, path=path)]):
        defaults.stop("mlbench of R", "r-base-core r-cran-mlbench")


def data_of(o, name):
    """The set, made where it is not there yet, and what `akin train` is told of it."""
    if name in o.given:
        return o.given[name], ["--steps", o.steps, "--pairs", "views", "--text-view", "erase", "--word-erase", "0.4"]
    folder = os.path.join(o.out, "data")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name if name in IMAGES else name + ".csv")
    if not os.path.exists(path):
        part = os.path.join(folder, "part-" + os.path.basename(path))
        shutil.rmtree(part, ignore_errors=True)
        if name in IMAGES:
            os.makedirs(part)
            defaults.SETS[name][0](part)
        else:
            (sklearn_table if name in SKLEARN else mlbench_table)(name, part)
        os.rename(part, path)
    return path, ["--steps", o.steps] if name in IMAGES else ["--label-column", "label", "--holdout", "0.25"]


def call(o, *words):
    return subprocess.run([o.akin, *words, "--quiet", "--threads", str(o.threads)], check=True, stdout=subprocess.PIPE).stdout


def draw(labels, name, number):
    """Places of FEW items a class, the same on every machine and for every form."""
    chance = np.random.RandomState([zlib.crc32(name.encode()), number])
    return np.concatenate([chance.permutation(np.flatnonzero(labels == c))[:FEW] for c in np.unique(labels)])


def top1(o, train, labels, test, test_labels, protocol, *words):
    told = call(o, "eval", "--features", train, "--labels", labels, "--test-features", test, "--test-labels", test_labels, "--protocol",
                protocol, "--whiten", "off", "--json", *words)
    return {row["protocol"]: 100 * row["top1"] for row in json.loads(told)["results"]}


def judge(o, run, name, form):
    """The three figures of HEADS."""
    paths = []
    for split in ("train", "test"):
        path = os.path.join(run, f"{split}-{form}.npy")
        call(o, "embed", run, "--split", split, "--form", form, "--force", "-o", path)
        paths += [path, path[:-4] + ".labels.npy"]
    figures = [[top1(o, *paths, "knn")["knn-v1"]]]
    rows, labels = np.load(paths[0]), np.load(paths[1]).ravel()
    few = [os.path.join(run, "few.npy"), os.path.join(run, "few.labels.npy")]
    found = []
    for number in range(DRAWS):
        at = draw(labels, name, number)
        np.save(few[0], rows[at])
        np.save(few[1], labels[at])
        found.append(top1(o, *few, *paths[2:], "mean,knn", "--k", "1"))
    figures += [[f["mean-v1"] for f in found], [f["knn-v1"] for f in found]]
    for path in {*paths, *few}:
        os.remove(path)
    return [float(np.mean(f)) for f in figures]


def one(o, name, seed):
    run = os.path.join(o.out, name, str(seed))
    kept = run + ".json"
    if os.path.exists(kept):
        return
    data, words = data_of(o, name)
    os.makedirs(os.path.dirname(run), exist_ok=True)
    if not os.path.exists(os.path.join(run, "DONE")):
        call(o, "train", data, "--out", run, "--force", "--seed", str(seed), *words)
    found = {form: judge(o, run, name, form) for form in FORMS}
    with open(kept + ".part", "w") as file:
        json.dump(found, file)
    os.rename(kept + ".part", kept)
    print(f"{name}, seed {seed}:", "; ".join(f"{form} " + " ".join(f"{v:.1f}" for v in found[form]) for form in FORMS), flush=True)


def found_of(o, name):
    """[seeds, forms, figures], or None where there is nothing."""
    folder, found = os.path.join(o.out, name), []
    for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if file.endswith(".json"):
            with open(os.path.join(folder, file)) as text:
                kept = json.load(text)
            found.append([kept[form] for form in FORMS])
    return np.array(found) if found else None


def interval(values):
    """Mean and 95 % interval by Student's t over values that are independent."""
    mean, n = np.mean(values), len(values)
    if n < 2:
        return f"{mean:+.1f}"
    half = HALF_T.get(n - 1, 2.0) * np.std(values, ddof=1) / np.sqrt(n)
    return f"{mean:+.1f} [{mean - half:+.1f}, {mean + half:+.1f}]"


def print_rows(what, values):
    """values [n, forms, figures]: n sets, or n seeds of a set."""
    for f, form in enumerate(FORMS):
        cells = [f"{np.mean(values[:, f, k]):.1f}" + (f", {interval(values[:, f, k] - values[:, 0, k])}" if f else "")
                 for k in range(len(HEADS))]
        print(f"| {what} | {form} | " + " | ".join(cells) + " |")


def table(o):
    print("| sets | form | " + " | ".join(HEADS) + " |\n|---|---|" + "---|" * len(HEADS))
    known = {name: found_of(o, name) for name in (*IMAGES, *TABLES)}
    mean = {name: v.mean(0) for name, v in known.items() if v is not None}
    for what, names in (("images", IMAGES), ("tables", TABLES), ("images and tables", (*IMAGES, *TABLES))):
        values = [mean[n] for n in names if n in mean]
        if values:
            print_rows(f"{what} ({len(values)})", np.array(values))
    for name in sorted(os.listdir(o.out)):
        values = None if name in known else found_of(o, name)
        if values is not None:
            print_rows(f"{name} ({len(values)} seeds)", values)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("sets", nargs="*", metavar="SET", help="none: all that need no DATA")
    p.add_argument("--table", action="store_true", help="nothing but the table")
    p.add_argument("--seeds", default="0,1,2")
    p.add_argument("--steps", default="300", help="of images and texts; tables have the program's own number")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--akin", default="build/akin")
    o = p.parse_args()
    o.given = dict(s.split("=", 1) for s in o.sets if "=" in s)
    names = [s.split("=")[0] for s in o.sets] or [*IMAGES, *TABLES]
    for name in names:
        if name not in (*IMAGES, *TABLES, *o.given):
            p.error(f"no set {name}: {', '.join((*IMAGES, *TABLES))}, or NAME=DATA")
    for seed in () if o.table else o.seeds.split(","):
        for name in names:
            one(o, name, int(seed))
    table(o)


if __name__ == "__main__":
    sys.exit(main())
