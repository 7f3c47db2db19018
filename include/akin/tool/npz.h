/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/npz.h - several arrays with names in one file: NumPy's .npz, an archive of .npy.
 *
 * Memory   As each function says.
 * Threads  One writer is for one thread at a time.
 * Errors   On failure err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_NPZ_H
#define AKIN_TOOL_NPZ_H

#include "akin/tool/escape.h"
#include "akin/tool/program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_npz_writer akin_npz_writer;

/* The arrays go to file, which stays the caller's, to be committed or aborted after the end. 
 * AKIN_ERR_NOMEM */
AKIN_API akin_status akin_npz_begin(akin_writer *file, akin_npz_writer **out, akin_error *err);
/* The bytes are those of akin_npy_write(), which it fails as. */
AKIN_API akin_status akin_npz_add(akin_npz_writer *w, const char *name, akin_dtype dtype, int ndim,
                                  const int64_t *shape, const void *data, akin_error *err);
/* An array [n] of texts, dtype U of the longest. Bytes that are no UTF-8 become U+FFFD; a NULL is "". Takes
 * memory for all of them, at four bytes a character.  AKIN_ERR_IO, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_npz_add_texts(akin_npz_writer *w, const char *name,
                                        const char *(*text)(int64_t i, void *ctx), void *ctx, int64_t n,
                                        akin_error *err);
/* Writes the end and frees w, which may be NULL. so_far: what happened before; if that is not AKIN_OK it is
 * returned, and the file is to be aborted.  AKIN_ERR_IO */
AKIN_API akin_status akin_npz_end(akin_npz_writer *w, akin_status so_far, akin_error *err);

/* The names of the items of a .npz, which is one array of texts: none where it has none. akin_names_free()
 * frees what *out holds.  AKIN_ERR_INPUT, AKIN_ERR_FORMAT, AKIN_ERR_SHAPE, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_npz_names(const char *path, akin_names *out, akin_error *err);
/* Whether it has labels, which akin_labels_open() reads.  AKIN_ERR_INPUT, AKIN_ERR_FORMAT, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_npz_has_labels(const char *path, bool *out, akin_error *err);
/* Whether a file begins as a .npz does. What is not there does not.  AKIN_ERR_INPUT, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_npz_is(const char *path, bool *out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_NPZ_H */
