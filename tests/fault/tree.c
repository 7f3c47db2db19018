/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c - what a folder holds (tree.h). */
#define _GNU_SOURCE
#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *what, const char *path)
{
    fprintf(stderr, "campaign: cannot %s '%s'\n", what, path);
    exit(2);
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
    char buffer[1 << 16];
    const int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (in < 0 || out < 0) die("copy to", to);
    for (ssize_t n; (n = read(in, buffer, sizeof buffer)) != 0;)
        if (n < 0 || write(out, buffer, (size_t)n) != n) die("copy to", to);
    close(in);
    close(out);
}

void tree_copy(const char *from, const char *to)
{
    struct stat info;
    if (stat(from, &info) != 0) die("find", from);
    if (!S_ISDIR(info.st_mode)) {
        copy_file(from, to, info.st_mode & 0777);
        return;
    }
    mkdir(to, 0777);
    DIR *d = opendir(from);
    if (!d) die("open", from);
    for (struct dirent *e; (e = readdir(d));) {
        char a[1024], b[1024];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        snprintf(a, sizeof a, "%s/%s", from, e->d_name);
        snprintf(b, sizeof b, "%s/%s", to, e->d_name);
        tree_copy(a, b);
    }
    closedir(d);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    return remove(path);
}

void tree_remove(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

uint64_t tree_file_sum(const char *path, int64_t *bytes)
{
    unsigned char buffer[1 << 16];
    uint64_t sum = 14695981039346656037u;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW);
    *bytes = 0;
    if (fd < 0) return 0;
    for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0; *bytes += n) {
        for (ssize_t i = 0; i + 8 <= n; i += 8) {
            uint64_t word;
            memcpy(&word, buffer + i, 8);
            sum = (sum ^ word) * 1099511628211u;
            sum ^= sum >> 32;
        }
        for (ssize_t i = n & ~(ssize_t)7; i < n; i++) sum = (sum ^ buffer[i]) * 1099511628211u;
    }
    close(fd);
    return sum;
}

static void add(tree *t, const char *path, uint64_t sum, int64_t bytes)
{
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->entries = realloc(t->entries, (size_t)t->room * sizeof *t->entries);
        if (!t->entries) die("remember", path);
    }
    t->entries[t->count++] = (tree_entry){ strdup(path), sum, bytes };
}

static void walk(tree *t, const char *folder, const char *within)
{
    DIR *d = opendir(folder);
    if (!d) die("open", folder);
    for (struct dirent *e; (e = readdir(d));) {
        char path[1024], name[1024];
        struct stat info;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        snprintf(name, sizeof name, "%s%s%s", within, *within ? "/" : "", e->d_name);
        if (lstat(path, &info) != 0) die("look at", path);
        int64_t bytes = -1;
        uint64_t sum = 0;
        if (!S_ISDIR(info.st_mode)) sum = tree_file_sum(path, &bytes);
        add(t, name, sum, bytes);
        if (S_ISDIR(info.st_mode)) walk(t, path, name);
    }
    closedir(d);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const tree_entry *)a)->path, ((const tree_entry *)b)->path);
}

tree tree_read(const char *folder)
{
    tree t = { 0 };
    walk(&t, folder, "");
    if (t.count) qsort(t.entries, (size_t)t.count, sizeof *t.entries, by_path);
    return t;
}

void tree_free(tree *t)
{
    for (int i = 0; i < t->count; i++) free(t->entries[i].path);
    free(t->entries);
    *t = (tree){ 0 };
}

static bool excepted(const char *path, const char *patterns)
{
    char all[1024], *at = all, *one;
    snprintf(all, sizeof all, "%s", patterns ? patterns : "");
    while ((one = strsep(&at, " ")))
        if (*one && fnmatch(one, path, 0) == 0) return true;
    return false;
}

/* A folder with nothing in it. */
static bool is_empty(const tree *t, int i)
{
    const size_t n = strlen(t->entries[i].path);
    if (t->entries[i].bytes >= 0) return false;
    for (int k = i + 1; k < t->count; k++)
        if (strncmp(t->entries[k].path, t->entries[i].path, n) == 0 && t->entries[k].path[n] == '/' &&
            t->entries[k].bytes >= 0)
            return false;
    return true;
}

const char *tree_differs(const tree *a, const tree *b, const char *patterns)
{
    int i = 0, k = 0;
    while (i < a->count || k < b->count) {
        const tree_entry *x = i < a->count ? &a->entries[i] : NULL, *y = k < b->count ? &b->entries[k] : NULL;
        const int order = !x ? 1 : !y ? -1 : strcmp(x->path, y->path);
        const char *path = order <= 0 ? x->path : y->path;
        const bool same = order == 0 ? x->bytes == y->bytes && x->sum == y->sum : order > 0 && is_empty(b, k);
        if (!same && !excepted(path, patterns)) return path;
        i += order <= 0;
        k += order >= 0;
    }
    return NULL;
}

const char *tree_temporary(const tree *a, const tree *b)
{
    for (int i = 0, k = 0; i < a->count; i++) {
        const char *path = a->entries[i].path;
        while (k < b->count && strcmp(b->entries[k].path, path) < 0) k++;
        if (k < b->count && strcmp(b->entries[k].path, path) == 0) continue;
        if (strstr(path, ".tmp")) return path;
    }
    return NULL;
}

static bool holds(const tree *t, const tree_entry *e)
{
    const tree_entry *at = bsearch(e, t->entries, (size_t)t->count, sizeof *e, by_path);
    return at && at->bytes == e->bytes && at->sum == e->sum;
}

const char *tree_neither(const tree *a, const tree *b, const tree *now, const char *patterns)
{
    for (int i = 0; i < now->count; i++) {
        const tree_entry *e = &now->entries[i];
        const bool may = e->bytes < 0 || strstr(e->path, ".tmp") || excepted(e->path, patterns);
        if (!may && !holds(a, e) && !holds(b, e)) return e->path;
    }
    return NULL;
}
