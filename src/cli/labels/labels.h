/* SPDX-License-Identifier: Apache-2.0 */
/* cli/labels/labels.h - what akin labels found, for those who tell it. */
#ifndef AK_CLI_LABELS_LABELS_H
#define AK_CLI_LABELS_LABELS_H

#include "cli/lists.h"

#include "akin/tool/label_errors.h"

typedef struct cli_suspects {
    const cli_args *args;
    cli_source source;
    akin_labels *own;      /* of --labels, or NULL: those of the source */
    const int32_t *labels; /* [n] */
    akin_label_errors *found;
    const akin_label_state *state;
} cli_suspects;

/* The name of class c, or its label where it has none, in buf or elsewhere. */
const char *cli_suspect_class(const cli_suspects *s, int64_t c, char *buf, size_t size);

/* All items as text, tabs between, the most suspect first. */
akin_status cli_suspects_write(const cli_suspects *s, const char *path, akin_files *files, akin_error *err);
/* What was found, on stdout; returns the exit code. */
int cli_suspects_tell(const cli_suspects *s);

#endif
