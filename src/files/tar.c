/* SPDX-License-Identifier: Apache-2.0 */
/* files/tar.c - archives of tar by libarchive, the only file that knows it.
 *
 * libarchive gets the bytes from here: of a plain file by their place, so that what nobody wants is passed
 * over and the place of a member is known; of a packed one as byte_stream.c unpacks them, with its sums and
 * its limits. It reads tar and nothing else.
 *
 * What it lets pass is looked at here: an archive that ends without its mark was cut between two members, and
 * bytes behind the mark are a second archive that nobody would read. It works in the locale "C", where names
 * stay the bytes that they are. libarchive is loaded at the first archive (base/late.h). */
#include "files/tar.h"

#include "base/late.h"
#include "base/path.h"
#include "base/plain.h"
#include "files/byte_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 512, PIECE = 1 << 16 };

/* What is used of the library. */
#define FUNCTIONS(X)                                                                                         \
    X(archive_set_error)                                                                                     \
    X(archive_errno)                                                                                         \
    X(archive_error_string)                                                                                  \
    X(archive_read_new)                                                                                      \
    X(archive_read_support_format_tar)                                                                       \
    X(archive_read_set_read_callback)                                                                        \
    X(archive_read_set_skip_callback)                                                                        \
    X(archive_read_set_callback_data)                                                                        \
    X(archive_read_open1)                                                                                    \
    X(archive_read_free)                                                                                     \
    X(archive_filter_bytes)                                                                                  \
    X(archive_entry_hardlink)                                                                                \
    X(archive_entry_filetype)                                                                                \
    X(archive_entry_sparse_count)                                                                            \
    X(archive_entry_pathname)                                                                                \
    X(archive_entry_size)                                                                                    \
    X(archive_read_next_header)                                                                              \
    X(archive_read_data)

static const char *const NAMES[] = { AK_LATE_NAMES(FUNCTIONS) };
static struct {
    AK_LATE_POINTERS(FUNCTIONS)
} lib;
static ak_late_library library = { .file = AK_ARCHIVE_LIBRARY,
                                   .what = "archives of tar need",
                                   .package = "libarchive (Debian: libarchive13)",
                                   .names = NAMES,
                                   .n = sizeof NAMES / sizeof *NAMES };

struct ak_tar {
    struct archive *archive;
    char *path;
    int fd;                 /* of a plain file */
    int64_t at, length;     /* in it */
    ak_byte_stream *packed; /* or NULL */
    int64_t end;            /* of the last member, in whole blocks */
    ak_tar_member last;
    akin_error failed; /* of the bytes below libarchive */
    char name[AK_TAR_NAME];
    unsigned char piece[PIECE];
};

/* Bytes for libarchive ----------------------------------------------------------------------------------- */

static akin_status fetch(ak_tar *t, size_t *got)
{
    *got = 0;
    if (t->packed) return ak_byte_stream_piece(t->packed, t->piece, sizeof t->piece, got, &t->failed);
    ssize_t more;
    do more = pread(t->fd, t->piece, sizeof t->piece, (off_t)t->at);
    while (more < 0 && errno == EINTR);
    if (more < 0)
        return ak_fail(&t->failed, ak_status_of(errno, AKIN_ERR_INPUT), "cannot read '%s' at byte %lld: %s",
                       t->path, (long long)t->at, ak_strerror(errno));
    if (more == 0 && t->at < t->length)
        return ak_fail(&t->failed, AKIN_ERR_INPUT, "'%s' became shorter while it was read", t->path);
    t->at += more;
    *got = (size_t)more;
    return AKIN_OK;
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **out)
{
    ak_tar *t = ctx;
    size_t got = 0;
    *out = t->piece;
    if (fetch(t, &got) == AKIN_OK) return (la_ssize_t)got;
    lib.archive_set_error(a, EIO, "unread");
    return ARCHIVE_FATAL;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t want)
{
    ak_tar *t = ctx;
    (void)a;
    if (t->packed) return 0; /* then it reads */
    if (want > t->length - t->at) want = t->length - t->at;
    t->at += want;
    return want;
}

static akin_status lacks(akin_error *err, const char *path)
{
    return ak_no_memory(err, "to read '%s'", path);
}

/* Why libarchive failed: what came from below says it best. */
static akin_status failed(ak_tar *t, const char *what, akin_error *err)
{
    char shown[AK_SHOWN];
    if (t->failed.status) return ak_fail(err, t->failed.status, "%s", t->failed.message);
    if (lib.archive_errno(t->archive) == ENOMEM) return lacks(err, t->path);
    const char *reason = lib.archive_error_string(t->archive);
    if (!reason) reason = "no reason given";
    if (!*t->name) return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is no archive of tar: %s", t->path, reason);
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is %s '%s': %s", t->path, what, ak_shown(t->name, shown),
                   reason);
}

/* Opening ------------------------------------------------------------------------------------------------ */

static akin_status open_bytes(ak_tar *t, akin_error *err)
{
    struct stat info;
    AK_TRY(ak_byte_stream_open(t->path, &t->packed, err));
    if (ak_byte_stream_is_packed(t->packed)) return AKIN_OK;
    ak_byte_stream_close(t->packed);
    t->packed = NULL;
    t->fd = ak_open(t->path, O_RDONLY, 0);
    if (t->fd < 0) return ak_cannot_open(t->path, err);
    if (fstat(t->fd, &info) != 0) return ak_cannot_open(t->path, err);
    t->length = (int64_t)info.st_size;
    return t->length ? AKIN_OK : ak_fail(err, AKIN_ERR_FORMAT, "'%s' is empty", t->path);
}

static akin_status start(ak_tar *t, akin_error *err)
{
    AK_TRY(open_bytes(t, err));
    AK_TRY(ak_late_load(&library, &lib, err));
    t->archive = lib.archive_read_new();
    if (!t->archive) return lacks(err, t->path);
    if (lib.archive_read_support_format_tar(t->archive) != ARCHIVE_OK ||
        lib.archive_read_set_read_callback(t->archive, on_read) != ARCHIVE_OK ||
        lib.archive_read_set_skip_callback(t->archive, on_skip) != ARCHIVE_OK ||
        lib.archive_read_set_callback_data(t->archive, t) != ARCHIVE_OK)
        return lacks(err, t->path);
    return lib.archive_read_open1(t->archive) == ARCHIVE_OK ? AKIN_OK : failed(t, "", err);
}

akin_status ak_tar_open(const char *path, ak_tar **out, akin_error *err)
{
    ak_tar *t = calloc(1, sizeof *t);
    if (t) t->path = strdup(path);
    if (!t || !t->path) {
        free(t);
        return lacks(err, path);
    }
    t->fd = -1;
    const locale_t was = ak_plain_begin();
    const akin_status status = start(t, err);
    ak_plain_end(was);
    if (status)
        ak_tar_close(t);
    else
        *out = t;
    return status;
}

void ak_tar_close(ak_tar *t)
{
    if (!t) return;
    if (t->archive) lib.archive_read_free(t->archive);
    ak_byte_stream_close(t->packed);
    if (t->fd >= 0) close(t->fd);
    free(t->path);
    free(t);
}

bool ak_tar_is_packed(const ak_tar *t) { return t->packed != NULL; }

/* Members ------------------------------------------------------------------------------------------------ */

/* Nothing but zeros stands behind the mark. */
static akin_status check_rest(ak_tar *t, akin_error *err)
{
    for (size_t got = 1; got > 0;) {
        if (fetch(t, &got)) return ak_fail(err, t->failed.status, "%s", t->failed.message);
        for (size_t i = 0; i < got; i++)
            if (t->piece[i])
                return ak_fail(err, AKIN_ERR_FORMAT,
                               "'%s' goes on behind the mark at its end: several archives in one file? "
                               "give each as a file of its own",
                               t->path);
    }
    return AKIN_OK;
}

static akin_status check_end(ak_tar *t, akin_error *err)
{
    char shown[AK_SHOWN];
    if (lib.archive_filter_bytes(t->archive, 0) > t->end) {
        if (!t->packed) t->at = t->end;
        return check_rest(t, err);
    }
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s' is cut: it ends behind '%s', without the two empty blocks that end an archive",
                   t->path, ak_shown(*t->name ? t->name : "nothing", shown));
}

static ak_tar_kind kind_of(struct archive_entry *e)
{
    if (lib.archive_entry_hardlink(e)) return AK_TAR_LINK;
    switch (lib.archive_entry_filetype(e)) {
    case AE_IFREG: return lib.archive_entry_sparse_count(e) > 0 ? AK_TAR_ODD : AK_TAR_FILE;
    case AE_IFDIR: return AK_TAR_FOLDER;
    case AE_IFLNK: return AK_TAR_LINK;
    default: return AK_TAR_ODD;
    }
}

static akin_status take(ak_tar *t, struct archive_entry *e, akin_error *err)
{
    char shown[AK_SHOWN];
    const char *name = lib.archive_entry_pathname(e);
    const size_t n = name ? strlen(name) : 0;
    if (n == 0 || n >= sizeof t->name)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s': the member behind '%s' has %s", t->path,
                       ak_shown(t->name, shown), n ? "a name of more than 4,095 bytes" : "no name");
    memcpy(t->name, name, n + 1);
    ak_tar_member *m = &t->last;
    *m = (ak_tar_member){ .name = t->name, .kind = kind_of(e) };
    m->bytes = m->kind == AK_TAR_FILE ? lib.archive_entry_size(e) : 0;
    m->offset = lib.archive_filter_bytes(t->archive, 0);
    if (m->bytes < 0 || m->offset < 0 || m->bytes > INT64_MAX - m->offset - BLOCK)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s': the member '%s' says that it has %lld bytes", t->path,
                       ak_shown(t->name, shown), (long long)m->bytes);
    if (!t->packed && m->bytes > t->length - m->offset)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is cut: its member '%s' has %lld bytes, and only %lld are there", t->path,
                       ak_shown(t->name, shown), (long long)m->bytes,
                       (long long)(t->length > m->offset ? t->length - m->offset : 0));
    t->end = m->offset + (m->bytes + BLOCK - 1) / BLOCK * BLOCK;
    return AKIN_OK;
}

static akin_status next(ak_tar *t, ak_tar_member *member, bool *more, akin_error *err)
{
    struct archive_entry *e = NULL;
    const int state = lib.archive_read_next_header(t->archive, &e);
    *more = state != ARCHIVE_EOF;
    if (!*more) return check_end(t, err);
    if (state != ARCHIVE_OK && state != ARCHIVE_WARN) return failed(t, "damaged or cut behind", err);
    AK_TRY(take(t, e, err));
    *member = t->last;
    return AKIN_OK;
}

akin_status ak_tar_next(ak_tar *t, ak_tar_member *member, bool *more, akin_error *err)
{
    const locale_t was = ak_plain_begin();
    const akin_status status = next(t, member, more, err);
    ak_plain_end(was);
    return status;
}

akin_status ak_tar_bytes(ak_tar *t, void *to, akin_error *err)
{
    const la_ssize_t got = lib.archive_read_data(t->archive, to, (size_t)t->last.bytes);
    return got == (la_ssize_t)t->last.bytes ? AKIN_OK : failed(t, "damaged or cut in", err);
}
