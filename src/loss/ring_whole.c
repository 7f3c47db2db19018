/* SPDX-License-Identifier: Apache-2.0 */
/* loss/ring_whole.c - walks over rows that every rank has, with the same bits on any number of ranks.
 *
 * The rows of a set are cut into blocks of tiles, whose bounds depend on the number of rows alone. A block
 * meets all keys in a walk of its own, which makes everything of its rows: their sums, or their dz. So no sum
 * goes over ranks. A rank walks its blocks, and then all receive what the others have made. A pair of a set
 * with itself is met twice, by the block of either row, where one walk of all rows meets it once: that is
 * half as much again to calculate, which the ranks share.
 *
 * Keys gain too: of another set, where they are anchors, or where a pair counts alike for both. They are
 * walked by blocks as the rows are, with the sides changed. Where they only gain as the rows' negatives do
 * (InfoNCE of one side, whose keys have a gradient), and for the windows of one side, each rank walks all. */
#include "loss/ring.h"

enum { BLOCKS = 32 }; /* of a set; more ranks than that do not make it faster */

static int64_t tiles_of(const ak_pair_rows *rows) { return rows->np / AK_TILE; }

static int64_t blocks_of(const ak_pair_rows *rows)
{
    return tiles_of(rows) < BLOCKS ? tiles_of(rows) : BLOCKS;
}

/* The first tile of a block, and the first block of a rank. */
static int64_t tile_at(const ak_pair_rows *rows, int64_t block)
{
    return tiles_of(rows) * block / blocks_of(rows);
}

static int64_t block_at(const ak_loss_call *c, const ak_pair_rows *rows, int rank)
{
    return blocks_of(rows) * rank / ak_comm_size(c->ring.sharers);
}

/* Where the rows of each rank begin, in numbers of so many bytes: places. */
static void place(const ak_loss_call *c, const ak_pair_rows *rows, int64_t last, int64_t bytes)
{
    for (int r = 0; r <= ak_comm_size(c->ring.sharers); r++) {
        const int64_t row = tile_at(rows, block_at(c, rows, r)) * AK_TILE;
        c->ring.places[r] = (row < last ? row : last) * bytes;
    }
}

static akin_status gather(ak_loss_call *c, void *all)
{
    const int64_t mine = c->ring.places[ak_comm_rank(c->ring.sharers)];
    return ak_comm_gather(c->ring.sharers, (char *)all + mine, all, c->ring.places, c->err);
}

/* What each rank has made of its rows becomes that of all. */
static akin_status exchange(ak_loss_call *c, const ak_walk *v, bool weigh)
{
    const ak_pair_rows *q = v->q;
    if (!c->ring.sharers) return AKIN_OK;
    AK_TRY(ak_ring_agree(c));
    for (int s = 0; s < AK_SUMS && v->row_sum[s]; s++) {
        place(c, q, q->n, sizeof *v->row_sum[s]);
        AK_TRY(gather(c, v->row_sum[s]));
    }
    for (int64_t p = 0; weigh && p < q->dp; p += AK_PANEL) {
        const int64_t width = q->dp - p < AK_PANEL ? q->dp - p : AK_PANEL,
                      real = (int64_t)c->e.ops->real_bytes;
        place(c, q, q->np, width * real);
        AK_TRY(gather(c, (char *)q->dz + p * q->np * real));
    }
    return AKIN_OK;
}

/* The blocks of this rank, each against all keys. */
static akin_status walk_blocks(ak_loss_call *c, ak_walk *v, bool weigh)
{
    const int rank = ak_comm_rank(c->ring.sharers);
    for (int64_t b = block_at(c, v->q, rank); b < block_at(c, v->q, rank + 1); b++) {
        v->q_first = tile_at(v->q, b);
        v->q_last = tile_at(v->q, b + 1);
        if (weigh)
            ak_engine_weigh(&c->e, v);
        else
            ak_engine_reduce(&c->e, v);
    }
    return exchange(c, v, weigh);
}

/* A set with itself: its other copy are the keys. */
static akin_status walk_same(ak_loss_call *c, const ak_walk *w, bool weigh)
{
    ak_walk v = *w;
    ak_pair_rows keys = *w->q;
    keys.dz = NULL;
    v.k = &keys;
    v.kept = NULL;
    v.col_anchors = weigh;
    v.key_grad = false;
    v.col_labels = w->labels;
    for (int s = 0; s < AK_PARAMS; s++) v.col[s] = w->row[s];
    for (int s = 0; s < AK_SUMS; s++) v.col_sum[s] = NULL;
    return walk_blocks(c, &v, weigh);
}

/* The keys of another set as rows. */
static akin_status walk_back(ak_loss_call *c, const ak_walk *w, bool weigh)
{
    ak_walk v = *w;
    v.q = w->k;
    v.k = w->q;
    v.kept = NULL;
    v.key_grad = false;
    v.labels = w->col_labels;
    v.col_labels = w->labels;
    for (int m = 0; m < w->masks; m++) v.mask[m] = -w->mask[m];
    for (int s = 0; s < AK_PARAMS; s++) {
        v.row[s] = w->col[s];
        v.col[s] = w->row[s];
    }
    for (int s = 0; s < AK_SUMS; s++) {
        v.row_sum[s] = w->col_sum[s];
        v.col_sum[s] = NULL;
    }
    return walk_blocks(c, &v, weigh);
}

/* Both sides of a pair have the same weight, whoever is the anchor. */
static bool is_even(const ak_walk *w) { return w->op == AK_PAIR_SQUARE || w->op == AK_PAIR_SIGMOID; }

akin_status ak_whole_walk(ak_loss_call *c, ak_walk *w, bool weigh)
{
    if (w->q == w->k) return walk_same(c, w, weigh);
    const bool back = weigh ? w->key_grad && w->k->dz : w->col_sum[0] != NULL;
    if (w->flags || w->features || (weigh && back && !w->col_anchors && !is_even(w))) {
        if (weigh)
            ak_engine_weigh(&c->e, w);
        else
            ak_engine_reduce(&c->e, w);
        return AKIN_OK;
    }
    ak_walk v = *w;
    v.kept = NULL;
    v.key_grad = false;
    for (int s = 0; s < AK_SUMS; s++) v.col_sum[s] = NULL;
    AK_TRY(walk_blocks(c, &v, weigh));
    return back ? walk_back(c, w, weigh) : AKIN_OK;
}
