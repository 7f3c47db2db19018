/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/cluster.h - groups of like items, by k-means or by density, and how they agree with labels.
 *
 * kmeans   k centres c and the cluster of each row, so that sum_i |x_i - c|^2 is small: Lloyd's steps
 *          [Lloyd1982] from centres drawn by k-means++ [Arthur2007], the best of several starts. By cosine
 *          rows and centres have length 1.
 * density  HDBSCAN [Campello2013]. With core_i the distance to the neighbours-th nearest row, the row itself
 *          counted, and w_ij = max(core_i, core_j, |x_i - x_j|): the minimum spanning tree of w over all
 *          pairs is taken apart from its longest edge on. A part of min_size rows or more that splits off
 *          is a cluster; each has the stability
 *              sum over its rows of 1/w where the row leaves it - 1/w where the cluster begins
 *          and those are taken whose stability is not below that of all taken within them together, the
 *          whole set excepted. Rows in none are noise, -1. The number of clusters comes out.
 *
 * By cosine rows are brought to length 1 first, rows of zeros stay; distances are Euclidean then.
 *
 * Clusters are numbered by size, the greatest 0, equal ones by their first row.
 *
 * Shapes   [n,d] is n rows of d floats.
 * Memory   Views borrow. A copy of the rows, and a few numbers for each row.
 * Time     kmeans about n k d for each step; density about 2 n^2 d in all, whatever the options.
 * Threads  Reentrant. Results depend on inputs, options and the instruction set, never on the number of
 *          threads, bit for bit.
 * Ranks    With `ranks` in the options every rank of a job calls with the same rows and options, does a part
 *          of the work (of density the core distances, about two thirds of it), and receives the result,
 *          which has the bits of one process. What one fails with, all fail with; AKIN_ERR_DISTRIBUTED: ranks
 *          have other rows, or are gone.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_CLUSTER_H
#define AKIN_TOOL_CLUSTER_H

#include "akin/base.h"
#include "akin/tool/map.h"
#include "akin/tool/ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum akin_cluster_method { AKIN_CLUSTER_KMEANS, AKIN_CLUSTER_DENSITY } akin_cluster_method;

/* Start from AKIN_CLUSTER_OPTS_INIT; kmeans needs k. */
typedef struct akin_cluster_opts {
    uint32_t struct_size;
    akin_cluster_method method;
    akin_map_metric metric; /* cosine */
    int32_t k;              /* kmeans: clusters, 1 to n */
    int32_t starts;         /* kmeans: 1 to 1000 */
    int32_t iterations;     /* kmeans: steps of a start, at most */
    int32_t min_size;       /* density: rows of a cluster, at least; 2 or more */
    int32_t neighbours;     /* density: 1 to 1000; cut to n */
    uint64_t seed;          /* kmeans */
    akin_ranks *ranks;      /* not NULL: the ranks of a job work together, see above */
} akin_cluster_opts;

#define AKIN_CLUSTER_OPTS_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_cluster_opts), .starts = 5, .iterations = 100, .min_size = 20,            \
        .neighbours = 10                                                                                     \
    }

/* Start from AKIN_CLUSTER_RESULT_INIT. */
typedef struct akin_cluster_result {
    uint32_t struct_size;
    int32_t clusters;
    int64_t n, noise;   /* rows; those in no cluster */
    double inertia;     /* kmeans: sum of squared distances to the centres */
    double explained;   /* kmeans: 1 - inertia / the same with one centre; NaN where all rows are equal */
    int32_t iterations; /* kmeans: steps of the best start */
    int32_t converged;  /* kmeans: 1 where its last step moved no row */
} akin_cluster_result;

#define AKIN_CLUSTER_RESULT_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_cluster_result)                                                           \
    }

/* cluster [n] receives the cluster of each row, -1 = noise; result may be NULL.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE (an option), AKIN_ERR_INPUT (a row is not finite; fewer
 * rows differ than there are to be clusters), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_cluster(akin_cmat rows, const akin_cluster_opts *opts, int32_t *cluster,
                                  akin_cluster_result *result, akin_error *err);

/* The rows nearest to the mean of their cluster: item [clusters,m], nearest first, equal ones by number, -1
 * where a cluster has fewer; may be NULL. clusters is one more than the greatest number in cluster [n], where
 * -1 is noise. distance [n]: of each row to that mean, NaN for noise; may be NULL. By cosine all of it of
 * rows of length 1.  AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE (m < 1, a cluster beyond [-1,n)),
 * AKIN_ERR_INPUT, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_cluster_central(akin_cmat rows, akin_map_metric metric, const int32_t *cluster,
                                          int64_t m, int64_t *item, double *distance, akin_error *err);

/* How clusters agree with labels, over the n rows that are in a cluster. Start from
 * AKIN_CLUSTER_AGREEMENT_INIT. With n_ck rows of label k in cluster c, and H the entropy of shares
 *
 *     purity = 1/n sum_c max_k n_ck                                          [Manning2008 sec.16.3]
 *     nmi    = 2 I(c;k) / (H(c) + H(k));  1 where both entropies are 0       [Manning2008 sec.16.3]
 *     ari    = (S_ck - S_c S_k / S) / ((S_c + S_k)/2 - S_c S_k / S), S. sums of pairs within a cell, a
 *              cluster, a label, all; 1 where the denominator is 0           [Hubert1985] */
typedef struct akin_cluster_agreement {
    uint32_t struct_size;
    int32_t clusters, labels; /* how many occur */
    int32_t reserved;
    int64_t n;
    double purity, nmi, ari; /* NaN where no row is in a cluster */
} akin_cluster_agreement;

#define AKIN_CLUSTER_AGREEMENT_INIT                                                                          \
    {                                                                                                        \
        .struct_size = sizeof(akin_cluster_agreement)                                                        \
    }

/* AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE (count < 1), AKIN_ERR_NOMEM */
AKIN_API akin_status akin_cluster_agree(const int32_t *cluster, const int32_t *labels, int64_t count,
                                        akin_cluster_agreement *out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_CLUSTER_H */
