/* SPDX-License-Identifier: Apache-2.0 */
/* The GRU against a plain one in double that is written here, row by row, from the formulas of
 * akin/tool/gru.h, and that is itself checked by finite differences; and the promises about rows: no padding,
 * no order, no neighbours, no threads. */
#include "nn/tensors.h"
#include "test.h"

#include "akin/tool/gru.h"
#include "base/base.h"
#include "nn/gru_cell.h"

enum { WORDS = 23, MOST_LEN = 64, MOST_LAYERS = 3 };

/* The reference --------------------------------------------------------------------------------------- */

typedef struct model { /* shapes, and every tensor in double; grad in the same order */
    int layers, directions, hidden, dim, pool;
    double *data[8 * MOST_LAYERS], *grad[8 * MOST_LAYERS];
    int64_t count[8 * MOST_LAYERS];
} model;

static double squash(double x) { return 1 / (1 + exp(-x)); }

static int inputs_of(const model *m, int l) { return l ? m->directions * m->hidden : m->dim; }

/* One side over one row: x [len][in]; keeps gates n, r, z, u of each token and the states before them. */
typedef struct trace {
    double *gate, *before, *after; /* [len][4h], [len][h], [len][h], by token */
} trace;

static trace side_forward(const model *m, int l, int d, const double *x, int len)
{
    const int h = m->hidden, in = inputs_of(m, l);
    double *const *w = &m->data[4 * (l * m->directions + d)];
    trace k = { calloc((size_t)(len * 4 * h + 1), 8), calloc((size_t)(len * h + 1), 8),
                calloc((size_t)(len * h + 1), 8) };
    for (int step = 0; step < len; step++) {
        const int t = d ? len - 1 - step : step;
        double *before = k.before + t * h, *gate = k.gate + t * 4 * h;
        if (step) memcpy(before, k.after + (d ? t + 1 : t - 1) * h, (size_t)h * 8);
        for (int u = 0; u < h; u++) {
            double a[3], b[3];
            for (int g = 0; g < 3; g++) {
                a[g] = w[2][g * h + u];
                b[g] = w[3][g * h + u];
                for (int c = 0; c < in; c++) a[g] += w[0][(g * h + u) * in + c] * x[t * in + c];
                for (int c = 0; c < h; c++) b[g] += w[1][(g * h + u) * h + c] * before[c];
            }
            const double r = squash(a[0] + b[0]), z = squash(a[1] + b[1]), n = tanh(a[2] + r * b[2]);
            gate[u] = n, gate[h + u] = r, gate[2 * h + u] = z, gate[3 * h + u] = b[2];
            k.after[t * h + u] = (1 - z) * n + z * before[u];
        }
    }
    return k;
}

/* dafter [len][h]: gradient to the states from outside; adds to the side's gradients and to dx [len][in]. */
static void side_backward(const model *m, int l, int d, const double *x, int len, const trace *k,
                          const double *dafter, double *dx)
{
    const int h = m->hidden, in = inputs_of(m, l), first = 4 * (l * m->directions + d);
    double *const *w = &m->data[first], *const *dw = &m->grad[first];
    double *carry = calloc((size_t)h, 8), *next = calloc((size_t)h, 8);
    for (int step = len; step-- > 0;) {
        const int t = d ? len - 1 - step : step;
        memset(next, 0, (size_t)h * 8);
        for (int u = 0; u < h; u++) {
            const double *gate = k->gate + t * 4 * h;
            const double n = gate[u], r = gate[h + u], z = gate[2 * h + u], hn = gate[3 * h + u];
            const double dh = carry[u] + dafter[t * h + u];
            const double dn = dh * (1 - z) * (1 - n * n);
            const double da[3] = { dn * hn * r * (1 - r), dh * (k->before[t * h + u] - n) * z * (1 - z), dn };
            const double db[3] = { da[0], da[1], dn * r };
            next[u] += dh * z;
            for (int g = 0; g < 3; g++) {
                dw[2][g * h + u] += da[g];
                dw[3][g * h + u] += db[g];
                for (int c = 0; c < in; c++) {
                    dw[0][(g * h + u) * in + c] += da[g] * x[t * in + c];
                    dx[t * in + c] += da[g] * w[0][(g * h + u) * in + c];
                }
                for (int c = 0; c < h; c++) {
                    dw[1][(g * h + u) * h + c] += db[g] * k->before[t * h + c];
                    next[c] += db[g] * w[1][(g * h + u) * h + c];
                }
            }
        }
        memcpy(carry, next, (size_t)h * 8);
    }
    free(carry);
    free(next);
}

/* One row: x [len][dim] -> feature [D h]. With dfeature: gradients added, dx [len][dim] written. */
static void row_pass(const model *m, const double *x, int len, double *feature, const double *dfeature,
                     double *dx)
{
    const int h = m->hidden, dirs = m->directions, f = dirs * h;
    double *in[MOST_LAYERS + 1] = { (double *)(uintptr_t)x };
    trace k[MOST_LAYERS][2];
    memset(feature, 0, (size_t)f * 8);
    if (!len) return;
    for (int l = 0; l < m->layers; l++) {
        in[l + 1] = calloc((size_t)(len * f), 8);
        for (int d = 0; d < dirs; d++) {
            k[l][d] = side_forward(m, l, d, in[l], len);
            for (int t = 0; t < len; t++)
                memcpy(in[l + 1] + t * f + d * h, k[l][d].after + t * h, (size_t)h * 8);
        }
    }
    double *dout = calloc((size_t)(len * f), 8);
    for (int d = 0; d < dirs; d++)
        for (int t = 0; t < len; t++)
            for (int u = 0; u < h; u++) {
                const double part = m->pool == AKIN_GRU_MEAN ? 1.0 / len : t == (d ? 0 : len - 1);
                feature[d * h + u] += part * in[m->layers][t * f + d * h + u];
                if (dfeature) dout[t * f + d * h + u] = part * dfeature[d * h + u];
            }
    for (int l = m->layers; dfeature && l-- > 0;) {
        double *din = l ? calloc((size_t)(len * f), 8) : dx, *own = calloc((size_t)(len * h), 8);
        if (!l) memset(dx, 0, (size_t)(len * m->dim) * 8);
        for (int d = 0; d < dirs; d++) {
            for (int t = 0; t < len; t++) memcpy(own + t * h, dout + t * f + d * h, (size_t)h * 8);
            side_backward(m, l, d, in[l], len, &k[l][d], own, din);
        }
        free(own);
        free(dout);
        dout = l ? din : NULL;
    }
    free(dout);
    for (int l = 0; l < m->layers; l++) {
        free(in[l + 1]);
        for (int d = 0; d < dirs; d++) free(k[l][d].gate), free(k[l][d].before), free(k[l][d].after);
    }
}

/* A case ---------------------------------------------------------------------------------------------- */

typedef struct subject {
    akin_gru *g;
    akin_gru_info info;
    int64_t rows, tokens, stride; /* of the table */
    int32_t *ids;
    int64_t *start;
    float *table, *features, *dfeatures, *dtokens;
} subject;

static akin_ragged ragged(const subject *s) { return (akin_ragged){ s->ids, s->start, s->rows }; }
static akin_cmat table(const subject *s) { return (akin_cmat){ s->table, WORDS, s->info.dim, s->stride }; }

static subject make(akin_gru_opts o, int64_t dim, int64_t rows, int64_t shortest, int64_t longest)
{
    akin_error err;
    subject s = { .info = AKIN_GRU_INFO_INIT, .rows = rows, .stride = dim + 3 };
    CHECK_OK(akin_gru_create(&o, dim, rows, MOST_LEN, test_seed, &s.g, &err));
    CHECK_OK(akin_gru_get_info(s.g, &s.info, &err));
    s.start = calloc((size_t)rows + 1, sizeof *s.start);
    for (int64_t r = 0; r < rows; r++) s.start[r + 1] = s.start[r] + test_int(shortest, longest);
    s.tokens = s.start[rows];
    s.ids = calloc((size_t)s.tokens + 1, sizeof *s.ids);
    for (int64_t t = 0; t < s.tokens; t++) s.ids[t] = (int32_t)test_int(0, WORDS - 1);
    s.table = calloc((size_t)(WORDS * s.stride), sizeof(float));
    for (int64_t i = 0; i < WORDS * s.stride; i++) s.table[i] = (float)test_normal();
    s.features = calloc((size_t)(rows * s.info.features), sizeof(float));
    s.dfeatures = calloc((size_t)(rows * s.info.features), sizeof(float));
    s.dtokens = calloc((size_t)(s.tokens * dim + 1), sizeof(float));
    for (int64_t i = 0; i < rows * s.info.features; i++) s.dfeatures[i] = (float)test_normal();
    return s;
}

static void unmake(subject *s)
{
    akin_gru_free(s->g);
    free(s->ids), free(s->start), free(s->table), free(s->features), free(s->dfeatures), free(s->dtokens);
}

static void step(subject *s)
{
    akin_error err;
    int64_t n;
    const akin_tensor *t = ak_gru_tensors(s->g, &n);
    for (int64_t i = 0; i < n; i++) /* gradients are written, not added to */
        for (int64_t k = 0; k < t[i].count; k++) t[i].grad[k] = NAN;
    const akin_ragged rows = ragged(s);
    const int64_t f = s->info.features;
    CHECK_OK(akin_gru_forward(s->g, table(s), &rows, true, (akin_mat){ s->features, s->rows, f, f }, &err));
    CHECK_OK(akin_gru_backward(s->g, (akin_cmat){ s->dfeatures, s->rows, f, f },
                               (akin_mat){ s->dtokens, s->tokens, s->info.dim, s->info.dim }, &err));
}

static model copy_model(const subject *s)
{
    model m = { s->info.layers, s->info.directions,
                s->info.hidden, (int)s->info.dim,
                s->info.pool,   { 0 },
                { 0 },          { 0 } };
    int64_t n;
    const akin_tensor *t = ak_gru_tensors(s->g, &n);
    CHECK(n == 4 * m.layers * m.directions);
    for (int64_t i = 0; i < n; i++) {
        m.count[i] = t[i].plain;
        m.data[i] = calloc((size_t)t[i].plain, 8);
        m.grad[i] = calloc((size_t)t[i].plain, 8);
        for (int64_t j = 0; j < t[i].plain; j++) m.data[i][j] = t[i].data[j];
    }
    return m;
}

static void free_model(model *m)
{
    for (int i = 0; i < 8 * MOST_LAYERS; i++) free(m->data[i]), free(m->grad[i]);
}

static void word_vectors(const subject *s, int64_t r, double *x)
{
    for (int64_t t = s->start[r]; t < s->start[r + 1]; t++)
        for (int64_t c = 0; c < s->info.dim; c++)
            x[(t - s->start[r]) * s->info.dim + c] = s->table[s->ids[t] * s->stride + c];
}

/* Float sums of at most places x hidden terms: 2e-6 of the largest gradient covers 30 roundings of 2^-24 of
 * it, what a chain of a few hundred terms of random sign leaves; the functions add 3e-7 of their result
 * each. */
static void against_reference(subject *s)
{
    step(s);
    model m = copy_model(s);
    const int64_t f = s->info.features, dim = s->info.dim;
    double *x = calloc((size_t)(MOST_LEN * dim), 8), *dx = calloc((size_t)(MOST_LEN * dim), 8);
    double *feature = calloc((size_t)f, 8), *dfeature = calloc((size_t)f, 8), most = 0;
    for (int64_t r = 0; r < s->rows; r++) {
        const int len = (int)(s->start[r + 1] - s->start[r]);
        word_vectors(s, r, x);
        for (int64_t j = 0; j < f; j++) dfeature[j] = s->dfeatures[r * f + j];
        row_pass(&m, x, len, feature, dfeature, dx);
        for (int64_t j = 0; j < f; j++) CHECK_NEAR(s->features[r * f + j], feature[j], 1e-6);
        for (int64_t i = 0; i < len * dim; i++) most = fmax(most, fabs(dx[i]));
        for (int64_t i = 0; i < len * dim; i++)
            CHECK_NEAR(s->dtokens[s->start[r] * dim + i], dx[i], 3e-6 * (1 + most));
    }
    int64_t n;
    const akin_tensor *t = ak_gru_tensors(s->g, &n);
    for (int64_t i = 0; i < n; i++) {
        double largest = 0;
        for (int64_t j = 0; j < t[i].plain; j++) largest = fmax(largest, fabs(m.grad[i][j]));
        for (int64_t j = 0; j < t[i].plain; j++) CHECK_NEAR(t[i].grad[j], m.grad[i][j], 3e-6 * (1 + largest));
    }
    free(x), free(dx), free(feature), free(dfeature);
    free_model(&m);
}

static akin_gru_opts options(int hidden, int layers, int bidirectional, int pool)
{
    akin_gru_opts o = AKIN_GRU_OPTS_INIT;
    o.hidden = hidden, o.layers = layers, o.bidirectional = bidirectional, o.pool = pool;
    return o;
}

static void test_reference(void **state)
{
    (void)state;
    /* Widths around the vectors and panels, more rows than a group, empty rows, one row, one token. */
    static const struct {
        int hidden, layers, bi, pool, dim, rows, shortest, longest;
    } CASES[] = {
        { 16, 1, 0, AKIN_GRU_LAST, 16, 5, 3, 9 },   { 20, 1, 1, AKIN_GRU_LAST, 7, 41, 0, 7 },
        { 33, 1, 1, AKIN_GRU_MEAN, 35, 9, 0, 6 },   { 7, 2, 1, AKIN_GRU_LAST, 5, 13, 0, 8 },
        { 18, 3, 1, AKIN_GRU_MEAN, 20, 6, 0, 7 },   { 5, 2, 0, AKIN_GRU_MEAN, 3, 37, 0, 5 },
        { 1, 1, 1, AKIN_GRU_LAST, 1, 3, 0, 4 },     { 130, 1, 1, AKIN_GRU_LAST, 10, 2, 1, 2 },
        { 40, 1, 1, AKIN_GRU_LAST, 50, 1, 17, 17 }, { 24, 1, 0, AKIN_GRU_LAST, 12, 1, 1, 1 },
        { 24, 1, 1, AKIN_GRU_MEAN, 12, 4, 0, 0 },   { 24, 1, 1, AKIN_GRU_LAST, 12, 1, 0, 0 },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        subject s = make(options(CASES[i].hidden, CASES[i].layers, CASES[i].bi, CASES[i].pool), CASES[i].dim,
                         CASES[i].rows, CASES[i].shortest, CASES[i].longest);
        against_reference(&s);
        /* Again with a smaller and a larger batch in the same object: nothing of the one before may be
         * left. */
        const int64_t rows = s.rows;
        s.rows = rows / 2 + 1;
        s.tokens = s.start[s.rows];
        against_reference(&s);
        s.rows = rows;
        s.tokens = s.start[rows];
        against_reference(&s);
        unmake(&s);
    }
}

/* The reference's own gradient: central differences in double, error about 1e-10 (step 1e-5) of values of
 * order 1. */
static void test_reference_gradient(void **state)
{
    (void)state;
    for (int pool = 0; pool < 2; pool++) {
        subject s = make(options(4, 2, 1, pool), 3, 1, 5, 5);
        model m = copy_model(&s);
        double x[5 * 3], dx[5 * 3], feature[8], weight[8], other[5 * 3];
        word_vectors(&s, 0, x);
        for (int j = 0; j < 8; j++) weight[j] = test_normal();
        row_pass(&m, x, 5, feature, weight, dx);
        for (int i = 0; i < 15 + 16; i++)
            for (int64_t j = 0; i < 15 ? j < 1 : j < m.count[i - 15]; j += 3) {
                double *at = i < 15 ? &x[i] : &m.data[i - 15][j], loss[2], old = *at;
                for (int side = 0; side < 2; side++) {
                    *at = old + (side ? 1e-5 : -1e-5);
                    row_pass(&m, x, 5, feature, NULL, other);
                    loss[side] = 0;
                    for (int k = 0; k < 8; k++) loss[side] += weight[k] * feature[k];
                }
                *at = old;
                CHECK_NEAR(i < 15 ? dx[i] : m.grad[i - 15][j], (loss[1] - loss[0]) / 2e-5, 1e-8);
            }
        free_model(&m);
        unmake(&s);
    }
}

/* A row's feature has the same bits alone, in another order, among others, and not in training. */
static void test_rows_stand_alone(void **state)
{
    (void)state;
    akin_error err;
    subject s = make(options(36, 2, 1, AKIN_GRU_LAST), 19, 70, 0, 30);
    step(&s);
    const int64_t f = s.info.features;
    float *alone = calloc((size_t)(s.rows * f), sizeof *alone);
    for (int64_t r = 0; r < s.rows; r++) {
        const int64_t start[2] = { 0, s.start[r + 1] - s.start[r] };
        const akin_ragged one = { s.ids + s.start[r], start, 1 };
        CHECK_OK(akin_gru_forward(s.g, table(&s), &one, false, (akin_mat){ alone + r * f, 1, f, f }, &err));
    }
    CHECK(memcmp(alone, s.features, (size_t)(s.rows * f) * sizeof *alone) == 0);

    int32_t *ids = calloc((size_t)s.tokens + 1, sizeof *ids);
    int64_t *start = calloc((size_t)s.rows + 1, sizeof *start);
    for (int64_t r = 0; r < s.rows; r++) { /* backwards */
        const int64_t from = s.rows - 1 - r, len = s.start[from + 1] - s.start[from];
        start[r + 1] = start[r] + len;
        memcpy(ids + start[r], s.ids + s.start[from], (size_t)len * sizeof *ids);
    }
    const akin_ragged turned = { ids, start, s.rows };
    CHECK_OK(akin_gru_forward(s.g, table(&s), &turned, false, (akin_mat){ alone, s.rows, f, f }, &err));
    for (int64_t r = 0; r < s.rows; r++)
        CHECK(memcmp(alone + (s.rows - 1 - r) * f, s.features + r * f, (size_t)f * sizeof *alone) == 0);
    free(alone), free(ids), free(start);
    unmake(&s);
}

static void test_threads(void **state)
{
    (void)state;
    const int before = akin_threads();
    subject s = make(options(48, 2, 1, AKIN_GRU_MEAN), 40, 70, 0, 9);
    int64_t n;
    const akin_tensor *t = ak_gru_tensors(s.g, &n);
    float *kept[20] = { 0 };
    for (int threads = 1; threads <= 5; threads += 2) {
        akin_set_threads(threads);
        step(&s);
        for (int64_t i = 0; i < n + 2; i++) {
            const float *now = i < n ? t[i].grad : i == n ? s.features : s.dtokens;
            const size_t bytes = sizeof(float) * (size_t)(i < n    ? t[i].count
                                                          : i == n ? s.rows * s.info.features
                                                                   : s.tokens * s.info.dim);
            if (threads == 1) {
                kept[i] = malloc(bytes);
                memcpy(kept[i], now, bytes);
            }
            CHECK(memcmp(kept[i], now, bytes) == 0);
        }
    }
    akin_set_threads(before);
    for (int i = 0; i < 20; i++) free(kept[i]);
    unmake(&s);
}

/* Tokens beyond max_len count nothing and have gradient 0; empty rows give 0; frozen vectors change nothing
 * else. */
static void test_limits(void **state)
{
    (void)state;
    akin_error err;
    subject s = make(options(12, 1, 1, AKIN_GRU_LAST), 6, 4, 70, 90);
    s.start[4] = s.start[3]; /* the last row is empty */
    s.tokens = s.start[4];
    const int64_t f = s.info.features, dim = s.info.dim;
    for (int64_t i = 0; i < s.tokens * dim; i++) s.dtokens[i] = NAN;
    step(&s);
    for (int64_t j = 0; j < f; j++) CHECK(s.features[3 * f + j] == 0);
    for (int64_t r = 0; r < 3; r++)
        for (int64_t i = s.start[r] * dim; i < s.start[r + 1] * dim; i++)
            CHECK((s.dtokens[i] == 0) == (i >= (s.start[r] + MOST_LEN) * dim));

    float *cut = calloc((size_t)f, sizeof *cut);
    const int64_t start[2] = { 0, MOST_LEN };
    const akin_ragged one = { s.ids + s.start[1], start, 1 };
    CHECK_OK(akin_gru_forward(s.g, table(&s), &one, true, (akin_mat){ cut, 1, f, f }, &err));
    CHECK(memcmp(cut, s.features + f, (size_t)f * sizeof *cut) == 0);
    free(cut);

    int64_t n;
    const akin_tensor *t = ak_gru_tensors(s.g, &n);
    step(&s);
    float *grad = malloc((size_t)t[0].count * sizeof *grad);
    memcpy(grad, t[0].grad, (size_t)t[0].count * sizeof *grad);
    const akin_ragged rows = ragged(&s);
    CHECK_OK(akin_gru_forward(s.g, table(&s), &rows, true, (akin_mat){ s.features, s.rows, f, f }, &err));
    CHECK_OK(akin_gru_backward(s.g, (akin_cmat){ s.dfeatures, s.rows, f, f }, (akin_mat){ 0 }, &err));
    CHECK(memcmp(grad, t[0].grad, (size_t)t[0].count * sizeof *grad) == 0);
    free(grad);
    unmake(&s);
}

/* A NaN in a word vector must be seen in the row's feature, and nowhere else. */
static void test_nan_is_seen(void **state)
{
    (void)state;
    akin_error err;
    for (int64_t at = 0; at < 6; at++) {
        subject s = make(options(9, 1, 1, AKIN_GRU_LAST), 6, 2, 5, 5);
        const int64_t f = s.info.features;
        for (int64_t t = 0; t < s.tokens; t++) s.ids[t] = t == 2 ? 1 : 0;
        s.table[s.stride + at] = NAN;
        const akin_ragged rows = ragged(&s);
        CHECK_OK(
            akin_gru_forward(s.g, table(&s), &rows, false, (akin_mat){ s.features, s.rows, f, f }, &err));
        for (int64_t j = 0; j < 2 * f; j++) CHECK(isnan(s.features[j]) == (j < f));
        unmake(&s);
    }
}

static void test_tensors(void **state)
{
    (void)state;
    subject s = make(options(10, 2, 1, AKIN_GRU_LAST), 6, 2, 1, 3);
    static const char *const NAMES[] = { "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0" };
    int64_t n, parameters = 0;
    const akin_tensor *t = ak_gru_tensors(s.g, &n);
    CHECK(n == 16);
    for (int i = 0; i < 4; i++) CHECK(strcmp(t[i].name, NAMES[i]) == 0);
    CHECK(strcmp(t[4].name, "weight_ih_l0_reverse") == 0 && strcmp(t[15].name, "bias_hh_l1_reverse") == 0);
    CHECK(t[0].shape[0] == 30 && t[0].shape[1] == 6 && t[8].shape[1] == 20 && t[0].decay && !t[2].decay);
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) {
        parameters += t[i].plain;
        for (int64_t k = 0; k < t[i].plain; k++) {
            CHECK(fabsf(t[i].data[k]) <= 1 / sqrtf(10));
            sum += t[i].data[k], square += t[i].data[k] * t[i].data[k];
        }
    }
    CHECK(parameters == s.info.parameters &&
          parameters == 2 * (30 * 6 + 30 * 10 + 60) + 2 * (30 * 20 + 30 * 10 + 60));
    CHECK(s.info.macs_per_token == parameters - 4 * 60 && s.info.features == 20);
    /* Uniform: variance 1/30, its estimate from N numbers within 4 sqrt(0.8/N) of it; the mean within 4
     * sqrt(1/30/N). */
    const double N = (double)parameters;
    CHECK_NEAR(square / N * 30, 1, 4 * sqrt(0.8 / N));
    CHECK_NEAR(sum / N, 0, 4 * sqrt(1 / 30.0 / N));
    unmake(&s);
}

static void test_errors(void **state)
{
    (void)state;
    akin_error err;
    subject s = make(options(8, 1, 0, AKIN_GRU_LAST), 4, 3, 2, 4);
    akin_gru *none = NULL;
    akin_gru_opts o = options(0, 1, 0, 0);
    CHECK_FAILS(akin_gru_create(&o, 4, 1, 1, 1, &none, &err), AKIN_ERR_RANGE,
                "hidden is 0; expected 1 to 4096");
    o = options(8, 9, 0, 0);
    CHECK_FAILS(akin_gru_create(&o, 4, 1, 1, 1, &none, &err), AKIN_ERR_RANGE, "layers is 9");
    o = options(8, 1, 0, 2);
    CHECK_FAILS(akin_gru_create(&o, 4, 1, 1, 1, &none, &err), AKIN_ERR_RANGE, "pool is 2");
    CHECK_FAILS(akin_gru_create(NULL, 0, 1, 1, 1, &none, &err), AKIN_ERR_SHAPE, "dim is 0");
    CHECK_FAILS(akin_gru_create(NULL, 4, 1, 0, 1, &none, &err), AKIN_ERR_SHAPE, "max_len is 0");
    CHECK_FAILS(akin_gru_create(NULL, 4, 1, 1, 1, NULL, &err), AKIN_ERR_ARGUMENT, "out");
    CHECK(!none);

    const akin_mat out = { s.features, 3, 8, 8 }, no = { 0 };
    const akin_cmat dout = { s.dfeatures, 3, 8, 8 };
    akin_ragged rows = ragged(&s);
    CHECK_FAILS(akin_gru_backward(s.g, dout, no, &err), AKIN_ERR_ARGUMENT, "must follow");
    CHECK_OK(akin_gru_forward(s.g, table(&s), &rows, false, out, &err));
    CHECK_FAILS(akin_gru_backward(s.g, dout, no, &err), AKIN_ERR_ARGUMENT, "must follow");
    CHECK_FAILS(akin_gru_forward(s.g, table(&s), &rows, true, (akin_mat){ s.features, 2, 8, 8 }, &err),
                AKIN_ERR_SHAPE, "features is [2,8]");
    CHECK_FAILS(akin_gru_forward(s.g, (akin_cmat){ s.table, WORDS, 5, 5 }, &rows, true, out, &err),
                AKIN_ERR_SHAPE, "expected width 4");
    s.ids[1] = WORDS;
    CHECK_FAILS(akin_gru_forward(s.g, table(&s), &rows, true, out, &err), AKIN_ERR_RANGE,
                "row 0, token 1 is word 23; the table has words 0 to 22");
    s.ids[1] = -1;
    CHECK_FAILS(akin_gru_forward(s.g, table(&s), &rows, true, out, &err), AKIN_ERR_RANGE, "word -1");
    s.ids[1] = 0;
    int64_t start[4] = { 0, 2, 1, 3 };
    rows.start = start;
    CHECK_FAILS(akin_gru_forward(s.g, table(&s), &rows, true, out, &err), AKIN_ERR_SHAPE,
                "row 1 starts at 2");
    start[0] = 1;
    CHECK_FAILS(akin_gru_forward(s.g, table(&s), &rows, true, out, &err), AKIN_ERR_SHAPE,
                "starts at 1; expected 0");
    rows.rows = 4;
    CHECK_FAILS(akin_gru_forward(s.g, table(&s), &rows, true, (akin_mat){ s.features, 4, 8, 8 }, &err),
                AKIN_ERR_SHAPE, "4 rows; expected 1 to 3");
    rows = ragged(&s);
    CHECK_OK(akin_gru_forward(s.g, table(&s), &rows, true, out, &err));
    CHECK_FAILS(akin_gru_backward(s.g, dout, (akin_mat){ s.dtokens, 1, 4, 4 }, &err), AKIN_ERR_SHAPE,
                "dtokens is [1,4]");
    CHECK_OK(akin_gru_backward(s.g, dout, no, &err));
    CHECK_FAILS(akin_gru_backward(s.g, dout, no, &err), AKIN_ERR_ARGUMENT, "must follow");
    unmake(&s);
}

/* Every table does the same sums: to rounding, since plain C has no fused multiply-add. */
static void test_tables(void **state)
{
    (void)state;
    enum { ROWS = 11, DEPTH = 37, COLS = 80, WIDE = AK_GRU_PANEL * 16 };
    static float a[ROWS][DEPTH], b[DEPTH][COLS], packed[DEPTH * COLS], c[ROWS][COLS], bias[COLS];
    const ak_gru_kernels *const tables[] = {
        &ak_gru_ref,
#if defined(__x86_64__)
        &ak_gru_avx2,
        &ak_gru_avx512
#endif
    };
    const char *isa = akin_isa();
    const size_t usable = strncmp(isa, "avx512", 6) == 0 ? 3 : strcmp(isa, "avx2") == 0 ? 2 : 1;
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < DEPTH; k++) a[i][k] = (float)test_normal();
    for (int k = 0; k < DEPTH; k++)
        for (int j = 0; j < COLS; j++) b[k][j] = (float)test_normal();
    for (int j = 0; j < COLS; j++) bias[j] = (float)test_normal();
    const float *from[ROWS];
    float *to[ROWS];
    for (int i = 0; i < ROWS; i++) from[i] = a[i], to[i] = c[i];
    for (size_t t = 0; t < usable && t < sizeof tables / sizeof *tables; t++) {
        const int full = AK_GRU_PANEL * tables[t]->lanes;
        float *at = packed;
        for (int j = 0; j < COLS; j += full)
            for (int k = 0; k < DEPTH; k++)
                for (int l = j; l < j + full && l < COLS; l++) *at++ = b[k][l];
        for (int rows = 1; rows <= ROWS; rows++) {
            memset(c, 0, sizeof c);
            ak_gru_product p = { rows, DEPTH, COLS, from, to, packed, bias, false };
            tables[t]->product(&p);
            p.add = true;
            tables[t]->product(&p);
            for (int i = 0; i < ROWS; i++)
                for (int j = 0; j < COLS; j++) {
                    double want = bias[j];
                    for (int k = 0; k < DEPTH; k++) want += 2.0 * (double)a[i][k] * (double)b[k][j];
                    CHECK_NEAR(c[i][j], i < rows ? want : 0,
                               3e-5); /* 75 roundings of 2^-24 of sums up to 40, in a row 3e-5 */
                }
        }
    }
}

/* A caller with a smaller result gets its part; one that set no size is told. */
static void results_keep_to_the_callers_size(void **state)
{
    (void)state;
    akin_error err;
    akin_gru_opts o = AKIN_GRU_OPTS_INIT;
    akin_gru *it = NULL;
    CHECK_OK(akin_gru_create(&o, 4, 1, 1, 1, &it, &err));
    akin_gru_info part, none = { .struct_size = 0 };
    memset(&part, 0x5a, sizeof part);
    part.struct_size = offsetof(akin_gru_info, max_len);
    CHECK_OK(akin_gru_get_info(it, &part, &err));
    CHECK(part.dim > 0 && memcmp(&part.max_len, "ZZZZZZZZ", 8) == 0);
    CHECK_FAILS(akin_gru_get_info(it, &none, &err), AKIN_ERR_ARGUMENT, "struct_size is 0");
    int64_t n;
    const akin_tensor *all = ak_gru_tensors(it, &n);
    for (int64_t i = 0; i < n; i++) CHECK(akin_gru_tensor_at(it, i) == &all[i]);
    CHECK(!akin_gru_tensor_at(it, n) && !akin_gru_tensor_at(it, -1));
    akin_gru_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_gradient),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_rows_stand_alone),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_nan_is_seen),
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(results_keep_to_the_callers_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
