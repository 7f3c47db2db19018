#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""index.py [--rows 100000] [--cols 128] [--queries 10000] [--threads 2] [--share 0.95] [--methods LIST] [--file x.npy]: the nearest
rows by akin's exact search and its cells, beside FAISS (exact, IVF, HNSW) and hnswlib, on the same rows in the same run.

Rows: 2,000 groups by chance whose rows differ in 16 directions and a little in all, at length 1; or those of --file, of which the
last --queries are the queries. Each method runs in a process of its own with as many threads. It makes its index and is asked
for k = 10. Those with a knob (akin: cells, IVF: nprobe, HNSW: ef) take the least of a list at which the first 256 queries have
--share of their true neighbours, as akin does by itself; that search is the column "tune". Found: of all queries and true
neighbours. Wall seconds beside those of processor: on a machine with other work look at the latter. MiB: peak beyond the rows.

    pip install faiss-cpu hnswlib
    PYTHONPATH=python AKIN_LIBRARY=build/libakin.so python3 bench/index.py --threads 2
"""

import argparse
import ctypes
import json
import os
import resource
import time

import numpy as np

import akin
from akin._arrays import cmat
from akin._library import Handle, call

K, JUDGED = 10, 256
PROBES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


def rows_by_chance(n, d, draw):
    c, b = draw.normal(size=(2000, d)), draw.normal(size=(16, d))

    def some(m):
        x = c[draw.integers(0, 2000, m)] + 0.5 * draw.normal(size=(m, 16)) @ b + 0.1 * draw.normal(size=(m, d))
        return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)

    return some, np.concatenate([some(min(50000, n - i)) for i in range(0, n, 50000)])


def share_found(index, truth):
    return float(np.mean([len(np.intersect1d(a, b)) for a, b in zip(index, truth)]) / K)


class Exact:
    def build(self, x, a):
        self.x = x

    def search(self, q, knob):
        return akin.nn(self.x, q, K).index


class Cells:
    """The least number of cells is found by the library, for a share."""

    def build(self, x, a):
        self.x, self.cells = x, Handle("akin_near_cells_free")
        call("akin_near_cells_create", cmat(x), 0, 0, ctypes.byref(self.cells.pointer))

    def tune(self, q, truth, share):
        probes = ctypes.c_int64()
        call("akin_near_cells_probes", self.cells.pointer, cmat(q), K, share, ctypes.byref(probes), None)
        return probes.value

    def search(self, q, knob):
        index = np.empty((len(q), K), np.int32)
        call("akin_near_cells_search", self.cells.pointer, cmat(q), K, knob, index.ctypes.data, None)
        return index


class Tuned:
    def tune(self, q, truth, share):
        return next((knob for knob in PROBES if knob >= self.least and share_found(self.search(q, knob), truth) >= share), PROBES[-1])


class FaissExact:
    def build(self, x, a):
        import faiss

        faiss.omp_set_num_threads(a.threads)
        self.index = faiss.IndexFlatIP(x.shape[1])
        self.index.add(x)

    def search(self, q, knob):
        return self.index.search(q, K)[1]


class FaissIvf(Tuned):
    least = 1

    def build(self, x, a):
        import faiss

        faiss.omp_set_num_threads(a.threads)
        cells = round(len(x) ** 0.5)
        self.coarse = faiss.IndexFlatIP(x.shape[1])
        self.index = faiss.IndexIVFFlat(self.coarse, x.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
        self.index.train(x[np.random.default_rng(0).permutation(len(x))[: 64 * cells]])
        self.index.add(x)

    def search(self, q, knob):
        self.index.nprobe = knob
        return self.index.search(q, K)[1]


class FaissHnsw(Tuned):
    least = K

    def build(self, x, a):
        import faiss

        faiss.omp_set_num_threads(a.threads)
        self.index = faiss.IndexHNSWFlat(x.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = 100
        self.index.add(x)

    def search(self, q, knob):
        self.index.hnsw.efSearch = knob
        return self.index.search(q, K)[1]


class Hnswlib(Tuned):
    least = K

    def build(self, x, a):
        import hnswlib

        self.index = hnswlib.Index("ip", x.shape[1])
        self.index.init_index(len(x), M=16, ef_construction=100, random_seed=0)
        self.index.set_num_threads(a.threads)
        self.index.add_items(x)

    def search(self, q, knob):
        self.index.set_ef(knob)
        return self.index.knn_query(q, K)[0]


METHODS = {"akin, exact": Exact, "akin, cells": Cells, "FAISS, exact": FaissExact, "FAISS, IVF": FaissIvf, "FAISS, HNSW": FaissHnsw, "hnswlib": Hnswlib}


class Clock:
    """Wall and processor seconds since the last look."""

    def __init__(self):
        self.look()

    def look(self):
        now, before = resource.getrusage(resource.RUSAGE_SELF), getattr(self, "at", None)
        self.at = (time.monotonic(), now.ru_utime + now.ru_stime)
        return [round(b - a, 2) for a, b in zip(before or self.at, self.at)]


def status(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1]) / 1024


def measure(name, x, q, truth, a):
    method = METHODS[name]()
    akin.set_threads(a.threads)
    method.build(x[:5000].copy(), a)  # imports and threads
    method = METHODS[name]()
    had, clock = status("VmRSS"), Clock()
    open("/proc/self/clear_refs", "w").write("5")
    method.build(x, a)
    build = clock.look()
    knob = method.tune(q[:JUDGED], truth[:JUDGED], a.share) if hasattr(method, "tune") else None
    tune = clock.look()
    index = method.search(q, knob)
    search = clock.look()
    return dict(method=name, rows=len(x), cols=x.shape[1], queries=len(q), threads=a.threads, knob=knob, found=share_found(index, truth),
                build=build, tune=tune, search=search, mib=round(status("VmHWM") - had))  # fmt: skip


def apart(name, x, q, truth, a):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            told = measure(name, x, q, truth, a)
        except ImportError as reason:
            told = dict(method=name, left_out=str(reason))
        with os.fdopen(write, "w") as to:
            to.write(json.dumps(told))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as source:
        told = json.loads(source.read())
    os.waitpid(child, 0)
    return told


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rows", type=int, default=100000)
    p.add_argument("--cols", type=int, default=128)
    p.add_argument("--queries", type=int, default=10000)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--share", type=float, default=0.95)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--methods", default=";".join(METHODS), help="with ; between")
    p.add_argument("--file")
    a = p.parse_args()
    if a.file:
        x = np.load(a.file).astype(np.float32)
        x = x[np.random.default_rng(a.seed).permutation(len(x))]
        x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-30)
        x, q = np.ascontiguousarray(x[: -a.queries]), np.ascontiguousarray(x[-a.queries :])
    else:
        some, x = rows_by_chance(a.rows, a.cols, np.random.default_rng(a.seed))
        q = some(a.queries)
    truth_of = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"index-truth-{os.getpid()}.npy")
    if os.fork() == 0:  # no threads in this process, which forks again
        akin.set_threads(a.threads)
        np.save(truth_of, akin.nn(x, q, K).index)
        os._exit(0)
    os.wait()
    truth = np.load(truth_of)
    os.unlink(truth_of)
    lines = []
    for name in a.methods.split(";"):
        lines.append(apart(name, x, q, truth, a))
        print(json.dumps(lines[-1]), flush=True)
    print("\n| rows | by | knob | found | build s | tune s | search s | processor s, all | MiB |\n|---|---|---|---|---|---|---|---|---|")
    for r in lines:
        if "left_out" not in r:
            spent = sum(r[part][1] for part in ("build", "tune", "search"))
            print(f"| {r['rows']:,} | {r['method']} | {r['knob'] or ''} | {r['found']:.3f} | " + " | ".join(f"{r[part][0]:.1f} ({r[part][1]:.1f})" for part in ("build", "tune", "search"))
                  + f" | {spent:.1f} | {r['mib']} |")  # fmt: skip


if __name__ == "__main__":
    main()
