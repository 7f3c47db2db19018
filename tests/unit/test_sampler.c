/* SPDX-License-Identifier: Apache-2.0 */
/* Which items make a step, and that the loader hands on just those: properties, and frequencies against the
 * prior. */
#include "base/base.h"
#include "set/image_rows.h"
#include "test.h"
#include "train/cross_entropy.h"
#include "train/loader.h"

#include <float.h>

static akin_error err;

static void loader_gives_every_item_once_an_epoch(void **state)
{
    (void)state;
    enum { N = 23, BATCH = 5, SIDE = 4 };
    static uint8_t pixels[N * SIDE * SIDE];
    for (int i = 0; i < N * SIDE * SIDE; i++) pixels[i] = (uint8_t)(i / (SIDE * SIDE) * 10);
    const ak_pixel_scale scale = { { 0 }, { 1 } };
    const akin_images images = {
        .struct_size = sizeof images, .pixels = pixels, .n = N, .height = SIDE, .width = SIDE, .channels = 1
    };
    const akin_augment_opts augment = AKIN_AUGMENT_OPTS_INIT;
    ak_row_source source;
    CHECK_OK(ak_image_views_source(&images, &augment, &scale, &source, &err));
    const ak_sampler_plan pairs = { .pairing = AK_PAIR_VIEWS, .items = N, .batch = BATCH, .seed = 9 };
    ak_sampler *sampler = NULL;
    CHECK_OK(ak_sampler_create(&pairs, &sampler, &err));
    ak_loader_plan plan = { &source, sampler, 0, 3 * (N / BATCH), 9, 1, { .micro = 0 } };
    static float first[12][2 * BATCH * SIDE * SIDE];
    for (int workers = 1; workers <= 3; workers++)
        for (int64_t from = 0; from < 12; from += 7) { /* from the start, and as after a resume */
            plan.workers = workers;
            plan.first = from;
            ak_loader *l = NULL;
            CHECK_OK(ak_loader_create(&plan, &l, &err));
            int seen[N] = { 0 };
            for (int64_t s = from; s < plan.steps; s++) {
                ak_rows rows;
                double waited;
                CHECK_OK(ak_loader_next(l, &rows, &waited, &err));
                const float *views = rows.dense;
                CHECK(rows.n == 2 * BATCH);
                if (workers == 1 && from == 0)
                    memcpy(first[s], views, sizeof first[s]);
                else
                    CHECK(memcmp(first[s], views, sizeof first[s]) ==
                          0); /* the same bits, whoever makes them */
                for (int i = 0; i < BATCH; i++) {
                    const int item = (int)lround((double)views[i * SIDE * SIDE] * 25.5);
                    CHECK(item >= 0 && item < N);
                    seen[item]++;
                    CHECK(views[(BATCH + i) * SIDE * SIDE] ==
                          views[i * SIDE * SIDE]); /* the same item's other view */
                }
                if (s % 4 == 3 && from == 0) { /* an epoch of 4 steps has 20 of the 23 items, none twice */
                    for (int i = 0; i < N; i++) CHECK(seen[i] <= 1);
                    memset(seen, 0, sizeof seen);
                }
            }
            ak_loader_free(l);
        }
    plan.steps = 1000000; /* stopping early must not hang */
    ak_loader *l = NULL;
    CHECK_OK(ak_loader_create(&plan, &l, &err));
    ak_loader_free(l);
    ak_row_source_release(&source);
    ak_sampler_free(sampler);
}

enum { ITEMS = 60, GROUPS = 5, BATCH = 12 };

/* Class c has 4, 8, 12, 16 or 20 items, dealt in turn so that a class is not a run of neighbours. */
static void make_groups(int32_t *group)
{
    static const int size[GROUPS] = { 4, 8, 12, 16, 20 };
    int given[GROUPS] = { 0 }, g = 0;
    for (int i = 0; i < ITEMS; i++) {
        do g = (g + 1) % GROUPS;
        while (given[g] == size[g]);
        given[g]++;
        group[i] = g;
    }
}

static ak_sampler *sampler_of(ak_sampler_plan plan)
{
    ak_sampler *s = NULL;
    CHECK_OK(ak_sampler_create(&plan, &s, &err));
    return s;
}

static void partners_are_of_the_group_and_near(void **state)
{
    (void)state;
    int32_t group[ITEMS], items[2 * BATCH];
    make_groups(group);
    group[7] = -1; /* belongs nowhere: its own partner */
    for (int near = 0; near < 2; near++) {
        const ak_sampler_plan plan = { .pairing = near ? AK_PAIR_NEAR : AK_PAIR_GROUP,
                                       .items = ITEMS,
                                       .batch = BATCH,
                                       .group = group,
                                       .groups = GROUPS,
                                       .window = 1,
                                       .seed = 3 };
        ak_sampler *s = sampler_of(plan);
        ak_sampler_memory order;
        CHECK_OK(ak_sampler_memory_create(s, &order, &err));
        for (int64_t step = 0; step < 50; step++) {
            ak_sampler_items(s, &order, step, items);
            for (int i = 0; i < BATCH; i++) {
                const int32_t a = items[i], b = items[BATCH + i];
                CHECK(a == 7 ? b == 7 : a != b && group[a] == group[b]);
                int between = 0; /* members of the group from a to b */
                for (int j = a < b ? a : b; j < (a < b ? b : a); j++) between += group[j] == group[a];
                if (near && a != 7) CHECK(between == 1);
            }
        }
        ak_sampler_memory_free(&order);
        ak_sampler_free(s);
    }
}

/* Without groups all items are near by their places in an order that is given, such as time. */
static void neighbours_follow_a_given_order(void **state)
{
    (void)state;
    int32_t order[ITEMS], place[ITEMS], items[2 * BATCH];
    for (int i = 0; i < ITEMS; i++) order[i] = (i * 7 + 3) % ITEMS; /* 7 and 60 have no common divisor */
    for (int i = 0; i < ITEMS; i++) place[order[i]] = i;
    const ak_sampler_plan plan = {
        .pairing = AK_PAIR_NEAR, .items = ITEMS, .batch = BATCH, .order = order, .window = 2, .seed = 4
    };
    ak_sampler *s = sampler_of(plan);
    ak_sampler_memory memory;
    CHECK_OK(ak_sampler_memory_create(s, &memory, &err));
    int far = 0;
    for (int64_t step = 0; step < 50; step++) {
        ak_sampler_items(s, &memory, step, items);
        for (int i = 0; i < BATCH; i++) {
            const int apart = abs(place[items[i]] - place[items[BATCH + i]]);
            CHECK(apart == 1 || apart == 2);
            far += apart == 2;
        }
    }
    CHECK_NEAR(far / (50.0 * BATCH), 0.5, 0.11); /* five standard deviations of 600 draws */
    ak_sampler_memory_free(&memory);
    ak_sampler_free(s);
}

/* The frequencies of classes of anchors and negatives follow the prior; collisions happen as often as it
 * says. */
static void tuples_follow_the_prior(void **state)
{
    (void)state;
    enum { B = 3, K = 4, STEPS = 2000 };
    int32_t group[ITEMS], items[BATCH * (1 + B + B * K)];
    make_groups(group);
    const double given[GROUPS] = { 1, 0, 3, 0, 4 };
    const double prior[3][GROUPS] = { { 4 / 60.0, 8 / 60.0, 12 / 60.0, 16 / 60.0, 20 / 60.0 },
                                      { 0.2, 0.2, 0.2, 0.2, 0.2 },
                                      { 1 / 8.0, 0, 3 / 8.0, 0, 4 / 8.0 } };
    for (int kind = 0; kind < 3; kind++) {
        const ak_sampler_plan plan = { .pairing = AK_PAIR_LATENT,
                                       .items = ITEMS,
                                       .batch = BATCH,
                                       .group = group,
                                       .groups = GROUPS,
                                       .block = B,
                                       .count = K,
                                       .prior = (ak_class_prior)kind,
                                       .weight = given,
                                       .seed = 11 };
        ak_sampler *s = sampler_of(plan);
        CHECK(ak_sampler_rows(s) == BATCH * (1 + B + B * K));
        double anchors[GROUPS] = { 0 }, negatives[GROUPS] = { 0 }, collisions = 0, tau = 0;
        for (int64_t step = 0; step < STEPS; step++) {
            ak_sampler_items(s, NULL, step, items);
            double same = 0;
            for (int i = 0; i < BATCH; i++) {
                const int32_t c = group[items[i]];
                anchors[c]++;
                for (int b = 0; b < B; b++) CHECK(group[items[BATCH + i * B + b]] == c);
                for (int q = 0; q < K; q++) {
                    const int32_t *block = items + BATCH * (1 + B) + (i * K + q) * B;
                    negatives[group[block[0]]]++;
                    same += group[block[0]] == c;
                    for (int b = 1; b < B; b++) CHECK(group[block[b]] == group[block[0]]);
                }
            }
            CHECK_NEAR(ak_sampler_collisions(s, items, BATCH), same / (BATCH * K), 1e-15);
            collisions += same;
        }
        /* Binomial shares of 24,000 and 96,000 draws: five standard deviations are below 0.017 and 0.0085.
         * The tries of one anchor share its class, so collisions have the spread of at most 24,000 draws. */
        for (int c = 0; c < GROUPS; c++) {
            CHECK_NEAR(anchors[c] / (STEPS * BATCH), prior[kind][c], 0.017);
            CHECK_NEAR(negatives[c] / (STEPS * BATCH * K), prior[kind][c], 0.0085);
            tau += prior[kind][c] * prior[kind][c];
        }
        CHECK_NEAR(collisions / (STEPS * BATCH * K), tau, 0.017);
        ak_sampler_free(s);
    }
}

static void without_replacement_no_item_comes_twice(void **state)
{
    (void)state;
    enum { B = 2, K = 3, TUPLE = 1 + B + B * K };
    int32_t group[ITEMS], items[BATCH * TUPLE];
    for (int i = 0; i < ITEMS; i++) group[i] = i % 4; /* 15 items each */
    ak_sampler_plan plan = { .pairing = AK_PAIR_LATENT,
                             .items = ITEMS,
                             .batch = BATCH,
                             .group = group,
                             .groups = 4,
                             .block = B,
                             .count = K,
                             .distinct = true,
                             .seed = 5 };
    ak_sampler *s = sampler_of(plan);
    for (int64_t step = 0; step < 100; step++) {
        ak_sampler_items(s, NULL, step, items);
        for (int i = 0; i < BATCH; i++) {
            int32_t tuple[TUPLE] = { items[i] };
            memcpy(tuple + 1, items + BATCH + i * B, B * sizeof *tuple);
            memcpy(tuple + 1 + B, items + BATCH * (1 + B) + i * B * K, B * K * sizeof *tuple);
            for (int x = 0; x < TUPLE; x++)
                for (int y = 0; y < x; y++) CHECK(tuple[x] != tuple[y]);
        }
    }
    ak_sampler_free(s);
    plan.count = 7; /* a tuple may need 1 + 2 * 8 = 17 of a class of 15 */
    s = NULL;
    CHECK(ak_sampler_create(&plan, &s, &err) == AKIN_ERR_INPUT && !s);
    CHECK(strstr(err.message, "15 items") && strstr(err.message, "17"));
    plan.pairing = AK_PAIR_GROUP;
    plan.groups = 3;
    CHECK(ak_sampler_create(&plan, &s, &err) == AKIN_ERR_RANGE);
    plan.group = NULL;
    CHECK(ak_sampler_create(&plan, &s, &err) == AKIN_ERR_INPUT);
}

/* Against the definition in double, and central differences of it. */
static void cross_entropy_follows_its_definition(void **state)
{
    (void)state;
    enum { N = 7, C = 5 };
    float s[N * C], g[N * C];
    double loss[N];
    int32_t label[N];
    for (int i = 0; i < N * C; i++) s[i] = (float)test_uniform(-3, 3);
    s[2 * C + 1] = 200; /* far from the others: exp overflows unless the largest is taken out first */
    for (int i = 0; i < N; i++) label[i] = (i * 3) % C;
    double expected = 0;
    for (int i = 0; i < N; i++) {
        long double sum = 0;
        for (int c = 0; c < C; c++) sum += expl((long double)s[i * C + c]);
        expected += (double)(logl(sum) - (long double)s[i * C + label[i]]) / N;
    }
    const akin_mat scores = { s, N, C, C };
    CHECK_NEAR(ak_cross_entropy_of(scores, label, g, loss), expected, 1e-12 * expected);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < C; c++) {
            long double sum = 0;
            for (int j = 0; j < C; j++) sum += expl((long double)s[i * C + j]);
            const double p = (double)(expl((long double)s[i * C + c]) / sum);
            CHECK_NEAR(g[i * C + c], (p - (c == label[i])) / N,
                       FLT_EPSILON); /* values up to 1/N, rounded once */
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loader_gives_every_item_once_an_epoch),
        cmocka_unit_test(partners_are_of_the_group_and_near),
        cmocka_unit_test(neighbours_follow_a_given_order),
        cmocka_unit_test(tuples_follow_the_prior),
        cmocka_unit_test(without_replacement_no_item_comes_twice),
        cmocka_unit_test(cross_entropy_follows_its_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
