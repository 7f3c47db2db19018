/* SPDX-License-Identifier: Apache-2.0 */
/* The transformer in bfloat16: its products against sums in double of numbers that are rounded by themselves,
 * the whole against the double reference, and the promises that float32 keeps.
 *
 * A rounded number is off by up to 2^-9 = 0.2 %, evenly spread by 0.11 %, and a product of two by 0.16 %;
 * a feature passes four products a block, a gradient up to twelve: what is seen is up to 0.5 % and 1.3 % of a
 * tensor's length. */
#include "kernels/kernels.h"
#include "transformer_case.h"

#include <float.h>
#include <sys/wait.h>

static bool can(void) { return strncmp(akin_isa(), "avx512", 6) == 0; }

static const ak_half_ops *table(void)
{
#if defined(__x86_64__)
    return strcmp(akin_isa(), "avx512bf16") == 0 ? &ak_half_avx512bf16 : &ak_half_avx512;
#else
    return NULL;
#endif
}

static double rounded(float x) { return ak_bf16_value(ak_bf16(x)); }

static double low(uint32_t word) { return ak_bf16_value((uint16_t)(word & 0xffff)); }
static double high(uint32_t word) { return ak_bf16_value((uint16_t)(word >> 16)); }

/* Kernels --------------------------------------------------------------------------------------------- */

static void numbers_are_rounded(void **state)
{
    (void)state;
    if (!can()) return;
    enum { ROWS = 5, COLS = 80 };
    float x[ROWS * COLS];
    uint32_t along[ROWS * COLS / 2], across[3 * 64 * 2];
    for (int i = 0; i < ROWS * COLS; i++) x[i] = (float)(test_normal() * pow(10, (double)test_int(-9, 9)));
    x[3] = INFINITY, x[4] = -0.f, x[5] = 1 + 0x1p-8f, x[6] = 1 + 3 * 0x1p-8f, x[7] = FLT_MAX,
    x[8] = -INFINITY;
    table()->along(x, ROWS * COLS, along);
    for (int i = 0; i < ROWS * COLS; i++) {
        const double got = i % 2 ? high(along[i / 2]) : low(along[i / 2]);
        CHECK(got == rounded(x[i]));
    }
    /* Panels of 64 and of 16 columns, 3 pairs of rows. */
    memset(across, 0xff, sizeof across);
    table()->across(x, ROWS, COLS, across, 3 * 64);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < COLS; j++) {
            const uint32_t word = across[j < 64 ? i / 2 * 64 + j : 3 * 64 + i / 2 * 16 + j - 64];
            CHECK((i % 2 ? high(word) : low(word)) == (i < ROWS ? rounded(x[i * COLS + j]) : 0));
        }
    x[0] = NAN, x[17] = -NAN;
    table()->along(x, 32, along);
    CHECK(isnan(low(along[0])) && isnan(high(along[8])) && !isnan(high(along[0])));
}

/* c of rows times a matrix, with a bias, from nothing, and added to what is there. */
static void product_case(int rows, int depth, int cols, int kind)
{
    float *a = calloc((size_t)(rows * depth), sizeof *a), *b = calloc((size_t)(depth * cols), sizeof *b);
    float *bias = calloc((size_t)cols, sizeof *bias), *c = calloc((size_t)(rows * (cols + 16)), sizeof *c);
    uint32_t *ra = calloc((size_t)(rows * depth / 2), sizeof *ra),
             *rb = calloc((size_t)(depth * cols / 2), 4);
    double *want = calloc((size_t)(rows * cols), sizeof *want);
    for (int i = 0; i < rows * depth; i++) a[i] = (float)test_normal();
    for (int i = 0; i < depth * cols; i++) b[i] = (float)test_normal();
    for (int j = 0; j < cols; j++) bias[j] = (float)test_normal();
    for (int i = 0; i < rows * (cols + 16); i++) c[i] = (float)test_normal();
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++) {
            double sum = kind == 2 ? c[i * (cols + 16) + j] : kind == 1 ? bias[j] : 0;
            for (int k = 0; k < depth; k++) sum += rounded(a[i * depth + k]) * rounded(b[k * cols + j]);
            want[i * cols + j] = sum;
        }
    const float beside = c[cols];
    table()->along(a, rows * depth, ra);
    table()->across(b, depth, cols, rb, depth / 2 * AK_HALF_PANEL);
    table()->product(&(ak_half_product){ .rows = rows,
                                         .pairs = depth / 2,
                                         .cols = cols,
                                         .a = ra,
                                         .a_row = depth / 2,
                                         .a_step = 1,
                                         .b = rb,
                                         .b_panel = depth / 2 * AK_HALF_PANEL,
                                         .bias = kind == 1 ? bias : NULL,
                                         .c = c,
                                         .c_row = cols + 16,
                                         .add = kind == 2 });
    for (int i = 0; i < rows; i++) CHECK_LE(distance(c + i * (cols + 16), want + i * cols, cols, 1e-3), 1e-6);
    CHECK(c[cols] == beside);
    free(a), free(b), free(bias), free(c), free(ra), free(rb), free(want);
}

static void products_add_up(void **state)
{
    (void)state;
    if (!can()) return;
    for (int rows = 1; rows <= 13; rows++)
        product_case(rows, 16 * (int)test_int(1, 6), 16 * (int)test_int(1, 9), rows % 3);
    product_case(128, 192, 64, 0);
}

/* The whole ------------------------------------------------------------------------------------------- */

static void half_matches_reference(void **state)
{
    (void)state;
    if (!can()) return;
    feature_limit = 1e-2, gradient_limit = 2.5e-2;
    all_cases(true);
}

/* It is not float32 by another name. */
static void half_is_not_whole(void **state)
{
    (void)state;
    if (!can()) return;
    const int64_t lengths[] = { 9, 4 };
    float kept[2 * 35];
    for (int half = 0; half < 2; half++) {
        test_seed++, test_u64(), test_seed--; /* the same numbers again */
        ak_transformer_opts o = options(32, 2, 2, 9, 9);
        o.half = half;
        subject s = make(o, 2, lengths);
        step(&s);
        if (half) CHECK(memcmp(kept, s.features, sizeof kept) != 0);
        memcpy(kept, s.features, sizeof kept);
        unmake(&s);
    }
}

static void rows_stand_alone(void **state)
{
    (void)state;
    if (!can()) return;
    const int64_t lengths[] = { 65, 3, 0, 70, 64, 1, 33 };
    ak_transformer_opts o = options(96, 2, 3, 9, 70);
    o.half = true;
    subject s = make(o, 7, lengths);
    step(&s);
    float alone[96];
    for (int64_t r = 0; r < s.rows; r++) {
        const int64_t start[2] = { 0, lengths[r] };
        CHECK_OK(ak_transformer_take(s.t, 1, start, false, &err));
        fill(&s, r);
        ak_transformer_forward(s.t, alone, 96);
        CHECK(memcmp(alone, s.features + r * 99, sizeof alone) == 0);
    }
    unmake(&s);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    if (!can()) return;
    const int before = akin_threads();
    const int64_t lengths[] = { 65, 130, 0, 70, 64, 1 };
    float *kept[64] = { 0 };
    for (int threads = 1; threads <= 5; threads += 2) {
        akin_set_threads(threads);
        test_seed++, test_u64(), test_seed--; /* the same numbers again */
        ak_transformer_opts o = options(96, 2, 2, 9, 130);
        o.half = true;
        subject s = make(o, 6, lengths);
        step(&s);
        int64_t n;
        const akin_tensor *t = ak_transformer_tensors(s.t, &n);
        for (int64_t i = 0; i <= n; i++) {
            const float *now = i < n ? t[i].grad : s.features;
            const size_t bytes = sizeof(float) * (size_t)(i < n ? t[i].count : 6 * 99);
            if (threads == 1) kept[i] = memcpy(malloc(bytes), now, bytes);
            CHECK(memcmp(kept[i], now, bytes) == 0);
        }
        unmake(&s);
    }
    akin_set_threads(before);
    for (int i = 0; i < 64; i++) free(kept[i]);
}

/* A NaN in a token is seen in its row's feature, and nowhere else. */
static void nan_is_seen(void **state)
{
    (void)state;
    if (!can()) return;
    const int64_t lengths[] = { 5, 66, 5 };
    for (int64_t at = 5; at < 71; at += 13) {
        ak_transformer_opts o = options(32, 1, 2, 6, 66);
        o.half = true;
        subject s = make(o, 3, lengths);
        s.input[at * 6 + at % 6] = NAN;
        step(&s);
        for (int64_t r = 0; r < 3; r++)
            for (int64_t j = 0; j < 32; j++) CHECK(isnan(s.features[r * 35 + j]) == (r == 1));
        unmake(&s);
    }
}

static void memory_is_told(void **state)
{
    (void)state;
    if (!can()) return;
    ak_transformer_opts o = options(96, 3, 3, 21, 50);
    o.half = true;
    int64_t parameters, macs, bytes, start[65];
    ak_transformer_count(&o, &parameters, &macs, &bytes);
    ak_transformer *t;
    CHECK_OK(ak_transformer_create(&o, &t, &err));
    for (int64_t r = 0; r <= 64; r++) start[r] = 50 * r;
    const int64_t before = ak_transformer_bytes(t);
    CHECK_OK(ak_transformer_take(t, 64, start, true, &err));
    CHECK_NEAR((double)(ak_transformer_bytes(t) - before) / (double)(bytes * 50 * 64), 1, 0.02);
    ak_transformer_free(t);
}

/* As a convolution in bf16 is. */
static void other_processors_are_refused(void **state)
{
    (void)state;
    if (can()) return;
    ak_transformer_opts o = options(32, 1, 2, 6, 6);
    o.half = true;
    ak_transformer *t = NULL;
    CHECK_FAILS(ak_transformer_create(&o, &t, &err), AKIN_ERR_UNSUPPORTED,
                "bf16 needs a processor with AVX-512");
    akin_encoder_opts e = AKIN_ENCODER_OPTS_INIT;
    akin_encoder *enc = NULL;
    e.name = "vit-tiny", e.precision = AKIN_PRECISION_BF16;
    CHECK_FAILS(akin_encoder_create(&e, 2, 8, 8, 1, &enc, &err), AKIN_ERR_UNSUPPORTED, "AVX-512");
}

/* The instruction set is chosen once a process: the others run in processes of their own. */
static int run_with(const char *isa, char *self)
{
    const pid_t child = fork();
    if (child == 0) {
        setenv("AKIN_ISA", isa, 1);
        char *const argv[] = { self, NULL };
        execv("/proc/self/exe", argv);
        _exit(127);
    }
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) != child) return 1;
    return status != 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    int failed = 0;
    if (!getenv("AKIN_ISA")) failed = run_with("avx512", argv[0]) + run_with("avx2", argv[0]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded),
        cmocka_unit_test(products_add_up),
        cmocka_unit_test(half_matches_reference),
        cmocka_unit_test(half_is_not_whole),
        cmocka_unit_test(rows_stand_alone),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(nan_is_seen),
        cmocka_unit_test(memory_is_told),
        cmocka_unit_test(other_processors_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) + failed;
}
