/* SPDX-License-Identifier: Apache-2.0 */
/* eval/linear.h - the linear layer that linear-v1 and linear-v2 train, for protocols that ask more of its
 * scores. */
#ifndef AK_EVAL_LINEAR_H
#define AK_EVAL_LINEAR_H

#include "eval/logistic.h"

/* The strengths of the penalty that both pick from, strongest first. */
enum { AK_LINEAR_GRID = 5 };
extern const double ak_linear_grid[AK_LINEAR_GRID];

/* Ranks share the work of a value of the loss from so many products on, rows * columns * classes: 10 ms or so
 * of one core. Below that each does all of it, with the same bits; messages would take longer. Tests lower
 * it. */
extern double ak_linear_shared;

/* score_c = <weights_c, x> + intercept_c on rows in standard form. */
typedef struct ak_linear_layer {
    ak_standard standard;
    float *weights, *intercept; /* [classes,d], [classes] */
} ak_linear_layer;

/* Pick lambda and fit to the training rows of an open job, as linear-v1 or linear-v2 says. Facts go into the
 * job's result. hits receives how many test rows have their class first, and among the first five. layer may
 * be NULL. */
akin_status ak_linear_train(ak_eval_job *job, int version, ak_linear_layer *layer, int64_t hits[2],
                            akin_error *err);
void ak_linear_layer_free(ak_linear_layer *layer);

#endif
