/* SPDX-License-Identifier: Apache-2.0 */
/* What must not move a bound or a diagnosis. Features are directions, so every row of akin_bounds_compute(),
 * whatever its paper, and every value of akin_diagnose() stays as it is when
 *
 *     the features are rotated or reflected (one orthogonal map for both views)
 *     all rows, or each row by itself, are multiplied by a positive number
 *     columns of zeros are added
 *     labels get other numbers in the same order
 *     items are put in another order, or classes get names in another order
 *
 * The rows are walked, so a new paper is under test without a line here. Tolerances. Factors that are powers
 * of two, and names in the same order, change no bit of what is computed: EQUAL. Other factors, rotations and
 * zeros round floats anew: similarities move by 1e-6, divided by t, and a bound by a few of these: NEAR. The
 * last two draw other tuples: what is sampled moves by its own interval, what is exact by rounding. */
#include "akin/theory.h"
#include "akin/tool/diagnose.h"
#include "test.h"

static akin_error err;

enum { ITEMS = 400, WIDTH = 40, ROWS = 200 };

typedef struct features {
    int n, d, classes;
    bool two_views;
    float a[ITEMS * WIDTH], b[ITEMS * WIDTH];
    int32_t labels[ITEMS];
    double t;
    int64_t negatives;
} features;

static features plain, changed;

/* Classes of equal or unequal size about random centres, two views that differ a little or a lot. */
static void random_features(features *f, int trial)
{
    static const double temperature[] = { 0.5, 0.1, 1 };
    *f = (features){ .n = 160, .d = (int)test_int(3, 9), .classes = 2 + trial % 3 };
    f->two_views = trial % 4 != 3;
    f->t = temperature[trial % 3];
    f->negatives = trial % 2 ? 31 : 5;
    double centre[4][WIDTH];
    const double noise = test_uniform(0.2, 1.5), apart = test_uniform(0.1, 0.6);
    for (int c = 0; c < f->classes; c++)
        for (int j = 0; j < f->d; j++) centre[c][j] = test_normal();
    for (int i = 0; i < f->n; i++) {
        const int c = trial % 2 ? (int)(pow(test_uniform(0, 1), 2) * f->classes) : i % f->classes;
        f->labels[i] = 10 * c + 3;
        const double length = exp(test_normal());
        for (int j = 0; j < f->d; j++) {
            const double x = centre[c][j] + noise * test_normal();
            f->a[i * f->d + j] = (float)(length * (x + apart * test_normal()));
            f->b[i * f->d + j] = (float)(x + apart * test_normal());
        }
    }
}

/* Changes ------------------------------------------------------------------------------------------------ */

static void reflect(float *x, int n, int d, const double *v, double *at)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < d; j++) at[j] = x[i * d + j];
        for (int k = 0; k < d; k++) {
            double along = 0, square = 0;
            for (int j = 0; j < d; j++) {
                along += v[k * d + j] * at[j];
                square += v[k * d + j] * v[k * d + j];
            }
            for (int j = 0; j < d; j++) at[j] -= 2 * along / square * v[k * d + j];
        }
        for (int j = 0; j < d; j++) x[i * d + j] = (float)at[j];
    }
}

static void rotated(features *f)
{
    double v[WIDTH * WIDTH], at[WIDTH];
    for (int i = 0; i < f->d * f->d; i++) v[i] = test_normal();
    reflect(f->a, f->n, f->d, v, at);
    reflect(f->b, f->n, f->d, v, at);
}

static void scaled(features *f, bool powers, bool each)
{
    float of_all = powers ? 0.25f : 3.7f;
    for (int i = 0; i < f->n; i++)
        for (int second = 0; second < 2; second++) {
            float *x = second ? f->b : f->a;
            const float own =
                powers ? (float)ldexp(1, (int)test_int(-20, 20)) : (float)exp(3 * test_normal());
            for (int j = 0; j < f->d; j++) x[i * f->d + j] *= each ? own : of_all;
        }
}

static void scaled_by_4th(features *f) { scaled(f, true, false); }
static void each_by_a_power(features *f) { scaled(f, true, true); }
static void scaled_by_any(features *f) { scaled(f, false, false); }
static void each_by_any(features *f) { scaled(f, false, true); }

static void wider(features *f)
{
    const int d = f->d, wide = 2 * d + 3;
    for (int second = 0; second < 2; second++) {
        float *x = second ? f->b : f->a;
        for (int i = f->n - 1; i >= 0; i--)
            for (int j = wide - 1; j >= 0; j--) x[i * wide + j] = j % 2 && j / 2 < d ? x[i * d + j / 2] : 0;
    }
    f->d = wide;
}

static void renamed(features *f)
{
    for (int i = 0; i < f->n; i++) f->labels[i] = f->labels[i] * 7 + 100;
}

static void renamed_backwards(features *f)
{
    for (int i = 0; i < f->n; i++) f->labels[i] = 1000 - f->labels[i];
}

static void shuffled(features *f)
{
    for (int i = f->n - 1; i > 0; i--) {
        const int other = (int)test_int(0, i);
        const int32_t label = f->labels[i];
        f->labels[i] = f->labels[other];
        f->labels[other] = label;
        for (int second = 0; second < 2; second++)
            for (int j = 0; j < f->d; j++) {
                float *x = (second ? f->b : f->a) + i * f->d + j, *y = x + (other - i) * f->d, kept = *x;
                *x = *y;
                *y = kept;
            }
    }
}

typedef enum tolerance { EQUAL, NEAR, SAMPLED } tolerance;

static const struct {
    const char *name;
    void (*make)(features *f);
    tolerance tolerance;
} CHANGES[] = {
    { "all rows by a power of two", scaled_by_4th, EQUAL },
    { "each row by a power of two", each_by_a_power, EQUAL },
    { "other numbers for labels", renamed, EQUAL },
    { "all rows by a factor", scaled_by_any, NEAR },
    { "each row by a factor", each_by_any, NEAR },
    { "rotated", rotated, NEAR },
    { "columns of zeros", wider, NEAR },
    { "items in another order", shuffled, SAMPLED },
    { "classes in another order", renamed_backwards, SAMPLED },
};

/* Comparison --------------------------------------------------------------------------------------------- */

static int moved;

static void differ(const char *what, const char *change, int trial, const char *field, double x, double y,
                   double room)
{
    if (fabs(x - y) <= room || (isnan(x) && isnan(y)) || x == y) return;
    print_error("%s, %s, trial %d: %s moves from %.12g to %.12g (allowed: %g)\n", what, change, trial, field,
                x, y, room);
    moved++;
}

static double half(const double interval[2])
{
    return isfinite(interval[1] - interval[0]) ? 0.5 * (interval[1] - interval[0]) : 0;
}

/* How far a row may move. Rounding: relative, and of a similarity over t. Sampling: five standard errors of
 * the difference of two samples, each with a 95 % half width of at least 1.96 of them. */
static double room_for(const akin_bound_row *x, const akin_bound_row *y, tolerance how, double number,
                       double t)
{
    if (how == EQUAL) return 0;
    const double rounding = 2e-6 * (1 + fabs(number) + 1 / t);
    const double sampled = hypot(half(x->interval), half(y->interval)) +
                           hypot(half(x->measured_interval), half(y->measured_interval));
    return how == NEAR ? rounding : rounding + 5 / 1.96 * sampled;
}

static void compare_rows(const akin_bound_row *x, const akin_bound_row *y, int change, int trial, double t)
{
    const tolerance how = CHANGES[change].tolerance;
    const char *name = CHANGES[change].name;
    CHECK(strcmp(x->name, y->name) == 0 && strcmp(x->mark, y->mark) == 0 && x->sense == y->sense);
    const double room = room_for(x, y, how, isfinite(x->value) ? x->value : 0, t);
    const double seen = room_for(x, y, how, isfinite(x->measured) ? x->measured : 0, t);
    differ(x->name, name, trial, "measured", x->measured, y->measured, seen);
    differ(x->name, name, trial, "reference", x->reference, y->reference, room);
    /* a bound that holds with some confidence is a number of the tuples that were drawn for it */
    if (how == SAMPLED && strstr(x->assumed, "tuples that share no item")) return;
    differ(x->name, name, trial, "bound", x->value, y->value, room);
    differ(x->name, name, trial, "log of the bound", x->log_value, y->log_value,
           x->value > 0 && y->value > 0 ? room / fmin(x->value, y->value) : INFINITY);
    for (int k = 0; k < 2 && how != SAMPLED; k++) {
        differ(x->name, name, trial, "interval", x->interval[k], y->interval[k], room);
        differ(x->name, name, trial, "interval of what is measured", x->measured_interval[k],
               y->measured_interval[k], seen);
    }
    const bool at_the_edge = how != EQUAL && fabs(x->value - x->measured) <= 2 * (room + seen);
    if (!at_the_edge && (how != SAMPLED || (x->holds >= 0 && y->holds >= 0)))
        differ(x->name, name, trial, "verdict", x->holds, y->holds, 0);
    if (!(fabs(x->value - x->reference) <= 2 * room))
        differ(x->name, name, trial, "vacuous", x->vacuous, y->vacuous, 0);
}

static akin_bounds *bounds_of(const features *f)
{
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ f->a, f->n, f->d, f->d };
    if (f->two_views) in.b = (akin_cmat){ f->b, f->n, f->d, f->d };
    in.labels = f->labels;
    in.count = f->n;
    in.temperature = f->t;
    in.negatives = f->negatives;
    akin_bounds *b = NULL;
    CHECK_OK(akin_bounds_compute(&in, NULL, &b, &err));
    return b;
}

static int trials(void) { return getenv("AKIN_TEST_FULL") ? 60 : 6; }

static void bounds_stay(void **state)
{
    (void)state;
    moved = 0;
    for (int trial = 0; trial < trials(); trial++) {
        random_features(&plain, trial);
        akin_bounds *want = bounds_of(&plain);
        for (size_t k = 0; k < sizeof CHANGES / sizeof *CHANGES; k++) {
            changed = plain;
            CHANGES[k].make(&changed);
            akin_bounds *got = bounds_of(&changed);
            int i = 0;
            for (const akin_bound_row *x, *y; (x = akin_bounds_at(want, i)); i++) {
                y = akin_bounds_at(got, i);
                CHECK(y != NULL);
                compare_rows(x, y, (int)k, trial, plain.t);
            }
            CHECK(i > 50 && !akin_bounds_at(got, i));
            akin_bounds_free(got);
        }
        akin_bounds_free(want);
    }
    CHECK(moved == 0);
}

/* Diagnosis ---------------------------------------------------------------------------------------------- */

static akin_diagnosis *diagnosis_of(const features *f)
{
    const akin_cmat views[2] = { { f->a, f->n, f->d, f->d }, { f->b, f->n, f->d, f->d } };
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    in.features = views[0];
    in.views = views;
    in.view_count = 2;
    in.labels = f->labels;
    in.label_count = f->n;
    in.other = views[1];
    in.temperature = f->t;
    akin_diagnosis *d = NULL;
    CHECK_OK(akin_diagnose(&in, &d, &err));
    return d;
}

/* These are about columns, so a rotation and more columns change them; rankme and lidar, as their papers have
 * it, add 1e-7 for each column; self-cluster compares with random directions of as many columns. */
static bool of_columns(const char *name)
{
    return strcmp(name, "feature-std") == 0 || strcmp(name, "dead-dimensions") == 0 ||
           strcmp(name, "rankme") == 0 || strcmp(name, "lidar") == 0 || strcmp(name, "self-cluster") == 0;
}

static void diagnoses_stay(void **state)
{
    (void)state;
    moved = 0;
    for (int trial = 0; trial < trials(); trial++) {
        random_features(&plain, trial);
        akin_diagnosis *want = diagnosis_of(&plain);
        for (size_t k = 0; k < sizeof CHANGES / sizeof *CHANGES; k++) {
            changed = plain;
            CHANGES[k].make(&changed);
            akin_diagnosis *got = diagnosis_of(&changed);
            const bool columns = CHANGES[k].make == rotated || CHANGES[k].make == wider;
            int i = 0;
            for (const akin_diagnosis_value *x, *y; (x = akin_diagnosis_at(want, i)); i++) {
                y = akin_diagnosis_at(got, i);
                CHECK(y && strcmp(x->name, y->name) == 0);
                /* nothing is sampled; sums over items in another order round anew */
                const double room =
                    CHANGES[k].tolerance == EQUAL ? 0 : 4e-6 * (1 + fabs(x->value) + 1 / plain.t);
                if (!columns || !of_columns(x->name))
                    differ(x->name, CHANGES[k].name, trial, "value", x->value, y->value, room);
            }
            CHECK(i > 30 && !akin_diagnosis_at(got, i));
            akin_diagnosis_free(got);
        }
        akin_diagnosis_free(want);
    }
    CHECK(moved == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(bounds_stay), cmocka_unit_test(diagnoses_stay) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
