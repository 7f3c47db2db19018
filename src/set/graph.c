/* SPDX-License-Identifier: Apache-2.0 */
/* set/graph.c - see set/graph.h: pairs as they were read become the others of each item. */
#include "set/graph.h"

#include "files/hash.h"
#include "files/zip.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ak_graph_free(ak_graph *g)
{
    if (!g) return;
    free(g->start);
    free(g->other);
    free(g->weight);
    free(g);
}

akin_status ak_graph_add(ak_graph_reader *r, int64_t a, int64_t b, double weight, int64_t place,
                         akin_error *err)
{
    if (a == b)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s', %s %" PRId64 ": item %" PRId64 " with itself is no pair; remove it", r->path,
                       r->unit, place, a);
    if (!isfinite(weight) || (float)weight == 0 || !isfinite((float)weight))
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s', %s %" PRId64 ": the weight is %g; it must be above 0 for items that are alike, "
                       "below 0 for items that differ, and a pair that is unknown is left out",
                       r->path, r->unit, place, weight);
    if (!ak_grow(&r->pair, &r->room, r->n + 1, sizeof *r->pair))
        return ak_no_memory(err, "for the pairs of '%s'", r->path);
    const bool forth = a < b;
    r->pair[r->n++] =
        (ak_graph_pair){ (int32_t)(forth ? a : b), (int32_t)(forth ? b : a), (float)weight, place };
    return AKIN_OK;
}

static int by_items(const void *a, const void *b)
{
    const ak_graph_pair *x = a, *y = b;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* In order, each once. */
static akin_status unite(ak_graph_reader *r, ak_graph *g, akin_error *err)
{
    int64_t n = 0;
    qsort(r->pair, (size_t)r->n, sizeof *r->pair, by_items);
    for (int64_t i = 0; i < r->n; i++) {
        const ak_graph_pair *p = &r->pair[i], *before = n ? &r->pair[n - 1] : NULL;
        const bool again = before && before->a == p->a && before->b == p->b;
        if (again && before->weight != p->weight)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s', %s %" PRId64 ": items %d and %d have the weight %g, and %g in %s %" PRId64,
                           r->path, r->unit, p->place, p->a, p->b, (double)p->weight, (double)before->weight,
                           r->unit, before->place);
        g->repeats += again;
        if (!again) r->pair[n++] = *p;
    }
    r->n = n;
    return AKIN_OK;
}

static akin_status fingerprint_of(const ak_graph_reader *r, ak_graph *g, akin_error *err)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state) return ak_no_memory(err, "for the pairs of '%s'", r->path);
    XXH3_64bits_reset(state);
    ak_hash_number(state, r->items);
    for (int64_t i = 0; i < r->n; i++) {
        union {
            float real;
            int32_t bits;
        } weight = { r->pair[i].weight };
        ak_hash_number(state, r->pair[i].a);
        ak_hash_number(state, r->pair[i].b);
        ak_hash_number(state, weight.bits);
    }
    snprintf(g->fingerprint, sizeof g->fingerprint, "%016" PRIx64, (uint64_t)XXH3_64bits_digest(state));
    XXH3_freeState(state);
    return AKIN_OK;
}

/* First an item's smaller others come, then the larger ones: so they ascend. */
static void spread(const ak_graph_reader *r, ak_graph *g)
{
    for (int64_t i = 0; i < r->n; i++) {
        g->start[r->pair[i].a + 1]++;
        g->start[r->pair[i].b + 1]++;
        *(r->pair[i].weight > 0 ? &g->alike : &g->apart) += 1;
    }
    for (int64_t i = 0; i < g->items; i++) g->start[i + 1] += g->start[i];
    for (int side = 0; side < 2; side++)
        for (int64_t i = 0; i < r->n; i++) {
            const ak_graph_pair *p = &r->pair[i];
            const int64_t at = g->start[side ? p->a : p->b]++;
            g->other[at] = side ? p->b : p->a;
            g->weight[at] = p->weight;
        }
    for (int64_t i = g->items; i > 0; i--) g->start[i] = g->start[i - 1];
    g->start[0] = 0;
    for (int64_t i = 0; i < g->items; i++) {
        bool any = false;
        for (int64_t k = g->start[i]; k < g->start[i + 1]; k++) any = any || g->weight[k] > 0;
        g->alone += !any;
    }
}

static akin_status make(ak_graph_reader *r, ak_graph *g, akin_error *err)
{
    AK_TRY(unite(r, g, err));
    g->items = r->items;
    g->header = r->header;
    g->numbered = r->numbered;
    g->start = ak_alloc(sizeof *g->start, r->items + 1, 1);
    g->other = ak_alloc(sizeof *g->other, 2 * r->n, 1);
    g->weight = ak_alloc(sizeof *g->weight, 2 * r->n, 1);
    if (!g->start || !g->other || !g->weight) return ak_no_memory(err, "for the pairs of '%s'", r->path);
    spread(r, g);
    AK_TRY(fingerprint_of(r, g, err));
    if (g->alike > 0) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no pair of items that are alike", r->path);
}

akin_status ak_graph_read(const char *path, int64_t items, akin_item_name_fn *name, void *ctx, ak_graph **out,
                          akin_error *err)
{
    ak_graph_reader r = { .path = path, .items = items, .name = name, .ctx = ctx };
    ak_graph *g = calloc(1, sizeof *g);
    bool packed = false;
    akin_status status = g ? AKIN_OK : ak_no_memory(err, "for the pairs of '%s'", path);
    if (!status) status = ak_zip_is(path, &packed, err);
    r.unit = packed ? "entry" : "line";
    if (!status) status = packed ? ak_graph_read_matrix(&r, err) : ak_graph_read_text(&r, err);
    if (!status) status = make(&r, g, err);
    free(r.pair);
    if (status)
        ak_graph_free(g);
    else
        *out = g;
    return status;
}
