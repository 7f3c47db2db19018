#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attention, and a whole training step of a vision transformer, beside PyTorch: processor time, in turns.

    bench/attention_torch.py build-dev --rounds 5

Both sides run on one thread, and what counts is the processor time of their processes (clock_gettime, not the clock on
the wall), so that other programs on the machine disturb as little as possible. PyTorch has its batch and its weights
as tensors made beforehand.

Attention: bench_attention beside torch.nn.functional.scaled_dot_product_attention, forward alone, and forward and
backward; float32. PyTorch is given q, k and v in its own layout, [rows, heads, tokens, columns].

A step: akin bench train, the difference between a run of many steps and one of few; PyTorch the same blocks (a patch
embedding by Conv2d, LayerNorm, Linear, scaled_dot_product_attention, GELU) with a head of two layers with batch norm,
NT-Xent, backward, SGD with momentum. akin makes the augmented views in the same time, and checks that all is finite.
In bf16 akin has --precision bf16 and PyTorch torch.autocast("cpu", torch.bfloat16) around the model.
Told are medians of the rounds, their range, and the median of the ratios of each round.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time

SHAPES = ((128, 64, 3, 64), (64, 196, 3, 64), (16, 512, 6, 64), (512, 24, 4, 64))
MODELS = {"vit-tiny": (192, 3), "vit-small": (384, 6)}


def least(what, seconds):
    """Milliseconds of processor time of the quickest call."""
    what()
    best, until = float("inf"), time.process_time() + seconds
    while best == float("inf") or time.process_time() < until:
        start = time.process_time()
        what()
        best = min(best, time.process_time() - start)
    return 1e3 * best


def attention(args):
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(1)
    rows, tokens, heads, wide = (int(n) for n in args.child.split(","))
    q, k, v = (torch.randn(rows, heads, tokens, wide, requires_grad=True) for _ in range(3))
    gradient = torch.randn(rows, heads, tokens, wide)

    def forward():
        with torch.no_grad():
            F.scaled_dot_product_attention(q, k, v)

    def both():
        torch.autograd.grad(F.scaled_dot_product_attention(q, k, v), (q, k, v), gradient)

    print(json.dumps([least(forward, args.seconds), least(both, args.seconds)]))


def vit(nn, width, heads, layers, patch, size, channels=3, hidden=128, out=128):
    import torch

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width, 1e-6), nn.LayerNorm(width, 1e-6)
            self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.fc1, self.fc2, self.gelu = nn.Linear(width, 4 * width), nn.Linear(4 * width, width), nn.GELU()

        def forward(self, x):
            q, k, v = self.qkv(self.norm1(x)).unflatten(2, (3, heads, -1)).permute(2, 0, 3, 1, 4)
            x = x + self.proj(nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
            return x + self.fc2(self.gelu(self.fc1(self.norm2(x))))

    class Vit(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Conv2d(channels, width, patch, patch)
            self.place = nn.Parameter(0.02 * torch.randn((size // patch) ** 2, width))
            self.blocks, self.norm = nn.Sequential(*(Block() for _ in range(layers))), nn.LayerNorm(width, 1e-6)
            self.head = nn.Sequential(nn.Linear(width, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(),
                                      nn.Linear(hidden, out))

        def features(self, x):
            x = self.embed(x).flatten(2).transpose(1, 2) + self.place
            return self.norm(self.blocks(x)).mean(1)

        def forward(self, x):
            return self.head(self.features(x))

    return Vit()


def torch_step(args):
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(1)
    torch.manual_seed(0)
    width, heads = MODELS[args.child]
    model = vit(torch.nn, width, heads, 12, 4, args.size)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=1e-4, foreach=True)
    x, diagonal = torch.randn(args.batch, 3, args.size, args.size), torch.eye(args.batch, dtype=torch.bool)
    target = torch.arange(args.batch).roll(args.batch // 2)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
            z = model(x)
        z = F.normalize(z.float(), dim=1)
        F.cross_entropy((z @ z.T / 0.5).masked_fill(diagonal, float("-inf")), target).backward()
        optimizer.step()

    step()
    start = time.process_time()
    for _ in range(args.steps):
        step()
    print(json.dumps(1e3 * (time.process_time() - start) / args.steps))


def child(args, what, precision="f32"):
    command = [args.python, __file__, args.build, "--child", what, "--seconds", str(args.seconds), "--batch",
               str(args.batch), "--size", str(args.size), "--steps", str(args.steps), "--precision", precision]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def our_attention(args, shape):
    command = [os.path.join(args.build, "bench", "bench_attention"), *map(str, shape), str(2 * args.seconds)]
    return [float(x) for x in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1:]]


def our_step(args, model, precision):
    def spent(steps):  # and how many they were: whole epochs are run
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([os.path.join(args.build, "akin"), "bench", "train", "--encoder", model, "--batch",
                               str(args.batch), "--size", str(args.size), "--steps", str(steps), "--repeat", "1",
                               "--threads", "1", "--precision", precision, "--json"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return seconds, json.loads(done.stdout)["results"][0]["steps"]

    (many, of_many), (few, of_few) = spent(4 + args.steps), spent(1)
    return 1e3 * (many - few) / (of_many - of_few)


def tell(what, ours, theirs):
    ratios = [b / a for a, b in zip(ours, theirs)]
    print(f"| {what} | {statistics.median(ours):.2f} ({min(ours):.2f} to {max(ours):.2f}) | "
          f"{statistics.median(theirs):.2f} ({min(theirs):.2f} to {max(theirs):.2f}) | "
          f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="the folder with akin and bench/bench_attention")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has PyTorch [this one]")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each measurement of attention")
    parser.add_argument("--batch", type=int, default=64, help="images of a step")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--models", default="vit-tiny,vit-small")
    parser.add_argument("--precision", default="f32,bf16", help="of the steps; attention is float32")
    parser.add_argument("--only", choices=("attention", "step"), help="one of the two")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return torch_step(args) if args.child in MODELS else attention(args)
    print("| ms of processor time, one thread | akin | PyTorch | PyTorch / akin |\n|---|---|---|---|")
    for shape in () if args.only == "step" else SHAPES:
        ours, theirs = zip(*((our_attention(args, shape), child(args, ",".join(map(str, shape))))
                             for _ in range(args.rounds)))
        name = "attention, {} rows of {} tokens, {} heads of {}".format(*shape)
        tell(name + ", forward", [x[0] for x in ours], [x[0] for x in theirs])
        tell(name + ", and backward", [x[1] for x in ours], [x[1] for x in theirs])
    for model in () if args.only == "attention" else args.models.split(","):
        for precision in args.precision.split(","):
            ours, theirs = zip(*((our_step(args, model, precision), child(args, model, precision))
                                 for _ in range(args.rounds)))
            tell(f"a step of {model}, {precision}, {args.batch} images of {args.size}x{args.size}", ours, theirs)


if __name__ == "__main__":
    main()
