/* SPDX-License-Identifier: Apache-2.0 */
/* base/remarks.h - sentences for a person about what was understood of the data, gathered while they are
 * read: each is printed when the data are opened, and kept in run.json. */
#ifndef AK_BASE_REMARKS_H
#define AK_BASE_REMARKS_H

#include "base/base.h"

/* All zeros is the empty list. */
typedef struct ak_remarks {
    char **line; /* [n], each owned, without control bytes */
    int64_t n, room;
    bool lost; /* there was no memory for one */
} ak_remarks;

/* Add a sentence, unless it is there already. What %s brings is made fit to be shown; ak_shown() shortens it
 * too. */
void ak_remark(ak_remarks *r, const char *format, ...) AK_PRINTF(2, 3);
const char *ak_remark_at(const ak_remarks *r, int64_t i); /* NULL beyond the last */
/* AKIN_ERR_NOMEM when one was lost: what was assumed must not go untold. */
akin_status ak_remarks_check(const ak_remarks *r, akin_error *err);
void ak_remarks_free(ak_remarks *r); /* leaves *r empty */

#endif
