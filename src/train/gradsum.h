/* SPDX-License-Identifier: Apache-2.0 */
/* train/gradsum.h - the gradient of a step as the sum of the gradients of its chunks, in a fixed order. */
#ifndef AK_TRAIN_GRADSUM_H
#define AK_TRAIN_GRADSUM_H

#include "akin/tool/nn.h"

typedef struct ak_gradsum ak_gradsum;

/* The list is copied, its arrays are borrowed.  AKIN_ERR_NOMEM. */
akin_status ak_gradsum_create(const akin_tensor *tensors, int64_t count, ak_gradsum **out, akin_error *err);
void ak_gradsum_free(ak_gradsum *s);

/* Call it after the backward pass of each of the n chunks, i = 0 .. n - 1 in this order. After the last call
 * the gradients of the tensors are the sum. */
void ak_gradsum_add(ak_gradsum *s, int64_t i, int64_t n);

/* The same of tensor t alone, for the last chunk. */
void ak_gradsum_add_tensor(ak_gradsum *s, int64_t t, int64_t i, int64_t n);

#endif
