/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of the loss along a schedule: ends to the bit, the two ways between, and chance and floor over
 * an interval. */
#include "train/anneal.h"

#include "test.h"

static akin_error err;

static void ends_and_ways(void **state)
{
    (void)state;
    ak_anneal a = { .opts.on = true, .steps = 1001 };
    for (int way = 0; way < 2; way++) {
        a.opts.cosine = way;
        CHECK(ak_anneal_at(&a, 0.3, 7.7, 0) == 0.3);
        CHECK(ak_anneal_at(&a, 0.3, 7.7, 1000) == 7.7);
        CHECK(ak_anneal_at(&a, 0.3, 7.7, 5000) == 7.7);
        CHECK_NEAR(ak_anneal_at(&a, 0.3, 7.7, 500), 4, 1e-12);
        CHECK(ak_anneal_at(&a, 2, 2, 333) == 2);
        for (int64_t s = 0; s < 1000; s++) {
            const double now = ak_anneal_at(&a, 9, 1, s), next = ak_anneal_at(&a, 9, 1, s + 1);
            CHECK_LE(next, now); /* downwards too, without turning back */
            /* the second half mirrors the first; a few roundings of numbers below 10 */
            CHECK_NEAR(now + ak_anneal_at(&a, 9, 1, 1000 - s), 10, 1e-13);
        }
    }
    a.opts.cosine = false;
    CHECK_NEAR(ak_anneal_at(&a, 0, 10, 250), 2.5, 1e-12);
    a.opts.cosine = true;
    CHECK_NEAR(ak_anneal_at(&a, 0, 10, 250), 10 * (1 - sqrt(0.5)) / 2, 1e-12);
    a.steps = 1; /* a run of one step has no way to go */
    CHECK(ak_anneal_at(&a, 0.3, 7.7, 0) == 0.3);
}

static void a_wave_comes_back(void **state)
{
    (void)state;
    const akin_loss *loss = akin_loss_find("ntxent");
    akin_loss_params begin = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &begin, NULL);
    const ak_anneal a = { { .on = true, .wave = true, .temperature_end = 0.1 },
                          .steps = 1000,
                          .period = 200 };
    for (int64_t s = 0; s < 1000; s += 50) {
        const double now = ak_anneal_params(&a, &begin, s).temperature;
        CHECK_NEAR(now, s % 200 == 0 ? 0.5 : s % 200 == 100 ? 0.1 : 0.3, 1e-12);
    }
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    static const float any = 0;
    batch.a = batch.b = (akin_cmat){ &any, 8, 4, 4 };
    akin_calibration whole = AKIN_CALIBRATION_INIT, low = AKIN_CALIBRATION_INIT, high = AKIN_CALIBRATION_INIT;
    CHECK_OK(ak_anneal_calibrate(&a, loss, &begin, &batch, 0, 200, &whole, &err));
    CHECK_OK(ak_anneal_calibrate(&a, loss, &begin, &batch, 100, 1, &low, &err));
    CHECK_OK(ak_anneal_calibrate(&a, loss, &begin, &batch, 0, 1, &high, &err));
    CHECK(low.floor < whole.floor && whole.floor < high.floor);
}

static void only_alpha_and_lambda_change(void **state)
{
    (void)state;
    const akin_loss *loss = akin_loss_find("balanced");
    akin_loss_params begin = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &begin, NULL);
    begin.constant = 0.5;
    ak_anneal a = { { .on = true, .alpha_end = 12, .lambda_end = 0.5 }, .steps = 11 };
    const akin_loss_params now = ak_anneal_params(&a, &begin, 5);
    CHECK_NEAR(now.alpha, 7, 1e-12);
    CHECK_NEAR(now.lambda, 0.75, 1e-12);
    CHECK(now.constant == 0.5 && now.struct_size == begin.struct_size);
    a.opts.on = false;
    const akin_loss_params same = ak_anneal_params(&a, &begin, 5);
    CHECK(same.alpha == 2 && same.lambda == 1);
}

/* chance of a step = lambda - 1 + (lambda/alpha) log(2n - 2), docs/losses.md */
static void levels_follow_the_schedule(void **state)
{
    (void)state;
    const akin_loss *loss = akin_loss_find("balanced");
    akin_loss_params begin = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &begin, NULL);
    const ak_anneal a = { { .on = true, .cosine = true, .alpha_end = 9, .lambda_end = 2 }, .steps = 2000 };
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = batch.b = (akin_cmat){ NULL, 100, 16, 16 };
    akin_calibration mean = AKIN_CALIBRATION_INIT;
    CHECK_OK(ak_anneal_calibrate(&a, loss, &begin, &batch, 40, 10, &mean, &err));
    double chance = 0, floor = 0;
    for (int64_t s = 40; s < 50; s++) {
        akin_calibration one = AKIN_CALIBRATION_INIT;
        CHECK_OK(ak_anneal_calibrate(&a, loss, &begin, &batch, s, 1, &one, &err));
        const akin_loss_params p = ak_anneal_params(&a, &begin, s);
        CHECK_NEAR(one.chance, p.lambda - 1 + p.lambda / p.alpha * log(198), 1e-12);
        chance += one.chance / 10;
        floor += one.floor / 10;
        CHECK_NEAR(ak_anneal_level(&one, one.chance), 0, 1e-15);
        CHECK_NEAR(ak_anneal_level(&one, one.floor), -1, 1e-15);
    }
    CHECK(mean.floor_known && mean.duplicate_floor == mean.floor);
    CHECK_NEAR(mean.chance, chance, 1e-12);
    CHECK_NEAR(mean.floor, floor, 1e-12);
    /* A long interval is looked at in 256 places at most: 8 steps apart, on a way of 2000 that bends slowly.
     * The mean of left ends is off by half a place times the slope, 4/2000 of the whole change: 0.8 % of it
     * leaves room. */
    akin_calibration all = AKIN_CALIBRATION_INIT, first = all, last = all;
    CHECK_OK(ak_anneal_calibrate(&a, loss, &begin, &batch, 0, 2000, &all, &err));
    CHECK_OK(ak_anneal_calibrate(&a, loss, &begin, &batch, 0, 1, &first, &err));
    CHECK_OK(ak_anneal_calibrate(&a, loss, &begin, &batch, 1999, 1, &last, &err));
    double each = 0;
    for (int64_t s = 0; s < 2000; s++) {
        const akin_loss_params p = ak_anneal_params(&a, &begin, s);
        each += (p.lambda - 1 + p.lambda / p.alpha * log(198)) / 2000;
    }
    CHECK_NEAR(all.chance, each, 0.008 * fabs(first.chance - last.chance));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_and_ways),
        cmocka_unit_test(a_wave_comes_back),
        cmocka_unit_test(only_alpha_and_lambda_change),
        cmocka_unit_test(levels_follow_the_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
