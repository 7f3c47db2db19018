/* SPDX-License-Identifier: Apache-2.0 */
/* Data of your own: rows of numbers come from a function, not from files. A small net learns from them and
 * embeds them.
 *
 *     cc examples/06_own_data.c -Iinclude -Lbuild -lakin -o own_data && LD_LIBRARY_PATH=build ./own_data
 */
#include <akin/model.h>
#include <akin/train.h>

#include <stdio.h>
#include <stdlib.h>

enum { N = 600, D = 8, CLASSES = 3 };

/* Row i is a point near the centre of its class. Any source will do: a database, a sensor, a file format of
 * yours. */
static bool row(int64_t i, float *out, void *ctx)
{
    const int64_t class = i % CLASSES;
    (void)ctx;
    for (int c = 0; c < D; c++)
        out[c] = (float)(2 * (c % CLASSES == class)) + (float)((i * 37 + c * 101) % 19) / 10;
    return true;
}

static int32_t label(int64_t i, void *ctx)
{
    (void)ctx;
    return (int32_t)(i % CLASSES);
}

static void say(const char *line, void *ctx)
{
    (void)ctx;
    printf("%s\n", line);
}

int main(int argc, char **argv)
{
    const char *run = argc > 1 ? argv[1] : "own-data-run"; /* a folder; it is replaced */
    akin_own_rows rows = AKIN_OWN_ROWS_INIT;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    akin_train_config *config = NULL;
    akin_dataset *set = NULL;
    akin_model *model = NULL;
    float *features = NULL;
    akin_error err;

    rows.n = N;
    rows.d = D;
    rows.row = row;
    rows.label = label;
    rows.name = "points";
    akin_status status = akin_dataset_from_rows(&rows, &set, &err);

    opts.force = true;
    opts.on_message = say;
    opts.dataset = set;
    if (!status) status = akin_train_config_create(&config, &err);
    if (!status) status = akin_train_config_set(config, "epochs", "3", &err);
    if (!status) status = akin_train_config_set(config, "batch-size", "64", &err);
    if (!status) status = akin_train_config_set(config, "width", "32", &err);
    if (!status) status = akin_train(NULL, run, config, &opts, &err);

    if (!status) status = akin_model_open(run, NULL, &model, &err);
    const int64_t width = status ? 0 : akin_model_width(model, AKIN_LAYER_BACKBONE);
    if (!status) features = malloc(N * (size_t)width * sizeof *features);
    const akin_mat backbone = { features, N, width, width }, none = { NULL, 0, 0, 0 };
    if (!status) status = akin_model_embed(model, set, NULL, backbone, none, &err);
    if (!status)
        printf("%d points as rows of %lld features; the first begins with %.4f\n", N, (long long)width,
               (double)features[0]);
    else
        fprintf(stderr, "%s\n", err.message);

    free(features);
    akin_model_free(model);
    akin_train_config_free(config);
    akin_dataset_free(set);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
