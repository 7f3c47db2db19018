/* SPDX-License-Identifier: Apache-2.0 */
/* report/page.h - the sections of the page. */
#ifndef AKIN_SRC_REPORT_PAGE_H
#define AKIN_SRC_REPORT_PAGE_H

#include "report/run.h"

void akin_page_one(akin_html *h, const akin_run *run);
void akin_page_several(akin_html *h, const akin_run *runs, int count);

/* bounds.c: curves of RUN/bounds.jsonl; nothing where a run has none. */
void akin_page_bounds(akin_html *h, const akin_run *run);

/* What both pages share. */
void akin_page_head(akin_html *h, const char *name, const char *subject); /* subject may be NULL */
void akin_page_value(akin_html *h, const json_t *v);                  /* a JSON value as people write it */
void akin_page_method(akin_html *h, const akin_run *runs, int count); /* how each number was computed */
void akin_page_foot(akin_html *h);

/* style.c: the style sheet, NULL-terminated (a string literal may not be longer than 4095 characters). */
extern const char *const akin_page_style[];

#endif
