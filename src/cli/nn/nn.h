/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/nn.h - the nearest of embeddings with names to queries that may come from anywhere. */
#ifndef AK_CLI_NN_NN_H
#define AK_CLI_NN_NN_H

#include "cli/table.h"

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
