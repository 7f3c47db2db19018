/* SPDX-License-Identifier: Apache-2.0 */
/* dist/speed.c - how fast messages go around the ring of ranks. */
#include "dist/dist.h"

#include <math.h>

enum { TRIES = 4, ROUNDS = 16, LONG_ROUNDS = 2, WORD = 8, LONG = 4 << 20 };

/* Seconds of a round in which every rank sends so many bytes to the next, and has those of the previous one:
 * the mean of some in a row, for one alone may find what came early; of a few tries the least. */
static akin_status rounds(ak_comm *c, unsigned char *out, unsigned char *in, size_t bytes, int count,
                          double *round_s, akin_error *err)
{
    const int size = ak_comm_size(c), rank = ak_comm_rank(c);
    *round_s = INFINITY;
    for (int try = 0; try <= TRIES; try++) {
        const double start = ak_now_s();
        for (int i = 0; i < count; i++) {
            ak_transfer t = { .out = out,
                              .out_bytes = bytes,
                              .to = (rank + 1) % size,
                              .in = in,
                              .in_bytes = bytes,
                              .from = (rank + size - 1) % size };
            AK_TRY(ak_comm_begin(c, &t, err));
            AK_TRY(ak_comm_end(c, &t, err));
        }
        const double each = (ak_now_s() - start) / count;
        if (try > 0) *round_s = fmin(*round_s, each); /* the first one also makes connections */
    }
    return AKIN_OK;
}

akin_status akin_ranks_speed(akin_ranks *r, double *latency_s, double *bandwidth, akin_error *err)
{
    AK_GIVEN(latency_s, err);
    AK_GIVEN(bandwidth, err);
    if (ak_comm_size(r) < 2)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "one rank has nobody to send a message to");
    unsigned char *room = ak_alloc(2, LONG, 1);
    akin_status status = room ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the longest message");
    status = ak_comm_agree(r, status, err);
    double x[2] = { 0, 0 };
    if (!status) status = rounds(r, room, room + LONG, WORD, ROUNDS, &x[0], err);
    if (!status) status = rounds(r, room, room + LONG, LONG, LONG_ROUNDS, &x[1], err);
    free(room);
    if (!status) status = ak_comm_most(r, x, 2, err);
    if (status) return status;
    *latency_s = x[0];
    *bandwidth = LONG / fmax(x[1] - 3 * x[0], x[1] / 2); /* a long one is asked for and answered first */
    return AKIN_OK;
}
