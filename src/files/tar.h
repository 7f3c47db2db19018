/* SPDX-License-Identifier: Apache-2.0 */
/* files/tar.h - the members of an archive of tar in their order, by libarchive; plain, or packed by gzip,
 * zstd or xz (byte_stream.h). Names are only names: nothing is ever unpacked to the disk.
 *
 * tar_absent.c stands for tar.c in a build without libarchive. */
#ifndef AK_FILES_TAR_H
#define AK_FILES_TAR_H

#include "base/base.h"

enum { AK_TAR_NAME = 4096 }; /* the longest name and one */

typedef enum ak_tar_kind {
    AK_TAR_FILE, /* with all its bytes in one piece */
    AK_TAR_FOLDER,
    AK_TAR_LINK,
    AK_TAR_ODD /* a device, a pipe, a file with holes */
} ak_tar_kind;

typedef struct ak_tar_member {
    const char *name; /* until the next call */
    ak_tar_kind kind;
    int64_t bytes;
    int64_t offset; /* of its bytes in the archive, which is the file where that is not packed */
} ak_tar_member;

typedef struct ak_tar ak_tar;

/* AKIN_ERR_UNSUPPORTED without libarchive; AKIN_ERR_INPUT, AKIN_ERR_FORMAT (empty), AKIN_ERR_NOMEM */
akin_status ak_tar_open(const char *path, ak_tar **out, akin_error *err);
void ak_tar_close(ak_tar *t); /* takes NULL */
bool ak_tar_is_packed(const ak_tar *t);

/* The next member; *more = false at the end.
 * AKIN_ERR_FORMAT  no tar; damaged; a member that is cut, or an archive without the mark at its end, which
 *                  may have lost members; something behind the mark */
akin_status ak_tar_next(ak_tar *t, ak_tar_member *member, bool *more, akin_error *err);
/* The bytes of the member that came last, all of them; once.  AKIN_ERR_INPUT, AKIN_ERR_FORMAT */
akin_status ak_tar_bytes(ak_tar *t, void *to, akin_error *err);

#endif
