/* SPDX-License-Identifier: Apache-2.0 */
/* model/run_folder.h - the folder of a run: paths in it, and which of its files are ours
 * (docs/formats.md). */
#ifndef AK_MODEL_RUN_FOLDER_H
#define AK_MODEL_RUN_FOLDER_H

#include "akin/base.h"

/* "RUN/NAME" into path[size]; false when it does not fit. */
bool ak_run_path(char *path, size_t size, const char *run, const char *name);

/* RUN/NAME is there. */
bool ak_run_has(const char *run, const char *name);

/* Delete what a run leaves behind, and nothing else.  AKIN_ERR_IO with the file. */
akin_status ak_run_clear(const char *run, akin_error *err);

#endif
