/* SPDX-License-Identifier: Apache-2.0 */
/* The model of a training step on several ranks (akin/tool/step_cost.h): what it counts is what ranks that
 * are threads really move, for every loss; and its times follow from the numbers that it was given. */
#include "ranks_threads.h"

#include "akin/tool/step_cost.h"
#include "loss/ring.h"
#include "nn/tensors.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMNS = 8, FEATURES = 5, MOST_ITEMS = 1800 };

/* What ranks move ---------------------------------------------------------------------------------------- */

/* One evaluation on several ranks, and what came to each. */
typedef struct evaluation {
    const akin_loss *loss;
    const akin_loss_params *params;
    int ranks;
    bool keys, queue; /* of a momentum encoder: without gradient; which every rank has */
    int64_t first[THREADS_MOST + 1], items[THREADS_MOST];
    int64_t came[THREADS_MOST], rounds[THREADS_MOST];
} evaluation;

static evaluation e;
static akin_error err;
static float x[2 * MOST_ITEMS * COLUMNS], features[2 * MOST_ITEMS * FEATURES];
static int32_t labels[MOST_ITEMS];

static akin_status counting_end(ak_comm *c, ak_transfer *t, akin_error *why)
{
    e.came[c->rank] += (int64_t)t->in_bytes;
    return threads_end(c, t, why);
}

static akin_status counting_gather(ak_comm *c, const void *mine, void *all, const int64_t *offset,
                                   akin_error *why)
{
    e.rounds[c->rank]++;
    return threads_gather(c, mine, all, offset, why);
}

static void evaluate(ak_comm *c, void *ctx)
{
    ak_comm_kind counting = threads_kind;
    counting.end = counting_end;
    counting.gather = counting_gather;
    c->kind = &counting;
    (void)ctx;
    const int r = ak_comm_rank(c);
    const int64_t n = e.items[r], d = COLUMNS, at = e.first[r];
    const bool triples = e.loss->needs & AKIN_LOSS_TRIPLES;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    float *grad = malloc((size_t)(2 * n * d) * sizeof *grad);
    batch.a = (akin_cmat){ x + at * d, n, d, d };
    const akin_cmat b = { x + (MOST_ITEMS + at) * d, n, d, d };
    if (triples)
        batch.positives = batch.negatives = b;
    else
        batch.b = b;
    if (e.loss->needs & AKIN_LOSS_LABELS) batch.labels = labels + at;
    if (e.loss->needs & AKIN_LOSS_FEATURES)
        batch.features = (akin_cmat){ features + 2 * at * FEATURES, 2 * n, FEATURES, FEATURES };
    grads.a = (akin_mat){ grad, n, d, d };
    if (e.queue) {
        batch.keys = (akin_cmat){ x, 30, d, d };
        batch.keys_only = batch.keys_alike = 1;
    }
    if (!triples && !e.keys) grads.b = (akin_mat){ grad + n * d, n, d, d };
    batch.ranks = c;
    batch.items = e.first[e.ranks];
    const size_t bytes = akin_loss_scratch_bytes(e.loss, e.params, &batch, 0) + 64;
    void *memory = malloc(bytes);
    akin_arena arena;
    akin_error why;
    akin_arena_init(&arena, memory, bytes);
    const akin_status status = akin_loss_eval(e.loss, e.params, &batch, &arena, NULL, &grads, &why);
    if (status) print_error("%s: %s\n", e.loss->name, why.message);
    CHECK(status == AKIN_OK);
    free(memory);
    free(grad);
}

static void counted_is_moved_by(evaluation of, int64_t most)
{
    const akin_loss *loss = of.loss;
    const akin_loss_params *params = of.params;
    const int ranks = of.ranks;
    e = of;
    for (int r = 0; r < ranks; r++) {
        e.items[r] = r == 0 ? most : test_int(1, most);
        e.first[r + 1] = e.first[r] + e.items[r];
    }
    run_ranks(ranks, evaluate, NULL);
    for (int r = 0; r < ranks; r++) {
        ak_ring_traffic t = { .rank = r, .ranks = ranks, .items = e.items, .keys = e.keys, .queue = e.queue };
        int64_t rounds, bytes = 0;
        CHECK_OK(ak_ring_count(loss, params, AKIN_PRECISION_F32, COLUMNS, FEATURES, &t, &rounds, &err));
        for (int i = 0; i < t.passages; i++) bytes += t.passage[i].row_bytes + t.passage[i].gain_bytes;
        if (bytes != e.came[r])
            print_error("%s, rank %d of %d: %lld bytes came, %lld were counted\n", loss->name, r, ranks,
                        (long long)e.came[r], (long long)bytes);
        CHECK(bytes == e.came[r]);
        CHECK(rounds == e.rounds[r]);
    }
}

static void counted_is_moved(const akin_loss *loss, const akin_loss_params *params, int ranks, int64_t most)
{
    counted_is_moved_by((evaluation){ .loss = loss, .params = params, .ranks = ranks }, most);
}

static void what_is_counted_is_what_ranks_move(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 2 * MOST_ITEMS * COLUMNS; i++) x[i] = (float)test_normal();
    for (int64_t i = 0; i < 2 * MOST_ITEMS * FEATURES; i++) features[i] = (float)test_normal();
    for (int64_t i = 0; i < MOST_ITEMS; i++) labels[i] = (int32_t)(i % 3);
    const akin_loss *loss;
    for (int i = 0; (loss = akin_loss_at(i)); i++)
        for (int ranks = 2; ranks <= 5; ranks++) counted_is_moved(loss, NULL, ranks, 40);
    const akin_loss *ntxent = akin_loss_find("ntxent");
    for (int ranks = 2; ranks <= 3; ranks++) {
        counted_is_moved(ntxent, NULL, ranks, 600); /* pieces of 1,024 rows: more than one */
        counted_is_moved(akin_loss_find("infonce"), NULL, ranks, 600);
    }
    akin_loss_params sharp = AKIN_LOSS_PARAMS_INIT;
    sharp.temperature = 0.005; /* a walk for the maxima comes first */
    counted_is_moved(ntxent, &sharp, 3, 40);
    evaluation keys = { .loss = akin_loss_find("infonce"), .ranks = 3, .keys = true };
    counted_is_moved_by(keys, 40);
    CHECK(e.came[0] > 0);
    keys.queue = true;
    counted_is_moved_by(keys, 40);
    CHECK(e.came[0] == 0);
}

/* Batch norm --------------------------------------------------------------------------------------------- */

static int64_t exchanges, exchanged; /* and numbers of a rank */

static akin_status count_norms(const double *mine, double *all, int64_t n, void *ctx, akin_error *why)
{
    (void)ctx, (void)why;
    for (int r = 0; r < 3; r++) memmove(all + r * n, mine, (size_t)n * sizeof *all);
    exchanges++;
    exchanged += n;
    return AKIN_OK;
}

static void norms_of_all_ranks_are_counted(void **state)
{
    (void)state;
    enum { ROWS = 4, SIDE = 16 };
    static float images[ROWS * 3 * SIDE * SIDE], z[ROWS * 512];
    akin_step_costs c = AKIN_STEP_COSTS_INIT;
    akin_encoder_opts opts = AKIN_ENCODER_OPTS_INIT;
    akin_encoder *encoder = NULL;
    opts.name = "cnn4";
    opts.width = 8;
    CHECK_OK(akin_step_costs_count(&c, &opts, SIDE, SIDE, 3, &err));
    CHECK_OK(akin_encoder_create(&opts, ROWS, SIDE, SIDE, 3, &encoder, &err));
    const ak_norm_share share = { 3, count_norms, NULL };
    CHECK_OK(ak_encoder_share_norms(encoder, &share, &err));
    for (int64_t i = 0; i < ROWS * 3 * SIDE * SIDE; i++) images[i] = (float)test_normal();
    for (int64_t i = 0; i < ROWS * 512; i++) z[i] = (float)test_normal();
    const akin_mat out = { z, ROWS, c.columns, c.columns }, none = { 0 };
    CHECK_OK(akin_encoder_forward(encoder, images, ROWS, true, none, out, &err));
    CHECK_OK(akin_encoder_backward(encoder, akin_mat_const(out), (akin_cmat){ 0 }, &err));
    akin_encoder_free(encoder);
    CHECK(c.norms > 0 && exchanges == 2 * c.norms);
    CHECK(exchanged == 2 * c.norm_numbers + c.norms && c.norm_numbers <= c.averages);
}

/* The model ---------------------------------------------------------------------------------------------- */

static akin_step_costs plain(void)
{
    akin_step_costs c = AKIN_STEP_COSTS_INIT;
    c.batch = 4096;
    c.micro = 16;
    c.loss = akin_loss_find("ntxent");
    c.columns = c.features = 64;
    c.weights = 100000;
    c.averages = 500;
    c.image_numbers = 3072;
    c.encoder_bytes = 1e6;
    c.encoder_row_bytes = 1e5;
    c.row_forward_s = 1e-4;
    c.row_backward_s = 2e-4;
    c.loss_s = 1;
    c.update_s = 1e-3;
    c.bandwidth = 1.25e8;
    c.latency_s = 5e-5;
    return c;
}

static akin_step_cost cost(const akin_step_costs *c, int ranks)
{
    akin_step_cost o = AKIN_STEP_COST_INIT;
    CHECK_OK(akin_step_cost_of(c, ranks, &o, &err));
    CHECK(o.ranks == ranks);
    CHECK_NEAR(o.step_s, o.encoder_s + o.loss_s + o.loss_wait_s + o.exchange_s + o.update_s, 1e-12);
    CHECK_NEAR(o.images_per_s * o.step_s, (double)c->batch, 1e-6);
    return o;
}

static void one_rank_sends_nothing(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    c.bandwidth = 0; /* not looked at */
    const akin_step_cost o = cost(&c, 1);
    CHECK(o.loss_bytes == 0 && o.gradient_bytes == 0 && o.other_bytes == 0 && o.pieces == 0 && o.rounds == 0);
    CHECK(o.loss_wait_s == 0 && o.exchange_s == 0);
    CHECK_NEAR(o.efficiency, 1, 1e-12);
    CHECK(o.items == 4096 && o.chunks == 256);
    /* every chunk forward and back, all but one forward once more */
    CHECK_NEAR(o.encoder_s, 8192 * 3e-4 + (8192 - 32) * 1e-4, 1e-9);
    CHECK_NEAR(o.loss_s, 1, 1e-12);
}

static void the_numbers_follow_the_ranks(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    akin_step_cost before = cost(&c, 1);
    for (int r = 2; r <= 256; r *= 2) {
        const akin_step_cost o = cost(&c, r);
        CHECK_LE(before.loss_bytes, o.loss_bytes * (1 + 1e-9)); /* of one rank: towards all rows, and gains */
        CHECK(o.loss_bytes + o.gradient_bytes > before.loss_bytes + before.gradient_bytes);
        CHECK_LE(fabs(o.gradient_bytes / (2 * sizeof(float) * 100503.0 * (r - 1) / r) - 1), 1e-12);
        CHECK_LE(o.encoder_s, before.encoder_s);
        CHECK(o.items == 4096 / r && o.chunks == 256 / r);
        if (r > 2) CHECK(o.memory_bytes <= before.memory_bytes);
        CHECK(o.pieces > 0 && o.rounds > 0);
        before = o;
    }
}

static void a_network_without_cost_leaves_the_work(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    c.micro = 0; /* nothing is encoded twice */
    c.bandwidth = 1e30;
    c.latency_s = c.poll_s = c.message_s = 0;
    c.memory_bytes_per_s = 1e30;
    c.update_s = 0;
    for (int r = 1; r <= 1024; r *= 4) {
        CHECK_NEAR(cost(&c, r).efficiency, 1, 1e-9);
        CHECK_NEAR(cost(&c, r).loss_wait_s, 0, 1e-12);
    }
}

/* vicreg and barlow sum d x d doubles over the ranks: of both views, and of one with the other. */
static void matrices_of_columns_are_counted(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    const double matrix = sizeof(double) * (double)(c.columns * c.columns);
    c.loss = akin_loss_find("vicreg");
    const akin_step_cost two = cost(&c, 4);
    CHECK(two.loss_bytes >= 3 * 2 * matrix && two.loss_bytes < 3 * 3 * matrix);
    CHECK(two.loss_wait_s > 3 * 2 * matrix / c.bandwidth);
    c.loss = akin_loss_find("barlow");
    const akin_step_cost one = cost(&c, 4);
    CHECK(one.loss_bytes >= 3 * matrix && one.loss_bytes < 3 * 2 * matrix);
    c.loss = akin_loss_find("dimcl"); /* three matrices, once more for the gradient; and its base's rows */
    CHECK(cost(&c, 4).loss_bytes > 3 * 6 * matrix);
    c.loss = akin_loss_find("matrix-ssl"); /* three matrices in each direction */
    const akin_step_cost three = cost(&c, 4);
    CHECK(three.loss_bytes >= 3 * 6 * matrix && three.loss_bytes < 3 * 7 * matrix);
    CHECK(cost(&c, 1).loss_bytes == 0);
}

/* 2 x 128 x 32 weights of 4 bytes with their gradients, Adam's two and a checkpoint, and the rows of a step
 * twice; byol encodes all rows once more. */
static void predictors_are_counted(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    c.loss = akin_loss_find("simsiam");
    const akin_step_cost none = cost(&c, 4);
    c.predictor = 32;
    const double d = (double)c.columns, weights = 2 * d * 32 + 64 + d;
    const akin_step_cost with = cost(&c, 4);
    CHECK_NEAR(with.memory_bytes - none.memory_bytes, 4 * weights * (3 + 2 * c.optimizer_arrays), 1);
    CHECK_NEAR(with.other_bytes - none.other_bytes, 3 * 8 * (weights + 4 * 32 + 1), 1e-6);
    CHECK(with.rounds == none.rounds + 13 && with.exchange_s > none.exchange_s);
    c.loss = akin_loss_find("byol");
    c.momentum_encoder = 1;
    const akin_step_cost byol = cost(&c, 1);
    c.momentum_encoder = 0;
    const akin_step_cost plainly = cost(&c, 1);
    CHECK_NEAR(byol.encoder_s - plainly.encoder_s, c.chunk_s + 2 * (double)c.batch * c.row_forward_s, 1e-9);
}

static void further_options_have_their_terms(void **state)
{
    (void)state;
    akin_step_costs c = plain(), more = c;
    const akin_step_cost before = cost(&c, 4);
    more.norm_all = 1;
    more.norms = 5;
    more.norm_numbers = 400;
    const akin_step_cost norms = cost(&more, 4);
    CHECK(norms.rounds == before.rounds + 11 && norms.exchange_s > before.exchange_s);
    CHECK_NEAR(norms.other_bytes - before.other_bytes, 3 * 8 * 805.0, 1e-6);
    CHECK_NEAR(before.gradient_bytes - norms.gradient_bytes, 2 * 4 * 500 * 0.75, 1e-6);
    more = c;
    more.loss = akin_loss_find("infonce");
    c.loss = more.loss;
    more.momentum_encoder = 1;
    const akin_step_cost keys = cost(&more, 4), plainly = cost(&c, 4);
    CHECK(keys.loss_bytes < plainly.loss_bytes); /* no gradient of keys goes home */
    CHECK(keys.encoder_s < plainly.encoder_s);   /* nor back through the encoder */
    more.queue = 8192;
    const akin_step_cost queue = cost(&more, 4);
    CHECK(queue.loss_bytes == 0 && queue.pieces == 0);
    CHECK_NEAR(queue.other_bytes, 3 * 8 * (double)(queue.rounds - 2) + 3072 * 64 * 4.0, 1e-6);
    CHECK(queue.memory_bytes > keys.memory_bytes);
    more.momentum_encoder = 0;
    akin_step_cost o = AKIN_STEP_COST_INIT;
    CHECK_FAILS(akin_step_cost_of(&more, 4, &o, &err), AKIN_ERR_ARGUMENT, "momentum encoder");
}

static void a_slower_network_takes_longer(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    double before = 0;
    for (double bandwidth = 1e12; bandwidth > 1e4; bandwidth /= 10) {
        c.bandwidth = bandwidth;
        const akin_step_cost o = cost(&c, 8);
        CHECK_LE(before, o.step_s);
        /* no sooner than the bytes can come, nor later than work and way one after the other */
        const double way = (o.loss_bytes + o.gradient_bytes + o.other_bytes) / bandwidth;
        CHECK_LE(way, o.step_s);
        CHECK_LE(o.step_s, cost(&c, 1).step_s / 8 + 1.2 * way + 0.2);
        before = o.step_s;
    }
    c.bandwidth = 1.25e8;
    const double sooner = cost(&c, 8).step_s;
    c.latency_s = 0.01;
    CHECK(cost(&c, 8).step_s > sooner);
}

static void gradients_go_beside_the_backward_pass(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    c.weights = 1000000;
    c.buckets = 1;
    const double after = cost(&c, 4).exchange_s;
    c.buckets = 10;
    const double beside = cost(&c, 4).exchange_s;
    CHECK(beside < after);
    /* at most the backward pass of one chunk is there to hide behind */
    CHECK_LE(after - beside, 32 * c.row_backward_s);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    akin_step_cost o = AKIN_STEP_COST_INIT;
    CHECK_FAILS(akin_step_cost_of(&c, 0, &o, &err), AKIN_ERR_RANGE, "0 ranks");
    CHECK_FAILS(akin_step_cost_of(&c, 4097, &o, &err), AKIN_ERR_RANGE, "4097 ranks");
    CHECK_FAILS(akin_step_cost_of(&c, 257, &o, &err), AKIN_ERR_ARGUMENT, "256 chunks");
    CHECK_FAILS(akin_step_cost_of(NULL, 2, &o, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_step_cost_of(&c, 2, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    c.bandwidth = 0;
    CHECK_FAILS(akin_step_cost_of(&c, 2, &o, &err), AKIN_ERR_RANGE, "bandwidth");
    c = plain();
    c.row_forward_s = NAN;
    CHECK_FAILS(akin_step_cost_of(&c, 2, &o, &err), AKIN_ERR_RANGE, "row_forward_s");
    c = plain();
    c.micro = 3;
    CHECK_FAILS(akin_step_cost_of(&c, 2, &o, &err), AKIN_ERR_ARGUMENT, "divide");
    c = plain();
    c.loss = NULL;
    CHECK_FAILS(akin_step_cost_of(&c, 2, &o, &err), AKIN_ERR_ARGUMENT, "loss");
}

static void the_encoder_is_counted(void **state)
{
    (void)state;
    akin_step_costs c = plain();
    akin_encoder_opts opts = AKIN_ENCODER_OPTS_INIT;
    opts.name = "cnn4";
    opts.width = 8;
    CHECK_OK(akin_step_costs_count(&c, &opts, 16, 16, 3, &err));
    akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
    akin_encoder *encoder = NULL;
    CHECK_OK(akin_encoder_create(&opts, 32, 16, 16, 3, &encoder, &err));
    CHECK_OK(akin_encoder_get_info(encoder, &info, &err));
    akin_encoder_free(encoder);
    CHECK(c.columns == info.projection && c.features == info.features && c.image_numbers == 768);
    CHECK(c.weights >= info.parameters && c.averages > 0);
    /* scratch of the largest layer does not grow with each row alike */
    CHECK_LE(fabs((c.encoder_bytes + 32 * c.encoder_row_bytes) / (double)info.memory_bytes - 1), 0.25);
    opts.name = "no-such";
    CHECK_FAILS(akin_step_costs_count(&c, &opts, 16, 16, 3, &err), AKIN_ERR_RANGE, "no-such");
    CHECK_FAILS(akin_step_costs_count(NULL, &opts, 16, 16, 3, &err), AKIN_ERR_ARGUMENT, "NULL");
}

static double latency_s[THREADS_MOST], bandwidth[THREADS_MOST];

static void measure(ak_comm *c, void *ctx)
{
    akin_error why;
    (void)ctx;
    const int r = ak_comm_rank(c);
    CHECK(akin_ranks_speed(c, &latency_s[r], &bandwidth[r], &why) == AKIN_OK);
}

static void the_speed_of_messages_is_that_of_all(void **state)
{
    (void)state;
    double any;
    run_ranks(3, measure, NULL);
    for (int r = 0; r < 3; r++) {
        CHECK(latency_s[r] > 0 && latency_s[r] == latency_s[0]);
        CHECK(bandwidth[r] > 0 && bandwidth[r] == bandwidth[0]);
    }
    CHECK_FAILS(akin_ranks_speed(NULL, &any, &any, &err), AKIN_ERR_ARGUMENT, "one rank");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_counted_is_what_ranks_move),
        cmocka_unit_test(norms_of_all_ranks_are_counted),
        cmocka_unit_test(one_rank_sends_nothing),
        cmocka_unit_test(the_numbers_follow_the_ranks),
        cmocka_unit_test(a_network_without_cost_leaves_the_work),
        cmocka_unit_test(further_options_have_their_terms),
        cmocka_unit_test(matrices_of_columns_are_counted),
        cmocka_unit_test(predictors_are_counted),
        cmocka_unit_test(a_slower_network_takes_longer),
        cmocka_unit_test(gradients_go_beside_the_backward_pass),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(the_encoder_is_counted),
        cmocka_unit_test(the_speed_of_messages_is_that_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
