/* SPDX-License-Identifier: Apache-2.0 */
/* nn/plan_totals.c - what the layers of a plan add up to: numbers that learn, multiplications, memory. */
#include "nn/nn.h"

static void count(ak_layer_plan *p)
{
    for (int32_t i = 0; i < p->nodes; i++) {
        const ak_node *n = &p->node[i];
        if (n->kind != AK_NODE_CONV) continue;
        const ak_act *in = &p->act[n->in], *out = &p->act[n->out];
        const int64_t weights = (int64_t)in->c * out->c * n->tall * n->kernel;
        p->parameters += weights + 2 * out->c;
        p->macs += weights * out->h * out->w;
    }
    for (int32_t i = 0; i < p->denses; i++) {
        const ak_dense *l = &p->dense[i];
        p->parameters += (int64_t)l->in * l->out + (l->batchnorm ? 2 : 1) * (int64_t)l->out;
        p->macs += (int64_t)l->in * l->out;
    }
    if (p->vit.layers) ak_vit_count(p, &p->parameters, &p->macs, &p->image_bytes);
}

static int64_t act_bytes(const ak_layer_plan *p, const ak_act *a)
{
    return (p->precision ? 2 : 4) * (int64_t)ak_pad_to(a->c, ak_device_lanes()) * a->h * a->w;
}

static void count_memory(ak_layer_plan *p)
{
    int64_t largest = 0;
    for (int32_t i = 0; i < p->nodes; i++) {
        const ak_node *n = &p->node[i];
        const ak_act *out = &p->act[n->out];
        const int64_t bytes = act_bytes(p, out);
        const bool front = i < p->first_node;
        if (n->kind == AK_NODE_POOL)
            p->image_bytes += front ? 0 : bytes / 4;
        else if (n->y_shared < 0)
            p->image_bytes += bytes;
        if (out->shared < 0) p->image_bytes += bytes;
        if (bytes > largest) largest = bytes;
    }
    for (int32_t i = 0; i < p->nodes; i++) {
        const ak_node *n = &p->node[i];
        const int64_t wide = ak_conv_wide(p, n, &p->act[n->in], &p->act[n->out]);
        if (wide > p->wide) p->wide = wide;
    }
    p->image_bytes += 8 * p->wide / p->batch;
    p->image_bytes += p->buffers * largest + 4 * (int64_t)p->channels * p->height * p->width;
    if (!ak_plan_deep(p) && !p->backbone_denses) p->image_bytes += 4 * (int64_t)p->features;
    for (int32_t i = 0; i < p->denses; i++) p->image_bytes += 12 * p->dense[i].out_stride;
}

void ak_plan_totals(ak_layer_plan *p)
{
    count(p);
    count_memory(p);
}
