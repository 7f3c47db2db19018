# SPDX-License-Identifier: Apache-2.0
# What older versions wrote is read (tests/golden/runs-VERSION.tar.xz, each made by make_runs.sh with the program of its version):
# the same embeddings, within what instruction sets differ by; a run that was stopped goes on to its end; embeddings, keep-list,
# vocabulary, results and study are read; and what a newer version wrote is refused, which is said.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
count=0
for golden in "$helpers"/golden/runs-*; do
    version=${golden##*/runs-}
    rm -rf g && cp -r "$golden" g && cd g || exit 1
    grep -rlF @FOLDER@ --include=run.json . | xargs sed -i "s|@FOLDER@|$PWD|" # where the data are
    for kind in images vectors text; do
        "$akin" embed --form plain $kind -o now.npy --force --threads 1 --quiet 2>err || fail "$version: embed $kind exits $?: $(cat err)"
        "$akin" train --resume $kind-part --threads 1 --quiet 2>err || fail "$version: resume $kind-part exits $?: $(cat err)"
        [ -e $kind-part/DONE ] || fail "$version: $kind-part does not end"
        "$akin" embed --form plain $kind-part -o resumed.npy --force --threads 1 --quiet 2>err || fail "$version: embed $kind-part exits $?: $(cat err)"
        python3 - $kind "$("$akin" --version | cut -d' ' -f3)" <<'PY' || fail "$version: $kind differs"
import json, struct, sys
kind, isa = sys.argv[1:]
def rows(path):
    data = open(path, "rb").read()
    n, = struct.unpack("<H", data[8:10])
    shape = eval(data[10:10 + n].decode())["shape"]
    values = struct.unpack("<%df" % (shape[0] * shape[1]), data[10 + n:])
    return [values[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])]
want, now, resumed = rows(kind + ".npy"), rows("now.npy"), rows("resumed.npy")
assert len(want) == len(now) == len(resumed) and len(want) > 0
def far(a, b): # the largest distance of two rows, as a part of the longest row
    norm = max(sum(x * x for x in r) for r in a) ** 0.5
    return max(sum((x - y) ** 2 for x, y in zip(r, s)) for r, s in zip(a, b)) ** 0.5 / norm
same = json.load(open(kind + "/run.json"))["akin"]["isa"] == isa
assert far(want, now) < (1e-5 if same else 2e-2), far(want, now)
assert far(want, resumed) < (1e-4 if same else 0.2), far(want, resumed)
PY
        "$akin" nn $kind.npy --query 0 --quiet >/dev/null 2>err || fail "$version: nn $kind.npy exits $?: $(cat err)"
    done
    "$akin" inspect data --keep keep.txt --quiet >/dev/null 2>err || fail "$version: keep.txt: exit $?: $(cat err)"
    "$akin" report images vectors text -o r.html --quiet >/dev/null 2>err || fail "$version: report exits $?: $(cat err)"
    grep -q "knn" r.html || fail "$version: the report does not know eval.json"
    "$akin" study --out study --table --json --quiet >table.json 2>err || fail "$version: study exits $?: $(cat err)"
    grep -q '"done":2' table.json || fail "$version: the study lost its cells: $(cat table.json)"

    # a newer version's
    expect 2 "is of format 'akin-checkpoint-2'; this akin reads" embed --form plain newer -o e.npy
    expect 2 "is of format 'akin-checkpoint-2'; this akin reads" train --resume newer
    sed 's/akin-file-set-1/akin-file-set-9/' images.set.json >x && mv x images.set.json
    expect 2 "is of format 'akin-file-set-9'; this akin reads" nn images.npy --query 0
    python3 -c "
import sqlite3
db = sqlite3.connect('study/study.sqlite')
db.execute('PRAGMA user_version=9')"
    expect 2 "its format is 9" study --out study --table
    cd ..
    count=$((count + 1))
done
[ $count -gt 0 ] || fail "no golden runs"
[ $failures = 0 ] && echo "$count versions are read"
exit $failures
