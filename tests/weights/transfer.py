# SPDX-License-Identifier: Apache-2.0
"""Does it help to begin with weights? transfer.py FOLDER IMAGES EPOCHS MORE_IMAGES MORE_EPOCHS: learn from images of five classes of Fashion-MNIST once, then, with
five seeds, from a few images of the other five, beginning with these weights or with drawn ones, for as many steps. Prints
accuracies on the test images of those five, and the paired difference with its 95 % interval (Student's t over seeds).

$AKIN is the program. Fashion-MNIST is Debian's package dataset-fashion-mnist. Nothing but Python's own library is needed."""
import gzip, json, os, statistics, struct, subprocess, sys, time

AKIN = os.environ.get("AKIN", "akin")
SET = os.environ.get("FASHION", "/usr/share/datasets/fashion-mnist")
SEEDS = 5
NAMES = ("knn",)
NET = ["--encoder", "resnet-s", "--width", "8", "--batch-size", "64", "--threads", "1", "--quiet"]


def read(part):
    with gzip.open(f"{SET}/{part}-images-idx3-ubyte.gz") as f:
        n = struct.unpack(">4I", f.read(16))[1]
        images = [f.read(784) for _ in range(n)]
    with gzip.open(f"{SET}/{part}-labels-idx1-ubyte.gz") as f:
        f.read(8)
        return images, f.read(n)


def write(folder, part, images, labels):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{part}-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">4I", 0x803, len(images), 28, 28) + b"".join(images))
    with open(f"{folder}/{part}-labels-idx1-ubyte", "wb") as f:
        f.write(struct.pack(">2I", 0x801, len(images)) + bytes(labels))


def select(folder, classes, most):
    for part, limit in ("train", most), ("t10k", 10**9):
        images, labels = read(part)
        keep = [i for i in range(len(images)) if labels[i] in classes][:limit]
        write(folder, part, [images[i] for i in keep], [labels[i] - min(classes) for i in keep])


def akin(*words):
    begin = time.time()
    done = subprocess.run([AKIN, *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"akin {' '.join(words)}: {done.stderr}")
    return done.stdout, time.time() - begin


def accuracy(run):
    out = json.loads(akin("eval", run, "--protocol", "knn", "--whiten", "off", "--threads", "1", "--json", "--quiet")[0])
    rows = [r for r in out["results"] if r["layer"] == "backbone" and r.get("encoder") == "trained"]
    return {name: next(100 * r["top1"] for r in rows if r["protocol"].startswith(name)) for name in NAMES}


def main(folder, first, epochs, second, more):
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    select("first", range(0, 5), int(first))
    select("second", range(5, 10), int(second))
    akin("train", "first", "--out", "pretrained", "--epochs", epochs, "--seed", "100", "--force", *NET)
    found = {"drawn": [], "pretrained": []}
    for seed in range(SEEDS):
        for arm in found:
            begin = [] if arm == "drawn" else ["--init", "pretrained"]
            run = f"{arm}-{seed}"
            _, seconds = akin("train", "second", "--out", run, "--epochs", more, "--seed", str(seed), "--force", *NET, *begin)
            found[arm].append({"seconds": seconds, **accuracy(run)})
            print(seed, arm, found[arm][-1], flush=True)
    t = 2.776  # of 4 degrees of freedom, two-sided 95 %
    for arm, rows in found.items():
        line = [f"{arm:24}", f"{statistics.mean(r['seconds'] for r in rows):5.1f} s"]
        for name in NAMES:
            x = [r[name] for r in rows]
            line.append(f"{name} {statistics.mean(x):.2f}")
            if arm != "drawn":
                d = [a - b[name] for a, b in zip(x, found["drawn"])]
                half = t * statistics.stdev(d) / len(d) ** 0.5
                line.append(f"({statistics.mean(d):+.2f}, {statistics.mean(d) - half:+.2f} to {statistics.mean(d) + half:+.2f})")
        print("  ".join(line))


main(*sys.argv[1:6])
