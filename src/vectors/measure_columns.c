/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/measure_columns.c - statistics of the columns, the scale that is made of them, and missing values
 * filled in.
 *
 * Statistics are over the values that train has: the mean, then the mean square of the deviations from it,
 * both in double, rows in order. A column is constant when its least value is its largest; a rounded
 * deviation might not be 0. Each column is measured by one thread, so no sum depends on how many threads
 * there are. */
#include "base/path.h"
#include "vectors/vectors_readers.h"

#include <float.h>
#include <math.h>

enum { BLOCK_COLUMNS = 16, NO_VALUES = -1 }; /* NO_VALUES stands in std until missing values are filled in */

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
    const akin_vector_scale *given = set->given.d ? &set->given : NULL;
    set->column = ak_alloc(sizeof *set->column, set->d, 1);
    set->mean = ak_alloc(sizeof *set->mean, set->d, 1);
    set->std = ak_alloc(sizeof *set->std, set->d, 1);
    if (!set->column || !set->mean || !set->std)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to measure %lld columns", (long long)set->d);
    ak_parallel_for((set->d + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS, 1, measure_columns, set);
    for (int64_t c = 0; c < set->d; c++) {
        akin_vector_column *column = &set->column[c];
        column->name = set->column_names[c];
        set->missing += column->missing;
        set->mean[c] = given ? given->mean[c] : set->opts.unscaled ? 0 : column->mean;
        set->std[c] = given ? given->std[c] : set->opts.unscaled || !(column->std > 0) ? 1 : column->std;
    }
    set->scale = (akin_vector_scale){ sizeof set->scale, set->d, set->mean, set->std };
    return AKIN_OK;
}

/* Fill missing values with 0, or with the mean. The mean comes from the given scale, else from train. A
 * column without values in train has mean 0. */
static void fill_missing(akin_vector_set *set)
{
    const bool zero = set->opts.missing == AKIN_MISSING_ZERO;
    int64_t empty = 0;
    if (set->missing == 0) return;
    for (int k = 0; k < set->splits; k++)
        for (int64_t i = 0; i < set->split[k].n; i++)
            for (int64_t c = 0; c < set->d; c++) {
                float *x = &set->split[k].x[i * set->d + c];
                const double mean = set->given.d ? set->mean[c] : set->column[c].mean;
                if (isnan(*x)) *x = zero ? 0 : (float)mean;
            }
    for (int64_t c = 0; c < set->d; c++) {
        empty += set->column[c].std < 0;
        set->column[c].std = fmax(set->column[c].std, 0);
    }
    ak_remark(&set->remarks, "%lld missing value%s filled with %s.", (long long)set->missing,
              set->missing == 1 ? " is" : "s are",
              zero           ? "0"
              : set->given.d ? "the mean of the scale given"
                             : "the column's mean over train");
    if (empty)
        ak_remark(&set->remarks, "%lld column%s no value at all in train.", (long long)empty,
                  empty == 1 ? " has" : "s have");
}

/* Values are float32. Times in seconds, or numbers of accounts, are so large that it keeps steps of a hundred
 * there: what differs by less becomes equal. */
static void tell_coarse(akin_vector_set *set)
{
    const akin_vector_column *first = NULL;
    int64_t coarse = 0;
    char shown[AK_SHOWN];
    for (int64_t c = 0; c < set->d && !set->given.d; c++) {
        const akin_vector_column *column = &set->column[c];
        const double largest = fmax(fabs(column->min), fabs(column->max)), step = largest * FLT_EPSILON;
        if (column->std < 0 || !(column->std > 0 ? step > 0.01 * column->std : step > 1)) continue;
        if (coarse++ == 0) first = column;
    }
    if (first)
        ak_remark(&set->remarks,
                  "Column %s has values near %.3g, where float32 keeps steps of about %.2g, and a deviation "
                  "of %.3g%s; "
                  "subtract a constant before, or leave it out.",
                  ak_shown(first->name, shown), fmax(fabs(first->min), fabs(first->max)),
                  fmax(fabs(first->min), fabs(first->max)) * FLT_EPSILON, first->std,
                  coarse > 1 ? ", and others too" : "");
}

akin_status ak_vectors_measure(akin_vector_set *set, akin_error *err)
{
    AK_TRY(set_scale(set, err));
    fill_missing(set);
    tell_coarse(set);
    return AKIN_OK;
}
