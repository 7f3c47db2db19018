/* SPDX-License-Identifier: Apache-2.0 */
/* set/draw_splits.c - seeded, stratified splits: which items become test and val.
 *
 * The unit that is drawn is the group; without groups each item is one. Units are sorted by the class of
 * their first item, shuffled within it, and taken from the front: for test until the class has given its
 * share, then for val. A unit of several items is taken when that brings the part closer to its size, else
 * passed over. */
#include "akin/tool/derive.h"

#include "base/base.h"
#include "base/rng.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct member {
    int32_t group, item;
} member;

typedef struct drawing {
    const int32_t *labels;
    int64_t n, classes, units;
    int32_t *unit;     /* [n]: unit of an item */
    int32_t *first;    /* [units]: its first item */
    int64_t *size;     /* [units] */
    int32_t *order;    /* [units], by class */
    int64_t *start;    /* [classes+1]: of its units in order */
    unsigned char *to; /* [units]: part */
} drawing;

static int by_group(const void *a, const void *b)
{
    const member *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* Units get numbers in the order of their groups. false: out of memory. */
static bool number_units(drawing *d, const int32_t *groups)
{
    for (int64_t i = 0; i < d->n && !groups; i++) {
        d->unit[i] = d->first[i] = (int32_t)i;
        d->size[i] = 1;
    }
    d->units = d->n;
    if (!groups) return true;
    member *sorted = ak_alloc(sizeof *sorted, d->n, 1);
    if (!sorted) return false;
    for (int64_t i = 0; i < d->n; i++) sorted[i] = (member){ groups[i], (int32_t)i };
    qsort(sorted, (size_t)d->n, sizeof *sorted, by_group);
    d->units = 0;
    for (int64_t i = 0; i < d->n; i++) {
        if (i == 0 || sorted[i].group != sorted[i - 1].group) d->first[d->units++] = sorted[i].item;
        d->unit[sorted[i].item] = (int32_t)(d->units - 1);
        d->size[d->units - 1]++;
    }
    free(sorted);
    return true;
}

static int32_t class_of(const drawing *d, int64_t unit) { return d->labels ? d->labels[d->first[unit]] : 0; }

static void sort_units(drawing *d)
{
    for (int64_t u = 0; u < d->units; u++) d->start[class_of(d, u) + 1]++;
    for (int64_t c = 0; c < d->classes; c++) d->start[c + 1] += d->start[c];
    for (int64_t u = d->units - 1; u >= 0; u--) d->order[--d->start[class_of(d, u) + 1]] = (int32_t)u;
    memmove(d->start, d->start + 1, (size_t)d->classes * sizeof *d->start); /* begins, one place too far up */
    d->start[d->classes] = d->units;
}

/* Give a part about `wanted` items: units of the class that no part has yet. One unit is left for train. */
static void take_units(drawing *d, int64_t c, int64_t wanted, unsigned char part)
{
    int64_t held = 0, left = 0;
    for (int64_t k = d->start[c]; k < d->start[c + 1]; k++) left += !d->to[d->order[k]];
    for (int64_t k = d->start[c]; k < d->start[c + 1] && held < wanted && left > 1; k++) {
        const int32_t u = d->order[k];
        const int64_t after = held + d->size[u];
        if (d->to[u] || llabs(after - wanted) >= wanted - held) continue;
        d->to[u] = part;
        held = after;
        left--;
    }
}

static void draw_units(drawing *d, const akin_splits_opts *o)
{
    for (int64_t c = 0; c < d->classes; c++) {
        const int64_t units = d->start[c + 1] - d->start[c];
        int64_t n = 0;
        for (int64_t k = d->start[c]; k < d->start[c + 1]; k++) n += d->size[d->order[k]];
        ak_rng rng = ak_rng_at(o->seed, AK_RNG_PARTS, 0, (uint64_t)c, 0);
        ak_rng_shuffle(&rng, d->order + d->start[c], units);
        take_units(d, c, (int64_t)floor(o->test * (double)n + 0.5), 1);
        take_units(d, c, (int64_t)floor(o->val * (double)n + 0.5), 2);
    }
}

static akin_status check(const int32_t *labels, int64_t n, int64_t classes, const akin_splits_opts *o,
                         akin_error *err)
{
    if (n < 2 || n > INT32_MAX)
        return ak_fail(err, AKIN_ERR_INPUT, "split: %" PRId64 " items; two at least can be parted", n);
    if (labels && (classes < 1 || classes > INT32_MAX))
        return ak_fail(err, AKIN_ERR_SHAPE, "split: %" PRId64 " items of %" PRId64 " classes", n, classes);
    if (!(o->test >= 0 && o->val >= 0 && o->test + o->val < 1) || o->test + o->val == 0)
        return ak_fail(
            err, AKIN_ERR_RANGE,
            "split: the shares of test and val are %g and %g; together they must be above 0 and below 1",
            o->test, o->val);
    for (int64_t i = 0; labels && i < n; i++)
        if (labels[i] < 0 || labels[i] >= classes)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "split: item %" PRId64 " has label %d; labels are 0 to %" PRId64, i, labels[i],
                           classes - 1);
    return AKIN_OK;
}

static akin_status write_parts(const drawing *d, const akin_splits_opts *o, unsigned char *part,
                               akin_error *err)
{
    static const char *const NAMES[] = { "train", "test", "val" };
    const bool asked[3] = { true, o->test > 0, o->val > 0 };
    int64_t count[3] = { 0 };
    for (int64_t u = 0; u < d->units; u++) count[d->to[u]]++;
    for (int k = 0; k < 3; k++)
        if (asked[k] && count[k] == 0)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "split: %s would be empty: %" PRId64 " %s of %" PRId64 " classes", NAMES[k],
                           d->units, d->units == d->n ? "items" : "groups", d->classes);
    for (int64_t i = 0; i < d->n; i++) part[i] = d->to[d->unit[i]];
    return AKIN_OK;
}

akin_status akin_splits_draw(const int32_t *labels, const int32_t *groups, int64_t n, int64_t classes,
                             const akin_splits_opts *user, unsigned char *part, akin_error *err)
{
    akin_splits_opts o = AKIN_SPLITS_OPTS_INIT;
    if (!part) return ak_fail(err, AKIN_ERR_ARGUMENT, "split: part must not be NULL");
    AK_TRY(ak_opts_import(&o, user, "split", err));
    AK_TRY(check(labels, n, classes, &o, err));
    drawing d = { .labels = labels, .n = n, .classes = labels ? classes : 1 };
    d.unit = ak_alloc(sizeof *d.unit, n, 1);
    d.first = ak_alloc(sizeof *d.first, n, 1);
    d.size = ak_alloc(sizeof *d.size, n, 1);
    d.order = ak_alloc(sizeof *d.order, n, 1);
    d.start = ak_alloc(sizeof *d.start, d.classes + 2, 1);
    d.to = ak_alloc(1, n, 1);
    akin_status status = AKIN_OK;
    if (!d.unit || !d.first || !d.size || !d.order || !d.start || !d.to || !number_units(&d, groups))
        status = ak_fail(err, AKIN_ERR_NOMEM, "split: no memory to part %" PRId64 " items", n);
    if (!status) {
        sort_units(&d);
        draw_units(&d, &o);
        status = write_parts(&d, &o, part, err);
    }
    free(d.unit);
    free(d.first);
    free(d.size);
    free(d.order);
    free(d.start);
    free(d.to);
    return status;
}
