/* SPDX-License-Identifier: Apache-2.0 */
/* cli/plan/akin_plan.c - akin plan: what theory says of classes, negatives and temperature, before anything
 * is trained. One point is told in full; several, from lists, as a table (range.c). With --ranks: what a step
 * costs on several ranks (ranks.c). */
#include "cli/plan/plan.h"
#include "cli/plan/ranks.h"

#include "akin/loss.h"
#include "akin/tool/class_numbers.h"
#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "classes", AKIN_OPT_TEXT, NULL, "C", 0, 0, "number of classes, all equally likely; a list: see below" },
    { "prior", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "probability of each class: .npy, or text with one a line" },
    { "class-counts", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "number of items of each class, likewise" },
    { "negatives", AKIN_OPT_TEXT, "255", "K", 0, 0, "negatives of each anchor; a list: see below" },
    { "temperature", AKIN_OPT_TEXT, "0.5", "T", 0, 0, "divides every similarity; a list: see below" },
    { "without-replacement", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "draw from the finite set of --class-counts" },
    { "width", AKIN_OPT_INT, "128", "D", 0, 1e6,
      "columns of an embedding, for the memory; with --ranks: channels of the encoder's first stage" },
    { "ranks", AKIN_OPT_INT, NULL, "N", 1, AKIN_STEP_COST_RANKS,
      "what a step costs on 1, 2, 4, ... N ranks" },
    { "bandwidth", AKIN_OPT_TEXT, NULL, "B", 0, 0,
      "of each rank, each way: 100Mbit, 10Gbit or 1.2GB a second" },
    { "latency", AKIN_OPT_TEXT, NULL, "TIME", 0, 0, "of a message, one way: 50us, 1ms" },
    { "encoder", AKIN_OPT_TEXT, "resnet-s", "NAME", 0, 0, "the network" },
    { "size", AKIN_OPT_INT, "32", "PIXELS", 1, 4096, "side of the images" },
    { "channels", AKIN_OPT_INT, "3", "N", 1, 4, "of the images" },
    { "batch-size", AKIN_OPT_INT, "256", "N", 2, 1048576, "items a step, of all ranks" },
    { "micro-batch", AKIN_OPT_INT, "0", "N", 0, 1048576,
      "items encoded at once; 0 = each rank's part of the batch" },
    { "loss", AKIN_OPT_TEXT, "ntxent", "NAME", 0, 0, "which loss; this one is that of akin train" },
    { "head-out", AKIN_OPT_INT, "128", "UNITS", 1, 65536, "width of the projections" },
    { "optimizer", AKIN_OPT_CHOICE, "adamw", "adamw|sgd|lars", 0, 0, "for its time and memory" },
    { "precision", AKIN_OPT_CHOICE, "f32", "f32|bf16", 0, 0, "of activations and convolutions" },
    { "images-per-s", AKIN_OPT_REAL, NULL, "X", 1e-3, 1e12,
      "views that one rank takes forward and back in a second [measured]" },
    { "buckets", AKIN_OPT_INT, "0", "N", 0, 10000,
      "parts in which gradients go beside the backward pass; 1 = after it, 0 = 4 MiB each, as a run does" },
    { "momentum-encoder", AKIN_OPT_REAL, "0", "M", 0, 0.9999999,
      "as of akin train: who makes the keys; 0 = none [byol, matrix-ssl: 0.99]" },
    { "queue", AKIN_OPT_INT, "0", "KEYS", 0, 16777216, "as of akin train: older keys of a momentum encoder" },
    { "batch-norm", AKIN_OPT_CHOICE, "chunk", "chunk|all", 0, 0,
      "as of akin train: whose statistics it takes" },
    { "gain", AKIN_OPT_REAL, "10", "PERCENT", 0, 1000, "it pays while twice the ranks are faster by this" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static akin_status open_source(const cli_args *args, plan_source *s, akin_error *err)
{
    const int given = cli_given(args, "classes") + cli_given(args, "prior") + cli_given(args, "class-counts");
    if (given != 1)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "%s",
                             given ? "only one of --classes, --prior and --class-counts can be given"
                                   : "how many classes? --classes C, --prior FILE or --class-counts FILE");
    s->prior.without_replacement = cli_flag(args, "without-replacement");
    if (cli_given(args, "classes"))
        return s->prior.without_replacement
                   ? cli_set_error(err, AKIN_ERR_ARGUMENT, "--without-replacement needs --class-counts FILE")
                   : AKIN_OK;
    const char *path = cli_text(args, cli_given(args, "prior") ? "prior" : "class-counts");
    const akin_status status = akin_class_numbers_load(path, cli_given(args, "class-counts"), &s->probability,
                                                       &s->prior.classes, err);
    if (status) return status;
    if (cli_given(args, "prior")) {
        s->prior.prior = s->probability;
        return AKIN_OK;
    }
    s->counts = malloc((size_t)(s->prior.classes + 1) * sizeof *s->counts);
    if (!s->counts) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for '%s'", path);
    for (int64_t c = 0; c < s->prior.classes; c++) s->counts[c] = (int64_t)s->probability[c];
    s->prior.counts = s->counts;
    return AKIN_OK;
}

/* Two views of K+1 items with gradients, and what the engine works with. */
double plan_memory_bytes(int64_t negatives, int64_t width)
{
    const akin_loss *loss = akin_loss_find("infonce");
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &params, NULL);
    const int64_t n = negatives + 1;
    const float none = 0;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = batch.b = (akin_cmat){ &none, n, width, width }; /* only the shape is read */
    return 16.0 * (double)n * (double)width + (double)akin_loss_scratch_bytes(loss, &params, &batch, 0);
}

/* Seconds of one evaluation of InfoNCE with gradients on a batch of K+1 pairs. NaN without memory. */
static double step_seconds(int64_t negatives, int64_t width, int64_t *measured)
{
    akin_error err;
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_step_costs costs = AKIN_STEP_COSTS_INIT;
    costs.loss = akin_loss_find("infonce");
    akin_loss_defaults(costs.loss, &params, NULL);
    costs.params = &params;
    costs.batch = negatives + 1;
    costs.columns = width < 4096 ? width : 4096;
    if (plan_time_loss(&costs, measured, &err)) {
        akin_memory_lack();
        return NAN;
    }
    return costs.loss_s * (double)width / (double)costs.columns;
}

/* JSON --------------------------------------------------------------------------------------------------- */

/* The K of the table: batches of K+1 halved and doubled, around the one asked for. */
enum { ROWS = 9 };
static int table_rows(int64_t negatives, int64_t most, int64_t out[ROWS])
{
    int n = 0;
    for (int j = -4; j <= 4; j++) {
        const int64_t k = (j < 0 ? (negatives + 1) >> -j : (negatives + 1) << j) - 1;
        if (k >= 1 && k <= most && (n == 0 || k > out[n - 1])) out[n++] = k;
    }
    return n;
}

static int64_t most_negatives(const plan_source *s)
{
    int64_t items = 0;
    for (int64_t c = 0; s->counts && c < s->prior.classes; c++) items += s->counts[c];
    return s->prior.without_replacement ? items - 1 : (int64_t)1 << 40;
}

static akin_json *tradeoff_json(const akin_tradeoff *f)
{
    return akin_json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "negatives", (int64_t)f->negatives,
                          "log1m_tau_k", cli_json_real(f->log1m_tau_k), "log_upsilon",
                          cli_json_real(f->log_upsilon), "expected_ln_col1",
                          cli_json_real(f->expected_ln_col1), "arora_log_factor", cli_json_real(f->log_arora),
                          "arora_log_factor_published", cli_json_real(f->log_arora_published),
                          "nozawa_sato_log_factor", cli_json_real(f->log_nozawa), "ash_log_factor",
                          cli_json_real(f->log_ash), "bao_upper", cli_json_real(f->bao_upper), "bao_lower",
                          cli_json_real(f->bao_lower), "awasthi_optimum", cli_json_real(f->info_min));
}

static akin_json *papers_json(void)
{
    akin_json *list = akin_json_array();
    const akin_tradeoff_paper *p;
    for (int i = 0; (p = akin_tradeoff_paper_at(i)); i++)
        akin_json_append(list, akin_json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", p->name, "paper", p->paper,
                                              "mark", p->mark, "bound", p->formula, "reads", p->reads));
    return list;
}

/* What differs between classes that are not equally likely; NULL without memory. Classes of one probability
 * share their numbers, so that a list of many costs little more than one. */
static akin_json *classes_json(const plan_source *s, int64_t negatives)
{
    enum { MOST = 1000 };
    const int64_t n = s->prior.classes;
    if (n > MOST || (!s->prior.prior && !s->counts)) return akin_json_null();
    double *all = malloc(2 * (size_t)n * sizeof *all), *clean = all + n, items = 0;
    if (!all || akin_log_coverage_per_class(&s->prior, negatives, false, all, NULL) ||
        akin_log_coverage_per_class(&s->prior, negatives, true, clean, NULL)) {
        akin_memory_lack();
        free(all);
        return akin_json_null();
    }
    for (int64_t c = 0; s->counts && c < n; c++) items += (double)s->counts[c];
    akin_json *list = akin_json_array();
    for (int64_t c = 0; c < n; c++)
        akin_json_append(list, akin_json_pack("{s:f,s:o,s:o}", "prior",
                                              s->counts ? (double)s->counts[c] / items : s->prior.prior[c],
                                              "log_upsilon", cli_json_real(all[c]), "log_cover_rest",
                                              cli_json_real(clean[c])));
    free(all);
    return list;
}

akin_json *plan_json(const cli_args *args, const plan_source *s, const plan_point *at,
                     const akin_tradeoff *rows, int n)
{
    const akin_theory_plan *r = &at->plan;
    akin_json *table = akin_json_array();
    for (int i = 0; i < n; i++) akin_json_append(table, tradeoff_json(&rows[i]));
    akin_json *o = akin_json_pack("{s:I,s:I,s:f,s:b,s:b}", "classes", (int64_t)s->prior.classes, "negatives",
                                  (int64_t)at->negatives, "temperature", at->temperature,
                                  "without_replacement", s->prior.without_replacement, "uniform", r->uniform);
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        { "tau", r->tau },
        { "log1m_tau", r->log1m_tau },
        { "tau_k", r->tau_k },
        { "log1m_tau_k", r->log1m_tau_k },
        { "log_tau_all", r->log_tau_all },
        { "upsilon", exp(r->log_upsilon) },
        { "log_upsilon", r->log_upsilon },
        { "log1m_upsilon", r->log1m_upsilon },
        { "log_upsilon_min", r->log_upsilon_min },
        { "log_cover_rest", r->log_cover_rest },
        { "expected_ln_col1", r->expected_ln_col1 },
        { "expected_draws", r->expected_draws },
        { "draws_for_coverage_99", r->draws_for_coverage_99 },
        { "entropy", r->entropy },
        { "chance", r->chance },
        { "floor", r->floor },
        { "info_min", r->info_min },
        { "info_min_antipodal", r->info_min_antipodal },
        { "sup_min", r->sup_min },
        { "sup_chance", log((double)s->prior.classes) },
        { "memory_bytes", plan_memory_bytes(at->negatives, cli_int(args, "width")) },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        akin_json_put(o, numbers[i].key, cli_json_real(numbers[i].value));
    akin_json_put(o, "per_class", classes_json(s, at->negatives));
    akin_json_put(o, "tradeoff", table);
    akin_json_put(o, "papers", papers_json());
    return o;
}

static int print_json(const cli_args *args, const plan_source *s, const plan_point *at,
                      const akin_tradeoff *rows, int n)
{
    akin_json *o = plan_json(args, s, at, rows, n);
    int64_t measured;
    akin_json_put(o, "seconds",
                  cli_json_real(step_seconds(at->negatives, cli_int(args, "width"), &measured)));
    akin_json_put(o, "seconds_measured_pairs", akin_json_int(measured));
    return cli_print_json(args, o);
}

/* Text --------------------------------------------------------------------------------------------------- */

/* A probability from its logarithm, also below the least double: "3.5e-400". */
const char *plan_probability(double log_p, char to[32])
{
    if (log_p == -INFINITY)
        snprintf(to, 32, "0");
    else if (log_p > -690)
        snprintf(to, 32, "%.6g", exp(log_p));
    else {
        const double ten = log_p / log(10), exponent = floor(ten);
        snprintf(to, 32, "%.2fe%.0f", pow(10, ten - exponent), exponent);
    }
    return to;
}

/* A factor from its logarithm: "37.9", "3.2e22", "-" where there is none. */
const char *plan_factor(double log_x, char to[32])
{
    if (isnan(log_x))
        snprintf(to, 32, "-");
    else if (log_x == INFINITY)
        snprintf(to, 32, "none");
    else if (log_x < log(99999))
        snprintf(to, 32, "%.4g", exp(log_x));
    else {
        const double ten = log_x / log(10), exponent = floor(ten);
        snprintf(to, 32, "%.1fe%.0f", pow(10, ten - exponent), exponent);
    }
    return to;
}

const char *plan_bytes(double bytes, char to[32])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    int u = 0;
    while (bytes >= 1024 && u < 5) {
        bytes /= 1024;
        u++;
    }
    snprintf(to, 32, "%.3g %s", bytes, units[u]);
    return to;
}

static void print_labels(const plan_source *s, const plan_point *at)
{
    const akin_theory_plan *r = &at->plan;
    const long long k = at->negatives;
    char a[32], b[32];
    akin_print(stdout, "%lld classes, %s; %lld negatives%s; temperature %g\n\n", (long long)s->prior.classes,
               r->uniform ? "equally likely" : "not equally likely", k,
               s->prior.without_replacement ? " drawn without replacement" : "", at->temperature);
    printf("Collisions\n");
    printf("  two items share a class                     %.6g\n", r->tau);
    akin_print(stdout, "  a negative shares the anchor's class        %s   (none does: %s)\n",
               r->log1m_tau_k > -1e-12 ? plan_probability(log(r->tau_k), b)
                                       : (snprintf(b, 32, "%.6g", r->tau_k), b),
               plan_probability(r->log1m_tau_k, a));
    printf("  E ln(1 + such negatives)                    %.6g nats of the loss that no encoder removes\n",
           r->expected_ln_col1);
    printf("Coverage\n");
    akin_print(stdout, "  anchor and negatives hold all classes       %s   (not: %s)\n",
               plan_probability(r->log_upsilon, a), plan_probability(r->log1m_upsilon, b));
    if (!r->uniform)
        akin_print(stdout, "  the same for anchors of the largest class   %s\n",
                   plan_probability(r->log_upsilon_min, a));
    printf("  draws until all classes were seen           %.6g on average, %.0f for 99 %%\n",
           r->expected_draws, r->draws_for_coverage_99);
}

static void print_loss(const cli_args *args, const plan_source *s, const plan_point *at)
{
    const akin_theory_plan *r = &at->plan;
    const long long k = at->negatives;
    char a[32], b[32];
    printf("Loss (InfoNCE, one side, nats)\n");
    printf("  chance ln(K+1)                              %.6g\n", r->chance);
    printf("  floor, every item apart                     %.6g\n", r->floor);
    if (isfinite(r->info_min))
        printf("  least with one point for each class         %.6g   (simplex)\n", r->info_min);
    printf("  mean classifier: chance ln C, least         %.6g, ", log((double)s->prior.classes));
    if (isfinite(r->sup_min))
        printf("%.6g\n", r->sup_min);
    else
        printf("- (classes are not equally likely)\n");
    printf("Memory and time\n  a batch of %lld pairs of width %lld          ", k + 1,
           (long long)cli_int(args, "width"));
    akin_print(stdout, "%s; as one matrix of similarities it would be %s",
               plan_bytes(plan_memory_bytes(k, cli_int(args, "width")), a),
               plan_bytes(4 * ((double)k + 1) * ((double)k + 1), b));
    int64_t measured;
    const double seconds = step_seconds(k, cli_int(args, "width"), &measured);
    akin_print(stdout, "\n  loss and gradient of such a batch here      %.3g %s",
               seconds < 1 ? 1e3 * seconds : seconds, seconds < 1 ? "ms" : "s");
    if (measured <= k)
        printf(" (from %lld pairs, by the square)", (long long)measured);
    else
        printf(" (measured)");
    printf("; the encoder comes on top\n\n");
}

static void print_table(const akin_tradeoff *rows, int n, int64_t asked)
{
    char a[32], b[32], c[32];
    printf("What each paper lets the mean classifier's loss R be, given the contrastive loss L (E = E "
           "ln(Col+1)):\n");
    akin_print(stdout, "  %10s  %10s %14s %16s %14s %14s %12s\n", "negatives", "E", "Arora", "Nozawa-Sato",
               "Ash", "Bao", "Awasthi");
    akin_print(stdout, "  %10s  %10s %14s %16s %14s %14s %12s\n", "K", "nats", "x (L - E)", "x (L - E/2)",
               "x (L - E)", "L +", "least L");
    for (int i = 0; i < n; i++) {
        const akin_tradeoff *f = &rows[i];
        akin_print(stdout, "%s %10lld  %10.4f %14s %16s %14s %14.4f ", f->negatives == asked ? ">" : " ",
                   (long long)f->negatives, f->expected_ln_col1, plan_factor(f->log_arora, a),
                   plan_factor(f->log_nozawa, b), plan_factor(f->log_ash, c), f->bao_upper);
        if (isfinite(f->info_min))
            printf("%12.4f\n", f->info_min);
        else
            akin_print(stdout, "%12s\n", "-");
    }
    printf("\n");
    const akin_tradeoff_paper *p;
    for (int i = 0; (p = akin_tradeoff_paper_at(i)); i++)
        akin_print(stdout, "  %-12s %s%s%s%s %s\n", p->name, p->reads, *p->mark ? " (" : "", p->mark,
                   *p->mark ? ")" : "", p->paper);
    printf("  none: fewer negatives than other classes, so the bound says nothing; -: for equally likely "
           "classes.\n");
}

/* One point, with the factors of the K around it. */
static int one_point(const cli_args *args, const plan_source *s, plan_point *at)
{
    akin_error err;
    akin_tradeoff rows[ROWS];
    int64_t k[ROWS];
    akin_status status = plan_compute(s, at, &err);
    const int n = status ? 0 : table_rows(at->negatives, most_negatives(s), k);
    for (int i = 0; i < n && !status; i++) {
        rows[i] = (akin_tradeoff)AKIN_TRADEOFF_INIT;
        status = akin_tradeoff_compute(&s->prior, k[i], at->temperature, &rows[i], &err);
    }
    if (status) return cli_fail(args, &err);
    if (args->json) return print_json(args, s, at, rows, n);
    print_labels(s, at);
    print_loss(args, s, at);
    print_table(rows, n, at->negatives);
    return 0;
}

static int theory(const cli_args *args)
{
    plan_source s = { .prior = AKIN_PRIOR_INIT };
    plan_axes axes = { .count = { 0 } };
    akin_error err;
    akin_status status = open_source(args, &s, &err);
    if (!status) status = plan_axes_read(args, &axes, &err);
    int code = 0;
    if (status)
        code = cli_fail(args, &err);
    else if (plan_axes_points(&axes) > 1)
        code = plan_range(args, &s, &axes);
    else {
        plan_point at = { .plan = AKIN_THEORY_PLAN_INIT };
        plan_axes_point(&axes, 0, &s, &at);
        code = one_point(args, &s, &at);
    }
    free(s.probability);
    free(s.counts);
    return code;
}

static int run(const cli_args *args)
{
    akin_error err;
    const bool ranks = cli_given(args, "ranks");
    const char *stray = plan_ranks_stray(args);
    akin_status status = AKIN_OK;
    if (stray)
        status = cli_set_error(&err, AKIN_ERR_ARGUMENT, "--%s %s --ranks", stray,
                               ranks ? "says nothing of a step: leave it out with" : "needs");
    else if (!ranks && akin_ranks_size(cli_ranks()) > 1)
        status = cli_set_error(&err, AKIN_ERR_UNSUPPORTED, "several ranks only plan with --ranks");
    else if (!ranks && cli_int(args, "width") < 1)
        status = cli_set_error(&err, AKIN_ERR_RANGE, "--width is 0; expected at least 1");
    if (akin_ranks_agree(cli_ranks(), status, &err)) return cli_fail(args, &err);
    const int code = ranks ? plan_ranks(args) : theory(args);
    if (!code && !args->json && (fflush(stdout) == EOF || ferror(stdout)))
        return cli_error(args, AKIN_ERR_IO, "cannot write to standard output");
    return code;
}

static const cli_heading HEADINGS[] = {
    { "classes", NULL, "Classes, negatives and temperature" },
    { "ranks", "ranks", "A training step on several ranks" },
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "Ten classes, 255 negatives of each anchor", "akin plan --classes 10 --negatives 255" },
    { "How many negatives? One row each, and which is recommended",
      "akin plan --classes 100 --negatives 1,2,4..4096" },
    { "How many machines pay for a batch of 4,096?",
      "akin plan --ranks 8 --bandwidth 1Gbit --latency 50us --encoder cnn4" },
    { NULL, NULL },
};

const cli_verb cli_plan = {
    .name = "plan",
    .line = "what a number of negatives does, what a step costs on ranks",
    .usage = "--classes C | --prior FILE | --class-counts FILE   |   --ranks N",
    .text =
        "Nothing is sampled: every number but the time is exact up to rounding; what is too small for a "
        "number is\n"
        "given by its logarithm. Papers whose statement could not be checked word by word are marked.\n"
        "--negatives, --temperature and --classes take lists: 1,2,4..1024 is 1, 2, and 4 doubled up to 1024. "
        "Then the\n"
        "result is a table with a row for each combination (--json: an array), and the recommended number "
        "of\n"
        "negatives is marked: the least that brings the factor of Nozawa and Sato within 1 % of its limit "
        "2.\n\n"
        "With --ranks: what a training step costs on 1, 2, 4, ... N ranks, and up to how many it pays "
        "(docs/cluster.md).\nOne rank is timed here, on random images. The network is given, or under mpirun "
        "measured.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 0,
    .most = 0,
    .run = run,
    .ranks = true,
};
