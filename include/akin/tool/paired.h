/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/paired.h - two classifiers on the same test items. Items that both get right, or both wrong, say
 * nothing about which is better; the rest do, and intervals of the two accuracies do not see that. */
#ifndef AKIN_TOOL_PAIRED_H
#define AKIN_TOOL_PAIRED_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Start from AKIN_PAIRED_INIT. */
typedef struct akin_paired {
    uint32_t struct_size;
    int64_t n, won, lost; /* items; right by the first alone, by the second alone */
    double difference;    /* of the accuracies, the first minus the second */
    double ci95[2];       /* of it */
    double p;             /* two-sided, of no difference */
    /* "mcnemar-mid-p" and "tango-score"; else both are "student-over-draws-and-items",
     * "student-over-draws" or "jackknife-over-classes"; static */
    const char *test, *interval;
} akin_paired;

#define AKIN_PAIRED_INIT                                                                                     \
    {                                                                                                        \
        .struct_size = sizeof(akin_paired)                                                                   \
    }

/* McNemar's test of won against lost, by the exact binomial with half the weight of the outcome itself
 * [McNemar1947, Fagerland2013]; for k the lesser of the two,
 *
 *     p = 2 P(X < k) + P(X = k),   X ~ binomial(won + lost, 1/2)
 *
 * and the score interval of the difference [Tango1998]: all d with |T(d)| <= 1.96, where
 *
 *     T(d) = (won - lost - n d) / sqrt(n (2 q + d (1 - d))),   q = (sqrt(B^2 - 8 n C) - B) / (4 n),
 *     B = -won - lost + (2 n - won + lost) d,   C = -lost d (1 - d)
 *
 * where p is above 0.05, 0 is added to it. (In 35 of the 2.25 million outcomes with at most 3,000 items that
 * differ it would be left out, as for 4 to 0, whose p is 0.06; the other way round never.) So the two always
 * say the same.
 *
 *   AKIN_ERR_ARGUMENT  out is NULL or was not initialised
 *   AKIN_ERR_RANGE     n < 1, a negative count, or won + lost > n */
AKIN_API akin_status akin_paired_counts(int64_t n, int64_t won, int64_t lost, akin_paired *out,
                                        akin_error *err);

/* The same from what each says of the items: 1 where it is right, 0 where it is wrong. [n] each.
 *
 *   AKIN_ERR_ARGUMENT  a pointer is NULL
 *   AKIN_ERR_RANGE     n < 1
 *   AKIN_ERR_INPUT     a value that is neither 0 nor 1 */
AKIN_API akin_status akin_paired_hits(const uint8_t *first, const uint8_t *second, int64_t n,
                                      akin_paired *out, akin_error *err);

/* Accuracies that are means of repetitions, such as draws of few labels, each on the same items: x [n,items]
 * is what the first has of an item in a repetition minus what the second has. The interval is that of
 * akin_crossed95_of(): it covers other repetitions and other items. p is the share left out by the narrowest
 * such interval that reaches 0; won and lost are 0, n counts items.
 *
 *   AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE (n < 2 or items < 2), AKIN_ERR_INPUT (not finite), AKIN_ERR_NOMEM */
AKIN_API akin_status akin_paired_crossed(const double *x, int64_t n, int64_t items, akin_paired *out,
                                         akin_error *err);

/* The mean of differences x [n], one of each repetition, and its interval by Student's t  [Student1908].
 *
 *   AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE (n < 2), AKIN_ERR_INPUT (not finite) */
AKIN_API akin_status akin_paired_means(const double *x, int64_t n, akin_paired *out, akin_error *err);

/* A difference of which x_g is what it would be without unit g, as of AVG-k without a class: by the jackknife
 * [Arvesen1969]
 *
 *     difference -+ t(n-1) sqrt((n-1)/n sum_g (x_g - mean)^2)
 *
 *   AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE (n < 2), AKIN_ERR_INPUT (not finite) */
AKIN_API akin_status akin_paired_jackknife(const double *x, int64_t n, double difference, akin_paired *out,
                                           akin_error *err);

/* 1: the difference is above 0, by the test at 5 % and by its interval; -1: below; 0: neither is seen. */
AKIN_API int akin_paired_direction(const akin_paired *paired);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_PAIRED_H */
