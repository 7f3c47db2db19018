/* SPDX-License-Identifier: Apache-2.0 */
/* train/config.h - the configuration of a run as typed values. */
#ifndef AKIN_SRC_CONFIG_H
#define AKIN_SRC_CONFIG_H

#include "akin/augment.h"
#include "akin/data.h"
#include "akin/loss.h"
#include "akin/nn.h"
#include "akin/train.h"
#include "train/sampler.h"
#include "train/schedule.h"
#include "train/update.h"

#include <jansson.h>

typedef struct akin_train_settings {
    const akin_loss *loss;
    akin_loss_params loss_params;
    akin_encoder_opts encoder;
    akin_augment_opts augment;
    akin_data_opts data;
    akin_update_opts update;
    akin_schedule schedule;
    int64_t epochs, batch, log_every, checkpoint_every;
    uint64_t seed;
    int workers;
    akin_pairing pairing;
    int64_t window, block, negatives;
    const char *class_prior; /* "empirical", "uniform" or a file of weights */
    bool distinct;
    bool supervised; /* cross-entropy on the classes: loss is then akin_cross_entropy */
} akin_train_settings;

/* AKIN_ERR_ARGUMENT when options contradict each other. Texts in *out are borrowed from c. */
akin_status akin_train_settings_of(const akin_train_config *c, akin_train_settings *out, akin_error *err);

/* Everything in force, numbers as numbers: the "config" of run.json. New reference. */
json_t *akin_train_config_json(const akin_train_config *c);

/* The supervised reference: a row of the list of losses that only training knows. */
extern const akin_loss akin_cross_entropy;

/* The option means something: the loss, the optimiser and the schedule chosen have it. */
bool akin_train_config_applies(const akin_train_config *c, const char *name);

/* Not held back by another option, as --trust is unless --optimizer is lars. */
bool akin_train_config_needed(const akin_train_config *c, const char *name);

/* A default that depends on the optimiser, or NULL. */
const char *akin_train_config_default(const akin_train_config *c, const char *name);

/* The part of akin_train_settings_of() that is about steps; config_update.c. */
akin_status akin_train_update_of(const akin_train_config *c, akin_update_opts *update,
                                 akin_schedule *schedule, akin_error *err);

#endif
