/* SPDX-License-Identifier: Apache-2.0 */
/* nn/norm.c - batch norm or bias, residual and ReLU in two passes each way  [Ioffe2015].
 *
 *     out = relu( x scale + shift + residual )      scale = gamma inv_std,  shift = beta - mean scale
 *
 * Backward, with g = d out where out > 0, m values a channel, and xc = x - mean:
 *
 *     dbeta = sum g,   dgamma = inv_std sum g xc
 *     dx = gamma inv_std ( g - dbeta/m - xc inv_std dgamma/m )
 *
 * Plan. One pass sums, one applies. Where there is no residual, out > 0 is decided from x by the very
 * operations of the forward pass, and out is not read again; where the gradient has two contributions, the
 * first pass adds them. A bias is the same with scale 1, and inv_std and the means left out.
 *
 * Several encoders that share. Each takes the mean and the variance of its own rows, about a pivot of its
 * own; from these and the numbers of rows follow those of all: variance = mean of (variance + gap^2), gap =
 * how far a mean is from that of all. Backward, sums over all rows enter dx, those over its own dgamma and
 * dbeta.
 *
 * Precision. Moments are taken about a pivot, the mean of the first image (of the first row for a matrix), so
 * that E(x-p)^2 - (E(x-p))^2 does not cancel; sums over images are double.
 *
 * Threads. AK_NN_CHUNKS fixed blocks of images, whose sums are added in order. */
#include "nn/nn.h"
#include "nn/tensors.h"

#include <math.h>
#include <string.h>

static const double EPSILON = 1e-5, MOMENTUM = AK_NORM_MOMENTUM;

typedef struct job {
    ak_pass pass;
    void (*run)(const ak_pass *p);
    double *sums; /* [2][chunks][width] or NULL */
    int64_t images, chunks, width;
} job;

static void run_chunks(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    for (int64_t c = begin; c < end; c++) {
        ak_pass p = w->pass;
        p.begin = w->images * c / w->chunks;
        p.end = w->images * (c + 1) / w->chunks;
        if (w->sums) {
            p.sum = w->sums + c * w->width;
            p.dot = w->sums + (w->chunks + c) * w->width;
            memset(p.sum, 0, (size_t)w->width * sizeof *p.sum);
            memset(p.dot, 0, (size_t)w->width * sizeof *p.dot);
        }
        w->run(&p);
    }
}

/* With sums, their totals end in those of chunk 0. */
static void run(job *w)
{
    w->chunks = w->images < AK_NN_CHUNKS ? w->images : AK_NN_CHUNKS;
    ak_parallel_for(w->chunks, 1, run_chunks, w);
    if (!w->sums) return;
    for (int part = 0; part < 2; part++) {
        double *total = w->sums + part * w->chunks * w->width;
        for (int64_t c = 1; c < w->chunks; c++)
            for (int64_t i = 0; i < w->width; i++) total[i] += total[c * w->width + i];
    }
}

akin_status ak_norm_build(ak_device *d, ak_norm *n, int32_t channels, int32_t padded, int64_t spatial,
                          akin_error *err)
{
    n->channels = channels;
    n->padded = padded;
    n->spatial = spatial;
    float **const steps[] = { &n->mean,   &n->scale, &n->shift, &n->inv_std, &n->factor,
                              &n->offset, &n->slope, &n->beta,  &n->dbeta };
    float **const tensors[] = { &n->gamma, &n->dgamma, &n->running_mean, &n->running_var };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        AK_TRY(ak_device_alloc(d, sizeof(float), padded, 1, steps[i], err));
    for (size_t i = 0; n->batch && i < sizeof tensors / sizeof *tensors; i++)
        AK_TRY(ak_device_alloc(d, sizeof(float), padded, 1, tensors[i], err));
    if (padded > d->widest) d->widest = padded;
    return AKIN_OK;
}

/* mine [1 + 2 channels] of every encoder that shares: all. Alone, its own. */
static const double *gather(ak_device *d, int64_t n, const double *mine)
{
    if (d->share_status) return mine;
    d->share_status = d->share.gather(mine, d->shared, n, d->share.ctx, &d->share_error);
    return d->share_status ? mine : d->shared;
}

/* Where this encoder's numbers of an exchange go. */
static double *mine_of(ak_device *d) { return d->shared + d->share.count * (1 + 2 * d->widest); }

/* Mean and variance of the rows of all; n->values becomes their number. */
static void share_moments(ak_device *d, ak_norm *n, double *mean, double *var)
{
    const int64_t width = 1 + 2 * (int64_t)n->channels;
    double *mine = mine_of(d);
    mine[0] = n->values;
    memcpy(mine + 1, mean, (size_t)n->channels * sizeof *mine);
    memcpy(mine + 1 + n->channels, var, (size_t)n->channels * sizeof *mine);
    const double *all = gather(d, width, mine);
    const int count = d->share_status ? 1 : d->share.count;
    n->values = 0;
    for (int r = 0; r < count; r++) n->values += all[r * width];
    for (int32_t i = 0; i < n->channels; i++) {
        mean[i] = var[i] = 0;
        for (int r = 0; r < count; r++) mean[i] += all[r * width] / n->values * all[r * width + 1 + i];
        for (int r = 0; r < count; r++) {
            const double gap = all[r * width + 1 + i] - mean[i];
            var[i] += all[r * width] / n->values * (all[r * width + 1 + n->channels + i] + gap * gap);
        }
    }
}

static void finish_moments(ak_norm *n, const double *mean, const double *var, bool hold)
{
    const double m = n->values;
    for (int32_t i = 0; i < n->channels; i++) {
        const double v = var[i] < 0 ? 0 : var[i], unbiased = m > 1 ? v * m / (m - 1) : v;
        n->mean[i] = (float)mean[i];
        n->inv_std[i] = (float)(1 / sqrt(v + EPSILON));
        if (hold) continue;
        n->running_mean[i] = (float)((1 - MOMENTUM) * (double)n->running_mean[i] + MOMENTUM * mean[i]);
        n->running_var[i] = (float)((1 - MOMENTUM) * (double)n->running_var[i] + MOMENTUM * unbiased);
    }
}

static void batch_moments(ak_device *d, ak_norm *n, job *w)
{
    const double m = (double)(w->images * n->spatial);
    memset(n->mean, 0, (size_t)n->padded * sizeof *n->mean);
    job pivot = *w;
    pivot.images = 1;
    run(&pivot);
    for (int32_t i = 0; i < n->padded; i++) n->mean[i] = (float)(pivot.sums[i] / (double)n->spatial);
    run(w);
    double *mean = w->sums, *var = w->sums + w->chunks * w->width; /* sums until here */
    for (int32_t i = 0; i < n->channels; i++) {
        const double shift = mean[i] / m;
        mean[i] = (double)n->mean[i] + shift;
        var[i] = var[i] / m - shift * shift;
    }
    n->values = m;
    if (d->share.count) share_moments(d, n, mean, var);
    finish_moments(n, mean, var, d->hold);
}

static void fill_scale(ak_norm *n, bool training)
{
    for (int32_t i = 0; i < n->padded; i++) {
        if (!n->batch) {
            n->scale[i] = 1;
            n->shift[i] = n->beta[i];
            continue;
        }
        if (!training) {
            n->mean[i] = n->running_mean[i];
            n->inv_std[i] = (float)(1 / sqrt((double)n->running_var[i] + EPSILON));
        }
        n->scale[i] = n->gamma[i] * n->inv_std[i];
        n->shift[i] = (float)((double)n->beta[i] - (double)n->mean[i] * (double)n->scale[i]);
    }
}

static job job_of(ak_device *d, const ak_norm *n, int64_t images)
{
    job w = { .images = images, .width = n->padded };
    w.pass.blocks = n->padded / d->lanes->lanes;
    w.pass.spatial = n->spatial;
    w.pass.scale = n->scale;
    w.pass.shift = n->shift;
    w.pass.mean = n->mean;
    w.pass.relu = n->relu;
    return w;
}

void ak_norm_forward(ak_device *d, ak_norm *n, const void *x, const void *residual, void *out, int64_t images,
                     bool training, int type)
{
    const ak_pass_table *op = &d->lanes->op[type];
    job w = job_of(d, n, images);
    w.pass.x = x;
    if (n->frozen) training = false;
    if (n->batch && training) {
        w.sums = d->sums;
        w.run = op->moments;
        batch_moments(d, n, &w);
        w.sums = NULL;
    }
    fill_scale(n, training);
    w.pass.residual = residual;
    w.pass.out = out;
    w.run = op->apply;
    run(&w);
}

/* The sums over the rows of all in place of this one's. */
static void share_sums(ak_device *d, const ak_norm *n, double *sum, double *dot)
{
    const int64_t width = 2 * (int64_t)n->channels;
    double *mine = mine_of(d);
    memcpy(mine, sum, (size_t)n->channels * sizeof *mine);
    memcpy(mine + n->channels, dot, (size_t)n->channels * sizeof *mine);
    const double *all = gather(d, width, mine);
    const int count = d->share_status ? 1 : d->share.count;
    for (int32_t i = 0; i < n->channels; i++) {
        sum[i] = dot[i] = 0;
        for (int r = 0; r < count; r++) {
            sum[i] += all[r * width + i];
            dot[i] += all[r * width + n->channels + i];
        }
    }
}

/* The gradients of gamma and beta. */
static void fill_own(ak_norm *n, const double *sum, const double *dot)
{
    for (int32_t i = 0; i < n->padded; i++) {
        n->dbeta[i] = (float)sum[i];
        if (n->batch) n->dgamma[i] = (float)(dot[i] * (double)n->inv_std[i]);
    }
}

/* What the gradient to x is made of; m values a channel. */
static void fill_gradient(ak_norm *n, const double *sum, const double *dot, double m)
{
    for (int32_t i = 0; i < n->padded; i++) {
        if (!n->batch) {
            n->factor[i] = 1;
            n->offset[i] = n->slope[i] = 0;
            continue;
        }
        const double inv = (double)n->inv_std[i];
        n->factor[i] = n->scale[i];
        if (n->frozen) { /* y = x scale + shift, and neither depends on x */
            n->offset[i] = n->slope[i] = 0;
            continue;
        }
        n->offset[i] = (float)(sum[i] / m);
        n->slope[i] = (float)(dot[i] * inv * inv / m);
    }
}

void ak_norm_backward(ak_device *d, ak_norm *n, const void *x, const void *out, void *d1, const void *d2,
                      void *dx, int64_t images, int type)
{
    const ak_pass_table *op = &d->lanes->op[type];
    job w = job_of(d, n, images);
    w.pass.x = x;
    w.pass.out = (void *)(uintptr_t)out;
    w.pass.d1 = d1;
    w.pass.d2 = d2;
    w.pass.dx = dx;
    w.pass.mask = !n->relu ? AK_MASK_NONE : n->residual ? AK_MASK_OUT : AK_MASK_X;
    w.pass.store = d2 || w.pass.mask == AK_MASK_OUT;
    w.sums = d->sums;
    w.run = op->grad_sums;
    run(&w);
    double *sum = w.sums, *dot = w.sums + w.chunks * w.width, m = (double)(images * n->spatial);
    fill_own(n, sum, dot);
    if (d->share.count && n->batch && !n->frozen) {
        share_sums(d, n, sum, dot);
        m = n->values;
    }
    fill_gradient(n, sum, dot, m);
    w.sums = NULL;
    w.pass.factor = n->factor;
    w.pass.offset = n->offset;
    w.pass.slope = n->slope;
    w.run = op->grad_apply;
    run(&w);
}

void ak_add(ak_device *d, const ak_act *a, void *d1, const void *d2, int64_t images)
{
    job w = { .images = images, .width = a->padded, .run = d->lanes->op[d->type].add };
    w.pass.blocks = a->padded / d->lanes->lanes;
    w.pass.spatial = (int64_t)a->h * a->w;
    w.pass.d1 = d1;
    w.pass.d2 = d2;
    run(&w);
}
