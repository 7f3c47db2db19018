/* SPDX-License-Identifier: Apache-2.0 */
/* train/trainer.h - a run while it is being prepared and while it goes. setup.c fills it, trainer.c runs it, step.c is one
 * step of it. */
#ifndef AKIN_SRC_TRAINER_H
#define AKIN_SRC_TRAINER_H

#include "akin/tool/train.h"

#include "base/base.h"
#include "model/checkpoint.h"
#include "model/config.h"
#include "model/net.h"
#include "model/run_folder.h"
#include "model/subject.h"
#include "train/anneal.h"
#include "train/collapse.h"
#include "train/gradsum.h"
#include "train/loader.h"
#include "train/momentum.h"
#include "train/profile.h"
#include "train/record.h"
#include "train/schedule.h"
#include "train/update.h"

typedef struct ak_trainer {
    const char *run;
    char data_path[4096], keep_path[4096]; /* keep: the run's own copy of the keep-list, once there is one */
    akin_train_config *config;
    ak_train_settings set;
    akin_train_opts opts;
    ak_subject subject;
    ak_net net;
    ak_update *update;
    ak_momentum *momentum; /* NULL = none */
    ak_gradsum *gradsum;   /* NULL with one chunk a step */
    ak_visits visits;
    ak_sampler *sampler;
    ak_loader *loader;
    ak_record *record;
    ak_train_state state;
    int64_t epoch_steps, steps;
    int64_t rows;                  /* of a step: the sampler's */
    float *projections, *gradient; /* [rows, width]; without a head the features and theirs */
    akin_mat features;             /* [rows, f], for losses that read them; else empty */
    int32_t *items;                /* [rows]: what each row is a view of */
    float *visit_rows;             /* [rows of a visit, width]: projections, then their gradient */
    akin_mat visit_features;       /* [rows of a visit, f], or empty */
    int32_t *labels; /* [rows]: the latent class of each row, for losses that read them; else NULL */
    int64_t width;
    bool head;
    void *scratch;
    size_t scratch_bytes;
    akin_calibration calibration; /* of the last log interval */
    akin_loss_window window;      /* of the last logged step */
    ak_collapse_watch watch;
    ak_anneal anneal;
    ak_schedule schedule;
    double grad_norm; /* of the last step */
    double started_s, interval_started_s, interval_wait_s;
    int64_t interval_timed; /* steps since interval_started_s */
    ak_profile profile;
} ak_trainer;

/* For tests of what a fault leads to; NULL otherwise, and reachable from inside the library alone. Called in each step
 * with what has just been made: "views" (the rows, float, or NULL), "projections", "loss" (double), "loss gradient"; and
 * "gradients", "weights" with NULL, which are the encoder's tensors. */
typedef void ak_train_fault_fn(ak_trainer *t, const char *stage, void *values);
extern ak_train_fault_fn *ak_train_fault;

/* Tell a person, and log.txt once it is open. */
void ak_trainer_say(ak_trainer *t, const char *format, ...) AK_PRINTF(2, 3);

/* Configuration from the caller, or from the run that is resumed. */
akin_status ak_trainer_configure(ak_trainer *t, const char *data, const akin_train_config *given, bool resume,
                                 bool force, akin_error *err);
/* Data, encoder, optimiser, loss: everything that a step needs is allocated here. */
akin_status ak_trainer_prepare(ak_trainer *t, akin_error *err);
/* Load the newest checkpoint, or write what a new run begins with: record, views, run.json. */
akin_status ak_trainer_begin(ak_trainer *t, bool resume, akin_error *err);

/* One step, and its part of the sums of the log interval. */
akin_status ak_trainer_step(ak_trainer *t, akin_error *err);

/* What a checkpoint keeps: all tensors, and the arrays beside them. Returns how many sets; they borrow from t. */
enum { AK_TRAINER_MAX_SETS = AK_UPDATE_MAX_SETS + 1 };
int ak_trainer_arrays(ak_trainer *t, ak_tensor_list *list, ak_array_set sets[AK_TRAINER_MAX_SETS]);

/* Chance and floor over the steps [first, first + count), into t->calibration. */
akin_status ak_trainer_calibrate(ak_trainer *t, int64_t first, int64_t count, akin_error *err);

/* The projections of the step as the loss takes them. */
akin_loss_batch ak_trainer_batch(const ak_trainer *t);

#endif
