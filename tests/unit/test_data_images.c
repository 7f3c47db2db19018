/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of pictures: every kind a codec may meet, written by the codecs' own libraries; order, splits,
 * classes, sizes; what is bad is named, and left out on request without moving the others. */
#include "akin/tool/images.h"
#include "images/resize.h"
#include "images/decode.h"
#include "pictures.h"
#include "test.h"

#include <sys/stat.h>

static akin_error err;
static char folder[256];

static void fresh_folder(void) { snprintf(folder, sizeof folder, "%s", test_folder()); }

static void make(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK(mkdir(path, 0777) == 0);
}

static void put(const char *name, const void *data, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    pic_put(path, data, n);
}

/* A PGM or PPM with all samples equal. */
static void put_plain(const char *name, int h, int w, int c, int value)
{
    uint8_t *pixels = malloc((size_t)(h * w * c));
    size_t n;
    memset(pixels, value, (size_t)(h * w * c));
    uint8_t *bytes = pic_pnm(pixels, h, w, c, &n);
    put(name, bytes, n);
    free(bytes);
    free(pixels);
}

/* Whether a sentence about the set holds text. */
static bool told(const akin_image_set *set, const char *text)
{
    const char *line;
    for (int64_t i = 0; (line = akin_image_set_remark(set, i)) != NULL; i++)
        if (strstr(line, text)) return true;
    return false;
}

static akin_images split_of(const akin_image_set *ds, const char *name)
{
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, name, &v, &err));
    return v;
}

/* Codecs ------------------------------------------------------------------------------------------------ */

enum { H = 13, W = 11 };

/* Decode bytes and compare with want [H,W,c]; frees bytes. The probe must agree, also on a part of the
 * file. */
static void decodes_to(uint8_t *bytes, size_t n, const uint8_t *want, int c, int tolerance)
{
    const ak_codec *codec = ak_codec_of(bytes, n, &err);
    CHECK(codec != NULL);
    ak_decoded_image head = { .pixels = NULL }, p = { .pixels = NULL };
    CHECK_OK(codec->probe(bytes, n, &head, &err));
    CHECK_OK(codec->decode(bytes, n, &p, &err));
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
            raw[2 * i + 1] = (uint8_t)(i * 5); /* alpha is dropped, not applied */
        }
        DECODES_TO(pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY_ALPHA, 8, 2 * W, flags, &n), x, 1, 0);
        pic_smooth(x, H, W, 3, 2);
        DECODES_TO(pic_png(x, H, W, PNG_COLOR_TYPE_RGB, 8, 3 * W, flags, &n), x, 3, 0);
        for (int i = 0; i < H * W; i++) {
            memcpy(raw + 4 * i, x + 3 * i, 3);
            raw[4 * i + 3] = (uint8_t)(i * 5);
        }
        DECODES_TO(pic_png(raw, H, W, PNG_COLOR_TYPE_RGB_ALPHA, 8, 4 * W, flags, &n), x, 3, 0);
        for (int y = 0; y < H; y++) /* one bit: 10101010 101 */
            for (int k = 0; k < 2; k++) raw[2 * y + k] = 0xaa;
        for (int i = 0; i < H * W; i++) want[i] = i % W % 2 ? 0 : 255;
        DECODES_TO(pic_png(raw, H, W, PNG_COLOR_TYPE_GRAY, 1, 2, flags, &n), want, 1, 0);
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
    CHECK_OK(ak_webp.decode(lossy, n, &p, &err));
    double mean = 0;
    for (int i = 0; i < H * W * 3; i++) mean += (p.pixels[i] - x[i]) / (double)(H * W * 3);
    CHECK_LE(fabs(mean), 8);
    free(p.pixels);
    free(lossy);
    DECODES_TO(pic_pnm(x, H, W, 3, &n), x, 3, 0);
    pic_smooth(x, H, W, 4, 2);
    for (int i = 0; i < H * W; i++) {
        memcpy(want + 3 * i, x + 4 * i, 3);
        x[4 * i + 3] |= 1; /* wholly transparent pixels may lose their colour in the encoder */
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
    const ak_codec *codec = ak_codec_of(bytes, n, &err);
    return codec ? codec->decode(bytes, n, out, &err) : AKIN_ERR_FORMAT;
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
    a_codec_refuses("GIF89a....", 10, "it begins with 47 49 46 38");
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

/* Folders ----------------------------------------------------------------------------------------------- */

static void class_folders_give_labels_in_byte_order(void **state)
{
    (void)state;
    fresh_folder();
    static const char *const made[] = { "b", "a b", "a", "Z", "a/deep", "empty" };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) make(made[i]);
    put_plain("b/2.PPM", 2, 2, 3, 10);
    put_plain("b/1.pgm", 2, 2, 1, 20);
    put_plain("a/deep/x.ppm", 2, 2, 3, 30);
    put_plain("a/y.ppm", 2, 2, 3, 40);
    put_plain("a b/z.ppm", 2, 2, 3, 50);
    put_plain("Z/q.ppm", 2, 2, 3, 60);
    put("b/notes.txt", "hello", 5);
    put("b/.hidden.ppm", "hello", 5);
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    const akin_images v = split_of(ds, "train");
    static const char *const names[] = { "Z/q.ppm", "a b/z.ppm", "a/deep/x.ppm",
                                         "a/y.ppm", "b/1.pgm",   "b/2.PPM" };
    static const int label[] = { 0, 2, 1, 1, 3, 3 }, value[] = { 60, 50, 30, 40, 20, 10 };
    static const char *const classes[] = { "Z", "a", "a b", "b" };
    CHECK(v.n == 6 && v.channels == 3 && v.classes == 4 && akin_image_set_splits(ds) == 1);
    for (int i = 0; i < 6; i++) {
        char name[64];
        CHECK(strcmp(akin_image_set_item_name(ds, "train", i, name, sizeof name), names[i]) == 0);
        CHECK(v.labels[i] == label[i] && v.pixels[12 * i] == value[i] && v.pixels[12 * i + 11] == value[i]);
    }
    for (int k = 0; k < 4; k++) CHECK(strcmp(akin_image_set_class_name(ds, k), classes[k]) == 0);
    CHECK(akin_image_set_ignored(ds) == 2);
    akin_image_set_free(ds);

    put_plain("loose.ppm", 2, 2, 3, 1); /* beside the class folders */
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(!split_of(ds, "train").labels && split_of(ds, "train").n == 7);
    CHECK(told(ds, "1 image is outside of the class folders"));
    akin_image_set_free(ds);
}

static void splits_share_their_classes(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++) { /* test/; val/; both */
        fresh_folder();
        make("train");
        make("train/cat");
        make("train/eel");
        put_plain("train/cat/1.pgm", 2, 2, 1, 1);
        put_plain("train/eel/1.pgm", 2, 2, 1, 2);
        for (int k = 0; k < 2; k++) {
            const char *split = k ? "val" : "test";
            char name[64];
            if (form != 2 && form != k) continue;
            make(split);
            snprintf(name, sizeof name, "%s/dog", split);
            make(name);
            snprintf(name, sizeof name, "%s/dog/1.pgm", split);
            put_plain(name, 2, 2, 1, 3 + k);
        }
        akin_image_set *ds = NULL;
        CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
        CHECK(akin_image_set_splits(ds) == (form == 2 ? 3 : 2));
        const akin_images train = split_of(ds, "train"), test = split_of(ds, "test");
        CHECK(train.n == 2 && train.classes == 3 && train.labels[0] == 0 && train.labels[1] == 2);
        CHECK(test.n == 1 && test.labels[0] == 1 && test.pixels[0] == (form == 1 ? 4 : 3));
        if (form == 2) CHECK(split_of(ds, "val").pixels[0] == 4);
        char name[64];
        akin_image_set_item_name(ds, "test", 0, name, sizeof name);
        CHECK(strcmp(name, form == 1 ? "val/dog/1.pgm" : "test/dog/1.pgm") == 0);
        akin_image_set_free(ds);
    }
    fresh_folder();
    make("train");
    make("test");
    put_plain("train/a.pgm", 2, 2, 1, 1);
    akin_image_set *ds = NULL;
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT, "/test' is empty");
}

static void sizes_must_agree_or_be_given(void **state)
{
    (void)state;
    fresh_folder();
    put_plain("a.ppm", 20, 30, 3, 100);
    put_plain("b.pgm", 9, 8, 1, 50);
    akin_image_set *ds = NULL;
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "'a.ppm' is 20x30, 'b.pgm' is 9x8; give --size");
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.size = 16;
    CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
    const akin_images v = split_of(ds, "train");
    CHECK(v.n == 2 && v.height == 16 && v.width == 16 && v.channels == 3);
    for (int i = 0; i < 768; i++) CHECK(v.pixels[i] == 100 && v.pixels[768 + i] == 50);
    akin_image_set_free(ds);
}

static void bad_files_are_named_or_left_out(void **state)
{
    (void)state;
    fresh_folder();
    char name[64], linked[600], target[600];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "%02d.pgm", i);
        put_plain(name, 4, 4, 1, i);
    }
    put("07.jpg", "\xff\xd8\xff\xe0 this is no picture", 24);
    put("07.pgm", "P5 4 4 255\nshort", 16); /* good header, bad pixels: found only in the second pass */
    put("31.pgm", "not a picture", 13);
    snprintf(target, sizeof target, "%s/05.pgm", folder);
    snprintf(linked, sizeof linked, "%s/99.pgm", folder);
    CHECK(symlink(target, linked) == 0);
    snprintf(linked, sizeof linked, "%s/98.pgm", folder);
    CHECK(symlink("nowhere", linked) == 0);
    akin_image_set *ds = NULL;
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    char first[764] = "";
    for (int threads = 1; threads <= 4; threads++) { /* the first in order, whoever finds it */
        akin_set_threads(threads);
        CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "07.jpg': JPEG: ");
        if (threads > 1) CHECK(strcmp(first, err.message) == 0);
        strcpy(first, err.message);
    }
    snprintf(linked, sizeof linked, "%s/07.jpg", folder);
    CHECK(unlink(linked) == 0);
    for (int threads = 1; threads <= 4; threads++) {
        akin_set_threads(threads);
        CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "07.pgm': PNM: truncated");
        opts.on_bad = AKIN_BAD_SKIP;
        CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
        const akin_images v = split_of(ds, "train");
        CHECK(v.n == 39 && akin_image_set_bad_count(ds) == 3);
        int at = 0;
        for (int i = 0; i < 40; i++)
            if (i != 7 && i != 31) CHECK(v.pixels[16 * at++] == i);
        CHECK(v.pixels[16 * at] == 5); /* through the link */
        const akin_bad_item *bad;
        bad = akin_image_set_bad_at(ds, 0);
        CHECK(strcmp(bad->name, "07.pgm") == 0 && strstr(bad->reason, "truncated"));
        bad = akin_image_set_bad_at(ds, 1);
        CHECK(strcmp(bad->name, "31.pgm") == 0 && strstr(bad->reason, "6e 6f 74"));
        bad = akin_image_set_bad_at(ds, 2);
        CHECK(strcmp(bad->name, "98.pgm") == 0 && strstr(bad->reason, "No such file"));
        CHECK(!akin_image_set_bad_at(ds, 3) && !akin_image_set_bad_at(ds, -1));
        akin_image_set_free(ds);
        opts.max_bad_frac = 0.05;
        CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT,
                    "3 of 42 images cannot be read, more than --max-bad allows; the first is '07.pgm'");
        opts = (akin_image_set_opts)AKIN_IMAGE_SET_OPTS_INIT;
    }
    akin_set_threads(0);

    fresh_folder();
    put("bad\nname.jpg", "x", 1);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "bad?name.jpg");
    opts.on_bad = AKIN_BAD_SKIP;
    opts.max_bad_frac = 1;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT, "none is left");
}

static void folders_without_data_say_what_they_hold(void **state)
{
    (void)state;
    fresh_folder();
    akin_image_set *ds = NULL;
    put("b.txt", "x", 1);
    put("a.csv", "x", 1);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "2 other files such as 'a.csv'");
    char loop[600];
    make("class");
    put_plain("class/a.pgm", 2, 2, 1, 1);
    snprintf(loop, sizeof loop, "%s/class/loop", folder);
    CHECK(symlink("..", loop) == 0);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT, "a link to a parent?");
    if (geteuid() == 0) return; /* root may read everything */
    fresh_folder();
    make("closed");
    put("x.txt", "x", 1);
    snprintf(loop, sizeof loop, "%s/closed", folder);
    CHECK(chmod(loop, 0) == 0);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT, "Permission denied");
    chmod(loop, 0700);
}

/* A picture whose header needs more than the 64 KiB that the first pass reads. */
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
    static const int cases[][3] = { { 7, 5, 3 }, { 5, 7, 3 }, { 32, 32, 16 }, { 31, 64, 9 },  { 3, 4, 8 },
                                    { 1, 1, 5 }, { 1, 9, 4 }, { 40, 3, 3 },   { 28, 28, 28 }, { 17, 17, 1 } };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int c = 1; c <= 3; c += 2) {
            const int h = cases[k][0], w = cases[k][1], size = cases[k][2], least = h < w ? h : w;
            uint8_t *x = malloc((size_t)(h * w * c)), *got = malloc((size_t)(size * size * c));
            for (int i = 0; i < h * w * c; i++) x[i] = (uint8_t)test_u64();
            CHECK(ak_resize_crop(x, h, w, c, got, size));
            const int sh = h * size / least, sw = w * size / least, top = (sh - size) / 2,
                      left = (sw - size) / 2;
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
        cmocka_unit_test(class_folders_give_labels_in_byte_order),
        cmocka_unit_test(splits_share_their_classes),
        cmocka_unit_test(sizes_must_agree_or_be_given),
        cmocka_unit_test(bad_files_are_named_or_left_out),
        cmocka_unit_test(folders_without_data_say_what_they_hold),
        cmocka_unit_test(long_headers_are_read),
        cmocka_unit_test(scaling_is_the_weighted_mean_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
