/* SPDX-License-Identifier: Apache-2.0 */
/* loss/levels.c - chance and floor of each loss. Chance is the loss of equal embeddings; no encoder goes
 * below the floor. docs/losses.md has the formulas. */
#include "loss/levels.h"

#include "loss/columns.h"
#include "loss/frame.h"
#include "loss/table.h"

#include <math.h>

static double zview_floor(const ak_level_subject *s, const ak_group_sizes *groups, double included,
                          double alpha)
{
    if (s->m > 0) return NAN;
    const ak_floor_bound b = { groups, 2, included, 2 * s->n, alpha };
    return ak_floor_of(&b);
}

/* log(1 + k e^x) without overflow. */
static double log1p_exp(double k, double x) { return x > 0 ? x + log(exp(-x) + k) : log1p(k * exp(x)); }

/* Negatives that are keys alone: the floor is reached by anchors and positives in one point, keys
 * opposite. */
static ak_levels with_keys_only(const ak_level_subject *s)
{
    const double alpha = 1 / s->p->temperature;
    return (ak_levels){ log1p(s->m), log1p_exp(s->m, -2 * alpha), NAN };
}

static double ntxent_floor(const ak_level_subject *s, double alpha)
{
    return s->m > 0 ? NAN : log1p_exp(2 * s->n - 2, -alpha * s->n / (s->n - 1));
}

ak_levels ak_levels_ntxent(const ak_level_subject *s)
{
    const double alpha = 1 / s->p->temperature;
    if (s->keys_only) return with_keys_only(s);
    return (ak_levels){ log(2 * s->n - 1 + s->m), ntxent_floor(s, alpha),
                        zview_floor(s, &s->groups, 1, alpha) };
}

ak_levels ak_levels_infonce(const ak_level_subject *s)
{
    const double alpha = 1 / s->p->temperature;
    const ak_floor_bound b = { &s->groups, 1, 0, s->n, alpha };
    if (s->keys_only) return with_keys_only(s);
    if (s->m > 0) return (ak_levels){ log(s->n + s->m), NAN, NAN };
    return (ak_levels){ log(s->n), log1p_exp(s->n - 1, -alpha * s->n / (s->n - 1)), ak_floor_of(&b) };
}

/* Also dclw: its weights fall as s_i,positive rises and have mean 1, so that mean(w s) <= mean(s). */
ak_levels ak_levels_dcl(const ak_level_subject *s)
{
    const double alpha = 1 / s->p->temperature, k = 2 * s->n - 2;
    if (s->keys_only) return (ak_levels){ log(s->m), log(s->m) - 2 * alpha, NAN };
    return (ak_levels){ log(k + s->m), s->m > 0 ? NAN : log(k) - alpha - alpha / (s->n - 1),
                        zview_floor(s, &s->groups, 2, alpha) };
}

/* f(p) = -p + lambda/alpha ( log c + log( [e^(alpha p)] + K e^(-alpha (1+p)/K) ) ), convex in p = the mean
 * positive. */
static double balanced_at(const ak_level_subject *s, double p)
{
    const double alpha = s->p->alpha, k = 2 * s->n - 2, others = log(k) - alpha * (1 + p) / k;
    const double lse = s->p->include_positive ? alpha * p + ak_log1p_exp(others - alpha * p) : others;
    return -p + s->p->lambda / alpha * (log(s->p->constant) + lse);
}

/* The least value of a convex function on [-1,1]. */
static double minimum(const ak_level_subject *s, double (*f)(const ak_level_subject *, double))
{
    double low = -1, high = 1;
    for (int step = 0; step < 200; step++) {
        const double left = low + (high - low) / 3, right = high - (high - low) / 3;
        if (f(s, left) < f(s, right))
            high = right;
        else
            low = left;
    }
    return fmin(f(s, (low + high) / 2), fmin(f(s, -1), f(s, 1)));
}

ak_levels ak_levels_balanced(const ak_level_subject *s)
{
    const double k = 2 * s->n - 2 + (s->p->include_positive ? 1 : 0), force = s->p->lambda / s->p->alpha;
    ak_levels l = { s->p->lambda - 1 + force * log(s->p->constant * k), minimum(s, balanced_at), NAN };
    /* With lambda <= 1 the positive at 1 is best, copies or not. */
    if (s->p->lambda <= 1)
        l.duplicate_floor = s->p->lambda - 1 +
                            force * (log(s->p->constant) +
                                     zview_floor(s, &s->groups, s->p->include_positive ? 1 : 2, s->p->alpha));
    return l;
}

/* With q = the mean of a_i.b_i:  |A B^T|^2 >= (trace)^2/d, the diagonal is at most n mu q, squares are not
 * negative. */
static double spectral_at(const ak_level_subject *s, double x)
{
    const double mu = s->p->mu, q = mu * (x + 1) / 2, d = (double)s->c->in.a.cols;
    return (-2 * q + fmax(0, (s->n * q * q / d - mu * q) / (s->n - 1))) / mu;
}

ak_levels ak_levels_spectral(const ak_level_subject *s)
{
    return (ak_levels){ s->p->mu - 2, minimum(s, spectral_at), NAN };
}

ak_levels ak_levels_supcon(const ak_level_subject *s)
{
    const double t = s->p->temperature, t0 = s->p->base_temperature > 0 ? s->p->base_temperature : t;
    ak_levels l = { t / t0 * log(2 * s->n - 1), NAN, NAN };
    if (s->c->in.labels) {
        const ak_group_sizes classes = ak_sizes_of_groups(NULL, s->c->in.labels, s->c->in.a.rows);
        l.floor = t / t0 * zview_floor(s, &classes, 1, 1 / t);
    }
    return l;
}

ak_levels ak_levels_nscl(const ak_level_subject *s)
{
    const ak_group_sizes classes = ak_sizes_of_groups(NULL, s->c->in.labels, s->c->in.a.rows);
    double chance = 0;
    for (int k = 0; k < classes.kinds; k++) {
        const double size = (double)classes.size[k];
        chance += size * (double)classes.groups[k] * log(2 * (s->n - size));
    }
    const ak_floor_bound b = { &classes, 2, INFINITY, 2 * s->n, 1 / s->p->temperature };
    return (ak_levels){ classes.kinds < 0 ? NAN : chance / s->n, ak_floor_of(&b), NAN };
}

/* The correction makes the loss concave in the negatives, and no floor is known, but without it it is
 * ntxent. The same for hard negatives, whose weighted mean is at least the plain one. */
ak_levels ak_levels_debiased(const ak_level_subject *s)
{
    const double alpha = 1 / s->p->temperature;
    const bool none = s->p->tau_plus == 0;
    return (ak_levels){ log(2 * s->n - 1), none ? ntxent_floor(s, alpha) : NAN,
                        none ? zview_floor(s, &s->groups, 1, alpha) : NAN };
}

ak_levels ak_levels_dual_temperature(const ak_level_subject *s) { return (ak_levels){ log(s->n), NAN, NAN }; }

/* With p = the mean of a_i.b_i, the mean of the others is at least -(p + n(1-p)/2)/(n-1), because
 * |sum (a+b)|^2 >= 0 and |sum (a-b)|^2 <= n sum |a-b|^2. */
static double sigmoid_at(const ak_level_subject *s, double p)
{
    const double scale = s->p->scale, bias = s->p->bias;
    const double own = ak_log1p_exp(-(scale * p + bias));
    if (s->n < 2) return own;
    const double others = fmax(-1, -(p + s->n * (1 - p) / 2) / (s->n - 1));
    return own + (s->n - 1) * ak_log1p_exp(scale * others + bias);
}

ak_levels ak_levels_sigmoid(const ak_level_subject *s)
{
    const double x = s->p->scale + s->p->bias;
    return (ak_levels){ ak_log1p_exp(-x) + (s->n - 1) * ak_log1p_exp(x), minimum(s, sigmoid_at), NAN };
}

ak_levels ak_levels_align_uniform(const ak_level_subject *s)
{
    return (ak_levels){ 0, -s->p->weight * 4 * s->n / (s->n - 1), NAN };
}

ak_levels ak_levels_curl_hinge(const ak_level_subject *s)
{
    (void)s;
    return (ak_levels){ 1, 0, NAN };
}

ak_levels ak_levels_curl_logistic(const ak_level_subject *s)
{
    return (ak_levels){ log2(1 + (double)s->c->in.count), 0, NAN };
}

/* Where all features are equal no pair is selected. */
ak_levels ak_levels_difficult(const ak_level_subject *s)
{
    return (ak_levels){ log(s->p->one_sided ? s->n : 2 * s->n - 1), NAN, NAN };
}

/* Averages are of other batches, which may have had rows farther apart. */
ak_levels ak_levels_sogclr(const ak_level_subject *s)
{
    ak_levels l = ak_levels_dcl(s);
    if (s->c->in.averages || s->c->in.thresholds) l.floor = l.duplicate_floor = NAN;
    return l;
}

/* Of equal rows only the hinge is left. Its and the other parts' floor is 0. */
ak_levels ak_levels_vicreg(const ak_level_subject *s)
{
    return (ak_levels){ s->p->variance * (1 - sqrt(AK_VICREG_EPSILON)), 0, NAN };
}

/* C has a rank of at most r = min(d, n-1), so that |C|^2 >= T^2/r, T its trace; and sum C_ii^2 >= T^2/d. So
 * with lambda <= 1 the loss is at least d - 2 T + T^2 ((1-lambda)/d + lambda/r), least here. */
ak_levels ak_levels_barlow(const ak_level_subject *s)
{
    const double d = (double)s->c->in.a.cols, r = fmin(d, s->n - 1), lambda = s->p->lambda;
    const double floor = lambda <= 1 && r < d ? d - 1 / ((1 - lambda) / d + lambda / r) : 0;
    return (ak_levels){ d, floor, NAN };
}

/* Columns are rows of length 1 or less with d items, so that ntxent's floor holds, whatever n is. Of equal
 * rows all columns are 0. */
ak_levels ak_levels_dimcl(const ak_level_subject *s)
{
    const double d = (double)s->c->in.a.cols, alpha = 1 / s->p->temperature;
    ak_levels l = { log(2 * d - 1), d > 1 ? log1p_exp(2 * d - 2, -alpha * d / (d - 1)) : 0, NAN };
    akin_loss_params of_base;
    ak_level_subject beside = *s;
    const akin_loss *base = ak_dimcl_base(s->p, &of_base);
    if (!base) return l;
    beside.p = &of_base;
    const ak_levels other = ak_loss_levels_of(base)(&beside);
    const double own = s->p->weight, rest = 1 - own;
    return (ak_levels){ own * l.chance + rest * other.chance, own * l.floor + rest * other.floor,
                        own * l.floor + rest * other.duplicate_floor };
}

/* Of r eigenvalues whose sum is 1 at most. |det(C + mu I)| <= prod (mu + sigma_i) of the singular values of
 * C, whose sum is at most 1, and -lambda log(mu + sigma) - align sigma^2 is convex where align is small.
 * tr(P log S) <= sum (mu + p_i) log(mu + s_i), linear in p: greatest with all of p, or none, at one place.
 * Both are not met together. */
ak_levels ak_levels_matrix_ssl(const ak_level_subject *s)
{
    const double mu = s->p->mu, lambda = s->p->lambda, match = s->p->match_weight, align = s->p->align_weight;
    const double d = (double)s->c->in.a.cols, r = fmin(d, s->n - 1);
    const double even = r * log(mu + 1 / r) + (d - r) * log(mu);
    const double one = (mu + 1) * log(mu + 1) + (d - 1) * mu * log(mu);
    const bool convex = 2 * align * (mu + 1) * (mu + 1) <= lambda;
    return (ak_levels){ 0 - (lambda + match * mu) * d * log(mu), /* never -0 */
                        -lambda * even - align / (convex ? r : 1) - match * fmax(one, mu * even), NAN };
}

/* t log(mean exp(h/t)) >= mean h whatever t, and the mean of h is least where dcl is. */
ak_levels ak_levels_isogclr(const ak_level_subject *s)
{
    double t = s->c->in.temperatures ? 0 : s->p->temperature;
    for (int64_t i = 0; s->c->in.temperatures && i < s->c->in.a.rows; i++)
        t += s->c->in.temperatures[i] / (double)s->c->in.a.rows;
    const bool alone = !s->c->in.averages && !s->c->in.thresholds;
    return (ak_levels){ t * s->p->rho, alone ? t * s->p->rho - s->n / (s->n - 1) : NAN, NAN };
}

/* Equal rows are at the floor: the value alone does not tell them from learned ones. */
ak_levels ak_levels_simsiam(const ak_level_subject *s)
{
    (void)s;
    return (ak_levels){ -1, -1, NAN };
}

ak_levels ak_levels_byol(const ak_level_subject *s)
{
    (void)s;
    return (ak_levels){ 0, 0, NAN };
}
