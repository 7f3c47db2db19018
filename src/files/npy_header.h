/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy_header.h - what the header of a .npy file says. */
#ifndef AK_FILES_NPY_HEADER_H
#define AK_FILES_NPY_HEADER_H

#include "files/piece.h"

typedef struct ak_npy_header {
    bool texts; /* set by the caller: texts are read too */
    char kind;  /* b i u f: bool, signed, unsigned, real; U S: texts of 32-bit characters, of bytes */
    int item_bytes;
    bool swapped; /* the other byte order than this machine's */
    bool fortran; /* the first index runs fastest */
    int ndim;
    int64_t shape[AKIN_MAX_DIMS], count;
    int64_t offset; /* of the items */
    char descr[16]; /* the dtype as the file names it */
} ak_npy_header;

/* Read the header, and hold its shape against the bytes that there are. path is for the error.
 * AKIN_ERR_FORMAT or AKIN_ERR_INPUT. */
akin_status ak_npy_read_header(const ak_piece *file, const char *path, ak_npy_header *h, akin_error *err);

/* The dtype that the items become in memory. */
akin_dtype ak_npy_dtype(const ak_npy_header *h);

#endif
