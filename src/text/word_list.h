/* SPDX-License-Identifier: Apache-2.0 */
/* text/word_list.h - the words of one text, while they are being found. */
#ifndef AK_TEXT_WORD_LIST_H
#define AK_TEXT_WORD_LIST_H

#include "akin/tool/vocab.h" /* AKIN_WORD_BYTES */
#include "base/base.h"

typedef struct ak_word_list {
    char *bytes;
    int32_t *start; /* [n+1] */
    int64_t bytes_room, start_room, n;
    int32_t used; /* bytes in use, with those of the word that is not ended yet */
} ak_word_list;

/* End the word that began at start[n]. A long word is cut at AKIN_WORD_BYTES, at the border of a character.
 * start has room for one more. */
static inline void ak_word_list_end_word(ak_word_list *w)
{
    const int32_t first = w->start[w->n];
    if (w->used - first > AKIN_WORD_BYTES) {
        w->used = first + AKIN_WORD_BYTES;
        while ((w->bytes[w->used] & 0xc0) == 0x80) w->used--;
    }
    w->start[++w->n] = w->used;
}

#endif
