/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds on pairs of views with labels: clusters, sufficiency, augmentation. Random sets of a few items,
 * small enough that the loss is a sum over all tuples of negatives; the sums share no code with the
 * library. AKIN_TEST_FULL=1 draws all of them. */
#include "bound_rows.h"
#include "test.h"

#include "akin/theory.h"
#include "base/plain.h"

enum { MOST = 7, COPIES = 400, DIM = 4, CLASSES = 3 };

static akin_error err;

static uint64_t sets(uint64_t few, uint64_t all) { return getenv("AKIN_TEST_FULL") ? all : few; }

typedef struct set {
    int n, d, k, classes;
    double t, rho[CLASSES];
    double u[MOST][DIM], v[MOST][DIM]; /* unit rows */
    int32_t label[MOST];
} set;

static void unit(double *x, int d)
{
    double length = 0;
    for (int j = 0; j < d; j++) length += x[j] * x[j];
    for (int j = 0; j < d; j++) x[j] /= sqrt(length);
}

static set random_set(void)
{
    static const double temperatures[] = { .1, .25, .5, 1 };
    set s = { .classes = (int)test_int(2, CLASSES), .d = (int)test_int(1, DIM), .k = (int)test_int(1, 3) };
    s.n = (int)test_int(s.classes, MOST);
    s.t = temperatures[test_int(0, 3)];
    double centre[CLASSES][DIM];
    const double apart = test_uniform(0, 3), noise = test_int(0, 2) ? test_uniform(0, 1) : 0;
    for (int c = 0; c < CLASSES; c++)
        for (int j = 0; j < s.d; j++) centre[c][j] = apart * test_normal();
    for (int i = 0; i < s.n; i++) {
        s.label[i] = i < s.classes ? i : (int32_t)test_int(0, s.classes - 1);
        s.rho[s.label[i]] += 1.0 / s.n;
        for (int j = 0; j < s.d; j++) {
            const double x = centre[s.label[i]][j] + test_normal();
            s.u[i][j] = x + noise * test_normal();
            s.v[i][j] = x + noise * test_normal();
        }
        unit(s.u[i], s.d);
        unit(s.v[i], s.d);
    }
    return s;
}

static double dot(const set *s, const double *x, const double *y)
{
    double sum = 0;
    for (int j = 0; j < s->d; j++) sum += x[j] * y[j];
    return sum;
}

static double sim(const set *s, int i, int j) { return dot(s, s->u[i], s->v[j]) / s->t; }

/* InfoNCE: each anchor, its partner, and K of all keys, with replacement. */
static double infonce(const set *s)
{
    double loss = 0;
    for (int i = 0; i < s->n; i++) {
        int at[3] = { 0 };
        for (;;) {
            double sum = 1;
            for (int k = 0; k < s->k; k++) sum += exp(sim(s, i, at[k]) - sim(s, i, i));
            loss += log(sum) / s->n / pow(s->n, s->k);
            int k = 0;
            while (k < s->k && ++at[k] == s->n) at[k++] = 0;
            if (k == s->k) break;
        }
    }
    return loss;
}

static double own_mean(const set *s, int i)
{
    double sum = 0;
    for (int j = 0; j < s->n; j++)
        if (s->label[j] == s->label[i]) sum += sim(s, i, j) / (s->rho[s->label[i]] * s->n);
    return sum;
}

static double mean_gap(const set *s)
{
    double sum = 0;
    for (int i = 0; i < s->n; i++) sum += (sim(s, i, i) - own_mean(s, i)) / s->n;
    return sum;
}

static double mean_partner(const set *s)
{
    double sum = 0;
    for (int i = 0; i < s->n; i++) sum += s->t * sim(s, i, i) / s->n;
    return sum;
}

static double views_bound(const set *s, double loss) { return 2 * s->t * log(s->k / expm1(loss)) - 1; }

/* E ln(1 + Col e^-g), Col binomial. */
static double height(const set *s, double rho, double g)
{
    double sum = 0, ways = 1;
    for (int m = 0; m <= s->k; m++) {
        sum += ways * pow(rho, m) * pow(1 - rho, s->k - m) * log1p(m * exp(-g));
        ways *= (double)(s->k - m) / (m + 1);
    }
    return sum;
}

/* The g with h(g) = want. */
static double solve_for(const set *s, double rho, double want)
{
    double low = -80, high = 80;
    for (int step = 0; step < 80; step++) {
        const double middle = (low + high) / 2;
        if (height(s, rho, middle) > want)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* Two classes: the mean of the gaps where the first is g and the loss is met. */
static double mean_at(const set *s, double loss, double g)
{
    const double left = (loss - s->rho[0] * height(s, s->rho[0], g)) / s->rho[1];
    return left > 0 ? s->rho[0] * g + s->rho[1] * solve_for(s, s->rho[1], left) : INFINITY;
}

/* The least of them: the set of pairs of gaps with at most that loss is convex. */
static double split_bound(const set *s, double loss)
{
    double low = solve_for(s, s->rho[0], loss / s->rho[0]), high = 60;
    for (int step = 0; step < 100; step++) {
        const double left = low + (high - low) / 3, right = high - (high - low) / 3;
        if (mean_at(s, loss, left) < mean_at(s, loss, right))
            high = right;
        else
            low = left;
    }
    return mean_at(s, loss, high);
}

static bool equal_classes(const set *s)
{
    bool equal = true;
    for (int c = 1; c < s->classes; c++) equal = equal && fabs(s->rho[c] - s->rho[0]) < 1e-12;
    return equal;
}

static akin_bounds *compute(const set *s, const char *list, int copies)
{
    const int64_t n = (int64_t)s->n * copies;
    float *x = malloc((size_t)(n * s->d) * sizeof *x), *y = malloc((size_t)(n * s->d) * sizeof *y);
    int32_t *label = malloc((size_t)n * sizeof *label);
    for (int64_t i = 0; i < n; i++) {
        label[i] = 3 * s->label[i % s->n];
        for (int j = 0; j < s->d; j++) {
            x[i * s->d + j] = (float)s->u[i % s->n][j];
            y[i * s->d + j] = (float)s->v[i % s->n][j];
        }
    }
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    akin_bounds *out = NULL;
    in.a = (akin_cmat){ x, n, s->d, s->d };
    in.b = (akin_cmat){ y, n, s->d, s->d };
    in.labels = label;
    in.count = n;
    in.negatives = s->k;
    in.temperature = s->t;
    CHECK_OK(akin_bounds_compute(&in, list, &out, &err));
    free(x);
    free(y);
    free(label);
    return out;
}

/* Clusters ------------------------------------------------------------------------------------------- */

static void the_loss_tells_of_views_and_classes(void **state)
{
    (void)state;
    int split = 0, says = 0;
    for (test_seed = 1; test_seed <= sets(600, 3000); test_seed++) {
        const set s = random_set();
        const double loss = infonce(&s), partner = mean_partner(&s), gap = mean_gap(&s);
        CHECK_LE(views_bound(&s, loss), partner + 1e-9);
        says += views_bound(&s, loss) > 0;
        if (equal_classes(&s)) {
            const double least = solve_for(&s, s.rho[0], loss);
            CHECK_LE(least, gap + 1e-9);
            split += least > 0;
        } else if (s.classes == 2 && test_seed % 20 == 0) {
            const double least = split_bound(&s, loss);
            CHECK_LE(least, gap + 1e-6);
        }
    }
    test_seed = 1;
    CHECK(split > (int)sets(2, 20) && says > (int)sets(2, 20));
}

/* The rows on sets whose distribution is such a set: the library draws, so that its loss has an error. */
static void rows_of_clusters_agree_with_enumeration(void **state)
{
    (void)state;
    int unequal = 0;
    for (test_seed = 1; test_seed <= sets(4, 30); test_seed++) {
        const set s = random_set();
        const double loss = infonce(&s);
        akin_bounds *b = compute(&s, "clusters", (int)sets(COPIES / 8, COPIES));
        const akin_bound_row *r = row_of(b, "clusters-views");
        CHECK_NEAR(r->measured, mean_partner(&s), 1e-6);
        CHECK_NEAR(r->value, views_bound(&s, loss), 2.6 * (r->interval[1] - r->value) + 1e-3);
        CHECK(r->holds != AKIN_TRUTH_NO);
        r = row_of(b, "clusters-split");
        CHECK_NEAR(r->measured, mean_gap(&s), 1e-5 / s.t);
        CHECK(r->holds != AKIN_TRUTH_NO);
        const bool equal = equal_classes(&s);
        const double want = equal            ? solve_for(&s, s.rho[0], loss)
                            : s.classes == 2 ? split_bound(&s, loss)
                                             : NAN;
        if (!isnan(want) && want > -10) CHECK_NEAR(r->value, want, 2.6 * (r->interval[1] - r->value) + 1e-3);
        unequal += !isnan(want) && !equal;
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(unequal > (int)sets(0, 3));
}

/* Two classes of equal size, K = 1: Col is 0 or 1 with probability 1/2, so the gap at loss L is
 * -ln(e^{2L} - 1): 0 at L = ln(2)/2, and ln 3 at L = ln(4/3)/2. Every item alone in its own direction, four
 * of them, two a class, both views equal: s is 1/t or 0, L = 1/4 ln 2 + 3/4 ln(1 + e^{-1/t}). */
static void a_split_by_hand(void **state)
{
    (void)state;
    set s = { .n = 4, .d = 4, .k = 1, .classes = 2, .t = 0.25, .rho = { .5, .5 }, .label = { 0, 0, 1, 1 } };
    for (int i = 0; i < 4; i++) s.u[i][i] = s.v[i][i] = 1;
    const double loss = infonce(&s), by_hand = 0.25 * log(2) + 0.75 * log1p(exp(-4));
    CHECK_NEAR(loss, by_hand, 1e-12);
    CHECK_NEAR(solve_for(&s, 0.5, log(4.0 / 3) / 2), log(3), 1e-9);
    akin_bounds *b = compute(&s, "clusters", (int)sets(400, 2000));
    const akin_bound_row *r = row_of(b, "clusters-split");
    CHECK_NEAR(r->measured, 0.5 * 4, 1e-6); /* s_partner - s_own = 4 - 2 */
    CHECK_NEAR(r->value, -log(exp(2 * by_hand) - 1), 2.6 * (r->interval[1] - r->value) + 1e-6);
    CHECK(r->value > 0 && !r->vacuous && r->holds == AKIN_TRUTH_YES);
    akin_bounds_free(b);
}

/* Sufficiency ---------------------------------------------------------------------------------------- */

static void the_vote_loses_no_more_than_the_similarities(void **state)
{
    (void)state;
    int says = 0;
    for (test_seed = 1; test_seed <= sets(100, 1500); test_seed++) {
        set s = random_set();
        if (test_seed % 5 == 0) s.t = 0.002; /* e^{1/t} overflows */
        double deficit = 0, label = 0, error = 0;
        for (int i = 0; i < s.n; i++) {
            double all = 0, other = 0, high = -INFINITY;
            for (int j = 0; j < s.n; j++) high = fmax(high, sim(&s, i, j));
            for (int j = 0; j < s.n; j++) {
                all += exp(sim(&s, i, j) - high);
                other += s.label[j] != s.label[i] ? exp(sim(&s, i, j) - high) : 0;
            }
            deficit += (log(all) + high - sim(&s, i, i)) / s.n;
            label += log(all / fmax(all - other, 1e-300)) / s.n;
            error += other / all / s.n;
        }
        CHECK_LE(error, 1 - exp(-deficit) + 1e-9);
        akin_bounds *b = compute(&s, "sufficiency", 1);
        CHECK_NEAR(row_of(b, "sufficiency-deficit")->measured, deficit, 1e-5 / s.t);
        const akin_bound_row *r = row_of(b, "sufficiency-label");
        if (s.t > 0.01) {
            CHECK_LE(label, deficit + 1e-9);
            CHECK_NEAR(r->measured, label, 1e-5 / s.t);
            CHECK_NEAR(row_of(b, "sufficiency-error")->measured, error, 1e-5 / s.t);
        }
        CHECK_NEAR(r->value, deficit, 1e-5 / s.t);
        CHECK(r->holds == AKIN_TRUTH_YES);
        r = row_of(b, "sufficiency-error");
        CHECK_NEAR(r->value, 1 - exp(-deficit), 1e-5 / s.t);
        CHECK(r->holds == AKIN_TRUTH_YES);
        says += !r->vacuous;
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(says > (int)sets(5, 100));
}

/* Augmentation --------------------------------------------------------------------------------------- */

static double length(const set *s, const double *x, const double *y)
{
    double sum = 0;
    for (int j = 0; j < s->d; j++) sum += (x[j] - y[j]) * (x[j] - y[j]);
    return sqrt(sum);
}

static double supervised(const set *s)
{
    double loss = 0;
    for (int i = 0; i < s->n; i++) {
        double sum = 0;
        for (int c = 0; c < s->classes; c++) {
            double score = 0;
            for (int j = 0; j < s->n; j++)
                if (s->label[j] == c) score += sim(s, i, j) / (s->rho[c] * s->n);
            sum += exp(score - own_mean(s, i));
        }
        loss += log(sum) / s->n;
    }
    return loss;
}

/* Mean distance of the views of an item, and mean over pairs of a class of the least one of theirs. */
static void distances(const set *s, double *w, double *m)
{
    *w = *m = 0;
    for (int i = 0; i < s->n; i++) {
        *w += length(s, s->u[i], s->v[i]) / s->n;
        for (int j = 0; j < s->n; j++) {
            if (j == i || s->label[j] != s->label[i]) continue;
            const double near = fmin(fmin(length(s, s->u[i], s->u[j]), length(s, s->u[i], s->v[j])),
                                     fmin(length(s, s->v[i], s->u[j]), length(s, s->v[i], s->v[j])));
            *m += near / (s->rho[s->label[i]] * s->n) / s->n;
        }
    }
}

static double surrogate_gap(const set *s)
{
    akin_prior prior = AKIN_PRIOR_INIT;
    prior.classes = s->classes;
    prior.prior = s->rho;
    akin_tradeoff f = AKIN_TRADEOFF_INIT;
    CHECK_OK(akin_tradeoff_compute(&prior, s->k, s->t, &f, &err));
    return f.bao_upper;
}

static void augmentations_bound_the_supervised_loss(void **state)
{
    (void)state;
    for (test_seed = 1; test_seed <= sets(100, 2000); test_seed++) {
        const set s = random_set();
        double w, m, got_w = NAN, got_m = NAN;
        distances(&s, &w, &m);
        CHECK_LE(supervised(&s), infonce(&s) + (2 * w + m) / s.t + surrogate_gap(&s) + 1e-9);
        const bool rows = test_seed <= sets(4, 40); /* many copies: the loss and the pairs are drawn */
        akin_bounds *b = compute(&s, "augmentation", rows ? (int)sets(COPIES / 8, COPIES) : 1);
        const akin_bound_row *r = row_of(b, "augmentation-upper");
        /* no sscanf(): it reads numbers as the locale writes them */
        static const char apart[] = "views of an item are ", near[] = "come as near as ";
        const char *at = strstr(r->assumed, apart);
        if (at) got_w = ak_strtod(at + strlen(apart), NULL);
        at = strstr(r->assumed, near);
        if (at) got_m = ak_strtod(at + strlen(near), NULL);
        CHECK_NEAR(got_w, w, 1e-3 * (1 + w));
        CHECK_NEAR(got_m, m, (rows ? 0.05 : 1e-3) * (1 + m));
        if (rows)
            CHECK_NEAR(r->value, infonce(&s) + (2 * w + m) / s.t + surrogate_gap(&s),
                       2.6 * (r->interval[1] - r->value) + 1e-3 / s.t);
        CHECK(r->holds != AKIN_TRUTH_NO);
        akin_bounds_free(b);
    }
    test_seed = 1;
}

/* Geometry ------------------------------------------------------------------------------------------- */

/* f of class means: every anchor class, all tuples of labels. */
static double of_means(const set *s, double x[][DIM], double y[][DIM])
{
    double loss = 0;
    for (int i = 0; i < s->classes; i++) {
        int at[3] = { 0 };
        for (;;) {
            double sum = 1, p = s->rho[i];
            for (int k = 0; k < s->k; k++) {
                p *= s->rho[at[k]];
                sum += exp((dot(s, x[i], y[at[k]]) - dot(s, x[i], y[i])) / s->t);
            }
            loss += p * log(sum);
            int k = 0;
            while (k < s->k && ++at[k] == s->classes) at[k++] = 0;
            if (k == s->k) break;
        }
    }
    return loss;
}

/* InfoNCE with any item of the class as positive. */
static double class_wise(const set *s)
{
    double loss = 0;
    for (int i = 0; i < s->n; i++)
        for (int b = 0; b < s->n; b++) {
            if (s->label[b] != s->label[i]) continue;
            int at[3] = { 0 };
            for (;;) {
                double sum = 1;
                for (int k = 0; k < s->k; k++) sum += exp(sim(s, i, at[k]) - sim(s, i, b));
                loss += log(sum) / s->n / pow(s->n, s->k) / (s->rho[s->label[i]] * s->n);
                int k = 0;
                while (k < s->k && ++at[k] == s->n) at[k++] = 0;
                if (k == s->k) break;
            }
        }
    return loss;
}

/* Downhill by random steps from near the simplex: what it finds is attained, so the bound is not above it. */
static double search(set *s)
{
    double x[CLASSES][DIM], y[CLASSES][DIM], best = INFINITY, step = 0.5;
    s->d = DIM;
    for (int c = 0; c < s->classes; c++)
        for (int j = 0; j < DIM; j++) x[c][j] = y[c][j] = 0;
    for (int c = 0; c < s->classes; c++) x[c][c] = y[c][c] = 1;
    best = of_means(s, x, y);
    for (int tries = 0; tries < 4000; tries++) {
        double u[CLASSES][DIM], v[CLASSES][DIM];
        for (int c = 0; c < s->classes; c++) {
            for (int j = 0; j < DIM; j++) {
                u[c][j] = x[c][j] + step * test_normal();
                v[c][j] = y[c][j] + step * test_normal();
            }
            unit(u[c], DIM);
            unit(v[c], DIM);
        }
        const double now = of_means(s, u, v);
        step = fmax(now < best ? 1.3 * step : 0.98 * step, 1e-4);
        if (now >= best) continue;
        best = now;
        memcpy(x, u, sizeof x);
        memcpy(y, v, sizeof y);
    }
    return best;
}

static void no_encoder_is_below_the_best_geometry(void **state)
{
    (void)state;
    int unequal = 0;
    for (test_seed = 1; test_seed <= sets(12, 300); test_seed++) {
        set s = random_set();
        const double loss = class_wise(&s);
        akin_bounds *b = compute(&s, "geometry", 1);
        const akin_bound_row *r = row_of(b, "geometry-optimum");
        CHECK_LE(r->value, loss + 1e-9);
        CHECK(r->holds != AKIN_TRUTH_NO);
        if (equal_classes(&s)) { /* the simplex, by hand */
            double want = 0, ways = 1;
            const double c = s.classes;
            for (int m = 0; m <= s.k; m++) {
                want += ways * pow(1 / c, m) * pow(1 - 1 / c, s.k - m) *
                        log(1 + m + (s.k - m) * exp(-c / ((c - 1) * s.t)));
                ways *= (double)(s.k - m) / (m + 1);
            }
            CHECK_NEAR(r->value, want, 1e-7);
        } else if (test_seed % 4 == 0) {
            const double found = search(&s);
            CHECK_LE(r->value, found + 1e-9);
            CHECK_LE(found - r->value, 2e-3 * (1 + 1 / s.t)); /* as near as random steps come */
            unequal++;
        }
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(unequal > (int)sets(0, 20));
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_tells_of_views_and_classes),
        cmocka_unit_test(rows_of_clusters_agree_with_enumeration),
        cmocka_unit_test(a_split_by_hand),
        cmocka_unit_test(the_vote_loses_no_more_than_the_similarities),
        cmocka_unit_test(augmentations_bound_the_supervised_loss),
        cmocka_unit_test(no_encoder_is_below_the_best_geometry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
