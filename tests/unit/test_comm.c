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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_is_all),
        cmocka_unit_test(an_error_of_the_only_rank_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
