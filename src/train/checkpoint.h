/* SPDX-License-Identifier: Apache-2.0 */
/* train/checkpoint.h - the state of a run between two steps, as checkpoints/step-NNNNNNNNNN.safetensors.
 *
 * State = weights and running averages, the optimiser's arrays, the step, the sums of the log interval under way, the
 * lengths of the growing files, the data's fingerprint and normalisation. Order and augmentations are functions of
 * the step, so nothing of them is kept. */
#ifndef AKIN_SRC_CHECKPOINT_H
#define AKIN_SRC_CHECKPOINT_H

#include "akin/nn.h"
#include "train/record.h"

enum { AKIN_MAX_CHANNELS = 4 };

typedef struct akin_train_state {
    int64_t step; /* steps done */
    double interval_loss;
    int64_t interval_steps;
    double elapsed_s;
    char fingerprint[32];
    float mean[AKIN_MAX_CHANNELS], std[AKIN_MAX_CHANNELS];
    akin_record_mark mark;
} akin_train_state;

/* The tensors of a run's nets, and how tensor i turns into the plain layout of files and back. NULL functions: data
 * is plain already. They read and write tensors[i].data. */
typedef struct akin_tensor_list {
    const akin_tensor *tensors;
    int64_t count;
    void *ctx;
    akin_status (*to_plain)(void *ctx, int64_t i, float *plain, akin_error *err);
    akin_status (*from_plain)(void *ctx, int64_t i, const float *plain, akin_error *err);
} akin_tensor_list;

akin_tensor_list akin_encoder_tensor_list(akin_encoder *e); /* borrows e */

/* Arrays kept beside the tensors, such as an optimiser's: data[i] has the size and layout of tensor i and is stored
 * as PREFIX followed by the tensor's name; NULL where there is none. */
typedef struct akin_array_set {
    const char *prefix;
    float *const *data; /* [count of the list] */
} akin_array_set;

akin_status akin_checkpoint_save(const char *run, const akin_tensor_list *list, const akin_array_set *sets,
                                 int set_count, const akin_train_state *state, akin_error *err);

/* The newest checkpoint of the run that is whole. Damaged ones are passed over; note (may be NULL) then receives a
 * sentence. weights: prefix of the arrays that become the tensors, "" for the tensors themselves.
 * AKIN_ERR_INPUT when there is none, AKIN_ERR_FORMAT when an array is not in it. */
akin_status akin_checkpoint_load(const char *run, const akin_tensor_list *list, const char *weights,
                                 const akin_array_set *sets, int set_count, akin_train_state *state,
                                 char *note, size_t note_size, akin_error *err);

/* Checkpoints in the run's folder, whole or not; -1 without memory to list them. An empty folder is what a stop before the first one leaves. */
int akin_checkpoint_count(const char *run);

/* Delete all but the newest two, and what killed processes left half written. Call it after a save that succeeded. */
void akin_checkpoint_trim(const char *run);

/* XXH64 over the plain values of all tensors in order: equal sums mean equal weights. */
akin_status akin_checkpoint_sum(const akin_tensor_list *list, uint64_t *sum, akin_error *err);

#endif
