/* SPDX-License-Identifier: Apache-2.0 */
/* images/duplicates.c - images that equal an earlier one. Images on disk are compared by the hashes that were
 * taken when the set was opened, and read again only where two hashes agree. */
#include "images/cache.h"

#include "files/duplicates.h"

#include <string.h>
#include <xxhash.h>

typedef struct compared {
    const akin_image_set *ds;
    uint8_t *room; /* for two images */
} compared;

static uint64_t hash_image(ak_place at, const void *ctx)
{
    const compared *c = ctx;
    const ak_image_split *s = &c->ds->split[at.split];
    const int64_t bytes = ak_image_bytes(s);
    return s->hash ? s->hash[at.item] : XXH3_64bits(s->pixels + at.item * bytes, (size_t)bytes);
}

void ak_image_set_hashes(const akin_image_set *ds, int split, uint64_t *out)
{
    const compared c = { ds, NULL };
    for (int64_t i = 0; i < ds->split[split].n; i++) out[i] = hash_image((ak_place){ split, i }, &c);
}

static akin_status equal_images(ak_place a, ak_place b, bool *same, const void *ctx, akin_error *err)
{
    const compared *c = ctx;
    const size_t bytes = (size_t)ak_image_bytes(&c->ds->split[a.split]);
    AK_TRY(ak_split_fetch(&c->ds->split[a.split], a.item, c->room, err));
    AK_TRY(ak_split_fetch(&c->ds->split[b.split], b.item, c->room + bytes, err));
    *same = memcmp(c->room, c->room + bytes, bytes) == 0;
    return AKIN_OK;
}

akin_status akin_image_set_duplicates(const akin_image_set *ds, akin_duplicates **out, akin_error *err)
{
    if (!ds || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_duplicates: ds and out must not be NULL");
    int64_t n[AK_MAX_SPLITS];
    for (int k = 0; k < ds->splits; k++) n[k] = ds->split[k].n;
    const compared c = { ds, ak_alloc(1, ak_image_bytes(&ds->split[0]), 2) };
    if (!c.room) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to compare two images");
    const ak_duplicate_items items = { ds->splits, n, hash_image, equal_images, &c, "images" };
    const akin_status status = ak_find_duplicates(&items, out, err);
    free(c.room);
    return status;
}
