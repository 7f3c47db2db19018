# SPDX-License-Identifier: Apache-2.0
"""Arora's and Nozawa-Sato's curves: what theory says of the number of negatives, beside what is measured.

    python curves.py [OUT]

A number of negatives K is said to hurt, because negatives of the anchor's own class become likely [Arora2019], or to help,
because the K + 1 labels then hold all classes [Nozawa2021]. Both have a factor on the loss of the mean classifier; here are
the factors over K, and runs with K negatives. NumPy is enough; matplotlib draws where it is installed.
"""

import math
import sys
from pathlib import Path

import numpy as np

import akin

out = Path(sys.argv[1] if len(sys.argv) > 1 else "curves-tutorial")
out.mkdir(exist_ok=True)
CLASSES, D = 10, 20

# 1. The theory, exact: one row for each number of negatives.
negatives = [2**k for k in range(10)]  # 1 to 512
table = akin.plan(classes=CLASSES, negatives=negatives)
print(f"{'K':>4} {'collision':>10} {'coverage':>10} {'Arora':>10} {'Nozawa-Sato':>12}   (factors as logarithms)")
for row in table:
    print(f"{row.negatives:4d} {row.tau_k:10.4f} {row.upsilon:10.4f} {row.log_arora:10.3f} {row.log_nozawa:12.3f}")

# Both factors are infinite while K + 1 labels cannot hold all ten classes. Arora's falls, then rises for ever, as
# collisions become certain; Nozawa and Sato's falls towards 2.
finite = [row for row in table if math.isfinite(row.log_nozawa)]
assert finite[0].negatives >= CLASSES - 1
assert all(a.log_nozawa >= b.log_nozawa for a, b in zip(finite, finite[1:]))
assert abs(math.exp(finite[-1].log_nozawa) - 2) < 0.01
lowest = min(finite, key=lambda row: row.log_arora)
assert lowest.negatives < negatives[-1] and finite[-1].log_arora > lowest.log_arora
print(f"Arora's factor is least at K = {lowest.negatives}; Nozawa and Sato's falls to {math.exp(finite[-1].log_nozawa):.3f}")

# 2. The measurement: rows of ten classes, learned with K negatives from latent classes, as the papers draw them.
rng = np.random.default_rng(0)
centres = rng.normal(size=(CLASSES, D))


def sample(n, seed):
    r = np.random.default_rng(seed)
    y = np.arange(n) % CLASSES
    return (centres[y] + 1.0 * r.normal(size=(n, D))).astype(np.float32), y


x, y = sample(600, 1)
test, test_y = sample(400, 2)
measured = []
for k in (1, 4, 16, 64):
    right = []
    for seed in (1, 2):
        run = akin.train(x, labels=y, loss="curl-logistic", pairs="latent", negatives=k, epochs=5, batch_size=100, lr=0.01,
                         encoder="linear", width=16, head_out=0, seed=seed)  # fmt: skip
        z, zt = run.embed(x).rows, run.embed(test).rows
        right.append(akin.evaluate(train=z, labels=y, test=zt, test_labels=test_y, protocols="mean")[0].top1)
    measured.append((k, float(np.mean(right))))
    print(f"K = {k:3d}: the mean classifier is right in {measured[-1][1]:.1%}, two seeds")

# Collisions at 64 negatives are certain; the accuracy does not fall to chance with them, as the factor alone would allow.
assert measured[-1][1] > 2 / CLASSES
np.savetxt(out / "measured.csv", measured, delimiter=",", header="negatives,accuracy", comments="")

# 3. The bound itself, on the features of the last run, beside the loss that it bounds.
for row in akin.bounds(zt, labels=test_y, only="arora,nozawa-sato", negatives=16, temperature=0.5):
    if row.sense == "upper":
        said = {True: "holds", False: "does not hold", None: "cannot be told"}[row.holds]
        print(f"{row.name}: measured {row.measured:.3f} <= {row.value:.3g}: {said}{', says nothing' if row.vacuous else ''}")
        assert row.holds is not False

try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right_axis) = plt.subplots(1, 2, figsize=(10, 4))
    ks = [row.negatives for row in finite]
    left.plot(ks, [row.log_arora for row in finite], label="Arora et al.")
    left.plot(ks, [row.log_nozawa for row in finite], label="Nozawa and Sato")
    left.set(xscale="log", xlabel="negatives", ylabel="ln of the factor")
    left.legend()
    right_axis.plot(*zip(*measured), marker="o")
    right_axis.set(xscale="log", xlabel="negatives", ylabel="accuracy of the mean classifier")
    figure.savefig(out / "curves.png", dpi=120)
    print(f"the curves: {out / 'curves.png'}")
except ImportError:
    print("matplotlib is not installed: no picture")
print("done")
