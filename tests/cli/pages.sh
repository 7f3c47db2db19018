# SPDX-License-Identifier: Apache-2.0
# The commands that the pages of docs/ show: each parses, each option that a verb is given exists, and those of the quick
# pages are run and print what the page says; with AKIN_TEST_FULL=1 those of all pages. A command that fails, or another
# output, is found.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$dir" || exit 1
run=$root/tools/doc_commands.sh build=$(dirname "$akin")

# The runner: it sees a failing command, a refusal that did not come, and other words; not other figures.
page() { { printf '```sh\n%s\n```\n\n```text\n%s\n```\n' "$1" "$2"; } >page.md; "$run" "$dir/page.md" "$build" >out 2>&1; }
page 'echo "3 items in 17 s [##..]"; echo more' '4 items in 18 s
    [#...]' || fail "other figures: $(cat out)"
page 'echo a; false; echo b' 'a' && fail "a command that fails is not found"
page 'true | false | cat' '' && fail "a command that fails in a pipe is not found"
page 'build/akin --version # refused' '' && fail "a refusal that did not come is not found"
page 'build/akin nosuch # refused' 'nosuch' || fail "a refusal: $(cat out)"
page 'echo "3 items"' '4 texts' && fail "other words are not found"
page 'echo one; echo two; echo three' 'one
...
three' || fail "what is left out: $(cat out)"

for page in "$root"/README.md "$root"/docs/*.md "$root"/docs/*/*.md; do
    awk '/^```/ { on = $0 == "```sh"; next } on { print }' "$page" >commands
    sh -n commands 2>err || fail "$page: $(cat err)"
    # `akin VERB ... --option`: lines that are continued in one.
    sed -e :a -e '/\\$/N; s/\\\n//; ta' "$page" | grep -oE '(^|[ /`])akin [a-z]+ [^`|;#]*' | sed 's/^[^a]*//' >>calls
done
# Options that help, as they are typed; "--" alone and those of other programs are not looked at.
awk '{ for (i = 3; i <= NF; i++) if ($i ~ /^--[a-z]/) { sub(/=.*/, "", $i); gsub(/[^a-z0-9-]/, "", $i); print $2, $i } }' calls |
    sort -u >used
"$akin" --help | awk '/^  [a-z]/ { print $1 }' >verbs
while read -r verb option; do
    grep -qx "$verb" verbs || continue
    [ -f "help.$verb" ] || "$akin" help --man "$verb" | sed 's/\\-/-/g' >"help.$verb"
    grep -qE -e "(^|[^a-z0-9-])$option([^a-z0-9-]|$)" "help.$verb" || echo "akin $verb $option"
done <used >unknown
[ "$(wc -l <used)" -gt 100 ] || fail "the pages show few options: $(cat used)"
[ -s unknown ] && fail "options that no verb has: $(tr '\n' ';' <unknown)"

# docs/read.md has every value of diagnose, and the beginning of the name of every row of bounds.
"$akin" data synth --classes 3 --items 90 --width 8 --out w --quiet >out 2>&1 || fail "synth: $(cat out)"
"$akin" diagnose --a w/a.npy --b w/b.npy --labels w/labels.npy --with w/b.npy --json --quiet >diagnose 2>err || fail "diagnose: $(cat err)"
"$akin" bounds --a w/a.npy --b w/b.npy --labels w/labels.npy --items 60 --json --quiet >bounds 2>err || fail "bounds: $(cat err)"
grep -oE '"name":"[^"]*"' diagnose | sed 's/.*:"//; s/"//' | sort -u >values
[ "$(wc -l <values)" -gt 40 ] || fail "diagnose tells few values: $(cat values)"
while read -r name; do
    grep -qF "\`$name\`" "$root/docs/read.md" || echo "$name"
done <values >unread
grep -oE '`[a-z-]+-?`' "$root/docs/read.md" | tr -d '`' >words
grep -oE '"name":"[^"]*"' bounds | sed 's/.*:"//; s/"//' | sort -u | while read -r name; do
    awk -v name="$name" 'index(name, $0) == 1 && ($0 == name || $0 ~ /-$/) { found = 1 } END { exit !found }' words || echo "$name"
done >>unread
[ -s unread ] && fail "docs/read.md lacks $(tr '\n' ' ' <unread)"

quick=$root/docs/choose.md
[ "${AKIN_TEST_FULL:-}" ] && quick=$(grep -l '^```sh$' "$root"/docs/*.md "$root"/docs/*/*.md)
for page in $quick; do
    "$run" "$page" "$build" >out 2>&1 || fail "$(cat out)"
done
[ $failures = 0 ] && echo ok
exit $failures
