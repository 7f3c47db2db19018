/* SPDX-License-Identifier: Apache-2.0 */
/* Train an encoder from C, watch it learn, embed with it, and see what the embeddings are worth.
 *
 *     cc examples/train.c -Iinclude -Lbuild -lakin -o train && LD_LIBRARY_PATH=build ./train
 *
 * The data are drawn: four classes of vectors; each class is a little higher in every fourth column. Training
 * uses no labels; only the last step does. The program leaves train-example.npy and the folder
 * train-example-run.
 * */
#include <akin/eval.h>
#include <akin/model.h>
#include <akin/train.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 4, COLUMNS = 24, ITEMS = 800, TRAIN = 600 };

static float x[ITEMS * COLUMNS];
static int32_t labels[ITEMS];

/* A number between -1 and 1; the same ones every time. */
static float noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-23f - 1;
}

static akin_status draw(const char *path, akin_error *err)
{
    for (int i = 0; i < ITEMS; i++) {
        labels[i] = i % CLASSES;
        for (int j = 0; j < COLUMNS; j++)
            x[i * COLUMNS + j] = noise() + (j % CLASSES == labels[i] ? 0.4f : 0);
    }
    return akin_npy_save(path, AKIN_DTYPE_F32, 2, (const int64_t[]){ ITEMS, COLUMNS }, x, err);
}

static void show(const akin_train_progress *p, void *ctx)
{
    (void)ctx;
    if (p->step % 60 == 0) printf("step %3d  loss %.3f  %s\n", (int)p->step, p->loss, p->verdict);
}

static akin_status learn(const char *data, const char *run, akin_error *err)
{
    static const char *const options[][2] = { { "epochs", "20" },
                                              { "batch-size", "64" },
                                              { "head-out", "16" } };
    akin_train_config *config = NULL;
    akin_status status = akin_train_config_create(&config, err);
    for (size_t i = 0; i < sizeof options / sizeof *options && !status; i++)
        status = akin_train_config_set(config, options[i][0], options[i][1], err);
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true;
    opts.on_progress = show;
    if (!status) status = akin_train(data, run, config, &opts, err);
    akin_train_config_free(config);
    return status;
}

static const akin_protocol *protocol_named(const char *name)
{
    const akin_protocol *p;
    int i = 0;
    while ((p = akin_protocol_at(i)) != NULL && strcmp(p->name, name) != 0) i++;
    return p;
}

/* The share of the last items whose class their nearest neighbours among the first ones tell. */
static akin_status judge(const char *run, akin_model_kind kind, double *top1, akin_error *err)
{
    akin_model *model = NULL;
    akin_dataset *set = NULL;
    float *rows = NULL;
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    opts.kind = kind;
    akin_status status = akin_model_open(run, &opts, &model, err);
    if (!status) status = akin_model_open_dataset(model, NULL, &set, err);
    const int64_t width = status ? 0 : akin_model_width(model, AKIN_LAYER_BACKBONE);
    if (!status) rows = malloc((size_t)(ITEMS * width) * sizeof *rows);
    const akin_mat backbone = { rows, ITEMS, width, width }, none = { NULL, 0, 0, 0 };
    if (!status) status = akin_model_embed(model, set, NULL, backbone, none, err);
    akin_eval_data in = AKIN_EVAL_DATA_INIT;
    in.train = (akin_cmat){ rows, TRAIN, width, width };
    in.train_labels = labels;
    in.train_count = TRAIN;
    in.test = (akin_cmat){ rows ? rows + TRAIN * width : NULL, ITEMS - TRAIN, width, width };
    in.test_labels = labels + TRAIN;
    in.test_count = ITEMS - TRAIN;
    akin_eval_result result = AKIN_EVAL_RESULT_INIT;
    if (!status) status = akin_eval_run(protocol_named("knn-v1"), &in, NULL, &result, err);
    *top1 = result.top1;
    free(rows);
    akin_dataset_free(set);
    akin_model_free(model);
    return status;
}

int main(void)
{
    static const char data[] = "train-example.npy", run[] = "train-example-run";
    akin_set_threads(1); /* enough for so little */
    akin_error err;
    double before = 0, after = 0;
    akin_status status = draw(data, &err);
    if (!status) status = learn(data, run, &err);
    if (!status) status = judge(run, AKIN_MODEL_RANDOM, &before, &err);
    if (!status) status = judge(run, AKIN_MODEL_TRAINED, &after, &err);
    if (status) return fprintf(stderr, "%s\n", err.message), 1;
    printf("the class by the nearest neighbours: %.3f before training, %.3f after\n", before, after);
    return 0;
}
