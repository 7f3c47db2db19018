/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_json_array.c - a JSON array of objects or of strings, which is read like JSON lines: each
 * element is cut out, with the line where it begins, and parsed by itself. */
#include "base/path.h"
#include "text/corpus_items.h"
#include "text/corpus_readers.h"

#include <string.h>

typedef struct array {
    akin_corpus *c;
    const char *text;
    int64_t bytes, at, line, items;
} array;

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* To the next byte that is no white space; 0 at the end. */
static char skip_space(array *a)
{
    for (; a->at < a->bytes && is_space(a->text[a->at]); a->at++) {
        const char c = a->text[a->at];
        a->line += c == '\n' || (c == '\r' && a->at + 1 < a->bytes && a->text[a->at + 1] != '\n');
    }
    return a->at < a->bytes ? a->text[a->at] : 0;
}

/* Behind the element that begins here; its own grammar is checked when it is parsed. Brackets in strings do
 * not count. */
static void skip_element(array *a)
{
    int64_t depth = 0;
    for (bool quoted = false; a->at < a->bytes; a->at++) {
        const char c = a->text[a->at];
        a->line += c == '\n';
        if (quoted) {
            if (c == '\\') a->at++;
            quoted = c != '"';
            continue;
        }
        if (depth == 0 && (c == ',' || c == ']')) return;
        quoted = c == '"';
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    if (a->at > a->bytes) a->at = a->bytes;
}

static akin_status broken(const array *a, const char *what, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld: %s", a->c->path, (long long)a->line, what);
}

static akin_status take_element(array *a, akin_error *err)
{
    const int64_t from = a->at, line = a->line;
    const char first = a->text[from];
    if (a->items == 0 && first != '{' && first != '"')
        return broken(a, "a JSON array of neither objects nor strings, which is no text", err);
    skip_element(a);
    if (a->at == a->bytes) return broken(a, "the file ends before its JSON array does", err);
    int64_t n = a->at - from;
    while (n > 0 && is_space(a->text[from + n - 1])) n--;
    a->items++;
    a->c->counts.lines++;
    AK_TRY(ak_corpus_add_json(a->c, line, a->text + from, n, err));
    if (a->c->used > a->c->opts.max_bytes)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has more than %lld bytes of text, the limit", a->c->path,
                       (long long)a->c->opts.max_bytes);
    return AKIN_OK;
}

static akin_status read_elements(array *a, akin_error *err)
{
    (void)skip_space(a);
    a->at++; /* the bracket, which brought us here */
    for (char c = skip_space(a); c != ']'; c = skip_space(a)) {
        if (!c) return broken(a, "the file ends before its JSON array does", err);
        AK_TRY(take_element(a, err));
        c = skip_space(a);
        if (c == ',')
            a->at++;
        else if (c != ']')
            return broken(a, c ? "a comma or ] is missing here" : "the file ends before its JSON array does",
                          err);
    }
    a->at++;
    return skip_space(a) ? broken(a, "there is something behind the JSON array", err) : AKIN_OK;
}

akin_status ak_corpus_read_json_array(akin_corpus *c, akin_lines *l, akin_error *err)
{
    array a = { .c = c, .line = 1 };
    char shown[AK_SHOWN];
    bool more = true;
    ak_lines_limit(l, c->opts.max_bytes, "that is the limit of one file");
    AK_TRY(akin_lines_next(l, &a.text, &a.bytes, &more, err));
    while (more) AK_TRY(ak_lines_more(l, &a.text, &a.bytes, &more, err));
    AK_TRY(read_elements(&a, err));
    ak_remark(&c->remarks, "'%s' is a JSON array; each of its %lld elements is an item.",
              ak_shown(c->name, shown), (long long)a.items);
    return AKIN_OK;
}
