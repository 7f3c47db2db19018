#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Losses with given targets: `akin train` beside their formulas in PyTorch, in one run; targets_torch.py AKIN FOLDER.

    pip install numpy scipy torch plotnine==0.15.9 --no-deps
    OMP_NUM_THREADS=1 bench/targets_torch.py build/akin FOLDER

y-aware, rank-n-contrast  diamonds (of ggplot2; the table in the wheel of plotnine, or --diamonds FILE): nine columns of
                          --items rows, the target is the logarithm of the price in 50 bins of equal counts. Judged by the
                          mean log10 price of the 10 nearest by cosine: R^2, and the mean error of log10 price.
xclr                      Fashion-MNIST (Debian's dataset-fashion-mnist, or --fashion), the pixels of an eighth of --items
                          images; every two images of a class are alike (weight 1), and those of kinds of shoes, and of
                          kinds of tops (0.5). Judged by the classes of the 10 nearest, in percent.
ntxent                    of both sets, without targets.

Both sides have an mlp of two layers of 128 with batch norm, a head of two layers with batch norm, two views of columns with
normal noise of 0.1 deviations, batches of 256, AdamW of rate 0.002, warm-up of half an epoch and half a cosine. The formulas
are [Dufumier2021 eq.2] with a kernel of 2 bins, [Zha2023 eq.1], here by sorting in place of the authors' loop, which
is slower, and [Sobal2025 eq.2] with the authors' target temperature of 0.1 (all on float32). Told are means over --seeds and
half of Student's 95 % intervals, processor seconds and the largest memory of the training processes.
"""
import argparse
import csv
import gzip
import importlib.util
import json
import math
import os
import subprocess
import sys

import numpy as np

WIDTH, HIDDEN, OUT, BATCH, RATE, DECAY, NOISE, WARMUP = 128, 128, 64, 256, 0.002, 1e-4, 0.1, 0.5
T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # Student's t by the number of values
WORDS = {"ntxent": ["--temperature", "0.1"], "y-aware": ["--temperature", "0.1", "--bandwidth", "2"],
         "rank-n-contrast": ["--temperature", "2"], "xclr": ["--temperature", "0.1", "--target-temperature", "0.1"]}
GRADES = {"cut": "Fair,Good,Very Good,Premium,Ideal", "color": "J,I,H,G,F,E,D", "clarity": "I1,SI2,SI1,VS2,VS1,VVS2,VVS1,IF"}
KINDS = ((0, 2, 4, 6), (5, 7, 9))  # tops, shoes


def diamonds(o):
    path = o.diamonds
    if not path:
        path = os.path.join(importlib.util.find_spec("plotnine").submodule_search_locations[0], "data/diamonds.csv")
    rows = list(csv.DictReader(open(path)))
    names = [n for n in rows[0] if n not in ("price", "")]
    number = lambda n, text: GRADES[n].split(",").index(text) if n in GRADES else float(text)
    x = np.array([[number(n, r[n]) for n in names] for r in rows], np.float32)
    y = np.log10([float(r["price"]) for r in rows])
    order = np.random.default_rng(0).permutation(len(x))[:o.items + 5000]
    x, y = x[order], y[order]
    edges = np.quantile(y[:o.items], np.arange(1, 50) / 50)
    return x, y, np.searchsorted(edges, y).astype(np.int32), o.items


def fashion(o):
    def read(name):
        data = gzip.open(os.path.join(o.fashion, name)).read()
        return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3])

    n = o.items // 8
    both = lambda what, rank, end: np.concatenate(
        [read(f"{part}-{what}-idx{rank}-ubyte.gz").reshape(-1, *end)[:k] for part, k in (("train", n), ("t10k", 5000))])
    y = both("labels", 1, ()).astype(np.int32)
    return both("images", 3, (784,)).astype(np.float32), y, y, n


def alike(y):
    """Weights of all pairs of classes."""
    weight = np.eye(10, dtype=np.float32)
    for kind in KINDS:
        weight[np.ix_(kind, kind)] = np.maximum(weight[np.ix_(kind, kind)], 0.5)
    return weight[y[:, None], y]


def loss_of(name, z, y):
    """z: projections [2n,OUT] of both views; y: bins or classes [n]."""
    import torch
    import torch.nn.functional as F

    n = len(y)
    both = torch.cat([y, y])
    self_pair = torch.eye(2 * n, dtype=torch.bool)
    if name == "rank-n-contrast":
        away = -torch.cdist(z, z) / 2
        gap = (both[:, None] - both).abs().float().masked_fill(self_pair, -1)
        far, order = gap.sort(1, descending=True)
        total = torch.logcumsumexp(away.gather(1, order), 1)[:, :-1]
        far = far[:, :-1].contiguous()
        last = torch.searchsorted(-far, -far, right=True) - 1
        return (total.gather(1, last) - away.gather(1, order)[:, :-1]).mean()
    z = F.normalize(z, dim=1)
    logits = (z @ z.T / 0.1).masked_fill(self_pair, -math.inf)
    partner = torch.arange(2 * n).roll(n)
    if name == "ntxent":
        return F.cross_entropy(logits, partner)
    if name == "xclr":
        weight = torch.from_numpy(alike(both.numpy()))
        weight[torch.arange(2 * n), partner] = 1
        target = (weight / 0.1).masked_fill(self_pair, -math.inf).softmax(1)
    else:
        kernel = torch.exp(-(both[:, None] - both).float() ** 2 / 8).masked_fill(self_pair, 0)
        target = kernel / kernel.sum(1, keepdim=True)
    return -(target * logits.log_softmax(1).masked_fill(self_pair, 0)).sum(1).mean()


def child(folder, name, seed, epochs):
    import torch
    import torch.nn as nn

    torch.manual_seed(seed)
    x, y = np.load(folder + "/train.npy"), torch.from_numpy(np.load(folder + "/torch-labels.npy")).long()
    mean, std = x.mean(0), x.std(0)
    std[std == 0] = 1
    scaled = lambda a: torch.from_numpy((a - mean) / std)
    layer = lambda i, k: [nn.Linear(i, k, bias=False), nn.BatchNorm1d(k), nn.ReLU(inplace=True)]
    body = nn.Sequential(*layer(x.shape[1], WIDTH), *layer(WIDTH, WIDTH))
    head = nn.Sequential(*layer(WIDTH, HIDDEN), nn.Linear(HIDDEN, OUT))
    both = [*body.parameters(), *head.parameters()]
    opt = torch.optim.AdamW([{"params": [q for q in both if q.ndim > 1], "weight_decay": DECAY},
                             {"params": [q for q in both if q.ndim <= 1], "weight_decay": 0}])
    rows = scaled(x)
    each, done = len(rows) // BATCH, 0
    warm, steps = WARMUP * each, each * epochs
    for _ in range(epochs):
        order = torch.randperm(len(rows))
        for i in range(each):
            now = (done + 1) / warm if done < warm else .5 * (1 + math.cos(math.pi * (done - warm) / (steps - warm)))
            for group in opt.param_groups:
                group["lr"] = RATE * now
            at = order[i * BATCH:(i + 1) * BATCH]
            batch = torch.cat([rows[at], rows[at]])
            loss = loss_of(name, head(body(batch + NOISE * torch.randn_like(batch))), y[at])
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            done += 1
    body.eval()
    with torch.no_grad():
        for part in ("train", "test"):
            np.save(f"{folder}/{part}-torch.npy", body(scaled(np.load(f"{folder}/{part}.npy"))).numpy())


def timed(command):
    """Processor seconds and MiB. GNU time forks the program itself: a child of this one would count its memory."""
    done = subprocess.run(["/usr/bin/time", "-f", "%U %S %M", *(str(word) for word in command)], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"failed: {command}: {done.stderr[-500:]}")
    user, system, peak = done.stderr.split()[-3:]
    return float(user) + float(system), float(peak) / 1024


def judge(kind, train, y, test, z):
    """(R^2, mean error) of a number; (accuracy, its error) of a class."""
    unit = [a / np.maximum(np.linalg.norm(a, axis=1, keepdims=True), 1e-12) for a in (train, test)]
    near = np.concatenate([np.argpartition(-(part @ unit[0].T), 9, axis=1)[:, :10] for part in np.array_split(unit[1], 10)])
    if kind == "fashion":
        votes = (y[near][:, :, None] == np.arange(10)).sum(1)
        return 100 * np.mean(votes.argmax(1) == z), 100 * np.mean(votes.argmax(1) != z)
    guess = y[near].mean(1)
    return 1 - ((z - guess) ** 2).sum() / ((z - z.mean()) ** 2).sum(), np.abs(z - guess).mean()


def tell(kind, name, side, values):
    values = np.array(values)
    mean, n = values.mean(0), len(values)
    half = T95[n] * values.std(0, ddof=1) / math.sqrt(n) if n > 1 else np.zeros(4)
    print(f"| {kind} | {name} | {side} | {mean[0]:.4g} +- {half[0]:.2g} | {mean[1]:.4g} +- {half[1]:.2g} | {mean[2]:.1f} | "
          f"{mean[3]:.0f} |", flush=True)


def run(o, kind, make, losses):
    folder = os.path.join(o.folder, kind)
    os.makedirs(folder, exist_ok=True)
    x, y, labels, n = make(o)
    for part, cut in (("train", slice(0, n)), ("test", slice(n, None))):
        np.save(f"{folder}/{part}.npy", x[cut])
    np.save(f"{folder}/train-labels.npy", labels[:n])
    np.save(f"{folder}/torch-labels.npy", labels[:n])
    std = x[:n].std(0)
    scaled = (x - x[:n].mean(0)) / np.where(std == 0, 1, std)
    tell(kind, "raw columns", "", [(*judge(kind, scaled[:n], y[:n], scaled[n:], y[n:]), 0, 0)])
    for name in losses:
        found = {"akin": [], "PyTorch": []}
        more = []
        if name == "xclr":
            import scipy.sparse

            weight = alike(labels[:n])
            np.fill_diagonal(weight, 0)
            scipy.sparse.save_npz(folder + "-pairs.npz", scipy.sparse.csr_matrix(weight))
            more = ["--pair-file", folder + "-pairs.npz", "--pairs", "views"]
        for seed in range(o.seeds):
            trained = f"{o.folder}/run-{kind}-{name}-{seed}"
            options = {"recipe": "none", "encoder": "mlp", "width": WIDTH, "head-hidden": HIDDEN, "head-out": OUT, "loss": name,
                       "batch-size": BATCH, "lr": RATE, "weight-decay": DECAY, "warmup": WARMUP, "vector-views": "noise",
                       "noise": NOISE, "epochs": o.epochs, "seed": seed, "out": trained}
            words = ["train", folder, "--force", "--quiet", *WORDS[name], *more]
            words += [word for k, v in options.items() for word in ("--" + k, v)]
            for side in found:
                command = ([o.akin, *words] if side == "akin" else
                           [sys.executable, __file__, o.akin, folder, "--child", name, "--seed", seed, "--epochs", o.epochs])
                cost = timed(command)
                parts = []
                for part in ("train", "test"):
                    if side == "akin":
                        subprocess.run([o.akin, "embed", trained, f"{folder}/{part}.npy", "-o", f"{o.folder}/{part}-akin.npy",
                                        "--form", "plain", "--quiet", "--force"], check=True, stdout=subprocess.DEVNULL)
                    at = f"{o.folder}/{part}-akin.npy" if side == "akin" else f"{folder}/{part}-torch.npy"
                    parts.append(np.load(at))
                found[side].append((*judge(kind, parts[0], y[:n], parts[1], y[n:]), *cost))
        for side, values in found.items():
            tell(kind, name, side, values)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("akin")
    p.add_argument("folder")
    p.add_argument("--diamonds")
    p.add_argument("--fashion", default="/usr/share/datasets/fashion-mnist")
    p.add_argument("--items", type=int, default=16384)
    p.add_argument("--epochs", type=int, default=8)
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--child", help=argparse.SUPPRESS)
    p.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.child:
        child(o.folder, o.child, o.seed, o.epochs)
        return
    run(o, "diamonds", diamonds, ("ntxent", "y-aware", "rank-n-contrast"))
    run(o, "fashion", fashion, ("ntxent", "xclr"))


if __name__ == "__main__":
    main()
