/* SPDX-License-Identifier: Apache-2.0 */
/* matrix-ssl: with targets, against a reference that makes no matrix [d,d] (ref_matrix.h); partners as
 * targets are no targets; what collapse costs; its floor; ranks that are threads; what is refused.
 *
 * Limits. Everything is double here but the reference's quadrature, which is right to about 1e-10. */
#define REF_MOST_ROWS 64
#define REF_MOST_COLUMNS 32
#include "akin/tool/program.h"
#include "ranks_threads.h"
#include "ref_loss.h"

enum { N = 17, D = 9, RANKS = 3, MOST = 32 * 32 };
static double rows[4 * N * D], grad[2 * N * D]; /* a, b, targets of a, targets of b */
static akin_error err;
static akin_loss_params par = AKIN_LOSS_PARAMS_INIT;

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

static const akin_loss *loss(void) { return akin_loss_find("matrix-ssl"); }

static double run(akin_loss_batch *batch, akin_loss_grads *grads)
{
    akin_error why = { .status = AKIN_OK };
    const size_t bytes = akin_loss_scratch_bytes(loss(), &par, batch, 0);
    void *memory = malloc(bytes);
    akin_arena arena;
    akin_arena_init(&arena, memory, bytes);
    double value = NAN;
    if (akin_loss_eval(loss(), &par, batch, &arena, &value, grads, &why)) print_error("%s\n", why.message);
    free(memory);
    return value;
}

/* Of the items from first on; to: the gradient of a, then of b. */
static double evaluate(int64_t first, int64_t n, bool targets, double *to, ak_comm *comm,
                       akin_loss_permuted *permuted)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    double both[2 * N * D];
    for (int view = 0; view < 2; view++)
        memcpy(both + view * n * D, rows + ((2 + view) * N + first) * D, (size_t)(n * D) * sizeof *both);
    batch.wide = 1;
    batch.precision = AKIN_PRECISION_F64;
    batch.a = wide(rows + first * D, n);
    batch.b = wide(rows + (N + first) * D, n);
    if (targets) batch.targets = wide(both, 2 * n);
    batch.ranks = comm;
    batch.items = N;
    if (to) {
        grads.a = wide_grad(to, n);
        grads.b = wide_grad(to + n * D, n);
    }
    grads.permuted = permuted;
    return run(&batch, &grads);
}

/* The derivative of a number of a or b. */
static dual reference(int64_t moving)
{
    static ref_rows z, p;
    dual total = num(0);
    for (int view = 0; view < 2; view++) {
        for (int64_t i = 0; i < N; i++)
            for (int64_t k = 0; k < D; k++) {
                const int64_t at = (view * N + i) * D + k;
                z[i][k] = (dual){ rows[at], at == moving };
                p[i][k] = num(rows[2 * N * D + at]);
            }
        total = add(total, times(0.5, ref_matrix_pair(&par, N, D, z, p)));
    }
    return total;
}

static void random_rows(void)
{
    CHECK_OK(akin_loss_defaults(loss(), &par, &err));
    for (int i = 0; i < 4 * N * D; i++) rows[i] = test_normal();
    for (int i = 0; i < N * D; i++) { /* views of an item are alike */
        rows[N * D + i] = rows[i] + 0.5 * rows[N * D + i];
        rows[2 * N * D + i] = rows[N * D + i] + 0.5 * rows[2 * N * D + i];
        rows[3 * N * D + i] = rows[i] + 0.5 * rows[3 * N * D + i];
    }
}

static void targets_are_constants(void **state)
{
    (void)state;
    static const double PARAMETERS[][4] = { { 1, 1, 1, 0 }, { 0.5, 0, 2, 0.3 }, { 0.7, 1.3, 0.5, 0.1 } };
    for (int t = 0; t < 3; t++) {
        random_rows();
        par.lambda = PARAMETERS[t][0];
        par.match_weight = PARAMETERS[t][1];
        par.mu = PARAMETERS[t][2];
        par.align_weight = PARAMETERS[t][3];
        CHECK_NEAR(evaluate(0, N, true, grad, NULL, NULL), reference(-1).v, 1e-9);
        for (int64_t i = 0; i < 2 * N * D; i += 4) CHECK_NEAR(grad[i], reference(i).d, 1e-9);
    }
}

static void partners_as_targets_are_none(void **state)
{
    (void)state;
    double alone[2 * N * D];
    random_rows();
    memcpy(rows + 2 * N * D, rows + N * D, N * D * sizeof *rows);
    memcpy(rows + 3 * N * D, rows, N * D * sizeof *rows);
    akin_loss_permuted with = AKIN_LOSS_PERMUTED_INIT, without = AKIN_LOSS_PERMUTED_INIT;
    const double value = evaluate(0, N, false, alone, NULL, &without);
    CHECK_NEAR(evaluate(0, N, true, grad, NULL, &with), value, 1e-13);
    for (int i = 0; i < 2 * N * D; i++) CHECK_NEAR(grad[i], alone[i], 1e-14);
    CHECK_NEAR(with.loss, without.loss, 1e-13);
    CHECK_NEAR(with.error, without.error, 1e-13);
    CHECK(with.loss > value && with.error > 0);
}

/* What the gradient of a says of its last column, whose deviation is less than those of the others: below 0,
 * it is to grow. */
static double pull_on_last_column(void)
{
    double along = 0;
    for (int i = 0; i < N; i++) along += grad[i * D + D - 1] * rows[i * D + D - 1];
    return along;
}

static void dimensions_do_not_collapse(void **state)
{
    (void)state;
    random_rows();
    for (int i = 0; i < N; i++) rows[i * D + D - 1] *= 0.05;
    for (int set = 1; set < 4; set++) memcpy(rows + set * N * D, rows, N * D * sizeof *rows);
    for (int t = 0; t < 2; t++) {
        par.match_weight = t;
        evaluate(0, N, true, grad, NULL, NULL);
        CHECK(pull_on_last_column() < 0);
    }
}

static void calibrate(const float *x, int64_t n, int64_t d, akin_calibration *means, double *value, float *g)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    akin_loss_permuted strangers = AKIN_LOSS_PERMUTED_INIT;
    batch.a = batch.b = (akin_cmat){ x, n, d, d };
    grads.a = (akin_mat){ g, n, d, d };
    grads.permuted = &strangers;
    *value = run(&batch, &grads);
    *means = (akin_calibration)AKIN_CALIBRATION_INIT;
    CHECK_OK(akin_loss_calibrate(loss(), &par, &batch, NULL, means, &err));
    akin_loss_calibration_add(means, &strangers, n);
}

/* Equal rows have chance and a word. Rows on a line, half of them up and half down, have less than evenly
 * spread ones where --match-weight counts, and not where it is 0: docs/losses.md says so. */
static void collapse_has_a_word(void **state)
{
    (void)state;
    enum { ROWS = 32, COLUMNS = 16 };
    static float x[MOST], g[MOST];
    akin_calibration means;
    double value;
    for (int t = 0; t < 3; t++) {
        CHECK_OK(akin_loss_defaults(loss(), &par, &err));
        if (t) par.mu = t == 1 ? 0.5 : 3;
        for (int i = 0; i < ROWS * COLUMNS; i++) x[i] = (float)(1 + i % COLUMNS);
        calibrate(x, ROWS, COLUMNS, &means, &value, g);
        CHECK_NEAR(value, means.chance, 1e-5);
        CHECK_NEAR(means.chance, -(1 + par.mu) * COLUMNS * log(par.mu), 1e-12);
        CHECK(means.floor_known && means.floor < means.chance);
        CHECK(strcmp(akin_loss_verdict(&means, value), "nothing learned") == 0);
        for (int i = 0; i < ROWS * COLUMNS; i++) CHECK(isfinite(g[i]) && fabsf(g[i]) < 1e-4F);
    }
    CHECK_OK(akin_loss_defaults(loss(), &par, &err));
    double of_line[2], of_simplex[2], means_floor[2];
    for (int t = 0; t < 2; t++) {
        par.match_weight = t;
        for (int i = 0; i < ROWS; i++)
            for (int k = 0; k < COLUMNS; k++) x[i * COLUMNS + k] = k ? 0 : i % 2 ? 1 : -1;
        calibrate(x, ROWS, COLUMNS, &means, &of_line[t], g);
        memset(x, 0, sizeof x);
        for (int i = 0; i < ROWS; i++) x[i * COLUMNS + i / 2] = i % 2 ? 1 : -1;
        calibrate(x, ROWS, COLUMNS, &means, &of_simplex[t], g);
        means_floor[t] = means.floor;
    }
    CHECK(means.chance == 0 && !signbit(means.chance));
    CHECK_NEAR(of_line[0], -log(2), 1e-6);
    CHECK_NEAR(of_simplex[0], -COLUMNS * log(1 + 1.0 / COLUMNS), 1e-6);
    CHECK_NEAR(of_simplex[0], means_floor[0], 1e-6); /* evenly spread columns are at the floor */
    CHECK_NEAR(of_line[1], -3 * log(2), 1e-6);
    CHECK(of_line[1] < of_simplex[1] && means_floor[1] < of_line[1]);
}

typedef struct deal {
    double value[RANKS], grad[RANKS][2 * N * D];
    akin_loss_permuted permuted[RANKS];
} deal;

static void run_rank(ak_comm *comm, void *ctx)
{
    deal *t = ctx;
    const int r = ak_comm_rank(comm);
    const int64_t first = N * r / RANKS, n = N * (r + 1) / RANKS - first;
    t->permuted[r] = (akin_loss_permuted)AKIN_LOSS_PERMUTED_INIT;
    t->value[r] = evaluate(first, n, true, t->grad[r], comm, &t->permuted[r]);
}

static void ranks_agree_with_one(void **state)
{
    (void)state;
    static deal t;
    random_rows();
    akin_loss_permuted one = AKIN_LOSS_PERMUTED_INIT;
    const double value = evaluate(0, N, true, grad, NULL, &one);
    run_ranks(RANKS, run_rank, &t);
    for (int r = 0; r < RANKS; r++) {
        const int64_t first = N * r / RANKS, n = N * (r + 1) / RANKS - first;
        CHECK_NEAR(t.value[r], value, 1e-13);
        CHECK_NEAR(t.permuted[r].loss, one.loss, 1e-13);
        CHECK_NEAR(t.permuted[r].error, one.error, 1e-13);
        for (int view = 0; view < 2; view++)
            for (int64_t i = 0; i < n * D; i++)
                CHECK_NEAR(t.grad[r][view * n * D + i], grad[(view * N + first) * D + i], 1e-14);
    }
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    float a[6] = { 1, 2, 3, 4, 5, -1 }, y[12] = { 1, 1, 0, 0, 1, 1, 1, 1, 2, 1, 3, 1 }, g[12];
    static unsigned char memory[1 << 20];
    akin_arena arena;
    akin_arena_init(&arena, memory, sizeof memory);
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    CHECK_OK(akin_loss_defaults(loss(), &par, &err));
    batch.a = batch.b = (akin_cmat){ a, 3, 2, 2 };
    batch.targets = (akin_cmat){ y, 5, 2, 2 };
    CHECK_FAILS(akin_loss_eval(loss(), &par, &batch, &arena, NULL, NULL, &err), AKIN_ERR_SHAPE,
                "targets is [5,2]; expected [6,2]");
    batch.targets.rows = 6;
    CHECK_FAILS(akin_loss_eval(loss(), &par, &batch, &arena, NULL, NULL, &err), AKIN_ERR_INPUT,
                "row 1 of targets is all zeros");
    y[2] = NAN;
    CHECK_FAILS(akin_loss_eval(loss(), &par, &batch, &arena, NULL, NULL, &err), AKIN_ERR_NUMERIC,
                "row 1, column 0 of targets is nan");
    y[2] = 1;
    CHECK_OK(akin_loss_eval(loss(), &par, &batch, &arena, NULL, NULL, &err));
    grads.targets = (akin_mat){ g, 6, 2, 2 };
    CHECK_FAILS(akin_loss_eval(loss(), &par, &batch, &arena, NULL, &grads, &err), AKIN_ERR_ARGUMENT,
                "targets are constants and have no gradient");
    /* One eigenvalue of the cross-covariance of opposite rows is -1. */
    const float up[4] = { 1, 0, -1, 0 }, down[4] = { -1, 0, 1, 0 };
    double value = 5;
    batch.a = (akin_cmat){ up, 2, 2, 2 };
    batch.b = (akin_cmat){ down, 2, 2, 2 };
    batch.targets = (akin_cmat){ NULL, 0, 0, 0 };
    CHECK_FAILS(akin_loss_eval(loss(), &par, &batch, &arena, &value, NULL, &err), AKIN_ERR_NUMERIC,
                "give a larger mu");
    CHECK(value == 5);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_constants),      cmocka_unit_test(partners_as_targets_are_none),
        cmocka_unit_test(dimensions_do_not_collapse), cmocka_unit_test(collapse_has_a_word),
        cmocka_unit_test(ranks_agree_with_one),       cmocka_unit_test(what_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
