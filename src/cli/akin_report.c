/* SPDX-License-Identifier: Apache-2.0 */
/* cli/akin_report.c - akin report RUN... [-o report.html]. */
#include "command/command.h"
#include "cli/studied.h"

#include "akin/tool/escape.h"
#include "akin/tool/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "where the page goes; of one run, by default, RUN/report.html" },
    { "map", AKIN_OPT_INT, "1000", "N", 0, AKIN_REPORT_MAX_MAP,
      "of one run: items on the map, evenly spaced in its training data; 0 = no map" },
    { "clusters", AKIN_OPT_INT, "0", "K", -1, AKIN_REPORT_MAX_CLUSTERS,
      "clusters that may colour the map; 0 = as many as classes, or up to 12; -1 = none" },
    { "draws", AKIN_OPT_INT, "1", "N", 0, AKIN_REPORT_MAX_DRAWS,
      "pairs of views of each item of the map, for its colour by difficulty; 0 = none" },
    { "follow", AKIN_OPT_INT, NULL, "SECONDS", 1, AKIN_REPORT_MAX_REFRESH,
      "write the page again so often until the run is done; it loads itself again so long" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace FILE if it exists; RUN/report.html always is" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Whether all that is shown has reached its end. */
static akin_status look_done(const cli_args *args, const akin_json *study, bool *done, int *first,
                             akin_error *err)
{
    const akin_json *cells = akin_json_get(study, "cells");
    *done = !study || akin_json_get_int(cells, "done") == akin_json_get_int(cells, "total");
    *first = -1; /* of the runs that have not */
    for (int r = 0; r < args->positionals && !study; r++) {
        char path[4096];
        akin_path_kind there;
        snprintf(path, sizeof path, "%s/DONE", args->positional[r]);
        const akin_status status = akin_path_look(path, &there, NULL, err);
        if (status) return status;
        if (!there && *first < 0) *first = r;
        *done = *done && there;
    }
    return AKIN_OK;
}

static void tell(const char *sentence, bool warning, void *ctx)
{
    if (warning)
        cli_warn(ctx, "%s", sentence);
    else
        cli_note(ctx, "%s", sentence);
}

/* Once, or with --follow until all is done. *first: a run that is not. */
static akin_status write_pages(const cli_args *args, const char *out, int *first, akin_error *err)
{
    const int32_t pause = cli_given(args, "follow") ? (int32_t)cli_int(args, "follow") : 0;
    akin_report_make_opts opts = AKIN_REPORT_MAKE_OPTS_INIT;
    opts.overwrite = cli_flag(args, "force");
    opts.refresh_s = pause;
    opts.seed = (uint64_t)cli_int(args, "seed");
    opts.clusters = (int32_t)cli_int(args, "clusters");
    opts.draws = cli_int(args, "draws");
    opts.tell = tell;
    opts.ctx = (void *)(uintptr_t)args;
    for (bool done = false, told = false; !done;) {
        akin_json *study = NULL;
        akin_status status = cli_study_summary(args->positional, args->positionals, &study, err);
        opts.study = study;
        if (!status) status = look_done(args, study, &done, first, err);
        opts.map_items =
            done || !pause ? cli_int(args, "map") : 0; /* of a run that goes on, once it is done */
        if (!status) status = akin_report_make(args->positional, args->positionals, out, &opts, err);
        akin_json_free(study);
        if (status || !pause) return status;
        opts.overwrite = 1;
        if (!done && !told)
            cli_note(args, "the page is written, and again every %d s until all is done; Ctrl-C ends that",
                     pause);
        told = true;
        if (!done) nanosleep(&(struct timespec){ .tv_sec = pause }, NULL);
    }
    return AKIN_OK;
}

static int run(const cli_args *args)
{
    akin_error err;
    const char *out = cli_text(args, "out");
    const char *slash = out ? strrchr(out, '/') : NULL, *end = out ? strrchr(slash ? slash : out, '.') : NULL;
    int first = -1;
    if (end && end[1] && strcmp(end, ".html") != 0 && strcmp(end, ".htm") != 0)
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is not named as a page is; it is HTML: -o FILE.html",
                         out);
    if (write_pages(args, out, &first, &err) != AKIN_OK) return cli_fail(args, &err);
    if (first >= 0)
        cli_note(args,
                 "'%s' has no DONE: it is still running, or was interrupted, or stopped by an error; the "
                 "page says so",
                 args->positional[first]);
    char *path = malloc(strlen(args->positional[0]) + sizeof "/report.html");
    if (!path) return cli_error(args, AKIN_ERR_NOMEM, "out of memory");
    const size_t length = strlen(args->positional[0]);
    sprintf(path, "%s%sreport.html", args->positional[0], args->positional[0][length - 1] == '/' ? "" : "/");
    const char *written = out ? out : path;
    akin_path_kind there;
    int64_t bytes;
    int code = 0;
    if (akin_path_look(written, &there, &bytes, &err))
        code = cli_fail(args, &err);
    else if (!there)
        code = cli_error(args, AKIN_ERR_IO, "the page was written to '%s' and is gone", written);
    else if (args->json)
        code = cli_print_json(args, akin_json_pack("{s:o, s:I, s:i}", "report", akin_json_text(written),
                                                   "bytes", bytes, "runs", args->positionals));
    else
        akin_print(stdout, "%s  %.0f kB\n", written, (double)bytes / 1000);
    free(path);
    return code;
}

static const cli_example EXAMPLES[] = {
    { "A run with up to 5,000 items on its map", "akin report runs/a --map 5000" },
    { "A page that is kept up to date while the run goes on", "akin report runs/a --follow 10" },
    { "Two runs on one page", "akin report runs/a runs/b -o compare.html" },
    { NULL, NULL },
};

const cli_verb cli_report = {
    .name = "report",
    .line = "one self-contained page from run folders or a study",
    .usage = "RUN...|STUDY [-o FILE]",
    .text =
        "Of one run: the loss between its chance level and its floor, accuracies before and after "
        "training with\n"
        "95 % intervals, a map of the items, views, nearest neighbours, and everything that was run. Of "
        "several: the\n"
        "curves together, one table, and what differs. Of a study: each measurement over the axis of its "
        "grid with\n"
        "intervals, the verdicts, all results. The page needs no network. For the map, items are "
        "embedded by\n"
        "the newest weights; where that cannot be done, the page says why. It can be made while the run is\n"
        "still going on.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 1,
    .most = AKIN_REPORT_MAX_RUNS,
    .run = run,
};
