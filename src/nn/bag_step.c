/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag_step.c - forward, backward and update of the bag.
 *
 * Forward adds the rows of the table that a row of ids names, and divides. Training also writes down each
 * occurrence as a pair (id, row).
 *
 * Backward divides dL/dout_r by n_r, once a row, into memory of its own, and looks for what is not finite.
 * Then it sorts the pairs, so that the rows which share an id stand together. The gradient of an id is the
 * sum of those rows: the same sum as in forward, over a matrix that is as small as the batch.
 *
 * Update walks the sorted pairs, sums the gradient of one id into a vector on the stack and applies it. So
 * the table is read and written once for each distinct id, in ascending order, and its gradient is never
 * stored.
 *
 * Precision. Everything is float: sums of up to some thousand terms, in order. Backward makes sure that
 * dout is finite and bounded (ids x |dout| <= 1e18). So every sum and every square of a sum is finite, and
 * update need not check.
 *
 * Threads. Output rows are independent; sorted pairs are cut in parts of PART, and a part updates the ids
 * that begin in it. Each id's sum is one thread's, in the order of the batch. */
#include "nn/bag.h"

#include <math.h>
#include <string.h>

enum {
    PARTS = 64,  /* of the rows of a batch, when it is read */
    ROWS = 32,   /* of a task of forward */
    PART = 2048, /* pairs of a task of update */
    GRAIN = 256, /* rows of dout worth a thread */
    AHEAD = 16,  /* ids that a kernel may look ahead */
};

/* Forward --------------------------------------------------------------------------------------------- */

typedef struct forward_job {
    const akin_bag *bag;
    akin_ragged in;
    akin_mat out;
    uint64_t *pair; /* NULL in inference */
    float *weight;
    bool bad[PARTS]; /* the part has an id outside the table */
} forward_job;

/* Rows r of a part: all ids compared at once, which the compiler turns into vectors; then the pairs. */
static void read_part(int64_t part, int worker, void *ctx)
{
    forward_job *w = ctx;
    (void)worker;
    const int64_t *start = w->in.start;
    const int64_t begin = w->in.rows * part / PARTS, end = w->in.rows * (part + 1) / PARTS;
    const uint32_t tokens = (uint32_t)w->bag->opts.tokens;
    uint32_t most = 0;
    for (int64_t k = start[begin]; k < start[end]; k++) {
        const uint32_t id = (uint32_t)w->in.ids[k];
        most = id > most ? id : most;
    }
    w->bad[part] = most >= tokens;
    if (!w->pair) return;
    for (int64_t r = begin; r < end; r++) {
        const int64_t n = start[r + 1] - start[r];
        w->weight[r] = n ? 1 / (float)n : 0;
        for (int64_t k = start[r]; k < start[r + 1]; k++)
            w->pair[k] = (uint64_t)(uint32_t)w->in.ids[k] << 32 | (uint64_t)r;
    }
}

static akin_status bad_id(akin_ragged in, int64_t tokens, akin_error *err)
{
    int64_t r = 0, k = 0;
    while (in.ids[k] >= 0 && in.ids[k] < tokens) k++;
    while (in.start[r + 1] <= k) r++;
    return ak_fail(err, AKIN_ERR_RANGE, "bag: id %d, number %lld of row %lld, is not one of 0 to %lld",
                   in.ids[k], (long long)(k - in.start[r]), (long long)r, (long long)tokens - 1);
}

static int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

static void mean_rows(int64_t task, int worker, void *ctx)
{
    const forward_job *w = ctx;
    const akin_bag *bag = w->bag;
    const int64_t *start = w->in.start, total = start[w->in.rows];
    (void)worker;
    _Alignas(64) float sum[AK_BAG_WIDEST];
    for (int64_t r = task * ROWS; r < at_most((task + 1) * ROWS, w->in.rows); r++) {
        const int64_t n = start[r + 1] - start[r];
        float *out = ak_row(w->out, r);
        if (n)
            bag->ops->gather(bag->table, bag->stride, w->in.ids + start[r], n,
                             at_most(AHEAD, total - start[r + 1]), sum);
        const float weight = n ? 1 / (float)n : 0;
        for (int64_t j = 0; j < w->out.cols; j++) out[j] = n ? sum[j] * weight : 0;
    }
}

static akin_status fits(const char *what, akin_cmat a, int64_t rows, int64_t cols, akin_error *err)
{
    if (a.data && a.rows == rows && a.cols == cols && a.stride >= cols) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_SHAPE, "bag: %s is [%lld,%lld] with stride %lld%s; expected [%lld,%lld]",
                   what, (long long)a.rows, (long long)a.cols, (long long)a.stride,
                   a.data ? "" : " and no data", (long long)rows, (long long)cols);
}

static akin_status check_rows(const akin_bag *bag, akin_ragged in, akin_error *err)
{
    if (!bag || !in.start) return ak_fail(err, AKIN_ERR_ARGUMENT, "bag: bag and in.start must not be NULL");
    if (in.rows < 1)
        return ak_fail(err, AKIN_ERR_SHAPE, "bag: %lld rows; at least 1 is needed", (long long)in.rows);
    if (in.start[0] != 0)
        return ak_fail(err, AKIN_ERR_SHAPE, "bag: the first row starts at %lld; it must start at 0",
                       (long long)in.start[0]);
    for (int64_t r = 0; r < in.rows; r++)
        if (in.start[r + 1] < in.start[r])
            return ak_fail(err, AKIN_ERR_SHAPE, "bag: row %lld starts at %lld and ends at %lld, before it",
                           (long long)r, (long long)in.start[r], (long long)in.start[r + 1]);
    if (!in.ids && in.start[in.rows] > 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "bag: in.ids is NULL and %lld ids are expected",
                       (long long)in.start[in.rows]);
    return AKIN_OK;
}

static akin_status check_batch(const akin_bag *bag, akin_ragged in, akin_error *err)
{
    if (in.rows <= bag->max_rows && in.start[in.rows] <= bag->max_ids) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_SHAPE, "bag: %lld rows with %lld ids; a training batch has up to %lld and %lld",
        (long long)in.rows, (long long)in.start[in.rows], (long long)bag->max_rows, (long long)bag->max_ids);
}

/* bag is written only in training: any number of callers may infer. */
akin_status akin_bag_forward(akin_bag *bag, akin_ragged in, bool training, akin_mat out, akin_error *err)
{
    AK_TRY(check_rows(bag, in, err));
    AK_TRY(fits("out", akin_mat_const(out), in.rows, bag->opts.dim, err));
    const bool keep = training && !bag->opts.frozen;
    if (keep) AK_TRY(check_batch(bag, in, err));
    const double begin = ak_now_s();
    forward_job w = { .bag = bag, .in = in, .out = out };
    if (keep) {
        bag->stage = AK_BAG_IDLE;
        w.pair = bag->seen.pair;
        w.weight = bag->weight;
    }
    ak_parallel_tasks(PARTS, read_part, &w);
    for (int i = 0; i < PARTS; i++)
        if (w.bad[i]) return bad_id(in, bag->opts.tokens, err);
    ak_parallel_tasks((in.rows + ROWS - 1) / ROWS, mean_rows, &w);
    if (training) {
        bag->rows = in.rows;
        bag->seen.n = in.start[in.rows];
        bag->stage = AK_BAG_FORWARD;
        bag->forward_s += ak_now_s() - begin;
    }
    return AKIN_OK;
}

/* Backward -------------------------------------------------------------------------------------------- */

typedef struct scale_job {
    akin_bag *bag;
    akin_cmat dout;
    uint32_t *most; /* [rows] the bits of the largest |dout| of a row */
} scale_job;

static void scale_rows(int64_t begin, int64_t end, void *ctx)
{
    const scale_job *w = ctx;
    akin_bag *bag = w->bag;
    for (int64_t r = begin; r < end; r++)
        w->most[r] = bag->ops->scale(ak_crow(w->dout, r), w->dout.cols, bag->weight[r], bag->stride,
                                     bag->dout + r * bag->stride);
}

static akin_status check_finite(const akin_bag *bag, const uint32_t *most, akin_error *err)
{
    const double terms = (double)bag->seen.n * (bag->parts ? bag->parts : 1),
                 limit = 1e18 / (terms > 1 ? terms : 1);
    for (int64_t r = 0; r < bag->rows; r++) {
        float x;
        memcpy(&x, &most[r], sizeof x);
        if ((double)x <= limit) continue; /* false for NaN */
        return ak_fail(err, AKIN_ERR_NUMERIC,
                       "bag: the gradient to row %lld of the batch is %s: that of table would not be finite",
                       (long long)r, isfinite(x) ? "too large" : "not finite");
    }
    return AKIN_OK;
}

akin_status akin_bag_backward(akin_bag *bag, akin_cmat dout, akin_error *err)
{
    if (!bag || bag->stage != AK_BAG_FORWARD)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "bag: backward must follow a forward pass in training");
    AK_TRY(fits("dout", dout, bag->rows, bag->opts.dim, err));
    if (bag->opts.frozen) {
        bag->stage = AK_BAG_BACKWARD;
        return AKIN_OK;
    }
    const double begin = ak_now_s();
    scale_job w = { bag, dout, bag->largest };
    ak_parallel_for(bag->rows, GRAIN, scale_rows, &w);
    AK_TRY(check_finite(bag, w.most, err));
    ak_bag_sort(&bag->seen, bag->opts.tokens);
    bag->stage = AK_BAG_BACKWARD;
    bag->backward_s += ak_now_s() - begin;
    return AKIN_OK;
}

static bool has_gradient(const akin_bag *bag)
{
    return bag && !bag->opts.frozen && (bag->stage == AK_BAG_BACKWARD || bag->stage == AK_BAG_UPDATED);
}

const int32_t *akin_bag_touched(const akin_bag *bag, int64_t *count)
{
    if (count) *count = has_gradient(bag) ? bag->seen.touched : 0;
    return has_gradient(bag) ? bag->seen.id : NULL;
}

/* The gradient of touched id u. */
static void sum_gradient(const akin_bag *bag, int64_t u, float *g)
{
    const ak_occurrences *o = &bag->seen;
    const int64_t first = o->first[u], end = o->first[u + 1];
    bag->ops->gather(bag->dout, bag->stride, o->row + first, end - first, at_most(AHEAD, o->n - end), g);
}

akin_status akin_bag_gradient(const akin_bag *bag, int64_t first, akin_mat grad, akin_error *err)
{
    if (!has_gradient(bag))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "bag: a gradient must follow a backward pass of vectors that learn");
    const int64_t touched = bag->seen.touched;
    if (!grad.data || grad.cols != bag->opts.dim || grad.stride < grad.cols || first < 0 || grad.rows < 0 ||
        first > touched || grad.rows > touched - first)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "bag: grad is [%lld,%lld] from touched row %lld; there are %lld rows of %d numbers",
                       (long long)grad.rows, (long long)grad.cols, (long long)first, (long long)touched,
                       bag->opts.dim);
    _Alignas(64) float g[AK_BAG_WIDEST];
    for (int64_t k = 0; k < grad.rows; k++) {
        sum_gradient(bag, first + k, g);
        memcpy(ak_row(grad, k), g, (size_t)grad.cols * sizeof *g);
    }
    return AKIN_OK;
}

/* Update ---------------------------------------------------------------------------------------------- */

typedef struct update_job {
    akin_bag *bag;
    ak_bag_rates rates;
} update_job;

ak_bag_rates ak_bag_rates_of(const akin_bag *bag, double lr)
{
    const akin_bag_opts *o = &bag->opts;
    return (ak_bag_rates){ .rate = (float)lr,
                           .shrink = (float)(lr * o->weight_decay),
                           .epsilon = (float)o->epsilon,
                           .beta1 = (float)o->beta1,
                           .beta2 = (float)o->beta2 };
}

void ak_bag_apply(const akin_bag *bag, int64_t id, const float *g, ak_bag_rates rates)
{
    const int64_t stride = bag->stride;
    float *x = bag->table + id * stride, *const *state = bag->state;
    switch (bag->opts.optimizer) {
    case AKIN_BAG_ADAGRAD: bag->ops->adagrad(x, state[0] + id * stride, g, stride, &rates); return;
    case AKIN_BAG_ADAGRAD_ROW:
        state[0][id] += bag->ops->square(g, stride) / (float)bag->opts.dim;
        rates.rate /= sqrtf(state[0][id]) + rates.epsilon;
        break;
    case AKIN_BAG_ADAMW: {
        float *steps = &state[2][id];
        const int64_t t = (int64_t)*steps;
        rates.m_scale = t < bag->scale_count ? bag->scales[t][0] : 1;
        rates.v_scale = t < bag->scale_count ? bag->scales[t][1] : 1;
        *steps += 1; /* stays at 2^24 once there */
        bag->ops->adamw(x, state[0] + id * stride, state[1] + id * stride, g, stride, &rates);
        return;
    }
    default: break;
    }
    bag->ops->sgd(x, g, stride, &rates);
}

/* Ask for a row of the table, and of the state, that will be written soon. */
static void fetch(const akin_bag *bag, int64_t id)
{
    for (int64_t i = 0; i < bag->tensors; i++) {
        const akin_tensor *t = &bag->tensor[i];
        const int64_t stride = t->ndim > 1 ? bag->stride : 1;
        for (int64_t j = 0; j < stride; j += AK_BAG_PAD) __builtin_prefetch(t->data + id * stride + j, 1, 3);
    }
}

/* The first touched id whose rows begin at pair k or later. */
static int64_t id_from(const ak_occurrences *o, int64_t k)
{
    int64_t low = 0, high = o->touched;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (o->first[middle] < k)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void update_part(int64_t part, int worker, void *ctx)
{
    const update_job *w = ctx;
    const akin_bag *bag = w->bag;
    const ak_occurrences *o = &bag->seen;
    const int64_t begin = id_from(o, part * PART), end = id_from(o, (part + 1) * PART);
    enum { SOON = 4 };
    (void)worker;
    _Alignas(64) float g[AK_BAG_WIDEST];
    for (int64_t u = begin; u < end; u++) {
        if (u + SOON < end) fetch(bag, o->id[u + SOON]);
        sum_gradient(bag, u, g);
        ak_bag_apply(bag, o->id[u], g, w->rates);
    }
}

akin_status akin_bag_update(akin_bag *bag, double lr, akin_error *err)
{
    if (!bag || bag->stage != AK_BAG_BACKWARD)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "bag: update must follow a backward pass, and once");
    if (!(isfinite(lr) && lr >= 0))
        return ak_fail(err, AKIN_ERR_RANGE, "bag: lr is %g; it must be a finite number >= 0", lr);
    bag->stage = AK_BAG_UPDATED;
    if (bag->opts.frozen) return AKIN_OK;
    const double begin = ak_now_s();
    update_job w = { bag, ak_bag_rates_of(bag, lr) };
    ak_parallel_tasks((bag->seen.n + PART - 1) / PART, update_part, &w);
    bag->update_s += ak_now_s() - begin;
    return AKIN_OK;
}
