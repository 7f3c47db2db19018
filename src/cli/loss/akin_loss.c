/* SPDX-License-Identifier: Apache-2.0 */
/* cli/loss/akin_loss.c - akin loss: any loss of the list on arrays from files, its gradients, and what its
 * value means. */
#include "cli/known.h"
#include "cli/loss/inputs.h"

#include "akin/tool/loss.h"
#include "akin/tool/escape.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const akin_opt_desc OPTIONS[] = {
    { "loss", AKIN_OPT_TEXT, NULL, "NAME", 0, 0, "which loss; --list shows them all" },
    { "a", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "first view, .npy [n,d]; curl-*: the anchors" },
    { "b", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "second view, .npy [n,d]: row i is another view of row i of a" },
    { "labels", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "supcon, nscl, y-aware, rank-n-contrast: a whole number per row, .npy or text" },
    { "features", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "difficult: .npy [2n,h], encoder outputs of a then b [the rows of a and b]" },
    { "targets", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "simsiam, byol, matrix-ssl: .npy [2n,d], what a then b are to predict; constants [the partners]" },
    { "links", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "xclr: .npy [m,3], two rows (of a, then of b, from 0) and their weight, below 0: known to differ" },
    { "values", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "y-aware, rank-n-contrast: .npy [2n,q], of a then b, or [n,q] for both [the labels]" },
    { "positives", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "curl-*: .npy [n,d] or [n,block,d]" },
    { "negatives", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "curl-*: .npy [n,k,d] or [n,k,block,d]" },
    { "groups", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "a whole number per row; equal numbers are copies of one item, which raise the floor" },
    { "grad-a", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "write dL/da here" },
    { "grad-b", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "write dL/db here" },
    { "grad-positives", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "write dL/dpositives here" },
    { "grad-negatives", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "write dL/dnegatives here" },
    { "precision", AKIN_OPT_CHOICE, "f32", AKIN_PRECISION_CHOICES, 0, 0, "arithmetic of the n*n part" },
    { "memory", AKIN_OPT_TEXT, NULL, "SIZE", 0, 0,
      "budget such as 512M or 4G: room to spare is used for speed [the least]" },
    { "compare", AKIN_OPT_TEXT, NULL, "NAME,NAME..", 0, 0,
      "several losses on the same arrays; 'all' for all" },
    { "list", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "show every loss with its formula and parameters" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace gradient files that exist" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

enum { MOST_PARAMETERS = 64 };
static akin_opt_desc parameters[MOST_PARAMETERS];
static int parameter_count;

static void list_parameter(const akin_opt_desc *o)
{
    int k = 0;
    while (k < parameter_count && strcmp(parameters[k].name, o->name) != 0) k++;
    if (k == MOST_PARAMETERS) return;
    if (k == parameter_count) parameters[parameter_count++] = *o;
    parameters[k].min = fmin(parameters[k].min, o->min);
    parameters[k].max = fmax(parameters[k].max, o->max);
}

/* Row i of the parameters of all losses, each name once, with a range that holds those of all; the loss
 * checks its own. */
static const akin_opt_desc *parameter(int i)
{
    if (parameter_count == 0)
        for (int row = 0; akin_loss_at(row); row++)
            for (int k = 0; akin_loss_option_at(akin_loss_at(row), k); k++)
                list_parameter(akin_loss_option_at(akin_loss_at(row), k));
    return i >= 0 && i < parameter_count ? &parameters[i] : NULL;
}

/* Parameters: those of the loss; with one loss, others are refused. ------------------------------------- */

static akin_status set_parameters(const cli_args *args, const akin_loss *loss, bool only,
                                  akin_loss_params *params, akin_error *err)
{
    akin_status status = akin_loss_defaults(loss, params, err);
    const akin_opt_desc *o, *own;
    for (int i = 0; (o = parameter(i)) && !status; i++) {
        if (!cli_given(args, o->name)) continue;
        bool has = false;
        for (int k = 0; (own = akin_loss_option_at(loss, k)); k++) has |= strcmp(own->name, o->name) == 0;
        if (!has && !only) continue;
        status = akin_loss_params_set(params, loss, o->name, cli_text(args, o->name), err);
    }
    return status;
}

/* "512M" in bytes; 0 when it is none. */
static size_t parse_size(const char *text)
{
    char *end;
    const double number = strtod(text, &end);
    static const char units[] = "KMGT";
    double unit = 1;
    if (*end) {
        const char *at = strchr(units, *end >= 'a' ? *end - 32 : *end);
        if (!at || (end[1] && strcmp(end + 1, "B") != 0 && strcmp(end + 1, "iB") != 0)) return 0;
        unit = ldexp(1, 10 * (int)(at - units + 1));
    }
    return number > 0 && number * unit < 0x1p62 ? (size_t)(number * unit) : 0;
}

/* One loss ---------------------------------------------------------------------------------------------- */

typedef struct outcome {
    const akin_loss *loss;
    double value, seconds, learned;
    akin_calibration means;
    size_t scratch;
} outcome;

static const struct {
    const char *option;
    size_t grad, input;
} GRADS[] = {
    { "grad-a", offsetof(akin_loss_grads, a), offsetof(akin_loss_batch, a) },
    { "grad-b", offsetof(akin_loss_grads, b), offsetof(akin_loss_batch, b) },
    { "grad-positives", offsetof(akin_loss_grads, positives), offsetof(akin_loss_batch, positives) },
    { "grad-negatives", offsetof(akin_loss_grads, negatives), offsetof(akin_loss_batch, negatives) },
};
enum { N_GRADS = sizeof GRADS / sizeof *GRADS };

static akin_mat *grad_of(akin_loss_grads *g, int i)
{
    return (akin_mat *)(void *)((char *)g + GRADS[i].grad);
}

static akin_status allocate_grads(const cli_args *args, const akin_loss_batch *batch, akin_loss_grads *g,
                                  akin_error *err)
{
    for (int i = 0; i < N_GRADS; i++) {
        const char *path = cli_text(args, GRADS[i].option);
        if (!path) continue;
        akin_path_kind there;
        const akin_status seen = akin_path_look(path, &there, NULL, err);
        if (seen) return seen;
        if (there && !cli_flag(args, "force"))
            return cli_set_error(err, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", path);
        const akin_cmat *x = (const akin_cmat *)(const void *)((const char *)batch + GRADS[i].input);
        if (!x->data)
            return cli_set_error(err, AKIN_ERR_ARGUMENT, "--%s: there is no such input", GRADS[i].option);
        float *data = malloc((size_t)(x->rows * x->cols) * sizeof *data);
        if (!data)
            return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for a gradient of %lld rows",
                                 (long long)x->rows);
        akin_mat m = { data, x->rows, x->cols, x->cols };
        *grad_of(g, i) = m;
    }
    return AKIN_OK;
}

static akin_status save_grads(const cli_args *args, const cli_loss_inputs *in, akin_loss_grads *g,
                              akin_error *err)
{
    const akin_array *like[] = { &in->a, &in->b, &in->positives, &in->negatives };
    akin_files *files;
    akin_status status = akin_files_create(&files, err);
    if (status) return status;
    for (int i = 0; i < N_GRADS && !status; i++) {
        const akin_mat *m = grad_of(g, i);
        if (m->data)
            status = akin_npy_add(files, cli_text(args, GRADS[i].option), AKIN_DTYPE_F32, like[i]->ndim,
                                  like[i]->shape, m->data, err);
    }
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static akin_status evaluate(const cli_args *args, cli_loss_inputs *in, bool only, outcome *out,
                            akin_error *err)
{
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    akin_loss_permuted permuted = AKIN_LOSS_PERMUTED_INIT;
    cli_loss_part part = { .features = NULL }; /* of this rank */
    void *memory = NULL;
    akin_status status = cli_loss_inputs_given(args, out->loss, err);
    if (!status && out->loss->needs & AKIN_LOSS_FEATURES) status = cli_loss_inputs_features(in, err);
    if (!status) status = set_parameters(args, out->loss, only, &params, err);
    if (status) return status;
    for (int i = AKIN_PRECISION_F32; i <= AKIN_PRECISION_F64; i++)
        if (strcmp(akin_precision_name((akin_precision)i), cli_text(args, "precision")) == 0)
            in->batch.precision = (akin_precision)i;
    const char *budget = cli_text(args, "memory");
    const size_t most = budget ? parse_size(budget) : 0;
    if (budget && !most)
        return cli_set_error(err, AKIN_ERR_RANGE, "--memory is '%s'; it must be a size such as 512M or 4G",
                             budget);

    out->means = (akin_calibration)AKIN_CALIBRATION_INIT;
    status = akin_loss_calibrate(out->loss, &params, &in->batch, in->group, &out->means, err);
    if (!status && only) status = allocate_grads(args, &in->batch, &grads, err);
    if (!status) status = cli_loss_part_take(&in->batch, &grads, &part, err);
    if (!status) {
        out->scratch = akin_loss_scratch_bytes(out->loss, &params, &part.batch, most);
        if (budget && out->scratch > most)
            status =
                cli_set_error(err, AKIN_ERR_NOMEM, "--memory is %s, and %s needs %.1f MiB for [%lld,%lld]",
                              budget, out->loss->name, (double)out->scratch / 1048576,
                              (long long)in->batch.a.rows, (long long)in->batch.a.cols);
        else if (!(memory = malloc(out->scratch)))
            status = cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %zu bytes of scratch", out->scratch);
    }
    if (!status) {
        akin_arena arena;
        akin_arena_init(&arena, memory, out->scratch);
        const double start = seconds_now();
        part.grads.permuted = &permuted;
        status = akin_loss_eval(out->loss, &params, &part.batch, &arena, &out->value, &part.grads, err);
        out->seconds = seconds_now() - start;
        akin_loss_calibration_add(&out->means, &permuted, in->batch.a.rows);
        out->learned = akin_loss_learned(&out->means, out->value);
    }
    if (!status) status = cli_loss_part_gather(&in->batch, &grads, err);
    if (!status && cli_rank_writes()) status = save_grads(args, in, &grads, err);
    free(memory);
    cli_loss_part_free(&part);
    for (int i = 0; i < N_GRADS; i++) free(grad_of(&grads, i)->data);
    return status;
}

/* Output ------------------------------------------------------------------------------------------------ */

static double permuted_of(const outcome *o)
{
    return o->means.permuted_known ? o->means.permuted : (double)NAN;
}

static akin_json *to_json(const cli_args *args, const outcome *o, const cli_loss_inputs *in)
{
    return akin_json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:I, s:I, s:s, s:f, s:I}", "name", o->loss->name,
        "loss", cli_json_real(o->value), "chance", cli_json_real(o->means.chance), "permuted",
        cli_json_real(permuted_of(o)), "permuted_error",
        cli_json_real(o->means.permuted_known ? o->means.permuted_error : (double)NAN), "floor",
        cli_json_real(o->means.floor), "duplicate_floor", cli_json_real(o->means.duplicate_floor), "learned",
        cli_json_real(o->learned), "verdict", akin_loss_verdict(&o->means, o->value), "unit",
        AKIN_LOSS_UNIT(o->loss->needs), "n", (int64_t)in->batch.a.rows, "d", (int64_t)in->batch.a.cols,
        "precision", cli_text(args, "precision"), "seconds", o->seconds, "scratch_bytes",
        (int64_t)o->scratch);
}

enum { BAR = 40 };

static void print_bar(double learned)
{
    const int filled = (int)(learned * BAR + 0.5);
    fputs("  nothing |", stdout);
    for (int i = 0; i < BAR; i++) putchar(i < filled ? '#' : '.');
    printf("| floor   %.1f %% of the way\n", 100 * learned);
}

static void print_outcome(const outcome *o, const cli_loss_inputs *in)
{
    const char *unit = AKIN_LOSS_UNIT(o->loss->needs);
    akin_print(stdout, "%s of %" PRId64 " pairs, d = %" PRId64 "   %s\n\n", o->loss->name, in->batch.a.rows,
               in->batch.a.cols, o->loss->paper);
    akin_print(stdout, "  loss     %12.6f%s%s\n", o->value, *unit ? " " : "", unit);
    printf("  chance   %12.6f      all embeddings equal\n", o->means.chance);
    if (o->means.permuted_known)
        printf("  permuted %12.6f      these embeddings with partners permuted, +- %.2g\n", o->means.permuted,
               o->means.permuted_error);
    if (!o->means.floor_known)
        printf("  floor      not known for this loss\n");
    else
        printf("  floor    %12.6f      no encoder goes below\n", o->means.floor);
    if (o->means.floor_known && o->means.duplicate_floor > o->means.floor)
        printf("           %12.6f      with these copies in the batch\n", o->means.duplicate_floor);
    putchar('\n');
    if (isfinite(o->learned)) print_bar(o->learned);
    akin_print(stdout, "  %s: %s.\n", akin_loss_verdict(&o->means, o->value),
               akin_loss_verdict_text(&o->means, o->value));
}

static void print_row(const outcome *o)
{
    char floor[32] = "-", learned[32] = "-", permuted[32] = "-";
    if (o->means.permuted_known) snprintf(permuted, sizeof permuted, "%.4f", o->means.permuted);
    if (o->means.floor_known) snprintf(floor, sizeof floor, "%.4f", o->means.floor);
    if (isfinite(o->learned)) snprintf(learned, sizeof learned, "%.1f %%", 100 * o->learned);
    akin_print(stdout, "%-16s %8.4f %8.4f %8s %8s %7s  %s\n", o->loss->name, o->value, o->means.chance,
               permuted, floor, learned, akin_loss_verdict(&o->means, o->value));
}

static void print_list(void)
{
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        akin_print(stdout, "%-17s %s  %s\n    %s\n", l->name, l->line, l->paper, l->formula);
        const akin_opt_desc *o;
        for (int k = 0; (o = akin_loss_option_at(l, k)); k++) {
            akin_print(stdout, "    --%s%s%s", o->name, o->type == AKIN_OPT_FLAG ? "" : " ",
                       o->type == AKIN_OPT_FLAG ? ""
                       : o->values              ? o->values
                                                : "X");
            akin_print(stdout, "   %s", o->help);
            if (o->fallback) akin_print(stdout, " [%s]", o->fallback);
            putchar('\n');
        }
        putchar('\n');
    }
}

static int list_json(const cli_args *args)
{
    akin_json *all = akin_json_array();
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        akin_json *options = akin_json_object();
        const akin_opt_desc *o;
        for (int k = 0; (o = akin_loss_option_at(l, k)); k++)
            akin_json_put(options, o->name, o->fallback ? akin_json_text(o->fallback) : akin_json_null());
        akin_json_append(all,
                         akin_json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", l->name, "line", l->line,
                                        "paper", l->paper, "formula", l->formula, "parameters", options));
    }
    return cli_print_json(args, akin_json_pack("{s:o}", "losses", all));
}

/* The verb ---------------------------------------------------------------------------------------------- */

static int run_one(const cli_args *args, cli_loss_inputs *in)
{
    akin_error err;
    outcome o = { .loss = cli_find_loss(cli_text(args, "loss"), &err) };
    if (!o.loss || evaluate(args, in, true, &o, &err)) return cli_fail(args, &err);
    if (args->json) return cli_print_json(args, to_json(args, &o, in));
    print_outcome(&o, in);
    return 0;
}

/* Of 'all', those whose inputs are given. */
static bool applies(const cli_args *args, const akin_loss *loss)
{
    akin_error err;
    return cli_loss_inputs_given(args, loss, &err) == AKIN_OK;
}

static int run_compare(const cli_args *args, cli_loss_inputs *in)
{
    akin_error err;
    outcome o[64];
    int n = 0;
    const char *text = cli_text(args, "compare");
    if (strcmp(text, "all") == 0) {
        for (int i = 0; akin_loss_at(i) && n < 64; i++)
            if (applies(args, akin_loss_at(i))) o[n++].loss = akin_loss_at(i);
    }
    for (const char *at = text; n < 64 && strcmp(text, "all") != 0 && *at;) {
        char name[64];
        const size_t length = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), at);
        if (!(o[n].loss = cli_find_loss(name, &err))) return cli_fail(args, &err);
        n++;
        at += length + (at[length] == ',');
    }
    if (n == 0) return cli_error(args, AKIN_ERR_ARGUMENT, "--compare names no loss whose inputs are given");
    akin_json *all = akin_json_array();
    if (!args->json)
        akin_print(stdout, "%-16s %8s %8s %8s %8s %7s  verdict\n", "loss", "value", "chance", "permuted",
                   "floor", "learned");
    for (int i = 0; i < n; i++) {
        if (evaluate(args, in, false, &o[i], &err)) {
            akin_json_free(all);
            return cli_fail(args, &err);
        }
        if (args->json)
            akin_json_append(all, to_json(args, &o[i], in));
        else
            print_row(&o[i]);
    }
    if (args->json) return cli_print_json(args, akin_json_pack("{s:o}", "compare", all));
    akin_json_free(all);
    return 0;
}

static int evaluate_all(const cli_args *args)
{
    if (cli_flag(args, "list")) {
        if (args->json) return list_json(args);
        print_list();
        return 0;
    }
    if (!cli_given(args, "loss") && !cli_given(args, "compare"))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "which loss? --loss NAME, or --compare NAME,NAME; --list shows them");
    cli_loss_inputs in = { .own_features = NULL };
    akin_error err;
    int code;
    if (cli_loss_inputs_load(args, &in, &err))
        code = cli_fail(args, &err);
    else
        code = cli_given(args, "compare") ? run_compare(args, &in) : run_one(args, &in);
    cli_loss_inputs_free(&in);
    return code;
}

/* Ranks evaluate together; the first one writes and tells. */
static int run(const cli_args *args) { return cli_agree(args, evaluate_all(args)); }

static const cli_heading HEADINGS[] = {
    { "labels", "inputs", "Further inputs, of some losses" },
    { "grad-a", "gradients", "Gradients, arithmetic and memory" },
    { "compare", NULL, "Several losses" },
    { "temperature", "parameters", "Parameters of losses; akin loss --list tells whose" },
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "NT-Xent of two arrays, and its gradient",
      "akin loss --loss ntxent --a a.npy --b b.npy --grad-a grad.npy" },
    { "Every loss with its formula and parameters", "akin loss --list" },
    { NULL, NULL },
};

const cli_verb cli_loss = {
    .name = "loss",
    .line = "any loss on arrays from files, with gradients, chance and floor",
    .usage = "--loss NAME --a a.npy --b b.npy [parameters]",
    .text = "The value of a loss, and what it means: chance is the loss when all embeddings are equal, "
            "permuted that\n"
            "of these embeddings when their partners are permuted, the floor is what no encoder can go "
            "below. Parameters not of the chosen loss are refused; a parameter's "
            "default\n"
            "depends on the loss: akin loss --list.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .basic = "labels temperature",
    .more = parameter,
    .examples = EXAMPLES,
    .least = 0,
    .most = 0,
    .run = run,
    .ranks = true,
};
