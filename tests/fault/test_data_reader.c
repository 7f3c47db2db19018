/* SPDX-License-Identifier: Apache-2.0 */
/* Every reader on damaged files: one small sample per format, cut at every byte, and with every single bit
 * flipped. Asked for: no crash (the sanitizers watch when they are on), either an error with a sentence or a
 * set of a shape that the file can hold, and little memory. Formats of known length must refuse every cut. */
#include "akin/tool/images.h"
#include "images/decode.h"
#include "pictures.h"
#include "test.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static akin_error err;
static char folder[256];

static long resident_kib(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

/* A sample file of a set. */
typedef struct sample {
    const char *name;
    uint8_t *bytes;
    size_t n;
    int64_t items, height, width;
    size_t fine; /* a cut after a multiple of so many bytes is a whole file; 0: never */
} sample;

/* 1 when it opened. */
static int try_set(const sample *s, const uint8_t *bytes, size_t n)
{
    char path[512];
    akin_image_set *ds = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, s->name);
    pic_put(path, bytes, n);
    err.message[0] = 0;
    const akin_status status = akin_image_set_open(folder, NULL, &ds, &err);
    if (status != AKIN_OK) {
        CHECK(ds == NULL && err.message[0] && err.status == status);
        CHECK(status != AKIN_ERR_INTERNAL && !strchr(err.message, '\n'));
        return 0;
    }
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
    CHECK(v.n >= 1 && v.n <= s->items && v.height * v.width == s->height * s->width);
    for (int64_t i = 0; v.labels && i < v.n; i++) CHECK(v.labels[i] >= 0 && v.labels[i] < v.classes);
    akin_image_set_free(ds);
    return 1;
}

static void damage(const sample *s, size_t step)
{
    uint8_t *copy = malloc(s->n + 1);
    memcpy(copy, s->bytes, s->n);
    CHECK(try_set(s, copy, s->n));
    for (size_t n = 0; n < s->n; n += n + step < s->n ? step : 1) {
        const int opened = try_set(s, copy, n);
        CHECK(!opened || (s->fine && n % s->fine == 0));
    }
    copy[s->n] = 0;
    CHECK(!try_set(s, copy, s->n + 1)); /* one byte too many */
    for (size_t bit = 0; bit < 8 * s->n; bit += bit < 8 * 200 ? 1 : 8 * step + 1) {
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        try_set(s, copy, s->n);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(copy);
}

static void fresh_folder(void) { snprintf(folder, sizeof folder, "%s", test_folder()); }

static void idx_survives_damage(void **state)
{
    (void)state;
    uint8_t plain[16 + 2 * 3 * 5] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5 };
    for (int i = 16; i < 46; i++) plain[i] = (uint8_t)(i * i);
    fresh_folder();
    damage(&(sample){ "train-images-idx3-ubyte", plain, sizeof plain, 2, 3, 5, 0 }, 1);
    uint8_t labels[8 + 2] = { 0, 0, 8, 1, 0, 0, 0, 2, 1, 0 };
    char path[512];
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", folder);
    pic_put(path, plain, sizeof plain);
    damage(&(sample){ "train-labels-idx1-ubyte", labels, sizeof labels, 2, 3, 5, 0 }, 1);
}

static void gzip_survives_damage(void **state)
{
    (void)state;
    uint8_t plain[16 + 2 * 3 * 5] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5 }, packed[256];
    for (int i = 16; i < 46; i++) plain[i] = (uint8_t)(i * i);
    z_stream z = {
        .next_in = plain, .avail_in = sizeof plain, .next_out = packed, .avail_out = sizeof packed
    };
    CHECK(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    fresh_folder();
    damage(&(sample){ "train-images-idx3-ubyte.gz", packed, z.total_out, 2, 3, 5, 0 }, 1);
    deflateEnd(&z);
}

static void cifar_survives_damage(void **state)
{
    (void)state;
    enum { RECORD = 3073 };
    uint8_t *bytes = calloc(2, RECORD);
    for (int i = 0; i < 2 * RECORD; i++) bytes[i] = (uint8_t)(i % RECORD == 0 ? 3 : i);
    fresh_folder();
    damage(&(sample){ "data_batch_1.bin", bytes, 2 * RECORD, 2, 32, 32, RECORD }, 97);
    free(bytes);
}

static void npy_survives_damage(void **state)
{
    (void)state;
    fresh_folder();
    for (int version = 1; version <= 3; version++) {
        const char *header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 5), }\n";
        uint8_t bytes[256] = { 0x93, 'N', 'U', 'M', 'P', 'Y', (uint8_t)version, 0, (uint8_t)strlen(header) };
        const size_t at = version == 1 ? 10 : 12;
        memcpy(bytes + at, header, strlen(header));
        for (size_t i = 0; i < 30; i++) bytes[at + strlen(header) + i] = (uint8_t)(i * i);
        /* a flip may make of (2, 3, 5) another shape of 30 items, so the height is not held fast */
        const sample s = { "train.npy", bytes, at + strlen(header) + 30, 30, 3, 5, 0 };
        damage(&s, 1);
    }
}

/* Pictures, in memory: as many flips as there are bits. */
static void picture(uint8_t *bytes, size_t n, bool cut_is_told)
{
    ak_decoded_image p = { .pixels = NULL };
    size_t opened = 0;
    for (size_t flip = 0; flip <= 8 * n; flip++) {
        if (flip > 0) bytes[(flip - 1) / 8] ^= (uint8_t)(1 << (flip - 1) % 8);
        if (ak_picture_decode(bytes, n, NULL, &p, &err) == AKIN_OK) {
            CHECK(p.pixels && p.height >= 1 && p.width >= 1 && (p.channels == 1 || p.channels == 3));
            CHECK(p.height * p.width <= 1 << 26);
            opened++;
            free(p.pixels);
        } else {
            CHECK(!p.pixels);
        }
        p.pixels = NULL;
        if (flip > 0) bytes[(flip - 1) / 8] ^= (uint8_t)(1 << (flip - 1) % 8);
        CHECK(flip > 0 || opened == 1);
    }
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *part = malloc(cut + 1); /* of this very size, so that reading beyond it is seen */
        memcpy(part, bytes, cut);
        part = realloc(part, cut ? cut : 1);
        akin_status status = ak_picture_decode(part, cut, NULL, &p, &err);
        CHECK(status != AKIN_OK || !cut_is_told);
        if (!status) free(p.pixels);
        status = ak_picture_probe(part, cut, NULL, &p, &err);
        CHECK(p.pixels == NULL || status == AKIN_OK);
        p.pixels = NULL;
        free(part);
    }
    free(bytes);
}

enum { H = 9, W = 12 };

static void pictures_survive_damage(void **state)
{
    (void)state;
    uint8_t x[H * W * 4];
    size_t n;
    pic_smooth(x, H, W, 3, 1);
    uint8_t *bytes = pic_jpeg(x, H, W, 3, 0, &n);
    picture(bytes, n, true);
    bytes = pic_jpeg(x, H, W, 3, PIC_PROGRESSIVE, &n);
    picture(bytes, n, true);
    bytes = pic_jpeg(x, H, W * 3 / 4, 4, PIC_CMYK, &n);
    picture(bytes, n, true);
    bytes = pic_png(x, H, W, PNG_COLOR_TYPE_RGB, 8, 3 * W, PIC_INTERLACED, &n);
    picture(bytes, n, true);
    bytes = pic_png(x, H, W, PNG_COLOR_TYPE_GRAY, 16, 2 * W, 0, &n);
    picture(bytes, n, true);
    bytes = pic_webp(x, H, W, 3, 0, &n);
    picture(bytes, n, true);
    bytes = pic_webp(x, H, W, 3, 1, &n);
    picture(bytes, n, true);
    bytes = pic_pnm(x, H, W, 3, &n);
    picture(bytes, n, true);
    uint8_t exif[26];
    bytes = pic_jpeg_exif(x, H, W, 3, 0, exif, pic_exif(exif, 6, 0), &n);
    picture(bytes, n, true);
    bytes = pic_gif(x, H, W, 1, 2, H + 4, W + 4, 2, 30, 1, &n);
    picture(bytes, n, true);
    bytes = pic_bmp(x, H, W, 24, 3 * W, 40, 0, NULL, NULL, 0, &n);
    picture(bytes, n, true);
    static const uint32_t RGBA[] = { 0xff, 0xff00, 0xff0000, 0xff000000 };
    pic_smooth(x, H, W, 4, 1);
    bytes = pic_bmp(x, H, W, 32, 4 * W, 124, 1, RGBA, NULL, 0, &n);
    picture(bytes, n, true);
    bytes = pic_png(x, H, W, PNG_COLOR_TYPE_RGB_ALPHA, 8, 4 * W, PIC_EXIF6, &n);
    picture(bytes, n, true);
    static const char text[] =
        "P2 3 2 9\n1 2 3 4 5 6\n"; /* of text, a cut in the last number cannot be told */
    bytes = malloc(sizeof text);
    memcpy(bytes, text, sizeof text);
    picture(bytes, sizeof text - 1, false);
}

/* The directory of a TIFF stands behind its pixels: a cut may lose no more than what nobody reads. */
static void tiff_survives_damage(void **state)
{
    (void)state;
    static const int PACKED[] = { COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
                                  COMPRESSION_PACKBITS };
    uint8_t x[H * W * 4];
    size_t n;
    pic_smooth(x, H, W, 4, 1);
    for (int k = 0; k < 4; k++) {
        pic_tiff_kind kind = { .photometric = PHOTOMETRIC_RGB,
                               .compression = PACKED[k],
                               .orientation = 6,
                               .extra = EXTRASAMPLE_UNASSALPHA };
        uint8_t *bytes = pic_tiff(x, H, W, 4, kind, k % 2 ? PIC_TILED : 0, &n);
        picture(bytes, n, false);
    }
    uint8_t *bytes = pic_tiff(x, H, W, 1, (pic_tiff_kind){ .photometric = PHOTOMETRIC_PALETTE }, 0, &n);
    picture(bytes, n, false);
}

/* AVIF: 300 flips and 100 cuts that are drawn; with AKIN_TEST_FULL each. */
static void avif_survives_damage(void **state)
{
    (void)state;
    enum { SIDE = 64 };
    static uint8_t x[SIDE * SIDE * 3];
    size_t n;
    pic_smooth(x, SIDE, SIDE, 3, 1);
    uint8_t *bytes = pic_heif(x, SIDE, SIDE, 3, heif_compression_AV1, &n);
    const bool full = getenv("AKIN_TEST_FULL") != NULL;
    for (size_t k = 0; bytes && k < (full ? 9 * n : 400); k++) {
        const size_t at = full ? k % (9 * n) : (size_t)test_int(0, (int64_t)(k < 300 ? 8 * n : n) - 1);
        const bool cut = full ? k >= 8 * n : k >= 300;
        const size_t length = cut ? (full ? at - 8 * n : at) : n;
        uint8_t *part = malloc(length + 1);
        memcpy(part, bytes, length);
        part = realloc(part, length ? length : 1);
        if (!cut) part[at / 8] ^= (uint8_t)(1 << at % 8);
        ak_decoded_image p = { .pixels = NULL };
        if (ak_picture_decode(part, length, NULL, &p, &err) == AKIN_OK)
            CHECK(p.pixels && p.height >= 1 && p.width >= 1 && p.height * p.width <= 1 << 26);
        else
            CHECK(!p.pixels && err.message[0]);
        free(p.pixels);
        free(part);
    }
    free(bytes);
}

static void memory_stays_small(void **state)
{
    const long before = *(const long *)*state;
#ifndef SANITIZED /* which keep what was freed */
    CHECK_LE(resident_kib() - before, 64 * 1024);
#else
    (void)before;
#endif
}

int main(void)
{
    static long before;
    before = resident_kib();
    static void *state;
    state = &before;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idx_survives_damage),     cmocka_unit_test(gzip_survives_damage),
        cmocka_unit_test(cifar_survives_damage),   cmocka_unit_test(npy_survives_damage),
        cmocka_unit_test(pictures_survive_damage), cmocka_unit_test(tiff_survives_damage),
        cmocka_unit_test(avif_survives_damage),    cmocka_unit_test_prestate(memory_stays_small, state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
