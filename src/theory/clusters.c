/* SPDX-License-Identifier: Apache-2.0 */
/* theory/clusters.c - what a value of InfoNCE says of views and of classes  [Parulekar2023]: the loss rewards
 * keeping the views of an item together, and with enough negatives of the same class it can only fall by
 * pulling the items of a class apart.
 *
 * s = cosine/t, y the anchor's class, Col the number of negatives of class y. ln sum e^s is convex, so
 *
 *     L >= ln(1 + K e^{E s_negative - E s_partner}),     E s_negative = mean(a).mean(b)/t >= -(1 - p)/(2t)
 *
 * with p the mean cosine of partners, because |mean(a) + mean(b)|^2 >= 0 and |mean(a) - mean(b)|^2 <=
 * E |a-b|^2 = 2 - 2p. Hence
 *
 *     p >= 2 t ln(K/(e^L - 1)) - 1.                                                      (views)
 *
 * Given the labels, Jensen over the items behind them, and then over anchors of a class, gives with
 * g_y = E(s_partner - s_own | y), s_own = a.mean_y/t:
 *
 *     L >= E ln(1 + Col e^{s_own - s_partner}) >= sum_y rho_y h_y(g_y),   h_y(g) = E ln(1 + Col e^{-g} | y)
 *
 * h_y is convex and falls, so the mean of g is at least the least mean that has sum rho h <= L:
 *
 *     E(s_partner - s_own) >= sum_y rho_y g_y,   -h_y'(g_y) = theta for all y,   sum_y rho_y h_y(g_y) = L.
 *                                                                                        (split)
 *
 * Above 0 it says that an item's views are nearer to each other than to their class: with this loss the class
 * cannot be one point. It is above 0 exactly where L < E ln(Col + 1). The paper shows that minimisers keep
 * clusters whole where the class of encoders cannot split them without parting views; this is the other side,
 * and it needs no class of encoders. */
#include "theory/contrast.h"
#include "theory/numbers.h"

#include <math.h>

enum { GROUPS = 256 };

typedef struct slope {
    double shrink; /* e^{-g} */
} slope;

static double fall(double m, void *ctx)
{
    const double x = m * ((slope *)ctx)->shrink;
    return x < INFINITY ? x / (1 + x) : 1;
}

static double height(double m, void *ctx) { return log1p(m * ((slope *)ctx)->shrink); }

/* g with E[Col e^{-g}/(1 + Col e^{-g})] = theta, for a class of group i. */
static double solve_gap(const ak_groups *g, int64_t i, double k, double theta)
{
    double low = -60, high = 60 - log(theta);
    for (int step = 0; step < 60; step++) {
        const double middle = (low + high) / 2;
        slope s = { exp(-middle) };
        if (ak_collision_mean_of(g, i, k, fall, &s) > theta)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* sum rho_y h_y(g_y) at theta, and sum rho_y g_y. */
static double loss_at(const ak_groups *g, double k, double theta, double *gap)
{
    double sum = 0;
    *gap = 0;
    for (int64_t i = 0; i < g->count; i++) {
        const double share = g->group[i].classes * ak_group_rho(g, i), own = solve_gap(g, i, k, theta);
        slope s = { exp(-own) };
        sum += share * ak_collision_mean_of(g, i, k, height, &s);
        *gap += share * own;
    }
    return sum;
}

/* The least mean gap at a loss. theta runs up to P(Col > 0) of the rarest class, beyond which g is -infinity.
 * The least gap is convex in the loss with slope -1/theta, so that what is returned is a bound for any theta,
 * and the best one where the loss is met. */
static double split_at(const ak_groups *g, double k, double loss)
{
    const double most = -expm1(k * log1p(-ak_group_rho(g, 0)));
    double low = 0, high = most, best = -INFINITY;
    for (int step = 0; step < 40; step++) {
        const double theta = step == 0 ? most * (1 - 1e-6) : (low + high) / 2;
        double gap;
        const double there = loss_at(g, k, theta, &gap);
        best = fmax(best, gap - (loss - there) / theta);
        if (step == 0 && there <= loss) break;
        if (there > loss)
            high = theta;
        else
            low = theta;
    }
    return best;
}

/* The row's value at the loss, and half the change over its interval. */
static void set_split(akin_bound_row *r, const ak_groups *g, const ak_contrast *c, double k, double measured)
{
    const double loss = c->mean[AK_CV_INFO], half = c->half[AK_CV_INFO];
    const double value = split_at(g, k, loss);
    const double width =
        isfinite(half) ? fabs(split_at(g, k, fmax(loss - half, loss / 2)) - value) : INFINITY;
    ak_bound_set(r, value, width, measured, 0, 0);
}

static akin_status add_split(ak_theory_job *job, const ak_contrast *c, double measured, akin_error *err)
{
    ak_groups g;
    AK_TRY(ak_groups_make(&job->prior, &g, err));
    akin_bound_row *r =
        ak_bound_add(job, "clusters-split", "[Parulekar2023]", AKIN_MARK_RECONSTRUCTION,
                     "similarity of partners less that with the own class mean, over t", AKIN_BOUND_LOWER);
    if (g.count <= GROUPS) {
        set_split(r, &g, c, (double)job->in.negatives, measured);
        ak_bound_assume(r,
                        "above 0 where InfoNCE, %.4g, is below E ln(Col+1), %.4g: a class is not one point",
                        c->mean[AK_CV_INFO], c->plan.expected_ln_col1);
    } else {
        ak_bound_set(r, NAN, NAN, measured, 0, 0);
        ak_bound_assume(r, "classes of %lld sizes; at most %d are followed", (long long)g.count, GROUPS);
    }
    ak_groups_free(&g);
    return AKIN_OK;
}

static double views_at(const ak_theory_job *job, double loss)
{
    const double k = (double)job->in.negatives;
    return 2 * job->in.temperature * (log(k) - (loss > 30 ? loss : log(expm1(loss)))) - 1;
}

akin_status ak_theory_clusters(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    double partner = 0, own = 0;
    for (int64_t i = 0; i < job->n; i++) {
        const float *a = job->a + i * job->d, *b = job->b + i * job->d;
        const double *mean = job->mean_b + job->cls[i] * job->d;
        for (int64_t j = 0; j < job->d; j++) {
            partner += (double)a[j] * (double)b[j] / (double)job->n;
            own += (double)a[j] * mean[j] / (double)job->n;
        }
    }
    const double loss = c->mean[AK_CV_INFO], half = c->half[AK_CV_INFO], value = views_at(job, loss);
    akin_bound_row *r = ak_bound_add(job, "clusters-views", "[Parulekar2023]", AKIN_MARK_RECONSTRUCTION,
                                     "mean cosine of partners", AKIN_BOUND_LOWER);
    ak_bound_set(r, value, fabs(views_at(job, fmax(loss - half, loss / 2)) - value), partner, 0, -1);
    ak_bound_assume(r, "from the loss alone, %.4g with %lld negatives", loss, (long long)job->in.negatives);
    return add_split(job, c, (partner - own) / job->in.temperature, err);
}
