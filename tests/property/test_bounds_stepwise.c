/* SPDX-License-Identifier: Apache-2.0 */
/* stepwise: a linear layer is trained here, by gradient descent in double on the loss of Barlow Twins from
 * weights of 1e-30. It must learn what the rows say, and the first direction first. No eigenvalues are
 * computed here: W G W^T = I at the end, so those of W W^T are the inverse ones.
 *
 * stepwise-span and -explained: the trained layer has all that is predicted, and nothing else; what another
 * layer has is compared with spans that are made orthogonal here, column by column. */
#include "bound_rows.h"
#include "test.h"

#include "akin/theory.h"

enum { ITEMS = 24, DIM = 4, MOST = 3 };

static akin_error err;

typedef struct set {
    int d, classes;
    float a[ITEMS * DIM], b[ITEMS * DIM];
    int32_t label[ITEMS];
    double g[DIM][DIM], mean[MOST][DIM], rho[MOST];
} set;

static void unit(float *x, int d)
{
    double sum = 0;
    for (int j = 0; j < d; j++) sum += (double)x[j] * (double)x[j];
    for (int j = 0; j < d; j++) x[j] = (float)((double)x[j] / sqrt(sum));
}

static set random_set(void)
{
    set s = { .d = (int)test_int(3, DIM), .classes = (int)test_int(2, MOST) };
    double centre[MOST][DIM];
    const double noise = test_uniform(0.05, 0.6);
    for (int c = 0; c < s.classes; c++)
        for (int j = 0; j < s.d; j++) centre[c][j] = test_normal();
    for (int i = 0; i < ITEMS; i++) {
        const int c = s.label[i] = i < s.classes ? i : (int32_t)test_int(0, s.classes - 1);
        s.rho[c] += 1.0 / ITEMS;
        float *a = s.a + i * s.d, *b = s.b + i * s.d;
        for (int j = 0; j < s.d; j++) {
            const double x = centre[c][j] + noise * test_normal();
            a[j] = (float)(x + noise * test_normal());
            b[j] = (float)(x + noise * test_normal());
        }
        unit(a, s.d);
        unit(b, s.d);
        for (int j = 0; j < s.d; j++) {
            s.mean[c][j] += ((double)a[j] + (double)b[j]) / 2;
            for (int k = 0; k < s.d; k++)
                s.g[j][k] += ((double)a[j] * (double)b[k] + (double)b[j] * (double)a[k]) / (2 * ITEMS);
        }
    }
    for (int c = 0; c < s.classes; c++)
        for (int j = 0; j < s.d; j++) s.mean[c][j] /= s.rho[c] * ITEMS;
    return s;
}

typedef struct layer {
    int m;
    double w[MOST][DIM], wg[MOST][DIM], c[MOST][MOST]; /* W, W G, W G W^T - I */
} layer;

static double step(const set *s, layer *l, double rate) /* the loss before it */
{
    double loss = 0;
    for (int r = 0; r < l->m; r++)
        for (int j = 0; j < s->d; j++) {
            l->wg[r][j] = 0;
            for (int k = 0; k < s->d; k++) l->wg[r][j] += l->w[r][k] * s->g[k][j];
        }
    for (int r = 0; r < l->m; r++)
        for (int q = 0; q < l->m; q++) {
            l->c[r][q] = r == q ? -1 : 0;
            for (int j = 0; j < s->d; j++) l->c[r][q] += l->wg[r][j] * l->w[q][j];
            loss += l->c[r][q] * l->c[r][q];
        }
    for (int r = 0; r < l->m; r++)
        for (int j = 0; j < s->d; j++)
            for (int q = 0; q < l->m; q++) l->w[r][j] -= 4 * rate * l->c[r][q] * l->wg[q][j];
    return loss;
}

/* Where the loss first falls by 1/2, W is of rank one: its direction's g, as a Rayleigh quotient. */
static double now_learned(const set *s, const layer *l)
{
    const double *w = l->w[0];
    for (int r = 1; r < l->m; r++)
        if (fabs(l->w[r][0]) > fabs(w[0])) w = l->w[r];
    double up = 0, down = 0;
    for (int j = 0; j < s->d; j++) {
        down += w[j] * w[j];
        for (int k = 0; k < s->d; k++) up += w[j] * s->g[j][k] * w[k];
    }
    return up / down;
}

static bool train(const set *s, double start, layer *l, double *first)
{
    for (int r = 0; r < l->m; r++)
        for (int j = 0; j < s->d; j++) l->w[r][j] = start * test_normal();
    *first = NAN;
    for (int i = 0; i < 20000; i++) {
        const double loss = step(s, l, 0.05);
        if (isnan(*first) && loss < l->m - 0.5) *first = now_learned(s, l);
        if (loss < 1e-24) return true;
    }
    return false;
}

/* Rows of W orthonormal, one after another. */
static layer orthonormal_rows(const set *s, layer l)
{
    for (int r = 0; r < l.m; r++) {
        double length = 0;
        for (int twice = 0; twice < 2; twice++)
            for (int q = 0; q < r; q++) {
                double dot = 0;
                for (int j = 0; j < s->d; j++) dot += l.w[r][j] * l.w[q][j];
                for (int j = 0; j < s->d; j++) l.w[r][j] -= dot * l.w[q][j];
            }
        for (int j = 0; j < s->d; j++) length += l.w[r][j] * l.w[r][j];
        for (int j = 0; j < s->d; j++) l.w[r][j] /= sqrt(length);
    }
    return l;
}

/* What of the class means lies in the rows of W. */
static double share_in(const set *s, layer l)
{
    double held = 0, all = 0, mean[DIM] = { 0 };
    for (int c = 0; c < s->classes; c++)
        for (int j = 0; j < s->d; j++) mean[j] += s->rho[c] * s->mean[c][j];
    l = orthonormal_rows(s, l);
    for (int c = 0; c < s->classes; c++) {
        for (int j = 0; j < s->d; j++) all += s->rho[c] * pow(s->mean[c][j] - mean[j], 2);
        for (int r = 0; r < l.m; r++) {
            double dot = 0;
            for (int j = 0; j < s->d; j++) dot += l.w[r][j] * (s->mean[c][j] - mean[j]);
            held += s->rho[c] * dot * dot;
        }
    }
    return held / all;
}

/* The greatest eigenvalue of W W^T, or with shift that of shift - W W^T. */
static double greatest(const set *s, const layer *l, double shift)
{
    double x[MOST] = { 1, 0.7, -0.4 }, value = 0;
    for (int i = 0; i < 3000; i++) {
        double y[MOST] = { 0 }, length = 0;
        for (int r = 0; r < l->m; r++) {
            for (int q = 0; q < l->m; q++)
                for (int j = 0; j < s->d; j++) y[r] += l->w[r][j] * l->w[q][j] * x[q];
            if (shift > 0) y[r] = shift * x[r] - y[r];
            length += y[r] * y[r];
        }
        value = sqrt(length);
        for (int r = 0; r < l->m; r++) x[r] = y[r] / value;
    }
    return value;
}

/* Spans: columns of all rows of both views, orthonormal one after another. */
typedef struct columns {
    int count;
    double x[DIM][2 * ITEMS];
} columns;

/* The views through a layer, as columns and as floats [2 ITEMS, m]. */
static columns through(const set *s, const layer *l, float *to)
{
    columns out = { .count = l->m };
    for (int i = 0; i < 2 * ITEMS; i++)
        for (int r = 0; r < l->m; r++) {
            const float *x = (i < ITEMS ? s->a : s->b) + i % ITEMS * s->d;
            double sum = 0;
            for (int j = 0; j < s->d; j++) sum += l->w[r][j] * (double)x[j];
            to[i * l->m + r] = (float)sum;
            out.x[r][i] = (double)to[i * l->m + r];
        }
    return out;
}

static double dot(const double *x, const double *y)
{
    double sum = 0;
    for (int i = 0; i < 2 * ITEMS; i++) sum += x[i] * y[i];
    return sum;
}

static columns orthonormal(columns c)
{
    for (int r = 0; r < c.count; r++)
        for (int twice = 0; twice < 2; twice++) {
            for (int q = 0; q < r; q++) {
                const double along = dot(c.x[r], c.x[q]);
                for (int i = 0; i < 2 * ITEMS; i++) c.x[r][i] -= along * c.x[q][i];
            }
            const double length = sqrt(dot(c.x[r], c.x[r]));
            for (int i = 0; i < 2 * ITEMS; i++) c.x[r][i] /= length;
        }
    return c;
}

/* Of what x has, the part in the span of the basis. */
static double part_in(const columns *x, const columns *basis)
{
    double held = 0, all = 0;
    for (int r = 0; r < x->count; r++) {
        all += dot(x->x[r], x->x[r]);
        for (int q = 0; q < basis->count; q++) held += pow(dot(x->x[r], basis->x[q]), 2);
    }
    return held / all;
}

static int wide; /* random layers as wide as the trained one */

/* Another layer than the trained one, and what the rows say of it. Counts those that are told. */
static int check_span(const set *s, const layer *trained, const layer *other)
{
    float told_a[2 * ITEMS * DIM], unused[2 * ITEMS * DIM];
    const columns p = through(s, trained, unused), z = through(s, other, told_a), bp = orthonormal(p),
                  bz = orthonormal(z);
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ told_a, ITEMS, other->m, other->m };
    in.b = (akin_cmat){ told_a + ITEMS * other->m, ITEMS, other->m, other->m };
    in.from_a = (akin_cmat){ s->a, ITEMS, s->d, s->d };
    in.from_b = (akin_cmat){ s->b, ITEMS, s->d, s->d };
    in.labels = s->label;
    in.count = ITEMS;
    akin_bounds *b = NULL;
    CHECK_OK(akin_bounds_compute(&in, "stepwise,wide", &b, &err));
    const double overlap = row_of(b, "stepwise-span")->measured,
                 explained = row_of(b, "stepwise-explained")->measured;
    CHECK(isnan(overlap) == isnan(explained));
    if (!isnan(overlap)) {
        CHECK_NEAR(overlap, part_in(&bp, &bz), 2e-5);
        CHECK_NEAR(explained, part_in(&z, &bp), 2e-5);
        if (other == trained) CHECK_NEAR(overlap + explained, 2, 1e-5);
    }
    /* as many components as features: the trained layer's span has them, by orthonormal directions */
    const double components = row_of(b, "wide-components")->measured;
    CHECK_LE(components, 1 + 1e-9);
    if (other->m == trained->m && !isnan(overlap)) {
        const layer axes = orthonormal_rows(s, *trained);
        const columns scores = through(s, &axes, unused);
        CHECK_NEAR(components, part_in(&scores, &bz), 2e-5);
        CHECK_NEAR(row_of(b, "wide-explained")->measured, explained, 1e-6);
        CHECK(other != trained || fabs(components - 1) < 1e-5);
        wide += other != trained;
    }
    akin_bounds_free(b);
    return !isnan(overlap);
}

static void a_linear_layer_learns_what_is_told(void **state)
{
    (void)state;
    int used = 0, apart = 0, spans = 0;
    for (test_seed = 1; test_seed <= 60; test_seed++) {
        const set s = random_set();
        layer l = { .m = s.classes }, other = l;
        double first, again;
        if (!train(&s, 1e-30, &l, &first) || !train(&s, 1e-40, &other, &again)) continue; /* a g near 0 */
        const double share = share_in(&s, l);
        if (fabs(share - share_in(&s, other)) > 1e-8) continue; /* two g alike: the order is of the start */
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        in.a = (akin_cmat){ s.a, ITEMS, s.d, s.d };
        in.b = (akin_cmat){ s.b, ITEMS, s.d, s.d };
        in.labels = s.label;
        in.count = ITEMS;
        akin_bounds *b = NULL;
        CHECK_OK(akin_bounds_compute(&in, "stepwise", &b, &err));
        const double most = greatest(&s, &l, 0), least = most - greatest(&s, &l, most);
        CHECK_NEAR(row_of(b, "stepwise-rate")->measured, least / most, 1e-5);
        const double told = row_of(b, "stepwise-classes")->measured;
        if (!isnan(told)) CHECK_NEAR(told, share, 1e-5);
        used += !isnan(told);
        if (least / most < 0.5) { /* g_1 = 1/least */
            CHECK_NEAR(first * least, 1, 1e-2);
            apart++;
        }
        akin_bounds_free(b);
        layer random = { .m = (int)test_int(1, s.d - 1 < MOST ? s.d - 1 : MOST) };
        for (int r = 0; r < random.m; r++)
            for (int j = 0; j < s.d; j++) random.w[r][j] = test_normal();
        spans += check_span(&s, &l, &l) && check_span(&s, &l, &random);
    }
    test_seed = 1;
    CHECK(used > 10 && apart > 5 && spans > 10 && wide > 3);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_linear_layer_learns_what_is_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
