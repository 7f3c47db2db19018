/* SPDX-License-Identifier: Apache-2.0 */
/* akin/theory.h - the theory of contrastive learning as numbers: collisions, coverage, optimal values, bounds.
 *
 * Two halves. The first is a calculator: functions of the class prior, the number of negatives and the temperature.
 * The second measures: bounds of published papers on two views of embeddings with labels.
 *
 * Notation  C classes with prior rho(c), K negatives, N = K+1 labels, temperature t. All draws are independent
 *           (with replacement) unless counts say how many items each class has and replacement is off.
 * Units     Natural logarithms, losses in nats; the logistic loss of [Arora2019] is base 2 and says so.
 * Scale     What can be smaller than a double is given as its logarithm, with full relative precision: -inf is
 *           an exact 0.
 * Memory    Nothing is kept; work memory is allocated and freed inside.
 * Threads   Reentrant; results do not depend on the number of threads.
 * Marks     Every row carries how far its statement is certain (akin_mark); it goes wherever the number goes.
 * Papers    Tags such as [Arora2019 sec.4] are resolved in docs/papers.md; docs/theory.md states each formula.
 */
#ifndef AKIN_THEORY_H
#define AKIN_THEORY_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How far a statement can be trusted. "" = as published and proved. */
#define AKIN_MARK_PROVED ""
#define AKIN_MARK_DERIVED "derived"       /* constants or form worked out here, proof in docs/theory.md */
#define AKIN_MARK_UNVERIFIED "unverified" /* not checked against the paper's own text */
#define AKIN_MARK_RECONSTRUCTION                                                                             \
    "reconstruction" /* put together from its parts; the paper may say it differently */

/* Labels. ------------------------------------------------------------------------------------------------- */

/* Where labels come from. prior: [classes], each > 0, sum 1 (to 1e-6), or NULL for uniform. counts: [classes] items
 * of each class, each >= 1; with it and without_replacement the draws are from that finite set, else the prior is
 * counts / their sum. At most one of prior and counts. */
typedef struct akin_prior {
    int64_t classes;
    const double *prior;
    const int64_t *counts;
    bool without_replacement; /* needs counts */
} akin_prior;

enum { AKIN_PLAN_CLASSES_MAX = 10000000 };

/* AKIN_ERR_RANGE with a sentence: fewer than two classes, a probability <= 0 or NaN, a sum that is not 1,
 * a count < 1, fewer items than negatives + 1 without replacement, negatives < 1. AKIN_ERR_ARGUMENT: both or neither. */
AKIN_API akin_status akin_prior_check(const akin_prior *p, int64_t negatives, akin_error *err);

/* What `akin plan` tells, all of it exact up to rounding  [Arora2019 sec.4] [Nozawa2021 sec.3]. */
typedef struct akin_plan {
    uint32_t struct_size;
    int32_t uniform;         /* 1: all classes equally likely */
    double tau;              /* P(two labels are equal) = sum rho^2 (without replacement: of two items) */
    double log1m_tau;        /* ln(1 - tau) */
    double log1m_tau_k;      /* ln(1 - tau_K) = ln P(no negative shares the anchor's class) */
    double tau_k;            /* P(at least one does) */
    double log_tau_all;      /* ln P(all K negatives do) */
    double log_upsilon;      /* ln P(the K+1 labels hold all C classes); -inf when K+1 < C */
    double log1m_upsilon;    /* ln of the rest; exact while upsilon is near 1 */
    double log_upsilon_min;  /* ln min over classes c of P(the same | anchor of class c) */
    double log_cover_rest;   /* ln min_c P(the K negatives hold all classes but c, and c not | anchor c) */
    double expected_ln_col1; /* E ln(Col + 1), Col = negatives of the anchor's class */
    double expected_draws;   /* E of the number of draws until all classes were seen */
    double draws_for_coverage_99; /* the least N with P(N draws hold all classes) >= 0.99 */
    double entropy;               /* of the prior */
    double chance;                /* ln(K+1): InfoNCE of equal embeddings */
    double floor;    /* ln(1 + K e^{-(1+1/K)/t}): no encoder of unit vectors has less, on K+1 items */
    double info_min; /* least InfoNCE of class-wise positives at the simplex; NaN unless uniform */
    double info_min_antipodal; /* the same if negatives could all be opposite; attained for C = 2 only */
    double sup_min;            /* least loss of the mean classifier: ln(1 + (C-1) e^{-C/((C-1)t)}) */
} akin_plan;

#define AKIN_PLAN_INIT                                                                                       \
    {                                                                                                        \
        sizeof(akin_plan), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                           \
    }

/* AKIN_ERR_RANGE (as akin_prior_check; temperature not a positive finite number), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_plan_compute(const akin_prior *p, int64_t negatives, double temperature,
                                       akin_plan *out, akin_error *err);

/* ln P(N draws hold all classes); *complement (may be NULL) receives ln of 1 minus that.
 *
 *     P = N! [z^N] prod_c (e^{rho_c z} - 1),  or  [z^N] prod_c ((1+z)^{n_c} - 1) / binom(n, N)
 *
 * a contour integral through the saddle point: all leading terms are positive, nothing cancels. */
AKIN_API akin_status akin_log_coverage(const akin_prior *p, int64_t draws, double *log_value,
                                       double *log_complement, akin_error *err);
/* log_out [classes]: ln P(anchor and K negatives hold all classes | anchor of class c). clean = true: and that no
 * negative is of class c. */
AKIN_API akin_status akin_log_coverage_per_class(const akin_prior *p, int64_t negatives, bool clean,
                                                 double *log_out, akin_error *err);
/* E ln(Col+1). log_m_tau_k as above. */
AKIN_API akin_status akin_expected_ln_col1(const akin_prior *p, int64_t negatives, double *out,
                                           akin_error *err);

/* The factors of each paper's upper bound on the mean classifier's loss, R_mu <= ..., at one K. Logarithms. */
typedef struct akin_tradeoff {
    int64_t negatives;
    double log1m_tau_k, log_upsilon, expected_ln_col1;
    double log_arora;           /* R_mu <= e^this (R_cont - E ln(Col+1)); +inf when K < C-1 */
    double log_arora_published; /* 1/((1-tau_K) upsilon), the published and looser factor */
    double log_nozawa;          /* 2/upsilon: R_mu <= e^this (R_cont - E ln(Col+1)/2); +inf when K < C-1 */
    double log_ash;             /* 2 max(1, 2(C-1)H_{C-1}/K) / (1-tau_K); NaN unless uniform */
    double bao_upper;           /* R_mu <= R_cont + this */
    double bao_lower;           /* R_mu >= R_cont + this */
    double info_min; /* Awasthi: the optimal value, its minimiser the same for every K; NaN unless uniform */
} akin_tradeoff;

AKIN_API akin_status akin_tradeoff_compute(const akin_prior *p, int64_t negatives, double temperature,
                                           akin_tradeoff *out, akin_error *err);

/* One paper in the table of trade-offs. */
typedef struct akin_tradeoff_paper {
    const char *name, *paper, *mark, *formula, *reads; /* reads: what it says of the number of negatives */
} akin_tradeoff_paper;
extern AKIN_API const akin_tradeoff_paper akin_tradeoff_papers[]; /* a NULL name ends it */

/* Bounds. --------------------------------------------------------------------------------------------------- */

typedef enum akin_truth { AKIN_UNKNOWN = -1, AKIN_FALSE = 0, AKIN_TRUE = 1 } akin_truth;

typedef enum akin_bound_sense {
    AKIN_BOUND_UPPER,   /* measured <= value */
    AKIN_BOUND_LOWER,   /* measured >= value */
    AKIN_BOUND_MEASURE, /* a measure with nothing to hold: value is NaN or a reference */
} akin_bound_sense;

/* One line of `akin bounds`. Strings of kinds are static; `assumed` is the row's own. */
typedef struct akin_bound_row {
    const char *name;     /* "nozawa-sato-eq10" */
    const char *paper;    /* "[Nozawa2021 eq.10]" */
    const char *mark;     /* AKIN_MARK_... */
    const char *quantity; /* what was measured: "InfoNCE", in words */
    akin_bound_sense sense;
    akin_truth holds; /* UNKNOWN: within the sampling error, or the assumption fails */
    bool
        vacuous; /* says nothing: upper bound above what the quantity is at chance, lower one below its least */
    double value, log_value; /* log_value is exact where value overflows; NaN for value <= 0 */
    double interval[2];      /* 95 % of value: sampling of tuples and of rows; equal to value when exact */
    double measured;
    double measured_interval[2];
    double reference; /* what vacuous was judged against; NaN = nothing */
    char assumed[240];
} akin_bound_row;

/* What a run knows besides its features; NaN and NULL where it does not. */
typedef struct akin_bound_run {
    double kl;          /* KL(posterior, prior) of the weights, nats */
    double capacity;    /* Rademacher complexity R_S(F) of the class */
    int64_t tuples;     /* M, training tuples */
    double initial_acr; /* augmentation confusion ratio before training */
} akin_bound_run;

typedef struct akin_bound_input {
    uint32_t struct_size;
    akin_cmat a, b;            /* [n,d] two views of the same items; b.data NULL: b = a */
    const int32_t *labels;     /* [n], >= 0, at least two different ones */
    int64_t count;             /* of labels; must be n */
    double temperature;        /* t > 0 */
    int64_t negatives;         /* K >= 1 */
    const double *prior;       /* [classes]: must be NULL, the labels' frequencies count; for later use */
    double delta;              /* failure probability of high-probability bounds, in (0,1) */
    uint64_t seed;             /* of the tuples that are drawn */
    const char *loss;          /* the training loss's name, or NULL */
    const akin_bound_run *run; /* or NULL */
} akin_bound_input;

#define AKIN_BOUND_INPUT_INIT                                                                                \
    {                                                                                                        \
        sizeof(akin_bound_input), { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 }, NULL, 0, 0.5, 255, NULL, 0.05, 0,    \
            NULL, NULL                                                                                       \
    }

/* One paper: what --only and --bounds name. measure() adds its rows to job (src/theory/theory.h). */
typedef struct akin_theory_job akin_theory_job;
typedef struct akin_bound_kind {
    const char *name;  /* "nozawa-sato"; NULL ends the table */
    const char *paper; /* tag */
    const char *line;  /* one line of help */
    akin_status (*measure)(akin_theory_job *job, akin_error *err);
} akin_bound_kind;

extern AKIN_API const akin_bound_kind akin_bound_kinds[];

enum { AKIN_BOUND_ROWS = 160 };

/* Compute the bounds of the papers in list (names separated by commas; NULL or "all" = every one) into
 * rows[AKIN_BOUND_ROWS], *count of them. Features are made unit length first.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT  a pointer is NULL, an unknown name in list (with the nearest one)
 *   AKIN_ERR_SHAPE     the views differ in shape, labels and rows differ in number
 *   AKIN_ERR_RANGE     negatives < 1, temperature or delta outside their range, more classes than items
 *   AKIN_ERR_INPUT     NaN, infinity or a row of zeros (named), a negative label, one class only
 *   AKIN_ERR_NOMEM */
AKIN_API akin_status akin_bounds_compute(const akin_bound_input *in, const char *list, akin_bound_row *rows,
                                         int *count, akin_error *err);

/* Ground truth. ---------------------------------------------------------------------------------------------- */

/* Two views of items of a latent-class model of which everything is known.
 *
 *     centre of class c: a random direction;  item: centre + spread * normal;  view: item + view_spread * normal
 *
 * and, with probability mix, the second view is one of an item drawn from all items. So the augmentation graph on views
 * is (1-mix) times "same item" plus mix times "any": its normalised adjacency has the eigenvalues 1 once, 1-mix (items-1)
 * times, and 0; an edge joins two classes with probability mix (1 - sum rho^2), of which a labelling must lose. */
typedef struct akin_latent_opts {
    uint32_t struct_size;
    int32_t classes;  /* >= 2 */
    int64_t items;    /* >= classes */
    int64_t width;    /* d >= 1 */
    double imbalance; /* size of the first class over that of the last, >= 1; sizes fall geometrically */
    double spread,
        view_spread; /* >= 0, relative to the length of a centre, 1; noise has this expected length */
    double mix;      /* in [0,1] */
    uint64_t seed;
} akin_latent_opts;

#define AKIN_LATENT_OPTS_INIT                                                                                \
    {                                                                                                        \
        sizeof(akin_latent_opts), 10, 1000, 32, 1, 0.5, 0.2, 0, 0                                            \
    }

typedef struct akin_latent_truth {
    double tau;        /* P(two items share a class), with replacement */
    double cross;      /* share of edges of the augmentation graph between classes: mix (1 - tau) */
    double eigenvalue; /* the second one: 1 - mix, items - 1 times */
    double entropy;    /* of the prior */
} akin_latent_truth;

/* a, b [items,width], labels [items], counts [classes]. Items are sorted by class; the same seed gives the same bytes.
 * AKIN_ERR_ARGUMENT (a pointer is NULL), AKIN_ERR_SHAPE (matrices of other shapes), AKIN_ERR_RANGE. */
AKIN_API akin_status akin_latent_draw(const akin_latent_opts *opts, akin_mat a, akin_mat b, int32_t *labels,
                                      int64_t *counts, akin_latent_truth *truth, akin_error *err);

/* The same classes and centres with finitely many views, so that every expectation is a sum. An item has `views` views,
 * all equally likely; each is its own (item and view scattered as above, then of unit length) or, with probability
 * overlap, one that was made from an item of another class. Items are equally likely; anchor and positive are two
 * independent views of one item, a negative is a view of any item. `mix` is not used. */
enum { AKIN_DISCRETE_ITEMS = 4096, AKIN_DISCRETE_VIEWS = 64, AKIN_DISCRETE_SUM = 1 << 26 };

typedef struct akin_discrete_truth {
    int64_t views;  /* that some item has: the vertices of the augmentation graph */
    double cross;   /* P(two views of a positive pair were made from items of two classes) */
    double strange; /* P(a view of an item was made from an item of another class) */
    double info,
        hinge; /* expected loss of one negative: ln(1+e^{(s- - s+)/t}), max(0, 1 + (s- - s+)/t); NaN when
                           items^2 views^3 is above AKIN_DISCRETE_SUM (or above 64/width of it) */
} akin_discrete_truth;

/* As akin_latent_draw(); rows of a and b are one positive pair of each item. spectrum [items]: eigenvalues of the
 * normalised augmentation graph in decreasing order [HaoChen2021 sec.3]; the matrix of its
 * vertices has the same ones apart from zeros.
 * AKIN_ERR_RANGE: more than AKIN_DISCRETE_ITEMS or AKIN_DISCRETE_VIEWS, overlap not in [0,1], temperature not > 0. */
AKIN_API akin_status akin_discrete_draw(const akin_latent_opts *opts, int64_t views, double overlap,
                                        double temperature, akin_mat a, akin_mat b, int32_t *labels,
                                        int64_t *counts, double *spectrum, akin_discrete_truth *truth,
                                        akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_THEORY_H */
