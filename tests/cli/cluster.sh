# SPDX-License-Identifier: Apache-2.0
# akin cluster: k-means and density, of a file, of a run, of data; tables and .npy; beside labels; the same bits; what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
"$helpers/make_data" "$dir/data" 60 20 16 || exit 1
cd "$dir" || exit 1
"$akin" train --recipe none data --out run --epochs 1 --batch-size 20 --width 8 --encoder cnn4 --head-hidden 8 --head-out 8 --quiet || exit 1
"$akin" embed --form plain run -o e.npy --quiet || exit 1
holds() { grep -qF -- "$2" "$1" || fail "no '$2' in $1: $(head -c 800 "$1")"; }

# Groups of 60, 40 and 30, far apart, and two strays.
awk 'BEGIN { srand(2); print "a,b,c,label"
    for (i = 0; i < 132; i++) { k = i < 60 ? 0 : i < 100 ? 1 : 2
        if (i >= 130) { print (i == 130 ? "40,45,40" : "-40,40,-45") ",stray"; continue }
        printf "%.4f,%.4f,%.4f,%s\n", (k == 0) * 9 + rand(), (k == 1) * 9 + rand(), (k == 2) * 9 + rand(),
            k == 0 ? "red" : k == 1 ? "green" : "blue" } }' >t.csv
"$akin" cluster t.csv -k 3 --split train -o c.tsv >out 2>err || fail "k-means: $(cat err)"
holds out "3 of 132 items in t.csv"
holds out "explained"
holds out "purity 0.98"
grep -qE '^ *0 +6[0-2]  red ' out || fail "the first cluster is not the greatest: $(cat out)"
[ "$(sed -n 1p c.tsv)" = "$(printf 'item\tcluster\tdistance')" ] || fail "the head: $(sed -n 1p c.tsv)"
[ "$(wc -l <c.tsv)" = 133 ] || fail "not 132 items"
[ "$(awk -F'\t' 'NR > 1 && NR < 62 { print $2 }' c.tsv | sort -u)" = 0 ] || fail "the first sixty are in several clusters"
"$akin" cluster t.csv --density --metric euclidean --min-size 10 --neighbours 5 -o d.tsv --json >out 2>err || fail "density: $(cat err)"
holds out '"method":"density","metric":"euclidean","items":132,"clusters":3'
holds out '"purity":1.0,"nmi":1.0,"ari":1.0'
holds out '"label":"red","label_items":'
[ "$(tail -n 2 d.tsv)" = "$(printf 'train/130\t-1\tnan\ntrain/131\t-1\tnan')" ] || fail "the strays: $(tail -n 2 d.tsv)"
"$akin" cluster t.csv --density --min-size 100 >out 2>err || fail "no cluster: $(cat err)"
holds out "clusters    0 of 132"
holds err "a smaller --min-size finds smaller ones"
"$akin" cluster t.csv -k 3 --central 0 --quiet >out || fail "--central 0"
grep -q "in the middle" out && fail "--central 0 names items"

# .npy, a run and its embeddings, threads, another seed, labels of another file.
"$akin" cluster e.npy -k 4 -o a.npy --quiet >out || fail "of a file"
grep -q "'<i4'.*(60,)" a.npy || fail "not int32 [60]"
"$akin" cluster run -k 4 -o b.npy --quiet --threads 1 >/dev/null || fail "of a run"
cmp -s a.npy b.npy || fail "a run and its embeddings have other clusters"
"$akin" cluster run -k 4 -o c.npy --quiet --threads 3 >/dev/null || fail "three threads"
cmp -s a.npy c.npy || fail "threads change the clusters"
"$akin" cluster e.npy -k 9 --starts 1 -o s0.npy --quiet >/dev/null || fail "k 9"
"$akin" cluster e.npy -k 9 --starts 1 -o s1.npy --seed 5 --quiet >/dev/null || fail "another seed"
cmp -s s0.npy s1.npy && fail "the seed changes nothing"
i=0
while [ $i -lt 60 ]; do i=$((i + 1)); echo "a class with a name that goes on and on $((i % 2))" >>words.txt; done
LC_ALL=C "$akin" cluster e.npy -k 2 --labels words.txt --central 9 >out || fail "--labels"
holds out "a class with a na..."
awk 'length > 80 { exit 1 }' out || fail "a line of more than 80 columns: $(cat out)"

# Refused, with nothing written.
expect 2 "how many? give -k K, or --density" cluster t.csv
expect 2 "leave out -k" cluster t.csv -k 3 --density
expect 2 "--min-size is for --density" cluster t.csv -k 3 --min-size 5
expect 2 "--starts is for k-means" cluster t.csv --density --starts 5
expect 2 "'c.tsv' exists" cluster e.npy -k 3 -o c.tsv
expect 2 "k is 61; it must be between 1 and the 60 rows" cluster e.npy -k 61
expect 3 "60 labels" cluster run -k 2 --split test --labels words.txt
expect 3 "'none.npy'" cluster none.npy -k 3 -o n.tsv
[ -e n.tsv ] && fail "a refused call left a file"
[ $failures = 0 ] && echo ok
exit $failures
