/* SPDX-License-Identifier: Apache-2.0 */
/* base/cpu.c - which instruction set the tables of kernels are read from. */
#include "base/base.h"

#include <string.h>

/* Fastest last; every set contains those before it. */
static const char *const NAMES[] = { "ref", "avx2", "avx512", "avx512bf16" };

static int best(void)
{
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
        return 1;
    return __builtin_cpu_supports("avx512bf16") ? 3 : 2;
#else
    return 0;
#endif
}

const char *akin_isa(void)
{
    int level = best();
    const char *want = getenv("AKIN_ISA");
    for (int i = 0; want && i < level; i++)
        if (strcmp(want, NAMES[i]) == 0) level = i;
    return NAMES[level];
}
