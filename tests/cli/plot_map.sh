# SPDX-License-Identifier: Apache-2.0
# akin plot RUN map: the places and the labels of the page in every form, the same bytes on any number of threads; classes or
# clusters by colour; what is refused before anything is computed, and where weights or data cannot be read.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
"$helpers/make_data" "$dir/data" 60 20 16 || exit 1
cd "$dir" || exit 1
"$akin" train --recipe none data --out run --epochs 1 --batch-size 20 --width 8 --encoder cnn4 --head-hidden 8 --head-out 8 --quiet || exit 1
python3 - <<'PY' || exit 1
import random
random.seed(3)
rows = [[random.gauss(6 * (j == i % 3), 1) for j in range(6)] for i in range(120)]
head = "a,b,c,d,e,f"
line = lambda r: ",".join("%.5f" % x for x in r)
open("plain.csv", "w").write(head + "\n" + "".join(line(r) + "\n" for r in rows))
open("named.csv", "w").write(head + ",label\n" + "".join(line(r) + ",k_%02d&<%%\n" % (i % 30) for i, r in enumerate(rows)))
PY
for table in plain named; do
    "$akin" train --recipe none $table.csv --out $table --epochs 2 --batch-size 30 --encoder linear --width 8 --quiet || exit 1
done

"$akin" plot run >list || fail "the list exits $?"
grep -q '^map ' list || fail "not listed: $(cat list)"
"$akin" plot run run >list && grep -q '^map ' list && fail "listed of two runs"
forms='svg csv tex'
"$akin" plot run map -o try.png --quiet >/dev/null 2>err && forms="$forms png pdf" || grep -q librsvg err || fail "png: $(cat err)"
for form in $forms; do
    "$akin" plot run map -o one.$form --threads 1 --force >/dev/null 2>err || fail "$form exits $?: $(cat err)"
    [ -s err ] && fail "$form speaks: $(cat err)"
    "$akin" plot run map -o three.$form --threads 3 >/dev/null || fail "$form on three threads"
    cmp -s one.$form three.$form || fail "$form: threads change it"
done
"$akin" plot run map -o seed.csv --seed 5 >/dev/null && ! cmp -s one.csv seed.csv || fail "--seed changes nothing"
"$akin" report run --quiet >out || fail "report"
"$akin" plot run map -o ten.csv --map 10 >/dev/null || fail "--map 10"
"$akin" plot run map -o ten.svg --map 10 >/dev/null || fail "--map 10"
"$akin" plot run map -o five.csv --clusters 5 >/dev/null || fail "--clusters 5"
"$akin" plot run map -o five.svg --clusters 5 --dark --width 320 >/dev/null || fail "--clusters 5"
for table in plain named; do
    for form in csv svg tex; do "$akin" plot $table map -o $table.map.$form >/dev/null || fail "$table.$form exits $?"; done
done
"$akin" plot named map -o night.svg --dark >/dev/null || fail "--dark"
"$akin" plot plain map -o single.svg --clusters -1 >/dev/null || fail "--clusters -1"

python3 - <<'PY' || fail "what the maps hold"
import csv, json, re
import xml.etree.ElementTree as xml
read = lambda name: list(csv.DictReader(open(name, newline="")))
SVG = "{http://www.w3.org/2000/svg}"

def points(name):
    text, root = open(name).read(), xml.parse(name).getroot()
    assert not re.search(r"href|url\(|var\(|<script|nan|inf", text), name
    group = root.find(SVG + "g")
    return [[tuple(map(float, p.split())) for p in path.get("d")[1:].replace("h0", "").split("M")] for path in group]

def names(name):
    return [t.text for t in xml.parse(name).getroot().iter(SVG + "text")]

# The places of the page, to its rounding, and its classes.
page = open("run/report.html").read()
data = json.loads(re.search(r'id="map-data">(.*?)</script>', page, re.S).group(1))
rows = read("one.csv")
assert list(rows[0]) == ["item", "x", "y", "class"] and len(rows) == 60
assert [r["item"] for r in rows] == data["name"]
assert [data["classes"][l] for l in data["label"]] == [r["class"] for r in rows]
span = max(max(float(r[c]) for r in rows) - min(float(r[c]) for r in rows) for c in "xy")
for c in "xy":
    low = min(float(r[c]) for r in rows)
    assert max(abs(10000 * (float(r[c]) - low) / span - p) for r, p in zip(rows, data[c])) <= 0.51, c

# The drawing: a path a class, the same places at one scale, y downwards as on the page.
drawn = points("one.svg")
classes = sorted({int(r["class"]) for r in rows})
assert len(drawn) == len(classes) > 1 and sum(map(len, drawn)) == 60
assert names("one.svg") == ["%d" % k for k in classes] + ["60 items of the train part, by class",
                                                         "near is like; far and directions mean little"] # and no ticks
flat = [p for path in reversed(drawn) for p in path]
of = [(float(r["x"]), float(r["y"])) for k in classes for r in rows if int(r["class"]) == k]
i, j = min(range(60), key=lambda i: of[i]), max(range(60), key=lambda i: of[i])
scale = (flat[j][0] - flat[i][0]) / (of[j][0] - of[i][0])
for p, q in zip(flat, of):
    for c in (0, 1):
        assert abs(p[c] - flat[i][c] - scale * (q[c] - of[i][c])) < 0.2, (p, q)

assert len(read("ten.csv")) == 10 and "10 of 60 items of the train part, by class" in names("ten.svg")
five = read("five.csv")
assert list(five[0]) == ["item", "x", "y", "class", "cluster"] and {r["cluster"] for r in five} == set("12345")
assert [(r["x"], r["y"]) for r in five] == [(r["x"], r["y"]) for r in rows]
assert len(points("five.svg")) == 5 and "cluster 5" in names("five.svg") and 'width="320"' in open("five.svg").read()

# Without labels by cluster, or in one colour; of 30 classes 24 have one, and the rest is grey and lies below.
assert list(read("plain.map.csv")[0]) == ["item", "x", "y", "cluster"]
assert len(points("single.svg")) == 1 and len(points("single.svg")[0]) > 100
assert not [t for t in names("single.svg") if t.startswith("cluster")]
assert 1 < len(points("plain.map.svg")) <= 12 and "cluster 1" in names("plain.map.svg")
many = points("named.map.svg")
assert len(many) == 25 and "others" in names("named.map.svg") and "k_00&<%" in names("named.map.svg")
for name, of in (("SET", "named.map.svg"), ("NIGHT", "night.svg")): # the page's colours, and no two of them
    ten = re.findall("#[0-9a-f]{6}", re.search("const %s = (.*?);" % name, page, re.S).group(1))
    filled = re.findall('<circle fill="(#[0-9a-f]{6})"', open(of).read())
    assert filled[:10] == ten and len(set(filled)) == 25, (ten, filled)
assert "#888888" in open("named.map.svg").read().split("<g ")[1].split("<path")[1]
PY
grep -qF 'k\_00\&\textless{}\%' named.map.tex || fail "a name is not escaped: $(grep legendentry named.map.tex)"
[ "$(grep -c '^\\addplot' named.map.tex)" = 25 ] || fail "not 25 colours in TeX"
if command -v pdflatex >/dev/null && kpsewhich pgfplots.sty >/dev/null; then
    { printf '%s\n' '\documentclass{article}\usepackage{pgfplots}\pgfplotsset{compat=1.16}\begin{document}'
      for f in one plain.map named.map; do printf '\\input{%s}\n\n' $f; done
      printf '%s\n' '\end{document}'; } >paper.tex
    pdflatex -interaction nonstopmode -halt-on-error paper.tex >latex.log || fail "LaTeX: $(grep -A4 '^!' latex.log)"
fi

expect 2 "did you mean 'map'?" plot run mapp -o x.svg
expect 2 "'one.svg' exists; --force replaces it" plot run map -o one.svg
expect 2 "--map" plot run map -o x.svg --map 2
expect 3 "do not make 100 clusters" plot run map -o x.svg --clusters 100
expect 2 "there is no chart 'map'" plot run run map -o x.svg
mv data gone
expect 3 "data" plot run map -o x.svg
"$helpers/make_data" data 40 20 16 || exit 1
expect 3 "training" plot run map -o x.svg
rm -r data run/checkpoints
mv gone data
expect 3 "checkpoint" plot run map -o x.svg
"$akin" plot run >list && grep -q '^map ' list && fail "listed without weights"
[ -z "$(ls x.* 2>/dev/null)" ] || fail "a refused map was written"
[ $failures = 0 ]
