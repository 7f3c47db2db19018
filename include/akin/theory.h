/* SPDX-License-Identifier: Apache-2.0 */
/* akin/theory.h - the theory of contrastive learning as numbers: collisions, coverage, optimal values,
 * bounds.
 *
 * Two halves. The first is a calculator: functions of the class prior, the number of negatives and the
 * temperature, which need no data. The second measures: bounds of published papers on two views of embeddings
 * with labels. Data of a model whose truth is known exactly is in akin/tool/latent.h.
 *
 * Notation  C classes with prior rho(c), K negatives, N = K+1 labels, temperature t. All draws are
 *           independent (with replacement) unless counts say how many items each class has and
 *           without_replacement is set.
 * Units     Natural logarithms, losses in nats. The logistic loss of [Arora2019] has base 2 and says so.
 * Scale     What can be smaller than the least double is given as its logarithm, with full relative
 *           precision. -inf stands for an exact 0.
 * Memory    Views borrow. Work memory is allocated and freed inside.
 * Threads   Reentrant; results do not depend on the number of threads.
 * Errors    On failure no output is written, and err (may be NULL) holds a sentence.
 * Marks     Every row carries a mark: how far its statement is certain. It goes wherever the number goes.
 * Papers    Tags such as [Arora2019 sec.4] are resolved in docs/papers.md; docs/theory.md states each
 *           formula.
 *
 * Example, runs as it is
 *     akin_prior prior = AKIN_PRIOR_INIT;
 *     prior.classes = 10;
 *     akin_theory_plan plan = AKIN_THEORY_PLAN_INIT;
 *     akin_error err;
 *     if (akin_theory_plan_compute(&prior, 64, 0.5, &plan, &err)) {
 *         fprintf(stderr, "%s\n", err.message);
 *         return 1;
 *     }
 *     printf("64 negatives share the anchor's class with probability %.4f\n", plan.tau_k);
 *     printf("InfoNCE lies between %.3f and %.3f nats\n", plan.floor, plan.chance);
 */
#ifndef AKIN_THEORY_H
#define AKIN_THEORY_H

#include "akin/base.h"

#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How far a statement can be trusted.
 *
 * proved          ("") as published and proved
 * derived         constants or form were worked out here; the proof is in docs/theory.md
 * unverified      not checked against the paper's own text
 * reconstruction  put together from its parts; the paper may say it differently */
#define AKIN_MARK_PROVED ""
#define AKIN_MARK_DERIVED "derived"
#define AKIN_MARK_UNVERIFIED "unverified"
#define AKIN_MARK_RECONSTRUCTION "reconstruction"

/* The calculator ----------------------------------------------------------------------------------------- */

enum { AKIN_THEORY_CLASSES_MAX = 10000000 };

/* Where labels come from. Start from AKIN_PRIOR_INIT and set classes; that is the uniform prior.
 *
 * At most one of prior and counts is given. With counts and without_replacement the draws are from that
 * finite set of items; with counts alone the prior is counts / their sum. */
typedef struct akin_prior {
    uint32_t struct_size;
    bool without_replacement; /* needs counts */
    int64_t classes;          /* 2 to AKIN_THEORY_CLASSES_MAX */
    const double *prior;      /* [classes], each > 0, with sum 1 (to 1e-6); NULL = uniform */
    const int64_t *counts;    /* [classes] items of each class, each >= 1; or NULL */
} akin_prior;

#define AKIN_PRIOR_INIT                                                                                      \
    {                                                                                                        \
        .struct_size = sizeof(akin_prior)                                                                    \
    }

/* All functions of a prior below return AKIN_OK, or
 *
 *   AKIN_ERR_ARGUMENT  a pointer is NULL, both prior and counts are given, no counts without replacement
 *   AKIN_ERR_RANGE     fewer than two classes, a probability <= 0 or NaN, a sum that is not 1, a count < 1,
 *                      fewer items than K+1 without replacement, K < 1, a temperature that is not a positive
 *                      finite number
 *   AKIN_ERR_NOMEM */

/* What `akin plan` tells of K negatives, all of it exact up to rounding  [Arora2019 sec.4] [Nozawa2021
 * sec.3]. Start from AKIN_THEORY_PLAN_INIT. */
typedef struct akin_theory_plan {
    uint32_t struct_size;
    bool uniform;         /* all classes are equally likely */
    double tau;           /* P(two labels are equal) = sum rho^2 (without replacement: of two items) */
    double log1m_tau;     /* ln(1 - tau) */
    double log1m_tau_k;   /* ln(1 - tau_K) = ln P(no negative shares the anchor's class) */
    double tau_k;         /* P(at least one does) */
    double log_tau_all;   /* ln P(all K negatives do) */
    double log_upsilon;   /* ln P(the K+1 labels hold all C classes); -inf when K+1 < C */
    double log1m_upsilon; /* ln of the rest; exact while upsilon is near 1 */
    /* Smallest, over anchor classes c, of ln P(the K+1 labels hold all classes | anchor in c). */
    double log_upsilon_min;
    double log_cover_rest;   /* ln min_c P(the K negatives hold all classes but c, and c not | anchor c) */
    double expected_ln_col1; /* E ln(Col + 1), Col = number of negatives of the anchor's class */
    double expected_draws;   /* E of the number of draws until all classes were seen */
    double draws_for_coverage_99; /* the least N with P(N draws hold all classes) >= 0.99 */
    double entropy;               /* of the prior */
    double chance;                /* ln(K+1): InfoNCE of equal embeddings */
    double floor;    /* ln(1 + K e^{-(1+1/K)/t}): no encoder of unit vectors has less, on K+1 items */
    double info_min; /* least InfoNCE of class-wise positives at the simplex; NaN unless uniform */
    double info_min_antipodal; /* the same if negatives could all be opposite; attained for C = 2 only */
    /* Least loss of the mean classifier: ln(1 + (C-1) e^{-C/((C-1)t)}); NaN unless uniform. */
    double sup_min;
} akin_theory_plan;

#define AKIN_THEORY_PLAN_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_theory_plan)                                                              \
    }

AKIN_API akin_status akin_theory_plan_compute(const akin_prior *p, int64_t negatives, double temperature,
                                              akin_theory_plan *out, akin_error *err);

/* ln P(N draws hold all classes); *log_complement (may be NULL) receives ln of 1 minus that.
 *
 *     P = N! [z^N] prod_c (e^{rho_c z} - 1),  or  [z^N] prod_c ((1+z)^{n_c} - 1) / binom(n, N)
 *
 * by a contour integral through the saddle point: all leading terms are positive, so nothing cancels. */
AKIN_API akin_status akin_log_coverage(const akin_prior *p, int64_t draws, double *log_value,
                                       double *log_complement, akin_error *err);

/* log_out [classes]: ln P(anchor and K negatives hold all classes | the anchor is of class c). With clean
 * also: and no negative is of class c. */
AKIN_API akin_status akin_log_coverage_per_class(const akin_prior *p, int64_t negatives, bool clean,
                                                 double *log_out, akin_error *err);

/* The factors of each paper's upper bound on the mean classifier's loss, R_mu <= ..., at one K, as
 * logarithms. Start from AKIN_TRADEOFF_INIT. */
typedef struct akin_tradeoff {
    uint32_t struct_size;
    int64_t negatives;
    double log1m_tau_k, log_upsilon, expected_ln_col1; /* as in akin_theory_plan */
    double log_arora;           /* R_mu <= e^this (R_cont - E ln(Col+1)); +inf when K < C-1 */
    double log_arora_published; /* 1/((1-tau_K) upsilon), the published and looser factor */
    double log_nozawa;          /* 2/upsilon: R_mu <= e^this (R_cont - E ln(Col+1)/2); +inf when K < C-1 */
    double log_ash;             /* 2 max(1, 2(C-1)H_{C-1}/K) / (1-tau_K); NaN unless uniform */
    double bao_upper;           /* R_mu <= R_cont + this */
    double bao_lower;           /* R_mu >= R_cont + this */
    double info_min; /* Awasthi: the optimal value, its minimiser the same for every K; NaN unless uniform */
} akin_tradeoff;

#define AKIN_TRADEOFF_INIT                                                                                   \
    {                                                                                                        \
        .struct_size = sizeof(akin_tradeoff)                                                                 \
    }

AKIN_API akin_status akin_tradeoff_compute(const akin_prior *p, int64_t negatives, double temperature,
                                           akin_tradeoff *out, akin_error *err);

/* One paper in the table of trade-offs. Owned by the library; read through pointers only. */
typedef struct akin_tradeoff_paper {
    const char *name, *paper, *mark, *formula;
    const char *reads; /* what it says of the number of negatives */
} akin_tradeoff_paper;

AKIN_API const akin_tradeoff_paper *akin_tradeoff_paper_at(int i); /* NULL after the last */

/* Optimal class geometry ----------------------------------------------------------------------------------
 *
 * Where class representations go under imbalance [Nguyen2026] (reconstruction), and when the items of a class
 * coincide under supervised contrast [LeeOh2025] (derived). */

typedef enum akin_negative_kind {
    AKIN_NEGATIVES_ALL,   /* negatives follow the prior: unsupervised contrast */
    AKIN_NEGATIVES_OTHER, /* negatives are of another class: supervised contrast */
} akin_negative_kind;

enum { AKIN_GEOMETRY_CLASSES = 256 }; /* most classes that akin_class_geometry() takes */

/* Cosines G [C,C] of the class representations that minimise, for many negatives,
 *
 *     sum_y pi_y ( -G_yy/t + log sum_y' nu(y'|y) exp(G_yy'/t) ),   G positive semidefinite, G_yy <= 1
 *
 * pi is the prior; it is always sampled with replacement. objective (may be NULL) receives the minimum, gap
 * (may be NULL) a certified bound on how far above the optimum that is. Errors as above, and AKIN_ERR_RANGE
 * for more than AKIN_GEOMETRY_CLASSES classes. */
AKIN_API akin_status akin_class_geometry(const akin_prior *p, double t, akin_negative_kind nu, double *cosine,
                                         double *objective, double *gap, akin_error *err);

/* The prior of one majority class, among C-1 equal minorities, from which on the representations of the
 * minorities coincide: any C, many negatives that follow the prior. NaN unless t > 0. derived. */
AKIN_API double akin_minority_collapse(double t);

/* The greatest weight a of the self-supervised part, in (1-a) L_sup + a L_cl, at which the n embeddings of
 * each of m classes still coincide at the optimum: 1 - ((n-1)/n) (1-q)/(1+(m-1)q), q = exp(-m/((m-1) t)).
 * derived. NaN unless m >= 2, n >= 1, t > 0. */
AKIN_API double akin_class_collapse_threshold(double m, double n, double t);

/* Difficult examples --------------------------------------------------------------------------------------
 *
 * The similarity graph with difficult examples  [Zhang2025 eq.17-21]: r+1 classes of n samples; in each class
 * the last n_d are difficult. Weights: 1 for x = x', alpha in a class, gamma between classes when both
 * samples are difficult, beta between classes otherwise; 0 <= beta <= gamma <= alpha < 1. */
typedef struct akin_zhang_graph {
    uint32_t struct_size;
    int64_t r;   /* classes minus one, >= 1 */
    int64_t n;   /* samples of a class, >= 1 */
    int64_t n_d; /* of them difficult, 0 to n */
    double alpha, beta, gamma;
} akin_zhang_graph;

#define AKIN_ZHANG_GRAPH_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_zhang_graph)                                                              \
    }

/* The bounds of [Zhang2025] on that graph. "As stated" marks a statement of the paper with a known defect:
 * its definition and its proof disagree on which pairs of difficult samples weigh gamma. The block model
 * takes the definition (all of them), the matched model the proof (those of equal index); docs/diagnose.md
 * has more. Start from AKIN_ZHANG_STATED_INIT. */
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
    double temperature_factor;                  /* 1/tau^2 of difficult pairs, as stated */
    double temperature_factor_tight;            /* the same, exact */
    double removal_gap;      /* gamma-beta minus its threshold in Cor 4.1; > 0: removal helps */
    int64_t k_least, k_most; /* widths for which Thm 3.4 is stated */
    double x0;               /* [Zhang2025 Thm B.4]: solves the Kepler-like equation */
    double eps_most;         /* noise below which the relaxed bound of Thm 3.4 is finite */
} akin_zhang_stated;

#define AKIN_ZHANG_STATED_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_zhang_stated)                                                             \
    }

/* delta: share of samples whose label an augmentation does not recover, or NaN for the least possible.
 * AKIN_ERR_ARGUMENT (a pointer is NULL), AKIN_ERR_RANGE (graph or delta outside their range). */
AKIN_API akin_status akin_zhang_evaluate(const akin_zhang_graph *g, double delta, akin_zhang_stated *out,
                                         akin_error *err);

/* Bounds ------------------------------------------------------------------------------------------------- */

typedef enum akin_truth { AKIN_TRUTH_UNKNOWN = -1, AKIN_TRUTH_NO = 0, AKIN_TRUTH_YES = 1 } akin_truth;

typedef enum akin_bound_sense {
    AKIN_BOUND_UPPER,   /* measured <= value */
    AKIN_BOUND_LOWER,   /* measured >= value */
    AKIN_BOUND_MEASURE, /* a measure with nothing to hold: value is NaN or a reference */
} akin_bound_sense;

/* One line of `akin bounds`. Owned by the library, freed with its akin_bounds; read through
 * pointers only. */
typedef struct akin_bound_row {
    const char *name;     /* "nozawa-sato-eq10" */
    const char *paper;    /* "[Nozawa2021 eq.10]" */
    const char *mark;     /* AKIN_MARK_..., or "as stated" */
    const char *quantity; /* what was measured: "InfoNCE", in words */
    akin_bound_sense sense;
    akin_truth holds; /* UNKNOWN: reason says why */
    bool vacuous;     /* says nothing: an upper bound above chance level, a lower one below the least value */
    double value;
    double log_value;   /* exact where value overflows; NaN for value <= 0 */
    double interval[2]; /* 95 % of value: sampling of tuples from these items; equal to value when exact */
    double measured;
    double measured_interval[2];
    double reference; /* what vacuous was judged against; NaN = nothing */
    char assumed[240];
    /* The verdict stands on measured - value, taken over the same blocks of tuples where both are sampled. */
    double difference, difference_interval[2]; /* 95 %; NaN for a measure */
    int64_t blocks;  /* independent blocks behind the interval; 0: exact, or sides that are independent */
    char reason[96]; /* why holds is UNKNOWN, in words; else empty */
} akin_bound_row;

/* What a run knows besides its features. Start from AKIN_BOUND_RUN_INIT; NaN and 0 stand for "not known". */
typedef struct akin_bound_run {
    uint32_t struct_size;
    double kl;           /* KL(posterior, prior) of the weights, nats */
    double capacity;     /* Rademacher complexity R_S(F) of the class */
    int64_t tuples;      /* M, training tuples */
    double initial_acr;  /* augmentation confusion ratio before training */
    double sigmoid_bias; /* bias of the sigmoid loss; else -1/t, as the loss has it by default */
} akin_bound_run;

#define AKIN_BOUND_RUN_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_bound_run), .kl = (double)NAN, .capacity = (double)NAN,                   \
        .initial_acr = (double)NAN, .sigmoid_bias = (double)NAN                                              \
    }

/* Start from AKIN_BOUND_INPUT_INIT; views and labels have no default. Features are made unit length first. */
typedef struct akin_bound_input {
    uint32_t struct_size;
    akin_cmat a, b;            /* [n,d] two views of the same items; b.data NULL: b = a */
    const int32_t *labels;     /* [n], >= 0, at least two different ones */
    int64_t count;             /* of labels; must be n */
    double temperature;        /* t > 0 */
    int64_t negatives;         /* K, 1 to 2^24 */
    double delta;              /* failure probability of high-probability bounds, in (0,1) */
    uint64_t seed;             /* of the tuples that are drawn */
    const char *loss;          /* the training loss's name, or NULL */
    const akin_bound_run *run; /* or NULL */
    double alpha;              /* of the soft maximum [Lee2025], > 0; NaN: 1/t */
    double lambda;             /* repulsion over attraction [Lee2025] [Waida2023], > 0 */
    /* Further rows of the same items; data NULL: none, and no rows of bounds about them. */
    akin_cmat from_a,
        from_b;    /* [n,k] both views before the encoder: its inputs, or features before training */
    akin_cmat now; /* [n,d] the views of b by the encoder of a, where b are by an average of it */
} akin_bound_input;

#define AKIN_BOUND_INPUT_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_bound_input), .temperature = 0.5, .negatives = 255, .delta = 0.05,        \
        .alpha = (double)NAN, .lambda = 1                                                                    \
    }

/* One paper: what --only and --bounds name. Owned by the library; read through pointers only. */
typedef struct akin_bound_kind {
    const char *name;  /* "nozawa-sato" */
    const char *paper; /* tag */
    const char *line;  /* one line of help */
} akin_bound_kind;

AKIN_API const akin_bound_kind *akin_bound_kind_at(int i); /* NULL after the last */

typedef struct akin_bounds akin_bounds;

/* Compute the bounds of the papers in list: names separated by commas; NULL or "all" = every one. The caller
 * frees *out.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT  a pointer is NULL, an unknown name in list (with the nearest one), one of from_a and
 *                      from_b alone
 *   AKIN_ERR_SHAPE     the views differ in shape, labels and rows differ in number; from_a, from_b or now do
 *                      not fit
 *   AKIN_ERR_RANGE     negatives, temperature, delta, alpha or lambda outside their range, more than 2^31
 *                      rows
 *   AKIN_ERR_INPUT     NaN, infinity or a row of zeros (named), a negative label, one class only
 *   AKIN_ERR_NOMEM */
AKIN_API akin_status akin_bounds_compute(const akin_bound_input *in, const char *list, akin_bounds **out,
                                         akin_error *err);
AKIN_API const akin_bound_row *akin_bounds_at(const akin_bounds *bounds, int i); /* NULL after the last */
AKIN_API void akin_bounds_free(akin_bounds *bounds);                             /* takes NULL */

#ifdef __cplusplus
}
#endif
#endif /* AKIN_THEORY_H */
