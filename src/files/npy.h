/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy.h - more of the .npy files of akin/base.h: reading piece by piece. */
#ifndef AK_FILES_NPY_H
#define AK_FILES_NPY_H

#include "base/base.h"

size_t ak_dtype_bytes(akin_dtype dtype); /* of one item */
/* Item i as double: exact for every dtype but I64 beyond 2^53, where it rounds as a cast to float does. */
double ak_array_real(const akin_array *a, int64_t i);

float ak_half_to_float(uint16_t half); /* of IEEE's binary16 */

/* An open .npy file, read piece by piece; the header was held against the length of the file. */
typedef struct ak_npy ak_npy;

/* Fails as akin_npy_load(). */
akin_status ak_npy_open(const char *path, ak_npy **out, akin_error *err);
void ak_npy_close(ak_npy *f); /* takes NULL */

/* dtype, shape and count; data = NULL. */
akin_array ak_npy_array(const ak_npy *f);

/* Whether the file holds truth values, which are read as bytes 0 and 1. */
bool ak_npy_is_bool(const ak_npy *f);

/* Whether the items lie in C order, so that they can be read piece by piece. */
bool ak_npy_in_order(const ak_npy *f);

/* Items [first, first+count) of the array into `to`, which has its dtype. Any number of threads at once.
 * AKIN_ERR_INPUT when the file became shorter or cannot be read. */
akin_status ak_npy_read(const ak_npy *f, int64_t first, int64_t count, void *to, akin_error *err);

#endif
