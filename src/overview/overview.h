/* SPDX-License-Identifier: Apache-2.0 */
/* overview/overview.h - what the page of a run shows of its items and no file of the run holds: the map, its
 * colours, and which items to look at first. Shared by the files of this folder.
 *
 *     report.c    the page of a run with all of it      colours.c  clusters and difficulty
 *     map.c       items, neighbours, places             items.c    copies, labels, what is rare
 *     row.c       a row of a table in words             plot.c     a chart as a file, that of the map */
#ifndef AK_OVERVIEW_OVERVIEW_H
#define AK_OVERVIEW_OVERVIEW_H

#include "akin/data.h"
#include "akin/model.h"
#include "akin/tool/images.h"
#include "akin/tool/report.h"

enum { AK_OVERVIEW_NEAREST = 6 };

/* A map and what it borrows. */
typedef struct ak_overview_map {
    akin_report_map map;
    akin_model *model;
    akin_dataset *set;
    akin_images pictures;
    int64_t *item; /* [n] of the split */
    int32_t *labels, *near, *cluster;
    int64_t *central; /* [clusters] */
    float *rows, *places, *similarity, *difficulty;
    char name[4096], why[1024];
} ak_overview_map;

/* Embed up to o->map_items items of the training part of the run's own data, find what is nearest, make a
 * map. What cannot be read is said in map.missing. *out must stay where it is. AKIN_ERR_NOMEM.
 * ak_overview_map_free() frees, then too. */
akin_status ak_overview_map_make(const char *run, const akin_report_make_opts *o, ak_overview_map *out,
                                 akin_error *err);
/* The same; but where something cannot be read, it fails so, and nothing is in map.missing. */
akin_status ak_overview_map_try(const char *run, const akin_report_make_opts *o, ak_overview_map *out,
                                akin_error *err);
void ak_overview_map_free(ak_overview_map *m);

/* Clusters and difficulty of the items of a map that was made, as far as they allow it. AKIN_ERR_NOMEM */
akin_status ak_overview_colours(ak_overview_map *m, const akin_report_make_opts *o, akin_error *err);

/* Behind the name of item i of the map, where it is a row of a table: ": a=0.5, b=7" of its first columns. */
void ak_overview_row(const ak_overview_map *m, int64_t i, char *to, size_t size);

enum { AK_OVERVIEW_ITEMS = 100, AK_OVERVIEW_PARTS = 4 };

/* Sections of items for the page, and what they borrow. */
typedef struct ak_overview_items {
    akin_sheet sheet;
    akin_report_classes classes; /* counts is NULL where labels were not judged */
    akin_sheet_section section[AK_OVERVIEW_PARTS];
    int64_t start[AK_OVERVIEW_PARTS][AK_OVERVIEW_ITEMS], item[AK_OVERVIEW_PARTS][AK_OVERVIEW_ITEMS];
    double number[AK_OVERVIEW_PARTS][AK_OVERVIEW_ITEMS];
    ak_overview_map *m;
    bool copies_known;
    double agree; /* share of the labels that the features give back; NaN: there are no labels to judge */
    int64_t groups, copies, called; /* called: labels that are called wrong */
    unsigned char *wrong;           /* [n], or NULL */
    int32_t *perhaps;               /* [n] classes */
    int64_t *counts;                /* [classes,classes], or NULL */
    char class_number[32];
    char name[8192], headline[512];
} ak_overview_items;

/* Of the items of a map that was made: it is borrowed, and *out must stay where it is. AKIN_ERR_NOMEM.
 * ak_overview_items_free() frees, then too. */
akin_status ak_overview_items_make(ak_overview_map *m, ak_overview_items *out, akin_error *err);
void ak_overview_items_free(ak_overview_items *items);

#endif
