/* SPDX-License-Identifier: Apache-2.0 */
/* nn: a batch in parts, each through a bag of its own, against the whole batch through one: the same table up
 * to the rounding of sums in another order; the same bits in every bag, however few rows a piece has; of one
 * part those of akin_bag_update(). */
#include "nn/bag_merge.h"
#include "nn/tensors.h"
#include "test.h"

#include <string.h>

enum { TOKENS = 150, DIM = 7, ROWS = 24, LONGEST = 12, PARTS = 3, STEPS = 4 };

static akin_error err;
static const int64_t CUT[PARTS + 1] = { 0, 5, 16, ROWS };

typedef struct batch {
    int32_t ids[ROWS * LONGEST];
    int64_t start[ROWS + 1];
    float dout[ROWS * DIM];
} batch;

static void draw(batch *b)
{
    int64_t n = 0;
    for (int64_t r = 0; r < ROWS; r++) {
        const int64_t length = test_int(1, LONGEST);
        for (int64_t k = 0; k < length; k++)
            b->ids[n++] = (int32_t)(test_int(0, 2) ? test_int(0, TOKENS - 1) : test_int(0, 2));
        b->start[r + 1] = n;
    }
    for (int64_t i = 0; i < ROWS * DIM; i++) b->dout[i] = (float)test_uniform(-1, 1);
}

static akin_bag *create(int optimizer)
{
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    akin_bag *bag = NULL;
    o.tokens = TOKENS;
    o.dim = DIM;
    o.optimizer = optimizer;
    o.epsilon = 1e-3; /* no step of a tiny gradient magnifies its rounding */
    o.weight_decay = 0.01;
    CHECK_OK(akin_bag_create(&o, ROWS, ROWS * LONGEST, 5, &bag, &err));
    return bag;
}

/* Rows [first, last) forward and back. */
static void pass(akin_bag *bag, const batch *b, int64_t first, int64_t last)
{
    int64_t start[ROWS + 1];
    float out[ROWS * DIM];
    for (int64_t r = first; r <= last; r++) start[r - first] = b->start[r] - b->start[first];
    const akin_ragged in = { b->ids + b->start[first], start, last - first };
    const akin_cmat dout = { b->dout + first * DIM, last - first, DIM, DIM };
    CHECK_OK(akin_bag_forward(bag, in, true, (akin_mat){ out, last - first, DIM, DIM }, &err));
    CHECK_OK(akin_bag_backward(bag, dout, &err));
}

/* What every part would send comes from the bags themselves. Returns how many pieces there were. */
static int update(ak_bag_merge *m, akin_bag *const *bags, int parts)
{
    ak_bag_piece piece;
    int pieces = 0;
    int64_t begin[PARTS + 1] = { 0 };
    for (int p = 0; p < parts; p++) {
        int64_t n;
        const int32_t *ids = akin_bag_touched(bags[p], &n);
        memcpy(ak_bag_merge_ids(m) + begin[p], ids, (size_t)n * sizeof *ids);
        begin[p + 1] = begin[p] + n;
    }
    ak_bag_merge_begin(m, begin);
    while (ak_bag_merge_next(m, &piece)) {
        for (int p = 0; p < parts; p++) {
            const akin_mat rows = { piece.rows + piece.place[p] * DIM, piece.place[p + 1] - piece.place[p],
                                    DIM, DIM };
            if (rows.rows) CHECK_OK(akin_bag_gradient(bags[p], piece.first[p], rows, &err));
        }
        ak_bag_merge_apply(m, 0.1);
        pieces++;
    }
    return pieces;
}

static double apart(const akin_bag *x, const akin_bag *y)
{
    double far = 0;
    const akin_tensor *t = akin_bag_tensor_at(x, 0), *u = akin_bag_tensor_at(y, 0);
    for (int64_t i = 0; i < t->count; i++) far = fmax(far, fabs((double)t->data[i] - (double)u->data[i]));
    return far;
}

static void parts_make_the_table_of_the_whole(void **state)
{
    (void)state;
    for (int optimizer = AKIN_BAG_SGD; optimizer <= AKIN_BAG_ADAMW; optimizer++) {
        akin_bag *whole = create(optimizer), *begun = create(optimizer), *bags[PARTS];
        ak_bag_merge *merge[PARTS];
        /* rows of a piece: three, twenty, all */
        static const int64_t BYTES[PARTS] = { 1, 20 * DIM * 4, 1 << 20 };
        for (int p = 0; p < PARTS; p++) {
            bags[p] = create(optimizer);
            CHECK_OK(ak_bag_merge_create(bags[p], PARTS, PARTS * TOKENS, BYTES[p], &merge[p], &err));
            CHECK(ak_bag_merge_bytes(merge[p]) > 0);
        }
        for (int s = 0; s < STEPS; s++) {
            batch b = { .start = { 0 } };
            int pieces[PARTS];
            draw(&b);
            pass(whole, &b, 0, ROWS);
            CHECK_OK(akin_bag_update(whole, 0.1, &err));
            for (int p = 0; p < PARTS; p++) pass(bags[p], &b, CUT[p], CUT[p + 1]);
            for (int p = 0; p < PARTS; p++) pieces[p] = update(merge[p], bags, PARTS);
            CHECK(pieces[0] > pieces[1] && pieces[1] > pieces[2] && pieces[2] == 1);
            CHECK(apart(bags[0], bags[1]) == 0 && apart(bags[0], bags[2]) == 0);
            CHECK(akin_bag_update(bags[0], 0.1, &err) == AKIN_ERR_ARGUMENT); /* once a step */
        }
        CHECK(apart(whole, begun) > 0.01);
        CHECK_LE(apart(whole, bags[0]), 1e-5); /* sums of up to some hundred floats of size 1, times 0.1 */
        for (int p = 0; p < PARTS; p++) {
            ak_bag_merge_free(merge[p]);
            akin_bag_free(bags[p]);
        }
        akin_bag_free(whole);
        akin_bag_free(begun);
    }
}

static void one_part_has_the_bits_of_an_update(void **state)
{
    (void)state;
    akin_bag *whole = create(AKIN_BAG_ADAMW), *part = create(AKIN_BAG_ADAMW);
    ak_bag_merge *m = NULL;
    CHECK_OK(ak_bag_merge_create(part, 1, ROWS * LONGEST, 200, &m, &err));
    for (int s = 0; s < STEPS; s++) {
        batch b = { .start = { 0 } };
        draw(&b);
        pass(whole, &b, 0, ROWS);
        pass(part, &b, 0, ROWS);
        CHECK_OK(akin_bag_update(whole, 0.1, &err));
        CHECK(update(m, &part, 1) > 1);
        CHECK(apart(whole, part) == 0);
    }
    ak_bag_merge_free(m);
    ak_bag_merge_free(NULL);
    akin_bag_free(whole);
    akin_bag_free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_make_the_table_of_the_whole),
        cmocka_unit_test(one_part_has_the_bits_of_an_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
