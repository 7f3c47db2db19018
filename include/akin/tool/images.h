/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/images.h - image sets: bytes [n,h,w,c] per split, in memory or on disk, whatever the files were.
 *
 * An image set is a folder or a file; what it is, is detected:
 *   idx      MNIST family: {train,t10k,test}-images-idx3-ubyte and -labels-idx1-ubyte, plain or gzip
 *   cifar    CIFAR-10 and CIFAR-100, binary version (fine labels of the latter)
 *   npy      uint8 or bool [n,h,w] or [n,h,w,c], c = 1, 3, 4; or floats in [0,1]; one file, or a folder with
 *            train.npy, test.npy, val.npy and, if there are labels, train-labels.npy, test-labels.npy,
 *            val-labels.npy; names of the classes, one a line, in class-names.txt
 *   images   a folder of JPEG, PNG, WebP, GIF, TIFF, BMP, HEIF, AVIF, PPM, PGM: flat, or one folder per
 *            class; train/ with test/ or val/, in their usual spellings. Or one such file: a set of one
 * docs/formats.md says what is accepted to the byte.
 *
 * Splits   "train" is always there; "test" where the set has one (t10k-, test_batch, test/, else val/); "val"
 *          where a folder has both test/ and val/.
 * Shapes   [n,h,w,c] is n images of h rows of w pixels of c bytes, c = 1 (grey) or 3 (red, green, blue). All
 *          splits of a set have the same h, w and c. Alpha is drawn on a background.
 * Labels   int32 in [0, classes), or none. Training never needs them.
 * Trust    Sizes in headers are held against the length of the file before memory is taken; images have at
 *          most 2^26 pixels. What a set holds, its order and its fingerprint do not depend on threads, on the
 *          order in which a folder lists its files, or on the machine.
 * Memory   Opening reads every image once. As many as the cache has room for stay in memory, read-only;
 *          n*h*w*c bytes of a split that fits. The others of an image folder or a .npy file are read again
 *          when they are wanted (akin_images_fetch). Which they are changes no result. IDX, CIFAR and .npy in
 *          Fortran order are always in memory. Views borrow from the set. Files must not change while a set
 *          is open: an image on disk that is another than at the opening is an error.
 * Threads  A set that is open may be read from any number of threads.
 */
#ifndef AKIN_TOOL_IMAGES_H
#define AKIN_TOOL_IMAGES_H

#include "akin/tool/keep_list.h"
#include "akin/tool/program.h"
#include "akin/tool/reading.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_image_set akin_image_set;

/* Opening. ----------------------------------------------------------------------------------------------- */

enum {
    /* For size, of image folders: as stored where all images are of one size. Else the median of their
     * shorter sides, rounded down to a multiple of 8, at least 32 and at most 64. */
    AKIN_SIZE_FIT = -1
};

/* Start from AKIN_IMAGE_SET_OPTS_INIT. */
typedef struct akin_image_set_opts {
    uint32_t struct_size;
    /* >= 1: scale the shorter side to this and crop the middle square; 0: as stored; or AKIN_SIZE_FIT */
    int32_t size;
    const char *format;  /* "auto", "idx", "cifar", "npy" or "images"; NULL = "auto" */
    akin_on_bad on_bad;  /* image folders */
    double max_bad_frac; /* with AKIN_BAD_SKIP: more bad images than this fraction of all is an error */
    /* Path of a keep-list (akin/tool/keep_list.h): of its split only these items; NULL = all. */
    const char *keep;
    /* Bytes of images to keep in memory; 0 = none; -1 = half of what is available. */
    int64_t cache;
    /* Told now and then while images are read for the first time, by the opening thread; false stops it. May
     * be NULL. */
    bool (*on_progress)(int64_t done, int64_t total, void *ctx);
    void *ctx;
    /* What is seen through transparent pixels: "white", "black" or "RRGGBB"; NULL = white. Given, it also
     * says that a fourth channel that nobody calls alpha is one. Borrowed. */
    const char *background;
    /* White of 16-bit samples is 2^sample_bits - 1; 0: pictures decide it by the largest sample of all, and
     * whole numbers in arrays are 0..255. */
    int32_t sample_bits;
    /* 3: grey images get three equal channels; 1: coloured ones become grey (0.299 R + 0.587 G + 0.114 B, as
     * JPEG has it); 0: as stored, and grey ones among coloured get three channels. */
    int32_t channels;
    /* With size >= 1: the shorter side becomes this, at least size, before the middle square of size is kept,
     * as torchvision's Resize and CenterCrop do; 0: it becomes size. */
    int32_t resize;
} akin_image_set_opts;

#define AKIN_IMAGE_SET_OPTS_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_image_set_opts), .format = "auto", .max_bad_frac = 0.5, .cache = -1       \
    }

/* The options of what a pixel is, by flag. Texts are borrowed. */
/* clang-format off */
#define AKIN_IMAGES_OPT_ROWS                                                                                 \
    { "background", AKIN_OPT_TEXT, NULL, "COLOUR", 0, 0,                                                     \
      "images: seen through transparent pixels: white, black or RRGGBB [white]" },                           \
    { "sample-bits", AKIN_OPT_INT, NULL, "BITS", 1, 16,                                                      \
      "images of 16 bits: white is 2^BITS - 1 [as many as the largest value of all needs]" }
/* clang-format on */
AKIN_API const akin_opt_desc *akin_images_opt_at(int i); /* row i; NULL beyond the last */
/* AKIN_ERR_ARGUMENT for an option that is none of these, AKIN_ERR_RANGE for a bad value. */
AKIN_API akin_status akin_image_set_opts_set(akin_image_set_opts *opts, const char *name, const char *text,
                                             akin_error *err);

/* Open an image set.
 *
 * opts     NULL for the defaults.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT     path or out is NULL, or opts is from the future
 *   AKIN_ERR_RANGE        size not in [-1,4096], max_bad_frac not in [0,1], cache below -1, format unknown,
 *                         no such background, sample_bits not in [0,16], channels not 0, 1 or 3, resize
 *                         neither 0 nor in [size,4096]
 *   AKIN_ERR_INPUT        nothing there, nothing usable there, images of different sizes without opts->size,
 *                         too many bad images, labels out of range
 *   AKIN_ERR_FORMAT       a damaged file, named with place, value found and value expected; or a whole one
 *                         that can be understood but not used, such as a table of vectors
 *   AKIN_ERR_SHAPE        an array that is no set of images; counts of images and labels differ
 *   AKIN_ERR_NOMEM        the images do not fit into the memory of this machine, and cannot stay on disk
 *   AKIN_ERR_INTERRUPTED  on_progress said so
 * and with opts->keep as akin_keep_list_load() and akin_image_set_select_listed() do. */
AKIN_API akin_status akin_image_set_open(const char *path, const akin_image_set_opts *opts,
                                         akin_image_set **out, akin_error *err);
AKIN_API void akin_image_set_free(akin_image_set *ds); /* takes NULL; ends all views */

/* Images. ------------------------------------------------------------------------------------------------ */

struct akin_image_split; /* opaque */

/* A borrowed view of one split. Start from AKIN_IMAGES_INIT. */
typedef struct akin_images {
    uint32_t struct_size;
    int64_t n, height, width, channels;
    const uint8_t *pixels; /* [n,height,width,channels]; NULL: some are on disk, use akin_images_fetch() */
    const int32_t *labels; /* [n], or NULL */
    int64_t classes;       /* of the whole set; 0 without labels */
    /* Where images come from that have no pixels here; NULL for your own arrays. */
    const struct akin_image_split *split;
} akin_images;

#define AKIN_IMAGES_INIT                                                                                     \
    {                                                                                                        \
        .struct_size = sizeof(akin_images)                                                                   \
    }

AKIN_API int akin_image_set_splits(const akin_image_set *ds);                        /* 1 to 3 */
AKIN_API const char *akin_image_set_split_name(const akin_image_set *ds, int split); /* NULL after the last */

/* AKIN_ERR_INPUT, with the names there are, when the set has no such split. */
AKIN_API akin_status akin_image_set_split(const akin_image_set *ds, const char *split, akin_images *view,
                                          akin_error *err);

/* Images items[0..n) into out [n,height,width,channels], from memory or disk, in parallel where there are
 * several. Any number of threads at once.
 * AKIN_ERR_RANGE (an item outside of the view), AKIN_ERR_INPUT or AKIN_ERR_FORMAT (a file is gone,
 * unreadable, or another than when the set was opened), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_images_fetch(const akin_images *images, const int64_t *items, int64_t n,
                                       uint8_t *out, akin_error *err);

/* One of them; images is an akin_images. The form that akin_augment_images.fetch has. */
AKIN_API akin_status akin_images_fetch_one(const void *images, int64_t item, uint8_t *out, akin_error *err);

/* What is known of a set. -------------------------------------------------------------------------------- */

AKIN_API const char *akin_image_set_name(const akin_image_set *ds);   /* last part of the path */
AKIN_API const char *akin_image_set_format(const akin_image_set *ds); /* "idx", "cifar", "npy", "images" */

/* 16 hexadecimal digits: XXH3 (64 bits) over names, shapes, presence of labels and pixels of the splits. */
AKIN_API const char *akin_image_set_fingerprint(const akin_image_set *ds);

AKIN_API int64_t akin_image_set_cached(const akin_image_set *ds); /* images in memory, of all splits */

/* The bits that 16-bit samples were read with; 0 when the set has none. */
AKIN_API int akin_image_set_sample_bits(const akin_image_set *ds);

/* What a person should know about how the set was read: sentence i; NULL beyond the last. */
AKIN_API const char *akin_image_set_remark(const akin_image_set *ds, int64_t i);

/* Write the name of item i into buf (always ended, shortened to fit) and return buf: the path within the
 * folder for image folders, "train/123" for arrays (its place in the whole split, also in a subset), "" when
 * there is no such item. */
AKIN_API const char *akin_image_set_item_name(const akin_image_set *ds, const char *split, int64_t i,
                                              char *buf, size_t size);

/* The folder's name for image folders; names that come with the set or are known for it (CIFAR,
 * Fashion-MNIST); else the number as text. NULL when k is not in [0, classes). */
AKIN_API const char *akin_image_set_class_name(const akin_image_set *ds, int64_t k);

/* Mean and standard deviation of each channel over the train split, in units where 255 is 1. The sums are
 * whole numbers, so they are exact up to the last division. */
AKIN_API void akin_image_set_stats(const akin_image_set *ds, double mean[3], double std[3]);

/* Images left out by AKIN_BAD_SKIP, in item order. NULL after the last. */
AKIN_API int64_t akin_image_set_bad_count(const akin_image_set *ds);
AKIN_API const akin_bad_item *akin_image_set_bad_at(const akin_image_set *ds, int64_t i);

/* Files of an image folder that are no images. */
AKIN_API int64_t akin_image_set_ignored(const akin_image_set *ds);

/* All exact duplicates: images whose pixels equal those of an earlier one, found by hash and then confirmed
 * byte by byte. The list is the caller's; akin_duplicates_free() frees it. Fails as akin_images_fetch(), and
 * with AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_image_set_duplicates(const akin_image_set *ds, akin_duplicates **out,
                                               akin_error *err);

/* Subsets. ----------------------------------------------------------------------------------------------- */

/* Leave only the items with kept[i] != 0 in a split: their order, names and classes stay; statistics (of
 * train) and the fingerprint become those of the subset. Views given before end.  AKIN_ERR_INPUT (no such
 * split; nothing kept), AKIN_ERR_NOMEM, which leaves the set as it was. */
AKIN_API akin_status akin_image_set_select(akin_image_set *ds, const char *split, const unsigned char *kept,
                                           akin_error *err);

/* Leave only the items that a keep-list names. split NULL = the list's.  Also AKIN_ERR_INPUT when the list
 * was made for another split, for another number of items or (of arrays, images of one shape) for other
 * pixels, and as akin_keep_list_match(). */
AKIN_API akin_status akin_image_set_select_listed(akin_image_set *ds, const char *split,
                                                  const akin_keep_list *keep, akin_error *err);

/* Write the keep-list of the items of a split with kept[i] != 0, with what is known of the set; of head only
 * command, note and seed are read, and it may be NULL.  A set that is itself a subset is described as the
 * whole that it comes from.  AKIN_ERR_INPUT (no such split), AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_image_set_keep_list_save(const char *path, const akin_image_set *ds,
                                                   const char *split, const unsigned char *kept,
                                                   const akin_keep_list_head *head, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_IMAGES_H */
