/* SPDX-License-Identifier: Apache-2.0 */
/* cli/random.h - random numbers of the program's own: a hash of whole numbers. */
#ifndef AK_CLI_RANDOM_H
#define AK_CLI_RANDOM_H

#include <stdint.h>

/* The last step of splitmix64: all bits of z go into all bits of the result. */
static inline uint64_t cli_mix64(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* A number in [0,1), 53 bits, for each pair of seed and place. */
static inline double cli_hash_unit(uint64_t seed, uint64_t place)
{
    const uint64_t step = 0x9E3779B97F4A7C15u;
    return (double)(cli_mix64(seed * 0xD1342543DE82EF95u + place * step + step) >> 11) * 0x1p-53;
}

#endif
