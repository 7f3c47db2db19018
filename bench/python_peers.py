#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python_peers.py: akin.torch beside pytorch-metric-learning, in one run: the same loss curve, time and memory of a step.

A step is a loss of two views of n items of 128 columns and its gradients. Each line is a process of its own, so that its
peak memory is its own; what Python, PyTorch and the inputs take is taken off. Time is the least of several steps, in turn.
"""

import json
import subprocess
import sys
import time

import numpy as np

D, T = 128, 0.2
# pytorch-metric-learning lists every pair: of NTXentLoss a row for each positive holds all negatives, n^3 numbers.
MOST = {"ntxent": 128, "infonce": 128, "supcon": 1024}
NOT_RUN = {"seconds": np.nan, "mib": np.nan, "value": np.nan}


def functions(who):
    import torch

    if who == "akin":
        import akin.torch

        return {
            "ntxent": lambda a, b, y: akin.torch.loss("ntxent", a, b, temperature=T),
            "infonce": lambda a, b, y: akin.torch.loss("infonce", a, b, temperature=T),
            "supcon": lambda a, b, y: akin.torch.loss("supcon", a, b, labels=y, temperature=T),
        }
    from pytorch_metric_learning import losses

    pairs, labelled = losses.NTXentLoss(T), losses.SupConLoss(T)
    return {
        "ntxent": lambda a, b, y: pairs(torch.cat([a, b]), torch.arange(len(a)).repeat(2)),
        "infonce": lambda a, b, y: pairs(a, torch.arange(len(a)), ref_emb=b, ref_labels=torch.arange(len(a))),
        "supcon": lambda a, b, y: labelled(torch.cat([a, b]), y.repeat(2)),
    }


def kib(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))


def step(who, name, n):
    """One process: seconds and MiB."""
    import torch

    torch.set_num_threads(2)
    loss = functions(who)[name]
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(n, D, generator=generator)
    b = (a + 0.5 * torch.randn(n, D, generator=generator)).requires_grad_()
    a.requires_grad_()
    y = torch.arange(n) % 10
    loss(a[:8], b[:8], y[:8]).backward()
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew: importing PyTorch takes more than a small step
    before = kib("VmRSS")
    times = []
    for _ in range(5 if n < 1024 else 2):
        a.grad = b.grad = None
        start = time.perf_counter()
        value = loss(a, b, y)
        value.backward()
        times.append(time.perf_counter() - start)
    after = kib("VmHWM")
    print(json.dumps({"seconds": min(times), "mib": (after - before) / 1024, "value": value.item()}))


def curve(who, name, steps=100, n=64):
    """The losses of a small network, trained from always the same start."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(2)
    loss = functions(who)[name]
    net = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 16))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    centres = torch.randn(10, 20, generator=torch.Generator().manual_seed(99))
    y, values = torch.arange(n) % 10, []
    for k in range(steps):
        generator = torch.Generator().manual_seed(k)
        a, b = (centres[y] + 0.8 * torch.randn(n, 20, generator=generator) for _ in range(2))
        optimizer.zero_grad()
        value = loss(net(a), net(b), y)
        value.backward()
        optimizer.step()
        values.append(value.item())
    return np.array(values)


def main():
    if len(sys.argv) == 4:
        step(sys.argv[1], sys.argv[2], int(sys.argv[3]))
        return
    print("| loss | first and last of 100 steps | largest difference, relative |\n|---|---|---|")
    for name in ("ntxent", "infonce", "supcon"):
        ours, theirs = curve("akin", name), curve("peer", name)
        print(f"| `{name}` | {ours[0]:.4f} to {ours[-1]:.4f} | {np.abs(ours - theirs).max() / np.abs(theirs).max():.1e} |", flush=True)
    print("\n| loss | n | akin ms | akin MiB | peer ms | peer MiB | values differ by |\n|---|---|---|---|---|---|---|")
    for name in ("ntxent", "infonce", "supcon"):
        for n in (64, 128, 1024, 4096):
            told = {"peer": NOT_RUN}
            for who in ("akin", "peer") if n <= MOST[name] else ("akin",):
                out = subprocess.run([sys.executable, __file__, who, name, str(n)], capture_output=True, text=True)
                told[who] = json.loads(out.stdout) if out.returncode == 0 else NOT_RUN
            us, them = told["akin"], told["peer"]
            gap = abs(us["value"] - them["value"]) / abs(them["value"])
            line = f"| `{name}` | {n} | {us['seconds'] * 1e3:.1f} | {us['mib']:.0f} | {them['seconds'] * 1e3:.1f} | {them['mib']:.0f} | {gap:.0e} |"
            print(line.replace("nan", "-"), flush=True)


if __name__ == "__main__":
    main()
