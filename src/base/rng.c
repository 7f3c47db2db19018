/* SPDX-License-Identifier: Apache-2.0 */
/* base/rng.c - Philox4x32-10 and what is drawn from it. */
#include "base/rng.h"

#include <math.h>

void ak_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        const uint64_t a = (uint64_t)c0 * 0xD2511F53u, b = (uint64_t)c2 * 0xCD9E8D57u;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* counter = { block, item low, item high (16) | view (8) | use (8), epoch }; key = seed */
ak_rng ak_rng_at(uint64_t seed, ak_rng_use use, uint32_t epoch, uint64_t item, uint32_t view)
{
    ak_rng r = { .key = { (uint32_t)seed, (uint32_t)(seed >> 32) } };
    r.counter[1] = (uint32_t)item;
    r.counter[2] = (uint32_t)(item >> 32) << 16 | (view & 255u) << 8 | (uint32_t)use;
    r.counter[3] = epoch;
    return r;
}

void ak_rng_block(const ak_rng *stream, uint32_t index, uint32_t word[4])
{
    const uint32_t counter[4] = { index, stream->counter[1], stream->counter[2], stream->counter[3] };
    ak_philox(stream->key, counter, word);
}

uint32_t ak_rng_u32(ak_rng *r)
{
    if (r->left == 0) {
        ak_philox(r->key, r->counter, r->block);
        r->counter[0]++;
        r->left = 4;
    }
    return r->block[4 - r->left--];
}

float ak_rng_float(ak_rng *r) { return (float)(ak_rng_u32(r) >> 8) * 0x1p-24f; }

double ak_rng_double(ak_rng *r)
{
    const uint64_t high = ak_rng_u32(r), low = ak_rng_u32(r);
    return (double)((high << 32 | low) >> 11) * 0x1p-53;
}

float ak_rng_range(ak_rng *r, float lo, float hi) { return lo + (hi - lo) * ak_rng_float(r); }

double ak_rng_normal(ak_rng *r)
{
    const double u = 1 - ak_rng_double(r); /* (0,1]: the logarithm is finite */
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * ak_rng_double(r));
}

uint32_t ak_rng_below(ak_rng *r, uint32_t n)
{
    const uint32_t reject = -n % n; /* 2^32 mod n: below it the product is biased [Lemire2019] */
    uint64_t product;
    do product = (uint64_t)ak_rng_u32(r) * n;
    while ((uint32_t)product < reject);
    return (uint32_t)(product >> 32);
}

void ak_rng_shuffle(ak_rng *r, int32_t *x, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        const uint32_t j = ak_rng_below(r, (uint32_t)(i + 1));
        const int32_t swap = x[i];
        x[i] = x[j];
        x[j] = swap;
    }
}
