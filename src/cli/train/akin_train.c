/* SPDX-License-Identifier: Apache-2.0 */
/* cli/train/akin_train.c - akin train: options into a configuration, signals into a stop, progress onto
 * stderr. */
#include "cli/bounds/bounds.h"
#include "cli/stop.h"
#include "cli/train/progress.h"
#include "cli/train/train_bounds.h"
#include "command/terminal.h"

#include "akin/tool/model.h"
#include "akin/tool/nn.h"
#include "akin/tool/train.h"
#include "akin/tool/escape.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "RUN", 0, 0, "folder of the run; made if it does not exist" },
    { "resume", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "go on from the newest checkpoint of RUN; begin if there is none" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace the run that RUN holds" },
    { "config", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "options as JSON, such as the run.json of another run" },
    { "bounds", AKIN_OPT_TEXT, NULL, "LIST", 0, 0,
      "bounds of these papers at each checkpoint (needs labels); 'all', or names of akin bounds --only "
      "list" },
    { "profile", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "tell at the end where the time went, by phase and layer; profile.json holds the same" },
    { "set", AKIN_OPT_TEXT, NULL, "NAME=VALUE", 0, 0,
      "an option by name, as in a configuration file; may be repeated" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Progress ------------------------------------------------------------------------------------------- */

typedef struct screen {
    const cli_args *args;
    bool terminal;
    double last_s; /* elapsed_s of the last line on something that is no terminal */
    bool open;     /* an unfinished line is on the terminal */
    cli_train_bounds bounds;
} screen;

static bool should_stop(void *ctx)
{
    (void)ctx;
    return cli_stop_asked() != 0;
}

static void on_message(const char *line, void *ctx)
{
    screen *s = ctx;
    if (s->args->quiet) return;
    akin_print(stderr, s->open ? "\r\033[K%s\n" : "%s\n", line);
    s->open = false;
}

static void on_checkpoint(int64_t step, int64_t epoch, void *ctx)
{
    screen *s = ctx;
    if (s->open) fputc('\n', stderr);
    s->open = false;
    cli_train_bounds_step(&s->bounds, step, epoch);
}

static void on_progress(const akin_train_progress *p, void *ctx)
{
    screen *s = ctx;
    const cli_args *args = s->args;
    if (args->json && !ferror(stdout)) cli_print_json(args, cli_progress_json(p));
    if (args->quiet) return;
    const bool last = p->step == p->steps;
    if (!s->terminal && !last && p->elapsed_s - s->last_s < 10) return;
    s->last_s = p->elapsed_s;
    char line[CLI_PROGRESS_LINE];
    /* the last column stays empty: some terminals begin the next line as soon as it is filled */
    cli_progress_line(p, s->terminal ? cli_terminal_columns() - 1 : CLI_PROGRESS_LINE - 1, line);
    akin_print(stderr, s->terminal ? "\r\033[K%s" : "%s", line); /* over the line before */
    s->open = s->terminal && !last;
    if (!s->open) fputc('\n', stderr);
    fflush(stderr);
}

/* The last line of --json: what DONE says, and of which run. */
static int print_done(const cli_args *args, const char *run)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/DONE", run);
    akin_json *done = NULL;
    akin_error err;
    if (akin_json_load(path, 1 << 20, 0, &done, &err)) return cli_fail(args, &err);
    if (!akin_json_is_object(done)) {
        akin_json_free(done);
        return cli_error(args, AKIN_ERR_INPUT, "'%s' holds no object any more", path);
    }
    akin_json_put(done, "run", akin_json_text(run));
    return cli_print_json(args, done);
}

/* Lists ---------------------------------------------------------------------------------------------- */

static int list_encoders(const cli_args *args)
{
    akin_json *all = akin_json_array();
    if (!args->json)
        akin_print(stdout, "%-15s %12s %10s %9s\n", "encoder", "parameters", "MMAC/32x32", "features");
    const akin_encoder_kind *kind;
    for (int i = 0; (kind = akin_encoder_kind_at(i)) != NULL; i++) {
        akin_encoder_opts opts = AKIN_ENCODER_OPTS_INIT;
        opts.name = kind->name;
        akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
        if (akin_encoder_describe(&opts, 32, 32, 3, &info, NULL)) continue;
        if (args->json)
            akin_json_append(all, akin_json_pack("{s:s,s:I,s:I,s:I,s:s}", "name", kind->name, "parameters",
                                                 (int64_t)info.parameters, "macs_32x32x3",
                                                 (int64_t)info.macs_per_image, "features",
                                                 (int64_t)info.features, "line", kind->help));
        else
            akin_print(stdout, "%-15s %12lld %10.2f %9lld  %s\n", kind->name, (long long)info.parameters,
                       1e-6 * (double)info.macs_per_image, (long long)info.features, kind->help);
    }
    const akin_encoder_kind *text;
    for (int i = 0; (text = akin_text_encoder_at(i)) != NULL; i++) {
        if (args->json)
            akin_json_append(all, akin_json_pack("{s:s,s:n,s:n,s:n,s:s}", "name", text->name, "parameters",
                                                 "macs_32x32x3", "features", "line", text->help));
        else
            akin_print(stdout, "%-15s %12s %10s %9s  %s\n", text->name, "vocabulary", "", "", text->help);
    }
    akin_json *root = akin_json_pack("{s:o}", "encoders", all);
    if (args->json) return cli_print_json(args, root);
    akin_json_free(root);
    return 0;
}

/* The run -------------------------------------------------------------------------------------------- */

static akin_status set_option(const char *name, const char *value, void *config, akin_error *err)
{
    return akin_train_config_set(config, name, value, err);
}

static akin_status configure(const cli_args *args, akin_train_config *c, akin_error *err)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++) {
        if (!cli_given(args, o->name)) continue;
        const akin_status status = akin_train_config_set(c, o->name, cli_text(args, o->name), err);
        if (status) return status;
    }
    if (cli_given(args, "set")) {
        const akin_status status = akin_option_pairs(cli_text(args, "set"), set_option, c, err);
        if (status) return status;
    }
    return cli_given(args, "config") ? akin_train_config_load(c, cli_text(args, "config"), err) : AKIN_OK;
}

/* What is to be done, as asked. */
typedef struct task {
    const char *data, *out;
    bool resume;
} task;

static akin_status ask(const cli_args *args, task *t, akin_error *err)
{
    *t = (task){ .data = args->positionals ? args->positional[0] : NULL,
                 .out = cli_text(args, "out"),
                 .resume = cli_flag(args, "resume") };
    if (!t->out && t->resume && t->data) { /* akin train --resume RUN */
        t->out = t->data;
        t->data = NULL;
    }
    if (!t->out)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "where to? name the folder of the run with --out RUN");
    if (!t->data && !t->resume)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "which data? usage: akin train DATA --out RUN");
    return cli_given(args, "bounds") ? cli_bounds_check(cli_text(args, "bounds"), err) : AKIN_OK;
}

static akin_status train(const cli_args *args, const task *t, const akin_train_config *c, screen *s,
                         akin_error *err)
{
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    opts.resume = t->resume;
    opts.force = cli_flag(args, "force");
    opts.ctx = s;
    opts.on_message = on_message;
    opts.on_progress = on_progress;
    opts.should_stop = should_stop;
    opts.command = cli_command_line();
    opts.profile = cli_flag(args, "profile");
    opts.ranks = cli_ranks();
    opts.recipe = cli_given(args, "config") ? NULL : "auto"; /* a file of options says all of them */
    if (s->bounds.list) opts.on_checkpoint = on_checkpoint;
    return akin_train(t->data, t->out, c, &opts, err);
}

static int run(const cli_args *args)
{
    if (cli_given(args, "encoder") && strcmp(cli_text(args, "encoder"), "list") == 0)
        return list_encoders(args);
    akin_error err;
    task t;
    akin_train_config *c = NULL;
    screen s = { .args = args, .terminal = cli_terminal() };
    akin_status status = ask(args, &t, &err);
    if (!status) status = akin_train_config_create(&c, &err);
    if (!status) status = configure(args, c, &err);
    s.bounds = (cli_train_bounds){ .args = args, .run = t.out, .list = cli_text(args, "bounds") };
    if (!status) {
        cli_stop_watch();
        status = cli_train_bounds_check(&s.bounds, t.data, c, t.resume, &err);
    }
    status = akin_ranks_agree(cli_ranks(), status, &err);
    if (!status) status = train(args, &t, c, &s, &err);
    akin_train_config_free(c);
    cli_train_bounds_free(&s.bounds);
    if (s.open) fputc('\n', stderr);
    if (status == AKIN_OK) return args->json && !ferror(stdout) ? print_done(args, t.out) : 0;
    const int code = cli_fail(args, &err);
    const int signal = cli_stop_asked(); /* of several ranks the first one is asked */
    return status == AKIN_ERR_INTERRUPTED ? 128 + (signal ? signal : SIGTERM) : code;
}

static const cli_heading HEADINGS[] = {
    { "bounds", "record", "What else is kept of the run, and options by name" },
    { "loss", "loss", "What is learned: loss and pairs" },
    { "epochs", "steps", "Steps" },
    { "optimizer", "optimizer", "Optimiser and rate" },
    { "encoder", "encoder", "Encoder" },
    { "workers", "running", "Running" },
    { "format", "data", "What the data are" },
    { "warn-std", "warnings", "Warnings of collapse" },
    { "size", "reading", "Reading; images" },
    { "augment", "views", "Views of images" },
    { "max-words", "text", "Text" },
    { "label-column", "vectors", "Vectors and tables" },
    { "temperature", "parameters", "Parameters of losses; akin loss --list tells whose" },
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "Learn from images", "akin train digits --out runs/a" },
    { "Go on after Ctrl-C or a crash; of a complete run, tell its end", "akin train --resume runs/a" },
    { "Another loss, encoder and rate",
      "akin train digits --out runs/b --loss dcl --encoder cnn4 --lr 0.001" },
    { "The same settings from a file, with one of them changed",
      "akin train digits --out runs/c --config runs/a/run.json --seed 1" },
    { "Text, a line an item", "akin train notes.txt --out runs/text --text-view erase" },
    { NULL, NULL },
};

const cli_verb cli_train = {
    .name = "train",
    .line = "learn an encoder from unlabelled images, text or vectors",
    .usage = "DATA --out RUN   |   --resume RUN",
    .text =
        "DATA is a folder of images, or of IDX or CIFAR files, an array (.npy), a table, or text: lines or a "
        "folder\nof documents ('akin inspect DATA' tells what it is taken for). Labels are not needed. The "
        "run "
        "folder RUN then\nholds run.json, metrics.jsonl, TensorBoard events, checkpoints/ and, at the end, "
        "DONE. "
        "Ctrl-C writes a\ncheckpoint and stops; --resume goes on from it, to the same bits.",
    .opts = OPTIONS,
    .more = akin_train_option_at,
    .headings = HEADINGS,
    .basic = "loss epochs recipe budget batch-size lr encoder augment temperature",
    .examples = EXAMPLES,
    .least = 0,
    .most = 1,
    .run = run,
    .ranks = true,
};
