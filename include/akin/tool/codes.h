/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/codes.h - rows in a byte or a bit for each column, searched as they are: the nearest rows by
 * signs that differ, by cosine, and the nearest of those by better rows.
 *
 * Similarity of two rows of signs that differ in h of d columns: 1 - 2 h / d, their cosine, by counting
 * bits. Else it is the cosine of the numbers, of which a few hundred rows are made float32 at a time.
 *
 * Shapes   query [n], rows [m], both of `width` columns; index and similarity [n,k], nearest first, equal
 *          ones in order of their row.
 * Memory   Rows stay as they are: about 4 KiB a column and thread beside them.
 * Threads  Reentrant. Results do not depend on the number of threads; those of two rows of signs not on the
 *          instruction set either.
 * Ranks    NULL is this process. Else every rank calls with the same arguments and receives everything, the
 *          bits of one process.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_CODES_H
#define AKIN_TOOL_CODES_H

#include "akin/tool/quantize.h"
#include "akin/tool/ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows one behind the other, each of akin_quantize_bytes(how, width) bytes; of AKIN_QUANTIZE_NONE they are
 * float32. Bits behind the last column are 0. Start from AKIN_CODES_INIT. */
typedef struct akin_codes {
    uint32_t struct_size;
    akin_quantize how;
    int64_t rows, width;
    const void *data;
} akin_codes;

/* clang-format off */
#define AKIN_CODES_INIT { .struct_size = sizeof(akin_codes) }
/* clang-format on */

/* A row as numbers, out [width]: of signs 1 and -1. */
AKIN_API void akin_codes_row(const akin_codes *codes, int64_t row, float *out);

/* Rows of a .npy of int8, or of packed signs by its FILE.set.json, or of a range of such files, as they are
 * in it; akin_codes_free() frees them. Of any other file out->data is NULL and nothing was read.
 * As akin_npy_load_matrix() */
AKIN_API akin_status akin_codes_load(const char *path, akin_codes *out, akin_error *err);
AKIN_API void akin_codes_free(akin_codes *codes); /* of akin_codes_load(); takes NULL */

/* The k nearest rows.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_INPUT (a number is not finite), AKIN_ERR_RANGE unless
 * 1 <= k <= m, AKIN_ERR_NOMEM, AKIN_ERR_DISTRIBUTED */
AKIN_API akin_status akin_near_codes_by(akin_ranks *ranks, const akin_codes *query, const akin_codes *rows,
                                        int64_t k, int32_t *index, float *similarity, akin_error *err);

/* A row as numbers into out [width]; from any number of threads. */
typedef akin_status akin_code_row_fn(int64_t row, float *out, void *ctx, akin_error *err);

/* Rows found [n,candidates] for each query, of which the k nearest are wanted by what read() gives. Start
 * from AKIN_RESCORE_INIT. */
typedef struct akin_rescore {
    uint32_t struct_size;
    const akin_codes *query;
    const int32_t *found;
    int64_t candidates, k;
    akin_code_row_fn *read;
    void *ctx;
} akin_rescore;

/* clang-format off */
#define AKIN_RESCORE_INIT { .struct_size = sizeof(akin_rescore) }
/* clang-format on */

/* By the cosine of the query and the row, of which the sums are double.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE unless 1 <= k <= candidates, AKIN_ERR_NOMEM, AKIN_ERR_DISTRIBUTED, those
 * of read() */
AKIN_API akin_status akin_near_rescore_by(akin_ranks *ranks, const akin_rescore *what, int32_t *index,
                                          float *similarity, akin_error *err);

/* Rows of a file of numbers, or of a range of files, that are read one at a time. */
typedef struct akin_row_file akin_row_file;

/* .npy of two dimensions.  As akin_npy_load_matrix() */
AKIN_API akin_status akin_row_file_open(const char *path, akin_row_file **out, akin_error *err);
AKIN_API void akin_row_file_close(akin_row_file *file); /* takes NULL */
AKIN_API int64_t akin_row_file_rows(const akin_row_file *file);
AKIN_API int64_t akin_row_file_width(const akin_row_file *file);
/* An akin_code_row_fn; ctx is the akin_row_file.  AKIN_ERR_INPUT, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_row_file_read(int64_t row, float *out, void *ctx, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_CODES_H */
