/* SPDX-License-Identifier: Apache-2.0 */
/* A transformer with rows of tokens, and how far it is from transformer_reference.h, for the tests of both
 * precisions. */
#ifndef TRANSFORMER_CASE_H
#define TRANSFORMER_CASE_H

#include "nn/transformer.h"
#include "test.h"
#include "transformer_reference.h"

static akin_error err;

/* How far features, and gradients, may be from the reference. */
static double feature_limit = 2e-6, gradient_limit = 1e-5;

static tf_model copy_model(const akin_tensor *t, int64_t n, int width, int layers, int heads, int inputs)
{
    tf_model m = { .width = width, .layers = layers, .heads = heads, .inputs = inputs, .tensors = (int)n };
    CHECK(n == 5 + 12 * layers);
    for (int64_t i = 0; i < n; i++) {
        m.count[i] = t[i].plain;
        m.data[i] = tf_new(t[i].plain);
        m.grad[i] = tf_new(t[i].plain);
        for (int64_t j = 0; j < t[i].plain; j++) m.data[i][j] = t[i].data[j];
    }
    return m;
}

/* |got - want| / |want|, where want is not nothing. */
static double distance(const float *got, const double *want, int64_t n, double least)
{
    double diff = 0, norm = 0;
    for (int64_t i = 0; i < n; i++) {
        diff += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
        norm += want[i] * want[i];
    }
    return sqrt(diff) / fmax(sqrt(norm), least);
}

static void check_gradients(const akin_tensor *t, const tf_model *m)
{
    double longest = 1e-30;
    for (int i = 0; i < m->tensors; i++) {
        double square = 0;
        for (int64_t j = 0; j < m->count[i]; j++) square += m->grad[i][j] * m->grad[i][j];
        longest = fmax(longest, sqrt(square));
    }
    /* The bias of the keys has no gradient: it moves all scores of a query alike. */
    for (int i = 0; i < m->tensors; i++) {
        const double d = distance(t[i].grad, m->grad[i], m->count[i], 0.01 * longest);
        if (!(d <= gradient_limit)) print_error("gradient of %s\n", t[i].name);
        CHECK_LE(d, gradient_limit);
    }
}

/* A case ---------------------------------------------------------------------------------------------- */

typedef struct subject {
    ak_transformer *t;
    ak_transformer_opts o;
    int64_t rows, tokens, *start;
    float *input, *features, *dfeatures, *dinput;
} subject;

static subject make(ak_transformer_opts o, int64_t rows, const int64_t *lengths)
{
    subject s = { .o = o, .rows = rows };
    CHECK_OK(ak_transformer_create(&o, &s.t, &err));
    int64_t n;
    const akin_tensor *t = ak_transformer_tensors(s.t, &n);
    for (int64_t i = 0; i < n; i++) /* norms and biases away from 1 and 0, scores away from equal ones */
        for (int64_t j = 0; j < t[i].plain; j++) t[i].data[j] += (float)test_uniform(-0.2, 0.2);
    s.start = calloc((size_t)rows + 1, sizeof *s.start);
    for (int64_t r = 0; r < rows; r++) s.start[r + 1] = s.start[r] + lengths[r];
    s.tokens = s.start[rows];
    s.input = calloc((size_t)(s.tokens * o.inputs + 1), sizeof(float));
    for (int64_t i = 0; i < s.tokens * o.inputs; i++) s.input[i] = (float)test_normal();
    s.features = calloc((size_t)(rows * (o.width + 3)), sizeof(float));
    s.dfeatures = calloc((size_t)(rows * (o.width + 3)), sizeof(float));
    s.dinput = calloc((size_t)(s.tokens * s.t->inputs + 1), sizeof(float));
    for (int64_t i = 0; i < rows * (o.width + 3); i++) s.dfeatures[i] = (float)test_normal();
    return s;
}

static void unmake(subject *s)
{
    ak_transformer_free(s->t);
    free(s->start), free(s->input), free(s->features), free(s->dfeatures), free(s->dinput);
}

static void fill(subject *s, int64_t first_row)
{
    for (int64_t r = 0; r < s->t->rows; r++)
        for (int64_t k = s->t->first[r]; k < s->t->first[r + 1]; k++)
            memcpy(s->t->input + k * s->t->inputs,
                   s->input + (s->start[first_row + r] + k - s->t->first[r]) * s->o.inputs,
                   (size_t)s->o.inputs * sizeof(float));
}

static void step(subject *s)
{
    int64_t n;
    const akin_tensor *t = ak_transformer_tensors(s->t, &n);
    for (int64_t i = 0; i < n; i++) /* gradients are written, not added to */
        for (int64_t k = 0; k < t[i].count; k++) t[i].grad[k] = NAN;
    CHECK_OK(ak_transformer_take(s->t, s->rows, s->start, true, &err));
    fill(s, 0);
    ak_transformer_forward(s->t, s->features, s->o.width + 3);
    CHECK_OK(ak_transformer_backward(s->t, s->dfeatures, s->o.width + 3, s->dinput, &err));
}

static void against_reference(subject *s)
{
    step(s);
    int64_t n;
    const akin_tensor *t = ak_transformer_tensors(s->t, &n);
    tf_model m = copy_model(t, n, s->o.width, s->o.layers, s->o.heads, (int)s->o.inputs);
    const int64_t f = s->o.width, in = s->o.inputs, most = s->o.positions;
    double *e = tf_new(most * in), *de = tf_new(most * in), *feature = tf_new(f), *dfeature = tf_new(f);
    float *got = calloc((size_t)(most * in), sizeof *got);
    int64_t first = 0;
    for (int64_t r = 0; r < s->rows; r++) {
        const int64_t whole = s->start[r + 1] - s->start[r], length = whole < most ? whole : most;
        for (int64_t i = 0; i < length * in; i++) e[i] = s->input[s->start[r] * in + i];
        for (int64_t j = 0; j < f; j++) dfeature[j] = s->dfeatures[r * (f + 3) + j];
        tf_row(&m, e, (int)length, feature, dfeature, de);
        CHECK_LE(distance(s->features + r * (f + 3), feature, f, length ? 0.1 : 1),
                 length ? feature_limit : 0);
        for (int64_t k = 0; k < length; k++)
            memcpy(got + k * in, s->dinput + (first + k) * s->t->inputs, (size_t)in * sizeof *got);
        CHECK_LE(distance(got, de, length * in, 1e-3), gradient_limit);
        first += length;
    }
    check_gradients(t, &m);
    free(e), free(de), free(feature), free(dfeature), free(got);
    tf_free(&m);
}

static ak_transformer_opts options(int width, int layers, int heads, int inputs, int positions)
{
    return (ak_transformer_opts){
        .width = width, .layers = layers, .heads = heads, .inputs = inputs, .positions = positions, .seed = 3
    };
}

/* Rows around a tile of 64, a block of 128 tokens, and longer than there are places; empty rows; widths
 * around the panels of each instruction set. */
static void all_cases(bool half)
{
    static const struct {
        int width, layers, heads, inputs, positions, rows;
        int64_t lengths[8];
    } CASES[] = {
        { 16, 1, 1, 5, 130, 6, { 1, 0, 63, 64, 65, 131 } },
        { 32, 2, 2, 16, 9, 7, { 3, 9, 1, 0, 12, 4, 9 } },
        { 96, 1, 2, 48, 20, 2, { 2, 11 } },
        { 48, 3, 1, 7, 9, 6, { 5, 6, 7, 1, 2, 9 } },
        { 80, 1, 5, 33, 9, 1, { 8 } },
        { 32, 1, 1, 4, 4, 2, { 0, 0 } },
        { 64, 1, 4, 12, 4, 4, { 4, 4, 4, 4 } },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        ak_transformer_opts o =
            options(CASES[i].width, CASES[i].layers, CASES[i].heads, CASES[i].inputs, CASES[i].positions);
        o.half = half;
        subject s = make(o, CASES[i].rows, CASES[i].lengths);
        against_reference(&s);
        /* Fewer and again all rows in the same object: nothing of the batch before may be left. */
        const int64_t rows = s.rows;
        if (i == 1) s.rows = rows / 2 + 1, against_reference(&s);
        if (i == 1) s.rows = rows, against_reference(&s);
        unmake(&s);
    }
}

#endif
