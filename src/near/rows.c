/* SPDX-License-Identifier: Apache-2.0 */
/* near/rows.c - rows that differ, at unit length; and what usually lies between a row and its nearest. */
#include "near/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

typedef struct hashed {
    uint64_t hash;
    int64_t row;
} hashed;

static int by_hash(const void *a, const void *b)
{
    const hashed *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* same[] of rows whose hashes agree: of [n] in order of hash and row. */
static void mark_equal(akin_cmat rows, const hashed *h, int64_t n, int64_t *same)
{
    const size_t bytes = (size_t)rows.cols * sizeof *rows.data;
    for (int64_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && h[end].hash == h[begin].hash;) end++;
        for (int64_t i = begin + 1; i < end; i++)
            for (int64_t k = begin; k < i && same[h[i].row] == h[i].row;
                 k++) /* one of another content is rare */
                if (same[h[k].row] == h[k].row &&
                    memcmp(ak_crow(rows, h[k].row), ak_crow(rows, h[i].row), bytes) == 0)
                    same[h[i].row] = h[k].row;
    }
}

static akin_status measure(akin_cmat rows, const char *what, hashed *h, double *square, ak_near_rows *out,
                           akin_error *err)
{
    for (int64_t i = 0; i < rows.rows; i++) {
        const float *row = ak_crow(rows, i);
        square[i] = 0;
        for (int64_t c = 0; c < rows.cols; c++) {
            square[i] += (double)row[c] * (double)row[c];
            if (!isfinite(row[c]))
                return ak_fail(err, AKIN_ERR_INPUT,
                               "%s: row %lld, column %lld (from 0) is %g; every value must be finite", what,
                               (long long)i, (long long)c, (double)row[c]);
        }
        out->zero[i] = square[i] == 0;
        out->zeros += out->zero[i];
        out->same[i] = i;
        h[i] = (hashed){ XXH3_64bits(row, (size_t)rows.cols * sizeof *row), i };
    }
    return AKIN_OK;
}

static akin_status make_unit(ak_near_rows *r, akin_error *err)
{
    const int64_t d = r->rows.cols;
    r->unit = (akin_mat){ ak_alloc(sizeof(float), r->m ? r->m : 1, d), r->m, d, d };
    if (!r->unit.data) return ak_no_memory(err, "for %lld rows", (long long)r->m);
    for (int64_t k = 0; k < r->m; k++) {
        const float *row = ak_crow(r->rows, r->item[k]);
        const double scale = 1 / sqrt(r->square[k]);
        for (int64_t c = 0; c < d; c++) ak_row(r->unit, k)[c] = (float)((double)row[c] * scale);
    }
    return AKIN_OK;
}

static akin_status fill(ak_near_rows *r, const char *what, hashed *h, akin_error *err)
{
    const int64_t n = r->rows.rows;
    AK_TRY(measure(r->rows, what, h, r->square, r, err));
    qsort(h, (size_t)n, sizeof *h, by_hash);
    mark_equal(r->rows, h, n, r->same);
    for (int64_t i = 0; i < n; i++) {
        if (r->zero[i]) r->same[i] = i;
        r->equal += r->same[i] != i;
        if (r->zero[i] || r->same[i] != i) continue;
        r->square[r->m] = r->square[i];
        r->item[r->m++] = i;
    }
    return make_unit(r, err);
}

static akin_status check(akin_cmat rows, const char *what, akin_error *err)
{
    AK_TRY(ak_check_view(rows, what, err));
    if (rows.rows < 1 || rows.rows > INT32_MAX || rows.cols < 1)
        return ak_fail(err, AKIN_ERR_SHAPE, "%s: [%lld,%lld]; it takes 1 to %d rows of a column or more",
                       what, (long long)rows.rows, (long long)rows.cols, INT32_MAX);
    return AKIN_OK;
}

akin_status ak_near_open(akin_cmat rows, const char *what, ak_comm *ranks, ak_near_rows *out, akin_error *err)
{
    AK_TRY(ak_comm_same_rows(ranks, check(rows, what, err), rows, err));
    ak_near_rows r = { .rows = rows, .ranks = ranks };
    hashed *h = ak_alloc(sizeof *h, rows.rows, 1);
    r.item = ak_alloc(sizeof *r.item, rows.rows, 1);
    r.same = ak_alloc(sizeof *r.same, rows.rows, 1);
    r.square = ak_alloc(sizeof *r.square, rows.rows, 1);
    r.zero = ak_alloc(sizeof *r.zero, rows.rows, 1);
    akin_status status = h && r.item && r.same && r.square && r.zero
                             ? fill(&r, what, h, err)
                             : ak_no_memory(err, "for %lld rows", (long long)rows.rows);
    free(h);
    if (status)
        ak_near_close(&r);
    else
        *out = r;
    return status;
}

void ak_near_close(ak_near_rows *r)
{
    free(r->item);
    free(r->same);
    free(r->square);
    free(r->unit.data);
    free(r->zero);
    *r = (ak_near_rows){ .m = 0 };
}

double ak_near_cosine(const ak_near_rows *r, int64_t a, int64_t b)
{
    const float *x = ak_crow(r->rows, r->item[a]), *y = ak_crow(r->rows, r->item[b]);
    double sum = 0;
    for (int64_t c = 0; c < r->rows.cols; c++) sum += (double)x[c] * (double)y[c];
    const double s = sum / (sqrt(r->square[a]) * sqrt(r->square[b]));
    return s < -1 ? -1 : s > 1 - 1e-12 ? 1 : s; /* rounding floats of one direction moves it by 1e-14 */
}

double ak_near_spacing(double *apart, int64_t n, int64_t *based)
{
    int64_t left = 0;
    for (int64_t i = 0; i < n; i++)
        if (apart[i] > AK_NEAR_EXACT) apart[left++] = apart[i];
    qsort(apart, (size_t)left, sizeof *apart, ak_compare_double);
    *based = left;
    return left ? apart[left / 2] : 0;
}

double ak_near_suggest(double spacing, double share, int digits)
{
    const double part = spacing * share;
    if (!(part > 0)) return 0;
    const double unit = pow(10, floor(log10(part)) + 1 - digits);
    return fmax(0, floor(part / unit) * unit);
}
