/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between losses, and of every loss: identities, invariance, the same bits for any number of
 * threads and any memory, chance and floor, and a sentence for every degenerate input.
 *
 * Values compared here are double (precision f64), so that limits are a few hundred DBL_EPSILON times 1/t;
 * inputs are float, and a rotated row is right to FLT_EPSILON. */
#include "akin/loss.h"
#include "akin/tool/loss.h"
#include "base/base.h"
#include "base/plain.h"
#include "test.h"

#include <float.h>

enum { N = 70, D = 24, H = 9, BLOCK = 2, COUNT = 3, MOST = 2 * N * D };

static akin_error err;
static float a[N * D], b[N * D], features[2 * N * H], positives[N * BLOCK * D],
    negatives[N * BLOCK * COUNT * D];
static float ga[MOST], gb[MOST], gp[N * BLOCK * D], gn[N * BLOCK * COUNT * D];
static int32_t labels[N];
static int64_t n = N, d = D;

static void random_batch(void)
{
    for (int i = 0; i < N * D; i++) {
        a[i] = (float)test_normal();
        b[i] = a[i] + (float)(0.5 * test_normal());
    }
    for (int i = 0; i < 2 * N * H; i++) features[i] = (float)test_normal();
    for (int i = 0; i < N * BLOCK * D; i++) positives[i] = (float)test_normal();
    for (int i = 0; i < N * BLOCK * COUNT * D; i++) negatives[i] = (float)test_normal();
    for (int i = 0; i < N; i++) labels[i] = i % 5;
    n = N;
    d = D;
}

static akin_loss_batch batch_of(const akin_loss *loss)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = (akin_cmat){ a, n, d, d };
    if (loss->needs & AKIN_LOSS_TRIPLES) {
        batch.positives = (akin_cmat){ positives, n * BLOCK, d, d };
        batch.negatives = (akin_cmat){ negatives, n * BLOCK * COUNT, d, d };
        batch.block = BLOCK;
        batch.count = COUNT;
    } else {
        batch.b = (akin_cmat){ b, n, d, d };
    }
    batch.labels = labels;
    batch.features = (akin_cmat){ features, 2 * n, H, H };
    return batch;
}

static akin_status evaluate(const akin_loss *loss, const akin_loss_params *params, akin_precision precision,
                            size_t memory, double *value)
{
    akin_loss_batch batch = batch_of(loss);
    batch.precision = precision;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    grads.a = (akin_mat){ ga, n, d, d };
    if (loss->needs & AKIN_LOSS_TRIPLES) {
        grads.positives = (akin_mat){ gp, n * BLOCK, d, d };
        grads.negatives = (akin_mat){ gn, n * BLOCK * COUNT, d, d };
    } else {
        grads.b = (akin_mat){ gb, n, d, d };
    }
    size_t bytes = akin_loss_scratch_bytes(loss, params, &batch, memory);
    if (bytes == 0) bytes = 64; /* a batch that is refused */
    void *scratch = malloc(bytes);
    akin_arena arena;
    akin_arena_init(&arena, scratch, bytes);
    const akin_status status = akin_loss_eval(loss, params, &batch, &arena, value, &grads, &err);
    free(scratch);
    return status;
}

/* "name key=value key=value" in f64. */
static double value_of(const char *text)
{
    char copy[128], *save;
    snprintf(copy, sizeof copy, "%s", text);
    const akin_loss *loss = akin_loss_find(strtok_r(copy, " ", &save));
    CHECK(loss != NULL);
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &params, NULL);
    for (char *word; (word = strtok_r(NULL, " ", &save));) {
        char *equals = strchr(word, '=');
        *equals = 0;
        CHECK_OK(akin_loss_params_set(&params, loss, word, equals + 1, &err));
    }
    double value = NAN;
    CHECK_OK(evaluate(loss, &params, AKIN_PRECISION_F64, 0, &value));
    return value;
}

static void identities(void **state)
{
    (void)state;
    const double few = 1e-12;
    random_batch();
    CHECK_NEAR(value_of("balanced alpha=5 lambda=1"), 0.2 * value_of("dcl temperature=0.2"), few);
    CHECK_NEAR(value_of("balanced alpha=5 lambda=1 include-positive=1"),
               0.2 * value_of("ntxent temperature=0.2"), few);
    CHECK_NEAR(value_of("debiased tau-plus=0 temperature=0.4"), value_of("ntxent temperature=0.4"), few);
    CHECK_NEAR(value_of("hard-negative beta=0 temperature=0.4"), value_of("debiased temperature=0.4"), few);
    CHECK_NEAR(value_of("hard-negative beta=1e-9 temperature=0.4"), value_of("debiased temperature=0.4"),
               1e-6);
    CHECK_NEAR(value_of("difficult mode=combined sigma=0 rho=1"), value_of("ntxent temperature=0.5"), few);
    CHECK_NEAR(value_of("difficult mode=margin sigma=0 temperature=0.05"),
               value_of("ntxent temperature=0.05"), few);
    CHECK_NEAR(value_of("difficult one-sided=1 mode=combined sigma=0 rho=1 temperature=0.05"),
               value_of("infonce temperature=0.05"), few);
    CHECK_NEAR(value_of("flatnce temperature=0.3"), value_of("dcl temperature=0.3"), 0);
    CHECK_NEAR(value_of("dclw sigma=10000 temperature=0.3"), value_of("dcl temperature=0.3"), 1e-3);
    CHECK_LE(value_of("nscl temperature=0.3"), value_of("dcl temperature=0.3"));
    for (int i = 0; i < N; i++) labels[i] = i;
    CHECK_NEAR(value_of("supcon temperature=0.2"), value_of("ntxent temperature=0.2"), few);
    CHECK_NEAR(value_of("supcon temperature=0.2 base-temperature=0.1"),
               2 * value_of("ntxent temperature=0.2"), few);
    /* Distinct labels: only the anchor's own views are no negatives. */
    CHECK_NEAR(value_of("nscl temperature=0.2"), value_of("dcl temperature=0.2"), few);
}

/* The four vectors of the circle at 0, 20 | 90, 130 degrees, whose losses are known to ten digits. */
static void known_values(void **state)
{
    (void)state;
    const double degree = 3.14159265358979323846 / 180;
    n = d = 2;
    const float xs[4][2] = { { (float)cos(0), (float)sin(0) },
                             { (float)cos(90 * degree), (float)sin(90 * degree) },
                             { (float)cos(20 * degree), (float)sin(20 * degree) },
                             { (float)cos(130 * degree), (float)sin(130 * degree) } };
    memcpy(a, xs, 4 * sizeof(float));
    memcpy(b, xs[2], 4 * sizeof(float));
    CHECK_NEAR(value_of("ntxent temperature=0.5"), 0.2882942043, 1e-6);
    CHECK_NEAR(value_of("dcl temperature=0.5"), -1.2056313598, 1e-6);
    CHECK_NEAR(value_of("balanced alpha=2"), -0.6028156799, 1e-6);
    CHECK_NEAR(value_of("balanced alpha=5 lambda=0.7"), -0.7776660968, 1e-6);
    random_batch();
}

/* Rows of both views, features and triples turned by one reflection x - 2 (u.x) u. */
static void reflect(float *x, int64_t rows, int64_t width, const double *u)
{
    for (int64_t i = 0; i < rows; i++) {
        double dot = 0;
        for (int64_t k = 0; k < width; k++) dot += u[k] * (double)x[i * width + k];
        for (int64_t k = 0; k < width; k++)
            x[i * width + k] = (float)((double)x[i * width + k] - 2 * dot * u[k]);
    }
}

static void swap_rows(float *x, int64_t i, int64_t j, int64_t width)
{
    for (int64_t k = 0; k < width; k++) {
        const float keep = x[i * width + k];
        x[i * width + k] = x[j * width + k];
        x[j * width + k] = keep;
    }
}

static void rotation_and_order_change_nothing(void **state)
{
    (void)state;
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        /* columns are no longer the same ones */
        const bool turns = !(l->needs & AKIN_LOSS_COLUMNS) || strcmp(l->name, "matrix-ssl") == 0;
        random_batch();
        double before, after, u[D], norm = 0;
        CHECK_OK(evaluate(l, NULL, AKIN_PRECISION_F64, 0, &before));
        for (int i = 0; i < N / 2; i++) {
            const int64_t j = N - 1 - i;
            swap_rows(a, i, j, D);
            swap_rows(b, i, j, D);
            swap_rows(features, i, j, H);
            swap_rows(features + N * H, i, j, H);
            swap_rows(positives, i, j, BLOCK * D);
            swap_rows(negatives, i, j, BLOCK * COUNT * D);
            const int32_t keep = labels[i];
            labels[i] = labels[j];
            labels[j] = keep;
        }
        CHECK_OK(evaluate(l, NULL, AKIN_PRECISION_F64, 0, &after));
        CHECK_NEAR(after, before, 1e-12 * (1 + fabs(before)));
        for (int k = 0; k < D; k++) {
            u[k] = test_normal();
            norm += u[k] * u[k];
        }
        for (int k = 0; k < D; k++) u[k] = turns ? u[k] / sqrt(norm) : 0;
        reflect(a, N, D, u);
        reflect(b, N, D, u);
        reflect(positives, N * BLOCK, D, u);
        reflect(negatives, N * BLOCK * COUNT, D, u);
        CHECK_OK(evaluate(l, NULL, AKIN_PRECISION_F64, 0, &after));
        CHECK_NEAR(after, before, 20 * FLT_EPSILON * (1 + fabs(before)));
    }
}

/* 600 rows of both views are five groups of one tile. */
static void threads_and_memory_change_no_bit(void **state)
{
    (void)state;
    enum { ROWS = 300, WIDTH = 5 };
    static float x[2 * ROWS * WIDTH], g[4][2 * ROWS * WIDTH], h[2 * ROWS * 3];
    static int32_t y[ROWS];
    for (int i = 0; i < 2 * ROWS * WIDTH; i++) x[i] = (float)test_normal();
    for (int i = 0; i < 2 * ROWS * 3; i++) h[i] = (float)test_normal();
    for (int i = 0; i < ROWS; i++) y[i] = i % 7;
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        if (l->needs & AKIN_LOSS_TRIPLES) continue;
        for (int p = 0; p < 3; p++) {
            double value[4];
            static const int threads[] = { 1, 2, 8, 3 };
            for (int t = 0; t < 4; t++) {
                akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
                akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
                batch.precision = (akin_precision)p;
                batch.a = (akin_cmat){ x, ROWS, WIDTH, WIDTH };
                batch.b = (akin_cmat){ x + ROWS * WIDTH, ROWS, WIDTH, WIDTH };
                batch.features = (akin_cmat){ h, 2 * ROWS, 3, 3 };
                batch.labels = y;
                grads.a = (akin_mat){ g[t], ROWS, WIDTH, WIDTH };
                grads.b = (akin_mat){ g[t] + ROWS * WIDTH, ROWS, WIDTH, WIDTH };
                akin_set_threads(threads[t]);
                /* The last time with room to keep all similarities. */
                const size_t least = akin_loss_scratch_bytes(l, NULL, &batch, 0);
                const size_t bytes = akin_loss_scratch_bytes(l, NULL, &batch, t == 3 ? 1 << 26 : 0);
                const unsigned own =
                    AKIN_LOSS_COLUMNS | AKIN_LOSS_TARGETS | AKIN_LOSS_LINKS | AKIN_LOSS_VALUES;
                const bool keeps = p != AKIN_PRECISION_BF16 && !(l->needs & own);
                CHECK(t == 3 && keeps ? bytes > least : bytes >= least);
                void *scratch = malloc(bytes);
                akin_arena arena;
                akin_arena_init(&arena, scratch, bytes);
                CHECK_OK(akin_loss_eval(l, NULL, &batch, &arena, &value[t], &grads, &err));
                free(scratch);
                if (memcmp(&value[t], &value[0], sizeof *value) || memcmp(g[t], g[0], sizeof g[0]))
                    print_error("%s, %s, %d threads\n", l->name, akin_precision_name((akin_precision)p),
                                threads[t]);
                CHECK(memcmp(&value[t], &value[0], sizeof *value) == 0);
                CHECK(memcmp(g[t], g[0], sizeof g[0]) == 0);
            }
        }
    }
    akin_set_threads(0);
}

/* Memory: at most 4 N d floats for N rows of both views and 2 MiB a thread. */
static void memory_is_linear(void **state)
{
    (void)state;
    const float any = 0;
    const akin_loss *l = NULL;
    for (int row = 0; (l = akin_loss_at(row)); row++)
        for (int64_t rows = 1 << 12; rows <= 1 << 20; rows *= 4) {
            if (l->needs & (AKIN_LOSS_TRIPLES | AKIN_LOSS_FEATURES)) continue;
            akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
            batch.a = batch.b = (akin_cmat){ &any, rows, 128, 128 };
            const double bytes = (double)akin_loss_scratch_bytes(l, NULL, &batch, 0);
            CHECK_LE(bytes, 4.0 * 2 * (double)rows * 128 * sizeof(float) + 2097152.0 * akin_threads());
        }
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = batch.b = (akin_cmat){ &any, INT32_MAX / 8, INT64_MAX / 4, INT64_MAX / 4 };
    CHECK(akin_loss_scratch_bytes(akin_loss_find("ntxent"), NULL, &batch, 0) == 0);
}

/* Calibration -------------------------------------------------------------------------------------------- */

static akin_calibration calibrate(const akin_loss *l, const akin_loss_params *params, const int64_t *groups)
{
    const akin_loss_batch batch = batch_of(l);
    akin_calibration c = AKIN_CALIBRATION_INIT;
    CHECK_OK(akin_loss_calibrate(l, params, &batch, groups, &c, &err));
    return c;
}

/* What float32 owes of the loss of equal rows, whose cosines are 1. In u = 2^-24, each of the two rows is off
 * by 2 (the inverse of its length, its product), the D products by 1 together, and each of D sums below 1 by
 * 1/2: 5 + D/2. All cosines are off alike. Of most losses a common shift is no matter; `sigmoid` adds up the
 * slopes t/2 of N - 1 strangers and -t/2 of the partner, t = 10. */
static double of_equal_rows(const akin_loss *l, double chance)
{
    const double cosine = ldexp(5 + D / 2.0, -24);
    const double slope = strcmp(l->name, "sigmoid") == 0 ? 10 / 2.0 * (N - 2) : 0;
    return fmax(1e-6 * fmax(1, fabs(chance)), slope * cosine);
}

static void equal_rows_give_chance(void **state)
{
    (void)state;
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        random_batch();
        for (int i = 0; i < N; i++)
            for (int k = 0; k < D; k++) a[i * D + k] = b[i * D + k] = a[k];
        for (int i = 0; i < 2 * N * H; i++) features[i] = (float)(1 + i % H);
        for (int i = 0; i < N * BLOCK * D; i++) positives[i] = a[i % D];
        for (int i = 0; i < N * BLOCK * COUNT * D; i++) negatives[i] = a[i % D];
        double value;
        CHECK_OK(evaluate(l, NULL, AKIN_PRECISION_F32, 0, &value));
        const akin_calibration c = calibrate(l, NULL, NULL);
        const double limit = of_equal_rows(l, c.chance);
        if (!(fabs(value - c.chance) <= limit)) print_error("%s\n", l->name);
        CHECK_NEAR(value, c.chance, limit);
        CHECK(strcmp(akin_loss_verdict(&c, value), "nothing learned") == 0);
        if (c.floor_known && c.floor < c.chance) CHECK_LE(akin_loss_learned(&c, value), 1e-3);
        akin_calibration flat = c; /* no way from where nothing is learned to the floor */
        flat.floor_known = 1;
        flat.permuted_known = 0;
        flat.duplicate_floor = flat.chance;
        CHECK(isnan(akin_loss_learned(&flat, flat.chance - 1)) &&
              isnan(akin_loss_learned(&flat, flat.chance + 1)));
    }
}

/* Centred simplex of `corners` corners, item i at corner i mod corners: columns e_i - mean. */
static void simplex(int64_t items, int64_t corners)
{
    n = items;
    d = corners;
    for (int64_t i = 0; i < items; i++)
        for (int64_t k = 0; k < d; k++)
            a[i * d + k] = b[i * d + k] = (i % corners == k ? 1 : 0) - 1 / (float)corners;
}

static void the_simplex_gives_the_floor(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "ntxent",
        "ntxent temperature=0.1",
        "infonce",
        "infonce symmetric=1 temperature=0.2",
        "dcl",
        "dclw",
        "flatnce",
        "balanced",
        "balanced lambda=0.5 alpha=4",
        "balanced include-positive=1 lambda=0.9",
        "debiased tau-plus=0",
        "hard-negative tau-plus=0",
        "sigmoid",
        "align-uniform",
        "align-uniform weight=3",
    };
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        for (int64_t items = 2; items <= 20; items += 6) {
            simplex(items, items);
            char copy[128], *save;
            snprintf(copy, sizeof copy, "%s", texts[t]);
            const akin_loss *l = akin_loss_find(strtok_r(copy, " ", &save));
            akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
            akin_loss_defaults(l, &params, NULL);
            for (char *word; (word = strtok_r(NULL, " ", &save));) {
                char *equals = strchr(word, '=');
                *equals = 0;
                CHECK_OK(akin_loss_params_set(&params, l, word, equals + 1, &err));
            }
            const double value = value_of(texts[t]);
            const akin_calibration c = calibrate(l, &params, NULL);
            CHECK(c.floor_known);
            if (!(fabs(value - c.floor) <= 1e-5 * fmax(1, fabs(c.floor))))
                print_error("%s, %d items\n", texts[t], (int)items);
            CHECK_NEAR(value, c.floor, 1e-5 * fmax(1, fabs(c.floor)));
            CHECK_NEAR(akin_loss_learned(&c, value), 1, 1e-5);
            CHECK(strcmp(akin_loss_verdict(&c, value), "at the floor") == 0);
        }
    /* Classes at the corners: the floor of the losses with labels. */
    static const char *const labelled[] = { "supcon", "nscl", "supcon temperature=0.5",
                                            "nscl temperature=0.2" };
    for (int t = 0; t < 4; t++) {
        simplex(12, 4);
        for (int i = 0; i < 12; i++) labels[i] = i % 4;
        const double value = value_of(labelled[t]);
        const akin_loss *l = akin_loss_find(t % 2 ? "nscl" : "supcon");
        akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
        akin_loss_defaults(l, &params, NULL);
        if (t == 2) params.temperature = 0.5;
        if (t == 3) params.temperature = 0.2;
        CHECK_NEAR(value, calibrate(l, &params, NULL).floor, 1e-5);
    }
    /* Orthogonal rows: the spectral floor; and a tight frame of 2d rows where n > d. */
    n = d = 6;
    for (int i = 0; i < 36; i++) a[i] = b[i] = i % 7 == 0 ? 1 : 0;
    const akin_loss *spectral = akin_loss_find("spectral");
    CHECK_NEAR(value_of("spectral"), calibrate(spectral, NULL, NULL).floor, 1e-6);
    n = 12;
    for (int i = 0; i < 36; i++) a[36 + i] = b[36 + i] = -a[i];
    CHECK_NEAR(value_of("spectral"), calibrate(spectral, NULL, NULL).floor, 1e-6);
    random_batch();
}

static void copies_raise_the_floor(void **state)
{
    (void)state;
    static const char *const names[] = { "ntxent", "infonce", "dcl", "balanced" };
    int64_t groups[N], alone[N];
    for (int i = 0; i < N; i++) alone[i] = 1000000007LL * i;
    for (int t = 0; t < 4; t++) {
        const akin_loss *l = akin_loss_find(names[t]);
        simplex(20, 5); /* four copies of five items */
        for (int i = 0; i < 20; i++) groups[i] = -3 * (i % 5);
        double value;
        CHECK_OK(evaluate(l, NULL, AKIN_PRECISION_F64, 0, &value));
        const akin_calibration c = calibrate(l, NULL, groups);
        CHECK(c.duplicate_floor > c.floor + 0.01);
        CHECK_NEAR(value, c.duplicate_floor, 1e-6);
        CHECK_NEAR(akin_loss_learned(&c, value), 1, 1e-6);
        /* Without copies the bound is the closed form. */
        CHECK_NEAR(calibrate(l, NULL, alone).duplicate_floor, c.floor, 1e-9 * fmax(1, fabs(c.floor)));
        /* Uneven groups: no batch of that kind is below. */
        for (int i = 0; i < 20; i++) groups[i] = i < 9 ? 7 : i < 12 ? 8 : i;
        const akin_calibration uneven = calibrate(l, NULL, groups);
        CHECK(uneven.duplicate_floor > c.floor);
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 20; i++)
                for (int k = 0; k < 5; k++) {
                    const bool copy = i > 0 && groups[i] == groups[i - 1];
                    a[i * 5 + k] = b[i * 5 + k] = copy ? a[(i - 1) * 5 + k] : (float)test_normal();
                }
            CHECK_OK(evaluate(l, NULL, AKIN_PRECISION_F64, 0, &value));
            CHECK_LE(uneven.duplicate_floor, value);
        }
    }
    random_batch();
}

/* Random batches, clustered or not, never go below a floor. */
static void no_batch_is_below_the_floor(void **state)
{
    (void)state;
    const akin_loss *l = NULL;
    for (int row = 0; (l = akin_loss_at(row)); row++)
        for (int round = 0; round < 10; round++) {
            random_batch();
            n = test_int(2, N);
            d = test_int(2, D);
            if (l->needs & AKIN_LOSS_LABELS)
                for (int i = 0; i < N; i++) labels[i] = i == 0 ? 9 : (int32_t)test_int(0, 3);
            double value;
            CHECK_OK(evaluate(l, NULL, AKIN_PRECISION_F64, 0, &value));
            const akin_calibration c = calibrate(l, NULL, NULL);
            if (!c.floor_known) continue;
            if (!(c.floor <= value + 1e-12)) print_error("%s\n", l->name);
            CHECK_LE(c.floor, value + 1e-9);
            CHECK_LE(c.floor, c.chance + 1e-9);
        }
    random_batch();
}

/* Bad input ---------------------------------------------------------------------------------------------- */

static void degenerate_inputs_get_a_sentence(void **state)
{
    (void)state;
    double value = 5;
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        const bool triples = l->needs & AKIN_LOSS_TRIPLES, columns = l->needs & AKIN_LOSS_COLUMNS,
                   clipped = strcmp(l->name, "spectral") == 0 ||
                             (columns && strcmp(l->name, "matrix-ssl") != 0) ||
                             strcmp(l->name, "rank-n-contrast") == 0;
        for (int precision = 0; precision < 3; precision++) {
            const akin_precision p = (akin_precision)precision;
            random_batch();
            a[3 * D + 7] = NAN;
            CHECK_FAILS(evaluate(l, NULL, p, 0, &value), AKIN_ERR_NUMERIC, "row 3, column 7 of a");
            random_batch();
            (triples ? positives : b)[5 * D + 2] = INFINITY;
            CHECK_FAILS(evaluate(l, NULL, p, 0, &value), AKIN_ERR_NUMERIC, "row 5, column 2 of");
            random_batch();
            if (!triples && !clipped) {
                for (int k = 0; k < D; k++) b[4 * D + k] = 0;
                CHECK_FAILS(evaluate(l, NULL, p, 0, &value), AKIN_ERR_INPUT, "row 4 of b is all zeros");
            }
            random_batch();
            n = 1;
            if (triples || (l->needs & AKIN_LOSS_TARGETS && !columns) || strcmp(l->name, "sigmoid") == 0)
                CHECK_OK(evaluate(l, NULL, p, 0, &value));
            else
                CHECK_FAILS(evaluate(l, NULL, p, 0, &value), AKIN_ERR_SHAPE,
                            columns ? "one item has no spread" : "one item has no negatives");
        }
    }
    random_batch();
    for (int i = 0; i < N; i++) labels[i] = 3;
    CHECK_FAILS(evaluate(akin_loss_find("nscl"), NULL, AKIN_PRECISION_F32, 0, &value), AKIN_ERR_INPUT,
                "no negatives");
    CHECK_OK(evaluate(akin_loss_find("supcon"), NULL, AKIN_PRECISION_F32, 0, &value));
    random_batch();
}

/* Rows of zeros are rows like others where no direction is asked for. */
static void zero_rows_of_spectral(void **state)
{
    (void)state;
    random_batch();
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    double value = 5;
    CHECK_OK(evaluate(akin_loss_find("spectral"), NULL, AKIN_PRECISION_F32, 0, &value));
    CHECK_NEAR(value, 0, 0);
    for (int i = 0; i < N * D; i++) CHECK(ga[i] == 0 && gb[i] == 0);
}

/* AKIN_LOSS_PARAMS_INIT sets nothing, so that one parameter alone may be set: never a silent 0. */
static void parameters_not_set_have_their_defaults(void **state)
{
    (void)state;
    random_batch();
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        akin_loss_params all = AKIN_LOSS_PARAMS_INIT, one = AKIN_LOSS_PARAMS_INIT;
        double whole = 0, partial = 1;
        CHECK_OK(akin_loss_defaults(l, &all, &err));
        CHECK_OK(evaluate(l, &all, AKIN_PRECISION_F64, 0, &whole));
        CHECK_OK(evaluate(l, &one, AKIN_PRECISION_F64, 0, &partial));
        CHECK(whole == partial);
        const akin_opt_desc *o = akin_loss_option_at(l, 0);
        if (!o || strcmp(o->name, "temperature") != 0) continue;
        all.temperature = one.temperature = 0.3;
        CHECK_OK(evaluate(l, &all, AKIN_PRECISION_F64, 0, &whole));
        CHECK_OK(evaluate(l, &one, AKIN_PRECISION_F64, 0, &partial));
        CHECK(whole == partial);
        CHECK(akin_loss_params_get(&one, "beta") == AKIN_LOSS_DEFAULT); /* the caller's struct stays */
        one.temperature = NAN;
        CHECK_FAILS(evaluate(l, &one, AKIN_PRECISION_F64, 0, &partial), AKIN_ERR_RANGE, "temperature is nan");
        CHECK(!akin_loss_option_at(l, 99) && !akin_loss_option_at(l, -1));
    }
}

static void parameters_are_checked(void **state)
{
    (void)state;
    random_batch();
    double value = 5;
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
        akin_loss_defaults(l, &params, NULL);
        CHECK_FAILS(akin_loss_params_set(&params, l, "speed", "1", &err), AKIN_ERR_ARGUMENT,
                    "no parameter --speed");
        const akin_opt_desc *o;
        for (int k = 0; (o = akin_loss_option_at(l, k)); k++) {
            CHECK_FAILS(akin_loss_params_set(&params, l, o->name, "fast", &err),
                        o->type == AKIN_OPT_FLAG ? AKIN_OK : AKIN_ERR_RANGE,
                        o->type == AKIN_OPT_FLAG ? "" : "fast");
            params = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
            akin_loss_defaults(l, &params, NULL);
            if (o->fallback && o->type == AKIN_OPT_REAL)
                CHECK_NEAR(akin_loss_params_get(&params, o->name), ak_strtod(o->fallback, NULL), 0);
        }
        if (isnan(akin_loss_params_get(&params, "temperature")) || params.temperature == 0) continue;
        static const double bad[] = { 0, -0.5, NAN, INFINITY };
        for (int i = 0; i < 4; i++) {
            params.temperature = bad[i];
            CHECK_FAILS(evaluate(l, &params, AKIN_PRECISION_F32, 0, &value), AKIN_ERR_RANGE,
                        "temperature is");
        }
    }
    akin_loss_params choice =
        AKIN_LOSS_PARAMS_INIT; /* a number that names no choice was taken for none at all */
    choice.mode = 4;
    CHECK_FAILS(evaluate(akin_loss_find("difficult"), &choice, AKIN_PRECISION_F32, 0, &value), AKIN_ERR_RANGE,
                "mode is 4; it must be 0 to 3");
    CHECK(value == 5); /* failures write nothing */
    CHECK(isnan(akin_loss_params_get(&(akin_loss_params){ .struct_size = 4 }, "temperature")));
    CHECK(akin_loss_find("ntxentt") == NULL);
}

static void shapes_are_checked(void **state)
{
    (void)state;
    random_batch();
    const akin_loss *l = akin_loss_find("ntxent");
    akin_loss_batch batch = batch_of(l);
    akin_arena arena;
    static unsigned char memory[1 << 22];
    akin_arena_init(&arena, memory, sizeof memory);
    double value;
    batch.b.rows = N - 1;
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_SHAPE, "b is [69,24]");
    batch = batch_of(l);
    batch.a.stride = 3;
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_SHAPE, "stride 3");
    batch = batch_of(l);
    batch.a.rows = INT32_MAX / 4 + 1;
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_SHAPE,
                "rows are more than");
    for (int k = 0; k < 4; k++) { /* blocks and negatives of triples */
        const akin_loss *triples = akin_loss_find("curl-hinge");
        akin_loss_batch odd = batch_of(triples);
        *(k % 2 ? &odd.block : &odd.count) = k < 2 ? 0 : (int64_t)INT32_MAX + 1;
        CHECK_FAILS(akin_loss_eval(triples, NULL, &odd, &arena, &value, NULL, &err), AKIN_ERR_SHAPE,
                    "both must be at least 1");
    }
    batch = batch_of(l);
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    grads.b = (akin_mat){ gb, N, D - 1, D };
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, &grads, &err), AKIN_ERR_SHAPE,
                "gradient of b");
    akin_arena_init(&arena, memory, 4096);
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_NOMEM, "arena");
    CHECK(arena.used == 0);
    batch.labels = NULL;
    batch.features.data = NULL;
    akin_arena_init(&arena, memory, sizeof memory);
    CHECK_FAILS(akin_loss_eval(akin_loss_find("supcon"), NULL, &batch, &arena, &value, NULL, &err),
                AKIN_ERR_ARGUMENT, "label");
    CHECK_FAILS(akin_loss_eval(akin_loss_find("difficult"), NULL, &batch, &arena, &value, NULL, &err),
                AKIN_ERR_ARGUMENT, "features");
    /* A caller of yesterday, who knew only a and b. */
    batch.struct_size = offsetof(akin_loss_batch, labels);
    CHECK_OK(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err));
}

/* A struct of a program built with an older header, followed by bytes that are not the library's. */
#define OLD(type, from, first_unknown)                                                                       \
    union {                                                                                                  \
        type s;                                                                                              \
        unsigned char bytes[sizeof(type)];                                                                   \
    } old;                                                                                                   \
    const size_t known = offsetof(type, first_unknown);                                                      \
    old.s = from;                                                                                            \
    memset(old.bytes + known, 0x5A, sizeof old - known);                                                     \
    old.s.struct_size = (uint32_t)known
#define CHECK_UNTOUCHED                                                                                      \
    for (size_t i = known; i < sizeof old; i++) CHECK(old.bytes[i] == 0x5A)

static void older_callers_are_not_overrun(void **state)
{
    (void)state;
    random_batch();
    static unsigned char memory[1 << 22];
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    const akin_loss *l = akin_loss_find("difficult");
    akin_loss_batch batch = batch_of(l);
    double now = 0, then = 1;
    CHECK_OK(akin_loss_eval(l, NULL, &batch, &arena, &now, NULL, &err));
    {
        OLD(akin_loss_params, (akin_loss_params)AKIN_LOSS_PARAMS_INIT, pos_high);
        CHECK_OK(akin_loss_defaults(l, &old.s, &err));
        CHECK_UNTOUCHED;
        CHECK_NEAR(old.s.temperature, 0.5, 0);
        CHECK(isnan(akin_loss_params_get(&old.s, "pos-high")));
        CHECK_FAILS(akin_loss_params_set(&old.s, l, "pos-high", "0.1", &err), AKIN_ERR_ARGUMENT,
                    "--pos-high");
        CHECK_UNTOUCHED;
        CHECK_OK(akin_loss_eval(l, &old.s, &batch, &arena, &then, NULL, &err));
        CHECK(now == then); /* what the caller does not know has its default */
    }
    {
        akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
        OLD(akin_loss_window, (akin_loss_window)AKIN_LOSS_WINDOW_INIT, other_class);
        grads.window = &old.s;
        CHECK_OK(akin_loss_eval(l, NULL, &batch, &arena, &then, &grads, &err));
        CHECK_UNTOUCHED;
        CHECK(old.s.share > 0);
        old.s.struct_size = 0;
        then = 77;
        CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &then, &grads, &err), AKIN_ERR_ARGUMENT,
                    "not initialised");
        CHECK(then == 77);
    }
    {
        OLD(akin_loss_grads, (akin_loss_grads)AKIN_LOSS_GRADS_INIT, b);
        old.s.a = (akin_mat){ ga, n, d, d };
        CHECK_OK(akin_loss_eval(l, NULL, &batch, &arena, &then, &old.s, &err));
        CHECK_UNTOUCHED;
    }
    {
        OLD(akin_loss_batch, batch, keys);
        CHECK_OK(akin_loss_eval(l, NULL, &old.s, &arena, &then, NULL, &err));
        CHECK(now == then);
    }
    OLD(akin_calibration, (akin_calibration)AKIN_CALIBRATION_INIT, duplicate_floor);
    CHECK_OK(akin_loss_calibrate(l, NULL, &batch, NULL, &old.s, &err));
    CHECK_UNTOUCHED;
    CHECK(old.s.chance > 0);
}

static void structs_that_are_not_initialised_are_refused(void **state)
{
    (void)state;
    random_batch();
    static unsigned char memory[1 << 20];
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    const akin_loss *l = akin_loss_find("ntxent");
    const akin_loss_batch batch = batch_of(l);
    akin_loss_params params = { .temperature = 1 };
    akin_loss_batch no_batch = { .a = { a, n, d, d } };
    akin_loss_grads no_grads = { .a = { ga, n, d, d } };
    akin_calibration no_calibration = { .chance = 3 };
    double value = 5;
    CHECK_FAILS(akin_loss_defaults(l, &params, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_loss_defaults(l, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_loss_eval(l, &params, &batch, &arena, &value, NULL, &err), AKIN_ERR_ARGUMENT,
                "not init");
    CHECK_FAILS(akin_loss_eval(l, NULL, &no_batch, &arena, &value, NULL, &err), AKIN_ERR_ARGUMENT,
                "not init");
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, &no_grads, &err), AKIN_ERR_ARGUMENT,
                "not init");
    CHECK_FAILS(akin_loss_calibrate(l, NULL, &batch, NULL, &no_calibration, &err), AKIN_ERR_ARGUMENT,
                "not initialised");
    const akin_loss copy = *l;
    CHECK_FAILS(akin_loss_eval(&copy, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_ARGUMENT,
                "akin_loss_at()");
    akin_loss_batch odd = batch;
    odd.precision = (akin_precision)9;
    CHECK_FAILS(akin_loss_eval(l, NULL, &odd, &arena, &value, NULL, &err), AKIN_ERR_ARGUMENT, "precision 9");
    CHECK(value == 5 && no_calibration.chance == 3);
    CHECK(!akin_loss_at(-1) && !akin_loss_at(28) && akin_loss_at(27));
}

typedef struct own {
    double factor; /* of the gradient: 1 is right */
    double value;  /* added to the loss */
    akin_status status;
} own;

/* sum sin(z_i) z_i+1 */
static akin_status sines(akin_cmat z, double *value, akin_mat dz, void *ctx, akin_error *e)
{
    const own *o = ctx;
    const int64_t count = z.rows * z.cols;
    CHECK(z.stride == z.cols && dz.stride == z.cols && dz.rows == z.rows && dz.cols == z.cols);
    if (o->status) snprintf(e->message, sizeof e->message, "no");
    *value = o->value;
    for (int64_t i = 0; i < count; i++) dz.data[i] = 0;
    for (int64_t i = 0; i + 1 < count; i++) {
        const double x = (double)z.data[i], y = (double)z.data[i + 1];
        *value += sin(x) * y;
        dz.data[i] += (float)(o->factor * cos(x) * y);
        dz.data[i + 1] += (float)(o->factor * sin(x));
    }
    return o->status;
}

static void an_own_gradient_is_checked(void **state)
{
    (void)state;
    random_batch();
    const float kept = a[5];
    const akin_cmat z = { a, 6, 5, 7 }; /* rows that are not dense */
    static unsigned char memory[1 << 12];
    akin_arena arena;
    akin_arena_init(&arena, memory, akin_loss_fn_check_bytes(z));
    own o = { .factor = 1 };
    double worst = 5;
    CHECK_OK(akin_loss_fn_check(sines, &o, z, &arena, &worst, &err));
    CHECK_LE(worst, 1e-5); /* step^4 / 30 with steps of 1/64, and 6e-8 of a float over the step */
    CHECK(arena.used == 0 && a[5] == kept);
    o.factor = 1.01;
    CHECK_OK(akin_loss_fn_check(sines, &o, z, &arena, &worst, &err));
    CHECK_NEAR(worst, 0.01 / 1.01, 1e-4);
    o.value = NAN;
    CHECK_FAILS(akin_loss_fn_check(sines, &o, z, &arena, &worst, &err), AKIN_ERR_NUMERIC, "not finite");
    o = (own){ .factor = INFINITY };
    CHECK_FAILS(akin_loss_fn_check(sines, &o, z, &arena, &worst, &err), AKIN_ERR_NUMERIC, "gradient");
    o = (own){ .factor = 1, .status = AKIN_ERR_RANGE };
    CHECK_FAILS(akin_loss_fn_check(sines, &o, z, &arena, &worst, &err), AKIN_ERR_RANGE, "no");
    CHECK_FAILS(akin_loss_fn_check(NULL, &o, z, &arena, &worst, &err), AKIN_ERR_ARGUMENT, "NULL");
    akin_arena_init(&arena, memory, 100);
    o.status = AKIN_OK;
    CHECK_FAILS(akin_loss_fn_check(sines, &o, z, &arena, &worst, &err), AKIN_ERR_NOMEM, "scratch");
    CHECK_NEAR(worst, 0.01 / 1.01, 1e-4); /* nothing was written since */
    CHECK(akin_loss_fn_check_bytes((akin_cmat){ a, INT64_MAX, 5, 5 }) == 0);
}

/* A queue of keys: equal rows give chance, keys opposite to the pairs the floor; the gradient to the queries
 * has the same bits whether or not those to positives and keys are asked for; without keys there is nothing
 * to tell from. */
static void keys_alone_are_the_negatives(void **state)
{
    (void)state;
    static const char *const names[] = { "infonce", "ntxent", "dcl" };
    static unsigned char memory[1 << 23];
    static float keys[90 * D], gk[90 * D], alone[N * D];
    for (int t = 0; t < 3; t++) {
        const akin_loss *l = akin_loss_find(names[t]);
        random_batch();
        akin_loss_batch batch = batch_of(l);
        batch.keys = (akin_cmat){ keys, 90, D, D };
        batch.keys_only = 1;
        akin_calibration c = AKIN_CALIBRATION_INIT;
        CHECK_OK(akin_loss_calibrate(l, NULL, &batch, NULL, &c, &err));
        akin_arena arena;
        akin_arena_init(&arena, memory, sizeof memory);
        double value;
        for (int opposite = 0; opposite < 2; opposite++) {
            for (int i = 0; i < N * D; i++) a[i] = b[i] = a[i % D];
            for (int i = 0; i < 90 * D; i++) keys[i] = opposite ? -a[i % D] : a[i % D];
            CHECK_OK(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err));
            const double want = opposite ? c.floor : c.chance;
            CHECK_NEAR(value, want,
                       1e-5 * fmax(1, fabs(want))); /* similarities are right to FLT_EPSILON / t */
        }
        random_batch();
        for (int i = 0; i < 90 * D; i++) keys[i] = (float)test_normal();
        akin_loss_grads all = AKIN_LOSS_GRADS_INIT, queries = AKIN_LOSS_GRADS_INIT;
        all.a = (akin_mat){ ga, N, D, D };
        all.b = (akin_mat){ gb, N, D, D };
        all.keys = (akin_mat){ gk, 90, D, D };
        queries.a = (akin_mat){ alone, N, D, D };
        CHECK_OK(akin_loss_eval(l, NULL, &batch, &arena, &value, &all, &err));
        CHECK_OK(akin_loss_eval(l, NULL, &batch, &arena, &value, &queries, &err));
        CHECK(memcmp(ga, alone, sizeof alone) == 0);
        CHECK_LE(c.floor, value);
        batch.keys.rows = 0;
        CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_ARGUMENT,
                    "keys_only");
    }
}

/* `difficult` keeps a bit a pair where rows are wide enough for that, and makes the windows anew where they
 * are not: here 140 rows of one column, and the same rows with columns of zeros, which add nothing to any
 * product. */
static void windows_kept_or_made_anew_are_the_same(void **state)
{
    (void)state;
    static float narrow[2][N], gradient[2 * N];
    static const char *const MODES[] = { "remove", "margin", "temperature", "combined" };
    const akin_loss *loss = akin_loss_find("difficult");
    for (int round = 0; round < 8; round++) {
        akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
        akin_loss_defaults(loss, &params, NULL);
        CHECK_OK(akin_loss_params_set(&params, loss, "mode", MODES[round % 4], &err));
        if (round >= 4) CHECK_OK(akin_loss_params_set(&params, loss, "one-sided", "1", &err));
        const akin_precision precision = round % 3 ? AKIN_PRECISION_F32 : AKIN_PRECISION_F64;
        double values[2] = { 0, 1 };
        random_batch();
        memcpy(narrow[0], a, sizeof narrow[0]);
        memcpy(narrow[1], b, sizeof narrow[1]);
        d = 1;
        CHECK_OK(evaluate(loss, &params, precision, 0, &values[0]));
        memcpy(gradient, ga, N * sizeof(float));
        memcpy(gradient + N, gb, N * sizeof(float));
        d = D;
        memset(a, 0, sizeof a);
        memset(b, 0, sizeof b);
        for (int i = 0; i < N; i++) {
            a[i * D] = narrow[0][i];
            b[i * D] = narrow[1][i];
        }
        CHECK_OK(evaluate(loss, &params, precision, 0, &values[1]));
        CHECK(values[0] == values[1]);
        for (int i = 0; i < N; i++) {
            CHECK(ga[i * D] == gradient[i]);
            CHECK(gb[i * D] == gradient[N + i]);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities),
        cmocka_unit_test(known_values),
        cmocka_unit_test(rotation_and_order_change_nothing),
        cmocka_unit_test(threads_and_memory_change_no_bit),
        cmocka_unit_test(memory_is_linear),
        cmocka_unit_test(equal_rows_give_chance),
        cmocka_unit_test(the_simplex_gives_the_floor),
        cmocka_unit_test(copies_raise_the_floor),
        cmocka_unit_test(no_batch_is_below_the_floor),
        cmocka_unit_test(degenerate_inputs_get_a_sentence),
        cmocka_unit_test(zero_rows_of_spectral),
        cmocka_unit_test(keys_alone_are_the_negatives),
        cmocka_unit_test(windows_kept_or_made_anew_are_the_same),
        cmocka_unit_test(parameters_not_set_have_their_defaults),
        cmocka_unit_test(parameters_are_checked),
        cmocka_unit_test(shapes_are_checked),
        cmocka_unit_test(an_own_gradient_is_checked),
        cmocka_unit_test(older_callers_are_not_overrun),
        cmocka_unit_test(structs_that_are_not_initialised_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
