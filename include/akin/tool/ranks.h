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

AKIN_API int akin_ranks_rank(const akin_ranks *r); /* counted from 0; 0 for NULL */
AKIN_API int akin_ranks_size(const akin_ranks *r); /* 1 for NULL */

/* Called by every rank with its own status: the first failure in the order of ranks becomes that of all, and
 * its message that of *err, with "rank N: " before it where it is another's. AKIN_OK when all are well. */
AKIN_API akin_status akin_ranks_agree(akin_ranks *r, akin_status mine, akin_error *err);

/* End the job at once, from one rank: why (may be NULL) is told in one line on stderr, the launcher ends the
 * others, and its exit code is that of the status. Does not return. */
AKIN_API void akin_ranks_abort(akin_ranks *r, akin_status status, const char *why);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_RANKS_H */
