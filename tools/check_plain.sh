#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The library reads and writes numbers and letters the same in every locale: base/plain.h. So no file of it calls a function
# of the C library that reads a number with a fraction, prints one, knows letters or speaks; and nothing changes the program's
# locale: the program itself (src/cli, src/command), which calls such functions, stays in "C". And a verb prints texts by
# akin_print() alone (akin/tool/escape.h), which lets no control character through.
# check_plain.sh [FILE...]: the files to look at, in place of all.
cd "$(dirname "$0")/.." || exit 2
[ $# -gt 0 ] || set -- $(find src -name '*.[ch]' -o -name '*.inc' | LC_ALL=C sort)
LC_ALL=C awk '
    function say(what) { print FILENAME ":" begin ": " what; bad = 1 }
    # One statement, without its comments; a float in the format of a call of the C library?
    function look(s,    text, at) {
        if (s ~ /[^a-z_](set|use|new|free|dup)locale *\(|[^a-z_](localeconv|nl_langinfo) *\(/) say("a call about locales")
        if (verb && match(s, /[^a-z_]f?printf *\(/)) {
            text = substr(s, RSTART)
            gsub(/%%/, "", text)
            if (text ~ /"[^"]*%[-+ 0#]*[0-9*]*(\.[0-9*]*)?[sc]/) say("what %s brings may be a command of the terminal: akin_print()")
        }
        if (program) return
        if (s ~ /[^a-z_](strto(d|f|ld)|ato[fil]l?|is(alpha|digit|alnum|space|upper|lower|punct|print|graph|cntrl|xdigit|blank)|to(upper|lower)|strn?casecmp|strcasestr|str(coll|xfrm)|v[a-z]*(printf|scanf)|[a-z]*printf_l|[a-z]*wcs[a-z]*|[a-z]*mb[a-z]*towcs?|mbr?(len|towc)|[a-z]*wprintf|isw[a-z]+|tow[a-z]+|wcwidth|strerror(_r)?|scandir|glob|regcomp) *\(/) {
            match(s, /[^a-z_](strto(d|f|ld)|ato[fil]l?|is[a-z]+|to(upper|lower)|str[a-z]+|v[a-z]*(printf|scanf)|[a-z]*printf_l|[a-z]*wcs[a-z]*|[a-z]*mb[a-z]*|[a-z]*wprintf|tow[a-z]+|wcwidth|scandir|glob|regcomp) *\(/)
            say(substr(s, RSTART + 1, RLENGTH - 2) "() depends on the locale: base/plain.h")
        }
        if (match(s, /[^a-z_](s|sn|f|d|as)?printf *\(|[^a-z_]f?s?scanf *\(/)) {
            text = substr(s, RSTART)
            gsub(/%%/, "", text)
            if (text ~ /"[^"]*%[-+ 0#]*[0-9*]*(\.[0-9*]*)?[lL]?[aefgAEFG][^"]*"/) say("a number with a fraction: ak_snprintf()")
            if (text ~ /snprintf *\([^,()]*,[^,()]*, *[a-zA-Z_][^,"]*[,)]/) say("a format that is no literal: ak_snprintf()")
        }
    }
    FNR == 1 { statement = ""; inside = 0; program = FILENAME ~ /^src\/(cli|command)\//; verb = FILENAME ~ /^src\/cli\//; plain = FILENAME ~ /base\/plain\.[ch]$/ }
    plain { next }
    {
        line = $0
        if (inside) { if (!match(line, /\*\//)) next; line = substr(line, RSTART + 2); inside = 0 }
        gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", line)
        if (match(line, /\/\*/)) { line = substr(line, 1, RSTART - 1); inside = 1 }
        if (line ~ /^#/) next
        if (statement == "") begin = FNR
        statement = statement " " line
        if (line ~ /[;{}] *$/) { look(statement); statement = "" }
    }
    END { exit bad }' "$@"
