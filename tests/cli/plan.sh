# SPDX-License-Identifier: Apache-2.0
# akin plan: the keys of --json with reference values, every way to give a prior, and bad input: one line each.
akin=$1
. "$(dirname "$0")/expect.inc"

printf '0.5\n0.3\n0.2\n' >"$dir/prior"
printf '1000,1000,1000,1000,1000,1000,1000,1000,1000,1000\n' >"$dir/counts"
"$akin" plan --classes 10 --negatives 31 --temperature 1 --json >"$dir/a" || fail "plan exits $?"
"$akin" plan --prior "$dir/prior" --negatives 9 --json >"$dir/b" || fail "plan --prior exits $?"
"$akin" plan --class-counts "$dir/counts" --negatives 31 --without-replacement --json >"$dir/c" || fail "plan --class-counts exits $?"
"$akin" plan --prior "$dir/prior" --negatives 2 --json >"$dir/e" || fail "plan --prior --negatives 2 exits $?"
python3 - "$dir" <<'PY' || fail "the numbers are not the reference values"
import json, math, sys
a, b, c = (json.load(open(sys.argv[1] + "/" + f)) for f in "abc")
near = lambda x, y, d: abs(x - y) <= d
assert near(a["tau"], 0.1, 1e-15) and near(a["log1m_tau_k"], 31 * math.log(0.9), 1e-12)
assert near(math.exp(a["log_upsilon"]), 0.690976, 5e-7) and near(a["expected_ln_col1"], 1.3169, 5e-5)
assert near(a["expected_draws"], 29.2897, 5e-5) and a["draws_for_coverage_99"] == 66
assert near(a["chance"], math.log(32), 1e-12) and a["floor"] < a["info_min"] < a["chance"] and a["memory_bytes"] > 0
assert a["seconds"] > 0 and a["seconds_measured_pairs"] == 32
assert near(a["info_min"], 2.58310, 5e-6) and near(a["sup_min"], 1.37693, 5e-6)
row = [r for r in a["tradeoff"] if r["negatives"] == 31][0]
assert near(math.exp(row["ash_log_factor"]), 86.11, 5e-3) and near(row["bao_upper"], -0.26384, 5e-6)
assert near(math.exp(row["nozawa_sato_log_factor"]), 2.894, 5e-4)
assert near(math.exp(row["arora_log_factor_published"]), 37.93, 5e-3)
e = json.load(open(sys.argv[1] + "/e"))
assert a["per_class"] is None and [p["prior"] for p in e["per_class"]] == [0.5, 0.3, 0.2]
for p, upsilon in zip(e["per_class"], (0.12, 0.20, 0.30)):  # K = 2: both other classes, in either order
    assert near(math.exp(p["log_upsilon"]), upsilon, 1e-12) and near(p["log_cover_rest"], p["log_upsilon"], 1e-12)
papers = {p["name"]: p for p in a["papers"]}
assert set(papers) == {"arora", "nozawa-sato", "ash", "bao", "awasthi"} and papers["awasthi"]["mark"] == "unverified"
assert near(math.exp(b["log_upsilon"]), 0.8643843, 5e-8) and near(b["tau_k"], 0.9600738098, 5e-11)
assert b["info_min"] is None and b["tradeoff"][0]["ash_log_factor"] is None
assert near(math.exp(c["log1m_tau_k"]), 3.8073e-2, 5e-7) and near(c["upsilon"], 0.692454, 5e-7)
PY
"$akin" plan --classes 10 --negatives 31 >"$dir/out" || fail "text exits $?"
grep -q 'unverified' "$dir/out" || fail "the text output lacks the marks"
timeout 10 "$akin" plan --classes 100000 --negatives 1000000 --json >"$dir/d" || fail "the largest plan exits $?"


# lists: a table with a row for each combination, an array with --json, one recommendation for each K list
"$akin" plan --classes 10 --negatives 1,2,4..1024 --json >"$dir/list" || fail "a list exits $?"
"$akin" plan --classes 10,100 --temperature 0.1,0.5 --negatives 16..64,255 --json >"$dir/grid" || fail "three lists exit $?"
"$akin" plan --prior "$dir/prior" --negatives 3..5 --json >"$dir/three" || fail "a list with a prior exits $?"
"$akin" plan --classes 100 --negatives 1,2 --json >"$dir/few" || fail "a short list exits $?"
"$akin" plan --classes 10 --negatives 4 --json >"$dir/one" || fail "plan exits $?"
python3 - "$dir" <<'PY' || fail "the lists"
import json, math, sys
rows, grid, three, few, one = (json.load(open(sys.argv[1] + "/" + f)) for f in ("list", "grid", "three", "few", "one"))
assert [r["negatives"] for r in rows] == [2**i for i in range(11)]
assert [(r["classes"], r["temperature"], r["negatives"]) for r in grid] == [
    (c, t, k) for c in (10, 100) for t in (0.1, 0.5) for k in (16, 32, 64, 255)]
assert [r["negatives"] for r in three] == [3, 5]
for key in one:
    if key not in ("tradeoff", "seconds", "seconds_measured_pairs"):
        assert rows[2][key] == one[key], key
for r in rows + grid + three + few:
    assert len(r["tradeoff"]) == 1 and r["tradeoff"][0]["negatives"] == r["negatives"]
    assert (r["recommended_because"] is not None) == r["recommended"]
for i in range(0, 16, 4):
    assert sum(r["recommended"] for r in grid[i : i + 4]) == 1
# by hand: the least K of the list with 2/upsilon <= 2.02
best = min(r["negatives"] for r in rows if r["log_upsilon_min"] is not None and math.exp(r["log_upsilon_min"]) >= 1 / 1.01)
assert [r["negatives"] for r in rows if r["recommended"]] == [best] == [128], best
assert [r["recommended"] for r in few] == [False, True]  # no bound at all: the greatest
PY
"$akin" plan --classes 10 --negatives 1,2,4..1024 --temperature 0.2 >"$dir/out" || fail "the table exits $?"
# two parts, a row for each K in both
[ "$(grep -c '^> ' "$dir/out")" = 2 ] && [ "$(grep -cE '^[ >] +[0-9]+ ' "$dir/out")" = 22 ] || fail "the table: $(cat "$dir/out")"
grep -q '^>  *128 *1 *1 *2.5926 *4.8598 *0.6040$' "$dir/out" || fail "the first part: $(cat "$dir/out")"
grep -q '^>  *128 *7.2e5 *2 *1.4e6 *6.0644 *1.69 MiB$' "$dir/out" || fail "the second part: $(cat "$dir/out")"
"$akin" plan --classes 10,100000 --temperature 0.004,0.5 --negatives 1..1024 >"$dir/wide" || fail "the wide table exits $?"
awk 'length > 80 { print; exit 1 }' "$dir/out" "$dir/wide" || fail "a line of the table is longer than 80"
expect 2 "'4..2' is no list of numbers; expected one like 255 or 1,2,4..1024" plan --classes 3 --negatives 4..2
expect 2 "is no list of numbers" plan --classes 3 --negatives 1,,2
expect 2 "is no list of numbers" plan --classes 3 --negatives 1,x
expect 2 "--negatives is 1.5; expected whole numbers" plan --classes 3 --negatives 1.5
expect 2 "--temperature is 0; expected numbers from 1e-06 to" plan --classes 3 --temperature 0..1

grep -q '"seconds":[0-9]' "$dir/d" || fail "no estimate of the time of the largest plan"
expect 2 "how many classes?" plan
expect 2 "only one of" plan --classes 3 --prior "$dir/prior"
expect 2 "--classes is 1;" plan --classes 1
expect 2 "--negatives is 0;" plan --classes 3 --negatives 0
expect 2 "--temperature is 0;" plan --classes 3 --temperature 0
expect 2 "needs --class-counts" plan --classes 3 --without-replacement
printf '0.5\n0.3\n0.1\n' >"$dir/x"
expect 3 "the 3 probabilities sum to 0.9; they must sum to 1" plan --prior "$dir/x"
printf '0.5\nhalf\n' >"$dir/x"
expect 3 "line 2: expected a number" plan --prior "$dir/x"
printf '0.5\nnan\n0.5\n' >"$dir/x"
expect 3 "line 2: nan is no probability" plan --prior "$dir/x"
printf '0.5,0.7\n# -0.2\n' >"$dir/x"
expect 3 "line 2: expected a number" plan --prior "$dir/x"
printf '0.5 0.7\n-0.2\n' >"$dir/x"
expect 3 "line 2: -0.2 is no probability of a class" plan --prior "$dir/x"
printf '1\n0\n' >"$dir/x"
expect 3 "line 2: 0 is no probability of a class" plan --prior "$dir/x"
: >"$dir/x"
expect 3 "holds 0 numbers; one for each class" plan --prior "$dir/x"
echo 1 >"$dir/x"
expect 3 "holds 1 number; one for each class" plan --prior "$dir/x"
python3 -c "
import struct, sys
head = b\"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\".ljust(117) + b'\n'
open(sys.argv[1], 'wb').write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(head)) + head + struct.pack('<3d', .5, .7, -.2))
" "$dir/x.npy"
expect 3 "element 2: -0.2 is no probability of a class" plan --prior "$dir/x.npy"
printf '5\n2.5\n' >"$dir/x"
expect 3 "line 2: 2.5 is no whole number of items" plan --class-counts "$dir/x"
printf '5\n5\n' >"$dir/x"
expect 2 "need 21 items; there are 10" plan --class-counts "$dir/x" --negatives 20 --without-replacement
expect 3 "No such file" plan --prior "$dir/none"
[ $failures = 0 ] && echo ok
exit $failures
