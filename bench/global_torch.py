#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SimSiam, BYOL and global contrastive losses: `akin train` beside lightly and libauc, in one run; global_torch.py AKIN FOLDER.

    pip install torch numpy pillow lightly==1.6.0 libauc==2.0.1
    OMP_NUM_THREADS=1 bench/global_torch.py build/akin FOLDER --methods byol,sogclr,isogclr,glofnd

Fashion-MNIST (Debian's dataset-fashion-mnist, or --data), --items of its 60,000 training images. Both sides have resnet-s
of width 32 with a 2x2 grid of features, a head of two layers with batch norm, and two views of 16x16 (crops of 0.1 to 1,
flips, brightness and contrast).

simsiam, byol             the predictor of the method, batches of 256, SGD with the same rate, warm-up, cosine and weight
                          decay; for BYOL averaged weights whose M rises from 0.99 to 1. The peer is lightly: its loss, and
                          its momentum of weights and schedule; of simsiam and byol alike.
sogclr, isogclr           batches of 64, AdamW of rate 0.001, temperature 0.1, averages' share 0.9; isogclr with rho 0.3
                          and rate 0.01 of the temperatures. The peer is libauc's GCLoss, which keeps them in 0.05 to 0.7.
glofnd                    as sogclr, without the most similar tenth of an item's negatives from the third epoch on; the
                          peer is the paper's formula in PyTorch: thresholds l += 0.05 (share above l - 0.1).
ntxent                    batches of 64 without anything, for comparison; lightly's NTXentLoss.

Of both: kNN of the features of the test images (`akin eval --protocol knn`, 95 % interval), processor time and the peak of
memory of the whole program, and the deviation of the unit projections times sqrt(d) at the end, 1 on the whole sphere.
PyTorch's views are made by tensor operations on the whole batch.
"""
import argparse
import json
import math
import os
import subprocess
import sys

from siamese_torch import IMAGES, LABELS, knn, read, write

WIDTH, HIDDEN, OUT, VIEW, DECAY, WARMUP = 32, 256, 128, 16, 5e-4, 0.7
SIAMESE = {"batch-size": 256, "optimizer": "sgd", "lr": 0.3, "momentum": 0.9}
SMALL = {"batch-size": 64, "optimizer": "adamw", "lr": 0.001, "temperature": 0.1}
METHODS = {"simsiam": {"loss": "simsiam", **SIAMESE}, "byol": {"loss": "byol", **SIAMESE},
           "ntxent": {"loss": "ntxent", **SMALL}, "sogclr": {"loss": "sogclr", **SMALL},
           "isogclr": {"loss": "isogclr", **SMALL},
           "glofnd": {"loss": "sogclr", "false-negatives": 0.1, "false-negatives-after": 2, **SMALL}}


def global_loss(method, items):
    """The peer's loss of two views and the items' numbers."""
    import torch
    import torch.nn.functional as F

    if method == "ntxent":
        from lightly.loss import NTXentLoss

        whole = NTXentLoss(temperature=0.1)
        return lambda a, b, items, epoch: whole(a, b)
    if method in ("sogclr", "isogclr"):
        from libauc.losses.contrastive import GCLoss

        own = {"enable_isogclr": True, "rho": 0.3, "eta": 0.01} if method == "isogclr" else {}
        past = GCLoss(mode="unimodal", N=items, tau=0.1, gamma=0.9, device=torch.device("cpu"), **own)
        return lambda a, b, items, epoch: past(a, b, items)
    average, threshold = torch.zeros(items), torch.ones(items)

    def glofnd(a, b, item, epoch):
        z = F.normalize(torch.cat([a, b]), dim=1)
        n, both = len(a), torch.cat([item, item])
        s = z @ z.T
        partner = torch.arange(2 * n).roll(n)
        negative = (torch.arange(2 * n) % n)[:, None] != torch.arange(2 * n) % n
        if epoch >= 2:
            above = (s.detach() > threshold[both][:, None]) & negative
            share = above.sum(1) / negative.sum(1)
            threshold[item] += 0.05 * ((share[:n] + share[n:]) / 2 - 0.1)
            negative = negative & ~above
        weight = torch.exp(s / 0.1) * negative
        u = weight.sum(1) / negative.sum(1).clamp(min=1)
        old = average[both]
        u = torch.where(old > 0, 0.1 * old + 0.9 * u.detach(), u.detach()).clamp(min=1e-8)
        average[item] = (u[:n] + u[n:]) / 2
        pull = s[torch.arange(2 * n), partner] / 0.1
        return (weight.sum(1) / negative.sum(1).clamp(min=1) / u - pull).mean()

    return glofnd


def torch_run(o):
    import numpy
    import torch
    import torch.nn as nn
    import torch.nn.functional as F

    from simclr_torch import Block

    torch.manual_seed(o.seed)
    torch.set_num_threads(os.cpu_count())

    def mlp(i, h, k):
        return nn.Sequential(nn.Linear(i, h, bias=False), nn.BatchNorm1d(h), nn.ReLU(inplace=True), nn.Linear(h, k))

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
    byol, small, BATCH = o.method == "byol", o.method not in ("simsiam", "byol"), METHODS[o.method]["batch-size"]
    rule, RATE = (global_loss(o.method, len(train)) if small else None), METHODS[o.method]["lr"]
    net, predictor = Net(), nn.Identity() if small else mlp(OUT, HIDDEN if byol else OUT // 4, OUT)
    if not small:
        from lightly.loss import NegativeCosineSimilarity
        from lightly.models.utils import update_momentum
        from lightly.utils.scheduler import cosine_schedule

        cosine = NegativeCosineSimilarity()
    target = Net() if byol else None
    if byol:
        target.load_state_dict(net.state_dict())
    parameters = [*net.parameters(), *predictor.parameters()]
    groups = [{"params": [q for q in parameters if q.ndim > 1], "weight_decay": DECAY},
              {"params": [q for q in parameters if q.ndim <= 1], "weight_decay": 0}]
    opt = torch.optim.AdamW(groups, lr=RATE) if small else torch.optim.SGD(groups, lr=RATE, momentum=.9)
    each = len(train) // BATCH
    steps, warm, done = each * o.epochs, WARMUP * each, 0
    for epoch in range(o.epochs):
        order = torch.randperm(len(train))
        for i in range(each):
            rate = (done + 1) / warm if done < warm else .5 * (1 + math.cos(math.pi * (done - warm) / (steps - warm)))
            for group in opt.param_groups:
                group["lr"] = RATE * rate
            batch = train[order[i * BATCH:(i + 1) * BATCH]]
            x = torch.cat([views(batch), views(batch)]).sub_(mean).div_(std)
            z = net(x)[1]
            if small:
                loss = rule(z[:BATCH], z[BATCH:], order[i * BATCH:(i + 1) * BATCH], epoch)
            else:
                with torch.no_grad():
                    if byol:
                        update_momentum(net, target, cosine_schedule(done, steps, 0.99, 1))
                    y = (target(x)[1] if byol else z).detach().roll(BATCH, 0)
                c = cosine(predictor(z), y)
                loss = 4 * (1 + c) if byol else c
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
    """What it says, processor seconds, MiB. GNU time forks the program itself: a child of this one would count its memory."""
    done = subprocess.run(["/usr/bin/time", "-f", "%U %S %M", *(str(word) for word in command)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"failed: {command}: {done.stderr[-500:]}")
    user, system, peak = done.stderr.split()[-3:]
    return done.stdout, float(user) + float(system), float(peak) / 1024


def compare(o):
    os.makedirs(o.folder + "/data", exist_ok=True)
    for part, limit in (("train", o.items), ("t10k", 1 << 30)):
        for names in (IMAGES, LABELS):
            write(o.folder + "/data", names[part], *read(o.data, names[part], limit))
    print(f"{'method':8} {'seed':4} {'':8} {'kNN':>7} {'interval':>17} {'cpu s':>7} {'MiB':>6} {'spread':>7}", flush=True)
    for seed in range(o.seeds):
        for method in o.methods.split(","):
            run = f"{o.folder}/{method}-{seed}"
            options = {"encoder": "resnet-s", "width": WIDTH, "feature-grid": 2, "head-hidden": HIDDEN, "head-out": OUT,
                       "augment": "grey-s", "crop-min": 0.1, "view-height": VIEW, "view-width": VIEW,
                       "weight-decay": DECAY, "warmup": WARMUP, "epochs": o.epochs, "seed": seed, **METHODS[method]}
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
            tell(method, seed, "peer", found, seconds, peak, json.loads(said.splitlines()[-1])["spread"])


def tell(method, seed, who, row, seconds, peak, spread):
    low, high = row["ci95"]
    print(f"{method:8} {seed:4} {who:8} {100 * row['top1']:7.2f} {100 * low:8.2f}-{100 * high:.2f} {seconds:7.0f} "
          f"{peak:6.0f} {spread:7.3f}", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("akin")
    p.add_argument("folder")
    p.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    p.add_argument("--items", type=int, default=20480)
    p.add_argument("--epochs", type=int, default=4)
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--methods", default="simsiam,byol")
    p.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    p.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    p.add_argument("--out", help=argparse.SUPPRESS)
    o = p.parse_args()
    o.method = o.methods
    torch_run(o) if o.child else compare(o)


if __name__ == "__main__":
    main()
