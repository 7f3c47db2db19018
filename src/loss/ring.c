/* SPDX-License-Identifier: Apache-2.0 */
/* loss/ring.c - the pieces of other ranks' rows, and the engine's walks over them. */
#include "loss/ring.h"

#include <math.h>
#include <string.h>

/* What every rank tells the others first. */
typedef struct introduction {
    int64_t items, keys, columns, features, kind;
    akin_loss_params params;
    char loss[32];
} introduction;

/* Agreements --------------------------------------------------------------------------------------------- */

akin_status ak_ring_agree(ak_loss_call *c)
{
    ak_comm *others = c->ring.comm ? c->ring.comm : c->ring.sharers;
    if (!others) return AKIN_OK;
    const akin_status status = ak_comm_agree(others, AKIN_OK, c->err);
    if (status) c->ring.failed = true;
    return status;
}

akin_status ak_ring_sum(ak_loss_call *c, double *x, int64_t n)
{
    if (!c->ring.comm) return AKIN_OK;
    AK_TRY(ak_ring_agree(c));
    return ak_comm_sum(c->ring.comm, x, n, c->err);
}

akin_status ak_ring_most(ak_loss_call *c, double *x, int64_t n)
{
    if (!c->ring.comm) return AKIN_OK;
    AK_TRY(ak_ring_agree(c));
    return ak_comm_most(c->ring.comm, x, n, c->err);
}

akin_status ak_ring_gather(ak_loss_call *c, const int32_t *mine, int32_t *all)
{
    const ak_ring *r = &c->ring;
    if (!r->comm) {
        memcpy(all, mine, (size_t)c->in.a.rows * sizeof *mine);
        return AKIN_OK;
    }
    AK_TRY(ak_ring_agree(c));
    int64_t *offset = ak_arena_array(c->arena, int64_t, r->ranks + 1, 1);
    akin_status status = offset ? AKIN_OK : ak_loss_no_scratch(c);
    if (!status) {
        offset[0] = 0;
        for (int s = 0; s < r->ranks; s++) offset[s + 1] = offset[s] + r->items[s] * (int64_t)sizeof *mine;
        status = ak_comm_gather(r->comm, mine, all, offset, c->err);
    }
    return status;
}

/* Opening ------------------------------------------------------------------------------------------------ */

static introduction introduce(const ak_loss_call *c)
{
    introduction i;
    memset(&i, 0, sizeof i); /* padding too: it is compared */
    i.items = c->in.a.rows;
    i.keys = c->in.keys.rows;
    i.columns = c->in.a.cols;
    i.features = c->in.features.cols;
    i.kind = (int64_t)c->in.precision * 64 + (c->in.wide ? 32 : 0) + (c->in.keys_only ? 16 : 0) +
             (c->want_grad ? 8 : 0) + (c->want_window ? 4 : 0) + (c->want_permuted ? 2 : 0) +
             (c->in.labels ? 1 : 0) + (c->out.log_scale ? 1024 : 0) + (c->out.bias ? 2048 : 0) +
             (c->in.keys_alike ? 4096 : 0) + (c->in.targets.data ? 8192 : 0) +
             (c->out.targets.data ? 16384 : 0) + (c->in.temperatures ? 32768 : 0) +
             (c->in.thresholds ? 65536 : 0);
    memcpy(&i.params, &c->p, sizeof i.params);
    memcpy(i.loss, c->loss->name, strlen(c->loss->name));
    return i;
}

static akin_status compare_introductions(ak_loss_call *c, const introduction *all, const introduction *mine)
{
    for (int s = 0; s < c->ring.ranks; s++) {
        introduction other = all[s];
        other.items = mine->items;
        if (!c->in.keys_alike) other.keys = mine->keys;
        if (memcmp(&other, mine, sizeof other) != 0)
            return ak_fail(c->err, AKIN_ERR_ARGUMENT,
                           "%s: rank %d has another loss, other parameters, columns or precision, or wants "
                           "other results",
                           c->loss->name, s);
    }
    return AKIN_OK;
}

static size_t room_bytes(const ak_loss_call *c)
{
    const akin_precision precision = c->in.precision;
    const int64_t d = c->in.a.cols, h = c->in.features.cols;
    const size_t real = precision == AKIN_PRECISION_F64 ? sizeof(double) : sizeof(float);
    const size_t number = c->in.wide ? sizeof(double) : sizeof(float);
    const size_t padded = (size_t)((d + AK_COLS - 1) / AK_COLS * AK_COLS);
    const size_t piece = (size_t)(d + h) * number + AK_PARAMS * sizeof(double) + sizeof(int32_t);
    const size_t gain = AK_SUMS * sizeof(double) + padded * real;
    size_t rows = ak_pair_rows_bytes(AK_PIECE, d, precision);
    if (h)
        rows += ak_pair_rows_bytes(AK_PIECE, h,
                                   precision == AKIN_PRECISION_BF16 ? AKIN_PRECISION_F32 : precision);
    return (4 * piece + 2 * gain + AK_SUMS * sizeof(double)) * AK_PIECE + rows + 4096;
}

akin_status ak_ring_open(ak_loss_call *c)
{
    ak_ring *r = &c->ring;
    r->ranks = ak_comm_size(r->comm);
    r->rank = ak_comm_rank(r->comm);
    r->all = c->in.a.rows;
    if (r->sharers && !(r->places = ak_arena_array(c->arena, int64_t, ak_comm_size(r->sharers) + 1, 1)))
        return ak_loss_no_scratch(c);
    if (r->ranks == 1) {
        r->comm = NULL;
        return AKIN_OK;
    }
    const size_t room = room_bytes(c);
    const introduction mine = introduce(c);
    int64_t *counts = ak_arena_array(c->arena, int64_t, r->ranks, 2);
    int64_t *offset = ak_arena_array(c->arena, int64_t, r->ranks + 1, 1);
    introduction *all = ak_arena_array(c->arena, introduction, r->ranks, 1);
    void *memory = ak_arena_take(c->arena, 1, (int64_t)room, 1);
    if (!counts || !offset || !all || !memory) return ak_loss_no_scratch(c);
    AK_TRY(ak_ring_agree(c));
    for (int s = 0; s <= r->ranks; s++) offset[s] = s * (int64_t)sizeof mine;
    AK_TRY(ak_comm_gather(r->comm, &mine, all, offset, c->err));
    AK_TRY(compare_introductions(c, all, &mine));
    r->all = 0;
    for (int s = 0; s < r->ranks; s++) {
        counts[s] = all[s].items;
        counts[r->ranks + s] = all[s].keys;
        r->all += all[s].items;
    }
    r->items = counts;
    r->keys = counts + r->ranks;
    akin_arena_init(&r->room, memory, room);
    return AKIN_OK;
}

int64_t ak_ring_first(const ak_ring *r, int rank)
{
    int64_t first = 0;
    for (int s = 0; s < rank && r->items; s++) first += r->items[s];
    return first;
}

/* Pieces ------------------------------------------------------------------------------------------------- */

/* One round of a walk: whose rows come, and who gets ours. */
typedef struct turn {
    int in_rank, out_rank;
    int64_t in_first, in_rows, out_first, out_rows;
    bool facing;             /* only some tiles of our rows meet those that come: */
    int64_t q_first, q_last; /* these */
} turn;

/* A walk over the pieces of other ranks. */
typedef struct passage {
    ak_loss_call *c;
    ak_walk *w;
    ak_engine e; /* c->e with room for pieces */
    bool weigh, same;
    int sums;                   /* of each row of a piece, that go home */
    bool gains;                 /* its gradient goes home */
    int distance, round;        /* the next turn: the rank so much farther on, its piece */
    unsigned char *in[2];       /* pieces that come ... */
    unsigned char *out[2];      /* ... and go */
    unsigned char *home, *back; /* what rows of others have gained here, and ours there */
    ak_transfer rows, gain;
    bool returning; /* gain is under way, of the turn `returned` */
    turn returned;
    ak_ring_visit_fn *visit; /* instead of the engine */
    void *ctx;
} passage;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t rows_of(const ak_ring *r, const ak_pair_rows *set, int rank)
{
    return set->per_item ? set->per_item * r->items[rank] : r->keys[rank];
}

/* Two ranks that face each other share their pairs by halves of their rows, so that both have as much to do
 * in each turn: the lower one takes those of first half and first half and of second and second, the other
 * one the rest. */
static int64_t half_of(int64_t rows) { return (rows + AK_TILE - 1) / AK_TILE / 2 * AK_TILE; }

/* Piece `round` of so many rows; in halves, no piece belongs to both. Its rows; 0 past the last. */
static int64_t piece_of(int64_t rows, bool halves, int round, int64_t *first)
{
    int64_t from = 0, to = halves ? half_of(rows) : rows;
    const int64_t before = (to + AK_PIECE - 1) / AK_PIECE;
    if (halves && round >= before) {
        round -= (int)before;
        from = to;
        to = rows;
    }
    *first = from + (int64_t)round * AK_PIECE;
    return *first < to ? least(AK_PIECE, to - *first) : 0;
}

/* The tiles of our rows that meet what comes. */
static void face(const passage *p, turn *t, int64_t come)
{
    const ak_pair_rows *q = p->w->q;
    const bool first = (t->in_first < half_of(come)) == (p->c->ring.rank < t->in_rank);
    const int64_t middle = half_of(q->n) / AK_TILE;
    t->q_first = first ? 0 : middle;
    t->q_last = first ? middle : q->np / AK_TILE;
}

/* The next turn; false after the last. */
static bool next_turn(passage *p, turn *t)
{
    const ak_ring *r = &p->c->ring;
    const int last = p->same ? r->ranks / 2 : r->ranks - 1;
    for (; p->distance <= last; p->distance++, p->round = 0) {
        *t = (turn){ .in_rank = (r->rank + p->distance) % r->ranks,
                     .out_rank = (r->rank + r->ranks - p->distance) % r->ranks,
                     .facing = p->same && 2 * p->distance == r->ranks };
        const int64_t come = rows_of(r, p->w->k, t->in_rank);
        t->in_rows = piece_of(come, t->facing, p->round, &t->in_first);
        t->out_rows = piece_of(p->w->k->n, t->facing, p->round, &t->out_first);
        if (!t->in_rows && !t->out_rows) continue;
        p->round++;
        if (t->facing && t->in_rows) face(p, t, come);
        return true;
    }
    return false;
}

static const double *const *parameters(const passage *p) { return p->same ? p->w->row : p->w->col; }
static double *const *sums_of(const passage *p) { return p->same ? p->w->row_sum : p->w->col_sum; }
static const ak_pair_rows *features_of(const passage *p)
{
    return p->w->features ? p->w->feature_keys : NULL; /* the windows' flags are of our own pairs */
}

static size_t number_bytes(const ak_pair_rows *rows) { return rows->wide ? sizeof(double) : sizeof(float); }

/* Layout of a piece of n rows: the rows, their features, parameters, labels. */
static size_t piece_bytes(const passage *p, int64_t n)
{
    const ak_walk *w = p->w;
    const ak_pair_rows *features = features_of(p);
    size_t row = (size_t)w->k->d * number_bytes(w->k);
    if (features) row += (size_t)features->d * number_bytes(features);
    for (int t = 0; t < AK_PARAMS; t++)
        if (parameters(p)[t]) row += sizeof(double);
    if (w->labels) row += sizeof *w->labels;
    return (size_t)n * row;
}

static unsigned char *put(unsigned char *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
    return to + bytes;
}

static unsigned char *put_rows(unsigned char *to, const ak_pair_rows *rows, int64_t first, int64_t n)
{
    for (int64_t i = first; i < first + n; i++) {
        const ak_numbers x = ak_pair_rows_at(rows, i);
        to = put(to, x.wide ? (const void *)x.wide : x.narrow, (size_t)rows->d * number_bytes(rows));
    }
    return to;
}

static void put_piece(const passage *p, int64_t first, int64_t n, unsigned char *to)
{
    const ak_walk *w = p->w;
    for (int t = 0; t < AK_PARAMS; t++)
        if (parameters(p)[t]) to = put(to, parameters(p)[t] + first, (size_t)n * sizeof(double));
    to = put_rows(to, w->k, first, n);
    if (features_of(p)) to = put_rows(to, features_of(p), first, n);
    if (w->labels) put(to, w->labels + first, (size_t)n * sizeof *w->labels);
}

/* The rows of a piece, ready for the engine; *from goes on to what lies behind them. */
static akin_status unpack_rows(const passage *p, const ak_pair_rows *like, int64_t n, unsigned uses,
                               unsigned char **from, ak_pair_rows *rows)
{
    void *data = *from;
    *rows = (ak_pair_rows){ .part = { { data, n, like->d, like->d } },
                            .name = { like->name[0] },
                            .parts = 1,
                            .radius = like->radius,
                            .clip = like->clip,
                            .exact = like->exact };
    *from += (size_t)(n * like->d) * number_bytes(like);
    return ak_pair_rows_prepare(&p->e, rows, uses, p->c->loss->name, p->c->err);
}

/* What the rows of others gain --------------------------------------------------------------------------- */

static size_t gain_bytes(const passage *p, int64_t n)
{
    const size_t padded = (size_t)((n + AK_TILE - 1) / AK_TILE * AK_TILE);
    size_t bytes = (size_t)p->sums * (size_t)n * sizeof(double);
    if (p->gains) bytes += padded * (size_t)p->w->k->dp * p->e.ops->real_bytes;
    return n ? bytes : 0;
}

/* to[] += or, for maxima, the larger. */
static void gather_sums(const ak_walk *w, const double *from, int64_t n, double *to)
{
    const bool most = w->op == AK_PAIR_MAX || w->op == AK_PAIR_FLAG_MAX;
    for (int64_t i = 0; i < n; i++) to[i] = most ? fmax(to[i], from[i]) : to[i] + from[i];
}

/* Add the gradient of a piece, [panel][padded][w], to that of its set, [panel][np][w], from row first on. */
static void gather_gradient(const passage *p, const unsigned char *from, int64_t first, int64_t n)
{
    const ak_pair_rows *k = p->w->k;
    const int64_t padded = (n + AK_TILE - 1) / AK_TILE * AK_TILE;
    for (int64_t column = 0; column < k->dp; column += AK_PANEL) {
        const int64_t width = least(AK_PANEL, k->dp - column);
        const int64_t source = column * padded, target = column * k->np + first * width;
        if (p->e.ops->real_bytes == sizeof(float)) {
            const float *x = (const float *)(const void *)from + source;
            float *y = (float *)k->dz + target;
            for (int64_t i = 0; i < n * width; i++) y[i] += x[i];
        } else {
            const double *x = (const double *)(const void *)from + source;
            double *y = (double *)k->dz + target;
            for (int64_t i = 0; i < n * width; i++) y[i] += x[i];
        }
    }
}

/* Wait for what our rows have gained elsewhere, and add it. */
static akin_status receive_gains(passage *p)
{
    if (!p->returning) return AKIN_OK;
    p->returning = false;
    AK_TRY(ak_comm_end(p->c->ring.comm, &p->gain, p->c->err));
    const turn *t = &p->returned;
    if (!t->out_rows) return AKIN_OK;
    const unsigned char *from = p->back;
    for (int s = 0; s < p->sums; s++, from += (size_t)t->out_rows * sizeof(double))
        gather_sums(p->w, (const double *)(const void *)from, t->out_rows, sums_of(p)[s] + t->out_first);
    if (p->gains) gather_gradient(p, from, t->out_first, t->out_rows);
    return AKIN_OK;
}

/* Send home what the rows of this turn have gained. */
static akin_status send_gains(passage *p, const turn *t, double *const *sum, const ak_pair_rows *rows)
{
    AK_TRY(receive_gains(p)); /* of the turn before */
    if (!p->sums && !p->gains) return AKIN_OK;
    unsigned char *to = p->home;
    for (int s = 0; s < p->sums && t->in_rows; s++) to = put(to, sum[s], (size_t)t->in_rows * sizeof(double));
    if (p->gains && t->in_rows) put(to, rows->dz, (size_t)(rows->np * rows->dp) * p->e.ops->real_bytes);
    p->gain = (ak_transfer){ .channel = 1,
                             .out = p->home,
                             .out_bytes = gain_bytes(p, t->in_rows),
                             .to = t->in_rank,
                             .in = p->back,
                             .in_bytes = gain_bytes(p, t->out_rows),
                             .from = t->out_rank };
    p->returned = *t;
    p->returning = true;
    return ak_comm_begin(p->c->ring.comm, &p->gain, p->c->err);
}

/* Walks -------------------------------------------------------------------------------------------------- */

static void run(const ak_engine *e, ak_walk *w, bool weigh)
{
    if (weigh)
        ak_engine_weigh(e, w);
    else
        ak_engine_reduce(e, w);
}

/* Our rows meet those that have come; then these send home what they have gained. */
static akin_status meet(passage *p, const turn *t, unsigned char *from)
{
    ak_pair_rows rows = { 0 }, features;
    ak_walk v = *p->w;
    double *sum[AK_SUMS] = { NULL };
    const size_t mark = p->c->ring.room.used;
    v.k = &rows;
    v.masks = 0; /* partners are on one rank */
    v.flags = NULL;
    v.kept = NULL;
    v.q_first = t->q_first;
    v.q_last = t->q_last;
    if (p->same) {
        v.col_anchors = p->weigh;
        v.key_grad = true;
    }
    if (t->in_rows) {
        for (int s = 0; s < AK_PARAMS; s++) {
            v.col[s] = parameters(p)[s] ? (const double *)(const void *)from : NULL;
            if (v.col[s]) from += (size_t)t->in_rows * sizeof(double);
        }
        AK_TRY(
            unpack_rows(p, p->w->k, t->in_rows, AK_ROWS_KEY | (p->weigh ? AK_ROWS_GRAD : 0), &from, &rows));
        if (features_of(p)) {
            AK_TRY(unpack_rows(p, features_of(p), t->in_rows, AK_ROWS_KEY, &from, &features));
            v.feature_keys = &features;
        }
        v.col_labels = v.labels ? (const int32_t *)(const void *)from : NULL;
        for (int s = 0; s < AK_SUMS; s++) {
            v.col_sum[s] = NULL;
            if (s >= p->sums) continue;
            sum[s] = v.col_sum[s] = ak_arena_array(&p->c->ring.room, double, t->in_rows, 1);
            if (!sum[s]) return ak_loss_no_scratch(p->c);
            const bool most = v.op == AK_PAIR_MAX || v.op == AK_PAIR_FLAG_MAX;
            for (int64_t i = 0; i < t->in_rows; i++) sum[s][i] = most ? (double)AK_MASKED : 0;
        }
        if (p->visit)
            p->visit(&p->e, &rows, v.col_labels, (ak_ring_place){ t->in_rank, t->in_first, false }, p->ctx);
        else if (!t->facing || t->q_last > t->q_first)
            run(&p->e, &v, p->weigh);
    }
    const akin_status status = send_gains(p, t, sum, &rows);
    p->c->ring.room.used = mark;
    return status;
}

static akin_status begin_turn(passage *p, const turn *t, int slot)
{
    if (t->out_rows) put_piece(p, t->out_first, t->out_rows, p->out[slot]);
    p->rows = (ak_transfer){ .out = p->out[slot],
                             .out_bytes = piece_bytes(p, t->out_rows),
                             .to = t->out_rank,
                             .in = p->in[slot],
                             .in_bytes = piece_bytes(p, t->in_rows),
                             .from = t->in_rank };
    return ak_comm_begin(p->c->ring.comm, &p->rows, p->c->err);
}

/* The pieces come in two places by turns: one is worked on while the other is filled. */
static akin_status pass(passage *p)
{
    turn now, next;
    bool more = next_turn(p, &now);
    if (more) AK_TRY(begin_turn(p, &now, 0));
    if (p->visit)
        p->visit(&p->c->e, p->w->k, p->w->labels, (ak_ring_place){ p->c->ring.rank, 0, true }, p->ctx);
    else
        run(&p->c->e, p->w, p->weigh);
    for (int slot = 0; more; slot = !slot) {
        AK_TRY(ak_comm_end(p->c->ring.comm, &p->rows, p->c->err));
        more = next_turn(p, &next);
        if (more) AK_TRY(begin_turn(p, &next, !slot));
        AK_TRY(meet(p, &now, p->in[slot]));
        now = next;
    }
    return receive_gains(p);
}

/* In a rehearsal: what this passage would move with the ranks and items for which that is counted. */
static void count_traffic(const passage *p)
{
    const ak_rehearsal *rehearsal = ak_comm_rehearsal(p->c->ring.comm);
    ak_ring_traffic *t = rehearsal ? rehearsal->ring : NULL;
    if (!t || t->passages == AK_RING_PASSAGES || !p->w->k->per_item) return;
    ak_loss_call call = *p->c;
    call.ring.rank = t->rank;
    call.ring.ranks = t->ranks;
    call.ring.items = t->items;
    ak_pair_rows k = *p->w->k;
    k.n = rows_of(&call.ring, &k, t->rank);
    k.np = (k.n + AK_TILE - 1) / AK_TILE * AK_TILE;
    ak_walk w = *p->w;
    w.k = &k;
    w.q = &k; /* read where a set meets itself */
    passage planned = *p;
    planned.c = &call;
    planned.w = &w;
    ak_ring_passage *to = &t->passage[t->passages++];
    *to = (ak_ring_passage){ .weigh = p->weigh, .visit = p->visit != NULL, .half = p->same };
    for (turn now; next_turn(&planned, &now); to->turns++) {
        to->row_bytes += (int64_t)piece_bytes(&planned, now.in_rows);
        to->gain_bytes += (int64_t)gain_bytes(&planned, now.out_rows);
    }
}

/* A whole passage, with places for what comes and goes. */
static akin_status travel(passage *p)
{
    akin_arena *room = &p->c->ring.room;
    AK_TRY(ak_ring_agree(p->c));
    p->e = p->c->e;
    p->e.arena = room;
    p->distance = 1;
    count_traffic(p);
    const size_t mark = room->used;
    const int64_t piece = (int64_t)piece_bytes(p, AK_PIECE), gain = (int64_t)gain_bytes(p, AK_PIECE);
    unsigned char **const places[] = { &p->in[0], &p->in[1], &p->out[0], &p->out[1], &p->home, &p->back };
    bool full = true;
    for (int i = 0; i < 6; i++)
        full &= (*places[i] = ak_arena_take(room, 1, i < 4 ? piece : gain + 1, 1)) != NULL;
    const akin_status status = full ? pass(p) : ak_loss_no_scratch(p->c);
    room->used = mark;
    return status;
}

/* Whether there are other ranks, with other rows of that set. */
static bool travels(const ak_loss_call *c, const ak_pair_rows *keys)
{
    return c->ring.comm && (keys->per_item || !c->in.keys_alike);
}

static akin_status walk(ak_loss_call *c, ak_walk *w, bool weigh)
{
    if (c->ring.divided) return ak_whole_walk(c, w, weigh);
    if (!travels(c, w->k)) {
        run(&c->e, w, weigh);
        return AKIN_OK;
    }
    passage p = { .c = c, .w = w, .weigh = weigh, .same = w->q == w->k };
    if (!weigh)
        while (p.sums < AK_SUMS && sums_of(&p)[p.sums]) p.sums++;
    p.gains = weigh && (p.same || w->key_grad) && w->k->dz;
    return travel(&p);
}

akin_status ak_ring_visit(ak_loss_call *c, ak_pair_rows *set, const int32_t *labels, ak_ring_visit_fn *fn,
                          void *ctx)
{
    ak_walk w = { .k = set, .labels = labels };
    passage p = { .c = c, .w = &w, .visit = fn, .ctx = ctx };
    if (travels(c, set)) return travel(&p);
    fn(&c->e, set, labels, (ak_ring_place){ c->ring.rank, 0, true }, ctx);
    return AKIN_OK;
}

akin_status ak_ring_reduce(ak_loss_call *c, ak_walk *w) { return walk(c, w, false); }
akin_status ak_ring_weigh(ak_loss_call *c, ak_walk *w) { return walk(c, w, true); }

size_t ak_ring_bytes(const ak_loss_call *c, int64_t all)
{
    const size_t ranks = (size_t)ak_comm_size(c->ring.comm);
    size_t bytes = room_bytes(c) + ranks * (3 * sizeof(int64_t) + sizeof(introduction)) + 1024;
    /* permutations of all items (permuted.h); of supcon one more, and ak_ring_gather() of labels before it */
    bytes += ranks * sizeof(int64_t) +
             ak_arena_padded(sizeof(int32_t), all, c->loss->needs & AKIN_LOSS_LABELS ? 2 : 1);
    if (c->loss->needs & AKIN_LOSS_FEATURES) bytes += ak_ring_window_bytes(2 * c->in.a.rows);
    return bytes;
}
