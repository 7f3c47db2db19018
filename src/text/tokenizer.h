/* SPDX-License-Identifier: Apache-2.0 */
/* text/tokenizer.h - the tokenizer's own state, and its part for pieces that are not all ASCII: words_icu.c, or
 * words_icu_absent.c in a build without ICU. */
#ifndef AKIN_SRC_TOKENIZER_H
#define AKIN_SRC_TOKENIZER_H

#include "text/text.h"

typedef struct ak_unicode ak_unicode;

struct akin_tokenizer {
    bool lower;
    char *bytes;
    int32_t *start;
    int64_t bytes_room, start_room, n;
    int32_t used;
    ak_unicode *unicode; /* NULL until a piece needs it */
};

/* End a word that is bytes[start[n]..used): cut it to size. There is room for one more in start. */
static inline void ak_tokenizer_end_word(akin_tokenizer *t)
{
    const int32_t first = t->start[t->n];
    if (t->used - first > AKIN_WORD_BYTES) {
        t->used = first + AKIN_WORD_BYTES;
        while ((t->bytes[t->used] & 0xc0) == 0x80) t->used--;
    }
    t->start[++t->n] = t->used;
}

/* The words of s[0..n), a piece without white space, added to t.  AKIN_ERR_INPUT when it is not UTF-8,
 * AKIN_ERR_UNSUPPORTED in a build without ICU. */
akin_status ak_unicode_piece(akin_tokenizer *t, const char *s, int64_t n, akin_error *err);
void ak_unicode_free(ak_unicode *u);

#endif
