/* SPDX-License-Identifier: Apache-2.0 */
/* train/fault.c - the hook of train/fault.h; NULL outside of tests. */
#include "train/fault.h"

ak_train_fault_fn *ak_train_fault;
