/* SPDX-License-Identifier: Apache-2.0 */
/* text/tokens.c - items as word ids, made once.
 *
 * The n-grams of a word are computed once: for the words of the vocabulary when it is made, for other words
 * here. So a row of a batch (text_batch.c) only copies a few numbers for each word.
 *
 * Other words are first numbered within each block of items, on any thread. Then they get their final
 * numbers in the order of the blocks, which is the order in which they come in the texts, however the
 * blocks are cut. */
#include "text/tokens.h"

#include "text/ngrams.h"
#include "text/tokenizer.h"

enum { DEFAULT_WORDS = 128 };

typedef struct block {
    int32_t *ids; /* ids of known words; -1 - i stands for other word i of the block */
    int64_t n, room;
    ak_names other;
    akin_token_counts counts;
} block;

typedef struct job {
    const akin_vocab *v;
    int32_t max_words;
    int64_t *length; /* [n] words of each item */
    block *block;
} job;

static akin_status number_words(int64_t which, int64_t item, const ak_words *words, void *ctx,
                                akin_error *err)
{
    const job *w = ctx;
    block *b = &w->block[which];
    const int64_t n = words->n < w->max_words ? words->n : w->max_words;
    if (!ak_grow(&b->ids, &b->room, b->n + n, sizeof *b->ids))
        return ak_no_memory(err, "for the words of the texts");
    for (int64_t k = 0; k < n; k++) {
        const char *word = words->bytes + words->start[k];
        const int64_t bytes = words->start[k + 1] - words->start[k];
        int64_t id = ak_names_find(&w->v->words, word, bytes);
        b->counts.unknown += id < 0;
        if (id < 0 && w->v->opts.maxn == 0) {
            id = w->v->words.n;
        } else if (id < 0) {
            const int64_t other = ak_names_add(&b->other, word, bytes);
            if (other < 0) return ak_no_memory(err, "for the words of the texts");
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

/* Copy the ids of a block to their place; other words get their final numbers. */
static akin_status take_block(akin_tokens *t, block *b, int64_t at, akin_error *err)
{
    int32_t *place = malloc(((size_t)b->other.n + 1) * sizeof *place);
    if (!place) return ak_no_memory(err, "for the words of the texts");
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < b->other.n && !status; i++) {
        const int64_t other =
            ak_names_add(&t->other, ak_names_text(&b->other, i), ak_names_bytes(&b->other, i));
        if (other < 0 || t->v->words.n + other >= INT32_MAX)
            status = ak_no_memory(err, "for the words of the texts");
        place[i] = (int32_t)(t->v->words.n + other);
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

static void measure(akin_tokens *t)
{
    int64_t n;
    for (int32_t id = 0; id < t->v->words.n; id++) {
        ak_tokens_spell(t, &id, &n);
        if (n > t->longest) t->longest = n;
    }
    for (int64_t i = 0; i < t->n; i++) {
        int64_t sum = 0;
        for (int64_t k = t->start[i]; k < t->start[i + 1]; k++) {
            ak_tokens_spell(t, &t->ids[k], &n);
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
    if (!t->ids) return ak_no_memory(err, "for the words of the texts");
    int64_t at = 0;
    for (int64_t b = 0; b < blocks; b++) {
        AK_TRY(take_block(t, &w->block[b], at, err));
        at += w->block[b].n;
    }
    if (t->v->opts.maxn)
        AK_TRY(ak_ngrams_of_names(&t->v->opts, t->v->words.n, &t->other, false, &t->row, &t->ngrams, err));
    measure(t);
    return AKIN_OK;
}

akin_status akin_tokens_create(const akin_vocab *v, const akin_texts *user_texts, int32_t max_words,
                               akin_tokens **out, akin_error *err)
{
    if (!v || !user_texts || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "tokens_create: v, texts and out must not be NULL");
    akin_texts texts = AKIN_TEXTS_INIT;
    AK_TRY(ak_opts_import(&texts, user_texts, "tokens_create: texts", err));
    if (max_words < 0 || max_words > AKIN_TEXT_WORDS)
        return ak_fail(err, AKIN_ERR_RANGE, "max_words is %d; it must be between 1 and %d, or 0 for %d",
                       max_words, AKIN_TEXT_WORDS, DEFAULT_WORDS);
    if (texts.n < 0 || texts.n >= INT32_MAX)
        return ak_fail(err, AKIN_ERR_RANGE, "there are %lld texts; the limit is 2^31-2", (long long)texts.n);
    const int64_t n = texts.n, blocks = ak_text_blocks(n);
    akin_tokens *t = calloc(1, sizeof *t);
    job w = { .v = v, .max_words = max_words ? max_words : DEFAULT_WORDS };
    w.length = calloc((size_t)n + 1, sizeof *w.length);
    w.block = calloc((size_t)blocks, sizeof *w.block);
    if (t) t->start = malloc(((size_t)n + 1) * sizeof *t->start);
    akin_status status = AKIN_OK;
    if (!t || !t->start || !w.length || !w.block) {
        status = ak_no_memory(err, "for the words of the texts");
        goto done;
    }
    t->v = v;
    t->n = n;
    const ak_tokenize_job words = { .texts = &texts, .n = n, .blocks = blocks, .lower = !v->opts.no_lower };
    status = ak_tokenize_texts(&words, number_words, &w, err);
    if (!status) status = gather(t, &w, blocks, err);
    if (status) goto done;
    *out = t;
    t = NULL;

done:
    for (int64_t b = 0; w.block && b < blocks; b++) {
        free(w.block[b].ids);
        ak_names_free(&w.block[b].other);
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
    free(t->ngrams);
    ak_names_free(&t->other);
    free(t);
}

akin_ragged akin_tokens_words(const akin_tokens *t) { return (akin_ragged){ t->ids, t->start, t->n }; }
const akin_token_counts *akin_tokens_counts(const akin_tokens *t) { return &t->counts; }
