/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/embed.h - lines of a pipe as the source of embeddings. */
#ifndef AK_CLI_EMBED_EMBED_H
#define AK_CLI_EMBED_EMBED_H

#include "command/command.h"

#include "akin/tool/dataset.h"
#include "akin/tool/model.h"

/* How many rows are all zeros, as those of texts without a word; where which is not NULL, which. */
int64_t cli_zero_rows(akin_cmat rows, bool *which);
/* Say that, of n texts. */
void cli_tell_zero_rows(const cli_args *args, int64_t zeros, int64_t n);

/* akin embed RUN -: each line of standard input becomes a row. *n receives how many. */
akin_status cli_embed_lines(const cli_args *args, akin_model *model, akin_layer layer, const char *out,
                            int64_t *n, akin_error *err);

#endif
