/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_tiff.c - TIFF through libtiff: the first page.
 *
 * Whole samples of 8 and 16 bits, grey or RGB, are read as they are. Everything else of at most 8 bits that
 * libtiff can turn into RGB (palettes, 1 to 4 bits, YCbCr, CMYK) is turned by it. Signed
 * and real numbers, 32 bits, and channels beyond alpha are refused by name. The library's errors are errors
 * also where it would go on; its warnings, about tags it does not know above all, are not. */
#include "images/decode.h"

#include "base/path.h"
#include "base/plain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

/* A blank fax page has a bit for each line; no allocation of the library is larger than MOST_BYTES. */
enum { PIXELS_PER_BYTE = 1 << 18, MOST_BYTES = 1 << 29 };

typedef struct source {
    const uint8_t *bytes;
    uint64_t n, at;
    char reason[300]; /* the first error */
} source;

typedef struct kind {
    uint16_t bits, samples, format, photometric, planes, extras;
    int colours;   /* channels before the extra ones */
    bool as_it_is; /* else the library turns it into RGB */
} kind;

static tmsize_t on_read(thandle_t handle, void *to, tmsize_t n)
{
    source *s = handle;
    const uint64_t left = s->at < s->n ? s->n - s->at : 0, got = (uint64_t)n < left ? (uint64_t)n : left;
    memcpy(to, s->bytes + (got ? s->at : 0), (size_t)got);
    s->at += got;
    return (tmsize_t)got;
}

static tmsize_t on_write(thandle_t handle, void *from, tmsize_t n)
{
    (void)handle, (void)from, (void)n;
    return -1;
}

static toff_t on_seek(thandle_t handle, toff_t to, int whence)
{
    source *s = handle;
    s->at = whence == SEEK_SET ? to : whence == SEEK_CUR ? s->at + to : s->n + to;
    return s->at;
}

static int on_close(thandle_t handle) { return handle == NULL; }
static toff_t on_size(thandle_t handle) { return ((const source *)handle)->n; }

static int on_error(TIFF *tiff, void *to, const char *module, const char *format, va_list more)
{
    source *s = to;
    (void)tiff, (void)module;
    if (!s->reason[0]) ak_vsnprintf(s->reason, sizeof s->reason, format, more);
    return 1; /* told: not on stderr */
}

static int on_warning(TIFF *tiff, void *to, const char *module, const char *format, va_list more)
{
    (void)tiff, (void)to, (void)module, (void)format, (void)more;
    return 1;
}

static TIFF *open_tiff(source *s)
{
    TIFFOpenOptions *o = TIFFOpenOptionsAlloc();
    if (!o) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(o, on_error, s);
    TIFFOpenOptionsSetWarningHandlerExtR(o, on_warning, s);
    TIFFOpenOptionsSetMaxSingleMemAlloc(o, MOST_BYTES);
    TIFF *tiff =
        TIFFClientOpenExt("picture", "rm", s, on_read, on_write, on_seek, on_close, on_size, NULL, NULL, o);
    TIFFOpenOptionsFree(o);
    return tiff;
}

/* What the library said, without control bytes of the file. */
static akin_status failed(const source *s, akin_error *err)
{
    char shown[AK_SHOWN];
    return ak_fail(err, AKIN_ERR_FORMAT, "%s",
                   s->reason[0] ? ak_shown(s->reason, shown) : "damaged TIFF data");
}

static akin_status look(TIFF *t, kind *k, ak_decoded_image *out, akin_error *err)
{
    uint32_t width = 0, height = 0;
    uint16_t orientation = 1, *extra = NULL;
    memset(k, 0, sizeof *k);
    TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(t, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(t, TIFFTAG_BITSPERSAMPLE, &k->bits);
    TIFFGetFieldDefaulted(t, TIFFTAG_SAMPLESPERPIXEL, &k->samples);
    TIFFGetFieldDefaulted(t, TIFFTAG_SAMPLEFORMAT, &k->format);
    TIFFGetFieldDefaulted(t, TIFFTAG_PLANARCONFIG, &k->planes);
    TIFFGetFieldDefaulted(t, TIFFTAG_ORIENTATION, &orientation);
    if (!TIFFGetField(t, TIFFTAG_EXTRASAMPLES, &k->extras, &extra)) k->extras = 0;
    if (!TIFFGetField(t, TIFFTAG_PHOTOMETRIC, &k->photometric))
        return ak_fail(err, AKIN_ERR_FORMAT, "it does not say what its colours mean");
    /* The library would make RGB of Lab and LogLuv, in colours of its own. */
    if (k->photometric > PHOTOMETRIC_YCBCR || k->photometric == PHOTOMETRIC_MASK)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "its colours are of kind %d; grey, RGB, palettes, CMYK and YCbCr are read (0 to 6)",
                       k->photometric);
    *out = (ak_decoded_image){ .height = height, .width = width };
    out->orientation = orientation <= 8 ? orientation : 1;
    AK_TRY(ak_check_pixels(out->height, out->width, err));
    if (k->format != SAMPLEFORMAT_UINT && k->format != SAMPLEFORMAT_VOID)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "its samples are %s numbers of %d bits; whole ones of 1 to 16 are read",
                       k->format == SAMPLEFORMAT_INT ? "signed" : "real or complex", k->bits);
    const bool grey = k->photometric == PHOTOMETRIC_MINISBLACK || k->photometric == PHOTOMETRIC_MINISWHITE;
    k->colours = grey || k->photometric == PHOTOMETRIC_PALETTE ? 1
                 : k->photometric == PHOTOMETRIC_SEPARATED     ? 4
                                                               : 3;
    const int more = k->samples - k->colours;
    if (more < 0 || more > 1)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "it has %d channels; grey or colours, perhaps with alpha, are read", k->samples);
    k->as_it_is = (grey || k->photometric == PHOTOMETRIC_RGB) && (k->bits == 8 || k->bits == 16);
    if (!k->as_it_is && k->bits > 8)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "its samples have %d bits; 1 to 8 are read, and 16 of grey or RGB", k->bits);
    out->deep = k->bits == 16;
    const uint16_t meaning = k->extras ? extra[k->extras - 1] : EXTRASAMPLE_UNSPECIFIED;
    out->unsure = more && meaning == EXTRASAMPLE_UNSPECIFIED;
    out->multiplied = more && (meaning == EXTRASAMPLE_ASSOCALPHA || !k->as_it_is);
    out->channels = (grey ? 1 : 3) + more;
    if (out->unsure && !k->as_it_is)
        return ak_fail(err, AKIN_ERR_FORMAT, "it does not say what its last channel is");
    return AKIN_OK;
}

/* Samples as they are ----------------------------------------------------------------------------------- */

/* n samples or whole pixels of a line, from pixel `at` on. sample -1: all samples, side by side. */
static void put_line(const ak_decoded_image *out, int64_t at, const uint8_t *from, int64_t n, int sample)
{
    const int64_t bytes = out->deep ? 2 : 1, each = out->channels * bytes;
    uint8_t *to = out->pixels + at * each;
    if (sample < 0) {
        memcpy(to, from, (size_t)(n * each));
        return;
    }
    for (int64_t i = 0; i < n; i++) memcpy(to + i * each + sample * bytes, from + i * bytes, (size_t)bytes);
}

/* each: bytes that a tile has for a pixel */
static bool read_tiles(TIFF *t, const ak_decoded_image *out, int64_t each, int sample)
{
    uint32_t tw = 0, th = 0;
    TIFFGetField(t, TIFFTAG_TILEWIDTH, &tw);
    TIFFGetField(t, TIFFTAG_TILELENGTH, &th);
    const int64_t bytes = TIFFTileSize(t), row = TIFFTileRowSize(t);
    if (tw == 0 || th == 0 || bytes <= 0 || bytes > MOST_BYTES || row != (int64_t)tw * each ||
        row * th > bytes)
        return false;
    uint8_t *tile = malloc((size_t)bytes);
    bool fine = tile != NULL;
    for (int64_t y = 0; y < out->height && fine; y += th)
        for (int64_t x = 0; x < out->width && fine; x += tw) {
            const int64_t rows = out->height - y < th ? out->height - y : th;
            const int64_t columns = out->width - x < tw ? out->width - x : tw;
            fine =
                TIFFReadTile(t, tile, (uint32_t)x, (uint32_t)y, 0, (uint16_t)(sample < 0 ? 0 : sample)) >= 0;
            for (int64_t r = 0; r < rows && fine; r++)
                put_line(out, (y + r) * out->width + x, tile + r * row, columns, sample);
        }
    free(tile);
    return fine;
}

static bool read_lines(TIFF *t, const ak_decoded_image *out, int64_t each, int sample)
{
    const int64_t line = out->width * each;
    uint8_t *buffer = TIFFScanlineSize(t) == line ? malloc((size_t)line) : NULL;
    bool fine = buffer != NULL;
    for (int64_t y = 0; y < out->height && fine; y++) {
        fine = TIFFReadScanline(t, buffer, (uint32_t)y, (uint16_t)(sample < 0 ? 0 : sample)) >= 0;
        if (fine) put_line(out, y * out->width, buffer, out->width, sample);
    }
    free(buffer);
    return fine;
}

static void invert(ak_decoded_image *out)
{
    const int64_t n = out->height * out->width, c = out->channels;
    out->inverted = out->deep; /* what is white is not known yet */
    for (int64_t i = 0; i < n * c && !out->deep; i += c) out->pixels[i] = (uint8_t)(255 - out->pixels[i]);
}

static bool read_samples(TIFF *t, const kind *k, ak_decoded_image *out)
{
    const bool planes = k->planes == PLANARCONFIG_SEPARATE && out->channels > 1;
    const int64_t bytes = k->bits / 8, each = planes ? bytes : out->channels * bytes;
    bool fine = true;
    for (int sample = planes ? 0 : -1; fine && sample < (planes ? out->channels : 0); sample++)
        fine = (TIFFIsTiled(t) ? read_tiles : read_lines)(t, out, each, sample);
    if (fine && k->photometric == PHOTOMETRIC_MINISWHITE) invert(out);
    return fine;
}

/* Through the library's RGB ----------------------------------------------------------------------------- */

static bool read_rgba(TIFF *t, source *s, ak_decoded_image *out)
{
    char why[1024] = "";
    TIFFRGBAImage image;
    const int64_t n = out->height * out->width;
    uint32_t *raster = malloc((size_t)n * sizeof *raster);
    bool fine = raster && TIFFRGBAImageOK(t, why) && TIFFRGBAImageBegin(&image, t, 1, why);
    if (fine) {
        image.orientation = image.req_orientation = ORIENTATION_TOPLEFT; /* finish.c turns it */
        fine = TIFFRGBAImageGet(&image, raster, (uint32_t)out->width, (uint32_t)out->height) != 0;
        TIFFRGBAImageEnd(&image);
    } else if (!s->reason[0])
        snprintf(s->reason, sizeof s->reason, "%.250s", raster ? why : "no memory for its pixels");
    for (int64_t i = 0; i < n && fine; i++) {
        uint8_t *to = out->pixels + i * out->channels;
        to[0] = (uint8_t)TIFFGetR(raster[i]);
        if (out->channels > 2) {
            to[1] = (uint8_t)TIFFGetG(raster[i]);
            to[2] = (uint8_t)TIFFGetB(raster[i]);
        }
        if (out->channels % 2 == 0) to[out->channels - 1] = (uint8_t)TIFFGetA(raster[i]);
    }
    free(raster);
    return fine;
}

static akin_status read_pixels(TIFF *t, source *s, const kind *k, ak_decoded_image *out, akin_error *err)
{
    if ((uint64_t)(out->height * out->width) / PIXELS_PER_BYTE > s->n)
        return ak_fail(err, AKIN_ERR_FORMAT, "its header says more pixels than its bytes can hold");
    out->file_bytes = (int64_t)s->n;
    AK_TRY(ak_decoded_image_alloc(out, err));
    const bool fine = k->as_it_is ? read_samples(t, k, out) : read_rgba(t, s, out);
    if (fine && !s->reason[0]) {
        out->frames = TIFFNumberOfDirectories(t); /* what is wrong with a later page is no error */
        return AKIN_OK;
    }
    free(out->pixels);
    out->pixels = NULL;
    return failed(s, err);
}

static akin_status run(const uint8_t *bytes, size_t n, bool pixels, ak_decoded_image *out, akin_error *err)
{
    source s = { .bytes = bytes, .n = n };
    kind k;
    TIFF *t = open_tiff(&s);
    if (!t) return failed(&s, err);
    /* libtiff believes to have a tag for which there was no memory, and crashes on it (4.5). */
    akin_status status = errno == ENOMEM ? ak_fail(err, AKIN_ERR_NOMEM, "no memory for its tags") : AKIN_OK;
    if (!status) status = s.reason[0] ? failed(&s, err) : look(t, &k, out, err);
    if (!status && pixels) status = read_pixels(t, &s, &k, out, err);
    TIFFClose(t);
    return status;
}

static bool matches(const uint8_t *b, size_t n)
{
    const bool little = n >= 8 && b[0] == 'I' && b[1] == 'I' && (b[2] == 42 || b[2] == 43) && b[3] == 0;
    const bool big = n >= 8 && b[0] == 'M' && b[1] == 'M' && b[2] == 0 && (b[3] == 42 || b[3] == 43);
    return little || big;
}

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, false, out, err);
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, true, out, err);
}

const ak_codec ak_tiff = { "TIFF", matches, probe, decode };
