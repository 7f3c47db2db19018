/* SPDX-License-Identifier: Apache-2.0 */
/* files/safetensors.h - named tensors and text in one file, with check sums.
 *
 * The file is a plain safetensors file, which other tools read. Into its __metadata__ go, besides the
 * caller's pairs, "xxh64.NAME" (XXH64 of a tensor's bytes) and "xxh64" (XXH64 of the header with that one
 * value as sixteen zeros), so that no flipped bit goes unseen. */
#ifndef AK_FILES_SAFETENSORS_H
#define AK_FILES_SAFETENSORS_H

#include "base/base.h"

typedef struct ak_tensor_out {
    const char *name;
    int ndim;
    const int64_t *shape;
    const float *data;
} ak_tensor_out;

typedef struct ak_text_pair {
    const char *key, *value;
} ak_text_pair;

/* Through the crash-safe writer. */
akin_status ak_safetensors_write(const char *path, const ak_tensor_out *tensors, int count,
                                 const ak_text_pair *pairs, int pair_count, akin_error *err);
/* For a file under a new name: it is then read back, its sums are compared, and a bad one is deleted. */
akin_status ak_safetensors_save(const char *path, const ak_tensor_out *tensors, int count,
                                const ak_text_pair *pairs, int pair_count, akin_error *err);

/* The header's own sum, with sixteen zeros in its place.  AKIN_ERR_FORMAT when it is another, or there is
 * none. */
akin_status ak_safetensors_check_header(const char *header, size_t length, const char *path, akin_error *err);

typedef struct ak_safetensors ak_safetensors;

/* Everything is checked: lengths, offsets without holes or overlap, duplicate keys, every sum.
 * AKIN_ERR_INPUT (cannot be read) or AKIN_ERR_FORMAT (damaged; the sentence says where). */
akin_status ak_safetensors_load(const char *path, ak_safetensors **out, akin_error *err);
void ak_safetensors_free(ak_safetensors *s);

/* The tensor's values, count of them, or NULL when there is none of that name and size. Borrowed. */
const float *ak_safetensors_find(const ak_safetensors *s, const char *name, int64_t count);
/* The text of a metadata key, or NULL. Borrowed. */
const char *ak_safetensors_text(const ak_safetensors *s, const char *key);

#endif
