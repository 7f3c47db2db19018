/* SPDX-License-Identifier: Apache-2.0 */
/* theory/lee.h - contrast as approximate supervision  [Lee2025]: its numbers for labelled views. lee.c
 * derives them. */
#ifndef AK_THEORY_LEE_H
#define AK_THEORY_LEE_H

#include "base/base.h"

/* Expectations over the views at hand, taken as the distribution. u: unit view, m_x: mean of an item's views,
 * m_y: mean of a class's, nm(v) = v/|v|. */
typedef struct ak_lee {
    int32_t views;
    double alpha, lambda, constant; /* as used; constant = C/K of the balanced loss per negative: see docs */
    double attract, attract_bound;  /* -E|m_x| <= -E|m_x|^2 */
    double pair;                    /* E u.u' over distinct views: estimates E|m_x|^2 without bias */
    double b1, b2;                  /* E|nm(m_y)-nm(m_x)|; E|m_x|^2 - E|m_y|^2 */
    double prototype, prototype_bound; /* E[-cos(u,m_y)] <= -E|m_x|^2 + B1 */
    double repel, repel_bound;         /* E max_{y'!=y} u.m_y' <= E (1/alpha) log E_u'[exp(alpha u.u')/pi] */
    double repel_other;                /* the step between: own class left out */
    double repel_no_labels;            /* with 1/pi_min for 1/pi */
    double lse_slack, lse_most, jensen_slack; /* of the first step: as is, log(C-1)/alpha, the rest */
    double own_class_slack;                   /* of the second step */
    double total, total_bound;                /* prototype + lambda repel <= its bound */
    double imbalance, balanced;               /* log(1/pi_min)/alpha, log(C)/alpha */
    double confusion; /* share of items whose view 0 is nearest to a view of another item  [Wang2022] */
} ak_lee;

/* view[0..views-1] are [n,d], row i of each a view of item i; at least two. labels [n], at least two classes.
 * alpha > 0: inverse temperature; lambda > 0: repulsion over attraction. Similarities are float: inequalities
 * hold to about 1e-6. AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE, AKIN_ERR_INPUT (NaN, a zero row, one
 * class), AKIN_ERR_NOMEM. */
akin_status ak_lee_evaluate(const akin_cmat *view, int32_t views, const int32_t *labels, int64_t count,
                            double alpha, double lambda, ak_lee *out, akin_error *err);

#endif
