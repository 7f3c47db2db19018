/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/found.h - what the eval verb reads for retrieval and similarity: rows or texts with ids, judgments
 * of relevance, and scores of pairs. */
#ifndef AK_CLI_EVAL_FOUND_H
#define AK_CLI_EVAL_FOUND_H

#include "akin/model.h"
#include "akin/tool/corpus.h"
#include "akin/tool/retrieval.h"
#include "command/command.h"

/* clang-format off */
#define CLI_EVAL_FOUND_ROWS                                                                                  \
    { "queries", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,                                                          \
      "retrieval: what is asked; with RUN texts, ID and text a line (TSV) or JSONL; else .npy" },            \
    { "documents", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "retrieval: what is looked through, likewise" },       \
    { "qrels", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,                                                            \
      "retrieval: which are relevant: query, document, grade (BEIR), or as TREC has them" },                 \
    { "scores", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,                                                           \
      "similarity: with RUN two texts and a score a line (TSV, JSONL); with --a and --b a score a line" },   \
    { "a", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "similarity, without RUN: first rows of the pairs, .npy" },    \
    { "b", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "similarity, without RUN: second rows" },                      \
    { "at", AKIN_OPT_TEXT, "1,3,5,10,100", "LIST", 0, 0, "retrieval: the k of the measures" },               \
    { "similarity", AKIN_OPT_CHOICE, "cosine", "cosine|dot", 0, 0, "retrieval: by what documents are found" }
#define CLI_EVAL_FOUND_HEADING { "queries", "retrieval", "Retrieval and similarity, with RUN or without" }
/* clang-format on */

/* Items with ids, in the order of their ids, byte by byte. */
typedef struct cli_side {
    const char *path;
    int64_t n;
    char **id;      /* [n] */
    int64_t *line;  /* [n] of the file, from 1; NULL of rows */
    char *bytes;    /* texts, item i from start[i] on */
    int64_t *start; /* [n+1] */
    float *rows;    /* [n,cols] of a file of rows */
    int64_t cols;
} cli_side;

/* Lines "id TAB text" (more columns are joined by blanks), or JSON with "_id" or "id", "text" and perhaps
 * "title" [Thakur2021]. AKIN_ERR_INPUT, AKIN_ERR_FORMAT (file, line), AKIN_ERR_NOMEM */
akin_status cli_side_texts(const char *path, cli_side *out, akin_error *err);
/* Rows of .npy or .npz; ids are the names beside, or else the numbers of the rows from 0. */
akin_status cli_side_rows(const char *path, cli_side *out, akin_error *err);
void cli_side_free(cli_side *side);

typedef struct cli_judged {
    akin_judgments judged; /* of the queries' and documents' places in their sides */
    int64_t *start;
    int32_t *document;
    double *grade;
    int64_t n, relevant;
    int64_t strange_queries,
        strange_documents; /* judgments of queries, and of documents, that there are not */
} cli_judged;

akin_status cli_judged_load(const char *path, const cli_side *queries, const cli_side *documents,
                            cli_judged *out, akin_error *err);
void cli_judged_free(cli_judged *judged);

/* Two texts and a score a line: item 2i and 2i+1 of texts. Without texts (NULL): only scores. */
typedef struct cli_scored {
    int64_t n;
    double *score;
    cli_side texts; /* without ids */
    bool headed;    /* the first line was names of columns */
} cli_scored;

akin_status cli_scored_load(const char *path, bool texts, cli_scored *out, akin_error *err);
void cli_scored_free(cli_scored *scored);

/* The verb, where one of these is asked for. The exit code. */
bool cli_eval_finds(const cli_args *args);
int cli_eval_found(const cli_args *args);

#endif
