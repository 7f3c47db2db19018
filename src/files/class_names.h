/* SPDX-License-Identifier: Apache-2.0 */
/* files/class_names.h - files of names of classes: line k, from 0, names class k. */
#ifndef AK_FILES_CLASS_NAMES_H
#define AK_FILES_CLASS_NAMES_H

#include "base/classes.h"

/* Adds the names of a file to an empty list.  AKIN_ERR_INPUT, AKIN_ERR_FORMAT, AKIN_ERR_NOMEM */
akin_status ak_class_names_load(const char *path, ak_class_list *out, akin_error *err);
akin_status ak_class_names_save(const char *path, const ak_class_list *list, akin_error *err);

#endif
