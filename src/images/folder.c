/* SPDX-License-Identifier: Apache-2.0 */
/* images/folder.c - a folder of pictures, or one of them: files are the pictures of a list (pictures.c). */
#include "base/plain.h"
#include "images/readers.h"

#include "base/path.h"
#include "images/decode.h"
#include "images/pictures.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* At most `most` bytes from the start of a regular file; *whole when that is all of it. */
static akin_status read_file(const char *path, size_t most, uint8_t **data, size_t *n, bool *whole,
                             akin_error *err)
{
    const int fd = ak_open(path, O_RDONLY | O_NONBLOCK, 0); /* a pipe must not block us */
    if (fd < 0) return ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "%s", ak_strerror(errno));
    struct stat info;
    akin_status status = AKIN_OK;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        status = ak_fail(err, AKIN_ERR_INPUT, "not a regular file");
    else if (info.st_size > AK_MAX_FILE_BYTES)
        status = ak_fail(err, AKIN_ERR_INPUT, "%lld bytes; a picture may have %d", (long long)info.st_size,
                         AK_MAX_FILE_BYTES);
    const size_t length = status ? 0 : (size_t)info.st_size, want = length < most ? length : most;
    uint8_t *bytes = status ? NULL : malloc(want + 1);
    if (!status && !bytes) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for its %zu bytes", want);
    size_t got = 0;
    while (!status && got < want) {
        const ssize_t more = read(fd, bytes + got, want - got);
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0)
            status = ak_fail(err, ak_status_of(more < 0 ? errno : 0, AKIN_ERR_INPUT),
                             "cannot read beyond byte %zu: %s", got,
                             more < 0 ? ak_strerror(errno) : "it became shorter");
        else
            got += (size_t)more;
    }
    close(fd);
    if (status) {
        free(bytes);
        return status;
    }
    *data = bytes;
    *n = want;
    *whole = want == length;
    return AKIN_OK;
}

/* ctx: the folder. */
static akin_status read_bytes(const void *ctx, const char *name, int64_t place, size_t most, uint8_t **data,
                              size_t *n, bool *whole, akin_error *err)
{
    char *path = ak_path_join(ctx, name);
    (void)place;
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for its path");
    const akin_status status = read_file(path, most, data, n, whole, err);
    free(path);
    return status;
}

static void add_remark(akin_image_set *ds, const ak_folder_list *list)
{
    if (list->outside > 0)
        ak_remark(&ds->remarks, "Not labelled: %lld image%s outside of the class folders.",
                  (long long)list->outside, list->outside == 1 ? " is" : "s are");
}

/* The folder that a path names, or that of the file; the caller frees it. */
static char *folder_of(const char *path, bool is_folder)
{
    const char *base = ak_path_base(path);
    if (is_folder) return strdup(path);
    return base == path ? strdup(".") : strndup(path, (size_t)(base - path));
}

static akin_status read_pictures(akin_image_set *ds, const char *path, bool is_folder,
                                 const akin_image_set_opts *opts, akin_error *err)
{
    if (!is_folder && !ak_is_image_name(ak_path_base(path)))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is no picture; format images needs one, or a folder", path);
    ds->from = (ak_picture_source){ read_bytes, free, folder_of(path, is_folder) };
    if (!ds->from.ctx) return ak_no_memory(err, "for the path '%s'", path);
    ak_folder_list list;
    akin_status status = is_folder ? ak_list_folder(path, &ds->remarks, &list, err)
                                   : ak_list_file(ds->from.ctx, ak_path_base(path), &ds->remarks, &list, err);
    if (!status) status = ak_pictures_read(ds, &list, opts, err);
    if (!status && list.classes > 0)
        status = ak_image_set_name_classes(ds, (const char *const *)list.class_name, list.classes, err);
    if (!status) add_remark(ds, &list);
    ak_folder_list_free(&list);
    return status;
}

const ak_image_format ak_image_folder = { "images", NULL, NULL, read_pictures };
