/* SPDX-License-Identifier: Apache-2.0 */
/* nn/encoder.c - building an encoder from its plan, and what can be asked about it. */
#include "nn/nn.h"
#include "nn/transformer.h"

#include <unistd.h>

static akin_status describe_act(ak_device *d, const ak_layer_plan *p, ak_act *a, bool blocked,
                                akin_error *err)
{
    a->padded = blocked ? ak_pad_to(a->c, d->lanes->lanes) : a->c;
    a->blocked = blocked;
    const dnnl_dims_t dims = { p->batch, a->padded, a->h, a->w };
    return ak_device_layout(d, dims, d->data_type, blocked ? d->tag : dnnl_nchw, &a->layout, "activations",
                            err);
}

/* Images are read as they come, in planes, where oneDNN has a fast convolution for that (1 and 3 channels
 * with AVX-512, 3 with AVX2); otherwise, as of a series of many, they are brought to blocks of channels. */
static akin_status build_acts(akin_encoder *e, akin_error *err)
{
    ak_layer_plan *p = &e->plan;
    ak_device *d = &e->device;
    int64_t largest = 1;
    for (int32_t i = 0; i <= p->acts; i++) {
        ak_act *a = &p->act[i];
        AK_TRY(describe_act(d, p, a, i > 0, err));
        const int64_t bytes = (int64_t)ak_layout_bytes(a->layout);
        if (i && bytes > largest) largest = bytes;
    }
    bool fast;
    AK_TRY(ak_conv_ask_fast(d, &p->node[0], &p->act[0], &p->act[1], &fast, err));
    if (!fast) AK_TRY(describe_act(d, p, &p->act[0], true, err));
    for (int32_t i = 0; i < p->buffers; i++) AK_TRY(ak_device_alloc(d, 1, largest, 1, &e->buffer[i], err));
    for (int32_t i = 0; i <= p->acts; i++) {
        ak_act *a = &p->act[i];
        if (a->shared >= 0)
            a->data = e->buffer[a->shared];
        else
            AK_TRY(ak_device_alloc(d, 1, (int64_t)ak_layout_bytes(a->layout), 1, &a->data, err));
        AK_TRY(ak_device_memory(d, a->layout, a->data, &a->memory, "activations", err));
    }
    e->images = p->act[0].data;
    return AKIN_OK;
}

static akin_status build_nodes(akin_encoder *e, akin_error *err)
{
    ak_layer_plan *p = &e->plan;
    for (int k = 0; k < 2 && p->wide; k++)
        AK_TRY(ak_device_alloc(&e->device, sizeof(float), p->wide, 1, &e->device.wide[k], err));
    for (int32_t i = 0; i < p->nodes; i++) {
        ak_node *n = &p->node[i];
        const ak_act *in = &p->act[n->in], *out = &p->act[n->out];
        if (n->kind == AK_NODE_POOL) {
            AK_TRY(ak_pool_build(&e->device, n, in, out, e->buffer, err));
            continue;
        }
        if (n->y_shared >= 0) n->y = e->buffer[n->y_shared];
        AK_TRY(ak_conv_build(&e->device, p, n, in, out, e->buffer, err));
        n->norm.batch = true;
        n->norm.relu = n->relu;
        n->norm.residual = n->residual >= 0;
        n->norm.frozen = n->frozen;
        AK_TRY(ak_norm_build(&e->device, &n->norm, out->c, out->padded, (int64_t)out->h * out->w, err));
    }
    return AKIN_OK;
}

static akin_status build_denses(akin_encoder *e, akin_error *err)
{
    ak_layer_plan *p = &e->plan;
    ak_device *d = &e->device;
    e->feature_stride = ak_pad_to(p->features, AK_NN_PAD);
    const float *x = NULL;
    if (ak_plan_deep(p)) {
        AK_TRY(ak_device_alloc(d, sizeof(float), p->batch, e->feature_stride, &e->features, err));
        AK_TRY(ak_device_alloc(d, sizeof(float), p->batch, e->feature_stride, &e->dfeatures, err));
        x = e->features;
    }
    if (!p->nodes) {
        const int64_t pixels = (int64_t)p->channels * p->height * p->width;
        AK_TRY(ak_device_alloc(d, sizeof(float), p->batch, pixels, &e->images, err));
        if (!x) x = e->images;
    }
    for (int32_t i = 0; i < p->denses; i++) {
        AK_TRY(ak_dense_build(d, &p->dense[i], x, p->batch, err));
        x = p->dense[i].a;
    }
    if (!ak_plan_deep(p) && !p->backbone_denses) { /* identity */
        e->feature_stride = p->features;
        e->features = e->images;
        AK_TRY(ak_device_alloc(d, sizeof(float), p->batch, p->features, &e->dfeatures, err));
    } else if (!ak_plan_deep(p)) {
        e->features = p->dense[p->backbone_denses - 1].a;
        e->dfeatures = p->dense[p->backbone_denses - 1].dout;
    }
    return AKIN_OK;
}

/* Refused before anything is allocated. Linux grants memory that it does not have, and kills the process
 * that uses it. */
static akin_status check_memory(const ak_layer_plan *p, akin_error *err)
{
    const double need = (double)p->batch * (double)p->image_bytes + 16.0 * (double)p->parameters;
    const double have = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (have <= 0 || need <= have) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_NOMEM,
        "encoder: %s with batch %lld at %dx%d needs %.1f GiB and this machine has %.1f; try a smaller batch",
        p->name, (long long)p->batch, p->height, p->width, need * 0x1p-30, have * 0x1p-30);
}

static akin_status build(akin_encoder *e, akin_error *err)
{
    ak_layer_plan *p = &e->plan;
    e->threads = akin_threads();
    AK_TRY(check_memory(p, err));
    /* The linear encoders have no bf16 part; the head is float32 in any case. */
    AK_TRY(ak_device_open(&e->device, p->precision, err));
    if (p->nodes) {
        AK_TRY(ak_conv_ask(&e->device, err));
        AK_TRY(build_acts(e, err));
        AK_TRY(build_nodes(e, err));
    }
    if (p->vit.layers) AK_TRY(ak_vit_build(e, err));
    AK_TRY(build_denses(e, err));
    ak_device *d = &e->device;
    const int64_t widest = d->widest ? d->widest : 1;
    AK_TRY(ak_device_alloc(d, 2 * sizeof(double) * AK_NN_CHUNKS, widest, 1, &d->sums, err));
    AK_TRY(ak_device_share(d, err));
    return ak_tensors_build(e, e->plan.seed, err);
}

akin_status akin_encoder_create(const akin_encoder_opts *opts, int64_t batch, int64_t height, int64_t width,
                                int64_t channels, akin_encoder **out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: out must not be NULL");
    akin_encoder *e = calloc(1, sizeof *e);
    if (!e) return ak_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory");
    akin_status status = ak_plan_make(opts, batch, height, width, channels, &e->plan, err);
    if (!status) status = build(e, err);
    if (status) {
        akin_encoder_free(e);
        return status;
    }
    *out = e;
    return AKIN_OK;
}

void akin_encoder_free(akin_encoder *e)
{
    if (!e) return;
    ak_transformer_free(e->transformer);
    ak_device_close(&e->device);
    free(e);
}

/* Questions ------------------------------------------------------------------------------------------- */

/* The transformer is one, behind the others. */
static int32_t layers_of(const ak_layer_plan *p) { return p->nodes + p->denses + (p->vit.layers > 0); }

static akin_encoder_info info_of(const ak_layer_plan *p)
{
    return (akin_encoder_info){ .struct_size = sizeof(akin_encoder_info),
                                .name = p->name,
                                .parameters = p->parameters,
                                .macs_per_image = p->macs,
                                .features = p->features * p->grid * p->grid,
                                .projection = p->projection,
                                .batch = p->batch,
                                .channels = p->channels,
                                .height = p->height,
                                .width = p->width,
                                .precision = p->precision,
                                .threads = akin_threads() };
}

akin_status akin_encoder_describe(const akin_encoder_opts *opts, int64_t height, int64_t width,
                                  int64_t channels, akin_encoder_info *info, akin_error *err)
{
    ak_layer_plan *p = malloc(sizeof *p);
    if (!p) return ak_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory");
    akin_status status = ak_plan_make(opts, 1, height, width, channels, p, err);
    if (!status) {
        akin_encoder_info found = info_of(p);
        found.memory_bytes = p->image_bytes;
        status = ak_result_export(info, &found, "encoder: info", err);
    }
    free(p);
    return status;
}

akin_status akin_encoder_get_info(const akin_encoder *e, akin_encoder_info *info, akin_error *err)
{
    if (!e) return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: encoder must not be NULL");
    akin_encoder_info found = info_of(&e->plan);
    found.threads = e->threads;
    found.memory_bytes = (int64_t)(e->device.bytes + sizeof *e);
    if (e->transformer) found.memory_bytes += ak_transformer_bytes(e->transformer);
    found.layers = layers_of(&e->plan);
    return ak_result_export(info, &found, "encoder: info", err);
}

static void fill_seconds(akin_encoder_layer *layer, const double seconds[5])
{
    layer->forward_s = seconds[0];
    layer->backward_data_s = seconds[1];
    layer->backward_weights_s = seconds[2];
    layer->norm_forward_s = seconds[3];
    layer->norm_backward_s = seconds[4];
}

static akin_encoder_layer dense_layer(const ak_dense *l)
{
    const int64_t weights = (int64_t)l->in * l->out;
    akin_encoder_layer layer = { .struct_size = sizeof layer,
                                 .name = l->name,
                                 .what = l->what,
                                 .algorithm = { "sgemm", "sgemm", "sgemm" },
                                 .parameters = weights + (l->batchnorm ? 2 : 1) * (int64_t)l->out,
                                 .macs = weights };
    fill_seconds(&layer, l->seconds);
    return layer;
}

static akin_encoder_layer node_layer(const ak_layer_plan *p, const ak_node *n)
{
    akin_encoder_layer layer = {
        .struct_size = sizeof layer, .name = n->name, .what = n->what, .algorithm = { "", "", "" }
    };
    for (int k = 0; k < 3; k++)
        if (n->op[k].part[0].info) layer.algorithm[k] = n->op[k].part[0].info;
    if (n->kind == AK_NODE_CONV) {
        const ak_act *in = &p->act[n->in], *out = &p->act[n->out];
        const int64_t weights = (int64_t)in->c * out->c * n->tall * n->kernel;
        layer.parameters = weights + 2 * out->c;
        layer.macs = weights * out->h * out->w;
    }
    fill_seconds(&layer, n->seconds);
    return layer;
}

akin_status akin_encoder_get_layer(const akin_encoder *e, int32_t i, akin_encoder_layer *layer,
                                   akin_error *err)
{
    if (!e) return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: encoder must not be NULL");
    const ak_layer_plan *p = &e->plan;
    if (i < 0 || i >= layers_of(p))
        return ak_fail(err, AKIN_ERR_RANGE, "encoder: layer %d is not one of 0 to %d", i, layers_of(p) - 1);
    const akin_encoder_layer found = i < p->nodes               ? node_layer(p, &p->node[i])
                                     : i < p->nodes + p->denses ? dense_layer(&p->dense[i - p->nodes])
                                                                : ak_vit_layer(e);
    return ak_result_export(layer, &found, "encoder: layer", err);
}
