/* SPDX-License-Identifier: Apache-2.0 */
/* map/graph.h - the neighbours of every item, exact or approximate, and the graph that they make. */
#ifndef AK_MAP_GRAPH_H
#define AK_MAP_GRAPH_H

#include "akin/tool/map.h"
#include "dist/divide.h"

/* Rows as they are compared: a copy of their own, so that the caller's stay. Row j is nearer to row i the
 * greater
 *
 *     s_ij = <x_i, x_j> + b_j
 *
 * Cosine: rows of length 1, rows of zeros as they are, b = 0, s the cosine. Euclidean: rows less their mean,
 * divided by the greatest length, b_j = -|x_j|^2/2; |x_i - x_j|^2 = |x_i|^2 - 2 s_ij. */
typedef struct ak_map_rows {
    float *x;    /* [n,d] */
    float *bias; /* [n] */
    int64_t n, d;
    akin_map_metric metric;
    double *mean; /* [d] what was subtracted; NULL = nothing */
    double scale; /* what each row was multiplied by after that; of cosine each has its own */
    /* Who work on them together, all with the same rows; NULL: this process. For the caller to set, who also
     * settles what one of them fails with alone (dist/divide.h). */
    ak_comm *ranks;
} ak_map_rows;

/* AKIN_ERR_SHAPE, AKIN_ERR_NUMERIC, AKIN_ERR_NOMEM. like: the mean and scale of other rows, or NULL. */
akin_status ak_map_rows_make(akin_cmat rows, akin_map_metric metric, const ak_map_rows *like,
                             ak_map_rows *out, const char *who, akin_error *err);
void ak_map_rows_free(ak_map_rows *rows);

/* Whether the exact search is the one to take for so many rows: it costs at most 2e11 products. */
bool ak_map_exact_is_cheap(int64_t queries, int64_t n, int64_t d);

/* index [n,k]: the k nearest other rows of each, nearest first, equal ones by index; n > k >= 1. */
akin_status ak_map_nearest_exact(const ak_map_rows *rows, int64_t k, int32_t *index, akin_error *err);
/* The k nearest of reference to each row of query, which was made like it. */
akin_status ak_map_nearest_of(const ak_map_rows *query, const ak_map_rows *reference, int64_t k,
                              int32_t *index, akin_error *err);
/* The same as exact, nearly: forest.c. */
akin_status ak_map_nearest_approximate(const ak_map_rows *rows, int64_t k, uint64_t seed, int32_t *index,
                                       akin_error *err);

/* i and j are joined where one is among the k nearest of the other, by the weight 1/2, and 1 where both are;
 * each pair stands once in each direction. */
typedef struct ak_map_graph {
    int64_t *begin; /* [n+1] */
    int32_t *to;    /* [begin[n]] */
    float *weight;  /* [begin[n]] */
    int64_t n;
    double total; /* of all weights, each pair once */
} ak_map_graph;

/* place [n]: the numbers that the items get in the graph, a permutation.  AKIN_ERR_NOMEM */
akin_status ak_map_graph_make(const int32_t *index, int64_t n, int64_t k, const int32_t *place,
                              ak_map_graph *out, akin_error *err);
void ak_map_graph_free(ak_map_graph *graph);

#endif
