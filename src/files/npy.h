/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy.h - more of the .npy files of akin/base.h: reading piece by piece. */
#ifndef AK_FILES_NPY_H
#define AK_FILES_NPY_H

#include "files/piece.h"

size_t ak_dtype_bytes(akin_dtype dtype); /* of one item */
/* Item i as double: exact for every dtype but I64 beyond 2^53, where it rounds as a cast to float does. */
double ak_array_real(const akin_array *a, int64_t i);

float ak_half_to_float(uint16_t half); /* of IEEE's binary16 */

/* akin_npy_load() of a piece of a file, or of memory; path is for the error. *truth (NULL = not wanted): the
 * items are truth values. */
akin_status ak_npy_load_piece(const ak_piece *file, const char *path, akin_array *out, bool *truth,
                              akin_error *err);

/* An array of whole numbers, [n] or [n,1], becomes I32 [n].  AKIN_ERR_SHAPE, AKIN_ERR_INPUT */
akin_status ak_labels_of_array(const char *path, akin_array *a, akin_error *err);

/* An open .npy file, read piece by piece; the header was held against the length of the file. */
typedef struct ak_npy ak_npy;

/* Fails as akin_npy_load(). */
akin_status ak_npy_open(const char *path, ak_npy **out, akin_error *err);
void ak_npy_close(ak_npy *f); /* takes NULL */

/* dtype, shape and count; data = NULL. */
akin_array ak_npy_array(const ak_npy *f);

/* Whether the file holds truth values, which are read as bytes 0 and 1. */
bool ak_npy_is_bool(const ak_npy *f);

/* Whether the items are int8, which are read as whole numbers of 32 bits. */
bool ak_npy_is_int8(const ak_npy *f);

/* Whether the items lie in C order, so that they can be read piece by piece. */
bool ak_npy_in_order(const ak_npy *f);

/* Items [first, first+count) of the array into `to`, which has its dtype. Any number of threads at once.
 * AKIN_ERR_INPUT when the file became shorter or cannot be read. */
akin_status ak_npy_read(const ak_npy *f, int64_t first, int64_t count, void *to, akin_error *err);

/* The same of items of a byte each, such as int8, as they are in the file. */
akin_status ak_npy_read_bytes(const ak_npy *f, int64_t first, int64_t count, void *to, akin_error *err);

/* The header of a .npy, as numpy.save writes it, and how many items follow. */
typedef struct ak_npy_text {
    char text[512];
    size_t bytes;
    int64_t count;
} ak_npy_text;

/* Fails as akin_npy_write(). */
akin_status ak_npy_head(akin_dtype dtype, int ndim, const int64_t *shape, ak_npy_text *out, akin_error *err);
/* Of int8, which no akin_dtype is. */
akin_status ak_npy_head_of_int8(const int64_t shape[2], ak_npy_text *out, akin_error *err);
/* Of n texts of so many characters (dtype U), which take four bytes each, little-endian. */
akin_status ak_npy_head_of_texts(int64_t characters, int64_t n, ak_npy_text *out, akin_error *err);

#endif
