/* SPDX-License-Identifier: Apache-2.0 */
/* set/measured.c - what the kinds share when they tell, save and read what they have measured. */
#include "set/measured.h"

#include "base/plain.h"
#include "base/escape.h"

#include <stdarg.h>
#include <stdio.h>

void ak_tell(const ak_teller *t, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    akin_vformat(line, sizeof line, format, list);
    va_end(list);
    if (t->say) t->say(line, t->ctx);
}

akin_status ak_measured_path(char *path, const char *run, const char *name, akin_error *err)
{
    enum { ROOM = 4096 };
    const int length = snprintf(path, ROOM, "%s/%s", run, name);
    if (length > 0 && length < ROOM) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
}

akin_status ak_measured_damaged(const char *path, const akin_error *why, akin_error *err)
{
    if (why->status == AKIN_ERR_NOMEM) return ak_fail(err, AKIN_ERR_NOMEM, "%s", why->message);
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: %s", path, why->message);
}
