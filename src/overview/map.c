/* SPDX-License-Identifier: Apache-2.0 */
/* overview/map.c - the map of a run's items: embedded anew by the newest weights, so that it cannot be of
 * other weights or data than the run has. */
#include "overview/overview.h"

#include "base/base.h"

#include "akin/eval.h"
#include "akin/tool/dataset.h"
#include "akin/tool/map.h"
#include "akin/tool/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SHOWN = 160, LONG_MAP = 5000, TEXT_SHOWN_LONG = 60 };

/* The beginning of a text, cut between characters. */
static const char *beginning(ak_overview_map *m, const char *text, int64_t bytes)
{
    const int64_t most = m->map.n > LONG_MAP ? TEXT_SHOWN_LONG : TEXT_SHOWN;
    int64_t shown = bytes < most ? bytes : most;
    while (shown < bytes && shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80) shown--;
    snprintf(m->name, sizeof m->name, "%.*s%s", (int)shown, text, shown < bytes ? "\xE2\x80\xA6" : "");
    return m->name;
}

static const char *item_name(int64_t i, void *ctx)
{
    ak_overview_map *m = ctx;
    int64_t bytes;
    const char *text = akin_dataset_item_text(m->set, m->map.split, m->item[i], &bytes);
    if (text) return beginning(m, text, bytes);
    const char *name = akin_dataset_item_name(m->set, m->map.split, m->item[i], m->name, sizeof m->name);
    if (name == m->name) ak_overview_row(m, i, m->name, sizeof m->name);
    return name;
}

static const char *class_name(int64_t k, void *ctx)
{
    return akin_dataset_class_name(((ak_overview_map *)ctx)->set, AKIN_TARGET_AUTO, k);
}

static akin_status picture(int64_t i, uint8_t *pixels, void *ctx, akin_error *err)
{
    const ak_overview_map *m = ctx;
    return akin_images_fetch(&m->pictures, &m->item[i], 1, pixels, err);
}

/* Which items: all, or so many evenly spaced. */
static akin_status choose(ak_overview_map *m, int64_t most, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    akin_status status = akin_dataset_split(m->set, m->map.split, AKIN_TARGET_AUTO, &part, err);
    if (status) return status;
    const int64_t n = part.n < most ? part.n : most;
    if (n < 3)
        return ak_fail(err, AKIN_ERR_INPUT, "a map needs three items or more, and would have %lld",
                       (long long)n);
    m->map.n = n;
    m->map.of = part.n;
    m->map.k = (int32_t)(n - 1 < AK_OVERVIEW_NEAREST ? n - 1 : AK_OVERVIEW_NEAREST);
    m->item = malloc((size_t)n * sizeof *m->item);
    if (part.labels) m->labels = malloc((size_t)n * sizeof *m->labels);
    if (!m->item || (part.labels && !m->labels)) return ak_no_memory(err, "for %lld items", (long long)n);
    for (int64_t i = 0; i < n; i++) {
        m->item[i] = i * (part.n / n) + i * (part.n % n) / n;
        if (m->labels) m->labels[i] = part.labels[m->item[i]];
    }
    m->map.labels = m->labels;
    m->map.classes = part.classes;
    m->map.item = item_name;
    m->map.class_name = class_name;
    m->map.ctx = m;
    if (!akin_dataset_has_pictures(m->set)) return AKIN_OK;
    m->pictures = (akin_images)AKIN_IMAGES_INIT;
    status = akin_dataset_pictures(m->set, m->map.split, &m->pictures, err);
    m->map.picture = picture;
    m->map.height = m->pictures.height;
    m->map.width = m->pictures.width;
    m->map.channels = m->pictures.channels;
    return status;
}

/* The nearest without the item itself; among equal rows it may be any of them, or none. */
static akin_status find_nearest(ak_overview_map *m, akin_cmat rows, akin_error *err)
{
    const int64_t n = m->map.n, k = m->map.k;
    int32_t *found = malloc((size_t)(n * (k + 1)) * sizeof *found);
    float *like = malloc((size_t)(n * (k + 1)) * sizeof *like);
    akin_status status = found && like ? akin_eval_neighbours(rows, rows, k + 1, found, like, err)
                                       : ak_no_memory(err, "for %lld neighbours", (long long)n);
    for (int64_t i = 0; i < n && !status; i++)
        for (int64_t j = 0, kept = 0; j <= k && kept < k; j++) {
            if (found[i * (k + 1) + j] == i) continue;
            m->near[i * k + kept] = found[i * (k + 1) + j];
            m->similarity[i * k + kept++] = like[i * (k + 1) + j];
        }
    free(found);
    free(like);
    return status;
}

static akin_status lay_out(ak_overview_map *m, uint64_t seed, akin_error *err)
{
    const int64_t n = m->map.n, k = m->map.k, d = akin_model_width(m->model, AKIN_LAYER_BACKBONE);
    m->rows = malloc((size_t)n * (size_t)d * sizeof *m->rows);
    m->places = calloc((size_t)n, 2 * sizeof *m->places);
    m->near = calloc((size_t)(n * k), sizeof *m->near);
    m->similarity = calloc((size_t)(n * k), sizeof *m->similarity);
    if (!m->rows || !m->places || !m->near || !m->similarity)
        return ak_no_memory(err, "for %lld embeddings", (long long)n);
    const akin_mat rows = { m->rows, n, d, d }, none = { NULL, 0, 0, 0 }, places = { m->places, n, 2, 2 };
    akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
    akin_map_opts how = AKIN_MAP_OPTS_INIT;
    akin_map_result result = AKIN_MAP_RESULT_INIT;
    what.split = m->map.split;
    what.item = m->item;
    what.n = n;
    how.seed = seed;
    akin_status status = akin_model_embed(m->model, m->set, &what, rows, none, err);
    if (!status) status = akin_map(akin_mat_const(rows), &how, places, &result, err);
    if (!status) status = find_nearest(m, akin_mat_const(rows), err);
    m->map.places = akin_mat_const(places);
    m->map.near = m->near;
    m->map.similarity = m->similarity;
    return status;
}

static akin_status open_data(const char *run, const akin_report_make_opts *o, ak_overview_map *m,
                             akin_error *err)
{
    akin_model_opts which = AKIN_MODEL_OPTS_INIT;
    const char *line;
    AK_TRY(akin_model_open(run, &which, &m->model, err));
    m->map.remark = akin_model_warning(m->model, 0); /* such as a damaged checkpoint */
    for (int64_t i = 0; o->tell && (line = akin_model_warning(m->model, i)) != NULL; i++)
        o->tell(line, true, o->ctx);
    AK_TRY(akin_model_open_dataset(m->model, NULL, &m->set, err));
    if (akin_model_data_changed(m->model, m->set, m->why, sizeof m->why))
        return ak_fail(err, AKIN_ERR_INPUT, "%s", m->why);
    return AKIN_OK;
}

akin_status ak_overview_map_try(const char *run, const akin_report_make_opts *o, ak_overview_map *m,
                                akin_error *err)
{
    *m = (ak_overview_map){ .map = AKIN_REPORT_MAP_INIT };
    AK_TRY(open_data(run, o, m, err));
    AK_TRY(choose(m, o->map_items, err));
    AK_TRY(lay_out(m, o->seed, err));
    return ak_overview_colours(m, o, err);
}

akin_status ak_overview_map_make(const char *run, const akin_report_make_opts *o, ak_overview_map *m,
                                 akin_error *err)
{
    char told[sizeof m->why + 32];
    akin_error why;
    const akin_status status = ak_overview_map_try(run, o, m, &why);
    if (!status) return status;
    if (status == AKIN_ERR_NOMEM) return ak_fail(err, status, "%s", why.message);
    snprintf(m->why, sizeof m->why, "%s", why.message);
    snprintf(told, sizeof told, "the page has no map: %s", m->why);
    m->map.missing = m->why;
    if (o->tell) o->tell(told, false, o->ctx);
    return AKIN_OK;
}

void ak_overview_map_free(ak_overview_map *m)
{
    akin_dataset_free(m->set);
    akin_model_free(m->model);
    free(m->item);
    free(m->labels);
    free(m->near);
    free(m->cluster);
    free(m->central);
    free(m->difficulty);
    free(m->rows);
    free(m->places);
    free(m->similarity);
    memset(m, 0, sizeof *m);
}
