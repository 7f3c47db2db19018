/* SPDX-License-Identifier: Apache-2.0 */
/* The loss on leading columns too (train/nested.h): value, gradients, permuted partners, slopes and
 * calibration are the means of what each width has by itself. */
#include "train/nested.h"

#include "akin/loss.h"
#include "test.h"

enum { N = 12, D = 10, COUNT = 3 };
static const int64_t WIDTHS[COUNT] = { 10, 3, 7 };
static float z[2 * N * D], gradient[2 * N * D], nested[2 * N * D];
static unsigned char memory[1 << 23];
static akin_error err;

static akin_cmat view(int which, int64_t width) { return (akin_cmat){ z + which * N * D, N, width, D }; }

static ak_trainer trainer_of(const char *loss)
{
    ak_trainer t = { .width = D, .gradient = gradient, .nested = nested, .rows = 2 * N };
    t.set.loss = akin_loss_find(loss);
    t.set.nested = (ak_nested_opts){ 2, { 3, 7 } };
    t.scratch = memory;
    t.scratch_bytes = sizeof memory;
    return t;
}

static void it_is_the_mean_over_the_widths(void **state)
{
    (void)state;
    static const char *const names[] = { "ntxent", "sigmoid", "barlow", "spectral" };
    for (int l = 0; l < 4; l++) {
        ak_trainer t = trainer_of(names[l]);
        for (int i = 0; i < 2 * N * D; i++) z[i] = (float)test_normal() + (i < N * D ? 0 : z[i - N * D]);
        akin_loss_params p = AKIN_LOSS_PARAMS_INIT;
        akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
        akin_loss_permuted permuted = AKIN_LOSS_PERMUTED_INIT;
        akin_calibration level = AKIN_CALIBRATION_INIT;
        double value, slope;
        batch.a = view(0, D);
        batch.b = view(1, D);
        akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
        grads.a = (akin_mat){ gradient, N, D, D };
        grads.b = (akin_mat){ gradient + N * D, N, D, D };
        grads.permuted = &permuted;
        grads.log_scale = &slope;
        CHECK_OK(akin_loss_defaults(t.set.loss, &p, &err));
        CHECK_OK(ak_nested_eval(&t, &p, &batch, &grads, &value, &err));
        CHECK_OK(ak_nested_calibrate(&t, &p, &batch, 0, 1, &level, &err));
        double want[2 * N * D] = { 0 }, sums[4] = { 0 };
        for (int w = 0; w < COUNT; w++) {
            float alone[2 * N * D];
            akin_loss_permuted mine = AKIN_LOSS_PERMUTED_INIT;
            akin_calibration c = AKIN_CALIBRATION_INIT;
            akin_loss_grads g = AKIN_LOSS_GRADS_INIT;
            akin_arena arena;
            double found, of_scale;
            batch.a = view(0, WIDTHS[w]);
            batch.b = view(1, WIDTHS[w]);
            g.a = (akin_mat){ alone, N, WIDTHS[w], D };
            g.b = (akin_mat){ alone + N * D, N, WIDTHS[w], D };
            g.permuted = &mine;
            g.log_scale = &of_scale;
            akin_arena_init(&arena, memory, sizeof memory);
            CHECK_OK(akin_loss_eval(t.set.loss, &p, &batch, &arena, &found, &g, &err));
            CHECK_OK(akin_loss_calibrate(t.set.loss, &p, &batch, NULL, &c, &err));
            for (int64_t i = 0; i < 2 * N; i++)
                for (int64_t k = 0; k < WIDTHS[w]; k++) want[i * D + k] += (double)alone[i * D + k] / COUNT;
            sums[0] += found / COUNT;
            sums[1] += mine.loss / COUNT;
            sums[2] += c.chance / COUNT;
            sums[3] += of_scale / COUNT;
        }
        CHECK_NEAR(value, sums[0], 1e-12);
        CHECK_NEAR(permuted.loss, sums[1], 1e-12);
        CHECK_NEAR(level.chance, sums[2], 1e-12);
        CHECK(isnan(sums[3]) ? isnan(slope) : fabs(slope - sums[3]) < 1e-12);
        for (int i = 0; i < 2 * N * D; i++) CHECK_NEAR((double)gradient[i], want[i], 1e-6);
    }
}

static void a_width_too_large_is_refused(void **state)
{
    (void)state;
    ak_trainer t = trainer_of("ntxent");
    t.set.nested.width[1] = D;
    CHECK_FAILS(ak_nested_prepare(&t, &err), AKIN_ERR_ARGUMENT, "--matryoshka has 10, and the loss reads 10");
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_mean_over_the_widths),
        cmocka_unit_test(a_width_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
