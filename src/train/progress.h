/* SPDX-License-Identifier: Apache-2.0 */
/* train/progress.h - what a logged step tells. */
#ifndef AK_TRAIN_PROGRESS_H
#define AK_TRAIN_PROGRESS_H

#include "train/trainer.h"

/* Tell the files of the run and the caller about the steps since the last report, warn of collapse, and
 * begin a new log interval. */
akin_status ak_progress_report(ak_trainer *t, akin_error *err);

#endif
