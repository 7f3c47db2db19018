# SPDX-License-Identifier: Apache-2.0
# akin outliers: a planted picture, twice, comes first; table, page and keep-list; text, a run and its file; what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
holds() { grep -qF -- "$2" "$1" || fail "no '$2' in $1: $(head -c 600 "$1")"; }

# Thirty pictures that are bright above and dark below, with noise, and one the other way round, with a copy.
mkdir pics
i=0
while [ $i -lt 30 ]; do
    i=$((i + 1))
    awk -v n=$i 'BEGIN { srand(n); print "P2 8 8 255"; for (i = 0; i < 64; i++) print int(rand() * 60) + (i < 32) * 150 }' >pics/a$i.pgm
done
awk 'BEGIN { srand(99); print "P2 8 8 255"; for (i = 0; i < 64; i++) print int(rand() * 60) + (i >= 32) * 150 }' >"pics/b&.pgm"
cp "pics/b&.pgm" pics/c.pgm
"$akin" outliers pics --page p.html --table t.tsv --drop 0.0625 -o keep.txt --threads 1 >out 2>err || fail "pictures: $(cat err)"
holds out "compared       32 items by small grey pictures"
holds out "dropped        2"
[ "$(awk 'length > 80' out | wc -l)" = 0 ] || fail "lines beyond 80 columns: $(cat out)"
[ "$(cut -f2 t.tsv | head -3 | tr '\n' ' ')" = 'item b&.pgm c.pgm ' ] || fail "table: $(head -5 t.tsv)"
[ "$(wc -l <t.tsv)" = 33 ] || fail "the table has not 32 items"
[ "$(grep -vc '^#' keep.txt)" = 30 ] || fail "the keep-list has not 30 names"
grep -q '^[bc]' keep.txt && fail "an outlier stays"
holds p.html "b&amp;.pgm"
grep -q '<script\|http:\|https:' p.html && fail "the page has a script or an address"
for threads in 2 3; do
    "$akin" outliers pics --page q.html --table u.tsv --threads $threads --force --json >out 2>err || fail "$threads threads"
    cmp -s t.tsv u.tsv && cmp -s p.html q.html || fail "$threads threads give something else"
done
holds out '"k":5'
holds out '"name":"b&.pgm"'
holds out '"page":"q.html","table":"u.tsv"}'

"$helpers/make_data" data 60 20 16 || exit 1
"$akin" train --recipe none data --out run --epochs 1 --batch-size 20 --width 8 --encoder cnn4 --head-hidden 8 --head-out 8 --quiet || exit 1
"$akin" embed --form plain run -o e.npy --quiet || exit 1
"$akin" outliers run --table r.tsv -k 3 --quiet >/dev/null || fail "run"
"$akin" outliers e.npy --table e.tsv -k 3 --quiet >/dev/null || fail "file"
cmp -s r.tsv e.tsv || fail "a run and its embeddings differ"
"$akin" outliers run --whiten --split test --show 2 >out 2>err || fail "whitened: $(cat err)"
holds out "20 items by the embeddings of the backbone, whitened"

# Refused, with nothing written.
expect 2 "how many are to go?" outliers pics -o n.txt
expect 2 "--drop is for a keep-list" outliers pics --drop 0.1
cp e.npy bare.npy
expect 3 "a keep-list is of names" outliers bare.npy --drop 0.1 -o n.txt
printf 'a1.pgm\na2.pgm\n' >two.txt
expect 3 "akin outliers: 2 rows differ; the distance to the 5th nearest" outliers pics --keep two.txt --quiet
expect 2 "must be between 1 and 100" outliers pics -k 0
expect 3 "cannot open" outliers none
[ -e n.txt ] && fail "a refused run left a file"
[ $failures = 0 ] && echo ok
exit $failures
