/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/dispatch.c - the table of this build that akin_isa() names. NEON would be one more file and one
 * more row here. */
#include "kernels/kernels.h"

#include <string.h>

#if defined(__x86_64__)
static const struct {
    const char *isa;
    const ak_kernels_f32 *f32;
    const ak_bf16_kernels *bf16;
} TABLES[] = {
    { "avx2", &ak_kernels_avx2, NULL },
    { "avx512", &ak_kernels_avx512, NULL },
    { "avx512bf16", &ak_kernels_avx512, &ak_kernels_bf16_avx512 },
};

static int row(void)
{
    const char *isa = akin_isa();
    for (int i = 0; i < 3; i++)
        if (strcmp(isa, TABLES[i].isa) == 0) return i;
    return -1;
}

const ak_kernels_f32 *ak_kernels(void) { return row() < 0 ? &ak_kernels_ref : TABLES[row()].f32; }
const ak_bf16_kernels *ak_kernels_bf16(void) { return row() < 0 ? NULL : TABLES[row()].bf16; }
#else
const ak_kernels_f32 *ak_kernels(void) { return &ak_kernels_ref; }
const ak_bf16_kernels *ak_kernels_bf16(void) { return NULL; }
#endif
