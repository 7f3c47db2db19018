/* SPDX-License-Identifier: Apache-2.0 */
/* Train an encoder from C and watch it learn.
 *
 *     cc examples/01_train.c -Iinclude -Lbuild -lakin -o train && LD_LIBRARY_PATH=build ./train
 *
 * The data are drawn: four kinds of rows; each kind is a little higher in every fourth column. Training sees
 * no labels. The program leaves train-example.npy and the folder train-example-run; examples/02_embed.c shows
 * what to do with such a run.
 */
#include <akin/train.h>

#include <stdio.h>
#include <stdlib.h>

enum { KINDS = 4, COLUMNS = 24, ITEMS = 800 };

/* A number between -1 and 1; the same ones every time. */
static float noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-23f - 1;
}

static akin_status draw(const char *path, akin_error *err)
{
    static float x[ITEMS * COLUMNS];
    for (int i = 0; i < ITEMS; i++)
        for (int j = 0; j < COLUMNS; j++) x[i * COLUMNS + j] = noise() + (j % KINDS == i % KINDS ? 0.4f : 0);
    return akin_npy_save(path, AKIN_DTYPE_F32, 2, (const int64_t[]){ ITEMS, COLUMNS }, x, err);
}

static void show(const akin_train_progress *p, void *ctx)
{
    (void)ctx;
    if (p->step % 60 == 0) printf("step %3d  loss %.3f  %s\n", (int)p->step, p->loss, p->verdict);
}

int main(void)
{
    static const char *const options[][2] = { { "epochs", "20" },
                                              { "batch-size", "64" },
                                              { "head-out", "16" } };
    static const char data[] = "train-example.npy";
    akin_set_threads(1); /* enough for so little */
    akin_error err;
    akin_train_config *config = NULL;
    akin_status status = draw(data, &err);
    if (!status) status = akin_train_config_create(&config, &err);
    for (size_t i = 0; i < sizeof options / sizeof *options && !status; i++)
        status = akin_train_config_set(config, options[i][0], options[i][1], &err);
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true; /* replace the run of last time */
    opts.on_progress = show;
    if (!status) status = akin_train(data, "train-example-run", config, &opts, &err);
    if (status) fprintf(stderr, "%s\n", err.message);
    akin_train_config_free(config);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
