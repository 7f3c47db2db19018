/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/table_roles.c - which column of a training table is what: as the options say, and the label, if
 * they do not, by its name or as the only column of words. All others are features. */
#include "base/plain.h"
#include "vectors/cell.h"
#include "vectors/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct ak_table table;

/* A column is named by its header, else by its number. */
static akin_status find_column(const akin_vector_set *set, const table *t, const char *option,
                               const char *name, size_t length, int64_t *column, akin_error *err)
{
    double number = 0;
    *column = t->header ? ak_table_find(t, name, length) : -1;
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
    for (int64_t c = 0; names && c < t->columns; c++) names[c] = t->column[c].first;
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
                             size_t length, akin_vector_role r, akin_error *err)
{
    static const char *const ROLES[] = { "a feature", "the label", "the group",
                                         "the time",  "left out",  "a value" };
    int64_t c = -1;
    AK_TRY(find_column(set, t, option, name, length, &c, err));
    ak_column *column = &t->column[c];
    if (column->role != AKIN_ROLE_FEATURE && column->role != r)
        return ak_fail(err, AKIN_ERR_RANGE, "--%s is '%.*s', a column that is already %s", option,
                       (int)length, name, ROLES[column->role]);
    column->role = r;
    if (r == AKIN_ROLE_LABEL) t->label = c;
    return AKIN_OK;
}

/* To all columns of a list. */
static akin_status give_each(akin_vector_set *set, table *t, const char *option, const char *list,
                             akin_vector_role r, akin_error *err)
{
    for (const char *at = list; at && *at;) {
        const size_t length = strcspn(at, ",");
        if (length) AK_TRY(give_role(set, t, option, at, length, r, err));
        at += length + (at[length] == ',');
    }
    return AKIN_OK;
}

static bool names_pictures(const table *t, int64_t c)
{
    return t->rows > 0 && 5 * t->below[c].pictures >= 4 * t->rows;
}

/* A column that names image files is neither a label nor a feature. */
static void leave_pictures_out(akin_vector_set *set, table *t)
{
    char shown[AK_COLUMN_SHOWN];
    for (int64_t c = 0; c < t->columns; c++) {
        if (t->column[c].role != AKIN_ROLE_FEATURE || !names_pictures(t, c)) continue;
        t->column[c].role = AKIN_ROLE_LEFT_OUT;
        ak_remark(&set->remarks,
                  "Column %s names image files: it is left out (akin train FOLDER trains on the images).",
                  ak_column_shown(t, c, shown));
    }
}

void ak_table_guess_label(akin_vector_set *set, table *t)
{
    int64_t named = -1, texts = 0, text = -1;
    for (int64_t c = t->columns - 1; c >= 0; c--) {
        const ak_column *column = &t->column[c];
        if (column->role != AKIN_ROLE_FEATURE && !column->extra) continue;
        if (t->header &&
            (ak_strcasecmp(column->first, "label") == 0 || ak_strcasecmp(column->first, "class") == 0))
            named = c;
        if (!column->word || names_pictures(t, c)) continue;
        texts++;
        text = c;
    }
    t->label = named >= 0 ? named : texts == 1 ? text : -1;
    if (t->label < 0) return;
    ak_column *column = &t->column[t->label];
    column->role = AKIN_ROLE_LABEL;
    column->extra = false;
    char shown[AK_CELL_SHOWN] = "";
    if (t->header) ak_cell_shown(column->first, strlen(column->first), shown);
    ak_remark(&set->remarks, "Column %lld%s%s%s, %s, is taken as the label.", (long long)t->label + 1,
              t->header ? " (" : "", shown, t->header ? ")" : "",
              named >= 0 ? "by its name" : "the only one of text");
}

/* Several columns of words or dates are told at once, with the option that leaves them out. */
static akin_status refuse_words(const akin_vector_set *set, const table *t, akin_error *err)
{
    char list[400] = "";
    size_t used = 0;
    int64_t found = 0, dates = 0;
    for (int64_t c = 0; c < t->columns; c++) {
        const ak_below *b = &t->below[c];
        const bool date = b->text > 0 && b->dates == b->text;
        if (t->column[c].role != AKIN_ROLE_FEATURE || (!t->column[c].word && !date) ||
            b->text + b->missing < t->rows)
            continue;
        dates += date;
        const char *comma = found++ ? "," : "";
        if (used >= sizeof list) continue;
        if (t->header && !strpbrk(t->column[c].first, ", "))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", comma, t->column[c].first);
        else
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%lld", comma, (long long)c + 1);
    }
    if (found < 2 || t->rows == 0) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_INPUT, "'%s' has %lld columns of %s; --ignore-columns %s%s leaves them out%s",
        set->name, (long long)found, dates ? dates == found ? "dates" : "words or dates" : "words", list,
        used >= sizeof list ? "..." : "",
        t->label < 0 && dates < found ? ", and --label-column takes one of them as the label" : "");
}

akin_status ak_table_give_roles(akin_vector_set *set, table *t, akin_error *err)
{
    const akin_vectors_opts *o = &set->opts;
    AK_TRY(give_each(set, t, "ignore-columns", o->ignore_columns, AKIN_ROLE_LEFT_OUT, err));
    AK_TRY(give_each(set, t, "value-column", o->value_column, AKIN_ROLE_VALUE, err));
    if (o->group_column)
        AK_TRY(give_role(set, t, "group-column", o->group_column, strlen(o->group_column), AKIN_ROLE_GROUP,
                         err));
    if (o->time_column)
        AK_TRY(give_role(set, t, "time-column", o->time_column, strlen(o->time_column), AKIN_ROLE_TIME, err));
    if (o->label_column && strcmp(o->label_column, "none") != 0)
        AK_TRY(give_role(set, t, "label-column", o->label_column, strlen(o->label_column), AKIN_ROLE_LABEL,
                         err));
    leave_pictures_out(set, t);
    if (!o->label_column) ak_table_guess_label(set, t);
    AK_TRY(refuse_words(set, t, err));
    t->d = 0;
    for (int64_t c = 0; c < t->columns; c++) {
        if (t->column[c].role == AKIN_ROLE_FEATURE) t->column[c].slot = t->d++;
        if (t->column[c].role == AKIN_ROLE_VALUE) t->column[c].slot = t->values++;
    }
    if (t->d > 0) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s' has no column of features: all of its %lld are labels, groups, "
                   "times or left out",
                   set->name, (long long)t->columns);
}
