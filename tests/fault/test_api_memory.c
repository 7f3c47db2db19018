/* SPDX-License-Identifier: Apache-2.0 */
/* fault/test_api_memory.c - the library in a program of someone else's: an allocation of its own fails, the
 * n-th or all from the n-th on. A call then returns AKIN_ERR_NOMEM with a sentence that speaks of memory,
 * writes no output, and leaves no block behind; or it succeeds. The linker puts the functions below in the
 * place of malloc() and its like (tests/CMakeLists.txt); what libraries take for themselves does not fail
 * here. In the small tier n goes in ever longer steps; AKIN_TEST_FULL=1: each n. */
#include "akin/akin.h"
#include "akin/tool/cluster.h"
#include "akin/tool/diagnose.h"
#include "akin/tool/dups.h"
#include "akin/tool/near_cells.h"
#include "akin/tool/label_errors.h"
#include "akin/tool/map.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>

enum { ITEMS = 24, COLUMNS = 4, SIZE = 8 };

/* Allocations ------------------------------------------------------------------------------------------ */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__real_aligned_alloc(size_t to, size_t bytes);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void __real_free(void *p);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char GONE;
static const void *table[1 << 20]; /* blocks that live, and GONE where one was */
static int64_t live, count, fails_at;
static bool armed, ever;

static const void **place_of(const void *p, bool fresh)
{
    size_t i = ((uintptr_t)p >> 4) * 0x9e3779b97f4a7c15u >> 44;
    while (table[i] && table[i] != p && !(fresh && table[i] == &GONE)) i = (i + 1) & 0xfffff;
    return &table[i];
}

static void *noted(void *p)
{
    if (!p) return NULL;
    pthread_mutex_lock(&lock);
    *place_of(p, true) = p;
    live++;
    pthread_mutex_unlock(&lock);
    return p;
}

static void forget(const void *p)
{
    pthread_mutex_lock(&lock);
    const void **at = place_of(p, false);
    if (*at) *at = &GONE, live--;
    pthread_mutex_unlock(&lock);
}

static bool due(void)
{
    if (!armed) return false;
    const int64_t n = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    if (!fails_at || (ever ? n < fails_at : n != fails_at)) return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t bytes) { return due() ? NULL : noted(__real_malloc(bytes)); }
void *__wrap_calloc(size_t n, size_t bytes) { return due() ? NULL : noted(__real_calloc(n, bytes)); }
void *__wrap_aligned_alloc(size_t to, size_t n) { return due() ? NULL : noted(__real_aligned_alloc(to, n)); }
char *__wrap_strdup(const char *text) { return due() ? NULL : noted(__real_strdup(text)); }
char *__wrap_strndup(const char *text, size_t n) { return due() ? NULL : noted(__real_strndup(text, n)); }

void *__wrap_realloc(void *old, size_t bytes)
{
    if (due()) return NULL;
    if (old) forget(old);
    void *p = __real_realloc(old, bytes);
    return noted(p ? p : old);
}

void __wrap_free(void *p)
{
    if (p) forget(p);
    __real_free(p);
}

/* Calls ------------------------------------------------------------------------------------------------ */

static akin_error err;
static char folder[256];
static float rows[ITEMS * COLUMNS], other[ITEMS * COLUMNS];
static int32_t labels[ITEMS];
static const akin_cmat A = { rows, ITEMS, COLUMNS, COLUMNS }, B = { other, ITEMS, COLUMNS, COLUMNS };

static const char *in_folder(const char *name)
{
    static char path[2][400];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

/* An output before a call; what a call that failed has not left so is `written`. */
static bool written;
static void *const NOTHING = (void *)&written;

#define PUT_BACK(out, status, give)                                                                          \
    do {                                                                                                     \
        if (status)                                                                                          \
            written = written || (void *)(out) != NOTHING;                                                   \
        else                                                                                                 \
            give(out);                                                                                       \
    } while (0)

static akin_status open_set(const char *path)
{
    akin_dataset *set = NOTHING;
    akin_split_view view = AKIN_SPLIT_VIEW_INIT;
    akin_status status = akin_dataset_open(path, NULL, &set, &err);
    if (status) return written = written || (void *)set != NOTHING, status;
    status = akin_dataset_split(set, "train", AKIN_TARGET_AUTO, &view, &err);
    if (status == AKIN_OK && view.n < 1) written = true;
    akin_dataset_free(set);
    return status;
}

static akin_status open_pictures(void) { return open_set(in_folder("pics")); }
static akin_status open_idx(void) { return open_set(in_folder("idx")); }
static akin_status open_npy(void) { return open_set(in_folder("x.npy")); }
static akin_status open_csv(void) { return open_set(in_folder("t.csv")); }
static akin_status open_text(void) { return open_set(in_folder("lines.txt")); }

static akin_status loss_eval(void)
{
    static char memory[1 << 20];
    akin_arena arena;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_status status = AKIN_OK;
    batch.a = A;
    batch.b = B;
    batch.labels = labels;
    for (int i = 0; akin_loss_at(i) && !status; i++) {
        const akin_loss *loss = akin_loss_at(i);
        akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
        double value = 7;
        if (loss->needs & (AKIN_LOSS_TRIPLES | AKIN_LOSS_FEATURES)) continue;
        akin_arena_init(&arena, memory, sizeof memory);
        status = akin_loss_eval(loss, &params, &batch, &arena, &value, NULL, &err);
        written = written || (status && value != 7);
    }
    return status;
}

static akin_status model(void)
{
    float to[ITEMS * 4];
    akin_model *m = NOTHING;
    akin_dataset *set = NOTHING;
    akin_status status = akin_model_open(in_folder("run"), NULL, &m, &err);
    if (status) return written = written || (void *)m != NOTHING, status;
    status = akin_model_open_dataset(m, in_folder("x.npy"), &set, &err);
    if (!status) {
        status =
            akin_model_embed(m, set, NULL, (akin_mat){ NULL, 0, 0, 0 }, (akin_mat){ to, ITEMS, 4, 4 }, &err);
        akin_dataset_free(set);
    } else {
        written = written || (void *)set != NOTHING;
    }
    akin_model_free(m);
    return status;
}

static akin_status eval(akin_status (*protocol)(const akin_eval_data *, const akin_eval_opts *,
                                                akin_eval_result *, akin_error *))
{
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    akin_eval_result result = AKIN_EVAL_RESULT_INIT;
    const akin_eval_result before = AKIN_EVAL_RESULT_INIT;
    data.train = A;
    data.test = B;
    data.train_labels = data.test_labels = labels;
    data.train_count = data.test_count = ITEMS;
    const akin_status status = protocol(&data, NULL, &result, &err);
    written = written || (status && memcmp(&result, &before, sizeof result) != 0);
    return status;
}

static akin_status mean_of_few(const akin_eval_data *data, const akin_eval_opts *opts,
                               akin_eval_result *result, akin_error *e)
{
    return akin_eval_mean(data, 2, opts, result, e);
}

static akin_status eval_knn(void) { return eval(akin_eval_knn); }
static akin_status eval_linear(void) { return eval(akin_eval_linear_v2); }
static akin_status eval_mean(void) { return eval(mean_of_few); }

static akin_status map(void)
{
    float to[ITEMS * 2] = { 0 }, place[ITEMS * 2] = { 0 };
    const float none[ITEMS * 2] = { 0 };
    const akin_mat out = { to, ITEMS, 2, 2 }, out2 = { place, ITEMS, 2, 2 };
    akin_map_opts opts = AKIN_MAP_OPTS_INIT;
    akin_map_quality quality = AKIN_MAP_QUALITY_INIT;
    opts.epochs = 2;
    akin_status status = AKIN_OK;
    for (int search = AKIN_MAP_EXACT; search <= AKIN_MAP_APPROXIMATE && !status; search++) {
        memset(to, 0, sizeof to);
        opts.search = (akin_map_search)search;
        opts.metric = search == AKIN_MAP_EXACT ? AKIN_MAP_EUCLIDEAN : AKIN_MAP_COSINE;
        status = akin_map(A, &opts, out, NULL, &err);
        written = written || (status && memcmp(to, none, sizeof to) != 0);
    }
    if (!status) {
        status = akin_map_place(A, akin_mat_const(out), B, &opts, out2, &err);
        written = written || (status && memcmp(place, none, sizeof place) != 0);
    }
    if (!status) {
        status = akin_map_measure(A, akin_mat_const(out), opts.metric, 0, 0, &quality, &err);
        written = written || (status && quality.sample);
    }
    akin_map_picture picture = AKIN_MAP_PICTURE_INIT;
    char *svg = NULL;
    size_t bytes = 0;
    picture.map = akin_mat_const(out);
    picture.labels = labels;
    if (!status) status = akin_map_draw(&picture, &svg, &bytes, &err);
    free(svg);
    return status;
}

static akin_status cluster(void)
{
    int32_t in[ITEMS];
    int64_t middle[ITEMS];
    double distance[ITEMS] = { 0 };
    akin_cluster_opts opts = AKIN_CLUSTER_OPTS_INIT;
    akin_cluster_result result = AKIN_CLUSTER_RESULT_INIT;
    akin_cluster_agreement agree = AKIN_CLUSTER_AGREEMENT_INIT;
    akin_status status = AKIN_OK;
    opts.k = opts.starts = opts.min_size = opts.neighbours = 2;
    for (int method = 0; method < 2 && !status; method++) {
        memset(in, 77, sizeof in);
        opts.method = (akin_cluster_method)method;
        result = (akin_cluster_result)AKIN_CLUSTER_RESULT_INIT;
        status = akin_cluster(A, &opts, in, &result, &err);
        written = written || (status && (in[0] < ITEMS || result.n));
    }
    if (!status) {
        status = akin_cluster_central(A, opts.metric, in, 1, middle, distance, &err);
        written = written || (status && distance[0] != 0);
    }
    if (!status) {
        status = akin_cluster_agree(in, labels, ITEMS, &agree, &err);
        written = written || (status && agree.clusters);
    }
    return status;
}

static akin_status label_errors(void)
{
    float p[ITEMS * 2];
    int32_t halves[ITEMS];
    akin_label_errors *found = NOTHING, *again = NOTHING;
    akin_label_opts opts = AKIN_LABEL_OPTS_INIT;
    opts.folds = 2;
    for (int i = 0; i < ITEMS; i++) {
        halves[i] = i % 2;
        p[2 * i] = 0.25F;
        p[2 * i + 1] = 0.75F;
    }
    akin_status status = akin_label_errors_find(A, halves, ITEMS, &opts, &found, &err);
    written = status && found != NOTHING;
    if (status) return status;
    akin_label_errors_free(found);
    status = akin_label_errors_of((akin_cmat){ p, ITEMS, 2, 2 }, halves, ITEMS, &opts, &again, &err);
    written = status && again != NOTHING;
    if (!status) akin_label_errors_free(again);
    return status;
}

static akin_status dups(void)
{
    akin_dups *out = NOTHING;
    akin_dups_opts opts = AKIN_DUPS_OPTS_INIT;
    opts.threshold = 0.2;
    akin_status status = akin_dups_find(A, &opts, &out, &err);
    written = written || (status && out != NOTHING);
    if (!status) akin_dups_free(out);
    double distance[ITEMS] = { 0 };
    const double none[ITEMS] = { 0 };
    if (!status) {
        status = akin_outliers(A, NULL, distance, NULL, &err);
        written = written || (status && memcmp(distance, none, sizeof none) != 0);
    }
    return status;
}

static akin_status near_cells(void)
{
    akin_near_cells *out = NOTHING;
    int64_t probes = 1;
    int32_t index[2 * 2];
    const akin_cmat some = { A.data, 2, A.cols, A.stride };
    akin_status status = akin_near_cells_create(A, 2, 1, &out, &err);
    written = written || (status && out != NOTHING);
    if (status) return status;
    status = akin_near_cells_probes(out, some, 2, 0.5, &probes, NULL, &err);
    if (!status) status = akin_near_cells_search(out, some, 2, probes, index, NULL, &err);
    akin_near_cells_free(out);
    return status;
}

static akin_status bounds(void)
{
    akin_bounds *out = NOTHING;
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = A;
    in.b = B;
    in.labels = labels;
    in.count = ITEMS;
    in.negatives = 7;
    const akin_status status = akin_bounds_compute(&in, NULL, &out, &err);
    PUT_BACK(out, status, akin_bounds_free);
    return status;
}

static akin_status plan(void)
{
    const int64_t counts[3] = { 5, 3, 2 };
    akin_prior prior = AKIN_PRIOR_INIT;
    akin_theory_plan out = AKIN_THEORY_PLAN_INIT;
    const akin_theory_plan before = AKIN_THEORY_PLAN_INIT;
    prior.classes = 3;
    prior.counts = counts;
    prior.without_replacement = true;
    const akin_status status = akin_theory_plan_compute(&prior, 4, 0.5, &out, &err);
    written = written || (status && memcmp(&out, &before, sizeof out) != 0);
    return status;
}

static akin_status diagnose(void)
{
    akin_diagnosis *out = NOTHING;
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    in.features = A;
    in.views = (const akin_cmat[]){ A, B };
    in.view_count = 2;
    in.labels = labels;
    in.label_count = ITEMS;
    const akin_status status = akin_diagnose(&in, &out, &err);
    PUT_BACK(out, status, akin_diagnosis_free);
    return status;
}

static akin_status train_into(const char *run)
{
    static const char *const options[][2] = { { "epochs", "1" },       { "batch-size", "12" },
                                              { "encoder", "linear" }, { "head-out", "4" },
                                              { "head-hidden", "0" },  { "workers", "1" } };
    akin_train_config *c = NOTHING;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true;
    akin_status status = akin_train_config_create(&c, &err);
    if (status) return written = written || (void *)c != NOTHING, status;
    for (size_t i = 0; i < sizeof options / sizeof *options && !status; i++)
        status = akin_train_config_set(c, options[i][0], options[i][1], &err);
    if (!status) status = akin_train(in_folder("x.npy"), run, c, &opts, &err);
    akin_train_config_free(c);
    return status;
}

static akin_status train(void) { return train_into(in_folder("new")); }

/* The points ------------------------------------------------------------------------------------------- */

static akin_status point(akin_status (*call)(void), int64_t n, bool from_then_on)
{
    err.message[0] = 0;
    written = false;
    count = 0;
    fails_at = n;
    ever = from_then_on;
    armed = true;
    const akin_status status = call();
    armed = false;
    return status;
}

static bool wrong(const char *name, akin_status (*call)(void), int64_t n, bool from_then_on)
{
    const int64_t before = live;
    const akin_status status = point(call, n, from_then_on);
    const char *what = status && status != AKIN_ERR_NOMEM         ? "another status"
                       : status && !strstr(err.message, "memory") ? "a sentence that does not speak of memory"
                       : written                                  ? "an output written"
                       : live != before                           ? "blocks left or lost"
                                                                  : NULL;
    if (what)
        print_error("%s, allocation %lld%s: %s: %s '%s', %lld blocks\n", name, (long long)n,
                    from_then_on ? " and all after it" : "", what, akin_status_name(status), err.message,
                    (long long)(live - before));
    return what != NULL;
}

static void each_allocation(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        akin_status (*call)(void);
    } CALLS[] = { { "loss", loss_eval },
                  { "pictures", open_pictures },
                  { "idx", open_idx },
                  { "npy", open_npy },
                  { "csv", open_csv },
                  { "text", open_text },
                  { "model", model },
                  { "knn", eval_knn },
                  { "linear", eval_linear },
                  { "mean", eval_mean },
                  { "bounds", bounds },
                  { "plan", plan },
                  { "diagnose", diagnose },
                  { "train", train },
                  { "map", map },
                  { "label_errors", label_errors },
                  { "dups", dups },
                  { "cluster", cluster },
                  { "near_cells", near_cells } };
    const bool full = getenv("AKIN_TEST_FULL") != NULL;
    int64_t failures = 0, points = 0;
    for (size_t k = 0; k < sizeof CALLS / sizeof *CALLS; k++) {
        CHECK_OK(point(CALLS[k].call, 0, false)); /* fills what is kept for later calls */
        if (wrong(CALLS[k].name, CALLS[k].call, 0, false)) failures++;
        const int64_t all = count;
        for (int64_t n = 1; n <= all; n += full ? 1 : 1 + n / 12) {
            failures += wrong(CALLS[k].name, CALLS[k].call, n, false);
            failures += wrong(CALLS[k].name, CALLS[k].call, n, true);
            points += 2;
        }
        print_message("%s: %lld allocations\n", CALLS[k].name, (long long)all);
    }
    print_message("%lld points\n", (long long)points);
    CHECK(failures == 0);
}

/* Data ------------------------------------------------------------------------------------------------- */

static void put(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(in_folder(name), "wb");
    CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void make_pictures(void)
{
    static const char *const FOLDERS[] = { "pics", "pics/a", "pics/b", "idx" };
    for (int i = 0; i < 4; i++) CHECK(mkdir(in_folder(FOLDERS[i]), 0777) == 0);
    uint8_t bytes[16 + ITEMS * SIZE * SIZE] = "P6 8 8 255\n";
    for (int i = 0; i < 8; i++) {
        char name[32];
        for (size_t k = 11; k < sizeof bytes; k++) bytes[k] = (uint8_t)test_u64();
        snprintf(name, sizeof name, "pics/%c/%d.ppm", i % 2 ? 'a' : 'b', i);
        put(name, bytes, 11 + 3 * SIZE * SIZE);
    }
    memcpy(bytes, "\0\0\x08\3\0\0\0\x18\0\0\0\x08\0\0\0\x08", 16);
    put("idx/train-images-idx3-ubyte", bytes, sizeof bytes);
    memcpy(bytes, "\0\0\x08\1\0\0\0\x18", 8);
    for (int i = 0; i < ITEMS; i++) bytes[8 + i] = (uint8_t)(i % 2);
    put("idx/train-labels-idx1-ubyte", bytes, 8 + ITEMS);
}

static int make_data(void **state)
{
    (void)state;
    char text[8192];
    size_t n = 0;
    snprintf(folder, sizeof folder, "%s", test_folder());
    for (int i = 0; i < ITEMS; i++) labels[i] = i % 3;
    for (int i = 0; i < ITEMS * COLUMNS; i++) {
        rows[i] = (float)test_uniform(-1, 1);
        other[i] = rows[i] + (float)test_uniform(-0.1, 0.1);
    }
    CHECK_OK(akin_npy_save(in_folder("x.npy"), AKIN_DTYPE_F32, 2, (const int64_t[]){ ITEMS, COLUMNS }, rows,
                           &err));
    n = (size_t)snprintf(text, sizeof text, "a,b,label\n");
    for (int i = 0; i < ITEMS; i++)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%d.5,%d,%s\n", i, i * i % 7, i % 2 ? "red" : "blue");
    put("t.csv", text, n);
    n = 0;
    for (int i = 0; i < ITEMS; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "the line %d has word%d%s\n", i, i % 5,
                              i % 3 ? "." : ", and more.");
    put("lines.txt", text, n);
    make_pictures();
    CHECK_OK(train_into(in_folder("run")));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    akin_set_threads(1);
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation) };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
