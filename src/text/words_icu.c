/* SPDX-License-Identifier: Apache-2.0 */
/* text/words_icu.c - words of a piece of text that is not all ASCII, by ICU: lower case first, then its
 * word iterator; runs that ICU calls words or numbers are kept. The iterator is opened when the first piece
 * needs it. */
#include "text/unicode_words.h"

#include <unicode/ubrk.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

struct ak_unicode {
    UBreakIterator *breaks;
    UChar *wide, *folded; /* a piece in UTF-16, as it is and in lower case */
    int64_t wide_room, folded_room;
};

void ak_unicode_free(ak_unicode *u)
{
    if (!u) return;
    if (u->breaks) ubrk_close(u->breaks);
    free(u->wide);
    free(u->folded);
    free(u);
}

static akin_status icu_failed(UErrorCode code, akin_error *err)
{
    if (code == U_MEMORY_ALLOCATION_ERROR)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the words of a text");
    if (code == U_INVALID_CHAR_FOUND || code == U_TRUNCATED_CHAR_FOUND)
        return ak_fail(err, AKIN_ERR_INPUT, "a text is not UTF-8");
    return ak_fail(err, AKIN_ERR_UNSUPPORTED, "ICU cannot find words: %s", u_errorName(code));
}

/* ICU asks for the default locale, which it does not need here. Where it finds none for want of memory, it
 * waits for itself for ever (ICU 72): so it is told one, in a program whose locale is ours. */
static UBreakIterator *open_breaks(UErrorCode *code)
{
    if (ak_memory_is_needed()) uloc_setDefault("root", code);
    return U_FAILURE(*code) ? NULL : ubrk_open(UBRK_WORD, "", NULL, 0, code);
}

/* Add the words of wide[0..n). */
static UErrorCode break_words(ak_unicode *u, const UChar *wide, int32_t n, ak_word_list *words)
{
    UErrorCode code = U_ZERO_ERROR;
    if (!u->breaks) u->breaks = open_breaks(&code);
    if (U_FAILURE(code)) return code;
    ubrk_setText(u->breaks, wide, n, &code);
    int32_t from = 0;
    for (int32_t to = ubrk_next(u->breaks); to != UBRK_DONE && U_SUCCESS(code);
         from = to, to = ubrk_next(u->breaks)) {
        if (ubrk_getRuleStatus(u->breaks) < UBRK_WORD_NONE_LIMIT) continue;
        bool joiners = true;
        for (int32_t i = from; i < to && joiners; i++) joiners = wide[i] == '_';
        if (joiners) continue;
        int32_t bytes = 0;
        u_strToUTF8(words->bytes + words->used, (int32_t)(words->bytes_room - words->used), &bytes,
                    wide + from, to - from, &code);
        if (code == U_STRING_NOT_TERMINATED_WARNING) code = U_ZERO_ERROR;
        words->used += bytes;
        ak_word_list_end_word(words);
    }
    return code;
}

akin_status ak_unicode_words(ak_unicode **made, bool lower, const char *s, int64_t n, ak_word_list *words,
                             akin_error *err)
{
    if (!*made) *made = calloc(1, sizeof **made);
    if (!*made) return icu_failed(U_MEMORY_ALLOCATION_ERROR, err);
    ak_unicode *u = *made;
    UErrorCode code = U_ZERO_ERROR;
    int32_t length = 0;
    if (!ak_grow(&u->wide, &u->wide_room, n + 1, sizeof *u->wide) ||
        !ak_grow(&u->folded, &u->folded_room, 3 * n + 1, sizeof *u->folded))
        return icu_failed(U_MEMORY_ALLOCATION_ERROR, err);
    u_strFromUTF8(u->wide, (int32_t)u->wide_room, &length, s, (int32_t)n, &code);
    if (U_FAILURE(code)) return icu_failed(code, err);
    const UChar *wide = u->wide;
    if (lower) {
        length = u_strToLower(u->folded, (int32_t)u->folded_room, u->wide, length, "", &code);
        wide = u->folded;
    }
    if (U_SUCCESS(code)) code = break_words(u, wide, length, words);
    return U_FAILURE(code) ? icu_failed(code, err) : AKIN_OK;
}
