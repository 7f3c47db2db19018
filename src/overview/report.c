/* SPDX-License-Identifier: Apache-2.0 */
/* overview/report.c - the page of runs as akin report makes it: that of one run with its map, and with the
 * items to look at first. */
#include "overview/overview.h"

#include "base/base.h"
#include "base/path.h"

#include <stdlib.h>

/* Both are large, and live until the page is written. */
typedef struct overview {
    ak_overview_map m;
    ak_overview_items items;
} overview;

/* Of what is no run folder nothing is made: akin_report_write() refuses it. */
static akin_status is_run(const char *folder, bool *is, akin_error *err)
{
    char *record = ak_path_join(folder, "run.json");
    akin_path_kind there = AKIN_PATH_NONE;
    const akin_status status = record ? akin_path_look(record, &there, NULL, err)
                                      : ak_no_memory(err, "for the page of '%s'", folder);
    *is = there != AKIN_PATH_NONE;
    free(record);
    return status;
}

static akin_status with_map(const char *const *runs, const char *out_path, const akin_report_make_opts *o,
                            akin_report_opts *page, akin_error *err)
{
    overview *all = calloc(1, sizeof *all);
    if (!all) return ak_no_memory(err, "for the map of '%s'", runs[0]);
    akin_status status = ak_overview_map_make(runs[0], o, &all->m, err);
    page->map = &all->m.map;
    if (!status && !all->m.map.missing) {
        status = ak_overview_items_make(&all->m, &all->items, err);
        page->items = &all->items.sheet;
        if (all->items.counts) page->classes = &all->items.classes;
    }
    if (!status) status = akin_report_write(runs, 1, out_path, page, err);
    ak_overview_items_free(&all->items);
    ak_overview_map_free(&all->m);
    free(all);
    return status;
}

akin_status akin_report_make(const char *const *runs, int count, const char *out_path,
                             const akin_report_make_opts *opts, akin_error *err)
{
    akin_report_make_opts o = AKIN_REPORT_MAKE_OPTS_INIT;
    akin_report_opts page = AKIN_REPORT_OPTS_INIT;
    bool mapped = false;
    AK_TRY(ak_opts_import(&o, opts, "report", err));
    if (o.map_items < 0 || o.map_items > AKIN_REPORT_MAX_MAP)
        return ak_fail(err, AKIN_ERR_RANGE, "report: map_items is %lld; it must be 0 to %d",
                       (long long)o.map_items, AKIN_REPORT_MAX_MAP);
    if (o.clusters < -1 || o.clusters > AKIN_REPORT_MAX_CLUSTERS || o.draws < 0 ||
        o.draws > AKIN_REPORT_MAX_DRAWS)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "report: clusters is %d, draws %lld; they must be -1 to %d and 0 to %d", o.clusters,
                       (long long)o.draws, AKIN_REPORT_MAX_CLUSTERS, AKIN_REPORT_MAX_DRAWS);
    page.overwrite = o.overwrite;
    page.refresh_s = o.refresh_s;
    page.study = o.study;
    if (runs && count == 1 && runs[0] && o.map_items > 0 && !o.study) AK_TRY(is_run(runs[0], &mapped, err));
    return mapped ? with_map(runs, out_path, &o, &page, err)
                  : akin_report_write(runs, count, out_path, &page, err);
}
