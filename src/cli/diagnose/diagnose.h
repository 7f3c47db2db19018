/* SPDX-License-Identifier: Apache-2.0 */
/* cli/diagnose/diagnose.h - what the two forms of the diagnose verb share: with a run, and with --a. */
#ifndef AKIN_CLI_DIAGNOSE_DIAGNOSE_H
#define AKIN_CLI_DIAGNOSE_DIAGNOSE_H

#include "akin/tool/diagnose.h"
#include "akin/tool/dataset.h"
#include "command/command.h"

enum { CLI_DIAGNOSE_VIEWS = 64 };

/* What is diagnosed, in memory of its own; cli_subject_free() frees. */
typedef struct cli_subject {
    akin_diagnose_input in;
    akin_array features, labels, other, view[CLI_DIAGNOSE_VIEWS];
    akin_array seen[2]; /* two views as the loss sees them */
    akin_cmat views[CLI_DIAGNOSE_VIEWS];
    int64_t *item; /* [rows] of the data set's split; NULL: rows are items */
    akin_dataset *data;
    bool other_size; /* views are of another size than those of training */
    const char *split;
    int64_t step;
} cli_subject;

void cli_subject_free(cli_subject *s);

/* Fill s from a run: items sampled evenly, embedded as they are and as augmented views. */
akin_status cli_diagnose_load_run(const cli_args *args, cli_subject *s, akin_error *err);

/* A float array [n,d]. */
akin_status cli_floats(akin_array *a, int64_t n, int64_t d, akin_error *err);

#endif
