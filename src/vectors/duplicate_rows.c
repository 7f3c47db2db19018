/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/duplicate_rows.c - rows that equal an earlier one: sorted by a hash of 128 bits, then compared byte by byte.
 * Rows hold no NaN and no -0, so equal bytes are equal values. */
#include "vectors/vector_set.h"

#include <string.h>
#include <xxhash.h>

typedef struct hashed {
    XXH128_hash_t hash;
    int64_t at; /* over all splits, in their order */
} hashed;

typedef struct hash_job {
    const akin_vector_set *set;
    hashed *list;
} hash_job;

static const float *row_at(const akin_vector_set *set, int64_t at, int *split, int64_t *item)
{
    int k = 0;
    for (; at >= set->split[k].n; k++) at -= set->split[k].n;
    *split = k;
    *item = at;
    return set->split[k].x + at * set->d;
}

static void hash_rows(int64_t begin, int64_t end, void *ctx)
{
    const hash_job *job = ctx;
    int split;
    int64_t item;
    for (int64_t at = begin; at < end; at++) {
        const float *row = row_at(job->set, at, &split, &item);
        job->list[at].hash = XXH3_128bits(row, (size_t)job->set->d * sizeof *row);
        job->list[at].at = at;
    }
}

static int by_hash(const void *a, const void *b)
{
    const hashed *x = a, *y = b;
    const int order = XXH128_cmp(&x->hash, &y->hash);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int by_item(const void *a, const void *b)
{
    const akin_duplicate *x = a, *y = b;
    if (x->split != y->split) return x->split - y->split;
    return (x->item > y->item) - (x->item < y->item);
}

akin_status akin_vectors_duplicates(const akin_vector_set *set, akin_duplicate **list, int64_t *count,
                                    akin_error *err)
{
    if (!set || !list || !count)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors_duplicates: set, list and count must not be NULL");
    int64_t total = 0, found = 0;
    for (int k = 0; k < set->splits; k++) total += set->split[k].n;
    hash_job job = { set, ak_alloc(sizeof *job.list, total, 1) };
    akin_duplicate *out = ak_alloc(sizeof *out, total, 1);
    if (!job.list || !out) {
        free(job.list);
        free(out);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to compare %lld rows", (long long)total);
    }
    ak_parallel_for(total, 64, hash_rows, &job);
    qsort(job.list, (size_t)total, sizeof *job.list, by_hash);
    for (int64_t first = 0, i = 1; i < total; i++) {
        if (!XXH128_isEqual(job.list[first].hash, job.list[i].hash)) {
            first = i;
            continue;
        }
        akin_duplicate d;
        const float *a = row_at(set, job.list[first].at, &d.first_split, &d.first);
        const float *b = row_at(set, job.list[i].at, &d.split, &d.item);
        if (memcmp(a, b, (size_t)set->d * sizeof *a) == 0) out[found++] = d;
    }
    qsort(out, (size_t)found, sizeof *out, by_item);
    free(job.list);
    *list = out;
    *count = found;
    return AKIN_OK;
}
