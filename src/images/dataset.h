/* SPDX-License-Identifier: Apache-2.0 */
/* images/dataset.h - what the readers fill in, and what they share. */
#ifndef AKIN_SRC_DATASET_H
#define AKIN_SRC_DATASET_H

#include "akin/tool/images.h"
#include "base/base.h"
#include "base/path.h"

enum {
    AK_MAX_SPLITS = 3,
    AK_MAX_PIXELS = 1 << 26, /* of one image */
    AK_MAX_SIDE = 4096,      /* of opts->size */
    AK_MAX_CLASSES = 1 << 16,
    AK_MAX_DEPTH = 16, /* of nested folders */
};

/* Many names in few pieces of memory. */
typedef struct ak_name_pool {
    char **chunk, *at;
    int64_t chunks;
    size_t left;
} ak_name_pool;

/* "folder/name", or name where folder is ""; lives as long as names. NULL when out of memory. */
char *ak_name_pool_add(ak_name_pool *names, const char *folder, const char *name);
void ak_name_pool_free(ak_name_pool *names);

typedef struct akin_image_split ak_image_split;

/* Where the images of a split come from that are not in memory. */
typedef struct ak_item_reader {
    /* One image, [height,width,channels] of the split. On failure the reason only where the split has names of items, else
     * a sentence that names the file. Any number of threads. */
    akin_status (*read)(const ak_image_split *s, int64_t item, uint8_t *out, akin_error *err);
    void (*close)(void *ctx);
    void *ctx; /* owned by the split */
} ak_item_reader;

struct akin_image_split {
    const char *name; /* static */
    uint8_t *pixels;  /* [kept,height,width,channels], owned */
    int64_t n, height, width, channels;
    int64_t kept;          /* items [0,kept) are in memory: all without a reader */
    int32_t *labels;       /* [n], owned, or NULL */
    const char **items;    /* [n] names in ds->names; NULL for arrays */
    int64_t *origin;       /* [n] place in the whole split, owned; NULL = all of it is here */
    int64_t whole;         /* with origin: items of the whole split */
    bool filled;           /* pixels hold the kept items: the first pass is over */
    ak_item_reader reader; /* read = NULL: the pixels are there already */
    uint64_t *hash;        /* [n] of the pixels when the set was opened, where kept < n */
    const char *path;      /* of the set, for sentences */
};

typedef struct ak_bad_item {
    akin_bad_item seen; /* its texts are owned */
    int split;
} ak_bad_item;

struct akin_image_set {
    char *path; /* what is read: the path that was given, or its only subfolder */
    char name[256], remark[400], fingerprint[17];
    char whole[17]; /* fingerprint of the set that this is a subset of; "" = none */
    const char *format;
    ak_image_split split[AK_MAX_SPLITS];
    int splits;
    int64_t classes;
    char **class_names; /* [classes], each owned */
    double mean[3], std[3];
    ak_bad_item *bad; /* by split, then by name */
    int64_t bad_count, ignored;
    int64_t cache; /* bytes that may still be taken for pixels of splits with a reader */
    ak_name_pool names;
};

/* Readers: fill ds->split, ds->splits, and ds->classes with ds->class_names where they know names. What they
 * leave in ds on failure is freed by the caller. */
akin_status ak_idx_read(akin_image_set *ds, const char *path, bool is_folder, akin_error *err);
akin_status ak_cifar_read(akin_image_set *ds, const char *path, bool is_folder, akin_error *err);
akin_status ak_npy_images_read(akin_image_set *ds, const char *path, bool is_folder,
                               const akin_image_set_opts *opts, akin_error *err);
akin_status ak_folder_read(akin_image_set *ds, const char *path, const akin_image_set_opts *opts,
                           akin_error *err);

/* Whether a file name belongs to a format. */
bool ak_idx_is_images(const char *name);
bool ak_cifar_is_batch(const char *name);
bool ak_npy_is_split(const char *name); /* "train.npy", "test.npy" */
bool ak_is_image_name(const char *name);

/* After the reader: bring all splits to one shape, drop alpha, count classes, measure, fingerprint. */
akin_status ak_image_set_finish(akin_image_set *ds, const akin_image_set_opts *opts, akin_error *err);

/* Statistics and fingerprint anew, after the pixels changed. AKIN_ERR_NOMEM. */
akin_status ak_image_set_measure(akin_image_set *ds, akin_error *err);
/* Room for as many images of a split with a reader as the cache still allows: s->pixels, s->kept, and s->hash where
 * that is not all.  AKIN_ERR_NOMEM. */
akin_status ak_split_keep(akin_image_set *ds, ak_image_split *s, akin_error *err);

/* The one pass over all pixels: fills the cache, and sets hashes, statistics and fingerprint. Bad images of folders
 * stop it or are left out, as opts say. */
akin_status ak_image_set_pass(akin_image_set *ds, const akin_image_set_opts *opts, akin_error *err);

/* Image `item` into out: from the cache, or read, and then held against its hash.  AKIN_ERR_INPUT or AKIN_ERR_FORMAT
 * when the file is gone, damaged or another than when the set was opened. */
akin_status ak_split_fetch(const ak_image_split *s, int64_t item, uint8_t *out, akin_error *err);

static inline int64_t ak_split_item_bytes(const ak_image_split *s)
{
    return s->height * s->width * s->channels;
}

/* AKIN_ERR_UNSUPPORTED when images are on disk, which `what` ("mix") cannot work with. */
akin_status ak_image_set_all_kept(const akin_image_set *ds, const char *what, akin_error *err);

/* Add to ds->bad; names are copied. */
akin_status ak_image_set_add_bad(akin_image_set *ds, int split, const char *name, const char *reason,
                                 akin_error *err);

/* AKIN_ERR_INPUT when a split has no image left, or more are bad than opts allow. */
akin_status ak_image_set_check_bad(const akin_image_set *ds, const akin_image_set_opts *opts,
                                   akin_error *err);

/* Room for n images, not cleared. AKIN_ERR_NOMEM when this machine has not that much memory. */
akin_status ak_pixels_alloc(int64_t n, int64_t height, int64_t width, int64_t channels, uint8_t **out,
                            akin_error *err);

/* Class names given as an array of texts; replaces those there are. */
akin_status ak_image_set_set_names(akin_image_set *ds, const char *const *names, int64_t n, akin_error *err);

/* src [h,w,c] -> dst [size,size,c]: the shorter side is scaled to size, the middle of the longer one is kept.
 * false when out of memory. */
bool ak_resize_crop(const uint8_t *src, int64_t h, int64_t w, int64_t c, uint8_t *dst, int64_t size);

#endif
