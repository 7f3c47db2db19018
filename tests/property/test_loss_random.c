/* SPDX-License-Identifier: Apache-2.0 */
/* Every loss at random settings: rows, width, noise and every parameter drawn, in f32 and bf16, with every
 * instruction set of this machine, against the naive reference in double (ref_loss.h).
 *
 * The whole gradient is looked at, without computing a reference for each number of it: for a direction v of
 * normal numbers, <error, v> has the length of the error as its standard deviation, and <reference, v> is one
 * evaluation in dual numbers. DIRECTIONS of them measure the length to within a factor of two or so; the
 * length of the reference gradient itself is its product with the unit vector along the gradient in double.
 *
 * Limits, relative to the larger of |loss| and 1, and to the length of the gradient, are those of
 * docs/numerics.md: 1e-5 and 1e-4 in f32, 2e-2 in bf16. A window of `difficult` has two ends a row; in float
 * a pair may fall on the other side of one, which moves the gradient by that pair: 1e-2 for it in f32.
 *
 * Instruction sets without bfloat16 products round the rows and multiply as floats: bf16 is tested there
 * too. AKIN_TEST_FULL=1 draws twenty times as many. */
#define REF_MOST_ROWS 1100
#define REF_MOST_COLUMNS 132
#include "kernels/kernels.h"
#include "loss_case.h"

#include <float.h>

enum { DIRECTIONS = 4 };
static double direction[DIRECTIONS + 1][2 * REF_MOST * REF_COLUMNS];
static double slope[DIRECTIONS + 1]; /* of the reference */

static void draw_directions(void)
{
    const int64_t n = values();
    for (int t = 0; t < DIRECTIONS; t++)
        for (int64_t i = 0; i < n; i++) direction[t][i] = test_normal();
    double square = 0;
    library(AKIN_PRECISION_F64);
    for (int64_t i = 0; i < n; i++) square += (double)found[i] * (double)found[i];
    for (int64_t i = 0; i < n; i++) direction[DIRECTIONS][i] = (double)found[i] / (sqrt(square) + DBL_MIN);
}

static double reference(void)
{
    double value = NAN;
    for (int t = 0; t <= DIRECTIONS; t++) {
        c.along = direction[t];
        const dual l = ref_loss(&c);
        slope[t] = l.d;
        value = l.v;
    }
    c.along = NULL;
    return value;
}

/* The length of what is found less the reference, over that of the reference. */
static double relative_error(void)
{
    double squares = 0;
    for (int t = 0; t < DIRECTIONS; t++) {
        double along = 0;
        for (int64_t i = 0; i < values(); i++) along += (double)found[i] * direction[t][i];
        squares += (along - slope[t]) * (along - slope[t]) / DIRECTIONS;
    }
    return sqrt(squares) / (fabs(slope[DIRECTIONS]) + 1e-9);
}

static const char *isa;

static void compare(akin_precision precision, double value, double loss_limit, double gradient_limit)
{
    const double gap = fabs(library(precision) - value) / fmax(1, fabs(value)), error = relative_error();
    if (!(gap <= loss_limit) || !(error <= gradient_limit))
        print_error("%s %s %s: n=%d d=%d t=%g tau=%g beta=%g: loss off by %.2e, gradient by %.2e\n",
                    c.loss->name, akin_precision_name(precision), isa, (int)c.n, (int)c.d, c.p.temperature,
                    c.p.tau_plus, c.p.beta, gap, error);
    CHECK_LE(gap, loss_limit);
    CHECK_LE(error, gradient_limit);
}

static const char *const SETS[] = { "ref", "avx2", "avx512", "avx512bf16" };
enum { N_SETS = sizeof SETS / sizeof *SETS };

static bool have(const char *name)
{
    return setenv("AKIN_ISA", name, 1) == 0 && strcmp(akin_isa(), name) == 0;
}

static void compare_all(void)
{
    have(SETS[0]);
    draw_directions();
    const double value = reference();
    const bool windows = c.loss->needs & AKIN_LOSS_FEATURES;
    for (int s = 0; s < N_SETS; s++) {
        if (!have(isa = SETS[s])) continue;
        compare(AKIN_PRECISION_F32, value, windows ? 1e-3 : 1e-5, windows ? 1e-2 : 1e-4);
        compare(AKIN_PRECISION_BF16, value, 2e-2, 2e-2);
    }
}

static int rounds(int n) { return getenv("AKIN_TEST_FULL") ? 20 * n : n; }

static void every_loss(void **state)
{
    (void)state;
    for (int row = 0; akin_loss_at(row); row++)
        for (int round = 0; round < rounds(3); round++) {
            test_seed++;
            /* of three, one with rows of more than a panel of the engine, and a part */
            const int64_t d =
                round % 3 == 2 ? AK_PANEL + 16 * test_int(0, 3) + test_int(1, 15) : test_int(2, 60);
            const akin_loss *loss = akin_loss_at(row);
            random_case(loss, test_int(2, strcmp(loss->name, "rank-n-contrast") ? 90 : 40), d);
            any_parameters();
            compare_all();
        }
}

/* Items of ten classes, as the features of a trained encoder: negatives of an anchor's own class are as near
 * as its positive, and what the correction leaves of their sum is small. */
static void corrected_losses_keep_their_precision(void **state)
{
    (void)state;
    static const char *const names[] = { "hard-negative", "debiased" };
    static double centre[10][REF_COLUMNS];
    for (int round = 0; round < rounds(2); round++) {
        test_seed++;
        const int64_t n = round < 2 ? 256 : test_int(100, 512), d = round < 2 ? 128 : test_int(16, 128);
        random_case(akin_loss_find(names[round % 2]), n, d);
        const double noise = test_uniform(0.5, 1);
        for (int k = 0; k < 10; k++)
            for (int64_t i = 0; i < d; i++) centre[k][i] = test_normal();
        for (int64_t i = 0; i < n; i++) {
            const double *of = centre[test_int(0, 9)];
            for (int64_t k = 0; k < d; k++) {
                x[i * d + k] = (double)(float)(of[k] + test_normal());
                x[(n + i) * d + k] = (double)(float)(x[i * d + k] + noise * test_normal());
            }
        }
        c.p.temperature = 0.2;
        c.p.tau_plus = 0.1;
        compare_all();
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    for (int s = 0; s < N_SETS; s++)
        if (!have(SETS[s])) print_message("skipped: no %s on this machine\n", SETS[s]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loss),
        cmocka_unit_test(corrected_losses_keep_their_precision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
