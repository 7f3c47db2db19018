/* SPDX-License-Identifier: Apache-2.0 */
/* set/graph_matrix.c - pairs as a sparse matrix of weights, as scipy.sparse.save_npz() writes it: rows in
 * compressed form (CSR), or columns (CSC), which are the same where the matrix is symmetric. Entries that are
 * 0, and those of the diagonal, tell nothing. */
#include "set/graph.h"

#include "files/npy.h"
#include "files/zip.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { INDPTR, INDICES, DATA, SHAPE, ARRAYS };
static const char *const NAMES[ARRAYS] = { "indptr.npy", "indices.npy", "data.npy", "shape.npy" };

static akin_status load(const ak_zip *z, const char *path, int which, akin_array *out, akin_error *err)
{
    char shown[4200];
    ak_piece piece;
    unsigned char *memory = NULL;
    int64_t i = 0;
    while (i < ak_zip_count(z) && strcmp(ak_zip_name(z, i), NAMES[which]) != 0) i++;
    if (i == ak_zip_count(z))
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' has no %s; expected a sparse matrix in rows, as scipy.sparse.save_npz() writes "
                       "one of tocsr()",
                       path, NAMES[which]);
    AK_TRY(ak_zip_bytes(z, i, &piece, &memory, err));
    snprintf(shown, sizeof shown, "%s: %s", path, NAMES[which]);
    const akin_status status = ak_npy_load_piece(&piece, shown, out, NULL, err);
    free(memory);
    if (status || out->ndim == 1) return status;
    return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimensions; expected 1", shown, out->ndim);
}

static akin_status check_shape(const ak_graph_reader *r, const akin_array *a, akin_error *err)
{
    const double rows = a[SHAPE].count == 2 ? ak_array_real(&a[SHAPE], 0) : -1,
                 columns = a[SHAPE].count == 2 ? ak_array_real(&a[SHAPE], 1) : -1;
    if (rows != (double)r->items || columns != (double)r->items)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "'%s' is a matrix of %.0f rows and %.0f columns; there are %" PRId64
                       " items to learn from",
                       r->path, rows, columns, r->items);
    if (a[INDPTR].count == r->items + 1 && a[INDICES].count == a[DATA].count) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s': indptr has %" PRId64 " entries, indices %" PRId64 " and data %" PRId64
                   "; expected %" PRId64 ", and two that are equal",
                   r->path, a[INDPTR].count, a[INDICES].count, a[DATA].count, r->items + 1);
}

static akin_status add_row(ak_graph_reader *r, const akin_array *a, int64_t row, akin_error *err)
{
    const double from = ak_array_real(&a[INDPTR], row), to = ak_array_real(&a[INDPTR], row + 1);
    if (!(from >= 0 && to >= from && to <= (double)a[INDICES].count))
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s': indptr goes from %g to %g at row %" PRId64 "; there are %" PRId64 " entries",
                       r->path, from, to, row, a[INDICES].count);
    for (int64_t k = (int64_t)from; k < (int64_t)to; k++) {
        const double column = ak_array_real(&a[INDICES], k), weight = ak_array_real(&a[DATA], k);
        if (!(column >= 0 && column < (double)r->items))
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s', entry %" PRId64 ": column %g; there are %" PRId64 " items to learn from",
                           r->path, k, column, r->items);
        if (weight != 0 && (int64_t)column != row)
            AK_TRY(ak_graph_add(r, row, (int64_t)column, weight, k, err));
    }
    return AKIN_OK;
}

akin_status ak_graph_read_matrix(ak_graph_reader *r, akin_error *err)
{
    ak_zip *z = NULL;
    akin_array a[ARRAYS] = { { .data = NULL } };
    AK_TRY(ak_zip_open(r->path, &z, err));
    akin_status status = AKIN_OK;
    for (int i = 0; i < ARRAYS && !status; i++) status = load(z, r->path, i, &a[i], err);
    if (!status) status = check_shape(r, a, err);
    for (int64_t row = 0; row < r->items && !status; row++) status = add_row(r, a, row, err);
    for (int i = 0; i < ARRAYS; i++) akin_array_free(&a[i]);
    ak_zip_close(z);
    return status;
}
