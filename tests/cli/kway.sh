# SPDX-License-Identifier: Apache-2.0
# akin eval --protocol kway on files and on a run: the keys of its JSON, its table, and one clear line for bad lists.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
holds() { grep -qF -- "$1" "$dir/out" || fail "no '$1' in: $(head -c 1200 "$dir/out")"; }

# npy FILE ROWS COLUMNS BYTES...: a little .npy of uint8
npy() {
    file=$1 header="{'descr': '|u1', 'fortran_order': False, 'shape': ($2, $3), }"
    while [ $(((${#header} + 11) % 64)) != 0 ]; do header="$header "; done
    shift 3
    {
        printf '\223NUMPY\001\000'
        printf "\\$(printf '%03o' $((${#header} + 1)))\\000%s\\n" "$header"
        for b in "$@"; do printf "\\$(printf '%03o' "$b")"; done
    } >"$file"
}
# Three classes on the axes. The mean of class 0 is (8,0,0), of class 1 (0,4,0), of class 2 (0,0,2). Test rows, by hand:
#   (2,1,1) of 0: scores 16 4 2, right in both pairs          (1,3,0) of 1: 8 12 0, right in both
#   (2,1,0) of 1: 16 4 0, wrong against 0                     (1,1,3) of 2: 8 4 6, wrong against 0
# class 0 has 1, class 1 has 3/4, class 2 has 1/2 of its pairs: AVG-2 = 3/4; AVG-3 = (1 + 1/2 + 0)/3 = 1/2;
# TOP-1 = 2/4, TOP-2 = 4/4. Pairs by rows: 01 2/3, 02 1/2, 12 3/3: AVG-2 pooled = 13/18.
npy "$dir/a.npy" 6 3 9 0 0 7 0 0 0 4 0 0 4 0 0 0 2 0 0 2
npy "$dir/b.npy" 4 3 2 1 1 1 3 0 2 1 0 1 1 3
printf '0\n0\n1\n1\n2\n2\n' >"$dir/ya"
printf '0\n1\n1\n2\n' >"$dir/yb"
files="--features $dir/a.npy --labels $dir/ya --test-features $dir/b.npy --test-labels $dir/yb"

"$akin" eval $files --protocol kway --tasks 2,3,5 --top 1,2,3 --whiten off --json >"$dir/out" || fail "kway --json"
[ "$(wc -l <"$dir/out")" = 1 ] || fail "--json is not one line"
holds '"protocol":"kway-v1"'
holds '"classifier":"mean"'
holds '"classifier":"mean5"'
holds '"classifier":"linear"'
holds '"avg":{"2":0.75,"3":0.5,"5":null}'
holds '"avg_interval":"jackknife-over-classes"'
holds '"avg_interval":"student-over-draws"'
holds '"avg2_pooled":0.7222222222222'
holds '"top":{"1":0.5,"2":1.0,"3":null}'
holds '"top_ci95":{"1":[0.15'
holds '"rows":"raw"'
holds '"top1":0.5'
grep -o '"avg_ci95":{"2":[^}]*' "$dir/out" | grep -q '"3":null' || fail "an interval for a task of all classes"
"$akin" eval $files --protocol kway --tasks 2 --top 1 --rows unit --whiten off --json >"$dir/out" || fail "--rows unit"
holds '"rows":"unit"'
holds '"avg":{"2":0.9166666666666' # means (1,0,0), (0,1,0), (0,0,1): only the third row is wrong, once: (1 + 3/4 + 1)/3

"$akin" eval $files --protocol kway --tasks 2 --top 1 >"$dir/out" || fail "kway as a table"
holds 'kway-v1, 3 classes, %'
holds 'AVG-2'
holds 'mean of 5 a class, 10 draws'
holds 'whitened by the training rows'
[ "$(grep -c 'linear (lambda' "$dir/out")" = 1 ] || fail "the linear layer is asked for whitened features too"
grep -q ' $' "$dir/out" && fail "blanks at the end of a line"

"$akin" eval $files --protocol kway --tasks 2,3 --fit-tasks 3 --whiten off --json >"$dir/out" || fail "--fit-tasks"
holds '"fit_tasks":3,"fitted":{"2":'
[ "$(grep -o '"fitted"' "$dir/out" | wc -l)" = 1 ] || fail "more than the linear layer is fitted to tasks"
"$akin" eval $files --protocol kway --fit-tasks 3 --whiten off >"$dir/out" || fail "--fit-tasks as a table"
holds 'fitted to each of 3 tasks'
expect 2 "--fit-tasks is 1" eval $files --protocol kway --fit-tasks 1

"$akin" eval $files --protocol kway --classifiers mean --whiten off --json >"$dir/out" || fail "--classifiers"
[ "$(grep -o '"classifier"' "$dir/out" | wc -l)" = 1 ] || fail "--classifiers mean gives more than one row"
holds '"classifier":"mean"'
grep -q '"labels_per_class":5' "$dir/out" && fail "--classifiers mean gives the mean of five"
expect 2 "did you mean 'linear'" eval $files --protocol kway --classifiers mean,linar
expect 2 "--classifiers has ''" eval $files --protocol kway --classifiers mean,

expect 2 "--tasks has 1; each must be between 2 and" eval $files --protocol kway --tasks 1
expect 2 "--tasks has 'x'" eval $files --protocol kway --tasks 2,x
expect 2 "--tasks has ''" eval $files --protocol kway --tasks 2,
expect 2 "--tasks has 2 after 10" eval $files --protocol kway --tasks 10,2
expect 2 "--tasks has more than 8" eval $files --protocol kway --tasks 2,3,4,5,6,7,8,9,10
expect 2 "--top has 0" eval $files --protocol kway --top 0
expect 2 "--top has '1.5'" eval $files --protocol kway --top 1.5
expect 2 "--rows is 'mean'" eval $files --protocol kway --rows mean
expect 2 "did you mean 'kway'" eval $files --protocol kwai

# a run
"$helpers/make_data" "$dir/data" 64 24 16 || exit 1
"$akin" train --recipe none "$dir/data" --out "$dir/r" --epochs 1 --batch-size 32 --quiet >/dev/null || fail "train"
"$akin" eval "$dir/r" --protocol mean,kway --tasks 2,3 --top 1,2 --baselines none --whiten off --quiet --json >"$dir/out" ||
    fail "eval RUN"
holds '"avg":{"2":'
holds '"layer":"backbone"'
holds '"rows":"unit"' # as ntxent takes them
grep -q '"split": "test"' "$dir/r/eval.json" || fail "eval.json does not say which part it is of"
expect 3 "no val part to report on" eval "$dir/r" --split val
"$akin" report "$dir/r" --quiet >/dev/null || fail "report with kway in eval.json"
"$akin" eval "$dir/r" --protocol kway --tasks 2,3 --top 1,2 --baselines none --whiten off >"$dir/out" || fail "eval RUN"
grep -Eq '^  linear +AVG-2 +[0-9.]+ %   [0-9.]+ to [0-9.]+$' "$dir/out" || fail "no AVG-2 of the linear layer: $(cat "$dir/out")"
"$akin" eval "$dir/r" --protocol kway --rows raw --baselines none --whiten off --json >"$dir/out" || fail "eval RUN --rows raw"
holds '"rows":"raw"'

# beside the baselines: AVG-k over classes or draws, TOP-R over items or draws of labels and items
"$akin" eval "$dir/r" --protocol mean,kway --tasks 2,3 --top 1,2 --quiet || fail "eval beside baselines"
python3 - "$dir/r/eval.json" <<'PY' || fail "the differences of kway and of few labels are not as documented"
import json, sys
rows = json.load(open(sys.argv[1]))["results"]
key = lambda r: (r["protocol"], r.get("classifier"), r.get("labels_per_class"), r["layer"].endswith("-white"))
shown = 0
for r in rows:
    few = bool(r.get("draws"))
    assert "items_row" not in r if few or "avg" in r else "items_row" in r
    for a in r.get("against", []):
        other = [o for o in rows if key(o) == key(r) and o["encoder"] == a["encoder"] and (
            a["encoder"] == "none" or o["layer"] == r["layer"])][0]
        assert a["interval"] == ("student-over-draws-and-items" if few else "tango-score"), a
        cells = [(a, r["top1"], other["top1"])]
        for part in "avg", "top":
            for k, c in a.get(part, {}).items():
                assert abs(c["value"] - other[part][k]) < 1e-8
                cells.append((c, r[part][k], other[part][k]))
                if part == "avg":
                    assert c["interval"] == ("student-over-draws" if few else "jackknife-over-classes"), c
        for c, mine, theirs in cells:
            shown += 1
            assert abs(c["difference"] - (mine - theirs)) < 1e-8, (r, c)
            assert c["ci95"][0] <= c["difference"] + 1e-8 and c["difference"] <= c["ci95"][1] + 1e-8 and 0 <= c["p"] <= 1
            assert c["verdict"] == ("level" if c["p"] > 0.05 else "above" if c["difference"] > 0 else "below"), c
    if "avg" in r and r["encoder"] == "trained":
        assert set(r["against"][0]["avg"]) == {"2", "3"} and set(r["against"][0]["top"]) == {"1", "2"}, r
assert shown > 60, shown
PY
"$akin" report "$dir/r" --quiet >/dev/null || fail "report with kway beside baselines"
grep -q "Tasks of k classes" "$dir/r/report.html" || fail "the report does not show tasks of k classes"
"$akin" eval "$dir/r" --protocol kway --whiten off --classifiers mean,mean5 >"$dir/out" || fail "eval RUN"
grep -Eq '^  against pixels, AVG-2 +[+-]' "$dir/out" || fail "no difference of AVG-2: $(cat "$dir/out")"
[ -z "$(awk 'length > 80' "$dir/out")" ] || fail "more than 80 columns: $(awk 'length > 80' "$dir/out" | head -1)"

# documents: a quarter of each is val, a sixth test
mkdir "$dir/docs"
for d in a b c; do
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "the $d of $d and number $i"; done >"$dir/docs/$d.txt"
done
"$akin" train --recipe none "$dir/docs" --out "$dir/t" --hold-val 0.25 --holdout 0.167 --pairs group --loss infonce --epochs 1 --batch-size 8 \
    --buckets 100 --min-count 1 --quiet >/dev/null || fail "train on documents"
for part in test:6 val:9; do
    "$akin" eval "$dir/t" --target group --split ${part%:*} --protocol kway --classifiers mean --tasks 2 --top 1 \
        --baselines none --whiten off --quiet --json >"$dir/out" || fail "eval --split ${part%:*}"
    holds "\"n\":${part#*:},"
done
exit $((failures > 0))
