/* SPDX-License-Identifier: Apache-2.0 */
/* set/glance.c - a look at a few pictures of a set. */
#include "set/glance.h"

#include "akin/tool/images.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_LOOKED = 256 };
static const double DRAWN = 0.8; /* of the pixels: glance.h */

/* Pixels near either end, of one picture of so many bytes. */
static int64_t near_ends(const uint8_t *pixels, int64_t bytes)
{
    int low = 255, high = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < bytes; i++) {
        if (pixels[i] < low) low = pixels[i];
        if (pixels[i] > high) high = pixels[i];
    }
    for (int64_t i = 0; i < bytes; i++)
        n += 8 * (pixels[i] - low) <= high - low || 8 * (high - pixels[i]) <= high - low;
    return n;
}

static bool is_grey(const uint8_t *pixels, int64_t bytes, int64_t channels)
{
    for (int64_t i = 0; channels >= 3 && i < bytes; i += channels)
        if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) return false;
    return true;
}

akin_status ak_glance_at(const akin_dataset *set, ak_glance *out, akin_error *err)
{
    int64_t items[MOST_LOOKED];
    akin_images im = AKIN_IMAGES_INIT;
    *out = (ak_glance){ .grey = true };
    if (set->kind != &ak_kind_images) return AKIN_OK;
    AK_TRY(akin_image_set_split(set->set, "train", &im, err));
    const int64_t n = im.n < MOST_LOOKED ? im.n : MOST_LOOKED, bytes = im.height * im.width * im.channels;
    out->items = im.n;
    out->height = im.height;
    out->width = im.width;
    out->channels = im.channels;
    if (n == 0) return AKIN_OK;
    for (int64_t i = 0; i < n; i++) items[i] = i * im.n / n;
    uint8_t *pixels = ak_alloc(1, n, bytes);
    if (!pixels) return ak_no_memory(err, "for a look at the images");
    const akin_status status = akin_images_fetch(&im, items, n, pixels, err);
    int64_t near = 0;
    for (int64_t i = 0; i < n && !status; i++) {
        near += near_ends(pixels + i * bytes, bytes);
        out->grey = out->grey && is_grey(pixels + i * bytes, bytes, im.channels);
    }
    out->two_valued = (double)near / (double)(n * bytes);
    free(pixels);
    return status;
}

bool ak_glance_is_drawn(const ak_glance *g) { return g->two_valued >= DRAWN; }

const char *ak_glance_recipe(const akin_dataset *set, const ak_glance *g, char why[AK_GLANCE_WHY])
{
    snprintf(why, AK_GLANCE_WHY, "%s", set->kind->unit);
    if (set->kind == &ak_kind_text) return "text";
    if (set->kind == &ak_kind_vectors) return "table";
    if (set->kind != &ak_kind_images) return NULL;
    const bool drawn = ak_glance_is_drawn(g);
    snprintf(why, AK_GLANCE_WHY, "%s images of %lldx%lld%s%s", g->grey ? "grey" : "colour",
             (long long)g->height, (long long)g->width, drawn ? ", nearly two-valued" : "",
             g->grey || drawn ? "; not mirrored" : "");
    return !g->grey ? "photos" : drawn ? "digits" : "grey";
}
