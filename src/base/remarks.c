/* SPDX-License-Identifier: Apache-2.0 */
/* base/remarks.c - a list of sentences for a person. */
#include "base/remarks.h"

#include "base/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool told(const ak_remarks *r, const char *line)
{
    for (int64_t i = 0; i < r->n; i++)
        if (strcmp(r->line[i], line) == 0) return true;
    return false;
}

void ak_remark(ak_remarks *r, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    akin_vformat(line, sizeof line, format, args);
    va_end(args);
    if (told(r, line)) return;
    char *copy = ak_grow(&r->line, &r->room, r->n + 1, sizeof *r->line) ? strdup(line) : NULL;
    if (copy)
        r->line[r->n++] = copy;
    else
        r->lost = true;
}

const char *ak_remark_at(const ak_remarks *r, int64_t i) { return i >= 0 && i < r->n ? r->line[i] : NULL; }

akin_status ak_remarks_check(const ak_remarks *r, akin_error *err)
{
    return r->lost ? ak_no_memory(err, "for what is to be said about the data") : AKIN_OK;
}

void ak_remarks_free(ak_remarks *r)
{
    for (int64_t i = 0; i < r->n; i++) free(r->line[i]);
    free(r->line);
    *r = (ak_remarks){ .n = 0 };
}
