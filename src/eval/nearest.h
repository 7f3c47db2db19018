/* SPDX-License-Identifier: Apache-2.0 */
/* eval/nearest.h - the exact k nearest rows by cosine, one query at a time handed to a visitor. */
#ifndef AK_EVAL_NEAREST_H
#define AK_EVAL_NEAREST_H

#include "eval/eval.h"

typedef struct ak_near {
    float similarity;
    int32_t index;
} ak_near;

/* Query i and its k nearest, best first. worker < akin_threads(); queries come in no particular order. */
typedef void ak_near_fn(int64_t i, const ak_near *nearest, int worker, void *ctx);

/* Norms are those of ak_eval_norms(); 1 <= k <= reference.rows. */
akin_status ak_eval_nearest(akin_cmat query, const double *query_norm, akin_cmat reference,
                            const double *reference_norm, int64_t k, ak_near_fn *visit, void *ctx,
                            akin_error *err);

#endif
