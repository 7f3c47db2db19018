/* SPDX-License-Identifier: Apache-2.0 */
/* eval/logistic.h - multinomial logistic regression on standardised features: its value, gradient and
 * hits. */
#ifndef AK_EVAL_LOGISTIC_H
#define AK_EVAL_LOGISTIC_H

#include "eval/eval.h"

/* x_j = (feature_j - centre_j) * inverse_j; inverse is 0 for constant columns. */
typedef struct ak_standard {
    int64_t cols;
    float *centre, *inverse; /* [d] */
} ak_standard;

/* Mean and standard deviation of the columns of x; the arrays are the caller's. AKIN_ERR_NOMEM. */
akin_status ak_standard_fit(akin_cmat x, ak_standard *out, akin_error *err);

/* Rows (all, or those listed) of x in standard form into block [count,d]. */
void ak_standard_rows(const ak_standard *s, akin_cmat x, const int32_t *rows, int64_t first, int64_t count,
                      float *block);

/* One problem. Parameters theta are [classes, d+1]: the weights of a class, then its intercept. */
typedef struct ak_logistic {
    const ak_standard *standard;
    akin_cmat x;
    const int32_t *label; /* [x.rows] class of each row of x */
    const int32_t *rows;  /* [n] the rows that take part; NULL = all */
    int64_t n, classes;
    double lambda;
    ak_comm *ranks; /* each of which sums some of the groups, or NULL */
    /* Working memory, by ak_logistic_init(). */
    float *weights, *intercept;      /* [classes,d], [classes] */
    float *block, *score, *part;     /* per worker: [BLOCK,d], [classes,BLOCK], [classes,d] */
    double *group_grad, *group_loss; /* [GROUPS, classes*(d+1)], [GROUPS] */
    double *group_spread;            /* [GROUPS] sums of p (1 - p) */
    int64_t (*group_hits)[2];        /* [GROUPS] */
    double *turn;                    /* of several ranks: [classes*(d+1)+2] the sums on their way */
    akin_status lost;                /* a sum did not come through: another rank is gone */
    akin_error why;
    double *grad;       /* where value() writes */
    double spread;      /* mean of p (1 - p) over rows and classes where value() was last */
    atomic_bool failed; /* oneDNN ran out of memory */
} ak_logistic;

akin_status ak_logistic_init(ak_logistic *p, akin_error *err); /* after the first group of fields is set */
void ak_logistic_free(ak_logistic *p);

/* L and dL/dtheta; ctx is the problem. */
double ak_logistic_value(const double *theta, double *grad, void *ctx);

/* How far the value is above the minimum L*, at most, as a share of L*: gap / (value - gap) with
 *
 *     gap = |dL/dW|^2 / (2 lambda) + sum_c |dL/db_c|
 *
 * The first term is the duality gap, L being lambda-strongly convex in W. The second is what the intercepts
 * can still gain as long as each is within 1 of its best. Infinity where the gap is not below the value. */
double ak_logistic_excess(double value, const double *grad, const ak_logistic *p);

/* How many of rows (NULL = all) of x have their class first, and among the first five. right [n] (may be
 * NULL) is 1 where it is first. */
void ak_logistic_hits(ak_logistic *p, const double *theta, akin_cmat x, const int32_t *label,
                      const int32_t *rows, int64_t n, float *right, int64_t hits[2]);

#endif
