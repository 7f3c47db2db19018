/* SPDX-License-Identifier: Apache-2.0 */
/* files/zip.h - archives of zip, as .npz and files of torch.save() are: members in a row, and a directory
 * behind.
 *
 * Written: stored, with the 64-bit forms where 32 bits do not hold a number (zip_write.c). Read: stored or
 * deflated, in one file, not encrypted (zip_read.c). */
#ifndef AK_FILES_ZIP_H
#define AK_FILES_ZIP_H

#include "akin/tool/program.h"
#include "files/piece.h"

enum { AK_ZIP_NAME = 256, AK_ZIP_MEMBERS = 65536 };
/* The first four bytes of each record. */
enum {
    AK_ZIP_LOCAL = 0x04034b50,
    AK_ZIP_CENTRAL = 0x02014b50,
    AK_ZIP_END = 0x06054b50,
    AK_ZIP_END64 = 0x06064b50,
    AK_ZIP_LOCATE64 = 0x07064b50
};

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

/* Reading ---------------------------------------------------------------------------------------------- */

typedef struct ak_zip ak_zip;

/* Whether it is a file that begins as archives of zip do. What is not there, or is no file, is none.
 * AKIN_ERR_INPUT, AKIN_ERR_NOMEM */
akin_status ak_zip_is(const char *path, bool *is, akin_error *err);

/* The directory: every place and length in it is held against the file.  AKIN_ERR_INPUT (cannot be read),
 * AKIN_ERR_FORMAT (damaged, encrypted, another method; more than AK_ZIP_MEMBERS members), AKIN_ERR_NOMEM */
akin_status ak_zip_open(const char *path, ak_zip **out, akin_error *err);
void ak_zip_close(ak_zip *z); /* takes NULL */

int64_t ak_zip_count(const ak_zip *z);
const char *ak_zip_name(const ak_zip *z, int64_t i);

/* The first bytes of member i, at most size of them, unchecked; returns how many, 0 where it cannot be
 * read. */
size_t ak_zip_head(const ak_zip *z, int64_t i, void *to, size_t size);
/* The bytes of member i, whose sum was checked: of the open file where they are stored, else of *memory,
 * which the caller frees with free().
 * AKIN_ERR_FORMAT  another sum or length; more than 64 MiB and 1,000 times what was packed */
akin_status ak_zip_bytes(const ak_zip *z, int64_t i, ak_piece *out, unsigned char **memory, akin_error *err);

#endif
