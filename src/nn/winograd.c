/* SPDX-License-Identifier: Apache-2.0 */
/* nn/winograd.c - which convolutions are computed by nn/winograd.h, and how they are shared out.
 *
 * The batch is cut into parts as in conv.c, with a sum for each part of the gradient to the weights, which
 * ak_conv_run() adds in order; scratch is a thread's. bf16 activations are read and written as they are;
 * between them everything is float32. Transformed weights are made anew in each pass, in a block that all
 * layers share. */
#include "nn/nn.h"

enum { FORWARD, DATA, WEIGHTS };

/* The pool that would hold the gradient of part 0. That gradient goes to its place at once, so the pool is
 * free for the transformed weights. */
enum { TRANSFORMED = AK_NN_PARTS };

/* ms of 512 images on two cores with AVX-512 (Zen 5), this / the fastest of oneDNN's, at channels and side:
 *
 *                      32 at 8      32 at 16     64 at 8     64 at 12     128 at 2     128 at 6    256 at 3
 *     f32   forward    0.6 / 1.3    4.1 / 3.9    2.1 / 2.5   5.8 / 6.2    2.1 / 1.2    6.0 / 9.3   6.6 / 10.9
 *           to weights 0.5 / 1.3    4.3 / 5.4    2.0 / 2.6   6.0 / 6.9    2.5 / 1.7    7.2 / 9.4   8.7 / 15.0
 *     bf16  forward    0.6 / 0.5    2.1 / 2.6    1.7 / 1.9   4.1 / 4.4    1.5 / 0.6    6.3 / 4.3   6.5 / 4.3
 *           to weights 0.6 / 1.0    2.0 / 3.8    1.6 / 2.4   4.6 / 5.5    1.9 / 1.5    6.3 / 6.8   8.1 / 12.2
 */
static bool pays(int precision, int direction, int64_t channels, int64_t side)
{
    if (channels < 32 || side < 3) return false;
    if (precision == AKIN_PRECISION_F32 || direction == WEIGHTS) return true;
    return channels >= 64 && side >= 8 && side % 4 == 0;
}

bool ak_winograd_possible(const ak_device *d, const ak_layer_plan *plan, const ak_node *n)
{
    return !d->library && n->in != 0 && plan->algorithm != AKIN_CONV_DIRECT && ak_node_is_3x3(n);
}

bool ak_winograd_wanted(const ak_device *d, const ak_layer_plan *plan, const ak_node *n, const ak_act *in,
                        const ak_act *out, int direction)
{
    if (!ak_winograd_possible(d, plan, n)) return false;
    /* With few tiles the 36 matrices of weights are larger than what they are multiplied with. With AVX-512
     * oneDNN's Winograd on all threads at once is faster then (512 channels at 4x4, batch 128: 8.3 ms beside
     * 11); below it, and in oneDNN 3.x, there is none, and the plain sum is slower still (with AVX2 41). */
    const int64_t tiles = ak_layout_dim(in->layout, 0) * ((out->h + 3) / 4) * ((out->w + 3) / 4);
    const int64_t channels = in->padded < out->padded ? in->padded : out->padded;
    if (tiles < (d->winograds ? 2 * channels : channels / 4)) return false;
    return plan->algorithm == AKIN_CONV_WINOGRAD ||
           pays(plan->precision, direction, channels, out->h < out->w ? out->h : out->w);
}

akin_status ak_winograd_layout(ak_device *d, const ak_act *in, const ak_act *out, const ak_layout **weights,
                               const char *layer, akin_error *err)
{
    const dnnl_dims_t dims = { out->padded, in->padded, 3, 3 };
    return ak_device_layout(d, dims, dnnl_f32, d->lanes->lanes == 16 ? dnnl_OIhw16i16o : dnnl_OIhw8i8o,
                            weights, layer, err);
}

void ak_winograd_build(ak_device *d, ak_node *n, const ak_act *in, const ak_act *out, void *const *buffers)
{
    const int64_t batch = ak_layout_dim(in->layout, 0);
    n->winograd = (ak_winograd){ .x = in->data,
                                 .dy = n->dx < 0 ? NULL : buffers[n->dx],
                                 .y = n->y,
                                 .end = batch,
                                 .height = out->h,
                                 .width = out->w,
                                 .in = in->padded,
                                 .out = out->padded };
    n->winograd_din = n->din < 0 ? NULL : buffers[n->din];
    const int workers = akin_threads() < AK_NN_PARTS ? akin_threads() : AK_NN_PARTS;
    for (int i = FORWARD; i <= WEIGHTS; i++) {
        if (!n->own[i] || (i == WEIGHTS && n->frozen)) continue;
        n->op[i].parts = ak_device_parts(batch, (int64_t)out->h * out->w, i == WEIGHTS);
        if (i != DATA || n->din >= 0) n->op[i].part[0].info = "akin:winograd";
    }
    const int64_t scratch = ak_winograd_scratch(in->padded, out->padded);
    ak_device_reserve(d, TRANSFORMED, (size_t)ak_winograd_weights(in->padded, out->padded) * sizeof(float));
    for (int k = 0; k < workers; k++) ak_device_reserve(d, k, (size_t)scratch * sizeof(float));
    for (int k = 1; n->own[WEIGHTS] && !n->frozen && k < n->op[WEIGHTS].parts; k++)
        ak_device_reserve(d, AK_NN_PARTS + k, (size_t)n->weights * sizeof(float));
}

typedef struct job {
    const ak_device *d;
    const ak_node *n;
    int direction;
    ak_winograd whole;
} job;

static void transform_blocks(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    w->d->winograd->weights(w->n->weight, w->whole.in, w->whole.out, w->direction == DATA,
                            w->d->pool[TRANSFORMED], begin, end);
}

static void run_part(int64_t k, int worker, void *ctx)
{
    const job *w = ctx;
    const ak_device *d = w->d;
    const int parts = w->n->op[w->direction].parts;
    ak_winograd part = w->whole;
    part.begin = w->whole.end * k / parts;
    part.end = w->whole.end * (k + 1) / parts;
    part.scratch = d->pool[worker];
    part.u = d->pool[TRANSFORMED];
    part.grad = k ? d->pool[AK_NN_PARTS + k] : w->n->grad;
    if (w->direction == WEIGHTS)
        d->winograd->gradient[d->type](&part);
    else
        d->winograd->convolve[d->type](&part);
}

void ak_winograd_run(const ak_device *d, const ak_node *n, int direction)
{
    job w = { d, n, direction, n->winograd };
    if (direction == DATA) {
        if (!n->winograd_din) return;
        w.whole.x = n->winograd.dy;
        w.whole.y = n->winograd_din;
        w.whole.in = n->winograd.out;
        w.whole.out = n->winograd.in;
    }
    if (direction != WEIGHTS) ak_parallel_for(w.whole.out / d->winograd->lanes, 1, transform_blocks, &w);
    ak_parallel_tasks(n->op[direction].parts, run_part, &w);
}
