/* SPDX-License-Identifier: Apache-2.0 */
/* eval/means.h - the mean rows of the classes, which mean-v1 and kway-v1 classify by. */
#ifndef AK_EVAL_MEANS_H
#define AK_EVAL_MEANS_H

#include "eval/eval.h"

/* [draws*classes, d]: in each draw, the mean of per_class training rows of each class (0: of all), brought to
 * length 1 before if unit. free() frees; NULL when out of memory. */
float *ak_class_means(const ak_eval_job *job, int32_t per_class, int64_t draws, bool unit);

#endif
