/* SPDX-License-Identifier: Apache-2.0 */
/* model/checkpoint_files.h - the files of the checkpoints of a run.
 *
 * checkpoints/step-NNNNNNNNNN.safetensors for a step, checkpoints/best.safetensors for the best. A run keeps
 * the newest two, the best, and those that it was told to keep for good. */
#ifndef AK_MODEL_CHECKPOINT_FILES_H
#define AK_MODEL_CHECKPOINT_FILES_H

#include "akin/base.h"

/* Which checkpoint: the newest that is not damaged, the best, or, above 0, that of a step. */
enum { AK_CHECKPOINT_NEWEST = 0, AK_CHECKPOINT_BEST = -1 };

/* The file of a step, or of AK_CHECKPOINT_BEST; false when the path does not fit. */
bool ak_checkpoint_path(char *path, size_t size, const char *run, int64_t step);

/* The steps that have a file, newest first, into steps[AK_MAX_CHECKPOINTS]; *n: how many. A run that was
 * stopped before its first checkpoint has none.  AKIN_ERR_IO when the folder is there and cannot be read:
 * then there is no telling. */
enum { AK_MAX_CHECKPOINTS = 4096 };
akin_status ak_checkpoint_steps(const char *run, int64_t *steps, int *n, akin_error *err);

/* How many checkpoints the folder holds, damaged ones too.  AKIN_ERR_IO, AKIN_ERR_NOMEM. */
akin_status ak_checkpoint_count(const char *run, int *n, akin_error *err);

/* Let best.safetensors be the checkpoint of `step`: a hard link to it, or a copy where the file system has
 * no links. At any instant it is the one before or this one. Doing it again changes nothing. */
akin_status ak_checkpoint_mark_best(const char *run, int64_t step, akin_error *err);

/* Delete all but the newest two, the best and those whose step is a multiple of `stays` (0 = none), and
 * half-written files of killed processes. Call it after a save that succeeded. */
void ak_checkpoint_trim(const char *run, int64_t stays);

#endif
