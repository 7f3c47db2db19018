/* SPDX-License-Identifier: Apache-2.0 */
/* Counts that make no sense, 0, -1 and the least number there is, in each place of public functions that
 * takes one: a status with a sentence, or, where there is nothing to do, success; never a crash, a hang, or
 * memory for it. Each call is made in a process of its own. */
#include "akin/akin.h"
#include "akin/tool/augment.h"
#include "akin/tool/bag.h"
#include "akin/tool/derive.h"
#include "akin/tool/diagnose.h"
#include "akin/tool/difficulty.h"
#include "akin/tool/items.h"
#include "akin/tool/keep_list.h"
#include "akin/tool/labels.h"
#include "akin/tool/nn.h"
#include "akin/tool/paired.h"
#include "akin/tool/row_writer.h"
#include "akin/tool/study.h"
#include "test.h"

#include <sys/resource.h>
#include <sys/wait.h>

enum { N = 12, D = 4, CLASSES = 3 };
static akin_error err;
static char folder[300], path[400];
static float x[N * D], y[N * D];
static int32_t labels[N], numbers[N * N];
static int64_t order[N];
static double real[N * N];
static unsigned char bytes[1 << 16];
static uint8_t hits[N];

static const akin_cmat X = { x, N, D, D }, Y = { y, N, D, D };

static akin_status evaluate(akin_eval_data data, akin_eval_opts opts, int32_t few, int which)
{
    akin_eval_result result = AKIN_EVAL_RESULT_INIT;
    switch (which) {
    case 0: return akin_eval_knn(&data, &opts, &result, &err);
    case 1: return akin_eval_linear_v2(&data, &opts, &result, &err);
    case 2: return akin_eval_mean(&data, few, &opts, &result, &err);
    case 3: return akin_eval_centroid(&data, few, &opts, &result, &err);
    default: return akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, few, &opts, &result, &err);
    }
}

/* Which count of the data, the options or the matrices of an evaluation is wrong. */
static akin_status eval_with(int64_t n, int which, int place)
{
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    int32_t few = 0;
    const int32_t small = n < INT32_MIN ? INT32_MIN : (int32_t)n;
    data.train = X;
    data.test = Y;
    data.train_labels = data.test_labels = labels;
    data.train_count = data.test_count = N;
    switch (place) {
    case 0: data.train_count = n; break;
    case 1: data.test_count = n; break;
    case 2: data.train.rows = n; break;
    case 3: data.test.cols = n; break;
    case 4: data.train.stride = n; break;
    case 5: opts.k = small; break;
    case 6: opts.max_iterations = small; break;
    case 7: few = 2, opts.draws = small; break;
    case 8: opts.tasks[0] = small; break;
    case 9: opts.fit_tasks = small; break;
    default: few = small; break;
    }
    return evaluate(data, opts, few, which);
}

#define EVAL(which, place)                                                                                   \
    static akin_status eval_##which##_##place(int64_t n) { return eval_with(n, which, place); }              \
    struct eval_done_##which##_##place /* takes the ; */
EVAL(0, 0);
EVAL(0, 1);
EVAL(0, 2);
EVAL(0, 3);
EVAL(0, 4);
EVAL(0, 5);
EVAL(1, 0);
EVAL(1, 2);
EVAL(1, 6);
EVAL(2, 1);
EVAL(2, 7);
EVAL(3, 4);
EVAL(4, 8);
EVAL(4, 9);
EVAL(2, 10);
EVAL(3, 10);
EVAL(4, 10);

static akin_status neighbours(int64_t n) { return akin_eval_neighbours(X, Y, n, NULL, NULL, &err); }
static akin_status longtail_n(int64_t n)
{
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    return akin_longtail(labels, n, CLASSES, &o, order, bytes, &err);
}
static akin_status longtail_classes(int64_t n)
{
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    return akin_longtail(labels, N, n, &o, order, bytes, &err);
}
static akin_status longtail_largest(int64_t n)
{
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    o.largest = n ? n : -1;
    return akin_longtail(labels, N, CLASSES, &o, order, bytes, &err);
}
static akin_status mix_n(int64_t n)
{
    akin_mix_opts o = AKIN_MIX_OPTS_INIT;
    return akin_mix_draw(labels, n, CLASSES, &o, numbers, &err);
}
static akin_status mix_classes(int64_t n)
{
    akin_mix_opts o = AKIN_MIX_OPTS_INIT;
    return akin_mix_draw(labels, N, n, &o, numbers, &err);
}
static akin_status splits_n(int64_t n)
{
    akin_splits_opts o = AKIN_SPLITS_OPTS_INIT;
    return akin_splits_draw(labels, NULL, n, CLASSES, &o, bytes, &err);
}
static akin_status splits_classes(int64_t n)
{
    akin_splits_opts o = AKIN_SPLITS_OPTS_INIT;
    return akin_splits_draw(labels, NULL, N, n, &o, bytes, &err);
}
static akin_status order_n(int64_t n) { return akin_difficulty_order(real, n, 1, order, &err); }
static akin_status correlation_n(int64_t n)
{
    return akin_rank_correlation(real, real + N, n, real + 2 * N, &err);
}
static akin_status prune_n(int64_t n)
{
    akin_prune_opts o = AKIN_PRUNE_OPTS_INIT;
    o.drop = 0.25;
    return akin_prune(order, NULL, n, &o, bytes, &err);
}
static akin_status counts_n(int64_t n)
{
    akin_paired p = AKIN_PAIRED_INIT;
    return akin_paired_counts(n, 0, 0, &p, &err);
}
static akin_status counts_won(int64_t n)
{
    akin_paired p = AKIN_PAIRED_INIT;
    return akin_paired_counts(N, n ? n : INT64_MAX, INT64_MAX, &p, &err);
}
static akin_status hits_n(int64_t n)
{
    akin_paired p = AKIN_PAIRED_INIT;
    return akin_paired_hits(hits, hits, n, &p, &err);
}
static akin_status crossed_n(int64_t n)
{
    akin_paired p = AKIN_PAIRED_INIT;
    return akin_paired_crossed(real, n, N, &p, &err);
}
static akin_status crossed_items(int64_t n)
{
    akin_paired p = AKIN_PAIRED_INIT;
    return akin_paired_crossed(real, N, n, &p, &err);
}
static akin_status means_n(int64_t n)
{
    akin_paired p = AKIN_PAIRED_INIT;
    return akin_paired_means(real, n, &p, &err);
}
static akin_status jackknife_n(int64_t n)
{
    akin_paired p = AKIN_PAIRED_INIT;
    return akin_paired_jackknife(real, n, 0.5, &p, &err);
}
static akin_status mean95_n(int64_t n)
{
    akin_mean95 m = AKIN_MEAN95_INIT;
    return akin_mean95_of(real, n, &m, &err);
}
static akin_status crossed95_n(int64_t n)
{
    akin_mean95 m = AKIN_MEAN95_INIT;
    return akin_crossed95_of(real, n, N, &m, &err);
}
static akin_status crossed95_items(int64_t n)
{
    akin_mean95 m = AKIN_MEAN95_INIT;
    return akin_crossed95_of(real, N, n, &m, &err);
}
static akin_status verdict_n(int64_t n)
{
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    return akin_paired_verdict(real, real + N, n ? n : -1, AKIN_EXPECT_GREATER, 0, &j, &err);
}
static akin_status writer_cols(int64_t n)
{
    akin_row_writer *w = NULL;
    return akin_row_writer_open(path, "npy", N, n, &w, &err);
}
static akin_status npy_shape(int64_t n)
{
    return akin_npy_save(path, AKIN_DTYPE_F32, 2, (const int64_t[]){ n ? n : INT64_MAX, INT64_MAX }, x, &err);
}
static akin_status npy_dims(int64_t n)
{
    return akin_npy_save(path, AKIN_DTYPE_F32, n < 0 ? -1 : 1000, (const int64_t[]){ 2, 2 }, x, &err);
}
static const char *name_of(int64_t k, void *ctx)
{
    (void)ctx;
    return k >= 0 && k < N ? "name" : NULL;
}
static akin_status class_names_n(int64_t n) { return akin_class_names_save(path, name_of, NULL, n, &err); }
static akin_status keep_list_n(int64_t n)
{
    static const char *const names[] = { "a", "b" };
    return akin_keep_list_save(path, NULL, names, n, &err);
}
static akin_status encoder(int64_t batch, int64_t height, int64_t width, int64_t channels)
{
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    akin_encoder *e = NULL;
    o.name = "cnn4";
    return akin_encoder_create(&o, batch, height, width, channels, &e, &err);
}
static akin_status encoder_batch(int64_t n) { return encoder(n, 16, 16, 1); }
static akin_status encoder_height(int64_t n) { return encoder(2, n, 16, 1); }
static akin_status encoder_width(int64_t n) { return encoder(2, 16, n, 1); }
static akin_status encoder_channels(int64_t n) { return encoder(2, 16, 16, n); }
static akin_status encoder_large(int64_t n)
{
    return encoder(2, n ? INT64_MAX : INT64_MAX / 2, INT64_MAX, 1);
}
static akin_status bag(int32_t dim, int64_t tokens, int64_t rows, int64_t ids)
{
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    akin_bag *b = NULL;
    o.dim = dim;
    o.tokens = tokens;
    return akin_bag_create(&o, rows, ids, 1, &b, &err);
}
static akin_status bag_dim(int64_t n) { return bag(n < INT32_MIN ? INT32_MIN : (int32_t)n, 10, 4, 4); }
static akin_status bag_tokens(int64_t n) { return bag(4, n, 4, 4); }
static akin_status bag_rows(int64_t n) { return bag(4, 10, n, 4); }
static akin_status bag_ids(int64_t n) { return bag(4, 10, 4, n); }
static akin_status sheet(int64_t rows, int64_t columns, int32_t scale, int64_t count)
{
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    akin_augment_images images = AKIN_AUGMENT_IMAGES_INIT;
    akin_contact_sheet_opts s = AKIN_CONTACT_SHEET_OPTS_INIT;
    akin_contact_sheet out = AKIN_CONTACT_SHEET_INIT;
    images.count = count;
    images.height = images.width = 8;
    images.channels = 1;
    images.pixels = bytes;
    s.rows = rows;
    s.columns = columns;
    s.scale = scale;
    return akin_contact_sheet_draw(&o, &images, &s, &out, &err);
}
static akin_status sheet_rows(int64_t n) { return sheet(n, 2, 1, 4); }
static akin_status sheet_columns(int64_t n) { return sheet(2, n, 1, 4); }
static akin_status sheet_scale(int64_t n) { return sheet(2, 2, n < 0 ? -1 : INT32_MAX, 4); }
static akin_status sheet_count(int64_t n) { return sheet(2, 2, 1, n); }
static akin_status bench_height(int64_t n)
{
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    akin_augment_speed s = AKIN_AUGMENT_SPEED_INIT;
    return akin_augment_bench(&o, n, 8, 1, 0.01, &s, &err);
}
static akin_status bench_channels(int64_t n)
{
    akin_augment_opts o = AKIN_AUGMENT_OPTS_INIT;
    akin_augment_speed s = AKIN_AUGMENT_SPEED_INIT;
    return akin_augment_bench(&o, 8, 8, n, 0.01, &s, &err);
}
static akin_status plan(int64_t classes, int64_t negatives)
{
    akin_prior p = AKIN_PRIOR_INIT;
    akin_theory_plan out = AKIN_THEORY_PLAN_INIT;
    p.classes = classes;
    return akin_theory_plan_compute(&p, negatives, 1, &out, &err);
}
static akin_status plan_classes(int64_t n) { return plan(n, 4); }
static akin_status plan_negatives(int64_t n) { return plan(4, n); }
static akin_status bounds_rows(int64_t n)
{
    akin_bounds *out = NULL;
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ x, n, D, D };
    in.labels = labels;
    in.count = n;
    return akin_bounds_compute(&in, "wang", &out, &err);
}
static akin_status diagnose(int64_t labels_n, int32_t views)
{
    akin_diagnosis *out = NULL;
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    in.features = X;
    in.labels = labels;
    in.label_count = labels_n;
    in.views = (const akin_cmat[]){ X, Y };
    in.view_count = views;
    return akin_diagnose(&in, &out, &err);
}
static akin_status diagnose_labels(int64_t n) { return diagnose(n, 2); }
static akin_status diagnose_views(int64_t n)
{
    return diagnose(N, n < INT32_MIN ? INT32_MIN : n ? (int32_t)n : 1);
}
static akin_status difficulty(int64_t others, int64_t k, int64_t anchors)
{
    akin_difficulty_opts o = AKIN_DIFFICULTY_OPTS_INIT;
    akin_difficulty *d = NULL;
    o.others = others;
    o.neighbours = k;
    o.anchors = anchors;
    return akin_difficulty_begin(X, labels, NULL, &o, &d, &err);
}
static akin_status difficulty_others(int64_t n) { return difficulty(n, 2, 2); }
static akin_status difficulty_neighbours(int64_t n) { return difficulty(2, n, 2); }
static akin_status difficulty_anchors(int64_t n) { return difficulty(2, 2, n); }

#define ROW(f)                                                                                               \
    {                                                                                                        \
#f, f                                                                                                \
    }
static const struct {
    const char *name;
    akin_status (*call)(int64_t n);
} CALLS[] = {
    ROW(eval_0_0),
    ROW(eval_0_1),
    ROW(eval_0_2),
    ROW(eval_0_3),
    ROW(eval_0_4),
    ROW(eval_0_5),
    ROW(eval_1_0),
    ROW(eval_1_2),
    ROW(eval_1_6),
    ROW(eval_2_1),
    ROW(eval_2_7),
    ROW(eval_3_4),
    ROW(eval_4_8),
    ROW(eval_4_9),
    ROW(eval_2_10),
    ROW(eval_3_10),
    ROW(eval_4_10),
    ROW(neighbours),
    ROW(longtail_n),
    ROW(longtail_classes),
    ROW(longtail_largest),
    ROW(mix_n),
    ROW(mix_classes),
    ROW(splits_n),
    ROW(splits_classes),
    ROW(order_n),
    ROW(correlation_n),
    ROW(prune_n),
    ROW(counts_n),
    ROW(counts_won),
    ROW(hits_n),
    ROW(crossed_n),
    ROW(crossed_items),
    ROW(means_n),
    ROW(jackknife_n),
    ROW(mean95_n),
    ROW(crossed95_n),
    ROW(crossed95_items),
    ROW(verdict_n),
    ROW(writer_cols),
    ROW(npy_shape),
    ROW(npy_dims),
    ROW(class_names_n),
    ROW(keep_list_n),
    ROW(encoder_batch),
    ROW(encoder_height),
    ROW(encoder_width),
    ROW(encoder_channels),
    ROW(encoder_large),
    ROW(bag_dim),
    ROW(bag_tokens),
    ROW(bag_rows),
    ROW(bag_ids),
    ROW(sheet_rows),
    ROW(sheet_columns),
    ROW(sheet_scale),
    ROW(sheet_count),
    ROW(bench_height),
    ROW(bench_channels),
    ROW(plan_classes),
    ROW(plan_negatives),
    ROW(bounds_rows),
    ROW(diagnose_labels),
    ROW(diagnose_views),
    ROW(difficulty_others),
    ROW(difficulty_neighbours),
    ROW(difficulty_anchors),
};

/* What has nothing to do at 0 may say that it is done; the rest refuses. */
static bool may_succeed(const char *name, int64_t n)
{
    static const char *const AT_NOTHING[] = { "eval_2_10",     "eval_3_10",   "eval_4_10", "eval_4_8",
                                              "eval_4_9",      "order_n",     "prune_n",   "correlation_n",
                                              "class_names_n", "keep_list_n", "mix_n",     "mix_classes" };
    for (size_t i = 0; n == 0 && i < sizeof AT_NOTHING / sizeof *AT_NOTHING; i++)
        if (strcmp(name, AT_NOTHING[i]) == 0) return true;
    return false;
}

/* The status, or what happened to the process, as a sentence; "" where all is as it should be. */
static const char *outcome(size_t k, int64_t n)
{
    static char said[400];
    int ends[2], how = 0;
    CHECK(pipe(ends) == 0);
    fflush(NULL);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CPU, &(struct rlimit){ 10, 10 });
        err.message[0] = 0;
        const akin_status status = CALLS[k].call(n);
        if (status == AKIN_OK && !may_succeed(CALLS[k].name, n))
            dprintf(ends[1], "success");
        else if (status && (!err.message[0] || strchr(err.message, '\n')))
            dprintf(ends[1], "%s without a line", akin_status_name(status));
        else if (status == AKIN_ERR_INTERNAL || status == AKIN_ERR_NOMEM)
            dprintf(ends[1], "%s: %s", akin_status_name(status), err.message);
        _exit(0);
    }
    close(ends[1]);
    const ssize_t got = read(ends[0], said, sizeof said - 1);
    said[got > 0 ? got : 0] = 0;
    close(ends[0]);
    CHECK(waitpid(child, &how, 0) == child);
    if (WIFSIGNALED(how)) snprintf(said, sizeof said, "signal %d", WTERMSIG(how));
    if (WIFEXITED(how) && WEXITSTATUS(how)) snprintf(said, sizeof said, "exit code %d", WEXITSTATUS(how));
    return said;
}

static void counts(void **state)
{
    (void)state;
    static const int64_t BAD[] = { 0, -1, INT64_MIN };
    int failures = 0, points = 0;
    for (size_t k = 0; k < sizeof CALLS / sizeof *CALLS; k++)
        for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++, points++) {
            const char *said = outcome(k, BAD[i]);
            if (said[0]) failures++, print_error("%s(%lld): %s\n", CALLS[k].name, (long long)BAD[i], said);
        }
    print_message("%d calls\n", points);
    CHECK(failures == 0);
}

static int make_data(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(path, sizeof path, "%s/out.npy", folder);
    for (int i = 0; i < N * D; i++) x[i] = (float)test_normal(), y[i] = (float)test_normal();
    for (int i = 0; i < N * N; i++) real[i] = test_normal();
    for (int i = 0; i < N; i++) labels[i] = i % CLASSES, order[i] = i;
    akin_set_threads(1);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = { cmocka_unit_test(counts) };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
