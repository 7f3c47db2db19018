/* SPDX-License-Identifier: Apache-2.0 */
/* items/copies.c - which items of the training part are equal to an earlier one: pixels, numbers or bytes
 * of text. */
#include "items/items.h"

#include "akin/tool/dataset.h"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

typedef struct text {
    const char *bytes;
    int64_t count, item;
} text;

static int by_text(const void *a, const void *b)
{
    const text *x = a, *y = b;
    const int order = memcmp(x->bytes, y->bytes, (size_t)(x->count < y->count ? x->count : y->count));
    if (order) return order;
    if (x->count != y->count) return x->count < y->count ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static akin_status no_memory(int64_t n, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory to look for copies among %lld items", (long long)n);
}

static akin_status equal_texts(const akin_dataset *set, const akin_split_view *part, int64_t *same,
                               akin_error *err)
{
    const akin_texts *t = akin_corpus_texts(akin_dataset_text(set));
    text *sorted = ak_alloc(sizeof *sorted, part->n, 1);
    if (!sorted) return no_memory(part->n, err);
    for (int64_t i = 0; i < part->n; i++) {
        const int32_t item = part->items[i];
        sorted[i] = (text){ t->bytes + t->start[item], t->start[item + 1] - t->start[item], i };
    }
    qsort(sorted, (size_t)part->n, sizeof *sorted, by_text);
    for (int64_t i = 1, first = 0; i < part->n; i++) {
        const bool equal = sorted[i].count == sorted[first].count &&
                           memcmp(sorted[i].bytes, sorted[first].bytes, (size_t)sorted[i].count) == 0;
        if (equal)
            same[sorted[i].item] = sorted[first].item;
        else
            first = i;
    }
    free(sorted);
    return AKIN_OK;
}

akin_status ak_items_equal(const akin_dataset *set, const akin_split_view *part, int64_t *same,
                           akin_error *err)
{
    akin_duplicates *list = NULL;
    const akin_duplicate *d;
    for (int64_t i = 0; i < part->n; i++) same[i] = i;
    if (akin_dataset_text(set)) return equal_texts(set, part, same, err);
    int split = 0;
    while (akin_dataset_split_name(set, split) && strcmp(akin_dataset_split_name(set, split), "train") != 0)
        split++;
    const akin_status status = akin_dataset_images(set)
                                   ? akin_image_set_duplicates(akin_dataset_images(set), &list, err)
                                   : akin_vectors_duplicates(akin_dataset_vectors(set), &list, err);
    for (int64_t i = 0; !status && (d = akin_duplicates_at(list, i)) != NULL; i++)
        if (d->split == split && d->first_split == split) same[d->item] = d->first;
    akin_duplicates_free(list);
    return status;
}
