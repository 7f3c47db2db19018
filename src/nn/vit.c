/* SPDX-License-Identifier: Apache-2.0 */
/* nn/vit.c - a transformer over patches of images as the backbone of an encoder [Dosovitskiy2021].
 *
 * A patch is p x p pixels, the patch embedding a convolution of that size and stride: each patch as a row
 * times a matrix. The places are learned, so the weights are of images of one size. */
#include "nn/transformer.h"

#include <stdio.h>
#include <string.h>

/* 64 tokens of a side of 32, 144 of 96, 196 of 224. */
static int32_t patch_for(const ak_layer_plan *p)
{
    const int32_t side = p->height > p->width ? p->height : p->width;
    return side <= 64 ? 4 : side <= 128 ? 8 : 16;
}

static ak_transformer_opts opts_of(const ak_layer_plan *p)
{
    const ak_vit_plan *v = &p->vit;
    return (ak_transformer_opts){ .width = v->width,
                                  .layers = v->layers,
                                  .heads = v->heads,
                                  .inputs = (int64_t)p->channels * v->patch * v->patch,
                                  .positions = (int64_t)(p->height / v->patch) * (p->width / v->patch),
                                  .patch = v->patch,
                                  .channels = p->channels,
                                  .seed = p->seed,
                                  .half = p->precision == AKIN_PRECISION_BF16 };
}

akin_status ak_vit_make(ak_layer_plan *p, const akin_encoder_opts *o, int32_t width, int32_t layers,
                        akin_error *err)
{
    ak_vit_plan *v = &p->vit;
    const int32_t usual = width / 64 > 0 ? width / 64 : 1;
    *v = (ak_vit_plan){ .width = width,
                        .layers = layers,
                        .heads = o->heads ? o->heads : usual,
                        .patch = o->patch ? o->patch : patch_for(p) };
    p->features = width;
    if (width % (v->heads * AK_TOKEN_PAD))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "encoder: %s has width %d and %d heads; a head's width must be a multiple of %d",
                       p->name, width, v->heads, AK_TOKEN_PAD);
    if (p->height % v->patch || p->width % v->patch)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "encoder: images are %dx%d; %s cuts them into patches of %dx%d, so each side must be a "
            "multiple of %d",
            p->height, p->width, p->name, v->patch, v->patch, v->patch);
    return AKIN_OK;
}

void ak_vit_count(const ak_layer_plan *p, int64_t *parameters, int64_t *macs, int64_t *bytes)
{
    const ak_transformer_opts o = opts_of(p);
    int64_t found[3];
    ak_transformer_count(&o, &found[0], &found[1], &found[2]);
    *parameters += found[0];
    *macs += found[1];
    *bytes += found[2] * o.positions;
}

akin_status ak_vit_build(akin_encoder *e, akin_error *err)
{
    ak_layer_plan *p = &e->plan;
    const ak_transformer_opts o = opts_of(p);
    snprintf(p->vit.what, sizeof p->vit.what, "%d blocks of %d, %d heads, %lld tokens", o.layers, o.width,
             o.heads, (long long)o.positions);
    AK_TRY(ak_transformer_create(&o, &e->transformer, err));
    AK_TRY(ak_device_alloc(&e->device, sizeof *e->starts, p->batch + 1, 1, &e->starts, err));
    for (int64_t i = 0; i <= p->batch; i++) e->starts[i] = i * o.positions;
    /* All of the room at once: a step allocates nothing. What is not touched takes no memory. */
    return ak_transformer_take(e->transformer, p->batch, e->starts, !p->vit.frozen, err);
}

akin_status ak_vit_forward(akin_encoder *e, int64_t n, bool training, akin_error *err)
{
    const ak_layer_plan *p = &e->plan;
    const bool keep = training && !p->vit.frozen;
    AK_TRY(ak_transformer_take(e->transformer, n, e->starts, keep, err));
    ak_transformer_patches(e->transformer, e->images, p->height, p->width);
    ak_transformer_forward(e->transformer, e->features, e->feature_stride);
    memset(e->features + n * e->feature_stride, 0,
           (size_t)((p->batch - n) * e->feature_stride) * sizeof(float));
    return AKIN_OK;
}

akin_status ak_vit_backward(akin_encoder *e, akin_error *err)
{
    if (e->plan.vit.frozen) return AKIN_OK;
    AK_TRY(ak_transformer_backward(e->transformer, e->dfeatures, e->feature_stride, NULL, err));
    if (e->watch) e->watch(0, e->watch_ctx);
    return AKIN_OK;
}

akin_encoder_layer ak_vit_layer(const akin_encoder *e)
{
    const ak_layer_plan *p = &e->plan;
    int64_t bytes = 0;
    akin_encoder_layer layer = { .struct_size = sizeof layer,
                                 .name = "blocks",
                                 .what = p->vit.what,
                                 .algorithm = { e->transformer->isa, e->transformer->isa,
                                                p->precision == AKIN_PRECISION_BF16 ? e->transformer->isa
                                                                                    : "sgemm" },
                                 .forward_s = e->transformer->forward_s,
                                 .backward_data_s = e->transformer->backward_s };
    ak_vit_count(p, &layer.parameters, &layer.macs, &bytes);
    return layer;
}
