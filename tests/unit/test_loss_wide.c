/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of doubles (akin_loss_batch.wide), in every loss and precision.
 *
 *   1. Floats, held in doubles, give the value of the same floats: in f64 to the bit but for the order of
 *      sums (64 DBL_EPSILON), in f32 to the rounding of the rows.
 *   2. In f64 the gradient is that of central differences of the value to 1e-8, which rounding rows to float
 *      would spoil. dclw and dual-temperature have weights that are constants of the gradient: theirs is held
 *      against the gradient of floats.
 *   3. The rows are read and written with their stride, and nothing beside them. */
#include "akin/loss.h"
#include "test.h"

#include <float.h>

enum { N = 21, D = 7, STRIDE = 9, COUNT = 2, ROWS = N * COUNT, PARTS = 4 };

typedef struct rows {
    double wide[PARTS][ROWS * STRIDE], wide_grad[PARTS][ROWS * STRIDE];
    float narrow[PARTS][ROWS * STRIDE], narrow_grad[PARTS][ROWS * STRIDE];
    int32_t labels[N];
} rows; /* parts: a, b (or positives), negatives, features [2n] */

static rows r;
static akin_error err;
static unsigned char memory[64 << 20];

static akin_cmat part(int at, int64_t n, bool wide)
{
    const void *data = r.wide[at];
    return (akin_cmat){ wide ? (const float *)data : r.narrow[at], n, D, STRIDE };
}

static akin_mat grad_part(int at, int64_t n, bool wide)
{
    void *data = r.wide_grad[at];
    return (akin_mat){ wide ? (float *)data : r.narrow_grad[at], n, D, STRIDE };
}

static double evaluate(const akin_loss *loss, akin_precision precision, bool wide, bool want)
{
    const bool triples = loss->needs & AKIN_LOSS_TRIPLES;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    akin_loss_permuted permuted = AKIN_LOSS_PERMUTED_INIT;
    batch.precision = precision;
    batch.wide = wide;
    batch.a = part(0, N, wide);
    *(triples ? &batch.positives : &batch.b) = part(1, N, wide);
    if (triples) batch.negatives = part(2, ROWS, wide), batch.count = COUNT;
    batch.labels = r.labels;
    if (loss->needs & AKIN_LOSS_FEATURES) batch.features = part(3, 2 * N, wide);
    if (want) {
        grads.a = grad_part(0, N, wide);
        *(triples ? &grads.positives : &grads.b) = grad_part(1, N, wide);
        if (triples) grads.negatives = grad_part(2, ROWS, wide);
        grads.permuted = &permuted;
    }
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    double value = NAN;
    CHECK_OK(akin_loss_eval(loss, NULL, &batch, &arena, &value, want ? &grads : NULL, &err));
    if (want) CHECK(isfinite(permuted.loss));
    return value;
}

static void random_rows(bool floats)
{
    for (int p = 0; p < PARTS; p++)
        for (int i = 0; i < ROWS * STRIDE; i++) {
            const double x = test_uniform(-1, 1) + (p == 1 ? r.wide[0][i] : 0);
            r.narrow[p][i] = (float)x;
            r.wide[p][i] = floats ? (double)r.narrow[p][i] : x;
            r.wide_grad[p][i] = 99;
            r.narrow_grad[p][i] = 99;
        }
    for (int i = 0; i < N; i++) r.labels[i] = i % 3;
}

static void floats_in_doubles_are_floats(void **state)
{
    (void)state;
    for (int l = 0; akin_loss_at(l); l++) {
        const akin_loss *loss = akin_loss_at(l);
        random_rows(true);
        for (int precision = AKIN_PRECISION_F32; precision <= AKIN_PRECISION_F64; precision++) {
            const bool exact = precision == AKIN_PRECISION_F64;
            const double want = evaluate(loss, (akin_precision)precision, false, true);
            const double got = evaluate(loss, (akin_precision)precision, true, true);
            /* bf16: the same roundings but where a scaled number is on the edge between two */
            const double limit = exact ? 64 * DBL_EPSILON : precision == AKIN_PRECISION_BF16 ? 1e-2 : 1e-5;
            CHECK_LE(fabs(want - got), limit * fmax(1, fabs(want)));
            for (int p = 0; p < 3; p++)
                for (int i = 0; i < ROWS * STRIDE; i++)
                    CHECK_LE(fabs(r.wide_grad[p][i] - (double)r.narrow_grad[p][i]),
                             precision == AKIN_PRECISION_BF16 ? 1e-2 : 1e-5);
        }
    }
}

static void in_double_the_gradient_is_of_doubles(void **state)
{
    (void)state;
    const double h = 0x1p-17;
    for (int l = 0; akin_loss_at(l); l++) {
        const akin_loss *loss = akin_loss_at(l);
        if (strstr("dclw dual-temperature matrix-ssl", loss->name)) continue;
        random_rows(false);
        evaluate(loss, AKIN_PRECISION_F64, true, true);
        const int parts = loss->needs & AKIN_LOSS_TRIPLES ? 3 : 2;
        for (int probe = 0; probe < 12; probe++) {
            const int p = (int)test_int(0, parts - 1);
            const int64_t at = test_int(0, N - 1) * STRIDE + test_int(0, D - 1);
            const double x = r.wide[p][at];
            r.wide[p][at] = x + h;
            const double up = evaluate(loss, AKIN_PRECISION_F64, true, false);
            r.wide[p][at] = x - h;
            const double down = evaluate(loss, AKIN_PRECISION_F64, true, false);
            r.wide[p][at] = x;
            CHECK_LE(fabs((up - down) / (2 * h) - r.wide_grad[p][at]), 1e-7);
        }
        for (int p = 0; p < parts; p++)
            for (int i = 0; i < ROWS * STRIDE; i++)
                if (i % STRIDE >= D || (p < 2 && i >= N * STRIDE)) CHECK(r.wide_grad[p][i] == 99);
    }
}

static void what_is_not_finite_is_named(void **state)
{
    (void)state;
    for (int l = 0; akin_loss_at(l); l++) {
        const akin_loss *loss = akin_loss_at(l);
        random_rows(false);
        r.wide[0][4 * STRIDE + 5] = NAN;
        akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
        batch.wide = 1;
        batch.a = part(0, N, true);
        batch.b = batch.positives = part(1, N, true);
        batch.negatives = part(2, ROWS, true), batch.count = COUNT;
        batch.labels = r.labels;
        batch.features = part(3, 2 * N, true);
        akin_arena arena;
        akin_arena_init(&arena, memory, sizeof memory);
        CHECK_FAILS(akin_loss_eval(loss, NULL, &batch, &arena, NULL, NULL, &err), AKIN_ERR_NUMERIC,
                    "row 4, column 5 of a");
    }
}

int main(int argc, char **argv)
{
    test_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_in_doubles_are_floats),
        cmocka_unit_test(in_double_the_gradient_is_of_doubles),
        cmocka_unit_test(what_is_not_finite_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
