#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual pages: every verb has one that says what its --help says, word for word; man and mandoc read them without a
# remark, in 80 columns; two builds make the same. And --help itself fits 80 columns.
akin=$1
. "$(dirname "$0")/expect.inc"

plain() { # the text of man(7) source without blanks, as far as akin writes it
    sed -e 's/^\.SS //' -e '/^\.\(TP\|PP\|br\)$/d' -e 's/\\f[BIR]//g' -e 's/\\[:&]//g' -e 's/\\-/-/g' -e "s/\\\\(aq/'/g" \
        -e 's/\\(ga/`/g' -e 's/\\(ha/^/g' -e 's/\\(ti/~/g' -e 's/\\e/\\/g' | tr -d ' \n'
}
section() { awk -v "want=.SH $1" '/^\.SH / { on = $0 == want; next } on' "$dir/page" | plain; }
same() { # same WHAT PAGE HELP
    [ "$2" = "$3" ] || fail "$1: the page says '$2', --help says '$3'"
    [ -n "$3" ] || fail "$1: --help says nothing"
}

verbs=$("$akin" help --list)
[ "$(echo "$verbs" | wc -l)" -ge 15 ] || fail "help --list tells: $verbs"
[ "$verbs" = "$("$akin" --help | awk '/^  [a-z]/ { print $1 }')" ] || fail "--help has other verbs than help --list"
for verb in $verbs; do
    "$akin" help --man "$verb" >"$dir/page" || fail "no page of $verb"
    "$akin" "$verb" --help >"$dir/brief" || fail "no help of $verb"
    "$akin" help "$verb" | cmp -s - "$dir/brief" || fail "akin help $verb is not akin $verb --help"
    [ "$(wc -l <"$dir/brief")" -le 56 ] || fail "akin $verb --help is longer than a screen: give its options .headings"
    "$akin" "$verb" --help all >"$dir/help" || fail "no whole help of $verb"
    "$akin" help "$verb" all | cmp -s - "$dir/help" || fail "akin help $verb all is not akin $verb --help all"
    # each option is told by the brief help or by a group that it names
    grep -o '^  --[a-z0-9-]*' "$dir/brief" >"$dir/options"
    for group in $(sed -n '/ options: akin/,/^  all /p' "$dir/brief" | awk '/^  / && $1 != "all" { print $1 }'); do
        "$akin" "$verb" --help $group >"$dir/group" || fail "akin $verb --help $group"
        [ "$(wc -l <"$dir/group")" -le 56 ] || fail "akin $verb --help $group is longer than a screen"
        grep -o '^  --[a-z0-9-]*' "$dir/group" >"$dir/of-group" || fail "akin $verb --help $group tells of no option"
        cat "$dir/of-group" >>"$dir/options"
    done
    if [ "$verb" != data ]; then # those of actions are told by their help
        LC_ALL=C sort -u "$dir/options" >"$dir/told"
        grep -o '^  --[a-z0-9-]*' "$dir/help" | LC_ALL=C sort -u | cmp -s - "$dir/told" || fail "akin $verb --help and its groups leave options out"
    fi
    grep -q "^\.SH NAME$" "$dir/page" || fail "$verb has no NAME"
    same "$verb, options" "$(section OPTIONS)" \
        "$(sed -n '/^Options:$/,/^Exit:/p' "$dir/help" | sed -e '1d' -e '$d' | tr -d ' \n')"
    same "$verb, usage" "$(section SYNOPSIS)" "$(sed "/^akin $verb/!{/^     /!q}" "$dir/help" | sed '$d' | tr -d ' \n')"
    line=$(sed -n 's/\.$//; /^akin\|^     /!{p;q}' "$dir/help")
    same "$verb, name" "$(section NAME)" "$(echo "akin-$verb-$line" | tr -d ' ')"
    [ -z "$(section EXAMPLES)" ] && fail "$verb has no example"
    text=$(awk '/^$/ { on++; next } /^(Actions|Options):/ { exit } on' "$dir/help" | tr -d ' \n')
    [ "$(section DESCRIPTION)" = "$text" ] || fail "$verb: the page describes '$(section DESCRIPTION)', --help '$text'"
    long=$(awk 'length($0) > 80' "$dir/help")
    [ -z "$long" ] || fail "$verb --help is wider than 80 columns: $long"
    grep -qF "akin\\-$verb (1)" "$dir/akin.1" 2>/dev/null || "$akin" help --man >"$dir/akin.1"
    grep -qF "akin\\-$verb (1)" "$dir/akin.1" || fail "akin(1) does not name $verb"
    sed -e '/^\.\\"/d' -e '/^\.TH/d' -e 's/\\-//g' "$dir/page" | grep "[-'\`^~]" &&
        fail "$verb: a character that cannot be copied from the page"
    cp "$dir/page" "$dir/akin-$verb.1"
done
"$akin" --help | awk 'length($0) > 80' | grep . && fail "akin --help is wider than 80 columns"
for name in AKIN_ISA TMPDIR OMP_NUM_THREADS SOURCE_DATE_EPOCH run.json checkpoints/; do
    grep -qF "$name" "$dir/akin.1" || fail "akin(1) does not tell of $name"
done

# The actions: their help has their options and no others'
"$akin" data longtail --help >"$dir/out" || fail "data longtail --help"
grep -q '^  --ratio' "$dir/out" || fail "data longtail --help lacks --ratio"
grep -q '^  --omega' "$dir/out" && fail "data longtail --help has --omega, which mix reads"
for action in inspect synth longtail mix split convert views; do
    "$akin" data $action --help >"$dir/brief" || fail "data $action --help"
    [ "$(wc -l <"$dir/brief")" -le 56 ] || fail "akin data $action --help is longer than a screen"
    "$akin" data --help $action | cmp -s - "$dir/brief" || fail "akin data --help $action"
    "$akin" data $action --help all | grep -q '^  --help' || fail "akin data $action --help all"
done
"$akin" train --help=optimizer >"$dir/brief" || fail "--help=optimizer"
grep -q '^  --clip-norm' "$dir/brief" && grep -q '^akin train, optimizer: ' "$dir/brief" || fail "--help=optimizer tells $(cat "$dir/brief")"
grep -q -e '^  --loss ' -e '^  --out' "$dir/brief" && fail "--help=optimizer tells of other groups"
"$akin" help data longtail >"$dir/brief"
"$akin" --help data longtail | cmp -s - "$dir/brief" || fail "--help data longtail is not help data longtail"
"$akin" help data longtail text | grep -q '^  --drop-duplicates' || fail "help data longtail text"
"$akin" help data longtail | cmp -s - "$dir/out" || fail "help data longtail is another text"

# Usage, and the date
expect 2 "unknown verb 'trian'; did you mean 'train'?" help trian
expect 2 "akin train: no group of options is called 'x'; there are: record, loss, steps, optimizer, " help train x
expect 2 "did you mean 'optimizer'?" train --help optimiser
expect 2 "did you mean 'longtail'?" data --help longtial
expect 2 "is called 'x'; there are: all" report --help x
expect 2 "these do not go together" help --list train
expect 2 "unknown shell 'csh'" completion csh
SOURCE_DATE_EPOCH=86400 "$akin" help --man train >"$dir/out"
grep -q '^.TH AKIN\\-TRAIN 1 1970-01-02 ' "$dir/out" || fail "SOURCE_DATE_EPOCH"
TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 "$akin" help --man inspect | cmp -s - "$dir/akin-inspect.1" || fail "not reproducible"

# What reads them
if command -v mandoc >/dev/null; then
    mandoc -T lint "$dir"/akin*.1 >"$dir/out" 2>&1
    [ -s "$dir/out" ] && fail "mandoc: $(head -n 5 "$dir/out")"
else
    echo "skipped: no mandoc to check the pages with"
fi
if command -v groff >/dev/null; then
    for page in "$dir"/akin*.1; do
        groff -man -ww -Tascii -rLL=80n "$page" >"$dir/out" 2>"$dir/err"
        [ -s "$dir/err" ] && fail "groff: $(head -n 5 "$dir/err")"
        long=$(sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g' "$dir/out" | awk 'length($0) > 80')
        [ -z "$long" ] || fail "$page is wider than 80 columns: $long"
    done
else
    echo "skipped: no groff to set the pages with"
fi
[ $failures = 0 ] && echo ok
exit $failures
