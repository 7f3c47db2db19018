/* SPDX-License-Identifier: Apache-2.0 */
/* train/optimizer.h - one step of an optimiser over a flat array.
 *
 * The state of a tensor is ak_optimizer_slots() arrays of its size, zero at the start. These and the step
 * number are all there is to save. */
#ifndef AK_TRAIN_OPTIMIZER_H
#define AK_TRAIN_OPTIMIZER_H

#include "model/recipe.h"

enum { AK_OPTIMIZER_MAX_SLOTS = 2 };

int ak_optimizer_slots(ak_optimizer_kind kind);

/* SGD with momentum [Sutskever2013]; weight decay is added to the gradient:
 *     g = grad + decay * x;  m = mu * m + g;  x = x - lr * m
 *     nesterov: x = x - lr * (g + mu * m), with the new m [Sutskever2013 eq.3-4, in x + mu v]
 * LARS [You2017 alg.1], for tensors that decay; the others get plain SGD:
 *     g = lambda * (grad + decay * x),  lambda = trust * |x| / (|grad| + decay * |x|);  then as SGD
 *     lambda = 1 where |x| or |grad| is 0
 * AdamW [Loshchilov2019 alg.2], t = step + 1:
 *     m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2
 *     x = x - lr * ( (m/(1-b1^t)) / (sqrt(v/(1-b2^t)) + epsilon) + decay * x )
 * decays = false: no weight decay, and for LARS no scaling. The number of threads changes no bit. */
void ak_optimizer_step(const ak_optimizer_opts *o, float *x, const float *grad, float *const slots[],
                       int64_t n, double lr, int64_t step, bool decays);

/* Sum of squares in double. The order of the sum is a function of n alone. It is finite if, and only if,
 * every number is: the square of the largest float is far from the largest double. */
double ak_sum_squares(const float *x, int64_t n);

#endif
