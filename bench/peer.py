# SPDX-License-Identifier: Apache-2.0
"""What the comparisons with PyTorch share: the peer at its best on this machine, and its failures told.

A peer is measured in processes of its own, with the environment that makes it fastest here. best() looks for it, one
thing after another: the instruction set of PyTorch's own loops (its own choice, avx512, avx2, as far as the processor has
them), freed memory kept between steps or given back as glibc does, and threads on all cores or one to each physical core.
OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, which may be set for another machine, do not reach it.

With --isa avx2 both sides are held to AVX2: akin by AKIN_ISA; PyTorch's own loops, oneDNN and MKL by the variables that
they read. A peer that fails is named on stderr with its exit code and the last line that it wrote, counts for nothing,
and makes the comparison exit with 1.
"""
import json
import os
import subprocess
import sys

ISAS = ("avx2", "avx512")
KEEP = {"MALLOC_MMAP_THRESHOLD_": "34359738368", "MALLOC_TRIM_THRESHOLD_": "34359738368"}
FOREIGN = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA",
           "MKL_ENABLE_INSTRUCTIONS", *KEEP)
failures = []


class Failed(Exception):
    pass


def add_option(parser):
    parser.add_argument("--isa", choices=ISAS, help="hold both sides to this instruction set [what the processor has]")


def ours(isa=None, **more):
    """The environment of akin."""
    return dict(os.environ, **({"AKIN_ISA": isa} if isa else {}), **more)


def cpu():
    """Flags of the processor, and its physical cores."""
    flags, cores, package = set(), set(), "0"
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            name, _, value = (part.strip() for part in line.partition(":"))
            if name == "flags":
                flags = set(value.split())
            elif name == "physical id":
                package = value
            elif name == "core id":
                cores.add((package, value))
    return flags, len(cores)


def axes(isa, threads):
    """Lists of (name, variables), of which a setting takes one each; the first of each is where the search begins."""
    flags, cores = cpu()
    has = [c for c, needs in (("avx512", {"avx512f", "avx512bw", "avx512dq", "avx512vl"}), ("avx2", {"avx2", "fma"}))
           if needs <= flags]
    if isa:
        if isa not in has:
            sys.exit(f"--isa {isa}: this processor has only {', '.join(has) or 'older ones'}")
        limit = {"avx2": ("AVX2", "AVX2"), "avx512": ("AVX512_CORE_VNNI", "AVX512")}[isa]
        held = {"ONEDNN_MAX_CPU_ISA": limit[0], "DNNL_MAX_CPU_ISA": limit[0], "MKL_ENABLE_INSTRUCTIONS": limit[1],
                "PEER_ISA": isa}
        instructions = [(c, dict(held, ATEN_CPU_CAPABILITY=c)) for c in has[has.index(isa):]]
    else:
        instructions = [("own choice", {})] + [(c, {"ATEN_CPU_CAPABILITY": c}) for c in has]
    counts = [threads] + ([cores] if 0 < cores < threads else [])
    return [instructions, [("memory kept", KEEP), ("memory as glibc does", {})],
            [(f"{n} threads", {"OMP_NUM_THREADS": str(n), "MKL_NUM_THREADS": str(n)}) for n in counts]]


def environment(parts):
    clean = {k: v for k, v in os.environ.items() if k not in FOREIGN}
    for _, variables in parts:
        clean.update(variables)
    return clean


def told(parts):
    return ", ".join(name for name, _ in parts)


def run(command, env, what):
    """The JSON object on the last line that the command prints; Failed, with the reason told, if there is none."""
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    lines = done.stdout.strip().splitlines()
    try:
        if done.returncode == 0:
            return json.loads(lines[-1])
        reason = (done.stderr.strip().splitlines() or ["it wrote nothing to stderr"])[-1]
    except (IndexError, ValueError):
        reason = "it printed no result"
    code = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
    text = f"{what} failed, {code}: {reason}"
    failures.append(text)
    print(text, file=sys.stderr, flush=True)
    raise Failed(text)


def best(rate, isa, threads):
    """The fastest setting as (name, environment), or None where no setting works. rate(env, what): higher is better; it
    may raise Failed."""
    choices = axes(isa, threads)
    chosen, top = [axis[0] for axis in choices], None
    for i, axis in enumerate(choices):
        for part in axis:
            if i > 0 and (part is axis[0] or top is None):
                continue
            tried = chosen[:i] + [part] + chosen[i + 1:]
            try:
                found = rate(environment(tried), f"PyTorch ({told(tried)})")
            except Failed:
                continue
            print(f"PyTorch ({told(tried)}): {found:.4g}/s", file=sys.stderr, flush=True)
            if top is None or found > top:
                top, chosen = found, tried
    return None if top is None else (told(chosen), environment(chosen))


def threads_of(default):
    """In the peer's process: how many threads its setting gives it."""
    return int(os.environ.get("OMP_NUM_THREADS", default))


def limit_compiler():
    """In the peer's process: torch.compile's vectors, which no variable limits."""
    if os.environ.get("PEER_ISA") == "avx2":
        import torch._inductor.config

        torch._inductor.config.cpp.simdlen = 256


def installed(python, module="torch"):
    """77 where the peer is not installed, 1 where it does not start (told), 0 else."""
    found = subprocess.run([python, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec(sys.argv[1]) is None)",
                            module], capture_output=True).returncode
    if found:
        print(f"{module} is not installed here: nothing to compare with", file=sys.stderr)
        return 77
    try:
        run([python, "-c", f"import {module}; print('{{}}')"], environment([]), f"import {module}")
    except Failed:
        return 1
    return 0
