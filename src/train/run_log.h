/* SPDX-License-Identifier: Apache-2.0 */
/* train/run_log.h - the files of a run that grow line by line: metrics.jsonl, TensorBoard events, log.txt.
 *
 * Each checkpoint keeps their lengths. On resume they are cut back to these lengths, so that no step is told
 * twice. Files that are replaced as a whole go through akin_writer. */
#ifndef AK_TRAIN_RUN_LOG_H
#define AK_TRAIN_RUN_LOG_H

#include "akin/train.h"
#include "model/checkpoint.h"

typedef struct ak_run_log ak_run_log;

/* from NULL: begin new files.  AKIN_ERR_IO with operation, path and reason; AKIN_ERR_ARGUMENT when another
 * process writes the run; AKIN_ERR_INPUT when a file is shorter than `from` says. */
akin_status ak_run_log_open(const char *run, const ak_log_lengths *from, ak_run_log **out, akin_error *err);
void ak_run_log_close(ak_run_log *r);

/* What a logged step tells, to metrics.jsonl and to the events. */
akin_status ak_run_log_step(ak_run_log *r, const akin_train_progress *p, akin_error *err);
/* A line of log.txt; the time is put before it. */
akin_status ak_run_log_line(ak_run_log *r, const char *line, akin_error *err);
/* Flush all three to the disk: what a checkpoint counts on must outlive a power cut as the checkpoint
 * does. */
akin_status ak_run_log_sync(ak_run_log *r, akin_error *err);
void ak_run_log_lengths(const ak_run_log *r, ak_log_lengths *lengths);

#endif
