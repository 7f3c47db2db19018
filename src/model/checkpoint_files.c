/* SPDX-License-Identifier: Apache-2.0 */
/* model/checkpoint_files.c - which checkpoints a run folder holds; the best of them, and the old ones that
 * go. */
#include "model/checkpoint_files.h"

#include "akin/model.h"
#include "base/folder.h"
#include "base/base.h"
#include "base/path.h"
#include "base/plain.h"
#include "model/run_folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NEWEST_KEPT = 2 };
static const char BEST[] = "checkpoints/best.safetensors";

bool ak_checkpoint_path(char *path, size_t size, const char *run, int64_t step)
{
    char name[64];
    snprintf(name, sizeof name, "checkpoints/step-%010" PRId64 ".safetensors", step);
    return ak_run_path(path, size, run, step == AK_CHECKPOINT_BEST ? BEST : name);
}

akin_status ak_checkpoint_steps(const char *run, int64_t *steps, int *found, akin_error *err)
{
    char folder[4096];
    int n = 0;
    *found = 0;
    if (!ak_run_path(folder, sizeof folder, run, "checkpoints"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
    ak_folder dir = ak_folder_open(folder);
    const struct dirent *entry;
    while (n < AK_MAX_CHECKPOINTS && (entry = ak_folder_next(&dir)) != NULL) {
        long long step;
        char rest[32] = "";
        if (sscanf(entry->d_name, "step-%lld%31s", &step, rest) != 2 || strcmp(rest, ".safetensors") != 0)
            continue;
        int at = n++;
        for (; at > 0 && steps[at - 1] < step; at--) steps[at] = steps[at - 1];
        steps[at] = step;
    }
    AK_TRY(ak_folder_close_stored(&dir, AKIN_OK, err));
    *found = n;
    return AKIN_OK;
}

akin_status ak_checkpoint_count(const char *run, int *n, akin_error *err)
{
    int64_t *steps = malloc(AK_MAX_CHECKPOINTS * sizeof *steps);
    if (!steps) return ak_no_memory(err, "for the checkpoints of '%s'", run);
    const akin_status status = ak_checkpoint_steps(run, steps, n, err);
    free(steps);
    return status;
}

akin_status akin_run_checkpoints(const char *run, int64_t *steps, int64_t room, int64_t *count,
                                 akin_error *err)
{
    if (!run || !count || (room > 0 && !steps))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "run_checkpoints: run, steps and count must not be NULL");
    bool has;
    AK_TRY(ak_run_has(run, "run.json", &has, err));
    if (!has)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' is no run folder: it has no run.json; 'akin train DATA --out RUN' makes one",
                       run);
    int64_t *all = malloc(AK_MAX_CHECKPOINTS * sizeof *all);
    if (!all) return ak_no_memory(err, "for the checkpoints of '%s'", run);
    int n;
    const akin_status status = ak_checkpoint_steps(run, all, &n, err);
    for (int i = 0; !status && i < n && i < room; i++) steps[i] = all[n - 1 - i];
    if (!status) *count = n;
    free(all);
    return status;
}

/* Delete what a process has left that was killed within a save. Only one process writes a run, so none of it
 * is in use. */
static void sweep(const char *run)
{
    char folder[4096];
    if (!ak_run_path(folder, sizeof folder, run, "checkpoints")) return;
    ak_folder dir = ak_folder_open(folder);
    const struct dirent *entry;
    while ((entry = ak_folder_next(&dir)) != NULL) {
        char path[4096];
        if (strstr(entry->d_name, ".safetensors.tmp") &&
            (strncmp(entry->d_name, "step-", 5) == 0 || strncmp(entry->d_name, "best.", 5) == 0) &&
            ak_run_path(path, sizeof path, folder, entry->d_name))
            unlink(path);
    }
    ak_folder_close(&dir, AKIN_OK, NULL); /* what was not seen stays until the next time */
}

void ak_checkpoint_trim(const char *run, int64_t stays)
{
    sweep(run);
    int64_t *steps = malloc(AK_MAX_CHECKPOINTS * sizeof *steps);
    if (!steps) return;
    int n = 0;
    if (ak_checkpoint_steps(run, steps, &n, NULL)) n = 0; /* then all stay */
    bool deleted = false;
    char path[4096];
    for (int i = NEWEST_KEPT; i < n; i++) {
        if (stays > 0 && steps[i] % stays == 0) continue;
        if (ak_checkpoint_path(path, sizeof path, run, steps[i]) && unlink(path) == 0) deleted = true;
    }
    if (deleted) ak_folder_sync(path, NULL); /* so that none comes back when the run is done */
    free(steps);
}

static akin_status copy_file(const char *from, const char *to, akin_error *err)
{
    char *data = NULL;
    size_t bytes = 0;
    AK_TRY(akin_file_load(from, SIZE_MAX - 1, &data, &bytes, err));
    const akin_status status = akin_file_save(to, data, bytes, err);
    free(data);
    return status;
}

akin_status ak_checkpoint_mark_best(const char *run, int64_t step, akin_error *err)
{
    char path[4096], best[4096], temporary[4096 + 32];
    if (!ak_checkpoint_path(path, sizeof path, run, step) ||
        !ak_checkpoint_path(best, sizeof best, run, AK_CHECKPOINT_BEST))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
    snprintf(temporary, sizeof temporary, "%s.tmp-link", best);
    unlink(temporary);
    if (link(path, temporary) != 0) {
        if (errno == ENOSPC || errno == EDQUOT || errno == EIO)
            return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot link '%s' to '%s': %s", best, path,
                           ak_strerror(errno));
        return copy_file(path, best, err); /* a file system without hard links */
    }
    const int reason = ak_rename(temporary, best) != 0 ? errno : 0;
    unlink(temporary); /* of two names of one file, rename leaves both */
    if (reason)
        return ak_fail(err, ak_status_of(reason, AKIN_ERR_IO), "cannot rename to '%s': %s", best,
                       ak_strerror(reason));
    return ak_folder_sync(best, err);
}
