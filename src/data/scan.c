/* SPDX-License-Identifier: Apache-2.0 */
/* data/scan.c - which images a folder holds, in which split and class.
 *
 * With a folder train/ there are splits: train/, and test/ or else val/ (both: three splits). Within a split the
 * first folder on the way to an image is its class; with an image outside of such folders nothing is labelled.
 * Names are sorted byte by byte, so that the order of items is the same on every file system. */
#include "data/scan.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static akin_status no_memory(const akin_scan *scan, akin_error *err)
{
    return akin_fail(err, AKIN_ERR_NOMEM, "no memory to list '%s'", scan->root);
}

/* name is taken over. */
static akin_status add_item(akin_scan *scan, char *name, int split, akin_error *err)
{
    if (scan->n == scan->room) {
        const int64_t room = scan->room ? 2 * scan->room : 256;
        akin_scan_item *grown = realloc(scan->item, (size_t)room * sizeof *grown);
        if (!grown) {
            free(name);
            return no_memory(scan, err);
        }
        scan->item = grown;
        scan->room = room;
    }
    scan->item[scan->n++] = (akin_scan_item){ .name = name, .split = split, .label = -1 };
    return AKIN_OK;
}

static void ignore(akin_scan *scan, const char *name)
{
    scan->ignored++;
    if (!scan->other[0] || strcmp(name, scan->other) < 0)
        snprintf(scan->other, sizeof scan->other, "%s", name);
}

static akin_status walk(akin_scan *scan, const char *folder, int split, int depth, akin_error *err);

/* What one name within a folder is; relative is taken over. */
static akin_status visit(akin_scan *scan, char *relative, const char *name, int split, int depth,
                         akin_error *err)
{
    if (akin_is_image_name(name)) return add_item(scan, relative, split, err);
    struct stat info;
    char *path = akin_path_join(scan->root, relative);
    akin_status status = path ? AKIN_OK : no_memory(scan, err);
    if (!status && name[0] != '.' && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        status = walk(scan, relative, split, depth + 1, err);
    else
        ignore(scan, name);
    free(path);
    free(relative);
    return status;
}

/* folder: within the root, "" for the root itself. */
static akin_status walk(akin_scan *scan, const char *folder, int split, int depth, akin_error *err)
{
    if (depth > AKIN_MAX_DEPTH)
        return akin_fail(err, AKIN_ERR_INPUT,
                         "'%s/%s' is nested more than %d folders deep; a link to a parent?", scan->root,
                         folder, AKIN_MAX_DEPTH);
    char *path = akin_path_join(scan->root, folder);
    DIR *dir = path ? opendir(path) : NULL;
    akin_status status = AKIN_OK;
    if (!path) status = no_memory(scan, err);
    if (path && !dir) status = akin_cannot_open(path, err);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e && !status; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        char *relative = *folder ? akin_path_join(folder, e->d_name) : strdup(e->d_name);
        status = relative ? visit(scan, relative, e->d_name, split, depth, err) : no_memory(scan, err);
    }
    if (dir) closedir(dir);
    free(path);
    return status;
}

/* Order and classes ------------------------------------------------------------------------------------------- */

static int by_split_and_name(const void *a, const void *b)
{
    const akin_scan_item *x = a, *y = b;
    return x->split != y->split ? x->split - y->split : strcmp(x->name, y->name);
}

/* The class folder within an item's name and its length; 0 when the image lies outside of one. */
static size_t class_part(const akin_scan *scan, const akin_scan_item *item, const char **part)
{
    const char *name = item->name;
    if (scan->split_name[0]) name = strchr(name, '/') + 1; /* "train/" */
    const char *slash = strchr(name, '/');
    *part = name;
    return slash ? (size_t)(slash - name) : 0;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static akin_status find_classes(akin_scan *scan, akin_error *err)
{
    const char *part;
    int64_t n = 0;
    for (int64_t i = 0; i < scan->n; i++) scan->outside += class_part(scan, &scan->item[i], &part) == 0;
    if (scan->outside > 0) {
        if (scan->outside == scan->n) scan->outside = 0; /* flat: there are no class folders */
        return AKIN_OK;
    }
    /* Items are sorted, so that those of a class in a split follow each other. */
    for (int64_t i = 0; i < scan->n; i++) {
        const size_t length = class_part(scan, &scan->item[i], &part);
        if (n > 0 && strlen(scan->class_name[n - 1]) == length &&
            memcmp(scan->class_name[n - 1], part, length) == 0)
            continue;
        char **grown = realloc(scan->class_name, (size_t)(n + 1) * sizeof *grown);
        if (!grown) return no_memory(scan, err);
        scan->class_name = grown;
        grown[n] = strndup(part, length);
        if (!grown[n]) return no_memory(scan, err);
        scan->classes = ++n;
    }
    qsort(scan->class_name, (size_t)n, sizeof *scan->class_name, by_text);
    scan->classes = 0;
    for (int64_t k = 0; k < n; k++) {
        if (scan->classes > 0 && strcmp(scan->class_name[scan->classes - 1], scan->class_name[k]) == 0)
            free(scan->class_name[k]);
        else
            scan->class_name[scan->classes++] = scan->class_name[k];
    }
    if (scan->classes > AKIN_MAX_CLASSES)
        return akin_fail(err, AKIN_ERR_INPUT, "'%s' has %lld class folders; the limit is %d", scan->root,
                         (long long)scan->classes, AKIN_MAX_CLASSES);
    return AKIN_OK;
}

static void set_labels(akin_scan *scan)
{
    for (int64_t i = 0; i < scan->n && scan->classes > 0; i++) {
        const char *part;
        const size_t length = class_part(scan, &scan->item[i], &part);
        int64_t low = 0, high = scan->classes - 1;
        while (low < high) { /* the first class that is not before the part */
            const int64_t middle = (low + high) / 2;
            const char *name = scan->class_name[middle];
            const size_t have = strlen(name);
            const int order = memcmp(name, part, have < length ? have : length);
            if (order < 0 || (order == 0 && have < length))
                low = middle + 1;
            else
                high = middle;
        }
        scan->item[i].label = (int32_t)low;
    }
}

/* Splits ------------------------------------------------------------------------------------------------------- */

static bool has_folder(const char *root, const char *name)
{
    struct stat info;
    char *path = akin_path_join(root, name);
    const bool yes = path && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    free(path);
    return yes;
}

static akin_status nothing_found(const akin_scan *scan, const char *within, akin_error *err)
{
    char shown[AKIN_SHOWN];
    const char *slash = *within ? "/" : "";
    if (scan->ignored == 0)
        return akin_fail(
            err, AKIN_ERR_INPUT,
            "'%s%s%s' is empty; expected are images (JPEG, PNG, WebP, PPM, PGM), IDX, CIFAR or .npy files",
            scan->root, slash, within);
    const char *dot = strrchr(scan->other, '.');
    const bool npy = dot && strcmp(dot, ".npy") == 0;
    return akin_fail(err, AKIN_ERR_INPUT, "'%s%s%s' holds no data: %lld other file%s such as '%s'; %s",
                     scan->root, slash, within, (long long)scan->ignored, scan->ignored == 1 ? "" : "s",
                     akin_shown(scan->other, shown),
                     npy ? "give the .npy file itself, or call it train.npy"
                         : "expected are images (JPEG, PNG, WebP, PPM, PGM), IDX, CIFAR or .npy files");
}

static akin_status walk_split(akin_scan *scan, const char *folder, const char *name, akin_error *err)
{
    const int64_t before = scan->n;
    const int split = scan->splits++;
    scan->split_name[split] = name;
    AKIN_TRY(walk(scan, folder, split, 0, err));
    return scan->n > before ? AKIN_OK : nothing_found(scan, folder, err);
}

akin_status akin_scan_folder(const char *root, akin_scan *scan, akin_error *err)
{
    memset(scan, 0, sizeof *scan);
    scan->root = root;
    if (has_folder(root, "train")) {
        const bool test = has_folder(root, "test"), val = has_folder(root, "val");
        AKIN_TRY(walk_split(scan, "train", "train", err));
        if (test || val) AKIN_TRY(walk_split(scan, test ? "test" : "val", "test", err));
        if (test && val) AKIN_TRY(walk_split(scan, "val", "val", err));
    } else {
        AKIN_TRY(walk_split(scan, "", NULL, err)); /* no split_name: names do not begin with one */
    }
    qsort(scan->item, (size_t)scan->n, sizeof *scan->item, by_split_and_name);
    AKIN_TRY(find_classes(scan, err));
    set_labels(scan);
    return AKIN_OK;
}

void akin_scan_free(akin_scan *scan)
{
    for (int64_t i = 0; i < scan->n; i++) {
        free(scan->item[i].name);
        free(scan->item[i].reason);
    }
    for (int64_t k = 0; k < scan->classes; k++) free(scan->class_name[k]);
    free(scan->class_name);
    free(scan->item);
    memset(scan, 0, sizeof *scan);
}
