#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time series beside CEBRA [Schneider2023]: embeddings by time and by a continuous label, decoded, in one run.

    pip install cebra==0.6.1 vega_datasets==0.9.0
    OMP_NUM_THREADS=1 python3 bench/series_cebra.py build/akin OUT [--seeds 3] [--steps 500]

neurons   60 cells with Gaussian tuning over a place in [0,1], 10,000 steps of a random walk, Poisson counts: the place is
          the label. Made here, of seed 0.
weather   daily precipitation, largest and least temperature and wind of Seattle, 2012 to 2015 (seattle-weather of
          vega_datasets): the cosine of the day of the year is the label.

The last fifth is tested on. Both sides see windows of 10 steps, train on the same part for as many steps of as many pairs,
and end in 8 columns: CEBRA its offset10-model with its own rate (0.0003) and temperature, and with ten times that rate;
akin conv1d with its own recipe (`akin`), and with CEBRA's loss, temperature and rate (`akin, as CEBRA`). One function
judges the projections of all: R^2 by the mean of the 10 nearest by cosine, and
by least squares. Processor seconds and the largest memory are of the training processes. Means over seeds and half of
Student's 95 % intervals.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

WINDOW, OUT, HIDDEN, TEST, RATE = 10, 8, 32, 0.2, 0.0003
T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # Student, of n - 1 degrees


def neurons():
    rng, steps, cells = np.random.default_rng(0), 10000, 60
    place, x, v = np.zeros(steps), 0.5, 0.0
    for t in range(steps):
        v = 0.9 * v + 0.01 * rng.normal()
        x += v
        if x < 0 or x > 1:
            x, v = (-x if x < 0 else 2 - x), -v
        place[t] = x
    rate = 0.05 + 0.3 * np.exp(-((place[:, None] - np.linspace(0, 1, cells)) ** 2) / (2 * 0.1**2))
    return rng.poisson(rate).astype(np.float32), place


def weather():
    import vega_datasets

    path = Path(vega_datasets.__file__).parent / "_data" / "seattle-weather.csv"
    rows = list(csv.DictReader(open(path)))
    x = np.array([[float(r[k]) for k in ("precipitation", "temp_max", "temp_min", "wind")] for r in rows], np.float32)
    return x, np.cos(2 * np.pi * np.arange(len(rows)) / 365.25)


SETS = {"neurons": (neurons, 512), "weather": (weather, 256)}


def worker(folder, conditional, rate, seed, steps, batch):
    """CEBRA, in a process of its own."""
    import cebra
    import torch

    torch.manual_seed(seed)
    np.random.seed(seed)
    x, y = np.load(folder / "train.npy"), np.load(folder / "train-values.npy")
    more = {"conditional": "delta", "delta": 0.1}
    if conditional == "time":
        more = {"conditional": "time", "time_offsets": WINDOW}
    model = cebra.CEBRA(model_architecture="offset10-model", batch_size=batch, max_iterations=steps, output_dimension=OUT,
                        num_hidden_units=HIDDEN, learning_rate=rate, device="cpu", **more)
    model.fit(x) if conditional == "time" else model.fit(x, ((y - y.mean()) / y.std()).astype(np.float32))
    for part in ("train", "test"):
        np.save(folder / f"cebra-{part}.npy", model.transform(np.load(folder / f"{part}.npy")))


def spent(command):
    """Processor seconds and MiB. GNU time forks the program itself: a child of this one would count its memory."""
    done = subprocess.run(["/usr/bin/time", "-f", "%U %S %M", *(str(word) for word in command)], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"failed: {command}: {done.stderr[-500:]}")
    user, system, peak = done.stderr.split()[-3:]
    return float(user) + float(system), float(peak) / 1024


def r2(guess, y):
    return 1 - ((y - guess) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def judge(train, y, test, z):
    unit = [a / np.maximum(np.linalg.norm(a, axis=1, keepdims=True), 1e-12) for a in (train, test)]
    near = np.argpartition(-(unit[1] @ unit[0].T), 9, axis=1)[:, :10]
    one = [np.c_[a, np.ones(len(a))] for a in (train, test)]
    return r2(y[near].mean(1), z), r2(one[1] @ np.linalg.lstsq(one[0], y, rcond=None)[0], z)


def windows(x):
    at = np.clip(np.arange(len(x))[:, None] + np.arange(WINDOW) - WINDOW // 2, 0, len(x) - 1)
    return x[at].reshape(len(x), -1)


def measure(name, akin, folder, seeds, steps):
    make, batch = SETS[name]
    x, y = make()
    cut = len(x) - int(TEST * len(x) + 0.5)
    np.save(folder / "train.npy", x[:cut]), np.save(folder / "test.npy", x[cut:])
    np.save(folder / "train-values.npy", y[:cut]), np.save(folder / "test-values.npy", y[cut:])
    scale = (x - x[:cut].mean(0)) / x[:cut].std(0)
    rows = {("raw windows", ""): [(*judge(windows(scale[:cut]), y[:cut], windows(scale[cut:]), y[cut:]), 0, 0)]}
    own = ["--head-hidden", "0", "--head-out", str(OUT)]
    like = [*own, "--loss", "infonce", "--temperature", "1", "--lr", str(RATE), "--schedule", "constant", "--weight-decay",
            "0"]
    for pairs in ("time", "value"):
        near = ["--pairs", "near" if pairs == "time" else "value"]
        for side, options in (("akin", own), ("akin, as CEBRA", like), ("CEBRA", RATE), ("CEBRA, rate 0.003", 10 * RATE)):
            for seed in range(seeds):
                run = folder / f"{side.replace(', as ', '-')}-{pairs}-{seed}"
                if side.startswith("CEBRA"):
                    words = [folder, pairs, str(options), str(seed), str(steps), str(batch)]
                    cost = spent([sys.executable, __file__, "worker", *words])
                    parts = [np.load(folder / f"cebra-{part}.npy") for part in ("train", "test")]
                else:
                    cost = spent([akin, "train", folder, "--out", run, "--series", str(WINDOW), "--steps", str(steps),
                                  "--batch-size", str(batch), "--seed", str(seed), "--quiet", "--force", *near, *options])
                    parts = []
                    for part in ("train", "test"):
                        out = folder / f"{part}-embedded.npy"
                        subprocess.run([akin, "embed", run, folder, "--split", part, "--layer", "projector", "-o", out,
                                        "--quiet", "--force"], check=True)
                        parts.append(np.load(out))
                rows.setdefault((side, pairs), []).append((*judge(parts[0], y[:cut], parts[1], y[cut:]), *cost))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("akin")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--sets", default=",".join(SETS))
    args = parser.parse_args()
    table = []
    for name in args.sets.split(","):
        folder = args.out / name
        folder.mkdir(parents=True, exist_ok=True)
        begin = time.time()
        for (side, pairs), runs in measure(name, args.akin, folder, args.seeds, args.steps).items():
            runs = np.array(runs)
            half = T95[len(runs)] * runs.std(0, ddof=1) / np.sqrt(len(runs)) if len(runs) > 1 else np.zeros(4)
            mean = runs.mean(0)
            table.append({"set": name, "side": side, "pairs": pairs, "knn": mean[0], "knn_half": half[0], "linear": mean[1],
                          "linear_half": half[1], "cpu_s": mean[2], "mib": mean[3]})
            print(f"| {name} | {side} | {pairs} | {mean[0]:.3f} +- {half[0]:.3f} | {mean[1]:.3f} +- {half[1]:.3f} | "
                  f"{mean[2]:.1f} | {mean[3]:.0f} |", flush=True)
        print(f"{name}: {time.time() - begin:.0f} s", file=sys.stderr)
    (args.out / "series.json").write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "worker":
        worker(Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]), *map(int, sys.argv[5:8]))
    else:
        main()
