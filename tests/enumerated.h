/* SPDX-License-Identifier: Apache-2.0 */
/* enumerated.h - random models that are small enough to enumerate. An item is one of a few types; a type is
 * two unit vectors, one for each view, and a class. */
#ifndef AK_TESTS_ENUMERATED_H
#define AK_TESTS_ENUMERATED_H

#include "test.h"

#include "akin/theory.h"

enum { TYPES = 12, CLASSES = 12, DIM = 3 };

static akin_error err;

typedef struct model {
    int n, classes, types, d, k, count[TYPES], cls[TYPES];
    bool uniform;
    double t, rho[CLASSES], weight[TYPES];
    float a[TYPES][DIM], b[TYPES][DIM];
    double s[TYPES][TYPES], score[TYPES][CLASSES], mean[CLASSES][DIM];
} model;

/* Models ------------------------------------------------------------------------------------------------- */

static void unit(const double *x, float *to, int d)
{
    double length = 0;
    for (int j = 0; j < d; j++) length += x[j] * x[j];
    for (int j = 0; j < d; j++) to[j] = (float)(x[j] / sqrt(length));
}

/* Items of types: at least one each, in all n; with equal classes where that goes. */
static void share_items(model *m)
{
    int left = m->n - m->types;
    m->uniform = m->n % m->classes == 0 && test_int(0, 1);
    for (int v = 0; v < m->types; v++) m->count[v] = 1;
    if (m->uniform) {
        for (int c = 0; c < m->classes; c++) {
            int first = 0, own = 0;
            for (int v = m->types - 1; v >= 0; v--)
                if (m->cls[v] == c) first = v, own++;
            for (int i = own; i < m->n / m->classes; i++) m->count[first + (int)test_int(0, own - 1)]++;
        }
        return;
    }
    double weight[TYPES], total = 0;
    for (int v = 0; v < m->types; v++) total += weight[v] = exp(test_uniform(0, 3));
    for (int v = 0; v < m->types; v++) {
        const int more = (int)((m->n - m->types) * weight[v] / total);
        m->count[v] += more;
        left -= more;
    }
    m->count[0] += left;
}

static model random_model(int n)
{
    static const double temperatures[] = { .25, .5, 1, 2 };
    model m = { .n = n, .d = (int)test_int(1, DIM), .t = temperatures[test_int(0, 3)] };
    const bool many = n >= 100 && test_int(0, 7) == 0; /* more classes than are enumerated by their sets */
    m.classes = many ? CLASSES : (int)test_int(2, 4);
    m.k = (int)test_int(1, many ? 4 : 8);
    const double noise = test_int(0, 1) ? 0.3 : 2, apart = test_int(0, 1) ? 0.2 : 1;
    for (int c = 0; c < m.classes; c++) {
        double centre[DIM];
        for (int j = 0; j < m.d; j++) centre[j] = test_normal();
        const int types = many ? 1 : (int)test_int(1, m.classes == 2 ? 3 : m.classes == 3 ? 2 : 1);
        for (int i = 0; i < types; i++, m.types++) {
            double x[DIM], y[DIM];
            for (int j = 0; j < m.d; j++) {
                x[j] = centre[j] + noise * test_normal();
                y[j] = x[j] + apart * noise * test_normal();
            }
            m.cls[m.types] = c;
            unit(x, m.a[m.types], m.d);
            unit(y, m.b[m.types], m.d);
        }
    }
    share_items(&m);
    return m;
}

static double inner(const float *x, const float *y, int d)
{
    double s = 0;
    for (int j = 0; j < d; j++) s += (double)x[j] * (double)y[j];
    return s;
}

static void fill(model *m)
{
    for (int v = 0; v < m->types; v++) {
        m->weight[v] = (double)m->count[v] / m->n;
        m->rho[m->cls[v]] += m->weight[v];
        for (int u = 0; u < m->types; u++) m->s[v][u] = inner(m->a[v], m->b[u], m->d) / m->t;
    }
    for (int v = 0; v < m->types; v++)
        for (int j = 0; j < m->d; j++)
            m->mean[m->cls[v]][j] += m->weight[v] / m->rho[m->cls[v]] * (double)m->b[v][j];
    for (int v = 0; v < m->types; v++)
        for (int c = 0; c < m->classes; c++)
            for (int j = 0; j < m->d; j++) m->score[v][c] += (double)m->a[v][j] * m->mean[c][j] / m->t;
}

/* What the library says of the items of the model. further: NULL, or fields beside views and labels. */
static akin_bounds *bounds_of(const model *m, const akin_bound_input *further, const char *list,
                              uint64_t seed)
{
    float *a = malloc((size_t)(m->n * m->d) * sizeof *a), *b = malloc((size_t)(m->n * m->d) * sizeof *b);
    int32_t *labels = malloc((size_t)m->n * sizeof *labels);
    int at = 0;
    for (int v = 0; v < m->types; v++)
        for (int i = 0; i < m->count[v]; i++, at++) {
            memcpy(a + at * m->d, m->a[v], (size_t)m->d * sizeof *a);
            memcpy(b + at * m->d, m->b[v], (size_t)m->d * sizeof *b);
            labels[at] = m->cls[v];
        }
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    if (further) in = *further;
    in.a = (akin_cmat){ a, m->n, m->d, m->d };
    in.b = (akin_cmat){ b, m->n, m->d, m->d };
    in.labels = labels;
    in.count = m->n;
    in.temperature = m->t;
    in.negatives = m->k;
    in.seed = seed;
    akin_bounds *bounds = NULL;
    CHECK_OK(akin_bounds_compute(&in, list, &bounds, &err));
    free(a);
    free(b);
    free(labels);
    return bounds;
}

#endif
