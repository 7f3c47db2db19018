/* SPDX-License-Identifier: Apache-2.0 */
/* Copies: pairs, groups and nearest rows against all pairs in double, planted copies, other orders of the
 * rows, any number of threads, and rows from which nothing can be said. */
#include "test.h"

#include "akin/tool/dups.h"

#include <math.h>
#include <string.h>

enum { N = 700, D = 19 };

/* Rows by chance; every seventh is an earlier one moved a little, every eleventh an earlier one as it is,
 * every 97th one of zeros. */
static void make_rows(float *x)
{
    for (int64_t i = 0; i < N; i++) {
        const int64_t from = i ? test_int(0, i - 1) : 0;
        const double noise = i % 14 == 0 ? 0.05 : 0.2;
        for (int c = 0; c < D; c++)
            x[i * D + c] = i && i % 11 == 0  ? x[from * D + c]
                           : i && i % 7 == 0 ? x[from * D + c] * 3 + (float)(noise * test_normal())
                                             : (float)test_normal();
        if (i % 97 == 96) memset(x + i * D, 0, D * sizeof *x);
    }
}

static double cosine(const float *x, int64_t i, int64_t j)
{
    double xx = 0, yy = 0, xy = 0;
    for (int c = 0; c < D; c++) {
        xx += (double)x[i * D + c] * x[i * D + c];
        yy += (double)x[j * D + c] * x[j * D + c];
        xy += (double)x[i * D + c] * x[j * D + c];
    }
    return xy / sqrt(xx * yy);
}

static bool is_zero(const float *x, int64_t i)
{
    static const float none[D];
    return memcmp(x + i * D, none, sizeof none) == 0;
}

static int64_t first_equal(const float *x, int64_t i)
{
    for (int64_t j = 0; j < i && !is_zero(x, i); j++)
        if (memcmp(x + i * D, x + j * D, D * sizeof *x) == 0) return j;
    return i;
}

static akin_cmat view(const float *x) { return (akin_cmat){ x, N, D, D }; }

static akin_dups *find(const float *x, double threshold)
{
    akin_error err;
    akin_dups *d = NULL;
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    o.threshold = threshold;
    CHECK_OK(akin_dups_find(view(x), &o, &d, &err));
    return d;
}

/* Of each row the first that it equals. */
static void find_equal(const float *x, int64_t first[N])
{
    for (int64_t i = 0; i < N; i++) first[i] = first_equal(x, i);
}

/* By the definitions of dups.h alone. */
static void hold_against_all_pairs(const float *x, const akin_dups_found *f)
{
    static int64_t group[N], first[N];
    int64_t pairs = 0, equal = 0, zeros = 0;
    find_equal(x, first);
    static bool seen[N][N];
    memset(seen, 0, sizeof seen);
    for (int64_t p = 0; p < f->pairs; p++) {
        const akin_dup_pair *q = &f->pair[p];
        CHECK(q->a < q->b && !seen[q->a][q->b]);
        seen[q->a][q->b] = true;
        CHECK_NEAR(q->similarity, cosine(x, q->a, q->b), 1e-12);
        if (p) CHECK(q[-1].similarity >= q->similarity);
    }
    for (int64_t i = 0; i < N; i++) {
        const int64_t same = first[i];
        zeros += is_zero(x, i);
        equal += same != i;
        group[i] = i;
        double best = -2;
        for (int64_t j = 0; j < N; j++) {
            const bool apart = !is_zero(x, i) && !is_zero(x, j) && first[j] == j && j != same;
            const double s = apart ? cosine(x, i, j) : -2;
            best = s > best ? s : best;
            if (j >= i) continue;
            const bool pair = same != i ? j == same : s >= f->threshold;
            CHECK(seen[j][i] == pair);
            pairs += pair;
            if (same == i && pair && group[i] == i && group[j] == j) group[i] = j;
        }
        if (same != i) group[i] = group[same];
        CHECK(f->group[i] == group[i]);
        if (is_zero(x, i)) {
            CHECK(f->nearest[i] == -1 && isnan(f->similarity[i]));
            continue;
        }
        CHECK_NEAR(f->similarity[i], best, 1e-6);
        CHECK_NEAR(f->similarity[i], cosine(x, i, f->nearest[i]), 1e-12);
    }
    CHECK(pairs == f->pairs && equal == f->equal && zeros == f->zeros && f->n == N);
}

static void test_all_pairs(void **state)
{
    (void)state;
    static float x[N * D];
    for (test_seed = 1; test_seed <= 3; test_seed++) {
        make_rows(x);
        const double thresholds[] = { 1, 0.999, 0.97, 0.6, AKIN_DUPS_SUGGESTED };
        for (int t = 0; t < 5; t++) {
            akin_dups *d = find(x, thresholds[t]);
            const akin_dups_found *f = akin_dups_look(d);
            hold_against_all_pairs(x, f);
            int64_t copies = 0;
            for (int64_t i = 0; i < N; i++) copies += f->group[i] != i;
            CHECK(copies == f->copies && f->groups <= copies && f->groups > 0);
            akin_dups_free(d);
        }
    }
    test_seed = 1;
}

/* Whatever goes is near what stays for it, and no two that stay are near. */
static void test_groups_are_no_chains(void **state)
{
    (void)state;
    enum { STEPS = 60 };
    float x[STEPS * 2];
    for (int i = 0; i < STEPS; i++) {
        x[2 * i] = (float)cos(i * 0.02);
        x[2 * i + 1] = (float)sin(i * 0.02);
    }
    akin_error err;
    akin_dups *d = NULL;
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    o.threshold = cos(0.05); /* two steps, not three */
    CHECK_OK(akin_dups_find((akin_cmat){ x, STEPS, 2, 2 }, &o, &d, &err));
    const akin_dups_found *f = akin_dups_look(d);
    for (int i = 0; i < STEPS; i++) CHECK(f->group[i] == i - i % 3);
    CHECK(f->groups == STEPS / 3 && f->copies == 2 * STEPS / 3 && f->pairs == STEPS - 1 + STEPS - 2);
    akin_dups_free(d);
}

static void test_order_and_threads(void **state)
{
    (void)state;
    static float x[N * D], y[N * D];
    static int64_t place[N], of[N], first[N];
    make_rows(x);
    find_equal(x, first);
    for (int64_t i = 0; i < N; i++) of[i] = i;
    for (int64_t i = N - 1; i > 0; i--) {
        const int64_t j = test_int(0, i), had = of[i];
        of[i] = of[j];
        of[j] = had;
    }
    for (int64_t i = 0; i < N; i++) {
        memcpy(y + i * D, x + of[i] * D, D * sizeof *x);
        place[of[i]] = i;
    }
    const int had = akin_threads();
    akin_dups *one = find(x, 0.9);
    const akin_dups_found *f = akin_dups_look(one);
    for (int threads = 1; threads <= 3; threads++) {
        akin_set_threads(threads);
        akin_dups *again = find(x, 0.9);
        const akin_dups_found *g = akin_dups_look(again);
        CHECK(g->pairs == f->pairs && memcmp(g->pair, f->pair, (size_t)f->pairs * sizeof *f->pair) == 0);
        CHECK(memcmp(g->group, f->group, N * sizeof *f->group) == 0);
        CHECK(memcmp(g->nearest, f->nearest, N * sizeof *f->nearest) == 0);
        CHECK(memcmp(&g->spacing, &f->spacing, sizeof f->spacing) == 0);
        akin_dups_free(again);
    }
    akin_set_threads(had);
    akin_dups *other = find(y, 0.9);
    const akin_dups_found *g = akin_dups_look(other);
    for (int64_t p = 0, q = 0; p < f->pairs; p++) { /* of pairs between rows that equal no other */
        int copies = 0;
        for (int64_t i = 0; i < N; i++) copies += first[i] == f->pair[p].a || first[i] == f->pair[p].b;
        if (copies > 2) continue;
        const int64_t a = place[f->pair[p].a], b = place[f->pair[p].b];
        for (q = 0; q < g->pairs; q++)
            if (g->pair[q].a == (a < b ? a : b) && g->pair[q].b == (a < b ? b : a)) break;
        CHECK(q < g->pairs && g->pair[q].similarity == f->pair[p].similarity);
    }
    CHECK(f->pairs == g->pairs && f->equal == g->equal);
    akin_dups_free(one);
    akin_dups_free(other);
}

/* 300 rows by chance in 32 columns and 30 copies of some, moved by 1 %: all are found, and nothing else. */
static void test_planted(void **state)
{
    (void)state;
    enum { ROWS = 300, COPIES = 30, WIDE = 32 };
    static float x[(ROWS + COPIES) * WIDE];
    for (int64_t i = 0; i < ROWS * WIDE; i++) x[i] = (float)test_normal();
    for (int64_t i = 0; i < COPIES; i++)
        for (int c = 0; c < WIDE; c++)
            x[(ROWS + i) * WIDE + c] = x[7 * i * WIDE + c] + 0.01F * (float)test_normal();
    akin_error err;
    akin_dups *d = NULL;
    CHECK_OK(akin_dups_find((akin_cmat){ x, ROWS + COPIES, WIDE, WIDE }, NULL, &d, &err));
    const akin_dups_found *f = akin_dups_look(d);
    CHECK(f->pairs == COPIES && f->groups == COPIES && f->based == ROWS + COPIES);
    for (int64_t i = 0; i < COPIES; i++) CHECK(f->group[ROWS + i] == 7 * i);
    CHECK_NEAR(f->threshold, 1 - f->suggested, 0);
    CHECK(f->suggested <= f->spacing / 10 && f->suggested > f->spacing / 20);
    const double tenth = f->suggested, spacing = f->spacing;
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    akin_dups *third = NULL;
    o.share = 1.0 / 3;
    CHECK_OK(akin_dups_find((akin_cmat){ x, ROWS + COPIES, WIDE, WIDE }, &o, &third, &err));
    CHECK(akin_dups_look(third)->spacing == spacing && akin_dups_look(third)->suggested > 2 * tenth);
    akin_dups_free(third);
    akin_dups_free(d);
}

/* By the definitions of dups.h: scales from all distances, the dimension, every pair, and the greatest u. */
typedef struct ratio {
    double u, distance;
} ratio;

typedef struct by_hand {
    double scale[N], dimension;
    ratio u[N * N / 2];
    int64_t n, pairs;
} by_hand;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void reckon(const float *x, const int64_t *first, by_hand *h)
{
    double sum = 0;
    int64_t m = 0;
    h->n = h->pairs = 0;
    for (int64_t i = 0; i < N; i++) {
        static double apart[N];
        int64_t n = 0;
        if (is_zero(x, i) || first[i] != i) continue;
        h->n++;
        for (int64_t j = 0; j < N; j++)
            if (j != i && first[j] == j && !is_zero(x, j)) apart[n++] = 1 - cosine(x, i, j);
        qsort(apart, (size_t)n, sizeof *apart, by_value);
        h->scale[i] = apart[4];
        sum += log(apart[9] / apart[4]);
        m++;
    }
    h->dimension = (1.0 / 5 + 1.0 / 6 + 1.0 / 7 + 1.0 / 8 + 1.0 / 9) * (double)m / sum;
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < i; j++)
            if (first[i] == i && first[j] == j && !is_zero(x, i) && !is_zero(x, j)) {
                const double distance = 1 - cosine(x, i, j);
                h->u[h->pairs++] = (ratio){ distance / sqrt(h->scale[i] * h->scale[j]), distance };
            }
    qsort(h->u, (size_t)h->pairs, sizeof *h->u, by_value); /* u stands first */
}

static void test_chance(void **state)
{
    (void)state;
    static float x[N * D];
    static int64_t first[N];
    static by_hand h;
    akin_error err;
    for (test_seed = 1; test_seed <= 3; test_seed++) {
        make_rows(x);
        find_equal(x, first);
        reckon(x, first, &h);
        int64_t taken = 0, differ = 0;
        for (int64_t p = 0; p < h.pairs && h.u[p].u < 0.7; p++)
            if (2 * (double)h.n * pow(h.u[p].u, h.dimension) <= 0.05 * (double)(p + 1)) taken = p + 1;
        akin_dups *d = find(x, AKIN_DUPS_CHANCE);
        const akin_dups_found *f = akin_dups_look(d);
        for (int64_t p = 0; p < f->pairs; p++) {
            const akin_dup_pair *q = &f->pair[p];
            differ += first[q->b] == q->b;
            const double limit = fmax(1 - f->threshold, f->reach * sqrt(f->scale[q->a] * f->scale[q->b]));
            CHECK(1 - q->similarity <= limit * (1 + 1e-9));
        }
        int64_t want = 0;
        for (int64_t p = 0; p < h.pairs; p++) want += p < taken || h.u[p].distance <= 1 - f->threshold;
        CHECK(taken > 40 && differ == want);
        CHECK_NEAR(f->dimension, h.dimension, 1e-9 * h.dimension);
        CHECK(f->reach >= h.u[taken - 1].u && f->reach < fmin(h.u[taken].u, 0.7 + 1e-12));
        CHECK_NEAR(f->expected, fmin(0.05 * (double)taken, 2 * (double)h.n * pow(0.7, h.dimension)), 1e-6);
        for (int64_t i = 0; i < N; i++)
            if (is_zero(x, i))
                CHECK(isnan(f->scale[i]));
            else
                CHECK_NEAR(f->scale[i], h.scale[first[i]], 1e-12);
        akin_dups_free(d);
    }
    test_seed = 1;
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    akin_dups *d = NULL;
    o.threshold = AKIN_DUPS_CHANCE;
    CHECK_FAILS(akin_dups_find((akin_cmat){ x, 10, D, D }, &o, &d, &err), AKIN_ERR_INPUT,
                "can be suggested from");
    o.chance = 1;
    CHECK_FAILS(akin_dups_find(view(x), &o, &d, &err), AKIN_ERR_RANGE, "chance is 1");
}

/* Seven copies of each of some rows: the fifth nearest is a copy, and yet they are found. */
static void test_many_copies(void **state)
{
    (void)state;
    enum { ROWS = 200, OF = 10, COPIES = 7, WIDE = 16, ALL = ROWS + OF * COPIES };
    static float x[ALL * WIDE];
    for (int64_t i = 0; i < ROWS * WIDE; i++) x[i] = (float)test_normal();
    for (int64_t i = 0; i < OF * COPIES; i++)
        for (int c = 0; c < WIDE; c++)
            x[(ROWS + i) * WIDE + c] = x[i / COPIES * WIDE + c] + 0.005F * (float)test_normal();
    akin_error err;
    akin_dups *d = NULL;
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    o.threshold = AKIN_DUPS_CHANCE;
    CHECK_OK(akin_dups_find((akin_cmat){ x, ALL, WIDE, WIDE }, &o, &d, &err));
    CHECK(akin_dups_look(d)->groups == OF && akin_dups_look(d)->copies == OF * COPIES);
    akin_dups_free(d);
}

static void test_nothing_to_say(void **state)
{
    (void)state;
    akin_error err;
    akin_dups *d = NULL;
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    float x[30 * 2] = { 0 };
    const akin_cmat none = { x, 30, 2, 2 };
    CHECK_FAILS(akin_dups_find(none, NULL, &d, &err), AKIN_ERR_INPUT, "no threshold can be suggested from 0");
    o.threshold = 1;
    CHECK_OK(akin_dups_find(none, &o, &d, &err));
    CHECK(akin_dups_look(d)->pairs == 0 && akin_dups_look(d)->zeros == 30 &&
          isnan(akin_dups_look(d)->spacing));
    akin_dups_free(d);
    for (int i = 0; i < 30; i++) x[2 * i] = x[2 * i + 1] = 1;
    CHECK_OK(akin_dups_find(none, &o, &d, &err));
    CHECK(akin_dups_look(d)->pairs == 29 && akin_dups_look(d)->groups == 1 &&
          akin_dups_look(d)->nearest[3] == -1);
    akin_dups_free(d);
    for (int i = 0; i < 30; i++) x[2 * i + 1] = (float)i;
    CHECK_OK(akin_dups_find((akin_cmat){ x, 1, 2, 2 }, &o, &d, &err));
    CHECK(akin_dups_look(d)->pairs == 0 && akin_dups_look(d)->copies == 0);
    akin_dups_free(d);
    o.threshold = 0.5;
    o.most = 5;
    CHECK_FAILS(akin_dups_find(none, &o, &d, &err), AKIN_ERR_RANGE, "more than 5 pairs");
    o.threshold = 0;
    CHECK_FAILS(akin_dups_find(none, &o, &d, &err), AKIN_ERR_RANGE, "threshold is 0");
    o.share = 0;
    o.threshold = 1;
    CHECK_FAILS(akin_dups_find(none, &o, &d, &err), AKIN_ERR_RANGE, "share is 0");
    o.share = 0.1;
    o.threshold = NAN;
    CHECK_FAILS(akin_dups_find(none, &o, &d, &err), AKIN_ERR_RANGE, "threshold");
    x[7] = NAN;
    CHECK_FAILS(akin_dups_find(none, NULL, &d, &err), AKIN_ERR_INPUT, "row 3, column 1");
    CHECK_FAILS(akin_dups_find((akin_cmat){ x, 0, 2, 2 }, NULL, &d, &err), AKIN_ERR_SHAPE, "rows");
    CHECK_FAILS(akin_dups_find(none, NULL, NULL, &err), AKIN_ERR_ARGUMENT, "out");
    akin_dups_free(NULL);
    CHECK(akin_dups_look(NULL) == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_pairs),         cmocka_unit_test(test_groups_are_no_chains),
        cmocka_unit_test(test_order_and_threads), cmocka_unit_test(test_planted),
        cmocka_unit_test(test_nothing_to_say),    cmocka_unit_test(test_chance),
        cmocka_unit_test(test_many_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
