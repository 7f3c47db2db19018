/* SPDX-License-Identifier: Apache-2.0 */
/* text/tfidf.c - bags of weighted words (tfidf.h has the formulas).
 *
 * In the bag that a trained encoder is compared with, the n-grams of a vocabulary play no part: they would
 * spell unknown words, which a bag of words does not know. The columns of words that rows of a run can have
 * beside the encoder's own do have them.
 *
 * Precision. Weights and lengths in double, rows in float.
 * Threads. Rows share nothing. Counts of words are whole numbers. */
#include "text/tfidf.h"
#include "text/vocab.h"

#include "base/base.h"
#include "base/rng.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { SPREAD = 4, GRAIN_ROWS = 32 };

static int64_t columns_of(int64_t ids) { return ids < AK_TFIDF_COLUMNS ? ids : AK_TFIDF_COLUMNS; }

int64_t ak_tfidf_width(const akin_vocab *v) { return columns_of(akin_vocab_words(v)); }

int64_t ak_tfidf_id_width(const akin_vocab *v) { return columns_of(akin_vocab_rows(v)); }

static int by_id(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The known words of an item, sorted; returns how many. */
static int64_t known_words(akin_ragged words, int64_t item, int64_t most, int32_t *to)
{
    int64_t n = 0;
    for (int64_t k = words.start[item]; k < words.start[item + 1]; k++)
        if (words.ids[k] < most) to[n++] = words.ids[k];
    qsort(to, (size_t)n, sizeof *to, by_id);
    return n;
}

/* items: NULL = 0 to n-1. */
static int64_t longest(akin_ragged words, const int32_t *items, int64_t n)
{
    int64_t most = 1;
    for (int64_t i = 0; i < n; i++) {
        const int64_t item = items ? items[i] : i, length = words.start[item + 1] - words.start[item];
        if (length > most) most = length;
    }
    return most;
}

akin_status ak_tfidf_weigh(const akin_tokens *t, const akin_vocab *v, const int32_t *items, int64_t n,
                           double *weight, akin_error *err)
{
    const akin_ragged words = akin_tokens_words(t);
    const int64_t known = akin_vocab_words(v);
    int32_t *of = ak_alloc(sizeof *of, longest(words, items, n), 1);
    if (!of) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the words of a text");
    for (int64_t w = 0; w < known; w++) weight[w] = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t count = known_words(words, items[i], known, of);
        for (int64_t k = 0; k < count; k++) weight[of[k]] += k == 0 || of[k] != of[k - 1];
    }
    for (int64_t w = 0; w < known; w++) weight[w] = log((1 + (double)n) / (1 + weight[w])) + 1;
    free(of);
    return AKIN_OK;
}

typedef struct rows_work {
    akin_ragged words;
    const int32_t *items; /* NULL = all, in order */
    const double *weight;
    int64_t known, most; /* ids that have a weight; of the longest item */
    akin_mat out;
    atomic_bool failed;
} rows_work;

/* Add x of word w, as it is or spread over columns. */
static void add_word(const rows_work *work, int32_t w, double x, float *row)
{
    if (work->known <= work->out.cols) {
        row[w] += (float)x;
        return;
    }
    ak_rng r = ak_rng_at(0, AK_RNG_TFIDF, 0, (uint64_t)w, 0);
    for (int k = 0; k < SPREAD; k++) {
        const uint32_t at = ak_rng_below(&r, 2 * (uint32_t)work->out.cols);
        row[at / 2] += (float)(at % 2 ? x : -x) / sqrtf((float)SPREAD);
    }
}

static void make_rows(int64_t begin, int64_t end, void *ctx)
{
    rows_work *w = ctx;
    int32_t *of = ak_alloc(sizeof *of, w->most, 1);
    double *x = ak_alloc(sizeof *x, w->most, 1);
    if (!of || !x) atomic_store(&w->failed, true);
    for (int64_t i = begin; i < end && of && x; i++) {
        float *row = ak_row(w->out, i);
        const int64_t count = known_words(w->words, w->items ? w->items[i] : i, w->known, of);
        double square = 0;
        int64_t different = 0;
        for (int64_t k = 0, next; k < count; k = next) {
            for (next = k; next < count && of[next] == of[k];) next++;
            x[different] = (1 + log((double)(next - k))) * w->weight[of[k]];
            square += x[different] * x[different];
            of[different++] = of[k];
        }
        memset(row, 0, (size_t)w->out.cols * sizeof *row);
        for (int64_t k = 0; k < different && square > 0; k++) add_word(w, of[k], x[k] / sqrt(square), row);
    }
    free(of);
    free(x);
}

static akin_status rows_of(rows_work *w, int64_t n, akin_error *err)
{
    w->most = longest(w->words, w->items, n);
    ak_parallel_for(n, GRAIN_ROWS, make_rows, w);
    return atomic_load(&w->failed) ? ak_fail(err, AKIN_ERR_NOMEM, "no memory for bags of words") : AKIN_OK;
}

akin_status ak_tfidf_rows(const akin_tokens *t, const akin_vocab *v, const int32_t *items, int64_t n,
                          const double *weight, akin_mat out, akin_error *err)
{
    rows_work w = { akin_tokens_words(t), items, weight, akin_vocab_words(v), 0, out, false };
    return rows_of(&w, n, err);
}

/* Ids of words and n-grams ------------------------------------------------------------------------------- */

void ak_tfidf_weigh_ids(const akin_vocab *v, double *weight)
{
    const int64_t words = akin_vocab_words(v), ids = akin_vocab_rows(v);
    double most = 1;
    for (int64_t i = 0; i < ids; i++) weight[i] = 0;
    for (int64_t w = 0; w < words; w++)
        for (int64_t k = v->row[w]; k < v->row[w + 1]; k++) weight[v->ids[k]] += (double)v->count[w];
    for (int64_t i = 0; i < ids; i++) most = fmax(most, weight[i]);
    for (int64_t i = 0; i < ids; i++) weight[i] = weight[i] > 0 ? log(most / weight[i]) + 1 : 0;
}

akin_status ak_tfidf_id_rows(akin_ragged rows, const akin_vocab *v, const double *weight, akin_mat out,
                             akin_error *err)
{
    rows_work w = { rows, NULL, weight, akin_vocab_rows(v), 0, out, false };
    return rows_of(&w, rows.rows, err);
}
