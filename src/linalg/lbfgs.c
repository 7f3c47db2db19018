/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/lbfgs.c - limited-memory BFGS  [Liu1989 algorithm 2.1], with a preconditioner.
 *
 * The two-loop recursion over the last HISTORY pairs (s, y) turns the gradient into a step; its inner matrix
 * is gamma M^-1, gamma = s'y / y'M^-1 y of the newest pair. The step length starts at 1 and is halved or
 * shortened by the parabola through f, f' and the trial value until
 *
 *     f(x + t p) <= f(x) + ARMIJO t p'g,   or, where f rounds,
 *     f(x + t p) <= f(x) + NOISE |f(x)|  and  p'g(x + t p) <= (2 ARMIJO - 1) p'g       [Hager2005 eq.27]
 *
 * The second form is the first one for a parabola, written with slopes, which are far less rounded than
 * differences of f.
 *
 * A pair enters the history only with s'y > 0, which convexity gives up to rounding. If a step cannot lower
 * f, the history is dropped once and the preconditioned gradient tried; if that fails too, the end is reached
 * as far as the precision of f goes.
 *
 * Precision and threads. Everything here is double and in a fixed order on the calling thread; f and its
 * gradient, by far the most work, are the caller's. */
#include "linalg/lbfgs.h"

#include <math.h>
#include <string.h>

enum { HISTORY = 10, TRIALS = 25, SPAN = 10 };
static const double ARMIJO = 1e-4, NOISE = 1e-8;

typedef struct lbfgs {
    const ak_smooth *f;
    int64_t n;
    double *g, *step, *x_new, *g_new; /* [n] each */
    double *s, *y;                    /* [HISTORY,n] rings */
    double rho[HISTORY];              /* 1 / s'y */
    int64_t pairs;                    /* ever stored since the last reset; the newest is pairs-1 */
    double gamma;
    double before[SPAN]; /* ring of the last values of f */
} lbfgs;

static double dot(const double *a, const double *b, int64_t n)
{
    double lane[4] = { 0 };
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int l = 0; l < 4; l++) lane[l] += a[i + l] * b[i + l];
    for (; i < n; i++) lane[0] += a[i] * b[i];
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

static void add(double *a, double scale, const double *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) a[i] += scale * b[i];
}

static double greatest(const double *a, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        if (!(fabs(a[i]) <= most)) most = fabs(a[i]); /* a NaN stays to the end or is replaced by the next */
    return most;
}

/* step <- -H g */
static void direction(lbfgs *w)
{
    double alpha[HISTORY];
    double *q = w->step;
    memcpy(q, w->g, (size_t)w->n * sizeof *q);
    const int64_t oldest = w->pairs > HISTORY ? w->pairs - HISTORY : 0;
    for (int64_t p = w->pairs; p-- > oldest;) {
        const int64_t at = p % HISTORY;
        alpha[at] = w->rho[at] * dot(w->s + at * w->n, q, w->n);
        add(q, -alpha[at], w->y + at * w->n, w->n);
    }
    w->f->precondition(q, w->f->ctx);
    for (int64_t i = 0; i < w->n; i++) q[i] *= w->gamma;
    for (int64_t p = oldest; p < w->pairs; p++) {
        const int64_t at = p % HISTORY;
        const double beta = w->rho[at] * dot(w->y + at * w->n, q, w->n);
        add(q, alpha[at] - beta, w->s + at * w->n, w->n);
    }
    for (int64_t i = 0; i < w->n; i++) q[i] = -q[i];
}

/* Move x along the step; false if no length lowers f. x_new, g_new and *value are the new point. */
static bool search(lbfgs *w, const double *x, double value, double *value_new)
{
    const double slope = dot(w->g, w->step, w->n);
    if (!(slope < 0)) return false;
    double t = 1;
    for (int trial = 0; trial < TRIALS; trial++) {
        for (int64_t i = 0; i < w->n; i++) w->x_new[i] = x[i] + t * w->step[i];
        const double got = w->f->value(w->x_new, w->g_new, w->f->ctx);
        if (got <= value + ARMIJO * t * slope || (got <= value + NOISE * fabs(value) &&
                                                  dot(w->g_new, w->step, w->n) <= (2 * ARMIJO - 1) * slope)) {
            *value_new = got;
            return true;
        }
        const double parabola = -slope * t * t / (2 * (got - value - slope * t));
        t = parabola > 0.1 * t && parabola < 0.5 * t ? parabola : 0.5 * t; /* a NaN halves */
    }
    return false;
}

/* Store s = x_new - x, y = g_new - g, unless rounding has eaten the curvature. */
static void remember(lbfgs *w, const double *x)
{
    const int64_t at = w->pairs % HISTORY;
    double *s = w->s + at * w->n, *y = w->y + at * w->n;
    for (int64_t i = 0; i < w->n; i++) {
        s[i] = w->x_new[i] - x[i];
        y[i] = w->g_new[i] - w->g[i];
    }
    const double sy = dot(s, y, w->n);
    if (!(sy > 1e-10 * sqrt(dot(s, s, w->n) * dot(y, y, w->n)))) return;
    memcpy(w->step, y, (size_t)w->n * sizeof *y); /* the step has been taken; its place is free */
    w->f->precondition(w->step, w->f->ctx);
    w->gamma = sy / dot(y, w->step, w->n);
    w->rho[at] = 1 / sy;
    w->pairs++;
}

/* Has f fallen by no more than its share over the last SPAN iterations? */
static bool slow(lbfgs *w, double value, int32_t iteration)
{
    double *before = &w->before[iteration % SPAN];
    const bool is = iteration >= SPAN && *before - value <= w->f->fall * value;
    *before = value;
    return is && w->f->fall > 0;
}

static akin_status iterate(lbfgs *w, double *x, double tolerance, int32_t max_iterations, ak_lbfgs_end *end,
                           akin_error *err)
{
    end->value = w->f->value(x, w->g, w->f->ctx);
    for (end->iterations = 0;; end->iterations++) {
        end->gradient = greatest(w->g, w->n);
        if (!isfinite(end->value) || !isfinite(end->gradient))
            return ak_fail(err, AKIN_ERR_NUMERIC,
                           "l-bfgs: iteration %d has value %g and greatest gradient %g, not finite",
                           end->iterations, end->value, end->gradient);
        end->excess = w->f->excess ? w->f->excess(end->value, w->g, w->f->ctx) : (double)INFINITY;
        end->converged = (w->f->relative ? end->excess : end->gradient) <= tolerance;
        if (slow(w, end->value, end->iterations) || end->converged || end->iterations == max_iterations)
            return AKIN_OK;
        direction(w);
        double value = 0;
        if (!search(w, x, end->value, &value)) {
            if (w->pairs == 0) return AKIN_OK; /* as far as the precision of f goes */
            w->pairs = 0;
            w->gamma = 1;
            continue;
        }
        remember(w, x);
        memcpy(x, w->x_new, (size_t)w->n * sizeof *x);
        memcpy(w->g, w->g_new, (size_t)w->n * sizeof *x);
        end->value = value;
    }
}

akin_status ak_lbfgs(const ak_smooth *f, double *x, double tolerance, int32_t max_iterations,
                     ak_lbfgs_end *end, akin_error *err)
{
    akin_status status = AKIN_OK;
    lbfgs w = { .f = f, .n = f->n, .gamma = 1 };
    double *memory = ak_alloc(sizeof *memory, f->n, 4 + 2 * HISTORY);
    if (!memory)
        status = ak_fail(err, AKIN_ERR_NOMEM, "l-bfgs: no memory for %d vectors of %lld numbers",
                         4 + 2 * HISTORY, (long long)f->n);
    if (f->ready) status = f->ready(status, f->ctx, err);
    if (status) {
        free(memory);
        return status;
    }
    w.g = memory;
    w.step = memory + f->n;
    w.x_new = memory + 2 * f->n;
    w.g_new = memory + 3 * f->n;
    w.s = memory + 4 * f->n;
    w.y = w.s + HISTORY * f->n;
    status = iterate(&w, x, tolerance, max_iterations, end, err);
    free(memory);
    return status;
}
