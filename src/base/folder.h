/* SPDX-License-Identifier: Apache-2.0 */
/* base/folder.h - the entries of a folder, one after the other. A folder that cannot be read to its end is an
 * error, not a folder with fewer entries. */
#ifndef AK_BASE_FOLDER_H
#define AK_BASE_FOLDER_H

#include "base/base.h"

#include <dirent.h>

typedef struct ak_folder {
    DIR *dir; /* NULL: it cannot be opened */
    const char *path;
    int reason; /* errno, of opening or of reading; 0 */
} ak_folder;

/* Opens path, which must stay. It can be read in any case: a folder that cannot be opened has no entries, and
 * ak_folder_close() tells why. */
ak_folder ak_folder_open(const char *path);

/* The next entry, "." and ".." among them; NULL at the end. */
const struct dirent *ak_folder_next(ak_folder *f);

/* Closes it. Returns status, or where that is AKIN_OK and the folder could not be opened or read to the point
 * that was asked for, AKIN_ERR_INPUT or AKIN_ERR_NOMEM with "cannot read the folder 'path': reason". */
akin_status ak_folder_close(ak_folder *f, akin_status status, akin_error *err);

/* The same of a folder that may be absent, and of what is stored: AKIN_ERR_IO. */
akin_status ak_folder_close_stored(ak_folder *f, akin_status status, akin_error *err);

#endif
