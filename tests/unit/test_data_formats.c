/* SPDX-License-Identifier: Apache-2.0 */
/* GIF, TIFF, BMP, HEIF and AVIF, and the rarer JPEG: files written by the formats' own libraries, pixels held
 * against what went in, kinds that are not read refused by name. */
#include "akin/tool/images.h"
#include "akin/data.h"
#include "images/decode.h"
#include "image_folders.h"

#include <sys/stat.h>

enum { H = 21, W = 19, N = H * W };

/* A picture must be within tolerance of want [h,w,c]. Frees bytes. */
static void near(uint8_t *bytes, size_t n, int h, int w, int c, const uint8_t *want, int tolerance)
{
    ak_decoded_image head, p;
    CHECK_OK(ak_picture_probe(bytes, n, NULL, &head, &err));
    CHECK_OK(ak_picture_decode(bytes, n, NULL, &p, &err));
    CHECK(head.height == h && head.width == w && head.channels == c);
    CHECK(p.height == h && p.width == w && p.channels == c);
    for (int i = 0; i < h * w * c; i++) CHECK_LE(abs(p.pixels[i] - want[i]), tolerance);
    free(p.pixels);
    free(bytes);
}

/* The length is known only after the picture is made. */
#define NEAR(make, h, w, c, want, tolerance)                                                                 \
    do {                                                                                                     \
        uint8_t *made_ = (make);                                                                             \
        near(made_, n, h, w, c, want, tolerance);                                                            \
    } while (0)

static void refused(uint8_t *bytes, size_t n, const char *text) /* frees bytes */
{
    ak_decoded_image p;
    CHECK_FAILS(ak_picture_decode(bytes, n, NULL, &p, &err), AKIN_ERR_FORMAT, text);
    CHECK(p.pixels == NULL);
    free(bytes);
}

#define REFUSED(make, text)                                                                                  \
    do {                                                                                                     \
        uint8_t *made_ = (make);                                                                             \
        refused(made_, n, text);                                                                             \
    } while (0)

/* The colours of palettes: entry i is (i, 255 - i, i / 2). */
static void coloured(const uint8_t *number, uint8_t *want)
{
    for (int i = 0; i < N; i++) {
        want[3 * i] = number[i];
        want[3 * i + 1] = (uint8_t)(255 - number[i]);
        want[3 * i + 2] = number[i] / 2;
    }
}

/* GIF --------------------------------------------------------------------------------------------------- */

static void gif_first_frame(void **state)
{
    (void)state;
    uint8_t x[N], want[3 * N], larger[3 * 30 * 30];
    size_t n;
    for (int i = 0; i < N; i++) x[i] = (uint8_t)(i * 5);
    coloured(x, want);
    for (int interlaced = 0; interlaced < 2; interlaced++)
        for (int frames = 1; frames < 4; frames += 2)
            NEAR(pic_gif(x, H, W, 0, 0, H, W, frames, -1, interlaced, &n), H, W, 3, want, 0);
    for (int i = 0; i < N; i++) /* colour 25 is transparent: white */
        if (x[i] == 25) want[3 * i] = want[3 * i + 1] = want[3 * i + 2] = 255;
    NEAR(pic_gif(x, H, W, 0, 0, H, W, 1, 25, 0, &n), H, W, 3, want, 0);
    memset(larger, 255, sizeof larger); /* on a larger canvas */
    for (int y = 0; y < H; y++) memcpy(larger + 3 * ((y + 4) * 30 + 7), want + 3 * y * W, 3 * W);
    NEAR(pic_gif(x, H, W, 4, 7, 30, 30, 1, 25, 0, &n), 30, 30, 3, larger, 0);
    REFUSED(pic_gif(x, H, W, 15, 7, 30, 30, 1, -1, 0, &n),
            "first frame, 21x19 at row 15 and column 7, lies outside");
    uint8_t *bytes = pic_gif(x, H, W, 0, 0, H, W, 2, -1, 0, &n);
    n--;
    refused(bytes, n, "GIF: the file ends early");
    bytes = pic_gif(x, H, W, 0, 0, H, W, 1, -1, 0, &n);
    bytes[6] = bytes[8] = 0; /* 7936 x 7936 */
    bytes[7] = bytes[9] = 31;
    refused(bytes, n, "more pixels than its bytes can hold");
}

/* TIFF -------------------------------------------------------------------------------------------------- */

static void tiff_samples_as_they_are(void **state)
{
    (void)state;
    static const int PACKED[] = { COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
                                  COMPRESSION_PACKBITS };
    uint8_t x[4 * N], want[3 * N];
    uint16_t deep[4 * N];
    size_t n;
    for (int k = 0; k < 4; k++)
        for (int flags = 0; flags <= PIC_TILED; flags += PIC_TILED) {
            pic_tiff_kind kind = { .photometric = PHOTOMETRIC_RGB, .compression = PACKED[k] };
            pic_smooth(x, H, W, 3, 1);
            NEAR(pic_tiff(x, H, W, 3, kind, flags, &n), H, W, 3, x, 0);
            kind.bits = 16;
            for (int i = 0; i < 3 * N; i++) deep[i] = (uint16_t)(x[i] * 257);
            NEAR(pic_tiff((uint8_t *)deep, H, W, 3, kind, flags, &n), H, W, 3, x, 0);
            pic_smooth(x, H, W, 4, 2);
            for (int i = 0; i < N; i++) x[4 * i + 3] = (uint8_t)(3 * i);
            for (int i = 0; i < 4 * N; i++) deep[i] = (uint16_t)(x[i] * 257);
            for (int i = 0; i < 3 * N; i++) want[i] = ak_over(x[i / 3 * 4 + i % 3], x[i / 3 * 4 + 3], 255);
            kind.extra = EXTRASAMPLE_UNASSALPHA;
            NEAR(pic_tiff((uint8_t *)deep, H, W, 4, kind, flags, &n), H, W, 3, want, 0);
            kind.bits = 8;
            NEAR(pic_tiff(x, H, W, 4, kind, flags, &n), H, W, 3, want, 0);
            for (int i = 0; i < 4 * N; i++) /* the same multiplied: two roundings */
                if (i % 4 < 3) x[i] = ak_over(x[i], x[i / 4 * 4 + 3], 0);
            kind.extra = EXTRASAMPLE_ASSOCALPHA;
            NEAR(pic_tiff(x, H, W, 4, kind, flags, &n), H, W, 3, want, 1);
            pic_smooth(x, H, W, 1, 4);
            kind = (pic_tiff_kind){ .photometric = PHOTOMETRIC_MINISBLACK, .compression = PACKED[k] };
            NEAR(pic_tiff(x, H, W, 1, kind, flags, &n), H, W, 1, x, 0);
            kind.photometric = PHOTOMETRIC_MINISWHITE;
            for (int i = 0; i < N; i++) want[i] = (uint8_t)(255 - x[i]);
            NEAR(pic_tiff(x, H, W, 1, kind, flags, &n), H, W, 1, want, 0);
        }
}

/* Channel after channel, as microscopes and tifffile have it. */
static void tiff_planes(void **state)
{
    (void)state;
    static const int PACKED[] = { COMPRESSION_NONE, COMPRESSION_LZW };
    uint8_t x[3 * N], planes[3 * N];
    uint16_t deep[3 * N];
    size_t n;
    pic_smooth(x, H, W, 3, 1);
    for (int i = 0; i < 3 * N; i++)
        deep[i % 3 * N + i / 3] = (uint16_t)(257 * (planes[i % 3 * N + i / 3] = x[i]));
    for (int k = 0; k < 4; k++) {
        pic_tiff_kind kind = { .photometric = PHOTOMETRIC_RGB, .compression = PACKED[k / 2] };
        const int flags = PIC_PLANES | (k % 2 ? PIC_TILED : 0);
        NEAR(pic_tiff(planes, H, W, 3, kind, flags, &n), H, W, 3, x, 0);
        kind.bits = 16;
        NEAR(pic_tiff((uint8_t *)deep, H, W, 3, kind, flags, &n), H, W, 3, x, 0);
    }
}

static void tiff_through_the_library(void **state)
{
    (void)state;
    uint8_t x[4 * N], want[3 * N];
    size_t n;
    for (int i = 0; i < N; i++) x[i] = (uint8_t)(i * 3);
    coloured(x, want);
    NEAR(pic_tiff(x, H, W, 1, (pic_tiff_kind){ .photometric = PHOTOMETRIC_PALETTE }, 0, &n), H, W, 3, want,
         0);
    for (int bits = 1; bits <= 4; bits += 3) { /* rows are whole bytes long */
        uint8_t rows[H * W] = { 0 };
        const int line = (W * bits + 7) / 8, most = (1 << bits) - 1;
        for (int i = 0; i < N; i++) {
            const int v = i * 7 % (most + 1), at = i % W * bits;
            rows[i / W * line + at / 8] |= (uint8_t)(v << (8 - bits - at % 8));
            want[i] = (uint8_t)(v * 255 / most);
        }
        NEAR(pic_tiff(rows, H, W, 1, (pic_tiff_kind){ .photometric = PHOTOMETRIC_MINISBLACK, .bits = bits },
                      0, &n),
             H, W, 1, want, 0);
    }
    pic_smooth(x, H, W, 4, 1); /* inks: red = (255 - cyan) (255 - black) / 255 */
    for (int i = 0; i < 3 * N; i++)
        want[i] = (uint8_t)((255 - x[i / 3 * 4 + i % 3]) * (255 - x[i / 3 * 4 + 3]) / 255);
    NEAR(pic_tiff(x, H, W, 4, (pic_tiff_kind){ .photometric = PHOTOMETRIC_SEPARATED }, 0, &n), H, W, 3, want,
         1);
}

static void tiff_that_is_refused(void **state)
{
    (void)state;
    static uint8_t x[8 * N];
    size_t n;
    const int rgb = PHOTOMETRIC_RGB, grey = PHOTOMETRIC_MINISBLACK;
    REFUSED(pic_tiff(x, H, W, 1,
                     (pic_tiff_kind){ .photometric = grey, .bits = 32, .format = SAMPLEFORMAT_IEEEFP }, 0,
                     &n),
            "TIFF: its samples are real or complex numbers of 32 bits; whole ones of 1 to 16 are read");
    REFUSED(pic_tiff(x, H, W, 1,
                     (pic_tiff_kind){ .photometric = grey, .bits = 16, .format = SAMPLEFORMAT_INT }, 0, &n),
            "signed numbers of 16 bits");
    REFUSED(pic_tiff(x, H, W, 1, (pic_tiff_kind){ .photometric = grey, .bits = 32 }, 0, &n),
            "its samples have 32 bits");
    REFUSED(pic_tiff(x, H, W, 5, (pic_tiff_kind){ .photometric = rgb }, 0, &n), "it has 5 channels");
    REFUSED(pic_tiff(x, H, W, 3, (pic_tiff_kind){ .photometric = PHOTOMETRIC_CIELAB }, 0, &n),
            "its colours are of kind 8; grey, RGB, palettes, CMYK and YCbCr are read");
    REFUSED(pic_tiff(x, H, W, 1, (pic_tiff_kind){ .photometric = PHOTOMETRIC_CFA }, 0, &n), "of kind 32803");
    pic_smooth(x, H, W, 4, 1); /* a fourth channel that nothing is said of */
    REFUSED(pic_tiff(x, H, W, 4, (pic_tiff_kind){ .photometric = rgb }, 0, &n),
            "--background white takes it for alpha");
    uint8_t *bytes = pic_tiff(x, H, W, 4, (pic_tiff_kind){ .photometric = rgb }, 0, &n), want[3 * N];
    const ak_pixel_rules white = { { 255, 255, 255 }, true, 0 };
    ak_decoded_image p;
    CHECK_OK(ak_picture_decode(bytes, n, &white, &p, &err));
    for (int i = 0; i < 3 * N; i++)
        CHECK(p.pixels[i] == ak_over(x[i / 3 * 4 + i % 3], x[i / 3 * 4 + 3], 255));
    free(p.pixels);
    free(bytes);
    for (int i = 0; i < N; i++) x[4 * i + 3] = 255;
    for (int i = 0; i < 3 * N; i++) want[i] = x[i / 3 * 4 + i % 3];
    NEAR(pic_tiff(x, H, W, 4, (pic_tiff_kind){ .photometric = rgb }, 0, &n), H, W, 3, want, 0);
    bytes =
        pic_tiff(x, H, W, 4, (pic_tiff_kind){ .photometric = rgb, .compression = COMPRESSION_LZW }, 0, &n);
    bytes[40] ^= 0xff; /* in the first strip */
    refused(bytes, n, "TIFF: ");
}

/* BMP --------------------------------------------------------------------------------------------------- */

static void bmp_with_palettes(void **state)
{
    (void)state;
    static const int BITS[] = { 1, 4, 8 };
    uint8_t rows[N], number[N], want[3 * N], palette[1024];
    size_t n;
    for (int k = 0; k < 3; k++)
        for (int core = 0; core < 2; core++) {
            const int bits = BITS[k], line = (W * bits + 7) / 8, colours = 1 << bits, entry = core ? 3 : 4;
            memset(rows, 0, sizeof rows);
            for (int i = 0; i < N; i++) {
                const int v = i * 7 % colours, at = i % W * bits;
                rows[i / W * line + at / 8] |= (uint8_t)(v << (8 - bits - at % 8));
                number[i] = (uint8_t)v;
            }
            for (int i = 0; i < colours; i++) {
                palette[entry * i] = (uint8_t)(i / 2); /* blue first */
                palette[entry * i + 1] = (uint8_t)(255 - i);
                palette[entry * i + 2] = (uint8_t)i;
            }
            coloured(number, want);
            const int size = core ? 12 : 40;
            NEAR(pic_bmp(rows, H, W, bits, line, size, 0, NULL, palette, entry * colours, &n), H, W, 3, want,
                 0);
            for (int i = 0; i < entry * colours; i++)
                palette[i] = (uint8_t)(i / entry * 255 / (colours - 1)); /* grey */
            for (int i = 0; i < N; i++) want[i] = (uint8_t)(number[i] * 255 / (colours - 1));
            NEAR(pic_bmp(rows, H, W, bits, line, size, !core, NULL, palette, entry * colours, &n), H, W, 1,
                 want, 0);
        }
}

static void bmp_with_channels(void **state)
{
    (void)state;
    static const uint32_t RGBA[] = { 0xff, 0xff00, 0xff0000, 0xff000000 }, M565[] = { 0xf800, 0x7e0, 0x1f },
                          TOP[] = { 0xff000000, 0xff0000, 0xff00, 0 };
    uint8_t x[4 * N], rows[4 * N], want[3 * N];
    size_t n;
    pic_smooth(x, H, W, 3, 1);
    for (int i = 0; i < 3 * N; i++) rows[i] = x[i / 3 * 3 + 2 - i % 3];
    for (int down = 0; down < 2; down++)
        NEAR(pic_bmp(rows, H, W, 24, 3 * W, 40, down, NULL, NULL, 0, &n), H, W, 3, x, 0);
    NEAR(pic_bmp(rows, H, W, 24, 3 * W, 12, 0, NULL, NULL, 0, &n), H, W, 3, x, 0);
    for (int i = 0; i < N; i++) { /* the fourth byte is not alpha */
        for (int k = 0; k < 3; k++) rows[4 * i + k] = x[3 * i + 2 - k];
        rows[4 * i + 3] = (uint8_t)i;
    }
    NEAR(pic_bmp(rows, H, W, 32, 4 * W, 40, 0, NULL, NULL, 0, &n), H, W, 3, x, 0);
    for (int i = 0; i < N; i++) { /* here it is */
        for (int k = 0; k < 3; k++) {
            rows[4 * i + k] = x[3 * i + k];
            want[3 * i + k] = ak_over(x[3 * i + k], (uint8_t)i, 255);
        }
    }
    NEAR(pic_bmp(rows, H, W, 32, 4 * W, 124, 1, RGBA, NULL, 0, &n), H, W, 3, want, 0);
    for (int i = 0; i < N; i++) rows[4 * i + 3] = 0; /* 0 everywhere: there is none */
    NEAR(pic_bmp(rows, H, W, 32, 4 * W, 108, 0, RGBA, NULL, 0, &n), H, W, 3, x, 0);
    for (int i = 0; i < N; i++)
        pic_little(rows + 4 * i,
                   (uint32_t)x[3 * i] << 24 | (uint32_t)x[3 * i + 1] << 16 | (uint32_t)x[3 * i + 2] << 8, 4);
    NEAR(pic_bmp(rows, H, W, 32, 4 * W, 56, 0, TOP, NULL, 0, &n), H, W, 3, x, 0);
    for (int i = 0; i < N; i++) {
        const uint32_t r = x[3 * i] >> 3, g = x[3 * i + 1] >> 2, b = x[3 * i + 2] >> 3;
        pic_little(rows + 2 * i, r << 11 | g << 5 | b, 2);
        want[3 * i] = (uint8_t)lround(r * 255 / 31.0);
        want[3 * i + 1] = (uint8_t)lround(g * 255 / 63.0);
        want[3 * i + 2] = (uint8_t)lround(b * 255 / 31.0);
    }
    NEAR(pic_bmp(rows, H, W, 16, 2 * W, 40, 0, M565, NULL, 0, &n), H, W, 3, want, 0);
}

static void bmp_that_is_refused(void **state)
{
    (void)state;
    static uint8_t rows[4 * N], palette[1024];
    static const uint32_t GAPS[] = { 0xf0f000, 0xff00, 0xff, 0 };
    size_t n;
    uint8_t *bytes = pic_bmp(rows, H, W, 8, W, 40, 0, NULL, palette, 1024, &n);
    bytes[30] = 1;
    refused(bytes, n, "BMP: it is compressed (method 1, run lengths); only uncompressed pixels are read");
    bytes = pic_bmp(rows, H, W, 8, W, 40, 0, NULL, palette, 1024, &n);
    bytes[46] = 3; /* colours */
    memset(bytes + n - 20, 7, 20);
    refused(bytes, n, "a pixel has a colour beyond the 3 there are");
    bytes = pic_bmp(rows, H, W, 24, 3 * W, 40, 0, NULL, NULL, 0, &n);
    n--;
    refused(bytes, n,
            "BMP: the file ends early: 21x19 pixels of 24 bits need 1260 bytes from byte 54, it has 1313");
    REFUSED(pic_bmp(rows, H, W, 2, W, 40, 0, NULL, palette, 16, &n), "its pixels have 2 bits");
    REFUSED(pic_bmp(rows, H, W, 32, 4 * W, 56, 0, GAPS, NULL, 0, &n), "channel 0 has the mask 00f0f000");
    REFUSED(pic_bmp(rows, 1, 1, 24, 3, 125, 0, NULL, NULL, 0, &n),
            "it begins with 42 4d"); /* no such header */
}

/* WebP -------------------------------------------------------------------------------------------------- */

/* Frames of [h,w,4] at (top,left), even numbers, of a canvas. */
static uint8_t *webp_animation(const uint8_t *x, int h, int w, int top, int left, int ch, int cw, int frames,
                               size_t *n)
{
    size_t inner;
    uint8_t *plain = pic_webp(x, h, w, 4, 1, &inner); /* RIFF, length, WEBP; then the chunk VP8L */
    const size_t chunk = inner - 12, frame = 8 + 16 + chunk;
    uint8_t *b = calloc(1, 44 + (size_t)frames * frame + 1);
    *n = 44 + (size_t)frames * frame;
    memcpy(b, "RIFF....WEBPVP8X\x0a\0\0\0\x12\0\0\0", 24);
    pic_little(b + 4, (uint32_t)*n - 8, 4);
    pic_little(b + 24, (uint32_t)cw - 1, 3);
    pic_little(b + 27, (uint32_t)ch - 1, 3);
    memcpy(b + 30, "ANIM\x06\0\0\0", 8);
    for (int f = 0; f < frames; f++) {
        uint8_t *at = b + 44 + (size_t)f * frame;
        memcpy(at, "ANMF", 4);
        pic_little(at + 4, (uint32_t)(16 + chunk), 4);
        pic_little(at + 8, (uint32_t)left / 2, 3);
        pic_little(at + 11, (uint32_t)top / 2, 3);
        pic_little(at + 14, (uint32_t)w - 1, 3);
        pic_little(at + 17, (uint32_t)h - 1, 3);
        memcpy(at + 24, plain + 12, chunk);
    }
    free(plain);
    return b;
}

static void webp_first_frame(void **state)
{
    (void)state;
    uint8_t x[4 * N], want[3 * N], larger[3 * 30 * 32];
    size_t n;
    pic_smooth(x, H, W, 4, 1);
    for (int i = 0; i < N; i++) x[4 * i + 3] = i % 5 ? 255 : (uint8_t)i;
    for (int i = 0; i < 3 * N; i++) want[i] = ak_over(x[i / 3 * 4 + i % 3], x[i / 3 * 4 + 3], 255);
    NEAR(webp_animation(x, H, W, 0, 0, H, W, 3, &n), H, W, 3, want, 0);
    memset(larger, 255, sizeof larger);
    for (int y = 0; y < H; y++) memcpy(larger + 3 * ((y + 4) * 32 + 6), want + 3 * y * W, 3 * W);
    uint8_t *bytes = webp_animation(x, H, W, 4, 6, 30, 32, 2, &n);
    ak_decoded_image p;
    CHECK_OK(ak_picture_decode(bytes, n, NULL, &p, &err));
    CHECK(p.frames == 2);
    free(p.pixels);
    NEAR(bytes, 30, 32, 3, larger, 0);
    bytes = webp_animation(x, H, W, 0, 0, H, W, 2, &n);
    n -= 9;
    refused(bytes, n, "WebP: damaged WebP data, or the file ends early");
}

/* JPEG -------------------------------------------------------------------------------------------------- */

static void jpeg_in_ycck(void **state)
{
    (void)state;
    uint8_t x[4 * N], want[3 * N];
    size_t n;
    pic_smooth(x, H, W, 4, 3); /* Adobe's inks are inverted; YCCK is another coding of the same */
    for (int i = 0; i < 3 * N; i++)
        want[i] = (uint8_t)((x[i / 3 * 4 + i % 3] * x[i / 3 * 4 + 3] + 127) / 255);
    /* an error of 4 in luma, and of 4 in chroma, which blue takes 1.772 times, and the roundings */
    NEAR(pic_jpeg(x, H, W, 4, PIC_CMYK | PIC_YCCK, &n), H, W, 3, want, 13);
    uint8_t *bytes = pic_jpeg(x, H, W, 1, 0, &n);
    for (size_t i = 0; i + 8 < n; i++)
        if (bytes[i] == 0xff && bytes[i + 1] == 0xc0) bytes[i + 4] = 12; /* bits of a sample */
    refused(bytes, n, "JPEG: Unsupported JPEG data precision 12");
}

/* HEIF, AVIF -------------------------------------------------------------------------------------------- */

static double mean_of(const uint8_t *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i];
    return sum / n;
}

/* Chroma is halved and colours go through YCbCr: near on average. Sides of 64: encoders have a smallest. */
static void heif_and_avif(void **state)
{
    (void)state;
    enum { SIDE = 64, ALL = SIDE * SIDE };
    static uint8_t x[4 * ALL], want[3 * ALL];
    static const enum heif_compression_format FORMATS[] = { heif_compression_AV1, heif_compression_HEVC };
    size_t n;
    for (int f = 0; f < 2; f++)
        for (int c = 3; c <= 4; c++) {
            pic_smooth(x, SIDE, SIDE, c, 1);
            for (int i = 0; i < ALL && c == 4; i++) x[4 * i + 3] = i % SIDE < SIDE / 2 ? 255 : 0;
            for (int i = 0; i < 3 * ALL; i++) {
                const uint8_t *from = x + i / 3 * c;
                want[i] = c == 3 ? from[i % 3] : ak_over(from[i % 3], from[3], 255);
            }
            uint8_t *bytes = pic_heif(x, SIDE, SIDE, c, FORMATS[f], &n);
            if (!bytes) continue; /* no encoder */
            ak_decoded_image head, p;
            CHECK_OK(ak_picture_probe(bytes, n, NULL, &head, &err));
            CHECK_OK(ak_picture_decode(bytes, n, NULL, &p, &err));
            CHECK(head.height == SIDE && head.width == SIDE && head.channels == 3);
            CHECK(p.height == SIDE && p.width == SIDE && p.channels == 3 && p.transparent == (c == 4));
            CHECK_NEAR(mean_of(p.pixels, 3 * ALL), mean_of(want, 3 * ALL), 3);
            double far = 0;
            for (int i = 0; i < 3 * ALL; i++) far += abs(p.pixels[i] - want[i]) / (3.0 * ALL);
            CHECK_LE(far, 8);
            free(p.pixels);
            free(bytes);
        }
}

/* 16 x 16, the upper half (200,60,30), the lower (40,120,220); written once by libheif 1.15 with libaom,
 * quality 50, for machines that have no encoder. */
static const char AVIF[] =
    "0000001c667479706176696600000000617669666d6966316d696166000000ea6d657461000000000000002168646c72"
    "000000000000000070696374000000000000000000000000000000000e7069746d00000000000100000022696c6f6300"
    "00000044400001000100000000010e000100000000000000220000002369696e6600000000000100000015696e666502"
    "0000000001000061763031000000006a697072700000004b6970636f00000013636f6c726e636c780002000200068000"
    "00000c6176314381000c0000000014697370650000000000000010000000100000001070697869000000000308080800"
    "00001769706d610000000000000001000104818203840000002a6d64617412000a09180cffd8204040d0803213460002"
    "8a28a100113d6ce99aab9ca58b86baf0";

static void an_avif_of_another_machine(void **state)
{
    (void)state;
    static const int COLOURS[2][3] = { { 200, 60, 30 }, { 40, 120, 220 } };
    uint8_t bytes[(sizeof AVIF - 1) / 2];
    for (size_t i = 0; i < sizeof bytes; i++) {
        const char digits[3] = { AVIF[2 * i], AVIF[2 * i + 1], 0 };
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    ak_decoded_image p;
    if (!heif_have_decoder_for_format(heif_compression_AV1)) { /* libheif without its plugin */
        CHECK_FAILS(ak_picture_decode(bytes, sizeof bytes, NULL, &p, &err), AKIN_ERR_UNSUPPORTED,
                    "HEIF: libheif has no decoder for it; Debian: libheif-plugin-dav1d");
        return;
    }
    CHECK_OK(ak_picture_decode(bytes, sizeof bytes, NULL, &p, &err));
    CHECK(p.height == 16 && p.width == 16 && p.channels == 3);
    for (int i = 0; i < 256; i++)
        for (int k = 0; k < 3 && i / 16 != 7 && i / 16 != 8; k++) /* but where they meet */
            CHECK_NEAR(p.pixels[3 * i + k], COLOURS[i > 127][k], 8);
    free(p.pixels);
}

/* Damage ------------------------------------------------------------------------------------------------ */

/* A cut or a flipped bit gives a sentence or a picture. Frees bytes, which may be NULL. */
static void survives(uint8_t *bytes, size_t n)
{
    for (size_t k = 0; bytes && k < 2 * n; k += 3) {
        const size_t length = k < n ? k : n;
        uint8_t *part = malloc(length + 1);
        memcpy(part, bytes, length);
        if (k >= n) part[k - n] ^= (uint8_t)(1 << k % 8);
        part = realloc(part, length ? length : 1); /* of this very size, so that reading beyond it is seen */
        ak_decoded_image p;
        err.message[0] = 0;
        akin_status status = ak_picture_decode(part, length, NULL, &p, &err);
        CHECK(status ? p.pixels == NULL && err.message[0] : p.pixels != NULL);
        CHECK(!status || status == AKIN_ERR_FORMAT || status == AKIN_ERR_UNSUPPORTED ||
              status == AKIN_ERR_NOMEM);
        CHECK(k >= n || status);
        free(p.pixels);
        status = ak_picture_probe(part, length, NULL, &p, &err);
        CHECK(p.pixels == NULL && (status || (p.height > 0 && p.width > 0)));
        free(part);
    }
    free(bytes);
}

static void damaged_files(void **state)
{
    (void)state;
    enum { SIDE = 64 };
    static uint8_t x[3 * SIDE * SIDE];
    size_t n;
    memset(x, 90, sizeof x);
    uint8_t *bytes = pic_heif(x, SIDE, SIDE, 3, heif_compression_AV1, &n);
    survives(bytes, n);
    bytes = pic_heif(x, SIDE, SIDE, 3, heif_compression_HEVC, &n);
    survives(bytes, n);
    pic_smooth(x, 20, 20, 4, 1);
    bytes = webp_animation(x, 20, 20, 4, 6, 30, 32, 2, &n);
    survives(bytes, n);
}

/* A folder ---------------------------------------------------------------------------------------------- */

static void a_folder_of_every_format(void **state)
{
    (void)state;
    uint8_t x[N], rgb[3 * N];
    size_t n;
    snprintf(folder, sizeof folder, "%s", test_folder());
    for (int i = 0; i < N; i++) x[i] = (uint8_t)(i * 5);
    pic_smooth(rgb, H, W, 3, 1);
    uint8_t *bytes = pic_gif(x, H, W, 0, 0, H, W, 3, 25, 0, &n);
    give("a.GIF", bytes, n);
    bytes = pic_tiff(rgb, H, W, 3, (pic_tiff_kind){ .photometric = PHOTOMETRIC_RGB, .pages = 2 }, 0, &n);
    give("b.Tif", bytes, n);
    bytes = pic_tiff(x, H, W, 1, (pic_tiff_kind){ .photometric = PHOTOMETRIC_MINISBLACK }, 0, &n);
    give("c.tiff", bytes, n);
    bytes = pic_bmp(rgb, H, W, 24, 3 * W, 40, 0, NULL, NULL, 0, &n);
    give("d.BMP", bytes, n);
    bytes = pic_jpeg(rgb, H, W, 3, 0, &n);
    give("e.jfif", bytes, n);
    bytes = pic_jpeg(rgb, H, W, 3, 0, &n);
    give("f.JPE", bytes, n);
    akin_image_set *ds = NULL;
    CHECK(akin_data_detect(folder) == AKIN_DATA_IMAGES);
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
    CHECK(v.n == 6 && v.channels == 3 && akin_image_set_ignored(ds) == 0);
    CHECK(told(ds, "2 pictures have several frames or pages: the first one is read."));
    CHECK(told(ds, "1 picture has transparency: drawn on white (--background)."));
    akin_image_set_free(ds);
    static const char *const NAMES[] = { "x.heic", "x.HEIF", "x.avif", "x.dib" };
    for (int k = 0; k < 4; k++) CHECK(ak_is_image_name(NAMES[k]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gif_first_frame),      cmocka_unit_test(tiff_samples_as_they_are),
        cmocka_unit_test(tiff_planes),          cmocka_unit_test(tiff_through_the_library),
        cmocka_unit_test(tiff_that_is_refused), cmocka_unit_test(bmp_with_palettes),
        cmocka_unit_test(bmp_with_channels),    cmocka_unit_test(bmp_that_is_refused),
        cmocka_unit_test(webp_first_frame),     cmocka_unit_test(jpeg_in_ycck),
        cmocka_unit_test(heif_and_avif),        cmocka_unit_test(an_avif_of_another_machine),
        cmocka_unit_test(damaged_files),        cmocka_unit_test(a_folder_of_every_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
