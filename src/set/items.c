/* SPDX-License-Identifier: Apache-2.0 */
/* set/items.c - single items of a data set of any kind: their text, pictures, rows without an encoder, and
 * which of them are equal. */
#include "akin/tool/dataset.h"
#include "set/kinds.h"

#include <string.h>

/* For the rows of the kinds -------------------------------------------------------------------- */

int ak_split_number(const ak_kind *kind, const void *set, const char *split)
{
    const char *name;
    for (int i = 0; (name = kind->split_name(set, i)) != NULL; i++)
        if (strcmp(name, split) == 0) return i;
    return -1;
}

void ak_mark_duplicates(const akin_duplicates *list, int split, int64_t *same)
{
    const akin_duplicate *d;
    for (int64_t i = 0; (d = akin_duplicates_at(list, i)) != NULL; i++)
        if (d->split == split && d->first_split == split) same[d->item] = d->first;
}

/* For everybody -------------------------------------------------------------------------------- */

akin_status akin_dataset_equal_items(const akin_dataset *s, const char *split, int64_t *same, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    if (!s || !split || !same)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "equal_items: set, split and same must not be NULL");
    AK_TRY(s->kind->split(s->set, split, &part, err));
    for (int64_t i = 0; i < part.n; i++) same[i] = i;
    return s->kind->duplicates(s->set, split, part.n, same, err);
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The hashes of a split, in order of value where sorted. */
static akin_status hash_items(const akin_dataset *s, const char *split, bool sorted, uint64_t **out,
                              int64_t *n, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    AK_TRY(s->kind->split(s->set, split, &part, err));
    *n = part.n;
    *out = ak_alloc(sizeof **out, part.n ? part.n : 1, 1);
    if (!*out)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to compare %lld %s", (long long)part.n, s->kind->unit);
    s->kind->hashes(s->set, ak_split_number(s->kind, s->set, split), *out);
    if (sorted) qsort(*out, (size_t)part.n, sizeof **out, by_value);
    return AKIN_OK;
}

akin_status akin_dataset_repeats(const akin_dataset *s, const char *split, const akin_dataset *of,
                                 const char *of_split, int64_t *count, akin_error *err)
{
    if (!s || !split || !of || !of_split || !count)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "repeats: sets, splits and count must not be NULL");
    uint64_t *item = NULL, *known = NULL;
    int64_t n = 0, m = 0;
    *count = 0;
    if (s->kind != of->kind) return AKIN_OK;
    akin_status status = hash_items(s, split, false, &item, &n, err);
    if (!status) status = hash_items(of, of_split, true, &known, &m, err);
    for (int64_t i = 0; i < n && !status; i++)
        *count += bsearch(&item[i], known, (size_t)m, sizeof *known, by_value) != NULL;
    free(item);
    free(known);
    return status;
}

const char *akin_dataset_item_text(const akin_dataset *s, const char *split, int64_t i, int64_t *bytes)
{
    *bytes = 0;
    return s->kind->item_text ? s->kind->item_text(s->set, split, i, bytes) : NULL;
}

bool akin_dataset_has_pictures(const akin_dataset *s) { return s->kind->pictures != NULL; }

akin_status akin_dataset_pictures(const akin_dataset *s, const char *split, akin_images *out, akin_error *err)
{
    akin_images found = AKIN_IMAGES_INIT;
    if (!s || !split) return ak_fail(err, AKIN_ERR_ARGUMENT, "pictures: set and split must not be NULL");
    if (!s->kind->pictures) return ak_fail(err, AKIN_ERR_UNSUPPORTED, "%s are no pictures", s->kind->unit);
    AK_TRY(s->kind->pictures(s->set, split, &found, err));
    return ak_result_export(out, &found, "pictures", err);
}

const char *akin_dataset_raw_name(const akin_dataset *s) { return s->kind->raw ? s->kind->raw->name : NULL; }
int64_t akin_dataset_raw_width(const akin_dataset *s)
{
    return s->kind->raw ? s->kind->raw->width(s->set) : 0;
}

bool akin_dataset_raw_on_disk(const akin_dataset *s)
{
    return s->kind->raw && s->kind->raw->on_disk && s->kind->raw->on_disk(s->set);
}

akin_status akin_dataset_raw_rows(const akin_dataset *s, const char *split, akin_mat out, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    if (!s || !split) return ak_fail(err, AKIN_ERR_ARGUMENT, "raw_rows: set and split must not be NULL");
    if (!s->kind->raw) return ak_fail(err, AKIN_ERR_UNSUPPORTED, "%s are no rows of numbers", s->kind->unit);
    AK_TRY(s->kind->split(s->set, split, &part, err));
    const int64_t width = s->kind->raw->width(s->set);
    if (!out.data || out.rows != part.n || out.cols != width || out.stride < width)
        return ak_fail(err, AKIN_ERR_SHAPE, "raw_rows: out is [%lld,%lld]; it must be [%lld,%lld]",
                       (long long)out.rows, (long long)out.cols, (long long)part.n, (long long)width);
    return s->kind->raw->read(s->set, split, out, err);
}
