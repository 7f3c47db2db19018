/* SPDX-License-Identifier: Apache-2.0 */
/* Views of vectors: what a view is a function of, and the distribution of each part. The sample sizes below
 * give every statistic a tolerance of five of its own deviations, named where it stands; the seed is
 * fixed. */
#include "akin/tool/vector_views.h"
#include "test.h"
#include "views/view_options.h"

enum { N = 50, D = 23, VIEWS = 2000 };

static akin_error err;
static float data[N][D], out[N][D], again[N][D];
static double mean[D], std[D];
static int32_t items[N];
static akin_vectors rows;
static akin_vector_scale scale = { sizeof scale, D, mean, std };

static int set_up(void **state)
{
    (void)state;
    for (int c = 0; c < D; c++) {
        mean[c] = test_uniform(-100, 100);
        std[c] = test_uniform(0.1, 10);
    }
    for (int i = 0; i < N; i++) {
        items[i] = i;
        for (int c = 0; c < D; c++) data[i][c] = (float)(mean[c] + std[c] * test_normal());
    }
    rows = (akin_vectors){ .struct_size = sizeof rows, .x = data[0], .n = N, .d = D };
    return 0;
}

static akin_mat mat(float (*to)[D], int64_t n) { return (akin_mat){ to[0], n, D, D }; }

static void views(const akin_vector_view_opts *o, uint32_t epoch, uint32_t view, float (*to)[D])
{
    const akin_view_name name = {
        .struct_size = sizeof(akin_view_name), .seed = test_seed, .epoch = epoch, .view = view
    };
    CHECK_OK(akin_vector_views(o, &rows, &scale, items, &name, mat(to, N), &err));
}

static float scaled(int i, int c) { return (float)(((double)data[i][c] - mean[c]) / std[c]); }

static akin_vector_view_opts with(float noise, float mask, int32_t marginal, float mix, float least)
{
    akin_vector_view_opts o = AKIN_VECTOR_VIEW_OPTS_INIT;
    o.noise = noise;
    o.mask_prob = mask;
    o.mask_with = marginal;
    o.mix_prob = mix;
    o.mix_min = least;
    return o;
}

static void without_options_a_view_is_the_scaled_row(void **state)
{
    (void)state;
    views(NULL, 0, 1, out);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < D; c++) CHECK(out[i][c] == scaled(i, c));
    const akin_view_name name = { .struct_size = sizeof(akin_view_name), .seed = 1 };
    CHECK_OK(akin_vector_views(NULL, &rows, NULL, items, &name, mat(out, N), &err));
    CHECK(memcmp(out, data, sizeof data) == 0);
    akin_vector_view_opts o = with(1, 0.5f, 1, 1, 0.5f);
    o.first_unchanged = 1;
    views(&o, 3, 0, out);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < D; c++) CHECK(out[i][c] == scaled(i, c));
    views(&o, 3, 1, again);
    CHECK(memcmp(out, again, sizeof out) != 0);
}

static void a_view_is_a_function_of_its_name(void **state)
{
    (void)state;
    const akin_vector_view_opts o = with(0.5f, 0.5f, 1, 0.5f, 0.3f);
    views(&o, 2, 1, out);
    for (int i = N - 1; i >= 0; i--) { /* alone, in another order, with a stride */
        float wide[D + 3];
        const akin_view_name name = {
            .struct_size = sizeof(akin_view_name), .seed = test_seed, .epoch = 2, .view = 1
        };
        CHECK_OK(
            akin_vector_views(&o, &rows, &scale, &items[i], &name, (akin_mat){ wide, 1, D, D + 3 }, &err));
        CHECK(memcmp(wide, out[i], sizeof out[i]) == 0);
    }
    const uint32_t others[][2] = { { 2, 0 }, { 1, 1 }, { 3, 1 }, { 2, 255 } };
    for (int k = 0; k < 4; k++) {
        views(&o, others[k][0], others[k][1], again);
        for (int i = 0; i < N; i++) CHECK(memcmp(out[i], again[i], sizeof out[i]) != 0);
    }
    test_seed++;
    views(&o, 2, 1, again);
    test_seed--;
    for (int i = 0; i < N; i++) CHECK(memcmp(out[i], again[i], sizeof out[i]) != 0);
}

/* Standard normal distribution function, by the library. */
static double phi(double x) { return 0.5 * erfc(-x * 0.70710678118654752); }

static void noise_is_normal(void **state)
{
    (void)state;
    const akin_vector_view_opts o = with(0.25f, 0, 0, 0, 0);
    const double total = (double)N * D * VIEWS / 10;
    double sum = 0, square = 0, fourth = 0, cross = 0;
    int64_t bin[20] = { 0 };
    for (uint32_t v = 0; v < VIEWS / 10; v++) {
        views(&o, v / 200, v % 200, out);
        for (int i = 0; i < N; i++)
            for (int c = 0; c < D; c++) {
                const double g = ((double)out[i][c] - (double)scaled(i, c)) / 0.25;
                int b = (int)(20 * phi(g));
                bin[b > 19 ? 19 : b]++;
                sum += g;
                square += g * g;
                fourth += g * g * g * g;
                if (c) cross += g * ((double)out[i][c - 1] - (double)scaled(i, c - 1)) / 0.25;
            }
    }
    /* variances of g, g^2, g^4 and of a product of two: 1, 2, 96, 1 */
    CHECK_NEAR(sum / total, 0, 5 / sqrt(total));
    CHECK_NEAR(square / total, 1, 5 * sqrt(2 / total));
    CHECK_NEAR(fourth / total, 3, 5 * sqrt(96 / total));
    CHECK_NEAR(cross / total, 0, 5 / sqrt(total));
    double chi = 0; /* 19 degrees of freedom: mean 19, variance 38 */
    for (int b = 0; b < 20; b++) chi += pow((double)bin[b] - total / 20, 2) / (total / 20);
    CHECK_LE(chi, 19 + 5 * sqrt(38));
}

static void masking_replaces_its_share(void **state)
{
    (void)state;
    const akin_vector_view_opts zero = with(0, 0.3f, 0, 0, 0), marginal = with(0, 0.3f, 1, 0, 0);
    int64_t masked = 0, per_column[D] = { 0 }, donors[N] = { 0 }, pairs = 0;
    for (uint32_t v = 0; v < 200; v++) {
        views(&zero, 0, v, out);
        views(&marginal, 0, v, again);
        for (int i = 0; i < N; i++)
            for (int c = 0; c < D; c++) {
                if (out[i][c] == scaled(i, c)) { /* the same places in both */
                    CHECK(again[i][c] == out[i][c]);
                    continue;
                }
                CHECK(out[i][c] == 0);
                masked++;
                per_column[c]++;
                pairs += c > 0 && out[i][c - 1] == 0;
                int donor = 0;
                while (donor < N && again[i][c] != scaled(donor, c)) donor++;
                CHECK(donor < N); /* the column of some row */
                donors[donor]++;
            }
    }
    const double total = 200.0 * N * D, p = (double)0.3f;
    CHECK_NEAR((double)masked / total, p, 5 * sqrt(p * (1 - p) / total));
    for (int c = 0; c < D; c++)
        CHECK_NEAR((double)per_column[c] / (200 * N), p, 5 * sqrt(p * (1 - p) / (200 * N)));
    /* neighbours are masked independently; the products of overlapping pairs add covariance p^3(1-p) on
     * both sides */
    const double both = p * p, spread = both * (1 - both) + 2 * p * p * p * (1 - p);
    CHECK_NEAR((double)pairs / (200.0 * N * (D - 1)), both, 5 * sqrt(spread / (200.0 * N * (D - 1))));
    for (int i = 0; i < N; i++)
        CHECK_NEAR((double)donors[i], (double)masked / N, 5 * sqrt((double)masked / N));
}

static void mixing_stays_between_two_rows(void **state)
{
    (void)state;
    const akin_vector_view_opts o = with(0, 0, 0, 0.5f, 0.25f);
    int64_t mixed = 0, partner[N] = { 0 };
    double sum = 0, least = 1, most = 0;
    for (uint32_t v = 0; v < 100; v++) {
        views(&o, 0, v, out);
        for (int i = 0; i < N; i++) {
            bool same = true;
            for (int c = 0; c < D; c++) same = same && out[i][c] == scaled(i, c);
            if (same) continue;
            mixed++;
            int found = -1;
            for (int j = 0; j < N && found < 0;
                 j++) { /* x + (1-lambda)(y-x) for one lambda in all columns? */
                if (j == i) continue;
                const double share = ((double)out[i][0] - (double)scaled(i, 0)) /
                                     ((double)scaled(j, 0) - (double)scaled(i, 0));
                bool fits = true;
                for (int c = 1; c < D && fits; c++)
                    /* share is off by about 1e-6 when the rows differ by 0.1 in column 0; values are below
                     * 5 */
                    fits = fabs((double)out[i][c] - (1 - share) * (double)scaled(i, c) -
                                share * (double)scaled(j, c)) < 1e-3;
                if (!fits) continue;
                found = j;
                const double lambda = 1 - share;
                sum += lambda;
                least = fmin(least, lambda);
                most = fmax(most, lambda);
            }
            CHECK(found >= 0);
            partner[found]++;
        }
    }
    CHECK_NEAR((double)mixed / (100 * N), 0.5, 5 * sqrt(0.25 / (100 * N)));
    CHECK(least >= 0.25 - 1e-3 && least < 0.3 && most <= 1 + 1e-3 && most > 0.95);
    CHECK_NEAR(sum / (double)mixed, 0.625, 5 * 0.75 / sqrt(12.0 * (double)mixed));
    for (int j = 0; j < N; j++)
        CHECK_NEAR((double)partner[j], (double)mixed / N, 5 * sqrt((double)mixed / N));
    rows.n = 1; /* nobody to mix with, and the only donor is the row */
    const akin_vector_view_opts all = with(0, 1, 1, 1, 0);
    const akin_view_name name = { .struct_size = sizeof(akin_view_name), .seed = 1 };
    CHECK_OK(akin_vector_views(&all, &rows, &scale, items, &name, mat(out, 1), &err));
    for (int c = 0; c < D; c++) CHECK(out[0][c] == scaled(0, c));
    rows.n = N;
}

static void no_option_moves_the_draws_of_another(void **state)
{
    (void)state;
    const akin_vector_view_opts noise = with(0.5f, 0, 0, 0, 0), both = with(0.5f, 0.4f, 0, 0, 0),
                                mask = with(0, 0.4f, 0, 0, 0), more = with(0.5f, 0.6f, 0, 0, 0);
    static float a[N][D], b[N][D], c[N][D], d[N][D];
    views(&noise, 1, 1, a);
    views(&both, 1, 1, b);
    views(&mask, 1, 1, c);
    views(&more, 1, 1, d);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < D; k++) {
            CHECK(c[i][k] == 0 ? b[i][k] == 0 : b[i][k] == a[i][k]);
            CHECK(c[i][k] != 0 || d[i][k] == 0); /* a higher share masks what a lower one did */
        }
    const akin_vector_view_opts whole = with(0.5f, 1, 0, 0, 0);
    views(&whole, 1, 1, a);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < D; k++) CHECK(a[i][k] == 0);
}

static void options_by_name(void **state)
{
    (void)state;
    char names[200] = "";
    for (int i = 0; ak_vector_view_preset_at(i); i++) {
        const ak_vector_view_preset *p = ak_vector_view_preset_at(i);
        if (*names) strcat(names, "|");
        strcat(names, p->name);
        CHECK_OK(akin_vector_view_check(p->opts, &err));
        views(p->opts, 0, 1, out);
    }
    CHECK(strcmp(names, AKIN_VECTOR_VIEW_PRESET_NAMES) == 0);
    akin_vector_view_opts o = AKIN_VECTOR_VIEW_OPTS_INIT;
    double value = 0;
    CHECK_OK(akin_vector_view_preset("scarf", &o, &err));
    CHECK(o.mask_prob == 0.6f && o.mask_with == 1 && o.first_unchanged == 1 && o.noise == 0);
    CHECK_FAILS(akin_vector_view_preset("scarfs", &o, &err), AKIN_ERR_RANGE, "none|noise|mask|scarf|mix");
    CHECK_OK(akin_vector_view_set(&o, "mask-with", "mean", &err));
    CHECK_OK(akin_vector_view_set(&o, "noise", "0.25", &err));
    CHECK(o.mask_with == 0 && o.noise == 0.25f);
    CHECK_OK(ak_vector_view_get(&o, "keep-first", &value, &err));
    CHECK(value == 1);
    CHECK_OK(akin_vector_view_set(&o, "vector-views", "none", &err));
    CHECK(o.noise == 0 && o.mask_prob == 0);
    CHECK_FAILS(akin_vector_view_set(&o, "mask-probe", "1", &err), AKIN_ERR_ARGUMENT,
                "did you mean 'mask-prob'?");
    CHECK_FAILS(akin_vector_view_set(&o, "mix-min", "1.5", &err), AKIN_ERR_RANGE, "between 0 and 1");
    const akin_view_name name = { .struct_size = sizeof(akin_view_name), .seed = 1 },
                         late = { .struct_size = sizeof(akin_view_name), .view = 256 };
    o.noise = NAN;
    CHECK_FAILS(akin_vector_views(&o, &rows, &scale, items, &name, mat(out, N), &err), AKIN_ERR_RANGE,
                "--noise");
    o.noise = 0;
    CHECK_FAILS(akin_vector_views(&o, &rows, &scale, items, &late, mat(out, N), &err), AKIN_ERR_RANGE,
                "view is 256");
    CHECK_FAILS(akin_vector_views(&o, &rows, &scale, items, &name, (akin_mat){ out[0], N, D - 1, D }, &err),
                AKIN_ERR_SHAPE, "out is [50,22]; rows of 23 are needed");
    const akin_vector_scale narrow = { sizeof narrow, D - 1, mean, std };
    CHECK_FAILS(akin_vector_views(&o, &rows, &narrow, items, &name, mat(out, N), &err), AKIN_ERR_SHAPE,
                "22 columns");
    items[3] = N;
    CHECK_FAILS(akin_vector_views(&o, &rows, &scale, items, &name, mat(out, N), &err), AKIN_ERR_RANGE,
                "item 3 of the batch is 50");
    items[3] = 3;
}

/* A caller that was compiled before the last fields were added, and one that forgot the initialiser. */
static void structs_of_other_sizes(void **state)
{
    (void)state;
    enum { OLD = offsetof(akin_vector_view_opts, first_unchanged) };
    const akin_view_name name = { .struct_size = sizeof(akin_view_name), .seed = 1 }, empty = { .seed = 1 };
    akin_vector_view_opts o = AKIN_VECTOR_VIEW_OPTS_INIT;
    o.struct_size = OLD;
    o.first_unchanged = 77; /* not the library's: it is beyond what the caller has */
    CHECK_OK(akin_vector_view_preset("scarf", &o, &err));
    CHECK_OK(akin_vector_view_set(&o, "noise", "0.5", &err));
    CHECK(o.struct_size == OLD && o.mask_prob == 0.6f && o.noise == 0.5f && o.first_unchanged == 77);
    CHECK_OK(akin_vector_views(&o, &rows, &scale, items, &name, mat(out, N), &err));
    o.struct_size = 0;
    CHECK_FAILS(akin_vector_view_preset("scarf", &o, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_vector_views(&o, &rows, &scale, items, &name, mat(out, N), &err), AKIN_ERR_ARGUMENT,
                "not initialised");
    akin_vectors short_rows = { .struct_size = offsetof(akin_vectors, labels), .x = data[0], .n = N, .d = D };
    CHECK_OK(akin_vector_views(NULL, &short_rows, &scale, items, &name, mat(out, N), &err));
    short_rows.struct_size = 0;
    CHECK_FAILS(akin_vector_views(NULL, &short_rows, &scale, items, &name, mat(out, N), &err),
                AKIN_ERR_ARGUMENT, "not initialised");
    akin_vector_scale no_size = { 0, D, mean, std };
    CHECK_FAILS(akin_vector_views(NULL, &rows, &no_size, items, &name, mat(out, N), &err), AKIN_ERR_ARGUMENT,
                "not initialised");
    CHECK_FAILS(akin_vector_views(NULL, &rows, &scale, items, &empty, mat(out, N), &err), AKIN_ERR_ARGUMENT,
                "AKIN_VIEW_NAME_INIT");
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_a_view_is_the_scaled_row),
        cmocka_unit_test(a_view_is_a_function_of_its_name),
        cmocka_unit_test(noise_is_normal),
        cmocka_unit_test(masking_replaces_its_share),
        cmocka_unit_test(mixing_stays_between_two_rows),
        cmocka_unit_test(no_option_moves_the_draws_of_another),
        cmocka_unit_test(options_by_name),
        cmocka_unit_test(structs_of_other_sizes),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
