/* SPDX-License-Identifier: Apache-2.0 */
/* eval/means.h - the mean rows of the classes, which mean-v1, centroid-v1 and kway-v1 classify by. */
#ifndef AK_EVAL_MEANS_H
#define AK_EVAL_MEANS_H

#include "eval/eval.h"

/* Scores by means: <weights_c, row> + intercept_c, the row as ak_mean_row() gives it. */
typedef struct ak_mean_scorer {
    float *weights;   /* [draws*classes, d] */
    float *intercept; /* [draws*classes]; NULL: none, the mean classifier */
    double *centre;   /* [d]; NULL: rows are brought to length 1, which the mean classifier does not see */
    double scale;
    bool unit; /* with centre: rows are brought to length 1 before */
} ak_mean_scorer;

/* classifier is that of the means or of the centroids. AKIN_ERR_NOMEM; _free() frees in any case. */
akin_status ak_mean_scorer_make(const ak_eval_job *job, akin_classifier classifier, int32_t per_class,
                                int64_t draws, bool unit, ak_mean_scorer *out, akin_error *err);
void ak_mean_scorer_free(ak_mean_scorer *s);
/* Test row i of the job, to [d]. */
void ak_mean_row(const ak_mean_scorer *s, const ak_eval_job *job, int64_t i, float *to);

#endif
