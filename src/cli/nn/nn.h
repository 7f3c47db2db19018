/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/nn.h - the nearest of embeddings with names to queries that may come from anywhere. */
#ifndef AK_CLI_NN_NN_H
#define AK_CLI_NN_NN_H

#include "cli/table.h"

#include "akin/eval.h"
#include "akin/model.h"
#include "akin/tool/images.h"
#include "akin/tool/report.h"

/* What to look for: rows of the table's width. */
typedef struct cli_queries {
    akin_cmat rows;   /* data is NULL where codes has them */
    int64_t own;      /* the table's row that the only query is, not to be found again; -1 = from elsewhere */
    const char *text; /* how to call them: a line, a file */
    char *const *name;       /* [rows] of what was embedded, or NULL */
    const akin_dataset *set; /* whose items were embedded, or NULL */
    akin_codes codes;        /* as they are in a file; how is NONE: floats */
} cli_queries;

/* Where --query looks: embeddings, and the encoder that made them where a run did. */
typedef struct cli_nn_space {
    const cli_table *table;
    akin_model *model;               /* NULL: of a file of embeddings */
    const akin_dataset *set;         /* with model: the items */
    const akin_whitening *whitening; /* of what the model embeds, or NULL */
} cli_nn_space;

/* Print the k nearest rows of the table to each query, best first, as text or as one JSON object a query; and
 * the page that --page asks for. The exit code. */
int cli_nn_print(const cli_args *args, const cli_nn_space *space, const cli_queries *queries, int64_t k);

/* The page of --page: path is NULL without it, and nothing is done. page.c. */
typedef struct cli_nn_page {
    const char *path, *split;
    const cli_nn_space *space;
    const cli_queries *queries;
    int64_t k, used, room; /* neighbours of a query, queries on the page, as many as it can have */
    bool pictured, asks_pictures;
    akin_images pictures, asked;
    akin_sheet_section *section;
    char (*title)[240];
    int64_t *start, *item;
    double *number;
    char name[4096];
} cli_nn_page;

akin_status cli_nn_page_open(const cli_args *args, const cli_nn_space *space, const cli_queries *queries,
                             int64_t k, cli_nn_page *out, akin_error *err);
/* What was found for query q, as many as were asked for, perhaps with itself. */
void cli_nn_page_add(cli_nn_page *page, int64_t q, const int32_t *index, const float *similarity,
                     int64_t asked);
akin_status cli_nn_page_write(cli_nn_page *page, akin_error *err);
void cli_nn_page_free(cli_nn_page *page);

/* --rescore: what is nearest by bytes or bits is put in order by better rows. rescore.c. */
typedef struct cli_nn_again {
    int64_t candidates; /* 0: not asked for */
    const akin_codes *items;
    akin_row_file *file; /* of --rescore-with, or NULL: the items' own */
    float *own;          /* the row of the only query, which is an item, by that file; or NULL */
    uint8_t *signs;      /* of a block of queries that are floats */
    int32_t *found;      /* [block, candidates] */
} cli_nn_again;

/* --rescore makes sense, for rows of float32 or for a table: -1. Else the exit code. */
int cli_nn_again_check(const cli_args *args, const cli_table *table);
/* block: of queries that are looked for at a time. close() takes what failed, too. */
akin_status cli_nn_again_open(const cli_args *args, const cli_nn_space *space, const cli_queries *queries,
                              int64_t block, cli_nn_again *out, akin_error *err);
/* The k nearest of the candidates of each query. */
akin_status cli_nn_again_find(const cli_nn_again *again, const akin_codes *queries, int64_t k, int32_t *index,
                              float *similarity, akin_error *err);
void cli_nn_again_close(cli_nn_again *again);

/* The options of --query and --query-as. */
#define CLI_NN_QUERY_ROWS                                                                                    \
    { "query",                                                                                               \
      AKIN_OPT_TEXT,                                                                                         \
      NULL,                                                                                                  \
      "QUERY",                                                                                               \
      0,                                                                                                     \
      0,                                                                                                     \
      "the name of an item, a file, a row counted from 0, or with a RUN of text a line" },                   \
    {                                                                                                        \
        "query-as", AKIN_OPT_CHOICE, "auto", "auto|item|file|vectors|row|text", 0, 0,                        \
            "what QUERY is; file: items that RUN embeds, vectors: a file of embeddings"                      \
    }

/* Options of --queries. */
/* clang-format off */
#define CLI_NN_MINE_ROWS                                                                                     \
    { "queries", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,                                                          \
      "mine hard negatives of these: with RUN texts (id, tab, text; or JSONL), else rows of .npy" },         \
    { "documents", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "with RUN: the texts that are looked through" },       \
    { "qrels", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,                                                            \
      "which are relevant: query, document, grade a line, or as TREC has them" },                            \
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,                                                              \
      "anchor, positive and negative a line: TSV, or with .jsonl JSON with scores; also -o" },               \
    { "negatives", AKIN_OPT_INT, "3", "N", 1, 1e5, "of each query, at most" },                               \
    { "margin", AKIN_OPT_REAL, NULL, "X", 0, 1e6,                                                            \
      "a negative is by X less similar than the least similar relevant document" },                          \
    { "relative-margin", AKIN_OPT_REAL, NULL, "SHARE", 0, 1, "by this share of its similarity" },            \
    { "max-score", AKIN_OPT_REAL, NULL, "X", -1e6, 1e6, "a negative is not more similar than that" },        \
    { "min-score", AKIN_OPT_REAL, NULL, "X", -1e6, 1e6, "and not less" },                                    \
    { "range-min", AKIN_OPT_INT, "0", "N", 0, 1e5, "the N nearest of those are passed over" },               \
    { "range-max", AKIN_OPT_INT, NULL, "N", 1, 1e5, "and only the N nearest are taken from [as needed]" },   \
    { "sampling", AKIN_OPT_CHOICE, "top", "top|random", 0, 0, "the nearest of them, or drawn ones" },        \
    { "similarity", AKIN_OPT_CHOICE, "cosine", "cosine|dot", 0, 0, "of a query and a document" }
#define CLI_NN_MINE_HEADING { "queries", "negatives", "Hard negatives, to train on" }
/* clang-format on */

/* akin nn --queries. run: args->positional[0] is a run folder. mine.c. The exit code. */
int cli_nn_mine(const cli_args *args, bool run);

/* As --query and --query-as say. find.c. The exit code. */
int cli_nn_find(const cli_args *args, const cli_nn_space *space, const char *query, int64_t k);

/* The nearest to items that RUN embeds: of a file or a folder, and of a line of text. embed.c. */
int cli_nn_embed_file(const cli_args *args, const cli_nn_space *space, const char *path, int64_t k);
int cli_nn_embed_line(const cli_args *args, const cli_nn_space *space, const char *line, int64_t k);

/* akin nn RUN [DATA]: embed the data, then look. run.c. The exit code. */
int cli_nn_run(const cli_args *args, const char *query, int64_t k);

#endif
