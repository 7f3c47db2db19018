/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_csv.c - tables: which column is what, then the rows.
 *
 * The first two records decide. The first is a header when one of its cells is text above a number (or
 * above an empty cell), or when an option names a column by it. The label is the column that is asked for,
 * else the one called label or class, else the only column of text. All other columns that no option names
 * are features. A test file must have the columns of the training file. */
#include "base/plain.h"
#include "vectors/cell.h"
#include "files/records.h"
#include "vectors/vectors_readers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef enum role { ROLE_FEATURE, ROLE_LABEL, ROLE_GROUP, ROLE_TIME, ROLE_IGNORED } role;

struct ak_table {
    int64_t columns;
    role *role;   /* [columns] */
    char **first; /* [columns]: the first record */
    bool *text;   /* [columns]: the first row of data has a word there */
    bool header;
    int64_t label; /* the column, or -1 */
    int what;      /* AK_VECTOR_LABELS ... */
};

typedef struct ak_table table;

void ak_csv_table_free(table *t)
{
    if (!t) return;
    for (int64_t c = 0; t->first && c < t->columns; c++) free(t->first[c]);
    free(t->first);
    free(t->role);
    free(t->text);
    free(t);
}

/* Which column is what
 * --------------------------------------------------------------------------------------- */

static ak_cell kind_of(const ak_field *f)
{
    double ignored;
    return ak_cell_parse(f->text, f->length, &ignored);
}

/* Whether a cell could name a class: it has a letter, and is no date. So 1,5 is taken for a mistake and
 * 2026-01-31 for a time. */
static bool is_word(const ak_field *f)
{
    double ignored;
    bool letter = false;
    for (size_t i = 0; i < f->length; i++) letter = letter || ak_isalpha(f->text[i]) || (f->text[i] & 0x80);
    return letter && kind_of(f) == AK_CELL_TEXT && !ak_cell_time(f->text, f->length, &ignored);
}

/* The column of that name; -1: none, -2: several. */
static int64_t find_name(const table *t, const char *name, size_t length)
{
    int64_t found = -1;
    for (int64_t c = 0; c < t->columns; c++)
        if (strlen(t->first[c]) == length && memcmp(t->first[c], name, length) == 0)
            found = found == -1 ? c : -2;
    return found;
}

/* Find the column that an option names: by its header, else by its number. */
static akin_status find_column(const akin_vector_set *set, const table *t, const char *option,
                               const char *name, size_t length, int64_t *column, akin_error *err)
{
    double number = 0;
    *column = t->header ? find_name(t, name, length) : -1;
    if (*column >= 0) return AKIN_OK;
    if (*column == -2)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "--%s is '%.*s', and several columns of '%s' have that name; give its "
                       "number, 1 for the first",
                       option, (int)length, name, set->name);
    const ak_cell kind = ak_cell_parse(name, length, &number);
    if (kind == AK_CELL_NUMBER && number == floor(number) && number != 0 &&
        fabs(number) <= (double)t->columns) {
        *column = number > 0 ? (int64_t)number - 1 : t->columns + (int64_t)number;
        return AKIN_OK;
    }
    const char **names =
        t->header && kind != AK_CELL_NUMBER ? calloc((size_t)t->columns + 1, sizeof *names) : NULL;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%.*s", (int)length, name);
    for (int64_t c = 0; names && c < t->columns; c++) names[c] = t->first[c];
    const char *near = names ? akin_nearest_name(wanted, names) : NULL;
    free(names);
    if (near)
        return ak_fail(err, AKIN_ERR_RANGE, "--%s is '%s'; '%s' has no such column; did you mean '%.60s'?",
                       option, wanted, set->name, near);
    return ak_fail(err, AKIN_ERR_RANGE,
                   "--%s is '%s'; '%s' has %lld columns%s: 1 to %lld, or -1 for the last", option, wanted,
                   set->name, (long long)t->columns, t->header ? ", none of that name" : " and no header",
                   (long long)t->columns);
}

static akin_status give_role(akin_vector_set *set, table *t, const char *option, const char *name,
                             size_t length, role r, akin_error *err)
{
    static const char *const ROLES[] = { "a feature", "the label", "the group", "the time", "left out" };
    int64_t c = -1;
    AK_TRY(find_column(set, t, option, name, length, &c, err));
    if (t->role[c] != ROLE_FEATURE && t->role[c] != r)
        return ak_fail(err, AKIN_ERR_RANGE, "--%s is '%.*s', a column that is already %s", option,
                       (int)length, name, ROLES[t->role[c]]);
    t->role[c] = r;
    if (r == ROLE_LABEL) t->label = c;
    return AKIN_OK;
}

static akin_status give_ignored(akin_vector_set *set, table *t, akin_error *err)
{
    for (const char *at = set->opts.ignore_columns; at && *at;) {
        const size_t length = strcspn(at, ",");
        if (length) AK_TRY(give_role(set, t, "ignore-columns", at, length, ROLE_IGNORED, err));
        at += length + (at[length] == ',');
    }
    return AKIN_OK;
}

/* No label was asked for: take the column with the usual name, else the only column of text. */
static void guess_label(akin_vector_set *set, table *t)
{
    int64_t named = -1, texts = 0, text = -1;
    for (int64_t c = t->columns - 1; c >= 0; c--) {
        if (t->role[c] != ROLE_FEATURE) continue;
        if (t->header &&
            (ak_strcasecmp(t->first[c], "label") == 0 || ak_strcasecmp(t->first[c], "class") == 0))
            named = c;
        if (!t->text[c]) continue;
        texts++;
        text = c;
    }
    t->label = named >= 0 ? named : texts == 1 ? text : -1;
    if (t->label < 0) return;
    t->role[t->label] = ROLE_LABEL;
    char shown[AK_CELL_SHOWN] = "";
    if (t->header) ak_cell_shown(t->first[t->label], strlen(t->first[t->label]), shown);
    ak_remark(&set->remarks, "Column %lld%s%s%s, %s, is taken as the label.", (long long)t->label + 1,
              t->header ? " (" : "", shown, t->header ? ")" : "",
              named >= 0 ? "by its name" : "the only one of text");
}

static akin_status give_roles(akin_vector_set *set, table *t, akin_error *err)
{
    const akin_vectors_opts *o = &set->opts;
    t->label = -1;
    AK_TRY(give_ignored(set, t, err));
    if (o->group_column)
        AK_TRY(give_role(set, t, "group-column", o->group_column, strlen(o->group_column), ROLE_GROUP, err));
    if (o->time_column)
        AK_TRY(give_role(set, t, "time-column", o->time_column, strlen(o->time_column), ROLE_TIME, err));
    if (!o->label_column)
        guess_label(set, t);
    else if (strcmp(o->label_column, "none") != 0)
        AK_TRY(give_role(set, t, "label-column", o->label_column, strlen(o->label_column), ROLE_LABEL, err));
    t->what = (t->label >= 0 ? AK_VECTOR_LABELS : 0) | (o->group_column ? AK_VECTOR_GROUPS : 0) |
              (o->time_column ? AK_VECTOR_TIMES : 0);
    for (int64_t c = 0; c < t->columns; c++) set->d += t->role[c] == ROLE_FEATURE;
    if (set->d == 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has no column of features: all of its %lld are labels, groups, "
                       "times or left out",
                       set->name, (long long)t->columns);
    return AKIN_OK;
}

static akin_status name_columns(akin_vector_set *set, const table *t, akin_error *err)
{
    set->column_names = ak_alloc(sizeof *set->column_names, set->d, 1);
    bool fine = set->column_names != NULL;
    for (int64_t c = 0, to = 0; c < t->columns && fine; c++) {
        char number[24];
        if (t->role[c] != ROLE_FEATURE) continue;
        snprintf(number, sizeof number, "%lld", (long long)c + 1);
        set->column_names[to] = strdup(t->header && *t->first[c] ? t->first[c] : number);
        fine = set->column_names[to++] != NULL;
    }
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the columns of '%s'", set->name);
}

/* Whether an option names a cell of the first record, and not by a number. */
static bool is_named(const table *t, const char *name)
{
    double ignored;
    return name && ak_cell_parse(name, strlen(name), &ignored) != AK_CELL_NUMBER &&
           find_name(t, name, strlen(name)) != -1;
}

static bool has_header(const akin_vector_set *set, const table *t, const ak_field *second, int64_t count)
{
    const akin_vectors_opts *o = &set->opts;
    if (o->header) return o->header == 1;
    if (is_named(t, o->label_column) || is_named(t, o->group_column) || is_named(t, o->time_column))
        return true;
    for (int64_t c = 0; c < t->columns && c < count; c++) {
        const ak_field first = { t->first[c], strlen(t->first[c]) };
        const ak_cell below = kind_of(&second[c]);
        if (kind_of(&first) == AK_CELL_TEXT && below != AK_CELL_TEXT) return true;
    }
    bool all = count == 0; /* there is no second record: a header, if no cell is a number */
    for (int64_t c = 0; c < t->columns; c++) all = all && t->text[c];
    return all;
}

static akin_status copy_first(table *t, const ak_field *field, int64_t count, const char *path,
                              akin_error *err)
{
    t->columns = count;
    t->first = ak_alloc(sizeof *t->first, count, 1);
    t->role = ak_alloc(sizeof *t->role, count, 1);
    t->text = ak_alloc(sizeof *t->text, count, 1);
    bool fine = t->first && t->role && t->text;
    for (int64_t c = 0; c < count && fine; c++) {
        t->first[c] = strdup(field[c].text);
        fine = t->first[c] != NULL;
        if (fine) t->text[c] = is_word(&field[c]);
    }
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the columns of '%s'", path);
}

/* The first two records of the training file decide. */
static akin_status make_table(akin_vector_set *set, const char *path, akin_error *err)
{
    ak_records *r = NULL;
    ak_field *field = NULL;
    int64_t count = 0;
    table *t = set->table = calloc(1, sizeof *t);
    if (!t) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the columns of '%s'", path);
    AK_TRY(ak_records_open(path, set->opts.delimiter, &r, err));
    akin_status status = ak_records_next(r, &field, &count, err);
    if (!status && count == 0) status = ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no rows: it is empty", path);
    if (!status) status = copy_first(t, field, count, path, err);
    if (!status) status = ak_records_next(r, &field, &count, err);
    if (!status) {
        t->header = has_header(set, t, field, count);
        for (int64_t c = 0; t->header && c < t->columns; c++) t->text[c] = c < count && is_word(&field[c]);
        status = give_roles(set, t, err);
    }
    ak_records_close(r);
    return status ? status : name_columns(set, t, err);
}

/* Rows
 * ------------------------------------------------------------------------------------------------------- */

typedef struct place {
    const char *path;
    const table *table;
    int64_t line, column;
} place;

/* "'a.csv', line 3, column 2 ('width')" */
static const char *where(const place *p, char to[400])
{
    char name[AK_CELL_SHOWN] = "";
    const bool named = p->table->header;
    if (named) ak_cell_shown(p->table->first[p->column], strlen(p->table->first[p->column]), name);
    const size_t n = strlen(p->path), most = 240;
    snprintf(to, 400, "'%s%s', line %lld, column %lld%s%s%s", n > most ? "..." : "",
             p->path + (n > most ? n - most : 0), (long long)p->line, (long long)p->column + 1,
             named ? " (" : "", name, named ? ")" : "");
    return to;
}

static akin_status take_feature(const akin_vector_set *set, const ak_field *f, const place *p, float *to,
                                akin_error *err)
{
    double x = 0;
    char at[400], shown[AK_CELL_SHOWN];
    const ak_cell kind = ak_cell_parse(f->text, f->length, &x);
    *to = (float)x + 0.0f; /* no -0 */
    if (kind == AK_CELL_NUMBER && isfinite(*to)) return AKIN_OK;
    *to = NAN;
    if (kind == AK_CELL_MISSING && set->opts.missing != AKIN_MISSING_REFUSE) return AKIN_OK;
    where(p, at);
    ak_cell_shown(f->text, f->length, shown);
    if (kind == AK_CELL_MISSING)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "%s: the value is missing%s%s%s; fill it in, leave the column out (--ignore-columns), or take "
            "--missing mean or zero",
            at, f->length ? " (" : "", f->length ? shown : "", f->length ? ")" : "");
    if (kind == AK_CELL_TEXT)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "%s: %s is not a number%s; a column of text can be the label (--label-column) or left out "
            "(--ignore-columns)",
            at, shown, memchr(f->text, ',', f->length) ? " (the decimal sign is a point)" : "");
    return ak_fail(err, AKIN_ERR_INPUT, "%s: %s %s; every value must be %s", at, shown,
                   kind == AK_CELL_INFINITE ? "is not finite" : "is too large",
                   kind == AK_CELL_INFINITE ? "finite" : "below 3.4e38, the range of float32");
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
        const bool label = t->role[c] == ROLE_LABEL;
        p->column = c;
        if (t->role[c] == ROLE_FEATURE) {
            AK_TRY(take_feature(set, f, p, x++, err));
        } else if (label || t->role[c] == ROLE_GROUP) {
            if (f->length == 0)
                return ak_fail(err, AKIN_ERR_INPUT, "%s: the row has no %s; fill it in or take the row out",
                               where(p, at), label ? "label" : "group");
            AK_TRY(label ? ak_vectors_label(set, f->text, f->length, &s->labels[i], err)
                         : ak_vectors_group(set, f->text, f->length, &s->groups[i], err));
        } else if (t->role[c] == ROLE_TIME && !ak_cell_time(f->text, f->length, &s->times[i])) {
            return ak_fail(err, AKIN_ERR_INPUT,
                           "%s: %s is no time; a number or a date such as 2026-01-31T18:30:00Z is needed",
                           where(p, at), ak_cell_shown(f->text, f->length, shown));
        }
    }
    s->source[i] = (int32_t)i;
    s->n++;
    return AKIN_OK;
}

static akin_status check_header(const table *t, const ak_field *field, int64_t count, const char *path,
                                akin_error *err)
{
    char a[AK_CELL_SHOWN], b[AK_CELL_SHOWN];
    for (int64_t c = 0; c < count && c < t->columns; c++)
        if (strcmp(field[c].text, t->first[c]) != 0)
            return ak_fail(
                err, AKIN_ERR_SHAPE,
                "'%s', line 1, column %lld is called %s, in the training file %s; both need the same header",
                path, (long long)c + 1, ak_cell_shown(field[c].text, field[c].length, a),
                ak_cell_shown(t->first[c], strlen(t->first[c]), b));
    return AKIN_OK;
}

static akin_status read_rows(akin_vector_set *set, ak_vector_split *split, ak_records *r, const char *path,
                             akin_error *err)
{
    place p = { .path = path, .table = set->table };
    ak_field *field = NULL;
    int64_t count = 0;
    for (bool first = true;; first = false) {
        AK_TRY(ak_records_next(r, &field, &count, err));
        if (count == 0) return AKIN_OK;
        p.line = ak_records_line(r);
        if (count != p.table->columns)
            return ak_fail(
                err, split == set->split ? AKIN_ERR_FORMAT : AKIN_ERR_SHAPE,
                "'%s', line %lld has %lld column%s, %s has %lld (the delimiter is %s)", path,
                (long long)p.line, (long long)count, count == 1 ? "" : "s",
                split == set->split ? "the first line" : "the training file", (long long)p.table->columns,
                ak_records_delimiter(r) == '\t'  ? "a tab"
                : ak_records_delimiter(r) == ' ' ? "blanks"
                                                 : (char[]){ '\'', (char)ak_records_delimiter(r), '\'', 0 });
        if (first && p.table->header) {
            AK_TRY(check_header(p.table, field, count, path, err));
            continue;
        }
        AK_TRY(ak_vectors_grow(set, split, p.table->what, err));
        AK_TRY(take_row(set, split, field, &p, err));
    }
}

akin_status ak_vectors_read_csv(akin_vector_set *set, ak_vector_split *split, const char *path,
                                akin_error *err)
{
    ak_records *r = NULL;
    if (!set->table) AK_TRY(make_table(set, path, err));
    AK_TRY(ak_records_open(path, set->opts.delimiter, &r, err));
    const akin_status status = read_rows(set, split, r, path, err);
    ak_records_remark(r, &set->remarks);
    ak_records_close(r);
    return status;
}
