/* SPDX-License-Identifier: Apache-2.0 */
/* loss/softmax.c - the losses that fit the frame of frame.h: each is a function of an anchor's log-sum-exp
 * and its positive. In all of them x = m - alpha p, the log of (negatives / positive). */
#include "loss/frame.h"
#include "loss/ring.h"

#include <math.h>
#include <string.h>

/* log(1 + e^x): the positive is in the sum.  [Chen2020 eq.1] [Oord2018 eq.4] */
static ak_anchor ntxent(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    (void)i;
    const double x = lse[0] - f->alpha[0] * positive, p = ak_sigmoid(x);
    return (ak_anchor){ ak_log1p_exp(x), { p }, -f->alpha[0] * p };
}

/* x: the positive is not in the sum.  [Yeh2022] */
static ak_anchor dcl(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    (void)i;
    return (ak_anchor){ lse[0] - f->alpha[0] * positive, { 1 }, -f->alpha[0] };
}

/* As dcl, the positive weighted by w_i.  [Yeh2022] */
static ak_anchor dclw(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    const double w = f->extra[i % f->shift];
    return (ak_anchor){ lse[0] - w * f->alpha[0] * positive, { 1 }, -w * f->alpha[0] };
}

/* -p + lambda/alpha (log c + m); with the positive in the sum m becomes log(e^m + e^(alpha p)).  [Lee2025] */
static ak_anchor balanced(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    (void)i;
    const akin_loss_params *p = &f->call->p;
    const double force = p->lambda / p->alpha, constant = force * log(p->constant);
    if (!p->include_positive) return (ak_anchor){ constant + force * lse[0] - positive, { force }, -1 };
    /* -p + lambda/alpha (alpha p + log(1+e^x)) = (lambda-1) p + lambda/alpha log(1+e^x): no difference of
     * large numbers when lambda = 1. */
    const double x = lse[0] - p->alpha * positive, q = ak_sigmoid(x);
    return (ak_anchor){ constant + (p->lambda - 1) * positive + force * ak_log1p_exp(x),
                        { force * q },
                        p->lambda - 1 - p->lambda * q };
}

/* log(1 + G), G = g / e^(alpha p) = max{ (e^x - tau N)/(1 - tau), N e^(-alpha - alpha p) }.  [Chuang2020]
 * Either branch is written so that nothing overflows: with e^x below 1, with e^-x above. */
static ak_anchor debiased_of(double x, double tau, double negatives, double alpha, double positive)
{
    const double least = -alpha - alpha * positive + log(negatives);         /* log of the lower bound of G */
    const double e = exp(-fabs(x)), up = x > 0 ? 1 : e, one = x > 0 ? e : 1; /* up : one = e^x : 1 */
    const double g = (up - tau * negatives * one) / (1 - tau);
    if (g > 0 && log(g / one) > least) {
        const double force = up / (1 - tau) / (one + g);
        const double value = x > 0 ? x + log(one + g) : log1p(g);
        return (ak_anchor){ value, { force }, -alpha * force };
    }
    return (ak_anchor){ ak_log1p_exp(least), { 0 }, -alpha * ak_sigmoid(least) };
}

static ak_anchor debiased(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    (void)i;
    const double x = lse[0] - f->alpha[0] * positive;
    return debiased_of(x, f->call->p.tau_plus, f->negatives, f->alpha[0], positive);
}

/* As debiased, with the sum of the negatives N sum e^((1+beta) s/t) / sum e^(beta s/t).  [Robinson2021] */
static ak_anchor hard_negative(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    (void)i;
    const double alpha = 1 / f->call->p.temperature;
    const double x = log(f->negatives) + lse[0] - lse[1] - alpha * positive;
    ak_anchor a = debiased_of(x, f->call->p.tau_plus, f->negatives, alpha, positive);
    a.by_lse[1] = -a.by_lse[0];
    return a;
}

/* ((1-q)/(1-p)) (-log p), the factor constant; 1-p = sigmoid(x), so that (1-q)/(1-p) times dl/dm = 1-p is
 * 1-q.  [Zhang2022] */
static ak_anchor dual_temperature(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    (void)i;
    const double x = lse[0] - f->alpha[0] * positive, y = lse[1] - f->alpha[1] * positive;
    const double p = ak_sigmoid(x), q = ak_sigmoid(y);
    /* log(1+e^x)/sigmoid(x) -> 1 as x falls: take it there before both underflow. */
    const double ratio = x < -36 ? 1 : ak_log1p_exp(x) / p;
    return (ak_anchor){ q * ratio, { q, 0 }, -f->alpha[0] * q };
}

/* Of anchor i the logarithm of its average u: that of its item from before, and of the mean over this batch,
 * log_mean. */
static double log_average(const ak_frame *f, int64_t i, double log_mean)
{
    const double *before = f->call->in.averages, gamma = f->call->p.average_share;
    const double old = before ? before[i % f->shift] : NAN;
    if (isnan(old) || gamma == 1) return log_mean;
    if (log_mean == -INFINITY) return log1p(-gamma) + old;
    const double x = log1p(-gamma) + old, y = log(gamma) + log_mean;
    return fmax(x, y) + log1p(exp(-fabs(x - y)));
}

/* dcl with the mean of its sum averaged, and the average a constant of the gradient.  [Yuan2022] */
static ak_anchor sogclr(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    const double count = log(f->negatives), log_mean = lse[0] - count, log_u = log_average(f, i, log_mean);
    if (log_u == -INFINITY) return (ak_anchor){ -f->alpha[0] * positive, { 0 }, -f->alpha[0] };
    return (ak_anchor){ log_u + count - f->alpha[0] * positive, { exp(log_mean - log_u) }, -f->alpha[0] };
}

/* t (log u + rho), u the average of the mean of exp((s - positive)/t): of how much nearer a negative is
 * than the positive.  [Qiu2023 eq.3-5] */
static ak_anchor isogclr(const ak_frame *f, int64_t i, const double lse[2], double positive)
{
    const double alpha = f->own_alpha[i], log_mean = lse[0] - log(f->negatives) - alpha * positive,
                 log_u = log_average(f, i, log_mean), rho = f->call->p.rho;
    if (log_u == -INFINITY) return (ak_anchor){ rho / alpha - positive, { 0 }, -1 };
    const double share = exp(log_mean - log_u);
    return (ak_anchor){ (log_u + rho) / alpha, { share / alpha }, -share };
}

/* One exponential, on the rows of both views; linear as in frame.h. */
static akin_status run_views(ak_loss_call *c, ak_anchor_fn *fn, double alpha, double linear)
{
    ak_frame f = { .call = c, .fn = fn, .alpha = { alpha }, .exponents = 1, .views = true, .linear = linear };
    f.scaled = fn == ntxent || fn == dcl;
    AK_TRY(ak_frame_prepare(&f));
    return ak_frame_evaluate(&f);
}

/* With keys_only the partner is in no other anchor's sum. */
akin_status ak_run_ntxent(ak_loss_call *c)
{
    const double alpha = 1 / c->p.temperature;
    return run_views(c, ntxent, alpha, c->in.keys_only ? 0 : alpha);
}

akin_status ak_run_dcl(ak_loss_call *c) { return run_views(c, dcl, 1 / c->p.temperature, 0); }

/* Factors and bounds of the anchors, where they have their own. */
static akin_status take_own(ak_frame *f)
{
    ak_loss_call *c = f->call;
    const int64_t n = c->in.a.rows;
    const double usual = c->p.temperature;
    f->own_alpha = ak_loss_vector(c, 2 * n);
    f->own_bound = ak_loss_vector(c, 2 * n);
    if (!f->own_alpha || !f->own_bound) return ak_loss_no_scratch(c);
    f->alpha[0] = 0;
    for (int64_t i = 0; i < 2 * n; i++) {
        const double t = c->in.temperatures ? c->in.temperatures[i % n] : usual,
                     bound = c->in.thresholds ? c->in.thresholds[i % n] : 2;
        if (!(t >= 1e-4 && t <= 1e4) || isnan(bound))
            return ak_fail(c->err, AKIN_ERR_RANGE,
                           "%s: item %lld has the temperature %g and the threshold %g; a temperature must be "
                           "between 1e-4 and 1e4",
                           c->loss->name, (long long)(i % n), t, bound);
        f->own_alpha[i] = 1 / t;
        f->own_bound[i] = fmin(bound, 2); /* a similarity may be rounded to more than 1 */
        f->alpha[0] = fmax(f->alpha[0], 1 / t);
    }
    return ak_ring_most(c, f->alpha, 1); /* all ranks take the same way */
}

/* What an anchor's loss falls by for each degree of its temperature: with p = exp(s/t) over their sum,
 * log u + rho - share (mean_p s - positive)/t.  [Qiu2023 eq.5] */
static double by_temperature(const ak_frame *f, int64_t k, double log_mean)
{
    const double log_u = log_average(f, k, log_mean), rho = f->call->p.rho;
    if (log_u == -INFINITY) return rho;
    const double share = exp(log_mean - log_u), mean = share > 0 ? f->along[k] / f->sum[0][0][k] : 0;
    return log_u + rho - share * (mean - f->positive[k]) * f->own_alpha[k];
}

/* Of the pairs above their bounds: how many there are, and how many of these are of two labels, which a walk
 * without those of one label tells. Labels serve these numbers alone. */
static akin_status find_window(ak_frame *f)
{
    ak_loss_call *c = f->call;
    double count[4] = { 0 }; /* above; of two labels; all pairs of two labels; anchors */
    if (!c->want_window || !c->in.thresholds) return AKIN_OK;
    for (int64_t i = 0; i < f->n; i++) count[0] += f->above[i];
    AK_TRY(ak_ring_sum(c, count, 1));
    c->window.share = count[0] / (f->anchors * f->negatives);
    if (!c->in.labels || c->ring.divided) return AKIN_OK;
    const int64_t n = c->in.a.rows;
    int32_t *labels = ak_arena_array(c->arena, int32_t, n, 2);
    double *other = ak_loss_vector(c, f->n), *unused = ak_loss_vector(c, 2 * f->n);
    if (!labels || !other || !unused) return ak_loss_no_scratch(c);
    for (int64_t i = 0; i < 2 * n; i++) labels[i] = c->in.labels[i % n];
    ak_walk w = f->walk[0];
    double *const sums[AK_SUMS] = { unused, unused + f->n, other };
    w.kept = NULL;
    w.labels = labels;
    w.mask_equal_labels = true;
    for (int side = 0; side < 2; side++) { /* all of them are above a bound of -2 */
        double *low = ak_loss_vector(c, f->n);
        if (!low) return ak_loss_no_scratch(c);
        for (int64_t i = 0; i < f->n; i++) low[i] = side ? -2 : f->own_bound[i], other[i] = 0;
        for (int t = 0; t < AK_SUMS; t++) w.row_sum[t] = sums[t];
        w.row[0] = NULL;
        w.row[3] = low;
        w.op = AK_PAIR_OWN;
        AK_TRY(ak_ring_reduce(c, &w));
        for (int64_t i = 0; i < f->n; i++) count[1 + side] += other[i];
    }
    AK_TRY(ak_ring_sum(c, count + 1, 2));
    c->window.other_class = count[0] > 0 ? count[1] / count[0] : NAN;
    c->window.other_class_chance = count[2] / (f->anchors * f->negatives);
    return AKIN_OK;
}

/* What an item has is that of its two anchors. The averages are written last: they may be those that were
 * read. */
static void tell_items(const ak_frame *f, bool beside)
{
    const ak_loss_call *c = f->call;
    const double count = log(f->negatives);
    for (int64_t i = 0; i < f->shift; i++) {
        double x[2], slope = 0, above = 0;
        for (int view = 0; view < 2; view++) {
            const int64_t k = i + view * f->shift;
            const double alpha = f->own_alpha ? f->own_alpha[k] : f->alpha[0];
            const double log_mean = log(f->sum[0][0][k]) + alpha * (f->most[0] ? f->most[0][k] : 1) - count -
                                    (beside ? alpha * f->positive[k] : 0);
            if (c->out.temperatures) slope += by_temperature(f, k, log_mean) / 2;
            if (c->out.above && f->above) above += f->above[k] / (2 * f->negatives);
            x[view] = log_average(f, k, log_mean);
        }
        if (c->out.temperatures) c->out.temperatures[i] = slope;
        if (c->out.above) c->out.above[i] = above;
        if (!c->out.averages) continue;
        const double most = fmax(x[0], x[1]);
        c->out.averages[i] = most == -INFINITY ? NAN : most + log1p(exp(-fabs(x[0] - x[1]))) - log(2);
    }
}

static akin_status run_averaged(ak_loss_call *c, ak_anchor_fn *fn, bool own)
{
    ak_frame f = { .call = c, .fn = fn, .alpha = { 1 / c->p.temperature }, .exponents = 1, .views = true };
    if (own || c->in.thresholds) AK_TRY(take_own(&f));
    AK_TRY(ak_frame_prepare(&f));
    AK_TRY(ak_frame_evaluate(&f));
    AK_TRY(find_window(&f));
    tell_items(&f, own);
    return AKIN_OK;
}

akin_status ak_run_sogclr(ak_loss_call *c) { return run_averaged(c, sogclr, false); }
akin_status ak_run_isogclr(ak_loss_call *c) { return run_averaged(c, isogclr, true); }

akin_status ak_run_balanced(ak_loss_call *c)
{
    return run_views(c, balanced, c->p.alpha, c->p.include_positive ? 1 : 0);
}

akin_status ak_run_debiased(ak_loss_call *c)
{
    ak_frame f = { .call = c,
                   .fn = debiased,
                   .alpha = { 1 / c->p.temperature },
                   .exponents = 1,
                   .views = true,
                   .subtracts = c->p.tau_plus > 0 };
    AK_TRY(ak_frame_prepare(&f));
    return ak_frame_evaluate(&f);
}

akin_status ak_run_infonce(ak_loss_call *c)
{
    ak_frame f = { .call = c,
                   .fn = ntxent,
                   .alpha = { 1 / c->p.temperature },
                   .exponents = 1,
                   .two_sided = c->p.symmetric,
                   .scaled = true,
                   .linear = c->in.keys_only ? 0 : 1 / c->p.temperature };
    AK_TRY(ak_frame_prepare(&f));
    return ak_frame_evaluate(&f);
}

/* w_i = 2 - n softmax_i(a_i.b_i/sigma) */
static akin_status dclw_weights(const ak_frame *f, const double *positive, double *w)
{
    const int64_t n = f->shift;
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, positive[i]);
    AK_TRY(ak_ring_most(f->call, &most, 1));
    for (int64_t i = 0; i < n; i++) sum += w[i] = exp((positive[i] - most) / f->call->p.sigma);
    AK_TRY(ak_ring_sum(f->call, &sum, 1));
    for (int64_t i = 0; i < n; i++) w[i] = 2 - (double)f->call->ring.all * (w[i] / sum);
    return AKIN_OK;
}

akin_status ak_run_dclw(ak_loss_call *c)
{
    ak_frame f = { .call = c, .fn = dclw, .alpha = { 1 / c->p.temperature }, .exponents = 1, .views = true };
    AK_TRY(ak_frame_prepare(&f));
    double *w = ak_loss_vector(c, f.shift);
    if (!w) return ak_loss_no_scratch(c);
    AK_TRY(dclw_weights(&f, f.positive, w));
    f.extra = w;
    f.weights = dclw_weights;
    return ak_frame_evaluate(&f);
}

akin_status ak_run_nscl(ak_loss_call *c)
{
    const int64_t n = c->in.a.rows;
    int32_t *labels = ak_arena_array(c->arena, int32_t, n, 2);
    if (!labels) return ak_loss_no_scratch(c);
    memcpy(labels, c->in.labels, (size_t)n * sizeof *labels);
    memcpy(labels + n, c->in.labels, (size_t)n * sizeof *labels);
    ak_frame f = { .call = c,
                   .fn = dcl,
                   .alpha = { 1 / c->p.temperature },
                   .exponents = 1,
                   .views = true,
                   .labels = labels };
    AK_TRY(ak_frame_prepare(&f));
    return ak_frame_evaluate(&f);
}

akin_status ak_run_hard_negative(ak_loss_call *c)
{
    const double alpha = 1 / c->p.temperature, beta = c->p.beta;
    if (beta == 0) return ak_run_debiased(c);
    ak_frame f = { .call = c,
                   .fn = hard_negative,
                   .alpha = { (1 + beta) * alpha, beta * alpha },
                   .exponents = 2,
                   .views = true,
                   .subtracts = c->p.tau_plus > 0 };
    AK_TRY(ak_frame_prepare(&f));
    return ak_frame_evaluate(&f);
}

akin_status ak_run_dual_temperature(ak_loss_call *c)
{
    const double alpha = 1 / c->p.temperature;
    ak_frame f = { .call = c,
                   .fn = dual_temperature,
                   .alpha = { alpha, alpha / c->p.ratio },
                   .exponents = 2,
                   .two_sided = c->p.symmetric };
    AK_TRY(ak_frame_prepare(&f));
    return ak_frame_evaluate(&f);
}
