# SPDX-License-Identifier: Apache-2.0
# Keep-lists of text and vectors: training on the items of a list is training on a file that holds nothing else; long tails
# and pruned lists are such lists; evaluation finds the run's own copy; lists of other sets are refused.
akin=$1
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
command -v python3 >/dev/null || { echo "python3 is not installed: skipped"; exit 77; }
cd "$dir" || exit 1
python3 - <<'PY'
import random
random.seed(1)
with open("t.csv", "w") as f:
    f.write("x,y,z,label\n")
    for i in range(300):
        f.write(",".join("%.4f" % random.gauss(i % 3 * 2, 1) for _ in range(3)) + ",c%d\n" % (i % 3))
words = [["red", "wine", "grape", "cork"], ["snow", "ice", "cold", "ski"], ["code", "loop", "bug", "test"]]
with open("l.tsv", "w") as f:
    f.write("text\tlabel\n")
    for i in range(300):
        f.write(" ".join(random.choice(words[i % 3] + ["the", "a"]) for _ in range(8)) + "\t%s\n" % "abc"[i % 3])
PY
small="--epochs 2 --batch-size 32 --threads 2 --quiet --force"
text="--loss cross-entropy --min-count 1" # without views, which are drawn for the place in the whole corpus

for file in t.csv l.tsv; do
    [ $file = l.tsv ] && more=$text || more=
    "$akin" data longtail $file -o tail.txt --ratio 10 --seed 1 --force --quiet || fail "$file: longtail exits $?"
    grep -q "counts by class 100 31 10" tail.txt || fail "$file: $(grep note tail.txt)"
    "$akin" inspect $file --keep tail.txt --json | grep -q '141' || fail "$file: inspect --keep"
    # the same rows as a file of their own
    python3 - $file <<'PY' || fail "$file: no list of names to read"
import sys
lines = open(sys.argv[1]).read().splitlines()
names = [l.strip() for l in open("tail.txt") if not l.startswith("#")]
at = [int(n.split("/")[1]) + 1 if "/" in n else int(n.split(":")[1]) - 1 for n in names]
assert len(at) == 141, len(at)
import os
os.makedirs("only", exist_ok=True)
with open("only/" + sys.argv[1], "w") as f:
    f.write("\n".join([lines[0]] + [lines[i] for i in sorted(at)]) + "\n")
PY
    "$akin" train --recipe none $file --out kept --keep tail.txt $small $more || fail "$file: train --keep exits $?"
    "$akin" train --recipe none only/$file --out alone $small $more || fail "$file: train exits $?"
    [ "$(sum kept)" = "$(sum alone)" ] || fail "$file: kept rows and a file of them give other weights"
    "$akin" train --recipe none $file --out all $small $more || fail "$file: train exits $?"
    [ "$(sum all)" != "$(sum alone)" ] || fail "$file: --keep changes nothing"
    # the run has its own copy: names of the whole, wherever the list has gone
    rm tail.txt
    "$akin" embed --form plain kept --split train -o e.npy --force --quiet || fail "$file: embed exits $?"
    [ "$(wc -l <e.names.txt)" = 141 ] || fail "$file: not 141 names"
    grep -v '^#' kept/keep.txt | sort >a; sort e.names.txt >b
    cmp -s a b || fail "$file: other names than the list's"
    # prune writes a list of the whole set
    "$akin" prune kept -o less.txt --drop-difficult 0.2 --others 50 --draws 1 --force --quiet || fail "$file: prune exits $?"
    [ "$(grep -vc '^#' less.txt)" = 113 ] || fail "$file: $(grep kept less.txt)"
    "$akin" train --recipe none $file --out less --keep less.txt $small $more || fail "$file: train on what is left exits $?"
    cp less.txt less-$file.txt
done

# splits: the list goes with the same hold-out; eval tests on all of test
"$akin" data longtail t.csv -o held.txt --ratio 10 --seed 1 --holdout 0.2 --quiet || fail "longtail --holdout exits $?"
"$akin" train --recipe none t.csv --out held --keep held.txt --holdout 0.2 $small || fail "train --holdout exits $?"
"$akin" eval held --protocol knn --baselines none --json --quiet | grep -Eq '"n": ?60\b' || fail "eval does not test on all of test"
"$akin" train --recipe none t.csv --out x --keep held.txt $small 2>err
[ $? = 3 ] && grep -q "made for the 240 rows of 't.csv'; train of 't.csv' has 300" err || fail "$(cat err)"

# lists of another set, a list that is to be a folder, rows of pairs
sed 's/c0/c9/' t.csv | sed '2s/^[^,]*/9/' >u.csv
"$akin" train --recipe none u.csv --out x --keep less-t.csv.txt $small 2>err
[ $? = 3 ] && grep -q "its rows are others, so places in it mean nothing" err || fail "$(cat err)"
"$akin" train --recipe none l.tsv --out x --keep less-t.csv.txt $small 2>err
[ $? = 3 ] && grep -q "is no item of split 'train' of 'l.tsv'" err || fail "$(cat err)"
"$akin" data longtail l.tsv -o folder 2>err
[ $? = 2 ] && grep -q "of which a keep-list is made: name it FILE.txt with -o" err || fail "$(cat err)"
printf 'anchor\tpositive\na b\tb c\nc d\td e\n' >p.tsv
"$akin" train --recipe none p.tsv --out x --keep less-l.tsv.txt $small 2>err
[ $? = 3 ] && grep -q "has rows with anchor and positive, of which no items can be left out" err || fail "$(cat err)"
echo ok
