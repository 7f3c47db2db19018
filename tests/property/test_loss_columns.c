/* SPDX-License-Identifier: Apache-2.0 */
/* Losses on products of columns (src/loss/columns.h), where products are float and sums go over several
 * pieces: against double, with any number of threads. And their floors, which rows with columns that are
 * orthogonal reach.
 *
 * Limits. A product of columns is off by about FLT_EPSILON times the root of the rows of a piece, at most
 * 16, in each of d terms of a gradient that add up as their root: 1e-5 of the longest row of the gradient. */
#include "akin/loss.h"
#include "akin/tool/program.h"
#include "test.h"

enum { N = 700, D = 150, MOST = N * D };
static float a[MOST], b[MOST], grad[3][2 * MOST];
static akin_error err;

static double evaluate(const akin_loss *loss, int64_t n, int64_t d, akin_precision precision, float *g,
                       double *permuted)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    akin_loss_permuted strangers = AKIN_LOSS_PERMUTED_INIT;
    batch.precision = precision;
    batch.a = (akin_cmat){ a, n, d, d };
    batch.b = (akin_cmat){ b, n, d, d };
    grads.a = (akin_mat){ g, n, d, d };
    grads.b = (akin_mat){ g + n * d, n, d, d };
    grads.permuted = &strangers;
    const size_t bytes = akin_loss_scratch_bytes(loss, NULL, &batch, 0);
    void *memory = malloc(bytes);
    akin_arena arena;
    akin_arena_init(&arena, memory, bytes);
    double value = NAN;
    CHECK_OK(akin_loss_eval(loss, NULL, &batch, &arena, &value, &grads, &err));
    free(memory);
    *permuted = strangers.loss;
    return value;
}

static const char *const NAMES[] = { "vicreg", "barlow", "dimcl", "matrix-ssl" };

static void products_in_float_are_near_those_in_double(void **state)
{
    (void)state;
    for (int64_t i = 0; i < MOST; i++) {
        a[i] = (float)(test_normal() + (i % D ? 0.3 * (double)a[i - 1] : 0)); /* columns are correlated */
        b[i] = a[i] + (float)(0.4 * test_normal());
    }
    for (int l = 0; l < 4; l++) {
        const akin_loss *loss = akin_loss_find(NAMES[l]);
        double permuted[3], value[3], length = 0, gap = 0;
        value[0] = evaluate(loss, N, D, AKIN_PRECISION_F64, grad[0], &permuted[0]);
        for (int t = 1; t < 3; t++) {
            akin_set_threads(t == 1 ? 1 : 3);
            value[t] = evaluate(loss, N, D, AKIN_PRECISION_F32, grad[t], &permuted[t]);
        }
        akin_set_threads(0);
        CHECK(value[1] == value[2] && permuted[1] == permuted[2]);
        CHECK(memcmp(grad[1], grad[2], sizeof grad[1]) == 0);
        CHECK_NEAR(value[1], value[0], 1e-5 * fabs(value[0]));
        CHECK_NEAR(permuted[1], permuted[0], 1e-5 * fabs(permuted[0]));
        CHECK(value[0] < permuted[0]);
        for (int64_t i = 0; i < 2 * N; i++) {
            double of_row = 0, apart = 0;
            for (int64_t k = i * D; k < (i + 1) * D; k++) {
                const double x = (double)grad[0][k], y = (double)grad[1][k] - x;
                of_row += x * x;
                apart += y * y;
            }
            length = fmax(length, of_row);
            gap = fmax(gap, apart);
        }
        CHECK_LE(sqrt(gap / length), 1e-5);
    }
}

/* Seven of the eight columns of a Hadamard matrix, the mean of each being 0. */
static void hadamard(double length)
{
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 7; k++)
            a[i * 7 + k] = b[i * 7 + k] =
                (float)(__builtin_parity((unsigned)(i & (k + 1))) ? -length : length);
}

static void orthogonal_columns_reach_the_floor(void **state)
{
    (void)state;
    for (int l = 0; l < 2; l++) {
        const akin_loss *loss = akin_loss_find(NAMES[l]);
        double permuted;
        hadamard(l ? 300 : 1); /* barlow approaches its floor with their length */
        akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
        batch.a = batch.b = (akin_cmat){ a, 8, 7, 7 };
        akin_calibration means = AKIN_CALIBRATION_INIT;
        CHECK_OK(akin_loss_calibrate(loss, NULL, &batch, NULL, &means, &err));
        CHECK(means.floor_known && means.floor == 0);
        const double value = evaluate(loss, 8, 7, AKIN_PRECISION_F32, grad[0], &permuted);
        CHECK_NEAR(value, 0, 1e-9);
        CHECK(strcmp(akin_loss_verdict(&means, value), "at the floor") == 0);
    }
    /* Fewer rows than columns: no batch of them can be as good. */
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = batch.b = (akin_cmat){ a, 8, 64, 64 };
    akin_calibration means = AKIN_CALIBRATION_INIT;
    CHECK_OK(akin_loss_calibrate(akin_loss_find("barlow"), NULL, &batch, NULL, &means, &err));
    CHECK_NEAR(means.floor, 64 - 1 / (0.995 / 64 + 0.005 / 7), 1e-12);
}

/* Equal rows, and rows that differ along one direction alone, are not at the floor of dimcl, and have a word;
 * columns of a simplex reach it. */
static void dimcl_sees_collapse(void **state)
{
    (void)state;
    enum { ROWS = 64, COLUMNS = 16, SIMPLEX = 8 };
    const akin_loss *loss = akin_loss_find("dimcl");
    akin_loss_params alone = AKIN_LOSS_PARAMS_INIT;
    CHECK_OK(akin_loss_params_set(&alone, loss, "base", "none", &err));
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = batch.b = (akin_cmat){ a, ROWS, COLUMNS, COLUMNS };
    akin_calibration means = AKIN_CALIBRATION_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    akin_loss_permuted strangers = AKIN_LOSS_PERMUTED_INIT;
    grads.a = (akin_mat){ grad[0], ROWS, COLUMNS, COLUMNS };
    grads.permuted = &strangers;
    static unsigned char memory[1 << 22];
    for (int line = 0; line < 2; line++) {
        for (int i = 0; i < ROWS; i++)
            for (int k = 0; k < COLUMNS; k++) a[i * COLUMNS + k] = (float)(k + line * (i % 7) * (k + 1));
        akin_arena arena;
        akin_arena_init(&arena, memory, sizeof memory);
        double value = NAN;
        CHECK_OK(akin_loss_eval(loss, &alone, &batch, &arena, &value, &grads, &err));
        CHECK_OK(akin_loss_calibrate(loss, &alone, &batch, NULL, &means, &err));
        akin_loss_calibration_add(&means, &strangers, ROWS);
        CHECK_NEAR(means.chance, log(2 * COLUMNS - 1), 1e-12);
        CHECK_NEAR(value, means.chance, 1e-5);
        CHECK(akin_loss_learned(&means, value) < 0.01);
        if (!line) CHECK(strcmp(akin_loss_verdict(&means, value), "nothing learned") == 0);
        for (int i = 0; i < ROWS * COLUMNS; i++) CHECK(isfinite(grad[0][i]));
    }
    for (int i = 0; i < ROWS; i++) /* each block of rows is a column's own, and all have one mean */
        for (int k = 0; k < SIMPLEX; k++) a[i * SIMPLEX + k] = i / (ROWS / SIMPLEX) == k ? 1000 : 0;
    batch.a = batch.b = (akin_cmat){ a, ROWS, SIMPLEX, SIMPLEX };
    grads.a = (akin_mat){ grad[0], ROWS, SIMPLEX, SIMPLEX };
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    double value = NAN;
    CHECK_OK(akin_loss_eval(loss, &alone, &batch, &arena, &value, &grads, &err));
    CHECK_OK(akin_loss_calibrate(loss, &alone, &batch, NULL, &means, &err));
    CHECK(means.floor_known);
    CHECK_NEAR(value, means.floor, 1e-5);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_in_float_are_near_those_in_double),
        cmocka_unit_test(orthogonal_columns_reach_the_floor),
        cmocka_unit_test(dimcl_sees_collapse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
