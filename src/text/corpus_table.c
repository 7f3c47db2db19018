/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_table.c - rows of lines, tsv and csv files, and what their columns mean.
 *
 * Quotes as in RFC 4180: a field that begins with " ends at the next " that is not doubled. In csv such a field may hold
 * line ends; in tsv a row is a line, and a quote that does not close the field is a quote. */
#include "text/text.h"

#include <ctype.h>
#include <stdio.h>

enum { MOST_COLUMNS = 1024 };

static const struct {
    const char *name;
    ak_role role;
} ROLES[] = { { "text", ROLE_TEXT },          { "sentence", ROLE_TEXT },      { "anchor", ROLE_ANCHOR },
              { "positive", ROLE_POSITIVE },  { "positives", ROLE_POSITIVE }, { "negative", ROLE_NEGATIVE },
              { "negatives", ROLE_NEGATIVE }, { "label", ROLE_LABEL },        { "group", ROLE_GROUP } };

ak_role ak_role_of(const char *name, int64_t bytes)
{
    for (size_t i = 0; i < sizeof ROLES / sizeof *ROLES; i++) {
        const int64_t n = (int64_t)strlen(ROLES[i].name);
        int64_t same = 0;
        while (same < n && same < bytes && tolower((unsigned char)name[same]) == ROLES[i].name[same]) same++;
        if (same == n && same == bytes) return ROLES[i].role;
    }
    return ROLE_NONE;
}

/* The next "role=column" of a list; false at its end. */
static bool next_pair(const char **at, ak_text_field *role, ak_text_field *column)
{
    if (!*at || !**at) return false;
    const char *comma = strchr(*at, ','), *end = comma ? comma : *at + strlen(*at);
    const char *equal = memchr(*at, '=', (size_t)(end - *at));
    *role = (ak_text_field){ *at, (equal ? equal : end) - *at };
    *column = equal ? (ak_text_field){ equal + 1, end - equal - 1 } : (ak_text_field){ end, 0 };
    *at = comma ? comma + 1 : end;
    return true;
}

akin_status ak_columns_check(const char *columns, akin_error *err)
{
    ak_text_field role, column;
    for (const char *at = columns; next_pair(&at, &role, &column);)
        if (ak_role_of(role.text, role.bytes) == ROLE_NONE || column.bytes == 0)
            return ak_fail(
                err, AKIN_ERR_RANGE,
                "columns are '%s'; they must be like 'anchor=1,positive=2,label=kind', of text, anchor, "
                "positive, negative, label, group",
                columns);
    return AKIN_OK;
}

ak_role ak_role_given(const char *columns, const char *name, int64_t bytes, int64_t number)
{
    ak_text_field role, column;
    char digits[24];
    const int64_t n = snprintf(digits, sizeof digits, "%lld", (long long)number);
    for (const char *at = columns; next_pair(&at, &role, &column);)
        if ((column.bytes == bytes && memcmp(column.text, name, (size_t)bytes) == 0) ||
            (number > 0 && column.bytes == n && memcmp(column.text, digits, (size_t)n) == 0))
            return ak_role_of(role.text, role.bytes);
    return ROLE_NONE;
}

void ak_row_put(ak_text_row *row, ak_role role, const char *text, int64_t bytes)
{
    const ak_text_field f = { text, bytes };
    switch (role) {
    case ROLE_TEXT: row->text = f; break;
    case ROLE_ANCHOR: row->anchor = f; break;
    case ROLE_LABEL: row->label = f; break;
    case ROLE_GROUP: row->group = f; break;
    case ROLE_POSITIVE:
        row->overflow |= row->positives == AK_ROW_PARTS;
        if (row->positives < AK_ROW_PARTS) row->positive[row->positives++] = f;
        break;
    case ROLE_NEGATIVE:
        row->overflow |= row->negatives == AK_ROW_PARTS;
        if (row->negatives < AK_ROW_PARTS) row->negative[row->negatives++] = f;
        break;
    case ROLE_NONE: break;
    }
}

/* Lines ------------------------------------------------------------------------------------------------------- */

akin_status ak_lines_read(akin_corpus *c, akin_error *err)
{
    akin_lines *l = NULL;
    AK_TRY(akin_lines_open(c->path, &l, err));
    akin_status status = AKIN_OK;
    const char *text;
    int64_t bytes;
    int32_t item;
    bool got = true;
    while (!status) {
        status = akin_lines_next(l, &text, &bytes, &got, err);
        if (status || !got) break;
        c->counts.lines++;
        const ak_text_place at = { c->path, akin_lines_number(l), -1, -1, -1, 0 };
        status = ak_corpus_add(c, &at, text, bytes, false, &item, err);
        if (!status) status = ak_corpus_budget(c, l, 0, err);
    }
    akin_lines_close(l);
    return status;
}

/* Tables ------------------------------------------------------------------------------------------------------ */

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

/* Does a quoted field go on after these bytes? */
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

/* What the columns are. *header: the first row is one, and no item. */
static akin_status read_header(table *t, bool *header, akin_error *err)
{
    const char *columns = t->c->opts.columns;
    bool known = false, named = false;
    t->columns = t->fields;
    for (int i = 0; i < t->fields; i++) {
        const ak_text_field *f = &t->field[i];
        known |= ak_role_of(f->text, f->bytes) != ROLE_NONE;
        named |= ak_role_given(columns, f->text, f->bytes, 0) != ROLE_NONE;
    }
    *header = known || named;
    int matched = 0;
    for (int i = 0; i < t->fields; i++) {
        const ak_text_field *f = &t->field[i];
        t->role[i] = columns   ? ak_role_given(columns, f->text, f->bytes, i + 1)
                     : *header ? ak_role_of(f->text, f->bytes)
                               : ROLE_NONE;
        matched += t->role[i] != ROLE_NONE;
    }
    if (!columns && !*header && t->fields == 1) t->role[0] = ROLE_TEXT;
    int wanted = 0;
    ak_text_field a, b;
    for (const char *at = columns; next_pair(&at, &a, &b);) wanted++;
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
    if (wrong) return ak_corpus_bad_row(c, c->path, t->line, wrong, err);
    for (int i = 0; i < t->fields; i++) {
        const bool part = t->role[i] == ROLE_POSITIVE || t->role[i] == ROLE_NEGATIVE;
        if (part && t->field[i].bytes == 0) continue; /* rows may have fewer than others */
        ak_row_put(&row, t->role[i], t->field[i].text, t->field[i].bytes);
    }
    return ak_corpus_row(c, c->path, t->line, &row, err);
}

akin_status ak_table_read(akin_corpus *c, char separator, akin_error *err)
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
        if (!status) status = ak_corpus_budget(c, t->lines, 0, err);
        first = false;
    }
    akin_lines_close(t->lines);
    free(t->row);
    free(t);
    return status;
}
