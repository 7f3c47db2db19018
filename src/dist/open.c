/* SPDX-License-Identifier: Apache-2.0 */
/* dist/open.c - the job that this process belongs to, told from what launchers put into the environment:
 *
 *   Open MPI's mpirun         OMPI_COMM_WORLD_SIZE, _RANK
 *   hydra (MPICH), srun with  PMI_SIZE, PMI_RANK
 *     --mpi=pmi2
 *   srun with --mpi=pmix      PMIX_RANK, and SLURM_STEP_NUM_TASKS for the size
 *   srun without either       SLURM_STEP_NUM_TASKS, SLURM_PROCID: processes that cannot find each other
 *
 * AKIN_DIST=self|openmpi|mpich is stronger. A job of one process needs no MPI. */
#include "dist/kind.h"
#include "dist/mpi.h"

#include <limits.h>
#include <string.h>

typedef enum launcher { NONE, OPENMPI, MPICH, NO_PMI } launcher;

typedef struct job {
    launcher by;
    int rank, size, local;
    bool forced; /* AKIN_DIST names an MPI */
} job;

/* A number of 0 to 2^30 in the environment, else -1. */
static int number(const char *name)
{
    const char *text = getenv(name);
    if (!text || *text < '0' || *text > '9') return -1;
    char *end;
    const long x = strtol(text, &end, 10);
    return *end || x > 1 << 30 ? -1 : (int)x;
}

static bool is_job(job *j, launcher by, const char *size, const char *rank, const char *local)
{
    *j = (job){ .by = by, .rank = number(rank), .size = number(size), .local = number(local) };
    if (j->local < 0) j->local = j->rank;
    return j->size > 0 && j->rank >= 0;
}

static job look(void)
{
    job j;
    if (is_job(&j, OPENMPI, "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK"))
        return j;
    if (is_job(&j, MPICH, "PMI_SIZE", "PMI_RANK", "MPI_LOCALRANKID")) return j;
    if (is_job(&j, OPENMPI, "SLURM_STEP_NUM_TASKS", "PMIX_RANK", "SLURM_LOCALID")) return j;
    if (is_job(&j, NO_PMI, "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_LOCALID") && j.size > 1) return j;
    return (job){ .by = NONE, .size = 1 };
}

static akin_status find_job(job *j, akin_error *err)
{
    const char *forced = getenv("AKIN_DIST");
    *j = look();
    if (!forced || !*forced) return AKIN_OK;
    if (strcmp(forced, "self") == 0) {
        *j = (job){ .by = NONE, .size = 1 };
    } else if (strcmp(forced, "openmpi") == 0 || strcmp(forced, "mpich") == 0) {
        j->by = *forced == 'o' ? OPENMPI : MPICH;
        j->forced = true;
    } else {
        return ak_fail(err, AKIN_ERR_ARGUMENT, "AKIN_DIST is '%s'; it must be self, openmpi or mpich",
                       forced);
    }
    return AKIN_OK;
}

akin_status akin_ranks_told(int *rank, int *size, int *local, akin_error *err)
{
    AK_GIVEN(rank, err);
    AK_GIVEN(size, err);
    AK_GIVEN(local, err);
    job j;
    const akin_status status = find_job(&j, err);
    *rank = j.rank; /* also then: who is to say so? */
    *size = j.size;
    *local = j.local;
    return status;
}

static int ranks_here(const ak_comm *c)
{
    int n = 0;
    for (int r = 0; r < c->size; r++) n += strcmp(akin_ranks_host(c, r), akin_ranks_host(c, c->rank)) == 0;
    return n;
}

akin_status ak_comm_open(ak_comm **out, akin_error *err)
{
    job j;
    AK_TRY(find_job(&j, err));
    if (j.by == NO_PMI)
        return ak_fail(
            err, AKIN_ERR_DISTRIBUTED,
            "srun has started %d processes that cannot find each other: give it --mpi=pmix (Open MPI) "
            "or --mpi=pmi2 (MPICH); srun --mpi=list tells what it has",
            j.size);
    if (j.by == NONE || (j.size == 1 && !j.forced)) {
        *out = ak_comm_create(&ak_comm_self, 0, 1);
        return *out ? AKIN_OK : ak_no_memory(err, "for the ranks of a job");
    }
    const ak_mpi *mpi;
    AK_TRY(ak_mpi_load(j.by == OPENMPI ? AK_OPENMPI : AK_MPICH, &mpi, err));
    ak_comm *c;
    AK_TRY(ak_mpi_open(mpi, &c, err));
    if (ak_comm_size(c) == j.size || j.forced) {
        ak_memory_share(ranks_here(c));
        *out = c;
        return AKIN_OK;
    }
    ak_comm_close(c); /* each of them stands alone, and would do the whole work over the others */
    return ak_fail(err, AKIN_ERR_DISTRIBUTED,
                   "the launcher has started %d processes, and %s found %d: they are not of one kind; "
                   "AKIN_DIST=openmpi|mpich chooses",
                   j.size, mpi->name, ak_comm_size(c));
}
