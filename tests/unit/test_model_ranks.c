/* SPDX-License-Identifier: Apache-2.0 */
/* A model that ranks share: rows have the bits of one process, in all ranks or piece by piece, of a trained
 * and of a random encoder; and an error of one rank is that of all. */
#include "ranks_threads.h"

#include "akin/tool/model.h"
#include "akin/tool/train.h"

#include <stdlib.h>

enum { ITEMS = 1500, COLUMNS = 5, WIDTH = 12, STOP_AT = 512 };

static char data[300], run[300];

/* What a rank is to do, and what it found. */
typedef struct task {
    akin_model_kind kind;
    /* rank 0 wants no more after STOP_AT; rank 1 gives rows of another shape, or has fewer items */
    bool stops, other_shape, fewer;
    int64_t n;
    int calls[THREADS_MOST];
    float *rows, *pieces; /* [ITEMS, WIDTH] of one process; of the pieces of rank 0 */
    akin_status status[THREADS_MOST];
    akin_error err[THREADS_MOST];
} task;

static akin_status on_rows(int64_t first, akin_mat rows, void *ctx, akin_error *err)
{
    task *t = ctx;
    CHECK(rows.cols == WIDTH && rows.stride == WIDTH && first == t->n);
    t->n += rows.rows;
    t->calls[0]++;
    memcpy(t->pieces + first * WIDTH, rows.data, (size_t)(rows.rows * WIDTH) * sizeof(float));
    return t->stops && t->n >= STOP_AT ? ak_fail(err, AKIN_ERR_IO, "the disk is full") : AKIN_OK;
}

static void open_model(ak_comm *c, const task *t, akin_model **m, akin_dataset **set)
{
    akin_error err;
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    opts.kind = t->kind;
    opts.ranks = c;
    CHECK_OK(akin_model_open(run, &opts, m, &err));
    CHECK_OK(akin_model_open_dataset(*m, NULL, set, &err));
    CHECK(akin_model_width(*m, AKIN_LAYER_BACKBONE) == WIDTH);
}

static void embed(ak_comm *c, void *ctx)
{
    task *t = ctx;
    const int rank = ak_comm_rank(c);
    akin_model *m = NULL;
    akin_dataset *set = NULL;
    open_model(c, t, &m, &set);
    float *mine = calloc((size_t)ITEMS * WIDTH, sizeof *mine);
    const akin_mat none = { NULL, 0, 0, 0 };
    akin_mat to = { mine, t->other_shape && rank == 1 ? 1 : ITEMS, WIDTH, WIDTH };
    akin_embed_opts some = AKIN_EMBED_OPTS_INIT;
    static const int64_t item[ITEMS];
    if (t->fewer && rank == 1) {
        some.item = item;
        some.n = to.rows = ITEMS - 1;
    }
    t->status[rank] = akin_model_embed(m, set, &some, to, none, &t->err[rank]);
    if (!t->status[rank]) CHECK(memcmp(mine, t->rows, (size_t)ITEMS * WIDTH * sizeof *mine) == 0);
    free(mine);
    akin_dataset_free(set);
    akin_model_free(m);
}

static void embed_pieces(ak_comm *c, void *ctx)
{
    task *t = ctx;
    const int rank = ak_comm_rank(c);
    akin_pieces_opts what = AKIN_PIECES_OPTS_INIT;
    akin_model *m = NULL;
    akin_dataset *set = NULL;
    open_model(c, t, &m, &set);
    what.on_rows = on_rows;
    what.ctx = t;
    t->status[rank] = akin_model_embed_pieces(m, set, &what, &t->err[rank]);
    akin_dataset_free(set);
    akin_model_free(m);
}

static void all_have(const task *t, int ranks, akin_status expected, const char *text)
{
    for (int r = 0; r < ranks; r++) {
        if (t->status[r] != expected) print_error("rank %d of %d: %s\n", r, ranks, t->err[r].message);
        CHECK(t->status[r] == expected && (!text || strstr(t->err[r].message, text)));
    }
}

static void make_run(void **state)
{
    (void)state;
    static const char *const options[][2] = { { "epochs", "1" },    { "batch-size", "256" },
                                              { "encoder", "mlp" }, { "width", "12" },
                                              { "head-out", "4" },  { "head-hidden", "0" } };
    static float x[ITEMS * COLUMNS];
    akin_error err;
    akin_train_config *c = NULL;
    for (int i = 0; i < ITEMS * COLUMNS; i++) x[i] = (float)test_uniform(-1, 1);
    CHECK_OK(akin_npy_save(data, AKIN_DTYPE_F32, 2, (const int64_t[]){ ITEMS, COLUMNS }, x, &err));
    CHECK_OK(akin_train_config_create(&c, &err));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        CHECK_OK(akin_train_config_set(c, options[i][0], options[i][1], &err));
    CHECK_OK(akin_train(data, run, c, NULL, &err));
    akin_train_config_free(c);
}

static void rows_have_the_bits_of_one_process(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        task t = { .kind = kind ? AKIN_MODEL_RANDOM : AKIN_MODEL_TRAINED };
        akin_error err;
        akin_model *m = NULL;
        akin_dataset *set = NULL;
        t.rows = calloc((size_t)ITEMS * WIDTH, sizeof *t.rows);
        t.pieces = calloc((size_t)ITEMS * WIDTH, sizeof *t.pieces);
        open_model(NULL, &t, &m, &set);
        CHECK_OK(akin_model_embed(m, set, NULL, (akin_mat){ t.rows, ITEMS, WIDTH, WIDTH },
                                  (akin_mat){ NULL, 0, 0, 0 }, &err));
        akin_dataset_free(set);
        akin_model_free(m);
        for (int ranks = 1; ranks <= 4; ranks++) {
            if (ranks > 1) run_ranks(ranks, embed, &t);
            all_have(&t, ranks, AKIN_OK, NULL);
            t.n = t.calls[0] = 0;
            memset(t.pieces, 0, (size_t)ITEMS * WIDTH * sizeof *t.pieces);
            if (ranks == 1)
                embed_pieces(NULL, &t);
            else
                run_ranks(ranks, embed_pieces, &t);
            all_have(&t, ranks, AKIN_OK, NULL);
            CHECK(t.n == ITEMS && (t.calls[0] > 2 || ranks == 1));
            CHECK(memcmp(t.pieces, t.rows, (size_t)ITEMS * WIDTH * sizeof *t.rows) == 0);
        }
        free(t.rows);
        free(t.pieces);
    }
}

static void an_error_of_one_is_that_of_all(void **state)
{
    (void)state;
    task t = { .stops = true, .other_shape = true };
    t.pieces = calloc((size_t)ITEMS * WIDTH, sizeof *t.pieces);
    for (int ranks = 2; ranks <= 4; ranks++) {
        t.n = 0;
        run_ranks(ranks, embed_pieces, &t);
        all_have(&t, ranks, AKIN_ERR_IO, "the disk is full");
        run_ranks(ranks, embed, &t);
        all_have(&t, ranks, AKIN_ERR_SHAPE, "is to go to [1,12]");
        task other = { .fewer = true };
        run_ranks(ranks, embed, &other);
        all_have(&other, ranks, AKIN_ERR_DISTRIBUTED, "from 1499 to 1500 items");
    }
    free(t.pieces);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    snprintf(data, sizeof data, "%.280s/x.npy", test_folder());
    snprintf(run, sizeof run, "%.280s/run", test_folder());
    akin_set_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(make_run), /* trains: first */
        cmocka_unit_test(rows_have_the_bits_of_one_process),
        cmocka_unit_test(an_error_of_one_is_that_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
