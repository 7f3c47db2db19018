/* SPDX-License-Identifier: Apache-2.0 */
/* base/utf8.c - characters in UTF-8: shortest forms only, no surrogates, nothing beyond U+10FFFF [RFC
 * 3629]. A file with a 0 byte is mostly no text, so akin_utf8_check() refuses that too. Eight bytes at a
 * time where they are ASCII. */
#include "akin/tool/utf8.h"

#include "base/utf8.h"

#include <string.h>

size_t ak_utf8_length(const char *text, size_t n, uint32_t *code)
{
    static const uint32_t LEAST[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *s = (const unsigned char *)text;
    const size_t length = s[0] < 0x80   ? 1
                          : s[0] < 0xC2 ? 0
                          : s[0] < 0xE0 ? 2
                          : s[0] < 0xF0 ? 3
                          : s[0] < 0xF5 ? 4
                                        : 0;
    if (length == 0 || length > n) return 0;
    uint32_t c = length == 1 ? s[0] : s[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    if (c < LEAST[length] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return 0;
    if (code) *code = c;
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
        const size_t length = s[i] ? ak_utf8_length(text + i, (size_t)(bytes - i), NULL) : 0;
        if (length == 0) return i;
        i += (int64_t)length;
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
        memcpy(out + n, AK_UTF8_REPLACEMENT, 3);
        n += 3;
        from++;
    }
    return n;
}
