/* SPDX-License-Identifier: Apache-2.0 */
/* set/text_rows.c - what a run measures of text, its vocabulary, and rows of a batch from text: numbers of
 * words. */
#include "set/text.h"
#include "text/vocab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NEAREST = 5 };

/* Words that a view may put in the place of others: the nearest by given vectors. */
typedef struct similar_words {
    akin_word_vectors *vectors; /* NULL = none */
    int32_t *near;              /* [words, NEAREST]; NULL = no word is replaced */
    akin_near_words neighbours;
} similar_words;

typedef struct text_measure {
    akin_vocab *vocab;
    int64_t dim;           /* of the vectors that were given; 0 = none */
    akin_tokens *tokens;   /* while training: of the whole corpus */
    similar_words similar; /* while training */
} text_measure;

static void free_similar(similar_words *s)
{
    akin_word_vectors_free(s->vectors);
    free(s->near);
}

void ak_text_forget(void *measured)
{
    text_measure *m = measured;
    if (!m) return;
    akin_tokens_free(m->tokens);
    akin_vocab_free(m->vocab);
    free_similar(&m->similar);
    free(m);
}

/* Measured ------------------------------------------------------------------------------------- */

static akin_status find_nearest(similar_words *s, akin_error *err)
{
    const int64_t words = s->vectors->mat.rows;
    s->near = ak_alloc(sizeof *s->near, words, NEAREST);
    if (!s->near)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the nearest words of %lld", (long long)words);
    s->neighbours = (akin_near_words){ sizeof s->neighbours, s->near, words, NEAREST };
    return akin_word_vectors_nearest(akin_mat_const(s->vectors->mat), s->vectors->has, NEAREST, s->near, err);
}

/* How far the file and the texts know the same words. */
static akin_status tell_words(const text_measure *m, const char *path, const ak_teller *tell, akin_error *err)
{
    const akin_word_vectors *w = m->similar.vectors;
    const long long words = (long long)akin_vocab_words(m->vocab), found = (long long)w->found,
                    rows = (long long)w->rows;
    const bool tokens = strcmp(w->format, "vec") != 0;
    if (found == 0)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "none of the %lld words of the texts has a vector in '%s', which has %lld %s; is it of "
            "another language, or are its words in capitals (--no-lower)?",
            words, path, rows, tokens ? "tokens" : "words");
    ak_tell(tell, "%lld of %lld words have a vector of %lld numbers in '%s'; the other %lld begin at random",
            found, words, (long long)w->mat.cols, path, words - found);
    if (tokens)
        ak_tell(tell, "%lld of them are one of its %lld tokens, %lld are sums of pieces",
                found - (long long)w->composed, rows, (long long)w->composed);
    else
        ak_tell(tell, "%lld of its %lld words are not among those of the texts",
                rows - found - (long long)w->repeated, rows);
    if (w->repeated)
        ak_tell(tell, "%lld lines of it are of words that it has already: the first vector of each is taken",
                (long long)w->repeated);
    return AKIN_OK;
}

static akin_status load_words(text_measure *m, const ak_text_opts *o, const ak_teller *tell, akin_error *err)
{
    const bool replaces = o->views.replace_prob > 0;
    if (!o->word_vectors && replaces)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "replacing words by their nearest needs --word-vectors FILE, in fastText's text form");
    if (!o->word_vectors) return AKIN_OK;
    AK_TRY(akin_word_vectors_load(o->word_vectors, m->vocab, &m->similar.vectors, err));
    m->dim = m->similar.vectors->mat.cols;
    AK_TRY(tell_words(m, o->word_vectors, tell, err));
    return replaces ? find_nearest(&m->similar, err) : AKIN_OK;
}

/* A text without a word has no direction to learn. */
static akin_status check_words(const akin_corpus *corpus, const akin_tokens *tokens,
                               const akin_split_view *train, akin_error *err)
{
    char name[512];
    const akin_ragged words = akin_tokens_words(tokens);
    for (int64_t i = 0; i < train->n; i++)
        if (words.start[train->items[i]] == words.start[train->items[i] + 1])
            return ak_fail(err, AKIN_ERR_INPUT, "%s holds no word, and nothing can be learned from it%s",
                           akin_corpus_item_name(corpus, train->items[i], name, sizeof name),
                           akin_corpus_tuples(corpus)->n ? "; take its row out"
                                                         : "; open the set with --min-words 1");
    return AKIN_OK;
}

static akin_status measure(const void *set, const akin_split_view *train, const ak_text_opts *o,
                           const ak_teller *tell, text_measure *m, akin_error *err)
{
    const akin_corpus *corpus = ak_text_set_corpus(set);
    const akin_texts *texts = akin_corpus_texts(corpus);
    AK_TRY(akin_vocab_build(texts, train->items, train->n, &o->vocab, &m->vocab, err));
    AK_TRY(akin_tokens_create(m->vocab, texts, o->max_words, &m->tokens, err));
    const akin_token_counts *seen = akin_tokens_counts(m->tokens);
    ak_tell(
        tell,
        "%lld words, %lld known ones; %.1f %% of the text is outside of them; %lld texts are cut at %d words",
        (long long)seen->words, (long long)akin_vocab_words(m->vocab),
        100 * (double)seen->unknown / (double)(seen->words ? seen->words : 1), (long long)seen->truncated,
        o->max_words);
    AK_TRY(check_words(corpus, m->tokens, train, err));
    return load_words(m, o, tell, err);
}

akin_status ak_text_measure(const void *set, const akin_split_view *train, const ak_data_opts *opts,
                            const ak_teller *tell, void **out, akin_error *err)
{
    text_measure *m = calloc(1, sizeof *m);
    if (!m) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a vocabulary");
    const akin_status status = measure(set, train, &opts->of.text, tell, m, err);
    if (status)
        ak_text_forget(m);
    else
        *out = m;
    return status;
}

akin_status ak_text_recall(const akin_json *root, const char *path, const char *run, void **out,
                           akin_error *err)
{
    (void)path;
    char file[4096];
    text_measure *m = calloc(1, sizeof *m);
    if (!m) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a vocabulary");
    m->dim = akin_json_as_int(akin_json_find(root, "data.dim"));
    akin_status status = ak_measured_path(file, run, "vocabulary.txt", err);
    if (!status) status = akin_vocab_load(file, &m->vocab, err);
    if (status)
        ak_text_forget(m);
    else
        *out = m;
    return status;
}

/* The words in the order of their ids; how often each was seen is not told. */
static akin_status read_words(const akin_json *list, ak_names *words, akin_error *err)
{
    for (size_t i = 0; i < akin_json_length(list); i++) {
        const akin_json *word = akin_json_at(list, i);
        const char *text = akin_json_as_text(word);
        const int64_t id = text ? ak_names_add(words, text, (int64_t)akin_json_text_bytes(word)) : 0;
        if (id < 0) return ak_no_memory(err, "for a vocabulary");
        if (!text || id != (int64_t)i)
            return ak_fail(err, AKIN_ERR_FORMAT, "'data.vocabulary_words[%zu]' is no new word", i);
    }
    return AKIN_OK;
}

static akin_status read_vocabulary(const akin_json *root, akin_vocab **out, akin_error *err)
{
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    int64_t minn, maxn, buckets;
    bool lower;
    akin_json *list;
    AK_TRY(akin_json_read_bool(root, "data.lower", &lower, err));
    AK_TRY(akin_json_read_int(root, "data.minn", 0, INT32_MAX, &minn, err));
    AK_TRY(akin_json_read_int(root, "data.maxn", 0, INT32_MAX, &maxn, err));
    AK_TRY(akin_json_read_int(root, "data.buckets", 0, INT32_MAX, &buckets, err));
    AK_TRY(akin_json_read_value(root, "data.vocabulary_words", AKIN_JSON_ARRAY, &list, err));
    o.no_lower = !lower;
    o.min_count = 1;
    o.minn = (int32_t)minn;
    o.maxn = (int32_t)maxn;
    o.buckets = (int32_t)buckets;
    AK_TRY(ak_vocab_opts_check(&o, err));
    ak_names words = { .n = 0 };
    int64_t *count = ak_alloc(sizeof *count, (int64_t)akin_json_length(list) + 1, 1);
    akin_status status = count ? read_words(list, &words, err) : ak_no_memory(err, "for a vocabulary");
    if (!status) return ak_vocab_create(&o, &words, count, out, err);
    ak_names_free(&words);
    free(count);
    return status;
}

akin_status ak_text_recall_exported(const akin_json *root, const char *path, void **out, akin_error *err)
{
    akin_error why;
    text_measure *m = calloc(1, sizeof *m);
    if (!m) return ak_no_memory(err, "for a vocabulary");
    if (read_vocabulary(root, &m->vocab, &why)) {
        ak_text_forget(m);
        return ak_measured_damaged(path, &why, err);
    }
    *out = m;
    return AKIN_OK;
}

void ak_text_describe(const void *measured, int64_t groups, akin_json *data)
{
    const text_measure *m = measured;
    akin_json_put(data, "groups", akin_json_int(groups));
    akin_json_put(data, "words", akin_json_int(akin_vocab_words(m->vocab)));
    akin_json_put(data, "rows", akin_json_int(akin_vocab_rows(m->vocab)));
    akin_json_put(data, "vocabulary", akin_json_text(akin_vocab_fingerprint(m->vocab)));
    if (m->dim) akin_json_put(data, "dim", akin_json_int(m->dim));
    const akin_word_vectors *w = m->similar.vectors;
    char sum[17];
    if (!w) return;
    snprintf(sum, sizeof sum, "%016" PRIx64, w->sum);
    akin_json_put(data, "word_vectors",
                  akin_json_pack("{s:s,s:I,s:I,s:I,s:I,s:s}", "format", w->format, "words", w->rows, "found",
                                 w->found, "composed", w->composed, "repeated", w->repeated, "xxh3", sum));
}

const akin_vocab *ak_text_vocabulary(const void *measured) { return ((const text_measure *)measured)->vocab; }

akin_status ak_text_save(const void *measured, const void *set, const ak_data_opts *opts, uint64_t seed,
                         const char *run, akin_error *err)
{
    (void)set;
    (void)opts;
    (void)seed;
    char path[4096];
    AK_TRY(ak_measured_path(path, run, "vocabulary.txt", err));
    return akin_vocab_save(((const text_measure *)measured)->vocab, path, err);
}

/* Rows ----------------------------------------------------------------------------------------- */

ak_row_shape ak_text_shape(const void *measured, const ak_data_opts *opts, bool training)
{
    (void)training;
    const text_measure *m = measured;
    return (ak_row_shape){ .tokens = akin_vocab_rows(m->vocab),
                           .max_words = opts->of.text.max_words,
                           .dim = m->dim,
                           .words = m->similar.vectors };
}

typedef struct text_source {
    const akin_tokens *tokens;
    const akin_near_words *near; /* NULL: no word is replaced */
    akin_text_view_opts views;
    const int32_t *items; /* [n]: the texts of the split; NULL = all */
    akin_tokens *own;     /* while embedding */
    similar_words similar;
} text_source;

static void release(void *ctx)
{
    text_source *from = ctx;
    if (!from) return;
    akin_tokens_free(from->own);
    free_similar(&from->similar);
    free(from);
}

/* Items of the split become items of the corpus, which the tokens are of. */
static akin_status make_rows(const ak_row_source *s, const int32_t *items, int64_t n,
                             const akin_view_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                             int64_t *start, akin_error *err)
{
    (void)dense;
    const text_source *from = s->ctx;
    const akin_arena before = *scratch;
    int32_t *texts = ak_arena_array(scratch, int32_t, n, 1);
    if (!texts) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the items of a batch");
    for (int64_t i = 0; i < n; i++) texts[i] = from->items ? from->items[items[i]] : items[i];
    akin_view_name of = AKIN_VIEW_NAME_INIT;
    if (name) of = *name;
    of.item = 0;
    const int64_t base = start[0]; /* ids of the rows before */
    const akin_text_rows rows = { .struct_size = sizeof rows,
                                  .views = name ? &from->views : NULL,
                                  .near = from->near,
                                  .items = texts,
                                  .n = n,
                                  .name = &of };
    const akin_status status = akin_text_batch(from->tokens, &rows, ids + base, n * s->row_ids, start, err);
    for (int64_t i = 0; i <= n; i++) start[i] += base;
    *scratch = before;
    return status;
}

static ak_row_source source_of(text_source *from, int64_t items)
{
    const int64_t bound = akin_text_row_limit(from->tokens, from->near);
    return (ak_row_source){ .ctx = from,
                            .release = release,
                            .items = items,
                            .row_ids = bound > 0 ? bound : 1,
                            .scratch_row_bytes = sizeof(int32_t),
                            .make = make_rows };
}

akin_status ak_text_train_rows(const void *set, const akin_split_view *train, void *measured,
                               const ak_data_opts *opts, ak_row_source *out, akin_error *err)
{
    (void)set;
    text_measure *m = measured;
    text_source *from = calloc(1, sizeof *from);
    if (!from) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a source of texts");
    from->tokens = m->tokens;
    from->near = m->similar.near ? &m->similar.neighbours : NULL;
    from->views = opts->of.text.views;
    from->items = train->items;
    *out = source_of(from, train->n);
    return AKIN_OK;
}

static akin_status prepare(text_source *from, const akin_texts *texts, const text_measure *m,
                           const ak_text_opts *o, bool views, akin_error *err)
{
    AK_TRY(akin_tokens_create(m->vocab, texts, o->max_words, &from->own, err));
    from->tokens = from->own;
    from->views = o->views;
    if (!views || o->views.replace_prob <= 0) return AKIN_OK;
    AK_TRY(akin_word_vectors_load(o->word_vectors, m->vocab, &from->similar.vectors, err));
    AK_TRY(find_nearest(&from->similar, err));
    from->near = &from->similar.neighbours;
    return AKIN_OK;
}

static akin_status embed_texts(const akin_texts *texts, const int32_t *items, int64_t n,
                               const text_measure *m, const ak_data_opts *opts, bool views,
                               ak_row_source *out, akin_error *err)
{
    text_source *from = calloc(1, sizeof *from);
    if (!from) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a source of texts");
    from->items = items;
    const akin_status status = prepare(from, texts, m, &opts->of.text, views, err);
    if (status)
        release(from);
    else
        *out = source_of(from, n);
    return status;
}

akin_status ak_text_embed_rows(const void *set, const char *split, void *measured, const ak_data_opts *opts,
                               bool views, ak_row_source *out, akin_error *err)
{
    const akin_corpus *corpus = ak_text_set_corpus(set);
    const akin_texts *texts = akin_corpus_texts(corpus);
    const int32_t *items;
    int64_t n;
    AK_TRY(akin_corpus_split(corpus, split, &items, &n, err));
    return embed_texts(texts, items, n, measured, opts, views, out, err);
}

akin_status ak_texts_embed_rows(const akin_texts *texts, void *measured, const ak_data_opts *opts,
                                ak_row_source *out, akin_error *err)
{
    return embed_texts(texts, NULL, texts->n, measured, opts, false, out, err);
}
