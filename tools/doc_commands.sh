#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doc_commands.sh PAGE [BUILD]: run every command that a page shows: the lines of its ```sh blocks, in order, in one shell.
# What a ```text block after them shows must be what they print, but for figures; "..." stands for what is left out. A line
# with "# refused" must fail.
# The pages of docs/ are run in a fresh folder in which akin's tree seems to lie: `build` is BUILD (build).
# README.md is run at the root of the tree, as it is, but for `make check`: whoever calls this runs it anyway; and with
# `doc_commands.sh README.md "make demo"` but for that command, where it has been run.
root=$(cd "$(dirname "$0")/.." && pwd) || exit 2
page=$1
case $page in /*) ;; *) page=$root/$page ;; esac
[ -f "$page" ] || { echo "usage: doc_commands.sh PAGE [BUILD]" >&2; exit 2; }
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/blocks" "$dir/work"
# Block n is n.sh, and what it must print n.text.
awk -v to="$dir/blocks/" -v done="$([ "${page##*/}" = README.md ] && echo "${2:-}")" '
    /^```/ { if (on) on = ""; else if ($0 == "```sh") { on = to sprintf("%03d", ++n) ".sh"; printf "" >on }
             else on = $0 == "```text" && n ? to sprintf("%03d", n) ".text" : "-"; next }
    on == "" || on == "-" || /^make check/ { next }
    done == "make demo" && $0 == done { print "tools/setup.sh demo\nmake" >on; next }
    on ~ /\.sh$/ && /# refused/ { print "if " $0 "\nthen echo \"this was not refused\"; exit 1; fi" >on; next }
    { print >on }' "$page"
[ -f "$dir/blocks/001.sh" ] || { echo "$page shows no commands" >&2; exit 1; }
if [ "${page##*/}" = README.md ]; then
    cd "$root" || exit 2
else
    build=$(cd "${2:-$root/build}" && pwd) || exit 2
    cd "$dir/work" || exit 2
    HOME=$dir/work
    export HOME
    ln -s "$build" build
    python3 -c 'import numpy' 2>/dev/null || PATH=/usr/bin:$PATH # a python3 that Debian's NumPy is for
    for part in docs examples include python; do ln -s "$root/$part" $part; done
fi
# One shell runs all blocks; each writes to a file of its own, so that what it printed can be compared.
{
    echo "set -e; set -o pipefail 2>/dev/null || :"
    for block in "$dir"/blocks/*.sh; do
        printf 'echo %s >"%s/at"\n{\n' "$(basename "$block" .sh)" "$dir"
        cat "$block"
        printf ':\n} >"%s" 2>&1 </dev/null\n' "${block%.sh}.out"
    done
} >"$dir/all.sh"
tell() { printf '%s, block %s: %s\n' "${page#"$root"/}" "$1" "$2" >&2; }
if ! bash "$dir/all.sh"; then
    at=$(cat "$dir/at")
    tell "$at" "a command failed; the block, and what it printed last:"
    { cat "$dir/blocks/$at.sh"; tail -n 12 "$dir/blocks/$at.out"; } >&2
    exit 1
fi
# Words, with every figure, bar and sum the same.
plain() { sed -E 's/[0-9a-f]{16}/H/g; s/[#.]{4,}/B/g; s/<?-?[0-9][0-9.,:e+-]*/N/g' | tr -s ' \t\r\n' ' '; }
code=0
for want in "$dir"/blocks/*.text; do
    [ -f "$want" ] || continue
    n=$(basename "$want" .text)
    plain <"$dir/blocks/$n.out" >"$dir/got"
    awk -v to="$dir/part" '$0 == "..." { n++; next } { print >(to "." n + 0) }' "$want"
    for part in "$dir"/part.*; do
        text=$(plain <"$part" | sed 's/^ //; s/ $//')
        grep -qF -e "$text" "$dir/got" || { tell "$n" "does not print: $text"; code=1; }
    done
    [ $code = 0 ] || { echo "It printed:"; cat "$dir/blocks/$n.out"; exit 1; } >&2
    rm -f "$dir"/part.*
done
echo "${page#"$root"/}: $(ls "$dir"/blocks/*.sh | wc -l) blocks of commands, each did what the page says"
