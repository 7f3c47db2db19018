/* SPDX-License-Identifier: Apache-2.0 */
/* loss/frame_permuted.c - the losses of frame.h with partners permuted (permuted.h).
 *
 * With another partner the negatives' sum S_i loses the stranger and gains the partner: S_i + e_own - e_k.
 * The sum is of float similarities; where the stranger is nearly all of it, what is left is summed anew. */
#include "loss/frame.h"
#include "loss/ring.h"

#include <math.h>

enum { GRAIN = 32 };

/* An anchor whose sum is lost, with the partner that it has for once: an item of all ranks. */
typedef struct ak_lost_sum {
    int32_t stranger; /* -1: it is not lost */
    double reference; /* of the exponentials */
    double sum[2];    /* found anew */
} lost_sum;

/* The place of an anchor among those of both sides. */
static lost_sum *place_of(const ak_frame *f, int side, int64_t anchor)
{
    return f->lost + side * f->n + anchor;
}

/* Add exp(alpha (s - reference)) over keys of one side, of this rank or of one that came by. */
typedef struct sum_job {
    const ak_frame *f;
    const ak_pair_rows *keys;
    ak_ring_place place;
    int64_t items, first_item; /* of the rank whose keys they are */
    int side;
    bool further;
} sum_job;

/* Which of the keys is the stranger of an anchor: of two views, the stranger's other one. */
static int64_t stranger_among(const sum_job *job, int64_t anchor, int64_t stranger)
{
    const int64_t item = stranger - job->first_item;
    if (job->further || item < 0 || item >= job->items) return -1;
    return item + (job->f->views && anchor < job->f->shift ? job->items : 0) - job->place.first;
}

static void sum_anchors(int64_t begin, int64_t end, void *ctx)
{
    const sum_job *job = ctx;
    const ak_frame *f = job->f;
    const ak_pair_rows *keys = job->keys, *rows = job->side ? &f->rows[1] : &f->rows[0];
    for (int64_t i = begin; i < end; i++) {
        lost_sum *lost = place_of(f, job->side, i);
        if (lost->stranger < 0) continue;
        const int64_t stranger = stranger_among(job, i, lost->stranger);
        for (int64_t k = 0; k < keys->n; k++) {
            if (k == stranger || (job->place.own && !job->further && f->views && k == i)) continue;
            const double s =
                ak_pair_rows_dot(&f->call->e, rows, i, keys, k) * rows->scale[i] * keys->scale[k];
            for (int t = 0; t < f->exponents; t++) lost->sum[t] += ak_frame_term(f, i, t, s, lost->reference);
        }
    }
}

static void sum_visitors(const ak_engine *e, const ak_pair_rows *rows, const int32_t *labels,
                         ak_ring_place place, void *ctx)
{
    sum_job *job = ctx;
    const ak_ring *ring = &job->f->call->ring;
    (void)e, (void)labels;
    job->keys = rows;
    job->place = place;
    job->items = ring->items ? ring->items[place.rank] : ring->all;
    job->first_item = ak_ring_first(ring, place.rank);
    ak_parallel_for(job->f->n, 1, sum_anchors, job);
}

/* The lost sums, over the keys of all ranks. */
static akin_status sum_anew(ak_frame *f)
{
    const int sides = f->two_sided ? 2 : 1;
    double any = 0;
    for (int64_t i = 0; i < sides * f->n; i++) any = f->lost[i].stranger < 0 ? any : 1;
    AK_TRY(ak_ring_most(f->call, &any, 1));
    if (any == 0) return AKIN_OK;
    for (int side = 0; side < sides; side++)
        for (int w = 0; w < f->walks; w++) {
            if (w > 0 && side) break; /* further keys are negatives of the queries */
            sum_job job = { .f = f, .side = side, .further = w > 0 };
            ak_pair_rows *keys = w ? &f->rows[2] : f->views || side ? &f->rows[0] : &f->rows[1];
            AK_TRY(ak_ring_visit(f->call, keys, NULL, sum_visitors, &job));
        }
    return AKIN_OK;
}

/* The loss of an anchor whose partner is of item `stranger`, at similarity s; pair: whose weight it has.
 * Finding: only whether its sum is lost. */
static double cost(const ak_frame *f, bool finding, int side, int64_t anchor, int64_t stranger, int64_t pair,
                   double s)
{
    const bool apart = f->call->in.keys_only || f->labels; /* partners are in no sum */
    const double before = f->most[side] ? f->most[side][anchor] : 1, own = f->positive[anchor];
    const double most = f->own_alpha ? fmin(own, f->own_bound[anchor]) : own,
                 reference = apart || most < before ? before : most;
    double lse[2] = { 0 }, sum[2] = { 0 };
    bool lost = false;
    lost_sum *at = place_of(f, side, anchor);
    for (int t = 0; t < f->exponents; t++) {
        const double alpha = f->own_alpha ? f->own_alpha[anchor] : f->alpha[t];
        const double all = f->sum[side][t][anchor] * exp(alpha * (before - reference)) +
                           (apart ? 0 : ak_frame_term(f, anchor, t, own, reference));
        sum[t] = all - (apart ? 0 : ak_frame_term(f, anchor, t, s, reference));
        lost |= !(sum[t] > 1e-3 * all);
    }
    if (finding) *at = (lost_sum){ lost ? (int32_t)stranger : -1, reference, { 0, 0 } };
    for (int t = 0; t < f->exponents; t++)
        lse[t] =
            log(lost ? at->sum[t] : sum[t]) + (f->own_alpha ? f->own_alpha[anchor] : f->alpha[t]) * reference;
    return finding ? 0 : f->fn(f, pair, lse, s).value;
}

typedef struct items_job {
    ak_frame *f;
    bool finding;
} items_job;

static void permuted_items(int64_t begin, int64_t end, void *ctx)
{
    const items_job *job = ctx;
    const ak_frame *f = job->f;
    const ak_permuted *p = &f->strangers;
    ak_frame with = *f, home = *f;
    ak_loss_call call = *f->call;
    if (f->weights) with.extra = f->extra_with;
    if (f->weights) home.extra = f->extra_home;
    if (call.in.averages) call.in.averages = f->extra_home;
    home.call = &call;
    for (int64_t i = begin; i < end; i++) {
        const int64_t there = p->partner[i], back = p->back[i];
        const double s = f->stranger[i], t = f->home[i]; /* of a_i and of b_i with their strangers */
        double more = 0;
        if (f->linear != 0) {
            more = f->linear * (f->positive[i] - s);
            if (f->views || f->two_sided) more += f->linear * (f->positive[i] - t);
        } else {
            more = cost(&with, job->finding, 0, i, there, i, s) - f->value[i];
            if (f->views) more += cost(&home, job->finding, 0, p->n + i, back, i, t) - f->value[p->n + i];
            if (f->two_sided) more += cost(&home, job->finding, 1, i, back, i, t);
        }
        if (!job->finding) p->more[i] += more;
    }
}

bool ak_frame_permuted_room(ak_frame *f)
{
    ak_loss_call *c = f->call;
    const int64_t n = c->in.a.rows, anchors = (f->two_sided ? 2 : 1) * f->n;
    if (!c->want_permuted) return true;
    f->lost = ak_arena_array(c->arena, lost_sum, anchors, 1);
    for (int64_t i = 0; f->lost && i < anchors; i++) f->lost[i].stranger = -1;
    double **const vectors[] = { &f->stranger, &f->extra_with, &f->home, &f->extra_home };
    bool full = f->lost != NULL;
    for (int i = 0; i < 4; i++) full &= (*vectors[i] = ak_loss_vector(c, n)) != NULL;
    return full;
}

akin_status ak_frame_permuted(ak_frame *f, double each)
{
    ak_permuted *p = &f->strangers;
    const ak_pair_rows *keys = f->views ? &f->rows[0] : &f->rows[1];
    while (ak_permuted_next(p)) {
        AK_TRY(ak_permuted_dots(p, f->call, &f->rows[0], keys, f->views ? p->n : 0, f->stranger));
        AK_TRY(ak_permuted_home(p, f->call, f->stranger, f->home));
        if (f->call->in.averages) AK_TRY(ak_permuted_home(p, f->call, f->call->in.averages, f->extra_home));
        if (f->weights) {
            AK_TRY(f->weights(f, f->stranger, f->extra_with));
            AK_TRY(ak_permuted_home(p, f->call, f->extra_with, f->extra_home));
        }
        items_job job = { f, true };
        if (f->linear == 0) {
            ak_parallel_for(p->n, GRAIN, permuted_items, &job);
            AK_TRY(sum_anew(f));
        }
        job.finding = false;
        ak_parallel_for(p->n, GRAIN, permuted_items, &job);
    }
    return ak_permuted_close(p, f->call, each);
}
