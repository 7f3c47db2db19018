/* SPDX-License-Identifier: Apache-2.0 */
/* dist/divide.c - parts of rows, round by round, and what they have become of to all ranks. */
#include "dist/divide.h"
#include "dist/kind.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

static const double ROUND = 1e12; /* products of a rank; half a minute of a slow core */

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Into how many rounds. Each has a step for every rank, if there are as many. */
static int64_t rounds_of(const ak_comm *c, const ak_division *d, int64_t steps)
{
    const double all = (double)d->rows * d->cost / (double)ak_comm_size(c), wanted = ceil(all / ROUND);
    const int64_t most = steps / ak_comm_size(c) > 1 ? steps / ak_comm_size(c) : 1;
    return ak_comm_size(c) == 1 || !(wanted > 1) ? 1 : wanted < (double)most ? (int64_t)wanted : most;
}

/* The steps [from, to). */
static akin_status do_round(ak_comm *c, const ak_division *d, int64_t from, int64_t to, akin_error *err)
{
    const int rank = ak_comm_rank(c), size = ak_comm_size(c);
    const int64_t begin = least(d->rows, (from + ak_comm_first(c, to - from, rank)) * d->step);
    const int64_t end = least(d->rows, (from + ak_comm_first(c, to - from, rank + 1)) * d->step);
    const akin_status status = begin < end ? d->work(begin, end, d->ctx, err) : AKIN_OK;
    if (size == 1) return status;
    AK_TRY(ak_comm_agree(c, status, err));
    const int64_t origin = from * d->step;
    for (int k = 0; k < d->columns; k++) {
        const int64_t bytes = (int64_t)d->column[k].bytes;
        char *rows = (char *)d->column[k].data + origin * bytes;
        for (int r = 0; r <= size; r++) {
            const int64_t row = least(d->rows, (from + ak_comm_first(c, to - from, r)) * d->step);
            c->offset[1][r] = (row - origin) * bytes;
        }
        AK_TRY(ak_comm_gather(c, rows + c->offset[1][rank], rows, c->offset[1], err));
    }
    return AKIN_OK;
}

akin_status ak_comm_divide(ak_comm *c, const ak_division *d, akin_error *err)
{
    const int64_t steps = (d->rows + d->step - 1) / d->step, rounds = rounds_of(c, d, steps);
    for (int64_t k = 0; k < rounds; k++)
        AK_TRY(do_round(c, d, steps * k / rounds, steps * (k + 1) / rounds, err));
    return AKIN_OK;
}

akin_status ak_comm_settle(ak_comm *c, akin_status mine, akin_error *err)
{
    return mine && c && c->agreed ? mine : ak_comm_agree(c, mine, err);
}

akin_status ak_comm_same_rows(ak_comm *c, akin_status mine, akin_cmat rows, akin_error *err)
{
    if (ak_comm_size(c) == 1) return mine;
    c->agreed = AKIN_OK; /* of an earlier call */
    AK_TRY(ak_comm_agree(c, mine, err));
    uint64_t own[3] = { (uint64_t)rows.rows, (uint64_t)rows.cols, 0 }, first[3];
    for (int64_t i = 0; i < rows.rows; i++)
        own[2] = XXH3_64bits_withSeed(ak_crow(rows, i), (size_t)rows.cols * sizeof(float), own[2]);
    memcpy(first, own, sizeof first);
    AK_TRY(ak_comm_share(c, first, sizeof first, 0, err));
    akin_status status = AKIN_OK;
    if (memcmp(first, own, sizeof first) != 0)
        status = ak_fail(err, AKIN_ERR_DISTRIBUTED,
                         "the rows are not those of rank 0; ranks need the same data, akin and AKIN_ISA");
    return ak_comm_agree(c, status, err);
}
