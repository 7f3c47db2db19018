/* SPDX-License-Identifier: Apache-2.0 */
/* cli/akin_import.c - akin import: weights that were trained elsewhere as a run. */
#include "command/command.h"

#include "akin/tool/train.h"
#include "akin/tool/weights.h"

#include <stdio.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "RUN", 0, 0, "folder of the run; also -o; made if it does not exist" },
    { "encoder", AKIN_OPT_TEXT, NULL, "NAME", 0, 0,
      "which network: resnet18, resnet34, resnet50, resnet101, vgg16 or another of akin train --encoder "
      "list; the stem is that of the file [as FILE says, if akin export wrote it]" },
    { "prefix", AKIN_OPT_TEXT, NULL, "NAME", 0, 0,
      "of a file with several networks, such as student and teacher: what the names of the tensors begin "
      "with [found, where there is one]" },
    { "size", AKIN_OPT_INT, NULL, "PIXELS", 1, 4096,
      "of the images: the middle square that is kept [as FILE says; else 224, of a 3x3 stem 32]" },
    { "resize", AKIN_OPT_INT, NULL, "PIXELS", 1, 4096,
      "what the shorter side becomes before [as FILE says; else 256 where the size is 224 and not given; "
      "else the size]" },
    { "mean", AKIN_OPT_TEXT, NULL, "NUMBERS", 0, 0,
      "of pixels from 0 to 1, one or one a channel [as FILE says; else 0.485,0.456,0.406, ImageNet's]" },
    { "std", AKIN_OPT_TEXT, NULL, "NUMBERS", 0, 0,
      "their deviation [as FILE says; else 0.229,0.224,0.225, ImageNet's]" },
    { "set", AKIN_OPT_TEXT, NULL, "NAME=VALUE", 0, 0,
      "an option of akin train that eval, diagnose or prune read, such as temperature=0.2; may be repeated" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace the run that RUN holds" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static akin_status set_option(const char *name, const char *value, void *config, akin_error *err)
{
    return akin_train_config_set(config, name, value, err);
}

static akin_status configure(const cli_args *args, akin_train_config *c, akin_error *err)
{
    static const char *const NAMES[] = { "encoder", "size", "resize", "seed", NULL };
    akin_status status = AKIN_OK;
    for (int i = 0; NAMES[i] && !status; i++)
        if (cli_given(args, NAMES[i]))
            status = akin_train_config_set(c, NAMES[i], cli_text(args, NAMES[i]), err);
    if (!status && cli_given(args, "set"))
        status = akin_option_pairs(cli_text(args, "set"), set_option, c, err);
    return status;
}

static void on_message(const char *line, void *ctx) { cli_note(ctx, "%s", line); }

/* What run.json says of it. */
static int print_result(const cli_args *args, const char *run)
{
    char path[4096];
    akin_json *root = NULL;
    snprintf(path, sizeof path, "%s/run.json", run);
    akin_error err;
    if (akin_json_load(path, (size_t)64 << 20, 0, &root, &err)) return cli_fail(args, &err);
    akin_json *out = akin_json_pack("{s:o,s:O,s:O}", "run", akin_json_text(run), "encoder",
                                    akin_json_get(root, "encoder"), "import", akin_json_get(root, "import"));
    akin_json_free(root);
    return cli_print_json(args, out);
}

static int run(const cli_args *args)
{
    const char *out = cli_text(args, "out");
    if (!out) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the folder of the run with -o RUN");
    akin_error err;
    akin_train_config *c = NULL;
    akin_import_opts opts = AKIN_IMPORT_OPTS_INIT;
    if (akin_train_config_create(&c, &err)) return cli_fail(args, &err);
    opts.force = cli_flag(args, "force");
    opts.prefix = cli_text(args, "prefix");
    opts.mean = cli_text(args, "mean");
    opts.std = cli_text(args, "std");
    opts.data = args->positionals > 1 ? args->positional[1] : NULL;
    opts.command = cli_command_line();
    opts.ctx = (void *)args;
    opts.on_message = on_message;
    akin_status status = configure(args, c, &err);
    if (!status) status = akin_import(args->positional[0], out, c, &opts, &err);
    akin_train_config_free(c);
    if (status) return cli_fail(args, &err);
    return args->json ? print_result(args, out) : 0;
}

static const cli_example EXAMPLES[] = {
    { "A network of torchvision's as a run", "akin import net.safetensors --encoder resnet18 -o runs/net" },
    { NULL, NULL },
};

const cli_verb cli_import = {
    .name = "import",
    .line = "weights trained elsewhere, as a run",
    .usage = "FILE.safetensors [DATA] [--encoder NAME] -o RUN",
    .text =
        "The tensors of FILE have the names of torchvision, timm or akin. A file of akin export says its "
        "encoder "
        "and\nits images; of another --encoder names it. The run embeds images as the network did where it "
        "was "
        "trained,\nand 'akin train DATA --init RUN' goes on from it. DATA becomes the run's own, for eval, "
        "diagnose, prune and\nbounds. What of the file is not taken, and what does not fit, is told.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
};
