/* SPDX-License-Identifier: Apache-2.0 */
/* The protocols on several ranks: every number of one process, bit for bit, on every rank; and an error of
 * one rank is that of all. */
#include "ranks_threads.h"

#include "akin/eval.h"
#include "eval/linear.h"

#include <math.h>
#include <stdlib.h>

enum { TRAIN = 1500, TEST = 700, COLUMNS = 70, CLASSES = 7, DRAWS = 10 };

static float train_x[TRAIN * COLUMNS], test_x[TEST * COLUMNS];
static int32_t train_y[TRAIN], test_y[TEST];

/* Classes that overlap, columns of several scales. */
static akin_eval_data make_data(void)
{
    for (int64_t i = 0; i < TRAIN + TEST; i++) {
        const bool train = i < TRAIN;
        float *x = train ? train_x + i * COLUMNS : test_x + (i - TRAIN) * COLUMNS;
        const int32_t y = (int32_t)(i % CLASSES);
        *(train ? &train_y[i] : &test_y[i - TRAIN]) = y;
        for (int64_t j = 0; j < COLUMNS; j++)
            x[j] = (float)((1 << j % 3) * (test_normal() + (j % CLASSES == y ? 0.3 : 0)));
    }
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    data.train = (akin_cmat){ train_x, TRAIN, COLUMNS, COLUMNS };
    data.train_labels = train_y;
    data.train_count = TRAIN;
    data.test = (akin_cmat){ test_x, TEST, COLUMNS, COLUMNS };
    data.test_labels = test_y;
    data.test_count = TEST;
    return data;
}

/* What a protocol says, with what it says of each row. */
typedef struct told {
    akin_eval_result result;
    float correct[TEST];
    int32_t ranks[DRAWS * TEST];
} told;

typedef struct task {
    const akin_protocol *protocol;
    akin_eval_data data;
    bool spoilt; /* rank 1 has a row that is not finite */
    told told[THREADS_MOST];
    akin_status status[THREADS_MOST];
    akin_error err[THREADS_MOST];
} task;

static void evaluate(ak_comm *c, void *ctx)
{
    task *t = ctx;
    const int rank = ak_comm_rank(c);
    told *to = &t->told[rank];
    akin_eval_data data = t->data;
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    memset(to, 0, sizeof *to);
    to->result = (akin_eval_result)AKIN_EVAL_RESULT_INIT;
    opts.job = c;
    opts.fit_tasks = 5;
    opts.max_iterations = 20;
    opts.relative_iterations = 30;
    opts.correct = to->correct;
    opts.ranks = to->ranks;
    float *own = malloc(sizeof test_x);
    memcpy(own, test_x, sizeof test_x);
    if (t->spoilt && rank == 1) own[17] = NAN;
    data.test.data = own;
    t->status[rank] = akin_eval_run(t->protocol, &data, &opts, &to->result, &t->err[rank]);
    free(own);
    to->result.seconds = 0;
}

static void ranks_say_what_one_process_says(void **state)
{
    (void)state;
    static task t;
    static told one;
    t.data = make_data();
    for (int i = 0; (t.protocol = akin_protocol_at(i)); i++)
        for (int ranks = 1; ranks <= 5; ranks++) {
            ak_linear_shared = ranks == 2 ? 1e8 : 0; /* two do all of it, more share it */
            if (ranks == 1)
                evaluate(NULL, &t);
            else
                run_ranks(ranks, evaluate, &t);
            for (int r = 0; r < ranks; r++) {
                if (t.status[r]) print_error("%s, rank %d: %s\n", t.protocol->name, r, t.err[r].message);
                CHECK(t.status[r] == AKIN_OK);
                if (ranks == 1) one = t.told[0];
                const bool same = memcmp(&one, &t.told[r], sizeof one) == 0;
                if (!same)
                    print_error("%s of %d labels: rank %d of %d says %.17g, one process %.17g\n",
                                t.protocol->name, t.protocol->labels_per_class, r, ranks,
                                t.told[r].result.top1, one.result.top1);
                CHECK(same);
            }
            if (!(one.result.top1 > 0.1 && one.result.top1 < 1))
                print_error("%s: %g\n", t.protocol->name, one.result.top1);
            CHECK(one.result.top1 > 0.1 && one.result.top1 < 1);
        }
}

static void an_error_of_one_is_that_of_all(void **state)
{
    (void)state;
    static task t;
    t.data = make_data();
    t.spoilt = true;
    for (int i = 0; (t.protocol = akin_protocol_at(i)); i++) {
        run_ranks(3, evaluate, &t);
        for (int r = 0; r < 3; r++)
            CHECK(t.status[r] == AKIN_ERR_INPUT && strstr(t.err[r].message, "row 0, column 17 is nan"));
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    akin_set_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_say_what_one_process_says),
        cmocka_unit_test(an_error_of_one_is_that_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
