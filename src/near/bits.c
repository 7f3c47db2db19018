/* SPDX-License-Identifier: Apache-2.0 */
/* near/bits.c - which loop of near/bits.h a processor has. AVX-512 came first without counting bits. */
#include "near/bits.h"

#include <string.h>

int ak_bits_here(const ak_bits *out[3])
{
    int n = 0;
    out[n++] = &ak_bits_ref;
#if defined(__x86_64__)
    const char *isa = akin_isa();
    if (strcmp(isa, "ref") == 0) return n;
    out[n++] = &ak_bits_avx2;
    if (strncmp(isa, "avx512", 6) == 0 && __builtin_cpu_supports("avx512vpopcntdq"))
        out[n++] = &ak_bits_avx512;
#endif
    return n;
}
