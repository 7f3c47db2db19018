/* SPDX-License-Identifier: Apache-2.0 */
/* images/file_kinds.c - files of a folder that are no pictures: counted by their endings, and looked for. */
#define _DEFAULT_SOURCE /* dirfd */
#include "images/list_folder.h"

#include "base/folder.h"
#include "base/folder_names.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Letters and digits in lower case, with the dot; false when the name has no such ending. */
static bool ending_of(const char *name, char to[12])
{
    const char *dot = strrchr(name, '.');
    size_t n = 0;
    if (!dot || dot == name) return false;
    for (const char *c = dot; *c; c++) {
        const bool upper = *c >= 'A' && *c <= 'Z', lower = *c >= 'a' && *c <= 'z';
        const bool fine = c == dot || upper || lower || (*c >= '0' && *c <= '9');
        if (!fine || n == 11) return false;
        to[n++] = (char)(upper ? *c - 'A' + 'a' : *c);
    }
    to[n] = 0;
    return n > 1;
}

void ak_file_kinds_add(ak_file_kinds *k, const char *name)
{
    char ending[12] = "";
    if (!ending_of(name, ending)) ending[0] = 0;
    int i = 0;
    while (i < k->kinds && strcmp(k->kind[i].ending, ending) != 0) i++;
    k->total++;
    if (i == (int)(sizeof k->kind / sizeof *k->kind)) {
        k->more++;
        return;
    }
    if (i == k->kinds) {
        memcpy(k->kind[i].ending, ending, sizeof ending);
        k->kind[i].n = 0;
        k->kinds++;
    }
    k->kind[i].n++;
}

static int by_count(const void *a, const void *b)
{
    const struct ak_file_kind *x = a, *y = b;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    return strcmp(x->ending, y->ending);
}

char *ak_file_kinds_text(const ak_file_kinds *k, char *to, size_t size)
{
    enum { MOST = 5 };
    ak_file_kinds sorted = *k;
    int64_t rest = k->more;
    size_t at = 0;
    to[0] = 0;
    qsort(sorted.kind, (size_t)sorted.kinds, sizeof *sorted.kind, by_count);
    for (int i = 0; i < sorted.kinds; i++) {
        const struct ak_file_kind *one = &sorted.kind[i];
        if (i >= MOST)
            rest += one->n;
        else if (at < size)
            at += (size_t)snprintf(to + at, size - at, "%s%lld %s", i ? ", " : "", (long long)one->n,
                                   one->ending[0] ? one->ending : "without an ending");
    }
    if (rest && at < size) snprintf(to + at, size - at, ", %lld others", (long long)rest);
    return to;
}

bool ak_folder_level_set(ak_folder_level *level, int fd, bool *loop)
{
    struct stat info;
    *loop = false;
    if (fstat(fd, &info) != 0) return false;
    level->device = info.st_dev;
    level->number = info.st_ino;
    for (const ak_folder_level *a = level->above; a; a = a->above)
        *loop = *loop || (a->device == level->device && a->number == level->number);
    return true;
}

typedef bool wanted_fn(const char *name);

static akin_status holds(const char *folder, const char *name, wanted_fn *wanted,
                         const ak_folder_level *above, bool *found, akin_error *err)
{
    ak_folder_level here = { .above = above, .depth = above ? above->depth + 1 : 0 };
    if (here.depth > AK_MAX_DEPTH) return AKIN_OK;
    char *path = ak_path_join(folder, name);
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s/%s'", folder, name);
    ak_folder dir = ak_folder_open(path);
    bool loop = false, below = false;
    akin_status status = AKIN_OK;
    if (dir.dir && !ak_folder_level_set(&here, dirfd(dir.dir), &loop)) loop = true;
    for (const struct dirent *e; !status && !loop && !*found && (e = ak_folder_next(&dir)) != NULL;) {
        if (ak_is_clutter(e->d_name)) continue;
        *found = wanted(e->d_name);
        if (!*found) status = ak_path_is_folder(path, e->d_name, &below, err);
        if (!status && !*found && below) status = holds(path, e->d_name, wanted, &here, found, err);
    }
    status = ak_folder_close(&dir, status, err);
    free(path);
    return status;
}

akin_status ak_folder_holds(const char *folder, const char *name, wanted_fn *wanted, bool *found,
                            akin_error *err)
{
    *found = false;
    return holds(folder, name, wanted, NULL, found, err);
}
