/* SPDX-License-Identifier: Apache-2.0 */
/* eval/protocols.c - the list of protocols: the CLI, its help and the documentation walk it. */
#include "eval/eval.h"

#include <string.h>

static const akin_protocol PROTOCOLS[] = {
    { "knn-v1", "knn", 0, "[Wu2018 sec.3.4]", "weighted vote of the nearest training rows by cosine", 0 },
    { "linear-v2", "linear", 0, "[Liu1989 sec.3]", "L2-regularised logistic regression, fitted by L-BFGS",
      0 },
    { "linear-v1", "linear-v1", 0, "[Liu1989 sec.3]", "the same, until no entry of the gradient exceeds 1e-4",
      0 },
    { "mean-v1", "mean", 0, "[Arora2019 sec.2]", "mean classifier, all labels", 0 },
    { "mean-v1", "mean", 5, "[Arora2019 sec.2]", "mean classifier, five labels a class", 0 },
    { "centroid-v1", "centroid", 0, "[Manning2008 sec.14.2]", "nearest centroid, all labels",
      AKIN_CLASSIFIER_CENTROID },
    { "centroid-v1", "centroid", 5, "[Manning2008 sec.14.2]", "nearest centroid, five labels a class",
      AKIN_CLASSIFIER_CENTROID },
    { "kway-v1", "kway", 0, "[Arora2019 sec.8]", "tasks of k classes, mean classifier",
      AKIN_CLASSIFIER_MEAN },
    { "kway-v1", "kway", 0, "[Manning2008 sec.14.2]", "tasks of k classes, nearest centroid",
      AKIN_CLASSIFIER_CENTROID },
    { "kway-v1", "kway", 5, "[Arora2019 sec.8]", "tasks of k classes, mean of five labels a class",
      AKIN_CLASSIFIER_MEAN },
    { "kway-v1", "kway", 5, "[Manning2008 sec.14.2]", "tasks of k classes, centroids of five labels a class",
      AKIN_CLASSIFIER_CENTROID },
    { "kway-v1", "kway", 0, "[Arora2019 sec.8]", "tasks of k classes, trained linear layer",
      AKIN_CLASSIFIER_LINEAR },
};

const akin_protocol *akin_protocol_at(int i)
{
    return i >= 0 && i < (int)(sizeof PROTOCOLS / sizeof *PROTOCOLS) ? &PROTOCOLS[i] : NULL;
}

akin_status akin_eval_run(const akin_protocol *protocol, const akin_eval_data *data,
                          const akin_eval_opts *opts, akin_eval_result *result, akin_error *err)
{
    if (!protocol || !protocol->option)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "protocol must be one of akin_protocol_at()");
    if (strcmp(protocol->option, "knn") == 0) return akin_eval_knn(data, opts, result, err);
    if (strcmp(protocol->option, "linear") == 0) return akin_eval_linear_v2(data, opts, result, err);
    if (strcmp(protocol->option, "linear-v1") == 0) return akin_eval_linear(data, opts, result, err);
    if (strcmp(protocol->option, "centroid") == 0)
        return akin_eval_centroid(data, protocol->labels_per_class, opts, result, err);
    if (strcmp(protocol->option, "kway") == 0)
        return akin_eval_kway(data, protocol->classifier, protocol->labels_per_class, opts, result, err);
    return akin_eval_mean(data, protocol->labels_per_class, opts, result, err);
}
