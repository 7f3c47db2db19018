/* SPDX-License-Identifier: Apache-2.0 */
/* dist/sharing.h - ranks as base/sharing.h has them. */
#ifndef AK_DIST_SHARING_H
#define AK_DIST_SHARING_H

#include "base/sharing.h"
#include "dist/dist.h"

/* Of several ranks that have the same number here, such as the kind of their data, *out is made, which is
 * theirs; else *out is NULL. All ranks call it.  AKIN_ERR_NOMEM of any, told to all */
akin_status ak_comm_sharing(ak_comm *c, uint64_t same, ak_sharing *made, const ak_sharing **out,
                            akin_error *err);

#endif
