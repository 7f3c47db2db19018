/* SPDX-License-Identifier: Apache-2.0 */
/* cli/trained.h - what the verbs on a trained encoder share: its options, the model of a run, a data set
 * for it. */
#ifndef AK_CLI_TRAINED_H
#define AK_CLI_TRAINED_H

#include "command/command.h"

#include "akin/eval.h"
#include "akin/model.h"

/* --weights of the verbs that load a trained encoder, and what it asks for. */
#define CLI_WEIGHTS_OPTION                                                                                   \
    {                                                                                                        \
        "weights", AKIN_OPT_CHOICE, "auto", "auto|ema|raw", 0, 0,                                            \
            "the moving average, or those of the last step; auto = the average if the run keeps one"         \
    }
akin_model_kind cli_weights(const cli_args *args);

/* --form of the verbs that take rows of a run, with what they take where nobody says it: auto where half was
 * measured to be better. --whiten is short for one of its values, and whitens other rows by themselves. */
/* clang-format off */
#define CLI_FORM_OPTIONS(FALLBACK)                                                                           \
    { "form", AKIN_OPT_CHOICE, FALLBACK, "auto|plain|half|whitened|hybrid", 0, 0,                            \
      "rows of a RUN: plain, the network's; whitened, or half of it, by its training part; hybrid, with the "\
      "words of texts; auto = half, of texts hybrid, of the projector plain" },                              \
    { "whiten", AKIN_OPT_FLAG, NULL, NULL, 0, 0,                                                             \
      "as --form whitened; rows that are of no run are whitened by themselves" }
/* clang-format on */
/* What becomes of rows [docs/choose.md]. */
typedef enum cli_form { CLI_PLAIN, CLI_HALF, CLI_WHITENED, CLI_HYBRID } cli_form;
/* As asked for. model: whose rows they are; NULL: of no run, so that auto is plain, as it is of weights that
 * know no training data.  AKIN_ERR_ARGUMENT: --form and --whiten contradict each other. */
akin_status cli_form_of(const cli_args *args, const akin_model *model, akin_layer layer, cli_form *out,
                        akin_error *err);
bool cli_asks_form(const cli_args *args);  /* one of the two was given */
const char *cli_form_name(cli_form form);  /* "plain", "half", "whitened" or "hybrid" */
cli_form cli_form_named(const char *name); /* NULL and other words: plain */
/* Of rows of a run, on stderr where nobody chose it: which layer and form. */
void cli_tell_form(const cli_args *args, cli_form form);

/* The trained model of a run at --checkpoint; of several ranks all embed with it together. */
akin_status cli_open_model(const cli_args *args, const char *run, akin_model **out, akin_error *err);

/* Such weights of a run, of a checkpoint as --checkpoint names it; NULL = the newest. What is wrong with the
 * run, such as a damaged checkpoint that was passed over, is told as a warning. */
akin_status cli_open_checkpoint(const cli_args *args, const char *run, akin_model_kind kind,
                                const char *checkpoint, akin_model **out, akin_error *err);

/* The same for all ranks, which embed with it together. */
akin_status cli_open_shared(const cli_args *args, const char *run, akin_model_kind kind,
                            const char *checkpoint, akin_model **out, akin_error *err);

/* Of several ranks: all are well so far, and have the same instruction set, weights and data, so that what
 * they decide alike is alike. model and data may be NULL.  AKIN_ERR_DISTRIBUTED */
akin_status cli_ranks_alike(akin_status mine, const akin_model *model, const akin_dataset *data,
                            akin_error *err);

/* The options that cli_open_set() reads: how the data are read, where not as the run has read them. */
/* clang-format off */
#define CLI_READING_OPTIONS                                                                                  \
    { "size", AKIN_OPT_INT, NULL, "PIXELS", 0, 4096, "resize and crop images to a square [as the run]" },    \
    { "resize", AKIN_OPT_INT, NULL, "PIXELS", 1, 4096,                                                       \
      "with --size: the shorter side becomes this before the middle is kept [as the run]" },                 \
    { "on-bad", AKIN_OPT_CHOICE, NULL, "stop|skip", 0, 0,                                                    \
      "images that cannot be read: stop, or leave out and count [as the run]" },                             \
    { "max-bad", AKIN_OPT_REAL, NULL, "FRACTION", 0, 1,                                                      \
      "with --on-bad skip: stop when more than this is unreadable [as the run]" },                           \
    { "cache", AKIN_OPT_INT, NULL, "MIB", 0, 1e9,                                                            \
      "images, or rows of .npy, in memory, the others are read anew; 0 = none [as the run]" },               \
    { "header", AKIN_OPT_CHOICE, NULL, "auto|yes|no", 0, 0,                                                  \
      "tables: the first line names the columns; no: they are taken by their places [as the run]" },         \
    { "delimiter", AKIN_OPT_CHOICE, NULL, "auto|comma|tab|semicolon|bar|space", 0, 0,                        \
      "tables: what is between columns [as the run]" },                                                      \
    { "decimal", AKIN_OPT_CHOICE, NULL, "auto|point|comma", 0, 0, "tables: the decimal sign [as the run]" }, \
    { "missing", AKIN_OPT_CHOICE, NULL, "refuse|mean|zero", 0, 0,                                            \
      "vectors: missing values: fail, or fill with the run's mean of the column, or 0 [as the run]" },       \
    { "background", AKIN_OPT_TEXT, NULL, "COLOUR", 0, 0,                                                     \
      "images: seen through transparent pixels: white, black or RRGGBB [as the run]" },                      \
    { "sample-bits", AKIN_OPT_INT, NULL, "BITS", 1, 16,                                                      \
      "images of 16 bits: white is 2^BITS - 1 [as the run]" }
/* clang-format on */

/* Their heading, where help groups options. */
/* clang-format off */
#define CLI_READING_HEADING { "size", "reading", "How the data are read, where not as the run has read them" }
/* clang-format on */

/* The name of the i-th of them; NULL beyond the last. */
const char *cli_reading_option(int i);

/* The data set of a run, or another for its encoder, with those options of the verb over those of the
 * run. What is left out is told in a remark. */
akin_status cli_open_set(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                         akin_error *err);
/* The same with every row, by akin_model_open_rows(); part of one where --split names it. */
akin_status cli_open_rows(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                          akin_error *err);
/* The same for verbs that have none of these options. */
akin_status cli_open_data(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                          akin_error *err);
/* The run's own data (path NULL) are no longer those that it was trained on: told by cli_open_data(), and
 * "data_changed" of a verb's JSON. */
bool cli_data_changed(const akin_model *model, const akin_dataset *set, const char *path);

/* One layer of every item of a split, as it is. */
akin_status cli_embed_split(akin_model *model, const akin_dataset *data, const char *split, akin_layer layer,
                            akin_mat out, akin_error *err);
/* What makes rows of this form, which is not plain. *out: whitening by the training part of the run's own
 * data, of which 20,000 items evenly spread at most, told: what there is to say of these data was said. Of
 * hybrid rows it is NULL, and the model has wider rows from now on.
 * AKIN_ERR_ARGUMENT: hybrid rows of the projector, or of what has no words */
akin_status cli_fit_form(const cli_args *args, akin_model *model, akin_layer layer, cli_form form, bool told,
                         akin_whitening **out, akin_error *err);

/* In place; NULL leaves them. Rows of zeros, such as of texts without a word, stay as they are. */
akin_status cli_whiten_rows(const akin_whitening *by, akin_mat rows, akin_error *err);

/* What was understood of the data, on stderr. */
void cli_tell_remarks(const cli_args *args, const akin_dataset *set);

/* --layer backbone|projector. */
akin_layer cli_layer(const cli_args *args);

/* --target auto|label|group. */
akin_target cli_target(const cli_args *args);

#endif
