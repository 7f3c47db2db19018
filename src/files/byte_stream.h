/* SPDX-License-Identifier: Apache-2.0 */
/* files/byte_stream.h - bytes of a file or pipe in order, unpacked on the way when they are gzip, zstd or
 * xz. */
#ifndef AK_FILES_BYTE_STREAM_H
#define AK_FILES_BYTE_STREAM_H

#include "base/base.h"

enum {
    AK_BYTE_PIECE = 1 << 18,    /* bytes that are read at once */
    AK_UNPACKED_FREE = 1 << 26, /* so many may come out of any packed file */
    AK_UNPACKED_TIMES = 1000,   /* and beyond them so many times what went in */
};

typedef struct ak_byte_stream ak_byte_stream;

/* AKIN_ERR_INPUT when it is no readable regular file. */
akin_status ak_byte_stream_open(const char *path, ak_byte_stream **out, akin_error *err);
/* Also a pipe; "-" is standard input. */
akin_status ak_byte_stream_open_any(const char *path, ak_byte_stream **out, akin_error *err);
void ak_byte_stream_close(ak_byte_stream *s);

/* The most bytes that a regular file can give: its length; packed, what its length allows (deflate never
 * expands more than 1032 times). Anything a header promises beyond this is a lie. */
int64_t ak_byte_stream_limit(const ak_byte_stream *s);
/* Before memory is taken for what a header promises: AKIN_ERR_INPUT when that is more than a packed file may
 * give. */
akin_status ak_byte_stream_promise(const ak_byte_stream *s, int64_t bytes, akin_error *err);
/* Reading failed because the system could not read the file, not because of what it holds. */
bool ak_byte_stream_is_unread(const ak_byte_stream *s);
bool ak_byte_stream_is_packed(const ak_byte_stream *s);
int64_t ak_byte_stream_given(const ak_byte_stream *s); /* bytes handed out so far */

/* Exactly n bytes. AKIN_ERR_FORMAT when the source ends before or is damaged. */
akin_status ak_byte_stream_read(ak_byte_stream *s, void *to, size_t n, akin_error *err);

/* At most n bytes; *got < n only at the end. AKIN_ERR_FORMAT when packed data are damaged or break off. */
akin_status ak_byte_stream_some(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err);

/* The bytes that are there now, at most n, and at least one; *got = 0 only at the end. A pipe gives what it
 * has. */
akin_status ak_byte_stream_piece(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err);

/* AKIN_ERR_FORMAT unless everything has been read. */
akin_status ak_byte_stream_end(ak_byte_stream *s, akin_error *err);

#endif
