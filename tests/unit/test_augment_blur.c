/* SPDX-License-Identifier: Apache-2.0 */
/* The blur of the preset moco-v2: on an image of one bright line, the spread of what is left is sigma, at any
 * size of view. Measured in the 16-bit pixels between the steps: at sigma 0.1 the neighbours of the line are
 * 0.5 % as bright as it, which 8 bits cannot show. */
#include "akin/tool/augment.h"
#include "base/base.h"
#include "views/augment_canvas.h"
#include "test.h"

enum { MOST = 224, LIGHT = 255 * 128 };
static akin_error err;
static unsigned char memory[8 << 20];

/* Standard deviation of the light around the middle, across a line along y or along x. */
static double spread(int32_t side, bool along_y, double sigma, int32_t size)
{
    akin_arena arena;
    ak_augment_canvas c;
    akin_arena_init(&arena, memory, sizeof memory);
    CHECK(ak_augment_canvas_make(side, side, 1, side, side, &arena, &c));
    for (int64_t i = 0; i < c.pixels; i++)
        c.planes[i] = (along_y ? i % side : i / side) == side / 2 ? LIGHT : 0;
    ak_augment_blur(ak_augment_ops_get(), &c, sigma, size);
    double light = 0, squares = 0;
    for (int32_t i = 0; i < side; i++) {
        const int64_t middle = side / 2, at = along_y ? middle * side + i : i * side + middle;
        const double d = i - side / 2;
        light += c.planes[at];
        squares += d * d * c.planes[at];
    }
    CHECK_NEAR(light, LIGHT, 0.001 * LIGHT);
    return sqrt(squares / light);
}

static void the_spread_is_sigma(void **state)
{
    (void)state;
    for (int32_t side = 16; side <= MOST; side += side < 40 ? 1 : 23)
        for (int step = 0; step < 20; step++) {
            const double sigma = 0.1 + 0.1 * step;
            CHECK_NEAR(spread(side, true, sigma, -1), sigma, 0.02 * sigma);
            CHECK_NEAR(spread(side, false, sigma, -1), sigma, 0.02 * sigma);
        }
    CHECK_NEAR(spread(MOST, true, 20, -1), 20, 0.4);
    /* A tenth of 32 pixels is three taps. */
    CHECK_NEAR(spread(32, true, 2, 3), 0.8, 0.02);
}

static void the_preset_draws_it(void **state)
{
    (void)state;
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    CHECK_OK(akin_augment_preset("moco-v2", &o, &err));
    CHECK(o.blur_size == -1 && o.blur_prob == 0.5f && o.blur_sigma_min == 0.1f && o.blur_sigma_max == 2);
    o.blur_sigma_max = 41;
    CHECK_FAILS(akin_augment_check(&o, &err), AKIN_ERR_RANGE, "at most 40");
    o.blur_sigma_max = 40;
    CHECK_OK(akin_augment_check(&o, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_spread_is_sigma),
        cmocka_unit_test(the_preset_draws_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
