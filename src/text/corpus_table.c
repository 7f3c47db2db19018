/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_table.c - rows of tsv and csv files (files/records.h): which column is what, then the items. */
#include "base/path.h"
#include "files/picture_paths.h"
#include "files/records.h"
#include "text/corpus_items.h"
#include "text/corpus_readers.h"

#include <stdio.h>
#include <string.h>

enum { MOST_COLUMNS = 1024, NAME = 48 };

typedef struct table {
    akin_corpus *c;
    ak_records *records;
    const ak_field *field; /* [fields]: the row */
    int64_t fields;
    int columns; /* of the first row, in which */
    ak_role role[MOST_COLUMNS];
    bool unnamed; /* no option says which column is what, and the first row does not either */
    char name[MOST_COLUMNS][NAME]; /* the beginnings of the cells of the first row */
} table;

static void keep_names(table *t)
{
    for (int i = 0; i < t->columns; i++) snprintf(t->name[i], NAME, "%s", t->field[i].text);
}

/* As ids, prices and years are written; a day is no number here either. */
static bool is_number(const char *text)
{
    return strpbrk(text, "0123456789") && text[strspn(text, "0123456789+-.,")] == 0;
}

static int count_roles(const table *t, ak_role role)
{
    int n = 0;
    for (int i = 0; i < t->columns; i++) n += t->role[i] == role;
    return n;
}

/* A table of paths of images is refused, with what can be done with it, unless an option names a column of
 * text; a column of paths that is named is told. */
static akin_status check_pictures(const table *t, akin_error *err)
{
    ak_picture_paths found;
    char advice[AK_PICTURE_ADVICE];
    AK_TRY(ak_picture_paths_find(t->c->path, ak_records_delimiter(t->records), &found, err));
    if (found.column < 0) return AKIN_OK;
    ak_picture_paths_advice(&found, advice);
    const bool text = found.column < t->columns && t->role[found.column] == ROLE_TEXT;
    const int others = count_roles(t, ROLE_TEXT) + count_roles(t, ROLE_ANCHOR) - text;
    if (t->c->opts.columns) {
        if (text) ak_remark(&t->c->remarks, "The paths are read as texts: %s.", advice);
        return AKIN_OK;
    }
    return others ? AKIN_OK : ak_fail(err, AKIN_ERR_INPUT, "'%s': %s", t->c->path, advice);
}

/* Find out what the columns hold. *header: the first row names them, and is no item. */
static akin_status read_header(table *t, bool *header, akin_error *err)
{
    const char *columns = t->c->opts.columns;
    bool known = false, named = false;
    for (int i = 0; i < t->fields; i++) {
        const ak_field *f = &t->field[i];
        known |= ak_role_by_name(f->text, (int64_t)f->length) != ROLE_NONE;
        named |= ak_role_by_columns(columns, f->text, (int64_t)f->length, 0) != ROLE_NONE;
    }
    *header = known || named;
    int matched = 0;
    for (int i = 0; i < t->fields; i++) {
        const ak_field *f = &t->field[i];
        t->role[i] = columns   ? ak_role_by_columns(columns, f->text, (int64_t)f->length, i + 1)
                     : *header ? ak_role_by_name(f->text, (int64_t)f->length)
                               : ROLE_NONE;
        matched += t->role[i] != ROLE_NONE;
    }
    if (!columns && !*header && t->fields == 1) t->role[0] = ROLE_TEXT;
    AK_TRY(check_pictures(t, err));
    const int wanted = ak_columns_count(columns);
    const int texts = count_roles(t, ROLE_TEXT), anchors = count_roles(t, ROLE_ANCHOR);
    if (matched < wanted)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has no column for each of '%s': its first row has %d, beginning with '%.*s'",
                       t->c->path, columns, t->columns,
                       t->field[0].length < 60 ? (int)t->field[0].length : 60, t->field[0].text);
    if (texts + anchors != 1 || (anchors && !count_roles(t, ROLE_POSITIVE))) {
        t->unnamed = !columns && texts + anchors == 0;
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' has %d columns and %s; there must be one for text, or for anchor and positive: name "
            "them in a first row, or as --columns text=1,label=2; --format vectors reads a table of numbers",
            t->c->path, t->columns, *header ? "a header without these" : "no header");
    }
    return AKIN_OK;
}

/* What was taken from the header, or for want of one. Columns that an option names need no remark. */
static void tell_columns(const table *t, bool header)
{
    static const char *const ROLES[] = {
        [ROLE_TEXT] = "text",         [ROLE_ANCHOR] = "anchor", [ROLE_POSITIVE] = "positive",
        [ROLE_NEGATIVE] = "negative", [ROLE_LABEL] = "label",   [ROLE_GROUP] = "group"
    };
    char shown[AK_SHOWN], list[400] = "";
    size_t used = 0;
    int unread = 0;
    if (t->c->opts.columns) return;
    if (!header) {
        ak_remark(&t->c->remarks,
                  "The first row, '%.60s', is a text like the others; --columns names a header.",
                  ak_shown(t->field[0].text, shown));
        return;
    }
    for (int i = 0; i < t->columns; i++) {
        unread += t->role[i] == ROLE_NONE;
        if (t->role[i] != ROLE_NONE && used < 300)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%d as %s", used ? ", " : "", i + 1,
                                     ROLES[t->role[i]]);
    }
    snprintf(shown, sizeof shown, "; %d other%s not read", unread, unread == 1 ? " is" : "s are");
    ak_remark(&t->c->remarks, "By the header, these columns are taken: %s%s.", list, unread ? shown : "");
}

/* Which column is likely the text: that with the longest cell in the row below the first. */
static akin_status propose(const table *t, const ak_field *below, akin_error *err)
{
    char shown[AK_SHOWN], number[16];
    int best = 0;
    for (int i = 1; i < t->columns; i++)
        if (below[i].length > below[best].length) best = i;
    snprintf(number, sizeof number, "%d", best + 1);
    const char *name = t->name[best];
    const bool named = *name && !is_number(name) && !strpbrk(name, " ,=") && strlen(name) < NAME - 1 &&
                       below[best].length > strlen(name);
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s' has %d columns and no header that names one of them text, or anchor and positive; "
                   "--columns text=%s takes %s as the text; --format vectors reads a table of numbers",
                   t->c->path, t->columns, named ? ak_shown(name, shown) : number,
                   named ? "the column of that name" : "the one with the longest cell");
}

/* A first row that does not say what its columns are: what comes below may tell why. */
static akin_status explain(table *t, akin_error *err)
{
    ak_field *below = NULL;
    int64_t count = 0;
    akin_error why;
    const akin_status status = ak_records_next(t->records, &below, &count, &why);
    if (status) return ak_fail(err, status, "%s", why.message);
    if (count == 0 && t->columns > 1)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has one row of %d columns and nothing below: a header only?", t->c->path,
                       t->columns);
    if (count == t->columns && t->columns > 1 && t->unnamed) return propose(t, below, err);
    return AKIN_ERR_INPUT;
}

/* Columns that are given by number make the first row an item. It may be a header all the same. */
static void doubt_first_row(const table *t)
{
    char shown[AK_SHOWN], name[NAME] = "NAME", other[AK_SHOWN];
    for (int i = 0; i < t->columns && i < t->fields; i++)
        if (t->role[i] == ROLE_TEXT) memcpy(name, t->name[i], NAME);
    for (int i = 0; i < t->columns && i < t->fields; i++) {
        if (!t->name[i][0] || is_number(t->name[i]) || !is_number(t->field[i].text)) continue;
        ak_remark(&t->c->remarks,
                  "The first row is read as an item, although its column %d, '%s', is no number and the one "
                  "below is; if it names the columns, give these names: --columns text=%s.",
                  i + 1, ak_shown(t->name[i], shown), ak_shown(name, other));
        return;
    }
}

/* wrong: why the row cannot be used; NULL: it can. */
static akin_status take_row(table *t, const char *wrong, akin_error *err)
{
    akin_corpus *c = t->c;
    const int64_t line = ak_records_line(t->records);
    char reason[128];
    ak_text_row row;
    memset(&row, 0, sizeof row);
    if (!wrong && t->fields != t->columns) {
        snprintf(reason, sizeof reason, "%lld columns where the first row has %d", (long long)t->fields,
                 t->columns);
        wrong = reason;
    }
    if (wrong) return ak_corpus_add_bad_row(c, c->path, line, wrong, err);
    for (int i = 0; i < t->columns; i++) {
        const bool part = t->role[i] == ROLE_POSITIVE || t->role[i] == ROLE_NEGATIVE;
        if (part && t->field[i].length == 0) continue; /* a row may have fewer of them than others */
        ak_text_row_put(&row, t->role[i], t->field[i].text, (int64_t)t->field[i].length);
    }
    return ak_corpus_add_row(c, c->path, line, &row, err);
}

static akin_status read_rows(table *t, akin_error *err)
{
    akin_corpus *c = t->c;
    bool header = false;
    for (bool first = true;; first = false) {
        ak_field *field = NULL;
        AK_TRY(ak_records_next(t->records, &field, &t->fields, err));
        if (t->fields == 0 && header && c->counts.lines == 1)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s' has a header and no rows", c->path);
        if (t->fields == 0) return AKIN_OK;
        c->counts.lines++;
        t->field = field;
        const char *wrong = ak_records_wrong(t->records);
        if (!wrong && t->fields > MOST_COLUMNS) wrong = "more than 1024 columns";
        if (first && wrong)
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %lld: %s", c->path,
                           (long long)ak_records_line(t->records), wrong);
        if (first) {
            t->columns = (int)t->fields;
            keep_names(t);
            const akin_status status = read_header(t, &header, err);
            if (status) return status == AKIN_ERR_INPUT ? explain(t, err) : status;
            tell_columns(t, header);
        }
        if (c->counts.lines == 2 && !header && c->opts.columns) doubt_first_row(t);
        if (!first || !header) AK_TRY(take_row(t, wrong, err));
        AK_TRY(ak_corpus_check_size(c, ak_records_lines(t->records), err));
    }
}

static akin_status read_table(akin_corpus *c, char separator, akin_error *err)
{
    table *t = calloc(1, sizeof *t);
    if (!t) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", c->path);
    t->c = c;
    akin_status status = ak_records_open_texts(c->path, separator, &t->records, err);
    if (!status) {
        status = read_rows(t, err);
        c->counts.empty += ak_records_blank(t->records);
        c->counts.lines += ak_records_blank(t->records);
        ak_records_remark(t->records, &c->remarks);
    }
    ak_records_close(t->records);
    free(t);
    return status;
}

akin_status ak_corpus_read_tsv(akin_corpus *c, akin_error *err) { return read_table(c, '\t', err); }
akin_status ak_corpus_read_csv(akin_corpus *c, akin_error *err) { return read_table(c, ',', err); }
