/* SPDX-License-Identifier: Apache-2.0 */
/* images/mix.c - images mixed with others, as a set whose difficult images are known  [Zhang2025].
 *
 *     x_i' = (1 - w) x_i + w x_j
 *
 * The paper mixes a share omega of the training images. It names neither the weight w nor the partner j: both
 * are options here; by default w is a half and j is of another class.
 *
 * A partner is found by drawing items until one fits. If a share p of the items fits, that takes 1/p draws on
 * average. Where p is small (a class of few), the drawing ends after 64 tries: the fitting items are counted,
 * and one more draw picks one of them.
 *
 * Precision. Bytes are blended with a weight of 16 bits, halves up: whole numbers, the same on every
 * machine. */
#include "akin/tool/derive.h"

#include "base/rng.h"
#include "images/cache.h"
#include "images/measure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { CHOSEN_VIEW = 0, PARTNER_VIEW = 1, TRIES = 64, ONE = 1 << 16 };

typedef struct mixing {
    const int32_t *labels;
    int64_t n;
    akin_mix_with with;
    uint64_t seed;
} mixing;

static bool fits(const mixing *m, int64_t i, int64_t j)
{
    if (i == j) return false;
    if (m->with == AKIN_MIX_ANY || !m->labels) return true;
    return (m->labels[i] == m->labels[j]) == (m->with == AKIN_MIX_SAME);
}

/* -1 when nobody fits. */
static int32_t partner_of(const mixing *m, int64_t i)
{
    ak_rng rng = ak_rng_at(m->seed, AK_RNG_MIX, 0, (uint64_t)i, PARTNER_VIEW);
    for (int t = 0; t < TRIES; t++) {
        const uint32_t j = ak_rng_below(&rng, (uint32_t)m->n);
        if (fits(m, i, j)) return (int32_t)j;
    }
    int64_t fitting = 0;
    for (int64_t j = 0; j < m->n; j++) fitting += fits(m, i, j);
    if (fitting == 0) return -1;
    int64_t k = ak_rng_below(&rng, (uint32_t)fitting);
    for (int64_t j = 0; j < m->n; j++)
        if (fits(m, i, j) && k-- == 0) return (int32_t)j;
    return -1;
}

akin_status akin_mix_draw(const int32_t *labels, int64_t n, int64_t classes, const akin_mix_opts *user,
                          int32_t *partner, akin_error *err)
{
    akin_mix_opts o = AKIN_MIX_OPTS_INIT;
    if (!partner) return ak_fail(err, AKIN_ERR_ARGUMENT, "mix: partner must not be NULL");
    if (n < 2 || n > INT32_MAX || classes < 0)
        return ak_fail(err, AKIN_ERR_INPUT, "mix: %" PRId64 " items; two at least can be mixed", n);
    AK_TRY(ak_opts_import(&o, user, "mix", err));
    if (!(o.share >= 0 && o.share <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "mix: the share is %g; it must be between 0 and 1", o.share);
    if ((int)o.with < 0 || o.with > AKIN_MIX_ANY)
        return ak_fail(err, AKIN_ERR_RANGE, "mix: with is %d; there is none of that number", (int)o.with);
    const int64_t count = (int64_t)floor(o.share * (double)n + 0.5);
    const mixing m = { labels, n, labels ? o.with : AKIN_MIX_ANY, o.seed };
    int32_t *order = ak_alloc(sizeof *order, n, 1);
    if (!order) return ak_fail(err, AKIN_ERR_NOMEM, "mix: no memory for the order of %" PRId64 " items", n);
    for (int64_t i = 0; i < n; i++) {
        order[i] = (int32_t)i;
        partner[i] = -1;
    }
    ak_rng rng = ak_rng_at(o.seed, AK_RNG_MIX, 0, 0, CHOSEN_VIEW);
    ak_rng_shuffle(&rng, order, n);
    akin_status status = AKIN_OK;
    for (int64_t k = 0; k < count && !status; k++) {
        const int32_t i = order[k];
        partner[i] = partner_of(&m, i);
        if (partner[i] < 0)
            status = ak_fail(err, AKIN_ERR_INPUT,
                             "mix: item %d has no partner: there is no other item of %s class", i,
                             m.with == AKIN_MIX_SAME ? "its" : "another");
    }
    free(order);
    return status;
}

akin_status akin_image_set_mix(akin_image_set *ds, const int32_t *partner, double weight, akin_error *err)
{
    if (!ds || !partner)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_mix: ds and partner must not be NULL");
    if (!(weight >= 0 && weight <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "image_set_mix: the weight is %g; it must be between 0 and 1",
                       weight);
    AK_TRY(ak_image_set_all_cached(ds, "mix", err));
    ak_image_split *s = &ds->split[0];
    const int64_t bytes = ak_image_bytes(s);
    const uint32_t other = (uint32_t)(weight * ONE + 0.5), own = ONE - other;
    for (int64_t i = 0; i < s->n; i++)
        if (partner[i] >= s->n || partner[i] == i)
            return ak_fail(err, AKIN_ERR_RANGE,
                           "image_set_mix: partner %" PRId64 " is %d; there are %" PRId64 " items", i,
                           partner[i], s->n);
    uint8_t *mixed = NULL;
    AK_TRY(ak_pixels_alloc(s->n, s->height, s->width, s->channels, &mixed, err));
    for (int64_t i = 0; i < s->n; i++) {
        const uint8_t *x = s->pixels + i * bytes;
        uint8_t *to = mixed + i * bytes;
        if (partner[i] < 0) {
            memcpy(to, x, (size_t)bytes);
            continue;
        }
        const uint8_t *y = s->pixels + partner[i] * bytes;
        for (int64_t k = 0; k < bytes; k++) to[k] = (uint8_t)((own * x[k] + other * y[k] + ONE / 2) / ONE);
    }
    free(s->pixels);
    s->pixels = mixed;
    return ak_image_set_measure(ds, NULL, err);
}
