# SPDX-License-Identifier: Apache-2.0
# api.awk FROZEN HEADER...: reads the public headers and prints a line for each thing that tests/api.sh looks at:
#     function NAME TIER              exported, tier "core" or "tool"
#     stub DECLARATION                of a core function, without AKIN_API and the semicolon
#     fault NAME SENTENCE             a declaration that breaks a rule of docs/api.md, such as a core one that names a
#                                     type which only the tool tier defines
# FROZEN has one type a line. It reads C as this project writes it: it knows comments, braces and ends of statements.

function squeeze(s) { gsub(/[ \t\n]+/, " ", s); sub(/^ /, "", s); sub(/ $/, "", s); return s }
function fault(name, sentence) { print "fault", name, sentence }

# The text of a header without lines of the preprocessor and what only C++ sees; its comments stay.
function read_header(file,   line, text, skip, more) {
    while ((getline line < file) > 0) {
        if (more) { more = line ~ /\\$/; continue }
        if (line ~ /^#ifdef __cplusplus/) skip = 1
        if (line ~ /^#/) { if (line ~ /^#endif/) skip = 0; more = line ~ /\\$/; continue }
        if (!skip) text = text line "\n"
    }
    close(file)
    return text
}

# Cut the text into statements; statement[1..n], each with note[] = the comments before and inside it.
function cut(text,   at, end, c, depth, s) {
    n = 0; depth = 0; s = ""; note[1] = ""
    while (length(text) > 0) {
        at = match(text, /\/\*|[;{}]/)
        if (!at) break
        c = substr(text, at, 1)
        s = s substr(text, 1, at - 1)
        text = substr(text, at + 1)
        if (c == "/") {
            end = index(text, "*/")
            note[n + 1] = note[n + 1] " " substr(text, 2, end - 2)
            text = substr(text, end + 2)
            continue
        }
        s = s c
        if (c == "{") depth++
        if (c == "}") depth--
        if (depth == 0 && (c == ";" || (c == "}" && s ~ /static inline/))) {
            statement[++n] = squeeze(s)
            note[n + 1] = ""
            s = ""
        }
    }
}

# The type of a declaration when it is a struct of ours that is neither behind a pointer nor frozen, else "".
function bare_struct(declaration,   type) {
    if (!match(declaration, /akin_[a-z0-9_]+/)) return ""
    type = substr(declaration, RSTART, RLENGTH)
    if (substr(declaration, RSTART + RLENGTH) ~ /^ *(const *)?\*/) return ""
    return (type in is_struct) && !(type in frozen) ? type : ""
}

function function_of(s, tier,   open, head, name, inside, i, c, depth, count, part, type) {
    open = index(s, "(")
    head = substr(s, 1, open - 1)
    name = head
    sub(/ *$/, "", name)
    sub(/^.*[^a-z0-9_]/, "", name)
    print "function", name, tier
    if (tier == "core") { part = s; sub(/AKIN_API /, "", part); sub(/;$/, "", part); print "stub", part }
    sub(/[a-z0-9_]+ *$/, "", head)
    type = bare_struct(head)
    if (type != "") fault(name, "returns " type " by value")
    inside = substr(s, open + 1)
    sub(/\) *;$/, "", inside)
    depth = 0; part = ""; count = inside == "void" ? 0 : 1
    for (i = 1; i <= length(inside) + 1; i++) {
        c = substr(inside, i, 1)
        if (c == "(") depth++
        if (c == ")") depth--
        if (depth > 0 || (c != "," && c != "")) { part = part c; continue }
        type = part ~ /\(/ ? "" : bare_struct(part)
        if (type != "") fault(name, "takes " type " by value")
        part = ""
        if (c == ",") count++
    }
    if (count > 7) fault(name, "has " count " parameters, more than 7")
}

function struct_of(s, comment,   name, body, members, i, m, type, sized) {
    name = s
    sub(/^typedef struct */, "", name)
    sub(/[^a-z0-9_].*$/, "", name)
    if (name == "") { name = s; sub(/^.*} */, "", name); sub(/ *;$/, "", name) }
    if (name in frozen) return
    body = s
    sub(/^[^{]*{ */, "", body)
    sub(/ *}[^}]*$/, "", body)
    sized = body ~ /^uint32_t struct_size *;/
    if (!sized && squeeze(comment) !~ /[Oo]wned by the library/)
        fault(name, "does not begin with uint32_t struct_size, and is neither frozen nor owned by the library")
    if (!sized) return
    m = split(body, members, ";")
    for (i = 1; i <= m; i++) {
        type = members[i] ~ /\(/ ? "" : bare_struct(members[i])
        if (type != "") fault(name, "holds " type ", which may grow")
    }
}

# A declaration of the core tier that names a type of the tool tier.
function borrowed_of(s,   rest, type, who) {
    rest = s
    while (match(rest, /akin_[a-z0-9_]+/)) {
        type = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        if (who == "") who = type
        if (type in of_tool) fault(who, "is of the core tier and names " type ", which the tool tier defines")
    }
}

BEGIN {
    while ((getline line < ARGV[1]) > 0) frozen[line] = 1
    for (a = 2; a < ARGC; a++) { # all names of structs first
        tier = ARGV[a] ~ /akin\/tool\// ? "tool" : "core"
        rest = read_header(ARGV[a])
        while (match(rest, /(struct|enum) +akin_[a-z0-9_]+ *[{a;]/)) {
            part = substr(rest, RSTART, RLENGTH - 1)
            end = substr(rest, RSTART + RLENGTH - 1, 1)
            rest = substr(rest, RSTART + RLENGTH - 1)
            kind = part ~ /^struct/ ? "struct" : "enum"
            sub(/^[a-z]+ +/, "", part)
            sub(/ +$/, "", part)
            if (kind == "struct" && end != ";") is_struct[part] = 1
            if (tier == "tool" && (end == "{" || !(part in of_core))) of_tool[part] = 1
            if (tier == "core" && end != ";") of_core[part] = 1
        }
    }
    for (a = 2; a < ARGC; a++) {
        tier = ARGV[a] ~ /akin\/tool\// ? "tool" : "core"
        cut(read_header(ARGV[a]))
        for (k = 1; k <= n; k++) {
            if (tier == "core") borrowed_of(statement[k])
            if (statement[k] ~ /AKIN_API/ && statement[k] ~ /\(/) function_of(statement[k], tier)
            else if (statement[k] ~ /AKIN_API/) {
                name = statement[k]
                sub(/ *(\[[^]]*\])* *;$/, "", name)
                sub(/^.*[^a-z0-9_]/, "", name)
                fault(name, "is exported data; akin_..._at(i) is the way")
            } else if (statement[k] ~ /^typedef struct *[a-z0-9_]* *{/) struct_of(statement[k], note[k])
        }
    }
}
