/* SPDX-License-Identifier: Apache-2.0 */
/* base/names.c - a set of names as a hash table: XXH3, linear probing, at most half full. Numbers follow
 * the order in which names came and never the hash, so nothing that is made of the numbers depends on it. */
#include "base/names.h"

#include <string.h>
#include <xxhash.h>

/* The slot that holds the text, or the free one where it belongs. */
static int64_t find_slot(const ak_names *m, const char *text, int64_t bytes, uint64_t hash)
{
    const uint64_t mask = (uint64_t)m->slots - 1;
    uint64_t at = hash & mask;
    for (;; at = (at + 1) & mask) {
        const int32_t i = m->slot[at];
        if (i < 0) return (int64_t)at;
        if (m->hash[i] == hash && ak_names_bytes(m, i) == bytes &&
            memcmp(ak_names_text(m, i), text, (size_t)bytes) == 0)
            return (int64_t)at;
    }
}

int64_t ak_names_find(const ak_names *m, const char *text, int64_t bytes)
{
    if (m->slots == 0) return -1;
    return m->slot[find_slot(m, text, bytes, XXH3_64bits(text, (size_t)bytes))];
}

static bool double_slots(ak_names *m)
{
    const int64_t slots = m->slots ? 2 * m->slots : 256;
    int32_t *slot = malloc((size_t)slots * sizeof *slot);
    if (!slot) return akin_memory_lack(), false;
    memset(slot, 0xff, (size_t)slots * sizeof *slot);
    for (int64_t i = 0; i < m->n; i++) {
        uint64_t at = m->hash[i] & ((uint64_t)slots - 1);
        while (slot[at] >= 0) at = (at + 1) & ((uint64_t)slots - 1);
        slot[at] = (int32_t)i;
    }
    free(m->slot);
    m->slot = slot;
    m->slots = slots;
    return true;
}

int64_t ak_names_add(ak_names *m, const char *text, int64_t bytes)
{
    if (2 * (m->n + 1) > m->slots && !double_slots(m)) return -1;
    const uint64_t hash = XXH3_64bits(text, (size_t)bytes);
    const int64_t at = find_slot(m, text, bytes, hash);
    if (m->slot[at] >= 0) return m->slot[at];
    if (m->n == INT32_MAX - 1 || !ak_grow(&m->bytes, &m->bytes_room, m->used + bytes + 1, 1) ||
        !ak_grow(&m->start, &m->room, m->n + 2, sizeof *m->start) ||
        !ak_grow(&m->hash, &m->hash_room, m->n + 1, sizeof *m->hash))
        return -1;
    if (bytes > 0) memcpy(m->bytes + m->used, text, (size_t)bytes);
    m->bytes[m->used + bytes] = 0;
    m->start[m->n] = m->used;
    m->used += bytes + 1;
    m->start[m->n + 1] = m->used;
    m->hash[m->n] = hash;
    m->slot[at] = (int32_t)m->n;
    return m->n++;
}

void ak_names_free(ak_names *m)
{
    free(m->bytes);
    free(m->start);
    free(m->hash);
    free(m->slot);
    *m = (ak_names){ .n = 0 };
}
