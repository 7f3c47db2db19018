/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_fingerprint.c - the fingerprint of a set: XXH3 over all that learning can see of it. */
#include "vectors/vectors_readers.h"

#include "files/hash.h"

#include <stdio.h>
#include <string.h>

akin_status ak_vectors_hash(akin_vector_set *set, akin_error *err)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to hash the rows");
    XXH3_64bits_reset(state);
    for (int k = 0; k < set->splits; k++) {
        const ak_vector_split *s = &set->split[k];
        const int64_t shape[] = { s->n, set->d, s->labels != NULL, s->groups != NULL, s->times != NULL };
        XXH3_64bits_update(state, s->name, strlen(s->name));
        for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) ak_hash_number(state, shape[i]);
        XXH3_64bits_update(state, s->x, (size_t)s->n * (size_t)set->d * sizeof *s->x);
        if (s->groups) XXH3_64bits_update(state, s->groups, (size_t)s->n * sizeof *s->groups);
        XXH3_64bits_update(state, s->order, (size_t)s->n * sizeof *s->order);
    }
    snprintf(set->fingerprint, sizeof set->fingerprint, "%016llx",
             (unsigned long long)XXH3_64bits_digest(state));
    XXH3_freeState(state);
    return AKIN_OK;
}
