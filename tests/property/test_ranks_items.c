/* SPDX-License-Identifier: Apache-2.0 */
/* Which items the loaders of ranks make, over drawn numbers of items, batches, chunks and ranks: in an epoch
 * each rank has items of its own, all of them together are those of one rank, each once but for those of the
 * last incomplete batch, which are left out; and a run that goes on with other ranks goes on with the same
 * items. */
#include "test.h"
#include "train/loader.h"

#include <string.h>

enum { MOST_ITEMS = 97, MOST_RANKS = 6, EPOCHS = 2 };

static akin_error err;

/* A row is the number of its item and its view. */
static akin_status make(const ak_row_source *s, const int32_t *items, int64_t n, const akin_view_name *name,
                        akin_arena *scratch, float *dense, int32_t *ids, int64_t *start, akin_error *e)
{
    (void)s, (void)scratch, (void)ids, (void)start, (void)e;
    for (int64_t i = 0; i < n; i++) {
        dense[2 * i] = (float)items[i];
        dense[2 * i + 1] = (float)name->view;
    }
    return AKIN_OK;
}

/* How often an item was an anchor, and its positive's view was made, in each epoch. */
typedef struct record {
    int anchor[EPOCHS][MOST_ITEMS], other[EPOCHS][MOST_ITEMS];
} record;

/* The steps [first, last) of one rank, by a loader as a run has it. */
static void load(const ak_sampler *s, ak_visits v, int64_t items, int64_t first, int64_t last, record *to)
{
    const ak_row_source source = { .items = items, .row_floats = 2, .make = make };
    const ak_loader_plan plan = { &source, s, first, last, 7, test_int(0, 3) == 0 ? 2 : 1, v };
    ak_loader *l = NULL;
    CHECK_OK(ak_loader_create(&plan, &l, &err));
    const int64_t epoch_steps = ak_sampler_epoch_steps(s);
    for (int64_t step = first; step < last; step++)
        for (int64_t i = 0; i < ak_visits_count(&v, s); i++) {
            ak_rows rows;
            double waited;
            CHECK_OK(ak_loader_next(l, &rows, &waited, &err));
            if (ak_visits_at(&v, s, i).kind == AK_VISIT_AGAIN) continue;
            for (int64_t r = 0; r < rows.n; r++) {
                CHECK(rows.items[r] == (int32_t)rows.dense[2 * r]);
                int(*const seen)[MOST_ITEMS] = rows.dense[2 * r + 1] > 0 ? to->other : to->anchor;
                seen[step / epoch_steps][rows.items[r]]++;
            }
        }
    ak_loader_free(l);
}

static void add(record *to, const record *from)
{
    for (int e = 0; e < EPOCHS; e++)
        for (int i = 0; i < MOST_ITEMS; i++) {
            to->anchor[e][i] += from->anchor[e][i];
            to->other[e][i] += from->other[e][i];
        }
}

/* A step of so many items: in chunks where they divide it, else a part for each rank. */
static int64_t draw_batch(int64_t items, int ranks, int64_t *micro)
{
    const int64_t each = items / ranks, least = items < 2 ? 1 : 2;
    *micro = test_int(0, 1) ? test_int(1, each < 5 ? each : 5) : 0;
    if (!*micro) return test_int(ranks > least ? ranks : least, items);
    return *micro * test_int(ranks, items / *micro);
}

static void ranks_share_the_items_of_an_epoch(void **state)
{
    (void)state;
    static int32_t order[MOST_ITEMS];
    for (int round = 0; round < 60; round++) {
        const int ranks = (int)test_int(1, MOST_RANKS), others = (int)test_int(1, ranks);
        const int64_t items = test_int(2 * MOST_RANKS, MOST_ITEMS);
        int64_t micro;
        const int64_t batch = draw_batch(items, ranks, &micro);
        const ak_sampler_plan plan = { .pairing = AK_PAIR_VIEWS, .items = items, .batch = batch, .seed = 3 };
        ak_sampler *s = NULL;
        CHECK_OK(ak_sampler_create(&plan, &s, &err));
        const int64_t epoch_steps = ak_sampler_epoch_steps(s), steps = EPOCHS * epoch_steps,
                      cut = test_int(0, steps);
        CHECK(epoch_steps == items / batch);
        const bool keys = test_int(0, 1), whole = micro && test_int(0, 1);
        record all = { 0 }, resumed = { 0 };
        for (int r = 0; r < ranks; r++) {
            const ak_visits v = { micro, keys, r, ranks, whole, false };
            record mine = { 0 }, begun = { 0 };
            load(s, v, items, 0, steps, &mine);
            load(s, v, items, 0, cut, &begun);
            for (int e = 0; e < EPOCHS; e++)
                for (int i = 0; i < items; i++) CHECK(!mine.anchor[e][i] || !all.anchor[e][i]);
            add(&all, &mine);
            add(&resumed, &begun);
        }
        for (int r = 0; r < others; r++) {
            const ak_visits v = { micro, keys, r, others, whole, false };
            load(s, v, items, cut, steps, &resumed);
        }
        CHECK(memcmp(&all, &resumed, sizeof all) == 0);
        for (int e = 0; e < EPOCHS; e++) {
            ak_sampler_order(3, e, order, items);
            for (int64_t i = 0; i < items; i++) {
                const int once = i < epoch_steps * batch;
                CHECK(all.anchor[e][order[i]] == once && all.other[e][order[i]] == once);
            }
        }
        ak_sampler_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ranks_share_the_items_of_an_epoch) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
