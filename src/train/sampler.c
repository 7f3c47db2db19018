/* SPDX-License-Identifier: Apache-2.0 */
/* train/sampler.c - items for the rows of a step.
 *
 * The members of the groups stand in one array, group by group, in item order. A class is drawn by bisection
 * of the running sums of the prior, so a million classes cost twenty looks. */
#include "train/sampler.h"

#include "base/rng.h"
#include "train/by_value.h"

#include <math.h>
#include <string.h>

struct ak_sampler {
    ak_sampler_plan plan;
    int32_t *group;  /* [items], a copy */
    int32_t *member; /* items with a group, group by group */
    int64_t *start;  /* [groups+1] into member */
    int32_t *place;  /* [items]: where an item stands in member, -1 = nowhere */
    double *running; /* [groups]: running sums of the prior, the last is their total */
    ak_by_value *by_value;
};

void ak_sampler_order(uint64_t seed, int64_t epoch, int32_t *order, int64_t n)
{
    for (int64_t i = 0; i < n; i++) order[i] = (int32_t)i;
    ak_rng r = ak_rng_at(seed, AK_RNG_ORDER, (uint32_t)epoch, 0, 0);
    ak_rng_shuffle(&r, order, n);
}

static bool uses_groups(ak_pairing p)
{
    return p == AK_PAIR_GROUP || p == AK_PAIR_NEAR || p == AK_PAIR_LATENT;
}

/* Creating ----------------------------------------------------------------------------------------------- */

static akin_status sort_members(ak_sampler *s, akin_error *err)
{
    const ak_sampler_plan *p = &s->plan;
    for (int64_t i = 0; i < p->items; i++) {
        const int32_t g = p->group[i];
        if (g >= p->groups)
            return ak_fail(err, AKIN_ERR_RANGE, "item %lld is of group %d; there are %lld groups",
                           (long long)i, g, (long long)p->groups);
        if (g >= 0) s->start[g + 1]++;
    }
    for (int64_t g = 0; g < p->groups; g++) s->start[g + 1] += s->start[g];
    int64_t *next = ak_alloc(sizeof *next, p->groups + 1, 1);
    if (!next) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld groups", (long long)p->groups);
    memcpy(next, s->start, (size_t)p->groups * sizeof *next);
    for (int64_t j = 0; j < p->items; j++) {
        const int64_t i = p->order ? p->order[j] : j;
        const int32_t g = p->group[i];
        s->place[i] = g < 0 ? -1 : (int32_t)next[g];
        if (g >= 0) s->member[next[g]++] = (int32_t)i;
    }
    free(next);
    return AKIN_OK;
}

static akin_status sum_prior(ak_sampler *s, akin_error *err)
{
    const ak_sampler_plan *p = &s->plan;
    double total = 0;
    for (int64_t g = 0; g < p->groups; g++) {
        const int64_t size = s->start[g + 1] - s->start[g];
        double weight = p->prior == AK_PRIOR_GIVEN     ? p->weight[g]
                        : p->prior == AK_PRIOR_UNIFORM ? (size > 0)
                                                       : (double)size;
        if (!(weight >= 0) || !isfinite(weight))
            return ak_fail(err, AKIN_ERR_RANGE,
                           "the prior of class %lld is %g; it must be finite and not negative", (long long)g,
                           weight);
        if (weight > 0 && size == 0)
            return ak_fail(err, AKIN_ERR_INPUT, "class %lld has a prior of %g but no item", (long long)g,
                           weight);
        const int64_t needed = p->distinct ? 1 + p->block * (1 + p->count) : 1;
        if (weight > 0 && size < needed)
            return ak_fail(
                err, AKIN_ERR_INPUT,
                "class %lld has %lld items; without replacement a tuple may need %lld of one class: "
                "take fewer negatives or smaller blocks, or drop small classes",
                (long long)g, (long long)size, (long long)needed);
        total += weight;
        s->running[g] = total;
    }
    if (!(total > 0)) return ak_fail(err, AKIN_ERR_INPUT, "no class has items to draw pairs from");
    return AKIN_OK;
}

static akin_status allocate(ak_sampler *s, akin_error *err)
{
    const ak_sampler_plan *p = &s->plan;
    bool ok = true;
    if (uses_groups(p->pairing)) {
        s->group = ak_alloc(sizeof *s->group, p->items, 1);
        s->member = ak_alloc(sizeof *s->member, p->items, 1);
        s->place = ak_alloc(sizeof *s->place, p->items, 1);
        s->start = ak_alloc(sizeof *s->start, p->groups + 2, 1);
        s->running = ak_alloc(sizeof *s->running, p->groups + 1, 1);
        ok = ok && s->group && s->member && s->place && s->start && s->running;
    }
    return ok ? AKIN_OK
              : ak_fail(err, AKIN_ERR_NOMEM, "no memory to draw from %lld items", (long long)p->items);
}

static akin_status check_tuples(const ak_sampler_plan *p, akin_error *err)
{
    if (p->tuples < p->batch)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            p->tuples ? "the data has %lld rows with anchor and positive, fewer than one batch"
                      : "the data has no rows with anchor and positive; --pairs given needs such columns",
            (long long)p->tuples);
    for (int64_t t = 0; p->count > 0 && t < p->tuples; t++)
        if (p->negative_start[t + 1] == p->negative_start[t])
            return ak_fail(
                err, AKIN_ERR_INPUT,
                "tuple %lld has no negative, and %lld are asked for; give --negatives 0, or a loss of pairs",
                (long long)t + 1, (long long)p->count);
    return AKIN_OK;
}

static akin_status fill(ak_sampler *s, akin_error *err)
{
    const ak_sampler_plan *p = &s->plan;
    if (p->items > INT32_MAX)
        return ak_fail(err, AKIN_ERR_INPUT, "%lld items; at most %d can be trained on", (long long)p->items,
                       INT32_MAX);
    const bool one_group = p->pairing == AK_PAIR_NEAR && !p->group;
    if (one_group) s->plan.groups = 1;
    if (uses_groups(p->pairing) && !one_group && (!p->group || p->groups < 1))
        return ak_fail(err, AKIN_ERR_INPUT,
                       "the data has no classes or groups to take positives from; --pairs views needs none");
    if (p->pairing == AK_PAIR_GIVEN) AK_TRY(check_tuples(p, err));
    if (p->pairing == AK_PAIR_VALUE)
        AK_TRY(ak_by_value_create(p->values, p->items, p->value_count, &s->by_value, err));
    AK_TRY(allocate(s, err));
    if (uses_groups(p->pairing)) {
        if (!one_group) memcpy(s->group, p->group, (size_t)p->items * sizeof *s->group);
        s->plan.group = s->group; /* of one group: zeros */
        AK_TRY(sort_members(s, err));
    }
    if (p->pairing == AK_PAIR_LATENT) AK_TRY(sum_prior(s, err));
    s->plan.group = s->group;
    s->plan.weight = NULL;
    s->plan.order = NULL;
    s->plan.values = NULL;
    return AKIN_OK;
}

akin_status ak_sampler_create(const ak_sampler_plan *plan, ak_sampler **out, akin_error *err)
{
    ak_sampler *s = calloc(1, sizeof *s);
    if (!s) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a sampler");
    s->plan = *plan;
    const akin_status status = fill(s, err);
    if (status) {
        ak_sampler_free(s);
        return status;
    }
    *out = s;
    return AKIN_OK;
}

void ak_sampler_free(ak_sampler *s)
{
    if (!s) return;
    free(s->group);
    free(s->member);
    free(s->place);
    free(s->start);
    free(s->running);
    ak_by_value_free(s->by_value);
    free(s);
}

/* Shape of a step ---------------------------------------------------------------------------------------- */

int ak_sampler_spans(const ak_sampler *s, ak_row_span spans[3])
{
    const ak_sampler_plan *p = &s->plan;
    const bool latent = p->pairing == AK_PAIR_LATENT || (p->pairing == AK_PAIR_GIVEN && p->count > 0);
    const int64_t positives = latent ? p->batch * p->block : p->batch;
    spans[0] = (ak_row_span){ 0, p->batch, 0 };
    spans[1] = (ak_row_span){ p->batch, positives, 1 };
    spans[2] = (ak_row_span){ p->batch + positives, positives * p->count, 2 };
    return latent ? 3 : p->pairing == AK_PAIR_SINGLE ? 1 : 2;
}

int64_t ak_sampler_rows(const ak_sampler *s)
{
    ak_row_span spans[3];
    const int n = ak_sampler_spans(s, spans);
    return spans[n - 1].first + spans[n - 1].rows;
}

/* How many anchors an epoch has. */
static int64_t anchors(const ak_sampler *s)
{
    return s->plan.pairing == AK_PAIR_GIVEN ? s->plan.tuples : s->plan.items;
}

int64_t ak_sampler_epoch_steps(const ak_sampler *s) { return anchors(s) / s->plan.batch; }

uint32_t ak_sampler_view_epoch(const ak_sampler *s, int64_t step)
{
    return (uint32_t)(s->plan.pairing == AK_PAIR_LATENT ? step : step / ak_sampler_epoch_steps(s));
}

akin_status ak_sampler_memory_create(const ak_sampler *s, ak_sampler_memory *m, akin_error *err)
{
    *m = (ak_sampler_memory){ -1, ak_alloc(sizeof(int32_t), anchors(s), 1) };
    return m->order ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the order of the items");
}

void ak_sampler_memory_free(ak_sampler_memory *m)
{
    free(m->order);
    m->order = NULL;
}

/* Drawing ------------------------------------------------------------------------------------------------ */

static int32_t draw_class(const ak_sampler *s, ak_rng *r)
{
    const double at = ak_rng_double(r) * s->running[s->plan.groups - 1];
    int64_t lo = 0, hi = s->plan.groups - 1; /* the first class whose running sum is above `at` */
    while (lo < hi) {
        const int64_t middle = lo + (hi - lo) / 2;
        if (s->running[middle] > at)
            hi = middle;
        else
            lo = middle + 1;
    }
    return (int32_t)lo;
}

/* The rows of one anchor, where they stand in the step. */
typedef struct tuple {
    int32_t *anchor, *positives, *negatives; /* [1], [b], [k b] */
    int64_t drawn_positives, drawn_negatives;
} tuple;

static bool holds(const tuple *t, int32_t item)
{
    bool found = *t->anchor == item;
    for (int64_t i = 0; i < t->drawn_positives && !found; i++) found = t->positives[i] == item;
    for (int64_t i = 0; i < t->drawn_negatives && !found; i++) found = t->negatives[i] == item;
    return found;
}

/* An item of the class; with `distinct` one that the tuple does not hold yet. sum_prior() has seen that
 * classes are large enough. */
static int32_t draw_item(const ak_sampler *s, ak_rng *r, int32_t class, const tuple *t)
{
    const uint32_t size = (uint32_t)(s->start[class + 1] - s->start[class]);
    int32_t item;
    do item = s->member[s->start[class] + ak_rng_below(r, size)];
    while (s->plan.distinct && holds(t, item));
    return item;
}

static void draw_tuple(const ak_sampler *s, ak_rng *r, tuple t)
{
    const ak_sampler_plan *p = &s->plan;
    const int32_t class = draw_class(s, r);
    *t.anchor = -1;
    *t.anchor = draw_item(s, r, class, &t);
    for (; t.drawn_positives < p->block; t.drawn_positives++)
        t.positives[t.drawn_positives] = draw_item(s, r, class, &t);
    for (int64_t q = 0; q < p->count; q++) {
        const int32_t other = draw_class(s, r);
        for (int64_t b = 0; b < p->block; b++, t.drawn_negatives++)
            t.negatives[t.drawn_negatives] = draw_item(s, r, other, &t);
    }
}

static void latent_items(const ak_sampler *s, int64_t step, int32_t *items)
{
    const ak_sampler_plan *p = &s->plan;
    int32_t *positives = items + p->batch, *negatives = positives + p->batch * p->block;
    for (int64_t i = 0; i < p->batch; i++) {
        ak_rng r = ak_rng_at(p->seed, AK_RNG_PAIRS, (uint32_t)step, (uint64_t)i, 0);
        draw_tuple(s, &r,
                   (tuple){ items + i, positives + i * p->block, negatives + i * p->block * p->count, 0, 0 });
    }
}

static int32_t partner(const ak_sampler *s, int64_t epoch, int32_t item)
{
    const ak_sampler_plan *p = &s->plan;
    const int32_t g = s->group[item];
    if (g < 0) return item;
    ak_rng r = ak_rng_at(p->seed, AK_RNG_PAIRS, (uint32_t)epoch, (uint64_t)item, 0);
    const int64_t at = s->place[item];
    int64_t lo = s->start[g], hi = s->start[g + 1] - 1; /* both inclusive */
    if (p->pairing == AK_PAIR_NEAR) {
        lo = at - p->window > lo ? at - p->window : lo;
        hi = at + p->window < hi ? at + p->window : hi;
    }
    if (lo == hi) return item;
    const int64_t drawn = lo + ak_rng_below(&r, (uint32_t)(hi - lo)); /* of all but the item itself */
    return s->member[drawn < at ? drawn : drawn + 1];
}

/* Of the items that are alike, by their weights. */
static int32_t listed_partner(const ak_sampler *s, int64_t epoch, int32_t item)
{
    const ak_graph *g = s->plan.graph;
    const int64_t from = g->start[item], to = g->start[item + 1];
    double sum = 0;
    int32_t last = item;
    for (int64_t k = from; k < to; k++) sum += g->weight[k] > 0 ? (double)g->weight[k] : 0;
    ak_rng r = ak_rng_at(s->plan.seed, AK_RNG_PAIRS, (uint32_t)epoch, (uint64_t)item, 0);
    double at = ak_rng_double(&r) * sum;
    for (int64_t k = from; k < to && at >= 0; k++) {
        if (!(g->weight[k] > 0)) continue;
        last = g->other[k];
        at -= (double)g->weight[k];
    }
    return last;
}

/* Tuple t as anchor i of a step. Its negatives are taken in order from a place that is drawn for the epoch;
 * after the last comes the first. */
static void given_items(const ak_sampler *s, int64_t epoch, int64_t i, int64_t t, int32_t *items)
{
    const ak_sampler_plan *p = &s->plan;
    items[i] = p->anchor[t];
    items[p->batch + i] = p->positive[t];
    if (p->count == 0) return;
    const int64_t first = p->negative_start[t], many = p->negative_start[t + 1] - first;
    ak_rng r = ak_rng_at(p->seed, AK_RNG_PAIRS, (uint32_t)epoch, (uint64_t)t, 1);
    const int64_t from = ak_rng_below(&r, (uint32_t)many);
    for (int64_t q = 0; q < p->count; q++)
        items[2 * p->batch + i * p->count + q] = p->negative[first + (from + q) % many];
}

void ak_sampler_items(const ak_sampler *s, ak_sampler_memory *m, int64_t step, int32_t *items)
{
    const ak_sampler_plan *p = &s->plan;
    if (p->pairing == AK_PAIR_LATENT) {
        latent_items(s, step, items);
        return;
    }
    const int64_t per_epoch = ak_sampler_epoch_steps(s), epoch = step / per_epoch;
    if (m->epoch != epoch) {
        ak_sampler_order(p->seed, epoch, m->order, anchors(s));
        m->epoch = epoch;
    }
    const int32_t *drawn = m->order + (step % per_epoch) * p->batch;
    if (p->pairing == AK_PAIR_GIVEN) {
        for (int64_t i = 0; i < p->batch; i++) given_items(s, epoch, i, drawn[i], items);
        return;
    }
    memcpy(items, drawn, (size_t)p->batch * sizeof *items);
    if (p->pairing == AK_PAIR_VIEWS) memcpy(items + p->batch, drawn, (size_t)p->batch * sizeof *items);
    for (int64_t i = 0; p->pairing == AK_PAIR_VALUE && i < p->batch; i++) {
        ak_rng r = ak_rng_at(p->seed, AK_RNG_PAIRS, (uint32_t)epoch, (uint64_t)drawn[i], 2);
        items[p->batch + i] = ak_by_value_draw(s->by_value, &r, drawn[i], p->value_noise);
    }
    for (int64_t i = 0; p->pairing == AK_PAIR_LISTED && i < p->batch; i++)
        items[p->batch + i] = listed_partner(s, epoch, drawn[i]);
    if (p->pairing == AK_PAIR_GROUP || p->pairing == AK_PAIR_NEAR)
        for (int64_t i = 0; i < p->batch; i++) items[p->batch + i] = partner(s, epoch, drawn[i]);
}

double ak_sampler_collisions(const ak_sampler *s, const int32_t *items, int64_t anchors)
{
    const ak_sampler_plan *p = &s->plan;
    if (p->pairing != AK_PAIR_LATENT) return NAN;
    const int32_t *negatives = items + anchors * (1 + p->block);
    int64_t same = 0;
    for (int64_t i = 0; i < anchors; i++)
        for (int64_t q = 0; q < p->count; q++)
            same += s->group[items[i]] == s->group[negatives[(i * p->count + q) * p->block]];
    return (double)same / (double)(anchors * p->count);
}
