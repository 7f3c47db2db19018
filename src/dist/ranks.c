/* SPDX-License-Identifier: Apache-2.0 */
/* dist/ranks.c - the public side of the communicator. */
#include "dist/divide.h"
#include "dist/kind.h"

akin_status akin_ranks_open(akin_ranks **out, akin_error *err)
{
    AK_GIVEN(out, err);
    return ak_comm_open(out, err);
}

void akin_ranks_close(akin_ranks *r) { ak_comm_close(r); }
int akin_ranks_rank(const akin_ranks *r) { return ak_comm_rank(r); }
int akin_ranks_size(const akin_ranks *r) { return ak_comm_size(r); }

akin_status akin_ranks_agree(akin_ranks *r, akin_status mine, akin_error *err)
{
    return ak_comm_agree(r, mine, err);
}

akin_status akin_ranks_alike(akin_ranks *r, akin_status mine, const char *what, const char *text,
                             akin_error *err)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    if (!mine && (!what || !text)) mine = ak_fail(err, AKIN_ERR_ARGUMENT, "ranks: a text is missing");
    AK_TRY(ak_comm_agree(r, mine, err));
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    uint64_t first = hash;
    AK_TRY(ak_comm_share(r, &first, sizeof first, 0, err));
    akin_status status = AKIN_OK;
    if (first != hash)
        status =
            ak_fail(err, AKIN_ERR_DISTRIBUTED,
                    "%s of this rank differ from those of rank 0; ranks need the same run, data, akin and "
                    "AKIN_ISA",
                    what);
    return ak_comm_agree(r, status, err);
}

bool akin_ranks_agreed(const akin_ranks *r) { return r && r->agreed != AKIN_OK; }

const char *akin_ranks_library(const akin_ranks *r) { return r && r->library ? r->library : ""; }

const char *akin_ranks_host(const akin_ranks *r, int rank)
{
    return r && r->host && rank >= 0 && rank < r->size ? r->host[rank] : "";
}

void akin_ranks_moved(const akin_ranks *r, double *bytes, double *took_s, double *waited_s)
{
    if (bytes) *bytes = r ? r->moved_bytes : 0;
    if (took_s) *took_s = r ? r->moved_s : 0;
    if (waited_s) *waited_s = r ? r->waited_s : 0;
}

akin_status akin_ranks_sum(akin_ranks *r, double *x, int64_t n, akin_error *err)
{
    AK_GIVEN(x, err);
    return ak_comm_sum(r, x, n, err);
}

akin_status akin_ranks_most(akin_ranks *r, double *x, int64_t n, akin_error *err)
{
    AK_GIVEN(x, err);
    return ak_comm_most(r, x, n, err);
}

int64_t akin_ranks_first(const akin_ranks *r, int64_t n, int rank) { return ak_comm_first(r, n, rank); }

akin_status akin_ranks_gather(akin_ranks *r, void *rows, int64_t n, int64_t bytes, akin_error *err)
{
    AK_GIVEN(rows, err);
    if (ak_comm_size(r) == 1) return AKIN_OK;
    AK_TRY(ak_comm_agree(r, AKIN_OK, err));
    for (int k = 0; k <= r->size; k++) r->offset[1][k] = ak_comm_first(r, n, k) * bytes;
    return ak_comm_gather(r, (char *)rows + r->offset[1][r->rank], rows, r->offset[1], err);
}

void akin_ranks_abort(akin_ranks *r, akin_status status, const char *why) { ak_comm_abort(r, status, why); }
