/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of chunks in a tree: against the tree written as a recursion, bit for bit, and over any number of
 * ranks, whose parts travel. */
#include "ranks_threads.h"

#include "train/treesum.h"

enum { NUMBERS = 7, MOST_CHUNKS = 40, MOST_RANKS = 7, PADDED = 5 };

static float given[MOST_CHUNKS][NUMBERS], grad[2][PADDED];

/* Two tensors with gradients, one without between them. */
static const akin_tensor TENSORS[] = { { .count = 3, .grad = grad[0] },
                                       { .count = 9, .grad = NULL },
                                       { .count = 4, .grad = grad[1] } };

static void give(int64_t chunk)
{
    memcpy(grad[0], given[chunk], 3 * sizeof(float));
    memcpy(grad[1], given[chunk] + 3, 4 * sizeof(float));
}

/* The chunks from first on, `span` of them (a power of two) as far as there are so many. */
static float tree(int64_t chunks, int64_t first, int64_t span, int k)
{
    if (span == 1) return given[first][k];
    const float left = tree(chunks, first, span / 2, k);
    return first + span / 2 < chunks ? left + tree(chunks, first + span / 2, span / 2, k) : left;
}

static void draw(void)
{
    for (int c = 0; c < MOST_CHUNKS; c++)
        for (int k = 0; k < NUMBERS; k++) given[c][k] = (float)test_uniform(-1, 1) * powf(10, (float)(c % 5));
}

static ak_treesum *sum_of(int64_t all, int64_t first, int64_t mine)
{
    ak_treesum *s = NULL;
    CHECK(ak_treesum_create(TENSORS, 3, all, first, mine, &s, NULL) == AKIN_OK);
    for (int64_t i = 0; i < mine; i++) {
        const int64_t c = first + mine - 1 - i;
        give(c);
        ak_treesum_add(s, c);
    }
    return s;
}

static void one_rank_adds_the_tree(void **state)
{
    (void)state;
    draw();
    for (int64_t all = 1; all <= MOST_CHUNKS; all++) {
        int64_t span = 1;
        while (span < all) span *= 2;
        ak_treesum *s = sum_of(all, 0, all);
        ak_treesum_finish(s);
        for (int k = 0; k < NUMBERS; k++)
            CHECK((k < 3 ? grad[0][k] : grad[1][k - 3]) == tree(all, 0, span, k));
        ak_treesum_free(s);
    }
}

typedef struct job {
    int64_t all, first[MOST_RANKS + 1];
    int parts[MOST_RANKS];
    int ranks;
    float out[MOST_RANKS][NUMBERS];
} job;

static void join(float *vectors, int64_t n, void *ctx)
{
    const job *j = ctx;
    ak_treesum_join(j->all, j->first, j->ranks, vectors, n);
}

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER; /* the gradients are one memory */

static void join_rank(ak_comm *c, void *ctx)
{
    job *j = ctx;
    const int r = ak_comm_rank(c);
    float *const *sums;
    int64_t n;
    pthread_mutex_lock(&one_at_a_time);
    ak_treesum *s = sum_of(j->all, j->first[r], j->first[r + 1] - j->first[r]);
    pthread_mutex_unlock(&one_at_a_time);
    CHECK(ak_treesum_waiting(s, &sums, &n) == j->parts[r] && n == NUMBERS);
    CHECK(ak_comm_join_floats(c, sums, j->parts, n, join, j, j->out[r], NULL) == AKIN_OK);
    ak_treesum_free(s);
}

static void any_ranks_add_the_same_tree(void **state)
{
    (void)state;
    static job j;
    draw();
    for (int trial = 0; trial < 60; trial++) {
        const int ranks = 2 + trial % (MOST_RANKS - 1);
        j = (job){ .ranks = ranks, .all = test_int(ranks, MOST_CHUNKS) };
        j.first[ranks] = j.all;
        for (int r = 1; r < ranks; r++) /* uneven, and each has some */
            j.first[r] = test_int(j.first[r - 1] + 1, j.all - (ranks - r));
        for (int r = 0; r < ranks; r++)
            j.parts[r] = ak_treesum_parts(j.all, j.first[r], j.first[r + 1] - j.first[r]);
        int64_t span = 1;
        while (span < j.all) span *= 2;
        run_ranks(ranks, join_rank, &j);
        for (int r = 0; r < ranks; r++)
            for (int k = 0; k < NUMBERS; k++) CHECK(j.out[r][k] == tree(j.all, 0, span, k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_adds_the_tree),
        cmocka_unit_test(any_ranks_add_the_same_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
