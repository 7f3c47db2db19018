/* SPDX-License-Identifier: Apache-2.0 */
/* cli/report/report.h - the map of a run's items that akin report draws, and the items shown below it. */
#ifndef AK_CLI_REPORT_REPORT_H
#define AK_CLI_REPORT_REPORT_H

#include "command/command.h"

#include "akin/data.h"
#include "akin/model.h"
#include "akin/tool/images.h"
#include "akin/tool/report.h"

enum { CLI_REPORT_NEAREST = 6 };

/* A map and what it borrows. */
typedef struct cli_report_map {
    akin_report_map map;
    akin_model *model;
    akin_dataset *set;
    akin_images pictures;
    int64_t *item; /* [n] of the split */
    int32_t *labels, *near;
    float *rows, *places, *similarity;
    char name[4096], why[1024];
} cli_report_map;

/* Embed up to `most` items of the training part of the run's own data, find what is nearest, make a map. What
 * cannot be read is said in map.missing. AKIN_ERR_NOMEM. cli_report_map_free() frees, then too. */
akin_status cli_report_map_make(const cli_args *args, const char *run, int64_t most, cli_report_map *out,
                                akin_error *err);
void cli_report_map_free(cli_report_map *m);

enum { CLI_REPORT_ITEMS = 100, CLI_REPORT_PARTS = 4 };

/* Sections of items for the page, and what they borrow. */
typedef struct cli_report_items {
    akin_sheet sheet;
    akin_report_classes classes; /* counts is NULL where labels were not judged */
    akin_sheet_section section[CLI_REPORT_PARTS];
    int64_t start[CLI_REPORT_PARTS][CLI_REPORT_ITEMS], item[CLI_REPORT_PARTS][CLI_REPORT_ITEMS];
    double number[CLI_REPORT_PARTS][CLI_REPORT_ITEMS];
    cli_report_map *m;
    bool copies_known;
    double agree; /* share of the labels that the features give back; NaN: there are no labels to judge */
    int64_t groups, copies, called; /* called: labels that are called wrong */
    unsigned char *wrong;           /* [n], or NULL */
    int32_t *perhaps;               /* [n] classes */
    int64_t *counts;                /* [classes,classes], or NULL */
    char class_number[32];
    char name[8192], headline[512];
} cli_report_items;

/* Of the items of a map that was made: it is borrowed, and *out must stay where it is. AKIN_ERR_NOMEM.
 * cli_report_items_free() frees, then too. */
akin_status cli_report_items_make(cli_report_map *m, cli_report_items *out, akin_error *err);
void cli_report_items_free(cli_report_items *items);

#endif
