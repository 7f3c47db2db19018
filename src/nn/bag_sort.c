/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag_sort.c - the occurrences of a batch in the order of their ids.
 *
 * A radix sort from the lowest digit up [Knuth1998 sec.5.2.5]: each pass counts the digits of each chunk,
 * turns the counts into places (all of digit 0 before all of digit 1, chunk by chunk within a digit), and
 * moves each pair to its place. A pass is stable, so rows stay in order within an id; that makes the result
 * unique, whatever the number of chunks. A digit has at most AK_BAG_DIGITS bits: two passes for four million
 * ids. */
#include "nn/bag.h"

enum { LEAST = 8192 }; /* pairs worth a chunk of their own */

typedef struct pass {
    ak_occurrences *o;
    int64_t chunks;
    int shift, bits;
    int64_t heads[AK_BAG_CHUNKS + 1]; /* distinct ids that begin in a chunk; then before it */
} pass;

static int64_t begin_of(const pass *p, int64_t chunk) { return p->o->n * chunk / p->chunks; }

static uint64_t digit(const pass *p, uint64_t pair)
{
    return pair >> (32 + p->shift) & ((UINT64_C(1) << p->bits) - 1);
}

static int64_t *counts_of(const pass *p, int64_t chunk) { return p->o->counts + (chunk << AK_BAG_DIGITS); }

static void count_chunk(int64_t chunk, int worker, void *ctx)
{
    const pass *p = ctx;
    (void)worker;
    int64_t *counts = counts_of(p, chunk);
    for (int64_t d = 0; d < INT64_C(1) << p->bits; d++) counts[d] = 0;
    for (int64_t k = begin_of(p, chunk); k < begin_of(p, chunk + 1); k++) counts[digit(p, p->o->pair[k])]++;
}

static void move_chunk(int64_t chunk, int worker, void *ctx)
{
    const pass *p = ctx;
    (void)worker;
    int64_t *place = counts_of(p, chunk);
    for (int64_t k = begin_of(p, chunk); k < begin_of(p, chunk + 1); k++) {
        const uint64_t pair = p->o->pair[k];
        p->o->spare[place[digit(p, pair)]++] = pair;
    }
}

static void places(const pass *p)
{
    int64_t at = 0;
    for (int64_t d = 0; d < INT64_C(1) << p->bits; d++)
        for (int64_t chunk = 0; chunk < p->chunks; chunk++) {
            int64_t *count = &counts_of(p, chunk)[d];
            const int64_t here = *count;
            *count = at;
            at += here;
        }
}

static bool is_head(const ak_occurrences *o, int64_t k)
{
    return k == 0 || o->pair[k] >> 32 != o->pair[k - 1] >> 32;
}

static void count_heads(int64_t chunk, int worker, void *ctx)
{
    pass *p = ctx;
    (void)worker;
    int64_t heads = 0;
    for (int64_t k = begin_of(p, chunk); k < begin_of(p, chunk + 1); k++) heads += is_head(p->o, k);
    p->heads[chunk + 1] = heads;
}

static void split_chunk(int64_t chunk, int worker, void *ctx)
{
    const pass *p = ctx;
    ak_occurrences *o = p->o;
    (void)worker;
    int64_t at = p->heads[chunk];
    for (int64_t k = begin_of(p, chunk); k < begin_of(p, chunk + 1); k++) {
        o->row[k] = (int32_t)(o->pair[k] & 0xffffffffu);
        if (!is_head(o, k)) continue;
        o->id[at] = (int32_t)(o->pair[k] >> 32);
        o->first[at++] = (int32_t)k;
    }
}

void ak_bag_sort(ak_occurrences *o, int64_t tokens)
{
    pass p = { .o = o, .chunks = akin_threads() };
    if (p.chunks > o->n / LEAST) p.chunks = o->n / LEAST;
    if (p.chunks > AK_BAG_CHUNKS) p.chunks = AK_BAG_CHUNKS;
    if (p.chunks < 1) p.chunks = 1;
    int bits = 1;
    while ((tokens - 1) >> bits) bits++;
    const int passes = (bits + AK_BAG_DIGITS - 1) / AK_BAG_DIGITS;
    p.bits = (bits + passes - 1) / passes;
    for (int k = 0; k < passes; k++, p.shift += p.bits) {
        ak_parallel_tasks(p.chunks, count_chunk, &p);
        places(&p);
        ak_parallel_tasks(p.chunks, move_chunk, &p);
        uint64_t *sorted = o->spare;
        o->spare = o->pair;
        o->pair = sorted;
    }
    ak_parallel_tasks(p.chunks, count_heads, &p);
    for (int64_t k = 0; k < p.chunks; k++) p.heads[k + 1] += p.heads[k];
    o->touched = p.heads[p.chunks];
    ak_parallel_tasks(p.chunks, split_chunk, &p);
    o->first[o->touched] = (int32_t)o->n;
}
