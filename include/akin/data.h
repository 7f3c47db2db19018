/* SPDX-License-Identifier: Apache-2.0 */
/* akin/data.h - a data set of any kind by one handle: images (akin/tool/images.h), feature vectors (akin/tool/vectors.h) or text
 * (akin/tool/text.h).
 *
 * Memory   A set owns what it reads; what it gives is borrowed from it.
 * Threads  A set that is open may be read from any number of threads.
 */
#ifndef AKIN_DATA_H
#define AKIN_DATA_H

#include "akin/tool/images.h"
#include "akin/tool/keep.h"
#include "akin/tool/text.h"
#include "akin/tool/vectors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a path holds, for the choice of who reads it. */
typedef enum akin_data_kind {
    AKIN_DATA_UNKNOWN,
    AKIN_DATA_IMAGES,  /* akin_image_set_open() of akin/tool/images.h */
    AKIN_DATA_VECTORS, /* akin_vectors_open() of akin/tool/vectors.h */
    AKIN_DATA_TEXT,    /* lines, tables with text, JSON lines, folders of documents; plain or compressed */
} akin_data_kind;

AKIN_API const char *akin_data_kind_name(akin_data_kind kind); /* "images", "vectors", "text", "unknown" */

/* Told by names and first bytes, so cheap and a guess: a reader may still refuse. An array of two dimensions is vectors,
 * of three or four images. A table is text when a column holds words with blanks between, or no column is numbers.
 * AKIN_DATA_UNKNOWN for what is not there, cannot be read or is none of these. */
AKIN_API akin_data_kind akin_data_detect(const char *path);

typedef struct akin_dataset akin_dataset;

/* What an item is to be told from: the labels of the set, or the groups (documents, group column) it is made of. */
typedef enum akin_target {
    AKIN_TARGET_AUTO, /* labels, where there are any, else groups */
    AKIN_TARGET_LABEL,
    AKIN_TARGET_GROUP,
} akin_target;

typedef struct akin_dataset_opts {
    uint32_t struct_size;
    akin_data_kind kind; /* AKIN_DATA_UNKNOWN = detected */
    const akin_image_set_opts *images;
    const akin_corpus_opts *text;
    const akin_vectors_opts *vectors; /* NULL = defaults */
} akin_dataset_opts;

#define AKIN_DATASET_OPTS_INIT                                                                               \
    {                                                                                                        \
        sizeof(akin_dataset_opts), AKIN_DATA_UNKNOWN, NULL, NULL, NULL                                       \
    }

/* Fails as the reader of that kind does, and with AKIN_ERR_INPUT where no kind is recognised. */
AKIN_API akin_status akin_dataset_open(const char *path, const akin_dataset_opts *opts, akin_dataset **out,
                                       akin_error *err);
AKIN_API void akin_dataset_free(akin_dataset *s); /* takes NULL */

AKIN_API akin_data_kind akin_dataset_kind(const akin_dataset *s);
AKIN_API const akin_image_set *
akin_dataset_images(const akin_dataset *s); /* NULL unless of that kind; likewise */
AKIN_API const akin_corpus *akin_dataset_text(const akin_dataset *s);
AKIN_API const akin_vector_set *akin_dataset_vectors(const akin_dataset *s);

/* One split, borrowed. Item i of the split is item items[i] of the corpus (text), else row or image i. */
typedef struct akin_part_view {
    int64_t n;
    const int32_t *items;  /* [n], text; else NULL */
    const int32_t *labels; /* [n] in [0,classes), or NULL */
    int64_t classes;
    const int32_t
        *groups; /* [n] in [0,group_count), -1 = none, or NULL: latent classes; of images their labels */
    int64_t group_count;
    const int32_t
        *position; /* [n], text: places of equal group that follow each other are neighbours; else NULL */
} akin_part_view;

/* target says what .labels holds. AKIN_ERR_INPUT, with the names there are, when the set has no such split. */
AKIN_API akin_status akin_dataset_split(const akin_dataset *s, const char *split, akin_target target,
                                        akin_part_view *out, akin_error *err);
AKIN_API int akin_dataset_splits(const akin_dataset *s);
AKIN_API const char *akin_dataset_split_name(const akin_dataset *s, int split); /* NULL beyond the last */

AKIN_API const char *akin_dataset_name(const akin_dataset *s);
AKIN_API const char *akin_dataset_format(const akin_dataset *s);
AKIN_API const char *akin_dataset_fingerprint(const akin_dataset *s);
AKIN_API int64_t
akin_dataset_bad_count(const akin_dataset *s); /* items left out because they could not be read */

/* Name of item i of a split in buf (ended, shortened to fit); returns buf. */
AKIN_API const char *akin_dataset_item_name(const akin_dataset *s, const char *split, int64_t i, char *buf,
                                            size_t size);
/* Write the list of the items of a split with kept[i] != 0 (akin/tool/keep.h), with what is known of the set; of head only
 * command, note and seed are read, and it may be NULL. A set that is itself a subset is described as the whole that it
 * comes from.  AKIN_ERR_INPUT (no such split), AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_dataset_keep_save(const char *path, const akin_dataset *s, const char *split,
                                            const unsigned char *kept, const akin_keep_head *head,
                                            akin_error *err);
/* NULL when there is none. */
AKIN_API const char *akin_dataset_class_name(const akin_dataset *s, akin_target target, int64_t k);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_DATA_H */
