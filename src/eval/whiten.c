/* SPDX-License-Identifier: Apache-2.0 */
/* eval/whiten.c - uncorrelated columns of unit variance  [Kessy2018].
 *
 * With s^2 the average variance of the columns and z = (x - mean)/s,
 *
 *     1/n sum z z' + shrinkage I = L L',   x' = M z,   M = L^-1
 *
 * This is the map of the header: s cancels. It is there so that squares of z cannot overflow. Constant
 * columns have z = 0 in every row, so that their row of L is diagonal and their x' is 0. With a power below 1
 * the left side is raised to it by its eigenvectors; what follows is the same.
 *
 * Precision. Means, variances, the factor and its inverse are double. Products are float over at most BLOCK
 * rows, added up in double; so an entry of the covariance is known to about 1e-6 of the average variance, and
 * pivots below that (LEAST) are raised to it. z and M are rounded to float once.
 *
 * Threads. Column sums are kept apart for GROUPS ranges of rows; tiles of the covariance, panels of the
 * inverse and blocks of rows are tasks of fixed shape. No sum depends on who computes it. */
#include "linalg/cholesky.h"
#include "linalg/eigen.h"
#include "eval/eval.h"
#include "kernels/gemm.h"

#include <math.h>

enum { GROUPS = 32, BLOCK = 1024, TILE = 128, ROWS = 256, GRAIN_ROWS = 16 };

static const double LEAST = 1e-6;  /* of the average variance */
static const double FAREST = 1e25; /* deviations; times 1/sqrt(LEAST) it is far from FLT_MAX */

struct akin_whitening {
    int64_t d;
    double shrinkage;
    double *mean, *gain; /* [d]: z = (x - mean) * gain, gain = 1/s, or 0 for constant columns */
    float *map;          /* [d,d]: M, lower triangular */
};

void akin_whitening_free(akin_whitening *w)
{
    if (!w) return;
    free(w->mean);
    free(w->gain);
    free(w->map);
    free(w);
}

double akin_whitening_shrinkage(const akin_whitening *w) { return w ? w->shrinkage : (double)NAN; }

ak_whitening_parts ak_whitening_parts_of(const akin_whitening *w)
{
    return (ak_whitening_parts){ w->d, w->mean, w->gain, w->map };
}

static void standard_row(const akin_whitening *w, const float *restrict x, float *restrict z)
{
    const double *restrict mean = w->mean, *restrict gain = w->gain;
    for (int64_t j = 0; j < w->d; j++) z[j] = (float)(((double)x[j] - mean[j]) * gain[j]);
}

/* Moments of the columns --------------------------------------------------------------------------------- */

typedef struct moments {
    akin_cmat x;
    const double *mean; /* NULL: sum x; else sum (x - mean)^2 */
    double *sum;        /* [GROUPS,d] */
} moments;

static void sum_group(int64_t group, int worker, void *ctx)
{
    (void)worker;
    const moments *m = ctx;
    const int64_t d = m->x.cols;
    double *restrict sum = m->sum + group * d;
    for (int64_t j = 0; j < d; j++) sum[j] = 0;
    for (int64_t i = m->x.rows * group / GROUPS; i < m->x.rows * (group + 1) / GROUPS; i++) {
        const float *restrict x = ak_crow(m->x, i);
        if (!m->mean) {
            for (int64_t j = 0; j < d; j++) sum[j] += (double)x[j];
            continue;
        }
        for (int64_t j = 0; j < d; j++) {
            const double off = (double)x[j] - m->mean[j];
            sum[j] += off * off;
        }
    }
}

static void average(moments *m, double *out)
{
    ak_parallel_tasks(GROUPS, sum_group, m);
    for (int64_t j = 0; j < m->x.cols; j++) {
        double sum = 0;
        for (int64_t g = 0; g < GROUPS; g++) sum += m->sum[g * m->x.cols + j];
        out[j] = sum / (double)m->x.rows;
    }
}

/* mean and gain; false without memory. */
static bool fit_columns(akin_whitening *w, akin_cmat x)
{
    const int64_t d = w->d;
    moments m = { x, NULL, ak_alloc(sizeof(double), GROUPS, d) };
    if (!m.sum) return false;
    average(&m, w->mean);
    m.mean = w->mean;
    double *variance = w->gain, trace = 0;
    average(&m, variance);
    for (int64_t j = 0; j < d; j++) {
        const double deviation = sqrt(variance[j]);
        /* a spread below the resolution of float32 is rounding, not information */
        const bool constant = !(deviation > 1e-7 * fabs(w->mean[j]) && deviation > 1e-36);
        if (constant) variance[j] = 0;
        trace += variance[j];
    }
    const double inverse = trace > 0 ? 1 / sqrt(trace / (double)d) : 0;
    for (int64_t j = 0; j < d; j++) w->gain[j] = variance[j] > 0 ? inverse : 0;
    free(m.sum);
    return true;
}

/* Covariance --------------------------------------------------------------------------------------------- */

typedef struct covariance {
    const akin_whitening *w;
    akin_cmat x;
    int64_t first, count; /* rows of the block */
    float *block;         /* [BLOCK,d]: their z */
    float *tile;          /* [workers,TILE,TILE] */
    double *sum;          /* [d,d], lower triangle of tiles */
    atomic_bool failed;
} covariance;

static void standard_block(int64_t begin, int64_t end, void *ctx)
{
    const covariance *c = ctx;
    for (int64_t i = begin; i < end; i++)
        standard_row(c->w, ak_crow(c->x, c->first + i), c->block + i * c->w->d);
}

/* Add z z' of the block to tile number `task` of the lower triangle: (0,0), (1,0), (1,1), (2,0) ... */
static void add_tile(int64_t task, int worker, void *ctx)
{
    covariance *c = ctx;
    const int64_t d = c->w->d;
    int64_t row = 0;
    while ((row + 1) * (row + 2) / 2 <= task) row++;
    const int64_t i = row * TILE, j = (task - row * (row + 1) / 2) * TILE;
    const int64_t rows = d - i < TILE ? d - i : TILE, cols = d - j < TILE ? d - j : TILE;
    float *tile = c->tile + (int64_t)worker * TILE * TILE;
    if (!ak_gemm(true, false, rows, cols, c->count, c->block + i, d, c->block + j, d, 0, tile, TILE))
        atomic_store(&c->failed, true);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t k = 0; k < cols; k++) c->sum[(i + r) * d + j + k] += (double)tile[r * TILE + k];
}

/* 1/n sum z z' + shrinkage I into sum [d,d], zeroed before; false without memory. */
static bool covariances(const akin_whitening *w, akin_cmat x, double *sum)
{
    const int64_t d = w->d, tiles = (d + TILE - 1) / TILE;
    covariance c = { .w = w, .x = x, .sum = sum };
    atomic_init(&c.failed, false);
    c.block = ak_alloc(sizeof(float), BLOCK, d);
    c.tile = ak_alloc(sizeof(float), akin_threads(), TILE * TILE);
    bool good = c.block && c.tile;
    for (c.first = 0; good && c.first < x.rows; c.first += BLOCK) {
        c.count = x.rows - c.first < BLOCK ? x.rows - c.first : BLOCK;
        ak_parallel_for(c.count, GRAIN_ROWS, standard_block, &c);
        ak_parallel_tasks(tiles * (tiles + 1) / 2, add_tile, &c);
        good = !atomic_load(&c.failed);
    }
    for (int64_t i = 0; good && i < d; i++) {
        for (int64_t j = 0; j <= i; j++) sum[i * d + j] /= (double)x.rows;
        sum[i * d + i] += w->shrinkage;
    }
    free(c.block);
    free(c.tile);
    return good;
}

/* Power -------------------------------------------------------------------------------------------------- */

typedef struct powers {
    int64_t d;
    const double *value, *vector; /* [d], [d,d]: rows are eigenvectors */
    double *a;                    /* [d,d] */
} powers;

/* Row i of sum_k value_k v_k v_k'. */
static void add_up(int64_t i, int worker, void *ctx)
{
    (void)worker;
    const powers *p = ctx;
    double *restrict to = p->a + i * p->d;
    for (int64_t j = 0; j <= i; j++) to[j] = 0;
    for (int64_t k = 0; k < p->d; k++) {
        const double *restrict v = p->vector + k * p->d;
        const double factor = p->value[k] * v[i];
        for (int64_t j = 0; j <= i; j++) to[j] += factor * v[j];
    }
}

/* a [d,d], of which the lower triangle is read and written, to this power; eigenvalues below floor count as
 * that. */
static akin_status raise(double *a, int64_t d, double power, double floor, akin_error *err)
{
    double *value = ak_alloc(sizeof *value, d, 1), *vector = ak_alloc(sizeof *vector, d, d);
    akin_status status =
        value && vector ? AKIN_OK
                        : ak_fail(err, AKIN_ERR_NOMEM,
                                  "whitening: no memory for the eigenvectors of %lld columns", (long long)d);
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < i; j++) a[j * d + i] = a[i * d + j];
    if (!status) status = ak_eigen(a, d, value, vector, err);
    for (int64_t k = 0; k < d && !status; k++) value[k] = pow(fmax(value[k], floor), power);
    if (!status) ak_parallel_tasks(d, add_up, &(powers){ d, value, vector, a });
    free(value);
    free(vector);
    return status;
}

/* Whitening ---------------------------------------------------------------------------------------------- */

/* Refuse what is not finite or too long; norm of `limit` at most. */
static akin_status check_rows(akin_cmat x, double limit, const char *who, akin_error *err)
{
    double *norm = ak_alloc(sizeof *norm, x.rows, 1);
    if (!norm) return ak_fail(err, AKIN_ERR_NOMEM, "%s: no memory for %lld rows", who, (long long)x.rows);
    akin_status status = ak_eval_norms(x, norm, who, err);
    for (int64_t i = 0; i < x.rows && !status; i++)
        if (norm[i] > limit)
            status = ak_fail(err, AKIN_ERR_INPUT,
                             "%s: row %lld (counted from 0) has length %g, above %g: it is not of the "
                             "kind that the whitening was fitted to",
                             who, (long long)i, norm[i], limit);
    free(norm);
    return status;
}

akin_status akin_whitening_fit(akin_cmat reference, const akin_whiten_opts *user, akin_whitening **out,
                               akin_error *err)
{
    akin_whiten_opts opts = AKIN_WHITEN_OPTS_INIT;
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "whitening: out must not be NULL");
    AK_TRY(ak_opts_import(&opts, user, "whitening", err));
    if (!(opts.shrinkage >= 0 && opts.shrinkage <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "whitening: shrinkage is %g; it must be between 0 and 1",
                       opts.shrinkage);
    if (!(opts.power > 0 && opts.power <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "whitening: power is %g; it must be above 0 and at most 1",
                       opts.power);
    AK_TRY(ak_check_view(reference, "reference features", err));
    AK_TRY(check_rows(reference, INFINITY, "reference features", err));

    const int64_t d = reference.cols;
    akin_whitening *w = calloc(1, sizeof *w);
    double *square = ak_alloc(sizeof *square, d, d);
    if (w) {
        w->d = d;
        w->shrinkage = opts.shrinkage;
        w->mean = ak_alloc(sizeof(double), d, 1);
        w->gain = ak_alloc(sizeof(double), d, 1);
        w->map = ak_alloc(sizeof(float), d, d);
    }
    bool good = w && square && w->mean && w->gain && w->map && fit_columns(w, reference) &&
                covariances(w, reference, square);
    akin_status status = AKIN_OK;
    const double least = fmax(opts.shrinkage, LEAST);
    if (good && opts.power != 1) status = raise(square, d, opts.power, least, err);
    if (good && !status) {
        ak_cholesky(square, d, pow(least, opts.power));
        good = ak_cholesky_inverse(square, d, w->map);
    }
    free(square);
    if (status) {
        akin_whitening_free(w);
        return status;
    }
    if (good) {
        *out = w;
        return AKIN_OK;
    }
    akin_whitening_free(w);
    return ak_fail(err, AKIN_ERR_NOMEM, "whitening: no memory for the covariance of %lld columns",
                   (long long)d);
}

typedef struct application {
    const akin_whitening *w;
    akin_cmat in;
    akin_mat out;
    float *block; /* [workers,ROWS,d] */
    atomic_bool failed;
} application;

/* Column j of M z needs the first j + 1 columns of z only. */
static void apply_rows(int64_t task, int worker, void *ctx)
{
    application *a = ctx;
    const int64_t d = a->w->d, first = task * ROWS;
    const int64_t count = a->in.rows - first < ROWS ? a->in.rows - first : ROWS;
    float *block = a->block + (int64_t)worker * ROWS * d;
    for (int64_t i = 0; i < count; i++) standard_row(a->w, ak_crow(a->in, first + i), block + i * d);
    for (int64_t j = 0; j < d; j += TILE) {
        const int64_t cols = d - j < TILE ? d - j : TILE;
        if (!ak_gemm(false, true, count, cols, j + cols, block, d, a->w->map + j * d, d, 0,
                     ak_row(a->out, first) + j, a->out.stride))
            atomic_store(&a->failed, true);
    }
}

akin_status akin_whitening_apply(const akin_whitening *w, akin_cmat in, akin_mat out, akin_error *err)
{
    if (!w) return ak_fail(err, AKIN_ERR_ARGUMENT, "whitening: w must not be NULL");
    AK_TRY(ak_check_view(in, "features to whiten", err));
    AK_TRY(ak_check_view(akin_mat_const(out), "whitened features", err));
    if (in.cols != w->d || out.cols != w->d || in.rows != out.rows)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "whitening: %lld x %lld features into %lld x %lld; it was fitted to %lld columns",
                       (long long)in.rows, (long long)in.cols, (long long)out.rows, (long long)out.cols,
                       (long long)w->d);
    double inverse = 0; /* 1/s */
    for (int64_t j = 0; j < w->d; j++) inverse = fmax(inverse, w->gain[j]);
    AK_TRY(check_rows(in, inverse > 0 ? FAREST / inverse : INFINITY, "features to whiten", err));
    application a = { .w = w, .in = in, .out = out };
    atomic_init(&a.failed, false);
    a.block = ak_alloc(sizeof(float), akin_threads() * (int64_t)ROWS, w->d);
    if (a.block) ak_parallel_tasks((in.rows + ROWS - 1) / ROWS, apply_rows, &a);
    const bool good = a.block && !atomic_load(&a.failed);
    free(a.block);
    if (good) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "whitening: no memory to map %lld rows of %lld columns",
                   (long long)in.rows, (long long)in.cols);
}
