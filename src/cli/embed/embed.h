/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/embed.h - where rows go, and what they come from: lines of a pipe, an ONNX model. */
#ifndef AK_CLI_EMBED_EMBED_H
#define AK_CLI_EMBED_EMBED_H

#include "command/command.h"

#include "akin/eval.h"
#include "akin/tool/dataset.h"
#include "akin/tool/file_set.h"
#include "akin/tool/model.h"
#include "akin/tool/row_writer.h"

/* A writer of rows as --as says: into the first file of a set, or, with files NULL, to out. */
akin_status cli_embed_rows(const cli_args *args, akin_file_set *files, const char *out, int64_t n,
                           int64_t cols, akin_row_writer **made, akin_error *err);

/* What --quantize says, and that to a writer of rows. */
akin_quantize cli_quantize(const cli_args *args);
/* How rows are written stands in what FILE.set.json, or --json, is to tell; nothing of float32. */
void cli_tell_quantize(const cli_args *args, akin_json *about);

/* Rows of the items of --split as they come, in order, with what is known of the items beside them; files
 * NULL: only the rows, to out. close() ends the writer, which may be NULL; so_far is as of
 * akin_row_writer_close(). */
typedef struct cli_rows cli_rows;
akin_status cli_rows_open(const cli_args *args, const akin_dataset *data, int64_t cols, akin_file_set *files,
                          const char *out, cli_rows **made, akin_error *err);
akin_status cli_rows_put(cli_rows *rows, int64_t first, akin_cmat some, akin_error *err);
akin_status cli_rows_close(cli_rows *rows, akin_status so_far, akin_error *err);
/* Say which parts of the data are left, where these are n rows of one. */
void cli_tell_parts(const cli_args *args, const akin_dataset *data, int64_t n);
/* out is standard output, a device or a pipe: nothing can stand beside it. */
akin_status cli_is_stream(const char *out, bool *stream, akin_error *err);
/* The files of a result at out may be written: -1. Else the error is told, and this is the exit code. */
int cli_check_files(const cli_args *args, const char *out);

/* --shards, by which rows are divided into files of consecutive rows, their numbers equal up to one. */
enum { CLI_MOST_SHARDS = 512 };
int64_t cli_shards(const cli_args *args); /* 0: one file */
/* Row k * n / shards: the first of shard k, or, of the number of shards, n. */
int64_t cli_shard_row(int64_t shards, int64_t n, int64_t k);
/* Of several ranks each writes shards of its own: there are enough. first: the first of this rank's. */
bool cli_shards_own(const cli_args *args);
int64_t cli_first_shard(const cli_args *args);
/* Then the first row of each rank and, behind them, n, in memory that free() frees; else *first is NULL. */
akin_status cli_shard_rows(const cli_args *args, int64_t n, int64_t **first, akin_error *err);
/* Then, on all ranks, when the shards are written: the set of the first rank has those of all. */
akin_status cli_shards_gather(const cli_args *args, akin_file_set *files, akin_error *err);
/* They can be written: -1. Else the error is told, and this is the exit code. */
int cli_check_shards(const cli_args *args, const char *out, bool piped);
/* There is a row for each. */
akin_status cli_shards_fit(const cli_args *args, int64_t n, akin_error *err);
/* What reads all rows: out, or the range of the files that they are divided into. */
void cli_name_rows(const cli_args *args, const char *out, char *name, size_t size);

/* How many rows are all zeros, as those of texts without a word; where which is not NULL, which. */
int64_t cli_zero_rows(akin_cmat rows, bool *which);
/* Say that, of n texts. */
void cli_tell_zero_rows(const cli_args *args, int64_t zeros, int64_t n);

/* akin embed --onnx FILE DATA. Returns the exit code. */
int cli_embed_onnx(const cli_args *args, const char *out);

/* akin embed RUN -: each line of standard input becomes a row. whitening: or NULL. *n receives how many, to
 * *zeros are added those that are all zeros. */
akin_status cli_embed_lines(const cli_args *args, akin_model *model, const akin_whitening *whitening,
                            akin_file_set *files, const char *out, int64_t *n, int64_t *zeros,
                            akin_error *err);

#endif
