/* SPDX-License-Identifier: Apache-2.0 */
/* eval/rank.c - scores as orders, and the correlation of two orders. Equal scores go by index, so that an
 * order is a function of the scores alone. */
#include "akin/tool/difficulty.h"
#include "base/base.h"

#include <math.h>

typedef struct scored {
    double value;
    int64_t item;
} scored;

static int greatest_first(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    if (x->value != y->value) return x->value > y->value ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static scored *sorted(const double *score, int64_t n, int sign)
{
    scored *s = ak_alloc(sizeof *s, n, 1);
    if (!s) return NULL;
    for (int64_t i = 0; i < n; i++) s[i] = (scored){ sign * score[i], i };
    qsort(s, (size_t)n, sizeof *s, greatest_first);
    return s;
}

akin_status akin_difficulty_order(const double *score, int64_t n, int sign, int64_t *order, akin_error *err)
{
    if (!score || !order || n < 1 || (sign != 1 && sign != -1))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "order: scores of one item at least and sign 1 or -1 are needed");
    for (int64_t i = 0; i < n; i++)
        if (isnan(score[i]))
            return ak_fail(err, AKIN_ERR_INPUT, "order: the score of item %lld (from 0) is not known",
                           (long long)i);
    scored *s = sorted(score, n, sign);
    if (!s) return ak_fail(err, AKIN_ERR_NOMEM, "order: no memory for %lld items", (long long)n);
    for (int64_t k = 0; k < n; k++) order[k] = s[k].item;
    free(s);
    return AKIN_OK;
}

/* Ranks from 0, equal values at the mean of theirs, minus the mean rank. */
static bool centred_ranks(const double *x, int64_t n, double *rank)
{
    scored *s = sorted(x, n, 1);
    for (int64_t k = 0; s && k < n;) {
        int64_t end = k;
        while (end < n && s[end].value == s[k].value) end++;
        const double mean = (double)(k + end - 1) / 2 - (double)(n - 1) / 2;
        for (; k < end; k++) rank[s[k].item] = mean;
    }
    free(s);
    return s != NULL;
}

akin_status akin_rank_correlation(const double *x, const double *y, int64_t n, double *out, akin_error *err)
{
    if (!x || !y || !out || n < 1)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "rank correlation: x, y and out must not be NULL");
    *out = NAN;
    for (int64_t i = 0; i < n; i++)
        if (isnan(x[i]) || isnan(y[i])) return AKIN_OK;
    double *rank = ak_alloc(sizeof *rank, n, 2), xx = 0, yy = 0, xy = 0;
    const bool ok = rank && centred_ranks(x, n, rank) && centred_ranks(y, n, rank + n);
    for (int64_t i = 0; ok && i < n; i++) {
        xx += rank[i] * rank[i];
        yy += rank[n + i] * rank[n + i];
        xy += rank[i] * rank[n + i];
    }
    free(rank);
    if (!ok) return ak_fail(err, AKIN_ERR_NOMEM, "rank correlation: no memory for %lld items", (long long)n);
    if (xx > 0 && yy > 0) *out = xy / sqrt(xx * yy);
    return AKIN_OK;
}
