/* SPDX-License-Identifier: Apache-2.0 */
/* cli/source.h - rows of items that a verb looks at, wherever they come from: a run's embeddings of a data
 * set, a file of embeddings from anywhere, or data without an encoder. */
#ifndef AK_CLI_SOURCE_H
#define AK_CLI_SOURCE_H

#include "cli/named.h"
#include "cli/table.h"
#include "cli/trained.h"

#include "akin/data.h"
#include "akin/model.h"

/* What becomes of data that no run has embedded. */
typedef enum cli_raw {
    CLI_RAW_REFUSED,
    CLI_RAW_ROWS, /* pixels or columns, as akin_dataset_raw_rows() gives them */
    CLI_RAW_GREY, /* short rows, as akin_dataset_sketch_rows() gives them: pictures small and grey */
    CLI_RAW_EDGES /* the same, of pictures their edges */
} cli_raw;

typedef struct cli_source_opts {
    const char *layer, *split; /* layer: of a run; split: of a run and of data */
    bool plain;                /* neither names nor labels are wanted */
    bool decided; /* rows of a run are of this form; else CLI_FORM_OPTIONS of the verb say which */
    cli_form form;
    cli_raw raw;
} cli_source_opts;

/* Options of verbs that take data without an encoder, beside CLI_READING_OPTIONS, which they have too. */
/* clang-format off */
#define CLI_RAW_OPTIONS                                                                                      \
    { "format", AKIN_OPT_CHOICE, "auto", AKIN_DATA_FORMATS, 0, 0, "DATA: what it is, if not detected" },     \
    { "label-column", AKIN_OPT_TEXT, NULL, "COLUMN", 0, 0,                                                   \
      "DATA, tables: the labels, by name or number (1 first, -1 last); none = no labels" },                  \
    { "ignore-columns", AKIN_OPT_TEXT, NULL, "COLUMNS", 0, 0,                                                \
      "DATA, tables: left out; commas between" },                                                            \
    { "label-file", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "DATA, vectors in .npy: the labels of train" },       \
    { "vector-scale", AKIN_OPT_CHOICE, "columns", "columns|none", 0, 0,                                      \
      "DATA, vectors: divide columns by their deviation after taking off the mean, or not" },                \
    { "columns", AKIN_OPT_TEXT, NULL, "LIST", 0, 0,                                                          \
      "DATA, text tables: such as anchor=1,positive=2,label=kind" },                                         \
    { "keep", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "DATA: only the items of a keep-list" },                    \
    { "whole", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "DATA, documents: one item each, not one a line" },          \
    { "skip-header", AKIN_OPT_FLAG, NULL, NULL, 0, 0,                                                        \
      "DATA, documents: from the first empty line on, as in mail" }
/* clang-format on */

/* Rows with names and labels. */
typedef struct cli_source {
    const char *path, *data; /* RUN, FILE.npy or DATA; with RUN its other data or NULL */
    char layer[16], split[16];
    bool run;
    const char *feature; /* "backbone", "projector"; "rows" of a file; name of rows of data */
    cli_form form;
    akin_cmat rows;
    cli_named named;
    cli_table table;   /* of a file */
    akin_model *model; /* of a run */
    akin_dataset *set; /* of a run, and of data */
    akin_split_view part;
    float *memory;
    char name[4096];
} cli_source;

/* path is a RUN, which embeds `data` or its own; a file of embeddings, .npy [n,d] or .npz; or data, where
 * opts->raw takes them. Options of one of these that are given with another are refused. Of several ranks all
 * have the rows; a run's they embed together. */
akin_status cli_source_open(const cli_args *args, const char *path, const char *data,
                            const cli_source_opts *opts, cli_source *out, akin_error *err);
void cli_source_free(cli_source *s);

#endif
