/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bounds/akin_bounds.c - akin bounds: bounds of papers on two views of features, from files or from a
 * run. */
#include "cli/bounds/bounds.h"
#include "cli/trained.h"

#include "akin/tool/escape.h"
#include "akin/tool/file_set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "a", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "without RUN: features of the first views, .npy [n,d]" },
    { "b", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "of the second views of the same items; without it, a again" },
    { "from-a", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "stepwise, wide: the first views before the encoder, .npy [n,k]" },
    { "from-b", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "the second views before the encoder" },
    { "now", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "momentum: the second views by the encoder of --a, where --b is by its average" },
    { "checkpoint", AKIN_OPT_TEXT, "newest", "WHICH", 0, 0, "newest, best (lowest training loss) or a step" },
    { "labels", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "their labels, .npy or one whole number a line" },
    { "temperature", AKIN_OPT_REAL, NULL, "T", 1e-6, 1e6,
      "divides every similarity; with RUN the run's own, else 0.5" },
    { "negatives", AKIN_OPT_INT, NULL, "K", 1, 16777216,
      "of each anchor; with RUN its batch less one, else 255" },
    { "over-negatives", AKIN_OPT_TEXT, NULL, "LIST", 0, 0,
      "also for these numbers of negatives, with commas between; akin report draws them" },
    { "only", AKIN_OPT_TEXT, "all", "LIST", 0, 0, "papers, with commas between; 'list' names them" },
    { "delta", AKIN_OPT_REAL, "0.05", "P", 1e-12, 0.999999,
      "probability that a high-probability bound may fail" },
    { "alpha", AKIN_OPT_REAL, NULL, "A", 1e-6, 1e6, "lee: of the soft maximum; without it 1/T" },
    { "lambda", AKIN_OPT_REAL, "1", "L", 1e-6, 1e6, "lee, similarity: repulsion over attraction" },
    { "layer", AKIN_OPT_CHOICE, "projector", "projector|backbone", 0, 0, "with RUN: which layer" },
    CLI_WEIGHTS_OPTION,
    { "split", AKIN_OPT_CHOICE, "auto", "auto|train|test", 0, 0,
      "with RUN: which part; auto = test where there is one" },
    { "items", AKIN_OPT_INT, "10000", "N", 2, 1e8, "with RUN: at most so many items" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Views of a run ------------------------------------------------------------------------------------- */

static const char NO_LABELS[] = "this data set has no labels, and the bounds compare with labels";

akin_bound_input cli_views_input(const akin_view_pair *v)
{
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ v->a, v->n, v->d, v->d };
    in.b = (akin_cmat){ v->b, v->n, v->d, v->d };
    in.labels = v->labels;
    in.count = v->n;
    in.temperature = v->temperature;
    in.negatives = v->negatives;
    return in;
}

static akin_status make_views(const cli_args *args, akin_model *model, const akin_dataset *data,
                              const char *split, int64_t items, const akin_view_pair **out, akin_error *err)
{
    akin_view_pair_opts o = AKIN_VIEW_PAIR_OPTS_INIT;
    o.split = split;
    o.layer = cli_layer(args);
    o.items = items;
    o.seed = (uint64_t)cli_int(args, "seed");
    return akin_view_pair_make(model, data, &o, out, err);
}

/* Rows ----------------------------------------------------------------------------------------------- */

akin_json *cli_bound_json(const akin_bound_row *r)
{
    static const char *const senses[] = { "upper", "lower", "measure" };
    return akin_json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:o,s:b,s:o,s:o,s:[oo],s:o,s:[oo],s:o,s:s,s:o,s:[oo],s:I,s:s}", "name", r->name,
        "paper", r->paper, "mark", r->mark, "quantity", r->quantity, "sense", senses[r->sense], "holds",
        r->holds == AKIN_TRUTH_UNKNOWN ? akin_json_null() : akin_json_bool(r->holds == AKIN_TRUTH_YES),
        "vacuous", r->vacuous, "value", cli_json_real(r->value), "log_value", cli_json_real(r->log_value),
        "interval", cli_json_real(r->interval[0]), cli_json_real(r->interval[1]), "measured",
        cli_json_real(r->measured), "measured_interval", cli_json_real(r->measured_interval[0]),
        cli_json_real(r->measured_interval[1]), "reference", cli_json_real(r->reference), "assumed",
        r->assumed, "difference", cli_json_real(r->difference), "difference_interval",
        cli_json_real(r->difference_interval[0]), cli_json_real(r->difference_interval[1]), "blocks",
        (int64_t)r->blocks, "reason", r->reason);
}

/* "1.234", "3.5e+40", or from the logarithm beyond. */
static const char *number(const akin_bound_row *r, char to[32])
{
    if (isnan(r->value))
        snprintf(to, 32, "-");
    else if (isfinite(r->value))
        snprintf(to, 32, fabs(r->value) < 1e6 && !(fabs(r->value) < 1e-3 && r->value != 0) ? "%.4f" : "%.2e",
                 r->value);
    else if (isfinite(r->log_value))
        snprintf(to, 32, "e^%.0f", r->log_value);
    else
        snprintf(to, 32, "infinite");
    return to;
}

enum { TEXT_COLUMN = 4 };

static const char *verdict_of(const akin_bound_row *r, char to[128])
{
    const char *word = r->sense == AKIN_BOUND_MEASURE ? ""
                       : r->holds == AKIN_TRUTH_YES   ? "holds"
                       : r->holds == AKIN_TRUTH_NO    ? "FAILS"
                                                      : r->reason;
    snprintf(to, 128, "%s%s", word, *word && r->vacuous && r->holds != AKIN_TRUTH_NO ? ", vacuous" : "");
    return to;
}

/* What the row says in words, in 80 columns below its numbers. */
static void print_text(const akin_bound_row *r)
{
    char text[1024], verdict[128], difference[160];
    verdict_of(r, verdict);
    difference[0] = 0;
    if (r->blocks > 0 && isfinite(r->difference))
        snprintf(difference, sizeof difference,
                 "; measured - bound %.4g, 95 %%: %.4g to %.4g, over %lld blocks", r->difference,
                 r->difference_interval[0], r->difference_interval[1], (long long)r->blocks);
    snprintf(text, sizeof text, "%s%s%s%s%s%s; %s%s %s", verdict, *verdict && *r->mark ? " " : "",
             *r->mark ? "[" : "", r->mark,
             *r->mark   ? "]: "
             : *verdict ? ": "
                        : "",
             r->quantity, r->assumed, difference, r->paper);
    akin_print(stdout, "%*s", TEXT_COLUMN, "");
    cli_wrap(text, TEXT_COLUMN, TEXT_COLUMN);
}

static void print_row(const akin_bound_row *r)
{
    char value[32], error[32], measured[32];
    const double half = 0.5 * (r->measured_interval[1] - r->measured_interval[0]);
    error[0] = 0;
    if (half > 0 && isfinite(half)) snprintf(error, sizeof error, "+- %.4f", half);
    if (isnan(r->measured))
        snprintf(measured, sizeof measured, "-");
    else if (fabs(r->measured) < 1e-3 && r->measured != 0)
        snprintf(measured, sizeof measured, "%.2e", r->measured);
    else
        snprintf(measured, sizeof measured, "%.4f", r->measured);
    if (r->sense == AKIN_BOUND_MEASURE)
        akin_print(stdout, "  %-36s %10s%s%s\n", r->name, measured, *error ? " " : "", error);
    else
        akin_print(stdout, "  %-36s %10s %-10s %s %12s\n", r->name, measured, error,
                   r->sense == AKIN_BOUND_UPPER ? "<=" : ">=", number(r, value));
    print_text(r);
}

static akin_json *rows_json(const akin_bounds *bounds)
{
    const akin_bound_row *row;
    akin_json *list = akin_json_array();
    for (int i = 0; (row = akin_bounds_at(bounds, i)); i++) akin_json_append(list, cli_bound_json(row));
    return list;
}

static akin_json *bounds_json(const akin_bound_input *in, const akin_bounds *bounds)
{
    return akin_json_pack("{s:I,s:I,s:f,s:I,s:o}", "n", (int64_t)in->a.rows, "width", (int64_t)in->a.cols,
                          "temperature", in->temperature, "negatives", (int64_t)in->negatives, "bounds",
                          rows_json(bounds));
}

static int print_rows(const cli_args *args, const akin_bound_input *in, const akin_bounds *bounds)
{
    const akin_bound_row *row;
    printf("%lld items of width %lld, temperature %g, %lld negatives\n"
           "features at unit length; nats unless said\n\n",
           (long long)in->a.rows, (long long)in->a.cols, in->temperature, (long long)in->negatives);
    akin_print(stdout, "  %-36s %10s %-10s    %12s\n", "", "measured", "(95 %)", "bound");
    for (int i = 0; (row = akin_bounds_at(bounds, i)); i++) print_row(row);
    putchar('\n');
    cli_wrap(
        "vacuous: no better than chance, or than the least there is. Marks: derived = constants worked out "
        "for this program; unverified, reconstruction = not checked word by word against the paper.",
        0, 0);
    if (fflush(stdout) == EOF || ferror(stdout))
        return cli_error(args, AKIN_ERR_IO, "cannot write to standard output");
    return 0;
}

static int list_papers(void)
{
    const akin_bound_kind *k;
    for (int i = 0; (k = akin_bound_kind_at(i)); i++)
        akin_print(stdout, "%-14s %-16s %s\n", k->name, k->paper, k->line);
    return 0;
}

akin_status cli_bounds_check(const char *list, akin_error *err)
{
    /* An empty input fails for its views only after the list was found good. */
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    akin_bounds *none = NULL;
    const akin_status status = akin_bounds_compute(&in, list, &none, err);
    return status == AKIN_ERR_ARGUMENT && strstr(err->message, "no bounds are called") ? status : AKIN_OK;
}

/* The verb ------------------------------------------------------------------------------------------- */

/* What is bounded, where it is a run: its model and data. */
typedef struct subject {
    const char *run, *split;
    akin_model *model;
    akin_dataset *data;
} subject;

/* The record of a run has more than that of files, and stays in RUN/bounds.json. */
static akin_status store(const cli_args *args, const subject *s, akin_json *root, akin_error *err)
{
    char path[4096];
    akin_json_put(root, "step", akin_json_int(akin_model_step(s->model)));
    akin_json_put(root, "weights", akin_json_text(akin_model_weights(s->model)));
    akin_json_put(root, "layer", akin_json_text(cli_text(args, "layer")));
    akin_json_put(root, "split", akin_json_text(s->split));
    akin_json_put(root, "data", akin_json_text(akin_dataset_name(s->data)));
    akin_json_put(root, "fingerprint", akin_json_text(akin_dataset_fingerprint(s->data)));
    akin_json_put(root, "data_changed", akin_json_bool(cli_data_changed(s->model, s->data, NULL)));
    snprintf(path, sizeof path, "%s/bounds.json", s->run);
    return akin_json_save(path, root, AKIN_JSON_INDENTED, 9, err);
}

/* The next of a list of whole numbers; *at moves behind it, and its comma. */
static akin_status next_number(const char **at, int64_t *k, akin_error *err)
{
    char *end;
    const long long x = strtoll(*at, &end, 10);
    if (end == *at || x < 1 || x > 16777216 || (*end && (*end != ',' || !end[1])))
        return cli_set_error(
            err, AKIN_ERR_ARGUMENT,
            "--over-negatives: '%s' is no list of whole numbers from 1 to 16777216 with commas "
            "between",
            *at);
    *k = x;
    *at = *end ? end + 1 : end;
    return AKIN_OK;
}

/* The same features with other numbers of negatives, as a list within root. */
static akin_status add_over(const cli_args *args, const akin_bound_input *in, akin_json *root,
                            akin_error *err)
{
    if (!cli_given(args, "over-negatives")) return AKIN_OK;
    const char *at = cli_text(args, "over-negatives");
    akin_json *list = akin_json_array();
    akin_bound_input other = *in;
    akin_status status = AKIN_OK;
    while (!status && *at) {
        int64_t k = 0;
        akin_bounds *bounds = NULL;
        status = next_number(&at, &k, err);
        other.negatives = k;
        if (!status) status = akin_bounds_compute(&other, cli_text(args, "only"), &bounds, err);
        if (!status)
            akin_json_append(list, akin_json_pack("{s:I,s:o}", "negatives", k, "bounds", rows_json(bounds)));
        akin_bounds_free(bounds);
    }
    akin_json_put(root, "over_negatives", list);
    return status;
}

/* A list that cannot be read is told before anything is computed. */
static akin_status check_over(const cli_args *args, akin_error *err)
{
    int64_t k;
    akin_status status = AKIN_OK;
    for (const char *at = cli_text(args, "over-negatives"); at && *at && !status;)
        status = next_number(&at, &k, err);
    return status;
}

/* What is told of the bounds, and kept; nothing of it by other ranks than the first. */
static int tell(const cli_args *args, const akin_bound_input *in, const akin_bounds *bounds,
                const subject *of, akin_json *root)
{
    const int code = args->json ? cli_print_json(args, akin_json_share(root)) : print_rows(args, in, bounds);
    if (!code && of) cli_note(args, "%s/bounds.json keeps it for akin report", of->run);
    return code;
}

/* status: what happened before; of: NULL for files. */
static int compute(const cli_args *args, akin_bound_input *in, const subject *of, akin_status status,
                   akin_error *err)
{
    if (cli_given(args, "temperature")) in->temperature = cli_real(args, "temperature");
    if (cli_given(args, "negatives")) in->negatives = cli_int(args, "negatives");
    if (cli_given(args, "alpha")) in->alpha = cli_real(args, "alpha");
    in->lambda = cli_real(args, "lambda");
    in->delta = cli_real(args, "delta");
    in->seed = (uint64_t)cli_int(args, "seed");
    akin_bounds *bounds = NULL;
    if (!status) status = akin_bounds_compute(in, cli_text(args, "only"), &bounds, err);
    akin_json *root = status ? NULL : bounds_json(in, bounds);
    if (!status) status = add_over(args, in, root, err);
    if (!status) cli_put_ranks(root);
    if (!status && of && cli_rank_writes()) status = store(args, of, root, err);
    int code = cli_agree(args, status ? cli_fail(args, err) : -1);
    if (code < 0) code = cli_rank_writes() ? tell(args, in, bounds, of, root) : 0;
    akin_json_free(root);
    akin_bounds_free(bounds);
    return code;
}

enum { FILE_A, FILE_B, FILE_FROM_A, FILE_FROM_B, FILE_NOW, FILE_LABELS, FILES, MATRICES = FILE_LABELS };
static const char *const FILE_OPTIONS[FILES] = { "a", "b", "from-a", "from-b", "now", "labels" };

static akin_cmat matrix(const akin_array *x)
{
    return x->data ? (akin_cmat){ x->data, x->shape[0], x->shape[1], x->shape[1] } : (akin_cmat){ .rows = 0 };
}

static int from_files(const cli_args *args)
{
    akin_array x[MATRICES] = { { .data = NULL } }, labels = { .data = NULL };
    akin_error err;
    const char *files[FILES];
    uint64_t state;
    for (int i = 0; i < FILES; i++) files[i] = cli_text(args, FILE_OPTIONS[i]);
    akin_status status = akin_file_set_check(files, FILES, &state, &err);
    for (int i = 0; i < MATRICES && !status; i++)
        if (files[i]) status = akin_npy_load_matrix(files[i], &x[i], &err);
    if (!status) status = akin_labels_load(files[FILE_LABELS], &labels, &err);
    if (!status) status = akin_file_set_same(files, FILES, state, &err);
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    if (!status) {
        in.a = matrix(&x[FILE_A]);
        in.b = matrix(&x[FILE_B]);
        in.from_a = matrix(&x[FILE_FROM_A]);
        in.from_b = matrix(&x[FILE_FROM_B]);
        in.now = matrix(&x[FILE_NOW]);
        in.labels = labels.data;
        in.count = labels.count;
    }
    const int code = compute(args, &in, NULL, status, &err);
    if (!in.b.data && !code) cli_note(args, "without --b the positive of an item is the item itself");
    for (int i = 0; i < MATRICES; i++) akin_array_free(&x[i]);
    akin_array_free(&labels);
    return code;
}

/* Is a paper that looks at the encoder before training among those that are asked for? */
static bool looks_back(const char *only)
{
    return strcmp(only, "all") == 0 || strstr(only, "wang") || strstr(only, "stepwise") ||
           strstr(only, "wide");
}

/* The same views by the same encoder before training, and their augmentation confusion ratio: NULL and NaN
 * where they cannot be had, which a disk that fails or a lack of memory does not say. */
static akin_status before_training(const cli_args *args, const subject *s, const akin_view_pair **views,
                                   double *confusion, akin_error *err)
{
    akin_model *model = NULL;
    akin_bounds *bounds = NULL;
    const akin_bound_row *row;
    akin_status status = cli_open_shared(args, args->positional[0], AKIN_MODEL_RANDOM, NULL, &model, err);
    status = akin_ranks_agree(cli_ranks(), status, err); /* all go on without it, or none */
    if (!status) status = make_views(args, model, s->data, s->split, cli_int(args, "items"), views, err);
    if (!status) {
        const akin_bound_input in = cli_views_input(*views);
        status = akin_bounds_compute(&in, "wang", &bounds, err);
    }
    for (int i = 0; !status && (row = akin_bounds_at(bounds, i)); i++)
        if (strcmp(row->name, "wang-acr") == 0) *confusion = row->measured;
    akin_model_free(model);
    akin_bounds_free(bounds);
    return status == AKIN_ERR_IO || status == AKIN_ERR_NOMEM || status == AKIN_ERR_INPUT ? status : AKIN_OK;
}

/* The run's model and data, and the part of them that is meant. */
static akin_status open_subject(const cli_args *args, subject *s, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    akin_status status = cli_open_model(args, s->run, &s->model, err);
    if (!status) status = cli_open_data(args, s->model, NULL, &s->data, err);
    if (status) return status;
    s->split = cli_text(args, "split");
    if (strcmp(s->split, "auto") == 0)
        s->split =
            akin_dataset_split(s->data, "test", AKIN_TARGET_AUTO, &part, NULL) == AKIN_OK && part.labels
                ? "test"
                : "train";
    status = akin_dataset_split(s->data, s->split, AKIN_TARGET_AUTO, &part, err);
    return status || part.labels ? status : cli_set_error(err, AKIN_ERR_INPUT, NO_LABELS);
}

static int from_run(const cli_args *args)
{
    akin_error err;
    subject s = { .run = args->positional[0] };
    const akin_view_pair *views = NULL, *before = NULL;
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    akin_bound_run known = AKIN_BOUND_RUN_INIT;
    akin_status status = cli_ranks_alike(open_subject(args, &s, &err), s.model, s.data, &err);
    if (!status) {
        cli_note(args, "embedding two views of items of %s, step %lld", s.split,
                 (long long)akin_model_step(s.model));
        status = make_views(args, s.model, s.data, s.split, cli_int(args, "items"), &views, &err);
    }
    if (!status && looks_back(cli_text(args, "only")))
        status = before_training(args, &s, &before, &known.initial_acr, &err);
    if (!status) {
        in = cli_views_input(views);
        known.sigmoid_bias = views->sigmoid_bias;
        in.run = &known;
        if (before && before->n == views->n) {
            in.from_a = (akin_cmat){ before->a, before->n, before->d, before->d };
            in.from_b = (akin_cmat){ before->b, before->n, before->d, before->d };
        }
    }
    const int code = compute(args, &in, &s, status, &err);
    akin_view_pair_free(views);
    akin_view_pair_free(before);
    akin_dataset_free(s.data);
    akin_model_free(s.model);
    return code;
}

/* What is asked for makes sense: -1. */
static int check(const cli_args *args)
{
    akin_error err;
    if (cli_bounds_check(cli_text(args, "only"), &err) || check_over(args, &err)) return cli_fail(args, &err);
    for (int i = 0; i < FILES && args->positionals; i++)
        if (cli_given(args, FILE_OPTIONS[i]))
            return cli_error(args, AKIN_ERR_ARGUMENT, "a RUN and --%s are given; one or the other",
                             FILE_OPTIONS[i]);
    if (args->positionals) return -1;
    if (!cli_given(args, "a") || !cli_given(args, "labels"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is missing; give a RUN, or --a, --b and --labels",
                         cli_given(args, "a") ? "labels" : "a");
    if (cli_given(args, "from-a") != cli_given(args, "from-b"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--from-a and --from-b go together; --%s is missing",
                         cli_given(args, "from-a") ? "from-b" : "from-a");
    return -1;
}

static int run(const cli_args *args)
{
    if (strcmp(cli_text(args, "only"), "list") == 0) return list_papers();
    const int refused = cli_agree(args, cli_rank_writes() ? check(args) : -1);
    if (refused >= 0) return refused;
    return args->positionals ? from_run(args) : from_files(args);
}

static const cli_example EXAMPLES[] = {
    { "The bounds of two papers for a run", "akin bounds runs/a --only arora,nozawa-sato" },
    { "The same encoder beside fewer and more negatives", "akin bounds runs/a --over-negatives 15,63,1023" },
    { NULL, NULL },
};

const cli_verb cli_bounds = {
    .name = "bounds",
    .line = "what papers prove about these features, beside what is measured",
    .usage = "RUN   |   --a FILE --b FILE --labels FILE",
    .text = "Each row: the measured quantity with its sampling error, the bound, whether it holds, and "
            "whether it is\n"
            "vacuous. Anchors are rows of a, negatives and class means rows of b, drawn with replacement: "
            "the model\n"
            "the papers assume. At most 8192 anchors are taken.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 0,
    .most = 1,
    .run = run,
    .ranks = true,
};
