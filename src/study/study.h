/* SPDX-License-Identifier: Apache-2.0 */
/* study/study.h - a study: a grid of training runs, what is measured of each, claims about the
 * measurements.
 *
 *     open.c      find the study, settle its options, enter it in its folder
 *     file.c      the JSON text, checked            child.c     akin as a child process, signals, the lock
 *     grid.c      the cells, {words}, --only        run.c       cell after cell
 *     path.c      a number out of a JSON document   guess.c     the time of a cell that nobody has run
 *     store.c     study.sqlite                      repeated.c  intervals and verdicts from numbers
 *     claim.c     verdicts on claims                summary.c   means and verdicts as JSON
 *     table.c     the summary as rows of cells: table.h     crossed.c   intervals over seeds and test items
 *
 * docs/studies.md specifies the file. Children do the work, so that a fault or the memory of a run ends
 * with it. */
#ifndef AK_STUDY_STUDY_H
#define AK_STUDY_STUDY_H

#include "akin/tool/images.h"
#include "akin/tool/study.h"
#include "akin/tool/train.h"
#include "base/base.h"

#include <math.h>

enum { AK_STUDY_NAME = 160, AK_STUDY_PATH = 4096 };

/* Made by tools/embed_studies.cmake; a NULL name ends the list. */
extern const akin_study_builtin ak_study_builtins[];

/* One combination of values of the axes. */
typedef struct ak_study_config {
    akin_json *labels;        /* {axis: label} */
    akin_json *options;       /* {option: text} of training, seed left out */
    akin_json *words;         /* {word: text} */
    char name[AK_STUDY_NAME]; /* "batch-size=32 loss=ntxent"; "all" without axes */
    char slug[AK_STUDY_NAME]; /* the same as part of a file's name */
    char *data;               /* with {words} */
} ak_study_config;

typedef struct ak_study_cell {
    int config;
    int64_t seed;
    char id[AK_STUDY_NAME + 24]; /* also the name of its run */
} ak_study_cell;

typedef struct ak_study_store ak_study_store;

typedef struct ak_study_state {
    char status[16]; /* "" = not begun; "running", "interrupted", "failed", "done" */
    double seconds;
} ak_study_state;

struct akin_study {
    akin_study_opts opts;
    const char *name; /* as the caller called it, or NULL */
    char *dir;        /* its folder as the caller called it; "." where there is none */
    char *place;      /* the same from the root, once it is made; before that, dir */
    bool has_dir;
    int lock;           /* the open file of the lock, -1 before it is run */
    ak_study_store *db; /* NULL: nothing is stored yet */

    /* What the text and the options say; ak_study_clear() frees it. */
    const char *source; /* where the text came from, for messages */
    char *text;
    akin_json *root;
    akin_json *set; /* {option: text} of opts.set */
    char *data;     /* of opts.data, or NULL */
    double scale;
    ak_study_config *configs;
    int config_count;
    ak_study_cell *cells;
    int cell_count;
    bool *chosen; /* [cell_count] */

    /* What akin_study_cell_at() shows. */
    akin_study_cell shown;
    ak_study_state shown_state;

    /* guess.c: the data set that was looked at last. */
    char images_of[AK_STUDY_PATH];
    akin_images images;
};

/* JSON has no number for what is not finite. */
static inline akin_json *ak_study_real(double x)
{
    return isfinite(x) ? akin_json_real(x) : akin_json_null();
}

/* A number of an object; NaN where it is missing or null. */
static inline double ak_study_number(const akin_json *o, const char *key)
{
    const akin_json *v = akin_json_get(o, key);
    return akin_json_is_number(v) ? akin_json_as_real(v) : NAN;
}

/* What the text of the study has under that key; NULL: nothing. */
static inline const akin_json *ak_study_list(const akin_study *s, const char *key)
{
    return akin_json_get(s->root, key);
}

/* Read and check the text of a study, then make its cells. */
akin_status ak_study_parse(akin_study *s, const char *source, const char *text, akin_error *err);
akin_status ak_study_expand(akin_study *s, akin_error *err);
void ak_study_clear(akin_study *s);

const char *ak_study_text(const akin_study *s, const char *key); /* a string of the top level, or "" */
/* A scalar as the text of an option: "512", "0.1", "1" for true; "" for false and null. Returns to. */
const char *ak_study_scalar(const akin_json *value, char *to, size_t size);
/* where = {axis: label or [labels]}: whether a configuration is meant. NULL means all. */
bool ak_study_where(const akin_json *where, const akin_json *labels);

/* text with its {words} replaced; dir is the folder of the study. NULL with *err set; the caller frees it. */
char *ak_study_words(const akin_study *s, const ak_study_cell *cell, const char *dir, const char *text,
                     akin_error *err);

/* Terms with commas between, each the id of a cell, or AXIS=LABEL, or seed=N. *chosen: [cell_count], the
 * caller frees it. */
akin_status ak_study_only(const akin_study *s, const char *terms, bool **chosen, akin_error *err);

/* A measurement out of the document of its tool. *null: there is one, and it is null. */
akin_status ak_study_measure(const akin_json *measure, const akin_json *document, double *value, bool *null,
                             akin_error *err);
/* The value at a path of a document, NULL when there is none. */
const akin_json *ak_study_find(const akin_json *document, const char *path);
/* What "from": "train" reads: {"done", "last", "metrics", "bounds", "run"} of a run's folder. */
akin_status ak_study_run_document(const char *run, akin_json **document, akin_error *err);

/* study.sqlite --------------------------------------------------------------------------------------- */

/* With write it is made where it is not there. Without, *out is NULL where nothing was ever stored in it. */
akin_status ak_study_store_open(const char *path, bool write, ak_study_store **out, akin_error *err);
void ak_study_store_close(ak_study_store *db);
/* Several writes as one; a failure of any leaves none. */
akin_status ak_study_store_begin(ak_study_store *db, akin_error *err);
akin_status ak_study_store_commit(ak_study_store *db, akin_error *err);
/* NULL = none */
akin_status ak_study_store_get(ak_study_store *db, const char *key, char **value, akin_error *err);
akin_status ak_study_store_put(ak_study_store *db, const char *key, const char *value, akin_error *err);
/* Enter a cell, or refuse when the file has it with other options or data. */
akin_status ak_study_store_cell(ak_study_store *db, const akin_study *s, int cell, akin_error *err);
akin_status ak_study_store_state(ak_study_store *db, const char *id, ak_study_state *out, akin_error *err);
akin_status ak_study_store_mark(ak_study_store *db, const char *id, const char *status, double seconds,
                                const char *error, akin_error *err);
akin_status ak_study_store_result(ak_study_store *db, const char *id, const char *measure,
                                  const char *command, const double *value, akin_error *err);
/* command NULL = whatever it was made by. *value NaN for null. */
akin_status ak_study_store_value(ak_study_store *db, const char *id, const char *measure, const char *command,
                                 double *value, bool *found, akin_error *err);
akin_status ak_study_store_claims_clear(ak_study_store *db, akin_error *err);
akin_status ak_study_store_claim(ak_study_store *db, const char *name, const char *text, const akin_mean95 *d,
                                 const char *verdict, akin_error *err);

/* Children ------------------------------------------------------------------------------------------- */

/* The signal that asked to stop, or 0. */
int ak_study_signal(void);
void ak_study_watch_signals(void);
/* Run a program with argv (argv[0] is its name, NULL ends it), stdout into the file out (NULL = nowhere),
 * stderr added to log. *code is its exit code, 128 + n for a signal. */
akin_status ak_study_spawn(const char *program, char *const *argv, const char *out, const char *log,
                           int *code, akin_error *err);
/* One process a folder, until *lock is closed; the children hold the lock as well, so that nobody begins
 * while one still writes. */
akin_status ak_study_lock(const char *dir, int *lock, akin_error *err);

/* The whole ------------------------------------------------------------------------------------------ */

/* Cell after cell; s->db is open for writing. */
akin_status ak_study_run_cells(const akin_study *s, akin_study_result *result, akin_error *err);
/* Seconds that a cell will take by those that are done, NaN when none is. */
double ak_study_estimate(const akin_study *s, int cell);

/* Seconds of training by its arithmetic, where the data are images; NaN elsewhere. Within a factor of a
 * few. */
double ak_study_guess(akin_study *s, int cell);

/* A finite result of a cell; *found is false where there is none. */
akin_status ak_study_value(const akin_study *s, const char *id, const char *measure, double *value,
                           bool *found, akin_error *err);
/* The measurement of that name; NULL when there is none. */
const akin_json *ak_study_measure_named(const akin_study *s, const char *name);
/* A seed of which both sides of a claim are measured; the place of the chosen cell among those that a side
 * means, -1 = all of them. */
typedef struct ak_study_pair {
    int64_t seed, left, right;
} ak_study_pair;
/* left - right of n seeds for each test item, where each run tells which it got right and all were tested on
 * the same: *x is [n, items], the caller frees it; *items is 0 where they cannot be paired. AKIN_ERR_IO where
 * what is stored cannot be read. */
akin_status ak_study_items(const akin_study *s, const akin_json *left, const akin_json *right,
                           const ak_study_pair *pair, int64_t n, double **x, int64_t *items, akin_error *err);
/* The verdict on an interval of differences. */
akin_verdict ak_study_verdict(const akin_mean95 *d, akin_expect expect, double margin);
/* The verdict on a claim of the file. */
akin_status ak_study_judge(const akin_study *s, const akin_json *claim, akin_judgement *out, akin_error *err);

#endif
