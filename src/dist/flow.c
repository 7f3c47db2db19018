/* SPDX-License-Identifier: Apache-2.0 */
/* dist/flow.c - pieces in a ring of three: the newest, whose slices travel; the one before, which is added
 * when the next one comes; the one before that, whose sums travel. */
#include "dist/flow.h"

#include <string.h>

enum { DEPTH = 3 };

typedef struct piece {
    float *x, *room; /* room [size - 1][slice]: the other ranks' slices, in the order of their distance */
    int64_t n;
    ak_transfer *slices, *sums; /* [size - 1] */
} piece;

struct ak_flow {
    ak_comm *comm;
    int64_t most, given, added, ended; /* pieces so far */
    piece piece[DEPTH];
};

static int others(const ak_flow *f) { return ak_comm_size(f->comm) - 1; }

akin_status ak_flow_create(ak_comm *c, int64_t most, ak_flow **out, akin_error *err)
{
    ak_flow *f = calloc(1, sizeof *f);
    bool ok = f != NULL;
    if (ok) {
        f->comm = c;
        f->most = most;
    }
    for (int i = 0; ok && i < DEPTH; i++) {
        piece *p = &f->piece[i];
        const int64_t n = others(f);
        p->room = ak_alloc(sizeof *p->room, n + 1, most / (n + 1) + 1);
        p->slices = ak_alloc(sizeof *p->slices, n + 1, 1);
        p->sums = ak_alloc(sizeof *p->sums, n + 1, 1);
        ok = p->room && p->slices && p->sums;
    }
    if (!ok) {
        ak_flow_free(f);
        return ak_no_memory(err, "for the sums that travel between ranks");
    }
    *out = f;
    return AKIN_OK;
}

void ak_flow_free(ak_flow *f)
{
    if (!f) return;
    for (int i = 0; i < DEPTH; i++) {
        free(f->piece[i].room);
        free(f->piece[i].slices);
        free(f->piece[i].sums);
    }
    free(f);
}

/* Where the slice of a rank begins. */
static int64_t first_of(const ak_flow *f, const piece *p, int rank)
{
    return p->n * rank / ak_comm_size(f->comm);
}

static size_t bytes_of(const ak_flow *f, const piece *p, int rank)
{
    return (size_t)(first_of(f, p, rank + 1) - first_of(f, p, rank)) * sizeof *p->x;
}

/* What a rank at that distance has sent. */
static float *room_of(const ak_flow *f, const piece *p, int distance)
{
    const int rank = ak_comm_rank(f->comm);
    return p->room + (distance - 1) * (first_of(f, p, rank + 1) - first_of(f, p, rank));
}

/* Each other rank receives its slice of mine; or, with sums, all receive mine. */
static akin_status begin(ak_flow *f, piece *p, bool sums, akin_error *err)
{
    const int size = ak_comm_size(f->comm), rank = ak_comm_rank(f->comm);
    for (int d = 1; d < size; d++) {
        const int to = (rank + d) % size, from = (rank + size - d) % size, out = sums ? rank : to,
                  in = sums ? from : rank;
        ak_transfer *t = sums ? &p->sums[d - 1] : &p->slices[d - 1];
        *t = (ak_transfer){ .out = p->x + first_of(f, p, out),
                            .out_bytes = bytes_of(f, p, out),
                            .to = to,
                            .in = sums ? p->x + first_of(f, p, in) : room_of(f, p, d),
                            .in_bytes = bytes_of(f, p, in),
                            .from = from,
                            .channel = sums };
        AK_TRY(ak_comm_begin(f->comm, t, err));
    }
    return AKIN_OK;
}

static akin_status end(ak_flow *f, ak_transfer *t, akin_error *err)
{
    for (int i = 0; i < others(f); i++) AK_TRY(ak_comm_end(f->comm, &t[i], err));
    return AKIN_OK;
}

/* Rank 0's slice, to which those of the others are added one after the other; it is in the room, but for rank
 * 0 itself. */
static void add(const ak_flow *f, const piece *p)
{
    const int size = ak_comm_size(f->comm), rank = ak_comm_rank(f->comm);
    float *own = p->x + first_of(f, p, rank), *sum = rank ? room_of(f, p, rank) : own;
    const int64_t n = first_of(f, p, rank + 1) - first_of(f, p, rank);
    for (int r = 1; r < size; r++) {
        const float *from = r == rank ? own : room_of(f, p, (rank + size - r) % size);
        for (int64_t i = 0; i < n; i++) sum[i] += from[i];
    }
    if (rank && n) memcpy(own, sum, (size_t)n * sizeof *own);
}

/* The sums of the oldest piece that is not added yet. */
static akin_status add_next(ak_flow *f, akin_error *err)
{
    piece *p = &f->piece[f->added++ % DEPTH];
    AK_TRY(end(f, p->slices, err));
    add(f, p);
    return begin(f, p, true, err);
}

akin_status ak_flow_give(ak_flow *f, float *x, int64_t n, akin_error *err)
{
    if (others(f) == 0) return AKIN_OK;
    if (f->given - f->ended == DEPTH) AK_TRY(end(f, f->piece[f->ended++ % DEPTH].sums, err));
    piece *p = &f->piece[f->given++ % DEPTH];
    p->x = x;
    p->n = n;
    AK_TRY(begin(f, p, false, err));
    return f->given - f->added > 1 ? add_next(f, err) : AKIN_OK;
}

akin_status ak_flow_end(ak_flow *f, akin_error *err)
{
    while (f->added < f->given) AK_TRY(add_next(f, err));
    while (f->ended < f->given) AK_TRY(end(f, f->piece[f->ended++ % DEPTH].sums, err));
    return AKIN_OK;
}
