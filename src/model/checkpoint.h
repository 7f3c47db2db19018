/* SPDX-License-Identifier: Apache-2.0 */
/* model/checkpoint.h - the state of a run between two steps, saved and loaded (checkpoint_files.h has the
 * files).
 *
 * The state is: weights and running averages, the optimiser's arrays, the step, the sums of the log interval
 * under way, the lengths of the growing files, the fingerprint and the normalisation of the data, the best
 * loss so far. The order of the items and their views are functions of the step, so nothing of them is kept.
 *
 * A checkpoint that was written is read back and its check sums are compared before an older one is deleted.
 * None ever holds a value that is not finite. */
#ifndef AK_MODEL_CHECKPOINT_H
#define AK_MODEL_CHECKPOINT_H

#include "model/checkpoint_files.h"
#include "nn/tensors.h"
#include "set/measured.h"

/* How long the growing files of the run folder are, in bytes, and the name of the events file, which holds
 * the time at which the run began. On resume the files are cut back to these lengths. */
typedef struct ak_log_lengths {
    int64_t metrics, events, log;
    char events_name[64];
} ak_log_lengths;

typedef struct ak_train_state {
    int64_t step; /* steps done */
    double interval_loss, interval_collisions;
    int64_t interval_steps;
    /* The mean loss in the first epoch, then an exponential average with the span of an epoch; NaN =
     * unknown. */
    double smoothed_loss;
    double best_loss;  /* the lowest smoothed loss at a checkpoint */
    int64_t best_step; /* and its step; 0 = none yet */
    double elapsed_s;
    char fingerprint[32];
    float mean[AK_MAX_CHANNELS], std[AK_MAX_CHANNELS];
    ak_log_lengths lengths;
} ak_train_state;

/* The prefix of the averaged weights (--ema) in a checkpoint. */
#define AK_EMA_PREFIX "ema."

/* Arrays kept beside the tensors, such as an optimiser's. data[i] has the size and layout of tensor i, and
 * is stored as the prefix followed by the tensor's name; NULL where there is none. */
typedef struct ak_array_set {
    const char *prefix;
    float *const *data; /* [count of the list] */
} ak_array_set;

/* Write the checkpoint of state->step.  AKIN_ERR_IO, AKIN_ERR_NUMERIC when a value is not finite,
 * AKIN_ERR_NOMEM. */
akin_status ak_checkpoint_save(const char *run, const ak_tensor_list *list, const ak_array_set *sets,
                               int set_count, const ak_train_state *state, akin_error *err);

/* Where the arrays of a checkpoint go. */
typedef struct ak_checkpoint_target {
    const ak_tensor_list *list;
    /* Prefix of the arrays that become the tensors: "" for the weights themselves, AK_EMA_PREFIX for their
     * average. */
    const char *weights;
    const ak_array_set *sets;
    int set_count;
} ak_checkpoint_target;

/* Load a checkpoint. With AK_CHECKPOINT_NEWEST damaged ones are passed over, and note then receives a
 * sentence with both steps, which is to be told; otherwise it is the one that is asked for or none.
 *
 * AKIN_ERR_INPUT        there is none, or none that is whole
 * AKIN_ERR_FORMAT       it is damaged, or lacks an array
 * AKIN_ERR_UNSUPPORTED  another version wrote it
 * AKIN_ERR_IO           a file or the folder cannot be read; no other checkpoint is taken then
 * AKIN_ERR_NOMEM */
akin_status ak_checkpoint_load(const char *run, int64_t which, const ak_checkpoint_target *target,
                               ak_train_state *state, char *note, size_t note_size, akin_error *err);

/* XXH64 over the plain values of all tensors in order: equal sums mean equal weights. */
akin_status ak_checkpoint_sum(const ak_tensor_list *list, uint64_t *sum, akin_error *err);

#endif
