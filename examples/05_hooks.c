/* SPDX-License-Identifier: Apache-2.0 */
/* What the library tells a program: errors, what a person wants to know, and how far it is. It prints nothing
 * by itself, and never ends the program.
 *
 *     cc examples/05_hooks.c -Iinclude -Lbuild -lakin -o hooks && LD_LIBRARY_PATH=build ./hooks
 *
 * A training is refused for a wrong option, then begun, stopped by the program, and resumed. It leaves
 * hooks-example-run and hooks-example.log.
 */
#include <akin/model.h>
#include <akin/train.h>

#include <stdio.h>
#include <stdlib.h>

enum { ITEMS = 512, COLUMNS = 8, STOP_AFTER = 20 };

static bool row(int64_t i, float *out, void *ctx)
{
    (void)ctx;
    for (int c = 0; c < COLUMNS; c++) out[c] = (float)((i * 37 + c * 101 + i * i % 7) % 23);
    return true;
}

/* Every hook gets this pointer: hooks need no global variables. */
typedef struct host {
    FILE *log;
    int64_t step, stop_after; /* stop_after 0: let it run */
    int lines, reports, checkpoints;
} host;

static void on_message(const char *line, void *ctx)
{
    host *h = ctx;
    h->lines++;
    fprintf(h->log, "%s\n", line);
}

static void on_progress(const akin_train_progress *p, void *ctx)
{
    host *h = ctx;
    h->reports++;
    h->step = p->step;
    printf("step %3lld of %lld, loss %.3f\n", (long long)p->step, (long long)p->steps, p->loss);
}

static void on_checkpoint(int64_t step, int64_t epoch, void *ctx)
{
    host *h = ctx;
    h->checkpoints++;
    printf("step %3lld: a checkpoint, in epoch %lld\n", (long long)step, (long long)epoch);
}

static bool should_stop(void *ctx)
{
    const host *h = ctx;
    return h->stop_after && h->step >= h->stop_after;
}

/* Now and then while data are embedded; false would stop it. */
static bool on_rows(int64_t done, int64_t total, void *ctx)
{
    host *h = ctx;
    h->reports++;
    printf("embedded %lld of %lld\n", (long long)done, (long long)total);
    return true;
}

static akin_status embed(const char *run, const akin_dataset *set, host *h, akin_error *err)
{
    akin_model *model = NULL;
    akin_embed_opts opts = AKIN_EMBED_OPTS_INIT;
    opts.on_progress = on_rows;
    opts.ctx = h;
    akin_status status = akin_model_open(run, NULL, &model, err);
    const int64_t width = status ? 1 : akin_model_width(model, AKIN_LAYER_BACKBONE);
    float *rows = malloc(ITEMS * (size_t)width * sizeof *rows);
    const akin_mat backbone = { rows, ITEMS, width, width }, none = { NULL, 0, 0, 0 };
    if (!status) status = akin_model_embed(model, set, &opts, backbone, none, err);
    free(rows);
    akin_model_free(model);
    return status;
}

static int train(const akin_dataset *set, host *h, akin_error *err)
{
    static const char run[] = "hooks-example-run";
    akin_train_config *config = NULL;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.ctx = h;
    opts.on_message = on_message;
    opts.on_progress = on_progress;
    opts.on_checkpoint = on_checkpoint;
    opts.should_stop = should_stop;
    opts.dataset = set;
    opts.force = true;
    akin_status status = akin_train_config_create(&config, err);

    /* Every error has a status, for the program, and a sentence, for the person. */
    if (!status && !akin_train_config_set(config, "epoch", "5", err)) return EXIT_FAILURE;
    printf("%s, \"%s\": %s\n", akin_status_name(err->status), akin_status_text(err->status), err->message);

    if (!status) status = akin_train_config_set(config, "epochs", "5", err);
    if (!status) status = akin_train_config_set(config, "batch-size", "64", err);
    if (!status) status = akin_train_config_set(config, "width", "16", err);
    h->stop_after = STOP_AFTER;
    if (!status) status = akin_train(NULL, run, config, &opts, err);
    if (status == AKIN_ERR_INTERRUPTED) { /* not a failure: the program asked for it */
        printf("stopped: %s\n", err->message);
        h->stop_after = 0;
        opts.force = false;
        opts.resume = true;
        status = akin_train(NULL, run, config, &opts, err); /* to the same bits as without a stop */
    }
    if (!status) status = embed(run, set, h, err);
    akin_train_config_free(config);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(void)
{
    host h = { .log = fopen("hooks-example.log", "w") };
    akin_error err = { AKIN_OK, "" };
    akin_own_rows rows = AKIN_OWN_ROWS_INIT;
    akin_dataset *set = NULL;
    rows.n = ITEMS;
    rows.d = COLUMNS;
    rows.row = row;
    akin_set_threads(1); /* enough for so little */
    int code = EXIT_FAILURE;
    if (h.log && !akin_dataset_from_rows(&rows, &set, &err)) code = train(set, &h, &err);
    if (code) fprintf(stderr, "%s\n", err.message);
    if (h.log) fclose(h.log);
    akin_dataset_free(set);
    printf("%d lines in hooks-example.log, %d reports, %d checkpoints\n", h.lines, h.reports, h.checkpoints);
    return code || !h.lines || !h.reports || !h.checkpoints;
}
