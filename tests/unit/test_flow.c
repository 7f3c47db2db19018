/* SPDX-License-Identifier: Apache-2.0 */
/* Sums that travel while a vector is still being filled: the bits of the sum that waits, for any number of
 * ranks and pieces; a vector is used again. */
#include "dist/flow.h"
#include "ranks_threads.h"

enum { MOST = 1000, PIECE = 64, MOST_RANKS = 6 };

typedef struct job {
    int64_t n, piece;
    float mine[MOST_RANKS][MOST];
} job;

static void sum_rank(ak_comm *c, void *ctx)
{
    job *j = ctx;
    const int r = ak_comm_rank(c);
    float got[MOST], want[MOST];
    ak_flow *f = NULL;
    CHECK(ak_flow_create(c, PIECE, &f, NULL) == AKIN_OK);
    for (int round = 0; round < 2; round++) {
        memcpy(got, j->mine[r], sizeof got);
        memcpy(want, j->mine[r], sizeof want);
        for (int64_t to = j->n; to > 0; to -= j->piece) {
            const int64_t n = to < j->piece ? to : j->piece;
            CHECK(ak_flow_give(f, got + to - n, n, NULL) == AKIN_OK);
        }
        CHECK(ak_flow_end(f, NULL) == AKIN_OK);
        CHECK(ak_comm_sum_floats(c, want, j->n, NULL) == AKIN_OK);
        CHECK(memcmp(got, want, sizeof got) == 0);
    }
    ak_flow_free(f);
}

static void pieces_have_the_bits_of_one_sum(void **state)
{
    (void)state;
    static job j;
    for (int trial = 0; trial < 60; trial++) {
        j.n = trial < 4 ? trial : test_int(1, MOST);
        j.piece = test_int(1, PIECE);
        for (int r = 0; r < MOST_RANKS; r++)
            for (int i = 0; i < MOST; i++)
                j.mine[r][i] = (float)test_uniform(-1, 1) * powf(10, (float)(i % 7));
        run_ranks(2 + trial % (MOST_RANKS - 1), sum_rank, &j);
    }
}

static void alone_a_sum_is_what_was_given(void **state)
{
    (void)state;
    float x[3] = { 1, 2, 3 };
    ak_flow *f = NULL;
    CHECK(ak_flow_create(NULL, 3, &f, NULL) == AKIN_OK);
    CHECK(ak_flow_give(f, x, 3, NULL) == AKIN_OK && ak_flow_end(f, NULL) == AKIN_OK);
    CHECK(x[0] == 1 && x[1] == 2 && x[2] == 3);
    ak_flow_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_have_the_bits_of_one_sum),
        cmocka_unit_test(alone_a_sum_is_what_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
