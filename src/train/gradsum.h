/* SPDX-License-Identifier: Apache-2.0 */
/* train/gradsum.h - the gradient of a step as the sum of those of its chunks, in their order. */
#ifndef AKIN_SRC_GRADSUM_H
#define AKIN_SRC_GRADSUM_H

#include "akin/nn.h"

typedef struct akin_gradsum akin_gradsum;

/* The list is copied, its arrays are borrowed.  AKIN_ERR_NOMEM. */
akin_status akin_gradsum_create(const akin_tensor *tensors, int64_t count, akin_gradsum **out,
                                akin_error *err);
void akin_gradsum_free(akin_gradsum *s);

/* After the backward pass of chunk i of n, in ascending order: after the last, the tensors' gradients are the sum. */
void akin_gradsum_add(akin_gradsum *s, int64_t i, int64_t n);

#endif
