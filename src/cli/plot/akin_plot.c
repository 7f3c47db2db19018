/* SPDX-License-Identifier: Apache-2.0 */
/* cli/plot/akin_plot.c - akin plot RUN|STUDY [WHAT -o FIG]: a chart of the report as a file, or which there
 * are. */
#include "cli/studied.h"

#include "akin/tool/escape.h"
#include "akin/tool/plot.h"

#include <stdio.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FIG", 0, 0,
      "where the chart goes; the end of its name says the form: .svg, .pdf, .png, .csv (the numbers), .tex "
      "(pgfplots)" },
    { "width", AKIN_OPT_REAL, NULL, "PX", 100, AKIN_PLOT_MOST,
      "of the drawing, 96 px an inch; 640 if not given" },
    { "height", AKIN_OPT_REAL, NULL, "PX", 100, AKIN_PLOT_MOST,
      "of the drawing; by what is drawn if not given" },
    { "dark", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "light lines on a dark ground; not of .csv and .tex" },
    { "map", AKIN_OPT_INT, "1000", "N", 3, AKIN_REPORT_MAX_MAP,
      "of the chart 'map': items, evenly spaced in the training data" },
    { "clusters", AKIN_OPT_INT, "0", "K", -1, AKIN_REPORT_MAX_CLUSTERS,
      "of the chart 'map': coloured by K clusters; 0 = by class, or without labels by up to 12 clusters; -1 "
      "= "
      "by class, or one colour" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace FIG if it exists" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* How many of the arguments are folders; the one behind them is the chart. -1 after a sentence. */
static int count_folders(const cli_args *args, int *code)
{
    int n = 0;
    for (akin_path_kind kind; n < args->positionals; n++) {
        akin_error err;
        if (akin_path_look(args->positional[n], &kind, NULL, &err)) {
            *code = cli_fail(args, &err);
            return -1;
        }
        if (kind != AKIN_PATH_FOLDER) break;
    }
    const bool chart = n > 0 && n + 1 == args->positionals;
    if (chart || (n > 0 && n == args->positionals)) return n;
    *code = cli_error(args, AKIN_ERR_INPUT, "'%s' is no folder of a run or a study", args->positional[n]);
    return -1;
}

static int print_list(const cli_args *args, akin_json *charts)
{
    if (args->json) return cli_print_json(args, akin_json_pack("{s:o}", "charts", charts));
    size_t i;
    akin_json *c;
    int wide = 0;
    AKIN_JSON_ITEMS(charts, i, c)
    wide =
        (int)strlen(akin_json_get_text(c, "name")) > wide ? (int)strlen(akin_json_get_text(c, "name")) : wide;
    AKIN_JSON_ITEMS(charts, i, c)
    akin_print(stdout, "%-*s  %s\n", wide, akin_json_get_text(c, "name"), akin_json_get_text(c, "title"));
    const bool none = akin_json_length(charts) == 0;
    akin_json_free(charts);
    if (none) cli_note(args, "there is nothing to draw yet");
    return 0;
}

static void tell(const char *sentence, bool warning, void *ctx)
{
    if (warning) cli_warn(ctx, "%s", sentence);
}

static int write_chart(const cli_args *args, int folders, const akin_json *study)
{
    akin_error err;
    akin_plot_opts o = AKIN_PLOT_OPTS_INIT;
    const char *what = args->positional[folders], *out = cli_text(args, "out");
    int64_t bytes = 0;
    akin_path_kind there;
    if (!out) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the file: -o %s.svg", what);
    o.overwrite = cli_flag(args, "force");
    o.dark = cli_flag(args, "dark");
    if (cli_given(args, "width")) o.width = cli_real(args, "width");
    if (cli_given(args, "height")) o.height = cli_real(args, "height");
    o.map_items = cli_int(args, "map");
    o.clusters = (int32_t)cli_int(args, "clusters");
    o.seed = (uint64_t)cli_int(args, "seed");
    o.tell = tell;
    o.ctx = (void *)(uintptr_t)args;
    if (akin_plot_make(args->positional, folders, study, what, out, &o, &err) ||
        akin_path_look(out, &there, &bytes, &err))
        return cli_fail(args, &err);
    if (args->json)
        return cli_print_json(args,
                              akin_json_pack("{s:s,s:s,s:I}", "chart", what, "figure", out, "bytes", bytes));
    akin_print(stdout, "%s  %.1f kB\n", out, (double)bytes / 1000);
    return 0;
}

static int run(const cli_args *args)
{
    akin_error err;
    akin_json *study = NULL, *charts = NULL;
    int code = 0;
    const int folders = count_folders(args, &code);
    if (folders < 0) return code;
    if (folders == args->positionals && cli_given(args, "out"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "which chart? 'akin plot %s' lists them",
                         args->positional[0]);
    if (cli_study_summary(args->positional, folders, &study, &err)) return cli_fail(args, &err);
    if (folders < args->positionals)
        code = write_chart(args, folders, study);
    else if (akin_plot_list(args->positional, folders, study, &charts, &err))
        code = cli_fail(args, &err);
    else
        code = print_list(args, charts);
    akin_json_free(study);
    return code;
}

static const cli_example EXAMPLES[] = {
    { "Which charts there are", "akin plot runs/a" },
    { "The loss, for a paper", "akin plot runs/a loss -o loss.pdf --width 480" },
    { "Two runs in one drawing", "akin plot runs/a runs/b loss -o both.svg" },
    { "The map of 20,000 items, by class", "akin plot runs/a map -o map.pdf --map 20000" },
    { NULL, NULL },
};

const cli_verb cli_plot = {
    .name = "plot",
    .line = "a chart of a run or a study, for a paper",
    .usage = "RUN|STUDY [WHAT -o FIG]",
    .text = "Writes a chart of the report as a file of its own, or without WHAT lists those there are. SVG "
            "has its "
            "texts as texts\n"
            "and nothing from elsewhere; .csv has the numbers with their 95 % intervals; .tex is a "
            "tikzpicture of "
            "pgfplots.\n"
            "For the chart 'map' the items are embedded by the newest weights, as 'akin report' does.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 1,
    .most = AKIN_REPORT_MAX_RUNS + 1,
    .run = run,
};
