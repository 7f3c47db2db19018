/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/lines.h - lines of a file or pipe, plain or compressed.
 *
 * Trust    The file is read piece by piece. gzip, zstd and xz are told by their first bytes and inflated
 *          through a buffer of fixed size; a line has at most 16 MiB. So a small file cannot ask for much
 *          memory.
 * Threads  One reader serves one thread at a time.
 */
#ifndef AKIN_TOOL_LINES_H
#define AKIN_TOOL_LINES_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_lines akin_lines;

/* path "-" is standard input. A byte order mark at the beginning is dropped. A file without a line feed in
 * its first 64 KiB, but with CR, has its lines end in CR.
 * AKIN_ERR_INPUT (not there, cannot be read, a folder), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_lines_open(const char *path, akin_lines **out, akin_error *err);
AKIN_API void akin_lines_close(akin_lines *l); /* takes NULL */

/* The next line without its end (LF or CR LF). The text is borrowed until the next call and may be empty.
 * *got is false after the last line. Bytes are not checked: akin_utf8_check() of akin/tool/utf8.h does that.
 * AKIN_ERR_INPUT (cannot be read; a line of more than 16 MiB), AKIN_ERR_FORMAT (damaged or truncated
 * compressed data, with the byte of the file; text in UTF-16 or UTF-32), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_lines_next(akin_lines *l, const char **text, int64_t *bytes, bool *got,
                                     akin_error *err);
AKIN_API int64_t akin_lines_number(const akin_lines *l); /* of the line given last, from 1 */

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_LINES_H */
