/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/latent.h - data of a latent-class model of which everything is known, to hold theory and code
 * against.
 *
 * Two models share classes and centres. The continuous one scatters items and views normally; the discrete
 * one has finitely many views, so that every expectation is a sum. Items are sorted by class; the same
 * options give the same bytes.
 *
 * Memory   All arrays are the caller's. Work memory is allocated and freed inside.
 * Threads  Reentrant.
 * Errors   On failure the arrays are undefined, truth is not written, and err (may be NULL) holds a
 *          sentence. */
#ifndef AKIN_TOOL_LATENT_H
#define AKIN_TOOL_LATENT_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AKIN_DISCRETE_ITEMS = 4096, AKIN_DISCRETE_VIEWS = 64, AKIN_DISCRETE_SUM = 1 << 26 };

/* Start from AKIN_LATENT_OPTS_INIT.
 *
 *     centre of class c: a random direction;  item: centre + spread * normal;  view: item + view_spread *
 *     normal
 *
 * The noise has the given length in expectation, relative to the length of a centre, 1. */
typedef struct akin_latent_opts {
    uint32_t struct_size;
    int32_t classes;  /* >= 2 */
    int64_t items;    /* >= classes; discrete: at most AKIN_DISCRETE_ITEMS */
    int64_t width;    /* d >= 1 */
    double imbalance; /* size of the first class over that of the last, >= 1; sizes fall geometrically */
    double spread, view_spread; /* >= 0 */
    double mix; /* continuous: probability that the second view is one of any item; in [0,1] */
    uint64_t seed;
    int64_t views;      /* discrete: views of an item, 1 to AKIN_DISCRETE_VIEWS */
    double overlap;     /* discrete: probability that a view of an item was made from one of another class */
    double temperature; /* discrete: of the two expected losses, > 0 */
} akin_latent_opts;

#define AKIN_LATENT_OPTS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_latent_opts), .classes = 10, .items = 1000, .width = 32, .imbalance = 1,  \
        .spread = 0.5, .view_spread = 0.2, .views = 4, .temperature = 0.5                                    \
    }

/* Where a draw is written. Start from AKIN_LATENT_SAMPLE_INIT. */
typedef struct akin_latent_sample {
    uint32_t struct_size;
    akin_mat a, b;    /* [items,width] two views of each item */
    int32_t *labels;  /* [items] */
    int64_t *counts;  /* [classes] items of each class */
    double *spectrum; /* discrete: [items] eigenvalues of the augmentation graph, decreasing */
} akin_latent_sample;

#define AKIN_LATENT_SAMPLE_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_latent_sample)                                                            \
    }

/* Start from AKIN_LATENT_TRUTH_INIT. */
typedef struct akin_latent_truth {
    uint32_t struct_size;
    double tau;        /* P(two items share a class), with replacement */
    double cross;      /* share of edges of the augmentation graph between classes: mix (1 - tau) */
    double eigenvalue; /* the second one: 1 - mix, items - 1 times */
    double entropy;    /* of the prior */
} akin_latent_truth;

#define AKIN_LATENT_TRUTH_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_latent_truth)                                                             \
    }

/* The continuous model. The augmentation graph on its views is (1-mix) times "same item" plus mix times
 * "any": its normalised adjacency has the eigenvalues 1 once, 1-mix (items-1) times, and 0. An edge joins two
 * classes with probability mix (1 - sum rho^2), which every labelling must lose.
 *
 * truth may be NULL.  AKIN_ERR_ARGUMENT (a pointer is NULL), AKIN_ERR_SHAPE (matrices of other shapes),
 * AKIN_ERR_RANGE (an option), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_latent_draw(const akin_latent_opts *opts, const akin_latent_sample *sample,
                                      akin_latent_truth *truth, akin_error *err);

/* Start from AKIN_DISCRETE_TRUTH_INIT. The losses are NaN when items^2 views^3 is above AKIN_DISCRETE_SUM, or
 * above 64/width of it. */
typedef struct akin_discrete_truth {
    uint32_t struct_size;
    int64_t views;  /* that some item has: the vertices of the augmentation graph */
    double cross;   /* P(two views of a positive pair were made from items of two classes) */
    double strange; /* P(a view of an item was made from an item of another class) */
    double info;    /* expected logistic loss of one negative: ln(1+e^{(s- - s+)/t}) */
    double hinge;   /* expected hinge loss of one negative: max(0, 1 + (s- - s+)/t) */
} akin_discrete_truth;

#define AKIN_DISCRETE_TRUTH_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_discrete_truth)                                                           \
    }

/* The discrete model. An item has opts->views views, all equally likely. Each is its own (item and view
 * scattered as above, then of unit length) or, with probability overlap, one that was made from an item of
 * another class. Items are equally likely; anchor and positive are two independent views of one item, a
 * negative is a view of any item. `mix` is not used. Rows of a and b are one positive pair of each item.
 *
 * spectrum: of the normalised augmentation graph [HaoChen2021 sec.3]; the matrix of its vertices has the same
 * eigenvalues apart from zeros.  Errors as above. */
AKIN_API akin_status akin_discrete_draw(const akin_latent_opts *opts, const akin_latent_sample *sample,
                                        akin_discrete_truth *truth, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_LATENT_H */
