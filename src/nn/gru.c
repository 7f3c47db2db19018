/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru.c - building a GRU, its tensors, and what can be asked about it. */
#include "nn/gru.h"
#include "nn/tensors.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GRU_VIEW = 0x677275 }; /* keeps its initial weights apart from those of other encoders of one seed */

static const ak_gru_kernels *choose_kernels(void)
{
#if defined(__x86_64__)
    const char *isa = akin_isa();
    if (strncmp(isa, "avx512", 6) == 0) return &ak_gru_avx512;
    if (strcmp(isa, "avx2") == 0) return &ak_gru_avx2;
#endif
    return &ak_gru_ref;
}

static akin_status in_range(const char *what, int64_t value, int64_t low, int64_t high, akin_status status,
                            akin_error *err)
{
    if (value >= low && value <= high) return AKIN_OK;
    return ak_fail(err, status, "gru: %s is %lld; expected %lld to %lld", what, (long long)value,
                   (long long)low, (long long)high);
}

static akin_status check(const akin_gru *g, akin_error *err)
{
    const akin_gru_opts *o = &g->opts;
    AK_TRY(in_range("hidden", o->hidden, 1, 4096, AKIN_ERR_RANGE, err));
    AK_TRY(in_range("layers", o->layers, 1, AK_GRU_LAYERS, AKIN_ERR_RANGE, err));
    AK_TRY(in_range("bidirectional", o->bidirectional, 0, 1, AKIN_ERR_RANGE, err));
    AK_TRY(in_range("pool", o->pool, AKIN_GRU_LAST, AKIN_GRU_MEAN, AKIN_ERR_RANGE, err));
    AK_TRY(in_range("dim", g->dim, 1, 65536, AKIN_ERR_SHAPE, err));
    AK_TRY(in_range("max_rows", g->max_rows, 1, 1 << 24, AKIN_ERR_SHAPE, err));
    return in_range("max_len", g->max_len, 1, 1 << 20, AKIN_ERR_SHAPE, err);
}

/* One tensor and its gradient. */
static akin_status add_tensor(akin_gru *g, const char *kind, int layer, int d, int64_t rows, int64_t cols,
                              float **data, float **grad, akin_error *err)
{
    const int64_t count = rows * (cols ? cols : 1);
    AK_TRY(ak_device_alloc(&g->device, sizeof(float), count, 1, data, err));
    AK_TRY(ak_device_alloc(&g->device, sizeof(float), count, 1, grad, err));
    snprintf(g->name[g->tensors], sizeof *g->name, "%s_l%d%s", kind, layer, d ? "_reverse" : "");
    g->tensor[g->tensors] = (akin_tensor){ .name = g->name[g->tensors],
                                           .data = *data,
                                           .grad = *grad,
                                           .count = count,
                                           .plain = count,
                                           .shape = { rows, cols },
                                           .ndim = cols ? 2 : 1,
                                           .decay = cols > 0 };
    g->tensors++;
    return AKIN_OK;
}

static akin_status build_side(akin_gru *g, int l, int d, akin_error *err)
{
    const ak_gru_layer *layer = &g->layer[l];
    ak_gru_side *s = &g->layer[l].side[d];
    const int64_t h = g->opts.hidden, p = g->padded;
    AK_TRY(add_tensor(g, "weight_ih", l, d, 3 * h, layer->inputs, &s->weight[0], &s->dweight[0], err));
    AK_TRY(add_tensor(g, "weight_hh", l, d, 3 * h, h, &s->weight[1], &s->dweight[1], err));
    AK_TRY(add_tensor(g, "bias_ih", l, d, 3 * h, 0, &s->bias[0], &s->dbias[0], err));
    AK_TRY(add_tensor(g, "bias_hh", l, d, 3 * h, 0, &s->bias[1], &s->dbias[1], err));
    AK_TRY(ak_device_alloc(&g->device, sizeof(float), 3 * p, layer->stored, &s->input, err));
    AK_TRY(ak_device_alloc(&g->device, sizeof(float), 3 * p, layer->stored, &s->back, err));
    AK_TRY(ak_device_alloc(&g->device, sizeof(float), 3 * p, p, &s->state, err));
    AK_TRY(ak_device_alloc(&g->device, sizeof(float), 3 * p, p, &s->state_back, err));
    AK_TRY(ak_device_alloc(&g->device, sizeof(float), 3 * p, 1, &s->input_bias, err));
    AK_TRY(ak_device_alloc(&g->device, sizeof(float), p, 1, &s->state_bias, err));
    return ak_device_alloc(&g->device, sizeof(double), 4 * p, 1, &s->sums, err);
}

static akin_status build(akin_gru *g, uint64_t seed, akin_error *err)
{
    AK_TRY(ak_device_open(&g->device, AKIN_PRECISION_F32, err));
    const int64_t most = 8 * (int64_t)g->opts.layers;
    AK_TRY(ak_device_alloc(&g->device, sizeof *g->tensor, most, 1, &g->tensor, err));
    AK_TRY(ak_device_alloc(&g->device, sizeof *g->name, most, 1, &g->name, err));
    for (int l = 0; l < g->opts.layers; l++) {
        ak_gru_layer *layer = &g->layer[l];
        const int64_t block = l ? g->opts.hidden : g->dim;
        layer->blocks = l ? g->directions : 1;
        layer->inputs = layer->blocks * block;
        layer->wide = (block + AK_GRU_PAD - 1) / AK_GRU_PAD * AK_GRU_PAD;
        layer->stored = layer->blocks * layer->wide;
        for (int d = 0; d < g->directions; d++) AK_TRY(build_side(g, l, d, err));
    }
    const float bound = (float)(1 / sqrt((double)g->opts.hidden));
    for (int64_t i = 0; i < g->tensors; i++) {
        ak_rng r = ak_rng_at(seed, AK_RNG_INIT, 0, (uint64_t)i, GRU_VIEW);
        for (int64_t k = 0; k < g->tensor[i].count; k++)
            g->tensor[i].data[k] = ak_rng_range(&r, -bound, bound);
    }
    return AKIN_OK;
}

akin_status akin_gru_create(const akin_gru_opts *opts, int64_t dim, int64_t max_rows, int64_t max_len,
                            uint64_t seed, akin_gru **out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "gru: out must not be NULL");
    akin_gru_opts o = AKIN_GRU_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, opts, "gru", err));
    akin_gru *g = calloc(1, sizeof *g);
    if (!g) return ak_fail(err, AKIN_ERR_NOMEM, "gru: out of memory");
    g->opts = o;
    g->dim = dim;
    g->max_rows = max_rows;
    g->max_len = max_len;
    g->directions = o.bidirectional ? 2 : 1;
    g->padded = ((int64_t)o.hidden + AK_GRU_PAD - 1) / AK_GRU_PAD * AK_GRU_PAD;
    g->kernels = choose_kernels();
    akin_status status = check(g, err);
    if (!status) status = build(g, seed, err);
    if (status) {
        akin_gru_free(g);
        return status;
    }
    *out = g;
    return AKIN_OK;
}

void akin_gru_free(akin_gru *g)
{
    if (!g) return;
    free(g->row_block);
    free(g->place_block);
    ak_device_close(&g->device);
    free(g);
}

const akin_tensor *ak_gru_tensors(const akin_gru *g, int64_t *count)
{
    if (count) *count = g ? g->tensors : 0;
    return g ? g->tensor : NULL;
}

const akin_tensor *akin_gru_tensor_at(const akin_gru *g, int64_t i)
{
    int64_t count;
    const akin_tensor *all = ak_gru_tensors(g, &count);
    return i >= 0 && i < count ? &all[i] : NULL;
}

akin_status akin_gru_get_info(const akin_gru *g, akin_gru_info *info, akin_error *err)
{
    if (!g) return ak_fail(err, AKIN_ERR_ARGUMENT, "gru: gru must not be NULL");
    akin_gru_info found = { .struct_size = sizeof found,
                            .features = (int64_t)g->directions * g->opts.hidden,
                            .dim = g->dim,
                            .max_rows = g->max_rows,
                            .max_len = g->max_len,
                            .hidden = g->opts.hidden,
                            .layers = g->opts.layers,
                            .directions = g->directions,
                            .pool = g->opts.pool };
    found.memory_bytes = (int64_t)(sizeof *g + g->device.bytes + g->row_bytes + g->place_bytes);
    for (int64_t i = 0; i < g->tensors; i++) {
        found.parameters += g->tensor[i].count;
        if (g->tensor[i].ndim == 2) found.macs_per_token += g->tensor[i].count;
    }
    return ak_result_export(info, &found, "gru: info", err);
}
