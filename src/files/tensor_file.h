/* SPDX-License-Identifier: Apache-2.0 */
/* files/tensor_file.h - named tensors of a safetensors file that anybody may have written.
 *
 * safetensors.h reads akin's own checkpoints and is strict: every tensor has a check sum. Files of others
 * have none, hold half floats and whole numbers too, and pad their header as they like. Everything else is
 * held to the format: each byte belongs to one tensor, and each tensor to one name. Sums are compared where a
 * file has them. */
#ifndef AK_FILES_TENSOR_FILE_H
#define AK_FILES_TENSOR_FILE_H

#include "base/base.h"

typedef struct ak_tensor_in {
    const char *name;
    const char *dtype; /* "F32" */
    int ndim;
    int64_t shape[AKIN_MAX_DIMS], count;
    size_t begin, end; /* bytes behind the header */
} ak_tensor_in;

typedef struct ak_tensor_file ak_tensor_file;

/* AKIN_ERR_INPUT (cannot be read, or is no such file: of a pickle the sentence tells how to convert it),
 * AKIN_ERR_FORMAT (damaged; the sentence says where), AKIN_ERR_NOMEM. */
akin_status ak_tensor_file_open(const char *path, ak_tensor_file **out, akin_error *err);
void ak_tensor_file_free(ak_tensor_file *f);

/* Tensors in the order of the file; NULL after the last. */
const ak_tensor_in *ak_tensor_file_at(const ak_tensor_file *f, int64_t i);
const ak_tensor_in *ak_tensor_file_find(const ak_tensor_file *f, const char *name); /* NULL = none */
const char *ak_tensor_file_path(const ak_tensor_file *f);
/* A text of its metadata; NULL = none of that key. */
const char *ak_tensor_file_metadata(const ak_tensor_file *f, const char *key);

/* The numbers of t, of the types F64, F32, F16 and BF16, into to[t->count].
 * AKIN_ERR_FORMAT  of another type, or one is not finite: the sentence tells which */
akin_status ak_tensor_file_read(const ak_tensor_file *f, const ak_tensor_in *t, float *to, akin_error *err);

/* The numbers of t, of the types I64, I32, I8 and U8, into to[t->count].  AKIN_ERR_FORMAT  of another */
akin_status ak_tensor_file_read_whole(const ak_tensor_file *f, const ak_tensor_in *t, int64_t *to,
                                      akin_error *err);

/* XXH64 of the whole file. */
uint64_t ak_tensor_file_sum(const ak_tensor_file *f);

/* "[64, 3, 7, 7]" into text[size]; returns text. */
const char *ak_shape_text(int ndim, const int64_t *shape, char *text, size_t size);

#endif
