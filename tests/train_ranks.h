/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train_ranks.h - runs on ranks that are threads, of pictures or other data in a folder, for tests: a
 * plan of options, how it ended on each rank, and the losses that were reported. */
#ifndef AK_TESTS_TRAIN_RANKS_H
#define AK_TESTS_TRAIN_RANKS_H

#include "pictures.h"
#include "ranks_threads.h"

#include "akin/tool/program.h"
#include "akin/train.h"

enum { SIDE = 12, CLASSES = 3, PER_CLASS = 16, NAME_BYTES = 600, MOST_STEPS = 64 };

static char folder[256];

static void make_pictures(const char *data, int shift)
{
    static uint8_t pixels[SIDE * SIDE * 3];
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s/%s", folder, data);
    CHECK(mkdir(name, 0777) == 0);
    for (int k = 0; k < CLASSES; k++) {
        snprintf(name, sizeof name, "%s/%s/c%d", folder, data, k);
        CHECK(mkdir(name, 0777) == 0);
        for (int i = 0; i < PER_CLASS; i++) {
            size_t n;
            pic_smooth(pixels, SIDE, SIDE, 3, k * PER_CLASS + i + shift);
            uint8_t *bytes = pic_png(pixels, SIDE, SIDE, PNG_COLOR_TYPE_RGB, 8, (size_t)(SIDE * 3), 0, &n);
            snprintf(name, sizeof name, "%s/%s/c%d/%02d.png", folder, data, k, i);
            pic_put(name, bytes, n);
            free(bytes);
        }
    }
}

/* A run, as every rank begins it. */
typedef struct plan {
    const char *run, *loss, *pairs, *encoder, *batch, *micro;
    const char *of_rank_1; /* other data, if not NULL */
    const char *extra[10]; /* further options and their values */
    const char *data;      /* "data" if NULL */
    const char *width;     /* 8, if NULL */
    const char *init;      /* a run to begin with, whose first layers are then frozen */
    bool reproducible;
    bool resume;
    int stop_after;                                      /* steps; 0: never */
    double loss_of[MOST_STEPS], permuted_of[MOST_STEPS]; /* the second: NaN if not known */
    double std_of[MOST_STEPS];                           /* how the projections spread */
    int steps;
    akin_status status[THREADS_MOST];
    akin_error err[THREADS_MOST];
} plan;

static bool should_stop(void *ctx)
{
    plan *p = ctx;
    return p->stop_after && --p->stop_after == 0;
}

static void on_progress(const akin_train_progress *now, void *ctx)
{
    plan *p = ctx;
    CHECK(now->step <= MOST_STEPS);
    p->loss_of[now->step - 1] = now->loss;
    p->permuted_of[now->step - 1] = now->permuted;
    p->std_of[now->step - 1] = now->embedding_std;
    p->steps = (int)now->step;
}

static void train_rank(ak_comm *comm, void *ctx)
{
    plan *p = ctx;
    const int rank = ak_comm_rank(comm);
    akin_train_config *c = NULL;
    char data[NAME_BYTES], out[NAME_BYTES];
    akin_error *err = &p->err[rank];
    const char *const set[][2] = { { "encoder", p->encoder },
                                   { "epochs", "3" },
                                   { "batch-size", p->batch },
                                   { "lr", "0.02" },
                                   { "pairs", p->pairs },
                                   { "head-hidden", "16" },
                                   { "head-out", "8" },
                                   { "loss", p->loss },
                                   { "micro-batch", p->micro },
                                   { "optimizer", "sgd" },
                                   { "log-every", "1" },
                                   { "width", p->width ? p->width : "8" },
                                   { "workers", "1" },
                                   { "init", p->init },
                                   { "freeze", p->init ? "stage1" : NULL },
                                   { "reproducible", p->reproducible ? "true" : NULL } };
    CHECK(akin_train_config_create(&c, err) == AKIN_OK);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (set[i][0] && set[i][1] && !(p->resume))
            CHECK(akin_train_config_set(c, set[i][0], set[i][1], err) == AKIN_OK);
    for (int i = 0; i < 10 && p->extra[i] && !p->resume; i += 2)
        CHECK(akin_train_config_set(c, p->extra[i], p->extra[i + 1], err) == AKIN_OK);
    const char *given = p->data ? p->data : "data";
    snprintf(data, sizeof data, "%s/%s", folder, rank == 1 && p->of_rank_1 ? p->of_rank_1 : given);
    snprintf(out, sizeof out, "%s/%s", folder, p->run);
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.ctx = p;
    opts.resume = p->resume;
    opts.should_stop = should_stop;
    opts.on_progress = on_progress;
    opts.ranks = comm;
    p->status[rank] = akin_train(p->resume ? NULL : data, out, c, &opts, err);
    akin_train_config_free(c);
}

static plan plan_of(const char *run, const char *loss, const char *pairs)
{
    return (plan){ .run = run, .loss = loss, .pairs = pairs, .encoder = "cnn4", .batch = "24", .micro = "4" };
}

/* On that many ranks; one is this thread alone, without any communicator. */
static void train(plan *p, int ranks, akin_status expected)
{
    if (ranks == 1)
        train_rank(NULL, p);
    else
        run_ranks(ranks, train_rank, p);
    for (int r = 0; r < ranks; r++) {
        if (p->status[r] != expected)
            print_error("%s on %d ranks, rank %d: %s\n", p->loss, ranks, r, p->err[r].message);
        CHECK(p->status[r] == expected);
    }
}

#endif
