#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No line of C is longer than 110 columns, comments included; no function is longer than 60 lines; no source file of the
# library or the program than 600. In headers no declaration breaks over lines because of the comment behind it: such a
# comment stands above.
cd "$(dirname "$0")/.." || exit 2
find bench examples include src tests -name '*.[ch]' -o -name '*.inc' | grep -v '^tests/cli/' | LC_ALL=C.UTF-8 xargs awk '
    FNR == 1 { begin = 0 }
    length > 110 { print FILENAME ":" FNR ": " length " columns"; bad = 1 }
    /^\{/ { begin = FNR }
    /^\}/ && begin && FILENAME ~ /^src/ {
        if (FNR - begin > 60) { print FILENAME ":" begin ": a function of " FNR - begin " lines"; bad = 1 }
        begin = 0
    }
    FILENAME ~ /\.h$/ && FNR == 1 { before = "" }
    FILENAME ~ /\.h$/ {
        code = $0
        behind = sub(/ *\/\*.*$/, "", code)
        text = code
        sub(/^ */, "", text)
        if (code ~ /^ *$/ || code ~ /^ *\*( |$)/ || code ~ /^#/ || code ~ /\\$/) before = ""
        else if (before == "") before = code
        else before = before (before ~ /\($/ ? "" : " ") text
        if (behind && before != "" && before != code && code ~ /;$/ && length(before) <= 110) {
            print FILENAME ":" FNR ": a declaration torn by the comment behind it"
            bad = 1
        }
        if (code ~ /[;{},]$/ && !(code ~ /,$/ && before ~ /\(/ && before !~ /\)/)) before = ""
    }
    FILENAME ~ /^(src|include)/ && FNR == 601 { print FILENAME ": more than 600 lines"; bad = 1 }
    END { exit bad }'
