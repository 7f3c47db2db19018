/* SPDX-License-Identifier: Apache-2.0 */
/* files/records.h - records of delimited text, cut into fields: tables of numbers and tables of texts. */
#ifndef AK_FILES_RECORDS_H
#define AK_FILES_RECORDS_H

#include "files/lines.h"

typedef struct ak_records ak_records;

typedef struct ak_field {
    const char *text; /* length bytes and a 0 */
    size_t length;
} ak_field;

/* A table of numbers. delimiter 0: detected from the first lines; ' ' is any run of blanks and tabs.
 * AKIN_ERR_INPUT (not there), AKIN_ERR_FORMAT (damaged packed data, text in UTF-16), AKIN_ERR_NOMEM. */
akin_status ak_records_open(const char *path, int delimiter, ak_records **out, akin_error *err);
/* A table of texts: blanks belong to a field, and what is wrong with a record can be passed over. */
akin_status ak_records_open_texts(const char *path, int delimiter, ak_records **out, akin_error *err);
void ak_records_close(ak_records *r); /* takes NULL */
/* For a look at a file that may be anything: from here on, a record of more than 128 KiB is an error, and
 * bytes that are not UTF-8 are none. */
void ak_records_only_look(ak_records *r);
/* ak_records_next() for such a look: what is no record, such as prose with an open quote, ends it as the end
 * of the file does. Only what cannot be read is an error. */
akin_status ak_records_look(ak_records *r, ak_field **fields, int64_t *count, akin_error *err);
int ak_records_delimiter(const ak_records *r);
/* The next record that is not blank; *count = 0 at the end. Fields are borrowed until the next call. */
akin_status ak_records_next(ak_records *r, ak_field **fields, int64_t *count, akin_error *err);
int64_t ak_records_line(const ak_records *r);      /* where the last record began, from 1 */
const char *ak_records_wrong(const ak_records *r); /* of texts: why the last one cannot be used, or NULL */
int64_t ak_records_blank(const ak_records *r);     /* lines so far with nothing on them */
const akin_lines *ak_records_lines(const ak_records *r);

/* What was assumed of the bytes and of the lines before the table. */
void ak_records_remark(const ak_records *r, ak_remarks *to);

#endif
