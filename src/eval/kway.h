/* SPDX-License-Identifier: Apache-2.0 */
/* eval/kway.h - what kway-v1 is made of, apart from its classifiers. */
#ifndef AK_EVAL_KWAY_H
#define AK_EVAL_KWAY_H

#include "eval/eval.h"

/* odds[r], r = 0..classes: the probability that k - 1 of the classes - 1 others, drawn without replacement,
 * miss all r that score higher; binom(classes-1-r, k-1) / binom(classes-1, k-1). */
void ak_kway_odds(int64_t classes, int64_t k, double *odds);

/* Score the test rows of an open job, by the means of the classes or by a linear layer that is trained, and
 * fill in its result. */
akin_status ak_kway_by_means(ak_eval_job *job, akin_classifier classifier, int32_t labels_per_class,
                             akin_error *err);
akin_status ak_kway_by_layer(ak_eval_job *job, akin_error *err);

/* Into result->fitted of the job: opts.fit_tasks tasks of each k of opts.tasks, each with a linear layer of
 * its own. */
akin_status ak_kway_fit_tasks(ak_eval_job *job, akin_error *err);

#endif
