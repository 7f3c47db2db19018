/* SPDX-License-Identifier: Apache-2.0 */
/* base/utf8.c - is it UTF-8? Shortest forms only, no surrogates, nothing beyond U+10FFFF [RFC 3629], and no
 * NUL, which is how files that are no text mostly show. Eight bytes at a time where they are ASCII. */
#include "akin/tool/utf8.h"

#include <string.h>

/* Bytes of the character at s[0..n), or 0 when it is none. */
static int character(const unsigned char *s, int64_t n)
{
    const unsigned char a = s[0];
    if (a < 0x80) return a != 0;
    if (a < 0xc2 || a > 0xf4) return 0;
    const int length = a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
    if (n < length) return 0;
    for (int i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if ((a == 0xe0 && s[1] < 0xa0) || (a == 0xed && s[1] > 0x9f) || (a == 0xf0 && s[1] < 0x90) ||
        (a == 0xf4 && s[1] > 0x8f))
        return 0;
    return length;
}

int64_t akin_utf8_check(const char *text, int64_t bytes)
{
    const unsigned char *s = (const unsigned char *)text;
    int64_t i = 0;
    while (i < bytes) {
        if (i + 8 <= bytes) {
            uint64_t eight;
            memcpy(&eight, s + i, 8);
            /* the classic "has a zero byte", exact where no byte has its high bit */
            if (!(eight & 0x8080808080808080u) &&
                !((eight - 0x0101010101010101u) & ~eight & 0x8080808080808080u)) {
                i += 8;
                continue;
            }
        }
        const int length = character(s + i, bytes - i);
        if (length == 0) return i;
        i += length;
    }
    return bytes;
}

int64_t akin_utf8_mend(const char *text, int64_t bytes, char *out)
{
    int64_t n = 0, from = 0;
    while (from < bytes) {
        const int64_t good = akin_utf8_check(text + from, bytes - from);
        memcpy(out + n, text + from, (size_t)good);
        n += good;
        from += good;
        if (from == bytes) break;
        memcpy(out + n, "\xef\xbf\xbd", 3);
        n += 3;
        from++;
    }
    return n;
}
