/* SPDX-License-Identifier: Apache-2.0 */
/* set/graph_text.c - pairs as lines: two items, each by its name or its number from 0, and a weight or a
 * word, with tabs between, or commas. */
#include "set/graph.h"

#include "base/escape.h"
#include "base/names.h"
#include "base/path.h"
#include "base/plain.h"

#include <inttypes.h>
#include <string.h>

enum { FIELDS = 3, NAME_BYTES = 8192, TWICE = -1 };
static const size_t LONGEST = (size_t)1 << 33;

/* Names of the items, and which item each is of. */
typedef struct item_names {
    ak_names names;
    int64_t *item; /* TWICE: of more than one */
} item_names;

static akin_status index_names(const ak_graph_reader *r, item_names *x, akin_error *err)
{
    char buffer[NAME_BYTES];
    x->item = ak_alloc(sizeof *x->item, r->items, 1);
    for (int64_t i = 0; x->item && i < r->items; i++) {
        const char *name = r->name(r->ctx, i, buffer, sizeof buffer);
        const int64_t before = x->names.n, at = ak_names_add(&x->names, name, (int64_t)strlen(name));
        if (at < 0) return ak_no_memory(err, "for the names of %" PRId64 " items", r->items);
        x->item[at] = at == before ? i : TWICE;
    }
    return x->item ? AKIN_OK : ak_no_memory(err, "for the names of %" PRId64 " items", r->items);
}

static bool is_number(const char *text)
{
    const size_t n = strspn(text, "0123456789");
    return n > 0 && n < 18 && text[n] == 0;
}

/* An item by its name, else by its number. */
static akin_status item_of(ak_graph_reader *r, const item_names *x, const char *text, int64_t line,
                           int64_t *item, akin_error *err)
{
    char shown[AK_SHOWN], example[NAME_BYTES], shown_example[AK_SHOWN];
    const int64_t at = ak_names_find(&x->names, text, (int64_t)strlen(text));
    if (at >= 0 && x->item[at] == TWICE)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s', line %" PRId64 ": several items have the name '%s'; give their numbers, from 0",
                       r->path, line, ak_shown(text, shown));
    const bool number = at < 0 && is_number(text);
    *item = at >= 0 ? x->item[at] : number ? strtoll(text, NULL, 10) : -1;
    r->numbered = r->numbered || number;
    if (*item >= 0 && *item < r->items) return AKIN_OK;
    if (*item >= 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s', line %" PRId64 ": item %" PRId64 "; there are %" PRId64
                       " to learn from, numbered from 0",
                       r->path, line, *item, r->items);
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s', line %" PRId64
                   ": '%s' is no item that is learned from, by name (the first is '%s') or "
                   "by number",
                   r->path, line, ak_shown(text, shown),
                   ak_shown(r->name(r->ctx, 0, example, sizeof example), shown_example));
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (ak_strcasecmp(text, *words) == 0) return true;
    return false;
}

static akin_status weight_of(const ak_graph_reader *r, const char *text, int64_t line, double *weight,
                             akin_error *err)
{
    static const char *const same[] = { "same", "alike", "positive", NULL };
    static const char *const apart[] = { "different", "apart", "negative", NULL };
    char shown[AK_SHOWN], *end;
    *weight = ak_strtod(text, &end);
    if (end != text && *end == 0) return AKIN_OK;
    *weight = is_one_of(text, same) ? 1 : -1;
    if (*weight > 0 || is_one_of(text, apart)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s', line %" PRId64 ": '%s' is no weight; expected a number, 'same' or 'different'",
                   r->path, line, ak_shown(text, shown));
}

/* A quoted field without its quotes; false where the closing one lacks. */
static bool unquote(char *field)
{
    char *to = field;
    for (const char *from = field + 1; *from; from++) {
        if (*from == '"' && from[1] != '"') {
            *to = 0;
            return from[1] == 0;
        }
        from += *from == '"';
        *to++ = *from;
    }
    return false;
}

/* Cut a line into fields, in place; their number, FIELDS + 1 where there are more, 0 where a quote is not
 * closed or an escape makes no sense. */
static int cut(char *line, char separator, char *field[FIELDS])
{
    int n = 0;
    for (char *at = line, *next; at; at = next) {
        bool quoted = false;
        at += strspn(at, " ");
        for (next = at; *next && (quoted || *next != separator); next++)
            if (*next == '"' && *at == '"') quoted = !quoted;
        next = *next ? next : NULL;
        if (next) *next++ = 0;
        for (char *end = at + strlen(at); end > at && end[-1] == ' ';) *--end = 0;
        if (n == FIELDS) return FIELDS + 1;
        if (*at == '"' ? !unquote(at) : akin_name_unescape(at, (int64_t)strlen(at), at) < 0) return 0;
        field[n++] = at;
    }
    return n;
}

/* Names of columns, as programs write them over such tables. */
static bool is_header(const item_names *x, char *const *field)
{
    static const char *const words[] = { "a",    "item",   "item1", "item_a", "first", "source",
                                         "left", "anchor", "i",     "id1",    "from",  NULL };
    return is_one_of(field[0], words) && ak_names_find(&x->names, field[0], (int64_t)strlen(field[0])) < 0;
}

static akin_status read_line(ak_graph_reader *r, const item_names *x, char *text, int64_t line, bool first,
                             akin_error *err)
{
    char *field[FIELDS];
    const int n = cut(text, strchr(text, '\t') ? '\t' : ',', field);
    int64_t item[2];
    double weight = 1;
    if (n != 2 && n != 3)
        return ak_fail(
            err, AKIN_ERR_FORMAT,
            n == 0 ? "'%s', line %" PRId64 ": a quote is not closed where its field ends, or a backslash "
                     "is none of the escapes of names"
                   : "'%s', line %" PRId64 ": expected two items and perhaps a weight, with a tab or "
                     "a comma between",
            r->path, line);
    if (first && is_header(x, field)) {
        r->header = true;
        return AKIN_OK;
    }
    for (int i = 0; i < 2; i++) AK_TRY(item_of(r, x, field[i], line, &item[i], err));
    if (n == 3) AK_TRY(weight_of(r, field[2], line, &weight, err));
    return ak_graph_add(r, item[0], item[1], weight, line, err);
}

static akin_status read_lines(ak_graph_reader *r, const item_names *x, char *text, akin_error *err)
{
    int64_t line = 0;
    bool first = true;
    for (char *at = text, *next; at; at = next) {
        next = strchr(at, '\n');
        if (next) *next++ = 0;
        const size_t n = strlen(at);
        if (n && at[n - 1] == '\r') at[n - 1] = 0;
        line++;
        if (*at == 0 || *at == '#') continue;
        AK_TRY(read_line(r, x, at, line, first, err));
        first = false;
    }
    return r->n ? AKIN_OK : ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no pairs", r->path);
}

akin_status ak_graph_read_text(ak_graph_reader *r, akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    item_names x = { .item = NULL };
    akin_status status = ak_text_load(r->path, LONGEST, &text, &bytes, err);
    if (!status && strlen(text) != bytes)
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is no table of pairs: byte %zu (from 0) is 0", r->path,
                         strlen(text));
    if (!status) status = index_names(r, &x, err);
    if (!status) status = read_lines(r, &x, text, err);
    ak_names_free(&x.names);
    free(x.item);
    free(text);
    return status;
}
