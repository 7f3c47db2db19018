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
#include "set/learning.h"
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
    ak_learning learning;
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

/* Tell a person, and log.txt once it is open. */
void ak_trainer_say(ak_trainer *t, const char *format, ...) AK_PRINTF(2, 3);

/* What a checkpoint keeps: all tensors, and the arrays beside them. Returns how many sets; they borrow from t. */
enum { AK_TRAINER_MAX_SETS = AK_UPDATE_MAX_SETS + 1 };
int ak_trainer_arrays(ak_trainer *t, ak_tensor_list *list, ak_array_set sets[AK_TRAINER_MAX_SETS]);

/* Free everything that the run has made; *t may be half made. */
void ak_trainer_release(ak_trainer *t);

#endif
