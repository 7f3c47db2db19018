/* SPDX-License-Identifier: Apache-2.0 */
/* model/run_replace.c - one writer of a run folder, and a new run in place of an old one (run_folder.h).
 *
 * Set aside: run.json first, so that the folder is no run while its files move; then a file "whole" in
 * replaced/ says that all of them have. Put back: the new run's files are deleted, "whole" goes, the files
 * move back, run.json last. A kill anywhere leaves a state that ak_run_recover() finishes. */
#include "base/folder.h"
#include "base/base.h"
#include "base/path.h"
#include "base/plain.h"
#include "model/checkpoint_files.h"
#include "model/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 4096 };
static const char LOCK[] = "lock", REPLACED[] = "replaced", WHOLE[] = "whole", RECORD[] = "run.json";

static akin_status path_of(char path[PATH], const char *folder, const char *name, akin_error *err)
{
    if (ak_run_path(path, PATH, folder, name)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", folder);
}

/* The lock ----------------------------------------------------------------------------------------- */

akin_status ak_run_lock(const char *run, int *lock, akin_error *err)
{
    char path[PATH];
    AK_TRY(path_of(path, run, LOCK, err));
    for (;;) {
        const int fd = ak_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
        if (fd < 0)
            return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot open '%s': %s", path,
                           ak_strerror(errno));
        if (ak_flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            close(fd);
            return ak_fail(err, AKIN_ERR_ARGUMENT,
                           "another process is training into '%s'; wait for it, or stop it", run);
        }
        *lock = fd;
        if (ak_file_is_at(fd, path)) return AKIN_OK;
        const int reason = errno;
        close(fd); /* the one who held it has just deleted it */
        if (reason != ENOENT)
            return ak_fail(err, AKIN_ERR_IO, "cannot look at '%s': %s", path, ak_strerror(reason));
    }
}

void ak_run_unlock(const char *run, int lock)
{
    char path[PATH];
    if (lock < 0) return;
    if (ak_run_path(path, sizeof path, run, LOCK)) unlink(path); /* while it is held, it is nobody else's */
    close(lock);
}

/* Moving ------------------------------------------------------------------------------------------- */

static akin_status move_file(const char *from, const char *to, const char *name, akin_error *err)
{
    char a[PATH], b[PATH];
    AK_TRY(path_of(a, from, name, err));
    AK_TRY(path_of(b, to, name, err));
    if (ak_rename(a, b) == 0 || errno == ENOENT) return AKIN_OK;
    return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot move '%s' to '%s': %s", a, b,
                   ak_strerror(errno));
}

static akin_status sync_inside(const char *folder, akin_error *err)
{
    char path[PATH];
    AK_TRY(path_of(path, folder, RECORD, err));
    return ak_folder_sync(path, err);
}

/* Move our files of one folder into another, but for run.json. They are there on the disk, and not here,
 * before anything else is done: what came back after a power cut would be taken for the new run's. */
static akin_status move_ours(const char *from, const char *to, akin_error *err)
{
    ak_folder dir = ak_folder_open(from);
    akin_status status = dir.dir ? akin_folder_make(to, err) : AKIN_OK;
    bool moved = false;
    const struct dirent *entry;
    while (!status && (entry = ak_folder_next(&dir)) != NULL) {
        if (!ak_run_owns(entry->d_name) || strcmp(entry->d_name, RECORD) == 0) continue;
        status = move_file(from, to, entry->d_name, err);
        moved = true;
    }
    status = ak_folder_close_stored(&dir, status, err);
    if (!status && moved) status = sync_inside(to, err);
    if (!status && moved) status = sync_inside(from, err);
    return status;
}

static akin_status move_run(const char *from, const char *to, akin_error *err)
{
    char a[PATH], b[PATH];
    for (const char *const *folder = ak_run_folders; *folder; folder++) {
        AK_TRY(path_of(a, from, *folder, err));
        AK_TRY(path_of(b, to, *folder, err));
        AK_TRY(move_ours(a, b, err));
    }
    return move_ours(from, to, err);
}

/* Replacing ---------------------------------------------------------------------------------------- */

akin_status ak_run_forget_replaced(const char *run, akin_error *err)
{
    char path[PATH], inside[PATH];
    bool there;
    AK_TRY(path_of(path, run, REPLACED, err));
    AK_TRY(ak_run_has(run, REPLACED, &there, err));
    if (!there) return AKIN_OK;
    AK_TRY(ak_run_clear(path, err));
    AK_TRY(path_of(inside, path, WHOLE, err));
    unlink(inside);
    AK_TRY(path_of(inside, path, "whole.tmp", err)); /* killed while it was made */
    unlink(inside);
    for (const char *const *folder = ak_run_folders; *folder; folder++) {
        AK_TRY(path_of(inside, path, *folder, err));
        rmdir(inside);
    }
    rmdir(path); /* what is not ours stays, and so does the folder then */
    return AKIN_OK;
}

akin_status ak_run_set_aside(const char *run, akin_error *err)
{
    char path[PATH], whole[PATH];
    AK_TRY(path_of(path, run, REPLACED, err));
    bool there;
    AK_TRY(ak_run_has(run, RECORD, &there, err));
    if (!there) return ak_run_clear(run, err); /* leftovers of no run */
    AK_TRY(path_of(whole, path, WHOLE, err));
    AK_TRY(ak_look_stored(whole, &there, NULL, err));
    if (there) return ak_run_clear(run, err); /* a run without a checkpoint, begun in place of it */
    AK_TRY(akin_folder_make(path, err));
    AK_TRY(move_file(run, path, RECORD, err));
    AK_TRY(sync_inside(run, err));
    AK_TRY(move_run(run, path, err));
    return akin_file_save(whole, "", 0, err);
}

akin_status ak_run_put_back(const char *run, akin_error *err)
{
    char path[PATH], whole[PATH], record[PATH];
    AK_TRY(path_of(path, run, REPLACED, err));
    bool there;
    AK_TRY(ak_run_has(run, REPLACED, &there, err));
    if (!there) return AKIN_OK;
    AK_TRY(path_of(whole, path, WHOLE, err));
    AK_TRY(ak_look_stored(whole, &there, NULL, err));
    if (there) {
        AK_TRY(path_of(record, run, RECORD, err));
        unlink(record);
        AK_TRY(ak_run_clear(run, err));
        unlink(whole);
        AK_TRY(sync_inside(path, err));
    }
    AK_TRY(move_run(path, run, err));
    AK_TRY(move_file(path, run, RECORD, err));
    AK_TRY(sync_inside(run, err));
    return ak_run_forget_replaced(run, err);
}

akin_status ak_run_recover(const char *run, akin_error *err)
{
    int checkpoints = 0;
    bool there;
    AK_TRY(ak_run_has(run, REPLACED, &there, err));
    if (!there) return AKIN_OK;
    AK_TRY(ak_run_has(run, RECORD, &there, err));
    if (!there) return ak_run_put_back(run, err);
    AK_TRY(ak_checkpoint_count(run, &checkpoints, err));
    return checkpoints > 0 ? ak_run_forget_replaced(run, err) : AKIN_OK;
}

const char *ak_run_replaced_text(const char *run, char *text, size_t size)
{
    text[0] = 0;
    bool there;
    if (ak_run_has(run, REPLACED, &there, NULL) == AKIN_OK && there)
        snprintf(text, size, "; the run that it was to replace is in '%.400s/%s'", run, REPLACED);
    return text;
}
