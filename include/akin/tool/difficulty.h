/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/difficulty.h - how difficult each item of a data set is for an encoder, which items look like
 * copies or like others' kin, and which to leave out. docs/prune.md tells what each score finds and what it
 * misses.
 *
 * Shapes   [n,d] is n rows of d floats, row i item i. Rows of any length but 0; they are made unit here.
 * Units    Similarities are cosines, losses are in nats, shares are in [0,1].
 * Memory   Views borrow. An akin_difficulty owns about three times what its features take; nothing of size n
 *          x n.
 * Threads  Reentrant. Results do not depend on the number of threads.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Zhang2025] are resolved in docs/papers.md. */
#ifndef AKIN_TOOL_DIFFICULTY_H
#define AKIN_TOOL_DIFFICULTY_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, name, sign, what): sign = 1 when great values are the difficult ones, -1 when small ones are. The
 * one list of scores. For item i, with f its features, a and b two random views of it, D draws of such views,
 * s cosines:
 *
 *     loss       mean over draws of NT-Xent [Chen2020 eq.1] of the pair (a_i,b_i), both directions, against
 *                the views of a fixed random set S of other items:
 *                l = log(e^{s_ab/t} + c sum_{j in S, j != i} (e^{s(z_i,a_j)/t} + e^{s(z_i,b_j)/t})) - s_ab/t
 *                c = |S| / |S without i|, so that items of S count like others
 *     loss-sd    its standard deviation over draws (D - 1 in the denominator)
 *     agreement  mean of s(a_i,b_i)
 *     margin     mean of s(a_i,b_i) - max_{j != i} s(a_i,b_j): below 0, another item looks more like it than
 *                itself
 *     rivals     mean share of the other items with s(a_i,b_j) > s(a_i,b_i)
 *     collision  share of the k nearest items j of i that count i among their k nearest, with s(f_i,f_j)
 *                greater than the mean cosine of f_i with its own views: probably of the same class, or
 *                copies
 *     density    mean cosine with the k nearest items: small for outliers
 *     gap        with labels: the two greatest probabilities of a softmax over cosines with the class means,
 *                subtracted [Zhang2025 App. A.5]; the paper's classifier is not specified: reconstruction
 *     window     share of random anchors in whose window of similarity the item lies, [pos_low, pos_high) of
 *                [Zhang2025 eq.12]; the paper marks pairs, of items this is our reading: reconstruction */
#define AKIN_SCORE_MAP(X)                                                                                    \
    X(LOSS, "loss", 1, "own loss against other items")                                                       \
    X(LOSS_SD, "loss-sd", 1, "standard deviation of the loss over draws of views")                           \
    X(AGREEMENT, "agreement", -1, "cosine of two views")                                                     \
    X(MARGIN, "margin", -1, "cosine of two views minus that of the nearest other item")                      \
    X(RIVALS, "rivals", 1, "share of other items nearer than the own view")                                  \
    X(COLLISION, "collision", 1, "share of neighbours that are mutual and nearer than the own views")        \
    X(DENSITY, "density", -1, "mean cosine with the nearest items")                                          \
    X(GAP, "gap", -1, "difference of the two greatest class probabilities")                                  \
    X(WINDOW, "window", 1, "share of anchors that find the item in their window of similarity")

typedef enum akin_score {
#define X(id, name, sign, what) AKIN_SCORE_##id,
    AKIN_SCORE_MAP(X)
#undef X
        AKIN_SCORES
} akin_score;

AKIN_API const char *akin_score_name(akin_score score); /* NULL outside */
AKIN_API const char *akin_score_text(akin_score score); /* what it measures; NULL outside */
AKIN_API int akin_score_sign(akin_score score);         /* 1 or -1; 0 outside */

/* For duplicate: what akin_difficulty_suggested() says of these features. */
#define AKIN_DUPLICATE_SUGGESTED (-1.0)

/* Start from AKIN_DIFFICULTY_OPTS_INIT. */
typedef struct akin_difficulty_opts {
    uint32_t struct_size;
    double temperature; /* t of the loss, and of the softmax of gap: in [1e-3,1e3] */
    int64_t others;     /* items in S, at most all but one; >= 1 */
    int64_t neighbours; /* k, at most all but one; >= 1 */
    /* An item whose cosine with an earlier one that stays is 1 - duplicate at least is its copy: in [0,1].
     * 0 = only `same`; AKIN_DUPLICATE_SUGGESTED. */
    double duplicate;
    double difficult_share;   /* in (0,1): how many count as difficult */
    double pos_high, pos_low; /* 0 <= pos_high < pos_low <= 1 */
    int64_t anchors;          /* of the window, at most all; >= 1 */
    uint64_t seed;            /* of S and of the anchors */
} akin_difficulty_opts;

#define AKIN_DIFFICULTY_OPTS_INIT                                                                            \
    {                                                                                                        \
        .struct_size = sizeof(akin_difficulty_opts), .temperature = 0.5, .others = 1023, .neighbours = 10,   \
        .duplicate = 0.001, .difficult_share = 0.08, .pos_high = 0.15, .pos_low = 0.22, .anchors = 1024      \
    }

typedef struct akin_difficulty akin_difficulty;

/* Begin with the features of at least three items as they are.
 *
 * labels  [n], or NULL; with fewer than two classes among them there is no gap.
 * same    [n]: the first item that is known to be equal to i (itself where there is none), or NULL.
 *
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE, AKIN_ERR_INPUT (a NaN, a row of zeros, a negative label,
 * with its place), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_difficulty_begin(akin_cmat features, const int32_t *labels, const int64_t *same,
                                           const akin_difficulty_opts *opts, akin_difficulty **out,
                                           akin_error *err);
/* One draw: a and b [n,d] hold a random view of each item by the layer of the features; seen_a and seen_b
 * [n,e] the same views as the loss sees them, or data = NULL when that is a and b.  Fails as above. */
AKIN_API akin_status akin_difficulty_add(akin_difficulty *d, akin_cmat a, akin_cmat b, akin_cmat seen_a,
                                         akin_cmat seen_b, akin_error *err);
/* Scores are there after this.  AKIN_ERR_ARGUMENT without a draw, or after an earlier end; AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_difficulty_end(akin_difficulty *d, akin_error *err);
AKIN_API void akin_difficulty_free(akin_difficulty *d); /* takes NULL */

/* [n], borrowed; NULL before akin_difficulty_end(). NaN throughout: gap without labels, loss-sd of one
 * draw. */
AKIN_API const double *akin_difficulty_score(const akin_difficulty *d, akin_score score);
/* [n]: the item that stays for item i; the item itself where it stays. Items are taken in order, and one goes
 * if it lies within `duplicate` of one that stays, to the first of these. So a copy is always that near to
 * what stays for it, and no two items that stay are that near to each other. */
AKIN_API const int64_t *akin_difficulty_groups(const akin_difficulty *d);
/* The median of 1 - nearness over all items whose nearest is not exactly equal: what usually lies between an
 * item and its nearest; and a tenth of it, to one digit, as a distance that ordinary items are beyond. NaN
 * before akin_difficulty_end(). */
AKIN_API double akin_difficulty_spacing(const akin_difficulty *d);
AKIN_API double akin_difficulty_suggested(const akin_difficulty *d);
AKIN_API const int32_t *akin_difficulty_nearest(const akin_difficulty *d); /* [n]: the nearest other item */
AKIN_API const float *akin_difficulty_nearness(const akin_difficulty *d);  /* [n]: its cosine */
/* [n], 1 for members of the paper's difficult set: with labels the difficult_share of each class with the
 * least gap, otherwise of all items with the greatest window. */
AKIN_API const uint8_t *akin_difficulty_members(const akin_difficulty *d);

/* Items from the most to the least difficult by sign * score; equal ones by index. AKIN_ERR_INPUT for a NaN,
 * with its place; AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_difficulty_order(const double *score, int64_t n, int sign, int64_t *order,
                                           akin_error *err);

/* Rank correlation of two scores [Spearman1904], equal values at their mean rank; NaN when one is constant.
 * AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_rank_correlation(const double *x, const double *y, int64_t n, double *out,
                                           akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_DIFFICULTY_H */
