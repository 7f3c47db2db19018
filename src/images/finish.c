/* SPDX-License-Identifier: Apache-2.0 */
/* images/finish.c - from the samples that a codec leaves to the bytes of an upright picture without alpha.
 *
 * Depth. A 16-bit sample v becomes v * 255 / white, rounded, where white is 2^bits - 1.
 *
 * Alpha. Straight alpha a over a background b: (a c + (255 - a) b) / 255, rounded, from bytes; where a is 255
 * the colour keeps its bits. (255 is odd, so that no value lies in the middle of two.) Where the colours are
 * multiplied by a already, a c / 255 is what is stored.
 *
 * Orientation. As EXIF numbers them: 1 upright, 2 mirrored, 3 half a turn, 4 upside down mirrored, 5 along
 * the diagonal, 6 a quarter turn clockwise, 7 along the other diagonal, 8 a quarter turn back. */
#include "images/decode.h"

#include <errno.h>
#include <string.h>

static const ak_pixel_rules WHITE = { { 255, 255, 255 }, false, 16 };

static bool has_alpha(const ak_decoded_image *p) { return p->channels == 2 || p->channels == 4; }

static bool is_grey(const ak_pixel_rules *r)
{
    return r->background[0] == r->background[1] && r->background[1] == r->background[2];
}

static int64_t channels_of(const ak_decoded_image *p, const ak_pixel_rules *r)
{
    return p->channels == 1 || (p->channels == 2 && is_grey(r)) ? 1 : 3;
}

void ak_finish_shape(ak_decoded_image *p, const ak_pixel_rules *rules)
{
    p->channels = channels_of(p, rules ? rules : &WHITE);
    p->turned = p->orientation > 1;
    if (p->orientation < 5) return;
    const int64_t height = p->height;
    p->height = p->width;
    p->width = height;
}

uint32_t ak_largest_sample(const ak_decoded_image *p)
{
    const uint16_t *v = (const uint16_t *)(const void *)p->pixels;
    const int64_t n = p->height * p->width, c = p->channels, colours = c - has_alpha(p);
    uint32_t largest = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < colours; k++)
            if (v[i * c + k] > largest) largest = v[i * c + k];
    return largest;
}

/* Where the pixel at (y,x) of the stored picture goes. */
static int64_t place_of(const ak_decoded_image *p, int64_t y, int64_t x)
{
    const int64_t h = p->height, w = p->width;
    switch (p->orientation) {
    case 2: return y * w + w - 1 - x;
    case 3: return (h - 1 - y) * w + w - 1 - x;
    case 4: return (h - 1 - y) * w + x;
    case 5: return x * h + y;
    case 6: return x * h + h - 1 - y;
    case 7: return (w - 1 - x) * h + h - 1 - y;
    case 8: return (w - 1 - x) * h + y;
    default: return y * w + x;
    }
}

/* 16 bits to 8, in place: [h,w,c] bytes at the front. Alpha always has 16. */
static void to_bytes(ak_decoded_image *p, uint32_t white)
{
    const uint16_t *v = (const uint16_t *)(const void *)p->pixels;
    const int64_t c = p->channels, n = p->height * p->width * c;
    for (int64_t i = 0; i < n; i++) {
        const bool alpha = has_alpha(p) && i % c == c - 1;
        const uint32_t top = alpha ? 65535 : white, x = p->inverted && !alpha ? white - v[i] : v[i];
        p->pixels[i] = (uint8_t)((x * 255u + top / 2) / top);
    }
}

/* Alpha of 0 everywhere where the file is not sure that it is alpha. */
static bool alpha_means_nothing(const ak_decoded_image *p)
{
    const int64_t n = p->height * p->width;
    for (int64_t i = 0; i < n; i++)
        if (p->pixels[i * p->channels + p->channels - 1]) return false;
    return true;
}

static void one_pixel(const ak_decoded_image *p, const ak_pixel_rules *r, const uint8_t *from,
                      int64_t channels, uint8_t *to)
{
    const uint32_t alpha = has_alpha(p) ? from[p->channels - 1] : 255;
    for (int64_t k = 0; k < channels; k++) {
        const uint32_t colour = from[p->channels < 3 ? 0 : k];
        if (alpha == 255)
            to[k] = (uint8_t)colour;
        else if (p->multiplied) {
            const uint32_t sum = colour + ak_over(0, alpha, r->background[k]);
            to[k] = (uint8_t)(sum > 255 ? 255 : sum);
        } else
            to[k] = ak_over(colour, alpha, r->background[k]);
    }
}

static akin_status redraw(ak_decoded_image *p, const ak_pixel_rules *r, akin_error *err)
{
    const int64_t channels = channels_of(p, r), n = p->height * p->width;
    uint8_t *to = malloc((size_t)(n * channels));
    if (!to) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for its %lld pixels", (long long)n);
    if (has_alpha(p) && p->whole_alpha && alpha_means_nothing(p))
        for (int64_t i = 0; i < n; i++) p->pixels[i * p->channels + p->channels - 1] = 255;
    for (int64_t y = 0; y < p->height; y++)
        for (int64_t x = 0; x < p->width; x++) {
            const uint8_t *from = p->pixels + (y * p->width + x) * p->channels;
            one_pixel(p, r, from, channels, to + place_of(p, y, x) * channels);
            p->transparent = p->transparent || (has_alpha(p) && from[p->channels - 1] < 255);
        }
    free(p->pixels);
    p->pixels = to;
    if (!p->unsure || !p->transparent || r->given) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT, "%s", AK_UNSURE_ALPHA);
}

akin_status ak_finish_picture(ak_decoded_image *p, const ak_pixel_rules *rules, akin_error *err)
{
    const ak_pixel_rules *r = rules ? rules : &WHITE;
    const int bits = r->bits ? r->bits : 16;
    const uint32_t white = (1u << bits) - 1;
    akin_status status = AKIN_OK;
    if (p->deep) {
        const uint32_t largest = ak_largest_sample(p);
        if (largest > white)
            status =
                ak_fail(err, AKIN_ERR_SHAPE,
                        "a sample is %u; 16-bit pictures are read as %d bits here, up to %u (--sample-bits)",
                        largest, bits, white);
        else
            to_bytes(p, white);
    }
    if (!status && (p->deep || has_alpha(p) || p->orientation > 1)) status = redraw(p, r, err);
    if (status) {
        free(p->pixels);
        p->pixels = NULL;
        return status;
    }
    ak_finish_shape(p, r);
    return AKIN_OK;
}

/* Reading ----------------------------------------------------------------------------------------------- */

/* "JPEG: reason" */
static akin_status name_codec(const ak_codec *codec, akin_status status, akin_error *err)
{
    const akin_error copy = *err;
    return ak_fail(err, status, "%s: %.700s", codec->name, copy.message);
}

/* Libraries that lack memory call the file damaged, or go on without a part of it: EXIF, say. All of them ask
 * malloc(), which leaves ENOMEM. */
static akin_status read_raw(const uint8_t *bytes, size_t n, bool pixels, const ak_codec **codec,
                            ak_decoded_image *out, akin_error *err)
{
    memset(out, 0, sizeof *out);
    out->file_bytes = (int64_t)n;
    *codec = ak_codec_of(bytes, n, err);
    if (!*codec) return AKIN_ERR_FORMAT;
    errno = 0;
    akin_status status = (pixels ? (*codec)->decode : (*codec)->probe)(bytes, n, out, err);
    if (errno == ENOMEM && status != AKIN_ERR_NOMEM) {
        free(out->pixels);
        out->pixels = NULL;
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to read it");
    }
    return status ? name_codec(*codec, status, err) : AKIN_OK;
}

akin_status ak_picture_probe(const uint8_t *bytes, size_t n, const ak_pixel_rules *rules,
                             ak_decoded_image *out, akin_error *err)
{
    akin_error why = { .status = AKIN_OK };
    const ak_codec *codec;
    const akin_status status = read_raw(bytes, n, false, &codec, out, &why);
    if (status) return ak_fail(err, status, "%s", why.message);
    ak_finish_shape(out, rules);
    return AKIN_OK;
}

akin_status ak_picture_decode(const uint8_t *bytes, size_t n, const ak_pixel_rules *rules,
                              ak_decoded_image *out, akin_error *err)
{
    akin_error why = { .status = AKIN_OK };
    const ak_codec *codec;
    akin_status status = read_raw(bytes, n, true, &codec, out, &why);
    if (!status && (status = ak_finish_picture(out, rules, &why)) != AKIN_OK) name_codec(codec, status, &why);
    if (status) ak_fail(err, status, "%s", why.message);
    return status;
}

akin_status ak_picture_largest(const uint8_t *bytes, size_t n, uint32_t *largest, akin_error *err)
{
    akin_error why = { .status = AKIN_OK };
    ak_decoded_image p;
    const ak_codec *codec;
    const akin_status status = read_raw(bytes, n, true, &codec, &p, &why);
    *largest = status || !p.deep ? 0 : ak_largest_sample(&p);
    free(p.pixels);
    if (status) ak_fail(err, status, "%s", why.message);
    return status;
}
