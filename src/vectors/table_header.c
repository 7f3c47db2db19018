/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/table_header.c - whether the first record of a table is a header.
 *
 * It is one when an option says so; when it holds the names of the columns that are wanted; when an option
 * names a column by it; or when one of its cells is text above a number or an empty cell. Headers of numbers
 * need a closer look at the rows below: a spreadsheet of years, or the 0,1,2 that pandas writes for an array
 * without names. What is decided of them is remarked. */
#include "vectors/cell.h"
#include "vectors/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the first record says of numbers. */
typedef struct numbers {
    int64_t whole;   /* cells of digits alone */
    int64_t strange; /* of these, above columns without whole numbers */
    double first, last;
    bool empty;    /* the first cell is empty, and not those below */
    bool in_steps; /* they are 0,1,2.. or 1,2,3.. */
    bool distinct;
    bool other; /* a cell is something else */
} numbers;

static bool are_distinct(const struct ak_table *t, int64_t n)
{
    double *value = ak_alloc(sizeof *value, n, 1);
    if (!value) return false;
    int64_t k = 0;
    for (int64_t c = 0; c < t->columns && k < n; c++)
        if (ak_cell_whole(t->column[c].first, strlen(t->column[c].first)))
            (void)ak_cell_parse(t->column[c].first, strlen(t->column[c].first), &value[k++]);
    qsort(value, (size_t)k, sizeof *value, ak_compare_double);
    bool fine = true;
    for (int64_t i = 1; i < k; i++) fine = fine && value[i] != value[i - 1];
    free(value);
    return fine;
}

/* A cell of text may stand in such a header too, above words, if no row repeats it. */
static numbers look_at(const struct ak_table *t)
{
    numbers n = { .in_steps = true };
    for (int64_t c = 0; c < t->columns; c++) {
        const ak_below *b = &t->below[c];
        const char *cell = t->column[c].first;
        const size_t length = strlen(cell);
        double x = 0;
        if (c == 0 && length == 0 && b->missing == 0) {
            n.empty = true;
        } else if (ak_cell_whole(cell, length)) {
            (void)ak_cell_parse(cell, length, &x);
            if (n.whole == 0) n.first = x;
            n.in_steps = n.in_steps && (n.whole == 0 ? x == 0 || x == 1 : x == n.last + 1);
            n.last = x;
            n.whole++;
            n.strange += b->whole == 0 && b->fraction + b->text > 0;
        } else if (ak_cell_parse(cell, length, &x) != AK_CELL_TEXT || b->same || b->text < t->rows) {
            n.other = true;
        }
    }
    n.in_steps = n.in_steps && n.whole > 0;
    n.distinct = n.whole > 0 && are_distinct(t, n.whole);
    return n;
}

/* Whether the numbers are a header, and why. */
static bool is_of_numbers(const struct ak_table *t, const numbers *n, char why[96])
{
    enum { MANY = 5 };
    const bool apart = n->strange > 0 && (t->rows > 1 ? 2 * n->strange : n->strange) >= n->whole;
    if (n->other || !n->distinct || t->rows == 0) return false;
    if (n->empty) {
        snprintf(why, 96, "its first cell is empty, and the others are distinct");
        return apart || n->in_steps;
    }
    if (n->in_steps && n->whole > 1) {
        snprintf(why, 96, "its cells are %lld to %lld", (long long)n->first, (long long)n->last);
        if (apart || n->whole >= MANY) return true;
    }
    snprintf(why, 96, "its cells are whole numbers, and those below are not");
    return apart && n->strange > 1 && t->rows > 1;
}

/* A cell of text above numbers makes the row a header. It may also be a number that was spoilt: if others of
 * the row are numbers, that is told. */
static void tell_mixed(akin_vector_set *set, const struct ak_table *t, const char *cell)
{
    char shown[AK_CELL_SHOWN];
    double ignored;
    bool number = false;
    for (int64_t c = 0; c < t->columns; c++)
        number = number ||
                 ak_cell_parse(t->column[c].first, strlen(t->column[c].first), &ignored) == AK_CELL_NUMBER;
    if (number)
        ak_remark(&set->remarks,
                  "The first row is taken as a header: %s is no number, though other cells are (--header "
                  "yes|no says it instead).",
                  ak_cell_shown(cell, strlen(cell), shown));
}

static bool guess(akin_vector_set *set, const struct ak_table *t)
{
    char why[96];
    bool all = t->rows == 0; /* there is no second record: a header, if no cell is a number */
    for (int64_t c = 0; c < t->columns; c++) {
        const ak_below *b = &t->below[c];
        double ignored;
        const char *cell = t->column[c].first;
        const bool text = ak_cell_parse(cell, strlen(cell), &ignored) == AK_CELL_TEXT;
        bool sure;
        const bool number = set->opts.decimal != 1 && ak_cell_comma(cell, strlen(cell), &ignored, &sure);
        if (t->rows > 0 && text && !number && !b->second_text) {
            tell_mixed(set, t, cell);
            return true;
        }
        all = all && text && !number;
    }
    if (all || t->rows == 0) return all;
    const numbers n = look_at(t);
    if (is_of_numbers(t, &n, why)) {
        ak_remark(&set->remarks, "The first row is taken as a header: %s (--header yes|no says it instead).",
                  why);
        return true;
    }
    if (!n.other && !n.empty && n.distinct && n.whole == t->columns && (n.whole > 1 || n.first == 0))
        ak_remark(&set->remarks,
                  "The first row is taken as data, though it is of %s (--header yes|no says it instead).",
                  n.whole > 1 ? "distinct whole numbers" : "the number 0 alone");
    return false;
}

/* Whether an option names a cell of the first record, and not by a number. */
static bool is_named(const struct ak_table *t, const char *name)
{
    double ignored;
    return name && ak_cell_parse(name, strlen(name), &ignored) != AK_CELL_NUMBER &&
           ak_table_find(t, name, strlen(name)) != -1;
}

/* The names of the features that are wanted stand in the first record: all of them, or one that is no
 * number. */
static bool has_wanted(const struct ak_table *t, const akin_vector_layout *wanted)
{
    ak_names cells = { .n = 0 };
    int64_t found = 0, words = 0, features = 0;
    for (int64_t c = 0; c < t->columns; c++)
        (void)ak_names_add(&cells, t->column[c].first, (int64_t)strlen(t->column[c].first));
    for (int64_t k = 0; k < wanted->columns; k++) {
        const char *name = wanted->name[k];
        double ignored;
        if (wanted->role[k] != AKIN_ROLE_FEATURE) continue;
        features++;
        if (ak_names_find(&cells, name, (int64_t)strlen(name)) < 0) continue;
        found++;
        words += ak_cell_parse(name, strlen(name), &ignored) == AK_CELL_TEXT;
    }
    ak_names_free(&cells);
    return words > 0 || (found == features && features > 0);
}

void ak_table_find_header(akin_vector_set *set, struct ak_table *t, const akin_vector_layout *wanted)
{
    const akin_vectors_opts *o = &set->opts;
    if (o->header == 2)
        t->header = false;
    else if (wanted && wanted->header && has_wanted(t, wanted))
        t->header = true;
    else if (o->header == 1 && !(wanted && wanted->header))
        t->header = true;
    else if (is_named(t, o->label_column) || is_named(t, o->group_column) || is_named(t, o->time_column))
        t->header = true;
    else
        t->header = guess(set, t);
    for (int64_t c = 0; c < t->columns; c++)
        if (!t->header || t->rows == 0) t->column[c].word = t->below[c].first_word;
}
