#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A GRU's training step and inference: PyTorch beside build-dev/bench/bench_gru, in turns, in one run.

    bench/gru_torch.py build-dev/bench/bench_gru --rounds 3

Both start from word ids of rows of 20 to 30 tokens and a table [20000, dim], take each row's last state in each direction
as its feature, and go back to the gradients of all weights and of every token's vector, in float32 with the same number
of threads. PyTorch does so twice: with packed sequences (rows sorted by length beforehand, outside the clock), and padded to
the longest row, which in the backward direction is another, wrong result, but perhaps a faster one. Rounds alternate;
each side's best round counts, on a machine that others may use, and PyTorch's faster way. PyTorch runs with the
environment that is the fastest here in the first case (bench/peer.py), which is named; --isa avx2 holds all to AVX2. With
--onednn build-dev/bench/bench_gru_onednn, oneDNN's own primitive takes part.
"""
import argparse
import json
import os
import statistics
import sys
import time

import peer

CASES = [(128, 100, 256), (128, 300, 256), (128, 300, 300), (512, 100, 256), (512, 300, 256), (512, 300, 300)]
WORDS = 20000


def torch_seconds(batch, dim, hidden, directions, way, seconds, threads):
    """Median seconds of a step and of inference; run in a process of its own."""
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence

    torch.set_num_threads(peer.threads_of(threads))
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


def child(args, shape, way, seconds):
    return [sys.executable, __file__, "--child", *map(str, shape), way, str(seconds), str(args.threads)]


def compare(args, named, environment, *shape):
    batch, dim, hidden, directions = shape
    mine = peer.ours(args.isa, OMP_NUM_THREADS=str(args.threads), **peer.KEEP)
    ours = [*map(str, shape), str(args.seconds)]
    ways = {"akin": ([args.bench, *ours], mine)}
    for way in ("packed", "padded"):
        ways[way] = (child(args, shape, way, args.seconds), environment)
    if args.onednn:
        held = {"ONEDNN_MAX_CPU_ISA": args.isa.upper()} if args.isa == "avx2" else {}
        ways["onednn"] = ([args.onednn, *ours], dict(mine, **held))
    rounds = {way: [] for way in ways}
    for _ in range(args.rounds):
        for way, (command, variables) in ways.items():
            rounds[way].append(peer.run(command, variables, f"PyTorch {way} ({named})" if way[0] == "p" else way))
    line = {"batch": batch, "dim": dim, "hidden": hidden, "directions": directions}
    for what in ("step_ms", "inference_ms"):
        best = {way: min(r[what] for r in rounds[way]) for way in ways}
        line[what] = {way: round(ms, 2) for way, ms in best.items()}
        line[what]["torch_over_akin"] = round(min(best["packed"], best["padded"]) / best["akin"], 2)
    line["torch"] = f"{rounds['packed'][0]['torch']} ({named})"
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
    peer.add_option(p)
    args = p.parse_args()
    missing = peer.installed(sys.executable)
    if missing:
        sys.exit(missing)
    first = (*CASES[list(args.cases)[0]], 1)
    setting = peer.best(lambda environment, what: 1e3 / peer.run(child(args, first, "packed", min(1, args.seconds)),
                                                                environment, what)["step_ms"], args.isa, args.threads)
    if not setting:
        sys.exit(1)
    for i in args.cases:
        for directions in (1, 2):
            try:
                compare(args, *setting, *CASES[i], directions)
            except peer.Failed:
                pass  # told; this case has no line
    sys.exit(1 if peer.failures else 0)


if __name__ == "__main__":
    main()
