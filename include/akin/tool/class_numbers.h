/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/class_numbers.h - a number for each class out of a file, as akin_prior of akin/theory.h wants
 * them. */
#ifndef AKIN_TOOL_CLASS_NUMBERS_H
#define AKIN_TOOL_CLASS_NUMBERS_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers of a .npy array, or of a text: one a line, or with commas or blanks between. whole: they are
 * numbers of items, 1 to 1e15; otherwise probabilities above 0 that sum to 1. *out receives [*count], which
 * the caller frees.
 * AKIN_ERR_INPUT (with the place; also fewer than two classes, another sum), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_class_numbers_load(const char *path, bool whole, double **out, int64_t *count,
                                             akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_CLASS_NUMBERS_H */
