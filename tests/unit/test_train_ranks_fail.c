/* SPDX-License-Identifier: Apache-2.0 */
/* Training on several ranks where it fails: what they cannot do is refused by all, and the error of one, in
 * the midst of a step too, is that of all. */
#include "train_ranks.h"

#include "train/fault.h"

static void what_ranks_cannot_do_is_refused_by_all(void **state)
{
    (void)state;
    plan few = plan_of("refused-1", "ntxent", "views");
    few.micro = "12";
    train(&few, 3, AKIN_ERR_ARGUMENT);
    CHECK(strstr(few.err[0].message, "too small for 3 ranks"));
    plan differs = plan_of("refused-2", "ntxent", "views");
    differs.of_rank_1 = "other";
    train(&differs, 2, AKIN_ERR_DISTRIBUTED);
    CHECK(strcmp(differs.err[0].message,
                 "rank 1: the data of this rank are not those of rank 0; ranks need the "
                 "same data, akin and AKIN_ISA") == 0);
    plan missing = plan_of("refused-3", "ntxent", "views");
    missing.of_rank_1 = "nowhere";
    train(&missing, 2, AKIN_ERR_INPUT);
    CHECK(strncmp(missing.err[0].message, "rank 1: ", 8) == 0);
}

static void batch_norm_of_all_ranks_takes_no_chunks(void **state)
{
    (void)state;
    plan cut = plan_of("norm-cut", "ntxent", "views");
    cut.extra[0] = "batch-norm";
    cut.extra[1] = "all";
    train(&cut, 1, AKIN_ERR_ARGUMENT);
    train(&cut, 2, AKIN_ERR_ARGUMENT);
    CHECK(strstr(cut.err[0].message, "6 chunks for 2 ranks: leave out --micro-batch"));
    cut.micro = "12";
    train(&cut, 2, AKIN_OK);
    plan both = plan_of("norm-both", "ntxent", "views");
    both.extra[0] = "batch-norm";
    both.extra[1] = "all";
    both.reproducible = true;
    train(&both, 2, AKIN_ERR_ARGUMENT);
}

static void fail_on_rank_1(ak_trainer *t, const char *stage, void *values)
{
    if (t->visits.rank == 1 && t->state.step == 2 && strcmp(stage, "backward") == 0)
        *(akin_status *)values = AKIN_ERR_NOMEM;
}

/* The gradients of the others are under way by then. */
static void a_backward_pass_that_fails_is_told_to_all(void **state)
{
    (void)state;
    ak_train_fault = fail_on_rank_1;
    plan last = plan_of("fails-1", "ntxent", "views"), whole = plan_of("fails-2", "ntxent", "views");
    last.micro = "8"; /* one chunk a rank */
    train(&last, 3, AKIN_ERR_NOMEM);
    CHECK(last.steps == 2);
    whole.reproducible = true;
    train(&whole, 3, AKIN_ERR_NOMEM);
    CHECK(whole.steps == 2);
    plan sooner = plan_of("fails-3", "ntxent", "views"); /* in the first of two chunks */
    train(&sooner, 3, AKIN_ERR_NOMEM);
    CHECK(sooner.steps == 2);
    ak_train_fault = NULL;
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_folder());
    make_pictures("data", 0);
    make_pictures("other", 100);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ranks_cannot_do_is_refused_by_all),
        cmocka_unit_test(batch_norm_of_all_ranks_takes_no_chunks),
        cmocka_unit_test(a_backward_pass_that_fails_is_told_to_all),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
