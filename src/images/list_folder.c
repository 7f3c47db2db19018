/* SPDX-License-Identifier: Apache-2.0 */
/* images/list_folder.c - which images a folder holds, in which split and class.
 *
 * Splits. Folders whose names mean training, test or validation (base/folder_names.h) are splits: the part
 * for validation is the split test where there is no test folder. They are, if there is one for training, and
 * - no other folder beside them holds pictures, or
 * - the one for training holds folders of pictures, as classes do not, or
 * - there is one for test or validation too, and at least as many parts as other folders.
 * Else all of them are classes. Whichever it is, what is not plain from the names is told.
 *
 * A head that all of them share does not count: seg_train, seg_test.
 *
 * Classes. The first folder on the way from the split to an image is the class of the image; a folder in
 * between that says no more than its split, such as seg_train/seg_train or train/images, is passed. If any
 * image lies outside of such folders, nothing is labelled.
 *
 * Order. Names are sorted byte by byte, so the order of items is the same on every file system. Each folder
 * is sorted by itself, with "/" appended to the names of folders, which gives the order of whole paths.
 *
 * Cost. Each folder is read once, and no file is opened. Whether a name is an image is told by its ending,
 * whether it is a folder by what the folder's own listing says; only links, and file systems that do not say,
 * need a further look. */
#define _DEFAULT_SOURCE /* d_type */
#include "images/list_folder.h"

#include "base/folder.h"
#include "base/folder_names.h"
#include "base/path.h"
#include "base/plain.h"
#include "images/decode.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

static void note_other(ak_folder_list *list, const char *name, bool clutter)
{
    if (clutter)
        list->clutter++;
    else
        ak_file_kinds_add(&list->other, name);
    const bool first = clutter ? !list->first_other[0] : list->other.total == 1;
    if (first || (!clutter && strcmp(name, list->first_other) < 0))
        snprintf(list->first_other, sizeof list->first_other, "%s", name);
}

typedef enum entry_is { IS_FILE, IS_FOLDER, IS_BROKEN } entry_is;

static akin_status look_at(const char *parent, const struct dirent *e, entry_is *is, akin_error *err)
{
    *is = e->d_type == DT_DIR ? IS_FOLDER : IS_FILE;
    if (e->d_type == DT_DIR || (e->d_type != DT_LNK && e->d_type != DT_UNKNOWN)) return AKIN_OK;
    struct stat info;
    bool found = false;
    char *path = ak_path_join(parent, e->d_name);
    const akin_status status =
        path ? ak_look(path, &found, &info, err) : ak_no_memory(err, "to list '%s'", parent);
    free(path);
    *is = !found ? IS_BROKEN : S_ISDIR(info.st_mode) ? IS_FOLDER : IS_FILE;
    return status;
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

static akin_status take_entry(ak_folder_list *list, const char *path, const struct dirent *e, entries *out,
                              akin_error *err)
{
    const char *name = e->d_name;
    char shown[AK_SHOWN], within[AK_SHOWN];
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return AKIN_OK;
    if (ak_is_clutter(name)) {
        note_other(list, name, true);
        return AKIN_OK;
    }
    const bool image = ak_is_image_name(name);
    entry_is is = IS_FILE;
    if (!image) AK_TRY(look_at(path, e, &is, err));
    if (image || is == IS_FOLDER)
        return entries_add(out, name, !image) ? AKIN_OK : ak_no_memory(err, "to list '%s'", list->root);
    note_other(list, name, false);
    if (is == IS_BROKEN)
        ak_remark(list->remarks, "'%s' in '%s' is a link to nothing, or one that cannot be followed.",
                  ak_shown(name, shown), ak_shown(path, within));
    return AKIN_OK;
}

/* *here: filled in, but for `above` and `depth`. Nothing is read of a folder that leads back to one above. */
static akin_status read_folder(ak_folder_list *list, const char *path, ak_folder_level *here, entries *out,
                               akin_error *err)
{
    ak_folder dir = ak_folder_open(path);
    bool loop = false;
    akin_status status = AKIN_OK;
    if (dir.dir && !ak_folder_level_set(here, dirfd(dir.dir), &loop)) status = ak_cannot_open(path, err);
    if (loop) {
        char shown[AK_SHOWN];
        ak_remark(list->remarks, "Not followed: '%s' leads back to a folder that it is in.",
                  ak_shown(path, shown));
        return ak_folder_close(&dir, AKIN_OK, err);
    }
    for (const struct dirent *e; !status && (e = ak_folder_next(&dir)) != NULL;)
        status = take_entry(list, path, e, out, err);
    status = ak_folder_close(&dir, status, err);
    if (out->n) qsort(out->name, out->n, sizeof *out->name, by_text);
    return status;
}

static akin_status walk(ak_folder_list *list, const char *folder, int split, const ak_folder_level *above,
                        akin_error *err);

static akin_status walk_entries(ak_folder_list *list, const char *folder, entries *e, int split,
                                const ak_folder_level *here, akin_error *err)
{
    for (size_t i = 0; i < e->n; i++) {
        char *name = e->name[i], *end = name + strlen(name) - 1;
        if (*end != '/') {
            AK_TRY(add_item(list, folder, name, split, err));
            continue;
        }
        *end = 0;
        char *deeper = *folder ? ak_path_join(folder, name) : strdup(name);
        const akin_status status =
            deeper ? walk(list, deeper, split, here, err) : ak_no_memory(err, "to list '%s'", list->root);
        free(deeper);
        if (status) return status;
    }
    return AKIN_OK;
}

/* folder: within the root. */
static akin_status walk(ak_folder_list *list, const char *folder, int split, const ak_folder_level *above,
                        akin_error *err)
{
    ak_folder_level here = { .above = above, .depth = above->depth + 1 };
    if (here.depth > AK_MAX_DEPTH)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s/%s' is nested more than %d folders deep; a link to a parent?", list->root, folder,
                       AK_MAX_DEPTH);
    char *path = ak_path_join(list->root, folder);
    entries e = { .name = NULL };
    akin_status status =
        path ? read_folder(list, path, &here, &e, err) : ak_no_memory(err, "to list '%s'", list->root);
    free(path);
    if (!status) status = walk_entries(list, folder, &e, split, &here, err);
    entries_free(&e);
    return status;
}

/* Order and classes -------------------------------------------------------------------------------------- */

/* The class folder within an item's name and its length; 0 when the image lies outside of one. */
static size_t class_folder(const ak_folder_list *list, const ak_listed_image *item, const char **part)
{
    const char *name = item->name;
    for (int k = 0; k < list->above_class[item->split]; k++) name = strchr(name, '/') + 1; /* "train/" */
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
    static const char expected[] =
        "expected are images (JPEG, PNG, WebP, GIF, TIFF, BMP, HEIF ...), IDX, CIFAR or .npy files";
    char shown[AK_SHOWN], kinds[128];
    const char *slash = *within ? "/" : "";
    const int64_t n = list->other.total;
    if (n == 0)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s%s%s' is empty%s%s%s; %s", list->root, slash, within,
                       list->clutter ? " but for such as '" : "",
                       list->clutter ? ak_shown(list->first_other, shown) : "", list->clutter ? "'" : "",
                       expected);
    const char *dot = strrchr(list->first_other, '.');
    const bool npy = dot && strcmp(dot, ".npy") == 0;
    return ak_fail(err, AKIN_ERR_INPUT, "'%s%s%s' holds no data: %lld other file%s such as '%s' (%s); %s",
                   list->root, slash, within, (long long)n, n == 1 ? "" : "s",
                   ak_shown(list->first_other, shown), ak_file_kinds_text(&list->other, kinds, sizeof kinds),
                   npy ? "give the .npy file itself, or call it train.npy" : expected);
}

/* What the folders of the root are. Names are those of entries, without "/". */
typedef struct parts {
    const char *folder[3]; /* by ak_part_name, or NULL */
    const char *second[3]; /* another that means the same */
    const char *other;     /* the first other folder that holds pictures */
    const char *loose;     /* the first picture outside of folders */
    int64_t parts, others, loose_count;
} parts;

/* An entry is a folder that holds images. */
static akin_status holds_images(const char *path, const struct dirent *e, bool *found, akin_error *err)
{
    entry_is is;
    *found = false;
    AK_TRY(look_at(path, e, &is, err));
    return is == IS_FOLDER ? ak_folder_holds(path, e->d_name, ak_is_image_name, found, err) : AKIN_OK;
}

static akin_status below_holds_images(const char *path, bool *found, akin_error *err)
{
    ak_folder dir = ak_folder_open(path);
    akin_status status = AKIN_OK;
    for (const struct dirent *e; !status && !*found && (e = ak_folder_next(&dir)) != NULL;)
        if (!ak_is_clutter(e->d_name) && !ak_is_image_name(e->d_name))
            status = holds_images(path, e, found, err);
    return ak_folder_close(&dir, status, err);
}

/* Where a name means a part behind a head: 4 of "seg_train". 0: nowhere. */
static size_t head_of(const char *name, size_t n, ak_part_name *part)
{
    for (size_t i = 1; i < n; i++)
        if (strchr("-_ .", name[i - 1]) && (*part = ak_part_meant(name + i, n - i)) != AK_PART_NONE) return i;
    return 0;
}

/* The head that a folder for training shares with one for test or validation; 0: none, or none is needed. */
static size_t shared_head(const entries *e, const char **head)
{
    size_t found = 0;
    for (size_t i = 0; i < e->n; i++) {
        const size_t n = strlen(e->name[i]) - 1;
        ak_part_name part = AK_PART_NONE, other;
        if (e->name[i][n] != '/') continue;
        if (ak_part_meant(e->name[i], n) == AK_PART_TRAIN) return 0;
        const size_t at = head_of(e->name[i], n, &part);
        for (size_t j = 0; j < e->n && part == AK_PART_TRAIN && !found; j++) {
            const size_t m = strlen(e->name[j]) - 1;
            if (e->name[j][m] != '/' || strncmp(e->name[i], e->name[j], at) != 0) continue;
            other = ak_part_meant(e->name[j] + at, m - at);
            if (other != AK_PART_TEST && other != AK_PART_VAL) continue;
            *head = e->name[i];
            found = at;
        }
    }
    return found;
}

static akin_status look_at_root(const ak_folder_list *list, const entries *e, parts *p, akin_error *err)
{
    const char *head = "";
    const size_t shared = shared_head(e, &head);
    *p = (parts){ .parts = 0 };
    for (size_t i = 0; i < e->n; i++) {
        char *name = e->name[i], *end = name + strlen(name) - 1;
        if (*end != '/') {
            if (p->loose_count++ == 0) p->loose = name;
            continue;
        }
        *end = 0; /* put back by the caller */
        ak_part_name part = ak_part_meant(name, strlen(name));
        if (part == AK_PART_NONE && shared && strncmp(name, head, shared) == 0)
            part = ak_part_meant(name + shared, strlen(name + shared));
        if (part == AK_PART_NONE) {
            bool found;
            AK_TRY(ak_folder_holds(list->root, name, ak_is_image_name, &found, err));
            if (found && p->others++ == 0) p->other = name;
        } else if (p->folder[part]) {
            p->second[part] = name;
        } else {
            p->folder[part] = name;
            p->parts++;
        }
    }
    return AKIN_OK;
}

static akin_status are_splits(const ak_folder_list *list, const parts *p, bool *yes, akin_error *err)
{
    const char *train = p->folder[AK_PART_TRAIN];
    *yes = train && (p->others == 0 || (p->parts > 1 && p->others <= p->parts));
    if (!train || *yes) return AKIN_OK;
    char *path = ak_path_join(list->root, train);
    const akin_status status =
        path ? below_holds_images(path, yes, err) : ak_no_memory(err, "to list '%s'", list->root);
    free(path);
    return status;
}

static akin_status check_parts(const ak_folder_list *list, const parts *p, akin_error *err)
{
    char a[AK_SHOWN], b[AK_SHOWN];
    for (int k = 0; k < 3; k++)
        if (p->second[k])
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s' holds two folders for the split %s, '%s' and '%s'; rename one, or put them "
                           "together",
                           list->root, ak_part_word((ak_part_name)k), ak_shown(p->folder[k], a),
                           ak_shown(p->second[k], b));
    return AKIN_OK;
}

static void tell_parts(const ak_folder_list *list, const parts *p)
{
    char a[AK_SHOWN];
    const bool test = p->folder[AK_PART_TEST] != NULL;
    for (int k = 0; k < 3; k++) {
        const bool for_test = k == AK_PART_VAL && !test;
        const char *name = p->folder[k], *word = ak_part_word((ak_part_name)k);
        if (!name || (strcmp(name, word) == 0 && !for_test)) continue;
        ak_remark(list->remarks, "Folder '%s' is read as the split %s%s.", ak_shown(name, a),
                  for_test ? "test" : word, for_test ? ": there is no folder for tests" : "");
    }
    if (p->others > 0)
        ak_remark(list->remarks, "Left out: '%s'%s; beside the splits such folders are not read.",
                  ak_shown(p->other, a), p->others > 1 ? " and other folders" : "");
    if (p->loose_count > 0)
        ak_remark(list->remarks, "Left out: '%s'%s; beside the splits such images are not read.",
                  ak_shown(p->loose, a), p->loose_count > 1 ? " and other images" : "");
}

/* Folders that could be splits become classes. */
static void tell_classes(const ak_folder_list *list, const parts *p)
{
    char a[AK_SHOWN], b[AK_SHOWN];
    const char *name = NULL;
    for (int k = 0; k < 3 && !name; k++) name = p->folder[k];
    if (!name || p->parts + p->others < 2) return;
    if (p->folder[AK_PART_TRAIN])
        ak_remark(
            list->remarks,
            "Folder '%s' is read as a class like '%s', not as a split: too many other folders of images "
            "are beside it.",
            ak_shown(name, a), ak_shown(p->other, b));
    else
        ak_remark(list->remarks,
                  "Folder '%s' is read as a class, not as a split: no folder for training is beside it.",
                  ak_shown(name, a));
}

/* Whether a folder within the folder of a split says no more than that: train/train, test/images. */
static bool says_no_more(const char *name, const char *above)
{
    static const char *const WORDS[] = { "images", "image", "imgs", "img", "data", "pictures", "photos" };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (ak_strcasecmp(name, WORDS[i]) == 0) return true;
    const ak_part_name part = ak_part_meant(name, strlen(name));
    return ak_strcasecmp(name, above) == 0 ||
           (part != AK_PART_NONE && part == ak_part_meant(above, strlen(above)));
}

/* The only folder with images in `folder`, where there is no image beside it and its name says no more; else
 * "". */
static akin_status find_wrapped(const ak_folder_list *list, const char *folder, char wrapped[256],
                                akin_error *err)
{
    int found = 0;
    *wrapped = 0;
    char *path = ak_path_join(list->root, folder);
    if (!path) return ak_no_memory(err, "to list '%s'", list->root);
    ak_folder dir = ak_folder_open(path);
    akin_status status = AKIN_OK;
    for (const struct dirent *e; !status && found < 2 && (e = ak_folder_next(&dir)) != NULL;) {
        bool images = false;
        if (ak_is_clutter(e->d_name)) continue;
        if (ak_is_image_name(e->d_name))
            found = 2;
        else
            status = holds_images(path, e, &images, err);
        if (!images) continue;
        found++;
        snprintf(wrapped, 256, "%s", e->d_name);
    }
    status = ak_folder_close(&dir, status, err);
    free(path);
    const char *slash = strrchr(folder, '/');
    if (found != 1 || !says_no_more(wrapped, slash ? slash + 1 : folder)) *wrapped = 0;
    return status;
}

/* *at, which is replaced, goes down such folders; *above: how many of them, and one. */
static akin_status go_down(const ak_folder_list *list, char **at, int *above, akin_error *err)
{
    enum { DEEPEST = 4 };
    char wrapped[256];
    for (*above = 1; *above < DEEPEST; ++*above) {
        AK_TRY(find_wrapped(list, *at, wrapped, err));
        if (!*wrapped) break;
        char *deeper = ak_path_join(*at, wrapped);
        if (!deeper) return ak_no_memory(err, "to list '%s'", list->root);
        free(*at);
        *at = deeper;
    }
    return AKIN_OK;
}

static akin_status walk_part(ak_folder_list *list, const char *folder, const char *name,
                             const ak_folder_level *root, akin_error *err)
{
    const int64_t before = list->n;
    const int split = list->splits++;
    char shown[AK_SHOWN];
    list->split_name[split] = name;
    char *at = strdup(folder);
    int above = 1;
    akin_status status = at ? go_down(list, &at, &above, err) : ak_no_memory(err, "to list '%s'", list->root);
    list->above_class[split] = above;
    if (!status && above > 1)
        ak_remark(list->remarks, "Split %s is read from '%s'.", name, ak_shown(at, shown));
    if (!status) status = walk(list, at, split, root, err);
    if (!status && list->n == before) status = nothing_found(list, at, err);
    free(at);
    return status;
}

static akin_status walk_root(ak_folder_list *list, entries *e, const ak_folder_level *root, akin_error *err)
{
    parts p;
    bool splits;
    AK_TRY(look_at_root(list, e, &p, err));
    AK_TRY(are_splits(list, &p, &splits, err));
    if (splits) {
        const char *const *f = p.folder;
        AK_TRY(check_parts(list, &p, err));
        tell_parts(list, &p);
        AK_TRY(walk_part(list, f[AK_PART_TRAIN], "train", root, err));
        if (f[AK_PART_TEST]) AK_TRY(walk_part(list, f[AK_PART_TEST], "test", root, err));
        if (f[AK_PART_VAL])
            AK_TRY(walk_part(list, f[AK_PART_VAL], f[AK_PART_TEST] ? "val" : "test", root, err));
        return AKIN_OK;
    }
    tell_classes(list, &p);
    list->splits = 1; /* no split_name: names do not begin with one */
    for (size_t i = 0; i < e->n; i++)
        if (!ak_is_image_name(e->name[i])) e->name[i][strlen(e->name[i])] = '/';
    AK_TRY(walk_entries(list, "", e, 0, root, err));
    return list->n ? AKIN_OK : nothing_found(list, "", err);
}

/* Images of cat/test/: without splits at the top they are learned from like all others. */
static void tell_inner_splits(const ak_folder_list *list)
{
    const char *first = NULL, *part;
    char shown[AK_SHOWN];
    int64_t n = 0;
    for (int64_t i = 0; i < list->n && !list->split_name[0]; i++) {
        const size_t length = class_folder(list, &list->item[i], &part);
        const char *inner = part + length + 1, *slash = length ? strchr(inner, '/') : NULL;
        const ak_part_name meant = slash ? ak_part_meant(inner, (size_t)(slash - inner)) : AK_PART_NONE;
        if ((meant == AK_PART_TEST || meant == AK_PART_VAL) && n++ == 0) first = list->item[i].name;
    }
    if (n)
        ak_remark(list->remarks,
                  "%lld image%s such as '%s' %s in a folder that is named like a split within a class: %s "
                  "learned from like all others.",
                  (long long)n, n == 1 ? "" : "s", ak_shown(first, shown), n == 1 ? "is" : "are",
                  n == 1 ? "it is" : "they are");
}

akin_status ak_list_folder(const char *root, ak_remarks *remarks, ak_folder_list *list, akin_error *err)
{
    memset(list, 0, sizeof *list);
    list->root = root;
    list->remarks = remarks;
    ak_folder_level top = { .depth = 0 };
    entries e = { .name = NULL };
    akin_status status = read_folder(list, root, &top, &e, err);
    if (!status) status = walk_root(list, &e, &top, err);
    entries_free(&e);
    if (status) return status;
    AK_TRY(find_classes(list, err));
    set_labels(list);
    list->labelled = list->classes > 0;
    tell_inner_splits(list);
    return AKIN_OK;
}

akin_status ak_list_file(const char *root, const char *name, ak_remarks *remarks, ak_folder_list *list,
                         akin_error *err)
{
    memset(list, 0, sizeof *list);
    list->root = root;
    list->remarks = remarks;
    list->splits = 1;
    return add_item(list, "", name, 0, err);
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
