/* SPDX-License-Identifier: Apache-2.0 */
/* images/image_set.h - an image set from the inside: what the readers fill in, and the small functions they
 * share. */
#ifndef AK_IMAGES_IMAGE_SET_H
#define AK_IMAGES_IMAGE_SET_H

#include "akin/tool/images.h"
#include "base/base.h"
#include "base/remarks.h"
#include "base/sharing.h"
#include "images/name_pool.h"

enum {
    AK_MAX_SPLITS = 3,
    AK_MAX_CLASSES = 1 << 16,
    AK_MAX_DEPTH = 16, /* of nested folders */
};

typedef struct akin_image_split ak_image_split;

/* How a split reads images that are not in memory. */
typedef struct ak_item_reader {
    /* One image, [height,width,channels] of the split. On failure err holds the reason alone where the split
     * has names of items, else a sentence that names the file. Any number of threads. */
    akin_status (*read)(const ak_image_split *s, int64_t item, uint8_t *out, akin_error *err);
    void (*close)(void *ctx);
    void *ctx; /* owned by the split */
} ak_item_reader;

/* Where the bytes of pictures are. */
typedef struct ak_picture_source {
    /* At most `most` bytes from the beginning of the picture of that name, at that place of its list; *whole:
     * these are all. On failure the sentence is the reason alone. Any number of threads. */
    akin_status (*read)(const void *ctx, const char *name, int64_t place, size_t most, uint8_t **data,
                        size_t *n, bool *whole, akin_error *err);
    void (*close)(void *ctx);
    void *ctx;
} ak_picture_source;

struct akin_image_split {
    const char *name; /* static */
    uint8_t *pixels;  /* [cached,height,width,channels], owned */
    int64_t n, height, width, channels;
    int64_t cached;        /* items [0,cached) are in memory; all are where there is no reader */
    int32_t *labels;       /* [n], owned, or NULL */
    const char **items;    /* [n] names in ds->names; NULL for arrays */
    int64_t *place;        /* [n] of pictures, in what ds->from gives; owned, or NULL */
    int64_t *origin;       /* [n] place in the whole split, owned; NULL = all of it is here */
    int64_t whole;         /* with origin: items of the whole split */
    bool filled;           /* pixels hold the cached items: all images were read once */
    ak_item_reader reader; /* read = NULL: the pixels are there already */
    uint64_t *hash;        /* [n] of the pixels when the set was opened, where cached < n */
    const char *path;      /* of the set, for sentences */
    uint8_t *facts;        /* [n] AK_FACT_..., owned; only while the set is opened, and of folders */
};

/* What was found in a picture when it was read. */
enum {
    AK_FACT_TRANSPARENT = 1,
    AK_FACT_TURNED = 2,
    AK_FACT_FRAMES = 4,
    AK_FACT_DEEP = 8,
    AK_FACT_UNTURNED = 16,
    AK_FACT_DARK = 32,   /* of 16 bits, and no value reaches AK_NEARLY_BLACK */
    AK_FACT_GREY = 64,   /* one channel in the file */
    AK_NEARLY_BLACK = 17 /* 12 bits that are read as 16 reach 16 */
};

typedef struct ak_bad_image {
    akin_bad_item shown; /* its texts are owned */
    int split;
} ak_bad_image;

/* Files that are no pictures, counted by their endings. */
typedef struct ak_file_kinds {
    struct ak_file_kind {
        char ending[12]; /* ".txt", in lower case; "" = none, or an odd one */
        int64_t n;
    } kind[16];
    int kinds;
    int64_t total, more; /* more: beyond the room of kind */
} ak_file_kinds;

void ak_file_kinds_add(ak_file_kinds *k, const char *name);

/* "2 .txt, 1 .mp4", the most frequent first, in `to`; returns to. */
char *ak_file_kinds_text(const ak_file_kinds *k, char *to, size_t size);

/* What the headers of a folder's pictures say. */
typedef struct ak_folder_facts {
    int64_t distinct;        /* sizes; 0 = no folder */
    int32_t low[2], high[2]; /* height and width of the smallest and the largest image */
    int64_t enlarged;        /* images with a side shorter than the size that is taken */
    int32_t size;            /* that they are scaled to; 0 = as stored */
    bool fitted;             /* the size was left to us, and this is what fits */
    bool skips;              /* bad images are left out */
    ak_file_kinds other;     /* files that are no pictures */
    int64_t clutter;         /* files and folders that systems leave behind */
} ak_folder_facts;

struct akin_image_set {
    char *path; /* what is read: the path that was given, or its only subfolder */
    char name[256], fingerprint[17];
    ak_remarks remarks;
    char whole[17]; /* fingerprint of the set that this is a subset of; "" = none */
    const char *format;
    ak_image_split split[AK_MAX_SPLITS];
    int splits;
    int64_t classes;
    char **class_names; /* [classes], each owned */
    double mean[3], std[3];
    int brightest;     /* value of train */
    int usual;         /* of 1000 values of train 999 are not above it */
    ak_bad_image *bad; /* by split, then by name */
    int64_t bad_count, ignored;
    int sample_bits;         /* of 16-bit pictures; 0: there are none */
    uint32_t largest_sample; /* of them, where the bits were told from it */
    ak_folder_facts folder;
    int64_t cache; /* bytes that may still be taken for pixels of splits with a reader */
    ak_name_pool names;
    ak_picture_source from;    /* of the splits that have places */
    const ak_sharing *sharing; /* of pictures, while several ranks open them; else NULL */
    bool sharing_asked;
};

/* Bytes of one image. */
static inline int64_t ak_image_bytes(const ak_image_split *s) { return s->height * s->width * s->channels; }

/* Room for n images, not cleared. AKIN_ERR_NOMEM when this machine has not that much memory. */
akin_status ak_pixels_alloc(int64_t n, int64_t height, int64_t width, int64_t channels, uint8_t **out,
                            akin_error *err);

/* akin_image_set_open(), which ranks may share; NULL: this process alone. */
akin_status ak_image_set_open(const char *path, const akin_image_set_opts *opts, const ak_sharing *sharing,
                              akin_image_set **out, akin_error *err);

/* Once a set: whether all ranks read the same, by a hash of what; else each reads all for itself. 0: nothing
 * that can be shared. */
akin_status ak_image_set_ask_sharing(akin_image_set *ds, uint64_t what, akin_error *err);

/* The split of that name, or NULL. */
ak_image_split *ak_image_set_find(akin_image_set *ds, const char *name);

/* The largest label of all splits; -1 when nothing is labelled. */
int64_t ak_image_set_largest_label(const akin_image_set *ds);

/* Give the n classes these names, instead of those they have. names NULL: their numbers. */
akin_status ak_image_set_name_classes(akin_image_set *ds, const char *const *names, int64_t n,
                                      akin_error *err);
void ak_image_set_drop_classes(akin_image_set *ds); /* from now on there are none */

/* Add an image that cannot be read to the list. The texts are copied. */
akin_status ak_image_set_add_bad(akin_image_set *ds, int split, const char *name, const char *reason,
                                 akin_error *err);
void ak_image_set_sort_bad(akin_image_set *ds);

/* Tell what was found in a folder and what was taken for it, once all images were read. */
void ak_image_set_tell_folder(akin_image_set *ds);

/* AKIN_ERR_INPUT when a split has no image left, or more are bad than opts allow. */
akin_status ak_image_set_check_bad(const akin_image_set *ds, const akin_image_set_opts *opts,
                                   akin_error *err);

#endif
