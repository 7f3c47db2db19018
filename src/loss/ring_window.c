/* SPDX-License-Identifier: Apache-2.0 */
/* loss/ring_window.c - the windows of `difficult` where the keys lie on several ranks.
 *
 * The value of a rank among all keys is found digit by digit: one passage counts, for each row, the first
 * digits of its similarities; it tells which digit the value has, and the next passage looks at those alone
 * that begin with it. A digit is a byte of the similarity's bits, turned so that they sort as integers do. So
 * it is the value itself that is found, the same one as on one machine, and no row of similarities is ever
 * kept. */
#include "loss/ring.h"

#include <string.h>

enum { DIGITS = 256, DIGIT_BITS = 8, LIMITS = 2, GRAIN = 1 };

typedef struct search {
    const ak_pair_window *w;
    int bits, shift; /* of a similarity; below the digit that is looked at */
    uint64_t *found; /* [LIMITS][rows]: the digits that are known */
    int64_t *rank;   /* [LIMITS][rows]: among those that begin so */
    int32_t *count;  /* [rows][LIMITS][DIGITS] */
    /* Of one visit. */
    const ak_engine *e;
    const ak_pair_rows *keys;
    const int32_t *labels;
    bool own;
    void (*row)(struct search *s, int64_t i, int64_t first, const double *c, const uint64_t *sorted,
                int64_t n);
} search;

/* Bits of a number that sort as the number does. */
static uint64_t sortable(const search *s, const void *strip, int64_t at)
{
    if (s->bits == 32) {
        uint32_t x;
        memcpy(&x, (const float *)strip + at, sizeof x);
        return x >> 31 ? (uint32_t)~x : x | 0x80000000u;
    }
    uint64_t x;
    memcpy(&x, (const double *)strip + at, sizeof x);
    return x >> 63 ? ~x : x | (uint64_t)1 << 63;
}

/* The number that has these bits. */
static double number(const search *s, uint64_t sorted)
{
    if (s->bits == 32) {
        const uint32_t bits = sorted >> 31 ? (uint32_t)sorted & 0x7fffffffu : ~(uint32_t)sorted;
        float x;
        memcpy(&x, &bits, sizeof x);
        return (double)x;
    }
    const uint64_t bits = sorted >> 63 ? sorted & ~((uint64_t)1 << 63) : ~sorted;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void count_digits(search *s, int64_t i, int64_t first, const double *c, const uint64_t *sorted,
                         int64_t n)
{
    const int64_t rows = s->w->rows->n;
    const bool self = s->own && s->w->rows == s->w->keys;
    (void)c;
    for (int t = 0; t < LIMITS; t++) {
        int32_t *count = s->count + (i * LIMITS + t) * DIGITS;
        const uint64_t found = s->found[t * rows + i];
        const bool all = s->shift + DIGIT_BITS == s->bits;
        for (int64_t k = 0; k < n; k++)
            if ((all || sorted[k] >> (s->shift + DIGIT_BITS) == found) && !(self && first + k == i))
                count[sorted[k] >> s->shift & (DIGITS - 1)]++;
    }
}

/* With the limits known: what lies within them. */
static void count_inside(search *s, int64_t i, int64_t first, const double *c, const uint64_t *sorted,
                         int64_t n)
{
    const ak_pair_window *w = s->w;
    const double low = w->low[i], high = w->high[i];
    const bool self = s->own && w->rows == w->keys;
    (void)sorted;
    for (int64_t k = 0; k < n; k++) {
        const bool inside = low <= c[k] && c[k] < high;
        if (s->own && first + k == (i + w->shift) % w->keys->n) w->selected[i] = inside;
        if (!w->count || (self && first + k == i)) continue;
        w->count[i].inside += inside;
        if (!w->labels) continue;
        const bool other = s->labels[first + k] != w->labels[i];
        w->count[i].other += other;
        w->count[i].other_inside += other && inside;
    }
}

static void visit_rows(int64_t begin, int64_t end, void *ctx)
{
    search *s = ctx;
    const ak_pair_rows *rows = s->w->rows, *keys = s->keys;
    _Alignas(64) double strip[AK_STRIP * AK_LDW]; /* reals */
    double c[AK_PANEL];
    uint64_t sorted[AK_PANEL];
    for (int64_t at = begin; at < end; at++)
        for (int64_t first = 0; first < keys->n; first += AK_PANEL) {
            const int64_t n = keys->n - first < AK_PANEL ? keys->n - first : AK_PANEL;
            s->e->ops->cosines(s->e, rows, keys, at * AK_STRIP, first, strip);
            for (int64_t r = 0; r < AK_STRIP && at * AK_STRIP + r < rows->n; r++) {
                for (int64_t k = 0; k < n; k++) {
                    sorted[k] = sortable(s, strip, r * AK_LDW + k);
                    c[k] = number(s, sorted[k]);
                }
                s->row(s, at * AK_STRIP + r, first, c, sorted, n);
            }
        }
}

static void visit(const ak_engine *e, const ak_pair_rows *keys, const int32_t *labels, ak_ring_place place,
                  void *ctx)
{
    search *s = ctx;
    s->e = e;
    s->keys = keys;
    s->labels = labels;
    s->own = place.own;
    ak_parallel_for((s->w->rows->n + AK_STRIP - 1) / AK_STRIP, GRAIN, visit_rows, s);
}

/* The digit that the value of each row has, from the largest down. */
static void choose_digits(search *s)
{
    const int64_t rows = s->w->rows->n;
    for (int64_t at = 0; at < LIMITS * rows; at++) {
        const int64_t t = at / rows, i = at % rows;
        const int32_t *count = s->count + (i * LIMITS + t) * DIGITS;
        int digit = DIGITS - 1;
        for (; digit > 0 && s->rank[at] >= count[digit]; digit--) s->rank[at] -= count[digit];
        s->found[at] = s->found[at] << DIGIT_BITS | (uint64_t)digit;
    }
}

size_t ak_ring_window_bytes(int64_t rows)
{
    return ak_arena_padded(LIMITS * (sizeof(uint64_t) + sizeof(int64_t) + DIGITS * sizeof(int32_t)), rows,
                           1) +
           512;
}

akin_status ak_ring_window(ak_loss_call *c, ak_pair_window *w)
{
    if (!c->ring.comm) return ak_engine_window(&c->e, w) ? ak_loss_no_scratch(c) : AKIN_OK;
    const int64_t rows = w->rows->n;
    const size_t mark = c->arena->used;
    search s = { .w = w, .bits = (int)(8 * c->e.ops->real_bytes), .row = count_digits };
    s.found = ak_arena_array(c->arena, uint64_t, rows, LIMITS);
    s.rank = ak_arena_array(c->arena, int64_t, rows, LIMITS);
    s.count = ak_arena_array(c->arena, int32_t, rows * LIMITS, DIGITS);
    if (!s.found || !s.rank || !s.count) return ak_loss_no_scratch(c);
    for (int64_t i = 0; i < rows; i++) {
        s.found[i] = s.found[rows + i] = 0;
        s.rank[i] = w->high_rank;
        s.rank[rows + i] = w->low_rank;
    }
    for (s.shift = s.bits - DIGIT_BITS; s.shift >= 0; s.shift -= DIGIT_BITS) {
        memset(s.count, 0, (size_t)(rows * LIMITS * DIGITS) * sizeof *s.count);
        AK_TRY(ak_ring_visit(c, w->keys, NULL, visit, &s));
        choose_digits(&s);
    }
    for (int64_t i = 0; i < rows; i++) {
        w->high[i] = number(&s, s.found[i]);
        w->low[i] = number(&s, s.found[rows + i]);
        if (w->count) w->count[i] = (ak_window_count){ 0, 0, 0 };
    }
    s.row = count_inside;
    AK_TRY(ak_ring_visit(c, w->keys, w->labels, visit, &s));
    c->arena->used = mark;
    return AKIN_OK;
}
