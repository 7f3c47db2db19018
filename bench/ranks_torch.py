#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several ranks: PyTorch's DistributedDataParallel beside `akin train`, in turns, in one run: time a step and memory a rank.

    bench/ranks_torch.py build/akin --ranks 4 --rounds 5

Both train SimCLR on images of noise, 32x32x3, with the encoder of bench/simclr_torch.py (akin's resnet-s), NT-Xent over the
rows of all ranks, and SGD with momentum; each rank has one thread and its part of the same batch, and batch norm the
statistics of that part. PyTorch's ranks exchange over gloo: the projections are gathered, with their gradients summed
back, so that the loss is that of the whole batch, and DDP adds up the gradients beside the backward pass. akin's run under
Open MPI. Both exchange over TCP on the loopback device. PyTorch is given its batch as a tensor made beforehand; akin reads
images, makes the views in a thread more and checks that everything is finite. PyTorch runs channels-last in the
environment that is the fastest here (bench/peer.py), found beforehand with a few steps. A step is the median over the
steps but the first two, of the slowest rank; memory is VmHWM of the largest rank. --precision bf16: autocast, and akin's.
"""
import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import peer

SIDE = 32


def resident_mib():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


# One rank of PyTorch ----------------------------------------------------------------------------------------------------


def torch_rank(o):
    import torch
    import torch.distributed as dist
    import torch.nn.functional as F

    import simclr_torch

    class Gather(torch.autograd.Function):
        """The rows of all ranks, in their order; the gradients of this rank's, summed over the ranks."""

        @staticmethod
        def forward(ctx, x):
            parts = [torch.empty_like(x) for _ in range(o.ranks)]
            dist.all_gather(parts, x.contiguous())
            return torch.cat(parts)

        @staticmethod
        def backward(ctx, g):
            g = g.contiguous()
            dist.all_reduce(g)
            return g[o.child * len(g) // o.ranks:(o.child + 1) * len(g) // o.ranks]

    torch.set_num_threads(1)
    torch.manual_seed(0)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(o.port), GLOO_SOCKET_IFNAME="lo")
    dist.init_process_group("gloo", rank=o.child, world_size=o.ranks)
    mine = o.batch // o.ranks
    net = simclr_torch.Net(o.width, 128, 128).to(memory_format=torch.channels_last)
    ddp = torch.nn.parallel.DistributedDataParallel(net, broadcast_buffers=False)
    opt = torch.optim.SGD(net.parameters(), lr=.01, momentum=.9, weight_decay=1e-4)
    torch.manual_seed(1 + o.child)
    x = torch.randn(2 * mine, 3, SIDE, SIDE).contiguous(memory_format=torch.channels_last)
    own = torch.arange(2 * mine) + o.child * 2 * mine  # rank after rank, in each its a and its b
    partner = torch.cat([own[mine:], own[:mine]])
    took = []
    for _ in range(o.steps + 2):
        start = time.perf_counter()
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=o.precision == "bf16"):
            features, z = ddp(x)
        z = F.normalize(z.float(), dim=1)
        s = z @ Gather.apply(z).T / .5
        s[torch.arange(2 * mine), own] = -float("inf")
        loss = F.cross_entropy(s, partner) + 0 * features.sum()  # DDP waits for every output's gradient
        loss.backward()
        opt.step()
        took.append(time.perf_counter() - start)
    told = torch.tensor([statistics.median(took[2:]), resident_mib()])
    dist.all_reduce(told, op=dist.ReduceOp.MAX)
    if o.child == 0:
        print(json.dumps({"step_s": told[0].item(), "resident_mib": told[1].item(), "loss": loss.item()}), flush=True)
    dist.destroy_process_group()


def torch_job(o, environment, what, steps):
    """The ranks of one run; rank 0's result."""
    port = 20000 + os.getpid() % 20000
    command = [sys.executable, os.path.abspath(__file__), o.akin, "--ranks", str(o.ranks), "--batch", str(o.batch), "--width", str(o.width),
               "--precision", o.precision, "--steps", str(steps), "--port", str(port), "--child"]
    others = [subprocess.Popen([*command, str(r)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
              for r in range(1, o.ranks)]
    try:
        return peer.run([*command, "0"], environment, what)
    finally:
        for other in others:
            try:
                other.wait(60)
            except subprocess.TimeoutExpired:
                other.kill()


# akin -------------------------------------------------------------------------------------------------------------------


def wrap(command, folder):
    """One rank of akin; what it took at most goes into a file of the folder."""
    import resource

    code = subprocess.call(command)
    with open(os.path.join(folder, f"rss-{os.getpid()}"), "w") as file:
        file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))
    return code


def write_images(path, n):
    head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d, 3), }" % (n, SIDE, SIDE)
    head += b" " * (63 - (len(head) + 10) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + os.urandom(n * SIDE * SIDE * 3))


def akin_job(o, folder):
    out = tempfile.mkdtemp(dir=folder)
    environment = peer.ours(o.isa, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMP_WAIT_POLICY="passive")
    epochs = (o.steps + 2 + 3) // 4
    command = ["mpirun.openmpi", "--map-by", ":OVERSUBSCRIBE", "--bind-to", "none", "--mca", "pml", "ob1", "--mca", "btl", "tcp,self", "--mca",
               "btl_tcp_if_include", "lo", "-n", str(o.ranks), sys.executable, os.path.abspath(__file__), o.akin, "--wrap", out, o.akin,
               "train", os.path.join(folder, "images.npy"), "--recipe", "none", "--out", os.path.join(out, "run"), "--encoder", "resnet-s", "--width", str(o.width),
               "--batch-size", str(o.batch), "--loss", "ntxent", "--optimizer", "sgd", "--lr", "0.01", "--epochs", str(epochs),
               "--checkpoint-every", str(4 * epochs), "--precision", o.precision, "--threads", "1", "--profile", "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"akin: exit code {done.returncode}: {done.stderr.strip()}")
    with open(os.path.join(out, "run", "profile.json")) as file:
        profile = json.load(file)
    sizes = [float(open(os.path.join(out, name)).read()) for name in os.listdir(out) if name.startswith("rss-")]
    assert len(sizes) == o.ranks
    return {"step_s": profile["step_s_quartiles"][1], "resident_mib": max(sizes),
            "phases_s": {k: v / profile["steps"] for k, v in profile["phases_s"].items()}}


# Both -------------------------------------------------------------------------------------------------------------------


def spread(results, key):
    values = [r[key] for r in results]
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("akin")
    p.add_argument("--ranks", type=int, default=4)
    p.add_argument("--batch", type=int, default=256, help="items a step, of all ranks; two views each")
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--steps", type=int, default=20)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--precision", choices=("f32", "bf16"), default="f32")
    peer.add_option(p)
    p.add_argument("--child", type=int, default=-1, help=argparse.SUPPRESS)
    p.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    o = p.parse_args()
    o.akin = os.path.abspath(o.akin)
    if o.child >= 0:
        torch_rank(o)
        return 0
    missing = peer.installed(sys.executable)
    if missing:
        return missing
    if o.batch % o.ranks:
        sys.exit("--batch must be a multiple of --ranks")
    setting = peer.best(lambda environment, what: 1 / torch_job(o, environment, what, 4)["step_s"], o.isa, 1)
    if not setting or peer.failures:
        return 1
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        write_images(os.path.join(folder, "images.npy"), 4 * o.batch)
        for _ in range(o.rounds):
            theirs.append(torch_job(o, setting[1], "PyTorch", o.steps))
            ours.append(akin_job(o, folder))
            print(json.dumps({"torch": theirs[-1], "akin": ours[-1]}), flush=True)
    import torch
    print(json.dumps({"ranks": o.ranks, "batch": o.batch, "width": o.width, "precision": o.precision, "torch": torch.__version__,
                      "setting": setting[0], "torch_step_s": spread(theirs, "step_s"), "akin_step_s": spread(ours, "step_s"),
                      "ratio": statistics.median(t["step_s"] / a["step_s"] for t, a in zip(theirs, ours)),
                      "torch_resident_mib": spread(theirs, "resident_mib"), "akin_resident_mib": spread(ours, "resident_mib")}))
    return 1 if peer.failures else 0


if __name__ == "__main__":
    if "--wrap" in sys.argv[1:3]:
        sys.exit(wrap(sys.argv[4:], sys.argv[3]))
    sys.exit(main())
