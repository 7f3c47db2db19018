/* SPDX-License-Identifier: Apache-2.0 */
/* files/text_bytes.c - bytes that are no text in UTF-8, named for what they are. */
#include "files/text_bytes.h"

#include "base/path.h"
#include "files/byte_stream.h"

#include <stdio.h>
#include <string.h>

enum { LOOKED = 4096 };

/* ASCII in UTF-16 or UTF-32 has zero bytes at every second place, or at three of four. */
static const char *by_zero_bytes(const char *text, size_t n)
{
    size_t zero[4] = { 0 }, other = 0, printable = 0;
    if (n > LOOKED) n = LOOKED;
    n -= n % 4;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        zero[i % 4] += c == 0;
        other += c != 0;
        printable += c >= 32 || (c >= '\t' && c <= '\r');
    }
    if (n < 8 || other == 0 || 20 * printable < 19 * other) return NULL;
    bool many[4], few[4];
    for (int k = 0; k < 4; k++) {
        many[k] = 3 * zero[k] >= 2 * (n / 4);
        few[k] = 20 * zero[k] <= n / 4;
    }
    if (few[0] && many[1] && few[2] && many[3]) return "UTF-16LE";
    if (many[0] && few[1] && many[2] && few[3]) return "UTF-16BE";
    if (few[0] && many[1] && many[2] && many[3]) return "UTF-32LE";
    if (many[0] && many[1] && many[2] && few[3]) return "UTF-32BE";
    return NULL;
}

const char *ak_text_wide(const char *text, size_t n)
{
    if (n >= 4 && (memcmp(text, "\xff\xfe\0\0", 4) == 0 || memcmp(text, "\0\0\xfe\xff", 4) == 0))
        return "UTF-32";
    if (n >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) return "UTF-16";
    return by_zero_bytes(text, n);
}

akin_status ak_text_refuse_wide(const char *path, const char *wide, akin_error *err)
{
    char shown[AK_SHOWN];
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s' is text in %s, and UTF-8 is read; convert it: iconv -f %s -t UTF-8 FILE > NEW",
                   ak_shown(path, shown), wide, wide);
}

const char *ak_text_bad_byte(const char *text, int64_t bytes, int64_t at, char to[AK_BAD_BYTE])
{
    const unsigned char c = (unsigned char)text[at];
    int64_t high = 0;
    for (int64_t i = 0; i < bytes; i++) high += (unsigned char)text[i] >= 0x80;
    char guess[64] = "";
    if (c >= 0x80 && 3 * high <= bytes) /* some letters among those of ASCII */
        snprintf(guess, sizeof guess, "; perhaps it is %s (iconv -f %s -t UTF-8)",
                 c < 0xa0 ? "Windows-1252" : "Latin-1", c < 0xa0 ? "CP1252" : "LATIN1");
    if (c == 0)
        snprintf(to, AK_BAD_BYTE, "is a zero byte (NUL), which no text has");
    else
        snprintf(to, AK_BAD_BYTE, "is not UTF-8%s", guess);
    return to;
}

/* Nearly all of the bytes are printable, so that a zero byte is a slip. */
static bool is_nearly_text(const char *text, size_t n, size_t *zero, size_t *line)
{
    size_t odd = 0;
    *zero = n;
    *line = 1;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        odd += c < 32 && (c < '\t' || c > '\r');
        if (c == 0 && *zero == n) *zero = i;
        if (*zero == n) *line += c == '\n';
    }
    return 10 * odd <= n;
}

akin_status ak_text_explain(const char *path, akin_error *err)
{
    char head[LOOKED], why[AK_BAD_BYTE];
    size_t n = 0, zero, line;
    ak_byte_stream *s = NULL;
    AK_TRY(ak_byte_stream_open(path, &s, err));
    const akin_status status = ak_byte_stream_some(s, head, sizeof head, &n, err);
    ak_byte_stream_close(s);
    if (status) return status;
    if (n == 0) return ak_fail(err, AKIN_ERR_INPUT, "'%s' is empty", path);
    const char *wide = ak_text_wide(head, n);
    if (wide) return ak_text_refuse_wide(path, wide, err);
    if (!is_nearly_text(head, n, &zero, &line) || zero == n) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line %zu: byte 0x00, number %zu of the file, %s", path, line,
                   zero + 1, ak_text_bad_byte(head, (int64_t)n, (int64_t)zero, why));
}
