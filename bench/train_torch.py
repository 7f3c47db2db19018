#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole training step: PyTorch's best setting beside `akin bench train`, in turns, in one run.

    bench/train_torch.py build/akin --rounds 5

The step of both is: forward through ResNet-18 with the small-image stem and a 2-layer head with batch norm, NT-Xent
over the rows, backward, SGD with momentum and weight decay. akin also makes the augmented views in the same two cores
and checks that everything is finite; PyTorch is given its batch as a tensor made beforehand, so its figure is an upper
bound of what a training script would reach. PyTorch runs channels-last, with and without torch.compile, at float32 or
bfloat16 autocast, each in a process of its own, with the environment that is the fastest here (bench/peer.py), which is
named. The best of the two medians counts. With --isa avx2 both are held to AVX2, in float32. An image is one row of the
batch, one view.
"""
import argparse
import json
import os
import statistics
import sys
import time

import peer


def encoder(nn, head):
    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.relu = nn.ReLU(inplace=True)
            self.shortcut = None
            if stride != 1 or inputs != outputs:
                self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                              nn.BatchNorm2d(outputs))

        def forward(self, x):
            y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            return self.relu(y + (self.shortcut(x) if self.shortcut is not None else x))

    layers = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    inputs = 64
    for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Block(inputs, outputs, stride), Block(outputs, outputs, 1)]
        inputs = outputs
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, head, bias=False), nn.BatchNorm1d(head),
               nn.ReLU(inplace=True), nn.Linear(head, head)]
    return nn.Sequential(*layers)


def torch_step(args):
    import torch
    import torch.nn.functional as F

    peer.limit_compiler()
    torch.set_num_threads(peer.threads_of(args.threads))
    torch.manual_seed(0)
    rows = args.batch
    model = encoder(torch.nn, 128).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=1e-4, foreach=True)
    x = torch.randn(rows, 3, args.size, args.size).contiguous(memory_format=torch.channels_last)
    target = torch.arange(rows).roll(rows // 2)
    diagonal = torch.eye(rows, dtype=torch.bool)

    def loss_of(x):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.precision == "bf16"):
            z = model(x)
        z = F.normalize(z.float(), dim=1)
        return F.cross_entropy((z @ z.T / 0.5).masked_fill(diagonal, float("-inf")), target)

    run = torch.compile(loss_of) if args.compile else loss_of

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = run(x)
        loss.backward()
        optimizer.step()
        return loss.item()

    for _ in range(2):
        step()
    took = []
    for _ in range(args.steps):
        start = time.perf_counter()
        step()
        took.append(time.perf_counter() - start)
    print(json.dumps({"images_per_s": rows / statistics.median(took), "torch": torch.__version__}))


def python(args, precision, compiled, environment, what, steps):
    command = [args.python, __file__, args.akin, "--child", "--precision", precision, "--batch", str(args.batch),
               "--size", str(args.size), "--threads", str(args.threads), "--steps", str(steps)]
    return peer.run(command + ["--compile"] * compiled, environment, what)


def akin(args, precision):
    command = [args.akin, "bench", "train", "--json", "--precision", precision, "--encoder", "resnet18", "--batch",
               str(args.batch), "--size", str(args.size), "--threads", str(args.threads), "--steps", str(args.steps)]
    return peer.run(command, peer.ours(args.isa, OMP_WAIT_POLICY="passive"), "akin")["results"][0]


def compare(args, precision):
    found = {"eager": [], "compiled": [], "akin": []}
    limits, shares, library = [], [], []
    setting = peer.best(lambda environment, what: python(args, precision, False, environment, what, args.probe)[
        "images_per_s"], args.isa, args.threads)
    if not setting:
        raise peer.Failed(f"{precision}: no setting of PyTorch works here")
    named, environment = setting
    ways = {"eager": False} if args.no_compile else {"eager": False, "compiled": True}
    for _ in range(args.rounds):
        for name, compiled in list(ways.items()):
            try:
                one = python(args, precision, compiled, environment, f"PyTorch {name} ({named})", args.steps)
            except peer.Failed:
                del ways[name]  # told; what it measured before does not count
                found[name] = []
                continue
            found[name].append(one["images_per_s"])
            version = one["torch"]
        if not ways:
            raise peer.Failed(f"{precision}: PyTorch ran once and then failed")
        ours = akin(args, precision)
        found["akin"].append(ours["images_per_s"])
        limits.append(ours["limit_images_per_s"])
        shares.append(ours["share_of_limit"])
        library.append(ours["share_of_onednn"])
    middle = {k: statistics.median(v) for k, v in found.items() if v}
    best = max(v for k, v in middle.items() if k != "akin")
    told = ", ".join(f"{k} {v:.0f} ({min(found[k]):.0f} to {max(found[k]):.0f})" for k, v in middle.items() if k != "akin")
    top = max(found["akin"]) / max(max(v) for k, v in found.items() if k != "akin" and v)
    print(f"{precision}: PyTorch {version} ({named}) {told} images/s; akin {middle['akin']:.0f} images/s = "
          f"{middle['akin'] / best:.2f} x PyTorch's best; convolutions alone {statistics.median(limits):.0f}, of which "
          f"akin reaches {100 * statistics.median(shares):.0f} % ({100 * max(shares):.0f} at most), and of oneDNN's alone "
          f"{100 * statistics.median(library):.0f} % ({min(library) * 100:.0f} to {max(library) * 100:.0f}). Medians of "
          f"{args.rounds} rounds; akin {min(found['akin']):.0f} to {max(found['akin']):.0f}; best round against best "
          f"round {top:.2f} x", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("akin", help="the program")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has PyTorch [this one]")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", choices=("f32", "bf16"))
    parser.add_argument("--probe", type=int, default=3, help="steps by which a setting of PyTorch is tried")
    peer.add_option(parser)
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--compile", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        torch_step(args)
        return 0
    missing = peer.installed(args.python)
    if missing:
        return missing
    if args.isa == "avx2" and args.precision == "bf16":
        parser.error("--precision bf16 needs AVX-512")
    for precision in ("f32", "bf16"):
        if args.precision not in (None, precision) or (args.isa == "avx2" and precision == "bf16"):
            continue
        try:
            compare(args, precision)
        except peer.Failed as failed:
            print(failed, file=sys.stderr)
    return 1 if peer.failures else 0


if __name__ == "__main__":
    sys.exit(main())
