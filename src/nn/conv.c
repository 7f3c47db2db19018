/* SPDX-License-Identifier: Apache-2.0 */
/* nn/conv.c - convolutions and poolings as oneDNN primitives.
 *
 * Activations keep one blocked layout from the first layer to the last. The weights' layout is left to oneDNN:
 * the master copy, which optimisers see, has the layout in which the gradient to the weights arrives; where
 * the forward pass or the gradient to the data want another layout (or bf16), a reordered copy is refreshed
 * in every forward pass.
 *
 * Algorithm. Winograd F(4x4,3x3) [Lavin2016] costs 4 times fewer multiplications than the plain sum, but
 * works on whole 4x4 tiles of the output and moves more data. The rule of AKIN_CONV_AUTO is in
 * winograd_pays(); it looks at shapes only, so that a run resumed later, on a busy or an idle machine, computes
 * the same bits. Whatever oneDNN does not offer falls back to the direct algorithm.
 *
 * Precision. Sums are float32 in both. Against double, small encoders are off by 1e-6 forward and 1e-4 in the
 * gradients with either; for ResNet-18 the gradients of the two differ by 4e-3. bf16: products of bf16 numbers,
 * sums and the gradient to the weights in float32. */
#include "nn/nn.h"

#include <string.h>

enum { FORWARD, DATA, WEIGHTS };

typedef struct geometry {
    dnnl_memory_desc_t src, dst, weight, weight_f32;
    dnnl_dims_t stride, before, after;
} geometry;

/* GFLOP/s of the plain sum, direct / Winograd, one core with AVX-512 (Zen 5), at channels and side:
 *
 *                 32 at 14    64 at 7    64 at 14   64 at 28   128 at 4   128 at 7   128 at 28  256 at 16
 *     forward     233 / 225   249 / 369  230 / 333  239 / 434  250 / 435  245 / 354  178 / 484  237 / 663
 *     to data     222 / 220   250 / 377  222 / 347  240 / 504  347 / 410  248 / 332  174 / 484  239 / 619
 *     to weights  229 / 128   231 / 219  230 / 216  233 / 363  221 / 410  229 / 349  207 / 357  232 / 521 */
static bool winograd_pays(int direction, int64_t channels, int64_t side)
{
    if (side < 4) return false;
    if (direction == WEIGHTS) return channels >= 96 || (channels >= 48 && side >= 28);
    return channels >= 48;
}

static bool wants_winograd(const akin_plan *plan, const akin_node *n, const akin_act *in, const akin_act *out,
                           int direction)
{
    if (plan->algorithm == AKIN_CONV_DIRECT || n->kernel != 3 || n->stride != 1 || n->in == 0) return false;
    if (plan->precision != AKIN_PRECISION_F32) return false;
    if (plan->algorithm == AKIN_CONV_WINOGRAD) return true;
    return winograd_pays(direction, in->padded < out->padded ? in->padded : out->padded,
                         out->h < out->w ? out->h : out->w);
}

static void window(const akin_node *n, const akin_act *in, const akin_act *out, geometry *g)
{
    const int32_t have[2] = { in->h, in->w }, want[2] = { out->h, out->w };
    for (int i = 0; i < 2; i++) {
        g->stride[i] = n->stride;
        g->before[i] = n->pad;
        g->after[i] = (want[i] - 1) * n->stride + n->kernel - have[i] - n->pad;
    }
}

static akin_status describe(const akin_device *d, const akin_node *n, const akin_act *in, const akin_act *out,
                            geometry *g, akin_error *err)
{
    const dnnl_dims_t weight = { out->padded, in->padded, n->kernel, n->kernel };
    g->src = in->desc;
    g->dst = out->desc;
    window(n, in, out, g);
    dnnl_status_t status =
        dnnl_memory_desc_init_by_tag(&g->weight, 4, weight, d->data_type, dnnl_format_tag_any);
    if (!status)
        status = dnnl_memory_desc_init_by_tag(&g->weight_f32, 4, weight, dnnl_f32, dnnl_format_tag_any);
    return status ? akin_device_fail(err, status, n->name, "shape") : AKIN_OK;
}

static dnnl_status_t try_one(const akin_device *d, const geometry *g, int direction,
                             dnnl_alg_kind_t algorithm, const_dnnl_primitive_attr_t attr,
                             dnnl_primitive_desc_t *out)
{
    dnnl_convolution_desc_t c;
    dnnl_primitive_desc_t hint;
    dnnl_status_t status =
        dnnl_convolution_forward_desc_init(&c, dnnl_forward_training, algorithm, &g->src, &g->weight, NULL,
                                           &g->dst, g->stride, g->before, g->after);
    if (!status) status = dnnl_primitive_desc_create(&hint, &c, attr, d->engine, NULL);
    if (status) return status;
    if (direction == FORWARD) {
        *out = hint;
        return dnnl_success;
    }
    if (direction == DATA)
        status = dnnl_convolution_backward_data_desc_init(&c, algorithm, &g->src, &g->weight, &g->dst,
                                                          g->stride, g->before, g->after);
    else
        status = dnnl_convolution_backward_weights_desc_init(&c, algorithm, &g->src, &g->weight_f32, NULL,
                                                             &g->dst, g->stride, g->before, g->after);
    if (!status) status = dnnl_primitive_desc_create(out, &c, attr, d->engine, hint);
    dnnl_primitive_desc_destroy(hint);
    return status;
}

static akin_status choose(const akin_device *d, const geometry *g, const akin_node *n, int direction,
                          bool winograd, dnnl_primitive_desc_t *out, akin_error *err)
{
    dnnl_primitive_attr_t attr;
    dnnl_status_t status = dnnl_primitive_attr_create(&attr);
    if (status) return akin_device_fail(err, status, n->name, "attributes");
    dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    status = dnnl_unimplemented;
    if (winograd) status = try_one(d, g, direction, dnnl_convolution_winograd, attr, out);
    if (status) status = try_one(d, g, direction, dnnl_convolution_direct, attr, out);
    dnnl_primitive_attr_destroy(attr);
    return status ? akin_device_fail(err, status, n->name, n->what) : AKIN_OK;
}

/* A working copy of the master weights in the layout that desc wants, or the master itself. */
static akin_status working_copy(akin_device *d, const akin_node *n, dnnl_memory_t master,
                                const dnnl_memory_desc_t *want, akin_op *op, dnnl_memory_t *out,
                                akin_error *err)
{
    if (dnnl_memory_desc_equal(want, &n->weight_desc)) {
        *out = master;
        return AKIN_OK;
    }
    void *copy;
    AKIN_TRY(akin_device_alloc(d, 1, (int64_t)dnnl_memory_desc_get_size(want), 1, &copy, err));
    AKIN_TRY(akin_device_memory(d, want, copy, out, n->name, err));
    return akin_device_reorder(d, &n->weight_desc, master, want, *out, op, n->name, err);
}

bool akin_conv_is_fast(const akin_device *d, const akin_node *n, const akin_act *in, const akin_act *out)
{
    geometry g;
    if (describe(d, n, in, out, &g, NULL)) return false;
    for (int direction = FORWARD; direction <= WEIGHTS; direction += WEIGHTS - FORWARD) {
        dnnl_primitive_desc_t desc;
        const char *info = "ref";
        if (choose(d, &g, n, direction, false, &desc, NULL)) return false;
        dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &info);
        const bool slow = strncmp(info, "ref", 3) == 0;
        dnnl_primitive_desc_destroy(desc);
        if (slow) return false;
    }
    return true;
}

akin_status akin_conv_build(akin_device *d, const akin_plan *plan, akin_node *n, const akin_act *in,
                            const akin_act *out, void *const *buffers, akin_error *err)
{
    geometry g;
    AKIN_TRY(describe(d, n, in, out, &g, err));

    dnnl_primitive_desc_t desc;
    AKIN_TRY(choose(d, &g, n, WEIGHTS, wants_winograd(plan, n, in, out, WEIGHTS), &desc, err));
    n->weight_desc = *dnnl_primitive_desc_query_md(desc, dnnl_query_diff_weights_md, 0);
    AKIN_TRY(akin_device_op(d, desc, &n->op[WEIGHTS], n->name, err));
    const int64_t count = (int64_t)(dnnl_memory_desc_get_size(&n->weight_desc) / sizeof(float));
    AKIN_TRY(akin_device_alloc(d, sizeof(float), count, 1, &n->weight, err));
    AKIN_TRY(akin_device_alloc(d, sizeof(float), count, 1, &n->grad, err));
    AKIN_TRY(akin_device_alloc(d, 1, (int64_t)dnnl_memory_desc_get_size(&g.dst), 1, &n->y, err));

    dnnl_memory_t master, grad, copy, dy, din;
    AKIN_TRY(akin_device_memory(d, &n->weight_desc, n->weight, &master, n->name, err));
    AKIN_TRY(akin_device_memory(d, &n->weight_desc, n->grad, &grad, n->name, err));
    AKIN_TRY(akin_device_memory(d, &g.dst, n->y, &n->y_memory, n->name, err));
    AKIN_TRY(akin_device_memory(d, &g.dst, buffers[n->dx], &dy, n->name, err));
    akin_op_arg(&n->op[WEIGHTS], DNNL_ARG_SRC, in->memory);
    akin_op_arg(&n->op[WEIGHTS], DNNL_ARG_DIFF_DST, dy);
    akin_op_arg(&n->op[WEIGHTS], DNNL_ARG_DIFF_WEIGHTS, grad);

    AKIN_TRY(choose(d, &g, n, FORWARD, wants_winograd(plan, n, in, out, FORWARD), &desc, err));
    dnnl_memory_desc_t want = *dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    AKIN_TRY(akin_device_op(d, desc, &n->op[FORWARD], n->name, err));
    AKIN_TRY(working_copy(d, n, master, &want, &n->to_forward, &copy, err));
    akin_op_arg(&n->op[FORWARD], DNNL_ARG_SRC, in->memory);
    akin_op_arg(&n->op[FORWARD], DNNL_ARG_WEIGHTS, copy);
    akin_op_arg(&n->op[FORWARD], DNNL_ARG_DST, n->y_memory);
    if (n->din < 0) return AKIN_OK;

    AKIN_TRY(choose(d, &g, n, DATA, wants_winograd(plan, n, in, out, DATA), &desc, err));
    want = *dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    AKIN_TRY(akin_device_op(d, desc, &n->op[DATA], n->name, err));
    AKIN_TRY(working_copy(d, n, master, &want, &n->to_backward, &copy, err));
    AKIN_TRY(akin_device_memory(d, &g.src, buffers[n->din], &din, n->name, err));
    akin_op_arg(&n->op[DATA], DNNL_ARG_DIFF_DST, dy);
    akin_op_arg(&n->op[DATA], DNNL_ARG_WEIGHTS, copy);
    akin_op_arg(&n->op[DATA], DNNL_ARG_DIFF_SRC, din);
    return AKIN_OK;
}

akin_status akin_pool_build(akin_device *d, const akin_plan *plan, akin_node *n, const akin_act *in,
                            const akin_act *out, void *const *buffers, akin_error *err)
{
    (void)plan;
    geometry g;
    window(n, in, out, &g);
    const dnnl_dims_t kernel = { n->kernel, n->kernel };
    dnnl_primitive_attr_t attr;
    dnnl_status_t status = dnnl_primitive_attr_create(&attr);
    if (status) return akin_device_fail(err, status, n->name, "attributes");
    dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    dnnl_pooling_desc_t p;
    dnnl_primitive_desc_t forward = NULL, backward = NULL;
    status = dnnl_pooling_forward_desc_init(&p, dnnl_forward_training, dnnl_pooling_max, &in->desc,
                                            &out->desc, g.stride, kernel, g.before, g.after);
    if (!status) status = dnnl_primitive_desc_create(&forward, &p, attr, d->engine, NULL);
    if (!status)
        status = dnnl_pooling_backward_desc_init(&p, dnnl_pooling_max, &in->desc, &out->desc, g.stride,
                                                 kernel, g.before, g.after);
    if (!status) status = dnnl_primitive_desc_create(&backward, &p, attr, d->engine, forward);
    dnnl_primitive_attr_destroy(attr);
    if (status) {
        if (forward) dnnl_primitive_desc_destroy(forward);
        return akin_device_fail(err, status, n->name, n->what);
    }
    const dnnl_memory_desc_t where = *dnnl_primitive_desc_query_md(forward, dnnl_query_workspace_md, 0);
    akin_status result = akin_device_op(d, forward, &n->op[FORWARD], n->name, err);
    if (result) {
        dnnl_primitive_desc_destroy(backward);
        return result;
    }
    AKIN_TRY(akin_device_op(d, backward, &n->op[DATA], n->name, err));

    void *block;
    dnnl_memory_t places, dout, din;
    AKIN_TRY(akin_device_alloc(d, 1, (int64_t)dnnl_memory_desc_get_size(&where), 1, &block, err));
    AKIN_TRY(akin_device_memory(d, &where, block, &places, n->name, err));
    AKIN_TRY(akin_device_memory(d, &out->desc, buffers[n->d1], &dout, n->name, err));
    AKIN_TRY(akin_device_memory(d, &in->desc, buffers[n->din], &din, n->name, err));
    akin_op_arg(&n->op[FORWARD], DNNL_ARG_SRC, in->memory);
    akin_op_arg(&n->op[FORWARD], DNNL_ARG_DST, out->memory);
    akin_op_arg(&n->op[FORWARD], DNNL_ARG_WORKSPACE, places);
    akin_op_arg(&n->op[DATA], DNNL_ARG_DIFF_DST, dout);
    akin_op_arg(&n->op[DATA], DNNL_ARG_WORKSPACE, places);
    akin_op_arg(&n->op[DATA], DNNL_ARG_DIFF_SRC, din);
    return AKIN_OK;
}
