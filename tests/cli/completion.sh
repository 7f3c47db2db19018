#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The completion of bash, zsh and fish, asked as a person at the keyboard would: each gives the same words, and of each verb
# and action all options of its --help all and no others.
akin=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/expect.inc"
cd "$dir" || exit 1
mkdir somewhere
: >some.json

verbs=$("$akin" help --list | grep -v -e '^data$' -e '^bench$' -e '^completion$')
for verb in $verbs data:inspect data:synth data:longtail data:mix data:split data:convert data:views bench:engine bench:train; do
    words="$(echo "$verb" | tr ':' ' ')"
    # shellcheck disable=SC2086 # verb and action are two words
    echo "akin $words --: $("$akin" $words --help all | grep -o '^  --[a-z0-9-]*' | tr -d '\n' | sed 's/^ *//')"
done >expected
"$akin" --help | awk '/^  [a-z]/ { printf "%s ", $1 } ' | sed 's/^/akin : /; s/$/\n/' >>expected
cat >>expected <<'TABLE'
akin --v: --version
akin tr: train
akin train --lo: --log-every --loss --loss-precision
akin train --loss nt: ntxent
akin train --loss=nt: ntxent
akin train --loss cross: cross-entropy
akin train --loss ntxent --lo: --log-every --loss-precision
akin train --force --for: --format
akin train --set lr=1 --se: --seed --series --set
akin train --set lr: lr lr-factor lr-min
akin train --optimizer : adamw lars sgd
akin train --encoder big: bigru
akin train --epochs so:
akin train --out so: somewhere
akin train --config so: some.json somewhere
akin train so: some.json somewhere
akin embed somewhere -o so: some.json somewhere
akin embed somewhere -o x --ou: --output
akin eval --protocol mean,k: knn kway
akin eval so: somewhere
akin bounds --only aro: arora
akin data lo: longtail
akin data longtail --cl: --class-order --classes-minor
akin data longtail --om:
akin data mix --om: --omega
akin data convert so: some.json somewhere
akin report somewhere so: somewhere
akin plan so:
akin study le: lee
akin help emb: embed
akin completion z: zsh
TABLE
# The words in order, without what differs from shell to shell: what was there before the last comma or the name of the
# option, the sign after a name, the slash after a folder.
ordered() {
    LC_ALL=C awk '{
        match($0, /:[^:]*$/)
        count = split(substr($0, RSTART + 1), word, " ")
        n = 0
        for (i = 1; i <= count; i++) {
            w = word[i]
            sub(/^--[^=]*=/, "", w)
            sub(/^.*,/, "", w)
            sub(/[=\/]$/, "", w)
            if (w == "") continue
            for (at = n; at > 0 && list[at] > w; at--) list[at + 1] = list[at]
            if (at > 0 && list[at] == w) { # it stands there: back again
                for (; at < n; at++) list[at + 1] = list[at + 2]
                continue
            }
            list[at + 1] = w
            n++
        }
        line = substr($0, 1, RSTART)
        for (i = 1; i <= n; i++) line = line " " list[i]
        print line
    }'
}
ordered <expected >want
sed 's/:[^:]*$//' expected >lines

for shell in bash zsh fish; do
    "$akin" completion $shell >script.$shell || fail "completion $shell"
    grep -q "akin [0-9.]*, made by: akin completion $shell" script.$shell || fail "$shell: no version in the script"
    if ! command -v $shell >/dev/null; then
        echo "skipped: no $shell to complete with"
        continue
    fi
    case $shell in
    bash) set -- bash --norc ;;
    zsh) set -- zsh -f ;;
    fish) set -- env HOME="$dir" fish ;;
    esac
    "$@" -n script.$shell || fail "$shell does not read its script"
    "$@" "$here/complete.$shell" "$dir/script.$shell" <lines >answers 2>err || fail "$shell: exit $?"
    [ -s err ] && fail "$shell says: $(head -n 3 err)"
    ordered <answers >got
    diff want got >out || fail "$shell completes otherwise (< is expected): $(cut -c1-300 out)"
done
[ $failures = 0 ] && echo ok
exit $failures
