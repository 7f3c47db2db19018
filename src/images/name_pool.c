/* SPDX-License-Identifier: Apache-2.0 */
/* images/name_pool.c - many names in few pieces of memory. */
#include "images/name_pool.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20 };

char *ak_name_pool_add(ak_name_pool *names, const char *folder, const char *name)
{
    const size_t f = strlen(folder), n = strlen(name), need = f + (f > 0) + n + 1;
    if (names->left < need) {
        const size_t room = need > CHUNK_BYTES ? need : CHUNK_BYTES;
        char **grown = realloc(names->chunk, (size_t)(names->chunks + 1) * sizeof *grown);
        if (grown) names->chunk = grown;
        char *chunk = grown ? malloc(room) : NULL;
        if (!chunk) return NULL;
        names->chunk[names->chunks++] = names->at = chunk;
        names->left = room;
    }
    char *to = names->at;
    memcpy(to, folder, f);
    if (f) to[f] = '/';
    memcpy(to + f + (f > 0), name, n + 1);
    names->at += need;
    names->left -= need;
    return to;
}

void ak_name_pool_free(ak_name_pool *names)
{
    for (int64_t i = 0; i < names->chunks; i++) free(names->chunk[i]);
    free(names->chunk);
    *names = (ak_name_pool){ .chunk = NULL };
}
