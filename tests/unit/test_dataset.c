/* SPDX-License-Identifier: Apache-2.0 */
/* Data sets of any kind: the list of kinds is whole; data from a caller's functions are the same as those
 * from files, down to the weights of a run; options by name; structs of older callers; the summary. */
#include "akin/model.h"
#include "akin/tool/dataset.h"
#include "akin/tool/summary.h"
#include "akin/train.h"
#include "set/kinds.h"
#include "set/summary.h"
#include "test.h"

enum { N = 96, D = 5, SIDE = 8, CLASSES = 3 };

static akin_error err;
static float values[N][D];
static uint8_t pictures[N][SIDE * SIDE];

static bool row(int64_t i, float *out, void *ctx)
{
    if (ctx && i == *(const int64_t *)ctx) return false;
    memcpy(out, values[i], sizeof values[i]);
    return true;
}

static bool pixels(int64_t i, uint8_t *out, void *ctx)
{
    if (ctx && i == *(const int64_t *)ctx) return false;
    memcpy(out, pictures[i], sizeof pictures[i]);
    return true;
}

static int32_t label(int64_t i, void *ctx)
{
    (void)ctx;
    return (int32_t)(i % CLASSES);
}

static int32_t bad_label(int64_t i, void *ctx)
{
    (void)ctx;
    return i == 7 ? -1 : 0;
}

static void fill(void)
{
    for (int i = 0; i < N; i++) {
        for (int c = 0; c < D; c++) values[i][c] = (float)test_uniform(-3, 3);
        for (int p = 0; p < SIDE * SIDE; p++) pictures[i][p] = (uint8_t)test_int(0, 255);
    }
}

static akin_own_rows own_rows(void)
{
    akin_own_rows own = AKIN_OWN_ROWS_INIT;
    own.n = N;
    own.d = D;
    own.row = row;
    own.label = label;
    return own;
}

static akin_own_images own_images(void)
{
    akin_own_images own = AKIN_OWN_IMAGES_INIT;
    own.n = N;
    own.height = own.width = SIDE;
    own.channels = 1;
    own.pixels = pixels;
    own.label = label;
    return own;
}

/* The same data in files: x.npy or a folder, with labels. */
static const char *save(const char *folder, bool images)
{
    static char path[512];
    char name[512];
    int32_t labels[N];
    const int64_t rows[2] = { N, D }, shape[3] = { N, SIDE, SIDE }, n[1] = { N };
    for (int i = 0; i < N; i++) labels[i] = label(i, NULL);
    snprintf(name, sizeof name, "%s/train-labels.npy", folder);
    CHECK_OK(akin_npy_save(name, AKIN_DTYPE_I32, 1, n, labels, &err));
    snprintf(path, sizeof path, "%s/train.npy", folder);
    if (images)
        CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 3, shape, pictures, &err));
    else
        CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 2, rows, values, &err));
    snprintf(path, sizeof path, "%s", folder);
    return path;
}

static void every_kind_has_a_whole_row(void **state)
{
    (void)state;
    const ak_kind *k;
    int n = 0;
    for (int i = 0; (k = ak_kind_at(i)) != NULL; i++, n++) {
        CHECK(k->name && k->unit && k->has_name && k->has_bytes && k->formats && k->options && k->also);
        CHECK(k->read_options && k->open && k->free && k->splits && k->split_name && k->split);
        CHECK(k->set_name && k->format && k->fingerprint && k->item_name && k->class_name && k->group_name);
        CHECK(k->keep_save || k->whole);
        CHECK(k->summary && k->resident_bytes && k->measure && k->recall && k->forget && k->describe);
        CHECK(k->shape && k->train_rows && k->embed_rows);
        CHECK(ak_kind_of(k->id) == k && ak_kind_named(k->name) == k);
        CHECK(strcmp(akin_data_kind_name(k->id), k->name) == 0);
        for (const char *const *f = k->formats; *f; f++) CHECK(ak_kind_of_format(*f) == k);
        for (const char *const *a = k->also; *a; a++) CHECK(ak_kind_has_option(k, *a));
    }
    CHECK(n == 3 && ak_kind_at(n) == NULL && ak_kind_at(-1) == NULL && ak_kind_named("sound") == NULL);
    CHECK(ak_kind_of(AKIN_DATA_UNKNOWN) == ak_kind_of(AKIN_DATA_IMAGES) && !ak_kind_of_format("npy"));
    CHECK(ak_kind_has_option(ak_kind_of(AKIN_DATA_TEXT), "lr"));
    CHECK(ak_kind_has_option(ak_kind_of(AKIN_DATA_TEXT), "holdout"));
    CHECK(!ak_kind_has_option(ak_kind_of(AKIN_DATA_IMAGES), "holdout"));
    CHECK(ak_kind_has_option(ak_kind_of(AKIN_DATA_TEXT), "micro-batch"));
    CHECK(ak_kind_has_option(ak_kind_of(AKIN_DATA_IMAGES), "flip"));
    CHECK(!ak_kind_has_option(ak_kind_of(AKIN_DATA_TEXT), "flip"));
}

static void own_rows_are_the_rows_of_a_file(void **state)
{
    (void)state;
    char name[64];
    akin_own_rows own = own_rows();
    akin_dataset *mine = NULL, *file = NULL;
    akin_split_view a = AKIN_SPLIT_VIEW_INIT, b = AKIN_SPLIT_VIEW_INIT;
    fill();
    CHECK_OK(akin_dataset_from_rows(&own, &mine, &err));
    CHECK_OK(akin_dataset_open(save(test_folder(), false), NULL, &file, &err));
    CHECK(akin_dataset_kind(mine) == AKIN_DATA_VECTORS && strcmp(akin_dataset_format(mine), "own") == 0);
    CHECK(strcmp(akin_dataset_name(mine), "own rows") == 0);
    CHECK(strcmp(akin_dataset_fingerprint(mine), akin_dataset_fingerprint(file)) == 0);
    CHECK_OK(akin_dataset_split(mine, "train", AKIN_TARGET_LABEL, &a, &err));
    CHECK_OK(akin_dataset_split(file, "train", AKIN_TARGET_LABEL, &b, &err));
    CHECK(a.n == N && a.classes == CLASSES && memcmp(a.labels, b.labels, N * sizeof *a.labels) == 0);
    CHECK(strcmp(akin_dataset_item_name(mine, "train", 3, name, sizeof name), "train/3") == 0);
    CHECK(strcmp(akin_dataset_class_name(mine, AKIN_TARGET_LABEL, 2), "2") == 0);
    akin_dataset_free(file);
    akin_dataset_free(mine);
    own.holdout = 0.25;
    CHECK_OK(akin_dataset_from_rows(&own, &mine, &err));
    CHECK(akin_dataset_split_count(mine) == 2);
    CHECK_OK(akin_dataset_split(mine, "test", AKIN_TARGET_AUTO, &a, &err));
    CHECK(a.n == N / 4);
    akin_dataset_free(mine);
}

static void own_images_are_the_images_of_a_file(void **state)
{
    (void)state;
    const akin_own_images own = own_images();
    akin_dataset *mine = NULL, *file = NULL;
    fill();
    CHECK_OK(akin_dataset_from_images(&own, &mine, &err));
    CHECK_OK(akin_dataset_open(save(test_folder(), true), NULL, &file, &err));
    CHECK(akin_dataset_kind(mine) == AKIN_DATA_IMAGES && akin_dataset_images(mine));
    CHECK(strcmp(akin_dataset_fingerprint(mine), akin_dataset_fingerprint(file)) == 0);
    double mean[2][3] = { { 0 } }, std[2][3] = { { 0 } };
    akin_image_set_stats(akin_dataset_images(mine), mean[0], std[0]);
    akin_image_set_stats(akin_dataset_images(file), mean[1], std[1]);
    CHECK(mean[0][0] == mean[1][0] && std[0][0] == std[1][0]);
    akin_dataset_free(file);
    akin_dataset_free(mine);
}

static void bad_items_are_told(void **state)
{
    (void)state;
    akin_own_rows rows = own_rows();
    akin_own_images images = own_images();
    akin_dataset *set = NULL;
    int64_t missing = 11;
    fill();
    rows.ctx = images.ctx = &missing;
    CHECK_FAILS(akin_dataset_from_rows(&rows, &set, &err), AKIN_ERR_INPUT, "row 11 was not given");
    CHECK_FAILS(akin_dataset_from_images(&images, &set, &err), AKIN_ERR_INPUT, "image 11 was not given");
    rows.ctx = images.ctx = NULL;
    rows.label = images.label = bad_label;
    CHECK_FAILS(akin_dataset_from_rows(&rows, &set, &err), AKIN_ERR_INPUT, "row 7 has label -1");
    CHECK_FAILS(akin_dataset_from_images(&images, &set, &err), AKIN_ERR_INPUT, "image 7 has label -1");
    rows.label = NULL;
    values[5][2] = NAN;
    CHECK_FAILS(akin_dataset_from_rows(&rows, &set, &err), AKIN_ERR_INPUT, "row 5 holds a value");
    rows.d = 0;
    CHECK_FAILS(akin_dataset_from_rows(&rows, &set, &err), AKIN_ERR_SHAPE, "features");
    rows.n = 0;
    CHECK_FAILS(akin_dataset_from_rows(&rows, &set, &err), AKIN_ERR_SHAPE, "there are 0");
    images.channels = 2;
    CHECK_FAILS(akin_dataset_from_images(&images, &set, &err), AKIN_ERR_SHAPE, "2 channels");
    rows.row = NULL;
    images.pixels = NULL;
    CHECK_FAILS(akin_dataset_from_rows(&rows, &set, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_dataset_from_images(&images, &set, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_dataset_from_rows(NULL, &set, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK(set == NULL);
}

/* Runs -------------------------------------------------------------------------------------------- */

static int stop_after;

static bool stop(void *ctx)
{
    (void)ctx;
    return stop_after > 0 && --stop_after == 0;
}

static akin_status train(const char *data, const akin_dataset *set, const char *run, bool resume)
{
    akin_train_config *c = NULL;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    CHECK_OK(akin_train_config_create(&c, &err));
    if (!resume) {
        CHECK_OK(akin_train_config_set(c, "epochs", "2", &err));
        CHECK_OK(akin_train_config_set(c, "batch-size", "32", &err));
        CHECK_OK(akin_train_config_set(c, "width", "8", &err));
    }
    opts.dataset = set;
    opts.resume = resume;
    opts.should_stop = stop;
    const akin_status status = akin_train(data, run, c, &opts, &err);
    akin_train_config_free(c);
    return status;
}

static void weights_of(const char *run, char sum[17])
{
    char path[512];
    akin_json *done = NULL;
    const char *text = NULL;
    snprintf(path, sizeof path, "%s/DONE", run);
    CHECK_OK(akin_json_load(path, 4096, 0, &done, &err));
    CHECK_OK(akin_json_read_text(done, "weights_xxh64", &text, &err));
    snprintf(sum, 17, "%s", text);
    akin_json_free(done);
}

static void compare_runs(const akin_dataset *mine, const char *files)
{
    char run[2][256], sum[2][17];
    snprintf(run[0], sizeof run[0], "%s", test_folder());
    snprintf(run[1], sizeof run[1], "%s", test_folder());
    CHECK_OK(train(NULL, mine, run[0], false));
    CHECK_OK(train(files, NULL, run[1], false));
    weights_of(run[0], sum[0]);
    weights_of(run[1], sum[1]);
    CHECK(strcmp(sum[0], sum[1]) == 0);

    akin_model *model = NULL;
    akin_dataset *set = NULL;
    CHECK_OK(akin_model_open(run[0], NULL, &model, &err));
    CHECK_FAILS(akin_model_open_dataset(model, NULL, &set, &err), AKIN_ERR_INPUT, "name a data set");
    CHECK_OK(akin_model_open_dataset(model, files, &set, &err));
    const int64_t width = akin_model_width(model, AKIN_LAYER_BACKBONE);
    float *a = malloc(N * (size_t)width * sizeof *a), *b = malloc(N * (size_t)width * sizeof *b);
    const akin_mat first = { a, N, width, width }, second = { b, N, width, width }, none = { NULL, 0, 0, 0 };
    CHECK_OK(akin_model_embed(model, mine, NULL, first, none, &err));
    CHECK_OK(akin_model_embed(model, set, NULL, second, none, &err));
    CHECK(memcmp(a, b, N * (size_t)width * sizeof *a) == 0);
    free(a);
    free(b);
    akin_dataset_free(set);
    akin_model_free(model);
}

static void runs_on_own_data_are_those_on_files(void **state)
{
    (void)state;
    const akin_own_rows rows = own_rows();
    const akin_own_images images = own_images();
    akin_dataset *set = NULL;
    fill();
    CHECK_OK(akin_dataset_from_rows(&rows, &set, &err));
    compare_runs(set, save(test_folder(), false));
    akin_dataset_free(set);
    CHECK_OK(akin_dataset_from_images(&images, &set, &err));
    compare_runs(set, save(test_folder(), true));
    akin_dataset_free(set);
}

static void a_run_on_own_data_is_resumed_with_the_same(void **state)
{
    (void)state;
    const akin_own_rows own = own_rows();
    akin_dataset *set = NULL, *other = NULL;
    char run[2][256], sum[2][17];
    snprintf(run[0], sizeof run[0], "%s", test_folder());
    snprintf(run[1], sizeof run[1], "%s", test_folder());
    fill();
    CHECK_OK(akin_dataset_from_rows(&own, &set, &err));
    values[N - 1][0] += 1;
    CHECK_OK(akin_dataset_from_rows(&own, &other, &err));
    CHECK_OK(train(NULL, set, run[0], false));
    stop_after = 2;
    CHECK(train(NULL, set, run[1], false) == AKIN_ERR_INTERRUPTED);
    CHECK_FAILS(train(NULL, NULL, run[1], true), AKIN_ERR_INPUT, "give them again");
    CHECK_FAILS(train("x", set, run[1], true), AKIN_ERR_ARGUMENT, "give one");
    CHECK_FAILS(train(NULL, other, run[1], true), AKIN_ERR_INPUT, "has changed since the run began");
    CHECK_OK(train(NULL, set, run[1], true));
    weights_of(run[0], sum[0]);
    weights_of(run[1], sum[1]);
    CHECK(strcmp(sum[0], sum[1]) == 0);
    akin_dataset_free(set);
    akin_dataset_free(other);
}

/* Options and structs ----------------------------------------------------------------------------- */

static void options_have_the_names_of_flags(void **state)
{
    (void)state;
    akin_dataset *set = NULL;
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    const char *path;
    fill();
    path = save(test_folder(), false);
    opts.options = (const char *const[]){ "holdout", "0.5", "format", "vectors", NULL };
    CHECK_OK(akin_dataset_open(path, &opts, &set, &err));
    CHECK(akin_dataset_split_count(set) == 2);
    akin_dataset_free(set);
    set = NULL;
    opts.options = (const char *const[]){ "size", "16", NULL };
    CHECK_FAILS(akin_dataset_open(path, &opts, &set, &err), AKIN_ERR_ARGUMENT,
                "'size' is no option of vectors");
    opts.options = (const char *const[]){ "holdout", NULL, "format", "vectors", "x" }; /* nothing ends it */
    CHECK_FAILS(akin_dataset_open(path, &opts, &set, &err), AKIN_ERR_ARGUMENT, "'holdout' has no value");
    opts.options = (const char *const[]){ "format", NULL };
    CHECK_FAILS(akin_dataset_open(path, &opts, &set, &err), AKIN_ERR_ARGUMENT, "'format' has no value");
    opts.options = NULL;
    opts.kind = (akin_data_kind)77;
    CHECK_FAILS(akin_dataset_open(path, &opts, &set, &err), AKIN_ERR_ARGUMENT, "kind is 77");
    opts.kind = AKIN_DATA_VECTORS;
    opts.options = (const char *const[]){ "holdout", "2", NULL };
    CHECK_FAILS(akin_dataset_open(path, &opts, &set, &err), AKIN_ERR_RANGE, "holdout");
    CHECK_FAILS(akin_dataset_open("/nowhere/at/all", NULL, &set, &err), AKIN_ERR_INPUT, "/nowhere/at/all");
    CHECK_FAILS(akin_dataset_open(NULL, NULL, &set, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK(set == NULL);
}

static void structs_of_older_callers_are_not_overrun(void **state)
{
    (void)state;
    const akin_own_rows own = own_rows();
    akin_dataset *set = NULL;
    fill();
    CHECK_OK(akin_dataset_from_rows(&own, &set, &err));
    akin_split_view view;
    memset(&view, 0x5A, sizeof view);
    view.struct_size = offsetof(akin_split_view, groups); /* knows n, labels and classes only */
    CHECK_OK(akin_dataset_split(set, "train", AKIN_TARGET_LABEL, &view, &err));
    CHECK(view.n == N && view.classes == CLASSES && view.struct_size == offsetof(akin_split_view, groups));
    const unsigned char *bytes = (const unsigned char *)&view;
    for (size_t i = view.struct_size; i < sizeof view; i++) CHECK(bytes[i] == 0x5A);
    view.struct_size = 0;
    CHECK(akin_dataset_split(set, "train", AKIN_TARGET_LABEL, &view, &err) == AKIN_ERR_ARGUMENT);
    akin_dataset_free(set);
    set = NULL;
    akin_own_rows older = own;
    older.struct_size = offsetof(akin_own_rows, holdout);
    older.holdout = 0.5; /* beyond what the struct has: not read */
    CHECK_OK(akin_dataset_from_rows(&older, &set, &err));
    CHECK(akin_dataset_split_count(set) == 1);
    akin_dataset_free(set);
    set = NULL;
    older.struct_size = 0;
    CHECK(akin_dataset_from_rows(&older, &set, &err) == AKIN_ERR_ARGUMENT);
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    opts.struct_size = 0;
    CHECK(akin_dataset_open("x", &opts, &set, &err) == AKIN_ERR_ARGUMENT && set == NULL);
}

/* Summary ----------------------------------------------------------------------------------------- */

static void a_summary_counts_classes_and_copies(void **state)
{
    (void)state;
    const akin_own_rows own = own_rows();
    akin_dataset *set = NULL;
    akin_summary *s = NULL;
    char *text = NULL;
    fill();
    memcpy(values[1], values[0], sizeof values[0]); /* another class */
    memcpy(values[6], values[3], sizeof values[3]); /* the same class */
    CHECK_OK(akin_dataset_from_rows(&own, &set, &err));
    CHECK_OK(akin_summary_create(set, &s, &err));
    CHECK(s->total == N && s->classes == CLASSES && s->count[0][1] == N / CLASSES);
    CHECK(s->pairs == 2 && s->conflicts == 1 && s->shared[0][0] == 2);
    akin_json *json = akin_summary_json(s, "here");
    int64_t n = 0;
    CHECK_OK(akin_json_check(json, &err));
    CHECK_OK(akin_json_read_int(json, "splits[0].class_counts[2]", 0, N, &n, &err));
    CHECK(n == N / CLASSES);
    CHECK_OK(akin_json_read_int(json, "duplicates.conflicting_labels", 0, N, &n, &err));
    CHECK(n == 1 && strcmp(akin_json_as_text(akin_json_get(json, "path")), "here") == 0);
    CHECK_OK(akin_summary_text(s, &text, &err));
    CHECK(strstr(text, "own rows: vectors (rows of a program)") &&
          strstr(text, "2 rows repeat an earlier one"));
    free(text);
    akin_json_free(json);
    akin_summary_free(s);
    akin_dataset_free(set);
    akin_summary_free(NULL);
    char to[32], name[24];
    CHECK(strcmp(akin_show_number(1234567, to), "1,234,567") == 0);
    CHECK(strcmp(akin_show_name("a\nb\x7f"
                                "cdefgh",
                                name, sizeof name),
                 "a\\nb\\x7fcdefgh") == 0);
    CHECK(akin_show_columns("na\xc3\xafve") == 5);
}

/* Its bytes were read as a table too: "taken for a table of numbers, although 2 of 2 cells are none". */
static void nothing_is_said_of_a_clean_array(void **state)
{
    (void)state;
    static const float x[3][2] = { { 1.5f, 200 }, { 2.5f, 100 }, { 3.5f, 50 } };
    const int64_t shape[2] = { 3, 2 };
    char path[512];
    akin_dataset *set = NULL;
    snprintf(path, sizeof path, "%s/clean.npy", test_folder());
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 2, shape, x, &err));
    CHECK_OK(akin_dataset_open(path, NULL, &set, &err));
    CHECK(akin_dataset_kind(set) == AKIN_DATA_VECTORS && !akin_dataset_remark(set, 0));
    akin_dataset_free(set);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_of_a_clean_array),
        cmocka_unit_test(every_kind_has_a_whole_row),
        cmocka_unit_test(own_rows_are_the_rows_of_a_file),
        cmocka_unit_test(own_images_are_the_images_of_a_file),
        cmocka_unit_test(bad_items_are_told),
        cmocka_unit_test(runs_on_own_data_are_those_on_files),
        cmocka_unit_test(a_run_on_own_data_is_resumed_with_the_same),
        cmocka_unit_test(options_have_the_names_of_flags),
        cmocka_unit_test(structs_of_older_callers_are_not_overrun),
        cmocka_unit_test(a_summary_counts_classes_and_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
