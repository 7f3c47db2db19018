#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""map.py [SET=FILE...] [--rows N] [--seeds 0,1] [--methods akin,pca,umap,tsne] [--metric cosine|euclidean]: maps of akin map
beside PCA, umap-learn and openTSNE, each of the same rows in one run, with one measure of quality (akin.map_quality) for all.

FILE is what NumPy or akin reads as rows: .npy, IDX images (.gz too), or a folder of documents, DIR/CLASS/FILE, as TF-IDF in 128
dimensions by truncated SVD (scikit-learn). Without a SET: the test images of Fashion-MNIST, from Debian's
dataset-fashion-mnist. Of a larger set N rows are drawn, the same for all. What is not installed is left out and told. One JSON
line each, then a table; --maps DIR keeps the maps.

    PYTHONPATH=python AKIN_LIBRARY=build/libakin.so python3 bench/map.py --rows 5000
"""

import argparse
import gzip
import json
import os
import resource
import time
from pathlib import Path

import numpy as np

import akin

FASHION = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"


def documents(folder):
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = []
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        body = path.read_text("latin1").split("\n\n", 1)[-1]
        texts.append("\n".join(line for line in body.split("\n") if not line.startswith((">", "|")) and "writes:" not in line))
    words = TfidfVectorizer(min_df=5, max_df=0.5, sublinear_tf=True, stop_words="english").fit_transform(texts)
    return TruncatedSVD(128, random_state=0).fit_transform(words)


def load(path):
    if os.path.isdir(path):
        return documents(path)
    if path.endswith(".npy"):
        return np.load(path)
    data = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape[0], -1)


def by_akin(x, metric, seed):
    return akin.map(x, metric=metric, seed=seed)


def by_pca(x, metric, seed):
    from sklearn.decomposition import PCA

    if metric == "cosine":
        x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-30)
    return PCA(2, random_state=seed).fit_transform(x)


def by_umap(x, metric, seed):
    import umap

    return umap.UMAP(metric=metric, random_state=seed).fit_transform(x)


def by_tsne(x, metric, seed):
    import openTSNE

    return np.array(openTSNE.TSNE(metric=metric, n_jobs=akin.threads(), random_state=seed).fit(x))


METHODS = {"akin": by_akin, "pca": by_pca, "umap": by_umap, "tsne": by_tsne}


def seconds():
    now = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), now.ru_utime + now.ru_stime


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("sets", nargs="*", default=["fashion=" + FASHION])
    p.add_argument("--rows", type=int, default=10000)
    p.add_argument("--seeds", default="0")
    p.add_argument("--methods", default="akin,pca,umap,tsne")
    p.add_argument("--metric", help="of all sets [documents cosine, others euclidean]")
    p.add_argument("--maps")
    a = p.parse_args()
    table = []
    for text in a.sets:
        name, path = text.split("=", 1)
        x = np.ascontiguousarray(load(path), dtype=np.float32)
        if len(x) > a.rows:
            x = x[np.sort(np.random.default_rng(0).permutation(len(x))[: a.rows])]
        metric = a.metric or ("cosine" if os.path.isdir(path) else "euclidean")
        for method in a.methods.split(","):
            for seed in map(int, a.seeds.split(",")):
                wall, cpu = seconds()
                try:
                    made = np.asarray(METHODS[method](x, metric, seed), np.float32)
                except ImportError as reason:
                    print(f"{method}: left out: {reason}", flush=True)
                    break
                wall, cpu = (b - c for b, c in zip(seconds(), (wall, cpu)))
                q = akin.map_quality(x, made, metric=metric, seed=1)
                row = dict(set=name, n=len(x), width=x.shape[1], metric=metric, method=method, seed=seed, wall_s=round(wall, 1),
                           cpu_s=round(cpu, 1), recall10=q.recall10, recall15=q.recall15, recall15_ci95=q.recall15_ci95,
                           trust=q.trust, trust_ci95=q.trust_ci95, distances=q.distances)  # fmt: skip
                print(json.dumps(row), flush=True)
                table.append(row)
                if a.maps:
                    os.makedirs(a.maps, exist_ok=True)
                    np.save(f"{a.maps}/{name}-{method}-{seed}.npy", made)
    print("\n| set | rows | method | seed | recall 10 | recall 15 | trust | distances | processor s |\n|---|---|---|---|---|---|---|---|---|")
    for r in table:
        print("| {set} | {n} x {width} | {method} | {seed} | {recall10:.3f} | {recall15:.3f} | {trust:.4f} | {distances:.3f} | {cpu_s} |".format(**r))


main()
