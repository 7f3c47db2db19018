/* SPDX-License-Identifier: Apache-2.0 */
/* text/tokens.h - what the tokens hold. */
#ifndef AK_TEXT_TOKENS_H
#define AK_TEXT_TOKENS_H

#include "akin/tool/tokens.h"
#include "base/names.h"
#include "text/vocab.h"

struct akin_tokens {
    const akin_vocab *v;
    int64_t n;
    int64_t *start; /* [n+1] */
    int32_t *ids;   /* word ids; ids beyond those of the vocabulary are other words, or <unk> */
    ak_names other; /* words outside of the vocabulary; only with n-grams */
    int64_t *row;   /* [other+1] into ngrams */
    int32_t *ngrams;
    akin_token_counts counts;
    int64_t most_words, most_ids; /* of one item */
    int64_t longest;              /* ids of one word */
};

/* How the word *id is spelled in a row of a batch: its ids, and in *n how many they are. */
static inline const int32_t *ak_tokens_spell(const akin_tokens *t, const int32_t *id, int64_t *n)
{
    const akin_vocab *v = t->v;
    if (*id < v->words.n) {
        *n = v->row[*id + 1] - v->row[*id];
        return v->ids + v->row[*id];
    }
    if (v->opts.maxn == 0) { /* <unk> */
        *n = 1;
        return id;
    }
    const int64_t other = *id - v->words.n;
    *n = t->row[other + 1] - t->row[other];
    return t->ngrams + t->row[other];
}

#endif
