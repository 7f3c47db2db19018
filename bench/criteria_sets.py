#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small labelled sets out of Debian packages, for the study of criteria that need no labels (docs/studies/criteria.md).

    bench/criteria_sets.py OUT [--root DIR]

    apt-get install dataset-fashion-mnist opencv-doc python3-sklearn wordnet-base linux-doc-6.1
    apt-get -o Acquire::Languages=en update

OUT/NAME has a training and a test part:

    fashion   images 28x28: the first 3000 training images of Fashion-MNIST, the first 1500 of the test part; 10 classes
    digits    images 20x20: opencv-doc's digits.png, of each digit the first 350, and the last 150; 10 classes
    scans     a table of 64 columns: scikit-learn's digits of 8x8, two of three rows, and every third; 10 classes
    letters   a table of 16 columns: opencv-doc's letter-recognition, rows 1 to 4000, and 4001 to 6000; 26 classes
    packages  texts: the long descriptions of Debian's packages, one a source; the ten most frequent sections but the
              libraries' (libs, libdevel, oldlibs), 400 of each, of which the first 300 by SHA-256 of the name are training
    glosses   texts: WordNet's glosses, of each of the fourteen most frequent lexicographer files 300, of which 200 training
    kernel    texts: sentences of the Linux kernel's documentation, of each of the ten largest folders 400, of which 260
              training; files of the test part are not in the training part

Files of test and training items are chosen by SHA-256 of a name, so the same package gives the same set. --root DIR: the
packages were unpacked into DIR (dpkg -x) and not installed; fashion, and apt's lists, are those of this machine.
"""
import argparse
import csv
import glob
import gzip
import hashlib
import os
import re
import struct
import subprocess
import sys
import zlib
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
ENDS = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")


def rank(name):
    return hashlib.sha256(name.encode()).hexdigest()


def write_idx(folder, split, size, images, labels):
    """images: bytes of size x size each."""
    os.makedirs(folder, exist_ok=True)
    part = "train" if split == "train" else "t10k"
    for kind, head, body in (("images-idx3", struct.pack(">IIII", 0x803, len(images), size, size), b"".join(images)),
                             ("labels-idx1", struct.pack(">II", 0x801, len(labels)), bytes(labels))):
        with open(f"{folder}/{part}-{kind}-ubyte.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as f:
            f.write(head + body)


def write_rows(folder, split, rows, names):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{split}.csv", "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(names)
        out.writerows(rows)


def fashion(root, out):
    top = "/usr/share/datasets/fashion-mnist/"
    for split, part, n in ("train", "train", 3000), ("test", "t10k", 1500):
        with gzip.open(f"{top}{part}-images-idx3-ubyte.gz") as f:
            data = f.read(16 + n * 784)[16:]
        with gzip.open(f"{top}{part}-labels-idx1-ubyte.gz") as f:
            labels = f.read(8 + n)[8:]
        write_idx(out, split, 28, [data[i * 784:(i + 1) * 784] for i in range(n)], labels)


def grey_png(path):
    """Rows of an 8-bit grey image that is not interlaced."""
    with open(path, "rb") as f:
        data = f.read()
    at, packed = 8, b""
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[at + 8:at + 21])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + n]
        at += 12 + n
    if (depth, colour, interlace) != (8, 0, 0):
        sys.exit(f"criteria_sets: {path} is not what it was")
    raw, rows, above = zlib.decompress(packed), [], bytes(width)
    for y in range(height):
        kind, line = raw[y * (width + 1)], bytearray(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
        for x in range(width):
            left, up, corner = (line[x - 1] if x else 0), above[x], (above[x - 1] if x else 0)
            guess = left + up - corner
            near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            line[x] = (line[x] + (0, left, up, (left + up) // 2, near)[kind]) & 255
        rows.append(bytes(line))
        above = line
    return rows


def digits(root, out):
    rows = grey_png(root + "/usr/share/doc/opencv-doc/examples/data/digits.png")
    parts = {"train": ([], []), "test": ([], [])}
    for digit in range(10):
        for k in range(500):
            top, left = 20 * (5 * digit + k // 100), 20 * (k % 100)
            images, labels = parts["train" if k < 350 else "test"]
            images.append(b"".join(rows[top + y][left:left + 20] for y in range(20)))
            labels.append(digit)
    for split, (images, labels) in parts.items():
        write_idx(out, split, 20, images, labels)


def scans(root, out):
    with gzip.open(root + "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz", "rt") as f:
        rows = [[str(int(float(x))) for x in line.split(",")] for line in f]
    names = [f"p{i}" for i in range(64)] + ["label"]
    write_rows(out, "train", [r for i, r in enumerate(rows) if i % 3], names)
    write_rows(out, "test", [r for i, r in enumerate(rows) if not i % 3], names)


def letters(root, out):
    with open(root + "/usr/share/doc/opencv-doc/examples/data/letter-recognition.data") as f:
        rows = [line.strip().split(",") for line in f]
    names = ["label"] + [f"x{i}" for i in range(1, 17)]
    write_rows(out, "train", rows[:4000], names)
    write_rows(out, "test", rows[4000:6000], names)


def write_texts(out, classes, training):
    """classes: {label: [(key, text)]}; the first by rank of the key are training."""
    for split in "train", "test":
        rows = []
        for label, items in sorted(classes.items()):
            items = sorted(items, key=lambda i: rank(i[0]))
            rows += [(rank(k), label, t) for k, t in (items[:training] if split == "train" else items[training:])]
        write_rows(out, split, [(label, text) for _, label, text in sorted(rows)], ["label", "text"])


def most_frequent(classes, count, items):
    kept = sorted(classes, key=lambda c: (-len(classes[c]), c))[:count]
    return {c: sorted(classes[c], key=lambda i: rank(i[0]))[:items] for c in kept}


def packages(root, out):
    folder = out + ".parts"
    subprocess.run([sys.executable, HERE + "/text_sets.py", "debian", folder], check=True, stdout=subprocess.DEVNULL)
    classes = defaultdict(list)
    for path in glob.glob(folder + "/items/*/*/*"):
        section, name = path.split("/")[-2:]
        if section not in ("libs", "libdevel", "oldlibs"):
            with open(path, encoding="utf-8") as f:
                classes[section].append((name, " ".join(f.read().split())))
    write_texts(out, most_frequent(classes, 10, 400), 300)


def glosses(root, out):
    classes = defaultdict(list)
    for kind in "noun", "verb", "adj", "adv":
        with open(f"{root}/usr/share/wordnet/data.{kind}", encoding="latin-1") as f:
            for line in f:
                if not line.startswith("  ") and " | " in line:
                    fields, gloss = line.rstrip().split(" | ", 1)
                    number, lexical = fields.split(" ")[:2]
                    text = re.split(r'; "', gloss)[0].strip()
                    if len(text.split()) >= 5:
                        classes["file" + lexical].append((kind + number, text))
    write_texts(out, most_frequent(classes, 14, 300), 200)


def sentences(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", errors="replace") as f:
        for part in re.split(r"\n\s*\n", f.read()):
            if re.search(r"^[\s.:|+=\-*/#$]|::$", part, re.M):
                continue # code, tables, headings, directives
            for s in ENDS.split(" ".join(part.split())):
                if 6 <= len(s.split()) <= 60 and s[:1].isupper() and s[-1:] == ".":
                    yield s


def kernel(root, out):
    top = glob.glob(root + "/usr/share/doc/linux-doc-6.1/Documentation")[0]
    parts, seen = {"train": defaultdict(list), "test": defaultdict(list)}, set()
    for path in sorted(glob.glob(top + "/*/**", recursive=True)):
        name = os.path.relpath(path, top)
        folder = name.split("/")[0]
        if folder == "translations" or not re.search(r"\.(rst|txt)(\.gz)?$", name) or not os.path.isfile(path):
            continue
        split = "train" if int(rank(name)[:4], 16) < 0.65 * 65536 else "test"
        for i, s in enumerate(sentences(path)):
            if s not in seen:
                seen.add(s)
                parts[split][folder].append((f"{name} {i}", s))
    size = Counter({c: min(len(parts["train"][c]), 2 * len(parts["test"][c])) for c in parts["train"]})
    for split, n in ("train", 260), ("test", 140):
        kept = {c: sorted(parts[split][c], key=lambda i: rank(i[0]))[:n] for c, _ in size.most_common(10)}
        rows = sorted((rank(k), c, t) for c, items in kept.items() for k, t in items)
        write_rows(out, split, [(c, t) for _, c, t in rows], ["label", "text"])


SETS = {f.__name__: f for f in (fashion, digits, scans, letters, packages, glosses, kernel)}


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("out")
    p.add_argument("--root", default="")
    p.add_argument("--only", help="names, commas between")
    a = p.parse_args()
    for name in a.only.split(",") if a.only else SETS:
        SETS[name](a.root, os.path.join(a.out, name))
        print(name, "done")


if __name__ == "__main__":
    main()
