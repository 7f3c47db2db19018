/* SPDX-License-Identifier: Apache-2.0 */
/* study/claim.c - the verdict on a claim, from differences paired by seed (akin/tool/study.h).
 *
 * A side of a claim is one number for each seed, from the cells that the side means:
 *
 *     as it is          their mean
 *     "best"            the cell of one configuration: that which is best by the mean over all other seeds. So a method is tuned
 *                       without a look at the seed by which it is judged, and two methods with as many configurations are
 *                       tuned equally
 *     "correlate"       Spearman's correlation of two measurements over the cells
 *
 * A seed counts only where every one of these cells has the measurement, on both sides. */
#include "study/study.h"

#include "akin/tool/difficulty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

akin_status study_value(study_store *db, const char *id, const char *measure, double *value, bool *found,
                        akin_error *err)
{
    *found = false;
    if (!db) return AKIN_OK;
    const akin_status status = study_store_value(db, id, measure, NULL, value, found, err);
    *found = *found && isfinite(*value);
    return status;
}

/* The values of a measurement in the cells of a seed that the side means, in the order of the configurations. x: [config_count].
 * *n = 0 where one of them is missing. */
static akin_status row(const study *s, study_store *db, const akin_json *what, const char *measure,
                       int64_t seed, double *x, int64_t *n, akin_error *err)
{
    bool whole = true;
    *n = 0;
    for (int k = 0; k < s->cell_count && whole; k++) {
        const study_cell *cell = &s->cells[k];
        if (cell->seed != seed || !study_where(akin_json_get(what, "where"), s->configs[cell->config].labels))
            continue;
        const akin_status status = study_value(db, cell->id, measure, &x[*n], &whole, err);
        if (status) return status;
        ++*n;
    }
    if (!whole) *n = 0;
    return AKIN_OK;
}

/* Which value of a seed's row is the best by the sums over the others; -1 where no other seed is whole. sum and x: [n] */
static akin_status tuned(const study *s, study_store *db, const akin_json *what, int64_t seed, double *sum,
                         double *x, int64_t n, int64_t *at, akin_error *err)
{
    const akin_json *seeds = akin_json_get(s->root, "seeds");
    const double sign = strcmp(akin_json_as_text(akin_json_get(what, "best")), "lowest") == 0 ? -1 : 1;
    bool any = false;
    for (int64_t c = 0; c < n; c++) sum[c] = 0;
    for (size_t i = 0; i < akin_json_length(seeds); i++) {
        const int64_t other = akin_json_as_int(akin_json_at(seeds, i));
        int64_t have = 0;
        if (other == seed) continue;
        const akin_status status =
            row(s, db, what, akin_json_as_text(akin_json_get(what, "measure")), other, x, &have, err);
        if (status) return status;
        if (have != n) continue;
        any = true;
        for (int64_t c = 0; c < n; c++) sum[c] += sign * x[c];
    }
    *at = -1;
    for (int64_t c = 0; c < n && any; c++)
        if (*at < 0 || sum[c] > sum[*at]) *at = c;
    return AKIN_OK;
}

/* The number of a side for a seed; *whole is false where it cannot be told. */
static akin_status side(const study *s, study_store *db, const akin_json *what, int64_t seed, double *value,
                        bool *whole, akin_error *err)
{
    *whole = true;
    if (akin_json_is_number(what)) return *value = akin_json_as_real(what), AKIN_OK;
    const char *other = akin_json_as_text(akin_json_get(what, "correlate"));
    const size_t most = (size_t)s->config_count;
    double *x = malloc(3 * most * sizeof *x), *y = x + most, *z = y + most;
    if (!x) return study_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    int64_t n = 0, paired = 0, at = -1;
    *value = 0;
    akin_status status =
        row(s, db, what, akin_json_as_text(akin_json_get(what, "measure")), seed, x, &n, err);
    if (status) {
        free(x);
        return status;
    }
    if (other) {
        status = row(s, db, what, other, seed, y, &paired, err);
        *whole = n > 2 && paired == n;
        if (!status && *whole) status = akin_rank_correlation(x, y, n, value, err);
        *whole = *whole && isfinite(*value);
    } else if (akin_json_get(what, "best")) {
        status = tuned(s, db, what, seed, y, z, n, &at, err);
        *whole = at >= 0;
        if (at >= 0) *value = x[at];
    } else {
        *whole = n > 0;
        for (int64_t c = 0; c < n; c++) *value += x[c] / (double)n;
    }
    free(x);
    return status;
}

static akin_expect expect_of(const akin_json *claim)
{
    const char *text = akin_json_as_text(akin_json_get(claim, "expect"));
    return strcmp(text, "greater") == 0 ? AKIN_EXPECT_GREATER
           : strcmp(text, "less") == 0  ? AKIN_EXPECT_LESS
                                        : AKIN_EXPECT_EQUAL;
}

akin_status study_judge(const study *s, study_store *db, const akin_json *claim, double *x, akin_json *to,
                        akin_error *err)
{
    const akin_json *seeds = akin_json_get(s->root, "seeds");
    const size_t most = akin_json_length(seeds);
    int64_t n = 0;
    for (size_t i = 0; i < most; i++) {
        bool left, right;
        const int64_t seed = akin_json_as_int(akin_json_at(seeds, i));
        akin_status status = side(s, db, akin_json_get(claim, "left"), seed, &x[n], &left, err);
        if (!status)
            status = side(s, db, akin_json_get(claim, "right"), seed, &x[most + (size_t)n], &right, err);
        if (status) return status;
        n += left && right;
    }
    akin_mean95 d;
    akin_verdict verdict;
    const akin_status status =
        akin_paired_verdict(x, x + most, n, expect_of(claim),
                            akin_json_as_real(akin_json_get(claim, "margin")), &d, &verdict, err);
    if (status) return status;
    akin_json *o = akin_json_copy((akin_json *)claim);
    akin_json_put(o, "n", akin_json_int(n));
    akin_json_put(o, "difference", cli_json_real(d.mean));
    akin_json_put(o, "low", cli_json_real(d.low));
    akin_json_put(o, "high", cli_json_real(d.high));
    akin_json_put(o, "verdict", akin_json_text(akin_verdict_name(verdict)));
    akin_json_append(to, o);
    return AKIN_OK;
}
