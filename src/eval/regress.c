/* SPDX-License-Identifier: Apache-2.0 */
/* eval/regress.c - numbers of items from their features: knn-regress-v1 and ridge-v1.
 *
 * Ridge. With z the standardised columns, C = Z'Z/n = V diag(e) V' and c = V' Z'(y - mean)/n,
 *
 *     w = V diag(1/(e + lambda)) c,   rss/n = var y - sum c^2 (e + 2 lambda) / (e + lambda)^2
 *     df = 1 + sum e/(e + lambda),    gcv = (rss/n) / (1 - df/n)^2                  [Golub1979 eq.1.3]
 *
 * so one eigendecomposition serves every lambda. All of it is in double. A column that is constant in
 * training says nothing, and is left out. */
#include "akin/tool/regress.h"
#include "eval/nearest.h"
#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

enum { NEIGHBOURS = 10, BLOCKS = 20, LAMBDAS = 8 };

typedef struct regression {
    akin_regress_data data;
    double *guess; /* [m] */
    akin_regress_result result;
} regression;

/* Checks ---------------------------------------------------------------------------------------------- */

static akin_status check_values(const double *y, int64_t n, const char *who, akin_error *err)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(y[i]))
            return ak_fail(err, AKIN_ERR_INPUT, "regress: %s value %lld is %g; it must be finite", who,
                           (long long)i, y[i]);
    return AKIN_OK;
}

static akin_status check(const akin_regress_data *d, akin_error *err)
{
    if (!d->train.data || !d->test.data || !d->train_values || !d->test_values)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "regress: features and values must not be NULL");
    if (d->train.rows < 1 || d->test.rows < 1 || d->train.cols < 1 || d->train.cols != d->test.cols)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "regress: training features are [%lld,%lld], test features [%lld,%lld]; rows, and equal "
            "widths, are needed",
            (long long)d->train.rows, (long long)d->train.cols, (long long)d->test.rows,
            (long long)d->test.cols);
    AK_TRY(check_values(d->train_values, d->train.rows, "training", err));
    AK_TRY(check_values(d->test_values, d->test.rows, "test", err));
    for (int64_t i = 0; d->test_order && i < d->test.rows; i++)
        if (d->test_order[i] < 0 || d->test_order[i] >= d->test.rows)
            return ak_fail(err, AKIN_ERR_RANGE, "regress: test_order[%lld] is %d; there are %lld rows",
                           (long long)i, (int)d->test_order[i], (long long)d->test.rows);
    for (int64_t i = 1; i < d->test.rows; i++)
        if (d->test_values[i] != d->test_values[0]) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "regress: all %lld test values are %g; nothing is to be told apart",
                   (long long)d->test.rows, d->test_values[0]);
}

/* Neighbours ------------------------------------------------------------------------------------------ */

static void take_mean(int64_t i, const ak_near *nearest, int worker, void *ctx)
{
    const regression *r = ctx;
    double sum = 0;
    (void)worker;
    for (int32_t j = 0; j < r->result.k; j++) sum += r->data.train_values[nearest[j].index];
    r->guess[i] = sum / r->result.k;
}

static akin_status by_neighbours(regression *r, akin_error *err)
{
    const akin_regress_data *d = &r->data;
    r->result.k = d->train.rows < NEIGHBOURS ? (int32_t)d->train.rows : NEIGHBOURS;
    double *norm = ak_alloc(sizeof *norm, d->train.rows + d->test.rows, 1);
    if (!norm) return ak_no_memory(err, "for the lengths of features");
    akin_status status = ak_eval_norms(d->train, norm, "training features", err);
    if (!status) status = ak_eval_norms(d->test, norm + d->train.rows, "test features", err);
    if (!status)
        status =
            ak_eval_nearest(d->test, norm + d->train.rows, d->train, norm, r->result.k, take_mean, r, err);
    free(norm);
    return status;
}

/* Ridge ----------------------------------------------------------------------------------------------- */

typedef struct ridge {
    akin_cmat x;
    const double *y;
    double *mean, *scale;   /* [d]: z = (x - mean) scale; scale 0: left out */
    double *covariance;     /* [d,d], then destroyed */
    double *value, *vector; /* of it: [d], [d,d] by rows */
    double *along, *weight; /* [d]: Z'y/n and then c; w */
    double y_mean, y_var;
} ridge;

static akin_status measure_columns(ridge *r, akin_error *err)
{
    const int64_t n = r->x.rows, d = r->x.cols;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            if (!isfinite(ak_crow(r->x, i)[j]))
                return ak_fail(err, AKIN_ERR_INPUT, "training features: row %lld, column %lld is %g",
                               (long long)i, (long long)j, (double)ak_crow(r->x, i)[j]);
            r->mean[j] += (double)ak_crow(r->x, i)[j] / (double)n;
        }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            const double gap = (double)ak_crow(r->x, i)[j] - r->mean[j];
            r->scale[j] += gap * gap / (double)n;
        }
    for (int64_t j = 0; j < d; j++) r->scale[j] = r->scale[j] > 0 ? 1 / sqrt(r->scale[j]) : 0;
    for (int64_t i = 0; i < n; i++) r->y_mean += r->y[i] / (double)n;
    for (int64_t i = 0; i < n; i++) r->y_var += (r->y[i] - r->y_mean) * (r->y[i] - r->y_mean) / (double)n;
    return AKIN_OK;
}

static double standardised(const ridge *r, int64_t i, int64_t j)
{
    return ((double)ak_crow(r->x, i)[j] - r->mean[j]) * r->scale[j];
}

/* Rows [begin, end) of the covariance, its lower triangle, and of Z'y/n: each sum in the order of rows. */
static void sum_products(int64_t begin, int64_t end, void *ctx)
{
    ridge *r = ctx;
    const int64_t n = r->x.rows, d = r->x.cols;
    for (int64_t i = 0; i < n; i++)
        for (int64_t a = begin; a < end; a++) {
            const double z = standardised(r, i, a) / (double)n;
            r->along[a] += z * (r->y[i] - r->y_mean);
            for (int64_t b = 0; b <= a; b++) r->covariance[a * d + b] += z * standardised(r, i, b);
        }
}

/* gcv at lambda; infinite where the fit has as many degrees of freedom as there are rows. */
static double criterion(const ridge *r, double lambda)
{
    const int64_t d = r->x.cols;
    const double n = (double)r->x.rows;
    double rss = r->y_var, df = 1;
    for (int64_t j = 0; j < d; j++) {
        const double e = r->value[j] > 0 ? r->value[j] : 0, at = e + lambda;
        rss -= r->along[j] * r->along[j] * (e + 2 * lambda) / (at * at);
        df += e / at;
    }
    if (df >= n) return INFINITY;
    return (rss > 0 ? rss : 0) / ((1 - df / n) * (1 - df / n));
}

static double fit(ridge *r)
{
    const int64_t d = r->x.cols;
    double lambda = 10, best = INFINITY, try = 10;
    for (int k = 0; k < LAMBDAS; k++, try /= 10) {
        const double gcv = criterion(r, try);
        if (gcv < best) {
            best = gcv;
            lambda = try;
        }
    }
    for (int64_t j = 0; j < d; j++) {
        const double e = r->value[j] > 0 ? r->value[j] : 0, c = r->along[j] / (e + lambda);
        for (int64_t a = 0; a < d; a++) r->weight[a] += c * r->vector[j * d + a];
    }
    return lambda;
}

/* c = V' Z'y/n, into along. */
static akin_status decompose(ridge *r, akin_error *err)
{
    const int64_t d = r->x.cols;
    for (int64_t a = 0; a < d; a++)
        for (int64_t b = 0; b < a; b++) r->covariance[b * d + a] = r->covariance[a * d + b];
    AK_TRY(ak_eigen(r->covariance, d, r->value, r->vector, err));
    for (int64_t j = 0; j < d; j++) {
        double c = 0;
        for (int64_t a = 0; a < d; a++) c += r->vector[j * d + a] * r->along[a];
        r->covariance[j] = c;
    }
    memcpy(r->along, r->covariance, (size_t)d * sizeof *r->along);
    return AKIN_OK;
}

static akin_status predict(const ridge *r, regression *to, akin_error *err)
{
    const akin_cmat x = to->data.test;
    for (int64_t i = 0; i < x.rows; i++) {
        double y = r->y_mean;
        for (int64_t j = 0; j < x.cols; j++)
            y += r->weight[j] * ((double)ak_crow(x, i)[j] - r->mean[j]) * r->scale[j];
        if (!isfinite(y))
            return ak_fail(err, AKIN_ERR_INPUT, "test features: row %lld is not finite", (long long)i);
        to->guess[i] = y;
    }
    return AKIN_OK;
}

static akin_status by_ridge(regression *to, akin_error *err)
{
    const int64_t d = to->data.train.cols;
    double *room = ak_alloc(sizeof *room, 5 + 2 * d, d);
    if (!room) return ak_no_memory(err, "for a covariance of %lld columns", (long long)d);
    ridge r = { .x = to->data.train, .y = to->data.train_values };
    double **const columns[] = { &r.mean, &r.scale, &r.value, &r.along, &r.weight };
    for (int k = 0; k < 5; k++) *columns[k] = room + k * d;
    r.covariance = room + 5 * d;
    r.vector = room + 5 * d + d * d;
    akin_status status = measure_columns(&r, err);
    if (!status) ak_parallel_for(d, 8, sum_products, &r);
    if (!status) status = decompose(&r, err);
    if (!status) to->result.lambda = fit(&r);
    if (!status) status = predict(&r, to, err);
    free(room);
    return status;
}

/* Scores ---------------------------------------------------------------------------------------------- */

static int64_t row_at(const regression *r, int64_t k)
{
    return r->data.test_order ? r->data.test_order[k] : k;
}

/* R^2 of all test rows but those at [begin, end) of the order. */
static double r2_without(const regression *r, int64_t begin, int64_t end)
{
    const int64_t m = r->data.test.rows;
    double mean = 0, rss = 0, tss = 0;
    for (int64_t k = 0; k < m; k++)
        if (k < begin || k >= end) mean += r->data.test_values[row_at(r, k)] / (double)(m - (end - begin));
    for (int64_t k = 0; k < m; k++) {
        if (k >= begin && k < end) continue;
        const double y = r->data.test_values[row_at(r, k)], miss = y - r->guess[row_at(r, k)];
        rss += miss * miss;
        tss += (y - mean) * (y - mean);
    }
    return tss > 0 ? 1 - rss / tss : NAN;
}

static void set_interval(regression *r)
{
    const int64_t m = r->data.test.rows;
    double left[BLOCKS], mean = 0, square = 0;
    r->result.ci95[0] = r->result.ci95[1] = NAN;
    if (m < 2 * BLOCKS) return;
    for (int b = 0; b < BLOCKS; b++) {
        left[b] = r2_without(r, m * b / BLOCKS, m * (b + 1) / BLOCKS);
        mean += left[b] / BLOCKS;
    }
    for (int b = 0; b < BLOCKS; b++) square += (left[b] - mean) * (left[b] - mean);
    const double half = ak_student95(BLOCKS - 1) * sqrt(square * (BLOCKS - 1) / BLOCKS);
    r->result.ci95[0] = r->result.r2 - half;
    r->result.ci95[1] = r->result.r2 + half;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The guesses become errors, sorted. */
static void score(regression *r)
{
    const int64_t m = r->data.test.rows;
    r->result.r2 = r2_without(r, 0, 0);
    set_interval(r);
    for (int64_t i = 0; i < m; i++) r->guess[i] = fabs(r->data.test_values[i] - r->guess[i]);
    qsort(r->guess, (size_t)m, sizeof *r->guess, by_value);
    r->result.median_error = (r->guess[(m - 1) / 2] + r->guess[m / 2]) / 2;
    for (int64_t i = 0; i < m; i++) r->result.mean_error += r->guess[i] / (double)m;
}

akin_status akin_regress(akin_regress_kind kind, const akin_regress_data *user, akin_regress_result *result,
                         akin_error *err)
{
    regression r = { .data = AKIN_REGRESS_DATA_INIT, .result = AKIN_REGRESS_RESULT_INIT };
    AK_GIVEN(user, err);
    AK_GIVEN(result, err);
    if (kind != AKIN_REGRESS_KNN && kind != AKIN_REGRESS_RIDGE)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "regress: kind %d is none", (int)kind);
    AK_TRY(ak_opts_import(&r.data, user, "regress", err));
    AK_TRY(check(&r.data, err));
    r.guess = ak_alloc(sizeof *r.guess, r.data.test.rows, 1);
    if (!r.guess) return ak_no_memory(err, "for %lld values", (long long)r.data.test.rows);
    const bool knn = kind == AKIN_REGRESS_KNN;
    r.result.protocol = knn ? "knn-regress-v1" : "ridge-v1";
    r.result.n = r.data.test.rows;
    r.result.reference = r.data.train.rows;
    r.result.features = r.data.train.cols;
    akin_status status = knn ? by_neighbours(&r, err) : by_ridge(&r, err);
    if (!status) score(&r);
    free(r.guess);
    return status ? status : ak_result_export(result, &r.result, "regress", err);
}
