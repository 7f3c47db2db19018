/* SPDX-License-Identifier: Apache-2.0 */
/* files/hdf5.h - the arrays of a file of HDF5: all data sets that its groups hold, by their paths.
 *
 * libhdf5 is loaded when the first such file is opened, not before: it brings thirty other libraries. It is
 * never used by two threads at once. hdf5_absent.c stands for hdf5.c in a build without it. */
#ifndef AK_FILES_HDF5_H
#define AK_FILES_HDF5_H

#include "akin/tool/escape.h"
#include "base/base.h"

enum {
    AK_HDF5_ARRAYS = 65536,
    AK_HDF5_DEPTH = 16,     /* of groups in groups */
    AK_HDF5_FREE = 1 << 26, /* bytes that any array may have, */
    AK_HDF5_TIMES = 1000,   /* and beyond them so many times what it takes in the file */
};

typedef struct ak_hdf5_array {
    char *name; /* "group/x" */
    int ndim;
    int64_t shape[AKIN_MAX_DIMS];
    bool numbers, texts; /* what can be read of it; neither: it cannot */
} ak_hdf5_array;

typedef struct ak_hdf5 ak_hdf5;

/* A file that begins as those of HDF5 do; fails where it cannot be read. */
akin_status ak_hdf5_is(const char *path, bool *is, akin_error *err);

/* AKIN_ERR_UNSUPPORTED where there is no libhdf5; AKIN_ERR_INPUT, AKIN_ERR_FORMAT (cut, damaged),
 * AKIN_ERR_NOMEM */
akin_status ak_hdf5_open(const char *path, ak_hdf5 **out, akin_error *err);
void ak_hdf5_close(ak_hdf5 *f); /* takes NULL */

int64_t ak_hdf5_count(const ak_hdf5 *f);
const ak_hdf5_array *ak_hdf5_at(const ak_hdf5 *f, int64_t i);

/* Array i, as akin_npy_load() gives one; *truth (NULL = not wanted): truth values, as 0 and 1.
 * AKIN_ERR_SHAPE, AKIN_ERR_INPUT, AKIN_ERR_FORMAT, AKIN_ERR_NOMEM */
akin_status ak_hdf5_load(const ak_hdf5 *f, int64_t i, akin_array *out, bool *truth, akin_error *err);
/* Array i, [n] texts, as names; to be freed by akin_names_free(). */
akin_status ak_hdf5_texts(const ak_hdf5 *f, int64_t i, akin_names *out, akin_error *err);

#endif
