/* SPDX-License-Identifier: Apache-2.0 */
/* What a pixel is, whatever the file: alpha drawn on a background, pictures turned upright, 16 bits on one
 * scale for a whole folder, arrays whose numbers may mean several things. test_data_formats.c has the
 * formats. */
#include "akin/tool/images.h"
#include "images/decode.h"
#include "image_folders.h"

#include <sys/stat.h>

static akin_images train_of(const akin_image_set *ds)
{
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
    return v;
}

enum { H = 13, W = 11, N = H * W };

/* A picture must become want [h,w,c]; the probe must say its shape. Frees bytes. */
static void becomes(uint8_t *bytes, size_t n, const ak_pixel_rules *rules, int h, int w, int c,
                    const uint8_t *want)
{
    ak_decoded_image head, p;
    CHECK_OK(ak_picture_probe(bytes, n, rules, &head, &err));
    CHECK_OK(ak_picture_decode(bytes, n, rules, &p, &err));
    CHECK(head.height == h && head.width == w && head.channels == c && head.turned == p.turned);
    CHECK(p.height == h && p.width == w && p.channels == c);
    for (int i = 0; i < h * w * c; i++) {
        if (p.pixels[i] != want[i]) print_error("value %d is %d, expected %d\n", i, p.pixels[i], want[i]);
        CHECK(p.pixels[i] == want[i]);
    }
    free(p.pixels);
    free(bytes);
}

/* The length is known only after the picture is made. */
#define BECOMES(make, rules, h, w, c, want)                                                                  \
    do {                                                                                                     \
        uint8_t *made_ = (make);                                                                             \
        becomes(made_, n, rules, h, w, c, want);                                                             \
    } while (0)

/* Alpha ------------------------------------------------------------------------------------------------- */

/* The formula in double, rounded to the nearest. */
static uint8_t over(double colour, double alpha, double back)
{
    return (uint8_t)floor((alpha * colour + (255 - alpha) * back) / 255 + 0.5);
}

static void alpha_is_the_formula_in_double(void **state)
{
    (void)state;
    for (int a = 0; a < 256; a++)
        for (int c = 0; c < 256; c++)
            for (int b = 0; b < 256; b += 5)
                CHECK(ak_over((uint32_t)c, (uint32_t)a, (uint32_t)b) == over(c, a, b));
    for (int c = 0; c < 256; c++)
        CHECK(ak_over((uint32_t)c, 255, 77) == c && ak_over((uint32_t)c, 0, 77) == 77);
}

static const ak_pixel_rules BACKGROUNDS[] = { { { 255, 255, 255 }, false, 0 },
                                              { { 0, 0, 0 }, true, 0 },
                                              { { 255, 128, 3 }, true, 0 } };

static void drawn(const uint8_t *rgba, const ak_pixel_rules *r, uint8_t *want)
{
    for (int i = 0; i < 3 * N; i++)
        want[i] = over(rgba[i / 3 * 4 + i % 3], rgba[i / 3 * 4 + 3], r->background[i % 3]);
}

static void png_alpha(void **state)
{
    (void)state;
    uint8_t x[N * 4], raw[N * 8], want[N * 3];
    size_t n;
    for (int flags = 0; flags <= PIC_INTERLACED; flags += PIC_INTERLACED)
        for (int b = 0; b < 3; b++) {
            const ak_pixel_rules *r = &BACKGROUNDS[b];
            pic_smooth(x, H, W, 4, 3);
            for (int i = 0; i < N; i++) x[4 * i + 3] = (uint8_t)(i * 7);
            drawn(x, r, want);
            BECOMES(pic_png(x, H, W, PNG_COLOR_TYPE_RGB_ALPHA, 8, 4 * W, flags, &n), r, H, W, 3, want);
            for (int i = 0; i < 4 * N; i++) raw[2 * i] = raw[2 * i + 1] = x[i]; /* 16 bits: v * 257 is v */
            BECOMES(pic_png(raw, H, W, PNG_COLOR_TYPE_RGB_ALPHA, 16, 8 * W, flags, &n), r, H, W, 3, want);
            for (int i = 0; i < N; i++) {
                raw[2 * i] = x[4 * i];
                raw[2 * i + 1] = x[4 * i + 3];
                for (int k = 0; k < 3; k++) want[3 * i + k] = over(x[4 * i], x[4 * i + 3], r->background[k]);
                if (b < 2) want[i] = over(x[4 * i], x[4 * i + 3], r->background[0]);
            }
            BECOMES(pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY_ALPHA, 8, 2 * W, flags, &n), r, H, W,
                    b < 2 ? 1 : 3, want);
            for (int i = 0; i < N; i++) { /* a palette whose entries i < 100 have alpha 2 i */
                raw[i] = (uint8_t)i;
                const int entry[3] = { i, 255 - i, i / 2 };
                for (int k = 0; k < 3; k++)
                    want[3 * i + k] = over(entry[k], i < 100 ? 2 * i : 255, r->background[k]);
            }
            BECOMES(pic_png(raw, H, W, PNG_COLOR_TYPE_PALETTE, 8, W, flags | PIC_TRANSPARENT, &n), r, H, W, 3,
                    want);
            for (int i = 0; i < 3 * N; i++) raw[i] = (uint8_t)(i % 9 / 3 * 7); /* (7,7,7) is transparent */
            for (int i = 0; i < 3 * N; i++) want[i] = raw[i] == 7 ? r->background[i % 3] : raw[i];
            BECOMES(pic_png(raw, H, W, PNG_COLOR_TYPE_RGB, 8, 3 * W, flags | PIC_TRANSPARENT, &n), r, H, W, 3,
                    want);
            for (int i = 0; i < N; i++) raw[i] = (uint8_t)(i % 3 * 7); /* grey 7 */
            for (int i = 0; i < N && b < 2; i++) want[i] = raw[i] == 7 ? r->background[0] : raw[i];
            for (int i = 0; i < 3 * N && b == 2; i++)
                want[i] = raw[i / 3] == 7 ? r->background[i % 3] : raw[i / 3];
            BECOMES(pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY, 8, W, flags | PIC_TRANSPARENT, &n), r, H, W,
                    b < 2 ? 1 : 3, want);
        }
}

static void webp_alpha(void **state)
{
    (void)state;
    uint8_t x[N * 4], want[N * 3];
    size_t n;
    for (int b = 0; b < 3; b++) {
        pic_smooth(x, H, W, 4, 5);
        for (int i = 0; i < N; i++) x[4 * i + 3] = (uint8_t)(i * 3);
        drawn(x, &BACKGROUNDS[b], want);
        BECOMES(pic_webp(x, H, W, 4, 1, &n), &BACKGROUNDS[b], H, W, 3, want);
    }
}

/* Drawings in black that differ in alpha alone. */
static void drawings_on_transparency_differ(void **state)
{
    (void)state;
    size_t n;
    fresh_folder();
    for (int k = 0; k < 3; k++) { /* the last is opaque */
        uint8_t x[N * 4] = { 0 };
        for (int i = 0; i < N; i++) x[4 * i + 3] = k == 2 ? 255 : i % (3 + k) == 0 ? 255 : 0;
        uint8_t *bytes = pic_png(x, H, W, PNG_COLOR_TYPE_RGB_ALPHA, 8, 4 * W, 0, &n);
        give(k == 0 ? "a.png" : k == 1 ? "b.png" : "c.png", bytes, n);
    }
    akin_image_set *ds = NULL;
    akin_duplicates *same = NULL;
    double mean[3], std[3];
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(told(ds, "2 pictures have transparency: drawn on white (--background)."));
    CHECK_OK(akin_image_set_duplicates(ds, &same, &err));
    CHECK(akin_duplicates_count(same) == 0);
    akin_duplicates_free(same);
    akin_image_set_stats(ds, mean, std);
    CHECK(mean[0] > 0.3);
    akin_image_set_free(ds);
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    CHECK_OK(akin_image_set_opts_set(&opts, "background", "ff8000", &err));
    CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
    CHECK(told(ds, "drawn on ff8000") && train_of(ds).pixels[4] == 128);
    akin_image_set_free(ds);
    CHECK_FAILS(akin_image_set_opts_set(&opts, "background", "pink", &err), AKIN_ERR_RANGE,
                "background is 'pink'; it must be white, black or RRGGBB");
    opts.background = "ff80zz";
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_RANGE, "background is 'ff80zz'");
}

/* Orientation ------------------------------------------------------------------------------------------- */

/* As EXIF describes them: which side of the scene the first row and the first column of the file are. */
static int seen_at(int orientation, int h, int w, int y, int x)
{
    static const char *const SIDES[] = { "", "tl", "tr", "br", "bl", "lt", "rt", "rb", "lb" };
    const char row = SIDES[orientation][0], column = SIDES[orientation][1];
    const bool lies = row == 'l' || row == 'r'; /* rows of the file are columns of the scene */
    const int height = lies ? w : h, width = lies ? h : w;
    int sy = 0, sx = 0;
    if (row == 't') sy = y;
    if (row == 'b') sy = height - 1 - y;
    if (row == 'l') sx = y;
    if (row == 'r') sx = width - 1 - y;
    if (column == 't') sy = x;
    if (column == 'b') sy = height - 1 - x;
    if (column == 'l') sx = x;
    if (column == 'r') sx = width - 1 - x;
    return sy * width + sx;
}

static void turned(const uint8_t *stored, int orientation, int c, uint8_t *want)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            memcpy(want + seen_at(orientation, H, W, y, x) * c, stored + (y * W + x) * c, (size_t)c);
}

static void jpeg_is_turned_all_eight_ways(void **state)
{
    (void)state;
    uint8_t x[N * 3], exif[26], want[N * 3];
    size_t n;
    pic_smooth(x, H, W, 3, 2);
    ak_decoded_image plain;
    uint8_t *bytes = pic_jpeg(x, H, W, 3, 0, &n);
    CHECK_OK(ak_picture_decode(bytes, n, NULL, &plain, &err));
    free(bytes);
    for (int o = 0; o <= 9; o++)
        for (int big = 0; big < 2; big++) {
            const int means = o < 1 || o > 8 ? 1 : o, h = means > 4 ? W : H, w = means > 4 ? H : W;
            turned(plain.pixels, means, 3, want);
            const size_t length = pic_exif(exif, o, big);
            BECOMES(pic_jpeg_exif(x, H, W, 3, 0, exif, length, &n), NULL, h, w, 3, want);
        }
    free(plain.pixels);
}

/* A WebP with EXIF: VP8X, the picture's own chunk, EXIF. */
static uint8_t *webp_with_exif(const uint8_t *x, int orientation, size_t *n)
{
    size_t inner;
    uint8_t *plain = pic_webp(x, H, W, 3, 1, &inner), *b = calloc(1, inner + 64);
    memcpy(b, plain, 12);
    memcpy(b + 12, "VP8X\x0a\0\0\0\x08\0\0\0", 12);
    b[24] = W - 1;
    b[27] = H - 1;
    memcpy(b + 30, plain + 12, inner - 12);
    size_t at = 30 + inner - 12;
    memcpy(b + at, "EXIF\x1a\0\0\0", 8);
    pic_exif(b + at + 8, orientation, 0);
    *n = at + 8 + 26;
    pic_little(b + 4, (uint32_t)(*n - 8), 4);
    free(plain);
    return b;
}

static void other_formats_are_turned(void **state)
{
    (void)state;
    uint8_t x[N * 3], want[N * 3];
    size_t n;
    pic_smooth(x, H, W, 3, 2);
    turned(x, 6, 3, want);
    BECOMES(pic_png(x, H, W, PNG_COLOR_TYPE_RGB, 8, 3 * W, PIC_EXIF6, &n), NULL, W, H, 3, want);
    for (int o = 1; o <= 8; o++) {
        const int h = o > 4 ? W : H, w = o > 4 ? H : W;
        turned(x, o, 3, want);
        BECOMES(webp_with_exif(x, o, &n), NULL, h, w, 3, want);
        const pic_tiff_kind kind = { .photometric = PHOTOMETRIC_RGB, .orientation = o };
        BECOMES(pic_tiff(x, H, W, 3, kind, 0, &n), NULL, h, w, 3, want);
        BECOMES(pic_tiff(x, H, W, 3, kind, PIC_TILED, &n), NULL, h, w, 3, want);
    }
    /* of a part of a WebP the size cannot be told: folder.c then asks with the whole */
    uint8_t *bytes = webp_with_exif(x, 6, &n);
    ak_decoded_image head;
    CHECK_FAILS(ak_picture_probe(bytes, n - 20, NULL, &head, &err), AKIN_ERR_FORMAT, "ends early");
    free(bytes);
}

static void damaged_exif_turns_nothing(void **state)
{
    (void)state;
    uint8_t exif[26];
    for (int big = 0; big < 2; big++) {
        pic_exif(exif, 6, big);
        CHECK(ak_exif_orientation(exif, 26) == 6);
        for (size_t n = 0; n < 26; n++) { /* of this very size, so that reading beyond it is seen */
            uint8_t *part = malloc(n ? n : 1);
            memcpy(part, exif, n);
            const int o = ak_exif_orientation(part, n);
            CHECK(o == 1 || (o == 6 && n >= 22)); /* the entry is whole; the link to the next folder is not */
            free(part);
        }
        for (int bit = 0; bit < 8 * 26; bit++) {
            uint8_t *part = malloc(26);
            memcpy(part, exif, 26);
            part[bit / 8] ^= (uint8_t)(1 << bit % 8);
            const int o = ak_exif_orientation(part, 26);
            CHECK(o >= 1 && o <= 8);
            free(part);
        }
    }
    for (uint32_t at = 0xfffffff0; at != 0; at++) { /* offsets at the end of what 32 bits hold */
        pic_exif(exif, 6, 0);
        pic_little(exif + 4, at, 4);
        CHECK(ak_exif_orientation(exif, 26) == 1);
    }
}

static void turned_pictures_are_counted(void **state)
{
    (void)state;
    uint8_t x[N], exif[26];
    size_t n;
    fresh_folder();
    pic_smooth(x, H, W, 1, 1);
    uint8_t *bytes = pic_jpeg_exif(x, H, W, 1, 0, exif, pic_exif(exif, 8, 0), &n);
    give("a.jpg", bytes, n);
    pic_smooth(x, W, H, 1, 1);
    bytes = pic_jpeg(x, W, H, 1, 0, &n);
    give("b.jpg", bytes, n);
    bytes = pic_png(x, W, H, PNG_COLOR_TYPE_GRAY, 8, H, PIC_LATE_EXIF6, &n);
    give("c.png", bytes, n);
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err)); /* of one size once the first is turned */
    CHECK(told(ds, "1 picture has its orientation (EXIF) behind the pixels: not turned."));
    CHECK(train_of(ds).height == W && train_of(ds).width == H);
    CHECK(told(ds, "1 picture is turned, as the file's orientation (EXIF) says."));
    akin_image_set_free(ds);
}

/* 16 bits ----------------------------------------------------------------------------------------------- */

static uint8_t *png_16(int most, size_t *n)
{
    uint8_t raw[2 * N];
    for (int i = 0; i < N; i++) {
        const int v = i * most / (N - 1);
        raw[2 * i] = (uint8_t)(v >> 8);
        raw[2 * i + 1] = (uint8_t)v;
    }
    return pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY, 16, 2 * W, 0, n);
}

static void sixteen_bits_share_one_scale(void **state)
{
    (void)state;
    static const int MOST[] = { 1, 9, 255, 256, 4095, 32767, 32768, 65535 },
                     BITS[] = { 1, 4, 8, 9, 12, 15, 16, 16 };
    size_t n;
    for (int k = 0; k < 8; k++) {
        fresh_folder();
        uint8_t *bytes = png_16(MOST[k], &n);
        give("bright.png", bytes, n);
        bytes = png_16(MOST[k] / 2, &n); /* read with the white of both */
        give("dark.png", bytes, n);
        akin_image_set *ds = NULL;
        char text[80];
        CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
        CHECK(akin_image_set_sample_bits(ds) == BITS[k]);
        snprintf(text, sizeof text, "2 pictures have 16 bits, and no value is above %d: read as %d bits",
                 MOST[k], BITS[k]);
        CHECK(told(ds, text) == (BITS[k] < 16));
        const akin_images v = train_of(ds);
        const double white = (1 << BITS[k]) - 1;
        for (int i = 0; i < N; i++) {
            CHECK(v.pixels[i] == lround(i * MOST[k] / (N - 1) * 255 / white));
            CHECK(v.pixels[N + i] == lround(i * (MOST[k] / 2) / (N - 1) * 255 / white));
        }
        akin_image_set_free(ds);
    }
}

static void sixteen_bits_by_an_option(void **state)
{
    (void)state;
    size_t n;
    fresh_folder();
    uint8_t *bytes = png_16(5000, &n);
    give("a.png", bytes, n);
    akin_image_set *ds = NULL;
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    CHECK_OK(akin_image_set_opts_set(&opts, "sample-bits", "14", &err));
    CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
    CHECK(akin_image_set_sample_bits(ds) == 14 && train_of(ds).pixels[N - 1] == lround(5000 * 255 / 16383.0));
    akin_image_set_free(ds);
    opts.sample_bits = 12;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_SHAPE,
                "a.png': PNG: a sample is 5000; 16-bit pictures are read as 12 bits here, up to 4095 "
                "(--sample-bits)");
    bytes = png_16(4000, &n); /* it is the options that do not fit: nothing is left out for them */
    give("b.png", bytes, n);
    opts.on_bad = AKIN_BAD_SKIP;
    opts.max_bad_frac = 1;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_SHAPE,
                "a.png': PNG: a sample is 5000");
    opts.sample_bits = 17;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_RANGE, "sample_bits is 17");
    /* a PGM of 65535 levels says as little; one of 4095 says what white is */
    fresh_folder();
    char text[64];
    int length = snprintf(text, sizeof text, "P2 2 1 65535\n0 4095\n");
    give("a.pgm", memcpy(malloc(64), text, (size_t)length), (size_t)length);
    length = snprintf(text, sizeof text, "P2 2 1 4095\n0 4095\n");
    give("b.pgm", memcpy(malloc(64), text, (size_t)length), (size_t)length);
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(told(ds, "1 picture has 16 bits, and no value is above 4095: read as 12 bits"));
    CHECK(train_of(ds).pixels[1] == 255 && train_of(ds).pixels[3] == 255);
    akin_image_set_free(ds);
    /* a TIFF in which 0 is white is turned round when white is known */
    fresh_folder();
    const uint16_t inks[2] = { 0, 4095 };
    bytes = pic_tiff((const uint8_t *)inks, 1, 2, 1,
                     (pic_tiff_kind){ .photometric = PHOTOMETRIC_MINISWHITE, .bits = 16 }, 0, &n);
    give("a.tif", bytes, n);
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(train_of(ds).pixels[0] == 255 && train_of(ds).pixels[1] == 0);
    akin_image_set_free(ds);
}

static void black_pictures_are_told(void **state)
{
    (void)state;
    fresh_folder();
    char text[64];
    const int length = snprintf(text, sizeof text, "P2 3 1 255\n0 4 9\n"); /* a mask of classes */
    give("a.pgm", memcpy(malloc(64), text, (size_t)length), (size_t)length);
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(told(ds, "The images are nearly black: no value of train is above 9 of 255"));
    akin_image_set_free(ds);
    fresh_folder(); /* 12 bits with one hot pixel, and beside a picture that uses all 16 */
    for (int k = 0; k < 2; k++) {
        enum { SIDE = 50 };
        uint8_t *bytes = malloc(2 * SIDE * SIDE + 32);
        const int head = sprintf((char *)bytes, "P5 %d %d 65535\n", SIDE, SIDE);
        for (int i = 0; i < SIDE * SIDE; i++) {
            const int v = k ? i * 26 : i ? i % 4096 : 65535;
            bytes[head + 2 * i] = (uint8_t)(v >> 8);
            bytes[head + 2 * i + 1] = (uint8_t)v;
        }
        give("hot.pgm", bytes, (size_t)(2 * SIDE * SIDE + head));
        if (k) {
            const int dark = snprintf(text, sizeof text, "P2 1 1 65535\n4095\n");
            give("dark.pgm", memcpy(malloc(64), text, (size_t)dark), (size_t)dark);
        }
        akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
        opts.size = k ? 1 : 0;
        CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
        CHECK(told(ds,
                   k ? "1 picture has 16 bits and is nearly black beside the others, for which 65535 is white"
                     : "The images are nearly black: of 1000 values of train 999 are not above "));
        akin_image_set_free(ds);
    }
}

/* Arrays ------------------------------------------------------------------------------------------------ */

/* An array of a dtype that akin_npy_save() does not write. */
static void put_array(const char *descr, const char *shape, const void *items, size_t bytes)
{
    char header[256] = "\x93NUMPY\x01";
    const int length = snprintf(header + 10, 200,
                                "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n", descr, shape);
    header[8] = (char)length;
    uint8_t *all = malloc((size_t)(10 + length) + bytes);
    memcpy(all, header, (size_t)(10 + length));
    memcpy(all + 10 + length, items, bytes);
    give("train.npy", all, (size_t)(10 + length) + bytes);
}

static void arrays_of_truth_values(void **state)
{
    (void)state;
    const uint8_t truth[] = { 0, 1, 1, 0, 0, 1 };
    for (int cache = 0; cache < 2; cache++) { /* on disk, in memory */
        fresh_folder();
        put_array("|b1", "1, 2, 3", truth, sizeof truth);
        akin_image_set *ds = NULL;
        akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
        if (!cache) opts.cache = 0;
        CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
        CHECK(told(ds, "Truth values: false is black (0), true is white (255)."));
        const akin_images v = train_of(ds);
        const int64_t first = 0;
        uint8_t got[6];
        CHECK_OK(akin_images_fetch(&v, &first, 1, got, &err));
        for (int i = 0; i < 6; i++) CHECK(got[i] == (truth[i] ? 255 : 0));
        akin_image_set_free(ds);
    }
}

static void arrays_of_four_channels(void **state)
{
    (void)state;
    uint8_t x[2 * 2 * 4 * 2], want[3];
    for (int i = 0; i < 32; i++) x[i] = (uint8_t)(i % 4 == 3 ? 255 : 9 * i);
    for (int cache = 0; cache < 2; cache++) {
        fresh_folder();
        akin_image_set *ds = NULL;
        akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
        if (!cache) opts.cache = 0;
        put_array("|u1", "2, 2, 2, 4", x, sizeof x);
        CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
        CHECK(train_of(ds).channels == 3);
        CHECK(told(ds, "The fourth channel is 255 everywhere: it is taken for alpha and left out."));
        akin_image_set_free(ds);
        x[19] = 100; /* infrared? */
        put_array("|u1", "2, 2, 2, 4", x, sizeof x);
        CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT,
                    "--background white takes it for alpha");
        opts.background = "black";
        CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
        CHECK(told(ds, "The fourth channel is taken for alpha: drawn on black (--background)."));
        const akin_images v = train_of(ds);
        const int64_t second = 1;
        uint8_t got[12];
        CHECK_OK(akin_images_fetch(&v, &second, 1, got, &err));
        for (int k = 0; k < 3; k++) want[k] = over(x[16 + k], 100, 0);
        CHECK(memcmp(got, want, 3) == 0);
        akin_image_set_free(ds);
        x[19] = 255;
    }
}

static void arrays_of_whole_numbers(void **state)
{
    (void)state;
    const uint16_t x[] = { 0, 255, 4095, 1000 };
    fresh_folder();
    put_array("<u2", "1, 2, 2", x, sizeof x);
    akin_image_set *ds = NULL;
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "is 4095; whole numbers must be in 0..255; --sample-bits 12 reads 0..4095");
    for (int cache = 0; cache < 2; cache++) {
        opts.sample_bits = 12;
        opts.cache = cache ? -1 : 0;
        CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
        CHECK(akin_image_set_sample_bits(ds) == 12);
        const akin_images v = train_of(ds);
        const int64_t first = 0;
        uint8_t got[4];
        CHECK_OK(akin_images_fetch(&v, &first, 1, got, &err));
        for (int i = 0; i < 4; i++) CHECK(got[i] == lround(x[i] * 255 / 4095.0));
        akin_image_set_free(ds);
    }
    opts.sample_bits = 10;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT,
                "is 4095; whole numbers must be in 0..1023");
    const float real[] = { 0, 0.5f, 1.5f, 1 };
    put_array("<f4", "1, 2, 2", real, sizeof real);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "is 1.5; reals must be in [0,1]");
}

static void arrays_with_channels_elsewhere(void **state)
{
    (void)state;
    static uint8_t x[10 * 3 * 12 * 12];
    akin_image_set *ds = NULL;
    fresh_folder();
    put_array("|u1", "10, 3, 12, 12", x, sizeof x);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_SHAPE,
                "channels are second here: transpose");
    put_array("|u1", "10, 4, 12, 9", x, sizeof x);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_SHAPE,
                "channels are second here: transpose");
    put_array("|u1", "30, 3, 4, 4", x, 30 * 48);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_SHAPE,
                "channels are second here: transpose");
    put_array("|u1", "12, 12, 3", x, 12 * 36);
    CHECK_FAILS(
        akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_SHAPE,
        "looks like one image of 3 channels; images are [n,h,w] or [n,h,w,c], so one image is [1,12,12,3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alpha_is_the_formula_in_double),
        cmocka_unit_test(png_alpha),
        cmocka_unit_test(webp_alpha),
        cmocka_unit_test(drawings_on_transparency_differ),
        cmocka_unit_test(jpeg_is_turned_all_eight_ways),
        cmocka_unit_test(other_formats_are_turned),
        cmocka_unit_test(damaged_exif_turns_nothing),
        cmocka_unit_test(turned_pictures_are_counted),
        cmocka_unit_test(sixteen_bits_share_one_scale),
        cmocka_unit_test(sixteen_bits_by_an_option),
        cmocka_unit_test(black_pictures_are_told),
        cmocka_unit_test(arrays_of_truth_values),
        cmocka_unit_test(arrays_of_four_channels),
        cmocka_unit_test(arrays_of_whole_numbers),
        cmocka_unit_test(arrays_with_channels_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
