/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/diagnose.h - what an embedding looks like: collapse, spectrum, classes, similarity graph,
 * training. docs/diagnose.md says how each value is made.
 *
 * Marks    Every value says how far it can be trusted: "" follows a published formula that was read;
 *          "as stated" is printed as its authors state it although the statement has a known defect;
 *          "reconstruction" is a form consistent with what is known of the paper; "derived" was derived here
 *          and checked numerically; "unverified" is a definition taken from memory of the source.
 * Shapes   [n,d] is n rows of d floats; labels are whole numbers >= 0.
 * Units    Similarities are cosines, losses are in nats, fractions are in [0,1].
 * Memory   Views borrow. Working memory is allocated and freed inside; nothing of size n x n.
 * Threads  Reentrant. Results do not depend on the number of threads.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Zhang2025 Thm 3.4] are resolved in docs/papers.md. */
#ifndef AKIN_TOOL_DIAGNOSE_H
#define AKIN_TOOL_DIAGNOSE_H

#include "akin/base.h"

#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Start from AKIN_DIAGNOSE_INPUT_INIT; features have no default. */
typedef struct akin_diagnose_input {
    uint32_t struct_size;
    akin_cmat features;     /* [n,d], one row an item; made unit here; rows of zeros are left out */
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
    double permuted;            /* the loss with partners permuted; NaN where unknown */
} akin_diagnose_input;

#define AKIN_DIAGNOSE_INPUT_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_diagnose_input), .temperature = 0.1, .lambda = 1, .loss = (double)NAN,    \
        .chance = (double)NAN, .floor = (double)NAN, .difficult_share = 0.08, .neighbours = 10,              \
        .hardest = 20, .permuted = (double)NAN                                                               \
    }

/* One value. Owned by the library, freed with its diagnosis, strings too; read through
 * pointers only. */
typedef struct akin_diagnosis_value {
    const char *name;    /* "effective-rank" */
    const char *group;   /* "collapse", "label-free", "classes", "graph", "bias", "training", ... */
    double value;        /* NaN: not defined for this input; means says why */
    const char *paper;   /* tag, or "" */
    const char *mark;    /* "", "as stated", "reconstruction", "derived", "unverified" */
    const char *verdict; /* "good", "fair", "poor", or "" where no value is better than another */
    const char *means;   /* a phrase with the threshold */
} akin_diagnosis_value;

/* Two rows and their cosine. Owned by the library, freed with its diagnosis; read through
 * pointers only. */
typedef struct akin_diagnosis_pair {
    int64_t a, b; /* rows */
    double similarity;
} akin_diagnosis_pair;

typedef struct akin_diagnosis akin_diagnosis;

/* AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE, AKIN_ERR_INPUT (a NaN, more than half of the
 * items of zeros, a negative label, one class: place and value named), AKIN_ERR_NUMERIC, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_diagnose(const akin_diagnose_input *in, akin_diagnosis **out, akin_error *err);
AKIN_API void akin_diagnosis_free(akin_diagnosis *d);

/* NULL past the last. */
AKIN_API const akin_diagnosis_value *akin_diagnosis_at(const akin_diagnosis *d, int i);
/* Eigenvalues of the covariance of the unit rows, decreasing, as shares of their sum. */
AKIN_API const double *akin_diagnosis_spectrum(const akin_diagnosis *d, int64_t *count);
/* Most similar pairs of different classes (without labels: most similar pairs), most similar first; views of
 * one item that agree least, worst first. */
AKIN_API const akin_diagnosis_pair *akin_diagnosis_hardest(const akin_diagnosis *d, int64_t *count);
AKIN_API const akin_diagnosis_pair *akin_diagnosis_worst_positives(const akin_diagnosis *d, int64_t *count);
/* Measured and optimal cosines of the class representations [C,C]; NULL without labels or with too many
 * classes. */
AKIN_API const double *akin_diagnosis_class_cosines(const akin_diagnosis *d, int64_t *classes);
AKIN_API const double *akin_diagnosis_optimal_cosines(const akin_diagnosis *d, int64_t *classes);

/* Items left out because their row, or that of a view or of the other representation, is all zeros and has no
 * direction; the row of the first into *first (may be NULL), -1 without. */
AKIN_API int64_t akin_diagnosis_zero_rows(const akin_diagnosis *d, int64_t *first);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_DIAGNOSE_H */
