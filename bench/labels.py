#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""labels.py SET=FILE.npy... [--seeds 5] [--noise uniform,class] [--rates 0.05,0.1,0.2] [--methods both,logistic,knn]: planted wrong
labels found by akin.labels beside cleanlab, on the same embeddings in the same run.

FILE.npy is what 'akin embed' writes, with FILE.labels.npy beside; of more than --rows rows so many are drawn, the same for all.
uniform: a label becomes any other class. class: each class has one rival, drawn by the seed, and its wrong labels become that.
cleanlab (2.9) is given what its guide gives it: probabilities out of sample by scikit-learn's LogisticRegression in five folds
(cross_val_predict); 'cleanlab on ours' is its confident learning and its ranking on akin's probabilities. What is planted is
all that counts as wrong, so labels that were wrong before make precision look lower than it is.

    PYTHONPATH=python AKIN_LIBRARY=build/libakin.so python3 bench/labels.py mnist=mnist.npy news=news.npy
"""

import argparse
import json
import resource

import numpy as np

import akin


def plant(labels, rate, kind, seed):
    """Labels of which round(rate n) are wrong, and which."""
    draw = np.random.default_rng([seed, int(1000 * rate), kind == "class"])
    classes = int(labels.max()) + 1
    at = draw.permutation(len(labels))[: round(rate * len(labels))]
    rival = (np.arange(classes) + 1 + draw.integers(classes - 1, size=classes)) % classes
    noisy = labels.copy()
    noisy[at] = (labels[at] + 1 + draw.integers(classes - 1, size=len(at))) % classes if kind == "uniform" else rival[labels[at]]
    return noisy, noisy != labels


def auroc(score, wrong):
    """The chance that a wrong label has the smaller score; equal ones count half."""
    order = np.argsort(score, kind="stable")
    _, first, count = np.unique(score[order], return_index=True, return_counts=True)
    rank = np.empty(len(score))
    rank[order] = np.repeat(first + (count - 1) / 2, count)
    bad = int(wrong.sum())
    return 1 - (rank[wrong].sum() - bad * (bad - 1) / 2) / (bad * (len(score) - bad))


def cpu():
    now = resource.getrusage(resource.RUSAGE_SELF)
    return now.ru_utime + now.ru_stime


def ours(label, found, seconds):
    return label, found.score, found.wrong, found.estimate, seconds


def by_akin(x, y, seed, method):
    begun = cpu()
    found = akin.labels(x, y, method=method, seed=seed)
    spent = cpu() - begun
    made = [ours(method, found, spent)]
    if method == "both":
        p = found.probability
        made += [ours("both, margin", akin.labels(None, y, probabilities=p, score="margin"), spent)]
        made += [ours("both, self", akin.labels(None, y, probabilities=p, score="self"), spent)]
        made += cleanlab_of(y, p, "cleanlab on ours", spent)[1:]
    return made


def cleanlab_of(y, p, label, seconds):
    """Its confident learning, with both of its rankings; self_confidence is what it takes if nothing is said."""
    from cleanlab.count import estimate_joint
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    wrong, joint = find_label_issues(y, p), estimate_joint(y, p)
    estimate = len(y) * (joint.sum() - np.trace(joint))
    return [(label + how, get_label_quality_scores(y, p, method=score), wrong, estimate, seconds)
            for how, score in ((", self", "self_confidence"), ("", "normalized_margin"))]  # fmt: skip


def by_cleanlab(x, y, seed, method):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    begun = cpu()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=400))
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    p = cross_val_predict(model, x, y, cv=folds, method="predict_proba")
    return cleanlab_of(y, p, "cleanlab", cpu() - begun)


def interval(values):
    """Mean and half of a 95 % interval of it, Student's t."""
    v = np.array(values)
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 10: 2.262}.get(len(v), 2.0)
    return v.mean(), t * v.std(ddof=1) / len(v) ** 0.5 if len(v) > 1 else float("nan")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("sets", nargs="+")
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--rows", type=int, default=10000)
    p.add_argument("--noise", default="uniform,class")
    p.add_argument("--rates", default="0.05,0.1,0.2")
    p.add_argument("--methods", default="both,logistic,knn,cleanlab")
    a = p.parse_args()
    table = {}
    for text in a.sets:
        name, path = text.split("=", 1)
        x, y = np.load(path), np.load(path[:-4] + ".labels.npy").astype(np.int32)
        if len(x) > a.rows:
            at = np.sort(np.random.default_rng(0).permutation(len(x))[: a.rows])
            x, y = x[at], y[at]
        for kind in a.noise.split(","):
            for rate in map(float, a.rates.split(",")):
                for seed in range(a.seeds):
                    noisy, planted = plant(y, rate, kind, seed)
                    for method in a.methods.split(","):
                        try:
                            made = (by_cleanlab if method == "cleanlab" else by_akin)(x, noisy, seed, method)
                        except ImportError as reason:
                            print(f"{method}: left out: {reason}", flush=True)
                            continue
                        for label, score, wrong, estimate, spent in made:
                            best = np.argsort(score, kind="stable")[: int(planted.sum())]
                            row = dict(set=name, n=len(x), noise=kind, rate=rate, method=label, seed=seed, auroc=auroc(score, planted),
                                       at_planted=float(planted[best].mean()), precision=float(planted[wrong].mean()) if wrong.any() else 0.0,
                                       recall=float(wrong[planted].mean()), called=int(wrong.sum()), estimate=float(estimate),
                                       planted=int(planted.sum()), cpu_s=round(spent, 2))  # fmt: skip
                            print(json.dumps(row), flush=True)
                            table.setdefault((name, len(x), kind, rate, label), []).append(row)
    print("\n| set | noise | method | AUROC | precision at planted | precision called | recall called | estimate / planted | cpu s |\n|---|---|---|---|---|---|---|---|---|")
    for (name, n, kind, rate, method), rows in table.items():
        cells = ["{:.4f} ± {:.4f}".format(*interval([r[k] for r in rows])) for k in ("auroc",)]
        cells += ["{:.3f} ± {:.3f}".format(*interval([r[k] for r in rows])) for k in ("at_planted", "precision", "recall")]
        cells += ["{:.2f} ± {:.2f}".format(*interval([r["estimate"] / r["planted"] for r in rows]))]
        cells += ["{:.1f}".format(np.mean([r["cpu_s"] for r in rows]))]
        print(f"| {name} {n} | {kind} {rate:g} | {method} | " + " | ".join(cells) + " |")


main()
