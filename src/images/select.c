/* SPDX-License-Identifier: Apache-2.0 */
/* images/select.c - some items of a split: those that a keep-list names, and items that become a split of
 * their own.
 *
 * Items are moved together in place, so a subset needs no second copy of the pixels. Items of arrays are
 * named by their place in the whole array; `origin` remembers it. A set of which a split became a subset also
 * remembers the fingerprint of the whole set, and the split its number of items: what is written about them
 * describes the files on disk. */
#include "akin/tool/derive.h"
#include "akin/tool/keep_list.h"
#include "files/kept.h"
#include "images/cache.h"
#include "images/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The split of that name; AKIN_ERR_INPUT with the names there are. */
static akin_status need(akin_image_set *ds, const char *name, ak_image_split **out, akin_error *err)
{
    akin_images ignored = AKIN_IMAGES_INIT;
    AK_TRY(akin_image_set_split(ds, name, &ignored, err));
    *out = ak_image_set_find(ds, name);
    return AKIN_OK;
}

/* Places in the whole, and what the whole was. */
static bool remember(akin_image_set *ds, ak_image_split *s)
{
    if (!s->origin) {
        s->origin = ak_alloc(sizeof *s->origin, s->n, 1);
        if (!s->origin) return false;
        for (int64_t i = 0; i < s->n; i++) s->origin[i] = i;
        s->whole = s->n;
    }
    if (!ds->whole[0]) memcpy(ds->whole, ds->fingerprint, sizeof ds->whole);
    return true;
}

/* Item i becomes item `to`, to <= i. */
static void move_item(ak_image_split *s, int64_t i, int64_t to)
{
    if (to == i) return;
    if (i < s->cached)
        memcpy(s->pixels + to * ak_image_bytes(s), s->pixels + i * ak_image_bytes(s),
               (size_t)ak_image_bytes(s));
    if (s->hash) s->hash[to] = s->hash[i];
    s->origin[to] = s->origin[i];
    if (s->labels) s->labels[to] = s->labels[i];
    if (s->items) s->items[to] = s->items[i];
    if (s->place) s->place[to] = s->place[i];
}

static void select_items(ak_image_split *s, const unsigned char *kept)
{
    int64_t n = 0, in_memory = 0; /* those in memory come first, before and after */
    for (int64_t i = 0; i < s->n; i++)
        if (kept[i]) {
            in_memory += i < s->cached;
            move_item(s, i, n++);
        }
    s->n = n;
    s->cached = in_memory;
}

static int64_t count_kept(const unsigned char *kept, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += kept[i] != 0;
    return count;
}

akin_status akin_image_set_select(akin_image_set *ds, const char *split, const unsigned char *kept,
                                  akin_error *err)
{
    if (!ds || !split || !kept)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_select: ds, split and kept must not be NULL");
    ak_image_split *s = NULL;
    AK_TRY(need(ds, split, &s, err));
    if (count_kept(kept, s->n) == 0)
        return ak_fail(err, AKIN_ERR_INPUT, "nothing of the split '%s' of '%s' would be left", split,
                       ds->name);
    if (!remember(ds, s)) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a subset of '%s'", ds->name);
    select_items(s, kept);
    return ak_image_set_measure(ds, NULL, err);
}

/* By a list ---------------------------------------------------------------------------------------------- */

/* Places are names only as long as it is the same array. */
static akin_status check_same(const akin_image_set *ds, const ak_image_split *s, const akin_keep_list *keep,
                              akin_error *err)
{
    const akin_keep_list_head *h = akin_keep_list_about(keep);
    const int64_t whole = s->origin ? s->whole : s->n;
    const char *fingerprint = ds->whole[0] ? ds->whole : ds->fingerprint;
    const char *source = h->source ? h->source : "another set";
    if (s->items) return AKIN_OK;
    if (h->items > 0 && h->items != whole)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' was made for the %" PRId64 " items of split '%s' of '%.100s'; '%s' has %" PRId64,
                       akin_keep_list_path(keep), h->items, s->name, source, ds->name, whole);
    const bool same_shape = h->height == s->height && h->width == s->width && h->channels == s->channels;
    if (h->fingerprint && same_shape && strcmp(h->fingerprint, fingerprint) != 0)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' was made for '%.100s' with fingerprint %.40s; '%s' has %s: its images are others, so "
            "places in it mean nothing",
            akin_keep_list_path(keep), source, h->fingerprint, ds->name, fingerprint);
    return AKIN_OK;
}

typedef struct named {
    const akin_image_set *ds;
    const char *split;
} named;

static const char *name_of(void *ctx, int64_t i, char *buf, size_t size)
{
    const named *n = ctx;
    return akin_image_set_item_name(n->ds, n->split, i, buf, size);
}

akin_status akin_image_set_select_listed(akin_image_set *ds, const char *split, const akin_keep_list *keep,
                                         akin_error *err)
{
    if (!ds || !keep)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_select_listed: ds and keep must not be NULL");
    const akin_keep_list_head *h = akin_keep_list_about(keep);
    const char *made_for = h->split ? h->split : split ? split : "train";
    if (split && strcmp(split, made_for) != 0)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is of split '%s', not of '%s'", akin_keep_list_path(keep),
                       made_for, split);
    ak_image_split *s = NULL;
    AK_TRY(need(ds, made_for, &s, err));
    AK_TRY(check_same(ds, s, keep, err));
    named ctx = { ds, s->name };
    char what[400];
    snprintf(what, sizeof what, "split '%s' of '%s'", s->name, ds->name);
    unsigned char *kept = ak_alloc(1, s->n, 1);
    if (!kept) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a subset of '%s'", ds->name);
    akin_status status = akin_keep_list_match(keep, s->n, name_of, &ctx, what, kept, err);
    if (!status) ak_remark_kept(&ds->remarks, akin_keep_list_path(keep), kept, s->n);
    if (!status) status = akin_image_set_select(ds, s->name, kept, err);
    free(kept);
    return status;
}

akin_status akin_image_set_keep_list_save(const char *path, const akin_image_set *ds, const char *split,
                                          const unsigned char *kept, const akin_keep_list_head *user,
                                          akin_error *err)
{
    if (!path || !ds || !kept)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "image_set_keep_list_save: path, ds and kept must not be NULL");
    akin_images v = AKIN_IMAGES_INIT;
    akin_keep_list_head h = AKIN_KEEP_LIST_HEAD_INIT;
    AK_TRY(ak_opts_import(&h, user, "image_set_keep_list_save", err));
    AK_TRY(akin_image_set_split(ds, split, &v, err));
    const ak_image_split *s = ds->split;
    while (strcmp(s->name, split) != 0) s++;
    h.source = ds->name;
    h.fingerprint = ds->whole[0] ? ds->whole : ds->fingerprint;
    h.split = s->name;
    h.items = s->origin ? s->whole : s->n;
    h.height = v.height;
    h.width = v.width;
    h.channels = v.channels;
    const int64_t n = count_kept(kept, v.n);
    enum { LONGEST = 40 }; /* "train/" and a number */
    char *room = s->items ? NULL : ak_alloc(LONGEST, n + 1, 1);
    const char **names = ak_alloc(sizeof *names, n + 1, 1);
    akin_status status = names && (room || s->items)
                             ? AKIN_OK
                             : ak_fail(err, AKIN_ERR_NOMEM, "no memory for %" PRId64 " names", n);
    for (int64_t i = 0, to = 0; i < v.n && !status; i++) {
        if (!kept[i]) continue;
        names[to] =
            s->items ? s->items[i] : akin_image_set_item_name(ds, split, i, room + to * LONGEST, LONGEST);
        to++;
    }
    if (!status) status = akin_keep_list_save(path, &h, names, n, err);
    free(room);
    free(names);
    return status;
}

/* New splits --------------------------------------------------------------------------------------------- */

/* The items of s with part[i] == which, as a split of their own. */
static akin_status copy_part(const ak_image_split *s, const unsigned char *part, unsigned char which,
                             ak_image_split *to, akin_error *err)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->n; i++) n += part[i] == which;
    to->height = s->height;
    to->width = s->width;
    to->channels = s->channels;
    AK_TRY(ak_pixels_alloc(n, s->height, s->width, s->channels, &to->pixels, err));
    if (s->labels) to->labels = ak_alloc(sizeof *to->labels, n, 1);
    if (s->items) to->items = ak_alloc(sizeof *to->items, n, 1);
    to->n = to->cached = n;
    to->path = s->path;
    const bool fine = (!s->labels || to->labels) && (!s->items || to->items);
    for (int64_t i = 0, j = 0; fine && i < s->n; i++) {
        if (part[i] != which) continue;
        memcpy(to->pixels + j * ak_image_bytes(s), s->pixels + i * ak_image_bytes(s),
               (size_t)ak_image_bytes(s));
        if (s->labels) to->labels[j] = s->labels[i];
        if (s->items) to->items[j] = s->items[i];
        j++;
    }
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the split '%s'", to->name);
}

akin_status akin_image_set_divide(akin_image_set *ds, const unsigned char *part, akin_error *err)
{
    static const char *const NAMES[] = { "train", "test", "val" };
    if (!ds || !part)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_divide: ds and part must not be NULL");
    ak_image_split *s = &ds->split[0];
    AK_TRY(ak_image_set_all_cached(ds, "part", err));
    int64_t count[3] = { 0 };
    for (int64_t i = 0; i < s->n; i++) {
        if (part[i] > 2)
            return ak_fail(err, AKIN_ERR_RANGE, "image_set_divide: part %" PRId64 " is %d; it must be 0 to 2",
                           i, part[i]);
        count[part[i]]++;
    }
    if (count[0] == 0) return ak_fail(err, AKIN_ERR_INPUT, "nothing of '%s' is left to train on", ds->name);
    for (int k = 1; k < 3; k++)
        if (count[k] && ak_image_set_find(ds, NAMES[k]))
            return ak_fail(err, AKIN_ERR_INPUT, "'%s' has a split '%s' already", ds->name, NAMES[k]);
    if (!remember(ds, s)) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to part '%s'", ds->name);
    for (unsigned char k = 1; k < 3; k++) {
        if (!count[k]) continue;
        ak_image_split *to = &ds->split[ds->splits++]; /* the set frees it, also after a failure */
        *to = (ak_image_split){ .name = NAMES[k] };
        AK_TRY(copy_part(s, part, k, to, err));
    }
    unsigned char *kept = ak_alloc(1, s->n, 1);
    if (!kept) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to part '%s'", ds->name);
    for (int64_t i = 0; i < s->n; i++) kept[i] = part[i] == 0;
    select_items(s, kept);
    free(kept);
    return ak_image_set_measure(ds, NULL, err);
}
