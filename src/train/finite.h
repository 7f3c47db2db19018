/* SPDX-License-Identifier: Apache-2.0 */
/* train/finite.h - is what a step has made finite, tensor by tensor? `step` is the number of steps done
 * before. Both fail with AKIN_ERR_NUMERIC, naming the step and the tensor. */
#ifndef AK_TRAIN_FINITE_H
#define AK_TRAIN_FINITE_H

#include "akin/tool/nn.h"
#include "base/base.h"

/* Gradients and their squares. AdamW averages the squares: a gradient above 1.8e19 would leave an infinity
 * there that no weight shows. */
akin_status ak_check_gradients(const akin_tensor *tensors, int64_t count, int64_t step, akin_error *err);

/* Weights and running averages. */
akin_status ak_check_weights(const akin_tensor *tensors, int64_t count, int64_t step, akin_error *err);

#endif
