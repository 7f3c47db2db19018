/* SPDX-License-Identifier: Apache-2.0 */
/* dist/open.c - the job that this process belongs to. */
#include "dist/kind.h"

akin_status ak_comm_open(ak_comm **out, akin_error *err)
{
    *out = ak_comm_create(&ak_comm_self, 0, 1);
    return *out ? AKIN_OK : ak_no_memory(err, "for the ranks of a job");
}
