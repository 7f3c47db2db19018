/* SPDX-License-Identifier: Apache-2.0 */
/* nn/plan_buffers.c - which activation and which gradient lives in which memory.
 *
 * The forward pass keeps every activation for the backward pass, except the results of shortcut
 * convolutions, which are added at once. For the backward pass the plan is walked in reverse with a pool of
 * gradient buffers. An activation that two nodes read gets two gradients, which the first pass of its norm
 * adds. After its last reader, a buffer returns to the pool. Three buffers are enough for every encoder of
 * the table.
 *
 * Layers at the front that are frozen take no part in the backward pass, so nothing of theirs is kept but
 * what a layer that learns reads. Their results live in the gradient buffers, which are free then; four are
 * enough. */
#include "nn/nn.h"

typedef struct pool_of_buffers {
    bool used[AK_NN_BUFFERS];
    int32_t most;
} pool_of_buffers;

static int32_t take(pool_of_buffers *b)
{
    for (int32_t i = 0; i < AK_NN_BUFFERS; i++)
        if (!b->used[i]) {
            b->used[i] = true;
            if (i + 1 > b->most) b->most = i + 1;
            return i;
        }
    return -1;
}

static void give(pool_of_buffers *b, int32_t i)
{
    if (i >= 0) b->used[i] = false;
}

static bool contribute(ak_act *a, int32_t buffer)
{
    if (buffer < 0 || a->grads == 2) return false;
    a->grad[a->grads++] = buffer;
    return true;
}

static bool plan_node(ak_layer_plan *p, ak_node *n, pool_of_buffers *b)
{
    const ak_act *out = &p->act[n->out];
    n->d1 = out->grad[0];
    n->d2 = out->grads > 1 ? out->grad[1] : -1;
    n->dx = n->d1;
    n->din = -1;
    int32_t spare = -1; /* activations up to first_node have no gradient: k is the result of node k - 1 */
    if (n->residual >= 0) {
        n->dx = n->d2 >= 0 ? n->d2 : take(b);
        if (n->residual <= p->first_node)
            spare = n->d1;
        else if (!contribute(&p->act[n->residual], n->d1))
            return false;
    } else {
        give(b, n->d2);
    }
    if (n->in > p->first_node) {
        n->din = take(b);
        if (!contribute(&p->act[n->in], n->din)) return false;
    }
    give(b, n->dx);
    give(b, spare);
    return n->dx >= 0;
}

/* The results of the layers in front of the first that learns. */
static bool plan_front(ak_layer_plan *p, pool_of_buffers *b)
{
    int32_t last[AK_NN_NODES + 1] = { 0 }; /* node that reads an activation */
    for (int32_t i = 0; i < p->nodes; i++) {
        last[p->node[i].in] = i;
        if (p->node[i].residual >= 0) last[p->node[i].residual] = i;
    }
    last[p->acts] = p->nodes;
    for (int32_t i = 0; i < p->first_node; i++) {
        ak_node *n = &p->node[i];
        const int32_t read[] = { n->in, n->residual };
        if (n->kind == AK_NODE_CONV && (n->y_shared = take(b)) < 0) return false;
        p->act[n->out].shared = -1;
        if (last[n->out] < p->first_node && (p->act[n->out].shared = take(b)) < 0) return false;
        give(b, n->y_shared);
        for (int k = 0; k < 2; k++)
            if (read[k] >= 0 && last[read[k]] == i) give(b, p->act[read[k]].shared);
    }
    return true;
}

bool ak_plan_buffers(ak_layer_plan *p)
{
    pool_of_buffers b = { 0 };
    for (int32_t i = 0; i <= p->acts; i++) p->act[i].shared = p->act[i].passing ? 0 : -1;
    for (int32_t i = 0; i < p->nodes; i++)
        p->node[i].y_shared = p->node[i].d1 = p->node[i].d2 = p->node[i].dx = p->node[i].din = -1;
    if (!plan_front(p, &b)) return false;
    if (p->first_node < p->nodes) contribute(&p->act[p->acts], take(&b));
    for (int32_t i = p->nodes; i-- > p->first_node;)
        if (!plan_node(p, &p->node[i], &b)) return false;
    p->buffers = b.most;
    return true;
}
