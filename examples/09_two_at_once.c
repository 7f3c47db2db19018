/* SPDX-License-Identifier: Apache-2.0 */
/* Two users of the library in one process: each trains and embeds in a thread of its own, with its own number
 * of threads and its own settings, at the same time. Both get the very bits that they get alone.
 *
 *     cc examples/09_two_at_once.c -Iinclude -Lbuild -lakin -lpthread -o two && LD_LIBRARY_PATH=build ./two
 *
 * It leaves the folders two-example-a, -b, -a-alone and -b-alone.
 */
#include <akin/model.h>
#include <akin/train.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 400, COLUMNS = 8 };

typedef struct user {
    const char *run, *loss, *width;
    int threads;
    akin_status status;
    akin_error err;
    float *rows; /* [ITEMS, columns] */
    int64_t columns;
} user;

static bool row(int64_t i, float *out, void *ctx)
{
    const user *u = ctx;
    for (int c = 0; c < COLUMNS; c++)
        out[c] = (float)((i * 37 + c * 101 + (int64_t)strlen(u->loss) * i * c) % 29);
    return true;
}

static akin_status learn(user *u, const akin_dataset *set)
{
    akin_train_config *config = NULL;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.force = true;
    opts.dataset = set;
    akin_status status = akin_train_config_create(&config, &u->err);
    if (!status) status = akin_train_config_set(config, "loss", u->loss, &u->err);
    if (!status) status = akin_train_config_set(config, "width", u->width, &u->err);
    if (!status) status = akin_train_config_set(config, "epochs", "4", &u->err);
    if (!status) status = akin_train_config_set(config, "batch-size", "50", &u->err);
    if (!status) status = akin_train(NULL, u->run, config, &opts, &u->err);
    akin_train_config_free(config);
    return status;
}

static akin_status embed(user *u, const akin_dataset *set)
{
    akin_model *model = NULL;
    akin_status status = akin_model_open(u->run, NULL, &model, &u->err);
    if (status) return status;
    u->columns = akin_model_width(model, AKIN_LAYER_BACKBONE);
    u->rows = malloc(ITEMS * (size_t)u->columns * sizeof *u->rows);
    const akin_mat backbone = { u->rows, ITEMS, u->columns, u->columns }, none = { NULL, 0, 0, 0 };
    status = akin_model_embed(model, set, NULL, backbone, none, &u->err);
    akin_model_free(model);
    return status;
}

/* All that a user makes belongs to this thread. The number of threads is the thread's own, too. */
static void *work(void *ctx)
{
    user *u = ctx;
    akin_dataset *set = NULL;
    akin_own_rows rows = AKIN_OWN_ROWS_INIT;
    rows.n = ITEMS;
    rows.d = COLUMNS;
    rows.row = row;
    rows.ctx = u;
    akin_set_threads(u->threads);
    u->status = akin_dataset_from_rows(&rows, &set, &u->err);
    if (!u->status) u->status = learn(u, set);
    if (!u->status) u->status = embed(u, set);
    akin_dataset_free(set);
    return NULL;
}

static bool in_threads(user *u, int n)
{
    pthread_t thread[2];
    int begun = 0;
    while (begun < n && pthread_create(&thread[begun], NULL, work, &u[begun]) == 0) begun++;
    for (int i = 0; i < begun; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < begun; i++)
        if (u[i].status) fprintf(stderr, "%s: %s\n", u[i].run, u[i].err.message);
    return begun == n && !u[0].status && !u[n - 1].status;
}

int main(void)
{
    user both[2] = { { .run = "two-example-a", .loss = "ntxent", .width = "16", .threads = 1 },
                     { .run = "two-example-b", .loss = "spectral", .width = "24", .threads = 2 } };
    user alone[2] = { both[0], both[1] };
    alone[0].run = "two-example-a-alone";
    alone[1].run = "two-example-b-alone";
    bool same = in_threads(both, 2) && in_threads(&alone[0], 1) && in_threads(&alone[1], 1);
    for (int i = 0; i < 2 && same; i++) {
        const size_t bytes = ITEMS * (size_t)both[i].columns * sizeof(float);
        same = both[i].columns == alone[i].columns && memcmp(both[i].rows, alone[i].rows, bytes) == 0;
        printf("%s, %d thread%s, %d columns: %s bits as alone\n", both[i].loss, both[i].threads,
               both[i].threads == 1 ? "" : "s", (int)both[i].columns, same ? "the same" : "OTHER");
    }
    for (int i = 0; i < 2; i++) {
        free(both[i].rows);
        free(alone[i].rows);
    }
    return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
