/* SPDX-License-Identifier: Apache-2.0 */
/* set/rows.c - what all sources of rows share. */
#include "set/rows.h"

void ak_row_source_release(ak_row_source *s)
{
    if (s->release) s->release(s->ctx);
    *s = (ak_row_source){ .ctx = NULL };
}

size_t ak_row_source_scratch(const ak_row_source *s, int64_t rows)
{
    return s->scratch_bytes + (size_t)rows * s->scratch_row_bytes + 128;
}
