/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/diagnose.h - what an embedding looks like: collapse, spectrum, classes, similarity graph; and the theory of
 * [Lee2025], [Zhang2025] and their neighbours as functions of numbers. docs/diagnose.md says how each value is made.
 *
 * Marks    Every value says how far it can be trusted: "" follows a published formula that was read;
 *          "as stated" is printed as its authors state it although the statement has a known defect;
 *          "reconstruction" is a form consistent with what is known of the paper; "derived" was derived here and
 *          checked numerically; "unverified" is a definition taken from memory of the source.
 * Shapes   [n,d] is n rows of d floats; labels are whole numbers >= 0.
 * Units    Similarities are cosines, losses are in nats, fractions are in [0,1].
 * Memory   Views borrow. Working memory is allocated and freed inside; nothing of size n x n.
 * Threads  Reentrant. Results do not depend on the number of threads.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Zhang2025 Thm 3.4] are resolved in docs/papers.md. */
#ifndef AKIN_DIAGNOSE_H
#define AKIN_DIAGNOSE_H

#include "akin/base.h"

#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The similarity graph with difficult examples  [Zhang2025 eq.17-21]. --------------------------------------
 *
 * r+1 classes of n samples; in each class the last n_d are difficult. Weights: 1 for x = x', alpha in a class,
 * gamma between classes when both are difficult, beta between classes otherwise. */
typedef struct akin_zhang_graph {
    int64_t r;   /* classes minus one, >= 1 */
    int64_t n;   /* samples of a class, >= 1 */
    int64_t n_d; /* of them difficult, 0 to n */
    double alpha, beta, gamma;
} akin_zhang_graph;

/* Two readings of the paper. BLOCK: its definition, every difficult pair of two classes weighs gamma. MATCHED: what
 * its proof of Theorem 3.4 computes with, only pairs of equal index do. The stated theorem mixes both. */
typedef enum akin_zhang_model { AKIN_ZHANG_BLOCK, AKIN_ZHANG_MATCHED } akin_zhang_model;

typedef struct akin_zhang_mode {
    double value; /* eigenvalue of D^-1/2 A D^-1/2 */
    int64_t multiplicity;
} akin_zhang_mode;

enum { AKIN_ZHANG_MODES = 8 };

/* AKIN_ERR_RANGE unless 0 <= beta <= gamma <= alpha < 1, r and n >= 1 and 0 <= n_d <= n. */
AKIN_API akin_status akin_zhang_check(const akin_zhang_graph *g, akin_error *err);

/* The exact spectrum in closed form, decreasing; returns the number of modes. derived. */
AKIN_API int akin_zhang_spectrum(const akin_zhang_graph *g, akin_zhang_model model,
                                 akin_zhang_mode mode[AKIN_ZHANG_MODES]);
/* The k-th greatest eigenvalue, k counted from 1; NaN beyond the last. */
AKIN_API double akin_zhang_eigenvalue(const akin_zhang_mode *mode, int count, int64_t k);

/* 4 delta/(1-lambda) + 8 delta  [HaoChen2021 Thm B.3]. */
AKIN_API double akin_zhang_bound(double lambda, double delta);

/* Start from AKIN_ZHANG_STATED_INIT. */
typedef struct akin_zhang_stated {
    uint32_t struct_size;
    bool removal_helps; /* [Zhang2025 Cor 4.1]: the removed bound is below the one with difficult samples */
    bool temperature_helps; /* [Zhang2025 Thm 4.5]: its condition n_d < temperature_limit holds */
    bool vacuous;           /* every bound below is >= 1 at the least possible delta */
    double c0, c1, c2;      /* as the paper names them; c2, c1: degree of an easy and of a difficult sample */
    double c1_matched;      /* degree of a difficult sample in the matched model */
    double phi;             /* mass between classes without difficult samples; delta >= phi/2 */
    double delta;           /* as used: given, or phi/2 */
    double lambda_without;  /* (1-alpha)/c2 */
    double lambda_stated;   /* [(1-alpha)+r(gamma-beta)]/c1  [Zhang2025 Thm 3.4], as stated */
    double lambda_matched;  /* the same over c1_matched: the matched model's eigenvalue */
    double lambda_block;    /* the block model's (r+2)-th eigenvalue, exact */
    double without, with, removed, temperature; /* bounds: Thm 3.3, 3.4, Cor 4.1, Thm 4.5, as stated */
    double with_block, with_matched;            /* bounds at the exact eigenvalues, k = r+1 */
    double temperature_limit;                   /* of n_d */
    double temperature_factor, temperature_factor_tight; /* 1/tau^2 of difficult pairs: stated, exact */
    double removal_gap;      /* gamma-beta minus its threshold in Cor 4.1; > 0: removal helps */
    int64_t k_least, k_most; /* widths for which Thm 3.4 is stated */
    double x0;               /* [Zhang2025 Thm B.4]: solves the Kepler-like equation */
    double eps_most;         /* noise below which the relaxed bound of Thm 3.4 is finite */
} akin_zhang_stated;

#define AKIN_ZHANG_STATED_INIT                                                                               \
    {                                                                                                        \
        sizeof(akin_zhang_stated), false, false, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   \
            0, 0, 0, 0, 0, 0, 0                                                                              \
    }

/* delta: share of samples whose label an augmentation does not recover, or NaN for the least possible. */
AKIN_API akin_status akin_zhang_evaluate(const akin_zhang_graph *g, double delta, akin_zhang_stated *out,
                                         akin_error *err);

/* The relaxed form of a bound: eps (the noise over sqrt(n(r+1)), see D5 in docs/diagnose.md) widens it to
 * 4 delta/(1 - lambda - x0 eps/((1-alpha)+n(alpha+r beta))) + 8 delta; infinity when that is not positive. */
AKIN_API double akin_zhang_relaxed(const akin_zhang_graph *g, double lambda, double delta, double eps);

/* "Potential" lower bound [Zhang2025 eq.66] with its assumed constant C; as stated. */
AKIN_API double akin_zhang_lower(const akin_zhang_graph *g, double phi, double constant);

/* Margin m_xx' [Zhang2025 eq.36] and temperature [Zhang2025 eq.57] of a pair: difficult = how many of the two are. */
AKIN_API double akin_zhang_margin(const akin_zhang_graph *g, bool same_class, bool same_item, int difficult);
AKIN_API double akin_zhang_temperature(const akin_zhang_graph *g, bool same_class, int difficult);

/* The n at which the stated eigenvalue is lambda when share*n samples are difficult: what a printed eigenvalue says
 * about the n its authors used. */
AKIN_API double akin_zhang_implied_n(const akin_zhang_graph *g, double share, double lambda);

/* Welch's t of two means from their variances (n-1 in the denominator) and counts [Welch1947]; df its degrees of
 * freedom. */
AKIN_API double akin_welch(const double mean[2], const double variance[2], const double count[2], double *df);

/* Class collapse of supervised contrast  [LeeOh2025]. ------------------------------------------------------- */

/* The greatest weight a of the self-supervised part, in (1-a) L_sup + a L_cl, at which the n embeddings of each of m
 * classes still coincide at the optimum: 1 - ((n-1)/n) (1-q)/(1+(m-1)q), q = exp(-m/((m-1) t)). derived.
 * NaN unless m >= 2, n >= 1, t > 0. */
AKIN_API double akin_collapse_threshold(double m, double n, double t);

/* The optimum in the symmetric family: cosine s_w in a class, s_b between classes. derived. */
AKIN_API void akin_collapse_optimum(double m, double n, double t, double a, double *s_w, double *s_b);

/* Optimal geometry of imbalanced classes  [Nguyen2026], reconstruction. ------------------------------------ */

typedef enum akin_negatives {
    AKIN_NEGATIVES_ALL,   /* negatives follow the prior: unsupervised contrast */
    AKIN_NEGATIVES_OTHER, /* negatives are of another class: supervised contrast */
} akin_negatives;

enum { AKIN_GEOMETRY_CLASSES = 256 }; /* most classes akin_class_geometry() takes */

/* Cosines G [C,C] of the class representations that minimise, for many negatives,
 *
 *     sum_y pi_y ( -G_yy/t + log sum_y' nu(y'|y) exp(G_yy'/t) ),   G positive semidefinite, G_yy <= 1
 *
 * objective  receives the minimum, gap a certified bound on how far above the optimum it is; either may be NULL.
 * AKIN_ERR_RANGE (fewer than 2 or too many classes, a prior not above 0 or not summing to 1 within 1e-6, t not above
 * 0), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_class_geometry(int64_t classes, const double *prior, double t, akin_negatives nu,
                                         double *cosine, double *objective, double *gap, akin_error *err);

/* The prior of one majority class, among C-1 equal minorities, from which on the minorities coincide: any C, many
 * negatives that follow the prior. derived. */
AKIN_API double akin_minority_collapse(double t);

/* Contrast as approximate supervision  [Lee2025]. ----------------------------------------------------------- */

/* Expectations over the views at hand, taken as the distribution. u: unit view, m_x: mean of an item's views, m_y: mean
 * of a class's, nm(v) = v/|v|. Start from AKIN_LEE_INIT. */
typedef struct akin_lee {
    uint32_t struct_size;
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
} akin_lee;

#define AKIN_LEE_INIT                                                                                        \
    {                                                                                                        \
        sizeof(akin_lee), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0             \
    }

/* view[0..views-1] are [n,d], row i of each a view of item i; at least two. labels [n], at least two classes.
 * alpha > 0: inverse temperature; lambda > 0: repulsion over attraction. Similarities are float: inequalities hold to
 * about 1e-6.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE, AKIN_ERR_INPUT (NaN, a zero row, one class), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_lee_evaluate(const akin_cmat *view, int32_t views, const int32_t *labels,
                                       int64_t count, double alpha, double lambda, akin_lee *out,
                                       akin_error *err);

/* Two representations of the same items. --------------------------------------------------------------------- */

/* Mean share of common neighbours [Huh2024]: a and b [n,k], neighbours of item i in row i, the item itself not among
 * them. unverified. Chance is k/(n-1). */
AKIN_API double akin_mutual_neighbours(const int32_t *a, const int32_t *b, int64_t n, int64_t k);

/* Linear CKA |Yc^T Xc|_F^2 / (|Xc^T Xc|_F |Yc^T Yc|_F)  [Kornblith2019]; NaN when a set has no spread.
 * AKIN_ERR_SHAPE, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_linear_cka(akin_cmat x, akin_cmat y, double *out, akin_error *err);

/* The diagnosis. ---------------------------------------------------------------------------------------------- */

typedef struct akin_diagnose_input {
    uint32_t struct_size;
    akin_cmat features;     /* [n,d], one row an item; any length but 0, made unit here */
    const akin_cmat *views; /* view_count of [v,d], v <= n: row i is a view of item i; or NULL */
    int32_t view_count;
    const int32_t *labels; /* [label_count = n], or NULL */
    int64_t label_count;
    akin_cmat other;            /* [n,e]: another representation of the same items; or empty */
    double temperature;         /* of the loss: > 0 */
    double lambda;              /* repulsion over attraction of the loss, > 0 */
    int64_t batch;              /* items of a batch; 0 = unknown */
    bool supervised;            /* the loss was given the labels */
    double loss, chance, floor; /* NaN where unknown */
    double difficult_share;     /* share of each class counted as difficult, in (0,1) */
    int32_t neighbours;         /* k of mutual neighbours, >= 1 */
    int32_t hardest;            /* pairs to list, 0 to 1000 */
} akin_diagnose_input;

#define AKIN_DIAGNOSE_INPUT_INIT                                                                             \
    {                                                                                                        \
        sizeof(akin_diagnose_input), { NULL, 0, 0, 0 }, NULL, 0, NULL, 0, { NULL, 0, 0, 0 }, 0.1, 1, 0,      \
            false, (double)NAN, (double)NAN, (double)NAN, 0.08, 10, 20                                       \
    }

/* One value. Strings belong to the diagnosis. */
typedef struct akin_diagnosis_value {
    const char *name;    /* "effective-rank" */
    const char *group;   /* "collapse", "classes", "graph", "bias", "training", "two representations" */
    double value;        /* NaN: not defined for this input; means says why */
    const char *paper;   /* tag, or "" */
    const char *mark;    /* "", "as stated", "reconstruction", "derived", "unverified" */
    const char *verdict; /* "good", "fair", "poor", or "" where no value is better than another */
    const char *means;   /* a phrase with the threshold */
} akin_diagnosis_value;

typedef struct akin_diagnosis_pair {
    int64_t a, b; /* rows */
    double similarity;
} akin_diagnosis_pair;

typedef struct akin_diagnosis akin_diagnosis;

/* AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE, AKIN_ERR_INPUT (a NaN, a row of zeros, a negative label, one class:
 * place and value named), AKIN_ERR_NUMERIC, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_diagnose(const akin_diagnose_input *in, akin_diagnosis **out, akin_error *err);
AKIN_API void akin_diagnosis_free(akin_diagnosis *d);

/* NULL past the last. */
AKIN_API const akin_diagnosis_value *akin_diagnosis_at(const akin_diagnosis *d, int i);
/* Eigenvalues of the covariance of the unit rows, decreasing, as shares of their sum. */
AKIN_API const double *akin_diagnosis_spectrum(const akin_diagnosis *d, int64_t *count);
/* Most similar pairs of different classes (without labels: most similar pairs), most similar first; views of one item
 * that agree least, worst first. */
AKIN_API const akin_diagnosis_pair *akin_diagnosis_hardest(const akin_diagnosis *d, int64_t *count);
AKIN_API const akin_diagnosis_pair *akin_diagnosis_worst_positives(const akin_diagnosis *d, int64_t *count);
/* Measured and optimal cosines of the class representations [C,C]; NULL without labels or with too many classes. */
AKIN_API const double *akin_diagnosis_class_cosines(const akin_diagnosis *d, int64_t *classes);
AKIN_API const double *akin_diagnosis_optimal_cosines(const akin_diagnosis *d, int64_t *classes);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_DIAGNOSE_H */
