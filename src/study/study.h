/* SPDX-License-Identifier: Apache-2.0 */
/* study/study.h - a study: a grid of training runs, what is measured of each, claims about the measurements.
 *
 *     file.c    the JSON text, checked            child.c   akin as a child process, signals, the lock
 *     grid.c    the cells, {words}, --only        run.c     cell after cell
 *     path.c    a number out of a JSON document   guess.c   the time of a cell that nobody has run
 *     store.c   study.sqlite                      claim.c   verdicts on claims
 *     table.c   means, intervals, the table       cli/study.c  the verb
 *
 * docs/studies.md specifies the file. Children do the work, so that a fault or the memory of a run ends with it. */
#ifndef AKIN_STUDY_STUDY_H
#define AKIN_STUDY_STUDY_H

#include "command/command.h"

#include "akin/tool/study.h"
#include "akin/data.h"
#include "akin/tool/train.h"

enum { STUDY_NAME = 160, STUDY_PATH = 4096 };

/* The studies that are part of the program; a NULL name ends the list. */
typedef struct study_builtin {
    const char *name, *text;
} study_builtin;
extern const study_builtin study_builtins[];

/* One combination of values of the axes. */
typedef struct study_config {
    akin_json *labels;     /* {axis: label} */
    akin_json *options;    /* {option: text} of training, seed left out */
    akin_json *words;      /* {word: text} */
    char name[STUDY_NAME]; /* "batch-size=32 loss=ntxent"; "all" without axes */
    char slug[STUDY_NAME]; /* the same as part of a file's name */
    char *data;            /* with {words} */
} study_config;

typedef struct study_cell {
    int config;
    int64_t seed;
    char id[STUDY_NAME + 24]; /* also the name of its run */
} study_cell;

typedef struct study {
    const char *source; /* where the text came from, for messages */
    char *text;
    akin_json *root;
    akin_json *set; /* {option: text} of --set */
    char *data;     /* of --data, or NULL */
    double scale;
    study_config *configs;
    int config_count;
    study_cell *cells;
    int cell_count;
} study;

akin_status study_fail(akin_error *err, akin_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Read and check the text of a study, then make its cells. set and data may be NULL. study_free() in any case. */
akin_status study_parse(study *s, const char *source, const char *text, akin_error *err);
akin_status study_expand(study *s, akin_error *err);
void study_free(study *s);

const char *study_text(const study *s, const char *key); /* a string of the top level, or "" */
/* A scalar as the text of an option: "512", "0.1", "1" for true; "" for false and null. Returns to. */
const char *study_scalar(const akin_json *value, char *to, size_t size);
/* where = {axis: label or [labels]}: whether a configuration is meant. NULL means all. */
bool study_where(const akin_json *where, const akin_json *labels);

/* text with its {words} replaced; dir is the folder of the study. NULL with *err set; the caller frees it. */
char *study_words(const study *s, const study_cell *cell, const char *dir, const char *text, akin_error *err);

/* --only: terms with commas between, each the id of a cell, or AXIS=LABEL, or seed=N. *chosen: [cell_count], the caller frees
 * it. */
akin_status study_only(const study *s, const char *terms, bool **chosen, akin_error *err);

/* A measurement out of the document of its tool. *null: there is one, and it is null. */
akin_status study_measure(const akin_json *measure, const akin_json *document, double *value, bool *null,
                          akin_error *err);
/* What "from": "train" reads: {"done", "last", "metrics", "bounds", "run"} of a run's folder. */
akin_json *study_run_document(const char *run);

/* study.sqlite ------------------------------------------------------------------------------------------------ */

typedef struct study_store study_store;

typedef struct study_state {
    char status[16]; /* "" = not begun; "running", "interrupted", "failed", "done" */
    double seconds;
} study_state;

akin_status study_store_open(const char *path, bool write, study_store **out, akin_error *err);
void study_store_close(study_store *db);
/* Several writes as one; a failure of any leaves none. */
akin_status study_store_begin(study_store *db, akin_error *err);
akin_status study_store_commit(study_store *db, akin_error *err);
akin_status study_store_get(study_store *db, const char *key, char **value,
                            akin_error *err); /* NULL = none */
akin_status study_store_put(study_store *db, const char *key, const char *value, akin_error *err);
/* Enter a cell, or refuse when the file has it with other options or data. */
akin_status study_store_cell(study_store *db, const study *s, int cell, akin_error *err);
akin_status study_store_state(study_store *db, const char *id, study_state *out, akin_error *err);
akin_status study_store_mark(study_store *db, const char *id, const char *status, double seconds,
                             const char *error, akin_error *err);
akin_status study_store_result(study_store *db, const char *id, const char *measure, const char *command,
                               const double *value, akin_error *err);
/* command NULL = whatever it was made by. *value NaN for null. */
akin_status study_store_value(study_store *db, const char *id, const char *measure, const char *command,
                              double *value, bool *found, akin_error *err);
akin_status study_store_claims_clear(study_store *db, akin_error *err);
akin_status study_store_claim(study_store *db, const char *name, const char *text, const akin_mean95 *d,
                              const char *verdict, akin_error *err);

/* Children ---------------------------------------------------------------------------------------------------- */

/* The signal that asked to stop, or 0. */
int study_signal(void);
void study_watch_signals(void);
/* Run akin with argv (argv[0] is the program's name, NULL ends it), stdout into the file out (NULL = nowhere), stderr added
 * to log. *code is its exit code, 128 + n for a signal. */
akin_status study_spawn(char *const *argv, const char *out, const char *log, int *code, akin_error *err);
/* One process a folder; the children hold the lock as well, so that nobody begins while one still writes. */
akin_status study_lock(const char *dir, akin_error *err);

/* The whole --------------------------------------------------------------------------------------------------- */

typedef struct study_job {
    const cli_args *args;
    const study *s;
    const char *dir;
    study_store *db;
    bool *chosen;    /* [cell_count] */
    double budget_s; /* 0 = none */
} study_job;

/* *code: what the program exits with. */
akin_status study_run(const study_job *job, int *code, akin_error *err);
/* Seconds that a cell will take by those that are done, NaN when none is. */
double study_estimate(const study_job *job, int cell);

/* Seconds of training by its arithmetic, where the data are images; NaN elsewhere. Within a factor of a few. */
double study_guess(const study *s, int cell);

/* A finite result of a cell; *found is false where there is none. db may be NULL. */
akin_status study_value(study_store *db, const char *id, const char *measure, double *value, bool *found,
                        akin_error *err);
/* Add a claim with its verdict to the list. x: room for two values a seed. */
akin_status study_judge(const study *s, study_store *db, const akin_json *claim, double *x, akin_json *to,
                        akin_error *err);

/* {"study", "cells", "configurations", "claims"}; NULL with *err set. */
akin_json *study_summary(const study *s, study_store *db, akin_error *err);
/* The same as Markdown; the caller frees it. */
char *study_markdown(const study *s, const akin_json *summary);

#endif
