/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/train.h - the list of all options of training, and where the time of a run went. */
#ifndef AKIN_TOOL_TRAIN_H
#define AKIN_TOOL_TRAIN_H

#include "akin/base.h"
#include "akin/tool/nn.h"
#include "akin/tool/program.h" /* akin_opt_desc */
#include "akin/tool/ranks.h"
#include "akin/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Row i of the options of a run: its own, then those of the loader, the encoders, the views and the losses.
 * NULL after the last. */
AKIN_API const akin_opt_desc *akin_train_option_at(int i);

/* Every moment of the loop over steps belongs to one phase. */
typedef enum akin_phase {
    AKIN_PHASE_WAIT,     /* wait for a batch of the loader */
    AKIN_PHASE_FORWARD,  /* the encoder, from rows to projections */
    AKIN_PHASE_LOSS,     /* the loss and its gradient */
    AKIN_PHASE_BACKWARD, /* the encoder, from that gradient to those of its weights */
    AKIN_PHASE_CHECK,    /* are gradients and weights finite? */
    AKIN_PHASE_UPDATE,   /* new weights */
    AKIN_PHASE_LOG,      /* progress, metrics and events */
    AKIN_PHASE_SAVE,     /* checkpoints */
    AKIN_PHASES
} akin_phase;

AKIN_API const char *akin_phase_name(akin_phase phase); /* "data wait"; NULL outside the list */

/* The time of all steps but the first, which touches all memory for the first time. Owned by the library;
 * read through pointers only, during the call of on_profile. */
typedef struct akin_train_times {
    int64_t steps;
    double seconds;              /* the sum of the phases */
    double phase_s[AKIN_PHASES]; /* over all steps */
    double step_s[3];            /* quartiles of one step without log and save, over the last 4096 steps */
} akin_train_times;

/* Do ranks learn what one rank learns? A small net learns by that loss (also "cross-entropy") for so many
 * steps from rows that the seed draws, on the first rank alone and on all of them; no file is read or
 * written. *error, the same on every rank, receives the largest difference |x - y| / (1 + |x|) between a
 * number x of the net on one rank and y on all; 100 steps leave some 1e-7 to 1e-6, by the rounding of sums in
 * another order. All ranks call it.
 *   AKIN_ERR_ARGUMENT  there is no such loss, or loss or error is NULL
 *   AKIN_ERR_NOMEM     of any rank, told to all, as every error is */
AKIN_API akin_status akin_train_check_ranks(akin_ranks *ranks, const char *loss, int64_t steps, uint64_t seed,
                                            double *error, akin_error *err);

/* What akin_train_opts.on_profile is given. Layer i has its seconds over all steps; NULL after the last. */
AKIN_API const akin_train_times *akin_train_profile_times(const akin_train_profile *profile);
AKIN_API const akin_encoder_layer *akin_train_profile_layer_at(const akin_train_profile *profile, int i);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_TRAIN_H */
