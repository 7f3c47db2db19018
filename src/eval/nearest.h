/* SPDX-License-Identifier: Apache-2.0 */
/* eval/nearest.h - the exact k nearest rows by cosine, one query at a time handed to a visitor. */
#ifndef AK_EVAL_NEAREST_H
#define AK_EVAL_NEAREST_H

#include "dist/divide.h"
#include "eval/eval.h"

typedef struct ak_near {
    float similarity;
    int32_t index;
} ak_near;

/* Query i and its k nearest, best first. worker < akin_threads(); queries come in no particular order. */
typedef void ak_near_fn(int64_t i, const ak_near *nearest, int worker, void *ctx);

/* Norms are those of ak_eval_norms(); 1 <= k <= reference.rows. */
akin_status ak_eval_nearest(akin_cmat query, const double *query_norm, akin_cmat reference,
                            const double *reference_norm, int64_t k, ak_near_fn *visit, void *ctx,
                            akin_error *err);

/* Queries that are compared at a time: a part of them that begins at a multiple has the bits of the whole. */
enum { AK_NEAREST_STEP = 256, AK_NEAREST_TILE = 512 };

/* Similarities of queries [begin, begin+rows) with references [first, first+count), to tile [rows][ld], of
 * rows that are no float32. room: of this thread.  false: no memory */
typedef bool ak_tile_fn(const void *from, int64_t begin, int64_t rows, int64_t first, int64_t count,
                        float *room, float *tile, int64_t ld);

/* The arguments of that, all but the last. */
typedef struct ak_nearest {
    akin_cmat query;
    const double *query_norm;
    akin_cmat reference;
    const double *reference_norm;
    int64_t k;
    ak_near_fn *visit;
    void *ctx;
    ak_tile_fn *tile; /* NULL: cosines of query and reference; else their data and norms are not read */
    const void *from;
    int64_t room; /* floats for tile() */
} ak_nearest;

/* The same by the ranks of c together, each for a part of the queries; visit fills the columns [query.rows],
 * which every rank has whole then. Every rank calls it; the bits are those of one process. What a rank fails
 * with alone is for the caller to settle (dist/divide.h). */
akin_status ak_eval_nearest_shared(ak_comm *c, const ak_nearest *search, const ak_column *column, int columns,
                                   akin_error *err);
/* akin_eval_neighbours() by the ranks of c together: all receive all lists. */
akin_status ak_eval_neighbours_shared(ak_comm *c, akin_cmat query, akin_cmat reference, int64_t k,
                                      int32_t *index, float *similarity, akin_error *err);

#endif
