/* SPDX-License-Identifier: Apache-2.0 */
/* cli/akin_prune.c - akin prune: how difficult each training item is, and a list of those that stay. */
#include "cli/trained.h"

#include "akin/tool/dataset.h"
#include "akin/tool/items.h"
#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "the keep-list; also -o. akin train --keep FILE reads it" },
    { "drop-difficult", AKIN_OPT_REAL, NULL, "F", 0, 1,
      "drop this share of all items, the most difficult by --by" },
    { "keep", AKIN_OPT_REAL, NULL, "F", 0, 1,
      "drop the most difficult until this share of all items is left" },
    { "random", AKIN_OPT_REAL, NULL, "F", 0, 1,
      "drop this share of all items at random by --seed: the control" },
    { "dedup", AKIN_OPT_TEXT, NULL, "EPS|auto", 0, 0,
      "drop copies: items whose cosine with one that stays is 1 - EPS or more; 0 = exact ones, auto = "
      "suggested" },
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
    CLI_READING_OPTIONS,
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace files that exist" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

enum { MOST_CHECKPOINTS = 1000 };

/* Arguments ------------------------------------------------------------------------------------------ */

static bool asked(const cli_args *args)
{
    return cli_given(args, "drop-difficult") || cli_given(args, "keep") || cli_given(args, "random") ||
           cli_given(args, "dedup");
}

static bool compares(const cli_args *args)
{
    return cli_given(args, "with") || cli_flag(args, "over-checkpoints");
}

static const akin_opt_desc DEDUP = { "dedup", AKIN_OPT_REAL, NULL, "EPS", 0, 1, NULL };

/* --dedup as a number; -1 where it is not given. */
static double dedup(const cli_args *args)
{
    double eps = -1;
    const char *text = cli_text(args, "dedup");
    if (!text) return -1;
    if (strcmp(text, "auto") == 0) return AKIN_DUPLICATE_SUGGESTED;
    akin_opt_check(&DEDUP, text, &eps, NULL);
    return eps;
}

static int check_dedup(const cli_args *args)
{
    akin_error err;
    const char *text = cli_text(args, "dedup");
    if (!text || strcmp(text, "auto") == 0 || akin_opt_check(&DEDUP, text, NULL, &err) == AKIN_OK) return -1;
    return cli_error(args, AKIN_ERR_RANGE, "%s, or auto", err.message);
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
    if (cli_flag(args, "consensus") && !compares(args))
        return cli_error(
            args, AKIN_ERR_ARGUMENT,
            "--consensus is of several runs or checkpoints; name them with --with RUN2,... or give "
            "--over-checkpoints");
    if (strcmp(cli_text(args, "by"), "loss-sd") == 0 && cli_int(args, "draws") < 2)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--by loss-sd needs --draws of 2 at least");
    return -1;
}

static int check_files(const cli_args *args)
{
    static const char *const FILES[] = { "out", "scores" };
    const char *out = cli_text(args, "out"), *scores = cli_text(args, "scores");
    if (!asked(args) && (out || !(scores || compares(args))))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "what is to go? give --drop-difficult F, --keep F, --random F or --dedup EPS%s",
                         out ? "" : " with -o FILE, or --scores FILE alone");
    if (asked(args) && !out && !scores)
        return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the keep-list with -o FILE");
    if (out && scores && strcmp(out, scores) == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT, "-o and --scores both name '%s'", out);
    for (int i = 0; i < 2; i++) {
        const char *file = cli_text(args, FILES[i]);
        const int code = file ? cli_check_output(args, file) : -1;
        if (code >= 0) return code;
    }
    return -1;
}

/* Measuring ------------------------------------------------------------------------------------------ */

static akin_score score_named(const char *name)
{
    akin_score s = 0;
    while (s + 1 < AKIN_SCORES && strcmp(akin_score_name(s), name) != 0) s++;
    return s;
}

static akin_status open_items(const cli_args *args, akin_model *model, const akin_dataset *set,
                              akin_items **out, akin_error *err)
{
    akin_items_opts o = AKIN_ITEMS_OPTS_INIT;
    akin_difficulty_opts d = AKIN_DIFFICULTY_OPTS_INIT;
    o.layer = cli_layer(args);
    o.whiten = cli_flag(args, "whiten");
    o.consensus = cli_flag(args, "consensus");
    o.by = score_named(cli_text(args, "by"));
    o.draws = cli_int(args, "draws");
    if (cli_given(args, "temperature")) o.temperature = cli_real(args, "temperature");
    d.temperature = cli_real(args, "temperature");
    d.others = cli_int(args, "others");
    d.neighbours = cli_int(args, "neighbours");
    if (cli_given(args, "dedup")) d.duplicate = dedup(args);
    d.difficult_share = cli_real(args, "difficult-share");
    d.pos_high = cli_real(args, "pos-high");
    d.pos_low = cli_real(args, "pos-low");
    d.seed = (uint64_t)cli_int(args, "seed");
    o.difficulty = &d;
    return akin_items_open(model, set, &o, out, err);
}

static akin_status compare(const cli_args *args, akin_items *items, const char *run, const char *checkpoint,
                           akin_error *err)
{
    akin_model *model = NULL;
    akin_status status = cli_open_checkpoint(args, run, cli_weights(args), checkpoint, &model, err);
    if (!status) cli_note(args, "%s, step %lld", run, (long long)akin_model_step(model));
    if (!status) status = akin_items_compare(items, model, err);
    akin_model_free(model);
    return status;
}

/* --with RUN,RUN... */
static akin_status compare_runs(const cli_args *args, akin_items *items, akin_error *err)
{
    const char *at = cli_text(args, "with");
    akin_status status = AKIN_OK;
    while (at && *at && !status) {
        char run[4096];
        const size_t length = strcspn(at, ",");
        snprintf(run, sizeof run, "%.*s", (int)(length < sizeof run ? length : sizeof run - 1), at);
        status = compare(args, items, run, NULL, err);
        at += length + (at[length] == ',');
    }
    return status;
}

static akin_status compare_checkpoints(const cli_args *args, akin_items *items, const char *run,
                                       akin_error *err)
{
    int64_t steps[MOST_CHECKPOINTS], n = 0;
    akin_status status = akin_run_checkpoints(run, steps, MOST_CHECKPOINTS, &n, err);
    for (int i = 0; i < n && i < MOST_CHECKPOINTS && !status; i++) {
        char step[24];
        snprintf(step, sizeof step, "%lld", (long long)steps[i]);
        if (steps[i] != akin_items_look(items)->step) status = compare(args, items, run, step, err);
    }
    if (status || n > 1) return status;
    return cli_set_error(err, AKIN_ERR_INPUT,
                         "'%.300s' has no other checkpoint; akin train --keep-every EPOCHS keeps some", run);
}

/* A random list, and exact copies, need no encoder. */
static bool needs_scores(const cli_args *args)
{
    return cli_given(args, "drop-difficult") || cli_given(args, "keep") || cli_given(args, "scores") ||
           compares(args) || (cli_given(args, "dedup") && dedup(args) != 0);
}

static akin_status measure(const cli_args *args, akin_items *items, const char *run, akin_error *err)
{
    akin_status status = akin_items_measure(items, err);
    if (!status) status = compare_runs(args, items, err);
    if (!status && cli_flag(args, "over-checkpoints")) status = compare_checkpoints(args, items, run, err);
    return status;
}

static akin_status choose(const cli_args *args, akin_items *items, akin_error *err)
{
    akin_prune_opts o = AKIN_PRUNE_OPTS_INIT;
    o.copies = cli_given(args, "dedup");
    if (cli_given(args, "drop-difficult")) o.drop = cli_real(args, "drop-difficult");
    if (cli_given(args, "random")) o.random = cli_real(args, "random");
    if (cli_given(args, "keep")) o.keep = cli_real(args, "keep");
    o.seed = (uint64_t)cli_int(args, "seed");
    return akin_items_choose(items, asked(args) ? &o : NULL, err);
}

static bool has_gallery(const cli_args *args, const akin_items *items)
{
    return akin_items_look(items)->d && !cli_text(args, "data");
}

/* The files that were asked for, and the gallery of the run's own data. */
static akin_status save(const cli_args *args, const akin_items *items, const char *run, akin_error *err)
{
    const char *out = cli_text(args, "out"), *scores = cli_text(args, "scores");
    char gallery[4096];
    snprintf(gallery, sizeof gallery, "%s/gallery", run);
    akin_files *files;
    akin_status status = akin_files_create(&files, err);
    if (status) return status;
    if (has_gallery(args, items)) status = akin_items_save_gallery(items, gallery, files, err);
    if (!status && scores) status = akin_items_save_scores(items, scores, files, err);
    if (!status && out) status = akin_items_save_keep(items, out, run, cli_command_line(), files, err);
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

/* What is told --------------------------------------------------------------------------------------- */

static akin_json *score_json(const akin_items *items, akin_score s)
{
    const akin_items_state *state = akin_items_look(items);
    akin_score_range r = AKIN_SCORE_RANGE_INIT;
    if (akin_items_score_range(items, s, &r, NULL) || !isfinite(r.mean))
        return akin_json_pack("{s:s,s:n}", "name", akin_score_name(s), "mean");
    akin_json *o =
        akin_json_pack("{s:s,s:s,s:s,s:f,s:f,s:f,s:f}", "name", akin_score_name(s), "means",
                       akin_score_text(s), "difficult", akin_score_sign(s) > 0 ? "great" : "small", "mean",
                       r.mean, "least", r.least, "median", r.median, "greatest", r.greatest);
    if (state->models) akin_json_put(o, "rank_correlation", cli_json_real(state->agree[s]));
    return o;
}

static akin_json *classes_json(const akin_items_state *state, const akin_dataset *set,
                               const akin_split_view *part)
{
    akin_json *list = akin_json_array();
    int64_t *count = calloc((size_t)(2 * part->classes + 1), sizeof *count);
    if (!count) akin_memory_lack();
    for (int64_t i = 0; count && i < part->n; i++) {
        count[2 * part->labels[i]]++;
        count[2 * part->labels[i] + 1] += state->kept[i];
    }
    for (int64_t y = 0; count && y < part->classes; y++)
        akin_json_append(list,
                         akin_json_pack("{s:o,s:I,s:I}", "class",
                                        akin_json_text(akin_dataset_class_name(set, AKIN_TARGET_AUTO, y)),
                                        "items", count[2 * y], "kept", count[2 * y + 1]));
    free(count);
    return list;
}

static void add_scores(const cli_args *args, const akin_items *items, bool labels, akin_json *root)
{
    const akin_items_state *s = akin_items_look(items);
    const bool gap = labels && isfinite(akin_difficulty_score(s->d, AKIN_SCORE_GAP)[0]);
    akin_json *scores = akin_json_array();
    for (akin_score k = 0; k < AKIN_SCORES; k++) akin_json_append(scores, score_json(items, k));
    akin_json_put(root, "by", akin_json_text(cli_text(args, "by")));
    akin_json_put(root, "layer", akin_json_text(cli_text(args, "layer")));
    akin_json_put(root, "draws", akin_json_int(cli_int(args, "draws")));
    akin_json_put(root, "temperature", akin_json_real(s->temperature));
    akin_json_put(root, "copies",
                  akin_json_pack("{s:I,s:I,s:f,s:f,s:f}", "groups", s->copy_groups, "items", s->copies, "eps",
                                 s->duplicate, "spacing", s->spacing, "suggested", s->suggested));
    akin_json_put(root, "difficult_set",
                  akin_json_pack("{s:s,s:I}", "by", gap ? "gap" : "window", "items", s->members));
    akin_json_put(root, "scores", scores);
    if (s->models) akin_json_put(root, "compared", akin_json_int(s->models));
}

static akin_json *summary(const cli_args *args, const akin_items *items, const akin_model *model,
                          const akin_dataset *set)
{
    const akin_items_state *s = akin_items_look(items);
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    akin_dataset_split(set, "train", AKIN_TARGET_AUTO, &part, NULL);
    akin_json *root = akin_json_pack(
        "{s:o,s:o,s:I,s:I,s:I,s:{s:I,s:I,s:I},s:f}", "run", akin_json_text(args->positional[0]), "data",
        akin_json_text(akin_dataset_name(set)), "step", s->step, "items", s->n, "kept", s->left, "dropped",
        "difficult", s->gone_difficult, "copies", s->gone_copies, "random", s->gone_random, "control",
        (double)(s->n - s->left) / (double)s->n);
    if (part.labels) akin_json_put(root, "classes", classes_json(s, set, &part));
    if (s->d) add_scores(args, items, part.labels != NULL, root);
    if (!cli_given(args, "data"))
        akin_json_put(root, "data_changed", akin_json_bool(cli_data_changed(model, set, NULL)));
    if (cli_given(args, "out")) akin_json_put(root, "keep", akin_json_text(cli_text(args, "out")));
    return root;
}

static void print_scores(const akin_items *items)
{
    const akin_items_state *state = akin_items_look(items);
    akin_print(stdout, "%-10s %10s %10s %10s  hard\n", "score", "least", "median", "greatest");
    for (akin_score s = 0; s < AKIN_SCORES; s++) {
        akin_score_range r = AKIN_SCORE_RANGE_INIT;
        if (akin_items_score_range(items, s, &r, NULL) || !isfinite(r.mean)) continue;
        akin_print(stdout, "%-10s %10.4g %10.4g %10.4g  %s\n  %s", akin_score_name(s), r.least, r.median,
                   r.greatest, akin_score_sign(s) > 0 ? "great" : "small", akin_score_text(s));
        if (isfinite(state->agree[s])) printf("; rank correlation %.3f", state->agree[s]);
        putchar('\n');
    }
}

/* What was taken for copies, and that it is much. pictures: they are in the report. */
static void tell_copies(const cli_args *args, const akin_items_state *s, bool pictures)
{
    if (!cli_given(args, "dedup")) return;
    if (s->d && strcmp(cli_text(args, "dedup"), "auto") == 0)
        cli_note(
            args,
            "taking --dedup %g: a tenth of the distance that usually lies between an item and its nearest, "
            "%.2g",
            s->duplicate, s->spacing);
    else if (s->d && s->duplicate > s->spacing / 2)
        cli_note(
            args,
            "warning: --dedup %g is far: the nearest of an ordinary item is at %.2g, so that many are taken "
            "for copies; --dedup %g is a tenth of that",
            s->duplicate, s->spacing, s->suggested);
    if (10 * s->gone_copies > s->n)
        cli_note(args,
                 "warning: %lld of %lld items go as copies, %.0f %%; look at %snearness in --scores FILE",
                 (long long)s->gone_copies, (long long)s->n, 100 * (double)s->gone_copies / (double)s->n,
                 pictures ? "them in the report, or at " : "");
}

static void print_text(const cli_args *args, const akin_items *items)
{
    const akin_items_state *s = akin_items_look(items);
    if (s->d && !args->quiet) print_scores(items);
    if (asked(args) && !args->quiet)
        printf("%lld of %lld items stay; %lld go as difficult, %lld as copies, %lld at random\n",
               (long long)s->left, (long long)s->n, (long long)s->gone_difficult, (long long)s->gone_copies,
               (long long)s->gone_random);
    const int64_t gone = s->n - s->left;
    if (gone > 0 && !cli_given(args, "random"))
        cli_note(args, "a control of the same size: akin prune %s --random %.9g -o FILE", args->positional[0],
                 (double)gone / (double)s->n);
}

static int run(const cli_args *args)
{
    int code = check_dedup(args);
    if (code < 0) code = check_together(args);
    if (code < 0) code = check_files(args);
    if (code >= 0) return code;
    const char *run = args->positional[0];
    akin_error err;
    akin_model *model = NULL;
    akin_dataset *set = NULL;
    akin_items *items = NULL;
    akin_status status = cli_open_model(args, run, &model, &err);
    if (!status) status = cli_open_set(args, model, cli_text(args, "data"), &set, &err);
    if (!status) status = open_items(args, model, set, &items, &err);
    if (!status && needs_scores(args)) status = measure(args, items, run, &err);
    if (!status) status = choose(args, items, &err);
    if (!status) status = save(args, items, run, &err);
    if (!status)
        tell_copies(args, akin_items_look(items), akin_dataset_has_pictures(set) && has_gallery(args, items));
    if (status)
        code = cli_fail(args, &err);
    else if (args->json)
        code = cli_print_json(args, summary(args, items, model, set));
    else
        print_text(args, items), code = 0;
    akin_items_free(items);
    akin_dataset_free(set);
    akin_model_free(model);
    return code;
}

static const cli_heading HEADINGS[] = {
    { "with", "agreement", "Agreement with other runs and checkpoints" },
    { "draws", "settings", "Settings of the scores" },
    { "data", NULL, "Which data, which weights" },
    CLI_READING_HEADING,
    { "force", NULL, "Files" },
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

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
            "RUN/gallery/difficulty.*\nof images, which akin report shows.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 1,
    .run = run,
};
