#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A GRU's training step and inference: PyTorch beside build-dev/bench/bench_gru, in turns, in one run.

    bench/gru_torch.py build-dev/bench/bench_gru --rounds 3

Both start from word ids of rows of 20 to 30 tokens and a table [20000, dim], take each row's last state in each direction
as its feature, and go back to the gradients of all weights and of every token's vector, in float32 with the same number
of threads. PyTorch does so twice: with packed sequences (rows sorted by length beforehand, outside the clock), and padded to
the longest row, which in the backward direction is another, wrong result, but perhaps a faster one. Rounds alternate;
each side's best round counts, on a machine that others may use, and PyTorch's faster way. PyTorch runs with glibc's
thresholds for returning memory raised, which makes it faster. With --onednn build-dev/bench/bench_gru_onednn, oneDNN's own
primitive takes part. Unset OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE where they are set for another machine.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

CASES = [(128, 100, 256), (128, 300, 256), (128, 300, 300), (512, 100, 256), (512, 300, 256), (512, 300, 300)]
WORDS = 20000


def torch_seconds(batch, dim, hidden, directions, way, seconds, threads):
    """Median seconds of a step and of inference; run in a process of its own."""
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    length = torch.tensor(sorted((20 + 7 * r % 11 for r in range(batch)), reverse=True))
    longest, f = int(length.max()), directions * hidden
    table = torch.randn(WORDS, dim)
    ids = torch.randint(0, WORDS, (longest, batch))
    gru = nn.GRU(dim, hidden, bidirectional=directions == 2)
    gradient = torch.randn(batch, f) * 1e-3
    last, row = length - 1, torch.arange(batch)

    def forward(x):
        if way == "packed":
            _, h = gru(pack_padded_sequence(x, length))
            return torch.cat(list(h), 1)
        out, h = gru(x)
        first = out[last, row, :hidden]
        return torch.cat([first, h[1]], 1) if directions == 2 else first

    def step():
        gru.zero_grad(set_to_none=True)
        x = table[ids].requires_grad_()
        forward(x).backward(gradient)

    def inference():
        with torch.inference_mode():
            forward(table[ids])

    medians = []
    for what, limit in ((step, seconds), (inference, seconds / 3)):
        took, begin = [], None
        while begin is None or time.perf_counter() - begin < limit or len(took) < 3:
            start = time.perf_counter()
            what()
            took.append(time.perf_counter() - start)
            if begin is None:  # the first is warm-up
                begin, took = time.perf_counter(), []
        medians.append(statistics.median(took))
    print(json.dumps({"step_ms": 1e3 * medians[0], "inference_ms": 1e3 * medians[1], "torch": torch.__version__}))


def output(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def compare(args, batch, dim, hidden, directions):
    shape = [str(x) for x in (batch, dim, hidden, directions)]
    ways = {"akin": [args.bench, *shape, str(args.seconds)]}
    for way in ("packed", "padded"):
        ways[way] = [sys.executable, __file__, "--child", *shape, way, str(args.seconds), str(args.threads)]
    if args.onednn:
        ways["onednn"] = [args.onednn, *shape, str(args.seconds)]
    rounds = {way: [] for way in ways}
    for _ in range(args.rounds):
        for way, command in ways.items():
            rounds[way].append(output(command))
    line = {"batch": batch, "dim": dim, "hidden": hidden, "directions": directions}
    for what in ("step_ms", "inference_ms"):
        best = {way: min(r[what] for r in rounds[way]) for way in ways}
        line[what] = {way: round(ms, 2) for way, ms in best.items()}
        line[what]["torch_over_akin"] = round(min(best["packed"], best["padded"]) / best["akin"], 2)
    line["torch"] = rounds["packed"][0]["torch"]
    print(json.dumps(line), flush=True)


def main():
    if sys.argv[1:2] == ["--child"]:
        batch, dim, hidden, directions = map(int, sys.argv[2:6])
        torch_seconds(batch, dim, hidden, directions, sys.argv[6], float(sys.argv[7]), int(sys.argv[8]))
        return
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("bench", help="build-dev/bench/bench_gru")
    p.add_argument("--onednn", help="build-dev/bench/bench_gru_onednn")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=1)
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--cases", type=int, nargs="*", default=range(len(CASES)), help="which rows of CASES")
    args = p.parse_args()
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed here: nothing to compare with", file=sys.stderr)
        sys.exit(77)
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    os.environ["MALLOC_MMAP_THRESHOLD_"] = os.environ["MALLOC_TRIM_THRESHOLD_"] = str(32 << 30)
    for i in args.cases:
        for directions in (1, 2):
            compare(args, *CASES[i], directions)


if __name__ == "__main__":
    main()
