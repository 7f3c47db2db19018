/* SPDX-License-Identifier: Apache-2.0 */
/* train/past.c - see train/past.h. */
#include "train/past.h"

#include "train/ranks.h"

#include <math.h>
#include <string.h>

/* A checkpoint holds finite numbers only: this stands for an item that was in no batch yet. */
#define NEVER (-1e30f)

/* What one rank tells the others of an anchor. */
typedef struct news {
    int32_t item;
    float value;
} news;

static int64_t anchors_of(const ak_trainer *t)
{
    ak_row_span spans[3];
    ak_visits_spans(&t->visits, t->sampler, spans);
    return spans[0].rows;
}

akin_status ak_past_prepare(ak_trainer *t, akin_error *err)
{
    if (strcmp(t->set.loss->name, "sogclr") != 0) return AKIN_OK;
    const int64_t items = t->learning.part.n;
    float *values = ak_alloc(sizeof *values, items, 1);
    t->past = (akin_tensor){ .name = "averages", .data = values, .shape = { items }, .ndim = 1 };
    t->past.count = t->past.plain = items;
    t->past_of_step = ak_alloc(sizeof *t->past_of_step, anchors_of(t), 1);
    if (!values || !t->past_of_step)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the averages of %lld items", (long long)items);
    for (int64_t i = 0; i < items; i++) values[i] = NEVER;
    return AKIN_OK;
}

void ak_past_release(ak_trainer *t)
{
    free(t->past.data);
    free(t->past_of_step);
}

void ak_past_read(ak_trainer *t, akin_loss_grads *grads)
{
    if (!t->past.data) return;
    const int64_t n = anchors_of(t);
    for (int64_t i = 0; i < n; i++) {
        const float value = t->past.data[t->items[i]];
        t->past_of_step[i] = value == NEVER ? NAN : (double)value;
    }
    grads->averages = t->past_of_step;
}

/* Of all ranks, one behind the other. */
static akin_status gather(ak_trainer *t, news *all, int64_t n, akin_error *err)
{
    const int ranks = ak_comm_size(t->comm), rank = ak_comm_rank(t->comm);
    int64_t *offset = ak_alloc(sizeof *offset, ranks + 1, 1);
    akin_status status = ak_ranks_agree(t, offset ? AKIN_OK : ak_no_memory(err, "to exchange averages"), err);
    const int64_t first = ak_visits_rank_first(&t->visits, t->sampler, 0, 0);
    for (int r = 0; r <= ranks && !status; r++)
        offset[r] = (ak_visits_rank_first(&t->visits, t->sampler, 0, r) - first) * (int64_t)sizeof *all;
    if (!status) {
        news *mine = all + offset[rank] / (int64_t)sizeof *all;
        if (mine != all) memmove(mine, all, (size_t)n * sizeof *all);
        status = ak_comm_gather(t->comm, mine, all, offset, err);
    }
    free(offset);
    return status;
}

akin_status ak_past_keep(ak_trainer *t, akin_error *err)
{
    if (!t->past.data) return AKIN_OK;
    const bool here = ak_comm_size(t->comm) == 1 || t->visits.whole; /* are all */
    const int64_t n = anchors_of(t), all = here ? n : t->set.batch;
    news *of = ak_alloc(sizeof *of, all, 1);
    akin_status status = of ? AKIN_OK : ak_no_memory(err, "for the averages of a step");
    if (!here) status = ak_ranks_agree(t, status, err);
    for (int64_t i = 0; i < n && !status; i++) of[i] = (news){ t->items[i], (float)t->past_of_step[i] };
    if (!status && !here) status = gather(t, of, n, err);
    for (int64_t i = 0; i < all && !status; i++) t->past.data[of[i].item] = of[i].value;
    free(of);
    return status;
}
