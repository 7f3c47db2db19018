/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/quantize.h - rows of numbers in a byte or in a bit for each column.
 *
 * int8     q_j = round(127 x_j / max_i |x_i|), one scale a row, which is not kept: a row has its direction,
 *          so cosines need nothing else, and not its length. A row of zeros stays one.
 * binary   bit j is 1 where x_j > 0 and means 1, else 0 and means -1; bit 7 of byte 0 is column 0, as
 *          numpy's packbits has it. Of rows without a mean: then the angle of two rows is about pi h / d, for
 *          h bits of d that differ [Charikar2002 sec.3]. In .npy packed rows look like any numbers of uint8;
 *          FILE.set.json beside, which `akin embed` writes, says what they are.
 *
 * Threads  Reentrant.
 * Errors   On failure err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_QUANTIZE_H
#define AKIN_TOOL_QUANTIZE_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum akin_quantize { AKIN_QUANTIZE_NONE, AKIN_QUANTIZE_INT8, AKIN_QUANTIZE_BINARY } akin_quantize;

/* Bytes of a row of d columns: 4 d, d, or d / 8 rounded up. */
AKIN_API int64_t akin_quantize_bytes(akin_quantize how, int64_t d);
/* A row [d] into so many bytes, which may not overlap it; of NONE the row itself. The bits behind the last
 * column are 0. */
AKIN_API void akin_quantize_row(akin_quantize how, const float *row, int64_t d, void *out);
/* A packed row of signs as numbers, 1 and -1, out [d]. */
AKIN_API void akin_quantize_signs(const uint8_t *bits, int64_t d, float *out);

/* Whether a .npy holds uint8 [n,b] (*bytes), and of how many columns its FILE.set.json says that they are
 * the packed signs: *width, 0 where it says nothing of the kind. Of other files, and of a path that is a
 * range, it is false and 0. akin_npy_load_matrix() reads packed signs as 1 and -1.
 * AKIN_ERR_INPUT, AKIN_ERR_FORMAT (a damaged file, or a width that is not that of the rows),
 * AKIN_ERR_NOMEM */
AKIN_API akin_status akin_npy_packed(const char *path, bool *bytes, int64_t *width, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_QUANTIZE_H */
