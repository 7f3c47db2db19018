/* SPDX-License-Identifier: Apache-2.0 */
/* loss/permuted.c - the cycles of permuted.h, what ranks send each other for them, and mean and error of the
 * paired sample. */
#include "loss/permuted.h"

#include "base/rng.h"
#include "loss/ring.h"

#include <math.h>
#include <string.h>

akin_status ak_permuted_open(ak_permuted *p, ak_loss_call *c, int64_t n)
{
    const bool strangers = c->want_permuted && c->ring.all > 1;
    *p = (ak_permuted){ .n = strangers ? n : 0, .all = c->ring.all, .most = strangers ? AK_PERMUTATIONS : 0 };
    p->first = ak_ring_first(&c->ring, c->ring.rank);
    if (!strangers) return AKIN_OK;
    p->cycle = ak_arena_array(c->arena, int32_t, p->all, 1);
    p->back = ak_arena_array(c->arena, int32_t, n, 1);
    p->more = ak_loss_vector(c, n);
    if (!p->cycle || !p->back || !p->more) return ak_loss_no_scratch(c);
    p->partner = p->cycle + p->first;
    return AKIN_OK;
}

/* A cycle through all items, each equally likely (Sattolo's shuffle). */
bool ak_permuted_next(ak_permuted *p)
{
    if (p->times == p->most) return false;
    ak_rng r = ak_rng_at(0, AK_RNG_PERMUTED, (uint32_t)p->times, 0, 0);
    for (int64_t i = 0; i < p->all; i++) p->cycle[i] = (int32_t)i;
    for (int64_t i = p->all - 1; i > 0; i--) {
        const uint32_t j = ak_rng_below(&r, (uint32_t)i);
        const int32_t keep = p->cycle[i];
        p->cycle[i] = p->cycle[j];
        p->cycle[j] = keep;
    }
    for (int64_t i = 0; i < p->all; i++)
        if (ak_permuted_here(p, p->cycle[i])) p->back[p->cycle[i] - p->first] = (int32_t)i;
    p->times++;
    return true;
}

/* Ranks -------------------------------------------------------------------------------------------------- */

/* Items of [at, end) whose partner is in [low, high), in this order on both ranks. */
typedef struct errand {
    const int32_t *cycle;
    int64_t at, end, low, high, left;
} errand;

static errand errand_of(const ak_permuted *p, int64_t at, int64_t end, int64_t low, int64_t high)
{
    errand e = { p->cycle, at, end, low, high, 0 };
    for (int64_t i = at; i < end; i++) e.left += p->cycle[i] >= low && p->cycle[i] < high;
    return e;
}

static int64_t next_item(errand *e)
{
    while (e->cycle[e->at] < e->low || e->cycle[e->at] >= e->high) e->at++;
    return e->at++;
}

/* What goes out and comes in between two ranks. asked: this rank's items whose partner is on the other one;
 * given: the other's whose partner is here. */
typedef struct visit {
    const ak_permuted *p;
    ak_loss_call *c;
    size_t bytes;
    int64_t most; /* items a message */
    bool home;    /* from who asked to who was asked */
    ak_permuted_put_fn *put;
    ak_permuted_take_fn *take;
    void *ctx;
    unsigned char *out, *in;
} visit;

/* This rank's item of the pair. */
static int64_t own_item(const visit *v, int64_t item, bool asked)
{
    return (asked ? item : v->p->cycle[item]) - v->p->first;
}

static akin_status exchange(const visit *v, int ahead, int behind)
{
    const ak_ring *r = &v->c->ring;
    const ak_permuted *p = v->p;
    const int64_t last = p->first + p->n, to = ak_ring_first(r, ahead), from = ak_ring_first(r, behind);
    errand asked = errand_of(p, p->first, last, to, to + r->items[ahead]),
           given = errand_of(p, from, from + r->items[behind], p->first, last);
    errand *const out = v->home ? &asked : &given, *const in = v->home ? &given : &asked;
    while (out->left || in->left) {
        const int64_t outs = out->left < v->most ? out->left : v->most,
                      ins = in->left < v->most ? in->left : v->most;
        for (int64_t i = 0; i < outs; i++)
            v->put(own_item(v, next_item(out), v->home), v->out + (size_t)i * v->bytes, v->ctx);
        ak_transfer t = { .out = v->out,
                          .out_bytes = (size_t)outs * v->bytes,
                          .to = v->home ? ahead : behind,
                          .in = v->in,
                          .in_bytes = (size_t)ins * v->bytes,
                          .from = v->home ? behind : ahead };
        AK_TRY(ak_comm_begin(r->comm, &t, v->c->err));
        AK_TRY(ak_comm_end(r->comm, &t, v->c->err));
        for (int64_t i = 0; i < ins; i++)
            v->take(own_item(v, next_item(in), !v->home), v->in + (size_t)i * v->bytes, v->ctx);
        out->left -= outs;
        in->left -= ins;
    }
    return AKIN_OK;
}

/* Each rank with those ahead of it and behind it, from the next to the last. */
static akin_status travel(visit *v)
{
    const ak_ring *r = &v->c->ring;
    akin_arena *room = &v->c->ring.room;
    if (!r->comm || !v->p->all) return AKIN_OK;
    AK_TRY(ak_ring_agree(v->c));
    const size_t mark = room->used, half = (room->size - room->used) / 2;
    v->most = half > 128 ? (int64_t)((half - 128) / v->bytes) : 0; /* the same on all ranks, as the room is */
    v->out = ak_arena_take(room, v->bytes, v->most, 1);
    v->in = ak_arena_take(room, v->bytes, v->most, 1);
    akin_status status = v->out && v->in && v->most ? AKIN_OK : ak_loss_no_scratch(v->c);
    for (int d = 1; d < r->ranks && !status; d++)
        status = exchange(v, (r->rank + d) % r->ranks, (r->rank + r->ranks - d) % r->ranks);
    room->used = mark;
    return status;
}

akin_status ak_permuted_fetch(const ak_permuted *p, ak_loss_call *c, size_t bytes, ak_permuted_put_fn *put,
                              ak_permuted_take_fn *take, void *ctx)
{
    visit v = { .p = p, .c = c, .bytes = bytes, .put = put, .take = take, .ctx = ctx };
    return travel(&v);
}

typedef struct home_job {
    const double *x;
    double *home;
} home_job;

static void put_number(int64_t item, void *to, void *ctx)
{
    memcpy(to, ((const home_job *)ctx)->x + item, sizeof(double));
}

static void take_number(int64_t item, const void *from, void *ctx)
{
    memcpy(((const home_job *)ctx)->home + item, from, sizeof(double));
}

akin_status ak_permuted_home(const ak_permuted *p, ak_loss_call *c, const double *x, double *home)
{
    home_job job = { x, home };
    for (int64_t i = 0; i < p->n; i++)
        if (ak_permuted_here(p, p->back[i])) home[i] = x[p->back[i] - p->first];
    visit v = { .p = p,
                .c = c,
                .bytes = sizeof(double),
                .home = true,
                .put = put_number,
                .take = take_number,
                .ctx = &job };
    return travel(&v);
}

/* Similarities ------------------------------------------------------------------------------------------- */

typedef struct dots_job {
    const ak_permuted *p;
    const ak_engine *e;
    const ak_pair_rows *a, *b;
    int64_t first;
    double *out;
} dots_job;

static void dots(int64_t begin, int64_t end, void *ctx)
{
    const dots_job *job = ctx;
    for (int64_t i = begin; i < end; i++) {
        if (!ak_permuted_here(job->p, job->p->partner[i])) continue;
        const int64_t j = job->first + job->p->partner[i] - job->p->first;
        job->out[i] = ak_pair_rows_dot(job->e, job->a, i, job->b, j) * job->a->scale[i] * job->b->scale[j];
    }
}

/* A row as given, behind its scale. */
static void put_row(int64_t item, void *to, void *ctx)
{
    const dots_job *job = ctx;
    const int64_t j = job->first + item;
    const ak_numbers x = ak_pair_rows_at(job->b, j);
    memcpy(to, &job->b->scale[j], sizeof(double));
    memcpy((double *)to + 1, x.wide ? (const void *)x.wide : x.narrow,
           (size_t)job->b->d * (x.wide ? sizeof(double) : sizeof(float)));
}

static void take_row(int64_t item, const void *from, void *ctx)
{
    const dots_job *job = ctx;
    double scale;
    memcpy(&scale, from, sizeof scale);
    ak_pair_rows row = { .part = { { (const void *)((const double *)from + 1), 1, job->b->d, job->b->d } },
                         .wide = job->b->wide };
    job->out[item] = ak_pair_rows_dot(job->e, job->a, item, &row, 0) * job->a->scale[item] * scale;
}

akin_status ak_permuted_dots(const ak_permuted *p, ak_loss_call *c, const ak_pair_rows *a,
                             const ak_pair_rows *b, int64_t first, double *out)
{
    dots_job job = { p, &c->e, a, b, first, out };
    ak_parallel_for(p->n, 1 + (1 << 15) / a->d, dots, &job);
    const size_t row = (size_t)b->d * (b->wide ? sizeof(double) : sizeof(float));
    const size_t whole = (row + sizeof(double) - 1) / sizeof(double) * sizeof(double);
    return ak_permuted_fetch(p, c, sizeof(double) + whole, put_row, take_row, &job);
}

/* The variance of the mean of n items is that of an item over n where items are independent. A pair of
 * strangers that two items share has half of its variance in each, but all of it in the mean: of an item,
 * 1 + 1/times parts then look like 1 + 1/(2 times). */
akin_status ak_permuted_close(const ak_permuted *p, ak_loss_call *c, double scale)
{
    if (!p->most) return AKIN_OK;
    const double times = p->times, n = (double)p->all;
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < p->n; i++) sum += p->more[i] / times;
    AK_TRY(ak_ring_sum(c, &sum, 1));
    for (int64_t i = 0; i < p->n; i++) {
        const double gap = p->more[i] / times - sum / n;
        squares += gap * gap;
    }
    AK_TRY(ak_ring_sum(c, &squares, 1));
    if (!isfinite(sum) || !isfinite(squares)) return AKIN_OK;
    c->permuted.loss = c->value + scale * sum;
    c->permuted.error = scale * sqrt(n * squares / (n - 1));
    if (p->shared) c->permuted.error *= sqrt((1 + 1 / times) / (1 + 0.5 / times));
    return AKIN_OK;
}
