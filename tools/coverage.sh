#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coverage.sh [REGEX]: which lines of src/ the tests run, by folder; the lines that none runs go to build-coverage/unrun.txt,
# each with what kind of line it is:
#   memory      an allocation fails (tests/fault fails each of them, in a build of its own)
#   system      a system call fails (the same)
#   check       a state that is a fault of akin itself (AKIN_ERR_INTERNAL), or an argument that only a C caller can get wrong
#   other       everything else: these want a test, or a word why not
# REGEX picks tests (ctest -R).
cd "$(dirname "$0")/.." || exit 2
command -v gcovr >/dev/null || { echo "skipped: no gcovr (apt-get install gcovr)"; exit 77; }
build=build-coverage
{ cmake --preset coverage && cmake --build --preset coverage; } >$build.log 2>&1 || { tail -n 20 $build.log; exit 2; }
rm -f $build.log
find $build -name '*.gcda' -delete
ctest --test-dir $build -j2 ${1:+-R "$1"} -E '_de$|^(format|lines|plain|paths|papers|layers|calls|headers|install|api)$' \
    --output-on-failure --no-tests=error >$build/tests.log 2>&1 || grep -aE 'tests passed|Failed|Timeout' $build/tests.log
gcovr --root . --filter 'src/' --object-directory $build --gcov-ignore-parse-errors --merge-mode-functions separate \
    --json $build/coverage.json >/dev/null 2>$build/gcovr.log || { tail -n 5 $build/gcovr.log; exit 2; }
python3 - $build/coverage.json >$build/unrun.txt <<'PY'
import json, re, sys
KINDS = (("memory", r"NOMEM|no_memory|no memory|ak_fail_memory"),
         ("system", r"AKIN_ERR_IO|errno|strerror|ak_fail_io|ak_fail_path"),
         ("check", r"AKIN_ERR_INTERNAL|AKIN_ERR_ARGUMENT|abort\(|\"NULL\"|is NULL"))
folders, unrun = {}, []
for f in json.load(open(sys.argv[1]))["files"]:
    folder = "/".join(f["file"].split("/")[:2])
    text = open(f["file"]).read().split("\n")
    count = folders.setdefault(folder, [0, 0, 0, 0])
    for l in f["lines"]:
        if l.get("gcovr/noncode"):
            continue
        count[0] += 1
        count[1] += l["count"] > 0
        count[2] += len(l["branches"])
        count[3] += sum(b["count"] > 0 for b in l["branches"])
        if l["count"] == 0:
            n = l["line_number"]
            around = " ".join(text[max(n - 2, 0):n + 2])
            kind = next((k for k, p in KINDS if re.search(p, around)), "other")
            unrun.append((kind, f["file"], n, text[n - 1].strip()))
print(f"{'folder':16}{'lines':>8}{'run':>8}{'branches':>10}{'taken':>8}")
for name, (lines, run, branches, taken) in sorted(folders.items()):
    print(f"{name:16}{lines:8}{100 * run / lines:7.1f}%{branches:10}{100 * taken / max(branches, 1):7.1f}%")
total = [sum(c[i] for c in folders.values()) for i in range(4)]
print(f"{'all':16}{total[0]:8}{100 * total[1] / total[0]:7.1f}%{total[2]:10}{100 * total[3] / total[2]:7.1f}%\n")
for kind in ("memory", "system", "check", "other"):
    print(f"{kind:8}{sum(u[0] == kind for u in unrun):6} lines never run")
print()
for kind, file, n, line in sorted(unrun, key=lambda u: (u[0] != "other", u)):
    print(f"{kind:8}{file}:{n}: {line}")
PY
sed '/^other/,$d;/^memory   *src/,$d' $build/unrun.txt
echo "the lines: $build/unrun.txt"
