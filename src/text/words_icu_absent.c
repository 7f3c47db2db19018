/* SPDX-License-Identifier: Apache-2.0 */
/* text/words_icu_absent.c - in a build without ICU: a piece that is not all ASCII is refused. Text that is all ASCII has
 * the same words with ICU and without. */
#include "text/tokenizer.h"

akin_status akin_unicode_piece(akin_tokenizer *t, const char *s, int64_t n, akin_error *err)
{
    (void)t;
    if (akin_utf8_check(s, n) < n) return akin_fail(err, AKIN_ERR_INPUT, "a text is not UTF-8");
    return akin_build_need("ICU", err);
}

void akin_unicode_free(akin_unicode *u) { (void)u; }
