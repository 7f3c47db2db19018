/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_pnm.c - PGM and PPM, text (P2, P3) and binary (P5, P6), 1 to 65534 grey levels, scaled to
 * 0..255. A maximum of 65535 is what programs write for any 16 bits, and says nothing of what is white: such
 * a picture is deep.
 *
 * The header is checked against the bytes that follow: binary has exactly w*h*c samples (a line end after
 * them is let through), text at least two bytes a sample. */
#include "images/decode.h"

#include <string.h>

typedef struct cursor {
    const uint8_t *at, *end;
} cursor;

static bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* A whole number after spaces and comments; -1 if there is none or it is above 2^30. */
static int64_t number(cursor *s)
{
    for (; s->at < s->end && (is_space(*s->at) || *s->at == '#'); s->at++)
        if (*s->at == '#')
            while (s->at + 1 < s->end && s->at[1] != '\n') s->at++;
    int64_t x = s->at < s->end && *s->at >= '0' && *s->at <= '9' ? 0 : -1;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
        x = x * 10 + (*s->at - '0');
        if (x > 1 << 30) return -1;
    }
    return x;
}

static bool matches(const uint8_t *b, size_t n)
{
    return n >= 3 && b[0] == 'P' && strchr("2356", b[1]) && b[1] && (is_space(b[2]) || b[2] == '#');
}

static akin_status header(cursor *s, ak_decoded_image *out, int64_t *most, akin_error *err)
{
    const uint8_t kind = s->end - s->at < 2 ? 0 : s->at[1];
    s->at += kind ? 2 : 0;
    *out = (ak_decoded_image){ .channels = kind == '3' || kind == '6' ? 3 : 1 };
    out->width = number(s);
    out->height = number(s);
    *most = number(s);
    if (out->width < 0 || out->height < 0 || *most < 1 || *most > 65535)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "damaged header: width, height and a maximum of 1 to 65535 are expected");
    out->deep = *most == 65535;
    return ak_check_pixels(out->height, out->width, err);
}

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    cursor s = { bytes, bytes + n };
    int64_t most = 0;
    return header(&s, out, &most, err);
}

static void put(ak_decoded_image *out, int64_t i, int64_t x, int64_t most)
{
    if (out->deep)
        ((uint16_t *)(void *)out->pixels)[i] = (uint16_t)x;
    else
        out->pixels[i] = (uint8_t)((x * 255 + most / 2) / most);
}

static akin_status binary(cursor *s, int64_t most, ak_decoded_image *out, akin_error *err)
{
    const int64_t samples = out->height * out->width * out->channels, each = most > 255 ? 2 : 1;
    if (s->at < s->end) s->at++; /* one space after the maximum */
    const int64_t have = s->end - s->at, want = samples * each;
    if (have != want && !(have == want + 1 && s->end[-1] == '\n'))
        return ak_fail(err, AKIN_ERR_FORMAT, "%s: %lldx%lldx%lld samples need %lld bytes, it has %lld",
                       have < want ? "truncated" : "too long", (long long)out->height, (long long)out->width,
                       (long long)out->channels, (long long)want, (long long)have);
    AK_TRY(ak_decoded_image_alloc(out, err));
    for (int64_t i = 0; i < samples; i++) {
        const int64_t x = each == 1 ? s->at[i] : s->at[2 * i] << 8 | s->at[2 * i + 1];
        if (x > most)
            return ak_fail(err, AKIN_ERR_FORMAT, "sample %lld is %lld, above the maximum of %lld",
                           (long long)i, (long long)x, (long long)most);
        put(out, i, x, most);
    }
    return AKIN_OK;
}

static akin_status text(cursor *s, int64_t most, ak_decoded_image *out, akin_error *err)
{
    const int64_t samples = out->height * out->width * out->channels;
    if ((s->end - s->at) / 2 < samples)
        return ak_fail(err, AKIN_ERR_FORMAT, "truncated: %lld samples do not fit into the %lld bytes left",
                       (long long)samples, (long long)(s->end - s->at));
    AK_TRY(ak_decoded_image_alloc(out, err));
    for (int64_t i = 0; i < samples; i++) {
        const int64_t x = number(s);
        if (x < 0 || x > most)
            return ak_fail(err, AKIN_ERR_FORMAT, "sample %lld is missing or not in 0..%lld", (long long)i,
                           (long long)most);
        put(out, i, x, most);
    }
    return AKIN_OK;
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    cursor s = { bytes, bytes + n };
    int64_t most = 0;
    AK_TRY(header(&s, out, &most, err));
    const bool is_text = bytes[1] == '2' || bytes[1] == '3';
    const akin_status status = is_text ? text(&s, most, out, err) : binary(&s, most, out, err);
    if (status) {
        free(out->pixels);
        out->pixels = NULL;
    }
    return status;
}

const ak_codec ak_pnm = { "PNM", matches, probe, decode };
