# SPDX-License-Identifier: Apache-2.0
# Pairs of items from a file: lines and sparse matrices tell the same, what is recorded, that an interrupted run ends after
# --resume with the same bits, and what is refused, with the line.
akin=$1
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
fail() { echo "FAIL: $*" >&2; exit 1; }
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
mark() { sed -n '/"pairs": {/,/}/s/.*"fingerprint": "\([0-9a-f]*\)".*/\1/p' "$1/run.json"; }

awk -v OFS=, 'BEGIN { srand(3); print "u,v,w"; for (i = 0; i < 48; i++) print i % 4 + rand(), i % 2 + rand(), rand() }' >data.csv
awk -v OFS='\t' 'BEGIN { print "a\tb\tweight"; for (i = 0; i < 44; i++) print i, i + 4, 1 + i % 3; print "0\t1\tdifferent" }' >pairs.tsv
run="train data.csv --batch-size 16 --head-hidden 8 --head-out 4 --encoder linear --threads 2 --quiet"

# The same pairs with commas, quotes, remarks, another order and each way round are the same.
{ echo '# by hand'; sed '1d; s/different/-1/' pairs.tsv | sort -r | awk '{ print "\"" $2 "\" , " $1 ", " $3 "\r"; print "" }'; } >pairs.csv
for loss in xclr ntxent; do
    for form in tsv csv; do
        "$akin" $run --loss $loss --pair-file pairs.$form --epochs 3 --out $loss-$form || fail "$loss, $form: $?"
    done
    [ "$(sum $loss-tsv)" = "$(sum $loss-csv)" ] || fail "$loss: the forms give other weights"
    [ "$(mark $loss-tsv)" ] && [ "$(mark $loss-tsv)" = "$(mark $loss-csv)" ] || fail "$loss: other fingerprints"
done
grep -q '"alike": 44, *$' xclr-tsv/run.json && grep -q '"apart": 1, *$' xclr-tsv/run.json || fail "counts in run.json"
"$akin" $run --loss xclr --pairs views --pair-file pairs.tsv --epochs 1 --out views || fail "pairs views: $?"
"$akin" $run --loss xclr --epochs 3 --out alone || fail "xclr without pairs: $?"
[ "$(sum alone)" != "$(sum xclr-tsv)" ] || fail "the pairs change nothing"

# Resumed, also from another folder; other pairs are refused.
"$akin" $run --loss xclr --pair-file pairs.tsv --epochs 3 --checkpoint-every 3 --out cut || fail "cut: $?"
rm cut/DONE "cut/checkpoints/$(ls cut/checkpoints | grep step- | sort | tail -1)"
cp -r cut other
(cd / && "$akin" train --resume --out "$dir/cut" --quiet) || fail "resume: $?"
[ "$(sum cut)" = "$(sum xclr-tsv)" ] || fail "resumed: $(sum cut), at once: $(sum xclr-tsv)"
cp pairs.tsv kept.tsv
sed -i '2s/1$/2/' pairs.tsv
"$akin" train --resume --out other --quiet 2>err
[ $? = 3 ] && grep -q "pairs of '.*pairs.tsv' have changed since the run began" err || fail "changed pairs: $(cat err)"
mv kept.tsv pairs.tsv

refused() { # exit code, what is said, lines of the file
    code=$1 said=$2
    shift 2
    printf '%s\n' "$@" >bad.tsv
    "$akin" $run --loss xclr --pair-file bad.tsv --epochs 1 --out bad 2>err
    got=$?
    [ $got = "$code" ] && grep -q "$said" err && [ "$(wc -l <err)" = 1 ] || fail "$said: $got, $(cat err)"
    [ ! -e bad ] || fail "$said: a folder was made"
}
refused 3 "line 2: item 48; there are 48 to learn from, numbered from 0" "0,1" "3,48"
refused 3 "line 1: 'x' is no item that is learned from, by name (the first is '.*') or by number" "x,1"
# A number is a place among the items that are learned from, which is told.
echo '0,1' >few.csv
"$akin" ${run%--quiet} --holdout 0.25 --loss xclr --pair-file few.csv --epochs 1 --out held 2>err || fail "held out: $(cat err)"
grep -q "pairs: numbers count the 36 vectors that are learned from; 0 is 'train/0'" err || fail "numbers: $(cat err)"
refused 3 "line 2: item 5 with itself is no pair" "0,1" "5,5"
refused 3 "line 3: items 0 and 1 have the weight 2, and 1 in line 1" "0,1,1" "2,3" "1,0,2"
refused 3 "line 1: 'near' is no weight; expected a number, 'same' or 'different'" "0,1,near"
refused 3 "line 1: the weight is 0; it must be above 0" "0,1,0"
refused 3 "line 1: the weight is nan" "0,1,nan"
refused 3 "line 2: expected two items and perhaps a weight" "0,1" "5"
refused 3 "line 1: expected two items and perhaps a weight" "0,1,1,1"
refused 3 "line 1: a quote is not closed" '"0,1'
refused 3 "holds no pairs" "# nothing" ""
refused 3 "has no pair of items that are alike" "0,1,different"
"$akin" $run --loss xclr --pair-file none.tsv --epochs 1 --out bad 2>err && fail "a file that is not there"
grep -q "none.tsv" err || fail "no file: $(cat err)"
"$akin" $run --pairs listed --out bad 2>err; [ $? = 2 ] && grep -q -- "--pairs listed needs --pair-file" err || fail "listed: $(cat err)"
"$akin" $run --pairs views --pair-file pairs.tsv --out bad 2>err; [ $? = 2 ] && grep -q "nothing else reads pairs" err || fail "views: $(cat err)"

# A sparse matrix, where Python can write one.
command -v python3 >/dev/null || exit 0
python3 - <<'PY' || fail "matrix"
import io, struct, zipfile
rows = [[] for _ in range(48)]
for line in open("pairs.tsv").read().splitlines()[1:]:
    a, b, w = line.split("\t")
    w = -1.0 if w == "different" else float(w)
    rows[int(a)].append((int(b), w)); rows[int(b)].append((int(a), w))
def npy(descr, values, code):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }" % (descr, len(values))
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<%d%s" % (len(values), code), *values)
def save(name, size, flat, starts):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("indices.npy", npy("<i4", [k for k, _ in flat], "i"))
        z.writestr("indptr.npy", npy("<i4", starts, "i"))
        z.writestr("data.npy", npy("<f8", [w for _, w in flat], "d"))
        z.writestr("shape.npy", npy("<i8", [size, size], "q"))
flat = [e for r in rows for e in sorted(r)]
starts = [sum(len(r) for r in rows[:i]) for i in range(49)]
save("pairs.npz", 48, flat, starts)
save("size.npz", 47, flat, starts[:-1])
save("far.npz", 48, [(99, 1.0)] + flat[1:], starts)
save("two.npz", 48, [(flat[0][0], 9.0)] + flat[1:], starts)
PY
"$akin" $run --loss xclr --pair-file pairs.npz --epochs 3 --out xclr-npz || fail "npz: $?"
[ "$(sum xclr-npz)" = "$(sum xclr-tsv)" ] && [ "$(mark xclr-npz)" = "$(mark xclr-tsv)" ] || fail "the matrix tells something else"
for bad in "size:a matrix of 47 rows and 47 columns; there are 48 items" "far:entry 0: column 99" "two:have the weight"; do
    "$akin" $run --loss xclr --pair-file "${bad%%:*}.npz" --epochs 1 --out bad 2>err
    [ $? = 3 ] && grep -q "${bad#*:}" err || fail "$bad: $(cat err)"
done
exit 0
