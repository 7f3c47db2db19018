/* SPDX-License-Identifier: Apache-2.0 */
/* sogclr's averages (akin_loss_batch.averages): without them, and with a share of 1, it is dcl; small
 * batches, over and over, bring each item's average to the mean over all items. And the derivative by the
 * logarithm of what multiplies the similarities (akin_loss_grads.log_scale), against differences. */
#include "akin/loss.h"
#include "ref_loss.h"

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

/* Loss, what is told of the items, and the derivative by each temperature, with factors and bounds of their
 * own, in all precisions. */
enum { M = 30 };
static double own[2 * M], bound[2 * M];

static double with_own(const wish *w, double *slope, double *above, akin_loss_window *window,
                       akin_loss_permuted *permuted, const int32_t *labels)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    batch.precision = w->precision;
    batch.a = (akin_cmat){ a, M, D, D };
    batch.b = (akin_cmat){ b, M, D, D };
    batch.averages = w->before;
    batch.temperatures = own;
    batch.thresholds = bound;
    batch.labels = labels;
    grads.averages = w->after;
    grads.temperatures = slope;
    grads.above = above;
    grads.window = window;
    grads.permuted = permuted;
    if (w->grad) {
        grads.a = (akin_mat){ w->grad, M, D, D };
        grads.b = (akin_mat){ w->grad + M * D, M, D, D };
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

static ref_case naive_case(const wish *w)
{
    static double x[2 * M * D];
    ref_case c = { .loss = akin_loss_find(w->loss), .p = w->params, .n = M, .d = D, .x = x, .moving = -1 };
    for (int i = 0; i < M * D; i++) x[i] = (double)a[i], x[M * D + i] = (double)b[i];
    c.temperatures = own;
    c.thresholds = bound;
    c.averages = w->before;
    return c;
}

static void items_have_their_own(void **state)
{
    (void)state;
    static ref_case c;
    const double h = 1e-5;
    const char *const names[] = { "sogclr", "isogclr" };
    for (int round = 0; round < 8; round++) {
        const double least = round % 2 ? 0.011 : 0.06;
        double slope[M], above[M];
        random_rows();
        wish w = wish_of(names[round / 4]);
        if (round % 4 > 1)
            for (int i = 0; i < M; i++) averages[i] = test_uniform(-2, 2);
        if (round % 4 > 1) w.before = averages;
        w.grad = grad[0];
        for (int i = 0; i < M; i++) {
            own[i] = own[M + i] = round < 4 ? w.params.temperature : test_uniform(least, 0.6);
            bound[i] = bound[M + i] = i ? test_uniform(0, 0.9) : -1.5; /* nothing is left of the first */
        }
        if (!w.before) bound[0] = bound[M] = 0.5;
        const double value = with_own(&w, slope, above, NULL, NULL, NULL);
        c = naive_case(&w);
        CHECK_NEAR(value, ref_loss(&c).v, 1e-9 * (1 + fabs(value)));
        for (int probe = 0; probe < 20; probe++) {
            c.moving = test_int(0, 2 * M * D - 1);
            const double want = ref_loss(&c).d;
            CHECK_NEAR((double)grad[0][c.moving], want, 1e-6 * (1e-2 + fabs(want)));
        }
        for (int i = 0; i < M; i++) {
            double over = 0, at[2];
            c.moving = -1;
            for (int v = 0; v < 2; v++)
                for (int k = 0; k < 2 * M; k++) over += k % M != i && c.s[i + v * M][k].v > bound[i];
            CHECK_NEAR(above[i], over / (2 * (2 * M - 2)), 1e-12);
            if (round < 4 || w.before) continue; /* a constant average has no slope */
            for (int side = 0; side < 2; side++) {
                const double t = own[i];
                own[i] = own[M + i] = t + (side ? h : -h);
                at[side] = M * ref_loss(&c).v;
                own[i] = own[M + i] = t;
            }
            CHECK_NEAR(slope[i], (at[1] - at[0]) / (2 * h), 1e-5 * (1 + fabs(slope[i])));
        }
        for (int p = AKIN_PRECISION_F32; round % 2 == 0 && p <= AKIN_PRECISION_BF16; p++) {
            for (int i = 0; i < 2 * M; i++) bound[i] = 2; /* or rounding would decide */
            w.precision = AKIN_PRECISION_F64;
            const double exact = with_own(&w, slope, NULL, NULL, NULL, NULL);
            double near[M];
            w.precision = (akin_precision)p;
            const double limit = p == AKIN_PRECISION_F32 ? 1e-5 : 3e-2;
            CHECK_NEAR(with_own(&w, near, NULL, NULL, NULL, NULL), exact, limit * (1 + fabs(exact)));
            for (int i = 0; i < M && round >= 4; i++)
                CHECK_NEAR(near[i], slope[i], 10 * limit * (1 + fabs(slope[i])));
        }
    }
}

/* Of what is above the thresholds, how much is of another class, beside chance. */
static void what_is_found_is_counted(void **state)
{
    (void)state;
    static ref_case c;
    int32_t labels[M];
    akin_loss_window window = AKIN_LOSS_WINDOW_INIT;
    random_rows();
    wish w = wish_of("sogclr");
    for (int i = 0; i < M; i++) labels[i] = i % 3;
    for (int i = 0; i < M; i++) bound[i] = bound[M + i] = test_uniform(-0.2, 0.5);
    with_own(&w, NULL, NULL, &window, NULL, labels);
    c = naive_case(&w);
    ref_loss(&c);
    double over = 0, other = 0, all = 0, pairs = 0;
    for (int i = 0; i < 2 * M; i++)
        for (int k = 0; k < 2 * M; k++) {
            if (i % M == k % M) continue;
            const bool above = c.s[i][k].v > bound[i], apart = labels[i % M] != labels[k % M];
            pairs++;
            over += above;
            other += above && apart;
            all += apart;
        }
    CHECK_NEAR(window.share, over / pairs, 1e-12);
    CHECK_NEAR(window.other_class, other / over, 1e-12);
    CHECK_NEAR(window.other_class_chance, all / pairs, 1e-12);
    with_own(&w, NULL, NULL, &window, NULL, NULL);
    CHECK_NEAR(window.share, over / pairs, 1e-12);
    CHECK(isnan(window.other_class));
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
        cmocka_unit_test(without_a_past_it_is_dcl),    cmocka_unit_test(small_batches_learn_the_mean_of_all),
        cmocka_unit_test(items_have_their_own),        cmocka_unit_test(what_is_found_is_counted),
        cmocka_unit_test(log_scale_is_the_derivative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
