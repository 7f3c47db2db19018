# SPDX-License-Identifier: Apache-2.0
# akin bounds, akin data synth and akin train --bounds: known data, a run, the live record and its curves, bad input.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
s=$dir/s
"$akin" data synth --out "$s" --items 600 --classes 5 --quiet || fail "synth exits $?"
"$akin" data synth --out "$dir/u" --items 600 --classes 5 --imbalance 8 --mix 0.2 --quiet || fail "synth exits $?"
cmp -s "$s/a.npy" "$dir/u/a.npy" && fail "two models gave the same data"
files="--a $s/a.npy --b $s/b.npy --labels $s/labels.npy"
"$akin" bounds $files --negatives 15 --json >"$dir/equal" || fail "bounds exits $?"
"$akin" bounds $files --negatives 15 --json --threads 1 >"$dir/equal1" || fail "bounds on one thread exits $?"
cmp -s "$dir/equal" "$dir/equal1" || fail "bounds depend on the number of threads"
"$akin" bounds --a "$dir/u/a.npy" --b "$dir/u/b.npy" --labels "$dir/u/labels.npy" --negatives 4000 --json \
    >"$dir/unequal" || fail "bounds of unequal classes exits $?"
"$akin" bounds $files --negatives 15 --over-negatives 3,15 --only nozawa-sato --json >"$dir/over" || fail "--over-negatives"
python3 - "$dir" <<'PY' || fail "other numbers of negatives are not as documented"
import json, sys
over = json.load(open(sys.argv[1] + "/over"))
few, same = over["over_negatives"]
assert [few["negatives"], same["negatives"], over["negatives"]] == [3, 15, 15]
assert same["bounds"] == over["bounds"] != few["bounds"] and len(few["bounds"]) == len(same["bounds"])
PY
expect 2 "'x' is no list of whole numbers" bounds $files --over-negatives 9,x
expect 2 "'9,' is no list of whole numbers" bounds $files --over-negatives 9,
expect 2 "'0' is no list of whole numbers" bounds $files --over-negatives 0
python3 - "$dir" <<'PY' || fail "the rows are not as documented"
import json, math, sys
for f in ("equal", "unequal"):
    rows = json.load(open(sys.argv[1] + "/" + f))["bounds"]
    by = {r["name"]: r for r in rows}
    assert len(by) == len(rows) >= 30
    for r in rows:
        assert set(r) == {"name", "paper", "mark", "quantity", "sense", "holds", "vacuous", "value", "log_value", "interval",
                          "measured", "measured_interval", "reference", "assumed", "difference", "difference_interval", "blocks",
                          "reason"}, r
        assert r["sense"] == "measure" or (r["holds"] is None) == bool(r["reason"]), r
        if r["sense"] != "measure" and r["value"] is not None and r["measured"] is not None:
            assert abs(r["measured"] - r["value"] - r["difference"]) < 1e-9 * (1 + abs(r["value"])), r
        assert r["assumed"] and r["paper"].startswith("["), r
        assert r["measured"] is not None or r["paper"].startswith("[Zhang2025") and r["holds"] is None, r
        assert r["holds"] is not False or r["mark"] == "as stated", r  # a statement with a known defect may fail
    assert by["lee-objective"]["holds"] is True and by["lee-objective"]["mark"] == "reconstruction"
    for name in ("nozawa-sato-eq8", "nozawa-sato-eq10", "arora-lemma-4.3-hinge", "nscl-gap", "bao-upper", "haochen-spectral"):
        assert by[name]["holds"] is True, by[name]
    for eq, share in (("8", 1), ("10", 0.5)):  # a lower bound is the sum of its parts
        r = by["nozawa-sato-eq" + eq]
        d, ln = (float(r["assumed"].split(w)[1].split(",")[0]) for w in ("d(f) ", "ln(Col+1) "))
        parts = [by[f"nozawa-sato-eq{eq}-{p}"]["measured"] for p in ("sup", "sub")]
        assert min(parts) >= 0 and abs(sum(parts) + share * ln + d - r["value"]) < 1e-4, (r, parts)
    order = [by["nozawa-sato-" + n]["value"] for n in ("eq10", "mix", "max", "jensen")]
    assert all(x <= y + 0.02 for x, y in zip(order, order[1:])), order
    assert by["awasthi-optimum"]["mark"] == by["wang-upper"]["mark"] == "unverified"
    assert by["pac-bayes-catoni"]["mark"] == "reconstruction"
    if f == "unequal":
        assert by["ash"]["value"] is None and by["bao-upper"]["mark"] == "unverified"
        big = by["arora-k-upper"]  # beyond what a person can use, and still a number or its logarithm
        assert big["vacuous"] and big["log_value"] > 100, big
PY
"$akin" bounds --a "$s/a.npy" --labels "$s/labels.npy" --only haochen --json --quiet >"$dir/same" || fail "one view exits $?"
"$akin" bounds $files --only haochen --json >"$dir/two" || fail "two views exit $?"
python3 - "$dir" <<'PY' || fail "the two-view operator"
import json, sys
same, two = ({r["name"]: r["measured"] for r in json.load(open(sys.argv[1] + "/" + f))["bounds"]} for f in ("same", "two"))
# equal views: the identity, and no pair is apart
assert abs(same["haochen-eigenvalue"] - 1) < 1e-9 and same["haochen-cross-edges"] == 0, same
assert 0.5 < two["haochen-eigenvalue"] < 1 - 1e-4 and 0 <= two["haochen-cross-edges"] < 0.5, two
PY
"$akin" bounds $files --temperature 0.5 --only lee --json >"$dir/lee" || fail "lee exits $?"
"$akin" bounds $files --temperature 0.2 --alpha 2 --only lee --json >"$dir/lee2" || fail "lee --alpha exits $?"
"$akin" bounds $files --temperature 0.5 --lambda 3 --only lee --json >"$dir/lee3" || fail "lee --lambda exits $?"
python3 - "$dir" <<'PY' || fail "alpha and lambda"
import json, sys
one, two, three = (json.load(open(sys.argv[1] + "/" + f))["bounds"] for f in ("lee", "lee2", "lee3"))
assert one == two  # alpha is 1/t, and nothing else of Lee's rows knows t
by = {r["name"]: r for r in three}
for key in ("measured", "value"):
    total = by["lee-attracting"][key] + 3 * by["lee-repelling"][key]
    assert abs(by["lee-objective"][key] - total) < 1e-9, by
assert "lambda = 3" in by["lee-objective"]["assumed"] and by["lee-objective"]["reference"] == 3
PY
expect 2 "--alpha is 0;" bounds $files --alpha 0
# inside the model of Zhang et al.: few dimensions, so that mean cosines of two classes are not negative
"$akin" data synth --items 300 --classes 3 --width 3 --spread 0.8 --seed 1 --out "$dir/z" --quiet || fail "synth exits $?"
"$akin" bounds --a "$dir/z/a.npy" --labels "$dir/z/labels.npy" --only zhang --json --quiet >"$dir/zhang" || fail "zhang exits $?"
python3 - "$dir" <<'PY' || fail "the relaxed rows"
import json, math, struct, sys
by = {r["name"]: r for r in json.load(open(sys.argv[1] + "/zhang"))["bounds"]}
x = struct.unpack("<900f", open(sys.argv[1] + "/z/a.npy", "rb").read()[-3600:])
y = struct.unpack("<300i", open(sys.argv[1] + "/z/labels.npy", "rb").read()[-1200:])
u = [[v / math.sqrt(sum(w * w for w in x[i : i + 3])) for v in x[i : i + 3]] for i in range(0, 900, 3)]
cos = {True: [], False: []}
for i in range(300):
    for k in range(i):
        cos[y[i] == y[k]].append(sum(p * q for p, q in zip(u[i], u[k])))
rest = sum(sum(c * c for c in s) - sum(s) ** 2 / len(s) for s in cos.values())
noise = by["zhang-noise"]
assert abs(noise["measured"] - math.sqrt(rest / 44850)) < 1e-6 and noise["mark"] == "reconstruction", noise  # float features
for name in ("zhang-without", "zhang-with"):  # noise only loosens
    loose = by[name + "-relaxed"]
    assert loose["mark"] == "as stated" and loose["value"] > by[name]["value"] and loose["measured"] is None, loose
low = by["zhang-lower"]
assert low["sense"] == "lower" and low["mark"] == "as stated" and low["vacuous"] and low["value"] < by["zhang-with"]["value"], low
PY
[ "$("$akin" bounds --only list | wc -l)" -ge 9 ] || fail "--only list"
"$akin" bounds $files --only nozawa-sato,ash | grep -q vacuous || fail "the text output lacks the word vacuous"
"$akin" bounds $files >"$dir/text" || fail "bounds as text exits $?"
awk 'length($0) > 80 || / $/' "$dir/text" | grep . && fail "the text output is wider than 80 columns, or ends in blanks"

# live: bits untouched, one line a checkpoint, resumed without doubles, curves in the report
"$helpers/make_data" "$dir/data" 256 64 16 || fail "no data"
same="--batch-size 32 --encoder resnet-s --width 8 --head-hidden 16 --head-out 8 --quiet --epochs 2"
"$akin" train --recipe none "$dir/data" --out "$dir/plain" $same || fail "train exits $?"
"$akin" train --recipe none "$dir/data" --out "$dir/live" $same --bounds nozawa-sato,bao --checkpoint-every 4 || fail "train --bounds exits $?"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
[ "$(sum "$dir/plain")" = "$(sum "$dir/live")" ] || fail "--bounds changed the weights"
python3 - "$dir/live/bounds.jsonl" <<'PY' || fail "bounds.jsonl is not as documented"
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
steps = [l["step"] for l in lines]
assert len(steps) >= 2 and steps == sorted(set(steps)) and steps[-1] == 16, steps
assert all(len(l["bounds"]) == 15 and l["negatives"] == 31 for l in lines)
PY
"$akin" report "$dir/live" -o "$dir/r.html" --quiet || fail "report exits $?"
grep -q 'What theory says of it' "$dir/r.html" && grep -q 'vacuous' "$dir/r.html" || fail "no curves in the report"
printf 'rubbish\n{"step":1' >"$dir/live/bounds.jsonl"
"$akin" report "$dir/live" -o "$dir/r2.html" --quiet || fail "report of a damaged bounds.jsonl exits $?"
"$akin" bounds "$dir/live" --only nozawa-sato --json >"$dir/run" 2>/dev/null || fail "bounds RUN exits $?"
"$akin" bounds "$dir/live" --only ash --split train --items 28 --json >"$dir/few" 2>/dev/null || fail "bounds --items exits $?"
grep -q '"holds":true' "$dir/few" || fail "28 of 256 items in four equal classes are not seven of each"
grep -q '"n":64,.*"negatives":31' "$dir/run" || fail "bounds RUN does not take the test split and the run's batch"

# a run without labels: refused before anything is embedded, in one line
mkdir "$dir/plainset"
i=0
while [ $i -lt 32 ]; do
    { printf 'P5 16 16 255\n'; head -c 256 /dev/urandom; } >"$dir/plainset/$i.pgm"
    i=$((i + 1))
done
"$akin" train --recipe none "$dir/plainset" --out "$dir/nolabels" $same --epochs 1 || fail "train without labels exits $?"
expect 3 "--bounds: this data set has no labels" train --recipe none "$dir/plainset" --out "$dir/refused" $same --epochs 1 --bounds all
[ -e "$dir/refused" ] && fail "a refused run left a folder"
seq -f '%g,0.5' 32 >"$dir/plain.csv"
seq -f 'text %g' 32 >"$dir/plain.txt"
for data in plain.csv plain.txt; do # every kind of data is looked at before anything is trained
    expect 3 "--bounds: this data set has no labels" train --recipe none "$dir/$data" --out "$dir/refused" --epochs 1 --batch-size 8 --bounds all
    [ -e "$dir/refused" ] && fail "a refused run on $data left a folder"
done
expect 3 "--bounds: this data set has no labels" train --resume "$dir/nolabels" --bounds bao
expect 3 "has no labels" bounds "$dir/nolabels"
expect 3 "has no labels" bounds "$dir/nolabels" --split train --json

expect 2 "give a RUN, or --a" bounds
expect 2 "--labels is missing" bounds --a "$s/a.npy"
expect 2 "one or the other" bounds "$dir/live" --a "$s/a.npy"
expect 2 "a RUN and --now are given" bounds "$dir/live" --now "$s/a.npy"
expect 2 "--from-b is missing" bounds $files --from-a "$s/a.npy"
expect 3 "No such file" bounds $files --now "$dir/none.npy"
# rows about further files come with them, and with a run what it was before training
"$akin" bounds $files --only stepwise,wide,momentum --json >"$dir/out" || fail "stepwise,wide,momentum exits $?"
grep -q 'momentum-\|wide-\|stepwise-span' "$dir/out" && fail "rows about files that were not given"
"$akin" bounds $files --only stepwise,wide,momentum --from-a "$s/a.npy" --from-b "$s/b.npy" --now "$s/a.npy" --json >"$dir/out" || fail "further files: $?"
for row in momentum-lag momentum-loss wide-components wide-explained stepwise-span stepwise-explained; do
    grep -q "\"name\":\"$row\"" "$dir/out" || fail "no row $row"
done
"$akin" bounds "$dir/live" --only wide --json --quiet >"$dir/out" || fail "wide of a run exits $?"
grep -q '"name":"wide-explained"' "$dir/out" || fail "a run has no rows about the encoder before training"
expect 2 "did you mean 'arora'?" bounds $files --only aroa
expect 2 "did you mean 'bao'?" train --recipe none "$dir/data" --out "$dir/x" --bounds boa
expect 2 "--negatives is 0;" bounds $files --negatives 0
expect 2 "--temperature is 0;" bounds $files --temperature 0
expect 3 "is no run folder" bounds "$dir/none"
seq 0 598 >"$dir/l"
expect 3 "599 labels for 600 rows" bounds --a "$s/a.npy" --b "$s/b.npy" --labels "$dir/l"
yes 3 | head -600 >"$dir/l"
expect 3 "all 600 labels are 3" bounds --a "$s/a.npy" --b "$s/b.npy" --labels "$dir/l"
"$akin" data synth --out "$dir/w" --items 500 --quiet
expect 3 "differ in shape" bounds --a "$s/a.npy" --b "$dir/w/b.npy" --labels "$s/labels.npy"
python3 - "$dir" <<'PY'
import struct, sys
raw = bytearray(open(sys.argv[1] + "/s/a.npy", "rb").read())
raw[-4:] = struct.pack("<f", float("nan"))
open(sys.argv[1] + "/nan.npy", "wb").write(raw)
raw[-128:] = bytes(128)
open(sys.argv[1] + "/zero.npy", "wb").write(raw)
PY
expect 3 "row 599" bounds --a "$dir/nan.npy" --labels "$s/labels.npy" --quiet
expect 3 "row 599 of a is all zeros" bounds --a "$dir/zero.npy" --labels "$s/labels.npy" --quiet
expect 2 "where to? name the folder with --out DIR" data synth
expect 2 "exists; --force replaces it" data synth --out "$s"
expect 2 "an item in each" data synth --out "$dir/v" --classes 10 --items 5
expect 2 "did you mean 'synth'?" data synt

# the discrete model: what truth.json says, from the definitions
shared="--items 120 --classes 4 --views 3 --overlap 0.2 --imbalance 3 --negatives 7 --seed 5 --quiet"
"$akin" data synth --model discrete $shared --out "$dir/d" || fail "discrete synth exits $?"
"$akin" data synth --model discrete $shared --out "$dir/d1" --threads 1 || fail "discrete synth on one thread exits $?"
cmp -s "$dir/d/truth.json" "$dir/d1/truth.json" && cmp -s "$dir/d/a.npy" "$dir/d1/a.npy" || fail "the discrete model depends on threads"
"$akin" data synth --model discrete --items 60 --classes 3 --views 2 --out "$dir/d0" --quiet || fail "no overlap exits $?"
"$akin" data synth --model discrete --items 8 --classes 2 --views 1 --width 1 --seed 1 --temperature 1 --out "$dir/p" --json \
    >/dev/null 2>&1 || fail "points on a line exit $?"
"$akin" data synth --model discrete --items 60 --views 1 --overlap 0.5 --out "$dir/o" --quiet || fail "one view exits $?"
python3 - "$dir" <<'PY' || fail "truth.json of the discrete model"
import json, math, struct, sys
t, apart, points, one = (json.load(open(sys.argv[1] + "/" + f + "/truth.json")) for f in ("d", "d0", "p", "o"))
assert sum(t["counts"]) == 120 and abs(t["tau"] - sum(p * p for p in t["prior"])) < 1e-12
assert abs(t["tau_k"] - (1 - sum(p * (1 - p) ** 7 for p in t["prior"]))) < 1e-12 and 0 < t["coverage"] < 1
s = t["spectrum"]  # of a stochastic graph; rounding of 120 terms
assert len(s) == 120 and abs(s[0] - 1) < 1e-12 and min(s) > -1e-12 and s == sorted(s, reverse=True) and s[-1] < 0.99
assert 0 < t["cross_class_edges"] < 0.5 and abs(t["views_of_another_class"] - 0.2) < 0.08 and t["graph_views"] <= 360
assert 0 < t["infonce_1"] < 2 and 0 < t["hinge_1"] < 3
# private views: the graph is one block an item
assert apart["cross_class_edges"] == 0 and all(abs(x - 1) < 1e-12 for x in apart["spectrum"]) and apart["graph_views"] == 120
# one view an item, some shared: a block a view, of rank one
shared = one["graph_views"]
assert 30 < shared < 60 and all(abs(x - (i < shared)) < 1e-12 for i, x in enumerate(one["spectrum"])), one
assert one["cross_class_edges"] == 0 and one["views_of_another_class"] > 0.3
# one view an item, at 1 or -1: a positive is the anchor
x = struct.unpack("<8f", open(sys.argv[1] + "/p/a.npy", "rb").read()[-32:])
info = sum(math.log(1 + math.exp(p * q - 1)) for p in x for q in x) / 64
hinge = sum(max(0, p * q) for p in x for q in x) / 64
assert abs(points["infonce_1"] - info) < 1e-12 and abs(points["hinge_1"] - hinge) < 1e-12, (points, info, hinge)
PY
expect 2 "--views is an option of --model discrete" data synth --views 2 --out "$dir/v"
expect 2 "--mix is an option of --model gaussian" data synth --model discrete --mix 0.1 --out "$dir/v"
expect 2 "temperature 0" data synth --model discrete --temperature 0 --out "$dir/v"
expect 2 "takes at most 4096" data synth --model discrete --items 5000 --out "$dir/v"
[ $failures = 0 ] && echo ok
exit $failures
