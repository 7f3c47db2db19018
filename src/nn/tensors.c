/* SPDX-License-Identifier: Apache-2.0 */
/* nn/tensors.c - the encoder's state as a list of named arrays, its initial values, and the plain layout.
 *
 * Only convolution weights have a layout of their own; oneDNN's reorder moves them from and to
 * [out,in,kh,kw] with the channels padded to the vector width, and the padding is cut or filled with zeros
 * here.
 *
 * Initial values are drawn in the plain layout, one stream a tensor, so that they do not depend on the
 * machine: convolutions normal with variance 2/(out kh kw) [He2015 eq.14], linear weights and biases uniform
 * in +-1/sqrt(in), batch norm 1 and 0, running averages 0 and 1. */
#include "nn/nn.h"
#include "nn/tensors.h"
#include "nn/transformer.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct entry {
    const char *layer, *part;
    float *data, *grad;
    int64_t stored, shape[4];
    int32_t ndim;
    bool decay;
    const ak_node *node;
} entry;

static void add(akin_encoder *e, entry t)
{
    ak_slot *slot = &e->slot[e->tensors];
    akin_tensor *out = &e->tensor[e->tensors++];
    snprintf(slot->name, sizeof slot->name, "%s.%s", t.layer, t.part);
    slot->node = t.node;
    *out = (akin_tensor){ .name = slot->name,
                          .data = t.data,
                          .grad = t.grad,
                          .count = t.stored,
                          .plain = 1,
                          .ndim = t.ndim,
                          .decay = t.decay };
    for (int32_t i = 0; i < t.ndim; i++) {
        out->shape[i] = t.shape[i];
        out->plain *= t.shape[i];
    }
}

static void add_vector(akin_encoder *e, const ak_norm *n, const char *layer, const char *part, float *data,
                       float *grad)
{
    add(e, (entry){ layer, part, data, grad, n->padded, { n->channels }, 1, false, NULL });
}

static void add_norm(akin_encoder *e, const ak_norm *n, const char *layer, const char *prefix)
{
    char part[4][24];
    static const char *const PARTS[] = { "weight", "bias", "running_mean", "running_var" };
    for (int i = 0; i < 4; i++) snprintf(part[i], sizeof part[i], "%s%s", prefix, PARTS[i]);
    if (n->batch) add_vector(e, n, layer, part[0], n->gamma, n->frozen ? NULL : n->dgamma);
    add_vector(e, n, layer, part[1], n->beta, n->frozen ? NULL : n->dbeta);
    for (int i = 2; n->batch && i < 4; i++) {
        e->slot[e->tensors].average = !n->frozen;
        add_vector(e, n, layer, part[i], i == 2 ? n->running_mean : n->running_var, NULL);
    }
}

/* They are plain, and hold their initial values. */
static void list_transformer(akin_encoder *e)
{
    int64_t n;
    const akin_tensor *t = ak_transformer_tensors(e->transformer, &n);
    for (int64_t i = 0; i < n; i++) {
        e->tensor[e->tensors] = t[i];
        if (e->plan.vit.frozen) e->tensor[e->tensors].grad = NULL;
        e->tensors++;
    }
}

static void list(akin_encoder *e)
{
    ak_layer_plan *p = &e->plan;
    list_transformer(e);
    for (int32_t i = 0; i < p->nodes; i++) {
        ak_node *n = &p->node[i];
        if (n->kind != AK_NODE_CONV) continue;
        n->tensor = (int32_t)e->tensors;
        const int64_t stored = (int64_t)(ak_layout_bytes(n->weight_layout) / sizeof(float));
        add(e, (entry){ n->name,
                        "weight",
                        n->weight,
                        n->frozen ? NULL : n->grad,
                        stored,
                        { p->act[n->out].c, p->act[n->in].c, n->tall, n->kernel },
                        4,
                        true,
                        n });
        add_norm(e, &n->norm, n->name, "bn.");
    }
    for (int32_t i = 0; i < p->denses; i++) {
        ak_dense *l = &p->dense[i];
        l->tensor = (int32_t)e->tensors;
        add(e, (entry){ l->name,
                        "weight",
                        l->weight,
                        l->frozen ? NULL : l->grad,
                        (int64_t)l->out * l->in,
                        { l->out, l->in },
                        2,
                        true,
                        NULL });
        add_norm(e, &l->norm, l->norm_name, "");
    }
}

/* Plain layout ---------------------------------------------------------------------------------------- */

static void copy_rows(float *to, int64_t to_in, const float *from, int64_t from_in, const int64_t shape[4])
{
    const int64_t area = shape[2] * shape[3];
    for (int64_t o = 0; o < shape[0]; o++)
        memcpy(to + o * to_in * area, from + o * from_in * area, (size_t)(shape[1] * area) * sizeof *to);
}

/* One conversion owns its memories, and frees them with its device. */
static akin_status reorder_weights(const ak_slot *slot, const akin_tensor *t, float *stored, float *plain,
                                   bool to_plain, akin_error *err)
{
    const ak_node *n = slot->node;
    const ak_layout *layout = n->weight_layout, *plain_layout;
    const int64_t in = ak_layout_dim(layout, 1);
    const dnnl_dims_t dims = { ak_layout_dim(layout, 0), in, t->shape[2], t->shape[3] };
    ak_device d;
    dnnl_memory_t a, b;
    float *wide;
    ak_op op = { 0 };
    akin_status result = ak_device_open(&d, AKIN_PRECISION_F32, err);
    if (!result) result = ak_device_layout(&d, dims, dnnl_f32, dnnl_oihw, &plain_layout, t->name, err);
    if (!result)
        result = ak_device_alloc(&d, sizeof(float), dims[0] * dims[1], dims[2] * dims[3], &wide, err);
    if (!result) result = ak_device_memory(&d, layout, stored, &a, t->name, err);
    if (!result) result = ak_device_memory(&d, plain_layout, wide, &b, t->name, err);
    if (result) goto done;
    if (!to_plain) copy_rows(wide, in, plain, t->shape[1], t->shape);
    result = to_plain ? ak_device_reorder(&d, layout, a, plain_layout, b, &op, t->name, err)
                      : ak_device_reorder(&d, plain_layout, b, layout, a, &op, t->name, err);
    if (!result) result = ak_device_share(&d, err);
    if (!result) result = ak_device_run(&d, &op, t->name, err);
    if (!result && to_plain) copy_rows(plain, t->shape[1], wide, in, t->shape);
done:
    ak_device_close(&d);
    return result;
}

static akin_status export_from(const akin_encoder *e, int64_t i, bool grad, float *plain, akin_error *err)
{
    if (!e || !plain) return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: export needs an encoder and memory");
    if (i < 0 || i >= e->tensors)
        return ak_fail(err, AKIN_ERR_RANGE, "encoder: tensor %lld is not one of 0 to %lld", (long long)i,
                       (long long)e->tensors - 1);
    const akin_tensor *t = &e->tensor[i];
    float *from = grad ? t->grad : t->data;
    if (!from) return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: %s has no gradient", t->name);
    if (e->slot[i].node) return reorder_weights(&e->slot[i], t, from, plain, true, err);
    memcpy(plain, from, (size_t)t->plain * sizeof *plain);
    return AKIN_OK;
}

akin_status akin_encoder_export(const akin_encoder *e, int64_t i, float *plain, akin_error *err)
{
    return export_from(e, i, false, plain, err);
}

akin_status akin_encoder_export_grad(const akin_encoder *e, int64_t i, float *plain, akin_error *err)
{
    return export_from(e, i, true, plain, err);
}

static akin_status import_into(const akin_tensor *t, const ak_slot *slot, const float *plain, akin_error *err)
{
    if (slot->node) return reorder_weights(slot, t, t->data, (float *)(uintptr_t)plain, false, err);
    memcpy(t->data, plain, (size_t)t->plain * sizeof *plain);
    return AKIN_OK;
}

akin_status akin_encoder_import(akin_encoder *e, int64_t i, const float *plain, akin_error *err)
{
    if (!e || !plain) return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: import needs an encoder and memory");
    if (i < 0 || i >= e->tensors)
        return ak_fail(err, AKIN_ERR_RANGE, "encoder: tensor %lld is not one of 0 to %lld", (long long)i,
                       (long long)e->tensors - 1);
    e->ready = false;
    return import_into(&e->tensor[i], &e->slot[i], plain, err);
}

const akin_tensor *ak_encoder_tensors(const akin_encoder *e, int64_t *n)
{
    if (n) *n = e ? e->tensors : 0;
    return e ? e->tensor : NULL;
}

bool ak_encoder_is_average(const akin_encoder *e, int64_t i) { return e->slot[i].average; }

akin_status ak_encoder_share_norms(akin_encoder *e, const ak_norm_share *share, akin_error *err)
{
    ak_device *d = &e->device;
    AK_TRY(ak_device_alloc(d, sizeof *d->shared, share->count + 1, 1 + 2 * d->widest, &d->shared, err));
    d->share = *share;
    return AKIN_OK;
}

void ak_encoder_drop_relus(akin_encoder *e)
{
    for (int32_t i = 0; i < e->plan.denses; i++) e->plan.dense[i].norm.relu = false;
}

void ak_encoder_watch(akin_encoder *e, ak_gradients_fn *fn, void *ctx)
{
    e->watch = fn;
    e->watch_ctx = ctx;
}

const akin_tensor *akin_encoder_tensor_at(const akin_encoder *e, int64_t i)
{
    int64_t count;
    const akin_tensor *all = ak_encoder_tensors(e, &count);
    return i >= 0 && i < count ? &all[i] : NULL;
}

/* Initial values -------------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

/* fan_in: of the linear layer a bias belongs to; 0 for the shift of a batch norm. */
static void draw(const akin_tensor *t, int64_t fan_in, ak_rng *r, float *plain)
{
    const double spread = t->ndim == 4 ? sqrt(2 / (double)(t->shape[0] * t->shape[2] * t->shape[3])) : 0;
    const float bound = fan_in ? (float)(1 / sqrt((double)fan_in)) : 0;
    const float constant =
        t->ndim == 1 && (ends_with(t->name, ".weight") || ends_with(t->name, ".running_var")) ? 1 : 0;
    for (int64_t i = 0; i < t->plain; i++) {
        if (t->ndim == 4)
            plain[i] = (float)(spread * ak_rng_normal(r));
        else
            plain[i] = bound > 0 ? ak_rng_range(r, -bound, bound) : constant;
    }
}

static akin_status initialise(akin_encoder *e, uint64_t seed, akin_error *err)
{
    int64_t most = 1, first = 0;
    (void)ak_transformer_tensors(e->transformer, &first);
    for (int64_t i = 0; i < e->tensors; i++)
        if (e->tensor[i].plain > most) most = e->tensor[i].plain;
    float *plain = ak_alloc(sizeof *plain, most, 1);
    if (!plain) return ak_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory for initial weights");
    akin_status status = AKIN_OK;
    int64_t fan_in = 0;
    for (int64_t i = first; i < e->tensors && !status; i++) {
        const akin_tensor *t = &e->tensor[i];
        const bool linear = t->ndim == 2;
        const bool bias = t->ndim == 1 && i > 0 && t[-1].ndim == 2 && ends_with(t->name, ".bias");
        if (linear) fan_in = t->shape[1];
        ak_rng r = ak_rng_at(seed, AK_RNG_INIT, 0, (uint64_t)i, 0);
        draw(t, linear || bias ? fan_in : 0, &r, plain);
        status = import_into(t, &e->slot[i], plain, err);
    }
    free(plain);
    return status;
}

akin_status ak_tensors_build(akin_encoder *e, uint64_t seed, akin_error *err)
{
    int64_t of_transformer = 0;
    (void)ak_transformer_tensors(e->transformer, &of_transformer);
    const int64_t most = 5 * ((int64_t)e->plan.nodes + e->plan.denses) + of_transformer + 1;
    AK_TRY(ak_device_alloc(&e->device, sizeof *e->tensor, most, 1, &e->tensor, err));
    AK_TRY(ak_device_alloc(&e->device, sizeof *e->slot, most, 1, &e->slot, err));
    list(e);
    return initialise(e, seed, err);
}
