/* SPDX-License-Identifier: Apache-2.0 */
/* Turns of a view: quarters are permutations of its pixels, an angle is the definition in double with the C
 * library's sine, and what chance decides of them is as the header promises. */
#include "akin/tool/augment.h"
#include "test.h"

#include <math.h>

enum { MOST = 40, N = 6000 };
static akin_error err;
static unsigned char memory[1 << 20];
static uint8_t pixels[MOST * MOST * 4], view[MOST * MOST * 4];

static akin_augment_params still(int32_t height, int32_t width)
{
    akin_augment_params p = AKIN_AUGMENT_PARAMS_INIT;
    p.height = p.crop_height = height;
    p.width = p.crop_width = width;
    return p;
}

static void apply(const akin_augment_params *p, int32_t channels)
{
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    const akin_picture picture = { .struct_size = sizeof picture,
                                   .channels = channels,
                                   .height = p->crop_height,
                                   .width = p->crop_width,
                                   .pixels = pixels };
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)test_int(0, 255);
    CHECK_OK(akin_augment_apply(p, &picture, &arena, view, &err));
}

/* One quarter anticlockwise: the last column becomes the first row. */
static void quarters_move_pixels(void **state)
{
    (void)state;
    static const int32_t sides[] = { 1, 2, 7, 32, MOST };
    for (int trial = 0; trial < 60; trial++) {
        const int32_t side = sides[trial % 5], channels = (int32_t[]){ 1, 3, 4 }[trial / 5 % 3];
        akin_augment_params p = still(side, side);
        p.turns = trial / 15;
        apply(&p, channels);
        for (int32_t y = 0; y < side; y++)
            for (int32_t x = 0; x < side; x++) {
                int32_t from_y = y, from_x = x;
                for (int32_t k = 0; k < p.turns; k++) {
                    const int32_t kept = from_y;
                    from_y = from_x;
                    from_x = side - 1 - kept;
                }
                CHECK(memcmp(&view[(y * side + x) * channels], &pixels[(from_y * side + from_x) * channels],
                             (size_t)channels) == 0);
            }
    }
    akin_augment_params p = still(3, 5); /* half a turn of what is not square */
    p.turns = 2;
    apply(&p, 1);
    for (int i = 0; i < 15; i++) CHECK(view[i] == pixels[14 - i]);
}

/* Reflected, with no pixel repeated. */
static double at(int32_t y, int32_t x, int32_t height, int32_t width)
{
    y = y < 0 ? -y : y >= height ? 2 * (height - 1) - y : y;
    x = x < 0 ? -x : x >= width ? 2 * (width - 1) - x : x;
    return pixels[y * width + x];
}

/* A level is off by half for the last rounding, and by 1/256 for that to 1/128. */
static void angles_match_the_definition(void **state)
{
    (void)state;
    for (int trial = 0; trial < 60; trial++) {
        const int32_t height = (int32_t)test_int(12, MOST), width = (int32_t)test_int(height - 2, height + 2);
        akin_augment_params p = still(height, width < MOST ? width : MOST);
        p.crop_width = p.width;
        p.angle = trial < 4 ? (float[]){ 45, -45, 1e-3f, 30 }[trial] : (float)test_uniform(-45, 45);
        apply(&p, 1);
        const double t = (double)p.angle * acos(-1) / 180;
        for (int32_t y = 0; y < p.height; y++)
            for (int32_t x = 0; x < p.width; x++) {
                const double v = y - 0.5 * (p.height - 1), u = x - 0.5 * (p.width - 1);
                const double from_y = 0.5 * (p.height - 1) + v * cos(t) + u * sin(t);
                const double from_x = 0.5 * (p.width - 1) + u * cos(t) - v * sin(t);
                const int32_t row = (int32_t)floor(from_y), column = (int32_t)floor(from_x);
                const double b = from_y - row, a = from_x - column;
                const double want = (1 - b) * ((1 - a) * at(row, column, p.height, p.width) +
                                               a * at(row, column + 1, p.height, p.width)) +
                                    b * ((1 - a) * at(row + 1, column, p.height, p.width) +
                                         a * at(row + 1, column + 1, p.height, p.width));
                CHECK_NEAR(view[y * p.width + x], want, 0.51);
            }
    }
}

/* A small angle turns the same way as a quarter: a bright pixel right of the middle goes up. */
static void both_turn_anticlockwise(void **state)
{
    (void)state;
    akin_augment_params p = still(21, 21);
    akin_arena arena;
    const akin_picture picture = {
        .struct_size = sizeof picture, .channels = 1, .height = 21, .width = 21, .pixels = pixels
    };
    for (int quarter = 0; quarter < 2; quarter++) {
        memset(pixels, 0, sizeof pixels);
        pixels[10 * 21 + 18] = 255;
        p.turns = quarter;
        p.angle = quarter ? 0 : 30;
        akin_arena_init(&arena, memory, sizeof memory);
        CHECK_OK(akin_augment_apply(&p, &picture, &arena, view, &err));
        int brightest = 0;
        for (int i = 0; i < 21 * 21; i++)
            if (view[i] > view[brightest]) brightest = i;
        CHECK(brightest / 21 == (quarter ? 2 : 6) && brightest % 21 == (quarter ? 10 : 17));
    }
}

static void chance_turns_as_often_as_asked(void **state)
{
    (void)state;
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    CHECK_OK(akin_augment_preset("grey-s", &o, &err));
    const akin_augment_opts before = o;
    const akin_picture square = { .struct_size = sizeof square, .channels = 1, .height = 8, .width = 8 };
    const akin_picture wide = { .struct_size = sizeof wide, .channels = 1, .height = 8, .width = 9 };
    int count[4] = { 0 }, steep = 0, positive = 0;
    o.turn_prob = 0.75f;
    o.rotate = 20;
    for (int i = 0; i < N; i++) {
        const akin_view_name name = { .struct_size = sizeof name, .seed = 3, .item = (uint64_t)i };
        akin_augment_params p = AKIN_AUGMENT_PARAMS_INIT, plain = AKIN_AUGMENT_PARAMS_INIT;
        CHECK_OK(akin_augment_draw(&o, &wide, &name, &p, &err));
        CHECK(p.turns == 0 || p.turns == 2);
        CHECK_OK(akin_augment_draw(&o, &square, &name, &p, &err));
        CHECK(p.turns >= 0 && p.turns <= 3 && p.angle >= -20 && p.angle <= 20);
        count[p.turns]++;
        steep += p.angle < -10 || p.angle > 10;
        positive += p.angle > 0;
        CHECK_OK(akin_augment_draw(&before, &square, &name, &plain, &err)); /* and nothing else changes */
        p.turns = 0;
        p.angle = 0;
        CHECK(memcmp(&p, &plain, sizeof p) == 0);
    }
    for (int k = 0; k < 4; k++) CHECK_NEAR(count[k], N / 4.0, 4 * sqrt(N * 0.1875));
    CHECK_NEAR(steep, N / 2.0, 4 * sqrt(N * 0.25));
    CHECK_NEAR(positive, N / 2.0, 4 * sqrt(N * 0.25));
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quarters_move_pixels),
        cmocka_unit_test(angles_match_the_definition),
        cmocka_unit_test(both_turn_anticlockwise),
        cmocka_unit_test(chance_turns_as_often_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
