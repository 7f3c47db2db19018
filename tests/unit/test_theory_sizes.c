/* SPDX-License-Identifier: Apache-2.0 */
/* Callers that were built with an older library, whose structs are smaller: results are written as far as the
 * caller knows them and not a byte further, options that it does not know keep their defaults, and a struct
 * whose size is 0 was not initialised. One case for each family of akin/theory.h and akin/tool/latent.h. */
#include "akin/theory.h"
#include "akin/tool/latent.h"
#include "theory/theory.h"
#include "test.h"

#include <stddef.h>

static akin_error err;
enum { GUARD = 0x5a };

/* Memory of a result of which the caller knows `known` bytes; what lies behind must stay. */
typedef union box {
    uint32_t struct_size;
    unsigned char bytes[512];
    akin_theory_plan plan;
    akin_tradeoff tradeoff;
    akin_zhang_stated stated;
    akin_latent_truth latent;
    akin_discrete_truth discrete;
} box;

static box small(size_t known)
{
    box b;
    memset(&b, GUARD, sizeof b);
    b.struct_size = (uint32_t)known;
    return b;
}

static void untouched(const box *b, size_t known)
{
    CHECK(b->struct_size == known);
    for (size_t i = known; i < sizeof b->bytes; i++) CHECK(b->bytes[i] == GUARD);
}

static void calculators(void **state)
{
    (void)state;
    akin_prior prior = AKIN_PRIOR_INIT;
    prior.classes = 10;
    akin_theory_plan plan = AKIN_THEORY_PLAN_INIT;
    CHECK_OK(akin_theory_plan_compute(&prior, 8, 1, &plan, &err));
    box b = small(offsetof(akin_theory_plan, log1m_tau));
    CHECK_OK(akin_theory_plan_compute(&prior, 8, 1, &b.plan, &err));
    CHECK(b.plan.tau == plan.tau);
    untouched(&b, offsetof(akin_theory_plan, log1m_tau));
    b = small(0);
    CHECK_FAILS(akin_theory_plan_compute(&prior, 8, 1, &b.plan, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_theory_plan_compute(&prior, 8, 1, NULL, &err), AKIN_ERR_ARGUMENT, "no place");

    b = small(offsetof(akin_tradeoff, log_upsilon));
    CHECK_OK(akin_tradeoff_compute(&prior, 8, 1, &b.tradeoff, &err));
    CHECK(b.tradeoff.log1m_tau_k == plan.log1m_tau_k);
    untouched(&b, offsetof(akin_tradeoff, log_upsilon));
    b = small(0);
    CHECK_FAILS(akin_tradeoff_compute(&prior, 8, 1, &b.tradeoff, &err), AKIN_ERR_ARGUMENT, "not initialised");

    prior.struct_size = offsetof(akin_prior, prior); /* what lies behind is not looked at: a uniform prior */
    prior.counts = (const int64_t *)1;
    plan.tau = 0;
    CHECK_OK(akin_theory_plan_compute(&prior, 8, 1, &plan, &err));
    CHECK_NEAR(plan.tau, 0.1, 1e-15);
    prior.struct_size = 0;
    CHECK_FAILS(akin_theory_plan_compute(&prior, 8, 1, &plan, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_theory_plan_compute(NULL, 8, 1, &plan, &err), AKIN_ERR_ARGUMENT, "prior is NULL");
}

static void class_geometry(void **state)
{
    (void)state;
    akin_prior prior = AKIN_PRIOR_INIT;
    double uniform[9], counted[9], given[9];
    const int64_t counts[3] = { 6, 3, 1 };
    const double share[3] = { 0.6, 0.3, 0.1 };
    prior.classes = 3;
    CHECK_OK(akin_class_geometry(&prior, 1, AKIN_NEGATIVES_ALL, uniform, NULL, NULL, &err));
    CHECK_NEAR(uniform[1], -0.5, 1e-4); /* a simplex */
    prior.counts = counts;
    CHECK_OK(akin_class_geometry(&prior, 1, AKIN_NEGATIVES_ALL, counted, NULL, NULL, &err));
    prior.prior = share;
    CHECK_FAILS(akin_class_geometry(&prior, 1, AKIN_NEGATIVES_ALL, given, NULL, NULL, &err),
                AKIN_ERR_ARGUMENT, "both");
    prior.counts = NULL;
    CHECK_OK(akin_class_geometry(&prior, 1, AKIN_NEGATIVES_ALL, given, NULL, NULL, &err));
    for (int i = 0; i < 9; i++) CHECK_NEAR(counted[i], given[i], 1e-12);
    prior.struct_size = 2;
    CHECK_FAILS(akin_class_geometry(&prior, 1, AKIN_NEGATIVES_ALL, given, NULL, NULL, &err),
                AKIN_ERR_ARGUMENT, "not initialised");
}

static void difficult_examples(void **state)
{
    (void)state;
    akin_zhang_graph g = AKIN_ZHANG_GRAPH_INIT;
    g.r = 9;
    g.n = 50;
    g.n_d = 10;
    g.alpha = 0.5;
    g.beta = 0.1;
    g.gamma = 0.3;
    akin_zhang_stated all = AKIN_ZHANG_STATED_INIT;
    CHECK_OK(akin_zhang_evaluate(&g, NAN, &all, &err));
    box b = small(offsetof(akin_zhang_stated, c1));
    CHECK_OK(akin_zhang_evaluate(&g, NAN, &b.stated, &err));
    CHECK(b.stated.c0 == all.c0);
    untouched(&b, offsetof(akin_zhang_stated, c1));
    b = small(0);
    CHECK_FAILS(akin_zhang_evaluate(&g, NAN, &b.stated, &err), AKIN_ERR_ARGUMENT, "not initialised");
    g.struct_size = 0;
    CHECK_FAILS(akin_zhang_evaluate(&g, NAN, &all, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_zhang_evaluate(NULL, NAN, &all, &err), AKIN_ERR_ARGUMENT, "graph must not be NULL");
}

static void bounds(void **state)
{
    (void)state;
    const float x[] = { 1, 0, 1, .2f, 0, 1, .2f, 1 };
    const int32_t labels[] = { 0, 0, 1, 1 };
    akin_bound_run run = AKIN_BOUND_RUN_INIT;
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ x, 4, 2, 2 };
    in.labels = labels;
    in.count = 4;
    in.run = &run;
    akin_bounds *all = NULL, *none = NULL;
    CHECK_OK(akin_bounds_compute(&in, "wang", &all, &err));
    int count = 0;
    while (akin_bounds_at(all, count)) count++;
    CHECK(count > 0 && !akin_bounds_at(all, -1) && !akin_bounds_at(NULL, 0));
    akin_bounds_free(all);
    run.initial_acr = 0.5; /* one row more: the confusion relative to that before training */
    CHECK_OK(akin_bounds_compute(&in, "wang", &all, &err));
    CHECK(akin_bounds_at(all, count) && !akin_bounds_at(all, count + 1));
    akin_bounds_free(all);
    run.struct_size = offsetof(akin_bound_run, initial_acr); /* a caller that does not know it */
    CHECK_OK(akin_bounds_compute(&in, "wang", &all, &err));
    CHECK(!akin_bounds_at(all, count));
    akin_bounds_free(all);
    run.struct_size = 0;
    CHECK_FAILS(akin_bounds_compute(&in, "wang", &none, &err), AKIN_ERR_ARGUMENT, "not initialised");
    in.struct_size = 0;
    CHECK_FAILS(akin_bounds_compute(&in, "wang", &none, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK(!none);
    akin_bounds_free(NULL);
    int kinds = 0;
    while (akin_bound_kind_at(kinds)) kinds++;
    CHECK(kinds == 24 && !akin_bound_kind_at(-1));
    CHECK(strcmp(akin_tradeoff_paper_at(4)->name, "awasthi") == 0 && !akin_tradeoff_paper_at(5));
}

static void latent_classes(void **state)
{
    (void)state;
    enum { ITEMS = 20, WIDTH = 3 };
    float a[ITEMS * WIDTH], b[ITEMS * WIDTH];
    int32_t labels[ITEMS];
    int64_t counts[2];
    double spectrum[ITEMS];
    akin_latent_opts opts = AKIN_LATENT_OPTS_INIT;
    opts.classes = 2;
    opts.items = ITEMS;
    opts.width = WIDTH;
    akin_latent_sample sample = AKIN_LATENT_SAMPLE_INIT;
    sample.a = (akin_mat){ a, ITEMS, WIDTH, WIDTH };
    sample.b = (akin_mat){ b, ITEMS, WIDTH, WIDTH };
    sample.labels = labels;
    sample.counts = counts;
    box t = small(offsetof(akin_latent_truth, cross));
    CHECK_OK(akin_latent_draw(&opts, &sample, &t.latent, &err));
    CHECK_NEAR(t.latent.tau, 0.5, 1e-15);
    untouched(&t, offsetof(akin_latent_truth, cross));
    CHECK_FAILS(akin_discrete_draw(&opts, &sample, NULL, &err), AKIN_ERR_ARGUMENT, "spectrum");
    sample.spectrum = spectrum;
    t = small(offsetof(akin_discrete_truth, cross));
    CHECK_OK(akin_discrete_draw(&opts, &sample, &t.discrete, &err));
    CHECK(t.discrete.views == ITEMS * opts.views); /* no overlap: every item has its own */
    CHECK_NEAR(spectrum[ITEMS - 1], 1, 1e-12);     /* and is a component of the graph */
    untouched(&t, offsetof(akin_discrete_truth, cross));
    t = small(0);
    CHECK_FAILS(akin_latent_draw(&opts, &sample, &t.latent, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_discrete_draw(&opts, &sample, &t.discrete, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_latent_draw(&opts, NULL, NULL, &err), AKIN_ERR_ARGUMENT, "labels or counts");
    sample.struct_size = 0;
    CHECK_FAILS(akin_latent_draw(&opts, &sample, NULL, &err), AKIN_ERR_ARGUMENT, "not initialised");
}

/* Rows beyond those that there is room for: no row that was added before changes, and the whole fails. */
static void rows_that_find_no_room(void **state)
{
    (void)state;
    ak_theory_job job = { .bounds = ak_bounds_create() };
    int rows = 0;
    CHECK(job.bounds != NULL);
    while (rows < 100000) {
        ak_bound_add(&job, "kept", "", "", "", AKIN_BOUND_MEASURE)->value = rows;
        if (!akin_bounds_at(job.bounds, rows)) break;
        rows++;
    }
    CHECK(rows > 100 && akin_bounds_at(job.bounds, rows) == NULL);
    CHECK(akin_bounds_at(job.bounds, rows - 1)->value == rows - 1);
    CHECK(ak_bound_last(&job)->value == rows); /* the lost one, which may still be filled */
    CHECK_FAILS(ak_bounds_whole(job.bounds, &err), AKIN_ERR_INTERNAL, "there is room for");
    akin_bounds_free(job.bounds);
    job.bounds = ak_bounds_create();
    CHECK_OK(ak_bounds_whole(job.bounds, &err));
    akin_bounds_free(job.bounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calculators),        cmocka_unit_test(class_geometry),
        cmocka_unit_test(difficult_examples), cmocka_unit_test(bounds),
        cmocka_unit_test(latent_classes),     cmocka_unit_test(rows_that_find_no_room)
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
