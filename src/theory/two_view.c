/* SPDX-License-Identifier: Apache-2.0 */
/* theory/two_view.c - the two-view operator [HaoChen2021]. With moments over items, both views in either
 * role,
 *
 *     S = E (a a^T + b b^T)/2,   P = E (a b^T + b a^T)/2,   L_spec = -2 tr P + tr S^2,
 *
 * the features W f have -2 tr(M P) + tr(M S M S), M = W^T W. Its least value over all symmetric M is
 * -|S^{-1/2} P S^{-1/2}|_F^2, at M = S^{-1} P S^{-1}: it does not change when the features are mapped by any
 * invertible matrix, and neither do the eigenvalues of S^{-1/2} P S^{-1/2}.
 *
 * Plan. (1) S, its eigenvectors v and eigenvalues l; directions with l not above AK_TWO_VIEW_CUT of the
 * greatest are left out. (2) Every row in the coordinates v.x/sqrt(l), and the moments of these: S is then
 * near 1, however small l was. (3) S = L L^T, B = L^{-1} P L^{-T}; the answers are those of B.
 *
 * Precision. Everything in double, from the rows on. l has an absolute error of a few ulps of the greatest
 * one, one percent of the smallest that is kept; (2) and (3) take no use of l but for its scale, so they mend
 * that: what is left is the rounding of a row's coordinates, 1e-16/sqrt(cut) = 3e-10. Moments are summed as
 * S+P and S-P, sums of squares of a+b and a-b.
 *
 * Intervals. Items i, i + BLOCKS, ... are a block. The derivative of best and of loss by the distribution (M
 * is optimal, so it stays as it is) gives each block's share; 1.96 becomes Student's t of BLOCKS - 1. best is
 * fitted on the items that it is measured on, so it lies below the truth on average; the best change of one
 * half of the blocks, measured on the other half, lies above. best_interval goes from the one to the other,
 * each with its error, and not above the loss.
 *
 * Threads. A block is a task, added up in order of blocks: the result does not depend on the number of
 * threads. */
#include "theory/two_view.h"

#include "eval/eval.h"
#include "linalg/cholesky.h"
#include "linalg/dot.h"
#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

enum { BLOCKS = 10, CHUNK = 64, STRIP = 16, LEAST_ITEMS = 2 * BLOCKS };

typedef struct work {
    const ak_two_view_input *in;
    int64_t n, d, r;
    double *map; /* [d,r]: columns v/sqrt(l); NULL at first */
    double *row; /* [BLOCKS, 3 CHUNK, d] */
    double *sum[BLOCKS],
        *difference[BLOCKS]; /* [r,r] S+P and S-P of a block, lower triangles; at first 2S, - */
    double *lambda, *vector; /* [d], [d,d] */
    double *s, *p, *l, *b, *m, *x, *s1, *p1; /* [r,r] */
} work;

static int64_t block_items(const work *w, int64_t block) { return (w->n - block + BLOCKS - 1) / BLOCKS; }

/* out += sum of x x^T over CHUNK rows, lower triangle: STRIP rows of out at a time stay in the cache */
static void add_squares(double *restrict out, const double *x, int64_t d)
{
    for (int64_t first = 0; first < d; first += STRIP)
        for (int64_t i = 0; i < CHUNK; i += 4) {
            const double *restrict x0 = x + i * d, *restrict x1 = x0 + d, *restrict x2 = x1 + d,
                                   *restrict x3 = x2 + d;
            for (int64_t r = first; r < first + STRIP && r < d; r++) {
                const double f0 = x0[r], f1 = x1[r], f2 = x2[r], f3 = x3[r];
                double *restrict to = out + r * d;
                for (int64_t j = 0; j <= r; j++)
                    to[j] += (f0 * x0[j] + f1 * x1[j]) + (f2 * x2[j] + f3 * x3[j]);
            }
        }
}

/* Up to CHUNK rows of a view that belong to a block, in double; zeros behind them. to [CHUNK,d] */
static void load_rows(const work *w, bool second, int64_t block, int64_t from, double *to)
{
    const akin_cmat x = second ? w->in->b : w->in->a;
    const double *scale = second ? w->in->scale_b : w->in->scale_a;
    for (int64_t k = 0; k < CHUNK; k++) {
        const int64_t i = block + (from + k) * BLOCKS;
        for (int64_t j = 0; j < w->d; j++)
            to[k * w->d + j] = i < w->n ? (double)x.data[i * x.stride + j] * (scale ? scale[i] : 1) : 0;
    }
}

/* to [CHUNK,r] = x [CHUNK,d] times the map */
static void map_rows(const work *w, const double *x, double *to)
{
    const int64_t d = w->d, r = w->r;
    memset(to, 0, (size_t)(CHUNK * r) * sizeof *to);
    for (int64_t k = 0; k < CHUNK; k += 4) {
        double *restrict y0 = to + k * r, *restrict y1 = y0 + r, *restrict y2 = y1 + r, *restrict y3 = y2 + r;
        for (int64_t j = 0; j < d; j++) {
            const double *restrict column = w->map + j * r;
            const double f0 = x[k * d + j], f1 = x[(k + 1) * d + j], f2 = x[(k + 2) * d + j],
                         f3 = x[(k + 3) * d + j];
            for (int64_t c = 0; c < r; c++) {
                y0[c] += f0 * column[c];
                y1[c] += f1 * column[c];
                y2[c] += f2 * column[c];
                y3[c] += f3 * column[c];
            }
        }
    }
}

static void block_moments(int64_t block, int worker, void *ctx)
{
    work *w = ctx;
    (void)worker;
    const int64_t width = w->map ? w->r : w->d, items = block_items(w, block), part = CHUNK * w->d;
    double *u = w->row + block * 3 * part, *v = u + part, *plain = v + part;
    memset(w->sum[block], 0, (size_t)(width * width) * sizeof(double));
    memset(w->difference[block], 0, (size_t)(width * width) * sizeof(double));
    for (int64_t from = 0; from < items; from += CHUNK) {
        for (int side = 0; side < 2; side++) {
            load_rows(w, side, block, from, w->map ? plain : side ? v : u);
            if (w->map) map_rows(w, plain, side ? v : u);
        }
        for (int64_t j = 0; j < CHUNK * width && w->map; j++) { /* (a+b)(a+b)^T + ... = 2 (S+P) */
            const double plus = u[j] + v[j], minus = u[j] - v[j];
            u[j] = sqrt(0.5) * plus;
            v[j] = sqrt(0.5) * minus;
        }
        add_squares(w->sum[block], u, width);
        add_squares(w->map ? w->difference[block] : w->sum[block], v, width);
    }
}

/* S and P of blocks first, first + step, ..., whole matrices. */
static void moments_of(const work *w, int first, int step, double *s, double *p)
{
    const int64_t r = w->r;
    int64_t items = 0;
    for (int k = first; k < BLOCKS; k += step) items += block_items(w, k);
    const double scale = items > 0 ? 0.5 / (double)items : 0;
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j <= i; j++) {
            double plus = 0, minus = 0;
            for (int k = first; k < BLOCKS; k += step) {
                plus += w->sum[k][i * r + j];
                minus += w->difference[k][i * r + j];
            }
            s[i * r + j] = s[j * r + i] = scale * (plus + minus);
            p[i * r + j] = p[j * r + i] = scale * (plus - minus);
        }
}

/* Steps (1) and (2). */
static akin_status find_directions(work *w, akin_error *err)
{
    const int64_t d = w->d;
    ak_parallel_tasks(BLOCKS, block_moments, w);
    w->r = d;
    moments_of(w, 0, 1, w->s, w->p); /* the differences are 0 here, and scale has the half in it */
    AK_TRY(ak_eigen(w->s, d, w->lambda, w->vector, err));
    w->r = 0;
    while (w->r < d && w->lambda[w->r] > AK_TWO_VIEW_CUT * w->lambda[0]) w->r++;
    double *map = w->p;
    for (int64_t k = 0; k < w->r; k++)
        for (int64_t j = 0; j < d; j++) map[j * w->r + k] = w->vector[k * d + j] / sqrt(w->lambda[k]);
    memcpy(w->vector, map, (size_t)(d * w->r) * sizeof *map);
    w->map = w->vector;
    ak_parallel_tasks(BLOCKS, block_moments, w);
    return AKIN_OK;
}

/* Matrices ----------------------------------------------------------------------------------------------- */

typedef struct product {
    const double *x, *y;
    double *out;
    int64_t r;
} product;

static void product_rows(int64_t begin, int64_t end, void *ctx)
{
    const product *q = ctx;
    for (int64_t i = begin; i < end; i++)
        for (int64_t j = 0; j < q->r; j++)
            q->out[i * q->r + j] = ak_dot(q->x + i * q->r, q->y + j * q->r, q->r);
}

/* out = x y, y symmetric */
static void multiply(const double *x, const double *y, int64_t r, double *out)
{
    product q = { x, y, out, r };
    ak_parallel_for(r, 16, product_rows, &q);
}

/* Each row t of out: L t = it. */
static void forward_rows(int64_t begin, int64_t end, void *ctx)
{
    const product *q = ctx; /* x: L */
    for (int64_t i = begin; i < end; i++) {
        double *t = q->out + i * q->r;
        for (int64_t j = 0; j < q->r; j++) t[j] = (t[j] - ak_dot(q->x + j * q->r, t, j)) / q->x[j * q->r + j];
    }
}

static void transpose(double *x, int64_t r)
{
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < i; j++) {
            const double kept = x[i * r + j];
            x[i * r + j] = x[j * r + i];
            x[j * r + i] = kept;
        }
}

/* sum of x_ij y_ij: the trace of x y where one of them is symmetric */
static double inner(const double *x, const double *y, int64_t r)
{
    double sum = 0;
    for (int64_t i = 0; i < r; i++) sum += ak_dot(x + i * r, y + i * r, r);
    return sum;
}

/* m = S^{-1} P S^{-1}; work [r,r]. A pivot that is nothing is raised to FLOOR: of few items S can be
 * singular. */
static void best_change(const double *s, const double *p, int64_t r, double *l, double *m)
{
    static const double FLOOR = 1e-12; /* S of all items is 1 up to a percent */
    memcpy(l, s, (size_t)(r * r) * sizeof *l);
    memcpy(m, p, (size_t)(r * r) * sizeof *m);
    ak_cholesky(l, r, FLOOR);
    ak_cholesky_solve(l, r, m, r);
    transpose(m, r);
    ak_cholesky_solve(l, r, m, r);
}

/* -2 tr(M P) + tr(M S M S); work [r,r] */
static double loss_of(const double *m, const double *s, const double *p, int64_t r, double *ms)
{
    multiply(m, s, r, ms);
    double square = 0;
    for (int64_t i = 0; i < r; i++)
        for (int64_t j = 0; j < r; j++) square += ms[i * r + j] * ms[j * r + i];
    return square - 2 * inner(m, p, r);
}

/* Answers ------------------------------------------------------------------------------------------------ */

/* 95 % half width of a mean from a number of each block. */
static double half_width(const double share[BLOCKS])
{
    double mean = 0, square = 0;
    for (int k = 0; k < BLOCKS; k++) mean += share[k] / BLOCKS;
    for (int k = 0; k < BLOCKS; k++) square += (share[k] - mean) * (share[k] - mean);
    return ak_student95(BLOCKS - 1) * sqrt(square / (BLOCKS - 1) / BLOCKS);
}

/* The loss of the features as they are: x = sum over k of sqrt(l_k) y_k v_k in the coordinates y of (2). */
static void add_loss(const work *w, ak_two_view *o)
{
    const int64_t r = w->r;
    double share[BLOCKS], *weighed = w->x;
    for (int64_t i = 0; i < r; i++) {
        o->loss -= 2 * w->lambda[i] * w->p[i * r + i];
        for (int64_t j = 0; j < r; j++) weighed[i * r + j] = w->lambda[i] * w->lambda[j] * w->s[i * r + j];
    }
    o->loss += inner(weighed, w->s, r);
    for (int k = 0; k < BLOCKS; k++) {
        moments_of(w, k, BLOCKS, w->s1, w->p1);
        share[k] = 2 * inner(weighed, w->s1, r);
        for (int64_t i = 0; i < r; i++) share[k] -= 2 * w->lambda[i] * w->p1[i * r + i];
    }
    o->loss_half = w->n < LEAST_ITEMS ? NAN : half_width(share);
}

static void add_best(work *w, ak_two_view *o)
{
    const int64_t r = w->r;
    double share[BLOCKS];
    best_change(w->s, w->p, r, w->l, w->m);
    memcpy(w->b, w->p, (size_t)(r * r) * sizeof *w->b);
    product q = { w->l, NULL, w->b, r };
    for (int pass = 0; pass < 2; pass++) {
        ak_parallel_for(r, 16, forward_rows, &q);
        transpose(w->b, r);
    }
    o->best = -inner(w->b, w->b, r);
    if (w->n < LEAST_ITEMS) return;
    multiply(w->m, w->s, r, w->s1);
    multiply(w->s1, w->m, r, w->x); /* M S M */
    for (int k = 0; k < BLOCKS; k++) {
        moments_of(w, k, BLOCKS, w->s1, w->p1);
        share[k] = 2 * inner(w->x, w->s1, r) - 2 * inner(w->m, w->p1, r);
    }
    const double half = half_width(share);
    double other = 0; /* fitted on one half, measured on the other */
    for (int k = 0; k < 2; k++) {
        moments_of(w, k, 2, w->s1, w->p1);
        best_change(w->s1, w->p1, r, w->x, w->m);
        moments_of(w, 1 - k, 2, w->s1, w->p1);
        other += 0.5 * loss_of(w->m, w->s1, w->p1, r, w->x);
    }
    o->best_interval[0] = o->best - half;
    o->best_interval[1] = fmin(fmin(other + half, o->loss + o->loss_half), 0);
}

/* B is destroyed; its eigenvector u is w = L^{-T} u among the coordinates. */
static akin_status add_eigenvalue(work *w, ak_two_view *o, akin_error *err)
{
    const int64_t r = w->r, c = w->in->eigenvalue;
    double *value = w->lambda, share[BLOCKS];
    AK_TRY(ak_eigen(w->b, r, value, w->x, err));
    o->first = value[0];
    o->next = c + 1 < r ? value[c + 1] : 0;
    if (c >= r) return AKIN_OK;
    o->value = value[c];
    double *u = w->x + c * r;
    for (int64_t i = r - 1; i >= 0; i--) {
        u[i] /= w->l[i * r + i];
        for (int64_t j = 0; j < i; j++) u[j] -= w->l[i * r + j] * u[i];
    }
    for (int k = 0; k < BLOCKS && w->n >= LEAST_ITEMS; k++) {
        moments_of(w, k, BLOCKS, w->s1, w->p1);
        share[k] = 0;
        for (int64_t i = 0; i < r; i++)
            share[k] += u[i] * (ak_dot(w->p1 + i * r, u, r) - o->value * ak_dot(w->s1 + i * r, u, r));
    }
    o->value_half = w->n < LEAST_ITEMS ? NAN : half_width(share);
    return AKIN_OK;
}

static akin_status evaluate(work *w, ak_two_view *o, akin_error *err)
{
    AK_TRY(find_directions(w, err));
    o->rank = w->r;
    o->cut = w->d - w->r;
    if (w->r == 0) return AKIN_OK; /* every row is 0 */
    moments_of(w, 0, 1, w->s, w->p);
    add_loss(w, o);
    add_best(w, o);
    return add_eigenvalue(w, o, err);
}

akin_status ak_two_view_of(const ak_two_view_input *in, ak_two_view *out, akin_error *err)
{
    enum { MATRICES = 2 * BLOCKS + 9 };
    work w = { .in = in, .n = in->a.rows, .d = in->a.cols };
    const int64_t square = w.d * w.d;
    double *all = ak_alloc(sizeof *all, square, MATRICES);
    w.row = ak_alloc(sizeof *w.row, BLOCKS, 3 * CHUNK * w.d);
    w.lambda = ak_alloc(sizeof *w.lambda, w.d, 1);
    ak_two_view o = { .best_interval = { NAN, NAN } };
    akin_status status = all && w.row && w.lambda
                             ? AKIN_OK
                             : ak_no_memory(err, "for the moments of %lld columns", (long long)w.d);
    if (!status) {
        double **place[] = { &w.vector, &w.s, &w.p, &w.l, &w.b, &w.m, &w.x, &w.s1, &w.p1 };
        for (int k = 0; k < 9; k++) *place[k] = all + k * square;
        for (int k = 0; k < BLOCKS; k++) {
            w.sum[k] = all + (9 + 2 * k) * square;
            w.difference[k] = w.sum[k] + square;
        }
        status = evaluate(&w, &o, err);
    }
    free(all);
    free(w.row);
    free(w.lambda);
    if (!status) *out = o;
    return status;
}
