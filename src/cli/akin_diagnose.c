/* SPDX-License-Identifier: Apache-2.0 */
/* cli/akin_diagnose.c - akin diagnose: what an embedding looks like, each value with its paper, its mark
 * and a verdict. */
#include "cli/trained.h"

#include "akin/tool/dataset.h"
#include "akin/tool/diagnose.h"
#include "akin/tool/labels.h"
#include "akin/tool/subject.h"
#include "akin/tool/escape.h"
#include "akin/tool/file_set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "items", AKIN_OPT_INT, "5000", "N", 0, 1e9,
      "items of the run's data to look at, evenly spaced; 0 = all" },
    { "views", AKIN_OPT_INT, "4", "N", 2, 64, "augmented views of each item" },
    { "checkpoint", AKIN_OPT_TEXT, "newest", "WHICH", 0, 0, "newest, best (lowest training loss) or a step" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "which layer" },
    CLI_WEIGHTS_OPTION,
    { "split", AKIN_OPT_CHOICE, "auto", "auto|train|test", 0, 0,
      "which part; auto = test where there is one" },
    { "data", AKIN_OPT_TEXT, NULL, "DATA", 0, 0, "another data set than the run's own" },
    CLI_READING_OPTIONS,
    { "with", AKIN_OPT_TEXT, NULL, "RUN2|FILE", 0, 0,
      "compare with another run on the same items; with --a a matrix of as many rows" },
    { "a", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "without RUN: embeddings, .npy [n,d]" },
    { "b", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "with --a: other views of the same items, .npy [n,d]" },
    { "labels", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "with --a: .npy or one whole number a line" },
    { "temperature", AKIN_OPT_REAL, "0.1", "T", 1e-4, 1e4, "of the loss; a run knows its own" },
    { "lambda", AKIN_OPT_REAL, "1", "L", 1e-6, 1e6, "repulsion over attraction; a run knows its own" },
    { "batch-size", AKIN_OPT_INT, "0", "N", 0, 1e9, "items of a batch, for collisions; a run knows its own" },
    { "difficult-share", AKIN_OPT_REAL, "0.08", "F", 1e-6, 0.999,
      "share of each class counted as difficult" },
    { "k", AKIN_OPT_INT, "10", "K", 1, 1e6, "neighbours compared under --with" },
    { "hardest", AKIN_OPT_INT, "20", "N", 0, 1000, "pairs to list" },
    { "explain", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "say of every value what it means" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* What is diagnosed: from files, or from a run. */
typedef struct subject {
    akin_diagnose_input in;
    akin_array features, other, view; /* from files */
    akin_labels *labels;              /* too; NULL = none */
    akin_cmat views[2];
    akin_subject *of_run;
    akin_dataset *data;
    int64_t step;
    bool changed; /* the data, since training */
} subject;

static void release(subject *s)
{
    akin_array_free(&s->features);
    akin_labels_free(s->labels);
    akin_array_free(&s->other);
    akin_array_free(&s->view);
    akin_subject_free(s->of_run);
    akin_dataset_free(s->data);
}

/* Files ---------------------------------------------------------------------------------------------- */

static akin_cmat view_of(const akin_array *a)
{
    return (akin_cmat){ a->data, a->shape[0], a->shape[1], a->shape[1] };
}

static akin_status read_files(const char *const files[4], subject *s, akin_error *err)
{
    const char *a = files[0], *b = files[1], *labels = files[2], *with = files[3];
    akin_status status = akin_npy_load_matrix(a, &s->features, err);
    if (status) return status;
    s->in.features = view_of(&s->features);
    if (b) {
        status = akin_npy_load_matrix(b, &s->view, err);
        if (status) return status;
        if (s->view.shape[0] != s->features.shape[0])
            return cli_set_error(err, AKIN_ERR_SHAPE,
                                 "'%s' has %lld rows, '%s' %lld; row i of both must be views of item i", b,
                                 (long long)s->view.shape[0], a, (long long)s->features.shape[0]);
        if (s->view.shape[1] != s->features.shape[1])
            return cli_set_error(err, AKIN_ERR_SHAPE,
                                 "'%s' has %lld columns, '%s' %lld; both must come from one encoder", b,
                                 (long long)s->view.shape[1], a, (long long)s->features.shape[1]);
        s->views[0] = s->in.features;
        s->views[1] = view_of(&s->view);
        s->in.views = s->views;
        s->in.view_count = 2;
    }
    if (labels) {
        akin_array numbers = { .data = NULL }; /* with nothing to compare, a slip would become a class */
        status = akin_labels_load(labels, &numbers, err);
        akin_array_free(&numbers);
        if (!status) status = akin_labels_open(labels, &s->labels, err);
        if (status) return status;
        if (akin_labels_count(s->labels) != s->features.shape[0])
            return cli_set_error(err, AKIN_ERR_SHAPE,
                                 "'%s' has %lld labels, '%s' %lld rows; each row needs one", labels,
                                 (long long)akin_labels_count(s->labels), a, (long long)s->features.shape[0]);
        s->in.labels = akin_labels_values(s->labels);
        s->in.label_count = akin_labels_count(s->labels);
    }
    if (with) {
        status = akin_npy_load_matrix(with, &s->other, err);
        if (status) return status;
        if (s->other.shape[0] != s->features.shape[0])
            return cli_set_error(err, AKIN_ERR_SHAPE,
                                 "'%s' has %lld rows, '%s' %lld; both must hold the same items", with,
                                 (long long)s->other.shape[0], a, (long long)s->features.shape[0]);
        s->in.other = view_of(&s->other);
    }
    return AKIN_OK;
}

static akin_status load_files(const cli_args *args, subject *s, akin_error *err)
{
    const char *const files[] = { cli_text(args, "a"), cli_text(args, "b"), cli_text(args, "labels"),
                                  cli_text(args, "with") };
    uint64_t state;
    akin_status status = akin_file_set_check(files, 4, &state, err);
    if (!status) status = read_files(files, s, err);
    return status ? status : akin_file_set_same(files, 4, state, err);
}

/* JSON ----------------------------------------------------------------------------------------------- */

static akin_json *measures_json(const akin_diagnosis *d)
{
    akin_json *list = akin_json_array();
    for (int i = 0; akin_diagnosis_at(d, i); i++) {
        const akin_diagnosis_value *v = akin_diagnosis_at(d, i);
        akin_json_append(list, akin_json_pack("{s:s,s:s,s:o,s:s,s:s,s:s,s:s}", "name", v->name, "group",
                                              v->group, "value", cli_json_real(v->value), "paper", v->paper,
                                              "mark", v->mark, "verdict", v->verdict, "means", v->means));
    }
    return list;
}

static akin_json *item_json(const subject *s, int64_t row)
{
    char name[1024];
    const int64_t item = s->of_run ? akin_subject_item(s->of_run, row) : row;
    if (s->data)
        akin_dataset_item_name(s->data, akin_subject_split(s->of_run), item, name, sizeof name);
    else
        snprintf(name, sizeof name, "%lld", (long long)row);
    akin_json *o = akin_json_pack("{s:o,s:I}", "item", akin_json_text(name), "row", (int64_t)item);
    if (s->in.labels) {
        const int32_t y = s->in.labels[row];
        const char *class = s->data ? akin_dataset_class_name(s->data, AKIN_TARGET_AUTO, y)
                                    : akin_labels_class_name(s->labels, y);
        if (!class) snprintf(name, sizeof name, "%d", y);
        akin_json_put(o, "label", akin_json_text(class ? class : name));
    }
    return o;
}

static akin_json *pairs_json(const subject *s, const akin_diagnosis_pair *pair, int64_t n, bool one)
{
    akin_json *list = akin_json_array();
    for (int64_t i = 0; i < n; i++) {
        akin_json *o =
            one ? item_json(s, pair[i].a)
                : akin_json_pack("{s:o,s:o}", "a", item_json(s, pair[i].a), "b", item_json(s, pair[i].b));
        akin_json_put(o, "similarity", cli_json_real(pair[i].similarity));
        akin_json_append(list, o);
    }
    return list;
}

static akin_json *square_json(const double *x, int64_t n)
{
    akin_json *rows = akin_json_array();
    for (int64_t i = 0; x && i < n; i++) {
        akin_json *row = akin_json_array();
        for (int64_t j = 0; j < n; j++) akin_json_append(row, cli_json_real(x[i * n + j]));
        akin_json_append(rows, row);
    }
    return rows;
}

static akin_json *diagnosis_json(const cli_args *args, const subject *s, const akin_diagnosis *d)
{
    int64_t n;
    akin_json *root = akin_json_pack("{s:o,s:I,s:I,s:i,s:f}", "measures", measures_json(d), "items",
                                     (int64_t)s->in.features.rows, "width", (int64_t)s->in.features.cols,
                                     "views", s->in.view_count, "temperature", s->in.temperature);
    if (args->positionals) {
        akin_json_put(root, "layer", akin_json_text(cli_text(args, "layer")));
        akin_json_put(root, "split", akin_json_text(akin_subject_split(s->of_run)));
        akin_json_put(root, "step", akin_json_int(s->step));
        akin_json_put(root, "data", akin_json_text(akin_dataset_name(s->data)));
        if (!cli_given(args, "data")) akin_json_put(root, "data_changed", akin_json_bool(s->changed));
    }
    akin_json_put(root, "zero_rows", akin_json_int(akin_diagnosis_zero_rows(d, NULL)));
    const double *spectrum = akin_diagnosis_spectrum(d, &n);
    akin_json *shares = akin_json_array();
    for (int64_t i = 0; i < n; i++) akin_json_append(shares, cli_json_real(spectrum[i]));
    akin_json_put(root, "spectrum", shares);
    const akin_diagnosis_pair *pair = akin_diagnosis_hardest(d, &n);
    akin_json_put(root, "hardest_pairs", pairs_json(s, pair, n, false));
    pair = akin_diagnosis_worst_positives(d, &n);
    akin_json_put(root, "worst_positives", pairs_json(s, pair, n, true));
    const double *measured = akin_diagnosis_class_cosines(d, &n);
    if (measured) {
        const double *optimal = akin_diagnosis_optimal_cosines(d, &n);
        akin_json_put(root, "class_cosines",
                      akin_json_pack("{s:o,s:o,s:s,s:s}", "measured", square_json(measured, n), "optimal",
                                     square_json(optimal, n), "paper", "[Nguyen2026]", "mark",
                                     "reconstruction"));
    }
    return root;
}

/* Text ----------------------------------------------------------------------------------------------- */

/* Worst first. */
static const char *const VERDICTS[] = { "poor", "fair", "good" };
enum { VERDICT_COUNT = sizeof VERDICTS / sizeof *VERDICTS, NAMES_AT = 14 };

/* How many values have which verdict, and which they are. */
static void print_verdicts(const akin_diagnosis *d)
{
    int judged = 0, all = 0;
    for (; akin_diagnosis_at(d, all); all++) judged += *akin_diagnosis_at(d, all)->verdict != 0;
    printf("verdicts: %d of %d values have one\n", judged, all);
    for (int v = 0; v < VERDICT_COUNT; v++) {
        char names[4096] = "";
        int count = 0;
        for (int i = 0; i < all; i++) {
            const akin_diagnosis_value *x = akin_diagnosis_at(d, i);
            if (strcmp(x->verdict, VERDICTS[v]) != 0) continue;
            const size_t length = strlen(names);
            snprintf(names + length, sizeof names - length, "%s%s", count++ ? ", " : "", x->name);
        }
        if (!count) continue;
        akin_print(stdout, "  %-5s %4d  ", VERDICTS[v], count);
        cli_wrap(names, NAMES_AT, NAMES_AT);
    }
}

static void print_value(const akin_diagnosis_value *v, bool explain)
{
    enum { MEANS_AT = 6, SOURCE_AT = 46 };
    char value[32], source[160];
    snprintf(value, sizeof value, isfinite(v->value) ? "%.4g" : "-", v->value);
    snprintf(source, sizeof source, "%s%s%s%s", v->paper, *v->mark ? " (" : "", v->mark, *v->mark ? ")" : "");
    if (*source) {
        akin_print(stdout, "  %-26s %9s  %-4s  ", v->name, value, v->verdict);
        cli_wrap(source, SOURCE_AT, SOURCE_AT);
    } else
        akin_print(stdout, "  %-26s %9s%s%s\n", v->name, value, *v->verdict ? "  " : "", v->verdict);
    if (!explain && !*v->verdict) return;
    akin_print(stdout, "%*s", MEANS_AT, "");
    cli_wrap(v->means, MEANS_AT, MEANS_AT);
}

static void print_values(const akin_diagnosis *d, bool explain)
{
    const char *group = "";
    print_verdicts(d);
    for (int i = 0; akin_diagnosis_at(d, i); i++) {
        const akin_diagnosis_value *v = akin_diagnosis_at(d, i);
        if (strcmp(group, v->group) != 0) akin_print(stdout, "\n%s\n", v->group);
        group = v->group;
        print_value(v, explain);
    }
}

/* "name label", or the name alone */
static void print_item(const akin_json *o)
{
    const char *label = akin_json_get_text(o, "label");
    akin_print(stdout, "%s%s%s", akin_json_get_text(o, "item"), label ? " " : "", label ? label : "");
}

static void print_pairs(const akin_json *root)
{
    size_t i;
    akin_json *p;
    const akin_json *pairs = akin_json_get(root, "hardest_pairs"),
                    *worst = akin_json_get(root, "worst_positives");
    if (akin_json_length(pairs))
        printf("\nhardest pairs (most similar of different classes, or of all without labels)\n");
    AKIN_JSON_ITEMS(pairs, i, p)
    {
        const akin_json *a = akin_json_get(p, "a"), *b = akin_json_get(p, "b");
        if (i == 5) break;
        printf("  %.4f  ", akin_json_as_real(akin_json_get(p, "similarity")));
        print_item(a);
        printf("  -  ");
        print_item(b);
        putchar('\n');
    }
    if (akin_json_length(worst)) printf("\nitems whose views agree least\n");
    AKIN_JSON_ITEMS(worst, i, p)
    {
        if (i == 5) break;
        printf("  %.4f  ", akin_json_as_real(akin_json_get(p, "similarity")));
        print_item(p);
        putchar('\n');
    }
}

/* ------------------------------------------------------------------------------------------------------ */

static akin_status store(const cli_args *args, const akin_json *root, akin_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/diagnose.json", args->positional[0]);
    return akin_json_save(path, root, AKIN_JSON_INDENTED, 9, err);
}

static int check_arguments(const cli_args *args)
{
    const bool a = cli_given(args, "a");
    if (a && args->positionals) return cli_error(args, AKIN_ERR_ARGUMENT, "either RUN or --a, not both");
    if (!a && !args->positionals)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "which run? usage: akin diagnose RUN, or --a A.npy [--b B.npy] [--labels Y]");
    for (int i = 0; i < 2; i++) {
        static const char *const needs[] = { "b", "labels" };
        if (!a && cli_given(args, needs[i]))
            return cli_error(args, AKIN_ERR_ARGUMENT, "--%s goes with --a; a run brings its own", needs[i]);
    }
    return -1;
}

/* A run ---------------------------------------------------------------------------------------------- */

static akin_status compare(const cli_args *args, subject *s, akin_error *err)
{
    akin_model *other = NULL;
    const char *with = cli_text(args, "with");
    if (!with) return AKIN_OK;
    akin_status status = cli_open_shared(args, with, cli_weights(args), NULL, &other, err);
    if (!status) status = akin_subject_compare(s->of_run, other, s->data, err);
    akin_model_free(other);
    return status;
}

static akin_status load_run(const cli_args *args, subject *s, akin_error *err)
{
    akin_model *model = NULL;
    akin_subject_opts o = AKIN_SUBJECT_OPTS_INIT;
    const char *split = cli_text(args, "split");
    o.split = strcmp(split, "auto") == 0 ? NULL : split;
    o.layer = cli_layer(args);
    o.items = cli_int(args, "items");
    o.views = (int32_t)cli_int(args, "views");
    o.seed = (uint64_t)cli_int(args, "seed");
    if (cli_given(args, "batch-size")) o.batch = cli_int(args, "batch-size");
    akin_status status = cli_open_model(args, args->positional[0], &model, err);
    if (!status) status = cli_open_set(args, model, cli_text(args, "data"), &s->data, err);
    status = cli_ranks_alike(status, model, s->data, err);
    if (!status) status = akin_subject_make(model, s->data, args->positional[0], &o, &s->of_run, err);
    if (!status) status = compare(args, s, err);
    if (!status) {
        s->step = akin_model_step(model);
        s->changed = cli_data_changed(model, s->data, cli_text(args, "data"));
        s->in = *akin_subject_input(s->of_run);
    }
    akin_model_free(model);
    return status;
}

/* What the command line says is stronger than what the run knows. */
static void read_options(const cli_args *args, akin_diagnose_input *in)
{
    if (cli_given(args, "temperature")) in->temperature = cli_real(args, "temperature");
    if (cli_given(args, "lambda")) in->lambda = cli_real(args, "lambda");
    if (cli_given(args, "batch-size")) in->batch = cli_int(args, "batch-size");
    in->difficult_share = cli_real(args, "difficult-share");
    in->neighbours = (int32_t)cli_int(args, "k");
    in->hardest = (int32_t)cli_int(args, "hardest");
}

static void tell_zeros(const cli_args *args, const subject *s, const akin_diagnosis *d)
{
    int64_t first;
    const int64_t zeros = akin_diagnosis_zero_rows(d, &first);
    if (!zeros) return;
    akin_json *item = item_json(s, first);
    cli_note(args, "%lld of %lld items %s left out: a row of theirs is all zeros; the first is %s%s",
             (long long)zeros, (long long)s->in.features.rows, zeros == 1 ? "is" : "are",
             s->data ? "" : "row ", akin_json_get_text(item, "item"));
    akin_json_free(item);
}

static int tell(const cli_args *args, const subject *s, const akin_diagnosis *d, akin_json *root)
{
    tell_zeros(args, s, d);
    if (args->json) return cli_print_json(args, akin_json_share(root));
    print_values(d, cli_flag(args, "explain"));
    print_pairs(root);
    if (args->positionals) cli_note(args, "%s/diagnose.json holds all of it", args->positional[0]);
    return 0;
}

static int run(const cli_args *args)
{
    const int refused = cli_agree(args, cli_rank_writes() ? check_arguments(args) : -1);
    if (refused >= 0) return refused;
    akin_error err;
    subject s = { .in = AKIN_DIAGNOSE_INPUT_INIT };
    akin_diagnosis *d = NULL;
    akin_json *root = NULL;
    akin_status status = args->positionals ? load_run(args, &s, &err) : load_files(args, &s, &err);
    read_options(args, &s.in);
    if (!status) status = akin_diagnose(&s.in, &d, &err);
    if (!status) root = diagnosis_json(args, &s, d);
    if (!status) cli_put_ranks(root);
    if (!status && args->positionals && cli_rank_writes()) status = store(args, root, &err);
    int code = cli_agree(args, status ? cli_fail(args, &err) : -1);
    if (code < 0) code = cli_rank_writes() ? tell(args, &s, d, root) : 0;
    akin_json_free(root);
    akin_diagnosis_free(d);
    release(&s);
    return code;
}

static const cli_heading HEADINGS[] = {
    CLI_READING_HEADING,
    { "with", NULL, "Comparison, and embeddings from anywhere" },
    { "temperature", "settings", "Settings of the values" },
    { "hardest", NULL, "What is told" },
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "Two runs on the same items", "akin diagnose runs/a --with runs/b" },
    { NULL, NULL },
};

const cli_verb cli_diagnose = {
    .name = "diagnose",
    .line = "tell what an embedding looks like, and what theory says of it",
    .usage = "RUN [--with RUN2]   |   --a A.npy [--b B.npy] [--labels Y] [--with C.npy]",
    .text = "Collapse, spectrum, alignment and uniformity, neural collapse, class geometry, similarity "
            "graph, prototype "
            "bias and\nhardest pairs, each value with its paper, how far it can be trusted, and a verdict "
            "where one "
            "value is better than\nanother. docs/diagnose.md states every formula and threshold. Writes "
            "RUN/diagnose.json, which akin report shows.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 0,
    .most = 1,
    .run = run,
    .ranks = true,
};
