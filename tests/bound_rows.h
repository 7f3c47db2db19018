/* SPDX-License-Identifier: Apache-2.0 */
/* bound_rows.h - the row of that name among bounds; a test without it fails. */
#ifndef AK_TESTS_BOUND_ROWS_H
#define AK_TESTS_BOUND_ROWS_H

#include "test.h"

#include "akin/theory.h"

static const akin_bound_row *row_of(const akin_bounds *b, const char *name)
{
    const akin_bound_row *r;
    for (int i = 0; (r = akin_bounds_at(b, i)); i++)
        if (strcmp(r->name, name) == 0) return r;
    print_error("no row %s\n", name);
    CHECK(r);
    return NULL;
}

#endif
