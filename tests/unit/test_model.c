/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of training and of a trained model: which weights are opened, what embedding refuses, and
 * that callers of an older version, whose structs are shorter, get the defaults for what they do not know. */
#include "akin/model.h"
#include "akin/tool/train.h"

#include "base/plain.h"
#include "test.h"

#include <limits.h>

enum { ITEMS = 64, COLUMNS = 6 };

static akin_error err;
static char data[300], run[300];

static void a_run_is_not_replaced_by_accident(void **state)
{
    (void)state;
    static const char *const options[][2] = { { "epochs", "3" },       { "batch-size", "16" },
                                              { "encoder", "linear" }, { "head-out", "4" },
                                              { "head-hidden", "0" },  { "keep-every", "1" },
                                              { "temperature", "0.3" } };
    float x[ITEMS * COLUMNS];
    for (int i = 0; i < ITEMS * COLUMNS; i++) x[i] = (float)test_uniform(-1, 1);
    CHECK_OK(akin_npy_save(data, AKIN_DTYPE_F32, 2, (const int64_t[]){ ITEMS, COLUMNS }, x, &err));
    akin_train_config *c = NULL;
    CHECK_OK(akin_train_config_create(&c, &err));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        CHECK_OK(akin_train_config_set(c, options[i][0], options[i][1], &err));
    CHECK(akin_train_config_is_set(c, "epochs") && !akin_train_config_is_set(c, "lr"));
    CHECK_OK(akin_train(data, run, c, NULL, &err));
    CHECK_FAILS(akin_train(data, run, c, NULL, &err), AKIN_ERR_ARGUMENT, "--force");
    akin_train_config_free(c);
}

static void weights_and_checkpoints(void **state)
{
    (void)state;
    akin_model *m = NULL;
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    CHECK_OK(akin_model_open(run, NULL, &m, &err));
    CHECK(akin_model_step(m) == 12 && strcmp(akin_model_weights(m), "raw") == 0);
    CHECK(akin_model_width(m, AKIN_LAYER_PROJECTOR) == 4 && akin_model_has_head(m));
    akin_model_free(m);
    opts.checkpoint = "4";
    CHECK_OK(akin_model_open(run, &opts, &m, &err));
    CHECK(akin_model_step(m) == 4);
    akin_model_free(m);
    opts.kind = AKIN_MODEL_RANDOM;
    CHECK_OK(akin_model_open(run, &opts, &m, &err));
    CHECK(akin_model_step(m) == 0 && strcmp(akin_model_weights(m), "random") == 0);
    akin_model_free(m);
    opts.checkpoint = "5";
    CHECK_FAILS(akin_model_open(run, &opts, &m, &err), AKIN_ERR_INPUT, "4, 8, 12");
    opts.checkpoint = "last";
    CHECK_FAILS(akin_model_open(run, &opts, &m, &err), AKIN_ERR_RANGE, "newest");
    opts = (akin_model_opts)AKIN_MODEL_OPTS_INIT;
    opts.kind = AKIN_MODEL_AVERAGED;
    CHECK_FAILS(akin_model_open(run, &opts, &m, &err), AKIN_ERR_ARGUMENT, "--ema");
    CHECK_FAILS(akin_model_open(NULL, &opts, &m, &err), AKIN_ERR_ARGUMENT, "NULL");
    int64_t steps[2] = { 0, 0 }, count = 0;
    CHECK_OK(akin_run_checkpoints(run, steps, 2, &count, &err));
    CHECK(count == 3 && steps[0] == 4 && steps[1] == 8);
    CHECK_OK(akin_run_checkpoints(run, NULL, 0, &count, &err));
    CHECK_FAILS(akin_run_checkpoints("/nowhere/at/all", steps, 2, &count, &err), AKIN_ERR_INPUT,
                "is no run folder");
}

static void options_by_name(void **state)
{
    (void)state;
    akin_model *m = NULL;
    CHECK_OK(akin_model_open(run, NULL, &m, &err));
    CHECK(ak_strtod(akin_model_option(m, "temperature"), NULL) == 0.3 &&
          !akin_model_option(m, "no-such-option"));
    CHECK_OK(akin_model_set_option(m, "on-bad", "skip", &err));
    CHECK(strcmp(akin_model_option(m, "on-bad"), "skip") == 0);
    CHECK_FAILS(akin_model_set_option(m, "on-bad", "jump", &err), AKIN_ERR_RANGE, "stop");
    CHECK_FAILS(akin_model_set_option(m, "temperature", "1", &err), AKIN_ERR_ARGUMENT, "on-bad");
    akin_model_free(m);
    int count = 0;
    while (akin_train_option_at(count)) count++;
    CHECK(count > 50 && !akin_train_option_at(-1) && !akin_train_option_at(count + 1));
}

static void embeds_what_is_asked(void **state)
{
    (void)state;
    akin_model *m = NULL;
    akin_dataset *set = NULL;
    float all[ITEMS * 4], some[2 * 4], again[2 * 4];
    const int64_t item[2] = { 7, 3 };
    const akin_mat rows = { all, ITEMS, 4, 4 }, two = { some, 2, 4, 4 }, none = { NULL, 0, 0, 0 };
    CHECK_OK(akin_model_open(run, NULL, &m, &err));
    CHECK_OK(akin_model_open_dataset(m, NULL, &set, &err));
    CHECK_OK(akin_model_embed(m, set, NULL, none, rows, &err));
    akin_embed_opts opts = AKIN_EMBED_OPTS_INIT;
    opts.item = item;
    opts.n = 2;
    CHECK_OK(akin_model_embed(m, set, &opts, none, two, &err));
    /* A row does not depend on its company, up to the order of sums in a product of 64 rows or of 2. */
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 4; k++) CHECK_NEAR(some[i * 4 + k], all[item[i] * 4 + k], 1e-5);
    opts.random_views = true;
    opts.view_seed = 5;
    opts.view = 1; /* of this recipe, view 0 is the item itself */
    CHECK_OK(akin_model_embed(m, set, &opts, none, two, &err));
    CHECK_OK(akin_model_embed(m, set, &opts, none, (akin_mat){ again, 2, 4, 4 }, &err));
    CHECK(memcmp(some, again, sizeof some) == 0);
    CHECK(fabsf(some[0] - all[7 * 4]) > 1e-4f);
    opts.view_epoch = 1;
    CHECK_OK(akin_model_embed(m, set, &opts, none, (akin_mat){ again, 2, 4, 4 }, &err));
    CHECK(memcmp(some, again, sizeof some) != 0);
    CHECK_FAILS(akin_model_embed(m, set, &opts, none, rows, &err), AKIN_ERR_SHAPE, "[2,4]");
    CHECK_FAILS(akin_model_embed(m, set, &opts, two, none, &err), AKIN_ERR_SHAPE, "backbone");
    opts.item = (const int64_t[]){ 0, ITEMS };
    CHECK_FAILS(akin_model_embed(m, set, &opts, none, two, &err), AKIN_ERR_RANGE, "64 items");
    CHECK_FAILS(akin_model_embed(m, NULL, &opts, none, two, &err), AKIN_ERR_ARGUMENT, "NULL");
    opts = (akin_embed_opts)AKIN_EMBED_OPTS_INIT;
    opts.split = "elsewhere";
    CHECK_FAILS(akin_model_embed(m, set, &opts, none, rows, &err), AKIN_ERR_INPUT, "elsewhere");
    akin_dataset_free(set);
    akin_model_free(m);
}

typedef struct told {
    int64_t done, total;
    int calls, most; /* after `most` calls: stop */
} told;

static bool tell(int64_t done, int64_t total, void *ctx)
{
    told *t = ctx;
    CHECK(done > t->done && done <= total);
    t->done = done;
    t->total = total;
    return ++t->calls < t->most;
}

static void embedding_tells_how_far_it_is_and_stops(void **state)
{
    (void)state;
    enum { MANY = 20 * ITEMS };
    static float whole[MANY * 4], part[MANY * 4];
    static int64_t item[MANY];
    const akin_mat none = { NULL, 0, 0, 0 };
    akin_model *m = NULL;
    akin_dataset *set = NULL;
    akin_embed_opts opts = AKIN_EMBED_OPTS_INIT;
    told all = { .most = INT_MAX }, some = { .most = 2 };
    for (int i = 0; i < MANY; i++) item[i] = i % ITEMS;
    opts.item = item;
    opts.n = MANY;
    opts.on_progress = tell;
    opts.ctx = &all;
    CHECK_OK(akin_model_open(run, NULL, &m, &err));
    CHECK_OK(akin_model_open_dataset(m, NULL, &set, &err));
    CHECK_OK(akin_model_embed(m, set, &opts, none, (akin_mat){ whole, MANY, 4, 4 }, &err));
    CHECK(all.calls > 2 && all.done == MANY && all.total == MANY);
    opts.ctx = &some;
    CHECK_FAILS(akin_model_embed(m, set, &opts, none, (akin_mat){ part, MANY, 4, 4 }, &err),
                AKIN_ERR_INTERRUPTED, "of 1280 items");
    CHECK(some.calls == 2 && some.done < MANY);
    CHECK(memcmp(part, whole, (size_t)some.done * 4 * sizeof *part) == 0);
    akin_dataset_free(set);
    akin_model_free(m);
}

/* A struct that ends earlier: what lies behind must neither be read nor written. */
static void older_callers_get_the_defaults(void **state)
{
    (void)state;
    akin_model *m = NULL;
    akin_model_opts model = AKIN_MODEL_OPTS_INIT;
    model.struct_size = offsetof(akin_model_opts, checkpoint);
    model.kind = AKIN_MODEL_RAW;
    memset(&model.checkpoint, 0xff, sizeof model.checkpoint);
    CHECK_OK(akin_model_open(run, &model, &m, &err));
    CHECK(akin_model_step(m) == 12);
    model.struct_size = 0;
    CHECK_FAILS(akin_model_open(run, &model, &m, &err), AKIN_ERR_ARGUMENT, "not initialised");

    akin_dataset *set = NULL;
    float all[ITEMS * 4];
    const akin_mat rows = { all, ITEMS, 4, 4 }, none = { NULL, 0, 0, 0 };
    CHECK_OK(akin_model_open_dataset(m, NULL, &set, &err));
    akin_embed_opts embed = AKIN_EMBED_OPTS_INIT;
    embed.struct_size = offsetof(akin_embed_opts, item);
    memset(&embed.item, 0xff, sizeof embed - offsetof(akin_embed_opts, item));
    CHECK_OK(akin_model_embed(m, set, &embed, none, rows, &err));
    embed.struct_size = 0;
    CHECK_FAILS(akin_model_embed(m, set, &embed, none, rows, &err), AKIN_ERR_ARGUMENT, "not initialised");
    akin_dataset_free(set);
    akin_model_free(m);

    akin_train_opts train = AKIN_TRAIN_OPTS_INIT;
    train.struct_size = offsetof(akin_train_opts, command);
    train.resume = true;
    memset(&train.command, 0xff, sizeof train - offsetof(akin_train_opts, command));
    CHECK_OK(akin_train(NULL, run, NULL, &train, &err)); /* complete: nothing to resume */
    train.struct_size = 0;
    CHECK_FAILS(akin_train(NULL, run, NULL, &train, &err), AKIN_ERR_ARGUMENT, "not initialised");
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const char *folder = test_folder();
    snprintf(data, sizeof data, "%.280s/x.npy", folder);
    snprintf(run, sizeof run, "%.280s/run", folder);
    akin_set_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_not_replaced_by_accident), /* trains: first */
        cmocka_unit_test(weights_and_checkpoints),
        cmocka_unit_test(options_by_name),
        cmocka_unit_test(embeds_what_is_asked),
        cmocka_unit_test(embedding_tells_how_far_it_is_and_stops),
        cmocka_unit_test(older_callers_get_the_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
