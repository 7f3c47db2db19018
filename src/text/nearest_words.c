/* SPDX-License-Identifier: Apache-2.0 */
/* text/nearest_words.c - the nearest words of each word by cosine.
 *
 * Rows are scaled to length 1. Blocks of QUERIES rows are multiplied with all rows by oneDNN, one block a
 * task, so the same additions happen in the same order on any number of threads. Then the k largest of each
 * row are taken, equal ones by id. */
#include "akin/tool/word_vectors.h"

#include "base/base.h"
#include "kernels/gemm.h"

#include <math.h>

enum { MOST_NEAR = 64, QUERIES = 128 };

typedef struct search {
    const float *unit; /* [m,d] rows of length 1 of the words that have a vector */
    const int32_t *id; /* [m] */
    int64_t m, d, k;
    int32_t *near; /* [rows,k] */
    float *score;  /* [threads, QUERIES, m] */
    bool *failed;  /* [tasks] */
} search;

static void best_of(const search *w, const float *score, int64_t self, int32_t *out)
{
    int64_t best[MOST_NEAR], n = 0;
    for (int64_t j = 0; j < w->m; j++) {
        if (j == self || !(n < w->k || score[j] > score[best[n - 1]])) continue;
        int64_t at = n < w->k ? n++ : n - 1;
        for (; at > 0 && score[j] > score[best[at - 1]]; at--) best[at] = best[at - 1];
        best[at] = j;
    }
    for (int64_t i = 0; i < w->k; i++) out[i] = w->id[i < n ? best[i] : best[0]];
}

static void search_block(int64_t task, int worker, void *ctx)
{
    const search *w = ctx;
    const int64_t first = task * QUERIES, n = w->m - first < QUERIES ? w->m - first : QUERIES;
    float *score = w->score + (int64_t)worker * QUERIES * w->m;
    w->failed[task] =
        !ak_gemm(false, true, n, w->m, w->d, w->unit + first * w->d, w->d, w->unit, w->d, 0, score, w->m);
    for (int64_t i = 0; i < n && !w->failed[task]; i++)
        best_of(w, score + i * w->m, first + i, w->near + w->id[first + i] * w->k);
}

/* Scale the rows that have a direction to length 1; returns how many there are. */
static int64_t scale_rows(akin_cmat x, const uint8_t *has, float *unit, int32_t *id)
{
    int64_t m = 0;
    for (int64_t i = 0; i < x.rows; i++) {
        const float *row = ak_crow(x, i);
        double sum = 0;
        for (int64_t j = 0; j < x.cols; j++) sum += (double)row[j] * (double)row[j];
        if ((has && !has[i]) || !(sum > 0) || !isfinite(sum)) continue;
        for (int64_t j = 0; j < x.cols; j++) unit[m * x.cols + j] = (float)((double)row[j] / sqrt(sum));
        id[m++] = (int32_t)i;
    }
    return m;
}

akin_status akin_word_vectors_nearest(akin_cmat x, const uint8_t *has, int64_t k, int32_t *ids,
                                      akin_error *err)
{
    AK_TRY(ak_check_view(x, "word_vectors_nearest: vectors", err));
    if (!ids) return ak_fail(err, AKIN_ERR_ARGUMENT, "word_vectors_nearest: ids must not be NULL");
    if (k < 1 || k > MOST_NEAR)
        return ak_fail(err, AKIN_ERR_RANGE, "word_vectors_nearest: k is %lld; it must be between 1 and %d",
                       (long long)k, MOST_NEAR);
    if (x.rows >= INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE, "word_vectors_nearest: more than 2^31-2 rows");
    akin_status status = AKIN_OK;
    float *unit = ak_alloc(sizeof *unit, x.rows, x.cols);
    int32_t *id = ak_alloc(sizeof *id, x.rows, 1);
    search w = { unit, id, 0, x.cols, k, ids, NULL, NULL };
    if (unit && id) w.m = scale_rows(x, has, unit, id);
    const int64_t tasks = (w.m + QUERIES - 1) / QUERIES;
    w.score = ak_alloc(sizeof *w.score, (int64_t)akin_threads() * QUERIES, w.m ? w.m : 1);
    w.failed = calloc((size_t)tasks + 1, sizeof *w.failed);
    if (!unit || !id || !w.score || !w.failed) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the nearest of %lld vectors", (long long)x.rows);
        goto done;
    }
    for (int64_t i = 0; i < x.rows; i++)
        for (int64_t j = 0; j < k; j++) ids[i * k + j] = (int32_t)i;
    if (w.m >= 2) ak_parallel_tasks(tasks, search_block, &w);
    for (int64_t t = 0; t < tasks && w.m >= 2 && !status; t++)
        if (w.failed[t])
            status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to multiply %lld vectors", (long long)w.m);

done:
    free(unit);
    free(id);
    free(w.score);
    free(w.failed);
    return status;
}
