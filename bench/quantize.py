#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What rows in bytes and in bits cost: accuracy, and how many of the true neighbours are found. (docs/choose.md)

    bench/quantize.py OUT [SET...] [NAME=DATA...] [--seeds 0]    make the data, train, judge; again: only what is missing
    bench/quantize.py OUT --speed 250000                         so many drawn rows of 512 columns: time and memory of `akin nn`

Sets and NAME=DATA are those of bench/forms.py; without any: Fashion-MNIST's first 2,000 images, scikit-learn's digits, and the tables
dna and vehicle of R's mlbench. Rows are those of `akin embed` (halfway to whitened), of the test part the first 1,000 are the queries.

kNN: knn-v1 of `akin eval`, with its interval. R@10: the share of the ten nearest by float32 that is among the ten nearest, with the
95 % interval of a mean over queries, of which the items are taken for fixed. "float queries": the queries are float32, the items are
not. "of N": the N nearest by bits that differ, put in order by the cosine of the float query and the signs. Search: processor seconds
of numpy's product in float32, one thread; of bits, of a table of the bits that are set in a byte. Needs numpy.

--speed: processor seconds and the most memory of `akin nn FILE.npy --query Q.npy -k 10 --json`, reading and printing included, for one
query and for 1,000: the least of three runs.
"""
import argparse
import json
import os
import sys
import time

import numpy as np

import forms

USUAL = "fashion-2k", "digits", "dna", "vehicle"
QUERIES, NEAR = 1000, 10
ONES = np.array([bin(b).count("1") for b in range(256)], np.uint16)


def unit(x):
    x = x.astype(np.float32)
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-20)


def signs(bits, width):
    return np.unpackbits(bits, axis=1, count=width).astype(np.float32) * 2 - 1


def best(score, k):
    """The k greatest of each row, first ones first among equals."""
    return np.argsort(-score, axis=1, kind="stable")[:, :k]


def by_product(queries, items):
    return best(unit(queries) @ unit(items).T, NEAR)


def by_bits(queries, items, k):
    apart = np.empty((len(queries), len(items)), np.int32)
    for i, q in enumerate(queries):
        apart[i] = ONES[items ^ q].sum(axis=1)
    return best(-apart, k)


def again(queries, items, found):
    """The NEAR best of those found, by the cosine of float32 and signs."""
    score = np.stack([unit(items[f]) @ q for q, f in zip(unit(queries), found)])
    return np.take_along_axis(found, best(score, NEAR), axis=1)


def timed(search, *words):
    start = time.process_time()
    return search(*words), time.process_time() - start


def recall(true, found):
    share = np.array([len(np.intersect1d(t, f)) / NEAR for t, f in zip(true, found)])
    half = 1.96 * share.std(ddof=1) / np.sqrt(len(share))
    return f"{share.mean():.3f} ± {half:.3f}"


def accuracy(o, base, items, queries):
    told = forms.call(o, "eval", "--features", base + f"train-{items}.npy", "--labels", base + "train-none.labels.npy", "--test-features",
                      base + f"test-{queries}.npy", "--test-labels", base + "test-none.labels.npy", "--protocol", "knn", "--whiten", "off",
                      "--json")
    row = next(r for r in json.loads(told)["results"] if r["protocol"] == "knn-v1")
    return "{:.1f} [{:.1f}, {:.1f}]".format(*(100 * v for v in (row["top1"], *row["ci95"])))


def judge(o, name, seed):
    data, words = forms.data_of(o, name)
    run = os.path.join(o.out, name, str(seed))
    os.makedirs(os.path.dirname(run), exist_ok=True)
    if not os.path.exists(os.path.join(run, "DONE")):
        forms.call(o, "train", data, "--out", run, "--force", "--seed", str(seed), *words)
    base, rows = os.path.join(run, "q-"), {}
    for how in ("none", "int8", "binary"):
        for split in ("train", "test"):
            path = base + f"{split}-{how}.npy"
            forms.call(o, "embed", run, "--split", split, "--form", "half", "--quantize", how, "--force", "-o", path)
            rows[split, how] = np.load(path)
    q = {how: rows["test", how][:QUERIES] for how in ("none", "int8", "binary")}
    items = {how: rows["train", how] for how in q}
    width = items["none"].shape[1]
    sign = signs(items["binary"], width)
    true, seconds = timed(by_product, q["none"], items["none"])
    found = [("float32", "none", "none", true, seconds),
             ("int8", "int8", "int8", *timed(by_product, q["int8"], items["int8"])),
             ("int8, float queries", "int8", "none", *timed(by_product, q["none"], items["int8"])),
             ("binary", "binary", "binary", *timed(by_bits, q["binary"], items["binary"], NEAR)),
             ("binary, float queries", "binary", "none", *timed(by_product, q["none"], sign))]
    for n in (50, 200):
        n = min(n, len(sign))
        near, first = timed(by_bits, q["binary"], items["binary"], n)
        ordered, second = timed(again, q["none"], sign, near)
        found.append((f"binary, of {n} by float queries", None, None, ordered, first + second))
    for what, of_items, of_queries, near, seconds in found:
        top = accuracy(o, base, of_items, of_queries) if of_items else ""
        bytes_of = items["binary" if what[0] == "b" else of_items]
        print(f"| {name} ({len(sign)} x {width}) | {what} | {bytes_of.nbytes // len(sign)} | {top} | {recall(true, near)} | {seconds:.2f} |",
              flush=True)


def draw(o, n, width):
    """Rows, and 1 and 1,000 queries, as float32, int8 and packed signs: those of a run that has learned nothing."""
    run = os.path.join(o.out, "run")
    for name, count in ("q1", 1), ("q1000", 1000), ("rows", n):
        np.save(os.path.join(o.out, f"{name}.npy"), np.random.default_rng(count).normal(size=(count, 128)).astype(np.float32))
    forms.call(o, "train", os.path.join(o.out, "q1000.npy"), "--out", run, "--force", "--recipe", "none", "--encoder", "linear", "--width",
               str(width), "--epochs", "0")
    for name in "rows", "q1", "q1000":
        for how in "none", "int8", "binary":
            forms.call(o, "embed", run, os.path.join(o.out, f"{name}.npy"), "--quantize", how, "--force", "-o",
                       os.path.join(o.out, f"{name}-{how}.npy"))


def cost(o, words):
    """Processor seconds and MB of a call."""
    told = []
    for _ in range(3):
        child = os.posix_spawn(o.akin, [o.akin, "nn", *words, "-k", "10", "--json", "--quiet", "--threads", str(o.threads)], os.environ,
                               file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
        _, status, used = os.wait4(child, 0)
        if status:
            sys.exit(f"akin nn {' '.join(words)} failed")
        told.append((used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))
    return tuple(map(min, zip(*told)))


def speed(o, n, width=512):
    os.makedirs(o.out, exist_ok=True)
    if not os.path.exists(os.path.join(o.out, "q1000-binary.npy")):
        if os.fork() == 0:  # what a child begins with counts for its memory
            draw(o, n, width)
            os._exit(0)
        os.wait()
    at = lambda name, how: os.path.join(o.out, f"{name}-{how}.npy")  # noqa: E731
    kinds = [("float32", "none", "none", []), ("int8, float queries", "int8", "none", []), ("binary", "binary", "binary", []),
             ("binary, float queries", "binary", "none", []),
             ("binary, of 200 by float queries", "binary", "none", ["--rescore", "200"]),
             ("binary, of 200 by float32 rows", "binary", "none", ["--rescore", "200", "--rescore-with", at("rows", "none")]),
             ("binary, of 200 by int8 rows", "binary", "none", ["--rescore", "200", "--rescore-with", at("rows", "int8")])]
    print("| rows | file, MiB | 1 query, s | MiB | 1,000 queries, s | MiB |\n|---|---|---|---|---|---|")
    for what, items, queries, words in kinds:
        one, many = (cost(o, [at("rows", items), "--query", at(q, queries), *words]) for q in ("q1", "q1000"))
        size = os.path.getsize(at("rows", items)) / 2**20
        print(f"| {what} | {size:.0f} | {one[0]:.2f} | {one[1]:.0f} | {many[0]:.2f} | {many[1]:.0f} |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out")
    p.add_argument("sets", nargs="*", metavar="SET")
    p.add_argument("--seeds", default="0")
    p.add_argument("--steps", default="300", help="of images and texts; tables have the program's own number")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--akin", default="build/akin")
    p.add_argument("--speed", type=int, metavar="ROWS")
    o = p.parse_args()
    if o.speed:
        return speed(o, o.speed)
    o.given = dict(s.split("=", 1) for s in o.sets if "=" in s)
    print("| items | rows | bytes an item | kNN | R@10 | search, s |\n|---|---|---|---|---|---|")
    for name in [s.split("=")[0] for s in o.sets] or USUAL:
        if name not in (*forms.IMAGES, *forms.TABLES, *o.given):
            p.error(f"no set {name}: {', '.join((*forms.IMAGES, *forms.TABLES))}, or NAME=DATA")
        for seed in o.seeds.split(","):
            judge(o, name, int(seed))


if __name__ == "__main__":
    sys.exit(main())
