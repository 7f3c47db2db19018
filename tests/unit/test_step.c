/* SPDX-License-Identifier: Apache-2.0 */
/* A step of training, seen from inside a run: in chunks it has the loss and the gradient of the whole batch,
 * and moves the running averages once; with a momentum encoder its keys, its loss and its queue are those of
 * the formulas. */
#include "train/fault.h"

#include "nn/tensors.h"
#include "test.h"

#include <float.h>

enum { ITEMS = 48, SIDE = 8, PIXELS = SIDE * SIDE, BATCH = 16, MOST = 1 << 20, MOST_TENSORS = 64 };

static akin_error err;
static char data[300], folder[300];

/* What the step under test has shown. */
static struct {
    int64_t step;      /* 1, 2, ...: looked at */
    int visits, steps; /* views of this step; steps looked at */
    float views[12][2 * BATCH * PIXELS];
    float *weight[MOST_TENSORS]; /* before the step */
    double loss, norm;
    float *gradient; /* of all tensors, one after the other */
    int64_t gradients;
    void (*look)(ak_trainer *t, const char *stage, void *values);
} seen;

static void keep_weights(const ak_trainer *t)
{
    CHECK(t->net.count <= MOST_TENSORS);
    for (int64_t i = 0; i < t->net.count; i++) {
        const size_t bytes = (size_t)t->net.tensors[i].count * sizeof(float);
        free(seen.weight[i]);
        seen.weight[i] = malloc(bytes);
        memcpy(seen.weight[i], t->net.tensors[i].data, bytes);
    }
}

static void keep_gradients(const ak_trainer *t)
{
    seen.gradients = 0;
    for (int64_t i = 0; i < t->net.count; i++) {
        const akin_tensor *x = &t->net.tensors[i];
        if (!x->grad) continue;
        CHECK(seen.gradients + x->count <= MOST);
        memcpy(seen.gradient + seen.gradients, x->grad, (size_t)x->count * sizeof(float));
        seen.gradients += x->count;
    }
}

static void watch(ak_trainer *t, const char *stage, void *values)
{
    if (t->state.step + 1 != seen.step) return;
    if (strcmp(stage, "views") == 0) {
        if (seen.visits == 0 && (!t->momentum || t->state.step == 0)) keep_weights(t);
        CHECK(seen.visits < 12);
        memcpy(seen.views[seen.visits++], values,
               (size_t)(ak_visits_rows(&t->visits, t->sampler) * PIXELS) * sizeof(float));
    }
    if (strcmp(stage, "loss") == 0) seen.loss = *(double *)values;
    if (strcmp(stage, "gradients") == 0) keep_gradients(t);
    seen.steps += strcmp(stage, "weights") == 0;
    if (seen.look) seen.look(t, stage, values);
}

/* "name=value name=value", on top of a small run. */
static void run(const char *options)
{
    char copy[300], out[400], *save = NULL;
    akin_train_config *c = NULL;
    CHECK_OK(akin_train_config_create(&c, &err));
    snprintf(copy, sizeof copy, "batch-size=16 epochs=2 head-hidden=8 head-out=6 width=4 %s", options);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *equals = strchr(word, '=');
        *equals = 0;
        CHECK_OK(akin_train_config_set(c, word, equals + 1, &err));
    }
    seen.visits = 0;
    seen.steps = 0;
    snprintf(out, sizeof out, "%s/run", folder);
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true;
    CHECK_OK(akin_train(data, out, c, &opts, &err));
    CHECK(seen.steps > 0);
    akin_train_config_free(c);
}

static double distance(const float *a, const float *b, int64_t n)
{
    double gap = 0, norm = 0;
    for (int64_t i = 0; i < n; i++) {
        gap += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        norm += (double)b[i] * (double)b[i];
    }
    return sqrt(gap / norm);
}

/* Without batch norm a row is encoded alike in any company. Sums of floats in another order: a few
 * FLT_EPSILON times the square root of their number, and gradients of rows that cancel to about a tenth. */
static void chunks_have_the_gradient_of_the_batch(void **state)
{
    (void)state;
    static const char *const losses[] = { "loss=ntxent", "loss=infonce", "loss=difficult",
                                          "loss=dcl temperature=0.05" };
    float *whole = malloc(MOST * sizeof *whole);
    for (int l = 0; l < 4; l++)
        for (int micro = 4; micro <= 8; micro *= 2) {
            char options[200];
            seen.step = 1;
            snprintf(options, sizeof options, "%s encoder=linear head-norm=none", losses[l]);
            run(options);
            CHECK(seen.visits == 1);
            const double loss = seen.loss;
            memcpy(whole, seen.gradient, (size_t)seen.gradients * sizeof *whole);
            snprintf(options, sizeof options, "%s encoder=linear head-norm=none micro-batch=%d", losses[l],
                     micro);
            run(options);
            CHECK(seen.visits == 2 * BATCH / micro - 1);
            CHECK_NEAR(seen.loss, loss, 1e-6 * fabs(loss));
            CHECK_LE(distance(seen.gradient, whole, seen.gradients), 1e-5);
        }
    /* one chunk is the whole batch: the same bits */
    run("encoder=resnet-s");
    memcpy(whole, seen.gradient, (size_t)seen.gradients * sizeof *whole);
    run("encoder=resnet-s micro-batch=16");
    CHECK(memcmp(whole, seen.gradient, (size_t)seen.gradients * sizeof *whole) == 0);
    free(whole);
}

/* An encoder of the run's kind with the weights that it had before the step. */
static akin_encoder *twin_of(ak_trainer *t)
{
    akin_encoder *e = NULL;
    akin_encoder_opts o = t->set.encoder;
    o.seed = 99;
    CHECK_OK(akin_encoder_create(&o, ak_visits_rows(&t->visits, t->sampler), SIDE, SIDE, 1, &e, &err));
    int64_t n;
    const akin_tensor *x = ak_encoder_tensors(e, &n);
    CHECK(n == t->net.count);
    for (int64_t i = 0; i < n; i++) memcpy(x[i].data, seen.weight[i], (size_t)x[i].count * sizeof(float));
    return e;
}

/* Projections of the views of visit v into the rows of a chunk. */
static void encode(akin_encoder *e, ak_trainer *t, int v, ak_visit at, float *z)
{
    float chunk[2 * BATCH * 8];
    const int64_t rows = ak_visits_rows(&t->visits, t->sampler);
    ak_row_span spans[3];
    CHECK_OK(akin_encoder_forward(e, seen.views[v], rows, true, (akin_mat){ 0 },
                                  (akin_mat){ chunk, rows, t->width, t->width }, &err));
    const int n = ak_visit_spans(&t->visits, t->sampler, at, spans);
    for (int64_t i = 0, from = 0; i < n; from += spans[i++].rows)
        memcpy(z + spans[i].first * t->width, chunk + from * t->width,
               (size_t)(spans[i].rows * t->width) * sizeof *z);
}

/* The loss at weights + h direction, direction = the step's gradient scaled to length 1, each chunk with its
 * own statistics. */
static double loss_at(ak_trainer *t, double h, double norm)
{
    static unsigned char memory[1 << 23];
    akin_encoder *e = twin_of(t);
    int64_t n;
    const akin_tensor *x = ak_encoder_tensors(e, &n);
    const float *g = seen.gradient;
    for (int64_t i = 0; i < n; i++) {
        if (!x[i].grad) continue;
        for (int64_t k = 0; k < x[i].count; k++) x[i].data[k] += (float)(h * (double)*g++ / norm);
    }
    float z[2 * BATCH * 8];
    for (int v = 0; v < (seen.visits + 1) / 2; v++) encode(e, t, v, (ak_visit){ AK_VISIT_ENCODE, v }, z);
    akin_encoder_free(e);
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.precision = AKIN_PRECISION_F64;
    batch.a = (akin_cmat){ z, BATCH, t->width, t->width };
    batch.b = (akin_cmat){ z + BATCH * t->width, BATCH, t->width, t->width };
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    double value;
    CHECK_OK(akin_loss_eval(t->set.loss, &t->set.loss_params, &batch, &arena, &value, NULL, &err));
    return value;
}

static void look_at_chunks(ak_trainer *t, const char *stage, void *values)
{
    (void)values;
    if (strcmp(stage, "gradients") == 0) {
        double norm = 0;
        for (int64_t i = 0; i < seen.gradients; i++)
            norm += (double)seen.gradient[i] * (double)seen.gradient[i];
        norm = sqrt(norm);
        CHECK_NEAR(loss_at(t, 0, norm), seen.loss, 1e-5 * fabs(seen.loss));
        /* A loss that is right to 1e-7, over 3e-5: 1e-2 of a slope of 10. A longer way meets the kinks of
         * ReLU. */
        const double h = 0x1p-16, slope = (loss_at(t, h, norm) - loss_at(t, -h, norm)) / (2 * h);
        CHECK_NEAR(slope, norm, 2e-2 * norm);
    }
    if (strcmp(stage, "weights") != 0) return;
    /* running averages as after one training pass over the chunks */
    akin_encoder *e = twin_of(t);
    float z[2 * BATCH * 8];
    int64_t n, averages = 0;
    for (int v = 0; v < (seen.visits + 1) / 2; v++) encode(e, t, v, (ak_visit){ AK_VISIT_ENCODE, v }, z);
    const akin_tensor *x = ak_encoder_tensors(e, &n);
    for (int64_t i = 0; i < n; i++) {
        if (x[i].grad) continue;
        CHECK(memcmp(x[i].data, t->net.tensors[i].data, (size_t)x[i].count * sizeof(float)) == 0);
        CHECK(memcmp(x[i].data, seen.weight[i], (size_t)x[i].count * sizeof(float)) != 0);
        averages++;
    }
    CHECK(averages > 0);
    akin_encoder_free(e);
}

static void with_batch_norm_chunks_have_their_own_statistics(void **state)
{
    (void)state;
    seen.look = look_at_chunks;
    for (seen.step = 1; seen.step <= 4; seen.step += 3) {
        run("encoder=resnet-s micro-batch=4 lr=0.05");
        CHECK(seen.visits == 7);
        for (int c = 0; c < 3;
             c++) /* the second look is at the same views, from the last but one chunk back */
            CHECK(memcmp(seen.views[c], seen.views[6 - c], 8 * PIXELS * sizeof(float)) == 0);
    }
    seen.step = 2;
    run("encoder=resnet-s micro-batch=8 loss=dcl");
    seen.look = NULL;
}

/* Momentum ----------------------------------------------------------------------------------------------- */

static struct {
    double m;
    int64_t keys;
    double *average[MOST_TENSORS]; /* of the weights, by the formula */
    float queue[64 * 8];           /* before the step */
} moco;

/* k = M k + (1 - M) x with the weights before the step. */
static void follow(ak_trainer *t)
{
    for (int64_t i = 0; i < t->net.count; i++) {
        const akin_tensor *x = &t->net.tensors[i];
        if (!x->grad) continue;
        const bool first = !moco.average[i];
        if (first) moco.average[i] = malloc((size_t)x->count * sizeof(double));
        for (int64_t k = 0; k < x->count; k++)
            moco.average[i][k] =
                first ? (double)x->data[k] : moco.m * moco.average[i][k] + (1 - moco.m) * (double)x->data[k];
    }
}

/* Projections, with the statistics of the visit: queries of the weights, keys of their averages. */
static void check_projections(ak_trainer *t)
{
    akin_encoder *e = twin_of(t);
    float z[2 * BATCH * 8];
    int64_t n;
    const akin_tensor *x = ak_encoder_tensors(e, &n);
    const ak_array_set set = ak_momentum_arrays(t->momentum);
    const int chunks = seen.visits / 2;
    for (int c = 0; c < chunks; c++) encode(e, t, chunks + c, (ak_visit){ AK_VISIT_ENCODE, c }, z);
    CHECK(memcmp(z, t->projections, (size_t)(BATCH * t->width) * sizeof *z) == 0);
    for (int64_t i = 0; i < n; i++) {
        CHECK(!set.data[i] == !x[i].grad);
        if (!x[i].grad) /* keys move no running average, queries do */
            CHECK(memcmp(x[i].data, t->net.tensors[i].data, (size_t)x[i].count * 4) == 0);
        else
            CHECK(memcmp(t->net.tensors[i].data, seen.weight[i], (size_t)x[i].count * 4) == 0);
        for (int64_t k = 0; x[i].grad && k < x[i].count; k++) {
            CHECK_NEAR((double)set.data[i][k], moco.average[i][k], 1e-6); /* weights below 1, a few steps */
            x[i].data[k] = set.data[i][k];
        }
    }
    for (int c = 0; c < chunks; c++) encode(e, t, c, (ak_visit){ AK_VISIT_KEYS, c }, z);
    CHECK(memcmp(z + BATCH * t->width, t->projections + BATCH * t->width,
                 (size_t)(BATCH * t->width) * sizeof *z) == 0);
    akin_encoder_free(e);
}

static double cosine(const float *a, const float *b, int64_t d)
{
    double dot = 0, aa = 0, bb = 0;
    for (int64_t k = 0; k < d; k++) {
        dot += (double)a[k] * (double)b[k];
        aa += (double)a[k] * (double)a[k];
        bb += (double)b[k] * (double)b[k];
    }
    return dot / sqrt(aa * bb);
}

/* [He2020 eq.1] on the projections: -log of e^(q.k/t) over itself and the e^(q.k'/t) of the queue, or,
 * without a queue, of the batch's other keys. */
static double loss_by_formula(const ak_trainer *t, int64_t probe, int64_t column, double h)
{
    const int64_t d = t->width;
    const double a = 1 / t->set.loss_params.temperature;
    double total = 0;
    for (int64_t i = 0; i < BATCH; i++) {
        float q[8];
        memcpy(q, t->projections + i * d, (size_t)d * sizeof *q);
        if (i == probe) q[column] += (float)h;
        const float *keys = t->projections + BATCH * d;
        const double own = a * cosine(q, keys + i * d, d);
        double sum = exp(own);
        for (int64_t k = 0; k < moco.keys; k++) sum += exp(a * cosine(q, moco.queue + k * d, d));
        for (int64_t k = 0; moco.keys == 0 && k < BATCH; k++)
            if (k != i) sum += exp(a * cosine(q, keys + k * d, d));
        total += log(sum) - own;
    }
    return total / BATCH;
}

static void look_at_momentum(ak_trainer *t, const char *stage, void *values)
{
    (void)values;
    if (strcmp(stage, "projections") == 0) {
        check_projections(t);
        if (moco.keys)
            memcpy(moco.queue, ak_momentum_keys(t->momentum).data, (size_t)(moco.keys * t->width) * 4);
    }
    if (strcmp(stage, "loss gradient") != 0) return;
    CHECK_NEAR(seen.loss, loss_by_formula(t, -1, 0, 0), 1e-5 * fabs(seen.loss));
    for (int64_t probe = 0; probe < BATCH; probe += 5)
        for (int64_t k = 0; k < t->width; k++) {
            /* float inputs move by steps of 1e-7 of themselves: 1e-3 of h, and of the slope */
            const double h = 1e-3,
                         slope =
                             (loss_by_formula(t, probe, k, h) - loss_by_formula(t, probe, k, -h)) / (2 * h);
            CHECK_NEAR((double)t->gradient[probe * t->width + k], slope, 1e-3 * fabs(slope) + 1e-5);
        }
}

static void forget_averages(void)
{
    for (int64_t i = 0; i < MOST_TENSORS; i++) {
        free(moco.average[i]);
        moco.average[i] = NULL;
    }
}

/* Of every step: the averages follow, and the queue holds what it should. While keys are made the averages
 * are in the place of the weights; so these are looked at when a step ends, for the next. */
static void watch_momentum(ak_trainer *t, const char *stage, void *values)
{
    const bool begins = strcmp(stage, "views") == 0 && seen.visits == 0, ends = strcmp(stage, "weights") == 0;
    seen.step = t->state.step + 1;
    if (begins && t->state.step == 0) {
        forget_averages();
        follow(t);
    }
    if (begins && t->state.step > 0 && moco.keys) { /* the keys of the step before are in the queue */
        const int64_t d = t->width, first = (t->state.step - 1) * BATCH % moco.keys;
        for (int64_t i = 0; i < BATCH; i++)
            CHECK_NEAR(cosine(ak_momentum_keys(t->momentum).data + (first + i) * d,
                              t->projections + (BATCH + i) * d, d),
                       1, 1e-6);
    }
    watch(t, stage, values);
    if (!ends) return;
    keep_weights(t);
    follow(t);
    seen.visits = 0;
}

static void a_momentum_encoder_follows_its_formulas(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        double m;
        int64_t keys;
    } cases[] = {
        { "momentum-encoder=0.9 queue=48", 0.9, 48 },
        { "momentum-encoder=0.5 queue=32 micro-batch=4 temperature=0.2", 0.5, 32 },
        { "momentum-encoder=0.99 temperature=0.1", 0.99, 0 },
        { "momentum-encoder=0.9 queue=16 ema=0.9 optimizer=sgd", 0.9, 16 },
    };
    ak_train_fault = watch_momentum;
    seen.look = look_at_momentum;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char options[200];
        moco.m = cases[c].m;
        moco.keys = cases[c].keys;
        snprintf(options, sizeof options, "loss=infonce encoder=resnet-s lr=0.05 %s", cases[c].options);
        seen.visits = 0;
        run(options);
    }
    forget_averages();
    seen.look = NULL;
    ak_train_fault = watch;
}

static void options_that_do_not_fit_get_a_sentence(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "micro-batch=5",
          "--micro-batch is 5; it must be at least 2 and divide --batch-size, which is 16: 4 does" },
        { "micro-batch=1", "16 does" },
        { "micro-batch=32", "16 does" },
        { "loss=infonce queue=32", "give --momentum-encoder too" },
        { "loss=infonce momentum-encoder=0.9 queue=40", "multiple of --batch-size, which is 16: 48 is" },
        { "loss=infonce momentum-encoder=0.9 symmetric=1", "take no gradient" },
        { "momentum-encoder=0.9",
          "--momentum-encoder is an option of --loss infonce, byol and matrix-ssl; --loss is ntxent" },
        { "loss=infonce momentum-encoder=1", "momentum-encoder" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char copy[200], *save = NULL;
        akin_train_config *c = NULL;
        ak_train_settings s;
        akin_status status = AKIN_OK;
        CHECK_OK(akin_train_config_create(&c, &err));
        snprintf(copy, sizeof copy, "batch-size=16 %s", cases[i][0]);
        for (char *word = strtok_r(copy, " ", &save); word && !status; word = strtok_r(NULL, " ", &save)) {
            char *equals = strchr(word, '=');
            *equals = 0;
            status = akin_train_config_set(c, word, equals + 1, &err);
        }
        if (!status) status = ak_train_settings_of(c, &s, &err);
        CHECK(status == AKIN_ERR_RANGE || status == AKIN_ERR_ARGUMENT);
        if (!strstr(err.message, cases[i][1])) print_error("%s: %s\n", cases[i][0], err.message);
        CHECK(strstr(err.message, cases[i][1]) != NULL);
        akin_train_config_free(c);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    uint8_t pixels[ITEMS * PIXELS];
    for (int i = 0; i < ITEMS * PIXELS; i++) pixels[i] = (uint8_t)test_int(0, 255);
    const int64_t shape[3] = { ITEMS, SIDE, SIDE };
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(data, sizeof data, "%.280s/train.npy", folder);
    if (akin_npy_save(data, AKIN_DTYPE_U8, 3, shape, pixels, &err)) return 1;
    seen.gradient = malloc(MOST * sizeof(float));
    akin_set_threads(1);
    ak_train_fault = watch;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_have_the_gradient_of_the_batch),
        cmocka_unit_test(with_batch_norm_chunks_have_their_own_statistics),
        cmocka_unit_test(a_momentum_encoder_follows_its_formulas),
        cmocka_unit_test(options_that_do_not_fit_get_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
