/* SPDX-License-Identifier: Apache-2.0 */
/* dist/self.c - the communicator of one process that is all there is. It also stands for NULL. */
#include "dist/kind.h"

#include <stdio.h>
#include <string.h>

static akin_status self_gather(ak_comm *c, const void *mine, void *all, const int64_t *offset,
                               akin_error *err)
{
    (void)c, (void)err;
    if (offset[1] > offset[0]) memmove((char *)all + offset[0], mine, (size_t)(offset[1] - offset[0]));
    return AKIN_OK;
}

static akin_status self_share(ak_comm *c, void *x, size_t bytes, int root, akin_error *err)
{
    (void)c, (void)x, (void)bytes, (void)root, (void)err;
    return AKIN_OK;
}

static akin_status self_exchange(ak_comm *c, const void *out, const int64_t *out_offset, void *in,
                                 const int64_t *in_offset, akin_error *err)
{
    (void)c, (void)err;
    const size_t bytes = (size_t)(out_offset[1] - out_offset[0]);
    if (bytes) memmove((char *)in + in_offset[0], (const char *)out + out_offset[0], bytes);
    return AKIN_OK;
}

static akin_status self_begin(ak_comm *c, ak_transfer *t, akin_error *err)
{
    (void)c;
    if (t->out_bytes != t->in_bytes)
        return ak_fail(err, AKIN_ERR_SHAPE, "a transfer to oneself sends %zu bytes and receives %zu",
                       t->out_bytes, t->in_bytes);
    if (t->out_bytes) memmove(t->in, t->out, t->out_bytes);
    return AKIN_OK;
}

static akin_status self_end(ak_comm *c, ak_transfer *t, akin_error *err)
{
    (void)c, (void)t, (void)err;
    return AKIN_OK;
}

static void self_close(ak_comm *c) { (void)c; }

static void self_abort(ak_comm *c, int code)
{
    (void)c;
    fflush(NULL);
    exit(code);
}

const ak_comm_kind ak_comm_self = { self_gather, self_share, self_exchange, self_begin,
                                    self_end,    self_close, self_abort };
