/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds on pairs of views, each on random small sets against sums in double that share no code with the
 * library: every subset of others, every configuration that attains an optimum, every exchange of an item.
 *
 * Similarities of the library are of float rows: an error of 1e-6 or so, over t; a loss passes it on
 * undiminished at most, times the number of others where it sums over them. */
#include "bound_rows.h"
#include "test.h"

#include "akin/theory.h"

enum { MOST = 64, DIM = 8 };

static akin_error err;

typedef struct set {
    int n, d, k;
    double t;
    float a[MOST * DIM], b[MOST * DIM];
    double u[MOST][DIM], v[MOST][DIM]; /* at unit length */
    int32_t label[MOST];
    int classes;
} set;

static void unit_rows(set *s)
{
    for (int i = 0; i < s->n; i++) {
        double x = 0, y = 0;
        for (int j = 0; j < s->d; j++) {
            x += (double)s->a[i * s->d + j] * (double)s->a[i * s->d + j];
            y += (double)s->b[i * s->d + j] * (double)s->b[i * s->d + j];
        }
        for (int j = 0; j < s->d; j++) {
            s->u[i][j] = (double)s->a[i * s->d + j] / sqrt(x);
            s->v[i][j] = (double)s->b[i * s->d + j] / sqrt(y);
        }
    }
}

static set random_set(int least, int most)
{
    static const double temperatures[] = { .07, .25, .5, 1 };
    set s = { .n = (int)test_int(least, most),
              .d = (int)test_int(1, DIM),
              .t = temperatures[test_int(0, 3)] };
    s.classes = (int)test_int(2, s.n < 4 ? s.n : 4);
    s.k = (int)test_int(1, 80);
    double centre[4][DIM];
    const double apart = test_uniform(0, 2), noise = test_uniform(0, 1) * (double)test_int(0, 1);
    for (int c = 0; c < 4; c++)
        for (int j = 0; j < s.d; j++) centre[c][j] = apart * test_normal();
    for (int i = 0; i < s.n; i++) {
        s.label[i] = i < s.classes ? i : (int32_t)test_int(0, s.classes - 1);
        for (int j = 0; j < s.d; j++) {
            const double x = centre[s.label[i]][j] + test_normal();
            s.a[i * s.d + j] = (float)(x + noise * test_normal());
            s.b[i * s.d + j] = (float)(x + noise * test_normal());
        }
    }
    unit_rows(&s);
    return s;
}

static double sim(const set *s, int i, int j)
{
    double sum = 0;
    for (int k = 0; k < s->d; k++) sum += s->u[i][k] * s->v[j][k];
    return sum / s->t;
}

static akin_bounds *compute(const set *s, const char *list, const akin_bound_run *run)
{
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    akin_bounds *out = NULL;
    in.a = (akin_cmat){ s->a, s->n, s->d, s->d };
    in.b = (akin_cmat){ s->b, s->n, s->d, s->d };
    in.labels = s->label;
    in.count = s->n;
    in.negatives = s->k;
    in.temperature = s->t;
    in.seed = test_seed;
    in.run = run;
    CHECK_OK(akin_bounds_compute(&in, list, &out, &err));
    return out;
}

static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double half_of(const akin_bound_row *r)
{
    return 0.5 * (r->measured_interval[1] - r->measured_interval[0]);
}

/* Ranks ---------------------------------------------------------------------------------------------- */

/* All others are candidates: loss and rank of every anchor, and both sides of each row. */
static void ranks_are_bounded_by_the_loss(void **state)
{
    (void)state;
    int says = 0;
    for (test_seed = 1; test_seed <= 2000; test_seed++) {
        set s = random_set(2, 24);
        s.k = s.n - 1 + (int)test_int(0, 1) * 100;
        double loss = 0, auc = 0, first = 0, ten = 0, reciprocal = 0;
        bool tie = false;
        for (int i = 0; i < s.n; i++) {
            double sum = 1, above = 0;
            for (int j = 0; j < s.n; j++) {
                if (j == i) continue;
                sum += exp(sim(&s, i, j) - sim(&s, i, i));
                above += sim(&s, i, j) >= sim(&s, i, i);
                tie = tie || fabs(sim(&s, i, j) - sim(&s, i, i)) < 1e-5 / s.t;
            }
            loss += log(sum) / s.n;
            auc += above / (s.n - 1) / s.n;
            first += (above >= 1) / (double)s.n;
            ten += (above >= 10) / (double)s.n;
            reciprocal += 1 / (1 + above) / s.n;
        }
        akin_bounds *b = compute(&s, "retrieval", NULL);
        const akin_bound_row *r = row_of(b, "retrieval-auc");
        CHECK_LE(auc, loss / log(s.n) + 1e-12); /* the statements themselves */
        CHECK_LE(first, loss / log(2) + 1e-12);
        CHECK_LE(ten, loss / log(11) + 1e-12);
        CHECK_LE(exp(-loss), reciprocal + 1e-12);
        CHECK_NEAR(r->value, loss / log(s.n), 1e-5 / s.t);
        if (!tie) CHECK_NEAR(r->measured, auc, 1e-9);
        says += r->value < 0.25;
        r = row_of(b, "retrieval-top-1");
        CHECK_NEAR(r->value, loss / log(2), 1e-5 / s.t);
        if (!tie) CHECK_NEAR(r->measured, first, 1e-9);
        CHECK_NEAR(r->reference, (s.n - 1.0) / s.n, 1e-12);
        r = row_of(b, "retrieval-reciprocal-rank");
        CHECK_NEAR(r->value, exp(-loss), 1e-5 / s.t);
        if (!tie) CHECK_NEAR(r->measured, reciprocal, 1e-9);
        if (s.n > 10) {
            r = row_of(b, "retrieval-top-10");
            CHECK_NEAR(r->value, loss / log(11), 1e-5 / s.t);
            if (!tie) CHECK_NEAR(r->measured, ten, 1e-9);
        }
        for (int i = 0; (r = akin_bounds_at(b, i)); i++) CHECK(r->holds == AKIN_TRUTH_YES);
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(says > 100);
}

/* Mean loss over anchors and all subsets of k others, by pairs of others. */
static double mean_loss(const set *s, int k)
{
    double sum = 0;
    for (int i = 0; i < s->n; i++)
        for (int j = 0; j < s->n; j++)
            for (int l = 0; l < s->n && j != i; l++) {
                if (l == i || (k == 2 && l == j) || (k == 1 && l != j)) continue;
                const double own = sim(s, i, i), one = exp(sim(s, i, j) - own);
                sum += log(1 + one + (k == 2 ? exp(sim(s, i, l) - own) : 0)) / s->n / (s->n - 1) /
                       (k == 2 ? s->n - 2 : 1);
            }
    return sum;
}

/* Few of many: what is drawn estimates the mean over all subsets. */
static void draws_are_subsets_of_the_others(void **state)
{
    (void)state;
    double total = 0, square = 0;
    enum { RUNS = 300 };
    for (test_seed = 1; test_seed <= RUNS; test_seed++) {
        set s = random_set(20, MOST);
        s.k = (int)test_int(1, 2);
        s.t = fmax(s.t, 0.5); /* so that a mean of twenty losses is nearly normal */
        akin_bounds *b = compute(&s, "held-out,retrieval", NULL);
        const akin_bound_row *r = row_of(b, "held-out-infonce");
        const double want = mean_loss(&s, s.k), half = half_of(r);
        CHECK_LE(fabs(r->measured - want), 3 * half + 1e-5 / s.t);
        total += (r->measured - want) / fmax(half, 1e-9) / RUNS; /* no bias */
        square += pow((r->measured - want) / fmax(half, 1e-9), 2) / RUNS;
        CHECK_NEAR(row_of(b, "retrieval-auc")->value, r->measured / log(1 + s.k), 1e-9 / s.t);
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK_LE(fabs(total), 0.1);
    CHECK_LE(square, 0.3); /* the half width is two standard deviations, of anchors and draws together */
}

/* New items ------------------------------------------------------------------------------------------ */

/* No exchange of one item changes the mean loss by more than what McDiarmid's inequality is given. */
static void an_exchange_changes_no_more(void **state)
{
    (void)state;
    double closest = 0;
    for (test_seed = 1; test_seed <= 4000; test_seed++) {
        set s = random_set(3, 6);
        const int k = (int)test_int(1, 2);
        if (test_seed % 2) { /* the extreme: all but one item in one direction, partners opposite */
            s.d = 2;
            for (int i = 0; i < s.n; i++) {
                s.a[2 * i] = 1, s.b[2 * i] = test_int(0, 3) ? -1 : 1;
                s.a[2 * i + 1] = s.b[2 * i + 1] = 0;
            }
            unit_rows(&s);
        }
        const double before = mean_loss(&s, k), x = 2 / s.t;
        const double range = softplus(log(k) + x) - softplus(log(k) - x);
        const double c = range / s.n + k * log1p(expm1(x) / (k + 1)) / (s.n - 1);
        for (int j = 0; j < s.d; j++) {
            s.a[j] = (float)test_normal();
            s.b[j] = test_int(0, 1) ? -s.a[j] : s.a[j];
        }
        unit_rows(&s);
        const double change = fabs(mean_loss(&s, k) - before);
        CHECK_LE(change, c + 1e-9);
        closest = fmax(closest, change / c);
    }
    test_seed = 1;
    CHECK(closest > 0.5); /* the constant is not a wild one */
}

/* A population of eight items: L is a finite sum, and a sample's bound is below it in at most a share delta
 * of the samples. By hand, for two items, K = 1, t = 1: one tuple, range 2, so U + 2 sqrt(ln(20)/2). */
static void new_items_are_within_the_bound(void **state)
{
    (void)state;
    enum { KINDS = 8, RUNS = 400 };
    int below = 0;
    set p = random_set(KINDS, KINDS);
    for (test_seed = 1; test_seed <= RUNS; test_seed++) {
        if (test_seed % 20 == 1) p = random_set(KINDS, KINDS);
        double l = 0;
        for (int i = 0; i < KINDS; i++)
            for (int j = 0; j < KINDS; j++)
                for (int m = 0; m < KINDS; m++)
                    l += log(1 + exp(sim(&p, i, j) - sim(&p, i, i)) + exp(sim(&p, i, m) - sim(&p, i, i))) /
                         pow(KINDS, 3);
        set s = p;
        s.n = MOST;
        s.k = 2;
        for (int i = 0; i < MOST; i++) {
            const int kind = (int)test_int(0, KINDS - 1);
            memcpy(s.a + i * s.d, p.a + kind * s.d, (size_t)s.d * sizeof *s.a);
            memcpy(s.b + i * s.d, p.b + kind * s.d, (size_t)s.d * sizeof *s.b);
            s.label[i] = i % 2;
        }
        akin_bounds *b = compute(&s, "held-out", NULL);
        const akin_bound_row *r = row_of(b, "held-out-infonce");
        below += r->value < l;
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK_LE(below, 0.05 * RUNS);
    set two = { .n = 2, .d = 2, .k = 1, .t = 1, .a = { 1, 0, 0, 1 }, .b = { 1, 0, 0, 1 }, .label = { 0, 1 } };
    akin_bounds *b = compute(&two, "held-out", NULL);
    CHECK_NEAR(row_of(b, "held-out-infonce")->measured, log(1 + exp(-1)), 1e-6);
    CHECK_NEAR(row_of(b, "held-out-infonce")->value, log(1 + exp(-1)) + 2 * sqrt(log(20) / 2), 1e-6);
    akin_bounds_free(b);
}

/* 5,000 items: the bound says something, and its distance from what is measured grows with ln K, not K. */
static void the_number_of_others_counts_by_its_logarithm(void **state)
{
    (void)state;
    enum { N = 5000 };
    static float x[2 * N];
    static int32_t label[N];
    for (int i = 0; i < N; i++) {
        const double angle = test_uniform(0, 6.3);
        x[2 * i] = (float)cos(angle), x[2 * i + 1] = (float)sin(angle);
        label[i] = i % 2;
    }
    double beyond[2] = { 0 };
    for (int i = 0; i < 2; i++) {
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        akin_bounds *b = NULL;
        in.a = (akin_cmat){ x, N, 2, 2 };
        in.labels = label;
        in.count = N;
        in.temperature = 1;
        in.negatives = i ? 1000 : 10;
        CHECK_OK(akin_bounds_compute(&in, "held-out", &b, &err));
        const akin_bound_row *r = row_of(b, "held-out-infonce");
        beyond[i] = r->value - r->measured;
        const double k = (double)in.negatives, range = softplus(log(k) + 2) - softplus(log(k) - 2);
        const double c = range / N + k * log1p(expm1(2) / (k + 1)) / (N - 1); /* t = 1 */
        const double tuples = range / sqrt(floor(N / (k + 1)));
        CHECK_NEAR(beyond[i], (fmin(c * sqrt(N), tuples) + range / sqrt(N)) * sqrt(log(40) / 2), 1e-9);
        CHECK(!r->vacuous && r->value < r->reference);
        akin_bounds_free(b);
    }
    CHECK_LE(beyond[1], 1.5 * beyond[0]);
}

/* The sigmoid loss ----------------------------------------------------------------------------------- */

/* The loss of one batch. */
static double sigmoid_loss(int m, int d, double x[][DIM], double y[][DIM], double scale, double bias)
{
    double loss = 0;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < m; j++) {
            double s = 0;
            for (int k = 0; k < d; k++) s += x[i][k] * y[j][k];
            loss += softplus(i == j ? -(scale * s + bias) : scale * s + bias) / m;
        }
    return loss;
}

/* m corners of a simplex in m columns, each at unit length, and a column that shifts the views apart. */
static void shifted_simplex(int m, double p, double x[][DIM], double y[][DIM])
{
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < m; j++)
            x[i][j] = y[i][j] = ((i == j) - 1.0 / m) / sqrt(1 - 1.0 / m) * sqrt((1 + p) / 2);
        x[i][m] = sqrt((1 - p) / 2);
        y[i][m] = -sqrt((1 - p) / 2);
    }
}

static void the_sigmoid_optimum_is_attained_and_never_beaten(void **state)
{
    (void)state;
    int kinds[3] = { 0, 0, 0 };
    for (test_seed = 1; test_seed <= 500; test_seed++) {
        const int m = (int)test_int(2, DIM - 1);
        set s = random_set(m, MOST);
        akin_bound_run run = AKIN_BOUND_RUN_INIT;
        s.k = m - 1;
        const double scale = 1 / s.t, bias = run.sigmoid_bias = test_uniform(-2, 2) * scale;
        double x[DIM][DIM], y[DIM][DIM], least = INFINITY;
        enum { STEPS = 2000 };
        for (int step = 0; step <= STEPS; step++) {
            const double p = 2.0 * step / STEPS - 1;
            shifted_simplex(m, p, x, y);
            const double loss = sigmoid_loss(m, m + 1, x, y, scale, bias);
            least = fmin(least, loss);
        }
        akin_bounds *b = compute(&s, "sigmoid", &run);
        const akin_bound_row *best = row_of(b, "sigmoid-optimum"), *p = row_of(b, "sigmoid-optimal-partner");
        CHECK_LE(best->value, least + 1e-9 * (1 + least));         /* never above what is attained */
        CHECK_LE(least - best->value, 1e-4 * (1 + scale * least)); /* and the grid comes near it */
        shifted_simplex(m, p->value, x, y); /* where the loss is flat, any place will do */
        CHECK_NEAR(sigmoid_loss(m, m + 1, x, y, scale, bias), best->value, 1e-9 * (1 + least));
        kinds[p->value == 1 ? 0 : p->value == -1 ? 1 : 2]++;
        double want = 0, cosine = 0; /* batches of this set: any m of its items */
        for (int i = 0; i < s.n; i++)
            for (int j = 0; j < s.n; j++) {
                const double z = s.t * sim(&s, i, j) * scale + bias;
                want += i == j ? softplus(-z) / s.n : (m - 1) * softplus(z) / s.n / (s.n - 1);
                cosine += i == j ? s.t * sim(&s, i, j) / s.n : 0;
            }
        CHECK_NEAR(best->measured, want, 1e-5 * m * scale);
        CHECK_NEAR(p->measured, cosine, 1e-6);
        CHECK(best->holds == AKIN_TRUTH_YES);
        for (int i = 0; i < 200; i++) { /* no batch is below */
            for (int r = 0; r < m; r++) {
                double lx = 0, ly = 0;
                for (int j = 0; j < DIM; j++)
                    lx += pow(x[r][j] = test_normal(), 2), ly += pow(y[r][j] = test_normal(), 2);
                for (int j = 0; j < DIM; j++) x[r][j] /= sqrt(lx), y[r][j] /= sqrt(ly);
            }
            CHECK_LE(best->value, sigmoid_loss(m, DIM, x, y, scale, bias) + 1e-9);
        }
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(kinds[0] > 20 && kinds[1] > 20 && kinds[2] > 20);
}

/* The margin of random sets, and of shifted simplices, where the bound is attained; the loss follows: with a
 * margin it goes to 0 with the scale, without it does not. */
static void margins_are_below_their_bound(void **state)
{
    (void)state;
    int positive = 0;
    for (test_seed = 1; test_seed <= 1000; test_seed++) {
        set s = random_set(2, 12);
        const bool tight = test_seed % 2;
        if (tight) {
            double x[DIM][DIM], y[DIM][DIM];
            const double p = test_uniform(-1, 1);
            s.n = (int)test_int(2, DIM - 1);
            s.d = s.n + 1;
            shifted_simplex(s.n, p, x, y);
            for (int i = 0; i < s.n; i++)
                for (int j = 0; j < s.d; j++) {
                    s.a[i * s.d + j] = (float)x[i][j], s.b[i * s.d + j] = (float)y[i][j];
                    s.label[i] = i % 2;
                }
            unit_rows(&s);
        }
        double least = INFINITY, most = -INFINITY;
        for (int i = 0; i < s.n; i++)
            for (int j = 0; j < s.n; j++) {
                const double c = s.t * sim(&s, i, j);
                if (i == j)
                    least = fmin(least, c);
                else
                    most = fmax(most, c);
            }
        akin_bounds *b = compute(&s, "sigmoid", NULL);
        const akin_bound_row *r = row_of(b, "sigmoid-margin");
        const double m = (least - most) / 2, rel = (least + most) / 2;
        CHECK_NEAR(r->measured, m, 1e-6);
        CHECK_NEAR(r->value, fmin((1 + rel) * s.n / (3 * s.n - 4), 1 - rel), 1e-5);
        CHECK_LE(m, fmin((1 + rel) * s.n / (3 * s.n - 4), 1 - rel) + 1e-9);
        if (tight) CHECK_NEAR(r->measured, r->value, 2e-5);
        positive += m > 0.01;
        double x[MOST] = { 0 }; /* the loss at scales 100 and 400 over the margin, bias -b* scale */
        for (int i = 0; i < s.n; i++)
            for (int j = 0; j < s.n; j++)
                for (int k = 0; k < 2; k++) {
                    const double z = (k ? 400 : 100) / fmax(fabs(m), 0.01) * (s.t * sim(&s, i, j) - rel);
                    x[k] += softplus(i == j ? -z : z) / s.n;
                }
        if (m > 0.01) CHECK_LE(x[1], 1e-9);
        if (m < -0.01) CHECK_LE(x[0], x[1]);
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(positive > 100);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_bounded_by_the_loss),
        cmocka_unit_test(draws_are_subsets_of_the_others),
        cmocka_unit_test(an_exchange_changes_no_more),
        cmocka_unit_test(new_items_are_within_the_bound),
        cmocka_unit_test(the_number_of_others_counts_by_its_logarithm),
        cmocka_unit_test(the_sigmoid_optimum_is_attained_and_never_beaten),
        cmocka_unit_test(margins_are_below_their_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
