/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench/train.c - akin bench train: the whole training step as a share of what this machine's
 * convolutions allow.
 *
 * The step is that of akin train itself, from augmented views to updated weights: random images are stored
 * as a .npy file in a temporary folder, a run is trained on them, and its profile tells the median step.
 * The limit, taken afterwards in the same process, is the sum over the layers of the fastest convolutions
 * that this build has. An image is one row of the batch, so one view: a batch of 128 rows holds two views
 * of 64 items. */
#include "cli/bench/bench.h"
#include "cli/noise.h"
#include "cli/stop.h"

#include "akin/tool/nn.h"
#include "akin/tool/train.h"
#include "akin/tool/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES = 4, MOST_LAYERS = 256 };

typedef struct layer { /* milliseconds a step */
    char name[64], what[72];
    double took[3], limit[3], onednn[3];
    char fastest[3][24];
} layer;

typedef struct outcome {
    const char *precision;
    int64_t steps;
    layer layers[MOST_LAYERS];
    int32_t count;
    double step_ms[3];
    double convolution_ms, dense_ms, norm_ms, limit_ms, onednn_ms, phase_ms[AKIN_PHASES];
} outcome;

/* The run ------------------------------------------------------------------------------------------------ */

static void on_profile(const akin_train_profile *profile, void *ctx)
{
    outcome *o = ctx;
    const akin_train_times *p = akin_train_profile_times(profile);
    const akin_encoder_layer *l;
    const double ms = 1e3 / (double)p->steps;
    o->steps = p->steps;
    for (int i = 0; i < 3; i++) o->step_ms[i] = 1e3 * p->step_s[i];
    for (int i = 0; i < AKIN_PHASES; i++) o->phase_ms[i] = ms * p->phase_s[i];
    for (int i = 0; (l = akin_train_profile_layer_at(profile, i)) && o->count < MOST_LAYERS; i++) {
        layer *to = &o->layers[o->count++];
        snprintf(to->name, sizeof to->name, "%s", l->name);
        snprintf(to->what, sizeof to->what, "%s", l->what);
        const double took[3] = { ms * l->forward_s, ms * l->backward_data_s, ms * l->backward_weights_s };
        double *sum = strncmp(l->what, "linear", 6) == 0 ? &o->dense_ms : &o->convolution_ms;
        for (int k = 0; k < 3; k++) *sum += to->took[k] = took[k];
        o->norm_ms += ms * (l->norm_forward_s + l->norm_backward_s);
    }
}

static akin_status set_text(akin_train_config *c, const char *name, const char *text, akin_error *err)
{
    return akin_train_config_set(c, name, text, err);
}

static akin_status set_int(akin_train_config *c, const char *name, int64_t value, akin_error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return akin_train_config_set(c, name, text, err);
}

static akin_status configure(const cli_args *args, const outcome *o, akin_train_config *c, akin_error *err)
{
    const int64_t steps = cli_int(args, "steps") + 1; /* the first is not counted */
    akin_status status = set_text(c, "encoder", cli_text(args, "encoder"), err);
    if (!status) status = set_text(c, "precision", o->precision, err);
    if (!status) status = set_text(c, "loss", cli_text(args, "loss"), err);
    if (!status) status = set_text(c, "optimizer", "sgd", err);
    if (!status) status = set_text(c, "lr", "0.01", err);
    if (!status) status = set_int(c, "width", cli_int(args, "width"), err);
    if (!status) status = set_int(c, "batch-size", cli_int(args, "batch") / 2, err);
    if (!status) status = set_int(c, "steps", steps, err);
    if (!status) status = set_int(c, "checkpoint-every", steps, err);
    if (!status) status = set_int(c, "seed", cli_int(args, "seed"), err);
    return status;
}

static bool should_stop(void *ctx)
{
    (void)ctx;
    return cli_stop_asked() != 0;
}

static akin_status train(const cli_args *args, const char *folder, outcome *o, akin_error *err)
{
    char data[4200], run[4200];
    snprintf(data, sizeof data, "%s/images.npy", folder);
    snprintf(run, sizeof run, "%s/run-%s", folder, o->precision);
    akin_train_config *c = NULL;
    akin_status status = akin_train_config_create(&c, err);
    if (!status) status = configure(args, o, c, err);
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.ctx = o;
    opts.on_profile = on_profile;
    opts.should_stop = should_stop;
    opts.command = cli_command_line();
    if (!status) status = akin_train(data, run, c, &opts, err);
    akin_train_config_free(c);
    return status;
}

/* The limit ---------------------------------------------------------------------------------------------- */

static void take_limit(layer *l, const akin_encoder_limit *limit)
{
    for (int k = 0; k < 3; k++) {
        l->limit[k] = 1e3 * limit->seconds[k];
        l->onednn[k] = 1e3 * limit->onednn_s[k];
        snprintf(l->fastest[k], sizeof l->fastest[k], "%s", limit->fastest[k]);
    }
}

/* Layers of one shape are measured once. */
static akin_status limit_layer(const akin_encoder *e, outcome *o, int32_t i, akin_error *err)
{
    layer *l = &o->layers[i];
    for (int32_t k = 0; k < i; k++)
        if (strcmp(o->layers[k].what, l->what) == 0) {
            memcpy(l->limit, o->layers[k].limit, sizeof l->limit);
            memcpy(l->onednn, o->layers[k].onednn, sizeof l->onednn);
            memcpy(l->fastest, o->layers[k].fastest, sizeof l->fastest);
            return AKIN_OK;
        }
    akin_encoder_limit limit = AKIN_ENCODER_LIMIT_INIT;
    const akin_status status = akin_encoder_measure_limit(e, i, &limit, err);
    if (!status) take_limit(l, &limit);
    return status;
}

static akin_status limits(const cli_args *args, outcome *o, akin_error *err)
{
    akin_encoder_opts opts = AKIN_ENCODER_OPTS_INIT;
    opts.name = cli_text(args, "encoder");
    opts.width = (int32_t)cli_int(args, "width");
    opts.precision = strcmp(o->precision, "bf16") == 0 ? AKIN_PRECISION_BF16 : AKIN_PRECISION_F32;
    akin_encoder *e = NULL;
    const int64_t side = cli_int(args, "size");
    akin_status status = akin_encoder_create(&opts, cli_int(args, "batch") / 2 * 2, side, side,
                                             cli_int(args, "channels"), &e, err);
    for (int32_t i = 0; i < o->count && !status; i++) {
        status = cli_stop_asked() ? cli_set_error(err, AKIN_ERR_INTERRUPTED, "stopped")
                                  : limit_layer(e, o, i, err);
        for (int k = 0; k < 3; k++) {
            o->limit_ms += o->layers[i].limit[k];
            o->onednn_ms += o->layers[i].onednn[k];
        }
    }
    akin_encoder_free(e);
    return status;
}

/* Telling ------------------------------------------------------------------------------------------------ */

static double rows_of(const cli_args *args) { return (double)(cli_int(args, "batch") / 2 * 2); }

static akin_json *layers_json(const outcome *o)
{
    akin_json *all = akin_json_array();
    for (int32_t i = 0; i < o->count; i++) {
        const layer *l = &o->layers[i];
        akin_json_append(all, akin_json_pack("{s:s,s:s,s:[f,f,f],s:[f,f,f],s:[s,s,s]}", "name", l->name,
                                             "what", l->what, "ms", l->took[0], l->took[1], l->took[2],
                                             "limit_ms", l->limit[0], l->limit[1], l->limit[2], "fastest",
                                             l->fastest[0], l->fastest[1], l->fastest[2]));
    }
    return all;
}

static akin_json *outcome_json(const cli_args *args, const outcome *o)
{
    akin_json *phases = akin_json_object();
    for (int i = 0; i < AKIN_PHASE_LOG; i++)
        akin_json_put(phases, akin_phase_name((akin_phase)i), akin_json_real(o->phase_ms[i]));
    const double rows = rows_of(args);
    return akin_json_pack(
        "{s:s,s:I,s:f,s:[f,f,f],s:f,s:o,s:o,s:f,s:o,s:f,s:f,s:f,s:o,s:o}", "precision", o->precision, "steps",
        (int64_t)o->steps, "images_per_s", 1e3 * rows / o->step_ms[1], "step_ms_quartiles", o->step_ms[0],
        o->step_ms[1], o->step_ms[2], "limit_ms", o->limit_ms, "limit_images_per_s",
        o->limit_ms > 0 ? akin_json_real(1e3 * rows / o->limit_ms) : akin_json_null(), "share_of_limit",
        o->limit_ms > 0 ? akin_json_real(o->limit_ms / o->step_ms[1]) : akin_json_null(), "onednn_ms",
        o->onednn_ms, "share_of_onednn",
        o->onednn_ms > 0 ? akin_json_real(o->onednn_ms / o->step_ms[1]) : akin_json_null(), "convolution_ms",
        o->convolution_ms, "dense_ms", o->dense_ms, "norm_ms", o->norm_ms, "phases_ms", phases, "layers",
        layers_json(o));
}

static void print_line(const char *what, double ms, double mean)
{
    akin_print(stdout, "    %-28s %9.2f ms  %5.1f %%\n", what, ms, 100 * ms / mean);
}

static void print_outcome(const cli_args *args, const outcome *o)
{
    const double rows = rows_of(args), step = o->step_ms[1];
    akin_print(stdout, "%s: %.1f ms a step (quartiles %.1f to %.1f of %lld): %.0f images/s\n", o->precision,
               step, o->step_ms[0], o->step_ms[2], (long long)o->steps, 1e3 * rows / step);
    if (o->limit_ms > 0)
        printf("    the fastest convolutions alone need %.1f ms: at most %.0f images/s, of which the step "
               "reaches %.1f %%\n",
               o->limit_ms, 1e3 * rows / o->limit_ms, 100 * o->limit_ms / step);
    if (o->onednn_ms > 0)
        printf("    oneDNN's alone need %.1f ms: %.0f images/s, of which the step reaches %.1f %%\n",
               o->onednn_ms, 1e3 * rows / o->onednn_ms, 100 * o->onednn_ms / step);
    double mean = 0; /* medians of parts would not add up */
    for (int i = 0; i < AKIN_PHASE_LOG; i++) mean += o->phase_ms[i];
    const bool blocks = o->count > 0 && strcmp(o->layers[o->count - 1].name, "blocks") == 0;
    print_line(blocks ? "transformer" : "convolutions", o->convolution_ms, mean);
    print_line("norms, ReLU, residuals", o->norm_ms, mean);
    print_line("linear layers", o->dense_ms, mean);
    const double encoder = o->phase_ms[AKIN_PHASE_FORWARD] + o->phase_ms[AKIN_PHASE_BACKWARD];
    print_line("input, pooling, copies", encoder - o->convolution_ms - o->norm_ms - o->dense_ms, mean);
    for (int i = 0; i < AKIN_PHASE_LOG; i++)
        if (i != AKIN_PHASE_FORWARD && i != AKIN_PHASE_BACKWARD)
            print_line(akin_phase_name((akin_phase)i), o->phase_ms[i], mean);
}

static void print_layers(const outcome *o)
{
    akin_print(stdout, "    %-24s %-30s %20s %20s %20s\n", "layer: ms, and limit", "", "forward", "to data",
               "to weights");
    for (int32_t i = 0; i < o->count; i++) {
        const layer *l = &o->layers[i];
        akin_print(stdout, "    %-24s %-30s", l->name, l->what);
        for (int k = 0; k < 3; k++) printf(" %9.2f (%8.2f)", l->took[k], l->limit[k]);
        putchar('\n');
    }
}

static akin_status measure(const cli_args *args, const char *folder, akin_json *all, akin_error *err)
{
    static const char *const PRECISIONS[] = { "f32", "bf16" };
    outcome *o = malloc(sizeof *o);
    akin_status status = o ? AKIN_OK : cli_set_error(err, AKIN_ERR_NOMEM, "out of memory");
    for (int i = 0; i < 2 && !status; i++) {
        if (cli_given(args, "precision") && strcmp(cli_text(args, "precision"), PRECISIONS[i]) != 0) continue;
        memset(o, 0, sizeof *o);
        o->precision = PRECISIONS[i];
        status = train(args, folder, o, err);
        if (!status) status = limits(args, o, err);
        if (status == AKIN_ERR_UNSUPPORTED && !cli_given(args, "precision")) {
            cli_note(args, "%s is left out: %s", o->precision, err->message);
            status = AKIN_OK;
            continue;
        }
        if (status) break;
        akin_json_append(all, outcome_json(args, o));
        if (args->json) continue;
        print_outcome(args, o);
        if (cli_flag(args, "layers")) print_layers(o);
        fflush(stdout);
    }
    free(o);
    return status;
}

int cli_bench_train(const cli_args *args)
{
    if (cli_given(args, "precision") && strcmp(cli_text(args, "precision"), "f64") == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "encoders have f32 and bf16; --precision f64 is not one of them");
    char folder[CLI_NOISE_PATH], data[CLI_NOISE_PATH + 64];
    akin_error err;
    cli_stop_watch(); /* the folder goes, whatever ends it */
    if (cli_noise_folder(folder, &err)) return cli_fail(args, &err);
    snprintf(data, sizeof data, "%s/images.npy", folder);
    akin_status status = cli_noise_images(data, cli_int(args, "batch") / 2 * BATCHES, cli_int(args, "size"),
                                          cli_int(args, "channels"), (uint64_t)cli_int(args, "seed"), &err);
    akin_json *all = akin_json_array();
    if (!args->json)
        akin_print(stdout, "%s, %lldx%lldx%lld, %.0f images (views) a step, %s and sgd, %d threads, %s\n",
                   cli_text(args, "encoder"), (long long)cli_int(args, "size"),
                   (long long)cli_int(args, "size"), (long long)cli_int(args, "channels"), rows_of(args),
                   cli_text(args, "loss"), akin_threads(), akin_isa());
    if (!status) status = measure(args, folder, all, &err);
    cli_noise_remove(folder);
    const bool stopped = status == AKIN_ERR_INTERRUPTED;
    int code = stopped  ? cli_error(args, status, "stopped; nothing is kept")
               : status ? cli_fail(args, &err)
                        : 0;
    if (stopped) code = 128 + cli_stop_asked();
    if (!code && args->json)
        return cli_print_json(args, akin_json_pack("{s:s,s:I,s:I,s:I,s:s,s:i,s:o}", "encoder",
                                                   cli_text(args, "encoder"), "rows", (int64_t)rows_of(args),
                                                   "size", (int64_t)cli_int(args, "size"), "channels",
                                                   (int64_t)cli_int(args, "channels"), "isa", akin_isa(),
                                                   "threads", akin_threads(), "results", all));
    akin_json_free(all);
    return code;
}
