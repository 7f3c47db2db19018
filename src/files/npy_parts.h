/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy_parts.h - one array whose rows, its first dimension, are in one .npy file or in several, one
 * behind the other: those of a range (files/shard_list.h), of any number of rows each.
 *
 * One file stays open. Several are opened for each reading, for a range may have more of them than a program
 * may have open. */
#ifndef AK_FILES_NPY_PARTS_H
#define AK_FILES_NPY_PARTS_H

#include "files/npy.h"

typedef struct ak_npy_parts ak_npy_parts;

/* path: of the n files, in order. The sentences name the file that is wrong.
 * As ak_npy_open()  AKIN_ERR_SHAPE: a file whose rows have another shape, or items of another dtype, than
 * those of the first */
akin_status ak_npy_parts_open(char *const *path, int64_t n, ak_npy_parts **out, akin_error *err);
void ak_npy_parts_close(ak_npy_parts *p); /* takes NULL */
/* The same for one more, who closes it too; not from several threads. */
ak_npy_parts *ak_npy_parts_share(ak_npy_parts *p);

/* dtype, shape and count of all; data = NULL. */
akin_array ak_npy_parts_array(const ak_npy_parts *p);
bool ak_npy_parts_are_bool(const ak_npy_parts *p);
/* As ak_npy_in_order() of every file. */
bool ak_npy_parts_in_order(const ak_npy_parts *p);
/* How many rows the file k has. */
int64_t ak_npy_parts_rows(const ak_npy_parts *p, int64_t k);
/* The file that has this row, and, where of_file is not NULL, which of its own it is. */
const char *ak_npy_parts_file(const ak_npy_parts *p, int64_t row, int64_t *of_file);

/* As ak_npy_read(), of the whole array. */
akin_status ak_npy_parts_read(const ak_npy_parts *p, int64_t first, int64_t count, void *to, akin_error *err);
/* All of it, in C order.  As akin_npy_load() */
akin_status ak_npy_parts_load(const ak_npy_parts *p, akin_array *out, akin_error *err);

/* Files beside an array, such as its labels: "x.npy" has "x-labels.npy". Of several files either one that
 * all share, named by what stands before their numbers ("x-labels.npy" of x-00000.npy, x-00001.npy), or
 * one beside each. */
typedef struct ak_beside {
    char **path;
    int64_t n; /* 0: none; 1: of all rows; else one for each file, in order */
} ak_beside;

/* what: "labels.npy".
 * AKIN_ERR_INPUT  some files have one and others have none; or there are both kinds
 * AKIN_ERR_NOMEM */
akin_status ak_beside_find(char *const *path, int64_t n, const char *what, ak_beside *out, akin_error *err);
void ak_beside_free(ak_beside *b);

#endif
