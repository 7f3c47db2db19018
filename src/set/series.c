/* SPDX-License-Identifier: Apache-2.0 */
/* set/series.c - windows of a series. Pieces are known by vectors/cut_series.c. */
#include "set/series.h"

int64_t ak_series_row(const akin_vectors *rows, int64_t i, int64_t j)
{
    const int64_t piece = rows->piece[i], at = rows->place[i] - rows->series / 2 + j;
    const int64_t first = rows->piece_start[piece], last = rows->piece_start[piece + 1] - 1;
    return rows->order[at < first ? first : at > last ? last : at];
}

size_t ak_series_scratch(const akin_vectors *rows)
{
    return ak_arena_padded(sizeof(int32_t), rows->series, 1) +
           ak_arena_padded(sizeof(float), rows->series, rows->d);
}

akin_status ak_series_windows(const akin_vector_view_opts *views, const akin_vectors *rows,
                              const akin_vector_scale *scale, const int32_t *items, int64_t n,
                              const akin_view_name *name, akin_arena *scratch, float *out, akin_error *err)
{
    const int64_t steps = rows->series, d = rows->d;
    const akin_arena before = *scratch;
    int32_t *of_window = ak_arena_array(scratch, int32_t, steps, 1);
    float *row = ak_arena_array(scratch, float, steps, d);
    *scratch = before;
    if (!of_window || !row) return ak_fail(err, AKIN_ERR_INTERNAL, "no scratch for windows of a series");
    const akin_mat window = { row, steps, d, d };
    for (int64_t i = 0; i < n; i++, out += d * steps) {
        if (items[i] < 0 || items[i] >= rows->n)
            return ak_fail(err, AKIN_ERR_RANGE, "series: item %lld of the batch is %d; there are %lld rows",
                           (long long)i, (int)items[i], (long long)rows->n);
        for (int64_t j = 0; j < steps; j++) of_window[j] = (int32_t)ak_series_row(rows, items[i], j);
        AK_TRY(akin_vector_views(views, rows, scale, of_window, name, window, err));
        for (int64_t j = 0; j < steps; j++)
            for (int64_t c = 0; c < d; c++) out[c * steps + j] = row[j * d + c];
    }
    return AKIN_OK;
}
