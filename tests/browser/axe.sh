#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# axe.sh AKIN HELPERS: axe-core finds nothing serious in the pages of one run, with a map in each of its colours and with
# bounds, of seven runs, of a study, of texts, of a run without labels, and of dups, outliers, labels, nn and neighbours: wide
# and narrow, light and dark, with everything unfolded; without AKIN_TEST_FULL the first. axe.min.js is $AKIN_AXE, or
# Debian's, or that of the Python package axe-playwright-python.
akin=$1 helpers=$2
. "$(dirname "$0")/chromium.part"

axe=$AKIN_AXE
for place in /usr/share/nodejs/axe-core/axe.min.js /usr/share/javascript/axe-core/axe.min.js; do
    [ -n "$axe" ] || { [ -f "$place" ] && axe=$place; }
done
python=${AKIN_PYTHON:-python3}
if [ -z "$axe" ] && command -v "$python" >/dev/null; then
    axe=$("$python" -c 'import importlib.util as u; s = u.find_spec("axe_playwright_python")
print(s.submodule_search_locations[0] + "/axe.min.js" if s else "")')
fi
if [ ! -f "$axe" ]; then
    echo "skipped: no axe-core on this machine (AKIN_AXE=axe.min.js says where it is)"
    exit 77
fi

# check PAGE WIDTH [CHROMIUM'S OPTION]: the page without its rule against other scripts, and axe at its end, after $first
first=
check() {
    sed -e 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' -e 's/<details/<details open/g' -e '/^<\/body>/d' -e '/^<\/html>/d' \
        "$1" >"$work/axe.html"
    cp "$axe" "$work/axe.js"
    printf '<script>addEventListener("load", () => { %s });</script>' "$first" >>"$work/axe.html"
    cat >>"$work/axe.html" <<'SCRIPT'
<pre id="said" hidden></pre><script src="axe.js"></script><script>
addEventListener("load", () => setTimeout(() => axe.run(document, { resultTypes: ["violations"] }).then(r => {
    document.getElementById("said").textContent = "axe: " + r.passes.length + " rules pass; " + r.violations.map(v =>
        v.impact + " " + v.id + " x" + v.nodes.length + " " + v.nodes.slice(0, 4).map(n => n.target.join(" ") + " {" +
            n.failureSummary.replace(/\s+/g, " ") + "}").join(" | ")).join("\n") + "; end";
}), 300));
</script></body></html>
SCRIPT
    browse "$work/axe.html" "$2" $3 --allow-file-access-from-files || fail "the browser gave up on $1"
    awk '/<pre id="said"/ { on = 1 } on { print } /; end<\/pre>/ { exit }' "$work/dom" >"$work/said"
    grep -q '; end</pre>' "$work/said" || fail "axe did not end on $1: $(cat "$work/said" "$work/log")"
    [ -z "$AKIN_AXE_ALL" ] || cat "$work/said"
}

# good PAGE WIDTH [CHROMIUM'S OPTION]
good() {
    check "$@"
    if grep -E '(serious|critical) ' "$work/said" >&2; then fail "$1, $2 px $3"; fi
}

cd "$work" || exit 1
printf '%s' '<!DOCTYPE html><html lang="en"><head><title>bad</title></head><body><main><h1>h</h1><img src="data:,"><p
style="color:#999;background:#fff">pale</p></main>
</body>
</html>' >bad.html
check bad.html 1280
grep -q 'critical image-alt' said && grep -q 'serious color-contrast' said || fail "axe does not see what is bad: $(cat said)"
"$helpers/make_data" data 60 20 16 || fail "no data"
small="--epochs 1 --batch-size 20 --width 8 --encoder cnn4 --head-hidden 8 --head-out 8 --quiet"
"$akin" train --recipe none data --out one $small --bounds all --checkpoint-every 1 && "$akin" eval one --quiet >/dev/null &&
    "$akin" bounds one --quiet >/dev/null && "$akin" diagnose one --quiet >/dev/null && "$akin" report one --quiet >/dev/null ||
    fail "no run"
good one/report.html 1280
[ -n "$AKIN_TEST_FULL" ] || exit 0 # each page is seconds of work
"$akin" train --recipe none data --out two $small --batch-size 10 && "$akin" eval two --quiet >/dev/null &&
    "$akin" bounds two --quiet >/dev/null || fail "no second run"
for number in 3 4 5 6 7; do cp -r two "run-$number"; done
"$akin" report one two run-3 run-4 run-5 run-6 run-7 -o several.html --quiet >/dev/null || fail "no page of seven runs"
good one/report.html 1280 --blink-settings=preferredColorScheme=0
good one/report.html 500
good several.html 1280
good several.html 500 --blink-settings=preferredColorScheme=0

# The map in every colour, with an item chosen, that of the keyboard.
for colour in mixed cluster density hard; do
    first="const s = document.getElementById('map-colour'), c = document.getElementById('map-canvas');
        s.value = '$colour'; s.dispatchEvent(new Event('change'));
        c.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true }));
        if (s.value !== '$colour' || !document.querySelector('#map-item .what')) document.body.innerHTML = '<img>';"
    good one/report.html 1280
    good one/report.html 390 --blink-settings=preferredColorScheme=0
done
first=

# A study, with claims.
cat >grid.json <<'J'
{"name": "grid", "seeds": [1, 2], "data": "data",
 "options": {"batch-size": 20, "encoder": "cnn4", "width": 8, "head-hidden": 8, "head-out": 8, "epochs": 1, "log-every": 1},
 "axes": [{"name": "lr", "values": [0.001, 0.1]}],
 "measures": [{"name": "loss", "from": "train", "path": "last.loss", "digits": 3}],
 "claims": [{"name": "low", "left": {"measure": "loss", "where": {"lr": 0.1}}, "right": {"measure": "loss", "where": {"lr": 0.001}},
             "expect": "less"}]}
J
"$akin" study grid.json --out study --quiet >/dev/null && "$akin" report study --quiet >/dev/null || fail "no study"
grep -q 'Claims and verdicts' study/report.html || fail "the study has no claims"
good study/report.html 1280 --blink-settings=preferredColorScheme=0
good study/report.html 390

# Texts, and a run without labels: rows of a table.
awk 'BEGIN { srand(4); print "label\ttext"; for (i = 0; i < 90; i++) { line = ""; for (j = 0; j < 12; j++) line = line " word" int(rand() * 9) + 9 * (i % 3);
    print i % 3 "\t" line } }' >texts.tsv
awk 'BEGIN { srand(5); print "a,b,c"; for (i = 0; i < 90; i++) print rand() + i % 3 "," rand() "," rand() }' >rows.csv
"$akin" train --recipe none texts.tsv --out texts --epochs 2 --batch-size 20 --quiet && "$akin" report texts --quiet >/dev/null || fail "no run of texts"
"$akin" train --recipe none rows.csv --out rows --epochs 2 --batch-size 20 --encoder linear --width 4 --quiet && "$akin" report rows --quiet >/dev/null ||
    fail "no run of rows"
for run in texts rows; do
    good $run/report.html 1280
    good $run/report.html 390 --blink-settings=preferredColorScheme=0
done

# Items side by side, of pictures and of texts.
for run in one texts; do
    for verb in dups outliers labels nn; do
        more=
        [ $verb = dups ] && more='--threshold 0.9'
        [ $verb = nn ] && more='--query 3 --query-as row'
        "$akin" $verb $run $more --page $verb-$run.html --quiet >/dev/null || fail "no page of $verb of $run"
        good $verb-$run.html 1280
        good $verb-$run.html 390 --blink-settings=preferredColorScheme=0
    done
done
exit 0
