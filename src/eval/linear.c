/* SPDX-License-Identifier: Apache-2.0 */
/* eval/linear.c - linear-v1 and linear-v2: logistic regression on standardised features, fitted to its
 * optimum.
 *
 * The objective (eval/logistic.c) is strictly convex in W: its minimum is a property of the data, not of the
 * optimiser. L-BFGS [Liu1989] is preconditioned, for each class, by
 *
 *     M = 1/2 S + lambda I,   S = second moments of the standardised columns
 *
 * which the Hessian never exceeds [Bohning1992]. Where rows are learned the Hessian is far smaller, as p (1 -
 * p) is. So linear-v2 puts the mean of p (1 - p) over rows and classes in the place of 1/2, anew when it has
 * changed by a factor of FACTOR_AGAIN. Features whose columns are strongly correlated, such as
 * pixels, then need tens of iterations where plain L-BFGS needs hundreds. M changes the number of steps, not
 * the minimum. Beyond WIDEST columns M is diagonal. S is summed over all rows: a sample of rows would miss
 * pixels that are rarely lit, and steps along them would be far too long (three times the iterations on
 * Fashion-MNIST).
 *
 * lambda. A fifth of each class is held out. The rest is fitted with each lambda of the grid, from strong to
 * weak, to COARSE times the tolerance, in linear-v2 until ten iterations lower the loss by no more than FALL
 * of it, whichever is first; each fit starts from the one before. The best top1 on the rows held out wins;
 * among equals, the stronger lambda. The fit on all n rows starts from the winner's weights, with lambda *
 * n_fit / n, so that the penalty keeps its weight against the sum of the losses. Mean and deviation are those
 * of all n rows.
 *
 * Why FALL. What can be proved is |dL/dW|^2 / (2 lambda). L-BFGS leaves as much error along the directions of
 * the greatest curvature as along the others, and there the gradient is far longer than lambda alone would
 * have it: with the weakest lambdas the proof takes five times the iterations that the fit takes.
 *
 * Threads. See eval/logistic.c; the rest is in a fixed order. */
#include "base/rng.h"
#include "linalg/cholesky.h"
#include "linalg/lbfgs.h"
#include "eval/linear.h"
#include "kernels/gemm.h"

#include <math.h>
#include <string.h>

enum { SPLIT_VIEW = 1, HELD_ONE_IN = 5, CHUNK = 4096, WIDEST = 2048, MOMENT_TILE = 64 };
static const double CURVATURE = 0.5, COARSE = 10; /* tolerance of the fits on the grid */
static const double LEAST_CURVATURE = 1e-6, FACTOR_AGAIN = 3, EXCESS = 1e-3, FALL = 4e-3; /* of linear-v2 */
enum { ITERATIONS = 1000 };

const double ak_linear_grid[AK_LINEAR_GRID] = { 1e-1, 1e-2, 1e-3, 1e-4, 1e-5 };
double ak_linear_shared = 1e8;
enum { WITHOUT_SPLIT = 2 }; /* the place in the grid that is taken when nothing can be held out */

typedef struct linear_work {
    ak_eval_job *job;
    bool relative; /* linear-v2 */
    ak_standard standard;
    ak_logistic problem;
    double *theta, *best; /* [classes, d+1] */
    int32_t *fit_rows, *held_rows;
    int64_t fit, held;
    float *chunk;                                 /* [CHUNK,d] rows in standard form */
    int64_t chunk_first, chunk_count, first_tile; /* first_tile: of this rank */
    float *moments;                               /* [d,d] lower triangle */
    double *factor;                               /* [d,d], or NULL: diagonal */
    double curvature;                             /* that stands before S in M */
    double *columns;                              /* [d,classes] right-hand sides */
} linear_work;

/* Preconditioner ----------------------------------------------------------------------------------------- */

static void chunk_rows(int64_t begin, int64_t end, void *ctx)
{
    linear_work *w = ctx;
    ak_standard_rows(&w->standard, w->problem.x, w->problem.rows, w->chunk_first + begin, end - begin,
                     w->chunk + begin * w->standard.cols);
}

/* A tile of rows of the lower triangle of S. */
static void moment_tile(int64_t task, int worker, void *ctx)
{
    (void)worker;
    linear_work *w = ctx;
    const int64_t d = w->standard.cols, first = (w->first_tile + task) * MOMENT_TILE;
    const int64_t rows = d - first < MOMENT_TILE ? d - first : MOMENT_TILE;
    if (!ak_gemm(true, false, rows, first + rows, w->chunk_count, w->chunk + first, d, w->chunk, d,
                 w->chunk_first > 0, w->moments + first * d, d))
        atomic_store(&w->problem.failed, true);
}

/* The first row of S that a rank has: tiles lower down are longer, and so its share of them is smaller. */
static int64_t first_moment(int rank, void *ctx)
{
    const linear_work *w = ctx;
    const int64_t d = w->standard.cols, tiles = (d + MOMENT_TILE - 1) / MOMENT_TILE;
    const double share = (double)rank / ak_comm_size(w->problem.ranks);
    const int64_t first = (int64_t)floor((double)tiles * sqrt(share) + 0.5) * MOMENT_TILE;
    return first < d ? first : d;
}

/* S of the rows of the problem, times their number. Ranks share its tiles. */
static akin_status second_moments(linear_work *w, akin_error *err)
{
    if (!w->factor) return AKIN_OK;
    const int rank = ak_comm_rank(w->problem.ranks);
    const int64_t n = w->problem.n, d = w->standard.cols, end = first_moment(rank + 1, w);
    w->first_tile = first_moment(rank, w) / MOMENT_TILE;
    for (w->chunk_first = 0; w->chunk_first < n; w->chunk_first += CHUNK) {
        w->chunk_count = n - w->chunk_first < CHUNK ? n - w->chunk_first : CHUNK;
        ak_parallel_for(w->chunk_count, AK_EVAL_BLOCK, chunk_rows, w);
        ak_parallel_tasks((end + MOMENT_TILE - 1) / MOMENT_TILE - w->first_tile, moment_tile, w);
    }
    if (!w->problem.ranks) return AKIN_OK;
    return ak_eval_gather(w->job, w->moments, (size_t)d * sizeof *w->moments, first_moment, w, err);
}

/* Factor M for the lambda of the problem. The last term covers the rounding of S. */
static void factor_preconditioner(linear_work *w, double curvature)
{
    w->curvature = curvature;
    if (!w->factor) return;
    const int64_t d = w->standard.cols;
    const double scale = curvature / (double)w->problem.n, floor = w->problem.lambda + 1e-6;
    for (int64_t i = 0; i < d; i++) {
        for (int64_t j = 0; j <= i; j++) w->factor[i * d + j] = scale * (double)w->moments[i * d + j];
        w->factor[i * d + i] += floor;
    }
    ak_cholesky(w->factor, d, floor);
}

static void follow_curvature(linear_work *w)
{
    const double now = fmax(w->problem.spread, LEAST_CURVATURE);
    if (now < w->curvature / FACTOR_AGAIN || now > w->curvature * FACTOR_AGAIN) factor_preconditioner(w, now);
}

static void precondition(double *v, void *ctx)
{
    linear_work *w = ctx;
    const int64_t d = w->standard.cols, classes = w->problem.classes;
    if (w->relative) follow_curvature(w);
    const double diagonal = w->curvature + w->problem.lambda;
    if (!w->factor) {
        for (int64_t k = 0; k < classes * (d + 1); k++) v[k] /= diagonal;
        return;
    }
    for (int64_t c = 0; c < classes; c++) {
        for (int64_t j = 0; j < d; j++) w->columns[j * classes + c] = v[c * (d + 1) + j];
        v[c * (d + 1) + d] /= w->curvature;
    }
    ak_cholesky_solve(w->factor, d, w->columns, classes);
    for (int64_t c = 0; c < classes; c++)
        for (int64_t j = 0; j < d; j++) v[c * (d + 1) + j] = w->columns[j * classes + c];
}

static double value(const double *theta, double *grad, void *ctx)
{
    linear_work *w = ctx;
    return ak_logistic_value(theta, grad, &w->problem);
}

static double excess(double value, const double *grad, void *ctx)
{
    const linear_work *w = ctx;
    return ak_logistic_excess(value, grad, &w->problem);
}

/* Fits --------------------------------------------------------------------------------------------------- */

/* Choose the rows of the problem: those listed, or all n. */
static akin_status take_rows(linear_work *w, const int32_t *rows, int64_t n, akin_error *err)
{
    w->problem.rows = rows;
    w->problem.n = n;
    return second_moments(w, err);
}

/* All ranks have what a fit needs. */
static akin_status ready(akin_status mine, void *ctx, akin_error *err)
{
    const linear_work *w = ctx;
    return ak_eval_agree(w->job, mine, err);
}

/* From theta to the optimum for lambda; loose is how much more than the tolerance will do. */
static akin_status fit(linear_work *w, double lambda, double loose, ak_lbfgs_end *end, akin_error *err)
{
    const akin_eval_opts *o = &w->job->opts;
    w->problem.lambda = lambda;
    factor_preconditioner(w, w->relative && w->curvature > 0 ? w->curvature : CURVATURE);
    ak_smooth f = { .n = w->problem.classes * (w->standard.cols + 1),
                    .value = value,
                    .precondition = precondition,
                    .excess = excess,
                    .relative = w->relative,
                    .ready = w->problem.ranks ? ready : NULL,
                    .ctx = w };
    double tolerance = o->tolerance;
    int32_t iterations = o->max_iterations;
    if (w->relative) {
        tolerance = o->relative_tolerance > 0 ? o->relative_tolerance : EXCESS;
        f.fall = loose > 1 ? FALL : 0;
        if (loose <= 1) iterations = o->relative_iterations ? o->relative_iterations : ITERATIONS;
    }
    const akin_status status = ak_lbfgs(&f, w->theta, loose * tolerance, iterations, end, err);
    if (!w->problem.lost) return status;
    if (err) *err = w->problem.why;
    return w->problem.lost;
}

/* Hold out a fifth of each class, rounded down: its first rows in one shuffle of all. Both lists end up in
 * order of row. */
static akin_status split(linear_work *w, akin_error *err)
{
    const ak_eval_job *job = w->job;
    const int64_t n = job->train.rows;
    int64_t *quota = ak_alloc(sizeof *quota, job->classes, 1);
    int32_t *order = ak_alloc(sizeof *order, n, 1);
    unsigned char *is_held = ak_alloc(1, n, 1);
    akin_status status = AKIN_OK;
    if (!quota || !order || !is_held) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "linear: no memory to split %lld rows", (long long)n);
        goto done;
    }
    for (int64_t i = 0; i < n; i++) {
        order[i] = (int32_t)i;
        quota[job->train_class[i]]++;
    }
    for (int64_t c = 0; c < job->classes; c++) quota[c] /= HELD_ONE_IN;
    ak_rng r = ak_rng_at(job->opts.seed, AK_RNG_EVAL, 0, 0, SPLIT_VIEW);
    ak_rng_shuffle(&r, order, n);
    for (int64_t i = 0; i < n; i++)
        if (quota[job->train_class[order[i]]]-- > 0) is_held[order[i]] = 1;
    for (int64_t i = 0; i < n; i++) {
        if (is_held[i])
            w->held_rows[w->held++] = (int32_t)i;
        else
            w->fit_rows[w->fit++] = (int32_t)i;
    }

done:
    free(quota);
    free(order);
    free(is_held);
    return status;
}

static akin_status pick_lambda(linear_work *w, double *lambda, akin_error *err)
{
    ak_eval_job *job = w->job;
    const size_t bytes = (size_t)(job->classes * (w->standard.cols + 1)) * sizeof *w->theta;
    AK_TRY(split(w, err));
    if (w->held == 0) {
        *lambda = ak_linear_grid[WITHOUT_SPLIT];
        return AKIN_OK;
    }
    AK_TRY(take_rows(w, w->fit_rows, w->fit, err));
    int64_t most = -1;
    for (int g = 0; g < AK_LINEAR_GRID; g++) {
        ak_lbfgs_end end;
        int64_t hits[2];
        AK_TRY(fit(w, ak_linear_grid[g], COARSE, &end, err));
        ak_logistic_hits(&w->problem, w->theta, job->train, job->train_class, w->held_rows, w->held, NULL,
                         hits);
        if (hits[0] <= most) continue;
        most = hits[0];
        *lambda = ak_linear_grid[g];
        job->result.lambda_edge = (g == 0) - (g == AK_LINEAR_GRID - 1);
        memcpy(w->best, w->theta, bytes);
    }
    memcpy(w->theta, w->best, bytes);
    *lambda *= (double)w->fit / (double)job->train.rows;
    job->result.validation = (double)most / (double)w->held;
    return AKIN_OK;
}

/* The whole ---------------------------------------------------------------------------------------------- */

static akin_status take_memory(linear_work *w, akin_error *err)
{
    const int64_t n = w->job->train.rows, d = w->job->train.cols, classes = w->job->classes;
    w->standard.centre = ak_alloc(sizeof(float), d, 1);
    w->standard.inverse = ak_alloc(sizeof(float), d, 1);
    w->theta = ak_alloc(sizeof(double), classes, d + 1);
    w->best = ak_alloc(sizeof(double), classes, d + 1);
    w->fit_rows = ak_alloc(sizeof(int32_t), n, 1);
    w->held_rows = ak_alloc(sizeof(int32_t), n, 1);
    bool ok = w->standard.centre && w->standard.inverse && w->theta && w->best && w->fit_rows && w->held_rows;
    if (d <= WIDEST) {
        w->chunk = ak_alloc(sizeof(float), CHUNK, d);
        w->moments = ak_alloc(sizeof(float), d, d);
        w->factor = ak_alloc(sizeof(double), d, d);
        w->columns = ak_alloc(sizeof(double), d, classes);
        ok = ok && w->chunk && w->moments && w->factor && w->columns;
    }
    if (ok) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "linear: no memory for %lld rows, %lld columns, %lld classes",
                   (long long)n, (long long)d, (long long)classes);
}

static akin_status train(linear_work *w, int64_t hits[2], akin_error *err)
{
    ak_eval_job *job = w->job;
    AK_TRY(take_memory(w, err));
    AK_TRY(ak_standard_fit(job->train, &w->standard, err));
    const double products = (double)job->train.rows * (double)job->train.cols * (double)job->classes;
    w->problem = (ak_logistic){ .standard = &w->standard,
                                .x = job->train,
                                .label = job->train_class,
                                .n = job->train.rows,
                                .classes = job->classes,
                                .ranks = products < ak_linear_shared ? NULL : ak_eval_ranks(job) };
    AK_TRY(ak_logistic_init(&w->problem, err));

    job->result.validation = (double)NAN;
    double lambda = job->opts.lambda;
    if (lambda <= 0) AK_TRY(pick_lambda(w, &lambda, err));
    ak_lbfgs_end end;
    AK_TRY(take_rows(w, NULL, job->train.rows, err));
    AK_TRY(fit(w, lambda, 1, &end, err));
    ak_logistic_hits(&w->problem, w->theta, job->test, job->test_class, NULL, job->test.rows, job->right,
                     hits);
    if (atomic_load(&w->problem.failed))
        return ak_fail(err, AKIN_ERR_NOMEM, "linear: oneDNN has no memory for %lld columns",
                       (long long)job->train.cols);
    job->result.lambda = lambda;
    job->result.loss = end.value;
    job->result.gradient = end.gradient;
    job->result.excess = end.excess;
    job->result.iterations = end.iterations;
    job->result.converged = end.converged;
    job->result.seed = job->opts.seed;
    return AKIN_OK;
}

/* Hand the layer over. The parameters that were loaded last, to count hits, are the final ones. */
static void give_layer(linear_work *w, ak_linear_layer *layer)
{
    *layer = (ak_linear_layer){ w->standard, w->problem.weights, w->problem.intercept };
    w->standard = (ak_standard){ 0 };
    w->problem.weights = w->problem.intercept = NULL;
}

akin_status ak_linear_train(ak_eval_job *job, int version, ak_linear_layer *layer, int64_t hits[2],
                            akin_error *err)
{
    linear_work w = { .job = job, .relative = version > 1 };
    const akin_status status = train(&w, hits, err);
    if (status == AKIN_OK && layer) give_layer(&w, layer);
    ak_logistic_free(&w.problem);
    free(w.standard.centre);
    free(w.standard.inverse);
    free(w.theta);
    free(w.best);
    free(w.fit_rows);
    free(w.held_rows);
    free(w.chunk);
    free(w.moments);
    free(w.factor);
    free(w.columns);
    return status;
}

void ak_linear_layer_free(ak_linear_layer *layer)
{
    free(layer->standard.centre);
    free(layer->standard.inverse);
    free(layer->weights);
    free(layer->intercept);
    *layer = (ak_linear_layer){ .weights = NULL };
}

static akin_status evaluate(int version, const akin_eval_data *data, const akin_eval_opts *opts,
                            akin_eval_result *result, akin_error *err)
{
    ak_eval_job job;
    int64_t hits[2];
    akin_status status = ak_eval_open(&job, version > 1 ? "linear-v2" : "linear-v1", data, opts, result, err);
    if (!status) status = ak_eval_want_rows(&job, 0, err);
    if (!status) status = ak_linear_train(&job, version, NULL, hits, err);
    status = ak_eval_agree(&job, status, err);
    if (status == AKIN_OK) {
        ak_eval_score(&job, hits[0], hits[1]);
        ak_eval_deliver(&job, result);
    }
    ak_eval_close(&job);
    return status;
}

akin_status akin_eval_linear(const akin_eval_data *data, const akin_eval_opts *opts, akin_eval_result *result,
                             akin_error *err)
{
    return evaluate(1, data, opts, result, err);
}

akin_status akin_eval_linear_v2(const akin_eval_data *data, const akin_eval_opts *opts,
                                akin_eval_result *result, akin_error *err)
{
    return evaluate(2, data, opts, result, err);
}
