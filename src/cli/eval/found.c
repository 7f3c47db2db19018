/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/found.c - akin eval --qrels and --scores: retrieval and similarity, of a run with texts, or of
 * rows from files. */
#include "cli/eval/found.h"
#include "cli/embed/embed.h"
#include "cli/eval/eval.h"
#include "cli/trained.h"

#include "akin/tool/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct finder {
    const cli_args *args;
    const char *run; /* NULL: rows from files */
    cli_side queries, documents;
    cli_judged judged;
    cli_scored scored;
    akin_retrieval_opts opts;
    akin_json *results;
    bool headed;
} finder;

bool cli_eval_finds(const cli_args *args)
{
    static const char *const options[] = { "queries", "documents", "qrels", "scores", "a", "b" };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (cli_given(args, options[i])) return true;
    return false;
}

/* What is found ---------------------------------------------------------------------------------------- */

static void print_head(finder *f, const char *what)
{
    if (f->headed || f->args->json || f->args->quiet) return;
    f->headed = true;
    akin_print(stdout, "%-10s %-10s %-20s %8s   95 %% interval over %s\n", "encoder", "layer", "measure",
               "value", what);
}

/* A measure as a line, and into an object. */
static void add_measure(finder *f, const akin_measure *m, const char *encoder, const char *layer,
                        akin_json *to)
{
    akin_json_put(to, m->name,
                  akin_json_pack("{s:o,s:[o,o]}", "value", akin_json_real(m->value), "ci95",
                                 akin_json_real(m->ci95[0]), akin_json_real(m->ci95[1])));
    if (f->args->json || f->args->quiet) return;
    if (isnan(m->value))
        akin_print(stdout, "%-10s %-10s %-20s %8s\n", encoder, layer, m->name, "none");
    else
        akin_print(stdout, "%-10s %-10s %-20s %8.4f   %.4f to %.4f\n", encoder, layer, m->name, m->value,
                   m->ci95[0], m->ci95[1]);
}

static akin_status retrieve(finder *f, akin_cmat queries, akin_cmat documents, const char *encoder,
                            const char *layer, akin_error *err)
{
    akin_retrieval_result r = AKIN_RETRIEVAL_RESULT_INIT;
    const akin_status status = akin_retrieval(queries, documents, &f->judged.judged, &f->opts, NULL, &r, err);
    if (status) return status;
    akin_json *measures = akin_json_object();
    print_head(f, "queries");
    for (int i = 0; i < r.count; i++) add_measure(f, &r.measure[i], encoder, layer, measures);
    akin_json_append(f->results, akin_json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:s}", "protocol",
                                                r.protocol, "encoder", encoder, "layer", layer, "similarity",
                                                cli_text(f->args, "similarity"), "queries", r.queries,
                                                "left_out", r.left_out, "documents", documents.rows,
                                                "relevant", f->judged.relevant, "zero_rows", r.zero_rows,
                                                "measures", measures, "interval", "bootstrap-over-queries"));
    return AKIN_OK;
}

static akin_status correlate(finder *f, akin_cmat a, akin_cmat b, const char *encoder, const char *layer,
                             akin_error *err)
{
    akin_pair_scores r = AKIN_PAIR_SCORES_INIT;
    const akin_status status = akin_pair_scores_of(a, b, f->scored.score, f->opts.seed, &r, err);
    if (status) return status;
    akin_json *measures = akin_json_object();
    print_head(f, "pairs");
    for (int k = 0; k < 4; k++) add_measure(f, &r.spearman[k], encoder, layer, measures);
    for (int k = 0; k < 4; k++) add_measure(f, &r.pearson[k], encoder, layer, measures);
    akin_json_append(f->results,
                     akin_json_pack("{s:s,s:s,s:s,s:I,s:I,s:o,s:s}", "protocol", r.protocol, "encoder",
                                    encoder, "layer", layer, "pairs", r.pairs, "zero_rows", r.zero_rows,
                                    "measures", measures, "interval", "bootstrap-over-pairs"));
    return AKIN_OK;
}

/* Rows of a run ------------------------------------------------------------------------------------------ */

/* Rows of texts, both layers. */
static akin_status embed(akin_model *model, const cli_side *s, int layers, akin_mat out[2], akin_error *err)
{
    const akin_texts texts = { sizeof texts, s->bytes, s->start, s->n };
    for (int l = 0; l < layers; l++) {
        const int64_t d = akin_model_width(model, l ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE);
        out[l] = (akin_mat){ malloc((size_t)s->n * (size_t)d * sizeof(float)), s->n, d, d };
        if (!out[l].data) return cli_no_memory(err, s->n, "embeddings");
    }
    return akin_model_embed_texts(model, &texts, out[0], out[1], err);
}

/* Of pairs, the first or the second text of each. */
static akin_cmat every_other(akin_mat x, int which)
{
    return (akin_cmat){ x.data + which * x.stride, x.rows / 2, x.cols, 2 * x.stride };
}

static akin_status measure_model(finder *f, akin_model *model, const char *encoder, akin_error *err)
{
    static const char *const names[2] = { "backbone", "projector" };
    const int layers = akin_model_has_head(model) ? 2 : 1;
    const char *wanted = cli_text(f->args, "layer");
    const bool pairs = f->scored.n > 0;
    akin_mat first[2] = { { NULL, 0, 0, 0 }, { NULL, 0, 0, 0 } }, second[2] = { first[0], first[0] };
    akin_status status = embed(model, pairs ? &f->scored.texts : &f->queries, layers, first, err);
    if (!status && !pairs) status = embed(model, &f->documents, layers, second, err);
    if (!status && strcmp(encoder, "trained") == 0)
        cli_tell_zero_rows(f->args,
                           cli_zero_rows(akin_mat_const(first[0]), NULL) +
                               (pairs ? 0 : cli_zero_rows(akin_mat_const(second[0]), NULL)),
                           first[0].rows + second[0].rows);
    for (int l = 0; l < layers; l++) {
        akin_mat both[2] = { first[l], second[l] };
        cli_eval_leading(f->args, both);
        if (!status && (strcmp(wanted, "all") == 0 || strcmp(wanted, names[l]) == 0))
            status = pairs ? correlate(f, every_other(first[l], 0), every_other(first[l], 1), encoder,
                                       names[l], err)
                           : retrieve(f, akin_mat_const(first[l]), akin_mat_const(second[l]), encoder,
                                      names[l], err);
        free(first[l].data);
        free(second[l].data);
    }
    return status;
}

static akin_status measure_run(finder *f, akin_error *err)
{
    const bool both = strcmp(cli_text(f->args, "baselines"), "all") == 0;
    akin_model *model = NULL;
    akin_status status = cli_open_model(f->args, f->run, &model, err);
    if (!status && !akin_model_embeds_texts(model))
        status = cli_set_error(
            err, AKIN_ERR_UNSUPPORTED,
            "queries, documents and pairs are texts, and this run was trained on %s; embed them "
            "and give the files, without RUN",
            akin_data_kind_name(akin_model_data_kind(model)));
    if (!status && strcmp(cli_text(f->args, "layer"), "projector") == 0 && !akin_model_has_head(model))
        status = cli_set_error(err, AKIN_ERR_INPUT,
                               "the run has no projection head; --layer backbone is all it has");
    if (!status && both) {
        akin_model *random = NULL;
        status = cli_open_shared(f->args, f->run, AKIN_MODEL_RANDOM, NULL, &random, err);
        if (!status) status = measure_model(f, random, "random", err);
        akin_model_free(random);
    }
    if (!status) status = measure_model(f, model, "trained", err);
    akin_model_free(model);
    return status;
}

/* Rows of files ------------------------------------------------------------------------------------------ */

static akin_status measure_files(finder *f, akin_error *err)
{
    const cli_args *args = f->args;
    if (f->scored.n == 0) {
        const akin_cmat q = { f->queries.rows, f->queries.n, f->queries.cols, f->queries.cols },
                        d = { f->documents.rows, f->documents.n, f->documents.cols, f->documents.cols };
        return retrieve(f, q, d, "none", "features", err);
    }
    akin_array a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    akin_status status = akin_npy_load_matrix(cli_text(args, "a"), &a, err);
    if (!status) status = akin_npy_load_matrix(cli_text(args, "b"), &b, err);
    if (!status && a.shape[0] != f->scored.n)
        status = cli_set_error(
            err, AKIN_ERR_SHAPE, "'%s' has %lld scores, '%s' %lld rows; each pair needs one",
            cli_text(args, "scores"), (long long)f->scored.n, cli_text(args, "a"), (long long)a.shape[0]);
    if (!status)
        status =
            correlate(f, (akin_cmat){ a.data, a.shape[0], a.shape[1], a.shape[1] },
                      (akin_cmat){ b.data, b.shape[0], b.shape[1], b.shape[1] }, "none", "features", err);
    akin_array_free(&a);
    akin_array_free(&b);
    return status;
}

/* The verb ------------------------------------------------------------------------------------------ */

static akin_status load(finder *f, akin_error *err)
{
    const cli_args *args = f->args;
    const char *path[2] = { cli_text(args, "queries"), cli_text(args, "documents") };
    cli_side *side[2] = { &f->queries, &f->documents };
    akin_status status = AKIN_OK;
    if (cli_given(args, "scores")) {
        status = cli_scored_load(cli_text(args, "scores"), f->run != NULL, &f->scored, err);
        if (!status && f->scored.headed)
            cli_note(args, "the first line of '%s' names its columns", cli_text(args, "scores"));
        return status;
    }
    for (int i = 0; i < 2 && !status; i++)
        status = f->run ? cli_side_texts(path[i], side[i], err) : cli_side_rows(path[i], side[i], err);
    if (!status)
        status = cli_judged_load(cli_text(args, "qrels"), &f->queries, &f->documents, &f->judged, err);
    if (!status && f->judged.strange_queries)
        cli_note(args, "%lld judgments are of queries that '%s' does not have; they are left out",
                 (long long)f->judged.strange_queries, path[0]);
    if (!status && f->judged.strange_documents)
        cli_note(args,
                 "%lld judgments are of documents that '%s' does not have; they cannot be found and count",
                 (long long)f->judged.strange_documents, path[1]);
    return status;
}

static int check(const cli_args *args)
{
    const bool scores = cli_given(args, "scores"), run = args->positionals == 1;
    static const char *const pairs[] = { "a", "b" }, *const retrieval[] = { "queries", "documents", "qrels" };
    if (cli_given(args, "features"))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--features is of accuracies; retrieval and similarity have none");
    if (args->positionals > 1) return cli_error(args, AKIN_ERR_ARGUMENT, "one RUN, or none, is evaluated");
    for (int i = 0; i < 3; i++)
        if (cli_given(args, retrieval[i]) == scores)
            return scores ? cli_error(args, AKIN_ERR_ARGUMENT,
                                      "--%s is of retrieval, --scores of similarity; give one", retrieval[i])
                          : cli_error(args, AKIN_ERR_ARGUMENT,
                                      "--%s is missing; retrieval takes --queries, --documents and --qrels",
                                      retrieval[i]);
    for (int i = 0; i < 2; i++)
        if (cli_given(args, pairs[i]) != (scores && !run))
            return run || !scores
                       ? cli_error(args, AKIN_ERR_ARGUMENT, "--%s is of --scores without RUN", pairs[i])
                       : cli_error(args, AKIN_ERR_ARGUMENT,
                                   "--%s is missing; --scores takes RUN, or --a and --b", pairs[i]);
    return -1;
}

/* --at as numbers: -1, else the exit code, told. */
static int read_opts(const cli_args *args, akin_retrieval_opts *o)
{
    *o = (akin_retrieval_opts)AKIN_RETRIEVAL_OPTS_INIT;
    o->seed = (uint64_t)cli_int(args, "seed");
    o->similarity = strcmp(cli_text(args, "similarity"), "dot") == 0 ? AKIN_BY_DOT : AKIN_BY_COSINE;
    return cli_eval_list(args, "at", 1, o->at);
}

int cli_eval_found(const cli_args *args)
{
    finder f = { .args = args, .run = args->positionals ? args->positional[0] : NULL };
    akin_error err;
    int code = cli_agree(args, cli_rank_writes() ? check(args) : -1);
    if (code < 0) code = read_opts(args, &f.opts);
    if (code >= 0) return code;
    f.results = akin_json_array();
    akin_status status = cli_ranks_alike(load(&f, &err), NULL, NULL, &err);
    if (!status) status = f.run ? measure_run(&f, &err) : measure_files(&f, &err);
    code = cli_agree(args, status ? cli_fail(args, &err) : -1);
    if (code < 0) {
        akin_json *root = akin_json_pack("{s:O}", "results", f.results);
        cli_put_ranks(root);
        code = args->json ? cli_print_json(args, root) : 0;
        if (!args->json) akin_json_free(root);
    }
    akin_json_free(f.results);
    cli_side_free(&f.queries);
    cli_side_free(&f.documents);
    cli_judged_free(&f.judged);
    cli_scored_free(&f.scored);
    return code;
}
