/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_csv.c - tables: a first look at a file, then its rows.
 *
 * The first records decide whether there is a header (table_header.c). The columns are what the options and
 * their names say (table_roles.c), or what those of the run or the training file of that name are
 * (table_match.c). Cells are numbers with a point or a comma; a column has one of the two. */
#include "base/path.h"
#include "files/records.h"
#include "vectors/cell.h"
#include "vectors/table.h"
#include "vectors/vectors_readers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LOOKED_ROWS = 100 };

typedef struct ak_table table;

/* The columns that are wanted: of the run, else, for a test file, of the training file. */
static const akin_vector_layout *wanted_of(const akin_vector_set *set, const ak_vector_split *split)
{
    if (set->wanted.columns) return &set->wanted;
    return split != set->split ? &set->layout : NULL;
}

static akin_status look(akin_vector_set *set, const char *path, ak_records *r, akin_error *err)
{
    ak_field *field = NULL;
    int64_t count = 0;
    AK_TRY(ak_records_next(r, &field, &count, err));
    if (count == 0) return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no rows: it is empty", path);
    AK_TRY(ak_table_create(path, field, count, &set->table, err));
    set->table->delimiter = ak_records_delimiter(r);
    while (set->table->rows < LOOKED_ROWS) {
        const akin_status status = ak_records_next(r, &field, &count, set->table->rows ? NULL : err);
        if (status && set->table->rows == 0) return status;
        if (status || count == 0) break; /* what is wrong further on is told with the rows */
        ak_table_look(set, set->table, field, count);
    }
    return AKIN_OK;
}

static akin_status make_table(akin_vector_set *set, const ak_vector_split *split, const char *path,
                              akin_error *err)
{
    ak_records *r = NULL;
    const akin_vector_layout *wanted = wanted_of(set, split);
    ak_csv_table_free(set->table);
    set->table = NULL;
    AK_TRY(ak_records_open(path, set->opts.delimiter, &r, err));
    const akin_status status = look(set, path, r, err);
    ak_records_close(r);
    if (status) return status;
    table *t = set->table;
    ak_table_find_header(set, t, wanted);
    AK_TRY(wanted ? ak_table_match(set, t, wanted, wanted == &set->layout, err)
                  : ak_table_give_roles(set, t, err));
    free(t->below);
    t->below = NULL;
    t->what = t->label >= 0 ? AK_VECTOR_LABELS : 0;
    for (int64_t c = 0; c < t->columns; c++) {
        t->what |= t->column[c].role == AKIN_ROLE_GROUP  ? AK_VECTOR_GROUPS
                   : t->column[c].role == AKIN_ROLE_TIME ? AK_VECTOR_TIMES
                                                         : 0;
        t->column[c].counts = t->column[c].rises = true;
    }
    if (t->values) AK_TRY(ak_vectors_count_values(set, t->values, path, err));
    if (t->values) t->what |= AK_VECTOR_VALUES;
    if (set->d == 0) set->d = t->d;
    return AKIN_OK;
}

/* Rows
 * ------------------------------------------------------------------------------------------------------- */

typedef struct place {
    table *table;
    int64_t line, column;
} place;

/* "'a.csv', line 3, column 2 ('width')" */
static const char *where(const place *p, char to[400])
{
    char name[AK_CELL_SHOWN] = "";
    const table *t = p->table;
    const char *first = t->column[p->column].first;
    if (t->header) ak_cell_shown(first, strlen(first), name);
    const size_t n = strlen(t->path), most = 240;
    snprintf(to, 400, "'%s%s', line %lld, column %lld%s%s%s", n > most ? "..." : "",
             t->path + (n > most ? n - most : 0), (long long)p->line, (long long)p->column + 1,
             t->header ? " (" : "", name, t->header ? ")" : "");
    return to;
}

static akin_status no_number(const akin_vector_set *set, const ak_field *f, const place *p, akin_error *err)
{
    char at[400], shown[AK_CELL_SHOWN];
    double ignored;
    bool sure;
    where(p, at);
    ak_cell_shown(f->text, f->length, shown);
    if (ak_cell_comma(f->text, f->length, &ignored, &sure))
        return ak_fail(err, AKIN_ERR_INPUT,
                       "%s: %s is not a number by --decimal point; --decimal comma reads it", at, shown);
    if (ak_cell_thousands(f->text, f->length, ',') || ak_cell_thousands(f->text, f->length, '.'))
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "%s: %s has separators of thousands, which are not read; write the number without them", at,
            shown);
    if (ak_cell_time(f->text, f->length, &ignored) && !set->wanted.columns)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "%s: %s is a date and no number; the column can be the time (--time-column) or left out "
            "(--ignore-columns)",
            at, shown);
    const bool first = p->line == 1 && !p->table->header && set->opts.header == 2;
    return ak_fail(err, AKIN_ERR_INPUT, "%s: %s is not a number; %s", at, shown,
                   first ? "is the first line a header (--header yes)?"
                   : set->wanted.columns || set->d == 1
                       ? "write a number there, or take the row out"
                       : "a column of text can be the label (--label-column) or left out (--ignore-columns)");
}

/* A number in text with a comma as the decimal sign. */
static akin_status take_comma(const akin_vector_set *set, const ak_field *f, const place *p, double *x,
                              akin_error *err)
{
    char at[400], shown[AK_CELL_SHOWN];
    bool sure = false;
    ak_column *column = &p->table->column[p->column];
    if (set->opts.decimal == 1 || !ak_cell_comma(f->text, f->length, x, &sure))
        return no_number(set, f, p, err);
    if (!column->comma) column->comma_line = p->line;
    column->comma = true;
    column->comma_sure = column->comma_sure || sure;
    if (!column->point) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_INPUT,
        "%s: %s has a comma, and a number of the column in line %lld has a point; a column needs one "
        "decimal sign",
        where(p, at), ak_cell_shown(f->text, f->length, shown), (long long)column->point_line);
}

/* A number may have a point: remember what that says. */
static akin_status note_point(const akin_vector_set *set, const ak_field *f, const place *p, akin_error *err)
{
    char at[400], shown[AK_CELL_SHOWN];
    ak_column *column = &p->table->column[p->column];
    if (column->point_sure || !memchr(f->text, '.', f->length)) return AKIN_OK;
    if (column->comma || (set->opts.decimal == 2 && !set->wanted.columns))
        return ak_fail(err, AKIN_ERR_INPUT, "%s: %s has a point, and the decimal sign %s a comma%s",
                       where(p, at), ak_cell_shown(f->text, f->length, shown),
                       column->comma ? "of the column is" : "is to be",
                       column->comma ? "; a column needs one decimal sign, and no separators of thousands"
                                     : " (--decimal comma)");
    if (!column->point) column->point_line = p->line;
    column->point = true;
    column->point_sure = !ak_cell_thousands(f->text, f->length, '.');
    return AKIN_OK;
}

/* Whether a column counts the rows, or at least rises. */
static void note_order(ak_column *column, double x, bool first)
{
    if (!column->rises) return;
    const bool whole = x == floor(x) && fabs(x) < 0x1p53;
    column->counts = column->counts && whole && (first || x == column->last + 1);
    column->rises = whole && (first || x > column->last);
    column->last = x;
}

static akin_status take_feature(const akin_vector_set *set, const ak_field *f, const place *p, bool first,
                                float *to, akin_error *err)
{
    double x = 0;
    char at[400], shown[AK_CELL_SHOWN];
    ak_column *column = &p->table->column[p->column];
    ak_cell kind = ak_cell_parse(f->text, f->length, &x);
    if (kind == AK_CELL_TEXT) {
        AK_TRY(take_comma(set, f, p, &x, err));
        kind = AK_CELL_NUMBER;
    } else if (kind == AK_CELL_NUMBER) {
        AK_TRY(note_point(set, f, p, err));
    }
    *to = (float)x + 0.0f; /* no -0 */
    if (kind == AK_CELL_NUMBER && isfinite(*to)) {
        note_order(column, x, first);
        return AKIN_OK;
    }
    *to = NAN;
    column->counts = column->rises = false;
    if (kind == AK_CELL_MISSING && set->opts.missing != AKIN_MISSING_REFUSE) return AKIN_OK;
    where(p, at);
    ak_cell_shown(f->text, f->length, shown);
    if (kind == AK_CELL_MISSING)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "%s: the value is missing%s%s%s; fill it in,%s or take --missing mean or zero", at,
                       f->length ? " (" : "", f->length ? shown : "", f->length ? ")" : "",
                       set->wanted.columns || set->d == 1 ? "" : " leave the column out (--ignore-columns),");
    return ak_fail(err, AKIN_ERR_INPUT, "%s: %s %s; every value must be %s", at, shown,
                   kind == AK_CELL_INFINITE ? "is not finite" : "is too large",
                   kind == AK_CELL_INFINITE ? "finite" : "below 3.4e38, the range of float32");
}

/* A continuous label. */
static akin_status take_value(const akin_vector_set *set, const ak_field *f, const place *p, double *to,
                              akin_error *err)
{
    char at[400], shown[AK_CELL_SHOWN];
    const ak_cell kind = ak_cell_parse(f->text, f->length, to);
    if (kind == AK_CELL_TEXT) return take_comma(set, f, p, to, err);
    if (kind == AK_CELL_NUMBER) return note_point(set, f, p, err);
    return ak_fail(err, AKIN_ERR_INPUT, "%s: %s is no value; a finite number is needed, or take the row out",
                   where(p, at), f->length ? ak_cell_shown(f->text, f->length, shown) : "an empty cell");
}

static akin_status take_row(akin_vector_set *set, ak_vector_split *s, const ak_field *field, place *p,
                            akin_error *err)
{
    const table *t = p->table;
    const int64_t i = s->n;
    float *x = s->x + i * set->d;
    char at[400], shown[AK_CELL_SHOWN];
    for (int64_t c = 0; c < t->columns; c++) {
        const ak_field *f = &field[c];
        const akin_vector_role role = t->column[c].role;
        const bool label = role == AKIN_ROLE_LABEL;
        p->column = c;
        if (role == AKIN_ROLE_FEATURE) {
            AK_TRY(take_feature(set, f, p, i == 0, x + t->column[c].slot, err));
        } else if (label || role == AKIN_ROLE_GROUP) {
            if (f->length == 0 && label && set->wanted.columns) {
                if (s->unlabelled++ == 0) s->unlabelled_line = p->line;
                continue;
            }
            if (f->length == 0)
                return ak_fail(err, AKIN_ERR_INPUT, "%s: the row has no %s; fill it in%s take the row out%s",
                               where(p, at), label ? "label" : "group", label ? "," : " or",
                               label ? ", or leave the whole column out (--ignore-columns)" : "");
            AK_TRY(label ? ak_vectors_label(set, f->text, f->length, &s->labels[i], err)
                         : ak_vectors_group(set, f->text, f->length, &s->groups[i], err));
        } else if (role == AKIN_ROLE_VALUE) {
            AK_TRY(take_value(set, f, p, s->values + i * set->value_count + t->column[c].slot, err));
        } else if (role == AKIN_ROLE_TIME && !ak_cell_time(f->text, f->length, &s->times[i])) {
            return ak_fail(err, AKIN_ERR_INPUT,
                           "%s: %s is no time; a number or a date such as 2026-01-31T18:30:00Z is needed",
                           where(p, at), ak_cell_shown(f->text, f->length, shown));
        }
    }
    s->source[i] = (int32_t)i;
    s->n++;
    return AKIN_OK;
}

static akin_status read_rows(akin_vector_set *set, ak_vector_split *split, ak_records *r, akin_error *err)
{
    place p = { .table = set->table };
    ak_field *field = NULL;
    int64_t count = 0;
    for (bool first = true;; first = false) {
        AK_TRY(ak_records_next(r, &field, &count, err));
        if (count == 0) return AKIN_OK;
        p.line = ak_records_line(r);
        if (count != p.table->columns)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s', line %lld has %lld column%s, the first line has %lld (the delimiter is %s)",
                           p.table->path, (long long)p.line, (long long)count, count == 1 ? "" : "s",
                           (long long)p.table->columns,
                           ak_records_delimiter(r) == '\t' ? "a tab"
                           : ak_records_delimiter(r) == ' '
                               ? "blanks"
                               : (char[]){ '\'', (char)ak_records_delimiter(r), '\'', 0 });
        if (first && p.table->header) continue;
        AK_TRY(ak_vectors_grow(set, split, p.table->what, err));
        AK_TRY(take_row(set, split, field, &p, err));
    }
}

/* After the last row. Commas and points of which each might separate thousands are asked about: "1,234" is
 * 1234 in one country, and 1.234 in another. Where a comma stands between columns, a quoted cell of another
 * column says nothing. */
static akin_status check_decimals(akin_vector_set *set, table *t, akin_error *err)
{
    ak_name_list names = { .n = 0 };
    char at[400], shown[AK_COLUMN_SHOWN];
    bool any = false;
    for (int64_t c = 0; c < t->columns; c++) any = any || t->column[c].comma_sure;
    for (int64_t c = 0; c < t->columns; c++) {
        const ak_column *column = &t->column[c];
        const bool sure = column->comma_sure || (any && t->delimiter != ',') || set->opts.decimal == 2;
        const place p = { t, column->comma_line, c };
        if (column->comma && !sure)
            return ak_fail(
                err, AKIN_ERR_INPUT,
                "%s: the comma may be the decimal sign or separate thousands; --decimal comma reads "
                "1,234 as 1.234, else write it without",
                where(&p, at));
        if (column->comma) ak_name_list_add(&names, ak_column_shown(t, c, shown));
    }
    if (names.n == 0) return AKIN_OK;
    for (int64_t c = 0; c < t->columns; c++) {
        const ak_column *column = &t->column[c];
        const place p = { t, column->point_line, c };
        if (column->point && !column->point_sure)
            return ak_fail(
                err, AKIN_ERR_INPUT,
                "%s: the point may separate thousands, as other columns have decimal commas; write "
                "numbers without such separators",
                where(&p, at));
    }
    if (set->opts.decimal == 0)
        ak_remark(&set->remarks,
                  "Decimal commas are read as points in column%s %s (--decimal point refuses them).",
                  names.n == 1 ? "" : "s", ak_name_list_end(&names));
    return AKIN_OK;
}

/* New rows for a run need no labels. Where some lack theirs, none are taken. */
static void drop_labels(akin_vector_set *set, ak_vector_split *split)
{
    const table *t = set->table;
    char shown[AK_COLUMN_SHOWN];
    if (split->unlabelled == 0) return;
    free(split->labels);
    split->labels = NULL;
    ak_remark(
        &set->remarks,
        "Not labelled: %lld of %lld row%s of '%s' %s nothing in column %s, the first in line %lld: it is "
        "read without labels.",
        (long long)split->unlabelled, (long long)split->n, split->n == 1 ? "" : "s", ak_path_base(t->path),
        split->unlabelled == 1 ? "has" : "have", ak_column_shown(t, t->label, shown),
        (long long)split->unlabelled_line);
}

akin_status ak_vectors_read_csv(akin_vector_set *set, ak_vector_split *split, const char *path,
                                akin_error *err)
{
    ak_records *r = NULL;
    AK_TRY(make_table(set, split, path, err));
    AK_TRY(ak_records_open(path, set->opts.delimiter, &r, err));
    akin_status status = read_rows(set, split, r, err);
    ak_records_remark(r, &set->remarks);
    ak_records_close(r);
    if (!status) status = check_decimals(set, set->table, err);
    if (status) return status;
    drop_labels(set, split);
    if (split == set->split) {
        if (split->n > 0 && !set->wanted.columns) ak_table_judge(set, set->table, split);
        AK_TRY(ak_table_keep_layout(set, set->table, err));
    }
    return ak_table_name_features(set, set->table, err);
}
