/* SPDX-License-Identifier: Apache-2.0 */
/* The momentum encoder's weights and its queue against plain sums, what a checkpoint keeps of them, the order
 * in which chunks of a step visit the encoder, and sums of their gradients. */
#include "base/base.h"
#include "set/image_rows.h"
#include "test.h"
#include "train/gradsum.h"
#include "train/loader.h"
#include "train/momentum.h"

#include <float.h>

static akin_error err;

enum { TENSORS = 3, LARGEST = 40000, KEYS = 12, BATCH = 4, WIDTH = 5 };
static const int64_t COUNT[TENSORS] = { LARGEST, 7, 7 };

typedef struct net {
    akin_tensor t[TENSORS];
    float data[TENSORS][LARGEST], grad[TENSORS][LARGEST];
} net;

static void fill(float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) x[i] = (float)test_uniform(-1, 1);
}

static net *net_create(void)
{
    static const char *const NAMES[TENSORS] = { "a.weight", "a.bias", "a.running_mean" };
    net *w = ak_alloc(sizeof *w, 1, 1);
    for (int i = 0; i < TENSORS; i++) {
        w->t[i] = (akin_tensor){ .name = NAMES[i],
                                 .data = w->data[i],
                                 .grad = i == 2 ? NULL : w->grad[i],
                                 .count = COUNT[i],
                                 .plain = COUNT[i],
                                 .shape = { COUNT[i] },
                                 .ndim = 1 };
        fill(w->data[i], COUNT[i]);
    }
    return w;
}

static ak_momentum *momentum_of(const net *w, double decay)
{
    const ak_momentum_opts o = { .decay = decay, .keys = KEYS, .batch = BATCH, .width = WIDTH, .seed = 3 };
    ak_momentum *m = NULL;
    CHECK_OK(ak_momentum_create(w->t, TENSORS, &o, &m, &err));
    return m;
}

static void averages_follow_the_weights(void **state) /* [He2020 eq.2] */
{
    (void)state;
    net *w = net_create();
    ak_momentum *m = momentum_of(w, 0.9);
    static double want[2][LARGEST];
    for (int i = 0; i < 2; i++)
        for (int64_t k = 0; k < COUNT[i]; k++) want[i][k] = (double)w->data[i][k];
    for (int s = 0; s < 6; s++) {
        ak_momentum_follow(m, 0.9);
        for (int i = 0; i < 2; i++)
            for (int64_t k = 0; k < COUNT[i]; k++)
                want[i][k] = 0.9 * want[i][k] + (1 - 0.9) * (double)w->data[i][k];
        for (int i = 0; i < TENSORS; i++) fill(w->data[i], COUNT[i]);
    }
    net *before = ak_alloc(sizeof *before, 1, 1);
    memcpy(before, w, sizeof *w);
    ak_momentum_swap(m);
    for (int i = 0; i < 2; i++)
        for (int64_t k = 0; k < COUNT[i]; k++) /* six sums of numbers up to 1, each rounded twice */
            CHECK_NEAR((double)w->data[i][k], want[i][k], 12 * FLT_EPSILON);
    CHECK(memcmp(w->data[2], before->data[2], sizeof w->data[2]) == 0); /* running averages stay */
    ak_momentum_swap(m);
    CHECK(memcmp(w, before, sizeof *w) == 0);
    ak_momentum_free(m);
    free(before);
    free(w);
}

static double length_of(const float *row)
{
    double square = 0;
    for (int k = 0; k < WIDTH; k++) square += (double)row[k] * (double)row[k];
    return sqrt(square);
}

/* At first unit rows, all different; then the keys of the last three steps, of unit length, the oldest
 * replaced. */
static void the_queue_is_first_in_first_out(void **state)
{
    (void)state;
    net *w = net_create();
    ak_momentum *m = momentum_of(w, 0.99);
    const akin_cmat queue = ak_momentum_keys(m);
    CHECK(queue.rows == KEYS && queue.cols == WIDTH);
    for (int i = 0; i < KEYS; i++) {
        CHECK_NEAR(length_of(ak_crow(queue, i)), 1, 4 * FLT_EPSILON);
        for (int j = 0; j < i; j++) CHECK(memcmp(ak_crow(queue, i), ak_crow(queue, j), 4 * WIDTH) != 0);
    }
    float keys[7][BATCH * WIDTH];
    for (int64_t s = 0; s < 7; s++) {
        fill(keys[s], BATCH * WIDTH);
        ak_momentum_enqueue(m, s, 0, (akin_cmat){ keys[s], BATCH, WIDTH, WIDTH });
        for (int64_t at = 0; at <= s && at < KEYS / BATCH; at++) { /* the keys of step s - at */
            const int64_t first = (s - at) % (KEYS / BATCH) * BATCH;
            for (int64_t i = 0; i < BATCH; i++)
                for (int k = 0; k < WIDTH; k++) {
                    const float *x = keys[s - at] + i * WIDTH;
                    CHECK_NEAR((double)ak_crow(queue, first + i)[k], (double)x[k] / length_of(x),
                               FLT_EPSILON);
                }
        }
    }
    ak_momentum_free(m);
    free(w);
}

static void a_checkpoint_keeps_averages_and_queue(void **state)
{
    (void)state;
    char run[512];
    snprintf(run, sizeof run, "%s/run", test_folder());
    CHECK_OK(akin_folder_make(run, &err));
    net *w = net_create(), *other = net_create();
    ak_momentum *m = momentum_of(w, 0.5), *later = momentum_of(other, 0.5);
    fill(w->data[0], COUNT[0]);
    ak_momentum_follow(m, 0.5);
    float keys[BATCH * WIDTH];
    fill(keys, BATCH * WIDTH);
    ak_momentum_enqueue(m, 1, 0, (akin_cmat){ keys, BATCH, WIDTH, WIDTH });
    const ak_array_set set = ak_momentum_arrays(m), again = ak_momentum_arrays(later);
    ak_tensor_list from = { w->t, TENSORS, NULL, NULL, NULL, ak_momentum_queue(m), 1 };
    ak_tensor_list to = { other->t, TENSORS, NULL, NULL, NULL, ak_momentum_queue(later), 1 };
    CHECK_OK(ak_checkpoint_save(run, &from, &set, 1, &(ak_train_state){ .step = 2 }, &err));
    ak_train_state found;
    CHECK_OK(ak_checkpoint_load(run, AK_CHECKPOINT_NEWEST, &(ak_checkpoint_target){ &to, "", &again, 1 },
                                &found, NULL, 0, &err));
    CHECK(memcmp(w->data, other->data, sizeof w->data) == 0);
    for (int i = 0; i < 2; i++) CHECK(memcmp(set.data[i], again.data[i], (size_t)COUNT[i] * 4) == 0);
    CHECK(memcmp(ak_momentum_keys(m).data, ak_momentum_keys(later).data, 4 * KEYS * WIDTH) == 0);
    to.more_count = 0; /* embedding reads neither */
    CHECK_OK(ak_checkpoint_load(run, AK_CHECKPOINT_NEWEST, &(ak_checkpoint_target){ &to, "", NULL, 0 },
                                &found, NULL, 0, &err));
    const akin_tensor absent = {
        .name = "queue", .data = keys, .plain = 3, .count = 3, .shape = { 3 }, .ndim = 1
    };
    to.more = &absent;
    to.more_count = 1;
    CHECK_FAILS(ak_checkpoint_load(run, AK_CHECKPOINT_NEWEST, &(ak_checkpoint_target){ &to, "", NULL, 0 },
                                   &found, NULL, 0, &err),
                AKIN_ERR_FORMAT, "no tensor 'queue' of 3 numbers");
    ak_momentum_free(m);
    ak_momentum_free(later);
    free(other);
    free(w);
}

static void sums_of_gradients_are_sums(void **state)
{
    (void)state;
    net *w = net_create();
    static double want[LARGEST];
    ak_gradsum *s = NULL;
    CHECK_OK(ak_gradsum_create(w->t, TENSORS, &s, &err));
    for (int64_t n = 1; n <= 4; n++)
        for (int round = 0; round < 2; round++) { /* the second does not remember the first */
            memset(want, 0, sizeof want);
            for (int64_t i = 0; i < n; i++) {
                for (int t = 0; t < 2; t++) fill(w->grad[t], COUNT[t]);
                for (int64_t k = 0; k < LARGEST; k++) want[k] += (double)w->grad[0][k];
                ak_gradsum_add(s, i, n);
            }
            for (int64_t k = 0; k < LARGEST; k++) CHECK_NEAR((double)w->grad[0][k], want[k], 8 * FLT_EPSILON);
        }
    ak_gradsum_free(s);
    free(w);
}

/* Every row of the step is encoded once in the first part of the order, once again in the second (the last
 * chunk but once), and the rows of a chunk belong to the same anchors. */
static void visits_cover_every_row(void **state)
{
    (void)state;
    static const struct {
        ak_pairing pairing;
        int64_t micro, block, count;
        bool keys;
    } cases[] = {
        { AK_PAIR_VIEWS, 0, 1, 1, false },  { AK_PAIR_VIEWS, 12, 1, 1, false },
        { AK_PAIR_VIEWS, 3, 1, 1, false },  { AK_PAIR_VIEWS, 4, 1, 1, true },
        { AK_PAIR_VIEWS, 0, 1, 1, true },   { AK_PAIR_SINGLE, 6, 1, 1, false },
        { AK_PAIR_LATENT, 4, 2, 3, false },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        int32_t group[40];
        for (int i = 0; i < 40; i++) group[i] = i % 4;
        const ak_sampler_plan plan = { .pairing = cases[c].pairing,
                                       .items = 40,
                                       .batch = 12,
                                       .group = group,
                                       .groups = 4,
                                       .block = cases[c].block,
                                       .count = cases[c].count,
                                       .seed = 1 };
        ak_sampler *s = NULL;
        CHECK_OK(ak_sampler_create(&plan, &s, &err));
        const ak_visits v = { .micro = cases[c].micro, .keys = cases[c].keys };
        const int64_t rows = ak_sampler_rows(s), chunks = ak_visits_chunks(&v, s);
        CHECK(chunks == (cases[c].micro ? 12 / cases[c].micro : 1));
        CHECK(ak_visits_count(&v, s) == (2 + cases[c].keys) * chunks - 1);
        int first[128] = { 0 }, again[128] = { 0 };
        int64_t chunk = -1;
        for (int64_t i = 0; i < ak_visits_count(&v, s); i++) {
            const ak_visit at = ak_visits_at(&v, s, i);
            if (at.kind == AK_VISIT_ENCODE) CHECK(at.chunk == ++chunk);
            if (at.kind == AK_VISIT_AGAIN) CHECK(at.chunk == --chunk);
            ak_row_span spans[3];
            const int n = ak_visit_spans(&v, s, at, spans);
            int64_t sum = 0;
            for (int k = 0; k < n; sum += spans[k++].rows)
                for (int64_t r = spans[k].first; r < spans[k].first + spans[k].rows; r++) {
                    CHECK(r >= 0 && r < rows);
                    (at.kind == AK_VISIT_AGAIN ? again : first)[r]++;
                    const int64_t within =
                        r < 12 ? r
                        : r < 12 + 12 * cases[c].block
                            ? (r - 12) / cases[c].block
                            : (r - 12 - 12 * cases[c].block) / (cases[c].block * cases[c].count);
                    CHECK(within / (12 / chunks) == at.chunk);
                }
            CHECK(sum == ak_visits_rows(&v, s));
        }
        CHECK(chunk == 0);
        for (int64_t r = 0; r < rows; r++) {
            const bool of_keys = cases[c].keys && r >= 12;
            const int64_t anchors = of_keys ? 0 : r < 12 ? r : -1;
            CHECK(first[r] == 1 && again[r] <= 1);
            if (of_keys) CHECK(again[r] == 0);
            if (anchors >= 0 && !of_keys) CHECK(again[r] == (r < 12 - 12 / chunks));
        }
        ak_sampler_free(s);
    }
}

/* Chunks hold the very rows that the whole batch has in their places, whoever makes them. */
static void the_loader_makes_chunks_of_the_same_views(void **state)
{
    (void)state;
    enum { N = 30, SIDE = 4, ROWS = 24, PIXELS = SIDE * SIDE };
    static uint8_t pixels[N * PIXELS];
    for (int i = 0; i < N * PIXELS; i++) pixels[i] = (uint8_t)test_int(0, 255);
    const ak_pixel_scale scale = { { 0 }, { 1 } };
    const akin_images images = {
        .struct_size = sizeof images, .pixels = pixels, .n = N, .height = SIDE, .width = SIDE, .channels = 1
    };
    akin_augment_opts augment = AKIN_AUGMENT_OPTS_INIT;
    ak_row_source source;
    CHECK_OK(akin_augment_preset("simclr-cifar", &augment, &err));
    CHECK_OK(ak_image_views_source(&images, &augment, &scale, &source, &err));
    const ak_sampler_plan pairs = { .pairing = AK_PAIR_VIEWS, .items = N, .batch = ROWS / 2, .seed = 9 };
    ak_sampler *s = NULL;
    CHECK_OK(ak_sampler_create(&pairs, &s, &err));
    ak_loader_plan plan = { &source, s, 0, 5, 9, 1, { .micro = 0 } };
    static float whole[5][ROWS * PIXELS];
    static int32_t items[5][ROWS];
    ak_rows rows;
    double waited;
    ak_loader *l = NULL;
    CHECK_OK(ak_loader_create(&plan, &l, &err));
    for (int step = 0; step < 5; step++) {
        CHECK_OK(ak_loader_next(l, &rows, &waited, &err));
        memcpy(whole[step], rows.dense, sizeof whole[step]);
        memcpy(items[step], rows.items, sizeof items[step]);
    }
    ak_loader_free(l);
    for (int keys = 0; keys < 2; keys++)
        for (int from = 0; from < 5; from += 3) {
            plan.workers = 1 + from;
            plan.first = from;
            plan.visits = (ak_visits){ .micro = 4, .keys = keys };
            CHECK_OK(ak_loader_create(&plan, &l, &err));
            for (int step = from; step < 5; step++)
                for (int64_t i = 0; i < ak_visits_count(&plan.visits, s); i++) {
                    ak_row_span spans[3];
                    const int n = ak_visit_spans(&plan.visits, s, ak_visits_at(&plan.visits, s, i), spans);
                    CHECK_OK(ak_loader_next(l, &rows, &waited, &err));
                    CHECK(rows.n == ak_visits_rows(&plan.visits, s));
                    for (int64_t k = 0, at = 0; k < n; at += spans[k++].rows) {
                        CHECK(memcmp(rows.dense + at * PIXELS, whole[step] + spans[k].first * PIXELS,
                                     (size_t)(spans[k].rows * PIXELS) * 4) == 0);
                        CHECK(memcmp(rows.items + at, items[step] + spans[k].first,
                                     (size_t)spans[k].rows * 4) == 0);
                    }
                }
            ak_loader_free(l);
        }
    ak_sampler_free(s);
    ak_row_source_release(&source);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_follow_the_weights),
        cmocka_unit_test(the_queue_is_first_in_first_out),
        cmocka_unit_test(a_checkpoint_keeps_averages_and_queue),
        cmocka_unit_test(sums_of_gradients_are_sums),
        cmocka_unit_test(visits_cover_every_row),
        cmocka_unit_test(the_loader_makes_chunks_of_the_same_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
