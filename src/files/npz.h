/* SPDX-License-Identifier: Apache-2.0 */
/* files/npz.h - NumPy's .npz, an archive of .npy, and files of HDF5 (hdf5.h): what the names of their arrays
 * mean.
 *
 *     items     x, data, images, features, embeddings, vectors, inputs, arr_0; or the only array
 *     labels    y, labels, label, targets, target, arr_1
 *     names     names of the items
 *     classes   classes, class_names: line k is the name of class k
 *
 * each alone, or with the name of a part before or behind it ("x_train", "test-labels", "train/x"); capitals
 * do not count. "FILE.h5:/group/x" names the array of items itself, or that of labels where it is [n] or
 * [n,1]. */
#ifndef AK_FILES_NPZ_H
#define AK_FILES_NPZ_H

#include "akin/tool/escape.h"
#include "base/folder_names.h"
#include "base/remarks.h"
#include "files/zip.h"

typedef enum ak_npz_role {
    AK_NPZ_ITEMS,
    AK_NPZ_LABELS,
    AK_NPZ_NAMES,
    AK_NPZ_CLASSES,
    AK_NPZ_OTHER
} ak_npz_role;

typedef struct ak_npz ak_npz;

/* A .npz, a file of HDF5, or an array of one, by its first bytes. */
akin_status ak_npz_is(const char *path, bool *is, akin_error *err);
/* Fails as ak_zip_open() and ak_hdf5_open() do, and with AKIN_ERR_INPUT where two arrays mean the same. */
akin_status ak_npz_open(const char *path, ak_npz **out, akin_error *err);
void ak_npz_close(ak_npz *z); /* takes NULL */

/* The array of that role, of a part; -1 = none. What belongs to no part is of "train". */
int64_t ak_npz_find(const ak_npz *z, ak_npz_role role, ak_part_name part);
/* AKIN_ERR_INPUT where there are no items of "train": the sentence lists the arrays. */
akin_status ak_npz_check(const ak_npz *z, akin_error *err);
/* The first bytes of the items of "train", at most size of them; returns how many, 0 where there are none. */
size_t ak_npz_head(const ak_npz *z, char *to, size_t size);
/* Of a file of HDF5, how many dimensions the items of "train" have; 0 where there are none. */
int ak_npz_hdf5_dimensions(const ak_npz *z);
/* "FILE.npz: NAME", for sentences. */
const char *ak_npz_shown(const ak_npz *z, int64_t i, char shown[4096]);
/* Arrays that nobody asks for, in a remark. */
void ak_npz_tell_others(const ak_npz *z, ak_remarks *to);

/* Array i.  As akin_npy_load(), and as ak_zip_bytes(). truth as in ak_npy_load_piece(). */
akin_status ak_npz_load(const ak_npz *z, int64_t i, akin_array *out, bool *truth, akin_error *err);
/* Array i of texts (dtype U or S), as names; to be freed by akin_names_free().  AKIN_ERR_FORMAT,
 * AKIN_ERR_SHAPE */
akin_status ak_npz_texts(const ak_npz *z, int64_t i, akin_names *out, akin_error *err);

#endif
