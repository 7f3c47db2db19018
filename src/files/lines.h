/* SPDX-License-Identifier: Apache-2.0 */
/* files/lines.h - more of the line reader of akin/tool/lines.h. */
#ifndef AK_FILES_LINES_H
#define AK_FILES_LINES_H

#include "akin/tool/lines.h"
#include "base/base.h"
#include "base/remarks.h"

enum { AK_LINE_BYTES = 1 << 24 }; /* longest line */

const char *ak_lines_path(const akin_lines *l);
int64_t ak_lines_bytes(const akin_lines *l);    /* of text, read so far */
int64_t ak_lines_position(const akin_lines *l); /* bytes of text before the line given last */

/* Another limit than AK_LINE_BYTES, and the question that goes with the error. */
void ak_lines_limit(akin_lines *l, int64_t longest, const char *question);
bool ak_lines_is_long(const akin_lines *l); /* that limit was passed */

/* The text that comes next, at least `least` bytes of it unless the file ends before; borrowed until the next
 * call. */
akin_status ak_lines_look(akin_lines *l, int64_t least, const char **text, int64_t *bytes, akin_error *err);

/* Add the next line to the one given last, with a line end in between: for quoted fields. */
akin_status ak_lines_more(akin_lines *l, const char **text, int64_t *bytes, bool *got, akin_error *err);

/* The text given last, which may be written over, and one byte behind it. */
char *ak_lines_buffer(akin_lines *l);

/* What was assumed of the bytes so far. */
void ak_lines_remark(const akin_lines *l, ak_remarks *to);

#endif
