/* SPDX-License-Identifier: Apache-2.0 */
/* views/text_views.c - random views of a row of word ids: crop, replace, erase.
 *
 * Each of the three reads a stream of random numbers of its own within the view's: Philox blocks CROP,
 * REPLACE and ERASE onwards. A stretch of 2^28 blocks is more than a row can use, so the streams never
 * meet. Probabilities are compared as 32-bit words against round(p 2^32): exact to 2^-32, so 1 is always
 * and 0 is never. */
#include "views/text_views.h"

#include "base/base.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { CROP = 0, REPLACE = 1 << 28, ERASE = 2 << 28 };

static ak_rng part(const akin_view_name *name, uint32_t block)
{
    ak_rng r = ak_rng_at(name->seed, AK_RNG_TEXT, name->epoch, name->item, name->view);
    r.counter[0] = block;
    return r;
}

static uint64_t threshold(float p) { return (uint64_t)((double)p * 0x1p32); }

static void crop(const akin_text_view_opts *o, const akin_view_name *name, const int32_t **ids, int64_t *n)
{
    ak_rng r = part(name, CROP);
    const double lo = (double)o->crop_min, share = lo + ((double)o->crop_max - lo) * ak_rng_double(&r);
    int64_t keep = (int64_t)floor(share * (double)*n + 0.5);
    if (keep < 1) keep = 1;
    if (keep > *n) keep = *n;
    *ids += ak_rng_below(&r, (uint32_t)(*n - keep + 1));
    *n = keep;
}

static void replace(const akin_text_view_opts *o, const akin_near_words *near, const akin_view_name *name,
                    int32_t *ids, int64_t n)
{
    ak_rng r = part(name, REPLACE);
    const uint64_t limit = threshold(o->replace_prob);
    for (int64_t i = 0; i < n; i++) {
        if (ak_rng_u32(&r) >= limit) continue;
        const uint32_t which = ak_rng_below(&r, (uint32_t)near->k);
        if (ids[i] >= 0 && ids[i] < near->words) ids[i] = near->ids[ids[i] * near->k + which];
    }
}

static int64_t erase(const akin_text_view_opts *o, const akin_view_name *name, int32_t *ids, int64_t n)
{
    ak_rng r = part(name, ERASE);
    const uint64_t limit = threshold(o->erase_prob);
    const int32_t spare = ids[ak_rng_below(&r, (uint32_t)n)]; /* stays if nothing else does */
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (ak_rng_u32(&r) >= limit) ids[kept++] = ids[i];
    if (kept == 0) ids[kept++] = spare;
    return kept;
}

int64_t ak_text_view(const akin_text_view_opts *o, const akin_near_words *near, const int32_t *ids, int64_t n,
                     const akin_view_name *name, int32_t *out)
{
    if (n <= 0) return 0;
    if (o->crop_min < 1) crop(o, name, &ids, &n);
    memmove(out, ids, (size_t)n * sizeof *out);
    if (o->replace_prob > 0 && near) replace(o, near, name, out, n);
    if (o->erase_prob > 0) n = erase(o, name, out, n);
    return n;
}
