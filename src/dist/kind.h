/* SPDX-License-Identifier: Apache-2.0 */
/* dist/kind.h - what comm.c asks of a kind of communicator, and what every communicator holds. */
#ifndef AK_DIST_KIND_H
#define AK_DIST_KIND_H

#include "dist/dist.h"

/* One kind. All but the transfers are collective; counts of bytes are int64_t, offsets [size+1] ascend. */
typedef struct ak_comm_kind {
    /* As ak_comm_gather() and ak_comm_share(). */
    akin_status (*gather)(ak_comm *c, const void *mine, void *all, const int64_t *offset, akin_error *err);
    akin_status (*share)(ak_comm *c, void *x, size_t bytes, int root, akin_error *err);
    /* Part r of out goes to rank r; part r of in comes from rank r. */
    akin_status (*exchange)(ak_comm *c, const void *out, const int64_t *out_offset, void *in,
                            const int64_t *in_offset, akin_error *err);
    akin_status (*begin)(ak_comm *c, ak_transfer *t, akin_error *err);
    akin_status (*end)(ak_comm *c, ak_transfer *t, akin_error *err);
    /* Leaves the job in good order, together with the others. */
    void (*close)(ak_comm *c);
    /* Ends the whole job with that exit code; does not return. */
    void (*abort)(ak_comm *c, int code);
} ak_comm_kind;

extern const ak_comm_kind ak_comm_self;

/* Scratch of the sums, allocated with the communicator: a rank that lacks memory in the middle of a sum would
 * leave the others waiting. */
enum { AK_COMM_ROOM = 4 << 20, AK_COMM_HOST_BYTES = 64 };

struct akin_ranks {
    const ak_comm_kind *kind;
    int rank, size;
    double moved_bytes, moved_s, waited_s; /* by transfers so far */
    akin_status agreed;                    /* the last failure that all ranks know of, else AKIN_OK */
    unsigned char *room;                   /* [AK_COMM_ROOM] bytes, more where there are very many ranks */
    size_t room_bytes;
    int64_t *offset[2];               /* [size+1] each */
    void *state;                      /* the kind's */
    const char *library;              /* the kind's: what MPI says it is, or NULL */
    char (*host)[AK_COMM_HOST_BYTES]; /* the kind's: [size], or NULL */
};

/* A communicator of that kind, with its scratch; NULL when memory lacks. free(): not the state. */
ak_comm *ak_comm_create(const ak_comm_kind *kind, int rank, int size);
void ak_comm_free(ak_comm *c);

#endif
