# SPDX-License-Identifier: Apache-2.0
# akin data views: the picture holds, cell by cell, the views that a run of the same seed and options is given.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
"$helpers/make_data" "$dir/data" 64 16 16 || exit 1
recipe="--augment simclr-cifar --crop-min 0.3 --blur-prob 0.5 --seed 5"
"$akin" train --recipe none "$dir/data" --out "$dir/r" --epochs 1 --batch-size 16 --encoder mlp --quiet $recipe || fail "train exits $?"
"$akin" data views "$dir/data" -o "$dir/v.png" --enlarge 1 --per-item 3 $recipe >"$dir/names" 2>/dev/null || fail "views exits $?"
[ "$(sed -n 2p "$dir/names")" = "row 2  train/8" ] || fail "names: $(cat "$dir/names")"
"$akin" data views "$dir/data" -o "$dir/c.png" --enlarge 1 --per-item 3 --config "$dir/r/run.json" --quiet || fail "--config exits $?"
cmp -s "$dir/v.png" "$dir/c.png" || fail "options of a run give other views than the same options as flags"
"$akin" data views "$dir/data" -o "$dir/e.png" --enlarge 1 --per-item 1 --epoch 1 --quiet $recipe || fail "--epoch exits $?"
"$akin" data views "$dir/data" -o "$dir/big.png" --json --quiet $recipe >"$dir/json" || fail "--json exits $?"
python3 -c "import json; r = json.load(open('$dir/json')); assert len(r['items']) == 8 and r['width'] > 9 * 64, r" || fail "$(cat "$dir/json")"
if command -v pngtopnm >/dev/null; then
    for f in v e; do pngtopnm "$dir/$f.png" >"$dir/$f.pgm" || fail "not a PNG file"; done
    python3 - "$dir" <<'PY' || fail "cells of the sheet differ from the views of the run"
import sys
def pgm(path):
    magic, size, levels, rest = open(path, "rb").read().split(b"\n", 3)
    w, h = map(int, size.split())
    assert magic == b"P5" and levels == b"255" and len(rest) == w * h
    return w, rest
raw = open(sys.argv[1] + "/r/gallery/views.npy", "rb").read()
views = raw[-8 * 8 * 256:]                      # [8 items, 1 + 7 views of epoch 0, 16, 16, 1]
def cell(sheet, row, column):
    w, rest = sheet
    left, top = 2 + column * 18 + (6 if column else 0), 2 + row * 18
    return b"".join(rest[(top + y) * w + left:(top + y) * w + left + 16] for y in range(16))
sheet, later = pgm(sys.argv[1] + "/v.pgm"), pgm(sys.argv[1] + "/e.pgm")
for r in range(8):
    for c in range(3):                          # the item, and views 0 and 1
        at = (r * 8 + c) * 256
        assert cell(sheet, r, c) == views[at:at + 256], (r, c)
    assert cell(sheet, r, 3) == cell(later, r, 1)  # view 0 of epoch 1
PY
else
    echo "skipped: the cells of the sheet need pngtopnm"
fi
expect 2 "exists; --force replaces it" data views "$dir/data" -o "$dir/v.png"
expect 2 "where to? name the picture" data views "$dir/data"
expect 2 "missing argument; usage: akin data views DATA" data views -o "$dir/x.png"
expect 2 "--classes is an option of data synth, not of data views" data views "$dir/data" -o "$dir/x.png" --classes 3
expect 2 "are more than 2^26" data views "$dir/data" -o "$dir/x.png" --per-item 4096 --rows 64 --enlarge 64
expect 5 "its folder is missing" data views "$dir/data" -o "$dir/none/x.png"
expect 3 "No such file" data views "$dir/missing" -o "$dir/x.png"
[ $failures = 0 ] && echo ok
exit $failures
