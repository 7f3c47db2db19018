#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well criteria that need no labels rank runs (docs/studies/criteria.md).

    bench/criteria.py DIR... [--layer backbone|projector] [--accuracy linear|knn|mean] [--table C] [--json]

Each DIR is the folder of `akin study criteria-images|criteria-tables|criteria-texts --data SET --out DIR`; its last name,
up to a dot, names the set: letters.a and letters.b are parts of one, run at once with --only. Accuracies judge, and nothing
else knows labels.

    tau      Kendall's tau-b of a criterion with the accuracy, over the configurations of a set. Intervals: 95 % of 2000
             bootstrap samples of configurations; of the mean over sets, of sets and configurations together
    regret   points of accuracy between the best configuration and the one that the criterion puts first (of equal ones the
             mean), intervals likewise. "random": one that is drawn
    chosen   the criterion with the least regret on all other sets, set by set: what choosing a criterion is worth on a set
             that had no say in it

The criterion "mean-rank" is the mean of the ranks by those of MEAN. One that is not measured ranks last. Seed 1. Needs
python3-numpy.
"""
import argparse
import json
import os
import sqlite3
import sys

import numpy as np

# name: greater is better 1, less is better -1, nearest to 1 is best 0
CRITERIA = {"loss-learned": 1, "rankme": 1, "effective-rank": 1, "participation-ratio": 1, "stable-rank": 1, "ne-sum": 1,
            "alpha-req": 0, "lidar": 1, "infonce-bound": 1, "self-cluster": -1, "coherence": -1, "alignment": -1,
            "uniformity": -1, "align-uniform": -1, "prototype-bias-views": -1, "objective-views": -1}
MEAN = ("loss-learned", "rankme", "lidar", "alpha-req", "infonce-bound", "align-uniform", "prototype-bias-views", "ne-sum")
DRAWS = 2000


def merit(name, x):
    better = CRITERIA[name]
    x = x if better > 0 else -x if better < 0 else -abs(x - 1)
    return np.where(np.isnan(x), -np.inf, x)


def ranks(x):
    """0 is the greatest; equal ones share the mean."""
    return np.array([(x > v).sum() + ((x == v).sum() - 1) / 2 for v in x])


def tau_b(sx, sy):
    """From the signs of all differences."""
    return (sx * sy).sum() / np.sqrt(max((sx != 0).sum() * (sy != 0).sum(), 1))


def signs(x):
    with np.errstate(invalid="ignore"):
        d = x[:, None] - x[None, :]
    return np.sign(np.where(np.isnan(d), 0, d)) # equal infinities


def load(folders, layer, accuracy):
    rows = {}
    for folder in folders:
        db = sqlite3.connect(f"file:{folder}/study.sqlite?mode=ro", uri=True)
        text = json.loads(db.execute("select value from study where key = 'text'").fetchone()[0])
        labels = {i: json.loads(l) for i, l in db.execute("select id, labels from cells")}
        for cell, name, value in db.execute("select cell, measurement, value from results"):
            if not any(all(labels[cell][a] == str(v) for a, v in skip.items()) for skip in text.get("skip", [])):
                rows.setdefault(cell, {})[name] = np.nan if value is None else value
    rows = {c: r for c, r in sorted(rows.items()) if "linear %" in r and all(f"{layer} {n}" in r for n in CRITERIA)}
    top = {"linear": ("linear %",), "knn": ("knn %",), "mean": ("linear %", "knn %")}[accuracy]
    y = np.array([np.mean([r[t] for t in top]) for r in rows.values()])
    x = {n: merit(n, np.array([r[f"{layer} {n}"] for r in rows.values()], dtype=float)) for n in CRITERIA}
    x["mean-rank"] = -np.mean([ranks(x[n]) for n in MEAN], axis=0)
    return list(rows), x, y


def regret(x, y):
    return y.max() - y[x == x.max()].mean()


def bootstrap(x, y, rng):
    """tau and regret of DRAWS samples of configurations."""
    sx, sy, out = signs(x), signs(y), np.empty((DRAWS, 2))
    for k in range(DRAWS):
        i = rng.integers(0, len(y), len(y))
        at = np.ix_(i, i)
        out[k] = tau_b(sx[at], sy[at]), regret(x[i], y[i])
    return out


def interval(values):
    return [float(v) for v in np.percentile(values, [2.5, 97.5])]


def study(folders, layer, accuracy):
    rng = np.random.default_rng(1)
    names = list(CRITERIA) + ["mean-rank"]
    parts = {}
    for f in folders:
        parts.setdefault(os.path.basename(f.rstrip("/")).split(".")[0], []).append(f)
    sets = {name: load(p, layer, accuracy) for name, p in parts.items()}
    pick = rng.integers(0, len(sets), (DRAWS, len(sets)))
    result = {"layer": layer, "accuracy": accuracy, "sets": {}, "criteria": {}}
    for s, (cells, _, y) in sets.items():
        result["sets"][s] = {"configurations": len(cells), "best": float(y.max()), "worst": float(y.min()),
                             "random_regret": float(y.max() - y.mean())}
    for n in names:
        each, draws = {}, []
        for s, (_, x, y) in sets.items():
            b = bootstrap(x[n], y, rng)
            draws.append(b)
            each[s] = {"tau": float(tau_b(signs(x[n]), signs(y))), "tau_ci95": interval(b[:, 0]),
                       "regret": float(regret(x[n], y)), "regret_ci95": interval(b[:, 1])}
        over = np.array(draws)  # [sets, draws, 2]
        mean = np.array([over[pick[k], k].mean(0) for k in range(DRAWS)])
        result["criteria"][n] = {"sets": each, "tau": float(np.mean([e["tau"] for e in each.values()])),
                                 "tau_ci95": interval(mean[:, 0]),
                                 "regret": float(np.mean([e["regret"] for e in each.values()])),
                                 "regret_ci95": interval(mean[:, 1])}
    result["random_regret"] = float(np.mean([s["random_regret"] for s in result["sets"].values()]))
    chosen = {}
    for s in sets:
        others = [t for t in sets if t != s] or [s]
        best = min(names, key=lambda n: np.mean([result["criteria"][n]["sets"][t]["regret"] for t in others]))
        chosen[s] = {"criterion": best, **{k: result["criteria"][best]["sets"][s][k] for k in ("tau", "regret")}}
    result["chosen"] = chosen
    return result


def show(r):
    sets = list(r["sets"])
    print(f"Layer {r['layer']}, accuracy {r['accuracy']}.\n")
    print("| set | configurations | best % | worst % | random: regret |\n|---|---|---|---|---|")
    for s, v in r["sets"].items():
        print(f"| {s} | {v['configurations']} | {v['best']:.1f} | {v['worst']:.1f} | {v['random_regret']:.1f} |")
    for what, unit, digits in ("tau", "tau", 2), ("regret", "regret, points", 1):
        print(f"\n| criterion | {unit}, mean | " + " | ".join(sets) + " |")
        print("|---" * (2 + len(sets)) + "|")
        for n, c in sorted(r["criteria"].items(), key=lambda i: (-i[1]["tau"] if what == "tau" else i[1]["regret"])):
            low, high = c[what + "_ci95"]
            print(f"| {n} | {c[what]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}] | "
                  + " | ".join(f"{c['sets'][s][what]:.{digits}f}" for s in sets) + " |")
        random = [0.0 if what == "tau" else r["sets"][s]["random_regret"] for s in sets]
        print(f"| random | {np.mean(random):.{digits}f} | " + " | ".join(f"{x:.{digits}f}" for x in random) + " |")
    print("\nchosen on the other sets: " + "; ".join(f"{s}: {v['criterion']}, tau {v['tau']:.2f}, regret {v['regret']:.1f}"
                                                     for s, v in r["chosen"].items()))
    print(f"mean tau {np.mean([v['tau'] for v in r['chosen'].values()]):.2f}, "
          f"mean regret {np.mean([v['regret'] for v in r['chosen'].values()]):.1f}")


def c_table(r):
    """The figures of src/cli/tune/criteria.inc."""
    print(f"#define TUNE_STUDY_SETS {len(r['sets'])}")
    print(f"#define TUNE_STUDY_RUNS {max(s['configurations'] for s in r['sets'].values())}")
    print(f"#define TUNE_RANDOM_REGRET {r['random_regret']:.1f}")
    for n, c in r["criteria"].items():
        print(f"{n}: {{ {c['tau']:.2f}, {c['tau_ci95'][0]:.2f}, {c['tau_ci95'][1]:.2f} }}, "
              f"{{ {c['regret']:.1f}, {c['regret_ci95'][0]:.1f}, {c['regret_ci95'][1]:.1f} }}")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("folders", nargs="+")
    p.add_argument("--layer", default="backbone", choices=("backbone", "projector"))
    p.add_argument("--accuracy", default="linear", choices=("linear", "knn", "mean"))
    p.add_argument("--table", action="store_true", help="the figures of akin tune")
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    r = study(a.folders, a.layer, a.accuracy)
    if a.json:
        json.dump(r, sys.stdout, indent=1)
    elif a.table:
        c_table(r)
    else:
        show(r)


if __name__ == "__main__":
    main()
