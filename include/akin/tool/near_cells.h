/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/near_cells.h - nearly all of the nearest rows, for many queries among many rows: an index of
 * cells. docs/evaluation.md has what it finds, and in which time.
 *
 * Rows belong to the cell whose centre has the greatest cosine to them; centres are means of rows, by Lloyd's
 * rounds on a sample. A query is compared with the rows of its nearest cells alone.
 *
 * Shapes   As in akin_eval_neighbours() (akin/eval.h), which is exact and takes as long as all rows take. One
 *          query, or a few hundred, are answered sooner by that.
 * Memory   Rows are borrowed as long as the index lives; of its own it has about 12 bytes a row.
 * Threads  Reentrant. Results do not depend on the number of threads, bit for bit.
 * Ranks    An index that the ranks of a job have made together they also search together: every rank calls
 *          with the same arguments and receives everything, the bits of one process. What one fails with,
 *          all fail with; AKIN_ERR_DISTRIBUTED: ranks have other rows, or are gone.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_NEAR_CELLS_H
#define AKIN_TOOL_NEAR_CELLS_H

#include "akin/base.h"
#include "akin/tool/ranks.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_near_cells akin_near_cells;

enum { AKIN_NEAR_CELLS_MOST_K = 1024 };

/* cells: how many; 0 = the root of the number of rows. seed: of the sample.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE (no rows, more than 2^31 - 1), AKIN_ERR_INPUT (a number is not finite),
 * AKIN_ERR_RANGE (more cells than rows), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_near_cells_create(akin_cmat rows, int64_t cells, uint64_t seed,
                                            akin_near_cells **out, akin_error *err);
/* The same by all ranks of a job, which must live as long as the index. */
AKIN_API akin_status akin_near_cells_create_by(akin_ranks *ranks, akin_cmat rows, int64_t cells,
                                               uint64_t seed, akin_near_cells **out, akin_error *err);
AKIN_API void akin_near_cells_free(akin_near_cells *index);           /* takes NULL */
AKIN_API int64_t akin_near_cells_count(const akin_near_cells *index); /* of cells */

/* How many cells hold that share, in (0,1], of the k nearest rows of the queries: the least number, by an
 * exact search for at most 256 of them, evenly spread. *found (may be NULL) receives the share that so many
 * cells hold.  AKIN_ERR_RANGE (share; k), and as akin_eval_neighbours(). */
AKIN_API akin_status akin_near_cells_probes(const akin_near_cells *index, akin_cmat query, int64_t k,
                                            double share, int64_t *probes, double *found, akin_error *err);

/* The k nearest to each query among the rows of its `probes` nearest cells, or of as many more as surely hold
 * k rows; index and similarity are [n,k], nearest first, equal ones in order of their row.
 * AKIN_ERR_RANGE unless 1 <= k <= AKIN_NEAR_CELLS_MOST_K and k is at most the number of rows. */
AKIN_API akin_status akin_near_cells_search(const akin_near_cells *cells, akin_cmat query, int64_t k,
                                            int64_t probes, int32_t *index, float *similarity,
                                            akin_error *err);

/* akin_eval_neighbours() by the ranks of a job together: parts of the queries begin at multiples of 256. */
AKIN_API akin_status akin_near_exact_by(akin_ranks *ranks, akin_cmat query, akin_cmat rows, int64_t k,
                                        int32_t *index, float *similarity, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_NEAR_CELLS_H */
