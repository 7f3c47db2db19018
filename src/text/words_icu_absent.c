/* SPDX-License-Identifier: Apache-2.0 */
/* text/words_icu_absent.c - in a build without ICU: a piece that is not all ASCII is refused. Text that is
 * all ASCII has the same words with ICU and without. */
#include "text/unicode_words.h"

#include "akin/tool/utf8.h"

akin_status ak_unicode_words(ak_unicode **u, bool lower, const char *s, int64_t n, ak_word_list *words,
                             akin_error *err)
{
    (void)u;
    (void)lower;
    (void)words;
    if (akin_utf8_check(s, n) < n) return ak_fail(err, AKIN_ERR_INPUT, "a text is not UTF-8");
    return akin_build_need("ICU", err);
}

void ak_unicode_free(ak_unicode *u) { (void)u; }
