# SPDX-License-Identifier: Apache-2.0
# Data in several files that braces name: vectors and images in .npy, texts in lines. What is learned from them, and what is
# said of them, is that of one file with the same rows; a file that is not there, or not as the others, is refused by its name.
akin=$1
. "$(dirname "$0")/expect.inc"
command -v python3 >/dev/null || { echo "python3 is not installed: skipped"; exit 77; }
cd "$dir" || exit 1
mkdir v i t
python3 - <<'PY' || exit 1
import random, struct
random.seed(1)
def npy(path, kind, shape, numbers, fortran=False):
    head = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (kind, fortran, shape)
    head += " " * (-(len(head) + 11) % 64) + "\n"
    code = {"<f4": "f", "<f8": "d", "|u1": "B", "<i4": "i"}[kind]
    open(path, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<%d%s" % (len(numbers), code), *numbers))
sizes, i = (3, 11, 0, 7, 10), 0
rows, pixels, labels, lines = [], [], [], []
for shard, n in enumerate(sizes):
    k = [(i + j) % 3 for j in range(n)]
    r = [[random.gauss(2 * (c % 3 == x), 1) for c in range(8)] for x in k]
    p = [[80 * (c % 3 == x) + random.randrange(120) for c in range(432)] for x in k]
    l = [" ".join("abc"[x] + str(random.randrange(9)) for _ in range(6)) + " all\n" for x in k]
    # one of them in Fortran's order
    flat = [r[a][b] for b in range(8) for a in range(n)] if shard == 3 else sum(r, [])
    npy("v/x-%02d.npy" % shard, "<f8", (n, 8), flat, shard == 3)
    npy("i/p_%d.npy" % shard, "|u1", (n, 12, 12, 3), sum(p, []))
    npy("i/p_%d-labels.npy" % shard, "<i4", (n,), k)
    open("t/lines-%d.txt" % shard, "w").write("".join(l))
    rows, pixels, labels, lines, i = rows + sum(r, []), pixels + sum(p, []), labels + k, lines + l, i + n
npy("v/one.npy", "<f8", (i, 8), rows)
npy("i/one.npy", "|u1", (i, 12, 12, 3), pixels)
for name in "v/one-labels.npy", "v/x-labels.npy", "i/one-labels.npy": npy(name, "<i4", (i,), labels)
npy("v/one-groups.npy", "<i4", (i,), [j // 4 for j in range(i)])
npy("v/one-times.npy", "<i4", (i,), [-j for j in range(i)])
npy("v/x-groups.npy", "<i4", (i,), [j // 4 for j in range(i)])
at = 0
for shard, n in enumerate(sizes): npy("v/x-%02d-times.npy" % shard, "<i4", (n,), [-j for j in range(at, at + n)]); at += n
open("t/one.txt", "w").write("".join(lines))
PY
net="--head-hidden 8 --head-out 8 --batch-size 8 --epochs 2 --threads 1 --quiet"
vectors="--width 8 --pairs near" images="--encoder cnn4 --width 8" disk="--encoder cnn4 --width 8 --cache 0" texts="--text-view erase --dim 8"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
field() { tr -d ' \n' <"$1/run.json" | grep -o "\"$2\":\"[^\"]*\""; }
# shellcheck disable=SC2086
alike() { # alike NAME ONE MANY OPTIONS...
    name=$1 one=$2 many=$3
    shift 3
    "$akin" train --recipe none "$one" --out "$name-one" $net "$@" 2>err || fail "$name, one file: $(cat err)"
    "$akin" train --recipe none "$many" --out "$name-many" $net "$@" 2>err || fail "$name, a range: $(cat err)"
    [ "$(sum "$name-one")" ] && [ "$(sum "$name-one")" = "$(sum "$name-many")" ] || fail "$name: other weights than from one file"
    [ "$(field "$name-one" fingerprint)" = "$(field "$name-many" fingerprint)" ] || fail "$name: another fingerprint"
    for of in one many; do
        eval "data=\$$of"
        "$akin" inspect "$data" --json 2>err | sed 's/"\(path\|name\)": *"[^"]*"//g' >$of.json
    done
    [ -s one.json ] && cmp -s one.json many.json || fail "$name: inspect: $(cat err; diff one.json many.json)"
}
alike vectors v/one.npy 'v/x-{00..04}.npy' $vectors
alike images i/one.npy 'i/p_{0..4}.npy' $images
alike disk i/one.npy 'i/p_{0..4}.npy' $disk
[ "$(sum disk-many)" = "$(sum images-many)" ] || fail "images on disk: other weights than in memory"
# shellcheck disable=SC2086
"$akin" train --recipe none v/one.npy --out rows $net $vectors --cache 0 2>err || fail "rows on disk: $(cat err)"
[ "$(sum rows)" = "$(sum vectors-one)" ] || fail "rows on disk: other weights than in memory"
alike texts t/one.txt 't/lines-{0..4}.txt' $texts

# a run goes on from another folder, and is used there; items have names that tell their files, of texts
"$akin" train --recipe none 'v/x-{00..04}.npy' --out cut $net $vectors --checkpoint-every 4 2>err || fail "$(cat err)"
rm cut/DONE cut/checkpoints/step-0000000006.safetensors
(cd / && "$akin" train --resume "$dir/cut" --quiet 2>"$dir/err") && [ "$(sum cut)" = "$(sum vectors-one)" ] || fail "resume: $(cat err)"
for of in one many; do
    for what in vectors disk texts; do
        (cd / && "$akin" embed --form plain "$dir/$what-$of" -o "$dir/$what-$of.npy" --quiet 2>"$dir/err") || fail "embed $what: $(cat err)"
    done
done
for what in vectors disk texts; do cmp $what-one.npy $what-many.npy || fail "$what: other embeddings"; done
cmp vectors-one.names.txt vectors-many.names.txt && cmp vectors-one.labels.npy vectors-many.labels.npy || fail "other names or labels"
[ "$(sed -n 4p texts-many.names.txt)" = lines-1.txt:1 ] && [ "$(wc -l <texts-many.names.txt)" = 31 ] || fail "names: $(head -5 texts-many.names.txt)"
"$akin" embed --form plain vectors-one 'v/x-{00..04}.npy' -o other.npy --quiet && cmp other.npy vectors-one.npy || fail "embed of a range"

# splits by the names of the files
for part in train test; do for k in 0 1; do cp v/x-0$k.npy v/$part-$k.npy; cp t/lines-$k.txt t/$part-$k.txt; cp i/p_$k.npy i/$part-$k.npy; done; done
for data in 'v/{train,test}-{0..1}.npy' 'i/{train,test}-{0..1}.npy' 't/{train,test}-{0..1}.txt'; do
    "$akin" inspect "$data" --json >out 2>err && [ "$(tr -d ' \n' <out | grep -o '"n":14' | wc -l)" = 2 ] || fail "$data: $(cat out err)"
done

# what is refused, by its name
expect 3 "v/x-05.npy' is not there, one of the 6 files of" train --recipe none 'v/x-{00..05}.npy' --out no --quiet
expect 3 "t/lines-5.txt' is not there" train --recipe none 't/lines-{0..5}.txt' --out no --quiet
expect 3 "names 'v/x-00.npy' twice" inspect 'v/x-{00,00}.npy'
expect 3 "braces hold a range" inspect 'v/x-{03..00}.npy'
cp i/p_0.npy v/x-05.npy
expect 3 "'v/x-05.npy' is [n,12,12,3], 'v/x-00.npy' is [n,8]; they are one array" inspect 'v/x-{00..05}.npy'
cp vectors-one.npy v/x-05.npy
expect 3 "'v/x-05.npy' holds float32, 'v/x-00.npy' float64; they are one array" inspect 'v/x-{00..05}.npy'
echo no array >v/x-05.npy
expect 3 "'v/x-05.npy' is not a .npy file" inspect 'v/x-{00..05}.npy'
rm v/x-04-times.npy
expect 3 "'v/x-04-times.npy' is not there, and " inspect 'v/x-{00..04}.npy'
cp i/p_0-labels.npy i/p_1-labels.npy
expect 3 "'i/p_1-labels.npy' has 3 labels for 11 images" inspect 'i/p_{0..4}.npy'
cp i/one-labels.npy i/p-labels.npy
expect 3 "there are 'i/p-labels.npy' of all files, and 'i/p_0-labels.npy' of one" inspect 'i/p_{0..4}.npy'
rm i/p_*-labels.npy
"$akin" inspect 'i/p_{0..4}.npy' --json >out 2>err && tr -d ' \n' <out | grep -q '"labels":true' || fail "labels of all: $(cat out err)"
printf 'a,b\n1,2\n3,4\n' >n-0.csv
cp n-0.csv n-1.csv
expect 2 "names several tables of numbers" inspect 'n-{0..1}.csv' --format csv
[ ! -e no ] || fail "a run of what was refused"
exit $failures
