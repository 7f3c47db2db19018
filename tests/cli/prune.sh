# SPDX-License-Identifier: Apache-2.0
# akin prune on a run: lists that other tools can read, nested and repeatable; copies; the table, the summary, the pictures
# of the report; and one clear line for what makes no sense.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
# holds TEXT: the last output holds it
holds() { grep -qF -- "$1" "$dir/out" || fail "no '$1' in: $(head -c 600 "$dir/out")"; }
names() { grep -v '^#' "$1" | sort; }
# count N FILE: the list has N names
count() { [ "$(names "$2" | wc -l)" = "$1" ] || fail "$2 has $(names "$2" | wc -l) names, expected $1"; }
# within A B: every name of A is in B
within() {
    names "$1" >"$dir/a" && names "$2" >"$dir/b"
    [ -z "$(comm -23 "$dir/a" "$dir/b")" ] || fail "$1 is not within $2"
}

net="--width 8 --head-hidden 32 --head-out 16" # small: what is asked here does not depend on it
# 96 items of which the last eight are again the first eight
"$helpers/make_data" "$dir/data" 96 16 16 || exit 1
images=$dir/data/train-images-idx3-ubyte
dd if="$images" of="$dir/first" bs=1 skip=16 count=2048 2>/dev/null
dd if="$dir/first" of="$images" bs=1 seek=$((16 + 88 * 256)) conv=notrunc 2>/dev/null
"$akin" train --recipe none "$dir/data" --out "$dir/r" --epochs 1 --batch-size 32 $net --quiet >/dev/null || fail "train"

# nothing is written before the arguments make sense
expect 2 "what is to go?" prune "$dir/r"
expect 2 "what is to go?" prune "$dir/r" -o "$dir/k"
expect 2 "where to?" prune "$dir/r" --random 0.1
expect 2 "give one of them" prune "$dir/r" -o "$dir/k" --drop-difficult 0.1 --keep 0.5
expect 2 "is the control of --drop-difficult" prune "$dir/r" -o "$dir/k" --drop-difficult 0.1 --random 0.1
expect 2 "is the control of --keep" prune "$dir/r" -o "$dir/k" --keep 0.1 --random 0.1
expect 2 "--by orders items" prune "$dir/r" -o "$dir/k" --random 0.1 --by gap
expect 2 "--drop-difficult is 1.5;" prune "$dir/r" -o "$dir/k" --drop-difficult 1.5
expect 2 "--dedup is -1;" prune "$dir/r" -o "$dir/k" --dedup=-1
expect 2 "--by" prune "$dir/r" -o "$dir/k" --drop-difficult 0.1 --by size
expect 2 "--draws of 2" prune "$dir/r" -o "$dir/k" --drop-difficult 0.1 --by loss-sd --draws 1
expect 2 "--pos-high is 0.5;" prune "$dir/r" -o "$dir/k" --drop-difficult 0.1 --pos-high 0.5
expect 2 "both name" prune "$dir/r" -o "$dir/k" --scores "$dir/k" --drop-difficult 0.1
expect 5 "its folder is missing" prune "$dir/r" -o "$dir/no/k" --drop-difficult 0.1
expect 2 "none of the 96" prune "$dir/r" -o "$dir/k" --random 1
expect 3 "" prune "$dir/none" -o "$dir/k" --random 0.1
expect 3 "is no run folder" prune "$dir/r" -o "$dir/k" --drop-difficult 0.1 --with "$dir/none"
[ ! -e "$dir/k" ] || fail "a refused call left a file"

# the difficult ones, nested, the same again and on one thread
for f in 05 10 30; do
    "$akin" prune "$dir/r" -o "$dir/d$f" --drop-difficult 0.$f --quiet >/dev/null 2>"$dir/err" || fail "drop: $(cat "$dir/err")"
done
count 91 "$dir/d05" && count 86 "$dir/d10" && count 67 "$dir/d30"
within "$dir/d30" "$dir/d10"
within "$dir/d10" "$dir/d05"
expect 2 "exists; --force" prune "$dir/r" -o "$dir/d05" --drop-difficult 0.05
"$akin" prune "$dir/r" -o "$dir/again" --drop-difficult 0.1 --quiet --threads 1 || fail "again"
names "$dir/again" >"$dir/a" && names "$dir/d10" >"$dir/b"
cmp -s "$dir/a" "$dir/b" || fail "one thread finds others difficult than two"
"$akin" prune "$dir/r" -o "$dir/g" --drop-difficult 0.1 --by gap --quiet || fail "by gap"
count 86 "$dir/g"
grep -q '^# akin keep-list 1$' "$dir/d10" || fail "no format"
grep -q '^# items: 96$' "$dir/d10" || fail "no provenance"
grep -q '^# note: run .*dropped 10 difficult by loss, 0 copies, 0 at random of 96$' "$dir/d10" || fail "no note"

# copies: the later of two equal items, whatever the encoder thinks
"$akin" prune "$dir/r" -o "$dir/c0" --dedup 0 --json --quiet >"$dir/out" || fail "dedup 0"
holds '"kept":88'
holds '"copies":8'
count 88 "$dir/c0"
grep -q '^train/7$' "$dir/c0" || fail "the first of two copies went"
grep -q '^train/88$' "$dir/c0" && fail "the second of two copies stayed"
"$akin" prune "$dir/r" -o "$dir/c3" --dedup 1e-3 --quiet || fail "dedup 1e-3"
within "$dir/c3" "$dir/c0"
expect 2 "--dedup is 'near'; it must be a finite number, or auto" prune "$dir/r" -o "$dir/k" --dedup near
expect 2 "--dedup is 2; it must be between 0 and 1, or auto" prune "$dir/r" -o "$dir/k" --dedup 2
expect 2 "--dedup needs a value: EPS|auto" prune "$dir/r" -o "$dir/k" --dedup
# a distance from the data, which leaves ordinary items alone
"$akin" prune "$dir/r" -o "$dir/ca" --dedup auto >"$dir/out" 2>"$dir/err" || fail "dedup auto: $(cat "$dir/err")"
grep -q "^taking --dedup 0.*: a tenth of the distance" "$dir/err" || fail "what auto takes is not told: $(cat "$dir/err")"
within "$dir/ca" "$dir/c0"
[ "$(names "$dir/ca" | wc -l)" -ge 80 ] || fail "auto drops $(cat "$dir/out")"
# a far one: told, with a better one; each item that goes is near to the one that stays for it, and those that stay apart
"$akin" prune "$dir/r" -o "$dir/cf" --scores "$dir/tf" --dedup 0.1 --json >"$dir/out" 2>"$dir/err" || fail "dedup 0.1"
grep -q "^warning: --dedup 0.1 is far: .*; --dedup 0.0" "$dir/err" || fail "a far --dedup is not told: $(cat "$dir/err")"
grep -q "^warning: .* of 96 items go as copies, " "$dir/err" || fail "a list that drops most is not told: $(cat "$dir/err")"
holds '"eps":0.1'
holds '"spacing":0.0'
gone=$(awk -F'\t' 'NR > 1 && $13 != $1' "$dir/tf" | wc -l)
[ "$gone" = $((96 - $(names "$dir/cf" | wc -l))) ] || fail "the table has $gone copies"
awk -F'\t' 'NR > 1 { group[$1] = $13 } END { for (i in group) if (group[group[i]] != group[i]) print i }' "$dir/tf" | grep -q . &&
    fail "what stays for an item goes itself"
# and what a list leaves is told where it is used, and kept
"$akin" train --recipe none "$dir/data" --keep "$dir/c0" --out "$dir/rc" --epochs 1 --batch-size 32 $net >"$dir/out" 2>&1 || fail "train --keep: $(cat "$dir/out")"
holds "c0' leaves 88 of 96 items to learn from, 91.7 %."
grep -q "leaves 88 of 96 items to learn from" "$dir/rc/run.json" || fail "run.json does not know of the list"

"$akin" prune "$dir/r" -o "$dir/cd" --dedup 0 --drop-difficult 0.1 --quiet || fail "dedup and difficult"
within "$dir/cd" "$dir/c0"
within "$dir/cd" "$dir/d10"
"$akin" prune "$dir/r" -o "$dir/ck" --dedup 0 --keep 0.5 --quiet || fail "dedup and keep"
count 48 "$dir/ck"
within "$dir/ck" "$dir/c0"

# whitened rows: another order, the same loss
"$akin" prune "$dir/r" --scores "$dir/tw" --whiten --quiet || fail "whiten"
"$akin" prune "$dir/r" --scores "$dir/tp" --whiten --layer projector --quiet || fail "whiten, projector"
"$akin" prune "$dir/r" --scores "$dir/tn" --quiet || fail "not whitened"
for c in 3 5; do for t in tw tp tn; do cut -f$c "$dir/$t" >"$dir/$t.$c"; done; done
cmp -s "$dir/tw.3" "$dir/tn.3" && cmp -s "$dir/tp.3" "$dir/tn.3" || fail "whitening changes the loss"
cmp -s "$dir/tw.5" "$dir/tn.5" && fail "whitening changes nothing"

# the control: as many, by the seed
"$akin" prune "$dir/r" -o "$dir/r1" --random 0.1 --seed 1 --quiet || fail "random"
"$akin" prune "$dir/r" -o "$dir/r2" --random 0.2 --seed 1 --quiet || fail "random"
"$akin" prune "$dir/r" -o "$dir/r3" --random 0.1 --seed 2 --quiet || fail "random"
count 86 "$dir/r1"
within "$dir/r2" "$dir/r1"
names "$dir/r1" >"$dir/a" && names "$dir/r3" >"$dir/b"
cmp -s "$dir/a" "$dir/b" && fail "two seeds give one list"

# the table and the summary
"$akin" prune "$dir/r" --scores "$dir/t" --with "$dir/r" --json --quiet >"$dir/out" 2>"$dir/err" || fail "scores: $(cat "$dir/err")"
[ "$(wc -l <"$dir/out")" = 1 ] || fail "--json is not one line"
[ -s "$dir/err" ] && fail "--quiet is not quiet: $(cat "$dir/err")"
holds '"rank_correlation":1.0'
holds '"groups":8'
holds '"by":"gap"'
[ "$(wc -l <"$dir/t")" = 97 ] || fail "the table has $(wc -l <"$dir/t") lines"
[ "$(awk -F'\t' '{print NF}' "$dir/t" | sort -u)" = 20 ] || fail "lines of the table differ in their fields"
[ "$(awk -F'\t' '$13 != $1 {n++} END {print n - 1}' "$dir/t")" = 8 ] || fail "the table has other groups"

awk -F'\t' 'NR > 1 && ($18 != 0 || $20 != 0)' "$dir/t" | grep -q . && fail "a run differs from itself"

# over seeds and over training: places and losses of each item, a list by their mean place
expect 2 "name them with --with RUN2" prune "$dir/r" -o "$dir/k" --drop-difficult 0.1 --consensus
expect 3 "has no other checkpoint; akin train --keep-every" prune "$dir/r" --scores "$dir/k" --over-checkpoints
"$akin" train --recipe none "$dir/data" --out "$dir/r5" --epochs 5 --keep-every 2 --seed 7 --batch-size 32 $net --quiet >/dev/null || fail "train --keep-every"
[ "$(ls "$dir/r5/checkpoints" | tr '\n' ' ')" = "best.safetensors step-0000000006.safetensors step-0000000012.safetensors step-0000000015.safetensors " ] ||
    fail "kept: $(ls "$dir/r5/checkpoints")"
"$akin" prune "$dir/r5" --scores "$dir/over" --with "$dir/r,$dir/rb" --over-checkpoints --json --quiet >"$dir/out" 2>"$dir/err"
[ $? = 3 ] && grep -q "rb' is no run folder" "$dir/err" || fail "$(cat "$dir/err")"
"$akin" prune "$dir/r5" --scores "$dir/over" -o "$dir/consent" --drop-difficult 0.25 --consensus --by loss --with "$dir/r" \
    --over-checkpoints --json --quiet >"$dir/out" 2>"$dir/err" || fail "over checkpoints: $(cat "$dir/err")"
holds '"compared":3'
for step in 6 12 15; do
    "$akin" prune "$dir/r5" --checkpoint $step --scores "$dir/at-$step" --by loss --quiet || fail "scores of step $step"
done
"$akin" prune "$dir/r" --scores "$dir/at-r" --by loss --temperature 0.5 --quiet || fail "scores of the other run"
python3 - "$dir" <<'PY' || fail "places and losses are not those of the single tables"
import statistics, sys
def table(name):
    lines = open(f"{sys.argv[1]}/{name}").read().splitlines()
    head = lines[0].split("\t")
    return [dict(zip(head, l.split("\t"))) for l in lines[1:]]
over, parts = table("over"), [table("at-" + p) for p in ("6", "12", "15", "r")]
places = []
for part in parts:
    order = sorted(range(96), key=lambda i: (-float(part[i]["loss"]), i))
    place = [0] * 96
    for k, i in enumerate(order):
        place[i] = k / 95
    places.append(place)
near = lambda got, want: abs(float(got) - want) < 2e-3 * (1 + abs(want))  # tables hold six digits: close losses may change places
wrong = 0
for i, row in enumerate(over):
    x, y = [float(p[i]["loss"]) for p in parts], [p[i] for p in places]
    assert near(row["loss-mean"], statistics.mean(x)) and near(row["loss-runs-sd"], statistics.stdev(x)), (i, row, x)
    wrong += not (abs(float(row["place-mean"]) - statistics.mean(y)) < 0.01 and abs(float(row["place-sd"]) - statistics.stdev(y)) < 0.02)
assert wrong <= 4, wrong
gone = sorted((float(r["place-mean"]) for r in over if r["kept"] == "0"))
assert len(gone) == 24 and max(gone) <= min(float(r["place-mean"]) for r in over if r["kept"] == "1")
PY

# training reads the list; a run on a list is pruned further
"$akin" train --recipe none "$dir/data" --out "$dir/rk" --keep "$dir/cd" --epochs 1 --batch-size 32 $net --quiet >/dev/null 2>"$dir/err" ||
    fail "train --keep: $(cat "$dir/err")"
grep -q '"keep"' "$dir/rk/run.json" || fail "the run does not record its keep-list"
"$akin" prune "$dir/rk" -o "$dir/ckd" --drop-difficult 0.2 --json --quiet >"$dir/out" || fail "prune a run on a list"
holds "\"items\":$(names "$dir/cd" | wc -l),"
within "$dir/ckd" "$dir/cd"
grep -q '^# items: 96$' "$dir/ckd" || fail "the list of a subset does not say how many the whole has"
"$akin" train --recipe none "$dir/data" --out "$dir/rkk" --keep "$dir/ckd" --epochs 1 --batch-size 32 $net --quiet >/dev/null 2>"$dir/err" ||
    fail "train --keep on a list of a list: $(cat "$dir/err")"

# the report shows it
"$akin" report "$dir/r" --quiet >/dev/null || fail "report"
grep -qF 'id="difficulty"' "$dir/r/report.html" || fail "the report does not show the difficult items"
echo '{' >"$dir/r/gallery/difficulty.json"
"$akin" report "$dir/r" --quiet >/dev/null || fail "report with a damaged gallery"
grep -qF "difficulty.json" "$dir/r/report.html" || fail "the report is silent about the damage"
grep -qF 'id="difficulty"' "$dir/r/report.html" && fail "the report shows pictures it knows nothing about"

# a folder of pictures, in memory and read anew: the same lists, scores and pictures
mkdir -p "$dir/f/a" "$dir/f/b"
for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33; do
    class=a && [ $((i % 2)) = 1 ] && class=b
    { printf 'P5\n12 12\n255\n' && LC_ALL=C awk -v i=$i 'BEGIN { srand(i % 22); for (p = 0; p < 144; p++)
        printf "%c", 1 + (i % 2) * 50 + int(rand() * 70) }'; } >"$dir/f/$class/$i.pgm"
done
"$akin" train --recipe none "$dir/f" --out "$dir/fr" --epochs 1 --batch-size 8 $net --quiet >/dev/null 2>"$dir/err" || fail "folder: $(cat "$dir/err")"
for cache in 0 100; do
    "$akin" prune "$dir/fr" -o "$dir/f$cache" --dedup 0 --drop-difficult 0.2 --scores "$dir/ft$cache" --cache $cache --quiet \
        2>"$dir/err" || fail "prune --cache $cache: $(cat "$dir/err")"
    cp "$dir/fr/gallery/difficulty.npy" "$dir/fg$cache"
    names "$dir/f$cache" >"$dir/fn$cache"
done
cmp -s "$dir/fn0" "$dir/fn100" && cmp -s "$dir/ft0" "$dir/ft100" && cmp -s "$dir/fg0" "$dir/fg100" || fail "--cache 0 finds others"
grep -q 'a/32.pgm$' "$dir/fn0" && fail "a copy of a/10.pgm stayed"

# vectors and text, without labels
awk 'BEGIN { srand(1); for (i = 0; i < 60; i++) printf "%f,%f,%f\n", rand(), rand(), i % 7 }' >"$dir/v.csv"
"$akin" train --recipe none "$dir/v.csv" --out "$dir/v" --epochs 1 --batch-size 16 --quiet >/dev/null 2>"$dir/err" || fail "vectors: $(cat "$dir/err")"
"$akin" prune "$dir/v" -o "$dir/vk" --drop-difficult 0.1 --quiet 2>"$dir/err" || fail "prune vectors: $(cat "$dir/err")"
count 54 "$dir/vk"
expect 3 "the score gap needs labels" prune "$dir/v" -o "$dir/none" --drop-difficult 0.1 --by gap
awk 'BEGIN { for (i = 0; i < 60; i++) printf "item %d says word%d and word%d\n", i % 50, i % 7, i % 5 }' >"$dir/x.txt"
"$akin" train --recipe none "$dir/x.txt" --out "$dir/x" --text-view erase --epochs 1 --batch-size 16 --quiet >/dev/null 2>"$dir/err" || fail "text: $(cat "$dir/err")"
"$akin" prune "$dir/x" -o "$dir/xk" --dedup 0 --json --quiet >"$dir/out" 2>"$dir/err" || fail "prune text: $(cat "$dir/err")"
exit $((failures > 0))
