/* SPDX-License-Identifier: Apache-2.0 */
/* tests/loss_case.h - a random problem for any loss, and the library's answer to it, beside the naive one of
 * ref_loss.h. */
#ifndef AK_TESTS_LOSS_CASE_H
#define AK_TESTS_LOSS_CASE_H

#include "base/plain.h"
#include "ref_loss.h"

static akin_error err;
static ref_case c;

enum { MOST_VALUES = 4 * REF_MOST * REF_COLUMNS };
static double x[MOST_VALUES], features[REF_MOST * 20];
static int32_t labels[REF_MOST];
static double averages[REF_MOST], own_temperatures[REF_MOST];
enum { MOST_LINKS = 6 };
static int64_t link_start[REF_MOST + 1];
static int32_t link_row[REF_MOST * MOST_LINKS];
static float link_weight[REF_MOST * MOST_LINKS], targets[2 * REF_MOST];
static float inputs[2 * MOST_VALUES], found[2 * MOST_VALUES], feature_rows[REF_MOST * 20];

static int64_t values(void)
{
    if (c.loss->needs & AKIN_LOSS_TRIPLES) return (c.n + c.n * c.block + c.n * c.block * c.count) * c.d;
    return (2 * c.n + c.m) * c.d;
}

/* Links to a few rows, each way its own, some of pairs that differ; targets of one or two numbers. */
static void random_targets(const akin_loss *loss, int64_t n)
{
    c.link_start = NULL;
    c.targets = NULL;
    if (loss->needs & AKIN_LOSS_LINKS && test_int(0, 3)) {
        int64_t used = 0;
        for (int64_t i = 0; i < 2 * n; i++) {
            link_start[i] = used;
            for (int64_t k = test_int(0, 3); k < 2 * n && used < link_start[i] + MOST_LINKS;
                 k += test_int(1, (int)(n / 2 + 1))) {
                if (k == i) continue;
                link_row[used] = (int32_t)k;
                link_weight[used++] = test_int(0, 3) ? (float)test_uniform(0.1, 2) : (float)test_int(-1, 0);
            }
        }
        link_start[2 * n] = used;
        c.link_start = link_start;
        c.link = link_row;
        c.link_weight = link_weight;
    }
    c.q = test_int(1, 2);
    if (!(loss->needs & AKIN_LOSS_VALUES) || !test_int(0, 2)) return;
    for (int64_t i = 0; i < 2 * n * c.q; i++) targets[i] = (float)test_int(-9, 9) / 4;
    c.targets = targets;
}

/* Random rows; b is a with noise, so that positives are nearer than negatives, as in training. */
static void random_case(const akin_loss *loss, int64_t n, int64_t d)
{
    c.loss = loss;
    c.p = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &c.p, NULL);
    c.n = n;
    c.d = d;
    c.h = test_int(3, 20);
    c.m = 0;
    c.keys_only = false;
    c.block = test_int(1, 3);
    c.count = test_int(1, 4);
    c.x = x;
    c.features = features;
    c.labels = labels;
    c.moving = -1;
    const double noise = test_uniform(0.05, 1), length = test_uniform(0.3, 3);
    for (int64_t i = 0; i < values(); i++) x[i] = (double)(float)(length * test_normal());
    if (!(loss->needs & AKIN_LOSS_TRIPLES))
        for (int64_t i = 0; i < n * d; i++) x[n * d + i] = (double)(float)(x[i] + noise * x[n * d + i]);
    for (int64_t i = 0; i < 2 * n * c.h; i++) features[i] = (double)(feature_rows[i] = (float)test_normal());
    for (int64_t i = 0; i < n; i++) labels[i] = (int32_t)test_int(-1, 2);
    labels[0] = -7; /* at least two labels */
    random_targets(loss, n);
    c.averages = c.temperatures = c.thresholds = NULL;
    if (strcmp(loss->name, "sogclr") != 0 && strcmp(loss->name, "isogclr") != 0) return;
    c.averages = averages;
    for (int64_t i = 0; i < n; i++) averages[i] = test_int(0, 3) ? test_uniform(-2, 3) : NAN;
    const double sharp = test_int(0, 2) ? 0.05 : 0.011;
    for (int64_t i = 0; i < n; i++) own_temperatures[i] = own_temperatures[n + i] = test_uniform(sharp, 0.8);
    if (strcmp(loss->name, "isogclr") == 0 && test_int(0, 2)) c.temperatures = own_temperatures;
}

static akin_loss_window *window;     /* where library() lets the window's counts go, if anywhere */
static akin_loss_permuted *permuted; /* the same */
static bool unlabelled;

static akin_cmat place(const double *from, int64_t rows, int64_t stride, float **at)
{
    const akin_cmat m = { *at, rows, c.d, stride };
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < stride; k++) (*at)[i * stride + k] = k < c.d ? (float)from[i * c.d + k] : NAN;
    *at += rows * stride;
    return m;
}

/* The library's loss; its gradient, laid out as x, goes to found. Padding between rows is NaN and must
 * stay. */
static double library(akin_precision precision)
{
    const int64_t stride = c.d + 1, n = c.n;
    float *at = inputs;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.precision = precision;
    batch.a = place(x, n, stride, &at);
    if (c.loss->needs & AKIN_LOSS_TRIPLES) {
        batch.positives = place(x + n * c.d, n * c.block, stride, &at);
        batch.negatives = place(x + (n + n * c.block) * c.d, n * c.block * c.count, stride, &at);
        batch.block = c.block;
        batch.count = c.count;
    } else {
        batch.b = place(x + n * c.d, n, stride, &at);
        if (c.m) batch.keys = place(x + 2 * n * c.d, c.m, stride, &at);
        batch.keys_only = c.keys_only;
    }
    batch.labels = unlabelled ? NULL : labels;
    batch.averages = c.averages;
    batch.link_start = c.link_start;
    batch.link = c.link;
    batch.link_weight = c.link_weight;
    if (c.targets) batch.values = (akin_cmat){ c.targets, 2 * n, c.q, c.q };
    batch.temperatures = c.temperatures;
    batch.thresholds = c.thresholds;
    batch.features = (akin_cmat){ feature_rows, 2 * n, c.h, c.h };
    float *out = found;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    grads.window = window;
    grads.permuted = permuted;
    const akin_cmat *from[] = { &batch.a, &batch.b, &batch.positives, &batch.negatives, &batch.keys };
    akin_mat *to[] = { &grads.a, &grads.b, &grads.positives, &grads.negatives, &grads.keys };
    for (int i = 0; i < 5; i++) {
        if (!from[i]->data) continue;
        *to[i] = (akin_mat){ out, from[i]->rows, c.d, stride };
        for (int64_t k = 0; k < from[i]->rows * stride; k++) *out++ = -77;
    }
    const size_t bytes = akin_loss_scratch_bytes(c.loss, &c.p, &batch, 0);
    CHECK(bytes > 0);
    void *memory = malloc(bytes); /* exactly: the sanitizer watches its end */
    akin_arena arena;
    akin_arena_init(&arena, memory, bytes);
    double value = NAN;
    CHECK_OK(akin_loss_eval(c.loss, &c.p, &batch, &arena, &value, &grads, &err));
    CHECK(arena.used == 0);
    free(memory);
    for (int64_t i = 0; i < values() / c.d; i++) {
        CHECK(found[i * stride + c.d] == -77);
        memmove(found + i * c.d, found + i * stride, (size_t)c.d * sizeof *found);
    }
    return value;
}

static inline double log_uniform(double least, double most)
{
    return exp(test_uniform(log(least), log(most)));
}

/* Every parameter of the loss, over what people use and beyond. */
static inline void any_parameters(void)
{
    static const struct {
        const char *name;
        double least, most;
    } FROM[] = { { "temperature", 0.04, 1.5 },
                 { "base-temperature", 0.05, 1 },
                 { "alpha", 0.5, 25 },
                 { "lambda", 0.3, 3 },
                 { "constant", 0.1, 10 },
                 { "mu", 0.2, 5 },
                 { "beta", 0.05, 3 },
                 { "ratio", 0.5, 20 },
                 { "scale", 1, 20 },
                 { "weight", 0.1, 4 },
                 { "rho", 0.3, 2 },
                 { "tau-plus", 0.01, 0.4 },
                 { "sigma", 0.05, 2 },
                 { "pos-high", 0.02, 0.4 },
                 { "pos-low", 0.4, 1 },
                 { "average-share", 0.05, 1 },
                 { "invariance", 1, 50 },
                 { "variance", 1, 50 },
                 { "covariance", 0.1, 5 },
                 { "target-temperature", 0.1, 2 },
                 { "bandwidth", 0.2, 3 },
                 { "match-weight", 0.1, 3 },
                 { "align-weight", 0.001, 1 } };
    for (size_t i = 0; i < sizeof FROM / sizeof *FROM; i++) {
        char text[32];
        ak_snprintf(text, sizeof text, "%.9g", log_uniform(FROM[i].least, FROM[i].most));
        akin_loss_params_set(&c.p, c.loss, FROM[i].name, text, NULL); /* where the loss has it */
    }
    c.p.symmetric = (int32_t)test_int(0, 1);
    c.p.one_sided = (int32_t)test_int(0, 1);
    c.p.include_positive = (int32_t)test_int(0, 1);
    if (test_int(0, 1)) c.p.target_temperature = 0;
    c.p.partner_only = test_int(0, 3) == 0;
    c.p.known_only = test_int(0, 3) == 0;
    if (c.p.mode >= 0) c.p.mode = (int32_t)test_int(0, 3);
    c.p.bias = test_uniform(-12, 3);
}

#endif
