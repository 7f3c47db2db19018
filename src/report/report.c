/* SPDX-License-Identifier: Apache-2.0 */
/* report/report.c - load the runs, make the page in memory, write it in one piece. */
#include "akin/tool/report.h"

#include "report/classes.h"
#include "report/map.h"
#include "report/page.h"
#include "report/results.h"
#include "report/sheet.h"
#include "base/path.h"

#include <errno.h>
#include <string.h>

/* Is there a file at path already that is not a run's own report? */
static akin_status would_destroy(const char *path, const char *const *runs, int count, bool *would,
                                 akin_error *err)
{
    AK_TRY(ak_look_stored(path, would, NULL, err));
    for (int r = 0; r < count && *would; r++) {
        bool same = false;
        char *report = ak_path_join(runs[r], "report.html");
        const akin_status status =
            report ? akin_path_same(path, report, &same, err) : ak_no_memory(err, "for the page '%s'", path);
        free(report);
        AK_TRY(status);
        *would = !same;
    }
    return AKIN_OK;
}

static akin_status check(int count, const char *out_path, akin_error *err)
{
    if (out_path && !*out_path)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "report: the path of the page is empty");
    if (!out_path && count > 1)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "%d runs have no folder in common for the page; say where it goes with -o FILE",
                       count);
    return AKIN_OK;
}

static const size_t ITEMS_BUDGET = 700000;

/* The map, the items below it and their classes. A picture that cannot be read leaves out what would show it:
 * the map says why. */
static akin_status put_items(ak_html *h, const akin_report_opts *o, bool *scripted, akin_error *err)
{
    ak_html items = { 0 };
    akin_status status = ak_map_section(h, o->map, scripted, err);
    if (status || !*scripted) return status;
    status = ak_sheet_part(&items, o->items, ITEMS_BUDGET, err);
    const bool unread = status != AKIN_ERR_ARGUMENT && status != AKIN_ERR_SHAPE && status != AKIN_ERR_NOMEM;
    if (status == AKIN_OK) ak_html_bytes(h, items.data, items.used);
    h->failed = h->failed || items.failed;
    free(items.data);
    return unread ? ak_classes_section(h, o->classes, err) : status;
}

static akin_status page_of_runs(ak_html *page, const char *const *runs, int count, const akin_report_opts *o,
                                akin_error *err)
{
    ak_html map = { 0 };
    ak_run *loaded = NULL;
    bool scripted = false;
    akin_status status = ak_runs_load(runs, count, count == 1, "report", &loaded, err);
    if (status == AKIN_OK && count == 1) status = put_items(&map, o, &scripted, err);
    page->failed = map.failed;
    if (status == AKIN_OK && count == 1)
        ak_page_one(page, &loaded[0], &map, scripted ? o->map : NULL, o->refresh_s);
    else if (status == AKIN_OK)
        ak_page_several(page, loaded, count, o->refresh_s);
    ak_runs_free(loaded, count);
    free(map.data);
    return status;
}

static akin_status page_of_study(ak_html *page, int count, const akin_report_opts *o, akin_error *err)
{
    if (count != 1)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "report: the page of a study is of one folder, not %d", count);
    AK_TRY(akin_json_check(o->study, err));
    ak_page_study(page, o->study, o->refresh_s);
    return AKIN_OK;
}

akin_status akin_report_write(const char *const *runs, int count, const char *out_path,
                              const akin_report_opts *user, akin_error *err)
{
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "report", err));
    AK_TRY(ak_runs_check(runs, count, "report", err));
    AK_TRY(check(count, out_path, err));
    if (opts.refresh_s < 0 || opts.refresh_s > AKIN_REPORT_MAX_REFRESH)
        return ak_fail(err, AKIN_ERR_RANGE, "report: refresh_s is %d; it must be 0 to %d", opts.refresh_s,
                       AKIN_REPORT_MAX_REFRESH);
    bool destroys = false;
    if (out_path && !opts.overwrite) AK_TRY(would_destroy(out_path, runs, count, &destroys, err));
    if (destroys) return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", out_path);

    ak_html page = { 0 };
    char *own = NULL;
    akin_status status =
        opts.study ? page_of_study(&page, count, &opts, err) : page_of_runs(&page, runs, count, &opts, err);
    if (!status && !out_path) out_path = own = ak_path_join(runs[0], "report.html");
    if (!status && (page.failed || !out_path))
        status = ak_fail(err, AKIN_ERR_NOMEM, "report: no memory for the page of '%s'", runs[0]);
    if (!status) status = akin_file_save(out_path, page.data, page.used, err);
    free(page.data);
    free(own);
    return status;
}
