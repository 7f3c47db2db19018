/* SPDX-License-Identifier: Apache-2.0 */
/* nn/conv.c - convolutions and poolings as oneDNN primitives.
 *
 * Activations keep one blocked layout from the first layer to the last. oneDNN chooses the layout of the
 * weights. The master copy, on which optimisers work, has the layout in which the gradient to the weights
 * arrives. Where the forward pass or the gradient to the data want another layout (or bf16), every forward
 * pass makes a reordered copy anew.
 *
 * Parts. The batch is cut into parts. Each part is computed on one thread by a primitive of its own, and
 * the parts of the gradient to the weights are added in order. So the threads never wait for one another
 * inside a layer. With oneDNN's own threading they do, many times in the gradient to the weights, and all
 * of them stand still when another process takes a core. The number of parts depends on the shape only
 * (ak_device_parts()), so the bits do not depend on the number of threads. oneDNN's own threading is used in
 * two cases: beyond AK_NN_PARTS threads, and for Winograd on few tiles (few_tiles()). In the second case
 * bits do depend on the number of threads, because oneDNN cuts the tiles of a gradient to the weights by
 * it.
 *
 * Algorithm. Winograd F(4x4,3x3) [Lavin2016] needs 4 times fewer multiplications than the plain sum. In
 * return it works on whole 4x4 tiles of the output and moves more data. winograd.h computes most 3x3
 * layers. Where the batch has too few tiles for it, oneDNN's Winograd may do. The rules of AKIN_CONV_AUTO
 * are in winograd.c and winograd_pays(). They look only at shapes and at what oneDNN has for the
 * instruction set: a run that is resumed later, on a busy or an idle machine, computes the same bits. What
 * oneDNN does not offer is computed directly; where oneDNN has only its slow reference code, winograd.h
 * takes the layer.
 *
 * In a bf16 network some layers are faster by float32 Winograd, copies included (wide_pays()).
 *
 * Precision. Sums are float32 in both algorithms. Against double, small encoders are off by 1e-6 forward
 * and by 1e-4 in the gradients. For ResNet-18 the gradients of the two algorithms differ by 4e-3. With
 * bf16, products are of bf16 numbers; sums and the gradient to the weights are float32. */
#include "nn/nn.h"

#include <string.h>

enum { FORWARD, DATA, WEIGHTS };

typedef struct geometry {
    const ak_layout *src, *dst, *weight, *weight_f32;
    ak_pool_window window;
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

/* In a bf16 network the direct algorithm is twice as fast, and Winograd has only float32, on copies. ms of
 * 128 images on two such cores, bf16 direct / float32 Winograd without the copies (0.3 each), at channels and
 * side:
 *
 *                 64 at 32      128 at 16     256 at 8      512 at 4
 *     forward     8.7 / 9.5     8.0 / 9.2     8.5 / 6.4      6.3 / 6.9
 *     to data     8.8 / 9.9     8.0 / 9.1     9.2 / 6.4      6.5 / 6.8
 *     to weights  11.1 / 14.9   9.4 / 10.3    10.1 / 7.8     13.9 / 8.4 */
static bool wide_pays(int direction, int64_t channels, int64_t side)
{
    return channels >= 256 && side >= (direction == WEIGHTS ? 4 : 8);
}

static bool wants_wide(const ak_layer_plan *plan, const ak_node *n, const ak_act *in, const ak_act *out,
                       int direction)
{
    if (plan->algorithm != AKIN_CONV_AUTO || plan->precision != AKIN_PRECISION_BF16) return false;
    if (!ak_node_is_3x3(n) || n->in == 0) return false;
    return wide_pays(direction, in->c < out->c ? in->c : out->c, out->h < out->w ? out->h : out->w);
}

int64_t ak_conv_wide(const ak_layer_plan *plan, const ak_node *n, const ak_act *in, const ak_act *out)
{
    bool any = false;
    for (int i = FORWARD; i <= WEIGHTS; i++) any = any || wants_wide(plan, n, in, out, i);
    const int64_t area = (int64_t)out->h * out->w; /* stride 1: of both */
    const int64_t channels = ak_pad_to(in->c > out->c ? in->c : out->c, AK_NN_PAD);
    return any ? plan->batch * channels * area : 0;
}

static bool wants_winograd(const ak_layer_plan *plan, const ak_node *n, const ak_act *in, const ak_act *out,
                           int direction)
{
    if (plan->algorithm == AKIN_CONV_DIRECT || !ak_node_is_3x3(n) || n->in == 0) return false;
    if (plan->algorithm == AKIN_CONV_WINOGRAD) return true;
    return winograd_pays(direction, in->padded < out->padded ? in->padded : out->padded,
                         out->h < out->w ? out->h : out->w);
}

static ak_pool_window window_of(const ak_node *n, const ak_act *in, const ak_act *out)
{
    const int32_t have[2] = { in->h, in->w }, want[2] = { out->h, out->w };
    const int32_t size[2] = { n->tall, n->kernel }, pad[2] = { n->pad_down, n->pad };
    ak_pool_window w;
    for (int i = 0; i < 2; i++) {
        w.size[i] = size[i];
        w.stride[i] = n->stride;
        w.before[i] = pad[i];
        w.after[i] = (want[i] - 1) * n->stride + size[i] - have[i] - pad[i];
    }
    return w;
}

static akin_status describe(ak_device *d, const ak_node *n, const ak_act *in, const ak_act *out,
                            dnnl_data_type_t type, geometry *g, akin_error *err)
{
    const dnnl_dims_t weight = { out->padded, in->padded, n->tall, n->kernel };
    g->src = in->layout;
    g->dst = out->layout;
    g->window = window_of(n, in, out);
    AK_TRY(ak_device_layout(d, weight, type, dnnl_format_tag_any, &g->weight, n->name, err));
    return ak_device_layout(d, weight, dnnl_f32, dnnl_format_tag_any, &g->weight_f32, n->name, err);
}

static dnnl_status_t try_one(const ak_device *d, const geometry *g, int direction, dnnl_alg_kind_t algorithm,
                             dnnl_primitive_desc_t *out)
{
    dnnl_primitive_desc_t hint;
    dnnl_status_t status = ak_onednn_convolution(d->engine, dnnl_forward_training, algorithm, g->src,
                                                 g->weight, g->dst, &g->window, NULL, d->attr, &hint);
    if (status) return status;
    if (direction == FORWARD) {
        *out = hint;
        return dnnl_success;
    }
    status = ak_onednn_convolution(d->engine, direction == DATA ? dnnl_backward_data : dnnl_backward_weights,
                                   algorithm, g->src, direction == DATA ? g->weight : g->weight_f32, g->dst,
                                   &g->window, hint, d->attr, out);
    ak_onednn.dnnl_primitive_desc_destroy(hint);
    return status;
}

static akin_status choose(const ak_device *d, const geometry *g, const ak_node *n, int direction,
                          bool winograd, dnnl_primitive_desc_t *out, akin_error *err)
{
    dnnl_status_t status = dnnl_unimplemented;
    if (winograd) status = try_one(d, g, direction, dnnl_convolution_winograd, out);
    /* where memory lacked another algorithm would give other bits */
    if (status && status != dnnl_out_of_memory)
        status = try_one(d, g, direction, dnnl_convolution_direct, out);
    return status ? ak_device_fail(err, status, n->name, n->what) : AKIN_OK;
}

akin_status ak_conv_ask(ak_device *d, akin_error *err)
{
    const dnnl_dims_t images = { 16, 64, 8, 8 }, weight = { 64, 64, 3, 3 };
    geometry g = { .window = { { 3, 3 }, { 1, 1 }, { 1, 1 }, { 1, 1 } } };
    AK_TRY(ak_device_layout(d, images, dnnl_f32, d->tag, &g.src, "engine", err));
    AK_TRY(ak_device_layout(d, weight, dnnl_f32, dnnl_format_tag_any, &g.weight, "engine", err));
    g.dst = g.src;
    dnnl_primitive_desc_t desc;
    const dnnl_status_t status = try_one(d, &g, FORWARD, dnnl_convolution_winograd, &desc);
    if (status == dnnl_out_of_memory) return ak_device_fail(err, status, "engine", "convolutions");
    d->winograds = !status;
    if (d->winograds) ak_onednn.dnnl_primitive_desc_destroy(desc);
    return AKIN_OK;
}

/* A working copy of the master weights in the layout that is wanted, or the master itself. */
static akin_status working_copy(ak_device *d, const ak_node *n, dnnl_memory_t master, const ak_layout *want,
                                ak_op *op, dnnl_memory_t *out, akin_error *err)
{
    if (ak_layout_equal(want, n->weight_layout)) {
        *out = master;
        return AKIN_OK;
    }
    void *copy;
    AK_TRY(ak_device_alloc(d, 1, (int64_t)ak_layout_bytes(want), 1, &copy, err));
    AK_TRY(ak_device_memory(d, want, copy, out, n->name, err));
    return ak_device_reorder(d, n->weight_layout, master, want, *out, op, n->name, err);
}

/* Whether oneDNN has better than its reference code, which is a hundred times slower. An error only where
 * memory lacked: for want of it no other code, with other bits, is taken. */
static akin_status ask_fast(const ak_device *d, const geometry *g, const ak_node *n, int direction,
                            bool *fast, akin_error *err)
{
    dnnl_primitive_desc_t desc;
    const char *info = "ref";
    *fast = false;
    const akin_status status = choose(d, g, n, direction, false, &desc, err);
    if (status) return status == AKIN_ERR_NOMEM ? status : AKIN_OK;
    ak_onednn.dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &info);
    *fast = strncmp(info, "ref", 3) != 0;
    ak_onednn.dnnl_primitive_desc_destroy(desc);
    return AKIN_OK;
}

akin_status ak_conv_ask_fast(ak_device *d, const ak_node *n, const ak_act *in, const ak_act *out, bool *fast,
                             akin_error *err)
{
    geometry g;
    *fast = false;
    const akin_status status = describe(d, n, in, out, d->data_type, &g, err);
    if (status) return status == AKIN_ERR_NOMEM ? status : AKIN_OK;
    AK_TRY(ask_fast(d, &g, n, FORWARD, fast, err));
    return *fast ? ask_fast(d, &g, n, WEIGHTS, fast, err) : AKIN_OK;
}

/* Parts ----------------------------------------------------------------------------------------------- */

/* Winograd transforms the weights once for each part. That is slow where a part has fewer 4x4 tiles than the
 * layer has channels, so such a layer is not cut: oneDNN's own threads share it. With 512 channels at 4x4,
 * parts take 1.6 to 2.2 times as long (batch 128), and three times the processor time to the weights
 * (batch 64), as winograd.h does. */
static bool few_tiles(const geometry *g)
{
    const int64_t down = (ak_layout_dim(g->dst, 2) + 3) / 4, across = (ak_layout_dim(g->dst, 3) + 3) / 4;
    return ak_layout_dim(g->dst, 0) * down * across / AK_NN_FEWEST_PARTS < ak_layout_dim(g->dst, 1);
}

static int parts_of(const ak_device *d, int direction, const geometry *g, bool winograd)
{
    if (d->whole || akin_threads() > AK_NN_PARTS || (winograd && few_tiles(g))) return 1;
    const int64_t batch = ak_layout_dim(g->dst, 0);
    if (winograd) return batch < AK_NN_FEWEST_PARTS ? (int)batch : AK_NN_FEWEST_PARTS;
    return ak_device_parts(batch, ak_layout_dim(g->dst, 2) * ak_layout_dim(g->dst, 3), direction == WEIGHTS);
}

/* Where image i of an array begins: the batch is the outermost dimension of every layout. */
static void *image_at(const ak_layout *whole, void *data, int64_t i)
{
    const size_t image = ak_layout_bytes(whole) / (size_t)ak_layout_dim(whole, 0);
    return (unsigned char *)data + (size_t)i * image;
}

/* The same of so many images. */
static akin_status slice(ak_device *d, const ak_node *n, const geometry *whole, int64_t images, geometry *g,
                         akin_error *err)
{
    *g = *whole;
    AK_TRY(ak_device_slice(d, whole->src, images, &g->src, n->name, err));
    return ak_device_slice(d, whole->dst, images, &g->dst, n->name, err);
}

typedef struct operands {
    const geometry *g;
    void *src, *dst;      /* or their gradients */
    dnnl_memory_t weight; /* or its gradient */
    bool winograd;
} operands;

static akin_status build_part(ak_device *d, ak_node *n, int direction, const operands *whole, int k,
                              akin_error *err)
{
    static const int IDS[3][3] = { { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST },
                                   { DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST },
                                   { DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST } };
    ak_split_op *split = &n->op[direction];
    ak_op *op = &split->part[k];
    const int64_t batch = ak_layout_dim(whole->g->src, 0), begin = batch * k / split->parts;
    const int64_t end = batch * (k + 1) / split->parts;
    geometry g;
    AK_TRY(slice(d, n, whole->g, end - begin, &g, err));
    void *src = image_at(whole->g->src, whole->src, begin), *dst = image_at(whole->g->dst, whole->dst, begin);

    dnnl_primitive_desc_t desc;
    dnnl_memory_t src_memory, dst_memory, weight = whole->weight;
    AK_TRY(choose(d, &g, n, direction, whole->winograd, &desc, err));
    AK_TRY(ak_device_op(d, desc, op, k, n->name, err));
    AK_TRY(ak_device_memory(d, g.src, src, &src_memory, n->name, err));
    AK_TRY(ak_device_memory(d, g.dst, dst, &dst_memory, n->name, err));
    if (direction == WEIGHTS && k > 0)
        AK_TRY(ak_device_late(d, n->weight_layout, AK_NN_PARTS + k, &weight, n->name, err));
    ak_op_arg(op, IDS[direction][0], src_memory);
    ak_op_arg(op, IDS[direction][1], weight);
    ak_op_arg(op, IDS[direction][2], dst_memory);
    return AKIN_OK;
}

/* Primitives that run side by side are made for one thread. */
static akin_status build_parts(ak_device *d, ak_node *n, int direction, const operands *whole,
                               akin_error *err)
{
    const int threads = akin_threads();
    n->op[direction].parts = parts_of(d, direction, whole->g, whole->winograd);
    const bool alone = n->op[direction].parts > 1;
    akin_status status = AKIN_OK;
    if (alone) ak_parallel_hint(1);
    for (int k = 0; k < n->op[direction].parts && !status; k++)
        status = build_part(d, n, direction, whole, k, err);
    if (alone) ak_parallel_hint(threads);
    return status;
}

/* Which layout of weights does oneDNN want for this direction? Asked about the first part. */
static akin_status wanted_layout(ak_device *d, const ak_node *n, int direction, const geometry *whole,
                                 bool winograd, const ak_layout **want, akin_error *err)
{
    const int64_t images = ak_layout_dim(whole->src, 0) / parts_of(d, direction, whole, winograd);
    const dnnl_query_t weights = direction == WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
    geometry g;
    AK_TRY(slice(d, n, whole, images, &g, err));
    dnnl_primitive_desc_t desc;
    AK_TRY(choose(d, &g, n, direction, winograd, &desc, err));
    const akin_status status = ak_device_chosen(d, desc, weights, want, n->name, err);
    ak_onednn.dnnl_primitive_desc_destroy(desc);
    return status;
}

/* Forward or to the data: a working copy of the weights, and the parts. */
static akin_status build_with_weights(ak_device *d, ak_node *n, int direction, const operands *o,
                                      dnnl_memory_t master, ak_op *refresh, akin_error *err)
{
    geometry g = *o->g;
    operands with = *o;
    AK_TRY(wanted_layout(d, n, direction, o->g, o->winograd, &g.weight, err));
    AK_TRY(working_copy(d, n, master, g.weight, refresh, &with.weight, err));
    with.g = &g;
    return build_parts(d, n, direction, &with, err);
}

/* Copies between bf16 activations and the device's float32 ones. */
static akin_status build_copies(ak_device *d, ak_node *n, const ak_act *in, const geometry *g,
                                const geometry *wide, void *const *buffers, akin_error *err)
{
    const bool any = n->dx >= 0 && (n->wide[DATA] || n->wide[WEIGHTS]);
    dnnl_memory_t x, dy, y, dx, wide_in, wide_out;
    AK_TRY(ak_device_memory(d, wide->src, d->wide[0], &wide_in, n->name, err));
    AK_TRY(ak_device_memory(d, wide->dst, d->wide[1], &wide_out, n->name, err));
    AK_TRY(ak_device_memory(d, g->src, in->data, &x, n->name, err));
    AK_TRY(ak_device_memory(d, g->dst, n->y, &y, n->name, err));
    AK_TRY(ak_device_reorder(d, g->src, x, wide->src, wide_in, &n->wide_x, n->name, err));
    if (n->wide[FORWARD])
        AK_TRY(ak_device_reorder(d, wide->dst, wide_out, g->dst, y, &n->narrow_y, n->name, err));
    if (any) AK_TRY(ak_device_memory(d, g->dst, buffers[n->dx], &dy, n->name, err));
    if (any) AK_TRY(ak_device_reorder(d, g->dst, dy, wide->dst, wide_out, &n->wide_dy, n->name, err));
    if (!n->wide[DATA] || n->din < 0) return AKIN_OK;
    AK_TRY(ak_device_memory(d, g->src, buffers[n->din], &dx, n->name, err));
    return ak_device_reorder(d, wide->src, wide_in, g->src, dx, &n->narrow_dx, n->name, err);
}

static akin_status to_float32(ak_device *d, const ak_layout *from, const ak_layout **to, const char *layer,
                              akin_error *err)
{
    const dnnl_dims_t dims = { ak_layout_dim(from, 0), ak_layout_dim(from, 1), ak_layout_dim(from, 2),
                               ak_layout_dim(from, 3) };
    return ak_device_layout(d, dims, dnnl_f32, d->tag, to, layer, err);
}

akin_status ak_conv_build(ak_device *d, const ak_layer_plan *plan, ak_node *n, const ak_act *in,
                          const ak_act *out, void *const *buffers, akin_error *err)
{
    geometry g, wide = { 0 };
    AK_TRY(describe(d, n, in, out, d->data_type, &g, err));
    bool winograd[3], any = false;
    for (int i = 0; i < 3; i++) {
        n->own[i] = ak_winograd_wanted(d, plan, n, in, out, i);
        const bool wide_too = d->winograds && wants_wide(plan, n, in, out, i);
        winograd[i] = plan->precision == AKIN_PRECISION_F32
                          ? d->winograds && wants_winograd(plan, n, in, out, i)
                          : wide_too;
        n->wide[i] = !n->own[i] && wide_too;
        any = any || n->wide[i];
    }
    /* With AVX2 oneDNN has only its reference code to the weights of outputs of 1x1 and 2x2. */
    if (!n->own[WEIGHTS] && !n->wide[WEIGHTS] && ak_winograd_possible(d, plan, n)) {
        AK_TRY(ask_fast(d, &g, n, WEIGHTS, &n->own[WEIGHTS], err));
        n->own[WEIGHTS] = !n->own[WEIGHTS];
    }
    if (any) {
        AK_TRY(describe(d, n, in, out, dnnl_f32, &wide, err));
        AK_TRY(to_float32(d, g.src, &wide.src, n->name, err));
        AK_TRY(to_float32(d, g.dst, &wide.dst, n->name, err));
    }
    const geometry *of[3];
    for (int i = 0; i < 3; i++) of[i] = n->wide[i] ? &wide : &g;

    if (n->own[WEIGHTS])
        AK_TRY(ak_winograd_layout(d, in, out, &n->weight_layout, n->name, err));
    else
        AK_TRY(wanted_layout(d, n, WEIGHTS, of[WEIGHTS], winograd[WEIGHTS], &n->weight_layout, err));
    n->weights = (int64_t)(ak_layout_bytes(n->weight_layout) / sizeof(float));
    AK_TRY(ak_device_alloc(d, sizeof(float), n->weights, 1, &n->weight, err));
    if (!n->frozen) AK_TRY(ak_device_alloc(d, sizeof(float), n->weights, 1, &n->grad, err));
    if (!n->y) AK_TRY(ak_device_alloc(d, 1, (int64_t)ak_layout_bytes(g.dst), 1, &n->y, err));
    dnnl_memory_t master, grad = NULL;
    AK_TRY(ak_device_memory(d, n->weight_layout, n->weight, &master, n->name, err));
    if (!n->frozen) AK_TRY(ak_device_memory(d, n->weight_layout, n->grad, &grad, n->name, err));
    if (any) AK_TRY(build_copies(d, n, in, &g, &wide, buffers, err));

    void *const x[3] = { n->wide[FORWARD] ? d->wide[0] : in->data,
                         n->din < 0      ? NULL
                         : n->wide[DATA] ? d->wide[0]
                                         : buffers[n->din],
                         n->wide[WEIGHTS] ? d->wide[0] : in->data };
    void *const dy = n->dx < 0 ? NULL : buffers[n->dx];
    void *const y[3] = { n->wide[FORWARD] ? d->wide[1] : n->y, n->wide[DATA] ? d->wide[1] : dy,
                         n->wide[WEIGHTS] ? d->wide[1] : dy };
    if (n->own[WEIGHTS]) ak_winograd_build(d, n, in, out, buffers);
    geometry to_weights = *of[WEIGHTS];
    to_weights.weight_f32 = n->weight_layout;
    const operands w = { &to_weights, x[WEIGHTS], y[WEIGHTS], grad, winograd[WEIGHTS] };
    if (!n->own[WEIGHTS] && !n->frozen) AK_TRY(build_parts(d, n, WEIGHTS, &w, err));
    const operands f = { of[FORWARD], x[FORWARD], y[FORWARD], NULL, winograd[FORWARD] };
    if (!n->own[FORWARD]) AK_TRY(build_with_weights(d, n, FORWARD, &f, master, &n->to_forward, err));
    if (n->din < 0 || n->own[DATA]) return AKIN_OK;
    const operands b = { of[DATA], x[DATA], y[DATA], NULL, winograd[DATA] };
    return build_with_weights(d, n, DATA, &b, master, &n->to_backward, err);
}

typedef struct sum_job {
    const ak_device *d;
    const ak_node *n;
} sum_job;

static void sum_range(int64_t begin, int64_t end, void *ctx)
{
    const sum_job *w = ctx;
    float *grad = w->n->grad;
    for (int k = 1; k < w->n->op[WEIGHTS].parts; k++) {
        const float *part = w->d->pool[AK_NN_PARTS + k];
        for (int64_t i = begin; i < end; i++) grad[i] += part[i];
    }
}

akin_status ak_conv_run(ak_device *d, const ak_node *n, int direction, akin_error *err)
{
    if (n->own[direction])
        ak_winograd_run(d, n, direction);
    else
        AK_TRY(ak_device_run_split(d, &n->op[direction], n->name, err));
    sum_job w = { d, n };
    if (direction == WEIGHTS && n->op[WEIGHTS].parts > 1) ak_parallel_for(n->weights, 16384, sum_range, &w);
    return AKIN_OK;
}

/* Pooling --------------------------------------------------------------------------------------------- */

/* forward is destroyed. */
static akin_status pool_forward(ak_device *d, ak_node *n, dnnl_primitive_desc_t forward, const ak_act *in,
                                const ak_act *out, akin_error *err)
{
    ak_op *op = &n->op[FORWARD].part[0];
    AK_TRY(ak_device_op(d, forward, op, 0, n->name, err));
    ak_op_arg(op, DNNL_ARG_SRC, in->memory);
    ak_op_arg(op, DNNL_ARG_DST, out->memory);
    return AKIN_OK;
}

akin_status ak_pool_build(ak_device *d, ak_node *n, const ak_act *in, const ak_act *out, void *const *buffers,
                          akin_error *err)
{
    const ak_pool_window w = window_of(n, in, out);
    const bool keeps = n->dx >= 0; /* where the maxima were, for the backward pass */
    dnnl_primitive_desc_t forward, backward;
    dnnl_status_t status =
        ak_onednn_pooling(d->engine, keeps ? dnnl_forward_training : dnnl_forward_inference, in->layout,
                          out->layout, &w, NULL, d->attr, &forward);
    if (status) return ak_device_fail(err, status, n->name, n->what);
    if (!keeps) return pool_forward(d, n, forward, in, out, err);
    status =
        ak_onednn_pooling(d->engine, dnnl_backward, in->layout, out->layout, &w, forward, d->attr, &backward);
    if (status) {
        ak_onednn.dnnl_primitive_desc_destroy(forward);
        return ak_device_fail(err, status, n->name, n->what);
    }
    const ak_layout *where = NULL;
    akin_status result = ak_device_chosen(d, forward, dnnl_query_workspace_md, &where, n->name, err);
    akin_status made = pool_forward(d, n, forward, in, out, err);
    if (!result) result = made;
    made = ak_device_op(d, backward, &n->op[DATA].part[0], 0, n->name, err);
    if (!result) result = made;
    if (result) return result;

    void *block;
    dnnl_memory_t places, dout, din;
    AK_TRY(ak_device_alloc(d, 1, (int64_t)ak_layout_bytes(where), 1, &block, err));
    AK_TRY(ak_device_memory(d, where, block, &places, n->name, err));
    AK_TRY(ak_device_memory(d, out->layout, buffers[n->d1], &dout, n->name, err));
    AK_TRY(ak_device_memory(d, in->layout, buffers[n->din], &din, n->name, err));
    ak_op_arg(&n->op[FORWARD].part[0], DNNL_ARG_WORKSPACE, places);
    ak_op_arg(&n->op[DATA].part[0], DNNL_ARG_DIFF_DST, dout);
    ak_op_arg(&n->op[DATA].part[0], DNNL_ARG_WORKSPACE, places);
    ak_op_arg(&n->op[DATA].part[0], DNNL_ARG_DIFF_SRC, din);
    return AKIN_OK;
}
