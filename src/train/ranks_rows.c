/* SPDX-License-Identifier: Apache-2.0 */
/* train/ranks_rows.c - rows that ranks exchange beside the gradients of ranks.c: keys of a momentum encoder,
 * and gradients of those rows of a table of words that a step holds. */
#include "train/ranks.h"

#include <string.h>

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

/* Parts whose gradients are added in their order: the chunks of a step, or what each rank has of it. */
static int64_t parts_of(const ak_trainer *t)
{
    return t->set.micro ? ak_visits_all_chunks(&t->visits, t->sampler) : ak_comm_size(t->comm);
}

/* The first of a rank. */
static int64_t first_part(const ak_trainer *t, int rank)
{
    if (!t->set.micro) return rank;
    ak_visits of = t->visits;
    of.rank = rank;
    return rank == ak_comm_size(t->comm) ? parts_of(t) : ak_visits_first_chunk(&of, t->sampler);
}

/* The ids that the parts may hold at most, each counted once a part. */
static int64_t most_ids(const ak_trainer *t)
{
    const int64_t tokens = t->learning.shape.tokens;
    ak_visits of = t->visits;
    int64_t most = 0;
    for (of.rank = 0; of.rank < ak_comm_size(t->comm); of.rank++) {
        const int64_t ids = ak_visits_rows(&of, t->sampler) * t->learning.source.row_ids;
        most += (first_part(t, of.rank + 1) - first_part(t, of.rank)) * (ids < tokens ? ids : tokens);
    }
    return most;
}

akin_status ak_ranks_prepare_words(ak_trainer *t, akin_error *err)
{
    const int64_t parts = parts_of(t);
    if (!t->net.bag || t->set.table.frozen || parts == 1) return AKIN_OK;
    if (t->set.micro)
        AK_TRY(ak_words_create(t->net.bag, ak_visits_chunks(&t->visits, t->sampler), &t->chunk_words, err));
    return ak_bag_merge_create(t->net.bag, (int)parts, most_ids(t), PIECE_BYTES, &t->words, err);
}

/* Of this rank's part i the ids. */
static const int32_t *ids_of(const ak_trainer *t, int64_t i, int64_t *count)
{
    return t->chunk_words ? ak_words_ids(t->chunk_words, i, count) : akin_bag_touched(t->net.bag, count);
}

/* begin [parts+1]: where the ids of each part stand among those of all; then these. */
static akin_status gather_ids(ak_trainer *t, int64_t *begin, int64_t *offset, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm), rank = ak_comm_rank(t->comm);
    const int64_t first = first_part(t, rank), mine = first_part(t, rank + 1) - first;
    int32_t *all = ak_bag_merge_ids(t->words);
    for (int64_t i = 0; i < mine; i++) ids_of(t, i, &begin[1 + first + i]);
    for (int r = 0; r <= ranks; r++) offset[r] = first_part(t, r) * (int64_t)sizeof *begin;
    AK_TRY(ak_comm_gather(t->comm, begin + 1 + first, begin + 1, offset, err));
    for (int64_t p = 0; p < parts_of(t); p++) begin[p + 1] += begin[p];
    for (int64_t i = 0, count; i < mine; i++) {
        const int32_t *ids = ids_of(t, i, &count);
        if (count) memcpy(all + begin[first + i], ids, (size_t)count * sizeof *ids);
    }
    for (int r = 0; r <= ranks; r++) offset[r] = begin[first_part(t, r)] * (int64_t)sizeof *all;
    return ak_comm_gather(t->comm, all + begin[first], all, offset, err);
}

static akin_status gather_rows(ak_trainer *t, const ak_bag_piece *piece, int64_t *offset, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm), rank = ak_comm_rank(t->comm);
    const int64_t dim = piece->dim, first = first_part(t, rank), last = first_part(t, rank + 1);
    for (int64_t p = first; p < last; p++) {
        const akin_mat to = { piece->rows + piece->place[p] * dim, piece->place[p + 1] - piece->place[p], dim,
                              dim };
        if (!to.rows) continue;
        if (t->chunk_words)
            memcpy(to.data, ak_words_rows(t->chunk_words, p - first) + piece->first[p] * dim,
                   (size_t)(to.rows * dim) * sizeof *to.data);
        else
            AK_TRY(akin_bag_gradient(t->net.bag, piece->first[p], to, err));
    }
    for (int r = 0; r <= ranks; r++)
        offset[r] = piece->place[first_part(t, r)] * dim * (int64_t)sizeof *piece->rows;
    return ak_comm_gather(t->comm, piece->rows + piece->place[first] * dim, piece->rows, offset, err);
}

akin_status ak_ranks_update_words(ak_trainer *t, double lr, akin_error *err)
{
    if (!t->words) return ak_net_update(&t->net, lr, err);
    ak_bag_piece piece;
    int64_t *begin = ak_alloc(sizeof *begin, parts_of(t) + ak_comm_size(t->comm) + 2, 1);
    akin_status status = begin ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory to exchange words");
    status = ak_ranks_agree(t, status, err);
    int64_t *offset = begin + parts_of(t) + 1;
    if (!status) begin[0] = 0;
    if (!status) status = gather_ids(t, begin, offset, err);
    if (!status) ak_bag_merge_begin(t->words, begin);
    while (!status && ak_bag_merge_next(t->words, &piece)) {
        status = gather_rows(t, &piece, offset, err);
        if (!status) ak_bag_merge_apply(t->words, lr);
    }
    free(begin);
    return status;
}
