/* SPDX-License-Identifier: Apache-2.0 */
/* dist/dist.h - the ranks of one job: a communicator with the few collectives that akin needs.
 *
 * There are two kinds: `self`, one process that is all there is, and `mpi`, the processes that mpirun or srun
 * has started. Which one it is, the environment tells; an MPI library is loaded only then, from a small
 * module that was built against it (dist/mpi_module.c), so one binary runs with and without MPI, and with
 * Open MPI and MPICH alike. Nothing else in the project includes mpi.h.
 *
 * All functions but the transfers are collective: every rank calls them in the same order. Sums have one
 * order (rank 0 + rank 1 + ...), so every rank has the same bits, whatever the MPI library does.
 *
 * Failures. A rank that fails tells the others where they next agree (ak_comm_agree); one that cannot go on
 * ends the job (ak_comm_abort). A rank that does not answer for longer than the watchdog's time ends it too,
 * with its name: code AKIN_ERR_DISTRIBUTED. */
#ifndef AK_DIST_DIST_H
#define AK_DIST_DIST_H

#include "akin/tool/ranks.h"
#include "base/base.h"

typedef struct akin_ranks ak_comm;

/* The job that this process belongs to; `self` where no launcher has started it, or AKIN_DIST=self is set.
 * AKIN_ERR_DISTRIBUTED: there is a launcher, and its MPI cannot be loaded (says which package is missing). */
akin_status ak_comm_open(ak_comm **out, akin_error *err);
/* Ends MPI too; the last call of a process. After an error of this rank alone, ak_comm_abort() comes
 * instead. */
void ak_comm_close(ak_comm *c);
/* Tell `why` in one line and end the job: no rank goes on, no launcher answers 0. Does not return. */
_Noreturn void ak_comm_abort(ak_comm *c, akin_status status, const char *why);

/* NULL is a communicator too, of one process: every function but close takes it so. */
int ak_comm_rank(const ak_comm *c); /* 0 for NULL */
int ak_comm_size(const ak_comm *c); /* 1 for NULL */

/* In place. Every rank gives n numbers and receives, for each, the sum or the largest over the ranks. */
akin_status ak_comm_sum(ak_comm *c, double *x, int64_t n, akin_error *err);
akin_status ak_comm_most(ak_comm *c, double *x, int64_t n, akin_error *err);
akin_status ak_comm_sum_counts(ak_comm *c, int64_t *x, int64_t n, akin_error *err);
akin_status ak_comm_most_counts(ak_comm *c, int64_t *x, int64_t n, akin_error *err);
/* The same of floats, for gradients: each rank adds one slice, then all slices are gathered. */
akin_status ak_comm_sum_floats(ak_comm *c, float *x, int64_t n, akin_error *err);

/* Several vectors a rank, of n floats each, and a sum of them that is the caller's: parts[size] of each rank,
 * the same on all; mine [parts[rank]]. join is given the vectors of rank 0, then those of rank 1, ..., count
 * numbers of each, one behind the other, and leaves their sum in the first. out [n] may be one of mine. */
typedef void ak_comm_join_fn(float *vectors, int64_t count, void *ctx);
akin_status ak_comm_join_floats(ak_comm *c, float *const *mine, const int *parts, int64_t n,
                                ak_comm_join_fn *join, void *ctx, float *out, akin_error *err);

/* A sum whose order does not depend on the number of ranks: x [n] begins as zeros at rank 0 and goes from
 * rank to rank, each of which adds its parts to x[begin, end), one after the other. All ranks receive it. */
typedef void ak_comm_add_fn(double *x, int64_t begin, int64_t end, void *ctx);
akin_status ak_comm_sum_in_turn(ak_comm *c, double *x, int64_t n, ak_comm_add_fn *add, void *ctx,
                                akin_error *err);

/* all[rank] = the bytes of each rank; offset[size + 1] tells where those of a rank begin, in bytes. It is the
 * same on every rank. mine may stand in its place in all already. */
akin_status ak_comm_gather(ak_comm *c, const void *mine, void *all, const int64_t *offset, akin_error *err);
/* The bytes of rank `root` to all. */
akin_status ak_comm_share(ak_comm *c, void *x, size_t bytes, int root, akin_error *err);

/* The first failure of any rank, in the order of ranks, becomes that of all: mine and *err are of this rank.
 * The message of another rank's error begins with "rank N: ". AKIN_OK when all are well. */
akin_status ak_comm_agree(ak_comm *c, akin_status mine, akin_error *err);

/* A transfer under way: out goes to one rank while in comes from one. Neither is touched until it has ended.
 * Messages are as long as one likes (they are cut where MPI counts ints). It goes on while the caller
 * calculates: a thread of the communicator looks after it, and sleeps in between. */
typedef struct ak_transfer {
    const void *out;
    size_t out_bytes;
    int to;
    void *in;
    size_t in_bytes;
    int from;
    int channel;             /* 0 or 1: messages between two ranks keep their order within a channel */
    double waited_s, took_s; /* what the caller waited for; from begin to its end */
    void *state;
} ak_transfer;

akin_status ak_comm_begin(ak_comm *c, ak_transfer *t, akin_error *err);
akin_status ak_comm_end(ak_comm *c, ak_transfer *t, akin_error *err);

/* A rehearsal: one process in the place of rank `rank` of `size`, to which every other rank is an echo of
 * itself. What a calculation would exchange can be counted so, without anybody to exchange it with. */
typedef struct ak_rehearsal {
    int64_t rounds; /* collectives so far */
    void *ring;     /* an ak_ring_traffic, which the walks of a loss fill (loss/ring.h), or NULL */
    int64_t bytes;  /* that this rank gave to every other one in gathers, sums among them */
} ak_rehearsal;

/* notes is borrowed until ak_comm_close().  AKIN_ERR_NOMEM */
akin_status ak_rehearsal_open(ak_rehearsal *notes, int rank, int size, ak_comm **out, akin_error *err);
ak_rehearsal *ak_comm_rehearsal(const ak_comm *c); /* NULL where the ranks are real */

#endif
