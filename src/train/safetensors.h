/* SPDX-License-Identifier: Apache-2.0 */
/* train/safetensors.h - named tensors and text in one file, with check sums.
 *
 * The file is a plain safetensors file, which other tools read. Into its __metadata__ go, besides the caller's
 * pairs, "xxh64.NAME" (XXH64 of a tensor's bytes) and "xxh64" (XXH64 of the header with that one value as sixteen
 * zeros), so that no flipped bit goes unseen. */
#ifndef AKIN_SRC_SAFETENSORS_H
#define AKIN_SRC_SAFETENSORS_H

#include "base/base.h"

typedef struct akin_tensor_out {
    const char *name;
    int ndim;
    const int64_t *shape;
    const float *data;
} akin_tensor_out;

typedef struct akin_text_pair {
    const char *key, *value;
} akin_text_pair;

/* Through the crash-safe writer; the written file is then read back and its sums are compared. */
akin_status akin_safetensors_save(const char *path, const akin_tensor_out *tensors, int count,
                                  const akin_text_pair *pairs, int pair_count, akin_error *err);

typedef struct akin_safetensors akin_safetensors;

/* Everything is checked: lengths, offsets without holes or overlap, duplicate keys, every sum.
 * AKIN_ERR_INPUT (cannot be read) or AKIN_ERR_FORMAT (damaged; the sentence says where). */
akin_status akin_safetensors_load(const char *path, akin_safetensors **out, akin_error *err);
void akin_safetensors_free(akin_safetensors *s);

/* The tensor's values, count of them, or NULL when there is none of that name and size. Borrowed. */
const float *akin_safetensors_find(const akin_safetensors *s, const char *name, int64_t count);
/* The text of a metadata key, or NULL. Borrowed. */
const char *akin_safetensors_text(const akin_safetensors *s, const char *key);

#endif
