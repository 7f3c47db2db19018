/* SPDX-License-Identifier: Apache-2.0 */
/* Positives by continuous labels: the k-d tree against all distances, draws of the normal step, ties, and how
 * the sampler takes them. */
#include "test.h"
#include "train/by_value.h"
#include "train/sampler.h"

static akin_error err;

enum { MOST = 400 };

static double value[MOST * 5];

static ak_by_value *made(int64_t n, int64_t count, bool whole)
{
    ak_by_value *v = NULL;
    for (int64_t i = 0; i < n * count; i++)
        value[i] = whole ? (double)test_int(0, 3) : test_normal() * (double)(1 + i % count);
    CHECK_OK(ak_by_value_create(value, n, count, &v, &err));
    return v;
}

static double deviation(int64_t n, int64_t count, int64_t k)
{
    double mean = 0, var = 0;
    for (int64_t i = 0; i < n; i++) mean += value[i * count + k] / (double)n;
    for (int64_t i = 0; i < n; i++) var += pow(value[i * count + k] - mean, 2) / (double)n;
    return var > 0 ? sqrt(var) : 1;
}

/* Squared, in deviations, from an item's values moved by noise. */
static double distance(int64_t n, int64_t count, int64_t from, const double *noise, int64_t to)
{
    double sum = 0;
    for (int64_t k = 0; k < count; k++) {
        const double gap = value[from * count + k] - value[to * count + k];
        sum += pow(gap / deviation(n, count, k) + noise[k], 2);
    }
    return sum;
}

static void the_positive_is_nearest_to_the_values_and_the_noise(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        const int64_t n = test_int(2, 60), count = test_int(1, 5);
        const double sigma = round % 3 ? 0.7 : 0;
        ak_by_value *v = made(n, count, round % 4 == 3);
        for (int64_t i = 0; i < n; i++) {
            ak_rng r = ak_rng_at(5, AK_RNG_PAIRS, 2, (uint64_t)i, 2), same = r;
            double noise[5], least = INFINITY;
            for (int64_t k = 0; k < count; k++) noise[k] = sigma * ak_rng_normal(&same);
            for (int64_t j = 0; j < n; j++)
                if (j != i) least = fmin(least, distance(n, count, i, noise, j));
            const int32_t got = ak_by_value_draw(v, &r, (int32_t)i, sigma);
            CHECK(got != i && got >= 0 && got < n);
            CHECK_LE(distance(n, count, i, noise, got), least + 1e-9);
        }
        ak_by_value_free(v);
    }
    ak_by_value *one = made(1, 1, false);
    ak_rng r = ak_rng_at(5, AK_RNG_PAIRS, 0, 0, 2);
    CHECK(ak_by_value_draw(one, &r, 0, 1) == 0);
    ak_by_value_free(one);
}

/* Of 20 items with one value each other one is drawn, as often: 100 of 1900 expected, 5.5 deviations. */
static void of_equally_near_items_one_is_drawn(void **state)
{
    (void)state;
    enum { N = 20, DRAWS = 1900 };
    int count[N] = { 0 };
    ak_by_value *v = NULL;
    for (int i = 0; i < N; i++) value[i] = 7;
    CHECK_OK(ak_by_value_create(value, N, 1, &v, &err));
    for (uint32_t epoch = 0; epoch < DRAWS; epoch++) {
        ak_rng r = ak_rng_at(test_seed, AK_RNG_PAIRS, epoch, 3, 2);
        count[ak_by_value_draw(v, &r, 3, 0.5)]++;
    }
    CHECK(count[3] == 0);
    for (int i = 0; i < N; i++)
        if (i != 3) CHECK(count[i] > 45 && count[i] < 155);
    ak_by_value_free(v);
}

static void the_sampler_draws_partners_by_value(void **state)
{
    (void)state;
    enum { N = 64, BATCH = 16 };
    for (int i = 0; i < N; i++) value[i] = (double)(i / 2); /* two of each */
    ak_sampler_plan plan = { .pairing = AK_PAIR_VALUE,
                             .items = N,
                             .batch = BATCH,
                             .values = value,
                             .value_count = 1,
                             .value_noise = 0,
                             .seed = 9 };
    ak_sampler *s = NULL;
    ak_sampler_memory m;
    CHECK_OK(ak_sampler_create(&plan, &s, &err));
    CHECK(ak_sampler_rows(s) == 2 * BATCH);
    CHECK_OK(ak_sampler_memory_create(s, &m, &err));
    int32_t items[2 * BATCH], again[2 * BATCH];
    for (int64_t step = 0; step < 8; step++) {
        ak_sampler_items(s, &m, step, items);
        for (int i = 0; i < BATCH; i++) CHECK(items[BATCH + i] == (items[i] ^ 1));
    }
    ak_sampler_items(s, &m, 3, items); /* whatever was asked before */
    ak_sampler_items(s, &m, 0, again);
    ak_sampler_items(s, &m, 3, again);
    CHECK(memcmp(items, again, sizeof items) == 0);
    ak_sampler_memory_free(&m);
    ak_sampler_free(s);
    plan.values = NULL;
    CHECK_FAILS(ak_sampler_create(&plan, &s, &err), AKIN_ERR_INPUT, "--value-column");
    plan.values = value;
    plan.value_count = 65;
    CHECK_FAILS(ak_sampler_create(&plan, &s, &err), AKIN_ERR_INPUT, "65 values");
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_positive_is_nearest_to_the_values_and_the_noise),
        cmocka_unit_test(of_equally_near_items_one_is_drawn),
        cmocka_unit_test(the_sampler_draws_partners_by_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
