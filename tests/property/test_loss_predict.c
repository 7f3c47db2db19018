/* SPDX-License-Identifier: Apache-2.0 */
/* simsiam and byol with targets (akin_loss_batch.targets): value and gradients against the printed formula
 * and its differences, in double; partners as targets are no targets; a learned pair keeps its gradient;
 * ranks that are threads; what is refused.
 *
 * Limits. Everything is double: differences with a step of 2^-17 are right to about 1e-9, and sums in another
 * order differ by 1e-14. */
#include "akin/loss.h"
#include "ranks_threads.h"

enum { N = 13, D = 9, RANKS = 3 };
static double rows[4 * N * D], grad[4 * N * D]; /* a, b, targets of a, targets of b */
static akin_error err;

static akin_cmat wide(const double *x, int64_t n)
{
    const void *data = x;
    return (akin_cmat){ data, n, D, D };
}

static akin_mat wide_grad(double *x, int64_t n)
{
    void *data = x;
    return (akin_mat){ data, n, D, D };
}

/* Of the items from first on. to: as rows, of those items; NULL: no gradient. */
static double evaluate(const char *name, int64_t first, int64_t n, bool targets, double *to, ak_comm *comm,
                       akin_loss_permuted *permuted)
{
    akin_error why = { .status = AKIN_OK };
    const akin_loss *loss = akin_loss_find(name);
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    double both[2 * N * D];
    for (int view = 0; view < 2; view++)
        memcpy(both + view * n * D, rows + ((2 + view) * N + first) * D, (size_t)(n * D) * sizeof *both);
    batch.wide = 1;
    batch.a = wide(rows + first * D, n);
    batch.b = wide(rows + (N + first) * D, n);
    if (targets) batch.targets = wide(both, 2 * n);
    batch.ranks = comm;
    batch.items = N;
    if (to) {
        grads.a = wide_grad(to, n);
        grads.b = wide_grad(to + n * D, n);
        if (targets) grads.targets = wide_grad(to + 2 * n * D, 2 * n);
    }
    grads.permuted = permuted;
    const size_t bytes = akin_loss_scratch_bytes(loss, NULL, &batch, 0);
    void *memory = malloc(bytes);
    akin_arena arena;
    akin_arena_init(&arena, memory, bytes);
    double value = NAN;
    if (akin_loss_eval(loss, NULL, &batch, &arena, &value, &grads, &why)) print_error("%s\n", why.message);
    free(memory);
    return value;
}

static double naive(const char *name)
{
    double sum = 0;
    for (int i = 0; i < 2 * N; i++) {
        const double *p = rows + i * D, *y = rows + (2 * N + i) * D;
        double dot = 0, pp = 0, yy = 0;
        for (int k = 0; k < D; k++) {
            dot += p[k] * y[k];
            pp += p[k] * p[k];
            yy += y[k] * y[k];
        }
        sum += dot / sqrt(pp * yy) / (2 * N);
    }
    return strcmp(name, "byol") ? -sum : 4 - 4 * sum;
}

static const char *const NAMES[] = { "simsiam", "byol" };

static void random_rows(void)
{
    for (int i = 0; i < 4 * N * D; i++) rows[i] = test_normal();
    for (int i = 0; i < 2 * N * D; i++) rows[i] += rows[2 * N * D + i]; /* they predict something */
}

static void targets_are_predicted(void **state)
{
    (void)state;
    const double h = 0x1p-17;
    for (int l = 0; l < 2; l++) {
        random_rows();
        CHECK_NEAR(evaluate(NAMES[l], 0, N, true, grad, NULL, NULL), naive(NAMES[l]), 1e-14);
        for (int i = 0; i < 4 * N * D; i++) {
            double at[2];
            const double x = rows[i];
            for (int side = 0; side < 2; side++) {
                rows[i] = side ? x + h : x - h;
                at[side] = naive(NAMES[l]);
            }
            rows[i] = x;
            CHECK_NEAR(grad[i], (at[1] - at[0]) / (2 * h), 1e-9);
        }
    }
}

/* A stop-gradient is a target: without it the gradient goes through both sides, and is twice as large. */
static void partners_as_targets_are_half_the_gradient(void **state)
{
    (void)state;
    double alone[2 * N * D];
    for (int l = 0; l < 2; l++) {
        random_rows();
        memcpy(rows + 2 * N * D, rows + N * D, N * D * sizeof *rows);
        memcpy(rows + 3 * N * D, rows, N * D * sizeof *rows);
        akin_loss_permuted with = AKIN_LOSS_PERMUTED_INIT, without = AKIN_LOSS_PERMUTED_INIT;
        const double value = evaluate(NAMES[l], 0, N, false, alone, NULL, &without);
        CHECK_NEAR(evaluate(NAMES[l], 0, N, true, grad, NULL, &with), value, 1e-15);
        for (int i = 0; i < 2 * N * D; i++) CHECK_NEAR(2 * grad[i], alone[i], 1e-15);
        CHECK_NEAR(with.loss, without.loss, 1e-14);
        CHECK(with.loss > value && with.error > 0);
    }
}

/* |p - y| = e: the loss is e^2 W and its slope 2 e W, where 1 - p.y alone would be rounded away. */
static void a_learned_pair_keeps_its_gradient(void **state)
{
    (void)state;
    const double e = 1e-9;
    memset(rows, 0, sizeof rows);
    for (int i = 0; i < 4 * N; i++) rows[i * D] = 1;
    for (int i = 0; i < 2 * N; i++) rows[i * D + 1] = e;
    CHECK_NEAR(evaluate("byol", 0, N, true, grad, NULL, NULL) / (e * e), 2, 1e-9);
    for (int i = 0; i < 2 * N; i++) CHECK_NEAR(grad[i * D + 1] * (2 * N) / e, 4, 1e-9);
}

typedef struct deal {
    const char *name;
    double value[RANKS], grad[RANKS][4 * N * D];
    akin_loss_permuted permuted[RANKS];
} deal;

static void run_rank(ak_comm *comm, void *ctx)
{
    deal *t = ctx;
    const int r = ak_comm_rank(comm);
    const int64_t first = N * r / RANKS, n = N * (r + 1) / RANKS - first;
    t->permuted[r] = (akin_loss_permuted)AKIN_LOSS_PERMUTED_INIT;
    t->value[r] = evaluate(t->name, first, n, true, t->grad[r], comm, &t->permuted[r]);
}

static void ranks_agree_with_one(void **state)
{
    (void)state;
    static deal t;
    for (int l = 0; l < 2; l++) {
        random_rows();
        t.name = NAMES[l];
        akin_loss_permuted one = AKIN_LOSS_PERMUTED_INIT;
        const double value = evaluate(NAMES[l], 0, N, true, grad, NULL, &one);
        run_ranks(RANKS, run_rank, &t);
        for (int r = 0; r < RANKS; r++) {
            const int64_t first = N * r / RANKS, n = N * (r + 1) / RANKS - first;
            CHECK_NEAR(t.value[r], value, 1e-14);
            CHECK_NEAR(t.permuted[r].loss, one.loss, 1e-14);
            CHECK_NEAR(t.permuted[r].error, one.error, 1e-14);
            for (int part = 0; part < 4; part++)
                for (int64_t i = 0; i < n * D; i++)
                    CHECK_NEAR(t.grad[r][part * n * D + i], grad[(part * N + first) * D + i], 1e-15);
        }
    }
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    const akin_loss *loss = akin_loss_find("simsiam");
    float a[4] = { 1, 2, 3, 4 }, y[8] = { 1, 1, 0, 0, 1, 1, 1, 1 }, g[8];
    unsigned char memory[1 << 14];
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    batch.a = batch.b = (akin_cmat){ a, 2, 2, 2 };
    batch.targets = (akin_cmat){ y, 3, 2, 2 };
    CHECK_FAILS(akin_loss_eval(loss, NULL, &batch, &arena, NULL, NULL, &err), AKIN_ERR_SHAPE,
                "targets is [3,2]; expected [4,2]");
    batch.targets.rows = 4;
    CHECK_FAILS(akin_loss_eval(loss, NULL, &batch, &arena, NULL, NULL, &err), AKIN_ERR_INPUT,
                "row 1 of targets is all zeros");
    y[2] = NAN;
    CHECK_FAILS(akin_loss_eval(loss, NULL, &batch, &arena, NULL, NULL, &err), AKIN_ERR_NUMERIC,
                "row 1, column 0 of targets is nan");
    batch.targets = (akin_cmat){ NULL, 0, 0, 0 };
    grads.targets = (akin_mat){ g, 4, 2, 2 };
    CHECK_FAILS(akin_loss_eval(loss, NULL, &batch, &arena, NULL, &grads, &err), AKIN_ERR_SHAPE,
                "the gradient of targets is [4,2]");
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_predicted),
        cmocka_unit_test(partners_as_targets_are_half_the_gradient),
        cmocka_unit_test(a_learned_pair_keeps_its_gradient),
        cmocka_unit_test(ranks_agree_with_one),
        cmocka_unit_test(what_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
