/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/map.h - two-dimensional maps of embeddings by contrastive neighbour embedding [Damrich2022].
 *
 * Items i and j are joined by an edge of weight g_ij where one is among the k nearest of the other: 1/2, and
 * 1 where both are. A map has the items of an edge near each other and those of pairs by chance apart. With
 * y_i the place of item i, q_ij = 1/(1 + |y_i - y_j|^2) [Maaten2008 eq.4], and G the sum of all weights,
 *
 *     nce      L = - sum_ij g_ij log(q_ij/(q_ij + c)) - m G E{log(c/(q + c))}     [Damrich2022 eq.4]
 *     neg      the same; there c is learned, here given                           [Damrich2022 eq.7]
 *     infonce  L = - sum_i sum_j g_ij (a log q_ij - log(q_ij + m E_i{q}))         [Damrich2022 eq.5]
 *
 * The first sum is over edges, E over pairs by chance, E_i over those of item i; m is the number of
 * negatives. c is Z m/n^2, with Z the sum of all q that the model takes for granted. The spectrum s says
 * where a map stands between two known ends: neg has Z = (100 n)^(1-s) (n^2/m)^s, like t-SNE at s = 0 and
 * like UMAP at s = 1, where c = 1; infonce has a = 4^s [Boehm2022]; nce learns where it stands, near t-SNE.
 *
 * Shapes   [n,d] is n rows of d floats, a map [n,2].
 * Memory   Views borrow. akin_map() holds a copy of the rows, and about 50 k bytes for each item.
 * Threads  Reentrant. A map depends on its inputs, options and instruction set, never on the number of
 *          threads, bit for bit.
 * Ranks    With `ranks` in the options every rank of a job calls with the same inputs and options. Each does
 *          a part of the work, all receive the result, which has the bits of one process. What one fails
 *          with, all fail with; AKIN_ERR_DISTRIBUTED: ranks have other rows, or are gone.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Damrich2022 eq.7] are resolved in docs/papers.md. */
#ifndef AKIN_TOOL_MAP_H
#define AKIN_TOOL_MAP_H

#include "akin/base.h"
#include "akin/tool/ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum akin_map_metric { AKIN_MAP_COSINE, AKIN_MAP_EUCLIDEAN } akin_map_metric;
typedef enum akin_map_loss { AKIN_MAP_NCE, AKIN_MAP_INFONCE, AKIN_MAP_NEG } akin_map_loss;
typedef enum akin_map_search { AKIN_MAP_AUTO, AKIN_MAP_EXACT, AKIN_MAP_APPROXIMATE } akin_map_search;

/* Start from AKIN_MAP_OPTS_INIT. */
typedef struct akin_map_opts {
    uint32_t struct_size;
    akin_map_metric metric; /* cosine; rows of zeros are at cosine 0 from everything */
    akin_map_loss loss;
    akin_map_search search; /* auto: exact up to 2e11 products, such as 20,000 rows of 500 */
    int32_t k;              /* neighbours of each item, 1 to 100; cut to n - 1 */
    int32_t negatives; /* m, 1 to 1e6, of infonce at most n - 1; 0 = n/10 of nce, 500 of infonce, 5 of neg */
    int32_t draws;     /* nce, neg: pairs by chance for each item and epoch that stand for all */
    int32_t epochs;    /* >= 1 */
    double spectrum;   /* s, 0 to 1 */
    double rate;       /* of learning; it falls to 0 */
    uint64_t seed;
    akin_ranks *ranks; /* not NULL: the ranks of a job work together, see above */
} akin_map_opts;

#define AKIN_MAP_OPTS_INIT                                                                                   \
    {                                                                                                        \
        .struct_size = sizeof(akin_map_opts), .k = 10, .draws = 500, .epochs = 400, .rate = 1                \
    }

/* Start from AKIN_MAP_RESULT_INIT. */
typedef struct akin_map_result {
    uint32_t struct_size;
    int32_t exact;        /* 1: the neighbours are */
    int32_t k, negatives; /* as used */
    int64_t n, edges;
    double found; /* share of the true k nearest that the search found, of 500 items; 1 where exact */
    double c, z;  /* of the loss; NaN for infonce */
    double seconds_neighbours, seconds_layout;
} akin_map_result;

#define AKIN_MAP_RESULT_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_map_result)                                                               \
    }

/* A map of rows [n,d], n >= 2, into map [n,2].
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE (an option), AKIN_ERR_INPUT (a row is not finite),
 * AKIN_ERR_NUMERIC (the map is not), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_map(akin_cmat rows, const akin_map_opts *opts, akin_mat map,
                              akin_map_result *result, akin_error *err);

/* A sum of the rows, by which the rows of an old map are known again. */
AKIN_API uint64_t akin_map_sum(akin_cmat rows);

/* New rows on an old map: each begins at the median of the places of its k nearest old rows, and takes some
 * steps that lower the loss of its edges to them and of pairs with old items by chance; old items stay. A
 * place depends on its row and the old map alone. opts: those of the old map.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_RANGE, AKIN_ERR_INPUT, AKIN_ERR_NUMERIC, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_map_place(akin_cmat old_rows, akin_cmat old_map, akin_cmat rows,
                                    const akin_map_opts *opts, akin_mat map, akin_error *err);

/* How well a map keeps what is near. Start from AKIN_MAP_QUALITY_INIT. Means over `sample` items drawn by
 * seed, with 95 % intervals of the mean over items [Student1908]; NaN where n is too small. */
typedef struct akin_map_quality {
    uint32_t struct_size;
    int32_t reserved;
    int64_t sample;
    double recall10,
        recall10_ci95[2]; /* share of the 10 nearest rows that are among the 10 nearest in the map */
    double recall15, recall15_ci95[2];
    double trust, trust_ci95[2]; /* trustworthiness with k = 15 [Venna2001] */
    double distances;            /* rank correlation of distances of pairs [Spearman1904] */
} akin_map_quality;

#define AKIN_MAP_QUALITY_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_map_quality)                                                              \
    }

/* Of any map of these rows, whoever made it. sample <= 0: 1000.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_INPUT, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_map_measure(akin_cmat rows, akin_cmat map, akin_map_metric metric, int64_t sample,
                                      uint64_t seed, akin_map_quality *quality, akin_error *err);

/* Start from AKIN_MAP_MEASURE_OPTS_INIT. */
typedef struct akin_map_measure_opts {
    uint32_t struct_size;
    akin_map_metric metric;
    int64_t sample; /* <= 0: 1000 */
    uint64_t seed;
    akin_ranks *ranks; /* not NULL: the ranks of a job measure together, see above */
} akin_map_measure_opts;

#define AKIN_MAP_MEASURE_OPTS_INIT                                                                           \
    {                                                                                                        \
        .struct_size = sizeof(akin_map_measure_opts)                                                         \
    }

/* The same; opts may be NULL. */
AKIN_API akin_status akin_map_measure_with(akin_cmat rows, akin_cmat map, const akin_map_measure_opts *opts,
                                           akin_map_quality *quality, akin_error *err);

/* A map as people look at it. Start from AKIN_MAP_PICTURE_INIT; everything is borrowed. */
typedef struct akin_map_picture {
    uint32_t struct_size;
    int32_t reserved;
    akin_cmat map;                                   /* [n,2] */
    const int32_t *labels;                           /* [n], or NULL: one colour */
    const char *(*class_name)(int64_t k, void *ctx); /* NULL, or NULL from it: the number */
    void *ctx;
    const char *title;
} akin_map_picture;

#define AKIN_MAP_PICTURE_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_map_picture), .title = ""                                                 \
    }

/* As SVG, each class in a colour of its own with its name at the median of its items and in a legend; more
 * than 100,000 items are thinned out, and the picture says so. free() frees *svg.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_INPUT (a place is not finite), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_map_draw(const akin_map_picture *picture, char **svg, size_t *bytes,
                                   akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_MAP_H */
