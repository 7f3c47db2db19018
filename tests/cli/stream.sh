# SPDX-License-Identifier: Apache-2.0
# --cache 0: a folder of pictures that is read anew wherever it is wanted gives what the same folder gives in memory:
# inspection, views, training, embeddings, evaluation, diagnosis.
akin=$1
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }

python3 - "$dir/data" <<'PY' || fail "no data"
import os, random, struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
random.seed(3)
for split, n in (("train", 24), ("test", 8)):
    for k in range(3):
        os.makedirs(f"{sys.argv[1]}/{split}/class{k}")
        for i in range(n):
            side = random.choice((12, 14))  # brought to one size by --size
            rows = b"".join(b"\0" + bytes((x * 9 * (k + 1) + y * 5 + random.randrange(60)) & 255
                                          for x in range(side) for c in range(3)) for y in range(side))
            with open(f"{sys.argv[1]}/{split}/class{k}/{i:02}.png", "wb") as f:
                f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
                        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PY

# what inspect says, but for what it keeps
"$akin" inspect "$dir/data" --size 12 --json >"$dir/all.json" || fail "inspect exits $?"
"$akin" inspect "$dir/data" --size 12 --cache 0 --json >"$dir/none.json" || fail "inspect --cache 0 exits $?"
python3 - "$dir" <<'PY' || fail "inspect --cache 0 says something else"
import json, sys
a, b = (json.load(open(f"{sys.argv[1]}/{name}.json")) for name in ("all", "none"))
assert a.pop("cached") == 96 and b.pop("cached") == 0 and a == b, (a, b)
PY
"$akin" inspect "$dir/data" --size 12 --cache 0 | grep -q "beyond the cache, which holds no images" || fail "not told"
"$akin" inspect "$dir/data" --size 12 --cache=-1 2>"$dir/err"
[ $? = 2 ] || fail "--cache -1 must be refused"
"$akin" inspect "$dir/data/train/class0/00.png" --cache 0 >"$dir/out" 2>"$dir/err" || fail "one image: $(cat "$dir/err")"
grep -q 'splits *train 1$' "$dir/out" || fail "one image is a set of one: $(cat "$dir/out")"

# the sheet of views
for c in 0 9; do
    "$akin" data views "$dir/data" --size 12 --cache $c -o "$dir/views$c.png" --quiet || fail "views exits $?"
done
cmp "$dir/views0.png" "$dir/views9.png" || fail "other views"

# a run and what is read of it
small="--size 12 --epochs 2 --batch-size 24 --encoder linear --head-out 8 --threads 2 --quiet"
"$akin" train --recipe none "$dir/data" --out "$dir/all" $small || fail "train exits $?"
"$akin" train --recipe none "$dir/data" --out "$dir/none" $small --cache 0 --workers 2 || fail "train --cache 0 exits $?"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
[ "$(sum "$dir/all")" = "$(sum "$dir/none")" ] || fail "other weights"
cmp "$dir/all/gallery/views.npy" "$dir/none/gallery/views.npy" || fail "another gallery"
for run in all none; do
    "$akin" embed --form plain "$dir/$run" -o "$dir/$run.npy" --quiet || fail "embed exits $?"
    "$akin" eval "$dir/$run" --quiet || fail "eval exits $?"
    "$akin" diagnose "$dir/$run" --json >"$dir/$run.json" || fail "diagnose exits $?"
done
cmp "$dir/all.npy" "$dir/none.npy" || fail "other embeddings"
for run in all none; do grep -v '"seconds"' "$dir/$run/eval.json" >"$dir/$run.eval"; done
cmp "$dir/all.eval" "$dir/none.eval" || fail "another evaluation"
cmp "$dir/all/gallery/neighbours-pixels.npy" "$dir/none/gallery/neighbours-pixels.npy" || fail "other neighbours"
sed "s#$dir/[a-z]*##" "$dir/all.json" >"$dir/a"
sed "s#$dir/[a-z]*##" "$dir/none.json" >"$dir/b"
cmp "$dir/a" "$dir/b" || fail "another diagnosis"
"$akin" embed --form plain "$dir/none" -o "$dir/again.npy" --cache 1 --quiet || fail "embed --cache exits $?"
cmp "$dir/all.npy" "$dir/again.npy" || fail "other embeddings with a cache"

exit 0
