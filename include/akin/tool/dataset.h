/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/dataset.h - what stands behind a data set of akin/data.h: its images, vectors or corpus, and
 * keep-lists. */
#ifndef AKIN_TOOL_DATASET_H
#define AKIN_TOOL_DATASET_H

#include "akin/data.h"
#include "akin/tool/images.h"
#include "akin/tool/keep_list.h"
#include "akin/tool/corpus.h"
#include "akin/tool/vectors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed; NULL when the set is of another kind. */
AKIN_API const akin_image_set *akin_dataset_images(const akin_dataset *set);
AKIN_API const akin_corpus *akin_dataset_text(const akin_dataset *set);
AKIN_API const akin_vector_set *akin_dataset_vectors(const akin_dataset *set);

/* What was understood of the data, for a person: sentence i, without control bytes; NULL beyond the last. */
AKIN_API const char *akin_dataset_remark(const akin_dataset *set, int64_t i);

/* Single items. -------------------------------------------------------------------------------- */

/* same [n of the split]: the first item of the split that is exactly equal to item i, or i itself: equal
 * pixels, numbers or bytes of text.  AKIN_ERR_INPUT (no such split), AKIN_ERR_NOMEM, and as reading items
 * fails. */
AKIN_API akin_status akin_dataset_equal_items(const akin_dataset *set, const char *split, int64_t *same,
                                              akin_error *err);
/* How many items of a split equal an item of another split, or of a split of another set: exactly, by hashes
 * of 64 bits. Sets of two kinds have none in common.  AKIN_ERR_INPUT (no such split), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_dataset_repeats(const akin_dataset *set, const char *split, const akin_dataset *of,
                                          const char *of_split, int64_t *count, akin_error *err);
/* The text of item i of a split, borrowed and not ended; NULL, with *bytes 0, where items are no texts or
 * there is no such item. */
AKIN_API const char *akin_dataset_item_text(const akin_dataset *set, const char *split, int64_t i,
                                            int64_t *bytes);
/* The items of a split as pictures for people, for akin_images_fetch(). AKIN_ERR_UNSUPPORTED where they are
 * none. */
AKIN_API bool akin_dataset_has_pictures(const akin_dataset *set);
AKIN_API akin_status akin_dataset_pictures(const akin_dataset *set, const char *split, akin_images *out,
                                           akin_error *err);

/* Items as rows of numbers without an encoder, which a trained one is compared with: pixels from 0 to 1, or
 * columns as training scales them. The name of the rows, "pixels" or "columns"; NULL and a width of 0 where
 * items are no rows of numbers. */
AKIN_API const char *akin_dataset_raw_name(const akin_dataset *set);
AKIN_API int64_t akin_dataset_raw_width(const akin_dataset *set);
/* The items stay on disk, so that rows of all of them may be more than memory holds. */
AKIN_API bool akin_dataset_raw_on_disk(const akin_dataset *set);
/* All items of a split into out [n, width].  AKIN_ERR_UNSUPPORTED, AKIN_ERR_SHAPE, AKIN_ERR_NOMEM, and as
 * reading items fails. */
AKIN_API akin_status akin_dataset_raw_rows(const akin_dataset *set, const char *split, akin_mat out,
                                           akin_error *err);

/* What becomes of pictures in akin_dataset_sketch_rows(); other kinds have one form. Frozen. */
typedef enum akin_sketch {
    AKIN_SKETCH_GREY, /* small and grey, less their mean: for what an item looks like as a whole */
    AKIN_SKETCH_EDGES /* the differences of such: for copies, which a crop, a turn or a caption moves less */
} akin_sketch;

/* Items as short rows without an encoder, which copies of an item nearly share (docs/dups.md says how):
 * pictures by `form`, runs of characters of texts, columns of vectors. What has nothing to compare, such as
 * a picture of one colour, is a row of zeros. The name of the rows; NULL and a width of 0 where there are
 * none. */
AKIN_API const char *akin_dataset_sketch_name(const akin_dataset *set, akin_sketch form);
AKIN_API int64_t akin_dataset_sketch_width(const akin_dataset *set, akin_sketch form);
/* All items of a split into out [n, width].  Fails as akin_dataset_raw_rows(). */
AKIN_API akin_status akin_dataset_sketch_rows(const akin_dataset *set, const char *split, akin_sketch form,
                                              akin_mat out, akin_error *err);

/* What the kinds read. ------------------------------------------------------------------------- */

/* All values of --format: "auto", and those of akin_data_kind_of_format() and of more kinds than one. */
#define AKIN_DATA_FORMATS "auto|idx|cifar|npy|images|vectors|csv|libsvm|text|lines|tsv|jsonl|documents"

/* The kind that a value of --format forces; AKIN_DATA_UNKNOWN where the data are to be looked at: "auto",
 * formats that several kinds read, such as "npy" and "csv", and what is no format. */
AKIN_API akin_data_kind akin_data_kind_of_format(const char *format);
/* The kind that path is to be opened as: the one that format forces, else the detected one. Where none is
 * detected, the first that reads the format, whose reader says best what is wrong.  AKIN_ERR_INPUT,
 * AKIN_ERR_NOMEM: something of it cannot be read, so that nobody knows. */
AKIN_API akin_status akin_data_detect_as(const char *path, const char *format, akin_data_kind *out,
                                         akin_error *err);
/* An open set of this kind reads the option of that name (akin_dataset_opts.options). */
AKIN_API bool akin_data_kind_reads_option(akin_data_kind kind, const char *name);

/* Keep-lists. ---------------------------------------------------------------------------------- */

/* Write the list of the items of a split with kept[i] != 0 (akin/tool/keep_list.h), with what is known of
 * the set. Of head only command, note and seed are read, and it may be NULL. A set that is itself a subset
 * is described as the whole that it comes from.  AKIN_ERR_INPUT (no such split), AKIN_ERR_IO,
 * AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_dataset_keep_list_save(const char *path, const akin_dataset *set, const char *split,
                                                 const unsigned char *kept, const akin_keep_list_head *head,
                                                 akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_DATASET_H */
