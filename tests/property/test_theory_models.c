/* SPDX-License-Identifier: Apache-2.0 */
/* 10,000 random discrete latent-class models, small enough that every expectation is a finite sum: no proved
 * inequality may fail. The sums below share no code with the library; from it come the collision and coverage
 * terms and the factors of each paper, which are first compared with the same quantities enumerated.
 *
 * A model: C classes with prior rho, 1 or 2 items in each, 1 or 2 views of an item; a view is a unit vector.
 * Anchor and positive are views of one item (augmentation) or of one class (class-wise); K negatives are any
 * views. */
#include "test.h"

#include "akin/theory.h"

enum { MODELS = 10000, MOST = 12, DIM = 3 };

static akin_error err;

typedef struct model {
    int classes, views, d, k;
    bool uniform;
    double t, rho[3], weight[MOST]; /* of a view */
    int cls[MOST], item[MOST], items;
    double f[MOST][DIM], s[MOST][MOST];  /* similarity over t */
    double mean[3][DIM], score[MOST][3]; /* with the mean of a class, over t */
} model;

static void unit(double *x, int d)
{
    double length = 0;
    for (int j = 0; j < d; j++) length += x[j] * x[j];
    for (int j = 0; j < d; j++) x[j] /= sqrt(length);
}

static void fill(model *m)
{
    for (int p = 0; p < m->views; p++)
        for (int q = 0; q < m->views; q++) {
            m->s[p][q] = 0;
            for (int j = 0; j < m->d; j++) m->s[p][q] += m->f[p][j] * m->f[q][j] / m->t;
        }
    memset(m->mean, 0, sizeof m->mean);
    for (int p = 0; p < m->views; p++)
        for (int j = 0; j < m->d; j++) m->mean[m->cls[p]][j] += m->weight[p] / m->rho[m->cls[p]] * m->f[p][j];
    for (int p = 0; p < m->views; p++)
        for (int c = 0; c < m->classes; c++) {
            m->score[p][c] = 0;
            for (int j = 0; j < m->d; j++) m->score[p][c] += m->f[p][j] * m->mean[c][j] / m->t;
        }
}

static model random_model(void)
{
    static const double temperatures[] = { .25, .5, 1, 2 };
    model m = { .classes = (int)test_int(2, 3), .d = (int)test_int(1, 3), .k = (int)test_int(1, 3) };
    m.uniform = test_int(0, 1) == 1;
    m.t = temperatures[test_int(0, 3)];
    double total = 0;
    for (int c = 0; c < m.classes; c++) total += m.rho[c] = m.uniform ? 1 : test_uniform(0.1, 1);
    const double noise = test_int(0, 1) ? 0.3 : 2; /* concentrated classes, or none at all */
    for (int c = 0; c < m.classes; c++) {
        m.rho[c] /= total;
        double centre[DIM];
        for (int j = 0; j < m.d; j++) centre[j] = test_normal();
        const int items = (int)test_int(1, m.k == 3 ? 1 : 2);
        for (int i = 0; i < items; i++, m.items++) {
            const int views = (int)test_int(1, 2);
            for (int v = 0; v < views; v++, m.views++) {
                m.cls[m.views] = c;
                m.item[m.views] = m.items;
                m.weight[m.views] = m.rho[c] / items / views;
                for (int j = 0; j < m.d; j++) m.f[m.views][j] = centre[j] + noise * test_normal();
                unit(m.f[m.views], m.d);
            }
        }
    }
    fill(&m);
    return m;
}

/* Expectations over anchors, positives and negatives. */
typedef struct exact {
    double info, info_class, sup, sub, partial, covered_sup, clean_sub, clean, ln, max, jensen, gap, upsilon;
    double hinge_k, clean_hinge;
} exact;

static double cross_entropy(const model *m, int p, unsigned here)
{
    double sum = 0;
    for (int c = 0; c < m->classes; c++)
        if (here >> c & 1) sum += exp(m->score[p][c] - m->score[p][m->cls[p]]);
    return log(sum);
}

static void one_tuple(const model *m, int p, const int *negative, double weight, exact *e)
{
    const int y = m->cls[p];
    double sum = 0, high = -INFINITY, spread = 1;
    unsigned here = 1u << y;
    int col = 0, times[3] = { 0, 0, 0 };
    for (int i = 0; i < m->k; i++) {
        const int q = negative[i];
        sum += exp(m->s[p][q]);
        high = fmax(high, m->s[p][q]);
        here |= 1u << m->cls[q];
        times[m->cls[q]]++;
        col += m->cls[q] == y;
    }
    for (int c = 0; c < m->classes; c++) spread += times[c] * exp(m->score[p][c] - m->score[p][y]);
    const bool all = here == (1u << m->classes) - 1;
    const double sub = cross_entropy(m, p, here);
    for (int q = 0; q < m->views; q++) {
        if (m->cls[q] != y) continue;
        double mass = 0;
        for (int r = 0; r < m->views; r++)
            if (m->item[r] == m->item[q]) mass += m->weight[r];
        const double l = log1p(sum * exp(-m->s[p][q]));
        if (m->item[q] == m->item[p]) e->info += weight * m->weight[q] / mass * l;
        e->info_class += weight * m->weight[q] / m->rho[y] * l;
        e->hinge_k += weight * m->weight[q] / m->rho[y] * fmax(0, 1 + high - m->s[p][q]);
    }
    e->sub += weight * sub;
    e->partial += all ? 0 : weight * sub;
    e->covered_sup += all ? weight * sub : 0;
    e->upsilon += all ? weight : 0;
    e->ln += weight * log(1.0 + col);
    e->max += weight * fmax(sub, log(1.0 + col));
    e->jensen += weight * log(spread);
    if (col == 0) {
        double worst = -INFINITY;
        for (int c = 0; c < m->classes; c++)
            if (c != y && here >> c & 1) worst = fmax(worst, m->score[p][c] - m->score[p][y]);
        e->clean += weight;
        e->clean_sub += weight * sub;
        e->clean_hinge += weight * fmax(0, 1 + worst);
    }
}

static exact enumerate(const model *m)
{
    exact e = { 0 };
    for (int p = 0; p < m->views; p++) {
        int negative[3] = { 0, 0, 0 };
        for (;;) {
            double weight = m->weight[p];
            for (int i = 0; i < m->k; i++) weight *= m->weight[negative[i]];
            one_tuple(m, p, negative, weight, &e);
            int i = 0;
            while (i < m->k && ++negative[i] == m->views) negative[i++] = 0;
            if (i == m->k) break;
        }
        e.sup += m->weight[p] * cross_entropy(m, p, (1u << m->classes) - 1);
        double mass = 0, own = 0;
        for (int q = 0; q < m->views; q++)
            if (m->item[q] == m->item[p]) {
                mass += m->weight[q];
                own += m->weight[q] * m->s[p][q];
            }
        e.gap += m->weight[p] * fmin(0, m->score[p][m->cls[p]] - own / mass);
    }
    return e;
}

/* One negative, hinge or base-2 logistic: L_un, its parts, blocks of two, the binary mean classifier,
 * s(f). */
typedef struct single {
    double un, same, other, block, mean, deviation;
} single;

static double ell(double v, bool hinge) { return hinge ? fmax(0, 1 - v) : log2(1 + exp(-v)); }

/* Largest eigenvalue of a symmetric matrix of at most 3 by 3, by powers of it; squared 40 times over. */
static double largest_eigenvalue(double s[DIM][DIM], int d)
{
    double a[DIM][DIM], scale = 0;
    for (int i = 0; i < d; i++) scale += s[i][i];
    if (scale <= 0) return 0;
    memcpy(a, s, sizeof a);
    for (int step = 0; step < 40; step++) {
        double next[DIM][DIM] = { { 0 } }, trace = 0;
        for (int i = 0; i < d; i++)
            for (int j = 0; j < d; j++)
                for (int k = 0; k < d; k++) next[i][j] += a[i][k] * a[k][j];
        for (int i = 0; i < d; i++) trace += next[i][i];
        for (int i = 0; i < d; i++)
            for (int j = 0; j < d; j++) a[i][j] = next[i][j] / trace;
    }
    double value = 0; /* a projects onto the leading eigenspace, trace 1 */
    for (int i = 0; i < d; i++)
        for (int j = 0; j < d; j++) value += s[i][j] * a[j][i];
    return value;
}

static single one_negative(const model *m, double tau, bool hinge)
{
    single r = { 0 };
    for (int p = 0; p < m->views; p++)
        for (int q = 0; q < m->views; q++) {
            if (m->cls[q] != m->cls[p]) continue;
            const double pair = m->weight[p] * m->weight[q] / m->rho[m->cls[p]];
            for (int n = 0; n < m->views; n++) {
                const double l = pair * m->weight[n] * ell(m->s[p][q] - m->s[p][n], hinge);
                r.un += l;
                if (m->cls[n] == m->cls[p])
                    r.same += l / tau;
                else
                    r.other += l / (1 - tau);
                for (int q2 = 0; q2 < m->views; q2++)
                    for (int n2 = 0; n2 < m->views; n2++)
                        if (m->cls[q2] == m->cls[q] && m->cls[n2] == m->cls[n])
                            r.block += pair * m->weight[n] * m->weight[q2] / m->rho[m->cls[q]] *
                                       m->weight[n2] / m->rho[m->cls[n]] *
                                       ell((m->s[p][q] + m->s[p][q2] - m->s[p][n] - m->s[p][n2]) / 2, hinge);
            }
        }
    for (int p = 0; p < m->views; p++)
        for (int c = 0; c < m->classes; c++)
            if (c != m->cls[p])
                r.mean += m->weight[p] * m->rho[c] / (1 - tau) *
                          ell(m->score[p][m->cls[p]] - m->score[p][c], hinge);
    for (int c = 0; c < m->classes; c++) {
        double s[DIM][DIM] = { { 0 } };
        for (int p = 0; p < m->views; p++)
            for (int i = 0; i < m->d && m->cls[p] == c; i++)
                for (int j = 0; j < m->d; j++)
                    s[i][j] += m->weight[p] / m->rho[c] * (m->f[p][i] - m->mean[c][i]) *
                               (m->f[p][j] - m->mean[c][j]);
        r.deviation += m->rho[c] * m->rho[c] / tau * sqrt(largest_eigenvalue(s, m->d)) / m->t;
    }
    return r;
}

/* Rounding: some hundred terms of at most a few tens each. */
#define AT_MOST(small, large) CHECK_LE((small) - (large), 1e-10 * (1 + fabs(large)))

static void check_contrastive(const model *m, const exact *e)
{
    akin_prior prior = AKIN_PRIOR_INIT;
    prior.classes = m->classes;
    prior.prior = m->uniform ? NULL : m->rho;
    akin_theory_plan plan = AKIN_THEORY_PLAN_INIT;
    akin_tradeoff f = AKIN_TRADEOFF_INIT;
    CHECK_OK(akin_theory_plan_compute(&prior, m->k, m->t, &plan, &err));
    CHECK_OK(akin_tradeoff_compute(&prior, m->k, m->t, &f, &err));
    CHECK_NEAR(plan.expected_ln_col1, e->ln, 1e-12);
    CHECK_NEAR(exp(plan.log_upsilon), e->upsilon, 1e-12);
    CHECK_NEAR(exp(plan.log1m_tau_k), e->clean, 1e-12);
    /* [Nozawa2021 eq.8, eq.10] and the sharper forms, in order */
    const double l = e->info - e->gap;
    AT_MOST(e->clean_sub + e->ln, l);
    AT_MOST(0.5 * (e->sub + e->ln), fmax(e->sub, e->ln));
    AT_MOST(fmax(e->sub, e->ln), e->max);
    AT_MOST(e->max, e->jensen);
    AT_MOST(e->jensen, l);
    if (isfinite(f.log_nozawa)) AT_MOST(e->sup, exp(f.log_nozawa) * (l - e->ln / 2 - e->partial / 2));
    if (isfinite(f.log_arora)) AT_MOST(e->sup, exp(f.log_arora) * (l - e->ln));
    AT_MOST(e->sup, l + f.bao_upper);
    AT_MOST(e->info_class + f.bao_lower, e->sup);
    if (m->uniform) {
        AT_MOST(e->sup, exp(f.log_ash) * (l - e->ln));
        AT_MOST(plan.info_min, e->info_class);
        AT_MOST(plan.sup_min, e->sup);
    }
    AT_MOST(plan.floor, e->info); /* no encoder is below the floor */
    /* [Arora2019 thm 6.1], weighted by anchors */
    AT_MOST(e->clean_hinge, e->hinge_k - plan.tau_k);
    AT_MOST(e->clean_sub, e->info_class - e->ln);
}

static void check_arora(const model *m)
{
    double tau = 0;
    for (int c = 0; c < m->classes; c++) tau += m->rho[c] * m->rho[c];
    for (int hinge = 0; hinge < 2; hinge++) {
        const single r = one_negative(m, tau, hinge);
        const double c = (hinge ? 1 : 1 / log(2)) / sqrt(2) * r.deviation;
        CHECK_NEAR(tau * r.same + (1 - tau) * r.other, r.un, 1e-11 * (1 + r.un));
        AT_MOST(r.mean, (r.un - tau) / (1 - tau));
        AT_MOST(r.mean, (r.block - tau) / (1 - tau));
        AT_MOST(r.block, r.un);
        AT_MOST(r.same - 1, c);
        AT_MOST(r.mean, r.other + tau / (1 - tau) * c);
    }
}

static void no_proved_inequality_fails(void **state)
{
    (void)state;
    int unequal = 0, differ = 0, needed = 0;
    for (test_seed = 1; test_seed <= MODELS; test_seed++) {
        const model m = random_model();
        const exact e = enumerate(&m);
        check_contrastive(&m, &e);
        check_arora(&m);
        /* Without equal classes E[l_sup; all there] is not upsilon L_sup. */
        if (!m.uniform && e.upsilon > 0) {
            unequal++;
            differ += fabs(e.covered_sup - e.upsilon * e.sup) > 1e-6;
        }
        if (m.uniform) CHECK_NEAR(e.covered_sup, e.upsilon * e.sup, 1e-11);
        needed += 0.5 * (e.sub + e.ln) > e.info + 1e-9; /* without d(f) the bound fails for views */
    }
    test_seed = 1;
    CHECK(differ > unequal / 2);
    CHECK(needed > 0);
}

/* The estimates of akin_bounds_compute on data whose empirical distribution is such a model: every item once
 * a view. AKIN_TEST_FULL=1 computes every row, and none of them may be false. */
static void estimates_agree_with_enumeration(void **state)
{
    (void)state;
    const bool all = getenv("AKIN_TEST_FULL") != NULL;
    const int64_t copies = all ? 300 : 40;
    for (test_seed = 1; test_seed <= (all ? 12 : 5); test_seed++) {
        model m = random_model();
        /* equal weights of views, classes by how many views they have: that is the empirical prior */
        for (int c = 0; c < 3; c++) m.rho[c] = 0;
        for (int p = 0; p < m.views; p++) {
            m.weight[p] = 1.0 / m.views;
            m.item[p] = p; /* one view an item: the positive is the item itself */
            m.rho[m.cls[p]] += m.weight[p];
        }
        fill(&m);
        const exact e = enumerate(&m);
        const int64_t n = m.views * copies;
        float *x = malloc((size_t)(n * m.d) * sizeof *x);
        int32_t *labels = malloc((size_t)n * sizeof *labels);
        for (int64_t i = 0; i < n; i++) {
            labels[i] = 7 * m.cls[i % m.views];
            for (int j = 0; j < m.d; j++) x[i * m.d + j] = (float)(3 * m.f[i % m.views][j]);
        }
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        in.a = (akin_cmat){ x, n, m.d, m.d };
        in.labels = labels;
        in.count = n;
        in.temperature = m.t;
        in.negatives = m.k;
        akin_bounds *bounds = NULL;
        CHECK_OK(akin_bounds_compute(&in, all ? NULL : "nozawa-sato,bao,awasthi", &bounds, &err));
        int found = 0;
        const akin_bound_row *r;
        for (int i = 0; (r = akin_bounds_at(bounds, i)); i++) {
            CHECK(r->holds != AKIN_TRUTH_NO || *r->mark);
            const bool info = strcmp(r->name, "nozawa-sato-jensen") == 0,
                       sup = strcmp(r->name, "bao-upper") == 0, cls = strcmp(r->name, "awasthi-optimum") == 0;
            const double want = info ? e.info : sup ? e.sup : cls ? e.info_class : NAN;
            if (isnan(want)) continue;
            found++;
            /* five standard errors, and the rounding of float similarities */
            const double half = 0.5 * (r->measured_interval[1] - r->measured_interval[0]);
            CHECK_NEAR(r->measured, want, 2.6 * half + 1e-5 / m.t);
            if (info)
                CHECK_NEAR(r->value, e.jensen + e.gap,
                           2.6 * half + 2.6 * (r->interval[1] - r->value) + 1e-5 / m.t);
        }
        CHECK(found == 3);
        akin_bounds_free(bounds);
        free(x);
        free(labels);
    }
    test_seed = 1;
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_proved_inequality_fails),
        cmocka_unit_test(estimates_agree_with_enumeration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
