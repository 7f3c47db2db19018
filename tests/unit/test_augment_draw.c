/* SPDX-License-Identifier: Apache-2.0 */
/* augment: what chance decides, and what options say. The distribution of every drawn number against the one
 * that the header promises, by Kolmogorov-Smirnov over 20000 draws: sqrt(N) D exceeds 2.0 once in 1500 times
 * under the right distribution, and the draws are the same in every run. */
#include "akin/tool/augment.h"
#include "akin/tool/program.h"
#include "views/portable_math.h"
#include "views/view_options.h"
#include "base/plain.h"
#include "test.h"

enum { N = 20000 };
static akin_error err;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sqrt(n) times the largest distance from the uniform distribution on lo..hi; `step` is the rounding of x. */
static double ks(double *x, int n, double lo, double hi, double step)
{
    double worst = 0;
    qsort(x, (size_t)n, sizeof *x, by_value);
    for (int i = 0; i < n; i++) {
        const double u = (x[i] - lo) / (hi - lo);
        worst = fmax(worst, fmax(fabs(u - (double)i / n), fabs(u - (i + 1.0) / n)));
    }
    CHECK(x[0] >= lo - step && x[n - 1] <= hi + step);
    return sqrt(n) * (worst - step / (hi - lo));
}

static akin_picture picture_of(const uint8_t *pixels, int64_t height, int64_t width, int64_t channels)
{
    return (akin_picture){ .struct_size = sizeof(akin_picture),
                           .channels = (int32_t)channels,
                           .height = height,
                           .width = width,
                           .pixels = pixels };
}

static akin_augment_params draw(const akin_augment_opts *o, int64_t height, int64_t width, int64_t channels,
                                uint64_t seed, uint32_t epoch, uint64_t item, uint32_t view)
{
    const akin_view_name name = {
        .struct_size = sizeof(akin_view_name), .epoch = epoch, .seed = seed, .item = item, .view = view
    };
    const akin_picture picture = picture_of(NULL, height, width, channels);
    akin_augment_params p = AKIN_AUGMENT_PARAMS_INIT;
    CHECK_OK(akin_augment_draw(o, &picture, &name, &p, &err));
    return p;
}

static akin_augment_opts preset(const char *name)
{
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    CHECK_OK(akin_augment_preset(name, &o, &err));
    return o;
}

/* A crop of at most half of a square always fits with ratios up to 4/3, so no try is rejected and the promise
 * is exact; 4000 pixels make the rounding of the sides small. */
static void crops_have_the_promised_distribution(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr");
    o.crop_min = 0.2f;
    o.crop_max = 0.5f;
    static double area[N], ratio[N], y[N], x[N];
    for (int i = 0; i < N; i++) {
        const akin_augment_params p = draw(&o, 4000, 4000, 3, 1, 0, (uint64_t)i, 0);
        area[i] = (double)p.crop_height * p.crop_width / 16e6;
        ratio[i] = log((double)p.crop_width / p.crop_height);
        y[i] = (p.crop_y + test_uniform(0, 1)) / (4001 - p.crop_height);
        x[i] = (p.crop_x + test_uniform(0, 1)) / (4001 - p.crop_width);
        CHECK(p.height == 4000 && p.width == 4000);
    }
    CHECK_LE(ks(area, N, (double)0.2f, 0.5, 0.0004),
             2.0); /* sides off by 1/2 of 1500: area by 2/3000 of it */
    CHECK_LE(ks(ratio, N, log(0.75), log(4 / 3.0), 0.0008), 2.0);
    CHECK_LE(ks(y, N, 0, 1, 0), 2.0);
    CHECK_LE(ks(x, N, 0, 1, 0), 2.0);
}

/* Large crops of a square fit only with a ratio near 1, about two times in three; so whole images, the way
 * out after ten tries, come once in ten thousand views. Every place is reached, the edges included. */
static void crops_try_again_and_reach_the_edges(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr-cifar");
    o.crop_min = 0.8f;
    o.crop_max = 0.9f;
    int whole = 0, top = 0, bottom = 0, left = 0, right = 0;
    for (int i = 0; i < N; i++) {
        const akin_augment_params p = draw(&o, 32, 32, 3, 1, 0, (uint64_t)i, 0);
        CHECK(p.crop_y >= 0 && p.crop_x >= 0 && p.crop_y + p.crop_height <= 32 &&
              p.crop_x + p.crop_width <= 32);
        whole += p.crop_height == 32 && p.crop_width == 32;
        top += p.crop_height < 32 && p.crop_y == 0;
        bottom += p.crop_height < 32 && p.crop_y + p.crop_height == 32;
        left += p.crop_width < 32 && p.crop_x == 0;
        right += p.crop_width < 32 && p.crop_x + p.crop_width == 32;
    }
    CHECK(whole < N / 1000);
    CHECK_NEAR((double)top / bottom, 1, 0.15);
    CHECK_NEAR((double)left / right, 1, 0.15);
}

static void factors_have_the_promised_distribution(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr");
    o.blur_prob = 1;
    o.jitter_prob = 1;
    static double brightness[N], contrast[N], saturation[N], hue[N], sigma[N];
    for (int i = 0; i < N; i++) {
        const akin_augment_params p = draw(&o, 32, 32, 3, 1, 0, (uint64_t)i, 1);
        brightness[i] = (double)p.brightness;
        contrast[i] = (double)p.contrast;
        saturation[i] = (double)p.saturation;
        hue[i] = (double)p.hue;
        sigma[i] = (double)p.blur_sigma;
    }
    CHECK_LE(ks(brightness, N, 0.2, 1.8, 1e-6), 2.0);
    CHECK_LE(ks(contrast, N, 0.2, 1.8, 1e-6), 2.0);
    CHECK_LE(ks(saturation, N, 0.2, 1.8, 1e-6), 2.0);
    CHECK_LE(ks(hue, N, -0.2, 0.2, 1e-6), 2.0);
    CHECK_LE(ks(sigma, N, 0.1, 2.0, 1e-6), 2.0);
}

/* Each gate happens as often as asked, and pairs of gates as often as independent ones (five standard
 * errors). */
static void gates_open_as_often_as_asked(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr");
    o.solarize_prob = 0.3f;
    o.erase_prob = 0.6f;
    enum { GATES = 6 };
    const double asked[GATES] = { 0.5, 0.8, 0.2, 0.5, 0.3, 0.6 };
    double hits[GATES] = { 0 }, both[GATES][GATES] = { { 0 } };
    for (int i = 0; i < N; i++) {
        const akin_augment_params p = draw(&o, 32, 32, 3, 4, (uint32_t)i, 7, 0);
        const bool open[GATES] = { p.flip,           p.brightness != 1,           p.gray,
                                   p.blur_sigma > 0, p.solarize_threshold == 128, p.erase_height > 0 };
        for (int a = 0; a < GATES; a++)
            for (int b = 0; b <= a; b++) *(a == b ? &hits[a] : &both[a][b]) += open[a] && open[b];
    }
    for (int a = 0; a < GATES; a++)
        for (int b = 0; b <= a; b++) {
            const double p = a == b ? asked[a] : asked[a] * asked[b];
            CHECK_NEAR((a == b ? hits[a] : both[a][b]) / N, p, 5 * sqrt(p * (1 - p) / N));
        }
}

/* What a gate decides says nothing about the factors: their means agree on both sides (five standard
 * errors). */
static void factors_do_not_depend_on_the_gates(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr");
    o.jitter_prob = 1;
    double sum[2][4] = { { 0 } }, count[2] = { 0 };
    for (int i = 0; i < N; i++) {
        const akin_augment_params p = draw(&o, 32, 32, 3, 1, 0, (uint64_t)i, 3);
        const double x[4] = { ((double)p.brightness - 1) / 0.8, ((double)p.contrast - 1) / 0.8,
                              ((double)p.saturation - 1) / 0.8, (double)p.hue / 0.2 };
        count[p.flip]++;
        for (int k = 0; k < 4; k++) sum[p.flip][k] += x[k];
    }
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < 4; k++)
            CHECK_NEAR(sum[side][k] / count[side], 0, 5 * sqrt(1 / 3.0 / count[side]));
}

static void every_order_is_as_likely(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr-cifar");
    o.jitter_prob = 1;
    int64_t hits[256] = { 0 }, orders = 0;
    for (int i = 0; i < N; i++) {
        const akin_augment_params p = draw(&o, 8, 8, 3, 2, 0, (uint64_t)i, 0);
        CHECK((1 << p.order[0] | 1 << p.order[1] | 1 << p.order[2] | 1 << p.order[3]) == 15);
        hits[p.order[0] << 6 | p.order[1] << 4 | p.order[2] << 2 | p.order[3]]++;
    }
    for (int i = 0; i < 256; i++) {
        if (!hits[i]) continue;
        orders++;
        CHECK_NEAR((double)hits[i] / N, 1 / 24.0, 5 * sqrt(23.0 / 576 / N));
    }
    CHECK(orders == 24);
}

static void erased_boxes_lie_inside_the_view(void **state)
{
    (void)state;
    akin_augment_opts o = preset("none");
    o.erase_prob = 1;
    double total = 0, erased = 0;
    for (int i = 0; i < 2000; i++) {
        const akin_augment_params p = draw(&o, 20, 31, 1, 2, 0, (uint64_t)i, 0);
        CHECK(p.erase_y >= 0 && p.erase_x >= 0 && p.erase_y + p.erase_height <= 20 &&
              p.erase_x + p.erase_width <= 31);
        const double share = p.erase_height * p.erase_width / 620.0;
        CHECK(share == 0 || (share > 0.01 && share < 0.37)); /* asked 0.02 to 0.33, whole pixels */
        total += share;
        erased += share > 0;
    }
    CHECK(erased > 1990);
    CHECK_NEAR(total / erased, 0.175, 0.01); /* uniform on 0.02 to 0.33: a standard error is 0.002 */
}

static void blur_is_a_tenth_of_the_shorter_side(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr");
    o.blur_prob = 1;
    CHECK(draw(&o, 224, 300, 3, 1, 0, 0, 0).blur_size == 23); /* as SimCLR's code: 2 * (22 / 2) + 1 */
    CHECK(draw(&o, 64, 32, 3, 1, 0, 0, 0).blur_size == 3);
    CHECK(draw(&o, 5, 5, 3, 1, 0, 0, 0).blur_size == 3);
    CHECK(draw(&o, 9000, 9000, 3, 1, 0, 0, 0).blur_size == 255);
    o.blur_size = 7;
    CHECK(draw(&o, 224, 224, 3, 1, 0, 0, 0).blur_size == 7);
    o.blur_prob = 0;
    CHECK(draw(&o, 224, 224, 3, 1, 0, 0, 0).blur_sigma == 0);
}

/* No box of ratio 3 or more and nine tenths of the area fits a tall image: the largest allowed, in the
 * centre. */
static void crops_that_cannot_fit_are_centred(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr-cifar");
    o.crop_min = 0.9f;
    o.ratio_min = 3;
    o.ratio_max = 3.3f;
    akin_augment_params p = draw(&o, 100, 10, 3, 1, 0, 0, 0);
    CHECK(p.crop_width == 10 && p.crop_height == 3 && p.crop_x == 0 && p.crop_y == 48);
    o.ratio_min = 0.2f;
    o.ratio_max = 0.25f;
    p = draw(&o, 10, 100, 3, 1, 0, 0, 0);
    CHECK(p.crop_height == 10 && p.crop_width == 2 && p.crop_y == 0 &&
          p.crop_x == 49); /* 2.5, half to even */
    o = preset("none");
    p = draw(&o, 10, 100, 3, 1, 0, 0, 0);
    CHECK(p.crop_height == 10 && p.crop_width == 100 && p.crop_y == 0 && p.crop_x == 0);
}

static void names_that_differ_give_different_views(void **state)
{
    (void)state;
    const akin_augment_opts o = preset("simclr");
    const akin_augment_params base = draw(&o, 64, 64, 3, 7, 3, 5, 1), again = draw(&o, 64, 64, 3, 7, 3, 5, 1);
    CHECK(memcmp(&base.crop_y, &again.crop_y, 4 * sizeof base.crop_y) == 0 && base.hue == again.hue);
    const akin_augment_params other[] = { draw(&o, 64, 64, 3, 8, 3, 5, 1), draw(&o, 64, 64, 3, 7, 4, 5, 1),
                                          draw(&o, 64, 64, 3, 7, 3, 6, 1), draw(&o, 64, 64, 3, 7, 3, 5, 0),
                                          draw(&o, 64, 64, 3, 7, 3, 5 + (1ull << 40), 1) };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        CHECK(memcmp(&other[i].crop_y, &base.crop_y, 4 * sizeof base.crop_y) != 0);
}

/* Changing one part of a recipe leaves the draws of the others as they were. */
static void parts_draw_independently(void **state)
{
    (void)state;
    const akin_augment_opts all = preset("simclr");
    akin_augment_opts less = all;
    less.hue = 0;
    less.flip_prob = 0;
    less.blur_prob = 1;
    akin_augment_opts whole = all;
    whole.crop_min = 1;
    for (int i = 0; i < 200; i++) {
        const akin_augment_params a = draw(&all, 64, 48, 3, 7, 0, (uint64_t)i, 0);
        const akin_augment_params b = draw(&less, 64, 48, 3, 7, 0, (uint64_t)i, 0);
        const akin_augment_params c = draw(&whole, 64, 48, 3, 7, 0, (uint64_t)i, 0);
        CHECK(a.crop_y == b.crop_y && a.crop_x == b.crop_x && a.crop_height == b.crop_height);
        CHECK(a.brightness == b.brightness && a.gray == b.gray && b.hue == 0 && !b.flip);
        CHECK(a.blur_sigma == 0 || a.blur_sigma == b.blur_sigma);
        CHECK(c.flip == a.flip && c.hue == a.hue && c.crop_height == 64);
    }
}

static void own_logarithm_and_exponential_are_accurate(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++) {
        const double x = test_uniform(-40, 40), y = exp2(test_uniform(-20, 20));
        CHECK_NEAR(ak_portable_exp2(x) / exp2(x), 1, 1e-14);
        CHECK_NEAR(ak_portable_log2(y), log2(y), 1e-14 * (1 + fabs(log2(y))));
    }
    CHECK(ak_portable_log2(1) == 0 && ak_portable_exp2(0) == 1);
}

static void presets_are_valid_and_listed(void **state)
{
    (void)state;
    char names[512] = "";
    const ak_augment_preset *p;
    for (int i = 0; (p = ak_augment_preset_at(i)) != NULL; i++) {
        CHECK_OK(akin_augment_check(p->opts, &err));
        CHECK(*p->line && p->paper);
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", *names ? "|" : "", p->name);
    }
    CHECK(strcmp(names, AKIN_AUGMENT_PRESET_NAMES) == 0 && !ak_augment_preset_at(-1));
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    CHECK_FAILS(akin_augment_preset("simclr-cifr", &o, &err), AKIN_ERR_RANGE, "one of none|simclr-cifar");
    o = preset("simclr-cifar"); /* [Chen2020 B.9], and the published code */
    CHECK(o.crop_min == 0.08f && o.crop_max == 1 && o.brightness == 0.4f && o.hue == 0.1f &&
          o.blur_prob == 0);
}

static void flags_reach_their_fields(void **state)
{
    (void)state;
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    int rows = 0;
    const akin_opt_desc *d;
    for (; (d = akin_augment_opt_at(rows)) != NULL; rows++) {
        if (d->type == AKIN_OPT_CHOICE) continue;
        char text[32];
        double got = -1;
        snprintf(text, sizeof text, "%d", (int)ceil(d->min)); /* a whole number is right for both types */
        CHECK_OK(akin_augment_set(&o, d->name, text, &err));
        CHECK_OK(ak_augment_get(&o, d->name, &got, &err));
        CHECK(got == ceil(d->min));
        ak_snprintf(text, sizeof text, "%g", d->max + 1);
        CHECK_FAILS(akin_augment_set(&o, d->name, text, &err), AKIN_ERR_RANGE, d->name);
    }
    CHECK(rows == 27);
    o = preset("none");
    CHECK_OK(akin_augment_set(&o, "crop-min", "0.25", &err));
    CHECK_OK(akin_augment_set(&o, "hue", "0.125", &err));
    CHECK_OK(akin_augment_set(&o, "erase-level", "7", &err));
    CHECK_OK(akin_augment_set(&o, "gamma", "0.5", &err));
    CHECK(o.crop_min == 0.25f && o.hue == 0.125f && o.erase_level == 7 && o.gamma == 0.5f);
    CHECK_OK(akin_augment_set(&o, "augment", "moco-v2", &err));
    CHECK(o.crop_min == 0.2f && o.blur_prob == 0.5f);
    CHECK_FAILS(akin_augment_set(&o, "crop-mim", "0.5", &err), AKIN_ERR_ARGUMENT, "did you mean 'crop-min'");
    CHECK_FAILS(akin_augment_set(&o, "hue", "x", &err), AKIN_ERR_RANGE, "finite number");
}

static akin_status draw_of(const akin_augment_opts *o, int64_t height, int64_t width, int64_t channels,
                           const akin_view_name *name, akin_augment_params *out, akin_error *e)
{
    const akin_picture picture = picture_of(NULL, height, width, channels);
    return akin_augment_draw(o, &picture, name, out, e);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    akin_augment_opts o = preset("simclr-cifar");
    akin_view_name name = { .struct_size = sizeof(akin_view_name), .seed = 1 };
    akin_augment_params p = AKIN_AUGMENT_PARAMS_INIT;
    static uint8_t image[64], out[64];
    const akin_picture picture = picture_of(image, 8, 8, 1);
    static float floats[64];
    static unsigned char memory[1 << 16];
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);

    CHECK_FAILS(draw_of(&o, 0, 8, 1, &name, &p, &err), AKIN_ERR_SHAPE, "1 to 16384");
    CHECK_FAILS(draw_of(&o, 8, 1 << 20, 1, &name, &p, &err), AKIN_ERR_SHAPE, "1048576 wide");
    CHECK_FAILS(draw_of(&o, 8, 8, 2, &name, &p, &err), AKIN_ERR_SHAPE, "1, 3 or 4");
    CHECK_FAILS(draw_of(NULL, 8, 8, 1, &name, &p, &err), AKIN_ERR_ARGUMENT, "opts");
    CHECK(akin_augment_scratch_bytes(&o, 8, 8, 2) == 0);
    name.view = 256;
    CHECK_FAILS(draw_of(&o, 8, 8, 1, &name, &p, &err), AKIN_ERR_RANGE, "below 256");
    name.view = 0;
    name.item = 1ull << 48;
    CHECK_FAILS(draw_of(&o, 8, 8, 1, &name, &p, &err), AKIN_ERR_RANGE, "2^48");
    name.item = 0;

    o.crop_min = 2;
    CHECK_FAILS(akin_augment_check(&o, &err), AKIN_ERR_RANGE, "--crop-min is 2");
    o.crop_min = NAN;
    CHECK_FAILS(akin_augment_check(&o, &err), AKIN_ERR_RANGE, "--crop-min is nan");
    o.crop_min = 0.5f;
    o.crop_max = 0.25f;
    CHECK_FAILS(akin_augment_check(&o, &err), AKIN_ERR_RANGE, "--crop-min is 0.5, above --crop-max, 0.25");
    o = preset("simclr-cifar");
    o.blur_size = 4;
    CHECK_FAILS(akin_augment_check(&o, &err), AKIN_ERR_RANGE, "odd");
    o.struct_size = 0;
    CHECK_FAILS(akin_augment_check(&o, &err), AKIN_ERR_ARGUMENT, "not initialised");

    o = preset("simclr-cifar");
    const akin_augment_images images = {
        .struct_size = sizeof images, .pixels = image, .count = 1, .height = 8, .width = 8, .channels = 1
    };
    akin_augment_wanted w = { .struct_size = sizeof w, .n = 1, .name = &name };
    const int32_t one = 1, none = -1, first = 0;
    w.items = &one;
    w.n = 1;
    w.mean = NULL;
    w.std = NULL;
    CHECK_FAILS(akin_augment_batch(&o, &images, &w, &arena, floats, &err), AKIN_ERR_RANGE,
                "items[0] is 1; there are 1 images");
    w.items = &none;
    w.n = 1;
    w.mean = NULL;
    w.std = NULL;
    CHECK_FAILS(akin_augment_batch(&o, &images, &w, &arena, floats, &err), AKIN_ERR_RANGE, "items[0] is -1");
    const float zero = 0, nan = NAN;
    w.items = &first;
    w.n = 1;
    w.mean = &nan;
    w.std = NULL;
    CHECK_FAILS(akin_augment_batch(&o, &images, &w, &arena, floats, &err), AKIN_ERR_RANGE, "mean[0] is nan");
    w.items = &first;
    w.n = 1;
    w.mean = NULL;
    w.std = &zero;
    CHECK_FAILS(akin_augment_batch(&o, &images, &w, &arena, floats, &err), AKIN_ERR_RANGE, "std[0] is 0");
    w.items = &first;
    w.n = 0;
    w.mean = NULL;
    w.std = NULL;
    CHECK_OK(akin_augment_batch(&o, &images, &w, &arena, floats, &err));

    p = draw(&o, 8, 8, 1, 1, 0, 0, 0);
    akin_augment_params bad = p;
    bad.crop_x = 8;
    CHECK_FAILS(akin_augment_apply(&bad, &picture, &arena, out, &err), AKIN_ERR_RANGE, "leaves the image");
    bad = p;
    bad.brightness = NAN;
    CHECK_FAILS(akin_augment_apply(&bad, &picture, &arena, out, &err), AKIN_ERR_RANGE, "brightness is nan");
    bad = p;
    bad.blur_size = 2;
    CHECK_FAILS(akin_augment_apply(&bad, &picture, &arena, out, &err), AKIN_ERR_RANGE, "odd");
    bad = p;
    bad.erase_height = 9;
    CHECK_FAILS(akin_augment_apply(&bad, &picture, &arena, out, &err), AKIN_ERR_RANGE, "leaves the view");
    bad = p;
    bad.order[2] = bad.order[1];
    CHECK_FAILS(akin_augment_apply(&bad, &picture, &arena, out, &err), AKIN_ERR_RANGE, "order");
    bad = p;
    bad.turns = 4;
    CHECK_FAILS(akin_augment_apply(&bad, &picture, &arena, out, &err), AKIN_ERR_RANGE, "quarters of a turn");
    bad.turns = 1;
    bad.width++; /* not square */
    CHECK_FAILS(akin_augment_apply(&bad, &picture, &arena, out, &err), AKIN_ERR_RANGE,
                "where it is not square");
    bad = p;
    bad.angle = 46;
    CHECK_FAILS(akin_augment_apply(&bad, &picture, &arena, out, &err), AKIN_ERR_RANGE, "the angle is 46");
    akin_arena_init(&arena, memory, 512);
    CHECK_FAILS(akin_augment_apply(&p, &picture, &arena, out, &err), AKIN_ERR_NOMEM, "needs");
    CHECK(arena.used == 0);
}

/* An older caller knows fewer fields: none is written beyond what it has, and none read. */
static void older_callers_are_served(void **state)
{
    (void)state;
    struct {
        akin_augment_params p;
        unsigned char after[16];
    } guarded;
    const akin_augment_opts o = preset("grey-s");
    const akin_view_name name = { .struct_size = sizeof(akin_view_name), .seed = 1 };
    akin_augment_params whole = AKIN_AUGMENT_PARAMS_INIT;
    CHECK_OK(draw_of(&o, 28, 28, 1, &name, &whole, &err));
    memset(&guarded, 0xa5, sizeof guarded);
    guarded.p.struct_size = offsetof(akin_augment_params, gamma);
    CHECK_OK(draw_of(&o, 28, 28, 1, &name, &guarded.p, &err));
    CHECK(memcmp(&guarded.p.height, &whole.height, offsetof(akin_augment_params, gamma) - sizeof(uint32_t)) ==
          0);
    CHECK(guarded.after[0] == 0xa5 && ((unsigned char *)&guarded.p.gamma)[0] == 0xa5);
    static uint8_t image[28 * 28], out[28 * 28], bent[28 * 28];
    static unsigned char memory[1 << 18];
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    const akin_picture picture = picture_of(image, 28, 28, 1);
    for (int i = 0; i < 28 * 28; i++) image[i] = (uint8_t)i;
    CHECK_OK(akin_augment_apply(&guarded.p, &picture, &arena, out, &err)); /* as if gamma were 0 */
    whole.gamma = 0;
    CHECK_OK(akin_augment_apply(&whole, &picture, &arena, bent, &err));
    CHECK(memcmp(out, bent, sizeof out) == 0);
    guarded.p.struct_size = 0;
    CHECK_FAILS(draw_of(&o, 28, 28, 1, &name, &guarded.p, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_augment_apply(&guarded.p, &picture, &arena, out, &err), AKIN_ERR_ARGUMENT,
                "not initialised");
}

/* The promised scratch is enough for whatever is drawn, also where crops shrink by uneven factors. */
static void promised_scratch_suffices(void **state)
{
    (void)state;
    for (int trial = 0; trial < 200; trial++) {
        akin_augment_opts o = preset("simclr");
        o.crop_min = 0.01f;
        o.ratio_min = 0.2f;
        o.ratio_max = 5;
        o.height = (int32_t)test_int(0, 40);
        o.width = (int32_t)test_int(0, 40);
        const int64_t h = test_int(1, 90), w = test_int(1, 90);
        const size_t bytes = akin_augment_scratch_bytes(&o, h, w, 3);
        uint8_t *image = calloc((size_t)(h * w * 3), 1), out[90 * 90 * 3];
        void *memory = malloc(bytes + 64);
        akin_arena arena;
        akin_arena_init(&arena, memory, bytes + 64);
        for (uint32_t view = 0; view < 4; view++) {
            const akin_view_name name = {
                .struct_size = sizeof(akin_view_name), .seed = 1, .item = (uint64_t)trial, .view = view
            };
            const akin_picture picture = picture_of(image, h, w, 3);
            CHECK_OK(akin_augment_view(&o, &picture, &name, &arena, out, &err));
        }
        free(memory);
        free(image);
    }
}

static void bench_reports_a_rate(void **state)
{
    (void)state;
    const akin_augment_opts o = preset("grey-s");
    akin_augment_speed speed = AKIN_AUGMENT_SPEED_INIT;
    CHECK_OK(akin_augment_bench(&o, 28, 28, 1, 0, &speed, &err));
    CHECK(speed.views_per_s > 0 && speed.lower <= speed.views_per_s && speed.views_per_s <= speed.upper &&
          speed.batches >= 5);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crops_have_the_promised_distribution),
        cmocka_unit_test(crops_try_again_and_reach_the_edges),
        cmocka_unit_test(factors_have_the_promised_distribution),
        cmocka_unit_test(gates_open_as_often_as_asked),
        cmocka_unit_test(factors_do_not_depend_on_the_gates),
        cmocka_unit_test(every_order_is_as_likely),
        cmocka_unit_test(erased_boxes_lie_inside_the_view),
        cmocka_unit_test(blur_is_a_tenth_of_the_shorter_side),
        cmocka_unit_test(crops_that_cannot_fit_are_centred),
        cmocka_unit_test(names_that_differ_give_different_views),
        cmocka_unit_test(parts_draw_independently),
        cmocka_unit_test(own_logarithm_and_exponential_are_accurate),
        cmocka_unit_test(presets_are_valid_and_listed),
        cmocka_unit_test(flags_reach_their_fields),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(older_callers_are_served),
        cmocka_unit_test(promised_scratch_suffices),
        cmocka_unit_test(bench_reports_a_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
