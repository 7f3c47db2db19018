/* SPDX-License-Identifier: Apache-2.0 */
/* train/ranks_rows.c - rows that ranks exchange beside the gradients of ranks.c: keys of a momentum encoder,
 * and gradients of those rows of a table of words that a step holds. */
#include "train/ranks.h"

/* Keys --------------------------------------------------------------------------------------------------- */

/* Where the keys of a rank begin among those of the step. */
static int64_t first_key(const ak_trainer *t, int rank)
{
    return ak_visits_rank_first(&t->visits, t->sampler, 1, rank) -
           ak_visits_rank_first(&t->visits, t->sampler, 1, 0);
}

/* The newest keys of the queue, of which this rank has put its own there, become those of all. */
static akin_status gather_keys(ak_trainer *t, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm);
    const akin_mat to = ak_momentum_newest(t->momentum, t->state.step);
    int64_t *offset = ak_alloc(sizeof *offset, ranks + 1, 1);
    akin_status status = ak_ranks_agree(t, offset ? AKIN_OK : ak_no_memory(err, "to exchange keys"), err);
    for (int r = 0; r <= ranks && !status; r++)
        offset[r] = first_key(t, r) * to.cols * (int64_t)sizeof(float);
    const void *mine = ak_row(to, first_key(t, ak_comm_rank(t->comm)));
    if (!status) status = ak_comm_gather(t->comm, mine, to.data, offset, err);
    free(offset);
    return status;
}

akin_status ak_ranks_enqueue(ak_trainer *t, akin_error *err)
{
    ak_row_span spans[3];
    if (!t->momentum || !t->set.queue) return AKIN_OK;
    ak_visits_spans(&t->visits, t->sampler, spans);
    const bool all = ak_comm_size(t->comm) == 1 || t->visits.whole; /* are here */
    const akin_mat keys = ak_rows_from(t->projections, spans[1].first, spans[1].rows, t->width);
    ak_momentum_enqueue(t->momentum, t->state.step, all ? 0 : first_key(t, ak_comm_rank(t->comm)),
                        akin_mat_const(keys));
    return all ? AKIN_OK : gather_keys(t, err);
}

/* A table of words --------------------------------------------------------------------------------------- */

enum { PIECE_BYTES = 1 << 25 }; /* of gradients that are exchanged at a time */

/* The ids that the rows of all ranks may hold at most, each counted once a rank. */
static int64_t most_ids(const ak_trainer *t)
{
    ak_visits of = t->visits;
    int64_t most = 0;
    for (of.rank = 0; of.rank < of.ranks; of.rank++) {
        const int64_t ids = ak_visits_rows(&of, t->sampler) * t->learning.source.row_ids;
        most += ids < t->learning.shape.tokens ? ids : t->learning.shape.tokens;
    }
    return most;
}

akin_status ak_ranks_prepare_words(ak_trainer *t, akin_error *err)
{
    if (!t->net.bag || t->set.table.frozen) return AKIN_OK;
    return ak_bag_merge_create(t->net.bag, ak_comm_size(t->comm), most_ids(t), PIECE_BYTES, &t->words, err);
}

/* begin [ranks+1]: where the ids of each rank stand among those of all; then these. */
static akin_status gather_ids(ak_trainer *t, int64_t *begin, int64_t *offset, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm);
    int64_t count;
    const int32_t *ids = akin_bag_touched(t->net.bag, &count);
    for (int r = 0; r <= ranks; r++) offset[r] = r * (int64_t)sizeof count;
    AK_TRY(ak_comm_gather(t->comm, &count, begin + 1, offset, err));
    for (int r = 0; r < ranks; r++) begin[r + 1] += begin[r];
    for (int r = 0; r <= ranks; r++) offset[r] = begin[r] * (int64_t)sizeof *ids;
    return ak_comm_gather(t->comm, ids, ak_bag_merge_ids(t->words), offset, err);
}

static akin_status gather_rows(ak_trainer *t, const ak_bag_piece *piece, int64_t *offset, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm), rank = ak_comm_rank(t->comm);
    const int64_t dim = piece->dim, row = dim * (int64_t)sizeof(float);
    const akin_mat mine = { piece->rows + piece->place[rank] * dim,
                            piece->place[rank + 1] - piece->place[rank], dim, dim };
    if (mine.rows) AK_TRY(akin_bag_gradient(t->net.bag, piece->first[rank], mine, err));
    for (int r = 0; r <= ranks; r++) offset[r] = piece->place[r] * row;
    return ak_comm_gather(t->comm, mine.data, piece->rows, offset, err);
}

akin_status ak_ranks_update_words(ak_trainer *t, double lr, akin_error *err)
{
    if (!t->words) return ak_net_update(&t->net, lr, err);
    const int ranks = ak_comm_size(t->comm);
    ak_bag_piece piece;
    int64_t *begin = ak_alloc(sizeof *begin, 2 * (ranks + 1), 1);
    akin_status status = begin ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory to exchange words");
    status = ak_ranks_agree(t, status, err);
    int64_t *offset = begin + ranks + 1;
    if (!status) status = gather_ids(t, begin, offset, err);
    if (!status) ak_bag_merge_begin(t->words, begin);
    while (!status && ak_bag_merge_next(t->words, &piece)) {
        status = gather_rows(t, &piece, offset, err);
        if (!status) ak_bag_merge_apply(t->words, lr);
    }
    free(begin);
    return status;
}
