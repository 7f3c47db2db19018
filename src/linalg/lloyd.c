/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/lloyd.c - Lloyd's steps: a block of rows by one matrix product, means group by group. */
#include "linalg/lloyd.h"

#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 128 };

akin_status ak_lloyd_open(akin_cmat rows, int64_t k, bool unit, ak_lloyd *out, akin_error *err)
{
    ak_lloyd w = { .rows = rows, .k = k, .unit = unit };
    w.centre = ak_alloc(sizeof *w.centre, k, rows.cols);
    w.of = ak_alloc(sizeof *w.of, rows.rows, 1);
    w.begin = ak_alloc(sizeof *w.begin, k + 1, 1);
    w.member = ak_alloc(sizeof *w.member, rows.rows, 1);
    w.mean = ak_alloc(sizeof *w.mean, k, rows.cols);
    w.half = ak_alloc(sizeof *w.half, k, 1);
    w.score = ak_alloc(sizeof *w.score, (int64_t)akin_threads() * BLOCK, k);
    if (w.centre && w.of && w.begin && w.member && w.mean && w.half && w.score) {
        memset(w.of, -1, (size_t)rows.rows * sizeof *w.of);
        *out = w;
        return AKIN_OK;
    }
    ak_lloyd_close(&w);
    return ak_no_memory(err, "for %lld centres of %lld rows", (long long)k, (long long)rows.rows);
}

void ak_lloyd_close(ak_lloyd *w)
{
    free(w->centre);
    free(w->of);
    free(w->begin);
    free(w->member);
    free(w->mean);
    free(w->half);
    free(w->score);
    *w = (ak_lloyd){ .k = 0 };
}

/* Rows to centres ---------------------------------------------------------------------------------------- */

typedef struct assigning {
    ak_lloyd *w;
    int64_t first; /* block of this rank */
    int32_t *now;  /* [n] the nearest centre */
    atomic_bool failed;
} assigning;

static void assign_block(int64_t place, int worker, void *ctx)
{
    assigning *a = ctx;
    ak_lloyd *w = a->w;
    const int64_t d = w->rows.cols, k = w->k, first = (a->first + place) * BLOCK;
    const int64_t count = w->rows.rows - first < BLOCK ? w->rows.rows - first : BLOCK;
    float *score = w->score + worker * BLOCK * k;
    if (!ak_gemm(false, true, count, k, d, ak_crow(w->rows, first), w->rows.stride, w->centre, d, 0, score,
                 k))
        atomic_store(&a->failed, true);
    for (int64_t i = 0; i < count; i++) {
        const float *s = score + i * k;
        float most = s[0] - w->half[0];
        int32_t best = 0;
        for (int64_t c = 1; c < k; c++) {
            const float here = s[c] - w->half[c];
            if (!(here > most)) continue;
            most = here;
            best = (int32_t)c;
        }
        a->now[first + i] = best;
    }
}

static akin_status assign_some(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    assigning *a = ctx;
    a->first = begin / BLOCK;
    ak_parallel_tasks((end - begin + BLOCK - 1) / BLOCK, assign_block, a);
    return atomic_load(&a->failed) ? ak_no_memory(err, "in oneDNN for %lld rows", (long long)a->w->rows.rows)
                                   : AKIN_OK;
}

akin_status ak_lloyd_assign(ak_lloyd *w, int64_t *moved, akin_error *err)
{
    const int64_t d = w->rows.cols;
    assigning a = { .w = w, .now = w->member }; /* free until centres move */
    const ak_column column = { a.now, sizeof *a.now };
    const ak_division all = { .rows = w->rows.rows,
                              .step = BLOCK,
                              .cost = (double)w->k * (double)d,
                              .work = assign_some,
                              .ctx = &a,
                              .column = &column,
                              .columns = 1 };
    atomic_init(&a.failed, false);
    for (int64_t c = 0; c < w->k; c++) {
        double sum = 0;
        for (int64_t j = 0; j < d; j++) sum += (double)w->centre[c * d + j] * (double)w->centre[c * d + j];
        w->half[c] = (float)(sum / 2);
    }
    AK_TRY(ak_comm_divide(w->ranks, &all, err));
    *moved = 0;
    for (int64_t i = 0; i < w->rows.rows; i++) {
        *moved += w->of[i] != a.now[i];
        w->of[i] = a.now[i];
    }
    return AKIN_OK;
}

/* Centres to means --------------------------------------------------------------------------------------- */

typedef struct mean_work {
    akin_cmat rows;
    const int64_t *begin;
    const int32_t *member;
    double *mean;
    int64_t first; /* group of this rank */
} mean_work;

static void mean_of(int64_t place, int worker, void *ctx)
{
    (void)worker;
    const mean_work *w = ctx;
    const int64_t c = w->first + place, d = w->rows.cols, count = w->begin[c + 1] - w->begin[c];
    double *mean = w->mean + c * d;
    memset(mean, 0, (size_t)d * sizeof *mean);
    const int32_t *row = w->member + w->begin[c];
    int64_t k = 0;
    for (; k + 4 <= count; k += 4) { /* in order of row all the same */
        const float *x0 = ak_crow(w->rows, row[k]), *x1 = ak_crow(w->rows, row[k + 1]);
        const float *x2 = ak_crow(w->rows, row[k + 2]), *x3 = ak_crow(w->rows, row[k + 3]);
        for (int64_t j = 0; j < d; j++)
            mean[j] = (((mean[j] + (double)x0[j]) + (double)x1[j]) + (double)x2[j]) + (double)x3[j];
    }
    for (; k < count; k++)
        for (int64_t j = 0; j < d; j++) mean[j] += (double)ak_crow(w->rows, row[k])[j];
    for (int64_t j = 0; j < d && count; j++) mean[j] /= (double)count;
}

static void list_members(akin_cmat rows, const int32_t *of, int64_t k, int64_t *begin, int32_t *member)
{
    memset(begin, 0, (size_t)(k + 1) * sizeof *begin);
    for (int64_t i = 0; i < rows.rows; i++)
        if (of[i] >= 0) begin[of[i] + 1]++;
    for (int64_t c = 0; c < k; c++) begin[c + 1] += begin[c];
    for (int64_t i = 0; i < rows.rows; i++)
        if (of[i] >= 0) member[begin[of[i]]++] = (int32_t)i;
    for (int64_t c = k; c > 0; c--) begin[c] = begin[c - 1];
    begin[0] = 0;
}

void ak_group_means(akin_cmat rows, const int32_t *of, int64_t k, int64_t *begin, int32_t *member,
                    double *mean)
{
    mean_work w = { rows, begin, member, mean, 0 };
    list_members(rows, of, k, begin, member);
    ak_parallel_tasks(k, mean_of, &w);
}

static akin_status some_means(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    mean_work *w = ctx;
    (void)err;
    w->first = begin;
    ak_parallel_tasks(end - begin, mean_of, w);
    return AKIN_OK;
}

akin_status ak_lloyd_move(ak_lloyd *w, akin_error *err)
{
    const int64_t d = w->rows.cols;
    mean_work work = { w->rows, w->begin, w->member, w->mean, 0 };
    const ak_column made = { w->mean, (size_t)d * sizeof *w->mean };
    const ak_division all = {
        .rows = w->k, .step = 1, .work = some_means, .ctx = &work, .column = &made, .columns = 1
    };
    list_members(w->rows, w->of, w->k, w->begin, w->member);
    AK_TRY(ak_comm_divide(w->ranks, &all, err));
    for (int64_t c = 0; c < w->k; c++) {
        const double *mean = w->mean + c * d;
        double square = 0;
        for (int64_t j = 0; j < d; j++) square += mean[j] * mean[j];
        if (w->begin[c] == w->begin[c + 1] || (w->unit && !(square > 0))) continue;
        const double scale = w->unit ? 1 / sqrt(square) : 1;
        for (int64_t j = 0; j < d; j++) w->centre[c * d + j] = (float)(scale * mean[j]);
    }
    return AKIN_OK;
}
