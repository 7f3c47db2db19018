/* SPDX-License-Identifier: Apache-2.0 */
/* theory/theory.h - what the papers' files share: the checked input, unit features, class means, and how a
 * row is added. A paper is a file with one function, ak_theory_NAME(), listed in bounds.c.
 *
 * The two-sided empirical model. Anchors are rows of a, keys (positives, negatives, means) are rows of b. A
 * label is drawn by its frequency, an item of it uniformly, so a negative is any row of b, with replacement.
 * Positive of the augmented kind: the same row of b; class-wise: any row of b of the anchor's class. Means
 * are means of rows of b. Every inequality that needs Jensen over keys then holds exactly for this model, not
 * just in the limit. */
#ifndef AK_THEORY_THEORY_H
#define AK_THEORY_THEORY_H

#include "akin/theory.h"
#include "base/base.h"

typedef struct ak_theory_job {
    akin_bound_input in;
    akin_bound_run run; /* of in.run; NaN and 0 where there is none */
    int64_t n, d, classes;
    float *a, *b;     /* [n,d] unit rows, row-major; b == a when only one view was given */
    float *now;       /* [n,d] unit rows of in.now; NULL without */
    int32_t *cls;     /* [n] in 0..classes-1 */
    int64_t *size;    /* [classes] items */
    int64_t *start;   /* [classes+1] */
    int32_t *member;  /* [n] items sorted by class: class c holds member[start[c]..start[c+1]) */
    double *rho;      /* [classes] size/n */
    double *mean_a;   /* [classes,d] of rows of a */
    double *mean_b;   /* [classes,d] of rows of b */
    bool uniform;     /* all sizes equal */
    akin_prior prior; /* counts = size, with replacement */
    void *shared;     /* the contrastive measures (contrast.c), made on first use */
    struct ak_candidates *candidates; /* candidates.c, made on first use */
    akin_bounds *bounds;              /* where the rows go */
} ak_theory_job;

akin_bounds *ak_bounds_create(void); /* no row yet; NULL without memory */

/* A new row with everything NaN, holds UNKNOWN, interval NaN. Never NULL: where there is no room, the row is
 * lost, and ak_bounds_whole() fails. */
akin_bound_row *ak_bound_add(ak_theory_job *job, const char *name, const char *paper, const char *mark,
                             const char *quantity, akin_bound_sense sense);
/* Fill value (with log_value), measured and their 95 % half widths (0 = exact), and judge. The two sides are
 * taken as exact or independent of each other: the half width of the difference is the sum of both.
 * reference (NaN = none) judges vacuous: an upper bound at or above it, a lower one at or below. */
void ak_bound_set(akin_bound_row *row, double value, double value_half, double measured, double measured_half,
                  double reference);

/* A mean over blocks, its standard error, and its skewness: that of a block over the root of their number.
 * unseen: where no block varies, what the mean is off at most if one block in all had been at the other end
 * of what is possible. */
typedef struct ak_estimate {
    double mean, error, skew, unseen;
} ak_estimate;

/* How far the truth may be below and above the mean: Student's t at `tail`, corrected for skewness by the
 * cubic transformation [Hall1992]
 *     T(q) = 3/a ((1 + a (q - a/6))^{1/3} - 1),  a = skew:  below = error T(q), above = - error T(-q).
 *
 * Without an error: what no block has seen happens in -ln(tail) of so many blocks at most. */
typedef struct ak_reach {
    double below, above;
} ak_reach;
ak_reach ak_reach_of(const ak_estimate *x, int64_t df, double tail);

/* Both sides of a bound and their difference, measured - value, over the same blocks. */
typedef struct ak_bound_sides {
    double value, measured;
    ak_reach value_reach, measured_reach; /* of 95 % intervals */
    ak_estimate difference;
    int64_t blocks, df; /* the sample, and its degrees of freedom */
    double slack;       /* what the difference may be off besides: no spread over blocks tells it */
    double rounding;    /* of similarities, which are float, where a great factor multiplies them */
} ak_bound_sides;

/* As ak_bound_set(), with the difference as it was measured. holds, for the rule see bound_rows.c:
 *   TRUE     the whole 95 % interval of the difference satisfies the inequality
 *   FALSE    it fails, and chance does that with a probability below AK_BOUND_FALSE
 *   UNKNOWN  in between, or fewer than AK_BOUND_BLOCKS blocks; row->reason says which */
void ak_bound_judge(akin_bound_row *row, const ak_bound_sides *sides, double reference);
#define AK_BOUND_FALSE 1e-8
enum { AK_BOUND_BLOCKS = 10 };

/* No verdict, for a reason that is told in a few words: an assumption that fails, a sample that is too
 * small. */
void ak_bound_undecided(akin_bound_row *row, const char *format, ...) AK_PRINTF(2, 3);
akin_bound_row *ak_bound_last(ak_theory_job *job); /* the row that was added last */
/* AKIN_ERR_INTERNAL when there was no room for a row. */
akin_status ak_bounds_whole(const akin_bounds *bounds, akin_error *err);
void ak_bound_assume(akin_bound_row *row, const char *format, ...) AK_PRINTF(2, 3);

/* src/theory/NAME.c */
akin_status ak_theory_arora(ak_theory_job *job, akin_error *err);
akin_status ak_theory_nozawa(ak_theory_job *job, akin_error *err);
akin_status ak_theory_ash(ak_theory_job *job, akin_error *err);
akin_status ak_theory_bao(ak_theory_job *job, akin_error *err);
akin_status ak_theory_awasthi(ak_theory_job *job, akin_error *err);
akin_status ak_theory_wang(ak_theory_job *job, akin_error *err);
akin_status ak_theory_haochen(ak_theory_job *job, akin_error *err);
akin_status ak_theory_lee(ak_theory_job *job, akin_error *err);   /* bounds_lee.c */
akin_status ak_theory_zhang(ak_theory_job *job, akin_error *err); /* bounds_zhang.c */
akin_status ak_theory_nscl(ak_theory_job *job, akin_error *err);
akin_status ak_theory_few_shot(ak_theory_job *job, akin_error *err);
akin_status ak_theory_retrieval(ak_theory_job *job, akin_error *err);
akin_status ak_theory_sigmoid(ak_theory_job *job, akin_error *err);
akin_status ak_theory_held_out(ak_theory_job *job, akin_error *err);
akin_status ak_theory_clusters(ak_theory_job *job, akin_error *err);
akin_status ak_theory_sufficiency(ak_theory_job *job, akin_error *err);
akin_status ak_theory_augmentation(ak_theory_job *job, akin_error *err);
akin_status ak_theory_geometry(ak_theory_job *job, akin_error *err);
akin_status ak_theory_stepwise(ak_theory_job *job, akin_error *err);
akin_status ak_theory_wide(ak_theory_job *job, akin_error *err); /* span.c */
akin_status ak_theory_similarity(ak_theory_job *job, akin_error *err);
akin_status ak_theory_ranks(ak_theory_job *job, akin_error *err);
akin_status ak_theory_momentum(ak_theory_job *job, akin_error *err);
akin_status ak_theory_pacbayes(ak_theory_job *job, akin_error *err);

#endif
