/* SPDX-License-Identifier: Apache-2.0 */
/* train/record.h - the run folder while a run writes it: metrics.jsonl, TensorBoard events, log.txt.
 *
 * These three only grow, line by line. Their lengths go into each checkpoint; on resume they are cut back to them,
 * so that no step is told twice. Files that are replaced as a whole go through akin_writer. */
#ifndef AKIN_SRC_RECORD_H
#define AKIN_SRC_RECORD_H

#include "akin/train.h"
#include "model/checkpoint.h"

typedef struct ak_record ak_record;

/* from NULL: begin new files.  AKIN_ERR_IO with operation, path and reason. */
akin_status ak_record_open(const char *run, const ak_record_mark *from, ak_record **out, akin_error *err);
void ak_record_close(ak_record *r);

akin_status ak_record_step(ak_record *r, const akin_train_progress *p, akin_error *err);
akin_status ak_record_log(ak_record *r, const char *line, akin_error *err); /* with the time, and a newline */
/* Flush all three to the disk: what a checkpoint counts on must outlive a power cut as the checkpoint does. */
akin_status ak_record_sync(ak_record *r, akin_error *err);
void ak_record_mark_now(const ak_record *r, ak_record_mark *mark);

#endif
