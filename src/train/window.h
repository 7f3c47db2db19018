/* SPDX-License-Identifier: Apache-2.0 */
/* train/window.h - what a logged step tells of its loss beside the value: the window of difficult pairs, and parameters
 * that change with the step. */
#ifndef AKIN_SRC_TRAIN_WINDOW_H
#define AKIN_SRC_TRAIN_WINDOW_H

#include "train/trainer.h"

/* The run has such windows, and a class for every item to count them by; the loss itself reads no class. */
bool ak_trainer_counts_classes(const ak_trainer *t);

/* Where the step under way lets its counts go: NULL unless it will be logged and has a window. */
akin_loss_window *ak_trainer_window(ak_trainer *t);

/* The step that has just been done. */
void ak_trainer_tell_loss(const ak_trainer *t, akin_train_progress *p);

#endif
