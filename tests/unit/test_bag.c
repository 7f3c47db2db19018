/* SPDX-License-Identifier: Apache-2.0 */
/* nn: the bag against a reference in double that works on the whole table, id by id, as the formulas are
 * printed; the reference's gradient against central differences; every instruction set and number of threads
 * bit for bit.
 *
 * The batch has empty rows, one id many times in a row, ids shared by most rows, and more ids than one task
 * takes. */
#include "akin/tool/bag.h"
#include "nn/bag.h"
#include "nn/tensors.h"
#include "test.h"

#include <float.h>

static akin_error err;

typedef struct batch {
    int64_t tokens, dim, rows, n;
    int64_t *start;
    int32_t *ids;
} batch;

static akin_ragged ragged(const batch *b) { return (akin_ragged){ b->ids, b->start, b->rows }; }

static batch random_batch(int64_t tokens, int64_t dim, int64_t rows, int64_t longest)
{
    batch b = { tokens, dim, rows, 0, NULL, NULL };
    b.start = calloc((size_t)rows + 1, sizeof *b.start);
    b.ids = calloc((size_t)(rows * longest), sizeof *b.ids);
    for (int64_t r = 0; r < rows; r++) {
        const int64_t n = r % 5 == 3 ? 0 : test_int(1, longest);
        for (int64_t k = 0; k < n; k++)
            b.ids[b.n + k] = (int32_t)(test_int(0, 3) ? test_int(0, tokens - 1) : test_int(0, 2) % tokens);
        if (r % 7 == 0)
            for (int64_t k = 1; k < n; k++) b.ids[b.n + k] = b.ids[b.n];
        b.n += n;
        b.start[r + 1] = b.n;
    }
    return b;
}

static void free_batch(batch *b)
{
    free(b->start);
    free(b->ids);
}

static akin_bag *create(const batch *b, int optimizer, double decay)
{
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    o.tokens = b->tokens;
    o.dim = (int32_t)b->dim;
    o.optimizer = optimizer;
    o.beta2 = 0.99;
    o.weight_decay = decay;
    akin_bag *bag = NULL;
    CHECK_OK(akin_bag_create(&o, b->rows, b->n + 1, 5, &bag, &err));
    return bag;
}

static float *export(const akin_bag *bag, int64_t i, int64_t *n)
{
    int64_t count;
    const akin_tensor *t = ak_bag_tensors(bag, &count);
    CHECK(i < count);
    float *x = malloc((size_t)t[i].plain * sizeof *x);
    CHECK_OK(akin_bag_export(bag, i, 0, t[i].shape[0], x, &err));
    *n = t[i].plain;
    return x;
}

/* The reference --------------------------------------------------------------------------------------- */

typedef struct reference {
    double *x, *s, *m, *v, *g, *out, *size; /* [tokens][dim]; out [rows][dim]; size: sum of |terms| of g */
    double *row, *steps;                    /* [tokens] */
} reference;

static reference ref_create(const akin_bag *bag, const batch *b)
{
    const size_t all = (size_t)(b->tokens * b->dim);
    reference r = { calloc(all, 8),
                    calloc(all, 8),
                    calloc(all, 8),
                    calloc(all, 8),
                    calloc(all, 8),
                    calloc((size_t)(b->rows * b->dim), 8),
                    calloc(all, 8),
                    calloc((size_t)b->tokens, 8),
                    calloc((size_t)b->tokens, 8) };
    int64_t n;
    float *x = export(bag, 0, &n);
    CHECK(n == (int64_t)all);
    for (size_t i = 0; i < all; i++) r.x[i] = (double)x[i];
    free(x);
    return r;
}

static void ref_free(reference *r)
{
    double *const all[] = { r->x, r->s, r->m, r->v, r->g, r->out, r->size, r->row, r->steps };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void ref_forward(reference *r, const batch *b)
{
    for (int64_t i = 0; i < b->rows; i++)
        for (int64_t j = 0; j < b->dim; j++) {
            double sum = 0;
            for (int64_t k = b->start[i]; k < b->start[i + 1]; k++) sum += r->x[b->ids[k] * b->dim + j];
            const double count = (double)(b->start[i + 1] - b->start[i]);
            r->out[i * b->dim + j] = count > 0 ? sum / count : 0;
        }
}

static void ref_backward(reference *r, const batch *b, const float *dout)
{
    memset(r->g, 0, (size_t)(b->tokens * b->dim) * sizeof *r->g);
    memset(r->size, 0, (size_t)(b->tokens * b->dim) * sizeof *r->size);
    for (int64_t i = 0; i < b->rows; i++)
        for (int64_t k = b->start[i]; k < b->start[i + 1]; k++)
            for (int64_t j = 0; j < b->dim; j++) {
                const double g = (double)dout[i * b->dim + j] / (double)(b->start[i + 1] - b->start[i]);
                r->g[b->ids[k] * b->dim + j] += g;
                r->size[b->ids[k] * b->dim + j] += fabs(g);
            }
}

static bool holds(const batch *b, int64_t id)
{
    for (int64_t k = 0; k < b->n; k++)
        if (b->ids[k] == id) return true;
    return false;
}

static void ref_update(reference *r, const batch *b, int optimizer, double lr, double decay)
{
    for (int64_t id = 0; id < b->tokens; id++) {
        if (!holds(b, id)) continue;
        double mean = 0;
        for (int64_t j = 0; j < b->dim; j++)
            mean += r->g[id * b->dim + j] * r->g[id * b->dim + j] / (double)b->dim;
        r->row[id] += mean;
        const double t = ++r->steps[id];
        for (int64_t j = 0; j < b->dim; j++) {
            const int64_t i = id * b->dim + j;
            const double g = r->g[i], x = r->x[i];
            r->s[i] += g * g;
            r->m[i] = 0.9 * r->m[i] + 0.1 * g;
            r->v[i] = 0.99 * r->v[i] + 0.01 * g * g;
            double by = g;
            if (optimizer == AKIN_BAG_ADAGRAD) by = g / (sqrt(r->s[i]) + 1e-8);
            if (optimizer == AKIN_BAG_ADAGRAD_ROW) by = g / (sqrt(r->row[id]) + 1e-8);
            if (optimizer == AKIN_BAG_ADAMW)
                by = r->m[i] / (1 - pow(0.9, t)) / (sqrt(r->v[i] / (1 - pow(0.99, t))) + 1e-8);
            r->x[i] = x - lr * by - lr * decay * x;
        }
    }
}

/* Tests ----------------------------------------------------------------------------------------------- */

/* L = sum of sin(out): dL/dout = cos(out). */
static void the_reference_agrees_with_central_differences(void **state)
{
    (void)state;
    batch b = random_batch(9, 3, 12, 6);
    akin_bag *bag = create(&b, AKIN_BAG_SGD, 0);
    reference r = ref_create(bag, &b);
    for (int64_t i = 0; i < b.tokens * b.dim; i++) r.x[i] = test_normal();
    float *dout = calloc((size_t)(b.rows * b.dim), sizeof *dout);
    ref_forward(&r, &b);
    for (int64_t i = 0; i < b.rows * b.dim; i++) dout[i] = (float)cos(r.out[i]);
    ref_backward(&r, &b, dout);
    const double h = 0x1p-17;
    for (int64_t i = 0; i < b.tokens * b.dim; i++) {
        const double x = r.x[i];
        double loss[2] = { 0 };
        for (int side = 0; side < 2; side++) {
            r.x[i] = side ? x + h : x - h;
            ref_forward(&r, &b);
            for (int64_t k = 0; k < b.rows * b.dim; k++) loss[side] += sin(r.out[k]);
        }
        r.x[i] = x;
        /* h^2/6 of curvature, 1e-15/h of rounding, and dout is rounded to float */
        CHECK_NEAR((loss[1] - loss[0]) / (2 * h), r.g[i], 1e-9 + FLT_EPSILON * r.size[i]);
    }
    free(dout);
    ref_free(&r);
    akin_bag_free(bag);
    free_batch(&b);
}

static float *random_gradient(const batch *b)
{
    float *dout = malloc((size_t)(b->rows * b->dim) * sizeof *dout);
    for (int64_t i = 0; i < b->rows * b->dim; i++) dout[i] = (float)test_normal();
    return dout;
}

/* A float sum of n terms errs by n/2 + 2 units of the sum of their sizes. */
static void check_gradient(const akin_bag *bag, const batch *b, const reference *r)
{
    int64_t touched, want = 0;
    const int32_t *id = akin_bag_touched(bag, &touched);
    for (int64_t i = 0; i < b->tokens; i++) want += holds(b, i);
    CHECK(touched == want);
    float *grad = calloc((size_t)(touched * (b->dim + 3)) + 1, sizeof *grad);
    const akin_mat g = { grad, touched, b->dim, b->dim + 3 };
    CHECK_OK(akin_bag_gradient(bag, 0, g, &err));
    for (int64_t u = 0; u < touched; u++) {
        CHECK(holds(b, id[u]) && (u == 0 || id[u] > id[u - 1]));
        for (int64_t j = 0; j < b->dim; j++) {
            const int64_t i = id[u] * b->dim + j;
            CHECK_NEAR(grad[u * g.stride + j], r->g[i], FLT_EPSILON * ((double)b->n / 2 + 2) * r->size[i]);
        }
        CHECK(grad[u * g.stride + b->dim] == 0);
    }
    free(grad);
}

/* Three steps, so that what is kept of the first two counts. A step changes an element by lr times a number
 * near 1 (Adagrad, Adam) or by lr times a gradient of some units: 1e-5 of lr leaves room for some ten
 * roundings each. Where the gradient nearly cancels, Adagrad and Adam divide its error by its own size; that
 * part is bounded by the error of g over the root of s. */
static void compare(int64_t tokens, int64_t dim, int64_t rows, int64_t longest, int optimizer)
{
    const double lr = 0.05, decay = optimizer % 2 ? 0.1 : 0;
    batch b = random_batch(tokens, dim, rows, longest);
    akin_bag *bag = create(&b, optimizer, decay);
    reference r = ref_create(bag, &b);
    float *out = calloc((size_t)(rows * (dim + 1)), sizeof *out), *dout = random_gradient(&b);
    double *slack = calloc((size_t)(tokens * dim), sizeof *slack);
    for (int step = 0; step < 3; step++) {
        ref_forward(&r, &b);
        CHECK_OK(akin_bag_forward(bag, ragged(&b), true, (akin_mat){ out, rows, dim, dim + 1 }, &err));
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < dim; j++)
                CHECK_NEAR(out[i * (dim + 1) + j], r.out[i * dim + j], step * 1e-3 + 1e-6);
        CHECK_OK(akin_bag_backward(bag, (akin_cmat){ dout, rows, dim, dim }, &err));
        ref_backward(&r, &b, dout);
        check_gradient(bag, &b, &r);
        CHECK_OK(akin_bag_update(bag, lr, &err));
        ref_update(&r, &b, optimizer, lr, decay);
        for (int64_t i = 0; i < tokens * dim; i++) {
            const double error = FLT_EPSILON * ((double)b.n / 2 + 2) * r.size[i];
            const double root = optimizer == AKIN_BAG_SGD           ? 1
                                : optimizer == AKIN_BAG_ADAMW       ? sqrt(100 * r.v[i])
                                : optimizer == AKIN_BAG_ADAGRAD_ROW ? sqrt(r.row[i / dim])
                                                                    : sqrt(r.s[i]);
            slack[i] += root > 0 ? lr * 4 * error / (root + 1e-8) : 0;
        }
    }
    int64_t n;
    float *x = export(bag, 0, &n);
    for (int64_t i = 0; i < n; i++)
        CHECK_NEAR(x[i], r.x[i], 1e-5 * lr * (1 + (optimizer == AKIN_BAG_SGD ? r.size[i] : 0)) + slack[i]);
    const akin_tensor *t = ak_bag_tensors(bag, &n); /* padding stays zero */
    for (int64_t i = 0; i < t->count; i++)
        if (i % (t->count / tokens) >= dim) CHECK(t->data[i] == 0);
    free(x);
    free(slack);
    free(out);
    free(dout);
    ref_free(&r);
    akin_bag_free(bag);
    free_batch(&b);
}

static void steps_agree_with_the_reference(void **state)
{
    (void)state;
    for (int optimizer = AKIN_BAG_SGD; optimizer <= AKIN_BAG_ADAMW; optimizer++) {
        compare(40, 5, 30, 9, optimizer);
        compare(1, 1, 7, 3, optimizer);
        compare(300, 100, 41, 20, optimizer);
        compare(60, 300, 19, 12, optimizer);
        compare(50, 33, 400, 30, optimizer);
    }
}

/* Every tensor after two steps, in one array. */
static float *two_steps(const batch *b, int optimizer, const ak_bag_ops *ops, size_t *count)
{
    akin_bag *bag = create(b, optimizer, 0.01);
    if (ops) bag->ops = ops;
    float *out = calloc((size_t)(b->rows * b->dim), sizeof *out);
    for (int step = 0; step < 2; step++) {
        CHECK_OK(akin_bag_forward(bag, ragged(b), true, (akin_mat){ out, b->rows, b->dim, b->dim }, &err));
        for (int64_t i = 0; i < b->rows * b->dim; i++) out[i] = 100 * out[i] + (float)(i % 17) / 16 - 0.5f;
        CHECK_OK(akin_bag_backward(bag, (akin_cmat){ out, b->rows, b->dim, b->dim }, &err));
        CHECK_OK(akin_bag_update(bag, 0.1, &err));
    }
    int64_t tensors;
    const akin_tensor *t = ak_bag_tensors(bag, &tensors);
    *count = 0;
    for (int64_t i = 0; i < tensors; i++) *count += (size_t)t[i].count;
    float *all = malloc(*count * sizeof *all), *at = all;
    for (int64_t i = 0; i < tensors; at += t[i++].count)
        memcpy(at, t[i].data, (size_t)t[i].count * sizeof *at);
    free(out);
    akin_bag_free(bag);
    return all;
}

/* 40,000 occurrences: sorted in several chunks, updated in several parts. */
static void threads_and_instruction_sets_do_not_change_the_bits(void **state)
{
    (void)state;
    const int before = akin_threads();
    const ak_bag_ops *ops[] = { &ak_bag_ops_ref, NULL, NULL };
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) ops[1] = &ak_bag_ops_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) ops[2] = &ak_bag_ops_avx512;
#endif
    static const int64_t dims[] = { 1, 17, 100, 300 };
    for (int k = 0; k < 4; k++) {
        batch b = random_batch(5000, dims[k], 2000, 50);
        CHECK(k || b.n > 4 * 8192);
        size_t n, m;
        akin_set_threads(1);
        float *one = two_steps(&b, k, NULL, &n);
        for (int threads = 2; threads <= 4; threads += 2) {
            akin_set_threads(threads);
            float *many = two_steps(&b, k, NULL, &m);
            CHECK(n == m && memcmp(one, many, n * sizeof *one) == 0);
            free(many);
        }
        akin_set_threads(before);
        for (int i = 0; i < 3; i++) {
            if (!ops[i]) continue;
            float *other = two_steps(&b, k, ops[i], &m);
            CHECK(n == m && memcmp(one, other, n * sizeof *one) == 0);
            free(other);
        }
        free(one);
        free_batch(&b);
    }
}

static int by_pair(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Rows ascend with position, so a stable sort by id is a sort of the pairs. */
static void occurrences_are_sorted(void **state)
{
    (void)state;
    enum { N = 50000 };
    static const int64_t tokens[] = { 1, 2, 2048, 2049, 5000000, INT32_MAX };
    const int before = akin_threads();
    ak_occurrences o = { .pair = calloc(N, 8), .spare = calloc(N, 8), .row = calloc(N, 4) };
    o.counts = calloc(AK_BAG_CHUNKS << AK_BAG_DIGITS, 8);
    o.id = calloc(N, 4);
    o.first = calloc(N + 1, 4);
    uint64_t *want = calloc(N, 8);
    for (int threads = 1; threads <= 5; threads += 2)
        for (size_t c = 0; c < sizeof tokens / sizeof *tokens; c++) {
            akin_set_threads(threads);
            o.n = c == 2 ? 0 : c == 3 ? 1 : N;
            for (int64_t k = 0; k < o.n; k++)
                want[k] = o.pair[k] = (uint64_t)test_int(0, tokens[c] - 1) << 32 | (uint64_t)k / 3;
            ak_bag_sort(&o, tokens[c]);
            qsort(want, (size_t)o.n, sizeof *want, by_pair);
            CHECK(memcmp(want, o.pair, (size_t)o.n * sizeof *want) == 0);
            CHECK(o.first[o.touched] == o.n && (o.n == 0 || o.first[0] == 0));
            for (int64_t u = 0; u < o.touched; u++) {
                CHECK(o.first[u] < o.first[u + 1] && (u == 0 || o.id[u - 1] < o.id[u]));
                for (int64_t k = o.first[u]; k < o.first[u + 1]; k++)
                    CHECK(want[k] == ((uint64_t)o.id[u] << 32 | (uint64_t)o.row[k]));
            }
        }
    akin_set_threads(before);
    free(o.pair);
    free(o.spare);
    free(o.row);
    free(o.counts);
    free(o.id);
    free(o.first);
    free(want);
}

static void initial_vectors_are_uniform(void **state)
{
    (void)state;
    batch small = { .tokens = 50, .dim = 100, .rows = 1, .n = 1 }, large = { 2000, 100, 1, 1, NULL, NULL };
    akin_bag *a = create(&small, AKIN_BAG_SGD, 0), *b = create(&large, AKIN_BAG_ADAMW, 0);
    int64_t n, m;
    float *x = export(a, 0, &n), *y = export(b, 0, &m);
    CHECK(n == 5000 && m == 200000 && memcmp(x, y, (size_t)n * sizeof *x) == 0);
    double mean = 0, square = 0;
    for (int64_t i = 0; i < m; i++) {
        CHECK_LE(fabs((double)y[i]), 0.01);
        mean += (double)y[i] / (double)m;
        square += (double)y[i] * (double)y[i] / (double)m;
    }
    CHECK_LE(fabs(mean), 5 * 0.01 / sqrt(3.0 * (double)m));
    CHECK_NEAR(square / (1e-4 / 3), 1,
               5 * sqrt(0.8 / (double)m)); /* x^2 has variance 4/5 of its mean squared */
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    o.tokens = 50;
    akin_bag *c = NULL;
    CHECK_OK(akin_bag_create(&o, 1, 1, 6, &c, &err));
    float *z = export(c, 0, &n);
    CHECK(memcmp(x, z, (size_t)n * sizeof *x) != 0);
    free(x);
    free(y);
    free(z);
    akin_bag_free(a);
    akin_bag_free(b);
    akin_bag_free(c);
}

/* A run that is saved and read into a new bag goes on with the same bits. */
static void state_travels_in_plain_rows(void **state)
{
    (void)state;
    for (int optimizer = AKIN_BAG_SGD; optimizer <= AKIN_BAG_ADAMW; optimizer++) {
        batch b = random_batch(90, 21, 25, 8);
        akin_bag *a = create(&b, optimizer, 0), *c = create(&b, optimizer, 0);
        float *out = calloc((size_t)(b.rows * b.dim), sizeof *out), *dout = random_gradient(&b);
        const akin_mat o = { out, b.rows, b.dim, b.dim };
        const akin_cmat d = { dout, b.rows, b.dim, b.dim };
        for (int step = 0; step < 4; step++) {
            CHECK_OK(akin_bag_forward(a, ragged(&b), true, o, &err));
            CHECK_OK(akin_bag_backward(a, d, &err));
            CHECK_OK(akin_bag_update(a, 0.1, &err));
            if (step == 2) {
                int64_t n;
                const akin_tensor *t = ak_bag_tensors(a, &n);
                for (int64_t i = 0; i < n; i++) {
                    const int64_t width = t[i].plain / b.tokens;
                    float *x = malloc((size_t)t[i].plain * sizeof *x);
                    for (int64_t first = 0; first < b.tokens; first += 40) { /* in three pieces */
                        const int64_t rows = b.tokens - first < 40 ? b.tokens - first : 40;
                        CHECK_OK(akin_bag_export(a, i, first, rows, x + first * width, &err));
                        CHECK_OK(akin_bag_import(c, i, first, rows, x + first * width, &err));
                    }
                    free(x);
                }
            }
        }
        CHECK_OK(akin_bag_forward(c, ragged(&b), true, o, &err));
        CHECK_OK(akin_bag_backward(c, d, &err));
        CHECK_OK(akin_bag_update(c, 0.1, &err));
        int64_t n;
        const akin_tensor *ta = ak_bag_tensors(a, &n), *tc = ak_bag_tensors(c, &n);
        for (int64_t i = 0; i < n; i++)
            CHECK(memcmp(ta[i].data, tc[i].data, (size_t)ta[i].count * sizeof(float)) == 0);
        free(out);
        free(dout);
        akin_bag_free(a);
        akin_bag_free(c);
        free_batch(&b);
    }
}

static void what_is_not_finite_is_named_and_changes_nothing(void **state)
{
    (void)state;
    batch b = random_batch(30, 7, 20, 6);
    akin_bag *bag = create(&b, AKIN_BAG_ADAGRAD, 0);
    int64_t n;
    float *before = export(bag, 0, &n), *dout = random_gradient(&b), out[140];
    const akin_mat o = { out, 20, 7, 7 };
    const akin_cmat d = { dout, 20, 7, 7 };
    static const float bad[] = { NAN, -INFINITY, INFINITY, 1e18f };
    for (int k = 0; k < 4; k++) {
        const float good = dout[7 * 11 + 6];
        CHECK_OK(akin_bag_forward(bag, ragged(&b), true, o, &err));
        dout[7 * 11 + 6] = bad[k];
        CHECK_FAILS(akin_bag_backward(bag, d, &err), AKIN_ERR_NUMERIC, "row 11");
        CHECK(strstr(err.message, "table") && strstr(err.message, k == 3 ? "too large" : "not finite"));
        CHECK_FAILS(akin_bag_update(bag, 0.1, &err), AKIN_ERR_ARGUMENT, "must follow");
        dout[7 * 11 + 6] = good;
        float *after = export(bag, 0, &n);
        CHECK(memcmp(before, after, (size_t)n * sizeof *after) == 0);
        free(after);
    }
    CHECK_OK(akin_bag_backward(bag, d, &err)); /* the forward pass is still good */
    free(before);
    free(dout);
    akin_bag_free(bag);
    free_batch(&b);
}

static void frozen_vectors_stay(void **state)
{
    (void)state;
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    o.tokens = 3;
    o.dim = 2;
    o.frozen = 1;
    akin_bag *bag = NULL;
    CHECK_OK(akin_bag_create(&o, 1, 1, 1, &bag, &err));
    const float vectors[] = { 1, 2, 3, 4, 5, 6 };
    CHECK_OK(akin_bag_import(bag, 0, 0, 3, vectors, &err));
    const int32_t ids[] = { 0, 2, 2, 1 };
    const int64_t start[] = { 0, 3, 3, 4 };
    float out[6] = { 0 }, after[6];
    const akin_ragged in = { ids, start, 3 };
    CHECK_OK(akin_bag_forward(bag, in, true, (akin_mat){ out, 3, 2, 2 }, &err));
    const float want[] = { 11.0f / 3, 14.0f / 3, 0, 0, 3, 4 };
    for (int i = 0; i < 6; i++) CHECK_NEAR(out[i], want[i], 4 * FLT_EPSILON);
    CHECK_OK(akin_bag_backward(bag, (akin_cmat){ out, 3, 2, 2 }, &err));
    int64_t n;
    CHECK(akin_bag_touched(bag, &n) == NULL && n == 0);
    CHECK_OK(akin_bag_update(bag, 1, &err));
    CHECK_OK(akin_bag_export(bag, 0, 0, 3, after, &err));
    CHECK(memcmp(vectors, after, sizeof after) == 0);
    akin_bag_info info = AKIN_BAG_INFO_INIT;
    CHECK_OK(akin_bag_get_info(bag, &info, &err));
    CHECK(info.parameters == 0 && info.tokens == 3 && info.dim == 2 && info.stride == 16);
    akin_bag_free(bag);
}

/* On failure nothing is written. */
static void an_id_outside_the_table_is_named(void **state)
{
    (void)state;
    batch b = random_batch(30, 7, 20, 6);
    akin_bag *bag = create(&b, AKIN_BAG_SGD, 0);
    float out[140] = { 42 };
    const akin_mat o = { out, 20, 7, 7 };
    const int64_t at = b.start[12] + 0;
    CHECK(b.start[13] > at);
    for (int training = 0; training < 2; training++) {
        const int32_t good = b.ids[at];
        b.ids[at] = 30;
        CHECK_FAILS(akin_bag_forward(bag, ragged(&b), training, o, &err), AKIN_ERR_RANGE,
                    "id 30, number 0 of row 12, is not one of 0 to 29");
        b.ids[at] = -1;
        CHECK_FAILS(akin_bag_forward(bag, ragged(&b), training, o, &err), AKIN_ERR_RANGE, "id -1");
        b.ids[at] = good;
    }
    CHECK(out[0] == 42 && out[1] == 0);
    CHECK_FAILS(akin_bag_backward(bag, akin_mat_const(o), &err), AKIN_ERR_ARGUMENT, "must follow");
    akin_bag_free(bag);
    free_batch(&b);
}

static void misuse_is_refused_with_a_sentence(void **state)
{
    (void)state;
    akin_bag *bag = NULL;
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    CHECK_FAILS(akin_bag_create(NULL, 1, 1, 1, &bag, &err), AKIN_ERR_RANGE, "tokens is 0");
    o.tokens = INT64_C(1) << 40;
    CHECK_FAILS(akin_bag_create(&o, 1, 1, 1, &bag, &err), AKIN_ERR_RANGE, "tokens");
    o.tokens = 10;
    o.dim = 4097;
    CHECK_FAILS(akin_bag_create(&o, 1, 1, 1, &bag, &err), AKIN_ERR_RANGE, "dim is 4097");
    o.dim = 4;
    CHECK_FAILS(akin_bag_create(&o, 0, 1, 1, &bag, &err), AKIN_ERR_SHAPE, "max_rows");
    CHECK_FAILS(akin_bag_create(&o, 1, INT64_C(1) << 31, 1, &bag, &err), AKIN_ERR_SHAPE, "max_ids");
    CHECK_FAILS(akin_bag_create(&o, 1, 1, 1, NULL, &err), AKIN_ERR_ARGUMENT, "out");
    o.optimizer = 9;
    CHECK_FAILS(akin_bag_create(&o, 1, 1, 1, &bag, &err), AKIN_ERR_RANGE, "optimizer");
    o.optimizer = 0;
    o.beta2 = 1;
    CHECK_FAILS(akin_bag_create(&o, 1, 1, 1, &bag, &err), AKIN_ERR_RANGE, "beta2");
    o.beta2 = 0.9;
    o.epsilon = NAN;
    CHECK_FAILS(akin_bag_create(&o, 1, 1, 1, &bag, &err), AKIN_ERR_RANGE, "epsilon");
    o.epsilon = 1e-8;
    o.tokens = INT32_MAX;
    o.dim = 4096;
    CHECK_FAILS(akin_bag_create(&o, 1, 1, 1, &bag, &err), AKIN_ERR_NOMEM, "GiB");
    CHECK(bag == NULL);

    o.tokens = 10;
    o.dim = 4;
    CHECK_OK(akin_bag_create(&o, 2, 3, 1, &bag, &err));
    const int32_t ids[] = { 0, 1, 2, 3 };
    int64_t start[] = { 0, 2, 3, 4 };
    float out[12];
    akin_mat m = { out, 2, 4, 4 };
    akin_ragged in = { ids, start, 2 };
    CHECK_FAILS(akin_bag_forward(NULL, in, true, m, &err), AKIN_ERR_ARGUMENT, "bag");
    CHECK_FAILS(akin_bag_forward(bag, (akin_ragged){ ids, NULL, 2 }, true, m, &err), AKIN_ERR_ARGUMENT,
                "start");
    CHECK_FAILS(akin_bag_forward(bag, (akin_ragged){ NULL, start, 2 }, true, m, &err), AKIN_ERR_ARGUMENT,
                "ids");
    CHECK_FAILS(akin_bag_forward(bag, (akin_ragged){ ids, start, 0 }, true, m, &err), AKIN_ERR_SHAPE,
                "0 rows");
    m.cols = 3;
    CHECK_FAILS(akin_bag_forward(bag, in, true, m, &err), AKIN_ERR_SHAPE, "expected [2,4]");
    m.cols = 4;
    start[1] = 4;
    CHECK_FAILS(akin_bag_forward(bag, in, true, m, &err), AKIN_ERR_SHAPE, "row 1 starts at 4 and ends at 3");
    start[1] = 2;
    start[0] = 1;
    CHECK_FAILS(akin_bag_forward(bag, in, true, m, &err), AKIN_ERR_SHAPE, "start at 0");
    start[0] = 0;
    in.rows = m.rows = 3;
    CHECK_FAILS(akin_bag_forward(bag, in, true, m, &err), AKIN_ERR_SHAPE, "up to 2 and 3");
    CHECK_OK(akin_bag_forward(bag, in, false, m, &err)); /* any size without training */
    CHECK_FAILS(akin_bag_backward(bag, akin_mat_const(m), &err), AKIN_ERR_ARGUMENT, "must follow");
    in.rows = m.rows = 2;
    CHECK_OK(akin_bag_forward(bag, in, true, m, &err));
    CHECK_FAILS(akin_bag_update(bag, 1, &err), AKIN_ERR_ARGUMENT, "must follow");
    CHECK_FAILS(akin_bag_gradient(bag, 0, m, &err), AKIN_ERR_ARGUMENT, "backward");
    m.rows = 3;
    CHECK_FAILS(akin_bag_backward(bag, akin_mat_const(m), &err), AKIN_ERR_SHAPE, "dout");
    m.rows = 2;
    CHECK_OK(akin_bag_backward(bag, akin_mat_const(m), &err));
    CHECK_FAILS(akin_bag_gradient(bag, 2, m, &err), AKIN_ERR_SHAPE, "3 rows");
    CHECK_FAILS(akin_bag_update(bag, INFINITY, &err), AKIN_ERR_RANGE, "lr");
    CHECK_OK(akin_bag_update(bag, 0.1, &err));
    CHECK_FAILS(akin_bag_update(bag, 0.1, &err), AKIN_ERR_ARGUMENT, "once");

    CHECK_FAILS(akin_bag_export(bag, 1, 0, 1, out, &err), AKIN_ERR_RANGE, "tensor 1");
    CHECK_FAILS(akin_bag_export(bag, 0, 8, 3, out, &err), AKIN_ERR_RANGE, "3 rows from row 8");
    CHECK_FAILS(akin_bag_export(bag, 0, INT64_MAX, 3, out, &err), AKIN_ERR_RANGE, "not within");
    out[5] = INFINITY;
    CHECK_FAILS(akin_bag_import(bag, 0, 8, 2, out, &err), AKIN_ERR_INPUT, "row 9, column 1");
    akin_bag_free(bag);
    akin_bag_free(NULL);

    o.optimizer = AKIN_BAG_ADAMW;
    CHECK_OK(akin_bag_create(&o, 2, 3, 1, &bag, &err));
    const float steps[] = { 3, 0.5f };
    CHECK_OK(akin_bag_import(bag, 3, 0, 1, steps, &err));
    CHECK_FAILS(akin_bag_import(bag, 3, 0, 2, steps, &err), AKIN_ERR_INPUT, "whole numbers");
    akin_bag_free(bag);
}

/* A caller with a smaller result gets its part; one that set no size is told. */
static void results_keep_to_the_callers_size(void **state)
{
    (void)state;
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    o.tokens = 3;
    akin_bag *it = NULL;
    CHECK_OK(akin_bag_create(&o, 2, 3, 1, &it, &err));
    akin_bag_info part, none = { .struct_size = 0 };
    memset(&part, 0x5a, sizeof part);
    part.struct_size = offsetof(akin_bag_info, update_s);
    CHECK_OK(akin_bag_get_info(it, &part, &err));
    CHECK(part.dim > 0 && memcmp(&part.update_s, "ZZZZZZZZ", 8) == 0);
    CHECK_FAILS(akin_bag_get_info(it, &none, &err), AKIN_ERR_ARGUMENT, "struct_size is 0");
    int64_t n;
    const akin_tensor *all = ak_bag_tensors(it, &n);
    for (int64_t i = 0; i < n; i++) CHECK(akin_bag_tensor_at(it, i) == &all[i]);
    CHECK(!akin_bag_tensor_at(it, n) && !akin_bag_tensor_at(it, -1));
    akin_bag_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_agrees_with_central_differences),
        cmocka_unit_test(steps_agree_with_the_reference),
        cmocka_unit_test(threads_and_instruction_sets_do_not_change_the_bits),
        cmocka_unit_test(occurrences_are_sorted),
        cmocka_unit_test(initial_vectors_are_uniform),
        cmocka_unit_test(state_travels_in_plain_rows),
        cmocka_unit_test(what_is_not_finite_is_named_and_changes_nothing),
        cmocka_unit_test(frozen_vectors_stay),
        cmocka_unit_test(an_id_outside_the_table_is_named),
        cmocka_unit_test(misuse_is_refused_with_a_sentence),
        cmocka_unit_test(results_keep_to_the_callers_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
