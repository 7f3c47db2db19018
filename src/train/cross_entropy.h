/* SPDX-License-Identifier: Apache-2.0 */
/* train/cross_entropy.h - the supervised reference: softmax cross-entropy of class scores. */
#ifndef AKIN_SRC_CROSS_ENTROPY_H
#define AKIN_SRC_CROSS_ENTROPY_H

#include "akin/base.h"

/* Mean over the rows of  -s_iy + log sum_c exp(s_ic),  in nats; its gradient, (softmax - onehot) / n, goes to
 * gradient [n, classes], dense; the losses of the rows to loss [n]. label[i] in [0, classes). Sums in double, rows in order: the same
 * bits on any number of threads. */
double ak_cross_entropy_of(akin_mat scores, const int32_t *label, float *gradient, double *loss);

#endif
