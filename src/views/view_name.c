/* SPDX-License-Identifier: Apache-2.0 */
/* views/view_name.c - which names of views are valid. */
#include "views/view_name.h"

#include "base/base.h"

akin_status ak_view_name_check(const akin_view_name *name, const char *who, akin_error *err)
{
    if (!name) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: name must not be NULL", who);
    if (name->struct_size < sizeof *name)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "%s: the name of a view has struct_size %u; start from AKIN_VIEW_NAME_INIT", who,
                       (unsigned)name->struct_size);
    if (name->item >> 48)
        return ak_fail(err, AKIN_ERR_RANGE, "%s: item is %llu; it must be below 2^48", who,
                       (unsigned long long)name->item);
    if (name->view > 255)
        return ak_fail(err, AKIN_ERR_RANGE, "%s: view is %u; it must be below 256", who,
                       (unsigned)name->view);
    return AKIN_OK;
}
