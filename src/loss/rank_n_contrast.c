/* SPDX-License-Identifier: Apache-2.0 */
/* loss/rank_n_contrast.c - rows are to lie in the order of their targets  [Zha2023 eq.1-2].
 *
 *     l_i = 1/(N-1) sum_{j != i} ( log R_ij - a_ij ),  R_ij = sum of e^a_ik over k with d_ik >= d_ij,
 *     a_ik = -|x_i - x_k|/t,  d_ik = |y_i - y_k|_1,  N rows of both views
 *     dl_i/da_ik = 1/(N-1) ( e^a_ik sum_{j: d_ij <= d_ik} 1/R_ij - 1 )
 *
 * The others of an anchor are walked from the farthest target to the nearest, which gives every log R, and
 * back, which gives the sums of 1/R; both sums have their largest term outside, so no temperature is too
 * small. With one target a row, the order is merged from that of all rows; with several it is sorted.
 *
 * Chance and floor. Of equal rows log R_ij is that of a count. Rows of equal distance d share a fraction, so
 * that those n of them cost log n each at least; as rows are not bounded this is approached
 * [Zha2023 thm.1]. */
#include "loss/gram.h"
#include "loss/levels.h"
#include "loss/soft.h"

#include <math.h>
#include <stdlib.h>

/* Another row, by its target's distance. */
typedef struct other {
    double distance;
    int64_t row;
} other;

typedef struct ordering {
    const double *y; /* [rows, width] */
    int64_t rows, width;
    other *sorted; /* [rows] by y, where width is 1; distance stands for y */
} ordering;

static int descending(const void *a, const void *b)
{
    const other *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static double distance(const ordering *o, int64_t i, int64_t k)
{
    double sum = 0;
    for (int64_t j = 0; j < o->width; j++) sum += fabs(o->y[i * o->width + j] - o->y[k * o->width + j]);
    return sum;
}

static void sort_rows(ordering *o)
{
    for (int64_t i = 0; o->width == 1 && i < o->rows; i++) o->sorted[i] = (other){ o->y[i], i };
    if (o->width == 1) qsort(o->sorted, (size_t)o->rows, sizeof *o->sorted, descending);
}

/* The others of row i, the farthest first. */
static void order_of(const ordering *o, int64_t i, other *to)
{
    int64_t first = 0, last = o->rows - 1, n = 0;
    if (o->width > 1) {
        for (int64_t k = 0; k < o->rows; k++)
            if (k != i) to[n++] = (other){ distance(o, i, k), k };
        qsort(to, (size_t)n, sizeof *to, descending);
        return;
    }
    while (first <= last) { /* the largest or the smallest target is farthest */
        const other high = o->sorted[first], low = o->sorted[last];
        const double above = fabs(high.distance - o->y[i]), below = fabs(low.distance - o->y[i]);
        const other next = above >= below ? (other){ above, o->sorted[first++].row }
                                          : (other){ below, o->sorted[last--].row };
        if (next.row != i) to[n++] = next;
    }
}

/* The end of the rows as far as row j. */
static int64_t end_of(const other *rows, int64_t n, int64_t j)
{
    const double distance = rows[j].distance;
    while (j < n && rows[j].distance == distance) j++;
    return j;
}

/* The logarithm of a sum of exponentials, term by term. */
typedef struct log_sum {
    double most, sum;
} log_sum;

static void log_add(log_sum *l, double x)
{
    if (x > l->most) {
        l->sum = l->sum * exp(l->most - x) + 1;
        l->most = x;
    } else {
        l->sum += exp(x - l->most);
    }
}

static double log_of(const log_sum *l) { return l->most + log(l->sum); }

static double ranked_row(const ak_gram *u, int64_t i, double *s, double *scratch, void *ctx)
{
    const ordering *o = ctx;
    other *to = (other *)(void *)scratch;
    double *lse = scratch + 2 * u->rows, value = 0; /* at the first of equal distance */
    const int64_t n = u->rows - 1;
    const double t = u->c->p.temperature, each = 1 / (double)n;
    log_sum far = { -INFINITY, 0 }, near = { -INFINITY, 0 };
    order_of(o, i, to);
    for (int64_t j = 0, end; j < n; j = end) {
        end = end_of(to, n, j);
        for (int64_t k = j; k < end; k++) log_add(&far, s[to[k].row] / t);
        const double sum = log_of(&far);
        for (int64_t k = j; k < end; k++) {
            value += each * (sum - s[to[k].row] / t);
            lse[k] = sum;
        }
    }
    s[i] = 0;
    if (!u->gradient) return value;
    for (int64_t end = n, j; end > 0; end = j) {
        for (j = end - 1; j > 0 && to[j - 1].distance == to[end - 1].distance;) j--;
        log_add(&near, log((double)(end - j)) - lse[j]);
        const double sum = log_of(&near);
        for (int64_t k = j; k < end; k++) {
            double *at = &s[to[k].row];
            *at = each / t * expm1(*at / t + sum);
        }
    }
    return value;
}

akin_status ak_run_rank_n_contrast(ak_loss_call *c)
{
    ak_gram u = { .c = c, .distances = true, .numbers = 6 * c->ring.all };
    ordering o = { .width = ak_values_width(&c->in) };
    AK_TRY(ak_gram_open(&u));
    const double each = 0.5 / (double)u.all;
    double *y = ak_loss_vector(c, u.rows * o.width), *mine = ak_loss_vector(c, 2 * u.n * o.width);
    o.sorted = ak_arena_array(c->arena, other, u.rows, 1);
    if (!y || !mine || !o.sorted) return ak_loss_no_scratch(c);
    AK_TRY(ak_values_read(c, mine));
    AK_TRY(ak_gram_gather(&u, mine, o.width, y));
    o.y = y;
    o.rows = u.rows;
    sort_rows(&o);
    AK_TRY(ak_gram_walk(&u, ranked_row, &o));
    AK_TRY(ak_loss_mean(c, u.value, 2 * u.n, each));
    AK_TRY(ak_gram_gradients(&u, each));
    return ak_gram_permuted(&u, ranked_row, &o, each, 2);
}

static ak_levels counted(const ordering *o, other *to)
{
    const int64_t n = o->rows - 1;
    const double each = 1 / ((double)n * (double)o->rows);
    ak_levels l = { 0, 0, NAN };
    for (int64_t i = 0; i < o->rows; i++) {
        order_of(o, i, to);
        for (int64_t j = 0, end; j < n; j = end) {
            end = end_of(to, n, j);
            l.chance += each * (double)(end - j) * log((double)end);
            l.floor += each * (double)(end - j) * log((double)(end - j));
        }
    }
    return l;
}

ak_levels ak_levels_rank_n_contrast(const ak_level_subject *s)
{
    const akin_loss_batch *in = &s->c->in;
    ordering o = { .rows = 2 * in->a.rows, .width = ak_values_width(in) };
    ak_levels l = { NAN, NAN, NAN };
    if (!in->values.data && !in->labels) return l;
    double *y = malloc((size_t)(o.rows * o.width) * sizeof *y);
    other *room = malloc((size_t)(2 * o.rows) * sizeof *room);
    o.y = y;
    o.sorted = room;
    if (y && room && !ak_values_read(s->c, y)) {
        sort_rows(&o);
        l = counted(&o, room + o.rows);
    }
    free(y);
    free(room);
    return l;
}
