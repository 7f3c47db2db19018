/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/select_rows.c - only the rows of a keep-list stay in train. A list names rows by their places in
 * train after the hold-out. So the full set is opened first, to know these places and to compare its
 * fingerprint with the list's. Then the files are read again, and the other rows are left out before
 * anything is measured. */
#include "akin/tool/keep_list.h"
#include "files/kept.h"
#include "vectors/vectors_readers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *name_of(void *ctx, int64_t i, char *buf, size_t size)
{
    (void)ctx;
    snprintf(buf, size, "train/%" PRId64, i);
    return buf;
}

static akin_status check_same(const akin_vector_set *set, const akin_keep_list *keep, akin_error *err)
{
    const akin_keep_list_head *h = akin_keep_list_about(keep);
    const char *source = h->source ? h->source : "another set";
    if (h->split && strcmp(h->split, "train") != 0)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is of split '%s', not of 'train'",
                       akin_keep_list_path(keep), h->split);
    if (h->items > 0 && h->items != set->full_rows)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' was made for the %" PRId64 " rows of '%.100s'; train of '%s' has %" PRId64,
                       akin_keep_list_path(keep), h->items, source, set->name, set->full_rows);
    if (h->fingerprint && strcmp(h->fingerprint, set->full) != 0)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' was made for '%.100s' with fingerprint %.40s; '%s', read with these options, has %s: its "
            "rows are others, so places in it mean nothing",
            akin_keep_list_path(keep), source, h->fingerprint, set->name, set->full);
    return AKIN_OK;
}

akin_status ak_vectors_find_kept(akin_vector_set *set, const akin_vector_set *full, akin_error *err)
{
    akin_keep_list *keep = NULL;
    char what[400];
    AK_TRY(akin_keep_list_load(set->opts.keep, &keep, err));
    set->full_rows = full->split[0].n;
    memcpy(set->full, full->fingerprint, sizeof set->full);
    akin_status status = check_same(set, keep, err);
    if (!status) {
        set->kept = ak_alloc(1, set->full_rows, 1);
        if (!set->kept) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a subset of '%s'", set->name);
    }
    snprintf(what, sizeof what, "split 'train' of '%s'", set->name);
    if (!status) status = akin_keep_list_match(keep, set->full_rows, name_of, NULL, what, set->kept, err);
    if (!status) ak_remark_kept(&set->remarks, set->opts.keep, set->kept, set->full_rows);
    akin_keep_list_free(keep);
    return status;
}

akin_status ak_vectors_select(akin_vector_set *set, akin_error *err)
{
    ak_vector_split *s = &set->split[0];
    if (!set->kept) return AKIN_OK;
    if (s->n != set->full_rows)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' changed while it was read", set->name);
    s->origin = ak_alloc(sizeof *s->origin, s->n, 1);
    if (!s->origin) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a subset of '%s'", set->name);
    int64_t to = 0;
    for (int64_t i = 0; i < s->n; i++) {
        if (!set->kept[i]) continue;
        if (s->x) memmove(s->x + to * set->d, s->x + i * set->d, (size_t)set->d * sizeof *s->x);
        s->source[to] = s->source[i];
        if (s->labels) s->labels[to] = s->labels[i];
        if (s->groups) s->groups[to] = s->groups[i];
        if (s->times) s->times[to] = s->times[i];
        const int64_t values = set->value_count;
        if (s->values)
            memmove(s->values + to * values, s->values + i * values, (size_t)values * sizeof *s->values);
        s->origin[to++] = (int32_t)i;
    }
    s->n = to;
    return AKIN_OK;
}
