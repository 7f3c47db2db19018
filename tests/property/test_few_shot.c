/* SPDX-License-Identifier: Apache-2.0 */
/* The bound on the error of few labels: small sets whose tasks are enumerated, every draw of m items of each
 * class with its probability. The enumeration shares no code with the library and knows nothing of its
 * moments: it takes the mean and the variance of T over the draws. The bound must be Cantelli's of these two,
 * and no error may be above it.
 *
 * Features are float, so a moment is off by some 1e-6 of the squared distance of two means, which Cantelli's
 * ratio passes on divided by that distance. Sets where two means are closer than 0.1 are left out of the
 * comparison, not of the inequality. */
#include "bound_rows.h"
#include "test.h"

#include "akin/theory.h"

enum { SETS = 400, CLASSES = 3, MOST = 3, DIM = 3, DRAWS = 21 /* of 5 among 3 */ };

static akin_error err;

typedef struct set {
    int classes, d, size[CLASSES];
    double x[CLASSES][MOST][DIM]; /* unit rows */
    float row[CLASSES * MOST * DIM];
    int32_t label[CLASSES * MOST];
    int64_t n;
} set;

static set random_set(void)
{
    set s = { .classes = (int)test_int(2, CLASSES), .d = (int)test_int(1, DIM) };
    const double noise = test_uniform(0.1, 2);
    for (int c = 0; c < s.classes; c++) {
        double centre[DIM];
        for (int j = 0; j < s.d; j++) centre[j] = test_normal();
        s.size[c] = (int)test_int(1, MOST);
        for (int k = 0; k < s.size[c]; k++, s.n++) {
            double length = 0;
            for (int j = 0; j < s.d; j++) {
                s.row[s.n * s.d + j] = (float)(centre[j] + noise * test_normal());
                length += (double)s.row[s.n * s.d + j] * (double)s.row[s.n * s.d + j];
            }
            for (int j = 0; j < s.d; j++) s.x[c][k][j] = (double)s.row[s.n * s.d + j] / sqrt(length);
            s.label[s.n] = 5 * c;
        }
    }
    return s;
}

/* The means of m draws from a class, and their probabilities; how many. */
static int draws(const set *s, int c, int m, double nu[DRAWS][DIM], double p[DRAWS])
{
    int count = 0;
    for (int a = 0; a <= m; a++)
        for (int b = 0; a + b <= m; b++) {
            const int times[MOST] = { a, b, m - a - b };
            double ways = 1, drawn = 0;
            bool possible = true;
            for (int k = 0; k < MOST; k++) {
                possible = possible && (k < s->size[c] || times[k] == 0);
                for (int i = 1; i <= times[k]; i++) ways *= ++drawn / i;
            }
            if (!possible) continue;
            p[count] = ways / pow(s->size[c], m);
            for (int j = 0; j < s->d; j++) {
                nu[count][j] = 0;
                for (int k = 0; k < s->size[c]; k++) nu[count][j] += times[k] * s->x[c][k][j] / m;
            }
            count++;
        }
    return count;
}

static double apart(const set *s, const double *x, const double *y)
{
    double sum = 0;
    for (int j = 0; j < s->d; j++) sum += (x[j] - y[j]) * (x[j] - y[j]);
    return sum;
}

typedef struct exact {
    double pair_bound, all_bound, pair, all; /* errors; ties are errors */
} exact;

static double nu[CLASSES][DRAWS][DIM], weight[CLASSES][DRAWS];
static int count[CLASSES];

static const double TIE = 1e-12; /* rounding of T where it is 0 */

/* Items of class i against class j. */
static void one_pair(const set *s, int i, int j, double *bound, double *error)
{
    double mean = 0, square = 0;
    *error = 0;
    for (int k = 0; k < s->size[i]; k++)
        for (int a = 0; a < count[i]; a++)
            for (int b = 0; b < count[j]; b++) {
                const double t = apart(s, s->x[i][k], nu[j][b]) - apart(s, s->x[i][k], nu[i][a]);
                const double p = weight[i][a] * weight[j][b] / s->size[i];
                mean += p * t;
                square += p * t * t;
                *error += t <= TIE ? p : 0;
            }
    const double variance = fmax(square - mean * mean, 0);
    *bound = mean > TIE ? variance / (variance + mean * mean) : 1;
}

/* Class i against all others at once. */
static double any_wrong(const set *s, int i)
{
    double error = 0;
    int at[CLASSES] = { 0 };
    for (;;) {
        double p = 1;
        for (int c = 0; c < s->classes; c++) p *= weight[c][at[c]];
        for (int k = 0; k < s->size[i]; k++) {
            const double own = apart(s, s->x[i][k], nu[i][at[i]]);
            bool wrong = false;
            for (int c = 0; c < s->classes; c++)
                wrong = wrong || (c != i && apart(s, s->x[i][k], nu[c][at[c]]) - own <= TIE);
            error += wrong ? p / s->size[i] : 0;
        }
        int c = 0;
        while (c < s->classes && ++at[c] == count[c]) at[c++] = 0;
        if (c == s->classes) return error;
    }
}

static exact enumerate(const set *s, int m)
{
    exact e = { 0 };
    for (int c = 0; c < s->classes; c++) count[c] = draws(s, c, m, nu[c], weight[c]);
    for (int i = 0; i < s->classes; i++) {
        double sum = 0;
        for (int j = 0; j < s->classes; j++) {
            double bound, error;
            if (j == i) continue;
            one_pair(s, i, j, &bound, &error);
            CHECK_LE(error, bound + 1e-9); /* Cantelli's inequality itself */
            sum += bound;
            e.pair += error / (s->classes * (s->classes - 1));
            e.pair_bound += bound / (s->classes * (s->classes - 1));
        }
        e.all_bound += fmin(sum, 1) / s->classes;
        e.all += any_wrong(s, i) / s->classes;
    }
    return e;
}

static akin_bounds *compute(const set *s)
{
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    akin_bounds *out = NULL;
    in.a = (akin_cmat){ s->row, s->n, s->d, s->d };
    in.labels = s->label;
    in.count = s->n;
    in.seed = test_seed;
    CHECK_OK(akin_bounds_compute(&in, "few-shot", &out, &err));
    return out;
}

static double least_distance(const set *s)
{
    double least = INFINITY, mean[CLASSES][DIM] = { { 0 } };
    for (int c = 0; c < s->classes; c++)
        for (int k = 0; k < s->size[c]; k++)
            for (int j = 0; j < s->d; j++) mean[c][j] += s->x[c][k][j] / s->size[c];
    for (int c = 0; c < s->classes; c++)
        for (int e = 0; e < c; e++) least = fmin(least, sqrt(apart(s, mean[c], mean[e])));
    return least;
}

static void check_row(const akin_bound_row *r, double bound, double error, bool ties, double apart)
{
    CHECK_LE(error, r->value + 1e-5);
    if (apart > 0.1) CHECK_NEAR(r->value, bound, 1e-3);
    /* Tasks: 64 independent ones. Ties go either way in float, so that less is measured. */
    const double half = 0.5 * (r->measured_interval[1] - r->measured_interval[0]);
    CHECK(r->holds == AKIN_TRUTH_YES || r->value < error + 0.1 + half); /* the interval must be below */
    CHECK(r->holds != AKIN_TRUTH_NO);
    CHECK_LE(r->measured, error + 2.6 * half + 0.03);
    if (!ties) CHECK_LE(error, r->measured + 2.6 * half + 0.03);
}

static void no_error_is_above_the_bound(void **state)
{
    (void)state;
    int strong = 0;
    for (test_seed = 1; test_seed <= SETS; test_seed++) {
        const set s = random_set();
        const double least = least_distance(&s);
        const exact one = enumerate(&s, 1), five = enumerate(&s, 5);
        akin_bounds *b = compute(&s);
        const bool ties = s.d == 1;
        check_row(row_of(b, "few-shot-pair-1"), one.pair_bound, one.pair, ties, least);
        check_row(row_of(b, "few-shot-pair-5"), five.pair_bound, five.pair, ties, least);
        check_row(row_of(b, "few-shot-1"), one.all_bound, one.all, ties, least);
        check_row(row_of(b, "few-shot-5"), five.all_bound, five.all, ties, least);
        const akin_bound_row *r = row_of(b, "few-shot-pair-all"), *all = row_of(b, "few-shot-all");
        CHECK_LE(r->measured, r->value + 1e-5);
        CHECK_LE(all->measured, all->value + 1e-5);
        strong += row_of(b, "few-shot-pair-5")->value < 0.1;
        akin_bounds_free(b);
    }
    test_seed = 1;
    CHECK(strong > SETS / 8); /* not only bounds that say nothing */
}

/* Class 0: one point at angle 0. Class 1: angles 120 and 240 degrees. By hand: |D|^2 = 2.25; Sigma_1 lies
 * across D, tr Sigma_1 = 0.75, tr Sigma_1^2 = 0.5625. One shot: class 1 has E T = 1.5, Var T = 2.25, so 1/2,
 * which is attained (a point is as far from the other shot as from class 0); class 0 is never wrong. Five
 * shots: E T = 2.1, Var T = 4 0.5625/5 + 2 4/125 0.5625 = 0.486; class 0: E T = 2.4, Var T = 0.036. */
static void a_case_by_hand(void **state)
{
    (void)state;
    set s = { .classes = 2, .d = 2, .size = { 1, 2 }, .n = 3, .label = { 0, 5, 5 } };
    const double angle[3] = { 0, 120, 240 };
    for (int i = 0; i < 3; i++) {
        s.row[2 * i] = (float)cos(angle[i] * M_PI / 180);
        s.row[2 * i + 1] = (float)sin(angle[i] * M_PI / 180);
    }
    akin_bounds *b = compute(&s);
    CHECK_NEAR(row_of(b, "few-shot-pair-1")->value, 0.25, 1e-5);
    const double five = 0.5 * (0.486 / (0.486 + 2.1 * 2.1) + 0.036 / (0.036 + 2.4 * 2.4));
    CHECK_NEAR(row_of(b, "few-shot-pair-5")->value, five, 1e-5);
    CHECK_NEAR(row_of(b, "few-shot-pair-all")->value, 0, 1e-5);
    CHECK_NEAR(row_of(b, "few-shot-directional-variance")->measured, 0, 1e-6);
    CHECK_NEAR(row_of(b, "few-shot-variance")->measured, 0.5 * 0.75 / 2.25, 1e-6);
    akin_bounds_free(b);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_error_is_above_the_bound),
        cmocka_unit_test(a_case_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
