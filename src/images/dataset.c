/* SPDX-License-Identifier: Apache-2.0 */
/* images/dataset.c - what a path is, and the accessors of what was read from it.
 *
 * Detection. A file is told by its name or its first bytes. A folder is told by the names in it: an IDX images
 * file, a CIFAR batch, train.npy, and else images. A folder that holds nothing but one folder stands for it. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "akin/tool/keep_list.h"
#include "images/dataset.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum kind { KIND_NONE, KIND_IDX, KIND_CIFAR, KIND_NPY, KIND_IMAGES } kind;

static const char *const FORMATS[] = { "auto", "idx", "cifar", "npy", "images" };

static void set_name(akin_image_set *ds, const char *path)
{
    char *real = realpath(path, NULL);
    const char *base = ak_path_base(real ? real : path);
    snprintf(ds->name, sizeof ds->name, "%s", *base ? base : "/");
    free(real);
}

/* Detection ------------------------------------------------------------------------------------------------- */

typedef struct listing {
    bool has[KIND_IMAGES + 1];
    int entries, folders;
    char only[256]; /* the folder, when there is one */
    bool train;     /* a folder of this name */
} listing;

static akin_status list_folder(const char *path, listing *l, akin_error *err)
{
    DIR *dir = opendir(path);
    if (!dir) return ak_cannot_open(path, err);
    memset(l, 0, sizeof *l);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (e->d_name[0] == '.') continue;
        l->entries++;
        if (!ak_is_image_name(e->d_name) && ak_path_is_folder(path, e->d_name)) {
            l->folders++;
            snprintf(l->only, sizeof l->only, "%s", e->d_name);
            l->train = l->train || strcmp(e->d_name, "train") == 0;
            continue;
        }
        if (ak_idx_is_images(e->d_name)) l->has[KIND_IDX] = true;
        if (ak_cifar_is_batch(e->d_name)) l->has[KIND_CIFAR] = true;
        if (ak_npy_is_split(e->d_name)) l->has[KIND_NPY] = true;
    }
    closedir(dir);
    return AKIN_OK;
}

/* Go down while a folder holds nothing but one folder; *path is replaced. */
static akin_status detect_folder(akin_image_set *ds, char **path, kind *found, akin_error *err)
{
    listing l;
    for (int depth = 0;; depth++) {
        AK_TRY(list_folder(*path, &l, err));
        if (l.entries != 1 || l.folders != 1 || l.train) break;
        if (depth == AK_MAX_DEPTH)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s' is nested more than %d folders deep", *path,
                           AK_MAX_DEPTH);
        char *deeper = ak_path_join(*path, l.only);
        if (!deeper) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s'", *path);
        free(*path);
        *path = deeper;
        char shown[AK_SHOWN];
        snprintf(ds->remark, sizeof ds->remark, "Read from the only folder in it, '%s'.",
                 ak_shown(l.only, shown));
    }
    if (*found == KIND_NONE)
        *found = l.has[KIND_IDX]     ? KIND_IDX
                 : l.has[KIND_CIFAR] ? KIND_CIFAR
                 : l.has[KIND_NPY]   ? KIND_NPY
                                     : KIND_IMAGES;
    return AKIN_OK;
}

static akin_status detect_file(const char *path, kind *found, akin_error *err)
{
    unsigned char b[8] = { 0 };
    FILE *file = fopen(path, "rb");
    if (!file) return ak_cannot_open(path, err);
    const size_t got = fread(b, 1, sizeof b, file);
    fclose(file);
    const char *base = ak_path_base(path);
    const size_t n = strlen(base);
    if (ak_is_image_name(base))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is one image; give the folder that holds the images", path);
    if ((got >= 6 && memcmp(b, "\x93NUMPY", 6) == 0) || (n > 4 && strcmp(base + n - 4, ".npy") == 0))
        *found = KIND_NPY;
    else if (ak_cifar_is_batch(base))
        *found = KIND_CIFAR;
    else if (ak_idx_is_images(base) || (got >= 4 && b[0] == 0 && b[1] == 0 && b[2] == 8))
        *found = KIND_IDX;
    else
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' is no file of a known kind: it begins with %02x %02x %02x %02x; known are IDX, "
                       "CIFAR .bin, .npy, and folders of images",
                       path, b[0], b[1], b[2], b[3]);
    return AKIN_OK;
}

static akin_status read_path(akin_image_set *ds, const akin_image_set_opts *opts, kind k, akin_error *err)
{
    struct stat info;
    if (stat(ds->path, &info) != 0) return ak_cannot_open(ds->path, err);
    const bool folder = S_ISDIR(info.st_mode);
    if (!folder && !S_ISREG(info.st_mode))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is neither a file nor a folder", ds->path);
    if (folder)
        AK_TRY(detect_folder(ds, &ds->path, &k, err));
    else if (k == KIND_NONE)
        AK_TRY(detect_file(ds->path, &k, err));
    ds->format = FORMATS[k];
    switch (k) {
    case KIND_IDX: return ak_idx_read(ds, ds->path, folder, err);
    case KIND_CIFAR: return ak_cifar_read(ds, ds->path, folder, err);
    case KIND_NPY: return ak_npy_images_read(ds, ds->path, folder, opts, err);
    case KIND_IMAGES:
        if (folder) return ak_folder_read(ds, ds->path, opts, err);
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is a file; format images needs a folder", ds->path);
    case KIND_NONE: break;
    }
    return ak_fail(err, AKIN_ERR_INTERNAL, "no reader for '%s'", ds->path);
}

static akin_status keep_listed(akin_image_set *ds, const char *path, akin_error *err)
{
    akin_keep_list *keep = NULL;
    AK_TRY(akin_keep_list_load(path, &keep, err));
    const akin_status status = akin_image_set_select_listed(ds, NULL, keep, err);
    akin_keep_list_free(keep);
    return status;
}

static int64_t half_of_memory(void)
{
    const int64_t available = akin_memory_available();
    if (available >= 0) return available / 2;
    return (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE) / 4;
}

akin_status akin_image_set_open(const char *path, const akin_image_set_opts *user, akin_image_set **out,
                                akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "dataset_open: path and out must not be NULL");
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "dataset_open", err));
    if (opts.size < 0 || opts.size > AK_MAX_SIDE)
        return ak_fail(err, AKIN_ERR_RANGE, "size is %d; it must be between 1 and %d, or 0 for as stored",
                       opts.size, AK_MAX_SIDE);
    if (!(opts.max_bad_frac >= 0 && opts.max_bad_frac <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "max_bad_frac is %g; it must be between 0 and 1",
                       opts.max_bad_frac);
    if (opts.cache < -1)
        return ak_fail(err, AKIN_ERR_RANGE, "cache is %lld bytes; it must be 0 or more, or -1 for automatic",
                       (long long)opts.cache);
    const char *format = opts.format ? opts.format : "auto";
    kind k = KIND_NONE;
    while (k <= KIND_IMAGES && strcmp(format, FORMATS[k]) != 0) k++;
    if (k > KIND_IMAGES)
        return ak_fail(err, AKIN_ERR_RANGE, "format is '%s'; it must be one of auto, idx, cifar, npy, images",
                       format);
    akin_image_set *ds = calloc(1, sizeof *ds);
    if (ds) ds->path = strdup(path);
    if (!ds || !ds->path) {
        free(ds);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to open '%s'", path);
    }
    set_name(ds, path);
    ds->cache = opts.cache >= 0 ? opts.cache : half_of_memory();
    akin_status status = read_path(ds, &opts, k, err);
    if (!status) status = ak_image_set_finish(ds, &opts, err);
    if (!status && opts.keep) status = keep_listed(ds, opts.keep, err);
    if (status)
        akin_image_set_free(ds);
    else
        *out = ds;
    return status;
}

void akin_image_set_free(akin_image_set *ds)
{
    if (!ds) return;
    for (int s = 0; s < ds->splits; s++) {
        ak_image_split *split = &ds->split[s];
        if (split->reader.close) split->reader.close(split->reader.ctx);
        free(split->items);
        free(split->hash);
        free(split->pixels);
        free(split->labels);
        free(split->origin);
    }
    for (int64_t k = 0; ds->class_names && k < ds->classes; k++) free(ds->class_names[k]);
    free(ds->class_names);
    for (int64_t i = 0; i < ds->bad_count; i++) {
        free((char *)(uintptr_t)ds->bad[i].seen.name);
        free((char *)(uintptr_t)ds->bad[i].seen.reason);
    }
    free(ds->bad);
    ak_name_pool_free(&ds->names);
    free(ds->path);
    free(ds);
}

/* Accessors ------------------------------------------------------------------------------------------------- */

int akin_image_set_splits(const akin_image_set *ds) { return ds->splits; }

const char *akin_image_set_split_name(const akin_image_set *ds, int split)
{
    return split >= 0 && split < ds->splits ? ds->split[split].name : NULL;
}

static const ak_image_split *find_split(const akin_image_set *ds, const char *name)
{
    for (int s = 0; name && s < ds->splits; s++)
        if (strcmp(ds->split[s].name, name) == 0) return &ds->split[s];
    return NULL;
}

akin_status akin_image_set_split(const akin_image_set *ds, const char *name, akin_images *view,
                                 akin_error *err)
{
    if (!ds || !name || !view)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "dataset_split: ds, split and view must not be NULL");
    const ak_image_split *s = find_split(ds, name);
    if (!s)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no split '%s'; it has %s%s%s%s%s", ds->name, name,
                       ds->split[0].name, ds->splits > 1 ? ", " : "", ds->splits > 1 ? ds->split[1].name : "",
                       ds->splits > 2 ? ", " : "", ds->splits > 2 ? ds->split[2].name : "");
    const akin_images all = { .struct_size = sizeof all,
                              .pixels = s->kept == s->n ? s->pixels : NULL,
                              .n = s->n,
                              .height = s->height,
                              .width = s->width,
                              .channels = s->channels,
                              .labels = s->labels,
                              .classes = ds->classes,
                              .split = s };
    return ak_result_export(view, &all, "image_set_split", err);
}

const char *akin_image_set_name(const akin_image_set *ds) { return ds->name; }
const char *akin_image_set_format(const akin_image_set *ds) { return ds->format; }
const char *akin_image_set_fingerprint(const akin_image_set *ds) { return ds->fingerprint; }
const char *akin_image_set_remark(const akin_image_set *ds) { return ds->remark; }
int64_t akin_image_set_bad_count(const akin_image_set *ds) { return ds->bad_count; }
int64_t akin_image_set_ignored(const akin_image_set *ds) { return ds->ignored; }

int64_t akin_image_set_cached(const akin_image_set *ds)
{
    int64_t kept = 0;
    for (int k = 0; k < ds->splits; k++) kept += ds->split[k].kept;
    return kept;
}

const char *akin_image_set_item_name(const akin_image_set *ds, const char *split, int64_t i, char *buf,
                                     size_t size)
{
    const ak_image_split *s = find_split(ds, split);
    if (!s || i < 0 || i >= s->n)
        snprintf(buf, size, "%s", "");
    else if (s->items)
        snprintf(buf, size, "%s", s->items[i]);
    else
        snprintf(buf, size, "%s/%lld", s->name, (long long)(s->origin ? s->origin[i] : i));
    return buf;
}

const char *akin_image_set_class_name(const akin_image_set *ds, int64_t k)
{
    return k >= 0 && k < ds->classes ? ds->class_names[k] : NULL;
}

void akin_image_set_stats(const akin_image_set *ds, double mean[3], double std[3])
{
    memcpy(mean, ds->mean, sizeof ds->mean);
    memcpy(std, ds->std, sizeof ds->std);
}

const akin_bad_item *akin_image_set_bad_at(const akin_image_set *ds, int64_t i)
{
    return i >= 0 && i < ds->bad_count ? &ds->bad[i].seen : NULL;
}
