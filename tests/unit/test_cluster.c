/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters: k-means against all partitions of a few rows, density against a tree of all pairs that is cut in
 * two again and again, agreement against its definitions, the same bits on any number of threads, the same
 * groups in any order of the items, and what is refused. */
#include "test.h"

#include "base/rng.h"
#include "cluster/cluster.h"

#include <math.h>
#include <string.h>

static akin_error err;

static double normal(uint64_t item)
{
    ak_rng rng = ak_rng_at(test_seed, AK_RNG_SAMPLE, 62, item, 0);
    return ak_rng_normal(&rng);
}

static int below(uint64_t item, int n)
{
    ak_rng rng = ak_rng_at(test_seed, AK_RNG_SAMPLE, 63, item, 0);
    return (int)ak_rng_below(&rng, (uint32_t)n);
}

/* [n,d]: item i of group i % groups, `far` apart; the last few lie anywhere between. */
static float *make_rows(int64_t n, int64_t d, int64_t groups, double far, int64_t strays)
{
    float *x = malloc((size_t)(n * d) * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < d; c++) {
            const double middle = far * normal((uint64_t)(1000000 + (i % groups) * d + c));
            const double at = normal((uint64_t)(i * d + c));
            x[i * d + c] = (float)(i < n - strays ? middle + at : far * at);
        }
    return x;
}

static double square(const float *x, const float *y, int64_t d)
{
    double sum = 0;
    for (int64_t c = 0; c < d; c++) sum += pow((double)x[c] - (double)y[c], 2);
    return sum;
}

static akin_cluster_opts means(int32_t k, akin_map_metric metric)
{
    akin_cluster_opts o = AKIN_CLUSTER_OPTS_INIT;
    o.k = k;
    o.metric = metric;
    return o;
}

static akin_cluster_opts density(int32_t min_size, int32_t neighbours)
{
    akin_cluster_opts o = AKIN_CLUSTER_OPTS_INIT;
    o.method = AKIN_CLUSTER_DENSITY;
    o.metric = AKIN_MAP_EUCLIDEAN;
    o.min_size = min_size;
    o.neighbours = neighbours;
    return o;
}

/* k-means ------------------------------------------------------------------------------------------------ */

/* Sum of squared distances to the middles of a partition; by cosine of rows and middles of length 1. */
static double inertia_of(const float *x, int64_t n, int64_t d, const int32_t *cluster, int k, bool cosine)
{
    double sum = 0;
    for (int c = 0; c < k; c++) {
        double mean[8] = { 0 }, length = 0, count = 0;
        for (int64_t i = 0; i < n; i++) {
            double norm = 1;
            if (cluster[i] != c) continue;
            if (cosine) norm = sqrt(square(x + i * d, (const float[8]){ 0 }, d));
            for (int64_t j = 0; j < d; j++) mean[j] += (double)x[i * d + j] / norm;
            count++;
        }
        for (int64_t j = 0; j < d; j++) length += mean[j] * mean[j];
        for (int64_t i = 0; i < n; i++) {
            double norm = 1;
            if (cluster[i] != c) continue;
            if (cosine) norm = sqrt(square(x + i * d, (const float[8]){ 0 }, d));
            for (int64_t j = 0; j < d; j++)
                sum += pow((double)x[i * d + j] / norm - mean[j] / (cosine ? sqrt(length) : count), 2);
        }
    }
    return sum;
}

static void test_best_of_all_partitions(void **state)
{
    (void)state;
    enum { ROWS = 10, D = 3 };
    for (test_seed = 1; test_seed <= 8; test_seed++)
        for (int cosine = 0; cosine < 2; cosine++) {
            float *x = make_rows(ROWS, D, 3, 1, 0);
            int32_t part[ROWS] = { 0 }, cluster[ROWS];
            double least = INFINITY;
            for (int code = 1; code < 1 << (ROWS - 1); code++) {
                for (int i = 0; i < ROWS; i++) part[i] = i < ROWS - 1 ? code >> i & 1 : 0;
                least = fmin(least, inertia_of(x, ROWS, D, part, 2, cosine));
            }
            akin_cluster_opts o = means(2, cosine ? AKIN_MAP_COSINE : AKIN_MAP_EUCLIDEAN);
            akin_cluster_result r = AKIN_CLUSTER_RESULT_INIT;
            o.starts = 30;
            CHECK_OK(akin_cluster((akin_cmat){ x, ROWS, D, D }, &o, cluster, &r, &err));
            CHECK_NEAR(r.inertia, least, 1e-5 * least);
            CHECK_NEAR(r.inertia, inertia_of(x, ROWS, D, cluster, 2, cosine), 1e-5 * least);
            memset(part, 0, sizeof part);
            CHECK_NEAR(r.explained, 1 - least / inertia_of(x, ROWS, D, part, 1, cosine), 1e-5);
            assert_true(r.converged && r.clusters == 2 && r.noise == 0 && r.n == ROWS);
            free(x);
        }
    test_seed = 1;
}

/* No row is nearer to the middle of another cluster, and groups far apart are found. */
static void test_means(void **state)
{
    (void)state;
    enum { ROWS = 600, D = 7, K = 6 };
    float *x = make_rows(ROWS, D, K, 12, 0);
    int32_t cluster[ROWS], truth[ROWS];
    akin_cluster_opts o = means(K, AKIN_MAP_EUCLIDEAN);
    akin_cluster_result r = AKIN_CLUSTER_RESULT_INIT;
    akin_cluster_agreement a = AKIN_CLUSTER_AGREEMENT_INIT;
    o.starts = 20;
    for (int i = 0; i < ROWS; i++) truth[i] = i % K;
    CHECK_OK(akin_cluster((akin_cmat){ x, ROWS, D, D }, &o, cluster, &r, &err));
    CHECK_OK(akin_cluster_agree(cluster, truth, ROWS, &a, &err));
    assert_true(a.purity == 1 && a.ari == 1 && a.clusters == K);
    free(x);

    x = make_rows(ROWS, D, K, 1, 0);
    CHECK_OK(akin_cluster((akin_cmat){ x, ROWS, D, D }, &o, cluster, &r, &err));
    float mean[K][D] = { { 0 } };
    int64_t size[K] = { 0 };
    for (int i = 0; i < ROWS; i++) size[cluster[i]]++;
    for (int i = 0; i < ROWS; i++)
        for (int c = 0; c < D; c++) mean[cluster[i]][c] += x[i * D + c] / (float)size[cluster[i]];
    for (int k = 1; k < K; k++) assert_true(size[k] > 0 && size[k] <= size[k - 1]);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < K; k++)
            CHECK_LE(square(x + i * D, mean[cluster[i]], D), square(x + i * D, mean[k], D) + 1e-3);
    free(x);
}

/* Density ------------------------------------------------------------------------------------------------ */

enum { MOST = 200 };

/* A tree of few rows, cut at its longest edge again and again. */
typedef struct cut {
    int n, min_size;
    ak_edge edge[MOST]; /* [n-1], the longest first */
    int part[MOST];     /* in which part a row is now */
} cut;

static int longest_first(const void *a, const void *b)
{
    const ak_edge *x = a, *y = b;
    return (x->length < y->length) - (x->length > y->length);
}

/* Kruskal's tree over all pairs. */
static double all_pairs_tree(cut *t, const float *x, int64_t d, int neighbours)
{
    static ak_edge all[MOST * MOST / 2];
    double core[MOST], total = 0;
    int pairs = 0, made = 0, set[MOST];
    for (int i = 0; i < t->n; i++) {
        set[i] = i;
        for (int j = 0; j < t->n; j++) {
            int nearer = 0;
            const double mine = sqrt(square(x + i * d, x + j * d, d));
            for (int l = 0; l < t->n; l++) nearer += sqrt(square(x + i * d, x + l * d, d)) < mine;
            if (nearer == neighbours - 1) core[i] = mine;
        }
    }
    for (int i = 0; i < t->n; i++)
        for (int j = 0; j < i; j++)
            all[pairs++] =
                (ak_edge){ fmax(fmax(core[i], core[j]), sqrt(square(x + i * d, x + j * d, d))), i, j };
    qsort(all, (size_t)pairs, sizeof *all, longest_first);
    for (int e = pairs; e-- > 0;) {
        const int a = set[all[e].a], b = set[all[e].b];
        if (a == b) continue;
        for (int i = 0; i < t->n; i++)
            if (set[i] == b) set[i] = a;
        t->edge[made++] = all[e];
        total += all[e].length;
    }
    qsort(t->edge, (size_t)made, sizeof *t->edge, longest_first);
    return total;
}

/* The stability of the best choice within the rows of a mask that hang together by the edges from e on, and
 * have done so as one cluster since `born`; chosen rows are given their cluster. */
static double best_within(const cut *t, int e, const bool *in, double born, bool whole, int *next,
                          int32_t *cluster)
{
    bool left[MOST];
    double own = 0;
    int32_t inner[MOST];
    memcpy(left, in, sizeof left);
    memset(inner, -1, sizeof inner);
    double within = 0;
    for (; e < t->n - 1; e++) {
        if (!left[t->edge[e].a] || !left[t->edge[e].b]) continue;
        /* the two sides of edge e among what is left */
        bool side[MOST] = { false };
        int size[2] = { 0, 0 };
        side[t->edge[e].a] = true;
        for (bool grown = true; grown;) {
            grown = false;
            for (int f = e + 1; f < t->n - 1; f++) {
                const int a = t->edge[f].a, b = t->edge[f].b;
                if (left[a] && left[b] && side[a] != side[b]) side[a] = side[b] = grown = true;
            }
        }
        for (int i = 0; i < t->n; i++) size[side[i]] += left[i];
        const double when = 1 / t->edge[e].length;
        const bool big[2] = { size[0] >= t->min_size, size[1] >= t->min_size };
        for (int s = 0; s < 2; s++)
            if (!big[s] || (big[0] && big[1])) own += size[s] * (when - born);
        if (big[0] && big[1]) {
            for (int s = 0; s < 2; s++) {
                bool mine[MOST];
                for (int i = 0; i < t->n; i++) mine[i] = left[i] && side[i] == (s == 1);
                within += best_within(t, e + 1, mine, when, false, next, inner);
            }
            break;
        }
        if (!big[0] && !big[1]) break;
        for (int i = 0; i < t->n; i++) left[i] = left[i] && side[i] == big[1];
    }
    const bool take = !whole && own >= within;
    const int number = take ? (*next)++ : -1;
    for (int i = 0; i < t->n; i++)
        if (in[i]) cluster[i] = take ? number : inner[i];
    return take ? own : within;
}

static void test_density(void **state)
{
    (void)state;
    enum { ROWS = 140, D = 2 };
    int found = 0;
    for (test_seed = 1; test_seed <= 12; test_seed++)
        for (int neighbours = 1; neighbours <= 5; neighbours += 4) {
            static cut t;
            static ak_edge edge[MOST];
            float *x = make_rows(ROWS, D, 4, 4, 20);
            bool all[MOST] = { false };
            int32_t want[ROWS], got[ROWS];
            int next = 0;
            double total = 0, tree;
            t.n = ROWS;
            t.min_size = 8;
            for (int i = 0; i < ROWS; i++) all[i] = true;
            tree = all_pairs_tree(&t, x, D, neighbours);
            best_within(&t, 0, all, 0, true, &next, want);

            ak_map_rows rows;
            CHECK_OK(
                ak_map_rows_make((akin_cmat){ x, ROWS, D, D }, AKIN_MAP_EUCLIDEAN, NULL, &rows, "", &err));
            CHECK_OK(ak_density_tree(&rows, neighbours, edge, &err));
            for (int e = 0; e < ROWS - 1; e++) total += edge[e].length / rows.scale;
            CHECK_NEAR(total, tree, 1e-5 * tree);
            ak_map_rows_free(&rows);

            akin_cluster_opts o = density(8, neighbours);
            akin_cluster_result r = AKIN_CLUSTER_RESULT_INIT;
            akin_cluster_agreement a = AKIN_CLUSTER_AGREEMENT_INIT;
            CHECK_OK(akin_cluster((akin_cmat){ x, ROWS, D, D }, &o, got, &r, &err));
            int other = 0;
            for (int i = 0; i < ROWS; i++) other += (want[i] < 0) != (got[i] < 0);
            found += next > 1;
            /* a core distance is the length of several edges; which of equal ones goes first moves a row */
            CHECK_LE(other, neighbours == 1 ? 0 : 2);
            if (!next) continue;
            CHECK_OK(akin_cluster_agree(got, want, ROWS, &a, &err));
            CHECK_LE(neighbours == 1 ? 1 : 0.97, a.ari);
            free(x);
        }
    test_seed = 1;
    CHECK_LE(12, found); /* of 24 with clusters to find */
}

/* Two groups, and rows that belong to neither. */
static void test_noise(void **state)
{
    (void)state;
    enum { ROWS = 129 }; /* of which nine, fewer than a cluster, lie farther off than they are apart */
    float x[2 * ROWS];
    int32_t cluster[ROWS];
    akin_cluster_opts o = density(10, 5);
    akin_cluster_result r = AKIN_CLUSTER_RESULT_INIT;
    for (int i = 0; i < ROWS; i++) {
        x[2 * i] = (float)(i < 120 ? (i % 2) * 100 + normal((uint64_t)i) : 20 + 6 * (i - 120));
        x[2 * i + 1] = (float)(i < 120 ? normal((uint64_t)i + 500) : 400);
    }
    CHECK_OK(akin_cluster((akin_cmat){ x, ROWS, 2, 2 }, &o, cluster, &r, &err));
    assert_int_equal(r.clusters, 2);
    for (int i = 120; i < ROWS; i++) assert_int_equal(cluster[i], -1);
    for (int i = 0; i < 120; i++)
        assert_true(cluster[i] < 0 || cluster[i] == (cluster[1] == 1 ? i % 2 : 1 - i % 2));
    assert_true(r.noise >= 9 && r.noise < 19 && isnan(r.inertia));
    o.min_size = 500;
    CHECK_OK(akin_cluster((akin_cmat){ x, ROWS, 2, 2 }, &o, cluster, &r, &err));
    assert_true(r.clusters == 0 && r.noise == ROWS);
}

/* Agreement ---------------------------------------------------------------------------------------------- */

static void test_agreement(void **state)
{
    (void)state;
    enum { ITEMS = 60 };
    for (test_seed = 1; test_seed <= 30; test_seed++) {
        const int clusters = 1 + below(1, 6), classes = 1 + below(2, 5);
        int32_t c[ITEMS], y[ITEMS];
        double n = 0, purity = 0, joint = 0, hc = 0, hy = 0, both = 0, one = 0, two = 0, pairs = 0;
        for (int i = 0; i < ITEMS; i++) {
            c[i] = below((uint64_t)(10 + i), clusters + 1) - 1;
            y[i] = 5 * below((uint64_t)(100 + i), classes);
            n += c[i] >= 0;
        }
        for (int k = 0; k < clusters; k++) {
            double most = 0, row = 0;
            for (int l = 0; l < classes; l++) {
                double cell = 0;
                for (int i = 0; i < ITEMS; i++) cell += c[i] == k && y[i] == 5 * l;
                most = fmax(most, cell);
                row += cell;
                if (cell > 0) joint -= cell / n * log(cell / n);
            }
            purity += most / n;
            if (row > 0) hc -= row / n * log(row / n);
        }
        for (int l = 0; l < classes; l++) {
            double column = 0;
            for (int i = 0; i < ITEMS; i++) column += c[i] >= 0 && y[i] == 5 * l;
            if (column > 0) hy -= column / n * log(column / n);
        }
        for (int i = 0; i < ITEMS; i++)
            for (int j = 0; j < i; j++) {
                if (c[i] < 0 || c[j] < 0) continue;
                both += c[i] == c[j] && y[i] == y[j];
                one += c[i] == c[j];
                two += y[i] == y[j];
                pairs++;
            }
        const double chance = one * two / pairs, most = (one + two) / 2;
        akin_cluster_agreement a = AKIN_CLUSTER_AGREEMENT_INIT, b = AKIN_CLUSTER_AGREEMENT_INIT;
        CHECK_OK(akin_cluster_agree(c, y, ITEMS, &a, &err));
        CHECK_NEAR(a.n, n, 0);
        CHECK_NEAR(a.purity, purity, 1e-12);
        CHECK_NEAR(a.nmi, hc + hy > 0 ? 2 * (hc + hy - joint) / (hc + hy) : 1, 1e-9);
        CHECK_NEAR(a.ari, most > chance ? (both - chance) / (most - chance) : 1, 1e-9);
        for (int i = 0; i < ITEMS; i++) c[i] = c[i] < 0 ? -1 : 1000 - 3 * c[i]; /* names mean nothing */
        CHECK_OK(akin_cluster_agree(c, y, ITEMS, &b, &err));
        CHECK_NEAR(a.nmi, b.nmi, 1e-12);
        CHECK_NEAR(a.ari, b.ari, 1e-12);
    }
    test_seed = 1;
    const int32_t none[] = { -1, -1 }, same[] = { 4, 4 };
    akin_cluster_agreement a = AKIN_CLUSTER_AGREEMENT_INIT;
    CHECK_OK(akin_cluster_agree(none, same, 2, &a, &err));
    assert_true(a.n == 0 && isnan(a.purity) && isnan(a.nmi) && isnan(a.ari));
    CHECK_OK(akin_cluster_agree(same, same, 1, &a, &err));
    assert_true(a.purity == 1 && a.nmi == 1 && a.ari == 1);
    CHECK_FAILS(akin_cluster_agree(same, same, 0, &a, &err), AKIN_ERR_SHAPE, "0 items");
    CHECK_FAILS(akin_cluster_agree(NULL, same, 1, &a, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_cluster_agree(same, same, 1, NULL, &err), AKIN_ERR_ARGUMENT, "");
}

static void test_central(void **state)
{
    (void)state;
    enum { ROWS = 50, D = 3, K = 3, M = 4 };
    float *x = make_rows(ROWS, D, K, 3, 0);
    int32_t cluster[ROWS];
    int64_t item[K * M];
    double distance[ROWS];
    for (int i = 0; i < ROWS; i++) cluster[i] = i == 7 ? -1 : i == 9 ? 2 : i % 2;
    CHECK_OK(akin_cluster_central((akin_cmat){ x, ROWS, D, D }, AKIN_MAP_EUCLIDEAN, cluster, M, item,
                                  distance, &err));
    for (int k = 0; k < K; k++) {
        float mean[D] = { 0 };
        int size = 0;
        for (int i = 0; i < ROWS; i++) size += cluster[i] == k;
        for (int i = 0; i < ROWS; i++)
            for (int c = 0; c < D; c++) mean[c] += cluster[i] == k ? x[i * D + c] / (float)size : 0;
        for (int i = 0; i < ROWS; i++)
            if (cluster[i] == k) CHECK_NEAR(distance[i], sqrt(square(x + i * D, mean, D)), 1e-5);
        for (int m = 0; m < M; m++) {
            int nearer = 0;
            if (m >= size) {
                assert_int_equal(item[k * M + m], -1);
                continue;
            }
            for (int i = 0; i < ROWS; i++)
                nearer += cluster[i] == k && distance[i] < distance[item[k * M + m]];
            assert_int_equal(nearer, m);
        }
    }
    assert_true(isnan(distance[7]) && item[2 * M] == 9);
    cluster[0] = ROWS;
    CHECK_FAILS(
        akin_cluster_central((akin_cmat){ x, ROWS, D, D }, AKIN_MAP_COSINE, cluster, M, item, NULL, &err),
        AKIN_ERR_RANGE, "row 0");
    CHECK_FAILS(
        akin_cluster_central((akin_cmat){ x, ROWS, D, D }, AKIN_MAP_COSINE, cluster, 0, item, NULL, &err),
        AKIN_ERR_RANGE, "0 items");
    free(x);
}

/* Properties --------------------------------------------------------------------------------------------- */

static void test_threads_and_order(void **state)
{
    (void)state;
    enum { ROWS = 1500, D = 19 };
    static int32_t one[ROWS], more[ROWS], moved[ROWS];
    static float turned[ROWS * D];
    float *x = make_rows(ROWS, D, 5, 2, 100);
    for (int kind = 0; kind < 2; kind++)
        for (int metric = 0; metric < 2; metric++) {
            akin_cluster_opts o = kind ? density(15, kind) : means(7, AKIN_MAP_COSINE);
            akin_cluster_result r[3] = { AKIN_CLUSTER_RESULT_INIT, AKIN_CLUSTER_RESULT_INIT,
                                         AKIN_CLUSTER_RESULT_INIT };
            o.metric = (akin_map_metric)metric;
            for (int threads = 1; threads <= 3; threads++) {
                akin_set_threads(threads);
                CHECK_OK(akin_cluster((akin_cmat){ x, ROWS, D, D }, &o, threads == 1 ? one : more,
                                      &r[threads - 1], &err));
                if (threads > 1) assert_memory_equal(one, more, sizeof one);
            }
            akin_set_threads(0);
            assert_memory_equal(&r[0], &r[1], sizeof r[0]);
            if (!kind) continue;
            for (int i = 0; i < ROWS; i++) /* 637 is prime to 1500 */
                memcpy(turned + (637 * i % ROWS) * D, x + i * D, D * sizeof *x);
            CHECK_OK(akin_cluster((akin_cmat){ turned, ROWS, D, D }, &o, moved, NULL, &err));
            for (int i = 0; i < ROWS; i++) more[i] = moved[637 * i % ROWS];
            akin_cluster_agreement a = AKIN_CLUSTER_AGREEMENT_INIT;
            for (int i = 0; i < ROWS; i++) assert_true((one[i] < 0) == (more[i] < 0));
            if (r[0].clusters) {
                CHECK_OK(akin_cluster_agree(one, more, ROWS, &a, &err));
                assert_true(a.ari == 1);
            }
        }
    free(x);
}

static void test_small(void **state)
{
    (void)state;
    const float x[] = { 1, 2, 1, 2, 5, 1, 0, 0 }, same[6] = { 3, 3, 3, 3, 3, 3 };
    int32_t cluster[4];
    akin_cluster_result r = AKIN_CLUSTER_RESULT_INIT;
    for (int metric = 0; metric < 2; metric++) {
        akin_cluster_opts o = means(1, (akin_map_metric)metric), dense = density(2, 3);
        dense.metric = (akin_map_metric)metric;
        CHECK_OK(akin_cluster((akin_cmat){ x, 1, 2, 2 }, &o, cluster, &r, &err));
        assert_int_equal(cluster[0], 0);
        CHECK_OK(akin_cluster((akin_cmat){ x, 1, 2, 2 }, &dense, cluster, &r, &err));
        assert_int_equal(cluster[0], -1);
        CHECK_OK(akin_cluster((akin_cmat){ same, 3, 2, 2 }, &o, cluster, &r, &err));
        assert_true(r.clusters == 1 && (isnan(r.explained) || fabs(r.explained) <= 1));
        CHECK_OK(akin_cluster((akin_cmat){ same, 3, 2, 2 }, &dense, cluster, &r, &err));
        o.k = 3; /* of four rows two are equal */
        CHECK_OK(akin_cluster((akin_cmat){ x, 4, 2, 2 }, &o, cluster, &r, &err));
        assert_true(cluster[0] == 0 && cluster[1] == 0 && cluster[2] == 1 && cluster[3] == 2);
        CHECK_NEAR(r.inertia, 0, 1e-12);
        o.k = 4;
        CHECK_FAILS(akin_cluster((akin_cmat){ x, 4, 2, 2 }, &o, cluster, &r, &err), AKIN_ERR_INPUT,
                    "only 3 rows differ");
        o.k = 2;
        CHECK_FAILS(akin_cluster((akin_cmat){ same, 3, 2, 2 }, &o, cluster, &r, &err), AKIN_ERR_INPUT,
                    "no two rows differ");
    }
}

static void test_refused(void **state)
{
    (void)state;
    const float rows[] = { 1, 2, 3, 4, 5, 6, 7, NAN };
    const akin_cmat bad = { rows, 4, 2, 2 }, good = { rows, 3, 2, 2 };
    int32_t cluster[4] = { 9, 9, 9, 9 };
    const akin_cluster_opts two = means(2, AKIN_MAP_COSINE);
    CHECK_FAILS(akin_cluster(bad, &two, cluster, NULL, &err), AKIN_ERR_INPUT, "row 3, column 1");
    CHECK_FAILS(akin_cluster(good, &two, NULL, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_cluster((akin_cmat){ NULL, 3, 2, 2 }, &two, cluster, NULL, &err), AKIN_ERR_SHAPE, "");
    CHECK_FAILS(akin_cluster(good, NULL, cluster, NULL, &err), AKIN_ERR_RANGE, "k is 0");
    for (int i = 0; i < 8; i++) {
        akin_cluster_opts o = two;
        if (i == 0) o.k = 4;
        if (i == 1) o.starts = 0;
        if (i == 2) o.iterations = 0;
        if (i == 3) o.min_size = 1;
        if (i == 4) o.neighbours = 0;
        if (i == 5) o.neighbours = 1001;
        if (i == 6) o.method = (akin_cluster_method)2;
        if (i == 7) o.metric = (akin_map_metric)2;
        CHECK_FAILS(akin_cluster(good, &o, cluster, NULL, &err), AKIN_ERR_RANGE, "");
    }
    akin_cluster_result none = { 0 };
    CHECK_FAILS(akin_cluster(good, &two, cluster, &none, &err), AKIN_ERR_ARGUMENT, "not initialised");
    assert_int_equal(cluster[0], 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_of_all_partitions),
        cmocka_unit_test(test_means),
        cmocka_unit_test(test_density),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_central),
        cmocka_unit_test(test_threads_and_order),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
