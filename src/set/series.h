/* SPDX-License-Identifier: Apache-2.0 */
/* set/series.h - the windows of a series, as the rows that a net reads. */
#ifndef AK_SET_SERIES_H
#define AK_SET_SERIES_H

#include "akin/tool/vector_views.h"
#include "base/base.h"

/* The row that step j of the window of row i is, 0 <= j < rows->series. The window begins series/2 steps
 * before the row; beyond the ends of its piece the first or the last step stands again. */
int64_t ak_series_row(const akin_vectors *rows, int64_t i, int64_t j);

/* Windows of items[0..n) into out [n, d, series]: the views of that name of their rows, column by column. A
 * row's view is the same in every window of the batch. Any number of threads, each with its own scratch of
 * ak_series_scratch() bytes.  Fails as akin_vector_views(). */
akin_status ak_series_windows(const akin_vector_view_opts *views, const akin_vectors *rows,
                              const akin_vector_scale *scale, const int32_t *items, int64_t n,
                              const akin_view_name *name, akin_arena *scratch, float *out, akin_error *err);
size_t ak_series_scratch(const akin_vectors *rows);

#endif
