/* SPDX-License-Identifier: Apache-2.0 */
/* theory/contrast.h - what the bounds have in common: losses of anchors against K negatives, against class
 * means, and of triples, and sums of them with their intervals.
 *
 * Each value is either exact, a sum over all that can be drawn (contrast_exact.c), or an average over blocks
 * (contrast.c). Blocks are drawn independently of each other, and any sum of values has a mean in each, so
 * the interval of a sum, of a difference above all, comes from the spread of that sum over blocks. */
#ifndef AK_THEORY_CONTRAST_H
#define AK_THEORY_CONTRAST_H

#include "theory/theory.h"

/* X(name): what is computed for each anchor. s = <a, key>/t; y: the anchor's class; s_c: s with the mean of
 * class c; Col: how many negatives are of class y. The classes that are there: y and those of the
 * negatives. */
#define AK_CONTRAST_VALUES(X)                                                                                \
    X(INFO)          /* InfoNCE, positive = the same item's other view */                                    \
    X(INFO_CLASS)    /* InfoNCE, positive = any item of the class */                                         \
    X(NCE)           /* as INFO, the positive not in the sum */                                              \
    X(SUP)           /* cross-entropy of the mean classifier, C ways */                                      \
    X(SUB)           /* the same over the classes that are there */                                          \
    X(SUB_PARTIAL)   /* SUB where not all classes are there, else 0 */                                       \
    X(SUB_CLEAN)     /* SUB given that no negative is of class y, times P(that | y) */                       \
    X(CLEAN_PARTIAL) /* the same where not all classes are there, else 0 */                                  \
    X(LN_COL1)       /* ln(Col + 1) */                                                                       \
    X(HIT)           /* 1 where Col >= 1 */                                                                  \
    X(MAX_PART)      /* max(SUB, ln(Col + 1)) */                                                             \
    X(JENSEN)        /* ln(1 + Col + sum over c != y of n_c e^{s_c - s_y}) */                                \
    X(GAP)           /* min(0, s_y - s_positive) <= 0 */                                                     \
    X(HINGE_K)       /* hinge of K negatives, positive of the class */                                       \
    X(HINGE_K_OTHER) /* the same over negatives of other classes, where there is one */                      \
    X(LOGIT_K_OTHER) /* as HINGE_K_OTHER with the logistic loss, base 2 */                                   \
    X(HINGE_CLEAN)   /* hinge of the mean classifier among classes there, as SUB_CLEAN */                    \
    X(HAS_OTHER)     /* 1 where there is a negative of another class */                                      \
    X(SPREAD)        /* length of positive - its class mean */                                               \
    X(SPREAD2)       /* its square */                                                                        \
    X(ZERO_ONE)      /* share of negatives at least as similar as the positive */                            \
    X(HINGE_SAME)    /* one negative of the same class, times rho_y / tau */                                 \
    X(LOGIT_SAME)    /* as HINGE_SAME with the logistic loss, base 2 */                                      \
    X(HINGE_OTHER)   /* one negative of another class, times (1 - rho_y) / (1 - tau) */                      \
    X(LOGIT_OTHER)                                                                                           \
    X(HINGE_BLOCK_SAME) /* blocks of AK_CONTRAST_BLOCK averaged, negatives of the anchor's class */          \
    X(LOGIT_BLOCK_SAME)                                                                                      \
    X(HINGE_BLOCK) /* the same with negatives of one other class; weights as SAME and OTHER */               \
    X(LOGIT_BLOCK)                                                                                           \
    X(HINGE_MEAN) /* binary mean classifier, average over other classes, weight as OTHER */                  \
    X(LOGIT_MEAN)                                                                                            \
    X(EXCESS) /* E (Z - s)_+ for each s of the grid of margins */                                            \
    X(EXCESS_1)                                                                                              \
    X(EXCESS_2)                                                                                              \
    X(EXCESS_3)                                                                                              \
    X(EXCESS_4)                                                                                              \
    X(EXCESS_5)                                                                                              \
    X(EXCESS_6)                                                                                              \
    X(EXCESS_7)                                                                                              \
    X(MARGIN) /* mean classifier's hinge with margin 1 + s */                                                \
    X(MARGIN_1) X(MARGIN_2) X(MARGIN_3) X(MARGIN_4) X(MARGIN_5) X(MARGIN_6) X(MARGIN_7)

typedef enum ak_contrast_value {
#define X(name) AK_CV_##name,
    AK_CONTRAST_VALUES(X)
#undef X
        AK_CV_COUNT
} ak_contrast_value;

enum { AK_CONTRAST_BLOCK = 4, AK_CONTRAST_MARGINS = 8 };

/* The grid of margins gamma = 1 + s of [Arora2019 lemma 5.1]: s. */
extern const double ak_contrast_margin[AK_CONTRAST_MARGINS];

typedef struct ak_contrast {
    int64_t blocks;                              /* drawn */
    int64_t df;                                  /* degrees of freedom of a spread over them */
    double mean[AK_CV_COUNT], half[AK_CV_COUNT]; /* the longer side of the 95 % interval; 0: exact */
    double range;                                /* of all similarities over t, at most */
    double deviation;                            /* s(f) of features scaled by t^{-1/2} */
    akin_theory_plan plan;                       /* of the labels' frequencies */
    bool exact[AK_CV_COUNT];                     /* the value is no average over blocks */
    double block[];                              /* [blocks, AK_CV_COUNT] */
} ak_contrast;

/* Computed once for a job, then shared. */
akin_status ak_contrast_of(ak_theory_job *job, const ak_contrast **out, akin_error *err);

/* A constant and values times factors. slack: what the half width of its interval grows by, for what no
 * spread over blocks can tell. */
typedef struct ak_sum {
    double constant, slack;
    double factor[AK_CV_COUNT];
} ak_sum;

/* A bound whose two sides are sums of values: both intervals, and the verdict on the difference. */
void ak_contrast_judge(akin_bound_row *row, const ak_contrast *c, const ak_sum *value, const ak_sum *measured,
                       double reference);
/* A measure that is a sum of values. */
void ak_contrast_show(akin_bound_row *row, const ak_contrast *c, const ak_sum *measured);
double ak_contrast_mean(const ak_contrast *c, const ak_sum *s);

/* contrast_exact.c: the values that can be summed over all that can be drawn, into mean[], exact[] set. */
akin_status ak_contrast_exact(const ak_theory_job *job, ak_contrast *c, akin_error *err);

#endif
