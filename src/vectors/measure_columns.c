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

/* What a pass adds up, over rows that are given some at a time. */
typedef struct measuring {
    const akin_vector_set *set;
    int64_t *count; /* [d] of values of train */
    double *square; /* [d] of deviations */
    const float *x; /* [n,d] */
    int64_t n;
    void (*add)(const struct measuring *m, int64_t begin, int64_t end);
} measuring;

static void add_values(const measuring *m, int64_t begin, int64_t end)
{
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t c = begin; c < end; c++) {
            const double x = (double)m->x[i * m->set->d + c];
            akin_vector_column *column = &m->set->column[c];
            if (isnan(x)) continue;
            if (m->count[c]++ == 0) column->min = column->max = x;
            column->mean += x;
            if (x < column->min) column->min = x;
            if (x > column->max) column->max = x;
        }
}

static void add_squares(const measuring *m, int64_t begin, int64_t end)
{
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t c = begin; c < end; c++) {
            const double x = (double)m->x[i * m->set->d + c] - m->set->column[c].mean;
            if (!isnan(x)) m->square[c] += x * x;
        }
}

static void add_missing(const measuring *m, int64_t begin, int64_t end)
{
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t c = begin; c < end; c++)
            m->set->column[c].missing += isnan(m->x[i * m->set->d + c]) != 0;
}

static void add_columns(int64_t begin, int64_t end, void *ctx)
{
    const measuring *m = ctx;
    const int64_t d = m->set->d;
    for (int64_t b = begin; b < end; b++) {
        const int64_t first = b * BLOCK_COLUMNS, most = first + BLOCK_COLUMNS;
        m->add(m, first, most < d ? most : d);
    }
}

static akin_status add_rows(const float *x, int64_t first, int64_t n, void *ctx, akin_error *err)
{
    measuring *m = ctx;
    (void)first;
    (void)err;
    m->x = x;
    m->n = n;
    ak_parallel_for((m->set->d + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS, 1, add_columns, m);
    return AKIN_OK;
}

static akin_status pass(measuring *m, int split, void (*add)(const measuring *, int64_t, int64_t),
                        akin_error *err)
{
    m->add = add;
    return ak_vectors_walk(m->set, &m->set->split[split], add_rows, m, err);
}

static akin_status measure_columns(measuring *m, akin_error *err)
{
    const akin_vector_set *set = m->set;
    AK_TRY(pass(m, 0, add_values, err));
    for (int64_t c = 0; c < set->d; c++)
        if (m->count[c]) set->column[c].mean /= (double)m->count[c];
    AK_TRY(pass(m, 0, add_squares, err));
    for (int64_t c = 0; c < set->d; c++) {
        akin_vector_column *column = &set->column[c];
        if (m->count[c] == 0)
            column->std = NO_VALUES;
        else if (column->min == column->max)
            column->mean = column->min; /* exactly */
        else
            column->std = sqrt(m->square[c] / (double)m->count[c]);
    }
    for (int k = 0; k < set->splits; k++) AK_TRY(pass(m, k, add_missing, err));
    return AKIN_OK;
}

static akin_status measure(const akin_vector_set *set, akin_error *err)
{
    measuring m = { .set = set };
    m.count = ak_alloc(sizeof *m.count, set->d, 1);
    m.square = ak_alloc(sizeof *m.square, set->d, 1);
    const akin_status status = m.count && m.square
                                   ? measure_columns(&m, err)
                                   : ak_no_memory(err, "to measure %lld columns", (long long)set->d);
    free(m.count);
    free(m.square);
    return status;
}

static akin_status set_scale(akin_vector_set *set, akin_error *err)
{
    const akin_vector_scale *given = set->given.d ? &set->given : NULL;
    set->column = ak_alloc(sizeof *set->column, set->d, 1);
    set->mean = ak_alloc(sizeof *set->mean, set->d, 1);
    set->std = ak_alloc(sizeof *set->std, set->d, 1);
    if (!set->column || !set->mean || !set->std)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to measure %lld columns", (long long)set->d);
    AK_TRY(measure(set, err));
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
static akin_status fill_missing(akin_vector_set *set, akin_error *err)
{
    const bool zero = set->opts.missing == AKIN_MISSING_ZERO;
    int64_t empty = 0;
    if (set->missing == 0) return AKIN_OK;
    set->fill = ak_alloc(sizeof *set->fill, set->d, 1); /* rows on disk are filled when they are read */
    if (!set->fill) return ak_no_memory(err, "to fill %lld columns", (long long)set->d);
    for (int64_t c = 0; c < set->d; c++)
        set->fill[c] = zero ? 0 : (float)(set->given.d ? set->mean[c] : set->column[c].mean);
    for (int k = 0; k < set->splits; k++)
        for (int64_t i = 0; set->split[k].x && i < set->split[k].n; i++)
            for (int64_t c = 0; c < set->d; c++) {
                float *x = &set->split[k].x[i * set->d + c];
                if (isnan(*x)) *x = set->fill[c];
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
    return AKIN_OK;
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
    AK_TRY(fill_missing(set, err));
    tell_coarse(set);
    return AKIN_OK;
}
