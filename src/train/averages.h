/* SPDX-License-Identifier: Apache-2.0 */
/* train/averages.h - the running averages of batch norm where several ranks, or chunks in one order whatever
 * the ranks, move them in a step. Averages of layers that do not learn stay as they are.
 *
 * Two ways. Each rank moves them by its own chunks, and what that has added is faded by the chunks of later
 * ranks and summed: exact up to rounding. Or each chunk begins with the averages before the step, what has
 * become of them is noted, and everybody who has the notes of all chunks replays them in the order of chunks:
 * the same bits whoever worked on which chunk. */
#ifndef AK_TRAIN_AVERAGES_H
#define AK_TRAIN_AVERAGES_H

#include "model/net.h"

typedef struct ak_averages ak_averages;

/* chunks: how many can be noted; 0 without the second way. Borrows net.  AKIN_ERR_NOMEM */
akin_status ak_averages_create(const ak_net *net, int64_t chunks, ak_averages **out, akin_error *err);
void ak_averages_free(ak_averages *a);

int64_t ak_averages_count(const ak_averages *a); /* numbers */
void ak_averages_keep(ak_averages *a);           /* before the step */

/* The first way. put: of each number, what this rank's `mine` chunks have added, when `after` more chunks of
 * later ranks have passed. take: those before the step, faded by all chunks, and the sum of what was put.
 * Both return what stands behind their numbers. */
float *ak_averages_put(const ak_averages *a, int64_t mine, int64_t after, float *to);
const float *ak_averages_take(ak_averages *a, int64_t all, const float *from);

/* The second way: before a chunk; after it; when all are noted. */
void ak_averages_reset(ak_averages *a);
void ak_averages_note(ak_averages *a, int64_t chunk);
float *ak_averages_notes(ak_averages *a); /* [chunks][count] */
void ak_averages_replay(ak_averages *a);

#endif
