/* SPDX-License-Identifier: Apache-2.0 */
/* theory/pairs.h - all pairs of unit rows, a tile of cosines at a time. */
#ifndef AK_THEORY_PAIRS_H
#define AK_THEORY_PAIRS_H

#include "base/base.h"

enum { AK_PAIR_ROWS = 128, AK_PAIR_COLUMNS = 512 };

/* s[i*AK_PAIR_COLUMNS + j]: cosine of row first_row + i of x with row first_column + j of y. */
typedef struct ak_pair_tile {
    int64_t first_row, rows, first_column, columns;
    const float *s;
} ak_pair_tile;

/* task = first_row / AK_PAIR_ROWS: tiles of one task come in order of columns, on one thread. */
typedef void ak_pair_tile_fn(const ak_pair_tile *tile, int64_t task, void *ctx);

/* upper: x = y, and tiles that lie below the diagonal altogether are left out.  AKIN_ERR_NOMEM. */
akin_status ak_pairs_walk(akin_cmat x, akin_cmat y, bool upper, ak_pair_tile_fn *fn, void *ctx,
                          akin_error *err);
/* Of the walk with `upper` through x = y the shares [begin, end) of ak_pair_tasks(x.rows). A share is a task,
 * in turn of the first and of the last ones, so that as many shares take as long. */
akin_status ak_pairs_walk_part(akin_cmat x, int64_t begin, int64_t end, ak_pair_tile_fn *fn, void *ctx,
                               akin_error *err);
static inline int64_t ak_pair_tasks(int64_t rows) { return (rows + AK_PAIR_ROWS - 1) / AK_PAIR_ROWS; }

/* Rows of x at unit length, [n,d] compact; the caller frees out->data. AKIN_ERR_INPUT naming what (such as
 * "features"), row and column of a NaN or infinity, or a row of zeros; AKIN_ERR_SHAPE, AKIN_ERR_NOMEM. */
akin_status ak_unit_copy(akin_cmat x, const char *what, akin_mat *out, akin_error *err);

/* Labels as classes 0..*classes-1 in increasing order of label; the caller frees *class_of. AKIN_ERR_INPUT
 * for a negative label or one class only. */
akin_status ak_number_classes(const int32_t *labels, int64_t n, int32_t **class_of, int64_t *classes,
                              akin_error *err);

/* moment [d,d] += sum_i (x_i - mean)(x_i - mean)^T, both triangles; mean may be NULL. false: no memory. */
bool ak_second_moment(akin_cmat x, const double *mean, double *moment);
/* The same of two sets with as many rows: out [x.cols, y.cols]. */
bool ak_cross_moment(akin_cmat x, const double *x_mean, akin_cmat y, const double *y_mean, double *out);

#endif
