/* SPDX-License-Identifier: Apache-2.0 */
/* train/whole.c - the exchanges of whole.h. Each rank's rows lie in their places of the whole step already,
 * so that a gather per span puts all in order. */
#include "train/whole.h"

#include "train/ranks.h"

enum { FEWEST = 8, CHUNKS = 16 };

int64_t ak_whole_chunk(int64_t batch)
{
    int64_t n = (batch + CHUNKS - 1) / CHUNKS;
    if (n < FEWEST) n = FEWEST;
    while (n < batch && batch % n) n++;
    return n < batch ? n : batch;
}

static int64_t chunks_of(const ak_trainer *t) { return ak_visits_all_chunks(&t->visits, t->sampler); }

/* The first chunk of each rank, and where the last one's end. */
static void share_out(const ak_trainer *t)
{
    ak_visits of = t->visits;
    const int ranks = ak_comm_size(t->comm);
    for (of.rank = 0; of.rank < ranks; of.rank++) {
        const int64_t first = ak_visits_first_chunk(&of, t->sampler);
        t->chunk_of[of.rank] = first;
        t->chunk_of[of.rank + 1] = first + ak_visits_chunks(&of, t->sampler);
    }
    for (int r = 0; r < ranks; r++)
        t->parts_of[r] = ak_treesum_parts(chunks_of(t), t->chunk_of[r], t->chunk_of[r + 1] - t->chunk_of[r]);
}

akin_status ak_whole_prepare(ak_trainer *t, akin_error *err)
{
    const int64_t all = chunks_of(t), ranks = ak_comm_size(t->comm);
    t->chunk_of = ak_alloc(sizeof *t->chunk_of, ranks + 1, 1);
    t->parts_of = ak_alloc(sizeof *t->parts_of, ranks + 1, 1);
    t->places = ak_alloc(sizeof *t->places, ranks + 1, 1);
    if (!t->chunk_of || !t->parts_of || !t->places) return ak_no_memory(err, "for what ranks exchange");
    share_out(t);
    AK_TRY(ak_averages_create(&t->net, all, &t->averages, err));
    if (all == 1) return AKIN_OK;
    return ak_treesum_create(t->net.tensors, t->net.encoder_count + t->net.gru_count, all,
                             ak_visits_first_chunk(&t->visits, t->sampler),
                             ak_visits_chunks(&t->visits, t->sampler), &t->treesum, err);
}

void ak_whole_begin_chunk(ak_trainer *t) { ak_averages_reset(t->averages); }

void ak_whole_end_chunk(ak_trainer *t, int64_t chunk)
{
    ak_averages_note(t->averages, ak_visits_first_chunk(&t->visits, t->sampler) + chunk);
}

/* The rows of one span, of so many bytes each; all: of the step. */
static akin_status gather_rows(ak_trainer *t, int span, void *all, size_t row, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm);
    const int64_t first = ak_visits_rank_first(&t->visits, t->sampler, span, 0);
    char *base = (char *)all + (size_t)first * row;
    for (int r = 0; r <= ranks; r++)
        t->places[r] = (ak_visits_rank_first(&t->visits, t->sampler, span, r) - first) * (int64_t)row;
    return ak_comm_gather(t->comm, base + t->places[ak_comm_rank(t->comm)], base, t->places, err);
}

static akin_status gather_averages(ak_trainer *t, akin_error *err)
{
    const int64_t bytes = ak_averages_count(t->averages) * (int64_t)sizeof(float);
    char *notes = (char *)ak_averages_notes(t->averages);
    for (int r = 0; r <= ak_comm_size(t->comm); r++) t->places[r] = t->chunk_of[r] * bytes;
    return ak_comm_gather(t->comm, notes + t->places[ak_comm_rank(t->comm)], notes, t->places, err);
}

akin_status ak_whole_meet(ak_trainer *t, akin_error *err)
{
    ak_row_span spans[3];
    const int count = ak_visits_spans(&t->visits, t->sampler, spans);
    if (ak_comm_size(t->comm) > 1) {
        AK_TRY(ak_ranks_agree(t, AKIN_OK, err));
        for (int i = 0; i < count; i++) {
            AK_TRY(gather_rows(t, i, t->projections, (size_t)t->width * sizeof(float), err));
            AK_TRY(gather_rows(t, i, t->items, sizeof *t->items, err));
            if (t->features.data)
                AK_TRY(gather_rows(t, i, t->features.data, (size_t)t->features.cols * sizeof(float), err));
        }
        AK_TRY(gather_averages(t, err));
    }
    ak_averages_replay(t->averages);
    return AKIN_OK;
}

static void join(float *vectors, int64_t n, void *ctx)
{
    const ak_trainer *t = ctx;
    ak_treesum_join(chunks_of(t), t->chunk_of, ak_comm_size(t->comm), vectors, n);
}

akin_status ak_whole_add(ak_trainer *t, akin_error *err)
{
    float *const *sums;
    int64_t n;
    if (!t->treesum) return AKIN_OK;
    ak_treesum_waiting(t->treesum, &sums, &n);
    if (ak_comm_size(t->comm) > 1)
        AK_TRY(ak_comm_join_floats(t->comm, sums, t->parts_of, n, join, t, sums[0], err));
    ak_treesum_finish(t->treesum);
    return AKIN_OK;
}
