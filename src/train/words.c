/* SPDX-License-Identifier: Apache-2.0 */
/* train/words.c - the store of words.h grows with what a step holds: most texts are far shorter than the
 * longest one, by which all arrays of a batch are sized. */
#include "train/words.h"

#include "base/base.h"

#include <string.h>

struct ak_words {
    akin_bag *bag;
    int64_t chunks, dim, added;
    int64_t *first, *count; /* [chunks] */
    int64_t used, room;     /* ids */
    int32_t *ids;           /* [room] */
    float *rows;            /* [room][dim] */
};

akin_status ak_words_create(akin_bag *bag, int64_t chunks, ak_words **out, akin_error *err)
{
    akin_bag_info info = AKIN_BAG_INFO_INIT;
    AK_TRY(akin_bag_get_info(bag, &info, err));
    ak_words *w = calloc(1, sizeof *w);
    if (w) *w = (ak_words){ .bag = bag, .chunks = chunks, .dim = info.dim };
    if (w) w->first = ak_alloc(sizeof *w->first, chunks, 1);
    if (w) w->count = ak_alloc(sizeof *w->count, chunks, 1);
    if (!w || !w->first || !w->count) {
        ak_words_free(w);
        return ak_no_memory(err, "for the words of %lld chunks", (long long)chunks);
    }
    *out = w;
    return AKIN_OK;
}

void ak_words_free(ak_words *w)
{
    if (!w) return;
    free(w->first);
    free(w->count);
    free(w->ids);
    free(w->rows);
    free(w);
}

int64_t ak_words_bytes(const ak_words *w) { return w ? w->room * (w->dim + 1) * (int64_t)sizeof(float) : 0; }

/* Room for so many ids more. */
static akin_status grow(ak_words *w, int64_t more, akin_error *err)
{
    if (w->used + more <= w->room) return AKIN_OK;
    const int64_t room = w->used + more + w->room / 2;
    int32_t *ids = ak_alloc(sizeof *ids, room, 1);
    float *rows = ak_alloc(sizeof *rows, room, w->dim);
    if (!ids || !rows) {
        free(ids);
        free(rows);
        return ak_no_memory(err, "for the gradients of %lld words", (long long)room);
    }
    if (w->used) memcpy(ids, w->ids, (size_t)w->used * sizeof *ids);
    if (w->used) memcpy(rows, w->rows, (size_t)(w->used * w->dim) * sizeof *rows);
    free(w->ids);
    free(w->rows);
    w->ids = ids;
    w->rows = rows;
    w->room = room;
    return AKIN_OK;
}

akin_status ak_words_add(ak_words *w, int64_t chunk, akin_error *err)
{
    int64_t n;
    const int32_t *ids = akin_bag_touched(w->bag, &n);
    if (w->added == w->chunks) w->added = w->used = 0; /* another step */
    AK_TRY(grow(w, n, err));
    w->first[chunk] = w->used;
    w->count[chunk] = n;
    if (n) {
        memcpy(w->ids + w->used, ids, (size_t)n * sizeof *ids);
        const akin_mat rows = { w->rows + w->used * w->dim, n, w->dim, w->dim };
        AK_TRY(akin_bag_gradient(w->bag, 0, rows, err));
    }
    w->used += n;
    w->added++;
    return AKIN_OK;
}

const int32_t *ak_words_ids(const ak_words *w, int64_t chunk, int64_t *count)
{
    *count = w->count[chunk];
    return w->ids + w->first[chunk];
}

const float *ak_words_rows(const ak_words *w, int64_t chunk) { return w->rows + w->first[chunk] * w->dim; }
