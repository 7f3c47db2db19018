/* SPDX-License-Identifier: Apache-2.0 */
/* train/memory.h - how much memory a run needs, told before its first step. */
#ifndef AK_TRAIN_MEMORY_H
#define AK_TRAIN_MEMORY_H

#include "train/trainer.h"

typedef struct ak_train_memory { /* bytes */
    int64_t encoder, optimizer, loss, loader, data;
    int64_t checkpoint; /* a plain copy of the state, while it is saved */
} ak_train_memory;

/* Of a prepared run: its parts exist, but the encoder's large blocks have not been touched. */
ak_train_memory ak_trainer_memory(const ak_trainer *t);

/* AKIN_ERR_NOMEM, with advice, when the run needs more than `available` bytes: what akin_memory_available()
 * said before the data were read and the parts made. A negative number means that nobody knows. */
akin_status ak_trainer_check_memory(const ak_trainer *t, int64_t available, akin_error *err);

void ak_trainer_say_memory(ak_trainer *t);

#endif
