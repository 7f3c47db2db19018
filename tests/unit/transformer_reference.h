/* SPDX-License-Identifier: Apache-2.0 */
/* A transformer in double, row by row, from the formulas of nn/transformer.h: the whole matrix of weights of
 * each head, an erf of the C library, one loop a sum. Tensors are those of the library, in its order. */
#ifndef TRANSFORMER_REFERENCE_H
#define TRANSFORMER_REFERENCE_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TF_TENSORS = 3 + 12 * 3 + 2 };

typedef struct tf_model {
    int width, layers, heads, inputs, tensors;
    double *data[TF_TENSORS], *grad[TF_TENSORS];
    int64_t count[TF_TENSORS];
} tf_model;

static double *tf_new(int64_t n) { return calloc((size_t)(n > 0 ? n : 1), sizeof(double)); }

/* y = x W^T + b; tensors w and w + 1. */
static double *tf_linear(const tf_model *m, int w, const double *x, int n, int in, int out)
{
    double *y = tf_new((int64_t)n * out);
    for (int t = 0; t < n; t++)
        for (int o = 0; o < out; o++) {
            double sum = m->data[w + 1][o];
            for (int i = 0; i < in; i++) sum += m->data[w][o * in + i] * x[t * in + i];
            y[t * out + o] = sum;
        }
    return y;
}

static double *tf_linear_back(const tf_model *m, int w, const double *x, const double *dy, int n, int in,
                              int out)
{
    double *dx = tf_new((int64_t)n * in);
    for (int t = 0; t < n; t++)
        for (int o = 0; o < out; o++) {
            const double d = dy[t * out + o];
            m->grad[w + 1][o] += d;
            for (int i = 0; i < in; i++) {
                m->grad[w][o * in + i] += d * x[t * in + i];
                dx[t * in + i] += d * m->data[w][o * in + i];
            }
        }
    return dx;
}

static void tf_moments(const double *x, int d, double *mean, double *std)
{
    *mean = *std = 0;
    for (int i = 0; i < d; i++) *mean += x[i] / d;
    for (int i = 0; i < d; i++) *std += (x[i] - *mean) * (x[i] - *mean) / d;
    *std = sqrt(*std + 1e-6);
}

static double *tf_norm(const tf_model *m, int w, const double *x, int n)
{
    const int d = m->width;
    double *y = tf_new((int64_t)n * d), mean, std;
    for (int t = 0; t < n; t++) {
        tf_moments(x + t * d, d, &mean, &std);
        for (int i = 0; i < d; i++)
            y[t * d + i] = m->data[w][i] * (x[t * d + i] - mean) / std + m->data[w + 1][i];
    }
    return y;
}

/* The Jacobian of (x_i - mean)/std by x_j, written out. */
static double *tf_norm_back(const tf_model *m, int w, const double *x, const double *dy, int n)
{
    const int d = m->width;
    double *dx = tf_new((int64_t)n * d), mean, std;
    for (int t = 0; t < n; t++) {
        tf_moments(x + t * d, d, &mean, &std);
        for (int i = 0; i < d; i++) {
            const double u = (x[t * d + i] - mean) / std, g = dy[t * d + i];
            m->grad[w][i] += g * u;
            m->grad[w + 1][i] += g;
            for (int j = 0; j < d; j++) {
                const double v = (x[t * d + j] - mean) / std;
                dx[t * d + j] += g * m->data[w][i] * ((i == j) - 1.0 / d - u * v / d) / std;
            }
        }
    }
    return dx;
}

/* weights [heads][n][n], to be freed. */
static double *tf_attention(const tf_model *m, const double *qkv, int n, double **weights)
{
    const int d = m->width, c = d / m->heads;
    double *out = tf_new((int64_t)n * d), *p = tf_new((int64_t)m->heads * n * n);
    for (int h = 0; h < m->heads; h++)
        for (int i = 0; i < n; i++) {
            double *w = p + ((int64_t)h * n + i) * n, sum = 0;
            for (int j = 0; j < n; j++) {
                double s = 0;
                for (int k = 0; k < c; k++) s += qkv[i * 3 * d + h * c + k] * qkv[j * 3 * d + d + h * c + k];
                sum += w[j] = exp(s / sqrt(c));
            }
            for (int j = 0; j < n; j++) {
                w[j] /= sum;
                for (int k = 0; k < c; k++)
                    out[i * d + h * c + k] += w[j] * qkv[j * 3 * d + 2 * d + h * c + k];
            }
        }
    *weights = p;
    return out;
}

static double *tf_attention_back(const tf_model *m, const double *qkv, const double *weights,
                                 const double *dout, int n)
{
    const int d = m->width, c = d / m->heads;
    double *dqkv = tf_new((int64_t)n * 3 * d), *dw = tf_new(n);
    for (int h = 0; h < m->heads; h++)
        for (int i = 0; i < n; i++) {
            const double *w = weights + ((int64_t)h * n + i) * n;
            double mean = 0;
            for (int j = 0; j < n; j++) {
                dw[j] = 0;
                for (int k = 0; k < c; k++) {
                    dw[j] += dout[i * d + h * c + k] * qkv[j * 3 * d + 2 * d + h * c + k];
                    dqkv[j * 3 * d + 2 * d + h * c + k] += w[j] * dout[i * d + h * c + k];
                }
                mean += w[j] * dw[j];
            }
            for (int j = 0; j < n; j++)
                for (int k = 0; k < c; k++) {
                    const double ds = w[j] * (dw[j] - mean) / sqrt(c);
                    dqkv[i * 3 * d + h * c + k] += ds * qkv[j * 3 * d + d + h * c + k];
                    dqkv[j * 3 * d + d + h * c + k] += ds * qkv[i * 3 * d + h * c + k];
                }
        }
    free(dw);
    return dqkv;
}

static void tf_add(double *to, const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] += x[i];
}

typedef struct tf_trace {
    double *x, *n1, *qkv, *weights, *mixed, *proj, *middle, *n2, *units, *active, *fc2;
} tf_trace;

static tf_trace tf_block(const tf_model *m, int w, double *x, int n, double *next)
{
    const int d = m->width;
    tf_trace k = { .x = x };
    k.n1 = tf_norm(m, w, x, n);
    k.qkv = tf_linear(m, w + 2, k.n1, n, d, 3 * d);
    k.mixed = tf_attention(m, k.qkv, n, &k.weights);
    k.proj = tf_linear(m, w + 4, k.mixed, n, d, d);
    k.middle = tf_new((int64_t)n * d);
    tf_add(k.middle, x, (int64_t)n * d);
    tf_add(k.middle, k.proj, (int64_t)n * d);
    k.n2 = tf_norm(m, w + 6, k.middle, n);
    k.units = tf_linear(m, w + 8, k.n2, n, d, 4 * d);
    k.active = tf_new((int64_t)n * 4 * d);
    for (int64_t i = 0; i < (int64_t)n * 4 * d; i++)
        k.active[i] = k.units[i] * 0.5 * erfc(-k.units[i] / sqrt(2));
    k.fc2 = tf_linear(m, w + 10, k.active, n, 4 * d, d);
    tf_add(next, k.middle, (int64_t)n * d);
    tf_add(next, k.fc2, (int64_t)n * d);
    return k;
}

/* dx: gradient to the result in, to the input out. */
static void tf_block_back(const tf_model *m, int w, const tf_trace *k, int n, double *dx)
{
    const int d = m->width;
    const int64_t all = (int64_t)n * d;
    double *dunits = tf_linear_back(m, w + 10, k->active, dx, n, 4 * d, d);
    for (int64_t i = 0; i < 4 * all; i++) {
        const double u = k->units[i], bell = exp(-u * u / 2) / sqrt(2 * acos(-1.0));
        dunits[i] *= 0.5 * erfc(-u / sqrt(2)) + u * bell;
    }
    double *dn2 = tf_linear_back(m, w + 8, k->n2, dunits, n, d, 4 * d);
    double *dmiddle = tf_norm_back(m, w + 6, k->middle, dn2, n);
    tf_add(dx, dmiddle, all);
    double *dmixed = tf_linear_back(m, w + 4, k->mixed, dx, n, d, d);
    double *dqkv = tf_attention_back(m, k->qkv, k->weights, dmixed, n);
    double *dn1 = tf_linear_back(m, w + 2, k->n1, dqkv, n, d, 3 * d);
    double *din = tf_norm_back(m, w, k->x, dn1, n);
    tf_add(dx, din, all);
    free(dunits), free(dn2), free(dmiddle), free(dmixed), free(dqkv), free(dn1), free(din);
}

static void tf_forget(tf_trace *k)
{
    free(k->x), free(k->n1), free(k->qkv), free(k->weights), free(k->mixed), free(k->proj), free(k->middle);
    free(k->n2), free(k->units), free(k->active), free(k->fc2);
}

/* One row e [n][inputs] -> feature [width]. With dfeature: gradients added, de [n][inputs] written. */
static void tf_row(const tf_model *m, const double *e, int n, double *feature, const double *dfeature,
                   double *de)
{
    const int d = m->width, last = m->tensors - 2;
    tf_trace k[3];
    memset(feature, 0, (size_t)d * sizeof *feature);
    if (!n) return;
    double *x = tf_linear(m, 0, e, n, m->inputs, d);
    tf_add(x, m->data[2], (int64_t)n * d);
    for (int l = 0; l < m->layers; l++) {
        double *next = tf_new((int64_t)n * d);
        k[l] = tf_block(m, 3 + 12 * l, x, n, next);
        x = next;
    }
    double *y = tf_norm(m, last, x, n);
    for (int t = 0; t < n; t++)
        for (int i = 0; i < d; i++) feature[i] += y[t * d + i] / n;
    if (dfeature) {
        double *dy = tf_new((int64_t)n * d);
        for (int64_t i = 0; i < (int64_t)n * d; i++) dy[i] = dfeature[i % d] / n;
        double *dx = tf_norm_back(m, last, x, dy, n);
        for (int l = m->layers; l-- > 0;) tf_block_back(m, 3 + 12 * l, &k[l], n, dx);
        tf_add(m->grad[2], dx, (int64_t)n * d);
        double *din = tf_linear_back(m, 0, e, dx, n, m->inputs, d);
        memcpy(de, din, (size_t)n * (size_t)m->inputs * sizeof *de);
        free(dy), free(dx), free(din);
    }
    free(x), free(y);
    for (int l = 0; l < m->layers; l++) tf_forget(&k[l]);
}

static void tf_free(tf_model *m)
{
    for (int i = 0; i < TF_TENSORS; i++) free(m->data[i]), free(m->grad[i]);
}

#endif
