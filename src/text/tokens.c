/* SPDX-License-Identifier: Apache-2.0 */
/* text/tokens.c - items as word ids, made once; rows of word and n-gram ids, made for every batch.
 *
 * The ids of a word and its n-grams are computed once per word: for the vocabulary when it is made, for the other words
 * here. So a row is a view of some word ids and a copy of a few numbers for each.
 *
 * Other words are numbered per block of items first, on any thread, and then for good in the order of the blocks: the
 * order in which they come in the texts, whatever the blocks are. */
#include "text/text.h"

enum { DEFAULT_WORDS = 128 };

struct akin_tokens {
    const akin_vocab *v;
    int64_t n;
    int64_t *start; /* [n+1] */
    int32_t *ids;
    ak_wordmap other; /* words outside of the vocabulary; only with n-grams */
    int64_t *row;     /* [other+1] into sub */
    int32_t *sub;
    akin_tokens_counts counts;
    int64_t most_words, most_ids;   /* of one item */
    int64_t longest, longest_known; /* ids of one word; of one of the vocabulary */
};

static akin_status no_memory(akin_error *err)
{
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the words of the texts");
}

typedef struct block {
    int32_t *ids; /* known words; -1 - i: other word i of the block */
    int64_t n, room;
    ak_wordmap other;
    akin_tokens_counts counts;
} block;

typedef struct job {
    const akin_vocab *v;
    int32_t max_words;
    int64_t *length; /* [n] words of each item */
    block *block;
} job;

static akin_status number_words(int64_t which, int64_t item, const akin_words *words, void *ctx,
                                akin_error *err)
{
    const job *w = ctx;
    block *b = &w->block[which];
    const int64_t n = words->n < w->max_words ? words->n : w->max_words;
    if (!ak_grow(&b->ids, &b->room, b->n + n, sizeof *b->ids)) return no_memory(err);
    for (int64_t k = 0; k < n; k++) {
        const char *word = words->bytes + words->start[k];
        const int64_t bytes = words->start[k + 1] - words->start[k];
        int64_t id = ak_wordmap_find(&w->v->map, word, bytes);
        b->counts.unknown += id < 0;
        if (id < 0 && w->v->opts.maxn == 0) {
            id = w->v->map.n;
        } else if (id < 0) {
            const int64_t other = ak_wordmap_add(&b->other, word, bytes);
            if (other < 0) return no_memory(err);
            id = -1 - other;
        }
        b->ids[b->n++] = (int32_t)id;
    }
    w->length[item] = n;
    b->counts.words += n;
    b->counts.truncated += n < words->n;
    b->counts.empty += n == 0;
    return AKIN_OK;
}

/* Move the ids of a block to their place, other words under their number for good. */
static akin_status take_block(akin_tokens *t, block *b, int64_t at, akin_error *err)
{
    int32_t *place = malloc(((size_t)b->other.n + 1) * sizeof *place);
    if (!place) return no_memory(err);
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < b->other.n && !status; i++) {
        const int64_t other =
            ak_wordmap_add(&t->other, ak_wordmap_text(&b->other, i), ak_wordmap_bytes(&b->other, i));
        if (other < 0 || t->v->map.n + other >= INT32_MAX) status = no_memory(err);
        place[i] = (int32_t)(t->v->map.n + other);
    }
    for (int64_t i = 0; i < b->n && !status; i++)
        t->ids[at + i] = b->ids[i] >= 0 ? b->ids[i] : place[-1 - b->ids[i]];
    free(place);
    t->counts.words += b->counts.words;
    t->counts.unknown += b->counts.unknown;
    t->counts.truncated += b->counts.truncated;
    t->counts.empty += b->counts.empty;
    return status;
}

/* The ids that stand for a word in a row. */
static inline const int32_t *word_ids(const akin_tokens *t, const int32_t *id, int64_t *n)
{
    const akin_vocab *v = t->v;
    if (*id < v->map.n) {
        *n = v->row[*id + 1] - v->row[*id];
        return v->ids + v->row[*id];
    }
    if (v->opts.maxn == 0) { /* <unk> */
        *n = 1;
        return id;
    }
    const int64_t other = *id - v->map.n;
    *n = t->row[other + 1] - t->row[other];
    return t->sub + t->row[other];
}

static void measure(akin_tokens *t)
{
    int64_t n;
    for (int32_t id = 0; id < t->v->map.n; id++) {
        word_ids(t, &id, &n);
        if (n > t->longest_known) t->longest_known = n;
    }
    t->longest = t->longest_known;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t sum = 0;
        for (int64_t k = t->start[i]; k < t->start[i + 1]; k++) {
            word_ids(t, &t->ids[k], &n);
            if (n > t->longest) t->longest = n;
            sum += n;
        }
        if (sum > t->most_ids) t->most_ids = sum;
        if (t->start[i + 1] - t->start[i] > t->most_words) t->most_words = t->start[i + 1] - t->start[i];
    }
}

static akin_status gather(akin_tokens *t, const job *w, int64_t blocks, akin_error *err)
{
    t->start[0] = 0;
    for (int64_t i = 0; i < t->n; i++) t->start[i + 1] = t->start[i] + w->length[i];
    t->ids = malloc((size_t)t->start[t->n] * sizeof *t->ids + 1);
    if (!t->ids) return no_memory(err);
    int64_t at = 0;
    for (int64_t b = 0; b < blocks; b++) {
        AK_TRY(take_block(t, &w->block[b], at, err));
        at += w->block[b].n;
    }
    if (t->v->opts.maxn) AK_TRY(ak_words_expand(t->v, &t->other, false, &t->row, &t->sub, err));
    measure(t);
    return AKIN_OK;
}

akin_status akin_tokens_create(const akin_vocab *v, const akin_texts *texts, int32_t max_words,
                               akin_tokens **out, akin_error *err)
{
    if (!v || !texts || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "tokens_create: v, texts and out must not be NULL");
    if (max_words < 0 || max_words > AKIN_TEXT_WORDS)
        return ak_fail(err, AKIN_ERR_RANGE, "max_words is %d; it must be between 1 and %d, or 0 for %d",
                       max_words, AKIN_TEXT_WORDS, DEFAULT_WORDS);
    if (texts->n < 0 || texts->n >= INT32_MAX)
        return ak_fail(err, AKIN_ERR_RANGE, "there are %lld texts; the limit is 2^31-2", (long long)texts->n);
    const int64_t n = texts->n, blocks = ak_text_blocks(n);
    akin_tokens *t = calloc(1, sizeof *t);
    job w = { v, max_words ? max_words : DEFAULT_WORDS, calloc((size_t)n + 1, sizeof *w.length),
              calloc((size_t)blocks, sizeof *w.block) };
    if (t) t->start = malloc(((size_t)n + 1) * sizeof *t->start);
    akin_status status = AKIN_OK;
    if (!t || !t->start || !w.length || !w.block) {
        status = no_memory(err);
        goto done;
    }
    t->v = v;
    t->n = n;
    status = ak_texts_tokenize(texts, NULL, n, !v->opts.no_lower, blocks, number_words, &w, err);
    if (!status) status = gather(t, &w, blocks, err);
    if (status) goto done;
    *out = t;
    t = NULL;

done:
    for (int64_t b = 0; w.block && b < blocks; b++) {
        free(w.block[b].ids);
        ak_wordmap_free(&w.block[b].other);
    }
    free(w.block);
    free(w.length);
    akin_tokens_free(t);
    return status;
}

void akin_tokens_free(akin_tokens *t)
{
    if (!t) return;
    free(t->start);
    free(t->ids);
    free(t->row);
    free(t->sub);
    ak_wordmap_free(&t->other);
    free(t);
}

akin_ragged akin_tokens_words(const akin_tokens *t) { return (akin_ragged){ t->ids, t->start, t->n }; }
akin_tokens_counts akin_tokens_seen(const akin_tokens *t) { return t->counts; }

/* Batches ----------------------------------------------------------------------------------------------------- */

int64_t akin_text_row_bound(const akin_tokens *t, const akin_neighbours *near)
{
    if (!near) return t->most_ids; /* a view without replacement holds no more than the item */
    return t->most_words * t->longest;
}

typedef struct batch {
    const akin_tokens *t;
    const akin_text_view_opts *opts; /* NULL: no view */
    const akin_neighbours *near;
    const int32_t *items;
    const akin_view_name *name;
    int32_t *ids;
    int64_t *start;
} batch;

/* The words of row r: borrowed, or a view in kept. */
static const int32_t *row_words(const batch *w, int64_t r, int32_t *kept, int64_t *n)
{
    const int64_t item = w->items ? w->items[r] : r;
    const int32_t *words = w->t->ids + w->t->start[item];
    *n = w->t->start[item + 1] - w->t->start[item];
    if (!w->opts) return words;
    akin_view_name name = *w->name;
    name.item = (uint64_t)item;
    *n = akin_text_view(w->opts, w->near, words, *n, &name, kept);
    return kept;
}

/* Views are drawn twice, here and in fill_rows(): that is cheaper than to keep them, and needs no memory. */
static void count_rows(int64_t begin, int64_t end, void *ctx)
{
    const batch *w = ctx;
    int32_t kept[AKIN_TEXT_WORDS];
    int64_t words, n;
    for (int64_t r = begin; r < end; r++) {
        const int32_t *id = row_words(w, r, kept, &words);
        int64_t sum = 0;
        for (int64_t k = 0; k < words; k++) {
            word_ids(w->t, &id[k], &n);
            sum += n;
        }
        w->start[r + 1] = sum;
    }
}

static void fill_rows(int64_t begin, int64_t end, void *ctx)
{
    const batch *w = ctx;
    int32_t kept[AKIN_TEXT_WORDS];
    int64_t words, n;
    for (int64_t r = begin; r < end; r++) {
        const int32_t *id = row_words(w, r, kept, &words);
        int32_t *to = w->ids + w->start[r];
        for (int64_t k = 0; k < words; k++) {
            const int32_t *from = word_ids(w->t, &id[k], &n);
            for (int64_t j = 0; j < n; j++) to[j] = from[j];
            to += n;
        }
    }
}

static akin_status check_batch(const batch *w, int64_t n, akin_error *err)
{
    if (w->opts && !w->name) return ak_fail(err, AKIN_ERR_ARGUMENT, "text_batch: a view needs a name");
    if (w->opts) AK_TRY(akin_text_view_check(w->opts, err));
    if (w->near && (w->near->words != w->t->v->map.n || w->near->k < 1 || !w->near->ids))
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "the nearest words are [%lld,%lld]; the vocabulary has %lld words",
                       (long long)w->near->words, (long long)w->near->k, (long long)w->t->v->map.n);
    if (w->opts && w->opts->replace_prob > 0 && !w->near)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "replacing words needs the nearest words of each");
    for (int64_t r = 0; r < n; r++) {
        const int64_t item = w->items ? w->items[r] : r;
        if (item < 0 || item >= w->t->n)
            return ak_fail(err, AKIN_ERR_RANGE, "item %lld of row %lld is not there; there are %lld",
                           (long long)item, (long long)r, (long long)w->t->n);
    }
    return AKIN_OK;
}

akin_status akin_text_batch(const akin_tokens *t, const akin_text_view_opts *user,
                            const akin_neighbours *near, const int32_t *items, int64_t n,
                            const akin_view_name *name, int32_t *ids, int64_t capacity, int64_t *start,
                            akin_error *err)
{
    if (!t || !ids || !start || n < 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "text_batch: t, ids and start must not be NULL, n at least 0");
    akin_text_view_opts opts = AKIN_TEXT_VIEW_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "text_batch", err));
    const bool plain = opts.crop_min >= 1 && opts.replace_prob <= 0 && opts.erase_prob <= 0;
    batch w = { t, plain ? NULL : &opts, near, items, name, ids, start };
    AK_TRY(check_batch(&w, n, err));
    ak_parallel_for(n, 256, count_rows, &w);
    start[0] = 0;
    for (int64_t r = 0; r < n; r++) start[r + 1] += start[r];
    if (start[n] > capacity)
        return ak_fail(err, AKIN_ERR_NOMEM, "the batch has %lld ids, room is for %lld", (long long)start[n],
                       (long long)capacity);
    ak_parallel_for(n, 256, fill_rows, &w);
    return AKIN_OK;
}
