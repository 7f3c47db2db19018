/* SPDX-License-Identifier: Apache-2.0 */
/* map/layout.c - places that lower the loss, by descent with momentum.
 *
 * In each epoch all items move at once, by the slopes at the places where all of them are. Attraction is that
 * of every edge. Of the negatives, the shifts of the epoch are a sample (forces.h); all of them where n is
 * small. The slope of item i is divided by the greatest of its degree and the mean degree, times the
 * curvature of one edge, so that one rate fits hubs and others, and every loss.
 *
 * A twelvefold pull in the first quarter of the epochs lets groups find each other before they grow
 * [Maaten2008 sec.3.4]. The rate then falls to 0, so that the noise of the sample is
 * averaged out.
 *
 * Ranks. Each finds the slopes of a part of the items, and moves all of them by those of all. */
#include "map/layout.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

static const double EARLY_PULL = 12, EARLY = 0.25, MOMENTUM = 0.8, LONGEST_STEP = 5;
enum { GRAIN = 1024, WORTH = 1 << 20 }; /* pairs that ranks had better share: about a millisecond's work */

const ak_forces *ak_forces_here(void)
{
#if defined(__x86_64__)
    const char *isa = akin_isa();
    if (strncmp(isa, "avx512", 6) == 0) return &ak_forces_avx512;
    if (strcmp(isa, "avx2") == 0) return &ak_forces_avx2;
#endif
    return &ak_forces_ref;
}

void ak_map_state_free(ak_map_state *s)
{
    free(s->x);
    free(s->y);
    free(s->share);
    free(s->shift);
    free(s->sum);
    free(s->fx);
    free(s->fy);
    free(s->gx);
    free(s->gy);
    free(s->missed);
    memset(s, 0, sizeof *s);
}

akin_status ak_map_state_make(const ak_map_graph *graph, int64_t shifts, ak_map_state *out, akin_error *err)
{
    const int64_t n = graph->n;
    *out = (ak_map_state){ .graph = graph, .n = n, .pull = 1, .c = 1 };
    out->x = ak_alloc(sizeof *out->x, n, 2);
    out->y = ak_alloc(sizeof *out->y, n, 2);
    out->share = ak_alloc(sizeof *out->share, n, 2);
    out->shift = ak_alloc(sizeof *out->shift, shifts, 1);
    out->sum = ak_alloc(sizeof *out->sum, n, 1);
    out->fx = ak_alloc(sizeof *out->fx, n, 1);
    out->fy = ak_alloc(sizeof *out->fy, n, 1);
    out->gx = ak_alloc(sizeof *out->gx, n, 1);
    out->gy = ak_alloc(sizeof *out->gy, n, 1);
    out->missed = ak_alloc(sizeof *out->missed, n, 1);
    if (out->x && out->y && out->share && out->shift && out->sum && out->fx && out->fy && out->gx &&
        out->gy && out->missed)
        return AKIN_OK;
    ak_map_state_free(out);
    return ak_no_memory(err, "for a map of %lld items", (long long)n);
}

double ak_map_noise_level(double spectrum, double negatives, int64_t n)
{
    const double least = fmin(1, 100 * negatives / (double)n);
    return pow(least, 1 - spectrum);
}

/* The gradient ------------------------------------------------------------------------------------------- */

static void pull_neg(const ak_map_state *s, int64_t i)
{
    const float c = (float)s->c, a = (float)(2 * s->pull * s->c);
    const int32_t *to = s->graph->to;
    float gx = 0, gy = 0, missed = 0;
    for (int64_t e = s->graph->begin[i]; e < s->graph->begin[i + 1]; e++) {
        const int32_t j = to[e];
        const float dx = s->x[i] - s->x[j], dy = s->y[i] - s->y[j];
        const float v = 1 + (dx * dx + dy * dy), f = s->graph->weight[e] / (1 + c * v);
        gx += a * f * dx;
        gy += a * f * dy;
        missed += c * v * f;
    }
    s->gx[i] = gx;
    s->gy[i] = gy;
    s->missed[i] = missed;
}

static void pull_infonce(const ak_map_state *s, int64_t i)
{
    const float r = (float)(s->negatives / (double)s->shifts), a = (float)(2 * s->pull);
    const float *sum = s->sum;
    const int32_t *to = s->graph->to;
    float gx = 0, gy = 0, share = 0;
    for (int64_t e = s->graph->begin[i]; e < s->graph->begin[i + 1]; e++) {
        const int32_t j = to[e];
        const float dx = s->x[i] - s->x[j], dy = s->y[i] - s->y[j];
        const float q = 1 / (1 + (dx * dx + dy * dy)), own = 1 / (q + r * sum[i]),
                    other = 1 / (q + r * sum[j]);
        const float weight = s->graph->weight[e], f = 2 * weight * q * (a - q * (own + other));
        gx += f * dx;
        gy += f * dy;
        share += weight * own;
    }
    s->gx[i] = gx;
    s->gy[i] = gy;
    s->share[i] = s->share[i + s->n] = r * share;
}

static void pull(int64_t begin, int64_t end, void *ctx)
{
    ak_map_state *s = ctx;
    for (int64_t i = begin; i < end; i++) {
        if (s->loss == AKIN_MAP_INFONCE)
            pull_infonce(s, i);
        else
            pull_neg(s, i);
    }
}

static ak_noise noise_of(const ak_map_state *s)
{
    return (ak_noise){ s->x, s->y, s->share, (float)s->c, s->shift, s->shifts, s->sum, s->fx, s->fy };
}

static void measure(int64_t begin, int64_t end, void *ctx)
{
    const ak_noise w = noise_of(ctx);
    ak_forces_here()->mass(&w, begin, end);
}

static void push(int64_t begin, int64_t end, void *ctx)
{
    const ak_map_state *s = ctx;
    const ak_noise w = noise_of(s);
    const bool shared = s->loss == AKIN_MAP_INFONCE;
    const double edges = s->graph->total;
    const float weight =
        shared ? 2 : (float)(2 * 2 * s->negatives * edges / ((double)s->n * (double)s->shifts));
    if (shared)
        ak_forces_here()->push_shared(&w, begin, end);
    else
        ak_forces_here()->push(&w, begin, end);
    for (int64_t i = begin; i < end; i++) {
        s->gx[i] -= weight * s->fx[i];
        s->gy[i] -= weight * s->fy[i];
    }
}

/* One of these for a part of the items, on all threads. */
typedef struct part {
    ak_map_state *s;
    ak_range_fn *fn;
    int64_t first;
} part;

static void do_range(int64_t begin, int64_t end, void *ctx)
{
    const part *p = ctx;
    p->fn(p->first + begin, p->first + end, p->s);
}

static akin_status do_part(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    (void)err;
    part *p = ctx;
    p->first = begin;
    ak_parallel_for(end - begin, GRAIN, do_range, p);
    return AKIN_OK;
}

/* By the ranks together, where it is worth it. x: what fn writes, [n] each, NULL past the last. */
static akin_status share(ak_map_state *s, ak_range_fn *fn, float *const *x, akin_error *err)
{
    part p = { .s = s, .fn = fn };
    ak_column column[4] = { { NULL, 0 } };
    int columns = 0;
    for (; x[columns]; columns++) column[columns] = (ak_column){ x[columns], sizeof *x[columns] };
    const ak_division all = {
        .rows = s->n, .step = 1, .work = do_part, .ctx = &p, .column = column, .columns = columns
    };
    return ak_comm_divide(s->n * s->shifts < WORTH ? NULL : s->ranks, &all, err);
}

static void pull_and_push(int64_t begin, int64_t end, void *ctx)
{
    pull(begin, end, ctx);
    push(begin, end, ctx);
}

akin_status ak_map_gradient(ak_map_state *s, akin_error *err)
{
    if (s->loss != AKIN_MAP_INFONCE)
        return share(s, pull_and_push, (float *const[]){ s->gx, s->gy, s->missed, s->sum, NULL }, err);
    AK_TRY(share(s, measure, (float *const[]){ s->sum, NULL }, err));
    AK_TRY(share(s, pull, (float *const[]){ s->share, NULL }, err));
    memcpy(s->share + s->n, s->share, (size_t)s->n * sizeof *s->share);
    return share(s, push, (float *const[]){ s->gx, s->gy, NULL }, err);
}

/* Descent ------------------------------------------------------------------------------------------------ */

typedef struct descent {
    ak_map_state *s;
    float *vx, *vy, *degree; /* [n]; the sum of weights */
    double rate, curvature, mean_degree;
} descent;

static void move(int64_t begin, int64_t end, void *ctx)
{
    const descent *w = ctx;
    ak_map_state *s = w->s;
    const float longest = (float)LONGEST_STEP, keep = (float)MOMENTUM;
    for (int64_t i = begin; i < end; i++) {
        const float rate = (float)(w->rate / (w->curvature * fmax((double)w->degree[i], w->mean_degree)));
        float vx = keep * w->vx[i] - rate * s->gx[i], vy = keep * w->vy[i] - rate * s->gy[i];
        const float length = sqrtf(vx * vx + vy * vy);
        if (length > longest) {
            vx *= longest / length;
            vy *= longest / length;
        }
        w->vx[i] = vx;
        w->vy[i] = vy;
        s->x[i] += vx;
        s->y[i] += vy;
        s->x[i + s->n] = s->x[i];
        s->y[i + s->n] = s->y[i];
    }
}

/* Shifts of an epoch: in pairs t and n - t, all of them where there are no more than wanted. */
static void draw_shifts(ak_map_state *s, int64_t wanted, uint64_t seed, int64_t epoch)
{
    const int64_t n = s->n;
    s->shifts = 0;
    if (n - 1 <= wanted) {
        for (int64_t t = 1; t < n; t++) s->shift[s->shifts++] = t;
        return;
    }
    ak_rng rng = ak_rng_at(seed, AK_RNG_MAP, (uint32_t)epoch, 0, 0);
    while (s->shifts + 2 <= wanted) {
        const int64_t t = 1 + (int64_t)ak_rng_below(&rng, (uint32_t)(n - 1));
        s->shift[s->shifts++] = t;
        s->shift[s->shifts++] = n - t;
    }
}

static double total(const float *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i];
    return sum;
}

/* dL/d log c = sum_E (1 - q/(q + c)) - w sum_P q/(q + c): half of the way, in logarithms, to where the two
 * would be equal. */
static void learn_c(ak_map_state *s)
{
    const double edges = s->graph->total;
    const double missed = total(s->missed, s->n) / 2;
    const double taken = s->negatives * edges * total(s->sum, s->n) / ((double)s->n * (double)s->shifts);
    if (missed > 0 && taken > 0) s->c *= exp(fmax(-1, fmin(1, 0.5 * log(taken / missed))));
}

static double curvature(const ak_map_state *s)
{
    return s->loss == AKIN_MAP_INFONCE ? 4 * s->pull : 2 * s->pull * s->c / (1 + s->c);
}

akin_status ak_map_optimise(ak_map_state *s, const akin_map_opts *opts, akin_error *err)
{
    const int64_t n = s->n, early = (int64_t)(EARLY * opts->epochs);
    const double pull_then = s->loss == AKIN_MAP_INFONCE ? pow(4, opts->spectrum) : 1;
    const int64_t draws = s->loss == AKIN_MAP_INFONCE ? (int64_t)s->negatives : opts->draws;
    descent w = { .s = s, .mean_degree = 2 * s->graph->total / (double)n };
    w.vx = ak_alloc(sizeof *w.vx, n, 1);
    w.vy = ak_alloc(sizeof *w.vy, n, 1);
    w.degree = ak_alloc(sizeof *w.degree, n, 1);
    akin_status status =
        w.vx && w.vy && w.degree ? AKIN_OK : ak_no_memory(err, "for a map of %lld items", (long long)n);
    for (int64_t i = 0; i < n && !status; i++)
        for (int64_t e = s->graph->begin[i]; e < s->graph->begin[i + 1]; e++)
            w.degree[i] += s->graph->weight[e];
    for (int64_t epoch = 0; epoch < opts->epochs && !status; epoch++) {
        s->pull = epoch < early ? EARLY_PULL : pull_then;
        draw_shifts(s, draws, opts->seed, epoch);
        status = ak_map_gradient(s, err);
        if (status) break;
        w.curvature = curvature(s);
        const double left = 1 - (double)(epoch - early) / (double)(opts->epochs - early);
        w.rate = opts->rate * (epoch < early ? 1 : left);
        if (s->loss == AKIN_MAP_NCE) learn_c(s);
        ak_parallel_for(n, GRAIN, move, &w);
    }
    free(w.vx);
    free(w.vy);
    free(w.degree);
    if (!status && (!ak_all_finite(s->x, n) || !ak_all_finite(s->y, n)))
        status = ak_fail(err, AKIN_ERR_NUMERIC, "map: a place is not finite; a lower rate than %g may help",
                         opts->rate);
    return status;
}
