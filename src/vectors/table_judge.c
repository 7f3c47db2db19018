/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/table_judge.c - columns of a training table that are no features, though they are numbers: one that
 * counts the rows is left out; one that rises from row to row, or is named like an index or a target, is
 * named in a remark. Of rows sorted by class, each of them tells the class. */
#include "base/plain.h"
#include "vectors/cell.h"
#include "vectors/table.h"

#include <stdio.h>
#include <string.h>

typedef struct ak_table table;

enum {
    COUNTED_ROWS = 8, /* fewer may count by chance */
    NAMED_ROWS = 3,   /* of a column without a name, or with that of an index */
    RISING_ROWS = 20,
    NAMED_COLUMNS = 5, /* in a remark */
};

static bool is_any(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (ak_strcasecmp(name, *list) == 0) return true;
    return false;
}

static bool is_index_name(const table *t, int64_t c)
{
    static const char *const NAMES[] = { "id",     "idx",    "index",      "row",      "rowid", "row_id",
                                         "rownum", "row_nr", "row_number", "rownames", "nr",    "no",
                                         "item",   "uid",    "key",        NULL };
    const char *name = t->column[c].first;
    return t->header && (is_any(name, NAMES) || ak_strncasecmp(name, "unnamed:", 8) == 0);
}

static bool is_target_name(const table *t, int64_t c)
{
    static const char *const NAMES[] = { "target", "targets", "y",        "class",  "classes", "label",
                                         "labels", "outcome", "response", "result", NULL };
    return t->header && is_any(t->column[c].first, NAMES);
}

static bool is_counter(const table *t, int64_t c, int64_t rows)
{
    const ak_column *column = &t->column[c];
    const bool told = is_index_name(t, c) || (t->header && !*column->first);
    return column->role == AKIN_ROLE_FEATURE && column->counts && rows >= (told ? NAMED_ROWS : COUNTED_ROWS);
}

static void leave_out(akin_vector_set *set, table *t, ak_vector_split *split, int64_t counters)
{
    const int64_t d = t->d - counters;
    int64_t *from = ak_alloc(sizeof *from, d, 1);
    if (!from) {
        set->remarks.lost = true; /* out of memory: opening fails */
        return;
    }
    t->d = 0;
    for (int64_t c = 0; c < t->columns; c++) {
        ak_column *column = &t->column[c];
        if (is_counter(t, c, split->n)) column->role = AKIN_ROLE_LEFT_OUT;
        if (column->role != AKIN_ROLE_FEATURE) continue;
        from[t->d] = column->slot;
        column->slot = t->d++;
    }
    for (int64_t i = 0; i < split->n; i++)
        for (int64_t k = 0; k < d; k++) split->x[i * d + k] = split->x[i * set->d + from[k]];
    set->d = d;
    free(from);
}

/* Counters, and whether they are left out: never all that there is, and for a run that knows no names only
 * where its rows are narrower by as much. */
static void judge_counters(akin_vector_set *set, table *t, ak_vector_split *split)
{
    ak_name_list names = { .n = 0 };
    char shown[AK_COLUMN_SHOWN];
    for (int64_t c = 0; c < t->columns; c++)
        if (is_counter(t, c, split->n)) ak_name_list_add(&names, ak_column_shown(t, c, shown));
    const bool all = names.n == t->d, fits = !set->given.d || set->given.d == t->d - names.n;
    if (names.n == 0 || set->opts.keep_counters || !fits) return;
    if (!all) leave_out(set, t, split, names.n);
    ak_remark(&set->remarks, "Column%s %s count%s the rows: %s.", names.n == 1 ? "" : "s",
              ak_name_list_end(&names), names.n == 1 ? "s" : "",
              all            ? "kept, as there is no other feature"
              : names.n == 1 ? "it is left out (--counters keep makes it a feature)"
                             : "they are left out (--counters keep makes them features)");
}

/* --ignore-columns with what stands in it already, and these columns: by name where that can be read back,
 * else by number. */
typedef struct advice {
    ak_name_list names;
    char ignore[400];
    char label[AK_COLUMN_SHOWN + 8]; /* the first as an option's value */
} advice;

static void advise(const akin_vector_set *set, const table *t, int64_t c, advice *a)
{
    char shown[AK_COLUMN_SHOWN], value[AK_COLUMN_SHOWN];
    const char *name = t->column[c].first, *old = set->opts.ignore_columns;
    const bool plain = t->header && *name && strlen(name) < 40 && !strpbrk(name, ",'\"\\") &&
                       ak_table_find(t, name, strlen(name)) == c;
    if (a->names.n < NAMED_COLUMNS) {
        if (plain)
            snprintf(value, sizeof value, "%s", name);
        else
            snprintf(value, sizeof value, "%lld", (long long)c + 1);
        const size_t used = strlen(a->ignore);
        if (used == 0) snprintf(a->label, sizeof a->label, "'%s'", value);
        snprintf(a->ignore + used, sizeof a->ignore - used, "%s%s%s", used == 0 && old ? old : "",
                 used || old ? "," : "", value);
    }
    ak_name_list_add(&a->names, ak_column_shown(t, c, shown));
}

/* What the option that is named leaves out. */
static const char *which(const advice *a)
{
    return a->names.n == 1 ? "it" : a->names.n <= NAMED_COLUMNS ? "them" : "the first of them";
}

static void tell_index(akin_vector_set *set, const table *t, int64_t rows)
{
    advice named = { .label = "" }, rising = { .label = "" };
    for (int64_t c = 0; c < t->columns; c++) {
        if (t->column[c].role != AKIN_ROLE_FEATURE) continue;
        if (is_index_name(t, c))
            advise(set, t, c, &named);
        else if (t->column[c].rises && rows >= RISING_ROWS)
            advise(set, t, c, &rising);
    }
    if (named.names.n)
        ak_remark(&set->remarks,
                  "Column%s %s %s, though named like an index (--ignore-columns '%s' leaves %s out).",
                  named.names.n == 1 ? "" : "s", ak_name_list_end(&named.names),
                  named.names.n == 1 ? "is a feature" : "are features", named.ignore, which(&named));
    if (!rising.names.n) return;
    ak_remark(
        &set->remarks,
        "Column%s %s rise%s in every row, as a time does; %s (%s%s%s--ignore-columns '%s' leaves %s out).",
        rising.names.n == 1 ? "" : "s", ak_name_list_end(&rising.names), rising.names.n == 1 ? "s" : "",
        rising.names.n == 1 ? "it is a feature" : "they are features",
        set->opts.time_column ? "" : "--time-column ", set->opts.time_column ? "" : rising.label,
        set->opts.time_column ? "" : " orders rows by it, ", rising.ignore, which(&rising));
}

static void tell_target(akin_vector_set *set, const table *t)
{
    advice a = { .label = "" };
    for (int64_t c = 0; c < t->columns; c++)
        if (t->column[c].role == AKIN_ROLE_FEATURE && is_target_name(t, c)) advise(set, t, c, &a);
    if (a.names.n == 0) return;
    ak_remark(&set->remarks,
              "Column%s %s %s, though named like a label (%s%s%s--ignore-columns '%s' leaves %s out).",
              a.names.n == 1 ? "" : "s", ak_name_list_end(&a.names),
              a.names.n == 1 ? "is a feature" : "are features", t->label >= 0 ? "" : "--label-column ",
              t->label >= 0 ? "" : a.label, t->label >= 0 ? "" : " makes it the label, ", a.ignore,
              which(&a));
}

/* "nan" may be a class, or a label that is missing. */
static void tell_missing_labels(akin_vector_set *set, const table *t, const ak_vector_split *split)
{
    for (int64_t k = 0; t->label >= 0 && k < set->label_names.n; k++) {
        char shown[AK_CELL_SHOWN];
        double ignored;
        const char *name = ak_names_text(&set->label_names, k);
        int64_t rows = 0;
        if (ak_cell_parse(name, strlen(name), &ignored) != AK_CELL_MISSING) continue;
        for (int64_t i = 0; i < split->n; i++) rows += split->labels[i] == k;
        ak_remark(&set->remarks, "%lld row%s the label %s, as a missing one is written: it is a class.",
                  (long long)rows, rows == 1 ? " has" : "s have", ak_cell_shown(name, strlen(name), shown));
    }
}

/* Nobody asked for this label, and no two rows have the same: it names the rows. */
static void tell_label(akin_vector_set *set, const table *t, const ak_vector_split *split)
{
    advice a = { .label = "" };
    if (t->label < 0 || set->opts.label_column || split->n < COUNTED_ROWS || set->label_names.n < split->n)
        return;
    advise(set, t, t->label, &a);
    ak_remark(&set->remarks,
              "The label, column %s, is another one in every row, as a name is (--ignore-columns '%s' leaves "
              "it out).",
              ak_name_list_end(&a.names), a.ignore);
}

/* Other tables are matched by name, and these by their order. */
static void tell_twins(akin_vector_set *set, const table *t)
{
    ak_names names = { .n = 0 }, seen = { .n = 0 };
    ak_name_list twins = { .n = 0 };
    char shown[AK_CELL_SHOWN];
    for (int64_t c = 0; c < t->columns && t->header && !set->remarks.lost; c++) {
        const char *name = t->column[c].first;
        const int64_t length = (int64_t)strlen(name), before = names.n, told = seen.n;
        if (t->column[c].role == AKIN_ROLE_LEFT_OUT) continue;
        const int64_t id = ak_names_add(&names, name, length);
        const bool again = id >= 0 && id < before;
        const int64_t twin = again ? ak_names_add(&seen, name, length) : 0;
        if (id < 0 || twin < 0) set->remarks.lost = true; /* out of memory: opening fails */
        if (again && seen.n > told) ak_name_list_add(&twins, ak_cell_shown(name, (size_t)length, shown));
    }
    ak_names_free(&names);
    ak_names_free(&seen);
    if (twins.n)
        ak_remark(&set->remarks,
                  "Several columns are called %s: in other tables they are told apart by their order.",
                  ak_name_list_end(&twins));
}

void ak_table_judge(akin_vector_set *set, table *t, ak_vector_split *split)
{
    judge_counters(set, t, split);
    tell_label(set, t, split);
    tell_missing_labels(set, t, split);
    tell_twins(set, t);
    if (set->given.d || t->d < 2) return;
    tell_index(set, t, split->n);
    tell_target(set, t);
}
