/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the core tier: every function that returns a status refuses NULL and writes nothing
 * (tests/api.sh sees to it that none is missing here); what tells about an object tells the truth. */
#include "akin/akin.h"
#include "akin/tool/loss.h"
#include "test.h"

enum { N = 40, D = 4 };

static akin_error err;
static char folder[256], table[300], run[300];
static float values[N][D];

/* The call refuses: AKIN_ERR_ARGUMENT and a sentence. */
#define REFUSES(call) CHECK_FAILS(call, AKIN_ERR_ARGUMENT, "")

static int make_a_run(void **state)
{
    (void)state;
    const int64_t shape[2] = { N, D };
    const char *const options[] = { "epochs", "1", "batch-size", "20", "width", "8", NULL };
    akin_train_config *c = NULL;
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(table, sizeof table, "%s/rows.npy", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    for (int i = 0; i < N * D; i++) values[i / D][i % D] = (float)test_normal();
    CHECK_OK(akin_npy_save(table, AKIN_DTYPE_F32, 2, shape, values, &err));
    CHECK_OK(akin_train_config_create(&c, &err));
    for (const char *const *o = options; *o; o += 2) CHECK_OK(akin_train_config_set(c, o[0], o[1], &err));
    CHECK_OK(akin_train(table, run, c, NULL, &err));
    akin_train_config_free(c);
    return 0;
}

static void arrays_refuse_null(void **state)
{
    (void)state;
    const int64_t shape[1] = { 2 };
    akin_array array;
    REFUSES(akin_npy_load(NULL, &array, &err));
    REFUSES(akin_npy_load(table, NULL, &err));
    REFUSES(akin_npy_save(NULL, AKIN_DTYPE_F32, 1, shape, values, &err));
    REFUSES(akin_npy_save(table, AKIN_DTYPE_F32, 1, NULL, values, &err));
    REFUSES(akin_npy_save(table, AKIN_DTYPE_F32, 1, shape, NULL, &err));
    REFUSES(akin_npy_save(table, (akin_dtype)9, 1, shape, values, &err));
}

static void data_refuse_null(void **state)
{
    (void)state;
    akin_dataset *set = NULL, *out = NULL;
    akin_split_view view = AKIN_SPLIT_VIEW_INIT;
    const akin_own_rows rows = AKIN_OWN_ROWS_INIT;
    const akin_own_images images = AKIN_OWN_IMAGES_INIT;
    REFUSES(akin_dataset_open(NULL, NULL, &out, &err));
    REFUSES(akin_dataset_open(table, NULL, NULL, &err));
    REFUSES(akin_dataset_from_rows(NULL, &out, &err));
    REFUSES(akin_dataset_from_rows(&rows, NULL, &err));
    REFUSES(akin_dataset_from_images(NULL, &out, &err));
    REFUSES(akin_dataset_from_images(&images, NULL, &err));
    CHECK_OK(akin_dataset_open(table, NULL, &set, &err));
    REFUSES(akin_dataset_split(NULL, "train", AKIN_TARGET_AUTO, &view, &err));
    CHECK_FAILS(akin_dataset_split(set, NULL, AKIN_TARGET_AUTO, &view, &err), AKIN_ERR_ARGUMENT, "data: ");
    REFUSES(akin_dataset_split(set, "train", AKIN_TARGET_AUTO, NULL, &err));
    REFUSES(akin_dataset_split(set, "train", (akin_target)7, &view, &err));
    CHECK(out == NULL && view.n == 0);
    akin_dataset_free(set);
    akin_dataset_free(NULL);
}

/* A flag is on or off by 1 and true, 0 and false. */
static void flags_of_a_loss(void **state)
{
    (void)state;
    static const char *const word[] = { "true", "false", "1", "0" };
    const akin_loss *loss = akin_loss_find("infonce");
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    CHECK_OK(akin_loss_defaults(loss, &params, &err));
    for (int i = 0; i < 4; i++) {
        CHECK_OK(akin_loss_params_set(&params, loss, "symmetric", word[i], &err));
        CHECK(params.symmetric == (i % 2 == 0));
    }
}

static void losses_refuse_null(void **state)
{
    (void)state;
    const akin_loss *loss = akin_loss_find("ntxent");
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = batch.b = (akin_cmat){ values[0], N, D, D };
    akin_arena arena;
    akin_calibration means = AKIN_CALIBRATION_INIT;
    double value = 7;
    akin_arena_init(&arena, NULL, 0);
    CHECK(akin_loss_find(NULL) == NULL && akin_loss_option_at(NULL, 0) == NULL);
    REFUSES(akin_loss_defaults(NULL, &params, &err));
    REFUSES(akin_loss_defaults(loss, NULL, &err));
    REFUSES(akin_loss_params_set(NULL, loss, "temperature", "1", &err));
    REFUSES(akin_loss_params_set(&params, NULL, "temperature", "1", &err));
    REFUSES(akin_loss_params_set(&params, loss, NULL, "1", &err));
    REFUSES(akin_loss_params_set(&params, loss, "temperature", NULL, &err));
    REFUSES(akin_loss_eval(NULL, NULL, &batch, &arena, &value, NULL, &err));
    REFUSES(akin_loss_eval(loss, NULL, NULL, &arena, &value, NULL, &err));
    REFUSES(akin_loss_eval(loss, NULL, &batch, NULL, &value, NULL, &err));
    REFUSES(akin_loss_calibrate(NULL, NULL, &batch, NULL, &means, &err));
    REFUSES(akin_loss_calibrate(loss, NULL, NULL, NULL, &means, &err));
    REFUSES(akin_loss_calibrate(loss, NULL, &batch, NULL, NULL, &err));
    REFUSES(akin_loss_fn_check(NULL, NULL, batch.a, &arena, &value, &err));
    CHECK(akin_loss_scratch_bytes(NULL, NULL, &batch, 0) == 0);
    CHECK(akin_loss_scratch_bytes(loss, NULL, NULL, 0) == 0);
    const akin_loss copy = *loss; /* not one of the library's: what it can do is not known */
    REFUSES(akin_loss_defaults(&copy, &params, &err));
    REFUSES(akin_loss_params_set(&params, &copy, "temperature", "1", &err));
    CHECK(value == 7);
}

static void training_and_models_refuse_null(void **state)
{
    (void)state;
    akin_train_config *c = NULL;
    akin_model *model = NULL;
    akin_dataset *set = NULL;
    int64_t steps[2], count = -1;
    const akin_mat none = { NULL, 0, 0, 0 };
    REFUSES(akin_train_config_create(NULL, &err));
    CHECK_OK(akin_train_config_create(&c, &err));
    REFUSES(akin_train_config_set(NULL, "epochs", "1", &err));
    REFUSES(akin_train_config_set(c, NULL, "1", &err));
    REFUSES(akin_train_config_set(c, "epochs", NULL, &err));
    REFUSES(akin_train_config_load(NULL, table, &err));
    REFUSES(akin_train_config_load(c, NULL, &err));
    REFUSES(akin_train(NULL, run, c, NULL, &err));
    REFUSES(akin_train(table, NULL, c, NULL, &err));
    akin_train_config_free(c);
    REFUSES(akin_model_open(NULL, NULL, &model, &err));
    REFUSES(akin_model_open(run, NULL, NULL, &err));
    REFUSES(akin_run_checkpoints(NULL, steps, 2, &count, &err));
    REFUSES(akin_run_checkpoints(run, NULL, 2, &count, &err));
    REFUSES(akin_run_checkpoints(run, steps, 2, NULL, &err));
    CHECK_OK(akin_model_open(run, NULL, &model, &err));
    REFUSES(akin_model_set_option(NULL, "cache", "1", &err));
    REFUSES(akin_model_set_option(model, NULL, "1", &err));
    REFUSES(akin_model_set_option(model, "cache", NULL, &err));
    REFUSES(akin_model_open_dataset(NULL, table, &set, &err));
    REFUSES(akin_model_open_dataset(model, table, NULL, &err));
    CHECK_OK(akin_model_open_dataset(model, table, &set, &err));
    REFUSES(akin_model_embed(NULL, set, NULL, none, none, &err));
    REFUSES(akin_model_embed(model, NULL, NULL, none, none, &err));
    akin_dataset_free(set);
    akin_model_free(model);
    CHECK(count == -1);
}

static void evaluation_refuses_null(void **state)
{
    (void)state;
    static const int32_t labels[N] = { 0, 1 };
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    akin_eval_result result = AKIN_EVAL_RESULT_INIT;
    akin_class_report *report = NULL;
    akin_whitening *w = NULL;
    const akin_cmat rows = { values[0], N, D, D }, empty = { NULL, N, D, D };
    const akin_mat nowhere = { NULL, N, D, D };
    data.train = data.test = rows;
    data.train_labels = data.test_labels = labels;
    data.train_count = data.test_count = N;
    REFUSES(akin_eval_knn(NULL, NULL, &result, &err));
    REFUSES(akin_eval_knn(&data, NULL, NULL, &err));
    REFUSES(akin_eval_linear(NULL, NULL, &result, &err));
    REFUSES(akin_eval_linear_v2(NULL, NULL, &result, &err));
    REFUSES(akin_eval_centroid(NULL, 0, NULL, &result, &err));
    REFUSES(akin_eval_linear(&data, NULL, NULL, &err));
    REFUSES(akin_eval_mean(NULL, 0, NULL, &result, &err));
    REFUSES(akin_eval_mean(&data, 0, NULL, NULL, &err));
    REFUSES(akin_eval_kway(NULL, AKIN_CLASSIFIER_MEAN, 0, NULL, &result, &err));
    REFUSES(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, NULL, NULL, &err));
    REFUSES(akin_eval_run(NULL, &data, NULL, &result, &err));
    REFUSES(akin_eval_run(akin_protocol_at(0), NULL, NULL, &result, &err));
    REFUSES(akin_eval_run(akin_protocol_at(0), &data, NULL, NULL, &err));
    REFUSES(akin_eval_classes(NULL, values[0], NULL, &report, &err));
    REFUSES(akin_eval_classes(&data, NULL, NULL, &report, &err));
    REFUSES(akin_eval_classes(&data, values[0], NULL, NULL, &err));
    REFUSES(akin_whitening_fit(rows, NULL, NULL, &err));
    REFUSES(akin_whitening_apply(NULL, rows, nowhere, &err));
    CHECK_FAILS(akin_whitening_fit(empty, NULL, &w, &err), AKIN_ERR_SHAPE, "no data");
    CHECK_FAILS(akin_eval_neighbours(empty, rows, 1, NULL, NULL, &err), AKIN_ERR_SHAPE, "no data");
    data.train_labels = NULL;
    REFUSES(akin_eval_knn(&data, NULL, &result, &err));
    CHECK(report == NULL && w == NULL && result.protocol == NULL);
}

static void theory_refuses_null(void **state)
{
    (void)state;
    akin_prior prior = AKIN_PRIOR_INIT;
    prior.classes = 4;
    akin_theory_plan plan = AKIN_THEORY_PLAN_INIT;
    akin_tradeoff tradeoff = AKIN_TRADEOFF_INIT;
    const akin_zhang_graph graph = { .struct_size = sizeof graph, .r = 1, .n = 2, .alpha = 0.5 };
    akin_zhang_stated stated = AKIN_ZHANG_STATED_INIT;
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    akin_bounds *bounds = NULL;
    double value[16];
    REFUSES(akin_theory_plan_compute(NULL, 8, 1, &plan, &err));
    REFUSES(akin_theory_plan_compute(&prior, 8, 1, NULL, &err));
    REFUSES(akin_log_coverage(NULL, 8, value, NULL, &err));
    REFUSES(akin_log_coverage(&prior, 8, NULL, NULL, &err));
    REFUSES(akin_log_coverage_per_class(NULL, 8, false, value, &err));
    REFUSES(akin_log_coverage_per_class(&prior, 8, false, NULL, &err));
    REFUSES(akin_tradeoff_compute(NULL, 8, 1, &tradeoff, &err));
    REFUSES(akin_tradeoff_compute(&prior, 8, 1, NULL, &err));
    REFUSES(akin_class_geometry(NULL, 1, AKIN_NEGATIVES_ALL, value, NULL, NULL, &err));
    REFUSES(akin_class_geometry(&prior, 1, AKIN_NEGATIVES_ALL, NULL, NULL, NULL, &err));
    REFUSES(akin_zhang_evaluate(NULL, 0.1, &stated, &err));
    REFUSES(akin_zhang_evaluate(&graph, (double)NAN, NULL, &err));
    REFUSES(akin_bounds_compute(NULL, NULL, &bounds, &err));
    REFUSES(akin_bounds_compute(&in, NULL, NULL, &err));
    in.a = (akin_cmat){ values[0], N, D, D };
    in.count = N;
    REFUSES(akin_bounds_compute(&in, NULL, &bounds, &err));
    CHECK(bounds == NULL && plan.tau == 0);
}

/* What else no other test calls ----------------------------------------------------------------------- */

static void objects_tell_what_they_are(void **state)
{
    (void)state;
    int major, minor, patch, end = 0;
    CHECK(sscanf(akin_version(), "%d.%d.%d%n", &major, &minor, &patch, &end) == 3);
    CHECK(akin_version()[end] == 0);

    akin_model *model = NULL;
    akin_dataset *set = NULL;
    CHECK_OK(akin_model_open(run, NULL, &model, &err));
    CHECK(akin_model_data_kind(model) == AKIN_DATA_VECTORS);
    CHECK_OK(akin_model_open_dataset(model, NULL, &set, &err));
    CHECK(akin_dataset_bad_count(set) == 0 && akin_dataset_split_count(set) == 1);
    CHECK(strcmp(akin_dataset_split_name(set, 0), "train") == 0);
    CHECK(!akin_dataset_split_name(set, 1) && !akin_dataset_split_name(set, -1));
    akin_dataset_free(set);
    akin_model_free(model);
}

static void bad_items_are_counted(void **state)
{
    (void)state;
    char path[300];
    akin_dataset *set = NULL;
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    snprintf(path, sizeof path, "%s/lines.txt", folder);
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs("one line of words\nanother \xff line of words\nand a third line\n", f) >= 0);
    CHECK(fclose(f) == 0);
    opts.options = (const char *const[]){ "on-bad", "skip", NULL };
    CHECK_OK(akin_dataset_open(path, &opts, &set, &err));
    CHECK(akin_dataset_kind(set) == AKIN_DATA_TEXT && akin_dataset_bad_count(set) == 1);
    akin_dataset_free(set);
}

static void a_configuration_is_loaded_and_read(void **state)
{
    (void)state;
    char path[320];
    akin_train_config *c = NULL;
    snprintf(path, sizeof path, "%s/run.json", run);
    CHECK_OK(akin_train_config_create(&c, &err));
    CHECK(akin_train_config_get(c, "epochs") && !akin_train_config_is_set(c, "epochs"));
    CHECK(!akin_train_config_get(c, "no-such-option"));
    CHECK_OK(akin_train_config_set(c, "epochs", "3", &err));
    CHECK_OK(akin_train_config_load(c, path, &err));
    CHECK(strcmp(akin_train_config_get(c, "epochs"), "3") == 0); /* what is set stays */
    CHECK(strcmp(akin_train_config_get(c, "batch-size"), "20") == 0);
    CHECK(akin_train_config_is_set(c, "batch-size"));
    CHECK_FAILS(akin_train_config_load(c, table, &err), AKIN_ERR_ARGUMENT, "is no JSON object of options");
    CHECK_FAILS(akin_train_config_set(c, "drop-duplicates", "no", &err), AKIN_ERR_RANGE, "it is a flag");
    CHECK_OK(akin_train_config_set(c, "drop-duplicates", "true", &err));
    CHECK(akin_train_config_is_set(c, "drop-duplicates"));
    CHECK_OK(akin_train_config_set(c, "drop-duplicates", "0", &err));
    CHECK(!akin_train_config_is_set(c, "drop-duplicates"));
    snprintf(path, sizeof path, "%s/true.json", folder);
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs("{\"max-vocab\": true}\n", f) >= 0 && fclose(f) == 0);
    CHECK_FAILS(akin_train_config_load(c, path, &err), AKIN_ERR_ARGUMENT, "'max-vocab' is true or false");
    CHECK_FAILS(akin_train_config_load(c, "/nowhere/at/all", &err), AKIN_ERR_INPUT, "/nowhere");
    akin_train_config_free(c);
}

static void verdicts_have_a_sentence(void **state)
{
    (void)state;
    akin_calibration means = AKIN_CALIBRATION_INIT;
    means.floor_known = 1;
    means.chance = 4;
    means.floor = means.duplicate_floor = 1;
    CHECK(strcmp(akin_loss_verdict(&means, 2.5), "learning") == 0);
    CHECK(strcmp(akin_loss_verdict_text(&means, 2.5), "between the loss of nothing learned and the floor") ==
          0);
    CHECK(strstr(akin_loss_verdict_text(&means, 5), "above the loss of equal embeddings"));
    CHECK(strstr(akin_loss_verdict_text(&means, NAN), "not a finite number"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_refuse_null),
        cmocka_unit_test(data_refuse_null),
        cmocka_unit_test(flags_of_a_loss),
        cmocka_unit_test(losses_refuse_null),
        cmocka_unit_test(training_and_models_refuse_null),
        cmocka_unit_test(evaluation_refuses_null),
        cmocka_unit_test(theory_refuses_null),
        cmocka_unit_test(objects_tell_what_they_are),
        cmocka_unit_test(bad_items_are_counted),
        cmocka_unit_test(a_configuration_is_loaded_and_read),
        cmocka_unit_test(verdicts_have_a_sentence),
    };
    return cmocka_run_group_tests(tests, make_a_run, NULL);
}
