#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.sh AKIN HELPERS: Chromium opens a report from disk without the network, says nothing on its console, lays the page
# out without overflow, and shows what the run folder holds; hostile names stay text.
akin=$1 helpers=$2
. "$(dirname "$0")/chromium.part"

# npy FILE "SHAPE" BYTES: a version 1 .npy of uint8 with values 1 to 126
npy() {
    dict="{'descr': '|u1', 'fortran_order': False, 'shape': ($2), }"
    { printf '\223NUMPY\001\000\166\000%-117s\n' "$dict"
      LC_ALL=C awk -v n="$3" 'BEGIN { for (i = 0; i < n; i++) printf "%c", 1 + (i * 37) % 126 }'; } >"$1"
}

# accuracy PROTOCOL ENCODER LAYER TOP1 LOW HIGH [MORE]
accuracy() {
    printf '%s{"protocol":"%s","encoder":"%s","layer":"%s","top1":%s,"ci95":[%s,%s],"n":10000,"reference":60000%s}' \
        "$comma" "$1" "$2" "$3" "$4" "$5" "$6" "$7"
    comma=,
}

# make_run FOLDER LR FINAL-LOSS
make_run() {
    mkdir -p "$1/gallery"
    printf '%s' '{"akin":{"version":"0.1.0","isa":"avx2","threads":2},"created":"2026-11-21T21:13:18Z",
"command":"akin train <script>document.title=1</script>","config":{"lr":'"$2"',"epochs":20},
"data":{"path":"/data","name":"Sh<o>es","format":"idx","fingerprint":"ab12","train":60000,"test":10000,"height":8,
"width":8,"channels":1,"labels":true,"classes":["<img src=x onerror=alert(1)>","Bag"]},
"encoder":{"name":"tiny","parameters":274832,"macs_per_image":7812352,"features":128,"projection":64},
"loss":{"name":"ntxent","line":"two views","chance":6.9305,"floor":4.9326,"formula":"L"}}' >"$1/run.json"
    awk -v final="$3" 'BEGIN { for (s = 1; s <= 300; s++) printf "{\"step\":%d,\"steps\":300,\"epochs\":20,\"loss\":%.4f," \
"\"learned\":0.8,\"verdict\":\"learning\",\"lr\":%.4f,\"samples_per_s\":6750,\"data_wait_frac\":0.01}\n", s,
final + (6.93 - final) * exp(-s / 60), 0.06 * s / 300 }' >"$1/metrics.jsonl"
    comma=
    { printf '{"results":['
      for protocol in mean-v1 knn-v1 linear-v2; do
          accuracy $protocol none pixels 0.851 0.844 0.858
          accuracy $protocol random backbone 0.832 0.825 0.839
          accuracy $protocol trained backbone 0.884 0.878 0.890
          accuracy $protocol trained projector 0.869 0.862 0.876
      done
      accuracy mean-v1 trained backbone 0.704 0.683 0.725 ',"labels_per_class":5,"draws":10'
      printf '],"seconds":1}'; } >"$1/eval.json"
    npy "$1/gallery/views.npy" "2, 5, 8, 8, 1" 640
    npy "$1/gallery/neighbours.npy" "2, 3, 8, 8, 1" 384
    row='{"query":{"item":"a","label":"Bag"},"neighbours":[{"item":"b","label":"Bag","similarity":0.9},
{"item":"c","label":"<script>","similarity":0.8}]}'
    printf '{"encoder":"trained","layer":"backbone","rows":[%s,%s]}' "$row" "$row" >"$1/gallery/neighbours.json"
    printf '{"steps":300,"epochs":20,"seconds":178.4,"weights_xxh64":"9f3a"}' >"$1/DONE"
}

# look PAGE WIDTH: the page as the browser has it, in $work/dom; fails on any word on the console
look() {
    browse "$1" "$2" || fail "the browser gave up on $1"
    if grep -E 'CONSOLE|Refused to|net::ERR' "$work/log" >&2; then fail "the console spoke about $1"; fi
}

has() {
    grep -qF -- "$1" "$work/dom" || { grep "id=.said" "$work/dom" >&2; fail "the page lacks: $1"; }
}

count() {
    [ "$(grep -oF -- "$2" "$work/dom" | wc -l)" -eq "$1" ] || fail "$(grep -oF -- "$2" "$work/dom" | wc -l) times '$2', not $1"
}

make_run "$work/first" 0.06 5.31
"$akin" report "$work/first" --json >"$work/out" || fail "akin report"
bytes=$(wc -c <"$work/first/report.html")
grep -qF "\"report\":\"$work/first/report.html\",\"bytes\":$bytes,\"runs\":1" "$work/out" || fail "--json: $(cat "$work/out")"
look "$work/first/report.html" 1280
has '<h1>first</h1>'
has 'kNN accuracy 88.4'
has 'id="curve">Loss against the step'
has 'chance 6.931'
has 'floor 4.933'
has '&lt;script&gt;document.title=1&lt;/script&gt;'
has '&lt;img src=x onerror=alert(1)&gt;'
has '</footer>'
count 16 '<img '
count 11 '<tr class="plotrow"' # rows and axis: 2 + 1 each, and 1 + 1 where few labels were measured for one layer
count 0 '<script'

# Seven runs, whose tables are wider than a telephone: they scroll in boxes of their own, which the keyboard reaches.
seven=
for number in 1 2 3 4 5 6 7; do
    make_run "$work/a-run-with-a-long-name-$number" "0.00$number" 5.$number
    seven="$seven $work/a-run-with-a-long-name-$number"
done
"$akin" report $seven -o "$work/seven.html" --quiet >/dev/null || fail "akin report of seven runs"
grep -qF '<th scope="row"><span class="swatch c6"></span>a-run-with-a-long-name-7</th><td>0.007</td>' "$work/seven.html" ||
    fail "what differs is not turned"

# The same page in frames of both widths, measured by a page of the test's own: nothing is wider than its frame,
# every picture was decoded.
cat >"$work/frame.html" <<'PAGE'
<!DOCTYPE html><title>frame</title><iframe id="a" width="1280" height="900" src="first/report.html"></iframe>
<iframe id="b" width="390" height="900" src="first/report.html"></iframe>
<iframe id="c" width="1280" height="900" src="seven.html"></iframe>
<iframe id="d" width="390" height="900" src="seven.html"></iframe><pre id="said"></pre><script>
addEventListener("load", () => {
    document.getElementById("said").textContent = ["a", "b", "c", "d"].map(id => {
        const d = document.getElementById(id).contentDocument, w = document.getElementById(id).clientWidth;
        const wide = d.documentElement.scrollWidth > w ? "overflow " + d.documentElement.scrollWidth : "fits";
        const good = [...d.images].every(i => i.complete && i.naturalWidth === 8);
        const rules = d.styleSheets[0].cssRules.length > 50;
        return w + " " + wide + (good ? " pictures" : " broken pictures") + (rules ? " styled" : " unstyled");
    }).join("; ");
});
</script>
PAGE
browse "$work/frame.html" 1800 --allow-file-access-from-files || fail "the browser gave up on the frames"
has '1280 fits pictures styled; 390 fits pictures styled; 1280 fits pictures styled; 390 fits pictures styled'

# The map of a run: a page of the test's own clicks it, follows the keys, changes the colours and opens the table.
(cd "$work" && "$helpers/make_data" data 60 20 16 && "$akin" train --recipe none data --out mapped --epochs 1 --batch-size 20 --width 8 \
    --encoder cnn4 --head-hidden 8 --head-out 8 --quiet && "$akin" report mapped --quiet) >/dev/null || fail "no run with a map"
look "$work/mapped/report.html" 390
has '<li><span class="spot"'
cat >"$work/frame.html" <<'PAGE'
<!DOCTYPE html><title>frame</title><iframe id="a" width="1280" height="900" src="mapped/report.html"></iframe>
<iframe id="b" width="390" height="900" src="mapped/report.html"></iframe><pre id="said"></pre><script>
addEventListener("load", () => setTimeout(() => {
    const f = document.getElementById("a"), d = f.contentDocument, at = id => d.getElementById(id), w = f.contentWindow;
    const c = at("map-canvas"), item = at("map-item"), said = [];
    const name = () => { const e = item.querySelector(".what"); return e ? e.textContent : ""; };
    const say = (what, good) => said.push(what + (good ? " good" : " BAD"));
    const data = JSON.parse(at("map-data").textContent), n = data.name.length;
    const key = k => c.dispatchEvent(new w.KeyboardEvent("keydown", { key: k, bubbles: true, cancelable: true }));
    const ink = () => c.toDataURL();
    const scale = Math.min((c.clientWidth - 24) / data.w, (c.clientHeight - 24) / data.h);
    const mouse = (type, i) => {
        const r = c.getBoundingClientRect();
        c.dispatchEvent(new w.MouseEvent(type, {
            clientX: r.left + (c.clientWidth - data.w * scale) / 2 + data.x[i] * scale,
            clientY: r.top + (c.clientHeight - data.h * scale) / 2 + data.y[i] * scale, bubbles: true }));
    };
    const before = ink();
    mouse("click", 7);
    say("click", name() === data.name[7] && ink() !== before);
    say("nearest", item.querySelectorAll("li").length === data.k &&
        item.querySelector("li span").firstChild.textContent === data.name[data.near[7 * data.k]]);
    say("picture", item.querySelector("canvas").getContext("2d").getImageData(0, 0, 16, 16).data[3] === 255);
    mouse("pointermove", 9);
    say("hover", name() === data.name[9]);
    c.dispatchEvent(new w.Event("pointerleave"));
    say("leave", name() === data.name[7]);
    for (let i = 0; i < n; i++) key("ArrowRight");
    const last = data.name.indexOf(name());
    say("right", last !== 7 && data.x[last] > data.x[7]);
    key("ArrowLeft");
    say("left", data.x[data.name.indexOf(name())] < data.x[last]);
    item.querySelector("button").click();
    say("button", name() !== "" && d.activeElement === c);
    key("Escape");
    say("escape", name() === "");
    const held = ink();
    at("map-colour").value = "density";
    at("map-colour").dispatchEvent(new w.Event("change"));
    say("colours", ink() !== held && at("map-legend").textContent.includes("rare"));
    const pick = (by, words) => {
        const was = ink();
        at("map-colour").value = by;
        at("map-colour").dispatchEvent(new w.Event("change"));
        const told = at("map-legend").textContent;
        say(by, at("map-colour").value === by && ink() !== was && words.every(t => told.includes(t)));
    };
    pick("mixed", ["all of its nearest", "none of them"]);
    const size = data.cluster.filter(c => c === 0).length;
    const of = data.label.filter((_, i) => data.cluster[i] === 0);
    const most = Math.max(...data.classes.map((_, c) => of.filter(l => l === c).length));
    pick("cluster", ["cluster 1 (" + size + "): ", " " + Math.round(100 * most / size) + " %", "cluster " + data.central.length + " ("]);
    const words = [...at("map-legend").querySelectorAll("button")];
    say("clusters", words.length === data.central.length && words[0].querySelector("canvas") !== null);
    words[1].focus();
    say("reached", d.activeElement === words[1]);
    words[1].click();
    say("central", name() === data.name[data.central[1]] && item.textContent.includes("cluster 2"));
    pick("hard", ["difficult: ", "easy"]);
    const order = data.hard.map((v, i) => [v, i]).sort((p, q) => p[0] - q[0] || p[1] - q[1]).map(p => p[1]);
    mouse("click", order[n - 1]);
    say("hardest", name() !== data.name[order[n - 1]] || item.textContent.includes("more difficult than 100 %"));
    pick("class", ["("]);
    key("Escape");
    at("map-table").open = true;
    w.dispatchEvent(new w.Event("beforeprint"));
    w.dispatchEvent(new w.Event("afterprint"));
    setTimeout(() => {
        say("table", at("map-rows").rows.length === n && at("map-more").hidden &&
            at("map-rows").rows[3].cells[2].textContent === String(data.cluster[3] + 1) &&
            at("map-rows").rows[3].cells[4].textContent === (data.hard[3] / 1000).toFixed(3));
        for (const id of ["a", "b"]) {
            const e = document.getElementById(id), doc = e.contentDocument;
            say("width " + id, doc.documentElement.scrollWidth <= e.clientWidth);
            say("names " + id, [...doc.querySelectorAll("img")].every(i => i.hasAttribute("alt")) &&
                [...doc.querySelectorAll("button,[tabindex]")].every(i => i.textContent.trim() || i.getAttribute("aria-label")) &&
                [...doc.querySelectorAll("select")].every(i => i.labels.length === 1));
        }
        const ids = [...d.querySelectorAll("[id]")].map(e => e.id);
        say("ids", new Set(ids).size === ids.length);
        say("requests", w.performance.getEntriesByType("resource").every(e => e.name.startsWith("data:")));
        document.getElementById("said").textContent = said.join("; ") + "; end";
    }, 500);
}, 500));
</script>
PAGE
browse "$work/frame.html" 1800 --allow-file-access-from-files || fail "the browser gave up on the map"
if grep -E 'CONSOLE|Refused to|net::ERR' "$work/log" >&2; then fail "the console spoke about the map"; fi
sed -n 's/.*<pre id="said">\(.*\)<\/pre>.*/\1/p' "$work/dom" >"$work/said"
grep -q 'click good.*; end' "$work/said" && ! grep -q BAD "$work/said" || fail "the map: $(cat "$work/said")"

make_run "$work/second" 0.003 5.8
"$akin" report "$work/first" "$work/second" -o "$work/both.html" >/dev/null || fail "akin report of two runs"
look "$work/both.html" 390
has '2 runs compared'
has '<td>0.003</td>'
count 0 '<script'

# What is refused, and how the program says so.
"$akin" report "$work/first" "$work/second" -o "$work/both.html" 2>"$work/said"
[ $? -eq 2 ] || fail "an existing page was not kept"
"$akin" report "$work" 2>"$work/said"
[ $? -eq 3 ] || fail "a folder that is no run did not exit with 3"
[ "$(wc -l <"$work/said")" -eq 1 ] || fail "more or less than one line: $(cat "$work/said")"
sed -i 's/knn-v1/knn-v2/' "$work/second/eval.json"
"$akin" report "$work/first" "$work/second" -o "$work/mixed.html" 2>"$work/said"
[ $? -eq 3 ] && grep -q 'knn-v2' "$work/said" && [ ! -e "$work/mixed.html" ] || fail "versions were mixed"
exit 0
