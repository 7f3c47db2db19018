/* SPDX-License-Identifier: Apache-2.0 */
/* train/arrays.h - arrays beside the tensors of a net, one for each, of its size: sums, averages, optimiser
 * state. */
#ifndef AK_TRAIN_ARRAYS_H
#define AK_TRAIN_ARRAYS_H

#include "akin/tool/nn.h"

/* Which tensors have an array. Running averages of batch norm are tensors without a gradient. */
typedef enum ak_arrays_of { AK_ARRAYS_OF_ALL, AK_ARRAYS_OF_GRADIENTS } ak_arrays_of;

/* [count] pointers to zeros, NULL where a tensor has no array; NULL without memory. */
float **ak_arrays_create(const akin_tensor *tensors, int64_t count, ak_arrays_of which);
/* The values that the tensors have now. */
void ak_arrays_fill(float **arrays, const akin_tensor *tensors, int64_t count);
void ak_arrays_free(float **arrays, int64_t count);

/* A copy of the list; the tensors' own memory is borrowed. NULL without memory. */
akin_tensor *ak_tensors_copy(const akin_tensor *tensors, int64_t count);

/* average[i] += share * (x[i] - average[i]), on all threads. */
void ak_approach(float *average, const float *x, float share, int64_t n);

#endif
