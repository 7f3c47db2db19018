#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# linear_sklearn.py AKIN [DRAWS]: how far linear-v1 and linear-v2 are above the optimum of their own problem, that
# is of the lambda they picked, as scikit-learn finds it. Rows and columns are drawn: 50 to 300 of the one, 5 to 784
# of the other. Ends with 1 when linear-v2 is more than a thousandth above; with 77 without scikit-learn.
import json
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
except ImportError:
    print("skipped: no scikit-learn here")
    sys.exit(77)

warnings.filterwarnings("ignore")
akin, draws = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
random = np.random.default_rng(1)


def rows(n, d, classes, decay, apart, mix, centre):
    y = np.arange(n) % classes
    latent = apart * centre[y] + random.normal(size=(n, len(mix)))
    return (latent @ mix + 0.05 * random.normal(size=(n, d))).astype(np.float32), y.astype(np.int32)


def objective(w, b, x, y, penalty):
    s = x @ w.T + b
    most = s.max(1)
    loss = np.log(np.exp(s - most[:, None]).sum(1)) + most - s[np.arange(len(y)), y]
    return loss.mean() + penalty / 2 * (w**2).sum()


def least(x, y, penalty):
    """The lowest that two solvers find."""
    x = x.astype(float)
    x = (x - x.mean(0)) / x.std(0)
    found = []
    for solver in "newton-cg", "lbfgs":
        m = LogisticRegression(C=1 / (len(y) * penalty), solver=solver, tol=1e-10, max_iter=20000, multi_class="multinomial")
        m.fit(x, y)
        w, b = (m.coef_, m.intercept_) if len(m.coef_) > 1 else (np.vstack([-m.coef_, m.coef_]), np.r_[-m.intercept_, m.intercept_])
        found.append(objective(w, b, x, y, penalty))
    return min(found)


worst = {}
with tempfile.TemporaryDirectory() as folder:
    for k in range(draws):
        n, d, classes = int(random.integers(50, 301)), (5, 40, 200, 784)[k % 4], int(random.integers(3, 8))
        decay, apart = (1, 0.9, 0.75)[k % 3], random.uniform(0, 0.5)
        mix = decay ** np.arange(40)[:, None] * random.normal(size=(40, d))
        centre = random.normal(size=(classes, 40))
        command = [akin, "eval", "--protocol", "linear,linear-v1", "--whiten", "off", "--json", "--quiet"]
        for part, m in (("", n), ("test-", 200)):
            x, y = rows(m, d, classes, decay, apart, mix, centre)
            np.save(f"{folder}/{part}x.npy", x)
            np.save(f"{folder}/{part}y.npy", y)
            command += [f"--{part}features", f"{folder}/{part}x.npy", f"--{part}labels", f"{folder}/{part}y.npy"]
        x, y = np.load(f"{folder}/x.npy"), np.load(f"{folder}/y.npy")
        for r in json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["results"]:
            above = r["loss"] / least(x, y, r["lambda"]) - 1
            print(f"n {n} d {d} classes {classes} {r['protocol']} lambda {r['lambda']:.1e}: {above:.1e} above, "
                  f"told {r['excess'] if r['excess'] is not None else float('inf'):.1e}, {r['iterations']} iterations", flush=True)
            worst[r["protocol"]] = max(worst.get(r["protocol"], 0), above)
print("greatest:", ", ".join(f"{p} {v:.1e}" for p, v in worst.items()))
sys.exit(worst["linear-v2"] > 1e-3)
