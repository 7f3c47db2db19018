/* SPDX-License-Identifier: Apache-2.0 */
/* theory/contrast.h - what the bounds have in common: losses of sampled anchors against K sampled negatives,
 * against class means, and of triples; each with its 95 % half width. */
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
    X(LOGIT_MEAN)

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
    int64_t anchors;
    double mean[AK_CV_COUNT], half[AK_CV_COUNT]; /* half: 1.96 standard errors over blocks of anchors */
    double excess[AK_CONTRAST_MARGINS];          /* E (Z - s)_+ */
    double margin_loss[AK_CONTRAST_MARGINS];     /* mean classifier's hinge with margin gamma */
    double deviation;                            /* s(f) of features scaled by t^{-1/2} */
    akin_theory_plan plan;                       /* of the labels' frequencies */
} ak_contrast;

/* Computed once for a job, then shared. */
akin_status ak_contrast_of(ak_theory_job *job, const ak_contrast **out, akin_error *err);

#endif
