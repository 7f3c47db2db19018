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
