/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_bmp.c - BMP, the bitmap of Windows: uncompressed pixels of 1, 4, 8, 16, 24 and 32 bits.
 *
 * A file is: "BM", its length, where the pixels begin (byte 10); a header of 12 (OS/2), 40 or more bytes;
 * masks of the channels or a table of colours; lines from the bottom up, or downwards where the height is
 * negative, each filled up to four bytes. Compressed ones (RLE, JPEG, PNG inside) are refused by name. There
 * is no small library for this: docs/packaging.md. */
#include "images/decode.h"

#include <string.h>

enum { FILE_HEADER = 14, CORE = 12, INFO = 40, MASKS = 14 + 40 };

typedef struct header {
    uint32_t begin; /* of the pixels */
    uint32_t size;  /* of the header behind the first 14 bytes */
    int bits;
    bool down;
    uint32_t mask[4];      /* red, green, blue, alpha; 0 = none */
    const uint8_t *colour; /* the table, `entry` bytes each: blue, green, red */
    uint32_t colours, entry;
    int64_t line; /* bytes */
} header;

static uint32_t number(const uint8_t *b, int bytes)
{
    uint32_t x = 0;
    for (int i = bytes - 1; i >= 0; i--) x = x << 8 | b[i];
    return x;
}

static akin_status ends_early(akin_error *err)
{
    return ak_fail(err, AKIN_ERR_FORMAT, "the file ends early, in its header");
}

static akin_status read_masks(const uint8_t *b, size_t n, uint32_t compression, header *h, akin_error *err)
{
    static const uint32_t USUAL[2][3] = { { 0x7c00, 0x3e0, 0x1f }, { 0xff0000, 0xff00, 0xff } };
    memcpy(h->mask, USUAL[h->bits == 32], sizeof *USUAL);
    if (compression == 0) return AKIN_OK;
    const int count = h->size >= 56 || compression == 6 ? 4 : 3;
    if (n < (size_t)(MASKS + 4 * count)) return ends_early(err);
    for (int k = 0; k < count; k++) {
        h->mask[k] = number(b + MASKS + 4 * k, 4);
        const uint64_t lowest = h->mask[k] & (~h->mask[k] + 1u);
        if ((h->mask[k] == 0 && k < 3) || (((uint64_t)h->mask[k] + lowest) & h->mask[k]))
            return ak_fail(err, AKIN_ERR_FORMAT, "channel %d has the mask %08x, which is no row of bits", k,
                           h->mask[k]);
    }
    return AKIN_OK;
}

static akin_status read_colours(const uint8_t *b, size_t n, header *h, uint32_t used, ak_decoded_image *out,
                                akin_error *err)
{
    const size_t at = FILE_HEADER + (size_t)h->size;
    h->entry = h->size == CORE ? 3 : 4;
    h->colours = used ? used : 1u << h->bits;
    if (h->colours > 1u << h->bits)
        return ak_fail(err, AKIN_ERR_FORMAT, "it has %u colours; pixels of %d bits know %u", h->colours,
                       h->bits, 1u << h->bits);
    if (n < at + (size_t)h->colours * h->entry) return ends_early(err);
    h->colour = b + at;
    out->channels = 1;
    for (uint32_t k = 0; k < h->colours; k++) {
        const uint8_t *c = h->colour + k * h->entry;
        if (c[0] != c[1] || c[1] != c[2]) out->channels = 3;
    }
    return AKIN_OK;
}

static akin_status read_header(const uint8_t *b, size_t n, header *h, ak_decoded_image *out, akin_error *err)
{
    uint32_t compression = 0, used = 0;
    memset(h, 0, sizeof *h);
    if (n < FILE_HEADER + CORE) return ends_early(err);
    h->begin = number(b + 10, 4);
    h->size = number(b + 14, 4);
    const bool core = h->size == CORE;
    if (!core && (h->size < INFO || h->size > 124))
        return ak_fail(err, AKIN_ERR_FORMAT, "its header has %u bytes; 12, and 40 to 124, are read", h->size);
    if (n < FILE_HEADER + (size_t)h->size) return ends_early(err);
    int64_t height = core ? (int64_t)number(b + 20, 2) : (int32_t)number(b + 22, 4);
    h->down = height < 0;
    *out = (ak_decoded_image){ .height = h->down ? -height : height, .channels = 3 };
    out->width = core ? (int64_t)number(b + 18, 2) : (int32_t)number(b + 18, 4);
    h->bits = (int)number(b + (core ? 24 : 28), 2);
    if (!core) compression = number(b + 30, 4);
    if (!core) used = number(b + 46, 4);
    AK_TRY(ak_check_pixels(out->height, out->width, err));
    const bool masked = (compression == 3 || compression == 6) && (h->bits == 16 || h->bits == 32);
    if (compression != 0 && !masked)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "it is compressed (method %u%s); only uncompressed pixels are read", compression,
                       compression == 1 || compression == 2 ? ", run lengths" : "");
    if (h->bits == 16 || h->bits == 32)
        AK_TRY(read_masks(b, n, compression, h, err));
    else if (h->bits == 1 || h->bits == 4 || h->bits == 8)
        AK_TRY(read_colours(b, n, h, used, out, err));
    else if (h->bits != 24)
        return ak_fail(err, AKIN_ERR_FORMAT, "its pixels have %d bits; 1, 4, 8, 16, 24 and 32 are read",
                       h->bits);
    if (h->mask[3]) {
        out->channels = 4;
        out->whole_alpha = true; /* many programs leave it 0 */
    }
    h->line = (out->width * h->bits + 31) / 32 * 4;
    return AKIN_OK;
}

static uint8_t masked(uint32_t value, uint32_t mask)
{
    const uint64_t lowest = mask & (~mask + 1u), most = mask / lowest;
    return (uint8_t)(((value & mask) / lowest * 255 + most / 2) / most);
}

static bool draw_line(const header *h, const uint8_t *from, const ak_decoded_image *out, uint8_t *to)
{
    for (int64_t x = 0; x < out->width; x++, to += out->channels) {
        if (h->bits <= 8) {
            const int64_t bit = x * h->bits;
            const uint32_t k = (uint32_t)from[bit / 8] >> (8 - h->bits - bit % 8) & ((1u << h->bits) - 1);
            if (k >= h->colours) return false;
            const uint8_t *c = h->colour + k * h->entry;
            to[0] = c[2];
            if (out->channels == 3) to[1] = c[1], to[2] = c[0];
        } else if (h->bits == 24) {
            for (int k = 0; k < 3; k++) to[k] = from[3 * x + 2 - k];
        } else {
            const uint32_t value = number(from + x * (h->bits / 8), h->bits / 8);
            for (int k = 0; k < out->channels; k++) to[k] = masked(value, h->mask[k]);
        }
    }
    return true;
}

static bool matches(const uint8_t *b, size_t n)
{
    return n >= 18 && b[0] == 'B' && b[1] == 'M' && (b[14] == CORE || (b[14] >= INFO && b[14] <= 124)) &&
           !b[15] && !b[16] && !b[17];
}

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    header h;
    return read_header(bytes, n, &h, out, err);
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    header h;
    AK_TRY(read_header(bytes, n, &h, out, err));
    if (h.begin < FILE_HEADER + h.size || h.begin > n || (int64_t)(n - h.begin) < h.line * out->height)
        return ak_fail(
            err, AKIN_ERR_FORMAT,
            "the file ends early: %lldx%lld pixels of %d bits need %lld bytes from byte %u, it has %zu",
            (long long)out->height, (long long)out->width, h.bits, (long long)(h.line * out->height), h.begin,
            n);
    AK_TRY(ak_decoded_image_alloc(out, err));
    bool fine = true;
    for (int64_t y = 0; y < out->height && fine; y++) {
        const int64_t row = h.down ? y : out->height - 1 - y;
        fine =
            draw_line(&h, bytes + h.begin + y * h.line, out, out->pixels + row * out->width * out->channels);
    }
    if (fine) return AKIN_OK;
    free(out->pixels);
    out->pixels = NULL;
    return ak_fail(err, AKIN_ERR_FORMAT, "a pixel has a colour beyond the %u there are", h.colours);
}

const ak_codec ak_bmp = { "BMP", matches, probe, decode };
