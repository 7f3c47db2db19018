/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/vocab.h - a vocabulary: the words of a corpus and their numbers, the word ids.
 *
 * Word     What stands between two Unicode word boundaries [Davis2022 WB1-WB999] and holds a letter, digit,
 *          kana or ideograph, in lower case unless asked otherwise. Outside ASCII it depends on the version
 *          of ICU.
 * n-grams  A word is also spelled by its runs of minn to maxn characters, each hashed to one of so many
 *          buckets, as fastText does it, number for number [Bojanowski2017 sec.3.2]. So unknown words have
 *          ids too.
 * Same     A vocabulary does not depend on the number of threads.
 * Threads  A vocabulary is read-only and may be read from any number of threads.
 */
#ifndef AKIN_TOOL_VOCAB_H
#define AKIN_TOOL_VOCAB_H

#include "akin/base.h"
#include "akin/tool/corpus.h" /* akin_texts */

#ifdef __cplusplus
extern "C" {
#endif

enum {
    AKIN_WORD_BYTES = 256, /* longer words are cut here, at the border of a character */
    AKIN_TEXT_WORDS = 4096 /* largest number of words that is taken of an item */
};

typedef struct akin_vocab akin_vocab;

/* Start from AKIN_VOCAB_OPTS_INIT. */
typedef struct akin_vocab_opts {
    uint32_t struct_size;
    bool no_lower;      /* leave capitals as they are */
    int32_t min_count;  /* words seen less often are unknown */
    int32_t max_words;  /* take only the most frequent; 0 = all */
    int32_t minn, maxn; /* lengths of the character n-grams; maxn 0 = none */
    int32_t buckets;    /* number of hashed n-grams; 0 = eight times those of the words, 1000 to 200000 */
} akin_vocab_opts;

#define AKIN_VOCAB_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_vocab_opts), .min_count = 5, .minn = 3, .maxn = 6, .buckets = 0           \
    }

/* The words of items (NULL: of all n texts), most frequent first, equal counts in the order of their bytes.
 * AKIN_ERR_RANGE (options), AKIN_ERR_INPUT (no word is frequent enough; a text that is not UTF-8),
 * AKIN_ERR_NOMEM,
 * AKIN_ERR_UNSUPPORTED (characters beyond ASCII in a build without ICU). */
AKIN_API akin_status akin_vocab_build(const akin_texts *texts, const int32_t *items, int64_t n,
                                      const akin_vocab_opts *opts, akin_vocab **out, akin_error *err);
AKIN_API void akin_vocab_free(akin_vocab *v); /* takes NULL */

AKIN_API int64_t akin_vocab_words(const akin_vocab *v); /* how many: ids are 0 up to this */
/* Rows of a table of vectors for this vocabulary: the words, then the n-gram buckets, or one row for
 * <unk>. */
AKIN_API int64_t akin_vocab_rows(const akin_vocab *v);
/* The word, ended by a 0; NULL beyond the last. */
AKIN_API const char *akin_vocab_word(const akin_vocab *v, int64_t id);
/* How often it was seen; 0 beyond the last. */
AKIN_API int64_t akin_vocab_count(const akin_vocab *v, int64_t id);
/* 16 digits: XXH64 of the saved file. */
AKIN_API const char *akin_vocab_fingerprint(const akin_vocab *v);

/* A text file with options, counts and words, closed by its own XXH64, so that any changed byte is noticed.
 * AKIN_ERR_FORMAT names the line. */
AKIN_API akin_status akin_vocab_save(const akin_vocab *v, const char *path, akin_error *err);
AKIN_API akin_status akin_vocab_load(const char *path, akin_vocab **out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_VOCAB_H */
