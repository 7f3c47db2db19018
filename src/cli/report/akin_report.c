/* SPDX-License-Identifier: Apache-2.0 */
/* cli/report/akin_report.c - akin report RUN... [-o report.html]. */
#include "cli/report/report.h"

#include "akin/tool/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "where the page goes; of one run, by default, RUN/report.html" },
    { "map", AKIN_OPT_INT, "1000", "N", 0, 20000,
      "of one run: items on the map, evenly spaced in its training data; 0 = no map" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace FILE if it exists; RUN/report.html always is" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Of one run with the map; where its pictures can no longer be read, with the sentence that says so. */
static akin_status write_page(const cli_args *args, const char *out, akin_report_opts *opts, akin_error *err)
{
    const char *const *runs = args->positional;
    const int64_t most = cli_int(args, "map");
    char record[4096];
    akin_path_kind run = AKIN_PATH_NONE;
    snprintf(record, sizeof record, "%s/run.json", runs[0]);
    if (args->positionals == 1 && akin_path_look(record, &run, NULL, err)) return err->status;
    if (!run || most == 0) /* what is no run folder is refused there */
        return akin_report_write(runs, args->positionals, out, opts, err);
    static cli_report_map m;
    akin_status status = cli_report_map_make(args, runs[0], most, &m, err);
    opts->map = &m.map;
    if (!status) status = akin_report_write(runs, 1, out, opts, err);
    cli_report_map_free(&m);
    return status;
}

static int run(const cli_args *args)
{
    akin_error err;
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    opts.overwrite = cli_flag(args, "force");
    const char *out = cli_text(args, "out");
    const char *slash = out ? strrchr(out, '/') : NULL, *end = out ? strrchr(slash ? slash : out, '.') : NULL;
    if (end && end[1] && strcmp(end, ".html") != 0 && strcmp(end, ".htm") != 0)
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is not named as a page is; it is HTML: -o FILE.html",
                         out);
    if (write_page(args, out, &opts, &err) != AKIN_OK) return cli_fail(args, &err);

    for (int r = 0; r < args->positionals; r++) {
        char done[4096];
        snprintf(done, sizeof done, "%s/DONE", args->positional[r]);
        akin_path_kind there;
        if (akin_path_look(done, &there, NULL, &err)) return cli_fail(args, &err);
        if (!there)
            cli_note(args,
                     "'%s' has no DONE: it is still running, or was interrupted, or stopped by an error; the "
                     "page says so",
                     args->positional[r]);
    }
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
    { "Two runs on one page", "akin report runs/a runs/b -o compare.html" },
    { NULL, NULL },
};

const cli_verb cli_report = {
    .name = "report",
    .line = "one self-contained page from run folders",
    .usage = "RUN... [-o FILE]",
    .text =
        "Of one run: the loss between its chance level and its floor, accuracies before and after "
        "training with\n"
        "95 % intervals, a map of the items, views, nearest neighbours, and everything that was run. Of "
        "several: the\n"
        "curves together, one table, and what differs. The page needs no network. For the map, items are "
        "embedded by\n"
        "the newest weights; where that cannot be done, the page says why. It can be made while the run is\n"
        "still going on.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 1,
    .most = AKIN_REPORT_MAX_RUNS,
    .run = run,
};
