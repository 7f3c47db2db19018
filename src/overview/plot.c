/* SPDX-License-Identifier: Apache-2.0 */
/* overview/plot.c - a chart as a file: that of a run's map, which is made here as for its page, and those
 * that need no more than the files of the run. */
#include "overview/overview.h"

#include "base/base.h"
#include "report/plot.h"

#include <stdlib.h>
#include <string.h>

/* What colours it: clusters that were asked for, or where there are no labels. */
static akin_status add_clusters(ak_overview_map *m, const akin_plot_opts *o, akin_report_make_opts *how,
                                akin_error *err)
{
    how->clusters = o->clusters;
    if (o->clusters < 0 || (o->clusters == 0 && m->labels)) return AKIN_OK;
    AK_TRY(ak_overview_colours(m, how, err));
    if (o->clusters > 0 && !m->map.cluster)
        return ak_fail(err, AKIN_ERR_INPUT, "%lld items of the map do not make %d clusters",
                       (long long)m->map.n, o->clusters);
    return AKIN_OK;
}

static akin_status draw_map(const char *const *runs, const char *what, const char *out_path,
                            akin_plot_opts *o, akin_error *err)
{
    akin_report_make_opts how = AKIN_REPORT_MAKE_OPTS_INIT;
    ak_overview_map *m = calloc(1, sizeof *m);
    if (!m) return ak_no_memory(err, "for the map of '%s'", runs[0]);
    how.map_items = o->map_items;
    how.seed = o->seed;
    how.clusters = -1;
    how.draws = 0;
    how.tell = o->tell;
    how.ctx = o->ctx;
    akin_status status = ak_overview_map_try(runs[0], &how, m, err);
    if (!status) status = add_clusters(m, o, &how, err);
    o->map = &m->map;
    if (!status) status = akin_plot_write(runs, 1, NULL, what, out_path, o, err);
    ak_overview_map_free(m);
    free(m);
    return status;
}

akin_status akin_plot_make(const char *const *runs, int count, const akin_json *study, const char *what,
                           const char *out_path, const akin_plot_opts *opts, akin_error *err)
{
    akin_plot_opts o = AKIN_PLOT_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, opts, "plot", err));
    o.map = NULL;
    if (o.map_items < 3 || o.map_items > AKIN_REPORT_MAX_MAP)
        return ak_fail(err, AKIN_ERR_RANGE, "plot: map_items is %lld; it must be 3 to %d",
                       (long long)o.map_items, AKIN_REPORT_MAX_MAP);
    if (o.clusters < -1 || o.clusters > AKIN_REPORT_MAX_CLUSTERS)
        return ak_fail(err, AKIN_ERR_RANGE, "plot: clusters is %d; it must be -1 to %d", o.clusters,
                       AKIN_REPORT_MAX_CLUSTERS);
    AK_TRY(ak_plot_check(what, out_path, &o, err));
    if (study || count != 1 || !runs || !runs[0] || strcmp(what, "map") != 0)
        return akin_plot_write(runs, count, study, what, out_path, &o, err);
    return draw_map(runs, what, out_path, &o, err);
}
