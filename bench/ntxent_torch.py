#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NT-Xent with its gradient: PyTorch beside `akin bench engine`, in turns, in one run.

    bench/ntxent_torch.py build/akin --rows 1024 4096 16384 --rounds 3

PyTorch computes cross entropy over z z^T / t with the diagonal masked, in float32, from unscaled rows to the gradient
of the rows, as is usual. Both use the same number of threads; each measures itself; rounds alternate, and the medians
are compared. Unset OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE where they are set for another machine.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def torch_seconds(rows, width, temperature, threads, repeat):
    """Median seconds of one loss and gradient; run in a process of its own, so that memory is its own too."""
    import resource

    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
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


def child(args, rows):
    command = [sys.executable, __file__, args.akin, "--child", "--rows", str(rows), "--dim", str(args.dim),
               "--threads", str(args.threads), "--repeat", str(args.repeat), "--temperature", str(args.temperature)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def akin(args, rows, precision):
    command = [args.akin, "bench", "engine", "--json", "--rows", str(rows), "--dim", str(args.dim), "--precision",
               precision, "--threads", str(args.threads), "--repeat", str(args.repeat), "--temperature",
               str(args.temperature)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("akin", help="the program")
    parser.add_argument("--rows", type=int, nargs="+", default=[1024, 4096, 16384])
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--temperature", type=float, default=0.5)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        torch_seconds(args.rows[0], args.dim, args.temperature, args.threads, args.repeat)
        return 0
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed here: nothing to compare with", file=sys.stderr)
        return 77
    for rows in args.rows:
        found = {"torch": [], "f32": [], "bf16": []}
        for _ in range(args.rounds):
            found["torch"].append(child(args, rows))
            found["f32"].append(akin(args, rows, "f32"))
            found["bf16"].append(akin(args, rows, "bf16"))
        middle = {k: statistics.median(r["median_s"] for r in v) for k, v in found.items()}
        memory = {k: max(r["resident_mib"] for r in v) for k, v in found.items()}
        print(f"N = {rows}, d = {args.dim}, {args.threads} threads: "
              f"PyTorch {found['torch'][0]['torch']} {1e3 * middle['torch']:.1f} ms ({memory['torch']:.0f} MiB), "
              f"akin f32 {1e3 * middle['f32']:.2f} ms ({memory['f32']:.0f} MiB, {middle['torch'] / middle['f32']:.1f}x), "
              f"bf16 {1e3 * middle['bf16']:.2f} ms ({middle['torch'] / middle['bf16']:.1f}x)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
