/* SPDX-License-Identifier: Apache-2.0 */
/* Maps: slopes against a loss in double, neighbours against all pairs, quality against its definition, the
 * same bits on any number of threads, and inputs that have no good map. */
#include "test.h"

#include "akin/tool/map.h"
#include "base/rng.h"
#include "linalg/eigen.h"
#include "map/layout.h"

#include <math.h>
#include <string.h>

static double normal(uint64_t item)
{
    ak_rng rng = ak_rng_at(5, AK_RNG_SAMPLE, 99, item, 0);
    return ak_rng_normal(&rng);
}

/* [n,d]: `groups` groups `far` apart. */
static float *make_rows(int64_t n, int64_t d, int64_t groups, double far)
{
    float *x = malloc((size_t)(n * d) * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < d; c++)
            x[i * d + c] = (float)(normal((uint64_t)(i * d + c)) +
                                   far * normal((uint64_t)(1000000 + (i % groups) * d + c)));
    return x;
}

/* Slopes ------------------------------------------------------------------------------------------------- */

enum { N = 9, SHIFTS = 4 };

typedef struct small {
    int32_t from[40], to[40];
    double weight[40], x[N], y[N];
    int edges;
    int64_t shift[SHIFTS];
} small;

static double q_of(const small *s, int64_t i, int64_t j)
{
    return 1 / (1 + pow(s->x[i] - s->x[j], 2) + pow(s->y[i] - s->y[j], 2));
}

/* The loss as akin/tool/map.h has it, of the pairs of the shifts. */
static double loss_of(const small *s, akin_map_loss kind, double m, double c, double a)
{
    double loss = 0, total = 0;
    for (int e = 0; e < s->edges; e++) total += s->weight[e];
    for (int e = 0; e < s->edges; e++) {
        const int64_t i = s->from[e], j = s->to[e];
        const double q = q_of(s, i, j);
        if (kind != AKIN_MAP_INFONCE) {
            loss -= s->weight[e] * a * log(q / (q + c));
            continue;
        }
        for (int side = 0; side < 2; side++) {
            double mean = 0;
            for (int t = 0; t < SHIFTS; t++)
                mean += q_of(s, side ? j : i, ((side ? j : i) + s->shift[t]) % N) / SHIFTS;
            loss -= s->weight[e] * (a * log(q) - log(q + m * mean));
        }
    }
    for (int64_t i = 0; kind != AKIN_MAP_INFONCE && i < N; i++)
        for (int t = 0; t < SHIFTS; t++) {
            const double q = q_of(s, i, (i + s->shift[t]) % N);
            loss -= m * total * log(c / (q + c)) / (N * SHIFTS);
        }
    return loss;
}

static void join(small *s, int i, int j, double weight)
{
    s->from[s->edges] = i;
    s->to[s->edges] = j;
    s->weight[s->edges++] = weight;
}

static small make_small(void)
{
    small s = { .edges = 0, .shift = { 2, 3, N - 2, N - 3 } };
    for (int i = 0; i < N; i++) {
        s.x[i] = 2 * normal((uint64_t)i);
        s.y[i] = 2 * normal((uint64_t)i + 50);
        join(&s, i, (i + 1) % N, i % 2 ? 0.5 : 1);
        if (i % 3 == 0) join(&s, i, (i + 4) % N, 1);
    }
    return s;
}

static void fill_graph(const small *s, ak_map_graph *g, int64_t *begin, int32_t *to, float *weight)
{
    int64_t at = 0;
    *g = (ak_map_graph){ begin, to, weight, N, 0 };
    for (int i = 0; i < N; i++) {
        begin[i] = at;
        for (int e = 0; e < s->edges; e++) {
            if (s->from[e] != i && s->to[e] != i) continue;
            to[at] = s->from[e] == i ? s->to[e] : s->from[e];
            weight[at++] = (float)s->weight[e];
        }
    }
    begin[N] = at;
    for (int e = 0; e < s->edges; e++) g->total += s->weight[e];
}

static void test_slopes(void **state)
{
    (void)state;
    const struct {
        akin_map_loss kind;
        double m, c, a;
    } CASES[] = { { AKIN_MAP_NCE, 7, 0.3, 1 },   { AKIN_MAP_NEG, 5, 1, 1 },
                  { AKIN_MAP_NEG, 3, 0.01, 12 }, { AKIN_MAP_NCE, 900, 20, 1 },
                  { AKIN_MAP_INFONCE, 4, 0, 1 }, { AKIN_MAP_INFONCE, 60, 0, 4 },
                  { AKIN_MAP_INFONCE, 2, 0, 12 } };
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        small s = make_small();
        int64_t begin[N + 1];
        int32_t to[80];
        float weight[80];
        ak_map_graph g;
        ak_map_state m;
        akin_error err;
        fill_graph(&s, &g, begin, to, weight);
        assert_int_equal(ak_map_state_make(&g, SHIFTS, &m, &err), AKIN_OK);
        m.loss = CASES[k].kind;
        m.negatives = CASES[k].m;
        m.c = CASES[k].c;
        m.pull = CASES[k].a;
        m.shifts = SHIFTS;
        memcpy(m.shift, s.shift, sizeof s.shift);
        for (int i = 0; i < N; i++) {
            m.x[i] = m.x[i + N] = (float)s.x[i];
            m.y[i] = m.y[i + N] = (float)s.y[i];
            s.x[i] = (double)m.x[i];
            s.y[i] = (double)m.y[i];
        }
        assert_int_equal(ak_map_gradient(&m, &err), AKIN_OK);
        for (int i = 0; i < 2 * N; i++) {
            double *at = i < N ? &s.x[i] : &s.y[i - N];
            const double was = *at, step = 1e-5;
            *at = was + step;
            const double up = loss_of(&s, m.loss, m.negatives, m.c, m.pull);
            *at = was - step;
            const double down = loss_of(&s, m.loss, m.negatives, m.c, m.pull);
            *at = was;
            const double want = (up - down) / (2 * step), got = (double)(i < N ? m.gx[i] : m.gy[i - N]);
            if (!(fabs(got - want) <= 2e-5 * (1 + fabs(want))))
                fail_msg("case %d, number %d: slope %g, by differences %g", (int)k, i, got, want);
        }
        ak_map_state_free(&m);
    }
}

/* Every instruction set does the same. */
static void test_tables(void **state)
{
    (void)state;
    const ak_forces *here = ak_forces_here();
    enum { M = 1200 };
    float x[2 * M], y[2 * M], share[2 * M], got[2][3][M];
    const int64_t shift[4] = { 1, M - 1, 700, M - 700 };
    for (int i = 0; i < M; i++) {
        x[i] = x[i + M] = (float)normal((uint64_t)i);
        y[i] = y[i + M] = (float)normal((uint64_t)i + 7000);
        share[i] = share[i + M] = (float)fabs(normal((uint64_t)i + 20000));
    }
    for (int f = 0; f < 3; f++) {
        memset(got, 0, sizeof got);
        for (int t = 0; t < 2; t++) {
            const ak_forces *table = t ? here : &ak_forces_ref;
            const ak_noise w = { x, y, share, 0.7f, shift, 4, got[t][0], got[t][1], got[t][2] };
            void (*const loop[3])(const ak_noise *, int64_t, int64_t) = { table->mass, table->push_shared,
                                                                          table->push };
            loop[f](&w, 3, M - 5);
        }
        assert_memory_equal(got[0], got[1], sizeof got[0]);
    }
}

/* Neighbours --------------------------------------------------------------------------------------------- */

/* The share of all pairs' neighbours that index has. */
static double share_of_true(const float *x, int64_t n, int64_t d, akin_map_metric metric,
                            const int32_t *index, int64_t k)
{
    int64_t held = 0;
    double *far = malloc((size_t)n * sizeof *far);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            double sum = 0, ii = 0, jj = 0, ij = 0;
            for (int64_t c = 0; c < d; c++) {
                const double a = (double)x[i * d + c], b = (double)x[j * d + c];
                sum += (a - b) * (a - b);
                ii += a * a;
                jj += b * b;
                ij += a * b;
            }
            far[j] = metric == AKIN_MAP_EUCLIDEAN ? sum : -ij / sqrt(ii * jj);
        }
        for (int64_t r = 0; r < k; r++) {
            int64_t nearer = 0;
            for (int64_t j = 0; j < n; j++) nearer += j != i && far[j] < far[index[i * k + r]];
            held += nearer < k && index[i * k + r] != i;
        }
    }
    free(far);
    return (double)held / (double)(n * k);
}

static void test_neighbours(void **state)
{
    (void)state;
    enum { ROWS = 900, D = 12, K = 10 };
    float *x = make_rows(ROWS, D, 7, 2);
    int32_t *index = malloc(ROWS * K * sizeof *index);
    akin_error err;
    for (int metric = 0; metric < 2; metric++) {
        ak_map_rows rows;
        assert_int_equal(
            ak_map_rows_make((akin_cmat){ x, ROWS, D, D }, (akin_map_metric)metric, NULL, &rows, "t", &err),
            AKIN_OK);
        assert_int_equal(ak_map_nearest_exact(&rows, K, index, &err), AKIN_OK);
        const double exact = share_of_true(x, ROWS, D, (akin_map_metric)metric, index, K);
        assert_true(exact > 0.9999); /* float may turn two that are equal in seven digits */
        assert_int_equal(ak_map_nearest_approximate(&rows, K, 3, index, &err), AKIN_OK);
        const double nearly = share_of_true(x, ROWS, D, (akin_map_metric)metric, index, K);
        if (!(nearly > 0.97)) fail_msg("metric %d: %g of the neighbours are found", metric, nearly);
        ak_map_rows_free(&rows);
    }
    free(x);
    free(index);
}

/* Each edge stands at both of its ends, once, with the weight of both directions. */
static void test_graph(void **state)
{
    (void)state;
    const int32_t index[] = { 1, 2, 0, 2, 0, 1, 0, 4, 3, 0 }, place[] = { 4, 2, 0, 1, 3 };
    ak_map_graph g;
    akin_error err;
    assert_int_equal(ak_map_graph_make(index, 5, 2, place, &g, &err), AKIN_OK);
    double total = 0;
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++) {
            bool out = false, back = false;
            for (int r = 0; r < 2; r++) out = out || index[2 * i + r] == j;
            for (int r = 0; r < 2; r++) back = back || index[2 * j + r] == i;
            int times = 0;
            double weight = 0;
            for (int64_t e = g.begin[place[i]]; e < g.begin[place[i] + 1]; e++)
                if (g.to[e] == place[j]) times++, weight = (double)g.weight[e];
            assert_int_equal(times, out || back);
            assert_true(weight == 0.5 * (out + back));
            total += weight / 2;
        }
    assert_true(g.total == total);
    ak_map_graph_free(&g);
}

/* The first two components, by the covariance as a whole. */
static void test_start(void **state)
{
    (void)state;
    enum { ROWS = 400, D = 30 };
    float *x = make_rows(ROWS, D, 5, 3), start[ROWS * 2];
    double mean[D] = { 0 }, *c = calloc(D * D, sizeof *c), value[D], vector[D * D];
    ak_map_rows rows;
    akin_error err;
    assert_int_equal(
        ak_map_rows_make((akin_cmat){ x, ROWS, D, D }, AKIN_MAP_EUCLIDEAN, NULL, &rows, "t", &err), AKIN_OK);
    assert_int_equal(ak_map_start(&rows, 1, start, &err), AKIN_OK);
    for (int i = 0; i < ROWS; i++)
        for (int e = 0; e < D; e++) mean[e] += (double)x[i * D + e] / ROWS;
    for (int i = 0; i < ROWS; i++)
        for (int e = 0; e < D; e++)
            for (int f = 0; f < D; f++)
                c[e * D + f] += ((double)x[i * D + e] - mean[e]) * ((double)x[i * D + f] - mean[f]) / ROWS;
    assert_int_equal(ak_eigen(c, D, value, vector, &err), AKIN_OK);
    for (int a = 0; a < 2; a++) {
        double most = 0, worst = 0;
        for (int e = 0; e < D; e++)
            if (fabs(vector[a * D + e]) > fabs(most)) most = vector[a * D + e];
        for (int i = 0; i < ROWS; i++) {
            double along = 0;
            for (int e = 0; e < D; e++) along += ((double)x[i * D + e] - mean[e]) * vector[a * D + e];
            along *= (most < 0 ? -1 : 1) / sqrt(value[0]);
            worst = fmax(worst, fabs(along - (double)start[2 * i + a]));
        }
        if (!(worst < 0.08)) fail_msg("component %d is %g off", a, worst); /* noise of 0.01 is added */
    }
    ak_map_rows_free(&rows);
    free(x);
    free(c);
}

/* Whole maps --------------------------------------------------------------------------------------------- */

static akin_map_opts quick(akin_map_loss loss)
{
    akin_map_opts o = AKIN_MAP_OPTS_INIT;
    o.loss = loss;
    o.epochs = 25;
    o.draws = 30;
    o.negatives = loss == AKIN_MAP_INFONCE ? 30 : 0;
    return o;
}

static void test_threads(void **state)
{
    (void)state;
    enum { ROWS = 700, D = 9, NEW = 70 };
    float *x = make_rows(ROWS, D, 4, 3), map[3][ROWS * 2], placed[3][NEW * 2];
    akin_error err;
    for (int loss = 0; loss < 3; loss++) {
        akin_map_opts o = quick((akin_map_loss)loss);
        o.search = loss ? AKIN_MAP_APPROXIMATE : AKIN_MAP_EXACT;
        o.metric = loss == 1 ? AKIN_MAP_EUCLIDEAN : AKIN_MAP_COSINE;
        for (int t = 0; t < 3; t++) {
            akin_set_threads(t + 1);
            const akin_cmat rows = { x, ROWS, D, D };
            assert_int_equal(akin_map(rows, &o, (akin_mat){ map[t], ROWS, 2, 2 }, NULL, &err), AKIN_OK);
            assert_int_equal(akin_map_place(rows, (akin_cmat){ map[t], ROWS, 2, 2 },
                                            (akin_cmat){ x + 5 * D, NEW, D, D }, &o,
                                            (akin_mat){ placed[t], NEW, 2, 2 }, &err),
                             AKIN_OK);
            assert_memory_equal(map[0], map[t], sizeof map[0]);
            assert_memory_equal(placed[0], placed[t], sizeof placed[0]);
        }
    }
    akin_set_threads(0);
    free(x);
}

static double distance(const float *a, const float *b)
{
    return hypot((double)a[0] - (double)b[0], (double)a[1] - (double)b[1]);
}

/* Groups that are far apart come apart, and a row that is placed anew lies among its neighbours, wherever in
 * the list it stands. */
static void test_groups_and_places(void **state)
{
    (void)state;
    enum { ROWS = 600, D = 6, SOME = 50 };
    float *x = make_rows(ROWS, D, 2, 40), map[ROWS * 2], placed[SOME * 2], alone[2];
    const akin_cmat rows = { x, ROWS, D, D };
    akin_error err;
    for (int loss = 0; loss < 3; loss++) {
        akin_map_opts o = quick((akin_map_loss)loss);
        akin_map_result r = AKIN_MAP_RESULT_INIT;
        o.metric = AKIN_MAP_EUCLIDEAN;
        o.epochs = 120;
        assert_int_equal(akin_map(rows, &o, (akin_mat){ map, ROWS, 2, 2 }, &r, &err), AKIN_OK);
        assert_int_equal(r.n, ROWS);
        assert_true(r.exact == 1 && r.found == 1 && r.edges > ROWS * 10 / 2 && r.edges <= ROWS * 10);
        double span = 0;
        int same = 0;
        for (int i = 0; i < ROWS; i++) {
            int nearest = -1;
            for (int j = 0; j < ROWS; j++) {
                span = fmax(span, distance(map + 2 * i, map + 2 * j));
                if (j != i && (nearest < 0 ||
                               distance(map + 2 * i, map + 2 * j) < distance(map + 2 * i, map + 2 * nearest)))
                    nearest = j;
            }
            same += nearest % 2 == i % 2;
        }
        assert_true(same >= ROWS - 2);
        assert_int_equal(akin_map_place(rows, (akin_cmat){ map, ROWS, 2, 2 }, (akin_cmat){ x, SOME, D, D },
                                        &o, (akin_mat){ placed, SOME, 2, 2 }, &err),
                         AKIN_OK);
        double off = 0;
        for (int i = 0; i < SOME; i++) off += distance(placed + 2 * i, map + 2 * i) / SOME;
        if (!(off < 0.06 * span)) fail_msg("loss %d: placed %g off in a map of %g", loss, off, span);
        assert_int_equal(akin_map_place(rows, (akin_cmat){ map, ROWS, 2, 2 },
                                        (akin_cmat){ x + 7 * D, 1, D, D }, &o, (akin_mat){ alone, 1, 2, 2 },
                                        &err),
                         AKIN_OK);
        assert_memory_equal(alone, placed + 14, sizeof alone);
    }
    free(x);
}

static void test_spectrum(void **state)
{
    (void)state;
    enum { ROWS = 2000, D = 3 };
    float *x = make_rows(ROWS, D, 1, 0), *map = malloc(ROWS * 2 * sizeof *map);
    akin_error err;
    for (int end = 0; end < 3; end++) {
        akin_map_opts o = quick(AKIN_MAP_NEG);
        akin_map_result r = AKIN_MAP_RESULT_INIT;
        o.spectrum = end / 2.0;
        o.epochs = 1;
        assert_int_equal(akin_map((akin_cmat){ x, ROWS, D, D }, &o, (akin_mat){ map, ROWS, 2, 2 }, &r, &err),
                         AKIN_OK);
        const double tsne = 100 * (double)ROWS, umap = (double)ROWS * ROWS / 5;
        const double want = end == 0 ? tsne : end == 2 ? umap : sqrt(tsne * umap);
        assert_true(fabs(r.z / want - 1) < 1e-9);
        if (end == 2) assert_true(r.c == 1);
    }
    free(x);
    free(map);
}

static void test_degenerate(void **state)
{
    (void)state;
    akin_error err;
    float map[200];
    const float two[] = { 1, 2 }, three[] = { 1, 2, 1, 2, 5, 1 };
    for (int loss = 0; loss < 3; loss++) {
        akin_map_opts o = quick((akin_map_loss)loss);
        o.k = 100; /* more than there are */
        for (int metric = 0; metric < 2; metric++)
            for (int search = 1; search < 3; search++) {
                o.metric = (akin_map_metric)metric;
                o.search = (akin_map_search)search;
                assert_int_equal(
                    akin_map((akin_cmat){ two, 2, 1, 1 }, &o, (akin_mat){ map, 2, 2, 2 }, NULL, &err),
                    AKIN_OK);
                assert_int_equal(
                    akin_map((akin_cmat){ three, 3, 2, 2 }, &o, (akin_mat){ map, 3, 2, 2 }, NULL, &err),
                    AKIN_OK);
                float equal[100], line[100];
                for (int i = 0; i < 100; i++) equal[i] = 3, line[i] = (float)(i % 10);
                o.k = 5;
                assert_int_equal(
                    akin_map((akin_cmat){ equal, 100, 1, 1 }, &o, (akin_mat){ map, 100, 2, 2 }, NULL, &err),
                    AKIN_OK);
                assert_true(isfinite(map[0]) && isfinite(map[199]));
                assert_int_equal(
                    akin_map((akin_cmat){ line, 100, 1, 1 }, &o, (akin_mat){ map, 100, 2, 2 }, NULL, &err),
                    AKIN_OK);
                memset(equal, 0, sizeof equal);
                assert_int_equal(
                    akin_map((akin_cmat){ equal, 50, 2, 2 }, &o, (akin_mat){ map, 50, 2, 2 }, NULL, &err),
                    AKIN_OK);
            }
    }
}

static void test_refused(void **state)
{
    (void)state;
    akin_error err;
    float map[8];
    float rows[] = { 1, 2, 3, 4, 5, 6, 7, NAN };
    const akin_cmat bad = { rows, 4, 2, 2 }, good = { rows, 3, 2, 2 }, one = { rows, 1, 2, 2 };
    const akin_mat four = { map, 4, 2, 2 }, to = { map, 3, 2, 2 }, single = { map, 1, 2, 2 };
    memset(map, 7, sizeof map);
    const float before = map[0];
    assert_int_equal(akin_map(bad, NULL, four, NULL, &err), AKIN_ERR_INPUT);
    assert_non_null(strstr(err.message, "row 3, column 1"));
    assert_int_equal(akin_map(one, NULL, single, NULL, &err), AKIN_ERR_SHAPE);
    assert_int_equal(akin_map(good, NULL, four, NULL, &err), AKIN_ERR_SHAPE);
    assert_int_equal(akin_map((akin_cmat){ NULL, 3, 2, 2 }, NULL, to, NULL, &err), AKIN_ERR_SHAPE);
    assert_true(map[0] == before);
    const akin_map_opts usual = AKIN_MAP_OPTS_INIT;
    for (int i = 0; i < 10; i++) {
        akin_map_opts o = usual;
        if (i == 0) o.k = 0;
        if (i == 1) o.k = 101;
        if (i == 2) o.negatives = -1;
        if (i == 3) o.draws = 1;
        if (i == 4) o.epochs = 0;
        if (i == 5) o.spectrum = 1.5;
        if (i == 6) o.spectrum = NAN;
        if (i == 7) o.rate = 0;
        if (i == 8) o.loss = (akin_map_loss)3;
        if (i == 9) o.metric = (akin_map_metric)2;
        assert_int_equal(akin_map(good, &o, to, NULL, &err), AKIN_ERR_RANGE);
    }
    akin_map_quality q = AKIN_MAP_QUALITY_INIT;
    assert_int_equal(akin_map_measure(good, akin_mat_const(four), AKIN_MAP_COSINE, 0, 0, &q, &err),
                     AKIN_ERR_SHAPE);
    map[1] = INFINITY;
    assert_int_equal(akin_map_measure(good, akin_mat_const(to), AKIN_MAP_COSINE, 0, 0, &q, &err),
                     AKIN_ERR_INPUT);
    assert_int_equal(akin_map_place(good, akin_mat_const(to), good, NULL, to, &err), AKIN_ERR_INPUT);
    assert_int_equal(akin_map_place(good, akin_mat_const(four), good, NULL, to, &err), AKIN_ERR_SHAPE);
}

/* Quality ------------------------------------------------------------------------------------------------ */

static int64_t rank_in(const float *x, int64_t n, int64_t d, int64_t i, int64_t j)
{
    int64_t rank = 1;
    double far = 0;
    for (int64_t c = 0; c < d; c++) far += pow((double)x[i * d + c] - (double)x[j * d + c], 2);
    for (int64_t l = 0; l < n; l++) {
        double other = 0;
        for (int64_t c = 0; c < d; c++) other += pow((double)x[i * d + c] - (double)x[l * d + c], 2);
        rank += l != i && l != j && other < far;
    }
    return rank;
}

static void test_quality(void **state)
{
    (void)state;
    enum { ROWS = 80, D = 5 };
    float *x = make_rows(ROWS, D, 3, 2), *map = make_rows(ROWS, 2, 5, 1);
    for (int i = 0; i < ROWS; i++) map[2 * i] += 2 * x[i * D];
    double recall[2] = { 0, 0 }, beyond = 0;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < ROWS; j++) {
            if (i == j) continue;
            const int64_t high = rank_in(x, ROWS, D, i, j), low = rank_in(map, ROWS, 2, i, j);
            recall[0] += (high <= 10 && low <= 10) / (10.0 * ROWS);
            recall[1] += (high <= 15 && low <= 15) / (15.0 * ROWS);
            if (low <= 15 && high > 15) beyond += (double)(high - 15);
        }
    akin_map_quality q = AKIN_MAP_QUALITY_INIT;
    akin_error err;
    assert_int_equal(akin_map_measure((akin_cmat){ x, ROWS, D, D }, (akin_cmat){ map, ROWS, 2, 2 },
                                      AKIN_MAP_EUCLIDEAN, 0, 1, &q, &err),
                     AKIN_OK);
    assert_int_equal(q.sample, ROWS);
    assert_true(fabs(q.recall10 - recall[0]) < 1e-9 && fabs(q.recall15 - recall[1]) < 1e-9);
    assert_true(fabs(q.trust - (1 - 2 * beyond / (ROWS * 15.0 * (2 * ROWS - 46)))) < 1e-9);
    assert_true(q.recall15_ci95[0] < q.recall15 && q.recall15 < q.recall15_ci95[1]);
    assert_true(q.distances > 0 && q.distances < 1);
    float plane[ROWS * 2];
    memcpy(plane, map, sizeof plane);
    assert_int_equal(akin_map_measure((akin_cmat){ plane, ROWS, 2, 2 }, (akin_cmat){ map, ROWS, 2, 2 },
                                      AKIN_MAP_EUCLIDEAN, 50, 1, &q, &err),
                     AKIN_OK);
    assert_true(q.recall10 == 1 && q.recall15 == 1 && q.trust == 1 && q.distances > 0.999);
    free(x);
    free(map);
}

static const char *name_of(int64_t k, void *ctx)
{
    (void)ctx;
    return k == 0 ? "a <b> & \"c\"" : NULL;
}

static void test_picture(void **state)
{
    (void)state;
    const float map[] = { 0, 0, 1, 1, 2, 0, 3, 5 };
    const int32_t labels[] = { 0, 7, 0, 7 };
    char *svg = NULL;
    size_t bytes = 0;
    akin_error err;
    akin_map_picture p = AKIN_MAP_PICTURE_INIT;
    p.map = (akin_cmat){ map, 4, 2, 2 };
    p.labels = labels;
    p.class_name = name_of;
    p.title = "<t>";
    assert_int_equal(akin_map_draw(&p, &svg, &bytes, &err), AKIN_OK);
    assert_int_equal(strlen(svg), bytes);
    assert_non_null(strstr(svg, "a &lt;b&gt; &amp; &quot;c&quot;"));
    assert_non_null(strstr(svg, ">7</text>"));
    assert_null(strstr(svg, "<t>"));
    assert_null(strstr(svg, "nan"));
    int dots = 0;
    for (const char *at = svg; (at = strstr(at, "h0")) != NULL; at++) dots++;
    assert_int_equal(dots, 4);
    free(svg);
    const float same[] = { 1, 1, 1, 1 };
    p = (akin_map_picture)AKIN_MAP_PICTURE_INIT;
    p.map = (akin_cmat){ same, 2, 2, 2 };
    assert_int_equal(akin_map_draw(&p, &svg, &bytes, &err), AKIN_OK);
    assert_null(strstr(svg, "nan"));
    free(svg);
    const float wrong[] = { 1, INFINITY };
    p.map = (akin_cmat){ wrong, 1, 2, 2 };
    assert_int_equal(akin_map_draw(&p, &svg, &bytes, &err), AKIN_ERR_INPUT);
    assert_int_equal(akin_map_draw(NULL, &svg, &bytes, &err), AKIN_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_graph),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_groups_and_places),
        cmocka_unit_test(test_spectrum),
        cmocka_unit_test(test_degenerate),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_quality),
        cmocka_unit_test(test_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
