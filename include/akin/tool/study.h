/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/study.h - what repeated runs say: means with intervals, verdicts on claims.
 *
 * Values are doubles, one for each repetition (a seed, as a rule). All sums are taken in the order given.
 * Threads  Reentrant; nothing here starts a thread.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Student1908] are resolved in docs/papers.md. docs/studies.md states the rule of verdicts. */
#ifndef AKIN_STUDY_H
#define AKIN_STUDY_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A mean over repetitions with its 95 % interval  [Student1908]:
 *
 *     mean -+ t(n-1) s / sqrt(n),   s^2 = sum (x - mean)^2 / (n - 1)
 *
 * It covers the repetitions: other seeds, not other data. */
typedef struct akin_mean95 {
    int64_t n;
    double mean, low, high; /* low and high are NaN for n = 1 */
} akin_mean95;

/* AKIN_ERR_ARGUMENT a pointer is NULL; AKIN_ERR_RANGE n < 1; AKIN_ERR_INPUT a value is not finite (which one). */
AKIN_API akin_status akin_mean95_of(const double *x, int64_t n, akin_mean95 *out, akin_error *err);

typedef enum akin_expect {
    AKIN_EXPECT_GREATER, /* left - right > margin */
    AKIN_EXPECT_LESS,    /* left - right < -margin */
    AKIN_EXPECT_EQUAL,   /* |left - right| < margin */
} akin_expect;

typedef enum akin_verdict {
    AKIN_VERDICT_REPRODUCED,   /* all of the interval is where it was expected */
    AKIN_VERDICT_CONTRADICTED, /* none of it is */
    AKIN_VERDICT_UNDECIDED,    /* part of it, or fewer than two pairs */
} akin_verdict;

AKIN_API const char *akin_verdict_name(akin_verdict v); /* "reproduced"; never NULL */

/* The verdict on a claim about left - right, from n repetitions in which both were measured: the 95 % interval of the
 * mean of the differences d_i = left_i - right_i, as above, against the values that the claim allows. What moves both
 * alike, such as a lucky seed, leaves the differences alone [Student1908].
 *
 * margin >= 0, in units of the values. *difference receives the mean of d and its interval (n = 0: mean NaN).
 *
 *   AKIN_ERR_ARGUMENT, AKIN_ERR_INPUT as above;  AKIN_ERR_RANGE n < 0, or margin negative or not finite, or 0 for EQUAL */
AKIN_API akin_status akin_paired_verdict(const double *left, const double *right, int64_t n,
                                         akin_expect expect, double margin, akin_mean95 *difference,
                                         akin_verdict *verdict, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_STUDY_H */
