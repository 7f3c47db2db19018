/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/nn.h - embeddings with names, and the nearest of them to queries that may come from anywhere. */
#ifndef AK_CLI_NN_NN_H
#define AK_CLI_NN_NN_H

#include "akin/eval.h"
#include "akin/tool/escape.h"
#include "akin/tool/labels.h"
#include "command/command.h"

/* Rows as akin embed writes them: FILE.npy, and beside it FILE.names.txt and FILE.labels.npy where they
 * are. */
typedef struct cli_table {
    akin_array rows;     /* F32 [n,d] */
    char **names;        /* [n], or NULL: those of list, or into text */
    akin_names list;     /* from a file */
    char *text;          /* made here: beginnings of texts, or names of items */
    bool cut;            /* they are texts, of which a line shows what fits */
    akin_labels *labels; /* NULL = none */
} cli_table;

/* names: the file of names, NULL = the one beside if there is one. */
akin_status cli_table_load(const char *path, const char *names, cli_table *out, akin_error *err);
void cli_table_free(cli_table *table);

/* Rows that have this name; the first of them in *row. */
int64_t cli_table_find(const cli_table *table, const char *name, int64_t *row);

/* What to look for: rows of the table's width. */
typedef struct cli_queries {
    akin_cmat rows;
    int64_t own;      /* the table's row that the only query is, not to be found again; -1 = from elsewhere */
    const char *text; /* how to call them: a line, a file */
} cli_queries;

/* Print the k nearest rows of the table to each query, best first, as text or as one JSON object a query.
 * The exit code. */
int cli_nn_print(const cli_args *args, const cli_table *table, const cli_queries *queries, int64_t k);

/* As --query says: a name, a file of vectors or a row. The exit code. */
int cli_nn_find(const cli_args *args, const cli_table *table, const char *query, int64_t k);

/* akin nn RUN [DATA]: embed the data, then look; of text the query is a line. run.c. The exit code. */
int cli_nn_run(const cli_args *args, const char *query, int64_t k);

#endif
