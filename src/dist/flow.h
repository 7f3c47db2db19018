/* SPDX-License-Identifier: Apache-2.0 */
/* dist/flow.h - sums of floats over the ranks that travel while the caller calculates.
 *
 * Pieces of a long vector are given one after the other, as they become final, on every rank in the same
 * order. Of each piece every rank adds one slice, in the order of ranks (rank 0 + rank 1 + ...), and sends it
 * to the others: the bits of ak_comm_sum_floats(), whatever the time at which something comes. What a rank
 * does when does not depend on that time either: when a piece is given, the slices of the one before are
 * waited for, added and sent on, and the sums of the third before it are waited for. */
#ifndef AK_DIST_FLOW_H
#define AK_DIST_FLOW_H

#include "dist/dist.h"

typedef struct ak_flow ak_flow;

/* most: floats of the largest piece.  AKIN_ERR_NOMEM */
akin_status ak_flow_create(ak_comm *c, int64_t most, ak_flow **out, akin_error *err);
void ak_flow_free(ak_flow *f);

/* x [n] is not touched until the end, where it is the sum. */
akin_status ak_flow_give(ak_flow *f, float *x, int64_t n, akin_error *err);
akin_status ak_flow_end(ak_flow *f, akin_error *err);

#endif
