/* SPDX-License-Identifier: Apache-2.0 */
/* unit/test_copies.c - groups of copies, held against cosines in double: whatever goes is near to what stays
 * for it, what stays is apart, on chains and on random data; and the distance that is suggested.
 *
 * Tolerance. Cosines of D <= 24 products in float: an error of at most some (D + 2) 2^-24 < 2e-6. */
#include "akin/tool/difficulty.h"

#include "akin/base.h"
#include "test.h"

enum { D = 24 };

static akin_cmat mat(const float *x, int64_t n, int64_t d) { return (akin_cmat){ x, n, d, d }; }

static double cosine(const float *a, const float *b, int d)
{
    double ab = 0, aa = 0, bb = 0;
    for (int c = 0; c < d; c++) {
        ab += (double)a[c] * (double)b[c];
        aa += (double)a[c] * (double)a[c];
        bb += (double)b[c] * (double)b[c];
    }
    return ab / sqrt(aa * bb);
}

/* Features of n items on a circle, `step` apart, in an order of their own; with noise where wide > 0. */
static float *circle(int n, double step, double wide, bool shuffled)
{
    float *f = malloc((size_t)n * D * sizeof *f);
    int *at = malloc((size_t)n * sizeof *at);
    for (int i = 0; i < n; i++) at[i] = i;
    for (int i = n - 1; i > 0 && shuffled; i--) {
        const int j = (int)test_int(0, i), t = at[i];
        at[i] = at[j];
        at[j] = t;
    }
    for (int i = 0; i < n; i++)
        for (int c = 0; c < D; c++)
            f[i * D + c] = (float)((c == 0   ? cos(step * at[i])
                                    : c == 1 ? sin(step * at[i])
                                             : 0) +
                                   wide * test_uniform(-0.5, 0.5));
    free(at);
    return f;
}

/* Whatever goes lies within eps of what stays for it, and no two that stay lie within eps of each other;
 * groups do not depend on threads. Returns how many stay. */
static int check_copies(const float *f, int n, double eps)
{
    akin_difficulty_opts o = AKIN_DIFFICULTY_OPTS_INIT;
    const akin_cmat none = { NULL, 0, 0, 0 };
    akin_difficulty *d[2];
    akin_error err;
    int stay = 0;
    o.duplicate = eps;
    for (int k = 0; k < 2; k++) {
        akin_set_threads(1 + 3 * k);
        CHECK_OK(akin_difficulty_begin(mat(f, n, D), NULL, NULL, &o, &d[k], &err));
        CHECK_OK(akin_difficulty_add(d[k], mat(f, n, D), mat(f, n, D), none, none, &err));
        CHECK_OK(akin_difficulty_end(d[k], &err));
    }
    akin_set_threads(0);
    const int64_t *group = akin_difficulty_groups(d[0]);
    CHECK(memcmp(group, akin_difficulty_groups(d[1]), (size_t)n * sizeof *group) == 0);
    for (int i = 0; i < n; i++) {
        stay += group[i] == i;
        CHECK(group[i] <= i && group[group[i]] == group[i]);
        CHECK(group[i] == i || 1 - cosine(f + i * D, f + group[i] * D, D) <= eps + 2e-6);
        for (int j = 0; j < i; j++)
            CHECK(group[i] != i || group[j] != j || 1 - cosine(f + i * D, f + j * D, D) > eps - 2e-6);
    }
    for (int k = 0; k < 2; k++) akin_difficulty_free(d[k]);
    return stay;
}

static void test_copies_keep_their_distance(void **state)
{
    (void)state;
    enum { MANY = 1500 }; /* more than a block of items */
    const int before = akin_threads();
    /* a chain: neighbours are at 1 - cos(0.02) = 2e-4, the ends far apart; one group before, a few now */
    float *chain = circle(MANY, 0.002, 0, false), *mixed = circle(MANY, 0.002, 0, true);
    const int ordered = check_copies(chain, MANY, 3e-4);
    CHECK(ordered == 1 + (MANY - 1) / 13); /* 1 - cos(12 step) <= 3e-4 < 1 - cos(13 step) */
    const int shuffled = check_copies(mixed, MANY, 3e-4);
    CHECK(shuffled > ordered / 2 && shuffled < 2 * ordered);
    free(chain);
    free(mixed);
    for (int k = 0; k < 6; k++) {
        float *f = circle(300 + 211 * k, 0.01 * k, 0.02 * (1 + k), true);
        check_copies(f, 300 + 211 * k, 0.001 * (1 << k));
        free(f);
    }
    akin_set_threads(before);
}

/* Ordinary items are at about one distance from their nearest; copies are much nearer. */
static void test_suggested_distance(void **state)
{
    (void)state;
    enum { MANY = 400, COPIES = 60 };
    float *f = circle(MANY, 0, 1, false);
    akin_difficulty_opts o = AKIN_DIFFICULTY_OPTS_INIT;
    const akin_cmat none = { NULL, 0, 0, 0 };
    akin_difficulty *d = NULL;
    akin_error err;
    for (int i = 0; i < COPIES; i++)
        for (int c = 0; c < D; c++)
            f[(MANY - 1 - i) * D + c] = f[i * D + c] * (1 + 0.001f * (float)(c == i % D));
    o.duplicate = AKIN_DUPLICATE_SUGGESTED;
    CHECK_OK(akin_difficulty_begin(mat(f, MANY, D), NULL, NULL, &o, &d, &err));
    CHECK(isnan(akin_difficulty_spacing(d)) && isnan(akin_difficulty_suggested(d)));
    CHECK_OK(akin_difficulty_add(d, mat(f, MANY, D), mat(f, MANY, D), none, none, &err));
    CHECK_OK(akin_difficulty_end(d, &err));
    CHECK(akin_difficulty_spacing(d) > 0.001);
    CHECK(akin_difficulty_suggested(d) <= akin_difficulty_spacing(d) / 10);
    CHECK(akin_difficulty_suggested(d) > akin_difficulty_spacing(d) / 20);
    int gone = 0;
    for (int i = 0; i < MANY; i++) gone += akin_difficulty_groups(d)[i] != i;
    CHECK(gone == COPIES);
    akin_difficulty_free(d);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_keep_their_distance),
        cmocka_unit_test(test_suggested_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
