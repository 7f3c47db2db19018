#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cluster.py SET=FILE.npy... [--seeds 5] [--rows 5000] [--methods akin,sklearn] [--what kmeans,density]: k-means and dense groups of
akin.cluster beside scikit-learn's KMeans and HDBSCAN (1.3 or newer), of the same rows in the same run.

FILE.npy is what 'akin embed' writes, with FILE.labels.npy beside. Of each set --rows rows are drawn for each seed, all where
it has no more, and brought to length 1; distances are Euclidean for both. k-means: as many clusters as classes, five starts
by k-means++, 100 steps at most and none left out for being small (tol=0). Dense groups: of 20 rows at least, the 10th nearest
(the row itself counted) tells how dense it is. ARI and NMI are of the rows that are in a cluster, by akin.cluster_agreement for
both; inertia is the sum of squared distances to the mean of the cluster, over that of akin. Seconds are of processor. Each call
is made in a process of its own: memory is what it had at its peak beyond what it began with. Intervals: Student's t over seeds.

    PYTHONPATH=python AKIN_LIBRARY=build/libakin.so OMP_NUM_THREADS=1 python3 bench/cluster.py mnist=mnist.npy
"""

import argparse
import json
import os
import resource

import numpy as np

import akin


def akin_kmeans(x, k, seed):
    return akin.cluster(x, k, metric="euclidean", starts=5, iterations=100, seed=seed).cluster


def akin_density(x, k, seed):
    return akin.cluster(x, density=True, metric="euclidean", min_size=20, neighbours=10).cluster


def sklearn_kmeans(x, k, seed):
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=5, max_iter=100, tol=0, random_state=seed).fit_predict(x)


def sklearn_density(x, k, seed):
    from sklearn.cluster import HDBSCAN

    return HDBSCAN(min_cluster_size=20, min_samples=10, copy=True).fit_predict(x)


WORK = {(who, what): globals()[f"{who}_{what}"] for who in ("akin", "sklearn") for what in ("kmeans", "density")}


def rss():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20


def apart(work, *args):
    """What work() gives, seconds of processor and MiB, in a process of its own; imports come before the clock starts."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        work(args[0][:200], 3, 0)
        before, had = resource.getrusage(resource.RUSAGE_SELF), rss()
        open("/proc/self/clear_refs", "w").write("5")
        found = np.asarray(work(*args), np.int32)
        now = resource.getrusage(resource.RUSAGE_SELF)
        peak = int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024
        told = json.dumps([now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime, peak - had])
        with os.fdopen(write, "wb") as to:
            to.write(told.encode() + b"\n" + found.tobytes())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as source:
        told, found = source.read().split(b"\n", 1)
    os.waitpid(child, 0)
    return (np.frombuffer(found, np.int32), *json.loads(told))


def inertia(x, cluster):
    return sum(float(((x[cluster == c] - x[cluster == c].mean(0)) ** 2).sum()) for c in np.unique(cluster[cluster >= 0]))


def interval(values):
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 10: 2.262}.get(len(values), 2.0)
    return np.mean(values), t * np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else float("nan")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("sets", nargs="+", metavar="SET=FILE.npy")
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--rows", type=int, default=5000)
    p.add_argument("--methods", default="akin,sklearn")
    p.add_argument("--what", default="kmeans,density")
    a = p.parse_args()
    akin.set_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    table = {}
    for text in a.sets:
        name, path = text.split("=", 1)
        whole, labels = np.load(path).astype(np.float32), np.load(path[:-4] + ".labels.npy").astype(np.int32)
        whole /= np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-30)
        for seed in range(a.seeds):
            at = np.sort(np.random.default_rng(seed).permutation(len(whole))[: a.rows])
            x, y, first = np.ascontiguousarray(whole[at]), labels[at], {}
            for what in a.what.split(","):
                for who in a.methods.split(","):
                    try:
                        found, spent, mib = apart(WORK[who, what], x, int(y.max()) + 1, seed)
                    except ValueError as reason:
                        print(f"{who} {what}: left out: {reason}", flush=True)
                        continue
                    agree = akin.cluster_agreement(found, y)
                    row = dict(set=name, n=len(x), d=x.shape[1], what=what, by=who, seed=seed, ari=agree.ari, nmi=agree.nmi,
                               clusters=agree.clusters, noise=float((found < 0).mean()), inertia=inertia(x, found), cpu_s=spent, mib=mib,
                               same=akin.cluster_agreement(found, first.setdefault(what, found)).ari)  # fmt: skip
                    print(json.dumps(row), flush=True)
                    table.setdefault((name, len(x), what, who), []).append(row)
    print("\n| set | rows | what | by | ARI | NMI | clusters | in none | inertia / akin's | ARI with akin's | processor s | MiB |\n|---|---|---|---|---|---|---|---|---|---|---|---|")
    for (name, n, what, who), rows in table.items():
        ours = table.get((name, n, what, "akin"), rows)
        cells = ["{:.3f} ± {:.3f}".format(*interval([r[k] for r in rows])) for k in ("ari", "nmi")]
        cells += ["{:.0f}".format(np.mean([r["clusters"] for r in rows])), "{:.2f}".format(np.mean([r["noise"] for r in rows]))]
        cells += ["{:.4f} ± {:.4f}".format(*interval([r["inertia"] / o["inertia"] for r, o in zip(rows, ours)])) if what == "kmeans" else ""]
        cells += ["{:.3f}".format(np.mean([r["same"] for r in rows])), "{:.2f} ± {:.2f}".format(*interval([r["cpu_s"] for r in rows]))]
        print(f"| {name} | {n} | {what} | {who} | " + " | ".join(cells) + " | {:.0f} |".format(max(r["mib"] for r in rows)))


if __name__ == "__main__":
    main()
