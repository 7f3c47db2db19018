/* SPDX-License-Identifier: Apache-2.0 */
/* unit/test_difficulty.c - every score against a slow one in double that shares no code with the library;
 * groups of copies; what stays after pruning, and that lists are nested; threads; refusals.
 *
 * Tolerance. Unit rows are rounded to float once and cosines of d <= 24 products are sums in float: an error
 * of at most some (d + 2) 2^-24 < 2e-6. A loss changes by error / temperature, here at most 2e-6 / 0.2 * 2 =
 * 2e-5. Counts may change where two cosines are closer than that; the data are random, so equality is asked
 * of all but none of them here. */
#include "akin/tool/items.h"

#include "akin/base.h"
#include "test.h"

enum { N = 61, D = 24, E = 7, DRAWS = 3, K = 4, CLASSES = 3 };
static const double COSINE = 2e-6, LOSS = 2e-5;

typedef struct fixture {
    float f[N * D], view[2 * DRAWS][N * D], seen[2 * DRAWS][N * E];
    int32_t labels[N];
} fixture;

static akin_cmat mat(const float *x, int64_t n, int64_t d) { return (akin_cmat){ x, n, d, d }; }

/* Clusters, so that neighbours mean something; views are items with noise. */
static void make(fixture *x)
{
    static float centre[CLASSES * D];
    for (int i = 0; i < CLASSES * D; i++) centre[i] = (float)test_normal();
    for (int i = 0; i < N; i++) {
        x->labels[i] = 5 * (i % CLASSES);
        for (int c = 0; c < D; c++)
            x->f[i * D + c] = centre[(i % CLASSES) * D + c] + 0.7f * (float)test_normal();
        for (int v = 0; v < 2 * DRAWS; v++) {
            for (int c = 0; c < D; c++)
                x->view[v][i * D + c] = x->f[i * D + c] + (0.2f + 0.02f * (float)i) * (float)test_normal();
            for (int c = 0; c < E; c++)
                x->seen[v][i * E + c] = x->view[v][i * D + c] + x->view[v][i * D + 2 * E + c];
        }
    }
}

static double cosine(const float *a, const float *b, int d)
{
    double ab = 0, aa = 0, bb = 0;
    for (int c = 0; c < d; c++) {
        ab += (double)a[c] * (double)b[c];
        aa += (double)a[c] * (double)a[c];
        bb += (double)b[c] * (double)b[c];
    }
    return ab / sqrt(aa * bb);
}

static akin_difficulty *measure(const fixture *x, const akin_difficulty_opts *o, bool labels, bool seen,
                                int draws)
{
    akin_error err;
    akin_difficulty *d = NULL;
    const akin_cmat none = { NULL, 0, 0, 0 };
    CHECK_OK(akin_difficulty_begin(mat(x->f, N, D), labels ? x->labels : NULL, NULL, o, &d, &err));
    CHECK(!akin_difficulty_score(d, AKIN_SCORE_LOSS)); /* not before the end */
    for (int v = 0; v < draws; v++)
        CHECK_OK(akin_difficulty_add(d, mat(x->view[2 * v], N, D), mat(x->view[2 * v + 1], N, D),
                                     seen ? mat(x->seen[2 * v], N, E) : none,
                                     seen ? mat(x->seen[2 * v + 1], N, E) : none, &err));
    CHECK_OK(akin_difficulty_end(d, &err));
    return d;
}

/* S is everybody but `out`. */
static double slow_loss(const float *a, const float *b, int i, int out, int d, double t)
{
    const double own = cosine(a + i * d, b + i * d, d) / t, weight = i == out ? 1 : (N - 1.0) / (N - 2);
    double loss = 0;
    for (int side = 0; side < 2; side++) {
        const float *z = side ? b : a;
        double sum = 0;
        for (int j = 0; j < N; j++)
            if (j != i && j != out)
                sum += exp(cosine(z + i * d, a + j * d, d) / t) + exp(cosine(z + i * d, b + j * d, d) / t);
        loss += (log(exp(own) + weight * sum) - own) / 2;
    }
    return loss;
}

static akin_difficulty_opts options(void)
{
    akin_difficulty_opts o = AKIN_DIFFICULTY_OPTS_INIT;
    o.temperature = 0.2;
    o.neighbours = K;
    o.others = o.anchors = 1000; /* more than there are: all */
    o.seed = 7;
    return o;
}

static void test_losses(void **state)
{
    fixture *x = malloc(sizeof *x);
    (void)state;
    make(x);
    const akin_difficulty_opts o = options();
    for (int apart = 0; apart < 2; apart++) {
        akin_difficulty *d = measure(x, &o, true, apart, DRAWS);
        const double *loss = akin_difficulty_score(d, AKIN_SCORE_LOSS),
                     *sd = akin_difficulty_score(d, AKIN_SCORE_LOSS_SD);
        int fits = 0; /* which item S leaves out is the seed's affair: one of them explains all losses */
        for (int out = 0; out < N; out++) {
            bool all = true;
            for (int i = 0; i < N && all; i++) {
                double one[DRAWS], mean = 0, square = 0;
                for (int v = 0; v < DRAWS; v++) {
                    const float *a = apart ? x->seen[2 * v] : x->view[2 * v],
                                *b = apart ? x->seen[2 * v + 1] : x->view[2 * v + 1];
                    mean += one[v] = slow_loss(a, b, i, out, apart ? E : D, o.temperature);
                }
                mean /= DRAWS;
                for (int v = 0; v < DRAWS; v++) square += pow(one[v] - mean, 2);
                all = fabs(loss[i] - mean) < LOSS && fabs(sd[i] - sqrt(square / (DRAWS - 1))) < LOSS;
            }
            fits += all;
        }
        CHECK(fits == 1);
        akin_difficulty_free(d);
    }
    free(x);
}

/* The same against a sample found out by its effect: two calls with the same seed agree to the bit, of
 * another seed not. */
static void test_sample(void **state)
{
    fixture *x = malloc(sizeof *x);
    (void)state;
    make(x);
    akin_difficulty_opts o = options();
    o.others = 9;
    akin_difficulty *a = measure(x, &o, false, true, 2), *b = measure(x, &o, false, true, 2);
    o.seed = 8;
    akin_difficulty *c = measure(x, &o, false, true, 2);
    const size_t bytes = N * sizeof(double);
    CHECK(memcmp(akin_difficulty_score(a, AKIN_SCORE_LOSS), akin_difficulty_score(b, AKIN_SCORE_LOSS),
                 bytes) == 0);
    CHECK(memcmp(akin_difficulty_score(a, AKIN_SCORE_LOSS), akin_difficulty_score(c, AKIN_SCORE_LOSS),
                 bytes) != 0);
    CHECK(memcmp(akin_difficulty_score(a, AKIN_SCORE_MARGIN), akin_difficulty_score(c, AKIN_SCORE_MARGIN),
                 bytes) == 0);
    akin_difficulty_free(a);
    akin_difficulty_free(b);
    akin_difficulty_free(c);
    free(x);
}

/* Three items, S all but one: the loss by hand, with the weight c. */
static void test_loss_by_hand(void **state)
{
    akin_error err;
    akin_difficulty *d = NULL;
    akin_difficulty_opts o = options();
    o.neighbours = 1;
    const float f[6] = { 1, 0, 0, 2, -3, 3 }, a[6] = { 2, 1, 1, 2, -1, 1 }, b[6] = { 3, 0, 0, 1, -2, 1 };
    const akin_cmat none = { NULL, 0, 0, 0 };
    (void)state;
    CHECK_OK(akin_difficulty_begin(mat(f, 3, 2), NULL, NULL, &o, &d, &err));
    CHECK_OK(akin_difficulty_add(d, mat(a, 3, 2), mat(b, 3, 2), none, none, &err));
    CHECK_OK(akin_difficulty_end(d, &err));
    const double *loss = akin_difficulty_score(d, AKIN_SCORE_LOSS);
    int fits = 0;
    for (int out = 0; out < 3; out++) { /* whichever item S leaves out */
        double worst = 0;
        for (int i = 0; i < 3; i++) {
            const double own = cosine(a + 2 * i, b + 2 * i, 2) / o.temperature;
            double want = 0, others = 0;
            for (int j = 0; j < 3; j++) others += j != i && j != out;
            for (int side = 0; side < 2; side++) {
                const float *z = (side ? b : a) + 2 * i;
                double sum = 0;
                for (int j = 0; j < 3; j++)
                    if (j != i && j != out)
                        sum += exp(cosine(z, a + 2 * j, 2) / o.temperature) +
                               exp(cosine(z, b + 2 * j, 2) / o.temperature);
                want += (log(exp(own) + 2 / others * sum) - own) / 2;
            }
            worst = fmax(worst, fabs(loss[i] - want));
        }
        fits += worst < LOSS;
    }
    CHECK(fits == 1);
    CHECK(isnan(akin_difficulty_score(d, AKIN_SCORE_LOSS_SD)[0])); /* of one draw */
    CHECK(isnan(akin_difficulty_score(d, AKIN_SCORE_GAP)[0]));
    akin_difficulty_free(d);
}

static void test_views(void **state)
{
    fixture *x = malloc(sizeof *x);
    (void)state;
    make(x);
    const akin_difficulty_opts o = options();
    akin_difficulty *d = measure(x, &o, true, true, DRAWS);
    for (int i = 0; i < N; i++) {
        double agreement = 0, margin = 0, rivals = 0;
        for (int v = 0; v < DRAWS; v++) {
            const float *a = x->view[2 * v], *b = x->view[2 * v + 1];
            const double own = cosine(a + i * D, b + i * D, D);
            double best = -2;
            for (int j = 0; j < N; j++) {
                const double s = cosine(a + i * D, b + j * D, D);
                if (j == i) continue;
                best = fmax(best, s);
                rivals += s > own;
            }
            agreement += own / DRAWS;
            margin += (own - best) / DRAWS;
        }
        CHECK_NEAR(akin_difficulty_score(d, AKIN_SCORE_AGREEMENT)[i], agreement, COSINE);
        CHECK_NEAR(akin_difficulty_score(d, AKIN_SCORE_MARGIN)[i], margin, COSINE);
        CHECK_NEAR(akin_difficulty_score(d, AKIN_SCORE_RIVALS)[i], rivals / (DRAWS * (N - 1)), 1e-12);
    }
    akin_difficulty_free(d);
    free(x);
}

/* The k nearest of i by repeated search. */
static void slow_nearest(const fixture *x, int i, int *list)
{
    bool used[N] = { false };
    for (int k = 0; k < K; k++) {
        int best = -1;
        for (int j = 0; j < N; j++)
            if (j != i && !used[j] &&
                (best < 0 ||
                 cosine(x->f + i * D, x->f + j * D, D) > cosine(x->f + i * D, x->f + best * D, D)))
                best = j;
        used[list[k] = best] = true;
    }
}

static void test_neighbours(void **state)
{
    fixture *x = malloc(sizeof *x);
    static int list[N][K];
    (void)state;
    make(x);
    const akin_difficulty_opts o = options();
    akin_difficulty *d = measure(x, &o, true, true, DRAWS);
    double kin_of_all = 0;
    for (int i = 0; i < N; i++) slow_nearest(x, i, list[i]);
    for (int i = 0; i < N; i++) {
        double density = 0, own = 0, kin = 0;
        for (int v = 0; v < 2 * DRAWS; v++) own += cosine(x->f + i * D, x->view[v] + i * D, D) / (2 * DRAWS);
        for (int k = 0; k < K; k++) {
            const double s = cosine(x->f + i * D, x->f + list[i][k] * D, D);
            bool mutual = false;
            for (int m = 0; m < K; m++) mutual = mutual || list[list[i][k]][m] == i;
            density += s / K;
            kin += mutual && s > own;
        }
        kin_of_all += kin;
        CHECK_NEAR(akin_difficulty_score(d, AKIN_SCORE_DENSITY)[i], density, COSINE);
        CHECK_NEAR(akin_difficulty_score(d, AKIN_SCORE_COLLISION)[i], kin / K, 1e-12);
        CHECK(akin_difficulty_nearest(d)[i] == list[i][0]);
        CHECK_NEAR(akin_difficulty_nearness(d)[i], cosine(x->f + i * D, x->f + list[i][0] * D, D), COSINE);
    }
    CHECK(kin_of_all > 0); /* the data put the score to the test */
    akin_difficulty_free(d);
    free(x);
}

static void test_gap(void **state)
{
    fixture *x = malloc(sizeof *x);
    (void)state;
    make(x);
    akin_difficulty_opts o = options();
    o.difficult_share = 0.1;
    akin_difficulty *d = measure(x, &o, true, true, 1);
    static double unit[N][D], mean[CLASSES][D], gap[N];
    memset(mean, 0, sizeof mean);
    for (int i = 0; i < N; i++) {
        double square = 0;
        for (int c = 0; c < D; c++) square += pow((double)x->f[i * D + c], 2);
        for (int c = 0; c < D; c++)
            mean[i % CLASSES][c] += unit[i][c] = (double)x->f[i * D + c] / sqrt(square);
    }
    for (int i = 0; i < N; i++) {
        double p[CLASSES], z = 0, first = 0, second = 0;
        for (int y = 0; y < CLASSES; y++) {
            double s = 0, square = 0;
            for (int c = 0; c < D; c++) {
                s += unit[i][c] * mean[y][c];
                square += mean[y][c] * mean[y][c];
            }
            z += p[y] = exp(s / sqrt(square) / o.temperature);
        }
        for (int y = 0; y < CLASSES; y++) {
            second = fmax(second, fmin(first, p[y]));
            first = fmax(first, p[y]);
        }
        gap[i] = (first - second) / z;
        CHECK_NEAR(akin_difficulty_score(d, AKIN_SCORE_GAP)[i], gap[i], LOSS);
    }
    /* members: the least gaps of each class, two of 20 or 21 */
    for (int y = 0; y < CLASSES; y++) {
        int members = 0;
        for (int i = y; i < N; i += CLASSES) {
            int less = 0;
            for (int j = y; j < N; j += CLASSES) less += gap[j] < gap[i];
            CHECK(akin_difficulty_members(d)[i] == (less < 2));
            members += akin_difficulty_members(d)[i];
        }
        CHECK(members == 2);
    }
    akin_difficulty_free(d);
    free(x);
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static void test_window(void **state)
{
    fixture *x = malloc(sizeof *x);
    static int inside[N];
    (void)state;
    make(x);
    const akin_difficulty_opts o = options(); /* all are anchors */
    akin_difficulty *d = measure(x, &o, false, false, 1);
    memset(inside, 0, sizeof inside);
    for (int a = 0; a < N; a++) {
        double s[N - 1];
        for (int j = 0, k = 0; j < N; j++)
            if (j != a) s[k++] = cosine(x->f + a * D, x->f + j * D, D);
        qsort(s, N - 1, sizeof *s, descending);
        const double high = s[(int)(o.pos_high * (N - 1))], low = s[(int)(o.pos_low * (N - 1))];
        for (int j = 0; j < N; j++) {
            const double c = cosine(x->f + a * D, x->f + j * D, D);
            inside[j] += j != a && c >= low && c < high;
        }
    }
    int members = 0;
    for (int i = 0; i < N; i++) {
        CHECK_NEAR(akin_difficulty_score(d, AKIN_SCORE_WINDOW)[i], inside[i] / (double)(N - 1), 1e-12);
        members += akin_difficulty_members(d)[i];
    }
    CHECK(members == 5); /* round(0.08 * 61) */
    akin_difficulty_free(d);
    free(x);
}

static void test_copies(void **state)
{
    fixture *x = malloc(sizeof *x);
    akin_error err;
    akin_difficulty *d = NULL;
    (void)state;
    make(x);
    /* a chain 50 - 10 - 30 of which neighbours alone are near, a scaled copy, and what the caller knows */
    for (int c = 0; c < D; c++) {
        x->f[10 * D + c] = x->f[50 * D + c] * 3;
        x->f[30 * D + c] = x->f[50 * D + c];
        x->f[41 * D + c] = x->f[2 * D + c] * 0.5f;
    }
    x->f[10 * D] *= 1.05f;
    x->f[30 * D] *= 1.1f;
    const double step =
        1 - fmin(cosine(x->f + 50 * D, x->f + 10 * D, D), cosine(x->f + 10 * D, x->f + 30 * D, D));
    CHECK(1 - cosine(x->f + 50 * D, x->f + 30 * D, D) > 1.5 * step);
    int64_t same[N];
    for (int i = 0; i < N; i++) same[i] = i;
    same[60] = 59;
    same[59] = 41;
    akin_difficulty_opts o = options();
    o.duplicate = 1.2 * step;
    CHECK_OK(akin_difficulty_begin(mat(x->f, N, D), NULL, same, &o, &d, &err));
    const akin_cmat none = { NULL, 0, 0, 0 };
    CHECK_OK(akin_difficulty_add(d, mat(x->view[0], N, D), mat(x->view[1], N, D), none, none, &err));
    CHECK_OK(akin_difficulty_end(d, &err));
    const int64_t *group = akin_difficulty_groups(d);
    for (int i = 0; i < N; i++) {
        const bool chain = i == 10 || i == 30 || i == 50, pair = i == 2 || i == 41 || i == 59 || i == 60;
        CHECK(group[i] == (chain ? 10 : pair ? 2 : i));
    }
    akin_difficulty_free(d);
    o.duplicate = 0; /* only what the caller knows */
    CHECK_OK(akin_difficulty_begin(mat(x->f, N, D), NULL, same, &o, &d, &err));
    CHECK_OK(akin_difficulty_add(d, mat(x->view[0], N, D), mat(x->view[1], N, D), none, none, &err));
    CHECK_OK(akin_difficulty_end(d, &err));
    group = akin_difficulty_groups(d);
    CHECK(group[50] == 50 && group[41] == 41 && group[59] == 41 && group[60] == 41);
    akin_difficulty_free(d);
    free(x);
}

static void test_threads(void **state)
{
    fixture *x = malloc(sizeof *x);
    (void)state;
    make(x);
    akin_difficulty_opts o = options();
    o.others = o.anchors = 30;
    o.duplicate = 0.2;
    const int before = akin_threads();
    akin_set_threads(1);
    akin_difficulty *a = measure(x, &o, true, true, 2);
    akin_set_threads(4);
    akin_difficulty *b = measure(x, &o, true, true, 2);
    akin_set_threads(before);
    for (akin_score s = 0; s < AKIN_SCORES; s++)
        CHECK(memcmp(akin_difficulty_score(a, s), akin_difficulty_score(b, s), N * sizeof(double)) == 0);
    CHECK(memcmp(akin_difficulty_groups(a), akin_difficulty_groups(b), N * sizeof(int64_t)) == 0);
    akin_difficulty_free(a);
    akin_difficulty_free(b);
    free(x);
}

static void test_order(void **state)
{
    akin_error err;
    const double x[6] = { 2, 5, 2, -1, 5, 2 }, y[6] = { 20, 5, 20, 100, 5, 20 }, bad[2] = { 1, (double)NAN };
    const double u[4] = { 1, 2, 3, 4 }, v[4] = { 2, 1, 4, 3 };
    int64_t order[6];
    double rho;
    (void)state;
    static const int64_t DOWN[6] = { 1, 4, 0, 2, 5, 3 }, UP[6] = { 3, 0, 2, 5, 1, 4 };
    CHECK_OK(akin_difficulty_order(x, 6, 1, order, &err));
    CHECK(memcmp(order, DOWN, sizeof order) == 0);
    CHECK_OK(akin_difficulty_order(x, 6, -1, order, &err));
    CHECK(memcmp(order, UP, sizeof order) == 0);
    CHECK_FAILS(akin_difficulty_order(bad, 2, 1, order, &err), AKIN_ERR_INPUT, "item 1 (from 0)");
    CHECK_OK(akin_rank_correlation(x, y, 6, &rho, &err));
    CHECK_NEAR(rho, -1, 1e-15);
    CHECK_OK(akin_rank_correlation(u, v, 4, &rho, &err));
    CHECK_NEAR(rho, 0.6, 1e-15); /* 1 - 6*4/(4*15) */
    const double flat[4] = { 3, 3, 3, 3 };
    CHECK_OK(akin_rank_correlation(u, flat, 4, &rho, &err));
    CHECK(isnan(rho));
}

static int kept_count(const uint8_t *kept, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++) count += kept[i];
    return count;
}

static akin_prune_opts ask(double drop, double random, double keep, bool copies)
{
    akin_prune_opts o = AKIN_PRUNE_OPTS_INIT;
    o.drop = drop;
    o.random = random;
    o.keep = keep;
    o.copies = copies;
    o.seed = 3;
    return o;
}

static void test_prune(void **state)
{
    akin_error err;
    enum { M = 40 };
    int64_t order[M], groups[M];
    uint8_t kept[M], before[M];
    (void)state;
    for (int i = 0; i < M; i++) {
        order[i] = (i * 7) % M;
        groups[i] = i >= 30 ? i - 30 : i; /* ten copies */
    }
    for (int mode = 0; mode < 6; mode++) { /* drop, random, keep, each with and without copies */
        memset(before, mode % 3 == 2 ? 0 : 1, M);
        for (int step = 0; step <= 19; step++) {
            const double f = step / 20.0, keep = (step + 1) / 20.0;
            const akin_prune_opts o =
                ask(mode % 3 == 0 ? f : -1, mode % 3 == 1 ? f : -1, mode % 3 == 2 ? keep : -1, mode >= 3);
            CHECK_OK(akin_prune(order, groups, M, &o, kept, &err));
            for (int i = 0; i < M; i++) {
                if (mode % 3 == 2)
                    CHECK(kept[i] >= before[i]); /* keeping more keeps the same and more */
                else
                    CHECK(kept[i] <= before[i]);
                CHECK(!(mode >= 3 && i >= 30 && kept[i]));
            }
            if (mode < 2) CHECK(kept_count(kept, M) == M - 2 * step);
            if (mode == 2) CHECK(kept_count(kept, M) == 2 * (step + 1));
            if (mode == 5) CHECK(kept_count(kept, M) == (step < 15 ? 2 * (step + 1) : 30));
            memcpy(before, kept, M);
        }
    }
    akin_prune_opts o = ask(0.1, -1, -1, false);
    CHECK_OK(akin_prune(order, NULL, M, &o, kept, &err));
    CHECK(!kept[0] && !kept[7] && !kept[14] && !kept[21] && kept[28]);
    o = ask(-1, 0.5, -1, false);
    CHECK_OK(akin_prune(NULL, NULL, M, &o, before, &err));
    o.seed = 4;
    CHECK_OK(akin_prune(NULL, NULL, M, &o, kept, &err));
    CHECK(memcmp(before, kept, M) != 0 && kept_count(kept, M) == 20);
    kept[0] = 77;
    o = ask(1, -1, -1, false);
    CHECK_FAILS(akin_prune(order, groups, M, &o, kept, &err), AKIN_ERR_RANGE, "none of the 40");
    CHECK(kept[0] == 77); /* nothing is written on failure */
    o = ask(1.5, -1, -1, false);
    CHECK_FAILS(akin_prune(order, groups, M, &o, kept, &err), AKIN_ERR_RANGE, "drop is 1.5");
    o = ask((double)NAN, -1, 0.5, false);
    CHECK_FAILS(akin_prune(order, groups, M, &o, kept, &err), AKIN_ERR_RANGE, "drop is nan");
    o = ask(0.1, 0.1, -1, false);
    CHECK_FAILS(akin_prune(order, groups, M, &o, kept, &err), AKIN_ERR_ARGUMENT, "one of drop");
    o = ask(-1, -1, -1, false);
    CHECK_FAILS(akin_prune(order, groups, M, &o, kept, &err), AKIN_ERR_ARGUMENT, "nothing is to be dropped");
    o = ask(0.1, -1, -1, false);
    CHECK_FAILS(akin_prune(NULL, groups, M, &o, kept, &err), AKIN_ERR_ARGUMENT, "need an order");
}

static void test_refusals(void **state)
{
    fixture *x = malloc(sizeof *x);
    akin_error err;
    akin_difficulty *d = NULL;
    const akin_cmat none = { NULL, 0, 0, 0 };
    (void)state;
    make(x);
    akin_difficulty_opts o = options();
    o.temperature = 0;
    CHECK_FAILS(akin_difficulty_begin(mat(x->f, N, D), NULL, NULL, &o, &d, &err), AKIN_ERR_RANGE,
                "temperature is 0");
    o = options();
    o.struct_size = 0;
    CHECK_FAILS(akin_difficulty_begin(mat(x->f, N, D), NULL, NULL, &o, &d, &err), AKIN_ERR_ARGUMENT,
                "not initialised");
    o = options();
    o.pos_low = o.pos_high;
    CHECK_FAILS(akin_difficulty_begin(mat(x->f, N, D), NULL, NULL, &o, &d, &err), AKIN_ERR_RANGE,
                "pos_low 0.15");
    o = options();
    o.duplicate = (double)NAN;
    CHECK_FAILS(akin_difficulty_begin(mat(x->f, N, D), NULL, NULL, &o, &d, &err), AKIN_ERR_RANGE,
                "duplicate is nan");
    CHECK_FAILS(akin_difficulty_begin(mat(x->f, 2, D), NULL, NULL, NULL, &d, &err), AKIN_ERR_SHAPE,
                "2 items");
    int64_t same[N] = { 0 };
    same[1] = 2;
    CHECK_FAILS(akin_difficulty_begin(mat(x->f, N, D), NULL, same, NULL, &d, &err), AKIN_ERR_RANGE,
                "item 1 is said");
    x->labels[4] = -3;
    CHECK_FAILS(akin_difficulty_begin(mat(x->f, N, D), x->labels, NULL, NULL, &d, &err), AKIN_ERR_INPUT,
                "label 4");
    const float kept = x->f[3 * D + 1];
    x->f[3 * D + 1] = NAN;
    CHECK_FAILS(akin_difficulty_begin(mat(x->f, N, D), NULL, NULL, NULL, &d, &err), AKIN_ERR_INPUT,
                "row 3, column 1");
    x->f[3 * D + 1] = kept;
    CHECK(d == NULL);
    CHECK_OK(akin_difficulty_begin(mat(x->f, N, D), NULL, NULL, NULL, &d, &err));
    CHECK_FAILS(akin_difficulty_end(d, &err), AKIN_ERR_ARGUMENT, "one draw");
    CHECK_FAILS(
        akin_difficulty_add(d, mat(x->view[0], N - 1, D), mat(x->view[1], N - 1, D), none, none, &err),
        AKIN_ERR_SHAPE, "61 rows");
    CHECK_FAILS(akin_difficulty_add(d, mat(x->seen[0], N, E), mat(x->seen[1], N, E), none, none, &err),
                AKIN_ERR_SHAPE, "7 columns");
    x->view[1][5 * D] = INFINITY;
    CHECK_FAILS(akin_difficulty_add(d, mat(x->view[0], N, D), mat(x->view[1], N, D), none, none, &err),
                AKIN_ERR_INPUT, "second views: row 5");
    akin_difficulty_free(d);
    CHECK(akin_score_sign(AKIN_SCORES) == 0 && !akin_score_name(AKIN_SCORES));
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses), cmocka_unit_test(test_sample),     cmocka_unit_test(test_loss_by_hand),
        cmocka_unit_test(test_views),  cmocka_unit_test(test_neighbours), cmocka_unit_test(test_gap),
        cmocka_unit_test(test_window), cmocka_unit_test(test_copies),     cmocka_unit_test(test_threads),
        cmocka_unit_test(test_order),  cmocka_unit_test(test_prune),      cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
