/* SPDX-License-Identifier: Apache-2.0 */
/* cli/loss/inputs.h - the arrays that `akin loss` reads from files. */
#ifndef AK_CLI_LOSS_INPUTS_H
#define AK_CLI_LOSS_INPUTS_H

#include "command/command.h"

#include "akin/loss.h"

typedef struct cli_loss_inputs {
    akin_array a, b, features, positives, negatives, labels, groups, targets, links, values;
    float *own_features; /* the rows of a and b, when no file was given */
    int64_t *link_start; /* [2n + 1] */
    int32_t *link;
    float *link_weight;
    float *both_values; /* [2n,q], when the file has those of n items */
    int64_t *group;     /* [n] */
    akin_loss_batch batch;
} cli_loss_inputs;

/* AKIN_ERR_ARGUMENT unless every file is given that the loss needs. */
akin_status cli_loss_inputs_given(const cli_args *args, const akin_loss *loss, akin_error *err);

/* Read the files that are given, and point in->batch at them. Fails as the reader of .npy files does;
 * AKIN_ERR_SHAPE where two files do not fit together. To be freed also after a failure. */
akin_status cli_loss_inputs_load(const cli_args *args, cli_loss_inputs *in, akin_error *err);
void cli_loss_inputs_free(cli_loss_inputs *in);

/* What this rank evaluates of a batch, and of its gradients. One process: all of it. */
typedef struct cli_loss_part {
    akin_loss_batch batch;
    akin_loss_grads grads;
    float *features, *targets, *values;
    int64_t *link_start;
    int32_t *link;
    float *link_weight;
} cli_loss_part;
/* all: gradients of the whole batch, or with data = NULL.  AKIN_ERR_ARGUMENT: fewer items than ranks;
 * AKIN_ERR_DISTRIBUTED: a rank has other rows; AKIN_ERR_NOMEM. */
akin_status cli_loss_part_take(const akin_loss_batch *whole, const akin_loss_grads *all, cli_loss_part *out,
                               akin_error *err);
/* The gradients of all parts into those of the whole batch. */
akin_status cli_loss_part_gather(const akin_loss_batch *whole, const akin_loss_grads *all, akin_error *err);
void cli_loss_part_free(cli_loss_part *p);

/* --links and --values: into the batch, whose a and b are there.  AKIN_ERR_SHAPE, AKIN_ERR_INPUT (no such
 * row, a pair twice), AKIN_ERR_NOMEM, and as the reader of .npy files. relations.c */
akin_status cli_loss_inputs_relations(const cli_args *args, cli_loss_inputs *in, akin_error *err);
/* Those of items [first, first + n): into out->batch.  AKIN_ERR_NOMEM */
akin_status cli_loss_part_relations(const akin_loss_batch *whole, int64_t first, int64_t n,
                                    cli_loss_part *out, akin_error *err);

/* Without a file, the features of `difficult` are the rows of a and b themselves.  AKIN_ERR_NOMEM. */
akin_status cli_loss_inputs_features(cli_loss_inputs *in, akin_error *err);

#endif
