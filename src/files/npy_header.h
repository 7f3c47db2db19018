/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy_header.h - what the header of a .npy file says. */
#ifndef AK_FILES_NPY_HEADER_H
#define AK_FILES_NPY_HEADER_H

#include "base/base.h"

typedef struct ak_npy_header {
    char kind; /* b i u f: bool, signed, unsigned, real */
    int item_bytes;
    bool swapped; /* the other byte order than this machine's */
    bool fortran; /* the first index runs fastest */
    int ndim;
    int64_t shape[AKIN_MAX_DIMS], count;
    int64_t offset; /* of the items */
    char descr[16]; /* the dtype as the file names it */
} ak_npy_header;

/* Read the header, and hold its shape against the file_bytes of the file. path is for the error.
 * AKIN_ERR_FORMAT or AKIN_ERR_INPUT. */
akin_status ak_npy_read_header(int fd, int64_t file_bytes, const char *path, ak_npy_header *h,
                               akin_error *err);

/* The dtype that the items become in memory. */
akin_dtype ak_npy_dtype(const ak_npy_header *h);

/* Read exactly bytes at offset at; 0, errno, or -1 when the file ends first. */
int ak_npy_read_at(int fd, void *to, size_t bytes, int64_t at);

/* AKIN_ERR_INPUT with the sentence for a reason of ak_npy_read_at(). */
akin_status ak_npy_read_failed(akin_error *err, const char *path, int reason, int64_t at);

#endif
