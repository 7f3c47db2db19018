/* SPDX-License-Identifier: Apache-2.0 */
/* items/measure.c - the scores of the items by a model: features of each item as it is, then pairs of
 * random views. */
#include "base/plain.h"
#include "items/items.h"

#include "akin/eval.h"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

/* What is embedded: the items, two views by the layer that is compared, and the same two as the loss sees
 * them. */
enum { FEATURES, FIRST, SECOND, SEEN_FIRST, SEEN_SECOND, PARTS };

/* One model at work. */
typedef struct measuring {
    const akin_items *items;
    akin_model *model;
    akin_mat part[PARTS];
    akin_whitening *whitening; /* NULL: views stay as they are */
    bool projector;            /* the layer that is compared is the one that the loss sees */
} measuring;

double ak_items_temperature(const akin_model *model, double otherwise)
{
    const char *t = akin_model_option(model, "temperature"), *alpha = akin_model_option(model, "alpha");
    const char *loss = akin_model_option(model, "loss");
    if (loss && strcmp(loss, "balanced") == 0 && alpha && ak_strtod(alpha, NULL) > 0)
        return 1 / ak_strtod(alpha, NULL);
    return t && ak_strtod(t, NULL) > 0 ? ak_strtod(t, NULL) : otherwise;
}

/* Unless the caller says otherwise. */
static double temperature_of(const akin_items *items, const akin_model *model)
{
    return items->opts.temperature > 0 ? items->opts.temperature
                                       : ak_items_temperature(model, items->difficulty.temperature);
}

/* Rows of the layer that is compared into rows, of the projector into seen where that is another layer. */
static akin_status embed(const measuring *m, const akin_embed_opts *what, akin_mat rows, akin_mat seen,
                         akin_error *err)
{
    const akin_mat none = { NULL, 0, 0, 0 };
    return akin_model_embed(m->model, m->items->set, what, m->projector ? none : rows,
                            m->projector ? rows : seen, err);
}

/* In place. */
static akin_status whiten(const measuring *m, akin_mat rows, akin_error *err)
{
    return m->whitening ? akin_whitening_apply(m->whitening, akin_mat_const(rows), rows, err) : AKIN_OK;
}

static akin_status add_draw(const measuring *m, uint32_t epoch, akin_difficulty *d, akin_error *err)
{
    for (uint32_t v = 0; v < 2; v++) {
        akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
        what.random_views = true;
        what.view_seed = m->items->difficulty.seed;
        what.view_epoch = epoch;
        what.view = v;
        const akin_mat rows = m->part[v ? SECOND : FIRST], seen = m->part[v ? SEEN_SECOND : SEEN_FIRST];
        AK_TRY(embed(m, &what, rows, seen, err));
        if (m->whitening && m->projector) /* the loss reads them as they are */
            memcpy(seen.data, rows.data, (size_t)(rows.rows * rows.cols) * sizeof(float));
    }
    AK_TRY(whiten(m, m->part[FIRST], err));
    AK_TRY(whiten(m, m->part[SECOND], err));
    return akin_difficulty_add(d, akin_mat_const(m->part[FIRST]), akin_mat_const(m->part[SECOND]),
                               akin_mat_const(m->part[SEEN_FIRST]), akin_mat_const(m->part[SEEN_SECOND]),
                               err);
}

static akin_status score(measuring *m, akin_difficulty **out, akin_error *err)
{
    const akin_items *items = m->items;
    const akin_mat none = { NULL, 0, 0, 0 };
    akin_difficulty_opts o = items->difficulty;
    akin_difficulty *d = NULL;
    o.temperature = temperature_of(items, m->model);
    akin_status status = embed(m, NULL, m->part[FEATURES], none, err);
    if (!status && items->opts.whiten)
        status = akin_whitening_fit(akin_mat_const(m->part[FEATURES]), NULL, &m->whitening, err);
    if (!status) status = whiten(m, m->part[FEATURES], err);
    if (!status)
        status = akin_difficulty_begin(akin_mat_const(m->part[FEATURES]), items->part.labels, items->same, &o,
                                       &d, err);
    for (int64_t e = 0; e < items->opts.draws && !status; e++) status = add_draw(m, (uint32_t)e, d, err);
    if (!status) status = akin_difficulty_end(d, err);
    if (status)
        akin_difficulty_free(d);
    else
        *out = d;
    return status;
}

akin_status ak_items_score(const akin_items *items, akin_model *model, akin_difficulty **out, akin_error *err)
{
    measuring m = { .items = items, .model = model, .projector = items->opts.layer == AKIN_LAYER_PROJECTOR };
    const int64_t n = items->part.n, width = akin_model_width(model, items->opts.layer),
                  seen = akin_model_width(model, AKIN_LAYER_PROJECTOR);
    const int parts = m.projector && !items->opts.whiten ? SEEN_FIRST : PARTS;
    bool memory = true;
    for (int i = 0; i < parts; i++) {
        const int64_t cols = i < SEEN_FIRST ? width : seen;
        m.part[i] = (akin_mat){ ak_alloc(sizeof(float), n, cols), n, cols, cols };
        memory = memory && m.part[i].data;
    }
    const akin_status status =
        memory ? score(&m, out, err)
               : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the embeddings of %lld items", (long long)n);
    for (int i = 0; i < parts; i++) free(m.part[i].data);
    akin_whitening_free(m.whitening);
    return status;
}

/* Groups of copies with more than one item, and the items that are counted. */
static akin_status count_members(akin_items *items, akin_error *err)
{
    akin_items_state *s = &items->state;
    const int64_t *group = akin_difficulty_groups(items->d);
    const uint8_t *member = akin_difficulty_members(items->d);
    char *leads = calloc((size_t)s->n, 1);
    if (!leads) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld items", (long long)s->n);
    for (int64_t i = 0; i < s->n; i++) {
        s->copies += group[i] != i;
        s->members += member[i];
        if (group[i] != i && !leads[group[i]]) s->copy_groups += leads[group[i]] = 1;
    }
    free(leads);
    return AKIN_OK;
}

akin_status akin_items_measure(akin_items *items, akin_error *err)
{
    if (!items) return ak_fail(err, AKIN_ERR_ARGUMENT, "items_measure: items must not be NULL");
    if (items->d) return ak_fail(err, AKIN_ERR_ARGUMENT, "items_measure: the items are measured already");
    items->state.temperature = temperature_of(items, items->model);
    AK_TRY(ak_items_score(items, items->model, &items->d, err));
    items->state.d = items->d;
    items->state.spacing = akin_difficulty_spacing(items->d);
    items->state.suggested = akin_difficulty_suggested(items->d);
    if (items->state.duplicate == AKIN_DUPLICATE_SUGGESTED) items->state.duplicate = items->state.suggested;
    return count_members(items, err);
}
