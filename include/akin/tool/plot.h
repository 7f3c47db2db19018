/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/plot.h - one chart of runs or of a study as a file of its own: every chart that the page of
 * akin/tool/report.h has, for a paper.
 *
 *     const char *run = "runs/a";
 *     akin_plot_write(&run, 1, NULL, "loss", "loss.svg", NULL, &err)
 *
 * Forms, by the end of the file's name:
 *
 *     .svg         self-contained, texts as texts, the fonts named
 *     .pdf, .png   by librsvg, where the build has it: akin_build_need("librsvg")
 *     .csv         the numbers [RFC 4180]: a row for each place, columns NAME, NAME low and NAME high
 *     .tex         a tikzpicture for \usepackage{pgfplots}
 *
 * The same folders give the same bytes; of PDF and PNG with the same librsvg and fonts.
 *
 * Threads  Reentrant. */
#ifndef AKIN_TOOL_PLOT_H
#define AKIN_TOOL_PLOT_H

#include "akin/tool/json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_plot_opts {
    uint32_t struct_size;
    int32_t overwrite; /* 1: replace out_path if it exists; default 0 */
    int32_t dark;      /* 1: the colours of the dark page; not of .csv and .tex; default 0 */
    double width,
        height; /* in px, 96 an inch; a .png has three pixels for each; 0 = 640, and by what is drawn */
} akin_plot_opts;

#define AKIN_PLOT_OPTS_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_plot_opts)                                                                \
    }

enum { AKIN_PLOT_MOST = 10000 }; /* px */

/* The charts that there are: [{"name", "title"}]; the caller frees it.
 *
 * runs, count  as in akin_report_write(); not read where there is a study
 * study        its summary (akin_study_summary()), or NULL
 *
 * Errors as of akin_report_write(). */
AKIN_API akin_status akin_plot_list(const char *const *runs, int count, const akin_json *study,
                                    akin_json **out, akin_error *err);

/* Write the chart of that name.
 *
 *   AKIN_ERR_ARGUMENT     no such chart (the nearest is named), out_path exists or its end is no form
 *   AKIN_ERR_RANGE        width or height is neither 0 nor in [100, AKIN_PLOT_MOST]
 *   AKIN_ERR_UNSUPPORTED  .pdf or .png without librsvg
 *   AKIN_ERR_IO           the file cannot be written; others as of akin_report_write() */
AKIN_API akin_status akin_plot_write(const char *const *runs, int count, const akin_json *study,
                                     const char *what, const char *out_path, const akin_plot_opts *opts,
                                     akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_PLOT_H */
