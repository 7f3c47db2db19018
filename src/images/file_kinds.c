/* SPDX-License-Identifier: Apache-2.0 */
/* images/file_kinds.c - files of a folder that are no pictures: counted by their endings, and looked for. */
#define _DEFAULT_SOURCE /* dirfd */
#include "images/list_folder.h"

#include "base/folder_names.h"
#include "base/path.h"

#include <dirent.h>
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

static bool holds(const char *path, bool (*wanted)(const char *name), const ak_folder_level *above)
{
    ak_folder_level here = { .above = above, .depth = above ? above->depth + 1 : 0 };
    DIR *dir = here.depth <= AK_MAX_DEPTH ? ak_opendir(path) : NULL;
    bool found = false, loop = true;
    if (dir && (!ak_folder_level_set(&here, dirfd(dir), &loop) || loop)) {
        closedir(dir);
        return false;
    }
    for (struct dirent *e = dir ? readdir(dir) : NULL; e && !found; e = readdir(dir)) {
        if (ak_is_clutter(e->d_name)) continue;
        if (wanted(e->d_name)) {
            found = true;
        } else if (ak_path_is_folder(path, e->d_name)) {
            char *deeper = ak_path_join(path, e->d_name);
            found = deeper && holds(deeper, wanted, &here);
            free(deeper);
        }
    }
    if (dir) closedir(dir);
    return found;
}

bool ak_folder_holds(const char *path, bool (*wanted)(const char *name)) { return holds(path, wanted, NULL); }
