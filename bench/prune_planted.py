#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images with planted trouble, to see what akin prune finds (docs/studies/prune.md).

    prune_planted.py make OUT --images TRAIN-IMAGES --labels TRAIN-LABELS --outliers OTHER-IMAGES [--n 10000] [--seed 0]
    prune_planted.py score TABLE.tsv OUT/kinds.txt [--seed 0]
    prune_planted.py table RESULT.json RESULT.json ...

make   n images drawn from TRAIN-IMAGES (IDX), of which, at random places:
         3 % copies of another item, bit by bit;  3 % near copies: shifted by one pixel, and noise of sd 4 of 255;
         5 % mixed half and half with an item of another class, the host's label kept [Zhang2025, its mixed sets];
         3 % images of OTHER-IMAGES (IDX of the same size);  2 % noise: the pixels of an item in random order.
       Writes OUT in the MNIST files' form and the kind of each item to OUT/kinds.txt. Labels are for --by gap only.
score  precision at the planted number of items of each kind, which then equals recall: the share of a kind among as many
       items as were planted of it, taken by each score, either end; area under the ROC curve; a random order beside.
       Of copies: precision and recall of the groups. One JSON object on stdout.
table  mean and 95 % interval over seeds of such objects, in the form of a Markdown table.
"""
import argparse
import gzip
import json
import os
import random
import struct

SHARES = {"copy": 0.03, "near-copy": 0.03, "mixed": 0.05, "other-set": 0.03, "noise": 0.02}


def read_idx(path):
    """Items as bytes, and the size of one."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        data = f.read()
    shape = struct.unpack(">" + "I" * data[3], data[4 : 4 + 4 * data[3]])
    size = 1
    for d in shape[1:]:
        size *= d
    start = 4 + 4 * data[3]
    return [data[start + i * size : start + (i + 1) * size] for i in range(shape[0])], shape[1:]


def write_idx(path, items, shape):
    with open(path, "wb") as f:
        f.write(struct.pack(">BBBB" + "I" * (1 + len(shape)), 0, 0, 8, 1 + len(shape), len(items), *shape))
        f.write(b"".join(items))


def shifted(image, h, w, rng):
    dy, dx = rng.choice([(0, 1), (0, -1), (1, 0), (-1, 0)])
    moved = (image[(y - dy) % h * w + (x - dx) % w] for y in range(h) for x in range(w))
    return bytes(min(255, max(0, round(v + rng.gauss(0, 4)))) for v in moved)


def make(args):
    rng = random.Random(args.seed)
    (images, shape), (labels, _), (other, _) = (read_idx(p) for p in (args.images, args.labels, args.outliers))
    chosen = rng.sample(range(len(images)), args.n)
    x, y = [images[i] for i in chosen], [labels[i] for i in chosen]
    kind, source = ["clean"] * args.n, [-1] * args.n
    places = rng.sample(range(args.n), args.n)
    for name, share in SHARES.items():
        for _ in range(round(share * args.n)):
            kind[places.pop()] = name
    clean = [i for i in range(args.n) if kind[i] == "clean"]
    partners = rng.sample(clean, len(clean))  # no item is copied twice
    strangers = rng.sample(other, min(len(other), args.n))
    for i in range(args.n):
        if kind[i] in ("copy", "near-copy"):
            j = source[i] = partners.pop()
            y[i] = y[j]
            x[i] = x[j] if kind[i] == "copy" else shifted(x[j], shape[0], shape[1], rng)
        elif kind[i] == "mixed":
            j = rng.choice(clean)
            while y[j] == y[i]:
                j = rng.choice(clean)
            x[i] = bytes((a + b + 1) // 2 for a, b in zip(x[i], x[j]))
        elif kind[i] == "other-set":
            x[i] = strangers.pop()
        elif kind[i] == "noise":
            x[i] = bytes(rng.sample(x[i], len(x[i])))
    os.makedirs(args.out, exist_ok=True)
    write_idx(os.path.join(args.out, "train-images-idx3-ubyte"), x, shape)
    write_idx(os.path.join(args.out, "train-labels-idx1-ubyte"), y, ())
    with open(os.path.join(args.out, "kinds.txt"), "w") as f:
        f.writelines(f"{k}\t{s}\n" for k, s in zip(kind, source))


def precision_and_area(value, planted):
    """Of as many items of the greatest value as were planted; and the chance that a planted item has a greater value than
    another, ties half: the area under the ROC curve."""
    order = sorted(range(len(value)), key=lambda i: (-value[i], i))
    many = sum(planted)
    hits = sum(planted[i] for i in order[:many])
    order.reverse()
    ranks, start = 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and value[order[end]] == value[order[start]]:
            end += 1
        ranks += (start + end - 1) / 2 * sum(planted[i] for i in order[start:end])
        start = end
    return hits / many, (ranks - many * (many - 1) / 2) / (many * (len(value) - many))


def score(args):
    with open(args.table) as f:
        names = f.readline().rstrip("\n").split("\t")
        rows = [line.rstrip("\n").split("\t") for line in f]
    with open(args.kinds) as f:
        kinds, source = zip(*(line.rstrip("\n").split("\t") for line in f))
    if len(rows) != len(kinds):
        raise SystemExit(f"{args.table} has {len(rows)} items, {args.kinds} {len(kinds)}")
    rng = random.Random(args.seed)
    values = {n: [float(r[c]) for r in rows] for c, n in enumerate(names) if 2 <= c < names.index("difficult")}
    values = {n: v for n, v in values.items() if v[0] == v[0]}
    values["random"] = [rng.random() for _ in rows]
    out = {"scores": {}, "copies": {}}
    for kind in ("mixed", "other-set", "noise", "any"):
        bad = ("mixed", "other-set", "noise") if kind == "any" else (kind,)
        among = [i for i in range(len(rows)) if kind == "any" or kinds[i] == "clean" or kinds[i] in bad]
        planted = [kinds[i] in bad for i in among]
        for name, v in values.items():
            for sign, end in ((1, "great"), (-1, "small")):
                p, a = precision_and_area([sign * v[i] for i in among], planted)
                out["scores"][f"{kind}/{name}/{end}"] = {"precision": p, "area": a}
    at = {r[0]: i for i, r in enumerate(rows)}
    group = [at[r[names.index("group")]] for r in rows]
    found = {"copy": 0, "near-copy": 0}  # which of two equal items goes is a matter of order
    planted = {k: kinds.count(k) for k in found}
    for i, k in enumerate(kinds):
        if k in found:
            found[k] += group[i] == group[int(source[i])]
    dropped = sum(g != i for i, g in enumerate(group))
    for k in found:
        out["copies"][k] = {"recall": found[k] / planted[k]}
    nearest = [at[r[names.index("nearest")]] for r in rows]
    near = [i for i, k in enumerate(kinds) if k == "near-copy"]
    out["copies"]["near-copy"]["nearest"] = sum(nearest[i] == int(source[i]) for i in near) / len(near)
    out["copies"]["dropped"] = dropped
    out["copies"]["precision"] = sum(found.values()) / max(1, dropped)
    out["copies"]["recall"] = sum(found.values()) / sum(planted.values())
    label = [r[names.index("label")] for r in rows]
    clean = [i for i, k in enumerate(kinds) if k == "clean" and kinds[nearest[i]] == "clean"]
    clean.sort(key=lambda i: -values["collision"][i])
    same = [label[i] == label[nearest[i]] for i in clean]
    tenth = len(clean) // 10
    out["kin"] = {"top tenth by collision": sum(same[:tenth]) / tenth, "last tenth": sum(same[-tenth:]) / tenth,
                  "all": sum(same) / len(same)}
    print(json.dumps(out))


def interval(values):
    """Mean and half the width of its 95 % interval over seeds (Student's t)."""
    n = len(values)
    mean = sum(values) / n
    sd = (sum((v - mean) ** 2 for v in values) / (n - 1)) ** 0.5
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}[n]
    return f"{mean:.3f} +- {t * sd / n**0.5:.3f}"


def table(args):
    runs = [json.load(open(f)) for f in args.results]
    for key in runs[0]["scores"]:
        areas = [r["scores"][key]["area"] for r in runs]
        if sum(areas) / len(areas) < args.least:
            continue
        kind, name, end = key.split("/")
        precision = interval([r["scores"][key]["precision"] for r in runs])
        print(f"| {kind} | {name}, {end} | {precision} | {interval(areas)} |")
    for name in ("precision", "recall"):
        print(f"| groups of copies | {name} | {interval([r['copies'][name] for r in runs])} | |")
    for kind in ("copy", "near-copy"):
        print(f"| {kind} | recall | {interval([r['copies'][kind]['recall'] for r in runs])} | |")
    print(f"| near-copy | nearest is the original | {interval([r['copies']['near-copy']['nearest'] for r in runs])} | |")
    for key in runs[0]["kin"]:
        print(f"| nearest is of the same class | {key} | {interval([r['kin'][key] for r in runs])} | |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    a = verbs.add_parser("make")
    a.add_argument("out")
    for name in ("images", "labels", "outliers"):
        a.add_argument("--" + name, required=True)
    a.add_argument("--n", type=int, default=10000)
    a.add_argument("--seed", type=int, default=0)
    a.set_defaults(run=make)
    b = verbs.add_parser("score")
    b.add_argument("table")
    b.add_argument("kinds")
    b.add_argument("--seed", type=int, default=0)
    b.set_defaults(run=score)
    c = verbs.add_parser("table")
    c.add_argument("results", nargs="+")
    c.add_argument("--least", type=float, default=0.0, help="leave out scores of a smaller area")
    c.set_defaults(run=table)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
