/* SPDX-License-Identifier: Apache-2.0 */
/* loss/difficult.c - NT-Xent or one-sided InfoNCE, pairs of a window treated apart  [Zhang2025 eq.12-16].
 *
 * c_ik is the cosine of the features of i and k. low_i and high_i are order statistics of c_i. over all
 * k != i (one-sided: over all rows k of b). The pair (i,k) is selected when low_i <= c_ik < high_i. Its logit
 * is then gain2 s + shift instead of gain s:
 *
 *     mode          gain2          shift
 *     remove        0              0            (it still contributes exp(0))
 *     margin        1/t            sigma/t
 *     temperature   1/(rho t)      0
 *     combined      1/(rho t)      sigma/(rho t)
 *
 * with gain = 1/t. The selection is not symmetric and has no gradient.
 *
 * There are three walks: for the windows (AK_WINDOW rows of c a thread), for the sums, for the weights. The
 * first leaves a bit a pair for the others. Where these bits would take more memory than the rows themselves,
 * the others compute c anew instead, in float at least and with the same bits: so a pair is in the same
 * window every time. */
#include "loss/frame.h"
#include "loss/ring.h"

#include <math.h>

enum { REMOVE, MARGIN, TEMPERATURE, COMBINED };

typedef struct difficult {
    ak_frame f;
    ak_pair_rows features, feature_keys; /* the second is not used with views */
    ak_pair_window window;
    double gain, gain2, shift;        /* nats */
    double *reference, *sum, *weight; /* [2n]; the reference in units of log 2 */
} difficult;

static void set_gains(difficult *s)
{
    const akin_loss_params *p = &s->f.call->p;
    const double sharper = p->mode == TEMPERATURE || p->mode == COMBINED ? p->rho : 1;
    s->gain = 1 / p->temperature;
    s->gain2 = p->mode == REMOVE ? 0 : s->gain / sharper;
    s->shift = p->mode == MARGIN || p->mode == COMBINED ? p->sigma * s->gain2 : 0;
}

static ak_pair_rows features_of(akin_cmat x, const char *name)
{
    return (ak_pair_rows){
        .part = { x }, .name = { name }, .parts = 1, .radius = 1, .exact = true, .per_item = 1
    };
}

static akin_status prepare_features(difficult *s)
{
    ak_loss_call *c = s->f.call;
    const char *who = c->loss->name;
    ak_pair_window *w = &s->window;
    akin_cmat of_a = c->in.features, of_b;
    w->rows = w->keys = &s->features;
    if (s->f.views) {
        s->features = features_of(c->in.features, "features");
        s->features.per_item = 2;
        return ak_pair_rows_prepare(&c->e, &s->features, AK_ROWS_QUERY | AK_ROWS_KEY, who, c->err);
    }
    of_b = ak_rows_from(c->in.features, s->f.n, c->in.wide);
    of_a.rows = s->f.n;
    s->features = features_of(of_a, "the features of a");
    s->feature_keys = features_of(of_b, "the features of b");
    w->keys = &s->feature_keys;
    AK_TRY(ak_pair_rows_prepare(&c->e, &s->features, AK_ROWS_QUERY, who, c->err));
    return ak_pair_rows_prepare(&c->e, &s->feature_keys, AK_ROWS_KEY, who, c->err);
}

/* Room for the counts of the windows, and the labels of the rows. */
static bool want_counts(difficult *s)
{
    ak_loss_call *c = s->f.call;
    ak_pair_window *w = &s->window;
    const int64_t n = c->in.a.rows;
    w->count = ak_arena_array(c->arena, ak_window_count, s->f.n, 1);
    if (!c->in.labels) return w->count;
    int32_t *labels = ak_arena_array(c->arena, int32_t, n, 2);
    for (int64_t i = 0; labels && i < 2 * n; i++) labels[i] = c->in.labels[i % n];
    w->labels = labels;
    return w->count && labels;
}

/* An anchor has as many pairs as any other. */
static akin_status share_counts(difficult *s)
{
    ak_loss_call *c = s->f.call;
    const ak_pair_window *w = &s->window;
    const double anchors = s->f.anchors, pairs = anchors * (s->f.views ? anchors - 1 : anchors);
    double inside = 0, other = 0, other_inside = 0;
    for (int64_t i = 0; i < s->f.n; i++) { /* whole numbers: exact below 2^53 */
        inside += (double)w->count[i].inside;
        other += (double)w->count[i].other;
        other_inside += (double)w->count[i].other_inside;
    }
    double sums[] = { inside, other, other_inside };
    AK_TRY(ak_ring_sum(c, sums, 3));
    inside = sums[0], other = sums[1], other_inside = sums[2];
    akin_loss_window *out = &c->window;
    out->share = inside / pairs;
    if (!w->labels) return AKIN_OK;
    if (inside > 0) out->other_class = other_inside / inside;
    out->other_class_chance = other / pairs;
    return AKIN_OK;
}

static akin_status prepare(difficult *s)
{
    ak_loss_call *c = s->f.call;
    AK_TRY(ak_frame_prepare(&s->f));
    const int64_t m = s->f.n;
    AK_TRY(prepare_features(s));
    ak_pair_window *w = &s->window;
    const double q = s->f.views ? s->f.anchors - 1 : s->f.anchors;
    w->high_rank = (int64_t)fmin(q - 1, floor(c->p.pos_high * q));
    w->low_rank = (int64_t)fmin(q - 1, floor(c->p.pos_low * q));
    w->shift = s->f.shift;
    w->high = ak_loss_vector(c, m);
    w->low = ak_loss_vector(c, m);
    w->selected = ak_arena_array(c->arena, bool, m, 1);
    s->reference = ak_loss_vector(c, m);
    s->sum = ak_loss_vector(c, m);
    s->weight = ak_loss_vector(c, m);
    if (c->want_window && !want_counts(s)) return ak_loss_no_scratch(c);
    const int64_t np = w->keys->np;
    /* The arena has room for them, see akin_loss_scratch_bytes(). Of other ranks' keys they are made anew. */
    if (!c->ring.comm && ak_flags_bytes(2 * c->in.a.rows, c->in.a.cols))
        w->flags = ak_arena_array(c->arena, uint16_t, w->rows->np / AK_STRIP, np);
    if (!w->high || !w->low || !w->selected || !s->reference || !s->sum || !s->weight)
        return ak_loss_no_scratch(c);
    AK_TRY(ak_ring_window(c, w));
    return c->want_window ? share_counts(s) : AKIN_OK;
}

/* One reference for all rows where the logits of any pair lie within 2^120 of each other, else each row's
 * maximum. */
static akin_status find_references(difficult *s, ak_walk *w)
{
    const double most = fmax(s->gain, s->gain2 + s->shift), least = fmin(-s->gain, s->shift - s->gain2);
    const bool wide = (most - least) * AK_LOG2E >= 120;
    for (int64_t i = 0; i < s->f.n; i++) s->reference[i] = wide ? (double)AK_MASKED : most * AK_LOG2E;
    if (wide) {
        w->op = AK_PAIR_FLAG_MAX;
        w->row_sum[0] = s->reference;
        AK_TRY(ak_ring_reduce(s->f.call, w));
    }
    w->row[1] = s->reference;
    return AKIN_OK;
}

/* The anchors' losses as in ntxent, with their own logit of the positive. */
static void weigh_anchors(difficult *s)
{
    for (int64_t i = 0; i < s->f.n; i++) {
        const bool chosen = s->window.selected[i];
        const double gain = chosen ? s->gain2 : s->gain, shift = chosen ? s->shift : 0;
        const double lse = log(s->sum[i]) + s->reference[i] / AK_LOG2E;
        const double x = lse - (gain * s->f.positive[i] + shift), p = ak_sigmoid(x);
        s->f.value[i] = ak_log1p_exp(x);
        s->f.coef[i] = -gain * p;
        s->weight[i] = p / s->sum[i];
    }
}

static double logit(const difficult *s, bool chosen, double similarity)
{
    return chosen ? s->gain2 * similarity + s->shift : s->gain * similarity;
}

/* All rows are in an anchor's sum, whoever is its partner: only the partner's logit is another. Windows
 * depend on the features alone and stay. Their limits are cosines of pairs, rounded otherwise than here: one
 * that is equal up to rounding is the limit itself. */
static akin_status permuted(difficult *s, double each)
{
    ak_loss_call *call = s->f.call;
    const ak_pair_window *w = &s->window;
    const bool views = s->f.views;
    ak_permuted *p = &s->f.strangers;
    double *const stranger[2] = { s->f.stranger, s->f.home }, *const cosine[2] = { s->f.extra_with,
                                                                                   s->f.extra_home };
    while (ak_permuted_next(p)) {
        const int64_t b = views ? p->n : 0; /* its first row */
        AK_TRY(ak_permuted_dots(p, call, &s->f.rows[0], &s->f.rows[views ? 0 : 1], b, stranger[0]));
        AK_TRY(ak_permuted_dots(p, call, w->rows, w->keys, b, cosine[0]));
        AK_TRY(ak_permuted_home(p, call, stranger[0], stranger[1]));
        AK_TRY(ak_permuted_home(p, call, cosine[0], cosine[1]));
        for (int64_t row = 0; row < s->f.n; row++) {
            const int64_t view = row / p->n, item = row % p->n;
            const double c = cosine[view][item] + 2e-6;
            const bool chosen = w->low[row] <= c && c < w->high[row];
            p->more[item] +=
                logit(s, w->selected[row], s->f.positive[row]) - logit(s, chosen, stranger[view][item]);
        }
    }
    return ak_permuted_close(p, s->f.call, each);
}

akin_status ak_run_difficult(ak_loss_call *c)
{
    difficult s = { .f = { .call = c, .exponents = 1, .views = !c->p.one_sided } };
    set_gains(&s);
    s.f.alpha[0] = fmax(s.gain, s.gain2);
    AK_TRY(prepare(&s));
    ak_frame *f = &s.f;
    ak_walk *w = &f->walk[0];
    w->flags = s.window.flags;
    if (!w->flags) {
        w->features = s.window.rows;
        w->feature_keys = s.window.keys;
        w->row[2] = s.window.low;
        w->row[3] = s.window.high;
    }
    w->alpha = s.gain * AK_LOG2E;
    w->alpha2 = s.gain2 * AK_LOG2E;
    w->beta2 = s.shift * AK_LOG2E;
    w->gain = s.gain;
    w->gain2 = s.gain2;
    if (c->want_grad) ak_engine_keep(&c->e, w);
    AK_TRY(find_references(&s, w));
    w->op = AK_PAIR_FLAG;
    w->row_sum[0] = s.sum;
    AK_TRY(ak_ring_reduce(c, w));
    weigh_anchors(&s);
    const double each = 1 / f->anchors;
    AK_TRY(ak_loss_mean(c, f->value, f->n, each));
    AK_TRY(permuted(&s, each));
    if (!c->want_grad) return AKIN_OK;
    w->row_sum[0] = NULL;
    w->row[0] = s.weight;
    w->key_grad = true;
    AK_TRY(ak_ring_weigh(c, w));
    ak_frame_gradient(f, each, each);
    return AKIN_OK;
}
