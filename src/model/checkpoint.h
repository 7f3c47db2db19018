/* SPDX-License-Identifier: Apache-2.0 */
/* model/checkpoint.h - the state of a run between two steps, as checkpoints/step-NNNNNNNNNN.safetensors.
 *
 * State = weights and running averages, the optimiser's arrays, the step, the sums of the log interval under way, the
 * lengths of the growing files, the data's fingerprint and normalisation, the best loss so far. Order and augmentations
 * are functions of the step, so nothing of them is kept.
 *
 * Kept are the newest two and, as checkpoints/best.safetensors, the one of the lowest smoothed loss. A checkpoint is
 * read back and its sums are compared before an older one is deleted. None ever holds a value that is not finite. */
#ifndef AKIN_SRC_CHECKPOINT_H
#define AKIN_SRC_CHECKPOINT_H

#include "nn/tensors.h"
#include "set/measured.h"

/* How long the growing files of the run folder are, in bytes, and the name of the events file, which holds the time
 * at which the run began. On resume the files are cut back to these lengths. */
typedef struct ak_record_mark {
    int64_t metrics, events, log;
    char events_name[64];
} ak_record_mark;

typedef struct ak_train_state {
    int64_t step; /* steps done */
    double interval_loss, interval_collisions;
    int64_t interval_steps;
    double
        smoothed_loss; /* mean over the first epoch, then exponential with an epoch's span; NaN = unknown */
    double best_loss;  /* the lowest smoothed loss at a checkpoint, and its step; 0 = none yet */
    int64_t best_step;
    double elapsed_s;
    char fingerprint[32];
    float mean[AK_MAX_CHANNELS], std[AK_MAX_CHANNELS];
    ak_record_mark mark;
} ak_train_state;

/* The prefix of the averaged weights (--ema) in a checkpoint. */
#define AK_EMA_PREFIX "ema."

/* Arrays kept beside the tensors, such as an optimiser's: data[i] has the size and layout of tensor i and is stored
 * as PREFIX followed by the tensor's name; NULL where there is none. */
typedef struct ak_array_set {
    const char *prefix;
    float *const *data; /* [count of the list] */
} ak_array_set;

/* Which checkpoint to load: the newest whole one, the best, or, above 0, that of a step. */
enum { AK_CHECKPOINT_NEWEST = 0, AK_CHECKPOINT_BEST = -1 };

akin_status ak_checkpoint_save(const char *run, const ak_tensor_list *list, const ak_array_set *sets,
                               int set_count, const ak_train_state *state, akin_error *err);

/* Load a checkpoint. NEWEST: damaged ones are passed over, and note (may be NULL) then receives a sentence. BEST and
 * steps: that one or none. weights: prefix of the arrays that become the tensors, "" for the tensors themselves.
 * AKIN_ERR_INPUT when there is none, AKIN_ERR_FORMAT when it is damaged or an array is not in it. */
akin_status ak_checkpoint_load(const char *run, int64_t which, const ak_tensor_list *list,
                               const char *weights, const ak_array_set *sets, int set_count,
                               ak_train_state *state, char *note, size_t note_size, akin_error *err);

/* Let best.safetensors be the checkpoint of `step`: a hard link to it, or a copy where the file system has none. At any
 * instant it is the one before or this one. Doing it again changes nothing. */
akin_status ak_checkpoint_mark_best(const char *run, int64_t step, akin_error *err);

/* Checkpoints in the run's folder, whole or not; -1 without memory to list them. An empty folder is what a stop before the first one leaves. */
int ak_checkpoint_count(const char *run);

/* Delete all but the newest two, the best and those whose step is a multiple of `stays` (0 = none), and what killed processes
 * left half written. Call it after a save that succeeded. */
void ak_checkpoint_trim(const char *run, int64_t stays);

/* XXH64 over the plain values of all tensors in order: equal sums mean equal weights. */
akin_status ak_checkpoint_sum(const ak_tensor_list *list, uint64_t *sum, akin_error *err);

#endif
