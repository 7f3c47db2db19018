/* SPDX-License-Identifier: Apache-2.0 */
/* text/vocab_build.c - the words of texts, counted and put in order.
 *
 * Words are counted within blocks of texts, on any thread, and the counts are added. No two words are equal
 * in the order (count, then bytes), so neither blocks nor threads show in the result. */
#include "text/ngrams.h"
#include "text/tokenizer.h"
#include "text/vocab.h"

#include <string.h>

typedef struct counter {
    ak_names words;
    int64_t *count;
    int64_t room;
} counter;

static bool count_word(counter *c, const char *word, int64_t bytes, int64_t times)
{
    const int64_t known = c->words.n, i = ak_names_add(&c->words, word, bytes);
    if (i < 0 || !ak_grow(&c->count, &c->room, c->words.n, sizeof *c->count)) return false;
    c->count[i] = i == known ? times : c->count[i] + times;
    return true;
}

static void counter_free(counter *c)
{
    ak_names_free(&c->words);
    free(c->count);
}

static akin_status count_words(int64_t block, int64_t item, const ak_words *words, void *ctx, akin_error *err)
{
    counter *c = (counter *)ctx + block;
    (void)item;
    for (int64_t k = 0; k < words->n; k++)
        if (!count_word(c, words->bytes + words->start[k], words->start[k + 1] - words->start[k], 1))
            return ak_no_memory(err, "for the vocabulary");
    return AKIN_OK;
}

typedef struct ranked {
    const char *word;
    int64_t bytes, count;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->word, y->word);
}

/* Eight times as many buckets as there are n-grams: 12 % of them then share one, 1 - exp(-1/8).
 * LARGEST rows of 100 floats are 80 MB; a larger corpus shares more. */
static akin_status choose_buckets(akin_vocab_opts *o, const ak_names *words, akin_error *err)
{
    enum { TIMES = 8, LEAST = 1000, LARGEST = 200000 };
    if (o->maxn == 0 || o->buckets != 0) return AKIN_OK;
    const int64_t different = ak_ngrams_different(o, words, LARGEST / TIMES);
    if (different < 0) return ak_no_memory(err, "for the vocabulary");
    o->buckets = different < LEAST / TIMES ? LEAST : (int32_t)(TIMES * different);
    return AKIN_OK;
}

/* Make a vocabulary of the words that are frequent enough, in order. */
static akin_status rank(const counter *all, akin_vocab_opts *opts, akin_vocab **out, akin_error *err)
{
    int64_t n = 0;
    ranked *r = malloc(((size_t)all->words.n + 1) * sizeof *r);
    if (!r) return ak_no_memory(err, "for the vocabulary");
    for (int64_t i = 0; i < all->words.n; i++)
        if (all->count[i] >= opts->min_count)
            r[n++] = (ranked){ ak_names_text(&all->words, i), ak_names_bytes(&all->words, i), all->count[i] };
    qsort(r, (size_t)n, sizeof *r, by_rank);
    if (opts->max_words && n > opts->max_words) n = opts->max_words;
    counter kept = { .count = NULL };
    bool fine = true;
    for (int64_t i = 0; i < n && fine; i++) fine = count_word(&kept, r[i].word, r[i].bytes, r[i].count);
    free(r);
    akin_status status =
        fine ? choose_buckets(opts, &kept.words, err) : ak_no_memory(err, "for the vocabulary");
    if (status) {
        counter_free(&kept);
        return status;
    }
    if (n == 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "none of the %lld different words is seen %d times; give a lower --min-count",
                       (long long)all->words.n, opts->min_count);
    return ak_vocab_create(opts, &kept.words, kept.count, out, err);
}

akin_status akin_vocab_build(const akin_texts *user_texts, const int32_t *items, int64_t n,
                             const akin_vocab_opts *user, akin_vocab **out, akin_error *err)
{
    if (!user_texts || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "vocab_build: texts and out must not be NULL");
    akin_texts texts = AKIN_TEXTS_INIT;
    akin_vocab_opts opts = AKIN_VOCAB_OPTS_INIT;
    AK_TRY(ak_opts_import(&texts, user_texts, "vocab_build: texts", err));
    AK_TRY(ak_opts_import(&opts, user, "vocab_build", err));
    AK_TRY(ak_vocab_opts_check(&opts, err));
    for (int64_t i = 0; items && i < n; i++)
        if (items[i] < 0 || items[i] >= texts.n)
            return ak_fail(err, AKIN_ERR_RANGE, "vocab_build: items[%lld] is %d; there are %lld texts",
                           (long long)i, items[i], (long long)texts.n);
    if (!items) n = texts.n;
    const int64_t blocks = ak_text_blocks(n);
    counter *part = calloc((size_t)blocks, sizeof *part);
    counter all = { .count = NULL };
    if (!part) return ak_no_memory(err, "for the vocabulary");
    const ak_tokenize_job job = {
        .texts = &texts, .items = items, .n = n, .blocks = blocks, .lower = !opts.no_lower
    };
    akin_status status = ak_tokenize_texts(&job, count_words, part, err);
    for (int64_t b = 0; b < blocks; b++) {
        const ak_names *m = &part[b].words;
        for (int64_t i = 0; i < m->n && !status; i++)
            if (!count_word(&all, ak_names_text(m, i), ak_names_bytes(m, i), part[b].count[i]))
                status = ak_no_memory(err, "for the vocabulary");
        counter_free(&part[b]);
    }
    free(part);
    if (!status) status = rank(&all, &opts, out, err);
    counter_free(&all);
    return status;
}
