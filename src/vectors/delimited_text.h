/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/delimited_text.h - records of delimited text, cut into fields. */
#ifndef AK_VECTORS_DELIMITED_TEXT_H
#define AK_VECTORS_DELIMITED_TEXT_H

#include "base/base.h"

typedef struct ak_records ak_records;

typedef struct ak_field {
    const char *text; /* length bytes and a 0 */
    size_t length;
} ak_field;

/* delimiter 0: detected from the first lines; ' ' is any run of blanks and tabs.
 * AKIN_ERR_INPUT (not there), AKIN_ERR_FORMAT (a zero byte, damaged gzip), AKIN_ERR_NOMEM. */
akin_status ak_records_open(const char *path, int delimiter, ak_records **out, akin_error *err);
void ak_records_close(ak_records *r); /* takes NULL */
/* From here on, a record of more than 128 KiB is an error: for a look at a file that may be anything. */
void ak_records_refuse_long(ak_records *r);
int ak_records_delimiter(const ak_records *r);
/* The next record that is not blank; *count = 0 at the end. Fields are borrowed until the next call. */
akin_status ak_records_next(ak_records *r, ak_field **fields, int64_t *count, akin_error *err);
int64_t ak_records_line(const ak_records *r); /* where the last record began, from 1 */

#endif
