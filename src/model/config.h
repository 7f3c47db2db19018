/* SPDX-License-Identifier: Apache-2.0 */
/* model/config.h - the configuration of a run as typed values. */
#ifndef AKIN_SRC_CONFIG_H
#define AKIN_SRC_CONFIG_H

#include "akin/tool/json.h"
#include "akin/tool/bag.h"
#include "akin/tool/gru.h"
#include "akin/loss.h"
#include "akin/tool/nn.h"
#include "akin/tool/train.h"
#include "akin/train.h"
#include "set/kinds.h"
#include "model/recipe.h"

typedef struct ak_train_settings {
    akin_precision loss_precision;
    const akin_loss *loss;
    akin_loss_params loss_params; /* of the first step */
    ak_anneal_opts anneal;
    akin_encoder_opts encoder;
    ak_data_opts data; /* what it learns from, and how that is read */
    ak_update_opts update;
    ak_schedule_opts schedule;
    int64_t epochs, batch, log_every, checkpoint_every, keep_every;
    int64_t micro;   /* items encoded at once; 0 = the batch */
    double momentum; /* M of a momentum encoder; 0 = none */
    int64_t queue;   /* keys; 0 = none */
    uint64_t seed;
    int workers;
    ak_pairing pairing;
    int64_t window, block, negatives;
    const char *class_prior; /* "empirical", "uniform" or a file of weights */
    bool distinct;
    akin_bag_opts table; /* of encoders that read tokens: the vectors of the words */
    double words_lr;     /* of the table over lr */
    int32_t pool;        /* what is taken of the states of a GRU */
    ak_collapse_limits warn;
    bool supervised; /* cross-entropy on the classes: loss is then ak_cross_entropy */
} ak_train_settings;

/* AKIN_ERR_ARGUMENT when options contradict each other. Texts in *out are borrowed from c. */
akin_status ak_train_settings_of(const akin_train_config *c, ak_train_settings *out, akin_error *err);

/* Everything in force, numbers as numbers: the "config" of run.json. New reference. */
akin_json *ak_train_config_json(const akin_train_config *c);

/* The supervised reference: a row of the list of losses that only training knows. */
extern const akin_loss ak_cross_entropy;

/* The option means something: the loss, the optimiser and the schedule chosen have it. */
bool ak_train_config_applies(const akin_train_config *c, const char *name);

/* Not held back by another option, as --trust is unless --optimizer is lars. */
bool ak_train_config_needed(const akin_train_config *c, const char *name);

/* config_loss.c: the loss, after --difficult; NULL when there is none of that name. */
const akin_loss *ak_train_loss(const akin_train_config *c);
bool ak_train_difficult(const akin_train_config *c);                   /* --difficult is in force */
bool ak_train_loss_uses(const akin_train_config *c, const char *name); /* false: of no effect here */
bool ak_train_loss_has(const akin_train_config *c, const char *name);  /* a parameter that may be given */
akin_status ak_train_loss_of(const akin_train_config *c, ak_train_settings *s, akin_error *err);

/* Options that were set but that nothing chosen reads. */
akin_status ak_train_check_applies(const akin_train_config *c, akin_error *err);

/* A default that depends on the optimiser, or NULL. */
const char *ak_train_config_default(const akin_train_config *c, const char *name);

/* The part of ak_train_settings_of() that is about steps; config_update.c. */
akin_status ak_train_update_of(const akin_train_config *c, ak_update_opts *update, ak_schedule_opts *schedule,
                               akin_error *err);

/* And the part about how its rows pass the encoder; after the loss is known. */
akin_status ak_train_visits_of(const akin_train_config *c, ak_train_settings *s, akin_error *err);

/* What the options are for; the trainer and the model say it, before ak_train_settings_of(). */
const ak_kind *ak_train_config_kind(const akin_train_config *c);
void ak_train_config_set_kind(akin_train_config *c, const ak_kind *kind);
/* The values in force, for the kind to read its own. Borrows c. */
ak_option_reader ak_train_config_reader(const akin_train_config *c);

/* The option is for data of that kind. */
bool ak_train_config_fits(const akin_train_config *c, const char *name);

/* The part of ak_train_settings_of() that is about data; config_data.c. */
akin_status ak_train_data_of(const akin_train_config *c, ak_train_settings *s, akin_error *err);

#endif
