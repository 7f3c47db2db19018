/* SPDX-License-Identifier: Apache-2.0 */
/* train/cross_entropy.h - the supervised reference: softmax cross-entropy of class scores. */
#ifndef AK_TRAIN_CROSS_ENTROPY_H
#define AK_TRAIN_CROSS_ENTROPY_H

#include "akin/base.h"

/* The mean over the rows of  -s_iy + log sum_c exp(s_ic),  in nats. Its gradient, (softmax - onehot) / n,
 * goes to gradient [n, classes], dense, and the loss of each row to loss [n]. label[i] is in [0, classes).
 * Sums are in double, in the order of the rows: the number of threads changes no bit. */
double ak_cross_entropy_of(akin_mat scores, const int32_t *label, float *gradient, double *loss);

#endif
