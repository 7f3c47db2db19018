/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of the loss that are learned (train/learned.h): Adam on their logarithm, within their bounds. */
#include "train/learned.h"

#include "akin/loss.h"
#include "test.h"

static akin_error err;

static ak_trainer trainer_of(const char *loss)
{
    ak_trainer t = { .lock = -1 };
    t.set.loss = akin_loss_find(loss);
    t.set.loss_params = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
    CHECK_OK(akin_loss_defaults(t.set.loss, &t.set.loss_params, &err));
    t.set.learn_scale = true;
    t.set.learn_bias = strcmp(loss, "sigmoid") == 0;
    CHECK_OK(ak_learned_prepare(&t, &err));
    return t;
}

/* Adam's first step is the rate, against the sign of the slope, whatever its size. */
static void the_first_step_is_the_rate(void **state)
{
    (void)state;
    ak_trainer t = trainer_of("sigmoid");
    akin_loss_params p = ak_learned_params(&t, 0);
    CHECK_NEAR(p.scale, 10, 1e-5);
    CHECK(p.bias == -10);
    t.learned_slope[0] = 1e-3;
    t.learned_slope[1] = -50;
    ak_learned_step(&t, 0.1);
    p = ak_learned_params(&t, 1);
    CHECK_NEAR(p.scale, 10 * exp(-0.1), 1e-4);
    CHECK_NEAR(p.bias, -9.9, 1e-5);
    ak_learned_release(&t);
}

static void the_factor_stays_in_its_bounds(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        ak_trainer t = trainer_of("ntxent");
        CHECK_NEAR(ak_learned_params(&t, 0).temperature, 0.5, 1e-7);
        t.learned_slope[0] = side ? 1 : -1;
        for (; t.state.step < 300; t.state.step++) ak_learned_step(&t, 0.1);
        CHECK_NEAR(ak_learned_params(&t, 300).temperature, side ? 1 / AK_LEAST_SCALE : 1 / AK_MOST_SCALE,
                   1e-6 / AK_LEAST_SCALE);
        CHECK(ak_learned_params(&t, 300).temperature >= 1e-4);
        ak_learned_release(&t);
    }
}

static void nothing_is_learned_unasked(void **state)
{
    (void)state;
    ak_trainer t = trainer_of("ntxent");
    ak_learned_release(&t);
    t.learned = (akin_tensor){ .data = NULL };
    t.set.learn_scale = false;
    CHECK_OK(ak_learned_prepare(&t, &err));
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    ak_learned_ask(&t, &grads);
    ak_learned_step(&t, 1);
    CHECK(!t.learned.data && !grads.log_scale && !grads.bias);
    CHECK(ak_learned_params(&t, 5).temperature == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_is_the_rate),
        cmocka_unit_test(the_factor_stays_in_its_bounds),
        cmocka_unit_test(nothing_is_learned_unasked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
