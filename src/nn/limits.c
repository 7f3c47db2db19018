/* SPDX-License-Identifier: Apache-2.0 */
/* nn/limits.c - how fast the convolutions of an encoder are by themselves on this machine.
 *
 * A layer is built again on a device of its own, once for each way to compute it, and each direction is timed
 * alone on numbers of ordinary size. The median of REPEAT runs counts, after one that touches the memory; the
 * fastest way is the limit. The gradient to the weights includes adding its parts, without which there is no
 * gradient, and akin's Winograd its transforms of the weights; copies of the weights between layouts, norms
 * and everything else are left out. */
#include "nn/nn.h"

#include <string.h>

enum { REPEAT = 7, DIRECTIONS = 3 };

typedef struct way {
    const char *name;
    int algorithm;
    bool whole, own;
} way;

static const way WAYS[] = {
    { "direct in parts", AKIN_CONV_DIRECT, false, false },
    { "direct", AKIN_CONV_DIRECT, true, false },
    { "winograd in parts", AKIN_CONV_WINOGRAD, false, false },
    { "winograd", AKIN_CONV_WINOGRAD, true, false },
    { "akin's winograd", AKIN_CONV_WINOGRAD, false, true },
};

/* Values between -1 and 1 without pattern. */
static void fill(const ak_device *d, void *p, int64_t bytes, int type)
{
    enum { SOME = 4096 };
    float some[SOME];
    uint64_t state = 1;
    const ak_pass_table *op = &d->lanes->op[type];
    const int64_t item = type ? 2 : 4, n = bytes / item;
    for (int64_t i = 0; i < n; i += SOME) {
        const int64_t count = n - i < SOME ? n - i : SOME;
        for (int64_t k = 0; k < count; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            some[k] = (float)(state >> 40) * 0x1p-23f - 1;
        }
        op->from_float(some, (unsigned char *)p + i * item, count);
    }
}

static akin_status block(ak_device *d, const ak_act *a, void **out, akin_error *err)
{
    const int64_t bytes = (int64_t)ak_layout_bytes(a->layout);
    AK_TRY(ak_device_alloc(d, 1, bytes, 1, out, err));
    fill(d, *out, bytes, d->type);
    return AKIN_OK;
}

/* The layer again, ready to run. Gradients: buffer 0 is that of its result, buffer 1 that of its input. */
static akin_status build(ak_device *d, const akin_encoder *e, const way *w, ak_layer_plan *plan, ak_node *n,
                         akin_error *err)
{
    plan->algorithm = w->algorithm;
    plan->precision = e->plan.precision;
    d->whole = w->whole;
    d->library = !w->own;
    ak_act in = e->plan.act[n->in], out = e->plan.act[n->out];
    void *buffers[2];
    AK_TRY(block(d, &in, &in.data, err));
    AK_TRY(block(d, &out, &buffers[0], err));
    AK_TRY(block(d, &in, &buffers[1], err));
    memset(n->op, 0, sizeof n->op);
    memset(&n->to_forward, 0, sizeof n->to_forward);
    memset(&n->to_backward, 0, sizeof n->to_backward);
    n->y = NULL;
    n->dx = 0;
    n->din = n->din < 0 ? -1 : 1;
    AK_TRY(ak_conv_build(d, plan, n, &in, &out, buffers, err));
    AK_TRY(ak_device_share(d, err));
    fill(d, n->weight, n->weights * (int64_t)sizeof(float), 0);
    AK_TRY(ak_device_run(d, &n->to_forward, n->name, err));
    return ak_device_run(d, &n->to_backward, n->name, err);
}

static akin_status time_direction(ak_device *d, const ak_node *n, int direction, double *median,
                                  akin_error *err)
{
    double took[REPEAT];
    for (int r = -1; r < REPEAT; r++) {
        const double start = ak_now_s();
        AK_TRY(ak_conv_run(d, n, direction, err));
        const double seconds = ak_now_s() - start;
        int at = r; /* sorted in */
        for (; at > 0 && took[at - 1] > seconds; at--) took[at] = took[at - 1];
        if (r >= 0) took[at] = seconds;
    }
    *median = took[REPEAT / 2];
    return AKIN_OK;
}

/* Whether direction k of the layer came out as the way means it: oneDNN has no Winograd for some. */
static bool is_way(const ak_node *n, int k, const way *w)
{
    const ak_op *op = &n->op[k].part[0];
    if (w->own) return n->own[k] && op->info;
    return op->primitive && (strstr(op->info, "wino") != NULL) == (w->algorithm == AKIN_CONV_WINOGRAD);
}

static akin_status try_way(const akin_encoder *e, int32_t i, const way *w, ak_layer_plan *plan,
                           akin_encoder_limit *limit, akin_error *err)
{
    ak_device d;
    ak_node n = e->plan.node[i];
    akin_status status = ak_device_open(&d, e->plan.precision, err);
    if (!status) status = ak_conv_ask(&d, err);
    if (!status) status = build(&d, e, w, plan, &n, err);
    for (int k = 0; k < DIRECTIONS && !status; k++) {
        if (!is_way(&n, k, w)) continue;
        double seconds;
        status = time_direction(&d, &n, k, &seconds, err);
        if (status) break;
        if (!w->own && (limit->onednn_s[k] == 0 || seconds < limit->onednn_s[k]))
            limit->onednn_s[k] = seconds;
        if (limit->fastest[k][0] && limit->seconds[k] <= seconds) continue;
        limit->seconds[k] = seconds;
        limit->fastest[k] = w->name;
    }
    ak_device_close(&d);
    return status;
}

akin_status akin_encoder_measure_limit(const akin_encoder *e, int32_t i, akin_encoder_limit *limit,
                                       akin_error *err)
{
    if (!limit) return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: limit must not be NULL");
    akin_encoder_layer layer = AKIN_ENCODER_LAYER_INIT;
    AK_TRY(akin_encoder_get_layer(e, i, &layer, err));
    akin_encoder_limit found = {
        .struct_size = sizeof found, .name = layer.name, .what = layer.what, .fastest = { "", "", "" }
    };
    akin_status status = AKIN_OK;
    if (i < e->plan.nodes && e->plan.node[i].kind == AK_NODE_CONV) {
        ak_layer_plan *plan = calloc(1, sizeof *plan); /* only for the choice of algorithm, but large */
        if (!plan) return ak_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory");
        for (size_t w = 0; w < sizeof WAYS / sizeof *WAYS && !status; w++)
            status = try_way(e, i, &WAYS[w], plan, &found, err);
        free(plan);
    }
    return status ? status : ak_result_export(limit, &found, "encoder: limit", err);
}
