/* SPDX-License-Identifier: Apache-2.0 */
/* overview/colours.c - by what else the items of a map may be coloured: clusters of their features, and how
 * difficult each is for the encoder. A colour that these items do not allow is left out. */
#include "overview/overview.h"

#include "base/base.h"
#include "items/items.h"

#include "akin/tool/cluster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CLUSTERS = 24, UNLABELLED_CLUSTERS = 12 };

/* As many as there are classes; without labels so many that a cluster has about as many items as there are
 * clusters twice over, and the eye still tells the colours apart. */
static int32_t clusters_of(const ak_overview_map *m)
{
    const double half = sqrt((double)m->map.n / 2);
    int32_t k = half < UNLABELLED_CLUSTERS ? (int32_t)half : UNLABELLED_CLUSTERS;
    if (m->labels && m->map.classes > 1)
        k = m->map.classes < MOST_CLUSTERS ? (int32_t)m->map.classes : MOST_CLUSTERS;
    return k < 2 ? 2 : k;
}

/* Only memory that lacks ends it. */
static akin_status unless_memory(akin_status status) { return status == AKIN_ERR_NOMEM ? status : AKIN_OK; }

static akin_status add_clusters(ak_overview_map *m, akin_cmat rows, const akin_report_make_opts *o,
                                akin_error *err)
{
    akin_cluster_opts how = AKIN_CLUSTER_OPTS_INIT;
    akin_cluster_result result = AKIN_CLUSTER_RESULT_INIT;
    how.k = o->clusters ? o->clusters : clusters_of(m);
    how.seed = o->seed;
    m->cluster = ak_alloc(sizeof *m->cluster, rows.rows, 1);
    m->central = ak_alloc(sizeof *m->central, how.k, 1);
    if (!m->cluster || !m->central) return ak_no_memory(err, "for %lld clusters", (long long)how.k);
    akin_status status = akin_cluster(rows, &how, m->cluster, &result, err);
    if (!status) status = akin_cluster_central(rows, how.metric, m->cluster, 1, m->central, NULL, err);
    if (status) return unless_memory(status);
    m->map.cluster = m->cluster;
    m->map.clusters = result.clusters;
    m->map.central = m->central;
    return AKIN_OK;
}

/* Views of the items, by both layers. */
typedef struct viewed {
    akin_mat seen[2], projected[2];
} viewed;

static akin_status add_draw(const ak_overview_map *m, const viewed *v, uint64_t seed, uint32_t epoch,
                            akin_difficulty *d, akin_error *err)
{
    for (uint32_t view = 0; view < 2; view++) {
        akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
        what.split = m->map.split;
        what.item = m->item;
        what.n = m->map.n;
        what.random_views = true;
        what.view_seed = seed;
        what.view_epoch = epoch;
        what.view = view;
        AK_TRY(akin_model_embed(m->model, m->set, &what, v->seen[view], v->projected[view], err));
    }
    return akin_difficulty_add(d, akin_mat_const(v->seen[0]), akin_mat_const(v->seen[1]),
                               akin_mat_const(v->projected[0]), akin_mat_const(v->projected[1]), err);
}

/* Great where the own loss is. An encoder to which all items are alike tells nothing. */
static void take_loss(ak_overview_map *m, const akin_difficulty *d)
{
    const double *loss = akin_difficulty_score(d, AKIN_SCORE_LOSS);
    bool differ = false;
    for (int64_t i = 0; i < m->map.n; i++) {
        m->difficulty[i] = (float)loss[i];
        if (!isfinite(loss[i])) return;
        differ = differ || loss[i] > loss[0] || loss[i] < loss[0];
    }
    if (differ) m->map.difficulty = m->difficulty;
}

static akin_status measure(ak_overview_map *m, akin_cmat rows, const viewed *v,
                           const akin_report_make_opts *o, akin_error *err)
{
    akin_difficulty_opts how = AKIN_DIFFICULTY_OPTS_INIT;
    akin_difficulty *d = NULL;
    how.temperature = ak_items_temperature(m->model, how.temperature);
    how.seed = o->seed;
    akin_status status = akin_difficulty_begin(rows, NULL, NULL, &how, &d, err);
    for (int64_t e = 0; e < o->draws && !status; e++) status = add_draw(m, v, o->seed, (uint32_t)e, d, err);
    if (!status) status = akin_difficulty_end(d, err);
    if (!status) take_loss(m, d);
    akin_difficulty_free(d);
    return status;
}

static akin_status add_difficulty(ak_overview_map *m, akin_cmat rows, const akin_report_make_opts *o,
                                  akin_error *err)
{
    const int64_t n = rows.rows, width = rows.cols, e = akin_model_width(m->model, AKIN_LAYER_PROJECTOR);
    viewed v;
    bool memory = true;
    m->difficulty = ak_alloc(sizeof *m->difficulty, n, 1);
    for (int i = 0; i < 2; i++) {
        v.seen[i] = (akin_mat){ ak_alloc(sizeof(float), n, width), n, width, width };
        v.projected[i] = (akin_mat){ ak_alloc(sizeof(float), n, e), n, e, e };
        memory = memory && v.seen[i].data && v.projected[i].data;
    }
    const akin_status status = memory && m->difficulty
                                   ? measure(m, rows, &v, o, err)
                                   : ak_no_memory(err, "for views of %lld items", (long long)n);
    for (int i = 0; i < 2; i++) {
        free(v.seen[i].data);
        free(v.projected[i].data);
    }
    return unless_memory(status);
}

akin_status ak_overview_colours(ak_overview_map *m, const akin_report_make_opts *o, akin_error *err)
{
    const int64_t d = akin_model_width(m->model, AKIN_LAYER_BACKBONE);
    const akin_cmat rows = { m->rows, m->map.n, d, d };
    if (o->clusters >= 0) AK_TRY(add_clusters(m, rows, o, err));
    return o->draws > 0 ? add_difficulty(m, rows, o, err) : AKIN_OK;
}
