/* SPDX-License-Identifier: Apache-2.0 */
/* cli/table.h - embeddings with names and labels, from files that may come from anywhere. */
#ifndef AK_CLI_TABLE_H
#define AK_CLI_TABLE_H

#include "akin/data.h"
#include "akin/eval.h"
#include "akin/tool/codes.h"
#include "akin/tool/escape.h"
#include "akin/tool/labels.h"
#include "command/command.h"

/* Rows as akin embed writes them: FILE.npy, and beside it FILE.names.txt and FILE.labels.npy where they
 * are. */
typedef struct cli_table {
    akin_array rows;     /* F32 [n,d]; data is NULL where codes has them */
    akin_codes codes;    /* rows that stay in bytes or bits; how is NONE: there are none */
    char **names;        /* [n], or NULL: those of list, or into text */
    akin_names list;     /* from a file */
    char *text;          /* made here: beginnings of texts, or names of items */
    bool cut;            /* they are texts, of which a line shows what fits */
    akin_labels *labels; /* NULL = none */
} cli_table;

/* *range: a path of .npy with braces, and no file by itself: several files that are read as one. */
akin_status cli_is_range(const char *path, bool *range, akin_error *err);
/* names: the file of names, NULL = the one beside if there is one. coded: rows of int8 and of packed signs
 * stay as they are. */
akin_status cli_table_load(const char *path, const char *names, bool coded, cli_table *out, akin_error *err);
/* Say that rows of uint8 are taken for numbers, where nothing beside tells that they are packed signs. */
void cli_tell_bytes(const cli_args *args, const char *path);
/* Room for n rows of d, for embeddings made here. */
akin_status cli_table_room(cli_table *table, int64_t n, int64_t d, akin_error *err);
/* Names of all n items of a split, of text the beginnings of the texts. */
akin_status cli_table_name_items(const akin_dataset *set, const char *split, int64_t n, cli_table *table,
                                 akin_error *err);
void cli_table_free(cli_table *table);

/* Rows that have this name; the first of them in *row. */
int64_t cli_table_find(const cli_table *table, const char *name, int64_t *row);

#endif
