/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cluster/akin_cluster.c - akin cluster: groups of like items, by k-means or by density. */
#include "cli/cluster/cluster.h"
#include "cli/trained.h"

#include "akin/tool/dataset.h"

#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "k", AKIN_OPT_INT, NULL, "K", 1, 1e6, "k-means with so many clusters; also -k" },
    { "density", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "dense groups instead, however many there are; items in none are noise" },
    { "out", AKIN_OPT_TEXT, NULL, "FILE.tsv|FILE.npy", 0, 0,
      "the cluster of each item: a table of item, cluster, distance to its middle, or int32 [n]; also -o" },
    { "labels", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "compare with these: one a line, or .npy of whole numbers [FILE.labels.npy beside FILE.npy; those of "
      "the "
      "data]" },
    { "central", AKIN_OPT_INT, "3", "N", 0, 1000, "items in the middle of each cluster that are named" },
    { "metric", AKIN_OPT_CHOICE, "cosine", "cosine|euclidean", 0, 0, "by which items are near" },
    { "starts", AKIN_OPT_INT, "5", "N", 1, 1000, "k-means: the best of so many" },
    { "iterations", AKIN_OPT_INT, "100", "N", 1, 1e6, "k-means: steps of a start, at most" },
    { "min-size", AKIN_OPT_INT, "20", "N", 2, 1e9, "density: items of a cluster, at least" },
    { "neighbours", AKIN_OPT_INT, "10", "N", 1, 1000,
      "density: the distance to which neighbour, the item itself counted, tells how dense it is" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "with RUN: which layer" },
    { "split", AKIN_OPT_CHOICE, "train", "train|test|val", 0, 0, "RUN and DATA: which part" },
    CLI_FORM_OPTIONS("plain"),
    CLI_READING_OPTIONS,
    CLI_RAW_OPTIONS,
    { "names", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "one name a line [FILE.names.txt beside FILE.npy]" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace a file that exists" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static int check_options(const cli_args *args)
{
    static const char *const MEANS[] = { "starts", "iterations", NULL };
    static const char *const DENSITY[] = { "min-size", "neighbours", NULL };
    const bool density = cli_flag(args, "density");
    const char *const *stray = density ? MEANS : DENSITY;
    if (density && cli_given(args, "k"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--density finds how many there are; leave out -k, or it");
    if (!density && !cli_given(args, "k"))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "how many? give -k K, or --density, which finds as many as there are");
    for (; *stray; stray++)
        if (cli_given(args, *stray))
            return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is for %s", *stray,
                             density ? "k-means, -k K" : "--density");
    return cli_given(args, "out") ? cli_check_output(args, cli_text(args, "out")) : -1;
}

static akin_cluster_opts options(const cli_args *args)
{
    akin_cluster_opts o = AKIN_CLUSTER_OPTS_INIT;
    o.method = cli_flag(args, "density") ? AKIN_CLUSTER_DENSITY : AKIN_CLUSTER_KMEANS;
    o.metric = strcmp(cli_text(args, "metric"), "euclidean") == 0 ? AKIN_MAP_EUCLIDEAN : AKIN_MAP_COSINE;
    if (cli_given(args, "k")) o.k = (int32_t)cli_int(args, "k");
    o.starts = (int32_t)cli_int(args, "starts");
    o.iterations = (int32_t)cli_int(args, "iterations");
    o.min_size = (int32_t)cli_int(args, "min-size");
    o.neighbours = (int32_t)cli_int(args, "neighbours");
    o.seed = (uint64_t)cli_int(args, "seed");
    o.ranks = cli_ranks();
    return o;
}

static akin_status open_rows(cli_clusters *c, akin_error *err)
{
    const cli_args *args = c->args;
    const char *data = args->positionals > 1 ? args->positional[1] : NULL;
    const cli_source_opts how = { .layer = cli_text(args, "layer"),
                                  .split = cli_text(args, "split"),
                                  .raw = CLI_RAW_ROWS };
    const akin_status status = cli_source_open(args, args->positional[0], data, &how, &c->source, err);
    return status ? status : cli_source_labels(args, &c->source, &c->own, &c->labels, err);
}

/* Sizes, middles, and how the clusters agree with labels. */
static akin_status look(cli_clusters *c, akin_error *err)
{
    const int64_t n = c->source.rows.rows, clusters = c->result.clusters;
    c->m = cli_int(c->args, "central");
    c->central = calloc((size_t)clusters + 1, (size_t)(c->m + 1) * sizeof *c->central);
    c->distance = calloc((size_t)n, sizeof *c->distance);
    c->size = calloc((size_t)clusters + 1, sizeof *c->size);
    if (!c->central || !c->distance || !c->size) return cli_no_memory(err, n, "distances");
    for (int64_t i = 0; i < n; i++)
        if (c->cluster[i] >= 0) c->size[c->cluster[i]]++;
    akin_status status = akin_cluster_central(c->source.rows, c->opts.metric, c->cluster, c->m ? c->m : 1,
                                              c->central, c->distance, err);
    if (!status && c->labels) status = akin_cluster_agree(c->cluster, c->labels, n, &c->agree, err);
    return status;
}

/* Ranks group together; the first one looks, and writes. */
static akin_status make(cli_clusters *c, akin_error *err)
{
    c->cluster = calloc((size_t)c->source.rows.rows, sizeof *c->cluster);
    if (!c->cluster) return cli_no_memory(err, c->source.rows.rows, "clusters of items");
    akin_status status = akin_cluster(c->source.rows, &c->opts, c->cluster, &c->result, err);
    if (!cli_rank_writes()) return status;
    if (!status) status = look(c, err);
    if (!status && cli_given(c->args, "out")) status = cli_clusters_write(c, cli_text(c->args, "out"), err);
    return status;
}

static int run(const cli_args *args)
{
    akin_error err;
    cli_clusters c = { .args = args,
                       .opts = options(args),
                       .result = AKIN_CLUSTER_RESULT_INIT,
                       .agree = AKIN_CLUSTER_AGREEMENT_INIT };
    int code = check_options(args);
    if (code < 0 && open_rows(&c, &err)) code = cli_fail(args, &err);
    code = cli_agree(args, code);
    if (code < 0) code = cli_agree(args, make(&c, &err) ? cli_fail(args, &err) : -1);
    if (code < 0) code = cli_rank_writes() ? cli_clusters_tell(&c) : 0;
    free(c.cluster);
    free(c.distance);
    free(c.central);
    free(c.size);
    akin_labels_free(c.own);
    cli_source_free(&c.source);
    return code;
}

static const cli_heading HEADINGS[] = {
    { "metric", "method", "How clusters are made" },
    { "layer", NULL, "What is grouped" },
    CLI_READING_HEADING,
    { "format", "raw", "DATA without an encoder" },
    { "names", NULL, "Files" },
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "Ten groups of the training items, as a table", "akin cluster runs/a -k 10 -o clusters.tsv" },
    { "Dense groups, as many as there are", "akin cluster test.npy --density" },
    { NULL, NULL },
};

const cli_verb cli_cluster = {
    .name = "cluster",
    .line = "groups of like items, by k-means or density",
    .usage = "RUN [DATA] -k K   |   FILE.npy -k K   |   DATA --density",
    .text =
        "Every cluster is told with its size and the items in its middle, and where there are labels, how "
        "the "
        "clusters agree with them. RUN's items are embedded first; FILE.npy holds embeddings from anywhere; "
        "DATA without an encoder is taken as pixels or columns.\n\n"
        "-k K makes K clusters of any data, also of data that have none. --density finds groups that are "
        "denser than what is between them, and leaves out the rest. docs/cluster-items.md says how.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
    .ranks = true,
};
