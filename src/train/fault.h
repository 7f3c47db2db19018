/* SPDX-License-Identifier: Apache-2.0 */
/* train/fault.h - where tests put a fault into a step, to see what it leads to. */
#ifndef AK_TRAIN_FAULT_H
#define AK_TRAIN_FAULT_H

#include "train/trainer.h"

/* NULL outside of tests, and not exported. Each step calls it with what has just been made: "views" (the
 * rows as floats, or NULL), "projections", "loss" (double), "loss gradient". At "gradients" and "weights"
 * values is NULL; the tensors are those of the encoder. */
typedef void ak_train_fault_fn(ak_trainer *t, const char *stage, void *values);
extern ak_train_fault_fn *ak_train_fault;

static inline void ak_fault(ak_trainer *t, const char *stage, void *values)
{
    if (ak_train_fault) ak_train_fault(t, stage, values);
}

#endif
