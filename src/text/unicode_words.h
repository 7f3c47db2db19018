/* SPDX-License-Identifier: Apache-2.0 */
/* text/unicode_words.h - words of pieces of text that are not all ASCII: words_icu.c, or words_icu_absent.c
 * in a build without ICU. */
#ifndef AK_TEXT_UNICODE_WORDS_H
#define AK_TEXT_UNICODE_WORDS_H

#include "text/word_list.h"

typedef struct ak_unicode ak_unicode;

/* Add the words of s[0..n), a piece without white space, to *words. *u is NULL at first and is made when it
 * is needed.  AKIN_ERR_INPUT when the piece is not UTF-8, AKIN_ERR_UNSUPPORTED in a build without ICU,
 * AKIN_ERR_NOMEM. */
akin_status ak_unicode_words(ak_unicode **u, bool lower, const char *s, int64_t n, ak_word_list *words,
                             akin_error *err);
void ak_unicode_free(ak_unicode *u); /* takes NULL */

#endif
