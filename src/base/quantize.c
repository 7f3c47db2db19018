/* SPDX-License-Identifier: Apache-2.0 */
/* base/quantize.c - a row in a byte or a bit for each column, and back. */
#include "akin/tool/codes.h"
#include "base/base.h"

#include <math.h>
#include <string.h>

int64_t akin_quantize_bytes(akin_quantize how, int64_t d)
{
    if (how == AKIN_QUANTIZE_BINARY) return d / 8 + (d % 8 != 0);
    return how == AKIN_QUANTIZE_INT8 ? d : d * (int64_t)sizeof(float);
}

static void to_int8(const float *row, int64_t d, int8_t *out)
{
    float most = 0;
    for (int64_t c = 0; c < d; c++) most = fabsf(row[c]) > most ? fabsf(row[c]) : most;
    /* in double: 127 / most may be beyond the range of float */
    const double scale = most > 0 ? 127 / (double)most : 0;
    for (int64_t c = 0; c < d; c++) out[c] = (int8_t)lrint(scale * (double)row[c]);
}

static void to_bits(const float *row, int64_t d, uint8_t *out)
{
    memset(out, 0, (size_t)akin_quantize_bytes(AKIN_QUANTIZE_BINARY, d));
    for (int64_t c = 0; c < d; c++)
        if (row[c] > 0) out[c / 8] |= (uint8_t)(128 >> c % 8);
}

void akin_quantize_row(akin_quantize how, const float *row, int64_t d, void *out)
{
    switch (how) {
    case AKIN_QUANTIZE_INT8: to_int8(row, d, out); break;
    case AKIN_QUANTIZE_BINARY: to_bits(row, d, out); break;
    case AKIN_QUANTIZE_NONE: memcpy(out, row, (size_t)d * sizeof *row); break;
    }
}

void akin_quantize_signs(const uint8_t *bits, int64_t d, float *out)
{
    for (int64_t c = 0; c < d; c++) out[c] = bits[c / 8] & 128 >> c % 8 ? 1 : -1;
}

void akin_codes_row(const akin_codes *c, int64_t row, float *out)
{
    const int64_t bytes = akin_quantize_bytes(c->how, c->width);
    const int8_t *from = (const int8_t *)c->data + row * bytes;
    if (c->how == AKIN_QUANTIZE_BINARY)
        akin_quantize_signs((const uint8_t *)from, c->width, out);
    else if (c->how == AKIN_QUANTIZE_INT8)
        for (int64_t j = 0; j < c->width; j++) out[j] = from[j];
    else
        memcpy(out, from, (size_t)bytes);
}
