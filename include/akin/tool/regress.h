/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/regress.h - how well a number of each item is told from its features: locked, versioned
 * protocols, as akin/eval.h has them for classes. docs/series.md states each of them.
 *
 * Shapes   [n,d] is n rows of d floats; one finite number for each row.
 * Units    R^2 = 1 - sum (y - y')^2 / sum (y - mean of the test rows)^2: 1 is perfect, 0 no better than a
 *          constant, and below 0 worse. Errors |y - y'| are in the units of y.
 * Memory   Views borrow. Working memory is allocated and freed inside, O(n + m + d^2).
 * Threads  Reentrant. The result never depends on the number of threads, bit for bit.
 */
#ifndef AKIN_TOOL_REGRESS_H
#define AKIN_TOOL_REGRESS_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum akin_regress_kind {
    /* knn-regress-v1: the mean of the k training rows with the greatest cosine similarity [Fix1951] */
    AKIN_REGRESS_KNN,
    /* ridge-v1: the linear function that minimises  1/n sum (y_i - <w, x_i> - b)^2 + lambda |w|^2  on
     * standardised columns [Hoerl1970], lambda of 1e-6, 1e-5 ... 10 by generalised cross-validation on the
     * training rows [Golub1979 eq.1.3] */
    AKIN_REGRESS_RIDGE,
} akin_regress_kind;

/* Start from AKIN_REGRESS_DATA_INIT; nothing has a default. */
typedef struct akin_regress_data {
    uint32_t struct_size;
    akin_cmat train;            /* [n,d] */
    const double *train_values; /* [n] */
    akin_cmat test;             /* [m,d] */
    const double *test_values;  /* [m], of at least two different numbers */
    const int32_t *test_order;  /* [m] test rows in order of time, for the interval; NULL = as they are */
} akin_regress_data;

#define AKIN_REGRESS_DATA_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_regress_data)                                                             \
    }

typedef struct akin_regress_result {
    uint32_t struct_size;
    int32_t k;            /* knn: as used, min(10, n) */
    const char *protocol; /* static */
    double r2;
    /* of R^2: Student's t over 20 blocks of test rows, which follow one another, each left out in turn
     * [Arvesen1969]; so rows near in time, which are alike, do not count as many. NaN below 40 rows */
    double ci95[2];
    double median_error, mean_error; /* of |y - y'| */
    int64_t n, reference, features;  /* test rows, training rows, columns */
    double lambda;                   /* ridge: as used */
} akin_regress_result;

#define AKIN_REGRESS_RESULT_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_regress_result)                                                           \
    }

/* Fit on the training rows, predict the test rows.
 *
 * AKIN_ERR_ARGUMENT  a pointer is NULL, kind is none, or a struct was not initialised
 * AKIN_ERR_SHAPE     a view is empty, or widths differ
 * AKIN_ERR_INPUT     a number that is not finite, or test values that are all equal
 * AKIN_ERR_NOMEM */
AKIN_API akin_status akin_regress(akin_regress_kind kind, const akin_regress_data *data,
                                  akin_regress_result *result, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_REGRESS_H */
