/* SPDX-License-Identifier: Apache-2.0 */
/* text/text_batch.c - rows of word and n-gram ids for an encoder, made for every batch. */
#include "text/tokens.h"
#include "views/text_views.h"

int64_t akin_text_row_limit(const akin_tokens *t, const akin_near_words *near)
{
    if (!near) return t->most_ids; /* without replacement a view holds no more ids than the item */
    return t->most_words * t->longest;
}

typedef struct batch {
    const akin_tokens *t;
    const akin_text_view_opts *views; /* NULL: no view */
    const akin_near_words *near;      /* or NULL */
    const int32_t *items;
    const akin_view_name *name;
    int32_t *ids;
    int64_t *start;
} batch;

/* The word ids of row r: those of the item, borrowed, or a view of them in room. */
static const int32_t *row_words(const batch *w, int64_t r, int32_t *room, int64_t *n)
{
    const int64_t item = w->items ? w->items[r] : r;
    const int32_t *words = w->t->ids + w->t->start[item];
    *n = w->t->start[item + 1] - w->t->start[item];
    if (!w->views) return words;
    akin_view_name name = *w->name;
    name.item = (uint64_t)item;
    *n = ak_text_view(w->views, w->near, words, *n, &name, room);
    return room;
}

/* Views are drawn twice, here and in fill_rows(): that is cheaper than to store them, and needs no memory. */
static void count_rows(int64_t begin, int64_t end, void *ctx)
{
    const batch *w = ctx;
    int32_t room[AKIN_TEXT_WORDS];
    int64_t words, n;
    for (int64_t r = begin; r < end; r++) {
        const int32_t *id = row_words(w, r, room, &words);
        int64_t sum = 0;
        for (int64_t k = 0; k < words; k++) {
            ak_tokens_spell(w->t, &id[k], &n);
            sum += n;
        }
        w->start[r + 1] = sum;
    }
}

static void fill_rows(int64_t begin, int64_t end, void *ctx)
{
    const batch *w = ctx;
    int32_t room[AKIN_TEXT_WORDS];
    int64_t words, n;
    for (int64_t r = begin; r < end; r++) {
        const int32_t *id = row_words(w, r, room, &words);
        int32_t *to = w->ids + w->start[r];
        for (int64_t k = 0; k < words; k++) {
            const int32_t *from = ak_tokens_spell(w->t, &id[k], &n);
            for (int64_t j = 0; j < n; j++) to[j] = from[j];
            to += n;
        }
    }
}

static akin_status check_batch(const batch *w, int64_t n, akin_error *err)
{
    if (w->views && !w->name) return ak_fail(err, AKIN_ERR_ARGUMENT, "text_batch: a view needs a name");
    if (w->views) AK_TRY(akin_text_view_check(w->views, err));
    if (w->near && (w->near->words != w->t->v->words.n || w->near->k < 1 || !w->near->ids))
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "the nearest words are [%lld,%lld]; the vocabulary has %lld words",
                       (long long)w->near->words, (long long)w->near->k, (long long)w->t->v->words.n);
    if (w->views && w->views->replace_prob > 0 && !w->near)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "replacing words needs the nearest words of each");
    for (int64_t r = 0; r < n; r++) {
        const int64_t item = w->items ? w->items[r] : r;
        if (item < 0 || item >= w->t->n)
            return ak_fail(err, AKIN_ERR_RANGE, "item %lld of row %lld is not there; there are %lld",
                           (long long)item, (long long)r, (long long)w->t->n);
    }
    return AKIN_OK;
}

akin_status akin_text_batch(const akin_tokens *t, const akin_text_rows *user, int32_t *ids, int64_t capacity,
                            int64_t *start, akin_error *err)
{
    akin_text_rows rows = AKIN_TEXT_ROWS_INIT;
    akin_text_view_opts views = AKIN_TEXT_VIEW_OPTS_INIT;
    akin_near_words near = AKIN_NEAR_WORDS_INIT;
    if (!t || !user || !ids || !start)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "text_batch: t, rows, ids and start must not be NULL");
    AK_TRY(ak_opts_import(&rows, user, "text_batch", err));
    AK_TRY(ak_opts_import(&views, rows.views, "text_batch: views", err));
    AK_TRY(ak_opts_import(&near, rows.near, "text_batch: near", err));
    if (rows.n < 0) return ak_fail(err, AKIN_ERR_ARGUMENT, "text_batch: n must be at least 0");
    const bool plain = views.crop_min >= 1 && views.replace_prob <= 0 && views.erase_prob <= 0;
    batch w = { t, plain ? NULL : &views, rows.near ? &near : NULL, rows.items, rows.name, ids, start };
    AK_TRY(check_batch(&w, rows.n, err));
    ak_parallel_for(rows.n, 256, count_rows, &w);
    start[0] = 0;
    for (int64_t r = 0; r < rows.n; r++) start[r + 1] += start[r];
    if (start[rows.n] > capacity)
        return ak_fail(err, AKIN_ERR_NOMEM, "the batch has %lld ids, room is for %lld",
                       (long long)start[rows.n], (long long)capacity);
    ak_parallel_for(rows.n, 256, fill_rows, &w);
    return AKIN_OK;
}
