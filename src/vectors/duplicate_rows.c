/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/duplicate_rows.c - rows that equal an earlier one. Rows hold no NaN and no -0, so equal bytes are
 * equal values. */
#include "vectors/vector_set.h"

#include "files/duplicates.h"

#include <string.h>
#include <xxhash.h>

/* In memory. */
static const float *row_at(const akin_vector_set *set, ak_place at)
{
    return set->split[at.split].x + at.item * set->d;
}

static uint64_t hash_row(ak_place at, const void *ctx)
{
    const akin_vector_set *set = ctx;
    if (set->split[at.split].hash) return set->split[at.split].hash[at.item];
    return XXH3_64bits(row_at(set, at), (size_t)set->d * sizeof(float));
}

void ak_vectors_row_hashes(const akin_vector_set *set, int split, uint64_t *out)
{
    for (int64_t i = 0; i < set->split[split].n; i++) out[i] = hash_row((ak_place){ split, i }, set);
}

static akin_status equal_on_disk(const akin_vector_set *set, ak_place a, ak_place b, bool *same,
                                 akin_error *err)
{
    float *x = ak_alloc(sizeof *x, 2, set->d);
    akin_status status = x ? AKIN_OK : ak_no_memory(err, "to compare rows");
    if (!status) status = ak_vectors_read_row(set, &set->split[a.split], a.item, x, err);
    if (!status) status = ak_vectors_read_row(set, &set->split[b.split], b.item, x + set->d, err);
    *same = !status && memcmp(x, x + set->d, (size_t)set->d * sizeof *x) == 0;
    free(x);
    return status;
}

static akin_status equal_rows(ak_place a, ak_place b, bool *same, const void *ctx, akin_error *err)
{
    const akin_vector_set *set = ctx;
    if (set->split[a.split].file || set->split[b.split].file) return equal_on_disk(set, a, b, same, err);
    *same = memcmp(row_at(set, a), row_at(set, b), (size_t)set->d * sizeof(float)) == 0;
    return AKIN_OK;
}

akin_status akin_vectors_duplicates(const akin_vector_set *set, akin_duplicates **out, akin_error *err)
{
    if (!set || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "vectors_duplicates: set and out must not be NULL");
    int64_t n[AK_VECTOR_SPLITS];
    for (int k = 0; k < set->splits; k++) n[k] = set->split[k].n;
    const ak_duplicate_items items = { set->splits, n, hash_row, equal_rows, set, "rows" };
    return ak_find_duplicates(&items, out, err);
}
