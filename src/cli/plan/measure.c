/* SPDX-License-Identifier: Apache-2.0 */
/* cli/plan/measure.c - what one rank does alone, timed on this machine as it is now.
 *
 *   encoder     akin_train() on random images, steps of one chunk; without --micro-batch of two sizes, so
 *               that what a chunk costs by itself is told apart from its rows
 *   loss        the loss and its gradient on random rows, the fastest of a few; a batch beyond MOST products
 *               on fewer, and taken as the square of the rows
 *   copies      16 MiB copied
 *   messages    8 bytes through a socket and back
 *
 * Under a launcher every rank measures at the same time, as it will calculate, and the slowest counts; then
 * the network is measured by what goes around the ring of ranks. */
#include "cli/plan/ranks.h"
#include "cli/noise.h"
#include "cli/stop.h"

#include "akin/tool/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 4, EPOCHS = 2, CHUNK = 64, REPEAT = 5, COPY = 16 << 20, MESSAGES = 200 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Encoder ------------------------------------------------------------------------------------------------ */

typedef struct chunk_times { /* seconds of a step */
    double forward, backward, update;
} chunk_times;

static void on_profile(const akin_train_profile *profile, void *ctx)
{
    const akin_train_times *t = akin_train_profile_times(profile);
    const double steps = (double)t->steps;
    *(chunk_times *)ctx = (chunk_times){
        (t->phase_s[AKIN_PHASE_WAIT] + t->phase_s[AKIN_PHASE_FORWARD]) / steps,
        t->phase_s[AKIN_PHASE_BACKWARD] / steps,
        (t->phase_s[AKIN_PHASE_CHECK] + t->phase_s[AKIN_PHASE_UPDATE]) / steps,
    };
}

static bool should_stop(void *ctx)
{
    (void)ctx;
    return cli_stop_asked() != 0;
}

static akin_status set(akin_train_config *c, const char *name, int64_t value, akin_error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return akin_train_config_set(c, name, text, err);
}

static akin_status configure(const cli_args *args, const akin_encoder_opts *encoder, int64_t items,
                             akin_train_config *c, akin_error *err)
{
    akin_status status = akin_train_config_set(c, "encoder", encoder->name, err);
    if (!status) status = akin_train_config_set(c, "precision", cli_text(args, "precision"), err);
    if (!status) status = akin_train_config_set(c, "optimizer", cli_text(args, "optimizer"), err);
    if (!status) status = set(c, "width", encoder->width, err);
    if (!status) status = set(c, "head-out", encoder->head_out, err);
    if (!status) status = set(c, "batch-size", items, err);
    if (!status) status = set(c, "epochs", EPOCHS, err);
    if (!status) status = set(c, "checkpoint-every", EPOCHS * BATCHES, err);
    if (!status) status = set(c, "seed", cli_int(args, "seed"), err);
    return status;
}

static akin_status time_chunk(const cli_args *args, const akin_encoder_opts *encoder, const char *folder,
                              int64_t items, chunk_times *times, akin_error *err)
{
    char data[CLI_NOISE_PATH + 64], run[CLI_NOISE_PATH + 64];
    snprintf(data, sizeof data, "%s/images-%lld.npy", folder, (long long)items);
    snprintf(run, sizeof run, "%s/run-%lld", folder, (long long)items);
    akin_status status = cli_noise_images(data, items * BATCHES, cli_int(args, "size"),
                                          cli_int(args, "channels"), (uint64_t)cli_int(args, "seed"), err);
    akin_train_config *c = NULL;
    if (!status) status = akin_train_config_create(&c, err);
    if (!status) status = configure(args, encoder, items, c, err);
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.ctx = times;
    opts.on_profile = on_profile;
    opts.should_stop = should_stop;
    if (!status) status = akin_train(data, run, c, &opts, err);
    akin_train_config_free(c);
    return status;
}

static akin_status time_encoder(const cli_args *args, const akin_encoder_opts *encoder,
                                akin_step_costs *costs, akin_error *err)
{
    char folder[CLI_NOISE_PATH];
    const int64_t most = costs->micro ? costs->micro : costs->batch < CHUNK ? costs->batch : CHUNK;
    const int64_t least = costs->micro || most < 16 ? most : most / 4;
    const double rows = 2 * (double)most, more = rows - 2 * (double)least;
    chunk_times large = { 0 }, small = { 0 };
    cli_stop_watch(); /* the folder goes, whatever ends it */
    akin_status status = cli_noise_folder(folder, err);
    if (status) return status;
    status = time_chunk(args, encoder, folder, most, &large, err);
    if (!status && more > 0) status = time_chunk(args, encoder, folder, least, &small, err);
    cli_noise_remove(folder);
    const double slope = more > 0 ? (large.forward - small.forward) / more : large.forward / rows;
    costs->row_forward_s = fmin(fmax(slope, 0), large.forward / rows);
    costs->chunk_s = large.forward - rows * costs->row_forward_s;
    costs->row_backward_s = large.backward / rows;
    costs->update_s = large.update;
    return status;
}

/* Loss --------------------------------------------------------------------------------------------------- */

/* Rows of the loss's batch, and of its gradient. */
typedef struct workload {
    float *x, *grad, *features;
    int32_t *labels;
    void *memory;
} workload;

static void free_workload(workload *w)
{
    free(w->x);
    free(w->grad);
    free(w->features);
    free(w->labels);
    free(w->memory);
}

static void fill(float *x, int64_t n)
{
    uint32_t state = 1;
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-23f - 1;
}

static akin_status make_batch(const akin_step_costs *c, int64_t n, int64_t queue, workload *w,
                              akin_loss_batch *batch, size_t *scratch, akin_error *err)
{
    const int64_t d = c->columns, h = c->loss->needs & AKIN_LOSS_FEATURES ? c->features : 0;
    *w = (workload){ .x = malloc((size_t)((2 * n + queue) * d) * sizeof(float)),
                     .grad = malloc((size_t)(2 * n * d) * sizeof(float)),
                     .features = malloc((size_t)(2 * n * h + 1) * sizeof(float)),
                     .labels = malloc((size_t)n * sizeof(int32_t)) };
    if (!w->x || !w->grad || !w->features || !w->labels) return cli_no_memory(err, n, "rows of the loss");
    fill(w->x, (2 * n + queue) * d);
    fill(w->features, 2 * n * h);
    for (int64_t i = 0; i < n; i++) w->labels[i] = (int32_t)(i % 10);
    *batch = (akin_loss_batch)AKIN_LOSS_BATCH_INIT;
    batch->precision = c->loss_precision;
    batch->a = (akin_cmat){ w->x, n, d, d };
    batch->b = (akin_cmat){ w->x + n * d, n, d, d };
    if (queue) {
        batch->keys = (akin_cmat){ w->x + 2 * n * d, queue, d, d };
        batch->keys_only = 1;
    }
    if (c->loss->needs & AKIN_LOSS_LABELS) batch->labels = w->labels;
    if (h) batch->features = (akin_cmat){ w->features, 2 * n, h, h };
    *scratch = akin_loss_scratch_bytes(c->loss, c->params, batch, 0);
    w->memory = malloc(*scratch + 1);
    return w->memory ? AKIN_OK : cli_no_memory(err, n, "rows of the loss");
}

akin_status plan_time_loss(akin_step_costs *c, int64_t *measured, akin_error *err)
{
    const double most = 0x1p28, fits = floor(sqrt(most / (double)c->columns));
    const int64_t n = (double)c->batch <= fits ? c->batch : (int64_t)fits, d = c->columns;
    const int64_t queue = (double)c->queue <= fits ? c->queue : (int64_t)fits;
    *measured = n;
    c->loss_s = 0;
    if (c->loss->needs & AKIN_LOSS_TRIPLES) return AKIN_OK; /* no pairs: next to nothing */
    workload w;
    akin_loss_batch batch;
    size_t scratch = 0;
    double best = INFINITY;
    akin_status status = make_batch(c, n, queue, &w, &batch, &scratch, err);
    for (int r = 0; r < REPEAT && !status; r++) { /* the first touches the pages: never the fastest */
        akin_arena arena;
        akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
        grads.a = (akin_mat){ w.grad, n, d, d };
        if (!c->momentum_encoder || c->loss->needs & AKIN_LOSS_TARGETS)
            grads.b = (akin_mat){ w.grad + n * d, n, d, d };
        akin_arena_init(&arena, w.memory, scratch);
        const double start = now();
        status = akin_loss_eval(c->loss, c->params, &batch, &arena, NULL, &grads, err);
        best = fmin(best, now() - start);
    }
    free_workload(&w);
    const double times = (double)c->batch / (double)n;
    if (!status) c->loss_s = best * times * (queue ? (double)c->queue / (double)queue : times);
    return status;
}

/* Copies and messages ------------------------------------------------------------------------------------ */

static akin_status time_copies(akin_step_costs *c, akin_error *err)
{
    unsigned char *from = malloc(2 * (size_t)COPY), *to = from + COPY;
    if (!from) return cli_no_memory(err, 2 * (int64_t)COPY, "bytes to copy");
    double best = INFINITY;
    memset(from, 1, 2 * (size_t)COPY);
    for (int r = 0; r < REPEAT; r++) {
        const double start = now();
        memcpy(to, from, COPY);
        best = fmin(best, fmax(now() - start, 1e-9)); /* a clock may stand still */
        from[r] = to[COPY - 1 - r];                   /* it is needed */
    }
    free(from);
    c->memory_bytes_per_s = COPY / best;
    return AKIN_OK;
}

static akin_status time_messages(akin_step_costs *c, akin_error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        return cli_set_error(err, AKIN_ERR_IO, "no local socket, to time a message");
    char word[8] = { 0 };
    const double start = now();
    bool good = true;
    for (int i = 0; i < MESSAGES && good; i++)
        good = write(ends[0], word, sizeof word) == sizeof word &&
               read(ends[1], word, sizeof word) == sizeof word;
    c->message_s = (now() - start) / MESSAGES;
    close(ends[0]);
    close(ends[1]);
    return good ? AKIN_OK : cli_set_error(err, AKIN_ERR_IO, "a message through a local socket failed");
}

/* All ---------------------------------------------------------------------------------------------------- */

/* Of all ranks the slowest. */
static akin_status slowest(akin_step_costs *c, akin_error *err)
{
    double *const numbers[] = { &c->chunk_s, &c->row_forward_s, &c->row_backward_s,    &c->update_s,
                                &c->loss_s,  &c->message_s,     &c->memory_bytes_per_s };
    enum { COUNT = sizeof numbers / sizeof *numbers };
    double x[COUNT];
    for (int i = 0; i < COUNT; i++)
        x[i] = numbers[i] == &c->memory_bytes_per_s ? 1 / *numbers[i] : *numbers[i];
    const akin_status status = akin_ranks_most(cli_ranks(), x, COUNT, err);
    for (int i = 0; i < COUNT && !status; i++)
        *numbers[i] = numbers[i] == &c->memory_bytes_per_s ? 1 / x[i] : x[i];
    return status;
}

static akin_status measure_network(const cli_args *args, akin_step_costs *c, plan_sources *from,
                                   akin_error *err)
{
    double latency_s, bandwidth;
    if (cli_given(args, "bandwidth") && cli_given(args, "latency")) return AKIN_OK;
    const akin_status status = akin_ranks_speed(cli_ranks(), &latency_s, &bandwidth, err);
    if (status) return status;
    if (!cli_given(args, "bandwidth")) c->bandwidth = bandwidth;
    if (!cli_given(args, "latency")) c->latency_s = fmax(0, latency_s - c->poll_s);
    from->network = "measured";
    return AKIN_OK;
}

akin_status plan_measure(const cli_args *args, const akin_encoder_opts *encoder, akin_step_costs *costs,
                         plan_sources *from, akin_error *err)
{
    akin_status status = AKIN_OK;
    if (cli_given(args, "images-per-s")) {
        costs->row_forward_s = 1 / (3 * cli_real(args, "images-per-s"));
        costs->row_backward_s = 2 * costs->row_forward_s;
        from->encoder = "given";
        from->update = "left out";
    } else {
        status = time_encoder(args, encoder, costs, err);
    }
    if (!status) status = plan_time_loss(costs, &from->loss_items, err);
    if (!status) status = time_copies(costs, err);
    if (!status) status = time_messages(costs, err);
    if (akin_ranks_size(cli_ranks()) < 2) return status;
    status = akin_ranks_agree(cli_ranks(), status, err);
    if (!status) status = slowest(costs, err);
    return status ? status : measure_network(args, costs, from, err);
}
