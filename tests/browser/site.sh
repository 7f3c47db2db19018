# SPDX-License-Identifier: Apache-2.0
# site.sh AKIN HELPERS: `make site` builds the documents without a broken link; the pages take nothing from a network, and
# their search works in Chromium from disk. Part of tools/check_full.sh (AKIN_TEST_FULL=1).
akin=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
[ "${AKIN_TEST_FULL:-}" ] || { echo "skipped: the site is built by tools/check_full.sh"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
"$root/tools/site.sh" "$akin" "$work/site" >"$work/out" 2>&1
code=$?
[ $code = 77 ] && { cat "$work/out"; exit 77; }
[ $code = 0 ] || fail "the site: $(cat "$work/out")"
for page in index start losses man/train c/loss studies/text search; do
    [ -s "$work/site/$page.html" ] || fail "the site has no $page.html"
done
grep -q -- '--temperature' "$work/site/man/train.html" || fail "the manual page of train has no options"
grep -rlE '<(script|link|img|iframe)[^>]*(src|href)="(https?:)?//' "$work/site" --include=*.html | head -3 >"$work/far"
grep -rlE '(url\(|@import )["'"'"']?((https?:)?//|/[a-z])' "$work/site/_static" --include=*.css | head -3 >>"$work/far"
[ -s "$work/far" ] && fail "pages that fetch from elsewhere: $(cat "$work/far")"
for browser in chromium chromium-browser google-chrome ''; do command -v "$browser" >/dev/null 2>&1 && break; done
[ "$browser" ] || { echo "skipped in part: no Chromium on this machine"; exit 0; }
"$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
    --host-resolver-rules='MAP * ~NOTFOUND' --virtual-time-budget=20000 --enable-logging=stderr --dump-dom \
    "file://$work/site/search.html?q=temperature" >"$work/dom" 2>"$work/log" </dev/null
grep -q 'CONSOLE' "$work/log" && fail "on the console: $(grep CONSOLE "$work/log" | head -3)"
grep -qE 'href="losses.html[^"]*"' "$work/dom" || fail "a search for 'temperature' does not find the page of the losses"
echo ok
