/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset.h - what the readers fill in, and what they share. */
#ifndef AKIN_SRC_DATASET_H
#define AKIN_SRC_DATASET_H

#include "akin/data.h"
#include "base/base.h"

enum {
    AKIN_MAX_SPLITS = 3,
    AKIN_MAX_PIXELS = 1 << 26, /* of one image */
    AKIN_MAX_SIDE = 4096,      /* of opts->size */
    AKIN_MAX_CLASSES = 1 << 16,
    AKIN_MAX_DEPTH = 16, /* of nested folders */
};

typedef struct akin_split {
    const char *name; /* static */
    uint8_t *pixels;  /* [n,height,width,channels], owned */
    int64_t n, height, width, channels;
    int32_t *labels; /* [n], owned, or NULL */
    char **items;    /* [n] names, each owned; NULL for arrays */
    int64_t *origin; /* [n] place in the whole split, owned; NULL = all of it is here */
    int64_t whole;   /* with origin: items of the whole split */
} akin_split;

typedef struct akin_bad_item {
    char *name, *reason;
} akin_bad_item;

struct akin_dataset {
    char *path; /* what is read: the path that was given, or its only subfolder */
    char name[256], remark[400], fingerprint[17];
    char whole[17]; /* fingerprint of the set that this is a subset of; "" = none */
    const char *format;
    akin_split split[AKIN_MAX_SPLITS];
    int splits;
    int64_t classes;
    char **class_names; /* [classes], each owned */
    double mean[3], std[3];
    akin_bad_item *bad;
    int64_t bad_count, ignored;
};

/* Readers: fill ds->split, ds->splits, and ds->classes with ds->class_names where they know names. What they
 * leave in ds on failure is freed by the caller. */
akin_status akin_idx_read(akin_dataset *ds, const char *path, bool is_folder, akin_error *err);
akin_status akin_cifar_read(akin_dataset *ds, const char *path, bool is_folder, akin_error *err);
akin_status akin_npy_images_read(akin_dataset *ds, const char *path, bool is_folder, akin_error *err);
akin_status akin_folder_read(akin_dataset *ds, const char *path, const akin_data_opts *opts, akin_error *err);

/* Whether a file name belongs to a format. */
bool akin_idx_is_images(const char *name);
bool akin_cifar_is_batch(const char *name);
bool akin_npy_is_split(const char *name); /* "train.npy", "test.npy" */
bool akin_is_image_name(const char *name);

/* After the reader: bring all splits to one shape, drop alpha, count classes, measure, fingerprint. */
akin_status akin_dataset_finish(akin_dataset *ds, const akin_data_opts *opts, akin_error *err);

/* Statistics and fingerprint anew, after the pixels changed. AKIN_ERR_NOMEM. */
akin_status akin_dataset_measure(akin_dataset *ds, akin_error *err);

/* "a/b" -> "b" */
const char *akin_path_base(const char *path);

/* "cannot open 'path': reason of errno"; AKIN_ERR_INPUT, or AKIN_ERR_NOMEM when that is the reason. */
akin_status akin_cannot_open(const char *path, akin_error *err);

/* name for a sentence: control characters as '?', at most its last 200 bytes. Returns to. */
enum { AKIN_SHOWN = 208 };
const char *akin_shown(const char *name, char to[AKIN_SHOWN]);

/* Room for n images, not cleared. AKIN_ERR_NOMEM when this machine has not that much memory. */
akin_status akin_pixels_alloc(int64_t n, int64_t height, int64_t width, int64_t channels, uint8_t **out,
                              akin_error *err);

/* Class names given as an array of texts; replaces those there are. */
akin_status akin_dataset_set_names(akin_dataset *ds, const char *const *names, int64_t n, akin_error *err);

/* src [h,w,c] -> dst [size,size,c]: the shorter side is scaled to size, the middle of the longer one is kept.
 * false when out of memory. */
bool akin_resize_crop(const uint8_t *src, int64_t h, int64_t w, int64_t c, uint8_t *dst, int64_t size);

#endif
