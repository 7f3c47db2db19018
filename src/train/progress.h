/* SPDX-License-Identifier: Apache-2.0 */
/* train/progress.h - what a logged step tells. */
#ifndef AKIN_SRC_TRAIN_PROGRESS_H
#define AKIN_SRC_TRAIN_PROGRESS_H

#include "train/trainer.h"

/* Tell the steps since the last report to the run's files and to the caller, warn of collapse, and begin a new log
 * interval. */
akin_status ak_progress_report(ak_trainer *t, akin_error *err);

#endif
