/* SPDX-License-Identifier: Apache-2.0 */
/* files/class_names.h - files of names of classes: line k, from 0, names class k. */
#ifndef AK_FILES_CLASS_NAMES_H
#define AK_FILES_CLASS_NAMES_H

#include "base/classes.h"

/* Adds the names of a file to an empty list.  AKIN_ERR_INPUT, AKIN_ERR_FORMAT, AKIN_ERR_NOMEM */
akin_status ak_class_names_load(const char *path, ak_class_list *out, akin_error *err);

/* Where the names of the classes of an array of labels would stand: FILE.labels.npy -> FILE.classes.txt;
 * SPLIT-labels.npy and labels.npy -> class-names.txt of the folder; "" for other names. */
enum { AK_CLASS_NAMES_PATH = 4096 };
void ak_class_names_beside(const char *labels, char to[AK_CLASS_NAMES_PATH]);
/* Those names, if the file is there, into an empty list.  As ak_class_names_load() */
akin_status ak_class_names_find(const char *labels, ak_class_list *out, akin_error *err);

#endif
