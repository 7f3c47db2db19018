/* SPDX-License-Identifier: Apache-2.0 */
/* base/escape.h - internal side of akin/tool/escape.h. */
#ifndef AK_BASE_ESCAPE_H
#define AK_BASE_ESCAPE_H

#include "akin/tool/escape.h"
#include "base/base.h"

/* How many of the n >= 1 bytes at s are one character that may stand as it is in a file and on a terminal; 0
 * where what is there needs an escape. */
size_t ak_showable(const char *s, size_t n);

/* Escapes for what is at s and not showable, at most 16 bytes, to `to`. *read receives the bytes that they
 * stand for. Returns the bytes written. */
enum { AK_ESCAPE_BYTES = 16 };
size_t ak_escape_one(const char *s, size_t n, size_t *read, char to[AK_ESCAPE_BYTES]);

/* Text made fit for a sentence, at most size-1 bytes of it in to. Where there is no room for all of it, "..."
 * stands for the end, or with AK_TAIL for the beginning. size >= 8. Returns to. */
typedef enum ak_part { AK_HEAD, AK_TAIL } ak_part;
const char *ak_show(const char *text, size_t bytes, ak_part part, char *to, size_t size);

#endif
