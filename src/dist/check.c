/* SPDX-License-Identifier: Apache-2.0 */
/* dist/check.c - what the ranks of a job do together, against calculations that every rank makes alone: the
 * numbers of rank r are a function of r and their place, so each rank knows those of all others.
 *
 * Sums are compared bit for bit, as they have one order. */
#include "dist/kind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Nothing, one, some, and 10 MB of eight bytes each. */
static const int64_t SIZES[] = { 0, 1, 1237, 1310720 };
enum { SIZE_COUNT = 4, MOST = 1310720, MOST_RANKS = 64 };

/* Of rank r, at place i: between -1 and 1, all bits in use. */
static double number(int r, int64_t i)
{
    uint64_t z = ((uint64_t)i + 1) * 0x9E3779B97F4A7C15u + (uint64_t)r * 0xD1B54A32D192ED03u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}

static double *two_blocks(akin_ranks *c, akin_error *err, akin_status *status)
{
    double *x = malloc(2 * MOST * sizeof *x);
    *status = ak_comm_agree(c, x ? AKIN_OK : ak_no_memory(err, "for 20 MB"), err);
    return x;
}

/* The checks: how many numbers are wrong on this rank ------------------------------------------------ */

static akin_status check_sum(ak_comm *c, double *x, int64_t n, double *wrong, akin_error *err)
{
    for (int64_t i = 0; i < n; i++) x[i] = number(c->rank, i);
    AK_TRY(ak_comm_sum(c, x, n, err));
    for (int64_t i = 0; i < n; i++) {
        double want = number(0, i);
        for (int r = 1; r < c->size; r++) want += number(r, i);
        *wrong += x[i] != want;
    }
    return AKIN_OK;
}

static akin_status check_most(ak_comm *c, double *x, int64_t n, double *wrong, akin_error *err)
{
    for (int64_t i = 0; i < n; i++) x[i] = number(c->rank, i);
    if (n > 1 && c->rank == c->size - 1) x[1] = NAN;
    AK_TRY(ak_comm_most(c, x, n, err));
    for (int64_t i = 0; i < n; i++) {
        double want = number(0, i);
        for (int r = 1; r < c->size; r++) want = fmax(want, number(r, i));
        *wrong += i == 1 ? !isnan(x[i]) : x[i] != want;
    }
    return AKIN_OK;
}

static akin_status check_counts(ak_comm *c, double *block, int64_t n, double *wrong, akin_error *err)
{
    int64_t *x = (int64_t *)(void *)block;
    for (int64_t i = 0; i < n; i++) x[i] = i * 1000003 - c->rank;
    AK_TRY(ak_comm_sum_counts(c, x, n, err));
    for (int64_t i = 0; i < n; i++)
        *wrong += x[i] != i * 1000003 * c->size - (int64_t)c->size * (c->size - 1) / 2;
    return AKIN_OK;
}

static akin_status check_floats(ak_comm *c, double *block, int64_t n, double *wrong, akin_error *err)
{
    float *x = (float *)(void *)block;
    n *= 2;
    for (int64_t i = 0; i < n; i++) x[i] = (float)number(c->rank, i);
    AK_TRY(ak_comm_sum_floats(c, x, n, err));
    for (int64_t i = 0; i < n; i++) {
        float want = (float)number(0, i);
        for (int r = 1; r < c->size; r++) want += (float)number(r, i);
        *wrong += x[i] != want;
    }
    return AKIN_OK;
}

/* Rank r gives about r + 1 shares of n numbers; the middle one gives none. */
static akin_status check_gather(ak_comm *c, double *x, int64_t n, double *wrong, akin_error *err)
{
    int64_t offset[MOST_RANKS + 1] = { 0 };
    if (c->size > MOST_RANKS) return AKIN_OK;
    const int64_t shares = (int64_t)c->size * (c->size + 1) / 2;
    for (int r = 0; r < c->size; r++)
        offset[r + 1] = offset[r] + (c->size > 2 && r == c->size / 2 ? 0 : n * (r + 1) / shares) * 8;
    double *mine = x + MOST;
    const int64_t count = (offset[c->rank + 1] - offset[c->rank]) / 8;
    for (int64_t i = 0; i < count; i++) mine[i] = number(c->rank, i);
    AK_TRY(ak_comm_gather(c, mine, x, offset, err));
    for (int r = 0; r < c->size; r++)
        for (int64_t i = 0; i < (offset[r + 1] - offset[r]) / 8; i++)
            *wrong += x[offset[r] / 8 + i] != number(r, i);
    return AKIN_OK;
}

static akin_status check_share(ak_comm *c, double *x, int64_t n, double *wrong, akin_error *err)
{
    const int root = c->size - 1;
    for (int64_t i = 0; i < n; i++) x[i] = c->rank == root ? number(root, i) : 0;
    AK_TRY(ak_comm_share(c, x, (size_t)n * sizeof *x, root, err));
    for (int64_t i = 0; i < n; i++) *wrong += x[i] != number(root, i);
    return AKIN_OK;
}

/* Around the ring, rank r sending n + 8 r bytes to the next, while a sum is made. */
static akin_status check_transfer(ak_comm *c, double *x, int64_t n, double *wrong, akin_error *err)
{
    const int next = (c->rank + 1) % c->size, last = (c->rank + c->size - 1) % c->size;
    const int64_t less = n > c->size ? c->size : 0, sent = n ? n - less + (less ? c->rank : 0) : 0,
                  got = n ? n - less + (less ? last : 0) : 0;
    double *in = x + MOST, total = 1;
    for (int64_t i = 0; i < sent; i++) x[i] = number(c->rank, i);
    memset(in, 0, (size_t)got * sizeof *in);
    ak_transfer t = { .out = x,
                      .out_bytes = (size_t)sent * 8,
                      .to = next,
                      .in = in,
                      .in_bytes = (size_t)got * 8,
                      .from = last };
    AK_TRY(ak_comm_begin(c, &t, err));
    AK_TRY(ak_comm_sum(c, &total, 1, err));
    AK_TRY(ak_comm_end(c, &t, err));
    for (int64_t i = 0; i < got; i++) *wrong += in[i] != number(last, i);
    *wrong += total != c->size;
    return AKIN_OK;
}

/* Each rank adds two parts: one sum in the order of all parts. */
static void add_parts(double *x, int64_t begin, int64_t end, void *ctx)
{
    const ak_comm *c = ctx;
    for (int part = 2 * c->rank; part < 2 * c->rank + 2; part++)
        for (int64_t i = begin; i < end; i++) x[i] += number(part, i);
}

static akin_status check_in_turn(ak_comm *c, double *x, int64_t n, double *wrong, akin_error *err)
{
    AK_TRY(ak_comm_sum_in_turn(c, x, n, add_parts, c, err));
    for (int64_t i = 0; i < n; i++) {
        double want = 0;
        for (int part = 0; part < 2 * c->size; part++) want += number(part, i);
        *wrong += x[i] != want;
    }
    return AKIN_OK;
}

/* The last rank fails: all hear of it, in its words. */
static akin_status check_agree(ak_comm *c, double *x, int64_t n, double *wrong, akin_error *err)
{
    (void)x;
    if (n != 1 || c->size == 1) return AKIN_OK;
    const akin_status before = c->agreed;
    akin_error own = { AKIN_OK, "" };
    char want[64];
    const bool fails = c->rank == c->size - 1;
    if (fails) ak_fail(&own, AKIN_ERR_IO, "no room");
    const akin_status got = ak_comm_agree(c, own.status, &own);
    c->agreed = before;
    if (fails)
        snprintf(want, sizeof want, "no room");
    else
        snprintf(want, sizeof want, "rank %d: no room", c->size - 1);
    *wrong += got != AKIN_ERR_IO || own.status != AKIN_ERR_IO || strcmp(own.message, want) != 0;
    *wrong += ak_comm_agree(c, AKIN_OK, err) != AKIN_OK;
    return AKIN_OK;
}

static const struct {
    const char *name;
    akin_status (*run)(ak_comm *c, double *x, int64_t n, double *wrong, akin_error *err);
} CHECKS[] = {
    { "ranks: sum", check_sum },
    { "ranks: largest", check_most },
    { "ranks: sum counts", check_counts },
    { "ranks: sum floats", check_floats },
    { "ranks: gather", check_gather },
    { "ranks: share", check_share },
    { "ranks: transfer", check_transfer },
    { "ranks: agree", check_agree },
    { "ranks: sum in turn", check_in_turn },
};

akin_status akin_ranks_check(akin_ranks *r, int i, const char **name, double *error, akin_error *err)
{
    AK_GIVEN(r, err);
    AK_GIVEN(name, err);
    AK_GIVEN(error, err);
    *name = NULL;
    *error = 0;
    if (i < 0 || i >= (int)(sizeof CHECKS / sizeof *CHECKS)) return AKIN_OK;
    akin_status status;
    double *x = two_blocks(r, err, &status);
    for (int s = 0; s < SIZE_COUNT && !status; s++) status = CHECKS[i].run(r, x, SIZES[s], error, err);
    free(x);
    if (!status) status = ak_comm_most(r, error, 1, err);
    if (!status) *name = CHECKS[i].name;
    return status;
}
