#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/mutate.py: change one place of the source, and see whether a test fails (mutation testing).

    tools/mutate.py [--areas loss,train,theory,storage] [--count 200] [--seed 1] [--log FILE]

A mutant is the project with one place changed: a comparison, a sign, a constant, a condition turned round, a call left
out. It is killed when it does not end the area's tests with success: a test fails, crashes or takes ten times as long. One
that survives the area's programs meets the area's scripts too. One that survives both is listed: either a test is missing,
or the change makes no difference (the same value, a speed, a bound that is loose on purpose).

Mutants are drawn with a seed, in turn from each area. They are made in a clone under build-mutants/, so that nothing
here changes. The log has a line a mutant; what it holds already is not done again, so a run that was stopped goes on.
"""
import argparse
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = "build-mutants"
AREAS = {  # sources, the test programs that meet every mutant, the scripts that meet those they leave alive
    "loss": (["src/loss/*.c"], "test_loss test_loss_kernels test_loss_properties test_loss_golden test_loss_permuted "
             "test_loss_random",
             "cli_loss cli_bits"),
    "train": (["src/train/*.c"], "test_train test_optimizer test_step test_update test_momentum test_anneal test_sampler "
              "test_train_cost test_train_stream test_train_nonfinite test_collapse test_repeated",
              "cli_train cli_train_errors cli_train_steps cli_train_text cli_train_vectors cli_train_visits "
              "cli_train_warnings cli_train_difficult cli_train_kill"),
    "theory": (["src/theory/*.c", "src/linalg/*.c"],
               "test_theory_models test_theory_plan test_theory_sizes test_lee test_zhang test_diagnose test_collapse "
               "test_eigen test_eigen_families test_eval test_eval_linear test_eval_whiten test_theory_invariance "
               "test_theory_edges test_two_view test_theory_verdicts test_few_shot test_bounds_pairs", "cli_bounds cli_plan cli_diagnose"),
    "storage": (["src/files/*.c", "src/model/checkpoint*.c", "src/model/run_*.c", "src/base/file.c", "src/base/json*.c"],
                "test_base test_npy test_json test_train test_model test_keep test_labels test_text_bytes test_data "
                "test_dataset test_names test_core test_own_files_damage test_limits fuzz_replay", "cli_train cli_train_replace cli_keep cli_output cli_embed_kill "
                "cli_results cli_bombs cli_data"),
}
# name, pattern, what stands in its place; each match of a pattern on a line of code is one possible mutant
OPERATORS = [
    ("boundary", re.compile(r"(?<![-<>=!])(<=|>=|<(?![<=])|(?<!-)>(?![>=]))"),
     lambda m: {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}[m.group(1)]),
    ("equality", re.compile(r"(==|!=)"), lambda m: {"==": "!=", "!=": "=="}[m.group(1)]),
    ("arithmetic", re.compile(r"(?<=[\w\])] )([-+*/])(?= [\w(])"),
     lambda m: {"+": "-", "-": "+", "*": "/", "/": "*"}[m.group(1)]),
    ("logic", re.compile(r"(&&|\|\|)"), lambda m: {"&&": "||", "||": "&&"}[m.group(1)]),
    ("constant", re.compile(r"(?<![\w.\[])([0-9])(?![\w.\]])"), lambda m: str(int(m.group(1)) + 1)),
    ("condition", re.compile(r"\bif \((.+?)\)(?= )"), lambda m: "if (!(" + m.group(1) + "))"),
    ("update", re.compile(r"([-+])=(?= )"), lambda m: {"+": "-=", "-": "+="}[m.group(1)]),
    ("leave-out", re.compile(r"^    +((?:ak_|mem|str)\w+\(.*\);)$"), lambda m: m.group(0).replace(m.group(1), ";")),
    ("unchecked", re.compile(r"AK_TRY\((.+)\);"), lambda m: "(void)(" + m.group(1) + ");"),
]


def code_only(text):
    """The text with comments and strings blanked, so that offsets stay."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^\s*#[^\n]*(?:\\\n[^\n]*)*', blank, text,
                  flags=re.S | re.M)


def mutants_of(path):
    text = path.read_text()
    at = 0
    for number, (line, code) in enumerate(zip(text.split("\n"), code_only(text).split("\n")), 1):
        for name, pattern, replace in OPERATORS:
            for match in pattern.finditer(code):
                before = line[match.start():match.end()]
                if "static const" in code or "enum {" in code:
                    continue
                whole = pattern.match(line, match.start()) if name != "leave-out" else pattern.match(line)
                after = replace(whole or match)
                if after != before:
                    yield {"file": str(path), "line": number, "operator": name, "start": at + match.start(),
                           "end": at + match.end(), "after": after, "shown": f"{before.strip()} -> {after.strip()}"}
        at += len(line) + 1


def run(command, limit, cwd):
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, text=True,
                              errors="replace")
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return 124, "time out"


def tests(clone, names, limit):
    """The first test of these that does not pass, or None."""
    pattern = "^(" + "|".join(names) + ")$"
    code, out = run(["ctest", "--test-dir", BUILD, "-R", pattern, "--stop-on-failure", "--timeout", "60"], limit, clone)
    if code == 0:
        return None
    failed = re.search(r"- (\w+) \((\w+)", out)
    return failed.group(1) if failed else "time out"


def build(clone, targets):
    return run(["cmake", "--build", BUILD, "-j2", "--target", *targets], 3600, clone)


def present(clone, names):
    """Those of the names that the build knows: an area may name a test that this version has not yet."""
    code, out = run(["ctest", "--test-dir", BUILD, "-N"], 60, clone)
    known = set(re.findall(r"Test +#\d+: (\S+)", out))
    return [n for n in names if n in known]


def prepare():
    clone = ROOT / BUILD / "akin"
    if not clone.exists():
        clone.parent.mkdir(exist_ok=True)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    else:
        subprocess.run(["git", "checkout", "-q", "."], cwd=clone, check=True)
        subprocess.run(["git", "pull", "-q", "--ff-only"], cwd=clone, check=False)
    subprocess.run(["cmake", "--preset", "dev", "-B", BUILD, "-DAKIN_WARNINGS=OFF"], cwd=clone, check=True,
                   stdout=subprocess.DEVNULL)
    code, out = build(clone, ["all"])
    if code:
        sys.exit("tools/mutate.py: the project itself does not build:\n" + out[-2000:])
    return clone


def try_one(clone, mutant, programs, scripts):
    path = clone / mutant["file"]
    text = path.read_text()
    path.write_text(text[:mutant["start"]] + mutant["after"] + text[mutant["end"]:])
    try:
        code, _ = build(clone, [n for n in programs if n.startswith("test_")] + ["akin"])
        if code:
            return "unbuilt", ""
        killer = tests(clone, programs, 300)
        if not killer and scripts:
            killer = tests(clone, scripts, 900)
        return ("killed", killer) if killer else ("SURVIVED", "")
    finally:
        path.write_text(text)


def summary(lines):
    print(f"\n{'area':10}{'killed':>8}{'survived':>10}{'share':>8}")
    for area in AREAS:
        killed = sum(1 for l in lines if l[0] == area and l[4] == "killed")
        alive = sum(1 for l in lines if l[0] == area and l[4] == "SURVIVED")
        if killed + alive:
            print(f"{area:10}{killed:8}{alive:10}{100 * killed / (killed + alive):7.0f}%")
    print("\nSurvivors:")
    for l in lines:
        if l[4] == "SURVIVED":
            print(f"  {l[1]}:{l[2]}  {l[6]}")


def main():
    parser = argparse.ArgumentParser(description="mutation testing of akin")
    parser.add_argument("--areas", default=",".join(AREAS))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", default=str(ROOT / BUILD / "log.tsv"))
    parser.add_argument("--quick", action="store_true", help="the programs only, no scripts")
    args = parser.parse_args()
    os.environ.update(OMP_WAIT_POLICY="passive", LC_ALL="C")
    clone = prepare()
    os.chdir(clone)
    areas = args.areas.split(",")
    chosen = []
    for area in areas:
        every = [m for glob in AREAS[area][0] for f in sorted(Path(".").glob(glob)) for m in mutants_of(f)]
        random.Random(f"{args.seed} {area}").shuffle(every)
        chosen.append([dict(m, area=area) for m in every])
    order = [m for row in zip(*chosen) for m in row][:args.count]
    log = Path(args.log)
    lines = [l.split("\t") for l in log.read_text().splitlines()] if log.exists() else []
    done = {(l[1], l[2], l[6]) for l in lines}
    for area in areas:
        failing = tests(clone, present(clone, AREAS[area][1].split()), 600)
        if failing:
            sys.exit(f"tools/mutate.py: {failing} fails without any change")
    for mutant in order:
        key = (mutant["file"], str(mutant["line"]), mutant["shown"])
        if key in done:
            continue
        began = time.time()
        area = AREAS[mutant["area"]]
        result, killer = try_one(clone, mutant, present(clone, area[1].split()),
                                 [] if args.quick else present(clone, area[2].split()))
        line = [mutant["area"], *key[:2], mutant["operator"], result, killer, key[2], f"{time.time() - began:.0f}"]
        lines.append(line)
        with open(log, "a") as out:
            out.write("\t".join(line) + "\n")
        print("  ".join(line), flush=True)
    summary(lines)


main()
