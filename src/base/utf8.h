/* SPDX-License-Identifier: Apache-2.0 */
/* base/utf8.h - the one place that knows which bytes are UTF-8. */
#ifndef AK_BASE_UTF8_H
#define AK_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define AK_UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD, for a byte that belongs to no character */

/* How many of the n >= 1 bytes at s make the first character, and its code point (code may be NULL). 0 when
 * they make none: broken off, longer than needed, a surrogate, or beyond U+10FFFF. */
size_t ak_utf8_length(const char *s, size_t n, uint32_t *code);

/* Columns of a terminal that a character takes: 0, 1 or 2. columns.c says by what. */
int ak_code_columns(uint32_t code);
/* Those of a text; a byte that belongs to no character takes one. */
int ak_text_columns(const char *text);

#endif
