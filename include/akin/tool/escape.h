/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/escape.h - names and other foreign text: as one line of a file, and as it may be shown.
 *
 * Names come from outside and may hold anything: line ends, escape sequences of a terminal, bytes that are no
 * UTF-8. In files one escaping is used everywhere, which can be taken back (docs/formats.md, "Names in
 * files"). On a terminal the same escapes stand for what must not reach it; a backslash stays as it is there.
 */
#ifndef AKIN_TOOL_ESCAPE_H
#define AKIN_TOOL_ESCAPE_H

#include "akin/base.h"
#include "akin/tool/program.h"

#include <stdarg.h>
#include <stdio.h>

#if defined(__GNUC__)
#define AKIN_FORMAT(format_at, first) __attribute__((format(printf, format_at, first)))
#else
#define AKIN_FORMAT(format_at, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* In files. -------------------------------------------------------------------------------------------- */

/* bytes of a name as one line of UTF-8 without its end, and a 0. `to` has room for 4*bytes+1. Ordinary names
 * stay as they are, and no two names become the same. Returns the bytes written, without the 0. */
AKIN_API int64_t akin_name_escape(const char *name, int64_t bytes, char *to);

/* The other way. `to` has room for bytes+1 and may be `line`. Returns the bytes of the name, which end with a
 * 0; or -1, with `to` as it was, where a backslash is followed by no escape or a name would hold a 0. */
AKIN_API int64_t akin_name_unescape(const char *line, int64_t bytes, char *to);

/* A name, escaped, and a line end.  AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_name_write(akin_writer *w, const char *name, akin_error *err);

/* Names of a file, one a line, not fewer and not more than lines: an empty line is an empty name, the last
 * line may do without its end. */
typedef struct akin_names {
    uint32_t struct_size;
    int64_t n;
    char **name; /* [n], in memory of the list */
} akin_names;
/* clang-format off */
#define AKIN_NAMES_INIT { .struct_size = sizeof(akin_names) }
/* clang-format on */

/* A line with a backslash that begins no escape is taken as it stands: a hand or an older program wrote it.
 * akin_names_free() frees what *out holds.  AKIN_ERR_INPUT, AKIN_ERR_FORMAT (a 0 byte), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_names_load(const char *path, akin_names *out, akin_error *err);
AKIN_API void akin_names_free(akin_names *names); /* takes NULL; leaves the list empty */

/* On a terminal. --------------------------------------------------------------------------------------- */

/* A name as it may be shown, at most size-1 bytes of it, in to; returns to. Control characters, bytes that
 * are no UTF-8, and characters that turn the direction of a line become escapes. Of a name that is too long
 * the end is "...". size >= 8. */
AKIN_API const char *akin_show_name(const char *name, char *to, size_t size);

/* What is written behind the digits of x: "st" of 1st, "th" of 12th. */
AKIN_API const char *akin_show_ordinal(int64_t x);

/* As printf() and vsnprintf(), but what %s and %c bring becomes as akin_show_name() makes it, and widths
 * count columns of a terminal. So a line end in the format is one, and a line end in a name is not. %n, %p,
 * wide characters and numbered arguments are not known. akin_print() returns the bytes written, or a number
 * below 0. Where size is too small for all, akin_vformat() shows of long texts the end, after "..."; it
 * returns the bytes that are in `to`. */
AKIN_API int akin_print(FILE *to, const char *format, ...) AKIN_FORMAT(2, 3);
AKIN_API int akin_vformat(char *to, size_t size, const char *format, va_list args) AKIN_FORMAT(3, 0);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_ESCAPE_H */
