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
 *     .csv         the numbers [RFC 4180]: a row for each place, columns NAME, NAME low and NAME high; of a
 *                  map a row for each item
 *     .tex         a tikzpicture for \usepackage{pgfplots}
 *
 * The same folders give the same bytes; of PDF and PNG with the same librsvg and fonts.
 *
 * Threads  Reentrant. */
#ifndef AKIN_TOOL_PLOT_H
#define AKIN_TOOL_PLOT_H

#include "akin/tool/report.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_plot_opts {
    uint32_t struct_size;
    int32_t overwrite; /* 1: replace out_path if it exists; default 0 */
    int32_t dark;      /* 1: the colours of the dark page; not of .csv and .tex; default 0 */
    double width,
        height; /* in px, 96 an inch; a .png has three pixels for each; 0 = 640, and by what is drawn */
    /* Of the chart "map": akin_plot_write() draws map, coloured by its clusters, else by its labels.
     * akin_plot_make() does not read it, and computes one from the others:
     *
     * map_items  items, evenly spaced, 3 to AKIN_REPORT_MAX_MAP
     * seed       of the map and the clusters
     * clusters   > 0: it is coloured by so many clusters of k-means; 0: by class, or without labels by up to
     *            12 clusters; -1: by class, or one colour
     * tell       told in the calling thread what is wrong with the run, a warning; NULL: not told */
    const akin_report_map *map;
    int64_t map_items;
    uint64_t seed;
    int32_t clusters, reserved; /* reserved: 0 */
    void (*tell)(const char *sentence, bool warning, void *ctx);
    void *ctx;
} akin_plot_opts;

#define AKIN_PLOT_OPTS_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_plot_opts), .map_items = 1000                                             \
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
 *   AKIN_ERR_ARGUMENT     no such chart (the nearest is named), out_path exists or its end is no form;
 *                         "map" without opts->map
 *   AKIN_ERR_RANGE        width or height is neither 0 nor in [100, AKIN_PLOT_MOST]
 *   AKIN_ERR_UNSUPPORTED  .pdf or .png without librsvg
 *   AKIN_ERR_IO           the file cannot be written; others as of akin_report_write() */
AKIN_API akin_status akin_plot_write(const char *const *runs, int count, const akin_json *study,
                                     const char *what, const char *out_path, const akin_plot_opts *opts,
                                     akin_error *err);

/* The same, and "map" of one run: its items are embedded by the newest weights, and their places are those of
 * the page of akin_report_make() with as many items and the same seed. Fails as akin_plot_write(), with
 * AKIN_ERR_RANGE (map_items, clusters), and as akin_model_open() where weights or data cannot be read;
 * AKIN_ERR_INPUT where the data are others than those of the training. */
AKIN_API akin_status akin_plot_make(const char *const *runs, int count, const akin_json *study,
                                    const char *what, const char *out_path, const akin_plot_opts *opts,
                                    akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_PLOT_H */
