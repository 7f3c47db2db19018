#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NT-Xent with its gradient: PyTorch beside `akin bench engine`, in turns, in one run.

    bench/ntxent_torch.py build/akin --rows 1024 4096 16384 --rounds 3

PyTorch computes cross entropy over z z^T / t with the diagonal masked, in float32, from unscaled rows to the gradient
of the rows, as is usual. Both use the same number of threads; each measures itself; rounds alternate, and the medians
are compared. PyTorch runs with the environment that is the fastest here at the smallest N (bench/peer.py), which is named;
--isa avx2 holds both to AVX2.
"""
import argparse
import json
import os
import statistics
import sys
import time

import peer


def torch_seconds(rows, width, temperature, threads, repeat):
    """Median seconds of one loss and gradient; run in a process of its own, so that memory is its own too."""
    import resource

    import torch
    import torch.nn.functional as F

    torch.set_num_threads(peer.threads_of(threads))
    torch.manual_seed(0)
    first = torch.randn(rows // 2, width)
    x = torch.cat([first, first + 0.5 * torch.randn(rows // 2, width)]).requires_grad_()
    target = torch.arange(rows).roll(rows // 2)

    def step():
        x.grad = None
        z = F.normalize(x, dim=1)
        logits = z @ z.T / temperature
        logits.fill_diagonal_(float("-inf"))
        F.cross_entropy(logits, target).backward()

    step()
    took = []
    for _ in range(repeat):
        start = time.perf_counter()
        step()
        took.append(time.perf_counter() - start)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"median_s": statistics.median(took), "resident_mib": resident, "torch": torch.__version__}))


def child(args, rows, environment, what):
    command = [sys.executable, __file__, args.akin, "--child", "--rows", str(rows), "--dim", str(args.dim),
               "--threads", str(args.threads), "--repeat", str(args.repeat), "--temperature", str(args.temperature)]
    return peer.run(command, environment, what)


def akin(args, rows, precision):
    command = [args.akin, "bench", "engine", "--json", "--rows", str(rows), "--dim", str(args.dim), "--precision",
               precision, "--threads", str(args.threads), "--repeat", str(args.repeat), "--temperature",
               str(args.temperature)]
    return peer.run(command, peer.ours(args.isa), "akin")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("akin", help="the program")
    parser.add_argument("--rows", type=int, nargs="+", default=[1024, 4096, 16384])
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--temperature", type=float, default=0.5)
    peer.add_option(parser)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        torch_seconds(args.rows[0], args.dim, args.temperature, args.threads, args.repeat)
        return 0
    missing = peer.installed(sys.executable)
    if missing:
        return missing
    setting = peer.best(lambda environment, what: 1 / child(args, min(args.rows), environment, what)["median_s"], args.isa,
                        args.threads)
    if not setting:
        return 1
    named, environment = setting
    try:
        compare(args, named, environment)
    except peer.Failed:
        pass  # told
    return 1 if peer.failures else 0


def compare(args, named, environment):
    for rows in args.rows:
        found = {"torch": [], "f32": [], "bf16": []}
        for _ in range(args.rounds):
            found["torch"].append(child(args, rows, environment, f"PyTorch ({named})"))
            found["f32"].append(akin(args, rows, "f32"))
            found["bf16"].append(akin(args, rows, "bf16"))
        middle = {k: statistics.median(r["median_s"] for r in v) for k, v in found.items()}
        memory = {k: max(r["resident_mib"] for r in v) for k, v in found.items()}
        print(f"N = {rows}, d = {args.dim}, {args.threads} threads: "
              f"PyTorch {found['torch'][0]['torch']} ({named}) {1e3 * middle['torch']:.1f} ms ({memory['torch']:.0f} MiB), "
              f"akin f32 {1e3 * middle['f32']:.2f} ms ({memory['f32']:.0f} MiB, {middle['torch'] / middle['f32']:.1f}x), "
              f"bf16 {1e3 * middle['bf16']:.2f} ms ({middle['torch'] / middle['bf16']:.1f}x)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
