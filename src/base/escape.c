/* SPDX-License-Identifier: Apache-2.0 */
/* base/escape.c - foreign text as one line of a file, and as it may be shown.
 *
 * The text is taken apart into units: a character that may stand as it is, or bytes that need an escape. In
 * files a backslash is doubled, so that every escape can be taken back; in what is shown it is not. */
#include "base/escape.h"

#include "base/utf8.h"

#include <string.h>

size_t ak_showable(const char *s, size_t n)
{
    uint32_t c;
    const size_t length = ak_utf8_length(s, n, &c);
    if (length == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0)) return 0;
    if (c >= 0x2028 && c <= 0x202E) return 0; /* ends of lines and paragraphs; turns of direction */
    if (c >= 0x2066 && c <= 0x2069) return 0; /* turns of direction */
    return c == 0xFEFF ? 0 : length;          /* a mark that readers drop at the beginning of a file */
}

size_t ak_escape_one(const char *s, size_t n, size_t *read, char to[AK_ESCAPE_BYTES])
{
    static const char HEX[] = "0123456789abcdef";
    const char c = *s, letter = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : 0;
    const size_t length = ak_utf8_length(s, n, NULL);
    size_t used = 0;
    *read = length ? length : 1;
    if (letter) {
        to[used++] = '\\';
        to[used++] = letter;
        return used;
    }
    for (size_t i = 0; i < *read; i++) {
        to[used++] = '\\';
        to[used++] = 'x';
        to[used++] = HEX[(unsigned char)s[i] >> 4];
        to[used++] = HEX[(unsigned char)s[i] & 15];
    }
    return used;
}

/* In files ----------------------------------------------------------------------------------------------- */

int64_t akin_name_escape(const char *name, int64_t bytes, char *to)
{
    const size_t n = (size_t)bytes;
    size_t at = 0, used = 0;
    while (at < n) {
        const char c = name[at];
        size_t length = ak_showable(name + at, n - at);
        if (c == '\\' || (c == '#' && at == 0)) {
            to[used++] = '\\';
        } else if (length == 0 || (c == ' ' && (at == 0 || at + 1 == n))) {
            char code[AK_ESCAPE_BYTES];
            const size_t wrote = ak_escape_one(name + at, n - at, &length, code);
            memcpy(to + used, code, wrote);
            used += wrote;
            at += length;
            continue;
        }
        memcpy(to + used, name + at, length);
        used += length;
        at += length;
    }
    to[used] = 0;
    return (int64_t)used;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of the escape of n bytes or more at s, and how many make it; -1: there is none. */
static int escaped_byte(const char *s, int64_t n, int64_t *read)
{
    const char c = n > 1 ? s[1] : 0;
    *read = 2;
    if (c == '\\' || c == '#') return c;
    if (c == 'n') return '\n';
    if (c == 'r') return '\r';
    if (c == 't') return '\t';
    const int high = c == 'x' && n > 3 ? hex_digit(s[2]) : -1, low = high >= 0 ? hex_digit(s[3]) : -1;
    *read = 4;
    return low < 0 ? -1 : 16 * high + low;
}

int64_t akin_name_unescape(const char *line, int64_t bytes, char *to)
{
    int64_t read, used = 0;
    for (int64_t at = 0; at < bytes; at += read) {
        read = 1;
        if (line[at] == 0 || (line[at] == '\\' && escaped_byte(line + at, bytes - at, &read) <= 0)) return -1;
    }
    for (int64_t at = 0; at < bytes; at += read) {
        read = 1;
        const int c = line[at] == '\\' ? escaped_byte(line + at, bytes - at, &read) : line[at];
        to[used++] = (char)c;
    }
    to[used] = 0;
    return used;
}

akin_status akin_name_write(akin_writer *w, const char *name, akin_error *err)
{
    AK_GIVEN(w, err);
    AK_GIVEN(name, err);
    const size_t n = strlen(name);
    char little[1024], *line = n < sizeof little / 4 - 1 ? little : malloc(4 * n + 2);
    if (!line) return ak_no_memory(err, "to write a name of %zu bytes", n);
    const int64_t bytes = akin_name_escape(name, (int64_t)n, line);
    line[bytes] = '\n';
    const akin_status status = akin_writer_write(w, line, (size_t)bytes + 1, err);
    if (line != little) free(line);
    return status;
}

/* Cut text at its line ends, and take the escapes back, in place. */
static void cut(char *text, size_t bytes, akin_names *to)
{
    for (char *at = text, *end; at < text + bytes; at = end + 1) {
        end = memchr(at, '\n', (size_t)(text + bytes - at));
        if (!end) end = text + bytes;
        const int64_t length = end - at - (end > at && end[-1] == '\r');
        at[length] = 0;
        akin_name_unescape(at, length, at); /* where it cannot be done, the line stays */
        to->name[to->n++] = at;
    }
}

akin_status akin_names_load(const char *path, akin_names *out, akin_error *err)
{
    static const size_t MOST = (size_t)16 << 30;
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "names_load: path and out must not be NULL");
    char *text = NULL;
    size_t bytes = 0, lines = 0;
    akin_names got = AKIN_NAMES_INIT;
    AK_TRY(ak_text_load(path, MOST, &text, &bytes, err));
    for (size_t i = 0; i < bytes; i++) lines += text[i] == '\n' || i + 1 == bytes;
    akin_status status = AKIN_OK;
    if (strlen(text) != bytes)
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is no list of names: byte %zu (from 0) is 0", path,
                         strlen(text));
    /* the pointers, and behind them the text that they point into */
    char **name = status ? NULL : malloc(lines * sizeof *name + bytes + 1);
    if (!status && !name) status = ak_no_memory(err, "for the %zu names in '%s'", lines, path);
    if (!status) {
        char *copy = (char *)(name + lines);
        memcpy(copy, text, bytes + 1);
        got.name = name;
        cut(copy, bytes, &got);
        status = ak_result_export(out, &got, "names_load", err);
        if (status) free(name);
    }
    free(text);
    return status;
}

void akin_names_free(akin_names *names)
{
    if (!names) return;
    free(names->name);
    names->name = NULL;
    names->n = 0;
}

/* On a terminal ------------------------------------------------------------------------------------------ */

/* The unit at s as it is shown, in code; *read: its bytes. */
static size_t shown(const char *s, size_t n, size_t *read, char code[AK_ESCAPE_BYTES])
{
    *read = ak_showable(s, n);
    if (*read == 0) return ak_escape_one(s, n, read, code);
    memcpy(code, s, *read);
    return *read;
}

const char *ak_show(const char *text, size_t bytes, ak_part part, char *to, size_t size)
{
    char code[AK_ESCAPE_BYTES];
    size_t read, whole = 0, used = 0, at = 0;
    for (size_t i = 0; i < bytes; i += read) whole += shown(text + i, bytes - i, &read, code);
    const bool all = whole < size;
    const size_t room = all ? size - 1 : size - 4; /* of what is shown of it */
    if (!all && part == AK_TAIL) {
        memcpy(to, "...", 3);
        used = 3;
        for (; whole > room; at += read) whole -= shown(text + at, bytes - at, &read, code);
    }
    for (size_t left = room; at < bytes; at += read) {
        const size_t wrote = shown(text + at, bytes - at, &read, code);
        if (wrote > left) break;
        memcpy(to + used, code, wrote);
        used += wrote;
        left -= wrote;
    }
    if (!all && part == AK_HEAD) {
        memcpy(to + used, "...", 3);
        used += 3;
    }
    to[used] = 0;
    return to;
}

const char *akin_show_name(const char *name, char *to, size_t size)
{
    return ak_show(name, strlen(name), AK_HEAD, to, size);
}

const char *akin_show_ordinal(int64_t x)
{
    static const char *const END[] = { "th", "st", "nd", "rd" };
    const int64_t last = x % 10, teens = x % 100 / 10;
    return teens != 1 && last > 0 && last < 4 ? END[last] : END[0];
}
