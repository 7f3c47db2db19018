#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Archives of tar (WebDataset) wherever DATA is taken: training, resuming and embedding give the bits of the same pictures in
# a folder, in memory and read by place; a set that has changed is found; the verbs take braces.
akin=$1
. "$(dirname "$0")/expect.inc"
command -v python3 >/dev/null && command -v tar >/dev/null || { echo "python3 or tar is not installed: skipped"; exit 77; }
cd "$dir" || exit 1
python3 - <<'PY' || exit 1
import os, random, struct, zlib
random.seed(1)
def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def png(rows): return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)) \
    + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + r for r in rows))) + chunk(b"IEND", b"")
for part, n in ("train", 16), ("test", 8):
    for k in range(3):
        os.makedirs("pics/%s/c%d" % (part, k))
        for i in range(n):
            rows = [bytes(min(255, max(0, 80 * (c == k) + 40 + random.randrange(80))) for x in range(16) for c in range(3)) for y in range(16)]
            open("pics/%s/c%d/%03d.png" % (part, k, i), "wb").write(png(rows))
            open("pics/%s/c%d/%03d.cls" % (part, k, i), "w").write("%d\n" % k)
PY
for part in train test; do
    for k in 0 1 2; do tar --sort=name -C pics/$part -cf $part-00$k.tar c$k || exit 1; done
done
rm pics/*/*/*.cls
net="--encoder resnet-s --width 8 --blocks 1 --head-hidden 8 --head-out 8 --batch-size 8 --threads 2 --schedule constant --quiet"
sum() { sed 's/.*weights_xxh64": "\([0-9a-f]*\)".*/\1/' "$1/DONE"; }
field() { tr -d ' \n' <"$1/run.json" | grep -o "\"$2\":\"[^\"]*\""; }
set='{train,test}-{000..002}.tar'

# shellcheck disable=SC2086
"$akin" train --recipe none pics --out folder $net --epochs 3 || fail "train pics"
# shellcheck disable=SC2086
"$akin" train --recipe none "$set" --out tar $net --epochs 3 2>err || fail "train: $(cat err)"
# shellcheck disable=SC2086
"$akin" train --recipe none "$set" --out disk $net --epochs 3 --cache 0 || fail "train --cache 0"
# shellcheck disable=SC2086
"$akin" train --recipe none "$set" --out longer $net --epochs 2 --cache 0 || fail "train, shorter"
(cd / && "$akin" train --resume "$dir/longer" --epochs 3 --quiet) || fail "resume from another folder"
for run in tar disk longer; do
    [ "$(sum folder)" = "$(sum $run)" ] || fail "$run: other bits than from the folder"
    [ "$(field folder fingerprint)" = "$(field $run fingerprint)" ] || fail "$run: another fingerprint"
done
rm longer/DONE longer/checkpoints/step-0000000018.safetensors
"$akin" train --resume longer --quiet || fail "resume"
[ "$(sum folder)" = "$(sum longer)" ] || fail "other bits after a resume"

"$akin" embed --form plain folder -o a.npy --quiet && "$akin" embed --form plain tar -o b.npy --quiet && "$akin" embed --form plain folder "$set" -o c.npy --quiet ||
    fail "embed"
cmp a.npy b.npy && cmp a.npy c.npy || fail "embeddings differ"
sed 's/\.png$//; s/^train.//' a.names.txt | cmp - b.names.txt || fail "names: $(head -n 2 a.names.txt b.names.txt)"
for run in folder tar; do
    "$akin" eval $run --protocol mean,knn --json 2>/dev/null | sed 's/"seconds": *[0-9.e-]*//g; s/"run": *"[a-z]*"//g; s/"path": *"[^"]*"//g' >$run.eval
    "$akin" diagnose $run --quiet >/dev/null 2>err || fail "diagnose $run: $(cat err)"
done
[ -s tar.eval ] && grep -o '"top1[^,]*' folder.eval >a && grep -o '"top1[^,]*' tar.eval | cmp -s - a || fail "eval differs"
"$akin" prune tar -o keep.txt --random 0.5 --quiet >/dev/null 2>err || fail "prune: $(cat err)"
"$akin" inspect "$set" --keep keep.txt >out 2>err || fail "a keep-list by keys: $(cat err)"
"$akin" data convert "$set" -o arrays --quiet >/dev/null 2>err || fail "convert: $(cat err)"
"$akin" inspect arrays --json 2>/dev/null | grep -q "$(field folder fingerprint | sed 's/.*:"//; s/"//')" || fail "converted: another fingerprint"

# parts behind the same words are the splits; any other name of a part is told
mkdir own part some dirs dirs/train dirs/val
for k in 0 1 2; do
    for part in train test; do
        ln $part-00$k.tar own/my-set-$part-$k.tar && ln $part-00$k.tar part/$([ $part = test ] && echo a-test || echo train)-$k.tar
    done
    ln train-00$k.tar some/photos-$k.tar && ln test-00$k.tar some/photos-val-$k.tar
    ln train-00$k.tar dirs/train/$k.tar && ln test-00$k.tar dirs/val/$k.tar
done
"$akin" inspect own --json >own.json 2>err && grep -q "$(field folder fingerprint | sed 's/.*:"//; s/"//')" own.json || fail "set-train, set-test: $(cat err)"
for data in part some 'dirs/{train,val}/{0..2}.tar'; do
    "$akin" inspect "$data" >out 2>err || fail "$data: $(cat err)"
    cat out err | tr '\n' ' ' | tr -s ' ' | grep -q "is named like a part for .* and is read for training" || fail "$data: $(cat out err)"
done
"$akin" inspect 'test-{000..002}.tar' 2>&1 | grep -q "named like" && fail "archives of one part, named by hand, are no trap"

# what is wrong is told by name, and stops
expect 3 "train-003.tar' is not there, one of the 4 archives" train --recipe none 'train-{000..003}.tar' --out no --quiet
head -c 9000 train-001.tar >cut-001.tar
expect 3 "cut-001.tar' is damaged or cut" train --recipe none cut-001.tar --out no --quiet
cp train-002.tar keep.tar && cp test-002.tar train-002.tar
expect 3 "" train --resume longer --epochs 4 --quiet
grep -q "changed\|another\|fingerprint" "$dir/err" 2>/dev/null || "$akin" train --resume longer --epochs 4 --quiet 2>&1 | grep -qi "data\|set" || fail "a changed set is not told"
[ $failures = 0 ] && echo ok
exit $failures
