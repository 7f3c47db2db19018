/* SPDX-License-Identifier: Apache-2.0 */
/* eval/pair_scores.c - similarities of pairs of rows beside given scores (akin/tool/retrieval.h).
 *
 * Precision. Similarities in double, rounded to float, so that those that are equal but for rounding have one
 * rank; correlations in double.
 * The orders of both columns are found once. Of a resample, ranks come from how often each pair was drawn, in
 * one pass along the order, so that no resample is sorted. */
#include "akin/tool/retrieval.h"

#include "eval/eval.h"
#include "eval/resample.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KINDS = 4 };

typedef struct sorted {
    double value;
    int64_t pair;
} sorted;

static int by_value(const void *a, const void *b)
{
    const sorted *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

typedef struct column {
    double *value, *rank; /* [n] */
    sorted *order;        /* [n] */
} column;

static akin_status open_column(column *c, int64_t n, akin_error *err)
{
    c->value = ak_alloc(sizeof *c->value, n, 1);
    c->rank = ak_alloc(sizeof *c->rank, n, 1);
    c->order = ak_alloc(sizeof *c->order, n, 1);
    return c->value && c->rank && c->order ? AKIN_OK : ak_no_memory(err, "for %lld pairs", (long long)n);
}

static void free_column(column *c)
{
    free(c->value);
    free(c->rank);
    free(c->order);
}

static void sort_column(column *c, int64_t n)
{
    for (int64_t i = 0; i < n; i++) c->order[i] = (sorted){ c->value[i], i };
    qsort(c->order, (size_t)n, sizeof *c->order, by_value);
}

/* Ranks among pairs of which i comes count[i] times: those of equal value at their mean. */
static void ranks(column *c, const int32_t *count, int64_t n)
{
    int64_t before = 0;
    for (int64_t first = 0, end = 0; first < n; first = end) {
        int64_t drawn = 0;
        for (end = first; end < n && c->order[end].value == c->order[first].value; end++)
            drawn += count[c->order[end].pair];
        for (int64_t i = first; i < end; i++)
            c->rank[c->order[i].pair] = (double)before + 0.5 * (double)(drawn - 1);
        before += drawn;
    }
}

/* [Pearson1895] of pairs that come count[i] times. */
static double correlation(const double *x, const double *y, const int32_t *count, int64_t n)
{
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0, all = 0;
    for (int64_t i = 0; i < n; i++) {
        mean_x += count[i] * x[i];
        mean_y += count[i] * y[i];
        all += count[i];
    }
    mean_x /= all;
    mean_y /= all;
    for (int64_t i = 0; i < n; i++) {
        const double a = x[i] - mean_x, b = y[i] - mean_y;
        xx += count[i] * a * a;
        yy += count[i] * b * b;
        xy += count[i] * a * b;
    }
    return xx > 0 && yy > 0 ? fmax(-1, fmin(1, xy / sqrt(xx * yy))) : NAN;
}

static double similarity(const float *a, const float *b, int64_t d, int kind)
{
    double dot = 0, aa = 0, bb = 0, square = 0, absolute = 0;
    for (int64_t c = 0; c < d; c++) {
        const double x = a[c], y = b[c], e = x - y;
        dot += x * y;
        aa += x * x;
        bb += y * y;
        square += e * e;
        absolute += fabs(e);
    }
    switch (kind) {
    case AKIN_BY_DOT: return dot;
    case AKIN_BY_EUCLIDEAN: return -sqrt(square);
    case AKIN_BY_MANHATTAN: return -absolute;
    default: return aa > 0 && bb > 0 ? dot / (sqrt(aa) * sqrt(bb)) : 0;
    }
}

/* Both correlations of one kind, and what they are of other pairs. draws: [2, AK_RESAMPLES] */
static void correlate(column *x, column *score, int32_t *count, double *draws, int64_t n, uint64_t seed,
                      akin_measure *spearman, akin_measure *pearson)
{
    sort_column(x, n);
    for (int64_t i = 0; i < n; i++) count[i] = 1;
    ranks(x, count, n);
    ranks(score, count, n);
    spearman->value = correlation(x->rank, score->rank, count, n);
    pearson->value = correlation(x->value, score->value, count, n);
    spearman->ci95[0] = spearman->ci95[1] = pearson->ci95[0] = pearson->ci95[1] = NAN;
    if (isnan(spearman->value)) return;
    for (int r = 0; r < AK_RESAMPLES; r++) {
        ak_resample(seed, r, n, count);
        ranks(x, count, n);
        ranks(score, count, n);
        draws[r] = correlation(x->rank, score->rank, count, n);
        draws[AK_RESAMPLES + r] = correlation(x->value, score->value, count, n);
    }
    ak_percentiles95(draws, spearman->ci95);
    ak_percentiles95(draws + AK_RESAMPLES, pearson->ci95);
}

static akin_status check(akin_cmat a, akin_cmat b, const double *score, akin_error *err)
{
    AK_TRY(ak_check_view(a, "similarity: a", err));
    AK_TRY(ak_check_view(b, "similarity: b", err));
    if (a.rows != b.rows || a.cols != b.cols || a.rows < 1 || a.rows > INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "similarity: a is [%" PRId64 ", %" PRId64 "], b is [%" PRId64 ", %" PRId64
                       "]; both must be of one shape",
                       a.rows, a.cols, b.rows, b.cols);
    for (int64_t i = 0; i < a.rows; i++)
        if (!isfinite(score[i]))
            return ak_fail(err, AKIN_ERR_INPUT,
                           "similarity: the score of pair %" PRId64 " (from 0) is not finite", i);
    return AKIN_OK;
}

static akin_status count_zeros(akin_cmat x, const char *who, double *norm, int64_t *zeros, akin_error *err)
{
    AK_TRY(ak_eval_norms(x, norm, who, err)); /* all is finite, too */
    for (int64_t i = 0; i < x.rows; i++) *zeros += !(norm[i] > 0);
    return AKIN_OK;
}

akin_status akin_pair_scores_of(akin_cmat a, akin_cmat b, const double *score, uint64_t seed,
                                akin_pair_scores *out, akin_error *err)
{
    static const char *const names[KINDS] = { "cosine", "dot", "euclidean", "manhattan" };
    const double began = ak_now_s();
    akin_pair_scores r = AKIN_PAIR_SCORES_INIT;
    column x = { NULL, NULL, NULL }, given = x;
    AK_GIVEN(score, err);
    AK_TRY(check(a, b, score, err));
    int32_t *count = ak_alloc(sizeof *count, a.rows, 1);
    double *draws = ak_alloc(sizeof *draws, 2, AK_RESAMPLES);
    akin_status status = count && draws ? AKIN_OK : ak_no_memory(err, "for %lld pairs", (long long)a.rows);
    if (!status) status = open_column(&x, a.rows, err);
    if (!status) status = open_column(&given, a.rows, err);
    if (!status) status = count_zeros(a, "similarity: a", x.value, &r.zero_rows, err);
    if (!status) status = count_zeros(b, "similarity: b", x.value, &r.zero_rows, err);
    if (!status) memcpy(given.value, score, (size_t)a.rows * sizeof *score);
    if (!status) sort_column(&given, a.rows);
    for (int k = 0; !status && k < KINDS; k++) {
        for (int64_t i = 0; i < a.rows; i++)
            x.value[i] = (float)similarity(ak_crow(a, i), ak_crow(b, i), a.cols, k);
        snprintf(r.spearman[k].name, sizeof r.spearman[k].name, "spearman-%s", names[k]);
        snprintf(r.pearson[k].name, sizeof r.pearson[k].name, "pearson-%s", names[k]);
        correlate(&x, &given, count, draws, a.rows, seed, &r.spearman[k], &r.pearson[k]);
    }
    r.protocol = "similarity-v1";
    r.pairs = a.rows;
    r.seconds = ak_now_s() - began;
    free_column(&x);
    free_column(&given);
    free(count);
    free(draws);
    return status ? status : ak_result_export(out, &r, "similarity", err);
}
