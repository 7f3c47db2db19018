/* SPDX-License-Identifier: Apache-2.0 */
/* text/static_model.c - vectors of tokens become vectors of words (see static_model.h).
 *
 * model2vec means the vectors of the tokens of a text. A word of several pieces has so many shares in that
 * mean, so its vector here is their sum: a mean over words then has the direction of the mean over tokens. */
#include "text/static_model.h"

#include "akin/tool/json.h"
#include "base/path.h"
#include "files/tensor_file.h"
#include "text/vocab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LARGEST_JSON = 256 << 20, LONGEST_PIECE = 1 << 10 };

typedef struct static_model {
    const char *path; /* of tokenizer.json */
    float *table;     /* [rows,d] */
    int64_t rows, d;
    int64_t *mapping;      /* [tokens]; NULL = row i is of token i */
    float *weights;        /* [tokens]; NULL = 1 */
    int64_t mapped, weigh; /* how many there are of each */
    ak_names tokens;
    int32_t *id; /* [tokens.n] in the tables; it is an index of tokens where they are a list */
    int64_t id_room;
    char prefix[16]; /* of a piece that goes on; "" = words are looked up whole */
    char unknown[64];
} static_model;

/* The table ------------------------------------------------------------------------------------------- */

static akin_status read_numbers(const ak_tensor_file *f, const ak_tensor_in *t, float **out, akin_error *err)
{
    *out = ak_alloc(sizeof(float), t->count + 1, 1);
    if (!*out) return ak_no_memory(err, "for the %lld numbers of '%s'", (long long)t->count, t->name);
    if (strcmp(t->dtype, "I8") != 0) return ak_tensor_file_read(f, t, *out, err);
    int64_t *whole = ak_alloc(sizeof *whole, t->count + 1, 1);
    akin_status status =
        whole ? ak_tensor_file_read_whole(f, t, whole, err)
              : ak_no_memory(err, "for the %lld numbers of '%s'", (long long)t->count, t->name);
    for (int64_t i = 0; !status && i < t->count; i++) (*out)[i] = (float)whole[i];
    free(whole);
    return status;
}

static akin_status wrong_shape(const ak_tensor_file *f, const ak_tensor_in *t, const char *want,
                               akin_error *err)
{
    char shape[128];
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s': tensor '%s' is %s; it must be %s", ak_tensor_file_path(f),
                   t->name, ak_shape_text(t->ndim, t->shape, shape, sizeof shape), want);
}

/* The row of each token, and its weight. */
static akin_status read_tokens(const ak_tensor_file *f, static_model *m, akin_error *err)
{
    const ak_tensor_in *mapping = ak_tensor_file_find(f, "mapping"),
                       *weights = ak_tensor_file_find(f, "weights");
    if (mapping && mapping->ndim != 1) return wrong_shape(f, mapping, "one row for each token", err);
    if (weights && weights->ndim != 1) return wrong_shape(f, weights, "one number for each token", err);
    if (mapping) {
        m->mapped = mapping->count;
        m->mapping = ak_alloc(sizeof *m->mapping, m->mapped + 1, 1);
        if (!m->mapping) return ak_no_memory(err, "for the rows of %lld tokens", (long long)m->mapped);
        AK_TRY(ak_tensor_file_read_whole(f, mapping, m->mapping, err));
    }
    if (weights) AK_TRY(read_numbers(f, weights, &m->weights, err));
    m->weigh = weights ? weights->count : 0;
    for (int64_t i = 0; i < m->mapped; i++)
        if (m->mapping[i] < 0 || m->mapping[i] >= m->rows)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s': tensor 'mapping' has row %" PRId64 " for token %" PRId64
                           "; there are %" PRId64 " rows",
                           ak_tensor_file_path(f), m->mapping[i], i, m->rows);
    return AKIN_OK;
}

static akin_status read_table(const char *path, static_model *m, akin_error *err)
{
    ak_tensor_file *f = NULL;
    AK_TRY(ak_tensor_file_open(path, &f, err));
    const ak_tensor_in *t = ak_tensor_file_find(f, "embeddings");
    if (!t) t = ak_tensor_file_find(f, "embedding.weight");
    akin_status status = AKIN_OK;
    if (!t)
        status =
            ak_fail(err, AKIN_ERR_INPUT,
                    "'%s' has neither tensor 'embeddings' nor 'embedding.weight', as a static model has; is "
                    "it a transformer?",
                    path);
    else if (t->ndim != 2 || t->shape[0] < 1 || t->shape[1] < 1 || t->shape[1] > 4096)
        status = wrong_shape(f, t, "[tokens, 1 to 4096]", err);
    if (!status) {
        m->rows = t->shape[0];
        m->d = t->shape[1];
        status = read_numbers(f, t, &m->table, err);
    }
    if (!status) status = read_tokens(f, m, err);
    ak_tensor_file_free(f);
    return status;
}

/* tokenizer.json ---------------------------------------------------------------------------------------- */

static akin_status add_token(static_model *m, const char *text, int64_t bytes, int64_t id, akin_error *err)
{
    const int64_t known = m->mapping ? m->mapped : m->rows;
    if (id < 0 || id >= known || (m->weights && id >= m->weigh))
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s': token '%.100s' has the number %" PRId64 "; model.safetensors has %" PRId64
                       " tokens",
                       m->path, text, id, m->weights && m->weigh < known ? m->weigh : known);
    const int64_t had = m->tokens.n, at = ak_names_add(&m->tokens, text, bytes);
    if (at < 0 || !ak_grow(&m->id, &m->id_room, m->tokens.n, sizeof *m->id))
        return ak_no_memory(err, "for the tokens of '%s'", m->path);
    if (at < had) return ak_fail(err, AKIN_ERR_FORMAT, "'%s': token '%.100s' comes twice", m->path, text);
    m->id[at] = (int32_t)id;
    return AKIN_OK;
}

static akin_status add_tokens(const akin_json *vocab, static_model *m, akin_error *err)
{
    const char *token;
    akin_json *value;
    size_t i;
    AKIN_JSON_EACH(vocab, token, value)
    if (!akin_json_is_int(value))
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s': the number of token '%.100s' is %s", m->path, token,
                       akin_json_kind_name(akin_json_kind_of(value)));
    else
        AK_TRY(add_token(m, token, (int64_t)strlen(token), akin_json_as_int(value), err));
    if (akin_json_is_array(vocab)) { /* of a unigram model: [token, logarithm of its probability] */
        AKIN_JSON_ITEMS(vocab, i, value)
        {
            token = akin_json_as_text(akin_json_at(value, 0));
            if (!token)
                return ak_fail(err, AKIN_ERR_FORMAT, "'%s': 'model.vocab[%zu]' has no token", m->path, i);
            AK_TRY(add_token(m, token, (int64_t)strlen(token), (int64_t)i, err));
        }
    }
    if (m->tokens.n) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no tokens ('model.vocab')", m->path);
}

static akin_status read_tokenizer(static_model *m, akin_error *err)
{
    akin_json *root = NULL;
    AK_TRY(akin_json_load(m->path, LARGEST_JSON, 0, &root, err));
    const akin_json *model = akin_json_get(root, "model");
    const char *type = akin_json_get_text(model, "type"), *unknown = akin_json_get_text(model, "unk_token");
    const char *prefix = akin_json_get_text(model, "continuing_subword_prefix");
    if (type && strcmp(type, "WordPiece") == 0)
        snprintf(m->prefix, sizeof m->prefix, "%s", prefix && *prefix ? prefix : "##");
    snprintf(m->unknown, sizeof m->unknown, "%s", unknown ? unknown : "");
    const akin_status status = add_tokens(akin_json_get(model, "vocab"), m, err);
    akin_json_free(root);
    return status;
}

/* Words ------------------------------------------------------------------------------------------------ */

static void add_vector(const static_model *m, int64_t token, float *to)
{
    const int64_t id = m->id[token], row = m->mapping ? m->mapping[id] : id;
    const float weight = m->weights ? m->weights[id] : 1;
    for (int64_t j = 0; j < m->d; j++) to[j] += weight * m->table[row * m->d + j];
}

/* A token for the whole word, as WordPiece, sentencepiece and byte pairs write a word behind a blank; -1 =
 * none. */
static int64_t whole_token(const static_model *m, const char *word, int64_t bytes)
{
    static const char *const before[] = { "", "\xe2\x96\x81", "\xc4\xa0" }; /* U+2581, U+0120 */
    char text[AKIN_WORD_BYTES + 8];
    if (m->unknown[0] && strcmp(word, m->unknown) == 0) return -1;
    for (int i = m->prefix[0] ? 0 : 2; i >= 0; i--) {
        const int n = snprintf(text, sizeof text, "%s%s", before[i], word);
        const int64_t token =
            n == bytes + (int64_t)strlen(before[i]) ? ak_names_find(&m->tokens, text, n) : -1;
        if (token >= 0 || m->prefix[0]) return token;
    }
    return -1;
}

/* The longest token first, then the longest that goes on; all or nothing. to: NULL only looks. */
static bool pieces(const static_model *m, const char *word, int64_t bytes, float *to)
{
    char text[LONGEST_PIECE];
    for (int64_t at = 0; at < bytes;) {
        const int before = snprintf(text, sizeof text, "%s", at ? m->prefix : "");
        int64_t n = bytes - at, token = -1;
        for (; n > 0; n--) {
            memcpy(text + before, word + at, (size_t)n);
            token = ak_names_find(&m->tokens, text, before + n);
            if (token >= 0) break;
        }
        if (token < 0) return false;
        if (to) add_vector(m, token, to);
        at += n;
    }
    return true;
}

static akin_status take_words(const static_model *m, const akin_vocab *v, akin_word_vectors *w,
                              akin_error *err)
{
    AK_TRY(ak_word_vectors_start(w, akin_vocab_words(v), m->d, err));
    for (int64_t i = 0; i < akin_vocab_words(v); i++) {
        const char *word = akin_vocab_word(v, i);
        const int64_t bytes = (int64_t)strlen(word), whole = whole_token(m, word, bytes);
        float *to = w->mat.data + i * w->mat.stride;
        if (whole < 0 && (!m->prefix[0] || !pieces(m, word, bytes, NULL))) continue;
        if (whole >= 0)
            add_vector(m, whole, to);
        else
            pieces(m, word, bytes, to);
        w->has[i] = 1;
        w->found++;
        w->composed += whole < 0;
    }
    w->rows = m->tokens.n;
    w->format = "model2vec";
    return AKIN_OK;
}

akin_status ak_static_model_read(const char *folder, const akin_vocab *v, akin_word_vectors *w,
                                 akin_error *err)
{
    char *table = ak_path_join(folder, "model.safetensors"), *tokens = ak_path_join(folder, "tokenizer.json");
    static_model m = { .path = tokens };
    akin_status status = table && tokens ? read_table(table, &m, err) : ak_no_memory(err, "for '%s'", folder);
    if (!status) status = read_tokenizer(&m, err);
    if (!status) status = take_words(&m, v, w, err);
    free(table);
    free(tokens);
    free(m.table);
    free(m.mapping);
    free(m.weights);
    free(m.id);
    ak_names_free(&m.tokens);
    return status;
}
