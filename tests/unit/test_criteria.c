/* SPDX-License-Identifier: Apache-2.0 */
/* Criteria that need no labels: by hand on small matrices, against naive sums in double that take another way
 * (eigenvectors by Jacobi's rotations, a square root of the matrix, Gram-Schmidt), under rotation and scale.
 *
 * Tolerances. Cosines of pairs are float of d <= 12 products: 2e-6, over a temperature of 0.05 that is
 * 4e-5. Means of views are rounded to float in the search for neighbours and in LiDAR: 1e-7 of a length of
 * 1, over within-item deviations of at least 0.05, so 1e-5 of an eigenvalue, and of a rank below 12: 2e-4. */
#include "akin/tool/diagnose.h"
#include "theory/criteria.h"
#include "test.h"

static akin_error err;
enum { N = 1100, D = 12, Q = 4 };
static float data[Q][N * D], turned[Q][N * D];

static akin_cmat mat(const float *x, int64_t n, int64_t d) { return (akin_cmat){ x, n, d, d }; }

static void unit_rows(float *x, int64_t n, int64_t d)
{
    for (int64_t i = 0; i < n; i++) {
        double s = 0;
        for (int64_t k = 0; k < d; k++) s += (double)x[i * d + k] * (double)x[i * d + k];
        for (int64_t k = 0; k < d; k++) x[i * d + k] = (float)((double)x[i * d + k] / sqrt(s));
    }
}

static void random_views(akin_cmat *view, int32_t q, int64_t n, int64_t d, double noise)
{
    for (int64_t i = 0; i < n; i++) {
        double item[D];
        for (int64_t k = 0; k < d; k++) item[k] = test_normal() / (1 + (double)k);
        for (int32_t t = 0; t < q; t++)
            for (int64_t k = 0; k < d; k++) data[t][i * d + k] = (float)(item[k] + noise * test_normal());
    }
    for (int32_t t = 0; t < q; t++) {
        unit_rows(data[t], n, d);
        view[t] = mat(data[t], n, d);
    }
}

/* By hand ------------------------------------------------------------------------------------------- */

static void spectra_by_hand(void **state)
{
    (void)state;
    double l[200];
    for (int d = 3; d <= 200; d += 197)
        for (double alpha = 0.25; alpha < 3; alpha += 0.5) {
            for (int j = 1; j <= d; j++) l[j - 1] = 7 * pow(j, -alpha);
            CHECK_NEAR(ak_alpha_req(l, d), alpha, 1e-11);
        }
    for (int j = 20; j < 200; j++) l[j] = 0; /* what is rounding does not count: 3 to 20 are left */
    CHECK_NEAR(ak_alpha_req(l, 200), 2.75, 1e-11);
    for (int j = 2; j < 200; j++) l[j] = 0;
    CHECK(isnan(ak_alpha_req(l, 200)));
    const double three[] = { 1, 0.5, 0.1 }; /* weights 1, 1/2, 1/3; x = -log j; y = log l */
    const double x[] = { 0, -log(2), -log(3) }, y[] = { 0, log(0.5), log(0.1) },
                 w[] = { 6. / 11, 3. / 11, 2. / 11 };
    double mx = 0, my = 0, top = 0, low = 0;
    for (int j = 0; j < 3; j++) {
        mx += w[j] * x[j];
        my += w[j] * y[j];
    }
    for (int j = 0; j < 3; j++) {
        top += w[j] * (x[j] - mx) * (y[j] - my);
        low += w[j] * (x[j] - mx) * (x[j] - mx);
    }
    CHECK_NEAR(ak_alpha_req(three, 3), top / low, 1e-12);
    CHECK_NEAR(ak_self_cluster(2, 2, 2), -1, 1e-15); /* two orthogonal rows of two: e = 3 */
    CHECK_NEAR(ak_self_cluster(9, 3, 5), 1, 1e-15);
    CHECK(isnan(ak_self_cluster(9, 3, 1)));
}

static void coherence_by_hand(void **state)
{
    (void)state;
    const float x[] = { 1, 0, 0, 1, 0, 1 };
    double c;
    CHECK_OK(ak_coherence(mat(x, 3, 2), &c, &err)); /* leverages 1, 1/2, 1/2 */
    CHECK_NEAR(c, 1.5, 1e-12);
    CHECK_OK(ak_coherence(mat(x, 1, 2), &c, &err)); /* fewer rows than columns */
    CHECK_NEAR(c, 1, 1e-12);
    const float line[] = { 1, 1, 1, 1, -2, -2 }; /* one direction of two: leverages 1/6, 1/6, 4/6 */
    CHECK_OK(ak_coherence(mat(line, 3, 2), &c, &err));
    CHECK_NEAR(c, 2, 1e-9);
}

static double entropy_rank(double a, double b)
{
    const double p = a / (a + b) + 1e-7, r = b / (a + b) + 1e-7;
    return exp(-p * log(p) - r * log(r));
}

static void lidar_by_hand(void **state)
{
    (void)state;
    const float a[] = { 1, 0.5F, -1, 0.5F }, b[] = { 1, -0.5F, -1, -0.5F };
    akin_cmat view[] = { mat(a, 2, 2), mat(b, 2, 2) };
    double rank;
    CHECK_OK(ak_lidar(view, 2, 0.01, &rank, &err)); /* S_b = diag(1, 0), S_w = diag(0.01, 0.26) */
    CHECK_NEAR(rank, entropy_rank(1 / 0.01, 0), 1e-9);
    /* four items at (+-1, 0), (0, +-1), each with views apart by (+-1/4, +-1/2): S_b = diag(1/2, 1/2) */
    const float c[] = { 1.25F, 0.5F, -0.75F, 0.5F, 0.25F, 1.5F, 0.25F, -0.5F };
    const float d[] = { 0.75F, -0.5F, -1.25F, -0.5F, -0.25F, 0.5F, -0.25F, -1.5F };
    const float e[] = { 1.25F, -0.5F, -0.75F, -0.5F, 0.25F, 0.5F, 0.25F, -1.5F };
    const float f[] = { 0.75F, 0.5F, -1.25F, 0.5F, -0.25F, 1.5F, -0.25F, -0.5F };
    akin_cmat four[] = { mat(c, 4, 2), mat(d, 4, 2), mat(e, 4, 2), mat(f, 4, 2) };
    CHECK_OK(ak_lidar(four, 4, 0.0375, &rank, &err)); /* S_w = diag(1/16, 1/4) + 0.0375 = diag(0.1, 0.2875) */
    CHECK_NEAR(rank, entropy_rank(0.5 / 0.1, 0.5 / 0.2875), 1e-9);
    akin_cmat same[] = { mat(a, 1, 2), mat(a, 1, 2) };
    CHECK_OK(ak_lidar(same, 2, 1e-4, &rank, &err)); /* one item: nothing tells items apart */
    CHECK(rank == 1);
}

static void infonce_by_hand(void **state)
{
    (void)state;
    const float x[] = { 1, 0, 0, 1 };
    const double t[] = { 1, 0.5 };
    ak_infonce_of o;
    CHECK_OK(ak_infonce_bounds(mat(x, 2, 2), mat(x, 2, 2), t, 2, &o, &err));
    CHECK(o.batch == 2);
    CHECK_NEAR(o.bound[0], 0.37988549304172247, 1e-12); /* 1 + log 2 - log(1 + e) */
    CHECK_NEAR(o.bound[1], 2 + log(2) - log(1 + exp(2)), 1e-12);
    CHECK_NEAR(o.lse[1], 0.5 * (log(1 + exp(2)) - log(2)), 1e-12);
}

static void bias_by_hand(void **state)
{
    (void)state;
    const float x[] = { 1, 0, 1, 0, 0, 1, 0, 1 };
    akin_cmat view[] = { mat(x, 4, 2), mat(x, 4, 2) };
    double bias;
    CHECK_OK(ak_prototype_bias_views(view, 2, 1, &bias, &err)); /* two and two coincide */
    CHECK_NEAR(bias, 0, 1e-7);
    CHECK_OK(ak_prototype_bias_views(view, 2, 10, &bias, &err)); /* all four: half way between the axes */
    CHECK_NEAR(bias, sqrt(2 - sqrt(2)), 1e-7);
}

/* Against naive sums -------------------------------------------------------------------------------- */

/* Jacobi: a [d,d] becomes diagonal, v [d,d] has the eigenvectors in its columns. */
static void jacobi(double a[D][D], double v[D][D], int64_t d)
{
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < d; j++) v[i][j] = i == j;
    for (int sweep = 0; sweep < 60; sweep++)
        for (int64_t p = 0; p < d; p++)
            for (int64_t q = p + 1; q < d; q++) {
                const double angle = 0.5 * atan2(2 * a[p][q], a[q][q] - a[p][p]), c = cos(angle),
                             s = sin(angle);
                for (int64_t k = 0; k < d; k++) {
                    const double x = a[k][p], y = a[k][q];
                    a[k][p] = c * x - s * y;
                    a[k][q] = s * x + c * y;
                }
                for (int64_t k = 0; k < d; k++) {
                    const double x = a[p][k], y = a[q][k], z = v[k][p], w = v[k][q];
                    a[p][k] = c * x - s * y;
                    a[q][k] = s * x + c * y;
                    v[k][p] = c * z - s * w;
                    v[k][q] = s * z + c * w;
                }
            }
}

static double naive_lidar(const akin_cmat *view, int32_t q, double delta)
{
    const int64_t n = view[0].rows, d = view[0].cols;
    static double m[N][D];
    double all[D] = { 0 }, b[D][D] = { { 0 } }, w[D][D] = { { 0 } }, v[D][D], root[D][D], l[D][D], sum = 0,
           h = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++) {
            m[i][k] = 0;
            for (int32_t t = 0; t < q; t++) m[i][k] += (double)view[t].data[i * d + k] / q;
            all[k] += m[i][k] / (double)n;
        }
    for (int64_t i = 0; i < n; i++)
        for (int64_t x = 0; x < d; x++)
            for (int64_t y = 0; y < d; y++) {
                b[x][y] += (m[i][x] - all[x]) * (m[i][y] - all[y]) / (double)n;
                for (int32_t t = 0; t < q; t++)
                    w[x][y] += ((double)view[t].data[i * d + x] - m[i][x]) *
                               ((double)view[t].data[i * d + y] - m[i][y]) / (double)(n * q);
            }
    for (int64_t x = 0; x < d; x++) w[x][x] += delta;
    jacobi(w, v, d);
    for (int64_t x = 0; x < d; x++)
        for (int64_t y = 0; y < d; y++) {
            root[x][y] = 0;
            for (int64_t k = 0; k < d; k++) root[x][y] += v[x][k] * v[y][k] / sqrt(w[k][k]);
        }
    for (int64_t x = 0; x < d; x++)
        for (int64_t y = 0; y < d; y++) {
            l[x][y] = 0;
            for (int64_t j = 0; j < d; j++)
                for (int64_t k = 0; k < d; k++) l[x][y] += root[x][j] * b[j][k] * root[k][y];
        }
    jacobi(l, v, d);
    for (int64_t x = 0; x < d; x++) sum += l[x][x];
    for (int64_t x = 0; x < d; x++) h -= (l[x][x] / sum + 1e-7) * log(l[x][x] / sum + 1e-7);
    return exp(h);
}

/* The greatest squared row of an orthonormal basis of the columns, by Gram-Schmidt twice. */
static double naive_coherence(akin_cmat x)
{
    static double q[D][N];
    const int64_t n = x.rows, d = x.cols;
    double most = 0;
    for (int64_t k = 0; k < d; k++) {
        for (int64_t i = 0; i < n; i++) q[k][i] = (double)x.data[i * d + k];
        for (int64_t j = 0; j < 2 * k; j++) {
            double s = 0;
            for (int64_t i = 0; i < n; i++) s += q[j % k][i] * q[k][i];
            for (int64_t i = 0; i < n; i++) q[k][i] -= s * q[j % k][i];
        }
        double s = 0;
        for (int64_t i = 0; i < n; i++) s += q[k][i] * q[k][i];
        for (int64_t i = 0; i < n; i++) q[k][i] /= sqrt(s);
    }
    for (int64_t i = 0; i < n; i++) {
        double s = 0;
        for (int64_t k = 0; k < d; k++) s += q[k][i] * q[k][i];
        most = fmax(most, s);
    }
    return most * (double)n / (double)d;
}

static double naive_bound(akin_cmat a, akin_cmat b, double t)
{
    const int64_t n = a.rows, size = n < 512 ? n : 512, batches = n / size;
    double sum = 0;
    for (int64_t i = 0; i < size * batches; i++) {
        double z = 0, own = 0;
        for (int64_t j = i % batches; j < size * batches; j += batches) {
            double s = 0;
            for (int64_t k = 0; k < a.cols; k++)
                s += (double)a.data[i * a.cols + k] * (double)b.data[j * a.cols + k];
            z += exp(s / t);
            if (i == j) own = s;
        }
        sum += own / t - log(z / (double)size);
    }
    return sum / (double)(size * batches);
}

static double mean_of(const akin_cmat *view, int32_t q, int64_t i, int64_t k)
{
    double s = 0;
    for (int32_t t = 0; t < q; t++) s += (double)view[t].data[i * view[t].cols + k] / q;
    return s;
}

static double naive_cosine(const akin_cmat *view, int32_t q, int64_t i, int64_t j)
{
    double xy = 0, xx = 0, yy = 0;
    for (int64_t k = 0; k < view[0].cols; k++) {
        const double x = mean_of(view, q, i, k), y = mean_of(view, q, j, k);
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    return xy / sqrt(xx * yy);
}

static double naive_bias(const akin_cmat *view, int32_t q, int64_t near)
{
    const int64_t n = view[0].rows, d = view[0].cols;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double c[D], cosine[N], cc = 0, mm = 0, cm = 0;
        for (int64_t k = 0; k < d; k++) c[k] = mean_of(view, q, i, k);
        for (int64_t j = 0; j < n; j++) cosine[j] = j == i ? -2 : naive_cosine(view, q, i, j);
        for (int64_t r = 0; r < near; r++) {
            int64_t best = 0;
            for (int64_t j = 1; j < n; j++)
                if (cosine[j] > cosine[best]) best = j;
            cosine[best] = -2;
            for (int64_t k = 0; k < d; k++) c[k] += mean_of(view, q, best, k);
        }
        for (int64_t k = 0; k < d; k++) {
            const double m = mean_of(view, q, i, k);
            cc += c[k] * c[k];
            mm += m * m;
            cm += c[k] * m;
        }
        sum += sqrt(fmax(2 - 2 * cm / sqrt(cc * mm), 0));
    }
    return sum / (double)n;
}

static void naive_sums_agree(void **state)
{
    (void)state;
    const double t[] = { 0.05, 0.5 };
    const int64_t size[] = { 13, 60, N };
    akin_cmat view[Q];
    for (int s = 0; s < 3; s++)
        for (int32_t q = 2; q <= Q; q += 2) {
            const int64_t d = s == 1 ? 5 : D;
            random_views(view, q, size[s], d, 0.4);
            double got;
            ak_infonce_of o;
            CHECK_OK(ak_lidar(view, q, 1e-3, &got, &err));
            CHECK_NEAR(got, naive_lidar(view, q, 1e-3), 2e-4);
            CHECK_OK(ak_coherence(view[0], &got, &err));
            CHECK_NEAR(got, naive_coherence(view[0]), 1e-6);
            CHECK_OK(ak_infonce_bounds(view[0], view[1], t, 2, &o, &err));
            for (int k = 0; k < 2; k++) {
                CHECK_NEAR(o.bound[k], naive_bound(view[0], view[1], t[k]), 4e-5);
                CHECK_LE(o.bound[k], log((double)o.batch));
            }
            if (size[s] == N) continue; /* the naive search is slow */
            CHECK_OK(ak_prototype_bias_views(view, q, 4, &got, &err));
            CHECK_NEAR(got, naive_bias(view, q, 4), 1e-5);
        }
}

/* Rows times one random rotation, and times a factor. */
static void turn(const akin_cmat *view, int32_t q, float factor, akin_cmat *out)
{
    const int64_t d = view[0].cols;
    double r[D][D];
    for (int64_t i = 0; i < d; i++) {
        double s = 0;
        for (int64_t k = 0; k < d; k++) r[i][k] = test_normal();
        for (int64_t j = 0; j < 2 * i; j++) {
            double p = 0;
            for (int64_t k = 0; k < d; k++) p += r[i][k] * r[j % i][k];
            for (int64_t k = 0; k < d; k++) r[i][k] -= p * r[j % i][k];
        }
        for (int64_t k = 0; k < d; k++) s += r[i][k] * r[i][k];
        for (int64_t k = 0; k < d; k++) r[i][k] /= sqrt(s);
    }
    for (int32_t t = 0; t < q; t++) {
        for (int64_t i = 0; i < view[t].rows; i++)
            for (int64_t k = 0; k < d; k++) {
                double s = 0;
                for (int64_t j = 0; j < d; j++) s += r[k][j] * (double)view[t].data[i * d + j];
                turned[t][i * d + k] = factor * (float)s;
            }
        out[t] = mat(turned[t], view[t].rows, d);
    }
}

static void rotation_and_scale_change_nothing(void **state)
{
    (void)state;
    akin_cmat view[Q], other[Q];
    double before, after;
    for (float factor = 1; factor < 9; factor += 7) {
        random_views(view, Q, 200, D, 0.3);
        turn(view, Q, factor, other);
        CHECK_OK(ak_lidar(view, Q, 1e-3, &before, &err));
        CHECK_OK(ak_lidar(other, Q, 1e-3 * (double)factor * (double)factor, &after, &err));
        CHECK_NEAR(before, after, 2e-4);
        CHECK_OK(ak_coherence(view[0], &before, &err));
        CHECK_OK(ak_coherence(other[0], &after, &err));
        CHECK_NEAR(before, after, 1e-5);
        CHECK_OK(ak_prototype_bias_views(view, Q, 5, &before, &err));
        CHECK_OK(ak_prototype_bias_views(other, Q, 5, &after, &err));
        CHECK_NEAR(before, after, 1e-5);
        if (factor > 1) continue;
        const double t = 0.1;
        ak_infonce_of o, p;
        CHECK_OK(ak_infonce_bounds(view[0], view[1], &t, 1, &o, &err));
        CHECK_OK(ak_infonce_bounds(other[0], other[1], &t, 1, &p, &err));
        CHECK_NEAR(o.bound[0], p.bound[0], 2e-5);
    }
}

/* In a diagnosis ------------------------------------------------------------------------------------ */

static double value_of(const akin_diagnosis *g, const char *name)
{
    for (int i = 0; akin_diagnosis_at(g, i); i++)
        if (strcmp(akin_diagnosis_at(g, i)->name, name) == 0) return akin_diagnosis_at(g, i)->value;
    return NAN;
}

static void a_diagnosis_has_them(void **state)
{
    (void)state;
    static const char *const names[] = {
        "ne-sum",        "alpha-req",     "self-cluster",         "coherence",
        "lidar",         "infonce-bound", "prototype-bias-views", "objective-views",
        "align-uniform", "rankme"
    };
    akin_cmat view[Q], other[Q];
    akin_diagnosis *g = NULL, *h = NULL;
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    random_views(view, Q, 300, D, 0.3);
    in.features = view[0];
    in.views = view;
    in.view_count = Q;
    CHECK_OK(akin_diagnose(&in, &g, &err));
    CHECK_NEAR(value_of(g, "align-uniform"), value_of(g, "alignment") + value_of(g, "uniformity"), 1e-12);
    CHECK_NEAR(value_of(g, "ne-sum") * value_of(g, "top-direction"), 1, 1e-9);
    double lidar, bias, length = 0, squares = 0; /* of all cosines */
    for (int64_t i = 0; i < 300 * 300; i++) {
        double cosine = 0;
        for (int64_t k = 0; k < D; k++)
            cosine += (double)data[0][i / 300 * D + k] * (double)data[0][i % 300 * D + k];
        squares += cosine * cosine;
    }
    CHECK_NEAR(value_of(g, "self-cluster"), ak_self_cluster(squares, 300, D), 1e-5);
    CHECK_NEAR(value_of(g, "coherence"), naive_coherence(view[0]), 1e-5);
    CHECK_OK(ak_lidar(view, Q, 1e-4, &lidar, &err));
    CHECK_NEAR(value_of(g, "lidar"), lidar, 1e-4);
    CHECK_OK(ak_prototype_bias_views(view, Q, 10, &bias, &err));
    CHECK_NEAR(value_of(g, "prototype-bias-views"), bias, 1e-6);
    ak_infonce_of o;
    const double t = in.temperature;
    CHECK_OK(ak_infonce_bounds(view[0], view[1], &t, 1, &o, &err));
    CHECK_LE(o.bound[0], value_of(g, "infonce-bound") + 1e-9);
    for (int64_t i = 0; i < 300; i++)
        for (int64_t k = 0; k < D; k++) length += pow(mean_of(view, Q, i, k), 2) / 300;
    CHECK_NEAR(value_of(g, "objective-views"), o.lse[0] - length, 1e-6);
    bool named = false; /* a loss that is not known is told as such */
    for (int i = 0; akin_diagnosis_at(g, i); i++)
        named = named || strcmp(akin_diagnosis_at(g, i)->name, "loss-learned") == 0;
    CHECK(named && isnan(value_of(g, "loss-learned")));
    turn(view, Q, 3, other); /* rows are made unit */
    in.features = other[0];
    in.views = other;
    CHECK_OK(akin_diagnose(&in, &h, &err));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK(isfinite(value_of(g, names[i])));
        CHECK_NEAR(value_of(g, names[i]), value_of(h, names[i]), 2e-4);
    }
    akin_diagnosis_free(g);
    akin_diagnosis_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_by_hand),
        cmocka_unit_test(coherence_by_hand),
        cmocka_unit_test(lidar_by_hand),
        cmocka_unit_test(infonce_by_hand),
        cmocka_unit_test(bias_by_hand),
        cmocka_unit_test(naive_sums_agree),
        cmocka_unit_test(rotation_and_scale_change_nothing),
        cmocka_unit_test(a_diagnosis_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
