/* SPDX-License-Identifier: Apache-2.0 */
/* augment: pixels. Each operation against its definition in double, with real weights, real luma and the
 * textbook RGB-HSV-RGB; the reference shares no code with the library and keeps real numbers where the
 * library keeps 1/128 of a level. Every instruction set must then give the same bytes as plain C.
 *
 * Tolerances are in levels and count half a level for the final rounding. What the library adds before, with
 * u = 1/128 the unit of its planes:
 *   enlarging, per axis   u/2 rounding, and a fraction cut to 2^-15: 255 * 2^-15 = u            1.5 u
 *   shrinking, per axis   u/2 rounding; weights rounded to 2^-15, sum kept: 127.5 taps 2^-15    u/2 +
 *                         taps/256
 *   factor f              rounded to 2^-16 of 1, value cut down: 255 * 2^-16 + u                1.5 u
 *   contrast, saturation  the same twice, and the luma (3 cuts of u/2, one of u)                5 u
 *   hue                   channels to 1/16 (1/32 off each) and the turn to 2^-14: see ref_hue   0.27 */
#include "akin/tool/augment.h"
#include "test.h"

#include <xxhash.h>

enum { SIDE = 80 };
static akin_error err;
static const double U = 1 / 128.0;

/* Images and calls --------------------------------------------------------------------------------------- */

typedef struct image {
    int64_t height, width, channels;
    uint8_t *pixels; /* exactly as long as it must be, so that a sanitizer sees one byte more */
} image;

/* Noise, patches of one colour, and a few extremes: every branch of the hue, and saturated channels. */
static image random_image(int64_t height, int64_t width, int64_t channels)
{
    image im = { height, width, channels, malloc((size_t)(height * width * channels)) };
    for (int64_t i = 0; i < height * width; i++) {
        const int64_t kind = test_int(0, 7);
        for (int64_t c = 0; c < channels; c++) {
            uint8_t *p = &im.pixels[i * channels + c];
            *p = (uint8_t)(kind == 0 ? 255 * test_int(0, 1) : kind == 1 && c ? p[-1] : test_int(0, 255));
        }
    }
    return im;
}

static akin_picture picture_of(const uint8_t *pixels, int64_t height, int64_t width, int64_t channels)
{
    return (akin_picture){ .struct_size = sizeof(akin_picture),
                           .channels = (int32_t)channels,
                           .height = height,
                           .width = width,
                           .pixels = pixels };
}

static akin_augment_params still(const image *im)
{
    const akin_augment_params p = { .struct_size = sizeof(akin_augment_params),
                                    .height = (int32_t)im->height,
                                    .width = (int32_t)im->width,
                                    .crop_height = (int32_t)im->height,
                                    .crop_width = (int32_t)im->width,
                                    .order = { 0, 1, 2, 3 },
                                    .brightness = 1,
                                    .contrast = 1,
                                    .saturation = 1,
                                    .blur_size = 1,
                                    .solarize_threshold = 256 };
    return p;
}

static uint8_t *apply(const akin_augment_params *p, const image *im)
{
    enum { SCRATCH = 4 << 20 };
    static unsigned char memory[SCRATCH];
    memset(memory, (int)test_int(0, 255), 200000); /* what scratch holds must not matter */
    akin_arena arena;
    akin_arena_init(&arena, memory, SCRATCH);
    uint8_t *out = malloc((size_t)(p->height * p->width * im->channels));
    const akin_picture picture = picture_of(im->pixels, im->height, im->width, im->channels);
    CHECK_OK(akin_augment_apply(p, &picture, &arena, out, &err));
    CHECK(arena.used == 0);
    return out;
}

/* The reference
 * ------------------------------------------------------------------------------------------- */

/* Output q of an axis: the weight of input i, from the definition; sums to 1. */
static void triangle(int in, int out, int q, double *weight)
{
    const double step = (double)in / out, wide = step > 1 ? step : 1, centre = (q + 0.5) * step;
    double sum = 0;
    for (int i = 0; i < in; i++) {
        const double d = fabs(i + 0.5 - centre) / wide;
        weight[i] = d < 1 ? 1 - d : 0;
        sum += weight[i];
    }
    for (int i = 0; i < in; i++) weight[i] /= sum;
}

/* out [height,width,channels], real levels */
static double *ref_resize(const akin_augment_params *p, const image *im)
{
    double *out = calloc((size_t)(p->height * p->width * im->channels), sizeof *out);
    double down[SIDE], across[SIDE];
    for (int y = 0; y < p->height; y++) {
        triangle(p->crop_height, p->height, y, down);
        for (int x = 0; x < p->width; x++) {
            triangle(p->crop_width, p->width, p->flip ? p->width - 1 - x : x, across);
            for (int i = 0; i < p->crop_height; i++)
                for (int j = 0; j < p->crop_width && down[i] > 0; j++)
                    for (int64_t c = 0; c < im->channels; c++)
                        out[(y * p->width + x) * im->channels + c] +=
                            down[i] * across[j] *
                            im->pixels[((p->crop_y + i) * im->width + p->crop_x + j) * im->channels + c];
        }
    }
    return out;
}

static double resize_error(const akin_augment_params *p)
{
    const int in[2] = { p->crop_height, p->crop_width }, out[2] = { p->height, p->width };
    double e = 0;
    for (int a = 0; a < 2; a++)
        e += in[a] <= out[a] ? 1.5 * U : U / 2 + (2 * ceil(1.0 * in[a] / out[a]) + 1) / 256;
    return e;
}

static double cut(double v) { return v < 0 ? 0 : v > 255 ? 255 : v; }
static double ref_luma(const double *v) { return 0.299 * v[0] + 0.587 * v[1] + 0.114 * v[2]; }

/* RGB to HSV, turn, back  [Smith1978]. Between the planes where two channels are equal a result is linear in
 *                         the
 * channels: m + (difference of two) + (number in -2..2) * C, so an error e in each becomes at most 7 e. */
static void ref_hue(double *v, double turn)
{
    const double r = v[0] / 255, g = v[1] / 255, b = v[2] / 255;
    const double most = fmax(r, fmax(g, b)), c = most - fmin(r, fmin(g, b)), s = most > 0 ? c / most : 0;
    double h = 0;
    if (c > 0) {
        if (most == r)
            h = fmod((g - b) / c + 6, 6) / 6;
        else if (most == g)
            h = ((b - r) / c + 2) / 6;
        else
            h = ((r - g) / c + 4) / 6;
    }
    h = h + turn - floor(h + turn);
    const int sector = (int)floor(h * 6) % 6;
    const double f = h * 6 - floor(h * 6);
    const double p = most * (1 - s), q = most * (1 - s * f), t = most * (1 - s * (1 - f));
    const double table[6][3] = { { most, t, p }, { q, most, p }, { p, most, t },
                                 { p, q, most }, { t, p, most }, { most, p, q } };
    for (int k = 0; k < 3; k++) v[k] = 255 * table[sector][k];
}

/* The jitter and the greyscale on real levels; returns the bound on the library's error, given its error
 * before. */
static double ref_colour(const akin_augment_params *p, double *v, int64_t pixels, int64_t channels, double e)
{
    const int colours = channels >= 3 ? 3 : 1;
    for (int o = 0; o < 4; o++) {
        const double f[4] = { (double)p->brightness, (double)p->contrast, (double)p->saturation,
                              (double)p->hue };
        double mean = 0;
        for (int64_t i = 0; i < pixels; i++)
            mean += (colours == 3 ? ref_luma(v + i * channels) : v[i]) / (double)pixels;
        for (int64_t i = 0; i < pixels; i++) {
            double *x = v + i * channels;
            const double luma = colours == 3 ? ref_luma(x) : x[0];
            if (p->order[o] == 3 && colours == 3) ref_hue(x, f[3]);
            for (int k = 0; k < colours; k++) {
                if (p->order[o] == 0) x[k] = cut(x[k] * f[0]);
                if (p->order[o] == 1) x[k] = cut(mean + (x[k] - mean) * f[1]);
                if (p->order[o] == 2 && colours == 3) x[k] = cut(luma + (x[k] - luma) * f[2]);
            }
        }
        const int kind = p->order[o];
        if (kind == 0) e = e * f[0] + (f[0] == 1 ? 0 : 1.5 * U);
        if (kind == 1 || (kind == 2 && colours == 3))
            e = e * (f[kind] + fabs(1 - f[kind])) + (f[kind] == 1 ? 0 : 5 * U);
        if (kind == 3 && colours == 3 && p->hue != 0) e = 7 * e + 0.27;
    }
    for (int64_t i = 0; i < pixels && p->gray && colours == 3; i++) {
        double *x = v + i * channels;
        x[0] = x[1] = x[2] = ref_luma(x);
    }
    return p->gray && colours == 3 ? e + 2 * U : e;
}

/* Errors of many pixels. */
typedef struct tally {
    double n, squares, sum;
} tally;

/* No pixel is further off than rounding and `limit`. */
static void compare(const uint8_t *got, const double *want, int64_t n, double limit, tally *all)
{
    double worst = 0;
    for (int64_t i = 0; i < n; i++) {
        const double d = got[i] - want[i];
        worst = fabs(d) > worst || isnan(d) ? fabs(d) : worst;
        all->squares += d * d;
        all->sum += d;
    }
    all->n += (double)n;
    CHECK_LE(worst, 0.5 + limit);
}

/* Rounding a number to the nearest level is off by 1/sqrt(12) = 0.2887 in the root mean square, and by
 * nothing in the mean, which over 10^5 pixels is known to 0.001; cutting down in 1/128 costs a few times
 * 0.004 of it. */
static void check_tally(const tally *all, double most)
{
    CHECK_LE(sqrt(all->squares / all->n), most);
    CHECK_LE(fabs(all->sum / all->n), 0.02);
}

/* The tests
 * ------------------------------------------------------------------------------------------------ */

static const int64_t CHANNELS[3] = { 1, 3, 4 };

static void random_box(akin_augment_params *p, const image *im)
{
    p->crop_height = (int32_t)test_int(1, im->height);
    p->crop_width = (int32_t)test_int(1, im->width);
    p->crop_y = (int32_t)test_int(0, im->height - p->crop_height);
    p->crop_x = (int32_t)test_int(0, im->width - p->crop_width);
    p->flip = test_int(0, 1);
}

static void crops_match_the_definition(void **state)
{
    (void)state;
    tally all = { 0 };
    for (int trial = 0; trial < 150; trial++) {
        image im = random_image(test_int(1, SIDE), test_int(1, SIDE), CHANNELS[trial % 3]);
        akin_augment_params p = still(&im);
        random_box(&p, &im);
        if (trial % 2) {
            p.height = (int32_t)test_int(1, 70);
            p.width = (int32_t)test_int(1, 70);
        }
        uint8_t *got = apply(&p, &im);
        double *want = ref_resize(&p, &im);
        compare(got, want, p.height * p.width * im.channels, resize_error(&p), &all);
        free(im.pixels);
        free(got);
        free(want);
    }
    check_tally(&all, 0.295);
}

static void identity_parameters_change_nothing(void **state)
{
    (void)state;
    for (int trial = 0; trial < 60; trial++) {
        image im = random_image(test_int(1, SIDE), test_int(1, SIDE), CHANNELS[trial % 3]);
        akin_augment_params p = still(&im);
        uint8_t *got = apply(&p, &im);
        CHECK(memcmp(got, im.pixels, (size_t)(im.height * im.width * im.channels)) == 0);
        p.flip = true;
        uint8_t *back = apply(&p, &im);
        for (int64_t y = 0; y < im.height; y++)
            for (int64_t x = 0; x < im.width; x++)
                CHECK(memcmp(back + (y * im.width + x) * im.channels,
                             im.pixels + (y * im.width + im.width - 1 - x) * im.channels,
                             (size_t)im.channels) == 0);
        free(im.pixels);
        free(got);
        free(back);
    }
}

static void flat_images_stay_flat_under_crops_and_blur(void **state)
{
    (void)state;
    for (int trial = 0; trial < 30; trial++) {
        image im = random_image(test_int(1, SIDE), test_int(1, SIDE), 1);
        const uint8_t level = (uint8_t)test_int(0, 255);
        memset(im.pixels, level, (size_t)(im.height * im.width));
        akin_augment_params p = still(&im);
        random_box(&p, &im);
        p.height = (int32_t)test_int(1, 40);
        p.width = (int32_t)test_int(1, 40);
        p.blur_sigma = (float)test_uniform(0.1, 4);
        p.blur_size = (int32_t)(2 * test_int(0, 12) + 1);
        uint8_t *got = apply(&p, &im);
        for (int64_t i = 0; i < p.height * p.width; i++) CHECK(got[i] == level);
        free(im.pixels);
        free(got);
    }
}

static void random_colour(akin_augment_params *p, int which)
{
    for (int i = 3; i > 0; i--) {
        const int j = (int)test_int(0, i);
        const uint8_t swap = p->order[i];
        p->order[i] = p->order[j];
        p->order[j] = swap;
    }
    if (which & 1) p->brightness = (float)test_uniform(0, 2);
    if (which & 2) p->contrast = (float)test_uniform(0, 2);
    if (which & 4) p->saturation = (float)test_uniform(0, 2);
    if (which & 8) p->hue = (float)test_uniform(-0.5, 0.5);
    p->gray = which & 16;
}

static void colours_match_the_definition(void **state)
{
    (void)state;
    static const int sets[] = { 1, 2, 4, 8, 16, 15, 31 };
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
        tally all = { 0 };
        for (int trial = 0; trial < 60; trial++) {
            image im = random_image(test_int(1, 40), test_int(1, 40), CHANNELS[trial % 3]);
            akin_augment_params p = still(&im);
            random_colour(&p, sets[s]);
            if (sets[s] == 15) random_box(&p, &im);
            uint8_t *got = apply(&p, &im);
            double *want = ref_resize(&p, &im);
            const double before = sets[s] == 15 ? resize_error(&p) : 0;
            const double e = ref_colour(&p, want, im.height * im.width, im.channels, before);
            compare(got, want, im.height * im.width * im.channels, e, &all);
            free(im.pixels);
            free(got);
            free(want);
        }
        check_tally(&all, 0.31);
    }
}

static void extreme_colours_are_exact(void **state)
{
    (void)state;
    image im = random_image(1, 3, 3);
    const uint8_t rgb[9] = { 255, 0, 0, 0, 255, 0, 0, 0, 255 };
    memcpy(im.pixels, rgb, 9);
    akin_augment_params p = still(&im);
    p.hue = (float)(1 / 3.0); /* red to green to blue to red */
    uint8_t *got = apply(&p, &im);
    const uint8_t turned[9] = { 0, 255, 0, 0, 0, 255, 255, 0, 0 };
    CHECK(memcmp(got, turned, 9) == 0);
    free(got);
    p.hue = 0.5f; /* the complement */
    got = apply(&p, &im);
    for (int i = 0; i < 9; i++) CHECK(got[i] == 255 - rgb[i]);
    free(got);
    p = still(&im);
    p.saturation = 0; /* 0.299, 0.587, 0.114 of 255 */
    got = apply(&p, &im);
    const uint8_t luma[9] = { 76, 76, 76, 150, 150, 150, 29, 29, 29 };
    CHECK(memcmp(got, luma, 9) == 0);
    free(got);
    p = still(&im);
    p.brightness = 0;
    got = apply(&p, &im);
    for (int i = 0; i < 9; i++) CHECK(got[i] == 0);
    free(got);
    free(im.pixels);
}

/* Reflection: pixel -1 is pixel 1, pixel n is pixel n-2; one pixel alone is its own neighbour. */
static int mirror(int i, int n)
{
    if (n == 1) return 0;
    const int period = 2 * (n - 1), m = ((i % period) + period) % period;
    return m < n ? m : period - m;
}

static void blur_matches_the_definition(void **state)
{
    (void)state;
    tally all = { 0 };
    for (int trial = 0; trial < 40; trial++) {
        image im = random_image(test_int(1, 30), test_int(1, 40), CHANNELS[trial % 3]);
        akin_augment_params p = still(&im);
        p.blur_sigma = (float)test_uniform(0.05, 4);
        p.blur_size = (int32_t)(2 * test_int(0, 11) + 1);
        const int radius = p.blur_size / 2, h = (int)im.height, w = (int)im.width, c = (int)im.channels;
        double weight[64], sum = 0;
        for (int t = 0; t < p.blur_size; t++)
            sum += weight[t] =
                exp(-0.5 * (t - radius) * (t - radius) / (double)(p.blur_sigma * p.blur_sigma));
        double *want = calloc((size_t)(h * w * c), sizeof *want);
        for (int i = 0; i < h * w * c; i++)
            for (int a = 0; a < p.blur_size; a++)
                for (int b = 0; b < p.blur_size; b++)
                    want[i] += weight[a] * weight[b] / sum / sum *
                               im.pixels[(mirror(i / c / w + a - radius, h) * w +
                                          mirror(i / c % w + b - radius, w)) *
                                             c +
                                         i % c];
        uint8_t *got = apply(&p, &im);
        compare(got, want, h * w * c, U + 2 * p.blur_size / 256.0, &all); /* as two shrinking axes */
        free(im.pixels);
        free(got);
        free(want);
    }
    check_tally(&all, 0.30);
}

static void solarize_inverts_bright_levels_only(void **state)
{
    (void)state;
    image im = random_image(16, 16, 1);
    for (int i = 0; i < 256; i++) im.pixels[i] = (uint8_t)i;
    for (int32_t threshold = 0; threshold <= 256; threshold++) {
        akin_augment_params p = still(&im);
        p.solarize_threshold = threshold;
        uint8_t *got = apply(&p, &im);
        for (int i = 0; i < 256; i++) CHECK(got[i] == (i >= threshold ? 255 - i : i));
        free(got);
    }
    free(im.pixels);
}

static void erase_overwrites_its_box_only(void **state)
{
    (void)state;
    image im = random_image(11, 37, 4);
    akin_augment_params p = still(&im);
    p.erase_y = 3;
    p.erase_x = 30;
    p.erase_height = 5;
    p.erase_width = 7;
    p.erase_level = 77;
    uint8_t *got = apply(&p, &im);
    for (int y = 0; y < 11; y++)
        for (int x = 0; x < 37; x++)
            for (int c = 0; c < 4; c++)
                CHECK(got[(y * 37 + x) * 4 + c] ==
                      (y >= 3 && y < 8 && x >= 30 ? 77 : im.pixels[(y * 37 + x) * 4 + c]));
    free(im.pixels);
    free(got);
}

static void alpha_keeps_its_levels(void **state)
{
    (void)state;
    image im = random_image(9, 31, 4);
    akin_augment_params p = still(&im);
    random_colour(&p, 31);
    p.solarize_threshold = 10;
    uint8_t *got = apply(&p, &im);
    for (int i = 0; i < 9 * 31; i++) CHECK(got[4 * i + 3] == im.pixels[4 * i + 3]);
    free(im.pixels);
    free(got);
}

static akin_augment_opts everything(void)
{
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    CHECK_OK(akin_augment_preset("simclr", &o, &err));
    o.brightness = o.contrast = o.saturation = 1;
    o.hue = 0.5f;
    o.solarize_prob = o.erase_prob = 0.3f;
    return o;
}

/* Sizes around the lanes of every set; views smaller, equal and larger. */
static void every_instruction_set_gives_the_same_bytes(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = { { 32, 32 }, { 28, 28 }, { 1, 1 },   { 16, 17 }, { 31, 33 },
                                        { 48, 15 }, { 5, 64 },  { 65, 66 }, { 34, 78 }, { 2, 3 } };
    akin_augment_opts base = everything();
    base.turn_prob = 0.5f;
    base.rotate = 30;
    static unsigned char memory[4 << 20];
    for (int trial = 0; trial < 400; trial++) {
        akin_augment_opts o = base;
        const int64_t *size = sizes[trial % 10];
        image im = random_image(size[0], size[1], CHANNELS[trial / 10 % 3]);
        if (trial % 4 == 3) {
            o.height = (int32_t)test_int(1, 70);
            o.width = (int32_t)test_int(1, 70);
        }
        const int64_t n = (o.height ? o.height : size[0]) * (o.width ? o.width : size[1]) * im.channels;
        const akin_view_name name = {
            .struct_size = sizeof(akin_view_name), .epoch = 1, .seed = 5, .item = (uint64_t)trial
        };
        uint8_t *want = malloc((size_t)n), *got = malloc((size_t)n);
        static const char *const isas[] = { "ref", "avx2", "avx512" };
        for (int i = 0; i < 3; i++) {
            setenv("AKIN_ISA", isas[i], 1); /* a set the processor lacks falls back to what it has */
            akin_arena arena;
            akin_arena_init(&arena, memory, sizeof memory);
            const akin_picture picture = picture_of(im.pixels, im.height, im.width, im.channels);
            CHECK_OK(akin_augment_view(&o, &picture, &name, &arena, i ? got : want, &err));
            CHECK(memcmp(i ? got : want, want, (size_t)n) == 0);
        }
        unsetenv("AKIN_ISA");
        free(im.pixels);
        free(want);
        free(got);
    }
}

static void batches_are_normalised_views(void **state)
{
    (void)state;
    const akin_augment_opts o = everything();
    const float mean[4] = { 0.49f, 0.48f, 0.45f, 0.5f }, std[4] = { 0.2f, 0.25f, 0.3f, 1 };
    for (int trial = 0; trial < 12; trial++) {
        const int64_t h = test_int(1, 40), w = test_int(1, 40), c = CHANNELS[trial % 3], bytes = h * w * c;
        image all = random_image(h * 5, w, c);
        const akin_augment_images images = { .struct_size = sizeof images,
                                             .pixels = all.pixels,
                                             .count = 5,
                                             .height = h,
                                             .width = w,
                                             .channels = c };
        const int32_t items[4] = { 3, 0, 4, 3 };
        const akin_view_name name = {
            .struct_size = sizeof(akin_view_name), .epoch = 2, .seed = 9, .view = 1
        };
        const size_t need = akin_augment_scratch_bytes(&o, h, w, c);
        void *memory = malloc(need + 64);
        akin_arena arena;
        akin_arena_init(&arena, memory, need + 64);
        float *out = malloc(4 * (size_t)bytes * sizeof *out);
        const akin_augment_wanted wanted = { .struct_size = sizeof wanted,
                                             .n = 4,
                                             .items = items,
                                             .name = &name,
                                             .mean = trial % 2 ? mean : NULL,
                                             .std = trial % 2 ? std : NULL };
        CHECK_OK(akin_augment_batch(&o, &images, &wanted, &arena, out, &err));
        for (int i = 0; i < 4; i++) {
            const akin_view_name one = { .struct_size = sizeof(akin_view_name),
                                         .epoch = 2,
                                         .seed = 9,
                                         .item = (uint64_t)items[i],
                                         .view = 1 };
            uint8_t *view = malloc((size_t)bytes);
            const akin_picture picture = picture_of(all.pixels + items[i] * bytes, h, w, c);
            CHECK_OK(akin_augment_view(&o, &picture, &one, &arena, view, &err));
            for (int64_t k = 0; k < c; k++) {
                const float scale = trial % 2 ? (float)(1 / (255 * (double)std[k])) : (float)(1 / 255.0);
                const float shift = trial % 2 ? (float)(-(double)mean[k] / (double)std[k]) : 0;
                for (int64_t x = 0; x < h * w; x++) {
                    const float product = (float)view[x * c + k] * scale;
                    CHECK(out[(i * c + k) * h * w + x] == product + shift);
                }
            }
            free(view);
        }
        CHECK(memcmp(out, out + 3 * bytes, (size_t)bytes * sizeof *out) == 0); /* item 3 twice */
        free(memory);
        free(out);
        free(all.pixels);
    }
}

/* These bytes are part of results: a change here changes what every seed trains on. */
static void views_of_a_name_never_change(void **state)
{
    (void)state;
    akin_augment_opts o = everything();
    static unsigned char memory[1 << 20];
    static uint8_t pixels[36 * 33 * 3], out[75][36 * 33 * 3];
    for (int i = 0; i < (int)sizeof pixels; i++) pixels[i] = (uint8_t)(i * i / 7 + i);
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    for (uint32_t i = 0; i < 75; i++) {
        const akin_view_name name = {
            .struct_size = sizeof(akin_view_name), .epoch = i, .seed = 1, .item = i * i, .view = i % 2
        };
        o.height = i < 50 ? 0 : 20; /* the last ones shrink */
        const akin_picture picture = picture_of(pixels, 36, 33, 3);
        CHECK_OK(akin_augment_view(&o, &picture, &name, &arena, out[i], &err));
    }
    static const unsigned long long want[2] = { 0x4c0c0d545f71e238ull, 0x54631ef6fdebc843ull };
    const unsigned long long got[2] = { XXH64(out, 50 * sizeof out[0], 0),
                                        XXH64(out[50], 25 * sizeof out[0], 0) };
    for (int i = 0; i < 2; i++) {
        if (got[i] != want[i]) print_error("hash %d is 0x%llxull\n", i, got[i]);
        CHECK(got[i] == want[i]);
    }
}

/* x^e in double against the curve of 64 chords. On a segment of width h = 1/64 a chord is off by at most
 * h^2/8 |f''|, f'' = e(e-1)x^(e-2); beyond level 16 that is below one level for e in [1/2, 2], and near
 * black, where f'' is not bounded, by no more than the first chord's e = 1/2 gap, 255/8/4 levels. */
static void gamma_raises_levels_to_a_power(void **state)
{
    (void)state;
    image im = random_image(16, 16, 1);
    for (int i = 0; i < 256; i++) im.pixels[i] = (uint8_t)i;
    for (int trial = 0; trial < 20; trial++) {
        akin_augment_params p = still(&im);
        p.gamma = (float)test_uniform(-0.69, 0.69);
        uint8_t *got = apply(&p, &im);
        const double e = exp((double)p.gamma);
        for (int i = 0; i < 256; i++) {
            CHECK_NEAR(got[i], 255 * pow(i / 255.0, e), i < 16 ? 8 : 1.5);
            CHECK(i == 0 || got[i] >= got[i - 1]); /* monotone */
        }
        CHECK(got[0] == 0 && got[255] == 255);
        free(got);
    }
    free(im.pixels);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gamma_raises_levels_to_a_power),
        cmocka_unit_test(crops_match_the_definition),
        cmocka_unit_test(identity_parameters_change_nothing),
        cmocka_unit_test(flat_images_stay_flat_under_crops_and_blur),
        cmocka_unit_test(colours_match_the_definition),
        cmocka_unit_test(extreme_colours_are_exact),
        cmocka_unit_test(blur_matches_the_definition),
        cmocka_unit_test(solarize_inverts_bright_levels_only),
        cmocka_unit_test(erase_overwrites_its_box_only),
        cmocka_unit_test(alpha_keeps_its_levels),
        cmocka_unit_test(every_instruction_set_gives_the_same_bytes),
        cmocka_unit_test(batches_are_normalised_views),
        cmocka_unit_test(views_of_a_name_never_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
