/* SPDX-License-Identifier: Apache-2.0 */
/* text/text_row.h - one row of a table of texts, and what its columns are called. */
#ifndef AK_TEXT_TEXT_ROW_H
#define AK_TEXT_TEXT_ROW_H

#include "base/base.h"

typedef struct ak_text_field {
    const char *text;
    int64_t bytes;
} ak_text_field;

enum { AK_ROW_PARTS = 256 }; /* positives, or negatives, of one row */

/* Fields are borrowed; text = NULL where there is none. */
typedef struct ak_text_row {
    ak_text_field text, anchor, label, group;
    ak_text_field positive[AK_ROW_PARTS], negative[AK_ROW_PARTS];
    int positives, negatives;
    bool overflow; /* it has more positives or negatives than fit */
} ak_text_row;

/* What a column holds. */
typedef enum ak_role {
    ROLE_NONE,
    ROLE_TEXT,
    ROLE_ANCHOR,
    ROLE_POSITIVE,
    ROLE_NEGATIVE,
    ROLE_LABEL,
    ROLE_GROUP
} ak_role;

ak_role ak_role_by_name(const char *name, int64_t bytes); /* by its usual name, any case */
/* The role that the option columns gives to a column by this name or number (from 1; 0: only the name). */
ak_role ak_role_by_columns(const char *columns, const char *name, int64_t bytes, int64_t number);
/* How many columns the option asks for. */
int ak_columns_count(const char *columns);
/* AKIN_ERR_RANGE unless columns is like 'anchor=1,positive=2'; NULL is fine. */
akin_status ak_columns_check(const char *columns, akin_error *err);

void ak_text_row_put(ak_text_row *row, ak_role role, const char *text, int64_t bytes);

#endif
