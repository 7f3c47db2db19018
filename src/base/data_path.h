/* SPDX-License-Identifier: Apache-2.0 */
/* base/data_path.h - paths of data that are more than the name of one file: archives with braces in their
 * name (files/shard_list.h), an array in a file of HDF5, "x.h5:/group/array". */
#ifndef AK_BASE_DATA_PATH_H
#define AK_BASE_DATA_PATH_H

#include "base/base.h"

/* Where the array of "x.h5:/group/array" begins, at ":/", if the path names one in a file that is there; else
 * NULL. A file that is called so is itself. */
const char *ak_data_path_array(const char *path);

/* The path from the root, links resolved where it is one file or folder; free() frees it. NULL where it
 * cannot be told, with errno. */
char *ak_data_path_absolute(const char *path);

/* What a set is called: the last part of its path, links resolved. */
void ak_data_path_name(const char *path, char name[256]);

#endif
