/* SPDX-License-Identifier: Apache-2.0 */
/* files/lines.h - more of the line reader of akin/tool/lines.h. */
#ifndef AK_FILES_LINES_H
#define AK_FILES_LINES_H

#include "akin/tool/lines.h"
#include "base/base.h"

enum { AK_LINE_BYTES = 1 << 24 }; /* longest line */

const char *ak_lines_path(const akin_lines *l);
int64_t ak_lines_bytes(const akin_lines *l); /* of text, read so far */

/* Add the next line to the one given last, with a line end in between: for quoted fields. */
akin_status ak_lines_more(akin_lines *l, const char **text, int64_t *bytes, bool *got, akin_error *err);

#endif
