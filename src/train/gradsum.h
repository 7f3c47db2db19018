/* SPDX-License-Identifier: Apache-2.0 */
/* train/gradsum.h - the gradient of a step as the sum of those of its chunks, in their order. */
#ifndef AKIN_SRC_GRADSUM_H
#define AKIN_SRC_GRADSUM_H

#include "akin/tool/nn.h"

typedef struct ak_gradsum ak_gradsum;

/* The list is copied, its arrays are borrowed.  AKIN_ERR_NOMEM. */
akin_status ak_gradsum_create(const akin_tensor *tensors, int64_t count, ak_gradsum **out, akin_error *err);
void ak_gradsum_free(ak_gradsum *s);

/* After the backward pass of chunk i of n, in ascending order: after the last, the tensors' gradients are the sum. */
void ak_gradsum_add(ak_gradsum *s, int64_t i, int64_t n);

#endif
