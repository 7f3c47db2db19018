/* SPDX-License-Identifier: Apache-2.0 */
/* cli/prune/prune.c - akin prune: how difficult each training item is, and a list of those that stay. */
#include "cli/prune/prune.h"
#include "cli/trained.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "the keep-list; also -o. akin train --keep FILE reads it" },
    { "drop-difficult", AKIN_OPT_REAL, NULL, "F", 0, 1,
      "drop this share of all items, the most difficult by --by" },
    { "keep", AKIN_OPT_REAL, NULL, "F", 0, 1,
      "drop the most difficult until this share of all items is left" },
    { "random", AKIN_OPT_REAL, NULL, "F", 0, 1,
      "drop this share of all items at random by --seed: the control" },
    { "dedup", AKIN_OPT_REAL, NULL, "EPS", 0, 1,
      "drop copies: all but the first of items with cosine >= 1 - EPS; 0 = only exact ones" },
    { "by", AKIN_OPT_CHOICE, "loss", "loss|loss-sd|agreement|margin|rivals|collision|density|gap|window", 0,
      0, "which score says what is difficult (docs/prune.md)" },
    { "scores", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "write all scores as a table, one item a line, tabs between" },
    { "with", AKIN_OPT_TEXT, NULL, "RUN2,...", 0, 0,
      "compare with these runs: rank correlations, and in the table how far each item's place varies" },
    { "over-checkpoints", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "compare with the run's other checkpoints; akin train --keep-every keeps some" },
    { "consensus", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "order items by their mean place over all runs and checkpoints that are compared" },
    { "draws", AKIN_OPT_INT, "4", "N", 1, 1000, "random view pairs of each item" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0,
      "which layer; the loss is always that of the projector" },
    { "whiten", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "whiten features and views first, by which cosines tell more apart; not for the loss" },
    { "others", AKIN_OPT_INT, "1023", "N", 1, 1e7, "items that the loss compares each with" },
    { "neighbours", AKIN_OPT_INT, "10", "K", 1, 1000, "nearest items looked at" },
    { "temperature", AKIN_OPT_REAL, "0.5", "T", 1e-3, 1e3, "of the loss; a run knows its own" },
    { "difficult-share", AKIN_OPT_REAL, "0.08", "F", 1e-6, 0.999, "share that counts as the difficult set" },
    { "pos-high", AKIN_OPT_REAL, "0.15", "F", 0, 1, "window: share of items that is taken for kin" },
    { "pos-low", AKIN_OPT_REAL, "0.22", "F", 0, 1, "window: from here on others are easy" },
    { "data", AKIN_OPT_TEXT, NULL, "DATA", 0, 0, "another data set than the run's own" },
    { "checkpoint", AKIN_OPT_TEXT, "newest", "WHICH", 0, 0, "newest, best (lowest training loss) or a step" },
    CLI_WEIGHTS_OPTION,
    { "size", AKIN_OPT_INT, NULL, "PIXELS", 0, 4096, "resize and crop images to a square [as the run]" },
    { "on-bad", AKIN_OPT_CHOICE, NULL, "stop|skip", 0, 0,
      "images that cannot be read: stop, or leave out and count [as the run]" },
    { "max-bad", AKIN_OPT_REAL, NULL, "FRACTION", 0, 1,
      "with --on-bad skip: stop when more than this is unreadable [as the run]" },
    { "cache", AKIN_OPT_INT, NULL, "MIB", 0, 1e9,
      "images in memory, the others are read anew; 0 = none [as the run]" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace files that exist" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Arguments ------------------------------------------------------------------------------------------------ */

static bool asked(const cli_args *args)
{
    return cli_given(args, "drop-difficult") || cli_given(args, "keep") || cli_given(args, "random") ||
           cli_given(args, "dedup");
}

static int check_together(const cli_args *args)
{
    const bool drop = cli_given(args, "drop-difficult"), keep = cli_given(args, "keep"),
               random = cli_given(args, "random");
    if (drop && keep)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--drop-difficult says how many go and --keep how many stay; give one of them");
    if (random && (drop || keep))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--random is the control of --%s and makes a list of its own; give one of them",
                         drop ? "drop-difficult" : "keep");
    if (cli_given(args, "by") && asked(args) && !drop && !keep && !cli_given(args, "scores"))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--by orders items for --drop-difficult and --keep, and neither is given");
    if (!(cli_real(args, "pos-high") < cli_real(args, "pos-low")))
        return cli_error(args, AKIN_ERR_RANGE, "--pos-high is %g; it must be less than --pos-low, %g",
                         cli_real(args, "pos-high"), cli_real(args, "pos-low"));
    if (cli_flag(args, "consensus") && !cli_prune_compares(args))
        return cli_error(
            args, AKIN_ERR_ARGUMENT,
            "--consensus is of several runs or checkpoints; name them with --with RUN2,... or give "
            "--over-checkpoints");
    if (strcmp(cli_text(args, "by"), "loss-sd") == 0 && cli_int(args, "draws") < 2)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--by loss-sd needs --draws of 2 at least");
    return -1;
}

/* Minutes of work are not to end in "no such folder". */
static bool has_folder(const char *file)
{
    char folder[4096];
    const char *slash = strrchr(file, '/');
    if (!slash) return true;
    snprintf(folder, sizeof folder, "%.*s", (int)(slash == file ? 1 : slash - file), file);
    return access(folder, W_OK) == 0;
}

static int check_files(const cli_args *args)
{
    static const char *const FILES[] = { "out", "scores" };
    const char *out = cli_text(args, "out"), *scores = cli_text(args, "scores");
    if (!asked(args) && (out || !(scores || cli_prune_compares(args))))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "what is to go? give --drop-difficult F, --keep F, --random F or --dedup EPS%s",
                         out ? "" : " with -o FILE, or --scores FILE alone");
    if (asked(args) && !out && !scores)
        return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the keep-list with -o FILE");
    if (out && scores && strcmp(out, scores) == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT, "-o and --scores both name '%s'", out);
    for (int i = 0; i < 2; i++) {
        const char *file = cli_text(args, FILES[i]);
        if (file && access(file, F_OK) == 0 && !cli_flag(args, "force"))
            return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", file);
        if (file && !has_folder(file))
            return cli_error(args, AKIN_ERR_IO, "'%s' cannot be written: its folder is missing or closed",
                             file);
    }
    return -1;
}

/* ---------------------------------------------------------------------------------------------------------- */

static akin_status no_memory(akin_error *err)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory for the items");
    return AKIN_ERR_NOMEM;
}

static akin_status sort_items(cli_prune *p, akin_error *err)
{
    const int64_t n = p->part.n;
    const double *score = akin_difficulty_score(p->d, p->by);
    p->order = malloc((size_t)n * sizeof *p->order);
    if (!p->order) return no_memory(err);
    if (!isnan(score[0]) && cli_flag(p->args, "consensus"))
        return akin_difficulty_order(p->rank[0], n, -1, p->order, err);
    if (!isnan(score[0])) return akin_difficulty_order(score, n, akin_score_sign(p->by), p->order, err);
    err->status = AKIN_ERR_INPUT;
    snprintf(err->message, sizeof err->message,
             "--by gap needs labels of two classes, which '%.300s' has not", akin_dataset_name(p->set));
    return AKIN_ERR_INPUT;
}

/* Why each item goes: as a copy, else for what else was asked. */
static void tally(cli_prune *p)
{
    const int64_t *group = p->d ? akin_difficulty_groups(p->d) : p->same;
    for (int64_t i = 0; i < p->part.n; i++) {
        if (p->kept[i])
            p->left++;
        else if (cli_given(p->args, "dedup") && group[i] != i)
            p->copies++;
        else if (cli_given(p->args, "random"))
            p->random++;
        else
            p->difficult++;
    }
}

static akin_status choose(cli_prune *p, akin_error *err)
{
    const cli_args *args = p->args;
    akin_prune_opts o = AKIN_PRUNE_OPTS_INIT;
    o.copies = cli_given(args, "dedup");
    if (cli_given(args, "drop-difficult")) o.drop = cli_real(args, "drop-difficult");
    if (cli_given(args, "random")) o.random = cli_real(args, "random");
    if (cli_given(args, "keep")) o.keep = cli_real(args, "keep");
    o.seed = (uint64_t)cli_int(args, "seed");
    p->kept = malloc((size_t)p->part.n);
    if (!p->kept) return no_memory(err);
    memset(p->kept, 1, (size_t)p->part.n);
    akin_status status = AKIN_OK;
    if (asked(args))
        status =
            akin_prune(p->order, p->d ? akin_difficulty_groups(p->d) : p->same, p->part.n, &o, p->kept, err);
    if (!status) tally(p);
    return status;
}

/* A random list, and exact copies, need no encoder. */
static bool needs_scores(const cli_args *args)
{
    return cli_given(args, "drop-difficult") || cli_given(args, "keep") || cli_given(args, "scores") ||
           cli_prune_compares(args) || (cli_given(args, "dedup") && cli_real(args, "dedup") > 0);
}

static akin_status prune(cli_prune *p, akin_error *err)
{
    const cli_args *args = p->args;
    akin_model *model = NULL;
    akin_status status = cli_open_model(args, p->run, &model, err);
    if (!status) status = cli_open_set(args, model, p->data, &p->set, err);
    p->part = (akin_split_view)AKIN_SPLIT_VIEW_INIT;
    if (!status) status = akin_dataset_split(p->set, "train", AKIN_TARGET_AUTO, &p->part, err);
    if (!status) status = cli_prune_same(p, err);
    if (!status) p->step = akin_model_step(model);
    if (!status && needs_scores(args)) status = cli_prune_measure(p, model, err);
    if (!status && p->d) status = sort_items(p, err);
    if (!status) status = choose(p, err);
    if (!status && cli_given(args, "out")) status = cli_prune_keep(p, cli_text(args, "out"), err);
    if (!status && cli_given(args, "scores")) status = cli_prune_scores(p, cli_text(args, "scores"), err);
    if (!status && p->d) status = cli_prune_gallery(p, err);
    akin_model_free(model);
    return status;
}

/* Text ------------------------------------------------------------------------------------------------------ */

static void print_scores(const akin_json *root)
{
    size_t i;
    akin_json *s;
    printf("%-10s %10s %10s %10s  %-6s  %s\n", "score", "least", "median", "greatest", "hard", "");
    AKIN_JSON_ITEMS(akin_json_get(root, "scores"), i, s)
    {
        if (!akin_json_get(s, "median")) continue;
        printf("%-10s %10.4g %10.4g %10.4g  %-6s  %s", akin_json_as_text(akin_json_get(s, "name")),
               akin_json_as_real(akin_json_get(s, "least")), akin_json_as_real(akin_json_get(s, "median")),
               akin_json_as_real(akin_json_get(s, "greatest")),
               akin_json_as_text(akin_json_get(s, "difficult")),
               akin_json_as_text(akin_json_get(s, "means")));
        const akin_json *rho = akin_json_get(s, "rank_correlation");
        if (akin_json_is_real(rho)) printf("; rank correlation %.3f", akin_json_as_real(rho));
        putchar('\n');
    }
}

static void tell(const cli_prune *p, const akin_json *root)
{
    const cli_args *args = p->args;
    if (p->d && !args->quiet) print_scores(root);
    if (asked(args) && !args->quiet)
        printf("%lld of %lld items stay; %lld go as difficult, %lld as copies, %lld at random\n",
               (long long)p->left, (long long)p->part.n, (long long)p->difficult, (long long)p->copies,
               (long long)p->random);
    const int64_t gone = p->part.n - p->left;
    if (gone > 0 && !cli_given(args, "random"))
        cli_note(args, "a control of the same size: akin prune %s --random %.9g -o FILE", p->run,
                 (double)gone / (double)p->part.n);
}

static int run(const cli_args *args)
{
    int refused = check_together(args);
    if (refused < 0) refused = check_files(args);
    if (refused >= 0) return refused;
    akin_error err;
    cli_prune p = { .args = args, .run = args->positional[0], .data = cli_text(args, "data") };
    for (akin_score s = 0; s < AKIN_SCORES; s++) {
        p.stable[s] = NAN;
        if (strcmp(akin_score_name(s), cli_text(args, "by")) == 0) p.by = s;
    }
    const akin_status status = prune(&p, &err);
    int code = status ? cli_fail(args, &err) : 0;
    if (!code) {
        akin_json *root = cli_prune_json(&p);
        if (cli_given(args, "out")) akin_json_put(root, "keep", cli_json_text(cli_text(args, "out")));
        if (args->json)
            code = cli_print_json(args, akin_json_share(root));
        else
            tell(&p, root);
        akin_json_free(root);
    }
    akin_difficulty_free(p.d);
    akin_dataset_free(p.set);
    free(p.order);
    free(p.same);
    free(p.kept);
    for (int k = 0; k < 2; k++) {
        free(p.rank[k]);
        free(p.loss[k]);
    }
    return code;
}

static const cli_example EXAMPLES[] = {
    { "A list without the most difficult tenth and without copies",
      "akin prune runs/a -o keep.txt --drop-difficult 0.1 --dedup 0.01" },
    { "Its control, as many items left out at random",
      "akin prune runs/a -o random.txt --random 0.1 --seed 1" },
    { NULL, NULL },
};

const cli_verb cli_prune_verb = {
    .name = "prune",
    .line = "rank training items by difficulty, find copies, list what to keep",
    .usage = "RUN -o keep.txt [--drop-difficult F | --keep F | --random F] [--dedup EPS] [--by SCORE]",
    .text = "Embeds the training part and random views of it, scores every item, and writes a keep-list for "
            "akin train "
            "--keep:\none name a line. Shares are of all items; a list with a smaller share to drop always "
            "holds the list "
            "with a greater one.\nLabels serve the score gap and the counts of classes alone. docs/prune.md "
            "tells what each score "
            "finds. Writes "
            "RUN/gallery/difficulty.*, which\nakin report shows.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 1,
    .run = run,
};
