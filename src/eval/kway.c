/* SPDX-License-Identifier: Apache-2.0 */
/* eval/kway.c - kway-v1: the border. kway_scores.c has its formulas, kway_tasks.c the tasks that are
 * drawn. */
#include "eval/kway.h"

akin_status akin_eval_kway(const akin_eval_data *data, akin_classifier classifier, int32_t labels_per_class,
                           const akin_eval_opts *opts, akin_eval_result *result, akin_error *err)
{
    if ((int)classifier < AKIN_CLASSIFIER_MEAN || classifier > AKIN_CLASSIFIER_CENTROID)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "kway-v1: classifier is %d, which is none of akin_classifier",
                       (int)classifier);
    if (labels_per_class < 0 || (labels_per_class && classifier == AKIN_CLASSIFIER_LINEAR))
        return ak_fail(err, AKIN_ERR_RANGE, "kway-v1: labels_per_class is %d; it must be 0 (all)%s",
                       labels_per_class, labels_per_class < 0 ? " or more" : " for the linear layer");
    ak_eval_job job;
    akin_status status = ak_eval_open(&job, "kway-v1", data, opts, result, err);
    const bool linear = classifier == AKIN_CLASSIFIER_LINEAR;
    if (!status)
        status =
            linear ? ak_kway_by_layer(&job, err) : ak_kway_by_means(&job, classifier, labels_per_class, err);
    if (status == AKIN_OK && linear && job.opts.fit_tasks) status = ak_kway_fit_tasks(&job, err);
    status = ak_eval_agree(&job, status, err);
    if (status == AKIN_OK) ak_eval_deliver(&job, result);
    ak_eval_close(&job);
    return status;
}
