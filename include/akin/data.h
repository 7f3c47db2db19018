/* SPDX-License-Identifier: Apache-2.0 */
/* akin/data.h - data sets of any kind: images, feature vectors or text, from files or from your own memory.
 *
 * Example
 *     akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
 *     opts.options = (const char *const[]){ "label-column", "species", "holdout", "0.2", NULL };
 *     akin_dataset *set = NULL;
 *     akin_split_view train = AKIN_SPLIT_VIEW_INIT;
 *     akin_error err;
 *     if (akin_dataset_open("iris.csv", &opts, &set, &err) ||
 *         akin_dataset_split(set, "train", AKIN_TARGET_LABEL, &train, &err))
 *         fprintf(stderr, "%s\n", err.message);
 *     else
 *         printf("%lld items of %lld classes\n", (long long)train.n, (long long)train.classes);
 *     akin_dataset_free(set);
 *
 * Words    An item is one image, one row of numbers or one text. A split is a named part of the set: "train",
 *          which is always there, "test" and "val". A label says which class an item belongs to; a group says
 *          which items belong together, such as the lines of one document.
 * Memory   A set owns what it reads; what it gives is borrowed from it.
 * Threads  A set that is open may be read from any number of threads.
 */
#ifndef AKIN_DATA_H
#define AKIN_DATA_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of data. ------------------------------------------------------------------------------- */

typedef enum akin_data_kind {
    AKIN_DATA_UNKNOWN,
    AKIN_DATA_IMAGES,  /* files of images, or arrays [n,h,w] and [n,h,w,c]; akin/tool/images.h */
    AKIN_DATA_VECTORS, /* rows of numbers: arrays [n,d], tables, libsvm; akin/tool/vectors.h */
    AKIN_DATA_TEXT,    /* lines, tables with text, JSON lines, folders of documents; akin/tool/corpus.h */
} akin_data_kind;

AKIN_API const char *akin_data_kind_name(akin_data_kind kind); /* "images", "vectors", "text", "unknown" */

/* What a path holds. Told by names and first bytes, so cheap and a guess: a reader may still refuse. An array
 * of two dimensions is vectors, of three or four images. A table is text when a column holds words with
 * blanks between, or no column is numbers. AKIN_DATA_UNKNOWN for what is not there, cannot be read or is none
 * of these. */
AKIN_API akin_data_kind akin_data_detect(const char *path);

/* Opening. ------------------------------------------------------------------------------------- */

typedef struct akin_dataset akin_dataset;

typedef struct akin_dataset_opts {
    uint32_t struct_size;
    akin_data_kind kind; /* AKIN_DATA_UNKNOWN = detected */
    /* Names and values of options in turn, ended by NULL, by the names that `akin train` has for its flags:
     * {"size", "32", "on-bad", "skip", NULL}. A flag without a value has "". NULL = all defaults. Every name
     * needs its value before the NULL. */
    const char *const *options;
    uint64_t seed; /* draws what "holdout" takes out of train */
    /* Told now and then while a large set of images is read, and of no other kind. Returning false stops it:
     * AKIN_ERR_INTERRUPTED. May be NULL. */
    bool (*on_progress)(int64_t done, int64_t total, void *ctx);
    void *ctx;
} akin_dataset_opts;

#define AKIN_DATASET_OPTS_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_dataset_opts), .seed = 1                                                  \
    }

/* Open the files at path. opts NULL = defaults.
 *
 * AKIN_ERR_ARGUMENT     path or out is NULL, no such kind, or an option without a value or none of the kind's
 * AKIN_ERR_RANGE        an option outside its bounds
 * AKIN_ERR_INPUT        no kind is recognised, or nothing usable is there
 * AKIN_ERR_INTERRUPTED  on_progress returned false
 * and what else the reader of that kind says. */
AKIN_API akin_status akin_dataset_open(const char *path, const akin_dataset_opts *opts, akin_dataset **out,
                                       akin_error *err);
AKIN_API void akin_dataset_free(akin_dataset *set); /* takes NULL */

/* Data of your own. ---------------------------------------------------------------------------- */

/* Rows of numbers, given one by one. Start from AKIN_OWN_ROWS_INIT. */
typedef struct akin_own_rows {
    uint32_t struct_size;
    int64_t n, d; /* rows, numbers of a row */
    /* Row i into out[0..d). false: it cannot be had, and opening fails. */
    bool (*row)(int64_t i, float *out, void *ctx);
    int32_t (*label)(int64_t i, void *ctx); /* class of row i, from 0; NULL = there are no labels */
    void *ctx;                              /* handed to both */
    const char *name;                       /* for reports and sentences; NULL = "own rows" */
    double holdout;                         /* this share of the rows, in [0,1), becomes "test" */
    uint64_t seed;                          /* draws it */
} akin_own_rows;

#define AKIN_OWN_ROWS_INIT                                                                                   \
    {                                                                                                        \
        .struct_size = sizeof(akin_own_rows), .seed = 1                                                      \
    }

/* Images, given one by one. Start from AKIN_OWN_IMAGES_INIT. All of them are "train": sets of images have no
 * holdout, files neither. To test on some, give these as a set of their own. */
typedef struct akin_own_images {
    uint32_t struct_size;
    int64_t n, height, width, channels; /* channels: 1 or 3 */
    /* The bytes of image i, [height,width,channels], into out. false: it cannot be had, and opening fails. */
    bool (*pixels)(int64_t i, uint8_t *out, void *ctx);
    int32_t (*label)(int64_t i, void *ctx); /* class of image i, from 0; NULL = there are no labels */
    void *ctx;                              /* handed to both */
    const char *name;                       /* for reports and sentences; NULL = "own images" */
} akin_own_images;

#define AKIN_OWN_IMAGES_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_own_images)                                                               \
    }

/* A set of vectors, or of images, from a function of yours. Every item is asked for once, in order, in the
 * calling thread; the set keeps a copy of all of them. Its fingerprint is that of the values, so that a run
 * that is resumed notices other data. It is trained on as akin_train_opts.dataset, and embedded as any
 * other set.
 *
 * AKIN_ERR_ARGUMENT  the struct or its function is NULL
 * AKIN_ERR_SHAPE     no item, or a shape that no set has
 * AKIN_ERR_INPUT     an item was not given, a number is not finite, or a label is out of bounds
 * AKIN_ERR_NOMEM     more than this machine holds */
AKIN_API akin_status akin_dataset_from_rows(const akin_own_rows *rows, akin_dataset **out, akin_error *err);
AKIN_API akin_status akin_dataset_from_images(const akin_own_images *images, akin_dataset **out,
                                              akin_error *err);

/* What is in it. ------------------------------------------------------------------------------- */

AKIN_API akin_data_kind akin_dataset_kind(const akin_dataset *set);
AKIN_API const char *akin_dataset_name(const akin_dataset *set);   /* the last part of its path */
AKIN_API const char *akin_dataset_format(const akin_dataset *set); /* "npy", "csv", "lines", ... */
/* 16 hexadecimal digits over all that training reads: equal sets have equal ones. */
AKIN_API const char *akin_dataset_fingerprint(const akin_dataset *set);
/* Items that could not be read: left out (images), or mended or left out (text). */
AKIN_API int64_t akin_dataset_bad_count(const akin_dataset *set);

AKIN_API int akin_dataset_split_count(const akin_dataset *set);                   /* 1 to 3 */
AKIN_API const char *akin_dataset_split_name(const akin_dataset *set, int split); /* NULL beyond the last */

/* What an item is to be told from: the labels of the set, or the groups that it is made of. */
typedef enum akin_target {
    AKIN_TARGET_AUTO, /* labels, where there are any, else groups */
    AKIN_TARGET_LABEL,
    AKIN_TARGET_GROUP,
} akin_target;

/* One split, borrowed from the set. Start from AKIN_SPLIT_VIEW_INIT. */
typedef struct akin_split_view {
    uint32_t struct_size;
    int64_t n;             /* items */
    const int32_t *labels; /* [n] in [0,classes), or NULL */
    int64_t classes;       /* 0 without labels */
    const int32_t *groups; /* [n] in [0,group_count), -1 = none; or NULL. Without groups: the labels */
    int64_t group_count;
    const int32_t *items;    /* text: [n], item i of the split is item items[i] of the corpus; else NULL */
    const int32_t *position; /* text: [n], items of one group at places p and p+1 are neighbours; else NULL */
} akin_split_view;

#define AKIN_SPLIT_VIEW_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_split_view)                                                               \
    }

/* target says what out->labels holds.
 * AKIN_ERR_ARGUMENT  set, split or out is NULL, out was not initialised, or no such target
 * AKIN_ERR_INPUT     the set has no such split; the sentence has the names there are */
AKIN_API akin_status akin_dataset_split(const akin_dataset *set, const char *split, akin_target target,
                                        akin_split_view *out, akin_error *err);

/* Name of item i of a split in buf (ended, shortened to fit); returns buf, "" when there is no such item. */
AKIN_API const char *akin_dataset_item_name(const akin_dataset *set, const char *split, int64_t i, char *buf,
                                            size_t size);
/* Name of class k of the labels that target chooses; NULL when there is none. */
AKIN_API const char *akin_dataset_class_name(const akin_dataset *set, akin_target target, int64_t k);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_DATA_H */
