/* SPDX-License-Identifier: Apache-2.0 */
/* What ranks find in rows together (src/dist/divide.h): neighbours, copies, outliers, maps and their quality,
 * cells, clusters and wrong labels, each against one process, bit for bit, on every rank; and ranks that
 * fail, or have other rows. */
#include "ranks_threads.h"

#include "akin/tool/cluster.h"
#include "akin/tool/dups.h"
#include "akin/tool/label_errors.h"
#include "akin/tool/map.h"
#include "akin/tool/near_cells.h"
#include "eval/nearest.h"

#include <math.h>

enum { N = 1500, D = 13, K = 7, SOME = 300, MOST = 5 };

static float x[N * D], y[SOME * D];

static akin_cmat rows(void) { return (akin_cmat){ x, N, D, D }; }

/* Groups, near copies, equal rows and rows of zeros. */
static void make_rows(void)
{
    for (int64_t i = 0; i < N; i++) {
        const int64_t from = i ? test_int(0, i - 1) : 0;
        for (int c = 0; c < D; c++) {
            x[i * D + c] = (float)(test_normal() + (c == i % 5 ? 3 : 0));
            if (i && i % 9 == 0) x[i * D + c] = x[from * D + c] + (float)(0.01 * test_normal());
            if (i && i % 23 == 0) x[i * D + c] = x[from * D + c];
            if (i % 211 == 210) x[i * D + c] = 0;
        }
    }
    for (int64_t i = 0; i < SOME * D; i++) y[i] = (float)test_normal();
}

/* What a rank has found, one after the other; compared as bytes. */
typedef struct result {
    unsigned char *bytes;
    size_t used, room;
} result;

static void keep(result *r, const void *data, size_t bytes)
{
    if (r->used + bytes > r->room) {
        r->room = 2 * (r->used + bytes);
        r->bytes = realloc(r->bytes, r->room);
        CHECK(r->bytes);
    }
    if (bytes) memcpy(r->bytes + r->used, data, bytes);
    r->used += bytes;
}

typedef struct trial {
    void (*work)(ak_comm *c, result *r);
    result result[THREADS_MOST];
} trial;

static void run_rank(ak_comm *c, void *ctx)
{
    trial *t = ctx;
    t->work(c, &t->result[ak_comm_rank(c)]);
}

/* The bytes of one process, of 2, 3 and more ranks than there are blocks of neighbours. */
static void on_any_number(void (*work)(ak_comm *c, result *r))
{
    static const int RANKS[] = { 2, 3, 8 };
    result alone = { NULL, 0, 0 };
    make_rows();
    work(NULL, &alone);
    CHECK(alone.used > 0);
    for (int k = 0; k < 3; k++) {
        trial t = { .work = work };
        run_ranks(RANKS[k], run_rank, &t);
        for (int r = 0; r < RANKS[k]; r++) {
            CHECK(t.result[r].used == alone.used);
            CHECK(memcmp(t.result[r].bytes, alone.bytes, alone.used) == 0);
            free(t.result[r].bytes);
        }
    }
    free(alone.bytes);
}

static void neighbours(ak_comm *c, result *r)
{
    akin_error err;
    int32_t *index = malloc((size_t)N * K * sizeof *index);
    float *similarity = malloc((size_t)N * K * sizeof *similarity);
    CHECK_OK(ak_eval_neighbours_shared(c, rows(), rows(), K, index, similarity, &err));
    keep(r, index, (size_t)N * K * sizeof *index);
    keep(r, similarity, (size_t)N * K * sizeof *similarity);
    free(index);
    free(similarity);
}

static void dups(ak_comm *c, result *r)
{
    static const double THRESHOLD[] = { 0.97, AKIN_DUPS_SUGGESTED, AKIN_DUPS_CHANCE };
    for (int k = 0; k < 3; k++) {
        akin_error err;
        akin_dups *d = NULL;
        akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
        o.threshold = THRESHOLD[k];
        o.ranks = c;
        CHECK_OK(akin_dups_find(rows(), &o, &d, &err));
        const akin_dups_found *f = akin_dups_look(d);
        CHECK(f->pairs > 100 && f->groups > 50);
        const double numbers[] = {
            f->threshold, f->spacing, f->suggested, f->reach, f->dimension, f->expected
        };
        const int64_t counts[] = { f->n, f->zeros, f->equal, f->based, f->pairs, f->groups, f->copies };
        keep(r, numbers, sizeof numbers);
        keep(r, counts, sizeof counts);
        keep(r, f->pair, (size_t)f->pairs * sizeof *f->pair);
        keep(r, f->group, N * sizeof *f->group);
        keep(r, f->nearest, N * sizeof *f->nearest);
        keep(r, f->similarity, N * sizeof *f->similarity);
        if (f->scale) keep(r, f->scale, N * sizeof *f->scale);
        akin_dups_free(d);
    }
}

static void outliers(ak_comm *c, result *r)
{
    akin_error err;
    akin_outliers_opts o = AKIN_OUTLIERS_OPTS_INIT;
    double *distance = malloc(N * sizeof *distance);
    int64_t *nearest = malloc(N * sizeof *nearest);
    o.ranks = c;
    CHECK_OK(akin_outliers(rows(), &o, distance, nearest, &err));
    keep(r, distance, N * sizeof *distance);
    keep(r, nearest, N * sizeof *nearest);
    free(distance);
    free(nearest);
}

/* Each loss, metric and search once; then other rows on the map, and its quality. */
static void maps(ak_comm *c, result *r)
{
    for (int k = 0; k < 3; k++) {
        akin_error err;
        akin_map_opts o = AKIN_MAP_OPTS_INIT;
        akin_map_result of = AKIN_MAP_RESULT_INIT;
        akin_map_quality quality = AKIN_MAP_QUALITY_INIT;
        o.loss = (akin_map_loss)k;
        o.metric = k == 1 ? AKIN_MAP_EUCLIDEAN : AKIN_MAP_COSINE;
        o.search = k == 2 ? AKIN_MAP_EXACT : AKIN_MAP_APPROXIMATE;
        o.draws = o.negatives = 1000;
        o.epochs = 12;
        o.ranks = c;
        akin_mat map = { malloc((size_t)N * 2 * sizeof(float)), N, 2, 2 };
        akin_mat placed = { malloc((size_t)SOME * 2 * sizeof(float)), SOME, 2, 2 };
        CHECK_OK(akin_map(rows(), &o, map, &of, &err));
        CHECK_OK(akin_map_place(rows(), akin_mat_const(map), (akin_cmat){ y, SOME, D, D }, &o, placed, &err));
        akin_map_measure_opts measure = AKIN_MAP_MEASURE_OPTS_INIT;
        measure.metric = o.metric;
        measure.sample = 333;
        measure.ranks = c;
        CHECK_OK(akin_map_measure_with(rows(), akin_mat_const(map), &measure, &quality, &err));
        keep(r, map.data, (size_t)N * 2 * sizeof(float));
        keep(r, placed.data, (size_t)SOME * 2 * sizeof(float));
        keep(r, &quality, sizeof quality);
        keep(r, &of.found, sizeof of.found);
        keep(r, &of.edges, sizeof of.edges);
        free(map.data);
        free(placed.data);
    }
}

/* All rows in one search, and some queries; few cells and many. */
static void cells(ak_comm *c, result *r)
{
    int32_t *index = malloc((size_t)N * K * sizeof *index);
    float *similarity = malloc((size_t)N * K * sizeof *similarity);
    for (int k = 0; k < 3; k++) {
        akin_error err;
        akin_near_cells *by = NULL;
        const akin_cmat query = k == 2 ? (akin_cmat){ y, SOME, D, D } : rows();
        const size_t found = (size_t)query.rows * K;
        int64_t probes;
        double share;
        CHECK_OK(akin_near_cells_create_by(c, rows(), k ? 0 : 3, 9, &by, &err));
        CHECK_OK(akin_near_cells_probes(by, query, K, 0.9, &probes, &share, &err));
        CHECK_OK(akin_near_cells_search(by, query, K, probes, index, similarity, &err));
        keep(r, &probes, sizeof probes);
        keep(r, &share, sizeof share);
        keep(r, index, found * sizeof *index);
        keep(r, similarity, found * sizeof *similarity);
        CHECK_FAILS(akin_near_cells_search(by, query, K, 0, index, similarity, &err), AKIN_ERR_RANGE,
                    "probes");
        CHECK_OK(akin_near_exact_by(c, query, rows(), K, index, similarity, &err));
        keep(r, index, found * sizeof *index);
        akin_near_cells_free(by);
    }
    free(index);
    free(similarity);
}

/* Few clusters and so many that some lose their rows; both metrics; by density. */
static void clusters(ak_comm *c, result *r)
{
    for (int k = 0; k < 4; k++) {
        akin_error err;
        akin_cluster_opts o = AKIN_CLUSTER_OPTS_INIT;
        akin_cluster_result of = AKIN_CLUSTER_RESULT_INIT;
        int32_t *cluster = malloc(N * sizeof *cluster);
        o.method = k == 3 ? AKIN_CLUSTER_DENSITY : AKIN_CLUSTER_KMEANS;
        o.metric = k % 2 ? AKIN_MAP_EUCLIDEAN : AKIN_MAP_COSINE;
        o.k = k == 0 ? 1 : k == 1 ? 9 : 700;
        o.starts = 2;
        o.min_size = 5;
        o.ranks = c;
        CHECK_OK(akin_cluster(rows(), &o, cluster, &of, &err));
        keep(r, cluster, N * sizeof *cluster);
        keep(r, &of, sizeof of);
        free(cluster);
    }
}

/* Classes that the rows tell in part, one item that is alone in its class. */
static void labels(ak_comm *c, result *r)
{
    int32_t *label = malloc(N * sizeof *label);
    for (int32_t i = 0; i < N; i++) label[i] = i == 77 ? 9 : i % 13 ? i % 5 : i % 3;
    for (int k = 0; k < 3; k++) {
        akin_error err;
        akin_label_errors *found = NULL;
        akin_label_opts o = AKIN_LABEL_OPTS_INIT;
        o.method = (akin_label_method)k;
        o.lambda = k ? 0.01 : 0;
        o.ranks = c;
        CHECK_OK(akin_label_errors_find(rows(), label, N, &o, &found, &err));
        const akin_label_state *s = akin_label_errors_look(found);
        CHECK(s->called > 10 && s->unjudged == 1);
        keep(r, s->probability, (size_t)(N * s->classes) * sizeof *s->probability);
        keep(r, s->score, N * sizeof *s->score);
        keep(r, s->wrong, N);
        keep(r, &s->lambda, sizeof s->lambda);
        akin_label_errors_free(found);
    }
    free(label);
}

static void labels_are_those_of_one(void **state)
{
    (void)state;
    on_any_number(labels);
}

static void cells_are_those_of_one(void **state)
{
    (void)state;
    on_any_number(cells);
}

static void clusters_are_those_of_one(void **state)
{
    (void)state;
    on_any_number(clusters);
}

static void neighbours_are_those_of_one(void **state)
{
    (void)state;
    on_any_number(neighbours);
}

static void copies_are_those_of_one(void **state)
{
    (void)state;
    on_any_number(dups);
}

static void outliers_are_those_of_one(void **state)
{
    (void)state;
    on_any_number(outliers);
}

static void maps_are_those_of_one(void **state)
{
    (void)state;
    on_any_number(maps);
}

/* Rounds ------------------------------------------------------------------------------------------------- */

typedef struct counting {
    int64_t value[100];
    int calls;
    int64_t fails; /* the row that fails; -1: none */
} counting;

static akin_status count_rows(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    counting *w = ctx;
    w->calls++;
    CHECK(begin % 3 == 0 && begin < end && (end % 3 == 0 || end == 100));
    for (int64_t i = begin; i < end; i++) w->value[i] = 7 * i;
    return begin <= w->fails && w->fails < end ? ak_fail(err, AKIN_ERR_NUMERIC, "row %d", (int)w->fails)
                                               : AKIN_OK;
}

static void divide_rows(ak_comm *c, void *ctx)
{
    akin_error err;
    for (int k = 0; k < 4; k++) {
        counting w = { .fails = k == 3 ? 61 : -1 };
        const ak_column column = { w.value, sizeof *w.value };
        const double cost[] = { 1, 3e11, 1e300, 3e11 }; /* one round, several, as many as there can be */
        const ak_division d = { .rows = 100,
                                .step = 3,
                                .cost = cost[k],
                                .work = count_rows,
                                .ctx = &w,
                                .column = &column,
                                .columns = 1 };
        const akin_status status = ak_comm_divide(c, &d, &err);
        if (k == 3) {
            CHECK(status == AKIN_ERR_NUMERIC && strstr(err.message, "row 61"));
            CHECK(ak_comm_settle(c, status, &err) == AKIN_ERR_NUMERIC);
            continue;
        }
        CHECK_OK(status);
        for (int64_t i = 0; i < 100; i++) CHECK(w.value[i] == 7 * i);
        const int size = ak_comm_size(c), most = 34 / size, wanted = (30 + size - 1) / size;
        CHECK(w.calls == (k == 0 ? 1 : k == 1 && wanted < most ? wanted : most));
    }
    (void)ctx;
}

static void work_goes_in_rounds(void **state)
{
    (void)state;
    for (int ranks = 2; ranks < 8; ranks++) run_ranks(ranks, divide_rows, NULL);
}

/* Failures ----------------------------------------------------------------------------------------------- */

/* Rank 1 has a row more, another number, or none; all hear of it, and go on together afterwards. */
static void other_rows(ak_comm *c, void *ctx)
{
    akin_error err;
    (void)ctx;
    for (int k = 0; k < 3; k++) {
        akin_dups *d = NULL;
        akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
        akin_cmat own = rows();
        float *copy = malloc(sizeof x);
        memcpy(copy, x, sizeof x);
        if (ak_comm_rank(c) == 1) {
            own.data = copy;
            if (k == 0) own.rows--;
            if (k == 1) copy[N * D - 1] += 1;
            if (k == 2) own.data = NULL;
        }
        o.ranks = c;
        CHECK_FAILS(akin_dups_find(own, &o, &d, &err), k == 2 ? AKIN_ERR_SHAPE : AKIN_ERR_DISTRIBUTED,
                    k == 2 ? "no data" : "not those of rank 0");
        CHECK(!d && (ak_comm_rank(c) == 1) == !strstr(err.message, "rank 1: "));
        CHECK_OK(akin_dups_find(rows(), &o, &d, &err));
        akin_dups_free(d);
        free(copy);
    }
}

/* More pairs than may be, of any rank or of all together. */
static void too_many(ak_comm *c, void *ctx)
{
    akin_error err;
    (void)ctx;
    for (int64_t most = 1; most < 1000; most *= 3) {
        akin_dups *d = NULL;
        akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
        o.threshold = 0.2;
        o.most = most;
        o.ranks = c;
        CHECK_FAILS(akin_dups_find(rows(), &o, &d, &err), AKIN_ERR_RANGE, "pairs are 0.2 alike or more");
        CHECK(strncmp(err.message, ak_comm_rank(c) ? "rank 0: dups: more" : "dups: more", 10) == 0);
    }
}

static void failures_are_those_of_all(void **state)
{
    (void)state;
    make_rows();
    for (int ranks = 2; ranks < MOST; ranks++) {
        run_ranks(ranks, other_rows, NULL);
        run_ranks(ranks, too_many, NULL);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_those_of_one), cmocka_unit_test(copies_are_those_of_one),
        cmocka_unit_test(outliers_are_those_of_one),   cmocka_unit_test(maps_are_those_of_one),
        cmocka_unit_test(cells_are_those_of_one),      cmocka_unit_test(clusters_are_those_of_one),
        cmocka_unit_test(labels_are_those_of_one),     cmocka_unit_test(work_goes_in_rounds),
        cmocka_unit_test(failures_are_those_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
