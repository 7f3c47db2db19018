/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_table.c - rows of tsv and csv files.
 *
 * Quotes are as in RFC 4180: a field that begins with " ends at the next " that is not doubled. In csv such
 * a field may hold line ends. In tsv a row is a line, and a quote that does not close the field is a
 * character like any other. */
#include "text/corpus_items.h"
#include "text/corpus_readers.h"

#include <stdio.h>
#include <string.h>

enum { MOST_COLUMNS = 1024 };

typedef struct table {
    akin_corpus *c;
    akin_lines *lines;
    char separator;
    int64_t line; /* where the row begins */
    char *row;    /* a copy of it, in which fields are unquoted */
    int64_t room;
    ak_text_field field[MOST_COLUMNS];
    int fields, columns; /* of this row; of the first one, in which */
    ak_role role[MOST_COLUMNS];
} table;

/* Whether a quoted field is still open after these bytes. */
static bool open_quote(const table *t, const char *text, int64_t bytes)
{
    bool quoted = false, begins = true;
    for (int64_t i = 0; i < bytes; i++) {
        if (quoted) {
            if (text[i] == '"' && i + 1 < bytes && text[i + 1] == '"')
                i++;
            else if (text[i] == '"')
                quoted = false;
        } else if (text[i] == '"' && begins) {
            quoted = true;
        }
        begins = !quoted && text[i] == t->separator;
    }
    return quoted;
}

/* Cut t->row into fields, in place. NULL, or what is wrong. */
static const char *cut(table *t, int64_t bytes)
{
    int64_t i = 0;
    t->fields = 0;
    for (;;) {
        if (t->fields == MOST_COLUMNS) return "more than 1024 columns";
        char *to = t->row + i;
        ak_text_field *f = &t->field[t->fields++];
        f->text = to;
        const char *stop = memchr(t->row + i, t->separator, (size_t)(bytes - i));
        int64_t end = stop ? stop - t->row : bytes;
        if (i < bytes && t->row[i] == '"' &&
            (t->separator == ',' || end == i + 1 || t->row[end - 1] == '"')) {
            for (i++; i < bytes; i++) {
                if (t->row[i] == '"' && (i + 1 == bytes || t->row[i + 1] != '"')) break;
                if (t->row[i] == '"') i++;
                *to++ = t->row[i];
            }
            if (i == bytes) return "a quote that is not closed";
            end = i + 1;
            f->bytes = to - f->text;
            if (end < bytes && t->row[end] != t->separator) return "something after a closing quote";
        } else {
            f->bytes = end - i;
        }
        if (end >= bytes) return NULL;
        i = end + 1;
    }
}

/* The next row that is not empty, cut into fields; *wrong says why it cannot be used. */
static akin_status next_row(table *t, bool *got, const char **wrong, akin_error *err)
{
    const char *text;
    int64_t bytes = 0;
    bool more = true;
    do {
        AK_TRY(akin_lines_next(t->lines, &text, &bytes, got, err));
        if (!*got) return AKIN_OK;
        t->c->counts.lines++;
        t->c->counts.empty += bytes == 0;
    } while (bytes == 0);
    t->line = akin_lines_number(t->lines);
    while (t->separator == ',' && open_quote(t, text, bytes)) {
        AK_TRY(ak_lines_more(t->lines, &text, &bytes, &more, err));
        if (!more) break;
    }
    if (!ak_grow(&t->row, &t->room, bytes + 1, 1))
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for line %lld of '%s'", (long long)t->line,
                       t->c->path);
    memcpy(t->row, text, (size_t)bytes);
    *wrong = cut(t, bytes);
    return AKIN_OK;
}

static int count_roles(const table *t, ak_role role)
{
    int n = 0;
    for (int i = 0; i < t->columns; i++) n += t->role[i] == role;
    return n;
}

/* Find out what the columns hold. *header: the first row names them, and is no item. */
static akin_status read_header(table *t, bool *header, akin_error *err)
{
    const char *columns = t->c->opts.columns;
    bool known = false, named = false;
    t->columns = t->fields;
    for (int i = 0; i < t->fields; i++) {
        const ak_text_field *f = &t->field[i];
        known |= ak_role_by_name(f->text, f->bytes) != ROLE_NONE;
        named |= ak_role_by_columns(columns, f->text, f->bytes, 0) != ROLE_NONE;
    }
    *header = known || named;
    int matched = 0;
    for (int i = 0; i < t->fields; i++) {
        const ak_text_field *f = &t->field[i];
        t->role[i] = columns   ? ak_role_by_columns(columns, f->text, f->bytes, i + 1)
                     : *header ? ak_role_by_name(f->text, f->bytes)
                               : ROLE_NONE;
        matched += t->role[i] != ROLE_NONE;
    }
    if (!columns && !*header && t->fields == 1) t->role[0] = ROLE_TEXT;
    const int wanted = ak_columns_count(columns);
    const int texts = count_roles(t, ROLE_TEXT), anchors = count_roles(t, ROLE_ANCHOR);
    if (matched < wanted)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has no column for each of '%s': its first row has %d, beginning with '%.*s'",
                       t->c->path, columns, t->fields, t->field[0].bytes < 60 ? (int)t->field[0].bytes : 60,
                       t->field[0].text);
    if (texts + anchors != 1 || (anchors && !count_roles(t, ROLE_POSITIVE)))
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' has %d columns and %s; there must be one for text, or for anchor and positive: name "
            "them in a first row, or with columns such as 'text=1,label=2'",
            t->c->path, t->fields, *header ? "a header without these" : "no header");
    return AKIN_OK;
}

static akin_status take_row(table *t, const char *wrong, akin_error *err)
{
    akin_corpus *c = t->c;
    char reason[128];
    ak_text_row row;
    memset(&row, 0, sizeof row);
    if (!wrong && t->fields != t->columns) {
        snprintf(reason, sizeof reason, "%d columns where the first row has %d", t->fields, t->columns);
        wrong = reason;
    }
    if (wrong) return ak_corpus_add_bad(c, c->path, t->line, wrong, err);
    for (int i = 0; i < t->fields; i++) {
        const bool part = t->role[i] == ROLE_POSITIVE || t->role[i] == ROLE_NEGATIVE;
        if (part && t->field[i].bytes == 0) continue; /* a row may have fewer of them than others */
        ak_text_row_put(&row, t->role[i], t->field[i].text, t->field[i].bytes);
    }
    return ak_corpus_add_row(c, c->path, t->line, &row, err);
}

static akin_status read_table(akin_corpus *c, char separator, akin_error *err)
{
    table *t = calloc(1, sizeof *t);
    if (!t) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", c->path);
    t->c = c;
    t->separator = separator;
    akin_status status = akin_lines_open(c->path, &t->lines, err);
    bool got = true, first = true, header = false;
    while (!status) {
        const char *wrong = NULL;
        status = next_row(t, &got, &wrong, err);
        if (status || !got) break;
        if (first && wrong) status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' line 1: %s", c->path, wrong);
        if (!status && first) status = read_header(t, &header, err);
        if (!status && !(first && header)) status = take_row(t, wrong, err);
        if (!status) status = ak_corpus_check_size(c, t->lines, err);
        first = false;
    }
    akin_lines_close(t->lines);
    free(t->row);
    free(t);
    return status;
}

akin_status ak_corpus_read_tsv(akin_corpus *c, akin_error *err) { return read_table(c, '\t', err); }
akin_status ak_corpus_read_csv(akin_corpus *c, akin_error *err) { return read_table(c, ',', err); }
