# SPDX-License-Identifier: Apache-2.0
# What results are worth: test items that are training items too are counted by train, eval and report; without labels
# eval and the report say what can be known; bounds are kept; results of an older step or of changed data are marked.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
quick="--epochs 1 --batch-size 16"
# told TEXT FILE: on one line of the file
told() { [ "$(grep -cF -- "$1" "$2")" = 1 ] || fail "$(grep -cF -- "$1" "$2") times '$1' in $2: $(head -c 1500 "$2")"; }
absent() { grep -qF -- "$1" "$2" && fail "'$1' in $2: $(grep -F -- "$1" "$2" | head -n 3)"; }
page() {
    "$akin" report "$1" >/dev/null 2>"$dir/err" || fail "report $1: $(cat "$dir/err")"
    tr '\n' ' ' <"$1/report.html" >"$dir/page"
    echo >>"$dir/page"
}

# tables: 9 of 30 test rows repeat training rows; folders of images: 3 of 6; texts: 4 of 20
awk 'BEGIN { srand(5); print "a,b,label"; for (i = 0; i < 90; i++) printf "%.4f,%.4f,%s\n", i % 3 + rand(), rand(), substr("xyz", i % 3 + 1, 1) }' >"$dir/all.csv"
mkdir "$dir/t"
head -n 61 "$dir/all.csv" >"$dir/t/train.csv"
{ head -n 1 "$dir/all.csv"; sed -n '5,13p' "$dir/all.csv"; tail -n 21 "$dir/all.csv"; } >"$dir/t/test.csv"
mkdir -p "$dir/i/train/a" "$dir/i/train/b" "$dir/i/test/a" "$dir/i/test/b"
for n in 1 2 3 4 5 6 7 8 9; do
    printf 'P5 4 4 255\n%s0123456789abcde' $n >"$dir/i/train/a/$n.pgm"
    printf 'P5 4 4 255\n0123%s456789abcde' $n >"$dir/i/train/b/$n.pgm"
done
cp "$dir/i/train/a/2.pgm" "$dir/i/train/a/3.pgm" "$dir/i/test/a"
cp "$dir/i/train/b/2.pgm" "$dir/i/test/b/again.pgm"
for n in x y z; do printf 'P5 4 4 255\n%s012345678-----e' $n >"$dir/i/test/b/$n.pgm"; done
awk 'BEGIN { srand(6); split("sun moon star tree river stone cloud wind", w); print "text\tlabel"
    for (i = 0; i < 80; i++) { for (k = 0; k < 6; k++) printf "%s ", w[1 + int(8 * rand())]; print (i % 2 ? "\tp" : "\tq") } }' >"$dir/all.tsv"
{ sed -n '1,71p' "$dir/all.tsv"; sed -n '12,15p' "$dir/all.tsv"; sed -n '76,81p' "$dir/all.tsv"; } >"$dir/x.tsv" # the last are held out

repeats() {
    run=$1 count=$2 of=$3
    shift 3
    "$akin" train --recipe none "$@" --out "$dir/$run" $quick >"$dir/out" 2>&1 || fail "train $run: $(cat "$dir/out")"
    told "$count of the $of test items are also in train, exactly" "$dir/out"
    told "$count of the $of test items are also in train, exactly" "$dir/$run/run.json"
    "$akin" eval "$dir/$run" --protocol mean,knn --json >"$dir/out" 2>"$dir/err" || fail "eval $run: $(cat "$dir/err")"
    told "warning: $count of the $of test items are also training items, exactly" "$dir/err"
    told "\"test_items\":$of,\"also_in_train\":$count,\"also_learned\":$count" "$dir/out"
    told "\"also_in_train\": $count" "$dir/$run/eval.json"
    page "$dir/$run"
    told "$count of the $of test items are also training items, exactly" "$dir/page"
}
repeats rt 9 30 "$dir/t" --label-column label
repeats ri 3 6 "$dir/i" --encoder mlp
repeats rx 4 20 "$dir/x.tsv" --holdout 0.25 --text-view crop

# another data set, of which the run learned some: 6 of 12, of which 2 are in its own training part as well
mkdir "$dir/o"
{ head -n 1 "$dir/all.csv"; tail -n 12 "$dir/all.csv"; } >"$dir/o/train.csv"
{ head -n 1 "$dir/all.csv"; sed -n '20,25p' "$dir/all.csv"; tail -n 2 "$dir/all.csv"; sed -n '65,68p' "$dir/all.csv"; } >"$dir/o/test.csv"
"$akin" eval "$dir/rt" --data "$dir/o" --protocol mean --json >"$dir/out" 2>"$dir/err" || fail "eval --data: $(cat "$dir/err")"
told "warning: 2 of the 12 test items are also training items" "$dir/err"
told "warning: the run learned from 6 of the 12 test items" "$dir/err"
told '"test_items":12,"also_in_train":2,"also_learned":6' "$dir/out"
absent data_changed "$dir/out"
page "$dir/rt"
told "The run learned from 6 of the 12 test items" "$dir/page"
"$akin" eval "$dir/rt" --data "$dir/o/test.csv" --protocol mean --json >"$dir/out" 2>"$dir/err" || fail "eval of one part: $(cat "$dir/err")"
told "warning: 6 of the 12 test items are also training items" "$dir/err"
told '"test_items":12,"also_in_train":6,"also_learned":6' "$dir/out"
mv "$dir/t" "$dir/away"
"$akin" eval "$dir/rt" --data "$dir/o" --protocol mean --json >"$dir/out" 2>"$dir/err" || fail "eval without own data"
told "which of the items the run learned from cannot be told" "$dir/err"
told '"also_learned":null' "$dir/out"
mv "$dir/away" "$dir/t"

# none in common: not a word
"$akin" train --recipe none "$dir/all.csv" --label-column label --holdout 0.3 --out "$dir/clean" $quick >"$dir/out" 2>&1 || fail "train"
absent "also in train" "$dir/out"
"$akin" eval "$dir/clean" --protocol mean --json >"$dir/out" 2>"$dir/err" || fail "eval"
told '"also_in_train":0,"also_learned":0' "$dir/out"
absent warning "$dir/err"

# numbers beyond what there is are told, or refused where nothing is left
says() {
    text=$1
    shift
    "$akin" "$@" >"$dir/out" 2>"$dir/err" || fail "akin $*: $(cat "$dir/err")"
    told "$text" "$dir/err"
}
says "there is no AVG-50: the training items are of 3 classes" eval "$dir/clean" --protocol kway --tasks 2,50 --baselines none
says "--k is 5000, and there are 63 training items: all of them vote" eval "$dir/clean" --protocol knn --k 5000 --baselines none
says "--protocol is given as 'knn' and as 'mean'; the last counts" eval "$dir/clean" --protocol knn --protocol mean --baselines none
"$akin" eval "$dir/clean" --labels 0.0001 2>"$dir/err" && fail "eval on no items"
told "--labels 0.0001 leaves none of the 63 training items" "$dir/err"
"$akin" train --recipe none "$dir/all.csv" --label-column label --holdout 0.3 --out "$dir/bare" $quick --head-out 0 --quiet >/dev/null || fail "train"
says "the run has no projection head" embed "$dir/bare" --layer projector -o "$dir/e.npy"
"$akin" eval "$dir/bare" --layer projector 2>"$dir/err" && fail "eval of a layer that is not there"
told "--layer backbone is all it has" "$dir/err"
# two runs on the same items: what the page says of their difference, from the items that each got right
for run in clean bare; do "$akin" eval "$dir/$run" --protocol mean,knn --baselines none --quiet >/dev/null || fail "eval $run"; done
"$akin" report "$dir/clean" "$dir/bare" -o "$dir/two.html" --quiet >/dev/null || fail "report of two runs"
if command -v python3 >/dev/null; then
    python3 - "$dir" <<'END' || fail "the difference of two runs"
import json, math, re, struct, sys

def right(run, protocol):
    raw = open(f"{sys.argv[1]}/{run}/eval-items.npy", "rb").read()
    width, data = int(re.search(rb"\d+, (\d+)\)", raw[:128]).group(1)), raw[10 + struct.unpack("<H", raw[8:10])[0]:]
    rows = json.load(open(f"{sys.argv[1]}/{run}/eval.json"))["results"]
    row = next(r for r in rows if r["protocol"] == protocol and r["encoder"] == "trained" and r["layer"] == "backbone")
    return data[row["items_row"] * width:][:width]

page = open(sys.argv[1] + "/two.html", encoding="utf-8").read()
table = re.search(r"Table 2\..*?</table>", page, re.S).group(0)
columns = re.findall(r"<small>(.*?)</small>", table)
cells = re.findall(r"<b>(\S+)</b><span.*? p (=|&lt;) (\S+)</span>", table.split("<tbody>")[1])
seen = 0
for name, (points, _, p) in zip(columns, cells):
    a, b = right("clean", name), right("bare", name)
    won, lost = sum(y > x for x, y in zip(a, b)), sum(x > y for x, y in zip(a, b))
    assert abs(float(points.replace("\u2212", "-")) - 100 * (won - lost) / len(a)) < 0.051, (name, points, won, lost)
    n, least = won + lost, min(won, lost)
    exact = [math.comb(n, k) / 2**n for k in range(least + 1)]
    mid = min(1, 2 * (sum(exact) - exact[-1] / 2)) # McNemar's test, mid-p
    assert abs(float(p) - mid) < 0.0051, (name, p, mid, won, lost)
    seen += won != lost
assert len(cells) == 2 and seen, (columns, cells)
END
fi
cp -r "$dir/clean" "$dir/half"
rm "$dir/half/DONE"
says "half' has no DONE: it is still running, or was interrupted" report "$dir/half"

# without labels: neighbours, and what would give an accuracy; an earlier accuracy stays
cut -d, -f1,2 "$dir/all.csv" >"$dir/plain.csv"
"$akin" train --recipe none "$dir/plain.csv" --out "$dir/rp" $quick --quiet >/dev/null || fail "train without labels"
page "$dir/rp"
told "has not been evaluated. Its data have no labels: " "$dir/page"
told "eval $dir/rp --data DATA" "$dir/page"
"$akin" eval "$dir/rp" --json >"$dir/out" 2>"$dir/err" || fail "eval without labels: $(cat "$dir/err")"
told "plain.csv has no labels, so there is no accuracy: only nearest neighbours are found" "$dir/err"
told "--data names a set with labels" "$dir/err"
told '"results":[],' "$dir/out"
told '"labelled":false' "$dir/out"
page "$dir/rp"
told "plain.csv has no labels, so there is no accuracy: " "$dir/page"
absent "has not been evaluated" "$dir/page"
"$akin" eval "$dir/rp" --split val >/dev/null 2>"$dir/err" || fail "eval --split val"
told "it has no val part either" "$dir/err"
cp "$dir/clean/eval.json" "$dir/rp/eval.json"
"$akin" eval "$dir/rp" --quiet >/dev/null || fail "eval again"
cmp -s "$dir/clean/eval.json" "$dir/rp/eval.json" || fail "an evaluation without labels took the accuracies away"

# bounds are kept and shown; results of another step than the newest are marked, until they are measured again
"$helpers/make_data" "$dir/set" 48 16 16 || exit 1
"$akin" train --recipe none "$dir/set" --out "$dir/r" --epochs 2 --keep-every 1 --batch-size 16 --width 8 --quiet >/dev/null || fail "train"
for verb in "eval --protocol mean --baselines none" bounds diagnose; do
    set -- $verb
    name=$1
    shift
    "$akin" "$name" "$dir/r" "$@" --checkpoint 3 --quiet >/dev/null 2>"$dir/err" || fail "$name: $(cat "$dir/err")"
done
told '"step": 3' "$dir/r/bounds.json"
page "$dir/r"
told '<h2>What theory says of it</h2>' "$dir/page"
told 'arora-lemma-4.3-hinge' "$dir/page"
for what in "The accuracies are of step 3; the newest checkpoint is of step 6" "The bounds are of step 3;" \
    "The measures of the embedding are of step 3;"; do
    told "$what" "$dir/page"
done
"$akin" bounds "$dir/r" >/dev/null 2>"$dir/err" || fail "bounds"
told "bounds.json keeps it for akin report" "$dir/err"
"$akin" eval "$dir/r" --protocol mean --baselines none --quiet >/dev/null && "$akin" diagnose "$dir/r" --quiet >/dev/null
page "$dir/r"
absent "the newest checkpoint is of step" "$dir/page"
told "Of step 6" "$dir/page"
printf '\001' | dd of="$dir/set/train-images-idx3-ubyte" bs=1 seek=40 conv=notrunc 2>/dev/null
"$akin" bounds "$dir/r" --quiet >/dev/null || fail "bounds of changed data"
page "$dir/r"
told "The bounds are of data that have changed since training" "$dir/page"
absent "The accuracies are of data" "$dir/page"
echo '{"bounds": 3}' >"$dir/r/bounds.json"
page "$dir/r"
told "bounds.json could not be used: it has no list of bounds." "$dir/page"
"$akin" train --recipe none "$dir/set" --out "$dir/r" --force --epochs 1 --batch-size 16 --width 8 --quiet >/dev/null || fail "train --force"
for left in bounds.json eval.json diagnose.json; do [ -e "$dir/r/$left" ] && fail "--force leaves $left"; done
[ $failures = 0 ] && echo ok
exit $failures
