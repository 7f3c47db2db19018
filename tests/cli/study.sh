# SPDX-License-Identifier: Apache-2.0
# akin study: a grid of 2 x 2 cells that kill -9 interrupts and that ends with the results of the uninterrupted one, the table
# against numbers computed in Python from the database and the runs, resuming, --only, --budget, the lock, and damaged files.
akin=$1 helpers=$2
script=$(realpath "$0")
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
"$helpers/make_data" data 160 64 12 || fail "no data"

cat >tiny.json <<'J'
{
  "name": "tiny", "title": "two temperatures", "seeds": [1, 2], "data": "data",
  "options": {"batch-size": 16, "encoder": "resnet-s", "width": 8, "head-hidden": 16, "head-out": 8, "lr": 0.01,
              "epochs": 20, "log-every": 3, "checkpoint-every": 5},
  "axes": [{"name": "t", "option": "temperature", "values": [0.1, {"label": "hot", "options": {"temperature": 0.5},
            "words": {"K": 15}}]}],
  "tools": {"eval": ["eval", "{run}", "--protocol", "knn", "--baselines", "none", "--whiten", "off"],
            "plan": ["plan", "--classes", "4", "--negatives", "15", "--temperature", "{temperature}"]},
  "measures": [
    {"name": "loss", "from": "train", "path": "last.loss"},
    {"name": "falls", "from": "train", "rows": "metrics", "correlate": ["step", "loss"]},
    {"name": "knn", "from": "eval", "path": "results[protocol=knn-v1,layer=backbone].top1", "factor": 100, "digits": 2},
    {"name": "none", "from": "eval", "path": "results[0].top5"},
    {"name": "chance", "from": "plan", "path": "chance"}
  ],
  "claims": [
    {"name": "hot", "left": {"measure": "loss", "where": {"t": "hot"}}, "right": {"measure": "loss", "where": {"t": 0.1}},
     "expect": "greater"},
    {"name": "sure", "left": {"measure": "knn"}, "right": 1, "expect": "greater"},
    {"name": "wrong", "left": {"measure": "chance"}, "right": 5, "expect": "greater"},
    {"name": "same", "left": {"measure": "chance", "where": {"t": "hot"}},
     "right": {"measure": "chance", "where": {"t": [0.1]}}, "expect": "equal", "margin": 1e-9}
  ],
  "published": [{"where": {"t": "hot"}, "values": {"knn": 97.5}, "source": "[Someone2020 tab.1]"}]
}
J

# uninterrupted
"$akin" study tiny.json --out want --threads 1 --quiet >want.md 2>err || fail "study exits $?: $(cat err)"
cmp -s want.md want/table.md || fail "table.md is not what was printed"
"$akin" study --out want --table --json >want.json || fail "--table --json exits $?"

python3 - want want.json want.md <<'PY' || fail "the table is not what the runs say"
import json, math, sqlite3, sys
folder, summary, page = sys.argv[1], json.load(open(sys.argv[2])), open(sys.argv[3]).read()
assert summary["cells"]["done"] == summary["cells"]["total"] == 4
T2 = 12.706204736432095 # t(0.975, 1)
value = {}
for label, t in (("0.1", "0.1"), ("hot", "0.5")):
    for seed in (1, 2):
        cell = "t=%s_s%d" % (label, seed)
        run = json.load(open("%s/runs/%s/run.json" % (folder, cell)))
        assert str(run["config"]["temperature"]) == t and run["config"]["seed"] == seed, run["config"]
        lines = [json.loads(l) for l in open("%s/runs/%s/metrics.jsonl" % (folder, cell))]
        log = json.load(open("%s/logs/%s.eval.json" % (folder, cell)))
        knn = [r for r in log["results"] if r["protocol"] == "knn-v1" and r["layer"] == "backbone"][0]["top1"]
        y = [l["loss"] for l in lines]
        assert len(set(y)) == len(y)
        rank = sorted(y)
        d2 = sum((i - rank.index(v)) ** 2 for i, v in enumerate(y))
        n = len(y)
        value[label, seed] = {"loss": lines[-1]["loss"], "knn": 100 * knn, "none": None, "chance": math.log(16),
                              "falls": 1 - 6 * d2 / (n * (n * n - 1))}
db = sqlite3.connect(folder + "/study.sqlite")
for (label, seed), m in value.items():
    for name, v in m.items():
        got = db.execute("select value from results where cell = ? and measurement = ?",
                         ("t=%s_s%d" % (label, seed), name)).fetchone()[0]
        assert got == v or abs(got - v) < 1e-12, (label, seed, name, got, v)
for c in summary["configurations"]:
    label = c["labels"]["t"]
    for name, r in c["results"].items():
        a, b = value[label, 1][name], value[label, 2][name]
        if a is None:
            assert r["n"] == 0 and r["mean"] is None
            continue
        half = T2 * abs(a - b) / 2 # s = |a-b|/sqrt 2, over sqrt 2
        assert r["n"] == 2 and abs(r["mean"] - (a + b) / 2) < 1e-9 and abs(r["high"] - r["mean"] - half) < 1e-6, (name, r)
        assert r.get("published") == (97.5 if (label, name) == ("hot", "knn") else None)
d = [value["hot", s]["loss"] - value["0.1", s]["loss"] for s in (1, 2)]
mean, half = sum(d) / 2, T2 * abs(d[0] - d[1]) / 2
claims = {c["name"]: c for c in summary["claims"]}
assert abs(claims["hot"]["difference"] - mean) < 1e-9 and abs(claims["hot"]["low"] - mean + half) < 1e-6
assert claims["hot"]["verdict"] == ("reproduced" if mean > half else "contradicted" if mean < -half else "undecided")
assert claims["wrong"]["verdict"] == "contradicted" and claims["same"]["verdict"] == "reproduced"
assert claims["sure"]["items"] == 64 and claims["hot"]["items"] == 0 and "| 2 x 64 |" in page, claims
assert claims["sure"]["n"] == 2 and claims["sure"]["verdict"] in ("reproduced", "undecided")
assert dict(db.execute("select name, verdict from claims")) == {k: c["verdict"] for k, c in claims.items()}
assert "| paper |" in page and "97.50" in page and "**contradicted**" in page and "[Someone2020 tab.1]" in page
print("means, intervals and verdicts as computed by hand")
PY

# the same as CSV and as LaTeX; names with what either has a meaning for
"$akin" study --out want --table >want2.md && "$akin" study --out want --table --format markdown | cmp -s - want2.md ||
    fail "markdown is not what --table prints alone"
"$akin" study --out want --table --format csv >want.csv || fail "--format csv exits $?"
python3 - want.json want.csv <<'PY' || fail "the CSV is not the summary"
import csv, json, sys
summary, raw = json.load(open(sys.argv[1])), open(sys.argv[2], "rb").read()
assert raw.endswith(b"\r\n") and raw.count(b"\n") == raw.count(b"\r\n") == 3, raw
rows = list(csv.DictReader(raw.decode().splitlines()))
assert list(rows[0])[:6] == ["configuration", "t", "loss", "loss low", "loss high", "loss n"], rows[0]
assert [k for k in rows[0] if k.endswith("paper")] == ["knn paper"]
for row, c in zip(rows, summary["configurations"], strict=True):
    assert row["configuration"] == c["name"] and row["t"] == c["labels"]["t"]
    for name, r in c["results"].items():
        for key in ("mean", "low", "high"):
            text = row[name if key == "mean" else name + " " + key]
            assert (text == "") == (r[key] is None) and (text == "" or float(text) == r[key]), (name, key, text, r)
        assert int(row[name + " n"]) == r["n"]
    assert row["knn paper"] == ("97.5" if row["t"] == "hot" else "")
PY
python3 - <<'PY'
import json
s = json.load(open("tiny.json"))
odd = 'h_o,"t" 5% {&} \\x #~^λ≤'
s["axes"][0]["values"][1]["label"] = odd
for c in s["claims"]:
    for side in (c["left"], c["right"]):
        if isinstance(side, dict) and side.get("where", {}).get("t") == "hot":
            side["where"]["t"] = odd
s["published"][0]["where"]["t"] = odd
s["measures"][1]["name"] = "$f_{1}|<a>%"
json.dump(s, open("odd.json", "w"))
PY
"$akin" study odd.json --out odd --scale 0.01 --only t=0.1_s1 --quiet --threads 1 >/dev/null || fail "odd names: exit $?"
"$akin" study --out odd --table --format csv >odd.csv || fail "odd names, csv: exit $?"
python3 - <<'PY' || fail "odd names in CSV"
import csv
rows = list(csv.DictReader(open("odd.csv", newline="")))
assert rows[1]["t"] == 'h_o,"t" 5% {&} \\x #~^λ≤' and "$f_{1}|<a>% low" in rows[0], rows
PY
"$akin" study --out odd --table --format latex >odd.tex || fail "latex exits $?"
"$akin" study --out want --table --format latex >want.tex || fail "latex exits $?"
grep -qF 'h\_o,{\char34}t{\char34} 5\% \{\&\} \textbackslash{}x \#\textasciitilde{}\textasciicircum{}$\lambda$$\leq$' odd.tex ||
    fail "not escaped: $(cat odd.tex)"
grep -qF '\$f\_\{1\}\textbar{}\textless{}a\textgreater{}\%' odd.tex || fail "not escaped: $(cat odd.tex)"
grep -qF '97.50' want.tex && grep -qF 'contradicted' want.tex && grep -qF '$\pm$' want.tex || fail "$(cat want.tex)"
if command -v pdflatex >/dev/null && kpsewhich booktabs.sty >/dev/null; then
    printf '%s\n' '\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}' '\input{want}' '' '\input{odd}' \
        '\end{document}' >paper.tex
    pdflatex -interaction nonstopmode -halt-on-error paper.tex >latex.log || fail "LaTeX: $(grep -A4 '^!' latex.log)"
fi
expect 2 "--format is of the table" study --out want --format csv
expect 2 "leave --format out, or --json" study --out want --table --format csv --json
expect 2 "must be one of markdown|csv|latex" study --out want --table --format html

# its page and its charts
"$akin" report want >/dev/null || fail "the page exits $?"
for text in 'Of 4 claims' 'contradicted' 'open marks: the paper' 'paper 97.5' 'chance, t=hot' 'id="study-data"' '>t=hot</text>'; do
    grep -qF -- "$text" want/report.html || fail "the page lacks '$text'"
done
grep -q 'http-equiv="refresh"\|<script>' want/report.html && fail "the page of a study that is done loads itself again"
python3 - <<'PY' || fail "the summary in the page"
import json, re
text = re.search('<script type="application/json" id="study-data">(.*?)</script>', open("want/report.html").read(), re.S).group(1)
page, own = json.loads(text), json.load(open("want.json"))
assert page["cells"]["total"] == 4 and page["claims"][0]["verdict"] == own["claims"][0]["verdict"]
assert [c["name"] for c in page["configurations"]] == [c["name"] for c in own["configurations"]]
PY
"$akin" plot want knn -o knn.csv >/dev/null && grep -q '^t=hot,.*,97.5' knn.csv || fail "the chart: $(cat knn.csv)"
expect 2 "holds a study; it stands alone" report want want -o x.html

# killed at random instants, also while the orphan stores its checkpoint; then finished
seed=${AKIN_TEST_SEED:-$(date +%s)} kills=0
echo "seed $seed"
for wait in $(python3 -c "
import random
r = random.Random($seed)
print(*('%.2f' % r.uniform(0.02, 0.5) for _ in range(8)))"); do
    "$akin" study tiny.json --out got --threads 1 --quiet >/dev/null 2>err &
    pid=$!
    sleep "$wait"
    kill -9 $pid 2>/dev/null && kills=$((kills + 1))
    wait $pid 2>/dev/null
    code=$?
    [ $code = 137 ] || [ $code = 0 ] || fail "exit $code (seed $seed): $(cat err)"
done
"$akin" study tiny.json --out got --threads 1 --quiet >got.md 2>err || fail "after $kills kills: $(cat err)"
same='select cell, measurement, value, command from results order by 1, 2'
python3 - "$same" <<'PY' || fail "other results after $kills kills (seed $seed)"
import sqlite3, sys
a, b = (sqlite3.connect(d + "/study.sqlite").execute(sys.argv[1]).fetchall() for d in ("want", "got"))
assert a == b and len(a) == 20, (a, b)
PY
grep -v '^Data' want.md >a && grep -v '^Data' got.md >b && cmp -s a b || fail "another table after $kills kills"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
for cell in t=0.1_s1 t=hot_s2; do
    [ "$(sum want/runs/$cell)" = "$(sum got/runs/$cell)" ] || fail "$cell has other weights"
done

# what is done is not repeated; a result that is gone, or measured in another way, is measured again, and nothing is trained
touch mark
"$akin" study --out got --quiet >/dev/null || fail "going on exits $?"
[ -z "$(find got/runs got/logs -newer mark -type f)" ] || fail "finished cells were touched"
sed 's/"factor": 100/"factor": 1/' tiny.json >unit.json
"$akin" study unit.json --out got --quiet --json >unit.out || fail "another factor exits $?"
[ -z "$(find got/runs -name DONE -newer mark)" ] || fail "trained again for a factor"
python3 -c "
import json
a, b = json.load(open('want.json')), json.load(open('unit.out'))
for c, d in zip(a['configurations'], b['configurations']):
    assert abs(c['results']['knn']['mean'] - 100 * d['results']['knn']['mean']) < 1e-9" || fail "the factor"

# SIGINT: 130 with a checkpoint, and the cell under way goes on from it
sed 's/"epochs": 20/"epochs": 4000/' tiny.json >long.json
until_there() { for i in $(seq 600); do grep -qs "$1" "$2" && return; sleep 0.05; done; fail "'$1' never came in $2"; }
for round in 1 2; do
    "$akin" study long.json --out int --threads 1 --only t=hot_s1 >int.md 2>err &
    pid=$!
    [ $round = 2 ] && until_there "resumed at step" int/logs/t=hot_s1.log
    until_there '"step":1' int/runs/t=hot_s1/metrics.jsonl
    kill -INT $pid
    wait $pid
    [ $? = 130 ] || fail "SIGINT $round: exit $? $(cat err)"
    "$akin" study --out int --dry-run --only t=hot_s1 2>err | grep -q '^interrupted' || fail "the cell is not interrupted"
done
grep -q '0 of 4 cells done' int.md || fail "the table after SIGINT: $(cat int.md)"
expect 2 "now it is 20; choose another --out" study tiny.json --out int --quiet
# two processes: the folder is somebody's as long as the lock is held
python3 - "$akin" <<'PY' || fail "two processes in one folder"
import fcntl, os, subprocess, sys
with open("int/lock", "w") as f:
    fcntl.flock(f, fcntl.LOCK_EX)
    f.write("%d\n" % os.getpid())
    f.flush()
    p = subprocess.run([sys.argv[1], "study", "--out", "int", "--quiet"], capture_output=True, text=True)
    assert p.returncode == 3 and "another process works in 'int' (process %d)" % os.getpid() in p.stderr, p
    assert p.stderr.count("\n") == 1 and not p.stdout
PY

# --only, --budget, --scale, --data, --set, --dry-run
"$akin" study tiny.json --out only --scale 0.1 --set width=4 --only t=hot,seed=2 --quiet --json >only.json || fail "--only exits $?"
[ "$(ls only/runs)" = t=hot_s2 ] || fail "--only ran $(ls only/runs)"
python3 - <<'PY' || fail "--scale or --set"
import json
run = json.load(open("only/runs/t=hot_s2/run.json"))["config"]
assert run["epochs"] == 2 and run["width"] == 4, run
s = json.load(open("only.json"))
assert s["cells"]["done"] == 1 and s["claims"][0]["verdict"] == "undecided" and s["claims"][0]["n"] == 0
PY
"$akin" study --out only --budget 0.001s --quiet >/dev/null || fail "--budget exits $?"
[ "$(ls only/runs)" = t=hot_s2 ] || fail "--budget 1 ms ran $(ls only/runs)"
"$akin" study --out only --dry-run --json >dry.json || fail "--dry-run exits $?"
python3 -c "
import json
d = json.load(open('dry.json'))
assert [c['status'] for c in d['cells']] == ['waiting'] * 3 + ['done'] and d['seconds_left'] > 0" || fail "dry run"
(mkdir -p elsewhere && cd elsewhere && "$akin" study --out ../only --only t=hot_s1 --quiet >/dev/null) ||
    fail "going on from another folder exits $?"

# a cell that fails is told, the others go on, and the exit code is its own
sed 's/"data": "data"/"data": "data", "skip": [{"t": "hot"}]/; s/{"label": "hot"/{"label": "none", "data": "absent", "options": {"temperature": 0.5}}, {"label": "hot"/' tiny.json >part.json
"$akin" study part.json --out part --scale 0.1 --quiet --threads 1 >part.md 2>err
[ $? = 3 ] || fail "a cell without data: exit $?"
[ "$(grep -c 'failed: exit 3: akin train: .*absent' err)" = 2 ] || fail "not told: $(cat err)"
grep -q '2 of 4 cells done, 2 failed' part.md || fail "the table does not tell of failures"

# without the study's own data nothing is tried
expect 3 "there is no data set '/usr/share/datasets/none'; install Debian's dataset-none" study tiny.json --out nodata --quiet \
    --data /usr/share/datasets/none
[ -z "$(ls nodata/runs nodata/logs | grep t=)" ] || fail "cells without data were tried"

# a measurement that is not there
sed 's/last.loss/last.lass/' tiny.json >path.json
"$akin" study path.json --out path --scale 0.1 --only t=hot_s1 --quiet >/dev/null 2>err
[ $? = 8 ] || fail "an absent measurement: exit $?"
grep -qF "measurement 'loss': there is nothing at last.lass" err || fail "$(cat err)"

# damaged files: one line each, nothing made
edit() { sed "$1" tiny.json >bad.json; }
edit 's/"seeds": \[1, 2\]/"seeds": [1, 2/' && expect 3 "bad.json: line" study bad.json --out bad
edit 's/"seeds": \[1, 2\]/"seeds": [1, 1]/' && expect 3 "seeds: 1 is there twice" study bad.json --out bad
edit 's/"epochs": 20/"epoches": 20/' && expect 2 "epoches" study bad.json --out bad
edit 's/"epochs": 20/"epochs": "many"/' && expect 2 "configuration t=0.1" study bad.json --out bad
edit 's/"measures"/"measure"/' && expect 3 "unknown key 'measure'; did you mean 'measures'?" study bad.json --out bad
edit 's/"from": "plan"/"from": "plane"/' && expect 3 "measures[4]: 'from' is 'plane'" study bad.json --out bad
edit 's/"t": "hot"}}, "right"/"t": "cold"}}, "right"/' && expect 3 "axis 't' has no value 'cold'" study bad.json --out bad
edit 's/"measure": "chance"}, "right"/"measure": "chances"}, "right"/' && expect 3 "no measurement 'chances'" study bad.json --out bad
edit 's/, "margin": 1e-9//' && expect 3 "needs a 'margin'" study bad.json --out bad
edit 's/{temperature}/{temp}/' && expect 3 "{temp} is unknown" study bad.json --out bad
edit 's/\["eval", /["evil", /' && expect 3 "'evil' is no verb for this; did you mean 'eval'?" study bad.json --out bad
edit 's/"label": "hot"/"label": "0.1"/' && expect 3 "the label '0.1' is there twice" study bad.json --out bad
edit 's/"data": "data"/"text": "x"/' && expect 3 "no data" study bad.json --out bad
head -c 700 tiny.json >bad.json && expect 3 "bad.json: line" study bad.json --out bad
printf '\377\376{' >bad.json && expect 3 "bad.json: line 1" study bad.json --out bad
expect 2 "neither a file nor a study; did you mean 'zhang'" study zang --out bad
expect 3 "absent.json" study absent.json --out bad
expect 2 "no cell is meant by 't=warm'" study tiny.json --only t=warm --out bad
expect 2 "--budget is '2 hours'" study tiny.json --budget "2 hours" --out bad
expect 2 "name the folder" study tiny.json
expect 2 "--only seed=N picks one" study tiny.json --seed 1 --out bad
expect 2 "which study?" study --out bad
expect 3 "holds no study" study --out bad --table
[ ! -e bad ] || fail "a refused study made its folder"
mkdir bad && head -c 5000 /dev/urandom >bad/study.sqlite && expect 3 "damaged or no study" study --out bad --table
cp want/study.sqlite bad/study.sqlite && python3 - <<'PY'
with open("bad/study.sqlite", "r+b") as f:
    f.seek(4096)
    f.write(b"\xff" * 12288)
PY
"$akin" study --out bad --table >/dev/null 2>err
[ $? = 3 ] && [ "$(wc -l <err)" = 1 ] || fail "a damaged database: $(cat err)"
sed 's/"tiny"/"other"/' tiny.json >other.json
expect 2 "holds study tiny" study other.json --out want --quiet

# sides that are tuned, and sides that are correlations, against Python; 4 x 3 cells of one epoch, of which two are missing at first
cat >grid.json <<'J'
{
  "name": "grid", "seeds": [1, 2, 3], "data": "data",
  "options": {"batch-size": 32, "encoder": "resnet-s", "width": 4, "head-hidden": 8, "head-out": 8, "epochs": 1, "log-every": 1},
  "axes": [{"name": "lr", "values": [0.001, 0.01, 0.1, 1]}],
  "measures": [{"name": "loss", "from": "train", "path": "last.loss", "digits": 3},
               {"name": "rank", "from": "train", "path": "last.participation_ratio"}],
  "claims": [
    {"name": "low", "left": {"measure": "loss", "best": "lowest"}, "right": {"measure": "loss", "best": "highest"}, "expect": "less"},
    {"name": "two", "left": {"measure": "rank", "best": "highest", "where": {"lr": [0.1, 1]}}, "right": 1, "expect": "greater"},
    {"name": "pair", "left": {"measure": "loss", "correlate": "rank"}, "right": 0, "expect": "less"},
    {"name": "few", "left": {"measure": "loss", "correlate": "rank", "where": {"lr": [0.1, 1]}}, "right": 0, "expect": "less"}
  ]
}
J
"$akin" study grid.json --out grid --threads 1 --quiet --json --only seed=1,seed=3,lr=0.1,lr=1 >some.json 2>err || fail "grid exits $?: $(cat err)"
"$akin" study grid.json --out grid --threads 1 --quiet --json --only seed=1,seed=2 >some.json 2>err || fail "grid exits $?: $(cat err)"
"$akin" study grid.json --out grid --threads 1 --quiet --json >all.json 2>err || fail "grid exits $?: $(cat err)"
python3 - <<'PY' || fail "tuned sides or correlations"
import json, sqlite3
db = sqlite3.connect("grid/study.sqlite")
value = {(c, m): v for c, m, v in db.execute("select cell, measurement, value from results")}
rates = ["0.001", "0.01", "0.1", "1"]
at = lambda m, lr, s: value["lr=%s_s%d" % (lr, s), m]
def tuned(m, sign, lrs, s, seeds):
    best = max(lrs, key=lambda lr: sum(sign * at(m, lr, o) for o in seeds if o != s))
    return at(m, best, s)
def spearman(s):
    ranks = []
    for m in "loss", "rank":
        v = [at(m, lr, s) for lr in rates]
        ranks.append([sorted(v).index(x) for x in v])
    d2 = sum((a - b) ** 2 for a, b in zip(*ranks))
    return 1 - 6 * d2 / (4 * 15)
def check(name, seeds):
    got = {c["name"]: c for c in json.load(open(name))["claims"]}
    n = len(seeds)
    for claim, want in (("low", sum(tuned("loss", -1, rates, s, seeds) - tuned("loss", 1, rates, s, seeds) for s in seeds)),
                        ("pair", sum(spearman(s) for s in seeds))):
        assert got[claim]["n"] == n and abs(got[claim]["difference"] - want / n) < 1e-9, (claim, got[claim], want / n)
    assert got["few"]["n"] == 0 and got["few"]["difference"] is None # two cells have no correlation
    return got["two"]
# of seed 3 two cells are missing: it neither counts nor helps to choose, but where these are not meant
two = check("some.json", [1, 2])
for two, seeds in ((two, [1, 2, 3]), (check("all.json", [1, 2, 3]), [1, 2, 3])):
    want = sum(tuned("rank", 1, ["0.1", "1"], s, seeds) - 1 for s in seeds)
    assert two["n"] == 3 and abs(two["difference"] - want / 3) < 1e-9, (two, want / 3)
PY
grep -q '| low | lowest loss | less | highest loss |' grid/table.md && grep -q '| pair | correlation of loss and rank | less | 0 |' grid/table.md ||
    fail "the sides in words: $(grep '^| ' grid/table.md)"
for wrong in 's/"lowest"/"smallest"/' 's/"correlate": "rank"/"correlate": "rang"/' 's/"best": "lowest"/"best": "lowest", "correlate": "rank"/'; do
    sed "$wrong" grid.json >bad.json
    expect 3 "bad.json: claims[" study bad.json --dry-run
done

# built in: each is a file that the program itself reads
"$akin" study --list >list || fail "--list exits $?"
for name in arora nozawa-sato lee zhang zhang-images imbalance; do
    grep -q "^$name " list || fail "$name is not listed"
    "$akin" study $name --print >$name.json || fail "$name --print exits $?"
    "$akin" study $name.json --dry-run >cells 2>err || fail "$name: $(cat err)"
    [ "$(wc -l <cells)" -ge 6 ] || fail "$name has $(wc -l <cells) cells"
    "$akin" study $name.json --dry-run --data data --json >cells 2>err || fail "$name --data: $(cat err)"
    python3 -c "
import json
d = json.load(open('cells'))
assert d['guessed'] and d['seconds_left'] > 0 and all(c['seconds'] > 0 for c in d['cells'])" || fail "$name: no guess"
done
# the one of text has no data of its own
expect 3 'no data; write "data": "PATH", or give --data PATH' study nozawa-sato-text --dry-run
printf 'text\tlabel\na b c\tx\nd e f\ty\n' >texts.tsv
"$akin" study nozawa-sato-text --data texts.tsv --dry-run >cells 2>err || fail "nozawa-sato-text: $(cat err)"
[ "$(wc -l <cells)" -ge 18 ] || fail "nozawa-sato-text has $(wc -l <cells) cells"
# a run that all cells share, and lists that are made from it
"$akin" study zhang-images --data data --set batch-size=16 --scale 0.05 --only set=without-gap,set=without-random,seed=1 --out shared \
    --threads 1 --quiet --json >shared.json 2>err || fail "zhang-images exits $?: $(cat err)"
python3 - <<'PY' || fail "zhang-images"
import json
assert json.load(open("shared/files/judge/run.json"))["config"]["batch-size"] == 16
for name in "gap", "random":
    kept = [l for l in open(f"shared/files/{name}.txt") if l[0] != "#"]
    assert len(kept) == 147, len(kept) # 160 less 8 %
    assert json.load(open(f"shared/runs/set=without-{name}_s1/run.json"))["data"]["train"] == 147
PY
# the example: sets that the study makes for itself
here=$(dirname "$(dirname "$(dirname "$script")")")
for file in "$here"/examples/*.json; do
    [ "$(basename "$file")" = demo.json ] && continue # options of akin train
    "$akin" study "$file" --dry-run --data data >cells 2>err || fail "$file: $(cat err)"
done
"$akin" study "$here/examples/study.json" --data data --set batch-size=16 --set width=4 --scale 0.2 --only seed=1 --out example \
    --threads 1 --quiet --json >example.json 2>err || fail "the example exits $?: $(cat err)"
python3 - <<'PY' || fail "the example"
import json
keep = [l for l in open("example/files/mixed/clean.txt") if l[0] != "#"]
assert len(keep) == 128 # 160 less 20 %
for cell, items in (("set=original_temperature=0.1_s1", 160), ("set=clean_temperature=0.1_s1", 128)):
    assert json.load(open("example/runs/%s/run.json" % cell))["data"]["train"] == items
assert json.load(open("example.json"))["cells"]["done"] == 6
PY
[ ! -e example/files/part.mixed ] || fail "a half-made file stays"
[ $failures = 0 ] || exit 1
