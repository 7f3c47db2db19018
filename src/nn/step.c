/* SPDX-License-Identifier: Apache-2.0 */
/* nn/step.c - one forward and one backward pass.
 *
 * Forward first makes the working copies of the weights anew, since an optimiser or an import may have
 * changed the weights. Backward walks the nodes in reverse; plan.c has decided which gradient lies in which
 * buffer. A partial batch (inference only) is computed as the whole batch with zero images at the end. */
#include "nn/nn.h"

#include <string.h>

/* Forward --------------------------------------------------------------------------------------------- */

typedef struct fill {
    const ak_pass_table *op;
    const float *from;
    unsigned char *to;
    size_t item;
    int64_t area, channels, padded, lanes; /* of blocked images */
} fill;

static void fill_range(int64_t begin, int64_t end, void *ctx)
{
    const fill *w = ctx;
    w->op->from_float(w->from + begin, w->to + (size_t)begin * w->item, end - begin);
}

/* One block of channels of an image. */
static void fill_block(const fill *w, int64_t image, int64_t first)
{
    const float *from = w->from + (image * w->channels + first) * w->area;
    const int64_t count = w->channels - first < w->lanes ? w->channels - first : w->lanes;
    for (int64_t s = 0; s < w->area; s++) {
        float pixel[AK_NN_PAD] = { 0 };
        const int64_t at = (image * w->padded + first) * w->area + s * w->lanes;
        for (int64_t c = 0; c < count; c++) pixel[c] = from[c * w->area + s];
        w->op->from_float(pixel, w->to + (size_t)at * w->item, w->lanes);
    }
}

/* Planes to blocks of channels. */
static void fill_blocked(int64_t begin, int64_t end, void *ctx)
{
    const fill *w = ctx;
    for (int64_t i = begin; i < end; i++)
        for (int64_t first = 0; first < w->padded; first += w->lanes) fill_block(w, i, first);
}

static void take_images(akin_encoder *e, const float *images, int64_t n)
{
    const ak_layer_plan *p = &e->plan;
    const int type = p->nodes ? e->device.type : 0;
    fill w = { .op = &e->device.lanes->op[type], .from = images, .to = e->images, .item = type ? 2 : 4 };
    w.area = (int64_t)p->height * p->width;
    w.channels = p->channels;
    w.padded = p->nodes ? p->act[0].padded : p->channels;
    w.lanes = e->device.lanes->lanes;
    if (p->nodes && p->act[0].blocked)
        ak_parallel_for(n, 8, fill_blocked, &w);
    else
        ak_parallel_for(n * w.channels * w.area, 65536, fill_range, &w);
    const size_t image = (size_t)(w.padded * w.area) * w.item;
    memset(w.to + (size_t)n * image, 0, (size_t)(p->batch - n) * image);
}

static akin_status node_forward(akin_encoder *e, ak_node *n, int64_t images, bool training, akin_error *err)
{
    ak_layer_plan *p = &e->plan;
    ak_device *d = &e->device;
    const double start = ak_now_s();
    AK_TRY(ak_device_run(d, &n->to_forward, n->name, err));
    if (training) AK_TRY(ak_device_run(d, &n->to_backward, n->name, err));
    if (n->wide[0]) AK_TRY(ak_device_run(d, &n->wide_x, n->name, err));
    AK_TRY(ak_conv_run(d, n, 0, err));
    AK_TRY(ak_device_run(d, &n->narrow_y, n->name, err));
    const double middle = ak_now_s();
    n->seconds[0] += middle - start;
    if (n->kind == AK_NODE_POOL) return AKIN_OK;
    const void *residual = n->residual >= 0 ? p->act[n->residual].data : NULL;
    ak_norm_forward(d, &n->norm, n->y, residual, p->act[n->out].data, images, training, d->type);
    n->seconds[3] += ak_now_s() - middle;
    return AKIN_OK;
}

typedef struct mean_job {
    const ak_pass_table *op;
    ak_pass pass;
    float *features;
    const float *grad;
    int64_t stride;
} mean_job;

static void mean_range(int64_t begin, int64_t end, void *ctx)
{
    const mean_job *w = ctx;
    ak_pass p = w->pass;
    p.begin = begin;
    p.end = end;
    if (w->features)
        w->op->mean_forward(&p, w->features, w->stride);
    else
        w->op->mean_backward(&p, w->grad, w->stride);
}

static mean_job last_map(akin_encoder *e)
{
    const ak_act *a = &e->plan.act[e->plan.acts];
    mean_job w = { .op = &e->device.lanes->op[e->device.type], .stride = e->feature_stride };
    w.pass.blocks = a->padded / e->device.lanes->lanes;
    w.pass.spatial = (int64_t)a->h * a->w;
    w.pass.x = a->data;
    return w;
}

static void copy_out(akin_mat to, const float *from, int64_t stride)
{
    for (int64_t i = 0; to.data && i < to.rows; i++)
        memcpy(ak_row(to, i), from + i * stride, (size_t)to.cols * sizeof *from);
}

static akin_status fits(const char *what, akin_cmat a, int64_t rows, int64_t cols, akin_error *err)
{
    if (!a.data || (a.rows == rows && a.cols == cols && a.stride >= cols)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_SHAPE, "encoder: %s is [%lld,%lld] with stride %lld; expected [%lld,%lld]",
                   what, (long long)a.rows, (long long)a.cols, (long long)a.stride, (long long)rows,
                   (long long)cols);
}

static akin_status same_threads(const akin_encoder *e, akin_error *err)
{
    if (akin_threads() == e->threads) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: created for %d threads and called with %d", e->threads,
                   akin_threads());
}

/* Whether the exchanges of batch norm in this pass went well. */
static akin_status shared(const akin_encoder *e, akin_error *err)
{
    const ak_device *d = &e->device;
    return d->share_status ? ak_fail(err, d->share_status, "%s", d->share_error.message) : AKIN_OK;
}

static akin_status check_forward(const akin_encoder *e, const float *images, int64_t n, bool training,
                                 akin_mat features, akin_mat projections, akin_error *err)
{
    if (!e || !images) return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: encoder and images must not be NULL");
    const ak_layer_plan *p = &e->plan;
    if (n < 1 || n > p->batch || (training && n != p->batch))
        return ak_fail(err, AKIN_ERR_SHAPE, "encoder: %lld images; %s %lld are possible", (long long)n,
                       training ? "in training exactly" : "up to", (long long)p->batch);
    if (projections.data && !p->projection)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: projections are wanted of an encoder without head");
    AK_TRY(fits("features", akin_mat_const(features), n, p->features * p->grid * p->grid, err));
    AK_TRY(fits("projections", akin_mat_const(projections), n, p->projection, err));
    return same_threads(e, err);
}

akin_status akin_encoder_forward(akin_encoder *e, const float *images, int64_t n, bool training,
                                 akin_mat features, akin_mat projections, akin_error *err)
{
    AK_TRY(check_forward(e, images, n, training, features, projections, err));
    ak_layer_plan *p = &e->plan;
    e->ready = e->went_back = false;
    e->device.share_status = AKIN_OK;
    take_images(e, images, n);
    for (int32_t i = 0; i < p->nodes; i++) AK_TRY(node_forward(e, &p->node[i], n, training, err));
    if (p->nodes) {
        mean_job w = last_map(e);
        w.features = e->features;
        ak_parallel_for(p->batch, 8, mean_range, &w);
    }
    if (e->transformer) AK_TRY(ak_vit_forward(e, n, training, err));
    /* All rows of the batch: a product of fewer rows may sum in another order, and then the features of an
     * image would depend on how many others stand beside it. */
    const int32_t wanted = training || projections.data ? p->denses : p->backbone_denses;
    for (int32_t i = 0; i < wanted; i++)
        AK_TRY(ak_dense_forward(&e->device, &p->dense[i], p->batch, training, err));
    if (p->grid > 1 && features.data)
        ak_grid_average(e, features);
    else
        copy_out(features, e->features, e->feature_stride);
    if (projections.data)
        copy_out(projections, p->dense[p->denses - 1].a, p->dense[p->denses - 1].out_stride);
    e->ready = training;
    return shared(e, err);
}

void akin_encoder_track_averages(akin_encoder *e, bool on) { e->device.hold = !on; }

/* Backward -------------------------------------------------------------------------------------------- */

static akin_status node_backward(akin_encoder *e, ak_node *n, akin_error *err)
{
    ak_layer_plan *p = &e->plan;
    ak_device *d = &e->device;
    void *const d1 = e->buffer[n->d1], *const d2 = n->d2 >= 0 ? e->buffer[n->d2] : NULL;
    double t[4] = { ak_now_s() };
    if (n->kind == AK_NODE_CONV)
        ak_norm_backward(d, &n->norm, n->y, p->act[n->out].data, d1, d2, e->buffer[n->dx], p->batch, d->type);
    else if (d2)
        ak_add(d, &p->act[n->out], d1, d2, p->batch);
    t[1] = ak_now_s();
    const bool learns = n->kind == AK_NODE_CONV && !n->frozen;
    const bool further = n->din >= 0;
    if (n->wide[2] && learns) AK_TRY(ak_device_run(d, &n->wide_x, n->name, err));
    AK_TRY(ak_device_run(d, &n->wide_dy, n->name, err));
    if (learns) AK_TRY(ak_conv_run(d, n, 2, err));
    t[2] = ak_now_s();
    if (further) AK_TRY(ak_conv_run(d, n, 1, err));
    if (further) AK_TRY(ak_device_run(d, &n->narrow_dx, n->name, err));
    t[3] = ak_now_s();
    n->seconds[4] += t[1] - t[0];
    n->seconds[2] += t[2] - t[1];
    n->seconds[1] += t[3] - t[2];
    if (e->watch && n->kind == AK_NODE_CONV) e->watch(n->tensor, e->watch_ctx);
    return AKIN_OK;
}

static void copy_in(float *to, int64_t stride, akin_cmat from, int64_t rows, int64_t cols, bool add)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            const float g = from.data ? ak_crow(from, i)[j] : 0;
            to[i * stride + j] = add ? to[i * stride + j] + g : g;
        }
}

static akin_status dense_backward(akin_encoder *e, int32_t last, int32_t first, akin_error *err)
{
    ak_layer_plan *p = &e->plan;
    if (first < p->first_dense) first = p->first_dense;
    for (int32_t i = last; i-- > first;) {
        float *din = i > 0 ? p->dense[i - 1].dout : ak_plan_deep(p) ? e->dfeatures : NULL;
        AK_TRY(ak_dense_backward(&e->device, &p->dense[i], din, p->batch, err));
        if (e->watch) e->watch(p->dense[i].tensor, e->watch_ctx);
    }
    return AKIN_OK;
}

akin_status akin_encoder_backward(akin_encoder *e, akin_cmat dprojections, akin_cmat dfeatures,
                                  akin_error *err)
{
    if (!e || (!dprojections.data && !dfeatures.data))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: backward needs an encoder and a gradient");
    ak_layer_plan *p = &e->plan;
    if (!e->ready)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: backward must follow a forward pass in training");
    if (dprojections.data && !p->projection)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "encoder: a gradient to the projections of an encoder without head");
    AK_TRY(fits("dprojections", dprojections, p->batch, p->projection, err));
    if (p->grid > 1 && dfeatures.data)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: there is no gradient of features on a %dx%d grid",
                       p->grid, p->grid);
    AK_TRY(fits("dfeatures", dfeatures, p->batch, p->features, err));
    AK_TRY(same_threads(e, err));
    e->ready = false;

    const bool head = p->denses > p->backbone_denses;
    const bool identity = !ak_plan_deep(p) && !p->backbone_denses;
    if (head) {
        ak_dense *l = &p->dense[p->denses - 1];
        copy_in(l->dout, l->out_stride, dprojections, p->batch, l->out, false);
        AK_TRY(dense_backward(e, p->denses, p->backbone_denses, err));
    }
    if (!head || dfeatures.data)
        copy_in(e->dfeatures, e->feature_stride, dfeatures, p->batch, p->features, head && !identity);
    e->direct = dfeatures.data != NULL;
    AK_TRY(dense_backward(e, p->backbone_denses, 0, err));
    e->went_back = true;
    if (e->transformer) AK_TRY(ak_vit_backward(e, err));
    if (p->first_node == p->nodes) return shared(e, err); /* there are none, or none learns */

    mean_job w = last_map(e);
    w.grad = e->dfeatures;
    w.pass.d1 = e->buffer[p->act[p->acts].grad[0]];
    ak_parallel_for(p->batch, 8, mean_range, &w);
    for (int32_t i = p->nodes; i-- > p->first_node;) AK_TRY(node_backward(e, &p->node[i], err));
    return shared(e, err);
}

/* Of the first layer, and of the features where they are the input. */
akin_status akin_encoder_input_gradient(akin_encoder *e, akin_mat dinput, akin_error *err)
{
    if (!e || !dinput.data)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: an input gradient needs an encoder and memory");
    const ak_layer_plan *p = &e->plan;
    if (ak_plan_deep(p))
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "encoder: %s has no gradient of its input; identity, linear and mlp have", p->name);
    if (p->first_dense)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "encoder: %s has no gradient of its input, its first layers are frozen", p->name);
    if (!e->went_back)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: an input gradient must follow a backward pass");
    const int64_t pixels = (int64_t)p->channels * p->height * p->width;
    AK_TRY(fits("dinput", akin_mat_const(dinput), p->batch, pixels, err));
    AK_TRY(same_threads(e, err));
    if (p->denses) AK_TRY(ak_dense_input(&e->plan.dense[0], dinput, err));
    if (p->backbone_denses || (p->denses && !e->direct)) return AKIN_OK;
    for (int64_t i = 0; i < p->batch; i++) {
        float *to = ak_row(dinput, i);
        const float *from = e->dfeatures + i * e->feature_stride;
        for (int64_t j = 0; j < pixels; j++) to[j] = p->denses ? to[j] + from[j] : from[j];
    }
    return AKIN_OK;
}
