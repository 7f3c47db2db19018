/* SPDX-License-Identifier: Apache-2.0 */
/* report/bound.h - the bounds of papers on the page: what a row of bounds.json says, in words and drawn. */
#ifndef AK_REPORT_BOUND_H
#define AK_REPORT_BOUND_H

#include "report/run.h"

/* How a row is called on the page (bound_words.c). */
typedef struct ak_bound_words {
    const char *name;  /* "nozawa-sato-eq10" */
    const char *what;  /* what is bounded or measured, in plain words: rows of one `what` share an axis */
    const char *title; /* where the bound comes from; NULL for a measure */
    const char *unit;  /* of the axis */
} ak_bound_words;

/* NULL where the name is not known. */
const ak_bound_words *ak_bound_words_of(const char *name);

typedef enum ak_bound_sort {
    AK_BOUND_FAILS,
    AK_BOUND_SHOWN,   /* holds or is undecided, and says something */
    AK_BOUND_VACUOUS, /* says nothing */
    AK_BOUND_UNJUDGED,
    AK_BOUND_IS_MEASURE,
    AK_BOUND_SORTS
} ak_bound_sort;

/* One row; texts are borrowed from its JSON. NaN where a number is absent. */
typedef struct ak_bound {
    ak_bound_words words;
    const char *paper, *mark, *reason;
    ak_bound_sort sort;
    bool lower, holds, fails, vacuous;
    double value, log_value, low, high; /* the bound and its 95 % interval */
    double measured, measured_low, measured_high;
    double apart, apart_low, apart_high; /* measured less bound */
    double reference;                    /* chance, or the least there is */
    double tells; /* of the way from reference to measured, how much the bound goes: 1 = all; NaN: unknown */
} ak_bound;

/* The lines of bounds.jsonl that say something; damaged and incomplete ones are left out. *status: whether it
 * could be read, or is not there. */
akin_json *ak_bounds_lines(const char *folder, akin_status *status, akin_error *err);

/* The rows of one record, in its order; *count of them, free() frees. NULL where there are none, or no memory
 * (then *failed is set). */
ak_bound *ak_bounds_read(const akin_json *record, size_t *count, bool *failed);

/* bound_table.c: a table of the rows of these sorts, a drawing in each line. Returns how many lines. */
size_t ak_bounds_table(ak_html *h, const ak_bound *all, size_t count, unsigned sorts, const char *name);
/* How much each bound says of what could be known. */
void ak_bounds_tell(ak_html *h, const ak_bound *all, size_t count);
/* Rows that are judged by nothing: measures, and statements that do not apply. */
void ak_bounds_list(ak_html *h, const ak_bound *all, size_t count, ak_bound_sort sort, const char *name);
/* "lemma 4.3 of Arora et al. 2019" in small, and the mark. */
void ak_bound_paper(ak_html *h, const ak_bound *b);

/* bound_curves.c: what is bounded (solid) and its bounds (dashed) against x, a panel for each `what`. */
typedef struct ak_bound_series {
    const char *x_name;            /* "step" */
    bool log_x;                    /* powers of two */
    size_t n;                      /* places on the axis */
    const double *x;               /* [n], ascending */
    const akin_json *const *lines; /* [n] records */
} ak_bound_series;

enum { AK_BOUND_PLACES = 60 };
void ak_bounds_curves(ak_html *h, const ak_bound_series *s, const ak_bound *all, size_t count, unsigned sorts,
                      const char *id);
/* The numbers of these curves, by name: {"x": [..], "rows": {name: {"measured": [..], "bound": [..]}}}. */
akin_json *ak_bounds_series_json(const ak_bound_series *s, const ak_bound *all, size_t count);

#endif
