/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/derive.h - data sets made from data sets: long tails, mixed images, splits. What to take is
 * decided from labels alone, for sets of any kind; image sets can then be changed and written.
 *
 * Labels   int32 in [0,classes). A class without an item takes no part, and no place.
 * Chance   Everything drawn is a function of the seed, the class and the item: never of threads, nor of the
 *          other options, which is why sets of one seed are nested in each other.
 * Memory   What is written into is the caller's.
 * Threads  Reentrant. */
#ifndef AKIN_TOOL_DERIVE_H
#define AKIN_TOOL_DERIVE_H

#include "akin/tool/images.h"
#include "akin/tool/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Long tails --------------------------------------------------------------------------------------------- */

typedef enum akin_profile {
    AKIN_PROFILE_EXP,  /* sizes fall by one factor from class to class */
    AKIN_PROFILE_STEP, /* some classes are small, the others large */
} akin_profile;

/* Start from AKIN_LONGTAIL_OPTS_INIT. */
typedef struct akin_longtail_opts {
    uint32_t struct_size;
    akin_profile profile;
    double ratio;      /* R >= 1: the largest class over the smallest */
    double minor_frac; /* step: share of the classes that are small, in (0,1) */
    int64_t largest;   /* n_max; 0 = the size of the smallest class, which every class can give */
    uint64_t seed;
    bool shuffle; /* the places of the classes are drawn; else class 0 is the largest, and so on */
} akin_longtail_opts;

#define AKIN_LONGTAIL_OPTS_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_longtail_opts), .ratio = 100, .minor_frac = 0.5                           \
    }

/* A long tail of a split: counts[c] items of class c, kept[i] = 1 for those taken.  [Cui2019] [Cao2019]
 * [Buda2018]
 *
 *     exp    n_p = floor(n_max R^(-p/(C-1)))    p = 0..C-1 the place of the class
 *     step   n_p = n_max for the first C - m places, floor(n_max / R) for the last m,
 *            m = C - floor(C (1 - minor_frac))
 *
 * and at least 1. Of each class the first n_p items of one order are taken, drawn for the class; so with one
 * n_max the set of a greater ratio lies within that of a smaller one, also across profiles where the counts
 * allow it.
 *
 * counts [classes] may be NULL.  AKIN_ERR_RANGE for an option; AKIN_ERR_INPUT for a label outside, fewer than
 * two classes, or a class that has fewer items than its count (named, with the largest n_max that there
 * is). */
AKIN_API akin_status akin_longtail(const int32_t *labels, int64_t n, int64_t classes,
                                   const akin_longtail_opts *opts, int64_t *counts, unsigned char *kept,
                                   akin_error *err);

/* Mixed images ------------------------------------------------------------------------------------------- */

typedef enum akin_mix_with { AKIN_MIX_OTHER, AKIN_MIX_SAME, AKIN_MIX_ANY } akin_mix_with;

/* Start from AKIN_MIX_OPTS_INIT. */
typedef struct akin_mix_opts {
    uint32_t struct_size;
    double share;       /* of the items that are mixed, in [0,1]: round(share n) of them */
    akin_mix_with with; /* the class that the partner comes from */
    uint64_t seed;
} akin_mix_opts;

#define AKIN_MIX_OPTS_INIT                                                                                   \
    {                                                                                                        \
        .struct_size = sizeof(akin_mix_opts), .share = 0.1                                                   \
    }

/* Who is mixed with whom: partner[i] in [0,n) but never i, or -1 for items that stay  [Zhang2025]. The items
 * mixed are the first of one order, and a partner depends on the seed and its item: the items mixed at a
 * smaller share are mixed in the same way at a larger one. labels NULL: any other item.
 * AKIN_ERR_RANGE; AKIN_ERR_INPUT when an item has no partner (a class of one, or one class). */
AKIN_API akin_status akin_mix_draw(const int32_t *labels, int64_t n, int64_t classes,
                                   const akin_mix_opts *opts, int32_t *partner, akin_error *err);

/* Mix images of the train split: each with partner[i] >= 0 becomes round((1 - weight) x_i + weight x_j), byte
 * by byte, halves up, j = partner[i] as it was before any mixing. Labels stay those of item i. Statistics
 * and fingerprint become those of the result.  AKIN_ERR_RANGE unless 0 <= weight <= 1, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_image_set_mix(akin_image_set *ds, const int32_t *partner, double weight,
                                        akin_error *err);

/* Splits ------------------------------------------------------------------------------------------------- */

/* Start from AKIN_SPLITS_OPTS_INIT. */
typedef struct akin_splits_opts {
    uint32_t struct_size;
    double test, val; /* shares, >= 0; together below 1 */
    uint64_t seed;
} akin_splits_opts;

#define AKIN_SPLITS_OPTS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_splits_opts), .test = 0.2                                                 \
    }

/* part[i] = 0 (train), 1 (test) or 2 (val): of each class round(test n_c) and round(val n_c) items, but one
 * at least stays in train, drawn in one order for each class; test comes first in it, so that it does not
 * depend on val.
 *
 * groups   [n] whole numbers, or NULL: items of one group stay together. A group counts for the class of its
 *          first item; a group goes to a part as long as that brings the part closer to its size.
 * labels   NULL = all are one class.
 *
 * AKIN_ERR_RANGE; AKIN_ERR_SHAPE for labels of no classes, or of more than 2^31 - 1; AKIN_ERR_INPUT when a
 * part that is asked for, or train, would be empty. */
AKIN_API akin_status akin_splits_draw(const int32_t *labels, const int32_t *groups, int64_t n,
                                      int64_t classes, const akin_splits_opts *opts, unsigned char *part,
                                      akin_error *err);

/* Move items of the train split into splits test (1) and val (2), which must not be there yet.
 * AKIN_ERR_INPUT, AKIN_ERR_RANGE, AKIN_ERR_NOMEM; after the last the set is of no use but to be freed. */
AKIN_API akin_status akin_image_set_divide(akin_image_set *ds, const unsigned char *part, akin_error *err);

/* Writing ------------------------------------------------------------------------------------------------ */

/* Write a set as a folder of arrays that akin_image_set_open() reads: SPLIT.npy (uint8 [n,h,w,c]),
 * SPLIT-labels.npy and class-names.txt; files of splits that the set has not are removed. train.npy comes
 * last: a folder without it is not whole.  AKIN_ERR_IO. */
AKIN_API akin_status akin_image_set_save(const akin_image_set *ds, const char *folder, akin_error *err);
/* The same as the last of the files of a result; train.npy is the last of them. */
AKIN_API akin_status akin_image_set_add(const akin_image_set *ds, const char *folder, akin_files *files,
                                        akin_error *err);
/* From now on the set is called and its items are named as what is read back from the folder. */
AKIN_API void akin_image_set_as_saved(akin_image_set *ds, const char *folder);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_DERIVE_H */
