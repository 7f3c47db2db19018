#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/mutate.py: change one place of the source, and see whether a test fails (mutation testing).

    tools/mutate.py [--areas loss,train,theory,storage] [--count 200] [--files REGEX] [--seed 1] [--budget 100]
                    [--again] [--log FILE]

A mutant is the project with one place changed: a comparison, a sign, a constant, a condition turned round, a call left
out. tools/coverage.sh must have run: build-coverage/lines.json says which tests run which line. A mutant meets the tests
that run its line, the quickest first, until one fails, crashes or takes several times as long: then it is killed. --budget
ends that: so many seconds of tests, as the coverage build took them. One that no test kills has SURVIVED: either a test is
missing, or the change makes no difference (the same value, a speed, a bound that is loose on purpose). One on a line that
no test runs is "unrun"; one that the compiler refuses, with the project's warnings, is "unbuilt".

Mutants are drawn with a seed, in turn from each area. They are made in a clone under build-mutants/, so that nothing
here changes, and run where nothing but that clone and /tmp can be written, and no other process is seen: a mutant may
delete or stop anything. The log has a line a mutant; what it holds already is not done again, or with --again
only what no test has killed.
"""
import argparse
import hashlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from coverage import tests_of

ROOT = Path(__file__).resolve().parent.parent
BUILD = "build-mutants"
MEASURED = ROOT / "build-coverage" / "lines.json"
AREAS = {
    "loss": ["src/loss/*.c", "src/loss/*.inc"],
    "train": ["src/train/*.c"],
    "theory": ["src/theory/*.c", "src/linalg/*.c"],
    "storage": ["src/files/*.c", "src/model/checkpoint*.c", "src/model/run_*.c", "src/base/file.c", "src/base/json*.c"],
}
# Alone in a process namespace, with all but the clone and /tmp read only. The shell stays, so that the test is not the
# first process there: that one ignores signals which end others.
CAGE = ["unshare", "-m", "-p", "-f", "--kill-child", "--mount-proc", "sh", "-c",
        "mount --bind . . && mount -t tmpfs tmpfs /tmp && mount -o remount,bind,ro / && cd \"$0\" && \"$@\"; exit $?"]
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
                           "end": at + match.end(), "after": after, "shown": f"{before.strip()} -> {after.strip()}", "column": match.start() + 1}
        at += len(line) + 1


def cage(clone):
    works = subprocess.run([*CAGE, str(clone), "sh", "-c", "! touch /usr/akin-mutant 2>/dev/null && touch .akin-mutant && touch /tmp/x"],
                           cwd=clone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    if not works:
        sys.exit("tools/mutate.py: mutants may delete anything, and this system does not let them be caged (unshare needs root)")


def run(test, clone, cpu, wall):
    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
        resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 33))
    process = subprocess.Popen([*CAGE, test["cwd"], *test["command"]], cwd=clone, env={**os.environ, **test["env"]}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=limits,
                               start_new_session=True)
    try:
        return process.wait(timeout=wall)
    except subprocess.TimeoutExpired:
        return 124
    finally:  # the cage ends with it, also where this program is stopped
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def build(clone, targets):
    return subprocess.run(["ninja", "-C", BUILD, "-j2", *targets], cwd=clone, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def target_of(test):
    program = Path(test["command"][0]).name
    return program if program.startswith(("test_", "example_", "fuzz_")) else "akin"


def prepare():
    clone = ROOT / BUILD / "akin"
    if not clone.exists():
        clone.parent.mkdir(exist_ok=True)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    else:
        subprocess.run(["git", "fetch", "-q", str(ROOT), "HEAD"], cwd=clone, check=True)
        subprocess.run(["git", "reset", "-q", "--hard", "FETCH_HEAD"], cwd=clone, check=True)
    subprocess.run(["cmake", "--preset", "dev", "-B", BUILD], cwd=clone, check=True, stdout=subprocess.DEVNULL)
    done = build(clone, ["akin", "make_data", "make_messy", "fuzz_corpus", "golden_cases", "fault", "fault_calls", "campaign"])
    if done.returncode:
        sys.exit("tools/mutate.py: the project itself does not build:\n" + done.stdout.decode()[-2000:])
    cage(clone)
    return clone


class Covering:
    """which tests run a line, the quickest first"""

    def __init__(self, clone):
        told = json.loads(MEASURED.read_text())
        self.lines, self.sums = told["lines"], told["sums"]
        moved = json.dumps(list(tests_of(str(ROOT / "build-coverage")))) # ctest does not tell of programs that are not built
        moved = moved.replace(str(ROOT / "build-coverage"), str(clone / BUILD)).replace(str(ROOT / "tests"), str(clone / "tests"))
        self.tests = {t["name"]: t for t in json.loads(moved)}
        self.names, self.seconds = told["tests"], dict(zip(told["tests"], told["seconds"]))
        self.sound = {}  # does the test pass without a change?

    def knows(self, path):
        return hashlib.sha256(path.read_bytes()).hexdigest() == self.sums.get(str(path))

    def of(self, path, line, budget):
        """those within the budget, and how many there are; None where a line has no code of its own"""
        numbers = self.lines[path].get(str(line))
        if numbers is None: # the middle of a statement: what runs the line where it begins
            before = [n for n in map(int, self.lines[path]) if n < line]
            numbers = self.lines[path][str(max(before))] if before else []
        names = sorted((n for n in (self.names[i] for i in numbers) if n in self.tests and self.sound.get(n, True)),
                       key=self.seconds.get)
        spent, chosen = 0, []
        for name in names:
            spent += self.seconds[name]
            if chosen and spent > budget:
                break
            chosen.append(self.tests[name])
        return chosen, len(names)


def passes(clone, test, seconds):
    limit = int(3 * seconds[test["name"]]) + 20
    return run(test, clone, limit, 5 * limit) in (0, 77)


def killer_of(clone, tests, seconds):
    programs = [t for t in tests if target_of(t) != "akin"]
    scripts = [t for t in tests if target_of(t) == "akin"]
    for some in (programs[:1], programs[1:4], programs[4:], scripts):
        if some and build(clone, sorted({target_of(t) for t in some})).returncode:
            return "unbuilt", None
        for test in some:
            if not passes(clone, test, seconds):
                return "killed", test
    return "SURVIVED", None


def try_one(clone, mutant, covering, budget):
    path = clone / mutant["file"]
    while True:
        tests, all_of_them = covering.of(mutant["file"], mutant["line"], budget)
        if not tests:
            return "unrun", "", "0/0"
        text = path.read_text()
        path.write_text(text[:mutant["start"]] + mutant["after"] + text[mutant["end"]:])
        try:
            result, killer = killer_of(clone, tests, covering.seconds)
        finally:
            path.write_text(text)
        name = killer["name"] if killer else ""
        if killer and name not in covering.sound: # the first time that it kills: does it pass without the mutant?
            build(clone, [target_of(killer)])
            covering.sound[name] = passes(clone, killer, covering.seconds)
            if not covering.sound[name]:
                print(f"{name} fails here without any change, and is left out", flush=True)
        if not killer or covering.sound[name]:
            return result, name, f"{len(tests)}/{all_of_them}"


def summary(lines):
    print(f"\n{'area':10}{'killed':>8}{'survived':>10}{'share':>8}{'unrun':>7}{'unbuilt':>9}")
    for area in AREAS:
        count = {r: sum(1 for l in lines if l[0] == area and l[4] == r) for r in ("killed", "SURVIVED", "unrun", "unbuilt")}
        if count["killed"] + count["SURVIVED"]:
            share = 100 * count["killed"] / (count["killed"] + count["SURVIVED"])
            print(f"{area:10}{count['killed']:8}{count['SURVIVED']:10}{share:7.0f}%{count['unrun']:7}{count['unbuilt']:9}")
    print("\nSurvivors:")
    for l in lines:
        if l[4] == "SURVIVED":
            print(f"  {l[1]}:{l[2]}  {l[7]}  ({l[6]} tests)")


def main():
    parser = argparse.ArgumentParser(description="mutation testing of akin")
    parser.add_argument("--areas", default=",".join(AREAS))
    parser.add_argument("--files", default="", help="a regular expression: only files whose path it matches")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=100)
    parser.add_argument("--again", action="store_true", help="try those of the log once more that no test killed")
    parser.add_argument("--log", default=str(ROOT / BUILD / "log.tsv"))
    args = parser.parse_args()
    os.environ.update(OMP_WAIT_POLICY="passive", OMP_NUM_THREADS="2", LC_ALL="C")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not MEASURED.exists():
        sys.exit("tools/mutate.py: no build-coverage/lines.json; run tools/coverage.sh first")
    clone = prepare()
    os.chdir(clone)
    covering = Covering(clone)
    chosen = []
    for area in args.areas.split(","):
        files = [f for glob in AREAS[area] for f in sorted(Path(".").glob(glob)) if covering.knows(f) and re.search(args.files, str(f))]
        every = [m for f in files for m in mutants_of(f)]
        random.Random(f"{args.seed} {area}").shuffle(every)
        print(f"{area}: {len(every)} mutants in {len(files)} files")
        chosen.append([dict(m, area=area) for m in every])
    order = [m for row in zip(*chosen) for m in row][:args.count]
    log = Path(args.log)
    lines = [l.split("\t") for l in log.read_text().splitlines()] if log.exists() else []
    done = {(l[1], l[2], l[7]): l for l in lines}  # the last line of each counts
    again = ("SURVIVED", "unrun") if args.again else ()
    for mutant in order:
        key = (mutant["file"], f"{mutant['line']}:{mutant['column']}", mutant["shown"])
        if key in done and done[key][4] not in again:
            continue
        began = time.time()
        result, killer, tests = try_one(clone, mutant, covering, args.budget)
        line = [mutant["area"], *key[:2], mutant["operator"], result, killer, tests, key[2], f"{time.time() - began:.0f}"]
        done[key] = line
        with open(log, "a") as out:
            out.write("\t".join(line) + "\n")
        print("  ".join(line), flush=True)
    summary(list(done.values()))


if __name__ == "__main__":
    main()
