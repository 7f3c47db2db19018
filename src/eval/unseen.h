/* SPDX-License-Identifier: Apache-2.0 */
/* eval/unseen.h - how probable each class is for an item, by a classifier that has not seen it. */
#ifndef AK_EVAL_UNSEEN_H
#define AK_EVAL_UNSEEN_H

#include "dist/dist.h"
#include "eval/eval.h"

/* The job's training rows are judged; its test rows are not looked at. judged [n] is 0 for the items that are
 * alone in their class: rows of p [n,classes] that are of them are not written. Each row of p is multiplied
 * by `share` and added, so that p can be the mean of several; it is zeroed by the caller. */
typedef struct ak_unseen {
    const ak_eval_job *job;
    const unsigned char *judged;
    float *p;
    float share;
    ak_comm *ranks; /* who judge together: all have p whole afterwards; NULL: this process */
} ak_unseen;

/* By linear-v2 in folds; lambda 0: picked, and *lambda receives it. */
akin_status ak_unseen_logistic(const ak_unseen *u, int32_t folds, uint64_t seed, double *lambda,
                               akin_error *err);
/* By the k nearest others. */
akin_status ak_unseen_knn(const ak_unseen *u, int64_t k, akin_error *err);

#endif
