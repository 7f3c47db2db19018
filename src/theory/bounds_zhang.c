/* SPDX-License-Identifier: Apache-2.0 */
/* theory/bounds_zhang.c - rows of [Zhang2025]: alpha, beta, gamma as measured, the stated bounds and the
 * exact spectra beside them. zhang.c states the formulas and what is wrong with the printed ones; graph.c
 * measures. At most ITEMS items, evenly spaced, enter, of which 8 % of each class count as difficult. */
#include "theory/theory.h"

#include "akin/tool/diagnose.h"
#include "theory/zhang.h"

#include <math.h>
#include <string.h>

enum { ITEMS = 4096, NOISE_ITEMS = 512 };
static const double SHARE = 0.08;
static const char AS_STATED[] = "as stated";

static double find(const akin_diagnosis *d, const char *name)
{
    for (int i = 0; akin_diagnosis_at(d, i); i++)
        if (strcmp(akin_diagnosis_at(d, i)->name, name) == 0) return akin_diagnosis_at(d, i)->value;
    return NAN;
}

static void measure(ak_theory_job *job, const char *name, const char *paper, const char *mark,
                    const char *quantity, double x)
{
    akin_bound_row *r = ak_bound_add(job, name, paper, mark, quantity, AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, 0, x, 0, NAN);
    ak_bound_assume(r, "difficult: the %.0f %% of each class with the least margin between class means",
                    100 * SHARE);
}

/* A bound on an error that nothing here measures: the probe error of the ideal encoder. */
static void error_bound(ak_theory_job *job, const char *name, const char *paper, const char *mark,
                        double value, double delta)
{
    akin_bound_row *r = ak_bound_add(job, name, paper, mark, "error of a linear probe on the ideal encoder",
                                     AKIN_BOUND_UPPER);
    ak_bound_set(r, value, 0, NAN, 0, 1);
    r->vacuous = !(value < 1);
    ak_bound_assume(r, "spectral loss, k = r+1, delta = %.3g, its least in the model", delta);
}

/* Standard deviation of the cosines about the mean of their kind, same class or not: the entries that the
 * relaxed theorems add to the graph. What sets gamma apart from beta counts as noise too. */
static double noise_of(const ak_theory_job *job)
{
    const int64_t step = (job->n + NOISE_ITEMS - 1) / NOISE_ITEMS;
    double sum[2] = { 0 }, square[2] = { 0 }, count[2] = { 0 };
    for (int64_t i = 0; i < job->n; i += step)
        for (int64_t k = 0; k < i; k += step) {
            const float *u = job->a + i * job->d, *v = job->a + k * job->d;
            double x = 0;
            for (int64_t j = 0; j < job->d; j++) x += (double)u[j] * (double)v[j];
            const int kind = job->cls[i] == job->cls[k];
            sum[kind] += x;
            square[kind] += x * x;
            count[kind]++;
        }
    double rest = 0;
    for (int kind = 0; kind < 2; kind++)
        if (count[kind] > 0) rest += fmax(0, square[kind] - sum[kind] * sum[kind] / count[kind]);
    return sqrt(rest / (count[0] + count[1]));
}

/* The relaxed theorems at the measured noise, and the heuristic lower bound. */
static void add_relaxed(ak_theory_job *job, const akin_zhang_graph *g, const akin_zhang_stated *z)
{
    const double noise = noise_of(job), eps = noise * sqrt((double)g->n * (double)(g->r + 1));
    const struct {
        const char *name;
        double lambda;
    } form[] = { { "zhang-without-relaxed", z->lambda_without }, { "zhang-with-relaxed", z->lambda_stated } };
    measure(job, "zhang-noise", "[Zhang2025 App. B.3]", AKIN_MARK_RECONSTRUCTION,
            "deviation of cosines about the mean of their kind", noise);
    ak_bound_assume(ak_bound_last(job), "at most %d items; kinds: of one class, of two", NOISE_ITEMS);
    for (int i = 0; i < 2; i++) {
        error_bound(job, form[i].name, "[Zhang2025 Thm B.4, B.5]", AS_STATED,
                    ak_zhang_relaxed(g, form[i].lambda, z->delta, eps), z->delta);
        ak_bound_assume(ak_bound_last(job),
                        "delta = %.3g; eps = %.3g is zhang-noise times sqrt(n(r+1)) (defect D5), of at most "
                        "%.3g for a finite bound with difficult samples",
                        z->delta, eps, z->eps_most);
    }
    akin_bound_row *r = ak_bound_add(job, "zhang-lower", "[Zhang2025 eq.66]", AS_STATED,
                                     "error of a linear probe on the ideal encoder", AKIN_BOUND_LOWER);
    const double value = ak_zhang_lower(g, z->phi, 1);
    ak_bound_set(r, value, 0, NAN, 0, 0);
    r->vacuous = !(value > 0);
    ak_bound_assume(r, "a heuristic of the authors, 'potential'; its constant C taken as 1");
}

static void add_theory(ak_theory_job *job, const akin_zhang_graph *g)
{
    akin_zhang_stated z = AKIN_ZHANG_STATED_INIT;
    akin_error why;
    if (akin_zhang_evaluate(g, NAN, &z, &why)) {
        akin_bound_row *r = ak_bound_add(job, "zhang-with", "[Zhang2025 Thm 3.4]", AS_STATED,
                                         "error of a linear probe on the ideal encoder", AKIN_BOUND_UPPER);
        ak_bound_assume(r, "outside the model: %s", why.message);
        ak_bound_undecided(r, "outside the model that it is stated for");
        return;
    }
    error_bound(job, "zhang-without", "[Zhang2025 Thm 3.3]", AKIN_MARK_PROVED, z.without, z.delta);
    error_bound(job, "zhang-with", "[Zhang2025 Thm 3.4]", AS_STATED, z.with, z.delta);
    error_bound(job, "zhang-with-block", "[Zhang2025 eq.17-21]", AKIN_MARK_DERIVED, z.with_block, z.delta);
    error_bound(job, "zhang-with-matched", "[Zhang2025 eq.24]", AKIN_MARK_DERIVED, z.with_matched, z.delta);
    error_bound(job, "zhang-removed", "[Zhang2025 Cor 4.1]", AS_STATED, z.removed, z.delta);
    error_bound(job, "zhang-temperature", "[Zhang2025 Thm 4.5]", AS_STATED, z.temperature, z.delta);
    add_relaxed(job, g, &z);
    akin_bound_row *r = ak_bound_add(job, "zhang-eigenvalue-stated", "[Zhang2025 Thm 3.4]", AS_STATED,
                                     "eigenvalue r+2 of the model as defined, exact", AKIN_BOUND_UPPER);
    ak_bound_set(r, z.lambda_stated, 0, z.lambda_block, 0, 1);
    r->holds = z.lambda_block <= z.lambda_stated * (1 + 1e-12) ? AKIN_TRUTH_YES : AKIN_TRUTH_NO;
    ak_bound_assume(r, "defect D1: the printed value mixes two models and need not hold (docs/diagnose.md)");
    measure(job, "zhang-eigenvalue-matched", "[Zhang2025 eq.24]", AKIN_MARK_DERIVED,
            "eigenvalue of the model that the proof computes with", z.lambda_matched);
    measure(job, "zhang-eigenvalue-without", "[Zhang2025 Thm 3.3]", AKIN_MARK_PROVED,
            "eigenvalue without difficult samples", z.lambda_without);
    r = ak_bound_add(job, "zhang-temperature-condition", "[Zhang2025 Thm 4.5]", AS_STATED,
                     "difficult samples of a class", AKIN_BOUND_UPPER);
    ak_bound_set(r, z.temperature_limit, 0, (double)g->n_d, 0, INFINITY);
    ak_bound_assume(r, "a validity condition: where it fails the theorem claims nothing");
    measure(job, "zhang-removal-gap", "[Zhang2025 Cor 4.1]", AS_STATED,
            "gamma - beta minus its threshold: > 0, removal helps", z.removal_gap);
    measure(job, "zhang-margin", "[Zhang2025 eq.7]", AKIN_MARK_PROVED,
            "margin of difficult pairs of two classes", ak_zhang_margin(g, false, false, 2));
    measure(job, "zhang-temperature-factor", "[Zhang2025 eq.57]", AKIN_MARK_PROVED,
            "temperature factor of difficult pairs of two classes", ak_zhang_temperature(g, false, 2));
}

akin_status ak_theory_zhang(ak_theory_job *job, akin_error *err)
{
    const int64_t step = (job->n + ITEMS - 1) / ITEMS, items = (job->n + step - 1) / step;
    int32_t *labels = ak_alloc(sizeof *labels, items, 1);
    if (!labels) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld labels", (long long)items);
    bool one = true;
    for (int64_t i = 0; i < items; i++) {
        labels[i] = job->cls[i * step];
        one = one && labels[i] == labels[0];
    }
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    in.features = (akin_cmat){ job->a, items, job->d, job->d * step };
    in.labels = labels;
    in.label_count = items;
    in.temperature = job->in.temperature;
    in.difficult_share = SHARE;
    in.hardest = 0;
    akin_diagnosis *d = NULL;
    akin_status status = one ? AKIN_OK : akin_diagnose(&in, &d, err);
    if (!status && d) {
        const double alpha = find(d, "graph-alpha"), beta = find(d, "graph-beta"),
                     gamma = find(d, "graph-gamma");
        measure(job, "zhang-alpha", "[Zhang2025 App. A.5]", AKIN_MARK_PROVED, "mean cosine in a class",
                alpha);
        measure(job, "zhang-beta", "[Zhang2025 App. A.5]", AKIN_MARK_PROVED,
                "mean cosine of two classes, none difficult", beta);
        measure(job, "zhang-gamma-any", "[Zhang2025 App. A.5]", AKIN_MARK_RECONSTRUCTION,
                "mean cosine of two classes, one or both difficult", gamma);
        measure(job, "zhang-gamma-both", "[Zhang2025 eq.17]", AKIN_MARK_RECONSTRUCTION,
                "mean cosine of two classes, both difficult", find(d, "graph-gamma-both"));
        const double n = (double)items / (double)job->classes;
        add_theory(job, &(akin_zhang_graph){ .struct_size = sizeof(akin_zhang_graph),
                                             .r = job->classes - 1,
                                             .n = llround(fmax(n, 1)),
                                             .n_d = llround(n * SHARE),
                                             .alpha = alpha,
                                             .beta = beta,
                                             .gamma = gamma });
    }
    akin_diagnosis_free(d);
    free(labels);
    return status;
}
