#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SimCLR of a small vision transformer: `akin train` beside the same model in PyTorch, in one run; vit_torch.py AKIN FOLDER.

    bench/vit_torch.py build/akin FOLDER --seeds 3

Fashion-MNIST (Debian's dataset-fashion-mnist, or --data), --items of its 60,000 training images. Both sides have the
model of docs/transformer.md (patches of 4x4, blocks with norms in front, mean over the tokens, weights drawn alike), a
head of two layers with batch norm, batches of 256, two views of 28x28 (crops of 0.1 to 1, flips, brightness and contrast
0.4), NT-Xent at temperature 0.1, AdamW with the same rate, warm-up, cosine and weight decay (none of vectors and places).
Of both: kNN of the features of the test images (`akin eval --protocol knn`, 95 % interval) and processor time of the whole
program, one thread. akin in float32 and in bf16, PyTorch in float32 and under autocast. PyTorch's views are made by tensor
operations on the whole batch. Needs torch and numpy.
"""
import argparse
import math
import os
import sys

from attention_torch import vit
from global_torch import timed
from siamese_torch import IMAGES, LABELS, knn, read, write

WIDTH, HEADS, BLOCKS, PATCH, HIDDEN, OUT, BATCH, RATE, DECAY, WARMUP = 64, 2, 4, 4, 256, 128, 256, 0.001, 0.05, 1


def torch_run(o):
    import numpy
    import torch
    import torch.nn as nn
    import torch.nn.functional as F

    torch.manual_seed(o.seed)
    torch.set_num_threads(1)

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
        x = F.grid_sample(images, F.affine_grid(theta, images.shape, align_corners=False), align_corners=False,
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
    net = vit(nn, WIDTH, HEADS, BLOCKS, PATCH, train.shape[2], 1, HIDDEN, OUT)
    for layer in (net.embed, *net.blocks.modules()):
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(layer.weight.view(len(layer.weight), -1))
            nn.init.zeros_(layer.bias)
    decayed = [p for name, p in net.named_parameters() if p.ndim > 1 and name != "place"]
    rest = [p for name, p in net.named_parameters() if p.ndim == 1 or name == "place"]
    opt = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY}, {"params": rest, "weight_decay": 0}], lr=RATE)
    half = o.precision == "bf16"
    each = len(train) // BATCH
    steps, warm, done = each * o.epochs, WARMUP * each, 0
    diagonal, target = torch.eye(2 * BATCH, dtype=torch.bool), torch.arange(2 * BATCH).roll(BATCH)
    for _ in range(o.epochs):
        order = torch.randperm(len(train))
        for i in range(each):
            rate = (done + 1) / warm if done < warm else .5 * (1 + math.cos(math.pi * (done - warm) / (steps - warm)))
            for group in opt.param_groups:
                group["lr"] = RATE * rate
            batch = train[order[i * BATCH:(i + 1) * BATCH]]
            x = torch.cat([views(batch), views(batch)]).sub_(mean).div_(std)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                z = net(x)
            z = F.normalize(z.float(), dim=1)
            loss = F.cross_entropy((z @ z.T / 0.1).masked_fill(diagonal, -math.inf), target)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            done += 1
    net.eval()
    for name, pixels, labels in (("train", train, train_labels), ("test", test, test_labels)):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            rows = [net.features((pixels[i:i + 500] - mean) / std).float().numpy() for i in range(0, len(pixels), 500)]
        numpy.save(f"{o.out}-{name}.npy", numpy.concatenate(rows))
        numpy.save(f"{o.out}-{name}-labels.npy", labels.astype(numpy.int32))


def tell(who, precision, seed, row, seconds):
    low, high = row["ci95"]
    print(f"| {who} | {precision} | {seed} | {100 * row['top1']:.2f} ({100 * low:.2f} to {100 * high:.2f}) | "
          f"{seconds:.0f} |", flush=True)


def ours(o, precision, seed):
    run = f"{o.folder}/{precision}-{seed}"
    options = {"encoder": "vit-tiny", "width": WIDTH, "blocks": BLOCKS, "heads": HEADS, "patch": PATCH, "head-hidden": HIDDEN,
               "head-out": OUT, "augment": "simclr-cifar", "crop-min": 0.1, "loss": "ntxent", "temperature": 0.1,
               "optimizer": "adamw", "lr": RATE, "weight-decay": DECAY, "warmup": WARMUP, "batch-size": BATCH,
               "epochs": o.epochs, "seed": seed, "precision": precision, "threads": 1, "recipe": "none"}
    words = [word for k, v in options.items() for word in ("--" + k, v)]
    _, seconds, _ = timed([o.akin, "train", o.folder + "/data", "--out", run, "--force", "--quiet", *words])
    tell("akin", precision, seed, knn(o.akin, [run]), seconds)


def theirs(o, precision, seed):
    out = f"{o.folder}/torch-{precision}-{seed}"
    _, seconds, _ = timed([sys.executable, __file__, o.akin, o.folder, "--child", "--precision", precision, "--seed", seed,
                              "--epochs", o.epochs, "--out", out])
    found = knn(o.akin, ["--features", out + "-train.npy", "--labels", out + "-train-labels.npy", "--test-features",
                         out + "-test.npy", "--test-labels", out + "-test-labels.npy"])
    tell("PyTorch", precision, seed, found, seconds)


def compare(o):
    os.makedirs(o.folder + "/data", exist_ok=True)
    for part, limit in (("train", o.items), ("t10k", 1 << 30)):
        for names in (IMAGES, LABELS):
            write(o.folder + "/data", names[part], *read(o.data, names[part], limit))
    print("| | | seed | kNN (95 % interval) | processor seconds |\n|---|---|---|---|---|", flush=True)
    for seed in range(o.seeds):
        for precision in o.precision.split(","):
            ours(o, precision, seed)
            theirs(o, precision, seed)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("akin")
    p.add_argument("folder")
    p.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    p.add_argument("--items", type=int, default=10240)
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--precision", default="f32,bf16")
    p.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    p.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    p.add_argument("--out", help=argparse.SUPPRESS)
    o = p.parse_args()
    torch_run(o) if o.child else compare(o)


if __name__ == "__main__":
    main()
