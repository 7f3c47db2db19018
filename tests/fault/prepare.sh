#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# prepare.sh AKIN HELPERS FOLDER [LIBRARY]: makes in FOLDER what the cases of verbs.list find in theirs: tiny data of every
# kind, and a run of each. With LIBRARY (fail.c) the clock stands.
set -eu
akin=$1 helpers=$2
mkdir -p "$3"
cd "$3"
[ -z "${4:-}" ] || export LD_PRELOAD="$4"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
"$helpers/make_data" img 24 12 8
"$helpers/make_data" other 24 12 8
mkdir -p pics/a pics/b docs/a docs/b
for k in a b; do
    for i in 1 2 3 4 5 6; do
        awk -v seed="$i$k" -v base="$([ $k = a ] && echo 40 || echo 160)" 'BEGIN {
            srand(length(seed) + seed); print "P3 8 8 255"
            for (i = 0; i < 192; i++) print base + int(rand() * 60) }' >pics/$k/$i.ppm
    done
done
awk 'BEGIN { srand(3)
    for (d = 0; d < 4; d++) { file = "docs/" (d % 2 ? "a" : "b") "/d" d ".txt"
        for (i = 0; i < 6; i++) { line = ""
            for (w = 0; w < 5; w++) line = line (rand() < 0.5 ? "own" d "x" int(rand() * 5) : "common" int(rand() * 9)) " "
            print line > file } } }'
cat docs/*/*.txt >lines.txt
awk 'BEGIN { print "anchor\tpositive\tlabel" } { print $0 "\t" $0 " twin\tc" NR % 2 }' lines.txt >pairs.tsv
awk '{ printf "{\"anchor\": \"%s\", \"positive\": \"%s twin\", \"label\": \"c%d\"}\n", $0, $0, NR % 2 }' lines.txt >lines.jsonl
awk 'BEGIN { srand(5); print "a,b,c,d,who,label"
    for (i = 0; i < 40; i++) { k = i % 2
        printf "%.4f,%.4f,%.4f,%.4f,u%d,%s\n", (k ? 2 : 0) + rand(), (k ? 0 : 2) + rand(), rand(), 1000 * rand(), i % 8,
            k ? "red" : "blue" } }' >t.csv
awk -F, 'NR > 1 { printf "%d 1:%s 2:%s 3:%s\n", $6 == "red", $1, $2, $3 }' t.csv >t.libsvm
gzip -kn t.csv
for k in a b; do # archives of tar; the second is packed
    for i in 1 2 3 4 5 6; do [ $k = a ] && echo 0 >pics/$k/$i.cls || echo 1 >pics/$k/$i.cls; done
    tar --sort=name --mtime=@0 --owner=0 --group=0 -C pics -cf shard-$k.tar $k
    rm pics/$k/*.cls
done
gzip -n shard-b.tar
base64 -d <<'H' | gunzip >t.h5 # x int8 [24,3] and y int8 [24], written by h5py 3.16 with libver="latest"
H4sIAAAAAAACA+v0cHHj5ZLiYubgYICB/1CQABUygIqr9JUs8/dwCWJiqGASQlYIA1xMDIwMDGw8DECKsWIzVBuUX7mfESpgwUA2CCt8eAfsBK
CBjCoMDExMjIwSUDlmKI3OZ+ZhYBTgALkBBDgYWIGuZObiAPqAmZEB6kUPmAUrGIYMEE3fzQUPCxFgWDAiwkKCCL97cKCqZdjBMGTBoeaX/xlG
wSgYBaNgFBAP2H78YmbiY2f6zsDKzsTwh4mH5/vP/2z8HP/+M3Mx8bJysrKwcjOzsLMI/P/BycHCyPKdnZmLmf0XK8N/YNXy7zcDFzcDBwcTFx
eohscGAWb85q1gCAAA
H
xz -k lines.txt
zstd -q lines.txt 2>/dev/null || cp lines.txt lines.txt.zst
printf 'hello common1\nown1x2 common3\n' >stdin
printf '0.5\n0.25\n0.25\n' >prior.txt
printf '5\n3\n2\n' >counts.txt
awk 'BEGIN { for (i = 0; i < 24; i++) print i "\t" (i + 1) % 24 "\t" 1 + i % 2 }' >qrels.tsv
awk '{ print NR - 1 "\t" $0 }' lines.txt >docs.tsv
awk '{ print $0 "\t" $0 "\t" NR % 3 }' lines.txt >sts.tsv
"$akin" data synth -o sy --classes 3 --items 24 --width 4 --threads 1 --quiet >/dev/null
net="--batch-size 8 --encoder resnet-s --width 8 --blocks 1 --head-hidden 8 --head-out 8"
opts="--lr 0.01 --threads 1 --workers 1 --log-every 2 --quiet"
# shellcheck disable=SC2086
{
    "$akin" train --recipe none img --out run $net $opts --epochs 1
    "$akin" train --recipe none img --out run2 $net $opts --epochs 1 --seed 2
    "$akin" train --recipe none img --out part $net $opts --epochs 2 --checkpoint-every 2
    "$akin" train --recipe none lines.txt --out trun --text-view erase --min-count 1 --buckets 20 --dim 4 --head-hidden 4 --head-out 4 --batch-size 8 $opts --epochs 1
    "$akin" train --recipe none docs --out drun --min-count 1 --buckets 20 --dim 4 --head-hidden 4 --head-out 4 --batch-size 8 $opts --epochs 1 --holdout 0.25
    "$akin" train --recipe none t.csv --out vrun --width 8 --head-hidden 4 --head-out 4 --batch-size 8 $opts --epochs 1 --holdout 0.25 --ignore-columns who
} >/dev/null
"$akin" train --recipe none pics --out prun $net $opts --epochs 1 >/dev/null
cp prun/checkpoints/step-0000000001.safetensors net.safetensors
rm -r prun
rm part/DONE part/checkpoints/step-0000000006.safetensors # stopped after step 4
"$akin" eval run2 --quiet --threads 1 >/dev/null
"$akin" diagnose run2 --quiet --threads 1 >/dev/null
sed -i 's/"step": 3/"step": 2/' run2/eval.json # of an older checkpoint: a report says so
for r in run trun vrun; do "$akin" embed --form plain $r -o e$r.npy --quiet --threads 1; done
"$akin" export run -o run.safetensors --layer projector --quiet --threads 1
"$akin" embed --form plain run -o erun.npz --quiet --threads 1
"$akin" embed --form plain run -o shards.npy --shards 3 --quiet --threads 1
"$akin" embed --form plain run -o test.npy --split test --quiet --threads 1
"$akin" map erun.npy -o mrun.npy --epochs 2 --quiet --threads 1 >/dev/null
"$akin" prune run -o keep.txt --keep 0.9 --quiet --threads 1 >/dev/null
cat >tiny.json <<'J'
{ "name": "tiny", "title": "two temperatures", "seeds": [1], "data": "img",
  "options": {"batch-size": 8, "encoder": "resnet-s", "width": 8, "blocks": 1, "head-hidden": 8, "head-out": 8, "lr": 0.01,
              "epochs": 1, "log-every": 2},
  "axes": [{"name": "t", "option": "temperature", "values": [0.1, {"label": "hot", "options": {"temperature": 0.5}}]}],
  "tools": {"plan": ["plan", "--classes", "4", "--negatives", "15", "--temperature", "{temperature}"]},
  "measures": [ {"name": "loss", "from": "train", "path": "last.loss"}, {"name": "chance", "from": "plan", "path": "chance"} ],
  "claims": [ {"name": "hot", "left": {"measure": "loss", "where": {"t": "hot"}},
               "right": {"measure": "loss", "where": {"t": 0.1}}, "expect": "greater"} ],
  "published": [{"where": {"t": "hot"}, "values": {"loss": 2.5}, "source": "[Someone2020 tab.1]"}] }
J
"$akin" study tiny.json --out study --threads 1 --quiet >/dev/null
