/* SPDX-License-Identifier: Apache-2.0 */
/* model/settings.h - the configuration of a run as typed values. */
#ifndef AK_MODEL_SETTINGS_H
#define AK_MODEL_SETTINGS_H

#include "akin/loss.h"
#include "akin/tool/bag.h"
#include "akin/tool/nn.h"
#include "akin/train.h"
#include "model/recipe.h"
#include "set/options.h"

/* How long vectors of words are that a run begins with (train/word_start.h). */
typedef enum ak_words_length { AK_WORDS_AUTO, AK_WORDS_DRAWN, AK_WORDS_GIVEN } ak_words_length;

typedef struct ak_train_settings {
    akin_precision loss_precision;
    const akin_loss *loss;
    akin_loss_params loss_params; /* of the first step */
    ak_anneal_opts anneal;
    ak_nested_opts nested;
    bool learn_scale, learn_bias; /* of the similarities, train/learned.h */
    int64_t predictor;            /* hidden units, train/predictor.h; -1 = the loss's, 0 = no predictor */
    bool pass_gradient;           /* through its targets */
    /* What is kept of items, train/past.h. */
    double temperature_rate, average_share_epochs, false_negatives, false_negatives_after, threshold_rate;
    bool temperature_shared;
    akin_encoder_opts encoder;
    ak_data_opts data; /* what it learns from, and how that is read */
    ak_update_opts update;
    ak_schedule_opts schedule;
    ak_step_plan plan; /* of its steps */
    double budget_s;   /* seconds that the run may take; 0 = as many as it takes */
    int64_t epochs, batch, log_every, checkpoint_every, keep_every;
    int64_t micro;   /* items encoded at once; 0 = the batch */
    bool whole;      /* every rank has the rows of the whole step, and sums have one order (--reproducible) */
    bool norm_all;   /* batch norm by the statistics of the whole step */
    double momentum; /* M of a momentum encoder; 0 = none */
    int64_t queue;   /* keys; 0 = none */
    uint64_t seed;
    int workers;
    ak_pairing pairing;
    int64_t window, block, negatives;
    double value_noise;      /* of positives by value, in deviations of each */
    const char *pair_file;   /* pairs of items; NULL = none */
    const char *class_prior; /* "empirical", "uniform" or a file of weights */
    bool distinct;
    akin_bag_opts table; /* of encoders that read tokens: the vectors of the words */
    double words_lr;     /* of the table over lr */
    int32_t pool;        /* what is taken of the states of a GRU */
    ak_words_length words_length;
    ak_collapse_limits warn;
    bool supervised; /* cross-entropy on the classes: loss is then ak_cross_entropy */
} ak_train_settings;

/* AKIN_ERR_ARGUMENT and AKIN_ERR_RANGE when options contradict each other. Texts in *out are borrowed from
 * c. */
akin_status ak_train_settings_of(const akin_train_config *c, ak_train_settings *out, akin_error *err);

/* A plan of steps as the value of --steps. */
enum { AK_STEP_PLAN_TEXT = 40 * AK_MAX_TURNS };
void ak_step_plan_text(const ak_step_plan *p, char text[AK_STEP_PLAN_TEXT]);

/* With positives of columns of the data: AKIN_ERR_ARGUMENT where the loss takes no further negatives. */
akin_status ak_train_check_negatives(const ak_train_settings *s, akin_error *err);

#endif
