/* SPDX-License-Identifier: Apache-2.0 */
/* What the theory refuses, each with its sentence: numbers out of range, shapes that do not fit, matrices
 * without a solution. And what it says in place of a number where it stops: too many columns, classes or
 * sizes of classes. */
#include "akin/theory.h"
#include "akin/tool/class_numbers.h"
#include "akin/tool/diagnose.h"
#include "akin/tool/latent.h"
#include "linalg/cholesky.h"
#include "linalg/eigen.h"
#include "test.h"
#include "theory/lee.h"
#include "theory/similar.h"

static akin_error err;
enum { N = 12, D = 3, WIDE = 1025 };
static float x[N * D], y[N * D], wide[N * WIDE];
static int32_t labels[N];

static int make_rows(void **state)
{
    (void)state;
    for (int i = 0; i < N * D; i++) x[i] = (float)test_normal(), y[i] = (float)test_normal();
    for (int i = 0; i < N * WIDE; i++) wide[i] = (float)test_normal();
    for (int i = 0; i < N; i++) labels[i] = i % 3;
    return 0;
}

/* Numbers ---------------------------------------------------------------------------------------------- */

static akin_bound_input bound_input(void)
{
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ x, N, D, D };
    in.labels = labels;
    in.count = N;
    in.negatives = 4;
    return in;
}

static void bounds(void **state)
{
    (void)state;
    akin_bounds *out = NULL;
#define REFUSED(field, bad, status, said)                                                                    \
    do {                                                                                                     \
        akin_bound_input in = bound_input();                                                                 \
        in.field = bad;                                                                                      \
        CHECK_FAILS(akin_bounds_compute(&in, "wang", &out, &err), status, said);                             \
        CHECK(out == NULL);                                                                                  \
    } while (0)
    REFUSED(negatives, 0, AKIN_ERR_RANGE, "negatives is 0");
    REFUSED(negatives, (1 << 24) + 1, AKIN_ERR_RANGE, "negatives is 16777217");
    REFUSED(temperature, 0, AKIN_ERR_RANGE, "temperature is 0");
    REFUSED(temperature, INFINITY, AKIN_ERR_RANGE, "temperature is inf");
    REFUSED(delta, 0, AKIN_ERR_RANGE, "delta is 0");
    REFUSED(delta, 1, AKIN_ERR_RANGE, "delta is 1");
    REFUSED(delta, NAN, AKIN_ERR_RANGE, "delta is nan");
    REFUSED(alpha, 0, AKIN_ERR_RANGE, "alpha is 0");
    REFUSED(alpha, INFINITY, AKIN_ERR_RANGE, "alpha is inf");
    REFUSED(lambda, 0, AKIN_ERR_RANGE, "lambda is 0");
    REFUSED(lambda, INFINITY, AKIN_ERR_RANGE, "lambda is inf");
    REFUSED(count, N - 1, AKIN_ERR_SHAPE, "11 labels for 12 rows");
    REFUSED(labels, NULL, AKIN_ERR_ARGUMENT, "labels are missing");
    REFUSED(b, ((akin_cmat){ y, N - 1, D, D }), AKIN_ERR_SHAPE, "a, 12 x 3, and b, 11 x 3");
    REFUSED(b, ((akin_cmat){ y, N, D - 1, D }), AKIN_ERR_SHAPE, "a, 12 x 3, and b, 12 x 2");
#undef REFUSED
    akin_bound_input in = bound_input();
    const float kept = x[7];
    x[7] = INFINITY;
    CHECK_FAILS(akin_bounds_compute(&in, "wang", &out, &err), AKIN_ERR_INPUT, "inf in row 2, column 1");
    x[7] = kept;
    float row[D];
    memcpy(row, x + D, sizeof row);
    memset(x + D, 0, sizeof row);
    CHECK_FAILS(akin_bounds_compute(&in, "wang", &out, &err), AKIN_ERR_INPUT, "row 1 of a is all zeros");
    memcpy(x + D, row, sizeof row);
    int32_t of[N] = { 0, 1, 2, -1 };
    in.labels = of;
    CHECK_FAILS(akin_bounds_compute(&in, "wang", &out, &err), AKIN_ERR_INPUT, "label 3 is -1");
    for (int i = 0; i < N; i++) of[i] = 7;
    CHECK_FAILS(akin_bounds_compute(&in, "wang", &out, &err), AKIN_ERR_INPUT, "all 12 labels are 7");
}

static void diagnosis(void **state)
{
    (void)state;
    akin_diagnosis *out = NULL;
    const akin_cmat views[2] = { { x, N, D, D }, { y, N, D, D } };
    const akin_cmat narrow[2] = { { x, N, D, D }, { y, N, D - 1, D } };
    akin_diagnose_input first = AKIN_DIAGNOSE_INPUT_INIT;
    first.features = (akin_cmat){ x, N, D, D };
    first.views = views;
    first.view_count = 2;
#define REFUSED(field, bad, status, said)                                                                    \
    do {                                                                                                     \
        akin_diagnose_input in = first;                                                                      \
        in.field = bad;                                                                                      \
        CHECK_FAILS(akin_diagnose(&in, &out, &err), status, said);                                           \
        CHECK(out == NULL);                                                                                  \
    } while (0)
    REFUSED(temperature, -1, AKIN_ERR_RANGE, "temperature is -1");
    REFUSED(lambda, 0, AKIN_ERR_RANGE, "lambda is 0");
    REFUSED(difficult_share, 0, AKIN_ERR_RANGE, "difficult_share is 0");
    REFUSED(difficult_share, 1, AKIN_ERR_RANGE, "difficult_share is 1");
    REFUSED(hardest, -1, AKIN_ERR_RANGE, "hardest is -1");
    REFUSED(hardest, 1001, AKIN_ERR_RANGE, "hardest is 1001");
    REFUSED(neighbours, 0, AKIN_ERR_RANGE, "neighbours is 0");
    REFUSED(batch, -1, AKIN_ERR_RANGE, "batch is -1");
    REFUSED(view_count, 1, AKIN_ERR_RANGE, "1 views of each item");
    REFUSED(view_count, -1, AKIN_ERR_RANGE, "-1 views of each item");
    REFUSED(view_count, 65, AKIN_ERR_RANGE, "65 views of each item");
    REFUSED(views, narrow, AKIN_ERR_SHAPE, "view 1 is 12 x 2, view 0 is 12 x 3");
    REFUSED(features.rows, N - 1, AKIN_ERR_SHAPE, "a view has 12 rows, features have 11");
#undef REFUSED
}

static void models(void **state)
{
    (void)state;
    int64_t counts[N];
    int32_t drawn[N];
    double spectrum[N];
    float a[N * D], b[N * D];
    akin_latent_opts first = AKIN_LATENT_OPTS_INIT;
    akin_latent_sample sample = AKIN_LATENT_SAMPLE_INIT;
    sample.labels = drawn;
    sample.counts = counts;
    sample.spectrum = spectrum;
    sample.a = (akin_mat){ a, N, D, D };
    sample.b = (akin_mat){ b, N, D, D };
    first.classes = 3;
    first.items = N;
    first.width = D;
#define REFUSED(draw, field, bad, status, said)                                                              \
    do {                                                                                                     \
        akin_latent_opts o = first;                                                                          \
        o.field = bad;                                                                                       \
        CHECK_FAILS(draw(&o, &sample, NULL, &err), status, said);                                            \
    } while (0)
    REFUSED(akin_latent_draw, classes, 1, AKIN_ERR_RANGE, "1 classes of 12 items");
    REFUSED(akin_latent_draw, items, 2, AKIN_ERR_RANGE, "3 classes of 2 items");
    REFUSED(akin_latent_draw, width, 0, AKIN_ERR_RANGE, "width is 0");
    REFUSED(akin_latent_draw, imbalance, 0.9, AKIN_ERR_RANGE, "imbalance is 0.9");
    REFUSED(akin_latent_draw, imbalance, 2e9, AKIN_ERR_RANGE, "imbalance is 2e+09");
    REFUSED(akin_latent_draw, spread, -1, AKIN_ERR_RANGE, "spread is -1");
    REFUSED(akin_latent_draw, view_spread, NAN, AKIN_ERR_RANGE, "view spread nan");
    REFUSED(akin_latent_draw, mix, 1.5, AKIN_ERR_RANGE, "mix is 1.5");
    REFUSED(akin_latent_draw, items, N - 1, AKIN_ERR_SHAPE, "both be 11 x 3");
    REFUSED(akin_latent_draw, width, D + 1, AKIN_ERR_SHAPE, "both be 12 x 4");
    REFUSED(akin_discrete_draw, views, 0, AKIN_ERR_RANGE, "12 items of 0 views");
    REFUSED(akin_discrete_draw, views, AKIN_DISCRETE_VIEWS + 1, AKIN_ERR_RANGE, "the discrete model takes");
    REFUSED(akin_discrete_draw, overlap, 1.1, AKIN_ERR_RANGE, "overlap is 1.1");
    REFUSED(akin_discrete_draw, temperature, 0, AKIN_ERR_RANGE, "temperature 0");
    first.width = 1;
    sample.a.cols = sample.b.cols = 1;
    REFUSED(akin_discrete_draw, items, AKIN_DISCRETE_ITEMS + 1, AKIN_ERR_SHAPE, "both be");
#undef REFUSED
}

static void the_rest(void **state)
{
    (void)state;
    akin_zhang_stated stated = AKIN_ZHANG_STATED_INIT;
    akin_zhang_graph g = AKIN_ZHANG_GRAPH_INIT;
    g.r = 0;
    g.n = 4;
    CHECK_FAILS(akin_zhang_evaluate(&g, NAN, &stated, &err), AKIN_ERR_RANGE, "1 classes of 4 samples");
    g.r = 2;
    g.n = 0;
    CHECK_FAILS(akin_zhang_evaluate(&g, NAN, &stated, &err), AKIN_ERR_RANGE, "3 classes of 0 samples");
    g.n = 4;
    g.n_d = -1;
    CHECK_FAILS(akin_zhang_evaluate(&g, NAN, &stated, &err), AKIN_ERR_RANGE, "n_d is -1");
    const akin_cmat views[2] = { { x, N, D, D }, { y, N, D - 1, D } };
    ak_lee lee = { 0 };
    CHECK_FAILS(ak_lee_evaluate(views, 2, labels, N, 1, 1, &lee, &err), AKIN_ERR_SHAPE, "view 1 is 12 x 2");
    double value = 0;
    CHECK_FAILS(ak_linear_cka(views[0], (akin_cmat){ y, N - 1, D, D }, &value, &err), AKIN_ERR_SHAPE,
                "cka: 12 rows beside 11");
    akin_prior prior = AKIN_PRIOR_INIT;
    prior.classes = 3;
    CHECK_FAILS(akin_log_coverage(&prior, 0, &value, NULL, &err), AKIN_ERR_RANGE, "draws is 0");
}

static void matrices(void **state)
{
    (void)state;
    double a[4] = { 4, 2, 2, 1 }, b[2] = { 1, 1 }, value[2];
    CHECK_FAILS(ak_solve_spd(a, 2, b, 1, &err), AKIN_ERR_NUMERIC, "pivot 1 is 0");
    memcpy(a, (double[]){ 1, 2, 2, 1 }, sizeof a);
    CHECK_FAILS(ak_solve_spd(a, 2, b, 1, &err), AKIN_ERR_NUMERIC, "pivot 1 is -3");
    memcpy(a, (double[]){ NAN, 0, 0, 1 }, sizeof a);
    CHECK_FAILS(ak_solve_spd(a, 2, b, 1, &err), AKIN_ERR_NUMERIC, "pivot 0 is nan");
    memcpy(a, (double[]){ 1, 0, INFINITY, 1 }, sizeof a);
    CHECK_FAILS(ak_eigen(a, 2, value, NULL, &err), AKIN_ERR_NUMERIC, "entry 1,0 of the matrix is inf");
}

/* Where it stops --------------------------------------------------------------------------------------- */

/* The row of this name; its value, and what it says. */
static const akin_bound_row *row_of(const akin_bounds *all, const char *name)
{
    for (int i = 0; akin_bounds_at(all, i); i++)
        if (strcmp(akin_bounds_at(all, i)->name, name) == 0) return akin_bounds_at(all, i);
    fail_msg("no row '%s'", name);
    return NULL;
}

static void says(const akin_bound_input *in, const char *paper, const char *name, const char *said)
{
    akin_bounds *all = NULL;
    CHECK_OK(akin_bounds_compute(in, paper, &all, &err));
    const akin_bound_row *row = row_of(all, name);
    if (!isnan(row->value) || !strstr(row->assumed, said))
        fail_msg("%s: %g, '%s'", name, row->value, row->assumed);
    CHECK(row->holds == AKIN_TRUTH_UNKNOWN);
    akin_bounds_free(all);
}

static void too_much(void **state)
{
    (void)state;
    akin_bound_input in = bound_input();
    in.a = (akin_cmat){ wide, N, WIDE, WIDE };
    says(&in, "haochen", "haochen-spectral", "not computed: 1025 columns; up to 1024");
    says(&in, "stepwise", "stepwise-rate", "not computed: 1025 columns; up to 1024");
    says(&in, "ranks", "rank-anchors", "not computed: 1025 columns; up to 1024");
    in.from_a = in.from_b = (akin_cmat){ wide, N, WIDE, WIDE };
    says(&in, "wide", "wide-components", "not computed: up to 1024 columns");
    in = bound_input();
    in.from_a = (akin_cmat){ wide, N, 2 * N, WIDE }; /* as many directions as rows: any features hold them */
    in.from_b = (akin_cmat){ wide + 2 * N, N, 2 * N, WIDE };
    in.a = in.b = (akin_cmat){ wide, N, 2 * N, WIDE };
    in.b.data = wide + 2 * N;
    says(&in, "wide", "wide-components", "no more than 24 rows for 24 directions");
    in = bound_input();
    in.temperature = 0.003;
    says(&in, "geometry", "geometry-optimum", "at most 64 classes and a temperature of at least 0.004");

    enum { SIZES = 257, ROWS = SIZES * (SIZES + 1) / 2 }; /* a class of each size from 1 to 257 */
    static float many[ROWS * 2];
    static int32_t of[ROWS];
    int64_t n = 0;
    for (int c = 0; c < SIZES; c++)
        for (int k = 0; k <= c; k++, n++) {
            of[n] = c;
            many[2 * n] = (float)cos(c + 0.01 * k);
            many[2 * n + 1] = (float)sin(c + 0.01 * k);
        }
    in.temperature = 0.5;
    in.a = (akin_cmat){ many, n, 2, 2 };
    in.labels = of;
    in.count = n;
    in.negatives = 2;
    says(&in, "clusters", "clusters-split", "classes of 257 sizes; at most 256 are followed");
}

/* What a diagnosis says in place of a number. */
static void told(const akin_diagnose_input *in, const char *name, const char *said)
{
    akin_diagnosis *all = NULL;
    CHECK_OK(akin_diagnose(in, &all, &err));
    const akin_diagnosis_value *v = NULL;
    for (int i = 0; (v = akin_diagnosis_at(all, i)) && strcmp(v->name, name) != 0; i++) continue;
    if (!v || !isnan(v->value) || !strstr(v->means, said))
        fail_msg("%s: %g, '%s'", name, v ? v->value : 0, v ? v->means : "no such value");
    akin_diagnosis_free(all);
}

static void no_diagnosis(void **state)
{
    (void)state;
    enum { CLASSES = AKIN_GEOMETRY_CLASSES + 1 };
    static float rows[2 * CLASSES * 2];
    static int32_t of[2 * CLASSES];
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    for (int i = 0; i < 2 * CLASSES; i++) {
        rows[2 * i] = (float)test_normal();
        rows[2 * i + 1] = (float)test_normal();
        of[i] = i / 2;
    }
    in.features = (akin_cmat){ rows, 2 * CLASSES, 2, 2 };
    in.label_count = 2 * CLASSES;
    in.labels = of;
    told(&in, "geometry-distance", "not computed: 257 classes, at most 256");
    for (int i = 0; i < 8; i++) { /* the same four rows in either class */
        rows[2 * i] = (float)cos(i % 4);
        rows[2 * i + 1] = (float)sin(i % 4);
        of[i] = i / 4;
    }
    in.features.rows = in.label_count = 8;
    told(&in, "nc1", "all class means coincide");
}

/* Two views of one item, or of two: how many are of two. */
static void mixed_items(void **state)
{
    (void)state;
    enum { ITEMS = 4000, CLASSES = 4 };
    static float a[ITEMS * D], b[ITEMS * D];
    static int32_t of[ITEMS];
    int64_t counts[CLASSES];
    akin_latent_opts o = AKIN_LATENT_OPTS_INIT;
    akin_latent_sample sample = AKIN_LATENT_SAMPLE_INIT;
    akin_latent_truth truth = AKIN_LATENT_TRUTH_INIT;
    sample.labels = of;
    sample.counts = counts;
    sample.a = (akin_mat){ a, ITEMS, D, D };
    sample.b = (akin_mat){ b, ITEMS, D, D };
    o.classes = CLASSES;
    o.items = ITEMS;
    o.width = D;
    o.view_spread = 0; /* both views of an item are the same row */
    o.mix = 0.3;
    CHECK_OK(akin_latent_draw(&o, &sample, &truth, &err));
    int64_t other = 0;
    for (int i = 0; i < ITEMS; i++) other += memcmp(a + i * D, b + i * D, sizeof *a * D) != 0;
    const double share = (double)other / ITEMS;
    CHECK_NEAR(share, o.mix, 5 * sqrt(o.mix * (1 - o.mix) / ITEMS));
    CHECK_NEAR(truth.eigenvalue, 1 - o.mix, 1e-12);
    CHECK_NEAR(truth.cross, o.mix * (1 - truth.tau), 1e-12);
}

/* [Arora2019 thm 4.1] with a capacity: linear in it, the slope falls as the number of tuples grows. */
static double of_capacity(double capacity, int64_t tuples, double delta)
{
    akin_bounds *all = NULL;
    akin_bound_run run = AKIN_BOUND_RUN_INIT;
    akin_bound_input in = bound_input();
    run.capacity = capacity;
    run.tuples = tuples;
    in.run = &run;
    in.delta = delta;
    CHECK_OK(akin_bounds_compute(&in, "arora", &all, &err));
    const double value = row_of(all, "arora-theorem-4.1-capacity-logistic")->value;
    akin_bounds_free(all);
    return value;
}

static void capacity(void **state)
{
    (void)state;
    const double none = of_capacity(0, 1000, 0.05), one = of_capacity(1, 1000, 0.05);
    CHECK(isfinite(none) && one > none);
    CHECK_NEAR(of_capacity(3, 1000, 0.05) - none, 3 * (one - none), 1e-9 * one);
    CHECK_NEAR(of_capacity(1, 4000, 0.05) - of_capacity(0, 4000, 0.05), (one - none) / 4, 1e-9 * one);
    /* the other term: range * sqrt(ln(4/delta) / (2 M)) */
    const double far = of_capacity(0, INT64_C(1) << 50, 0.05);
    CHECK_NEAR((none - far) / (of_capacity(0, 4000, 0.05) - far), 2, 1e-4);
    CHECK_NEAR((of_capacity(0, 1000, 0.01) - far) / (none - far), sqrt(log(400) / log(80)), 1e-4);
}

/* Numbers of classes out of an array, of each type that an array can have. */
static void arrays_of_class_numbers(void **state)
{
    (void)state;
    static char path[300];
    static const uint8_t u8[] = { 3, 4, 250 };
    static const int32_t i32[] = { 3, 4, 70000 };
    static const int64_t i64[] = { 3, 4, INT64_C(1) << 40 };
    static const float f32[] = { 3, 4, 5.5f }, shares[] = { 0.25f, 0.5f, 0.25f };
    static const double f64[] = { 3, 4, 1e16 }, exact[] = { 0.5, 0.25, 0.25 };
    static const struct {
        akin_dtype type;
        const void *data;
        bool whole;
        double last;
        const char *said;
    } CASES[] = { { AKIN_DTYPE_U8, u8, true, 250, NULL },
                  { AKIN_DTYPE_I32, i32, true, 70000, NULL },
                  { AKIN_DTYPE_I64, i64, true, 1099511627776, NULL },
                  { AKIN_DTYPE_F32, f32, true, 0, "element 2" },
                  { AKIN_DTYPE_F64, f64, true, 0, "element 2" },
                  { AKIN_DTYPE_F32, shares, false, 0.25, NULL },
                  { AKIN_DTYPE_F64, exact, false, 0.25, NULL },
                  { AKIN_DTYPE_U8, u8, false, 0, "sum to 257" } };
    snprintf(path, sizeof path, "%s/numbers.npy", test_folder());
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double *got = NULL;
        int64_t n = 0;
        CHECK_OK(akin_npy_save(path, CASES[i].type, 1, (const int64_t[]){ 3 }, CASES[i].data, &err));
        const akin_status status = akin_class_numbers_load(path, CASES[i].whole, &got, &n, &err);
        if (CASES[i].said) {
            if (status != AKIN_ERR_INPUT || !strstr(err.message, CASES[i].said) || got)
                fail_msg("case %zu: %s, '%s'", i, akin_status_name(status), err.message);
            continue;
        }
        CHECK_OK(status);
        CHECK(n == 3 && got[2] == CASES[i].last);
        free(got);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds),       cmocka_unit_test(diagnosis),
        cmocka_unit_test(models),       cmocka_unit_test(the_rest),
        cmocka_unit_test(matrices),     cmocka_unit_test(too_much),
        cmocka_unit_test(capacity),     cmocka_unit_test(arrays_of_class_numbers),
        cmocka_unit_test(no_diagnosis), cmocka_unit_test(mixed_items),
    };
    return cmocka_run_group_tests(tests, make_rows, NULL);
}
