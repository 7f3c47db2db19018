/* SPDX-License-Identifier: Apache-2.0 */
/* cli/labels/akin_labels.c - akin labels: which labels are likely wrong. */
#include "cli/labels/labels.h"

#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "a keep-list without the labels that are called wrong; also -o. akin train --keep FILE reads it" },
    { "page", AKIN_OPT_TEXT, NULL, "FILE.html", 0, 0,
      "the labels that are called wrong, to be looked at, by classes" },
    { "table", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "all items, the most suspect first, tabs between: item, given, suggested, score, wrong" },
    { "labels", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "one label a line, or .npy of whole numbers [FILE.labels.npy beside FILE.npy; those of the data]" },
    { "show", AKIN_OPT_INT, "20", "N", 0, 1e6, "the most suspect items that are printed" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace files that exist" },
    { "method", AKIN_OPT_CHOICE, "both", "both|logistic|knn", 0, 0,
      "who judges: a logistic layer, the nearest neighbours, or the mean of the two" },
    { "score", AKIN_OPT_CHOICE, "ratio", "ratio|margin|self", 0, 0,
      "what orders the items: the probability of the given label, over that and the greatest other; how far "
      "it is above that; or it alone" },
    { "folds", AKIN_OPT_INT, "5", "N", 2, 100, "logistic: parts, each judged by a layer of the others" },
    { "k", AKIN_OPT_INT, "20", "K", 1, 1000, "knn: neighbours that vote; also -k" },
    { "lambda", AKIN_OPT_REAL, NULL, "L", 1e-9, 1e6, "logistic: strength of the penalty [picked]" },
    CLI_NEAR_OPTIONS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static int word(const cli_args *args, const char *name, const char *const *words)
{
    int at = 0;
    while (words[at] && strcmp(words[at], cli_text(args, name)) != 0) at++;
    return at;
}

static akin_label_opts options(const cli_args *args)
{
    static const char *const METHODS[] = { "both", "logistic", "knn", NULL };
    static const char *const SCORES[] = { "margin", "self", "ratio", NULL };
    akin_label_opts o = AKIN_LABEL_OPTS_INIT;
    o.method = (akin_label_method)word(args, "method", METHODS);
    o.score = (akin_label_score)word(args, "score", SCORES);
    o.folds = (int32_t)cli_int(args, "folds");
    o.k = (int32_t)cli_int(args, "k");
    if (cli_given(args, "lambda")) o.lambda = cli_real(args, "lambda");
    o.seed = (uint64_t)cli_int(args, "seed");
    o.ranks = cli_ranks();
    return o;
}

/* An option that the method has no use for. */
static int check_options(const cli_args *args)
{
    const bool knn = strcmp(cli_text(args, "method"), "knn") == 0;
    const char *const stray = knn && cli_given(args, "folds")    ? "folds"
                              : knn && cli_given(args, "lambda") ? "lambda"
                                                                 : NULL;
    if (stray) return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is for --method both and logistic", stray);
    if (strcmp(cli_text(args, "method"), "logistic") == 0 && cli_given(args, "k"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--k is for --method both and knn");
    return -1;
}

const char *const cli_suspect_files[] = { "out", "page", "table", NULL };

static akin_status find(cli_suspects *s, akin_error *err)
{
    const cli_args *args = s->args;
    const akin_label_opts opts = options(args);
    akin_status status = cli_source_labels(args, &s->near.source, &s->own, &s->labels, err);
    if (!status && !s->labels)
        status =
            cli_set_error(err, AKIN_ERR_INPUT, "'%s' has no labels; name a file of them with --labels FILE",
                          s->near.source.path);
    if (!status)
        status = akin_label_errors_find(s->near.source.rows, s->labels, s->near.source.named.n, &opts,
                                        &s->found, err);
    if (!status) s->state = akin_label_errors_look(s->found);
    return status;
}

static akin_status save_keep(cli_suspects *s, akin_files *files, akin_error *err)
{
    char note[256];
    unsigned char *kept = malloc((size_t)s->state->n);
    if (!kept) return cli_no_memory(err, s->state->n, "items");
    for (int64_t i = 0; i < s->state->n; i++) kept[i] = !s->state->wrong[i];
    snprintf(note, sizeof note, "without %lld of %lld items whose labels are called wrong",
             (long long)s->state->called, (long long)s->state->n);
    const akin_status status = cli_near_keep(s->args, &s->near, kept, note, files, err);
    free(kept);
    return status;
}

static akin_status save(cli_suspects *s, akin_error *err)
{
    const char *page = cli_text(s->args, "page"), *table = cli_text(s->args, "table");
    akin_files *files = NULL;
    akin_status status = akin_files_create(&files, err);
    if (status) return status;
    if (page) status = cli_suspects_page(s, page, files, err);
    if (!status && table) status = cli_suspects_write(s, table, files, err);
    if (!status && cli_text(s->args, "out")) status = save_keep(s, files, err);
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

static int run(const cli_args *args)
{
    akin_error err;
    cli_suspects s = { .args = args };
    const bool first = cli_rank_writes(); /* ranks find together; it writes and tells */
    int code = check_options(args);
    if (code < 0) code = cli_near_check_files(args, cli_suspect_files);
    if (code < 0 && cli_near_open(args, CLI_RAW_ROWS, &s.near, &err)) code = cli_fail(args, &err);
    if (code < 0) code = cli_near_check_names(args, &s.near);
    code = cli_agree(args, code);
    if (code < 0 && find(&s, &err)) code = cli_fail(args, &err);
    if (code < 0 && first && save(&s, &err)) code = cli_fail(args, &err);
    code = cli_agree(args, code);
    if (code < 0) code = first ? cli_suspects_tell(&s) : 0;
    akin_label_errors_free(s.found);
    akin_labels_free(s.own);
    cli_near_free(&s.near);
    return code;
}

static const cli_heading HEADINGS[] = {
    { "method", "method", "Who judges, and in which order" },
    CLI_NEAR_HEADINGS,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "The most suspect labels of the training items", "akin labels runs/a" },
    { "A list to train on without them, and a page to look at before",
      "akin labels runs/a -o clean.txt --page labels.html" },
    { "Embeddings from anywhere", "akin labels test.npy --show 5" },
    { NULL, NULL },
};

const cli_verb cli_labels = {
    .name = "labels",
    .line = "labels that are likely wrong",
    .usage = "RUN [DATA] | FILE.npy | DATA  [-o keep.txt] [--page FILE.html]",
    .text =
        "A classifier that has not seen an item says how probable each class is; confident learning finds "
        "the labels that this contradicts, and estimates how many are wrong. RUN's items are embedded "
        "first; FILE.npy holds embeddings from anywhere; DATA without an encoder is taken as pixels or "
        "columns.\n\n"
        "What is called wrong is to be looked at: where the embeddings tell two classes apart badly, right "
        "labels are called wrong too. docs/labels.md says how many of them.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
    .ranks = true,
};
