/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/label_errors.h - labels that are likely wrong, by confident learning  [Northcutt2021].
 *
 * Of each item a classifier that has not seen it says how probable each class is: p_ic. With s the class that
 * is given, n_s its items, and y any class,
 *
 *     t_y   = mean of p_iy over the items that are given as y                  [Northcutt2021 eq.2]
 *     C_sy  = items of s whose most probable class, among those with p_ic >= t_c, is y   [Northcutt2021 eq.1]
 *     Q_sy  = n_s/n * C_sy / sum over c of C_sc                                [Northcutt2021 eq.3]
 *
 * Q is how probable it is that an item is given as s and is y; n times the sum of Q off its diagonal is how
 * many labels are wrong. A label is called wrong when its item is, for some y, among the round(n Q_sy) items
 * of s with the greatest p_iy - p_is, and that is above 0 ("prune by noise rate"). A row of C without any
 * item counts as right.
 *
 * Probabilities come from
 *     logistic  linear-v2 (akin/eval.h) in `folds` folds: each item is judged by the layer that was fitted to
 *               the others. Its lambda is picked once, on the items that the first fold learns from
 *     knn       the k nearest others by cosine, each with one vote: (votes + prior) / (k + 1),
 *               prior the share of each class
 *     both      the mean of the two
 *
 * An item that is alone in its class cannot be judged: it is called right, and its score is NaN.
 *
 * Memory   4 n C bytes, for logistic also a copy of the rows.
 * Threads  Reentrant. Results depend on inputs, options and the instruction set, never on the number of
 *          threads, bit for bit.
 * Ranks    With `ranks` in the options every rank of a job calls akin_label_errors_find() with the same rows,
 *          labels and options. Each looks for the neighbours of a part of the items, and fits some of the
 *          folds; the first fold, which picks lambda, all fit. All receive the result, which has the bits of
 *          one process. What one fails with, all fail with; AKIN_ERR_DISTRIBUTED: ranks have other rows, or
 *          are gone.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_LABEL_ERRORS_H
#define AKIN_TOOL_LABEL_ERRORS_H

#include "akin/base.h"
#include "akin/tool/ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum akin_label_method { AKIN_LABEL_BOTH, AKIN_LABEL_LOGISTIC, AKIN_LABEL_KNN } akin_label_method;
typedef enum akin_label_score { AKIN_LABEL_MARGIN, AKIN_LABEL_SELF, AKIN_LABEL_RATIO } akin_label_score;

/* Start from AKIN_LABEL_OPTS_INIT. */
typedef struct akin_label_opts {
    uint32_t struct_size;
    akin_label_method method;
    akin_label_score score; /* with r the greatest p_iy of another class: ratio p_is / (p_is + r), the initial
                             * one; margin (1 + p_is - r) / 2; self p_is */
    int32_t folds;          /* logistic: 2 to 100 */
    int32_t k;              /* knn: 1 to 1000; cut to n - 1 */
    int32_t reserved;       /* 0 */
    double lambda;          /* logistic: strength of the penalty; 0 = picked */
    uint64_t seed;          /* of folds, and of what is held out to pick lambda */
    akin_ranks *ranks;      /* not NULL: the ranks of a job work together, see above */
} akin_label_opts;

#define AKIN_LABEL_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_label_opts), .score = AKIN_LABEL_RATIO, .folds = 5, .k = 20               \
    }

/* What was found. Owned by the library; read through pointers only. */
typedef struct akin_label_state {
    int64_t n, classes;
    const int32_t *label;       /* [classes] the distinct labels, ascending; class c is label[c] */
    const float *probability;   /* [n,classes] */
    const int32_t *given;       /* [n] class s */
    const int32_t *suggested;   /* [n] the most probable class: the given one where that is it */
    const double *score;        /* [n] in [0,1], small where the label is likely wrong; NaN: not judged */
    const int64_t *order;       /* [n] items, the smallest score first, equal ones by number, NaN last */
    const unsigned char *wrong; /* [n] 1 where the label is called wrong, else 0 */
    const double *joint;        /* [classes,classes] Q */
    int64_t called;             /* labels that are called wrong */
    int64_t unjudged;           /* items that are alone in their class */
    double estimate;            /* how many labels are wrong */
    double agree;               /* share of the judged items whose most probable class is the given one */
    double lambda;              /* logistic: as used; else NaN */
} akin_label_state;

typedef struct akin_label_errors akin_label_errors;

/* Of labels [count], each >= 0, of rows [n,d]. The caller frees *out.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE (labels and rows differ in number), AKIN_ERR_RANGE (an option),
 * AKIN_ERR_INPUT (a row is not finite, a negative label, one class only, no class with two items),
 * AKIN_ERR_NUMERIC, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_label_errors_find(akin_cmat rows, const int32_t *labels, int64_t count,
                                            const akin_label_opts *opts, akin_label_errors **out,
                                            akin_error *err);

/* The same from probabilities [n,classes] of any program, out of sample: column c is the c-th of the distinct
 * labels. Of opts only score is read. AKIN_ERR_SHAPE where the columns are not as many as the distinct
 * labels, AKIN_ERR_INPUT where a probability is beyond [0,1]. */
AKIN_API akin_status akin_label_errors_of(akin_cmat probabilities, const int32_t *labels, int64_t count,
                                          const akin_label_opts *opts, akin_label_errors **out,
                                          akin_error *err);

AKIN_API const akin_label_state *akin_label_errors_look(const akin_label_errors *found);
AKIN_API void akin_label_errors_free(akin_label_errors *found); /* takes NULL */

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_LABEL_ERRORS_H */
