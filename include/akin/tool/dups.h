/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/dups.h - which rows are copies of others or nearly so, and which lie far from all others.
 * docs/dups.md shows both on images.
 *
 *     s(x,y) = x.y / (|x| |y|), the cosine;  distance 1 - s, half the squared distance of the unit rows
 *
 * Shapes   [n,d] is n rows of d floats, row i item i, of any length. A row of zeros has no direction: it is
 *          counted and compared with nothing.
 * Memory   Rows are borrowed for the call; a second copy of them is held while it runs, nothing of size n n.
 * Threads  Reentrant. Results do not depend on the number of threads, bit for bit. Another order of the rows
 *          gives the same similarities in that order.
 * Ranks    With `ranks` in the options every rank of the job calls with the same rows and options. Each does
 *          a part of the work, all receive the result; it does not depend on the number of ranks, bit for
 *          bit. What one fails with, all fail with; AKIN_ERR_DISTRIBUTED: ranks have other rows, or are gone.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Ramaswamy2000] are resolved in docs/papers.md. */
#ifndef AKIN_TOOL_DUPS_H
#define AKIN_TOOL_DUPS_H

#include "akin/base.h"
#include "akin/tool/ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Copies ------------------------------------------------------------------------------------------------ */

#define AKIN_DUPS_SUGGESTED (-2.0) /* akin_dups_opts.threshold: 1 - akin_dups_found.suggested */
#define AKIN_DUPS_CHANCE (-3.0)    /* akin_dups_opts.threshold: of each pair its own, see below */

/* Start from AKIN_DUPS_OPTS_INIT. */
typedef struct akin_dups_opts {
    uint32_t struct_size;
    double threshold; /* least similarity of a pair, in (0,1]; 1: rows of one direction */
    int64_t most;     /* more pairs than this are refused: they are no copies, and fill the memory */
    double share;     /* of what usually lies between a row and its nearest, for the suggestion */
    double chance; /* with AKIN_DUPS_CHANCE: how many of the pairs chance may have made, a share in (0,1) */
    akin_ranks *ranks; /* not NULL: the ranks of a job do the work together, see above */
} akin_dups_opts;

#define AKIN_DUPS_OPTS_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_dups_opts), .threshold = -2, .most = 10000000, .share = 0.1,              \
        .chance = 0.05                                                                                       \
    }

/* Pairs that chance does not explain, with AKIN_DUPS_CHANCE. r_i is the distance of row i to its fifth
 * nearest, r'_i that to its tenth;
 *
 *     u_ij = (1 - s_ij) / sqrt(r_i r_j),    expected(u) = 2 n u^D,
 *     D = (1/5 + 1/6 + 1/7 + 1/8 + 1/9) / mean log(r'_i / r_i).
 *
 * Where rows lie evenly around row i in D dimensions, as distances count them, each of the four that are
 * nearer than the fifth is within u r_i with probability u^D, and log(r'/r) has that mean [Levina2005]; so
 * chance makes about expected(u) pairs among the n rows that differ. Copies come by twos and threes, and
 * hardly move r. Pairs are those up to the greatest u below 0.7 at which expected(u) is at most `chance` of
 * those found, as [Benjamini1995] takes discoveries; and, so that more than five copies of one are seen too,
 * those within half of the suggested distance. */

enum { AKIN_DUPS_LEAST = 20 }; /* rows that differ, below which no threshold is suggested */

/* Frozen: results are arrays of it. */
typedef struct akin_dup_pair {
    int64_t a, b; /* a < b */
    double similarity;
} akin_dup_pair;

/* Owned by the library; read through pointers only. */
typedef struct akin_dups_found {
    int64_t n, zeros; /* rows; rows of zeros */
    int64_t equal;    /* rows that equal an earlier one, number for number */
    double threshold; /* as used; by chance: of pairs that are taken whatever their u is */
    /* The median of 1 - s to the nearest, over the `based` rows that equal no earlier one and have no other
     * within 1e-6; and the share of it, rounded down to two digits. NaN: fewer than AKIN_DUPS_LEAST such. */
    double spacing, suggested;
    int64_t based;
    /* All pairs at least that similar, most similar first, then by a and b. Of equal rows there is one pair
     * each, with the first of them, and that one stands for them in the other pairs. */
    const akin_dup_pair *pair;
    int64_t pairs;
    /* [n]: the first earlier row that stays and with which the row makes a pair, or the row itself: it stays.
     * So no row goes for one that is not near it, however long a chain of pairs is. Equal rows share it. */
    const int64_t *group;
    int64_t groups, copies; /* groups of more than one; rows that go */
    /* [n]: the nearest row that does not equal it, and how similar; -1 and NaN where there is none. */
    const int64_t *nearest;
    const double *similarity;
    /* With AKIN_DUPS_CHANCE, else NULL and 0: [n] r_i (NaN of a row of zeros), the greatest u, D, and how
     * many pairs chance makes at that u. Pairs then stand in order of their distance over the one that they
     * may have, max(1 - threshold, reach sqrt(r_a r_b)). */
    const double *scale;
    double reach, dimension, expected;
} akin_dups_found;

typedef struct akin_dups akin_dups;

/* Every pair of rows is compared: n^2 d / 2 products, twice where the threshold is suggested.
 *
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE (no rows, or more than 2^31 - 1), AKIN_ERR_INPUT (a number is not finite;
 * no threshold was given and none can be suggested), AKIN_ERR_RANGE (threshold, most; more pairs than most),
 * AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_dups_find(akin_cmat rows, const akin_dups_opts *opts, akin_dups **out,
                                    akin_error *err);
AKIN_API const akin_dups_found *akin_dups_look(const akin_dups *dups);
AKIN_API void akin_dups_free(akin_dups *dups); /* takes NULL */

/* Outliers ---------------------------------------------------------------------------------------------- */

enum { AKIN_OUTLIERS_MOST = 100 }; /* the greatest k */

/* Start from AKIN_OUTLIERS_OPTS_INIT. */
typedef struct akin_outliers_opts {
    uint32_t struct_size;
    int32_t k;         /* in [1,AKIN_OUTLIERS_MOST] */
    akin_ranks *ranks; /* not NULL: the ranks of a job do the work together, see above */
} akin_outliers_opts;

#define AKIN_OUTLIERS_OPTS_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_outliers_opts), .k = 5                                                    \
    }

/* How far each row lies from the others, D^k of [Ramaswamy2000]: outliers are the rows where it is greatest.
 *
 *     D^k(x) = 1 - s(x, y), y the k-th nearest of the rows that differ from x
 *
 * Equal rows count once, so that copies of an outlier do not hide it: they have the distance of the first.
 * distance [n]: NaN of a row of zeros. nearest [n]: the nearest row that does not equal it, -1 of a row of
 * zeros; may be NULL.
 *
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE (k), AKIN_ERR_INPUT (a number is not finite; no more
 * than k rows differ), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_outliers(akin_cmat rows, const akin_outliers_opts *opts, double *distance,
                                   int64_t *nearest, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_DUPS_H */
