# SPDX-License-Identifier: Apache-2.0
# The map on the page of akin report: who is on it, the same bytes on any number of threads, the one script that may run,
# and what the page says where there can be no map.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
"$helpers/make_data" "$dir/data" 60 20 16 || exit 1
cd "$dir" || exit 1
"$akin" train --recipe none data --out run --epochs 1 --batch-size 20 --width 8 --encoder cnn4 --head-hidden 8 --head-out 8 --quiet || exit 1
holds() { grep -qF -- "$2" "$1" || fail "no '$2' in $1"; }

"$akin" report run --threads 1 --quiet >out 2>err || fail "report: $(cat err)"
[ -s err ] && fail "report speaks: $(cat err)"
mv run/report.html one.html
holds one.html 'id="map-data">{"k":6,'
holds one.html ' 60 items of the train part. '
holds one.html '"sheet":{"columns":32,"w":16,"h":16,"pitch":16,"rise":16}'
holds one.html '"label":['
[ "$(grep -c '<script' one.html)" = 2 ] || fail "not two scripts"
"$akin" report run --threads 3 --quiet >out || fail "report on three threads"
cmp -s one.html run/report.html || fail "threads change the page"

# The page allows the script that it holds: the sum of its bytes, in base 64.
said=$(sed -n "s/.*script-src 'sha256-\([^']*\)'.*/\1/p" one.html)
awk '/^"/ { next } /<script>/ { on = 1; sub(/.*<script>/, "") } on && /<\/script>/ { sub(/<\/script>.*/, ""); printf "%s", $0; exit } on' one.html >script
hex=$(sha256sum script | cut -d' ' -f1)
is=$(for byte in $(echo "$hex" | sed 's/../& /g'); do printf "\\$(printf %o 0x$byte)"; done | base64)
[ "$said" = "$is" ] || fail "the page allows '$said', its script is '$is'"

# What is to be looked at first. A copy is planted, and a label is wrong, which these features find.
holds one.html '<section id="items"><h2>Look at these first</h2>'
for part in 'Unlike all others' 'Most ordinary'; do holds one.html "<h3>$part</h3>"; done
python3 - <<'PY' || fail "no table"
import random
random.seed(3)
rows = [[random.gauss(6 * (j == i % 3), 1) for j in range(6)] + [i % 3] for i in range(90)]
rows[30] = rows[0][:6] + [rows[30][6]]
rows[40][6] = 2  # it is 1
open("t.csv", "w").write("a,b,c,d,e,f,label\n" + "".join(",".join("%.5f" % x for x in r[:6]) + ",%s\n" % "xyz"[r[6]] for r in rows))
PY
"$akin" train --recipe none t.csv --out table --epochs 20 --batch-size 30 --encoder linear --width 8 --quiet && "$akin" report table --quiet >out 2>err || fail "a table: $(cat err)"
holds table/report.html '1 group of near copies (1 could go), and 1 label is likely wrong.'
first=$(sed -n 2p t.csv | LC_ALL=C awk -F, '{ printf "train/0: a=%.4g, b=%.4g, c=", $1, $2 }')
holds table/report.html "\"$first"
holds table/report.html 'train/40: given as z, perhaps y'
holds table/report.html '<th scope="row">z</th><td>31</td><td><b>96.8'
holds table/report.html '<td>y <span class="muted">1</span></td>'

# By what else it is coloured: as many clusters as classes, and how difficult items are; or not.
holds one.html '<option value="cluster">'
holds one.html '<option value="hard">'
holds one.html 'k-means with k = 4 on the features'
"$akin" report run --clusters 5 --draws 0 --quiet >out || fail "--clusters 5"
holds run/report.html 'k-means with k = 5 on the features'
grep -q 'value="hard"' run/report.html && fail "--draws 0 has difficulty"
"$akin" report run --clusters -1 --quiet >out || fail "--clusters -1"
grep -q 'value="cluster"' run/report.html && fail "--clusters -1 has clusters"

"$akin" report run --map 10 --quiet >out || fail "--map 10"
holds run/report.html ' 10 of 60 items of the train part, evenly spaced. '
"$akin" report run --map 2 >out 2>err || fail "--map 2"
holds err "the page has no map: a map needs three items or more, and would have 2"
"$akin" report run --map 0 --quiet >out || fail "--map 0"
grep -q '<script\|id="map"' run/report.html && fail "--map 0 has a map"
"$akin" report run run -o both.html --quiet >out || fail "two runs"
grep -q '<script' both.html && fail "two runs have a map"

# Data that changed or are gone, a run without weights: the page and stderr say why, and the rest is there.
mv data gone
"$akin" report run >out 2>err || fail "report without data: exit $?"
holds err "the page has no map: "
holds run/report.html '<p class="missing">There is no map: '
holds run/report.html 'id="training"'
grep -q '<script' run/report.html && fail "no map, and a script"
"$helpers/make_data" data 40 20 16 || exit 1
"$akin" report run >out 2>err || fail "report of changed data: exit $?"
holds run/report.html '<p class="missing">There is no map: '
rm -r data run/checkpoints
mv gone data
"$akin" report run >out 2>err || fail "report without weights: exit $?"
holds run/report.html '<p class="missing">There is no map: '
[ $failures = 0 ]
