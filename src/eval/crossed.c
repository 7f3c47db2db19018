/* SPDX-License-Identifier: Apache-2.0 */
/* eval/crossed.c - a mean over repetitions and items that cross, in its parts (akin/tool/study.h has the
 * formula) [Banerjee1961].
 *
 * Precision. Double, the means first, then squares of what is left. */
#include "eval/eval.h"

#include <inttypes.h>
#include <math.h>

akin_status ak_crossed_of(const double *x, int64_t n, int64_t items, ak_crossed *out, akin_error *err)
{
    if (n < 2 || items < 2)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "crossed95: %" PRId64 " repetitions of %" PRId64 " items; expected two of each", n,
                       items);
    for (int64_t k = 0; k < n * items; k++)
        if (!isfinite(x[k]))
            return ak_fail(err, AKIN_ERR_INPUT, "crossed95: value %" PRId64 " is not finite", k);
    double *row = ak_alloc(sizeof *row, n, 1), *column = ak_alloc(sizeof *column, items, 1);
    const bool ok = row && column;
    const double rows = (double)n, columns = (double)items;
    double mean = 0, of_rows = 0, of_columns = 0, rest = 0;
    for (int64_t k = 0; k < n * items && ok; k++) {
        row[k / items] += x[k] / columns;
        column[k % items] += x[k] / rows;
    }
    for (int64_t s = 0; s < n && ok; s++) mean += row[s] / rows;
    for (int64_t s = 0; s < n && ok; s++) of_rows += columns * (row[s] - mean) * (row[s] - mean);
    for (int64_t i = 0; i < items && ok; i++) of_columns += rows * (column[i] - mean) * (column[i] - mean);
    for (int64_t k = 0; k < n * items && ok; k++) {
        const double e = x[k] - row[k / items] - column[k % items] + mean;
        rest += e * e;
    }
    free(row);
    free(column);
    if (!ok) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the items");
    of_rows /= rows - 1;
    of_columns /= columns - 1;
    rest /= (rows - 1) * (columns - 1);
    *out = (ak_crossed){ .n = n,
                         .items = items,
                         .mean = mean,
                         .of_rows = of_rows / (rows * columns),
                         .of_items = fmax(of_columns - rest, 0) / (rows * columns) };
    return AKIN_OK;
}

double ak_crossed_half(const ak_crossed *c, double tail)
{
    const double t = ak_student(c->n - 1, tail), z = ak_student(c->items - 1, tail);
    return sqrt(t * t * c->of_rows + z * z * c->of_items);
}
