/* SPDX-License-Identifier: Apache-2.0 */
/* loss/frame.c - the log-sum-exp frame of frame.h. */
#include "loss/frame.h"
#include "loss/ring.h"

#include <math.h>

static int sides(const ak_frame *f) { return f->two_sided ? 2 : 1; }

static ak_pair_rows one_part(akin_cmat x, const char *name)
{
    return (ak_pair_rows){ .part = { x }, .name = { name }, .parts = 1, .radius = 1, .per_item = 1 };
}

static void name_rows(ak_frame *f)
{
    const akin_loss_batch *in = &f->call->in;
    const int64_t n = in->a.rows;
    f->rows[0] = one_part(in->a, "a");
    f->rows[1] = one_part(in->b, "b");
    f->rows[2] = one_part(in->keys, "keys");
    f->rows[2].per_item = 0;
    f->walk[0] = (ak_walk){ .q = &f->rows[0], .k = &f->rows[1], .masks = 1 };
    f->walk[1] = (ak_walk){ .q = &f->rows[0], .k = &f->rows[2] };
    f->walks = in->keys.data ? 2 : 1;
    f->first = in->keys_only ? 1 : 0;
    if (f->views) {
        f->rows[0].part[1] = in->b;
        f->rows[0].name[1] = "b";
        f->rows[0].parts = f->rows[0].per_item = 2;
        f->walk[0] = (ak_walk){ .q = &f->rows[0], .k = &f->rows[0], .mask = { 0, n, -n }, .masks = 3 };
        f->walk[0].labels = f->labels;
        f->walk[0].mask_equal_labels = f->labels != NULL;
        f->shift = n;
    }
    const ak_ring *ring = &f->call->ring;
    f->negatives = (double)in->keys.rows;
    for (int s = 0; ring->comm && !in->keys_alike && s < ring->ranks; s++)
        if (s != ring->rank) f->negatives += (double)ring->keys[s];
    if (!in->keys_only) f->negatives += (double)(f->views ? 2 * ring->all - 2 : ring->all - 1);
    f->anchors = (double)(sides(f) * (f->views ? 2 : 1) * ring->all);
}

akin_status ak_frame_prepare(ak_frame *f)
{
    ak_loss_call *c = f->call;
    const char *who = c->loss->name;
    const unsigned grad = c->want_grad ? AK_ROWS_GRAD : 0;
    const double most = f->exponents > 1 && f->alpha[1] > f->alpha[0] ? f->alpha[1] : f->alpha[0];
    name_rows(f);
    /* What a difference leaves may be small, and has all the error of the sums: with any factor the
     * similarities are float. */
    AK_TRY(ak_engine_open(&c->e, &c->in, f->subtracts ? INFINITY : most, c->arena, c->err));
    AK_TRY(ak_pair_rows_prepare(&c->e, &f->rows[0], AK_ROWS_QUERY | (f->views ? AK_ROWS_KEY : 0) | grad, who,
                                c->err));
    if (!f->views) AK_TRY(ak_pair_rows_prepare(&c->e, &f->rows[1], AK_ROWS_KEY | grad, who, c->err));
    if (f->walks > 1) AK_TRY(ak_pair_rows_prepare(&c->e, &f->rows[2], AK_ROWS_KEY | grad, who, c->err));
    f->n = f->rows[0].n;
    f->wide = 2 * most * AK_LOG2E >= 120;
    bool full = (f->positive = ak_loss_vector(c, f->n)) && (f->value = ak_loss_vector(c, f->n)) &&
                (f->coef = ak_loss_vector(c, f->n));
    for (int side = 0; full && side < sides(f); side++) {
        for (int t = 0; full && t < f->exponents; t++)
            full =
                (f->sum[side][t] = ak_loss_vector(c, f->n)) && (f->weight[side][t] = ak_loss_vector(c, f->n));
        if (full && (f->wide || f->own_alpha)) full = (f->most[side] = ak_loss_vector(c, f->n)) != NULL;
    }
    if (full && f->own_alpha)
        full = (f->along = ak_loss_vector(c, f->n)) != NULL && (f->above = ak_loss_vector(c, f->n)) != NULL;
    AK_TRY(ak_permuted_open(&f->strangers, c, c->in.a.rows)); /* before ak_engine_keep() takes what is left */
    f->strangers.shared = f->views || f->two_sided;
    full &= ak_frame_permuted_room(f);
    if (!full) return ak_loss_no_scratch(c);
    const ak_pair_rows *keys = f->views ? &f->rows[0] : &f->rows[1];
    ak_pair_rows_dots(&c->e, &f->rows[0], keys, f->shift, f->positive);
    return AKIN_OK;
}

/* All walks with one operation, into rows[t] (and columns[t], the anchors of the other side). */
static akin_status reduce(ak_frame *f, ak_pair_op op, double *const *rows, double *const *columns, int sums)
{
    for (int w = f->first; w < f->walks; w++) {
        ak_walk *walk = &f->walk[w];
        walk->op = op;
        for (int t = 0; t < AK_SUMS; t++) {
            walk->row_sum[t] = t < sums ? rows[t] : NULL;
            walk->col_sum[t] = t < sums && w == 0 && f->two_sided ? columns[t] : NULL;
        }
        AK_TRY(ak_ring_reduce(f->call, walk));
    }
    return AKIN_OK;
}

static akin_status find_maxima(ak_frame *f)
{
    for (int side = 0; side < sides(f); side++)
        for (int64_t i = 0; i < f->n; i++) f->most[side][i] = (double)AK_MASKED;
    AK_TRY(reduce(f, AK_PAIR_MAX, &f->most[0], &f->most[1], 1));
    for (int w = f->first; w < f->walks; w++) {
        f->walk[w].row[1] = f->most[0];
        f->walk[w].col[1] = f->most[1];
    }
    /* An anchor without negatives: any finite reference does, its sum is 0. */
    for (int side = 0; side < sides(f); side++)
        for (int64_t i = 0; i < f->n; i++)
            if (f->most[side][i] < -1e29) f->most[side][i] = 0;
    return AKIN_OK;
}

/* Every anchor has its own factor, reference and bound, below which the reference is. */
static akin_status reduce_own(ak_frame *f)
{
    ak_walk *w = &f->walk[0];
    double *const sums[] = { f->sum[0][0], f->along, f->above };
    double *factor = ak_loss_vector(f->call, f->n);
    if (!factor) return ak_loss_no_scratch(f->call);
    if (f->call->want_grad) ak_engine_keep(&f->call->e, w);
    if (f->wide) AK_TRY(find_maxima(f));
    for (int64_t i = 0; i < f->n; i++) {
        f->most[0][i] = fmin(f->wide ? f->most[0][i] : 1, f->own_bound[i]);
        factor[i] = f->own_alpha[i] * AK_LOG2E;
    }
    w->row[1] = f->most[0];
    w->row[2] = factor;
    w->row[3] = f->own_bound;
    return reduce(f, AK_PAIR_OWN, sums, sums, 3);
}

static akin_status reduce_rows(ak_frame *f)
{
    const bool two = f->exponents > 1;
    if (f->own_alpha) return reduce_own(f);
    for (int w = f->first; w < f->walks; w++) {
        f->walk[w].alpha = f->alpha[0] * AK_LOG2E;
        f->walk[w].beta = -f->walk[w].alpha;
        f->walk[w].alpha2 = f->alpha[1] * AK_LOG2E;
        f->walk[w].beta2 = -f->walk[w].alpha2;
    }
    if (f->call->want_grad) ak_engine_keep(&f->call->e, &f->walk[f->first]);
    if (f->wide) AK_TRY(find_maxima(f));
    const ak_pair_op narrow = two ? AK_PAIR_TWO : AK_PAIR_EXP,
                     wide = two ? AK_PAIR_TWO_WIDE : AK_PAIR_EXP_WIDE;
    return reduce(f, f->wide ? wide : narrow, f->sum[0], f->sum[1], f->exponents);
}

/* The loss and the weights of every anchor of one side. */
static akin_status weigh_anchors(ak_frame *f, int side)
{
    for (int64_t i = 0; i < f->n; i++) {
        double lse[2] = { 0 };
        for (int t = 0; t < f->exponents; t++) {
            if (f->sum[side][t][i] == 0 && !f->own_alpha)
                return ak_fail(f->call->err, AKIN_ERR_INPUT,
                               "%s: anchor %lld has no negatives: every row has its label",
                               f->call->loss->name, (long long)i);
            lse[t] =
                log(f->sum[side][t][i]) + (f->own_alpha ? f->own_alpha[i] * f->most[0][i]
                                                        : f->alpha[t] * (f->wide ? f->most[side][i] : 1));
        }
        const ak_anchor a = f->fn(f, i, lse, f->positive[i]);
        f->value[i] += a.value;
        f->coef[i] += a.by_positive;
        for (int t = 0; t < f->exponents; t++)
            f->weight[side][t][i] = a.by_lse[t] * (f->alpha[t] / f->alpha[0]) / f->sum[side][t][i];
        if (f->own_alpha) f->weight[0][0][i] *= f->own_alpha[i] / f->alpha[0];
        if (f->sum[side][0][i] == 0) f->weight[side][0][i] = 0; /* own: all are above its bound */
    }
    return AKIN_OK;
}

static akin_status weigh_pairs(ak_frame *f)
{
    for (int w = f->first; w < f->walks; w++) {
        ak_walk *walk = &f->walk[w];
        for (int t = 0; t < AK_SUMS; t++) walk->row_sum[t] = NULL;
        walk->row[0] = f->weight[0][0];
        if (!f->own_alpha) walk->row[2] = f->weight[0][1];
        walk->col[0] = w == 0 ? f->weight[1][0] : NULL;
        walk->col[2] = w == 0 ? f->weight[1][1] : NULL;
        walk->col_anchors = w == 0 && f->two_sided;
        walk->key_grad = (w == 0 ? f->call->out.b : f->call->out.keys).data != NULL;
        AK_TRY(ak_ring_weigh(f->call, walk));
    }
    return AKIN_OK;
}

void ak_frame_gradient(ak_frame *f, double scale, double each)
{
    ak_loss_call *c = f->call;
    const ak_pair_rows *z = &f->rows[0], *keys = &f->rows[1];
    if (f->views)
        for (int64_t i = 0; i < f->shift; i++)
            f->coef[i] = f->coef[i + f->shift] = f->coef[i] + f->coef[i + f->shift];
    for (int64_t i = 0; i < f->n; i++) f->coef[i] *= each;
    const akin_mat both[2] = { c->out.a, c->out.b }, first[2] = { c->out.a }, second[2] = { c->out.b };
    if (f->views) {
        ak_pair_rows_gradient(&c->e, z, scale, f->coef, z, f->shift, both);
    } else {
        ak_pair_rows_gradient(&c->e, z, scale, f->coef, keys, 0, first);
        ak_pair_rows_gradient(&c->e, keys, scale, f->coef, z, 0, second);
    }
    const akin_mat further[2] = { c->out.keys };
    if (f->walks > 1) ak_pair_rows_gradient(&c->e, &f->rows[2], scale, NULL, NULL, 0, further);
}

/* By the logarithm of alpha: what the pairs have of it, and the positives. */
static akin_status tell_log_scale(ak_frame *f, double each)
{
    ak_loss_call *c = f->call;
    if (!c->out.log_scale || !f->scaled || (f->views && f->walks > 1)) return AKIN_OK;
    double sum = ak_pair_rows_along(&c->e, &f->rows[0]) * f->alpha[0] * (f->views ? 0.5 : 1);
    for (int64_t i = 0; i < f->n; i++) sum += f->coef[i] * f->positive[i];
    AK_TRY(ak_ring_sum(c, &sum, 1));
    c->log_scale = sum * each;
    return AKIN_OK;
}

akin_status ak_frame_evaluate(ak_frame *f)
{
    AK_TRY(reduce_rows(f));
    for (int side = 0; side < sides(f); side++) AK_TRY(weigh_anchors(f, side));
    const double each = 1 / f->anchors;
    AK_TRY(ak_loss_mean(f->call, f->value, f->n, each));
    AK_TRY(ak_frame_permuted(f, each));
    if (!f->call->want_grad) return AKIN_OK;
    AK_TRY(weigh_pairs(f));
    AK_TRY(tell_log_scale(f, each));
    ak_frame_gradient(f, f->alpha[0] * each, each);
    return AKIN_OK;
}
