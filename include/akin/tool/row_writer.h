/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/row_writer.h - rows of numbers, as embeddings are, to a file or to standard output.
 *
 * Memory   A writer of text holds one row. The forms that tell their length first, .npy, .npz and .vec, are
 * kept
 *          in memory until the end where the number of rows is not known before.
 * Threads  One writer is for one thread at a time.
 * Errors   On failure err (may be NULL) holds a sentence. A file appears whole, or not at all. */
#ifndef AKIN_TOOL_ROW_WRITER_H
#define AKIN_TOOL_ROW_WRITER_H

#include "akin/tool/npz.h"
#include "akin/tool/quantize.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_row_writer akin_row_writer;

/* Can rows be written there? AKIN_ERR_ARGUMENT for a path whose end is of another form, and for .npy and
 * .npz to standard output. */
AKIN_API akin_status akin_row_writer_check(const char *path, const char *form, akin_error *err);

/* Rows of cols numbers to a path, "-" = standard output. form: "npy"; "npz", with the rows as "embeddings";
 * "text", blanks between; "csv" and "tsv", tables with names of columns, d0 and on; "vec", fastText's: a
 * line with both sizes, then a name before each row; or "auto", by the end of the path, .npy where it has
 * none. n: how many rows, -1 = as many as come.
 * AKIN_ERR_ARGUMENT (as akin_row_writer_check()), AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_row_writer_open(const char *path, const char *form, int64_t n, int64_t cols,
                                          akin_row_writer **out, akin_error *err);
/* The same into an open file. Closing commits it, or aborts it when something failed; so does a failure here.
 * path only says which form. */
AKIN_API akin_status akin_row_writer_into(akin_writer *file, const char *path, const char *form, int64_t n,
                                          int64_t cols, akin_row_writer **out, akin_error *err);
/* One row [cols]. name: what stands before it in .vec, not ended by 0, its blanks made underscores, and what
 * else is not to be shown as akin_show_name() has it.
 * AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_row_writer_put(akin_row_writer *w, const char *name, int64_t bytes,
                                         const float *row, akin_error *err);
/* Further arrays of a .npz, which are asked for when the writer is closed. Of other forms they are not. */
typedef akin_status akin_npz_more_fn(akin_npz_writer *to, void *ctx, akin_error *err);
AKIN_API void akin_row_writer_add(akin_row_writer *w, akin_npz_more_fn *more, void *ctx);
/* The file holds what akin_row_writer_add() adds, so that nothing need stand beside it. */
AKIN_API bool akin_row_writer_has_names(const akin_row_writer *w);
/* Rows to this path are written as .npy, which alone can be in bytes or bits. */
AKIN_API bool akin_row_writer_quantizes(const char *path, const char *form);
/* Before the first row: they are written so.  AKIN_ERR_ARGUMENT for another form than .npy. */
AKIN_API akin_status akin_row_writer_quantize(akin_row_writer *w, akin_quantize how, akin_error *err);
/* Ends the writer, which may be NULL. so_far: what happened before; when it is not AKIN_OK, what was
 * written is dropped, and so_far is returned.  AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_row_writer_close(akin_row_writer *w, akin_status so_far, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_ROW_WRITER_H */
