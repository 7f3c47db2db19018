/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/summary.h - what a data set holds, counted: as text for people, or as JSON for programs.
 *
 * Told are splits, classes and their sizes, shapes, copies of items within and across splits, what could
 * not be read, and what only one kind of data has, such as the columns of vectors and the words of text.
 */
#ifndef AKIN_TOOL_SUMMARY_H
#define AKIN_TOOL_SUMMARY_H

#include "akin/data.h"
#include "akin/tool/escape.h"
#include "akin/tool/json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_summary akin_summary;

/* Count. The set is borrowed and must outlive the summary.  AKIN_ERR_NOMEM, and as reading items fails. */
AKIN_API akin_status akin_summary_create(const akin_dataset *set, akin_summary **out, akin_error *err);
AKIN_API void akin_summary_free(akin_summary *s); /* takes NULL */

/* An object; the caller frees it. path: where the data lie, for "path". */
AKIN_API akin_json *akin_summary_json(const akin_summary *s, const char *path);
/* Lines for a terminal; the caller frees *text with free().  AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_summary_text(const akin_summary *s, char **text, akin_error *err);

/* For other lines beside these. ---------------------------------------------------------------- */

/* 60000 as "60,000" in to; returns to. */
AKIN_API const char *akin_show_number(int64_t x, char to[32]);
/* Columns of a terminal that a text in UTF-8 takes. */
AKIN_API int akin_show_columns(const char *text);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_SUMMARY_H */
