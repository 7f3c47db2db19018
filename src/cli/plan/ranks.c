/* SPDX-License-Identifier: Apache-2.0 */
/* cli/plan/ranks.c - akin plan --ranks: the table of a training step on 1, 2, 4, ... ranks, with where each
 * of its numbers comes from (akin/tool/step_cost.h has the model). */
#include "cli/plan/ranks.h"
#include "cli/plan/plan.h"
#include "cli/known.h"
#include "cli/stop.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 16 }; /* 1, 2, 4, ..., 4096, and the number asked for */

typedef struct job {
    akin_loss_params params;
    akin_encoder_opts encoder;
    akin_step_costs costs;
    plan_sources from;
    akin_step_cost row[ROWS];
    int rows;
    int fastest;  /* the row with the least time */
    int pays;     /* the last row that is faster than the one before by --gain */
    bool no_more; /* more ranks than chunks were asked for */
} job;

/* What is asked ------------------------------------------------------------------------------------------ */

/* Options that one of the two calculators reads, and the other does not. */
static const char *const OF_RANKS[] = { "bandwidth",  "latency",    "encoder",          "size",
                                        "channels",   "batch-size", "micro-batch",      "loss",
                                        "head-out",   "optimizer",  "precision",        "images-per-s",
                                        "buckets",    "gain",       "momentum-encoder", "queue",
                                        "batch-norm", NULL };
static const char *const OF_THEORY[] = {
    "classes", "prior", "class-counts", "negatives", "without-replacement", NULL
};

const char *plan_ranks_stray(const cli_args *args)
{
    const char *const *names = cli_given(args, "ranks") ? OF_THEORY : OF_RANKS;
    while (*names && !cli_given(args, *names)) names++;
    return *names;
}

typedef struct unit {
    const char *name;
    double factor;
} unit;

static const unit BANDWIDTHS[] = { { "kbit", 1e3 / 8 }, { "Mbit", 1e6 / 8 }, { "Gbit", 1e9 / 8 },
                                   { "kB", 1e3 },       { "MB", 1e6 },       { "GB", 1e9 },
                                   { NULL, 0 } };
static const unit TIMES[] = { { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 }, { NULL, 0 } };

/* "100Mbit": a number of 0 and more, and its unit. */
static akin_status read_quantity(const cli_args *args, const char *name, const unit *units, double *x,
                                 akin_error *err)
{
    const char *text = cli_text(args, name);
    if (!text) return AKIN_OK;
    char *end;
    const double number = strtod(text, &end);
    while (units->name && strcmp(end, units->name) != 0) units++;
    if (end == text || !units->name || !(number >= 0 && number < 1e12))
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "--%s: '%s' is none; expected one like %s", name, text,
                             strcmp(name, "latency") == 0 ? "50us, 1ms or 0.001s"
                                                          : "100Mbit, 10Gbit (a second) or 1.2GB");
    *x = number * units->factor;
    return AKIN_OK;
}

static akin_status read_network(const cli_args *args, job *j, akin_error *err)
{
    const bool several = akin_ranks_size(cli_ranks()) > 1;
    const bool given = cli_given(args, "bandwidth") && cli_given(args, "latency");
    j->from.network = "given";
    if (!given && !several && cli_int(args, "ranks") > 1)
        return cli_set_error(err, AKIN_ERR_ARGUMENT,
                             "how fast is the network? --bandwidth 1Gbit --latency 50us, or start it with "
                             "mpirun -n 2 on two hosts, and it is measured");
    const akin_status status = read_quantity(args, "bandwidth", BANDWIDTHS, &j->costs.bandwidth, err);
    return status ? status : read_quantity(args, "latency", TIMES, &j->costs.latency_s, err);
}

static akin_status read_job(const cli_args *args, job *j, akin_error *err)
{
    const akin_loss *loss = cli_find_loss(cli_text(args, "loss"), err);
    if (!loss) return AKIN_ERR_ARGUMENT;
    j->params = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
    akin_status status = akin_loss_defaults(loss, &j->params, err);
    if (!status && cli_given(args, "temperature"))
        status = akin_loss_params_set(&j->params, loss, "temperature", cli_text(args, "temperature"), err);
    if (status) return status;
    j->encoder = (akin_encoder_opts)AKIN_ENCODER_OPTS_INIT;
    j->encoder.name = cli_text(args, "encoder");
    j->encoder.width = cli_given(args, "width") ? (int32_t)cli_int(args, "width") : 0;
    j->encoder.head_out = (int32_t)cli_int(args, "head-out");
    j->encoder.precision =
        strcmp(cli_text(args, "precision"), "bf16") == 0 ? AKIN_PRECISION_BF16 : AKIN_PRECISION_F32;
    j->costs = (akin_step_costs)AKIN_STEP_COSTS_INIT;
    j->costs.batch = cli_int(args, "batch-size");
    j->costs.micro = cli_int(args, "micro-batch");
    j->costs.buckets = (int32_t)cli_int(args, "buckets");
    j->costs.loss = loss;
    j->costs.params = &j->params;
    const bool byol = strcmp(loss->name, "byol") == 0, given = cli_given(args, "momentum-encoder"),
               averaged = byol || strcmp(loss->name, "matrix-ssl") == 0;
    j->costs.momentum_encoder = given ? cli_real(args, "momentum-encoder") > 0 : averaged;
    if (loss->needs & AKIN_LOSS_TARGETS) /* as of akin train */
        j->costs.predictor = byol ? j->encoder.head_hidden : (j->encoder.head_out + 3) / 4;
    j->costs.queue = cli_int(args, "queue");
    j->costs.norm_all = strcmp(cli_text(args, "batch-norm"), "all") == 0;
    j->costs.optimizer_arrays = strcmp(cli_text(args, "optimizer"), "adamw") == 0 ? 2 : 1;
    j->from = (plan_sources){ "measured", "measured", "measured", NULL, "measured", "measured", 0 };
    if (j->costs.momentum_encoder && strcmp(loss->name, "infonce") != 0 && !averaged)
        return cli_set_error(err, AKIN_ERR_ARGUMENT,
                             "--momentum-encoder is an option of --loss infonce, byol and matrix-ssl");
    if (j->costs.queue && !j->costs.momentum_encoder)
        return cli_set_error(err, AKIN_ERR_ARGUMENT,
                             "--queue holds keys of a momentum encoder; give --momentum-encoder too");
    if (j->costs.micro && j->costs.batch % j->costs.micro)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "--micro-batch %lld does not divide --batch-size %lld",
                             (long long)j->costs.micro, (long long)j->costs.batch);
    return read_network(args, j, err);
}

/* The table ---------------------------------------------------------------------------------------------- */

static akin_status fill_table(const cli_args *args, job *j, akin_error *err)
{
    const int64_t asked = cli_int(args, "ranks"), batch = j->costs.batch;
    const int64_t chunks = j->costs.micro ? batch / j->costs.micro : batch;
    const int64_t most = asked < chunks ? asked : chunks;
    j->no_more = asked > chunks;
    for (int64_t r = 1; j->rows < ROWS; r = 2 * r < most ? 2 * r : most) {
        akin_step_cost *row = &j->row[j->rows++];
        *row = (akin_step_cost)AKIN_STEP_COST_INIT;
        const akin_status status = akin_step_cost_of(&j->costs, (int32_t)r, row, err);
        if (status) return status;
        if (r == most) break;
    }
    const double gain = 1 + cli_real(args, "gain") / 100;
    while (j->pays + 1 < j->rows && j->row[j->pays].step_s > gain * j->row[j->pays + 1].step_s) j->pays++;
    for (int i = 0; i < j->rows; i++)
        if (j->row[i].step_s < j->row[j->fastest].step_s) j->fastest = i;
    return AKIN_OK;
}

/* Telling ------------------------------------------------------------------------------------------------ */

static akin_json *term(double value, const char *source)
{
    return akin_json_pack("{s:o,s:s}", "value", cli_json_real(value), "source", source);
}

static akin_json *costs_json(const job *j)
{
    const akin_step_costs *c = &j->costs;
    const plan_sources *f = &j->from;
    const struct {
        const char *name;
        double value;
        const char *source;
    } terms[] = {
        { "weights", (double)c->weights, "counted" },
        { "averages", (double)c->averages, "counted" },
        { "columns", (double)c->columns, "counted" },
        { "encoder_bytes", c->encoder_bytes, "counted" },
        { "encoder_row_bytes", c->encoder_row_bytes, "counted" },
        { "chunk_s", c->chunk_s, f->encoder },
        { "row_forward_s", c->row_forward_s, f->encoder },
        { "row_backward_s", c->row_backward_s, f->encoder },
        { "loss_s", c->loss_s, f->loss },
        { "loss_measured_items", (double)f->loss_items, f->loss },
        { "update_s", c->update_s, f->update },
        { "memory_bytes_per_s", c->memory_bytes_per_s, f->copies },
        { "bandwidth", c->bandwidth, f->network },
        { "latency_s", c->latency_s, f->network },
        { "message_s", c->message_s, f->messages },
        { "poll_s", c->poll_s, "assumed" },
        { "eager_bytes", c->eager_bytes, "assumed" },
        { "message_bytes", c->message_bytes, "assumed" },
        { "buckets", c->buckets, "given" },
    };
    akin_json *o = akin_json_object();
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        akin_json_put(o, terms[i].name, term(terms[i].value, terms[i].source));
    return o;
}

static akin_json *row_json(const akin_step_cost *r)
{
    akin_json *o = akin_json_pack("{s:i,s:I,s:I,s:I,s:I}", "ranks", r->ranks, "items", r->items, "chunks",
                                  r->chunks, "pieces", r->pieces, "rounds", r->rounds);
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        { "step_s", r->step_s },
        { "encoder_s", r->encoder_s },
        { "loss_s", r->loss_s },
        { "loss_wait_s", r->loss_wait_s },
        { "exchange_s", r->exchange_s },
        { "update_s", r->update_s },
        { "images_per_s", r->images_per_s },
        { "efficiency", r->efficiency },
        { "loss_bytes", r->loss_bytes },
        { "gradient_bytes", r->gradient_bytes },
        { "other_bytes", r->other_bytes },
        { "memory_bytes", r->memory_bytes },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        akin_json_put(o, numbers[i].name, cli_json_real(numbers[i].value));
    return o;
}

static int print_json(const cli_args *args, const job *j)
{
    akin_json *rows = akin_json_array();
    for (int i = 0; i < j->rows; i++) akin_json_append(rows, row_json(&j->row[i]));
    return cli_print_json(
        args, akin_json_pack("{s:s,s:s,s:I,s:I,s:i,s:s,s:o,s:o,s:i,s:i}", "encoder", j->encoder.name, "loss",
                             j->costs.loss->name, "batch_size", (int64_t)j->costs.batch, "micro_batch",
                             (int64_t)j->costs.micro, "threads", akin_threads(), "isa", akin_isa(), "costs",
                             costs_json(j), "table", rows, "pays_up_to", j->row[j->pays].ranks, "fastest",
                             j->row[j->fastest].ranks));
}

static void print_costs(const cli_args *args, const job *j)
{
    const akin_step_costs *c = &j->costs;
    const plan_sources *f = &j->from;
    char bytes[2][32];
    akin_print(stdout, "%s on %lldx%lldx%lld, %s, a step of %lld items", j->encoder.name,
               (long long)cli_int(args, "size"), (long long)cli_int(args, "size"),
               (long long)cli_int(args, "channels"), c->loss->name, (long long)c->batch);
    if (c->micro) akin_print(stdout, " in chunks of %lld", (long long)c->micro);
    akin_print(stdout, "; a rank has %d threads, %s\n\n", akin_threads(), akin_isa());
    akin_print(stdout, "  a view         forward %.3g ms, backward %.3g ms; a chunk %.3g ms more (%s)\n",
               1e3 * c->row_forward_s, 1e3 * c->row_backward_s, 1e3 * c->chunk_s, f->encoder);
    akin_print(stdout, "  loss           %.3g s on one rank (%s on %lld items)\n", c->loss_s, f->loss,
               (long long)f->loss_items);
    akin_print(stdout, "  new weights    %.3g ms (%s); %lld numbers, %s (counted)\n", 1e3 * c->update_s,
               f->update, (long long)c->weights, plan_bytes(4 * (double)c->weights, bytes[0]));
    if (c->bandwidth > 0)
        akin_print(stdout, "  network        %s/s each way, %.3g ms (%s)\n",
                   plan_bytes(c->bandwidth, bytes[0]), 1e3 * c->latency_s, f->network);
    akin_print(stdout, "  copies         %s/s; a message %.2g us of the processor (measured)\n\n",
               plan_bytes(c->memory_bytes_per_s, bytes[1]), 1e6 * c->message_s);
}

static void print_table(const job *j)
{
    char sent[32], memory[32];
    akin_print(stdout, " %6s %9s %8s %6s %9s %9s %9s %10s %9s\n", "ranks", "step s", "items/s", "share",
               "encoder", "loss", "exchange", "sends", "memory");
    for (int i = 0; i < j->rows; i++) {
        const akin_step_cost *r = &j->row[i];
        akin_print(stdout, "%c%6d %9.4g %8.4g %5.0f%% %9.3g %9.3g %9.3g %10s %9s\n", i == j->pays ? '>' : ' ',
                   r->ranks, r->step_s, r->images_per_s, 100 * r->efficiency, r->encoder_s + r->update_s,
                   r->loss_s + r->loss_wait_s, r->exchange_s,
                   plan_bytes(r->loss_bytes + r->gradient_bytes + r->other_bytes, sent),
                   plan_bytes(r->memory_bytes, memory));
    }
}

static void print_notes(const cli_args *args, const job *j)
{
    char text[512];
    printf("\n");
    cli_wrap(
        "share: speed beside so many times that of one rank. encoder, with new weights, loss, with waits "
        "for rows of others, and exchange of gradients: seconds. sends: a rank, in a step. memory: of a "
        "rank, without the data and some 40 MiB of program.",
        0, 0);
    if (j->rows > 1) {
        const int at = j->row[j->pays].ranks, best = j->row[j->fastest].ranks;
        if (j->pays + 1 < j->rows)
            snprintf(text, sizeof text, ">: it pays up to %d rank%s; the next row gains less than %g %%.", at,
                     at == 1 ? "" : "s", cli_real(args, "gain"));
        else
            snprintf(text, sizeof text,
                     ">: it pays up to %d ranks and maybe beyond: each row is faster by %g %%.", at,
                     cli_real(args, "gain"));
        cli_wrap(text, 0, 0);
        if (best != j->row[j->rows - 1].ranks) {
            snprintf(text, sizeof text, "Beyond %d ranks a step takes longer.", best);
            cli_wrap(text, 0, 0);
        }
    }
    if (j->no_more) {
        snprintf(text, sizeof text, "More ranks would have nothing to do: the step has %d chunks.",
                 j->row[j->rows - 1].ranks);
        cli_wrap(text, 0, 0);
    }
}

int plan_ranks(const cli_args *args)
{
    job j = { .rows = 0 };
    akin_error err;
    akin_ranks *ranks = cli_ranks();
    akin_status status = read_job(args, &j, &err);
    if (!status)
        status = akin_step_costs_count(&j.costs, &j.encoder, cli_int(args, "size"), cli_int(args, "size"),
                                       cli_int(args, "channels"), &err);
    status = akin_ranks_agree(ranks, status, &err);
    if (!status) status = plan_measure(args, &j.encoder, &j.costs, &j.from, &err);
    if (!status) status = fill_table(args, &j, &err);
    status = akin_ranks_agree(ranks, status, &err);
    if (status == AKIN_ERR_INTERRUPTED) {
        cli_error(args, status, "stopped; nothing is kept");
        return 128 + cli_stop_asked();
    }
    if (status) return cli_fail(args, &err);
    if (args->json) return print_json(args, &j);
    print_costs(args, &j);
    print_table(&j);
    print_notes(args, &j);
    return 0;
}
