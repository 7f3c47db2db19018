/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/report.h - one self-contained HTML page from the folders of one or more runs.
 *
 * The page is made from what the run folders hold (docs/formats.md, "The run folder"). akin_report_make()
 * embeds the items of a run for a map of them; akin_report_write() computes nothing anew, but the caller may
 * hand it such a map. It needs no network, no font from elsewhere and no script
 * but the one that draws the map, and opens from disk. What a person or the name of a file put into a run
 * folder is escaped; bytes that are not UTF-8 become U+FFFD. The same folders and map give the same bytes.
 *
 * Memory   Everything is held until the page is written: about the size of metrics.jsonl and of the page.
 * Threads  Reentrant. */
#ifndef AKIN_TOOL_REPORT_H
#define AKIN_TOOL_REPORT_H

#include "akin/tool/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The map of the items of a run, for its page. Start from AKIN_REPORT_MAP_INIT; everything is borrowed. */
typedef struct akin_report_map {
    uint32_t struct_size;
    int32_t k;               /* neighbours of each item, >= 1 */
    int64_t n, of;           /* items on the map, and items that there are */
    akin_cmat places;        /* [n,2], finite */
    const int32_t *near;     /* [n,k] items of the map, nearest first */
    const float *similarity; /* [n,k] */
    const int32_t *labels;   /* [n] in [0,classes), or NULL */
    int64_t classes;
    const char *(*item)(int64_t i, void *ctx);       /* its name, or the beginning of its text */
    const char *(*class_name)(int64_t k, void *ctx); /* NULL, or NULL from it: the number */
    /* Item i as [height,width,channels] bytes, 1 or 3 channels; NULL where items are no pictures. */
    akin_status (*picture)(int64_t i, uint8_t *pixels, void *ctx, akin_error *err);
    int64_t height, width, channels;
    void *ctx;
    const char *split;   /* which part of the data */
    const char *remark;  /* a sentence about the weights that is told beside; NULL: none */
    const char *missing; /* why there is no map: this is told, and the rest is not read; NULL: there is one */
    const int32_t *cluster;  /* [n] in [-1,clusters), -1 = in none; NULL: there are no clusters */
    const int64_t *central;  /* [clusters] the item that stands for each; -1: none does */
    const float *difficulty; /* [n] finite, great = difficult; NULL: it is not known */
    int64_t clusters;
} akin_report_map;

#define AKIN_REPORT_MAP_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_report_map), .split = "train"                                             \
    }

/* Items side by side, such as groups of copies ---------------------------------------------------------- */

/* Rows of items with a heading. Frozen: a sheet has an array of it. */
typedef struct akin_sheet_section {
    const char *title, *text; /* a sentence or two below the title; "" = none */
    const char *number_name;  /* what number is: "similarity" */
    int64_t rows;
    const int64_t *start; /* [rows+1]: row r is item[start[r]] up to item[start[r+1]] */
    const int64_t *item;
    const double *number; /* of each item; NaN: it has none */
} akin_sheet_section;

/* Start from AKIN_SHEET_INIT; everything is borrowed. */
typedef struct akin_sheet {
    uint32_t struct_size;
    int32_t sections;
    const akin_sheet_section *section;
    const char *kind, *title, *headline;       /* "Copies", what they are of, and what was found */
    const char *text;                          /* a paragraph: how */
    const char *(*item)(int64_t i, void *ctx); /* its name */
    /* The bytes of its text; NULL: items are no texts. */
    const char *(*words)(int64_t i, int64_t *bytes, void *ctx);
    /* Item i as [height,width,channels] bytes, 1 or 3 channels; NULL where items are no pictures. */
    akin_status (*picture)(int64_t i, uint8_t *pixels, void *ctx, akin_error *err);
    int64_t height, width, channels;
    void *ctx;
} akin_sheet;

#define AKIN_SHEET_INIT                                                                                      \
    {                                                                                                        \
        .struct_size = sizeof(akin_sheet), .kind = "", .title = "", .headline = "", .text = ""               \
    }

/* How items of each class are judged by the others. Start from AKIN_REPORT_CLASSES_INIT; all is borrowed. */
typedef struct akin_report_classes {
    uint32_t struct_size;
    int32_t reserved; /* 0 */
    int64_t classes;
    const int64_t *counts; /* [classes,classes]: items given as the one and judged as the other */
    const char *(*name)(int64_t k, void *ctx);
    const char *how; /* who judges, in words */
    void *ctx;
} akin_report_classes;

#define AKIN_REPORT_CLASSES_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_report_classes), .how = ""                                                \
    }

typedef struct akin_report_opts {
    uint32_t struct_size;
    int32_t overwrite; /* 1: replace out_path if it exists (RUN/report.html is always replaced); default 0 */
    const akin_report_map *map; /* of the only run, drawn by a script within the page; NULL: none */
    const akin_json *study;     /* the summary of the study that the only folder holds; NULL: it is a run */
    int32_t refresh_s;       /* > 0: while it is not finished, browsers load the page again after so long */
    const akin_sheet *items; /* of the only run, what is to be looked at first; NULL: nothing */
    const akin_report_classes *classes; /* of the only run; NULL: it has none */
} akin_report_opts;

#define AKIN_REPORT_OPTS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_report_opts)                                                              \
    }

enum { AKIN_REPORT_MAX_RUNS = 64, AKIN_REPORT_MAX_REFRESH = 86400, AKIN_REPORT_MAX_MAP = 20000 };
enum { AKIN_REPORT_MAX_CLUSTERS = 100, AKIN_REPORT_MAX_DRAWS = 100 };

/* Write the page of runs[0..count-1], the paths of run folders.
 *
 * One run: what was run, the loss between its chance level and its floor, accuracies before and after
 * training with their 95 % intervals, sample views and nearest neighbours. Several runs: the curves
 * together, one table of the accuracies, and what differs in the configurations. For a part that a folder
 * lacks (no evaluation yet, no gallery, a metrics.jsonl that ends within a line), the page has a sentence.
 *
 * A study: its claims with their verdicts, each measurement against the axis of the grid, all results.
 *
 * out_path  where to; NULL = report.html in the only run's folder.
 * opts      NULL for the defaults.
 *
 *   AKIN_ERR_ARGUMENT  runs is NULL, out_path exists, or it is NULL with several runs; a study has one folder
 *   AKIN_ERR_RANGE     count is not in [1, AKIN_REPORT_MAX_RUNS], or refresh_s is negative or over a day
 *   AKIN_ERR_INPUT     a folder is no run, or the runs were evaluated by different versions of a protocol
 *   AKIN_ERR_FORMAT    run.json is damaged
 *   AKIN_ERR_IO        the page cannot be written
 *   AKIN_ERR_NOMEM     out of memory */
AKIN_API akin_status akin_report_write(const char *const *runs, int count, const char *out_path,
                                       const akin_report_opts *opts, akin_error *err);

/* Start from AKIN_REPORT_MAKE_OPTS_INIT. Of the page of one run:
 *
 * map_items  items of the map, evenly spaced, 0 to AKIN_REPORT_MAX_MAP; 0 = no map
 * clusters   of k-means, by which the map may be coloured; 0 = as many as there are classes, up to 24, or
 *            without labels up to 12; -1 = none
 * draws      pairs of random views of each item, for the colour by difficulty; 0 = none
 * seed       of the map, the clusters and the views
 * tell       told in the calling thread: why there is no map, and what is wrong with the run, which is a
 *            warning; the page has it, too; NULL: not told */
typedef struct akin_report_make_opts {
    uint32_t struct_size;
    int32_t overwrite; /* as in akin_report_opts; so are refresh_s and study */
    int32_t refresh_s;
    int32_t clusters;
    const akin_json *study;
    int64_t map_items, draws;
    uint64_t seed;
    void (*tell)(const char *sentence, bool warning, void *ctx);
    void *ctx;
} akin_report_make_opts;

#define AKIN_REPORT_MAKE_OPTS_INIT                                                                           \
    {                                                                                                        \
        .struct_size = sizeof(akin_report_make_opts), .map_items = 1000, .draws = 1                          \
    }

/* The page of akin_report_write(), that of one run with what its files do not hold: its items are embedded
 * by the newest weights, and the page has a map of them, which to look at first, and how classes are mixed
 * up. Where the weights or the data cannot be read, it has a sentence that says why. Fails as
 * akin_report_write(), and with AKIN_ERR_RANGE (map_items, clusters, draws). */
AKIN_API akin_status akin_report_make(const char *const *runs, int count, const char *out_path,
                                      const akin_report_make_opts *opts, akin_error *err);

/* As HTML that asks for nothing outside of it and runs no script. Rows are shown until the page has about
 * 3 MB, items of a row until it has 24, and it says of how many. free() frees *html.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_NOMEM, and as picture() fails. */
AKIN_API akin_status akin_sheet_write(const akin_sheet *sheet, char **html, size_t *bytes, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_REPORT_H */
