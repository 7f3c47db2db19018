/* SPDX-License-Identifier: Apache-2.0 */
/* text/vocab.c - a vocabulary: how it is made of words in order, what it tells, and how it is printed. */
#include "text/vocab.h"

#include "text/ngrams.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

/* clang-format off */
const akin_opt_desc ak_vocab_opt_desc[] = {
    { "min-count", AKIN_OPT_INT, "5", "N", 1, 1e9, "words seen less often are unknown" },
    { "max-vocab", AKIN_OPT_INT, "0", "N", 0, 1e8, "keep only the N most frequent words; 0 = all" },
    { "minn", AKIN_OPT_INT, "3", "N", 1, 16, "shortest character n-gram" },
    { "maxn", AKIN_OPT_INT, "6", "N", 0, 16,
      "longest character n-gram; 0 = none, unknown words are <unk>" },
    { "buckets", AKIN_OPT_INT, "0", "N", 0, 1e8,
      "rows for the hashed character n-grams; 0 = eight times those of the words, 1000 to 200000" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};
/* clang-format on */

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
    if (o->buckets < 0 || o->buckets > 100000000)
        return ak_fail(err, AKIN_ERR_RANGE, "buckets is %d; it must be between 1 and 1e8, or 0", o->buckets);
    return AKIN_OK;
}

akin_status ak_vocab_print(const akin_vocab *v, char **text, size_t *bytes, uint64_t *sum, akin_error *err)
{
    const akin_vocab_opts *o = &v->opts;
    /* a line is at most 19 digits, a space, the word, and its end */
    char *buffer = malloc((size_t)v->words.used + 22 * (size_t)v->words.n + 256 + AK_VOCAB_LAST_LINE);
    if (!buffer) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write a vocabulary");
    size_t n = (size_t)sprintf(
        buffer, "akin-vocab 1\nlower %d min_count %d max_words %d minn %d maxn %d buckets %d words %lld\n",
        !o->no_lower, o->min_count, o->max_words, o->minn, o->maxn, o->buckets, (long long)v->words.n);
    for (int64_t i = 0; i < v->words.n; i++)
        n += (size_t)sprintf(buffer + n, "%lld %s\n", (long long)v->count[i], ak_names_text(&v->words, i));
    *sum = XXH64(buffer, n, 0);
    *text = buffer;
    *bytes = n;
    return AKIN_OK;
}

akin_status ak_vocab_create(const akin_vocab_opts *opts, ak_names *words, int64_t *count, akin_vocab **out,
                            akin_error *err)
{
    akin_vocab *v = calloc(1, sizeof *v);
    if (!v) {
        ak_names_free(words);
        free(count);
        return ak_no_memory(err, "for the vocabulary");
    }
    v->opts = *opts;
    v->words = *words;
    v->count = count;
    *words = (ak_names){ .n = 0 };
    char *text = NULL;
    size_t bytes;
    uint64_t sum = 0;
    akin_status status = ak_ngrams_of_names(&v->opts, v->words.n, &v->words, true, &v->row, &v->ids, err);
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
    ak_names_free(&v->words);
    free(v->count);
    free(v->row);
    free(v->ids);
    free(v);
}

int64_t akin_vocab_words(const akin_vocab *v) { return v->words.n; }
int64_t akin_vocab_rows(const akin_vocab *v) { return v->words.n + (v->opts.maxn ? v->opts.buckets : 1); }
const char *akin_vocab_fingerprint(const akin_vocab *v) { return v->fingerprint; }

const char *akin_vocab_word(const akin_vocab *v, int64_t id)
{
    return id >= 0 && id < v->words.n ? ak_names_text(&v->words, id) : NULL;
}

int64_t akin_vocab_count(const akin_vocab *v, int64_t id)
{
    return id >= 0 && id < v->words.n ? v->count[id] : 0;
}

int64_t ak_vocab_find(const akin_vocab *v, const char *word, int64_t bytes)
{
    return ak_names_find(&v->words, word, bytes);
}
