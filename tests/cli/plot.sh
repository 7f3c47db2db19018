# SPDX-License-Identifier: Apache-2.0
# akin plot: every chart of a run in every form. SVG is XML without anything from elsewhere, CSV has the numbers that were
# logged, TeX is set by pdflatex where it is, PDF and PNG are what they are called; the same folder gives the same bytes.
akin=$1
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
python3 - <<'PY' || exit 1
import json, math, os
def run(folder, lr, floor=4.9326):
    os.makedirs(folder)
    with open(folder + "/run.json", "w") as f:
        json.dump({"akin": {"version": "0.1.0"}, "created": "2026-11-21T21:13:18Z", "config": {"lr": lr},
                   "data": {"name": "shoes", "train": 600, "test": 100, "fingerprint": "ab12", "height": 8, "width": 8,
                            "channels": 1},
                   "loss": {"name": "ntxent", "chance": 6.9305, "floor": floor}}, f)
    with open(folder + "/metrics.jsonl", "w") as f:
        for s in range(1, 301):
            f.write(json.dumps({"step": s, "loss": round(4.95 + 2 * math.exp(-s / 60) + 0.05 * math.sin(s * s), 4),
                                "chance": 6.9305, "floor": floor, "learned": 0.8, "lr": lr, "samples_per_s": 6750,
                                "data_wait_frac": 0.01}) + "\n")
    rows = []
    for protocol in ("knn-v1", "linear-v2"):
        for encoder, layer, top1 in (("none", "pixels", .851), ("random", "backbone", .832), ("trained", "backbone", .884)):
            rows.append({"protocol": protocol, "encoder": encoder, "layer": layer, "top1": top1,
                         "ci95": [top1 - .01, top1 + .01], "n": 100, "reference": 600})
    json.dump({"results": rows}, open(folder + "/eval.json", "w"))
    json.dump({"measures": [{"name": "x", "value": 1}], "spectrum": [0.5, 0.3, 0.15, 0.05]},
              open(folder + "/diagnose.json", "w"))
run("a", 0.06)
def bounds(step):
    rows = [{"name": name, "sense": "lower", "quantity": "InfoNCE", "measured": 5 + step, "value": value, "log_value": None,
             "reference": 1, "holds": True, "vacuous": False, "interval": [value - .5, value + .5]}
            for name, value in (("nozawa-sato-eq8", 4), ("nozawa-sato-eq10", -1e11))]
    rows.append({"name": "arora-tau", "sense": "upper", "measured": 1, "value": 9, "holds": True, "vacuous": True})
    return {"step": step, "n": 10, "bounds": rows}
json.dump(bounds(0), open("a/bounds.json", "w"))
with open("a/bounds.jsonl", "w") as f:
    for step in (1, 2, 3):
        f.write(json.dumps(bounds(step)) + "\n")
run("b_&<%", 0.03)
run("c", 0.03, floor=3)
PY

"$akin" plot a >list || fail "the list exits $?"
for name in loss accuracy learning-rate samples-per-second waiting spectrum bounds-nozawa-sato-eq8 \
    moves-nozawa-sato-eq8; do
    grep -q "^$name " list || fail "not listed: $name"
done
"$akin" plot a --json >list.json || fail "--json exits $?"
for name in $(python3 -c "
import json
print(*(c['name'] for c in json.load(open('list.json'))['charts']))"); do
    for form in svg pdf png csv tex; do
        case $form$name in pdfloss | pngloss | pdfaccuracy | pngaccuracy) ;; pdf* | png*) continue ;; esac
        "$akin" plot a "$name" -o "$name.$form" --quiet >/dev/null || fail "$name.$form exits $?"
        [ "$name" = accuracy ] || continue
        "$akin" plot a "$name" -o again.$form --quiet --force >/dev/null && cmp -s "$name.$form" again.$form ||
            fail "$name.$form: other bytes the second time"
    done
done
"$akin" plot a "b_&<%" loss -o two.svg >/dev/null && "$akin" plot a "b_&<%" loss -o two.tex >/dev/null &&
    "$akin" plot a "b_&<%" loss -o two.csv >/dev/null || fail "two runs"
"$akin" plot a c loss -o share.csv >/dev/null || fail "runs with other floors"
"$akin" plot a loss -o dark.svg --dark --width 320 --height 200 >/dev/null || fail "--dark"

python3 - <<'PY' || fail "what the charts hold"
import csv, glob, json, re, struct
import xml.etree.ElementTree as xml
for name in glob.glob("*.svg"):
    text = open(name).read()
    root = xml.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and len(list(root.iter())) > 10, name
    assert "var(" not in text and "NaN" not in text and "nan" not in text.lower().replace("nano", ""), name
    assert not re.search(r'href|url\(|<script|http://(?!www\.w3\.org/2000/svg)', text), name
    assert "Liberation Sans" in text and root.find("{http://www.w3.org/2000/svg}title") is not None
assert "b_&<%" in "".join(xml.parse("two.svg").getroot().itertext())
dark = open("dark.svg").read()
assert 'width="320" height="200"' in dark and "#15181b" in dark and "#15181b" not in open("loss.svg").read()
for name in glob.glob("*.pdf"):
    data = open(name, "rb").read()
    assert data.startswith(b"%PDF-") and b"/Font" in data and data.rstrip().endswith(b"%%EOF"), name
for name in glob.glob("*.png"):
    data = open(name, "rb").read()
    assert data.startswith(b"\x89PNG\r\n") and struct.unpack(">I", data[16:20])[0] == 1920, name
read = lambda name: list(csv.DictReader(open(name, newline="")))
logged = [json.loads(l) for l in open("a/metrics.jsonl")]
loss = read("loss.csv")
assert [(int(r["step"]), float(r["loss"])) for r in loss] == [(l["step"], l["loss"]) for l in logged]
assert {(r["chance"], r["floor"]) for r in loss} == {("6.9305", "4.9326")}, loss[0]
assert [float(r["learning rate"]) for r in read("learning-rate.csv")] == [0.06] * 300
share = read("share.csv")
for r, l in zip(share, logged):
    for run, floor in (("a", 4.9326), ("c", 3)):
        assert abs(float(r[run]) - 100 * (6.9305 - l["loss"]) / (6.9305 - floor)) < 1e-9
held = [float(r["variance held"]) for r in read("spectrum.csv")]
assert max(abs(x - y) for x, y in zip(held, (0, 50, 80, 95, 100))) < 1e-9 and len(held) == 5, held
rows = read("accuracy.csv")
assert len(rows) == 2 and rows[0]["protocol and layer"] == "kNN, backbone", rows
for r in rows:
    for name, top1 in (("raw pixels", 85.1), ("random encoder", 83.2), ("trained", 88.4)):
        assert abs(float(r[name]) - top1) < 1e-9 and abs(float(r[name + " high"]) - top1 - 1) < 1e-9, r
held = read("bounds-nozawa-sato-eq8.csv")
assert [(r["measured"], r["bound"], r["bound high"]) for r in held] == [("5", "4", "4.5"), ("5", "-100000000000", "-99999999999.5")], held
moves = read("moves-nozawa-sato-eq8.csv")
assert [(r["step"], r["measured"]) for r in moves] == [("1", "6"), ("2", "7"), ("3", "8")] and len(moves[0]) == 5, moves
far = "".join(xml.parse("bounds-nozawa-sato-eq8.svg").getroot().itertext())
assert "\u2190 -1e+11" in far, far # off a broken axis, its value at the edge
assert "down to -1e+11" in "".join(xml.parse("moves-nozawa-sato-eq8.svg").getroot().itertext())
PY
grep -qF 'b\_\&\textless{}\%' two.tex || fail "a name is not escaped: $(grep legendentry two.tex)"
if command -v pdflatex >/dev/null && kpsewhich pgfplots.sty >/dev/null; then
    { printf '%s\n' '\documentclass{article}\usepackage{pgfplots}\pgfplotsset{compat=1.16}\begin{document}'
      for f in loss accuracy spectrum two bounds-nozawa-sato-eq8 moves-nozawa-sato-eq8; do printf '\\input{%s}\n\n' $f; done
      printf '%s\n' '\end{document}'; } >paper.tex
    pdflatex -interaction nonstopmode -halt-on-error paper.tex >latex.log || fail "LaTeX: $(grep -A4 '^!' latex.log)"
fi

expect 2 "there is no chart 'los'; did you mean 'loss'?" plot a los -o x.svg
cp -r a damaged && : >damaged/eval.json # no chart is left out in silence because its file cannot be read
expect 3 "there is no chart 'accuracies': 'damaged/eval.json' is empty" plot damaged accuracies -o x.svg
"$akin" plot damaged loss -o damaged.svg --quiet || fail "a chart that needs no damaged file: exit $?"
rm damaged/metrics.jsonl && mkdir damaged/metrics.jsonl
expect 3 "'damaged/metrics.jsonl'" plot damaged loss -o x.svg
rm -r damaged
expect 2 "where to? name the file: -o loss.svg" plot a loss
expect 2 "which chart? 'akin plot a' lists them" plot a -o x.svg
expect 2 "does not say which form" plot a loss -o x.jpg
expect 2 "'loss.svg' exists; --force replaces it" plot a loss -o loss.svg
expect 3 "'absent' is no folder of a run or a study" plot absent
expect 3 "'nothing' is no folder of a run or a study" plot a nothing loss -o x.svg
mkdir empty && expect 3 "'empty' is not a run folder" plot empty
expect 2 "width" plot a loss -o x.svg --width 5
expect 5 "no/x.svg" plot a loss -o no/x.svg
[ -z "$(ls x.* 2>/dev/null)" ] || fail "a refused chart was written"
# a page that is kept up to date until the run is done
"$akin" report c --map 0 --follow 1 >followed 2>err &
pid=$!
for i in $(seq 100); do [ -e c/report.html ] && break; sleep 0.1; done
grep -q '<meta http-equiv="refresh" content="1">' c/report.html || fail "the page of a run under way does not load itself again"
kill -0 $pid || fail "--follow ended before the run was done: $(cat err)"
echo '{}' >c/DONE
wait $pid || fail "--follow exits $?: $(cat err)"
grep -q 'http-equiv="refresh"' c/report.html && fail "the page of a run that is done loads itself again"
[ "$(wc -l <followed)" = 1 ] && [ "$(wc -l <err)" = 1 ] || fail "said: $(cat followed err)"
rm a/metrics.jsonl a/eval.json a/diagnose.json a/bounds.json a/bounds.jsonl
"$akin" plot a >none 2>err || fail "a run without anything exits $?"
[ ! -s none ] && grep -q "nothing to draw yet" err || fail "a run without anything: $(cat none err)"
[ $failures = 0 ] || exit 1
