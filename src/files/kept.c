/* SPDX-License-Identifier: Apache-2.0 */
/* files/kept.c - what a keep-list leaves, as a remark. */
#include "files/kept.h"

#include "base/path.h"

void ak_remark_kept(ak_remarks *to, const char *path, const unsigned char *kept, int64_t n)
{
    char shown[AK_SHOWN];
    int64_t left = 0;
    for (int64_t i = 0; i < n; i++) left += kept[i] != 0;
    ak_remark(to, "The keep-list '%s' leaves %lld of %lld items to learn from, %.3g %%.",
              ak_shown(path, shown), (long long)left, (long long)n, 100 * (double)left / (double)n);
}
