/* SPDX-License-Identifier: Apache-2.0 */
/* images/list_folder.c - which images a folder holds, in which split and class.
 *
 * Splits. A folder that holds train/ has splits: train/, and test/ or else val/ (both: three splits).
 *
 * Classes. The first folder on the way from the split to an image is the class of the image. If any image
 * lies outside of such folders, nothing is labelled.
 *
 * Order. Names are sorted byte by byte, so the order of items is the same on every file system. Each folder
 * is sorted by itself, with "/" appended to the names of folders, which gives the order of whole paths.
 *
 * Cost. Each folder is read once, and no file is opened. Whether a name is an image is told by its ending,
 * whether it is a folder by what the folder's own listing says; only links, and file systems that do not say,
 * need a further look. */
#define _DEFAULT_SOURCE /* d_type */
#include "images/list_folder.h"

#include "base/path.h"
#include "images/decode.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* Folders ------------------------------------------------------------------------------------------------ */

static akin_status add_item(ak_folder_list *list, const char *folder, const char *name, int split,
                            akin_error *err)
{
    if (list->n == list->room) {
        const int64_t room = list->room ? 2 * list->room : 256;
        ak_listed_image *grown = realloc(list->item, (size_t)room * sizeof *grown);
        if (!grown) return ak_no_memory(err, "to list '%s'", list->root);
        list->item = grown;
        list->room = room;
    }
    const char *kept = ak_name_pool_add(&list->names, folder, name);
    if (!kept) return ak_no_memory(err, "to list '%s'", list->root);
    list->item[list->n++] = (ak_listed_image){ .name = kept, .split = (uint8_t)split, .label = -1 };
    return AKIN_OK;
}

static void ignore(ak_folder_list *list, const char *name)
{
    list->ignored++;
    if (!list->other[0] || strcmp(name, list->other) < 0)
        snprintf(list->other, sizeof list->other, "%s", name);
}

static bool is_folder(const char *parent, const struct dirent *e)
{
    if (e->d_type == DT_DIR) return true;
    if (e->d_type != DT_LNK && e->d_type != DT_UNKNOWN) return false;
    return ak_path_is_folder(parent, e->d_name);
}

/* The images and folders in one folder, folders with "/" at the end, sorted. */
typedef struct entries {
    ak_name_pool names;
    char **name;
    size_t n, room;
} entries;

static void entries_free(entries *e)
{
    ak_name_pool_free(&e->names);
    free(e->name);
}

static bool entries_add(entries *e, const char *name, bool folder)
{
    if (e->n == e->room) {
        const size_t room = e->room ? 2 * e->room : 64;
        char **grown = realloc(e->name, room * sizeof *grown);
        if (!grown) return false;
        e->name = grown;
        e->room = room;
    }
    char *kept = folder ? ak_name_pool_add(&e->names, name, "") : ak_name_pool_add(&e->names, "", name);
    if (kept) e->name[e->n++] = kept;
    return kept != NULL;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static akin_status read_folder(ak_folder_list *list, const char *path, entries *out, akin_error *err)
{
    DIR *dir = opendir(path);
    if (!dir) return ak_cannot_open(path, err);
    akin_status status = AKIN_OK;
    for (struct dirent *e = readdir(dir); e && !status; e = readdir(dir)) {
        const char *name = e->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        const bool image = ak_is_image_name(name), folder = !image && name[0] != '.' && is_folder(path, e);
        if (!image && !folder)
            ignore(list, name);
        else if (!entries_add(out, name, folder))
            status = ak_no_memory(err, "to list '%s'", list->root);
    }
    closedir(dir);
    if (out->n) qsort(out->name, out->n, sizeof *out->name, by_text);
    return status;
}

static akin_status walk(ak_folder_list *list, const char *folder, int split, int depth, akin_error *err);

static akin_status walk_entries(ak_folder_list *list, const char *folder, entries *e, int split, int depth,
                                akin_error *err)
{
    for (size_t i = 0; i < e->n; i++) {
        char *name = e->name[i], *end = name + strlen(name) - 1;
        if (*end != '/') {
            AK_TRY(add_item(list, folder, name, split, err));
            continue;
        }
        *end = 0;
        char *deeper = *folder ? ak_path_join(folder, name) : strdup(name);
        const akin_status status = deeper ? walk(list, deeper, split, depth + 1, err)
                                          : ak_no_memory(err, "to list '%s'", list->root);
        free(deeper);
        if (status) return status;
    }
    return AKIN_OK;
}

/* folder: within the root, "" for the root itself. */
static akin_status walk(ak_folder_list *list, const char *folder, int split, int depth, akin_error *err)
{
    if (depth > AK_MAX_DEPTH)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s/%s' is nested more than %d folders deep; a link to a parent?", list->root, folder,
                       AK_MAX_DEPTH);
    char *path = ak_path_join(list->root, folder);
    entries e = { .name = NULL };
    akin_status status =
        path ? read_folder(list, path, &e, err) : ak_no_memory(err, "to list '%s'", list->root);
    free(path);
    if (!status) status = walk_entries(list, folder, &e, split, depth, err);
    entries_free(&e);
    return status;
}

/* Order and classes -------------------------------------------------------------------------------------- */

/* The class folder within an item's name and its length; 0 when the image lies outside of one. */
static size_t class_folder(const ak_folder_list *list, const ak_listed_image *item, const char **part)
{
    const char *name = item->name;
    if (list->split_name[0]) name = strchr(name, '/') + 1; /* "train/" */
    const char *slash = strchr(name, '/');
    *part = name;
    return slash ? (size_t)(slash - name) : 0;
}

static akin_status find_classes(ak_folder_list *list, akin_error *err)
{
    const char *part;
    int64_t n = 0;
    for (int64_t i = 0; i < list->n; i++) list->outside += class_folder(list, &list->item[i], &part) == 0;
    if (list->outside > 0) {
        if (list->outside == list->n) list->outside = 0; /* flat: there are no class folders */
        return AKIN_OK;
    }
    /* Items are sorted, so that those of a class in a split follow each other. */
    for (int64_t i = 0; i < list->n; i++) {
        const size_t length = class_folder(list, &list->item[i], &part);
        if (n > 0 && strlen(list->class_name[n - 1]) == length &&
            memcmp(list->class_name[n - 1], part, length) == 0)
            continue;
        char **grown = realloc(list->class_name, (size_t)(n + 1) * sizeof *grown);
        if (!grown) return ak_no_memory(err, "to list '%s'", list->root);
        list->class_name = grown;
        grown[n] = strndup(part, length);
        if (!grown[n]) return ak_no_memory(err, "to list '%s'", list->root);
        list->classes = ++n;
    }
    qsort(list->class_name, (size_t)n, sizeof *list->class_name, by_text);
    list->classes = 0;
    for (int64_t k = 0; k < n; k++) {
        if (list->classes > 0 && strcmp(list->class_name[list->classes - 1], list->class_name[k]) == 0)
            free(list->class_name[k]);
        else
            list->class_name[list->classes++] = list->class_name[k];
    }
    if (list->classes > AK_MAX_CLASSES)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has %lld class folders; the limit is %d", list->root,
                       (long long)list->classes, AK_MAX_CLASSES);
    return AKIN_OK;
}

static void set_labels(ak_folder_list *list)
{
    for (int64_t i = 0; i < list->n && list->classes > 0; i++) {
        const char *part;
        const size_t length = class_folder(list, &list->item[i], &part);
        int64_t low = 0, high = list->classes - 1;
        while (low < high) { /* the first class that is not before the part */
            const int64_t middle = (low + high) / 2;
            const char *name = list->class_name[middle];
            const size_t have = strlen(name);
            const int order = memcmp(name, part, have < length ? have : length);
            if (order < 0 || (order == 0 && have < length))
                low = middle + 1;
            else
                high = middle;
        }
        list->item[i].label = (int32_t)low;
    }
}

/* Splits ------------------------------------------------------------------------------------------------- */

static akin_status nothing_found(const ak_folder_list *list, const char *within, akin_error *err)
{
    char shown[AK_SHOWN];
    const char *slash = *within ? "/" : "";
    if (list->ignored == 0)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s%s%s' is empty; expected are images (JPEG, PNG, WebP, PPM, PGM), IDX, CIFAR or .npy files",
            list->root, slash, within);
    const char *dot = strrchr(list->other, '.');
    const bool npy = dot && strcmp(dot, ".npy") == 0;
    return ak_fail(err, AKIN_ERR_INPUT, "'%s%s%s' holds no data: %lld other file%s such as '%s'; %s",
                   list->root, slash, within, (long long)list->ignored, list->ignored == 1 ? "" : "s",
                   ak_shown(list->other, shown),
                   npy ? "give the .npy file itself, or call it train.npy"
                       : "expected are images (JPEG, PNG, WebP, PPM, PGM), IDX, CIFAR or .npy files");
}

static akin_status walk_split(ak_folder_list *list, const char *folder, const char *name, akin_error *err)
{
    const int64_t before = list->n;
    const int split = list->splits++;
    list->split_name[split] = name;
    AK_TRY(walk(list, folder, split, 0, err));
    return list->n > before ? AKIN_OK : nothing_found(list, folder, err);
}

akin_status ak_list_folder(const char *root, ak_folder_list *list, akin_error *err)
{
    memset(list, 0, sizeof *list);
    list->root = root;
    if (ak_path_is_folder(root, "train")) {
        const bool test = ak_path_is_folder(root, "test"), val = ak_path_is_folder(root, "val");
        AK_TRY(walk_split(list, "train", "train", err));
        if (test || val) AK_TRY(walk_split(list, test ? "test" : "val", "test", err));
        if (test && val) AK_TRY(walk_split(list, "val", "val", err));
    } else {
        AK_TRY(walk_split(list, "", NULL, err)); /* no split_name: names do not begin with one */
    }
    AK_TRY(find_classes(list, err));
    set_labels(list);
    return AKIN_OK;
}

void ak_folder_list_free(ak_folder_list *list)
{
    for (int64_t i = 0; i < list->n; i++) free(list->item[i].reason);
    ak_name_pool_free(&list->names);
    for (int64_t k = 0; k < list->classes; k++) free(list->class_name[k]);
    free(list->class_name);
    free(list->item);
    memset(list, 0, sizeof *list);
}
