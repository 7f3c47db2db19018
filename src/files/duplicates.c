/* SPDX-License-Identifier: Apache-2.0 */
/* files/duplicates.c - which items of a set equal an earlier one: hash all, sort by hash, and compare those
 * of one hash with the earliest of them. */
#include "files/duplicates.h"

struct akin_duplicates {
    akin_duplicate *row;
    int64_t n;
};

int64_t akin_duplicates_count(const akin_duplicates *list) { return list->n; }

const akin_duplicate *akin_duplicates_at(const akin_duplicates *list, int64_t i)
{
    return i >= 0 && i < list->n ? &list->row[i] : NULL;
}

void akin_duplicates_free(akin_duplicates *list)
{
    if (!list) return;
    free(list->row);
    free(list);
}

typedef struct hashed {
    uint64_t hash;
    int64_t at; /* over all splits, in their order */
} hashed;

typedef struct hash_job {
    const ak_duplicate_items *items;
    hashed *list;
} hash_job;

static ak_place place_at(const ak_duplicate_items *items, int64_t at)
{
    int k = 0;
    for (; at >= items->n[k]; k++) at -= items->n[k];
    return (ak_place){ k, at };
}

static void hash_items(int64_t begin, int64_t end, void *ctx)
{
    const hash_job *job = ctx;
    for (int64_t at = begin; at < end; at++)
        job->list[at] = (hashed){ job->items->hash(place_at(job->items, at), job->items->ctx), at };
}

static int by_hash(const void *a, const void *b)
{
    const hashed *x = a, *y = b;
    const int order = (x->hash > y->hash) - (x->hash < y->hash);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int by_item(const void *a, const void *b)
{
    const akin_duplicate *x = a, *y = b;
    if (x->split != y->split) return x->split - y->split;
    return (x->item > y->item) - (x->item < y->item);
}

/* Of each run of one hash, the items that equal its first. */
static akin_status compare(const ak_duplicate_items *items, const hashed *list, int64_t total,
                           akin_duplicates *out, akin_error *err)
{
    for (int64_t first = 0, i = 1; i < total; i++) {
        if (list[first].hash != list[i].hash) {
            first = i;
            continue;
        }
        const ak_place a = place_at(items, list[first].at), b = place_at(items, list[i].at);
        bool same = false;
        AK_TRY(items->equal(a, b, &same, items->ctx, err));
        if (same) out->row[out->n++] = (akin_duplicate){ b.split, a.split, b.item, a.item };
    }
    return AKIN_OK;
}

akin_status ak_find_duplicates(const ak_duplicate_items *items, akin_duplicates **out, akin_error *err)
{
    int64_t total = 0;
    for (int k = 0; k < items->splits; k++) total += items->n[k];
    hash_job job = { items, ak_alloc(sizeof *job.list, total, 1) };
    akin_duplicates *found = calloc(1, sizeof *found);
    if (found) found->row = ak_alloc(sizeof *found->row, total, 1);
    akin_status status = AKIN_OK;
    if (!job.list || !found || !found->row)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to compare %lld %s", (long long)total, items->unit);
    if (!status) {
        ak_parallel_for(total, 64, hash_items, &job);
        qsort(job.list, (size_t)total, sizeof *job.list, by_hash);
        status = compare(items, job.list, total, found, err);
    }
    free(job.list);
    if (status) {
        akin_duplicates_free(found);
        return status;
    }
    if (found->n) qsort(found->row, (size_t)found->n, sizeof *found->row, by_item);
    *out = found;
    return AKIN_OK;
}
