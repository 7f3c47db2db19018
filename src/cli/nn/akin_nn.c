/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/akin_nn.c - akin nn: the nearest neighbours of a row, by the embeddings that akin embed wrote. */
#include "cli/nn/nn.h"
#include "cli/trained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    CLI_NN_QUERY_ROWS,
    { "k", AKIN_OPT_INT, "10", "K", 1, 1e6, "how many neighbours; also -k" },
    { "page", AKIN_OPT_TEXT, NULL, "FILE.html", 0, 0,
      "queries and what is nearest side by side, to be looked at: pictures, texts or names" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace FILE.html if it exists" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "with RUN: which layer" },
    CLI_FORM_OPTIONS("auto"),
    { "split", AKIN_OPT_CHOICE, "train", "train|test|val", 0, 0, "with RUN: which part of the data set" },
    CLI_READING_OPTIONS,
    { "names", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "one name a line [FILE.names.txt beside FILE.npy]" },
    { "approximate", AKIN_OPT_REAL, NULL, "SHARE", 1e-3, 1,
      "look only where this share of the true neighbours is, such as 0.95; sooner for many queries" },
    { "rescore", AKIN_OPT_INT, NULL, "N", 1, 1e6,
      "FILE.npy is of int8 or packed signs: look for the N nearest by those, and put them in order by "
      "float32 "
      "queries" },
    { "rescore-with", AKIN_OPT_TEXT, NULL, "FILE.npy", 0, 0,
      "with --rescore: the same items as float32 or int8, which are read one at a time [their signs]" },
    CLI_NN_MINE_ROWS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* An option that says how a run embeds, where there is no run; NULL: none is given. */
static const char *for_a_run(const cli_args *args)
{
    static const char *const ALWAYS[] = { "query",        "query-as", "k",     "approximate", "rescore",
                                          "rescore-with", "page",     "force", "names",       NULL };
    for (const akin_opt_desc *o = OPTIONS; strcmp(o->name, "queries") != 0; o++) {
        const char *const *a = ALWAYS;
        while (*a && strcmp(*a, o->name) != 0) a++;
        if (!*a && cli_given(args, o->name)) return o->name;
    }
    return NULL;
}

static int look(const cli_args *args)
{
    const char *query = cli_text(args, "query");
    if (!query && !cli_given(args, "queries"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "nearest to what? --query names an item, a file or a row");
    const int refused = cli_text(args, "page") ? cli_check_output(args, cli_text(args, "page")) : -1;
    if (refused >= 0) return refused;
    char record[4096];
    snprintf(record, sizeof record, "%s/run.json", args->positional[0]);
    akin_path_kind there;
    akin_error unseen;
    if (akin_path_look(record, &there, NULL, &unseen)) return cli_fail(args, &unseen);
    const int again = there || cli_given(args, "queries") ? cli_nn_again_check(args, NULL) : -1;
    if (again >= 0) return again;
    if (cli_given(args, "queries")) return cli_nn_mine(args, there != AKIN_PATH_NONE);
    if (there) return cli_nn_run(args, query, cli_int(args, "k"));
    if (args->positionals > 1)
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is no run folder, so '%s' cannot be embedded",
                         args->positional[0], args->positional[1]);
    const char *option = for_a_run(args);
    if (option)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is for a run, which '%s' is not", option,
                         args->positional[0]);
    if (akin_path_look(args->positional[0], &there, NULL, &unseen)) return cli_fail(args, &unseen);
    if (there == AKIN_PATH_FOLDER)
        return cli_error(args, AKIN_ERR_INPUT,
                         "'%s' is no run folder: it has no run.json; 'akin train DATA --out RUN' makes one",
                         args->positional[0]);
    cli_table table;
    akin_error err;
    const bool coded = !cli_given(args, "approximate"); /* an index is of floats */
    if (cli_table_load(args->positional[0], cli_text(args, "names"), coded, &table, &err))
        return cli_fail(args, &err);
    const cli_nn_space space = { &table, NULL, NULL, NULL };
    int code = cli_nn_again_check(args, &table);
    if (code < 0) code = cli_nn_find(args, &space, query, cli_int(args, "k"));
    if (code == 0) cli_tell_bytes(args, args->positional[0]);
    cli_table_free(&table);
    return code;
}

/* What one rank fails with alone, the others hear of where they next agree. */
static int run(const cli_args *args) { return cli_agree(args, look(args)); }

static const cli_heading HEADINGS[] = {
    CLI_READING_HEADING,
    { "names", NULL, "Names of a file of embeddings" },
    { "approximate", "search", "Among many rows, and among rows of bytes and bits" },
    CLI_NN_MINE_HEADING,
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "The five nearest images of the first", "akin nn test.npy --query 0 -k 5" },
    { "The images nearest to a new one", "akin nn runs/a --query cat.jpg -k 5" },
    { "The same, to be looked at", "akin nn runs/a --query cat.jpg --page near.html" },
    { "Many queries among many rows, nearly all of what is near",
      "akin nn test.npy --query test.npy --approximate 0.95 --json" },
    { "The ten nearest by float32 of the 100 nearest by bits",
      "akin nn bits.npy --query q.npy --rescore 100 --rescore-with rows.npy" },
    { "Hard negatives of queries, to train on with --pairs given --negatives 1",
      "akin nn r --queries q.tsv --documents d.tsv --qrels r.tsv -o t.tsv" },
    { "The nearest lines of a run on text", "akin nn runs/text --query 'the first line' -k 3" },
    { NULL, NULL },
};

const cli_verb cli_nn = {
    .name = "nn",
    .line = "nearest neighbours of an item among embeddings",
    .usage = "FILE.npy --query QUERY [-k K]   |   RUN [DATA] --query QUERY [-k K]   |   "
             "RUN --queries Q --documents D --qrels R -o FILE   |   D.npy --queries Q.npy --qrels R -o FILE",
    .text =
        "FILE.npy holds one row for each item, as 'akin embed' writes it with the names beside. With RUN the "
        "items of DATA (the run's own) are embedded first. Similarity is the cosine of two rows, and an item "
        "is no "
        "neighbour of itself. With --json one object for each query.\n\n"
        "The search is exact. --approximate looks only into those cells of an index, made anew each time, "
        "that hold the "
        "share of the true neighbours that is asked for, and tells what it found by up to 256 of the "
        "queries: for "
        "thousands of queries among a million rows.\n\n"
        "Rows of 'akin embed --quantize' stay in bytes or bits while they are searched. Queries of packed "
        "signs are "
        "compared with packed signs by the bits that differ.\n\n"
        "QUERY is the first of these that there is: the name of an item; a file, which RUN embeds (an image, "
        "a "
        "folder of images, a table, lines of text) or which holds embeddings (.npy, .npz); with a RUN of "
        "text "
        "a line of text; the number of a row, from 0. A number that is a row and something else too is "
        "refused: "
        "--query-as says what is meant.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
    .ranks = true,
};
