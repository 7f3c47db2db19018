/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/mine.c - akin nn --queries --qrels -o FILE: hard negatives, as rows with anchor, positive and
 * negative to train on. */
#include "cli/eval/found.h"
#include "cli/nn/nn.h"
#include "cli/trained.h"

#include "akin/tool/json.h"
#include "akin/tool/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct miner {
    const cli_args *args;
    bool run;
    cli_side queries, documents;
    cli_judged judged;
    akin_negatives_opts opts;
    akin_negatives_result found;
    float *rows[2];
    int64_t width;
    int32_t *index;
    float *score, *positive;
    int64_t triplets;
} miner;

static akin_negatives_opts options(const cli_args *args)
{
    akin_negatives_opts o = AKIN_NEGATIVES_OPTS_INIT;
    o.similarity = strcmp(cli_text(args, "similarity"), "dot") == 0 ? AKIN_BY_DOT : AKIN_BY_COSINE;
    o.negatives = cli_int(args, "negatives");
    o.range_min = cli_int(args, "range-min");
    o.range_max = cli_given(args, "range-max") ? cli_int(args, "range-max") : 0;
    if (cli_given(args, "margin")) o.absolute_margin = cli_real(args, "margin");
    if (cli_given(args, "relative-margin")) o.relative_margin = cli_real(args, "relative-margin");
    if (cli_given(args, "max-score")) o.max_score = cli_real(args, "max-score");
    if (cli_given(args, "min-score")) o.min_score = cli_real(args, "min-score");
    o.random = strcmp(cli_text(args, "sampling"), "random") == 0;
    o.seed = (uint64_t)cli_int(args, "seed");
    return o;
}

/* What is read and embedded ---------------------------------------------------------------------------- */

static akin_status embed(const miner *m, akin_model *model, const cli_side *s, float **out, akin_error *err)
{
    const akin_texts texts = { sizeof texts, s->bytes, s->start, s->n };
    const akin_layer layer = cli_layer(m->args);
    const int64_t d = akin_model_width(model, layer);
    const akin_mat none = { NULL, 0, 0, 0 },
                   rows = { *out = malloc((size_t)s->n * (size_t)d * sizeof **out), s->n, d, d };
    if (!rows.data) return cli_no_memory(err, s->n, "embeddings");
    const bool backbone = layer == AKIN_LAYER_BACKBONE;
    return akin_model_embed_texts(model, &texts, backbone ? rows : none, backbone ? none : rows, err);
}

static akin_status embed_both(miner *m, akin_error *err)
{
    akin_model *model = NULL;
    akin_status status =
        cli_open_shared(m->args, m->args->positional[0], AKIN_MODEL_TRAINED, NULL, &model, err);
    if (!status && !akin_model_embeds_texts(model))
        status =
            cli_set_error(err, AKIN_ERR_UNSUPPORTED,
                          "queries and documents are texts, and this run was trained on %s; embed them and "
                          "give DOCUMENTS.npy --queries QUERIES.npy",
                          akin_data_kind_name(akin_model_data_kind(model)));
    if (!status) status = embed(m, model, &m->queries, &m->rows[0], err);
    if (!status) status = embed(m, model, &m->documents, &m->rows[1], err);
    if (!status) m->width = akin_model_width(model, cli_layer(m->args));
    akin_model_free(model);
    return status;
}

static akin_status load(miner *m, akin_error *err)
{
    const char *queries = cli_text(m->args, "queries"),
               *documents = m->run ? cli_text(m->args, "documents") : m->args->positional[0];
    akin_status status =
        m->run ? cli_side_texts(queries, &m->queries, err) : cli_side_rows(queries, &m->queries, err);
    if (!status)
        status = m->run ? cli_side_texts(documents, &m->documents, err)
                        : cli_side_rows(documents, &m->documents, err);
    if (!status)
        status = cli_judged_load(cli_text(m->args, "qrels"), &m->queries, &m->documents, &m->judged, err);
    if (!status && m->judged.strange_queries + m->judged.strange_documents)
        cli_note(m->args, "%lld judgments are of queries, and %lld of documents, that there are not",
                 (long long)m->judged.strange_queries, (long long)m->judged.strange_documents);
    if (!status && m->run) status = embed_both(m, err);
    return status;
}

static akin_status mine(miner *m, akin_error *err)
{
    const int64_t q = m->queries.n, d = m->documents.n, k = m->opts.negatives;
    const int64_t a = m->run ? m->width : m->queries.cols, b = m->run ? m->width : m->documents.cols;
    m->index = malloc((size_t)(q * k) * sizeof *m->index);
    m->score = malloc((size_t)(q * k) * sizeof *m->score);
    m->positive = malloc((size_t)q * sizeof *m->positive);
    m->opts.score = m->score;
    m->opts.positive = m->positive;
    if (!m->index || !m->score || !m->positive) return cli_no_memory(err, q * k, "negatives");
    return akin_hard_negatives((akin_cmat){ m->run ? m->rows[0] : m->queries.rows, q, a, a },
                               (akin_cmat){ m->run ? m->rows[1] : m->documents.rows, d, b, b },
                               &m->judged.judged, &m->opts, m->index, &m->found, err);
}

/* What is written --------------------------------------------------------------------------------------- */

/* The text of an item, or its id, in memory of its own; in TSV tabs and line ends become blanks. */
static char *text_of(const miner *m, const cli_side *s, int64_t i, bool tsv)
{
    const char *from = m->run ? s->bytes + s->start[i] : s->id[i];
    const size_t n = m->run ? (size_t)(s->start[i + 1] - s->start[i]) : strlen(from);
    char *to = malloc(n + 1);
    if (!to) return NULL;
    memcpy(to, from, n);
    to[n] = 0;
    for (size_t c = 0; tsv && c < n; c++)
        if (strchr("\t\r\n", to[c])) to[c] = ' ';
    return to;
}

static akin_status write_one(miner *m, akin_writer *w, int64_t q, int64_t document, int64_t k, bool tsv,
                             akin_error *err)
{
    const int64_t at = q * m->opts.negatives + k, negative = m->index[at];
    char *a = text_of(m, &m->queries, q, tsv), *p = text_of(m, &m->documents, document, tsv),
         *n = text_of(m, &m->documents, negative, tsv);
    akin_status status = a && p && n ? AKIN_OK : cli_no_memory(err, m->triplets, "rows");
    akin_json *o = status || tsv
                       ? NULL
                       : akin_json_pack("{s:o,s:o,s:o,s:o,s:o,s:f,s:f}", "anchor", akin_json_text(a),
                                        "positive", akin_json_text(p), "negative", akin_json_text(n), "query",
                                        akin_json_text(m->queries.id[q]), "document",
                                        akin_json_text(m->documents.id[negative]), "score",
                                        (double)m->score[at], "positive_score", (double)m->positive[q]);
    char *line = NULL;
    if (!status && !tsv) status = akin_json_print(o, AKIN_JSON_COMPACT, 9, &line, err);
    const char *const part[] = { tsv ? a : line,  tsv ? "\t" : "", tsv ? p : "",
                                 tsv ? "\t" : "", tsv ? n : "",    "\n" };
    for (int i = 0; i < 6 && !status; i++) status = akin_writer_write(w, part[i], strlen(part[i]), err);
    m->triplets++;
    free(line);
    akin_json_free(o);
    free(a);
    free(p);
    free(n);
    return status;
}

static akin_status write_all(miner *m, const char *path, akin_error *err)
{
    static const char HEAD[] = "anchor\tpositive\tnegative\n";
    const size_t length = strlen(path);
    const bool tsv = !(length > 6 && strcmp(path + length - 6, ".jsonl") == 0);
    const akin_judgments *j = &m->judged.judged;
    akin_writer *w = NULL;
    akin_status status = akin_writer_open(path, &w, err);
    if (status) return status;
    if (tsv) status = akin_writer_write(w, HEAD, sizeof HEAD - 1, err);
    for (int64_t q = 0; q < m->queries.n && !status; q++)
        for (int64_t p = j->start[q]; p < j->start[q + 1] && !status; p++) {
            if (!(j->grade[p] > 0) || j->document[p] < 0) continue;
            for (int64_t k = 0; k < m->opts.negatives && !status; k++)
                if (m->index[q * m->opts.negatives + k] >= 0)
                    status = write_one(m, w, q, j->document[p], k, tsv, err);
        }
    if (!status) return akin_writer_commit(w, err);
    akin_writer_abort(w);
    return status;
}

/* The verb --------------------------------------------------------------------------------------------- */

static int report(const miner *m, const char *path)
{
    const akin_negatives_result *r = &m->found;
    cli_note(m->args,
             "%lld rows in '%s': %lld negatives of %lld queries, of candidates %lld to %lld; %lld queries "
             "have fewer "
             "than %lld",
             (long long)m->triplets, path, (long long)r->found, (long long)r->queries,
             (long long)m->opts.range_min, (long long)r->range_max, (long long)r->short_of,
             (long long)m->opts.negatives);
    if (!m->args->json) return 0;
    return cli_print_json(m->args, akin_json_pack("{s:o,s:I,s:I,s:I,s:I,s:I,s:{s:I,s:I,s:I,s:I}}", "file",
                                                  akin_json_text(path), "rows", m->triplets, "negatives",
                                                  r->found, "queries", r->queries, "queries_short",
                                                  r->short_of, "range_max", r->range_max, "left_out",
                                                  "margin", r->by_absolute, "relative_margin", r->by_relative,
                                                  "max_score", r->by_max, "min_score", r->by_min));
}

static int check(const cli_args *args, bool run)
{
    const char *out = cli_text(args, "out");
    if (cli_given(args, "query"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--query looks, --queries mines; give one");
    if (!cli_given(args, "qrels"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "which documents are relevant? --qrels FILE");
    if (!out) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? -o FILE.tsv or FILE.jsonl");
    if (run != cli_given(args, "documents"))
        return run ? cli_error(args, AKIN_ERR_ARGUMENT, "which texts are looked through? --documents FILE")
                   : cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is no run folder, so '%s' cannot be embedded",
                               args->positional[0], cli_text(args, "documents"));
    if (args->positionals > 1)
        return cli_error(args, AKIN_ERR_ARGUMENT, "with --queries, what is looked through is --documents");
    return cli_check_output(args, out);
}

int cli_nn_mine(const cli_args *args, bool run)
{
    akin_error err;
    miner m = { .args = args, .run = run, .found = AKIN_NEGATIVES_RESULT_INIT };
    const int refused = check(args, run);
    if (refused >= 0) return refused;
    m.opts = options(args);
    akin_status status = load(&m, &err);
    if (!status) status = mine(&m, &err);
    if (!status) status = write_all(&m, cli_text(args, "out"), &err);
    const int code = status ? cli_fail(args, &err) : report(&m, cli_text(args, "out"));
    cli_side_free(&m.queries);
    cli_side_free(&m.documents);
    cli_judged_free(&m.judged);
    free(m.rows[0]);
    free(m.rows[1]);
    free(m.index);
    free(m.score);
    free(m.positive);
    return code;
}
