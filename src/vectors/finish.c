/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/finish.c - from what a reader left to a finished set: classes, holdout, statistics, scale, missing values
 * filled, neighbours in order, fingerprint; and the search for duplicates.
 *
 * Statistics. Over the values of train that are there: the mean, then the mean square of the deviations from it, both
 * in double, rows in order. A column is constant when its least value is its largest, not when a rounded deviation
 * happens to be 0. Columns are shared out over threads, so no sum depends on how many there are. */
#include "vectors/vectors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

/* Statistics ------------------------------------------------------------------------------------------------- */

enum { BLOCK_COLUMNS = 16, NO_VALUES = -1 }; /* NO_VALUES stands in std until the gaps are filled */

static void measure_block(const akin_vector_set *set, int64_t begin, int64_t end)
{
    const ak_vector_split *s = &set->split[0];
    int64_t count[BLOCK_COLUMNS] = { 0 };
    double square[BLOCK_COLUMNS] = { 0 };
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t c = begin; c < end; c++) {
            const double x = (double)s->x[i * set->d + c];
            akin_vector_column *column = &set->column[c];
            if (isnan(x)) continue;
            if (count[c - begin]++ == 0) column->min = column->max = x;
            column->mean += x;
            if (x < column->min) column->min = x;
            if (x > column->max) column->max = x;
        }
    for (int64_t c = begin; c < end; c++)
        if (count[c - begin]) set->column[c].mean /= (double)count[c - begin];
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t c = begin; c < end; c++) {
            const double x = (double)s->x[i * set->d + c] - set->column[c].mean;
            if (!isnan(x)) square[c - begin] += x * x;
        }
    for (int64_t c = begin; c < end; c++) {
        akin_vector_column *column = &set->column[c];
        if (count[c - begin] == 0)
            column->std = NO_VALUES;
        else if (column->min == column->max)
            column->mean = column->min; /* exactly */
        else
            column->std = sqrt(square[c - begin] / (double)count[c - begin]);
    }
    for (int k = 0; k < set->splits; k++)
        for (int64_t i = 0; i < set->split[k].n; i++)
            for (int64_t c = begin; c < end; c++)
                set->column[c].missing += isnan(set->split[k].x[i * set->d + c]) != 0;
}

static void measure_columns(int64_t begin, int64_t end, void *ctx)
{
    const akin_vector_set *set = ctx;
    for (int64_t b = begin; b < end; b++) {
        const int64_t first = b * BLOCK_COLUMNS, most = first + BLOCK_COLUMNS;
        measure_block(set, first, most < set->d ? most : set->d);
    }
}

static akin_status set_scale(akin_vector_set *set, akin_error *err)
{
    const akin_vector_scale *given = set->opts.scale;
    set->column = ak_alloc(sizeof *set->column, set->d, 1);
    set->mean = ak_alloc(sizeof *set->mean, set->d, 1);
    set->std = ak_alloc(sizeof *set->std, set->d, 1);
    if (!set->column || !set->mean || !set->std)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to measure %lld columns", (long long)set->d);
    ak_parallel_for((set->d + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS, 1, measure_columns, set);
    for (int64_t c = 0; c < set->d; c++) {
        const akin_vector_column *column = &set->column[c];
        set->missing += column->missing;
        set->mean[c] = given ? given->mean[c] : set->opts.unscaled ? 0 : column->mean;
        set->std[c] = given ? given->std[c] : set->opts.unscaled || !(column->std > 0) ? 1 : column->std;
    }
    return AKIN_OK;
}

/* By the mean: that of the scale given, else that of train, which is 0 for a column that train has not at all. */
static void fill(akin_vector_set *set)
{
    const bool zero = set->opts.missing == AKIN_MISSING_ZERO;
    int64_t empty = 0;
    if (set->missing == 0) return;
    for (int k = 0; k < set->splits; k++)
        for (int64_t i = 0; i < set->split[k].n; i++)
            for (int64_t c = 0; c < set->d; c++) {
                float *x = &set->split[k].x[i * set->d + c];
                const double mean = set->opts.scale ? set->mean[c] : set->column[c].mean;
                if (isnan(*x)) *x = zero ? 0 : (float)mean;
            }
    for (int64_t c = 0; c < set->d; c++) {
        empty += set->column[c].std < 0;
        set->column[c].std = fmax(set->column[c].std, 0);
    }
    ak_vectors_note(set, "%lld missing value%s filled with %s.", (long long)set->missing,
                    set->missing == 1 ? " is" : "s are",
                    zero              ? "0"
                    : set->opts.scale ? "the mean of the scale given"
                                      : "the column's mean over train");
    if (empty)
        ak_vectors_note(set, "%lld column%s no value at all in train.", (long long)empty,
                        empty == 1 ? " has" : "s have");
}

/* Neighbours ------------------------------------------------------------------------------------------------- */

typedef struct key {
    double time;
    int32_t group, row;
} key;

static int by_key(const void *a, const void *b)
{
    const key *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static akin_status set_order(const akin_vector_set *set, ak_vector_split *s, akin_error *err)
{
    key *list = ak_alloc(sizeof *list, s->n, 1);
    s->order = ak_alloc(sizeof *s->order, s->n, 1);
    s->place = ak_alloc(sizeof *s->place, s->n, 1);
    s->group_start = ak_alloc(sizeof *s->group_start, set->groups + 1, 1);
    const bool fine = list && s->order && s->place && s->group_start;
    for (int64_t i = 0; fine && i < s->n; i++) {
        list[i] = (key){ s->times ? s->times[i] : 0, s->groups ? s->groups[i] : 0, (int32_t)i };
        s->group_start[list[i].group + 1]++;
    }
    if (fine && (s->times || s->groups)) qsort(list, (size_t)s->n, sizeof *list, by_key);
    for (int64_t g = 0; fine && g < set->groups; g++) s->group_start[g + 1] += s->group_start[g];
    for (int64_t i = 0; fine && i < s->n; i++) {
        s->order[i] = list[i].row;
        s->place[list[i].row] = (int32_t)i;
    }
    free(list);
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory to order the rows of '%s'", set->name);
}

/* Fingerprint ------------------------------------------------------------------------------------------------- */

static void hash_number(XXH3_state_t *state, int64_t x)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)x >> 8 * i);
    XXH3_64bits_update(state, bytes, sizeof bytes);
}

static akin_status fingerprint(akin_vector_set *set, akin_error *err)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to hash the rows");
    XXH3_64bits_reset(state);
    for (int k = 0; k < set->splits; k++) {
        const ak_vector_split *s = &set->split[k];
        const int64_t shape[] = { s->n, set->d, s->labels != NULL, s->groups != NULL, s->times != NULL };
        XXH3_64bits_update(state, s->name, strlen(s->name));
        for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) hash_number(state, shape[i]);
        XXH3_64bits_update(state, s->x, (size_t)s->n * (size_t)set->d * sizeof *s->x);
        if (s->groups) XXH3_64bits_update(state, s->groups, (size_t)s->n * sizeof *s->groups);
        XXH3_64bits_update(state, s->order, (size_t)s->n * sizeof *s->order);
    }
    snprintf(set->fingerprint, sizeof set->fingerprint, "%016llx",
             (unsigned long long)XXH3_64bits_digest(state));
    XXH3_freeState(state);
    return AKIN_OK;
}

static akin_status check_scale(const akin_vector_set *set, akin_error *err)
{
    const akin_vector_scale *given = set->opts.scale;
    if (!given || given->d == set->d) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has rows of %lld features; %lld are wanted", set->name,
                   (long long)set->d, (long long)given->d);
}

akin_status ak_vectors_finish(akin_vector_set *set, akin_error *err)
{
    AK_TRY(check_scale(set, err));
    AK_TRY(ak_vectors_classes(set, err));
    set->groups = set->group_names ? ak_names_count(set->group_names) : 1;
    for (int k = 1; k < set->splits; k++) {
        const ak_vector_split *a = &set->split[0], *b = &set->split[k];
        if (!a->groups == !b->groups && !a->times == !b->times) continue;
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has groups or times for only one of train and %s",
                       set->name, b->name);
    }
    AK_TRY(ak_vectors_holdout(set, err));
    AK_TRY(ak_vectors_keep(set, err));
    AK_TRY(set_scale(set, err));
    fill(set);
    for (int k = 0; k < set->splits; k++) AK_TRY(set_order(set, &set->split[k], err));
    ak_names_free(set->label_names);
    ak_names_free(set->group_names);
    ak_table_free(set->table);
    set->label_names = set->group_names = NULL;
    set->table = NULL;
    return fingerprint(set, err);
}
