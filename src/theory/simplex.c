/* SPDX-License-Identifier: Apache-2.0 */
/* theory/simplex.c - where classes of unequal size want to lie  [Nguyen2026], reconstruction.
 *
 *     f(G) = sum_y pi_y ( -G_yy/t + log Z_y ),   Z_y = sum_y' nu(y'|y) exp(G_yy'/t),   G psd, G_yy <= 1.
 *
 * f is convex in G and falls with G_yy, so G_yy = 1.
 *
 * Plan. G = V V^T with C unit rows V_y in R^C. At this full width every local minimum is a global one. The
 * rows descend along the tangent part of the gradient. Each row's gradient is divided by pi_y, because the
 * pull on a row is in proportion to its class. The step is that of Barzilai and Borwein
 * [BarzilaiBorwein1988], shortened until f is below the greatest of its last few values.
 *
 * Certificate. With M the symmetric gradient, Lambda_y = (M G)_yy and K = M - diag(Lambda), convexity gives
 * for every feasible G'
 *
 *     f(G') - f(G) >= tr M(G' - G) = tr K G' + sum_y Lambda_y (G'_yy - 1)
 *                  >= C min(0, least eigenvalue of K) - sum_y max(0, Lambda_y),
 *
 * and minus that bounds the distance to the optimum, however G was found.
 *
 * Precision. Double; log-sum-exp relative to the greatest entry of a row. */
#include "theory/simplex.h"
#include "akin/theory.h"

#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

enum { MEMORY = 8, CHECK_EVERY = 50, LONGEST = 20000 };
static const double MOST_WORK = 3e9; /* multiply-adds in all: seconds, whatever C */
static const double CLOSE_ENOUGH = 1e-9;

/* nu: the prior, or that of the other classes. */
typedef struct many {
    double t;
    bool others; /* nu leaves the own class out */
} many;

static double many_negatives(ak_gram_program *p)
{
    const many *q = p->ctx;
    const int64_t c = p->c;
    double f = 0;
    for (int64_t y = 0; y < c; y++) {
        const double *g = p->g + y * c, scale = q->others ? 1 / (1 - p->pi[y]) : 1;
        double z = 0;
        for (int64_t j = 0; j < c; j++)
            if (!(q->others && j == y)) z += scale * p->pi[j] * exp((g[j] - 1) / q->t);
        f += p->pi[y] * log(z); /* -G_yy/t + log Z_y with both relative to e^{1/t} */
        for (int64_t j = 0; j < c; j++) {
            if (q->others && j == y) continue;
            const double w = p->pi[y] * scale * p->pi[j] * exp((g[j] - 1) / q->t) / (z * q->t);
            p->m[y * c + j] += w / 2;
            p->m[j * c + y] += w / 2;
        }
        p->m[y * c + y] -= p->pi[y] / q->t;
    }
    return f;
}

/* G = V V^T, and f of it. */
static double evaluate(ak_gram_program *p, const double *v)
{
    const int64_t c = p->c;
    for (int64_t i = 0; i < c; i++)
        for (int64_t j = 0; j <= i; j++) {
            double s = 0;
            for (int64_t k = 0; k < c; k++) s += v[i * c + k] * v[j * c + k];
            p->g[i * c + j] = p->g[j * c + i] = i == j ? 1 : s;
        }
    memset(p->m, 0, (size_t)(c * c) * sizeof *p->m);
    return p->evaluate(p);
}

/* grad = 2 M V, tangent and scaled; returns its squared length in the metric of the scaling. */
static double tangent(ak_gram_program *p, const double *v, double *grad)
{
    const int64_t c = p->c;
    double square = 0;
    for (int64_t i = 0; i < c; i++) {
        double *row = grad + i * c, along = 0, length = 0;
        memset(row, 0, (size_t)c * sizeof *row);
        for (int64_t j = 0; j < c; j++)
            for (int64_t k = 0; k < c; k++) row[k] += 2 * p->m[i * c + j] * v[j * c + k];
        for (int64_t k = 0; k < c; k++) along += row[k] * v[i * c + k];
        for (int64_t k = 0; k < c; k++) {
            row[k] -= along * v[i * c + k];
            length += row[k] * row[k];
        }
        for (int64_t k = 0; k < c; k++) row[k] /= p->pi[i];
        square += length / p->pi[i];
    }
    return square;
}

static void step_to(const ak_gram_program *p, double step)
{
    const int64_t c = p->c;
    for (int64_t i = 0; i < c; i++) {
        double square = 0;
        for (int64_t k = 0; k < c; k++) {
            p->try_v[i * c + k] = p->v[i * c + k] - step * p->grad[i * c + k];
            square += p->try_v[i * c + k] * p->try_v[i * c + k];
        }
        for (int64_t k = 0; k < c; k++) p->try_v[i * c + k] /= sqrt(square);
    }
}

/* The certificate of the present G and M: how far f can be above the optimum. */
static akin_status certify(ak_gram_program *p, double *gap, akin_error *err)
{
    const int64_t c = p->c;
    double shorter = 0;
    for (int64_t i = 0; i < c; i++) {
        double lambda = 0;
        for (int64_t j = 0; j < c; j++) lambda += p->m[i * c + j] * p->g[j * c + i];
        shorter += fmax(lambda, 0);
        for (int64_t j = 0; j < c; j++) p->k[i * c + j] = p->m[i * c + j] - (i == j ? lambda : 0);
    }
    AK_TRY(ak_eigen(p->k, c, p->value, NULL, err));
    *gap = (double)c * fmax(0, -p->value[c - 1]) + shorter;
    return AKIN_OK;
}

static double greatest(const double *x, int n)
{
    double most = x[0];
    for (int i = 1; i < n; i++) most = fmax(most, x[i]);
    return most;
}

/* <x,y> with rows weighted by pi: the metric in which the scaled gradient is one. */
static double product(const ak_gram_program *p, const double *x, const double *y)
{
    double sum = 0;
    for (int64_t i = 0; i < p->c; i++)
        for (int64_t k = 0; k < p->c; k++) sum += p->pi[i] * x[i * p->c + k] * y[i * p->c + k];
    return sum;
}

static akin_status descend(ak_gram_program *p, double *objective, double *gap, akin_error *err)
{
    const int64_t n = p->c * p->c;
    double recent[MEMORY], f = evaluate(p, p->v), square = tangent(p, p->v, p->grad), step = p->step;
    const double allowed = MOST_WORK / (3 * (double)n * (double)p->c);
    const int64_t longest = allowed < (double)p->longest ? (int64_t)allowed + 1 : p->longest;
    for (int i = 0; i < MEMORY; i++) recent[i] = f;
    for (int64_t at = 1;; at++) {
        if (at % CHECK_EVERY == 0 || square < 1e-28 || at >= longest) {
            AK_TRY(certify(p, gap, err));
            if (*gap < CLOSE_ENOUGH || square < 1e-28 || at >= longest) break;
        }
        double next;
        for (;;) {
            step_to(p, step);
            next = evaluate(p, p->try_v);
            if (next <= greatest(recent, MEMORY) - 1e-4 * step * square || step < 1e-16) break;
            step /= 4;
        }
        recent[at % MEMORY] = f = next;
        memcpy(p->last_grad, p->grad, (size_t)n * sizeof *p->grad);
        square = tangent(p, p->try_v, p->grad);
        for (int64_t i = 0; i < n; i++) {
            p->last_grad[i] = p->grad[i] - p->last_grad[i];
            p->v[i] = p->try_v[i] - p->v[i]; /* the move */
        }
        const double moved = product(p, p->v, p->v), bent = product(p, p->v, p->last_grad);
        step = bent > 0 ? fmin(moved / bent, 1e6) : fmin(4 * step, 1e6);
        memcpy(p->v, p->try_v, (size_t)n * sizeof *p->v);
    }
    *objective = f;
    return AKIN_OK;
}

static akin_status check(int64_t classes, const double *prior, double t, akin_error *err)
{
    if (!(t > 0 && isfinite(t)))
        return ak_fail(err, AKIN_ERR_RANGE, "class geometry: temperature is %g; it must be above 0", t);
    double sum = 0;
    for (int64_t y = 0; y < classes; y++) {
        if (!(prior[y] > 0 && prior[y] < 1))
            return ak_fail(err, AKIN_ERR_RANGE, "class geometry: prior %lld is %g; it must lie in (0,1)",
                           (long long)y, prior[y]);
        sum += prior[y];
    }
    if (!(fabs(sum - 1) <= 1e-6))
        return ak_fail(err, AKIN_ERR_RANGE, "class geometry: the priors sum to %.9g, not to 1", sum);
    return AKIN_OK;
}

/* Near orthogonal rows, off every symmetry: no two classes begin alike. */
static void start(ak_gram_program *p)
{
    for (int64_t i = 0; i < p->c; i++) {
        double square = 0;
        for (int64_t k = 0; k < p->c; k++) {
            const double x = (i == k) + 0.3 * sin(1 + 12.9898 * (double)i + 78.233 * (double)k);
            p->v[i * p->c + k] = x;
            square += x * x;
        }
        for (int64_t k = 0; k < p->c; k++) p->v[i * p->c + k] /= sqrt(square);
    }
}

akin_status ak_gram_solve(ak_gram_program *p, double *objective, double *gap, akin_error *err)
{
    const int64_t n = p->c * p->c;
    double *memory = ak_alloc(sizeof *memory, 7 * n + p->c, 1);
    if (!memory)
        return ak_fail(err, AKIN_ERR_NOMEM, "class geometry: no memory for %lld classes", (long long)p->c);
    p->memory = p->v = memory;
    p->try_v = memory + n;
    p->g = memory + 2 * n;
    p->m = memory + 3 * n;
    p->grad = memory + 4 * n;
    p->last_grad = memory + 5 * n;
    p->k = memory + 6 * n;
    p->value = memory + 7 * n;
    start(p);
    return descend(p, objective, gap, err);
}

/* The probability of each class into pi. */
static akin_status fill_prior(const akin_prior *p, double *pi, akin_error *err)
{
    if (p->classes < 2 || p->classes > AKIN_GEOMETRY_CLASSES)
        return ak_fail(err, AKIN_ERR_RANGE, "class geometry: %lld classes; it must be 2 to %d",
                       (long long)p->classes, AKIN_GEOMETRY_CLASSES);
    if (p->prior && p->counts)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "class geometry: both a prior and counts are given");
    double items = 0;
    for (int64_t y = 0; p->counts && y < p->classes; y++) items += (double)p->counts[y];
    for (int64_t y = 0; y < p->classes; y++)
        pi[y] = p->prior ? p->prior[y] : p->counts ? (double)p->counts[y] / items : 1 / (double)p->classes;
    return AKIN_OK;
}

akin_status akin_class_geometry(const akin_prior *p, double t, akin_negative_kind nu, double *cosine,
                                double *objective, double *gap, akin_error *err)
{
    akin_prior given = AKIN_PRIOR_INIT;
    double pi[AKIN_GEOMETRY_CLASSES];
    if (!p || !cosine)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "class geometry: prior and cosine must not be NULL");
    AK_TRY(ak_opts_import(&given, p, "prior", err));
    AK_TRY(fill_prior(&given, pi, err));
    AK_TRY(check(given.classes, pi, t, err));
    many q = { t, nu == AKIN_NEGATIVES_OTHER };
    ak_gram_program w = {
        .c = given.classes, .pi = pi, .step = t, .longest = LONGEST, .evaluate = many_negatives, .ctx = &q
    };
    double f = NAN, distance = NAN;
    const akin_status status = ak_gram_solve(&w, &f, &distance, err);
    if (!status) {
        memcpy(cosine, w.g, (size_t)(w.c * w.c) * sizeof *cosine);
        if (objective) *objective = f;
        if (gap) *gap = distance;
    }
    free(w.memory);
    return status;
}

double akin_minority_collapse(double t)
{
    if (!(t > 0)) return NAN;
    const double e = exp(-2 / t);
    double low = 0, left = 0.5; /* of q = 1 - p, which keeps its digits: the collapse holds for small q */
    for (int i = 0; i < 200; i++) {
        const double q = (low + left) / 2, p = 1 - q;
        if ((2 * q - p * e) / (q + p * e) <= p * e / (p + q * e))
            low = q;
        else
            left = q;
    }
    return 1 - low;
}
