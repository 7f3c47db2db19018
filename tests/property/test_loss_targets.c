/* SPDX-License-Identifier: Apache-2.0 */
/* Losses with targets of their own (src/loss/gram.h): what they are where targets say nothing or say labels,
 * chance and floor with links and continuous targets, and a sentence for every link that cannot be. Gradients
 * are held against references by test_loss_random and test_loss_golden. */
#include "loss_case.h"

static double value_of(akin_precision precision)
{
    permuted = NULL;
    return library(precision);
}

static akin_calibration calibration(void)
{
    static const float any = 0;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_calibration means = AKIN_CALIBRATION_INIT;
    batch.a = batch.b = (akin_cmat){ &any, c.n, c.d, c.d };
    batch.labels = labels;
    batch.link_start = c.link_start;
    batch.link = c.link;
    batch.link_weight = c.link_weight;
    if (c.targets) batch.values = (akin_cmat){ c.targets, 2 * c.n, c.q, c.q };
    CHECK_OK(akin_loss_calibrate(c.loss, &c.p, &batch, NULL, &means, &err));
    return means;
}

/* Links of each row to all rows of its label. */
static void link_labels(void)
{
    static int32_t row[REF_MOST * 64];
    static float one[REF_MOST * 64];
    int64_t used = 0;
    for (int64_t i = 0; i < 2 * c.n; i++) {
        link_start[i] = used;
        for (int64_t k = 0; k < 2 * c.n; k++)
            if (k != i && labels[k % c.n] == labels[i % c.n]) row[used] = (int32_t)k, one[used++] = 1;
    }
    link_start[2 * c.n] = used;
    c.link_start = link_start;
    c.link = row;
    c.link_weight = one;
}

static void identities(void **state)
{
    (void)state;
    const double few = 1e-12;
    for (int round = 0; round < 6; round++) {
        test_seed++;
        random_case(akin_loss_find("xclr"), test_int(2, 24), test_int(2, 12));
        c.p.temperature = test_uniform(0.05, 1);
        const akin_loss *const own = c.loss;
        c.link_start = NULL;
        const double alone = value_of(AKIN_PRECISION_F64);
        link_labels();
        const double linked = value_of(AKIN_PRECISION_F64);
        c.p.partner_only = 1;
        const double without = value_of(AKIN_PRECISION_F64);
        c.p.partner_only = 0;
        c.p.known_only = 1; /* all that is known is alike */
        const double known = value_of(AKIN_PRECISION_F64);
        c.p.known_only = 0;
        c.loss = akin_loss_find("ntxent");
        CHECK_NEAR(value_of(AKIN_PRECISION_F64), alone, few * (1 + alone));
        CHECK(without <= alone + few && known <= linked + few);
        c.loss = akin_loss_find("supcon");
        CHECK_NEAR(value_of(AKIN_PRECISION_F64), linked, few * (1 + linked));
        c.loss = akin_loss_find("y-aware");
        c.targets = NULL;
        c.p.bandwidth = 0.01; /* other labels are far */
        CHECK_NEAR(value_of(AKIN_PRECISION_F64), linked, few * (1 + linked));
        c.loss = own;
    }
}

/* Equal rows give chance; no batch is below the floor. */
static void levels_hold(void **state)
{
    (void)state;
    static const char *const names[] = { "xclr", "y-aware", "rank-n-contrast" };
    for (int round = 0; round < 60; round++) {
        test_seed++;
        random_case(akin_loss_find(names[round % 3]), test_int(2, 20), test_int(2, 12));
        any_parameters();
        const akin_calibration means = calibration();
        CHECK(means.floor_known && means.floor >= 0);
        CHECK_LE(means.floor, means.chance + 1e-9);
        CHECK_LE(means.floor, value_of(AKIN_PRECISION_F64) + 1e-9);
        for (int64_t i = 0; i < values(); i++) x[i] = (double)(float)(1 + (double)(i % c.d));
        CHECK_NEAR(value_of(AKIN_PRECISION_F64), means.chance, 1e-6 * (1 + means.chance));
    }
}

/* Rows far apart on a line, as their targets are. */
static void order_reaches_the_floor(void **state)
{
    (void)state;
    random_case(akin_loss_find("rank-n-contrast"), 12, 3);
    c.targets = targets;
    c.q = 1;
    for (int64_t i = 0; i < 24; i++) {
        targets[i] = (float)(1 << i % 12);
        for (int64_t k = 0; k < 3; k++) x[i * 3 + k] = k ? 1 : 1000 * (double)targets[i];
    }
    const akin_calibration means = calibration();
    const double value = value_of(AKIN_PRECISION_F64);
    CHECK_NEAR(value, means.floor, 1e-9);
    CHECK(strcmp(akin_loss_verdict(&means, value), "at the floor") == 0);
    for (int64_t i = 0; i < 12; i++) targets[i] = targets[12 + i] = -targets[i]; /* and the other way round */
    CHECK_NEAR(value_of(AKIN_PRECISION_F64), value, 1e-9);
    targets[0] = targets[12] = 7000; /* one out of its place */
    CHECK(value_of(AKIN_PRECISION_F64) > value + 10);
}

/* One link of full weight: e^(s/t) of the two rows, where nothing else is known, are to be equal. */
static void a_floor_of_xclr_is_reached(void **state)
{
    (void)state;
    random_case(akin_loss_find("xclr"), 2, 4);
    c.p.temperature = 0.5;
    c.p.target_temperature = 0;
    link_labels();
    for (int64_t i = 0; i < 4; i++) labels[i] = 1; /* all rows are alike: equal rows are best */
    link_labels();
    for (int64_t i = 0; i < values(); i++) x[i] = (double)(i % c.d == 0);
    CHECK_NEAR(value_of(AKIN_PRECISION_F64), calibration().floor, 1e-9);
    CHECK_NEAR(calibration().floor, log(3), 1e-9);
}

static akin_status refused(const int64_t *start, const int32_t *row, const float *weight)
{
    static float rows[16], memory[1 << 16];
    akin_arena arena;
    double value = 5;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    for (int i = 0; i < 16; i++) rows[i] = 1 + (float)i;
    batch.a = (akin_cmat){ rows, 4, 2, 2 };
    batch.b = (akin_cmat){ rows + 8, 4, 2, 2 };
    batch.link_start = start;
    batch.link = row;
    batch.link_weight = weight;
    akin_arena_init(&arena, memory, sizeof memory);
    const akin_status status =
        akin_loss_eval(akin_loss_find("xclr"), NULL, &batch, &arena, &value, NULL, &err);
    CHECK(status == AKIN_OK || value == 5);
    return status;
}

static void links_are_checked(void **state)
{
    (void)state;
    const int64_t start[9] = { 0, 2, 2, 2, 2, 2, 2, 2, 2 }, falls[9] = { 0, 2, 1, 2, 2, 2, 2, 2, 2 };
    const float weights[2] = { 1, -1 }, bad[2] = { 1, NAN };
    CHECK_OK(refused(start, (const int32_t[]){ 3, 7 }, weights));
    CHECK_OK(refused(start, (const int32_t[]){ 3, 7 }, NULL));
    CHECK_FAILS(refused(start, (const int32_t[]){ 7, 3 }, weights), AKIN_ERR_INPUT,
                "link 1 of row 0 goes to row 3");
    CHECK_FAILS(refused(start, (const int32_t[]){ 3, 3 }, weights), AKIN_ERR_INPUT, "ascending");
    CHECK_FAILS(refused(start, (const int32_t[]){ 0, 3 }, weights), AKIN_ERR_INPUT, "goes to row 0");
    CHECK_FAILS(refused(start, (const int32_t[]){ 3, 8 }, weights), AKIN_ERR_INPUT, "others of the 8");
    CHECK_FAILS(refused(start, (const int32_t[]){ -1, 3 }, weights), AKIN_ERR_INPUT, "goes to row -1");
    CHECK_FAILS(refused(start, (const int32_t[]){ 3, 7 }, bad), AKIN_ERR_INPUT,
                "weight of link 1 of row 0 is nan");
    CHECK_FAILS(refused(falls, (const int32_t[]){ 3, 7 }, weights), AKIN_ERR_INPUT, "falls at row 1");
}

static void targets_are_checked(void **state)
{
    (void)state;
    static float rows[16], memory[1 << 16], y[8] = { 1, 2, 3, 4, 5, NAN, 7, 8 };
    akin_arena arena;
    double value = 5;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    for (int i = 0; i < 16; i++) rows[i] = 1 + (float)i;
    batch.a = (akin_cmat){ rows, 4, 2, 2 };
    batch.b = (akin_cmat){ rows + 8, 4, 2, 2 };
    akin_arena_init(&arena, memory, sizeof memory);
    const akin_loss *l = akin_loss_find("y-aware");
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_ARGUMENT,
                "needs values, [8,q], or a label");
    batch.values = (akin_cmat){ y, 4, 1, 1 };
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_SHAPE,
                "expected [8,1]");
    batch.values.rows = 8;
    CHECK_FAILS(akin_loss_eval(l, NULL, &batch, &arena, &value, NULL, &err), AKIN_ERR_NUMERIC,
                "value 0 of row 5 is nan");
    CHECK(value == 5);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities),
        cmocka_unit_test(levels_hold),
        cmocka_unit_test(order_reaches_the_floor),
        cmocka_unit_test(a_floor_of_xclr_is_reached),
        cmocka_unit_test(links_are_checked),
        cmocka_unit_test(targets_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
