/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/keep.c - the rows of a keep-list. Names are places in train after the hold-out, so the whole set is opened
 * first, to know them and to hold its fingerprint against the list's; then it is read again and the others are left out
 * before anything is measured. */
#include "akin/tool/keep_list.h"
#include "vectors/vectors.h"

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
    if (h->items > 0 && h->items != set->whole_rows)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' was made for the %" PRId64 " rows of '%.100s'; train of '%s' has %" PRId64,
                       akin_keep_list_path(keep), h->items, source, set->name, set->whole_rows);
    if (h->fingerprint && strcmp(h->fingerprint, set->whole) != 0)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' was made for '%.100s' with fingerprint %.40s; '%s', read with these options, has %s: its "
            "rows are others, so places in it mean nothing",
            akin_keep_list_path(keep), source, h->fingerprint, set->name, set->whole);
    return AKIN_OK;
}

static akin_status look_at_whole(akin_vector_set *set, const char *path, akin_error *err)
{
    akin_vectors_opts opts = set->opts;
    akin_vector_set *whole = NULL;
    opts.keep = NULL;
    AK_TRY(akin_vectors_open(path, &opts, &whole, err));
    set->whole_rows = whole->split[0].n;
    memcpy(set->whole, whole->fingerprint, sizeof set->whole);
    akin_vectors_free(whole);
    return AKIN_OK;
}

akin_status ak_vectors_find_kept(akin_vector_set *set, const char *path, akin_error *err)
{
    akin_keep_list *keep = NULL;
    char what[400];
    AK_TRY(akin_keep_list_load(set->opts.keep, &keep, err));
    akin_status status = look_at_whole(set, path, err);
    if (!status) status = check_same(set, keep, err);
    if (!status) {
        set->kept = ak_alloc(1, set->whole_rows, 1);
        if (!set->kept) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a subset of '%s'", set->name);
    }
    snprintf(what, sizeof what, "split 'train' of '%s'", set->name);
    if (!status) status = akin_keep_list_match(keep, set->whole_rows, name_of, NULL, what, set->kept, err);
    akin_keep_list_free(keep);
    return status;
}

akin_status ak_vectors_keep(akin_vector_set *set, akin_error *err)
{
    ak_vector_split *s = &set->split[0];
    if (!set->kept) return AKIN_OK;
    if (s->n != set->whole_rows)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' changed while it was read", set->name);
    s->origin = ak_alloc(sizeof *s->origin, s->n, 1);
    if (!s->origin) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a subset of '%s'", set->name);
    int64_t to = 0;
    for (int64_t i = 0; i < s->n; i++) {
        if (!set->kept[i]) continue;
        memmove(s->x + to * set->d, s->x + i * set->d, (size_t)set->d * sizeof *s->x);
        s->source[to] = s->source[i];
        if (s->labels) s->labels[to] = s->labels[i];
        if (s->groups) s->groups[to] = s->groups[i];
        if (s->times) s->times[to] = s->times[i];
        s->origin[to++] = (int32_t)i;
    }
    s->n = to;
    return AKIN_OK;
}
