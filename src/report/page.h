/* SPDX-License-Identifier: Apache-2.0 */
/* report/page.h - the sections of the page. */
#ifndef AK_REPORT_PAGE_H
#define AK_REPORT_PAGE_H

#include "akin/tool/report.h"
#include "report/run.h"

/* refresh_s: while what is shown is not finished.
 * map: its section, or nothing; of: the map where it is drawn by a script, else NULL. */
void ak_page_one(ak_html *h, const ak_run *run, const ak_html *map, const akin_report_map *of, int refresh_s);
/* headline.c: the sentences and figures that the page begins with; map as `of` above. */
void ak_page_headline(ak_html *h, const ak_run *run, const akin_report_map *map);
void ak_page_several(ak_html *h, const ak_run *runs, int count, int refresh_s);

/* study_page.c: of a study, by its summary. */
/* ranking.c: summary's "ranking", what akin tune printed; nothing where it is NULL. */
void ak_page_ranking(ak_html *h, const akin_json *ranking);
void ak_page_study(ak_html *h, const akin_json *summary, int refresh_s);

/* bounds.c: figures of RUN/bounds.json and RUN/bounds.jsonl; nothing where a run has none. */
void ak_page_bounds(ak_html *h, const ak_run *run);
/* The bounds of several runs against their numbers of negatives or temperatures, where these differ. */
void ak_page_bounds_of_runs(ak_html *h, const ak_run *runs, int count);

/* What both pages share. */
/* subject may be NULL; script: the sum of the one script that the page may run, or NULL; refresh_s > 0: it is
 * loaded again after so many seconds. */
void ak_page_head(ak_html *h, const char *name, const char *subject, const char *script, int refresh_s);
/* The losses of runs, wide and for a telephone. */
void ak_page_loss(ak_html *h, const ak_run *runs, int count);
void ak_page_value(ak_html *h, const akin_json *v);             /* a JSON value as people write it */
void ak_page_method(ak_html *h, const ak_run *runs, int count); /* how each number was computed */
void ak_page_foot(ak_html *h, bool scripted);

/* style.c: the style sheet, NULL-terminated (a string literal may not be longer than 4095 characters). */
extern const char *const ak_page_style[];

#endif
