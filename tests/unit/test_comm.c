/* SPDX-License-Identifier: Apache-2.0 */
/* The communicator of one process, and NULL in its place: sums change nothing, a gather and a transfer copy,
 * an error stays what it is. */
#include "test.h"

#include "dist/dist.h"

static void one_rank_is_all(void **state)
{
    (void)state;
    akin_error err;
    ak_comm *opened;
    CHECK_OK(ak_comm_open(&opened, &err));
    ak_comm *const both[] = { opened, NULL };
    for (int k = 0; k < 2; k++) {
        ak_comm *c = both[k];
        CHECK(ak_comm_rank(c) == 0 && ak_comm_size(c) == 1);
        double x[3] = { 1.5, -2, NAN };
        int64_t n[2] = { INT64_MAX, -3 };
        float f[2] = { 0.1f, 7 };
        CHECK_OK(ak_comm_sum(c, x, 3, &err));
        CHECK_OK(ak_comm_most(c, x, 3, &err));
        CHECK_OK(ak_comm_sum_counts(c, n, 2, &err));
        CHECK_OK(ak_comm_sum_floats(c, f, 2, &err));
        CHECK(x[0] == 1.5 && x[1] == -2 && isnan(x[2]));
        CHECK(n[0] == INT64_MAX && n[1] == -3 && f[0] == 0.1f && f[1] == 7);
        char all[8] = "........";
        const int64_t offset[2] = { 2, 5 };
        CHECK_OK(ak_comm_gather(c, "abc", all, offset, &err));
        CHECK(memcmp(all, "..abc...", 8) == 0);
        CHECK_OK(ak_comm_share(c, all, sizeof all, 0, &err));
        CHECK(memcmp(all, "..abc...", 8) == 0);
        ak_transfer t = { .out = "xyz", .out_bytes = 3, .in = all, .in_bytes = 3 };
        CHECK_OK(ak_comm_begin(c, &t, &err));
        CHECK_OK(ak_comm_end(c, &t, &err));
        CHECK(memcmp(all, "xyzbc...", 8) == 0);
        t.in_bytes = 2;
        CHECK_FAILS(ak_comm_begin(c, &t, &err), AKIN_ERR_SHAPE, "sends 3 bytes and receives 2");
    }
    ak_comm_close(opened);
    ak_comm_close(NULL);
}

static void an_error_of_the_only_rank_stays(void **state)
{
    (void)state;
    akin_error err;
    CHECK_OK(ak_comm_agree(NULL, AKIN_OK, &err));
    CHECK_FAILS(ak_comm_agree(NULL, ak_fail(&err, AKIN_ERR_IO, "no space"), &err), AKIN_ERR_IO, "");
}

/* What launchers put into the environment: pairs of name and value. */
static void told(const char *const *set, int rank, int size, int local)
{
    static const char *const ALL[] = { "OMPI_COMM_WORLD_SIZE",
                                       "OMPI_COMM_WORLD_RANK",
                                       "OMPI_COMM_WORLD_LOCAL_RANK",
                                       "PMI_SIZE",
                                       "PMI_RANK",
                                       "MPI_LOCALRANKID",
                                       "PMIX_RANK",
                                       "SLURM_STEP_NUM_TASKS",
                                       "SLURM_PROCID",
                                       "SLURM_LOCALID",
                                       "AKIN_DIST" };
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++) unsetenv(ALL[i]);
    for (; *set; set += 2) setenv(set[0], set[1], 1);
    akin_error err;
    int got[3] = { -1, -1, -1 };
    CHECK_OK(akin_ranks_told(&got[0], &got[1], &got[2], &err));
    CHECK(got[0] == rank && got[1] == size && got[2] == local);
}

static void launchers_are_told_by_the_environment(void **state)
{
    (void)state;
    akin_error err;
    ak_comm *c;
    told((const char *[]){ NULL }, 0, 1, 0);
    told((const char *[]){ "PMI_SIZE", "3", "PMI_RANK", "2", NULL }, 2, 3, 2);
    told((const char *[]){ "PMI_SIZE", "3", "PMI_RANK", "", NULL }, 0, 1, 0);
    told((const char *[]){ "OMPI_COMM_WORLD_SIZE", "8", "OMPI_COMM_WORLD_RANK", "5",
                           "OMPI_COMM_WORLD_LOCAL_RANK", "1", "PMI_SIZE", "2", "PMI_RANK", "0", NULL },
         5, 8, 1);
    told((const char *[]){ "PMIX_RANK", "1", "SLURM_STEP_NUM_TASKS", "4", "SLURM_LOCALID", "0", NULL }, 1, 4,
         0);
    /* what stands in a job file itself, outside of srun, is no job of several */
    told((const char *[]){ "SLURM_PROCID", "0", NULL }, 0, 1, 0);
    told((const char *[]){ "PMI_SIZE", "3", "PMI_RANK", "2", "AKIN_DIST", "self", NULL }, 0, 1, 0);
    told((const char *[]){ "SLURM_STEP_NUM_TASKS", "4", "SLURM_PROCID", "3", NULL }, 3, 4, 3);
    CHECK_FAILS(ak_comm_open(&c, &err), AKIN_ERR_DISTRIBUTED, "--mpi=pmix");
    setenv("AKIN_DIST", "both", 1);
    CHECK_FAILS(ak_comm_open(&c, &err), AKIN_ERR_ARGUMENT, "'both'");
    told((const char *[]){ "PMI_SIZE", "3", "PMI_RANK", "2", NULL }, 2, 3, 2);
    setenv("AKIN_MPI_MODULES", "/nowhere", 1);
    CHECK_FAILS(ak_comm_open(&c, &err), AKIN_ERR_DISTRIBUTED, "akin-mpi-mpich.so");
    told((const char *[]){ "PMI_SIZE", "1", "PMI_RANK", "0", NULL }, 0, 1, 0);
    CHECK_OK(ak_comm_open(&c, &err)); /* one process needs no MPI */
    ak_comm_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_is_all),
        cmocka_unit_test(an_error_of_the_only_rank_stays),
        cmocka_unit_test(launchers_are_told_by_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
