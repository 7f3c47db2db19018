/* SPDX-License-Identifier: Apache-2.0 */
/* sogclr's averages (akin_loss_batch.averages): without them, and with a share of 1, it is dcl; small
 * batches, over and over, bring each item's average to the mean over all items. And the derivative by the
 * logarithm of what multiplies the similarities (akin_loss_grads.log_scale), against differences. */
#include "akin/loss.h"
#include "test.h"

enum { N = 48, D = 6, BATCH = 8 };
static float a[N * D], b[N * D], grad[2][2 * N * D];
static double averages[N];
static akin_error err;

typedef struct wish {
    const char *loss;
    akin_loss_params params;
    const double *before;
    double *after, *log_scale, *bias;
    float *grad;
    akin_precision precision;
} wish;

static wish wish_of(const char *name)
{
    wish w = { .loss = name, .params = AKIN_LOSS_PARAMS_INIT, .precision = AKIN_PRECISION_F64 };
    CHECK_OK(akin_loss_defaults(akin_loss_find(name), &w.params, &err));
    return w;
}

static double evaluate(const wish *w, const float *x, const float *y, int64_t n)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    batch.precision = w->precision;
    batch.a = (akin_cmat){ x, n, D, D };
    batch.b = (akin_cmat){ y, n, D, D };
    batch.averages = w->before;
    grads.averages = w->after;
    grads.log_scale = w->log_scale;
    grads.bias = w->bias;
    if (w->grad) {
        grads.a = (akin_mat){ w->grad, n, D, D };
        grads.b = (akin_mat){ w->grad + n * D, n, D, D };
    }
    const akin_loss *loss = akin_loss_find(w->loss);
    const size_t bytes = akin_loss_scratch_bytes(loss, &w->params, &batch, 0);
    void *memory = malloc(bytes);
    akin_arena arena;
    akin_arena_init(&arena, memory, bytes);
    double value = NAN;
    CHECK_OK(akin_loss_eval(loss, &w->params, &batch, &arena, &value, &grads, &err));
    free(memory);
    return value;
}

static void random_rows(void)
{
    for (int i = 0; i < N * D; i++) {
        a[i] = (float)test_normal();
        b[i] = a[i] + (float)(0.5 * test_normal());
    }
}

static void without_a_past_it_is_dcl(void **state)
{
    (void)state;
    random_rows();
    for (int past = 0; past < 3; past++) {
        wish dcl = wish_of("dcl"), sogclr = wish_of("sogclr");
        for (int i = 0; i < N; i++) averages[i] = past == 1 ? NAN : test_uniform(-3, 3);
        if (past) sogclr.before = averages;
        if (past == 2) sogclr.params.average_share = 1;
        dcl.grad = grad[0];
        sogclr.grad = grad[1];
        CHECK_NEAR(evaluate(&sogclr, a, b, N), evaluate(&dcl, a, b, N), 1e-12);
        for (int i = 0; i < 2 * N * D; i++) CHECK_NEAR((double)grad[1][i], (double)grad[0][i], 1e-9);
    }
}

/* The mean of exp(s/t) over all rows but those of the item, averaged over its two rows; naively. */
static double whole_mean(int64_t item, double t)
{
    double sum = 0;
    for (int v = 0; v < 2; v++)
        for (int64_t k = 0; k < 2 * N; k++) {
            const float *x = (v ? b : a) + item * D, *y = (k < N ? a : b) + k % N * D;
            double dot = 0, xx = 0, yy = 0;
            for (int c = 0; c < D; c++) {
                dot += (double)x[c] * (double)y[c];
                xx += (double)x[c] * (double)x[c];
                yy += (double)y[c] * (double)y[c];
            }
            if (k % N != item) sum += exp(dot / sqrt(xx * yy) / t) / (2 * (2 * N - 2));
        }
    return sum;
}

static void small_batches_learn_the_mean_of_all(void **state)
{
    (void)state;
    random_rows();
    wish w = wish_of("sogclr");
    w.params.temperature = 0.5;
    w.params.average_share = 0.02;
    int64_t items[N];
    for (int i = 0; i < N; i++) averages[i] = NAN;
    for (int i = 0; i < N; i++) items[i] = i;
    for (int step = 0; step < 6000; step++) {
        float x[BATCH * D], y[BATCH * D];
        double mine[BATCH];
        for (int i = 0; i < BATCH; i++) {
            const int64_t j = test_int(i, N - 1), keep = items[i];
            items[i] = items[j];
            items[j] = keep;
            memcpy(x + i * D, a + items[i] * D, D * sizeof *x);
            memcpy(y + i * D, b + items[i] * D, D * sizeof *y);
            mine[i] = averages[items[i]];
        }
        w.before = w.after = mine;
        evaluate(&w, x, y, BATCH);
        for (int i = 0; i < BATCH; i++) averages[items[i]] = mine[i];
    }
    /* Of 99 batches at a time an average remembers the mean, of which one has a deviation of about a half. */
    double worst = 0, mean = 0;
    for (int i = 0; i < N; i++) {
        const double off = averages[i] - log(whole_mean(i, 0.5));
        worst = fmax(worst, fabs(off));
        mean += off / N;
    }
    CHECK_LE(worst, 0.25);
    CHECK_LE(fabs(mean), 0.05);
}

static void log_scale_is_the_derivative(void **state)
{
    (void)state;
    static const char *const names[] = { "ntxent", "infonce", "infonce", "dcl", "sigmoid" };
    const double h = 1e-4;
    for (int l = 0; l < 5; l++) {
        double found = 5, ignored, at[2];
        random_rows();
        wish w = wish_of(names[l]);
        w.params.symmetric = l == 2;
        w.log_scale = &found;
        evaluate(&w, a, b, N);
        w.log_scale = &ignored;
        const akin_loss_params centre = w.params;
        for (int side = 0; side < 2; side++) {
            const double by = exp(side ? h : -h);
            w.params.temperature = centre.temperature / by;
            w.params.scale = centre.scale * by;
            at[side] = evaluate(&w, a, b, N);
        }
        CHECK_NEAR(found, (at[1] - at[0]) / (2 * h), 1e-6 * (1 + fabs(found)));
        for (int precision = AKIN_PRECISION_F32; precision <= AKIN_PRECISION_BF16; precision++) {
            w.params = centre;
            w.precision = (akin_precision)precision;
            evaluate(&w, a, b, N);
            CHECK_NEAR(ignored, found, (precision == AKIN_PRECISION_F32 ? 1e-5 : 2e-2) * (1 + fabs(found)));
            w.precision = AKIN_PRECISION_F64;
        }
    }
    /* and by the bias */
    wish w = wish_of("sigmoid");
    double slope = 5, at[2];
    w.bias = &slope;
    evaluate(&w, a, b, N);
    w.bias = NULL;
    for (int side = 0; side < 2; side++) {
        w.params.bias = -10 + (side ? h : -h);
        at[side] = evaluate(&w, a, b, N);
    }
    CHECK_NEAR(slope, (at[1] - at[0]) / (2 * h), 1e-6 * (1 + fabs(slope)));
    wish other = wish_of("align-uniform"); /* has no such factor */
    double none = 5;
    other.log_scale = &none;
    evaluate(&other, a, b, N);
    CHECK(isnan(none));
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_past_it_is_dcl),
        cmocka_unit_test(small_batches_learn_the_mean_of_all),
        cmocka_unit_test(log_scale_is_the_derivative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
