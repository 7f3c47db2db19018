#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SimCLR in PyTorch on the CPU for a budget of time, to stand beside `akin train` with the same budget.

    bench/simclr_torch.py CIFAR/ --out runs/torch --seconds 7200 --clock cpu
    build/akin eval --features runs/torch/train.npy --labels runs/torch/train-labels.npy \\
        --test-features runs/torch/test.npy --test-labels runs/torch/test-labels.npy --protocol knn,linear

CIFAR/ holds train/CLASS/*.jpg and test/CLASS/*.jpg. The encoder is akin's resnet-s (5x5 stem with stride 2, three stages
of one residual block, features as a 2x2 grid) with a two-layer head, the views are random crops, flips, colour jitter and
grey as in the preset simclr-cifar. Everything that makes PyTorch fast on a CPU is done: images decoded once and kept as
one tensor, views of a whole batch by tensor operations (not image by image through PIL, which takes longer than
training), channels-last, bfloat16 autocast where the processor has it, all cores, and the environment that is the fastest
here (bench/peer.py), found by a few steps beforehand and kept in OUT/setting.json. --isa avx2 holds it to AVX2.

The learning rate follows half a cosine of the share of the budget that is spent. --clock cpu counts processor time of all
threads, so that a run on a busy machine has the same budget: one hour on two cores is 7200. A stopped run goes on from
its last epoch when started again.
"""
import argparse
import glob
import json
import math
import os
import sys
import time

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

import peer


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.c2, self.b2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.short = None
        if stride != 1 or i != o:
            self.short = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.b2(self.c2(F.relu(self.b1(self.c1(x)), inplace=True)))
        return F.relu(y + (self.short(x) if self.short is not None else x), inplace=True)


class Net(nn.Module):
    def __init__(self, width, hidden, out):
        super().__init__()
        w = width
        self.stem = nn.Sequential(nn.Conv2d(3, w, 5, 2, 2, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True))
        self.body = nn.Sequential(Block(w, w, 1), Block(w, 2 * w, 2), Block(2 * w, 4 * w, 2))
        self.head = nn.Sequential(nn.Linear(4 * w, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True),
                                  nn.Linear(hidden, out))

    def forward(self, x):
        m = self.body(self.stem(x))
        return F.adaptive_avg_pool2d(m, 2).flatten(1), self.head(m.mean((2, 3)))


def load(folder):
    classes = sorted(os.listdir(os.path.join(folder, "train")))
    parts = []
    for split in ("train", "test"):
        pixels, labels = [], []
        for k, name in enumerate(classes):
            for path in sorted(glob.glob(os.path.join(folder, split, name, "*"))):
                pixels.append(numpy.asarray(Image.open(path).convert("RGB")))
                labels.append(k)
        parts.append((torch.from_numpy(numpy.stack(pixels)).permute(0, 3, 1, 2).contiguous(),
                      numpy.array(labels, dtype=numpy.int32)))
    return parts


def blend(x, y, factor):
    return (factor * x + (1 - factor) * y).clamp_(0, 1)


def grey(x):
    return (0.299 * x[:, 0] + 0.587 * x[:, 1] + 0.114 * x[:, 2]).unsqueeze(1)


def hue(x, turn):
    """A turn of the colour circle as a rotation about the grey axis in YIQ."""
    y = torch.tensor([[.299, .587, .114], [.596, -.274, -.321], [.211, -.523, .311]])
    back = torch.linalg.inv(y)
    c, s = torch.cos(2 * math.pi * turn), torch.sin(2 * math.pi * turn)
    turned = torch.zeros(len(turn), 3, 3)
    turned[:, 0, 0] = 1
    turned[:, 1, 1] = turned[:, 2, 2] = c
    turned[:, 1, 2], turned[:, 2, 1] = -s, s
    return torch.einsum("nij,njhw->nihw", back @ turned @ y, x).clamp_(0, 1)


def views(images, size):
    """Random crops of 0.08 to 1 of the area, flips, jitter 0.4/0.4/0.4/0.1 with probability 0.8, grey with 0.2."""
    n = len(images)
    area, ratio = torch.empty(n).uniform_(.08, 1), torch.exp(torch.empty(n).uniform_(math.log(3 / 4), math.log(4 / 3)))
    w, h = torch.sqrt(area * ratio).clamp(max=1), torch.sqrt(area / ratio).clamp(max=1)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = w * (torch.randint(0, 2, (n,)) * 2 - 1)
    theta[:, 1, 1] = h
    theta[:, 0, 2] = (torch.rand(n) * 2 - 1) * (1 - w)
    theta[:, 1, 2] = (torch.rand(n) * 2 - 1) * (1 - h)
    x = images.float().div_(255)
    x = F.grid_sample(x, F.affine_grid(theta, (n, 3, size, size), align_corners=False), align_corners=False,
                      padding_mode="reflection")
    chosen = (torch.rand(n) < .8).view(n, 1, 1, 1)
    factor = lambda: torch.empty(n, 1, 1, 1).uniform_(.6, 1.4)
    j = blend(x, torch.zeros(()), factor())
    j = blend(j, grey(j).mean((2, 3), keepdim=True), factor())
    j = blend(j, grey(j), factor())
    j = hue(j, torch.empty(n).uniform_(-.1, .1))
    x = torch.where(chosen, j, x)
    return torch.where((torch.rand(n) < .2).view(n, 1, 1, 1), grey(x).expand_as(x), x)


def first_steps(net, opt, o):
    """Steps per second on noise, with views."""
    images = torch.randint(0, 256, (o.batch, 3, 32, 32), dtype=torch.uint8)
    took = []
    for _ in range(o.probe + 1):
        start = time.perf_counter()
        x = torch.cat([views(images, o.view), views(images, o.view)])
        step(net, opt, x, o)
        took.append(time.perf_counter() - start)
    print(json.dumps({"steps_per_s": 1 / min(took[1:])}))


def step(net, opt, x, o):
    target = (torch.arange(2 * o.batch) + o.batch) % (2 * o.batch)
    mask = torch.eye(2 * o.batch, dtype=torch.bool)
    opt.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=o.precision == "bf16"):
        z = net(x.contiguous(memory_format=torch.channels_last))[1]
    z = F.normalize(z.float(), dim=1)
    loss = F.cross_entropy((z @ z.T / o.temperature).masked_fill(mask, -math.inf), target)
    loss.backward()
    opt.step()
    return loss.item()


def find_setting(o):
    """This program again, in the environment that is the fastest here; the same one when it goes on."""
    path = os.path.join(o.out, "setting.json")
    if os.path.exists(path):
        with open(path) as file:
            named, variables = json.load(file)
        variables = {**peer.environment([]), **variables}
    else:
        command = [sys.executable, *sys.argv, "--child", "--probe", "3"]
        setting = peer.best(lambda environment, what: peer.run(command, environment, what)["steps_per_s"], o.isa, o.threads)
        if not setting or peer.failures:
            sys.exit(1)
        named, variables = setting
        plain = peer.environment([])
        with open(path, "w") as file:
            json.dump([named, {k: v for k, v in variables.items() if plain.get(k) != v}], file)
    print(json.dumps({"torch": torch.__version__, "setting": named}), flush=True)
    os.execve(sys.executable, [sys.executable, *sys.argv, "--child"], variables)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("data")
    p.add_argument("--out", required=True)
    p.add_argument("--seconds", type=float, default=3600)
    p.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--view", type=int, default=24)
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--lr", type=float, default=.3)
    p.add_argument("--temperature", type=float, default=.2)
    p.add_argument("--precision", choices=("bf16", "f32"), default="bf16")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--seed", type=int, default=0)
    peer.add_option(p)
    p.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    p.add_argument("--probe", type=int, default=0, help=argparse.SUPPRESS)
    o = p.parse_args()
    os.makedirs(o.out, exist_ok=True)
    if not o.child:
        find_setting(o)
    torch.set_num_threads(peer.threads_of(o.threads))
    torch.manual_seed(o.seed)
    if o.probe:
        net = Net(o.width, 512, 128).to(memory_format=torch.channels_last)
        first_steps(net, torch.optim.SGD(net.parameters(), lr=o.lr, momentum=.9), o)
        return
    (train, train_labels), (test, test_labels) = load(o.data)
    mean = train.float().div(255).mean((0, 2, 3)).view(1, 3, 1, 1)
    std = train.float().div(255).std((0, 2, 3)).view(1, 3, 1, 1)
    net = Net(o.width, 512, 128).to(memory_format=torch.channels_last)
    decay = [q for q in net.parameters() if q.ndim > 1]
    rest = [q for q in net.parameters() if q.ndim <= 1]
    opt = torch.optim.SGD([{"params": decay, "weight_decay": 1e-4}, {"params": rest, "weight_decay": 0}], lr=o.lr,
                          momentum=.9)
    spent, epoch, images = 0., 0, 0
    path = os.path.join(o.out, "state.pt")
    if os.path.exists(path):
        s = torch.load(path, weights_only=False)
        net.load_state_dict(s["net"]), opt.load_state_dict(s["opt"])
        spent, epoch, images = s["spent"], s["epoch"], s["images"]
        torch.manual_seed(o.seed + epoch)
    clock = time.monotonic if o.clock == "wall" else time.process_time
    last = clock()
    while spent < o.seconds:
        order, losses = torch.randperm(len(train)), []
        for i in range(len(train) // o.batch):
            now = clock()
            spent, last = spent + now - last, now
            if spent >= o.seconds:
                break
            warm = min(1., (images + 1) / (.5 * len(train)))
            for g in opt.param_groups:
                g["lr"] = o.lr * warm * .5 * (1 + math.cos(math.pi * spent / o.seconds))
            batch = train[order[i * o.batch:(i + 1) * o.batch]]
            x = torch.cat([views(batch, o.view), views(batch, o.view)]).sub_(mean).div_(std)
            losses.append(step(net, opt, x, o))
            images += o.batch
        epoch += 1
        torch.save({"net": net.state_dict(), "opt": opt.state_dict(), "spent": spent, "epoch": epoch,
                    "images": images}, path + ".new")
        os.replace(path + ".new", path)
        print(json.dumps({"epoch": epoch, "images": images, "seconds": round(spent, 1),
                          "loss": sum(losses) / max(1, len(losses))}), flush=True)
    net.eval()
    for name, pixels, labels in (("train", train, train_labels), ("test", test, test_labels)):
        rows = []
        with torch.no_grad():
            for i in range(0, len(pixels), 500):
                x = pixels[i:i + 500].float().div_(255).sub_(mean).div_(std)
                rows.append(net(x.contiguous(memory_format=torch.channels_last))[0].float().numpy())
        numpy.save(os.path.join(o.out, name + ".npy"), numpy.concatenate(rows))
        numpy.save(os.path.join(o.out, name + "-labels.npy"), labels)


if __name__ == "__main__":
    main()
