/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures: every kind a codec may meet, written by the codecs' own libraries; limits, damage, scaling. */
#include "images/decode.h"
#include "images/resize.h"
#include "image_folders.h"

/* Codecs ------------------------------------------------------------------------------------------------ */

enum { H = 13, W = 11 };

/* Decode bytes and compare with want [H,W,c]; frees bytes. The probe must agree, also on a part of the
 * file. */
static void decodes_to(uint8_t *bytes, size_t n, const uint8_t *want, int c, int tolerance)
{
    ak_decoded_image head = { .pixels = NULL }, p = { .pixels = NULL };
    CHECK_OK(ak_picture_probe(bytes, n, NULL, &head, &err));
    CHECK_OK(ak_picture_decode(bytes, n, NULL, &p, &err));
    CHECK(head.height == H && head.width == W && head.channels == c);
    CHECK(p.height == H && p.width == W && p.channels == c);
    for (int i = 0; i < H * W * c; i++) CHECK_LE(abs(p.pixels[i] - want[i]), tolerance);
    free(p.pixels);
    free(bytes);
}

/* The length is known only after the picture is made. */
#define DECODES_TO(make, want, c, tolerance)                                                                 \
    do {                                                                                                     \
        uint8_t *made_ = (make);                                                                             \
        decodes_to(made_, n, want, c, tolerance);                                                            \
    } while (0)

/* Quality 100 has quantisation steps of 1: each of 64 coefficients is off by at most 1/2, a pixel by the
 * orthonormal sum of them, 4 in the worst case and seldom above 1; colour conversion adds a rounding each
 * way. */
enum { JPEG_ERROR = 4 };

static void jpeg_of_every_kind(void **state)
{
    (void)state;
    uint8_t x[H * W * 4], want[H * W * 3];
    size_t n;
    for (int flags = 0; flags <= PIC_PROGRESSIVE; flags++) {
        pic_smooth(x, H, W, 1, 1);
        DECODES_TO(pic_jpeg(x, H, W, 1, flags, &n), x, 1, JPEG_ERROR);
        pic_smooth(x, H, W, 3, 2);
        DECODES_TO(pic_jpeg(x, H, W, 3, flags, &n), x, 3, JPEG_ERROR + 2);
        /* with Adobe's marker, as the library writes it, inks are stored inverted: red = cyan * black /
         * 255 */
        pic_smooth(x, H, W, 4, 3);
        for (int p = 0; p < H * W; p++)
            for (int c = 0; c < 3; c++)
                want[3 * p + c] = (uint8_t)((x[4 * p + c] * x[4 * p + 3] + 127) / 255);
        DECODES_TO(pic_jpeg(x, H, W, 4, flags | PIC_CMYK, &n), want, 3, 2 * JPEG_ERROR);
        for (int i = 0; i < 3 * H * W; i++) /* without the marker, as they are */
            want[i] = (uint8_t)(((255 - x[i / 3 * 4 + i % 3]) * (255 - x[i / 3 * 4 + 3]) + 127) / 255);
        DECODES_TO(pic_jpeg(x, H, W, 4, flags | PIC_CMYK | PIC_NO_ADOBE, &n), want, 3, 2 * JPEG_ERROR);
    }
}

static void png_of_every_kind(void **state)
{
    (void)state;
    uint8_t x[H * W * 8], raw[H * W * 8], want[H * W * 3];
    size_t n;
    for (int flags = 0; flags <= PIC_INTERLACED; flags += PIC_INTERLACED) {
        pic_smooth(x, H, W, 1, 1);
        DECODES_TO(pic_png(x, H, W, PNG_COLOR_TYPE_GRAY, 8, W, flags, &n), x, 1, 0);
        for (int i = 0; i < H * W; i++) {
            want[3 * i] = x[i];
            want[3 * i + 1] = (uint8_t)(255 - x[i]);
            want[3 * i + 2] = x[i] / 2;
        }
        DECODES_TO(pic_png(x, H, W, PNG_COLOR_TYPE_PALETTE, 8, W, flags, &n), want, 3, 0);
        for (int i = 0; i < H * W; i++) { /* 16 bits, big endian: v * 257 is v */
            raw[2 * i] = raw[2 * i + 1] = x[i];
        }
        DECODES_TO(pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY, 16, 2 * W, flags, &n), x, 1, 0);
        for (int i = 0; i < H * W; i++) {
            raw[2 * i] = x[i];
            raw[2 * i + 1] = 255; /* opaque: the same bits */
        }
        DECODES_TO(pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY_ALPHA, 8, 2 * W, flags, &n), x, 1, 0);
        pic_smooth(x, H, W, 3, 2);
        DECODES_TO(pic_png(x, H, W, PNG_COLOR_TYPE_RGB, 8, 3 * W, flags, &n), x, 3, 0);
        for (int i = 0; i < H * W; i++) {
            memcpy(raw + 4 * i, x + 3 * i, 3);
            raw[4 * i + 3] = 255;
        }
        DECODES_TO(pic_png(raw, H, W, PNG_COLOR_TYPE_RGB_ALPHA, 8, 4 * W, flags, &n), x, 3, 0);
        for (int y = 0; y < H; y++) /* one bit: 10101010 101 */
            for (int k = 0; k < 2; k++) raw[2 * y + k] = 0xaa;
        for (int i = 0; i < H * W; i++) want[i] = i % W % 2 ? 0 : 255;
        DECODES_TO(pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY, 1, 2, flags, &n), want, 1, 0);
        for (int bits = 2; bits <= 4; bits += 2) {
            const int line = (W * bits + 7) / 8, most = (1 << bits) - 1;
            memset(raw, 0, sizeof raw);
            for (int i = 0; i < H * W; i++) {
                const int v = i * 7 % (most + 1), at = i % W * bits;
                raw[i / W * line + at / 8] |= (uint8_t)(v << (8 - bits - at % 8));
                want[i] = (uint8_t)(v * 255 / most);
            }
            DECODES_TO(pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY, bits, (size_t)line, flags, &n), want, 1, 0);
        }
    }
}

static void webp_and_pnm_of_every_kind(void **state)
{
    (void)state;
    uint8_t x[H * W * 4], want[H * W * 3];
    size_t n;
    pic_smooth(x, H, W, 3, 2);
    DECODES_TO(pic_webp(x, H, W, 3, 1, &n), x, 3, 0);
    /* lossy with halved chroma is not close pixel by pixel: shape, and the mean of all within 8 levels */
    uint8_t *lossy = pic_webp(x, H, W, 3, 0, &n);
    ak_decoded_image p = { .pixels = NULL };
    CHECK_OK(ak_picture_decode(lossy, n, NULL, &p, &err));
    double mean = 0;
    for (int i = 0; i < H * W * 3; i++) mean += (p.pixels[i] - x[i]) / (double)(H * W * 3);
    CHECK_LE(fabs(mean), 8);
    free(p.pixels);
    free(lossy);
    DECODES_TO(pic_pnm(x, H, W, 3, &n), x, 3, 0);
    pic_smooth(x, H, W, 4, 2);
    for (int i = 0; i < H * W; i++) {
        memcpy(want + 3 * i, x + 4 * i, 3);
        x[4 * i + 3] = 255;
    }
    DECODES_TO(pic_webp(x, H, W, 4, 1, &n), want, 3, 0);
    DECODES_TO(pic_pnm(x, H, W, 1, &n), x, 1, 0);

    char text[4096] = "P2 11\n13 # comment\n100\n";
    size_t used = strlen(text);
    for (int i = 0; i < H * W; i++) {
        used += (size_t)sprintf(text + used, "%d\n", i % 101);
        want[i] = (uint8_t)lround(i % 101 * 255 / 100.0);
    }
    decodes_to(memcpy(malloc(used), text, used), used, want, 1, 0);
    const int head = sprintf(text, "P5 11 13 1000\n");
    for (int i = 0; i < H * W; i++) {
        text[head + 2 * i] = (char)(i * 6 >> 8);
        text[head + 2 * i + 1] = (char)(i * 6 & 255);
        want[i] = (uint8_t)lround(i * 6 * 255 / 1000.0);
    }
    used = (size_t)head + 2 * H * W;
    decodes_to(memcpy(malloc(used), text, used), used, want, 1, 0);
}

static akin_status decode(const void *bytes, size_t n, ak_decoded_image *out)
{
    return ak_picture_decode(bytes, n, NULL, out, &err);
}

static void a_codec_refuses(const void *bytes, size_t n, const char *text)
{
    ak_decoded_image p = { .pixels = NULL };
    CHECK_FAILS(decode(bytes, n, &p), AKIN_ERR_FORMAT, text);
    CHECK(p.pixels == NULL);
}

static void limits_hold_before_memory_is_taken(void **state)
{
    (void)state;
    size_t n;
    uint8_t x[H * W * 3];
    pic_smooth(x, H, W, 3, 1);
    /* 2^26 pixels and one row more, in a header alone */
    a_codec_refuses("P5 8192 8192 255\n", 17, "truncated: 8192x8192x1 samples need 67108864 bytes, it has 0");
    a_codec_refuses("P5 8192 8193 255\n", 17, "8193x8192 pixels; akin reads 1 to 67108864");
    a_codec_refuses("P6 0 5 255\n", 11, "5x0 pixels");
    a_codec_refuses("P5 99999999999 5 255\n", 21, "damaged header");
    a_codec_refuses("P5 5 5 0\n", 9, "damaged header");
    a_codec_refuses("P2 2 2 9\n1 2 3 x", 16, "sample 3 is missing");
    a_codec_refuses("P2 2 2 9\n1 2 3 10", 17, "sample 3 is missing or not in 0..9");
    a_codec_refuses("P2 900 900 9\n1 2", 16, "810000 samples do not fit into the 4 bytes left");
    a_codec_refuses("P5 1 1 9\nz", 10, "sample 0 is 122, above the maximum of 9");
    a_codec_refuses("", 0, "the file is empty");
    a_codec_refuses("x", 1, "it is 1 byte long");
    a_codec_refuses("xyz", 3, "it is 3 bytes long");
    a_codec_refuses("PDF89a....", 10, "it begins with 50 44 46 38");
    /* a JPEG that says 8000x8000: the frame header holds height and width 5 bytes after ff c0 */
    uint8_t *bytes = pic_jpeg(x, H, W, 3, 0, &n);
    for (size_t i = 0; i + 8 < n; i++)
        if (bytes[i] == 0xff && bytes[i + 1] == 0xc0) {
            bytes[i + 5] = bytes[i + 7] = 8000 >> 8;
            bytes[i + 6] = bytes[i + 8] = 8000 & 255;
            break;
        }
    a_codec_refuses(bytes, n, "more pixels than its bytes can hold");
    free(bytes);
    pic_smooth(x, H, W, 1, 1);
    DECODES_TO(pic_jpeg_scans(x, H, W, 100, &n), x, 1, JPEG_ERROR);
    bytes = pic_jpeg_scans(x, H, W, 101, &n);
    a_codec_refuses(bytes, n, "more than 100 scans");
    free(bytes);
    /* a picture of zeros that deflates 1000 times is small and fine; 20000x20000 is not */
    uint8_t *zeros = calloc(1, 2500 * 20000);
    bytes = pic_png(zeros, 20000, 20000, PNG_COLOR_TYPE_GRAY, 1, 2500, 0, &n);
    a_codec_refuses(bytes, n, "20000x20000 pixels");
    free(bytes);
    free(zeros);
}

static void damage_is_an_error_not_a_grey_half(void **state)
{
    (void)state;
    size_t n;
    uint8_t x[H * W * 3];
    pic_smooth(x, H, W, 3, 1);
    for (int flags = 0; flags <= PIC_PROGRESSIVE; flags++) {
        uint8_t *bytes = pic_jpeg(x, H, W, 3, flags, &n);
        a_codec_refuses(bytes, n - 2, "Premature end");
        a_codec_refuses(bytes, 2 * n / 3, "Premature end");
        free(bytes);
    }
    uint8_t *bytes = pic_png(x, H, W, PNG_COLOR_TYPE_RGB, 8, 3 * W, 0, &n);
    a_codec_refuses(bytes, n - 1, "ends early");
    bytes[n - 20] ^= 4;
    a_codec_refuses(bytes, n, "");
    free(bytes);
    bytes = pic_webp(x, H, W, 3, 1, &n);
    a_codec_refuses(bytes, n / 2, "ends early");
    free(bytes);
}

static void long_headers_are_read(void **state)
{
    (void)state;
    fresh_folder();
    uint8_t x[H * W * 3];
    size_t n;
    pic_smooth(x, H, W, 3, 1);
    uint8_t *jpeg = pic_jpeg(x, H, W, 3, 0, &n), *longer = calloc(1, n + 2 * 65535);
    memcpy(longer, jpeg, 2);
    for (int k = 0; k < 2; k++) { /* two application segments of 65533 bytes, as a preview is stored */
        const uint8_t marker[4] = { 0xff, 0xe2, 0xff, 0xfd };
        memcpy(longer + 2 + k * 65535, marker, 4);
    }
    memcpy(longer + 2 + 2 * 65535, jpeg + 2, n - 2);
    put("a.jpg", longer, n + 2 * 65535);
    put("b.jpg", jpeg, n);
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    const akin_images v = split_of(ds, "train");
    CHECK(v.n == 2 && memcmp(v.pixels, v.pixels + H * W * 3, H * W * 3) == 0);
    akin_duplicates *pairs = NULL;
    CHECK_OK(akin_image_set_duplicates(ds, &pairs, &err));
    CHECK(akin_duplicates_count(pairs) == 1 && akin_duplicates_at(pairs, 0)->item == 1 &&
          akin_duplicates_at(pairs, 0)->first == 0);
    akin_duplicates_free(pairs);
    akin_image_set_free(ds);
    free(longer);
    free(jpeg);
}

/* Scaling against the sum that defines it, in double, over the whole scaled picture, then cropped. Two
 * roundings of the sums to float lose less than 1e-3 of a level; rounding to a byte 1/2. */
static void scaling_is_the_weighted_mean_it_says(void **state)
{
    (void)state;
    static const int cases[][4] = { { 7, 5, 3 },       { 5, 7, 3 },   { 32, 32, 16 },     { 31, 64, 9 },
                                    { 3, 4, 8 },       { 1, 1, 5 },   { 1, 9, 4 },        { 40, 3, 3 },
                                    { 28, 28, 28 },    { 17, 17, 1 }, { 28, 28, 28, 32 }, { 21, 33, 14, 17 },
                                    { 30, 19, 9, 12 }, { 8, 8, 5, 6 } };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int c = 1; c <= 3; c += 2) {
            const int h = cases[k][0], w = cases[k][1], size = cases[k][2], least = h < w ? h : w;
            const int shorter =
                cases[k][3] ? cases[k][3] : size; /* torchvision's CenterCrop: int(round(rest/2)) */
            uint8_t *x = malloc((size_t)(h * w * c)), *got = malloc((size_t)(size * size * c));
            for (int i = 0; i < h * w * c; i++) x[i] = (uint8_t)test_u64();
            CHECK(ak_resize_crop(x, h, w, c, got, &(ak_scaling){ size, cases[k][3] }));
            const int sh = h * shorter / least, sw = w * shorter / least;
            const int top = shorter == size ? (sh - size) / 2 : (int)nearbyint((sh - size) / 2.0),
                      left = shorter == size ? (sw - size) / 2 : (int)nearbyint((sw - size) / 2.0);
            for (int y = 0; y < size; y++)
                for (int z = 0; z < size; z++)
                    for (int q = 0; q < c; q++) {
                        const double ry = h / (double)sh, rx = w / (double)sw;
                        const double cy = (y + top + 0.5) * ry, cx = (z + left + 0.5) * rx;
                        double sum = 0, weights = 0;
                        for (int a = 0; a < h; a++)
                            for (int b = 0; b < w; b++) {
                                const double wy = 1 - fabs(a + 0.5 - cy) / fmax(ry, 1);
                                const double wx = 1 - fabs(b + 0.5 - cx) / fmax(rx, 1);
                                if (wy <= 0 || wx <= 0) continue;
                                sum += wy * wx * x[(a * w + b) * c + q];
                                weights += wy * wx;
                            }
                        CHECK_NEAR(got[(y * size + z) * c + q], sum / weights, 0.501);
                    }
            free(x);
            free(got);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpeg_of_every_kind),
        cmocka_unit_test(png_of_every_kind),
        cmocka_unit_test(webp_and_pnm_of_every_kind),
        cmocka_unit_test(limits_hold_before_memory_is_taken),
        cmocka_unit_test(damage_is_an_error_not_a_grey_half),
        cmocka_unit_test(long_headers_are_read),
        cmocka_unit_test(scaling_is_the_weighted_mean_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
