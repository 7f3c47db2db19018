/* SPDX-License-Identifier: Apache-2.0 */
/* Embed data with a trained model: open its run and the data, ask how wide a row is, embed, save as .npy.
 *
 *     cc examples/02_embed.c -Iinclude -Lbuild -lakin -o embed && LD_LIBRARY_PATH=build ./embed
 *
 * So that it runs as it is, it first draws some rows and trains on them for a moment. It leaves
 * embed-example.npy, embed-example-run and embed-example-embeddings.npy.
 */
#include <akin/model.h>
#include <akin/train.h>

#include <stdio.h>
#include <stdlib.h>

static akin_status prepare(const char *data, const char *run, akin_error *err)
{
    enum { ROWS = 200, COLUMNS = 12 };
    static float x[ROWS * COLUMNS];
    uint32_t state = 1;
    for (int i = 0; i < ROWS * COLUMNS; i++)
        x[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-24f;
    akin_train_config *config = NULL;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true;
    akin_status status = akin_npy_save(data, AKIN_DTYPE_F32, 2, (const int64_t[]){ ROWS, COLUMNS }, x, err);
    if (!status) status = akin_train_config_create(&config, err);
    if (!status) status = akin_train_config_set(config, "epochs", "2", err);
    if (!status) status = akin_train_config_set(config, "batch-size", "50", err);
    if (!status) status = akin_train(data, run, config, &opts, err);
    akin_train_config_free(config);
    return status;
}

static akin_status embed(const char *run, const char *data, const char *to, akin_error *err)
{
    akin_model *model = NULL;
    akin_dataset *set = NULL;
    float *rows = NULL;
    akin_split_view train = AKIN_SPLIT_VIEW_INIT;
    akin_status status = akin_model_open(run, NULL, &model, err);
    if (!status) status = akin_model_open_dataset(model, data, &set, err); /* read as in training */
    if (!status) status = akin_dataset_split(set, "train", AKIN_TARGET_AUTO, &train, err);
    const int64_t width = status ? 0 : akin_model_width(model, AKIN_LAYER_BACKBONE);
    if (!status) rows = malloc((size_t)(train.n * width) * sizeof *rows);
    const akin_mat backbone = { rows, train.n, width, width }, none = { NULL, 0, 0, 0 };
    if (!status) status = akin_model_embed(model, set, NULL, backbone, none, err);
    if (!status)
        status = akin_npy_save(to, AKIN_DTYPE_F32, 2, (const int64_t[]){ train.n, width }, rows, err);
    if (!status) printf("%s: %lld rows of %lld numbers\n", to, (long long)train.n, (long long)width);
    free(rows);
    akin_dataset_free(set);
    akin_model_free(model);
    return status;
}

int main(void)
{
    static const char data[] = "embed-example.npy", run[] = "embed-example-run";
    akin_error err;
    akin_set_threads(1); /* enough for so little */
    akin_status status = prepare(data, run, &err);
    if (!status) status = embed(run, data, "embed-example-embeddings.npy", &err);
    if (status) fprintf(stderr, "%s\n", err.message);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
