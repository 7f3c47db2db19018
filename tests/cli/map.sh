# SPDX-License-Identifier: Apache-2.0
# akin map: of a file, of a run, on an old map; what stands beside; the same bits; what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
"$helpers/make_data" "$dir/data" 60 20 16 || exit 1
cd "$dir" || exit 1
"$akin" train --recipe none data --out run --epochs 1 --batch-size 20 --width 8 --encoder cnn4 --head-hidden 8 --head-out 8 --quiet || exit 1
"$akin" embed run -o e.npy --quiet || exit 1
"$akin" embed run -o t.npy --split test --quiet || exit 1
holds() { grep -qF -- "$2" "$1" || fail "no '$2' in $1: $(head -c 600 "$1")"; }

"$akin" map e.npy -o m.npy --epochs 30 --svg m.svg >out 2>err || fail "map: $(cat err)"
holds out "recall at 15"
holds out "neighbours     10 of each, exact"
holds m.set.json '"command": "map", "of": "e.npy"'
holds m.set.json '"recall15": 0.'
cmp -s e.names.txt m.names.txt || fail "the names are not those of the items"
cmp -s e.labels.npy m.labels.npy || fail "the labels are not those of the items"
[ "$(grep -o 'h0' m.svg | wc -l)" = 60 ] || fail "not 60 dots"
grep -q 'shape.: (60, 2)' m.npy || fail "not [60,2]"
"$akin" map run -o r.npy --epochs 30 --threads 1 --json >out 2>err || fail "map of a run: $(cat err)"
cmp -s m.npy r.npy || fail "a run and its embeddings have two maps"
cmp -s m.names.txt r.names.txt || fail "a run and its embeddings have two lists of names"
holds out '"map":"r.npy","of":"run"'
holds out '"seconds_layout":'
"$akin" map e.npy -o s.npy --epochs 30 --seed 1 --quiet >/dev/null || fail "another seed"
cmp -s m.npy s.npy && fail "the seed changes nothing"
"$akin" map e.npy -o s.npy --epochs 30 --loss neg --spectrum 1 --search approximate --threads 2 --force --quiet >/dev/null || fail "neg"
"$akin" map e.npy -o s3.npy --epochs 30 --loss neg --spectrum 1 --search approximate --threads 3 --quiet >/dev/null || fail "neg"
cmp -s s.npy s3.npy || fail "threads change the map"

# On an old map.
"$akin" map t.npy --place m.npy -o p.npy --json >out 2>err || fail "place: $(cat err)"
holds out '"placed_on":"m.npy"'
grep -q 'shape.: (20, 2)' p.npy || fail "not [20,2]"
"$akin" map run --split test --place r.npy -o p2.npy --quiet >/dev/null || fail "place of a run"
cmp -s p.npy p2.npy || fail "places of a run and of its embeddings differ"
expect 2 "--k is as the old map has it" map t.npy --place m.npy -o p3.npy --k 5
expect 2 "--old is for --place" map t.npy -o p3.npy --old e.npy
mv e.npy f.npy
expect 3 "e.npy" map t.npy --place m.npy -o p3.npy
"$akin" map t.npy --place m.npy --old f.npy -o p3.npy --quiet >/dev/null || fail "--old"
cmp -s p.npy p3.npy || fail "places change with the name of the old rows"
expect 3 "is a map of other rows than 't.npy'" map t.npy --place m.npy --old t.npy -o p4.npy
mv f.npy e.npy
cp m.npy copy.npy
expect 3 "says what it is a map of" map t.npy --place copy.npy -o p4.npy
expect 3 "is no map" map t.npy --place e.npy -o p4.npy
printf x >>m.npy
expect 3 "is not as akin map wrote it" map t.npy --place m.npy -o p4.npy

# Nothing is near where all is equal, and that is said.
python3 - <<'P'
import struct
head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (40, 3), }"
with open("same.npy", "wb") as f:
    f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + head.ljust(117) + b"\n" + struct.pack("<3f", 1, 2, 3) * 40)
P
"$akin" map same.npy -o equal.npy --quiet >out 2>err || fail "equal rows: $(cat err)"
grep -q "all rows of 'same.npy' are equal" err || fail "equal rows are not told"

# Refused, with nothing written.
expect 2 "where to?" map e.npy
expect 2 "'r.npy' exists" map e.npy -o r.npy
expect 2 "'m.svg' exists" map e.npy -o n.npy --svg m.svg
expect 2 "--spectrum is for --loss neg" map e.npy -o n.npy --spectrum 1
expect 2 "--draws is for" map e.npy -o n.npy --loss infonce --draws 9
expect 2 "is no run folder" map e.npy data -o n.npy
mkdir -p nothing
expect 3 "'nothing' is no run folder: it has no run.json" map nothing -o n.npy
expect 3 "cannot open" map none.npy -o n.npy
[ -e n.npy ] || [ -e n.set.json ] && fail "a refused map left a file"
[ $failures = 0 ] && echo ok
exit $failures
