/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of the pair engine, each table of this machine against plain double: products, the exponential
 * and the logarithm inside the pair operations, order statistics, rows of gradients.
 *
 * Limits. A chain of d multiply-adds is off by at most d FLT_EPSILON/2 of the sum of |terms|. The exponential
 * is right to 2e-7, plus the rounding of its argument, |t| FLT_EPSILON log 2; its weight is one product
 * more. */
#include "kernels/kernels.h"
#include "test.h"

#include <float.h>

static const char *const SETS[] = { "ref", "avx2", "avx512", "avx512bf16" };

/* Run a test body with each instruction set. */
#define FOR_EACH_SET                                                                                         \
    for (int set_ = 0; set_ < 4; set_++)                                                                     \
        if (setenv("AKIN_ISA", SETS[set_], 1) == 0 && strcmp(akin_isa(), SETS[set_]) == 0)

enum { D = 83, DP = 96, NP = 128, EVEN = 84 };

static float x[NP][D];
static float v[NP * DP], bt[NP * D], dz[NP * DP], s[AK_STRIP * AK_LDW], s2[AK_STRIP * AK_LDW];
static uint16_t a16[NP * EVEN], bt16[NP * EVEN], v16[NP * DP], wb[AK_TILE * AK_LDW], wt[AK_TILE * AK_LDW];
static float w[AK_TILE * AK_LDW];

static int64_t at_v(int64_t row, int64_t k)
{
    const int64_t p = k / AK_PANEL, width = p == 0 ? 64 : 32;
    return p * AK_PANEL * NP + row * width + k % AK_PANEL;
}

static void random_rows(bool round)
{
    const int64_t b = ak_kernels()->block;
    memset(v, 0, sizeof v);
    memset(v16, 0, sizeof v16);
    memset(a16, 0, sizeof a16);
    memset(bt16, 0, sizeof bt16);
    for (int i = 0; i < NP; i++)
        for (int k = 0; k < D; k++) {
            const float value = (float)test_normal();
            const uint16_t half = ak_bf16(value);
            x[i][k] = round ? ak_bf16_value(half) : value;
            v[at_v(i, k)] = x[i][k];
            bt[i / b * b * D + k * b + i % b] = x[i][k];
            a16[i * EVEN + k] = half;
            bt16[((i / 64 * (EVEN / 2) + k / 2) * 64 + i % 64) * 2 + k % 2] = half;
            const int64_t p = k / 64, width = p == 0 ? 64 : 32;
            v16[p * 64 * NP + (i / 2 * width + k % 64) * 2 + i % 2] = half;
        }
    for (int i = 0; i < AK_TILE; i++)
        for (int j = 0; j < AK_TILE; j++) {
            const float value = (float)test_uniform(0, 1);
            w[i * AK_LDW + j] = round ? ak_bf16_value(ak_bf16(value)) : value;
        }
}

static void check_similarity(ak_similarity_fn *fn, const void *a, const void *keys)
{
    for (int64_t row = 0; row < NP; row += AK_STRIP)
        for (int64_t key = 0; key < NP; key += AK_PANEL) {
            fn((ak_operand){ a, row, NP }, (ak_operand){ keys, key, NP }, D, s, AK_LDW);
            for (int i = 0; i < AK_STRIP; i++)
                for (int j = 0; j < AK_PANEL; j++) {
                    double sum = 0, size = 0;
                    for (int k = 0; k < D; k++) {
                        const double term = (double)x[row + i][k] * (double)x[key + j][k];
                        sum += term;
                        size += fabs(term);
                    }
                    CHECK_LE(fabs((double)s[i * AK_LDW + j] - sum), D * FLT_EPSILON / 2 * size);
                }
        }
}

static void check_accumulate(ak_accumulate_fn *fn, const void *weights, int64_t si, int64_t sk,
                             const void *rows, bool transposed)
{
    for (int64_t i = 0; i < NP * DP; i++) dz[i] = 0.5f;
    fn(weights, si, sk, (ak_operand){ rows, 0, NP }, DP, dz, 0, NP);
    for (int i = 0; i < AK_TILE; i++)
        for (int k = 0; k < D; k++) {
            double sum = 0.5, size = 0.5;
            for (int j = 0; j < AK_TILE; j++) {
                const double weight = (double)(transposed ? w[j * AK_LDW + i] : w[i * AK_LDW + j]);
                sum += weight * (double)x[j][k];
                size += fabs(weight * (double)x[j][k]);
            }
            CHECK_LE(fabs((double)dz[at_v(i, k)] - sum), AK_TILE * FLT_EPSILON / 2 * size);
        }
}

static void products(void **state)
{
    (void)state;
    FOR_EACH_SET
    {
        const ak_kernels_f32 *f = ak_kernels();
        random_rows(false);
        check_similarity(f->similarity, v, bt);
        check_accumulate(f->accumulate, w, AK_LDW, 1, v, false);
        check_accumulate(f->accumulate, w, 1, AK_LDW, v, true);
        const ak_bf16_kernels *h = ak_kernels_bf16();
        if (!h) continue;
        random_rows(true); /* rounded already: products of bfloat16 are exact in float */
        check_similarity(h->similarity, a16, bt16);
        for (int i = 0; i < AK_TILE; i += AK_STRIP)
            for (int j = 0; j < AK_TILE; j += AK_PANEL)
                h->pack(w + i * AK_LDW + j, wb + i * AK_LDW + j, wt + i * AK_LDW + 2 * j);
        check_accumulate(h->accumulate, wb, AK_LDW / 2, 1, v16, false);
        check_accumulate(h->accumulate, wt, 1, AK_LDW, v16, true);
    }
}

/* s_ik and s_ki are the same bits, or a pair could be in a window one way and not the other. */
static void similarities_are_symmetric(void **state)
{
    (void)state;
    FOR_EACH_SET
    {
        const ak_kernels_f32 *f = ak_kernels();
        random_rows(false);
        f->similarity((ak_operand){ v, 16, NP }, (ak_operand){ bt, 64, NP }, D, s, AK_LDW);
        for (int strip = 64; strip < 128; strip += 16) {
            f->similarity((ak_operand){ v, strip, NP }, (ak_operand){ bt, 0, NP }, D, s2, AK_LDW);
            for (int i = 0; i < 16; i++)
                for (int j = 0; j < 16; j++) CHECK(s2[i * AK_LDW + 16 + j] == s[j * AK_LDW + strip - 64 + i]);
        }
    }
}

/* A strip with one similarity per pair, and sums. */
typedef struct probe {
    ak_strip_f32 strip;
    float row[AK_PARAMS][AK_STRIP], col[AK_PARAMS][AK_PANEL];
    float row_sum[AK_SUMS][AK_STRIP * AK_LANES], col_sum[AK_SUMS][AK_PANEL];
} probe;

static void clear(probe *p)
{
    memset(p, 0, sizeof *p);
    p->strip.s = s;
    p->strip.lds = AK_LDW;
    p->strip.w = s2;
    p->strip.columns = true;
    for (int t = 0; t < AK_PARAMS; t++) {
        p->strip.row[t] = p->row[t];
        p->strip.col[t] = p->col[t];
    }
    for (int t = 0; t < AK_SUMS; t++) {
        p->strip.row_sum[t] = p->row_sum[t];
        p->strip.col_sum[t] = p->col_sum[t];
    }
    for (int i = 0; i < AK_STRIP; i++) p->row[0][i] = 1;
}

static void exponential_is_right_to_2e_7(void **state)
{
    (void)state;
    FOR_EACH_SET
    {
        static probe p;
        double worst = 0;
        for (int round = 0; round < 40; round++) {
            clear(&p);
            p.strip.alpha = 1;
            for (int i = 0; i < AK_STRIP * AK_LDW; i++)
                s[i] = (float)(round < 20 ? test_uniform(-125.9, 1) : test_uniform(-2, 2));
            ak_kernels()->weigh[AK_PAIR_EXP](&p.strip);
            for (int i = 0; i < AK_STRIP; i++)
                for (int j = 0; j < AK_PANEL; j++) {
                    const double want = exp2((double)s[i * AK_LDW + j]);
                    worst = fmax(worst, fabs((double)s2[i * AK_LDW + j] / want - 1));
                }
        }
        CHECK_LE(worst, 2.5e-7);
        clear(&p);
        p.strip.alpha = 1;
        static const float edges[] = { AK_MASKED, -1e38f, -127, -126.001f, -150 };
        for (int j = 0; j < AK_STRIP * AK_LDW; j++) s[j] = edges[j % 5];
        ak_kernels()->weigh[AK_PAIR_EXP](&p.strip);
        for (int i = 0; i < AK_STRIP; i++)
            for (int j = 0; j < AK_PANEL; j++) CHECK(s2[i * AK_LDW + j] == 0);
    }
}

/* softplus and sigmoid keep their relative precision where they are small. */
static void logistic_is_right(void **state)
{
    (void)state;
    FOR_EACH_SET
    {
        static probe p;
        for (int round = 0; round < 20; round++) {
            clear(&p);
            p.strip.alpha = 1;
            for (int i = 0; i < AK_STRIP * AK_LDW; i++) s[i] = AK_MASKED;
            for (int i = 0; i < AK_STRIP; i++)
                s[i * AK_LDW + (5 * i) % AK_PANEL] = (float)test_uniform(-60, 60);
            ak_kernels()->weigh[AK_PAIR_SIGMOID](&p.strip);
            for (int i = 0; i < AK_STRIP; i++) {
                const int64_t at = i * AK_LDW + (5 * i) % AK_PANEL;
                const double z = (double)s[at], limit = 1e-6 + fabs(z) * FLT_EPSILON;
                double sum = 0;
                for (int l = 0; l < AK_LANES; l++) sum += (double)p.row_sum[0][i * AK_LANES + l];
                CHECK_LE(fabs(sum / (fmax(z, 0) + log1p(exp(-fabs(z)))) - 1), limit);
                CHECK_LE(fabs((double)s2[at] * (1 + exp(-z)) - 1), limit);
            }
        }
    }
}

static int descending(const void *a, const void *b)
{
    const float p = *(const float *)a, q = *(const float *)b;
    return (p < q) - (p > q);
}

static void ranks_are_those_of_sorting(void **state)
{
    (void)state;
    enum { MOST = 5000 };
    static float values[MOST], sorted[MOST], scratch[2 * MOST];
    static uint8_t index[MOST];
    FOR_EACH_SET
    for (int round = 0; round < 60; round++) {
        const int64_t n = round < 20 ? test_int(1, 40) : test_int(1, MOST);
        for (int64_t i = 0; i < n; i++) {
            values[i] = (float)test_normal();
            if (round % 4 == 1) values[i] = (float)test_int(0, 3);                   /* many equal */
            if (round % 4 == 2) values[i] = 1 - (float)test_int(0, 2) * 6e-8f;       /* nearly equal */
            if (round % 4 == 3 && i % 100) values[i] = 1e-4f * (float)test_normal(); /* a few far away */
        }
        if (round == 7)
            for (int64_t i = 0; i < n; i++) values[i] = 0.25f;
        memcpy(sorted, values, (size_t)n * sizeof *values);
        qsort(sorted, (size_t)n, sizeof *sorted, descending);
        const int64_t high = test_int(0, n - 1), low = test_int(high, n - 1);
        float out[2];
        ak_kernels()->ranks(values, n, high, low, out, index, scratch);
        CHECK(out[0] == sorted[high]);
        CHECK(out[1] == sorted[low]);
    }
}

/* One bit a pair, made with the limits of the rows and of the columns, and read back by the operation FLAG:
 * its weight is gain or gain2, because e = 1 everywhere. */
static void flags_are_those_of_the_limits(void **state)
{
    (void)state;
    static float low[AK_PANEL], high[AK_PANEL];
    static uint16_t row_flags[AK_PANEL], col_flags[AK_PANEL];
    FOR_EACH_SET
    for (int round = 0; round < 10; round++) {
        static probe p;
        static float c[AK_STRIP * AK_LDW];
        clear(&p);
        for (int i = 0; i < AK_STRIP * AK_LDW; i++) c[i] = (float)test_int(-4, 4); /* often at a limit */
        for (int j = 0; j < AK_PANEL; j++) {
            low[j] = (float)test_int(-4, 4);
            high[j] = (float)test_int(-4, 4);
            p.col[0][j] = 1;
        }
        ak_kernels()->row_flags(c, AK_LDW, low, high, AK_PANEL, row_flags);
        ak_kernels()->col_flags(c, AK_LDW, low, high, AK_PANEL, col_flags);
        memset(s, 0, sizeof s);
        p.strip.row_flags = row_flags;
        p.strip.col_flags = col_flags;
        p.strip.col_stride = AK_STRIP;
        p.strip.gain = 1;
        p.strip.gain2 = 3;
        for (int columns = 0; columns < 2; columns++) {
            p.strip.columns = columns;
            ak_kernels()->weigh[AK_PAIR_FLAG](&p.strip);
            for (int i = 0; i < AK_STRIP; i++)
                for (int j = 0; j < AK_PANEL; j++) {
                    const float x_ij = c[i * AK_LDW + j];
                    const int row = low[i] <= x_ij && x_ij < high[i], col = low[j] <= x_ij && x_ij < high[j];
                    CHECK((row_flags[j] >> i & 1) == row);
                    CHECK((col_flags[j / 16 * 16 + i] >> j % 16 & 1) == col);
                    const float want = (row ? 3.0f : 1.0f) + (columns ? col ? 3.0f : 1.0f : 0.0f);
                    CHECK_LE(fabs((double)(s2[i * AK_LDW + j] - want)), 2.5e-7 * (double)want); /* of e */
                }
        }
    }
}

/* The operations with one reference for all rows and with each row's own agree where the references are the
 * same. */
static void labels_with_one_reference_or_many(void **state)
{
    (void)state;
    static int32_t row_label[AK_STRIP], col_label[AK_PANEL];
    FOR_EACH_SET
    {
        static probe p[2];
        static float weights[2][AK_STRIP * AK_LDW];
        for (int i = 0; i < AK_STRIP * AK_LDW; i++)
            s[i] = i % 37 == 5 ? AK_MASKED : (float)test_uniform(-1, 1);
        for (int i = 0; i < AK_STRIP; i++) row_label[i] = i % 3;
        for (int j = 0; j < AK_PANEL; j++) col_label[j] = j % 4;
        for (int wide = 0; wide < 2; wide++) {
            ak_strip_f32 *q = &p[wide].strip;
            clear(&p[wide]);
            q->alpha = 8;
            q->beta = -8;
            q->row_label = row_label;
            q->col_label = col_label;
            q->w = weights[wide];
            for (int i = 0; i < AK_STRIP; i++) p[wide].row[1][i] = 1, p[wide].row[2][i] = 0.25f;
            for (int j = 0; j < AK_PANEL; j++) p[wide].col[0][j] = 0.5f, p[wide].col[1][j] = 1;
            ak_kernels()->reduce[wide ? AK_PAIR_LABEL_WIDE : AK_PAIR_LABEL](q);
            ak_kernels()->weigh[wide ? AK_PAIR_LABEL_WIDE : AK_PAIR_LABEL](q);
        }
        for (int t = 0; t < 3; t++) /* |alpha (s - 1)| <= 16 is rounded once or twice; 64 terms of a sum */
            for (int j = 0; j < AK_PANEL; j++)
                CHECK_LE(fabs((double)(p[0].col_sum[t][j] - p[1].col_sum[t][j])), 128 * FLT_EPSILON);
        for (int i = 0; i < AK_STRIP; i++)
            for (int j = 0; j < AK_PANEL; j++) {
                const int64_t at = i * AK_LDW + j;
                CHECK_LE(fabs((double)(weights[0][at] - weights[1][at])), 32 * FLT_EPSILON);
                if (s[at] == AK_MASKED) CHECK(weights[0][at] == 0 && weights[1][at] == 0);
            }
    }
}

static void gradient_rows(void **state)
{
    (void)state;
    FOR_EACH_SET
    {
        random_rows(false);
        for (int64_t row = 0; row < 5; row++) {
            float out[D];
            const ak_gradient_row r = { .d = D,
                                        .dp = DP,
                                        .np = NP,
                                        .row = row,
                                        .dz = v,
                                        .x = x[row + 20],
                                        .y = x[row + 40],
                                        .out = out,
                                        .dz_scale = 0.3,
                                        .y_scale = -2,
                                        .scale = 0.7,
                                        .along = 0.01 };
            ak_kernels()->gradient_row(&r);
            double along = 0;
            for (int k = 0; k < D; k++)
                along += (0.3 * (double)x[row][k] - 2 * (double)x[row + 40][k]) * (double)x[row + 20][k];
            for (int k = 0; k < D; k++) {
                const double g = 0.3 * (double)x[row][k] - 2 * (double)x[row + 40][k];
                const double want = 0.7 * (g - 0.01 * along * (double)x[row + 20][k]);
                CHECK_LE(fabs((double)out[k] - want), FLT_EPSILON * (1 + fabs(want)));
            }
        }
    }
}

static void bfloat16_rounds_to_even(void **state)
{
    (void)state;
    CHECK(ak_bf16_value(ak_bf16(1)) == 1);
    CHECK(ak_bf16_value(ak_bf16(1 + 0x1p-8f)) == 1); /* half way: to even */
    CHECK(ak_bf16_value(ak_bf16(1 + 3 * 0x1p-8f)) == 1 + 4 * 0x1p-8f);
    CHECK(ak_bf16_value(ak_bf16(-2.5f)) == -2.5f);
    CHECK(isnan(ak_bf16_value(ak_bf16(NAN))));
    CHECK(isinf(ak_bf16_value(ak_bf16(INFINITY))));
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(similarities_are_symmetric),
        cmocka_unit_test(exponential_is_right_to_2e_7),
        cmocka_unit_test(logistic_is_right),
        cmocka_unit_test(ranks_are_those_of_sorting),
        cmocka_unit_test(flags_are_those_of_the_limits),
        cmocka_unit_test(labels_with_one_reference_or_many),
        cmocka_unit_test(gradient_rows),
        cmocka_unit_test(bfloat16_rounds_to_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
