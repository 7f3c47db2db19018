/* SPDX-License-Identifier: Apache-2.0 */
/* report/run.h - a run folder in memory: what could be read, and a sentence for each part that could not. */
#ifndef AK_REPORT_RUN_H
#define AK_REPORT_RUN_H

#include "akin/tool/json.h"
#include "akin/tool/report.h"
#include "report/html.h"

/* What was logged, one entry a step, in step order; NaN where a value is absent. */
typedef enum ak_series { AK_STEP, AK_LOSS, AK_LR, AK_RATE, AK_WAIT, AK_ELAPSED, AK_SERIES } ak_series;

typedef struct ak_curve {
    int64_t n, room;
    double *x[AK_SERIES]; /* [n] each */
} ak_curve;

/* A grid of pictures, a row an item, and what the JSON file beside it says about them. */
typedef struct ak_decoded_grid {
    akin_array images; /* U8 [rows,cols,h,w,c], c = 1 or 3; data = NULL when there is none */
    akin_json *words;  /* neighbours.json with as many rows, or NULL */
} ak_decoded_grid;

enum { AK_TRAINED, AK_PIXELS, AK_NEIGHBOURS };

typedef struct ak_run {
    const char *folder;    /* borrowed */
    char *name;            /* the folder's last component */
    akin_json *record;     /* run.json: always an object */
    akin_json *eval;       /* eval.json's "results": an array, or NULL */
    akin_json *evaluation; /* all of eval.json, or NULL */
    akin_json *bounds;     /* bounds.json: an object with a list of bounds, or NULL */
    akin_json *diagnosis;  /* diagnose.json: an object, or NULL */
    akin_json *done;       /* DONE: an object (empty if the file was not JSON), or NULL while there is none */
    akin_json *last;       /* the last logged line, or NULL */
    ak_curve curve;
    double chance, floor, loss, learned; /* NaN if unknown; loss and learned at the last logged step */
    double at_first;                     /* learned at step 1; NaN where that was not logged */
    double permuted;                     /* the loss with partners permuted, the same; NaN in old runs */
    int64_t bad_lines;                   /* of metrics.jsonl, other than an incomplete last one */
    int64_t not_finite;                  /* logged steps without a finite loss */
    bool partial;                        /* metrics.jsonl ends within a line */
    int64_t newest;                      /* step of the newest checkpoint; -1: there is none */
    akin_array items; /* eval-items.npy: uint8 [results, items]; data = NULL when there is none */
    ak_decoded_grid views, neighbours[AK_NEIGHBOURS], difficulty;
    ak_html notes;     /* paragraphs of HTML: what could not be read, and what speaks against a result */
    akin_error unread; /* of the first part that could not be read; status AKIN_OK: none */
} ak_run;

/* AKIN_ERR_INPUT (no run folder), AKIN_ERR_FORMAT (run.json is damaged), AKIN_ERR_NOMEM. On failure as on
 * success, ak_run_free() frees what is there. */
akin_status ak_run_load(ak_run *run, const char *folder, bool with_pictures, akin_error *err);
void ak_run_free(ak_run *run);
/* AKIN_ERR_ARGUMENT (one is NULL or ""), AKIN_ERR_RANGE (count is not in [1, AKIN_REPORT_MAX_RUNS]). */
akin_status ak_runs_check(const char *const *runs, int count, const char *who, akin_error *err);
/* Several, checked so; AKIN_ERR_INPUT too if they were evaluated by different versions of a protocol. *out is
 * the caller's, ak_runs_free() frees. */
akin_status ak_runs_load(const char *const *runs, int count, bool with_pictures, const char *who,
                         ak_run **out, akin_error *err);
void ak_runs_free(ak_run *runs, int count); /* takes NULL */

/* Whether a finite value of it was logged. */
bool ak_run_logged(const ak_run *run, ak_series series);

/* A paragraph in notes. */
void ak_run_note(ak_run *run, const char *format, ...) AK_PRINTF(2, 3);
/* standing.c: notes on results that are of another step or of other data, or too good to be true. */
void ak_run_judge(ak_run *run);
/* "Of step 100, raw weights, on the test part of photos", or nothing where the record tells no step. */
void ak_page_of_step(ak_html *h, const akin_json *record);

/* "data", "encoder" ... of run.json, or NULL. */
static inline const akin_json *ak_run_part(const ak_run *run, const char *key)
{
    return akin_json_get(run->record, key);
}

#endif
