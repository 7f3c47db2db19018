#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TF-IDF on the items and labels of two parts that akin embed wrote: what a set gives without anything learned.

    akin embed RUN --split train --target label -o train.npy
    akin embed RUN --split test --target label -o test.npy
    bench/tfidf.py train.npy test.npy [--svm] [--vectors] [--labels SHARE] [--seed N]

Reads NAME.names.txt (FILE:LINE) and NAME.labels.npy beside the two files, and the lines they name; the vectors are
looked at with --vectors only, which puts them through the same classifiers. Words of scikit-learn's TfidfVectorizer (1 + log tf, rows of length 1, words seen in two items and more), classified by
the class means (mean of rows of length 1, inner product; AVG-k and TOP-R of kway-v1), by those brought to length 1 (centroid)
and, with --svm, by LinearSVC (C = 1).
With --labels, means and hyperplanes see that share of each class, at least one item, drawn by the seed. One JSON object.
"""
import argparse
import json
import math
import sys


def read(npy):
    import numpy as np
    lines, texts = {}, []
    with open(npy[:-4] + ".names.txt", encoding="utf-8") as f:
        for name in f:
            path, line = name.rstrip("\n").rsplit(":", 1)
            if path not in lines:
                with open(path, encoding="utf-8") as g:
                    lines[path] = g.read().split("\n")
            texts.append(lines[path][int(line) - 1])
    return texts, np.load(npy[:-4] + ".labels.npy").astype(int)


def share(y, part, seed):
    import numpy as np
    order, keep = np.random.default_rng(seed).permutation(len(y)), []
    for c in np.unique(y):
        of_class = order[y[order] == c]
        keep.extend(of_class[:max(1, round(part * len(of_class)))])
    return np.sort(keep)


def wilson(p, n):
    z = 1.959964
    middle, half = (p + z * z / 2 / n) / (1 + z * z / n), z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return [round(middle - half, 4), round(middle + half, 4)]


def measure(scores, z):
    """TOP-R and AVG-k of kway-v1 from a score for each row and class, equal scores in order of the classes."""
    import numpy as np
    classes = scores.shape[1]
    own = scores[np.arange(len(z)), z][:, None]
    before = (scores == own) & (np.arange(classes)[None, :] < z[:, None])
    rank = (scores > own).sum(1) + before.sum(1)
    n = np.bincount(z, minlength=classes)

    def avg(k):
        q = np.prod([np.maximum(classes - 1 - rank - j, 0) / (classes - 1 - j) for j in range(k - 1)], axis=0)
        return round(float((np.bincount(z, q, classes)[n > 0] / n[n > 0]).mean()), 4)

    top = float((rank == 0).mean())
    return {"top1": round(top, 4), "ci95": wilson(top, len(z)), "top10": round(float((rank < 10).mean()), 4),
            "avg2": avg(2), "avg10": avg(10) if classes >= 10 else None}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--svm", action="store_true")
    parser.add_argument("--vectors", action="store_true", help="the rows of the two files instead of TF-IDF")
    parser.add_argument("--labels", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    try:
        import numpy as np
        import scipy.sparse.linalg
        from scipy.sparse import csr_matrix
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC
    except ImportError:
        print("tfidf: needs scikit-learn (Debian: python3-sklearn)", file=sys.stderr)
        return 77
    (text, y), (other, z) = read(args.train), read(args.test)
    if args.vectors:
        a, b = (csr_matrix(v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12))
                for v in (np.load(args.train), np.load(args.test)))
    else:
        tfidf = TfidfVectorizer(sublinear_tf=True, min_df=2)
        a, b = tfidf.fit_transform(text), tfidf.transform(other)
    if args.labels < 1:
        keep = share(y, args.labels, args.seed)
        a, y = a[keep], y[keep]
    classes = int(max(y.max(), z.max())) + 1
    size = np.maximum(np.bincount(y, minlength=classes), 1)
    pick = csr_matrix((1 / size[y], (y, np.arange(len(y)))), (classes, len(y)))
    means = pick @ a
    length = np.maximum(scipy.sparse.linalg.norm(means, axis=1), 1e-12)
    scores = (b @ means.T).toarray()
    out = {"train": len(y), "test": len(z), "classes": classes, "columns": a.shape[1],
           "mean": measure(scores, z), "centroid": measure(scores / length, z)}
    if args.svm:
        top = float((LinearSVC(C=1.0, random_state=args.seed).fit(a, y).predict(b) == z).mean())
        out["svm"] = {"top1": round(top, 4), "ci95": wilson(top, len(z))}
    print(json.dumps(out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
