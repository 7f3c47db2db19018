/* SPDX-License-Identifier: Apache-2.0 */
/* dist/rehearsal.c - the communicator of a rehearsal: every other rank is an echo of this one. */
#include "dist/kind.h"

#include <string.h>

/* As much of `from` as there is room for, again and again. */
static void echo(void *to, size_t to_bytes, const void *from, size_t from_bytes)
{
    for (size_t at = 0; at < to_bytes && from_bytes; at += from_bytes)
        memmove((char *)to + at, from, to_bytes - at < from_bytes ? to_bytes - at : from_bytes);
}

static akin_status echo_gather(ak_comm *c, const void *mine, void *all, const int64_t *offset,
                               akin_error *err)
{
    (void)err;
    ((ak_rehearsal *)c->state)->rounds++;
    char *own = (char *)all + offset[c->rank];
    const size_t bytes = (size_t)(offset[c->rank + 1] - offset[c->rank]);
    ((ak_rehearsal *)c->state)->bytes += (int64_t)bytes;
    if (bytes && mine != own) memmove(own, mine, bytes);
    for (int r = 0; r < c->size; r++)
        if (r != c->rank) echo((char *)all + offset[r], (size_t)(offset[r + 1] - offset[r]), own, bytes);
    return AKIN_OK;
}

static akin_status echo_share(ak_comm *c, void *x, size_t bytes, int root, akin_error *err)
{
    (void)x, (void)bytes, (void)root, (void)err;
    ((ak_rehearsal *)c->state)->rounds++;
    return AKIN_OK;
}

static akin_status echo_exchange(ak_comm *c, const void *out, const int64_t *out_offset, void *in,
                                 const int64_t *in_offset, akin_error *err)
{
    (void)err;
    ((ak_rehearsal *)c->state)->rounds++;
    for (int r = 0; r < c->size; r++)
        echo((char *)in + in_offset[r], (size_t)(in_offset[r + 1] - in_offset[r]),
             (const char *)out + out_offset[r], (size_t)(out_offset[r + 1] - out_offset[r]));
    return AKIN_OK;
}

static akin_status echo_begin(ak_comm *c, ak_transfer *t, akin_error *err)
{
    (void)c, (void)err;
    echo(t->in, t->in_bytes, t->out, t->out_bytes);
    return AKIN_OK;
}

static akin_status echo_end(ak_comm *c, ak_transfer *t, akin_error *err)
{
    (void)c, (void)t, (void)err;
    return AKIN_OK;
}

static void echo_close(ak_comm *c) { (void)c; }

static void echo_abort(ak_comm *c, int code) { ak_comm_self.abort(c, code); }

static const ak_comm_kind ECHO = { echo_gather, echo_share, echo_exchange, echo_begin,
                                   echo_end,    echo_close, echo_abort };

akin_status ak_rehearsal_open(ak_rehearsal *notes, int rank, int size, ak_comm **out, akin_error *err)
{
    ak_comm *c = ak_comm_create(&ECHO, rank, size);
    if (!c) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a rehearsal of %d ranks", size);
    c->state = notes;
    *out = c;
    return AKIN_OK;
}

ak_rehearsal *ak_comm_rehearsal(const ak_comm *c) { return c && c->kind == &ECHO ? c->state : NULL; }
