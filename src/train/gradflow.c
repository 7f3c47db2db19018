/* SPDX-License-Identifier: Apache-2.0 */
/* train/gradflow.c - the vector of gradflow.h: failed or not; the gradients of tensors behind the encoder's,
 * which come last; the encoder's; the numbers behind. */
#include "train/gradflow.h"

#include "dist/flow.h"

#include <string.h>

enum { PIECE = 1 << 20 }; /* floats */

struct ak_gradflow {
    ak_net *net;
    ak_flow *flow;
    float *vector;
    int64_t tensors, n, behind;
    /* Of the pass under way. */
    ak_gradsum *sum;
    int64_t chunk, chunks;
    int64_t left;         /* tensors of the encoder that are not final */
    int64_t given, final; /* what stands from there on */
    akin_status status;
    akin_error err;
};

akin_status ak_gradflow_create(ak_comm *c, ak_net *net, int64_t tensors, int64_t behind, ak_gradflow **out,
                               akin_error *err)
{
    ak_gradflow *g = calloc(1, sizeof *g);
    if (!g) return ak_no_memory(err, "for the gradients that ranks exchange");
    g->net = net;
    g->tensors = tensors;
    g->behind = behind;
    g->n = 1 + behind;
    for (int64_t i = 0; i < tensors; i++)
        if (net->tensors[i].grad) g->n += net->tensors[i].count;
    g->vector = ak_alloc(sizeof *g->vector, g->n, 1);
    akin_status status = g->vector ? AKIN_OK : ak_no_memory(err, "for the gradients that ranks exchange");
    if (!status) status = ak_flow_create(c, PIECE, &g->flow, err);
    if (status)
        ak_gradflow_free(g);
    else
        *out = g;
    return status;
}

void ak_gradflow_free(ak_gradflow *g)
{
    if (!g) return;
    ak_flow_free(g->flow);
    free(g->vector);
    free(g);
}

int64_t ak_gradflow_bytes(const ak_gradflow *g) { return (g->n + 3 * PIECE) * (int64_t)sizeof(float); }

float *ak_gradflow_behind(ak_gradflow *g) { return g->vector + g->n - g->behind; }

/* Give all whole pieces that are final, with rest also what is left. */
static void give(ak_gradflow *g, bool rest)
{
    while (!g->status && (g->given - g->final >= PIECE || (rest && g->given > g->final))) {
        const int64_t n = g->given - g->final < PIECE ? g->given - g->final : PIECE;
        g->given -= n;
        g->status = ak_flow_give(g->flow, g->vector + g->given, n, &g->err);
    }
}

static void put(ak_gradflow *g, int64_t i)
{
    const akin_tensor *x = &g->net->tensors[i];
    if (!x->grad) return;
    if (g->sum) ak_gradsum_add_tensor(g->sum, i, g->chunk, g->chunks);
    g->final -= x->count;
    memcpy(g->vector + g->final, x->grad, (size_t)x->count * sizeof *g->vector);
}

/* The encoder's tensors from `from` on are final. */
static void on_gradients(int64_t from, void *ctx)
{
    ak_gradflow *g = ctx;
    while (g->left > from) put(g, --g->left);
    give(g, false);
}

void ak_gradflow_begin(ak_gradflow *g, ak_gradsum *sum, int64_t i, int64_t n)
{
    g->sum = n > 1 ? sum : NULL;
    g->chunk = i;
    g->chunks = n;
    g->left = g->net->encoder_count;
    g->given = g->n;
    g->final = g->n - g->behind;
    g->status = AKIN_OK;
    ak_encoder_watch(g->net->encoder, on_gradients, g);
}

static void take(ak_gradflow *g)
{
    int64_t at = g->n - g->behind;
    for (int64_t k = 0; k < g->tensors; k++) { /* in the order in which they were put */
        const int64_t of_encoder = g->net->encoder_count;
        const akin_tensor *x =
            &g->net->tensors[k < of_encoder ? of_encoder - 1 - k : g->tensors - 1 - (k - of_encoder)];
        if (!x->grad) continue;
        at -= x->count;
        memcpy(x->grad, g->vector + at, (size_t)x->count * sizeof *g->vector);
    }
}

akin_status ak_gradflow_end(ak_gradflow *g, bool *failed, akin_error *err)
{
    ak_encoder_watch(g->net->encoder, NULL, NULL);
    while (g->left > 0) put(g, --g->left);
    for (int64_t i = g->tensors; i-- > g->net->encoder_count;) put(g, i);
    g->vector[--g->final] = *failed ? 1 : 0;
    give(g, true);
    if (!g->status) g->status = ak_flow_end(g->flow, &g->err);
    if (g->status) return ak_fail(err, g->status, "%s", g->err.message);
    *failed = g->vector[0] > 0;
    if (!*failed) take(g);
    return AKIN_OK;
}
