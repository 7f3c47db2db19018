/* SPDX-License-Identifier: Apache-2.0 */
/* files/byte_stream.h - bytes of a file in order, inflated on the way when it is gzip. */
#ifndef AK_FILES_BYTE_STREAM_H
#define AK_FILES_BYTE_STREAM_H

#include "base/base.h"

typedef struct ak_byte_stream ak_byte_stream;

/* AKIN_ERR_INPUT when it is no readable regular file. */
akin_status ak_byte_stream_open(const char *path, ak_byte_stream **out, akin_error *err);
void ak_byte_stream_close(ak_byte_stream *s);

/* The most bytes the source can give: the length of a plain file; of gzip, what its length allows (deflate
 * never expands more than 1032 times). Anything a header promises beyond this is a lie. */
int64_t ak_byte_stream_limit(const ak_byte_stream *s);
bool ak_byte_stream_is_gzip(const ak_byte_stream *s);

/* Exactly n bytes. AKIN_ERR_FORMAT when the source ends before or is damaged. */
akin_status ak_byte_stream_read(ak_byte_stream *s, void *to, size_t n, akin_error *err);

/* At most n bytes; *got < n only at the end. AKIN_ERR_FORMAT when gzip data is damaged or breaks off. */
akin_status ak_byte_stream_some(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err);

/* AKIN_ERR_FORMAT unless everything has been read. */
akin_status ak_byte_stream_end(ak_byte_stream *s, akin_error *err);

#endif
