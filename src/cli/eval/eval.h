/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/eval.h - what the two forms of the eval verb share: with a run, and with --features. */
#ifndef AK_CLI_EVAL_EVAL_H
#define AK_CLI_EVAL_EVAL_H

#include "akin/eval.h"
#include "akin/model.h"
#include "akin/tool/dataset.h"
#include "akin/tool/paired.h"
#include "command/command.h"

/* akin eval --features a.npy --labels a.txt --test-features b.npy --test-labels b.txt: all protocols asked
 * for, printed. Returns the exit code. features.c lists the option rows it reads. */
int cli_eval_features(const cli_args *args);

/* --protocol "linear,knn" and --classifiers "mean,linear": -1 if every name is known, else the exit code,
 * told. */
int cli_eval_check_protocols(const cli_args *args);
/* Is the protocol, and of kway its classifier, asked for? */
bool cli_eval_wanted(const cli_args *args, const akin_protocol *protocol);

/* The options of the protocols as given: -1, else the exit code, told. */
int cli_eval_options(const cli_args *args, akin_eval_opts *opts);

/* An option such as "2,10" as whole numbers from least on, ascending; 0 ends the list. -1, else the exit
 * code, told. */
int cli_eval_list(const cli_args *args, const char *name, int32_t least, int32_t list[AKIN_KWAY_MOST]);

/* Both, and what is asked of groups of classes: -1 if all of it makes sense. */
int cli_eval_check(const cli_args *args);

/* Is the protocol shown for whitened features too? linear is not: whitening changes only its penalty. */
bool cli_eval_whitens(const akin_protocol *protocol);
/* Is --whiten on, and a protocol that it concerns wanted? */
bool cli_eval_whitening(const cli_args *args);

/* Each evaluated layer has the columns that --width asks for; else all of it would be called a part. */
akin_status cli_eval_check_width(const cli_args *args, const akin_model *model, akin_error *err);
/* Of the rows of both layers only the first --width columns, where that is given. */
void cli_eval_leading(const cli_args *args, akin_mat layers[2]);

/* Of raw data beside the encoder: do all rows fit into memory, on every rank; and are they whitened? What is
 * left out is told. */
akin_status cli_eval_raw_fits(const cli_args *args, const akin_model *model, const akin_dataset *data,
                              int64_t items, bool *fit, akin_error *err);
bool cli_eval_raw_whitens(const cli_args *args, const akin_model *model, const akin_dataset *data);

/* "strongest" or "weakest" where the lambda of linear is at an end of its grid, else "". */
const char *cli_eval_lambda_edge(const akin_eval_result *result);

/* One element of "results" in eval.json; the caller adds "encoder" and "layer". */
akin_json *cli_eval_result_json(const akin_eval_result *result);

/* Test items that are training items: repeats.c ---------------------------------------------------------- */

typedef struct cli_repeats {
    int64_t n;       /* test items */
    int64_t fitted;  /* of them, equal to an item that the protocols fit on */
    int64_t learned; /* of them, equal to an item that the run learned from; -1 = cannot be told */
} cli_repeats;

/* Find them in a part of data, and tell those there are. fitted: whose training part the protocols fit on. */
akin_status cli_eval_find_repeats(const cli_args *args, akin_model *model, const akin_dataset *fitted,
                                  const akin_dataset *data, const char *split, cli_repeats *out,
                                  akin_error *err);
/* As members of eval.json. */
void cli_eval_put_repeats(akin_json *to, const cli_repeats *repeats);

/* One line for people of the table of akin eval RUN, with the heading above the first: print_row.c. */
void cli_eval_print_row(const cli_args *args, int *printed, const akin_eval_result *r, const char *encoder,
                        const char *layer);

/* Continuous labels: values.c ---------------------------------------------------------------------------- */

typedef struct cli_eval_values {
    const cli_args *args;
    const akin_dataset *train, *test;
    const char *split;  /* of test; of train it is "train" */
    akin_json *results; /* array, which grows */
} cli_eval_values;

/* Do both parts have continuous labels, and as many of an item? */
bool cli_eval_has_values(const akin_dataset *train, const akin_dataset *test, const char *split);
/* Every value by every protocol of akin/tool/regress.h, printed and added to the results. */
akin_status cli_eval_values_measure(cli_eval_values *v, akin_cmat train, akin_cmat test, const char *encoder,
                                    const char *layer, akin_error *err);

/* Beside the baselines, on the same items: paired.c ------------------------------------------------------ */

/* What a result says of the test rows of known classes, to compare it with another. Freed by
 * cli_items_free(). */
typedef struct cli_items {
    uint8_t *right; /* [rows] 1 where it is right; NULL with few labels a class and for kway */
    int32_t *rank;  /* [draws,rows] classes before the own one; NULL where right is not */
    double *parts;  /* kway: [AKIN_KWAY_MOST,part_count], as akin_eval_opts.parts; else NULL */
    int64_t part_count;
} cli_items;

void cli_items_free(cli_items *items);

enum { CLI_PAIRED_ROWS = 128 };

typedef struct cli_paired_row {
    akin_eval_result result;
    char encoder[16], layer[40];
    cli_items items;
} cli_paired_row;

/* Zeroed before the first use. */
typedef struct cli_paired {
    cli_paired_row row[CLI_PAIRED_ROWS];
    int count;
    int64_t seen; /* test rows of known classes */
} cli_paired;

/* Keep what a result says of the items (which are taken over), and put "items_row", where they are hits, and,
 * where a baseline is kept already, "against" into its JSON. */
akin_status cli_paired_add(cli_paired *p, const akin_eval_result *r, const char *encoder, const char *layer,
                           int64_t seen, cli_items *items, akin_json *row, akin_error *err);
/* Are there hits to save? uint8 [rows, items] */
bool cli_paired_has_hits(const cli_paired *p);
akin_status cli_paired_save(const cli_paired *p, const char *path, akin_files *files, akin_error *err);
void cli_paired_free(cli_paired *p);
/* Below the line of a result: what it has more than the baselines. Nothing where it was not compared. */
void cli_paired_print(const akin_json *row);
/* The last lines: is the trained encoder better than the baselines? */
void cli_paired_headline(const akin_json *results);

/* Options of kway, for the table of the verb. */
/* clang-format off */
#define CLI_EVAL_KWAY_ROWS                                                                                   \
    { "tasks", AKIN_OPT_TEXT, "2,10", "LIST", 0, 0,                                                          \
      "kway: the k of AVG-k, accuracy over all tasks of k classes" },                                        \
    { "top", AKIN_OPT_TEXT, "1,5,10", "LIST", 0, 0,                                                          \
      "kway: the R of TOP-R, the true class among the first R of all" },                                     \
    { "fit-tasks", AKIN_OPT_INT, "0", "N", 0, 1e6,                                                           \
      "kway: also N drawn tasks of each k with a linear layer of their own; 0 = none" },                     \
    { "classifiers", AKIN_OPT_TEXT, "mean,centroid,mean5,centroid5,linear", "LIST", 0, 0,                    \
      "kway: by means or centroids of all labels, of 5 a class, by a linear layer" }
/* clang-format on */

/* By class: classes.c ----------------------------------------------------------------------------------- */

/* Options of it, for the table of the verb. */
#define CLI_EVAL_CLASS_ROWS                                                                                  \
    { "per-class",                                                                                           \
      AKIN_OPT_FLAG,                                                                                         \
      NULL,                                                                                                  \
      NULL,                                                                                                  \
      0,                                                                                                     \
      0,                                                                                                     \
      "tell each class and groups of them, also where training is balanced" },                               \
        { "many", AKIN_OPT_INT, "100", "N", 0, 1e15, "classes of more than N training items are many" },     \
    {                                                                                                        \
        "few", AKIN_OPT_INT, "20", "N", 0, 1e15, "classes of fewer than N training items are few"            \
    }

/* -1 when they go together, else the exit code, told. */
int cli_eval_check_groups(const cli_args *args);

/* Names of classes by their label; a NULL name = the number. */
typedef struct cli_class_names {
    const char *(*name)(const void *ctx, int32_t label);
    const void *ctx;
    const struct cli_unseen *unseen; /* what was left out of the data; NULL = nothing */
} cli_class_names;

/* Test rows of classes that no training row has: unseen.c. */
typedef struct cli_unseen {
    unsigned char *is; /* [test rows] */
    int32_t *label;    /* [seen], of the others */
    int64_t n, seen;
} cli_unseen;

/* Looks at the labels of data, and tells on stderr what is unseen.  AKIN_ERR_INPUT when all rows are;
 * AKIN_ERR_NOMEM */
akin_status cli_unseen_find(const cli_args *args, const akin_eval_data *data, const cli_class_names *names,
                            cli_unseen *out, akin_error *err);
void cli_unseen_free(cli_unseen *unseen);
/* The others move to the front of test; without any the matrix stays as it is. */
akin_mat cli_unseen_leave_out(const cli_unseen *unseen, akin_mat test);
/* They count as errors in the accuracies of a result, except those of kway. */
void cli_unseen_count(const cli_unseen *unseen, akin_eval_result *result);

/* Run a protocol; *items (may be NULL) becomes what it says of the test rows of data. *row becomes its
 * element of "results" (NULL when out of memory), with macro, imbalance and, where the training rows are
 * imbalanced or with --per-class, groups and per_class. names may be NULL. */
akin_status cli_eval_protocol(const cli_args *args, const akin_protocol *protocol, const akin_eval_data *data,
                              const akin_eval_opts *opts, const cli_class_names *names,
                              akin_eval_result *result, akin_json **row, cli_items *items, akin_error *err);
/* Below the line of the result: groups, and with --per-class the classes. Nothing where the row has none. */
void cli_eval_print_classes(const cli_args *args, const akin_json *row);

/* One line for people on stdout, such as "knn-v1 (k 10)   0.8459  [0.8387, 0.8528]  top-5 0.9843". */
void cli_eval_print_result(const akin_eval_result *result);

/* One accuracy of kway in per cent, with its interval, NaN if it has none. */
typedef struct cli_kway_cell {
    char name[20]; /* "AVG-2", "TOP-10" */
    double percent, low, high;
} cli_kway_cell;
enum { CLI_KWAY_CELLS = 2 * AKIN_KWAY_MOST };

/* Those of a result that say something; returns how many. */
int cli_eval_kway_cells(const akin_eval_result *result, cli_kway_cell cells[CLI_KWAY_CELLS]);
/* A line for each of them, with the heading above if they are the first. */
void cli_eval_print_kway(const akin_eval_result *result, bool first);

#endif
