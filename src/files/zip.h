/* SPDX-License-Identifier: Apache-2.0 */
/* files/zip.h - archives of zip, as .npz and files of torch.save() are: members in a row, and a directory
 * behind.
 *
 * Stored, with the 64-bit forms where 32 bits do not hold a number. */
#ifndef AK_FILES_ZIP_H
#define AK_FILES_ZIP_H

#include "akin/tool/program.h"
#include "base/base.h"

enum { AK_ZIP_NAME = 256 };

/* Writing ---------------------------------------------------------------------------------------------- */

typedef struct ak_zip_writer ak_zip_writer;

/* The archive goes to w, which stays the caller's.  AKIN_ERR_NOMEM */
akin_status ak_zip_begin(akin_writer *w, ak_zip_writer **out, akin_error *err);
/* A member of two pieces, one behind the other; its bytes begin at a multiple of align (1 to 64) in the
 * file. */
akin_status ak_zip_add(ak_zip_writer *z, const char *name, const void *head, size_t head_bytes,
                       const void *data, size_t bytes, int align, akin_error *err);
/* The directory. Frees z, also on failure and with a status, which is then returned. */
akin_status ak_zip_end(ak_zip_writer *z, akin_status status, akin_error *err);

#endif
