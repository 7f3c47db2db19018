/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/labels.h - labels in files, and what their numbers mean.
 *
 * A number says which class an item belongs to only beside the names of the classes. Those of FILE.labels.npy
 * stand in FILE.classes.txt, as `akin embed` writes them, those of SPLIT-labels.npy in class-names.txt of the
 * folder: line k, counted from 0, is the name of class k. In a file of text the labels are names themselves.
 */
#ifndef AKIN_TOOL_LABELS_H
#define AKIN_TOOL_LABELS_H

#include "akin/tool/program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_labels akin_labels;

/* .npy of whole numbers, or text with one label a line. Words are numbered in their order, byte by byte;
 * where every line is a whole number, that is the number.
 * AKIN_ERR_INPUT, AKIN_ERR_FORMAT, AKIN_ERR_SHAPE (names for fewer classes than there are), AKIN_ERR_NOMEM */
AKIN_API akin_status akin_labels_open(const char *path, akin_labels **out, akin_error *err);
AKIN_API void akin_labels_free(akin_labels *labels); /* takes NULL */

AKIN_API int64_t akin_labels_count(const akin_labels *labels);
AKIN_API const int32_t *akin_labels_values(const akin_labels *labels); /* [count] */
/* NULL where class k has no name. */
AKIN_API const char *akin_labels_class_name(const akin_labels *labels, int64_t k);

/* Bring the classes of two files to the same numbers, those of `first`, by their names. Where only one of
 * them has names, or none, the numbers stay as they are, and a remark of `second` says so.
 *
 * AKIN_ERR_ARGUMENT  one is NULL
 * AKIN_ERR_INPUT     words on one side, and on the other numbers that no file gives names to */
AKIN_API akin_status akin_labels_join(akin_labels *first, akin_labels *second, akin_error *err);
/* What was assumed, sentence i; NULL beyond the last. */
AKIN_API const char *akin_labels_remark(const akin_labels *labels, int64_t i);

/* The names of n classes, one a line, as akin_labels_open() reads them.  AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE
 * (n < 0), AKIN_ERR_IO, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_class_names_save(const char *path, const char *(*name)(int64_t k, void *ctx),
                                           void *ctx, int64_t n, akin_error *err);
/* The same into an open file, which the caller commits or aborts. */
AKIN_API akin_status akin_class_names_write(akin_writer *w, const char *(*name)(int64_t k, void *ctx),
                                            void *ctx, int64_t n, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_LABELS_H */
