# SPDX-License-Identifier: Apache-2.0
# akin tune: a grid of two configurations, the order by each criterion and by the mean of ranks against numbers put into its
# database, going on without training again, an interruption, and what is refused. No time is asserted.
akin=$1
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
awk 'BEGIN { srand(5); for (i = 0; i < 90; i++) print rand() "," rand() "," rand() "," i % 3 }' >t.csv
cat >grid.json <<'J'
{"options": {"encoder": "mlp", "width": 32, "head-hidden": 16, "head-out": 16, "log-every": 5, "epochs": 3},
 "axes": [{"name": "t", "option": "temperature", "values": [0.1, {"label": "hot, one", "options": {"temperature": 0.5}}]}]}
J

# what is refused, before anything is made
expect 2 "which data? usage: akin tune DATA" tune --budget 9s -o d
expect 2 "where to? name the folder" tune t.csv --budget 9s
expect 2 "how long may it take?" tune t.csv -o d
expect 2 "expected a time such as" tune t.csv --budget soon -o d
expect 2 "for each of 18 configurations; 18 s at least" tune t.csv --budget 12s -o d
expect 2 "did you mean 'rankme'" tune t.csv --budget 9s --criterion rankmee -o d
expect 2 "--set epochs: the time says how long a run is" tune t.csv --budget 9s --set lr=1 --set epochs=3 -o d
expect 3 "there is no 'none.csv'" tune none.csv --budget 9s -o d
mkdir nothing
expect 3 "'akin inspect DATA' says what is there" tune nothing --budget 40s -o d
for i in 0 1; do printf 'the cat sat\na dog ran\nrain fell\n' >t-$i.txt; done
expect 2 "for each of 18 configurations" tune 't-{0..1}.txt' --budget 12s -o d # several files are data, as of train
echo '{"axes": [{"name": "batch-size", "values": [64, 256]}]}' >batch.json
expect 2 "for each of 1 configurations" tune t.csv --budget 0.1s --grid batch.json -o d # 256 of 90 are 64 too
echo '{"options": {}}' >axes.json
expect 3 "'axes.json' has no list \"axes\"; a grid has one, as a study does: {" tune t.csv --budget 9s --grid axes.json -o d
[ ! -e d ] || fail "refused options left a folder"
for other in run.json study.sqlite; do # what another verb has made
    mkdir other && echo '{}' >other/$other
    expect 2 "not of akin tune; choose another -o" tune t.csv --budget 60s -o other
    [ "$(ls other)" = $other ] || fail "a refused folder has other files: $(ls other)"
    rm -r other
done

# A machine that is busy may not get both done in time; the same command with more time goes on.
for budget in 2.4 8 16 32; do
    "$akin" tune t.csv --budget ${budget}s --grid grid.json -o got --threads 1 --json >got.json 2>err && grep -q '"done":2' got.json && break
done
grep -q '"done":2' got.json || fail "tune: $(cat err)"
"$akin" tune t.csv --budget 5s --grid grid.json -o got --threads 1 >again.txt 2>err || fail "again exits $?: $(cat err)"
[ -s err ] && fail "again trains: $(cat err)"
grep -q "akin train t.csv .*--temperature 0.[15] .*--budget 5s --out RUN" again.txt || fail "no command: $(cat again.txt)"
grep -q "How often that errs: over [0-9]* data sets" again.txt || fail "it does not tell how often that errs"
"$akin" tune --criterion list --json >criteria.json || fail "--criterion list exits $?"

python3 - "$akin" got.json criteria.json <<'PY' || fail "the order is not that of the numbers"
import json, math, sqlite3, subprocess, sys
akin, got, criteria = sys.argv[1], json.load(open(sys.argv[2])), json.load(open(sys.argv[3]))["criteria"]
assert got["done"] == got["configurations_of_grid"] == 2 and 0 < got["used_s"] < 600, got
assert {c["name"] for c in got["configurations"]} == {"t=0.1", "t=hot; one"}, got["configurations"]
for c in got["configurations"]:
    assert "epochs" not in c["options"] and "budget" not in c["options"], c["options"]
    for name, value in c["criteria"].items():
        assert value is not None or name in ("learned",), (name, c)
names = [c["name"] for c in criteria if c["name"] != "mean-rank"]
better = {"alpha-req": 0, "self-cluster": -1, "coherence": -1, "alignment": -1, "uniformity": -1, "align-uniform": -1,
          "prototype-bias-views": -1, "objective-views": -1}
db = sqlite3.connect("got/study.sqlite")
ids = [r[0] for r in db.execute("select id from cells order by configuration")] # t=0.1 is the first
value = {}
for k, cell in enumerate(ids):
    for i, n in enumerate(names): # the first wins by every other criterion
        x = 0.5 + 0.1 * ((i + k) % 2)
        db.execute("update results set value = ? where cell = ? and measurement = ?", (x, cell, n))
        value[k, n] = x
db.commit()
merit = lambda n, x: -abs(x - 1) if better.get(n, 1) == 0 else better.get(n, 1) * x
def tune(criterion):
    out = subprocess.run([akin, "tune", "t.csv", "--budget", "5s", "-o", "got", "--criterion", criterion, "--json", "--quiet"],
                         capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)
order = {"t=0.1": 0, "t=hot; one": 1}
for n in names[:1] + names[2:7] + names[-2:]:
    want = 0 if merit(n, value[0, n]) > merit(n, value[1, n]) else 1
    o = tune(n)
    assert order[o["chosen"]["name"]] == want, (n, o["chosen"], value[0, n], value[1, n])
db.execute("update results set value = null where cell = ?", (ids[0],)) # what is not measured is last
db.commit()
for n in ("rankme", "mean-rank"):
    o = tune(n)
    assert order[o["chosen"]["name"]] == 1, (n, o)
    assert [c["rank"] for c in o["configurations"]] == [1, 2]

# the page: the order and the command first, charts in that order
kept = json.load(open("got/ranking.json"))
assert all(kept[k] == o[k] for k in ("criterion", "configurations", "chosen", "study")), (kept, o)
r = subprocess.run([akin, "report", "got", "-o", "got.html", "--quiet"], capture_output=True, text=True)
page = open("got.html").read()
assert r.returncode == 0 and page.index('id="ranking"') < page.index('id="curves"'), r.stderr
at = page.index('id="ranking"')
assert page.index(o["chosen"]["command"], at) < page.index("How often that errs", at) < page.index(">1. t=hot; one<", at)
chart = page[page.index("<svg", page.index('id="curves"')):]
assert chart.index(">t=hot; one<") < chart.index(">t=0.1<") and ">run=" not in chart, "names of the chart"
open("got/ranking.json", "w").write('{"criterion": ')
r = subprocess.run([akin, "report", "got", "-o", "got.html", "--force"], capture_output=True, text=True)
assert r.returncode == 3 and "ranking.json" in r.stderr, r
PY

# an interruption: the cell goes on
sed 's/0.1, {.*}}/0.1/' grid.json >one.json
expect 2 "was begun with another grid than 'one.json'" tune t.csv --budget 5s --grid one.json -o got
expect 2 "was begun with --layer backbone" tune t.csv --budget 5s --layer projector -o got
expect 2 "was begun with --seed 0" tune t.csv --budget 5s --seed 3 -o got
long="a line of a terminal has no more than eighty columns, and this label is longer than it"
sed "s/\"axes\": \[/\"axes\": [{\"name\": \"long\", \"values\": [{\"label\": \"$long\", \"options\": {}}]},/
    1s/\"options\": {/&\"batch-size\": 256, /" one.json >wide.json
"$akin" tune t.csv --budget 2s --grid wide.json -o int --threads 1 >int.txt 2>err &
child=$!
n=0
until ls int/runs/*/checkpoints/*.safetensors >/dev/null 2>&1 || [ $n -gt 400 ]; do sleep 0.02; n=$((n + 1)); done
kill -INT $child
wait $child
code=$?
[ $code = 130 ] || [ $code = 0 ] || fail "after SIGINT: exit $code: $(cat err)"
grep -qF "90 items are learned from: batches of 256 become 64; 0 of 1 configurations are" err || fail "halves are not told: $(cat err)"
grep '^\[1/1\] a line of' err >line && [ "$(wc -L <line)" -le 80 ] && grep -q '\.\.\.: [0-9.]* s$' line || fail "the line is too long: $(cat err)"
"$akin" tune t.csv --budget 2s -o int --threads 1 --quiet --json >int.json 2>err || fail "going on exits $?: $(cat err)"
grep -q '"done":1' int.json || fail "going on: $(cat int.json)"
[ $failures = 0 ] && echo ok
exit $failures
