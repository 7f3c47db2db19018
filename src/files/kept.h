/* SPDX-License-Identifier: Apache-2.0 */
/* files/kept.h - what a keep-list leaves, as a remark. */
#ifndef AK_FILES_KEPT_H
#define AK_FILES_KEPT_H

#include "base/remarks.h"

/* "The keep-list 'keep.txt' leaves 9000 of 10000 items to learn from, 90 %." path: of the list; kept [n]. */
void ak_remark_kept(ak_remarks *to, const char *path, const unsigned char *kept, int64_t n);

#endif
