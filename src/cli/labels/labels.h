/* SPDX-License-Identifier: Apache-2.0 */
/* cli/labels/labels.h - what akin labels found, for those who tell it. */
#ifndef AK_CLI_LABELS_LABELS_H
#define AK_CLI_LABELS_LABELS_H

#include "cli/lists.h"
#include "cli/near/near.h"

#include "akin/tool/label_errors.h"

typedef struct cli_suspects {
    const cli_args *args;
    cli_near near;
    akin_labels *own;      /* of --labels, or NULL: those of the source */
    const int32_t *labels; /* [n] */
    akin_label_errors *found;
    const akin_label_state *state;
} cli_suspects;

/* The options that name files, NULL after the last. */
extern const char *const cli_suspect_files[];

/* The name of class c, or its label where it has none, in buf or elsewhere. */
const char *cli_suspect_class(const cli_suspects *s, int64_t c, char *buf, size_t size);

/* Labels that are called wrong, from one class to another. */
typedef struct cli_suspect_pair {
    int32_t given, suggested;
    int64_t n;
} cli_suspect_pair;

/* All of them, the most frequent first, in memory that free() frees; NULL without memory, or with none. */
cli_suspect_pair *cli_suspect_pairs(const akin_label_state *state, int64_t *count);

/* All items as text, tabs between, the most suspect first. */
akin_status cli_suspects_write(const cli_suspects *s, const char *path, akin_files *files, akin_error *err);
/* Labels that are called wrong, side by side for each pair of classes. */
akin_status cli_suspects_page(cli_suspects *s, const char *path, akin_files *files, akin_error *err);
/* What was found, on stdout; returns the exit code. */
int cli_suspects_tell(const cli_suspects *s);

#endif
