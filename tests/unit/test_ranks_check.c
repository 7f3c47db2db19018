/* SPDX-License-Identifier: Apache-2.0 */
/* The check of selftest that ranks learn what one learns: it holds for every loss and any number of ranks,
 * tells all ranks the same, and refuses what there is not. */
#include "ranks_threads.h"

#include "akin/loss.h"
#include "akin/tool/train.h"

typedef struct call {
    const char *loss;
    int64_t steps;
    uint64_t seed;
    double error[THREADS_MOST];
    akin_status status[THREADS_MOST];
    akin_error err[THREADS_MOST];
} call;

static void check_rank(ak_comm *comm, void *ctx)
{
    call *c = ctx;
    const int r = ak_comm_rank(comm);
    c->status[r] = akin_train_check_ranks(comm, c->loss, c->steps, c->seed, &c->error[r], &c->err[r]);
}

static double check(const char *loss, int ranks, int64_t steps, uint64_t seed)
{
    static call c;
    c = (call){ .loss = loss, .steps = steps, .seed = seed };
    run_ranks(ranks, check_rank, &c);
    for (int r = 0; r < ranks; r++) {
        if (c.status[r]) print_error("%s, rank %d: %s\n", loss, r, c.err[r].message);
        CHECK(c.status[r] == AKIN_OK && c.error[r] == c.error[0]);
    }
    return c.error[0];
}

static void ranks_learn_what_one_learns(void **state)
{
    (void)state;
    akin_set_threads(1);
    for (int i = 0; akin_loss_at(i); i++) {
        const char *name = akin_loss_at(i)->name;
        const int ranks = 2 + i % 3;
        const double error = check(name, ranks, 100, (uint64_t)i);
        if (!(error <= 1e-4)) print_error("%s, %d ranks: %g\n", name, ranks, error);
        CHECK(error <= 1e-4);
    }
    CHECK(check("cross-entropy", 3, 20, 5) <= 1e-4);
    CHECK(check("ntxent", 7, 20, 5) <= 1e-4); /* more ranks than a step has chunks for few of them */
}

static void no_such_loss(ak_comm *comm, void *ctx)
{
    call *c = ctx;
    const int r = ak_comm_rank(comm);
    c->status[r] = akin_train_check_ranks(comm, r == 1 ? "nix" : "ntxent", 2, 1, &c->error[r], &c->err[r]);
}

static void the_error_of_one_rank_is_that_of_all(void **state)
{
    (void)state;
    call c = { .loss = "nix", .steps = 2 };
    double error;
    akin_error err;
    run_ranks(3, check_rank, &c);
    for (int r = 0; r < 3; r++)
        CHECK(c.status[r] == AKIN_ERR_ARGUMENT && strstr(c.err[r].message, "no loss"));
    run_ranks(2, no_such_loss, &c);
    for (int r = 0; r < 2; r++) CHECK(c.status[r] == AKIN_ERR_ARGUMENT);
    CHECK(strncmp(c.err[0].message, "rank 1: ", 8) == 0);
    CHECK(akin_train_check_ranks(NULL, NULL, 2, 1, &error, &err) == AKIN_ERR_ARGUMENT);
    CHECK(akin_train_check_ranks(NULL, "ntxent", 2, 1, NULL, &err) == AKIN_ERR_ARGUMENT);
    CHECK(akin_train_check_ranks(NULL, "ntxent", 2, 1, &error, &err) == AKIN_OK && error == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ranks_learn_what_one_learns),
                                        cmocka_unit_test(the_error_of_one_rank_is_that_of_all) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
