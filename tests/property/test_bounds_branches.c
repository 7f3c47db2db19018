/* SPDX-License-Identifier: Apache-2.0 */
/* similarity, ranks and momentum on models that are enumerated: every value from its formula in double, with
 * eigenvalues by Jacobi, and every inequality. */
#include "enumerated.h"

#include "bound_rows.h"

enum { FULL = 1000, SHORT = 60 };

static int models(void) { return getenv("AKIN_TEST_FULL") ? FULL : SHORT; }

static model a_model(void)
{
    static const int sizes[] = { 18, 24, 32, 48, 100, 300, 1000, 5000 };
    model m = random_model(sizes[test_int(0, test_int(0, 3) ? 5 : 7)]);
    fill(&m);
    return m;
}

static bool holds(const akin_bound_row *r)
{
    if (r->holds != AKIN_TRUTH_YES)
        print_error("%s: measured %.12g, bound %.12g, %s (seed %llu)\n", r->name, r->measured, r->value,
                    r->reason, (unsigned long long)test_seed);
    return r->holds == AKIN_TRUTH_YES;
}

/* similarity --------------------------------------------------------------------------------------------- */

typedef struct similar {
    double within, between, loss, error, bound, kernel;
} similar;

static double apart(const double *x, const double *y, int d)
{
    double sum = 0;
    for (int j = 0; j < d; j++) sum += (x[j] - y[j]) * (x[j] - y[j]);
    return sum;
}

/* Over pairs of types and views, as the definitions have it: no means of products. */
static similar similarity_of(const model *m, double lambda)
{
    similar s = { 0 };
    double view[2 * TYPES][DIM], weight[2 * TYPES], mean[CLASSES][DIM] = { { 0 } }, spread[CLASSES] = { 0 },
                                                    most = 0;
    for (int i = 0; i < 2 * m->types; i++) {
        const int v = i / 2, c = m->cls[v];
        weight[i] = m->weight[v] / 2;
        most = fmax(most, m->rho[c]);
        for (int j = 0; j < m->d; j++) {
            view[i][j] = (double)(i % 2 ? m->b : m->a)[v][j];
            mean[c][j] += weight[i] / m->rho[c] * view[i][j];
        }
    }
    for (int i = 0; i < 2 * m->types; i++)
        for (int k = 0; k < 2 * m->types; k++) {
            const int c = m->cls[i / 2];
            const double mass = weight[i] * weight[k], far = apart(view[i], view[k], m->d), dot = 1 - far / 2;
            if (c == m->cls[k / 2]) {
                s.within += mass * far;
                s.loss -= mass / m->rho[c] * dot;
            } else
                s.between += mass * dot;
            s.loss += lambda * mass * dot;
        }
    for (int i = 0; i < 2 * m->types; i++)
        spread[m->cls[i / 2]] +=
            weight[i] / m->rho[m->cls[i / 2]] * apart(view[i], mean[m->cls[i / 2]], m->d);
    double tau = 0;
    for (int c = 0; c < m->classes; c++) {
        double nearest = INFINITY;
        tau += m->rho[c] * m->rho[c];
        for (int k = 0; k < m->classes; k++)
            if (k != c) nearest = fmin(nearest, apart(mean[c], mean[k], m->d));
        s.bound += m->rho[c] * (nearest > 0 ? fmin(1, 4 * spread[c] / nearest) : 1);
    }
    for (int i = 0; i < 2 * m->types; i++) {
        bool wrong = false;
        for (int k = 0; k < m->classes; k++)
            wrong = wrong || (k != m->cls[i / 2] &&
                              apart(view[i], mean[k], m->d) <= apart(view[i], mean[m->cls[i / 2]], m->d));
        s.error += wrong ? weight[i] : 0;
    }
    s.kernel = (1 / most - lambda) / 2 * s.within + lambda * s.between - (1 - lambda * tau);
    return s;
}

static void similarity_is_as_defined(void **state)
{
    (void)state;
    int says = 0, equal = 0;
    for (int i = 1; i <= models(); i++) {
        test_seed = (uint64_t)i;
        const model m = a_model();
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        in.lambda = exp(test_uniform(-2, 1.5)); /* above 1/rho too: then "similarity" is below 0 */
        const similar s = similarity_of(&m, in.lambda);
        akin_bounds *b = bounds_of(&m, &in, "similarity", 1);
        const akin_bound_row *loss = row_of(b, "similarity-structure"),
                             *error = row_of(b, "similarity-error");
        CHECK_NEAR(loss->measured, s.loss, 3e-6 * (1 + in.lambda));
        CHECK_NEAR(loss->value, s.kernel, 3e-6 * (1 + in.lambda));
        CHECK_LE(s.kernel, s.loss + 1e-9); /* the theorem itself */
        equal += m.uniform && fabs(s.kernel - s.loss) < 1e-9;
        CHECK(!m.uniform || fabs(s.kernel - s.loss) < 1e-9);
        CHECK_NEAR(row_of(b, "similarity-within")->measured, s.within, 3e-6);
        CHECK_NEAR(row_of(b, "similarity-between")->measured, s.between, 3e-6);
        CHECK_LE(s.error, s.bound + 1e-12);
        CHECK(holds(loss) && holds(error));
        if (m.n <= 4096 &&
            m.d > 1) { /* all of them are looked at; on a line views lie in two points, and tie */
            CHECK_NEAR(error->measured, s.error, 1e-9);
            CHECK_NEAR(error->value, s.bound, 1e-4 * (1 + s.bound));
        }
        says += s.bound < 0.5 && s.error > 0;
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(equal > 3);
    print_message("bounds below a half with errors: %d\n", says);
}

/* ranks -------------------------------------------------------------------------------------------------- */

/* Eigenvalues of a symmetric matrix of at most 3 by 3, falling, with directions as rows. */
static void jacobi(double a[DIM][DIM], int d, double value[DIM], double axis[DIM][DIM])
{
    for (int i = 0; i < d; i++)
        for (int j = 0; j < d; j++) axis[i][j] = i == j;
    for (int sweep = 0; sweep < 60; sweep++)
        for (int p = 0; p < d; p++)
            for (int q = p + 1; q < d; q++) {
                if (fabs(a[p][q]) < 1e-300) continue;
                const double theta = 0.5 * atan2(2 * a[p][q], a[q][q] - a[p][p]), c = cos(theta),
                             s = sin(theta);
                for (int k = 0; k < d; k++) {
                    const double x = a[k][p], y = a[k][q];
                    a[k][p] = c * x - s * y;
                    a[k][q] = s * x + c * y;
                }
                for (int k = 0; k < d; k++) {
                    const double x = a[p][k], y = a[q][k], u = axis[p][k], w = axis[q][k];
                    a[p][k] = c * x - s * y;
                    a[q][k] = s * x + c * y;
                    axis[p][k] = c * u - s * w;
                    axis[q][k] = s * u + c * w;
                }
            }
    for (int i = 0; i < d; i++) value[i] = a[i][i];
    for (int i = 0; i < d; i++)
        for (int j = i + 1; j < d; j++)
            if (value[j] > value[i]) {
                const double x = value[i];
                value[i] = value[j];
                value[j] = x;
                for (int k = 0; k < d; k++) {
                    const double y = axis[i][k];
                    axis[i][k] = axis[j][k];
                    axis[j][k] = y;
                }
            }
}

static void moment(const model *m, bool second, double out[DIM][DIM])
{
    for (int i = 0; i < m->d; i++)
        for (int j = 0; j < m->d; j++) {
            out[i][j] = 0;
            for (int v = 0; v < m->types; v++)
                out[i][j] += m->weight[v] * (double)(second ? m->b : m->a)[v][i] *
                             (double)(second ? m->b : m->a)[v][j];
        }
}

static double rank_of(const double *p, int d)
{
    double entropy = 0;
    for (int i = 0; i < d; i++) entropy -= p[i] > 1e-18 ? p[i] * log(p[i]) : 0;
    return exp(entropy);
}

/* Anchors with less along the last directions of the keys, as by a low-pass filter. */
static void filter(model *m)
{
    double g[DIM][DIM], value[DIM], axis[DIM][DIM];
    moment(m, true, g);
    jacobi(g, m->d, value, axis);
    for (int v = 0; v < m->types; v++) {
        double x[DIM] = { 0 };
        for (int i = 0; i < m->d; i++) {
            double along = 0;
            for (int j = 0; j < m->d; j++) along += axis[i][j] * (double)m->b[v][j];
            for (int j = 0; j < m->d; j++) x[j] += along * pow(0.4, i) * axis[i][j];
        }
        unit(x, m->a[v], m->d);
    }
}

static void ranks_are_as_defined(void **state)
{
    (void)state;
    int judged = 0, open = 0;
    for (int i = 1; i <= models(); i++) {
        test_seed = (uint64_t)i;
        model m = a_model();
        if (i % 2) filter(&m);
        double of_a[DIM][DIM], of_b[DIM][DIM], kept[DIM][DIM], l[DIM], s[DIM], own[DIM], axis[DIM][DIM],
            unused[DIM][DIM], more = 0, least = 0;
        moment(&m, false, of_a);
        moment(&m, true, of_b);
        memcpy(kept, of_a, sizeof kept);
        jacobi(of_b, m.d, l, axis);
        jacobi(of_a, m.d, own, unused);
        for (int k = 0; k < m.d; k++) {
            s[k] = 0;
            for (int x = 0; x < m.d; x++)
                for (int y = 0; y < m.d; y++) s[k] += axis[k][x] * kept[x][y] * axis[k][y];
            more += s[k] - l[k];
            least = fmin(least, more);
        }
        akin_bounds *b = bounds_of(&m, NULL, "ranks", 1);
        const akin_bound_row *anchors = row_of(b, "rank-anchors"), *passed = row_of(b, "rank-filter");
        CHECK_NEAR(anchors->measured, rank_of(own, m.d), 1e-4);
        CHECK_NEAR(anchors->value, rank_of(s, m.d), 1e-4);
        CHECK_NEAR(passed->value, rank_of(l, m.d), 1e-4);
        CHECK_NEAR(row_of(b, "rank-difference")->measured, rank_of(l, m.d) - rank_of(own, m.d), 2e-4);
        CHECK_LE(rank_of(own, m.d), rank_of(s, m.d) + 1e-9);
        CHECK(holds(anchors));
        if (least >= 0) CHECK_LE(rank_of(s, m.d), rank_of(l, m.d) + 1e-9);
        if (least < -1e-6) CHECK(passed->holds == AKIN_TRUTH_UNKNOWN && strstr(passed->reason, "low-pass"));
        if (least > -1e-12 && m.d > 1) CHECK(holds(passed));
        judged += passed->holds == AKIN_TRUTH_YES && m.d > 1;
        open += passed->holds == AKIN_TRUTH_UNKNOWN;
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(judged > 10 && open > 10);
}

/* momentum ----------------------------------------------------------------------------------------------- */

/* instead: the keys are those of `now`. */
static double loss_over_all(const model *m, bool instead, float now[TYPES][DIM])
{
    double loss = 0;
    for (int v = 0; v < m->types; v++) {
        double sum = 0;
        for (int u = 0; u < m->types; u++)
            sum += m->count[u] * exp(inner(m->a[v], instead ? now[u] : m->b[u], m->d) / m->t);
        loss += m->weight[v] * (log(sum) - inner(m->a[v], instead ? now[v] : m->b[v], m->d) / m->t);
    }
    return loss;
}

static void lag_bounds_the_loss(void **state)
{
    (void)state;
    for (int i = 1; i <= models(); i++) {
        test_seed = (uint64_t)i;
        model m = a_model();
        if (m.n > 4096) continue;
        const double size = exp(test_uniform(-6, 1));
        float now[TYPES][DIM];
        double mean = 0, most = 0;
        for (int v = 0; v < m.types; v++) {
            double x[DIM], lag = 0;
            for (int j = 0; j < m.d; j++) x[j] = (double)m.b[v][j] + size * test_normal();
            unit(x, now[v], m.d);
            for (int j = 0; j < m.d; j++) lag += pow((double)now[v][j] - (double)m.b[v][j], 2);
            mean += m.weight[v] * sqrt(lag);
            most = fmax(most, sqrt(lag));
        }
        float *rows = malloc((size_t)(m.n * m.d) * sizeof *rows);
        for (int v = 0, at = 0; v < m.types; v++)
            for (int k = 0; k < m.count[v]; k++, at++)
                memcpy(rows + at * m.d, now[v], (size_t)m.d * sizeof *rows);
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        in.now = (akin_cmat){ rows, m.n, m.d, m.d };
        akin_bounds *b = bounds_of(&m, &in, "momentum", 1);
        const double change = fabs(loss_over_all(&m, false, now) - loss_over_all(&m, true, now));
        CHECK_NEAR(row_of(b, "momentum-lag")->measured, mean, 1e-6);
        CHECK_NEAR(row_of(b, "momentum-loss")->measured, change, 4e-6 / m.t);
        CHECK_NEAR(row_of(b, "momentum-loss")->value, (mean + most) / m.t, 4e-6 / m.t);
        CHECK_LE(change, (mean + most) / m.t + 1e-9);
        CHECK(holds(row_of(b, "momentum-loss")));
        akin_bounds_free(b);
        free(rows);
    }
    test_seed = 1;
}

/* What does not fit is refused, with what it is. */
static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const float x[8] = { 1, 0, 0, 1, 1, 1, 0, 1 };
    static const float bad[8] = { 1, 0, 0, 1, NAN, 1, 0, 1 };
    static const int32_t labels[4] = { 0, 0, 1, 1 };
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    akin_bounds *b = NULL;
    in.a = in.b = (akin_cmat){ x, 4, 2, 2 };
    in.labels = labels;
    in.count = 4;
    in.from_a = in.a;
    CHECK(akin_bounds_compute(&in, "wide", &b, &err) == AKIN_ERR_ARGUMENT && strstr(err.message, "from_b"));
    in.from_b = (akin_cmat){ x, 3, 2, 2 };
    CHECK(akin_bounds_compute(&in, "wide", &b, &err) == AKIN_ERR_SHAPE && strstr(err.message, "3 x 2"));
    in.from_b = (akin_cmat){ bad, 4, 2, 2 };
    CHECK(akin_bounds_compute(&in, "wide", &b, &err) == AKIN_ERR_INPUT &&
          strstr(err.message, "row 2, column 0"));
    in.from_a = in.from_b = (akin_cmat){ .rows = 0 };
    in.now = (akin_cmat){ x, 2, 2, 2 };
    CHECK(akin_bounds_compute(&in, "momentum", &b, &err) == AKIN_ERR_SHAPE &&
          strstr(err.message, "now is 2 x 2"));
    in.now = (akin_cmat){ bad, 4, 2, 2 };
    CHECK(akin_bounds_compute(&in, "momentum", &b, &err) == AKIN_ERR_INPUT && strstr(err.message, "now has"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(similarity_is_as_defined),
        cmocka_unit_test(ranks_are_as_defined),
        cmocka_unit_test(lag_bounds_the_loss),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
