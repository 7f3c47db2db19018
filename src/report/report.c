/* SPDX-License-Identifier: Apache-2.0 */
/* report/report.c - load the runs, make the page in memory, write it in one piece. */
#include "akin/report.h"

#include "report/page.h"
#include "report/results.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Is there a file at path already that is not a run's own report? */
static bool would_destroy(const char *path, const char *const *runs, int count)
{
    struct stat there, own;
    if (stat(path, &there) != 0) return false;
    for (int r = 0; r < count; r++) {
        char *report = akin_path_join(runs[r], "report.html");
        const bool same =
            report && stat(report, &own) == 0 && own.st_dev == there.st_dev && own.st_ino == there.st_ino;
        free(report);
        if (same) return false;
    }
    return true;
}

static akin_status check(const char *const *runs, int count, const char *out_path, akin_error *err)
{
    if (!runs) return akin_fail(err, AKIN_ERR_ARGUMENT, "report: runs must not be NULL");
    if (count < 1 || count > AKIN_REPORT_MAX_RUNS)
        return akin_fail(err, AKIN_ERR_RANGE, "report: %d runs; it must be 1 to %d", count,
                         AKIN_REPORT_MAX_RUNS);
    for (int r = 0; r < count; r++)
        if (!runs[r] || !*runs[r])
            return akin_fail(err, AKIN_ERR_ARGUMENT, "report: the path of run %d is empty", r);
    if (out_path && !*out_path)
        return akin_fail(err, AKIN_ERR_ARGUMENT, "report: the path of the page is empty");
    if (!out_path && count > 1)
        return akin_fail(err, AKIN_ERR_ARGUMENT,
                         "%d runs have no folder in common for the page; say where it goes with -o FILE",
                         count);
    return AKIN_OK;
}

akin_status akin_report_write(const char *const *runs, int count, const char *out_path,
                              const akin_report_opts *user, akin_error *err)
{
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    AKIN_TRY(akin_opts_import(&opts, user, "report", err));
    AKIN_TRY(check(runs, count, out_path, err));
    if (out_path && !opts.overwrite && would_destroy(out_path, runs, count))
        return akin_fail(err, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", out_path);

    akin_status status = AKIN_OK;
    akin_html page = { 0 };
    char *own = NULL;
    akin_run *loaded = calloc((size_t)count, sizeof *loaded);
    if (!loaded) return akin_fail(err, AKIN_ERR_NOMEM, "report: no memory for %d runs", count);
    for (int r = 0; r < count && status == AKIN_OK; r++)
        status = akin_run_load(&loaded[r], runs[r], count == 1, err);
    if (status == AKIN_OK) status = akin_results_comparable(loaded, count, err);
    if (status != AKIN_OK) goto done;

    if (count == 1)
        akin_page_one(&page, &loaded[0]);
    else
        akin_page_several(&page, loaded, count);
    if (!out_path) out_path = own = akin_path_join(runs[0], "report.html");
    if (page.failed || !out_path) {
        status = akin_fail(err, AKIN_ERR_NOMEM, "report: no memory for the page of '%s'", runs[0]);
        goto done;
    }
    status = akin_file_save(out_path, page.data, page.used, err);

done:
    for (int r = 0; r < count; r++) akin_run_free(&loaded[r]);
    free(loaded);
    free(page.data);
    free(own);
    return status;
}
