/* SPDX-License-Identifier: Apache-2.0 */
/* report/map.h - the map of the items of a run on its page. */
#ifndef AK_REPORT_MAP_H
#define AK_REPORT_MAP_H

#include "akin/tool/report.h"
#include "report/html.h"

/* One <section> into an empty h: the map, its data and its script, or the sentence why there is none, as
 * where a picture cannot be read; nothing where map is NULL.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE, AKIN_ERR_NOMEM. */
akin_status ak_map_section(ak_html *h, const akin_report_map *map, bool *scripted, akin_error *err);

/* Whether a map has what it needs. AKIN_ERR_ARGUMENT, AKIN_ERR_SHAPE. */
akin_status ak_report_map_check(const akin_report_map *m, akin_error *err);

/* Of the similarities of each item to its nearest, as the page rounds them: their median, the least, and how
 * many are 1. */
typedef struct ak_map_summary {
    double median, least;
    int64_t same;
} ak_map_summary;

ak_map_summary ak_map_summarise(const akin_report_map *map);

/* map_script.c: the script, NULL-terminated, and its sum as a Content-Security-Policy has it. */
extern const char *const ak_map_script[];
extern const char ak_map_script_sum[];

#endif
