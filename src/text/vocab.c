/* SPDX-License-Identifier: Apache-2.0 */
/* text/vocab.c - words and their numbers; character n-grams and their numbers  [Bojanowski2017 sec.3.2].
 *
 * Words are counted per block of texts on any thread and the counts added; the order (count, then bytes) is a total one,
 * so neither blocks nor threads show in the result. */
#include "text/text.h"

#include <stdio.h>
#include <xxhash.h>

static akin_status no_memory(akin_error *err)
{
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the vocabulary");
}

/* n-grams ----------------------------------------------------------------------------------------------------- */

/* 32-bit FNV-1a; as in fastText a byte is a signed number, whose upper bits are set from 0x80 on. */
static uint32_t hash_byte(uint32_t h, char byte)
{
    const uint32_t wide = (uint32_t)(signed char)byte;
    return (h ^ wide) * 16777619u;
}

static int64_t ngrams(const akin_vocab *v, int64_t words, const char *word, int64_t bytes, int32_t *ids,
                      int64_t room)
{
    char wrapped[AKIN_WORD_BYTES + 2];
    const akin_vocab_opts *o = &v->opts;
    int64_t n = 0;
    if (o->maxn == 0) return 0;
    if (bytes > AKIN_WORD_BYTES) bytes = AKIN_WORD_BYTES;
    wrapped[0] = '<';
    memcpy(wrapped + 1, word, (size_t)bytes);
    wrapped[bytes + 1] = '>';
    bytes += 2;
    for (int64_t i = 0; i < bytes; i++) {
        if ((wrapped[i] & 0xc0) == 0x80) continue;
        uint32_t h = 2166136261u;
        int64_t j = i;
        for (int32_t k = 1; j < bytes && k <= o->maxn; k++) {
            h = hash_byte(h, wrapped[j++]);
            while (j < bytes && (wrapped[j] & 0xc0) == 0x80) h = hash_byte(h, wrapped[j++]);
            if (k < o->minn || (k == 1 && (i == 0 || j == bytes))) continue;
            if (n < room) ids[n] = (int32_t)(words + h % (uint32_t)o->buckets);
            n++;
        }
    }
    return n;
}

int64_t akin_vocab_ngrams(const akin_vocab *v, const char *word, int64_t bytes, int32_t *ids, int64_t room)
{
    return ngrams(v, v->map.n, word, bytes, ids, ids ? room : 0);
}

typedef struct expansion {
    const akin_vocab *v;
    const ak_wordmap *m;
    int64_t own; /* 1 with the word's own id */
    int64_t *row;
    int32_t *ids;
} expansion;

static void count_rows(int64_t begin, int64_t end, void *ctx)
{
    const expansion *w = ctx;
    for (int64_t i = begin; i < end; i++)
        w->row[i + 1] =
            w->own + akin_vocab_ngrams(w->v, ak_wordmap_text(w->m, i), ak_wordmap_bytes(w->m, i), NULL, 0);
}

static void fill_rows(int64_t begin, int64_t end, void *ctx)
{
    const expansion *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        int32_t *to = w->ids + w->row[i];
        if (w->own) *to++ = (int32_t)i;
        akin_vocab_ngrams(w->v, ak_wordmap_text(w->m, i), ak_wordmap_bytes(w->m, i), to,
                          w->row[i + 1] - w->row[i] - w->own);
    }
}

akin_status ak_words_expand(const akin_vocab *v, const ak_wordmap *m, bool own, int64_t **row, int32_t **ids,
                            akin_error *err)
{
    expansion w = { v, m, own, calloc((size_t)m->n + 1, sizeof *w.row), NULL };
    if (!w.row) return no_memory(err);
    ak_parallel_for(m->n, 4096, count_rows, &w);
    for (int64_t i = 0; i < m->n; i++) w.row[i + 1] += w.row[i];
    w.ids = malloc((size_t)w.row[m->n] * sizeof *w.ids + 1);
    if (!w.ids) {
        free(w.row);
        return no_memory(err);
    }
    ak_parallel_for(m->n, 4096, fill_rows, &w);
    *row = w.row;
    *ids = w.ids;
    return AKIN_OK;
}

/* Counting ---------------------------------------------------------------------------------------------------- */

typedef struct counter {
    ak_wordmap map;
    int64_t *count;
    int64_t room;
} counter;

static bool count_word(counter *c, const char *word, int64_t bytes, int64_t times)
{
    const int64_t known = c->map.n, i = ak_wordmap_add(&c->map, word, bytes);
    if (i < 0 || !ak_grow(&c->count, &c->room, c->map.n, sizeof *c->count)) return false;
    c->count[i] = i == known ? times : c->count[i] + times;
    return true;
}

static void counter_free(counter *c)
{
    ak_wordmap_free(&c->map);
    free(c->count);
}

static akin_status count_words(int64_t block, int64_t item, const akin_words *words, void *ctx,
                               akin_error *err)
{
    counter *c = (counter *)ctx + block;
    (void)item;
    for (int64_t k = 0; k < words->n; k++)
        if (!count_word(c, words->bytes + words->start[k], words->start[k + 1] - words->start[k], 1))
            return no_memory(err);
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

/* The frequent ones, in order. */
static akin_status rank(const counter *all, const akin_vocab_opts *opts, akin_vocab **out, akin_error *err)
{
    int64_t n = 0;
    ranked *r = malloc(((size_t)all->map.n + 1) * sizeof *r);
    if (!r) return no_memory(err);
    for (int64_t i = 0; i < all->map.n; i++)
        if (all->count[i] >= opts->min_count)
            r[n++] = (ranked){ ak_wordmap_text(&all->map, i), ak_wordmap_bytes(&all->map, i), all->count[i] };
    qsort(r, (size_t)n, sizeof *r, by_rank);
    if (opts->max_words && n > opts->max_words) n = opts->max_words;
    counter kept = { .count = NULL };
    bool fine = true;
    for (int64_t i = 0; i < n && fine; i++) fine = count_word(&kept, r[i].word, r[i].bytes, r[i].count);
    free(r);
    if (!fine) {
        counter_free(&kept);
        return no_memory(err);
    }
    if (n == 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "none of the %lld different words is seen %d times; lower min_count",
                       (long long)all->map.n, opts->min_count);
    return ak_vocab_create(opts, &kept.map, kept.count, out, err);
}

akin_status ak_vocab_opts_check(akin_vocab_opts *o, akin_error *err)
{
    if (o->min_count < 1 || o->max_words < 0 || o->max_words > 100000000)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "min_count is %d and max_words %d; they must be at least 1, and 0 to 1e8",
                       o->min_count, o->max_words);
    if (o->maxn == 0) {
        o->minn = o->buckets = 0;
        return AKIN_OK;
    }
    if (o->minn < 1 || o->minn > o->maxn || o->maxn > 16)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "minn is %d and maxn %d; they must be 1 <= minn <= maxn <= 16, or maxn 0", o->minn,
                       o->maxn);
    if (o->buckets < 1 || o->buckets > 100000000)
        return ak_fail(err, AKIN_ERR_RANGE, "buckets is %d; it must be between 1 and 1e8", o->buckets);
    return AKIN_OK;
}

akin_status akin_vocab_build(const akin_texts *texts, const int32_t *items, int64_t n,
                             const akin_vocab_opts *user, akin_vocab **out, akin_error *err)
{
    if (!texts || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "vocab_build: texts and out must not be NULL");
    akin_vocab_opts opts = AKIN_VOCAB_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "vocab_build", err));
    AK_TRY(ak_vocab_opts_check(&opts, err));
    for (int64_t i = 0; items && i < n; i++)
        if (items[i] < 0 || items[i] >= texts->n)
            return ak_fail(err, AKIN_ERR_RANGE, "vocab_build: items[%lld] is %d; there are %lld texts",
                           (long long)i, items[i], (long long)texts->n);
    if (!items) n = texts->n;
    const int64_t blocks = ak_text_blocks(n);
    counter *part = calloc((size_t)blocks, sizeof *part);
    counter all = { .count = NULL };
    if (!part) return no_memory(err);
    akin_status status = ak_texts_tokenize(texts, items, n, !opts.no_lower, blocks, count_words, part, err);
    for (int64_t b = 0; b < blocks; b++) {
        const ak_wordmap *m = &part[b].map;
        for (int64_t i = 0; i < m->n && !status; i++)
            if (!count_word(&all, ak_wordmap_text(m, i), ak_wordmap_bytes(m, i), part[b].count[i]))
                status = no_memory(err);
        counter_free(&part[b]);
    }
    free(part);
    if (!status) status = rank(&all, &opts, out, err);
    counter_free(&all);
    return status;
}

akin_status ak_vocab_create(const akin_vocab_opts *opts, ak_wordmap *map, int64_t *count, akin_vocab **out,
                            akin_error *err)
{
    akin_vocab *v = calloc(1, sizeof *v);
    if (!v) {
        ak_wordmap_free(map);
        free(count);
        return no_memory(err);
    }
    v->opts = *opts;
    v->map = *map;
    v->count = count;
    memset(map, 0, sizeof *map);
    char *text = NULL;
    size_t bytes;
    uint64_t sum = 0;
    akin_status status = ak_words_expand(v, &v->map, true, &v->row, &v->ids, err);
    if (!status) status = ak_vocab_print(v, &text, &bytes, &sum, err);
    snprintf(v->fingerprint, sizeof v->fingerprint, "%016llx", (unsigned long long)sum);
    free(text);
    if (status)
        akin_vocab_free(v);
    else
        *out = v;
    return status;
}

void akin_vocab_free(akin_vocab *v)
{
    if (!v) return;
    ak_wordmap_free(&v->map);
    free(v->count);
    free(v->row);
    free(v->ids);
    free(v);
}

/* Accessors --------------------------------------------------------------------------------------------------- */

int64_t akin_vocab_words(const akin_vocab *v) { return v->map.n; }
akin_vocab_opts akin_vocab_options(const akin_vocab *v) { return v->opts; }
int64_t akin_vocab_rows(const akin_vocab *v) { return v->map.n + (v->opts.maxn ? v->opts.buckets : 1); }
const char *akin_vocab_fingerprint(const akin_vocab *v) { return v->fingerprint; }

const char *akin_vocab_word(const akin_vocab *v, int64_t id)
{
    return id >= 0 && id < v->map.n ? ak_wordmap_text(&v->map, id) : NULL;
}

int64_t akin_vocab_count(const akin_vocab *v, int64_t id)
{
    return id >= 0 && id < v->map.n ? v->count[id] : 0;
}

int64_t akin_vocab_find(const akin_vocab *v, const char *word, int64_t bytes)
{
    return ak_wordmap_find(&v->map, word, bytes);
}
