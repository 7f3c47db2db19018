/* SPDX-License-Identifier: Apache-2.0 */
/* cli/loss/inputs.h - the arrays that `akin loss` reads from files. */
#ifndef AK_CLI_LOSS_INPUTS_H
#define AK_CLI_LOSS_INPUTS_H

#include "command/command.h"

#include "akin/loss.h"

typedef struct cli_loss_inputs {
    akin_array a, b, features, positives, negatives, labels, groups;
    float *own_features; /* the rows of a and b, when no file was given */
    int64_t *group;      /* [n] */
    akin_loss_batch batch;
} cli_loss_inputs;

/* AKIN_ERR_ARGUMENT unless every file is given that the loss needs. */
akin_status cli_loss_inputs_given(const cli_args *args, const akin_loss *loss, akin_error *err);

/* Read the files that are given, and point in->batch at them. Fails as the reader of .npy files does;
 * AKIN_ERR_SHAPE where two files do not fit together. To be freed also after a failure. */
akin_status cli_loss_inputs_load(const cli_args *args, cli_loss_inputs *in, akin_error *err);
void cli_loss_inputs_free(cli_loss_inputs *in);

/* Without a file, the features of `difficult` are the rows of a and b themselves.  AKIN_ERR_NOMEM. */
akin_status cli_loss_inputs_features(cli_loss_inputs *in, akin_error *err);

#endif
