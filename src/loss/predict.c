/* SPDX-License-Identifier: Apache-2.0 */
/* loss/predict.c - predictions of one view's rows from the other's; no negatives  [ChenHe2021 eq.2]
 * [Grill2020 eq.2-3].
 *
 *     q_i     = |p_i - y_i|^2 of unit rows, p = the 2n predictions a, b; y = batch.targets, or the partner
 *     simsiam = mean (q_i/2 - 1) = - mean p_i.y_i        byol = 2 mean q_i, the sum of both directions
 *
 * With r the row of p or y as given, u its direction and v the other one's, and W the factor of mean q,
 *
 *     dL/dr = -(W/n) (v - u + (q/2) u) / |r|
 *
 * where v - u keeps its precision as both come near one another, and 1 - u.v does not. A target whose
 * gradient is not asked for is a constant: the stop-gradient of both papers. Everything is double: O(n d). */
#include "loss/loss.h"
#include "loss/permuted.h"
#include "loss/ring.h"

#include <math.h>
#include <string.h>

/* Rows of the batch, one of them a direction. */
enum { A, B, TARGETS, SETS };

typedef struct predict {
    ak_loss_call *c;
    int64_t n, d;
    double factor;        /* W over the rows of all ranks */
    double *length[SETS]; /* [n], [n], [2n] */
    double *q;            /* [2n] */
    double *more;         /* of ak_permuted */
} predict;

typedef struct direction {
    ak_numbers x;
    double length;
} direction;

static akin_cmat set_of(const ak_loss_call *c, int set)
{
    return set == A ? c->in.a : set == B ? c->in.b : c->in.targets;
}

static direction row_of(const predict *u, int set, int64_t i)
{
    return (direction){ ak_numbers_of(set_of(u->c, set), i, u->c->in.wide), u->length[set][i] };
}

/* Row i of a and b, 0 <= i < 2n, and what it is to equal. */
static direction prediction(const predict *u, int64_t i) { return row_of(u, i >= u->n, i % u->n); }

static direction target(const predict *u, int64_t i)
{
    return u->length[TARGETS] ? row_of(u, TARGETS, i) : row_of(u, i < u->n, i % u->n);
}

static double apart(direction x, direction y, int64_t d)
{
    double q = 0;
    for (int64_t k = 0; k < d; k++) {
        const double gap = ak_number(x.x, k) / x.length - ak_number(y.x, k) / y.length;
        q += gap * gap;
    }
    return q;
}

static akin_status measure(predict *u, int set)
{
    static const char *const NAMES[SETS] = { "a", "b", "targets" };
    const akin_cmat rows = set_of(u->c, set);
    for (int64_t i = 0; i < rows.rows; i++) {
        const ak_numbers x = ak_numbers_of(rows, i, u->c->in.wide);
        double square = 0;
        for (int64_t k = 0; k < u->d; k++) {
            if (!isfinite(ak_number(x, k)))
                return ak_fail(u->c->err, AKIN_ERR_NUMERIC,
                               "%s: row %lld, column %lld of %s is %g; every value must be finite",
                               u->c->loss->name, (long long)i, (long long)k, NAMES[set], ak_number(x, k));
            square += ak_number(x, k) * ak_number(x, k);
        }
        u->length[set][i] = sqrt(square);
        if (square == 0)
            return ak_fail(u->c->err, AKIN_ERR_INPUT,
                           "%s: row %lld of %s is all zeros and has no direction; remove the item or look at "
                           "what made it",
                           u->c->loss->name, (long long)i, NAMES[set]);
    }
    return AKIN_OK;
}

static void distances(int64_t begin, int64_t end, void *ctx)
{
    const predict *u = ctx;
    for (int64_t i = begin; i < end; i++) u->q[i] = apart(prediction(u, i), target(u, i), u->d);
}

/* Of x beside y, q apart: what to adds to, or is set to. */
static void slope(const predict *u, direction x, direction y, double q, double factor, akin_mat to, int64_t i)
{
    for (int64_t k = 0; to.data && k < u->d; k++) {
        const double own = ak_number(x.x, k) / x.length, other = ak_number(y.x, k) / y.length;
        ak_number_set(to, i, k, u->c->in.wide, -factor * (other - own + q / 2 * own) / x.length);
    }
}

/* Without targets every row is a target too, of its partner: twice its slope. */
static void slopes(int64_t begin, int64_t end, void *ctx)
{
    const predict *u = ctx;
    const akin_loss_grads *out = &u->c->out;
    const bool targets = u->length[TARGETS] != NULL;
    for (int64_t i = begin; i < end; i++) {
        const direction p = prediction(u, i), y = target(u, i);
        slope(u, p, y, u->q[i], (targets ? 2 : 4) * u->factor, i < u->n ? out->a : out->b, i % u->n);
        if (targets) slope(u, y, p, u->q[i], 2 * u->factor, out->targets, i);
    }
}

/* What item i of a costs with a stranger: the target that the stranger's b makes, its b, and i's target. */
static double beside(const predict *u, int64_t i, direction its_target, direction its_b)
{
    return u->factor * (apart(prediction(u, i), its_target, u->d) + apart(its_b, target(u, u->n + i), u->d));
}

/* Two rows, and before each its length. */
static void put_rows(int64_t item, void *to, void *ctx)
{
    const predict *u = ctx;
    const direction of[2] = { target(u, item), prediction(u, u->n + item) };
    double *x = to;
    for (int r = 0; r < 2; r++) {
        *x++ = of[r].length;
        for (int64_t k = 0; k < u->d; k++) *x++ = ak_number(of[r].x, k);
    }
}

static void take_rows(int64_t item, const void *from, void *ctx)
{
    const predict *u = ctx;
    const double *x = from, *y = x + u->d + 1;
    u->more[item] +=
        beside(u, item, (direction){ { .wide = x + 1 }, *x }, (direction){ { .wide = y + 1 }, *y });
}

static akin_status permuted(predict *u, ak_permuted *p)
{
    u->more = p->more;
    while (ak_permuted_next(p)) {
        for (int64_t i = 0; i < p->n; i++) {
            const int64_t j = p->partner[i] - p->first;
            if (ak_permuted_here(p, p->partner[i]))
                p->more[i] += beside(u, i, target(u, j), prediction(u, u->n + j));
            p->more[i] -= u->factor * (u->q[i] + u->q[u->n + i]);
        }
        AK_TRY(ak_permuted_fetch(p, u->c, 2 * (size_t)(u->d + 1) * sizeof(double), put_rows, take_rows, u));
    }
    return ak_permuted_close(p, u->c, 1);
}

/* The loss is first + each * mean q. */
static akin_status run(ak_loss_call *c, double first, double each)
{
    predict u = { .c = c, .n = c->in.a.rows, .d = c->in.a.cols };
    ak_permuted p;
    const int64_t grain = 1 + (1 << 14) / u.d;
    u.factor = each / (2 * (double)c->ring.all);
    for (int set = 0; set < SETS; set++) {
        if (!set_of(c, set).data) continue;
        u.length[set] = ak_loss_vector(c, set_of(c, set).rows);
        if (!u.length[set]) return ak_loss_no_scratch(c);
        AK_TRY(measure(&u, set));
    }
    u.q = ak_loss_vector(c, 2 * u.n);
    if (!u.q) return ak_loss_no_scratch(c);
    AK_TRY(ak_permuted_open(&p, c, u.n));
    ak_parallel_for(2 * u.n, grain, distances, &u);
    AK_TRY(ak_loss_mean(c, u.q, 2 * u.n, u.factor));
    c->value += first;
    AK_TRY(permuted(&u, &p));
    if (c->want_grad) ak_parallel_for(2 * u.n, grain, slopes, &u);
    return AKIN_OK;
}

akin_status ak_run_simsiam(ak_loss_call *c) { return run(c, -1, 0.5); }
akin_status ak_run_byol(ak_loss_call *c) { return run(c, 0, 2); }
