/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_arrays.c - after the hold-out: the items of each split, the tuples as arrays, and the
 * fingerprint. */
#include "text/corpus.h"
#include "text/corpus_readers.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static akin_status make_splits(akin_corpus *c, akin_error *err)
{
    int64_t at = 0;
    for (int s = 0; s < 3; s++) {
        const int64_t first = at;
        for (int64_t i = 0; i < c->n; i++)
            if (c->item[i].split == s) c->members[at++] = (int32_t)i;
        if (at == first && s == 0)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no text in its split train", c->path);
        if (at == first) continue;
        c->split_id[c->splits] = s;
        c->member_start[c->splits++] = first;
    }
    c->member_start[c->splits] = at;
    return AKIN_OK;
}

static akin_status spread_tuples(akin_corpus *c, akin_error *err)
{
    const size_t n = (size_t)c->tuples;
    c->anchor = malloc((n + 1) * sizeof *c->anchor);
    c->positive = malloc((n + 1) * sizeof *c->positive);
    c->negative_start = malloc((n + 1) * sizeof *c->negative_start);
    if (!c->anchor || !c->positive || !c->negative_start)
        return ak_no_memory(err, "to arrange the %lld texts of '%s'", (long long)c->n, c->path);
    c->negative_start[0] = 0;
    for (size_t t = 0; t < n; t++) {
        c->anchor[t] = c->tuple[t].anchor;
        c->positive[t] = c->tuple[t].positive;
        c->negative_start[t + 1] = c->tuple[t].negatives;
    }
    return AKIN_OK;
}

akin_status ak_corpus_arrange(akin_corpus *c, akin_error *err)
{
    AK_TRY(make_splits(c, err));
    AK_TRY(spread_tuples(c, err));
    c->texts = (akin_texts){ sizeof c->texts, c->bytes, c->start, c->n };
    c->who = (akin_text_groups){ .group = c->groups ? c->group : NULL,
                                 .label = c->classes ? c->label : NULL,
                                 .position = c->position,
                                 .groups = c->groups,
                                 .classes = c->classes };
    c->rows = (akin_text_tuples){ .anchor = c->anchor,
                                  .positive = c->positive,
                                  .negative = c->negative,
                                  .negative_start = c->negative_start,
                                  .n = c->tuples };
    return AKIN_OK;
}

static void hash(XXH3_state_t *x, const void *data, int64_t n, size_t item)
{
    XXH3_64bits_update(x, &n, sizeof n);
    if (n > 0) XXH3_64bits_update(x, data, (size_t)n * item);
}

akin_status ak_corpus_hash(akin_corpus *c, akin_error *err)
{
    XXH3_state_t *x = XXH3_createState();
    if (!x) return ak_no_memory(err, "to arrange the %lld texts of '%s'", (long long)c->n, c->path);
    XXH3_64bits_reset(x);
    hash(x, c->bytes, c->used, 1);
    hash(x, c->start, c->n + 1, sizeof *c->start);
    hash(x, c->group, c->n, sizeof *c->group);
    hash(x, c->label, c->n, sizeof *c->label);
    hash(x, c->position, c->n, sizeof *c->position);
    hash(x, c->members, c->n, sizeof *c->members);
    hash(x, c->split_id, c->splits, sizeof *c->split_id);
    hash(x, c->member_start, c->splits + 1, sizeof *c->member_start);
    hash(x, c->anchor, c->tuples, sizeof *c->anchor);
    hash(x, c->positive, c->tuples, sizeof *c->positive);
    hash(x, c->negative_start, c->tuples + 1, sizeof *c->negative_start);
    hash(x, c->negative, c->negatives, sizeof *c->negative);
    for (int64_t k = 0; k < c->classes; k++) {
        const char *name = akin_corpus_class_name(c, k);
        hash(x, name, (int64_t)strlen(name), 1);
    }
    snprintf(c->fingerprint, sizeof c->fingerprint, "%016llx", (unsigned long long)XXH3_64bits_digest(x));
    XXH3_freeState(x);
    return AKIN_OK;
}
