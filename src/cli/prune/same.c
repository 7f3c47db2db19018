/* SPDX-License-Identifier: Apache-2.0 */
/* cli/prune/same.c - which items of the training part are equal to an earlier one: pixels, numbers or bytes of text. */
#include "cli/prune/prune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static akin_status no_memory(akin_error *err)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory to look for equal items");
    return AKIN_ERR_NOMEM;
}

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

static akin_status same_texts(cli_prune *p, akin_error *err)
{
    const akin_texts t = akin_corpus_texts(akin_dataset_text(p->set));
    text *sorted = malloc((size_t)p->part.n * sizeof *sorted);
    if (!sorted) return no_memory(err);
    for (int64_t i = 0; i < p->part.n; i++) {
        const int32_t item = p->part.items[i];
        sorted[i] = (text){ t.bytes + t.start[item], t.start[item + 1] - t.start[item], i };
    }
    qsort(sorted, (size_t)p->part.n, sizeof *sorted, by_text);
    for (int64_t i = 1, first = 0; i < p->part.n; i++) {
        const bool equal = sorted[i].count == sorted[first].count &&
                           memcmp(sorted[i].bytes, sorted[first].bytes, (size_t)sorted[i].count) == 0;
        if (equal)
            p->same[sorted[i].item] = sorted[first].item;
        else
            first = i;
    }
    free(sorted);
    return AKIN_OK;
}

akin_status cli_prune_same(cli_prune *p, akin_error *err)
{
    akin_duplicates *list = NULL;
    const akin_duplicate *d;
    p->same = malloc((size_t)p->part.n * sizeof *p->same);
    if (!p->same) return no_memory(err);
    for (int64_t i = 0; i < p->part.n; i++) p->same[i] = i;
    if (akin_dataset_text(p->set)) return same_texts(p, err);
    int split = 0;
    while (akin_dataset_split_name(p->set, split) &&
           strcmp(akin_dataset_split_name(p->set, split), "train") != 0)
        split++;
    const akin_status status = akin_dataset_images(p->set)
                                   ? akin_image_set_duplicates(akin_dataset_images(p->set), &list, err)
                                   : akin_vectors_duplicates(akin_dataset_vectors(p->set), &list, err);
    for (int64_t i = 0; !status && (d = akin_duplicates_at(list, i)) != NULL; i++)
        if (d->split == split && d->first_split == split) p->same[d->item] = d->first;
    akin_duplicates_free(list);
    return status;
}
