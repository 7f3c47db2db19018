/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_fingerprint.c - the fingerprint of a set: XXH3 over all that learning can see of it. */
#include "vectors/vectors_readers.h"

#include "files/hash.h"

#include <stdio.h>
#include <string.h>

typedef struct hashing {
    XXH3_state_t *state;
    uint64_t *hash; /* of each row, where they stay on disk */
    int64_t d;
} hashing;

static akin_status hash_rows(const float *x, int64_t first, int64_t n, void *ctx, akin_error *err)
{
    const hashing *h = ctx;
    (void)err;
    XXH3_64bits_update(h->state, x, (size_t)n * (size_t)h->d * sizeof *x);
    for (int64_t i = 0; h->hash && i < n; i++)
        h->hash[first + i] = XXH3_64bits(x + i * h->d, (size_t)h->d * sizeof *x);
    return AKIN_OK;
}

static akin_status hash_split(const akin_vector_set *set, ak_vector_split *s, XXH3_state_t *state,
                              akin_error *err)
{
    uint64_t *hash = s->file ? ak_alloc(sizeof *hash, s->n, 1) : NULL;
    if (s->file && !hash) return ak_no_memory(err, "to hash the rows");
    const akin_status status = ak_vectors_walk(set, s, hash_rows, &(hashing){ state, hash, set->d }, err);
    s->hash = hash;
    return status;
}

akin_status ak_vectors_hash(akin_vector_set *set, akin_error *err)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to hash the rows");
    XXH3_64bits_reset(state);
    akin_status status = AKIN_OK;
    for (int k = 0; k < set->splits && !status; k++) {
        ak_vector_split *s = &set->split[k];
        const int64_t shape[] = { s->n, set->d, s->labels != NULL, s->groups != NULL, s->times != NULL };
        XXH3_64bits_update(state, s->name, strlen(s->name));
        for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) ak_hash_number(state, shape[i]);
        status = hash_split(set, s, state, err);
        if (s->groups) XXH3_64bits_update(state, s->groups, (size_t)s->n * sizeof *s->groups);
        XXH3_64bits_update(state, s->order, (size_t)s->n * sizeof *s->order);
        if (s->values)
            XXH3_64bits_update(state, s->values, (size_t)(s->n * set->value_count) * sizeof *s->values);
    }
    snprintf(set->fingerprint, sizeof set->fingerprint, "%016llx",
             (unsigned long long)XXH3_64bits_digest(state));
    XXH3_freeState(state);
    return status;
}
