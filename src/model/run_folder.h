/* SPDX-License-Identifier: Apache-2.0 */
/* model/run_folder.h - the folder of a run: paths in it, and which of its files are ours
 * (docs/formats.md). */
#ifndef AK_MODEL_RUN_FOLDER_H
#define AK_MODEL_RUN_FOLDER_H

#include "akin/base.h"

/* "RUN/NAME" into path[size]; false when it does not fit. */
bool ak_run_path(char *path, size_t size, const char *run, const char *name);

/* *has: RUN/NAME is there. AKIN_ERR_IO, AKIN_ERR_NOMEM: nobody knows. */
akin_status ak_run_has(const char *run, const char *name, bool *has, akin_error *err);

/* The folders inside a run's that hold more of it, ended by NULL. */
extern const char *const ak_run_folders[];

/* A file of that name, in the run's folder or one of those in it, is a run's; half-written ones too.
 * Everything else that lies there is somebody's own. */
bool ak_run_owns(const char *name);

/* Delete what a run leaves behind, and nothing else.  AKIN_ERR_IO with the file. */
akin_status ak_run_clear(const char *run, akin_error *err);

/* Replacing a run. ---------------------------------------------------------------------------------
 *
 * The files of the run before move to RUN/replaced, and are deleted when the new one has its first
 * checkpoint. At any instant one of the two is whole:
 *
 *     run.json in RUN   checkpoints in RUN   replaced/
 *     yes               any                  no          a run
 *     no                any                  yes         nothing begun: the old one is put back
 *     yes               no                   yes         the new one has begun; a resume begins it again
 *     yes               yes                  yes         the new one counts: replaced/ goes
 */

/* Only one process writes a run. *lock is to be given back by ak_run_unlock().  AKIN_ERR_ARGUMENT when
 * another process holds it, AKIN_ERR_IO when RUN cannot be written to. A file system without locks lets
 * everybody in. */
akin_status ak_run_lock(const char *run, int *lock, akin_error *err);
void ak_run_unlock(const char *run, int lock); /* takes -1 */

/* Finish what an interrupted replacement left, by the table above. */
akin_status ak_run_recover(const char *run, akin_error *err);
/* Move the run in RUN aside; nothing is done where there is none. */
akin_status ak_run_set_aside(const char *run, akin_error *err);
/* Put it back, in place of what the new run has begun. */
akin_status ak_run_put_back(const char *run, akin_error *err);
/* Delete what was set aside: the new run has a checkpoint. */
akin_status ak_run_forget_replaced(const char *run, akin_error *err);
/* "; the run that it replaces is in 'RUN/replaced'" into text, or "". */
const char *ak_run_replaced_text(const char *run, char *text, size_t size);

#endif
