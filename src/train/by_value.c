/* SPDX-License-Identifier: Apache-2.0 */
/* train/by_value.c - the nearest item by its values, in a k-d tree  [Bentley1975].
 *
 * The tree is an order of the items: the middle of a range is its node, the halves on both sides are its
 * subtrees, and each node knows the value by which its range was halved, the one that spreads widest. Items
 * that are equally near are ranked by a hash of their number and a word that is drawn: so the tree, which is
 * built by sorting, decides nothing. */
#include "train/by_value.h"

#include <math.h>

struct ak_by_value {
    int64_t n, count;
    double *value;   /* [n,count], in deviations */
    int32_t *item;   /* [n]: the tree */
    uint8_t *halved; /* [n]: the value by which the range of a node was halved */
};

/* Building ---------------------------------------------------------------------------------------------- */

typedef struct key {
    double value;
    int32_t item;
} key;

static int by_key(const void *a, const void *b)
{
    const key *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

void ak_in_deviations(const double *values, int64_t n, int64_t count, double *to)
{
    for (int64_t k = 0; k < count; k++) {
        double mean = 0, var = 0;
        for (int64_t i = 0; i < n; i++) mean += values[i * count + k] / (double)n;
        for (int64_t i = 0; i < n; i++) {
            const double gap = values[i * count + k] - mean;
            var += gap * gap / (double)n;
        }
        const double deviation = var > 0 ? sqrt(var) : 1;
        for (int64_t i = 0; i < n; i++) to[i * count + k] = (values[i * count + k] - mean) / deviation;
    }
}

static int64_t widest(const ak_by_value *v, int64_t begin, int64_t end)
{
    int64_t best = 0;
    double most = -1;
    for (int64_t k = 0; k < v->count; k++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = begin; i < end; i++) {
            const double x = v->value[v->item[i] * v->count + k];
            low = x < low ? x : low;
            high = x > high ? x : high;
        }
        if (high - low > most) {
            most = high - low;
            best = k;
        }
    }
    return best;
}

static void build(ak_by_value *v, key *room, int64_t begin, int64_t end)
{
    if (end - begin < 2) return;
    const int64_t k = widest(v, begin, end), middle = begin + (end - begin) / 2;
    for (int64_t i = begin; i < end; i++) room[i] = (key){ v->value[v->item[i] * v->count + k], v->item[i] };
    qsort(room + begin, (size_t)(end - begin), sizeof *room, by_key);
    for (int64_t i = begin; i < end; i++) v->item[i] = room[i].item;
    v->halved[middle] = (uint8_t)k;
    build(v, room, begin, middle);
    build(v, room, middle + 1, end);
}

akin_status ak_by_value_create(const double *values, int64_t n, int64_t count, ak_by_value **out,
                               akin_error *err)
{
    if (!values)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "the data has no values to take positives from: --value-column names columns of a table, "
            "NAME-values.npy stands beside an array");
    if (count < 1 || count > AK_BY_VALUE_MOST)
        return ak_fail(err, AKIN_ERR_INPUT, "an item has %lld values; 1 to %d are possible", (long long)count,
                       AK_BY_VALUE_MOST);
    ak_by_value *v = calloc(1, sizeof *v);
    key *room = ak_alloc(sizeof *room, n, 1);
    if (v) *v = (ak_by_value){ .n = n, .count = count };
    if (v) v->value = ak_alloc(sizeof *v->value, n, count);
    if (v) v->item = ak_alloc(sizeof *v->item, n, 1);
    if (v) v->halved = ak_alloc(1, n, 1);
    const bool fine = v && room && v->value && v->item && v->halved;
    if (fine) {
        ak_in_deviations(values, n, count, v->value);
        for (int64_t i = 0; i < n; i++) v->item[i] = (int32_t)i;
        build(v, room, 0, n);
        *out = v;
    } else {
        ak_by_value_free(v);
    }
    free(room);
    return fine ? AKIN_OK : ak_no_memory(err, "to find the nearest of %lld items", (long long)n);
}

void ak_by_value_free(ak_by_value *v)
{
    if (!v) return;
    free(v->value);
    free(v->item);
    free(v->halved);
    free(v);
}

/* Asking ------------------------------------------------------------------------------------------------ */

typedef struct search {
    const ak_by_value *v;
    double query[AK_BY_VALUE_MOST];
    uint32_t word, rank; /* drawn; of the best so far */
    int32_t but, best;
    double distance; /* squared */
} search;

/* A permutation of 32 bits, other for each word. */
static uint32_t rank_of(uint32_t item, uint32_t word)
{
    uint32_t x = item ^ word;
    x = (x ^ x >> 16) * 0x7feb352du;
    x = (x ^ x >> 15) * 0x846ca68bu;
    return x ^ x >> 16;
}

static void try(search *s, int32_t item)
{
    const double *x = s->v->value + item * s->v->count;
    double distance = 0;
    if (item == s->but) return;
    for (int64_t k = 0; k < s->v->count; k++) distance += (x[k] - s->query[k]) * (x[k] - s->query[k]);
    const uint32_t rank = rank_of((uint32_t)item, s->word);
    if (distance > s->distance || (distance == s->distance && rank > s->rank)) return;
    s->distance = distance;
    s->rank = rank;
    s->best = item;
}

static void visit(search *s, int64_t begin, int64_t end)
{
    if (begin >= end) return;
    const int64_t middle = begin + (end - begin) / 2;
    const int32_t item = s->v->item[middle];
    try(s, item);
    const int64_t k = s->v->halved[middle];
    const double gap = s->query[k] - s->v->value[item * s->v->count + k];
    if (gap < 0)
        visit(s, begin, middle);
    else
        visit(s, middle + 1, end);
    if (gap * gap > s->distance) return;
    if (gap < 0)
        visit(s, middle + 1, end);
    else
        visit(s, begin, middle);
}

int32_t ak_by_value_draw(const ak_by_value *v, ak_rng *r, int32_t item, double sigma)
{
    search s = { .v = v, .rank = UINT32_MAX, .but = item, .best = item, .distance = INFINITY };
    for (int64_t k = 0; k < v->count; k++)
        s.query[k] = v->value[item * v->count + k] + sigma * ak_rng_normal(r);
    s.word = ak_rng_u32(r);
    visit(&s, 0, v->n);
    return s.best;
}
