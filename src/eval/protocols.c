/* SPDX-License-Identifier: Apache-2.0 */
/* eval/protocols.c - the list of protocols, and the intervals they report. */
#include "eval/eval.h"

#include <math.h>
#include <string.h>

/* The only list of protocols: the CLI, its help and the documentation walk it. */
static const akin_protocol PROTOCOLS[] = {
    { "knn-v1", "knn", 0, "[Wu2018 sec.3.4]", "weighted vote of the nearest training rows by cosine", 0 },
    { "linear-v1", "linear", 0, "[Liu1989 sec.3]", "L2-regularised logistic regression, fitted by L-BFGS",
      0 },
    { "mean-v1", "mean", 0, "[Arora2019 sec.2]", "mean classifier, all labels", 0 },
    { "mean-v1", "mean", 5, "[Arora2019 sec.2]", "mean classifier, five labels a class", 0 },
    { "kway-v1", "kway", 0, "[Arora2019 sec.8]", "tasks of k classes, mean classifier",
      AKIN_CLASSIFIER_MEAN },
    { "kway-v1", "kway", 5, "[Arora2019 sec.8]", "tasks of k classes, mean of five labels a class",
      AKIN_CLASSIFIER_MEAN },
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
    if (strcmp(protocol->option, "linear") == 0) return akin_eval_linear(data, opts, result, err);
    if (strcmp(protocol->option, "kway") == 0)
        return akin_eval_kway(data, protocol->classifier, protocol->labels_per_class, opts, result, err);
    return akin_eval_mean(data, protocol->labels_per_class, opts, result, err);
}

void ak_wilson95(double p, int64_t n, double interval[2])
{
    interval[0] = 0;
    interval[1] = 1;
    if (n < 1) return;
    const double z = 1.959963984540054, count = (double)n, zz = z * z / count;
    const double centre = (p + zz / 2) / (1 + zz);
    const double half = z / (1 + zz) * sqrt(p * (1 - p) / count + zz / (4 * count));
    if (p > 0) interval[0] = fmax(centre - half, 0); /* at p = 0 and p = 1 the bound is p, up to rounding */
    if (p < 1) interval[1] = fmin(centre + half, 1);
}

/* For few degrees of freedom a table; beyond it the Cornish-Fisher expansion in 1/df, whose first term left
 * out is below 1e-5 for df > 10. */
double ak_student95(int64_t df)
{
    static const double few[] = { 12.706204736432095, 4.302652729911275, 3.182446305284263, 2.776445105197798,
                                  2.570581835636314,  2.446911848791681, 2.364624251010300, 2.306004135033371,
                                  2.262157162740992,  2.228138851964939 };
    if (df <= (int64_t)(sizeof few / sizeof *few)) return few[df - 1];
    const double z = 1.959963984540054, z2 = z * z, v = (double)df;
    const double g1 = z * (z2 + 1) / 4;
    const double g2 = z * ((5 * z2 + 16) * z2 + 3) / 96;
    const double g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
    const double g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
    return z + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v;
}
