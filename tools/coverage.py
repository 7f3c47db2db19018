#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/coverage.py BUILD [REGEX | --so-far]: run the tests of a coverage build one by one, and tell which lines none of
them runs; with --so-far none is run, and what was measured is told. tools/coverage.sh calls it. Each test counts into a folder of its own (GCOV_PREFIX), so that it is known which test runs
which line: BUILD/lines.json, which tools/mutate.py reads. What a stopped run has measured is not measured again. A
test that fails is told: fault_alloc does, for gcov crashes where there is no memory for it.

A line that is never run is of one of these kinds; the first two and the third are told by the words around it:
    memory    an allocation fails (tests/fault fails each of them, in a build of its own)
    system    a system call fails (the same)
    check     a state that is a fault of akin itself, or an argument that only a C caller can get wrong
    other     the rest
tests/unrun.list judges functions that have such lines. A function with more of them than the list says is printed.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = (("memory", r"NOMEM|no_memory|no memory|ak_fail_memory|AKIN_ERR_MEMORY"),
         ("system", r"AKIN_ERR_IO|errno|strerror|ak_fail_io|ak_fail_path"),
         ("check", r"AKIN_ERR_INTERNAL|AKIN_ERR_ARGUMENT|abort\(|\"NULL\"|is NULL"))
SKIP = re.compile(r"_de$|^(format|lines|plain|paths|papers|layers|calls|headers|install|api|locales)$")


def tests_of(build, regex=""):
    """name, command, environment and folder of each test"""
    out = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], stdout=subprocess.PIPE, check=True).stdout
    for test in json.loads(out)["tests"]:
        found = {p["name"]: p["value"] for p in test.get("properties", [])}
        if "command" in test and not SKIP.search(test["name"]) and re.search(regex, test["name"]):
            yield {"name": test["name"], "command": test["command"], "cwd": found.get("WORKING_DIRECTORY", build),
                   "env": dict(e.split("=", 1) for e in found.get("ENVIRONMENT", []))}


def gcov(folder, build):
    """What the counters under this folder say: file -> line -> (count, branches, branches taken, function)"""
    counters = []
    for counter in folder.rglob("*.gcda"):
        notes = Path("/") / counter.relative_to(folder).with_suffix(".gcno")
        if notes.exists() and "/akin" in str(notes):
            counter.with_suffix(".gcno").symlink_to(notes)
            counters.append(str(counter))
    lines = {}
    for i in range(0, len(counters), 100):
        out = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *counters[i:i + 100]],
                             cwd=build, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        for document in out.decode(errors="replace").splitlines():
            for file in json.loads(document)["files"] if document.startswith("{") else []:
                path = os.path.relpath(os.path.join(build, file["file"]), ROOT)
                if not path.startswith("src/"):
                    continue
                known = lines.setdefault(path, {})
                for line in file["lines"]:
                    before = known.get(line["line_number"], (0, 0, 0, ""))
                    branches = line["branches"]
                    known[line["line_number"]] = (
                        before[0] + line["count"], max(before[1], len(branches)),
                        max(before[2], sum(b["count"] > 0 for b in branches)), line.get("function_name", before[3]))
    return lines


def measure(test, build):
    """Run one test, and keep what it ran as BUILD/by-test/NAME.json."""
    kept = build / "by-test" / (test["name"] + ".json")
    if kept.exists():
        return
    folder = build / "counters" / test["name"]
    shutil.rmtree(folder, ignore_errors=True)
    env = {**os.environ, "OMP_NUM_THREADS": "2", "LC_ALL": "C", **test["env"], "GCOV_PREFIX": str(folder)}
    began = time.time()
    with open(build / "by-test" / (test["name"] + ".log"), "w") as log:
        code = subprocess.run(test["command"], cwd=test["cwd"], env=env, stdout=log, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL).returncode
    seconds = time.time() - began
    lines = gcov(folder, build)
    shutil.rmtree(folder, ignore_errors=True)
    kept.write_text(json.dumps({"seconds": seconds, "code": code, "lines": lines}))
    print(f"{test['name']}: {seconds:.0f} s" + ("" if code in (0, 77) else f", exit code {code}"), flush=True)


def merged(build, names):
    """file -> line -> [branches, branches taken, function, numbers of the tests that run it]"""
    every = {}
    for number, name in enumerate(names):
        for path, lines in json.loads((build / "by-test" / (name + ".json")).read_text())["lines"].items():
            known = every.setdefault(path, {})
            for line, (count, branches, taken, function) in lines.items():
                all_of = known.setdefault(int(line), [0, 0, function, []])
                all_of[:2] = max(all_of[0], branches), max(all_of[1], taken)
                if count:
                    all_of[3].append(number)
    return every


def kind_of(text, line):
    around = " ".join(text[max(line - 2, 0):line + 2])
    return next((kind for kind, pattern in KINDS if re.search(pattern, around)), "other")


def judged():
    """(file, function) -> how many of its lines were judged"""
    rows = {}
    path = ROOT / "tests" / "unrun.list"
    for row in path.read_text().splitlines() if path.exists() else []:
        if row and not row.startswith("#"):
            place, count = row.split()[:2]
            rows[tuple(place.split(":"))] = int(count)
    return rows


def report(every, out):
    folders, unrun = {}, []
    for path, lines in sorted(every.items()):
        text = (ROOT / path).read_text().split("\n")
        count = folders.setdefault("/".join(path.split("/")[:2]), [0, 0, 0, 0])
        for line, (branches, taken, function, ran) in sorted(lines.items()):
            count[:] = count[0] + 1, count[1] + bool(ran), count[2] + branches, count[3] + taken
            if not ran:
                unrun.append((kind_of(text, line), path, line, function, text[line - 1].strip()))
    with open(out, "w") as file:
        for kind, path, line, function, code in sorted(unrun, key=lambda u: (u[0] != "other", *u)):
            file.write(f"{kind:8}{path}:{line} {function}: {code}\n")
    print(f"{'folder':16}{'lines':>8}{'run':>8}{'branches':>10}{'taken':>8}")
    for name, (lines, ran, branches, taken) in sorted(folders.items()):
        print(f"{name:16}{lines:8}{100 * ran / lines:7.1f}%{branches:10}{100 * taken / max(branches, 1):7.1f}%")
    total = [sum(c[i] for c in folders.values()) for i in range(4)]
    print(f"{'all':16}{total[0]:8}{100 * total[1] / total[0]:7.1f}%{total[2]:10}{100 * total[3] / total[2]:7.1f}%\n")
    for kind in ("memory", "system", "check", "other"):
        print(f"{kind:8}{sum(u[0] == kind for u in unrun):6} lines never run")
    print(f"the lines: {out}\n")
    new, rows = {}, judged()
    for kind, path, line, function, code in unrun:
        if kind == "other":
            new.setdefault((path, function), []).append(f"    {line}: {code}")
    for place, lines in new.items():
        if len(lines) > rows.get(place, 0):
            print(f"not judged: {place[0]}:{place[1]}, {len(lines)} lines, {rows.get(place, 0)} judged", *lines, sep="\n")


def main():
    build = Path(sys.argv[1]).resolve()
    regex = sys.argv[2] if len(sys.argv) > 2 else ""
    so_far = regex == "--so-far"
    (build / "by-test").mkdir(exist_ok=True)
    tests = list(tests_of(build, "" if so_far else regex))
    if not so_far:
        with ThreadPoolExecutor(int(os.environ.get("AKIN_JOBS", "2"))) as pool:
            list(pool.map(lambda test: measure(test, build), tests))
    names = [t["name"] for t in tests if (build / "by-test" / (t["name"] + ".json")).exists()]
    every = merged(build, names)
    report(every, build / "unrun.txt")
    told = [json.loads((build / "by-test" / (n + ".json")).read_text()) for n in names]
    seconds = [t["seconds"] for t in told]
    failed = [n for n, t in zip(names, told) if t["code"] not in (0, 77)]
    print(f"{len(names)} of {len(tests)} tests; failed here: {', '.join(failed) or 'none'}")
    (build / "lines.json").write_text(json.dumps({
        "tests": names, "seconds": seconds,
        "sums": {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in every},
        "lines": {path: {line: row[3] for line, row in lines.items()} for path, lines in every.items()}}))


if __name__ == "__main__":
    main()
