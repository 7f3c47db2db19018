/* SPDX-License-Identifier: Apache-2.0 */
/* model/run_folder.c - paths in a run's folder, and what of it may be deleted. */
#include "model/run_folder.h"

#include "base/folder.h"
#include "base/base.h"
#include "base/path.h"
#include "base/plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool ak_run_path(char *path, size_t size, const char *run, const char *name)
{
    const int length = snprintf(path, size, "%s/%s", run, name);
    return length >= 0 && (size_t)length < size;
}

akin_status ak_run_has(const char *run, const char *name, bool *has, akin_error *err)
{
    char path[4096];
    *has = false;
    return ak_run_path(path, sizeof path, run, name) ? ak_look_stored(path, has, NULL, err) : AKIN_OK;
}

const char *const ak_run_folders[] = { "checkpoints", "gallery", NULL };

bool ak_run_owns(const char *name)
{
    static const char *const names[] = { "run.json",
                                         "metrics.jsonl",
                                         "eval.json",
                                         "eval-items.npy",
                                         "bounds.json",
                                         "bounds.jsonl",
                                         "diagnose.json",
                                         "profile.json",
                                         "DONE",
                                         "best.safetensors",
                                         "log.txt",
                                         "report.html",
                                         "keep.txt",
                                         "vocabulary.txt",
                                         "classes.txt",
                                         "views.npy",
                                         "neighbours.npy",
                                         "neighbours.json",
                                         "difficulty.npy",
                                         "neighbours-pixels.npy",
                                         "neighbours-pixels.json",
                                         "difficulty.json",
                                         NULL };
    char base[256];
    const char *half = strstr(name, ".tmp"); /* PATH.tmp, PATH.tmp-2, .tmp-PID of older versions */
    const size_t length = half && (half[4] == 0 || half[4] == '-') ? (size_t)(half - name) : strlen(name);
    if (length >= sizeof base) return false;
    memcpy(base, name, length);
    base[length] = 0;
    for (const char *const *n = names; *n; n++)
        if (strcmp(base, *n) == 0) return true;
    return strncmp(base, "events.out.tfevents.", 20) == 0 || strncmp(base, "step-", 5) == 0;
}

static akin_status clear_folder(const char *folder, akin_error *err)
{
    ak_folder dir = ak_folder_open(folder);
    akin_status status = AKIN_OK;
    const struct dirent *entry;
    while (!status && (entry = ak_folder_next(&dir)) != NULL) {
        char path[4096];
        if (!ak_run_owns(entry->d_name) || !ak_run_path(path, sizeof path, folder, entry->d_name)) continue;
        if (unlink(path) != 0)
            status = ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot remove '%s': %s", path,
                             ak_strerror(errno));
    }
    return ak_folder_close_stored(&dir, status, err);
}

akin_status ak_run_clear(const char *run, akin_error *err)
{
    for (const char *const *folder = ak_run_folders; *folder; folder++) {
        char path[4096];
        if (ak_run_path(path, sizeof path, run, *folder)) AK_TRY(clear_folder(path, err));
    }
    return clear_folder(run, err);
}
