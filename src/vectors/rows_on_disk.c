/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/rows_on_disk.c - rows in memory, and rows of .npy that stay on disk, behind the same functions.
 *
 * A row on disk is known by its place in the file (source). It is read, brought to float32 and filled
 * when it is wanted; a hash of it, taken when the set was opened, tells whether it is still the same. */
#include "vectors/vector_set.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

enum { BLOCK_BYTES = 1 << 20, SOME = 64 };

/* Items of the file as float32; missing ones are NaN where nothing fills them yet. */
static akin_status read_items(const akin_vector_set *set, const ak_vector_split *s, int64_t first,
                              int64_t count, float *out, akin_error *err)
{
    double raw[SOME];
    akin_array a = ak_npy_parts_array(s->file);
    if (a.dtype == AKIN_DTYPE_F32) AK_TRY(ak_npy_parts_read(s->file, first, count, out, err));
    a.data = raw;
    for (int64_t done = 0; done < count && a.dtype != AKIN_DTYPE_F32; done += SOME) {
        const int64_t n = count - done < SOME ? count - done : SOME;
        AK_TRY(ak_npy_parts_read(s->file, first + done, n, raw, err));
        for (int64_t i = 0; i < n; i++) out[done + i] = (float)ak_array_real(&a, i);
    }
    for (int64_t i = 0; i < count; i++) {
        out[i] += 0.0f; /* no -0 */
        if (set->fill && isnan(out[i])) out[i] = set->fill[(first + i) % set->d];
    }
    return AKIN_OK;
}

akin_status ak_vectors_read_values(const akin_vector_set *set, const ak_vector_split *s, int64_t i,
                                   int64_t first, int64_t count, float *out, akin_error *err)
{
    if (s->file) return read_items(set, s, s->source[i] * set->d + first, count, out, err);
    memcpy(out, s->x + i * set->d + first, (size_t)count * sizeof *out);
    return AKIN_OK;
}

akin_status ak_vectors_read_row(const akin_vector_set *set, const ak_vector_split *s, int64_t i, float *out,
                                akin_error *err)
{
    AK_TRY(ak_vectors_read_values(set, s, i, 0, set->d, out, err));
    if (!s->hash || XXH3_64bits(out, (size_t)set->d * sizeof *out) == s->hash[i]) return AKIN_OK;
    int64_t row;
    const char *path = ak_npy_parts_file(s->file, s->source[i], &row);
    return ak_fail(
        err, AKIN_ERR_INPUT,
        "'%s': row %lld (from 0) has other values than when it was opened; a set must not change while "
        "it is read",
        path, (long long)row);
}

/* Rows that follow one another in the file are read at once. */
static akin_status read_block(const akin_vector_set *set, const ak_vector_split *s, int64_t first, int64_t n,
                              float *to, akin_error *err)
{
    for (int64_t i = 0; i < n;) {
        const int64_t from = s->source[first + i];
        int64_t more = 1;
        while (i + more < n && s->source[first + i + more] == from + more) more++;
        AK_TRY(read_items(set, s, from * set->d, more * set->d, to + i * set->d, err));
        i += more;
    }
    return AKIN_OK;
}

akin_status ak_vectors_walk(const akin_vector_set *set, const ak_vector_split *s, ak_rows_fn *each, void *ctx,
                            akin_error *err)
{
    if (!s->file) return each(s->x, 0, s->n, ctx, err);
    const int64_t row = set->d * (int64_t)sizeof(float), rows = row < BLOCK_BYTES ? BLOCK_BYTES / row : 1;
    float *block = ak_alloc(sizeof *block, rows, set->d);
    akin_status status = block ? AKIN_OK : ak_no_memory(err, "for some rows of '%s'", set->name);
    for (int64_t first = 0; first < s->n && !status; first += rows) {
        const int64_t n = s->n - first < rows ? s->n - first : rows;
        status = read_block(set, s, first, n, block, err);
        if (!status) status = each(block, first, n, ctx, err);
    }
    free(block);
    return status;
}

akin_status akin_vectors_row(const akin_vectors *user, int64_t i, float *out, akin_error *err)
{
    akin_vectors rows = AKIN_VECTORS_INIT;
    AK_GIVEN(user, err);
    AK_GIVEN(out, err);
    AK_TRY(ak_opts_import(&rows, user, "vectors_row", err));
    if (i < 0 || i >= rows.n)
        return ak_fail(err, AKIN_ERR_RANGE, "vectors_row: row %lld; there are %lld", (long long)i,
                       (long long)rows.n);
    if (!rows.x && !rows.fetch) return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors_row: there are no values");
    if (!rows.x) return rows.fetch(rows.from, i, 0, rows.d, out, err);
    memcpy(out, rows.x + i * rows.d, (size_t)rows.d * sizeof *out);
    return AKIN_OK;
}
