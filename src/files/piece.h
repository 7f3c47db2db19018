/* SPDX-License-Identifier: Apache-2.0 */
/* files/piece.h - bytes that are read by their place: of a file, of a part of one, or of memory. */
#ifndef AK_FILES_PIECE_H
#define AK_FILES_PIECE_H

#include "base/base.h"

typedef struct ak_piece {
    int fd;
    int64_t base;                /* of its first byte in the file */
    const unsigned char *memory; /* NULL: they are in the file */
    int64_t bytes;
} ak_piece;

/* Read exactly so many bytes at offset at of the piece; 0, errno, or -1 when it ends first. */
int ak_piece_read(const ak_piece *p, void *to, size_t bytes, int64_t at);

/* AKIN_ERR_INPUT with the sentence for a reason of ak_piece_read(). */
akin_status ak_piece_failed(akin_error *err, const char *path, int reason, int64_t at);

#endif
