/* SPDX-License-Identifier: Apache-2.0 */
/* loss/ring_count.c - what the walks of a loss move, counted in a rehearsal on a few rows. */
#include "loss/ring.h"

#include "base/base.h"

#include <stdlib.h>

/* Three ranks: the fewest of which each has another one that it does not face. */
enum { ITEMS = 2, VIEWS = 2, RANKS = 3 };

/* Rows of which no two are alike, from a generator of its own: what is counted does not depend on them. */
static void fill(float *x, int64_t n)
{
    uint32_t state = 1;
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-23f - 1;
}

static akin_status rehearse(const akin_loss *loss, const akin_loss_params *params, akin_loss_batch *batch,
                            bool keys, akin_error *err)
{
    const int64_t d = batch->a.cols, rows = VIEWS * ITEMS;
    const size_t bytes = akin_loss_scratch_bytes(loss, params, batch, 0) + 64;
    float *grad = ak_alloc(sizeof *grad, rows, d);
    void *memory = ak_alloc(1, (int64_t)bytes, 1);
    akin_status status = AKIN_OK;
    if (!grad || !memory)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a rehearsal of %s", loss->name);
    if (!status) {
        akin_arena arena;
        akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
        grads.a = (akin_mat){ grad, ITEMS, d, d };
        if (batch->b.data && !keys) grads.b = (akin_mat){ grad + ITEMS * d, ITEMS, d, d };
        akin_arena_init(&arena, memory, bytes);
        status = akin_loss_eval(loss, params, batch, &arena, NULL, &grads, err);
    }
    free(memory);
    free(grad);
    return status;
}

akin_status ak_ring_count(const akin_loss *loss, const akin_loss_params *params, akin_precision precision,
                          int64_t columns, int64_t features, ak_ring_traffic *t, int64_t *rounds,
                          akin_error *err)
{
    const int64_t d = columns, h = loss->needs & AKIN_LOSS_FEATURES ? features : 0;
    static const int32_t labels[ITEMS] = { 0, 1 };
    t->passages = 0;
    t->sum_bytes = 0;
    *rounds = 0;
    float *x = ak_alloc(sizeof *x, VIEWS * ITEMS, d + h);
    if (!x) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a rehearsal of %s", loss->name);
    fill(x, VIEWS * ITEMS * (d + h));
    ak_rehearsal notes = { .ring = t };
    ak_comm *comm = NULL;
    akin_status status = ak_rehearsal_open(&notes, 0, RANKS, &comm, err);
    if (!status) {
        akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
        batch.precision = precision;
        batch.a = (akin_cmat){ x, ITEMS, d, d };
        const akin_cmat partners = { x + ITEMS * d, ITEMS, d, d };
        if (loss->needs & AKIN_LOSS_TRIPLES)
            batch.positives = batch.negatives = partners;
        else
            batch.b = partners;
        if (h) batch.features = (akin_cmat){ x + VIEWS * ITEMS * d, VIEWS * ITEMS, h, h };
        batch.labels = loss->needs & AKIN_LOSS_LABELS ? labels : NULL;
        if (t->queue) {
            batch.keys = partners;
            batch.keys_only = batch.keys_alike = 1;
        }
        batch.ranks = comm;
        batch.items = RANKS * ITEMS;
        status = rehearse(loss, params, &batch, t->keys || t->queue, err);
        *rounds = notes.rounds;
        t->sum_bytes = loss->needs & AKIN_LOSS_COLUMNS ? notes.bytes : 0;
    }
    ak_comm_close(comm);
    free(x);
    return status;
}
