#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SimSiam, BYOL, DimCL and Matrix-SSL: `akin train` beside the method written in PyTorch; siamese_torch.py AKIN FOLDER.

    OMP_NUM_THREADS=1 bench/siamese_torch.py build/akin FOLDER --items 5120 --epochs 6 --methods dimcl,ntxent,barlow,matrix-ssl

Fashion-MNIST (Debian's dataset-fashion-mnist, or --data), --items of its 60,000 training images. Both sides have resnet-s
of width 32 with a 2x2 grid of features, a head of two layers with batch norm, the predictor of the method, batches of 256,
two views of 16x16 (crops of 0.1 to 1, flips, brightness and contrast), SGD with the same rate, warm-up, cosine and weight
decay, and for BYOL and Matrix-SSL averaged weights whose M rises from 0.99 to 1. Of both: kNN of the features of the test images
(`akin eval --protocol knn`, 95 % interval), processor time and the peak of memory of the whole program, and the deviation
of the unit projections times sqrt(d) at the end, 1 on the whole sphere. PyTorch's views are made by tensor operations on
the whole batch. dimcl is NT-Xent over columns beside NT-Xent over rows, 0.1 and 0.9, as its authors' program has them (columns
by batch norm, then of length 1); ntxent and barlow stand beside it. matrix-ssl has lambda = gamma = mu = 1; PyTorch's
logarithms are four terms of the series, as in its authors' program. Threads are those of OMP_NUM_THREADS, or all. Needs torch,
numpy, Pillow and GNU time.
"""
import argparse
import gzip
import json
import math
import os
import subprocess
import sys

IMAGES = {"train": "train-images-idx3-ubyte.gz", "t10k": "t10k-images-idx3-ubyte.gz"}
LABELS = {"train": "train-labels-idx1-ubyte.gz", "t10k": "t10k-labels-idx1-ubyte.gz"}
WIDTH, HIDDEN, OUT, VIEW, BATCH, RATE, DECAY, WARMUP = 32, 256, 128, 16, 256, 0.3, 5e-4, 0.7


def read(folder, name, limit):
    with gzip.open(os.path.join(folder, name)) as file:
        data = file.read()
    head = 4 + 4 * data[3]
    sizes = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])]
    each = math.prod(sizes[1:])
    count = min(sizes[0], limit)
    return [count, *sizes[1:]], data[head:head + count * each]


def write(folder, name, sizes, data):
    with gzip.open(os.path.join(folder, name), "wb", 1) as file:
        file.write(bytes([0, 0, 8, len(sizes)]) + b"".join(n.to_bytes(4, "big") for n in sizes) + data)


def torch_run(o):
    import numpy
    import torch
    import torch.nn as nn
    import torch.nn.functional as F

    from simclr_torch import Block

    torch.manual_seed(o.seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))

    def mlp(i, h, k):
        return nn.Sequential(nn.Linear(i, h, bias=False), nn.BatchNorm1d(h), nn.ReLU(inplace=True), nn.Linear(h, k))

    def softmax_of(x, y, temperature):
        r = F.normalize(torch.cat([x, y]), dim=1)
        s = (r @ r.T / temperature).fill_diagonal_(-math.inf)
        return F.cross_entropy(s, torch.arange(len(r)).roll(len(x)))

    def columns(x):
        return (x - x.mean(0)) / torch.sqrt(x.var(0, correction=0) + 1e-5)

    def alone(x, y):  # losses of projections, without a predictor
        if o.method == "barlow":
            c = columns(x).T @ columns(y) / len(x)
            on = c.diagonal()
            return (1 - on).pow(2).sum() + .005 * (c.pow(2).sum() - on.pow(2).sum())
        rows = softmax_of(x, y, .5)
        return rows if o.method == "ntxent" else .1 * softmax_of(columns(x).T, columns(y).T, .1) + .9 * rows

    def logarithm(x):  # of x + I
        total, power = torch.zeros_like(x), x
        for k in range(1, 5):
            total, power = total - (-1) ** k * power / k, power @ x
        return total

    def matrix(y, z):  # y: targets, of length 1
        z = F.normalize(z, dim=1)
        y, z = y - y.mean(0), z - z.mean(0)
        own = torch.eye(OUT) + y.T @ y / len(y)
        return -torch.trace(logarithm(y.T @ z / len(y))) - torch.trace(own @ logarithm(z.T @ z / len(y)))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            w = WIDTH
            self.body = nn.Sequential(nn.Conv2d(1, w, 5, 2, 2, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True),
                                      Block(w, w, 1), Block(w, 2 * w, 2), Block(2 * w, 4 * w, 2))
            self.head = mlp(4 * w, HIDDEN, OUT)

        def forward(self, x):
            m = self.body(x)
            return F.adaptive_avg_pool2d(m, 2).flatten(1), self.head(m.mean((2, 3)))

    def views(images):
        n = len(images)
        area = torch.empty(n).uniform_(.1, 1)
        ratio = torch.exp(torch.empty(n).uniform_(math.log(3 / 4), math.log(4 / 3)))
        w, h = torch.sqrt(area * ratio).clamp(max=1), torch.sqrt(area / ratio).clamp(max=1)
        theta = torch.zeros(n, 2, 3)
        theta[:, 0, 0] = w * (torch.randint(0, 2, (n,)) * 2 - 1)
        theta[:, 1, 1] = h
        theta[:, 0, 2] = (torch.rand(n) * 2 - 1) * (1 - w)
        theta[:, 1, 2] = (torch.rand(n) * 2 - 1) * (1 - h)
        x = F.grid_sample(images, F.affine_grid(theta, (n, 1, VIEW, VIEW), align_corners=False), align_corners=False,
                          padding_mode="reflection")
        factor = lambda: torch.empty(n, 1, 1, 1).uniform_(.6, 1.4)
        j = (x * factor()).clamp_(0, 1)
        mean, by = j.mean((1, 2, 3), keepdim=True), factor()
        j = (by * j + (1 - by) * mean).clamp_(0, 1)
        return torch.where((torch.rand(n) < .8).view(n, 1, 1, 1), j, x)

    def load(part):
        sizes, data = read(o.folder + "/data", IMAGES[part], 1 << 30)
        pixels = torch.frombuffer(bytearray(data), dtype=torch.uint8).view(sizes[0], 1, *sizes[1:])
        return pixels.float().div_(255), numpy.frombuffer(read(o.folder + "/data", LABELS[part], 1 << 30)[1], numpy.uint8)

    (train, train_labels), (test, test_labels) = load("train"), load("t10k")
    mean, std = train.mean(), train.std()
    byol, siamese = o.method == "byol", o.method in ("byol", "simsiam", "matrix-ssl")
    averaged = siamese and o.method != "simsiam"
    net, predictor = Net(), mlp(OUT, HIDDEN if byol else OUT // 4, OUT)
    target = Net() if averaged else None
    if averaged:
        target.load_state_dict(net.state_dict())
    parameters = [*net.parameters(), *(predictor.parameters() if siamese else [])]
    opt = torch.optim.SGD([{"params": [q for q in parameters if q.ndim > 1], "weight_decay": DECAY},
                           {"params": [q for q in parameters if q.ndim <= 1], "weight_decay": 0}], lr=RATE, momentum=.9)
    each = len(train) // BATCH
    steps, warm, done = each * o.epochs, WARMUP * each, 0
    for _ in range(o.epochs):
        order = torch.randperm(len(train))
        for i in range(each):
            rate = (done + 1) / warm if done < warm else .5 * (1 + math.cos(math.pi * (done - warm) / (steps - warm)))
            for group in opt.param_groups:
                group["lr"] = RATE * rate
            batch = train[order[i * BATCH:(i + 1) * BATCH]]
            x = torch.cat([views(batch), views(batch)]).sub_(mean).div_(std)
            z = net(x)[1]
            p = F.normalize(predictor(z), dim=1) if siamese else None
            with torch.no_grad():
                if averaged:
                    keep = 1 - .01 * (math.cos(math.pi * done / steps) + 1) / 2
                    for a, b in zip(target.parameters(), net.parameters()):
                        a.lerp_(b, 1 - keep)
                y = F.normalize(target(x)[1] if averaged else z, dim=1).roll(BATCH, 0)
            if not siamese:
                loss = alone(*z.chunk(2))
            elif o.method == "matrix-ssl":
                loss = sum(matrix(*pair) for pair in zip(y.chunk(2), p.chunk(2))) / 2
            else:
                loss = 2 * (p - y).pow(2).sum(1).mean() if byol else -(p * y).sum(1).mean()
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            done += 1
    spread = F.normalize(z.detach()[:BATCH], dim=1).std(0, correction=0).mean().item() * math.sqrt(OUT)
    net.eval()
    for name, pixels, labels in (("train", train, train_labels), ("test", test, test_labels)):
        with torch.no_grad():
            rows = [net((pixels[i:i + 500] - mean) / std)[0].numpy() for i in range(0, len(pixels), 500)]
        numpy.save(f"{o.out}-{name}.npy", numpy.concatenate(rows))
        numpy.save(f"{o.out}-{name}-labels.npy", labels.astype(numpy.int32))
    print(json.dumps({"spread": spread, "loss": loss.item(), "torch": torch.__version__}))


def timed(command):
    """By a small program: what is forked from this one begins with the peak of its memory."""
    done = subprocess.run(["/usr/bin/time", "-f", "%U %S %M", *(str(word) for word in command)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"failed: {command}\n{done.stderr}")
    user, system, peak = done.stderr.strip().split("\n")[-1].split()
    return done.stdout, float(user) + float(system), float(peak) / 1024


def knn(akin, words):
    command = [akin, "eval", *words, "--protocol", "knn", "--baselines", "none", "--json", "--quiet"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["results"]
    return next(r for r in rows if r["protocol"].startswith("knn"))


def compare(o):
    os.makedirs(o.folder + "/data", exist_ok=True)
    for part, limit in (("train", o.items), ("t10k", 1 << 30)):
        for names in (IMAGES, LABELS):
            write(o.folder + "/data", names[part], *read(o.data, names[part], limit))
    print(f"{'method':10} {'seed':4} {'':8} {'kNN':>7} {'interval':>17} {'cpu s':>7} {'MiB':>6} {'spread':>7}", flush=True)
    for method in o.methods.split(","):
        for seed in range(o.seeds):
            run = f"{o.folder}/{method}-{seed}"
            options = {"encoder": "resnet-s", "width": WIDTH, "feature-grid": 2, "head-hidden": HIDDEN, "head-out": OUT,
                       "augment": "grey-s", "crop-min": 0.1, "view-height": VIEW, "view-width": VIEW, "optimizer": "sgd",
                       "lr": RATE, "momentum": 0.9, "weight-decay": DECAY, "batch-size": BATCH, "warmup": WARMUP,
                       "epochs": o.epochs, "seed": seed, "loss": method}
            words = [word for k, v in options.items() for word in ("--" + k, v)]
            _, seconds, peak = timed([o.akin, "train", o.folder + "/data", "--out", run, "--force", "--quiet", *words])
            with open(run + "/metrics.jsonl") as file:
                spread = json.loads(file.readlines()[-1])["embedding_std"]
            tell(method, seed, "akin", knn(o.akin, [run]), seconds, peak, spread)
            out = f"{o.folder}/torch-{method}-{seed}"
            said, seconds, peak = timed([sys.executable, __file__, o.akin, o.folder, "--child", "--methods", method, "--seed",
                                         seed, "--epochs", o.epochs, "--out", out])
            found = knn(o.akin, ["--features", out + "-train.npy", "--labels", out + "-train-labels.npy", "--test-features",
                                 out + "-test.npy", "--test-labels", out + "-test-labels.npy"])
            tell(method, seed, "PyTorch", found, seconds, peak, json.loads(said)["spread"])


def tell(method, seed, who, row, seconds, peak, spread):
    low, high = row["ci95"]
    print(f"{method:10} {seed:4} {who:8} {100 * row['top1']:7.2f} {100 * low:8.2f}-{100 * high:.2f} {seconds:7.0f} "
          f"{peak:6.0f} {spread:7.3f}", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("akin")
    p.add_argument("folder")
    p.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    p.add_argument("--items", type=int, default=20480)
    p.add_argument("--epochs", type=int, default=4)
    p.add_argument("--seeds", type=int, default=2)
    p.add_argument("--methods", default="simsiam,byol")
    p.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    p.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    p.add_argument("--out", help=argparse.SUPPRESS)
    o = p.parse_args()
    o.method = o.methods
    torch_run(o) if o.child else compare(o)


if __name__ == "__main__":
    main()
