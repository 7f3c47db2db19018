/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/study.h - studies: a grid of training runs with several seeds, what is measured of each,
 * verdicts on claims.
 *
 *     akin_study_opts opts = AKIN_STUDY_OPTS_INIT;
 *     opts.program = "/usr/bin/akin";
 *     akin_study_open("zhang", "studies/zhang", &opts, &study, &err)
 *     akin_study_run(study, &result, &err)                            goes on after any interruption
 *     akin_study_judge(study, akin_study_claim_at(study, 0), &verdict, &err)
 *     akin_study_free(study)
 *
 * A study is a JSON text, which docs/studies.md specifies; some are built in. Its folder holds
 * study.sqlite, the runs and their logs. Each cell of the grid is trained and measured by child processes
 * of the program akin, so that a fault or the memory of a run ends with it.
 *
 * Values are doubles, one for each repetition (a seed, as a rule). All sums are taken in the order given.
 * Threads  The functions on numbers are reentrant. A study is for one thread at a time.
 * Errors   On failure no output is written, and err (may be NULL) holds a sentence.
 * Papers   Tags such as [Student1908] are resolved in docs/papers.md. docs/studies.md states the rule of
 *          verdicts. */
#ifndef AKIN_TOOL_STUDY_H
#define AKIN_TOOL_STUDY_H

#include "akin/tool/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A mean over repetitions with its 95 % interval  [Student1908]:
 *
 *     mean -+ t(n-1) s / sqrt(n),   s^2 = sum (x - mean)^2 / (n - 1)
 *
 * It covers the repetitions: other seeds, not other data. */
typedef struct akin_mean95 {
    uint32_t struct_size;
    int64_t n;
    double mean, low, high; /* low and high are NaN for n = 1, all three for n = 0 */
} akin_mean95;

#define AKIN_MEAN95_INIT                                                                                     \
    {                                                                                                        \
        .struct_size = sizeof(akin_mean95)                                                                   \
    }

/* AKIN_ERR_ARGUMENT a pointer is NULL; AKIN_ERR_RANGE n < 1; AKIN_ERR_INPUT a value is not finite (which
 * one). */
AKIN_API akin_status akin_mean95_of(const double *x, int64_t n, akin_mean95 *out, akin_error *err);

/* A mean over n repetitions of the same test items; x is [n, items]. Both could have been others, so its 95 %
 * interval covers other repetitions and other items. With the mean squares of the two-way table,
 *
 *     M_n = items / (n-1) sum_s (x_s. - mean)^2,          M_i = n / (items-1) sum_i (x_.i - mean)^2,
 *     M_e = 1 / ((n-1)(items-1)) sum (x_si - x_s. - x_.i + mean)^2,
 *
 *     mean -+ sqrt((t(n-1)^2 M_n + t(items-1)^2 max(M_i - M_e, 0)) / (n items))   [Banerjee1961]
 *
 * M_n/(n items) is the square of the standard error over repetitions, so it is never narrower than that of
 * akin_mean95_of(). With two or three repetitions it may hold more than 95 %.
 *
 *   AKIN_ERR_ARGUMENT a pointer is NULL; AKIN_ERR_RANGE n < 2 or items < 2; AKIN_ERR_INPUT a value is not
 *   finite (which one); AKIN_ERR_NOMEM */
AKIN_API akin_status akin_crossed95_of(const double *x, int64_t n, int64_t items, akin_mean95 *out,
                                       akin_error *err);

typedef enum akin_expect {
    AKIN_EXPECT_GREATER, /* left - right > margin */
    AKIN_EXPECT_LESS,    /* left - right < -margin */
    AKIN_EXPECT_EQUAL,   /* |left - right| < margin */
} akin_expect;

typedef enum akin_verdict {
    AKIN_VERDICT_REPRODUCED,   /* all of the interval is where it was expected */
    AKIN_VERDICT_CONTRADICTED, /* none of it is */
    AKIN_VERDICT_UNDECIDED,    /* part of it, or fewer than two pairs */
} akin_verdict;

AKIN_API const char *akin_verdict_name(akin_verdict v); /* "reproduced"; never NULL */

/* A claim that was judged. */
typedef struct akin_judgement {
    uint32_t struct_size;
    int64_t n;                    /* pairs */
    double difference, low, high; /* mean of left - right and its interval; NaN as in akin_mean95 */
    akin_verdict verdict;
    bool exact;         /* both sides are exact: low = high = difference, and one pair decides */
    double left, right; /* means of both sides; NaN without a pair */
    int64_t items; /* test items on which the sides of a study's claim are paired: low and high are those of
                    * akin_crossed95_of(); 0 = paired by repetition alone */
} akin_judgement;

#define AKIN_JUDGEMENT_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_judgement)                                                                \
    }

/* The verdict on a claim about left - right, from n repetitions in which both were measured: the 95 %
 * interval of the mean of the differences d_i = left_i - right_i, as above, against the values that the
 * claim allows. What moves both alike, such as a lucky seed, leaves the differences alone [Student1908].
 *
 * margin >= 0, in units of the values.
 *
 *   AKIN_ERR_ARGUMENT, AKIN_ERR_INPUT as above;  AKIN_ERR_RANGE n < 0, or margin negative or not finite, or
 *                                                0 for EQUAL */
AKIN_API akin_status akin_paired_verdict(const double *left, const double *right, int64_t n,
                                         akin_expect expect, double margin, akin_judgement *out,
                                         akin_error *err);

/* Which studies there are. --------------------------------------------------------------------------- */

/* A study that is built in; owned by the library. */
typedef struct akin_study_builtin {
    const char *name;
    const char *text; /* the file */
} akin_study_builtin;

AKIN_API const akin_study_builtin *akin_study_builtin_at(int i); /* NULL after the last */

/* The text of a study that is built in, or else of the file of that name; the caller frees it.
 * AKIN_ERR_ARGUMENT (neither; with the nearest name), AKIN_ERR_INPUT, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_study_read(const char *name, char **text, akin_error *err);

/* Whether a folder holds a study that was begun; none is in NULL.  AKIN_ERR_IO, AKIN_ERR_NOMEM: it cannot be
 * looked at. */
AKIN_API akin_status akin_study_exists(const char *dir, bool *there, akin_error *err);

/* One study. ----------------------------------------------------------------------------------------- */

typedef struct akin_study akin_study;

/* Start from AKIN_STUDY_OPTS_INIT. All texts are borrowed as long as the study. NULL, 0 and -1 mean: as the
 * folder was begun, else as the study says. */
typedef struct akin_study_opts {
    uint32_t struct_size;
    const char *data; /* another data set */
    const char *set;  /* options of training in all cells, "NAME=VALUE", one a line; an axis is stronger */
    double scale;     /* multiplies the epochs of every cell; 0 = as begun, else 1 */
    const char *only; /* which cells: "AXIS=LABEL", "seed=N" or names of cells, commas between; NULL = all */
    const char *const *verbs; /* what a command of the study may begin with, ended by NULL; NULL = anything */
    /* For akin_study_run(). */
    const char *program; /* path of akin; NULL = the running program */
    const char *command; /* how the program was called, for the record; NULL = "" */
    int32_t threads;     /* --threads of the children; -1 = not given */
    double budget_s;     /* begin no cell that would end later; 0 = no limit */
    /* SIGINT, SIGTERM and SIGHUP end the study, after the running child has stored its state. */
    bool catch_signals;
    /* Told what is done and which cell failed; or NULL. */
    void (*on_note)(bool failed, const char *text, void *ctx);
    void *ctx;
} akin_study_opts;

#define AKIN_STUDY_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_study_opts), .threads = -1                                                \
    }

/* Read a study and make its cells. name: as in akin_study_read(); NULL: the one that dir holds. dir: the
 * folder of the study; NULL: none yet, which is enough to look at the cells. Nothing is made or changed.
 *
 *   AKIN_ERR_ARGUMENT  no such study, a term of opts.only that means no cell
 *   AKIN_ERR_FORMAT    the text is no study (the place in it), or study.sqlite is damaged
 *   AKIN_ERR_UNSUPPORTED  dir holds a study, and this build has no SQLite */
AKIN_API akin_status akin_study_open(const char *name, const char *dir, const akin_study_opts *opts,
                                     akin_study **out, akin_error *err);
AKIN_API void akin_study_free(akin_study *study); /* takes NULL */

/* A cell; owned by the library, and good until the next call of akin_study_cell_at() or akin_study_run(). */
typedef struct akin_study_cell {
    const char *id, *configuration;
    int64_t seed;
    const akin_json *labels, *options;
    bool chosen; /* by opts.only */
    /* "waiting", "running", "interrupted", "failed" or "done"; "unknown" where it cannot be read */
    const char *status;
    double seconds; /* taken, or estimated where it is not done; NaN where nothing is known */
    bool guessed;   /* seconds come from the arithmetic of training alone, since no cell is done */
} akin_study_cell;

AKIN_API const akin_study_cell *akin_study_cell_at(akin_study *study, int i); /* NULL after the last */

typedef struct akin_study_result {
    uint32_t struct_size;
    int failed;    /* cells that failed in this call */
    int left;      /* cells that the budget left */
    int signal;    /* that stopped it, or 0 */
    int exit_code; /* of the first child that failed, or 0 */
} akin_study_result;

#define AKIN_STUDY_RESULT_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_study_result)                                                             \
    }

/* Train and measure the chosen cells that are not done yet, one after the other. The folder is made if it
 * does not exist. A cell that fails does not stop the others; *result tells. *result is written on failure
 * too.
 *
 *   AKIN_ERR_INTERRUPTED  a signal; the same call goes on
 *   AKIN_ERR_INPUT        there is no data set, or another process works in the folder
 *   AKIN_ERR_ARGUMENT     the folder holds another study, or cells with other options
 *   AKIN_ERR_IO           something could not be stored */
AKIN_API akin_status akin_study_run(akin_study *study, akin_study_result *result, akin_error *err);

/* What it says. -------------------------------------------------------------------------------------- */

/* The mean of a measurement over the seeds of a configuration, such as "loss=ntxent"; n = 0 where nothing
 * is measured yet.
 * AKIN_ERR_ARGUMENT for an unknown name. */
AKIN_API akin_status akin_study_mean(const akin_study *study, const char *configuration, const char *measure,
                                     akin_mean95 *out, akin_error *err);
AKIN_API const char *akin_study_claim_at(const akin_study *study, int i); /* its name; NULL after the last */
/* AKIN_ERR_ARGUMENT for an unknown claim. */
AKIN_API akin_status akin_study_judge(const akin_study *study, const char *claim, akin_judgement *out,
                                      akin_error *err);

/* All of it: {"study", "cells", "configurations", "claims"}; the caller frees it. */
AKIN_API akin_status akin_study_summary(const akin_study *study, akin_json **out, akin_error *err);
/* How a table is written.
 *   MARKDOWN  results, verdicts and all that is told
 *   CSV       the results [RFC 4180], a row a configuration: its axes, then of each measurement NAME, NAME
 *             low and NAME high (the 95 % interval), NAME n and, where the paper has it, NAME paper; empty
 *             where there is none, numbers with all their digits
 *   LATEX     results and verdicts as two tabular environments, for \usepackage{booktabs} */
typedef enum akin_table_form { AKIN_TABLE_MARKDOWN, AKIN_TABLE_CSV, AKIN_TABLE_LATEX } akin_table_form;
/* A summary as a table; the caller frees it.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE (no such form), AKIN_ERR_NOMEM */
AKIN_API akin_status akin_study_table_as(const akin_study *study, const akin_json *summary,
                                         akin_table_form form, char **out, akin_error *err);
/* The same as Markdown. */
AKIN_API akin_status akin_study_table(const akin_study *study, const akin_json *summary, char **out,
                                      akin_error *err);
/* Store the verdicts of a summary in study.sqlite and the table as DIR/table.md. */
AKIN_API akin_status akin_study_save(akin_study *study, const akin_json *summary, const char *table,
                                     akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_STUDY_H */
