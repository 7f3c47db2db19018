/* SPDX-License-Identifier: Apache-2.0 */
/* set/longtail.c - long-tailed subsets with known counts  [Cui2019] [Cao2019] [Buda2018].
 *
 *     exp    n_p = floor(n_max R^(-p/(C-1)))
 *     step   n_p = n_max, or floor(n_max / R) for the last m places
 *
 * Precision. The power in double; where it comes within 1e-9 (relative) of the next whole number it is that
 * number, so that R^-1 n_max = 50 is 50, not 49, on every machine. */
#include "akin/tool/derive.h"

#include "base/base.h"
#include "base/rng.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { ORDER_VIEW = 0, PLACE_VIEW = 1 }; /* the order of a class' items; the places of the classes */
static const double NEARLY = 1e-9, MOST_RATIO = 1e9;

typedef struct tail {
    const akin_longtail_opts *o;
    const int32_t *labels;
    int64_t n, classes, present;
    int64_t *have, *want; /* [classes]: items that there are; items to take */
    int32_t *place;       /* [present]: the class at each place, the largest first */
    int32_t *item;        /* [n]: items by class, in the order drawn */
    int64_t *start;       /* [classes+1]: where a class begins in item */
} tail;

/* The whole number below x, or the one just above where x all but reaches it; at least 1. */
static int64_t floor_nearly(double x)
{
    const double f = floor(x * (1 + NEARLY));
    return f < 1 ? 1 : (int64_t)f;
}

/* The share of n_max that the class at a place takes, before it is rounded down. */
static double share_of(const tail *t, int64_t place)
{
    const akin_longtail_opts *o = t->o;
    if (o->profile == AKIN_PROFILE_EXP) return pow(o->ratio, -(double)place / (double)(t->present - 1));
    const int64_t major = (int64_t)floor((double)t->present * (1 - o->minor_frac) * (1 + NEARLY));
    return place < major ? 1 : 1 / o->ratio;
}

static akin_status check(const akin_longtail_opts *o, akin_error *err)
{
    if (o->profile != AKIN_PROFILE_EXP && o->profile != AKIN_PROFILE_STEP)
        return ak_fail(err, AKIN_ERR_RANGE, "longtail: profile is %d; there is none of that number",
                       (int)o->profile);
    if (!(o->ratio >= 1 && o->ratio <= MOST_RATIO))
        return ak_fail(err, AKIN_ERR_RANGE, "longtail: the ratio is %g; it must be between 1 and %g",
                       o->ratio, MOST_RATIO);
    if (!(o->minor_frac > 0 && o->minor_frac < 1))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "longtail: the share of small classes is %g; it must be between 0 and 1",
                       o->minor_frac);
    if (o->largest < 0)
        return ak_fail(err, AKIN_ERR_RANGE, "longtail: the largest class is to have %" PRId64 " items",
                       o->largest);
    return AKIN_OK;
}

static akin_status count_items(tail *t, akin_error *err)
{
    for (int64_t i = 0; i < t->n; i++) {
        if (t->labels[i] < 0 || t->labels[i] >= t->classes)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "longtail: item %" PRId64 " has label %d; labels are 0 to %" PRId64, i,
                           t->labels[i], t->classes - 1);
        t->have[t->labels[i]]++;
    }
    for (int64_t c = 0; c < t->classes; c++)
        if (t->have[c]) t->place[t->present++] = (int32_t)c;
    if (t->present < 2)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "longtail: there is %s class with items; two at least make a tail",
                       t->present ? "one" : "no");
    if (t->o->shuffle) {
        ak_rng rng = ak_rng_at(t->o->seed, AK_RNG_LONGTAIL, 0, 0, PLACE_VIEW);
        ak_rng_shuffle(&rng, t->place, t->present);
    }
    return AKIN_OK;
}

/* How many items each class is to give, and whether it has so many. */
static akin_status set_counts(tail *t, akin_error *err)
{
    int64_t smallest = INT64_MAX, limit = INT64_MAX, short_of = -1;
    for (int64_t p = 0; p < t->present; p++)
        if (t->have[t->place[p]] < smallest) smallest = t->have[t->place[p]];
    const int64_t most = t->o->largest ? t->o->largest : smallest;
    for (int64_t p = 0; p < t->present; p++) {
        const int32_t c = t->place[p];
        t->want[c] = floor_nearly((double)most * share_of(t, p));
        const double beyond = ((double)t->have[c] + 1) / (share_of(t, p) * (1 + NEARLY));
        if (ceil(beyond) - 1 < (double)limit) limit = (int64_t)ceil(beyond) - 1;
        if (t->want[c] > t->have[c] && short_of < 0) short_of = c;
    }
    if (short_of >= 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "longtail: class %" PRId64 " has %" PRId64 " items, and is to give %" PRId64
                       "; with these options the largest class can have %" PRId64,
                       short_of, t->have[short_of], t->want[short_of], limit);
    if (t->o->profile == AKIN_PROFILE_STEP && t->o->ratio > 1 &&
        (share_of(t, 0) < 1 || share_of(t, t->present - 1) == 1))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "longtail: a share of %g of %" PRId64 " classes leaves no %s ones", t->o->minor_frac,
                       t->present, share_of(t, 0) < 1 ? "large" : "small");
    return AKIN_OK;
}

/* Order the items of each class at random, and take the first of them. */
static void draw_items(tail *t, unsigned char *kept)
{
    for (int64_t c = 0; c < t->classes; c++) t->start[c + 1] = t->start[c] + t->have[c];
    memset(t->have, 0, (size_t)t->classes * sizeof *t->have);
    for (int64_t i = 0; i < t->n; i++) {
        const int32_t c = t->labels[i];
        t->item[t->start[c] + t->have[c]++] = (int32_t)i;
        kept[i] = 0;
    }
    for (int64_t c = 0; c < t->classes; c++) {
        ak_rng rng = ak_rng_at(t->o->seed, AK_RNG_LONGTAIL, 0, (uint64_t)c, ORDER_VIEW);
        ak_rng_shuffle(&rng, t->item + t->start[c], t->have[c]);
        for (int64_t k = 0; k < t->want[c]; k++) kept[t->item[t->start[c] + k]] = 1;
    }
}

akin_status akin_longtail(const int32_t *labels, int64_t n, int64_t classes, const akin_longtail_opts *user,
                          int64_t *counts, unsigned char *kept, akin_error *err)
{
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    if (!labels || !kept)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "longtail: labels and kept must not be NULL");
    if (n < 1 || n > INT32_MAX || classes < 1 || classes > INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE, "longtail: %" PRId64 " items of %" PRId64 " classes", n, classes);
    AK_TRY(ak_opts_import(&o, user, "longtail", err));
    AK_TRY(check(&o, err));
    tail t = { .o = &o, .labels = labels, .n = n, .classes = classes };
    t.have = ak_alloc(sizeof *t.have, classes, 1);
    t.want = ak_alloc(sizeof *t.want, classes, 1);
    t.place = ak_alloc(sizeof *t.place, classes, 1);
    t.item = ak_alloc(sizeof *t.item, n, 1);
    t.start = ak_alloc(sizeof *t.start, classes + 1, 1);
    akin_status status = t.have && t.want && t.place && t.item && t.start
                             ? count_items(&t, err)
                             : ak_fail(err, AKIN_ERR_NOMEM, "longtail: no memory for %" PRId64 " items", n);
    if (!status) status = set_counts(&t, err);
    if (!status) {
        draw_items(&t, kept);
        if (counts) memcpy(counts, t.want, (size_t)classes * sizeof *counts);
    }
    free(t.have);
    free(t.want);
    free(t.place);
    free(t.item);
    free(t.start);
    return status;
}
