/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the theory, the diagnosis and the floors that larger tests pass by: sums that overflow, items that
 * are thinned out, more sizes of groups than are followed, what a diagnosis says of views and training. */
#include "akin/tool/diagnose.h"
#include "loss/levels.h"
#include "test.h"
#include "theory/candidates.h"
#include "theory/contrast_parts.h"
#include "theory/lee.h"
#include "theory/zhang.h"

static akin_error err;

/* -log of the softmax over the classes that are here, in long double with its range of 1e4932. */
static void cross_entropy(void **state)
{
    (void)state;
    enum { CLASSES = 9 };
    for (int trial = 0; trial < 400; trial++) {
        const double t = pow(10, test_uniform(-4, 0.5));
        float score[CLASSES];
        bool here[CLASSES];
        const int y = (int)(test_u64() % CLASSES);
        for (int c = 0; c < CLASSES; c++) score[c] = (float)test_uniform(-1, 1), here[c] = test_u64() % 2;
        for (int all = 0; all < 2; all++) {
            long double most = -INFINITY, sum = 0;
            for (int c = 0; c < CLASSES; c++)
                if (all || here[c] || c == y) most = fmaxl(most, ((long double)score[c] - score[y]) / t);
            for (int c = 0; c < CLASSES; c++)
                if (all || here[c] || c == y) sum += expl(((long double)score[c] - score[y]) / t - most);
            const double want = (double)(most + logl(sum));
            CHECK_NEAR(ak_cross_entropy(score, all ? NULL : here, CLASSES, y, t), want,
                       1e-12 * fmax(1, want));
        }
    }
}

/* Up to `most` items, in order, the gaps between them as even as can be. */
static void some_items(void **state)
{
    (void)state;
    enum { N = 101, D = 3 };
    static float a[N * D], b[N * D];
    static int32_t cls[N];
    for (int i = 0; i < N * D; i++) a[i] = (float)i, b[i] = (float)-i;
    for (int i = 0; i < N; i++) cls[i] = i % 7;
    for (int64_t n = 1; n <= N; n += 10)
        for (int64_t most = 1; most <= N; most += 3) {
            const ak_theory_job job = { .n = n, .d = D, .a = a, .b = b, .cls = cls };
            ak_some_items some;
            CHECK_OK(ak_some_items_of(&job, most, &some, &err));
            const int64_t got = some.a.rows;
            CHECK(got == (n < most ? n : most) && some.b.rows == got && some.a.cols == D && some.b.cols == D);
            int64_t before = -1;
            for (int64_t i = 0; i < got; i++) {
                const int64_t item = (int64_t)some.a.data[i * some.a.stride] / D, gap = item - before;
                CHECK(item >= 0 && item < n &&
                      (before < 0 ? item == 0 : gap == n / got || gap == n / got + 1));
                for (int j = 0; j < D; j++) {
                    CHECK(some.a.data[i * some.a.stride + j] == (float)(item * D + j));
                    CHECK(some.b.data[i * some.b.stride + j] == (float)-(item * D + j));
                }
                CHECK(some.cls[i] == item % 7);
                before = item;
            }
            CHECK(got == n || n - before <= n / got + 1);
            ak_some_items_free(&some);
        }
}

/* Student's t for 4 degrees of freedom is 2.776445105 at 97.5 %; -2, -1, 0, 1, 2 have a variance of 2.5. */
static void intervals(void **state)
{
    (void)state;
    const double x[] = { 9, 11, 10, 12, 8 };
    double mean, half;
    ak_mean_of(x, 5, &mean, &half);
    CHECK_NEAR(mean, 10, 1e-12);
    CHECK_NEAR(half, 2.776445105 * sqrt(2.5 / 5), 1e-8);
    ak_mean_of(x, 1, &mean, &half);
    CHECK(mean == 9 && half == INFINITY);
    akin_bound_row row = { .value = 3, .measured = 2 };
    ak_bound_interval(&row, 0.5, 0.25);
    CHECK(row.interval[0] == 2.5 && row.interval[1] == 3.5);
    CHECK(row.measured_interval[0] == 1.75 && row.measured_interval[1] == 2.25);
}

/* Groups of 1, 2, ... items: each size is found once; one size too many, and no floor is known. */
static void sizes_of_groups(void **state)
{
    (void)state;
    enum { KINDS = AK_MOST_SIZES + 1, N = KINDS * (KINDS + 1) / 2 };
    static int64_t groups[N];
    static int32_t labels[N];
    int64_t n = 0;
    for (int64_t g = 0; g < KINDS; g++)
        for (int64_t k = 0; k <= g; k++, n++) groups[n] = -7 * g + 3, labels[n] = (int32_t)(5 * g);
    const ak_group_sizes fits = ak_sizes_of_groups(NULL, labels, N - KINDS);
    ak_floor_bound b = { .groups = &fits, .views = 1, .rows = N - KINDS, .alpha = 2 };
    CHECK(fits.kinds == KINDS - 1 && isfinite(ak_floor_of(&b)));
    int64_t sum = 0;
    for (int k = 0; k < fits.kinds; k++) sum += fits.size[k] * fits.groups[k];
    CHECK(sum == N - KINDS);
    const ak_group_sizes many = ak_sizes_of_groups(groups, NULL, N);
    b.groups = &many;
    CHECK(many.kinds == -1 && isnan(ak_floor_of(&b)));
    const ak_group_sizes singles = ak_sizes_of_singles(12);
    CHECK(singles.kinds == 1 && singles.size[0] == 1 && singles.groups[0] == 12);
}

/* Diagnosis -------------------------------------------------------------------------------------------- */

static const akin_diagnosis_value *value_of(const akin_diagnosis *d, const char *name)
{
    for (int i = 0; akin_diagnosis_at(d, i); i++)
        if (strcmp(akin_diagnosis_at(d, i)->name, name) == 0) return akin_diagnosis_at(d, i);
    return NULL;
}

enum { ITEMS = 4200, FEW = 1400, COLUMNS = 3 };
static float x[ITEMS * COLUMNS], y[ITEMS * COLUMNS], thin[2][FEW * COLUMNS];
static int32_t labels[ITEMS], thin_labels[FEW];

/* The bias of [Lee2025] that a diagnosis shows is that of every third of 4200 items, 2048 at most. */
static void bias(void **state)
{
    (void)state;
    const int64_t n = ITEMS / 3 * 3, step = 3;
    for (int i = 0; i < ITEMS * COLUMNS; i++)
        x[i] = (float)test_normal(), y[i] = x[i] + (float)(0.3 * test_normal());
    for (int i = 0; i < ITEMS; i++) labels[i] = (int)(test_u64() % 4);
    for (int64_t i = 0; i < FEW; i++) {
        thin_labels[i] = labels[i * step];
        memcpy(thin[0] + i * COLUMNS, x + i * step * COLUMNS, COLUMNS * sizeof *x);
        memcpy(thin[1] + i * COLUMNS, y + i * step * COLUMNS, COLUMNS * sizeof *x);
    }
    const akin_cmat views[2] = { { x, n, COLUMNS, COLUMNS }, { y, n, COLUMNS, COLUMNS } };
    const akin_cmat few[2] = { { thin[0], FEW, COLUMNS, COLUMNS }, { thin[1], FEW, COLUMNS, COLUMNS } };
    ak_lee want = { 0 };
    akin_diagnosis *d = NULL;
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    in.features = (akin_cmat){ x, 24, COLUMNS, COLUMNS };
    CHECK_OK(ak_lee_evaluate(few, 2, thin_labels, FEW, 1 / 0.25, 0.7, &want, &err));
    in.features.rows = n;
    in.views = views;
    in.view_count = 2;
    in.labels = labels;
    in.label_count = n;
    in.temperature = 0.25;
    in.lambda = 0.7;
    in.hardest = 0;
    CHECK_OK(akin_diagnose(&in, &d, &err));
    const struct {
        const char *name;
        double want;
    } ROWS[] = { { "prototype-bias-b1", want.b1 },
                 { "prototype-bias-b2", want.b2 },
                 { "attracting", want.prototype },
                 { "attracting-bound", want.prototype_bound },
                 { "attracting-self", want.attract },
                 { "attracting-self-bound", want.attract_bound },
                 { "repelling", want.repel },
                 { "repelling-bound", want.repel_bound },
                 { "repelling-slack-lse", want.lse_slack },
                 { "repelling-bound-no-labels", want.repel_no_labels },
                 { "supervised-objective", want.total },
                 { "supervised-objective-bound", want.total_bound },
                 { "imbalance-term", want.imbalance },
                 { "repelling-slack-own", want.own_class_slack },
                 { "augmentation-confusion", want.confusion } };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const akin_diagnosis_value *got = value_of(d, ROWS[i].name);
        CHECK(got && strcmp(got->group, "bias") == 0);
        CHECK_NEAR(got->value, ROWS[i].want, 1e-9);
    }
    int64_t classes = 0;
    const double *measured = akin_diagnosis_class_cosines(d, &classes);
    CHECK(classes == 4 && measured);
    for (int k = 0; k < 4; k++) CHECK_NEAR(measured[5 * k], 1, 1e-6);
    CHECK(akin_diagnosis_optimal_cosines(d, &classes) && classes == 4);
    akin_diagnosis_free(d);

    for (int64_t i = 0; i < n; i++) labels[i] = i % step != 0; /* of what is looked at, one class is left */
    CHECK_OK(akin_diagnose(&in, &d, &err));
    CHECK(!value_of(d, "attracting") && value_of(d, "alignment"));
    akin_diagnosis_free(d);
}

/* How far a run has come: from chance, or from the permuted loss where that is less, to the floor. */
static void training(void **state)
{
    (void)state;
    static const struct {
        double loss, chance, permuted, floor, learned;
        const char *verdict;
    } CASES[] = {
        { 2, 4, NAN, 0, 0.5, "good" },   { 2, 4, 3, 0, 1 / 3., "good" },    { 2, 4, 5, 0, 0.5, "good" },
        { 3.6, 4, NAN, 0, 0.1, "fair" }, { 3.9, 4, NAN, 0, 0.025, "poor" }, { 5, 4, NAN, 0, 0, "poor" },
        { 0.5, 4, NAN, 1, 1, "good" },   { 2, 4, NAN, NAN, NAN, "" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        akin_diagnosis *d = NULL;
        akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
        in.features = (akin_cmat){ x, 24, COLUMNS, COLUMNS };
        in.loss = CASES[i].loss;
        in.chance = CASES[i].chance;
        in.permuted = CASES[i].permuted;
        in.floor = CASES[i].floor;
        CHECK_OK(akin_diagnose(&in, &d, &err));
        CHECK(value_of(d, "loss")->value == CASES[i].loss &&
              value_of(d, "loss-chance")->value == CASES[i].chance);
        const akin_diagnosis_value *learned = value_of(d, "loss-learned");
        if (isnan(CASES[i].learned)) {
            CHECK(isnan(learned->value) && !*learned->verdict && strstr(learned->means, "no floor is"));
            CHECK(strstr(value_of(d, "loss-floor")->means, "no floor is known"));
        } else {
            CHECK_NEAR(learned->value, CASES[i].learned, 1e-12);
            CHECK(strcmp(learned->verdict, CASES[i].verdict) == 0);
        }
        CHECK((strstr(value_of(d, "loss-permuted")->means, "not known") != NULL) == isnan(CASES[i].permuted));
        akin_diagnosis_free(d);
    }
    akin_diagnosis *d = NULL;
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    in.features = (akin_cmat){ x, 24, COLUMNS, COLUMNS };
    CHECK_OK(akin_diagnose(&in, &d, &err));
    CHECK(!value_of(d, "loss") && !value_of(d, "loss-floor"));
    akin_diagnosis_free(d);
}

static const akin_bound_row *bound_of(const akin_bounds *all, const char *name)
{
    const akin_bound_row *row = NULL;
    for (int i = 0; (row = akin_bounds_at(all, i)) && strcmp(row->name, name) != 0; i++) continue;
    if (!row) fail_msg("no row '%s'", name);
    return row;
}

/* The deviation of cosines about the mean of their kind, one class or two, of every step-th row. */
static double noise_of(int n, int step)
{
    static double unit[ITEMS * COLUMNS];
    double mean[2] = { 0 }, pairs[2] = { 0 }, rest = 0;
    for (int i = 0; i < n; i++) {
        const float *row = x + i * COLUMNS;
        double length = 0;
        for (int j = 0; j < COLUMNS; j++) length += (double)row[j] * (double)row[j];
        for (int j = 0; j < COLUMNS; j++) unit[i * COLUMNS + j] = (double)row[j] / sqrt(length);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < n; i += step)
            for (int k = 0; k < i; k += step) {
                const int kind = labels[i] == labels[k];
                double cosine = 0;
                for (int j = 0; j < COLUMNS; j++) cosine += unit[i * COLUMNS + j] * unit[k * COLUMNS + j];
                if (pass)
                    rest += (cosine - mean[kind]) * (cosine - mean[kind]);
                else
                    mean[kind] += cosine, pairs[kind]++;
            }
        for (int kind = 0; kind < 2 && !pass; kind++) mean[kind] /= pairs[kind];
    }
    return sqrt(rest / (pairs[0] + pairs[1]));
}

/* [Zhang2025] on rows: the noise is of at most 512 of them, evenly spaced; the theorems are those of the
 * graph that was measured. */
static void graph_of_rows(void **state)
{
    (void)state;
    for (int n = 40; n <= 600; n += 560) {
        const int classes = 4;
        for (int i = 0; i < n; i++) labels[i] = i * classes / n;
        for (int i = 0; i < n * COLUMNS; i++)
            x[i] = (float)(test_normal() + (i % COLUMNS == labels[i / COLUMNS] ? 4 : 1));
        const double noise = noise_of(n, (n + 511) / 512), eps = noise * sqrt((double)n);
        akin_bounds *all = NULL;
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        in.a = (akin_cmat){ x, n, COLUMNS, COLUMNS };
        in.labels = labels;
        in.count = n;
        CHECK_OK(akin_bounds_compute(&in, "zhang", &all, &err));
        CHECK_NEAR(bound_of(all, "zhang-noise")->measured, noise, 1e-6);
        akin_zhang_graph g = AKIN_ZHANG_GRAPH_INIT;
        g.r = classes - 1;
        g.n = n / classes;
        g.n_d = llround(0.08 * n / classes);
        g.alpha = bound_of(all, "zhang-alpha")->measured;
        g.beta = bound_of(all, "zhang-beta")->measured;
        g.gamma = bound_of(all, "zhang-gamma-any")->measured;
        akin_zhang_stated z = AKIN_ZHANG_STATED_INIT;
        CHECK_OK(akin_zhang_evaluate(&g, NAN, &z, &err));
        const struct {
            const char *name;
            double value;
        } BOUNDS[] = { { "zhang-without", z.without },
                       { "zhang-with", z.with },
                       { "zhang-removed", z.removed },
                       { "zhang-temperature", z.temperature },
                       { "zhang-without-relaxed", ak_zhang_relaxed(&g, z.lambda_without, z.delta, eps) },
                       { "zhang-with-relaxed", ak_zhang_relaxed(&g, z.lambda_stated, z.delta, eps) } };
        for (size_t i = 0; i < sizeof BOUNDS / sizeof *BOUNDS; i++) {
            const double got = bound_of(all, BOUNDS[i].name)->value, want = BOUNDS[i].value;
            if (!(got == want || fabs(got - want) <= 1e-4 * fabs(want)))
                fail_msg("%s of %d rows: %g, expected %g", BOUNDS[i].name, n, got, want);
        }
        CHECK_NEAR(bound_of(all, "zhang-eigenvalue-matched")->measured, z.lambda_matched, 1e-9);
        CHECK_NEAR(bound_of(all, "zhang-eigenvalue-without")->measured, z.lambda_without, 1e-9);
        CHECK(bound_of(all, "zhang-eigenvalue-stated")->holds ==
              (z.lambda_block <= z.lambda_stated ? AKIN_TRUTH_YES : AKIN_TRUTH_NO));
        akin_bounds_free(all);
    }
}

/* [Awasthi2022]: the largest |cos + 1/(C-1)| of the class means less their mean; 0 at a simplex. */
static void simplex_of_means(void **state)
{
    (void)state;
    enum { EACH = 5, N = 3 * EACH };
    for (int trial = 0; trial < 3; trial++) {
        double mean[3][2] = { { 0 } }, centre[2] = { 0 }, worst = 0;
        for (int i = 0; i < N; i++) {
            const double angle = 2.0943951023931953 * (i % 3) + (trial ? test_uniform(-1, 1) : 0);
            labels[i] = i % 3;
            x[2 * i] = (float)cos(angle);
            x[2 * i + 1] = (float)sin(angle);
            for (int j = 0; j < 2; j++) mean[i % 3][j] += (double)x[2 * i + j] / EACH;
        }
        for (int c = 0; c < 3; c++)
            for (int j = 0; j < 2; j++) centre[j] += mean[c][j] / 3;
        for (int c = 0; c < 3; c++) {
            const double *u = mean[c], *v = mean[(c + 1) % 3], ux = u[0] - centre[0], uy = u[1] - centre[1];
            const double vx = v[0] - centre[0], vy = v[1] - centre[1];
            worst = fmax(worst, fabs((ux * vx + uy * vy) / (hypot(ux, uy) * hypot(vx, vy)) + 0.5));
        }
        akin_bounds *all = NULL;
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        in.a = (akin_cmat){ x, N, 2, 2 };
        in.labels = labels;
        in.count = N;
        CHECK_OK(akin_bounds_compute(&in, "awasthi", &all, &err));
        CHECK_NEAR(bound_of(all, "awasthi-simplex-deviation")->measured, worst, 1e-6);
        CHECK(trial ? worst > 1e-3 : worst < 1e-6);
        akin_bounds_free(all);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cross_entropy), cmocka_unit_test(some_items),
        cmocka_unit_test(intervals),     cmocka_unit_test(sizes_of_groups),
        cmocka_unit_test(bias),          cmocka_unit_test(training),
        cmocka_unit_test(graph_of_rows), cmocka_unit_test(simplex_of_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
