/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/embed.h - the forms of embeddings that leave the program, and lines of a pipe as their source. */
#ifndef AKIN_CLI_EMBED_EMBED_H
#define AKIN_CLI_EMBED_EMBED_H

#include "command/command.h"

#include "akin/tool/dataset.h"
#include "akin/tool/model.h"

typedef struct cli_rows cli_rows;

/* Rows of `cols` numbers to out, "-" = stdout, in the form as: "npy", "text", "vec", or "auto" by out's name. n < 0: as many
 * as come; .npy and .vec, which tell their length first, are then kept in memory until the end. */
akin_status cli_rows_open(const char *out, const char *as, int64_t n, int64_t cols, cli_rows **r,
                          akin_error *err);
/* name: what stands before the numbers in .vec, its blanks made underscores. */
akin_status cli_rows_put(cli_rows *r, const char *name, int64_t bytes, const float *row, akin_error *err);
/* Frees r (which may be NULL). so_far not OK: drop what was written, and return it. */
akin_status cli_rows_close(cli_rows *r, akin_status so_far, akin_error *err);

/* akin embed RUN -: each line of standard input becomes a row. *n receives how many. */
akin_status cli_embed_lines(const cli_args *args, akin_model *model, akin_layer layer, const char *out,
                            int64_t *n, akin_error *err);

#endif
