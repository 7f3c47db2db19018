/* SPDX-License-Identifier: Apache-2.0 */
/* The index of cells: all cells give what all pairs in double give; the share that so many cells are said to
 * hold is what a search of them finds; threads change no bit. */
#include "akin/tool/near_cells.h"
#include "test.h"

enum { N = 3000, D = 12, Q = 200, K = 10, GROUPS = 40 };

static akin_error err;
static float rows[N][D], query[Q][D];
static int32_t index_of[Q][K], again[Q][K];
static float similarity[Q][K], similarity_again[Q][K];
static int32_t truth[Q][K];
static double cosine[Q][N];

static void draw(void)
{
    float centre[GROUPS][D];
    for (int g = 0; g < GROUPS; g++)
        for (int j = 0; j < D; j++) centre[g][j] = (float)test_normal();
    for (int i = 0; i < N + Q; i++) {
        float *row = i < N ? rows[i] : query[i - N];
        const int g = (int)test_int(0, GROUPS - 1);
        const double length = test_uniform(0.1, 10);
        for (int j = 0; j < D; j++) row[j] = (float)(length * (centre[g][j] + 0.4 * test_normal()));
    }
    memset(rows[7], 0, sizeof rows[7]);
    memcpy(rows[11], rows[10], sizeof rows[10]);
}

static double cosine_of(const float *a, const float *b)
{
    double dot = 0, aa = 0, bb = 0;
    for (int j = 0; j < D; j++) {
        dot += (double)a[j] * b[j];
        aa += (double)a[j] * a[j];
        bb += (double)b[j] * b[j];
    }
    return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : 0;
}

static void find_truth(void)
{
    for (int q = 0; q < Q; q++) {
        static bool taken[N];
        memset(taken, 0, sizeof taken);
        for (int i = 0; i < N; i++) cosine[q][i] = cosine_of(query[q], rows[i]);
        for (int r = 0; r < K; r++) {
            int best = -1;
            for (int i = 0; i < N; i++)
                if (!taken[i] && (best < 0 || cosine[q][i] > cosine[q][best])) best = i;
            taken[best] = true;
            truth[q][r] = best;
        }
    }
}

static akin_cmat all_rows(void) { return (akin_cmat){ rows[0], N, D, D }; }
static akin_cmat queries(void) { return (akin_cmat){ query[0], Q, D, D }; }

/* Share of the true neighbours among those found; a float cosine tells nothing within 1e-6 apart. */
static double share_found(void)
{
    int found = 0;
    for (int q = 0; q < Q; q++) {
        const double least = cosine[q][truth[q][K - 1]];
        for (int r = 0; r < K; r++) {
            CHECK(index_of[q][r] >= 0 && index_of[q][r] < N);
            CHECK_NEAR(similarity[q][r], cosine[q][index_of[q][r]], 2e-6);
            CHECK(r == 0 || similarity[q][r] <= similarity[q][r - 1]);
            for (int e = 0; e < r; e++) CHECK(index_of[q][e] != index_of[q][r]);
            found += cosine[q][index_of[q][r]] >= least - 1e-6;
        }
    }
    return (double)found / (Q * K);
}

static void so_many_cells_find_what_they_are_said_to_hold(void **state)
{
    (void)state;
    draw();
    find_truth();
    for (int which = 0; which < 4; which++) {
        const int64_t cells = (int64_t[]){ 0, 1, 7, 500 }[which];
        akin_near_cells *c = NULL;
        CHECK_OK(akin_near_cells_create(all_rows(), cells, 5, &c, &err));
        CHECK(akin_near_cells_count(c) == (cells ? cells : 55));
        CHECK_OK(akin_near_cells_search(c, queries(), K, akin_near_cells_count(c), index_of[0], similarity[0],
                                        &err));
        CHECK_NEAR(share_found(), 1, 0);
        int64_t before = 0;
        for (int s = 1; s <= 4; s++) {
            const double share = 0.25 * s;
            double found = -1;
            int64_t probes = 0;
            CHECK_OK(akin_near_cells_probes(c, queries(), K, share, &probes, &found, &err));
            CHECK(probes >= 1 && probes <= akin_near_cells_count(c) && probes >= before && found >= share);
            before = probes;
            CHECK_OK(akin_near_cells_search(c, queries(), K, probes, index_of[0], similarity[0], &err));
            /* a cell more or less than at the judging where two centres are equally near, in float */
            CHECK_NEAR(share_found(), found, 0.003);
        }
        akin_near_cells_free(c);
    }
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    draw();
    for (int threads = 1; threads <= 3; threads++) {
        akin_near_cells *c = NULL;
        akin_set_threads(threads);
        CHECK_OK(akin_near_cells_create(all_rows(), 30, 1, &c, &err));
        CHECK_OK(akin_near_cells_search(c, queries(), K, 3, again[0], similarity_again[0], &err));
        akin_near_cells_free(c);
        CHECK(threads == 1 || memcmp(again, index_of, sizeof again) == 0);
        CHECK(threads == 1 || memcmp(similarity_again, similarity, sizeof similarity) == 0);
        memcpy(index_of, again, sizeof again);
        memcpy(similarity, similarity_again, sizeof similarity);
    }
    akin_set_threads(0);
}

/* More cells are looked into where one may hold fewer than k; each query finds what it finds alone. */
static void small_cells_give_k_rows(void **state)
{
    (void)state;
    draw();
    akin_near_cells *c = NULL;
    CHECK_OK(akin_near_cells_create(all_rows(), 1500, 2, &c, &err));
    CHECK_OK(akin_near_cells_search(c, queries(), K, 1, index_of[0], similarity[0], &err));
    for (int q = 0; q < Q; q++)
        for (int r = 0; r < K; r++) CHECK(index_of[q][r] >= 0 && index_of[q][r] < N);
    for (int q = 0; q < Q; q += 50) {
        CHECK_OK(akin_near_cells_search(c, (akin_cmat){ query[q], 1, D, D }, K, 1, again[0], NULL, &err));
        CHECK(memcmp(again[0], index_of[q], sizeof again[0]) == 0);
    }
    akin_near_cells_free(c);
    const akin_cmat one = { rows[0], 1, D, D };
    CHECK_OK(akin_near_cells_create(one, 0, 0, &c, &err));
    CHECK_OK(akin_near_cells_search(c, queries(), 1, 1, index_of[0], NULL, &err));
    CHECK(index_of[0][0] == 0);
    akin_near_cells_free(c);
    akin_near_cells_free(NULL);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    draw();
    akin_near_cells *c = NULL;
    int64_t probes;
    CHECK_FAILS(akin_near_cells_create(all_rows(), N + 1, 0, &c, &err), AKIN_ERR_RANGE, "3001 of 3000 rows");
    CHECK_FAILS(akin_near_cells_create(all_rows(), -1, 0, &c, &err), AKIN_ERR_RANGE, "-1");
    CHECK_FAILS(akin_near_cells_create(all_rows(), 0, 0, NULL, &err), AKIN_ERR_ARGUMENT, "out is NULL");
    rows[5][3] = NAN;
    CHECK_FAILS(akin_near_cells_create(all_rows(), 0, 0, &c, &err), AKIN_ERR_INPUT, "row 5 has a number");
    rows[5][3] = 0;
    CHECK_OK(akin_near_cells_create(all_rows(), 0, 0, &c, &err));
    CHECK_FAILS(akin_near_cells_search(c, queries(), 0, 1, NULL, NULL, &err), AKIN_ERR_RANGE, "k is 0");
    CHECK_FAILS(akin_near_cells_search(c, queries(), 1025, 1, NULL, NULL, &err), AKIN_ERR_RANGE,
                "1 and 1024");
    CHECK_FAILS(akin_near_cells_search(c, queries(), 1, 0, NULL, NULL, &err), AKIN_ERR_RANGE, "probes is 0");
    CHECK_FAILS(akin_near_cells_search(c, (akin_cmat){ query[0], 2, 3, D }, 1, 1, NULL, NULL, &err),
                AKIN_ERR_SHAPE, "queries have 3 columns, rows 12");
    CHECK_FAILS(akin_near_cells_probes(c, queries(), K, 0, &probes, NULL, &err), AKIN_ERR_RANGE,
                "share is 0");
    CHECK_FAILS(akin_near_cells_probes(c, queries(), K, NAN, &probes, NULL, &err), AKIN_ERR_RANGE, "share");
    query[0][0] = INFINITY;
    CHECK_FAILS(akin_near_cells_search(c, queries(), 1, 1, NULL, NULL, &err), AKIN_ERR_INPUT, "row 0");
    akin_near_cells_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_cells_find_what_they_are_said_to_hold),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(small_cells_give_k_rows),
        cmocka_unit_test(what_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
