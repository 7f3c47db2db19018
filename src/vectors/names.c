/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/names.c - distinct texts, numbered as they come: open addressing with linear probing over XXH3, at most
 * half full; the texts stand one after another in one block of memory. */
#include "vectors/vectors.h"

#include <string.h>
#include <xxhash.h>

struct ak_names {
    int32_t *slot; /* [slots]: id + 1, or 0 */
    size_t slots;  /* a power of two */
    size_t *start; /* [room]: where the text of an id begins */
    int64_t count, room;
    char *text;
    size_t used, bytes;
};

ak_names *ak_names_create(void)
{
    ak_names *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->slots = 64;
    n->slot = calloc(n->slots, sizeof *n->slot);
    if (n->slot) return n;
    free(n);
    return NULL;
}

void ak_names_free(ak_names *n)
{
    if (!n) return;
    free(n->slot);
    free(n->start);
    free(n->text);
    free(n);
}

int64_t ak_names_count(const ak_names *n) { return n ? n->count : 0; }
const char *ak_names_text(const ak_names *n, int64_t id) { return n->text + n->start[id]; }

/* The slot that holds the text, or the free one where it belongs. */
static size_t find(const ak_names *n, const char *text, size_t length)
{
    size_t at = (size_t)XXH3_64bits(text, length) & (n->slots - 1);
    for (; n->slot[at]; at = (at + 1) & (n->slots - 1)) {
        const char *held = ak_names_text(n, n->slot[at] - 1);
        if (strlen(held) == length && memcmp(held, text, length) == 0) break;
    }
    return at;
}

static bool more_slots(ak_names *n)
{
    int32_t *old = n->slot, *fresh = calloc(2 * n->slots, sizeof *fresh);
    if (!fresh) return false;
    n->slot = fresh;
    n->slots *= 2;
    for (int32_t id = 0; id < n->count; id++) {
        const char *text = ak_names_text(n, id);
        fresh[find(n, text, strlen(text))] = id + 1;
    }
    free(old);
    return true;
}

static bool make_room(ak_names *n, size_t length)
{
    if (2 * (size_t)(n->count + 1) > n->slots && !more_slots(n)) return false;
    if (n->count == n->room) {
        const int64_t room = n->room ? 2 * n->room : 64;
        size_t *start = realloc(n->start, (size_t)room * sizeof *start);
        if (!start) return false;
        n->start = start;
        n->room = room;
    }
    if (n->used + length + 1 > n->bytes) {
        const size_t bytes = 2 * n->bytes + length + 1024;
        char *text = realloc(n->text, bytes);
        if (!text) return false;
        n->text = text;
        n->bytes = bytes;
    }
    return true;
}

int32_t ak_names_id(ak_names *n, const char *text, size_t length)
{
    size_t at = find(n, text, length);
    if (n->slot[at]) return n->slot[at] - 1;
    if (n->count == INT32_MAX - 1 || !make_room(n, length)) return -1;
    at = find(n, text, length); /* the slots may have moved */
    n->start[n->count] = n->used;
    memcpy(n->text + n->used, text, length);
    n->text[n->used + length] = 0;
    n->used += length + 1;
    n->slot[at] = (int32_t)++n->count;
    return (int32_t)n->count - 1;
}
