/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/dispatch.c - the table of this build that akin_isa() names. NEON would be one more file and one more row
 * here. */
#include "kernels/kernels.h"

#include <string.h>

#if defined(__x86_64__)
static const struct {
    const char *isa;
    const akin_kernels_f32 *f32;
    const akin_bf16_kernels *bf16;
} TABLES[] = {
    { "avx2", &akin_kernels_avx2, NULL },
    { "avx512", &akin_kernels_avx512, NULL },
    { "avx512bf16", &akin_kernels_avx512, &akin_kernels_bf16_avx512 },
};

static int row(void)
{
    const char *isa = akin_isa();
    for (int i = 0; i < 3; i++)
        if (strcmp(isa, TABLES[i].isa) == 0) return i;
    return -1;
}

const akin_kernels_f32 *akin_kernels(void) { return row() < 0 ? &akin_kernels_ref : TABLES[row()].f32; }
const akin_bf16_kernels *akin_kernels_bf16(void) { return row() < 0 ? NULL : TABLES[row()].bf16; }
#else
const akin_kernels_f32 *akin_kernels(void) { return &akin_kernels_ref; }
const akin_bf16_kernels *akin_kernels_bf16(void) { return NULL; }
#endif
