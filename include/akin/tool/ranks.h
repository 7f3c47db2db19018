/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/ranks.h - the processes that mpirun or srun has started as one job: which of them this one is,
 * and one end for all.
 *
 * Threads  The functions of one job are called from one thread. The library has another one, which makes
 *          every call of MPI.
 * Process  MPI can be begun once in a process; so can a job of several ranks.
 */
#ifndef AKIN_TOOL_RANKS_H
#define AKIN_TOOL_RANKS_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_ranks akin_ranks;

/* The job that this process belongs to: of one rank where no launcher has started it, or AKIN_DIST=self is
 * set. It must be closed; a process that ends without that ends the job.
 *   AKIN_ERR_DISTRIBUTED  a launcher has started several processes, and MPI is not there or fails
 *   AKIN_ERR_ARGUMENT     AKIN_DIST is none of self, openmpi and mpich
 *   AKIN_ERR_NOMEM        out of memory */
AKIN_API akin_status akin_ranks_open(akin_ranks **out, akin_error *err);
AKIN_API void akin_ranks_close(akin_ranks *r); /* all ranks together; takes NULL */

/* What the environment tells of this process, before MPI is begun: a rank that will not be heard needs to say
 * nothing. 0, 1 and 0 where no launcher has started it; local counts the ranks of one host.
 *   AKIN_ERR_ARGUMENT as above, or NULL */
AKIN_API akin_status akin_ranks_told(int *rank, int *size, int *local, akin_error *err);

AKIN_API int akin_ranks_rank(const akin_ranks *r); /* counted from 0; 0 for NULL */
AKIN_API int akin_ranks_size(const akin_ranks *r); /* 1 for NULL */

/* Called by every rank with its own status: the first failure in the order of ranks becomes that of all, and
 * its message that of *err, with "rank N: " before it where it is another's. AKIN_OK when all are well. */
AKIN_API akin_status akin_ranks_agree(akin_ranks *r, akin_status mine, akin_error *err);

/* Whether there was a failure that all ranks agreed on. A rank that fails, and there was none, is alone with
 * it. false for NULL. */
AKIN_API bool akin_ranks_agreed(const akin_ranks *r);

/* The same, and then whether a text, such as the fingerprint of its data, is on every rank that of rank 0.
 * what: whose it is, such as "the data".
 *   AKIN_ERR_DISTRIBUTED  it is not, or a rank does not answer */
AKIN_API akin_status akin_ranks_alike(akin_ranks *r, akin_status mine, const char *what, const char *text,
                                      akin_error *err);

/* In place: the sum, or the largest, of each of n numbers over the ranks, added in the order of ranks.
 *   AKIN_ERR_DISTRIBUTED  a rank does not answer */
AKIN_API akin_status akin_ranks_sum(akin_ranks *r, double *x, int64_t n, akin_error *err);
AKIN_API akin_status akin_ranks_most(akin_ranks *r, double *x, int64_t n, akin_error *err);

/* Of n rows the first that is of a rank, in parts that differ by one at most; n for the number of ranks. */
AKIN_API int64_t akin_ranks_first(const akin_ranks *r, int64_t n, int rank);
/* Rows [n] of so many bytes, of which every rank has filled its part: all have all of them then. */
AKIN_API akin_status akin_ranks_gather(akin_ranks *r, void *rows, int64_t n, int64_t bytes, akin_error *err);

/* End the job at once, from one rank: why (may be NULL) is told in one line on stderr, the launcher ends the
 * others, and its exit code is that of the status. Does not return. */
AKIN_API void akin_ranks_abort(akin_ranks *r, akin_status status, const char *why);

/* What MPI says it is, such as "Open MPI v4.1.4", "" for a job of one process without it; and the host of a
 * rank. Owned by r. */
AKIN_API const char *akin_ranks_library(const akin_ranks *r);
AKIN_API const char *akin_ranks_host(const akin_ranks *r, int rank);

/* What this rank's transfers beside a calculation have come to since the job began, such as the pieces of a
 * loss: the bytes that came; seconds from the begin of each transfer to its end; of these, what the
 * calculation waited for, for the rest went on beside it. Zeros for NULL; each pointer may be NULL. */
AKIN_API void akin_ranks_moved(const akin_ranks *r, double *bytes, double *took_s, double *waited_s);

/* How fast messages go around the ring of ranks, of the slowest: seconds until 8 bytes of the previous rank
 * are here, and bytes a second of 4 MiB, while every rank sends as much. All ranks call it.
 *   AKIN_ERR_ARGUMENT  a job of one rank, or NULL
 *   AKIN_ERR_NOMEM     of any rank, told to all */
AKIN_API akin_status akin_ranks_speed(akin_ranks *r, double *latency_s, double *bandwidth, akin_error *err);

/* Check i of what ranks do together: sums, gathers, transfers of 0 bytes to 10 MB against calculations. All
 * ranks call it. *name is NULL past the last; *error, the same on every rank, is 0 where all is right.
 *   AKIN_ERR_NOMEM  of any rank, told to all */
AKIN_API akin_status akin_ranks_check(akin_ranks *r, int i, const char **name, double *error,
                                      akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_RANKS_H */
