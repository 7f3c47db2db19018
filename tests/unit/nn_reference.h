/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/nn_reference.h - encoders in double, by the plain sums of their definitions, on a tape.
 *
 * Every operation is a record with a value and a gradient; ref_forward() evaluates the tape in order and
 * ref_backward() walks it in reverse. Parameters are found by the tensor names of the encoder under test and
 * read through its plain layout. No line is shared with the library. */
#ifndef AK_TESTS_UNIT_NN_REFERENCE_H
#define AK_TESTS_UNIT_NN_REFERENCE_H

#include "akin/tool/nn.h"
#include "nn/tensors.h"
#include "test.h"

typedef enum ref_kind {
    REF_INPUT,
    REF_CONV,
    REF_NORM,
    REF_RELU,
    REF_ADD,
    REF_POOL,
    REF_MEAN,
    REF_LINEAR
} ref_kind;

typedef struct ref_node {
    ref_kind kind;
    int a, b; /* operands */
    int n, c, h, w;
    int kernel, stride, pad;
    int tall, pad_down;          /* the same down */
    int weight, bias, mean, var; /* tensors, or -1 */
    double *v, *g;
} ref_node;

typedef struct ref_net {
    akin_encoder *e;
    const akin_tensor *t;
    int64_t tensors;
    double **p, **dp; /* values and gradients of the tensors, plain */
    ref_node node[160];
    int nodes;
    bool training;
    bool flat; /* convolutions to come are 1 high */
} ref_net;

static size_t ref_size(const ref_node *x)
{
    return (size_t)x->n * (size_t)x->c * (size_t)x->h * (size_t)x->w;
}

static int ref_find(const ref_net *r, const char *layer, const char *part)
{
    char name[128];
    snprintf(name, sizeof name, "%s.%s", layer, part);
    for (int i = 0; i < r->tensors; i++)
        if (strcmp(r->t[i].name, name) == 0) return i;
    return -1;
}

static void ref_read(ref_net *r)
{
    akin_error err;
    for (int64_t i = 0; i < r->tensors; i++) {
        float *plain = malloc((size_t)r->t[i].plain * sizeof *plain);
        CHECK_OK(akin_encoder_export(r->e, i, plain, &err));
        for (int64_t j = 0; j < r->t[i].plain; j++) r->p[i][j] = (double)plain[j];
        free(plain);
    }
}

static ref_net *ref_create(akin_encoder *e)
{
    ref_net *r = calloc(1, sizeof *r);
    r->e = e;
    r->t = ak_encoder_tensors(e, &r->tensors);
    r->p = calloc((size_t)r->tensors, sizeof *r->p);
    r->dp = calloc((size_t)r->tensors, sizeof *r->dp);
    for (int64_t i = 0; i < r->tensors; i++) {
        r->p[i] = calloc((size_t)r->t[i].plain, sizeof **r->p);
        r->dp[i] = calloc((size_t)r->t[i].plain, sizeof **r->dp);
    }
    r->training = true;
    ref_read(r);
    return r;
}

static void ref_free(ref_net *r)
{
    for (int64_t i = 0; i < r->tensors; i++) {
        free(r->p[i]);
        free(r->dp[i]);
    }
    for (int i = 0; i < r->nodes; i++) {
        free(r->node[i].v);
        free(r->node[i].g);
    }
    free(r->p);
    free(r->dp);
    free(r);
}

static int ref_push(ref_net *r, ref_node x)
{
    x.v = calloc(ref_size(&x), sizeof *x.v);
    x.g = calloc(ref_size(&x), sizeof *x.g);
    r->node[r->nodes] = x;
    return r->nodes++;
}

static int ref_input(ref_net *r, int n, int c, int h, int w)
{
    return ref_push(r, (ref_node){ .kind = REF_INPUT, .n = n, .c = c, .h = h, .w = w });
}

static ref_node ref_like(const ref_net *r, ref_kind kind, int a)
{
    const ref_node *x = &r->node[a];
    return (ref_node){
        .kind = kind, .a = a, .b = -1, .n = x->n, .c = x->c, .h = x->h, .w = x->w, .weight = -1, .bias = -1
    };
}

static int ref_relu(ref_net *r, int a) { return ref_push(r, ref_like(r, REF_RELU, a)); }

static int ref_add(ref_net *r, int a, int b)
{
    ref_node x = ref_like(r, REF_ADD, a);
    x.b = b;
    return ref_push(r, x);
}

static int ref_norm(ref_net *r, int a, const char *layer, const char *prefix)
{
    char part[64];
    ref_node x = ref_like(r, REF_NORM, a);
    snprintf(part, sizeof part, "%sweight", prefix);
    x.weight = ref_find(r, layer, part);
    snprintf(part, sizeof part, "%sbias", prefix);
    x.bias = ref_find(r, layer, part);
    snprintf(part, sizeof part, "%srunning_mean", prefix);
    x.mean = ref_find(r, layer, part);
    snprintf(part, sizeof part, "%srunning_var", prefix);
    x.var = ref_find(r, layer, part);
    CHECK(x.weight >= 0 && x.bias >= 0 && x.mean >= 0 && x.var >= 0);
    return ref_push(r, x);
}

static int ref_window(ref_net *r, ref_kind kind, int a, int channels, int kernel, int stride, int pad)
{
    ref_node x = ref_like(r, kind, a);
    x.c = channels;
    x.kernel = kernel;
    x.stride = stride;
    x.pad = pad;
    x.tall = r->flat ? 1 : kernel;
    x.pad_down = r->flat ? 0 : pad;
    x.h = (x.h + 2 * x.pad_down - x.tall) / stride + 1;
    x.w = (x.w + 2 * pad - kernel) / stride + 1;
    return ref_push(r, x);
}

static int ref_pool(ref_net *r, int a, int kernel)
{
    return ref_window(r, REF_POOL, a, r->node[a].c, kernel, 2, kernel == 3 ? 1 : 0);
}

/* Convolution and its batch norm. */
static int ref_conv_padded(ref_net *r, int a, const char *layer, int channels, const int window[3])
{
    const int y = ref_window(r, REF_CONV, a, channels, window[0], window[1], window[2]);
    r->node[y].weight = ref_find(r, layer, "weight");
    CHECK(r->node[y].weight >= 0);
    return ref_norm(r, y, layer, "bn.");
}

static int ref_conv(ref_net *r, int a, const char *layer, int channels, int kernel, int stride)
{
    return ref_conv_padded(r, a, layer, channels, (const int[]){ kernel, stride, kernel / 2 });
}

static int ref_mean(ref_net *r, int a)
{
    ref_node x = ref_like(r, REF_MEAN, a);
    x.h = x.w = 1;
    return ref_push(r, x);
}

static int ref_linear(ref_net *r, int a, const char *layer, int out)
{
    ref_node x = ref_like(r, REF_LINEAR, a);
    x.c = out;
    x.h = x.w = 1;
    x.weight = ref_find(r, layer, "weight");
    x.bias = ref_find(r, layer, "bias");
    CHECK(x.weight >= 0);
    return ref_push(r, x);
}

/* One residual block; bottleneck: 1x1, 3x3 with the stride, 1x1 to four times the channels. */
static int ref_block(ref_net *r, int at, const char *block, int channels, int stride, bool bottleneck)
{
    char name[96];
    const int out = bottleneck ? 4 * channels : channels;
    int shortcut = at, y = at;
    if (stride == 2 || r->node[at].c != out) {
        snprintf(name, sizeof name, "%s.shortcut", block);
        shortcut = ref_conv(r, at, name, out, 1, stride);
    }
    for (int k = 1; k <= (bottleneck ? 3 : 2); k++) {
        const bool wide = !bottleneck || k == 2, last = k == (bottleneck ? 3 : 2);
        if (k > 1) y = ref_relu(r, y);
        snprintf(name, sizeof name, "%s.conv%d", block, k);
        y = ref_conv(r, y, name, last ? out : channels, wide ? 3 : 1, k == (bottleneck ? 2 : 1) ? stride : 1);
    }
    return ref_relu(r, ref_add(r, y, shortcut));
}

typedef struct ref_family {
    int stages, stem_kernel;
    bool stem_pool, bottleneck;
} ref_family;

static int ref_resnet(ref_net *r, int at, ref_family f, int width, int stem_stride, int blocks)
{
    char name[64];
    at = ref_relu(r, ref_conv(r, at, "stem.conv", width, f.stem_kernel, stem_stride));
    if (f.stem_pool) at = ref_pool(r, at, 3);
    for (int s = 0; s < f.stages; s++)
        for (int b = 0; b < blocks; b++) {
            snprintf(name, sizeof name, "stage%d.block%d", s + 1, b);
            at = ref_block(r, at, name, width << s, s > 0 && b == 0 ? 2 : 1, f.bottleneck);
        }
    return ref_mean(r, at);
}

static int ref_head(ref_net *r, int at, int hidden, bool batchnorm, int out)
{
    if (!hidden) return ref_linear(r, at, "head.linear1", out);
    at = ref_linear(r, at, "head.linear1", hidden);
    if (batchnorm) at = ref_norm(r, at, "head.bn", "");
    return ref_linear(r, ref_relu(r, at), "head.linear2", out);
}

/* Operations. Each visits every pair (output, input) of its definition; in the backward pass the same visit
 * sends the gradient the other way. */
/* Outputs of channel at[0] and row at[2], from inputs of channel at[1], by the weight at[3] of the window. */
static void ref_conv_row(const ref_node *y, ref_node *x, const int at[4], double weight, double *dweight)
{
    const int ii = at[2] * y->stride + at[3] / y->kernel - y->pad_down, shift = at[3] % y->kernel - y->pad;
    const int width = y->c * y->h * y->w, stride = y->stride;
    if (ii < 0 || ii >= x->h || shift >= x->w) return;
    const int first = shift < 0 ? (stride - 1 - shift) / stride : 0, last = (x->w - 1 - shift) / stride;
    const int to = last < y->w - 1 ? last : y->w - 1; /* these outputs have an input there */
    for (int n = 0; n < y->n; n++) {
        const double *in = x->v + ((n * x->c + at[1]) * x->h + ii) * x->w;
        double *in_g = x->g + (in - x->v), *out = y->v + n * width + (at[0] * y->h + at[2]) * y->w;
        const double *out_g = y->g + (out - y->v);
        double sum = 0;
        for (int j = first; !dweight && j <= to; j++) out[j] += in[j * stride + shift] * weight;
        for (int j = first; dweight && j <= to; j++) sum += out_g[j] * in[j * stride + shift];
        for (int j = first; dweight && j <= to; j++) in_g[j * stride + shift] += out_g[j] * weight;
        if (dweight) *dweight += sum;
    }
}

static void ref_conv_visit(ref_net *r, ref_node *y, bool back)
{
    ref_node *x = &r->node[y->a];
    const int taps = y->tall * y->kernel;
    if (!back) memset(y->v, 0, ref_size(y) * sizeof *y->v);
    for (int c = 0; c < y->c; c++)
        for (int ic = 0; ic < x->c; ic++)
            for (int tap = 0; tap < taps; tap++) {
                const int wt = (c * x->c + ic) * taps + tap;
                double *dweight = back ? &r->dp[y->weight][wt] : NULL;
                for (int i = 0; i < y->h; i++)
                    ref_conv_row(y, x, (const int[]){ c, ic, i, tap }, r->p[y->weight][wt], dweight);
            }
}

static void ref_norm_visit(ref_net *r, ref_node *y, bool back)
{
    ref_node *x = &r->node[y->a];
    const int area = y->h * y->w;
    const double m = (double)y->n * area;
    for (int c = 0; c < y->c; c++) {
        double mean = 0, var = 0, db = 0, dg = 0;
        for (int n = 0; n < y->n; n++)
            for (int s = 0; s < area; s++) mean += x->v[(n * y->c + c) * area + s] / m;
        for (int n = 0; n < y->n; n++)
            for (int s = 0; s < area; s++) var += pow(x->v[(n * y->c + c) * area + s] - mean, 2) / m;
        const bool kept = !r->training || !r->t[y->weight].grad; /* frozen: by the running averages */
        if (kept) {
            mean = r->p[y->mean][c];
            var = r->p[y->var][c];
        }
        const double inv = 1 / sqrt(var + 1e-5), gamma = r->p[y->weight][c];
        for (int n = 0; n < y->n; n++)
            for (int s = 0; s < area; s++) {
                const int at = (n * y->c + c) * area + s;
                if (!back) y->v[at] = (x->v[at] - mean) * inv * gamma + r->p[y->bias][c];
                db += y->g[at];
                dg += y->g[at] * (x->v[at] - mean) * inv;
            }
        if (!back) continue;
        r->dp[y->weight][c] += dg;
        r->dp[y->bias][c] += db;
        for (int n = 0; n < y->n; n++)
            for (int s = 0; s < area; s++) {
                const int at = (n * y->c + c) * area + s;
                x->g[at] += gamma * inv * (y->g[at] - (kept ? 0 : db / m + (x->v[at] - mean) * inv * dg / m));
            }
    }
}

static void ref_pool_visit(ref_net *r, ref_node *y, bool back)
{
    ref_node *x = &r->node[y->a];
    size_t o = 0;
    for (int n = 0; n < y->n * y->c; n++)
        for (int i = 0; i < y->h; i++)
            for (int j = 0; j < y->w; j++, o++) {
                int best = -1;
                for (int ii = i * 2 - y->pad; ii < i * 2 - y->pad + y->kernel; ii++)
                    for (int jj = j * 2 - y->pad; jj < j * 2 - y->pad + y->kernel; jj++) {
                        if (ii < 0 || jj < 0 || ii >= x->h || jj >= x->w) continue;
                        const int at = (n * x->h + ii) * x->w + jj;
                        if (best < 0 || x->v[at] > x->v[best]) best = at;
                    }
                if (back)
                    x->g[best] += y->g[o];
                else
                    y->v[o] = x->v[best];
            }
}

static void ref_linear_visit(ref_net *r, ref_node *y, bool back)
{
    ref_node *x = &r->node[y->a];
    const int in = x->c * x->h * x->w;
    for (int n = 0; n < y->n; n++)
        for (int o = 0; o < y->c; o++) {
            const int at = n * y->c + o;
            if (!back) y->v[at] = y->bias >= 0 ? r->p[y->bias][o] : 0;
            if (back && y->bias >= 0) r->dp[y->bias][o] += y->g[at];
            for (int i = 0; i < in; i++) {
                if (back) {
                    x->g[n * in + i] += y->g[at] * r->p[y->weight][o * in + i];
                    r->dp[y->weight][o * in + i] += y->g[at] * x->v[n * in + i];
                } else {
                    y->v[at] += x->v[n * in + i] * r->p[y->weight][o * in + i];
                }
            }
        }
}

static void ref_simple_visit(ref_net *r, ref_node *y, bool back)
{
    ref_node *a = &r->node[y->a], *b = y->b >= 0 ? &r->node[y->b] : NULL;
    const size_t area = (size_t)a->h * (size_t)a->w;
    for (size_t i = 0; i < ref_size(y); i++) {
        switch (y->kind) {
        case REF_RELU:
            if (back)
                a->g[i] += a->v[i] > 0 ? y->g[i] : 0;
            else
                y->v[i] = a->v[i] > 0 ? a->v[i] : 0;
            break;
        case REF_ADD:
            if (back) {
                a->g[i] += y->g[i];
                b->g[i] += y->g[i];
            } else {
                y->v[i] = a->v[i] + b->v[i];
            }
            break;
        default: /* mean */
            if (!back) y->v[i] = 0;
            for (size_t s = 0; s < area; s++) {
                if (back)
                    a->g[i * area + s] += y->g[i] / (double)area;
                else
                    y->v[i] += a->v[i * area + s] / (double)area;
            }
        }
    }
}

static void ref_visit(ref_net *r, int i, bool back)
{
    ref_node *y = &r->node[i];
    switch (y->kind) {
    case REF_INPUT: break;
    case REF_CONV: ref_conv_visit(r, y, back); break;
    case REF_NORM: ref_norm_visit(r, y, back); break;
    case REF_POOL: ref_pool_visit(r, y, back); break;
    case REF_LINEAR: ref_linear_visit(r, y, back); break;
    default: ref_simple_visit(r, y, back); break;
    }
}

static void ref_forward(ref_net *r)
{
    for (int i = 0; i < r->nodes; i++) ref_visit(r, i, false);
}

/* The caller has put gradients where they enter; everything else starts from zero. */
static void ref_zero_grads(ref_net *r)
{
    for (int i = 0; i < r->nodes; i++) memset(r->node[i].g, 0, ref_size(&r->node[i]) * sizeof(double));
    for (int64_t i = 0; i < r->tensors; i++) memset(r->dp[i], 0, (size_t)r->t[i].plain * sizeof(double));
}

static void ref_backward(ref_net *r)
{
    for (int i = r->nodes; i-- > 0;) ref_visit(r, i, true);
}

#endif
