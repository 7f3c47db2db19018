/* SPDX-License-Identifier: Apache-2.0 */
/* eval/logistic.c - multinomial logistic regression on standardised features.
 *
 *     L = 1/n sum_i ( log sum_c exp(z_ic) - z_i,y_i ) + lambda/2 |W|^2,   z_i = W x_i + b
 *     dL/dW_c = 1/n sum_i r_ic x_i + lambda W_c,   dL/db_c = 1/n sum_i r_ic,   r_ic = p_ic - [c = y_i]
 *
 * Value and gradient take one pass. A block of rows is put in standard form, in cache. One matrix product
 * gives its scores as [classes, BLOCK], so that loops over the rows of a block are contiguous. Scores become
 * residuals in place, and a second product gives the block's part of the gradient. There is never a
 * standardised copy of all features.
 *
 * Precision. Scores, residuals and the gradient of one block are float; sums over blocks, the loss and theta
 * are double. A row of residuals sums to zero, so its entry at the label is minus the sum of the others: p -
 * 1 would round to zero once a row is learned.
 *
 * Threads and ranks. Blocks belong to AK_EVAL_GROUPS groups, whatever the number of threads; each group adds
 * its blocks in order, and the groups are added in order. Several ranks have consecutive groups each, and the
 * sum goes from rank to rank: the bits are those of one process. */
#include "eval/logistic.h"
#include "kernels/gemm.h"

#include <math.h>
#include <string.h>

enum { BLOCK = AK_EVAL_BLOCK, GROUPS = AK_EVAL_GROUPS, GRAIN_PARAMETERS = 4096 };

/* Standard form ------------------------------------------------------------------------------------------ */

typedef struct moment_work {
    akin_cmat x;
    const double *mean; /* NULL: sum values; else sum squares of deviations */
    double *sum;        /* [GROUPS,d] */
} moment_work;

static void sum_group(int64_t group, int worker, void *ctx)
{
    (void)worker;
    const moment_work *w = ctx;
    const int64_t d = w->x.cols;
    double *sum = w->sum + group * d;
    memset(sum, 0, (size_t)d * sizeof *sum);
    for (int64_t i = ak_eval_group_begin(w->x.rows, group); i < ak_eval_group_begin(w->x.rows, group + 1);
         i++) {
        const float *x = ak_crow(w->x, i);
        if (!w->mean) {
            for (int64_t j = 0; j < d; j++) sum[j] += x[j];
            continue;
        }
        for (int64_t j = 0; j < d; j++) {
            const double off = x[j] - w->mean[j];
            sum[j] += off * off;
        }
    }
}

/* Mean over rows of what sum_group() sums. */
static void average_columns(moment_work *w, double *average)
{
    ak_parallel_tasks(GROUPS, sum_group, w);
    for (int64_t j = 0; j < w->x.cols; j++) {
        double sum = 0;
        for (int64_t g = 0; g < GROUPS; g++) sum += w->sum[g * w->x.cols + j];
        average[j] = sum / (double)w->x.rows;
    }
}

akin_status ak_standard_fit(akin_cmat x, ak_standard *out, akin_error *err)
{
    const int64_t d = x.cols;
    double *memory = ak_alloc(sizeof *memory, d, GROUPS + 2);
    if (!memory)
        return ak_fail(err, AKIN_ERR_NOMEM, "linear: no memory for the means of %lld columns", (long long)d);
    double *mean = memory + GROUPS * d, *variance = mean + d;
    moment_work w = { x, NULL, memory };
    average_columns(&w, mean);
    w.mean = mean;
    average_columns(&w, variance);
    for (int64_t j = 0; j < d; j++) {
        const double deviation = sqrt(variance[j]);
        /* a spread below the resolution of float32 is rounding, not information */
        const bool constant = !(deviation > 1e-7 * fabs(mean[j]) && deviation > 1e-36);
        out->centre[j] = (float)mean[j];
        out->inverse[j] = constant ? 0 : (float)(1 / deviation);
    }
    out->cols = d;
    free(memory);
    return AKIN_OK;
}

void ak_standard_rows(const ak_standard *s, akin_cmat x, const int32_t *rows, int64_t first, int64_t count,
                      float *block)
{
    const int64_t d = s->cols;
    const float *restrict centre = s->centre, *restrict inverse = s->inverse;
    for (int64_t i = 0; i < count; i++) {
        const float *restrict from = ak_crow(x, rows ? rows[first + i] : first + i);
        float *restrict to = block + i * d;
        for (int64_t j = 0; j < d; j++) to[j] = (from[j] - centre[j]) * inverse[j];
    }
}

/* Memory ------------------------------------------------------------------------------------------------- */

akin_status ak_logistic_init(ak_logistic *p, akin_error *err)
{
    const int64_t d = p->x.cols, workers = akin_threads();
    atomic_init(&p->failed, false);
    p->weights = ak_alloc(sizeof(float), p->classes, d);
    p->intercept = ak_alloc(sizeof(float), p->classes, 1);
    p->block = ak_alloc(sizeof(float), workers * BLOCK, d);
    p->score = ak_alloc(sizeof(float), workers * BLOCK, p->classes);
    p->part = ak_alloc(sizeof(float), workers * p->classes, d);
    p->group_grad = ak_alloc(sizeof(double), GROUPS * p->classes, d + 1);
    p->group_loss = ak_alloc(sizeof(double), GROUPS, 1);
    p->group_spread = ak_alloc(sizeof(double), GROUPS, 1);
    p->group_hits = ak_alloc(sizeof *p->group_hits, GROUPS, 1);
    const bool several = ak_comm_size(p->ranks) > 1;
    if (several) p->turn = ak_alloc(sizeof(double), p->classes * (d + 1) + 2, 1);
    if ((p->turn || !several) && p->weights && p->intercept && p->block && p->score && p->part &&
        p->group_grad && p->group_loss && p->group_spread && p->group_hits)
        return AKIN_OK;
    ak_logistic_free(p);
    return ak_fail(err, AKIN_ERR_NOMEM, "linear: no memory for %lld classes of %lld columns",
                   (long long)p->classes, (long long)d);
}

void ak_logistic_free(ak_logistic *p)
{
    free(p->weights);
    free(p->intercept);
    free(p->block);
    free(p->score);
    free(p->part);
    free(p->group_grad);
    free(p->group_loss);
    free(p->group_spread);
    free(p->group_hits);
    free(p->turn);
    p->turn = NULL;
    p->weights = p->intercept = p->block = p->score = p->part = NULL;
    p->group_grad = p->group_loss = p->group_spread = NULL;
    p->group_hits = NULL;
}

/* Scores ------------------------------------------------------------------------------------------------- */

static void load_parameters(ak_logistic *p, const double *theta)
{
    const int64_t d = p->x.cols;
    for (int64_t c = 0; c < p->classes; c++) {
        for (int64_t j = 0; j < d; j++) p->weights[c * d + j] = (float)theta[c * (d + 1) + j];
        p->intercept[c] = (float)theta[c * (d + 1) + d];
    }
}

static void score_block(ak_logistic *p, const float *block, int64_t count, float *score)
{
    const int64_t d = p->x.cols;
    if (!ak_gemm(false, true, p->classes, count, d, p->weights, d, block, d, 0, score, BLOCK))
        atomic_store(&p->failed, true);
    for (int64_t c = 0; c < p->classes; c++)
        for (int64_t i = 0; i < count; i++) score[c * BLOCK + i] += p->intercept[c];
}

/* Scores into residuals, in place; returns the loss of the block's rows. label is that of row i. */
static double residuals(float *restrict score, int64_t classes, int64_t count, const int32_t *label)
{
    float most[BLOCK], own[BLOCK];
    double total[BLOCK], others[BLOCK], loss = 0;
    memcpy(most, score, (size_t)count * sizeof *most);
    for (int64_t c = 1; c < classes; c++)
        for (int64_t i = 0; i < count; i++)
            most[i] = score[c * BLOCK + i] > most[i] ? score[c * BLOCK + i] : most[i];
    for (int64_t i = 0; i < count; i++) {
        own[i] = score[label[i] * (int64_t)BLOCK + i];
        total[i] = 0;
    }
    for (int64_t c = 0; c < classes; c++)
        for (int64_t i = 0; i < count; i++) {
            const float e = expf(score[c * BLOCK + i] - most[i]);
            score[c * BLOCK + i] = e;
            total[i] += e;
        }
    for (int64_t i = 0; i < count; i++) {
        loss += log(total[i]) + (double)most[i] - (double)own[i];
        others[i] = 0;
        score[label[i] * (int64_t)BLOCK + i] = 0;
        total[i] = 1 / total[i];
    }
    for (int64_t c = 0; c < classes; c++)
        for (int64_t i = 0; i < count; i++) {
            const double probability = score[c * BLOCK + i] * total[i];
            score[c * BLOCK + i] = (float)probability;
            others[i] += probability;
        }
    for (int64_t i = 0; i < count; i++) score[label[i] * (int64_t)BLOCK + i] = (float)-others[i];
    return loss;
}

/* Value and gradient ------------------------------------------------------------------------------------- */

/* The first group of a rank. */
static int64_t first_group(const ak_logistic *p, int rank)
{
    return (int64_t)GROUPS * rank / ak_comm_size(p->ranks);
}

static void value_of_group(int64_t task, int worker, void *ctx)
{
    ak_logistic *p = ctx;
    const int64_t group = first_group(p, ak_comm_rank(p->ranks)) + task;
    const int64_t d = p->x.cols, classes = p->classes, end = ak_eval_group_begin(p->n, group + 1);
    float *block = p->block + worker * BLOCK * d, *score = p->score + worker * BLOCK * classes;
    float *part = p->part + worker * classes * d;
    double *grad = p->group_grad + group * classes * (d + 1);
    memset(grad, 0, (size_t)(classes * (d + 1)) * sizeof *grad);
    double loss = 0, spread = 0;
    for (int64_t first = ak_eval_group_begin(p->n, group); first < end; first += BLOCK) {
        const int64_t count = end - first < BLOCK ? end - first : BLOCK;
        int32_t label[BLOCK];
        for (int64_t i = 0; i < count; i++) label[i] = p->label[p->rows ? p->rows[first + i] : first + i];
        ak_standard_rows(p->standard, p->x, p->rows, first, count, block);
        score_block(p, block, count, score);
        loss += residuals(score, classes, count, label);
        if (!ak_gemm(false, false, classes, d, count, score, BLOCK, block, d, 0, part, d))
            atomic_store(&p->failed, true);
        for (int64_t c = 0; c < classes; c++) {
            double *g = grad + c * (d + 1);
            for (int64_t j = 0; j < d; j++) g[j] += part[c * d + j];
            for (int64_t i = 0; i < count; i++) {
                const double r = score[c * BLOCK + i];
                g[d] += r;
                spread += fabs(r) * (1 - fabs(r));
            }
        }
    }
    p->group_loss[group] = loss;
    p->group_spread[group] = spread;
}

static void add_groups(int64_t begin, int64_t end, void *ctx)
{
    const ak_logistic *p = ctx;
    const int64_t size = p->classes * (p->x.cols + 1);
    for (int64_t k = begin; k < end; k++) p->grad[k] = 0;
    for (int64_t g = 0; g < GROUPS; g++)
        for (int64_t k = begin; k < end; k++) p->grad[k] += p->group_grad[g * size + k];
    for (int64_t k = begin; k < end; k++) p->grad[k] /= (double)p->n;
}

/* This rank's groups: the gradient, then the loss and the spread. */
static void add_own(int64_t begin, int64_t end, void *ctx)
{
    const ak_logistic *p = ctx;
    const int64_t size = p->classes * (p->x.cols + 1), rank = ak_comm_rank(p->ranks);
    for (int64_t g = first_group(p, (int)rank); g < first_group(p, (int)rank + 1); g++)
        for (int64_t k = begin; k < end; k++)
            p->turn[k] += k < size    ? p->group_grad[g * size + k]
                          : k == size ? p->group_loss[g]
                                      : p->group_spread[g];
}

typedef struct slice {
    ak_logistic *p;
    int64_t begin;
} slice;

static void add_of_slice(int64_t begin, int64_t end, void *ctx)
{
    const slice *s = ctx;
    add_own(s->begin + begin, s->begin + end, s->p);
}

static void add_slice(double *x, int64_t begin, int64_t end, void *ctx)
{
    (void)x; /* p->turn */
    slice s = { ctx, begin };
    ak_parallel_for(end - begin, GRAIN_PARAMETERS, add_of_slice, &s);
}

/* The sums of all ranks' groups into grad, loss and spread. */
static void add_in_turn(ak_logistic *p, double sums[2])
{
    const int64_t size = p->classes * (p->x.cols + 1);
    const akin_status status = ak_comm_sum_in_turn(p->ranks, p->turn, size + 2, add_slice, p, &p->why);
    if (status && !p->lost) p->lost = status;
    for (int64_t k = 0; k < size; k++) p->grad[k] = p->turn[k] / (double)p->n;
    memcpy(sums, p->turn + size, 2 * sizeof *sums);
}

/* The same in one process. */
static void add_here(ak_logistic *p, double sums[2])
{
    ak_parallel_for(p->classes * (p->x.cols + 1), GRAIN_PARAMETERS, add_groups, p);
    sums[0] = sums[1] = 0;
    for (int64_t g = 0; g < GROUPS; g++) {
        sums[0] += p->group_loss[g];
        sums[1] += p->group_spread[g];
    }
}

double ak_logistic_value(const double *theta, double *grad, void *ctx)
{
    ak_logistic *p = ctx;
    const int64_t d = p->x.cols;
    const int rank = ak_comm_rank(p->ranks);
    double sums[2], square = 0;
    load_parameters(p, theta);
    ak_parallel_tasks(first_group(p, rank + 1) - first_group(p, rank), value_of_group, p);
    p->grad = grad;
    if (ak_comm_size(p->ranks) > 1)
        add_in_turn(p, sums);
    else
        add_here(p, sums);
    p->spread = sums[1] / ((double)p->n * (double)p->classes);
    for (int64_t c = 0; c < p->classes; c++)
        for (int64_t j = 0; j < d; j++) {
            const double w = theta[c * (d + 1) + j];
            square += w * w;
            grad[c * (d + 1) + j] += p->lambda * w;
        }
    return sums[0] / (double)p->n + p->lambda / 2 * square;
}

double ak_logistic_excess(double value, const double *grad, const ak_logistic *p)
{
    const int64_t d = p->x.cols;
    double square = 0, intercepts = 0;
    for (int64_t c = 0; c < p->classes; c++) {
        const double *g = grad + c * (d + 1);
        for (int64_t j = 0; j < d; j++) square += g[j] * g[j];
        intercepts += fabs(g[d]);
    }
    const double gap = square / (2 * p->lambda) + intercepts;
    return gap < value ? gap / (value - gap) : (double)INFINITY;
}

/* Hits --------------------------------------------------------------------------------------------------- */

typedef struct hit_work {
    ak_logistic *p;
    akin_cmat x;
    const int32_t *label, *rows;
    int64_t n;
    float *right;
} hit_work;

static void hits_of_group(int64_t group, int worker, void *ctx)
{
    const hit_work *w = ctx;
    ak_logistic *p = w->p;
    const int64_t end = ak_eval_group_begin(w->n, group + 1);
    float *block = p->block + worker * BLOCK * p->x.cols, *score = p->score + worker * BLOCK * p->classes;
    int64_t *hits = p->group_hits[group];
    hits[0] = hits[1] = 0;
    for (int64_t first = ak_eval_group_begin(w->n, group); first < end; first += BLOCK) {
        const int64_t count = end - first < BLOCK ? end - first : BLOCK;
        ak_standard_rows(p->standard, w->x, w->rows, first, count, block);
        score_block(p, block, count, score);
        for (int64_t i = 0; i < count; i++) {
            const int32_t y = w->label[w->rows ? w->rows[first + i] : first + i];
            const int64_t rank = ak_eval_rank(score + i, BLOCK, p->classes, y);
            hits[0] += rank < 1;
            hits[1] += rank < 5;
            if (w->right) w->right[first + i] = (float)(rank < 1);
        }
    }
}

void ak_logistic_hits(ak_logistic *p, const double *theta, akin_cmat x, const int32_t *label,
                      const int32_t *rows, int64_t n, float *right, int64_t hits[2])
{
    hit_work w = { p, x, label, rows, n, right };
    load_parameters(p, theta);
    ak_parallel_tasks(GROUPS, hits_of_group, &w);
    hits[0] = hits[1] = 0;
    for (int64_t g = 0; g < GROUPS; g++) {
        hits[0] += p->group_hits[g][0];
        hits[1] += p->group_hits[g][1];
    }
}
